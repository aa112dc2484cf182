package ledger

import (
	"fmt"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// AgingBasis is the date from which an item ages.
type AgingBasis uint8

// The bases.
const (
	ByDueDate AgingBasis = iota
	ByInvoiceDate
)

// Bounds are the inclusive upper bounds of the aging buckets in days, ascending; after the last one there is an
// open-ended bucket, so n bounds make n+1 buckets.
type Bounds []int

// DefaultBounds are the usual ones. By invoice date there is no "current" bucket.
func DefaultBounds(b AgingBasis) Bounds {
	if b == ByInvoiceDate {
		return Bounds{30, 60, 90}
	}
	return Bounds{0, 30, 60, 90}
}

// Check reports whether the bounds ascend and are not too many to show.
func (b Bounds) Check() error {
	if len(b) == 0 || len(b) > 24 {
		return fault.Invalidf("ledger.bounds", "aging needs between 1 and 24 bounds, not %d", len(b))
	}
	for i := 1; i < len(b); i++ {
		if b[i] <= b[i-1] {
			return fault.Invalidf("ledger.bounds", "the bounds of the aging must ascend; %d comes after %d", b[i], b[i-1])
		}
	}
	return nil
}

// Bucket is the number of the bucket for an age in days: bounds are inclusive above.
func (b Bounds) Bucket(days int) int {
	for i, upper := range b {
		if days <= upper {
			return i
		}
	}
	return len(b)
}

// Label names a bucket in days: "1–30", ">90", and "current" for the one up to 0.
func (b Bounds) Label(bucket int) string {
	switch {
	case bucket >= len(b):
		return fmt.Sprintf(">%d", b[len(b)-1])
	case b[bucket] == 0:
		return "current"
	case bucket == 0:
		return fmt.Sprintf("0–%d", b[0])
	}
	return fmt.Sprintf("%d–%d", b[bucket-1]+1, b[bucket])
}

// AgingOptions say how to age. The zero value ages by due date with the default bounds.
type AgingOptions struct {
	Bounds Bounds
	Basis  AgingBasis
	// AgeCredits puts unapplied credit, as a negative amount, in the bucket of its own date, so that the buckets sum to
	// the net balance. Otherwise it has a column of its own and the buckets sum to the gross balance.
	AgeCredits bool
}

func (o AgingOptions) bounds() Bounds {
	if o.Bounds == nil {
		return DefaultBounds(o.Basis)
	}
	return o.Bounds
}

// Aging is open money by age in one currency.
type Aging struct {
	Balance
	Buckets []money.Amount
}

// Aging is the account's aging on a date, one per currency that occurs on it, in order of currency.
func (a *Account) Aging(asOf civil.Date, o AgingOptions) []Aging {
	bounds := o.bounds()
	var list []Aging
	at := map[money.Currency][]money.Amount{}
	for _, b := range a.Balances(asOf) {
		buckets := make([]money.Amount, len(bounds)+1)
		for i := range buckets {
			buckets[i].Currency = b.Currency
		}
		at[b.Currency] = buckets
		list = append(list, Aging{b, buckets})
	}
	put := func(open money.Amount, from civil.Date) {
		if open.Minor != 0 {
			n := &at[open.Currency][bounds.Bucket(civil.Days(from, asOf))]
			*n = n.Add(open)
		}
	}
	parts := a.planParts(asOf)
	for i := range a.Documents {
		switch d := &a.Documents[i]; {
		case !d.Type.Debit():
			if o.AgeCredits {
				put(a.open(i, asOf).Neg(), d.Issued)
			}
		case o.Basis == ByInvoiceDate:
			put(a.open(i, asOf), d.Issued)
		case parts[d.ID] != nil:
			for _, x := range parts[d.ID] {
				put(money.Of(x.Amount, d.Total.Currency), x.Due)
			}
		default:
			put(a.open(i, asOf), d.Due)
		}
	}
	for i := range a.Receipts {
		if o.AgeCredits {
			put(a.unapplied(i, asOf).Neg(), a.Receipts[i].Date)
		}
	}
	return list
}
