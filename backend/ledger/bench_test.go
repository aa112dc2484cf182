package ledger_test

import (
	"fmt"
	"testing"

	. "github.com/voldaan/voldaan/backend/ledger"
)

// BenchmarkAccountPage is what one page of the portal asks of an account with 30 invoices, two thirds of them paid: its
// balances, and of each invoice what is open, its status and its discount. The account is new each time, as it is for a
// request.
func BenchmarkAccountPage(b *testing.B) {
	k := newBook("1")
	for i := range 30 {
		id := k.invoice(fmt.Sprint(i), "2026-05-01", "2026-05-31", "100.00")
		if i%3 > 0 {
			r := k.receipt("2026-05-20", "100.00")
			k.apply(Source{Receipt: r}, id, "100.00", "2026-05-20")
		}
	}
	on := day("2026-06-30")
	b.ReportAllocs()
	for b.Loop() {
		a := Account{Customer: k.Customer, Documents: k.Documents, Receipts: k.Receipts, Allocations: k.Allocations}
		if len(a.Balances(on)) != 1 || len(a.OpenItems(on)) != 10 {
			b.Fatal("the account is not what it should be")
		}
		for _, d := range a.Documents {
			open := a.Open(d.ID, on)
			if Status(d, open, on) == StatusVoid || !a.Discount(d.ID, on).IsZero() {
				b.Fatal("the document is not what it should be")
			}
		}
	}
}
