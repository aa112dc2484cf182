package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

func TestOldestFirst(t *testing.T) {
	b := newBook("1")
	late := b.invoice("9", "2026-02-01", "2026-03-01", "100.00")
	first := b.invoice("8", "2026-01-01", "2026-02-01", "100.00")
	sameDueLater := b.invoice("1", "2026-01-02", "2026-02-01", "100.00")
	sameDueNumber := b.invoice("7", "2026-01-01", "2026-02-01", "100.00")
	b.credit("C", "2026-01-01", "50.00")
	items := b.OpenItems(day("2026-04-01"))
	var order []DocumentID
	for _, it := range items {
		order = append(order, it.ID)
	}
	if diff := cmp.Diff([]DocumentID{sameDueNumber, first, sameDueLater, late}, order); diff != "" {
		t.Fatalf("order: due, issued, number (-want +got):\n%s", diff)
	}
	tests := []struct {
		name   string
		amount string
		want   []Line
	}{
		{"nothing", "0.00", nil},
		{"part of the first", "40.00", []Line{{Document: sameDueNumber, Amount: 4000}}},
		{"exactly two", "200.00", []Line{{Document: sameDueNumber, Amount: 10000}, {Document: first, Amount: 10000}}},
		{"more than all: the rest stays unapplied", "999.00", []Line{{Document: sameDueNumber, Amount: 10000},
			{Document: first, Amount: 10000}, {Document: sameDueLater, Amount: 10000}, {Document: late, Amount: 10000}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, OldestFirst(items, eur(tt.amount))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckAllocation(t *testing.T) {
	b := newBook("1")
	invoice := b.invoice("INV-1", "2026-02-01", "2026-03-01", "100.00")
	void := b.invoice("INV-2", "2026-02-01", "2026-03-01", "100.00")
	b.Documents[1].State, b.Documents[1].VoidedOn = Void, day("2026-02-02")
	credit := b.credit("CN-1", "2026-02-10", "30.00")
	receipt := b.receipt("2026-02-05", "80.00")
	b.apply(Source{Credit: credit}, invoice, "10.00", "2026-06-01") // recorded for a later date
	b.sound(t)
	money, note := Source{Receipt: receipt}, Source{Credit: credit}
	tests := []struct {
		name   string
		source Source
		lines  []Line
		on     string
		code   string
	}{
		{"fits", money, []Line{{Document: invoice, Amount: 8000}}, "2026-02-05", ""},
		{"credit fits", note, []Line{{Document: invoice, Amount: 2000}}, "2026-02-10", ""},
		{"before the money", money, []Line{{Document: invoice, Amount: 1}}, "2026-02-04", "ledger.before_source"},
		{"before the credit note", note, []Line{{Document: invoice, Amount: 1}}, "2026-02-09", "ledger.before_source"},
		{"more than was paid", money, []Line{{Document: invoice, Amount: 8001}}, "2026-02-05", "ledger.source_exceeded"},
		{"more of the credit than a later allocation leaves", note, []Line{{Document: invoice, Amount: 2001}}, "2026-02-10", "ledger.source_exceeded"},
		{"nothing chosen", money, nil, "2026-02-05", "ledger.no_lines"},
		{"zero", money, []Line{{Document: invoice}}, "2026-02-05", "ledger.amount"},
		{"negative", money, []Line{{Document: invoice, Amount: -5}}, "2026-02-05", "ledger.amount"},
		{"twice", money, []Line{{Document: invoice, Amount: 1}, {Document: invoice, Amount: 1}}, "2026-02-05", "ledger.line_twice"},
		{"void", money, []Line{{Document: void, Amount: 1}}, "2026-02-05", "ledger.void"},
		{"on a credit note", money, []Line{{Document: credit, Amount: 1}}, "2026-02-10", "ledger.not_debit"},
		{"unknown document", money, []Line{{Document: DocumentID{9}, Amount: 1}}, "2026-02-05", "ledger.document_unknown"},
		{"unknown source", Source{Receipt: ReceiptID{9}}, []Line{{Document: invoice, Amount: 1}}, "2026-02-05", "ledger.source_unknown"},
		{"an invoice cannot pay", Source{Credit: invoice}, []Line{{Document: invoice, Amount: 1}}, "2026-02-05", "ledger.source_unknown"},
		{"discount without terms", money, []Line{{Document: invoice, Amount: 1, Discount: 1}}, "2026-02-05", "ledger.discount_not_earned"},
		{"discount on a credit", note, []Line{{Document: invoice, Amount: 1, Discount: 1}}, "2026-02-10", "ledger.discount"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantCode(t, CheckAllocation(&b.Account, tt.source, tt.lines, day(tt.on)), tt.code)
		})
	}
	early := b.receipt("2026-01-05", "500.00")
	wantCode(t, CheckAllocation(&b.Account, Source{Receipt: early}, []Line{{Document: invoice, Amount: 1}}, day("2026-01-05")), "ledger.before_document")
	wantCode(t, CheckAllocation(&b.Account, Source{Receipt: early}, []Line{{Document: invoice, Amount: 9001}}, day("2026-02-05")), "ledger.document_exceeded")
}

func TestFitNeverRefusesMoney(t *testing.T) {
	b := newBook("1")
	paid := b.invoice("INV-1", "2026-02-01", "2026-03-01", "100.00")
	open := b.invoice("INV-2", "2026-03-01", "2026-03-31", "100.00")
	void := b.invoice("INV-3", "2026-02-01", "2026-03-01", "100.00")
	b.Documents[2].State, b.Documents[2].VoidedOn = Void, day("2026-02-02")
	old := b.receipt("2026-02-03", "90.00")
	b.apply(Source{Receipt: old}, paid, "90.00", "2026-02-03")
	r := b.receipt("2026-02-10", "150.00")
	got := b.Fit(Source{Receipt: r}, []Line{
		{Document: void, Amount: 100}, {Document: DocumentID{9}, Amount: 100}, {Document: paid, Amount: 5000, Discount: 7},
		{Document: paid, Amount: 1}, {Document: open, Amount: 20000}}, day("2026-01-01"))
	want := []Placement{
		{Line{Document: paid, Amount: 1000}, day("2026-02-10")},  // only 10.00 was left of it
		{Line{Document: open, Amount: 10000}, day("2026-03-01")}, // paid ahead: counts from the day of issue
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, p := range got {
		b.apply(Source{Receipt: r}, p.Document, money.Of(p.Amount, "EUR").String(), p.Effective.String())
	}
	b.sound(t)
	if got := b.Unapplied(r, day("2026-03-01")); got != eur("40.00") {
		t.Errorf("unapplied is %s", got)
	}
	if b.Fit(Source{Receipt: ReceiptID{9}}, nil, 0) != nil {
		t.Error("an unknown source fits")
	}
}

func TestSmallDifference(t *testing.T) {
	rules := DefaultRules()
	tests := []struct {
		total, rest string
		want        bool
	}{
		{"1000.00", "0.40", true},
		{"1000.00", "1.00", true},
		{"1000.00", "1.01", false}, // above the limit
		{"200.00", "1.00", true},   // exactly 0.5 %
		{"199.99", "1.00", false},  // within the limit, more than 0.5 %
		{"1000.00", "0.00", false},
	}
	for _, tt := range tests {
		if got := SmallDifference(rules, eur(tt.total), eur(tt.rest)); got != tt.want {
			t.Errorf("%s left of %s: %v; want %v", tt.rest, tt.total, got, tt.want)
		}
	}
	if SmallDifference(Rules{}, eur("1000.00"), eur("0.01")) {
		t.Error("without limits nothing is written off")
	}
}

func TestChecksBeforeWriting(t *testing.T) {
	b := newBook("1")
	invoice := b.invoice("INV-1", "2026-02-01", "2026-03-01", "100.00")
	credit := b.credit("CN-1", "2026-02-10", "30.00")
	used := b.apply(Source{Credit: credit}, invoice, "30.00", "2026-02-10")
	acc := &b.Account

	wantCode(t, CheckWriteOff(acc, invoice, eur("70.00"), day("2026-03-01")), "")
	wantCode(t, CheckWriteOff(acc, invoice, eur("70.01"), day("2026-03-01")), "ledger.document_exceeded")
	wantCode(t, CheckWriteOff(acc, invoice, eur("70.00"), day("2026-01-31")), "ledger.before_document")
	wantCode(t, CheckWriteOff(acc, invoice, eur("0.00"), day("2026-03-01")), "ledger.amount")
	wantCode(t, CheckWriteOff(acc, invoice, money.Of(1, "USD"), day("2026-03-01")), "ledger.currency")
	wantCode(t, CheckWriteOff(acc, credit, eur("1.00"), day("2026-03-01")), "ledger.not_debit")
	wantCode(t, CheckWriteOff(acc, DocumentID{9}, eur("1.00"), day("2026-03-01")), "ledger.document_unknown")

	wantCode(t, CheckVoid(acc, invoice, day("2026-03-01")), "ledger.void_allocated")
	wantCode(t, CheckVoid(acc, credit, day("2026-03-01")), "ledger.void_allocated")
	wantCode(t, CheckVoid(acc, DocumentID{9}, day("2026-03-01")), "ledger.document_unknown")

	wantCode(t, CheckReversal(acc, used, day("2026-02-09")), "ledger.before_allocation")
	wantCode(t, CheckReversal(acc, AllocationID{9}, day("2026-02-09")), "ledger.allocation_unknown")
	wantCode(t, CheckReversal(acc, used, day("2026-02-10")), "")
	back := b.reverse(used, day("2026-02-20"))
	wantCode(t, CheckReversal(acc, used, day("2026-02-20")), "ledger.reversed")
	wantCode(t, CheckReversal(acc, back, day("2026-02-20")), "ledger.is_reversal")

	wantCode(t, CheckVoid(acc, invoice, day("2026-02-15")), "ledger.void_allocated") // it still had money on it that day
	wantCode(t, CheckVoid(acc, invoice, day("2026-02-20")), "")
	b.Documents[0].State, b.Documents[0].VoidedOn = Void, day("2026-02-20")
	wantCode(t, CheckVoid(acc, invoice, day("2026-02-20")), "ledger.void")
	b.sound(t)
}
