package portal_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
	"github.com/voldaan/voldaan/frontend"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp's clock for Date headers and its worker pools live as long as the process.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// shop is a portal on a socket, over real books, real payments at the simulator and a real outbox.
type shop struct {
	*bookstest.Books
	t      testing.TB
	base   string
	links  *session.Portal
	outbox *mail.Outbox
	pay    *pay.Service
	sim    *simulator.Simulator
	server *portal.Server
	asks   *requests.Service
}

func open(t testing.TB, change func(*portal.Options)) *shop {
	t.Helper()
	s := &shop{Books: bookstest.Open(t), t: t}
	f := s.Firm
	f.TimeZone, f.Language, f.Phone, f.Email = "Europe/Amsterdam", "nl", "0570 555 012", "administratie@dekorenaar.example"
	f.VATID, f.ChamberNo, f.BIC = "NL004495445B01", "08123456", "ABNANL2A"
	f.Address = ledger.Address{Street: "Molenstraat 12", PostalCode: "7411 XA", City: "Deventer", Country: "NL"}
	f.Brand = ledger.Brand{Color: "#7a4b12"}
	f.Portal.Contact = ledger.PortalContact{Name: "Jolanda Veldhuis", Role: "debiteurenadministratie", Email: f.Email, Phone: f.Phone, Hours: "ma–vr 8.30–17.00"}
	f, err := s.UpdateFirm(s.Ctx, s.Meta(), f)
	if err != nil {
		t.Fatal(err)
	}
	s.Firm = f

	s.sim = simulator.New(simulator.Options{Clock: s.Clock})
	mollie := httptest.NewServer(s.sim)
	t.Cleanup(mollie.Close)
	s.pay = pay.New(pay.Options{Books: s.Books.Books, Engine: s.Engine, SimulatorURL: mollie.URL, Default: pay.ModeSimulator,
		HTTP: mollie.Client(), Sleep: func(context.Context, time.Duration) error { return nil }})
	s.outbox = mail.New(s.Books.Books, slog.New(slog.DiscardHandler))
	s.links = session.NewPortal(s.Books.Books)
	s.asks = requests.New(s.Books.Books, nil)
	o := portal.Options{Books: s.Books.Books, Sessions: s.links, Payments: s.pay, Requests: s.asks, Mail: s.outbox, Static: frontend.PortalStatic(),
		Logger: slog.New(slog.DiscardHandler), Address: func() string { return s.base }}
	if change != nil {
		change(&o)
	}
	if s.server, err = portal.New(o); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.base = "http://" + ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.server.App().Listener(ln) }()
	t.Cleanup(func() {
		if err := s.server.App().ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.server.Close()
	})
	// A server that is shut down before it has begun to listen never ends.
	s.browser().want("/healthz", 200)
	return s
}

// browser is a visitor: it keeps cookies and does not follow redirects by itself.
type browser struct {
	t    testing.TB
	shop *shop
	http *http.Client
	lang string
}

func (s *shop) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	tr := &http.Transport{}
	s.t.Cleanup(tr.CloseIdleConnections)
	return &browser{t: s.t, shop: s, http: &http.Client{Jar: jar, Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, lang: "nl"}
}

// page is an answer that has been read.
type page struct {
	*http.Response
	body string
}

func (b *browser) do(method, path, body string, header ...string) page {
	b.t.Helper()
	req, err := http.NewRequest(method, b.shop.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", b.lang)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.shop.base)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{res, string(raw)}
}

func (b *browser) get(path string) page { b.t.Helper(); return b.do(http.MethodGet, path, "") }

// want fetches a page that must be there.
func (b *browser) want(path string, status int) page {
	b.t.Helper()
	p := b.get(path)
	if p.StatusCode != status {
		b.t.Fatalf("GET %s: %d, want %d\n%s", path, p.StatusCode, status, words(p.body))
	}
	return p
}

var (
	formPart  = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	inputPart = regexp.MustCompile(`<input ([^>]*)>`)
	attrPart  = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
	tagPart   = regexp.MustCompile(`(?s)<(?:script|style)[^>]*>.*?</(?:script|style)>|<[^>]*>`)
)

func words(html string) string {
	return strings.Join(strings.Fields(tagPart.ReplaceAllString(html, " ")), " ")
}

// form reads the POST form of a page with what is filled in, as a browser would send it.
func (p page) form(t testing.TB, action string) url.Values {
	t.Helper()
	for _, m := range formPart.FindAllStringSubmatch(p.body, -1) {
		if m[1] != action {
			continue
		}
		v := url.Values{}
		for _, in := range inputPart.FindAllStringSubmatch(m[2], -1) {
			a := map[string]string{}
			for _, x := range attrPart.FindAllStringSubmatch(in[1], -1) {
				a[x[1]] = x[2]
			}
			if _, checked := a["checked"]; (a["type"] == "radio" || a["type"] == "checkbox") && !checked {
				continue
			}
			v.Add(a["name"], strings.NewReplacer("&amp;", "&", "&#34;", `"`).Replace(a["value"]))
		}
		return v
	}
	t.Fatalf("there is no form for %s in:\n%s", action, words(p.body))
	return nil
}

// submit sends the form for action that stands on the page, with changes.
func (b *browser) submit(p page, action string, changes ...string) page {
	b.t.Helper()
	v := p.form(b.t, action)
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return b.do(http.MethodPost, action, v.Encode())
}

// signIn issues a link for a customer's contact and presses its button.
func (b *browser) signIn(c ledger.Customer) {
	b.t.Helper()
	o := b.shop.signInLink(c)
	p := b.submit(b.want("/l/"+o.Token, 200), "/l/"+o.Token)
	if p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != "/" {
		b.t.Fatalf("signing in: %d %s", p.StatusCode, words(p.body))
	}
}

func (s *shop) contact(c ledger.Customer) (who ledger.Contact) {
	s.t.Helper()
	err := s.View(s.Ctx, func(r *books.Reader) error {
		list, err := r.ContactsOf(c.ID)
		if len(list) > 0 {
			who = list[0]
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

func (s *shop) signInLink(c ledger.Customer) session.Offer {
	s.t.Helper()
	o, err := s.links.IssueSignIn(s.Ctx, s.Meta(), c.ID, s.contact(c).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *shop) payLink(c ledger.Customer, docs ...ledger.Document) session.Offer {
	s.t.Helper()
	var ids []ledger.DocumentID
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	o, err := s.links.IssuePay(s.Ctx, s.Meta(), c.ID, ids, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// has fails when the page does not say something, or says what it must not ("!…").
func (p page) has(t testing.TB, texts ...string) {
	t.Helper()
	said := strings.ReplaceAll(words(p.body), "\u00a0", " ")
	for _, w := range texts {
		not := strings.HasPrefix(w, "!")
		if strings.Contains(said, strings.TrimPrefix(w, "!")) == not {
			t.Errorf("%s: %q in:\n%s", p.Request.URL.Path, w, said)
		}
	}
}

// busy fills a customer's account with a bit of everything.
func (s *shop) busy() ledger.Customer {
	s.t.Helper()
	c := s.Customer("Lunchroom De Linde")
	paid := s.Invoice(c, "2026-0398", "2026-04-02", "2026-05-02", 61_250)
	s.Pay(c, "2026-04-29", 61_250, ledger.Line{Document: paid.ID, Amount: 61_250})
	post := func(d ledger.Document) ledger.Document {
		d.Customer, d.Total.Currency = c.ID, "EUR"
		d, err := s.Post(s.Ctx, s.Meta(), d)
		if err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	post(ledger.Document{Number: "2026-0412", Issued: civil.MustParse("2026-05-19"), Due: civil.MustParse("2026-06-18"), Total: money.Of(91_000, "EUR"), PO: "44871"})
	part := post(ledger.Document{Number: "2026-0431", Issued: civil.MustParse("2026-06-03"), Due: civil.MustParse("2026-07-03"), Total: money.Of(48_400, "EUR"),
		Tax: []ledger.TaxPart{{RateMilli: 21_000, Base: 40_000, Tax: 8_400}}, PO: "44902", Reference: "RF18539007547034", Description: "Broodlevering week 22"})
	s.Pay(c, "2026-06-20", 20_000, ledger.Line{Document: part.ID, Amount: 20_000})
	post(ledger.Document{Number: "2026-0455", Issued: civil.MustParse("2026-06-25"), Due: civil.MustParse("2026-07-25"), Total: money.Of(257_250, "EUR"),
		Discount: ledger.DiscountTerms{BasisPoints: 200, Until: civil.MustParse("2026-07-05")}})
	post(ledger.Document{Type: ledger.CreditNote, Number: "C2026-0031", Issued: civil.MustParse("2026-06-10"), Total: money.Of(3_575, "EUR")})
	return c
}
