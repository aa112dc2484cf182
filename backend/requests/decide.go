package requests

import (
	"context"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Accept does what a request asks. The words, if any, go to the customer.
func (s *Service) Accept(ctx context.Context, m journal.Meta, id ID, words string) (Request, error) {
	return s.change(ctx, m, "request.accepted", id, words, func(w *books.Writer, x *Request, c standing) error {
		x.Decision = decided(w, Accepted, words)
		if err := s.accept(w, x, c); err != nil {
			return err
		}
		return s.say(w, x, words)
	})
}

func decided(w *books.Writer, to State, reason string) *Decision {
	return &Decision{At: momentOf(w.Tx().At()), By: w.Meta().Actor.Name, Reason: strings.TrimSpace(reason), To: to}
}

// say answers in the request's thread; it stops the response clock.
func (s *Service) say(w *books.Writer, x *Request, words string) error {
	if x.FirstAnswer == 0 {
		x.FirstAnswer = momentOf(w.Tx().At())
	}
	if strings.TrimSpace(words) == "" {
		return nil
	}
	t, err := threads.Get(w.Tx(), x.Thread.Bytes())
	if err != nil {
		return err
	}
	_, err = post(w, s.books.IDs(), &t, FromStaff, Note{Text: words})
	return err
}

// accept moves a request to accepted, or done when nothing is left to follow, and does the real thing.
func (s *Service) accept(w *books.Writer, x *Request, c standing) error {
	if err := x.State.Step(Accepted); err != nil {
		return err
	}
	if x.Kind.Talk() && x.Kind != Copy && x.Kind != Autopay {
		return fault.Invalidf("request.talk", "a question is answered, not accepted: write an answer and mark it done")
	}
	x.State = Accepted
	x.Decision.To = Accepted
	follow, err := s.perform(w, x, c)
	if err != nil {
		return err
	}
	if follow {
		return w.EndPause(x.ID)
	}
	x.State = Done
	return s.ended(w, x, TaskDone, "accepted")
}

// perform does what a request asks; follow says that something remains to be done or awaited.
func (s *Service) perform(w *books.Writer, x *Request, c standing) (follow bool, err error) {
	p := x.Payload
	switch x.Kind {
	case Promise:
		made, err := w.RecordPromise(x.promise())
		x.Promise = made.ID
		return true, err
	case Dispute:
		made, err := w.OpenDispute(x.dispute())
		x.Dispute = made.ID
		return true, err
	case Plan:
		made, err := w.DraftPlan(x.plan())
		if err != nil {
			return false, err
		}
		x.Plan = made.ID
		for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
			if _, err := w.MovePlan(made.ID, to, ""); err != nil {
				return false, err
			}
		}
		return true, nil
	case PO:
		for _, id := range x.Documents {
			if err := w.SetPO(id, p.PO); err != nil {
				return false, err
			}
		}
		return false, nil
	case Contact:
		return false, w.GrantContact(x.Customer, ledger.Contact{Name: p.Name, Email: p.Email, Phone: p.Phone, Language: p.Language}, p.Rights)
	case Address:
		return false, w.SetAddress(x.Customer, ledger.Address{Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: p.Country})
	case Credit:
		_, err := w.Allocate(p.Source(), x.lines(), x.creditDate(c))
		return false, err
	default: // refund, document, autopay: a person does it
		return true, s.ensureTask(w, x, c)
	}
}

// ensureTask makes the task of what only a person can do, unless the policy has made one.
func (s *Service) ensureTask(w *books.Writer, x *Request, c standing) error {
	if !x.Task.IsZero() {
		return nil
	}
	kind := "check"
	if x.Kind == Refund {
		kind = "refund"
	}
	t, err := s.newTask(w, Task{Customer: x.Customer, Documents: x.About(), Request: x.ID, Kind: kind, Cause: "request", Due: c.today.AddBusinessDays(2), Owner: x.Owner})
	x.Task = t.ID
	return err
}

// Decline refuses a request with the reason that the customer reads.
func (s *Service) Decline(ctx context.Context, m journal.Meta, id ID, reason string) (Request, error) {
	return s.change(ctx, m, "request.declined", id, reason, func(w *books.Writer, x *Request, _ standing) error {
		if strings.TrimSpace(reason) == "" {
			return fault.Invalidf("request.reason", "say why; the customer reads it")
		}
		if err := x.State.Step(Declined); err != nil {
			return err
		}
		x.State, x.Decision = Declined, decided(w, Declined, reason)
		if err := s.say(w, x, reason); err != nil {
			return err
		}
		return s.ended(w, x, TaskDropped, "declined")
	})
}

// Reopen takes a refusal back: somebody looks again.
func (s *Service) Reopen(ctx context.Context, m journal.Meta, id ID) (Request, error) {
	return s.change(ctx, m, "request.reopened", id, nil, func(w *books.Writer, x *Request, _ standing) error {
		if err := x.State.Step(InReview); err != nil || x.State != Declined {
			return x.State.Step(Received) // not declined: there is nothing to take back
		}
		x.State = InReview
		return nil
	})
}

// Finish marks a request as done: a question that was answered, or an accepted one whose work is done.
func (s *Service) Finish(ctx context.Context, m journal.Meta, id ID, words string) (Request, error) {
	return s.change(ctx, m, "request.done", id, words, func(w *books.Writer, x *Request, _ standing) error {
		if err := x.State.Step(Done); err != nil {
			return err
		}
		if x.State != Accepted && !x.Kind.Talk() {
			return fault.Conflictf("request.undecided", "accept or decline this request first")
		}
		x.State, x.Decision = Done, decided(w, Done, words)
		if err := s.say(w, x, words); err != nil {
			return err
		}
		return s.ended(w, x, TaskDone, "done")
	})
}

// Review says that somebody is looking at a request, and who.
func (s *Service) Review(ctx context.Context, m journal.Meta, id ID, owner ledger.UserID) (Request, error) {
	return s.change(ctx, m, "request.assigned", id, owner.String(), func(_ *books.Writer, x *Request, _ standing) error {
		if x.State == Received && !owner.IsZero() {
			x.State = InReview
		}
		x.Owner = owner
		return nil
	})
}

// TaskKinds are the kinds of tasks.
var TaskKinds = []string{"call", "check", "approve", "negotiate", "refund"}

// newTask makes a task within a transaction.
func (s *Service) newTask(w *books.Writer, t Task) (Task, error) {
	t.ID, t.Firm, t.State, t.Created = ident.New[taskKind](s.books.IDs()), w.Meta().Firm, TaskOpen, momentOf(w.Tx().At())
	w.Tx().Subject(t.ID.Bytes())
	if !t.Customer.IsZero() {
		w.Tx().Subject(t.Customer.Bytes())
	}
	return t, tasks.Insert(w.Tx(), &t)
}

// AddTask makes a task by a person's hand.
func (s *Service) AddTask(ctx context.Context, m journal.Meta, t Task) (Task, error) {
	out, err := s.books.Write(ctx, m, "task.added", encode(t), func(w *books.Writer) error {
		if !slices.Contains(TaskKinds, t.Kind) {
			return fault.Invalidf("task.kind", "%q is not a kind of task", t.Kind)
		}
		if len(t.Text) > maxText || t.Due.IsZero() {
			return fault.Invalidf("task.fields", "a task needs a day, and a text of at most %d characters", maxText)
		}
		a, err := w.Account(t.Customer)
		if err != nil || a.Customer.Firm != m.Firm {
			return unknown("customer")
		}
		for _, d := range t.Documents {
			if _, ok := a.Document(d); !ok {
				return unknown("document")
			}
		}
		t.Cause = "person"
		t, err = s.newTask(w, t)
		w.Tx().SetResult(t.ID.Bytes())
		w.Tx().Fact("name", a.Customer.Name)
		w.Tx().Fact("task_kind", t.Kind)
		return err
	})
	if err == nil && out.Replayed {
		err = s.view(ctx, func(r *books.Reader) error { t, err = tasks.Get(r.Tx(), out.Result); return err })
	}
	return t, err
}

// TaskChange is what may change of a task; nil fields stay.
type TaskChange struct {
	State   *TaskState
	Outcome *string
	Due     *civil.Date
	Owner   *ledger.UserID
}

// ChangeTask closes, reopens, postpones or hands over a task. Closing the task of an accepted request finishes that.
func (s *Service) ChangeTask(ctx context.Context, m journal.Meta, id TaskID, c TaskChange) (t Task, err error) {
	_, err = s.books.Write(ctx, m, "task.changed", encode([]any{id.String(), c}), func(w *books.Writer) error {
		if t, err = tasks.Get(w.Tx(), id.Bytes()); err != nil || t.Firm != m.Firm {
			return unknown("task")
		}
		if c.Outcome != nil {
			t.Outcome = strings.TrimSpace(*c.Outcome)
		}
		if c.Due != nil && !c.Due.IsZero() {
			t.Due = *c.Due
		}
		if c.Owner != nil {
			t.Owner = *c.Owner
		}
		if c.State != nil && *c.State != t.State {
			t.State, t.Closed, t.ClosedBy = *c.State, momentOf(w.Tx().At()), m.Actor.Name
			if t.State == TaskOpen {
				t.Closed, t.ClosedBy = 0, ""
			}
			w.Tx().SetKind("task." + [...]string{"reopened", "done", "dropped"}[t.State])
			if err := s.finishWith(w, t); err != nil {
				return err
			}
		}
		w.Tx().Subject(t.Customer.Bytes(), t.ID.Bytes())
		w.Tx().Fact("task_kind", t.Kind)
		if err := facts(w, t.Customer); err != nil {
			return err
		}
		return tasks.Put(w.Tx(), &t)
	})
	return t, err
}

// finishWith finishes an accepted request whose work was this task.
func (s *Service) finishWith(w *books.Writer, t Task) error {
	if t.State != TaskDone || t.Request.IsZero() {
		return nil
	}
	x, err := requests.Get(w.Tx(), t.Request.Bytes())
	if err != nil || x.State != Accepted || !x.Promise.IsZero() || !x.Dispute.IsZero() || !x.Plan.IsZero() {
		return err
	}
	x.State = Done
	return requests.Put(w.Tx(), &x)
}

// Tasks are the firm's open tasks by day; of one customer all of them when it is given.
func (s *Service) Tasks(ctx context.Context, firm ledger.FirmID, customer ledger.CustomerID) (out []Task, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		index, prefix := "open", firm.Bytes()
		if !customer.IsZero() {
			index, prefix = "customer", customer.Bytes()
		}
		out = nil
		for p, err := range tasks.Entries(r.Tx(), index, store.Prefix(prefix)) {
			if err != nil {
				return err
			}
			t, err := tasks.Get(r.Tx(), p.Key[16:])
			if err != nil {
				return err
			}
			if t.Firm == firm {
				out = append(out, t)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(x, y Task) int { return int(x.Due - y.Due) })
	return out, err
}
