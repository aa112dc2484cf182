package pay_test

import (
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

var consent = ledger.Consent{Text: "Ik machtig De Korenaar …", Version: "1", By: "Contact", Where: "portal"}

// store stores a method without paying anything, as the portal's page does.
func (g *rig) store(c ledger.Customer, method ledger.Method) ledger.Mandate {
	g.t.Helper()
	x, err := g.pay.Store(g.Ctx, g.meta(), pay.StoreOrder{Order: g.with(g.order(c), method), Payer: c.Name, Consent: consent})
	g.must(err)
	g.decide(x, simulator.OutcomePaid)
	g.refresh(x)
	return g.mandate(x.Mandate)
}

func (g *rig) with(o pay.Order, method ledger.Method) pay.Order {
	o.Method = method
	return o
}

func (g *rig) mandate(id ledger.MandateID) (m ledger.Mandate) {
	g.t.Helper()
	g.must(g.View(g.Ctx, func(r *books.Reader) (err error) { m, err = r.Mandate(id); return err }))
	return m
}

func (g *rig) on(c ledger.Customer, m ledger.Mandate, moment ledger.Moment, ceiling int64) {
	g.t.Helper()
	_, err := g.SetAutopay(g.Ctx, g.meta(), ledger.Autopay{Customer: c.ID, State: ledger.AutopayOn, Moment: moment, Mandate: m.ID, Ceiling: eur(ceiling), Consent: consent})
	g.must(err)
}

func (g *rig) collections(c ledger.Customer) (list []ledger.Collection) {
	g.t.Helper()
	g.must(g.View(g.Ctx, func(r *books.Reader) (err error) { list, err = r.CollectionsOf(c.ID); return err }))
	return list
}

// pass lets the program do what it does by itself.
func (g *rig) pass() {
	g.t.Helper()
	g.advance(time.Minute)
	g.must(g.pay.Poll(g.Ctx))
}

// until moves day by day, with a pass each, to the morning of a date.
func (g *rig) until(date string) {
	g.t.Helper()
	for g.today() < civil.MustParse(date) {
		g.advance(24 * time.Hour)
		g.pass()
	}
}

func (g *rig) wantCollection(c ledger.Customer, i int, s ledger.CollectionState, date string, cents int64) ledger.Collection {
	g.t.Helper()
	list := g.collections(c)
	if len(list) <= i {
		g.t.Fatalf("there are %d collections, want one more", len(list))
	}
	x := list[i]
	if x.State != s || x.Date != civil.MustParse(date) || x.Amount != eur(cents) {
		g.t.Errorf("collection %d is in state %d (%s) on %s of %s, want %d on %s of %s", i, x.State, x.Reason, x.Date, x.Amount, s, date, eur(cents))
	}
	return x
}

func TestStoreCard(t *testing.T) {
	g := newRig(t)
	c, one, _ := g.setup()
	m := g.store(c, ledger.MethodCard)
	if m.State != ledger.MandateValid || m.Last4 != "6787" || m.Label != "Mastercard" || !m.Preferred || m.Consent.At.IsZero() || m.Holder == "" {
		t.Errorf("the stored card is %+v", m)
	}
	g.wantReceipts(c, 0, 0)
	x, err := g.pay.Charge(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 121000}), m.ID)
	g.must(err)
	g.wantState(x, ledger.AttemptPaid)
	g.wantOpen(one, 0)

	g.must(g.pay.Remove(g.Ctx, g.meta(), c.ID, m.ID))
	if got, err := g.mol.ListMandates(g.Ctx, m.ProviderCustomer); err != nil || len(got) != 0 {
		t.Errorf("after its removal Mollie still has %v, %v", got, err)
	}
}

// TestStoreBank stores a bank account: the cent that proves it is credit on account, and no finding.
func TestStoreBank(t *testing.T) {
	g := newRig(t)
	c, _, _ := g.setup()
	m := g.store(c, ledger.MethodIDEAL)
	if m.Method != ledger.MethodDebit || m.Last4 != "4300" || m.Label != "ABNA" {
		t.Errorf("the stored account is %+v", m)
	}
	g.wantReceipts(c, 1, 1)
	x, err := g.pay.Store(g.Ctx, g.meta(), pay.StoreOrder{Order: g.with(g.order(c), ledger.MethodIDEAL), Payer: c.Name, Consent: consent})
	g.must(err)
	g.decide(x, simulator.OutcomeCanceled)
	g.refresh(x)
	g.pass()
	if m := g.mandate(x.Mandate); m.State != ledger.MandateInvalid {
		t.Errorf("a mandate whose payment was broken off is %s", books.MandateStateName(m.State))
	}
}

// TestAutopayOnDueDate goes the straight way with direct debit, and sees that pending money is not asked for twice.
func TestAutopayOnDueDate(t *testing.T) {
	g := newRig(t)
	c, one, two := g.setup() // due Wednesday 1 and Friday 10 July; today is 30 June
	m := g.store(c, ledger.MethodIDEAL)
	g.on(c, m, ledger.OnDueDate, 0)
	g.pass()
	g.wantCollection(c, 0, ledger.CollectionAnnounced, "2026-07-06", 121000) // notice makes 5 July, a Sunday
	g.wantCollection(c, 1, ledger.CollectionAnnounced, "2026-07-10", 30000)
	g.until("2026-07-05")
	g.wantCollection(c, 0, ledger.CollectionAnnounced, "2026-07-06", 121000)
	g.until("2026-07-06")
	g.wantCollection(c, 0, ledger.CollectionSubmitted, "2026-07-06", 121000)
	_, err := g.pay.Start(g.Ctx, g.meta(), g.order(c, ledger.AttemptLine{Document: one.ID, Amount: 1000}))
	if fault.As(err).Code != "attempt.collecting" {
		t.Errorf("paying what is being collected: %v", err)
	}
	g.until("2026-07-09")
	g.wantCollection(c, 0, ledger.CollectionPaid, "2026-07-06", 121000)
	g.wantOpen(one, 0) // the cent that was on account went first
	g.until("2026-07-16")
	g.wantCollection(c, 1, ledger.CollectionPaid, "2026-07-10", 30000)
	g.wantOpen(two, 0)
}

// TestAutopayFollowsThePortal: a firm whose portal shows no autopay collects nothing, since its customers have no page
// to switch it off. What was announced lapses; nothing can be stored or switched on.
func TestAutopayFollowsThePortal(t *testing.T) {
	g := newRig(t)
	c, one, two := g.setup()
	m := g.store(c, ledger.MethodCard)
	g.on(c, m, ledger.OnDueDate, 0)
	g.pass()
	if list := g.collections(c); len(list) != 2 || list[0].State != ledger.CollectionAnnounced {
		t.Fatalf("nothing was announced: %+v", list)
	}
	f := g.Firm
	f.Portal.Switch(ledger.FeatureAutopay, false)
	_, err := g.UpdateFirm(g.Ctx, g.meta(), f)
	g.must(err)
	g.until("2026-08-15")
	for _, x := range g.collections(c) {
		if x.State != ledger.CollectionDropped || x.Reason != "off" {
			t.Errorf("a collection is in state %d (%s) although autopay is switched off", x.State, x.Reason)
		}
	}
	g.wantOpen(one, 121000)
	g.wantOpen(two, 30000)
	_, err = g.pay.Store(g.Ctx, g.meta(), pay.StoreOrder{Order: g.with(g.order(c), ledger.MethodCard), Payer: c.Name, Consent: consent})
	if code := fault.As(err).Code; code != "mandate.switched_off" {
		t.Errorf("a method can still be stored: %v", err)
	}
	_, err = g.SetAutopay(g.Ctx, g.meta(), ledger.Autopay{Customer: c.ID, State: ledger.AutopayOn, Moment: ledger.OnDueDate, Mandate: m.ID, Consent: consent})
	if code := fault.As(err).Code; code != "autopay.switched_off" {
		t.Errorf("autopay can still be switched on: %v", err)
	}
}
