package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/civil"
	. "github.com/voldaan/voldaan/backend/ledger"
)

// TestMovements is one of each: what is owed, what is paid, what went back and what was forgiven, with the balance running.
func TestMovements(t *testing.T) {
	b := newBook("1")
	first := b.invoice("1", "2026-01-05", "2026-02-04", "100.00")
	b.invoice("2", "2026-01-10", "2026-02-09", "50.00")
	b.credit("C1", "2026-01-12", "20.00")
	money := b.receipt("2026-02-01", "98.00")
	b.Allocations = append(b.Allocations,
		Allocation{ID: newID[AllocationID](b), Document: first, Kind: FromReceipt, Receipt: money, Amount: eur("98.00"), Effective: day("2026-02-01")},
		Allocation{ID: newID[AllocationID](b), Document: first, Kind: FromDiscount, Receipt: money, Amount: eur("2.00"), Effective: day("2026-02-01")})
	b.Returns = append(b.Returns, Return{ID: newID[ReturnID](b), Receipt: money, Kind: Chargeback, Date: day("2026-02-03"), Amount: eur("98.00")})
	void := &b.Documents[1]
	void.State, void.VoidedOn = Void, day("2026-02-05")
	b.invoice("3", "2026-01-15", "2026-02-15", "7.00")
	b.Documents[len(b.Documents)-1].State, b.Documents[len(b.Documents)-1].VoidedOn = Void, day("2026-01-15")

	type line struct {
		On, Kind, Number, Amount, Balance string
	}
	var got []line
	for _, m := range b.Movements(day("2026-02-05")) {
		got = append(got, line{m.On.String(), m.Kind.String(), m.Number, m.Amount.String(), m.Balance.String()})
	}
	want := []line{
		{"2026-01-05", "invoice", "1", "100.00", "100.00"},
		{"2026-01-10", "invoice", "2", "50.00", "150.00"},
		{"2026-01-12", "credit_note", "C1", "-20.00", "130.00"},
		{"2026-02-01", "receipt", "", "-98.00", "32.00"},
		{"2026-02-01", "discount", "1", "-2.00", "30.00"},
		{"2026-02-03", "chargeback", "", "98.00", "128.00"},
		{"2026-02-05", "void", "2", "-50.00", "78.00"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := len(b.Movements(day("2026-01-31"))); n != 3 {
		t.Errorf("%d movements by the end of January, want 3", n)
	}
}

// TestStatementOn: days late, what a discount still saves, and what is to the customer's credit.
func TestStatementOn(t *testing.T) {
	b := newBook("1")
	b.invoice("1", "2026-05-01", "2026-05-31", "100.00")
	b.invoice("2", "2026-06-20", "2026-07-20", "200.00")
	b.Documents[1].Discount = DiscountTerms{BasisPoints: 200, Until: day("2026-06-30"), GraceDays: 2}
	b.Documents[1].PO = "PO-7"
	b.credit("C1", "2026-06-01", "30.00")
	b.receipt("2026-06-15", "10.00")
	s := b.StatementOn(0, day("2026-06-30"))
	if len(s.Sections) != 1 {
		t.Fatalf("%d sections", len(s.Sections))
	}
	x := s.Sections[0]
	if x.Items[0].Late != 30 || x.Items[1].Late != 0 || x.Items[1].Discount != eur("4.00") || x.Items[1].DiscountEnd != day("2026-07-02") || x.Items[1].PO != "PO-7" {
		t.Errorf("%+v", x.Items)
	}
	if x.Gross != eur("300.00") || x.Net != eur("260.00") || x.Due() != eur("256.00") || len(x.Credits) != 2 || x.Credits[0].Number != "C1" || x.Credits[1].Left != eur("10.00") {
		t.Errorf("%+v", x)
	}
	// After its window the discount is gone, and before the first document there is nothing to say.
	if x := b.StatementOn(0, day("2026-07-03")).Sections[0]; x.Due() != x.Net {
		t.Errorf("due %s of %s", x.Due(), x.Net)
	}
	if s := b.StatementOn(civil.Date(0), day("2026-04-01")); len(s.Sections) != 0 {
		t.Errorf("%+v", s)
	}
}
