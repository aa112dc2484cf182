package portal

import (
	"context"
	"errors"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/frontend/portal"
)

// choice is what the request wants to pay, from query or form.
type choice struct {
	documents []string // ids as they came
	all, due  bool
	credit    bool // use what is to the customer's credit
	currency  money.Currency
	own       string
	plan      string // what is due of a payment plan
}

// choose reads the choice. Unknown and foreign ids simply choose nothing.
func choose(c *fiber.Ctx) choice {
	args, form := c.Context().QueryArgs(), c.Context().PostArgs()
	one := func(name string) string {
		if c.Method() == fiber.MethodPost {
			return string(form.Peek(name))
		}
		return string(args.Peek(name))
	}
	ch := choice{all: one("all") == "1", due: one("due") == "1", credit: one("credit") == "1", currency: money.Currency(one("c")), own: strings.TrimSpace(one("amount")), plan: one("plan")}
	values := args.PeekMulti("d")
	if c.Method() == fiber.MethodPost {
		values = form.PeekMulti("d")
	}
	for _, v := range values {
		if ch.documents = append(ch.documents, string(v)); len(ch.documents) == maxChosen {
			break
		}
	}
	return ch
}

const maxChosen = 500

// fields carry the choice to the next request. "Everything" stays everything, so that addresses stay short.
func (ch choice) fields(c money.Currency) []portal.Hidden {
	h := []portal.Hidden{{Name: "c", Value: string(c)}}
	switch {
	case ch.plan != "":
		return append(h, portal.Hidden{Name: "plan", Value: ch.plan})
	case ch.all:
		return append(h, portal.Hidden{Name: "all", Value: "1"})
	case ch.due:
		h = append(h, portal.Hidden{Name: "due", Value: "1"})
	}
	for _, id := range ch.documents {
		h = append(h, portal.Hidden{Name: "d", Value: id})
	}
	return h
}

func (ch choice) address(c money.Currency, credit bool) string {
	q := url.Values{}
	for _, h := range ch.fields(c) {
		q.Add(h.Name, h.Value)
	}
	if credit {
		q.Set("credit", "1")
	}
	return "/pay?" + q.Encode()
}

// picks is how much of each open item the choice pays at most.
func (ch choice) picks(d *derived) func(ledger.OpenItem) int64 {
	if ch.plan != "" {
		p, ok := d.planOf(ch.plan)
		if !ok {
			return func(ledger.OpenItem) int64 { return 0 }
		}
		caps := d.planCaps(p)
		return func(i ledger.OpenItem) int64 { return caps[i.ID] }
	}
	wanted := map[string]bool{}
	for _, id := range ch.documents {
		wanted[id] = true
	}
	return func(i ledger.OpenItem) int64 {
		if ch.all || wanted[i.ID.String()] {
			return money.MaxMinor
		}
		if !ch.due {
			return 0
		}
		if late := d.late(i); late < i.Open.Minor {
			return late
		}
		return money.MaxMinor
	}
}

// in decides the currency: the one asked for, else the firm's if anything chosen is in it, else that of the oldest.
func (ch choice) in(d *derived) money.Currency {
	if ch.currency.Valid() {
		return ch.currency
	}
	picks, found := ch.picks(d), money.Currency("")
	for _, i := range d.acc.OpenItems(d.Today) {
		switch {
		case picks(i) <= 0:
		case i.Total.Currency == d.Firm.Currency:
			return d.Firm.Currency
		case found == "":
			found = i.Total.Currency
		}
	}
	if found == "" {
		return d.Firm.Currency
	}
	return found
}

// payView lays out the pay page for a choice.
func (s *Server) payView(c *fiber.Ctx, p *portal.Page, d *derived, ch choice) (*portal.Pay, order) {
	currency := ch.in(d)
	v := &portal.Pay{Customer: d.Customer.Name, Currency: currency, Key: session.NewBrowserSecret(), Back: "/"}
	picks := ch.picks(d)
	o := d.order(picks, currency, money.Amount{}, ch.credit && ch.own == "")
	if ch.own != "" {
		v.Own = ch.own
		own, ok := p.F.ParseAmount(ch.own, currency)
		switch {
		case !ok:
			v.OwnError = p.T.Pay.BadAmount
		case own.Cmp(o.full) > 0:
			v.OwnError = p.T.Pay.TooMuch.With("amount", p.F.Money(o.full))
		default:
			o = d.order(picks, currency, own, false)
		}
	}
	v.Lines, v.Full, v.Amount, v.Discount = o.lines, o.full, o.amount, o.discount
	for _, x := range d.credits(currency) {
		v.Credit = v.Credit.Add(x.spare)
	}
	if !p.Link && o.amount.Minor > 0 {
		v.TransferURL = strings.Replace(ch.address(currency, false), "/pay?", "/transfer?", 1)
	}
	v.Used, v.UseURL, v.Choice = o.credit, ch.address(currency, !ch.credit), ch.fields(currency)
	v.Busy = d.busy(o)
	if plan, ok := d.planOf(ch.plan); ok {
		_, last := d.dueNow(plan)
		whole := choice{currency: currency}
		for _, id := range plan.Documents {
			whole.documents = append(whole.documents, id.String())
		}
		v.Instalment, v.Instalments, v.WholeURL = last+1, len(plan.Instalments), whole.address(currency, false)
		v.Whole = d.order(whole.picks(d), currency, money.Amount{}, false).amount
	}
	if o.amount.Minor > 0 {
		v.Methods = s.methods(c, d, o.amount, p.Lang)
	}
	return v, o
}

// offerStored puts the visitor's stored methods before the others, the preferred one first and chosen: one confirmation
// pays. Storing the method of this payment is offered too.
func (s *Server) offerStored(c *fiber.Ctx, v *visit, d *derived, view *portal.Pay) error {
	if v == nil || !d.Firm.Portal.Shows(ledger.FeatureAutopay) || view.Amount.Minor == 0 {
		return nil
	}
	a, err := s.autopayOf(c, v)
	if err != nil {
		return err
	}
	view.Store = a.Policy.Store
	for i := range a.Mandates {
		m := &a.Mandates[i]
		if m.UsableOn(d.Today) && (m.Method != ledger.MethodDebit || view.Currency == "EUR") {
			view.Stored = append(view.Stored, storedView(&a, m))
		}
	}
	if len(view.Stored) > 0 {
		view.Stored[0].Chosen = true
		for i := range view.Methods {
			view.Methods[i].Chosen = false
		}
	}
	return nil
}

// busy is a payment that was started for one of the chosen documents and may still be paid: the customer is told, so that
// they do not pay twice.
func (d *derived) busy(o order) *portal.Progress {
	for _, x := range d.active {
		if x.State != ledger.AttemptOpen {
			continue
		}
		for _, l := range x.Lines {
			for _, m := range o.attempt {
				if l.Document == m.Document {
					p := d.progress(x)
					return &p
				}
			}
		}
	}
	return nil
}

// methods asks the provider what it offers for the amount; none when it does not answer in time.
func (s *Server) methods(c *fiber.Ctx, d *derived, amount money.Amount, lang string) (out []portal.Method) {
	ctx, stop := context.WithTimeout(c.UserContext(), providerWait)
	defer stop()
	found, err := s.o.Payments.Methods(ctx, d.Firm.ID, amount, lang)
	if err != nil {
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "no payment methods", slog.String("id", requestID(c)), slog.Any("error", err))
		return nil
	}
	last := d.lastMethod()
	for _, m := range found {
		out = append(out, portal.Method{ID: m.ID, Name: m.Name, Last: m.ID == last})
	}
	slices.SortStableFunc(out, func(x, y portal.Method) int { return -boolCompare(x.Last, y.Last) })
	if len(out) > 0 {
		out[0].Chosen = true
	}
	return out
}

func (s *Server) payPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	if v.Scope.Rights < ledger.RightPay {
		return errMayNotPay()
	}
	return s.showPay(c, p, v, derive(a), choose(c), "", fiber.StatusOK)
}

func errMayNotPay() error {
	return &fault.Error{Kind: fault.Denied, Code: "portal.view_only", Message: "You may look at the invoices but not pay them."}
}

func (s *Server) showPay(c *fiber.Ctx, p *portal.Page, v *visit, d *derived, ch choice, problem string, status int) error {
	view, _ := s.payView(c, p, d, ch)
	view.Action, view.Error = "/pay", problem
	if err := s.offerStored(c, v, d, view); err != nil {
		return err
	}
	if len(view.Lines) == 0 {
		p.Title, p.Here = p.T.Pay.Nothing, "open"
		return show(c, status, portal.MessagePage(p, &portal.Message{Icon: "check", Title: p.T.Pay.Nothing, Text: p.T.Account.ChooseFirst, Button: p.T.Common.Home, URL: "/"}))
	}
	p.Title = p.T.Pay.Title
	return show(c, status, portal.PayPage(p, view))
}

// payChosen is the bar under the list, asked for by htmx at every tick.
func (s *Server) payChosen(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	d, ch := derive(a), choose(c)
	o := d.order(ch.picks(d), ch.in(d), money.Amount{}, false)
	return show(c, fiber.StatusOK, portal.ChosenBar(p, &portal.Chosen{Currency: o.currency, Count: len(o.lines), Amount: o.amount}))
}

// payStart starts a payment and sends the payer on. The form's key makes sure that pressing twice pays once.
func (s *Server) payStart(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	if v.Scope.Rights < ledger.RightPay {
		return errMayNotPay()
	}
	d, ch := derive(a), choose(c)
	_, o := s.payView(c, p, d, ch)
	who := journal.Actor{Kind: journal.Contact, ID: v.Scope.Contact.String(), Name: v.Contact.Name}
	problem, err := s.useCredit(c, p, v, o, who)
	if err != nil {
		return err
	}
	if problem == "" && o.amount.Minor == 0 && o.credit.Minor > 0 {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	token := ""
	if problem == "" {
		if token, problem, err = s.payOrStore(c, p, v, a, d, o); err != nil {
			return err
		}
	}
	if problem != "" {
		if a, err = v.view.Account(c.UserContext()); err != nil {
			return err
		}
		return s.showPay(c, p, v, derive(a), ch, problem, fiber.StatusConflict)
	}
	s.setCookie(c, a.Firm, linkCookie, "", 0)
	return c.Redirect("/r/"+token+"/go", fiber.StatusSeeOther)
}

// payOrStore starts the payment, and with it the storing of its method where the visitor ticked and agreed to that.
func (s *Server) payOrStore(c *fiber.Ctx, p *portal.Page, v *visit, a books.PortalAccount, d *derived, o order) (token, problem string, err error) {
	method := c.FormValue("method")
	store := c.FormValue("save") == "1" && !strings.HasPrefix(method, "mdt_") && d.Firm.Portal.Shows(ledger.FeatureAutopay) &&
		slices.ContainsFunc(s.storable(c, v, p.Lang), func(m portal.Method) bool { return m.ID == method })
	if !store || o.amount.String() != c.FormValue("expect") {
		return s.start(c, p, d, o, v.Scope, v.actor(), v.Contact.Email)
	}
	return s.store(c, p, v, a, o.attempt)
}

// useCredit applies the credit that the order uses, before anything is charged. The form's key makes it happen once; a
// payment that is then broken off leaves the credit where the customer put it.
func (s *Server) useCredit(c *fiber.Ctx, p *portal.Page, v *visit, o order, who journal.Actor) (problem string, err error) {
	if o.credit.Minor == 0 {
		return "", nil
	}
	key := c.FormValue("key")
	if len(key) != len(session.NewBrowserSecret()) {
		return "", errForm()
	}
	if o.amount.String() != c.FormValue("expect") {
		return p.T.Pay.Changed, nil
	}
	for i, u := range o.uses {
		m := journal.Meta{Firm: v.Scope.Firm, Actor: who, Key: "portal/" + session.ReturnToken(key) + "/credit/" + strconv.Itoa(i)}
		if _, err := v.view.UseCredit(c.UserContext(), m, u.source, u.lines); err != nil {
			if fault.KindOf(err) == fault.Conflict || fault.KindOf(err) == fault.Invalid {
				return p.T.Pay.Changed, nil
			}
			return "", err
		}
	}
	return "", nil
}

// start checks that the payer saw the amount that will be charged, and makes the payment. problem is what to say when
// nothing was started.
func (s *Server) start(c *fiber.Ctx, p *portal.Page, d *derived, o order, scope books.Scope, who journal.Actor, email string) (token, problem string, err error) {
	if len(o.attempt) == 0 || o.amount.String() != c.FormValue("expect") {
		return s.again(c, p)
	}
	return s.begin(c, p, d.Firm, scope, o.attempt, func(ctx context.Context, m journal.Meta, back func(ledger.AttemptID) string) (ledger.Attempt, error) {
		order := pay.Order{Scope: scope, PayerEmail: email, Language: p.Lang, Lines: o.attempt,
			Method: ledger.Method(c.FormValue("method")), ReturnURL: back}
		if !strings.HasPrefix(c.FormValue("method"), "mdt_") {
			return s.o.Payments.Start(ctx, m, order)
		}
		id, err := parseMandate(c.FormValue("method"))
		if err != nil || len(scope.Documents) > 0 {
			return ledger.Attempt{}, notHere() // a pay link knows no stored methods
		}
		return s.o.Payments.Charge(ctx, m, order, id)
	}, who)
}

// again answers a form whose amount is no longer what would be charged: the payment that it started, when it was pressed
// twice, else that something has changed.
func (s *Server) again(c *fiber.Ctx, p *portal.Page) (token, problem string, err error) {
	if token, err = formKey(c); err != nil {
		return "", "", err
	}
	if id, _, err := s.o.Sessions.Return(c.UserContext(), token); err == nil && !id.IsZero() {
		return token, "", nil
	}
	return "", p.T.Pay.Changed, nil
}

// formKey is the return token of the form's own key, which makes what it starts happen once.
func formKey(c *fiber.Ctx) (token string, err error) {
	key := c.FormValue("key")
	if len(key) != len(session.NewBrowserSecret()) || !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationForm) {
		return "", errForm()
	}
	return session.ReturnToken(key), nil
}

// begin makes a payment once per form, with an address to come back to that is kept before the provider hears of it.
func (s *Server) begin(c *fiber.Ctx, p *portal.Page, f ledger.Firm, scope books.Scope, lines []ledger.AttemptLine,
	pay func(context.Context, journal.Meta, func(ledger.AttemptID) string) (ledger.Attempt, error), who journal.Actor) (token, problem string, err error) {
	if token, err = formKey(c); err != nil {
		return "", "", err
	}
	if id, _, err := s.o.Sessions.Return(c.UserContext(), token); err == nil && !id.IsZero() {
		return token, "", nil // pressed twice: the first one counts
	}
	ctx, stop := context.WithTimeout(c.UserContext(), webhookWait)
	defer stop()
	scope.Documents = nil
	for _, l := range lines {
		scope.Documents = append(scope.Documents, l.Document)
	}
	var kept error
	m := journal.Meta{Firm: scope.Firm, Actor: who, Key: "portal/" + token}
	x, err := pay(ctx, m, func(id ledger.AttemptID) string {
		// Kept before the provider hears of it: the payer must be able to come back whatever happens to us.
		kept = s.o.Sessions.KeepReturn(ctx, token, id, scope)
		return s.base(f) + "/r/" + token
	})
	switch {
	case kept != nil:
		return "", "", kept
	case err == nil && (x.CheckoutURL != "" || x.Sequence == ledger.Recurring):
		return token, "", nil
	case err == nil:
		return "", p.T.Pay.NotStarted, nil
	}
	s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "payment not started", slog.String("id", requestID(c)), slog.Any("error", err))
	switch fault.KindOf(err) {
	case fault.Conflict:
		return "", p.T.Pay.Changed, nil
	case fault.Internal, fault.Integrity:
		return "", "", err
	}
	return "", p.T.Pay.NotStarted, nil
}

// payLink opens a pay link: the account narrowed to its documents, and the page for it.
func (s *Server) payLink(c *fiber.Ctx) (session.Link, *derived, *portal.Page, error) {
	token := c.Params("token")
	l, err := s.o.Sessions.OpenPay(c.UserContext(), token)
	if err != nil {
		return l, nil, nil, err
	}
	a, err := s.o.Books.Portal(l.Scope()).Account(c.UserContext())
	if err == nil {
		err = switchedOn(a.Firm)
	}
	if err != nil {
		return l, nil, nil, err
	}
	p := s.page(c, a.Firm, a.Customer.Language)
	p.F.Today, p.Link, p.CSRF = a.Today, true, session.FormToken(token)
	p.Title = p.T.Pay.Title
	return l, derive(a), p, nil
}

// payLinkGone is the same page for links that have expired, were revoked or never existed.
func (s *Server) payLinkGone(c *fiber.Ctx, err error) error {
	if !errors.Is(err, session.ErrLinkGone) {
		return err
	}
	_, p, err := s.anonymous(c)
	if err != nil {
		return err
	}
	p.Title = p.T.Link.GoneTitle
	return show(c, fiber.StatusGone, portal.MessagePage(p, &portal.Message{Icon: "clock", Title: p.T.Link.GoneTitle, Text: p.T.Link.GoneLead,
		Button: p.T.SignIn.Title, URL: "/sign-in"}))
}

func (s *Server) payLinkPage(c *fiber.Ctx) error {
	_, d, p, err := s.payLink(c)
	if err != nil {
		return s.payLinkGone(c, err)
	}
	return s.showPayLink(c, p, d, "", fiber.StatusOK)
}

func (s *Server) showPayLink(c *fiber.Ctx, p *portal.Page, d *derived, problem string, status int) error {
	view, _ := s.payView(c, p, d, s.linkChoice(c, d))
	view.Action, view.Error, view.AskEmail, view.Credit, view.Choice = "/p/"+c.Params("token"), problem, true, money.Amount{}, nil
	view.Email, view.TransferURL = c.FormValue("email"), view.Action+"/transfer"
	if len(view.Lines) == 0 {
		if len(d.onWay) > 0 {
			return show(c, status, portal.MessagePage(p, &portal.Message{Icon: "way", Title: p.T.Result.PendingTitle, Text: p.T.Result.PendingLead}))
		}
		return show(c, status, portal.MessagePage(p, &portal.Message{Icon: "check", Title: p.T.Link.PaidTitle, Text: p.T.Link.PaidLead,
			Second: p.T.SignIn.Title, SecondURL: "/sign-in"}))
	}
	return show(c, status, portal.PayPage(p, view))
}

// linkChoice is always everything of the link; only the amount is the visitor's.
func (s *Server) linkChoice(c *fiber.Ctx, d *derived) choice {
	ch := choice{all: true, own: choose(c).own}
	if docs := d.acc.Documents; len(docs) > 0 {
		ch.currency = docs[0].Total.Currency
	}
	return ch
}

func (s *Server) payLinkStart(c *fiber.Ctx) error {
	l, d, p, err := s.payLink(c)
	if err != nil {
		return s.payLinkGone(c, err)
	}
	token := c.Params("token")
	if !formBelieved(c, token) {
		return errForm()
	}
	email := strings.TrimSpace(c.FormValue("email"))
	if a, err := netmail.ParseAddress(email); email != "" && (err != nil || a.Address != email || len(email) > 254) {
		return s.showPayLink(c, p, d, p.T.SignIn.BadEmail, fiber.StatusUnprocessableEntity)
	}
	_, o := s.payView(c, p, d, s.linkChoice(c, d))
	back, problem, err := s.start(c, p, d, o, l.Scope(), journal.Actor{Kind: journal.PayLink, ID: l.ID.String()}, email)
	if err != nil {
		return err
	}
	if problem != "" {
		return s.showPayLink(c, p, d, problem, fiber.StatusConflict)
	}
	s.setCookie(c, d.Firm, linkCookie, token, 24*time.Hour)
	return c.Redirect("/r/"+back+"/go", fiber.StatusSeeOther)
}

// witness is where the journal stands: its last entry's number and the beginning of its hash.
func (s *Server) witness(c *fiber.Ctx) string {
	w, err := s.o.Books.Log().Witness(c.UserContext())
	if err != nil {
		return ""
	}
	return w
}
