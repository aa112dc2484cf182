package portal

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	outbox "github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/frontend/portal"
)

// actor is the visitor in the journal.
func (v *visit) actor() journal.Actor {
	if v.Staff != "" {
		return journal.Actor{Kind: journal.User, Name: v.Staff}
	}
	a := journal.Actor{Kind: journal.Contact, Name: v.Contact.Name}
	if !v.Scope.Contact.IsZero() {
		a.ID = v.Scope.Contact.String()
	}
	return a
}

func (v *visit) meta() journal.Meta { return journal.Meta{Firm: v.Scope.Firm, Actor: v.actor()} }

// parseRights reads a right of the portal's forms.
func parseRights(s string) (ledger.Rights, bool) {
	i := slices.Index(portal.RightsNames, s)
	return ledger.Rights(max(0, i)), i >= 0 //nolint:gosec // one of three
}

func (s *Server) peoplePage(c *fiber.Ctx, v *visit) error {
	return s.showPeople(c, v, &portal.People{}, fiber.StatusOK)
}

func (s *Server) showPeople(c *fiber.Ctx, v *visit, say *portal.People, status int) error {
	list, err := v.view.Colleagues(c.UserContext())
	if err != nil {
		return err
	}
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	for _, x := range list {
		say.Rows = append(say.Rows, personOf(x, v))
	}
	if say.Rights == "" {
		say.Rights = "pay"
	}
	p.Title, p.Here, p.Path = p.T.People.Title, "contacts", "/contacts"
	return show(c, status, portal.PeoplePage(p, say))
}

func personOf(x ledger.Contact, v *visit) portal.Person {
	p := portal.Person{ID: x.ID.String(), Name: x.Name, Email: x.Email, Phone: x.Phone, Invited: x.State == ledger.ContactInvited, Me: x.ID == v.Scope.Contact}
	for _, a := range x.Access {
		p.Rights = portal.RightsNames[a.Rights]
	}
	return p
}

// peopleWords are what goes wrong with contacts, in the visitor's language; nil when it is not for this page.
func peopleWords(t *portal.Text, err error) string {
	switch fault.As(err).Code {
	case "contact.email":
		return t.SignIn.BadEmail
	case "contact.here":
		return t.People.Here
	case "contact.self":
		return t.People.Self
	case "contact.too_many":
		return t.People.TooMany
	case "contact.name":
		return t.Me.BadName
	case "contact.phone":
		return t.Me.BadPhone
	}
	return ""
}

// invite lets a colleague in and tells them by mail. Taking back an ended access sends no mail.
func (s *Server) invite(c *fiber.Ctx, v *visit) error {
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	form := &portal.People{Name: strings.TrimSpace(c.FormValue("name")), Email: strings.TrimSpace(c.FormValue("email")), Rights: c.FormValue("rights")}
	rights, ok := parseRights(form.Rights)
	if !ok {
		return fault.Invalidf("contact.rights", "this is not a right that a contact can have")
	}
	if !s.invites.Allow(v.Scope.Contact.String()) {
		return web.Throttled()
	}
	who, err := v.view.Invite(c.UserContext(), v.meta(), form.Name, form.Email, rights)
	if err != nil {
		if form.Error = peopleWords(p.T, err); form.Error == "" {
			return err
		}
		return s.showPeople(c, v, form, web.Status(fault.KindOf(err)))
	}
	if c.FormValue("undo") != "" {
		return s.showPeople(c, v, &portal.People{Note: p.T.People.DidUndo.With("name", who.Name)}, fiber.StatusOK)
	}
	if err := s.sendInvitation(c, v, who); err != nil {
		return err
	}
	return s.showPeople(c, v, &portal.People{Note: p.T.People.DidInvite.With("name", who.Name)}, fiber.StatusOK)
}

func (s *Server) sendInvitation(c *fiber.Ctx, v *visit, who ledger.Contact) error {
	a, err := v.view.Account(c.UserContext())
	if err != nil {
		return err
	}
	lang := who.Language
	if lang == "" {
		lang = a.Customer.Language
	}
	_, err = s.o.Mail.EnqueueInvitation(c.UserContext(), v.meta(), outbox.Invitation{Customer: v.Scope.Customer, CustomerName: a.Customer.Name,
		To: who.Email, Name: who.Name, By: v.Contact.Name, Language: lang, URL: s.base(a.Firm) + "/sign-in?firm=" + a.Firm.ID.String()})
	return err
}

func contactID(c *fiber.Ctx) (id ledger.ContactID, err error) {
	if err := id.UnmarshalText([]byte(c.FormValue("contact"))); err != nil || id.IsZero() {
		return id, notHere()
	}
	return id, nil
}

func (s *Server) setRights(c *fiber.Ctx, v *visit) error {
	id, err := contactID(c)
	if err != nil {
		return err
	}
	rights, ok := parseRights(c.FormValue("rights"))
	if !ok {
		return fault.Invalidf("contact.rights", "this is not a right that a contact can have")
	}
	who, err := v.view.SetRights(c.UserContext(), v.meta(), id, rights)
	return s.didPeople(c, v, err, func(t *portal.Text) *portal.People {
		return &portal.People{Note: t.People.DidChange.With("name", who.Name)}
	})
}

func (s *Server) closeContact(c *fiber.Ctx, v *visit) error {
	id, err := contactID(c)
	if err != nil {
		return err
	}
	before, err := v.view.Colleagues(c.UserContext())
	if err != nil {
		return err
	}
	who, err := v.view.Close(c.UserContext(), v.meta(), id)
	return s.didPeople(c, v, err, func(t *portal.Text) *portal.People {
		say := &portal.People{Note: t.People.DidClose.With("name", who.Name)}
		if i := slices.IndexFunc(before, func(x ledger.Contact) bool { return x.ID == id }); i >= 0 {
			undo := personOf(before[i], v)
			say.Undo = &undo
		}
		return say
	})
}

// didPeople shows the list again, with what was done or what was wrong.
func (s *Server) didPeople(c *fiber.Ctx, v *visit, err error, done func(*portal.Text) *portal.People) error {
	_, p, perr := s.account(c, v)
	if perr != nil {
		return perr
	}
	if err == nil {
		return s.showPeople(c, v, done(p.T), fiber.StatusOK)
	}
	words := peopleWords(p.T, err)
	if words == "" {
		return err
	}
	return s.showPeople(c, v, &portal.People{Error: words}, web.Status(fault.KindOf(err)))
}

func (s *Server) settingsPage(c *fiber.Ctx, v *visit) error {
	return s.showSettings(c, v, &portal.Settings{}, fiber.StatusOK)
}

const shownLooks = 20 // of the staff, on the visitor's page

func (s *Server) showSettings(c *fiber.Ctx, v *visit, say *portal.Settings, status int) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	say.Anonymous = v.Scope.Contact.IsZero()
	if say.Error == "" {
		say.Name, say.Phone, say.Language = v.Contact.Name, v.Contact.Phone, v.Contact.Language
	}
	if !portal.Speaks(say.Language) {
		say.Language = p.Lang
	}
	say.Email = v.Contact.Email
	say.Manage = v.Scope.Rights >= ledger.RightManage && a.Firm.Portal.Shows(ledger.FeatureContacts)
	say.Accounts = len(v.Contact.Access) > 1
	own, err := s.o.Sessions.Sessions(c.UserContext(), v.Visit)
	if err != nil {
		return err
	}
	for _, x := range own {
		say.Sessions = append(say.Sessions, portal.Session{ID: x.ID.String(), Device: device(p.T, x.From.Agent), Network: x.From.Network,
			Started: x.Started, Used: x.Used, Current: x.Current})
	}
	looks, err := v.view.StaffViews(c.UserContext(), shownLooks)
	if err != nil {
		return err
	}
	for _, e := range looks {
		say.Looks = append(say.Looks, portal.Look{Who: e.Actor.Name, At: e.At})
	}
	p.Title, p.Here, p.Path = p.T.Me.Title, "settings", "/settings"
	return show(c, status, portal.SettingsPage(p, say))
}

// describe changes the visitor's own details. The language that they choose is that of the pages from then on.
func (s *Server) describe(c *fiber.Ctx, v *visit) error {
	if v.Scope.Contact.IsZero() {
		return errRights()
	}
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	name, phone, lang := c.FormValue("name"), c.FormValue("phone"), c.FormValue("language")
	who, err := v.view.Describe(c.UserContext(), v.meta(), name, phone, lang)
	if err != nil {
		words := peopleWords(p.T, err)
		if words == "" {
			return err
		}
		return s.showSettings(c, v, &portal.Settings{Error: words, Name: name, Phone: phone, Language: lang}, web.Status(fault.KindOf(err)))
	}
	v.Contact = who
	s.setCookie(c, a.Firm, languageCookie, lang, languageLife)
	c.Request().Header.SetCookie(languageCookie, lang) // so that this page speaks it already
	c.Request().Header.SetCookie("__Host-"+languageCookie, lang)
	return s.showSettings(c, v, &portal.Settings{Note: portal.In(lang).Me.Saved}, fiber.StatusOK)
}

func (s *Server) endSessions(c *fiber.Ctx, v *visit) error {
	if c.FormValue("others") != "" {
		if _, err := s.o.Sessions.EndOthers(c.UserContext(), v.Visit); err != nil {
			return err
		}
	} else {
		var id session.VisitID
		if err := id.UnmarshalText([]byte(c.FormValue("session"))); err != nil || id.IsZero() {
			return notHere()
		}
		if err := s.o.Sessions.End(c.UserContext(), v.Visit, id); err != nil {
			return err
		}
	}
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	return s.showSettings(c, v, &portal.Settings{Note: p.T.Me.Ended}, fiber.StatusOK)
}

// device is what a browser calls itself, in words: "Firefox op Windows".
func device(t *portal.Text, agent string) string {
	pick := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := pick("Firefox/", "Firefox", "Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "CriOS/", "Chrome", "FxiOS/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := pick("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser == "" && system == "":
		return t.Me.UnknownDevice
	case browser == "" || system == "":
		return browser + system
	}
	return t.Me.DeviceOn.With("browser", browser, "system", system)
}

// accountsPage sums up all customers of the visitor: each is read through a scope of its own.
func (s *Server) accountsPage(c *fiber.Ctx, v *visit) error {
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	view, err := s.accountsView(c.UserContext(), v)
	if err != nil {
		return err
	}
	p.Title, p.Here, p.Path = p.T.Accounts.Title, "accounts", "/accounts"
	return show(c, fiber.StatusOK, portal.AccountsPage(p, view))
}

func (s *Server) accountsView(ctx context.Context, v *visit) (*portal.Accounts, error) {
	out := &portal.Accounts{}
	if v.Scope.Contact.IsZero() {
		return out, notHere()
	}
	list, err := v.view.Customers(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		a, err := v.view.At(x).Account(ctx)
		if err != nil {
			return nil, err
		}
		row := portal.AccountRow{ID: x.Customer.ID.String(), Name: x.Customer.Name, Number: x.Customer.Number, Current: x.Customer.ID == v.Scope.Customer}
		for _, b := range a.Account.Balances(a.Today) {
			sum := portal.AccountSum{Open: b.Gross, Overdue: b.Overdue, Credit: b.Unapplied}
			row.Sums = append(row.Sums, sum)
			out.Totals = addSum(out.Totals, sum)
		}
		if len(row.Sums) == 0 {
			zero := money.Of(0, a.Firm.Currency)
			row.Sums = []portal.AccountSum{{Open: zero, Overdue: zero, Credit: zero}}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func addSum(totals []portal.AccountSum, x portal.AccountSum) []portal.AccountSum {
	for i := range totals {
		if t := &totals[i]; t.Open.Currency == x.Open.Currency {
			t.Open, t.Overdue, t.Credit = t.Open.Add(x.Open), t.Overdue.Add(x.Overdue), t.Credit.Add(x.Credit)
			return totals
		}
	}
	return append(totals, x)
}
