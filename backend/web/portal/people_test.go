package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

// rights gives a customer's contact other rights.
func (s *shop) rights(c ledger.Customer, r ledger.Rights) ledger.Contact {
	s.t.Helper()
	who := s.contact(c)
	who.Access[0].Rights = r
	who, err := s.PutContact(s.Ctx, s.Meta(), who)
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

// fill is a request for a route with values that are well-formed and belong to nobody.
func fill(r portal.Route, csrf string) (path, form string) {
	v := url.Values{"csrf": {csrf}, "key": {session.NewBrowserSecret()}, "method": {"ideal"}, "c": {"EUR"}, "rights": {"view"},
		"email": {"nieuw@example.nl"}, "name": {"Nieuw"}, "language": {"nl"}}
	path = r.Path
	for _, id := range r.IDs {
		path = strings.Replace(path, ":"+id.Name, id.Kind+"_0", 1)
		if id.In == "form" {
			v.Set(id.Name, id.Kind+"_0")
		}
	}
	return path, v.Encode()
}

// TestStaffLookOnly: a member of staff sees what the customer sees; every form is refused; the customer sees who looked.
func TestStaffLookOnly(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	o, err := s.links.IssueStaffView(s.Ctx, journal.Meta{Firm: s.Firm.ID, Actor: journal.Actor{Kind: journal.User, ID: "usr_1", Name: "Jan de Vries"}}, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	staff := s.browser()
	door := staff.want("/l/"+o.Token, 200)
	if !strings.Contains(door.body, "/assets/go.js") {
		t.Error("the page does not open by itself")
	}
	if p := staff.submit(door, "/l/"+o.Token); p.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", p.StatusCode)
	}
	p := staff.want("/", 200)
	p.has(t, "als medewerker Jan de Vries", "2026-0412", "Betalen kan een collega", "!Betaal wat te laat is")
	csrf := p.form(t, "/sign-out").Get("csrf")
	before, _, _ := s.Log().Head(s.Ctx)
	tried := 0
	for _, r := range portal.Routes() {
		if r.Access != portal.Signed || r.Method != http.MethodPost {
			continue
		}
		path, form := fill(r, csrf)
		if p := staff.do(http.MethodPost, path, form); p.StatusCode != http.StatusForbidden && p.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s as staff: %d", r.Path, p.StatusCode)
		}
		tried++
	}
	if after, _, _ := s.Log().Head(s.Ctx); after != before || tried < 5 {
		t.Errorf("%d forms wrote %d entries", tried, after-before)
	}
	b := s.browser()
	b.signIn(c)
	b.want("/settings", 200).has(t, "Medewerker Jan de Vries bekeek uw pagina’s", "!als medewerker")
	s.Clock.Advance(session.StaffView)
	if p := staff.get("/"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("the look lasts too long: %d", p.StatusCode)
	}
}

// TestViewOnlyChangesNothing: whoever may only look is refused every form but those that are for everybody.
func TestViewOnlyChangesNothing(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	s.rights(c, ledger.RightView)
	b := s.browser()
	b.signIn(c)
	everybody := map[string]bool{"/customer": true, "/settings": true, "/notices": true, "/settings/sessions": true}
	for _, r := range portal.Routes() {
		if r.Access != portal.Signed || r.Method != http.MethodPost || everybody[r.Path] ||
			strings.HasPrefix(r.Path, "/requests/") || strings.HasPrefix(r.Path, "/messages/") { // what these need depends on what is asked: TestAskingNeedsRights
			continue
		}
		path, form := fill(r, b.want("/", 200).form(t, "/sign-out").Get("csrf"))
		p := b.do(http.MethodPost, path, form)
		if p.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %d", r.Path, p.StatusCode)
		}
		p.has(t, "meer rechten nodig")
	}
	b.want("/contacts", 403).has(t, "Een collega die de contactpersonen beheert")
}

// TestColleagues: who manages the contacts invites, changes and ends; never themselves, never somebody of another customer.
func TestColleagues(t *testing.T) {
	s := open(t, nil)
	c, other := s.busy(), s.secondCustomer()
	me := s.rights(c, ledger.RightManage)
	b := s.browser()
	b.signIn(c)
	p := b.submit(b.want("/contacts", 200), "/contacts", "email", "collega@linde.example", "name", "Noor Kok", "rights", "view")
	p.has(t, "Noor Kok is uitgenodigd", "uitgenodigd", "Bekijken")
	list, err := s.outbox.List(s.Ctx, s.Firm.ID, mail.Query{})
	if err != nil || len(list) != 1 || list[0].Kind != mail.KindInvitation || list[0].To != "collega@linde.example" {
		t.Fatalf("%+v %v", list, err)
	}
	b.submit(p, "/contacts", "email", "collega@linde.example", "rights", "pay").has(t, "heeft al toegang")

	form := func(p page) (id string) { return p.form(t, "/contacts/rights").Get("contact") }
	p = b.want("/contacts", 200)
	b.submit(p, "/contacts/rights", "rights", "pay").has(t, "De rechten van Noor Kok zijn gewijzigd", "Bekijken en betalen")
	for _, id := range []string{me.ID.String(), s.contact(other).ID.String(), "con_0"} {
		for _, path := range []string{"/contacts/rights", "/contacts/close"} {
			want := http.StatusNotFound
			if id == me.ID.String() {
				want = http.StatusConflict
			}
			if p := b.submit(p, path, "contact", id, "rights", "view"); p.StatusCode != want {
				t.Errorf("%s of %s: %d", path, id, p.StatusCode)
			}
		}
	}

	// The colleague signs in, is no longer "invited", and is out at once when the access ends; undo lets them in again.
	noor := s.browser()
	noor.ask("collega@linde.example")
	s.server.Close()
	_, code := s.letterTo("collega@linde.example")
	noor.submit(noor.want("/sign-in/sent", 200), "/sign-in/code", "code", code)
	noor.want("/", 200).has(t, "Lunchroom De Linde")
	b.want("/contacts", 200).has(t, "!uitgenodigd")
	closed := b.submit(b.want("/contacts", 200), "/contacts/close", "contact", form(p))
	closed.has(t, "Noor Kok heeft geen toegang meer", "Ongedaan maken")
	if p := noor.get("/"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("still in: %d", p.StatusCode)
	}
	b.submit(closed, "/contacts").has(t, "heeft weer toegang", "Bekijken en betalen")
	if list, _ := s.outbox.List(s.Ctx, s.Firm.ID, mail.Query{}); len(list) != 2 {
		t.Errorf("%d mails", len(list))
	}
}

// TestOwnSessions: the list says where; one and all others can be ended, and only one's own.
func TestOwnSessions(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	phone, desk := s.browser(), s.browser()
	phone.signIn(c)
	desk.signIn(c)
	p := desk.do(http.MethodGet, "/settings", "")
	p.has(t, "dit apparaat", "Beëindigen", "127.0.0.1")
	if got := strings.Count(p.body, `name="session"`); got != 1 {
		t.Fatalf("%d sessions can be ended", got)
	}
	desk.submit(p, "/settings/sessions", "others", "1").has(t, "Beëindigd", "!Beëindigen")
	if p := phone.get("/"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("still in: %d", p.StatusCode)
	}
	desk.want("/", 200)
	desk.submit(desk.want("/settings", 200), "/settings", "name", "Linda", "language", "de", "phone", "0570 1").has(t, "Ihre Angaben sind gespeichert")
	if who := s.contact(c); who.Name != "Linda" || who.Language != "de" {
		t.Errorf("%+v", who)
	}
}

// TestDeepLink: where a visitor was going survives the sign-in; only paths of this site count.
func TestDeepLink(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	for from, to := range map[string]string{"/invoices?show=paid": "/invoices?show=paid", "/sign-in?next=%2Fpayments": "/payments",
		"/sign-in?next=https%3A%2F%2Fevil.example": "/", "/sign-in?next=%2F%2Fevil.example": "/", "/sign-in?next=%2F%5Cevil": "/"} {
		b := s.browser()
		b.get(from)
		o := s.signInLink(c)
		if p := b.submit(b.want("/l/"+o.Token, 200), "/l/"+o.Token); p.Header.Get("Location") != to {
			t.Errorf("%s leads to %s, want %s", from, p.Header.Get("Location"), to)
		}
	}
}

// TestHandoff: another system of the firm lets a contact in, once.
func TestHandoff(t *testing.T) {
	s := open(t, nil)
	c, other := s.busy(), s.secondCustomer()
	o, err := s.links.IssueHandoff(s.Ctx, s.Meta(), c.ID, s.contact(c).ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.links.IssueHandoff(s.Ctx, s.Meta(), other.ID, s.contact(c).ID); err == nil {
		t.Error("a contact got into an account that is not theirs")
	}
	b := s.browser()
	p := b.submit(b.want("/l/"+o.Token+"?next=%2Finvoices", 200), "/l/"+o.Token)
	if p.Header.Get("Location") != "/invoices" {
		t.Errorf("%d %s", p.StatusCode, p.Header.Get("Location"))
	}
	b.want("/invoices", 200)
	s.browser().want("/l/"+o.Token, http.StatusGone)
}

// TestFeatureOff: what the firm has switched off is not there.
func TestFeatureOff(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	s.rights(c, ledger.RightManage)
	b := s.browser()
	b.signIn(c)
	b.want("/settings", 200).has(t, "Contactpersonen")
	f := s.Firm
	f.Portal.Switch(ledger.FeatureContacts, false)
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	b.want("/contacts", 404)
	b.want("/settings", 200).has(t, "!Contactpersonen")
}

// TestEmbedding: only allow-listed parents may show the portal, and only then are its cookies sent there.
func TestEmbedding(t *testing.T) {
	s := open(t, func(o *portal.Options) { o.PublicURL = "https://betalen.example" })
	c := s.busy()
	o := s.signInLink(c)
	b := s.browser()
	if h := b.want("/sign-in", 200).Header; !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Frame-Options") != "DENY" {
		t.Errorf("%v", h)
	}
	f := s.Firm
	f.Portal.Parents = []string{"https://extranet.example"}
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	p := b.want("/l/"+o.Token, 200)
	if h := p.Header; !strings.HasSuffix(h.Get("Content-Security-Policy"), "frame-ancestors 'self' https://extranet.example") || h.Get("X-Frame-Options") != "" {
		t.Errorf("%v", h)
	}
	p = b.do(http.MethodPost, "/l/"+o.Token, p.form(t, "/l/"+o.Token).Encode(), "Origin", "https://betalen.example")
	cookies := strings.Join(p.Header.Values("Set-Cookie"), "\n")
	for _, part := range []string{"__Host-voldaan=", "SameSite=None", "Partitioned", "secure", "HttpOnly"} {
		if !strings.Contains(cookies, part) {
			t.Errorf("no %s in %s", part, cookies)
		}
	}
}

// TestBrand: typeface, legal text and cheque address are the firm's; a host name leads to its own firm.
func TestBrand(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	f := s.Firm
	f.Brand.Font, f.Brand.Legal, f.Portal.Cheque = ledger.FontSerif, "Op al onze leveringen zijn voorwaarden van toepassing.", "Postbus 12\n7400 AA Deventer"
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.signIn(c)
	p := b.want("/pay?all=1&c=EUR", 200)
	p.has(t, "Op al onze leveringen", "Cheque sturen naar Postbus 12 7400 AA Deventer")
	if !strings.Contains(p.body, "f=serif") || strings.Contains(p.body, "preload") {
		t.Error("the page loads another typeface")
	}
	if css := b.want("/assets/brand.css?c=7a4b12&f=serif", 200).body; !strings.Contains(css, "Georgia") || strings.Contains(css, "@font-face") {
		t.Error(css)
	}

	second, err := s.CreateFirm(s.Ctx, s.Meta(), ledger.Firm{Name: "Molen De Hoop", Country: "NL", Currency: "EUR", Language: "nl",
		Portal: ledger.PortalSettings{Enabled: true, Hosts: []string{"molen.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.browser().do(http.MethodGet, "/sign-in", "", "Accept", "text/html").has(t, "!Molen De Hoop")
	other := s.browser()
	other.want("/sign-in?firm="+second.ID.String(), 200).has(t, "Molen De Hoop", "!Cheque", "!Op al onze leveringen")
	other.want("/sign-in", 200).has(t, "Molen De Hoop")
	// A session of the first firm shows the first firm, whatever the browser saw before, also on its error pages.
	other.signIn(c)
	other.want("/", 200).has(t, "!Molen De Hoop")
	other.want("/invoices/doc_0", 404).has(t, "!Molen De Hoop")
	// The same e-mail address at the other firm is somebody else: nobody there.
	if _, _, known, err := s.links.Ask(s.Ctx, second.ID, "klant00001@example.nl", "browser"); err != nil || known {
		t.Errorf("known at the other firm: %v %v", known, err)
	}
}
