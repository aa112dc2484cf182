package pay_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// rig is real books on disk, the real service, and the simulator and our webhook address over real HTTP.
type rig struct {
	*bookstest.Books
	t     testing.TB
	sim   *simulator.Simulator
	pay   *pay.Service
	mol   *mollie.Client // to look at the provider's side
	hook  string
	api   string
	hooks bool // payments are made with our webhook address
	n     int
}

func newRig(t testing.TB) *rig {
	t.Helper()
	b := bookstest.Open(t)
	g := &rig{Books: b, t: t, hooks: true, sim: simulator.New(simulator.Options{Clock: civil.NewManual(bookstest.Now)})}
	api := httptest.NewServer(g.sim)
	t.Cleanup(api.Close)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.pay.Webhook(r.Context(), r.PostFormValue("id")); err != nil {
			http.Error(w, fault.As(err).Code, http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(hook.Close)
	g.api, g.hook = api.URL, hook.URL+"/webhooks/mollie"
	g.start()
	var err error
	g.mol, err = mollie.New(mollie.Options{Key: "test_voldaansimulator", BaseURL: g.api})
	g.must(err)
	return g
}

// start makes the service anew, as at the program's start: it remembers nothing.
func (g *rig) start() {
	g.pay = pay.New(pay.Options{
		Books: g.Books.Books, Engine: g.Engine, SimulatorURL: g.api, APIURL: g.api, Default: pay.ModeSimulator,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		WebhookURL: func() string {
			if !g.hooks {
				return ""
			}
			return g.hook
		},
	})
}

// crash loses everything that is not on disk. Starting again takes a second: ids are in the order of time, and no real
// clock stands still over a restart.
func (g *rig) crash() {
	g.t.Helper()
	g.Clock.Advance(time.Second)
	g.Reopen()
	g.start()
	g.advance(time.Second)
}

func (g *rig) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// advance moves both clocks; the simulator does on the way what is due.
func (g *rig) advance(d time.Duration) {
	g.t.Helper()
	g.must(g.sim.Advance(g.Ctx, d))
	g.Clock.Set(g.sim.Now())
}

func eur(cents int64) money.Amount { return money.Of(cents, "EUR") }

// open begins to pay documents in full, with iDEAL.
func (g *rig) open(c ledger.Customer, docs ...ledger.Document) ledger.Attempt {
	g.t.Helper()
	a := g.Account(c.ID)
	var lines []ledger.AttemptLine
	for _, d := range docs {
		lines = append(lines, ledger.AttemptLine{Document: d.ID, Amount: a.Open(d.ID, g.today()).Minor})
	}
	x, err := g.pay.Start(g.Ctx, g.meta(), g.order(c, lines...))
	g.must(err)
	return x
}

func (g *rig) order(c ledger.Customer, lines ...ledger.AttemptLine) pay.Order {
	return pay.Order{Scope: books.Scope{Firm: g.Firm.ID, Customer: c.ID, Rights: ledger.RightPay}, PayerEmail: "klant@example.nl", Language: "nl", Lines: lines, Method: ledger.MethodIDEAL,
		ReturnURL: func(id ledger.AttemptID) string { return "http://portal.example.org/back/" + id.String() }}
}

func (g *rig) meta() journal.Meta {
	return journal.Meta{Firm: g.Firm.ID, Actor: journal.Actor{Kind: journal.Contact, Name: "Contact"}}
}

func (g *rig) today() civil.Date {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	g.must(err)
	return civil.Today(g.Clock, zone)
}

// decide is what the payer does at the checkout. Webhooks wait until deliver.
func (g *rig) decide(x ledger.Attempt, o simulator.Outcome) {
	g.t.Helper()
	g.must(g.sim.Decide(x.ProviderRef, o, simulator.Payer{Name: "J. Jansen", IBAN: "NL91ABNA0417164300"}))
}

func (g *rig) deliver() { g.t.Helper(); g.advance(0) }

func (g *rig) refresh(x ledger.Attempt) ledger.Attempt {
	g.t.Helper()
	x, err := g.pay.Refresh(g.Ctx, x.ID)
	g.must(err)
	return x
}

func (g *rig) attempt(x ledger.Attempt) ledger.Attempt {
	g.t.Helper()
	g.must(g.View(g.Ctx, func(r *books.Reader) (err error) { x, err = r.Attempt(x.ID); return err }))
	return x
}

func (g *rig) wantOpen(d ledger.Document, cents int64) {
	g.t.Helper()
	if got := g.Account(d.Customer).Open(d.ID, g.today()); got != eur(cents) {
		g.t.Errorf("%s has %s open, want %s", d.Number, got, eur(cents))
	}
}

func (g *rig) wantState(x ledger.Attempt, s ledger.AttemptState) ledger.Attempt {
	g.t.Helper()
	x = g.attempt(x)
	if x.State != s {
		g.t.Errorf("the attempt is %s, want %s", books.AttemptStateName(x.State), books.AttemptStateName(s))
	}
	return x
}

func (g *rig) wantFinding(x ledger.Attempt, kind string) {
	g.t.Helper()
	if got := g.attempt(x).Finding; got != kind {
		g.t.Errorf("finding %q, want %q", got, kind)
	}
}

// receipts are what came in from the customer, and the credit on account.
func (g *rig) receipts(c ledger.Customer) (count int, unapplied int64) {
	g.t.Helper()
	a := g.Account(c.ID)
	for _, r := range a.Receipts {
		unapplied += a.Unapplied(r.ID, g.today()).Minor
	}
	return len(a.Receipts), unapplied
}

func (g *rig) wantReceipts(c ledger.Customer, count int, unapplied int64) {
	g.t.Helper()
	if n, u := g.receipts(c); n != count || u != unapplied {
		g.t.Errorf("%d receipts with %s on account, want %d with %s", n, eur(u), count, eur(unapplied))
	}
}

// entries counts journal entries of a kind.
func (g *rig) entries(match func(journal.Entry) bool) (n int) {
	g.t.Helper()
	for from := uint64(1); ; {
		list, err := g.Log().Read(g.Ctx, from, 500)
		g.must(err)
		if len(list) == 0 {
			return n
		}
		for _, e := range list {
			if match(e) {
				n++
			}
			from = e.Seq + 1
		}
	}
}

func settled(e journal.Entry) bool { _, ok := pay.Settled(e); return ok }

// setup is a customer with two invoices of 1,210.00 and 300.00.
func (g *rig) setup() (c ledger.Customer, one, two ledger.Document) {
	g.n++
	c = g.Customer("De Vries")
	one = g.Invoice(c, "2026-0001", "2026-06-01", "2026-07-01", 121000)
	two = g.Invoice(c, "2026-0002", "2026-06-10", "2026-07-10", 30000)
	return c, one, two
}
