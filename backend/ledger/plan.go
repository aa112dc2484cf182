package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// PlanState is how a payment plan stands (rulebook 5.1). The last three are terminal.
type PlanState uint8

// The states of a plan.
const (
	PlanDraft PlanState = iota
	PlanOffered
	PlanActive
	PlanCompleted
	PlanDefaulted
	PlanCanceled
)

var planStates = [...]string{"draft", "offered", "active", "completed", "defaulted", "canceled"}

// String is the state in the words of the API.
func (s PlanState) String() string { return planStates[s] }

// Done reports whether nothing follows the state.
func (s PlanState) Done() bool { return s >= PlanCompleted }

// Step reports whether a plan may go from one state to another: drafted, offered, agreed, and then paid or not. Until it
// is done it can be canceled.
func (s PlanState) Step(to PlanState) error {
	switch {
	case s == PlanDraft && to == PlanOffered,
		s == PlanOffered && to == PlanActive,
		s == PlanActive && (to == PlanCompleted || to == PlanDefaulted),
		!s.Done() && to == PlanCanceled:
		return nil
	}
	return badStep("plan", s.String(), to.String())
}

// PlanGraceDays is how late an instalment may be before the plan is in default; a second late one is one too many.
const (
	PlanGraceDays   = 7
	maxLate         = 2
	maxInstalments  = 120
	maxPlanDistance = 3660 // days
)

// Instalment is a part of a plan.
type Instalment struct {
	Due    civil.Date
	Amount int64 // minor units of the plan's currency
}

// Plan is an agreement to pay some documents in instalments. Interest that is agreed on is a debit note among them.
type Plan struct {
	ID             PlanID
	Firm           FirmID
	Customer       CustomerID
	Documents      []DocumentID
	Total          money.Amount // what was open of them at activation; the instalments add up to it
	Instalments    []Instalment
	GraceDays      int
	InterestWaived bool // no statutory interest while the plan is kept

	By         string
	Contact    ContactID
	RecordedBy string
	Created    time.Time
	Note       string
	Request    RequestID

	State     PlanState
	Activated civil.Date
	Ended     civil.Date // the day on which it was completed, in default or canceled
	Reason    string
}

// ActiveOn reports whether the plan decides when its documents are due on a date.
func (p Plan) ActiveOn(asOf civil.Date) bool {
	return !p.Activated.IsZero() && p.Activated <= asOf && (p.State == PlanActive || asOf < p.Ended)
}

// PlanLimits are what a customer may propose without asking. Zero fields do not limit.
type PlanLimits struct {
	MaxInstalments int
	MinInstalment  int64 // minor units
	MaxMonths      int   // from the day of the proposal to the last instalment
	MaxFirstDays   int   // days to the first instalment
}

// ProposePlan cuts an amount into monthly instalments from a first day on: equal parts rounded down, the last takes the
// remainder. A day that a month does not have is its last one.
func ProposePlan(total money.Amount, n int, first civil.Date) ([]Instalment, error) {
	if n < 2 || n > maxInstalments {
		return nil, fault.Invalidf("plan.instalments", "a plan has between 2 and %d instalments, not %d", maxInstalments, n)
	}
	if total.Minor < int64(n) {
		return nil, fault.Invalidf("plan.total", "%s cannot be cut into %d instalments", total, n)
	}
	y, m, d := first.Date()
	out := make([]Instalment, n)
	for i, part := range money.Instalments(total, n) {
		month := civil.Of(y, m+time.Month(i), 1)
		out[i] = Instalment{Due: min(month.AddDays(d-1), month.EndOfMonth(0)), Amount: part.Minor}
	}
	return out, nil
}

// Check reports whether a proposal of a day stays within the limits.
func (l PlanLimits) Check(parts []Instalment, c money.Currency, today civil.Date) error {
	if len(parts) == 0 {
		return fault.Invalidf("plan.instalments", "a plan has between 2 and %d instalments, not %d", maxInstalments, 0)
	}
	if l.MaxInstalments > 0 && len(parts) > l.MaxInstalments {
		return fault.Invalidf("plan.max_instalments", "at most %d instalments are possible, not %d", l.MaxInstalments, len(parts)).
			With("max", fmt.Sprint(l.MaxInstalments))
	}
	for _, x := range parts {
		if x.Amount < l.MinInstalment {
			return fault.Invalidf("plan.min_instalment", "an instalment must be at least %s %s", money.Of(l.MinInstalment, c), c).
				With("min", money.Of(l.MinInstalment, c).String()).With("currency", string(c))
		}
	}
	if first := today.AddDays(l.MaxFirstDays); l.MaxFirstDays > 0 && parts[0].Due > first {
		return fault.Invalidf("plan.first", "the first instalment must be paid by %s", first).With("date", first.String())
	}
	y, m, d := today.Date()
	if last := civil.Of(y, m+time.Month(l.MaxMonths), d); l.MaxMonths > 0 && parts[len(parts)-1].Due > last {
		return fault.Invalidf("plan.last", "the last instalment must be paid by %s", last).With("date", last.String())
	}
	return nil
}

// Planned makes a plan ready to be drafted on a day: its documents are open and in no other plan, nothing of them is
// disputed, and the instalments ascend in time and add up to what is open.
func Planned(a *Account, c Commitments, p Plan, today civil.Date) (Plan, error) {
	open, err := a.debits(p.Documents, today)
	if err != nil {
		return p, err
	}
	holds := HoldsOn(a, Commitments{Disputes: active(c.Disputes)}, today)
	for _, id := range p.Documents {
		d, _ := a.Document(id)
		if _, ok := c.Plan(id, today); ok {
			return p, fault.Conflictf("plan.planned", "%s is in a payment plan already", d.Number).With("number", d.Number)
		}
		if holds[id].Disputed > 0 {
			return p, fault.Conflictf("plan.disputed", "%s is disputed; resolve that first", d.Number).With("number", d.Number)
		}
	}
	if len(p.Instalments) < 2 || len(p.Instalments) > maxInstalments {
		return p, fault.Invalidf("plan.instalments", "a plan has between 2 and %d instalments, not %d", maxInstalments, len(p.Instalments))
	}
	sum := money.Of(0, open.Currency)
	before := today.AddDays(-1)
	for _, x := range p.Instalments {
		if x.Amount <= 0 || x.Due <= before || x.Due > today.AddDays(maxPlanDistance) {
			return p, fault.Invalidf("plan.instalment", "each instalment needs an amount of more than zero and a day after the one before, from today on")
		}
		before = x.Due
		sum = sum.Add(money.Of(x.Amount, open.Currency))
	}
	if sum != open {
		return p, fault.Conflictf("plan.sum", "the instalments add up to %s, but %s is open", sum, open).With("open", open.String()).With("sum", sum.String())
	}
	if len(p.Note) > maxCommitmentText || len(p.By) > 200 {
		return p, fault.Invalidf("plan.too_long", "the note or the name is too long")
	}
	p.Total, p.State, p.Activated, p.Ended = open, PlanDraft, 0, 0
	if p.GraceDays == 0 {
		p.GraceDays = PlanGraceDays
	}
	return p, nil
}

// MovePlan takes a plan to another state by a person's decision. Activating it checks it once more against the account as
// it is then.
func MovePlan(a *Account, c Commitments, p Plan, to PlanState, reason string, today civil.Date) (Plan, error) {
	if err := p.State.Step(to); err != nil {
		return p, err
	}
	if to == PlanCompleted || to == PlanDefaulted {
		return p, badStep("plan", p.State.String(), to.String()) // only the account decides that: JudgePlan
	}
	if to == PlanActive {
		checked, err := Planned(a, c, p, today)
		if err != nil {
			return p, err
		}
		p.Total, p.Activated = checked.Total, today
	}
	if to == PlanCanceled {
		if p.Reason = strings.TrimSpace(reason); p.Reason == "" {
			return p, fault.Invalidf("plan.reason", "say why the plan is canceled; it stays in the books with that reason")
		}
		p.Ended = today
	}
	p.State = to
	return p, nil
}

// settled is how much of the plan had been paid, or otherwise settled, at the end of a day.
func (p Plan) settled(a *Account, on civil.Date) int64 {
	left := int64(0)
	for _, id := range p.Documents {
		left += a.Open(id, on).Minor
	}
	return p.Total.Minor - left
}

// JudgePlan decides an active plan at the end of a day: completed on the first day on which nothing is open, in default on
// the first day on which an instalment is more than GraceDays late or a second one is late. It goes through all days since
// the activation, so that it does not matter when, or how often, it is asked.
//
// An instalment is late when its day ends without it, or when a return takes it away later; its days count from then.
func JudgePlan(a *Account, p Plan, endOf civil.Date) Plan {
	if p.State != PlanActive {
		return p
	}
	missing := make([]int, len(p.Instalments)) // days in a row
	late := make([]bool, len(p.Instalments))
	for day := p.Activated; day <= endOf; day++ {
		paid, sum, count := p.settled(a, day), int64(0), 0
		if paid >= p.Total.Minor {
			p.State, p.Ended = PlanCompleted, day
			return p
		}
		tooLate := false
		for i, x := range p.Instalments {
			if sum += x.Amount; paid >= sum || day < x.Due {
				missing[i] = 0
			} else {
				missing[i]++
				late[i] = true
			}
			tooLate = tooLate || missing[i] > p.GraceDays+1
			if late[i] {
				count++
			}
		}
		if tooLate || count >= maxLate {
			p.State, p.Ended, p.Reason = PlanDefaulted, day, "instalment_late"
			if !tooLate {
				p.Reason = "second_late"
			}
			return p
		}
	}
	return p
}

// PlanPart is the part of a document that an instalment is for.
type PlanPart struct {
	Document   DocumentID
	Amount     int64
	Due        civil.Date
	Instalment int // its index
}

// Parts is Divide over what is open of the account on a date.
func (p Plan) Parts(a *Account, asOf civil.Date) []PlanPart {
	var items []OpenItem
	for _, it := range a.OpenItems(asOf) {
		if slices.Contains(p.Documents, it.ID) {
			items = append(items, it)
		}
	}
	return p.Divide(items)
}

// Divide divides the plan's documents with something open, oldest first (see Older), over the instalments that are still
// to be paid: money settles the oldest document and the first instalment first, so what is open belongs to the last ones.
// When more is open than planned (a return of an older payment), the first instalment carries it.
func (p Plan) Divide(items []OpenItem) []PlanPart {
	left := int64(0)
	for _, it := range items {
		left += it.Open.Minor
	}
	room := make([]int64, len(p.Instalments))
	for i := len(room) - 1; i >= 0; i-- {
		room[i] = min(left, p.Instalments[i].Amount)
		left -= room[i]
	}
	room[0] += left
	var out []PlanPart
	n := 0
	for _, it := range items {
		for rest := it.Open.Minor; rest > 0; {
			for room[n] == 0 {
				n++
			}
			take := min(rest, room[n])
			out = append(out, PlanPart{Document: it.ID, Amount: take, Due: p.Instalments[n].Due, Instalment: n})
			rest -= take
			room[n] -= take
		}
	}
	return out
}

// InstalmentStanding is how an instalment stands on a date.
type InstalmentStanding struct {
	Instalment
	Left    int64
	Overdue bool
}

// Standing is the plan on a date: what is left of each instalment, and the first one that is not paid (len when all are).
func (p Plan) Standing(a *Account, asOf civil.Date) (list []InstalmentStanding, next int) {
	list = make([]InstalmentStanding, len(p.Instalments))
	for i, x := range p.Instalments {
		list[i].Instalment = x
	}
	for _, part := range p.Parts(a, asOf) {
		list[part.Instalment].Left += part.Amount
	}
	next = len(list)
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Left > 0 {
			next = i
			list[i].Overdue = list[i].Due < asOf
		}
	}
	return list, next
}
