package importer_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// desk is real books with an importer on them.
type desk struct {
	*bookstest.Books
	svc *importer.Service
}

func newDesk(t testing.TB) desk {
	b := bookstest.Open(t)
	return desk{b, importer.New(b.Books, memory{}, slog.New(slog.DiscardHandler))}
}

// memory keeps profiles in a map, as the books keep them in a table.
type memory map[string][]byte

func (m memory) ImportProfiles(context.Context, ledger.FirmID) (map[string][]byte, error) {
	return m, nil
}

func (m memory) PutImportProfile(_ context.Context, _ journal.Meta, key string, b []byte) error {
	if b == nil {
		delete(m, key)
	} else {
		m[key] = b
	}
	return nil
}

func (d desk) plan(name string, data []byte, o importer.Options) *importer.Plan {
	d.T.Helper()
	o.Firm = d.Firm.ID
	p, err := d.svc.Plan(d.Ctx, importer.Bytes(name, data), o, nil)
	if err != nil {
		d.T.Fatalf("plan %s: %v", name, err)
	}
	return p
}

func (d desk) apply(p *importer.Plan) importer.Report {
	d.T.Helper()
	r, err := d.svc.Apply(d.Ctx, d.Meta(), p, nil)
	if err != nil {
		d.T.Fatalf("apply %s: %v (%v)", p.File, err, p.Problems)
	}
	return r
}

// open is what is owed per currency on a date: invoices less credit notes that are not applied.
func (d desk) open(asOf string) map[string]string {
	d.T.Helper()
	on := civil.MustParse(asOf)
	sums := map[money.Currency]int64{}
	for _, a := range d.accounts() {
		for _, doc := range a.Documents {
			rest := a.Open(doc.ID, on)
			if !doc.Type.Debit() {
				rest = rest.Neg()
			}
			sums[doc.Total.Currency] += rest.Minor
		}
	}
	out := map[string]string{}
	for c, n := range sums {
		if n != 0 {
			out[string(c)] = money.Of(n, c).String()
		}
	}
	return out
}

func (d desk) accounts() (out []*ledger.Account) {
	d.T.Helper()
	err := d.View(d.Ctx, func(r *books.Reader) error {
		for c, err := range r.Customers(d.Firm.ID) {
			if err != nil {
				return err
			}
			a, err := r.Account(c.ID)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	if err != nil {
		d.T.Fatal(err)
	}
	return out
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func totals(r importer.Report) map[string]string {
	out := map[string]string{}
	for _, t := range r.Totals {
		out[t.Currency] = t.Amount
	}
	return out
}

func codes(ps []importer.Problem) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Code)
	}
	return out
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

// TestFixtures reads a list as each program writes it; amounts were added up by hand.
func TestFixtures(t *testing.T) {
	for _, c := range []struct {
		file          string
		kind          importer.Kind
		rows, created int
		total, open   map[string]string
		customers     []string
		warnings      []string
	}{
		{file: "eboekhouden_open.csv", kind: importer.Invoices, rows: 4, created: 4, total: map[string]string{"EUR": "14040.17"}, open: map[string]string{"EUR": "13540.17"},
			customers: []string{"00012 Bakker Zoon & Dochter", "00107 Café 't Hoekje"}, warnings: []string{"import.warning.no_currency", "import.warning.settled_undated"}},
		{file: "exact_openstaand.csv", kind: importer.Invoices, rows: 3, created: 3, total: map[string]string{"EUR": "3599.99"}, open: map[string]string{"EUR": "2849.99"},
			customers: []string{"1001 Jansen Bouw B.V.", "1002 De Vries Installatie"}, warnings: []string{"import.warning.settled_undated"}},
		{file: "fbl5n_de.csv", kind: importer.Invoices, rows: 3, created: 3, total: map[string]string{"EUR": "11000.00"}, open: map[string]string{"EUR": "11000.00"},
			customers: []string{"0000100234 0000100234", "0000100300 0000100300"}},
		{file: "tally_bills.csv", kind: importer.Invoices, rows: 3, created: 3, total: map[string]string{"EUR": "188800.00"}, open: map[string]string{"EUR": "188800.00"},
			customers: []string{"SHARMATRAD-467IJ Sharma Traders", importer.NumberFromName("Patel & Co") + " Patel & Co"},
			warnings:  []string{"import.warning.no_currency", "import.warning.open_only", "import.warning.name_only"}},
		{file: "odoo_move.csv", kind: importer.Invoices, rows: 3, created: 3, total: map[string]string{"EUR": "1387.50"}, open: map[string]string{"EUR": "237.50"},
			customers: []string{importer.NumberFromName("Azure Interior") + " Azure Interior", importer.NumberFromName("Deco Addict") + " Deco Addict"},
			warnings:  []string{"import.warning.settled_undated", "import.warning.name_only"}},
		{file: "generic_nl.csv", kind: importer.Invoices, rows: 2, created: 2, total: map[string]string{"EUR": "300.00"}, open: map[string]string{"EUR": "50.00"},
			customers: []string{"0042 0042"}, warnings: []string{"import.warning.no_currency"}},
		{file: "french.csv", kind: importer.Invoices, rows: 2, created: 2, total: map[string]string{"EUR": "1323.50"}, open: map[string]string{"EUR": "1234.50"},
			customers: []string{"C001 Boulangerie Lefèvre", "C002 Garage Dupré"}, warnings: []string{"import.warning.settled_undated"}},
		{file: "german.csv", kind: importer.Invoices, rows: 2, created: 2, total: map[string]string{"EUR": "2499.00"}, open: map[string]string{"EUR": "2380.00"},
			customers: []string{"10001 Müller & Söhne GmbH", "10002 Straßenbau AG"}, warnings: []string{"import.warning.settled_undated"}},
		{file: "xero_lines.csv", kind: importer.Invoices, rows: 3, created: 2, total: map[string]string{"GBP": "180.00"}, open: map[string]string{"GBP": "100.00"},
			customers: []string{importer.NumberFromName("City Agency") + " City Agency", importer.NumberFromName("Bayside Club") + " Bayside Club"},
			warnings:  []string{"import.warning.settled_undated", "import.warning.name_only", "import.warning.folded"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			d := newDesk(t)
			data := fixture(t, c.file)
			p := d.plan(c.file, data, importer.Options{})
			r := d.apply(p)
			if r.Kind != c.kind || r.Rows != c.rows || r.Created != c.created || r.Rejected != 0 || r.ImportID == "" {
				t.Errorf("got %+v", r)
			}
			if diff := cmp.Diff(c.total, totals(r)); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.open, d.open("2026-12-31")); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
			var customers []string
			for _, a := range d.accounts() {
				customers = append(customers, a.Customer.Number+" "+a.Customer.Name)
			}
			if diff := cmp.Diff(c.customers, customers); diff != "" {
				t.Errorf("customers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.warnings, codes(r.Warnings)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			d.again(c.file, data)
		})
	}
}

// again imports a file once more: nothing may change, and no import is recorded.
func (d desk) again(name string, data []byte) {
	d.T.Helper()
	before, err := d.head()
	if err != nil {
		d.T.Fatal(err)
	}
	p := d.plan(name, data, importer.Options{})
	r := d.apply(p)
	after, err := d.head()
	if err != nil {
		d.T.Fatal(err)
	}
	if r.Created != 0 || r.Updated != 0 || r.Rejected != 0 || r.ImportID != "" || before != after {
		d.T.Errorf("importing %s again is not without effect: %+v, journal %d -> %d", name, r, before, after)
	}
}

func (d desk) head() (n uint64, err error) {
	err = d.View(d.Ctx, func(r *books.Reader) (err error) {
		n, err = r.Head()
		return err
	})
	return n, err
}

// TestQuestions: what whole columns do not tell is asked, and the answer is enough.
func TestQuestions(t *testing.T) {
	d := newDesk(t)
	p := d.plan("dates", fixture(t, "ambiguous_dates.csv"), importer.Options{})
	if p.Refusal == nil || p.Refusal.Code != "import.date_order" || p.Kind != importer.Refused {
		t.Fatalf("got %+v", p.Refusal)
	}
	if len(p.Columns) != 5 || p.Columns[2].Field != importer.FieldIssued {
		t.Errorf("a refused file must still show its columns: %+v", p.Columns)
	}
	p = d.plan("dates", fixture(t, "ambiguous_dates.csv"), importer.Options{DateOrder: importer.OrderMDY})
	if !p.OK() || p.New != 2 || p.Columns[2].DateOrder != importer.OrderMDY {
		t.Fatalf("got %+v", p.Report())
	}
	d.apply(p)
	if doc := d.document("1", "A1"); doc.Issued != civil.MustParse("2026-01-02") || doc.Due != civil.MustParse("2026-03-04") {
		t.Errorf("got %s due %s", doc.Issued, doc.Due)
	}

	p = d.plan("amounts", fixture(t, "ambiguous_amounts.csv"), importer.Options{Kind: importer.Invoices})
	if p.Refusal == nil || p.Refusal.Code != "import.decimal" {
		t.Fatalf("got %+v", p.Refusal)
	}
	if p = d.plan("amounts", fixture(t, "ambiguous_amounts.csv"), importer.Options{Decimal: ","}); totals(p.Report())["EUR"] != "13750.00" && p.Refusal != nil {
		t.Errorf("got %+v", p.Report())
	}
}

func (d desk) document(customer, number string) (doc ledger.Document) {
	d.T.Helper()
	err := d.View(d.Ctx, func(r *books.Reader) error {
		c, err := r.CustomerByNumber(d.Firm.ID, customer)
		if err != nil {
			return err
		}
		doc, err = r.DocumentByNumber(d.Firm.ID, c.ID, ledger.Invoice, number)
		return err
	})
	if err != nil {
		d.T.Fatalf("customer %s document %s: %v", customer, number, err)
	}
	return doc
}

// TestDamaged: every damaged cell is told with the row a person sees, the column and the value; by default nothing is
// written, on request the good rows are.
func TestDamaged(t *testing.T) {
	d := newDesk(t)
	data := fixture(t, "damaged.csv")
	p := d.plan("damaged.csv", data, importer.Options{})
	type where struct {
		Row           int
		Column, Value string
		Code          string
	}
	var got []where
	for _, q := range p.Problems {
		got = append(got, where{q.Row, q.Column, q.Value, q.Code})
		if q.Message == "" || q.Repair == "" {
			t.Errorf("row %d: no word about how to repair: %+v", q.Row, q)
		}
	}
	want := []where{
		{3, "invoice date", "99/99/9999", "import.date"},
		{4, "invoice date", "05:23.4", "import.date"},
		{5, "invoice number", "1.2E+09", "import.number_damaged"},
		{6, "amount", "12,50", "import.amount_marks"},
		{7, "amount", "abc", "import.amount"},
		{8, "customer number", "", "import.missing"},
		{9, "invoice number", "", "import.missing"},
		{10, "invoice number", "A1", "import.duplicate"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	before, _ := d.head()
	_, err := d.svc.Apply(d.Ctx, d.Meta(), p, nil)
	wantCode(t, err, "import.rejected")
	if after, _ := d.head(); after != before {
		t.Error("a rejected import left a trace")
	}

	p = d.plan("damaged.csv", data, importer.Options{Partial: true})
	if r := d.apply(p); r.Created != 1 || r.Rejected != 8 || r.ImportID == "" {
		t.Errorf("got %+v", r)
	}
	d.workbook(p, want[0].Row)
}

// workbook reads the workbook of rejected rows back, with the importer itself.
func (d desk) workbook(p *importer.Plan, firstRow int) {
	d.T.Helper()
	var buf bytes.Buffer
	if err := d.svc.ErrorsWorkbook(d.Ctx, p, &buf); err != nil {
		d.T.Fatal(err)
	}
	again := d.plan("errors.xlsx", buf.Bytes(), importer.Options{})
	if again.Rows != p.Rejected || again.Rejected == 0 {
		d.T.Errorf("the workbook has %d rows, want %d: %+v", again.Rows, p.Rejected, again.Report())
	}
	cells := again.Preview[0].Cells
	if n := len(cells); n < 8 || cells[5] != "3" || cells[6] != "invoice date" || cells[1] != "A2" {
		d.T.Errorf("first row of the workbook: %q", cells)
	}
}

// TestChanges: what a later list says about documents that are in the books.
func TestChanges(t *testing.T) {
	d := newDesk(t)
	list := func(rows string) []byte {
		return []byte("customer number;invoice number;invoice date;due date;amount;open;PO number\n" + rows)
	}
	d.apply(d.plan("1", list("7;A1;2026-05-01;2026-05-31;100.00;100.00;\n7;A2;2026-05-02;2026-06-01;200.00;200.00;\n"), importer.Options{}))

	// Paid there: an external settlement; a purchase order number is added; an amount that differs is refused.
	p := d.plan("2", list("7;A1;2026-05-01;2026-05-31;100.00;40.00;\n7;A2;2026-05-02;2026-06-01;200.00;200.00;PO-9\n7;A3;2026-05-03;2026-06-02;300.00;300.00;\n"), importer.Options{AsOf: civil.MustParse("2026-06-20")})
	if p.New != 1 || p.Changed != 2 || p.Rejected != 0 {
		t.Fatalf("got %+v", p.Report())
	}
	r := d.apply(p)
	if got := d.open("2026-06-19")["EUR"]; got != "600.00" {
		t.Errorf("open the day before: %s, want 600.00: history must not change", got)
	}
	if got := d.open("2026-06-20")["EUR"]; got != "540.00" {
		t.Errorf("open: %s, want 540.00", got)
	}
	if po := d.document("7", "A2").PO; po != "PO-9" {
		t.Errorf("got PO %q", po)
	}

	// A customer pays here; the list does not know it yet: nothing changes. Later it does: nothing changes either.
	doc := d.document("7", "A3")
	if _, err := d.Receive(d.Ctx, d.Meta(), ledger.Receipt{Customer: doc.Customer, Date: civil.MustParse("2026-06-25"), Amount: money.Of(30000, "EUR"), Method: ledger.MethodTransfer},
		[]ledger.Line{{Document: doc.ID, Amount: 30000}}); err != nil {
		t.Fatal(err)
	}
	for _, open := range []string{"300.00", "0.00"} {
		p = d.plan("3", list("7;A3;2026-05-03;2026-06-02;300.00;"+open+";\n"), importer.Options{})
		if p.Same != 1 || p.Changed != 0 {
			t.Errorf("open %s there: %+v", open, p.Report())
		}
	}

	p = d.plan("4", list("7;A1;2026-05-01;2026-05-31;120.00;60.00;\n"), importer.Options{})
	if p.OK() || len(p.Problems) != 1 || p.Problems[0].Code != "import.total_changed" || p.Problems[0].Column != "amount" {
		t.Errorf("got %+v", p.Report())
	}

	var id ledger.ImportID
	if err := id.UnmarshalText([]byte(r.ImportID)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, d.svc.Undo(d.Ctx, d.Meta(), id), "import.built_on")
}

// TestUndo: an import can be taken back and done again.
func TestUndo(t *testing.T) {
	d := newDesk(t)
	data := fixture(t, "eboekhouden_open.csv")
	r := d.apply(d.plan("a.csv", data, importer.Options{}))
	var id ledger.ImportID
	if err := id.UnmarshalText([]byte(r.ImportID)); err != nil {
		t.Fatal(err)
	}
	if err := d.svc.Undo(d.Ctx, d.Meta(), id); err != nil {
		t.Fatal(err)
	}
	if got := d.open("2026-12-31"); len(got) != 0 {
		t.Errorf("after undo %v is open", got)
	}
	r = d.apply(d.plan("a.csv", data, importer.Options{}))
	if r.Created != 4 {
		t.Errorf("after undo: %+v", r)
	}
	for _, a := range d.accounts() {
		if a.Customer.State != ledger.CustomerActive {
			t.Errorf("customer %s stays archived", a.Customer.Number)
		}
	}
	d.again("a.csv", data)
}

// TestUndoOfPayments: so can the payments of a file, which then settle the same invoices again.
func TestUndoOfPayments(t *testing.T) {
	d := newDesk(t)
	d.apply(d.plan("a.csv", []byte("Debiteurnummer;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag\n"+
		"00012;Jansen;2026-0001;13-02-2026;15-03-2026;210,00\n"), importer.Options{}))
	data := fixture(t, "payments.csv")
	for range 2 {
		r := d.apply(d.plan("p.csv", data, importer.Options{}))
		if r.Created != 2 {
			t.Fatalf("%+v", r)
		}
		if got := d.open("2026-12-31"); len(got) != 0 {
			t.Errorf("after the payments %v is open", got)
		}
		d.again("p.csv", data)
		var id ledger.ImportID
		if err := id.UnmarshalText([]byte(r.ImportID)); err != nil {
			t.Fatal(err)
		}
		if err := d.svc.Undo(d.Ctx, d.Meta(), id); err != nil {
			t.Fatal(err)
		}
		if got := d.open("2026-12-31"); got["EUR"] != "210.00" {
			t.Errorf("after undo %v is open", got)
		}
	}
}

// TestMoved: a plan that no longer holds is not applied.
func TestMoved(t *testing.T) {
	d := newDesk(t)
	data := fixture(t, "eboekhouden_open.csv")
	one, two := d.plan("a.csv", data, importer.Options{}), d.plan("a.csv", data, importer.Options{})
	d.apply(one)
	_, err := d.svc.Apply(d.Ctx, d.Meta(), two, nil)
	wantCode(t, err, "import.books_moved")

	// Something else in between does no harm.
	d2 := newDesk(t)
	p := d2.plan("a.csv", data, importer.Options{})
	d2.Customer("somebody else")
	if r := d2.apply(p); r.Created != 4 {
		t.Errorf("got %+v", r)
	}
}

// TestCustomersThenPayments: the other kinds.
func TestCustomersThenPayments(t *testing.T) {
	d := newDesk(t)
	r := d.apply(d.plan("customers.csv", fixture(t, "customers.csv"), importer.Options{}))
	if r.Kind != importer.Customers || r.Created != 2 {
		t.Fatalf("got %+v", r)
	}
	a := d.accounts()[0].Customer
	a.ID, a.Firm, a.Import = ledger.CustomerID{}, ledger.FirmID{}, ledger.ImportID{}
	want := ledger.Customer{Number: "00012", Name: "Bakker Zoon & Dochter", Email: "info@bakker.example", Language: "nl", TermDays: 14, CreditLimit: 500000,
		Address: ledger.Address{Street: "Dorpsstraat 1", PostalCode: "1234 AB", City: "Utrecht", Country: "NL"}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	d.again("customers.csv", fixture(t, "customers.csv"))
	p := d.plan("c", []byte("Debiteurnummer;Naam;Plaats\n00012;Bakker & Dochter;Zeist\n"), importer.Options{})
	if p.Changed != 1 {
		t.Fatalf("got %+v", p.Report())
	}
	d.apply(p)
	if a := d.accounts()[0].Customer; a.Name != "Bakker & Dochter" || a.Address.City != "Zeist" || a.Address.Street != "Dorpsstraat 1" {
		t.Errorf("got %+v", a)
	}

	d.apply(d.plan("i", fixture(t, "eboekhouden_open.csv"), importer.Options{}))
	r = d.apply(d.plan("payments.csv", fixture(t, "payments.csv"), importer.Options{}))
	if r.Kind != importer.Payments || r.Created != 2 || totals(r)["EUR"] != "260.00" {
		t.Fatalf("got %+v", r)
	}
	acc := d.accounts()[0]
	doc := d.document("00012", "2026-0001")
	if open := acc.Open(doc.ID, civil.MustParse("2026-03-03")); open != money.Of(100000, "EUR") {
		t.Errorf("open after the payment: %s", open)
	}
	d.again("payments.csv", fixture(t, "payments.csv"))
}

// TestProfile: a corrected mapping is remembered by the column titles.
func TestProfile(t *testing.T) {
	d := newDesk(t)
	data := []byte("klant;kenmerk;boeking;vervalt;bedrag\n12;X1;2026-01-31;2026-03-01;10,00\n12;X2;2026-02-28;2026-03-30;20,00\n")
	p := d.plan("a.csv", data, importer.Options{})
	if p.Refusal == nil {
		t.Logf("detected without help: %+v", p.Columns)
	}
	o := importer.Options{Mapping: []importer.Override{{Column: "klant", Field: importer.FieldCustomerNumber}, {Column: "B", Field: importer.FieldNumber}, {Column: "boeking", Field: importer.FieldIssued}}}
	p = d.plan("a.csv", data, o)
	if p.New != 2 || !p.Columns[1].Overridden || p.Columns[1].Confidence != 1 {
		t.Fatalf("got %+v %+v", p.Report(), p.Columns)
	}
	if _, err := d.svc.SaveProfile(d.Ctx, d.Meta(), p, "Ons pakket"); err != nil {
		t.Fatal(err)
	}
	p = d.plan("b.csv", data, importer.Options{})
	if p.Profile != "Ons pakket" || p.New != 2 {
		t.Fatalf("got %+v", p.Report())
	}
	if err := d.svc.RemoveProfile(d.Ctx, d.Meta(), "ons pakket"); err != nil {
		t.Fatal(err)
	}
	if ps, err := d.svc.Profiles(d.Ctx, d.Firm.ID); err != nil || len(ps) != 0 {
		t.Errorf("got %v %v", ps, err)
	}
}

// TestNames: a file without customer numbers finds customers by number made from the name, by exact name, or asks.
func TestNames(t *testing.T) {
	d := newDesk(t)
	known := d.Customer("Bakkerij Smit B.V.")
	data := []byte("customer name,invoice number,invoice date,amount\nBAKKERIJ SMIT BV,A1,2026-01-31,10.00\nJansen,A2,2026-02-28,20.00\n")
	d.apply(d.plan("a", data, importer.Options{}))
	if d.document(known.Number, "A1").Customer != known.ID {
		t.Error("the one customer with that name was not taken")
	}
	d.document(importer.NumberFromName("jansen"), "A2")
	d.again("a", data)

	d.Customer("Twee")
	d.Customer("twee")
	data = []byte("customer name,invoice number,invoice date,amount\nTwee,B1,2026-01-31,10.00\n")
	p := d.plan("b", data, importer.Options{})
	if len(p.Problems) != 1 || p.Problems[0].Code != "import.name_ambiguous" {
		t.Fatalf("got %+v", p.Report())
	}
	if p = d.plan("b", data, importer.Options{Names: map[string]string{"Twee": "00003"}}); p.New != 1 {
		t.Fatalf("got %+v", p.Report())
	}
}

// TestCancelled: a context that ends stops planning and applying, and nothing is written.
func TestCancelled(t *testing.T) {
	d := newDesk(t)
	data := fixture(t, "eboekhouden_open.csv")
	ctx, cancel := context.WithCancel(d.Ctx)
	cancel()
	if _, err := d.svc.Plan(ctx, importer.Bytes("a", data), importer.Options{Firm: d.Firm.ID}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("plan: %v", err)
	}
	p := d.plan("a", data, importer.Options{})
	if _, err := d.svc.Apply(ctx, d.Meta(), p, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("apply: %v", err)
	}
	if got := d.open("2026-12-31"); len(got) != 0 {
		t.Errorf("a cancelled import left %v", got)
	}
}
