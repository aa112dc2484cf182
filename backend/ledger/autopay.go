package ledger

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// debitDays is how many business days pass between the submission of a direct debit and its money.
const debitDays = 2

// Arrival is when money collected on a day is ours: at once, or after the bank's days with direct debit.
func Arrival(m Method, on civil.Date) civil.Date {
	if m == MethodDebit {
		return on.AddBusinessDays(debitDays)
	}
	return on
}

// Take is what a collection on some day takes from the customer: Amount in money, Discount granted with it.
type Take struct {
	Amount   money.Amount
	Discount int64
}

// CollectionTerms are what collecting all that is open of a document takes when the money arrives on a day: less the
// early-payment discount when that is in time, less the firm's extra discount for autopay.
func CollectionTerms(a *Account, id DocumentID, p AutopayPolicy, asOf, arrives civil.Date) Take {
	open := a.Room(id, asOf)
	d, ok := a.Document(id)
	if !ok || open.Minor <= 0 {
		return Take{Amount: money.Of(0, open.Currency)}
	}
	early := DiscountOn(d, a.AllocatedFrom(id, FromCreditNote, asOf), open, arrives)
	rest := open.Sub(early)
	extra := money.Round(new(big.Rat).Mul(big.NewRat(rest.Minor, 1), big.NewRat(p.ExtraBasisPoints, 10_000)))
	extra = min(extra, max(0, rest.Minor-1)) // something is left to collect
	return Take{Amount: money.Of(rest.Minor-extra, open.Currency), Discount: early.Minor + extra}
}

// AutopayInput is what the rules look at to plan a customer's collections.
type AutopayInput struct {
	Account     *Account
	Autopay     Autopay
	Policy      AutopayPolicy
	Mandate     Mandate
	Collections []Collection          // all of the customer
	Holds       map[DocumentID]string // documents that nothing may be collected of now, and why
	Today       civil.Date
}

// usable reports whether anything may be collected at all.
func (in *AutopayInput) usable() bool {
	return in.Autopay.State == AutopayOn && in.Policy.Enabled && in.Account.Customer.State == CustomerActive && in.Mandate.UsableOn(in.Today)
}

// PlanCollections decides which collections to announce today: one for each open invoice that has none, that nothing
// holds, and whose last try allows another. A collection above the ceiling comes back as CollectionAsked, once.
func PlanCollections(in AutopayInput) []Collection {
	if !in.usable() {
		return nil
	}
	last := map[DocumentID]Collection{}
	for _, c := range in.Collections {
		if c.N > last[c.Document].N {
			last[c.Document] = c
		}
	}
	var out []Collection
	for _, it := range in.Account.OpenItems(in.Today) {
		if it.Open.Currency != "EUR" && in.Mandate.Method == MethodDebit {
			continue
		}
		if in.Holds[it.ID] != "" {
			continue
		}
		if c, ok := in.plan(it, last[it.ID]); ok {
			out = append(out, c)
		}
	}
	return out
}

func (in *AutopayInput) plan(it OpenItem, last Collection) (Collection, bool) {
	earliest := in.Today.AddDays(in.Policy.NoticeDays)
	switch {
	case last.N == 0:
	case last.State.Live(), last.State == CollectionPaid, last.State == CollectionChargedBack:
		// What was collected once and is open again went back for a reason that a person must look at.
		return Collection{}, false
	case last.State == CollectionFailed:
		if last.Hard || in.failed(it.ID) > in.Policy.Retries {
			return Collection{}, false
		}
		earliest = civil.Max(earliest, last.Ended.AddBusinessDays(in.Policy.RetryDays))
	}
	date, terms := in.when(it, earliest)
	if terms.Amount.Minor <= 0 {
		return Collection{}, false
	}
	c := Collection{Firm: in.Autopay.Firm, Customer: in.Autopay.Customer, Document: it.ID, N: last.N + 1, Mandate: in.Mandate.ID,
		Date: date, Amount: terms.Amount, Discount: terms.Discount}
	if Exceeds(in.Autopay.Ceiling, terms.Amount) {
		c.State, c.Reason, c.Ended = CollectionAsked, "ceiling", in.Today
		if last.State == CollectionAsked && last.Amount == c.Amount {
			return Collection{}, false // asked already
		}
	}
	return c, true
}

// failed counts the failed tries for a document.
func (in *AutopayInput) failed(id DocumentID) (n int) {
	for _, c := range in.Collections {
		if c.Document == id && c.State == CollectionFailed {
			n++
		}
	}
	return n
}

// when is the day of a collection that is not before the earliest, and what it takes. The day asked for is shifted
// later, never earlier, except that the last day of a discount moves forward over closed days as long as it can still be
// announced in time, because a day later the discount is lost.
func (in *AutopayInput) when(it OpenItem, earliest civil.Date) (civil.Date, Take) {
	d, _ := in.Account.Document(it.ID)
	method := in.Mandate.Method
	wanted := it.Due
	switch in.Autopay.Moment {
	case OnInvoiceDate:
		wanted = it.Issued
	case OnLastDiscountDay:
		if d.Discount.BasisPoints > 0 && !d.Discount.Until.IsZero() {
			day := d.Discount.Until
			for method == MethodDebit && day >= earliest && (!day.BusinessDay() || Arrival(method, day) > d.Discount.Until) {
				day = day.AddDays(-1)
			}
			if day >= earliest {
				return day, CollectionTerms(in.Account, it.ID, in.Policy, in.Today, Arrival(method, day))
			}
		}
	default:
		wanted = it.Due.AddDays(in.Policy.ExtraTermDays)
	}
	day := civil.Max(wanted, earliest)
	if method == MethodDebit {
		day = day.NextBusinessDay()
	}
	return day, CollectionTerms(in.Account, it.ID, in.Policy, in.Today, Arrival(method, day))
}

// Exceeds reports whether an amount is above a ceiling. A ceiling in another currency allows nothing.
func Exceeds(ceiling, a money.Amount) bool {
	if ceiling.Minor == 0 {
		return false
	}
	return ceiling.Currency != a.Currency || a.Minor > ceiling.Minor
}

// Verdict is what is to be done with an announced collection.
type Verdict uint8

// The verdicts.
const (
	Wait   Verdict = iota // its day has not come, or something that passes is in the way
	Submit                // take Take
	Drop                  // for Reason; a new one may be announced later
)

// Decision is a verdict with what goes with it.
type Decision struct {
	Verdict Verdict
	Reason  string
	Take    Take
}

// DecideCollection looks at an announced collection once more, on its day and just before money would be taken: what is
// open now, what holds the invoice now, whether the customer still wants it. It takes at most what was announced.
func DecideCollection(in AutopayInput, c Collection) Decision {
	drop := func(reason string) Decision { return Decision{Verdict: Drop, Reason: reason} }
	open := in.Account.Room(c.Document, in.Today)
	switch {
	case c.State != CollectionAnnounced:
		return Decision{Verdict: Wait, Reason: "state"}
	case open.Minor <= 0:
		return drop("paid")
	case in.Autopay.State != AutopayOn || !in.Policy.Enabled:
		return drop("off")
	case in.Autopay.Mandate != c.Mandate || !in.usable():
		return drop("mandate")
	case in.Holds[c.Document] == HoldPaying:
		return Decision{Verdict: Wait, Reason: HoldPaying}
	case in.Holds[c.Document] != "":
		return drop(in.Holds[c.Document])
	case Exceeds(in.Autopay.Ceiling, c.Amount):
		return drop("ceiling")
	case in.Today < c.Date || in.Mandate.Method == MethodDebit && !in.Today.BusinessDay():
		return Decision{Verdict: Wait, Reason: "date"}
	}
	return Decision{Verdict: Submit, Take: in.take(c, open)}
}

// take is what an announced collection takes of what is open now. What was announced stands when the invoice is as it
// was then, also when we are late; otherwise today's terms count, and never more than what was announced.
func (in *AutopayInput) take(c Collection, open money.Amount) Take {
	if open.Minor == c.Amount.Minor+c.Discount {
		return Take{Amount: c.Amount, Discount: c.Discount}
	}
	now := CollectionTerms(in.Account, c.Document, in.Policy, in.Today, Arrival(in.Mandate.Method, in.Today))
	if now.Amount.Minor <= c.Amount.Minor {
		return now
	}
	return Take{Amount: c.Amount}
}

// HoldPaying is the hold of a document for which a payment is on its way: it passes by itself.
const HoldPaying = "paying"

// hardFailures are reasons that do not pass by themselves: SEPA codes (rulebook 5.6) and Mollie's words for cards.
var hardFailures = []string{
	"AC01", "AC04", "AC06", "AC13", "AG01", "AG02", "BE05", "FF01", "MD01", "MD02", "MD06", "MD07", "RC01", "SL01", "MS02",
	"invalid_card_number", "invalid_card_holder_name", "card_expired", "expired_card", "stolen_card", "inactive_card", "invalid_card_type",
	"possible_fraud", "mandate_invalid", "customer_gone",
}

// HardFailure reports whether a collection that failed for the reason must not be tried again under the same mandate.
// What is not known may pass: insufficient funds (AM04), MS03, a bank's outage.
func HardFailure(reason string) bool { return slices.Contains(hardFailures, reason) }

// AfterFailure is a customer's autopay after a collection has failed.
func AfterFailure(a Autopay, p AutopayPolicy, hard bool, reason string) Autopay {
	a.Failures++
	switch {
	case hard:
		a.State, a.Reason = AutopayOff, reason
	case p.OffAfter > 0 && a.Failures >= p.OffAfter:
		a.State, a.Reason = AutopayOff, "failures"
	}
	return a
}

// Credits are the sources on an account with something left to apply on a day: credit notes first, then money on account,
// each oldest first.
func (a *Account) Credits(on civil.Date) []Source {
	var out []Source
	for _, d := range a.Documents {
		if d.Type == CreditNote && d.State == Posted && d.Issued <= on && a.Room(d.ID, on).Minor > 0 {
			out = append(out, Source{Credit: d.ID})
		}
	}
	for _, r := range a.Receipts {
		if s := (Source{Receipt: r.ID}); r.Date <= on && a.Spare(s, on).Minor > 0 {
			out = append(out, s)
		}
	}
	return out
}

// AtRisk is what was collected by direct debit and may still be taken back without a reason: eight weeks.
func AtRisk(receipts []Receipt, on civil.Date) map[money.Currency]money.Amount {
	out := map[money.Currency]money.Amount{}
	for _, r := range receipts {
		if r.Method == MethodDebit && civil.Days(r.Date, on) < 56 && r.Date <= on {
			out[r.Amount.Currency] = out[r.Amount.Currency].Add(r.Amount)
		}
	}
	return out
}

// ByDate orders collections as they come.
func ByDate(x, y Collection) int {
	return cmp.Or(cmp.Compare(x.Date, y.Date), slices.Compare(x.ID[:], y.ID[:]))
}

// Surcharge is what a business customer may be charged for paying by card (rulebook 6): at most what the method costs,
// rounded down, and only where the card is known beforehand to be commercial. A hosted checkout does not tell that before
// the payer confirms, so there known is false and the answer is nothing.
func Surcharge(amount money.Amount, rule SurchargeRule, party Party, method Method, known, commercial bool) money.Amount {
	none := money.Of(0, amount.Currency)
	if !rule.Enabled || slices.Contains([]string{"FR"}, rule.Country) || party != PartyBusiness || method != MethodCard || !known || !commercial || amount.Minor <= 0 {
		return none
	}
	part := min(rule.BasisPoints, rule.CostBasisPoints)
	q := new(big.Int).Mul(big.NewInt(amount.Minor), big.NewInt(max(0, part)))
	return money.Of(q.Quo(q, big.NewInt(10_000)).Int64(), amount.Currency)
}

// SurchargeRule is a firm's rule. The zero rule charges nothing.
type SurchargeRule struct {
	Enabled         bool
	Country         string // of the firm
	BasisPoints     int64  // asked for
	CostBasisPoints int64  // what the provider really charges for such a card
}
