package document

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

var firm = ledger.Firm{Name: "Bakkerij De Korenaar", LegalName: "De Korenaar B.V.", Country: "NL", Currency: "EUR", Language: "nl",
	VATID: "NL004495445B01", ChamberNo: "12345678", IBAN: "NL91ABNA0417164300", Address: ledger.Address{Street: "Molenstraat 12", PostalCode: "5211 DV", City: "'s-Hertogenbosch", Country: "NL"},
	Email: "administratie@korenaar.example", Phone: "073 123 45 67", Brand: ledger.Brand{Color: "#8a4b12"}}

var customer = ledger.Customer{ID: ledger.CustomerID{1}, Number: "00012", Name: "Łukasz Dvořák & Søn Bouwbedrijf B.V.", Language: "nl",
	Address: ledger.Address{Street: "Kerkplein 3", PostalCode: "9000", City: "Gent", Country: "BE"}}

func day(s string) civil.Date { return civil.MustParse(s) }

func eur(cents int64) money.Amount { return money.Of(cents, "EUR") }

// account has one of everything.
func account(n int) *ledger.Account {
	a := &ledger.Account{Customer: customer}
	add := func(t ledger.DocumentType, number, issued, due string, total money.Amount) *ledger.Document {
		d := ledger.Document{ID: ledger.DocumentID{2, byte(len(a.Documents) >> 8), byte(len(a.Documents))}, Customer: customer.ID, Type: t, Number: number, Issued: day(issued), Total: total}
		if due != "" {
			d.Due = day(due)
		}
		a.Documents = append(a.Documents, d)
		return &a.Documents[len(a.Documents)-1]
	}
	paid := add(ledger.Invoice, "2026-0301", "2026-02-20", "2026-03-22", eur(50000)).ID
	add(ledger.Invoice, "2026-0412", "2026-05-19", "2026-06-18", eur(91000)).PO = "44871"
	d := add(ledger.Invoice, "2026-0455", "2026-06-25", "2026-07-09", eur(257250))
	d.Discount = ledger.DiscountTerms{BasisPoints: 200, Until: day("2026-07-05")}
	add(ledger.CreditNote, "C-2026-007", "2026-06-01", "", eur(12100))
	add(ledger.Invoice, "US-1", "2026-06-10", "2026-07-10", money.Of(123456, "USD"))
	for i := range n {
		add(ledger.Invoice, fmt.Sprintf("2025-%04d", i), "2025-06-10", "2025-07-10", eur(int64(1000+i)))
	}
	a.Receipts = append(a.Receipts, ledger.Receipt{ID: ledger.ReceiptID{3}, Customer: customer.ID, Date: day("2026-03-20"), Amount: eur(52500), Method: "ideal", Payer: "Ł. Dvořák", Provider: "mollie", ProviderRef: "tr_7UhSN1zuXS"})
	a.Allocations = append(a.Allocations, ledger.Allocation{ID: ledger.AllocationID{4}, Customer: customer.ID, Document: paid, Receipt: ledger.ReceiptID{3}, Amount: eur(50000), Effective: day("2026-03-20")})
	return a
}

func frame(lang string) Frame {
	return Frame{Firm: firm, Customer: customer, Language: lang, On: day("2026-06-30"), Witness: "1842-3f2a9c0d11e4b7aa"}
}

var references = map[money.Currency]string{"EUR": "RF18539007547034"}

// papers are all kinds in one language.
func papers(t *testing.T, lang string) map[string][]byte {
	t.Helper()
	a, f := account(0), frame(lang)
	out := map[string][]byte{}
	put := func(name string, raw []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s in %s: %v", name, lang, err)
		}
		out[name] = raw
	}
	raw, err := Statement(f, a.StatementOn(0, f.On), references)
	put("statement", raw, err)
	raw, err = Statement(f, a.StatementOn(day("2026-06-01"), f.On), references)
	put("statement-period", raw, err)
	raw, err = Year(f, a.StatementOn(day("2026-01-01"), f.On))
	put("year", raw, err)
	d := a.Documents[2]
	d.Description, d.Tax = "Broodleveringen week 25 en 26", []ledger.TaxPart{{RateMilli: 9000, Base: 200000, Tax: 18000}, {RateMilli: 21000, Base: 32438, Tax: 6812}}
	raw, err = Invoice(f, Copy{Document: d, Open: d.Total, Discount: eur(5145), Pay: Pay{Amount: eur(252105), Reference: references["EUR"]}})
	put("invoice", raw, err)
	raw, err = Invoice(f, Copy{Document: a.Documents[3], Open: a.Documents[3].Total, Corrects: "2026-0412"})
	put("credit", raw, err)
	raw, err = Receipt(f, Paid{Receipt: a.Receipts[0], Unapplied: eur(2500), Lines: []PaidLine{{Number: "2026-0301", Issued: day("2026-02-20"), Amount: eur(50000), Discount: eur(0)}}})
	put("receipt", raw, err)
	return out
}

// read is what a reader of the PDF can select, line by line, with single spaces.
func read(t *testing.T, raw []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(raw)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("pdftotext: %v", err)
	}
	lines := strings.Split(strings.ReplaceAll(string(out), "\u00a0", " "), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

func has(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if not, is := strings.CutPrefix(w, "!"); is {
			if strings.Contains(text, not) {
				t.Errorf("%q stands there:\n%s", not, text)
			}
		} else if !strings.Contains(text, w) {
			t.Errorf("%q is missing:\n%s", w, text)
		}
	}
}

// TestPapers reads every paper in every language back as text. VOLDAAN_PAPERS is a folder to leave them in, to look at.
func TestPapers(t *testing.T) {
	for _, lang := range Languages {
		for name, raw := range papers(t, lang) {
			if dir := os.Getenv("VOLDAAN_PAPERS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+"-"+lang+".pdf"), raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := read(t, raw)
			has(t, got, "Łukasz Dvořák & Søn Bouwbedrijf B.V.", "00012", "De Korenaar B.V.", "1842-3f2a9c0d11e4b7aa", "NL91 ABNA 0417 1643 00")
			if strings.HasPrefix(name, "statement") {
				has(t, got, "RF18 5390 0754 7034", "2026-0412 (44871)", "C-2026-007", "US-1")
			}
		}
	}
}

func TestStatementInDutch(t *testing.T) {
	got := read(t, papers(t, "nl")["statement-period"])
	has(t, got, "Stand op 30 juni 2026", "Periode 01-06-2026 – 30-06-2026", "In EUR", "In USD",
		"2026-0412 (44871) 19-05-2026 18-06-2026 12 dagen te laat 910,00 910,00", "2026-0455 25-06-2026 09-07-2026 Korting 51,45 t/m 2.572,50 2.572,50",
		"Totaal € 3.482,50", "Betalingskorting bij betaling op 30-06-2026 € −51,45", "Nog niet vervallen 1–30 dagen 31–60 dagen 61–90 dagen > 90 dagen", "2.572,50 910,00 – – –",
		"Creditnota C-2026-007 01-06-2026 121,00 121,00", "Tegoed op rekening 20-03-2026 525,00 25,00", "Beginsaldo", "01-06-2026 Creditnota C-2026-007 121,00",
		"25-06-2026 Factuur 2026-0455 2.572,50 3.336,50", "Bedrag € 3.285,05", "Begunstigde De Korenaar B.V.", "Blad 1 van")
}

func TestOtherPapersInDutch(t *testing.T) {
	p := papers(t, "nl")
	has(t, read(t, p["invoice"]), "Factuur 2026-0455", "KOPIE", "Btw 9 % 2.000,00 180,00", "Btw 21 % 324,38 68,12", "Totaal € 2.572,50", "Bedrag € 2.521,05", "Vervaldatum 9 juli 2026")
	has(t, read(t, p["credit"]), "Creditnota C-2026-007", "KOPIE", "Bij factuur 2026-0412", "!Vervaldatum", "!RF18")
	has(t, read(t, p["receipt"]), "Betalingsbewijs", "€ 525,00 ontvangen op 20 maart 2026", "iDEAL", "tr_7UhSN1zuXS", "2026-0301 20-02-2026 – 500,00", "Tegoed op rekening € 25,00", "!RF18")
	has(t, read(t, p["year"]), "Jaaroverzicht 2026", "Gefactureerd € 3.982,50", "Gecrediteerd € −121,00", "Ontvangen € −525,00", "Eindsaldo € 3.336,50")
}

// TestSameBytes: the same input gives the same file, so that a statement can be told from an altered one.
func TestSameBytes(t *testing.T) {
	first := papers(t, "nl")
	for range 3 {
		for name, raw := range papers(t, "nl") {
			if !bytes.Equal(raw, first[name]) {
				t.Fatalf("%s differs from itself", name)
			}
		}
	}
}

// TestSquareIsRead has an independent reader decode the square from the rendered page.
func TestSquareIsRead(t *testing.T) {
	want := "BCD\n002\n1\nSCT\n\nDe Korenaar B.V.\nNL91ABNA0417164300\nEUR2521.05\n\nRF18539007547034"
	for name, amount := range map[string]string{"invoice": "EUR2521.05", "statement": "EUR3285.05"} {
		if got := scan(t, papers(t, "fr")[name]); got != strings.Replace(want, "EUR2521.05", amount, 1) {
			t.Errorf("%s: read %q", name, got)
		}
	}
	if got := scan(t, papers(t, "fr")["receipt"]); got != "" {
		t.Errorf("a receipt asks for money: %q", got)
	}
}

func scan(t *testing.T, raw []byte) string {
	t.Helper()
	dir := t.TempDir()
	pdf := filepath.Join(dir, "x.pdf")
	if err := os.WriteFile(pdf, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pdftoppm", "-png", "-r", "150", pdf, filepath.Join(dir, "x")).CombinedOutput(); err != nil {
		t.Skipf("pdftoppm: %v %s", err, out)
	}
	pages, _ := filepath.Glob(filepath.Join(dir, "x*.png"))
	var found []string
	for _, p := range pages {
		cmd := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqr.enable", p)
		if cmd.Err != nil {
			t.Skip("zbarimg is not here")
		}
		out, _ := cmd.Output() // fails where there is no code on the page
		if s := strings.TrimRight(string(out), "\n"); s != "" {
			found = append(found, s)
		}
	}
	return strings.Join(found, "|")
}

// TestLong: many rows go over pages, each with its heading, and stop at a limit with the number left out.
func TestLong(t *testing.T) {
	raw, err := Statement(frame("en"), account(150).StatementOn(0, day("2026-06-30")), references)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, raw)
	if n := strings.Count(got, "Number Issued Due State Total Outstanding"); n < 4 {
		t.Errorf("%d headings", n)
	}
	for i := range 150 {
		has(t, got, fmt.Sprintf("2025-%04d 10 Jun 2025 10 Jul 2025 355 days late", i))
	}
	if testing.Short() {
		return
	}
	raw, err = Statement(frame("en"), account(2100).StatementOn(0, day("2026-06-30")), references)
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, raw), "And 102 more lines")
}

// TestOddities: long names, no address, no account, a logo that is not one, text that is not text.
func TestOddities(t *testing.T) {
	f := frame("de")
	f.Firm.Brand.Logo, f.Firm.IBAN, f.Firm.Address, f.Firm.Name = []byte("<svg>"), "", ledger.Address{}, strings.Repeat("Müller & Söhne ", 30)
	f.Customer.Name = strings.Repeat("x", 500)
	a := account(0)
	a.Customer = f.Customer
	a.Documents[1].Number, a.Documents[1].PO = strings.Repeat("N", 100), strings.Repeat("PO 漢字 \x00\u202e", 15)
	raw, err := Statement(f, a.StatementOn(0, f.On), references)
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, raw), "Kontoauszug", "!RF18")
	raw, err = Statement(frame("fr"), (&ledger.Account{Customer: customer}).StatementOn(0, day("2026-06-30")), nil)
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, raw), "Rien n'est dû")
	if name := FileName("factuur", "../2026/0412\r\n", "b"); name != "factuur-2026-0412-b.pdf" {
		t.Error(name)
	}
}

// TestWords: no text is missing in any language, and none is left from another.
func TestWords(t *testing.T) {
	for _, w := range []*words{&dutch, &english, &french, &german} {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if v.Field(i).Len() == 0 {
				t.Errorf("%s: %s is empty", w.Locale, v.Type().Field(i).Name)
			}
		}
		if len(strings.Fields(w.Months)) != 12 || len(w.Methods) != len(dutch.Methods) {
			t.Errorf("%s: months or methods are missing", w.Locale)
		}
	}
}

// TestBankRefusesNothing: a square is only there when the transfer can be made.
func TestBankRefusesNothing(t *testing.T) {
	f := frame("nl")
	for _, p := range []Pay{{}, {Amount: eur(0), Reference: "RF18539007547034"}, {Amount: money.Of(5, "USD"), Reference: "RF18539007547034"}, {Amount: eur(5)}} {
		if _, ok := f.transfer(p); ok {
			t.Errorf("%+v can be paid", p)
		}
	}
	x, ok := f.transfer(Pay{Amount: eur(5), Reference: "RF18539007547034"})
	if _, err := x.Payload(); !ok || err != nil || x.Beneficiary != "De Korenaar B.V." {
		t.Errorf("%+v %v %v", x, ok, err)
	}
}
