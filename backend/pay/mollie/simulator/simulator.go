// Package simulator is a stand-in for Mollie, for demonstrations and tests: the same paths under /v2/, the same HAL
// shapes, a checkout page on which the payer picks what happens, and real webhooks. No money moves, and a live key is
// refused. It is held to the published API by Mollie's official client, which runs against it in the tests.
//
//   - Time is virtual: it runs with the clock it was given, and Advance moves it further. Expiry of payments, progress
//     of refunds and repeated webhooks happen on that clock.
//   - Webhooks are POSTed as Mollie does, up to ten times; Webhooks changes how they travel (dropped, delayed,
//     duplicated, reordered, held).
//   - Customers hold mandates. A first payment gives one: pending until the payment is paid, with iDEAL and Bancontact for
//     direct debit. A direct debit is pending until its business day and then succeeds, unless Refuse says with which SEPA
//     reason it fails; a card is charged at once.
//   - AddFault makes API calls fail: a status, a slow answer, no answer, or an answer that is lost after the work was done.
//   - Everything can also be driven over HTTP under /_sim/ (see control.go), with JSON bodies.
//
// Everything is kept in memory. Run does what is due as time passes; without Run, Advance and Deliver do.
package simulator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

// Options configure a Simulator; the zero Options are good for a demonstration.
type Options struct {
	Clock     civil.Clock  // virtual time starts here; default the system's clock
	PublicURL string       // "http://127.0.0.1:8490", for links; default the host that each request names
	Strict    bool         // refuse webhook addresses that the real Mollie could not reach
	HTTP      *http.Client // delivers webhooks; default one with Mollie's 15 s time-out
	Rand      io.Reader    // makes ids; default random
	Log       *slog.Logger // default none
}

// Limits of one simulator; beyond them a create is refused with 429 and old deliveries are forgotten.
const (
	maxPayments   = 100_000
	maxDeliveries = 10_000
	maxRequest    = 1 << 20
)

// Simulator is an http.Handler. It is safe for concurrent use.
type Simulator struct {
	clock civil.Clock
	url   string
	http  *http.Client
	rand  io.Reader
	log   *slog.Logger
	mux   *http.ServeMux

	working sync.Mutex // held by whoever performs due events, so that they happen in order
	wake    chan struct{}

	mu         sync.Mutex
	offset     time.Duration
	strict     bool
	seq        uint64
	events     []event
	payments   map[string]*payment
	byToken    map[string]*payment
	customers  map[string]*customer
	joined     []*customer // as created
	order      []*payment  // as created
	replies    map[string]*remembered
	faults     []*Fault
	travel     Travel
	held       []string // payments whose webhooks are held
	deliveries []Delivery
}

// New makes a simulator without payments.
func New(o Options) *Simulator {
	s := &Simulator{
		clock: o.Clock, url: strings.TrimSuffix(o.PublicURL, "/"), http: o.HTTP, rand: o.Rand, log: o.Log, strict: o.Strict,
		wake: make(chan struct{}, 1), payments: map[string]*payment{}, byToken: map[string]*payment{}, customers: map[string]*customer{}, replies: map[string]*remembered{},
	}
	if s.clock == nil {
		s.clock = civil.System()
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.http == nil {
		s.http = &http.Client{Timeout: 15 * time.Second}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.mux = http.NewServeMux()
	s.apiRoutes()
	s.checkoutRoutes()
	s.controlRoutes()
	return s
}

// ServeHTTP answers Mollie's API, the checkout pages and the control paths.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	w.Header().Set("X-Voldaan-Simulator", "true")
	s.mux.ServeHTTP(w, r)
}

// Now is the virtual time.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Simulator) now() time.Time { return s.clock.Now().Add(s.offset) }

// event is something that happens by itself at a virtual time.
type event struct {
	at  time.Time
	seq uint64
	do  func(ctx context.Context)
}

// at plans an event; s.mu is held.
func (s *Simulator) at(t time.Time, do func(context.Context)) {
	s.seq++
	e := event{t, s.seq, do}
	i, _ := slices.BinarySearchFunc(s.events, e, func(a, b event) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return int(int64(a.seq) - int64(b.seq))
	})
	s.events = slices.Insert(s.events, i, e)
	select {
	case s.wake <- struct{}{}:
	default: // Run has been told already
	}
}

// Advance moves the virtual clock forward by d and performs everything that becomes due on the way, each at its own
// time, webhooks included. It returns when all of that has happened.
func (s *Simulator) Advance(ctx context.Context, d time.Duration) error {
	if d < 0 {
		return fault.Invalidf("simulator.advance", "time only moves forward; expected a duration of zero or more")
	}
	s.working.Lock()
	defer s.working.Unlock()
	s.mu.Lock()
	until := s.now().Add(d)
	s.mu.Unlock()
	if err := s.perform(ctx, until); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rest := until.Sub(s.now()); rest > 0 {
		s.offset += rest
	}
	return nil
}

// Deliver performs what is due now, without moving time.
func (s *Simulator) Deliver(ctx context.Context) error { return s.Advance(ctx, 0) }

// perform runs the events up to until, in order; s.working is held.
func (s *Simulator) perform(ctx context.Context, until time.Time) error {
	for ctx.Err() == nil {
		s.mu.Lock()
		if len(s.events) == 0 || s.events[0].at.After(until) {
			s.mu.Unlock()
			return nil
		}
		e := s.events[0]
		s.events = slices.Delete(s.events, 0, 1)
		if ahead := e.at.Sub(s.now()); ahead > 0 {
			s.offset += ahead
		}
		s.mu.Unlock()
		e.do(ctx)
	}
	return ctx.Err()
}

// idle is the longest that Run sleeps; it bounds how late an event may be when somebody moves the given clock by hand.
const idle = time.Second

// Run performs events as they become due until the context ends, and then returns nil.
func (s *Simulator) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.Deliver(ctx); err != nil {
			break // only the context's end stops a delivery
		}
		t := time.NewTimer(s.untilNext())
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-t.C:
		}
		t.Stop()
	}
	return nil
}

func (s *Simulator) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) == 0 {
		return idle
	}
	return min(idle, max(time.Millisecond, s.events[0].at.Sub(s.now())))
}

const idAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// newID is a prefix and 22 characters, as Mollie's ids are.
func (s *Simulator) newID(prefix string) string {
	var b [22]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		panic("simulator: no random numbers: " + err.Error())
	}
	for i := range b {
		b[i] = idAlphabet[int(b[i])%len(idAlphabet)]
	}
	return prefix + "_" + string(b[:])
}

// profileOf is the profile that a test key belongs to: every key has its own.
func profileOf(key string) string {
	h := sha256.Sum256([]byte(key))
	return "pfl_" + hex.EncodeToString(h[:5])
}
