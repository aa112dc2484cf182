package portal

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/frontend/portal"
)

// consentVersion is the version of the mandate's text in the portal's locales; a new text gets a new version.
const consentVersion = "2026-11"

// consent is what the visitor agrees to, as the page shows it, and where they did.
func consent(c *fiber.Ctx, p *portal.Page, v *visit) ledger.Consent {
	return ledger.Consent{Text: p.T.Stored.Consent.With("firm", p.Firm.LegalName), Version: consentVersion + "/" + p.Lang, By: v.Contact.Name, Where: "portal, " + c.IP()}
}

func (s *Server) autopayOf(c *fiber.Ctx, v *visit) (books.PortalAutopay, error) {
	return v.view.Autopay(c.UserContext(), s.o.Payments.Mode(c.UserContext(), v.Scope.Firm))
}

func storedView(a *books.PortalAutopay, m *ledger.Mandate) portal.Stored {
	return portal.Stored{ID: m.ID.String(), Method: string(m.Method), Label: m.Label, Last4: m.Last4, Holder: m.Holder, By: by(a, m),
		On: civil.In(m.Created, zoneOf(a.Account.Firm)), Until: m.Expires, State: books.MandateStateName(m.State), Preferred: m.Preferred,
		Autopay: a.Autopay.Mandate == m.ID && a.Autopay.State == ledger.AutopayOn, ConsentText: m.Consent.Text, ConsentNumber: m.Reference}
}

func by(a *books.PortalAutopay, m *ledger.Mandate) string {
	if name := a.Contacts[m.Contact]; name != "" {
		return name
	}
	return m.Consent.By
}

func (s *Server) methodsPage(c *fiber.Ctx, v *visit) error {
	return s.showMethods(c, v, "", fiber.StatusOK)
}

func (s *Server) showMethods(c *fiber.Ctx, v *visit, problem string, status int) error {
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	a, err := s.autopayOf(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Stored.Title, "methods"
	view := &portal.StoredMethods{Change: v.Scope.Rights >= ledger.RightPay, Key: session.NewBrowserSecret(), Error: problem}
	for i := range a.Mandates {
		view.List = append(view.List, storedView(&a, &a.Mandates[i]))
	}
	switch c.Query("done") {
	case "removed":
		view.Note = p.T.Stored.Removed
	case "preferred":
		view.Note = p.T.Stored.PreferredNow
	}
	if view.Change && a.Policy.Store {
		view.Add = s.storable(c, v, p.Lang)
	}
	return show(c, status, portal.StoredMethodsPage(p, view))
}

// storable are the methods that can be stored; none when the provider does not answer in time.
func (s *Server) storable(c *fiber.Ctx, v *visit, lang string) (out []portal.Method) {
	ctx, stop := context.WithTimeout(c.UserContext(), providerWait)
	defer stop()
	found, err := s.o.Payments.Storable(ctx, v.Scope.Firm, lang)
	if err != nil {
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "no methods to store", slog.String("id", requestID(c)), slog.Any("error", err))
	}
	for _, m := range found {
		out = append(out, portal.Method{ID: m.ID, Name: m.Name})
	}
	return out
}

// methodAdd begins to store a method, and sends the visitor on to confirm it.
func (s *Server) methodAdd(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	if c.FormValue("agree") != "1" {
		return s.showMethods(c, v, p.T.Autopay.AgreeFirst, fiber.StatusUnprocessableEntity)
	}
	token, problem, err := s.store(c, p, v, a, nil)
	if err != nil {
		return err
	}
	if problem != "" {
		return s.showMethods(c, v, problem, fiber.StatusConflict)
	}
	s.setCookie(c, a.Firm, linkCookie, "", 0)
	return c.Redirect("/r/"+token+"/go", fiber.StatusSeeOther)
}

// store makes the first payment of a method that is to be stored: of the lines, or of none.
func (s *Server) store(c *fiber.Ctx, p *portal.Page, v *visit, a books.PortalAccount, lines []ledger.AttemptLine) (token, problem string, err error) {
	return s.begin(c, p, a.Firm, v.Scope, lines, func(ctx context.Context, m journal.Meta, back func(ledger.AttemptID) string) (ledger.Attempt, error) {
		return s.o.Payments.Store(ctx, m, pay.StoreOrder{Payer: a.Customer.Name, Consent: consent(c, p, v), Order: pay.Order{
			Scope: v.Scope, PayerEmail: v.Contact.Email, Language: p.Lang, Lines: lines,
			Method: ledger.Method(c.FormValue("method")), ReturnURL: back}})
	}, v.actor())
}

func parseMandate(text string) (id ledger.MandateID, err error) {
	err = id.UnmarshalText([]byte(text))
	if err == nil && id.IsZero() {
		err = notHere()
	}
	return id, err
}

func (s *Server) methodPrefer(c *fiber.Ctx, v *visit) error {
	id, err := parseMandate(c.Params("id"))
	if err == nil {
		err = v.view.PreferMandate(c.UserContext(), journal.Meta{Actor: v.actor()}, id)
	}
	if err != nil {
		return err
	}
	return c.Redirect("/methods?done=preferred", fiber.StatusSeeOther)
}

func (s *Server) methodRemove(c *fiber.Ctx, v *visit) error {
	id, err := parseMandate(c.Params("id"))
	if err == nil {
		err = s.o.Payments.Remove(c.UserContext(), journal.Meta{Firm: v.Scope.Firm, Actor: v.actor()}, v.Scope.Customer, id)
	}
	if err != nil {
		return err
	}
	return c.Redirect("/methods?done=removed", fiber.StatusSeeOther)
}

func (s *Server) autopayPage(c *fiber.Ctx, v *visit) error {
	return s.showAutopay(c, v, "", fiber.StatusOK)
}

func (s *Server) showAutopay(c *fiber.Ctx, v *visit, problem string, status int) error {
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	a, err := s.autopayOf(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Autopay.Title, "autopay"
	view := autopayView(p, &a)
	view.Change, view.Error = v.Scope.Rights >= ledger.RightPay && a.Policy.Enabled, problem
	switch c.Query("done") {
	case "on":
		view.Note = p.T.Autopay.NowOn
	case "off":
		view.Note = p.T.Autopay.NowOff
	case "saved":
		view.Note = p.T.Autopay.Saved
	}
	if problem != "" { // what was typed stays
		view.Ceiling = c.FormValue("ceiling")
	}
	return show(c, status, portal.AutopayPage(p, view))
}

func autopayView(p *portal.Page, a *books.PortalAutopay) *portal.Autopay {
	t, firm := &p.T.Autopay, a.Account.Firm
	v := &portal.Autopay{On: a.Autopay.State == ledger.AutopayOn, Reason: a.Autopay.Reason, Unit: firm.Currency, Notice: a.Policy.NoticeDays, ExtraDays: a.Policy.ExtraTermDays,
		ConsentBy: a.Autopay.Consent.By}
	if !a.Autopay.Consent.At.IsZero() {
		v.ConsentOn = civil.In(a.Autopay.Consent.At, zoneOf(firm))
	}
	if a.Policy.ExtraBasisPoints > 0 {
		v.ExtraPercent = rate(a.Policy.ExtraBasisPoints*10, p.F)
	}
	if a.Autopay.Ceiling.Minor > 0 {
		v.Ceiling = p.F.Plain(a.Autopay.Ceiling)
	}
	for _, m := range []struct {
		moment     ledger.Moment
		name, hint string
	}{{ledger.OnDueDate, t.OnDue, t.OnDueHint}, {ledger.OnInvoiceDate, t.OnInvoice, t.OnInvoiceHint}, {ledger.OnLastDiscountDay, t.OnDiscount, t.OnDiscountHint}} {
		v.Moments = append(v.Moments, portal.Choice{ID: books.MomentName(m.moment), Name: m.name, Detail: m.hint, Current: m.moment == a.Autopay.Moment})
	}
	for i := range a.Mandates {
		if m := &a.Mandates[i]; m.UsableOn(a.Account.Today) {
			x := storedView(a, m)
			x.Chosen = a.Autopay.Mandate == m.ID || a.Autopay.Mandate.IsZero() && len(v.Methods) == 0
			v.Methods = append(v.Methods, x)
		}
	}
	if len(v.Methods) > 0 && !slices.ContainsFunc(v.Methods, func(m portal.Stored) bool { return m.Chosen }) {
		v.Methods[0].Chosen = true
	}
	collectionsView(p, a, v)
	return v
}

// maxHistory is how many past collections the page lists.
const maxHistory = 24

func collectionsView(p *portal.Page, a *books.PortalAutopay, v *portal.Autopay) {
	add := func(to *[]portal.Collection, c ledger.Collection, state string) {
		d, ok := a.Account.Account.Document(c.Document)
		if !ok {
			return
		}
		x := portal.Collection{ID: d.ID.String(), Number: d.Number, Date: c.Date, Amount: c.Amount, Discount: money.Of(c.Discount, c.Amount.Currency), State: state}
		if c.Reason != "" {
			x.Reason = p.T.Why(c.Reason)
		}
		*to = append(*to, x)
	}
	list := slices.Clone(a.Collections)
	slices.SortFunc(list, ledger.ByDate)
	for _, c := range list {
		if c.State.Live() {
			add(&v.Next, c, map[bool]string{true: "announced", false: "submitted"}[c.State == ledger.CollectionAnnounced])
		}
	}
	for _, c := range a.Planned {
		if c.State == ledger.CollectionAnnounced {
			add(&v.Next, c, "planned")
		}
	}
	for _, c := range slices.Backward(list) {
		if !c.State.Live() && len(v.History) < maxHistory {
			add(&v.History, c, [...]string{"announced", "submitted", "paid", "failed", "dropped", "asked", "charged_back"}[c.State])
		}
	}
	for _, it := range a.Account.Account.OpenItems(a.Account.Today) {
		if why := a.Holds[it.ID]; why != "" && why != ledger.HoldPaying {
			v.Held = append(v.Held, portal.Collection{ID: it.ID.String(), Number: it.Number, Amount: it.Open, State: "held", Reason: p.T.Why(why)})
		}
	}
}

// autopaySet is the customer's choice.
func (s *Server) autopaySet(c *fiber.Ctx, v *visit) error {
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	a, err := s.autopayOf(c, v)
	if err != nil {
		return err
	}
	if c.FormValue("state") != "on" {
		if _, err := v.view.SetAutopay(c.UserContext(), journal.Meta{Actor: v.actor()}, ledger.Autopay{State: ledger.AutopayOff}); err != nil {
			return err
		}
		return c.Redirect("/autopay?done=off", fiber.StatusSeeOther)
	}
	choice := ledger.Autopay{State: ledger.AutopayOn, Consent: a.Autopay.Consent, Ceiling: money.Of(0, a.Account.Firm.Currency)}
	was := a.Autopay.State == ledger.AutopayOn
	if !was {
		if c.FormValue("agree") != "1" {
			return s.showAutopay(c, v, p.T.Autopay.AgreeFirst, fiber.StatusUnprocessableEntity)
		}
		choice.Consent = consent(c, p, v)
	}
	if choice.Moment, err = books.ParseMoment(c.FormValue("moment")); err != nil {
		return err
	}
	if choice.Mandate, err = parseMandate(c.FormValue("mandate")); err != nil {
		return err
	}
	if typed := strings.TrimSpace(c.FormValue("ceiling")); typed != "" {
		amount, ok := p.F.ParseAmount(typed, a.Account.Firm.Currency)
		if !ok || amount.Minor <= 0 {
			return s.showAutopay(c, v, p.T.Pay.BadAmount, fiber.StatusUnprocessableEntity)
		}
		choice.Ceiling = amount
	}
	if _, err = v.view.SetAutopay(c.UserContext(), journal.Meta{Actor: v.actor()}, choice); err != nil {
		if k := fault.KindOf(err); k == fault.Conflict || k == fault.Invalid {
			return s.showAutopay(c, v, p.T.Stored.NotPossible, fiber.StatusConflict)
		}
		return err
	}
	return c.Redirect("/autopay?done="+map[bool]string{true: "saved", false: "on"}[was], fiber.StatusSeeOther)
}
