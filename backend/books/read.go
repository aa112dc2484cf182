package books

import (
	"iter"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Reader reads one snapshot. It must not be used outside the function it was handed to. Lookups of things that are not
// there fail with a *fault.Error of kind NotFound.
type Reader struct {
	tx store.Tx
	b  *Books

	staged map[ledger.ImportID]bool
}

// Tx is the transaction under the reader, for features that keep tables of their own beside the ledger's.
func (r *Reader) Tx() store.Tx { return r.tx }

// Head is the journal entry at which this snapshot stands.
func (r *Reader) Head() (uint64, error) {
	seq, _, err := journal.HeadIn(r.tx)
	return seq, err
}

// hidden reports whether a record belongs to an import that has not been applied yet: nobody sees it.
func (r *Reader) hidden(id ledger.ImportID) (bool, error) {
	if id.IsZero() {
		return false, nil
	}
	if h, ok := r.staged[id]; ok {
		return h, nil
	}
	im, err := imports.Get(r.tx, id.Bytes())
	if err != nil {
		return false, err
	}
	if r.staged == nil {
		r.staged = map[ledger.ImportID]bool{}
	}
	r.staged[id] = im.State == ImportStaged
	return r.staged[id], nil
}

// Firms are all firms in the data folder, in the order in which they were made.
func (r *Reader) Firms() (out []ledger.Firm, err error) {
	for rec, err := range firms.Scan(r.tx, store.All()) {
		if err != nil {
			return nil, err
		}
		out = append(out, rec.firm())
	}
	return out, nil
}

// Firm is the firm with the id.
func (r *Reader) Firm(id ledger.FirmID) (ledger.Firm, error) {
	rec, err := firms.Get(r.tx, id.Bytes())
	return rec.firm(), notFound(err, "firm.unknown", "there is no such firm")
}

// Today is the date at the firm.
func (r *Reader) Today(id ledger.FirmID) (civil.Date, error) {
	f, err := r.Firm(id)
	if err != nil {
		return 0, err
	}
	return r.b.today(f), nil
}

// Customer is the customer with the id.
func (r *Reader) Customer(id ledger.CustomerID) (ledger.Customer, error) {
	rec, err := customers.Get(r.tx, id.Bytes())
	if err == nil {
		var h bool
		if h, err = r.hidden(rec.Import); h {
			err = store.ErrNotFound
		}
	}
	if err != nil {
		return ledger.Customer{}, unknownCustomer(err)
	}
	return rec.customer(), nil
}

// CustomerByNumber finds a customer by the firm's own number, exactly as written.
func (r *Reader) CustomerByNumber(f ledger.FirmID, number string) (ledger.Customer, error) {
	id, err := customers.Entry(r.tx, "number", customerNumberKey(r.tx, f, number))
	if err != nil {
		return ledger.Customer{}, unknownCustomer(err)
	}
	return r.Customer(ledger.CustomerID(id))
}

// CustomersByEmail are the firm's customers with an e-mail address of their own, archived ones left out, at most limit.
// It walks all customers.
func (r *Reader) CustomersByEmail(f ledger.FirmID, email string, limit int) (out []ledger.Customer, err error) {
	for c, err := range r.Customers(f) {
		if err != nil {
			return nil, err
		}
		if c.State != ledger.CustomerArchived && c.Email != "" && strings.EqualFold(c.Email, email) {
			if out = append(out, c); len(out) == limit {
				break
			}
		}
	}
	return out, nil
}

// Customers walks the firm's customers in the order in which they were made, archived ones included.
func (r *Reader) Customers(f ledger.FirmID) iter.Seq2[ledger.Customer, error] {
	return func(yield func(ledger.Customer, error) bool) {
		for rec, err := range customers.Scan(r.tx, store.All()) {
			if err == nil {
				if rec.Firm != f {
					continue
				}
				var h bool
				if h, err = r.hidden(rec.Import); h {
					continue
				}
			}
			if !yield(rec.customer(), err) || err != nil {
				return
			}
		}
	}
}

// Contact is the contact with the id.
func (r *Reader) Contact(id ledger.ContactID) (ledger.Contact, error) {
	rec, err := contacts.Get(r.tx, id.Bytes())
	return rec.contact(), notFound(err, "contact.unknown", "there is no such contact")
}

// ContactByEmail finds a contact by e-mail address, in any case.
func (r *Reader) ContactByEmail(f ledger.FirmID, email string) (ledger.Contact, error) {
	id, err := contacts.Entry(r.tx, "email", contactEmailKey(r.tx, f, email))
	if err != nil {
		return ledger.Contact{}, notFound(err, "contact.unknown", "there is no such contact")
	}
	return r.Contact(ledger.ContactID(id))
}

// ContactsOf are the people who act for a customer.
func (r *Reader) ContactsOf(c ledger.CustomerID) (out []ledger.Contact, err error) {
	for p, err := range contacts.Entries(r.tx, "customer", store.Prefix(c.Bytes())) {
		if err != nil {
			return nil, err
		}
		x, err := r.Contact(ledger.ContactID(p.Key[16:]))
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Document is the document with the id.
func (r *Reader) Document(id ledger.DocumentID) (ledger.Document, error) {
	rec, err := documents.Get(r.tx, id.Bytes())
	if err == nil {
		var h bool
		if h, err = r.hidden(rec.Import); h {
			err = store.ErrNotFound
		}
	}
	if err != nil {
		return ledger.Document{}, unknownDocument(err)
	}
	return rec.document(), nil
}

// DocumentByNumber finds a document by its natural key. Void documents are not found.
func (r *Reader) DocumentByNumber(f ledger.FirmID, c ledger.CustomerID, t ledger.DocumentType, number string) (ledger.Document, error) {
	id, err := documents.Entry(r.tx, "number", join(documentNumberKey(r.tx, f, number), c.Bytes(), []byte{byte(t)}))
	if err != nil {
		return ledger.Document{}, unknownDocument(err)
	}
	return r.Document(ledger.DocumentID(id))
}

// DocumentsByNumber are all documents of the firm with the number, whoever the customer is.
func (r *Reader) DocumentsByNumber(f ledger.FirmID, number string) (out []ledger.Document, err error) {
	for p, err := range documents.Entries(r.tx, "number", store.Prefix(documentNumberKey(r.tx, f, number))) {
		if err != nil {
			return nil, err
		}
		d, err := r.Document(ledger.DocumentID(p.Value))
		if err != nil {
			if isUnknown(err) {
				continue
			}
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// Rows walks every posted or void document of all firms, grouped by customer, without tax, description and void reason:
// a fast pass over what lists and sums need.
func (r *Reader) Rows() iter.Seq2[ledger.Document, error] {
	return r.rows(store.All())
}

// RowsOf is Rows for one customer.
func (r *Reader) RowsOf(c ledger.CustomerID) iter.Seq2[ledger.Document, error] {
	return r.rows(store.Prefix(c.Bytes()))
}

func (r *Reader) rows(rng store.Range) iter.Seq2[ledger.Document, error] {
	return func(yield func(ledger.Document, error) bool) {
		for p, err := range documents.Entries(r.tx, "customer", rng) {
			var d ledger.Document
			if err == nil {
				d, err = documentFromRow(p.Key, p.Value)
			}
			if err == nil {
				var h bool
				if h, err = r.hidden(d.Import); h {
					continue
				}
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// AllocationRows walks every allocation of all firms, grouped by customer and document.
func (r *Reader) AllocationRows() iter.Seq2[ledger.Allocation, error] {
	return r.allocationRows(store.All())
}

// AllocationsOf are the allocations of one document, oldest first.
func (r *Reader) AllocationsOf(d ledger.Document) ([]ledger.Allocation, error) {
	return collect(r.allocationRows(store.Prefix(join(d.Customer.Bytes(), d.ID.Bytes()))))
}

func (r *Reader) allocationRows(rng store.Range) iter.Seq2[ledger.Allocation, error] {
	return func(yield func(ledger.Allocation, error) bool) {
		for p, err := range allocations.Entries(r.tx, "customer", rng) {
			var a ledger.Allocation
			if err == nil {
				a, err = allocationFromRow(p.Key, p.Value)
			}
			if err == nil {
				var h bool
				if h, err = r.hidden(a.Import); h {
					continue
				}
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// Allocation is the allocation with the id.
func (r *Reader) Allocation(id ledger.AllocationID) (ledger.Allocation, error) {
	rec, err := allocations.Get(r.tx, id.Bytes())
	return rec.allocation(), notFound(err, "allocation.unknown", "there is no such allocation")
}

// Receipt is the receipt with the id, also when it was taken back.
func (r *Reader) Receipt(id ledger.ReceiptID) (ledger.Receipt, error) {
	rec, err := receipts.Get(r.tx, id.Bytes())
	return rec.receipt(), unknownReceipt(err)
}

// LiveReceipt is Receipt for whoever wants to show or use it: one that was taken back with its import is gone.
func (r *Reader) LiveReceipt(id ledger.ReceiptID) (ledger.Receipt, error) {
	rc, err := r.Receipt(id)
	if err == nil && rc.Void() {
		return ledger.Receipt{}, fault.NotFoundf("receipt.taken_back", "this payment was taken back with the file that had brought it (%s)", rc.VoidReason)
	}
	return rc, err
}

// ReceiptByProvider finds a receipt by the provider's own reference.
func (r *Reader) ReceiptByProvider(provider, ref string) (ledger.Receipt, error) {
	id, err := receipts.Entry(r.tx, "provider", providerKey(r.tx, provider, ref))
	if err != nil {
		return ledger.Receipt{}, unknownReceipt(err)
	}
	return r.Receipt(ledger.ReceiptID(id))
}

// Receipts walks the firm's receipts in the order in which they were recorded, those that were taken back included.
func (r *Reader) Receipts(f ledger.FirmID) iter.Seq2[ledger.Receipt, error] {
	return func(yield func(ledger.Receipt, error) bool) {
		for rec, err := range receipts.Scan(r.tx, store.All()) {
			if err == nil && rec.Firm != f {
				continue
			}
			if !yield(rec.receipt(), err) || err != nil {
				return
			}
		}
	}
}

// ReceiptsOf are the receipts of a customer; of nobody yet (unidentified, of all firms) with the zero id. Those
// that were taken back are among them.
func (r *Reader) ReceiptsOf(c ledger.CustomerID) (out []ledger.Receipt, err error) {
	for p, err := range receipts.Entries(r.tx, "customer", store.Prefix(c.Bytes())) {
		if err != nil {
			return nil, err
		}
		x, err := receiptFromRow(p.Key, p.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Returns are the refunds and chargebacks of a receipt.
func (r *Reader) Returns(id ledger.ReceiptID) ([]ledger.Return, error) {
	rc, err := r.Receipt(id)
	if err != nil {
		return nil, err
	}
	return r.returns(join(rc.Customer.Bytes(), id.Bytes()))
}

func (r *Reader) returns(prefix []byte) (out []ledger.Return, err error) {
	for p, err := range returns.Entries(r.tx, "customer", store.Prefix(prefix)) {
		if err != nil {
			return nil, err
		}
		rec, err := returns.Get(r.tx, p.Key[32:])
		if err != nil {
			return nil, err
		}
		out = append(out, rec.ret())
	}
	return out, nil
}

// Return is money that went back.
func (r *Reader) Return(id ledger.ReturnID) (ledger.Return, error) {
	rec, err := returns.Get(r.tx, id.Bytes())
	return rec.ret(), notFound(err, "return.unknown", "there is no such refund or chargeback")
}

// ReturnByProvider finds a refund or chargeback by the provider's own reference.
func (r *Reader) ReturnByProvider(ref string) (ledger.Return, error) {
	id, err := returns.Entry(r.tx, "provider", providerKey(r.tx, "return", ref))
	if err != nil {
		return ledger.Return{}, notFound(err, "return.unknown", "there is no such refund or chargeback")
	}
	rec, err := returns.Get(r.tx, id)
	return rec.ret(), err
}

// Account is everything of one customer that decides what is owed.
func (r *Reader) Account(id ledger.CustomerID) (*ledger.Account, error) {
	c, err := r.Customer(id)
	if err != nil {
		return nil, err
	}
	a := &ledger.Account{Customer: c}
	if a.Documents, err = collect(r.RowsOf(id)); err != nil {
		return nil, err
	}
	if a.Allocations, err = collect(r.allocationRows(store.Prefix(id.Bytes()))); err != nil {
		return nil, err
	}
	if a.Receipts, err = r.ReceiptsOf(id); err != nil {
		return nil, err
	}
	if a.Returns, err = r.returns(id.Bytes()); err != nil {
		return nil, err
	}
	if a.Plans, err = r.activePlans(id); err != nil {
		return nil, err
	}
	return a, nil
}

// Attempt is the attempt with the id.
func (r *Reader) Attempt(id ledger.AttemptID) (ledger.Attempt, error) {
	rec, err := attempts.Get(r.tx, id.Bytes())
	return rec.attempt(), notFound(err, "attempt.unknown", "there is no such payment attempt")
}

// AttemptByProvider finds an attempt by the provider's payment id.
func (r *Reader) AttemptByProvider(provider, ref string) (ledger.Attempt, error) {
	id, err := attempts.Entry(r.tx, "provider", providerKey(r.tx, provider, ref))
	if err != nil {
		return ledger.Attempt{}, notFound(err, "attempt.unknown", "there is no such payment attempt")
	}
	return r.Attempt(ledger.AttemptID(id))
}

// OpenAttempts are the firm's attempts that the provider has not finished, oldest first.
func (r *Reader) OpenAttempts(f ledger.FirmID) ([]ledger.Attempt, error) {
	return r.attempts("open", f.Bytes())
}

// AttemptsOf are a customer's attempts, oldest first.
func (r *Reader) AttemptsOf(c ledger.CustomerID) ([]ledger.Attempt, error) {
	return r.attempts("customer", c.Bytes())
}

func (r *Reader) attempts(index string, prefix []byte) (out []ledger.Attempt, err error) {
	for p, err := range attempts.Entries(r.tx, index, store.Prefix(prefix)) {
		if err != nil {
			return nil, err
		}
		x, err := r.Attempt(ledger.AttemptID(p.Key[16:]))
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Attempts walks all attempts of the firm, oldest first.
func (r *Reader) Attempts(f ledger.FirmID) iter.Seq2[ledger.Attempt, error] {
	return func(yield func(ledger.Attempt, error) bool) {
		for rec, err := range attempts.Scan(r.tx, store.All()) {
			if err == nil && rec.Firm != f {
				continue
			}
			if !yield(rec.attempt(), err) || err != nil {
				return
			}
		}
	}
}

// Timeline is what happened to a customer (or document, or any other subject), newest first, before the given journal
// number (0: from the end).
func (r *Reader) Timeline(subject []byte, before uint64, limit int) ([]journal.Entry, error) {
	return journal.About(r.tx, subject, before, limit)
}

func collect[T any](seq iter.Seq2[T, error]) (out []T, err error) {
	for x, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}
