package api

import (
	"context"
	"mime"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/requests"
)

// Requests are what customers ask, the conversations and the tasks: requests.Service.
type Requests interface {
	Submit(ctx context.Context, m journal.Meta, x requests.Request, attached []requests.FileID) (requests.Request, error)
	List(ctx context.Context, firm ledger.FirmID, q requests.Query) ([]requests.Request, error)
	Get(ctx context.Context, firm ledger.FirmID, id requests.ID) (requests.Request, error)
	Accept(ctx context.Context, m journal.Meta, id requests.ID, words string) (requests.Request, error)
	Decline(ctx context.Context, m journal.Meta, id requests.ID, reason string) (requests.Request, error)
	Reopen(ctx context.Context, m journal.Meta, id requests.ID) (requests.Request, error)
	Finish(ctx context.Context, m journal.Meta, id requests.ID, words string) (requests.Request, error)
	Review(ctx context.Context, m journal.Meta, id requests.ID, owner ledger.UserID) (requests.Request, error)
	Policies(ctx context.Context, f ledger.FirmID) ([]requests.Policy, error)
	SetPolicy(ctx context.Context, m journal.Meta, p requests.Policy) (requests.Policy, error)
	Simulate(ctx context.Context, f ledger.FirmID, p requests.Policy, limit int) ([]requests.Simulated, error)
	Threads(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID) ([]requests.Thread, error)
	Conversation(ctx context.Context, firm ledger.FirmID, id requests.ThreadID) (requests.Conversation, error)
	Start(ctx context.Context, m journal.Meta, c ledger.CustomerID, documents []ledger.DocumentID, subject string, n requests.Note) (requests.Thread, error)
	Reply(ctx context.Context, m journal.Meta, id requests.ThreadID, n requests.Note) (requests.Message, error)
	MarkRead(ctx context.Context, m journal.Meta, id requests.ThreadID) error
	AddFile(ctx context.Context, m journal.Meta, c ledger.CustomerID, name string, content []byte) (requests.File, error)
	FileOf(ctx context.Context, firm ledger.FirmID, id requests.FileID) (requests.File, []byte, error)
	Tasks(ctx context.Context, firm ledger.FirmID, customer ledger.CustomerID) ([]requests.Task, error)
	AddTask(ctx context.Context, m journal.Meta, t requests.Task) (requests.Task, error)
	ChangeTask(ctx context.Context, m journal.Meta, id requests.TaskID, c requests.TaskChange) (requests.Task, error)
}

// RequestLine is an amount of a document.
type RequestLine struct {
	Invoice string `json:"invoice" doc:"Id of the document."`
	Amount  string `json:"amount,omitempty" maxLength:"30" doc:"Empty: all of it."`
}

// RequestPayload is what a kind asks for besides documents and text.
type RequestPayload struct {
	Amount      string           `json:"amount,omitempty" maxLength:"30"`
	Currency    string           `json:"currency,omitempty" maxLength:"3"`
	On          string           `json:"on,omitempty" format:"date"`
	Method      string           `json:"method,omitempty" maxLength:"40"`
	Reason      string           `json:"reason,omitempty" maxLength:"40" doc:"Of a dispute: price, quantity, quality, delivery, po_missing, tax, duplicate, already_paid, wrong_debtor, other."`
	Lines       []RequestLine    `json:"lines,omitempty" maxItems:"500"`
	Instalments []PlanInstalment `json:"instalments,omitempty" maxItems:"120"`
	PO          string           `json:"po,omitempty" maxLength:"200"`
	Name        string           `json:"name,omitempty" maxLength:"200"`
	Email       string           `json:"email,omitempty" maxLength:"254"`
	Phone       string           `json:"phone,omitempty" maxLength:"40"`
	Language    string           `json:"language,omitempty" pattern:"^(nl|en|fr|de)?$"`
	Rights      string           `json:"rights,omitempty" enum:"view,pay,manage"`
	Address     *Address         `json:"address,omitempty"`
	Payment     string           `json:"payment,omitempty" doc:"Of a credit application or refund: the payment that the credit is of."`
	CreditNote  string           `json:"credit_note,omitempty" doc:"Or the credit note."`
	IBAN        string           `json:"iban,omitempty" maxLength:"40"`
}

// Request is something that a customer asks.
type Request struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind" enum:"promise,dispute,problem,question,plan,po_number,contact,address,document,autopay,credit,refund"`
	State      string            `json:"state" enum:"received,in_review,accepted,declined,done,withdrawn"`
	Customer   Ref               `json:"customer"`
	By         string            `json:"by"`
	Channel    string            `json:"channel"`
	Invoices   []Ref             `json:"invoices" nullable:"false"`
	Text       string            `json:"text"`
	Payload    RequestPayload    `json:"payload"`
	Amount     *Money            `json:"amount,omitempty" doc:"What it is about."`
	Owner      string            `json:"owner" doc:"Id of the user; empty: nobody."`
	OwnerName  string            `json:"owner_name"`
	Received   time.Time         `json:"received"`
	Deadline   string            `json:"deadline" format:"date"`
	Late       bool              `json:"late" doc:"Nobody has answered and the deadline has passed."`
	Waiting    int               `json:"waiting_minutes" doc:"From receipt to the first answer or decision, or to now."`
	Answered   bool              `json:"answered"`
	Decision   *RequestDecision  `json:"decision,omitempty"`
	Automatic  bool              `json:"automatic"`
	Inputs     map[string]string `json:"inputs" doc:"What the policy looked at when it came in."`
	Thread     string            `json:"thread"`
	Unread     int               `json:"unread" doc:"Messages of the customer that nobody has read."`
	Promise    string            `json:"promise,omitempty"`
	Dispute    string            `json:"dispute,omitempty"`
	Plan       string            `json:"plan,omitempty"`
	Answerable bool              `json:"answerable" doc:"It is done when somebody has answered in words."`
}

// RequestDecision is why a request got where it is.
type RequestDecision struct {
	At        time.Time         `json:"at"`
	By        string            `json:"by"`
	Automatic bool              `json:"automatic"`
	Version   int               `json:"policy_version"`
	Reason    string            `json:"reason"`
	Inputs    map[string]string `json:"inputs"`
	Failed    []string          `json:"failed" nullable:"false" doc:"Conditions that did not hold."`
}

// RequestInput records a request that reached the staff some other way.
type RequestInput struct {
	Customer string         `json:"customer"`
	Kind     string         `json:"kind" enum:"promise,dispute,problem,question,plan,po_number,contact,address,document,autopay,credit,refund"`
	By       string         `json:"by,omitempty" maxLength:"200"`
	Channel  string         `json:"channel,omitempty" maxLength:"40"`
	Invoices []string       `json:"invoices,omitempty" maxItems:"500"`
	Text     string         `json:"text,omitempty" maxLength:"4000"`
	Payload  RequestPayload `json:"payload,omitempty"`
	Files    []string       `json:"files,omitempty" maxItems:"10"`
}

// Counts are for badges.
type Counts struct {
	Requests int `json:"requests" doc:"That somebody has to decide on or answer."`
	Late     int `json:"late"`
	Messages int `json:"messages" doc:"Conversations with something that nobody has read."`
	Tasks    int `json:"tasks" doc:"Due today or before."`
}

type requestsInput struct {
	InFirm
	Customer string `query:"customer"`
	Open     bool   `query:"open" doc:"Only those that somebody has to decide on or answer."`
	Mine     bool   `query:"mine" doc:"Only the caller's own."`
	Kind     string `query:"kind" enum:"promise,dispute,problem,question,plan,po_number,contact,address,document,autopay,credit,refund"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
}

type submitInput struct {
	InFirm
	InKey
	Body RequestInput
}

// AtRequest is the thing that the path names.
type AtRequest struct {
	InFirm
	Request string `path:"request"`
}

type wordsInput struct {
	AtRequest
	InKey
	Body struct {
		Words string `json:"words,omitempty" maxLength:"4000" doc:"For the customer. A refusal needs them."`
	}
}

type assignInput struct {
	AtRequest
	Body struct {
		Owner string `json:"owner" doc:"Id of a user, me, or empty for nobody."`
	}
}

func (a *API) requests() {
	add(a, op("GET /requests", "listRequests", "requests", "What customers ask, the latest first", access.Read), a.listRequests)
	add(a, op("GET /requests/counts", "countRequests", "requests", "How much there is to answer and to do", access.Read), a.countRequests)
	add(a, op("POST /requests", "addRequest", "requests", "Record a request that came by telephone, mail or letter", access.RequestsWrite, 201), a.addRequest)
	add(a, op("GET /requests/{request}", "getRequest", "requests", "One request", access.Read), a.getRequest)
	add(a, op("POST /requests/{request}/accept", "acceptRequest", "requests", "Do what is asked", access.RequestsWrite), a.acceptRequest)
	add(a, op("POST /requests/{request}/decline", "declineRequest", "requests", "Refuse, with the reason for the customer", access.RequestsWrite), a.declineRequest)
	add(a, op("POST /requests/{request}/reopen", "reopenRequest", "requests", "Take a refusal back", access.RequestsWrite), a.reopenRequest)
	add(a, op("POST /requests/{request}/finish", "finishRequest", "requests", "Mark as done", access.RequestsWrite), a.finishRequest)
	add(a, op("POST /requests/{request}/assign", "assignRequest", "requests", "Say who looks at it", access.RequestsWrite), a.assignRequest)
	a.conversations()
	a.tasks()
	a.policies()
	a.agreements()
}

// viewer turns requests into what the API shows, with names out of one snapshot.
type viewer struct {
	a       *API
	r       *books.Reader
	today   civil.Date
	names   map[string]string
	unread  map[requests.ThreadID]int
	account map[ledger.CustomerID]*ledger.Account
}

func (a *API) viewer(ctx context.Context, firm ledger.FirmID) (*viewer, error) {
	v := &viewer{a: a, names: map[string]string{}, unread: map[requests.ThreadID]int{}, account: map[ledger.CustomerID]*ledger.Account{}}
	users, err := a.Staff.Users(ctx)
	for _, u := range users {
		v.names[u.ID.String()] = u.Name
	}
	if err != nil {
		return nil, err
	}
	list, err := a.Requests.Threads(ctx, firm, ledger.CustomerID{})
	for _, t := range list {
		v.unread[t.ID] = t.UnreadStaff
	}
	return v, err
}

// show runs fn with a viewer over one snapshot.
func (a *API) show(ctx context.Context, firm ledger.FirmID, fn func(*viewer) error) error {
	v, err := a.viewer(ctx, firm)
	if err != nil {
		return err
	}
	return a.Books.View(ctx, func(r *books.Reader) error {
		v.r = r
		if v.today, err = r.Today(firm); err != nil {
			return err
		}
		return fn(v)
	})
}

func (v *viewer) accountOf(id ledger.CustomerID) (*ledger.Account, error) {
	if acc, ok := v.account[id]; ok {
		return acc, nil
	}
	acc, err := v.r.Account(id)
	v.account[id] = acc
	return acc, err
}

func (v *viewer) refs(acc *ledger.Account, ids []ledger.DocumentID) []Ref {
	out := []Ref{}
	for _, id := range ids {
		if d, ok := acc.Document(id); ok {
			out = append(out, documentRef(d))
		}
	}
	return out
}

func (v *viewer) request(x requests.Request) (Request, error) {
	acc, err := v.accountOf(x.Customer)
	if err != nil {
		return Request{}, err
	}
	now := v.a.Books.Clock().Now()
	ids := slices.Clone(x.Documents)
	for _, l := range x.Payload.Lines {
		if !slices.Contains(ids, l.Document) {
			ids = append(ids, l.Document)
		}
	}
	out := Request{ID: x.ID.String(), Kind: string(x.Kind), State: x.State.String(), Customer: customerRef(acc.Customer), By: x.By, Channel: x.Channel,
		Invoices: v.refs(acc, ids), Text: x.Text, Payload: payloadView(acc, x.Payload), Owner: x.Owner.String(), OwnerName: v.names[x.Owner.String()],
		Received: x.Received.Time(), Deadline: x.Deadline.String(), Late: x.State.Open() && x.FirstAnswer == 0 && v.today > x.Deadline,
		Waiting: int(x.Waiting(now).Minutes()), Answered: x.FirstAnswer != 0 || !x.State.Open(), Automatic: x.Auto, Inputs: x.Inputs,
		Thread: x.Thread.String(), Unread: v.unread[x.Thread], Promise: x.Promise.String(), Dispute: x.Dispute.String(), Plan: x.Plan.String(),
		Answerable: x.Kind.Talk()}
	if s, ok := x.Inputs[requests.FieldAmount]; ok && s != "" {
		out.Amount = amountView(acc, x, s)
	}
	if d := x.Decision; d != nil {
		out.Decision = &RequestDecision{At: d.At.Time(), By: d.By, Automatic: d.Automatic, Version: d.Version, Reason: d.Reason, Inputs: d.Inputs, Failed: append([]string{}, d.Failed...)}
	}
	return out, nil
}

// amountView is the amount that the policy saw, unless the request is not about money.
func amountView(acc *ledger.Account, x requests.Request, s string) *Money {
	switch x.Kind {
	case requests.PO, requests.Contact, requests.Address, requests.Copy, requests.Autopay:
		return nil
	}
	c := x.Payload.Currency
	for _, id := range x.Documents {
		if d, ok := acc.Document(id); ok {
			c = d.Total.Currency
		}
	}
	for _, l := range x.Payload.Lines {
		if d, ok := acc.Document(l.Document); ok {
			c = d.Total.Currency
		}
	}
	if c == "" {
		return nil
	}
	return &Money{Amount: s, Currency: string(c)}
}

func payloadView(acc *ledger.Account, p requests.Payload) RequestPayload {
	out := RequestPayload{Currency: string(p.Currency), On: p.On.String(), Method: string(p.Method), Reason: string(p.Reason), PO: p.PO, Name: p.Name,
		Email: p.Email, Phone: p.Phone, Language: p.Language, Rights: rightNames[p.Rights], Payment: p.Receipt.String(), CreditNote: p.Note.String(), IBAN: p.IBAN}
	if p.Amount != 0 {
		out.Amount = minor(p.Amount, p.Currency)
	}
	currency := p.Currency
	for _, l := range p.Lines {
		if d, ok := acc.Document(l.Document); ok {
			currency = d.Total.Currency
			line := RequestLine{Invoice: l.Document.String()}
			if l.Amount > 0 {
				line.Amount = minor(l.Amount, currency)
			}
			out.Lines = append(out.Lines, line)
		}
	}
	for _, x := range p.Instalments {
		out.Instalments = append(out.Instalments, PlanInstalment{Due: x.Due.String(), Amount: minor(x.Amount, currency)})
	}
	if p.Street != "" {
		out.Address = &Address{Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: p.Country}
	}
	return out
}

// ids reads ids of any of the program's types.
func ids[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](texts []string) ([]T, error) {
	out := make([]T, len(texts))
	for i, s := range texts {
		if err := P(&out[i]).UnmarshalText([]byte(s)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func idOf[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](s string) (id T, err error) {
	return id, P(&id).UnmarshalText([]byte(s))
}

// payload reads what a request asks; amounts are in the currency of its documents.
func (p RequestPayload) payload(c money.Currency) (out requests.Payload, err error) {
	out = requests.Payload{Currency: c, Method: ledger.Method(p.Method), Reason: ledger.DisputeReason(p.Reason), PO: p.PO, Name: p.Name, Email: p.Email,
		Phone: p.Phone, Language: p.Language, Rights: ledger.Rights(named(rightNames, p.Rights)), IBAN: p.IBAN}
	if p.Amount != "" {
		v, err := positive("amount", p.Amount, c)
		if err != nil {
			return out, err
		}
		out.Amount = v.Minor
	}
	if out.On, err = day("on", p.On, 0); err != nil {
		return out, err
	}
	for _, l := range p.Lines {
		line := requests.Line{}
		if err := line.Document.UnmarshalText([]byte(l.Invoice)); err != nil {
			return out, err
		}
		if l.Amount != "" {
			v, err := positive("lines", l.Amount, c)
			if err != nil {
				return out, err
			}
			line.Amount = v.Minor
		}
		out.Lines = append(out.Lines, line)
	}
	parts, err := instalments(p.Instalments, c)
	for _, x := range parts {
		out.Instalments = append(out.Instalments, requests.Instalment(x))
	}
	if err != nil {
		return out, err
	}
	if p.Address != nil {
		x := p.Address.ledger()
		out.Street, out.PostalCode, out.City, out.Country = x.Street, x.PostalCode, x.City, x.Country
	}
	if err := out.Receipt.UnmarshalText([]byte(p.Payment)); err != nil {
		return out, err
	}
	return out, out.Note.UnmarshalText([]byte(p.CreditNote))
}

func (a *API) listRequests(ctx context.Context, in *requestsInput) (*body[Page[Request]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	q := requests.Query{Open: in.Open, Limit: in.Limit}
	if err := q.Customer.UnmarshalText([]byte(in.Customer)); err != nil {
		return nil, err
	}
	if in.Kind != "" {
		q.Kinds = []requests.Kind{requests.Kind(in.Kind)}
	}
	if in.Mine {
		q.Owner = callerOf(ctx).principal.User.ID
	}
	list, err := a.Requests.List(ctx, f.ID, q)
	if err != nil {
		return nil, err
	}
	page := Page[Request]{Items: []Request{}}
	err = a.show(ctx, f.ID, func(v *viewer) error {
		page.Items = page.Items[:0]
		for _, x := range list {
			row, err := v.request(x)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, row)
		}
		return nil
	})
	return answer(page, err)
}

func (a *API) countRequests(ctx context.Context, in *InFirm) (*body[Counts], error) {
	f, today, err := a.firmToday(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	var out Counts
	list, err := a.Requests.List(ctx, f, requests.Query{Open: true})
	if err != nil {
		return nil, err
	}
	out.Requests = len(list)
	for _, x := range list {
		if x.FirstAnswer == 0 && today > x.Deadline {
			out.Late++
		}
	}
	threads, err := a.Requests.Threads(ctx, f, ledger.CustomerID{})
	if err != nil {
		return nil, err
	}
	for _, t := range threads {
		if t.UnreadStaff > 0 {
			out.Messages++
		}
	}
	tasks, err := a.Requests.Tasks(ctx, f, ledger.CustomerID{})
	for _, t := range tasks {
		if t.Due <= today {
			out.Tasks++
		}
	}
	return answer(out, err)
}

// requestView is one request as it is now.
func (a *API) requestView(ctx context.Context, firm ledger.FirmID, x requests.Request, err error) (*body[Request], error) {
	if err != nil {
		return nil, err
	}
	var out Request
	err = a.show(ctx, firm, func(v *viewer) error { out, err = v.request(x); return err })
	return answer(out, err)
}

func (a *API) addRequest(ctx context.Context, in *submitInput) (*body[Request], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	x := requests.Request{Kind: requests.Kind(in.Body.Kind), By: in.Body.By, Channel: in.Body.Channel, Text: in.Body.Text}
	if x.Customer, err = idOf[ledger.CustomerID](in.Body.Customer); err != nil {
		return nil, err
	}
	if x.Documents, err = ids[ledger.DocumentID](in.Body.Invoices); err != nil {
		return nil, err
	}
	attached, err := ids[requests.FileID](in.Body.Files)
	if err != nil {
		return nil, err
	}
	c := money.Currency(in.Body.Payload.Currency)
	if c == "" {
		c = f.Currency
	}
	if x.Payload, err = in.Body.Payload.payload(c); err != nil {
		return nil, err
	}
	x, err = a.Requests.Submit(ctx, meta(ctx, f.ID, in.Key), x, attached)
	return a.requestView(ctx, f.ID, x, err)
}

// at is the firm and the request of a path.
func (a *API) at(ctx context.Context, in AtRequest) (ledger.FirmID, requests.ID, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return f.ID, requests.ID{}, err
	}
	id, err := idOf[requests.ID](in.Request)
	return f.ID, id, err
}

func (a *API) getRequest(ctx context.Context, in *AtRequest) (*body[Request], error) {
	f, id, err := a.at(ctx, *in)
	if err != nil {
		return nil, err
	}
	x, err := a.Requests.Get(ctx, f, id)
	return a.requestView(ctx, f, x, err)
}

// decide is one decision with words.
func (a *API) decide(ctx context.Context, in *wordsInput, do func(context.Context, journal.Meta, requests.ID, string) (requests.Request, error)) (*body[Request], error) {
	f, id, err := a.at(ctx, in.AtRequest)
	if err != nil {
		return nil, err
	}
	x, err := do(ctx, meta(ctx, f, in.Key), id, in.Body.Words)
	return a.requestView(ctx, f, x, err)
}

func (a *API) acceptRequest(ctx context.Context, in *wordsInput) (*body[Request], error) {
	return a.decide(ctx, in, a.Requests.Accept)
}

func (a *API) declineRequest(ctx context.Context, in *wordsInput) (*body[Request], error) {
	return a.decide(ctx, in, a.Requests.Decline)
}

func (a *API) finishRequest(ctx context.Context, in *wordsInput) (*body[Request], error) {
	return a.decide(ctx, in, a.Requests.Finish)
}

func (a *API) reopenRequest(ctx context.Context, in *AtRequest) (*body[Request], error) {
	f, id, err := a.at(ctx, *in)
	if err != nil {
		return nil, err
	}
	x, err := a.Requests.Reopen(ctx, meta(ctx, f, ""), id)
	return a.requestView(ctx, f, x, err)
}

func (a *API) assignRequest(ctx context.Context, in *assignInput) (*body[Request], error) {
	f, id, err := a.at(ctx, in.AtRequest)
	if err != nil {
		return nil, err
	}
	owner, err := owner(ctx, in.Body.Owner)
	if err != nil {
		return nil, err
	}
	x, err := a.Requests.Review(ctx, meta(ctx, f, ""), id, owner)
	return a.requestView(ctx, f, x, err)
}

// owner reads a user: an id, me, or nobody.
func owner(ctx context.Context, s string) (ledger.UserID, error) {
	if s == "me" {
		return callerOf(ctx).principal.User.ID, nil
	}
	return idOf[ledger.UserID](s)
}

// sentFile is a file as a browser must take it: to be saved, never to be shown or run.
type sentFile struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	NoSniff     string `header:"X-Content-Type-Options"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

func attached(f requests.File, content []byte) *sentFile {
	return &sentFile{ContentType: f.Type, Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}),
		NoSniff: "nosniff", Policy: "sandbox; default-src 'none'", Body: content}
}
