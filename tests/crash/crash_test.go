// Package crash kills the real program, again and again, while it imports, takes payments and serves the portal, and
// holds it to a list, kept outside of it, of everything that it had confirmed.
//
// Nothing that was acknowledged may be lost, nothing may be there by half, and the books must verify after every start.
// `make test` runs 30 cycles, `make test-crash` 300 (VOLDAAN_CRASH_CYCLES).
package crash

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

func cycles(t *testing.T) int {
	if s := os.Getenv("VOLDAAN_CRASH_CYCLES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("VOLDAAN_CRASH_CYCLES=%q is not a number of cycles", s)
		}
		return n
	}
	if testing.Short() {
		return 3
	}
	return 30
}

func TestCrashCycles(t *testing.T) {
	c := start(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	n := cycles(t)
	for i := range n {
		c.serve()
		if i%10 == 9 {
			c.check()
		}
		work := []func(int){c.postInvoices, c.recordPayments, c.importFile, c.payOnline, c.payOnline, c.browse}
		var wg sync.WaitGroup
		for k, w := range work {
			wg.Go(func() { w(i*len(work) + k) })
		}
		time.Sleep(time.Duration(80+rnd.IntN(900)) * time.Millisecond)
		c.Kill()
		wg.Wait()
	}
	c.serve()
	c.check()
	c.Stop()
	c.verify()
	t.Logf("%d cycles: %d invoices, %d payments by hand, %d imports of %d rows, %d online payments acknowledged; none lost",
		n, len(c.invoices), len(c.payments), len(c.imports), importRows, len(c.online))
	if len(c.invoices) == 0 || len(c.payments) == 0 || len(c.imports) == 0 || len(c.online) == 0 {
		t.Error("a kind of work was never acknowledged: the campaign is blind to it")
	}
}
