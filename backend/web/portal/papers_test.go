package portal_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
)

func pdfText(t *testing.T, raw string) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = strings.NewReader(raw)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("pdftotext: %v", err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// workbookText is the XML of a workbook's parts, one after the other.
func workbookText(t *testing.T, raw string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in %s", w, text)
		}
	}
}

// TestPapers: every paper a customer can fetch, read back, and never shown as a page of ours.
func TestPapers(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	acc := s.Account(c.ID)
	file := func(path, mediaType string) page {
		t.Helper()
		p := b.want(path, 200)
		h := p.Header
		if h.Get("Content-Type") != mediaType || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=") || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", path, h)
		}
		return p
	}
	contains(t, pdfText(t, file("/statement.pdf", "application/pdf").body), "Rekeningoverzicht", c.Name, "2026-0412", "RF", "De Korenaar B.V.", "Journaal")
	contains(t, pdfText(t, file("/statement.pdf?on=2026-05-31&from=2026-01-01", "application/pdf").body), "31 mei 2026", "Mutaties")
	contains(t, pdfText(t, file("/annual.pdf?year=2026", "application/pdf").body), "Jaaroverzicht 2026")
	if book := workbookText(t, file("/statement.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").body); !strings.Contains(book, "Rekeningoverzicht") {
		t.Error("the workbook has no title")
	}
	invoice := acc.Documents[1]
	contains(t, pdfText(t, file("/invoices/"+invoice.ID.String()+"/pdf", "application/pdf").body), "KOPIE", invoice.Number)
	s.Pay(c, "2026-05-20", 12_345)
	receipts := s.Account(c.ID).Receipts
	last := receipts[len(receipts)-1]
	contains(t, pdfText(t, file("/payments/"+last.ID.String()+"/pdf", "application/pdf").body), "Betalingsbewijs", "123,45")

	b.want("/statement", 200).has(t, "Rekeningoverzicht", "Ouderdom")
	b.want("/history", 200).has(t, "Alle mutaties", invoice.Number)
	b.want("/documents", 200).has(t, "Documenten", invoice.Number)
	b.want("/documents?kind=receipt", 200).has(t, "!"+invoice.Number)
	b.want("/documents?q=niets-van-dien-aard", 200).has(t, "Geen document gevonden")

	zipped := file("/documents.zip?f="+invoice.ID.String()+"&f="+last.ID.String()+"&f="+invoice.ID.String(), "application/zip").body
	z, err := zip.NewReader(strings.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil || !bytes.HasPrefix(raw, []byte("%PDF-")) || names[f.Name] {
			t.Errorf("%s: %v", f.Name, err)
		}
		names[f.Name] = true
	}
	if len(names) != 3 {
		t.Errorf("%v", names)
	}
	for path, code := range map[string]int{"/documents.zip": 303, "/documents.zip?f=x": 404, "/statement.pdf?on=gisteren": 422, "/statement.pdf?on=2026-01-01&from=2026-02-01": 422,
		"/annual.pdf?year=1812": 422, "/documents.zip?" + strings.Repeat("f="+invoice.ID.String()+"&", 41): 422} {
		if got := b.get(path).StatusCode; got != code {
			t.Errorf("%s: %d, want %d", path, got, code)
		}
	}
}

var rf = regexp.MustCompile(`RF\d\d V\d{3} \d{4}`)

// TestTransfer: one reference for the same selection, known to the books; the amount is what is due today.
func TestTransfer(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	invoice := s.Account(c.ID).Documents[1]
	p := b.want("/transfer?d="+invoice.ID.String(), 200)
	p.has(t, "NL91 ABNA 0417 1643 00", "De Korenaar B.V.")
	contains(t, p.body, `<svg class="qr"`)
	ref := rf.FindString(p.body)
	// What is copied is what a bank's form takes; the buttons are hidden until the script finds a clipboard.
	for _, text := range []string{strings.ReplaceAll(ref, " ", ""), s.Firm.IBAN} {
		contains(t, p.body, `hidden data-copy="`+text+`"`)
	}
	if again := rf.FindString(b.want("/transfer?d="+invoice.ID.String(), 200).body); ref == "" || again != ref {
		t.Errorf("%q and %q", ref, again)
	}
	if whole := rf.FindString(b.want("/transfer?all=1", 200).body); whole == "" || whole == ref {
		t.Errorf("the account has the reference of an invoice: %q", whole)
	}
	err := s.View(s.Ctx, func(r *books.Reader) error {
		it, err := r.IntentByReference(s.Firm.ID, ref)
		if err != nil || len(it.Documents) != 1 || it.Documents[0] != invoice.ID {
			t.Errorf("%+v, %v", it, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	link := s.payLink(c, invoice)
	contains(t, s.browser().want("/p/"+link.Token, 200).body, "/p/"+link.Token+"/transfer")
	if got := rf.FindString(s.browser().want("/p/"+link.Token+"/transfer", 200).body); got != ref {
		t.Errorf("the pay link has %q, want %q", got, ref)
	}
	b.want("/transfer", 200).has(t, "!"+reference.Groups(s.Firm.IBAN))
	f := s.Firm
	f.IBAN = ""
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	b.want("/transfer?all=1", http.StatusNotFound)
	if p := b.want("/invoices/"+invoice.ID.String(), 200); strings.Contains(p.body, "/transfer") {
		t.Error("a transfer to nowhere is offered")
	}
}

// TestPapersSwitchedOff: what the firm does not show is not there.
func TestPapersSwitchedOff(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	f := s.Firm
	f.Portal.Switch(ledger.FeatureDocuments, false)
	f.Portal.Switch(ledger.FeatureStatement, false)
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	id := s.Account(c.ID).Documents[1].ID.String()
	for _, path := range []string{"/documents", "/documents.zip", "/statement", "/statement.pdf", "/statement.xlsx", "/annual.pdf?year=2026", "/history", "/invoices/" + id + "/pdf"} {
		b.want(path, http.StatusNotFound)
	}
	if p := b.want("/invoices/"+id, 200); strings.Contains(p.body, "/pdf") {
		t.Error("a copy is offered that is not there")
	}
}
