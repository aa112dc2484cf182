// Package pay lets customers pay at a provider (Mollie) and brings the books into agreement with what happened there.
//
// A try to pay is a ledger.Attempt: its lines and amount are fixed when it is made, and it is recorded before the
// provider hears of it. From then on the provider's word counts, and only a fetched payment is its word: a webhook, the
// payer's return and the clock are all just reasons to fetch. Each of them ends in the same function, which may run any
// number of times, in any order, for the same payment, and books each effect once:
//
//   - a paid payment settles its attempt (books.SettleAttempt: receipt, allocations, attempt in one transaction);
//   - refunds and chargebacks are found by amounts, not by status, and become ledger.Returns, each under its own
//     provider id; one that is taken back (a failed refund, a reversed chargeback) undoes its Return;
//   - a payment with another amount, currency or mode than its attempt, or with no attempt of ours, is a finding for the
//     staff and is never booked.
//
// Nothing here needs a public address: Run asks for every unfinished attempt with growing pauses, and looks regularly
// for refunds, chargebacks and payments that it has missed. Webhooks only make that faster.
//
// A confirmation to the payer follows the journal: see Settled.
package pay

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/store"
)

// Provider is the name under which attempts and receipts of this package stand in the books.
const Provider = "mollie"

// Options configure a Service. Books and Engine are required.
type Options struct {
	Books  *books.Books
	Engine store.Engine // the store under the books, with the settings

	// APIURL is where Mollie is; empty is the real one.
	APIURL string
	// SimulatorURL is where the simulator answers; empty: there is none, and mode "simulator" cannot be used.
	SimulatorURL string
	// Default is how firms are paid that have no settings yet; empty is ModeOff.
	Default Mode
	// WebhookURL is where Mollie can reach this program ("https://…/webhooks/mollie"), asked for each payment; nil or an
	// empty answer: polling only.
	WebhookURL func() string

	HTTP  *http.Client                                         // default: the Mollie client's own
	Sleep func(ctx context.Context, d time.Duration) error     // pauses between tries of one call; default waits
	Ticks func(every time.Duration) (<-chan time.Time, func()) // drives Run; default time.NewTicker
	Log   *slog.Logger
}

// Service is the payments of all firms in a data folder. It is safe for concurrent use.
type Service struct {
	o     Options
	books *books.Books
	clock civil.Clock
	log   *slog.Logger

	mu      sync.Mutex
	clients map[string]*mollie.Client // by address and key
	methods map[methodKey]cachedMethods
	next    map[ledger.AttemptID]time.Time // when an unfinished attempt is asked for again
	swept   map[ledger.FirmID]sweep
	unknown *strangers

	collected map[ledger.FirmID]collecting
}

// New makes a service; it does nothing by itself until Run.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Ticks == nil {
		o.Ticks = func(every time.Duration) (<-chan time.Time, func()) {
			t := time.NewTicker(every)
			return t.C, t.Stop
		}
	}
	if o.Default == "" {
		o.Default = ModeOff
	}
	return &Service{
		o: o, books: o.Books, clock: o.Books.Clock(), log: o.Log,
		clients: map[string]*mollie.Client{}, methods: map[methodKey]cachedMethods{},
		next: map[ledger.AttemptID]time.Time{}, swept: map[ledger.FirmID]sweep{}, unknown: newStrangers(),
		collected: map[ledger.FirmID]collecting{},
	}
}

// actor is in whose name the books are written when the provider's word is applied.
var actor = journal.Actor{Kind: journal.Provider, Name: "Mollie"}

func meta(f ledger.FirmID) journal.Meta { return journal.Meta{Firm: f, Actor: actor} }

// Settled names the attempt that a journal entry settled. It is true for exactly one entry of each paid attempt, so that
// a journal follower which sends a confirmation for it sends one, whatever refunds and repeated webhooks come later.
func Settled(e journal.Entry) (ledger.AttemptID, bool) {
	if e.Kind != "attempt.paid" {
		return ledger.AttemptID{}, false
	}
	for _, c := range e.Changes {
		if c.Table == "attempts" && len(c.Key) == 16 {
			return ledger.AttemptID(c.Key), true
		}
	}
	return ledger.AttemptID{}, false
}

// attempt reads an attempt.
func (s *Service) attempt(ctx context.Context, id ledger.AttemptID) (x ledger.Attempt, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		x, err = r.Attempt(id)
		return err
	})
	return x, err
}

func (s *Service) firm(ctx context.Context, id ledger.FirmID) (f ledger.Firm, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		f, err = r.Firm(id)
		return err
	})
	return f, err
}

// day is the date on which an instant falls at the firm; today when there is no instant, or when the provider's clock
// is ahead of ours: what has been paid counts now.
func (s *Service) day(f ledger.Firm, t time.Time) civil.Date {
	if now := s.clock.Now(); t.IsZero() || t.After(now) {
		t = now
	}
	zone, err := time.LoadLocation(f.TimeZone)
	if err != nil || f.TimeZone == "" {
		zone, err = time.LoadLocation("Europe/Amsterdam")
		if err != nil {
			zone = time.UTC
		}
	}
	return civil.In(t, zone)
}
