package books

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// An import is many rows and one outcome. New customers and documents are written in chunks that nobody sees (Reader
// hides records of a staged import); Apply then switches them on together with everything that touches existing records,
// in one transaction. A crash before the switch is undone when the books are next opened.

// ImportState says how far an import is.
type ImportState uint8

// The states of an import.
const (
	ImportStaged ImportState = iota
	ImportApplied
	ImportUndone
	ImportAbandoned
)

// String is the state as the API has it.
func (s ImportState) String() string {
	return [...]string{"staged", "applied", "undone", "abandoned"}[s]
}

// ImportHeader says what a file is.
type ImportHeader struct {
	Name    string // file name
	Hash    []byte // SHA-256 of the file
	Kind    string // customers, invoices, payments
	Profile string
}

// Import is a file that was read into the ledger.
type Import struct {
	ImportHeader
	ID     ledger.ImportID
	Firm   ledger.FirmID
	State  ImportState
	At     time.Time
	By     string
	Counts ImportCounts
	Report []byte // the importer's own report, opaque here
}

// ImportCounts are what an import did.
type ImportCounts struct {
	Customers, Documents, Receipts, Updated int
}

type importRecord struct {
	ID        ledger.ImportID `cbor:"1,keyasint"`
	Firm      ledger.FirmID   `cbor:"2,keyasint"`
	Name      string          `cbor:"3,keyasint"`
	Hash      []byte          `cbor:"4,keyasint,omitempty"`
	Kind      string          `cbor:"5,keyasint"`
	Profile   string          `cbor:"6,keyasint,omitzero"`
	State     ImportState     `cbor:"7,keyasint"`
	At        int64           `cbor:"8,keyasint"`
	By        string          `cbor:"9,keyasint,omitzero"`
	Customers int             `cbor:"10,keyasint,omitzero"`
	Documents int             `cbor:"11,keyasint,omitzero"`
	Receipts  int             `cbor:"12,keyasint,omitzero"`
	Updated   int             `cbor:"13,keyasint,omitzero"`
	Report    []byte          `cbor:"14,keyasint,omitempty"`
	Undo      uint32          `cbor:"15,keyasint,omitzero"` // how many undoRecords there are
}

func (r importRecord) imported() Import {
	return Import{ImportHeader: ImportHeader{Name: r.Name, Hash: r.Hash, Kind: r.Kind, Profile: r.Profile}, ID: r.ID, Firm: r.Firm,
		State: r.State, At: instant(r.At), By: r.By, Report: r.Report,
		Counts: ImportCounts{Customers: r.Customers, Documents: r.Documents, Receipts: r.Receipts, Updated: r.Updated}}
}

// undoRecord is a record as it was before the import changed it, and as the import left it.
type undoRecord struct {
	Import ledger.ImportID `cbor:"1,keyasint"`
	N      uint32          `cbor:"2,keyasint"`
	Table  string          `cbor:"3,keyasint"`
	Key    []byte          `cbor:"4,keyasint"`
	Before []byte          `cbor:"5,keyasint"`
	After  []byte          `cbor:"6,keyasint"`
}

// Import is the import with the id.
func (r *Reader) Import(id ledger.ImportID) (Import, error) {
	rec, err := imports.Get(r.tx, id.Bytes())
	return rec.imported(), notFound(err, "import.unknown", "there is no such import")
}

// Imports are the firm's imports, newest first, at most limit.
func (r *Reader) Imports(f ledger.FirmID, limit int) (out []Import, err error) {
	for rec, err := range imports.Scan(r.tx, store.All().Reversed()) {
		if err != nil {
			return nil, err
		}
		if rec.Firm != f || rec.State == ImportAbandoned {
			continue
		}
		if out = append(out, rec.imported()); len(out) >= limit {
			break
		}
	}
	return out, nil
}

// ImportItem is one row of a file, decided by the importer. Customer and Document with a zero ID are new; with an ID they
// replace the existing record's descriptive fields. A new Document whose Customer is zero belongs to the customer with
// CustomerNumber, which an earlier item of the same import may have created.
type ImportItem struct {
	Row            int
	Customer       *ledger.Customer
	CustomerNumber string
	Document       *ledger.Document
	Settled        int64      // minor units of Document that were paid elsewhere in total; more than before is booked as an external settlement
	SettledOn      civil.Date // when; not before the document's date of issue
	Receipt        *ledger.Receipt
	Lines          []ledger.Line // what Receipt pays
}

// chunkRows bounds the rows of one staging transaction, so that a payment never waits long behind an import: with 5,000
// it waited up to half a second on a busy machine (tests/load), and 1,500 cost the import a tenth more.
const chunkRows = 1500

// Staging is an import that is being written. It is not safe for concurrent use. End it with Apply or Abandon.
type Staging struct {
	b    *Books
	meta journal.Meta
	rec  importRecord

	created map[string]ledger.CustomerID // customers of this import by number
	fresh   []staged                     // new records not yet written
	later   []ImportItem                 // what touches existing records, done by Apply
}

// staged is a new record waiting for its chunk.
type staged struct {
	row      int
	customer *customerRecord
	document *documentRecord
	settled  *allocationRecord
}

// Stage begins an import.
func (b *Books) Stage(ctx context.Context, m journal.Meta, h ImportHeader) (*Staging, error) {
	s := &Staging{b: b, meta: journal.Meta{Firm: m.Firm, Actor: m.Actor}, created: map[string]ledger.CustomerID{}}
	s.rec = importRecord{Firm: m.Firm, Name: h.Name, Hash: h.Hash, Kind: h.Kind, Profile: h.Profile, State: ImportStaged, By: m.Actor.Name}
	ident.Fill(b.ids, &s.rec.ID)
	_, err := b.write(ctx, s.meta, "import.started", nil, func(tx *journal.Tx, r *Reader) error {
		if _, err := r.Firm(m.Firm); err != nil {
			return err
		}
		s.rec.At = tx.At().UnixNano()
		tx.Subject(s.rec.ID.Bytes())
		return imports.Insert(tx, &s.rec)
	})
	return s, err
}

// ID is the import's id.
func (s *Staging) ID() ledger.ImportID { return s.rec.ID }

// Add takes the next row. It writes a chunk now and then; an error is final and leaves Abandon to call.
func (s *Staging) Add(ctx context.Context, it ImportItem) error {
	st := staged{row: it.Row}
	if c := it.Customer; c != nil && c.ID.IsZero() {
		if err := CheckCustomer(c); err != nil {
			return err
		}
		ident.Fill(s.b.ids, &c.ID)
		c.Firm, c.Import = s.meta.Firm, s.rec.ID
		rec := fromCustomer(*c)
		st.customer = &rec
		s.created[c.Number] = c.ID
		s.rec.Customers++
		it.Customer = nil
	}
	if d := it.Document; d != nil && d.ID.IsZero() {
		if d.Customer.IsZero() {
			d.Customer = s.created[it.CustomerNumber]
		}
		if d.Customer.IsZero() {
			return fault.Invalidf("import.customer", "row %d names customer %s, who does not exist", it.Row, it.CustomerNumber)
		}
		if err := s.document(&st, d, it); err != nil {
			return err
		}
		it.Document = nil
	}
	if st.customer != nil || st.document != nil {
		s.fresh = append(s.fresh, st)
	}
	if it.Customer != nil || it.Document != nil || it.Receipt != nil {
		s.later = append(s.later, it)
	}
	if len(s.fresh) >= chunkRows {
		return s.flush(ctx)
	}
	return nil
}

// document prepares a new document and the part of it that was settled elsewhere.
func (s *Staging) document(st *staged, d *ledger.Document, it ImportItem) error {
	d.Firm, d.Import, d.State = s.meta.Firm, s.rec.ID, ledger.Posted
	if d.Due.IsZero() && d.Type.Debit() {
		d.Due = d.Issued.AddDays(30)
	}
	if err := CheckDocument(*d); err != nil {
		return err
	}
	ident.Fill(s.b.ids, &d.ID)
	rec := fromDocument(*d)
	st.document = &rec
	s.rec.Documents++
	if it.Settled == 0 {
		return nil
	}
	if it.Settled < 0 || it.Settled > d.Total.Minor || !d.Type.Debit() {
		return fault.Invalidf("import.settled", "row %d: %s of %s cannot have been settled", it.Row, money.Of(it.Settled, d.Total.Currency), d.Number)
	}
	a := allocationRecord{Firm: d.Firm, Customer: d.Customer, Document: d.ID, Kind: ledger.FromExternal, Amount: it.Settled,
		Currency: d.Total.Currency, Effective: int32(civil.Max(it.SettledOn, d.Issued)), Reason: "settled in the ERP", Import: s.rec.ID}
	ident.Fill(s.b.ids, &a.ID)
	st.settled = &a
	return nil
}

// flush writes the waiting new records in one transaction. They are sorted by id already: ids are made in order.
func (s *Staging) flush(ctx context.Context) error {
	if len(s.fresh) == 0 {
		return nil
	}
	_, err := s.b.write(ctx, s.meta, "import.staged", nil, func(tx *journal.Tx, _ *Reader) error {
		tx.Subject(s.rec.ID.Bytes())
		at := tx.At().UnixNano()
		for _, st := range s.fresh {
			if err := st.insert(tx, at); err != nil {
				return err
			}
		}
		return nil
	})
	s.fresh = s.fresh[:0]
	return err
}

func (st *staged) insert(tx *journal.Tx, at int64) error {
	if c := st.customer; c != nil {
		if err := duplicate(customers.Insert(tx, c), "import.customer_taken", "row %d: customer %s was made by somebody else in the meantime; import the file again", st.row, c.Number); err != nil {
			return err
		}
	}
	if d := st.document; d != nil {
		if err := duplicate(documents.Insert(tx, d), "import.document_taken", "row %d: document %s is already on this customer's account", st.row, d.Number); err != nil {
			return err
		}
	}
	if a := st.settled; a != nil {
		a.Recorded = at
		return allocations.Insert(tx, a)
	}
	return nil
}

// Apply makes the import visible: everything at once, or nothing. report is kept with the import for whoever looks later.
func (s *Staging) Apply(ctx context.Context, report []byte) (Import, error) {
	if err := s.flush(ctx); err != nil {
		return Import{}, err
	}
	counts := s.rec
	_, err := s.b.write(ctx, s.meta, "import.applied", nil, func(tx *journal.Tx, r *Reader) error {
		s.rec = counts
		s.rec.State, s.rec.Report = ImportApplied, report
		tx.Subject(s.rec.ID.Bytes())
		// The switch comes first: a payment may belong to a customer whom this import has brought.
		if err := imports.Put(tx, &s.rec); err != nil {
			return err
		}
		for i := range s.later {
			if err := s.change(tx, r, &s.later[i]); err != nil {
				return err
			}
		}
		tx.Fact("name", s.rec.Name)
		tx.Fact("kind", s.rec.Kind)
		return imports.Put(tx, &s.rec)
	})
	return s.rec.imported(), err
}

// change does what one row says about records that exist.
func (s *Staging) change(tx *journal.Tx, r *Reader, it *ImportItem) error {
	if c := it.Customer; c != nil {
		if _, err := r.Customer(c.ID); err != nil {
			return err
		}
		if err := CheckCustomer(c); err != nil {
			return err
		}
		rec := fromCustomer(*c)
		if err := s.remember(tx, customers.Name, c.ID.Bytes(), func() error {
			return duplicate(customers.Put(tx, &rec), "customer.duplicate", "row %d: there is already a customer with number %s", it.Row, c.Number)
		}); err != nil {
			return err
		}
		tx.Subject(c.ID.Bytes())
	}
	if d := it.Document; d != nil {
		if err := s.changeDocument(tx, r, it); err != nil {
			return err
		}
	}
	if it.Receipt == nil {
		return nil
	}
	rc := *it.Receipt
	rc.Firm, rc.Import = s.meta.Firm, s.rec.ID
	if rc.Customer.IsZero() {
		rc.Customer = s.created[it.CustomerNumber]
	}
	s.rec.Receipts++
	_, err := s.b.receive(tx, r, rc, func(*ledger.Account) []ledger.Line { return it.Lines })
	return err
}

func (s *Staging) changeDocument(tx *journal.Tx, r *Reader, it *ImportItem) error {
	was, err := r.ownDocument(s.meta.Firm, it.Document.ID)
	if err != nil {
		return err
	}
	d := was
	d.PO, d.Reference, d.Description = it.Document.PO, it.Document.Reference, it.Document.Description
	if d.PO != was.PO || d.Reference != was.Reference || d.Description != was.Description {
		rec := fromDocument(d)
		if err := s.remember(tx, documents.Name, d.ID.Bytes(), func() error { return documents.Put(tx, &rec) }); err != nil {
			return err
		}
	}
	a, err := r.Account(d.Customer)
	if err != nil {
		return err
	}
	more := it.Settled - a.AllocatedFrom(d.ID, ledger.FromExternal, civil.EndOfTime).Minor
	if it.Settled == 0 || more <= 0 {
		return nil
	}
	before := len(a.Allocations)
	on := civil.Max(it.SettledOn, d.Issued)
	amount := money.Of(more, d.Total.Currency)
	if err := ledger.CheckWriteOff(a, d.ID, amount, on); err != nil {
		return err
	}
	s.b.apply(a, tx, ledger.Allocation{Document: d.ID, Kind: ledger.FromExternal, Amount: amount, Effective: on,
		Reason: "settled in the ERP", Import: s.rec.ID})
	tx.Subject(d.Customer.Bytes())
	return s.b.save(tx, a, before)
}

// remember keeps a record as it was around a change, for undo.
func (s *Staging) remember(tx *journal.Tx, table string, key []byte, change func() error) error {
	before, err := tx.Get(table, key)
	if err != nil {
		return err
	}
	before = slices.Clone(before)
	if err := change(); err != nil {
		return err
	}
	after, err := tx.Get(table, key)
	if err != nil {
		return err
	}
	s.rec.Updated++
	s.rec.Undo++
	return undos.Insert(tx, &undoRecord{Import: s.rec.ID, N: s.rec.Undo, Table: table, Key: key, Before: before, After: slices.Clone(after)})
}

// Abandon takes back everything that was staged.
func (s *Staging) Abandon(ctx context.Context) error {
	s.fresh, s.later = nil, nil
	return s.b.abandon(ctx, s.rec.ID)
}

// abandonStaged takes back imports that were cut off.
func (b *Books) abandonStaged(ctx context.Context) error {
	var left []ledger.ImportID
	err := b.eng.View(ctx, func(tx store.Tx) error {
		left = nil
		for rec, err := range imports.Scan(tx, store.All()) {
			if err != nil {
				return err
			}
			if rec.State == ImportStaged {
				left = append(left, rec.ID)
			}
		}
		return nil
	})
	for _, id := range left {
		err = errors.Join(err, b.abandon(ctx, id))
	}
	return err
}

// abandon removes the records that an import staged, chunk by chunk, the last first, and closes it.
func (b *Books) abandon(ctx context.Context, id ledger.ImportID) error {
	var chunks []uint64
	var rec importRecord
	err := b.eng.View(ctx, func(tx store.Tx) (err error) {
		chunks = nil
		if rec, err = imports.Get(tx, id.Bytes()); err != nil {
			return err
		}
		list, err := journal.Numbers(tx, id.Bytes())
		chunks = list
		return err
	})
	if err != nil || rec.State != ImportStaged {
		return err
	}
	m := journal.Meta{Firm: rec.Firm, Actor: journal.Actor{Kind: journal.System}}
	for _, seq := range slices.Backward(chunks) {
		_, err := b.write(ctx, m, "import.taken_back", nil, func(tx *journal.Tx, _ *Reader) error {
			e, err := journal.In(tx, seq)
			if err != nil || e.Kind != "import.staged" {
				return err
			}
			return removeStaged(tx, e.Changes)
		})
		if err != nil {
			return err
		}
	}
	_, err = b.write(ctx, m, "import.abandoned", nil, func(tx *journal.Tx, _ *Reader) error {
		rec.State = ImportAbandoned
		return imports.Put(tx, &rec)
	})
	return err
}

// removeStaged deletes records that were never visible. A crash may have removed some of them before.
func removeStaged(tx *journal.Tx, changes []journal.Change) error {
	for _, c := range slices.Backward(changes) {
		var err error
		switch c.Table {
		case customers.Name:
			err = customers.Delete(tx, c.Key)
		case documents.Name:
			err = documents.Delete(tx, c.Key)
		case allocations.Name:
			err = allocations.Delete(tx, c.Key)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
