package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// steps are the steps that a state machine has, as "from>to". Every other pair is refused.
func checkSteps[S interface {
	~uint8
	String() string
	Step(S) error
}](t *testing.T, states int, code string, allowed ...string) {
	t.Helper()
	may := map[string]bool{}
	for _, s := range allowed {
		may[s] = true
	}
	seen := 0
	for from := range states {
		for to := range states {
			name := S(from).String() + ">" + S(to).String()
			err := S(from).Step(S(to))
			if (err == nil) != may[name] {
				t.Errorf("%s: %v", name, err)
			}
			if err == nil {
				seen++
			} else {
				wantCode(t, err, code)
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d steps are possible, %d were named", seen, len(allowed))
	}
}

func TestStepsOfAPromise(t *testing.T) {
	checkSteps[PromiseState](t, 6, "promise.state", "open>kept", "open>partly_kept", "open>broken", "open>canceled", "open>superseded")
}

func TestStepsOfADispute(t *testing.T) {
	checkSteps[DisputeState](t, 6, "dispute.state",
		"open>investigating", "open>waiting_customer", "open>resolved_valid", "open>resolved_invalid", "open>withdrawn",
		"investigating>waiting_customer", "investigating>resolved_valid", "investigating>resolved_invalid", "investigating>withdrawn",
		"waiting_customer>investigating", "waiting_customer>resolved_valid", "waiting_customer>resolved_invalid", "waiting_customer>withdrawn")
}

func TestStepsOfAPlan(t *testing.T) {
	checkSteps[PlanState](t, 6, "plan.state", "draft>offered", "draft>canceled", "offered>active", "offered>canceled",
		"active>completed", "active>defaulted", "active>canceled")
}

func (b *book) promise(t *testing.T, c Commitments, today, on, amount string, method Method, ids ...DocumentID) (Promise, []PromiseID) {
	t.Helper()
	p, over, err := Promised(&b.Account, c, Promise{ID: newID[PromiseID](b), Documents: ids, Amount: eur(amount), On: day(on), Method: method}, day(today))
	if err != nil {
		t.Fatal(err)
	}
	return p, over
}

func TestPromiseIsJudged(t *testing.T) {
	const friday = "2026-06-05" // the rulebook's: 500 promised, three business days
	for _, c := range []struct {
		name     string
		method   Method
		payments [][2]string // day, amount
		credit   string
		endOf    string
		state    PromiseState
		received int64
		ended    string
	}{
		{"not yet", MethodTransfer, nil, "", "2026-06-09", PromiseOpen, 0, ""},
		{"the rulebook's example", MethodTransfer, [][2]string{{"2026-06-09", "300.00"}}, "", "2026-06-10", PromisePartlyKept, 30000, "2026-06-10"},
		{"in part, before the deadline", MethodTransfer, [][2]string{{"2026-06-09", "300.00"}}, "", "2026-06-09", PromiseOpen, 30000, ""},
		{"looked at much later", MethodTransfer, [][2]string{{"2026-06-09", "300.00"}, {"2026-06-11", "200.00"}}, "", "2026-09-01", PromisePartlyKept, 30000, "2026-06-10"},
		{"on the last day", MethodTransfer, [][2]string{{"2026-06-10", "500.00"}}, "", "2026-06-10", PromiseKept, 50000, "2026-06-10"},
		{"early", MethodTransfer, [][2]string{{"2026-06-02", "500.00"}}, "", "2026-06-02", PromiseKept, 50000, "2026-06-02"},
		{"a euro short", MethodTransfer, [][2]string{{"2026-06-08", "499.00"}}, "", "2026-06-10", PromiseKept, 49900, "2026-06-10"},
		{"a euro and a cent short", MethodTransfer, [][2]string{{"2026-06-08", "498.99"}}, "", "2026-06-10", PromisePartlyKept, 49899, "2026-06-10"},
		{"nothing", MethodTransfer, nil, "", "2026-06-10", PromiseBroken, 0, "2026-06-10"},
		{"a card has no grace", MethodCard, [][2]string{{"2026-06-08", "500.00"}}, "", "2026-06-05", PromiseBroken, 0, friday},
		{"iDEAL has no grace", MethodIDEAL, [][2]string{{"2026-06-08", "500.00"}}, "", "2026-06-30", PromiseBroken, 0, friday},
		{"paid before the promise", MethodTransfer, [][2]string{{"2026-05-30", "100.00"}}, "", "2026-06-10", PromiseBroken, 0, "2026-06-10"},
		{"credited meanwhile", MethodTransfer, nil, "1000.00", "2026-06-05", PromiseCanceled, 0, friday},
		{"the rest was credited", MethodTransfer, [][2]string{{"2026-06-05", "300.00"}}, "700.00", "2026-06-10", PromiseKept, 30000, "2026-06-10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook("1")
			inv := b.invoice("INV-1", "2026-05-01", "2026-05-31", "1000.00")
			p, _ := b.promise(t, Commitments{}, "2026-06-01", friday, "500.00", c.method, inv)
			for _, x := range c.payments {
				b.apply(Source{Receipt: b.receipt(x[0], x[1])}, inv, x[1], x[0])
			}
			if c.credit != "" {
				b.apply(Source{Credit: b.credit("CN-1", "2026-06-02", c.credit)}, inv, c.credit, "2026-06-02")
			}
			b.sound(t)
			for range 2 { // judging again changes nothing
				p = JudgePromise(&b.Account, p, day(c.endOf))
				if p.State != c.state || p.Received != c.received || p.Ended.String() != c.ended {
					t.Fatalf("%s with %d received, ended %s; want %s, %d, %s", p.State, p.Received, p.Ended, c.state, c.received, c.ended)
				}
			}
		})
	}
}

func TestMoneyThatGoesBackBreaksAPromise(t *testing.T) {
	b := newBook("1")
	inv := b.invoice("INV-1", "2026-05-01", "2026-05-31", "1000.00")
	old := b.apply(Source{Receipt: b.receipt("2026-05-20", "200.00")}, inv, "200.00", "2026-05-20")
	p, _ := b.promise(t, Commitments{}, "2026-06-01", "2026-06-05", "500.00", MethodTransfer, inv)
	b.reverse(old, day("2026-06-02")) // an older payment is no business of the promise
	x := b.apply(Source{Receipt: b.receipt("2026-06-08", "500.00")}, inv, "500.00", "2026-06-08")
	if got := JudgePromise(&b.Account, p, day("2026-06-08")); got.State != PromiseKept {
		t.Errorf("with the money it is %s", got.State)
	}
	b.reverse(x, day("2026-06-09"))
	if got := JudgePromise(&b.Account, p, day("2026-06-10")); got.State != PromiseBroken || got.Received != 0 {
		t.Errorf("without the money it is %s", got.State)
	}
}

func TestPromiseSupersedesAndIsPutOffTwice(t *testing.T) {
	b := newBook("1")
	one, two := b.invoice("INV-1", "2026-05-01", "2026-05-31", "1000.00"), b.invoice("INV-2", "2026-05-01", "2026-05-31", "100.00")
	var c Commitments
	record := func(on string, ids ...DocumentID) error {
		p, over, err := Promised(&b.Account, c, Promise{ID: newID[PromiseID](b), Documents: ids, Amount: eur("50.00"), On: day(on)}, day("2026-06-01"))
		if err != nil {
			return err
		}
		for i := range c.Promises {
			for _, id := range over {
				if c.Promises[i].ID == id {
					c.Promises[i].State = PromiseSuperseded
				}
			}
		}
		c.Promises = append(c.Promises, p)
		return nil
	}
	for i, x := range []struct {
		on   string
		ids  []DocumentID
		ext  int
		code string
	}{
		{"2026-06-05", []DocumentID{one, two}, 0, ""},
		{"2026-06-04", []DocumentID{one}, 0, ""}, // sooner is no extension
		{"2026-06-08", []DocumentID{one}, 1, ""},
		{"2026-06-09", []DocumentID{two}, 0, ""},
		{"2026-06-10", []DocumentID{one, two}, 2, ""},
		{"2026-06-11", []DocumentID{one}, 0, "promise.extensions"},
		{"2026-06-10", []DocumentID{one}, 2, ""}, // the same day again is none either
	} {
		err := record(x.on, x.ids...)
		wantCode(t, err, x.code)
		if err == nil && c.Promises[len(c.Promises)-1].Extensions != x.ext {
			t.Errorf("%d: %d extensions, want %d", i, c.Promises[len(c.Promises)-1].Extensions, x.ext)
		}
		open := map[DocumentID]int{}
		for _, p := range c.Promises {
			for _, id := range p.Documents {
				if p.State == PromiseOpen {
					open[id]++
				}
			}
		}
		if open[one] > 1 || open[two] > 1 {
			t.Errorf("%d: more than one open promise for an invoice", i)
		}
	}
}

func TestPromisesThatAreRefused(t *testing.T) {
	b := newBook("1")
	inv, credit := b.invoice("INV-1", "2026-05-01", "2026-05-31", "1000.00"), b.credit("CN-1", "2026-05-01", "10.00")
	paid := b.invoice("INV-2", "2026-05-01", "2026-05-31", "100.00")
	b.apply(Source{Receipt: b.receipt("2026-05-20", "100.00")}, paid, "100.00", "2026-05-20")
	disputed := Commitments{Disputes: []Dispute{{Lines: []DisputeLine{{inv, 60000}}, Currency: "EUR"}}}
	planned := Commitments{Plans: []Plan{{Documents: []DocumentID{inv}, Total: eur("1000.00"), State: PlanActive, Activated: day("2026-05-02")}}}
	for _, x := range []struct {
		name, on, amount string
		ids              []DocumentID
		c                Commitments
		code             string
	}{
		{"no invoice", "2026-06-05", "1.00", nil, Commitments{}, "commitment.documents"},
		{"twice", "2026-06-05", "1.00", []DocumentID{inv, inv}, Commitments{}, "commitment.twice"},
		{"unknown", "2026-06-05", "1.00", []DocumentID{newID[DocumentID](b)}, Commitments{}, "document.unknown"},
		{"a credit note", "2026-06-05", "1.00", []DocumentID{credit}, Commitments{}, "commitment.not_debit"},
		{"paid", "2026-06-05", "1.00", []DocumentID{paid}, Commitments{}, "commitment.paid"},
		{"nothing", "2026-06-05", "0.00", []DocumentID{inv}, Commitments{}, "promise.amount"},
		{"too much", "2026-06-05", "1000.01", []DocumentID{inv}, Commitments{}, "promise.too_much"},
		{"the disputed part", "2026-06-05", "400.01", []DocumentID{inv}, disputed, "promise.too_much"},
		{"all but the disputed part", "2026-06-05", "400.00", []DocumentID{inv}, disputed, ""},
		{"in a plan", "2026-06-05", "1.00", []DocumentID{inv}, planned, "promise.planned"},
		{"yesterday", "2026-05-31", "1.00", []DocumentID{inv}, Commitments{}, "promise.past"},
		{"in two years", "2028-06-05", "1.00", []DocumentID{inv}, Commitments{}, "promise.far"},
	} {
		_, _, err := Promised(&b.Account, x.c, Promise{Documents: x.ids, Amount: eur(x.amount), On: day(x.on)}, day("2026-06-01"))
		t.Run(x.name, func(t *testing.T) { wantCode(t, err, x.code) })
	}
}

func TestDisputeClockAndNotice(t *testing.T) {
	b := newBook("1")
	inv := b.invoice("INV-1", "2026-05-01", "2026-05-31", "1000.00")
	at := func(d, h int) time.Time { return time.Date(2026, 6, d, h, 0, 0, 0, time.UTC) }
	d, err := Disputed(&b.Account, Commitments{}, Dispute{Reason: ReasonPrice, Lines: []DisputeLine{{inv, 25000}}}, at(1, 10), day("2026-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Deadline != day("2026-07-01") || d.Late(day("2026-07-01")) || !d.Late(day("2026-07-02")) {
		t.Errorf("the deadline is %s", d.Deadline)
	}
	move := func(to DisputeState, outcome string, when time.Time, code string) {
		t.Helper()
		next, err := MoveDispute(d, to, outcome, when, day(when.Format("2006-01-02")))
		wantCode(t, err, code)
		if err == nil {
			d = next
		}
	}
	move(DisputeInvestigating, "", at(2, 10), "")
	move(DisputeWaiting, "Which price was agreed?", at(3, 10), "")
	if c := d.Clock(at(9, 10)); c != 48*time.Hour {
		t.Errorf("while it waits the clock shows %s", c)
	}
	if d.Late(day("2026-08-01")) {
		t.Error("it is late while the customer has to answer")
	}
	move(DisputeInvestigating, "", at(8, 10), "")
	if d.Deadline != day("2026-07-06") {
		t.Errorf("five days of waiting move the deadline to %s", d.Deadline)
	}
	move(DisputeResolvedInvalid, " ", at(9, 10), "dispute.outcome")
	move(DisputeResolvedInvalid, "The price is that of the quotation.", at(9, 10), "")
	if c := d.Clock(at(30, 10)); c != 72*time.Hour {
		t.Errorf("when it is over the clock shows %s", c)
	}
	c := Commitments{Disputes: []Dispute{d}}
	for on, paused := range map[string]int64{"2026-06-09": 25000, "2026-06-16": 25000, "2026-06-17": 0} {
		if h := HoldsOn(&b.Account, c, day(on))[inv]; h.Paused != paused || h.Disputed != 0 {
			t.Errorf("on %s %d is paused", on, h.Paused)
		}
	}
	move(DisputeWithdrawn, "", at(10, 10), "dispute.state")
}

func TestDisputesThatAreRefused(t *testing.T) {
	b := newBook("1")
	inv := b.invoice("INV-1", "2026-05-01", "2026-05-31", "1000.00")
	first := Commitments{Disputes: []Dispute{{Lines: []DisputeLine{{inv, 60000}}, Currency: "EUR"}}}
	all := Commitments{Disputes: []Dispute{{Lines: []DisputeLine{{inv, 100000}}, Currency: "EUR"}}}
	for _, x := range []struct {
		name   string
		reason DisputeReason
		amount int64
		c      Commitments
		want   int64
		code   string
	}{
		{"all of it", ReasonQuality, 0, Commitments{}, 100000, ""},
		{"a part", ReasonQuality, 1, Commitments{}, 1, ""},
		{"what is left", ReasonQuality, 0, first, 40000, ""},
		{"more than is left", ReasonQuality, 40001, first, 0, "dispute.amount"},
		{"nothing is left", ReasonQuality, 0, all, 0, "dispute.amount"},
		{"less than nothing", ReasonQuality, -1, Commitments{}, 0, "dispute.amount"},
		{"no reason", "", 0, Commitments{}, 0, "dispute.reason"},
	} {
		t.Run(x.name, func(t *testing.T) {
			d, err := Disputed(&b.Account, x.c, Dispute{Reason: x.reason, Lines: []DisputeLine{{inv, x.amount}}}, time.Now(), day("2026-06-01"))
			wantCode(t, err, x.code)
			if err == nil && d.Amount() != money.Of(x.want, "EUR") {
				t.Errorf("disputed is %s", d.Amount())
			}
		})
	}
}

func TestProposal(t *testing.T) {
	got, err := ProposePlan(eur("1000.00"), 3, day("2026-01-31"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Instalment{{day("2026-01-31"), 33333}, {day("2026-02-28"), 33333}, {day("2026-03-31"), 33334}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	limits := PlanLimits{MaxInstalments: 3, MinInstalment: 33333, MaxMonths: 3, MaxFirstDays: 30}
	for _, x := range []struct {
		name  string
		n     int
		first string
		code  string
	}{
		{"within", 3, "2026-01-31", ""},
		{"too many", 4, "2026-01-31", "plan.max_instalments"},
		{"too late a start", 2, "2026-02-05", "plan.first"},
		{"too long", 3, "2026-01-31", ""},
	} {
		parts, err := ProposePlan(eur("1000.00"), x.n, day(x.first))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(x.name, func(t *testing.T) { wantCode(t, limits.Check(parts, "EUR", day("2026-01-05")), x.code) })
	}
	parts, _ := ProposePlan(eur("999.99"), 3, day("2026-01-31"))
	wantCode(t, limits.Check(parts, "EUR", day("2026-01-05")), "")
	wantCode(t, PlanLimits{MinInstalment: 33334}.Check(parts, "EUR", day("2026-01-05")), "plan.min_instalment")
	wantCode(t, PlanLimits{MaxMonths: 2}.Check(parts, "EUR", day("2026-01-05")), "plan.last")
	for n, total := range map[int]string{1: "10.00", 121: "1000.00", 3: "0.02"} {
		_, err := ProposePlan(eur(total), n, day("2026-01-31"))
		if err == nil {
			t.Errorf("%s in %d was accepted", total, n)
		}
	}
}

func TestProposalsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, n := money.Of(rapid.Int64Range(120, money.MaxMinor).Draw(t, "total"), "EUR"), rapid.IntRange(2, 120).Draw(t, "n")
		parts, err := ProposePlan(total, n, day("2026-01-01").AddDays(rapid.IntRange(0, 400).Draw(t, "first")))
		if err != nil {
			t.Fatal(err)
		}
		sum, before := int64(0), parts[0].Due.AddDays(-1)
		for i, p := range parts {
			if sum += p.Amount; p.Due <= before || i < n-1 && p.Amount != total.Minor/int64(n) {
				t.Fatalf("instalment %d is %v after %s", i, p, before)
			}
			before = p.Due
		}
		if sum != total.Minor || parts[n-1].Amount < parts[0].Amount {
			t.Fatalf("they add up to %d of %d", sum, total.Minor)
		}
	})
}

// planned is an account with two invoices of 600 and 300 in a plan of three times 300 since 1 June.
func planned(t *testing.T) (*book, Plan) {
	t.Helper()
	b := newBook("1")
	ids := []DocumentID{b.invoice("INV-1", "2026-04-01", "2026-05-01", "600.00"), b.invoice("INV-2", "2026-04-15", "2026-05-15", "300.00")}
	parts, err := ProposePlan(eur("900.00"), 3, day("2026-06-10"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Planned(&b.Account, Commitments{}, Plan{ID: newID[PlanID](b), Documents: ids, Instalments: parts}, day("2026-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []PlanState{PlanOffered, PlanActive} {
		if p, err = MovePlan(&b.Account, Commitments{}, p, to, "", day("2026-06-01")); err != nil {
			t.Fatal(err)
		}
	}
	b.Plans = []Plan{p}
	return b, p
}

func TestPlanIsJudged(t *testing.T) {
	for _, c := range []struct {
		name     string
		payments [][2]string
		endOf    string
		state    PlanState
		ended    string
		reason   string
	}{
		{"before the first", nil, "2026-06-09", PlanActive, "", ""},
		{"seven days late", nil, "2026-06-17", PlanActive, "", ""},
		{"eight days late", nil, "2026-06-18", PlanDefaulted, "2026-06-18", "instalment_late"},
		{"looked at much later", nil, "2027-01-01", PlanDefaulted, "2026-06-18", "instalment_late"},
		{"one late", [][2]string{{"2026-06-12", "300.00"}}, "2026-07-09", PlanActive, "", ""},
		{"a second late", [][2]string{{"2026-06-12", "300.00"}}, "2026-07-10", PlanDefaulted, "2026-07-10", "second_late"},
		{"a part is not the instalment", [][2]string{{"2026-06-10", "299.99"}}, "2026-06-18", PlanDefaulted, "2026-06-18", "instalment_late"},
		{"on time, all of them", [][2]string{{"2026-06-10", "300.00"}, {"2026-07-10", "300.00"}, {"2026-08-10", "300.00"}}, "2026-09-01", PlanCompleted, "2026-08-10", ""},
		{"all at once", [][2]string{{"2026-06-05", "900.00"}}, "2026-06-05", PlanCompleted, "2026-06-05", ""},
		{"two ahead", [][2]string{{"2026-06-05", "600.00"}}, "2026-08-09", PlanActive, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, p := planned(t)
			for _, x := range c.payments {
				r := b.receipt(x[0], x[1])
				for _, l := range OldestFirst(b.OpenItems(day(x[0])), eur(x[1])) {
					b.apply(Source{Receipt: r}, l.Document, money.Of(l.Amount, "EUR").String(), x[0])
				}
			}
			b.sound(t)
			for range 2 {
				p = JudgePlan(&b.Account, p, day(c.endOf))
				if p.State != c.state || p.Ended.String() != c.ended || p.Reason != c.reason {
					t.Fatalf("%s on %s (%s); want %s on %s (%s)", p.State, p.Ended, p.Reason, c.state, c.ended, c.reason)
				}
			}
		})
	}
}

func TestPlanAgesByInstalment(t *testing.T) {
	b, p := planned(t)
	row := func(on string) []int64 {
		a := b.Aging(day(on), AgingOptions{})[0]
		out := []int64{a.Overdue.Minor}
		var sum int64
		for _, x := range a.Buckets {
			out = append(out, x.Minor)
			sum += x.Minor
		}
		if sum != a.Gross.Minor || a.Overdue.Minor != sum-a.Buckets[0].Minor {
			t.Errorf("on %s the buckets add up to %d, overdue is %s", on, sum, a.Overdue)
		}
		return out
	}
	check := func(on string, want ...int64) {
		t.Helper()
		if d := cmp.Diff(want, row(on)); d != "" {
			t.Errorf("on %s: %s", on, d)
		}
	}
	check("2026-05-31", 90000, 0, 90000, 0, 0, 0) // before the plan: 30 and 16 days late
	check("2026-06-10", 0, 90000, 0, 0, 0, 0)
	check("2026-06-11", 30000, 60000, 30000, 0, 0, 0)
	b.apply(Source{Receipt: b.receipt("2026-06-12", "300.00")}, p.Documents[0], "300.00", "2026-06-12")
	check("2026-06-12", 0, 60000, 0, 0, 0, 0)
	d, _ := b.Document(p.Documents[0])
	if due := b.DueOn(d, day("2026-06-12")); due != day("2026-07-10") || b.StatusOn(d, day("2026-06-12")) != StatusPartPaid {
		t.Errorf("the first invoice is due on %s and %s", due, b.StatusOn(d, day("2026-06-12")))
	}
	standing, next := b.Plans[0].Standing(&b.Account, day("2026-07-11"))
	if next != 1 || standing[0].Left != 0 || standing[1].Left != 30000 || !standing[1].Overdue || standing[2].Left != 30000 || standing[2].Overdue {
		t.Errorf("standing is %v, next %d", standing, next)
	}
	b.Plans[0] = JudgePlan(&b.Account, p, day("2026-07-10"))
	check("2026-07-10", 60000, 0, 0, 30000, 30000, 0) // in default: the invoices are back on their own due dates
	check("2026-07-09", 0, 60000, 0, 0, 0, 0)
}

func TestHoldsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBook("1")
		var c Commitments
		var ids []DocumentID
		for range rapid.IntRange(1, 4).Draw(t, "invoices") {
			ids = append(ids, b.invoice("I", "2026-04-01", "2026-05-01", "100.00"))
		}
		pick := func(what string) []DocumentID {
			return ids[:rapid.IntRange(1, len(ids)).Draw(t, what)]
		}
		today := day("2026-06-01")
		for i := range rapid.IntRange(0, 6).Draw(t, "steps") {
			today = today.AddDays(rapid.IntRange(0, 10).Draw(t, "days"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				if p, over, err := Promised(&b.Account, c, Promise{ID: newID[PromiseID](b), Documents: pick("promised"), Amount: eur("5.00"), On: today.AddDays(i)}, today); err == nil {
					for i := range c.Promises {
						for _, id := range over {
							if c.Promises[i].ID == id {
								c.Promises[i].State = PromiseSuperseded
							}
						}
					}
					c.Promises = append(c.Promises, p)
				}
			case 1:
				l := DisputeLine{ids[0], rapid.Int64Range(1, 6000).Draw(t, "disputed")}
				if d, err := Disputed(&b.Account, c, Dispute{ID: newID[DisputeID](b), Reason: ReasonPrice, Lines: []DisputeLine{l}}, today.Time(), today); err == nil {
					c.Disputes = append(c.Disputes, d)
				}
			case 2:
				c.Pauses = append(c.Pauses, Pause{Documents: pick("paused"), Until: today.AddDays(3)})
			case 3:
				chosen := pick("planned")
				parts, _ := ProposePlan(money.Of(10000*int64(len(chosen)), "EUR"), 3, today)
				p, err := Planned(&b.Account, c, Plan{ID: newID[PlanID](b), Documents: chosen, Instalments: parts}, today)
				if err == nil {
					p.State, p.Activated = PlanActive, today
					c.Plans = append(c.Plans, p)
				}
			}
		}
		for id, h := range HoldsOn(&b.Account, c, today) {
			if h.Disputed+h.Planned+h.Promised+h.Paused+h.Free != h.Open.Minor || min(h.Disputed, h.Planned, h.Promised, h.Paused, h.Free) < 0 || h.Held() == 0 {
				t.Fatalf("the holds on %s are %+v", id, h)
			}
		}
	})
}

func TestKeptRate(t *testing.T) {
	var c Commitments
	if _, ok := c.KeptRate(); ok {
		t.Error("there is a rate without promises")
	}
	for s, n := range map[PromiseState]int{PromiseKept: 6, PromisePartlyKept: 1, PromiseBroken: 3, PromiseOpen: 2, PromiseCanceled: 2, PromiseSuperseded: 1} {
		for range n {
			c.Promises = append(c.Promises, Promise{State: s})
		}
	}
	if milli, ok := c.KeptRate(); !ok || milli != 600 {
		t.Errorf("the rulebook's example is %d", milli)
	}
}
