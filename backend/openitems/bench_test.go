package openitems

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
)

// Each benchmark measures a floor in the same run, something that cannot be done without, and reports ours as a
// multiple of it ("x-floor"): absolute times mean little on a shared machine.

var asOf = civil.MustParse("2026-06-30")

// filled are columns of so many open invoices of n/20 customers, with a payment on every third.
func filled(n int) *Columns {
	r := rand.New(rand.NewPCG(1, 2))
	c := &Columns{firms: map[ledger.FirmID]*firm{}, moved: make(chan struct{})}
	f := ledger.Firm{ID: ledger.FirmID{1}, Currency: "EUR"}
	c.putFirm(f)
	col := c.firms[f.ID]
	for i := range n / 20 {
		var id ledger.CustomerID
		binary.BigEndian.PutUint64(id[:], uint64(i+1))
		col.putCustomer(ledger.Customer{ID: id, Number: fmt.Sprintf("%06d", i), Name: fmt.Sprintf("Klant %d B.V.", r.IntN(n))})
	}
	for i := range n {
		var id [16]byte
		binary.BigEndian.PutUint64(id[:], uint64(i+1))
		d := ledger.Document{ID: id, Firm: f.ID, Customer: col.customers[i%(n/20)].id, Number: fmt.Sprintf("2026-%06d", i),
			Issued: asOf.AddDays(-r.IntN(400)), Total: money.Of(int64(r.IntN(1_000_000)+1), []money.Currency{"EUR", "USD"}[r.IntN(20)/19])}
		d.Due = d.Issued.AddDays(30)
		if err := c.put(documentItem(d)); err != nil {
			panic(err)
		}
		if i%3 == 0 {
			if err := col.move(step{id: id, on: d.Issued.AddDays(r.IntN(60)), by: d.Total.Minor / 2}); err != nil {
				panic(err)
			}
		}
	}
	return c
}

// sumColumn is the floor of every pass over n items: add up a plain column.
func sumColumn(column []int64) time.Duration {
	best := time.Hour
	var sink int64
	for range 20 {
		start := time.Now()
		var sum int64
		for _, v := range column {
			sum += v
		}
		sink += sum
		best = min(best, time.Since(start))
	}
	if sink == 1 {
		panic("the sum was needed")
	}
	return best
}

func report(b *testing.B, floor time.Duration) {
	each := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(each)/float64(floor), "x-floor")
	b.ReportMetric(float64(each.Microseconds())/1000, "ms")
	b.ReportMetric(float64(floor.Microseconds())/1000, "floor-ms")
}

func BenchmarkAgingOf1M(b *testing.B) {
	c := filled(1_000_000)
	floor := sumColumn(c.firms[ledger.FirmID{1}].total)
	for _, bc := range []struct {
		name       string
		asOf       civil.Date
		byCustomer bool
	}{{"firm", asOf, false}, {"by customer", asOf, true}, {"half a year ago", asOf.AddDays(-180), false}} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Aging(ledger.FirmID{1}, bc.asOf, ledger.AgingOptions{}, bc.byCustomer); err != nil {
					b.Fatal(err)
				}
			}
			report(b, floor)
		})
	}
}

func BenchmarkPageOf100k(b *testing.B) {
	c := filled(100_000)
	floor := sumColumn(c.firms[ledger.FirmID{1}].total)
	q := DocumentQuery{Firm: ledger.FirmID{1}, AsOf: asOf}
	for _, bc := range []struct {
		name  string
		query func(q DocumentQuery) DocumentQuery
	}{
		{"first by due date", func(q DocumentQuery) DocumentQuery { q.Sort, q.Limit = "due", 100; return q }},
		{"overdue by customer", func(q DocumentQuery) DocumentQuery {
			q.Sort, q.Limit, q.Status = "customer", 100, "overdue"
			return q
		}},
		{"text", func(q DocumentQuery) DocumentQuery { q.Text, q.Limit = "00099", 100; return q }},
		{"jump to the middle", func(q DocumentQuery) DocumentQuery { q.Sort, q.Limit, q.Skip = "open", 100, 50_000; return q }},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := c.pickDocuments(bc.query(q)); err != nil {
					b.Fatal(err)
				}
			}
			report(b, floor)
		})
	}
}

func BenchmarkCustomersOf100k(b *testing.B) {
	c := filled(100_000)
	floor := sumColumn(c.firms[ledger.FirmID{1}].total)
	for b.Loop() {
		if _, err := c.pickCustomers(CustomerQuery{Firm: ledger.FirmID{1}, AsOf: asOf, Filter: "overdue", Page: Page{Sort: "-overdue", Limit: 100}}); err != nil {
			b.Fatal(err)
		}
	}
	report(b, floor)
}

// BenchmarkLoad100k loads 100,000 invoices of 5,000 customers, half of them settled, from sealed books on disk. The
// floor is bbolt handing out as many plain values of the same size.
func BenchmarkLoad100k(b *testing.B) {
	t := bookstest.Open(b)
	const n = 100_000
	s, err := t.Stage(t.Ctx, t.Meta(), books.ImportHeader{Name: "bench", Kind: "invoices"})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		it := books.ImportItem{Row: i, CustomerNumber: fmt.Sprint(i % 5000)}
		if i < 5000 {
			it.Customer = &ledger.Customer{Number: it.CustomerNumber, Name: "Klant " + it.CustomerNumber}
		}
		it.Document = &ledger.Document{Number: fmt.Sprintf("2026-%06d", i), Issued: asOf.AddDays(-i % 400), Total: money.Of(int64(i+100), "EUR"), PO: "PO-1"}
		if i%2 == 0 {
			it.Settled, it.SettledOn = 100, asOf
		}
		if err := s.Add(t.Ctx, it); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.Apply(t.Ctx, nil); err != nil {
		b.Fatal(err)
	}
	floor := bareScan(b, n*3/2, 120)
	for b.Loop() {
		if _, err := Load(t.Ctx, t.Books); err != nil {
			b.Fatal(err)
		}
	}
	report(b, floor)
}

func bareScan(b *testing.B, n, size int) time.Duration {
	path := filepath.Join(b.TempDir(), "floor.db")
	if err := bolt.Create(path); err != nil {
		b.Fatal(err)
	}
	eng, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = eng.Close() }()
	value := make([]byte, size)
	for from := 0; from < n; from += 10_000 {
		err := eng.Update(b.Context(), func(tx store.Tx) error {
			for i := from; i < min(n, from+10_000); i++ {
				if err := tx.Put("floor", binary.BigEndian.AppendUint64(make([]byte, 24), uint64(i)), value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	best := time.Hour
	for range 5 {
		start := time.Now()
		err := eng.View(b.Context(), func(tx store.Tx) error {
			for _, err := range tx.Scan("floor", store.All()) {
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	return best
}
