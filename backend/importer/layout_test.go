package importer_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/importer"
)

// page is a sheet of a workbook for tests; a civil.Date is written as a date cell.
type page struct {
	name   string
	rows   [][]any
	hidden []int // rows
	veiled bool  // the whole sheet
}

func book(t testing.TB, pages ...page) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	for i, p := range pages {
		if i == 0 {
			must(f.SetSheetName("Sheet1", p.name))
		} else {
			_, err := f.NewSheet(p.name)
			must(err)
		}
		for y, row := range p.rows {
			for x, v := range row {
				at, err := excelize.CoordinatesToCellName(x+1, y+1)
				must(err)
				if d, ok := v.(civil.Date); ok {
					must(f.SetCellValue(p.name, at, civil.Days(civil.Of(1899, 12, 30), d)))
					must(f.SetCellStyle(p.name, at, at, date))
				} else if v != nil {
					must(f.SetCellValue(p.name, at, v))
				}
			}
		}
		for _, n := range p.hidden {
			must(f.SetRowVisible(p.name, n, false))
		}
	}
	for _, p := range pages {
		if p.veiled {
			must(f.SetSheetVisible(p.name, false))
		}
	}
	var buf bytes.Buffer
	_, err = f.WriteTo(&buf)
	must(err)
	return buf.Bytes()
}

func day(s string) civil.Date { return civil.MustParse(s) }

// TestAgedDetail: titles above, customers as headings, amounts by age, subtotals, and a grand total that is wrong.
func TestAgedDetail(t *testing.T) {
	data := book(t, page{name: "Aged Receivables Detail", rows: [][]any{
		{"Aged Receivables Detail"}, {"Demo Company"}, {"As at 31 March 2026"}, {"Ageing by due date"}, {},
		{"Contact Account Number", "Invoice Date", "Due Date", "Invoice Number", "Invoice Reference", "< 1 Month", "1 Month", "2 Months", "3 Months", "Older", nil, "Total"},
		{},
		{"Bayside Club"},
		{nil, day("2026-01-15"), day("2026-02-14"), "INV-0007", "PO 12", nil, 234.0, nil, nil, nil, nil, 234.0},
		{nil, day("2026-03-01"), day("2026-03-31"), "INV-0012", nil, 100.5, nil, nil, nil, nil, nil, 100.5},
		{"Total Bayside Club", nil, nil, nil, nil, 100.5, 234.0, nil, nil, nil, nil, 334.5},
		{"City Agency"},
		{nil, day("2026-02-02"), day("2026-03-04"), nil, "credit", -50.0, nil, nil, nil, nil, nil, -50.0},
		{"Total City Agency", nil, nil, nil, nil, -50.0, nil, nil, nil, nil, nil, -50.0},
		{"Total", nil, nil, nil, nil, 50.5, 234.0, nil, nil, nil, nil, 0.0},
	}})
	d := newDesk(t)
	p := d.plan("aged.xlsx", data, importer.Options{})
	r := d.apply(p)
	if r.Rows != 3 || r.Created != 3 || totals(r)["EUR"] != "284.50" || p.HeaderRow != 6 || p.AsOf != day("2026-03-31") {
		t.Errorf("got %+v, titles in row %d, as of %s", r, p.HeaderRow, p.AsOf)
	}
	var wrong []int
	for _, w := range r.Warnings {
		if w.Code == "import.warning.total" {
			wrong = append(wrong, w.Row)
		}
	}
	if diff := cmp.Diff([]int{15}, wrong); diff != "" {
		t.Errorf("totals that do not add up (-want +got):\n%s", diff)
	}
	var names []string
	for _, a := range d.accounts() {
		names = append(names, a.Customer.Name)
	}
	if diff := cmp.Diff([]string{"Bayside Club", "City Agency"}, names); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
	d.again("aged.xlsx", data)
}

// TestSheets: months on sheets of their own are read together, a sheet that repeats another is not, hidden ones and
// sheets of something else are left out and named.
func TestSheets(t *testing.T) {
	head := []any{"Debiteurnummer", "Factuurnummer", "Factuurdatum", "Vervaldatum", "Bedrag"}
	data := book(t,
		page{name: "Toelichting", rows: [][]any{{"Deze lijst is gemaakt door de administratie."}, {"Vragen? Bel Jan."}}},
		page{name: "Januari", rows: [][]any{head, {"001", "F1", day("2026-01-10"), day("2026-02-09"), 100.0}, {"001", "F2", day("2026-01-11"), day("2026-02-10"), 200.0}}},
		page{name: "Februari", rows: [][]any{head, {"002", "F3", day("2026-02-10"), day("2026-03-12"), 300.0}}},
		page{name: "Kopie", rows: [][]any{{"Factuurnummer", "Klantnaam", "Bedrag", "Datum"}, {"F1", "Een", 100.0, day("2026-01-10")}, {"F3", "Twee", 300.0, day("2026-02-10")}}},
		page{name: "Klanten", rows: [][]any{{"Debiteurnummer", "Naam", "Plaats"}, {"001", "Een", "Zeist"}}},
		page{name: "Oud", veiled: true, rows: [][]any{head, {"009", "F9", day("2020-01-10"), day("2020-02-09"), 900.0}}},
	)
	d := newDesk(t)
	r := d.apply(d.plan("maanden.xlsx", data, importer.Options{}))
	if r.Rows != 3 || r.Created != 3 || totals(r)["EUR"] != "600.00" {
		t.Errorf("got %+v", r)
	}
	told := ""
	for _, w := range r.Warnings {
		told += w.Message + "\n"
	}
	for _, want := range []string{`"Kopie" repeats 2 documents`, `"Klanten" was left out: it holds customers`, "Hidden sheets were not read: Oud"} {
		if !strings.Contains(told, want) {
			t.Errorf("no warning %q in:\n%s", want, told)
		}
	}
	p := d.plan("maanden.xlsx", data, importer.Options{Sheet: "Klanten"})
	if p.Kind != importer.Customers || p.Rows != 1 {
		t.Errorf("got %+v", p.Report())
	}
}

// TestHiddenRows are read and told.
func TestHiddenRows(t *testing.T) {
	data := book(t, page{name: "A", hidden: []int{3}, rows: [][]any{{"Debiteurnummer", "Factuurnummer", "Factuurdatum", "Bedrag"},
		{"1", "F1", day("2026-01-10"), 1.0}, {"1", "F2", day("2026-01-10"), 2.0}}})
	d := newDesk(t)
	p := d.plan("a.xlsx", data, importer.Options{})
	found := false
	for _, w := range p.Warnings {
		found = found || w.Code == "import.warning.hidden" && w.Row == 3
	}
	if p.New != 2 || !found {
		t.Errorf("got %+v", p.Report())
	}
}

// TestNumbersThatLostTheirFormat: days without a date format, computed amounts, numbers as text.
func TestNumbersThatLostTheirFormat(t *testing.T) {
	data := book(t, page{name: "A", rows: [][]any{{"Klantnummer", "Factuurnummer", "Factuurdatum", "Bedrag"},
		{"007", 26001, 46032, 100.0 / 3}, {"007", 26002, 46033, "1234.50"}}})
	d := newDesk(t)
	r := d.apply(d.plan("a.xlsx", data, importer.Options{}))
	if got := codes(r.Warnings); !cmp.Equal(got, []string{"import.warning.no_currency", "import.warning.serial", "import.warning.rounded", "import.warning.no_due"}) {
		t.Errorf("warnings: %v", got)
	}
	if doc := d.document("007", "26001"); doc.Issued != day("2026-01-10") || doc.Total.Minor != 3333 || doc.Due != day("2026-02-09") {
		t.Errorf("got %+v", doc)
	}
}

// TestRefusals: files that are no table, each with words of its own.
func TestRefusals(t *testing.T) {
	d := newDesk(t)
	for code, text := range map[string]string{
		"import.empty":                 "",
		"import.no_titles":             "just a note\nand another\n",
		"import.xls":                   "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xxxxxxxx",
		"import.pdf":                   "%PDF-1.7\n",
		"import.html":                  "<html><table><tr><td>1</td></tr></table>",
		"import.xml":                   "<?xml version=\"1.0\"?><Invoice/>",
		"import.json":                  "{\"a\": 1}",
		"import.bank_statement":        ":20:ABC\r\n:25:NL01\r\n",
		"import.not_text":              "a\x00b",
		"import.damaged":               "PK\x03\x04 and then nothing",
		"import.refused.balances":      "Debiteurnummer;Naam;Saldo\n1;Een;10,00\n2;Twee;20,50\n",
		"import.refused.aging_summary": "Customer,Current,1 - 30,31 - 60,61 - 90,> 90,Total\nA,1.00,2.00,3.00,0.00,0.00,6.00\n",
		"import.refused.no_customer":   "Factuurnummer;Factuurdatum;Vervaldatum;Bedrag\nF1;2026-01-31;2026-02-28;1.50\n",
		"import.refused.chart":         "Konto;Kontenbeschriftung;Beschreibung\n400;Betriebsausstattung;x\n",
		"import.refused.columns":       "Invoice number;Due date\nF1;2026-01-31\n",
		"import.refused.bookings":      "JournalCode\tEcritureNum\tEcritureDate\tCompteNum\tDebit\tCredit\nVE\t1\t20260131\t411000\t10,00\t0,00\n",
		"import.refused.datev":         "\"EXTF\";700;48;\"Diverse Adressen\";2;20180223152500000\nKonto;Name\n1;A\n",
		"import.refused.datev_parties": "\"EXTF\";700;16;\"Debitoren/Kreditoren\";5;20180223152500000\nKonto;Name\n1;A\n",
		"import.no_rows":               "Customer number;Invoice number;Invoice date;Amount\n",
		"import.quote":                 "Customer number;Invoice number;Invoice date;Amount\n1;\"F1;2026-01-31;1.50\n2;F2;2026-01-31;1.50\n",
	} {
		p := d.plan(code, []byte(text), importer.Options{Kind: importer.Auto})
		if p.Refusal == nil || p.Refusal.Code != code || p.Kind != importer.Refused {
			t.Errorf("%s: got %+v", code, p.Refusal)
			continue
		}
		if r := p.Report(); len(r.Errors) != 1 || r.Errors[0].Message == "" || r.Created != 0 {
			t.Errorf("%s: report %+v", code, r)
		}
		_, err := d.svc.Apply(d.Ctx, d.Meta(), p, nil)
		wantCode(t, err, code)
	}
}

// TestBankTables: lines of a bank account are never taken for invoices, nor is any table with only a date and an amount.
func TestBankTables(t *testing.T) {
	d := newDesk(t)
	for _, text := range []string{
		"Date,Label,Amount,Balance,Partner Name,Bank Account\n12/15/2018,Rent,-33.50,-23.50,John,123\n12/16/2018,Pay,50.00,26.50,Ann,124\n",
		"Datum;Naam / Omschrijving;Rekening;Tegenrekening;Code;Af Bij;Bedrag (EUR);Mutatiesoort;Mededelingen\n20260131;A;NL1;NL2;GT;Bij;12,50;Online;x\n",
		"IBAN/BBAN,Munt,Volgnr,Datum,Rentedatum,Bedrag,Saldo na trn,Tegenrekening IBAN/BBAN,Naam tegenpartij\nNL1,EUR,1,2026-01-31,2026-01-31,+12.50,100.50,NL2,A\n",
		"Date,Customer,Amount\n2026-01-31,A,10.50\n2026-02-28,B,11.50\n",
	} {
		p := d.plan("bank.csv", []byte(text), importer.Options{})
		if p.Refusal == nil || p.Refusal.Code != "import.bank_statement" && p.Refusal.Code != "import.refused.columns" {
			t.Errorf("%.40q: got %+v", text, p.Report())
		}
	}
}

// TestBounded: a plan of a hostile workbook is refused in two seconds and 256 MB.
func TestBounded(t *testing.T) {
	wide := make([]any, 600)
	for i := range wide {
		wide[i] = "x"
	}
	for name, data := range map[string][]byte{
		"wide": book(t, page{name: "A", rows: [][]any{wide}}),
		"line": bytes.Repeat([]byte("abcdefgh,"), 8<<20),
	} {
		d := newDesk(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu()
		p := d.plan(name, data, importer.Options{})
		took := cpu() - start
		runtime.ReadMemStats(&after)
		if p.Refusal == nil || took > 2*time.Second || (after.TotalAlloc-before.TotalAlloc)>>20 > 256 {
			t.Errorf("%s: %+v in %s, %d MB", name, p.Refusal, took, (after.TotalAlloc-before.TotalAlloc)>>20)
		}
	}
}

// TestTrailingAccounts: SAP names the account below its rows, after sums behind an icon.
func TestTrailingAccounts(t *testing.T) {
	data := book(t, page{name: "Sheet1", rows: [][]any{
		{"Symbol Posten offen/ausg.", "Zuordnung", "Belegnummer", "Belegart", "Belegdatum", "Betrag in Hauswährung", "Hauswährung", "Ausgleichsbeleg", "Text"},
		{`@5C\Qoffen@`, "A1", "1200401780", "RV", day("2026-01-30"), 500.25, "EUR", nil, "x"},
		{`@5C\Qoffen@`, "A2", "1200401781", "DG", day("2026-02-15"), -100.0, "EUR", nil, "y"},
		{`@5B\Qausgeglichen@`, "A3", "1200401700", "RV", day("2026-01-02"), 40.0, "EUR", "1600013615", "z"},
		{`@5C\Qoffen@`, nil, nil, nil, nil, 400.25, "EUR"},
		{"Konto 30036349", nil, nil, nil, nil, 440.25, "EUR"},
		{`@5C\Qoffen@`, "B1", "1200401999", "RV", day("2026-03-01"), 60.0, "EUR", nil, "x"},
		{`@5C\Qoffen@`, nil, nil, nil, nil, 60.0, "EUR"},
		{"Konto 30039682", nil, nil, nil, nil, 60.0, "EUR"},
		{nil, nil, nil, nil, nil, 500.25, "EUR"},
	}})
	d := newDesk(t)
	r := d.apply(d.plan("fbl5n.xlsx", data, importer.Options{}))
	if r.Rows != 4 || r.Created != 4 || totals(r)["EUR"] != "500.25" || d.open("2026-06-30")["EUR"] != "460.25" {
		t.Errorf("got %+v, open %v", r, d.open("2026-06-30"))
	}
	if d.document("30036349", "1200401780").Total.Minor != 50025 || d.document("30039682", "1200401999").Total.Minor != 6000 {
		t.Error("rows are on the wrong account")
	}
	d.again("fbl5n.xlsx", data)
}

// TestContinuedLines: a program that writes the invoice's own fields only in its first line.
func TestContinuedLines(t *testing.T) {
	data := []byte("Number,Customer,Invoice Date,Due Date,Total,Amount Due,Product,Quantity,Unit Price\n" +
		"INV/1,Azure,2026-01-05,2026-02-04,30.00,30.00,desk,1,10.00\n,,,,,,chair,2,10.00\nINV/2,Deco,2026-01-06,2026-02-05,5.00,0.00,lamp,1,5.00\n")
	d := newDesk(t)
	r := d.apply(d.plan("odoo.csv", data, importer.Options{}))
	if r.Rows != 3 || r.Created != 2 || totals(r)["EUR"] != "35.00" || d.open("2026-06-30")["EUR"] != "30.00" {
		t.Errorf("got %+v", r)
	}
}

// TestClearedDates: numbers, dates and keys that a data program has turned into decimals, and one amount per row that
// was open until a day.
func TestClearedDates(t *testing.T) {
	data := []byte("business_code,cust_number,name_customer,clear_date,buisness_year,doc_id,posting_date,document_create_date,due_in_date,invoice_currency,document type,total_open_amount,cust_payment_terms,invoice_id,isOpen\n" +
		"U001,0200769623,WAL-MAR corp,2020-02-11 00:00:00,2020.0,1930438491.0,2020-01-26,20200125,20200210.0,USD,RV,54273.28,NAH4,1930438491.0,0\n" +
		"U001,0200980828,BEN E,,2019.0,1929646410.0,2019-07-22,20190722,20190811.0,USD,RV,79656.6,NAD1,1929646410.0,1\n")
	d := newDesk(t)
	r := d.apply(d.plan("highradius.csv", data, importer.Options{}))
	if r.Created != 2 || totals(r)["USD"] != "133929.88" || d.open("2026-06-30")["USD"] != "79656.60" || d.open("2020-02-10")["USD"] != "133929.88" {
		t.Errorf("got %+v, open %v", r, d.open("2026-06-30"))
	}
	if doc := d.document("0200769623", "1930438491"); doc.Due != day("2020-02-10") || doc.Issued != day("2020-01-26") {
		t.Errorf("got %+v", doc)
	}
}

// TestYesNo: a column that answers a question, and a list of one customer.
func TestYesNo(t *testing.T) {
	d := newDesk(t)
	c := d.Customer("Een")
	data := []byte("Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Betaald\nF1;2026-01-31;2026-02-28;1.50;ja\nF2;2026-01-31;2026-02-28;2.50;nee\n")
	r := d.apply(d.plan("a.csv", data, importer.Options{Customer: c.Number}))
	if r.Created != 2 || d.open("2026-12-31")["EUR"] != "2.50" {
		t.Errorf("got %+v, open %v", r, d.open("2026-12-31"))
	}
}

// TestHugeTotals: amounts that each fit, but not together, are refused instead of wrapping around.
func TestHugeTotals(t *testing.T) {
	var b strings.Builder
	b.WriteString("customer number;invoice number;invoice date;due date;amount\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "1;F%d;2026-01-31;2026-02-28;9999999999999.00\n", i)
	}
	if p := newDesk(t).plan("huge", []byte(b.String()), importer.Options{}); p.Refusal == nil || p.Refusal.Code != "import.total_size" {
		t.Errorf("got %+v", p.Report().Totals)
	}
}

// TestRepeatedRowCountsOnce: a row that stands in a file twice is one document, and its total counts once.
func TestRepeatedRowCountsOnce(t *testing.T) {
	p := newDesk(t).plan("dubbel.csv", []byte("Klantnummer;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag\n"+
		"1;A;F1;15-01-2026;30-01-2026;100,00\n1;A;F1;15-01-2026;30-01-2026;100,00\n1;A;F2;16-01-2026;30-01-2026;50,00\n"), importer.Options{})
	r := p.Report()
	if r.Rows != 3 || p.New != 2 || p.Same != 1 || len(r.Totals) != 1 || r.Totals[0].Amount != "150.00" {
		t.Errorf("%d rows, %d new, %d the same, totals %+v", r.Rows, p.New, p.Same, r.Totals)
	}
}
