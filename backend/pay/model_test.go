package pay_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// TestModel lets payers, staff, banks, the network and crashes do random things in random order, and then compares the
// books with two independent accounts of them, to the cent: what the test itself made happen at the provider, and a
// plain model of allocation that knows no dates, no store and no journal but the order of events.
//
// Amounts are multiples of 10.00, so that no small difference is ever written off.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sc := &scope{TB: t, rt: rt}
		defer sc.close()
		w := newWorld(sc, rt)
		rt.Repeat(map[string]func(*rapid.T){
			"start":            w.start,
			"decide":           w.decideOne,
			"start another":    w.start,
			"decide again":     w.decideOne,
			"return":           w.comeBack,
			"webhook":          w.webhook,
			"travel":           w.travel,
			"time":             w.time,
			"poll":             w.poll,
			"refund":           w.refund,
			"dashboard refund": w.dashboardRefund,
			"refund moves":     w.moveRefund,
			"chargeback":       w.chargeback,
			"reversal":         w.reverse,
			"transfer":         w.transfer,
			"outage":           w.outage,
			"crash":            w.crash,
		})
		w.settleDown()
		w.compare()
	})
}

// scope gives one run of the property the life of a test: its clean-up happens at its end.
type scope struct {
	testing.TB
	rt   *rapid.T
	undo []func()
}

func (s *scope) Cleanup(f func())             { s.undo = append(s.undo, f) }
func (s *scope) Fatal(args ...any)            { s.rt.Fatal(args...) }
func (s *scope) Fatalf(f string, args ...any) { s.rt.Fatalf(f, args...) }
func (s *scope) Error(args ...any)            { s.rt.Error(args...) }
func (s *scope) Errorf(f string, args ...any) { s.rt.Errorf(f, args...) }
func (s *scope) Helper()                      {}
func (s *scope) close() {
	for _, f := range slices.Backward(s.undo) {
		f()
	}
}

type world struct {
	*rig
	rt        *rapid.T
	customers []ledger.Customer
	docs      []ledger.Document
	attempts  map[ledger.AttemptID]ledger.Attempt // every attempt whose start was answered
	paid      map[string]money.Amount             // payments that a payer has paid, by the provider's id
	moves     map[string][]string                 // chargebacks by payment
	n         int
}

func newWorld(sc *scope, rt *rapid.T) *world {
	w := &world{rig: newRig(sc), rt: rt, attempts: map[ledger.AttemptID]ledger.Attempt{}, paid: map[string]money.Amount{}, moves: map[string][]string{}}
	for i := range 2 {
		c := w.Customer(fmt.Sprint("Klant ", i))
		w.customers = append(w.customers, c)
		for j := range 3 {
			w.docs = append(w.docs, w.Invoice(c, fmt.Sprintf("2026-%d%d", i, j), "2026-06-01", "2026-07-01", int64(1+i+2*j)*20000))
		}
	}
	return w
}

// tens draws an amount of whole tens, at most limit.
func tens(t *rapid.T, limit int64, label string) int64 {
	return rapid.Int64Range(1, limit/1000).Draw(t, label) * 1000
}

func (w *world) start(t *rapid.T) {
	c := rapid.SampledFrom(w.customers).Draw(t, "customer")
	a := w.Account(c.ID)
	var lines []ledger.AttemptLine
	for _, d := range w.docs {
		if open := a.Open(d.ID, w.today()).Minor; d.Customer == c.ID && open >= 1000 && rapid.Bool().Draw(t, "take") {
			lines = append(lines, ledger.AttemptLine{Document: d.ID, Amount: tens(t, open, "amount")})
		}
	}
	if len(lines) == 0 {
		t.Skip("nothing open")
	}
	w.hooks = rapid.Bool().Draw(t, "webhooks")
	if times := rapid.SampledFrom([]int{0, 0, 1, 9}).Draw(t, "trouble"); times > 0 {
		kind := rapid.SampledFrom([]simulator.FaultKind{simulator.FaultLost, simulator.FaultDrop}).Draw(t, "kind")
		w.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: kind, Times: times})
		defer w.sim.ClearFaults()
	}
	_, err := w.pay.Start(w.Ctx, w.meta(), w.order(c, lines...))
	w.tolerate(err)
	w.learn()
}

// learn reads which attempts there are. Lines and amount must never change after the first look.
func (w *world) learn() {
	w.must(w.View(w.Ctx, func(r *books.Reader) error {
		for x, err := range r.Attempts(w.Firm.ID) {
			if err != nil {
				return err
			}
			if old, ok := w.attempts[x.ID]; ok {
				if d := cmp.Diff(old.Lines, x.Lines); d != "" || old.Amount != x.Amount {
					w.rt.Fatalf("attempt changed: %s", d)
				}
				if old.State >= ledger.AttemptFailed && x.State != old.State && x.State != ledger.AttemptPaid {
					w.rt.Fatalf("a finished attempt went from %d to %d", old.State, x.State)
				}
			}
			w.attempts[x.ID] = x
		}
		return nil
	}))
}

// tolerate lets errors pass that the outside world may cause; anything else fails.
func (w *world) tolerate(err error) {
	if err == nil {
		return
	}
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, e := range many.Unwrap() {
			w.tolerate(e)
		}
		return
	}
	switch fault.As(err).Code {
	case "pay.unavailable", "pay.refund_uncertain", "pay.refund_again", "pay.refund_amount":
	default:
		w.rt.Fatal(err)
	}
}

func (w *world) payments() []mollie.Payment {
	list, _, err := w.mol.ListPayments(w.Ctx, mollie.Page{Limit: 250})
	w.must(err)
	slices.Reverse(list) // in order of creation, so that draws shrink well
	return list
}

func (w *world) pick(t *rapid.T, want func(mollie.Payment) bool) mollie.Payment {
	var list []mollie.Payment
	for _, p := range w.payments() {
		if want(p) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		t.Skip("no such payment")
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, "payment")]
}

func anyPayment(mollie.Payment) bool     { return true }
func isPaid(p mollie.Payment) bool       { return p.Status == mollie.Paid }
func unfinished(p mollie.Payment) bool   { return p.Status == mollie.Open || p.Status == mollie.Pending }
func hasRemaining(p mollie.Payment) bool { return isPaid(p) && p.AmountRemaining.Minor >= 1000 }

func (w *world) decideOne(t *rapid.T) {
	p := w.pick(t, unfinished)
	o := rapid.SampledFrom([]simulator.Outcome{"paid", "paid", "paid", "failed", "canceled", "expired", "pending"}).Draw(t, "outcome")
	w.must(w.sim.Decide(p.ID, o, simulator.Payer{}))
	if o == simulator.OutcomePaid {
		w.paid[p.ID] = p.Amount.Money()
	}
}

func (w *world) comeBack(t *rapid.T) {
	w.learn()
	ids := slices.SortedFunc(maps.Keys(w.attempts), func(a, b ledger.AttemptID) int { return slices.Compare(a[:], b[:]) })
	if len(ids) == 0 {
		t.Skip("no attempt")
	}
	_, err := w.pay.Refresh(w.Ctx, ids[rapid.IntRange(0, len(ids)-1).Draw(t, "attempt")])
	w.tolerate(err)
}

// webhook is a late or repeated one, or a stranger's.
func (w *world) webhook(t *rapid.T) {
	id := "tr_forged" + fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "forged"))
	if rapid.Bool().Draw(t, "real") {
		id = w.pick(t, anyPayment).ID
	}
	w.tolerate(w.pay.Webhook(w.Ctx, id))
}

func (w *world) travel(t *rapid.T) {
	modes := []simulator.TravelMode{"normal", "drop", "delay", "duplicate", "reorder", "hold"}
	w.must(w.sim.Webhooks(simulator.Travel{Mode: rapid.SampledFrom(modes).Draw(t, "mode"), Delay: time.Hour, Copies: 3}))
}

func (w *world) time(t *rapid.T) {
	w.advance(rapid.SampledFrom([]time.Duration{0, 0, time.Minute, 20 * time.Minute, 2 * time.Hour, 25 * time.Hour}).Draw(t, "by"))
}

func (w *world) poll(*rapid.T) { w.tolerate(w.pay.Poll(w.Ctx)) }

func (w *world) refund(t *rapid.T) {
	p := w.pick(t, hasRemaining)
	var rc ledger.Receipt
	err := w.View(w.Ctx, func(r *books.Reader) (err error) { rc, err = r.ReceiptByProvider(pay.Provider, p.ID); return err })
	if err != nil {
		t.Skip("not booked yet")
	}
	if rapid.Bool().Draw(t, "answer lost") {
		w.sim.AddFault(simulator.Fault{Match: "POST /v2/payments/", Kind: simulator.FaultLost})
		defer w.sim.ClearFaults()
	}
	_, err = w.pay.Refund(w.Ctx, w.Meta(), pay.RefundOrder{Receipt: rc.ID, Amount: money.Of(tens(t, p.AmountRemaining.Minor, "amount"), "EUR")})
	if errors.Is(err, &fault.Error{Code: "pay.amount"}) || fault.As(err).Code == "pay.amount" {
		return // a chargeback that the books have not seen yet has used the room
	}
	w.tolerate(err)
}

func (w *world) dashboardRefund(t *rapid.T) {
	p := w.pick(t, hasRemaining)
	w.n++
	n := mollie.NewRefund{Amount: mollie.Amount(money.Of(tens(t, p.AmountRemaining.Minor, "amount"), "EUR"))}
	_, err := w.mol.CreateRefund(w.Ctx, fmt.Sprint("dashboard ", w.n), p.ID, n)
	if e, ok := mollie.AsError(err); err != nil && (!ok || e.Status != 409) {
		w.rt.Fatal(err)
	}
}

func (w *world) moveRefund(t *rapid.T) {
	p := w.pick(t, func(p mollie.Payment) bool { return isPaid(p) && p.AmountRefunded.Minor > 0 })
	list, err := w.mol.ListRefunds(w.Ctx, p.ID)
	w.must(err)
	list = slices.DeleteFunc(list, func(r mollie.Refund) bool { return !r.Status.Effective() })
	r := list[rapid.IntRange(0, len(list)-1).Draw(t, "refund")]
	w.must(w.sim.SetRefund(p.ID, r.ID, rapid.SampledFrom([]string{"processing", "refunded", "failed", "canceled"}).Draw(t, "to")))
}

func (w *world) chargeback(t *rapid.T) {
	p := w.pick(t, hasRemaining)
	id, err := w.sim.Chargeback(p.ID, money.Of(tens(t, p.AmountRemaining.Minor, "amount"), "EUR"), "AM04")
	w.must(err)
	w.moves[p.ID] = append(w.moves[p.ID], id)
}

func (w *world) reverse(t *rapid.T) {
	p := w.pick(t, func(p mollie.Payment) bool { return len(w.moves[p.ID]) > 0 })
	id := rapid.SampledFrom(w.moves[p.ID]).Draw(t, "chargeback")
	if err := w.sim.ReverseChargeback(p.ID, id); err != nil {
		t.Skip("reversed already")
	}
}

// transfer is money that comes in another way in the meantime.
func (w *world) transfer(t *rapid.T) {
	d := rapid.SampledFrom(w.docs).Draw(t, "document")
	open := w.Account(d.Customer).Open(d.ID, w.today()).Minor
	if open < 1000 {
		t.Skip("paid")
	}
	cents := tens(t, open, "amount")
	w.Pay(ledger.Customer{ID: d.Customer}, w.today().String(), cents, ledger.Line{Document: d.ID, Amount: cents})
}

func (w *world) outage(t *rapid.T) {
	f := simulator.Fault{Kind: simulator.FaultStatus, Status: rapid.SampledFrom([]int{429, 500, 503}).Draw(t, "status"), Times: rapid.IntRange(1, 9).Draw(t, "times")}
	w.sim.AddFault(f)
	defer w.sim.ClearFaults()
	w.tolerate(w.pay.Poll(w.Ctx))
}

func (w *world) crash(*rapid.T) { w.rig.crash() }

// settleDown lets everything that is on its way arrive, with no webhook needed: at most three rounds of polling.
func (w *world) settleDown() {
	w.sim.ClearFaults()
	w.must(w.sim.Webhooks(simulator.Travel{Mode: simulator.TravelDrop}))
	for range 3 {
		w.advance(30 * time.Minute)
		w.rig.start()
		w.must(w.pay.Poll(w.Ctx))
	}
	w.learn()
}
