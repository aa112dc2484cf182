package portal

import (
	"encoding/base64"
	"errors"
	"hash/crc32"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/text/language"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/frontend/portal"
)

// Names of cookies. With https they carry the __Host- prefix: no other host or path can set them.
const (
	visitCookie    = "voldaan"
	browserCookie  = "voldaan-browser" // binds sign-in links to this browser, and forms before signing in
	languageCookie = "voldaan-lang"
	linkCookie     = "voldaan-link" // the pay link the payer came from, for "try again"
	nextCookie     = "voldaan-next" // where a visitor was going when they had to sign in
	firmCookie     = "voldaan-firm" // whose portal this browser was at last, where several firms share an address
)

const (
	languageLife = 365 * 24 * time.Hour
	nextLife     = 30 * time.Minute
	firmLocal    = "firm" // the firm of a page that has failed
)

// castagnoli is quick in hardware: a logo's address changes with the logo, on every page.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var matcher = language.NewMatcher([]language.Tag{language.Dutch, language.English, language.French, language.German})

// visit is one request of a signed-in customer.
type visit struct {
	session.Visit
	token string
	view  *books.PortalView
}

// account reads what the page needs and makes the page.
func (s *Server) account(c *fiber.Ctx, v *visit) (books.PortalAccount, *portal.Page, error) {
	a, err := v.view.Account(c.UserContext())
	if err == nil {
		err = switchedOn(a.Firm)
	}
	if err != nil {
		return a, nil, err
	}
	c.Locals(firmLocal, a.Firm)
	p := s.page(c, a.Firm, v.Contact.Language, a.Customer.Language)
	p.F.Today = a.Today
	p.CSRF = session.FormToken(v.token)
	p.Visitor = &portal.Visitor{Name: v.Contact.Name, Customer: a.Customer.Name, Number: a.Customer.Number,
		CanPay: v.Scope.Rights >= ledger.RightPay}
	p.Side = derive(a).side(p)
	p.Staff = v.Staff
	if err := s.news(c, v, a.Firm, p); err != nil {
		return a, nil, err
	}
	if len(v.Contact.Access) > 1 {
		list, err := v.view.Customers(c.UserContext())
		if err != nil {
			return a, nil, err
		}
		for _, x := range list {
			p.Visitor.Accounts = append(p.Visitor.Accounts, portal.Choice{ID: x.Customer.ID.String(), Name: x.Customer.Name, Detail: x.Customer.Number,
				Current: x.Customer.ID == v.Scope.Customer})
		}
	}
	return a, p, nil
}

// door is who may use a signed route.
type door struct {
	feature   ledger.Feature // that the firm must have switched on
	get, post ledger.Rights
}

// of makes a route part of a feature: where the firm has it switched off the page is not there.
func of(f ledger.Feature) func(*door) { return func(d *door) { d.feature = f } }

// needs asks for a right to look and to change.
func needs(r ledger.Rights) func(*door) { return func(d *door) { d.get, d.post = r, r } }

// anybody lets contacts who may only look send the form: what they ask or say, their own name, their own session.
func anybody(d *door) { d.post = ledger.RightView }

// signed lets a handler run for signed-in customers only. A POST must carry the session's form token and needs the right
// to pay, unless the route says otherwise.
func (s *Server) signed(next func(*fiber.Ctx, *visit) error, rules ...func(*door)) fiber.Handler {
	d := door{post: ledger.RightPay}
	for _, rule := range rules {
		rule(&d)
	}
	return func(c *fiber.Ctx) error {
		token := s.cookie(c, visitCookie)
		v, err := s.o.Sessions.Authenticate(c.UserContext(), token)
		if errors.Is(err, session.ErrNoSession) {
			return s.toSignIn(c, token != "")
		}
		if err != nil {
			return err
		}
		if err := s.mayPass(c, d, v, token); err != nil {
			return err
		}
		return next(c, &visit{Visit: v, token: token, view: s.o.Books.Portal(v.Scope)})
	}
}

func (s *Server) mayPass(c *fiber.Ctx, d door, v session.Visit, token string) error {
	if d.feature != "" {
		f, err := s.firmOf(c, v.Scope.Firm)
		if err != nil {
			return err
		}
		if !f.Portal.Shows(d.feature) {
			return notHere()
		}
	}
	right := d.get
	if c.Method() == fiber.MethodPost {
		if !formBelieved(c, token) {
			return errForm()
		}
		if v.Staff != "" {
			return errStaff()
		}
		right = d.post
	}
	if v.Scope.Rights < right {
		return errRights()
	}
	return nil
}

// errStaff refuses whatever a member of staff would change while they look as the customer.
func errStaff() error {
	return &fault.Error{Kind: fault.Denied, Code: "portal.staff_view", Message: "You look as the customer, read only. Nothing has changed."}
}

func errRights() error {
	return &fault.Error{Kind: fault.Denied, Code: "portal.rights", Message: "You may look at this account but not do this here. Ask a colleague who manages the contacts, or the firm, for more rights."}
}

func formBelieved(c *fiber.Ctx, secret string) bool {
	return secret != "" && c.FormValue("csrf") == session.FormToken(secret)
}

func errForm() error {
	return &fault.Error{Kind: fault.Denied, Code: "web.form", Message: "The form could not be trusted, so nothing was done. Go back, refresh the page and try again."}
}

// page is the frame of a page for a firm, in the first language that the portal speaks: what the visitor chose, what we
// know of them, what the browser asks for, the firm's.
func (s *Server) page(c *fiber.Ctx, f ledger.Firm, known ...string) *portal.Page {
	lang := s.language(c, f, known)
	t := portal.In(lang)
	p := &portal.Page{T: t, F: portal.Format{T: t, Today: civil.Today(s.clock, zoneOf(f)), Zone: zoneOf(f)}, Lang: lang, Firm: s.firm(f), Path: c.Path(), Assets: s.assets.links(f.Brand)}
	if len(f.Portal.Parents) > 0 && s.secure(f) {
		c.Set(fiber.HeaderContentSecurityPolicy, policyBase+"frame-ancestors 'self' "+strings.Join(f.Portal.Parents, " "))
		c.Response().Header.Del(fiber.HeaderXFrameOptions)
	}
	p.Shows = func(feature string) bool { return f.Portal.Shows(ledger.Feature(feature)) }
	if s.o.Practice != nil {
		p.Test = s.o.Practice(c.UserContext(), f.ID)
	}
	return p
}

func (s *Server) language(c *fiber.Ctx, f ledger.Firm, known []string) string {
	if l := s.cookie(c, languageCookie); portal.Speaks(l) {
		return l
	}
	for _, l := range known {
		if portal.Speaks(l) {
			return l
		}
	}
	if tags, _, err := language.ParseAcceptLanguage(c.Get(fiber.HeaderAcceptLanguage)); err == nil && len(tags) > 0 {
		if _, i, confidence := matcher.Match(tags...); confidence != language.No {
			return portal.Languages[i]
		}
	}
	if portal.Speaks(f.Language) {
		return f.Language
	}
	return "nl"
}

// zones are time zones by name: loading one reads and parses a file. Firms name them, so there are few.
var zones sync.Map

func zoneOf(f ledger.Firm) *time.Location {
	if z, ok := zones.Load(f.TimeZone); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(f.TimeZone)
	if err != nil {
		z = time.UTC
	}
	zones.Store(f.TimeZone, z)
	return z
}

// lines are the lines of a text, without empty ones.
func lines(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (s *Server) firm(f ledger.Firm) portal.Firm {
	p := portal.Firm{Name: f.Name, LegalName: f.LegalName, Color: f.Brand.Color, VATID: f.VATID, ChamberNo: f.ChamberNo, Website: f.Website,
		IBAN: f.IBAN, BIC: f.BIC, Footer: f.Brand.Footer, Legal: f.Brand.Legal, Cheque: lines(f.Portal.Cheque), Notice: f.Portal.Notice, Contact: portal.Contact(f.Portal.Contact)}
	if p.LegalName == "" {
		p.LegalName = f.Name
	}
	if p.Contact.Email == "" {
		p.Contact.Email = f.Email
	}
	if p.Contact.Phone == "" {
		p.Contact.Phone = f.Phone
	}
	if f.Address.Street != "" {
		p.Address = append(p.Address, f.Address.Street)
	}
	if place := strings.TrimSpace(f.Address.PostalCode + " " + f.Address.City); place != "" {
		p.Address = append(p.Address, place)
	}
	if len(f.Brand.Logo) > 0 {
		p.LogoURL = "/assets/logo/" + f.ID.String() + "?v=" + strconv.FormatUint(uint64(crc32.Checksum(f.Brand.Logo, castagnoli)), 36)
	}
	return p
}

// currentFirm is whose portal a visitor is at before we know them: the firm whose address this is, else the one whose
// pages this browser saw last, else the first that is open.
func (s *Server) currentFirm(c *fiber.Ctx) (ledger.Firm, error) {
	host, last := hostOf("//"+string(c.Request().Header.Host())), s.rawCookie(c, firmCookie)
	if f, ok := c.Locals(firmLocal).(ledger.Firm); ok {
		return f, switchedOn(f) // the page knows whose it is
	}
	var first, match, before ledger.Firm
	err := s.o.Books.View(c.UserContext(), func(r *books.Reader) error {
		firms, err := r.Firms()
		for _, f := range firms {
			if f.Archived || !f.Portal.Enabled {
				continue
			}
			if first.ID.IsZero() {
				first = f
			}
			if atHost(f, host) {
				match = f
			}
			if last != "" && f.ID.String() == last {
				before = f
			}
		}
		return err
	})
	switch {
	case err != nil:
		return first, err
	case !match.ID.IsZero():
		return match, nil
	case !before.ID.IsZero():
		return before, nil
	case first.ID.IsZero():
		return first, errOff()
	}
	return first, nil
}

func errOff() error { return fault.NotFoundf("portal.off", "this customer portal is closed") }

// switchedOn refuses what belongs to a firm that has closed its portal, links and sessions from before included.
func switchedOn(f ledger.Firm) error {
	if f.Archived || !f.Portal.Enabled {
		return errOff()
	}
	return nil
}

// anonymous is a page for somebody who is not signed in. It makes sure that the browser has its secret.
func (s *Server) anonymous(c *fiber.Ctx) (ledger.Firm, *portal.Page, error) {
	f, err := s.currentFirm(c)
	if err != nil {
		return f, nil, err
	}
	p := s.page(c, f)
	p.CSRF = session.FormToken(s.browser(c, f))
	return f, p, nil
}

// browser is the browser's own secret; one is made when it has none yet.
func (s *Server) browser(c *fiber.Ctx, f ledger.Firm) string {
	if v := s.cookie(c, browserCookie); v != "" {
		return v
	}
	v := session.NewBrowserSecret()
	s.setCookie(c, f, browserCookie, v, 24*time.Hour)
	return v
}

func (s *Server) secure(f ledger.Firm) bool { return strings.HasPrefix(s.base(f), "https://") }

func (s *Server) setCookie(c *fiber.Ctx, f ledger.Firm, name, value string, life time.Duration) {
	k := fasthttp.AcquireCookie()
	defer fasthttp.ReleaseCookie(k)
	k.SetKey(name)
	k.SetValue(value)
	k.SetPath("/")
	k.SetHTTPOnly(true)
	k.SetSameSite(fasthttp.CookieSameSiteLaxMode)
	k.SetMaxAge(int(life.Seconds()))
	if s.secure(f) {
		k.SetKey("__Host-" + name)
		k.SetSecure(true)
		if len(f.Portal.Parents) > 0 {
			// Within another site's page only such a cookie is sent at all. Partitioned keeps it apart for each of
			// those sites; forms are believed by their token and their origin, never by the cookie alone.
			k.SetSameSite(fasthttp.CookieSameSiteNoneMode)
			k.SetPartitioned(true)
		}
	}
	if value == "" {
		k.SetMaxAge(-1)
		k.SetExpire(time.Unix(0, 0))
	}
	c.Response().Header.Add(fiber.HeaderSetCookie, k.String())
}

// rawCookie is a cookie that is only a convenience: it may come from anywhere.
func (s *Server) rawCookie(c *fiber.Ctx, name string) string {
	if v := c.Cookies("__Host-" + name); v != "" {
		return v
	}
	return c.Cookies(name)
}

// toSignIn leads to the sign-in page and remembers where the visitor was going.
func (s *Server) toSignIn(c *fiber.Ctx, expired bool) error {
	f, err := s.currentFirm(c)
	if err != nil {
		return err
	}
	if c.Method() == fiber.MethodGet && c.Get("HX-Request") == "" {
		s.remember(c, f, string(c.Request().RequestURI()))
	}
	to := "/sign-in"
	if expired {
		to = "/sign-in?expired=1"
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// remember keeps a path of this site for after the sign-in.
func (s *Server) remember(c *fiber.Ctx, f ledger.Firm, path string) {
	if path = ownPath(path); path != "/" {
		s.setCookie(c, f, nextCookie, base64.RawURLEncoding.EncodeToString([]byte(path)), nextLife)
	}
}

// next is where a visitor was going, once.
func (s *Server) next(c *fiber.Ctx, f ledger.Firm) string {
	v := s.rawCookie(c, nextCookie)
	if v == "" {
		return "/"
	}
	s.setCookie(c, f, nextCookie, "", 0)
	b, err := base64.RawURLEncoding.DecodeString(v)
	if err != nil {
		return "/"
	}
	return ownPath(string(b))
}

// cookie is a cookie's value. Where customers come by https only the strict name counts: a plain one could have been
// planted by somebody on the network or by another host of the domain.
func (s *Server) cookie(c *fiber.Ctx, name string) string {
	if v := c.Cookies("__Host-" + name); v != "" || s.strict(c) {
		return v
	}
	return c.Cookies(name)
}

// strict reports whether the visitor came by an address that the firm has published with https.
func (s *Server) strict(c *fiber.Ctx) bool {
	if s.o.PublicURL != "" {
		return strings.HasPrefix(s.o.PublicURL, "https://")
	}
	host := hostOf("//" + string(c.Request().Header.Host()))
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return false
	}
	f, err := s.currentFirm(c)
	return err != nil || s.secure(f)
}

// show renders a page. It is written to the answer's buffer, so an error in the middle becomes an error page.
func show(c *fiber.Ctx, status int, page templ.Component) error {
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return page.Render(c.UserContext(), c.Response().BodyWriter())
}

// renderFault shows any error as a page in the visitor's language. It never says more than the kind of error: for a
// customer, "not yours" and "not there" must look the same.
func (s *Server) renderFault(c *fiber.Ctx, e *fault.Error, status int) error {
	c.Response().ResetBody()
	f, err := s.currentFirm(c)
	if err != nil {
		f = ledger.Firm{Name: "Voldaan"}
	}
	p := s.page(c, f)
	t := &p.T.Errors
	m := &portal.Message{Icon: "alert", Button: p.T.Common.Home, URL: "/"}
	switch {
	case e.Code == "portal.off":
		m.Title, m.Text, m.Icon, m.Button = t.OffTitle, t.Off, "lock", ""
	case e.Code == "portal.rights":
		m.Title, m.Text, m.Icon = t.RightsTitle, t.Rights, "lock"
	case e.Code == "portal.staff_view":
		m.Title, m.Text, m.Icon = t.StaffTitle, t.Staff, "lock"
	case e.Kind == fault.TooLarge:
		m.Title, m.Text = t.InvalidTitle, string(p.T.Ask.Faults["file.size"])
	case e.Kind == fault.NotFound:
		m.Title, m.Text, m.Icon = t.NotFoundTitle, t.NotFound, "search"
	case e.Kind == fault.Throttled:
		m.Title, m.Text, m.Icon = t.ThrottledTitle, t.Throttled, "clock"
	case e.Kind == fault.Denied || e.Kind == fault.Unauthorized:
		m.Title, m.Text, m.Icon = t.DeniedTitle, t.Denied, "lock"
	case e.Kind == fault.Unavailable || e.Kind == fault.InUse:
		m.Title, m.Text, m.Icon = t.UnavailableTitle, t.Unavailable, "clock"
	case status >= 500:
		m.Title, m.Text, m.Detail = t.InternalTitle, t.Internal, t.Number.With("id", requestID(c))
	default:
		m.Title, m.Text = t.InvalidTitle, t.Invalid
	}
	p.Title = m.Title
	p.Path = "/"
	return show(c, status, portal.MessagePage(p, m))
}
