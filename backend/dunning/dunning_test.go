package dunning_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/mail/mailtest"
	"github.com/voldaan/voldaan/backend/money"
)

func states(steps []dunning.Step) (out []string) {
	for _, s := range steps {
		out = append(out, s.Step+" "+s.State.String())
	}
	return out
}

func wantStates(t *testing.T, got []dunning.Step, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, states(got)); d != "" {
		t.Errorf("steps (-want +got), newest first:\n%s", d)
	}
}

// TestApproveAndSend: nothing goes out without approval; then one mail for two invoices, and only the mail server's
// word makes it sent.
func TestApproveAndSend(t *testing.T) {
	o := open(t, "2026-06-05") // Friday
	c := o.party("Vermeer", ledger.PartyBusiness)
	o.Invoice(c, "2026-1", "2026-05-01", "2026-06-01", 121000)
	o.Invoice(c, "2026-2", "2026-05-01", "2026-06-02", 50000)
	o.Invoice(c, "2026-3", "2026-06-01", "2026-07-01", 99000)

	p, err := o.Preview(o.Ctx, o.Firm.ID)
	o.must(err)
	if len(p.Messages) != 1 || p.Messages[0].Total != 171000 || len(p.Messages[0].Lines) != 2 || p.Planned {
		t.Fatalf("preview %+v", p)
	}
	run, err := o.Plan(o.Ctx, o.Meta())
	o.must(err)
	again, err := o.Plan(o.Ctx, o.Meta())
	o.must(err)
	if run.Planned != 1 || again.Planned != 0 {
		t.Errorf("planned %d and again %d", run.Planned, again.Planned)
	}
	o.work()
	wantStates(t, o.steps(c), "reminder planned")
	if n := len(o.server.Messages()); n != 0 {
		t.Fatalf("%d mails went out without approval", n)
	}
	step := o.steps(c)[0]
	o.must(o.Approve(o.Ctx, o.Meta(), step.ID))
	o.must(o.Work(o.Ctx))
	wantStates(t, o.steps(c), "reminder sending")
	o.restart() // a crash here repeats nothing
	o.work()
	wantStates(t, o.steps(c), "reminder sent")
	mails := o.server.Messages()
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "2026-1") || !strings.Contains(mails[0].Text, "2026-2") || strings.Contains(mails[0].Text, "2026-3") ||
		!strings.Contains(mails[0].Text, "https://portal.example/p/x") || mails[0].Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("mails %+v", mails)
	}
	if st := o.steps(c)[0]; st.SentOn != civil.MustParse("2026-06-05") || len(st.Inputs) == 0 || st.Strategy != "default" {
		t.Errorf("the record does not say why: %+v", st)
	}
}

// TestCheckedAgainWhenSent: what was approved in the morning and paid at noon is not reminded of.
func TestCheckedAgainWhenSent(t *testing.T) {
	o := open(t, "2026-06-05")
	c := o.party("Vermeer", ledger.PartyBusiness)
	one := o.Invoice(c, "2026-1", "2026-05-01", "2026-06-01", 121000)
	two := o.Invoice(c, "2026-2", "2026-05-01", "2026-06-01", 50000)
	other := o.party("Jansen", ledger.PartyBusiness)
	three := o.Invoice(other, "2026-9", "2026-05-01", "2026-06-01", 7000)
	_, err := o.Plan(o.Ctx, o.Meta())
	o.must(err)
	for _, x := range []ledger.Customer{c, other} {
		o.must(o.Approve(o.Ctx, o.Meta(), o.steps(x)[0].ID))
	}
	o.Pay(c, "2026-06-05", 121000, ledger.Line{Document: one.ID, Amount: 121000})
	o.holds.of[other.ID] = []dunning.Hold{{Document: three.ID, Promised: civil.MustParse("2026-06-12")}}
	o.work()
	wantStates(t, o.steps(c), "reminder sent")
	if st := o.steps(c)[0]; st.Total != 50000 || len(st.Lines) != 1 || st.Lines[0].Document != two.ID {
		t.Errorf("%+v", st)
	}
	wantStates(t, o.steps(other), "reminder dropped")
	if r := o.steps(other)[0].Reasons; len(r) != 1 || r[0].Code != ladder.Promised {
		t.Errorf("dropped because %+v", r)
	}
	if mails := o.server.Messages(); len(mails) != 1 || strings.Contains(mails[0].Text, "2026-1") {
		t.Errorf("mails %+v", mails)
	}
	// The promise is broken: the next run reminds, at the same step.
	o.day(civil.MustParse("2026-06-15"))
	_, err = o.Plan(o.Ctx, o.Meta())
	o.must(err)
	wantStates(t, o.steps(other), "reminder planned", "reminder dropped")
}

// TestBouncedMailIsNoReminder: it never looks sent, the invoice does not move on, and the desk hears why.
func TestBouncedMailIsNoReminder(t *testing.T) {
	o := open(t, "2026-06-05")
	o.automatic()
	c := o.party("Vermeer", ledger.PartyBusiness)
	o.Invoice(c, "2026-1", "2026-05-01", "2026-06-01", 121000)
	o.server.Refuse(func(stage, _ string) error {
		if stage == "rcpt" {
			return mailtest.Code(550)
		}
		return nil
	})
	o.work()
	wantStates(t, o.steps(c), "reminder failed")
	o.server.Refuse(nil)
	o.day(civil.MustParse("2026-06-22"))
	o.work()
	wantStates(t, o.steps(c), "reminder failed")
	p, err := o.Preview(o.Ctx, o.Firm.ID)
	o.must(err)
	if len(p.Left) != 1 || p.Left[0].Reasons[0].Code != ladder.Undeliverable {
		t.Fatalf("left out %+v", p.Left)
	}
	people, err := contacts(o, c)
	o.must(err)
	people[0].Email = "nieuw@example.nl"
	_, err = o.PutContact(o.Ctx, o.Meta(), people[0])
	o.must(err)
	o.work()
	o.day(civil.MustParse("2026-06-23"))
	o.work()
	wantStates(t, o.steps(c), "reminder sent", "reminder failed")
}

// TestPeopleDecide: hold, skip, calls, pauses, flags.
func TestPeopleDecide(t *testing.T) {
	o := open(t, "2026-06-05")
	c := o.party("Vermeer", ledger.PartyBusiness)
	d := o.Invoice(c, "2026-1", "2026-05-01", "2026-06-01", 121000)
	plan := func() dunning.Step {
		t.Helper()
		_, err := o.Plan(o.Ctx, o.Meta())
		o.must(err)
		return o.steps(c)[0]
	}
	st := plan()
	if err := o.Hold(o.Ctx, o.Meta(), st.ID, 0, " "); !errors.Is(err, &fault.Error{Code: "dunning.note"}) {
		t.Errorf("a hold without a reason: %v", err)
	}
	o.must(o.Hold(o.Ctx, o.Meta(), st.ID, civil.MustParse("2026-06-09"), "eerst bellen"))
	o.day(civil.MustParse("2026-06-08"))
	plan()
	wantStates(t, o.steps(c), "reminder held")
	o.day(civil.MustParse("2026-06-10"))
	st = plan()
	wantStates(t, o.steps(c), "reminder planned", "reminder dropped")
	o.must(o.Skip(o.Ctx, o.Meta(), st.ID, "telefonisch gedaan"))
	o.day(civil.MustParse("2026-06-17"))
	st = plan()
	wantStates(t, o.steps(c), "second planned", "reminder skipped", "reminder dropped")
	// Yesterday's plan that is still right stays; it is not written again every day.
	o.day(civil.MustParse("2026-06-18"))
	if again := plan(); again.ID != st.ID {
		t.Error("the plan of yesterday was made again")
	}
	o.must(o.Approve(o.Ctx, o.Meta(), st.ID))
	o.work()
	o.day(civil.MustParse("2026-06-25"))
	o.must(o.Approve(o.Ctx, o.Meta(), plan().ID))
	o.work()
	call := o.steps(c)[0]
	if call.Step != "call" || call.State != dunning.Todo {
		t.Fatalf("%+v", call)
	}
	o.must(o.Done(o.Ctx, o.Meta(), call.ID, "no_answer", ""))
	if st := o.steps(c)[0]; st.State != dunning.Failed {
		t.Errorf("nobody was reached: %s", st.State)
	}
	o.day(civil.MustParse("2026-06-26"))
	o.must(o.Approve(o.Ctx, o.Meta(), plan().ID))
	o.work()
	o.must(o.Done(o.Ctx, o.Meta(), o.steps(c)[0].ID, "spoke", "betaalt vrijdag"))

	o.day(civil.MustParse("2026-07-10"))
	reason := func() ladder.ReasonCode {
		t.Helper()
		p, err := o.Preview(o.Ctx, o.Firm.ID)
		o.must(err)
		if len(p.Left) != 1 {
			t.Fatalf("%+v", p)
		}
		return p.Left[0].Reasons[0].Code
	}
	_, err := o.Pause(o.Ctx, o.Meta(), c.ID, dunning.Pause{Document: d.ID, Note: "wacht op creditnota"})
	o.must(err)
	if got := reason(); got != ladder.PausedItem {
		t.Errorf("left out because %s", got)
	}
	_, err = o.Resume(o.Ctx, o.Meta(), c.ID, d.ID)
	o.must(err)
	_, err = o.Pause(o.Ctx, o.Meta(), c.ID, dunning.Pause{Until: civil.MustParse("2026-07-10"), Note: "vakantie"})
	o.must(err)
	if got := reason(); got != ladder.PausedAll {
		t.Errorf("left out because %s", got)
	}
	_, err = o.SetProfile(o.Ctx, o.Meta(), dunning.Profile{Customer: c.ID, Insolvent: true, Strategy: "strategic"})
	o.must(err)
	if got := reason(); got != ladder.Insolvent {
		t.Errorf("left out because %s", got)
	}
}

// TestPauseAndForeignIDs: what belongs to another customer or firm does not exist.
func TestForeignIDs(t *testing.T) {
	o := open(t, "2026-06-05")
	a, b := o.Customer("A"), o.Customer("B")
	d := o.Invoice(b, "2026-1", "2026-05-01", "2026-06-01", 1000)
	if _, err := o.Pause(o.Ctx, o.Meta(), a.ID, dunning.Pause{Document: d.ID, Note: "x"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("pause: %v", err)
	}
	m := o.Meta()
	m.Firm = ledger.FirmID{1}
	if _, err := o.SetProfile(o.Ctx, m, dunning.Profile{Customer: a.ID}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("profile: %v", err)
	}
	_, err := o.Plan(o.Ctx, o.Meta())
	o.must(err)
	if err := o.Approve(o.Ctx, m, o.steps(b)[0].ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("approve: %v", err)
	}
}

func TestClosedDaysAndHours(t *testing.T) {
	o := open(t, "2026-06-06") // Saturday
	o.automatic()
	c := o.party("Vermeer", ledger.PartyBusiness)
	o.Invoice(c, "2026-1", "2026-05-01", "2026-06-01", 121000)
	o.work()
	if _, err := o.Plan(o.Ctx, o.Meta()); !errors.Is(err, &fault.Error{Code: "dunning.closed_day"}) {
		t.Errorf("a run on Saturday: %v", err)
	}
	o.day(civil.MustParse("2026-06-08"))
	o.Clock.Advance(-4 * 3600e9) // seven in the morning in Amsterdam
	o.work()
	wantStates(t, o.steps(c))
	o.Clock.Advance(4 * 3600e9)
	o.work()
	wantStates(t, o.steps(c), "reminder sent")
}

// TestCharges: off at first; then exactly what the law says, once, as a debit note of its own.
func TestCharges(t *testing.T) {
	o := open(t, "2026-08-20")
	c := o.party("Vermeer", ledger.PartyBusiness)
	inv := o.Invoice(c, "2026-1", "2026-05-01", "2026-05-15", 100000)
	o.Invoice(o.party("Particulier", ledger.PartyUnknown), "2026-2", "2026-05-01", "2026-05-15", 100000)
	list := func() []dunning.Charge {
		t.Helper()
		out, err := o.Proposals(o.Ctx, o.Firm.ID)
		o.must(err)
		return out
	}
	if got := list(); len(got) != 0 {
		t.Fatalf("nothing is switched on: %+v", got)
	}
	_, err := o.SetSettings(o.Ctx, o.Meta(), dunning.Settings{Charges: dunning.Charges{Interest: true, Fixed: true, Costs: true}})
	o.must(err)
	got := list()
	if len(got) != 1 || got[0].Total != money.Of(6732, "EUR") || got[0].Law != interest.NLBusiness { // 27.32 + 40: rulebook 2.1
		t.Fatalf("%+v", got)
	}
	if _, err := o.Accept(o.Ctx, o.Meta(), c.ID, money.Of(6731, "EUR")); !errors.Is(err, &fault.Error{Code: "dunning.charge_changed"}) {
		t.Errorf("another amount than was seen: %v", err)
	}
	ch, err := o.Accept(o.Ctx, o.Meta(), c.ID, got[0].Total)
	o.must(err)
	acc := o.Account(c.ID)
	var d ledger.Document
	o.must(o.View(o.Ctx, func(r *books.Reader) (err error) { d, err = r.Document(ch.Document); return err }))
	if _, ok := acc.Document(ch.Document); !ok || d.Type != ledger.DebitNote || d.Number != "R0001" || d.Total != money.Of(6732, "EUR") || !strings.Contains(d.Description, "2026-1") {
		t.Errorf("debit note %+v", d)
	}
	if x, _ := acc.Document(inv.ID); x.Total.Minor != 100000 {
		t.Error("the invoice itself was changed")
	}
	if got := list(); len(got) != 0 {
		t.Errorf("charged twice: %+v", got)
	}
	o.day(civil.MustParse("2026-09-20"))
	more := list()
	if len(more) != 1 || more[0].Total != money.Of(884, "EUR") { // 36.16 by then, less the 27.32 charged; no second 40 euro
		t.Errorf("a month later: %+v", more)
	}
	done, err := o.Charged(o.Ctx, o.Firm.ID, 10)
	o.must(err)
	if len(done) != 1 || len(done[0].Parts) != 2 || len(done[0].Parts[0].Lines) != 2 || done[0].Parts[0].Lines[0].Basis != 1015 {
		t.Errorf("the record does not say how it was computed: %+v", done)
	}
}

// TestDutchConsumer: reminder, fourteen days, the 14-day letter with the exact costs, and costs only after its term.
func TestDutchConsumer(t *testing.T) {
	o := open(t, "2026-06-04")
	o.automatic()
	_, err := o.SetSettings(o.Ctx, o.Meta(), dunning.Settings{Daily: true, Charges: dunning.Charges{Costs: true}})
	o.must(err)
	c := o.party("Particulier", ledger.PartyConsumer)
	o.Invoice(c, "2026-1", "2026-05-01", "2026-06-01", 30000)
	var formal dunning.Step
	for day := civil.MustParse("2026-06-04"); formal.ID.IsZero() || day < formal.SentOn+20; day++ {
		o.day(day)
		o.work()
		for _, st := range o.steps(c) {
			if st.State == dunning.Todo {
				o.must(o.Done(o.Ctx, o.Meta(), st.ID, "spoke", ""))
			}
			if st.Law == dunning.FourteenDays && st.State == dunning.Sent {
				formal = st
			}
		}
		got, err := o.Proposals(o.Ctx, o.Firm.ID)
		o.must(err)
		allowed := !formal.ID.IsZero() && day >= formal.SentOn+16 // received the day after, fourteen full days
		if allowed != (len(got) == 1) || allowed && got[0].Total != money.Of(4500, "EUR") {
			t.Fatalf("on %s, letter of %s: %+v", day, formal.SentOn, got)
		}
		if day > civil.MustParse("2026-12-01") {
			t.Fatal("no 14-day letter went out")
		}
	}
	if formal.Cost != 4500 || formal.CostVAT {
		t.Errorf("the letter states %d", formal.Cost)
	}
}

func TestRatesOfOnesOwn(t *testing.T) {
	o := open(t, "2027-01-04")
	row := interest.Row{Series: interest.ECB, From: civil.MustParse("2027-01-01"), Basis: 265, Source: "ecb.europa.eu"}
	o.must(o.PutRate(o.Ctx, o.Meta(), row))
	table, stale, err := o.Rates(o.Ctx, o.Firm.ID)
	o.must(err)
	if at, _ := table.At(interest.ECB, civil.MustParse("2027-02-01")); !at.Own || at.Basis != 265 || at.Verified != civil.MustParse("2027-01-04") || len(stale) != 0 {
		t.Errorf("%+v, stale %v", at, stale)
	}
	o.day(civil.MustParse("2027-06-30"))
	if _, stale, _ = o.Rates(o.Ctx, o.Firm.ID); !cmp.Equal(stale, []interest.Series{interest.NLDecree}) {
		t.Errorf("stale %v", stale)
	}
	o.must(o.DropRate(o.Ctx, o.Meta(), interest.ECB, row.From))
	if err := o.DropRate(o.Ctx, o.Meta(), interest.ECB, row.From); fault.KindOf(err) != fault.NotFound {
		t.Errorf("twice: %v", err)
	}
	row.Source = ""
	if err := o.PutRate(o.Ctx, o.Meta(), row); !errors.Is(err, &fault.Error{Code: "dunning.rate_source"}) {
		t.Errorf("without a source: %v", err)
	}
}
