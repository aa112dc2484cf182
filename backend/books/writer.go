package books

import (
	"context"
	"strconv"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Writer is one transaction that does several things at once, for a feature whose own decision has effects in the ledger:
// its records, and what they set in motion, are durable together or not at all. It reads what it has written. What it
// writes belongs to the firm of the transaction's Meta; things of another firm do not exist.
//
// It must not be used outside the function it was handed to.
type Writer struct {
	*Reader
	tx   *journal.Tx
	meta journal.Meta
}

// Write runs fn in one transaction with one journal entry of the kind. The input identifies the request for the
// idempotency key of m.
func (b *Books) Write(ctx context.Context, m journal.Meta, kind string, input []byte, fn func(*Writer) error) (journal.Outcome, error) {
	return b.write(ctx, m, kind, input, func(tx *journal.Tx, r *Reader) error { return fn(&Writer{r, tx, m}) })
}

// Tx is the transaction, for a feature's own tables, the entry's subjects and facts.
func (w *Writer) Tx() *journal.Tx { return w.tx }

// Meta is who writes.
func (w *Writer) Meta() journal.Meta { return w.meta }

// Day is the date at the firm.
func (w *Writer) Day() (civil.Date, error) { return w.Today(w.meta.Firm) }

// ownAccount is the account of a customer of the firm, with what has been agreed on it, today.
func (w *Writer) ownAccount(id ledger.CustomerID) (a *ledger.Account, c ledger.Commitments, today civil.Date, err error) {
	if a, err = w.Account(id); err == nil && a.Customer.Firm != w.meta.Firm {
		err = unknownCustomer(errNotFound)
	}
	if err == nil {
		c, err = w.Commitments(id)
	}
	if err == nil {
		today, err = w.Day()
	}
	return a, c, today, err
}

// subjects makes the entry about a customer, a thing of theirs and documents.
func (w *Writer) subjects(c ledger.CustomerID, id []byte, documents []ledger.DocumentID) {
	w.tx.Subject(c.Bytes(), id)
	for _, d := range documents {
		w.tx.Subject(d.Bytes())
	}
}

// numbers are the numbers of documents as a timeline shows them: the first, and how many more.
func numbers(a *ledger.Account, ids []ledger.DocumentID) string {
	d, _ := a.Document(ids[0])
	if len(ids) == 1 {
		return d.Number
	}
	return d.Number + " + " + strconv.Itoa(len(ids)-1)
}

// actorName is who writes, by name.
func (w *Writer) actorName() string { return w.meta.Actor.Name }

func unknownCommitment(err error, what, name string) error {
	return notFound(err, what+".unknown", "there is no such "+name)
}

func needsReason(reason, code string) error {
	if reason == "" || len(reason) > 4000 {
		return fault.Invalidf(code, "say why, in at most 4,000 characters; it stays in the books with that reason")
	}
	return nil
}
