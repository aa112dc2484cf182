package ladder

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

func day(s string) civil.Date { return civil.MustParse(s) }

// Monday 1 June 2026 is the due date of these tests.
var due = day("2026-06-01")

func item(open int64, had ...Had) Item {
	return Item{Number: "2026-1", Due: due, Currency: "EUR", Open: open, Had: had}
}

func had(step string, after int) Had { return Had{Step: step, On: due.AddDays(after), By: Email} }

func codes(rs []Reason) (out []ReasonCode) {
	for _, r := range rs {
		out = append(out, r.Code)
	}
	return out
}

// TestNextStep walks the default ladder of one invoice.
func TestNextStep(t *testing.T) {
	for _, c := range []struct {
		name string
		it   Item
		on   civil.Date
		step string
		why  ReasonCode
	}{
		{"too early", item(10000), due.AddDays(-4), "", NotYet},
		{"no heads-up for a small invoice", item(50000), due.AddDays(-3), "", NotYet},
		{"a heads-up for a larger one", item(50001), due.AddDays(-3), "heads_up", ""}, // Friday
		{"on the due date", item(10000), due, "", NotYet},
		{"money may be on its way", item(10000), due.AddDays(2), "", Grace},
		{"a reminder", item(10000), due.AddDays(3), "reminder", ""},
		{"a reminder after a week of missed runs", item(10000), due.AddDays(11), "reminder", ""},
		{"long overdue when it enters the books: the first reminder, no jump", item(10000), due.AddDays(200), "reminder", ""},
		{"nothing within seven days of a step", item(10000, had("reminder", 4)), due.AddDays(10), "", NotYet},
		{"the second one", item(10000, had("reminder", 3)), due.AddDays(10), "second", ""},
		{"a call", item(10000, had("reminder", 3), had("second", 10)), due.AddDays(17), "call", ""},
		{"never the same again", item(10000, had("reminder", 3), had("second", 10), had("call", 17)), due.AddDays(24), "formal", ""},
		{"the term of the formal notice runs", item(10000, had("formal", 30)), due.AddDays(42), "", NotYet}, // sent 1 July
		{"the day after the fourteen", item(10000, had("formal", 30)), due.AddDays(46), "final", ""},        // 17 July
		{"the ladder has an end", item(10000, had("handover", 56)), due.AddDays(90), "", LadderDone},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Decide(auto(Default()), Customer{Email: true}, []Item{c.it}, c.on)
			got, why := "", []ReasonCode(nil)
			if d.Message != nil {
				got = d.Message.Step.ID
			}
			if why = codes(d.Items[0]); c.why != "" && !cmp.Equal(why, []ReasonCode{c.why}) || got != c.step {
				t.Errorf("step %q because %v; want %q, %q (customer: %v)", got, why, c.step, c.why, codes(d.Why))
			}
		})
	}
}

func auto(s Strategy) Strategy { s.Automatic = true; return s }

// TestStops has one row for every condition of rulebook 11.2.
func TestStops(t *testing.T) {
	on := due.AddDays(3)
	change := func(f func(*Item)) Item { it := item(10000); f(&it); return it }
	for _, c := range []struct {
		name string
		it   Item
		c    Customer
		want []ReasonCode // of the item, else of the customer
	}{
		{"paid", change(func(i *Item) { i.Open = 0 }), Customer{}, []ReasonCode{Paid}},
		{"a payment on its way", change(func(i *Item) { i.Pending = true }), Customer{}, []ReasonCode{Pending}},
		{"a small rest", change(func(i *Item) { i.Open = 500 }), Customer{}, []ReasonCode{SmallAmount}},
		{"disputed", change(func(i *Item) { i.Disputed = 10000 }), Customer{}, []ReasonCode{Disputed}},
		{"promised for today", change(func(i *Item) { i.Promised = on }), Customer{}, []ReasonCode{Promised}},
		{"a plan", change(func(i *Item) { i.Plan = true }), Customer{}, []ReasonCode{Planned}},
		{"autopay", change(func(i *Item) { i.Autopay = on + 2 }), Customer{}, []ReasonCode{Autopay}},
		{"paused", change(func(i *Item) { i.Paused = &Reason{Until: on} }), Customer{}, []ReasonCode{PausedItem}},
		{"notice after a rejected dispute", change(func(i *Item) { i.NotBefore = on + 1 }), Customer{}, []ReasonCode{NotBefore}},
		{"no dunning", item(10000), Customer{NoDunning: true}, []ReasonCode{NoDunning}},
		{"legal", item(10000), Customer{Legal: true}, []ReasonCode{Legal}},
		{"insolvent", item(10000), Customer{Insolvent: true}, []ReasonCode{Insolvent}},
		{"archived", item(10000), Customer{Archived: true}, []ReasonCode{Archived}},
		{"customer paused", item(10000), Customer{Paused: &Reason{}}, []ReasonCode{PausedAll}},
		{"credit covers it", item(10000), Customer{Credit: map[money.Currency]int64{"EUR": 10000}}, []ReasonCode{CreditCovers}},
		{"in progress", item(10000), Customer{InProgress: true}, []ReasonCode{InProgress}},
		{"recent contact", item(10000), Customer{LastContact: on - 6}, []ReasonCode{RecentContact}},
		{"mail came back", item(10000), Customer{Undeliverable: "x@example.org"}, []ReasonCode{Undeliverable}},
		{"closed", item(10000), Customer{Holiday: true}, []ReasonCode{ClosedDay}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.c.Email = true
			d := Decide(Default(), c.c, []Item{c.it}, on)
			if got := append(codes(d.Items[0]), codes(d.Why)...); d.Message != nil || !cmp.Equal(got, c.want) {
				t.Errorf("%v, message %v; want %v", got, d.Message, c.want)
			}
		})
	}
	if d := Decide(Default(), Customer{}, []Item{item(10000)}, on); !cmp.Equal(codes(d.Why), []ReasonCode{NoAddress}) {
		t.Errorf("without an address: %v", d.Why)
	}
	over := change(func(i *Item) { i.Promised, i.Paused, i.NotBefore, i.Disputed = on-1, &Reason{Until: on - 1}, on, 4000 })
	d := Decide(Default(), Customer{Email: true, LastContact: on - 7, Credit: map[money.Currency]int64{"EUR": 9999, "USD": 99999}}, []Item{over}, on)
	if d.Message == nil || d.Message.Total != 6000 || !d.Message.Approval {
		t.Errorf("what has passed, and a part in dispute: %+v, %v, %v", d.Message, d.Items, d.Why)
	}
}

// TestConsolidation: one message, the highest step, nobody escalated.
func TestConsolidation(t *testing.T) {
	a := Item{Document: ledger.DocumentID{1}, Number: "A", Due: due.AddDays(-21), Currency: "EUR", Open: 10000,
		Had: []Had{had("reminder", -18), had("second", -11), had("call", -4)}}
	b := Item{Document: ledger.DocumentID{2}, Number: "B", Due: due, Currency: "EUR", Open: 20000}
	later := Item{Document: ledger.DocumentID{3}, Number: "C", Due: due.AddDays(6), Currency: "EUR", Open: 90000}
	usd := Item{Document: ledger.DocumentID{4}, Number: "D", Due: due, Currency: "USD", Open: 5000}
	d := Decide(Default(), Customer{Email: true}, []Item{b, a, later, usd}, due.AddDays(3))
	if d.Message == nil || d.Message.Step.ID != "formal" || d.Message.Total != 30000 || len(d.Message.Lines) != 2 {
		t.Fatalf("message %+v, %v", d.Message, d.Items)
	}
	if d.Message.Lines[0].Step.ID != "formal" || d.Message.Lines[1].Step.ID != "reminder" {
		t.Errorf("every invoice has its own step: %+v", d.Message.Lines)
	}
	if got := []ReasonCode{d.Items[2][0].Code, d.Items[3][0].Code}; !cmp.Equal(got, []ReasonCode{OtherFirst, OtherCurrency}) {
		t.Errorf("left out because %v", got)
	}
	// A call says nothing in writing: the reminder is not spent on it.
	a.Had = a.Had[:2]
	d = Decide(Default(), Customer{Email: true}, []Item{a, b}, due.AddDays(3))
	if d.Message.Step.ID != "call" || len(d.Message.Lines) != 1 || d.Items[1][0].Code != OtherFirst {
		t.Errorf("%+v, %v", d.Message, d.Items)
	}
}

func TestExpectedPayment(t *testing.T) {
	s := Default()
	s.HoldExpected = true
	it := item(10000)
	for _, c := range []struct{ today, expected, want int }{{3, 5, 0}, {3, 7, 1}, {4, 5, 0}, {7, 8, 1}} {
		it.Expected = due.AddDays(c.expected)
		d := Decide(s, Customer{Email: true}, []Item{it}, due.AddDays(c.today))
		if (d.Message != nil) != (c.want == 1) {
			t.Errorf("on day %d with a payment expected on day %d: %v", c.today, c.expected, d.Message)
		}
	}
}

func TestBuiltInStrategiesAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range BuiltIn() {
		if _, err := Check(s); err != nil || seen[s.ID] {
			t.Errorf("%s: %v", s.ID, err)
		}
		seen[s.ID] = true
	}
	for _, seg := range []Segment{Average, Good, Slow, Risky} {
		if !seen[seg.Strategy()] {
			t.Errorf("segment %s has no strategy", seg)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for code, change := range map[string]func(*Strategy){
		"dunning.steps":         func(s *Strategy) { s.Steps = nil },
		"dunning.limits":        func(s *Strategy) { s.MinGap = 3 },
		"dunning.step_name":     func(s *Strategy) { s.Steps[1].ID = "" },
		"dunning.step_twice":    func(s *Strategy) { s.Steps[1].ID = "second" },
		"dunning.step_day":      func(s *Strategy) { s.Steps[1].Day = 500 },
		"dunning.step_channel":  func(s *Strategy) { s.Steps[1].Channel = "fax" },
		"dunning.step_tone":     func(s *Strategy) { s.Steps[1].Tone = "rude" },
		"dunning.step_heads_up": func(s *Strategy) { s.Steps[0].Day = 1 },
		"dunning.handover":      func(s *Strategy) { s.Steps[6].Approval = false },
	} {
		s := Default()
		change(&s)
		if _, err := Check(s); !errors.Is(err, &fault.Error{Code: code}) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		h    History
		want Segment
	}{
		{History{}, Average},
		{History{FirstLate: true}, Risky},
		{History{Paid: 5, OnTime: 5, Amount: 100, LateDays: 0, BrokenPromises: 2}, Risky},
		{History{Paid: 5, OnTime: 5, Amount: 100, Overdue: 11, CreditLimit: 10}, Risky},
		{History{Paid: 3, OnTime: 3, Amount: 100, LateDays: 300}, Good},
		{History{Paid: 3, OnTime: 3, Amount: 100, LateDays: 300, BrokenPromises: 1}, Average},
		{History{Paid: 3, OnTime: 2, Amount: 100, LateDays: 301}, Average},
		{History{Paid: 3, OnTime: 2, Amount: 100, LateDays: 1501}, Slow},
		{History{Paid: 4, OnTime: 1, Amount: 100, LateDays: 400}, Slow},
		{History{Paid: 2, OnTime: 0, Amount: 100, LateDays: 9000}, Average},
	} {
		if got := SegmentOf(c.h); got != c.want {
			t.Errorf("%+v is %s, want %s", c.h, got, c.want)
		}
	}
}

// TestYearOfOneCustomer lets a customer live a random year under every strategy, with run days missed at random, and
// holds what was sent against the rules.
func TestYearOfOneCustomer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := auto(rapid.SampledFrom(BuiltIn()).Draw(t, "strategy"))
		start := day("2026-01-01")
		n := rapid.IntRange(1, 8).Draw(t, "invoices")
		items := make([]Item, n)
		paidOn := make([]civil.Date, n)
		for i := range items {
			d := start.AddDays(rapid.IntRange(-200, 300).Draw(t, "due"))
			items[i] = Item{Document: ledger.DocumentID{byte(i + 1)}, Number: fmt.Sprint(i), Due: d, Currency: "EUR", Open: rapid.Int64Range(1, 200000).Draw(t, "open")}
			paidOn[i] = d.AddDays(rapid.IntRange(-20, 150).Draw(t, "paid"))
			if rapid.IntRange(0, 5).Draw(t, "promise") == 0 {
				items[i].Promised = d.AddDays(rapid.IntRange(0, 40).Draw(t, "promised"))
			}
			items[i].Plan = rapid.IntRange(0, 9).Draw(t, "plan") == 0
		}
		c := Customer{Email: true}
		for today := start; today < start+365; today++ {
			if rapid.IntRange(0, 3).Draw(t, "missed") == 0 {
				continue
			}
			for i := range items {
				if today >= paidOn[i] {
					items[i].Open = 0
				}
			}
			d := Decide(s, c, items, today)
			if d.Message == nil {
				continue
			}
			if !today.BusinessDay() || !c.LastContact.IsZero() && civil.Days(c.LastContact, today) < 7 {
				t.Fatalf("a message on %s, the last one was on %s", today, c.LastContact)
			}
			for _, line := range d.Message.Lines {
				it := &items[int(line.Document[0])-1]
				check(t, s, *it, line, today)
				it.Had = append(it.Had, Had{Step: line.Step.ID, On: today, By: d.Message.Step.Channel})
			}
			c.LastContact = today
		}
	})
}

func check(t *rapid.T, s Strategy, it Item, line Line, today civil.Date) {
	switch {
	case it.Open <= DefaultSmall || it.Plan || it.Promised >= today || line.Amount != it.Open:
		t.Fatalf("%+v was reminded of on %s", it, today)
	case today < it.Due.AddDays(line.Step.Day):
		t.Fatalf("%s on %s is before its day of %s", line.Step.ID, today, it.Due)
	case line.Step.Day > 0 && today <= it.Due.AddDays(s.GraceDays):
		t.Fatalf("%s within the grace days", line.Step.ID)
	}
	at := map[string]int{}
	for i, x := range s.Steps {
		at[x.ID] = i
	}
	from := 0
	if len(it.Had) > 0 {
		from = at[it.Had[len(it.Had)-1].Step] + 1
	}
	to := at[line.Step.ID]
	if to < from {
		t.Fatalf("%s after %+v: a step was repeated", line.Step.ID, it.Had)
	}
	for _, x := range s.Steps[from:to] {
		if x.Day >= 0 && it.Open > x.Above {
			t.Fatalf("%s after %+v: %s was skipped", line.Step.ID, it.Had, x.ID)
		}
	}
}
