package portal

import (
	"context"
	"mime"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/frontend/portal"
)

// talks reports whether the firm's customers can ask for something or write.
func talks(f ledger.Firm) bool {
	return f.Portal.Shows(ledger.FeatureRequests) || f.Portal.Shows(ledger.FeatureMessages)
}

// news counts what the visitor has not read.
func (s *Server) news(c *fiber.Ctx, v *visit, f ledger.Firm, p *portal.Page) error {
	if !talks(f) {
		return nil
	}
	n, err := s.o.Requests.Portal(v.Scope).Unread(c.UserContext())
	p.Counts = map[string]int{"requests": n}
	return err
}

// underWay puts the visitor's open requests beside the account.
func (s *Server) underWay(c *fiber.Ctx, v *visit, p *portal.Page) error {
	if !p.Has(string(ledger.FeatureRequests)) {
		return nil
	}
	list, err := s.o.Requests.Portal(v.Scope).Requests(c.UserContext())
	shown := 0
	for _, x := range list {
		if !x.State.Open() || shown == 3 {
			continue
		}
		shown++
		p.Side = append(p.Side, portal.SideLink{Icon: "talk", Title: p.T.Ask.Kinds[string(x.Kind)], Detail: p.T.Requests.States[x.State.String()],
			URL: requestURL(x.ID)})
	}
	return err
}

func (s *Server) requestsPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	if !talks(a.Firm) {
		return notHere()
	}
	d, rp, view := derive(a), s.o.Requests.Portal(v.Scope), &portal.Requests{}
	list, err := rp.Requests(c.UserContext())
	if err != nil {
		return err
	}
	threads, err := rp.Threads(c.UserContext())
	if err != nil {
		return err
	}
	unread := map[requests.ThreadID]int{}
	for _, t := range threads {
		unread[t.ID] = t.UnreadCustomer
		if t.Request.IsZero() && a.Firm.Portal.Shows(ledger.FeatureMessages) {
			view.Threads = append(view.Threads, portal.ThreadRow{URL: "/messages/" + t.ID.String(), Subject: t.Subject, At: t.Last.Time(),
				Unread: t.UnreadCustomer, Numbers: d.numbers(t.Documents)})
		}
	}
	if a.Firm.Portal.Shows(ledger.FeatureRequests) {
		view.AskURL = "/requests/new"
		for _, x := range list {
			view.Rows = append(view.Rows, portal.RequestRow{URL: requestURL(x.ID), Kind: string(x.Kind), State: stateOf(x), At: x.Received.Time(),
				Numbers: d.numbers(x.About()), Unread: unread[x.Thread]})
		}
	}
	if a.Firm.Portal.Shows(ledger.FeatureMessages) {
		view.TalkURL = "/messages/new"
	}
	if v.Staff != "" {
		view.AskURL, view.TalkURL = "", ""
	}
	p.Title, p.Here = p.T.Requests.Title, "requests"
	return show(c, fiber.StatusOK, portal.RequestsPage(p, view))
}

func (d *derived) numbers(list []ledger.DocumentID) (out []string) {
	for _, id := range list {
		if doc, ok := d.acc.Document(id); ok {
			out = append(out, doc.Number)
		}
	}
	return out
}

// seen marks a conversation as read. It is the one thing that looking at a page changes: the receipt that it was read.
// The staff's look leaves none, and neither does a browser that only fetches ahead.
func (s *Server) seen(c *fiber.Ctx, v *visit, t requests.Thread) error {
	if t.UnreadCustomer == 0 || v.Staff != "" || c.Method() != fiber.MethodGet || c.Get("Sec-Purpose") != "" {
		return nil
	}
	return s.o.Requests.Portal(v.Scope).MarkRead(c.UserContext(), v.meta(), t.ID)
}

func (s *Server) requestPage(c *fiber.Ctx, v *visit) error {
	note := func(t *portal.Text) string {
		switch {
		case c.Query("sent") != "":
			return t.Requests.DidSend
		case c.Query("withdrawn") != "":
			return t.Requests.DidWithdraw
		}
		return ""
	}
	return s.showRequest(c, v, note, portal.Talk{}, fiber.StatusOK)
}

func (s *Server) showRequest(c *fiber.Ctx, v *visit, note func(*portal.Text) string, say portal.Talk, status int) error {
	id, err := idOf[requests.ID](c.Params("id"))
	if err != nil {
		return err
	}
	x, talk, err := s.o.Requests.Portal(v.Scope).Request(c.UserContext(), id)
	if err != nil {
		return err
	}
	if err := s.seen(c, v, talk.Thread); err != nil {
		return err
	}
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	d := derive(a)
	view := d.requestView(p, x, v.Scope.Rights)
	view.Note = note(p.T)
	view.Withdraw = view.Withdraw && v.Staff == ""
	view.Talk = said(talk, say)
	if v.Staff == "" {
		view.Talk.Action = requestURL(id) + "/answer"
	}
	p.Title, p.Here, p.Path = p.T.Ask.Kinds[string(x.Kind)], "requests", requestURL(id)
	return show(c, status, portal.RequestPage(p, view))
}

// stateOf is how a request stands, for the customer. A promise or dispute that is accepted is on record: the firm has not
// said that it agrees.
func stateOf(x requests.Request) string {
	if x.State == requests.Accepted && (x.Kind == requests.Promise || x.Kind == requests.Dispute) {
		return "recorded"
	}
	return x.State.String()
}

// requestView is a request with what it asks for.
func (d *derived) requestView(p *portal.Page, x requests.Request, rights ledger.Rights) *portal.Request {
	v := &portal.Request{ID: x.ID.String(), Kind: string(x.Kind), State: stateOf(x), Received: x.Received.Time(), Auto: x.Auto,
		Withdraw: x.State.Step(requests.Withdrawn) == nil && rights >= x.Kind.Right()}
	if x.State.Open() && x.FirstAnswer == 0 {
		v.Deadline = x.Deadline
	}
	if x.Decision != nil && x.State == requests.Declined {
		v.Reason, v.Decided = x.Decision.Reason, x.Decision.At.Time()
	}
	for _, id := range x.About() {
		if doc, ok := d.acc.Document(id); ok {
			v.Items = append(v.Items, d.item(doc))
		}
	}
	v.Facts = facts(p, x)
	for _, plan := range d.Agreed.Plans {
		if plan.ID == x.Plan && d.Firm.Portal.Shows(ledger.FeaturePlans) {
			shown := d.planView(plan, rights >= ledger.RightPay)
			shown.Request = ""
			v.Plan = &shown
		}
	}
	if v.Plan == nil {
		for _, part := range x.Payload.Instalments {
			v.Proposed = append(v.Proposed, portal.PlanRow{Due: part.Due, Amount: money.Of(part.Amount, d.currencyOf(x))})
		}
	}
	return v
}

func (d *derived) currencyOf(x requests.Request) money.Currency {
	for _, id := range x.About() {
		if doc, ok := d.acc.Document(id); ok {
			return doc.Total.Currency
		}
	}
	return d.Firm.Currency
}

// facts are what a request says besides invoices and words.
func facts(p *portal.Page, x requests.Request) (out []portal.Fact) {
	pl, t := x.Payload, p.T
	add := func(name, value string, number bool) {
		if value != "" {
			out = append(out, portal.Fact{Name: name, Value: value, Number: number})
		}
	}
	if pl.Amount > 0 {
		add(t.Requests.Amount, p.F.Money(money.Of(pl.Amount, pl.Currency)), true)
	}
	if !pl.On.IsZero() {
		add(t.Ask.PayOn, p.F.Date(pl.On), true)
	}
	add(t.Ask.Reason, t.Ask.Reasons[string(pl.Reason)], false)
	part := money.Of(0, pl.Currency)
	for _, l := range pl.Lines {
		part.Minor += l.Amount
	}
	if part.Minor > 0 && pl.Currency != "" {
		add(t.Requests.Amount, p.F.Money(part), true)
	}
	add(t.Invoice.PO, pl.PO, false)
	add(t.People.Name, pl.Name, false)
	add(t.SignIn.Email, pl.Email, false)
	add(t.Me.Phone, pl.Phone, false)
	add(t.Ask.Street, pl.Street, false)
	add(t.Ask.PostalCode, pl.PostalCode, false)
	add(t.Ask.City, pl.City, false)
	add("IBAN", pl.IBAN, true)
	add(t.Requests.By, x.By, false)
	return out
}

// said is a conversation as the customer sees it, with the form as it was sent.
func said(talk requests.Conversation, say portal.Talk) portal.Talk {
	say.Key = session.NewBrowserSecret()
	for _, m := range talk.Messages {
		x := portal.TalkMessage{Mine: m.Side == requests.FromCustomer, Automatic: m.Side == requests.FromPolicy, Author: m.Author, Text: m.Text, At: m.At.Time(), Read: m.Read != 0}
		if x.Automatic {
			x.Author = ""
		}
		for _, id := range m.Files {
			f := talk.Files[id]
			x.Files = append(x.Files, portal.Attachment{ID: f.ID.String(), Name: f.Name, URL: "/files/" + f.ID.String(), Size: f.Size})
		}
		say.Messages = append(say.Messages, x)
	}
	return say
}

// write sends the message of a form with send, once. What is wrong with it is shown by again, with what was written.
func (s *Server) write(c *fiber.Ctx, v *visit, send func(context.Context, form, requests.Note) (to string, err error), again func(portal.Talk, form, int) error) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	list, err := s.attach(c, v, f)
	to := ""
	if err == nil {
		to, err = send(c.UserContext(), f, requests.Note{Text: f.one("text"), Files: list})
	}
	if err == nil {
		return c.Redirect(to, fiber.StatusSeeOther)
	}
	_, p, perr := s.account(c, v)
	if perr != nil {
		return perr
	}
	words := faultWords(p, err)
	if words == "" {
		return err
	}
	return again(portal.Talk{Error: words, Text: f.one("text"), Kept: s.kept(c, v, list)}, f, web.Status(fault.KindOf(err)))
}

func (s *Server) answer(c *fiber.Ctx, v *visit) error {
	id, err := idOf[requests.ID](c.Params("id"))
	if err != nil {
		return err
	}
	rp := s.o.Requests.Portal(v.Scope)
	x, _, err := rp.Request(c.UserContext(), id)
	if err != nil {
		return err
	}
	return s.write(c, v, func(ctx context.Context, f form, n requests.Note) (string, error) {
		m, err := v.once(f, "answer")
		if err == nil {
			_, err = rp.Reply(ctx, m, x.Thread, n)
		}
		return requestURL(id) + "#talk", err
	}, func(say portal.Talk, _ form, status int) error {
		return s.showRequest(c, v, func(*portal.Text) string { return "" }, say, status)
	})
}

func (s *Server) withdraw(c *fiber.Ctx, v *visit) error {
	id, err := idOf[requests.ID](c.Params("id"))
	if err != nil {
		return err
	}
	_, err = s.o.Requests.Portal(v.Scope).Withdraw(c.UserContext(), v.meta(), id)
	if err != nil {
		switch fault.As(err).Code {
		case "portal.view_only":
			return errRights()
		case "request.state": // somebody has just decided: the page says what
			return c.Redirect(requestURL(id), fiber.StatusSeeOther)
		}
		return err
	}
	return c.Redirect(requestURL(id)+"?withdrawn=1", fiber.StatusSeeOther)
}

func (s *Server) talkPage(c *fiber.Ctx, v *visit) error {
	return s.showTalk(c, v, &portal.Conversation{New: true, Talk: portal.Talk{Action: "/messages/new", Key: session.NewBrowserSecret()}}, fiber.StatusOK)
}

func (s *Server) showTalk(c *fiber.Ctx, v *visit, view *portal.Conversation, status int) error {
	_, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Requests.Conversation.With("firm", p.Firm.Name), "requests"
	if view.New {
		p.Path = "/messages/new"
	}
	return show(c, status, portal.ConversationPage(p, view))
}

func (s *Server) startTalk(c *fiber.Ctx, v *visit) error {
	return s.write(c, v, func(ctx context.Context, f form, n requests.Note) (string, error) {
		m, err := v.once(f, "message")
		if err != nil {
			return "", err
		}
		t, err := s.o.Requests.Portal(v.Scope).Start(ctx, m, nil, f.one("subject"), n)
		return "/messages/" + t.ID.String() + "?sent=1", err
	}, func(say portal.Talk, f form, status int) error {
		say.Action, say.Key = "/messages/new", session.NewBrowserSecret()
		return s.showTalk(c, v, &portal.Conversation{New: true, Subject: f.one("subject"), Talk: say}, status)
	})
}

func (s *Server) threadPage(c *fiber.Ctx, v *visit) error {
	return s.showThread(c, v, portal.Talk{}, fiber.StatusOK)
}

func (s *Server) showThread(c *fiber.Ctx, v *visit, say portal.Talk, status int) error {
	id, err := idOf[requests.ThreadID](c.Params("id"))
	if err != nil {
		return err
	}
	talk, err := s.o.Requests.Portal(v.Scope).Thread(c.UserContext(), id)
	if err != nil {
		return err
	}
	a, err := v.view.Account(c.UserContext())
	if err != nil {
		return err
	}
	about := ledger.FeatureMessages
	if !talk.Thread.Request.IsZero() {
		about = ledger.FeatureRequests
	}
	if !a.Firm.Portal.Shows(about) {
		return notHere()
	}
	if !talk.Thread.Request.IsZero() {
		return c.Redirect(requestURL(talk.Thread.Request), fiber.StatusSeeOther)
	}
	if err := s.seen(c, v, talk.Thread); err != nil {
		return err
	}
	view := &portal.Conversation{Subject: talk.Thread.Subject, Numbers: derive(a).numbers(talk.Thread.Documents), Talk: said(talk, say)}
	if v.Staff == "" {
		view.Talk.Action = "/messages/" + id.String()
	}
	if c.Query("sent") != "" {
		view.Note = portal.In(s.language(c, a.Firm, []string{v.Contact.Language, a.Customer.Language})).Requests.DidSend
	}
	return s.showTalk(c, v, view, status)
}

func (s *Server) reply(c *fiber.Ctx, v *visit) error {
	id, err := idOf[requests.ThreadID](c.Params("id"))
	if err != nil {
		return err
	}
	rp := s.o.Requests.Portal(v.Scope)
	if _, err := rp.Thread(c.UserContext(), id); err != nil {
		return err
	}
	return s.write(c, v, func(ctx context.Context, f form, n requests.Note) (string, error) {
		m, err := v.once(f, "message")
		if err == nil {
			_, err = rp.Reply(ctx, m, id, n)
		}
		return "/messages/" + id.String() + "#talk", err
	}, func(say portal.Talk, _ form, status int) error { return s.showThread(c, v, say, status) })
}

// file hands out a file of a conversation: to save, never to show within the portal's origin.
func (s *Server) file(c *fiber.Ctx, v *visit) error {
	id, err := idOf[requests.FileID](c.Params("id"))
	if err != nil {
		return err
	}
	a, err := v.view.Account(c.UserContext())
	if err != nil {
		return err
	}
	if err := switchedOn(a.Firm); err != nil {
		return err
	}
	if !talks(a.Firm) {
		return notHere()
	}
	f, content, err := s.o.Requests.Portal(v.Scope).File(c.UserContext(), id)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, f.Type)
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'; frame-ancestors 'none'")
	return c.Send(content)
}
