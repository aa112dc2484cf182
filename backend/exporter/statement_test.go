package exporter_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/document"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// TestStatement reads a statement's workbook back: sums, items, aging, credits and movements, as numbers and dates.
func TestStatement(t *testing.T) {
	day := civil.MustParse
	a := &ledger.Account{Customer: ledger.Customer{Number: "00012", Name: "=cmd|' /C calc'!A0"}}
	a.Documents = []ledger.Document{
		{ID: ledger.DocumentID{1}, Number: "2026-1", Issued: day("2026-05-01"), Due: day("2026-05-31"), Total: money.Of(123456, "EUR"), PO: "+31"},
		{ID: ledger.DocumentID{2}, Number: "C-1", Type: ledger.CreditNote, Issued: day("2026-06-01"), Total: money.Of(10000, "EUR")},
		{ID: ledger.DocumentID{3}, Number: "J-1", Issued: day("2026-06-01"), Due: day("2026-07-01"), Total: money.Of(5000, "JPY")},
	}
	var out bytes.Buffer
	err := exporter.Statement(&out, a.StatementOn(day("2026-06-01"), day("2026-06-30")), exporter.StatementNames(document.NamesIn("en")))
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"EUR", "JPY"}, f.GetSheetList()); d != "" {
		t.Fatal(d)
	}
	rows, err := f.GetRows("EUR")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Statement of account"}, {"Customer number", "00012", "", "", "'=cmd|' /C calc'!A0"}, {"As of", "2026-06-30"}, nil,
		{"Outstanding", "Of which overdue", "Credit", "", "", "Balance"}, {"1,234.56", "1,234.56", "100.00", "", "", "1,134.56"}, nil,
		{"Number", "Issued", "Due", "days late", "Your PO number", "Total", "Outstanding"}, {"2026-1", "2026-05-01", "2026-05-31", "30", "'+31", "1,234.56", "1,234.56"},
		{"", "", "", "", "", "", "1,234.56"}, nil,
		{"Aging", "Not yet due", "1–30 days", "31–60 days", "61–90 days", "> 90 days"}, {"", "0.00", "1,234.56", "0.00", "0.00", "0.00"}, nil,
		{"Credits", "Date", "", "", "", "Total", "Left to use"}, {"C-1", "2026-06-01", "", "", "", "100.00", "100.00"}, nil,
		{"Movements", "Date", "", "", "Charged", "Settled", "Balance"}, {"Opening balance", "", "", "", "", "", "1,234.56"},
		{"Credit note C-1", "2026-06-01", "", "", "", "100.00", "1,134.56"}, {"Closing balance", "", "", "", "", "", "1,134.56"},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if raw, err := f.GetCellValue("JPY", "G9", excelize.Options{RawCellValue: true}); err != nil || raw != "5000" {
		t.Errorf("%q, %v", raw, err)
	}
}
