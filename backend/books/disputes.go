package books

import (
	"context"
	"iter"

	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// OpenDispute records that a customer does not accept (part of) one or more documents.
func (b *Books) OpenDispute(ctx context.Context, m journal.Meta, d ledger.Dispute) (ledger.Dispute, error) {
	input := encode(fromDispute(d))
	out, err := b.Write(ctx, m, "dispute.opened", input, func(w *Writer) (err error) { d, err = w.OpenDispute(d); return err })
	if err == nil && out.Replayed {
		return d, replayed(ctx, b, out, &d.ID, func(r *Reader) (err error) { d, err = r.Dispute(d.ID); return err })
	}
	return d, err
}

// OpenDispute is Books.OpenDispute within a transaction.
func (w *Writer) OpenDispute(d ledger.Dispute) (ledger.Dispute, error) {
	a, c, today, err := w.ownAccount(d.Customer)
	if err != nil {
		return d, err
	}
	if d, err = ledger.Disputed(a, c, d, w.tx.At(), today); err != nil {
		return d, err
	}
	d.Firm = w.meta.Firm
	if d.RecordedBy == "" {
		d.RecordedBy = w.actorName()
	}
	ident.Fill(w.b.ids, &d.ID)
	w.tx.SetResult(d.ID.Bytes())
	return d, w.putDispute(a, d)
}

func (w *Writer) putDispute(a *ledger.Account, d ledger.Dispute) error {
	ids := make([]ledger.DocumentID, len(d.Lines))
	for i, l := range d.Lines {
		ids[i] = l.Document
	}
	w.subjects(d.Customer, d.ID.Bytes(), ids)
	amountFacts(w.tx, d.Amount())
	w.tx.Fact("number", numbers(a, ids))
	w.tx.Fact("name", a.Customer.Name)
	w.tx.Fact("dispute_reason", string(d.Reason))
	w.tx.Fact("state", d.State.String())
	rec := fromDispute(d)
	return disputes.Put(w.tx, &rec)
}

// ownDispute is a dispute of the firm with its account.
func (w *Writer) ownDispute(id ledger.DisputeID) (d ledger.Dispute, a *ledger.Account, err error) {
	if d, err = w.Dispute(id); err == nil && d.Firm != w.meta.Firm {
		err = unknownCommitment(errNotFound, "dispute", "dispute")
	}
	if err == nil {
		a, err = w.Account(d.Customer)
	}
	return d, a, err
}

// MoveDispute takes a dispute to another state; the outcome is what the customer reads about it.
func (b *Books) MoveDispute(ctx context.Context, m journal.Meta, id ledger.DisputeID, to ledger.DisputeState, outcome string) (d ledger.Dispute, err error) {
	_, err = b.Write(ctx, m, "dispute.moved", encode([]string{id.String(), to.String(), outcome}), func(w *Writer) (err error) {
		d, err = w.MoveDispute(id, to, outcome)
		return err
	})
	return d, err
}

// MoveDispute is Books.MoveDispute within a transaction.
func (w *Writer) MoveDispute(id ledger.DisputeID, to ledger.DisputeState, outcome string) (ledger.Dispute, error) {
	d, a, err := w.ownDispute(id)
	if err != nil {
		return d, err
	}
	today, err := w.Day()
	if err != nil {
		return d, err
	}
	if d, err = ledger.MoveDispute(d, to, outcome, w.tx.At(), today); err != nil {
		return d, err
	}
	w.tx.SetKind("dispute." + d.State.String())
	return d, w.putDispute(a, d)
}

// AssignDispute says who of the staff resolves a dispute.
func (b *Books) AssignDispute(ctx context.Context, m journal.Meta, id ledger.DisputeID, owner ledger.UserID) (d ledger.Dispute, err error) {
	_, err = b.Write(ctx, m, "dispute.assigned", encode([]string{id.String(), owner.String()}), func(w *Writer) error {
		var a *ledger.Account
		if d, a, err = w.ownDispute(id); err != nil || d.Owner == owner {
			return err
		}
		d.Owner = owner
		return w.putDispute(a, d)
	})
	return d, err
}

// EscalateDispute marks a dispute whose deadline has passed, once.
func (w *Writer) EscalateDispute(id ledger.DisputeID) (ledger.Dispute, error) {
	d, a, err := w.ownDispute(id)
	if err != nil {
		return d, err
	}
	today, err := w.Day()
	if err != nil || d.Escalated || !d.Late(today) {
		return d, err
	}
	d.Escalated = true
	w.tx.SetKind("dispute.escalated")
	return d, w.putDispute(a, d)
}

// AllDisputes walks the disputes of all firms.
func (r *Reader) AllDisputes() iter.Seq2[ledger.Dispute, error] {
	return func(yield func(ledger.Dispute, error) bool) {
		for rec, err := range disputes.Scan(r.tx, store.All()) {
			if !yield(rec.dispute(), err) || err != nil {
				return
			}
		}
	}
}
