package exporter_test

import (
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// BenchmarkExport20k writes 20,000 invoices of 1,000 customers, half of them settled. The floor is reading the same
// documents from the books and encoding them as JSON, one by one.
func BenchmarkExport20k(b *testing.B) {
	t := bookstest.Open(b)
	const n = 20_000
	s, err := t.Stage(t.Ctx, t.Meta(), books.ImportHeader{Name: "bench", Kind: "invoices"})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		it := books.ImportItem{Row: i, CustomerNumber: fmt.Sprint(i % 1000)}
		if i < 1000 {
			it.Customer = &ledger.Customer{Number: it.CustomerNumber, Name: "Klant " + it.CustomerNumber}
		}
		it.Document = &ledger.Document{Number: fmt.Sprintf("2026-%06d", i), Issued: today.AddDays(-i % 400), Total: money.Of(int64(i+100), "EUR"), PO: "PO-1"}
		if i%2 == 0 {
			it.Settled, it.SettledOn = 100, today
		}
		if err := s.Add(t.Ctx, it); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.Apply(t.Ctx, nil); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	err = t.View(t.Ctx, func(r *books.Reader) error {
		enc := json.NewEncoder(io.Discard)
		for d, err := range r.Rows() {
			if err == nil {
				d, err = r.Document(d.ID)
			}
			if err == nil {
				err = enc.Encode(d)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	floor := time.Since(start)
	for _, bc := range [][2]string{{"invoices", "csv"}, {"invoices", "xlsx"}, {"invoices", "json"}, {"ledger", "csv"}, {"ledger", "hledger"}} {
		b.Run(bc[0]+" "+bc[1], func(b *testing.B) {
			for b.Loop() {
				if _, _, err := exporter.New(t.Books).Export(t.Ctx, t.Firm.ID, bc[0], bc[1], today, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			each := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(each)/float64(floor), "x-floor")
			b.ReportMetric(float64(each.Milliseconds()), "ms")
		})
	}
}
