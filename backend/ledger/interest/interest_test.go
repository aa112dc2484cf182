package interest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

func day(s string) civil.Date { return civil.MustParse(s) }

func law(t testing.TB, id LawID) Law {
	t.Helper()
	l, ok := LawOf(id)
	if !ok {
		t.Fatalf("there is no law %s", id)
	}
	return l
}

// TestWorkedExamples are the examples of rulebook 2, to the cent.
func TestWorkedExamples(t *testing.T) {
	for _, c := range []struct {
		name      string
		law       LawID
		principal string
		due, to   string
		payments  []Payment
		want      string
		days      int
	}{
		{"2.1: two half-years", NLBusiness, "1000.00", "2026-05-15", "2026-08-20", nil, "27.32", 97},
		{"2.3: a full year compounds", NLBusiness, "10000.00", "2025-01-14", "2026-06-30", nil, "1574.41", 532},
		{"2.3: less than a year", NLBusiness, "8400.00", "2026-05-30", "2026-06-21", nil, "51.39", 22},
		{"2.5: France", FRBusiness, "1000.00", "2026-06-30", "2026-08-20", nil, "17.33", 51},
		{"Belgium is rounded up to half points", BEBusiness, "1000.00", "2026-06-30", "2026-08-20", nil, "14.67", 51}, // 10.5 %
		{"Germany, business", DEBusiness, "1000.00", "2026-06-30", "2026-08-20", nil, "14.70", 51},                    // 10.52 %
		{"Germany, consumer", DEConsumer, "1000.00", "2026-06-30", "2026-08-20", nil, "9.11", 51},                     // 6.52 %
		{"Germany does not compound", DEBusiness, "10000.00", "2024-12-31", "2026-06-30", nil, "1585.87", 546},        // 181 d @11.27, 365 d @10.27
		{"Dutch consumers pay the decree's rate", NLConsumer, "1000.00", "2025-12-02", "2026-01-31", nil, "8.16", 60}, // 29 d @6, 31 d @4
		{"on the due date nothing is late", NLBusiness, "1000.00", "2026-05-15", "2026-05-15", nil, "0.00", 0},
		{"the day of payment counts, on the old principal", NLBusiness, "1000.00", "2026-01-31", "2026-02-20",
			[]Payment{{day("2026-02-10"), 40000}}, "4.45", 20}, // 10 d on 1000, 10 d on 600, @10.15
		{"nothing is left to bear interest", NLBusiness, "1000.00", "2026-01-31", "2026-12-31",
			[]Payment{{day("2026-02-10"), 100000}}, "2.78", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := money.Parse(c.principal, "EUR")
			if err != nil {
				t.Fatal(err)
			}
			got := Compute(Shipped(), Claim{Law: law(t, c.law), Principal: p, Default: day(c.due), Until: day(c.to), Payments: c.payments})
			if got.Amount.String() != c.want || got.Days != c.days {
				t.Errorf("interest is %s over %d days, want %s over %d: %+v", got.Amount, got.Days, c.want, c.days, got.Lines)
			}
			if got.Provisional {
				t.Errorf("a claim within the table is marked provisional")
			}
		})
	}
}

// TestCompoundSplit: the year runs from the default date, and shows where it was cut.
func TestCompoundSplit(t *testing.T) {
	got := Compute(Shipped(), Claim{Law: law(t, NLBusiness), Principal: money.Of(1_000_000, "EUR"), Default: day("2025-01-14"), Until: day("2026-06-30")})
	want := []Line{
		{day("2025-01-15"), day("2025-06-30"), 167, 1_000_000, 1115, day("2025-01-01"), 51015},
		{day("2025-07-01"), day("2025-12-31"), 184, 1_000_000, 1015, day("2025-07-01"), 51167},
		{day("2026-01-01"), day("2026-01-14"), 14, 1_000_000, 1015, day("2026-01-01"), 3893},
		{day("2026-01-15"), day("2026-06-30"), 167, 1_106_075, 1015, day("2026-01-01"), 51366},
	}
	if d := cmp.Diff(want, got.Lines); d != "" {
		t.Error(d)
	}
}

func TestLeapDayDefault(t *testing.T) {
	for _, c := range []struct{ from, want string }{{"2024-02-29", "2025-02-28"}, {"2023-02-28", "2024-02-28"}, {"2025-01-14", "2026-01-14"}} {
		if got := anniversary(day(c.from), 1); got != day(c.want) {
			t.Errorf("a year after %s is %s, want %s", c.from, got, c.want)
		}
	}
	if got := anniversary(day("2024-02-29"), 4); got != day("2028-02-29") {
		t.Errorf("four years after a leap day is %s", got)
	}
}

func TestProvisional(t *testing.T) {
	c := Claim{Law: law(t, NLBusiness), Principal: money.Of(100_000, "EUR"), Default: day("2026-12-01"), Until: day("2027-01-02")}
	got := Compute(Shipped(), c)
	if !got.Provisional || got.Days != 32 {
		t.Errorf("a claim into 2027 with a table to 2026: %+v", got)
	}
	more := Shipped().With([]Row{{Series: ECB, From: day("2027-01-01"), Basis: 265, Source: "own", Verified: day("2027-01-02"), Own: true}})
	if got := Compute(more, c); got.Provisional || got.Lines[len(got.Lines)-1].Basis != 1065 {
		t.Errorf("with a row of the firm's own: %+v", got)
	}
	// An own row in the place of a shipped one wins.
	other := Shipped().With([]Row{{Series: ECB, From: day("2026-07-01"), Basis: 300, Verified: day("2026-11-21"), Own: true}})
	if basis, row, _ := law(t, NLBusiness).Rate(other, day("2026-08-01")); basis != 1100 || !row.Own {
		t.Errorf("the rate with an own row is %d from %+v", basis, row)
	}
}

func TestFrenchTerms(t *testing.T) {
	l := law(t, FRBusiness)
	claim := Claim{Law: l, Principal: money.Of(100_000, "EUR"), Default: day("2024-06-30"), Until: day("2024-12-31"), Terms: 1000}
	if got := Compute(Shipped(), claim); got.Lines[0].Basis != 1476 || got.Provisional { // 3 × 4.92 %
		t.Errorf("terms of 10 %% are below the floor: %+v", got)
	}
	claim.Terms = 1800
	if got := Compute(Shipped(), claim); got.Lines[0].Basis != 1800 {
		t.Errorf("terms of 18 %%: %+v", got)
	}
	claim.Default, claim.Until = day("2026-06-30"), day("2026-08-20")
	if got := Compute(Shipped(), claim); !got.Provisional {
		t.Error("the legal rate of 2026 is not known, so the floor is provisional")
	}
}

func TestStale(t *testing.T) {
	for _, c := range []struct {
		today string
		want  int
	}{{"2026-11-21", 0}, {"2027-06-21", 0}, {"2027-06-22", 3}} {
		if got := Shipped().Stale(day(c.today), Kept...); len(got) != c.want {
			t.Errorf("on %s %v are stale, want %d", c.today, got, c.want)
		}
	}
	if got := monthsLater(day("2026-07-31"), 7); got != day("2027-02-28") {
		t.Errorf("seven months after 31 July is %s", got)
	}
}

func TestLawOfParty(t *testing.T) {
	for _, c := range []struct {
		country string
		party   ledger.Party
		want    LawID
	}{
		{"NL", ledger.PartyBusiness, NLBusiness}, {"NL", ledger.PartyPublic, NLBusiness}, {"NL", ledger.PartyConsumer, NLConsumer},
		{"NL", ledger.PartyUnknown, NLConsumer}, {"BE", ledger.PartyConsumer, BEConsumer}, {"FR", ledger.PartyBusiness, FRBusiness},
		{"FR", ledger.PartyConsumer, ""}, {"DE", ledger.PartyConsumer, DEConsumer}, {"US", ledger.PartyBusiness, ""},
	} {
		if l, ok := For(c.country, c.party); l.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s, party %d: %q", c.country, c.party, l.ID)
		}
	}
	for _, l := range laws {
		if business := l.ID[3:] == "business"; business != (l.Compensation == 4000) {
			t.Errorf("%s has a fixed compensation of %d: it is 40 euro per invoice, and never a consumer's", l.ID, l.Compensation)
		}
	}
}

func TestBIK(t *testing.T) {
	for _, c := range []struct{ principal, want int64 }{
		{0, 0}, {1, 4000}, {5000, 4000}, {12500, 4000}, {26667, 4000}, {30000, 4500}, {100000, 15000}, {250000, 37500}, {300000, 42500},
		{500000, 62500}, {840000, 79500}, {1000000, 87500}, {2300000, 100500}, {20000000, 277500}, {25000000, 302500},
		{99999900, 677500}, {100000000, 677500}, {200000000, 677500},
	} {
		if got := BIK(c.principal, false); got != c.want {
			t.Errorf("BIK(%d) is %d, want %d", c.principal, got, c.want)
		}
	}
	if a, b := BIK(30000, true), BIK(12500, true); a != 5445 || b != 4840 {
		t.Errorf("with VAT: %d and %d, want 5445 and 4840", a, b)
	}
	if BIK(6000+6000, false) != 4000 {
		t.Error("two invoices in one letter pay the minimum once")
	}
}

func TestClause(t *testing.T) {
	for _, c := range []struct{ balance, want int64 }{
		{0, 0}, {12000, 2000}, {15000, 2000}, {15001, 3000}, {30000, 4500}, {50000, 6500}, {100000, 9000}, {3920000, 200000}, {4000000, 200000},
	} {
		if got := Clause(c.balance); got != c.want {
			t.Errorf("Clause(%d) is %d, want %d", c.balance, got, c.want)
		}
	}
}

func TestFourteenDayLetter(t *testing.T) {
	due := day("2026-03-01")
	good := Letter{On: day("2026-03-20"), By: ByEmail, Principal: 30000, Cost: 4500, Delivered: true}
	if got := good.Earliest(); got != day("2026-04-05") { // received 21 March, 22 March to 4 April are the fourteen days
		t.Errorf("earliest is %s", got)
	}
	if good.LastDay() != day("2026-04-04") {
		t.Errorf("the last day is %s", good.LastDay())
	}
	post := good
	post.By = ByPost
	if got := post.Received(); got != day("2026-03-24") { // Friday + 2 business days = Tuesday
		t.Errorf("by post received on %s", got)
	}
	change := func(f func(*Letter)) Letter { l := good; f(&l); return l }
	for _, c := range []struct {
		name  string
		l     Letter
		today string
		open  int64
		cost  int64
		why   []Obstacle
	}{
		{"after the term", good, "2026-04-05", 30000, 4500, nil},
		{"a day early", good, "2026-04-04", 30000, 0, []Obstacle{TooEarly}},
		{"no letter", Letter{}, "2026-04-05", 30000, 0, []Obstacle{NoLetter}},
		{"sent on the due date", change(func(l *Letter) { l.On = due }), "2026-04-05", 30000, 0, []Obstacle{BeforeDefault}},
		{"a wrong amount", change(func(l *Letter) { l.Cost = 4000 }), "2026-04-05", 30000, 0, []Obstacle{WrongCost}},
		{"VAT that the letter does not state", change(func(l *Letter) { l.VAT = true }), "2026-04-05", 30000, 0, []Obstacle{WrongCost}},
		{"VAT stated", change(func(l *Letter) { l.VAT, l.Cost = true, 5445 }), "2026-04-05", 30000, 5445, nil},
		{"bounced", change(func(l *Letter) { l.Delivered = false }), "2026-04-05", 30000, 0, []Obstacle{NotDelivered}},
		{"paid in time", good, "2026-04-05", 0, 0, []Obstacle{NothingOpen}},
		{"paid in part in time: costs over the rest", good, "2026-04-05", 10000, 4000, nil},
		{"new invoices do not count", good, "2026-04-05", 90000, 4500, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cost, why := c.l.Costs(due, day(c.today), c.open)
			if cost != c.cost || !cmp.Equal(why, c.why) {
				t.Errorf("cost %d, %v; want %d, %v", cost, why, c.cost, c.why)
			}
		})
	}
}

func TestBelgianReminder(t *testing.T) {
	mail := Reminder{On: day("2026-03-20"), By: ByEmail, Delivered: true}
	post := Reminder{On: day("2026-03-20"), By: ByPost, Delivered: true}
	if a, b := mail.Earliest(), post.Earliest(); a != day("2026-04-04") || b != day("2026-04-08") { // Friday; third working day is Wednesday 25
		t.Errorf("earliest %s by e-mail, %s by post", a, b)
	}
	if cost, why := mail.Costs(day("2026-03-01"), day("2026-04-04"), 30000); cost != 4500 || why != nil {
		t.Errorf("cost %d, %v", cost, why)
	}
	if _, why := (Reminder{}).Costs(day("2026-03-01"), day("2026-04-04"), 30000); !cmp.Equal(why, []Obstacle{NoLetter}) {
		t.Errorf("without a reminder: %v", why)
	}
}

// TestInterestProperties: the lines cover each late day once, simple interest adds up whatever the cut, and more days or
// principal never cost less.
func TestInterestProperties(t *testing.T) {
	table := Shipped()
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(laws).Draw(t, "law")
		due := civil.Date(rapid.IntRange(int(day("2013-01-01")), int(day("2026-12-01"))).Draw(t, "due"))
		n := rapid.IntRange(0, 2000).Draw(t, "days")
		p := rapid.Int64Range(1, 100_000_000).Draw(t, "principal")
		c := Claim{Law: l, Principal: money.Of(p, "EUR"), Default: due, Until: due.AddDays(n)}
		for range rapid.IntRange(0, 3).Draw(t, "payments") {
			c.Payments = append(c.Payments, Payment{due.AddDays(rapid.IntRange(1, 2000).Draw(t, "on")), rapid.Int64Range(1, p/4+1).Draw(t, "paid")})
		}
		got := Compute(table, c)
		next, days := due+1, 0
		for _, line := range got.Lines {
			if line.From != next || line.To < line.From || line.Days != civil.Days(line.From, line.To)+1 {
				t.Fatalf("line %+v does not follow %s", line, next)
			}
			next, days = line.To+1, days+line.Days
		}
		if days != got.Days || got.Days > n {
			t.Fatalf("%d days, lines have %d", got.Days, days)
		}
		longer := c
		longer.Until++
		if Compute(table, longer).Amount.Cmp(got.Amount) < 0 {
			t.Fatal("a day more costs less")
		}
		if l.Compound || len(c.Payments) > 0 {
			return
		}
		cut := c
		cut.Until = due.AddDays(n / 2)
		rest := c
		rest.Default = cut.Until
		if sum := Compute(table, cut).Amount.Add(Compute(table, rest).Amount).Sub(got.Amount).Minor; sum < -1 || sum > 1 {
			t.Fatalf("cut in two it differs by %d", sum)
		}
	})
}
