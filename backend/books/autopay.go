package books

import (
	"context"
	"errors"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// AutopayStateName and MomentName are the values as the API has them.
func AutopayStateName(s ledger.AutopayState) string { return [...]string{"off", "on", "paused"}[s] }

// MomentName is the moment as the API has it.
func MomentName(m ledger.Moment) string {
	return [...]string{"due_date", "invoice_date", "last_discount_day"}[m]
}

// ParseMoment reads a moment's name.
func ParseMoment(name string) (ledger.Moment, error) {
	for _, m := range []ledger.Moment{ledger.OnDueDate, ledger.OnInvoiceDate, ledger.OnLastDiscountDay} {
		if MomentName(m) == name {
			return m, nil
		}
	}
	return 0, fault.Invalidf("autopay.moment", "%q is not a moment to collect; expected due_date, invoice_date or last_discount_day", name)
}

// Autopay is a customer's choice; off when they never made one.
func (r *Reader) Autopay(f ledger.FirmID, c ledger.CustomerID) (ledger.Autopay, error) {
	rec, err := autopays.Get(r.tx, join(f.Bytes(), c.Bytes()))
	if errors.Is(err, store.ErrNotFound) {
		return ledger.Autopay{Firm: f, Customer: c}, nil
	}
	return rec.autopay(), err
}

// Autopays are the choices of all customers of a firm that made one.
func (r *Reader) Autopays(f ledger.FirmID) (out []ledger.Autopay, err error) {
	for rec, err := range autopays.Scan(r.tx, store.Prefix(f.Bytes())) {
		if err != nil {
			return nil, err
		}
		out = append(out, rec.autopay())
	}
	return out, nil
}

// AutopayPolicy is the firm's policy; the defaults when it never set one.
func (r *Reader) AutopayPolicy(f ledger.FirmID) (ledger.AutopayPolicy, error) {
	rec, err := autopayPolicies.Get(r.tx, f.Bytes())
	if errors.Is(err, store.ErrNotFound) {
		return ledger.DefaultAutopayPolicy(f), nil
	}
	return ledger.AutopayPolicy(rec), err
}

// offered is the policy as it counts today: a portal that shows no autopay offers it to nobody, so that nothing is
// collected from a customer who has no page to switch it off.
func (r *Reader) offered(f ledger.Firm) (ledger.AutopayPolicy, error) {
	p, err := r.AutopayPolicy(f.ID)
	if !f.Portal.Shows(ledger.FeatureAutopay) {
		p.Enabled, p.Store = false, false
	}
	return p, err
}

// SetAutopayPolicy changes the firm's side of autopay. What has been announced keeps its terms.
func (b *Books) SetAutopayPolicy(ctx context.Context, m journal.Meta, p ledger.AutopayPolicy) (ledger.AutopayPolicy, error) {
	p.Firm = m.Firm
	for _, c := range []struct {
		name          string
		value, lo, hi int64
	}{
		{"notice_days", int64(p.NoticeDays), 1, 30}, {"retry_days", int64(p.RetryDays), 1, 30}, {"retries", int64(p.Retries), 0, 3},
		{"off_after", int64(p.OffAfter), 1, 10}, {"grace_days", int64(p.GraceDays), 0, 30}, {"extra_basis_points", p.ExtraBasisPoints, 0, 1000},
		{"extra_term_days", int64(p.ExtraTermDays), 0, 60},
	} {
		if c.value < c.lo || c.value > c.hi {
			return p, fault.Invalidf("autopay.policy", "%s must be from %d to %d, not %d", c.name, c.lo, c.hi, c.value).With("field", c.name)
		}
	}
	_, err := b.write(ctx, m, "autopay.policy", nil, func(tx *journal.Tx, r *Reader) error {
		old, err := r.AutopayPolicy(m.Firm)
		if err != nil {
			return err
		}
		p.Version = old.Version
		if p == old {
			return nil
		}
		p.Version = tx.At().Format("2006-01-02T15:04:05Z")
		rec := autopayPolicyRecord(p)
		return autopayPolicies.Put(tx, &rec)
	})
	return p, err
}

func putAutopay(tx *journal.Tx, a ledger.Autopay) error {
	tx.Subject(a.Customer.Bytes())
	tx.Fact("autopay", AutopayStateName(a.State))
	tx.Fact("moment", MomentName(a.Moment))
	if a.Reason != "" {
		tx.Fact("reason", a.Reason)
	}
	rec := fromAutopay(a)
	return autopays.Put(tx, &rec)
}

// SetAutopay records the customer's choice. Whatever was announced under another choice is dropped, so that nothing is
// collected that the customer has not seen; what is at the bank already goes on.
func (b *Books) SetAutopay(ctx context.Context, m journal.Meta, a ledger.Autopay) (ledger.Autopay, error) {
	a.Firm, a.Failures, a.Reason = m.Firm, 0, ""
	_, err := b.write(ctx, m, "autopay.changed", nil, func(tx *journal.Tx, r *Reader) error {
		cu, err := r.Customer(a.Customer)
		if err != nil || cu.Firm != m.Firm {
			return unknownCustomer(errNotFound)
		}
		old, err := r.Autopay(m.Firm, a.Customer)
		if err != nil {
			return err
		}
		if a.State == ledger.AutopayOff {
			keep := old
			keep.State, keep.Reason = ledger.AutopayOff, ""
			a = keep
		} else if err := b.checkAutopay(r, &a, cu); err != nil {
			return err
		}
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		if a.State == ledger.AutopayOn && old.State != ledger.AutopayOn {
			a.Since = today
		} else {
			a.Since = old.Since
		}
		if a.Consent.Text != old.Consent.Text || a.Consent.Version != old.Consent.Version {
			a.Consent.At = tx.At()
		} else {
			a.Consent = old.Consent
		}
		if fromAutopay(a) == fromAutopay(old) {
			return nil
		}
		if err := putAutopay(tx, a); err != nil {
			return err
		}
		return b.dropAnnounced(tx, r, a, "changed")
	})
	return a, err
}

func (b *Books) checkAutopay(r *Reader, a *ledger.Autopay, cu ledger.Customer) error {
	f, err := r.Firm(a.Firm)
	if err != nil {
		return err
	}
	policy, err := r.offered(f)
	if err != nil {
		return err
	}
	if !policy.Enabled {
		return fault.Conflictf("autopay.switched_off", "this firm does not offer autopay")
	}
	x, err := r.mandateOf(a.Firm, cu.ID, a.Mandate)
	if err != nil {
		return err
	}
	if !x.UsableOn(b.today(f)) {
		return fault.Conflictf("mandate.not_valid", "this payment method cannot be used")
	}
	if a.Ceiling.Minor < 0 || a.Ceiling.Minor > 0 && a.Ceiling.Currency != f.Currency {
		return fault.Invalidf("autopay.ceiling", "the most that one collection may take must be an amount in %s", f.Currency)
	}
	if a.Ceiling.Minor == 0 {
		a.Ceiling.Currency = f.Currency
	}
	if a.Consent.Text == "" {
		return fault.Invalidf("mandate.consent", "autopay goes on only with the text that the customer agreed to")
	}
	return nil
}

func unknownCollection(err error) error {
	return notFound(err, "collection.unknown", "there is no such collection")
}

// Collection is one try of autopay.
func (r *Reader) Collection(id ledger.CollectionID) (ledger.Collection, error) {
	rec, err := collections.Get(r.tx, id.Bytes())
	return rec.collection(), unknownCollection(err)
}

// CollectionsOf are all tries of a customer, oldest first.
func (r *Reader) CollectionsOf(c ledger.CustomerID) ([]ledger.Collection, error) {
	return r.collections("customer", c.Bytes(), 16)
}

// Watched are a firm's collections in a state: announced, submitted or paid.
func (r *Reader) Watched(f ledger.FirmID, s ledger.CollectionState) ([]ledger.Collection, error) {
	return r.collections("watched", join(f.Bytes(), []byte{byte(s)}), 17)
}

func (r *Reader) collections(index string, prefix []byte, at int) (out []ledger.Collection, err error) {
	for p, err := range collections.Entries(r.tx, index, store.Prefix(prefix)) {
		if err != nil {
			return nil, err
		}
		rec, err := collections.Get(r.tx, p.Key[at:])
		if err != nil {
			return nil, err
		}
		out = append(out, rec.collection())
	}
	return out, nil
}

func putCollection(tx *journal.Tx, c ledger.Collection) error {
	tx.Subject(c.Customer.Bytes(), c.Document.Bytes(), c.ID.Bytes())
	amountFacts(tx, c.Amount)
	tx.Fact("date", c.Date.String())
	if c.Reason != "" {
		tx.Fact("reason", c.Reason)
	}
	rec := fromCollection(c)
	return duplicate(collections.Put(tx, &rec), "collection.duplicate", "this try to collect has been made before")
}

// dropAnnounced ends what waits for its day.
func (b *Books) dropAnnounced(tx *journal.Tx, r *Reader, a ledger.Autopay, reason string) error {
	list, err := r.CollectionsOf(a.Customer)
	if err != nil {
		return err
	}
	today, err := r.Today(a.Firm)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.State == ledger.CollectionAnnounced {
			c.State, c.Reason, c.Ended = ledger.CollectionDropped, reason, today
			if err := putCollection(tx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// paymentHolds are the documents of a customer for which a payment is on its way: it may still arrive, so nothing else
// may take the money.
func paymentHolds(list []ledger.Attempt) map[ledger.DocumentID]string {
	out := map[ledger.DocumentID]string{}
	for _, x := range list {
		if x.State >= ledger.AttemptPaid {
			continue
		}
		for _, l := range x.Lines {
			out[l.Document] = ledger.HoldPaying
		}
	}
	return out
}

// autopayInput reads what the rules decide a customer's collections from. Mandates of another mode (test or live) than
// payments are made in now count as unusable.
func (r *Reader) autopayInput(f ledger.FirmID, c ledger.CustomerID, mode string) (in ledger.AutopayInput, err error) {
	if in.Autopay, err = r.Autopay(f, c); err != nil {
		return in, err
	}
	firm, err := r.Firm(f)
	if err != nil {
		return in, err
	}
	if in.Policy, err = r.offered(firm); err != nil {
		return in, err
	}
	if in.Account, err = r.Account(c); err != nil {
		return in, err
	}
	if in.Account.Customer.Firm != f {
		return in, unknownCustomer(errNotFound)
	}
	if !in.Autopay.Mandate.IsZero() {
		if in.Mandate, err = r.Mandate(in.Autopay.Mandate); err != nil {
			return in, err
		}
		if in.Mandate.Mode != mode || in.Mandate.Customer != c {
			in.Mandate.State = ledger.MandateInvalid
		}
	}
	if in.Collections, err = r.CollectionsOf(c); err != nil {
		return in, err
	}
	attempts, err := r.AttemptsOf(c)
	if err != nil {
		return in, err
	}
	in.Holds = paymentHolds(attempts)
	if in.Today, err = r.Today(f); err != nil {
		return in, err
	}
	return in, r.customerHolds(in.Account, in.Today, in.Holds)
}

// customerHolds adds what the customer and the staff agreed on: while part of an invoice is disputed, promised, in a plan
// or paused, nothing of it is collected.
func (r *Reader) customerHolds(a *ledger.Account, today civil.Date, holds map[ledger.DocumentID]string) error {
	k, err := r.Commitments(a.Customer.ID)
	if err != nil {
		return err
	}
	for id, h := range ledger.HoldsOn(a, k, today) {
		if holds[id] == "" && h.Held() > 0 {
			holds[id] = holdReason(h)
		}
	}
	return nil
}

func holdReason(h ledger.Hold) string {
	switch {
	case h.Disputed > 0:
		return "disputed"
	case h.Planned > 0:
		return "planned"
	case h.Promised > 0:
		return "promised"
	}
	return "paused"
}

// PlannedCollections is what autopay would announce for a customer today, without announcing it: what the portal and the
// desk show as coming. Announced and submitted ones are not among them.
func (r *Reader) PlannedCollections(f ledger.FirmID, c ledger.CustomerID, mode string) ([]ledger.Collection, error) {
	in, err := r.autopayInput(f, c, mode)
	if err != nil {
		return nil, err
	}
	return ledger.PlanCollections(in), nil
}
