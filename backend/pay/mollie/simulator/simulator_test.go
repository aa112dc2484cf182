package simulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

var noon = time.Date(2026, 6, 30, 10, 0, 0, 0, time.UTC)

// rig is a simulator over HTTP, and a shop that receives its webhooks.
type rig struct {
	t     *testing.T
	sim   *simulator.Simulator
	url   string
	shop  string
	mu    sync.Mutex
	hooks []string
	reply int // what the shop answers
}

func newRig(t *testing.T, o simulator.Options) *rig {
	t.Helper()
	g := &rig{t: t, reply: http.StatusOK}
	if o.Clock == nil {
		o.Clock = civil.NewManual(noon)
	}
	g.sim = simulator.New(o)
	api := httptest.NewServer(g.sim)
	t.Cleanup(api.Close)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.hooks = append(g.hooks, r.PostFormValue("id"))
		w.WriteHeader(g.reply)
	}))
	t.Cleanup(shop.Close)
	g.url, g.shop = api.URL, shop.URL
	return g
}

func (g *rig) do(method, path, key, body string) (int, http.Header, map[string]any) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out map[string]any
	if raw, err := io.ReadAll(res.Body); err != nil || (len(raw) > 0 && json.Unmarshal(raw, &out) != nil) {
		g.t.Fatalf("%s %s: %s %v", method, path, raw, err)
	}
	return res.StatusCode, res.Header, out
}

const key = "test_simulatorsimulator"

func (g *rig) create(method string) (id, checkout string) {
	g.t.Helper()
	body := fmt.Sprintf(`{"amount":{"currency":"EUR","value":"1210.00"},"description":"2026-0412","redirectUrl":"%s/back","cancelUrl":"%s/canceled","webhookUrl":"%s/hook","locale":"nl_NL","method":%s}`,
		g.shop, g.shop, g.shop, method)
	status, _, p := g.do("POST", "/v2/payments", key, body)
	if status != http.StatusCreated {
		g.t.Fatalf("%d %v", status, p)
	}
	return p["id"].(string), p["_links"].(map[string]any)["checkout"].(map[string]any)["href"].(string)
}

func (g *rig) advance(d time.Duration) {
	g.t.Helper()
	if err := g.sim.Advance(g.t.Context(), d); err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.hooks)
}

func TestKeys(t *testing.T) {
	g := newRig(t, simulator.Options{})
	for _, k := range []string{"", "live_0123456789abcdef", "test_short", "Bearer", "access_0123456789"} {
		if status, _, out := g.do("GET", "/v2/methods", k, ""); status != http.StatusUnauthorized || out["detail"] == "" {
			t.Errorf("%q: %d %v", k, status, out)
		}
	}
	if status, h, _ := g.do("GET", "/v2/methods", key, ""); status != http.StatusOK || h.Get("X-Voldaan-Simulator") != "true" {
		t.Error(status, h)
	}
}

func TestIdempotency(t *testing.T) {
	g := newRig(t, simulator.Options{})
	post := func(name, value string) (int, bool, string) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", g.url+"/v2/payments",
			strings.NewReader(`{"amount":{"currency":"EUR","value":"`+value+`"},"description":"x","redirectUrl":"https://example.org"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Idempotency-Key", name)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var p struct{ ID string }
		if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header.Get("Idempotent-Replayed") == "true", p.ID
	}
	_, replayed, first := post("a", "10.00")
	if replayed {
		t.Error("the first request is a replay")
	}
	if _, replayed, id := post("a", "10.00"); !replayed || id != first {
		t.Error("the second is not")
	}
	if status, _, _ := post("a", "11.00"); status != http.StatusBadRequest {
		t.Error("other parameters:", status)
	}
	conflict := false
	for i := 0; !conflict && i < 10; i++ { // the two may just miss each other on a busy machine
		g.sim.AddFault(simulator.Fault{Kind: simulator.FaultSlow, Delay: 200 * time.Millisecond})
		var wg sync.WaitGroup
		var statuses [2]int
		for j := range statuses {
			wg.Go(func() { statuses[j], _, _ = post(fmt.Sprint("b", i), "10.00") })
		}
		wg.Wait()
		g.sim.ClearFaults()
		conflict = slices.Contains(statuses[:], http.StatusConflict)
	}
	if !conflict {
		t.Error("two at once under one key were both worked on")
	}
	g.advance(time.Hour)
	if _, replayed, id := post("a", "10.00"); replayed || id == first {
		t.Error("the key is remembered for more than an hour")
	}
}

func TestCheckoutPage(t *testing.T) {
	g := newRig(t, simulator.Options{})
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	visit := func(method, to string, form url.Values) (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header.Get("Location"), string(raw)
	}
	t.Run("is labelled and in the payment's language", func(t *testing.T) {
		_, page := g.create(`"ideal"`)
		_, _, html := visit("GET", page, nil)
		for _, want := range []string{`lang="nl"`, "dit is niet Mollie", "iDEAL", "1.210,00", "2026-0412", `value="paid"`, `value="pending"`} {
			if !strings.Contains(html, want) {
				t.Errorf("%q is missing", want)
			}
		}
		if strings.Contains(html, "<script") {
			t.Error("the page needs JavaScript")
		}
	})
	for outcome, back := range map[string]string{"paid": "/back", "failed": "/back", "expired": "/back", "pending": "/back", "canceled": "/canceled"} {
		t.Run(outcome, func(t *testing.T) {
			id, page := g.create(`"ideal"`)
			status, to, _ := visit("POST", page, url.Values{"outcome": {outcome}})
			if status != http.StatusSeeOther || to != g.shop+back {
				t.Errorf("%d to %s", status, to)
			}
			if _, _, p := g.do("GET", "/v2/payments/"+id, key, ""); p["status"] != outcome {
				t.Errorf("status %v", p["status"])
			}
			if status, to, _ := visit("POST", page, url.Values{"outcome": {"failed"}}); outcome != "pending" && (status != http.StatusSeeOther || to != g.shop+"/back") {
				t.Errorf("a second choice: %d to %s", status, to)
			}
			if _, _, p := g.do("GET", "/v2/payments/"+id, key, ""); outcome != "pending" && p["status"] != outcome {
				t.Errorf("a finished payment became %v", p["status"])
			}
		})
	}
	t.Run("method first, when there is none", func(t *testing.T) {
		id, page := g.create("null")
		if _, _, html := visit("GET", page, nil); !strings.Contains(html, `value="bancontact"`) || strings.Contains(html, `value="paid"`) {
			t.Error(html)
		}
		if status, _, html := visit("POST", page, url.Values{"method": {"bancontact"}}); status != 200 || !strings.Contains(html, `value="paid"`) {
			t.Error(status, html)
		}
		visit("POST", page, url.Values{"outcome": {"paid"}})
		if _, _, p := g.do("GET", "/v2/payments/"+id, key, ""); p["method"] != "bancontact" || p["status"] != "paid" {
			t.Error(p)
		}
	})
	t.Run("the bank takes it back", func(t *testing.T) {
		id, page := g.create(`"ideal"`)
		visit("POST", page, url.Values{"outcome": {"paid"}})
		if _, _, html := visit("GET", page, nil); !strings.Contains(html, `value="chargeback"`) {
			t.Error(html)
		}
		for range 2 { // the second time there is nothing left
			if status, to, _ := visit("POST", page, url.Values{"effect": {"chargeback"}}); status != http.StatusSeeOther || !strings.HasPrefix(to, "/checkout/") {
				t.Error(status, to)
			}
		}
		_, _, p := g.do("GET", "/v2/payments/"+id, key, "")
		if d := cmp.Diff(map[string]any{"currency": "EUR", "value": "1210.00"}, p["amountChargedBack"]); d != "" {
			t.Error(d)
		}
		if _, _, html := visit("GET", g.url+"/", nil); !strings.Contains(html, "Latest payments") || !strings.Contains(html, "2026-0412") {
			t.Error(html)
		}
	})
	t.Run("nonsense", func(t *testing.T) {
		_, page := g.create(`"ideal"`)
		if status, _, html := visit("POST", page, url.Values{"outcome": {"rich"}}); status != 200 || !strings.Contains(html, `role="alert"`) {
			t.Error(status, html)
		}
		if status, _, _ := visit("GET", g.url+"/checkout/unknown", nil); status != 404 {
			t.Error(status)
		}
	})
}

func TestWebhooksAreTriedTenTimes(t *testing.T) {
	g := newRig(t, simulator.Options{})
	g.reply = http.StatusInternalServerError
	id, _ := g.create(`"ideal"`)
	if err := g.sim.Decide(id, simulator.OutcomePaid, simulator.Payer{}); err != nil {
		t.Fatal(err)
	}
	g.advance(30 * 24 * time.Hour)
	var got []time.Duration
	for _, d := range g.sim.Deliveries() {
		got = append(got, d.At.Sub(noon))
	}
	m := time.Minute
	want := []time.Duration{0, m, 3 * m, 7 * m, 15 * m, 31 * m, 60 * m, 120 * m, 240 * m, 26 * time.Hour}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := len(g.seen()); n != 10 {
		t.Errorf("the shop heard %d", n)
	}
}

func TestWebhookStopsWhenHeard(t *testing.T) {
	g := newRig(t, simulator.Options{})
	g.reply = http.StatusBadGateway
	id, _ := g.create(`"ideal"`)
	if err := g.sim.Decide(id, simulator.OutcomeFailed, simulator.Payer{}); err != nil {
		t.Fatal(err)
	}
	g.advance(2 * time.Minute)
	g.reply = http.StatusOK
	g.advance(30 * 24 * time.Hour)
	if d := cmp.Diff([]string{id, id, id}, g.seen()); d != "" {
		t.Error(d)
	}
}

func TestTravel(t *testing.T) {
	decide := func(g *rig, n int) (ids []string) {
		for range n {
			id, _ := g.create(`"ideal"`)
			if err := g.sim.Decide(id, simulator.OutcomePaid, simulator.Payer{}); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return ids
	}
	for _, c := range []struct {
		name string
		way  simulator.Travel
		want func(ids, soon, later []string) bool
	}{
		{"normal", simulator.Travel{Mode: simulator.TravelNormal}, func(ids, soon, _ []string) bool { return slices.Equal(ids, soon) }},
		{"drop", simulator.Travel{Mode: simulator.TravelDrop}, func(_, _, later []string) bool { return len(later) == 0 }},
		{"delay", simulator.Travel{Mode: simulator.TravelDelay, Delay: time.Minute}, func(ids, soon, later []string) bool {
			return len(soon) == 0 && slices.Equal(ids, later)
		}},
		{"duplicate", simulator.Travel{Mode: simulator.TravelDuplicate, Copies: 3}, func(ids, soon, _ []string) bool { return len(soon) == 3*len(ids) }},
		{"reorder", simulator.Travel{Mode: simulator.TravelReorder, Delay: time.Minute}, func(ids, _, later []string) bool {
			a, b := slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(later))
			return !slices.Equal(ids, later) && slices.Equal(a, b)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t, simulator.Options{})
			if err := g.sim.Webhooks(c.way); err != nil {
				t.Fatal(err)
			}
			ids := decide(g, 12)
			g.advance(0)
			soon := g.seen()
			g.advance(time.Hour)
			if !c.want(ids, soon, g.seen()) {
				t.Errorf("ids %v\nsoon %v\nlater %v", ids, soon, g.seen())
			}
		})
	}
	t.Run("hold", func(t *testing.T) {
		g := newRig(t, simulator.Options{})
		if err := g.sim.Webhooks(simulator.Travel{Mode: simulator.TravelHold}); err != nil {
			t.Fatal(err)
		}
		ids := decide(g, 3)
		g.advance(time.Hour)
		if n := len(g.seen()); n != 0 {
			t.Fatalf("%d came", n)
		}
		if err := g.sim.Webhooks(simulator.Travel{Mode: simulator.TravelNormal}); err != nil {
			t.Fatal(err)
		}
		g.advance(0)
		slices.Reverse(ids)
		if d := cmp.Diff(ids, g.seen()); d != "" {
			t.Error(d)
		}
	})
}

func TestExpiryAndRefundsFollowTheClock(t *testing.T) {
	g := newRig(t, simulator.Options{})
	ideal, _ := g.create(`"ideal"`)
	card, _ := g.create(`"creditcard"`)
	paid, _ := g.create(`"ideal"`)
	if err := g.sim.Decide(paid, simulator.OutcomePaid, simulator.Payer{}); err != nil {
		t.Fatal(err)
	}
	_, _, re := g.do("POST", "/v2/payments/"+paid+"/refunds", key, `{"amount":{"currency":"EUR","value":"10.00"}}`)
	state := func(id string) any { _, _, p := g.do("GET", "/v2/payments/"+id, key, ""); return p["status"] }
	refund := func() any {
		_, _, r := g.do("GET", "/v2/payments/"+paid+"/refunds/"+re["id"].(string), key, "")
		return r["status"]
	}
	for _, c := range []struct {
		in                  time.Duration
		ideal, card, refund string
	}{
		{14 * time.Minute, "open", "open", "pending"},
		{time.Minute, "expired", "open", "pending"},
		{15 * time.Minute, "expired", "expired", "pending"},
		{24 * time.Hour, "expired", "expired", "processing"},
		{24 * time.Hour, "expired", "expired", "refunded"},
	} {
		g.advance(c.in)
		if d := cmp.Diff([]any{c.ideal, c.card, c.refund}, []any{state(ideal), state(card), refund()}); d != "" {
			t.Errorf("after %s more: %s", c.in, d)
		}
	}
}

func TestStrictRefusesLocalWebhooks(t *testing.T) {
	g := newRig(t, simulator.Options{Strict: true})
	for hook, want := range map[string]int{
		"http://localhost/hook": 422, "http://127.0.0.1:8480/hook": 422, "http://[::1]/": 422, "http://192.168.1.4/": 422, "http://pc/": 422,
		"https://portal.example.org/hook": 201, "ftp://portal.example.org/": 422, "": 201,
	} {
		body := `{"amount":{"currency":"EUR","value":"1.00"},"description":"x","redirectUrl":"http://localhost/back","webhookUrl":"` + hook + `"}`
		if status, _, out := g.do("POST", "/v2/payments", key, body); status != want || want == 422 && out["field"] != "webhookUrl" {
			t.Errorf("%q: %d %v", hook, status, out)
		}
	}
}

func TestControlOverHTTP(t *testing.T) {
	g := newRig(t, simulator.Options{})
	id, _ := g.create(`"ideal"`)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/_sim/webhooks", `{"mode":"delay","delay":"1m"}`, 200},
		{"POST", "/_sim/webhooks", `{"mode":"pigeon"}`, 400},
		{"POST", "/_sim/payments/" + id + "/outcome", `{"status":"rich"}`, 400},
		{"POST", "/_sim/payments/" + id + "/outcome", `{"status":"paid","name":"J. Jansen"}`, 200},
		{"POST", "/_sim/payments/" + id + "/outcome", `{"status":"failed"}`, 409},
		{"POST", "/_sim/payments/tr_0/outcome", `{"status":"paid"}`, 404},
		{"POST", "/_sim/payments/" + id + "/chargebacks", `{"amount":{"currency":"EUR","value":"10.00"}}`, 200},
		{"POST", "/_sim/payments/" + id + "/chargebacks", `{"amount":{"currency":"EUR","value":"10000.00"}}`, 400},
		{"POST", "/_sim/advance", `{"duration":"2m"}`, 200},
		{"POST", "/_sim/advance", `{"duration":"tomorrow"}`, 400},
		{"POST", "/_sim/advance", `{`, 400},
		{"POST", "/_sim/faults", `{"match":"GET /v2/methods","kind":"status","status":500}`, 200},
		{"GET", "/v2/methods", ``, 500},
		{"GET", "/v2/methods", ``, 200},
		{"POST", "/_sim/faults", `{"kind":"fire"}`, 400},
		{"DELETE", "/_sim/faults", ``, 200},
		{"POST", "/_sim/strict", `{"on":true}`, 200},
		{"GET", "/_sim/state", ``, 200},
		{"GET", "/_sim/payments", ``, 200},
	} {
		if status, _, out := g.do(c.method, c.path, key, c.body); status != c.status {
			t.Errorf("%s %s %s: %d %v", c.method, c.path, c.body, status, out)
		}
	}
	if d := cmp.Diff([]string{id, id}, g.seen()); d != "" {
		t.Error(d)
	}
	_, _, out := g.do("GET", "/_sim/deliveries", "", "")
	if n := len(out["deliveries"].([]any)); n != 2 {
		t.Errorf("%d deliveries", n)
	}
	// Another web page's form cannot drive it.
	res, err := http.PostForm(g.url+"/_sim/deliver", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != 400 {
		t.Errorf("a form was taken: %d", res.StatusCode)
	}
}

func TestRunDeliversAndEnds(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	heard := make(chan string, 1)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.PostFormValue("id") }))
	hc := &http.Client{}
	defer hc.CloseIdleConnections()
	defer shop.Close()
	sim := simulator.New(simulator.Options{HTTP: hc})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest("POST", "/v2/payments", strings.NewReader(
		`{"amount":{"currency":"EUR","value":"1.00"},"description":"x","redirectUrl":"http://localhost/back","webhookUrl":"`+shop.URL+`"}`))
	req.Header.Set("Authorization", "Bearer "+key)
	sim.ServeHTTP(rec, req)
	var p struct{ ID string }
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if err := sim.Decide(p.ID, simulator.OutcomePaid, simulator.Payer{}); err != nil {
		t.Fatal(err)
	}
	if id := <-heard; id != p.ID {
		t.Errorf("heard %s", id)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
