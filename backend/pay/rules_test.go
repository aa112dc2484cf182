package pay_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// The reconciliation rules of the design, one test each, against the real simulator over HTTP and a real store.

func TestRule1WebhookAndReturnRaceBookOnce(t *testing.T) {
	g := newRig(t)
	c, one, two := g.setup()
	x := g.open(c, one, two)
	g.decide(x, simulator.OutcomePaid)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = g.pay.Refresh(g.Ctx, x.ID)
			} else {
				err = g.pay.Webhook(g.Ctx, x.ProviderRef)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g.deliver()
	g.wantState(x, ledger.AttemptPaid)
	g.wantReceipts(c, 1, 0)
	g.wantOpen(one, 0)
	g.wantOpen(two, 0)
	if n := g.entries(settled); n != 1 {
		t.Errorf("%d entries settle the attempt, want 1", n)
	}
}

func TestRule2ReturnBeforeWebhookShowsTheTruth(t *testing.T) {
	g := newRig(t)
	g.must(g.sim.Webhooks(simulator.Travel{Mode: simulator.TravelDrop}))
	c, one, two := g.setup()
	x := g.open(c, one)
	if x = g.refresh(x); x.State != ledger.AttemptOpen {
		t.Errorf("came back without paying: state %d", x.State)
	}
	g.decide(x, simulator.OutcomePending)
	if x = g.refresh(x); x.State != ledger.AttemptPending {
		t.Errorf("the bank has not decided: state %d", x.State)
	}
	g.wantOpen(one, 121000)
	g.decide(x, simulator.OutcomePaid)
	if x = g.refresh(x); x.State != ledger.AttemptPaid || x.PaidOn != civil.MustParse("2026-06-30") {
		t.Errorf("paid: %+v", x)
	}
	g.wantOpen(one, 0)
	y := g.open(c, two)
	g.decide(y, simulator.OutcomeFailed)
	if y = g.refresh(y); y.State != ledger.AttemptFailed || y.FailReason == "" {
		t.Errorf("failed: %+v", y)
	}
	g.wantOpen(two, 30000)
}

func TestRule3StaleExpiryNeverTouchesAnInvoice(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	old := g.open(c, one)
	g.advance(10 * time.Minute)
	x := g.open(c, one)
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	g.wantOpen(one, 0)
	g.advance(time.Hour) // the first attempt expires, and its webhook comes
	g.wantState(old, ledger.AttemptExpired)
	g.wantState(x, ledger.AttemptPaid)
	g.wantOpen(one, 0)
	g.wantReceipts(c, 1, 0)
}

func TestRule4ChargebackReopensByAmount(t *testing.T) {
	g := newRig(t)
	c, one, two := g.setup()
	x := g.open(c, one, two)
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	g.advance(10 * 24 * time.Hour)
	id, err := g.sim.Chargeback(x.ProviderRef, eur(40000), "MD06")
	g.must(err)
	g.deliver()
	g.wantState(x, ledger.AttemptPaid) // the status at the provider does not change
	g.wantOpen(two, 30000)             // the latest allocation goes first
	g.wantOpen(one, 10000)
	if n := g.entries(func(e journal.Entry) bool { return e.Kind == "receipt.charged_back" }); n != 1 {
		t.Errorf("%d entries tell the desk, want 1", n)
	}
	// The bank gives the money back after all: it is credit on account, because the invoices may have been paid otherwise.
	g.advance(24 * time.Hour)
	g.must(g.sim.ReverseChargeback(x.ProviderRef, id))
	g.deliver()
	g.wantReceipts(c, 1, 40000)
}

func TestRule5RefundNeverConfirmsAgain(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	x := g.open(c, one)
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	before := g.entries(settled)
	r, err := g.pay.Refund(g.Ctx, g.Meta(), pay.RefundOrder{Receipt: g.attempt(x).Receipt, Amount: eur(21000), Reason: "te veel"})
	g.must(err)
	if r.Amount != eur(21000) || r.Kind != ledger.Refund {
		t.Errorf("return %+v", r)
	}
	g.wantOpen(one, 21000)
	g.advance(5 * 24 * time.Hour) // pending, processing, refunded: a webhook each
	if n := len(g.sim.Deliveries()); n < 3 {
		t.Fatalf("only %d webhooks came", n)
	}
	if after := g.entries(settled); before != 1 || after != 1 {
		t.Errorf("%d entries settle before and %d after the refund, want 1 and 1", before, after)
	}
	g.wantOpen(one, 21000)
}

func TestRule6SecondPaidAttemptIsCreditAndFound(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	x, y := g.open(c, one), g.open(c, one)
	g.decide(x, simulator.OutcomePaid)
	g.decide(y, simulator.OutcomePaid)
	g.deliver()
	g.wantState(x, ledger.AttemptPaid)
	g.wantState(y, ledger.AttemptPaid)
	g.wantOpen(one, 0)
	g.wantReceipts(c, 2, 121000)
	found, err := g.pay.Findings(g.Ctx, g.Firm.ID)
	g.must(err)
	if len(found) != 1 || found[0].Kind != "credit_on_account" || found[0].Amount != eur(121000) {
		t.Errorf("findings %+v", found)
	}
}

func TestRule7StrangePaymentsAreShownNeverBooked(t *testing.T) {
	for _, c := range []struct {
		name    string
		tamper  simulator.Tamper
		finding string
	}{
		{"less", simulator.Tamper{Value: "1.00"}, pay.FindingAmount},
		{"more", simulator.Tamper{Value: "1210.01"}, pay.FindingAmount},
		{"another currency", simulator.Tamper{Currency: "USD"}, pay.FindingCurrency},
		{"the other mode", simulator.Tamper{Mode: "live"}, pay.FindingMode},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			cu, one, _ := g.setup()
			x := g.open(cu, one)
			g.must(g.sim.Tamper(x.ProviderRef, c.tamper))
			g.decide(x, simulator.OutcomePaid)
			g.deliver()
			g.wantFinding(x, c.finding)
			g.wantReceipts(cu, 0, 0)
			g.wantOpen(one, 121000)
		})
	}
	t.Run("of nobody here", func(t *testing.T) {
		g := newRig(t)
		cu, one, _ := g.setup()
		p, err := g.mol.CreatePayment(g.Ctx, "k", mollie.NewPayment{Amount: mollie.Amount(eur(121000)), Description: "2026-0001",
			RedirectURL: "http://portal.example.org/", WebhookURL: g.hook, Method: "ideal",
			Metadata: map[string]string{"attempt": "att_01jd0000000000000000000000"}})
		g.must(err)
		g.must(g.sim.Decide(p.ID, simulator.OutcomePaid, simulator.Payer{}))
		g.deliver()
		g.must(g.pay.Poll(g.Ctx))
		g.wantReceipts(cu, 0, 0)
		g.wantOpen(one, 121000)
		found, err := g.pay.Findings(g.Ctx, g.Firm.ID)
		g.must(err)
		if len(found) != 1 || found[0].Kind != pay.FindingForeign || found[0].Payment != p.ID {
			t.Errorf("findings %+v", found)
		}
	})
	t.Run("forged webhooks", func(t *testing.T) {
		g := newRig(t)
		cu, one, _ := g.setup()
		x := g.open(cu, one)
		before, _, err := g.Log().Head(g.Ctx)
		g.must(err)
		for _, id := range []string{"tr_doesnotexist", "", "../../etc", x.ProviderRef, x.ID.String(), "re_1", "tr_\x00"} {
			res, err := http.PostForm(g.hook, url.Values{"id": {id}})
			g.must(err)
			g.must(res.Body.Close())
			if res.StatusCode != http.StatusOK {
				t.Errorf("%q: status %d", id, res.StatusCode)
			}
		}
		if after, _, err := g.Log().Head(g.Ctx); err != nil || after != before {
			t.Errorf("a forged webhook left a trace: %d, then %d (%v)", before, after, err)
		}
	})
}

func TestRule8AllocationIsFixedAndTheRestIsCredit(t *testing.T) {
	g := newRig(t)
	c, one, two := g.setup()
	x, err := g.pay.Start(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 21000}, ledger.AttemptLine{Document: two.ID, Amount: 30000}))
	g.must(err)
	g.Pay(c, "2026-06-30", 20000, ledger.Line{Document: two.ID, Amount: 20000}) // a transfer comes in between
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	g.wantState(x, ledger.AttemptPaid)
	g.wantOpen(one, 100000)
	g.wantOpen(two, 0)
	g.wantReceipts(c, 2, 20000)
	g.wantFinding(x, "credit_on_account")
}

func TestPollingAloneSettles(t *testing.T) {
	g := newRig(t)
	g.hooks = false
	c, one, two := g.setup()
	x, y := g.open(c, one), g.open(c, two)
	g.must(g.pay.Poll(g.Ctx))
	g.decide(x, simulator.OutcomePaid)
	g.advance(5 * time.Second)
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(x, ledger.AttemptPaid)
	g.advance(20 * time.Minute)
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(y, ledger.AttemptExpired)
	// Refunds from Mollie's own dashboard, and chargebacks, are found by reading the lists.
	_, err := g.mol.CreateRefund(g.Ctx, "dashboard", x.ProviderRef, mollie.NewRefund{Amount: mollie.Amount(eur(1000))})
	g.must(err)
	_, err = g.sim.Chargeback(x.ProviderRef, eur(2000), "AM04")
	g.must(err)
	g.advance(15 * time.Minute)
	g.must(g.pay.Poll(g.Ctx))
	g.wantOpen(one, 3000)
	g.wantOpen(two, 30000)
	if n := len(g.sim.Deliveries()); n != 0 {
		t.Errorf("%d webhooks were sent", n)
	}
}

func TestPollingBacksOff(t *testing.T) {
	g := newRig(t)
	g.hooks = false
	c, one, _ := g.setup()
	o := g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000})
	o.Method = "banktransfer" // may take two weeks
	x, err := g.pay.Start(g.Ctx, g.meta(), o)
	g.must(err)
	rounds := 0
	for range 24 * 60 * 60 / 5 { // one day of ticks
		g.Clock.Advance(5 * time.Second)
		before := g.attempt(x).Checked
		g.must(g.pay.Poll(g.Ctx))
		if g.attempt(x).Checked != before {
			rounds++
		}
		if rounds > 1 {
			break
		}
	}
	if rounds != 0 {
		t.Errorf("nothing has changed, yet polling wrote to the books %d times", rounds)
	}
}

// A crash at any moment of starting a payment leaves nothing behind that could be paid without our knowing.
func TestCrashWhileStarting(t *testing.T) {
	t.Run("before Mollie heard of it", func(t *testing.T) {
		g := newRig(t)
		c, one, _ := g.setup()
		g.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: simulator.FaultDrop, Times: -1})
		_, err := g.pay.Start(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000}))
		if fault.As(err).Code != "pay.unavailable" {
			t.Fatal(err)
		}
		g.sim.ClearFaults()
		g.crash()
		g.must(g.pay.Poll(g.Ctx))
		x := g.only(c)
		if x.State != ledger.AttemptCreated {
			t.Fatalf("given up too early: %+v", x)
		}
		g.advance(11 * time.Minute)
		g.must(g.pay.Poll(g.Ctx))
		g.wantState(x, ledger.AttemptFailed)
	})
	t.Run("after Mollie made it", func(t *testing.T) {
		g := newRig(t)
		c, one, _ := g.setup()
		g.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: simulator.FaultLost, Times: -1})
		if _, err := g.pay.Start(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000})); err == nil {
			t.Fatal("an answer came")
		}
		g.sim.ClearFaults()
		g.crash()
		g.must(g.pay.Poll(g.Ctx))
		x := g.wantState(g.only(c), ledger.AttemptOpen)
		list, _, err := g.mol.ListPayments(g.Ctx, mollie.Page{})
		g.must(err)
		if len(list) != 1 || x.ProviderRef != list[0].ID || x.CheckoutURL == "" {
			t.Fatalf("%d payments; attempt %+v", len(list), x)
		}
	})
	t.Run("and the payer tries again with the same key", func(t *testing.T) {
		g := newRig(t)
		c, one, _ := g.setup()
		m := g.meta()
		m.Key = "form-1"
		o := g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000})
		g.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: simulator.FaultLost, Times: 4})
		if _, err := g.pay.Start(g.Ctx, m, o); err == nil {
			t.Fatal("an answer came")
		}
		g.crash()
		x, err := g.pay.Start(g.Ctx, m, o)
		g.must(err)
		y, err := g.pay.Start(g.Ctx, m, o)
		g.must(err)
		list, _, err := g.mol.ListPayments(g.Ctx, mollie.Page{})
		g.must(err)
		if len(list) != 1 || x.ID != y.ID || x.CheckoutURL != y.CheckoutURL || x.CheckoutURL == "" {
			t.Fatalf("%d payments; %+v and %+v", len(list), x, y)
		}
	})
}

func (g *rig) only(c ledger.Customer) (x ledger.Attempt) {
	g.t.Helper()
	g.must(g.View(g.Ctx, func(r *books.Reader) error {
		list, err := r.AttemptsOf(c.ID)
		if err == nil && len(list) != 1 {
			g.t.Fatalf("%d attempts", len(list))
		}
		if err == nil {
			x = list[0]
		}
		return err
	}))
	return x
}

func TestProvidersClockAhead(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	x := g.open(c, one)
	g.must(g.sim.Webhooks(simulator.Travel{Mode: simulator.TravelDrop}))
	g.decide(x, simulator.OutcomePending)
	g.must(g.sim.Advance(g.Ctx, 72*time.Hour)) // without moving our clock
	g.decide(x, simulator.OutcomePaid)
	if x = g.refresh(x); x.PaidOn != g.today() {
		t.Errorf("paid on %s, today is %s", x.PaidOn, g.today())
	}
	g.wantOpen(one, 0)
}

func TestStartTwiceAtOnce(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	m := g.meta()
	m.Key = "impatient"
	urls := make([]string, 8)
	var all sync.WaitGroup
	for i := range urls {
		all.Go(func() {
			x, err := g.pay.Start(g.Ctx, m, g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000}))
			if err != nil {
				t.Error(err)
			}
			urls[i] = x.CheckoutURL
		})
	}
	all.Wait()
	list, _, err := g.mol.ListPayments(g.Ctx, mollie.Page{})
	g.must(err)
	if urls = slices.Compact(urls); len(list) != 1 || len(urls) != 1 || urls[0] == "" {
		t.Errorf("%d payments, checkouts %q", len(list), urls)
	}
}

// Two firms of one owner may use the same Mollie profile: each finds only its own payments.
func TestFirmsThatShareAProfile(t *testing.T) {
	g := newRig(t)
	_, err := g.CreateFirm(g.Ctx, journal.Meta{}, ledger.Firm{Name: "De Korenaar Vastgoed", Country: "NL", Currency: "EUR"})
	g.must(err)
	c, one, _ := g.setup()
	g.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: simulator.FaultLost, Times: 4})
	if _, err := g.pay.Start(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000})); err == nil {
		t.Fatal("an answer came")
	}
	list, _, err := g.mol.ListPayments(g.Ctx, mollie.Page{})
	g.must(err)
	g.must(g.sim.Decide(list[0].ID, simulator.OutcomePaid, simulator.Payer{}))
	g.deliver() // to an attempt that does not know its payment yet
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(g.only(c), ledger.AttemptPaid)
	firms := 0
	g.must(g.View(g.Ctx, func(r *books.Reader) error {
		all, err := r.Firms()
		firms = len(all)
		return err
	}))
	found, err := g.pay.Findings(g.Ctx, g.Firm.ID)
	g.must(err)
	if firms != 2 || len(found) != 0 {
		t.Errorf("%d firms, findings %+v", firms, found)
	}
}

// TestStartKeepsToItsScope: what is outside the scope cannot be paid, named or found out about.
func TestStartKeepsToItsScope(t *testing.T) {
	g := newRig(t)
	one := g.Customer("Jansen")
	mine, hidden := g.Invoice(one, "1", "2026-06-01", "", 1000), g.Invoice(one, "2", "2026-06-01", "", 1000)
	foreign := g.Invoice(g.Customer("De Vries"), "3", "2026-06-01", "", 1000)
	for name, tt := range map[string]struct {
		document ledger.DocumentID
		change   func(*books.Scope)
		code     string
	}{
		"another customer's": {foreign.ID, func(*books.Scope) {}, "document.unknown"},
		"not of the link":    {hidden.ID, func(s *books.Scope) { s.Documents = []ledger.DocumentID{mine.ID} }, "document.unknown"},
		"may only look":      {mine.ID, func(s *books.Scope) { s.Rights = ledger.RightView }, "portal.view_only"},
	} {
		o := g.order(one, ledger.AttemptLine{Document: tt.document, Amount: 1000})
		tt.change(&o.Scope)
		if x, err := g.pay.Start(g.Ctx, g.meta(), o); fault.As(err).Code != tt.code || !x.ID.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefundAnswerLost(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	x := g.open(c, one)
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	order := pay.RefundOrder{Receipt: g.attempt(x).Receipt, Amount: eur(1000)}
	m := g.Meta()
	m.Key = "refund-1"
	g.sim.AddFault(simulator.Fault{Match: "POST /v2/payments/", Kind: simulator.FaultLost})
	one1, err := g.pay.Refund(g.Ctx, m, order)
	g.must(err)
	two2, err := g.pay.Refund(g.Ctx, m, order)
	g.must(err)
	list, err := g.mol.ListRefunds(g.Ctx, x.ProviderRef)
	g.must(err)
	if len(list) != 1 || one1.ID != two2.ID {
		t.Errorf("%d refunds at Mollie; %s and %s booked", len(list), one1.ID, two2.ID)
	}
	if _, err := g.pay.Refund(g.Ctx, g.Meta(), order); fault.As(err).Code != "pay.refund_again" {
		t.Errorf("the same amount again: %v", err)
	}
	if _, err := g.pay.Refund(g.Ctx, g.Meta(), pay.RefundOrder{Receipt: order.Receipt, Amount: eur(120001)}); fault.As(err).Code != "pay.refund_amount" {
		t.Errorf("too much: %v", err)
	}
	// The refund fails in the end: the money is ours again.
	g.wantOpen(one, 1000)
	g.must(g.sim.SetRefund(x.ProviderRef, list[0].ID, "failed"))
	g.deliver()
	g.wantReceipts(c, 1, 1000)
}

func TestUnreachableWebhookAddressMeansPolling(t *testing.T) {
	g := newRig(t)
	g.sim.Strict(true)
	c, one, _ := g.setup()
	x := g.open(c, one)
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	g.wantState(x, ledger.AttemptOpen)
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(x, ledger.AttemptPaid)
}

func TestRefusedStartFails(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	o := g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000})
	o.Method = "shells"
	_, err := g.pay.Start(g.Ctx, g.meta(), o)
	if fault.As(err).Code != "pay.method" {
		t.Fatal(err)
	}
	if x := g.only(c); x.State != ledger.AttemptFailed || x.FailReason == "" {
		t.Errorf("%+v", x)
	}
}

func TestUnknownStatusKeepsAsking(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	x := g.open(c, one)
	g.must(g.sim.Tamper(x.ProviderRef, simulator.Tamper{Status: "hibernating"}))
	if x = g.refresh(x); x.State != ledger.AttemptOpen || x.Finding != "" {
		t.Errorf("%+v", x)
	}
}

func TestMethods(t *testing.T) {
	g := newRig(t)
	want := []pay.Method{{ID: "banktransfer", Name: "Overboeking", Image: g.api + "/checkout/assets/banktransfer.svg"}}
	got, err := g.pay.Methods(g.Ctx, g.Firm.ID, eur(6_000_000), "nl")
	g.must(err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// While Mollie is down an old list is better than none.
	g.sim.AddFault(simulator.Fault{Kind: simulator.FaultStatus, Status: 503, Times: -1})
	g.Clock.Advance(time.Hour)
	got, err = g.pay.Methods(g.Ctx, g.Firm.ID, eur(6_000_000), "nl")
	g.must(err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err = g.pay.Methods(g.Ctx, g.Firm.ID, money.Of(100, "EUR"), "nl"); fault.As(err).Code != "pay.unavailable" {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	g := newRig(t)
	got, err := g.pay.Settings(g.Ctx, g.Firm.ID)
	g.must(err)
	if got.Mode != pay.ModeSimulator || got.HasKey || got.APIURL != g.api {
		t.Errorf("%+v", got)
	}
	if _, err := g.pay.SetSettings(g.Ctx, g.Meta(), pay.ModeKey, "sk_live_123"); fault.As(err).Code != "mollie.key" {
		t.Errorf("another provider's key: %v", err)
	}
	if _, err := g.pay.SetSettings(g.Ctx, g.Meta(), pay.ModeKey, ""); fault.As(err).Code != "pay.no_key" {
		t.Errorf("no key: %v", err)
	}
	got, err = g.pay.SetSettings(g.Ctx, g.Meta(), pay.ModeOff, "test_0123456789")
	g.must(err)
	if got.Mode != pay.ModeOff || !got.HasKey || got.KeyEnd != "6789" {
		t.Errorf("%+v", got)
	}
	c, one, _ := g.setup()
	_, err = g.pay.Start(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 100}))
	if fault.As(err).Code != "pay.off" {
		t.Errorf("switched off: %v", err)
	}
	g.must(g.pay.Poll(g.Ctx))
}

// With the wrong key Mollie knows none of the payments. That is no reason to call them failed at once, and when the key
// is right again, money that came in is found whatever has been said in the meantime.
func TestWrongKeyForTwoDays(t *testing.T) {
	g := newRig(t)
	c, one, two := g.setup()
	x, y := g.open(c, one), g.open(c, two)
	_, err := g.pay.SetSettings(g.Ctx, g.Meta(), pay.ModeKey, "test_anotherprofile")
	g.must(err)
	g.decide(x, simulator.OutcomePaid)
	g.deliver()
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(x, ledger.AttemptOpen)
	g.wantFinding(x, pay.FindingUnknown)
	g.advance(48 * time.Hour)
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(x, ledger.AttemptFailed)
	g.wantState(y, ledger.AttemptFailed)
	_, err = g.pay.SetSettings(g.Ctx, g.Meta(), pay.ModeSimulator, "")
	g.must(err)
	g.advance(time.Hour)
	g.must(g.pay.Poll(g.Ctx))
	g.wantState(x, ledger.AttemptPaid)
	g.wantFinding(x, "")
	g.wantState(y, ledger.AttemptFailed)
	g.wantOpen(one, 0)
	g.wantOpen(two, 30000)
	if n := g.entries(func(e journal.Entry) bool { return e.Kind == "settings.payments" && e.Actor.Name == "Jan" }); n != 2 {
		t.Errorf("%d entries say who changed the settings", n)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	x := g.open(c, one)
	g.decide(x, simulator.OutcomePaid)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.pay.Run(ctx) }()
	for changed := g.Log().Changed(); g.attempt(x).State != ledger.AttemptPaid; {
		<-changed
	}
	cancel()
	g.must(<-ended)
}
