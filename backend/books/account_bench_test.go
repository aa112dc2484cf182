package books_test

import (
	"fmt"
	"testing"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
)

// BenchmarkPortalAccount reads one customer's account of 30 invoices and 10 payments from sealed books, as every page of
// the portal does.
func BenchmarkPortalAccount(b *testing.B) {
	t := bookstest.Open(b)
	c := t.Customer("Jansen Bouw")
	for i := range 30 {
		d := t.Invoice(c, fmt.Sprintf("2026-%04d", i), "2026-05-01", "", 12100)
		if i%3 == 0 {
			t.Pay(c, "2026-06-01", 12100, lineOf(d.ID, 12100))
		}
	}
	view := t.Portal(books.Scope{Firm: t.Firm.ID, Customer: c.ID})
	for b.Loop() {
		a, err := view.Account(t.Ctx)
		if err != nil || a.Account.Balances(civil.MustParse("2026-06-30"))[0].Gross != eur(20*12100) {
			b.Fatal(a, err)
		}
	}
}
