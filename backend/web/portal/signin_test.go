package portal_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

var (
	linkInMail = regexp.MustCompile(`/l/([A-Za-z0-9_-]{43})`)
	codeInMail = regexp.MustCompile(`(?m)\b(\d{3} ?\d{3})\b`)
)

// letter waits for the mail to be written and reads its link and code.
func (s *shop) letter(n int) (token, code string) {
	s.t.Helper()
	s.server.Close()
	list, err := s.outbox.List(s.Ctx, s.Firm.ID, mail.Query{})
	if err != nil || len(list) != n {
		s.t.Fatalf("%d mails, want %d (%v)", len(list), n, err)
	}
	if n == 0 {
		return "", ""
	}
	newest := list[0]
	for _, x := range list {
		if x.Created.After(newest.Created) {
			newest = x
		}
	}
	_, content, err := s.outbox.Get(s.Ctx, s.Firm.ID, newest.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	m := linkInMail.FindStringSubmatch(content.Text)
	if m == nil {
		s.t.Fatalf("no link in %s", content.Text)
	}
	rest := strings.ReplaceAll(content.Text, m[0], "")
	c := codeInMail.FindStringSubmatch(rest)
	if c == nil {
		s.t.Fatalf("no code in %s", rest)
	}
	return m[1], c[1]
}

// letterTo reads the newest mail to an address.
func (s *shop) letterTo(email string) (token, code string) {
	s.t.Helper()
	list, err := s.outbox.List(s.Ctx, s.Firm.ID, mail.Query{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, n := range list {
		if n.To != email || n.Kind != mail.KindSignIn {
			continue
		}
		_, content, err := s.outbox.Get(s.Ctx, s.Firm.ID, n.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		m := linkInMail.FindStringSubmatch(content.Text)
		return m[1], codeInMail.FindStringSubmatch(strings.ReplaceAll(content.Text, m[0], ""))[1]
	}
	s.t.Fatalf("no mail to %s", email)
	return "", ""
}

func (b *browser) ask(email string) page {
	b.t.Helper()
	return b.submit(b.want("/sign-in", 200), "/sign-in", "email", email)
}

// TestCustomersAddressSignsIn: a customer whom nobody gave a contact signs in with the address that the ERP knows, and
// sees the same pages on the way as anybody else.
func TestCustomersAddressSignsIn(t *testing.T) {
	s := open(t, nil)
	c, err := s.PutCustomer(s.Ctx, s.Meta(), ledger.Customer{Number: "88", Name: "Bakkerij Smit", Email: "kantoor@bakkerijsmit.nl"})
	if err != nil {
		t.Fatal(err)
	}
	s.Invoice(c, "2026-0088", "2026-06-01", "2026-07-01", 12100)
	b := s.browser()
	if p := b.ask("Kantoor@BakkerijSmit.nl"); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != "/sign-in/sent" {
		t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	_, code := s.letter(1)
	b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", code)
	b.want("/", 200).has(t, "Bakkerij Smit")
	b.want("/invoices", 200).has(t, "2026-0088")
}

func TestSignInByMail(t *testing.T) {
	s := open(t, nil)
	s.busy()
	b := s.browser()
	if p := b.ask("KLANT00001@example.nl "); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != "/sign-in/sent" {
		t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	token, code := s.letter(1)

	// Another browser may look, but not come in; the mail's reader is told what to do.
	other := s.browser()
	other.want("/l/"+token, http.StatusForbidden).has(t, "hoort bij een ander apparaat", "!Lunchroom")
	if p := other.do(http.MethodPost, "/l/"+token, "csrf="+session.FormToken(token)); p.StatusCode != http.StatusForbidden {
		t.Errorf("another browser used the link: %d", p.StatusCode)
	}
	// The asking browser needs no link: it takes the code.
	p := b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", code)
	if p.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	b.want("/", 200).has(t, "Lunchroom De Linde")
	b.want("/l/"+token, http.StatusGone)

	if p := b.submit(b.want("/", 200), "/sign-out"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out: %d", p.StatusCode)
	}
	if p := b.get("/"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("still signed in: %d", p.StatusCode)
	}
}

// TestNeutralAnswer: a known and an unknown address get the same bytes, and only the known one gets a mail.
func TestNeutralAnswer(t *testing.T) {
	s := open(t, nil)
	s.busy()
	answers := make([]map[string]string, 2)
	for i, email := range []string{"klant00001@example.nl", "niemand0001@example.nl"} {
		b := s.browser()
		answers[i] = answer(b.ask(email))
	}
	if d := cmp.Diff(answers[0], answers[1]); d != "" {
		t.Errorf("known and unknown differ: %s", d)
	}
	s.letter(1)
}

// TestLookingUsesNothingUp opens a link 100 times as mail scanners do, GET and HEAD; then the button works, once.
func TestLookingUsesNothingUp(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	o := s.signInLink(c)
	before, _, err := s.Log().Head(s.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	scanner := s.browser()
	for range 100 {
		if p := scanner.do(http.MethodHead, "/l/"+o.Token, ""); p.StatusCode != 200 || p.body != "" {
			t.Fatalf("HEAD: %d", p.StatusCode)
		}
		scanner.want("/l/"+o.Token, 200)
	}
	if after, _, _ := s.Log().Head(s.Ctx); after != before {
		t.Errorf("looking wrote %d journal entries", after-before)
	}
	b := s.browser()
	p := b.want("/l/"+o.Token, 200)
	p.has(t, "Welkom bij Bakkerij De Korenaar", "Lunchroom De Linde", "!2026-0412")
	if p := b.submit(p, "/l/"+o.Token); p.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", p.StatusCode)
	}
	if p := s.browser().do(http.MethodPost, "/l/"+o.Token, "csrf="+session.FormToken(o.Token)); p.StatusCode != http.StatusGone {
		t.Errorf("the link worked twice: %d", p.StatusCode)
	}
}

// TestGoneIsGone: used, expired and invented links look the same, and "send me a new one" mails only who is known.
func TestGoneIsGone(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	used, expired := s.signInLink(c), s.signInLink(c)
	s.browser().do(http.MethodPost, "/l/"+used.Token, "csrf="+session.FormToken(used.Token))
	s.Clock.Advance(session.SignInLife)
	invented := session.NewBrowserSecret()
	b := s.browser()
	b.want("/sign-in", 200)
	var pages []string
	for _, token := range []string{used.Token, expired.Token, invented} {
		pages = append(pages, strings.ReplaceAll(b.want("/l/"+token, http.StatusGone).body, token, "TOKEN"))
	}
	if pages[0] != pages[1] || pages[1] != pages[2] {
		t.Error("the pages differ")
	}
	for _, token := range []string{invented, expired.Token} {
		path := "/l/" + token
		if p := b.submit(b.want(path, http.StatusGone), path+"/again"); p.Header.Get("Location") != "/sign-in/sent" {
			t.Errorf("again: %d %s", p.StatusCode, words(p.body))
		}
	}
	token, _ := s.letter(1)
	if p := b.submit(b.want("/l/"+token, 200), "/l/"+token); p.StatusCode != http.StatusSeeOther {
		t.Errorf("the new link: %d", p.StatusCode)
	}
}

// TestThrottles: asking and guessing are bounded, for one address, for one network, for one link.
func TestThrottles(t *testing.T) {
	s := open(t, nil)
	s.busy()
	b := s.browser()
	refused := 0
	for range 8 {
		if p := b.ask("klant00001@example.nl"); p.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%d of 8 asked in a row were refused, want 3", refused)
	}
	_, code := s.letter(5)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for range 5 {
		if p := b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", wrong); p.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("%d", p.StatusCode)
		}
	}
	if p := b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", code); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the right code after five wrong ones: %d", p.StatusCode)
	}
	for range 30 {
		b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", wrong)
	}
	if p := b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", wrong); p.StatusCode != http.StatusTooManyRequests {
		t.Errorf("guessing on and on: %d", p.StatusCode)
	}
}

// TestFormsFromElsewhere: no POST of the table does anything without its form token or from another origin.
func TestFormsFromElsewhere(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	link, paying := s.signInLink(c), s.payLink(c, s.Account(c.ID).Documents[1])
	good := b.want("/", 200).form(t, "/sign-out").Get("csrf")
	head, _, _ := s.Log().Head(s.Ctx)
	for _, r := range portal.Routes() {
		if r.Method != http.MethodPost || r.Path == "/webhooks/mollie" {
			continue
		}
		path := strings.Replace(strings.Replace(r.Path, "/l/:token", "/l/"+link.Token, 1), "/p/:token", "/p/"+paying.Token, 1)
		for _, body := range []string{"", "csrf=", "csrf=x", "csrf=" + session.FormToken(""), "csrf=" + session.FormToken(session.NewBrowserSecret())} {
			if p := b.do(http.MethodPost, path, body); p.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %q: %d", r.Path, body, p.StatusCode)
			}
		}
		for _, h := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
			if p := b.do(http.MethodPost, path, "csrf="+good, h...); p.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %v: %d", r.Path, h, p.StatusCode)
			}
		}
	}
	if after, _, _ := s.Log().Head(s.Ctx); after != head {
		t.Errorf("%d entries were written", after-head)
	}
	b.want("/", 200)
}

// TestCookies: what a browser keeps is out of reach of scripts and other hosts.
func TestCookies(t *testing.T) {
	s := open(t, func(o *portal.Options) { o.PublicURL = "https://betalen.example.nl" })
	c := s.busy()
	o := s.signInLink(c)
	p := s.browser().do(http.MethodPost, "/l/"+o.Token, "csrf="+session.FormToken(o.Token), "Origin", "https://betalen.example.nl")
	found := false
	for _, k := range p.Cookies() {
		if k.Name == "__Host-voldaan" {
			found = k.Secure && k.HttpOnly && k.SameSite == http.SameSiteLaxMode && k.Path == "/" && k.Domain == "" && k.MaxAge == int(session.VisitAbsolute/time.Second)
			// The plain name counts for nothing where customers come by https.
			if p := s.browser().do(http.MethodGet, "/", "", "Cookie", "voldaan="+k.Value); p.StatusCode != http.StatusSeeOther {
				t.Errorf("a planted cookie was believed: %d", p.StatusCode)
			}
			if p := s.browser().do(http.MethodGet, "/", "", "Cookie", "__Host-voldaan="+k.Value); p.StatusCode != 200 {
				t.Errorf("the cookie does not work: %d", p.StatusCode)
			}
		}
	}
	if !found {
		t.Errorf("cookies: %v", p.Cookies())
	}
	if s.server.SignInURL(s.Firm, "x") != "https://betalen.example.nl/l/x" {
		t.Error("links do not use the public address")
	}
}

func TestLanguages(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.lang = "de-AT,de;q=0.9,en;q=0.5"
	b.want("/sign-in", 200).has(t, "Anmelden", "Deutsch")
	b.lang = "sv"
	b.want("/sign-in", 200).has(t, "Inloggen")
	b.signIn(c)
	for lang, said := range map[string]string{"fr": "dont en retard 910,00 €", "en": "of which overdue €910.00", "de": "davon überfällig 910,00 €", "nl": "waarvan te laat € 910,00"} {
		p := b.get("/language/" + lang + "?back=%2Finvoices")
		if p.Header.Get("Location") != "/invoices" {
			t.Errorf("went to %q", p.Header.Get("Location"))
		}
		p = b.want("/", 200)
		p.body = strings.ReplaceAll(p.body, "\u202f", " ")
		p.has(t, said)
		if !strings.Contains(p.body, `<html lang="`+lang+`">`) {
			t.Errorf("the page does not say that it is in %s", lang)
		}
	}
	for _, back := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""} {
		if p := b.get("/language/nl?back=" + strings.ReplaceAll(back, "\\", "%5C")); p.Header.Get("Location") != "/" {
			t.Errorf("back=%s went to %q", back, p.Header.Get("Location"))
		}
	}
}

// TestWebhook: known, unknown and nonsense ids get the same empty 200; the paid one is booked.
func TestWebhook(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	b.submit(b.want("/pay?due=1", 200), "/pay", "method", "ideal")
	x := s.attempts(c)[0]
	s.decide("paid")
	var want map[string]string
	for _, id := range []string{x.ProviderRef, "tr_unknown123", "nonsense", ""} {
		got := answer(s.browser().do(http.MethodPost, "/webhooks/mollie", "id="+id, "Origin", "", "Sec-Fetch-Site", ""))
		if want == nil {
			want = got
		}
		if d := cmp.Diff(want, got); d != "" || got["status"] != "200 OK" {
			t.Errorf("id %q: %s", id, d)
		}
	}
	if x := s.attempts(c)[0]; x.State != ledger.AttemptPaid {
		t.Errorf("the webhook booked nothing: %v", x.State)
	}
}
