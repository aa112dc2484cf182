package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// TestAssets: what pages load is cached for ever under an address that changes with it, compressed, and of a type that
// browsers do not guess about.
func TestAssets(t *testing.T) {
	s := open(t, nil)
	f := s.Firm
	f.Brand.Logo, f.Brand.LogoType = []byte("\x89PNG\r\n\x1a\n"), "image/png"
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	home := b.want("/sign-in", 200).body
	for _, path := range []string{"/assets/portal.css?v=", "/assets/brand.css?c=7a4b12", "/assets/icon.svg?v=", "/assets/logo/" + f.ID.String() + "?v="} {
		at := strings.Index(home, path)
		if at < 0 {
			t.Errorf("the page does not load %s", path)
			continue
		}
		address, _, _ := strings.Cut(home[at:], `"`)
		p := b.want(address, 200)
		if !strings.Contains(p.Header.Get("Cache-Control"), "immutable") || p.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", address, p.Header)
		}
		if strings.Contains(p.body, "7a4b12") != strings.HasPrefix(path, "/assets/brand") {
			t.Errorf("%s: the firm's colour", path)
		}
	}
	p := b.do(http.MethodGet, "/assets/portal.css", "", "Accept-Encoding", "gzip")
	if p.Header.Get("Content-Encoding") != "gzip" || len(p.body) > 8_000 {
		t.Errorf("the style sheet is %d bytes as %q", len(p.body), p.Header.Get("Content-Encoding"))
	}
	for _, path := range []string{"/assets/brand.css", "/assets/brand.css?c=red", "/assets/brand.css?c=" + strings.Repeat("a", 400), "/assets/nothing.js",
		"/assets/..%2fportal.go", "/assets/logo/firm_x", "/assets/logo/" + (ledger.FirmID{1}).String()} {
		b.want(path, http.StatusNotFound)
	}
	home = b.want("/sign-in", 200).body
	for _, bad := range []string{"<style", "style=", "onclick", "<script>", "http://", "https://"} {
		if strings.Contains(home, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

// TestTextsAreText: whatever an import brought into names and numbers comes out as text.
func TestTextsAreText(t *testing.T) {
	s := open(t, nil)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	c := s.Customer(evil)
	d, err := s.Post(s.Ctx, s.Meta(), ledger.Document{Customer: c.ID, Number: evil, PO: evil, Reference: evil, Description: evil,
		Issued: civil.MustParse("2026-06-01"), Due: civil.MustParse("2026-06-15"), Total: money.Of(100, "EUR")})
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.signIn(c)
	for _, path := range []string{"/", "/invoices", "/invoices?q=" + "%22%3E%3Cscript%3E", "/invoices/" + d.ID.String(), "/pay?d=" + d.ID.String(), "/pay?d=" + d.ID.String() + "&amount=%22%3E%3Cscript%3E",
		"/language/nl?back=/%22%3E%3Cscript%3E", "/nothing%22%3E%3Cscript%3E"} {
		p := b.get(path)
		if strings.Contains(p.body, "<script>") || strings.Contains(p.body, "<img src=x") {
			t.Errorf("%s lets markup through", path)
		}
		if csp := p.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
}

// TestTwoCurrencies: a block for each, never a sum; one payment is in one currency.
func TestTwoCurrencies(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	_, err := s.Post(s.Ctx, s.Meta(), ledger.Document{Customer: c.ID, Number: "US-1", Issued: civil.MustParse("2026-06-01"), Due: civil.MustParse("2026-06-15"), Total: money.Of(50_000, "USD")})
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.signIn(c)
	b.want("/", 200).has(t, "€ 3.766,50", "US$ 500,00", "Facturen in EUR", "Facturen in USD", "!4.266,50")
	b.want("/pay?all=1&c=USD", 200).has(t, "US-1", "!2026-0412", "Betaal US$ 500,00")
	b.want("/pay?all=1", 200).has(t, "2026-0412", "!US-1")
}
