package openitems

import (
	"context"
	"testing"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// TestColumnsHealThemselves: columns that have lost an item cannot apply what is next about it, and load afresh.
func TestColumnsHealThemselves(t *testing.T) {
	b := bookstest.Open(t)
	cu := b.Customer("Jansen Bouw")
	d := b.Invoice(cu, "1", "2026-06-01", "", 1000)
	c, err := Load(b.Ctx, b.Books)
	if err != nil {
		t.Fatal(err)
	}
	delete(c.firms[b.Firm.ID].itemAt, d.ID)
	ctx, stop := context.WithCancel(b.Ctx)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	b.Pay(cu, "2026-06-10", 400, ledger.Line{Document: d.ID, Amount: 400})
	if err := c.Fresh(b.Ctx); err != nil {
		t.Fatal(err)
	}
	got, err := c.Balances(b.Firm.ID, civil.MustParse("2026-06-30"))
	if err != nil || got[0].Gross.Minor != 600 || got[0].Unapplied.Minor != 0 {
		t.Errorf("after healing: %+v, %v", got, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestDamageIsNamed: what belongs to nothing is a fault of integrity, never a wrong sum.
func TestDamageIsNamed(t *testing.T) {
	f := newFirm(ledger.Firm{ID: ledger.FirmID{1}, Currency: "EUR"})
	if err := f.move(step{id: [16]byte{9}, by: 1}); fault.KindOf(err) != fault.Integrity {
		t.Errorf("a step of nothing: %v", err)
	}
	if err := f.put(item{id: [16]byte{9}, customer: ledger.CustomerID{9}}); fault.KindOf(err) != fault.Integrity {
		t.Errorf("an item of nobody known: %v", err)
	}
}
