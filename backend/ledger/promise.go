package ledger

import (
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// PromiseState is how a promise to pay stands (rulebook 5.2). All but PromiseOpen are terminal.
type PromiseState uint8

// The states of a promise.
const (
	PromiseOpen PromiseState = iota
	PromiseKept
	PromisePartlyKept
	PromiseBroken
	PromiseCanceled
	PromiseSuperseded // by a later promise, or a plan, for the same invoices
)

var promiseStates = [...]string{"open", "kept", "partly_kept", "broken", "canceled", "superseded"}

// String is the state in the words of the API.
func (s PromiseState) String() string { return promiseStates[s] }

// Step reports whether a promise may go from one state to another: only an open one goes anywhere.
func (s PromiseState) Step(to PromiseState) error {
	if s == PromiseOpen && to > PromiseOpen && int(to) < len(promiseStates) {
		return nil
	}
	return badStep("promise", s.String(), to.String())
}

// Limits of promises.
const (
	PromiseGraceDays  = 3   // business days that a transfer takes
	MaxExtensions     = 2   // times that a promise may be put off
	MaxPromiseDays    = 366 // how far ahead one may promise
	promiseTolerance  = 1   // major units that may be missing
	maxCommitmentText = 4000
)

// Promise is somebody's word that so much of some invoices will be paid on a day.
type Promise struct {
	ID         PromiseID
	Firm       FirmID
	Customer   CustomerID
	Documents  []DocumentID
	Amount     money.Amount
	On         civil.Date
	Method     Method // how it will be paid; decides the grace days
	GraceDays  int    // business days after On, fixed when made
	Extensions int    // how often it was put off before

	By         string // who promised
	Contact    ContactID
	Channel    string // portal, phone, email, visit, letter
	RecordedBy string
	Recorded   time.Time
	RecordedOn civil.Date // its day at the firm
	Note       string
	Request    RequestID

	State    PromiseState
	Received int64      // minor units, once judged
	Ended    civil.Date // the day as of which it was judged, canceled or superseded
	Reason   string     // of a cancellation
	Next     PromiseID  // what superseded it
}

// Deadline is the last day on which money still counts: the promised day and its grace days.
func (p Promise) Deadline() civil.Date { return p.On.AddBusinessDays(p.GraceDays) }

// graceOf is how long money takes by a method: cards and iDEAL arrive at once (rulebook 5.2).
func graceOf(m Method) int {
	if m == MethodCard || m == MethodIDEAL {
		return 0
	}
	return PromiseGraceDays
}

// Promised makes a promise ready to be recorded on a day: it checks it against the account, sets grace days and counts
// the extensions. It returns the open promises that it supersedes: those with an invoice in common.
func Promised(a *Account, c Commitments, p Promise, today civil.Date) (Promise, []PromiseID, error) {
	open, err := a.debits(p.Documents, today)
	if err != nil {
		return p, nil, err
	}
	holds := HoldsOn(a, Commitments{Disputes: c.Disputes}, today)
	for _, id := range p.Documents {
		if pl, ok := c.Plan(id, today); ok {
			d, _ := a.Document(id)
			return p, nil, fault.Conflictf("promise.planned", "%s is in a payment plan of %s; its instalments are the promise", d.Number, pl.Total).With("number", d.Number)
		}
		open.Minor -= holds[id].Disputed
	}
	switch {
	case p.Amount.Currency != open.Currency:
		return p, nil, fault.Invalidf("promise.currency", "the invoices are in %s, the promise in %q", open.Currency, string(p.Amount.Currency))
	case p.Amount.Minor <= 0:
		return p, nil, fault.Invalidf("promise.amount", "a promise needs an amount of more than zero")
	case p.Amount.Minor > open.Minor:
		return p, nil, fault.Invalidf("promise.too_much", "only %s %s of these invoices is open and not disputed; promise that or less", open, open.Currency).
			With("open", open.String()).With("currency", string(open.Currency))
	case p.On < today:
		return p, nil, fault.Invalidf("promise.past", "%s has passed; a promise is for today or later", p.On).With("on", p.On.String())
	case p.On > today.AddDays(MaxPromiseDays):
		return p, nil, fault.Invalidf("promise.far", "%s is more than a year away; agree on a payment plan instead", p.On).With("on", p.On.String())
	case len(p.Note) > maxCommitmentText || len(p.By) > 200 || len(p.Channel) > 40:
		return p, nil, fault.Invalidf("promise.too_long", "the note or the name is too long")
	}
	p.GraceDays, p.RecordedOn, p.State, p.Extensions = graceOf(p.Method), today, PromiseOpen, 0
	var over []PromiseID
	for _, old := range c.Promises {
		if old.State != PromiseOpen || !overlap(old.Documents, p.Documents) {
			continue
		}
		over = append(over, old.ID)
		n := old.Extensions
		if p.On > old.On {
			n++
		}
		p.Extensions = max(p.Extensions, n)
	}
	if p.Extensions > MaxExtensions {
		return p, nil, fault.Conflictf("promise.extensions", "this promise has been put off %d times already; agree on a payment plan instead", MaxExtensions)
	}
	return p, over, nil
}

func overlap(a, b []DocumentID) bool {
	return slices.ContainsFunc(a, func(id DocumentID) bool { return slices.Contains(b, id) })
}

// JudgePromise decides an open promise at the end of a day: kept as soon as the money is there, and the rest at the end
// of the deadline. Received counts the money on the named invoices from the day of recording to the deadline. What was
// credited or written off in the meantime need not be paid; when that is all, the promise is canceled. An undecided
// promise stays open.
func JudgePromise(a *Account, p Promise, endOf civil.Date) Promise {
	if p.State != PromiseOpen {
		return p
	}
	last := min(endOf, p.Deadline())
	var left int64
	p.Received = 0
	for _, id := range p.Documents {
		for _, al := range a.AllocationsOf(id) {
			if al.Kind == FromReceipt && al.Effective >= p.RecordedOn && al.Effective <= last && a.counts(al, p) {
				p.Received += al.signed()
			}
		}
		left += a.Open(id, last).Minor
	}
	p.Received = max(p.Received, 0)
	wanted := min(p.Amount.Minor, p.Received+left)
	switch {
	case wanted > 0 && p.Received >= wanted-toleranceOf(p.Amount.Currency) && p.Received > 0:
		p.State = PromiseKept
	case wanted == 0:
		p.State, p.Reason = PromiseCanceled, "nothing is open any more"
	case last < p.Deadline():
		return p
	case p.Received > 0:
		p.State = PromisePartlyKept
	default:
		p.State = PromiseBroken
	}
	p.Ended = last
	return p
}

// counts keeps an old payment's history out of a promise: taking back what was allocated before the promise was made is
// no money less on the promise.
func (a *Account) counts(al Allocation, p Promise) bool {
	if al.Reverses.IsZero() {
		return true
	}
	was, ok := a.Allocation(al.Reverses)
	return ok && was.Effective >= p.RecordedOn
}

func toleranceOf(c money.Currency) int64 {
	n := int64(promiseTolerance)
	digits, _ := c.Exponent()
	for range digits {
		n *= 10
	}
	return n
}
