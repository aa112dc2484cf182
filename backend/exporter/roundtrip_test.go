package exporter_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/ledger"
)

// TestWhatLeavesComesBack imports exported customers and invoices into new books, as somebody does who moves: nothing has to
// be explained to the importer, and every customer owes the same, of the same age.
func TestWhatLeavesComesBack(t *testing.T) {
	b := bookstest.Open(t)
	h := b.History(rand.New(rand.NewPCG(11, 4)))
	h.Run(120)
	asOf := h.Today()
	for _, format := range []string{"csv", "xlsx"} {
		t.Run(format, func(t *testing.T) {
			other := bookstest.Open(t)
			other.Clock.Set(h.Clock.Now())
			s := importer.New(other.Books, nil, slog.New(slog.DiscardHandler))
			for _, kind := range []importer.Kind{importer.Customers, importer.Invoices} {
				p, err := s.Plan(other.Ctx, importer.Bytes(string(kind)+"."+format, write(t, b, string(kind), format, asOf)), importer.Options{Firm: other.Firm.ID}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if p.Kind != kind || !p.OK() {
					t.Fatalf("%s were read as %s: %+v", kind, p.Kind, p.Report().Errors)
				}
				if _, err := s.Apply(other.Ctx, other.Meta(), p, nil); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(owed(t, b, h), owed(t, other, h)); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
}

// owed is what each customer owes, by age and currency.
func owed(t *testing.T, b *bookstest.Books, h *bookstest.History) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range h.Customers {
		here := b.ByNumber(c.Number)
		for _, a := range b.Account(here.ID).Aging(h.Today(), ledger.AgingOptions{}) {
			if a.Gross.Minor != 0 {
				out[here.Number+" "+here.Name+" "+string(a.Currency)] = fmt.Sprint(a.Gross, a.Overdue, a.Buckets)
			}
		}
	}
	return out
}
