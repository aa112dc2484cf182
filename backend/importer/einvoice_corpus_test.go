package importer_test

import (
	"bytes"
	"encoding/xml"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/importer"
)

// element is any XML element: the test reads the corpus with nothing of the importer.
type element struct {
	XMLName xml.Name
	Text    string    `xml:",chardata"`
	Kids    []element `xml:",any"`
}

// find is the first element of that name, whose parent has the other name.
func (e *element) find(parent, name string) *element {
	for i := range e.Kids {
		k := &e.Kids[i]
		if k.XMLName.Local == name && e.XMLName.Local == parent {
			return k
		}
		if strings.HasSuffix(k.XMLName.Local, "Line") || k.XMLName.Local == "IncludedSupplyChainTradeLineItem" {
			continue
		}
		if f := k.find(parent, name); f != nil {
			return f
		}
	}
	return nil
}

func (e *element) any(name string, parents ...string) string {
	for _, p := range parents {
		if f := e.find(p, name); f != nil {
			return strings.TrimSpace(f.Text)
		}
	}
	return ""
}

// invoiceXML is the XML of a corpus file; that of a PDF is taken out by another program.
func invoiceXML(t *testing.T, path string, data []byte) []byte {
	t.Helper()
	if !bytes.HasPrefix(data, []byte("%PDF")) {
		return data
	}
	tool, err := exec.LookPath("pdfdetach")
	if err != nil {
		t.Skip("SKIPPED: pdfdetach (poppler-utils) is not here to take the invoice out independently")
	}
	dir := t.TempDir()
	if out, err := exec.Command(tool, "-saveall", "-o", dir, path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "CrossIndustry") {
			return b
		}
	}
	return nil
}

func number(t *testing.T, s string) *big.Rat {
	t.Helper()
	if s == "" {
		return new(big.Rat)
	}
	v, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return v
}

// refusedInvoices are the files that give no document, and why.
var refusedInvoices = map[string]string{
	"bis3snip__NL-R-001.xml":                                "import.xml",
	"plainpdf__RE-E-974-Hetzner_2016-01-19_R0005532486.pdf": "import.pdf",
	"siubl20__SI-UBL-2.0-BR-02-error-none.xml":              "import.einvoice_missing",
	"siubl20__SI-UBL-2.0_BR-CO-15_error_taxtotal.xml":       "import.einvoice_totals",
	"siubl20__SI-UBL-2.0_BR-CO-15_error_taxtotal_2.xml":     "import.einvoice_totals",
}

// TestCorpusInvoices: every electronic invoice is entered with the number and the amounts that its XML has, or refused
// with the right reason; entering it again changes nothing.
func TestCorpusInvoices(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "corpus", "einvoice")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("SKIPPED: the corpus of electronic invoices is not here")
	}
	for _, path := range files {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) { corpusInvoice(t, path) })
	}
}

func corpusInvoice(t *testing.T, path string) {
	name := filepath.Base(path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	p := d.plan(name, data, importer.Options{})
	if code, ok := refusedInvoices[name]; ok {
		if p.Refusal == nil || p.Refusal.Code != code {
			t.Fatalf("got %+v, want a refusal with %s", p.Refusal, code)
		}
		return
	}
	if p.Refusal != nil {
		t.Fatalf("refused: %+v", p.Refusal)
	}
	var root element
	inside := bytes.TrimPrefix(invoiceXML(t, path, data), []byte("\xef\xbb\xbf"))
	if err := xml.Unmarshal(inside, &root); err != nil {
		t.Fatal(err)
	}
	sums := []string{"LegalMonetaryTotal", "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"}
	due := first(root.any("PayableAmount", sums...), root.any("DuePayableAmount", sums...), root.any("GrandTotalAmount", sums...))
	want := number(t, due)
	kind := first(root.any("InvoiceTypeCode", "Invoice"), root.any("TypeCode", "ExchangedDocument", "HeaderExchangedDocument"))
	if root.XMLName.Local == "CreditNote" || kind == "381" {
		want.Neg(want)
	}
	r := d.apply(p)
	if r.Rows != 1 || r.Created != 1 {
		t.Errorf("got %+v", r)
	}
	currency := first(root.any("DocumentCurrencyCode", "Invoice", "CreditNote"), root.any("InvoiceCurrencyCode", "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement"), "EUR")
	got := number(t, d.open("2027-12-31")[currency])
	if got.Cmp(want) != 0 {
		t.Errorf("%s %s is open, want %s", currency, got.FloatString(2), want.FloatString(2))
	}
	gross := number(t, first(root.any("TaxInclusiveAmount", sums...), root.any("GrandTotalAmount", sums...)))
	doc := d.accounts()[0].Documents[0]
	if total := number(t, doc.Total.String()); new(big.Rat).Abs(gross).Cmp(new(big.Rat).Abs(want)) >= 0 && total.Cmp(new(big.Rat).Abs(gross)) != 0 {
		t.Errorf("the total is %s, want %s", total.FloatString(2), gross.FloatString(2))
	}
	id := first(root.any("ID", "Invoice", "CreditNote"), root.any("ID", "ExchangedDocument", "HeaderExchangedDocument"))
	issued := first(root.any("IssueDate", "Invoice", "CreditNote"), root.any("DateTimeString", "IssueDateTime"))
	if doc.Number != id || strings.ReplaceAll(doc.Issued.String(), "-", "") != strings.ReplaceAll(issued, "-", "") {
		t.Errorf("entered as %s of %s, want %s of %s", doc.Number, doc.Issued, id, issued)
	}
	d.again(name, data)
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
