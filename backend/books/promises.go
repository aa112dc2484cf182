package books

import (
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// RecordPromise records a promise to pay. It supersedes the open promises that have an invoice in common with it.
func (b *Books) RecordPromise(ctx context.Context, m journal.Meta, p ledger.Promise) (ledger.Promise, error) {
	input := encode(fromPromise(p))
	out, err := b.Write(ctx, m, "promise.recorded", input, func(w *Writer) (err error) { p, err = w.RecordPromise(p); return err })
	if err == nil && out.Replayed {
		return p, replayed(ctx, b, out, &p.ID, func(r *Reader) (err error) { p, err = r.Promise(p.ID); return err })
	}
	return p, err
}

// RecordPromise is Books.RecordPromise within a transaction.
func (w *Writer) RecordPromise(p ledger.Promise) (ledger.Promise, error) {
	a, c, today, err := w.ownAccount(p.Customer)
	if err != nil {
		return p, err
	}
	p, over, err := ledger.Promised(a, c, p, today)
	if err != nil {
		return p, err
	}
	p.Firm, p.Recorded = w.meta.Firm, w.tx.At()
	if p.RecordedBy == "" {
		p.RecordedBy = w.actorName()
	}
	ident.Fill(w.b.ids, &p.ID)
	for _, old := range c.Promises {
		for _, id := range over {
			if old.ID == id {
				old.State, old.Ended, old.Next = ledger.PromiseSuperseded, today, p.ID
				if err := w.putPromise(old); err != nil {
					return p, err
				}
			}
		}
	}
	w.tx.SetResult(p.ID.Bytes())
	w.promiseFacts(a, p)
	return p, w.putPromise(p)
}

func (w *Writer) promiseFacts(a *ledger.Account, p ledger.Promise) {
	w.subjects(p.Customer, p.ID.Bytes(), p.Documents)
	amountFacts(w.tx, p.Amount)
	w.tx.Fact("on", p.On.String())
	w.tx.Fact("number", numbers(a, p.Documents))
	w.tx.Fact("name", a.Customer.Name)
	w.tx.Fact("state", p.State.String())
}

func (w *Writer) putPromise(p ledger.Promise) error {
	w.tx.Subject(p.ID.Bytes())
	rec := fromPromise(p)
	return promises.Put(w.tx, &rec)
}

// ownPromise is a promise of the firm with its account.
func (w *Writer) ownPromise(id ledger.PromiseID) (p ledger.Promise, a *ledger.Account, err error) {
	if p, err = w.Promise(id); err == nil && p.Firm != w.meta.Firm {
		err = unknownCommitment(errNotFound, "promise", "promise")
	}
	if err == nil {
		a, err = w.Account(p.Customer)
	}
	return p, a, err
}

// CancelPromise takes an open promise away, with a reason.
func (b *Books) CancelPromise(ctx context.Context, m journal.Meta, id ledger.PromiseID, reason string) (p ledger.Promise, err error) {
	_, err = b.Write(ctx, m, "promise.canceled", encode([]string{id.String(), reason}), func(w *Writer) (err error) {
		p, err = w.CancelPromise(id, reason)
		return err
	})
	return p, err
}

// CancelPromise is Books.CancelPromise within a transaction.
func (w *Writer) CancelPromise(id ledger.PromiseID, reason string) (ledger.Promise, error) {
	p, a, err := w.ownPromise(id)
	if err != nil {
		return p, err
	}
	if err := p.State.Step(ledger.PromiseCanceled); err != nil {
		return p, err
	}
	if err := needsReason(strings.TrimSpace(reason), "promise.reason"); err != nil {
		return p, err
	}
	if p.Ended, err = w.Day(); err != nil {
		return p, err
	}
	p.State, p.Reason = ledger.PromiseCanceled, strings.TrimSpace(reason)
	w.promiseFacts(a, p)
	w.tx.Fact("reason", p.Reason)
	return p, w.putPromise(p)
}

// JudgePromise decides an open promise at the end of a day (ledger.JudgePromise). After it has been decided, and before it
// can be, nothing happens. The promise's state says what came of it.
func (w *Writer) JudgePromise(id ledger.PromiseID, endOf civil.Date) (ledger.Promise, error) {
	p, a, err := w.ownPromise(id)
	if err != nil {
		return p, err
	}
	was := p.State
	if p = ledger.JudgePromise(a, p, endOf); p.State == was {
		return p, nil
	}
	w.tx.SetKind("promise." + p.State.String())
	w.promiseFacts(a, p)
	return p, w.putPromise(p)
}
