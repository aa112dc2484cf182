package dunning_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/ledger"
)

// bill is an invoice as the model knows it.
type bill struct {
	doc                         ledger.Document
	customer                    int
	open                        int64
	pays                        civil.Date // when the customer will pay, zero: never
	promise, dispute, plan      civil.Date // in force from its date
	promiseUntil, disputedUntil civil.Date
}

// blocked says why nobody may be reminded of a bill on a day.
func (b *bill) blocked(day civil.Date) string {
	switch {
	case b.open == 0:
		return "paid"
	case !b.promise.IsZero() && day >= b.promise && day <= b.promiseUntil:
		return "promised"
	case !b.dispute.IsZero() && day >= b.dispute && day <= b.disputedUntil:
		return "disputed"
	case !b.plan.IsZero() && day >= b.plan:
		return "planned"
	}
	return ""
}

// year is a firm that lives a year.
type year struct {
	*office
	r         *rand.Rand
	customers []ledger.Customer
	bills     []*bill
	byNumber  map[string]*bill
	seen      int // mails looked at
	last      map[string]civil.Date
	ladders   map[string]ladder.Strategy
}

// TestAYearOfReminders: 200 customers, a year of days, invoices, payments, promises, disputes and plans at random, days on
// which the program did not run, and restarts. What the mail server received is held against a model.
func TestAYearOfReminders(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes a while")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	o := open(t, "2026-07-01") // after the clock at which test books begin
	o.automatic()
	y := &year{office: o, r: rand.New(rand.NewPCG(seed, 1)), byNumber: map[string]*bill{}, last: map[string]civil.Date{}, ladders: map[string]ladder.Strategy{}} //nolint:gosec // a test's dice
	for _, s := range ladder.BuiltIn() {
		y.ladders[s.ID] = s
	}
	for i := range 200 {
		p := []ledger.Party{ledger.PartyBusiness, ledger.PartyConsumer, ledger.PartyPublic, ledger.PartyUnknown}[y.r.IntN(4)]
		c := o.party(fmt.Sprintf("Klant %d", i), p)
		if y.r.IntN(5) == 0 {
			_, err := o.SetProfile(o.Ctx, o.Meta(), dunning.Profile{Customer: c.ID, Strategy: []string{"good", "slow", "risky"}[y.r.IntN(3)]})
			o.must(err)
		}
		y.customers = append(y.customers, c)
	}
	for day := civil.MustParse("2026-07-02"); day <= civil.MustParse("2027-07-01"); day++ {
		o.day(day)
		y.live(day)
		if y.r.IntN(6) == 0 {
			continue // the computer was off
		}
		if y.r.IntN(40) == 0 {
			o.Reopen()
			o.restart()
		}
		o.work()
		y.people()
		y.look(day)
	}
	y.compare()
}

// live lets the customers do something.
func (y *year) live(day civil.Date) {
	for range y.r.IntN(4) {
		i := y.r.IntN(len(y.customers))
		issued := day
		if y.r.IntN(10) == 0 {
			issued = day - civil.Date(y.r.IntN(120)) // entered late
		}
		n := fmt.Sprintf("F%04d", len(y.bills))
		b := &bill{customer: i, open: int64(1000 + y.r.IntN(150000))}
		b.doc = y.Invoice(y.customers[i], n, issued.String(), "", b.open)
		if y.r.IntN(6) > 0 {
			b.pays = max(day+1, b.doc.Due+civil.Date(y.r.IntN(90)-20))
		}
		switch y.r.IntN(8) {
		case 0:
			b.promise = b.doc.Due + civil.Date(y.r.IntN(20))
			b.promiseUntil = b.promise + civil.Date(y.r.IntN(20))
		case 1:
			b.dispute = b.doc.Due + civil.Date(y.r.IntN(30))
			b.disputedUntil = b.dispute + civil.Date(y.r.IntN(40))
		case 2:
			b.plan = b.doc.Due + civil.Date(y.r.IntN(30))
		}
		y.bills, y.byNumber[n] = append(y.bills, b), b
	}
	y.holds.of = map[ledger.CustomerID][]dunning.Hold{}
	for _, b := range y.bills {
		if b.pays == day && b.open > 0 {
			paid := b.open
			if y.r.IntN(5) == 0 && paid > 2000 {
				paid, b.pays = paid/2, day+civil.Date(1+y.r.IntN(20))
			}
			y.Pay(y.customers[b.customer], day.String(), paid, ledger.Line{Document: b.doc.ID, Amount: paid})
			b.open -= paid
		}
		h := dunning.Hold{Document: b.doc.ID}
		switch b.blocked(day) {
		case "promised":
			h.Promised = b.promiseUntil
		case "disputed":
			h.Disputed = b.open
		case "planned":
			h.Plan = true
		default:
			continue
		}
		c := y.customers[b.customer].ID
		y.holds.of[c] = append(y.holds.of[c], h)
	}
}

// people do the calls and hand-overs, some of them later.
func (y *year) people() {
	open, err := y.Open(y.Ctx, y.Firm.ID)
	y.must(err)
	for _, st := range open {
		switch {
		case st.State == dunning.Planned: // a hand-over wants approval
			y.must(y.Approve(y.Ctx, y.Meta(), st.ID))
		case st.State == dunning.Todo && y.r.IntN(3) > 0:
			y.must(y.Done(y.Ctx, y.Meta(), st.ID, "spoke", ""))
		}
	}
}

var numbers = regexp.MustCompile(`F\d{4}`)

// look holds what arrived at the mail server against the model.
func (y *year) look(day civil.Date) {
	mails := y.server.Messages()
	for _, m := range mails[y.seen:] {
		to := m.To[0]
		if was, ok := y.last[to]; ok && civil.Days(was, day) < 7 {
			y.t.Fatalf("%s was reminded on %s and again on %s", to, was, day)
		}
		if !day.BusinessDay() {
			y.t.Fatalf("a reminder on %s", day)
		}
		y.last[to] = day
		listed := map[string]bool{}
		for _, n := range numbers.FindAllString(m.Text, -1) {
			listed[n] = true
		}
		for n := range listed {
			b := y.byNumber[n]
			if why := b.blocked(day); why != "" || to != fmt.Sprintf("klant%s@example.nl", y.customers[b.customer].Number) {
				y.t.Fatalf("%s was reminded of %s on %s: %s", to, n, day, why)
			}
		}
		if len(listed) == 0 {
			y.t.Fatalf("a reminder of nothing:\n%s", m.Text)
		}
	}
	y.seen = len(mails)
}

// compare holds the records against the model at the end of the year: every step of every invoice in the order of its
// ladder, none twice, none left out; as many mails as sent steps; the ledger equal to the model.
func (y *year) compare() {
	y.t.Helper()
	sent := 0
	for i, c := range y.customers {
		p, err := y.Profile(y.Ctx, y.Firm.ID, c.ID)
		y.must(err)
		id := p.Strategy
		if id == "" {
			id = "default"
		}
		steps := y.steps(c)
		had := map[string][]string{}
		for n := len(steps) - 1; n >= 0; n-- {
			st := steps[n]
			if st.State != dunning.Sent {
				continue
			}
			if st.Channel == ladder.Email {
				sent++
			}
			for _, l := range st.Lines {
				had[l.Number] = append(had[l.Number], l.Step)
			}
		}
		for number, got := range had {
			y.order(y.byNumber[number], y.ladders[id], got)
		}
		acc := y.Account(c.ID)
		for _, b := range y.bills {
			if open := acc.Open(b.doc.ID, civil.MustParse("2027-07-01")); b.customer == i && open.Minor != b.open {
				y.t.Errorf("%s: the ledger has %s open, the model %d", b.doc.Number, open, b.open)
			}
		}
	}
	if sent != len(y.server.Messages()) || sent < 100 {
		y.t.Errorf("%d steps are recorded as sent, %d mails arrived", sent, len(y.server.Messages()))
	}
	y.t.Logf("%d invoices, %d reminders", len(y.bills), sent)
}

// order: what an invoice had is the ladder from its start, without a gap but for steps before the due date or below their
// amount.
func (y *year) order(b *bill, s ladder.Strategy, got []string) {
	y.t.Helper()
	i := 0
	for _, step := range s.Steps {
		switch {
		case i == len(got):
			return
		case got[i] == step.ID:
			i++
		case step.Day < 0 || step.Above > 0:
		default:
			y.t.Errorf("%s had %v: not the ladder %s", b.doc.Number, got, s.ID)
			return
		}
	}
	if i < len(got) {
		y.t.Errorf("%s had %v: a step was repeated", b.doc.Number, got)
	}
}
