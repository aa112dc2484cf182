package books

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
)

// PutIntent gives the payment reference for documents of a customer, or with none for whatever is open in the currency:
// the one that was made for the same selection before, else a new one. Asking again writes nothing.
func (b *Books) PutIntent(ctx context.Context, m journal.Meta, c ledger.CustomerID, currency money.Currency, docs []ledger.DocumentID) (ledger.Intent, error) {
	x := ledger.Intent{Firm: m.Firm, Customer: c, Currency: currency}
	err := b.View(ctx, func(r *Reader) (err error) {
		if x.Documents, err = r.selection(m.Firm, c, currency, docs); err != nil {
			return err
		}
		x, err = r.sameIntent(x)
		return err
	})
	if err != nil || !x.ID.IsZero() {
		return x, err
	}
	_, err = b.write(ctx, m, "intent.created", nil, func(tx *journal.Tx, r *Reader) error {
		same, err := r.sameIntent(x) // somebody may have been faster
		if err != nil || !same.ID.IsZero() {
			x = same
			return err
		}
		if x.Reference, err = r.nextReference(tx, m.Firm); err != nil {
			return err
		}
		ident.Fill(b.ids, &x.ID)
		x.Created = tx.At()
		tx.Subject(c.Bytes())
		for _, d := range x.Documents {
			tx.Subject(d.Bytes())
		}
		tx.Fact("reference", x.Reference)
		rec := fromIntent(x)
		return intents.Insert(tx, &rec)
	})
	return x, err
}

// selection checks what an intent is for and puts it in order: oldest due first, as it will be settled.
func (r *Reader) selection(f ledger.FirmID, c ledger.CustomerID, currency money.Currency, docs []ledger.DocumentID) ([]ledger.DocumentID, error) {
	if !currency.Valid() || len(docs) > maxAttemptLines {
		return nil, fault.Invalidf("intent.selection", "choose at most %d invoices in one currency", maxAttemptLines)
	}
	if owner, err := r.Customer(c); err != nil || owner.Firm != f {
		return nil, unknownCustomer(errNotFound)
	}
	chosen := make([]ledger.Document, 0, len(docs))
	for _, id := range docs {
		d, err := r.Document(id)
		if err != nil || d.Customer != c {
			return nil, unknownDocument(errNotFound)
		}
		if d.Total.Currency != currency || !d.Type.Debit() {
			return nil, fault.Invalidf("intent.document", "%s is not an invoice in %s", d.Number, currency)
		}
		chosen = append(chosen, d)
	}
	slices.SortFunc(chosen, func(x, y ledger.Document) int {
		return cmp.Or(cmp.Compare(x.Due, y.Due), cmp.Compare(x.Issued, y.Issued), slices.Compare(x.ID[:], y.ID[:]))
	})
	out := make([]ledger.DocumentID, len(chosen))
	for i := range chosen {
		out[i] = chosen[i].ID
	}
	return slices.Compact(out), nil
}

// sameIntent is the intent of the same selection; x as it is when there is none.
func (r *Reader) sameIntent(x ledger.Intent) (ledger.Intent, error) {
	rec := fromIntent(x)
	id, err := intents.Entry(r.tx, "selection", intentSelectionKey(r.tx, &rec))
	if err != nil {
		if isUnknown(err) {
			return x, nil
		}
		return x, err
	}
	return r.Intent(ledger.IntentID(id))
}

// nextReference is the firm's next free reference: short, because people type it. The letter keeps it apart from numbers
// that another system may have given out as RF references.
func (r *Reader) nextReference(tx *journal.Tx, f ledger.FirmID) (string, error) {
	for {
		n, err := tx.Sequence(intents.Name)
		if err != nil {
			return "", err
		}
		rf, err := reference.RF(fmt.Sprintf("V%07d", n))
		if err != nil {
			return "", err
		}
		if _, err := intents.Entry(tx, "reference", intentReferenceKey(tx, f, rf)); err != nil {
			if isUnknown(err) {
				return rf, nil
			}
			return "", err
		}
	}
}

// Intent is the intent with the id.
func (r *Reader) Intent(id ledger.IntentID) (ledger.Intent, error) {
	rec, err := intents.Get(r.tx, id.Bytes())
	return rec.intent(), notFound(err, "intent.unknown", "there is no such payment reference")
}

// IntentByReference finds what a payment reference is for, in whatever way it was typed. What is not a reference of the
// firm is not found.
func (r *Reader) IntentByReference(f ledger.FirmID, text string) (ledger.Intent, error) {
	rf, err := reference.ParseRF(text)
	if err != nil {
		return ledger.Intent{}, notFound(errNotFound, "intent.unknown", "there is no such payment reference")
	}
	id, err := intents.Entry(r.tx, "reference", intentReferenceKey(r.tx, f, rf))
	if err != nil {
		return ledger.Intent{}, notFound(err, "intent.unknown", "there is no such payment reference")
	}
	return r.Intent(ledger.IntentID(id))
}
