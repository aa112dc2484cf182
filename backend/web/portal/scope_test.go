package portal_test

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

// TestRouteTableIsComplete: a route that is not in the table cannot be tested by the table.
func TestRouteTableIsComplete(t *testing.T) {
	s := open(t, nil)
	known := map[string]bool{"GET /healthz": true, "GET /readyz": true}
	for _, r := range portal.Routes() {
		known[r.Method+" "+r.Path] = true
	}
	served := map[string]bool{}
	for _, r := range s.server.App().GetRoutes(true) {
		if r.Method == http.MethodHead {
			continue
		}
		served[r.Method+" "+r.Path] = true
		if !known[r.Method+" "+r.Path] {
			t.Errorf("%s %s is not in the table", r.Method, r.Path)
		}
	}
	for k := range known {
		if !served[k] {
			t.Errorf("%s is in the table and not served", k)
		}
	}
	for _, r := range portal.Routes() {
		inPath := 0
		for _, id := range r.IDs {
			if id.In == "path" {
				inPath++
			}
		}
		if named := strings.Count(r.Path, ":"); r.Access == portal.Signed && named != inPath {
			t.Errorf("%s %s: %d parameters in the path, %d declared as ids", r.Method, r.Path, named, inPath)
		}
	}
}

// ids of every kind: of the other customer, and of nobody.
type target struct{ foreign, unknown map[string]string }

func (s *shop) targets(other ledger.Customer) []target {
	s.t.Helper()
	acc := s.Account(other.ID)
	ids := s.IDs()
	fresh := func() map[string]string {
		var c ledger.CustomerID
		var d ledger.DocumentID
		var r ledger.ReceiptID
		var f ledger.FirmID
		var m ledger.MandateID
		ident.Fill(ids, &m)
		ident.Fill(ids, &c)
		ident.Fill(ids, &d)
		ident.Fill(ids, &r)
		ident.Fill(ids, &f)
		var con ledger.ContactID
		var ses session.VisitID
		ident.Fill(ids, &con)
		ident.Fill(ids, &ses)
		var req requests.ID
		var thr requests.ThreadID
		var fil requests.FileID
		var pln ledger.PlanID
		ident.Fill(ids, &req)
		ident.Fill(ids, &thr)
		ident.Fill(ids, &fil)
		ident.Fill(ids, &pln)
		return map[string]string{"req": req.String(), "thr": thr.String(), "fil": fil.String(), "pln": pln.String(), "cus": c.String(), "doc": d.String(), "rec": r.String(), "firm": f.String(), "con": con.String(), "ses": ses.String(), "mdt": m.String()}
	}
	v, err := s.links.Redeem(s.Ctx, s.signInLink(other).Token, "", session.From{Agent: "elsewhere"})
	if err != nil {
		s.t.Fatal(err)
	}
	theirs := v.ID.String()
	mandate := s.mandate(other)
	req, thr, fil, pln := s.asked(other)
	var out []target
	for _, d := range acc.Documents {
		for _, r := range acc.Receipts {
			out = append(out, target{map[string]string{"req": req, "thr": thr, "fil": fil, "pln": pln, "cus": other.ID.String(), "doc": d.ID.String(), "rec": r.ID.String(), "firm": fresh()["firm"],
				"con": s.contact(other).ID.String(), "ses": theirs, "mdt": mandate.ID.String()}, fresh()})
		}
	}
	return out
}

// mandate is a stored method of a customer.
func (s *shop) mandate(c ledger.Customer) ledger.Mandate {
	s.t.Helper()
	m, _, err := s.StartMandate(s.Ctx, s.Meta(), ledger.Mandate{Customer: c.ID, Provider: "mollie", ProviderCustomer: "cst_other", Mode: "test", Method: ledger.MethodCard,
		Consent: ledger.Consent{Text: "…", Version: "1"}}, ledger.Attempt{Customer: c.ID, Amount: money.Of(0, "EUR"), Provider: "mollie", Mode: "test"})
	if err == nil {
		m, err = s.UpdateMandate(s.Ctx, s.Meta(), m.ID, books.MandateUpdate{State: ledger.MandateValid, ProviderRef: "mdt_other", Last4: "7701"})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// answer is what a client can tell of an answer. Lengths of time and request ids say nothing about data.
func answer(p page) map[string]string {
	m := map[string]string{"status": p.Status, "body": p.body}
	for _, k := range slices.Sorted(maps.Keys(p.Header)) {
		if k != "Date" && k != "X-Request-Id" {
			m[k] = strings.Join(p.Header[k], "\n")
		}
	}
	return m
}

// TestForeignIsUnknown asks for another customer's records by every parameter of every route. The answers are compared
// byte by byte with the answers to ids that never were.
//
// VOLDAAN_ATTEMPTS repeats it until that many were made (make test-access).
func TestForeignIsUnknown(t *testing.T) {
	s := open(t, func(o *portal.Options) { o.PerSecond = 1_000_000 })
	mine, other := s.busy(), s.secondCustomer()
	b := s.browser()
	b.signIn(mine)
	csrf := b.want("/", 200).form(t, "/sign-out").Get("csrf")
	key := session.NewBrowserSecret()
	s.rights(mine, ledger.RightManage) // so that no right hides an answer
	crowd := s.crowd(others)
	attempts, err := strconv.Atoi(os.Getenv("VOLDAAN_ATTEMPTS"))
	if err != nil {
		attempts = 0
	}
	secrets := []string{"Garage Peeters", "77-0001", "77-0002", "77-0003", "777,00", "klant00002", "88-10", s.contact(other).Name}
	req, thr, fil, pln := s.asked(mine)
	own := map[string]string{"req": req, "thr": thr, "fil": fil, "pln": pln}
	targets := s.targets(other)
	for _, c := range crowd {
		targets = append(targets, s.targets(c)...)
	}
	tried := 0
	for round := 0; round == 0 || tried < attempts; round++ {
		tried += s.tryAll(b, csrf, key, own, targets, secrets)
	}
	if tried < 500 {
		t.Errorf("only %d tries", tried)
	}
	t.Logf("%d foreign ids, 0 bytes of difference", tried)
	for _, x := range append(s.attempts(other), s.attempts(mine)...) {
		if len(x.Lines) > 0 || x.ProviderRef != "" {
			t.Error("an attempt was made")
		}
	}
	// Search, filters and pages show nothing of others either.
	for _, path := range []string{"/", "/invoices", "/invoices?q=77", "/invoices?show=paid&page=9", "/invoices?page=-1", "/payments", "/payments?page=99", "/pay?all=1", "/pay?due=1&c=USD"} {
		p := b.get(path)
		for _, secret := range secrets {
			if strings.Contains(p.body, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
}

// others is how many further customers there are: fifty together with the visitor's own and the second one.
const others = 48

// crowd makes customers with an invoice and a payment each.
func (s *shop) crowd(n int) (out []ledger.Customer) {
	s.t.Helper()
	for i := range n {
		c := s.Customer("Klant " + strconv.Itoa(i))
		d := s.Invoice(c, "88-"+strconv.Itoa(1000+i), "2026-05-01", "2026-05-15", 77_700)
		s.Pay(c, "2026-05-20", 7_700, ledger.Line{Document: d.ID, Amount: 7_700})
		out = append(out, c)
	}
	return out
}

// tryAll asks for every target by every parameter of every route, alone and together with the route's others, and says
// how often. own are the visitor's own records: what a path needs beside the parameter that is tried.
func (s *shop) tryAll(b *browser, csrf, key string, own map[string]string, targets []target, secrets []string) (tried int) {
	pay := b.want("/pay?all=1&c=EUR", 200).form(s.t, "/pay")
	everything := url.Values{"all": {"1"}, "expect": pay["expect"]}
	for _, r := range portal.Routes() {
		if len(r.IDs) == 0 {
			continue
		}
		tries := []*portal.ID{nil} // all at once
		if len(r.IDs) > 1 {
			for i := range r.IDs {
				tries = append(tries, &r.IDs[i])
			}
		}
		for _, alone := range tries {
			for _, at := range targets {
				s.try(r, alone, at, secrets, func(values map[string]string) page {
					path, form := address(r, alone, own, values)
					if alone != nil && alone.Name == "method" { // all that is open, or the method would not be looked at
						maps.Copy(form, everything)
					}
					if r.Method == http.MethodPost {
						for k, v := range map[string]string{"csrf": csrf, "key": key, "method": "ideal", "expect": "777.00", "c": "EUR",
							"rights": "view", "state": "on", "agree": "1", "moment": "due_date", "kind": "question", "text": "Kan dat?", "subject": "Vraag"} {
							if !form.Has(k) {
								form.Set(k, v)
							}
						}
					}
					return b.do(r.Method, path, form.Encode())
				})
				tried++
			}
		}
	}
	return tried
}

// address fills the parameters of a route: one alone, or all of them.
func address(r portal.Route, alone *portal.ID, own, values map[string]string) (path string, form url.Values) {
	path, form = r.Path, url.Values{}
	query := url.Values{}
	for _, p := range r.IDs {
		it := alone == nil || p == *alone
		switch {
		case p.In == "path" && it:
			path = strings.Replace(path, ":"+p.Name, values[p.Kind], 1)
		case p.In == "path":
			path = strings.Replace(path, ":"+p.Name, own[p.Kind], 1)
		case p.In == "query" && it:
			query.Add(p.Name, values[p.Kind])
		case p.In == "form" && it:
			form.Add(p.Name, values[p.Kind])
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, form
}

// try compares what is said of a foreign id with what is said of an unknown one.
func (s *shop) try(r portal.Route, alone *portal.ID, at target, secrets []string, ask func(map[string]string) page) {
	t := s.t
	what := r.Method + " " + r.Path
	if alone != nil {
		what += " by " + alone.In + " " + alone.Name
	}
	foreign, unknown := ask(at.foreign), ask(at.unknown)
	got, want := answer(foreign), answer(unknown)
	// The page's own address may repeat the id that the visitor typed, and a form has a new key each time; nothing else
	// may differ.
	for k, v := range at.foreign {
		got["body"] = strings.ReplaceAll(got["body"], v, "ID")
		want["body"] = strings.ReplaceAll(want["body"], at.unknown[k], "ID")
	}
	for _, m := range []map[string]string{got, want} {
		m["body"] = formKey.ReplaceAllString(m["body"], `name="key" value="KEY"`)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: foreign differs from unknown:\n%s", what, d)
	}
	for _, secret := range secrets {
		if strings.Contains(foreign.body, secret) {
			t.Errorf("%s shows %q", what, secret)
		}
	}
	if foreign.StatusCode == http.StatusTooManyRequests {
		t.Fatal("the throttle hides the answers")
	}
}

var formKey = regexp.MustCompile(`name="key" value="[A-Za-z0-9_-]{43}"`)

func (s *shop) secondCustomer() ledger.Customer {
	s.t.Helper()
	c := s.Customer("Garage Peeters")
	d := s.Invoice(c, "77-0001", "2026-05-01", "2026-05-15", 77_700)
	s.Invoice(c, "77-0002", "2026-06-01", "", 77_700)
	s.Invoice(c, "77-0003", "2026-06-02", "", 77_700)
	s.Pay(c, "2026-05-21", 1_000)
	s.Pay(c, "2026-05-20", 7_700, ledger.Line{Document: d.ID, Amount: 7_700})
	return c
}

// TestPayLinkStaysInItsSelection: ids in the form of a pay link are not even looked at.
func TestPayLinkStaysInItsSelection(t *testing.T) {
	s := open(t, nil)
	mine, other := s.busy(), s.secondCustomer()
	b := s.browser()
	docs := s.Account(mine.ID).Documents
	o := s.payLink(mine, docs[1])
	form := b.want("/p/"+o.Token, 200).form(t, "/p/"+o.Token)
	for _, d := range append(s.Account(other.ID).Documents, docs[2:]...) {
		form.Add("d", d.ID.String())
	}
	form.Set("all", "1")
	if p := b.do(http.MethodPost, "/p/"+o.Token, form.Encode()); p.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	x := s.attempts(mine)
	if len(x) != 1 || len(x[0].Lines) != 1 || x[0].Lines[0].Document != docs[1].ID || len(s.attempts(other)) != 0 {
		t.Errorf("the link paid something else: %+v", x)
	}
}

// TestNobodyGetsInWithoutASession: every signed route leads a stranger to the sign-in page and changes nothing.
func TestNobodyGetsInWithoutASession(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	d := s.Account(c.ID).Documents[1]
	for _, cookie := range []string{"", "voldaan=" + session.NewBrowserSecret(), "voldaan=x", "voldaan=" + strings.Repeat("A", 4000)} {
		for _, r := range portal.Routes() {
			if r.Access != portal.Signed {
				continue
			}
			path := strings.Replace(r.Path, ":id", d.ID.String(), 1) + "?d=" + d.ID.String()
			p := s.browser().do(r.Method, path, "d="+d.ID.String(), "Cookie", cookie)
			if p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/sign-in") || strings.Contains(p.body, d.Number) {
				t.Errorf("%s %s with %.20q: %d %s", r.Method, r.Path, cookie, p.StatusCode, p.Header.Get("Location"))
			}
		}
	}
}

// TestLookingOnly: a contact who may only look sees no way to pay, and cannot.
func TestLookingOnly(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	form := b.want("/pay?due=1", 200).form(t, "/pay")
	who := s.contact(c)
	who.Access[0].Rights = ledger.RightView
	if _, err := s.PutContact(s.Ctx, s.Meta(), who); err != nil {
		t.Fatal(err)
	}
	b.want("/", 200).has(t, "Betalen kan een collega", "!Betaal wat te laat is", "!Kies een of meer")
	b.want("/pay?due=1", 403)
	if p := b.do(http.MethodPost, "/pay", form.Encode()); p.StatusCode != http.StatusForbidden || len(s.attempts(c)) != 0 {
		t.Errorf("paid without the right to: %d", p.StatusCode)
	}
	who.State = ledger.ContactClosed
	if _, err := s.PutContact(s.Ctx, s.Meta(), who); err != nil {
		t.Fatal(err)
	}
	if p := b.get("/"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("a closed contact is still signed in: %d", p.StatusCode)
	}
}

// TestClosedPortal: when the firm switches its portal off, nothing of it is served, sessions and links included.
func TestClosedPortal(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	link, paying := s.signInLink(c), s.payLink(c, s.Account(c.ID).Documents[1])
	f := s.Firm
	f.Portal.Enabled = false
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/invoices", "/pay?all=1", "/sign-in", "/l/" + link.Token, "/p/" + paying.Token} {
		b.want(path, http.StatusNotFound).has(t, "Dit klantportaal is gesloten", "!2026-0412")
	}
}

// TestSeveralCustomers: one contact of two customers changes between them, and to no third.
func TestSeveralCustomers(t *testing.T) {
	s := open(t, nil)
	mine, other := s.busy(), s.secondCustomer()
	third := s.Customer("Derde")
	who := s.contact(mine)
	who.Access = append(who.Access, ledger.Access{Customer: other.ID, Rights: ledger.RightPay})
	if _, err := s.PutContact(s.Ctx, s.Meta(), who); err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.signIn(mine)
	p := b.want("/", 200)
	p.has(t, "Andere klantrekening", "Garage Peeters")
	if p := b.submit(p, "/customer", "customer", other.ID.String()); p.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", p.StatusCode)
	}
	b.want("/", 200).has(t, "77-0001", "!2026-0412")
	if p := b.submit(b.want("/", 200), "/customer", "customer", third.ID.String()); p.StatusCode != http.StatusNotFound {
		t.Errorf("a third customer: %d", p.StatusCode)
	}
	b.want("/", 200).has(t, "77-0001")
}
