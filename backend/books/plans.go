package books

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// DraftPlan drafts a payment plan: its instalments add up to what is open of its documents.
func (b *Books) DraftPlan(ctx context.Context, m journal.Meta, p ledger.Plan) (ledger.Plan, error) {
	input := encode(fromPlan(p))
	out, err := b.Write(ctx, m, "plan.drafted", input, func(w *Writer) (err error) { p, err = w.DraftPlan(p); return err })
	if err == nil && out.Replayed {
		return p, replayed(ctx, b, out, &p.ID, func(r *Reader) (err error) { p, err = r.Plan(p.ID); return err })
	}
	return p, err
}

// DraftPlan is Books.DraftPlan within a transaction.
func (w *Writer) DraftPlan(p ledger.Plan) (ledger.Plan, error) {
	a, c, today, err := w.ownAccount(p.Customer)
	if err != nil {
		return p, err
	}
	if p, err = ledger.Planned(a, c, p, today); err != nil {
		return p, err
	}
	p.Firm, p.Created = w.meta.Firm, w.tx.At()
	if p.RecordedBy == "" {
		p.RecordedBy = w.actorName()
	}
	ident.Fill(w.b.ids, &p.ID)
	w.tx.SetResult(p.ID.Bytes())
	return p, w.putPlan(a, p)
}

func (w *Writer) putPlan(a *ledger.Account, p ledger.Plan) error {
	w.subjects(p.Customer, p.ID.Bytes(), p.Documents)
	amountFacts(w.tx, p.Total)
	w.tx.Fact("number", numbers(a, p.Documents))
	w.tx.Fact("name", a.Customer.Name)
	w.tx.Fact("instalments", strconv.Itoa(len(p.Instalments)))
	w.tx.Fact("state", p.State.String())
	if p.Reason != "" {
		w.tx.Fact("reason", p.Reason)
	}
	rec := fromPlan(p)
	return plans.Put(w.tx, &rec)
}

// MovePlan offers, activates or cancels a plan. A plan that is activated replaces the open promises for its documents.
func (b *Books) MovePlan(ctx context.Context, m journal.Meta, id ledger.PlanID, to ledger.PlanState, reason string) (p ledger.Plan, err error) {
	_, err = b.Write(ctx, m, "plan.moved", encode([]string{id.String(), to.String(), reason}), func(w *Writer) (err error) {
		p, err = w.MovePlan(id, to, reason)
		return err
	})
	return p, err
}

// MovePlan is Books.MovePlan within a transaction.
func (w *Writer) MovePlan(id ledger.PlanID, to ledger.PlanState, reason string) (ledger.Plan, error) {
	p, err := w.ownPlan(id)
	if err != nil {
		return p, err
	}
	a, c, today, err := w.ownAccount(p.Customer)
	if err != nil {
		return p, err
	}
	if p, err = ledger.MovePlan(a, c, p, to, reason, today); err != nil {
		return p, err
	}
	w.tx.SetKind("plan." + p.State.String())
	if p.State == ledger.PlanActive {
		for _, x := range c.Promises {
			if x.State == ledger.PromiseOpen && sharesDocument(x.Documents, p.Documents) {
				x.State, x.Ended = ledger.PromiseSuperseded, today
				if err := w.putPromise(x); err != nil {
					return p, err
				}
			}
		}
	}
	return p, w.putPlan(a, p)
}

func sharesDocument(x, y []ledger.DocumentID) bool {
	return slices.ContainsFunc(x, func(id ledger.DocumentID) bool { return slices.Contains(y, id) })
}

// ownPlan is a plan of the firm.
func (w *Writer) ownPlan(id ledger.PlanID) (ledger.Plan, error) {
	p, err := w.Plan(id)
	if err == nil && p.Firm != w.meta.Firm {
		err = unknownCommitment(errNotFound, "plan", "payment plan")
	}
	return p, err
}

// JudgePlan decides an active plan at the end of a day (ledger.JudgePlan). When there is nothing to decide, nothing happens.
func (w *Writer) JudgePlan(id ledger.PlanID, endOf civil.Date) (ledger.Plan, error) {
	p, err := w.ownPlan(id)
	if err != nil {
		return p, err
	}
	a, err := w.Account(p.Customer)
	if err != nil {
		return p, err
	}
	was := p.State
	if p = ledger.JudgePlan(a, p, endOf); p.State == was {
		return p, nil
	}
	w.tx.SetKind("plan." + p.State.String())
	return p, w.putPlan(a, p)
}

// PauseReminders holds reminders of documents up to a day while a request is looked into. A request has one pause: doing it
// again moves its end.
func (w *Writer) PauseReminders(x ledger.Pause) error {
	x.Firm = w.meta.Firm
	rec := pauseRecord{Request: x.Request, Firm: x.Firm, Customer: x.Customer, Documents: x.Documents, Until: int32(x.Until)}
	return pauses.Put(w.tx, &rec)
}

// EndPause lets reminders of a request's documents go on; without a pause nothing happens.
func (w *Writer) EndPause(id ledger.RequestID) error {
	has, err := pauses.Has(w.tx, id.Bytes())
	if err != nil || !has {
		return err
	}
	return pauses.Delete(w.tx, id.Bytes())
}

// committed reports whether a document has a promise, dispute or plan that is not finished.
func (r *Reader) committed(c ledger.CustomerID, id ledger.DocumentID) (bool, error) {
	k, err := r.Commitments(c)
	if err != nil {
		return false, err
	}
	is := []ledger.DocumentID{id}
	for _, p := range k.Promises {
		if p.State == ledger.PromiseOpen && sharesDocument(p.Documents, is) {
			return true, nil
		}
	}
	for _, p := range k.Plans {
		if !p.State.Done() && sharesDocument(p.Documents, is) {
			return true, nil
		}
	}
	for _, d := range k.Disputes {
		for _, l := range d.Lines {
			if d.State.Active() && l.Document == id {
				return true, nil
			}
		}
	}
	return false, nil
}

// AllPlans walks the plans of all firms that were ever active.
func (r *Reader) AllPlans() iter.Seq2[ledger.Plan, error] {
	return func(yield func(ledger.Plan, error) bool) {
		for rec, err := range plans.Scan(r.tx, store.All()) {
			if err == nil && rec.Activated == 0 {
				continue
			}
			if !yield(rec.plan(), err) || err != nil {
				return
			}
		}
	}
}
