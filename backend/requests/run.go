package requests

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// every is how often Run looks whether a day has ended somewhere.
const every = 10 * time.Minute

// Run judges what can be judged, at once and then each ten minutes, until ctx ends (nil).
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.Judge(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Judge decides every promise and plan as of the end of yesterday at its firm, escalates disputes whose deadline has passed,
// and finishes the requests that these came from. Judging again, or days later, decides nothing differently (rulebook
// 5.1–5.3): a day that has ended is judged by the value dates of money, not by when somebody looks.
func (s *Service) Judge(ctx context.Context) error {
	var firms []ledger.Firm
	if err := s.view(ctx, func(r *books.Reader) (err error) { firms, err = r.Firms(); return err }); err != nil {
		return err
	}
	for _, f := range firms {
		if err := s.judge(ctx, f.ID); err != nil {
			return err
		}
	}
	return nil
}

// live is what may have to be judged at a firm.
type live struct {
	promises []ledger.PromiseID
	plans    []ledger.PlanID
	disputes []ledger.DisputeID
	accepted []ID
}

func (s *Service) judge(ctx context.Context, f ledger.FirmID) error {
	var l live
	var yesterday civil.Date
	if err := s.view(ctx, func(r *books.Reader) error { return l.read(r, f, &yesterday) }); err != nil {
		return err
	}
	m := journal.Meta{Firm: f, Actor: journal.Actor{Kind: journal.System}}
	for _, id := range l.promises {
		if err := s.judgePromise(ctx, m, id, yesterday); err != nil {
			return err
		}
	}
	for _, id := range l.plans {
		if err := s.judgePlan(ctx, m, id, yesterday); err != nil {
			return err
		}
	}
	for _, id := range l.disputes {
		if err := s.escalate(ctx, m, id); err != nil {
			return err
		}
	}
	for _, id := range l.accepted {
		if err := s.settle(ctx, m, id); err != nil {
			return err
		}
	}
	return nil
}

func (l *live) read(r *books.Reader, f ledger.FirmID, yesterday *civil.Date) error {
	*l = live{}
	today, err := r.Today(f)
	if err != nil {
		return err
	}
	*yesterday = today.AddDays(-1)
	for p, err := range r.OpenPromises(f) {
		if err != nil {
			return err
		}
		l.promises = append(l.promises, p.ID)
	}
	for p, err := range r.LivePlans(f) {
		if err != nil {
			return err
		}
		if p.State == ledger.PlanActive {
			l.plans = append(l.plans, p.ID)
		}
	}
	for d, err := range r.OpenDisputes(f) {
		if err != nil {
			return err
		}
		if d.Late(today) && !d.Escalated {
			l.disputes = append(l.disputes, d.ID)
		}
	}
	all, err := requestsOf(r, "open", f.Bytes())
	for _, x := range all {
		if x.State == Accepted {
			l.accepted = append(l.accepted, x.ID)
		}
	}
	return err
}

// judgePromise decides one promise; a broken one becomes a task to call.
func (s *Service) judgePromise(ctx context.Context, m journal.Meta, id ledger.PromiseID, endOf civil.Date) error {
	_, err := s.books.Write(ctx, m, "promise.judged", id.Bytes(), func(w *books.Writer) error {
		p, err := w.Promise(id)
		if err != nil || p.State != ledger.PromiseOpen {
			return err
		}
		if p, err = w.JudgePromise(id, endOf); err != nil || p.State != ledger.PromiseBroken && p.State != ledger.PromisePartlyKept {
			return err
		}
		return s.work(w, Task{Customer: p.Customer, Documents: p.Documents, Request: p.Request, Kind: "call", Cause: "promise_" + p.State.String()})
	})
	return err
}

// judgePlan decides one plan; one in default becomes a task to negotiate.
func (s *Service) judgePlan(ctx context.Context, m journal.Meta, id ledger.PlanID, endOf civil.Date) error {
	_, err := s.books.Write(ctx, m, "plan.judged", id.Bytes(), func(w *books.Writer) error {
		p, err := w.Plan(id)
		if err != nil || p.State != ledger.PlanActive {
			return err
		}
		if p, err = w.JudgePlan(id, endOf); err != nil || p.State != ledger.PlanDefaulted {
			return err
		}
		return s.work(w, Task{Customer: p.Customer, Documents: p.Documents, Request: p.Request, Kind: "negotiate", Cause: "plan_defaulted"})
	})
	return err
}

func (s *Service) escalate(ctx context.Context, m journal.Meta, id ledger.DisputeID) error {
	_, err := s.books.Write(ctx, m, "dispute.escalated", id.Bytes(), func(w *books.Writer) error {
		d, err := w.Dispute(id)
		if err != nil || d.Escalated {
			return err
		}
		if d, err = w.EscalateDispute(id); err != nil || !d.Escalated {
			return err
		}
		t := Task{Customer: d.Customer, Request: d.Request, Kind: "check", Cause: "dispute_late", Owner: d.Owner}
		for _, l := range d.Lines {
			t.Documents = append(t.Documents, l.Document)
		}
		return s.work(w, t)
	})
	return err
}

// work makes a task for today, for who owns the request that it came from.
func (s *Service) work(w *books.Writer, t Task) (err error) {
	if t.Due, err = w.Day(); err != nil {
		return err
	}
	if !t.Request.IsZero() && t.Owner.IsZero() {
		x, err := requests.Get(w.Tx(), t.Request.Bytes())
		if err != nil {
			return err
		}
		t.Owner = x.Owner
	}
	_, err = s.newTask(w, t)
	return err
}

// settle finishes an accepted request when the promise, dispute or plan that it made is finished.
func (s *Service) settle(ctx context.Context, m journal.Meta, id ID) error {
	_, err := s.books.Write(ctx, m, "request.done", id.Bytes(), func(w *books.Writer) error {
		x, err := requests.Get(w.Tx(), id.Bytes())
		if err != nil || x.State != Accepted {
			return err
		}
		over := false
		switch {
		case !x.Promise.IsZero():
			p, err := w.Promise(x.Promise)
			if err != nil {
				return err
			}
			over = p.State != ledger.PromiseOpen
		case !x.Dispute.IsZero():
			d, err := w.Dispute(x.Dispute)
			if err != nil {
				return err
			}
			over = !d.State.Active()
		case !x.Plan.IsZero():
			p, err := w.Plan(x.Plan)
			if err != nil {
				return err
			}
			over = p.State.Done()
		}
		if !over {
			return nil
		}
		x.State = Done
		if err := s.ended(w, &x, TaskDone, "settled"); err != nil {
			return err
		}
		c, err := w.Customer(x.Customer)
		if err != nil {
			return err
		}
		return s.save(w, &x, c)
	})
	return err
}

// stale is how old something may be when people are told of it.
const stale = 3 * 24 * time.Hour

// Notices follows the journal and tells the customer's contacts of shared messages of the firm and of the progress of
// requests: where to read it, not what it says.
func (s *Service) Notices() journal.Follower { return notices{s} }

type notices struct{ *Service }

// Name is where the follower's cursor is kept.
func (notices) Name() string { return "requests.notices" }

// Apply handles entries that wrote a shared message of the firm or moved a request.
func (n notices) Apply(ctx context.Context, entries []journal.Entry) error {
	now := n.books.Clock().Now()
	for _, e := range entries {
		if n.notify == nil || now.Sub(e.At) > stale {
			continue
		}
		told := false // one mail for one thing that happened
		for _, c := range e.Changes {
			if told || c.Value == nil {
				continue
			}
			var err error
			switch {
			case c.Table == messages.Name:
				told, err = n.message(ctx, c)
			case c.Table == requests.Name && (e.Kind == "request.accepted" || e.Kind == "request.declined" || e.Kind == "request.done" || e.Kind == "request.processed"):
				told, err = n.progress(ctx, c, e.Seq)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (n notices) message(ctx context.Context, c journal.Change) (bool, error) {
	m, err := messages.Decode(c.Value)
	if err != nil || m.Internal || m.Side != FromStaff || m.Read != 0 {
		return false, err
	}
	var t Thread
	if err := n.view(ctx, func(r *books.Reader) (err error) { t, err = threads.Get(r.Tx(), m.Thread.Bytes()); return err }); err != nil {
		return false, err
	}
	path := "/messages/" + t.ID.String()
	if !t.Request.IsZero() {
		path = "/requests/" + t.Request.String()
	}
	return true, n.tell(ctx, t.Firm, t.Customer, ledger.ContactID{}, Notice{Path: path}, m.ID.String())
}

func (n notices) progress(ctx context.Context, c journal.Change, seq uint64) (bool, error) {
	x, err := requests.Decode(c.Value)
	if err != nil {
		return false, err
	}
	return true, n.tell(ctx, x.Firm, x.Customer, x.Contact, Notice{Path: "/requests/" + x.ID.String(), Progress: true}, x.ID.String()+"/"+strconv.FormatUint(seq, 10))
}

// tell tells the contact who asked, else all who are active; a customer without contacts at their own address.
func (n notices) tell(ctx context.Context, f ledger.FirmID, c ledger.CustomerID, who ledger.ContactID, what Notice, key string) error {
	var people []ledger.Contact
	var customer ledger.Customer
	err := n.view(ctx, func(r *books.Reader) (err error) {
		if customer, err = r.Customer(c); err == nil {
			people, err = r.ContactsOf(c)
		}
		return err
	})
	if err != nil {
		return err
	}
	what.Customer = c
	for _, p := range people {
		if p.State == ledger.ContactClosed || !who.IsZero() && p.ID != who {
			continue
		}
		what.Contact, what.To, what.Name, what.Language = p.ID, p.Email, p.Name, cmp.Or(p.Language, customer.Language)
		err := n.notify.NotifyCustomer(ctx, journal.Meta{Firm: f, Key: "requests.notice/" + key + "/" + p.ID.String()}, what)
		if err != nil && fault.KindOf(err) != fault.Invalid { // an unusable address must not hold up the others
			return err
		}
	}
	return nil
}
