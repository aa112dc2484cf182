package books

import (
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Post puts an invoice, credit note or debit note on a customer's account. A missing due date follows from the
// customer's terms. Once posted, amounts and dates never change.
func (b *Books) Post(ctx context.Context, m journal.Meta, d ledger.Document) (ledger.Document, error) {
	d.Firm, d.State = m.Firm, ledger.Posted
	input := encode(fromDocument(d))
	out, err := b.write(ctx, m, "document.posted", input, func(tx *journal.Tx, r *Reader) error {
		c, err := r.Customer(d.Customer)
		if err != nil || c.Firm != m.Firm {
			return unknownCustomer(errNotFound)
		}
		if d.Due.IsZero() && d.Type.Debit() {
			d.Due = ledger.TermsOf(c).Due(d.Issued)
		}
		if err := CheckDocument(d); err != nil {
			return err
		}
		if !d.Corrects.IsZero() {
			if was, err := r.Document(d.Corrects); err != nil || was.Customer != d.Customer {
				return unknownDocument(errNotFound)
			}
		}
		ident.Fill(b.ids, &d.ID)
		documentFacts(tx, d)
		tx.SetResult(d.ID.Bytes())
		rec := fromDocument(d)
		return duplicate(documents.Insert(tx, &rec), "document.duplicate",
			"customer %s already has a document with number %s", c.Number, d.Number)
	})
	if err == nil && out.Replayed {
		return d, replayed(ctx, b, out, &d.ID, func(r *Reader) (err error) { d, err = r.Document(d.ID); return err })
	}
	return d, err
}

func documentFacts(tx *journal.Tx, d ledger.Document) {
	tx.Subject(d.Customer.Bytes(), d.ID.Bytes())
	tx.Fact("number", d.Number)
	tx.Fact("type", TypeName(d.Type))
	amountFacts(tx, d.Total)
}

func amountFacts(tx *journal.Tx, a money.Amount) {
	tx.Fact("amount", a.String())
	tx.Fact("currency", string(a.Currency))
}

// TypeName is the document type as the API and files have it.
func TypeName(t ledger.DocumentType) string {
	return [...]string{"invoice", "credit_note", "debit_note"}[t]
}

// CheckDocument reports what is wrong with a new document's fields, before any account is looked at.
func CheckDocument(d ledger.Document) error {
	switch {
	case strings.TrimSpace(d.Number) == "" || d.Number != strings.TrimSpace(d.Number):
		return fault.Invalidf("document.number", "the document needs a number, without space around it")
	case len(d.Number) > 100 || len(d.PO) > 200 || len(d.Reference) > 200 || len(d.Description) > 4000:
		return fault.Invalidf("document.too_long", "a text of document %.100s is too long", d.Number)
	case d.Type > ledger.DebitNote:
		return fault.Invalidf("document.type", "that is not a type of document")
	case !d.Total.Currency.Valid():
		return fault.Invalidf("document.currency", "%q is not a currency; expected an ISO code such as EUR", string(d.Total.Currency))
	case d.Total.Minor < 0:
		return fault.Invalidf("document.negative", "%s has a negative total; post it as a credit note with a positive total", d.Number)
	case d.Total.Minor > money.MaxMinor:
		return fault.Invalidf("document.size", "the total of %s is larger than this ledger accepts", d.Number)
	case d.Issued < civil.Of(1980, 1, 1) || d.Issued > civil.Of(2199, 12, 31):
		return fault.Invalidf("document.issued", "%s needs a date of issue between 1980 and 2199", d.Number)
	case d.Type.Debit() && (d.Due < d.Issued.AddDays(-3660) || d.Due > d.Issued.AddDays(3660)):
		return fault.Invalidf("document.due", "the due date of %s is more than ten years from its date of issue", d.Number)
	case d.Discount.BasisPoints < 0 || d.Discount.BasisPoints >= 10000:
		return fault.Invalidf("document.discount", "the discount of %s must be between 0 and 100 percent", d.Number)
	}
	return nil
}

// Void takes a document out of the account: it was never owed. Payments and credits on it have to be taken off first.
func (b *Books) Void(ctx context.Context, m journal.Meta, id ledger.DocumentID, reason string) (ledger.Document, error) {
	var d ledger.Document
	if strings.TrimSpace(reason) == "" {
		return d, fault.Invalidf("document.reason", "say why the document is voided; it stays in the books with that reason")
	}
	_, err := b.write(ctx, m, "document.voided", encode([]string{id.String(), reason}), func(tx *journal.Tx, r *Reader) error {
		var err error
		if d, err = r.ownDocument(m.Firm, id); err != nil {
			return err
		}
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		a, err := r.Account(d.Customer)
		if err != nil {
			return err
		}
		// A document of the future is voided as of its own day: it never counted.
		today = civil.Max(today, d.Issued)
		if err := ledger.CheckVoid(a, id, today); err != nil {
			return err
		}
		d.State, d.VoidReason, d.VoidedOn = ledger.Void, reason, today
		documentFacts(tx, d)
		tx.Fact("reason", reason)
		rec := fromDocument(d)
		return documents.Put(tx, &rec)
	})
	return d, err
}

// ownDocument is a document of the firm; of another firm it does not exist.
func (r *Reader) ownDocument(f ledger.FirmID, id ledger.DocumentID) (ledger.Document, error) {
	d, err := r.Document(id)
	if err == nil && d.Firm != f {
		return ledger.Document{}, unknownDocument(errNotFound)
	}
	return d, err
}

// Descriptive fields of a document may change after posting.
type Descriptive struct {
	PO, Reference, Description string
}

// Describe changes a document's descriptive fields.
func (b *Books) Describe(ctx context.Context, m journal.Meta, id ledger.DocumentID, x Descriptive) (ledger.Document, error) {
	var d ledger.Document
	_, err := b.write(ctx, m, "document.described", encode([]any{id.String(), x}), func(tx *journal.Tx, r *Reader) error {
		var err error
		if d, err = r.ownDocument(m.Firm, id); err != nil {
			return err
		}
		d.PO, d.Reference, d.Description = x.PO, x.Reference, x.Description
		if err := CheckDocument(d); err != nil {
			return err
		}
		documentFacts(tx, d)
		tx.Fact("po", x.PO)
		rec := fromDocument(d)
		return documents.Put(tx, &rec)
	})
	return d, err
}
