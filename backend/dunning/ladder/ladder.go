// Package ladder decides whom to remind of what: the rules of dunning (rulebook 11), pure.
//
// A Strategy is data: steps relative to the due date, each with a channel and a tone. Decide looks at one customer on one
// day, from state alone (what is open, what was sent when, what was promised, disputed or paused), never from how often it
// was asked. So a run that was missed skips nothing and a run that is repeated repeats nothing:
//
//   - The next step of an invoice is the first one of the ladder after those it has had; it comes on its day or later,
//     never before the step in front of it has had its days (seven; after a formal notice the fourteen that the law gives).
//     An invoice that enters the books long overdue starts at the first reminder like any other.
//   - A step before the due date lapses on the due date: nobody is told that something will soon be due when it already was.
//   - One message per customer and run: the highest step among its invoices. Every invoice in it moves to its own next
//     step only. A written message does not wait for a call and does not count as one; what does not fit goes later.
//   - Whatever speaks against reminding is a Reason: of the customer (nobody hears anything) or of an item.
package ladder

import (
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
)

// Channel is how a step reaches the customer.
type Channel string

// The channels. Call and Handover are work for a person.
const (
	Email    Channel = "email"
	Post     Channel = "letter"
	Call     Channel = "call"
	Handover Channel = "handover"
)

// Person reports whether somebody must do the step: it is not finished by sending.
func (c Channel) Person() bool { return c != Email }

// Tone decides the words of a message; the templates have a text for each in every language.
type Tone string

// The tones, from soft to hard.
const (
	HeadsUp  Tone = "heads_up"
	Friendly Tone = "friendly"
	Neutral  Tone = "neutral"
	Formal   Tone = "formal" // states the consequences: the Dutch 14-day letter, interest and compensation elsewhere
	Final    Tone = "final"
)

// Tones are all tones.
var Tones = []Tone{HeadsUp, Friendly, Neutral, Formal, Final}

// Step is one rung. ID is stable: it is what invoices are remembered to have had.
type Step struct {
	ID       string
	Day      int // relative to the due date
	Channel  Channel
	Tone     Tone
	Above    int64 // only when more than this is open of the invoice, minor units; 0: always
	Approval bool  // a person must approve, whatever the strategy says
}

// Strategy is a ladder with its limits. The zero limits mean the defaults.
type Strategy struct {
	ID           string
	Name         string // the firm's own; empty for the built-in ones, which have names in every language
	Version      int    // counts the firm's changes; stored with every step
	Steps        []Step // in order of Day
	GraceDays    int    // days after the due date in which money may be on its way
	MinGap       int    // days between two contacts with a customer
	SmallBalance int64  // not worth a message: what is open is at most this
	Automatic    bool   // what is due goes out without approval
	HumanOnly    bool   // never automatic, whatever else is set
	HoldExpected bool   // wait up to three days for a payment that is expected
}

// Defaults of rulebook 11.1 and 11.2.
const (
	DefaultGrace = 2
	DefaultGap   = 7
	DefaultSmall = 500
	holdExpected = 3
)

// ReasonCode says why somebody is left out or waits. The values are stable and have texts in the desk.
type ReasonCode string

// The reasons of a customer.
const (
	NoDunning     ReasonCode = "no_dunning"
	Legal         ReasonCode = "legal"
	Insolvent     ReasonCode = "insolvent"
	Archived      ReasonCode = "archived"
	PausedAll     ReasonCode = "paused_customer"
	CreditCovers  ReasonCode = "credit_covers" // credit on account would pay what is overdue: apply it
	NoAddress     ReasonCode = "no_address"
	Undeliverable ReasonCode = "undeliverable"
	RecentContact ReasonCode = "recent_contact"
	InProgress    ReasonCode = "in_progress" // an earlier step waits for a person or for the mail server
	ClosedDay     ReasonCode = "closed_day"
)

// The reasons of an item.
const (
	Paid          ReasonCode = "paid"
	Pending       ReasonCode = "payment_pending"
	SmallAmount   ReasonCode = "small_amount"
	Disputed      ReasonCode = "disputed"
	Promised      ReasonCode = "promised"
	Planned       ReasonCode = "payment_plan"
	Autopay       ReasonCode = "autopay"
	PausedItem    ReasonCode = "paused_item"
	Grace         ReasonCode = "grace"
	NotYet        ReasonCode = "not_yet"     // its next step has its day later
	NotBefore     ReasonCode = "new_notice"  // after a rejected dispute or a returned payment the customer gets some days first
	LadderDone    ReasonCode = "ladder_done" // all steps have been taken: a person decides what now
	OtherFirst    ReasonCode = "other_first" // another step goes out today
	OtherCurrency ReasonCode = "other_currency"
	Expected      ReasonCode = "expected"
)

// Reason is why not, with the day until which it holds (zero: until something changes) and what a person wrote about it.
type Reason struct {
	Code  ReasonCode
	Until civil.Date
	Note  string
}

// Had is a step that an invoice has had.
type Had struct {
	Step string
	On   civil.Date
	By   Channel
}

// Item is one open invoice as dunning sees it.
type Item struct {
	Document  ledger.DocumentID
	Number    string
	Due       civil.Date
	Currency  money.Currency
	Open      int64
	Disputed  int64 // the part in an open dispute
	Pending   bool  // a payment is on its way: at the provider, or a direct debit submitted
	Promised  civil.Date
	Plan      bool
	Autopay   civil.Date // the day on which it will be collected
	Paused    *Reason
	NotBefore civil.Date
	Default   civil.Date // a formal notice goes out after it; zero: the due date
	Expected  civil.Date // projected payment; zero: none
	Had       []Had      // oldest first
}

// Customer is what is known of the customer on the day.
type Customer struct {
	NoDunning, Legal, Insolvent, Archived bool
	Paused                                *Reason
	Credit                                map[money.Currency]int64 // credit on account
	Email                                 bool                     // there is an address to write to
	Undeliverable                         string                   // the address that mail came back from, if it is still the one
	LastContact                           civil.Date
	InProgress                            bool
	Holiday                               bool // the firm is closed on the day, besides weekends and bank holidays
}

// Line is an invoice in a message and the step that it has with it.
type Line struct {
	Document ledger.DocumentID
	Number   string
	Due      civil.Date
	Amount   int64 // open less what is in dispute
	Step     Step
}

// Message is what one customer is told. Step is the highest of its lines.
type Message struct {
	Step     Step
	Currency money.Currency
	Lines    []Line
	Total    int64
	Approval bool // a person must approve it
}

// Decision is what happens with a customer on a day.
type Decision struct {
	Message *Message
	Why     []Reason          // of the customer, when nothing goes out
	Items   map[int][]Reason  // by index of the item: why it is not in the message
	Next    map[int]*Upcoming // by index: the step that comes next, also when it waits
}

// Upcoming is an invoice's next step and its day.
type Upcoming struct {
	Step Step
	On   civil.Date
}

// Decide looks at one customer on one day. Items are the invoices and debit notes with anything open.
func Decide(s Strategy, c Customer, items []Item, today civil.Date) Decision {
	d := Decision{Items: map[int][]Reason{}, Next: map[int]*Upcoming{}}
	s = s.withDefaults()
	var ready []int
	for i := range items {
		next, ok := s.next(items[i], today)
		if ok {
			d.Next[i] = &next
		}
		why := s.against(items[i], today)
		switch {
		case len(why) > 0:
		case !ok:
			why = []Reason{{Code: LadderDone}}
		case next.On > today:
			why = []Reason{{Code: waiting(s, items[i], today), Until: next.On}}
		default:
			ready = append(ready, i)
			continue
		}
		d.Items[i] = why
	}
	if len(ready) == 0 {
		return d
	}
	m, chosen := s.compose(items, d.Next, ready)
	for _, i := range ready {
		if !slices.Contains(chosen, i) {
			code := OtherFirst
			if items[i].Currency != m.Currency {
				code = OtherCurrency
			}
			d.Items[i] = []Reason{{Code: code}}
		}
	}
	if d.Why = s.stops(c, m, items, today); len(d.Why) > 0 {
		return d
	}
	d.Message = m
	return d
}

func (s Strategy) withDefaults() Strategy {
	if s.GraceDays == 0 {
		s.GraceDays = DefaultGrace
	}
	if s.MinGap == 0 {
		s.MinGap = DefaultGap
	}
	if s.SmallBalance == 0 {
		s.SmallBalance = DefaultSmall
	}
	return s
}

// against is whatever speaks against reminding of an item, first the strongest.
func (s Strategy) against(it Item, today civil.Date) (why []Reason) {
	add := func(yes bool, r Reason) {
		if yes {
			why = append(why, r)
		}
	}
	add(it.Open <= 0, Reason{Code: Paid})
	add(it.Pending, Reason{Code: Pending})
	add(it.Disputed > 0 && it.Open-it.Disputed <= s.SmallBalance, Reason{Code: Disputed})
	add(it.Promised >= today, Reason{Code: Promised, Until: it.Promised})
	add(it.Plan, Reason{Code: Planned})
	add(!it.Autopay.IsZero(), Reason{Code: Autopay, Until: it.Autopay})
	if it.Paused != nil && (it.Paused.Until.IsZero() || it.Paused.Until >= today) {
		add(true, Reason{Code: PausedItem, Until: it.Paused.Until, Note: it.Paused.Note})
	}
	add(it.Open > 0 && it.Disputed == 0 && it.Open <= s.SmallBalance, Reason{Code: SmallAmount})
	add(it.NotBefore > today, Reason{Code: NotBefore, Until: it.NotBefore})
	return why
}

// next is the first step after those that the item has had, and the day on which it comes at the earliest.
func (s Strategy) next(it Item, today civil.Date) (Upcoming, bool) {
	from, last := 0, Had{}
	for i, step := range s.Steps {
		for _, h := range it.Had {
			if h.Step == step.ID {
				from = i + 1
			}
		}
	}
	for _, h := range it.Had {
		if h.On >= last.On {
			last = h
		}
	}
	for _, step := range s.Steps[from:] {
		if step.Day < 0 && today > it.Due || step.Above > 0 && it.Open <= step.Above {
			continue // lapsed, or not worth it
		}
		on := it.Due.AddDays(step.Day)
		if step.Day >= 0 {
			on = civil.Max(on, it.Due.AddDays(s.GraceDays+1))
		}
		if step.Tone == Formal {
			on = civil.Max(on, it.Default+1)
		}
		on = civil.Max(on, s.after(it, last))
		if s.HoldExpected && it.Expected > today && civil.Days(today, it.Expected) <= holdExpected {
			on = civil.Max(on, min(it.Expected+1, on.AddDays(holdExpected)))
		}
		return Upcoming{Step: step, On: on.NextBusinessDay()}, true
	}
	return Upcoming{}, false
}

// after is the day from which something may follow the last step: the gap, and after a formal notice the term it gave.
func (s Strategy) after(it Item, last Had) civil.Date {
	if last.On.IsZero() {
		return 0
	}
	if i := slices.IndexFunc(s.Steps, func(x Step) bool { return x.ID == last.Step }); i >= 0 && s.Steps[i].Tone == Formal && !last.By.Call() {
		l := interest.Letter{On: last.On, By: interest.ByEmail}
		if last.By == Post {
			l.By = interest.ByPost
		}
		return civil.Max(l.Earliest(), last.On.AddDays(s.MinGap))
	}
	return last.On.AddDays(s.MinGap)
}

// Call reports whether nothing was written.
func (c Channel) Call() bool { return c == Call || c == Handover }

// waiting names why a step has its day later.
func waiting(s Strategy, it Item, today civil.Date) ReasonCode {
	if len(it.Had) == 0 && today > it.Due && today <= it.Due.AddDays(s.GraceDays) {
		return Grace
	}
	if s.HoldExpected && it.Expected > today && civil.Days(today, it.Expected) <= holdExpected {
		return Expected
	}
	return NotYet
}

// compose makes the message of the highest step among what is ready, with everything that can go along in it.
func (s Strategy) compose(items []Item, next map[int]*Upcoming, ready []int) (*Message, []int) {
	rank := func(i int) int {
		return slices.IndexFunc(s.Steps, func(x Step) bool { return x.ID == next[i].Step.ID })
	}
	first := slices.MaxFunc(ready, func(a, b int) int {
		if r := rank(a) - rank(b); r != 0 {
			return r
		}
		return int(items[b].Due - items[a].Due) // of equals the oldest leads
	})
	m := &Message{Step: next[first].Step, Currency: items[first].Currency, Approval: !s.Automatic || s.HumanOnly}
	var chosen []int
	for _, i := range ready {
		step := next[i].Step
		if items[i].Currency != m.Currency || !m.Step.Channel.carries(step.Channel) {
			continue
		}
		if (step.Tone == HeadsUp) != (m.Step.Tone == HeadsUp) {
			// What is not yet due has no place among what is late; it is in the statement that goes along.
			continue
		}
		chosen = append(chosen, i)
		m.Approval = m.Approval || step.Approval
		line := Line{Document: items[i].Document, Number: items[i].Number, Due: items[i].Due, Amount: items[i].Open - items[i].Disputed, Step: step}
		m.Lines = append(m.Lines, line)
		m.Total += line.Amount
	}
	slices.SortStableFunc(m.Lines, func(a, b Line) int { return int(a.Due - b.Due) })
	return m, chosen
}

// carries reports whether a message by this channel can bring along a step that would go by the other one: a letter does
// for an e-mail; a call is a call.
func (c Channel) carries(other Channel) bool {
	return c == other || c == Post && other == Email
}

// stops is whatever speaks against contacting the customer at all today.
func (s Strategy) stops(c Customer, m *Message, items []Item, today civil.Date) (why []Reason) {
	add := func(yes bool, r Reason) {
		if yes {
			why = append(why, r)
		}
	}
	add(c.Holiday || !today.BusinessDay(), Reason{Code: ClosedDay})
	add(c.Insolvent, Reason{Code: Insolvent})
	add(c.Legal, Reason{Code: Legal})
	add(c.Archived, Reason{Code: Archived})
	add(c.NoDunning, Reason{Code: NoDunning})
	if c.Paused != nil && (c.Paused.Until.IsZero() || c.Paused.Until >= today) {
		add(true, Reason{Code: PausedAll, Until: c.Paused.Until, Note: c.Paused.Note})
	}
	overdue := int64(0)
	for _, it := range items {
		if it.Currency == m.Currency && it.Due < today {
			overdue += it.Open
		}
	}
	add(overdue > 0 && c.Credit[m.Currency] >= overdue, Reason{Code: CreditCovers})
	add(c.InProgress, Reason{Code: InProgress})
	if !c.LastContact.IsZero() && today < c.LastContact.AddDays(s.MinGap) {
		add(true, Reason{Code: RecentContact, Until: c.LastContact.AddDays(s.MinGap)})
	}
	if m.Step.Channel == Email {
		add(!c.Email, Reason{Code: NoAddress})
		add(c.Undeliverable != "", Reason{Code: Undeliverable, Note: c.Undeliverable})
	}
	return why
}
