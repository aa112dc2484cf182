package exporter_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

var today = civil.MustParse("2026-06-30")

func write(t *testing.T, b *bookstest.Books, kind, format string, asOf civil.Date) []byte {
	t.Helper()
	var out bytes.Buffer
	mediaType, ending, err := exporter.New(b.Books).Export(b.Ctx, b.Firm.ID, kind, format, asOf, &out)
	if err != nil || mediaType == "" || ending == "" {
		t.Fatalf("%s as %s: %q, %q, %v", kind, format, mediaType, ending, err)
	}
	return out.Bytes()
}

// rows reads CSV back, by column.
func rows(t *testing.T, b *bookstest.Books, kind string, asOf civil.Date) []map[string]string {
	t.Helper()
	raw := write(t, b, kind, "csv", asOf)
	raw, ok := bytes.CutPrefix(raw, []byte("\ufeff"))
	if !ok {
		t.Error("the file has no byte order mark: Excel would not read it as UTF-8")
	}
	all, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = r[i]
		}
		out = append(out, row)
	}
	return out
}

// small is an account with an invoice that is partly paid, one that is void, a credit note, and money of nobody.
func small(t *testing.T) *bookstest.Books {
	b := bookstest.Open(t)
	c := b.Customer("Café De Zon")
	inv := b.Invoice(c, "2026-1", "2026-04-01", "2026-05-01", 121000)
	void := b.Invoice(c, "2026-2", "2026-06-01", "", 100)
	b.Document(c, ledger.CreditNote, "C-1", "2026-06-02", "", 2100)
	b.Pay(c, "2026-06-10", 100000, ledger.Line{Document: inv.ID, Amount: 90000})
	b.Pay(ledger.Customer{}, "2026-06-11", 777)
	b.Invoice(c, "2026-3", "2026-07-20", "", 500) // of later than the date of the export
	if _, err := b.Void(b.Ctx, b.Meta(), void.ID, "dubbel"); err != nil {
		t.Fatal(err)
	}
	return b
}

func pick(row map[string]string, names ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, row[n])
	}
	return out
}

func TestTables(t *testing.T) {
	b := small(t)
	var got [][]string
	for _, r := range rows(t, b, "invoices", today) {
		got = append(got, pick(r, "number", "type", "customer_number", "due", "currency", "total", "open", "balance", "status", "days_late"))
	}
	want := [][]string{
		{"2026-1", "invoice", "00001", "2026-05-01", "EUR", "1210.00", "310.00", "310.00", "overdue", "60"},
		{"2026-2", "invoice", "00001", "2026-07-01", "EUR", "1.00", "0.00", "0.00", "void", "0"},
		{"C-1", "credit_note", "00001", "", "EUR", "21.00", "21.00", "-21.00", "open", "0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("invoices (-want +got):\n%s", diff)
	}
	got = nil
	for _, r := range rows(t, b, "payments", today) {
		got = append(got, pick(r, "date", "customer_number", "amount", "unapplied", "returned", "status"))
	}
	if diff := cmp.Diff([][]string{{"2026-06-10", "00001", "1000.00", "100.00", "0.00", "unapplied"}, {"2026-06-11", "", "7.77", "7.77", "0.00", "unidentified"}}, got); diff != "" {
		t.Errorf("payments (-want +got):\n%s", diff)
	}
	got = nil
	for _, r := range rows(t, b, "customers", today) {
		got = append(got, pick(r, "customer_number", "customer_name", "open_eur", "overdue_eur", "credit_eur", "net_eur"))
	}
	if diff := cmp.Diff([][]string{{"00001", "Café De Zon", "310.00", "310.00", "121.00", "189.00"}}, got); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
	got = nil
	for _, r := range rows(t, b, "allocations", today) {
		got = append(got, pick(r, "effective", "document", "kind", "amount"))
	}
	if diff := cmp.Diff([][]string{{"2026-06-10", "2026-1", "payment", "900.00"}}, got); diff != "" {
		t.Errorf("allocations (-want +got):\n%s", diff)
	}
	if before := rows(t, b, "invoices", civil.MustParse("2026-05-31")); len(before) != 1 || before[0]["open"] != "1210.00" {
		t.Errorf("on 31 May: %v", before)
	}
	journal := rows(t, b, "journal", today)
	if len(journal) < 8 || journal[0]["kind"] != "firm.created" || journal[1]["prev"] != journal[0]["hash"] {
		t.Errorf("journal: %v", journal)
	}
}

// TestLedgerBalances: every entry of a random history sums to zero, debit and credit, in one currency, and is numbered.
func TestLedgerBalances(t *testing.T) {
	b := bookstest.Open(t)
	h := b.History(rand.New(rand.NewPCG(7, 7)))
	h.Run(150)
	sums, currency := map[string]int64{}, map[string]string{}
	accounts := map[string]bool{}
	for _, r := range rows(t, b, "ledger", h.Today().AddDays(400)) {
		c := money.Currency(r["currency"])
		for _, side := range []string{"debit", "credit"} {
			if r[side] == "" {
				continue
			}
			a, err := money.Parse(r[side], c)
			if err != nil || a.Minor < 0 {
				t.Fatalf("%s %q: %v", side, r[side], err)
			}
			if side == "credit" {
				a = a.Neg()
			}
			sums[r["entry_id"]] += a.Minor
		}
		if was := currency[r["entry_id"]]; was != "" && was != r["currency"] {
			t.Errorf("entry %s is in %s and %s", r["entry_id"], was, r["currency"])
		}
		currency[r["entry_id"]] = r["currency"]
		accounts[strings.SplitN(r["account"], ":", 2)[0]] = true
	}
	if len(sums) < 50 {
		t.Errorf("only %d entries", len(sums))
	}
	for id, sum := range sums {
		if sum != 0 {
			t.Errorf("entry %s is off by %d", id, sum)
		}
	}
	for _, root := range []string{"assets", "liabilities", "equity", "income", "expenses"} {
		if !accounts[root] {
			t.Errorf("the history never touched %s", root)
		}
	}
}

// TestPostings is rulebook 10.1: what each event debits and credits.
func TestPostings(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	post := func(number string, mode ledger.VATMode, discount bool) ledger.Document {
		d := ledger.Document{Customer: c.ID, Number: number, Issued: civil.MustParse("2026-06-01"), Total: money.Of(121000, "EUR"),
			Tax: []ledger.TaxPart{{RateMilli: 21000, Base: 100000, Tax: 21000}}}
		if discount {
			d.Discount = ledger.DiscountTerms{BasisPoints: 200, Until: civil.MustParse("2026-06-11"), Mode: mode}
		}
		d, err := b.Post(b.Ctx, b.Meta(), d)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a, net, lost := post("A", ledger.VATAdjust, true), post("B", ledger.VATNetOnly, true), post("W", 0, false)
	b.Pay(c, "2026-06-10", 118580, ledger.Line{Document: a.ID, Amount: 118580, Discount: 2420})
	b.Pay(c, "2026-06-10", 119000, ledger.Line{Document: net.ID, Amount: 119000, Discount: 2000})
	if _, err := b.WriteOff(b.Ctx, b.Meta(), lost.ID, money.Of(60500, "EUR"), "failliet"); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, r := range rows(t, b, "ledger", today) {
		key := r["description"] + " " + r["ref"]
		got[key] = append(got[key], r["account"]+" "+r["debit"]+"/"+r["credit"])
	}
	for key, want := range map[string][]string{
		"invoice A":                {"assets:receivable:00001 1210.00/", "income:sales /1000.00", "liabilities:vat /210.00"},
		"early-payment discount A": {"expenses:early-payment discount 20.00/", "liabilities:vat 4.20/", "assets:receivable:00001 /24.20"},
		"early-payment discount B": {"expenses:early-payment discount 20.00/", "assets:receivable:00001 /20.00"},
		"write-off W":              {"expenses:bad debt 500.00/", "assets:vat relief 105.00/", "assets:receivable:00001 /605.00"},
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

// TestFormulasAreNeutral: a text that a spreadsheet would run gets an apostrophe; amounts below zero stay numbers.
func TestFormulasAreNeutral(t *testing.T) {
	b := bookstest.Open(t)
	hostile := []string{"=cmd|' /C calc'!A0", "+31 20 555", "-2+3", "@SUM(A1)", "\t=1"}
	for _, name := range hostile[:4] {
		c := b.Customer(name)
		b.Document(c, ledger.CreditNote, "C"+c.Number, "2026-06-01", "", 12345)
		d := b.Invoice(c, "=1+"+c.Number, "2026-06-01", "", 1)
		if _, err := b.Describe(b.Ctx, b.Meta(), d.ID, books.Descriptive{PO: hostile[4], Reference: "\r=2"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range rows(t, b, "customers", today) {
		if !strings.HasPrefix(r["customer_name"], "'") || !strings.HasPrefix(r["net_eur"], "-") {
			t.Errorf("name %q, net %q", r["customer_name"], r["net_eur"])
		}
	}
	for _, r := range rows(t, b, "invoices", today) {
		for name, v := range r {
			if v != "" && strings.ContainsRune("=+@\t\r", rune(v[0])) {
				t.Errorf("column %s holds %q", name, v)
			}
		}
	}
	x, err := excelize.OpenReader(bytes.NewReader(write(t, b, "customers", "xlsx", today)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	sheet, err := x.GetRows("customers", excelize.Options{RawCellValue: true})
	if err != nil || len(sheet) != 5 {
		t.Fatalf("%d rows, %v", len(sheet), err)
	}
	for i, r := range sheet[1:] {
		if r[1] != "'"+hostile[i] {
			t.Errorf("name %q", r[1])
		}
		if r[19] != "-123.44" {
			t.Errorf("net %q", r[19])
		}
		if kind, err := x.GetCellType("customers", "T2"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
			t.Errorf("net is a cell of type %v, %v", kind, err)
		}
		if f, err := x.GetCellFormula("customers", "B2"); err != nil || f != "" {
			t.Errorf("a formula: %q, %v", f, err)
		}
	}
}

// TestFormatsAgree: JSON and Excel hold what CSV holds.
func TestFormatsAgree(t *testing.T) {
	b := bookstest.Open(t)
	h := b.History(rand.New(rand.NewPCG(3, 3)))
	h.Run(60)
	for _, kind := range []string{"customers", "invoices", "payments", "allocations", "journal", "ledger"} {
		want := rows(t, b, kind, h.Today())
		var objects []map[string]any
		if err := json.Unmarshal(write(t, b, kind, "json", h.Today()), &objects); err != nil {
			t.Fatal(err)
		}
		x, err := excelize.OpenReader(bytes.NewReader(write(t, b, kind, "xlsx", h.Today())))
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := x.GetRows(kind)
		if err != nil {
			t.Fatal(err)
		}
		if len(objects) != len(want) || len(sheet) != len(want)+1 {
			t.Fatalf("%s: %d rows of CSV, %d of JSON, %d of Excel", kind, len(want), len(objects), len(sheet)-1)
		}
		for i, row := range want {
			for name, v := range row {
				got := objects[i][name]
				if n, ok := got.(float64); ok {
					got = json.Number(strings.TrimSuffix(money.Of(int64(n), "JPY").String(), ".0")).String()
				}
				if got != v && "'"+got.(string) != v {
					t.Errorf("%s row %d %s: CSV %q, JSON %q", kind, i, name, v, got)
				}
			}
			for j, name := range sheet[0] {
				if j < len(sheet[i+1]) && strings.ReplaceAll(sheet[i+1][j], ",", "") != strings.ReplaceAll(row[name], ",", "") {
					t.Errorf("%s row %d %s: CSV %q, Excel %q", kind, i, name, row[name], sheet[i+1][j])
				}
			}
		}
		_ = x.Close()
	}
}

func TestEmptyBooks(t *testing.T) {
	b := bookstest.Open(t)
	for _, kind := range []string{"customers", "invoices", "payments", "allocations", "ledger"} {
		var list []any
		if err := json.Unmarshal(write(t, b, kind, "json", today), &list); err != nil || len(list) != 0 {
			t.Errorf("%s: %v, %v", kind, list, err)
		}
		if got := rows(t, b, kind, today); len(got) != 0 {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

func TestRefused(t *testing.T) {
	b := bookstest.Open(t)
	for _, tt := range []struct {
		firm         ledger.FirmID
		kind, format string
		code         string
	}{
		{b.Firm.ID, "secrets", "csv", "export.kind"},
		{b.Firm.ID, "customers", "docx", "export.format"},
		{b.Firm.ID, "customers", "hledger", "export.hledger"},
		{ledger.FirmID{9}, "customers", "csv", "firm.unknown"},
	} {
		var out bytes.Buffer
		_, _, err := exporter.New(b.Books).Export(b.Ctx, tt.firm, tt.kind, tt.format, today, &out)
		if err == nil || fault.As(err).Code != tt.code || out.Len() != 0 {
			t.Errorf("%s as %s: %v and %d bytes; want %s", tt.kind, tt.format, err, out.Len(), tt.code)
		}
	}
}
