package pay_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
	"github.com/voldaan/voldaan/backend/store"
)

var errCrash = errors.New("the computer went off")

// fragile is an engine under which the program dies at the nth write from now: before it is durable, or just after,
// when nobody has been told.
type fragile struct {
	store.Engine
	left  int // 0: it holds
	after bool
}

func (e *fragile) Update(ctx context.Context, fn func(store.Tx) error) error {
	if e.left == 0 {
		return e.Engine.Update(ctx, fn)
	}
	if e.left--; e.left > 0 {
		return e.Engine.Update(ctx, fn)
	}
	if e.after {
		if err := e.Engine.Update(ctx, fn); err != nil {
			return err
		}
	}
	e.left = -1 // and stays off until it is started again
	return errCrash
}

// year is a firm's year with autopay, and what the test itself knows of it.
type year struct {
	*rig
	r         *rand.Rand
	engine    *fragile
	customers []ledger.Customer
	mandates  map[ledger.CustomerID]ledger.Mandate
	docs      []ledger.Document
	ceilings  map[ledger.CustomerID][]ceiling // as they were chosen
	transfers map[ledger.DocumentID]int64
	held      map[ledger.DocumentID][]window // disputed or promised
	back      map[string]bool                // payments that were charged back
	crashes   int
}

// window is a time in which nothing may be collected of an invoice.
type window struct{ from, to time.Time }

// ceiling is the most that one collection may take from some moment on; 0 is no ceiling.
type ceiling struct {
	from  time.Time
	cents int64
}

// TestAutopayYear lets 200 customers live through a year: they switch autopay on and off, change their minds, pay by
// themselves, run out of money, close accounts and take money back; the program is killed between any two writes, the
// provider loses answers, and sometimes nobody starts the program for days. The provider's list of what was charged is
// then held against what customers were told and against the ledger.
func TestAutopayYear(t *testing.T) {
	people := 200
	if testing.Short() {
		people = 25
	}
	y := &year{rig: newRig(t), r: rand.New(rand.NewPCG(2026, 11)), mandates: map[ledger.CustomerID]ledger.Mandate{}, //nolint:gosec // a test repeats itself
		ceilings: map[ledger.CustomerID][]ceiling{}, transfers: map[ledger.DocumentID]int64{}, back: map[string]bool{}, held: map[ledger.DocumentID][]window{}}
	y.hooks = false
	y.engine = &fragile{Engine: y.Engine}
	for i := range people {
		c := y.Customer(fmt.Sprintf("Klant %d", i))
		y.customers = append(y.customers, c)
		y.mandates[c.ID] = y.store(c, []ledger.Method{ledger.MethodIDEAL, ledger.MethodCard}[i%2])
		y.choose(c)
	}
	y.restart()
	for day := range 365 {
		y.advance(24 * time.Hour)
		for range max(1, people/60) {
			y.event(y.customers[y.r.IntN(len(y.customers))])
		}
		if day%40 < 4 { // nobody is in the office
			continue
		}
		y.live()
	}
	for range 30 {
		y.advance(24 * time.Hour)
		y.live()
	}
	y.compare()
}

func (y *year) restart() {
	y.engine.left = 0
	b, err := books.Open(y.Ctx, y.engine, y.Clock)
	y.must(err)
	y.pay = pay.New(pay.Options{Books: b, Engine: y.engine, SimulatorURL: y.api, APIURL: y.api, Default: pay.ModeSimulator,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
}

// live is a day of the program: a few passes, of which one in three is cut off somewhere.
func (y *year) live() {
	y.t.Helper()
	for range 2 {
		y.advance(time.Minute)
		if y.r.IntN(3) == 0 {
			y.engine.left, y.engine.after = 1+y.r.IntN(6), y.r.IntN(2) == 0
		}
		if y.r.IntN(6) == 0 {
			kind := []simulator.FaultKind{simulator.FaultDrop, simulator.FaultLost}[y.r.IntN(2)]
			y.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: kind, Times: 1 + y.r.IntN(6)})
		}
		err := y.pay.Poll(y.Ctx)
		y.sim.ClearFaults()
		if y.engine.left < 0 {
			y.crashes++
			y.restart()
		} else if y.engine.left = 0; err != nil {
			y.restart() // the provider's silence; starting again forgets the pause
		}
	}
	if err := y.pay.Poll(y.Ctx); err != nil {
		y.t.Fatal(err)
	}
}

// choose is a customer's choice, which may be off.
func (y *year) choose(c ledger.Customer) {
	y.t.Helper()
	a := ledger.Autopay{Customer: c.ID, State: ledger.AutopayOn, Mandate: y.mandates[c.ID].ID, Consent: consent,
		Moment: ledger.Moment(y.r.IntN(3)), Ceiling: eur([]int64{0, 0, 50_000, 5_000}[y.r.IntN(4)])} //nolint:gosec // 0, 1 or 2
	if y.r.IntN(5) == 0 {
		a.State = ledger.AutopayOff
	}
	if m := y.mandate(a.Mandate); m.State != ledger.MandateValid {
		return
	}
	_, err := y.SetAutopay(y.Ctx, y.meta(), a)
	y.must(err)
	y.ceilings[c.ID] = append(y.ceilings[c.ID], ceiling{y.Clock.Now(), a.Ceiling.Minor})
}

// event is something that happens to a customer.
func (y *year) event(c ledger.Customer) {
	y.t.Helper()
	switch n := y.r.IntN(20); {
	case n < 11:
		y.invoice(c)
	case n < 13:
		y.transfer(c)
	case n < 15:
		y.choose(c)
	case n < 17:
		m := y.mandate(y.mandates[c.ID].ID)
		if m.State == ledger.MandateValid {
			y.must(y.sim.Refuse(m.ProviderRef, []string{"AM04", "AM04", "MS03", "AC04", "MD07"}[y.r.IntN(5)]))
		}
	case n < 18:
		y.takeBack(c)
	case n < 19:
		y.object(c)
	case y.r.IntN(4) == 0:
		y.must(y.pay.Remove(y.Ctx, y.meta(), c.ID, y.mandates[c.ID].ID))
		y.mandates[c.ID] = y.store(c, ledger.MethodIDEAL)
	}
}

func (y *year) invoice(c ledger.Customer) {
	y.t.Helper()
	today := y.today()
	d := ledger.Document{Customer: c.ID, Type: ledger.Invoice, Number: fmt.Sprintf("F%05d", len(y.docs)), Issued: today,
		Due: today.AddDays([]int{0, 14, 30}[y.r.IntN(3)]), Total: eur(int64(1+y.r.IntN(20)) * 10_000)}
	if y.r.IntN(3) == 0 {
		d.Discount = ledger.DiscountTerms{BasisPoints: 200, Until: today.AddDays(10)}
	}
	d, err := y.Post(y.Ctx, y.meta(), d)
	y.must(err)
	y.docs = append(y.docs, d)
}

// transfer is the customer paying an invoice, or part of it, by themselves; not while the bank is collecting it.
func (y *year) transfer(c ledger.Customer) {
	y.t.Helper()
	a := y.Account(c.ID)
	busy := map[ledger.DocumentID]bool{}
	for _, x := range y.collections(c) {
		if x.State == ledger.CollectionSubmitted {
			busy[x.Document] = true
		}
	}
	for _, it := range a.OpenItems(y.today()) {
		if busy[it.ID] || it.Open.Minor < 10_000 {
			continue
		}
		cents := it.Open.Minor / int64(1+y.r.IntN(2)) / 1000 * 1000
		y.Pay(c, y.today().String(), cents, ledger.Line{Document: it.ID, Amount: cents})
		y.transfers[it.ID] += cents
		return
	}
}

// object is a customer disputing the latest invoice, or promising to pay it in ten days.
func (y *year) object(c ledger.Customer) {
	y.t.Helper()
	items := y.Account(c.ID).OpenItems(y.today())
	if len(items) == 0 {
		return
	}
	it, now := items[len(items)-1], y.Clock.Now()
	if y.r.IntN(2) == 0 {
		_, err := y.OpenDispute(y.Ctx, y.meta(), ledger.Dispute{Customer: c.ID, Reason: ledger.ReasonPrice, Text: "te duur", Currency: "EUR",
			Lines: []ledger.DisputeLine{{Document: it.ID, Amount: it.Open.Minor}}, By: "Contact", Channel: "portal"})
		if err == nil { // one that is disputed already is refused
			y.held[it.ID] = append(y.held[it.ID], window{now, now.AddDate(10, 0, 0)})
		}
		return
	}
	_, err := y.RecordPromise(y.Ctx, y.meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{it.ID}, Amount: it.Open, On: y.today().AddDays(10), By: "Contact", Channel: "portal"})
	if err == nil {
		y.held[it.ID] = append(y.held[it.ID], window{now, now.AddDate(0, 0, 9)})
	}
}

// takeBack is the customer's bank taking back a collection that was paid.
func (y *year) takeBack(c ledger.Customer) {
	y.t.Helper()
	for _, x := range y.collections(c) {
		if x.State != ledger.CollectionPaid {
			continue
		}
		var a ledger.Attempt
		y.must(y.View(y.Ctx, func(r *books.Reader) (err error) { a, err = r.Attempt(x.Attempt); return err }))
		_, err := y.sim.Chargeback(a.ProviderRef, money.Amount{}, "MD06")
		y.must(err)
		y.back[a.ProviderRef] = true
		return
	}
}

// compare holds the provider's payments against what customers were told, and the ledger against both.
func (y *year) compare() {
	y.t.Helper()
	tries := map[string]ledger.Collection{}
	agreed := map[string]ledger.AttemptLine{}
	for _, c := range y.customers {
		for _, x := range y.collections(c) {
			if x.Attempt.IsZero() {
				continue
			}
			tries[x.Attempt.String()] = x
			y.must(y.View(y.Ctx, func(r *books.Reader) error {
				a, err := r.Attempt(x.Attempt)
				agreed[x.Attempt.String()] = a.Lines[0]
				return err
			}))
		}
	}
	settled, paid, charged := map[ledger.DocumentID]int64{}, map[ledger.DocumentID]int{}, 0
	for page := (mollie.Page{Limit: 250}); ; {
		list, next, err := y.mol.ListPayments(y.Ctx, page)
		y.must(err)
		for _, p := range list {
			if p.Sequence == mollie.Recurring {
				charged++
				y.comparePayment(p, tries, agreed, settled, paid)
			}
		}
		if page.From = next; next == "" {
			break
		}
	}
	for id, n := range paid {
		if n > 1 {
			y.t.Errorf("%s was charged %d times", id, n)
		}
	}
	collected := 0
	for _, d := range y.docs {
		a := y.Account(d.Customer)
		credit := a.AllocatedFrom(d.ID, ledger.FromReceipt, y.today()).Minor + a.AllocatedFrom(d.ID, ledger.FromDiscount, y.today()).Minor
		if want := settled[d.ID] + y.transfers[d.ID]; credit < want || credit > want+y.proofs(d.Customer) {
			y.t.Errorf("%s: the ledger has %d settled, the model %d", d.Number, credit, want)
		}
		if settled[d.ID] > 0 {
			collected++
		}
	}
	for _, c := range y.customers {
		for _, x := range y.collections(c) {
			if x.State == ledger.CollectionSubmitted {
				y.t.Errorf("a collection of %s is still at the provider", x.Date)
			}
		}
	}
	y.t.Logf("%d invoices, %d disputed or promised, %d charges, %d collected, %d taken back, %d crashes", len(y.docs), len(y.held), charged, collected, len(y.back), y.crashes)
	if charged < len(y.customers)/2 || y.crashes < 10 {
		y.t.Error("too little happened for this to mean anything")
	}
}

// comparePayment is one charge against what was announced for it.
func (y *year) comparePayment(p mollie.Payment, tries map[string]ledger.Collection, agreed map[string]ledger.AttemptLine, settled map[ledger.DocumentID]int64, paid map[ledger.DocumentID]int) {
	y.t.Helper()
	x, ok := tries[p.Meta("attempt")]
	if !ok {
		y.t.Errorf("%s was charged and nothing in the books asked for it", p.ID)
		return
	}
	line := agreed[p.Meta("attempt")]
	on := civil.In(p.CreatedAt, time.UTC)
	notice := ledger.DefaultAutopayPolicy(y.Firm.ID).NoticeDays
	switch {
	case p.Amount.Money().Minor > x.Amount.Minor || p.Amount.Money().Minor != line.Amount:
		y.t.Errorf("%s took %s where %s was announced", p.ID, p.Amount.Money(), x.Amount)
	case on < x.Date || on < civil.In(x.Announced, time.UTC).AddDays(notice):
		y.t.Errorf("%s was taken on %s, announced on %s for %s", p.ID, on, x.Announced, x.Date)
	case !y.within(x, p):
		y.t.Errorf("%s took %s, above the ceiling of %v", p.ID, x.Amount, y.ceilings[x.Customer])
	}
	for _, h := range y.held[x.Document] {
		if p.CreatedAt.After(h.from) && p.CreatedAt.Before(h.to) {
			y.t.Errorf("%s was taken on %s, while the invoice was disputed or promised since %s", p.ID, on, h.from)
		}
	}
	if p.Status != mollie.Paid {
		return
	}
	paid[x.Document]++
	if !y.back[p.ID] {
		settled[x.Document] += line.Amount + line.Discount
	}
}

// proofs is how many cents proved a bank account: they are credit, which pays for a part of some invoice.
func (y *year) proofs(c ledger.CustomerID) (n int64) {
	for _, r := range y.Account(c).Receipts {
		if r.Amount.Minor == 1 {
			n++
		}
	}
	return n
}

// within reports whether a charge kept to the ceiling that was chosen last before it.
func (y *year) within(x ledger.Collection, p mollie.Payment) bool {
	limit := int64(0)
	for _, c := range y.ceilings[x.Customer] {
		if !c.from.After(p.CreatedAt) {
			limit = c.cents
		}
	}
	return limit == 0 || p.Amount.Money().Minor <= limit
}
