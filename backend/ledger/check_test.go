package ledger_test

import (
	"testing"

	"github.com/voldaan/voldaan/backend/fault"
	. "github.com/voldaan/voldaan/backend/ledger"
)

// TestCheckFindsEveryDamage breaks a sound account in one place at a time.
func TestCheckFindsEveryDamage(t *testing.T) {
	build := func() *book {
		b := newBook("1")
		inv := b.invoice("INV-1", "2026-01-01", "2026-01-31", "100.00")
		b.invoice("INV-2", "2026-01-01", "2026-01-31", "100.00")
		note := b.credit("CN-1", "2026-01-10", "30.00")
		r := b.receipt("2026-02-01", "50.00")
		al := b.apply(Source{Receipt: r}, inv, "50.00", "2026-02-01") // 0
		b.reverse(al, day("2026-02-10"))                              // 1
		b.apply(Source{Credit: note}, inv, "30.00", "2026-02-01")     // 2
		b.apply(Source{Receipt: r}, inv, "40.00", "2026-02-11")       // 3
		b.returned(r, "10.00", "2026-02-12")
		return b
	}
	other := newBook("2")
	tests := []struct {
		name  string
		code  string
		spoil func(b *book)
	}{
		{"nothing", "", func(*book) {}},
		{"foreign document", "ledger.owner", func(b *book) { b.Documents[1].Customer = other.Customer.ID }},
		{"document of another firm", "ledger.owner", func(b *book) { b.Documents[1].Firm = other.Customer.Firm }},
		{"negative total", "ledger.total", func(b *book) { b.Documents[1].Total.Minor = -1 }},
		{"no such currency", "ledger.total", func(b *book) { b.Documents[1].Total.Currency = "EUX" }},
		{"no due date", "ledger.dates", func(b *book) { b.Documents[1].Due = 0 }},
		{"void without a date", "ledger.void", func(b *book) { b.Documents[1].State = Void }},
		{"void with money on it", "ledger.void_allocated", func(b *book) { b.Documents[0].State, b.Documents[0].VoidedOn = Void, day("2026-03-01") }},
		{"one id twice", "ledger.id_twice", func(b *book) { b.Documents[1].ID = b.Documents[0].ID }},
		{"receipt of nothing", "ledger.amount", func(b *book) { b.Receipts[0].Amount.Minor = 0 }},
		{"receipt without a date", "ledger.dates", func(b *book) { b.Receipts[0].Date = 0 }},
		{"foreign receipt", "ledger.owner", func(b *book) { b.Receipts[0].Customer = other.Customer.ID }},
		{"return before its receipt", "ledger.dates", func(b *book) { b.Returns[0].Date = day("2026-01-31") }},
		{"return in another currency", "ledger.amount", func(b *book) { b.Returns[0].Amount.Currency = "USD" }},
		{"return of no receipt", "ledger.owner", func(b *book) { b.Returns[0].Receipt = ReceiptID{9} }},
		{"return undoes nothing", "ledger.undo", func(b *book) { b.Returns[0].Undoes = ReturnID{9} }},
		{"more returned than free", "ledger.receipt_sum", func(b *book) { b.Returns[0].Amount = eur("10.01") }},
		{"more returned than received", "ledger.returned_sum", func(b *book) { b.Returns[0].Amount = eur("50.01") }},
		{"returned while allocated", "ledger.receipt_sum", func(b *book) { b.Returns[0].Date = day("2026-02-05") }},
		{"more allocated than received", "ledger.receipt_sum", func(b *book) { b.Allocations[3].Amount = eur("40.01") }},
		{"more allocated than owed", "ledger.document_sum", func(b *book) { b.Documents[0].Total = eur("79.99") }},
		{"more of the credit note than it has", "ledger.document_sum", func(b *book) { b.Documents[2].Total = eur("29.99") }},
		{"foreign allocation", "ledger.owner", func(b *book) { b.Allocations[3].Customer = other.Customer.ID }},
		{"on a credit note", "ledger.target", func(b *book) { b.Allocations[3].Document = b.Documents[2].ID }},
		{"on an unknown document", "ledger.target", func(b *book) { b.Allocations[3].Document = DocumentID{9} }},
		{"of nothing", "ledger.amount", func(b *book) { b.Allocations[3].Amount.Minor = 0 }},
		{"in another currency than the document", "ledger.amount", func(b *book) { b.Allocations[3].Amount.Currency = "USD" }},
		{"in another currency than the receipt", "ledger.currency", func(b *book) {
			b.Receipts[0].Amount.Currency, b.Returns[0].Amount.Currency = "USD", "USD"
		}},
		{"from an unknown receipt", "ledger.source", func(b *book) { b.Allocations[3].Receipt = ReceiptID{9} }},
		{"from no credit note", "ledger.source", func(b *book) { b.Allocations[2].Credit = DocumentID{} }},
		{"with two sources", "ledger.source", func(b *book) { b.Allocations[3].Credit = b.Documents[2].ID }},
		{"before the document", "ledger.early", func(b *book) { b.Documents[0].Issued = day("2026-02-02") }},
		{"before the money", "ledger.early", func(b *book) { b.Receipts[0].Date = day("2026-02-02") }},
		{"before the credit note", "ledger.early", func(b *book) { b.Documents[2].Issued = day("2026-02-02") }},
		{"taken back twice", "ledger.reversed_twice", func(b *book) { b.reverse(b.Allocations[0].ID, day("2026-02-20")) }},
		{"takes back what does not exist", "ledger.reversal", func(b *book) { b.Allocations[1].Reverses = AllocationID{9} }},
		{"takes back a reversal", "ledger.reversal", func(b *book) { b.reverse(b.Allocations[1].ID, day("2026-02-20")) }},
		{"takes back another amount", "ledger.reversal", func(b *book) { b.Allocations[1].Amount = eur("49.99") }},
		{"takes back on another document", "ledger.reversal", func(b *book) { b.Allocations[1].Document = b.Documents[1].ID }},
		{"takes back before it was made", "ledger.reversal", func(b *book) { b.Allocations[0].Effective = day("2026-02-11") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := build()
			tt.spoil(b)
			err := b.Check()
			wantCode(t, err, tt.code)
			if err != nil && fault.KindOf(err) != fault.Integrity {
				t.Errorf("the error is of kind %s", fault.KindOf(err))
			}
		})
	}
}
