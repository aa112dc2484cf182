package mollie_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

const testKey = "test_voldaanvoldaan"

// rig is a client that talks to a simulator over HTTP, and the pauses it has asked for.
type rig struct {
	*mollie.Client
	sim    *simulator.Simulator
	url    string
	pauses []time.Duration
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{sim: simulator.New(simulator.Options{})}
	srv := httptest.NewServer(g.sim)
	t.Cleanup(srv.Close)
	g.url = srv.URL
	c, err := mollie.New(mollie.Options{Key: testKey, BaseURL: srv.URL, Sleep: func(ctx context.Context, d time.Duration) error {
		g.pauses = append(g.pauses, d)
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	g.Client = c
	return g
}

func order(minor int64) mollie.NewPayment {
	return mollie.NewPayment{
		Amount: mollie.Amount(money.Of(minor, "EUR")), Description: "2026-0412", Method: "ideal",
		RedirectURL: "https://portal.example.org/back", Metadata: map[string]string{"attempt": "att_1"},
	}
}

func (g *rig) paid(t *testing.T, key string) mollie.Payment {
	t.Helper()
	p, err := g.CreatePayment(t.Context(), key, order(121000))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.sim.Decide(p.ID, simulator.OutcomePaid, simulator.Payer{Name: "J. Jansen", IBAN: "NL91ABNA0417164300"}); err != nil {
		t.Fatal(err)
	}
	if p, err = g.GetPayment(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewChecksKeyAndAddress(t *testing.T) {
	for _, c := range []struct {
		name, key, url, code string
	}{
		{"a test key", testKey, "http://127.0.0.1:1", ""},
		{"the real service", "live_0123456789abcdef", "", ""},
		{"no key", "", "", "mollie.key"},
		{"another product's key", "access_0123456789", "", "mollie.key"},
		{"a key with a line break", testKey + "\nX: y", "", "mollie.key"},
		{"a live key in the clear", "live_0123456789abcdef", "http://api.mollie.com", "mollie.url"},
		{"no address", testKey, "api.mollie.com", "mollie.url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mollie.New(mollie.Options{Key: c.key, BaseURL: c.url})
			if c.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if got := fault.As(err).Code; got != c.code {
				t.Fatalf("code %q, want %q", got, c.code)
			}
			if c.key != "" && strings.Contains(err.Error(), c.key) {
				t.Fatal("the error shows the key")
			}
		})
	}
}

func TestPaymentThroughItsLife(t *testing.T) {
	g := newRig(t)
	p, err := g.CreatePayment(t.Context(), "k1", order(121000))
	if err != nil {
		t.Fatal(err)
	}
	if p.Status != mollie.Open || p.Mode != mollie.Test || p.Meta("attempt") != "att_1" || p.CheckoutURL() == "" {
		t.Fatalf("created: %+v", p)
	}
	if err := g.sim.Decide(p.ID, simulator.OutcomePaid, simulator.Payer{Name: "J. Jansen", IBAN: "NL91ABNA0417164300"}); err != nil {
		t.Fatal(err)
	}
	p, err = g.GetPayment(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{p.Status, p.Amount.Money(), p.AmountRefunded.Money(), p.AmountRemaining.Money(), p.Details.ConsumerName, p.CheckoutURL(), p.PaidAt.IsZero()}
	want := []any{mollie.Paid, money.Of(121000, "EUR"), money.Of(0, "EUR"), money.Of(121000, "EUR"), "J. Jansen", "", false}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if _, err := g.CancelPayment(t.Context(), p.ID); status(err) != http.StatusUnprocessableEntity {
		t.Fatalf("a paid payment was canceled: %v", err)
	}
}

func status(err error) int {
	e, ok := mollie.AsError(err)
	if !ok {
		return -1
	}
	return e.Status
}

func TestListWalksPages(t *testing.T) {
	g := newRig(t)
	var want []string
	for i := range 7 {
		p, err := g.CreatePayment(t.Context(), fmt.Sprint("k", i), order(100))
		if err != nil {
			t.Fatal(err)
		}
		want = append([]string{p.ID}, want...)
	}
	var got []string
	for page := (mollie.Page{Limit: 3}); ; {
		list, next, err := g.ListPayments(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			got = append(got, p.ID)
		}
		if page.From = next; next == "" {
			break
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestMethodsFitTheAmount(t *testing.T) {
	g := newRig(t)
	list, err := g.Methods(t.Context(), mollie.MethodsQuery{Amount: money.Of(6_000_000, "EUR"), Locale: "nl_NL"})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].ID != "banktransfer" || list[0].Description != "Overboeking" || list[0].MaximumAmount.Minor != 100_000_000 {
		t.Fatalf("methods for 60,000.00: %+v", list)
	}
}

func TestIdempotencyKeyGivesTheSamePayment(t *testing.T) {
	g := newRig(t)
	one, err := g.CreatePayment(t.Context(), "same", order(100))
	if err != nil {
		t.Fatal(err)
	}
	two, err := g.CreatePayment(t.Context(), "same", order(100))
	if err != nil || one.ID != two.ID {
		t.Fatalf("%s and %s, %v", one.ID, two.ID, err)
	}
	if _, err := g.CreatePayment(t.Context(), "same", order(200)); status(err) != http.StatusBadRequest {
		t.Fatalf("same key, other amount: %v", err)
	}
}

// An answer that is lost after Mollie did the work must not make a second payment.
func TestLostAnswerIsRepeatedSafely(t *testing.T) {
	g := newRig(t)
	g.sim.AddFault(simulator.Fault{Match: "POST /v2/payments", Kind: simulator.FaultLost, Times: 2})
	p, err := g.CreatePayment(t.Context(), "k", order(100))
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := g.ListPayments(t.Context(), mollie.Page{})
	if err != nil || len(list) != 1 || list[0].ID != p.ID {
		t.Fatalf("%d payments, %v", len(list), err)
	}
}

func TestBackOff(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault simulator.Fault
		tries int // pauses that were asked for
		ok    bool
	}{
		{"too many requests", simulator.Fault{Kind: simulator.FaultStatus, Status: 429, Times: 2}, 2, true},
		{"an outage that ends", simulator.Fault{Kind: simulator.FaultStatus, Status: 503, Times: 3}, 3, true},
		{"an outage that goes on", simulator.Fault{Kind: simulator.FaultStatus, Status: 500, Times: -1}, 3, false},
		{"a broken connection", simulator.Fault{Kind: simulator.FaultDrop, Times: 1}, 1, true},
		{"a refusal", simulator.Fault{Kind: simulator.FaultStatus, Status: 403, Times: 1}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			g.sim.AddFault(c.fault)
			_, err := g.Methods(t.Context(), mollie.MethodsQuery{})
			if (err == nil) != c.ok || len(g.pauses) != c.tries {
				t.Fatalf("error %v after %d pauses", err, len(g.pauses))
			}
			for i, p := range g.pauses {
				if c.fault.Status == 429 {
					if p != time.Second {
						t.Fatalf("pause %d is %s, but the answer said to wait 1 s", i, p)
					}
				} else if low := 500 * time.Millisecond << i; p < low || p > low*3/2 {
					t.Fatalf("pause %d is %s, want %s to half more", i, p, low)
				}
			}
		})
	}
}

func TestContextEndsACall(t *testing.T) {
	g := newRig(t)
	g.sim.AddFault(simulator.Fault{Kind: simulator.FaultHang, Times: -1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := g.GetPayment(ctx, "tr_1")
	if !errors.Is(err, context.DeadlineExceeded) || len(g.pauses) != 0 {
		t.Fatalf("%v after %d pauses", err, len(g.pauses))
	}
}

// Money that may already be on its way back is never sent a second time by itself.
func TestRefundIsNotRepeatedWhenUncertain(t *testing.T) {
	for _, f := range []simulator.Fault{
		{Match: "POST /v2/payments/", Kind: simulator.FaultLost},
		{Match: "POST /v2/payments/", Kind: simulator.FaultStatus, Status: 502},
	} {
		t.Run(string(f.Kind), func(t *testing.T) {
			g := newRig(t)
			p := g.paid(t, "k")
			g.sim.AddFault(f)
			n := mollie.NewRefund{Amount: mollie.Amount(money.Of(1000, "EUR")), Metadata: map[string]string{"key": "r1"}}
			_, err := g.CreateRefund(t.Context(), "r1", p.ID, n)
			e, ok := mollie.AsError(err)
			if !ok || !e.Uncertain() || len(g.pauses) != 0 {
				t.Fatalf("error %v after %d pauses, want an uncertain one at once", err, len(g.pauses))
			}
			list, err := g.ListRefunds(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			made := f.Kind == simulator.FaultLost
			if (len(list) == 1) != made || made && list[0].Meta("key") != "r1" {
				t.Fatalf("refunds: %+v", list)
			}
		})
	}
}

func TestRefundsAndChargebacks(t *testing.T) {
	g := newRig(t)
	p := g.paid(t, "k")
	r, err := g.CreateRefund(t.Context(), "r1", p.ID, mollie.NewRefund{Amount: mollie.Amount(money.Of(21000, "EUR"))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.CreateRefund(t.Context(), "r2", p.ID, mollie.NewRefund{Amount: mollie.Amount(money.Of(21000, "EUR"))}); status(err) != 409 {
		t.Fatalf("the same amount within an hour: %v", err)
	}
	if r, err = g.GetRefund(t.Context(), p.ID, r.ID); err != nil || r.Status != mollie.RefundPending {
		t.Fatalf("%+v %v", r, err)
	}
	if err := g.CancelRefund(t.Context(), p.ID, r.ID); err != nil {
		t.Fatal(err)
	}
	id, err := g.sim.Chargeback(p.ID, money.Of(5000, "EUR"), "AM04")
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.GetChargeback(t.Context(), p.ID, id)
	if err != nil || b.Amount.Money() != money.Of(5000, "EUR") || b.Reason.Code != "AM04" || !b.ReversedAt.IsZero() {
		t.Fatalf("%+v %v", b, err)
	}
	if p, err = g.GetPayment(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	got := []money.Amount{p.AmountRefunded.Money(), p.AmountChargedBack.Money(), p.AmountRemaining.Money()}
	if d := cmp.Diff([]money.Amount{money.Of(0, "EUR"), money.Of(5000, "EUR"), money.Of(116000, "EUR")}, got); d != "" {
		t.Fatal(d)
	}
	list, err := g.ListChargebacks(t.Context(), p.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
}

// Ids come from unsigned webhooks: they must never reach another path.
func TestStrangeIDsNeverLeave(t *testing.T) {
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer srv.Close()
	c, err := mollie.New(mollie.Options{Key: testKey, BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "tr_", "../methods", "tr_1/refunds", "tr_1?x=y", "tr_1#", "TR_1", "tr_" + strings.Repeat("a", 65), "tr_é", "tr_1\r\n"} {
		if _, err := c.GetPayment(t.Context(), id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Fatalf("%d requests were sent", n)
	}
}

// Answers that the simulator never gives: from proxies, from later versions of the API, from impostors.
func TestAnswersOutOfTheOrdinary(t *testing.T) {
	const payment = `{"id":"tr_1","mode":"test","amount":{"currency":"EUR","value":"10.00"},"metadata":["x"],"details":null,`
	for _, c := range []struct {
		name, body string
		status     int
		check      func(mollie.Payment, error) bool
	}{
		{"a status of the future", payment + `"status":"hibernating"}`, 200, func(p mollie.Payment, err error) bool {
			return err == nil && p.Status == "hibernating"
		}},
		{"metadata that is not ours", payment + `"status":"open"}`, 200, func(p mollie.Payment, err error) bool {
			return err == nil && p.Meta("attempt") == ""
		}},
		{"a proxy's page", "<html>bad gateway</html>", 502, func(_ mollie.Payment, err error) bool {
			e, ok := mollie.AsError(err)
			return ok && e.Status == 502 && e.Temporary()
		}},
		{"half an answer", payment, 200, func(_ mollie.Payment, err error) bool {
			e, ok := mollie.AsError(err)
			return ok && e.Uncertain() && !e.Temporary()
		}},
		{"a fraction of a cent", `{"id":"tr_1","amount":{"currency":"EUR","value":"10.001"}}`, 200, func(_ mollie.Payment, err error) bool { return err != nil }},
		{"a redirect", "", 302, func(_ mollie.Payment, err error) bool { return status(err) == 302 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://198.51.100.1/")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body)) // a test server's client is always there
			}))
			defer srv.Close()
			cl, err := mollie.New(mollie.Options{Key: testKey, BaseURL: srv.URL, Tries: 1})
			if err != nil {
				t.Fatal(err)
			}
			if p, err := cl.GetPayment(t.Context(), "tr_1"); !c.check(p, err) {
				t.Fatalf("%+v, %v", p, err)
			}
		})
	}
}

func TestAmountsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.Of(rapid.Int64Range(0, money.MaxMinor).Draw(t, "minor"), rapid.SampledFrom([]money.Currency{"EUR", "JPY", "TND", "ISK"}).Draw(t, "currency"))
		raw, err := json.Marshal(mollie.Amount(a))
		if err != nil {
			t.Fatal(err)
		}
		var back mollie.Amount
		if err := json.Unmarshal(raw, &back); err != nil || back.Money() != a {
			t.Fatalf("%s became %v: %v", raw, back, err)
		}
	})
}

func TestLongDescriptionsAreCut(t *testing.T) {
	g := newRig(t)
	n := order(100)
	n.Description = strings.Repeat("é", 300)
	p, err := g.CreatePayment(t.Context(), "k", n)
	if err != nil || len([]rune(p.Description)) != 255 {
		t.Fatalf("%d characters, %v", len([]rune(p.Description)), err)
	}
}
