package importer

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Apply writes what the plan says: all of it becomes visible at once, or nothing is. It fails with "import.refused" or
// "import.rejected" when the plan is not OK, and with "import.books_moved" when the books have changed in the meantime
// in a way that makes the plan wrong. A plan that changes nothing is applied without a trace: its report has no import
// id. progress may be nil.
func (s *Service) Apply(ctx context.Context, m journal.Meta, p *Plan, progress Progress) (Report, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	if err := p.check(m); err != nil {
		return p.Report(), err
	}
	if err := s.fresh(ctx, p); err != nil {
		return p.Report(), err
	}
	report := p.Report()
	if p.New+p.Changed == 0 {
		return report, nil
	}
	st, err := s.books.Stage(ctx, m, books.ImportHeader{Name: p.File, Hash: p.Hash[:], Kind: string(p.Kind), Profile: p.Profile})
	if err != nil {
		return report, err
	}
	report.ImportID = st.ID().String()
	if err = s.write(ctx, st, p, report, progress); err != nil {
		// The caller's context may have ended; what was staged is taken back all the same.
		if undone := st.Abandon(context.WithoutCancel(ctx)); undone != nil {
			s.log.ErrorContext(ctx, "an import that failed could not be taken back; it will be when the books are next opened", "error", undone)
		}
		report.ImportID = ""
		return report, err
	}
	s.log.InfoContext(ctx, "import applied", "import", report.ImportID, "kind", string(p.Kind), "rows", p.Rows, "created", p.New, "updated", p.Changed)
	return report, nil
}

func (p *Plan) check(m journal.Meta) error {
	switch {
	case p.Refusal != nil:
		return p.Refusal.Err()
	case m.Firm != p.opts.Firm:
		return fault.Invalidf("import.firm", "The plan was made for another firm.")
	case !p.OK():
		e := fault.Invalidf("import.rejected", "%d of %d rows were rejected, so nothing was changed. Repair them, or import the good rows only.", p.Rejected, p.Rows)
		return e
	}
	return nil
}

// fresh makes sure that the plan still holds: if anything was written since, it is made again and must come out the same.
func (s *Service) fresh(ctx context.Context, p *Plan) error {
	var head uint64
	if err := s.books.View(ctx, func(r *books.Reader) (err error) {
		head, err = r.Head()
		return err
	}); err != nil {
		return err
	}
	if head == p.base {
		return nil
	}
	again, err := s.Plan(ctx, p.src, p.opts, nil)
	if err != nil {
		return err
	}
	if again.Refusal != nil || again.New != p.New || again.Changed != p.Changed || again.Same != p.Same || again.Rejected != p.Rejected {
		return fault.Conflictf("import.books_moved", "The books have changed since this import was looked at. Look at it again, then import.")
	}
	p.reading, p.base = again.reading, again.base
	return nil
}

// write hands every row to the books.
func (s *Service) write(ctx context.Context, st *books.Staging, p *Plan, report Report, progress Progress) error {
	kept, err := json.Marshal(report.brief())
	if err != nil {
		return err
	}
	a := applying{rd: p.reading, firm: p.opts.Firm, written: make([]bool, len(p.reading.parties))}
	n := 0
	err = p.reading.walk(ctx, &notes{}, func(rec *record, _ *table.Row, _ []Problem) error {
		it, ok := a.item(rec)
		if n++; n%2000 == 0 {
			progress("write", n, p.Rows)
		}
		if !ok {
			return nil
		}
		return st.Add(ctx, it)
	})
	if err != nil {
		return err
	}
	for _, g := range p.reading.gone {
		if err := st.Add(ctx, books.ImportItem{Document: &g.document, Settled: g.settled, SettledOn: p.AsOf}); err != nil {
			return err
		}
	}
	_, err = st.Apply(ctx, kept)
	progress("write", p.Rows, p.Rows)
	return err
}

// brief is the report without the single rows: what is kept with the import.
func (r Report) brief() Report {
	const few = 50
	r.Errors, r.Warnings = r.Errors[:min(len(r.Errors), few)], r.Warnings[:min(len(r.Warnings), few)]
	return r
}

// applying turns records and verdicts into items.
type applying struct {
	rd      *reading
	firm    ledger.FirmID
	n       int // index of the next verdict
	written []bool
}

// item is what the next record asks of the books; false when it asks nothing.
func (a *applying) item(rec *record) (books.ImportItem, bool) {
	c := a.rd.verdicts[a.n]
	v, special := a.rd.special[a.n]
	a.n++
	it := books.ImportItem{Row: rec.row}
	if c.outcome == compactSame || c.outcome == compactRejected {
		return it, false
	}
	if a.rd.kind == Customers {
		it.Customer = v.customer
		return it, true
	}
	var who *party
	if c.party >= 0 {
		who = a.rd.parties[c.party]
		a.introduce(&it, who, c.party)
	}
	if rec.kind == rowPayment {
		it.Receipt, it.Lines = a.receipt(rec, v.number, who), v.lines
		return it, true
	}
	it.Settled, it.SettledOn = rec.settled, rec.settledOn
	if special && v.document != nil {
		it.Document, it.Settled = v.document, v.settled
		if it.SettledOn.IsZero() {
			it.SettledOn = a.rd.env.asOf
		}
		return it, true
	}
	number := string(rec.number)
	if number == "" {
		number = v.number
	}
	it.Document = &ledger.Document{Customer: who.id, Type: rec.kind.document(), Number: number, Issued: rec.issued, Due: rec.due,
		Total: money.Of(rec.total, rec.currency), PO: clip(string(rec.po), maxText), Reference: clip(string(rec.reference), maxText),
		Description: clip(string(rec.description), maxDescription)}
	if rec.due.IsZero() && it.Document.Type.Debit() {
		it.Document.Due = who.terms.Due(rec.issued)
	}
	return it, true
}

// introduce makes a new customer known with their first row, and brings an archived one back.
func (a *applying) introduce(it *books.ImportItem, who *party, i int32) {
	it.CustomerNumber = who.number
	if a.written[i] {
		return
	}
	a.written[i] = true
	switch {
	case who.id.IsZero():
		c := who.about
		c.Number, c.Name, c.Email = who.number, who.name, who.email
		it.Customer = &c
	case who.revive != nil:
		it.Customer = who.revive
	}
}

func (a *applying) receipt(rec *record, ref string, who *party) *ledger.Receipt {
	r := &ledger.Receipt{Firm: a.firm, Date: rec.issued, Amount: money.Of(rec.total, rec.currency), Method: method(rec.method),
		Payer: clip(string(rec.payer), maxText), PayerIBAN: strings.ReplaceAll(clip(string(rec.iban), 60), " ", ""),
		Provider: importProvider, ProviderRef: a.firm.String() + "/" + ref, Reference: clip(string(rec.reference), maxText)}
	if r.Reference == "" {
		r.Reference = clip(string(rec.number), maxText)
	}
	if who != nil {
		r.Customer = who.id
	}
	return r
}

// method is how the payment came in, in our words; what is not known stays "import".
func method(t []byte) ledger.Method {
	switch plainTitle(string(t)) {
	case "transfer", "banktransfer", "bank", "overboeking", "uberweisung", "virement", "sepa", "wire":
		return ledger.MethodTransfer
	case "cash", "contant", "kas", "bar", "especes":
		return ledger.MethodCash
	case "ideal":
		return ledger.MethodIDEAL
	case "card", "creditcard", "kreditkarte", "carte", "cartebancaire":
		return ledger.MethodCard
	}
	return ledger.MethodImport
}

// Undo takes an import back, if nothing has been built on it since; else the error says what has.
func (s *Service) Undo(ctx context.Context, m journal.Meta, id ledger.ImportID) error {
	_, err := s.books.UndoImport(ctx, m, id)
	return err
}
