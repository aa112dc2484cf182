package einvoice_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/einvoice"
)

const ublInvoice = `<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>2026-17</cbc:ID><cbc:IssueDate>2026-03-02+01:00</cbc:IssueDate><cbc:DueDate>2026-04-01</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cbc:BuyerReference>afd. inkoop</cbc:BuyerReference><cac:OrderReference><cbc:ID>PO-9</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Molen BV</cbc:Name></cac:PartyName><cac:PartyTaxScheme><cbc:CompanyID>NL 0012.34.567 B01</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>1001</cbc:ID></cac:PartyIdentification><cac:PartyLegalEntity><cbc:RegistrationName>Bakkerij Å. Jansén</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>NL91 ABNA 0417 1643 00</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:PaymentTerms><cbc:Note>30 dagen</cbc:Note></cac:PaymentTerms>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">21.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">100</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">121.00</cbc:TaxInclusiveAmount><cbc:PrepaidAmount currencyID="EUR">21.00</cbc:PrepaidAmount><cbc:PayableAmount currencyID="EUR">100.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine></Invoice>`

const ciiInvoice = `<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="r" xmlns:udt="u">
<rsm:ExchangedDocument><ram:ID>G-1</ram:ID><ram:TypeCode>381</ram:TypeCode><ram:IssueDateTime><udt:DateTimeString format="102">20260302</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement><ram:BuyerTradeParty><ram:Name>Kunde</ram:Name></ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:TaxBasisTotalAmount>10.00</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">1.90</ram:TaxTotalAmount><ram:GrandTotalAmount>11.90</ram:GrandTotalAmount><ram:DuePayableAmount>11.90</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>`

func TestReadUBL(t *testing.T) {
	inv, err := einvoice.Read([]byte(ublInvoice))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(inv.Profile, inv.Number, inv.Issued, inv.Due, inv.Currency, inv.Total, inv.Paid, inv.Payable, inv.PO, inv.Reference, inv.Terms, inv.IBAN, inv.Seller.VATID, inv.Buyer.Number, inv.Buyer.Name)
	want := fmt.Sprint("ubl", "2026-17", "2026-03-02", "2026-04-01", "EUR", 12100, 2100, 10000, "PO-9", "afd. inkoop", "30 dagen", "NL91ABNA0417164300", "NL001234567B01", "1001", "Bakkerij Å. Jansén")
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestEncodings: the same document as UTF-8 with a mark, UTF-16 both ways and Latin-1.
func TestEncodings(t *testing.T) {
	utf16 := func(e unicode.Endianness) []byte {
		b, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().Bytes([]byte(strings.Replace(ublInvoice, "UTF-8", "UTF-16", 1)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	latin, err := charmap.ISO8859_1.NewEncoder().Bytes([]byte(strings.Replace(ublInvoice, "UTF-8", "ISO-8859-1", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"mark": []byte("\ufeff" + ublInvoice), "big": utf16(unicode.BigEndian), "little": utf16(unicode.LittleEndian), "latin": latin} {
		if !einvoice.Is(b[:1024]) {
			t.Errorf("%s: not recognised", name)
		}
		inv, err := einvoice.Read(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if inv.Buyer.Name != "Bakkerij Å. Jansén" {
			t.Errorf("%s: the buyer is %q", name, inv.Buyer.Name)
		}
	}
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func pdf(streams ...[]byte) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n")
	for i, s := range streams {
		fmt.Fprintf(&out, "%d 0 obj\n<< /Type /EmbeddedFile /Filter /FlateDecode /Length %d >>\nstream\r\n%s\nendstream\nendobj\n", i+1, len(s), s)
	}
	return out.Bytes()
}

func TestPDF(t *testing.T) {
	long := strings.Replace(ciiInvoice, "?>", "?><!--"+strings.Repeat("licence ", 2000)+"-->", 1)
	inv, err := einvoice.Read(pdf(deflate([]byte("<other/>")), deflate([]byte(long))))
	if err != nil {
		t.Fatal(err)
	}
	if inv.Profile != einvoice.FacturX || inv.Total != -1190 || inv.Payable != -1190 || inv.Number != "G-1" {
		t.Errorf("got %+v", inv)
	}
	newer := strings.Replace(ciiInvoice, "G-1", "G-2", 1)
	again := append(pdf(deflate([]byte(ciiInvoice))), pdf(deflate([]byte(newer)))...)
	if inv, err = einvoice.Read(again); err != nil || inv.Number != "G-2" {
		t.Errorf("an object that was written again: %+v, %v", inv, err)
	}
}

func TestRefused(t *testing.T) {
	change := func(old, now string) []byte {
		if !strings.Contains(ublInvoice, old) {
			t.Fatalf("the fixture has no %q", old)
		}
		return []byte(strings.Replace(ublInvoice, old, now, 1))
	}
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"root":       {[]byte(`<?xml version="1.0"?><Order xmlns="x"/>`), "import.xml"},
		"namespace":  {[]byte(`<?xml version="1.0"?><Invoice/>`), "import.xml"},
		"damaged":    {[]byte(ublInvoice[:900]), "import.xml_broken"},
		"two":        {[]byte(ublInvoice + "<a/>"), "import.xml_broken"},
		"charset":    {change("UTF-8", "klingon"), "import.xml_broken"},
		"doctype":    {change("<Invoice ", `<!DOCTYPE Invoice SYSTEM "file:///etc/passwd"><Invoice `), "import.einvoice_doctype"},
		"pro forma":  {change(">380<", ">325<"), "import.einvoice_type"},
		"no number":  {change("2026-17", " "), "import.einvoice_missing"},
		"no date":    {change("<cbc:IssueDate>2026-03-02+01:00</cbc:IssueDate>", ""), "import.einvoice_missing"},
		"date":       {change("2026-04-01", "2026-02-30"), "import.einvoice_date"},
		"net":        {change(">100<", ">101<"), "import.einvoice_totals"},
		"payable":    {change(">100.00<", ">99.99<"), "import.einvoice_totals"},
		"NaN":        {change(">100.00<", ">NaN<"), "import.einvoice_amount"},
		"huge":       {change(">100.00<", ">"+strings.Repeat("9", 60000)+"<"), "import.einvoice_amount"},
		"exponent":   {change(">100.00<", ">1e2<"), "import.einvoice_amount"},
		"decimals":   {change(">100.00<", ">100.001<"), "import.einvoice_amount"},
		"currency":   {change(">EUR<", ">EUX<"), "import.einvoice_currency"},
		"currencies": {change(`<cbc:PayableAmount currencyID="EUR">`, `<cbc:PayableAmount currencyID="USD">`), "import.einvoice_currency"},
		"plain pdf":  {[]byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj"), "import.pdf"},
		"locked pdf": {[]byte("%PDF-1.4\ntrailer << /Encrypt 3 0 R >>"), "import.pdf_locked"},
		"several":    {pdf(deflate([]byte(ublInvoice)), deflate([]byte(ciiInvoice))), "import.pdf_several"},
	} {
		_, err := einvoice.Read(c.data)
		refusedWith(t, name, err, c.code)
	}
}

func refusedWith(t *testing.T, name string, err error, code string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != code || e.Message == "" || len(e.Message) > 1000 {
		t.Errorf("%s: got %v, want %s", name, err, code)
	}
}

// TestHostile: each of these ends as a refusal within 10 seconds and 256 MB.
func TestHostile(t *testing.T) {
	zeros := bytes.Repeat([]byte("<?xml version='1.0'?><Invoice >"+strings.Repeat(" ", 4000)), 64<<20/4000)
	start := ublInvoice[:strings.Index(ublInvoice, "<cbc:ID>")]
	for name, c := range map[string]struct {
		data func() []byte
		code string
	}{
		"billion laughs": {func() []byte {
			return []byte(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>`)
		}, "import.einvoice_doctype"},
		"entity":      {func() []byte { return []byte(strings.Replace(ublInvoice, "2026-17", "&xxe;", 1)) }, "import.xml_broken"},
		"deep":        {func() []byte { return []byte(start + strings.Repeat("<a>", 5<<20)) }, "import.einvoice_size"},
		"deep passed": {func() []byte { return []byte(start + "<InvoiceLine>" + strings.Repeat("<a>", 5<<20)) }, "import.einvoice_size"},
		"many":        {func() []byte { return []byte(start + strings.Repeat("<a/>", 5<<20)) }, "import.einvoice_size"},
		"attributes":  {func() []byte { return []byte(start + "<a " + strings.Repeat("a='>' ", 4<<20)) }, "import.einvoice_size"},
		"long text":   {func() []byte { return []byte(start + "<a>" + strings.Repeat("x", 30<<20)) }, "import.einvoice_size"},
		"long line":   {func() []byte { return bytes.Repeat([]byte("<"), einvoice.MaxFile+1) }, "import.einvoice_size"},
		"pdf bomb":    {func() []byte { return pdf(deflate(zeros)) }, "import.einvoice_size"},
		"pdf bombs": {func() []byte {
			return bytes.Repeat(pdf(deflate(zeros[:len(zeros)/4])), 100)
		}, "import.einvoice_size"},
		"pdf parts": {func() []byte { return append([]byte("%PDF-1.4 "), bytes.Repeat([]byte("stream\n"), 4<<20)...) }, "import.einvoice_size"},
	} {
		t.Run(name, func(t *testing.T) {
			data := c.data()
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			peak, done := make(chan uint64), make(chan struct{})
			go func() {
				top := uint64(0)
				for {
					select {
					case <-done:
						peak <- top
						return
					case <-time.After(5 * time.Millisecond):
						runtime.ReadMemStats(&after)
						top = max(top, after.HeapInuse)
					}
				}
			}()
			began := time.Now()
			_, err := einvoice.Read(data)
			took := time.Since(began)
			close(done)
			used := int64(<-peak) - int64(before.HeapInuse)
			refusedWith(t, name, err, c.code)
			if took > 10*time.Second || used > 256<<20 {
				t.Errorf("%s: %s and %d MB", name, took, used>>20)
			}
		})
	}
}

// FuzzRead: whatever the bytes, the answer is an invoice that adds up or a refusal in words.
func FuzzRead(f *testing.F) {
	f.Add([]byte(ublInvoice))
	f.Add([]byte(ciiInvoice))
	f.Add(pdf(deflate([]byte(ciiInvoice))))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := einvoice.Read(data)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Code == "" || e.Message == "" {
				t.Fatalf("a refusal without words: %v", err)
			}
			return
		}
		if inv.Number == "" || inv.Issued.IsZero() || !inv.Currency.Valid() || inv.Payable != inv.Total-inv.Paid {
			t.Fatalf("got %+v", inv)
		}
	})
}
