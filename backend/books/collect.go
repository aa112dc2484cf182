package books

import (
	"context"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Announce plans the collections of a customer as of today and records them: each is told to the customer before
// anything is taken (a follower of the journal writes the mails). What has been announced before is not announced again.
func (b *Books) Announce(ctx context.Context, m journal.Meta, c ledger.CustomerID, mode string) ([]ledger.Collection, error) {
	var made []ledger.Collection
	_, err := b.write(ctx, m, "autopay.announced", nil, func(tx *journal.Tx, r *Reader) error {
		made = nil
		in, err := r.autopayInput(m.Firm, c, mode)
		if err != nil {
			return err
		}
		asked := true
		for _, x := range ledger.PlanCollections(in) {
			ident.Fill(b.ids, &x.ID)
			x.Announced = tx.At()
			asked = asked && x.State == ledger.CollectionAsked
			if err := putCollection(tx, x); err != nil {
				return err
			}
			made = append(made, x)
		}
		if asked && len(made) > 0 {
			tx.SetKind("autopay.asked")
		}
		return nil
	})
	return made, err
}

// Submission is what SubmitCollection decided. With Submit, Attempt is recorded and must be placed at the provider under
// its id: the intent is durable before the provider hears of it.
type Submission struct {
	ledger.Decision
	Collection ledger.Collection
	Attempt    ledger.Attempt
}

// SubmitCollection looks at an announced collection once more, in the transaction that records its attempt: between the
// look and the record nothing can change. It may be called any number of times; one collection makes one attempt.
func (b *Books) SubmitCollection(ctx context.Context, m journal.Meta, id ledger.CollectionID, mode string) (Submission, error) {
	var out Submission
	_, err := b.write(ctx, m, "autopay.submitted", nil, func(tx *journal.Tx, r *Reader) error {
		out = Submission{}
		c, err := r.Collection(id)
		if err != nil || c.Firm != m.Firm {
			return unknownCollection(errNotFound)
		}
		in, err := r.autopayInput(m.Firm, c.Customer, mode)
		if err != nil {
			return err
		}
		d := ledger.DecideCollection(in, c)
		if d.Verdict == ledger.Submit && in.Policy.UseCredit {
			if err := b.creditFirst(tx, in.Account, c.Document, in.Today); err != nil {
				return err
			}
			d = ledger.DecideCollection(in, c) // what credit has paid is not collected
		}
		switch d.Verdict {
		case ledger.Drop:
			tx.SetKind("autopay.dropped")
			c.State, c.Reason, c.Ended = ledger.CollectionDropped, d.Reason, in.Today
		case ledger.Submit:
			out.Attempt = collectionAttempt(in, c, d, mode)
			ident.Fill(b.ids, &out.Attempt.ID)
			out.Attempt.Created = tx.At()
			c.State, c.Attempt = ledger.CollectionSubmitted, out.Attempt.ID
			if err := putAttempt(tx, out.Attempt); err != nil {
				return err
			}
			used := in.Mandate
			used.LastUsed = in.Today
			rec := fromMandate(used)
			if err := mandates.Put(tx, &rec); err != nil {
				return err
			}
		default:
			out.Decision, out.Collection = d, c
			return nil
		}
		out.Decision, out.Collection = d, c
		return putCollection(tx, c)
	})
	return out, err
}

func collectionAttempt(in ledger.AutopayInput, c ledger.Collection, d ledger.Decision, mode string) ledger.Attempt {
	return ledger.Attempt{Firm: c.Firm, Customer: c.Customer, Contact: in.Autopay.Contact, Language: in.Account.Customer.Language,
		Lines:  []ledger.AttemptLine{{Document: c.Document, Amount: d.Take.Amount.Minor, Discount: d.Take.Discount}},
		Amount: d.Take.Amount, Method: in.Mandate.Method, Provider: in.Mandate.Provider, Mode: mode,
		Sequence: ledger.Recurring, Mandate: in.Mandate.ID, ProviderCustomer: in.Mandate.ProviderCustomer, Collection: c.ID}
}

// creditFirst applies what is to the customer's credit to a document, oldest first, by the firm's rule.
func (b *Books) creditFirst(tx *journal.Tx, a *ledger.Account, doc ledger.DocumentID, today civil.Date) error {
	before := len(a.Allocations)
	for _, s := range a.Credits(today) {
		room := a.Room(doc, today)
		spare := a.Spare(s, today)
		if room.Minor <= 0 || spare.Currency != room.Currency || spare.Minor <= 0 {
			continue
		}
		lines := []ledger.Line{{Document: doc, Amount: min(room.Minor, spare.Minor)}}
		for _, p := range a.Fit(s, lines, today) {
			b.apply(a, tx, ledger.Allocation{Document: p.Document, Kind: s.Kind(), Receipt: s.Receipt, Credit: s.Credit,
				Amount: money.Of(p.Amount, room.Currency), Effective: p.Effective, Reason: "autopay: credit first"})
		}
	}
	if len(a.Allocations) == before {
		return nil
	}
	return b.save(tx, a, before)
}

// FinishCollection lets a submitted collection follow its attempt, with what that means for the customer's autopay, in one
// transaction: paid resets the count of failures; failed counts, stops a mandate that is no good, and after too many in a
// row switches autopay off. Nothing happens while the attempt is on its way.
func (b *Books) FinishCollection(ctx context.Context, m journal.Meta, id ledger.CollectionID) (ledger.Collection, error) {
	var c ledger.Collection
	_, err := b.write(ctx, m, "autopay.paid", nil, func(tx *journal.Tx, r *Reader) (err error) {
		if c, err = r.Collection(id); err != nil {
			return err
		}
		if c.Firm != m.Firm {
			return unknownCollection(errNotFound)
		}
		if c.State != ledger.CollectionSubmitted {
			return nil
		}
		x, err := r.Attempt(c.Attempt)
		if err != nil || x.State < ledger.AttemptPaid {
			return err
		}
		a, err := r.Autopay(c.Firm, c.Customer)
		if err != nil {
			return err
		}
		if c.Ended, err = r.Today(c.Firm); err != nil {
			return err
		}
		if x.State == ledger.AttemptPaid {
			c.State = ledger.CollectionPaid
			if a.Failures > 0 {
				a.Failures = 0
				if err := putAutopay(tx, a); err != nil {
					return err
				}
			}
			return putCollection(tx, c)
		}
		tx.SetKind("autopay.failed")
		c.State, c.Reason = ledger.CollectionFailed, x.FailReason
		c.Hard = ledger.HardFailure(x.FailReason)
		return b.failed(tx, r, a, c)
	})
	return c, err
}

// failed records a failed collection and what follows from it.
func (b *Books) failed(tx *journal.Tx, r *Reader, a ledger.Autopay, c ledger.Collection) error {
	policy, err := r.AutopayPolicy(c.Firm)
	if err != nil {
		return err
	}
	if err := putCollection(tx, c); err != nil {
		return err
	}
	if c.Hard {
		x, err := r.Mandate(c.Mandate)
		if err != nil {
			return err
		}
		if x.State == ledger.MandateValid {
			x.State, x.Preferred, x.Reason = ledger.MandateInvalid, false, c.Reason
			if err := putMandate(tx, x); err != nil {
				return err
			}
		}
	}
	if a.Mandate != c.Mandate || a.State != ledger.AutopayOn {
		return nil // the customer has chosen otherwise since
	}
	after := ledger.AfterFailure(a, policy, c.Hard, c.Reason)
	if err := putAutopay(tx, after); err != nil {
		return err
	}
	if after.State == ledger.AutopayOn {
		return nil
	}
	tx.Fact("autopay_off", after.Reason)
	return b.dropAnnounced(tx, r, after, "off")
}

// DecideCollection is what SubmitCollection would decide now.
func (r *Reader) DecideCollection(c ledger.Collection, mode string) (ledger.Decision, error) {
	in, err := r.autopayInput(c.Firm, c.Customer, mode)
	if err != nil {
		return ledger.Decision{}, err
	}
	return ledger.DecideCollection(in, c), nil
}

// TakenBack reports whether the bank took the money of a paid collection back, and did not give it again.
func (r *Reader) TakenBack(c ledger.Collection) (bool, error) {
	_, back, err := r.takenBack(c)
	return back, err
}

func (r *Reader) takenBack(c ledger.Collection) (reason string, back bool, err error) {
	x, err := r.Attempt(c.Attempt)
	if err != nil {
		return "", false, err
	}
	list, err := r.Returns(x.Receipt)
	standing := map[ledger.ReturnID]string{}
	for _, rt := range list {
		if rt.Kind == ledger.Chargeback && rt.Undoes.IsZero() {
			standing[rt.ID] = rt.Reason
		}
	}
	for _, rt := range list {
		delete(standing, rt.Undoes)
	}
	for _, why := range standing {
		return why, true, err
	}
	return "", false, err
}

// ChargeBackCollection marks a paid collection whose money the bank took back. Nothing of it is collected again by
// itself, and autopay waits for a person.
func (b *Books) ChargeBackCollection(ctx context.Context, m journal.Meta, id ledger.CollectionID) error {
	_, err := b.write(ctx, m, "autopay.charged_back", nil, func(tx *journal.Tx, r *Reader) error {
		c, err := r.Collection(id)
		if err != nil || c.Firm != m.Firm {
			return unknownCollection(errNotFound)
		}
		if c.State != ledger.CollectionPaid {
			return nil
		}
		reason, back, err := r.takenBack(c)
		if err != nil || !back {
			return err
		}
		c.Reason = reason
		c.State = ledger.CollectionChargedBack
		if c.Ended, err = r.Today(c.Firm); err != nil {
			return err
		}
		if err := putCollection(tx, c); err != nil {
			return err
		}
		a, err := r.Autopay(c.Firm, c.Customer)
		if err != nil || a.State != ledger.AutopayOn || a.Mandate != c.Mandate {
			return err
		}
		a.State, a.Reason = ledger.AutopayPaused, "charged_back"
		if err := putAutopay(tx, a); err != nil {
			return err
		}
		return b.dropAnnounced(tx, r, a, "paused")
	})
	return err
}

// CollectionHold says why an invoice must not be reminded of now because of how it is being paid, and until when.
type CollectionHold struct {
	Reason string // autopay: will be or is being collected; paying: a payment is on its way; grace: money went back lately
	Until  civil.Date
}

// CollectionHolds are the documents of a customer that dunning must leave alone on a day: autopay is to collect them, a
// payment is on its way, or money went back (a refund, a chargeback, a failed direct debit) less than the grace days ago.
func (r *Reader) CollectionHolds(f ledger.FirmID, c ledger.CustomerID, today civil.Date) (map[ledger.DocumentID]CollectionHold, error) {
	policy, err := r.AutopayPolicy(f)
	if err != nil {
		return nil, err
	}
	out := map[ledger.DocumentID]CollectionHold{}
	add := func(id ledger.DocumentID, reason string, until civil.Date) {
		if until >= today && until > out[id].Until {
			out[id] = CollectionHold{reason, until}
		}
	}
	list, err := r.CollectionsOf(c)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		switch x.State {
		case ledger.CollectionAnnounced, ledger.CollectionSubmitted:
			add(x.Document, "autopay", civil.Max(x.Date, today).AddBusinessDays(5))
		case ledger.CollectionFailed, ledger.CollectionChargedBack:
			add(x.Document, "grace", x.Ended.AddDays(policy.GraceDays))
		}
	}
	attempts, err := r.AttemptsOf(c)
	if err != nil {
		return nil, err
	}
	for id := range paymentHolds(attempts) {
		add(id, "paying", today.AddDays(1))
	}
	a, err := r.Account(c)
	if err != nil {
		return nil, err
	}
	for _, rt := range a.Returns {
		if rt.Undoes.IsZero() && civil.Days(rt.Date, today) <= policy.GraceDays {
			for _, al := range a.AllocationsFrom(rt.Receipt) {
				add(al.Document, "grace", rt.Date.AddDays(policy.GraceDays))
			}
		}
	}
	return out, nil
}

// ChargeStored records an attempt to pay documents with a stored method, by a payer who is present.
func (b *Books) ChargeStored(ctx context.Context, m journal.Meta, x ledger.Attempt) (ledger.Attempt, error) {
	err := b.View(ctx, func(r *Reader) error {
		man, err := r.mandateOf(m.Firm, x.Customer, x.Mandate)
		if err != nil {
			return err
		}
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		if !man.UsableOn(today) || man.Mode != x.Mode {
			return fault.Conflictf("mandate.not_valid", "this payment method cannot be used")
		}
		x.Sequence, x.Method, x.ProviderCustomer = ledger.Recurring, man.Method, man.ProviderCustomer
		return nil
	})
	if err != nil {
		return x, err
	}
	return b.CreateAttempt(ctx, m, x)
}
