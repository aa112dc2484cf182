package portal

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/frontend/portal"
)

// shownToAsk is how many open invoices a form offers when none was chosen before.
const shownToAsk = 60

// asking is one visit to the form for a request.
type asking struct {
	*derived
	p    *portal.Page
	v    *visit
	form form
	kind requests.Kind

	kinds  []requests.Kind // that the visitor may ask for
	chosen []ledger.Document
	source ledger.Source
	files  []requests.FileID
}

// asked reads what the visitor is asking. An id of somebody else is one of nobody.
func (s *Server) asked(c *fiber.Ctx, v *visit) (*asking, error) {
	f, err := readForm(c)
	if err != nil {
		return nil, err
	}
	a, p, err := s.account(c, v)
	if err != nil {
		return nil, err
	}
	x := &asking{derived: derive(a), p: p, v: v, form: f, kind: requests.Kind(f.one("kind"))}
	if err := x.choose(); err != nil {
		return nil, err
	}
	rp := s.o.Requests.Portal(v.Scope)
	if x.files, err = ids[requests.FileID](f, "f"); err != nil {
		return nil, err
	}
	for _, id := range x.files {
		if _, _, err := rp.File(c.UserContext(), id); err != nil {
			return nil, err
		}
	}
	if x.kinds, err = rp.Kinds(c.UserContext()); err != nil {
		return nil, err
	}
	if !a.Firm.Portal.Shows(ledger.FeatureAutopay) {
		x.kinds = slices.DeleteFunc(x.kinds, func(k requests.Kind) bool { return k == requests.Autopay })
	}
	if !a.Firm.Portal.Shows(ledger.FeaturePlans) {
		x.kinds = slices.DeleteFunc(x.kinds, func(k requests.Kind) bool { return k == requests.Plan })
	}
	p.Here, p.Title = "requests", p.T.Ask.Title
	return x, nil
}

func (x *asking) choose() error {
	chosen, err := ids[ledger.DocumentID](x.form, "d")
	if err != nil {
		return err
	}
	for _, id := range chosen {
		doc, ok := x.acc.Document(id)
		if !ok || !x.shown(&doc) {
			return notHere()
		}
		x.chosen = append(x.chosen, doc)
	}
	source := x.form.one("source")
	if source == "" {
		return nil
	}
	if x.source.Receipt.UnmarshalText([]byte(source)) != nil {
		x.source.Receipt = ledger.ReceiptID{}
		if x.source.Credit.UnmarshalText([]byte(source)) != nil {
			return notHere()
		}
	}
	if _, ok := x.acc.SourceDate(x.source); !ok {
		return notHere()
	}
	return nil
}

// askPage asks what it is about, and then for what that needs.
func (s *Server) askPage(c *fiber.Ctx, v *visit) error {
	x, err := s.asked(c, v)
	if err != nil {
		return err
	}
	if x.kind == "" || !slices.Contains(x.kinds, x.kind) {
		return s.showKinds(c, x)
	}
	x.fill()
	return s.showAsk(c, x, "", fiber.StatusOK)
}

// query is the choice as it goes on to the next page.
func (x *asking) query(kind requests.Kind) string {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	for _, doc := range x.chosen {
		q.Add("d", doc.ID.String())
	}
	if len(q) == 0 {
		return "/requests/new"
	}
	return "/requests/new?" + q.Encode()
}

// fits reports whether a kind makes sense for what was chosen.
func (x *asking) fits(k requests.Kind) bool {
	payable := len(x.chosen) == 0 && len(x.acc.OpenItems(x.Today)) > 0
	for _, doc := range x.chosen {
		payable = payable || doc.Type.Debit() && x.acc.Open(doc.ID, x.Today).Minor > 0
	}
	switch k {
	case requests.Promise, requests.Dispute, requests.Plan:
		return payable
	case requests.Credit:
		return payable && len(x.sources()) > 0
	case requests.Refund:
		return len(x.chosen) == 0 && len(x.sources()) > 0
	case requests.Contact, requests.Address, requests.Autopay:
		return len(x.chosen) == 0
	}
	return true
}

func (s *Server) showKinds(c *fiber.Ctx, x *asking) error {
	v := &portal.AskKinds{}
	for _, doc := range x.chosen {
		v.Items = append(v.Items, x.item(doc))
	}
	for _, k := range x.kinds {
		if x.fits(k) {
			v.Kinds = append(v.Kinds, portal.AskKind{Kind: string(k), URL: x.query(k)})
		}
	}
	if x.Firm.Portal.Shows(ledger.FeatureMessages) {
		v.Talk = "/messages/new"
	}
	return show(c, fiber.StatusOK, portal.AskKindsPage(x.p, v))
}

// fill puts what is known into an empty form.
func (x *asking) fill() {
	if x.kind == requests.Address && x.form.one("street") == "" {
		a := x.Customer.Address
		x.form.values["street"], x.form.values["postal_code"] = []string{a.Street}, []string{a.PostalCode}
		x.form.values["city"], x.form.values["country"] = []string{a.City}, []string{a.Country}
	}
}

// sources is the credit that is left, in every currency.
func (x *asking) sources() (out []portal.AskSource) {
	for _, b := range x.acc.Balances(x.Today) {
		for _, u := range x.credits(b.Currency) {
			o := portal.AskSource{ID: u.source.Receipt.String(), Left: u.spare, Chosen: u.source == x.source}
			if on, ok := x.acc.SourceDate(u.source); ok {
				o.Date = on
			}
			if doc, ok := x.acc.Document(u.source.Credit); ok {
				o.ID, o.Number = doc.ID.String(), doc.Number
			}
			out = append(out, o)
		}
	}
	if len(out) == 1 {
		out[0].Chosen = true
	}
	return out
}

func (s *Server) showAsk(c *fiber.Ctx, x *asking, problem string, status int) error {
	p := x.p
	v := &portal.Ask{Kind: string(x.kind), Error: problem, Key: session.NewBrowserSecret(), Change: strings.ReplaceAll(x.query(""), "kind=&", ""),
		First: x.Today, Last: x.Today.AddDays(ledger.MaxPromiseDays)}
	v.Filled(x.form.one)
	x.offer(v)
	switch x.kind {
	case requests.Dispute:
		for _, r := range ledger.DisputeReasons() {
			v.Reasons = append(v.Reasons, string(r))
		}
	case requests.Credit, requests.Refund:
		v.Sources = x.sources()
	case requests.Plan:
		plan, err := s.planForm(c, x)
		if err != nil {
			return err
		}
		v.Plan, v.First = plan, x.Today
	}
	v.Kept = s.kept(c, x.v, x.files)
	p.Title = p.T.Ask.Kinds[v.Kind]
	p.Path = x.query(x.kind)
	return show(c, status, portal.AskPage(p, v))
}

// offer lists the invoices that the form can be about.
func (x *asking) offer(v *portal.Ask) {
	open := x.kind == requests.Promise || x.kind == requests.Dispute || x.kind == requests.Plan || x.kind == requests.Credit
	add := func(doc ledger.Document, chosen bool) {
		i := x.item(doc)
		if i.Chosen = chosen; open && (i.Credit || i.Open.Minor <= 0) {
			return
		}
		v.Items = append(v.Items, i)
	}
	for _, doc := range x.chosen {
		add(doc, true)
	}
	v.Open.Currency = x.Firm.Currency
	if len(v.Items) > 0 {
		v.Fixed, v.Open.Currency = true, v.Items[0].Total.Currency
		return
	}
	for _, o := range x.acc.OpenItems(x.Today) {
		if len(v.Items) == shownToAsk {
			v.Dropped = true
			return
		}
		if doc, ok := x.acc.Document(o.ID); ok && x.shown(&doc) {
			add(doc, false)
		}
	}
}

// planForm is the calculator: the firm's limits, and the instalments once there is something to work out.
func (s *Server) planForm(c *fiber.Ctx, x *asking) (*portal.AskPlan, error) {
	rp, t := s.o.Requests.Portal(x.v.Scope), x.p.T.Ask
	l, err := rp.PlanLimits(c.UserContext())
	if err != nil {
		return nil, err
	}
	most := l.MaxInstalments
	if most == 0 {
		most = 12
	}
	v := &portal.AskPlan{First: x.Today.AddDays(7)}
	for n := 2; n <= most; n++ {
		v.Counts = append(v.Counts, n)
	}
	currency := x.Firm.Currency
	if len(x.chosen) > 0 {
		currency = x.chosen[0].Total.Currency
	}
	if l.MaxInstalments > 0 {
		v.Limits = append(v.Limits, t.MaxInstalments.With("n", strconv.Itoa(l.MaxInstalments)))
	}
	if l.MinInstalment > 0 {
		v.Limits = append(v.Limits, t.MinInstalment.With("amount", x.p.F.Money(money.Of(l.MinInstalment, currency))))
	}
	if l.MaxFirstDays > 0 {
		v.First = min(v.First, x.Today.AddDays(l.MaxFirstDays))
		v.Limits = append(v.Limits, t.FirstBy.With("date", x.p.F.Date(x.Today.AddDays(l.MaxFirstDays))))
	}
	if l.MaxMonths > 0 {
		y, m, day := x.Today.Date()
		v.Limits = append(v.Limits, t.LastBy.With("date", x.p.F.Date(civil.Of(y, m+time.Month(l.MaxMonths), day))))
	}
	v.Count = min(3, most)
	parts, total, problem, err := s.proposal(c, x)
	if n, err := strconv.Atoi(x.form.one("count")); err == nil && slices.Contains(v.Counts, n) {
		v.Count = n
	}
	if d, ok := dateOf(x.form.one("first")); ok {
		v.First = d
	}
	v.Problem, v.Total = problem, total
	for _, part := range parts {
		v.Rows = append(v.Rows, portal.PlanRow{Due: part.Due, Amount: money.Of(part.Amount, total.Currency)})
	}
	return v, err
}

// proposal works out the instalments that the form asks for; none when it does not ask yet, or when they are not possible.
func (s *Server) proposal(c *fiber.Ctx, x *asking) (parts []ledger.Instalment, total money.Amount, problem string, err error) {
	if x.form.one("count") == "" {
		return nil, total, "", nil
	}
	n, nerr := strconv.Atoi(x.form.one("count"))
	first, ok := dateOf(x.form.one("first"))
	switch {
	case nerr != nil:
		return nil, total, x.p.T.Ask.Failed, nil
	case !ok:
		return nil, total, x.p.T.Ask.BadDate, nil
	case len(x.chosen) == 0:
		return nil, total, x.p.T.Ask.Faults["request.documents"].With(), nil
	}
	parts, sum, err := s.o.Requests.Portal(x.v.Scope).Proposal(c.UserContext(), x.documents(), n, first)
	if err == nil {
		_, err = ledger.Planned(x.acc, x.Agreed, ledger.Plan{Customer: x.Customer.ID, Documents: x.documents(), Instalments: parts}, x.Today)
	}
	if err != nil {
		if problem = faultWords(x.p, err); problem != "" {
			return nil, sum.Open, problem, nil
		}
	}
	return parts, sum.Open, "", err
}

func (x *asking) documents() []ledger.DocumentID {
	out := make([]ledger.DocumentID, len(x.chosen))
	for i, doc := range x.chosen {
		out[i] = doc.ID
	}
	return out
}

// ask makes a request of the form. The form's key makes it happen once.
func (s *Server) ask(c *fiber.Ctx, v *visit) error {
	x, err := s.asked(c, v)
	if err != nil {
		return err
	}
	if !slices.Contains(requests.Kinds(), x.kind) {
		return fault.Invalidf("request.kind", "this is not a kind of request")
	}
	if v.Scope.Rights < x.kind.Right() {
		return errRights()
	}
	if !slices.Contains(x.kinds, x.kind) {
		return notHere()
	}
	m, err := v.once(x.form, "request")
	if err != nil {
		return err
	}
	fresh, problem, err := s.compose(c, x)
	if err != nil {
		return err
	}
	status := fiber.StatusUnprocessableEntity
	if problem == "" {
		kept, aerr := s.attach(c, v, x.form)
		if x.files, err = kept, aerr; err == nil {
			fresh, err = s.o.Requests.Portal(v.Scope).Submit(c.UserContext(), m, fresh, x.files)
		}
		if err == nil {
			return c.Redirect("/requests/"+fresh.ID.String()+"?sent=1", fiber.StatusSeeOther)
		}
		if problem, status = faultWords(x.p, err), web.Status(fault.KindOf(err)); problem == "" {
			return err
		}
	}
	if problem == again {
		problem, status = "", fiber.StatusOK
	}
	return s.showAsk(c, x, problem, status)
}

// again shows the form once more, without fault: the visitor has only asked to work something out.
const again = "\x00"

// compose is the request that the form describes, or what is wrong with the form.
func (s *Server) compose(c *fiber.Ctx, x *asking) (r requests.Request, problem string, err error) {
	f, t := x.form, x.p.T.Ask
	r = requests.Request{Kind: x.kind, Documents: x.documents(), Text: f.one("text")}
	pl := &r.Payload
	if f.one("amount") != "" {
		amount, ok := x.p.F.ParseAmount(f.one("amount"), x.currency())
		if !ok {
			return r, t.BadAmount, nil
		}
		pl.Amount, pl.Currency = amount.Minor, amount.Currency
	}
	switch x.kind {
	case requests.Promise:
		return x.promise(r)
	case requests.Dispute:
		return x.dispute(r)
	case requests.Plan:
		return s.instalments(c, x, r)
	case requests.PO:
		pl.PO = f.one("po")
	case requests.Contact:
		pl.Name, pl.Email, pl.Phone = f.one("name"), f.one("email"), f.one("phone")
		pl.Rights, _ = parseRights(f.one("rights"))
	case requests.Address:
		pl.Street, pl.PostalCode, pl.City, pl.Country = f.one("street"), f.one("postal_code"), f.one("city"), strings.ToUpper(f.one("country"))
	case requests.Credit:
		x.applied(&r)
	case requests.Refund:
		pl.Receipt, pl.Note = x.source.Receipt, x.source.Credit
		if f.one("amount") == "" {
			pl.Amount = x.acc.Spare(x.source, x.Today).Minor
		}
		if pl.IBAN, err = reference.ParseIBAN(f.one("iban")); err != nil {
			return r, t.Faults["request.iban"].With(), nil
		}
	}
	return r, "", nil
}

// currency is that of what was chosen.
func (x *asking) currency() money.Currency {
	if x.source != (ledger.Source{}) {
		return x.acc.Spare(x.source, x.Today).Currency
	}
	if len(x.chosen) > 0 {
		return x.chosen[0].Total.Currency
	}
	return x.Firm.Currency
}

func (x *asking) promise(r requests.Request) (requests.Request, string, error) {
	on, ok := dateOf(x.form.one("on"))
	if !ok {
		return r, x.p.T.Ask.BadDate, nil
	}
	r.Payload.On = on
	if r.Payload.Amount == 0 {
		r.Payload.Currency = x.currency()
		for _, doc := range x.chosen {
			r.Payload.Amount += x.acc.Open(doc.ID, civil.Max(x.Today, doc.Issued)).Minor - x.holds[doc.ID].Disputed
		}
	}
	return r, "", nil
}

func (x *asking) dispute(r requests.Request) (requests.Request, string, error) {
	r.Payload.Reason, r.Payload.Currency = ledger.DisputeReason(x.form.one("reason")), x.currency()
	for _, doc := range x.chosen {
		l := requests.Line{Document: doc.ID}
		if part := x.form.one("part-" + doc.ID.String()); part != "" {
			amount, ok := x.p.F.ParseAmount(part, doc.Total.Currency)
			if !ok {
				return r, x.p.T.Ask.BadAmount, nil
			}
			l.Amount = amount.Minor
		}
		r.Payload.Lines = append(r.Payload.Lines, l)
	}
	return r, "", nil
}

// instalments takes the proposal that the visitor has seen; one that is not on their page is shown first.
func (s *Server) instalments(c *fiber.Ctx, x *asking, r requests.Request) (requests.Request, string, error) {
	parts, total, problem, err := s.proposal(c, x)
	if err != nil {
		return r, "", err
	}
	first, _ := dateOf(x.form.one("first"))
	seen := total.String() + " " + x.form.one("count") + " " + first.String()
	if problem != "" || len(parts) == 0 || x.form.one("calculate") != "" || x.form.one("expect") != seen {
		return r, again, nil
	}
	r.Payload.Currency = total.Currency
	for _, part := range parts {
		r.Payload.Instalments = append(r.Payload.Instalments, requests.Instalment(part))
	}
	return r, "", nil
}

// applied spreads the credit over the chosen invoices, in their order, as far as it goes.
func (x *asking) applied(r *requests.Request) {
	r.Payload.Receipt, r.Payload.Note, r.Payload.Currency = x.source.Receipt, x.source.Credit, x.currency()
	left := x.acc.Spare(x.source, x.Today).Minor
	for _, doc := range x.chosen {
		if n := min(left, x.acc.Room(doc.ID, civil.Max(x.Today, doc.Issued)).Minor); n > 0 && doc.Type.Debit() {
			r.Payload.Lines = append(r.Payload.Lines, requests.Line{Document: doc.ID, Amount: n})
			left -= n
		}
	}
}
