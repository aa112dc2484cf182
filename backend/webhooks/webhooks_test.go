package webhooks_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/webhooks"
)

// receiver is somebody's system: it keeps what it took and answers as it is told to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	took   []string // ids of the messages that it answered 200, in order
	types  []string
	seen   int
	answer func(seen int, w http.ResponseWriter) bool // false: not taken
	secret string
	bad    []string
}

func receive(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		body, err := io.ReadAll(q.Body)
		if err != nil {
			r.bad = append(r.bad, err.Error())
		}
		r.seen++
		r.check(q, body)
		if r.answer != nil && !r.answer(r.seen, w) {
			return
		}
		var m struct{ Type string }
		if err := json.Unmarshal(body, &m); err != nil {
			r.bad = append(r.bad, err.Error())
		}
		r.took, r.types = append(r.took, q.Header.Get("webhook-id")), append(r.types, m.Type)
	}))
	t.Cleanup(func() {
		r.Close()
		for _, b := range r.bad {
			t.Error(b)
		}
	})
	return r
}

// check verifies the signature twice: as the standard's text says, and with its library.
func (r *receiver) check(q *http.Request, body []byte) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.secret, "whsec_"))
	if err != nil {
		r.bad = append(r.bad, err.Error())
	}
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.%s", q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)); q.Header.Get("webhook-signature") != want {
		r.bad = append(r.bad, "signed "+q.Header.Get("webhook-signature")+", want "+want)
	}
	w, err := standard.NewWebhook(r.secret)
	if err == nil {
		err = w.VerifyIgnoringTimestamp(body, q.Header)
	}
	if err != nil {
		r.bad = append(r.bad, err.Error())
	}
}

func (r *receiver) taken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.took)
}

type rig struct {
	*bookstest.Books
	s *webhooks.Service
}

func open(t *testing.T) *rig {
	b := bookstest.Open(t)
	g := &rig{Books: b}
	g.serve()
	return g
}

func (g *rig) serve() {
	g.s = webhooks.New(webhooks.Options{Books: g.Books.Books,
		Describe: func(_ *books.Reader, e journal.Entry) (any, error) { return map[string]any{"seq": e.Seq}, nil }})
}

func (g *rig) add(r *receiver, events ...string) webhooks.Endpoint {
	g.T.Helper()
	e, secret, err := g.s.Add(g.Ctx, g.Meta(), webhooks.Endpoint{URL: r.URL, Events: events})
	if err != nil {
		g.T.Fatal(err)
	}
	r.secret = secret
	return e
}

// customer makes a customer in one entry.
func (g *rig) customer(name string) ledger.Customer {
	g.T.Helper()
	c, err := g.PutCustomer(g.Ctx, g.Meta(), ledger.Customer{Number: name, Name: name, TermDays: 30})
	if err != nil {
		g.T.Fatal(err)
	}
	return c
}

func (g *rig) deliver() time.Time {
	g.T.Helper()
	next, err := g.s.Deliver(g.Ctx)
	if err != nil {
		g.T.Fatal(err)
	}
	return next
}

func (g *rig) state(id webhooks.ID) webhooks.Endpoint {
	g.T.Helper()
	list, err := g.s.List(g.Ctx, g.Firm.ID)
	if err != nil {
		g.T.Fatal(err)
	}
	for _, e := range list {
		if e.ID == id {
			return e
		}
	}
	g.T.Fatal("the endpoint is not listed")
	return webhooks.Endpoint{}
}

func TestTold(t *testing.T) {
	g := open(t)
	g.customer("Before") // not told: it was before
	all, some := receive(t), receive(t)
	g.add(all)
	e := g.add(some, "document", "receipt.recorded")
	other, err := g.CreateFirm(g.Ctx, journal.Meta{}, ledger.Firm{Name: "Another", Country: "NL", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	m := g.Meta()
	m.Firm = other.ID
	if _, err := g.PutCustomer(g.Ctx, m, ledger.Customer{Number: "1", Name: "Another's"}); err != nil {
		t.Fatal(err)
	}
	c := g.customer("Jansen")
	g.Invoice(c, "F1", "2026-05-01", "2026-05-31", 1000)
	g.deliver()
	g.deliver()
	if want := []string{"customer.created", "document.posted"}; !slices.Equal(all.types, want) {
		t.Errorf("told %v, want %v", all.types, want)
	}
	if want := []string{"document.posted"}; !slices.Equal(some.types, want) {
		t.Errorf("told %v, want %v", some.types, want)
	}
	if s := g.state(e.ID); s.State.Delivered != 1 || s.State.Status != 200 || s.State.Problem != "" {
		t.Errorf("%+v", s.State)
	}
}

func TestFailingReceiver(t *testing.T) {
	g := open(t)
	r := receive(t)
	r.answer = func(seen int, w http.ResponseWriter) bool {
		if seen <= 3 {
			if seen == 3 {
				w.Header().Set("Retry-After", "900")
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		}
		return true
	}
	e := g.add(r)
	c := g.customer("Jansen")
	g.Invoice(c, "F1", "2026-05-01", "2026-05-31", 1000)
	var waits []time.Duration
	for range 4 {
		now := g.Clock.Now()
		next := g.deliver()
		if s := g.state(e.ID).State; s.Failures > 0 {
			waits = append(waits, s.NextTry.Sub(now))
			if want := min(waits[len(waits)-1], time.Minute); next.Sub(now) != want {
				t.Errorf("to come again after %v, want %v", next.Sub(now), want)
			}
			g.deliver() // too early: nothing is sent
			g.Reopen()  // and a restart does not forget
			g.serve()
			g.Clock.Advance(waits[len(waits)-1])
		}
	}
	if want := []time.Duration{5 * time.Second, 30 * time.Second, 15 * time.Minute}; !slices.Equal(waits, want) {
		t.Errorf("waited %v, want %v", waits, want)
	}
	if r.seen != 5 || len(r.taken()) != 2 || g.state(e.ID).State.Failures != 0 {
		t.Errorf("%d requests, took %v, %+v", r.seen, r.taken(), g.state(e.ID).State)
	}
}

func TestSwitchedOff(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		after  time.Duration
	}{"gone": {http.StatusGone, 0}, "three days": {http.StatusInternalServerError, 72 * time.Hour}} {
		t.Run(name, func(t *testing.T) {
			g := open(t)
			r := receive(t)
			down := true
			r.answer = func(_ int, w http.ResponseWriter) bool {
				if down {
					w.WriteHeader(c.status)
				}
				return !down
			}
			e := g.add(r)
			g.customer("Jansen")
			began := g.Clock.Now()
			for range 60 {
				g.deliver()
				if g.state(e.ID).Off {
					break
				}
				g.Clock.Advance(g.state(e.ID).State.NextTry.Sub(g.Clock.Now()))
			}
			s := g.state(e.ID)
			if !s.Off || s.Why == "" || g.Clock.Now().Sub(began) < c.after || g.Clock.Now().Sub(began) > c.after+4*time.Hour {
				t.Fatalf("after %v: %+v", g.Clock.Now().Sub(began), s)
			}
			list, err := g.Log().Read(g.Ctx, 1, 100)
			if err != nil || list[len(list)-1].Kind != "webhook.switched_off" {
				t.Errorf("the journal ends with %+v, %v", list[len(list)-1], err)
			}
			down = false
			on := false
			if _, err := g.s.Change(g.Ctx, g.Meta(), e.ID, webhooks.Change{Off: &on}); err != nil {
				t.Fatal(err)
			}
			g.deliver()
			if len(r.taken()) != 1 || g.state(e.ID).Off {
				t.Errorf("took %v after it was switched on", r.taken())
			}
		})
	}
}

func TestReplay(t *testing.T) {
	g := open(t)
	r := receive(t)
	e := g.add(r)
	for i := range 3 {
		g.customer(fmt.Sprint("C", i))
	}
	g.deliver()
	first := r.taken()
	if err := g.s.Replay(g.Ctx, g.Meta(), e.ID, 0); err != nil {
		t.Fatal(err)
	}
	g.deliver()
	if got := r.taken(); len(first) != 3 || !slices.Equal(got[3:], first) {
		t.Errorf("first %v, again %v", first, got)
	}
	if err := g.s.Replay(g.Ctx, g.Meta(), e.ID, 10_000); fault.As(err).Code != "webhook.after" {
		t.Errorf("got %v", err)
	}
	// What people say while a delivery is under way stands.
	asked := false
	r.answer = func(int, http.ResponseWriter) bool {
		if !asked {
			asked = true
			if err := g.s.Replay(g.Ctx, g.Meta(), e.ID, 0); err != nil {
				t.Error(err)
			}
		}
		return true
	}
	g.customer("C4")
	g.deliver()
	g.deliver()
	if got := r.taken(); len(got) != 6+1+4 {
		t.Errorf("took %v", got)
	}
}

func TestRemovedAndForeign(t *testing.T) {
	g := open(t)
	r := receive(t)
	e := g.add(r)
	m := g.Meta()
	m.Firm = ledger.FirmID{9}
	for what, err := range map[string]error{
		"remove": g.s.Remove(g.Ctx, m, e.ID),
		"replay": g.s.Replay(g.Ctx, m, e.ID, 0),
		"change": func() error { _, err := g.s.Change(g.Ctx, m, e.ID, webhooks.Change{}); return err }(),
		"rotate": func() error { _, err := g.s.Rotate(g.Ctx, m, e.ID); return err }(),
	} {
		if fault.As(err).Code != "webhook.unknown" {
			t.Errorf("%s by another firm: %v", what, err)
		}
	}
	old := r.secret
	secret, err := g.s.Rotate(g.Ctx, g.Meta(), e.ID)
	if err != nil || secret == old {
		t.Fatal(secret == old, err)
	}
	r.secret = secret
	g.customer("Jansen")
	g.deliver()
	if err := g.s.Remove(g.Ctx, g.Meta(), e.ID); err != nil {
		t.Fatal(err)
	}
	g.customer("Pietersen")
	g.deliver()
	if len(r.taken()) != 1 {
		t.Errorf("took %v", r.taken())
	}
}

func TestAddresses(t *testing.T) {
	g := open(t)
	for url, code := range map[string]string{
		"https://erp.example/voldaan": "", "http://127.0.0.1:9000/x": "", "http://erp.local/x": "", "http://10.0.0.7/x": "", "http://erp/x": "", "http://[::1]:80/": "",
		"http://erp.example/x": "webhook.plain", "ftp://erp.example": "webhook.plain", "erp.example": "webhook.url", "": "webhook.url",
		"https://user:pw@erp.example": "webhook.url", "https://erp.example/" + strings.Repeat("x", 600): "webhook.url", "http://93.184.216.34/": "webhook.plain",
	} {
		_, _, err := g.s.Add(g.Ctx, g.Meta(), webhooks.Endpoint{URL: url})
		if got := ""; err != nil {
			if got = fault.As(err).Code; got != code {
				t.Errorf("%s: %s, want %s", url, got, code)
			}
		} else if code != "" {
			t.Errorf("%s was taken, want %s", url, code)
		}
	}
	if _, _, err := g.s.Add(g.Ctx, g.Meta(), webhooks.Endpoint{URL: "https://erp.example", Events: []string{"user"}}); fault.As(err).Code != "webhook.event" {
		t.Errorf("got %v", err)
	}
}
