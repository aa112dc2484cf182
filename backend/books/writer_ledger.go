package books

import (
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// SetPO sets the PO number of a document.
func (w *Writer) SetPO(id ledger.DocumentID, po string) error {
	d, err := w.ownDocument(w.meta.Firm, id)
	if err != nil {
		return err
	}
	d.PO = po
	if err := CheckDocument(d); err != nil {
		return err
	}
	documentFacts(w.tx, d)
	w.tx.Fact("po", po)
	rec := fromDocument(d)
	return documents.Put(w.tx, &rec)
}

// SetAddress replaces a customer's address.
func (w *Writer) SetAddress(id ledger.CustomerID, a ledger.Address) error {
	c, err := w.Customer(id)
	if err != nil || c.Firm != w.meta.Firm {
		return unknownCustomer(errNotFound)
	}
	c.Address = a
	return putCustomer(w.tx, c)
}

// GrantContact gives the person with an e-mail address rights for a customer: a new contact, or the one whom the firm knows
// already. Rights that they have are not lessened.
func (w *Writer) GrantContact(customer ledger.CustomerID, c ledger.Contact, rights ledger.Rights) error {
	email, err := Email(c.Email)
	if err != nil {
		return err
	}
	old, err := w.ContactByEmail(w.meta.Firm, email)
	switch {
	case err == nil:
		c.ID, c.Access, c.State, c.Language = old.ID, old.Access, old.State, firstOf(c.Language, old.Language)
		c.Name, c.Phone = firstOf(strings.TrimSpace(c.Name), old.Name), firstOf(c.Phone, old.Phone)
	case isUnknown(err):
		ident.Fill(w.b.ids, &c.ID)
	default:
		return err
	}
	c.Firm, c.Email = w.meta.Firm, email
	if i := slices.IndexFunc(c.Access, func(a ledger.Access) bool { return a.Customer == customer }); i >= 0 {
		c.Access[i].Rights = max(c.Access[i].Rights, rights)
	} else {
		c.Access = append(c.Access, ledger.Access{Customer: customer, Rights: rights})
	}
	rec := fromContact(c)
	w.tx.Subject(c.ID.Bytes(), customer.Bytes())
	return contacts.Put(w.tx, &rec)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Allocate applies a receipt or credit note to documents of the same customer, all lines or none.
func (w *Writer) Allocate(s ledger.Source, lines []ledger.Line, effective civil.Date) ([]ledger.Allocation, error) {
	a, err := w.sourceAccount(w.meta.Firm, s)
	if err != nil {
		return nil, err
	}
	if effective.IsZero() {
		effective = earliest(a, s, lines)
	}
	if err := ledger.CheckAllocation(a, s, lines, effective); err != nil {
		return nil, err
	}
	before := len(a.Allocations)
	currency := a.Spare(s, effective).Currency
	total := money.Of(0, currency)
	for _, l := range lines {
		x := ledger.Allocation{Document: l.Document, Kind: s.Kind(), Receipt: s.Receipt, Credit: s.Credit,
			Amount: money.Of(l.Amount, currency), Effective: effective}
		w.b.apply(a, w.tx, x)
		total = total.Add(x.Amount)
		if l.Discount > 0 {
			w.b.apply(a, w.tx, ledger.Allocation{Document: l.Document, Kind: ledger.FromDiscount, Receipt: s.Receipt,
				Amount: money.Of(l.Discount, currency), Effective: effective, Reason: "early payment"})
		}
	}
	w.tx.Subject(a.Customer.ID.Bytes())
	amountFacts(w.tx, total)
	return a.Allocations[before:], w.b.save(w.tx, a, before)
}
