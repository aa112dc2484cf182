package books

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// maxAttemptLines bounds what one payment can cover.
const maxAttemptLines = 500

// CreateAttempt records that somebody is about to pay. Lines and amount are fixed from here on: each line must be open
// today, and their amounts must add up to the attempt's.
func (b *Books) CreateAttempt(ctx context.Context, m journal.Meta, x ledger.Attempt) (ledger.Attempt, error) {
	x.Firm, x.State = m.Firm, ledger.AttemptCreated
	input := encode(fromAttempt(x))
	out, err := b.write(ctx, m, "attempt.created", input, func(tx *journal.Tx, r *Reader) error {
		a, err := r.Account(x.Customer)
		if err != nil || a.Customer.Firm != m.Firm {
			return unknownCustomer(errNotFound)
		}
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		busy, err := r.AttemptsOf(x.Customer)
		if err != nil {
			return err
		}
		if err := checkAttempt(a, busy, x, today); err != nil {
			return err
		}
		ident.Fill(b.ids, &x.ID)
		x.Created = tx.At()
		tx.SetResult(x.ID.Bytes())
		return putAttempt(tx, x)
	})
	if err == nil && out.Replayed {
		return x, replayed(ctx, b, out, &x.ID, func(r *Reader) (err error) { x, err = r.Attempt(x.ID); return err })
	}
	return x, err
}

// pendingDebit refuses to take money for a document while a collection of it is on its way: it cannot be stopped any
// more, and the customer would pay twice.
func pendingDebit(busy []ledger.Attempt, x ledger.Attempt) error {
	for _, o := range busy {
		if o.Sequence != ledger.Recurring || o.State >= ledger.AttemptPaid {
			continue
		}
		for _, l := range o.Lines {
			for _, w := range x.Lines {
				if l.Document == w.Document {
					return fault.Conflictf("attempt.collecting", "this invoice is being collected already")
				}
			}
		}
	}
	return nil
}

func checkAttempt(a *ledger.Account, busy []ledger.Attempt, x ledger.Attempt, today civil.Date) error {
	if err := pendingDebit(busy, x); err != nil {
		return err
	}
	if len(x.Lines) == 0 || len(x.Lines) > maxAttemptLines {
		return fault.Invalidf("attempt.lines", "choose between 1 and %d invoices to pay at once", maxAttemptLines)
	}
	sum := money.Of(0, x.Amount.Currency)
	seen := map[ledger.DocumentID]bool{}
	for _, l := range x.Lines {
		d, ok := a.Document(l.Document)
		if !ok || seen[l.Document] {
			return unknownDocument(errNotFound)
		}
		seen[l.Document] = true
		if d.Total.Currency != x.Amount.Currency {
			return fault.Invalidf("attempt.currency", "%s is in %s and cannot be paid together with invoices in %s", d.Number, d.Total.Currency, x.Amount.Currency)
		}
		if !d.Type.Debit() || l.Amount <= 0 || l.Discount < 0 {
			return fault.Invalidf("attempt.line", "the amount for %s must be more than zero", d.Number)
		}
		if open := a.Room(l.Document, civil.Max(today, d.Issued)); l.Amount+l.Discount > open.Minor {
			return fault.Conflictf("attempt.open", "%s has only %s %s open", d.Number, open, open.Currency)
		}
		if l.Discount > a.Earned(l.Document, l.Amount, today, civil.Max(today, d.Issued)).Minor {
			return fault.Conflictf("attempt.discount", "the early-payment discount on %s is no longer available", d.Number)
		}
		sum = sum.Add(money.Of(l.Amount, x.Amount.Currency))
	}
	if sum != x.Amount {
		return fault.Invalidf("attempt.sum", "the invoices add up to %s, not %s", sum, x.Amount)
	}
	return nil
}

func putAttempt(tx *journal.Tx, x ledger.Attempt) error {
	tx.Subject(x.Customer.Bytes(), x.ID.Bytes())
	for _, l := range x.Lines {
		tx.Subject(l.Document.Bytes())
	}
	amountFacts(tx, x.Amount)
	tx.Fact("state", AttemptStateName(x.State))
	rec := fromAttempt(x)
	return duplicate(attempts.Put(tx, &rec), "attempt.duplicate", "this provider payment belongs to another attempt")
}

// AttemptStateName is the state as the API has it.
func AttemptStateName(s ledger.AttemptState) string {
	return [...]string{"created", "open", "pending", "paid", "failed", "canceled", "expired"}[s]
}

// AttemptUpdate is what a provider said about an attempt that is not paid. Empty texts leave the field as it is.
type AttemptUpdate struct {
	State       ledger.AttemptState
	ProviderRef string
	Mode        string
	Method      ledger.Method
	CheckoutURL string
	FailReason  string
	Finding     string
	Checked     time.Time
}

// UpdateAttempt follows the provider. A terminal state never changes again; a paid state comes from SettleAttempt only.
func (b *Books) UpdateAttempt(ctx context.Context, m journal.Meta, id ledger.AttemptID, u AttemptUpdate) (ledger.Attempt, error) {
	var x ledger.Attempt
	if u.State == ledger.AttemptPaid {
		return x, fault.New(fault.Internal, "attempt.paid", "a paid attempt must be settled, not updated")
	}
	_, err := b.write(ctx, m, "attempt.updated", encode([]any{id.String(), u}), func(tx *journal.Tx, r *Reader) error {
		var err error
		if x, err = r.Attempt(id); err != nil {
			return err
		}
		if m.Firm = x.Firm; x.State >= ledger.AttemptPaid && u.Finding == "" {
			return nil
		}
		old := x
		if x.State < ledger.AttemptPaid && u.State > x.State {
			x.State = u.State
		}
		for _, f := range []struct{ to, from *string }{{&x.ProviderRef, &u.ProviderRef}, {&x.Mode, &u.Mode},
			{&x.CheckoutURL, &u.CheckoutURL}, {&x.FailReason, &u.FailReason}, {&x.Finding, &u.Finding}} {
			if *f.from != "" {
				*f.to = *f.from
			}
		}
		if u.Method != "" {
			x.Method = u.Method
		}
		if same := fromAttempt(x); equalAttempt(same, fromAttempt(old)) {
			return nil // nothing new: polling leaves no traces in the journal
		}
		if x.State >= ledger.AttemptFailed {
			tx.SetKind("attempt." + AttemptStateName(x.State))
		}
		if !u.Checked.IsZero() {
			x.Checked = u.Checked
		}
		return putAttempt(tx, x)
	})
	return x, err
}

func equalAttempt(a, b attemptRecord) bool { return string(encode(a)) == string(encode(b)) }

// Settlement is what a provider says of a payment that has been paid.
type Settlement struct {
	ProviderRef string
	PaidOn      civil.Date
	Amount      money.Amount
	Method      ledger.Method
	Payer       string
	PayerIBAN   string
	Finding     string // set by the caller when a person should look
}

// SettleAttempt books a paid attempt: the receipt, its allocations as they were fixed when the attempt was made, and
// the attempt's end, in one transaction. Doing it again answers with the first outcome. What its documents no longer
// need becomes credit on account, and the attempt's Finding says so (mollie.md, rules 6 and 8).
//
// The caller has checked that the payment is the attempt's: amount, currency and mode.
func (b *Books) SettleAttempt(ctx context.Context, m journal.Meta, id ledger.AttemptID, s Settlement) (Received, error) {
	var got Received
	_, err := b.write(ctx, m, "attempt.paid", nil, func(tx *journal.Tx, r *Reader) error {
		x, err := r.Attempt(id)
		if err != nil {
			return err
		}
		if x.State == ledger.AttemptPaid {
			if !x.Receipt.IsZero() {
				got, err = r.Received(x.Receipt)
			}
			return err
		}
		if s.Amount != x.Amount || s.ProviderRef == "" || (x.ProviderRef != "" && x.ProviderRef != s.ProviderRef) {
			return fault.Conflictf("attempt.mismatch", "the provider's payment is not the one that was started")
		}
		if x.Amount.IsZero() { // it only stored a method: there is no money to book
			x.State, x.ProviderRef, x.PaidOn, x.Method, x.FailReason = ledger.AttemptPaid, s.ProviderRef, s.PaidOn, s.Method, ""
			tx.SetKind("attempt.stored")
			return putAttempt(tx, x)
		}
		lines := make([]ledger.Line, len(x.Lines))
		for i, l := range x.Lines {
			lines[i] = ledger.Line{Document: l.Document, Amount: l.Amount, Discount: l.Discount, Agreed: !x.Collection.IsZero()}
		}
		rc := ledger.Receipt{Firm: x.Firm, Customer: x.Customer, Date: s.PaidOn, Amount: s.Amount, Method: s.Method, Payer: s.Payer,
			PayerIBAN: s.PayerIBAN, Provider: x.Provider, ProviderRef: s.ProviderRef, Attempt: x.ID}
		if got, err = b.receive(tx, r, rc, func(*ledger.Account) []ledger.Line { return lines }); err != nil {
			return err
		}
		x.State, x.ProviderRef, x.PaidOn, x.Receipt, x.Method, x.Finding = ledger.AttemptPaid, s.ProviderRef, s.PaidOn, got.Receipt.ID, s.Method, s.Finding
		x.FailReason = ""
		if x.Finding == "" && got.Unapplied.Minor > 0 && len(x.Lines) > 0 {
			x.Finding = "credit_on_account"
		}
		return putAttempt(tx, x)
	})
	return got, err
}
