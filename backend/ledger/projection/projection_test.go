package projection

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
)

// example is the one of rulebook 1.8.
func example(today civil.Date) History {
	var h []Paid
	for _, x := range []struct{ late, ago int }{{-2, 300}, {5, 200}, {9, 90}, {12, 30}, {10, 10}} {
		h = append(h, Paid{Settled: today.AddDays(-x.ago), Late: x.late})
	}
	return NewHistory(h)
}

func many(n, late int, today civil.Date) []Paid {
	out := make([]Paid, n)
	for i := range out {
		out[i] = Paid{Settled: today.AddDays(-10), Late: late}
	}
	return out
}

func TestProject(t *testing.T) {
	today := civil.MustParse("2026-07-01")
	own := example(today)
	firm := NewPortfolio(NewHistory(append(many(15, 4, today), many(10, 40, today)...)), nil)
	nobody := NewPortfolio(nil, nil)
	for _, x := range []struct {
		what      string
		portfolio Portfolio
		own       History
		due       string
		disputed  bool
		raw, date string
		basis     Basis
		n         int
	}{
		{"the rulebook's example", nobody, own, "2026-07-10", false, "2026-07-20", "2026-07-20", Customer, 5},
		{"a dispute adds a week", nobody, own, "2026-07-10", true, "2026-07-27", "2026-07-27", Customer, 5},
		{"a Saturday becomes a Monday", nobody, own, "2026-07-01", false, "2026-07-11", "2026-07-13", Customer, 5},
		{"two paid invoices are no habit", firm, own[:2], "2026-07-10", false, "2026-07-14", "2026-07-14", Firm, 0},
		{"nobody has paid anything", nobody, nil, "2026-07-10", false, "2026-07-10", "2026-07-10", Terms, 0},
		{"never before tomorrow", nobody, NewHistory(many(5, -60, today)), "2026-07-10", false, "2026-07-02", "2026-07-02", Customer, 5},
		{"overdue: own past ends", nobody, own, "2026-06-21", false, "2026-07-08", "2026-07-08", Terms, 0}, // 10 days by now; one of 12 is too few
		{"overdue beyond the own past: the firm's", firm, own, "2026-06-01", false, "2026-07-11", "2026-07-13", Firm, 0},
		{"overdue beyond everybody's past: a week from now", firm, own, "2026-01-01", false, "2026-07-08", "2026-07-08", Firm, 0},
	} {
		got := x.portfolio.Project(Item{Due: civil.MustParse(x.due), Disputed: x.disputed}, x.own, today)
		if got.Raw.String() != x.raw || got.Date.String() != x.date || got.Basis != x.basis || got.Invoices != x.n || !got.Early.IsZero() {
			t.Errorf("%s: %+v (%v, %v)", x.what, got, got.Raw, got.Date)
		}
	}
	got := nobody.Project(Item{Due: civil.MustParse("2026-06-23")}, own, today) // 8 days late: 9, 10 and 12 are later
	if got.Raw.String() != "2026-07-03" || got.Basis != Customer || got.Invoices != 5 {
		t.Errorf("the median of those who were later: %+v (%v)", got, got.Raw)
	}
}

func TestTypicalRange(t *testing.T) {
	today := civil.MustParse("2026-07-01")
	var h []Paid
	for i := range 11 {
		h = append(h, Paid{Settled: today.AddDays(-30), Late: i})
	}
	got := NewPortfolio(nil, nil).Project(Item{Due: civil.MustParse("2026-08-03")}, NewHistory(h), today)
	if got.Early.String() != "2026-08-04" || got.Raw.String() != "2026-08-08" || got.Late.String() != "2026-08-12" {
		t.Errorf("P10 %v, median %v, P90 %v", got.Early, got.Raw, got.Late)
	}
}

func TestLearnedDisputeShift(t *testing.T) {
	if got := NewPortfolio(nil, []int{1, 2, 30, 11, 12}).shift; got != 11 {
		t.Errorf("five disputes teach %d days, expected 11", got)
	}
	if got := NewPortfolio(nil, []int{1, 2, 30, 11}).shift; got != DisputeShift {
		t.Errorf("four disputes teach %d days, expected the default", got)
	}
}

func TestArranged(t *testing.T) {
	today := civil.MustParse("2026-07-01")
	if got := Arranged(Promise, civil.MustParse("2026-07-11"), today); got.Date.String() != "2026-07-13" || got.Raw.String() != "2026-07-11" || got.Basis != Promise {
		t.Errorf("a promise for Saturday: %+v", got)
	}
	if got := Arranged(Autopay, today, today); got.Date.String() != "2026-07-02" {
		t.Errorf("a collection of today: %v", got.Date)
	}
}

// A projection lies after today, on a business day, within its range; somebody who pays later is projected no earlier.
func TestProjectionProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := civil.Of(2026, 1, 1).AddDays(rapid.IntRange(0, 365).Draw(t, "today"))
		var a, b []Paid
		for range rapid.IntRange(0, 20).Draw(t, "paid") {
			p := Paid{Settled: today.AddDays(-rapid.IntRange(1, 900).Draw(t, "ago")), Late: rapid.IntRange(-40, 120).Draw(t, "late")}
			a = append(a, p)
			p.Late += 5
			b = append(b, p)
		}
		it := Item{Due: today.AddDays(rapid.IntRange(0, 60).Draw(t, "due")), Disputed: rapid.Bool().Draw(t, "disputed")}
		p := NewPortfolio(nil, nil)
		x, y := p.Project(it, NewHistory(a), today), p.Project(it, NewHistory(b), today)
		if x.Raw <= today || !x.Date.BusinessDay() || x.Date < x.Raw || civil.Days(x.Raw, x.Date) > 5 {
			t.Fatalf("%+v on %v", x, today)
		}
		if (len(a) >= enoughBand) == x.Early.IsZero() || !x.Early.IsZero() && (x.Early > x.Date || x.Late < x.Date) {
			t.Fatalf("the range %v to %v around %v from %d invoices", x.Early, x.Late, x.Date, len(a))
		}
		if y.Raw < x.Raw {
			t.Fatalf("five days later each time, but projected %v instead of %v", y.Raw, x.Raw)
		}
	})
}
