package portal_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

// TestInChromium shows every page to a browser: see frontend/portal/look.mjs for what is checked. The pictures stay in
// $VOLDAAN_PICTURES when that is set; $VOLDAAN_LANG shows another language.
func TestInChromium(t *testing.T) {
	front, err := filepath.Abs("../../../frontend")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	chromium := "/usr/bin/chromium"
	if _, serr := os.Stat(chromium); err != nil || serr != nil || testing.Short() {
		t.Skip("needs node and Chromium, and is not short")
	}
	if _, err := os.Stat(filepath.Join(front, "node_modules/playwright-core")); err != nil {
		t.Skip("needs the npm packages: cd frontend && npm ci")
	}
	s := open(t, func(o *portal.Options) { o.Practice = func(context.Context, ledger.FirmID) bool { return true } })
	c := s.busy()
	docs := s.Account(c.ID).Documents

	payer := s.Customer("Eetcafé Het Veer")

	// One sign-in link for each of the four walks, and results of every kind.
	views := []string{"phone-light", "phone-dark", "desktop-light", "desktop-dark"}
	each := func(prefix string, make func() string) map[string]string {
		m := map[string]string{}
		for _, v := range views {
			m[v] = prefix + make()
		}
		return m
	}
	result := func(o simulator.Outcome) string {
		b := s.browser()
		link := s.payLink(payer, s.Invoice(payer, "2026-05"+string(o), "2026-06-01", "2026-07-01", 91_000))
		key := session.NewBrowserSecret()
		p := b.submit(b.want("/p/"+link.Token, 200), "/p/"+link.Token, "method", "ideal", "key", key, "email", "")
		if p.StatusCode != 303 {
			t.Fatal(words(p.body))
		}
		if o != "" {
			s.decide(o)
		}
		return "/r/" + session.ReturnToken(key)
	}
	link := s.payLink(c, docs[1], docs[2])
	type step map[string]any
	steps := []step{
		{"name": "sign-in", "path": "/sign-in", "weigh": true},
		{"name": "sent", "path": "/sign-in/sent"},
		{"name": "link-gone", "path": "/l/" + session.NewBrowserSecret()},
		{"name": "link", "path": each("/l/", func() string { return s.signInLink(c).Token })},
		{"name": "account", "press": "main button"},
		{"name": "account-chosen", "check": "input[name=d]", "full": false, "end": true},
		{"name": "invoices", "path": "/invoices"},
		{"name": "invoices-search", "type": []string{"#q", "44902", "text=2026-0412"}},
		{"name": "invoice", "path": "/invoices/" + docs[2].ID.String()},
		{"name": "invoice-paid", "path": "/invoices/" + docs[0].ID.String()},
		{"name": "pay", "path": "/pay?all=1&c=EUR"},
		{"name": "pay-credit", "path": "/pay?all=1&c=EUR&credit=1"},
		{"name": "pay-own", "path": "/pay?all=1&c=EUR&amount=1000"},
		{"name": "transfer", "path": "/transfer?d=" + docs[1].ID.String(), "copies": []string{`[0-9]+,[0-9]{2}`, "NL91ABNA0417164300", `RF[0-9]{2}V[0-9]{7}`}},
		{"name": "payments", "path": "/payments"},
		{"name": "receipt", "path": "/payments/" + s.Account(c.ID).Receipts[0].ID.String()},
		{"name": "pay-link", "path": "/p/" + link.Token, "weigh": true},
		{"name": "result-open", "path": result("")},
		{"name": "result-pending", "path": result(simulator.OutcomePending)},
		{"name": "result-failed", "path": result(simulator.OutcomeFailed)},
		{"name": "result-expired", "path": result(simulator.OutcomeExpired)},
		{"name": "result-paid", "path": result(simulator.OutcomePaid)},
		{"name": "not-found", "path": "/nothing"},
		{"name": "languages", "path": "/sign-in", "open": ".languages summary", "full": false},
	}
	if lang := os.Getenv("VOLDAAN_LANG"); lang != "" {
		steps = append([]step{{"name": "", "path": "/language/" + lang + "?back=/sign-in"}}, steps...)
	}
	out := os.Getenv("VOLDAAN_PICTURES")
	if out == "" {
		out = t.TempDir()
	}
	plan, err := json.Marshal(map[string]any{"base": s.base, "out": out, "steps": steps})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "portal/look.mjs", file)
	cmd.Dir = front
	report, err := cmd.CombinedOutput()
	t.Log(strings.TrimSpace(string(report)))
	if err != nil {
		t.Error(err)
	}
}
