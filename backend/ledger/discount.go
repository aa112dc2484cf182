package ledger

import (
	"math/big"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Early-payment discount (rulebook 3): terms such as "2/10 net 30" on a document. The discount is earned by the day the
// money was ours, not by the day somebody allocated it.

// Eligible reports whether a payment of that day is in time for the discount.
func (t DiscountTerms) Eligible(paid civil.Date) bool {
	return t.BasisPoints > 0 && !t.Until.IsZero() && paid <= t.Until.AddDays(t.GraceDays)
}

// DiscountOn is the discount of paying all that is open on a day. Credits that were allocated before reduce its base;
// any other part settlement forfeits it, unless the terms are proportional. Zero when the day is too late.
func DiscountOn(d Document, creditsAllocated, open money.Amount, on civil.Date) money.Amount {
	none := money.Of(0, d.Total.Currency)
	base := d.Total.Minor - creditsAllocated.Minor
	if !d.Type.Debit() || !d.Discount.Eligible(on) || base <= 0 || open.Minor <= 0 || open.Minor > base {
		return none
	}
	if open.Minor < base && !d.Discount.Proportional {
		return none
	}
	return money.Of(min(money.Round(new(big.Rat).Mul(d.rate(), big.NewRat(open.Minor, 1))), open.Minor), d.Total.Currency)
}

// DiscountFor is the discount that a payment of an amount earns on a day: all of DiscountOn when it pays the rest, and
// under proportional terms its share, so that with 2 % a payment p settles p/0.98. A payment that leaves no need of a
// discount earns only what is still open beside it.
func DiscountFor(d Document, creditsAllocated, open, paid money.Amount, on civil.Date) money.Amount {
	full := DiscountOn(d, creditsAllocated, open, on)
	if full.IsZero() || paid.Minor <= 0 || paid.Minor >= open.Minor {
		return money.Of(0, d.Total.Currency)
	}
	if paid.Minor >= open.Minor-full.Minor {
		return money.Of(open.Minor-paid.Minor, d.Total.Currency)
	}
	if !d.Discount.Proportional {
		return money.Of(0, d.Total.Currency)
	}
	// p settles p/(1−r), so the discount is p·r/(1−r).
	r := d.rate()
	rest := new(big.Rat).Sub(big.NewRat(1, 1), r)
	earned := money.Round(new(big.Rat).Mul(big.NewRat(paid.Minor, 1), r.Quo(r, rest)))
	return money.Of(min(earned, full.Minor), d.Total.Currency)
}

// rate is the discount as a part of the gross amount: the agreed percentage of the gross when VAT follows the discount
// (mode A), of the net when it does not (B, C). A document without a tax split counts as free of VAT.
func (d *Document) rate() *big.Rat {
	r := big.NewRat(d.Discount.BasisPoints, 10_000)
	if d.Discount.Mode == VATAdjust || d.Total.Minor == 0 {
		return r
	}
	net := d.Total.Minor
	for _, t := range d.Tax {
		net -= t.Tax
	}
	return r.Mul(r, big.NewRat(net, d.Total.Minor))
}

// Discount is DiscountOn for a document of this account as it stands on a day: what "pay now" offers.
func (a *Account) Discount(id DocumentID, on civil.Date) money.Amount {
	i, ok := a.index().documents[id]
	if !ok {
		return money.Amount{}
	}
	d := a.Documents[i]
	if !d.Discount.Eligible(on) {
		return money.Of(0, d.Total.Currency)
	}
	return DiscountOn(d, a.AllocatedFrom(id, FromCreditNote, on), a.Open(id, on), on)
}

// Earned is the discount that a payment earns on a document of this account: paid is the day the money was ours,
// effective the day from which it is allocated.
func (a *Account) Earned(id DocumentID, amount int64, paid, effective civil.Date) money.Amount {
	d, ok := a.Document(id)
	if !ok {
		return money.Amount{}
	}
	credits, open := a.AllocatedFrom(id, FromCreditNote, effective), a.Open(id, effective)
	return DiscountFor(d, credits, open, money.Of(amount, d.Total.Currency), paid)
}

// SplitDiscount divides a discount over the document's tax rates by their gross amounts, largest remainder first, so
// that the parts sum to it exactly. Under mode A each part is cut into base and tax; under B and C the invoiced VAT
// stays and each part is base alone. A document without a tax split gives one part without tax.
func SplitDiscount(d Document, discount money.Amount) []TaxPart {
	if len(d.Tax) == 0 {
		return []TaxPart{{Base: discount.Minor}}
	}
	gross := make([]int64, len(d.Tax))
	for i, t := range d.Tax {
		gross[i] = max(0, t.Base+t.Tax)
	}
	parts := make([]TaxPart, len(d.Tax))
	for i, p := range money.Split(discount, gross) {
		parts[i] = TaxPart{RateMilli: d.Tax[i].RateMilli, Base: p.Minor}
		if d.Discount.Mode == VATAdjust && gross[i] > 0 {
			parts[i].Tax = p.Mul(big.NewRat(d.Tax[i].Tax, gross[i])).Minor
			parts[i].Base -= parts[i].Tax
		}
	}
	return parts
}

// CreditAfterDiscount is what a credit of part of a document is worth once its discount was taken: the same share of
// the discounted price.
func CreditAfterDiscount(d Document, taken, credited money.Amount) money.Amount {
	if d.Total.Minor == 0 {
		return credited
	}
	return credited.Mul(big.NewRat(d.Total.Sub(taken).Minor, d.Total.Minor))
}

// share is n × part / whole, rounded down.
func share(n, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	q := new(big.Int).Mul(big.NewInt(n), big.NewInt(part))
	return q.Quo(q, big.NewInt(whole)).Int64()
}
