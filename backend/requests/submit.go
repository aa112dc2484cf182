package requests

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// maxOpen bounds the requests of one customer that nobody has decided on.
const maxOpen = 100

// Submit takes a request in: it is recorded, the firm's policy decides, and its follow-up happens, all in one transaction.
// A request that could never be accepted is refused at once, with the reason.
func (s *Service) Submit(ctx context.Context, m journal.Meta, x Request, attached []FileID) (Request, error) {
	if err := x.check(); err != nil {
		return x, err
	}
	x.Firm, x.State, x.Decision = m.Firm, Received, nil
	out, err := s.books.Write(ctx, m, "request.received", encode([]any{x, attached}), func(w *books.Writer) (err error) {
		fresh := x
		if err = s.submit(w, &fresh, attached); err == nil {
			x = fresh
		}
		return err
	})
	if err == nil && out.Replayed {
		err = s.view(ctx, func(r *books.Reader) error { x, err = requests.Get(r.Tx(), out.Result); return err })
	}
	return x, err
}

func (s *Service) submit(w *books.Writer, x *Request, attached []FileID) error {
	tx := w.Tx()
	c, err := s.standing(w, x.Customer)
	if err != nil {
		return err
	}
	policy, err := policyIn(tx, x.Firm, x.Kind)
	if err != nil {
		return err
	}
	if policy.Off && x.Channel == "portal" {
		return fault.New(fault.Denied, "request.off", "requests of this kind cannot be made here; please write or call")
	}
	if err := s.allowed(w, x, c, policy); err != nil {
		return err
	}
	ident.Fill(s.books.IDs(), &x.ID)
	x.Received = momentOf(tx.At())
	x.Deadline = c.today.AddBusinessDays(policy.Days)
	x.Owner = policy.Owner
	x.Inputs = inputs(c.firm, c.account, c.commitments, *x, c.today)
	t := Thread{ID: ident.New[threadKind](s.books.IDs()), Firm: x.Firm, Customer: x.Customer, Documents: x.About(), Request: x.ID, Subject: string(x.Kind), Last: x.Received}
	x.Thread = t.ID
	if err := threads.Insert(tx, &t); err != nil {
		return err
	}
	if x.Text != "" || len(attached) > 0 {
		if _, err := post(w, s.books.IDs(), &t, FromCustomer, Note{Text: x.Text, Files: attached}); err != nil {
			return err
		}
	}
	v := policy.Judge(x.Inputs)
	if err := s.followUp(w, x, policy, v, c); err != nil {
		return err
	}
	if v.Auto {
		x.Auto = true
		x.Decision = &Decision{At: x.Received, Automatic: true, Version: v.Version, Inputs: v.Inputs}
		if err := s.accept(w, x, c); err != nil {
			return err
		}
	} else if policy.Auto {
		x.Decision = &Decision{At: x.Received, Automatic: true, Version: v.Version, Inputs: v.Inputs, Failed: v.Failed}
	}
	tx.SetKind("request.received")
	if v.Auto {
		tx.SetKind("request.processed")
	}
	if err := answer(w, s.books.IDs(), &t, policy, c.account.Customer, c.firm); err != nil {
		return err
	}
	tx.SetResult(x.ID.Bytes())
	return s.save(w, x, c.account.Customer)
}

// standing is what a decision about a customer looks at.
type standing struct {
	firm        ledger.Firm
	account     *ledger.Account
	commitments ledger.Commitments
	today       civil.Date
}

func (s *Service) standing(w *books.Writer, id ledger.CustomerID) (c standing, err error) {
	if c.account, err = w.Account(id); err != nil || c.account.Customer.Firm != w.Meta().Firm {
		return c, unknown("customer")
	}
	if c.commitments, err = w.Commitments(id); err != nil {
		return c, err
	}
	if c.firm, err = w.Firm(w.Meta().Firm); err != nil {
		return c, err
	}
	c.today, err = w.Day()
	return c, err
}

// allowed refuses what could never be accepted, so that the customer hears it while they can still change it.
func (s *Service) allowed(w *books.Writer, x *Request, c standing, policy Policy) error {
	open := 0
	list, err := requestsOf(w.Reader, "customer", x.Customer.Bytes())
	if err != nil {
		return err
	}
	for _, old := range list {
		if old.State.Open() {
			open++
		}
	}
	if open >= maxOpen {
		return fault.New(fault.Throttled, "request.many", "there are %d open requests; wait for their answers", open)
	}
	for _, id := range x.About() {
		if _, ok := c.account.Document(id); !ok {
			return unknown("document")
		}
	}
	switch x.Kind {
	case Promise:
		_, _, err = ledger.Promised(c.account, c.commitments, x.promise(), c.today)
	case Dispute:
		_, err = ledger.Disputed(c.account, c.commitments, x.dispute(), w.Tx().At(), c.today)
	case Plan:
		if _, err = ledger.Planned(c.account, c.commitments, x.plan(), c.today); err == nil && x.Channel == "portal" {
			d, _ := c.account.Document(x.Documents[0])
			err = policy.Limits().Check(x.Payload.plan(), d.Total.Currency, c.today)
		}
	case Contact:
		_, err = books.Email(x.Payload.Email)
	case Credit:
		err = ledger.CheckAllocation(c.account, x.Payload.Source(), x.lines(), x.creditDate(c))
	case Refund:
		x.Payload.Currency = c.account.Spare(x.Payload.Source(), c.today).Currency
		if spare := c.account.Spare(x.Payload.Source(), c.today); x.Payload.Amount > spare.Minor {
			err = fault.Conflictf("request.refund", "only %s %s of this credit is left", spare, spare.Currency)
		}
	}
	return err
}

func (x *Request) promise() ledger.Promise {
	p := x.Payload
	return ledger.Promise{Customer: x.Customer, Documents: x.Documents, Amount: money.Of(p.Amount, p.Currency), On: p.On, Method: p.Method, By: x.By,
		Contact: x.Contact, Channel: x.Channel, Note: x.Text, Request: x.ID}
}

func (x *Request) dispute() ledger.Dispute {
	d := ledger.Dispute{Customer: x.Customer, Reason: x.Payload.Reason, Text: x.Text, By: x.By, Contact: x.Contact, Channel: x.Channel, Owner: x.Owner, Request: x.ID}
	for _, l := range x.Payload.Lines {
		d.Lines = append(d.Lines, ledger.DisputeLine(l))
	}
	return d
}

func (x *Request) plan() ledger.Plan {
	return ledger.Plan{Customer: x.Customer, Documents: x.Documents, Instalments: x.Payload.plan(), By: x.By, Contact: x.Contact, Note: x.Text, Request: x.ID}
}

func (x *Request) lines() []ledger.Line {
	out := make([]ledger.Line, len(x.Payload.Lines))
	for i, l := range x.Payload.Lines {
		out[i] = ledger.Line{Document: l.Document, Amount: l.Amount}
	}
	return out
}

// creditDate is the first day on which the credit can count for all lines, today or later.
func (x *Request) creditDate(c standing) civil.Date {
	on := c.today
	if from, ok := c.account.SourceDate(x.Payload.Source()); ok {
		on = civil.Max(on, from)
	}
	for _, l := range x.Payload.Lines {
		if d, ok := c.account.Document(l.Document); ok {
			on = civil.Max(on, d.Issued)
		}
	}
	return on
}

// followUp does what the policy fixed in advance.
func (s *Service) followUp(w *books.Writer, x *Request, p Policy, v Verdict, c standing) error {
	if p.Hold > 0 && !v.Auto && len(x.About()) > 0 {
		if err := w.PauseReminders(ledger.Pause{Request: x.ID, Customer: x.Customer, Documents: x.About(), Until: c.today.AddDays(p.Hold)}); err != nil {
			return err
		}
	}
	if p.Task == "" {
		return nil
	}
	t, err := s.newTask(w, Task{Customer: x.Customer, Documents: x.About(), Request: x.ID, Kind: p.Task, Cause: "request", Text: p.TaskText, Due: x.Deadline, Owner: p.Owner})
	x.Task = t.ID
	return err
}

// answer sends the policy's fixed answer, in the customer's language.
func answer(w *books.Writer, ids *ident.Source, t *Thread, p Policy, c ledger.Customer, f ledger.Firm) error {
	for _, language := range []string{c.Language, f.Language, "en", "nl"} {
		if text := strings.TrimSpace(p.Answer[language]); text != "" {
			_, err := post(w, ids, t, FromPolicy, Note{Text: text})
			return err
		}
	}
	return nil
}

// save stores a request with what a timeline shows of it.
func (s *Service) save(w *books.Writer, x *Request, c ledger.Customer) error {
	tx := w.Tx()
	tx.Subject(x.Customer.Bytes(), x.ID.Bytes(), x.Thread.Bytes())
	for _, d := range x.About() {
		tx.Subject(d.Bytes())
	}
	tx.Fact("name", c.Name)
	tx.Fact("request_kind", string(x.Kind))
	tx.Fact("state", x.State.String())
	return requests.Put(tx, x)
}

// Withdraw takes a request back that nobody has decided on.
func (s *Service) Withdraw(ctx context.Context, m journal.Meta, id ID) (Request, error) {
	return s.change(ctx, m, "request.withdrawn", id, nil, func(w *books.Writer, x *Request, _ standing) error {
		if err := x.State.Step(Withdrawn); err != nil {
			return err
		}
		x.State = Withdrawn
		return s.ended(w, x, TaskDropped, "withdrawn")
	})
}

// change is a transaction about one request of the firm.
func (s *Service) change(ctx context.Context, m journal.Meta, kind string, id ID, input any, fn func(*books.Writer, *Request, standing) error) (x Request, err error) {
	out, err := s.books.Write(ctx, m, kind, encode([]any{id.String(), input}), func(w *books.Writer) error {
		if x, err = requests.Get(w.Tx(), id.Bytes()); err != nil || x.Firm != m.Firm {
			return unknown("request")
		}
		before := string(encode(x))
		c, err := s.standing(w, x.Customer)
		if err != nil {
			return err
		}
		if err := fn(w, &x, c); err != nil {
			return err
		}
		w.Tx().SetKind(kind)
		w.Tx().SetResult(x.ID.Bytes())
		if string(encode(x)) == before {
			return nil
		}
		return s.save(w, &x, c.account.Customer)
	})
	if err == nil && out.Replayed {
		err = s.view(ctx, func(r *books.Reader) error { x, err = requests.Get(r.Tx(), id.Bytes()); return err })
	}
	return x, err
}

// ended lets reminders go on and closes the request's task.
func (s *Service) ended(w *books.Writer, x *Request, state TaskState, outcome string) error {
	if err := w.EndPause(x.ID); err != nil {
		return err
	}
	if x.Task.IsZero() {
		return nil
	}
	t, err := tasks.Get(w.Tx(), x.Task.Bytes())
	if err != nil || t.State != TaskOpen {
		return err
	}
	t.State, t.Outcome, t.Closed, t.ClosedBy = state, outcome, momentOf(w.Tx().At()), w.Meta().Actor.Name
	return tasks.Put(w.Tx(), &t)
}

func requestsOf(r *books.Reader, index string, prefix []byte) (out []Request, err error) {
	for p, err := range requests.Entries(r.Tx(), index, store.Prefix(prefix)) {
		if err != nil {
			return nil, err
		}
		x, err := requests.Get(r.Tx(), p.Key[16:])
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Query chooses requests of a firm. Zero fields do not filter.
type Query struct {
	Customer ledger.CustomerID
	Kinds    []Kind
	Open     bool // somebody has yet to decide
	Owner    ledger.UserID
	Limit    int // 0: 500
}

// List are requests, the latest first.
func (s *Service) List(ctx context.Context, firm ledger.FirmID, q Query) (out []Request, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		index, prefix := "firm", firm.Bytes()
		if !q.Customer.IsZero() {
			index, prefix = "customer", q.Customer.Bytes()
		} else if q.Open {
			index = "open"
		}
		all, err := requestsOf(r, index, prefix)
		out = nil
		for _, x := range slices.Backward(all) {
			if x.Firm == firm && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, x.Kind)) && (!q.Open || x.State.Open()) && (q.Owner.IsZero() || x.Owner == q.Owner) {
				out = append(out, x)
			}
			if len(out) == max(q.Limit, 0) && q.Limit > 0 || len(out) == 500 {
				break
			}
		}
		return err
	})
	return out, err
}

// Get is a request of the firm.
func (s *Service) Get(ctx context.Context, firm ledger.FirmID, id ID) (x Request, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		if x, err = requests.Get(r.Tx(), id.Bytes()); err != nil || x.Firm != firm {
			return unknown("request")
		}
		return nil
	})
	return x, err
}

// Waiting is how long a request has waited for its first answer, or did wait, by an instant.
func (x Request) Waiting(now time.Time) time.Duration {
	if x.FirstAnswer != 0 {
		return x.FirstAnswer.Time().Sub(x.Received.Time())
	}
	if !x.State.Open() && x.Decision != nil {
		return x.Decision.At.Time().Sub(x.Received.Time())
	}
	return now.Sub(x.Received.Time())
}
