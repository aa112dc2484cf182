package dunning

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// keptLeftOut bounds how many customers a run remembers to have left out.
const keptLeftOut = 2000

// LeftOut is a customer with something late who gets nothing, and why.
type LeftOut struct {
	Customer ledger.CustomerID
	Overdue  money.Amount
	Reasons  []ladder.Reason
}

// Preview is what a run of today would do.
type Preview struct {
	Day      civil.Date
	Messages []Step // as they would be planned; without an id
	Left     []LeftOut
	Planned  bool // today's run has been planned already
}

// Preview looks at every customer and writes nothing.
func (s *Service) Preview(ctx context.Context, firm ledger.FirmID) (p Preview, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		f, err := s.firmIn(r, firm)
		if err != nil {
			return err
		}
		p = Preview{Day: f.today}
		if p.Planned, err = runs.Has(r.Tx(), runs.Key(&runRecord{Firm: firm, Day: f.today})); err != nil {
			return err
		}
		for c, err := range r.Customers(firm) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			x, err := s.read(r, f, c, StepID{})
			if err != nil {
				return err
			}
			d := ladder.Decide(x.strategy, x.state, x.items, f.today)
			if d.Message != nil {
				p.Messages = append(p.Messages, f.plan(x, d.Message))
			} else if left, ok := f.leftOut(x, d); ok {
				p.Left = append(p.Left, left)
			}
		}
		return nil
	})
	slices.SortStableFunc(p.Messages, func(a, b Step) int { return cmp.Compare(b.Total, a.Total) })
	slices.SortStableFunc(p.Left, func(a, b LeftOut) int { return cmp.Compare(b.Overdue.Minor, a.Overdue.Minor) })
	return p, err
}

// plan makes the step of a decision.
func (f firmState) plan(x subject, m *ladder.Message) Step {
	st := Step{Firm: f.firm.ID, Customer: x.customer.ID, Day: f.today, Step: m.Step.ID, Channel: m.Step.Channel, Tone: m.Step.Tone,
		Strategy: x.strategy.ID, Version: x.strategy.Version, To: x.to.Email, Name: x.to.Name,
		Language: cmp.Or(x.to.Language, x.customer.Language, f.firm.Language)}
	if !m.Approval {
		st.State = Approved
	}
	f.fill(&st, x, m)
	return st
}

// fill puts a decision's invoices, legal form and stated cost in a step.
func (f firmState) fill(st *Step, x subject, m *ladder.Message) {
	st.Currency, st.Total, st.Lines = m.Currency, m.Total, nil
	formal := int64(0)
	for _, l := range m.Lines {
		st.Lines = append(st.Lines, Line{Document: l.Document, Number: l.Number, Due: l.Due, Amount: l.Amount, Step: l.Step.ID})
		if l.Step.Tone == ladder.Formal {
			formal += l.Amount
		}
	}
	st.Law, st.Cost, st.CostVAT = Plain, 0, false
	switch {
	case m.Step.Channel.Call():
	case m.Step.Tone == ladder.Formal && !consumer(x.customer):
		st.Law = BusinessLate
	case m.Step.Tone == ladder.Formal && f.country() == "NL" && st.Currency == "EUR":
		st.Law, st.CostVAT = FourteenDays, f.settings.CostVAT
		st.Cost = interest.BIK(formal, st.CostVAT)
	case m.Step.Tone == ladder.Formal:
		st.Law = ConsumerLater
	case f.country() == "BE" && consumer(x.customer) && m.Step.Tone == ladder.Friendly:
		st.Law = BelgianFirst
	}
}

// leftOut says why a customer with something late gets nothing; ok is false where nothing is late.
func (f firmState) leftOut(x subject, d ladder.Decision) (LeftOut, bool) {
	out := LeftOut{Customer: x.customer.ID, Reasons: slices.Clone(d.Why)}
	for i, it := range x.items {
		if it.Due >= f.today {
			continue
		}
		if out.Overdue.Currency == "" {
			out.Overdue.Currency = it.Currency
		}
		if it.Currency == out.Overdue.Currency {
			out.Overdue.Minor += it.Open
		}
		for _, r := range d.Items[i] {
			if !slices.ContainsFunc(out.Reasons, func(o ladder.Reason) bool { return o.Code == r.Code }) {
				out.Reasons = append(out.Reasons, r)
			}
		}
	}
	return out, out.Overdue.Minor > 0
}

// Run is a day on which reminders were planned.
type Run struct {
	Day     civil.Date
	By      string
	Planned int
	Left    []LeftOut
	LeftN   int // how many were left out; Left has at most 2,000 of them
}

// Plan plans today's run: one step for each customer that is due one. It may be called again, after a crash or by
// somebody else: who has a step under way or of today is passed over. On a closed day nothing is planned.
func (s *Service) Plan(ctx context.Context, m journal.Meta) (Run, error) {
	today, err := s.openDay(ctx, m.Firm)
	if err != nil {
		return Run{}, err
	}
	if err := s.dropUnapproved(ctx, m, today); err != nil {
		return Run{}, err
	}
	run := Run{Day: today, By: m.Actor.Name}
	var due []ledger.Customer
	err = s.books.View(ctx, func(r *books.Reader) error {
		f, err := s.firmIn(r, m.Firm)
		if err != nil {
			return err
		}
		due, run.Left, run.LeftN = nil, nil, 0
		for c, err := range r.Customers(m.Firm) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			x, err := s.read(r, f, c, StepID{})
			if err != nil {
				return err
			}
			d := ladder.Decide(x.strategy, x.state, x.items, f.today)
			if d.Message != nil && !x.todays(f.today) {
				due = append(due, c)
			} else if left, ok := f.leftOut(x, d); ok && d.Message == nil {
				if run.LeftN++; len(run.Left) < keptLeftOut {
					run.Left = append(run.Left, left)
				}
			}
		}
		return nil
	})
	if err != nil {
		return run, err
	}
	for _, c := range due {
		planned, err := s.planOne(ctx, m, c)
		if err != nil {
			return run, err
		}
		if planned {
			run.Planned++
		}
	}
	return run, s.recordRun(ctx, m, run)
}

// openDay is today, unless nothing is sent today.
func (s *Service) openDay(ctx context.Context, firm ledger.FirmID) (today civil.Date, err error) {
	var f firmState
	if err := s.books.View(ctx, func(r *books.Reader) error { f, err = s.firmIn(r, firm); return err }); err != nil {
		return 0, err
	}
	if !f.today.BusinessDay() || slices.Contains(f.settings.Holidays, f.today) {
		return 0, fault.Conflictf("dunning.closed_day", "%s is a day on which nothing is sent: a weekend, a bank holiday or a closing day of the firm", f.today)
	}
	return f.today, nil
}

// planOne decides about one customer and writes the step, in one transaction.
func (s *Service) planOne(ctx context.Context, m journal.Meta, c ledger.Customer) (planned bool, err error) {
	_, err = s.books.Log().Update(ctx, m, "dunning.planned", nil, func(tx *journal.Tx) error {
		planned = false
		r := s.books.In(tx)
		f, err := s.firmIn(r, m.Firm)
		if err != nil {
			return err
		}
		x, err := s.read(r, f, c, StepID{})
		if err != nil || x.todays(f.today) {
			return err
		}
		d := ladder.Decide(x.strategy, x.state, x.items, f.today)
		if d.Message == nil {
			return nil
		}
		st := f.plan(x, d.Message)
		if st.Inputs, err = x.inputs(); err != nil {
			return err
		}
		st.ID, st.Created = ident.New[stepKind](s.books.IDs()), tx.At()
		planned = true
		return save(tx, st, true)
	})
	return planned, err
}

// todays reports whether the customer has had its step of a day, however that ended.
func (x *subject) todays(day civil.Date) bool {
	return slices.ContainsFunc(x.history, func(st Step) bool { return st.Day == day && st.State != Dropped })
}

func save(tx *journal.Tx, st Step, fresh bool) error {
	tx.Subject(st.Customer.Bytes(), st.ID.Bytes())
	for _, l := range st.Lines {
		tx.Subject(l.Document.Bytes())
	}
	tx.Fact("step", st.Step)
	tx.Fact("channel", string(st.Channel))
	tx.Fact("amount", money.Of(st.Total, st.Currency).String())
	tx.Fact("currency", string(st.Currency))
	r := recordOf(st)
	if fresh {
		return steps.Insert(tx, &r)
	}
	return steps.Put(tx, &r)
}

// dropUnapproved takes back what earlier days planned, nobody has approved, and would not be planned so today: today's
// run decides anew. What somebody put off until a day that has passed comes up again in the same way.
func (s *Service) dropUnapproved(ctx context.Context, m journal.Meta, today civil.Date) error {
	open, err := s.Open(ctx, m.Firm)
	if err != nil {
		return err
	}
	for _, st := range open {
		if (st.State != Planned || st.Day >= today) && (st.State != Held || st.Until.IsZero() || st.Until >= today) {
			continue
		}
		err := s.change(ctx, m, st.ID, "dunning.dropped", func(tx *journal.Tx, now *Step) error {
			if now.State != st.State {
				return nil
			}
			x, d, err := s.again(s.books.In(tx), *now)
			if err != nil || now.State == Planned && same(*now, d.Message) {
				return err
			}
			now.State, now.Reasons = Dropped, reasons(x, d, *now)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// again decides about a step's customer as if the step were not there.
func (s *Service) again(r *books.Reader, st Step) (x subject, d ladder.Decision, err error) {
	f, err := s.firmIn(r, st.Firm)
	if err != nil {
		return x, d, err
	}
	c, err := r.Customer(st.Customer)
	if err != nil {
		return x, d, err
	}
	if x, err = s.read(r, f, c, st.ID); err != nil {
		return x, d, err
	}
	return x, ladder.Decide(x.strategy, x.state, x.items, f.today), nil
}

// same reports whether a decision is still the one that was planned.
func same(st Step, m *ladder.Message) bool {
	return m != nil && m.Step.ID == st.Step && m.Total == st.Total && slices.EqualFunc(m.Lines, st.Lines, func(a ladder.Line, b Line) bool {
		return a.Document == b.Document && a.Step.ID == b.Step
	})
}

// Overtaken is the reason of a step that was dropped because the run of a later day decides anew.
const Overtaken ladder.ReasonCode = "new_run"

// reasons are why a step does not go out as it was planned: what speaks against its invoices now.
func reasons(x subject, d ladder.Decision, st Step) []ladder.Reason {
	out := slices.Clone(d.Why)
	for _, l := range st.Lines {
		i := slices.IndexFunc(x.items, func(it ladder.Item) bool { return it.Document == l.Document })
		why := []ladder.Reason{{Code: ladder.Paid}}
		if i >= 0 {
			why = d.Items[i]
		}
		for _, r := range why {
			if !slices.ContainsFunc(out, func(o ladder.Reason) bool { return o.Code == r.Code }) {
				out = append(out, r)
			}
		}
	}
	if len(out) == 0 {
		out = []ladder.Reason{{Code: Overtaken}}
	}
	return out
}

func (s *Service) recordRun(ctx context.Context, m journal.Meta, run Run) error {
	_, err := s.books.Log().Update(ctx, m, "dunning.run", nil, func(tx *journal.Tx) error {
		tx.Subject(m.Firm.Bytes())
		r := runRecord{Firm: m.Firm, Day: run.Day, At: nanos(tx.At()), By: run.By, Planned: run.Planned, LeftN: run.LeftN}
		if old, err := runs.Get(tx, runs.Key(&r)); err == nil {
			r.Planned += old.Planned
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		for _, l := range run.Left {
			r.Left = append(r.Left, leftOutRecord{Customer: l.Customer, Amount: l.Overdue.Minor, Currency: l.Overdue.Currency, Reasons: fromReasons(l.Reasons)})
		}
		return runs.Put(tx, &r)
	})
	return err
}

// Runs are the firm's runs, newest first.
func (s *Service) Runs(ctx context.Context, firm ledger.FirmID, limit int) (out []Run, err error) {
	err = s.view(ctx, func(tx store.Tx) error {
		out = nil
		for r, err := range runs.Scan(tx, store.Prefix(firm.Bytes()).Reversed()) {
			if err != nil {
				return err
			}
			run := Run{Day: r.Day, By: r.By, Planned: r.Planned, LeftN: r.LeftN}
			for _, l := range r.Left {
				run.Left = append(run.Left, LeftOut{Customer: l.Customer, Overdue: money.Of(l.Amount, l.Currency), Reasons: toReasons(l.Reasons)})
			}
			if out = append(out, run); len(out) == limit {
				break
			}
		}
		return nil
	})
	return out, err
}

// Open are the firm's steps under way, oldest first.
func (s *Service) Open(ctx context.Context, firm ledger.FirmID) (out []Step, err error) {
	err = s.view(ctx, func(tx store.Tx) error { out, err = listIn(tx, "open", store.Prefix(firm.Bytes()), 0); return err })
	return out, err
}

// Recent are the firm's steps of every state, newest first, older than before (zero: from the newest).
func (s *Service) Recent(ctx context.Context, firm ledger.FirmID, before StepID, limit int) (out []Step, err error) {
	rng := store.Prefix(firm.Bytes())
	if !before.IsZero() {
		rng.To = append(firm.Bytes()[:16:16], before.Bytes()...)
	}
	err = s.view(ctx, func(tx store.Tx) error { out, err = listIn(tx, "firm", rng.Reversed(), limit); return err })
	return out, err
}

// History are a customer's steps, newest first.
func (s *Service) History(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID, limit int) (out []Step, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		if err := owns(r, firm, c); err != nil {
			return err
		}
		out, err = historyIn(r.Tx(), c, limit)
		return err
	})
	return out, err
}

func listIn(tx store.Tx, index string, rng store.Range, limit int) (out []Step, err error) {
	for p, err := range steps.Entries(tx, index, rng) {
		if err != nil {
			return nil, err
		}
		r, err := steps.Get(tx, p.Key[16:])
		if err != nil {
			return nil, err
		}
		if out = append(out, r.step()); len(out) == limit {
			break
		}
	}
	return out, nil
}

func errUnknownStep() error {
	return fault.NotFoundf("dunning.step_unknown", "there is no such reminder")
}

// change loads a step, changes and saves it in one transaction. A step that change leaves as it was is not written.
func (s *Service) change(ctx context.Context, m journal.Meta, id StepID, kind string, fn func(*journal.Tx, *Step) error) error {
	_, err := s.books.Log().Update(ctx, m, kind, nil, func(tx *journal.Tx) error {
		st, err := stepIn(tx, m.Firm, id)
		if err != nil {
			return err
		}
		was := st.State
		if err := fn(tx, &st); err != nil || st.State == was && st.State != Held {
			return err
		}
		if !st.State.open() {
			st.Finished = tx.At()
		}
		return save(tx, st, false)
	})
	return err
}

func state(st *Step, allowed ...State) error {
	if !slices.Contains(allowed, st.State) {
		return fault.Conflictf("dunning.state", "this reminder is %s by now", st.State).With("state", st.State.String())
	}
	return nil
}

// Approve lets a planned or held step go out.
func (s *Service) Approve(ctx context.Context, m journal.Meta, id StepID) error {
	return s.change(ctx, m, id, "dunning.approved", func(_ *journal.Tx, st *Step) error {
		if st.State == Approved {
			return nil
		}
		st.By = m.Actor.Name
		err := state(st, Planned, Held)
		st.State = Approved
		return err
	})
}

// Hold puts a step off until a day (zero: until somebody approves it).
func (s *Service) Hold(ctx context.Context, m journal.Meta, id StepID, until civil.Date, note string) error {
	if note = strings.TrimSpace(note); note == "" {
		return errNote()
	}
	return s.change(ctx, m, id, "dunning.held", func(tx *journal.Tx, st *Step) error {
		tx.Fact("note", note)
		err := state(st, Planned, Approved, Held)
		st.State, st.Until, st.Note, st.By = Held, until, note, m.Actor.Name
		return err
	})
}

func errNote() error {
	return fault.Invalidf("dunning.note", "say why in a few words, so that others understand it later")
}

// Skip lets the invoices move on without the step: it counts as had.
func (s *Service) Skip(ctx context.Context, m journal.Meta, id StepID, note string) error {
	if note = strings.TrimSpace(note); note == "" {
		return errNote()
	}
	return s.change(ctx, m, id, "dunning.skipped", func(tx *journal.Tx, st *Step) error {
		if err := state(st, Planned, Approved, Held, Todo); err != nil {
			return err
		}
		today, err := s.books.In(tx).Today(st.Firm)
		tx.Fact("note", note)
		st.State, st.Note, st.By, st.SentOn = Skipped, note, m.Actor.Name, today
		return err
	})
}

// Outcomes of work done by a person.
var Outcomes = []string{"done", "spoke", "promise", "dispute", "paid", "no_answer", "wrong_contact"}

// Done finishes work of a person. Nobody was reached with no_answer and wrong_contact: the step is dropped, and comes
// again with the next run after the usual days.
func (s *Service) Done(ctx context.Context, m journal.Meta, id StepID, outcome, note string) error {
	if !slices.Contains(Outcomes, outcome) {
		return fault.Invalidf("dunning.outcome", "%q is not how it can end; expected one of %s", outcome, strings.Join(Outcomes, ", "))
	}
	return s.change(ctx, m, id, "dunning.done", func(tx *journal.Tx, st *Step) error {
		if err := state(st, Todo); err != nil {
			return err
		}
		today, err := s.books.In(tx).Today(st.Firm)
		st.State, st.Outcome, st.Note, st.By, st.SentOn = Sent, outcome, strings.TrimSpace(note), m.Actor.Name, today
		if outcome == "no_answer" || outcome == "wrong_contact" {
			st.State, st.SentOn = Failed, 0
		}
		tx.Fact("outcome", outcome)
		return err
	})
}
