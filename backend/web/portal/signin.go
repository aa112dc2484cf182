package portal

import (
	"context"
	"errors"
	"net/mail"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	outbox "github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/frontend/portal"
)

func (s *Server) signInPage(c *fiber.Ctx) error {
	if err := s.chosenFirm(c); err != nil {
		return err
	}
	f, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	if next := c.Query("next"); next != "" {
		s.remember(c, f, next)
	}
	v := &portal.SignIn{}
	switch {
	case c.Query("expired") != "":
		v.Note = p.T.SignIn.Expired
	case c.Query("out") != "":
		v.Note = p.T.SignIn.SignedOut
	}
	p.Title = p.T.SignIn.Title
	return show(c, fiber.StatusOK, portal.SignInPage(p, v))
}

// chosenFirm lets an address say at whose portal somebody wants to sign in, where several firms share it. A firm that is
// closed is as unknown as one that never was.
func (s *Server) chosenFirm(c *fiber.Ctx) error {
	var id ledger.FirmID
	if err := id.UnmarshalText([]byte(c.Query("firm"))); err != nil || id.IsZero() {
		return nil
	}
	f, err := s.firmOf(c, id)
	if fault.KindOf(err) == fault.NotFound || (err == nil && switchedOn(f) != nil) {
		return nil
	}
	if err != nil {
		return err
	}
	if host := hostOf("//" + string(c.Request().Header.Host())); s.firmsHost(host) && !atHost(f, host) {
		return nil // this address belongs to another firm
	}
	c.Locals(firmLocal, f)
	s.setCookie(c, f, firmCookie, f.ID.String(), languageLife)
	return nil
}

// signInAsk answers in the same words, and as fast, whether the address is known or not: looking it up and writing the
// mail happen after the answer.
func (s *Server) signInAsk(c *fiber.Ctx) error {
	f, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	browser := s.cookie(c, browserCookie)
	if !formBelieved(c, browser) {
		return errForm()
	}
	v := &portal.SignIn{Email: strings.TrimSpace(c.FormValue("email"))}
	p.Title = p.T.SignIn.Title
	a, err := mail.ParseAddress(v.Email)
	if err != nil || a.Address != v.Email || len(v.Email) > 254 {
		v.Error = p.T.SignIn.BadEmail
		return show(c, fiber.StatusUnprocessableEntity, portal.SignInPage(p, v))
	}
	if err := s.o.Sessions.MayAsk(f.ID, v.Email, web.ClientKey(c)); err != nil || !s.sendLink(f, v.Email, browser, p.Lang) {
		v.Error = p.T.SignIn.TooOften
		return show(c, fiber.StatusTooManyRequests, portal.SignInPage(p, v))
	}
	return c.Redirect("/sign-in/sent", fiber.StatusSeeOther)
}

// sendLink makes a link for an address, if it is known, and puts the mail in the outbox.
func (s *Server) sendLink(f ledger.Firm, email, browser, lang string) bool {
	return s.later("sign-in mail", func(ctx context.Context) error {
		o, who, known, err := s.o.Sessions.Ask(ctx, f.ID, email, browser)
		if err != nil || !known {
			return err
		}
		if portal.Speaks(who.Language) {
			lang = who.Language
		}
		m := journal.Meta{Firm: f.ID, Actor: journal.Actor{Kind: journal.Contact, ID: who.ID.String(), Name: who.Name}}
		_, err = s.o.Mail.EnqueueSignIn(ctx, m, outbox.SignIn{Customer: o.Customer, To: who.Email, Name: who.Name, Language: lang,
			URL: s.SignInURL(f, o.Token), Code: o.Code, Expires: o.Expires})
		return err
	})
}

func (s *Server) signInSent(c *fiber.Ctx) error {
	_, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	p.Title = p.T.SignIn.SentTitle
	return show(c, fiber.StatusOK, portal.SentPage(p, &portal.SignIn{}))
}

func (s *Server) signInCode(c *fiber.Ctx) error {
	f, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	browser := s.cookie(c, browserCookie)
	if !formBelieved(c, browser) {
		return errForm()
	}
	v, err := s.o.Sessions.RedeemCode(c.UserContext(), browser, c.FormValue("code"), from(c))
	if err == nil {
		return s.welcome(c, f, v)
	}
	say, status := &portal.SignIn{Error: p.T.SignIn.BadCode}, fiber.StatusUnprocessableEntity
	switch kind := fault.KindOf(err); kind {
	case fault.Unauthorized:
	case fault.Throttled:
		say.Error, status = p.T.SignIn.TooOften, web.Status(kind)
	default:
		return err
	}
	p.Title = p.T.SignIn.SentTitle
	return show(c, status, portal.SentPage(p, say))
}

// welcome starts the session in the browser. The browser's secret is replaced, so nothing from before is worth anything.
func (s *Server) welcome(c *fiber.Ctx, f ledger.Firm, v session.Visit) error {
	s.setCookie(c, f, visitCookie, v.Token, session.VisitAbsolute)
	s.setCookie(c, f, browserCookie, "", 0)
	s.setCookie(c, f, firmCookie, f.ID.String(), languageLife)
	return c.Redirect(s.next(c, f), fiber.StatusSeeOther)
}

// from is where a visitor is, for the list of their sessions.
func from(c *fiber.Ctx) session.From {
	return session.From{Agent: c.Get(fiber.HeaderUserAgent), Network: web.ClientKey(c)}
}

// linkPage is what stands behind a sign-in link. Looking changes nothing.
func (s *Server) linkPage(c *fiber.Ctx) error {
	token := c.Params("token")
	l, err := s.o.Sessions.Look(c.UserContext(), token, s.cookie(c, browserCookie))
	switch {
	case errors.Is(err, session.ErrLinkGone):
		return s.linkGone(c, token)
	case errors.Is(err, session.ErrOtherBrowser):
		return s.otherBrowser(c)
	case err != nil:
		return err
	}
	a, err := s.o.Books.Portal(l.Scope()).Account(c.UserContext())
	if err == nil {
		err = switchedOn(a.Firm)
	}
	if err != nil {
		return err
	}
	p := s.page(c, a.Firm, a.Customer.Language)
	p.CSRF = session.FormToken(token)
	p.Title = p.T.SignIn.Title
	view := &portal.OneButton{Action: "/l/" + token, Customer: a.Customer.Name}
	if next := c.Query("next"); next != "" {
		s.remember(c, a.Firm, next)
	}
	if l.Via != session.ViaMail {
		view.Script = s.assets.link("go.js") // somebody waits for it; no mail scanner ever sees it
	}
	return show(c, fiber.StatusOK, portal.OneButtonPage(p, view))
}

// linkGone is the same page for links that were used, have expired, were revoked or never existed.
func (s *Server) linkGone(c *fiber.Ctx, token string) error {
	_, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	p.Title = p.T.SignIn.GoneTitle
	return show(c, fiber.StatusGone, portal.MessagePage(p, &portal.Message{Icon: "clock", Title: p.T.SignIn.GoneTitle, Text: p.T.SignIn.GoneLead,
		Button: p.T.SignIn.GoneButton, URL: "/l/" + token + "/again", Post: true}))
}

func (s *Server) otherBrowser(c *fiber.Ctx) error {
	_, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	p.Title = p.T.SignIn.OtherTitle
	return show(c, fiber.StatusForbidden, portal.MessagePage(p, &portal.Message{Icon: "lock", Title: p.T.SignIn.OtherTitle, Text: p.T.SignIn.OtherLead,
		Button: p.T.SignIn.OtherButton, URL: "/sign-in"}))
}

// linkUse is the button: the only way in which a link is used up.
func (s *Server) linkUse(c *fiber.Ctx) error {
	token := c.Params("token")
	if !formBelieved(c, token) {
		return errForm()
	}
	v, err := s.o.Sessions.Redeem(c.UserContext(), token, s.cookie(c, browserCookie), from(c))
	switch {
	case errors.Is(err, session.ErrLinkGone):
		return s.linkGone(c, token)
	case errors.Is(err, session.ErrOtherBrowser):
		return s.otherBrowser(c)
	case err != nil:
		return err
	}
	f, err := s.firmOf(c, v.Scope.Firm)
	if err != nil {
		return err
	}
	return s.welcome(c, f, v)
}

// linkAgain sends a new link to the address that the firm knows, bound to this browser. A token that never was gets the
// same answer.
func (s *Server) linkAgain(c *fiber.Ctx) error {
	_, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	browser := s.cookie(c, browserCookie)
	if !formBelieved(c, browser) {
		return errForm()
	}
	firm, email, known := s.o.Sessions.Again(c.UserContext(), c.Params("token"))
	if err := s.o.Sessions.MayAsk(firm, email, web.ClientKey(c)); err != nil {
		return err
	}
	if known {
		f, err := s.firmOf(c, firm)
		if err != nil {
			return err
		}
		if !s.sendLink(f, email, browser, p.Lang) {
			return web.Throttled()
		}
	}
	return c.Redirect("/sign-in/sent", fiber.StatusSeeOther)
}

func (s *Server) firmOf(c *fiber.Ctx, id ledger.FirmID) (f ledger.Firm, err error) {
	err = s.o.Books.View(c.UserContext(), func(r *books.Reader) error { f, err = r.Firm(id); return err })
	return f, err
}

func (s *Server) signOut(c *fiber.Ctx) error {
	token := s.cookie(c, visitCookie)
	if token != "" && !formBelieved(c, token) {
		return errForm()
	}
	if err := s.o.Sessions.SignOut(c.UserContext(), token); err != nil {
		return err
	}
	f, err := s.currentFirm(c)
	if err != nil {
		return err
	}
	s.setCookie(c, f, visitCookie, "", 0)
	c.Set("Clear-Site-Data", `"cache"`)
	return c.Redirect("/sign-in?out=1", fiber.StatusSeeOther)
}

func (s *Server) switchCustomer(c *fiber.Ctx, v *visit) error {
	var id ledger.CustomerID
	if err := id.UnmarshalText([]byte(c.FormValue("customer"))); err != nil {
		return notHere()
	}
	if err := s.o.Sessions.Switch(c.UserContext(), v.token, id); err != nil {
		return err
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}

// setLanguage remembers the choice and goes back to where it was made.
func (s *Server) setLanguage(c *fiber.Ctx) error {
	f, err := s.currentFirm(c)
	if err != nil {
		return err
	}
	if lang := c.Params("lang"); portal.Speaks(lang) {
		s.setCookie(c, f, languageCookie, lang, languageLife)
	}
	return c.Redirect(ownPath(c.Query("back")), fiber.StatusSeeOther)
}

// ownPath lets only plain paths of this site through: "//evil", "/\evil" and "https:" lead home.
func ownPath(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") || len(s) > 500 {
		return "/"
	}
	return s
}

func notHere() error { return fault.NotFoundf("portal.unknown", "there is no such thing here") }
