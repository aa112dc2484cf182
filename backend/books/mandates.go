package books

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// MandateStateName is the state as the API has it.
func MandateStateName(s ledger.MandateState) string {
	return [...]string{"pending", "valid", "invalid", "removed"}[s]
}

// maxMandates bounds how many methods one customer keeps.
const maxMandates = 20

func unknownMandate(err error) error {
	return notFound(err, "mandate.unknown", "there is no such stored payment method")
}

// Mandate is a stored method.
func (r *Reader) Mandate(id ledger.MandateID) (ledger.Mandate, error) {
	rec, err := mandates.Get(r.tx, id.Bytes())
	return rec.mandate(), unknownMandate(err)
}

// MandatesOf are a customer's stored methods, oldest first, removed ones included.
func (r *Reader) MandatesOf(c ledger.CustomerID) (out []ledger.Mandate, err error) {
	for p, err := range mandates.Entries(r.tx, "customer", store.Prefix(c.Bytes())) {
		if err != nil {
			return nil, err
		}
		rec, err := mandates.Get(r.tx, p.Key[16:])
		if err != nil {
			return nil, err
		}
		out = append(out, rec.mandate())
	}
	return out, nil
}

// PendingMandates are a firm's mandates that the provider has not decided on.
func (r *Reader) PendingMandates(f ledger.FirmID) (out []ledger.Mandate, err error) {
	for p, err := range mandates.Entries(r.tx, "pending", store.Prefix(f.Bytes())) {
		if err != nil {
			return nil, err
		}
		rec, err := mandates.Get(r.tx, p.Key[16:])
		if err != nil {
			return nil, err
		}
		out = append(out, rec.mandate())
	}
	return out, nil
}

// mandateOf is a mandate of that customer of that firm; anybody else's does not exist.
func (r *Reader) mandateOf(f ledger.FirmID, c ledger.CustomerID, id ledger.MandateID) (ledger.Mandate, error) {
	x, err := r.Mandate(id)
	if err == nil && (x.Firm != f || x.Customer != c || x.State == ledger.MandateRemoved) {
		return ledger.Mandate{}, unknownMandate(errNotFound)
	}
	return x, err
}

func putMandate(tx *journal.Tx, x ledger.Mandate) error {
	tx.Subject(x.Customer.Bytes(), x.ID.Bytes())
	tx.Fact("method", string(x.Method))
	tx.Fact("state", MandateStateName(x.State))
	if x.Last4 != "" {
		tx.Fact("last4", x.Last4)
	}
	rec := fromMandate(x)
	return mandates.Put(tx, &rec)
}

// StartMandate records that a customer is about to store a method, and the first payment that does it: of documents, or
// of no document, for whose amount (zero with a card) the payer proves that the method is theirs.
func (b *Books) StartMandate(ctx context.Context, m journal.Meta, x ledger.Mandate, first ledger.Attempt) (ledger.Mandate, ledger.Attempt, error) {
	x.Firm, x.State = m.Firm, ledger.MandatePending
	first.Firm, first.State, first.Sequence = m.Firm, ledger.AttemptCreated, ledger.FirstPay
	input := encode([]any{fromMandate(x), fromAttempt(first)})
	out, err := b.write(ctx, m, "mandate.started", input, func(tx *journal.Tx, r *Reader) error {
		a, err := r.Account(x.Customer)
		if err != nil || a.Customer.Firm != m.Firm {
			return unknownCustomer(errNotFound)
		}
		f, err := r.Firm(m.Firm)
		if err != nil {
			return err
		}
		policy, err := r.offered(f)
		if err != nil {
			return err
		}
		if !policy.Store {
			return fault.Conflictf("mandate.switched_off", "payment methods are not stored by this firm")
		}
		if x.Consent.Text == "" || x.Consent.Version == "" {
			return fault.Invalidf("mandate.consent", "a method is stored only with the text that the customer agreed to")
		}
		mine, err := r.MandatesOf(x.Customer)
		if err != nil {
			return err
		}
		living := 0
		for _, o := range mine {
			if o.State == ledger.MandatePending || o.State == ledger.MandateValid {
				living++
			}
		}
		if living >= maxMandates {
			return fault.Conflictf("mandate.too_many", "there are %d stored payment methods; remove one first", living)
		}
		ident.Fill(b.ids, &x.ID)
		ident.Fill(b.ids, &first.ID)
		x.Created, first.Created, first.Mandate = tx.At(), tx.At(), x.ID
		x.Consent.At = tx.At()
		if err := checkFirst(r, a, first); err != nil {
			return err
		}
		tx.SetResult(append(slices.Clone(x.ID.Bytes()), first.ID.Bytes()...))
		if err := putMandate(tx, x); err != nil {
			return err
		}
		return putAttempt(tx, first)
	})
	if err == nil && out.Replayed && len(out.Result) == 32 {
		err = b.View(ctx, func(r *Reader) (err error) {
			if x, err = r.Mandate(ledger.MandateID(out.Result[:16])); err != nil {
				return err
			}
			first, err = r.Attempt(ledger.AttemptID(out.Result[16:]))
			return err
		})
	}
	return x, first, err
}

// checkFirst checks a first payment: of documents like any other, else a token amount.
func checkFirst(r *Reader, a *ledger.Account, x ledger.Attempt) error {
	if len(x.Lines) > 0 {
		today, err := r.Today(x.Firm)
		if err != nil {
			return err
		}
		busy, err := r.AttemptsOf(x.Customer)
		if err != nil {
			return err
		}
		return checkAttempt(a, busy, x, today)
	}
	if !x.Amount.Currency.Valid() || x.Amount.Minor < 0 || x.Amount.Minor > 1 {
		return fault.Invalidf("mandate.amount", "storing a method takes at most %s %s", money.Of(1, x.Amount.Currency), x.Amount.Currency)
	}
	return nil
}

// MandateUpdate is what the provider says of a mandate. Empty fields leave what is known.
type MandateUpdate struct {
	State                           ledger.MandateState
	ProviderRef                     string
	Method                          ledger.Method
	Holder, Label, Last4, Reference string
	Expires, Signed                 civil.Date
	Reason                          string
	ProviderCustomer                string
}

// UpdateMandate follows the provider. A removed mandate stays removed, an invalid one invalid. The first valid method of a
// customer is the preferred one. When a mandate that autopay uses becomes invalid, autopay goes off.
func (b *Books) UpdateMandate(ctx context.Context, m journal.Meta, id ledger.MandateID, u MandateUpdate) (ledger.Mandate, error) {
	var x ledger.Mandate
	_, err := b.write(ctx, m, "mandate.updated", nil, func(tx *journal.Tx, r *Reader) (err error) {
		if x, err = r.Mandate(id); err != nil {
			return err
		}
		if x.State == ledger.MandateRemoved || x.State == ledger.MandateInvalid {
			return nil
		}
		old := x
		if u.State > x.State {
			x.State, x.Reason = u.State, u.Reason
		}
		for _, f := range []struct{ to, from *string }{{&x.ProviderRef, &u.ProviderRef}, {&x.Holder, &u.Holder}, {&x.Label, &u.Label},
			{&x.Last4, &u.Last4}, {&x.Reference, &u.Reference}, {&x.ProviderCustomer, &u.ProviderCustomer}} {
			if *f.from != "" {
				*f.to = *f.from
			}
		}
		if u.Method != "" {
			x.Method = u.Method
		}
		x.Expires, x.Signed = civil.Max(x.Expires, u.Expires), civil.Max(x.Signed, u.Signed)
		if x.State == ledger.MandateValid && old.State != ledger.MandateValid {
			tx.SetKind("mandate.valid")
			all, err := r.MandatesOf(x.Customer)
			if err != nil {
				return err
			}
			x.Preferred = !slices.ContainsFunc(all, func(o ledger.Mandate) bool { return o.Preferred && o.State == ledger.MandateValid })
		}
		if fromMandate(x) == fromMandate(old) {
			return nil
		}
		if x.State == ledger.MandateInvalid {
			tx.SetKind("mandate.invalid")
			x.Preferred = false
			if err := b.stopAutopayOf(tx, r, x, "mandate"); err != nil {
				return err
			}
		}
		return putMandate(tx, x)
	})
	return x, err
}

// RemoveMandate takes a stored method out of use for good, in the customer's or the staff's name. Autopay that uses it goes
// off. The provider is told by package pay.
func (b *Books) RemoveMandate(ctx context.Context, m journal.Meta, c ledger.CustomerID, id ledger.MandateID) (ledger.Mandate, error) {
	var x ledger.Mandate
	_, err := b.write(ctx, m, "mandate.removed", nil, func(tx *journal.Tx, r *Reader) (err error) {
		if x, err = r.mandateOf(m.Firm, c, id); err != nil {
			return err
		}
		x.State, x.Preferred = ledger.MandateRemoved, false
		if err := b.stopAutopayOf(tx, r, x, "removed"); err != nil {
			return err
		}
		return putMandate(tx, x)
	})
	return x, err
}

// PreferMandate makes a stored method the one that is offered first.
func (b *Books) PreferMandate(ctx context.Context, m journal.Meta, c ledger.CustomerID, id ledger.MandateID) error {
	_, err := b.write(ctx, m, "mandate.preferred", nil, func(tx *journal.Tx, r *Reader) error {
		x, err := r.mandateOf(m.Firm, c, id)
		if err != nil {
			return err
		}
		if x.State != ledger.MandateValid {
			return fault.Conflictf("mandate.not_valid", "this payment method cannot be used")
		}
		all, err := r.MandatesOf(c)
		if err != nil {
			return err
		}
		for _, o := range all {
			if want := o.ID == id; o.Preferred != want {
				o.Preferred = want
				if err := putMandate(tx, o); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return err
}

// stopAutopayOf switches autopay off when it uses the mandate, and drops what was announced.
func (b *Books) stopAutopayOf(tx *journal.Tx, r *Reader, x ledger.Mandate, reason string) error {
	a, err := r.Autopay(x.Firm, x.Customer)
	if err != nil || a.Mandate != x.ID || a.State == ledger.AutopayOff {
		return err
	}
	a.State, a.Reason = ledger.AutopayOff, reason
	if err := putAutopay(tx, a); err != nil {
		return err
	}
	return b.dropAnnounced(tx, r, a, "mandate")
}
