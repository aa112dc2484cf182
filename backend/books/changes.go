package books

import (
	"context"
	"iter"

	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Changes walks what an entry changed, as a follower should see it: the chunks of a staged import count when the import
// is applied, all at once, and those of an abandoned one never do.
func (b *Books) Changes(ctx context.Context, e journal.Entry) iter.Seq2[journal.Change, error] {
	return func(yield func(journal.Change, error) bool) {
		if e.Kind == "import.staged" || e.Kind == "import.taken_back" {
			return
		}
		if e.Kind == "import.applied" {
			if !b.stagedChanges(ctx, e, yield) {
				return
			}
		}
		for _, c := range e.Changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// stagedChanges yields the changes of the chunks of an applied import; false ends the walk.
func (b *Books) stagedChanges(ctx context.Context, e journal.Entry, yield func(journal.Change, error) bool) bool {
	var seqs []uint64
	err := b.eng.View(ctx, func(tx store.Tx) (err error) {
		seqs, err = journal.Numbers(tx, e.Subjects[0]) // Apply names the import first
		return err
	})
	if err != nil {
		return yield(journal.Change{}, err) && false
	}
	for _, seq := range seqs {
		if seq >= e.Seq {
			break
		}
		chunk, err := b.log.Read(ctx, seq, 1)
		if err != nil {
			return yield(journal.Change{}, err) && false
		}
		if chunk[0].Kind != "import.staged" {
			continue
		}
		for _, c := range chunk[0].Changes {
			if !yield(c, nil) {
				return false
			}
		}
	}
	return true
}

// Changed is a record of the ledger out of a change; exactly one field is set, or none when the table is not one of the
// ledger's or the record was removed.
type Changed struct {
	Firm       *ledger.Firm
	Customer   *ledger.Customer
	Contact    *ledger.Contact
	Document   *ledger.Document
	Receipt    *ledger.Receipt
	Return     *ledger.Return
	Allocation *ledger.Allocation
	Attempt    *ledger.Attempt
	Intent     *ledger.Intent
	Promise    *ledger.Promise
	Dispute    *ledger.Dispute
	Plan       *ledger.Plan
	Collection *ledger.Collection
}

// Decode reads the record in a change.
func Decode(c journal.Change) (out Changed, err error) {
	if c.Value == nil {
		return out, nil
	}
	switch c.Table {
	case firms.Name:
		out.Firm, err = decoded(&firms, c.Value, firmRecord.firm)
	case customers.Name:
		out.Customer, err = decoded(&customers, c.Value, customerRecord.customer)
	case contacts.Name:
		out.Contact, err = decoded(&contacts, c.Value, contactRecord.contact)
	case documents.Name:
		out.Document, err = decoded(&documents, c.Value, documentRecord.document)
	case receipts.Name:
		out.Receipt, err = decoded(&receipts, c.Value, receiptRecord.receipt)
	case returns.Name:
		out.Return, err = decoded(&returns, c.Value, returnRecord.ret)
	case allocations.Name:
		out.Allocation, err = decoded(&allocations, c.Value, allocationRecord.allocation)
	case attempts.Name:
		out.Attempt, err = decoded(&attempts, c.Value, attemptRecord.attempt)
	case intents.Name:
		out.Intent, err = decoded(&intents, c.Value, intentRecord.intent)
	case promises.Name:
		out.Promise, err = decoded(&promises, c.Value, promiseRecord.promise)
	case disputes.Name:
		out.Dispute, err = decoded(&disputes, c.Value, disputeRecord.dispute)
	case plans.Name:
		out.Plan, err = decoded(&plans, c.Value, planRecord.plan)
	case collections.Name:
		out.Collection, err = decoded(&collections, c.Value, collectionRecord.collection)
	}
	return out, err
}

func decoded[R, T any](t *store.Table[R], raw []byte, thing func(R) T) (*T, error) {
	rec, err := t.Decode(raw)
	if err != nil {
		return nil, err
	}
	x := thing(rec)
	return &x, nil
}
