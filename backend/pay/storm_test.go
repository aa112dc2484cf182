package pay_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// TestWebhookStorm sends webhooks as a hostile network would, sixteen at a time: each real one comes one to three times
// and in any order, a tenth are forged, and the provider's answers fail now and then. Afterwards the books have each
// payment once. VOLDAAN_WEBHOOKS sets how many are sent (default 600; the campaign of the security design is 50,000).
func TestWebhookStorm(t *testing.T) {
	total := 600
	if n, err := strconv.Atoi(os.Getenv("VOLDAAN_WEBHOOKS")); err == nil {
		total = n
	}
	g := newRig(t)
	g.must(g.sim.Webhooks(simulator.Travel{Mode: simulator.TravelDrop})) // this test is the network
	rng := rand.New(rand.NewPCG(1, 2))
	var hooks []string
	var customers []ledger.Customer
	paid := map[ledger.CustomerID]int64{}
	made := 0
	for n := 0; len(hooks) < total; n++ {
		if n%20 == 0 {
			customers = append(customers, g.Customer(fmt.Sprint("Klant ", n)))
		}
		c := customers[len(customers)-1]
		d := g.Invoice(c, fmt.Sprintf("F%06d", n), "2026-06-01", "2026-07-01", 1000+rng.Int64N(100000))
		x := g.open(c, d)
		o := simulator.Outcome([]string{"paid", "paid", "paid", "failed", "expired"}[rng.IntN(5)])
		g.decide(x, o)
		if o == simulator.OutcomePaid {
			paid[c.ID] += x.Amount.Minor
			made++
		}
		for range 1 + rng.IntN(3) {
			hooks = append(hooks, x.ProviderRef)
		}
		if rng.IntN(5) == 0 {
			hooks = append(hooks, fmt.Sprintf("tr_forged%d", rng.IntN(1000)))
		}
	}
	rng.Shuffle(len(hooks), func(i, j int) { hooks[i], hooks[j] = hooks[j], hooks[i] })
	g.sim.AddFault(simulator.Fault{Match: "GET /v2/payments/tr_", Kind: simulator.FaultStatus, Status: 503, Times: total / 20})
	begin := time.Now()
	g.send(hooks)
	took := time.Since(begin)
	g.sim.ClearFaults()
	g.advance(time.Minute)
	for range len(hooks)/50 + 2 {
		g.must(g.pay.Poll(g.Ctx)) // what Mollie would have sent again
	}
	for _, c := range customers {
		a, sum := g.Account(c.ID), int64(0)
		for _, r := range a.Receipts {
			sum += r.Amount.Minor
		}
		if sum != paid[c.ID] {
			t.Errorf("customer %s has paid %d, the books say %d", c.Number, paid[c.ID], sum)
		}
	}
	if n := g.entries(settled); n != made {
		t.Errorf("%d attempts settled, %d payments were made", n, made)
	}
	t.Logf("%d webhooks for %d payments in %s: %.0f a second", len(hooks), made, took.Round(time.Millisecond), float64(len(hooks))/took.Seconds())
}

// send posts webhooks from sixteen connections; a refusal is repeated twice, as Mollie would later.
func (g *rig) send(hooks []string) {
	var all sync.WaitGroup
	queue := make(chan string)
	for range 16 {
		all.Go(func() {
			for id := range queue {
				for range 3 {
					res, err := http.PostForm(g.hook, url.Values{"id": {id}})
					if err != nil {
						g.t.Error(err)
						break
					}
					_ = res.Body.Close()
					if res.StatusCode == http.StatusOK {
						break
					}
				}
			}
		})
	}
	for _, id := range hooks {
		queue <- id
	}
	close(queue)
	all.Wait()
}
