package openitems_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func day(s string) civil.Date { return civil.MustParse(s) }

// follow loads columns that follow the books until the test ends.
func follow(t testing.TB, b *bookstest.Books) *openitems.Columns {
	t.Helper()
	c, err := openitems.Load(b.Ctx, b.Books)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Ctx)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("following ended with %v", err)
		}
	})
	return c
}

func fresh(t testing.TB, b *bookstest.Books, c *openitems.Columns) {
	t.Helper()
	if err := c.Fresh(b.Ctx); err != nil {
		t.Fatal(err)
	}
}

// fx1 is the fixture of rulebook 1.0 with a receipt of nobody beside it.
func fx1(t testing.TB) (b *bookstest.Books, customers [3]ledger.Customer) {
	b = bookstest.Open(t)
	x, y, z := b.Customer("Xylofoon Muziek"), b.Customer("Yzer & Zn."), b.Customer("Café Zon")
	inv1 := b.Invoice(x, "INV-001", "2026-03-02", "2026-04-01", 100000)
	b.Invoice(x, "INV-002", "2026-05-04", "2026-06-03", 200000)
	b.Invoice(y, "INV-003", "2026-06-10", "2026-07-10", 150000)
	b.Invoice(y, "INV-004", "2026-01-15", "2026-02-14", 80000)
	b.Invoice(z, "INV-005", "2026-04-20", "2026-05-20", 121000)
	b.Invoice(y, "INV-006", "2026-06-30", "2026-06-30", 50000)
	b.Document(z, ledger.CreditNote, "CN-001", "2026-06-01", "", 21000)
	b.Pay(x, "2026-05-01", 40000, ledger.Line{Document: inv1.ID, Amount: 40000})
	b.Pay(x, "2026-06-15", 10000)
	b.Pay(ledger.Customer{}, "2026-06-20", 777)
	return b, [3]ledger.Customer{x, y, z}
}

func TestFX1(t *testing.T) {
	b, _ := fx1(t)
	c := follow(t, b)
	asOf := day("2026-06-30")
	got, err := c.Aging(b.Firm.ID, asOf, ledger.AgingOptions{}, true)
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	eur := func(cents int64) money.Amount { return money.Of(cents, "EUR") }
	want := ledger.Aging{Balance: ledger.Balance{Currency: "EUR", Gross: eur(661000), Overdue: eur(461000), Unapplied: eur(31000), Net: eur(630000)},
		Buckets: []money.Amount{eur(200000), eur(200000), eur(121000), eur(60000), eur(80000)}}
	if diff := cmp.Diff(want, got[0].Aging); diff != "" {
		t.Errorf("aging (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 1, 1, 1, 1}, got[0].Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(got[0].Customers) != 3 || got[0].Customers[1].Name != "Yzer & Zn." || got[0].Customers[1].Oldest != day("2026-02-14") || got[0].Customers[1].Late != 1 {
		t.Errorf("customers: %+v", got[0].Customers)
	}
	totals, err := c.Balances(b.Firm.ID, asOf)
	if err != nil || len(totals) != 1 || totals[0].Balance != want.Balance || totals[0].Count != 6 || totals[0].Late != 4 {
		t.Errorf("balances: %+v, %v", totals, err)
	}
	stray, err := c.Unidentified(b.Firm.ID, asOf)
	if err != nil || len(stray) != 1 || stray[0] != eur(777) {
		t.Errorf("unidentified: %v, %v", stray, err)
	}
	if before, err := c.Balances(b.Firm.ID, day("2026-04-30")); err != nil || before[0].Gross != eur(301000) || before[0].Net != eur(301000) {
		t.Errorf("on 30 April: %+v, %v; INV-001, -004 and -005 were open", before, err)
	}
}

func numbers(l openitems.DocumentList) (out []string) {
	for _, r := range l.Rows {
		out = append(out, r.Number)
	}
	return out
}

func TestDocumentList(t *testing.T) {
	b, customers := fx1(t)
	void := b.Invoice(customers[1], "INV-007", "2026-06-01", "", 100)
	if _, err := b.Describe(b.Ctx, b.Meta(), void.ID, books.Descriptive{PO: "Bestelling 88"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Void(b.Ctx, b.Meta(), void.ID, "dubbel"); err != nil {
		t.Fatal(err)
	}
	b.Invoice(customers[2], "INV-008", "2026-07-05", "", 100) // of the future
	c := follow(t, b)
	tests := []struct {
		name string
		q    openitems.DocumentQuery
		want string
	}{
		{"newest first", openitems.DocumentQuery{}, "INV-008 INV-006 INV-003 CN-001 INV-002 INV-005 INV-001 INV-004"},
		{"open", openitems.DocumentQuery{Status: "open", Page: openitems.Page{Sort: "number"}}, "CN-001 INV-001 INV-002 INV-003 INV-004 INV-005 INV-006"},
		{"overdue, latest first", openitems.DocumentQuery{Status: "overdue", Page: openitems.Page{Sort: "-days_late"}}, "INV-004 INV-001 INV-005 INV-002"},
		{"due soon", openitems.DocumentQuery{Status: "due_soon"}, "INV-006"},
		{"partly paid", openitems.DocumentQuery{Status: "partly_paid"}, "INV-001"},
		{"upcoming", openitems.DocumentQuery{Status: "upcoming"}, "INV-008"},
		{"void", openitems.DocumentQuery{Status: "void"}, "INV-007"},
		{"a void one is found by name", openitems.DocumentQuery{Text: "inv-007"}, "INV-007"},
		{"by PO", openitems.DocumentQuery{Text: "BESTELLING"}, "INV-007"},
		{"by part of the number", openitems.DocumentQuery{Text: "-00", Page: openitems.Page{Sort: "total", Limit: 2}}, "INV-007 INV-008"},
		{"by a word of the name, without its accent", openitems.DocumentQuery{Text: "cafe", Page: openitems.Page{Sort: "number"}}, "CN-001 INV-005 INV-008"},
		{"not by the middle of a word", openitems.DocumentQuery{Text: "zer"}, ""},
		{"by the customer's number without zeros", openitems.DocumentQuery{Text: "1", Status: "overdue", Page: openitems.Page{Sort: "due"}}, "INV-001 INV-002"},
		{"credit notes", openitems.DocumentQuery{Type: "credit_note"}, "CN-001"},
		{"of a customer", openitems.DocumentQuery{Customer: customers[0].ID, Page: openitems.Page{Sort: "open"}}, "INV-001 INV-002"},
		{"of an unknown customer", openitems.DocumentQuery{Customer: ledger.CustomerID{9}}, ""},
		{"by customer, ties by number", openitems.DocumentQuery{Status: "overdue", Page: openitems.Page{Sort: "customer"}}, "INV-005 INV-001 INV-002 INV-004"},
		{"due between", openitems.DocumentQuery{DueFrom: day("2026-04-01"), DueTo: day("2026-05-20"), Page: openitems.Page{Sort: "issued"}}, "INV-001 INV-005"},
		{"another currency", openitems.DocumentQuery{Currency: "USD"}, ""},
		{"skipping", openitems.DocumentQuery{Page: openitems.Page{Sort: "number", Skip: 2, Limit: 2}}, "INV-002 INV-003"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Firm, tt.q.AsOf = b.Firm.ID, day("2026-06-30")
			got, err := c.Documents(b.Ctx, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, strings.Join(numbers(got), " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, q := range []openitems.DocumentQuery{{Status: "late"}, {Type: "letter"}, {Page: openitems.Page{Sort: "colour"}}, {Page: openitems.Page{Cursor: "doc_x"}}} {
		q.Firm = b.Firm.ID
		if _, err := c.Documents(b.Ctx, q); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := c.Documents(b.Ctx, openitems.DocumentQuery{}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no firm: %v", err)
	}
	one, err := c.Documents(b.Ctx, openitems.DocumentQuery{Firm: b.Firm.ID, AsOf: day("2026-06-30"), Text: "INV-001"})
	if err != nil {
		t.Fatal(err)
	}
	row := one.Rows[0]
	if row.Open != money.Of(60000, "EUR") || row.Status != ledger.StatusOverdue || row.CustomerNumber != "00001" || row.CustomerName != "Xylofoon Muziek" || row.Total.Minor != 100000 {
		t.Errorf("row is %+v", row)
	}
	if one.Count != 1 || len(one.Totals) != 1 || one.Totals[0].Gross.Minor != 60000 || one.Totals[0].Late != 1 {
		t.Errorf("totals are %+v of %d", one.Totals, one.Count)
	}
}

func TestReceiptList(t *testing.T) {
	b, customers := fx1(t)
	back := b.Pay(customers[0], "2026-06-16", 500)
	if _, err := b.Return(b.Ctx, b.Meta(), ledger.Return{Receipt: back.Receipt.ID, Kind: ledger.Refund, Date: day("2026-06-17"), Amount: money.Of(500, "EUR")}); err != nil {
		t.Fatal(err)
	}
	c := follow(t, b)
	tests := []struct {
		name string
		q    openitems.ReceiptQuery
		want []int64 // amounts
	}{
		{"newest first", openitems.ReceiptQuery{}, []int64{777, 500, 10000, 40000}},
		{"unidentified", openitems.ReceiptQuery{Status: "unidentified"}, []int64{777}},
		{"unapplied", openitems.ReceiptQuery{Status: "unapplied"}, []int64{10000}},
		{"applied", openitems.ReceiptQuery{Status: "applied"}, []int64{40000}},
		{"returned", openitems.ReceiptQuery{Status: "returned"}, []int64{500}},
		{"by amount", openitems.ReceiptQuery{Page: openitems.Page{Sort: "amount"}}, []int64{500, 777, 10000, 40000}},
		{"by what is left", openitems.ReceiptQuery{Page: openitems.Page{Sort: "-unapplied", Limit: 2}}, []int64{10000, 777}},
		{"by customer, nobody last", openitems.ReceiptQuery{Page: openitems.Page{Sort: "customer"}}, []int64{40000, 10000, 500, 777}},
		{"in June", openitems.ReceiptQuery{From: day("2026-06-01"), To: day("2026-06-15")}, []int64{10000}},
		{"by name", openitems.ReceiptQuery{Text: "muziek", Page: openitems.Page{Sort: "date"}}, []int64{40000, 10000, 500}},
		{"by method", openitems.ReceiptQuery{Method: ledger.MethodCash}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Firm, tt.q.AsOf = b.Firm.ID, day("2026-06-30")
			got, err := c.Receipts(b.Ctx, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var amounts []int64
			for _, r := range got.Rows {
				amounts = append(amounts, r.Amount.Minor)
			}
			if diff := cmp.Diff(tt.want, amounts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, q := range []openitems.ReceiptQuery{{Status: "late"}, {Page: openitems.Page{Sort: "colour"}}, {Page: openitems.Page{Cursor: "x"}}} {
		q.Firm = b.Firm.ID
		if _, err := c.Receipts(b.Ctx, q); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func TestCustomerList(t *testing.T) {
	b, customers := fx1(t)
	if _, err := b.Post(b.Ctx, b.Meta(), ledger.Document{Customer: customers[0].ID, Number: "USD-1", Issued: day("2026-06-01"), Total: money.Of(900, "USD")}); err != nil {
		t.Fatal(err)
	}
	quiet := b.Customer("Aalders Advies")
	gone := b.Customer("Oud B.V.")
	gone.State = ledger.CustomerArchived
	if _, err := b.PutCustomer(b.Ctx, b.Meta(), gone); err != nil {
		t.Fatal(err)
	}
	c := follow(t, b)
	tests := []struct {
		name string
		q    openitems.CustomerQuery
		want string
	}{
		{"by number", openitems.CustomerQuery{}, "00001/EUR 00001/USD 00002/EUR 00003/EUR 00004/EUR"},
		{"by name", openitems.CustomerQuery{Page: openitems.Page{Sort: "name"}}, "00004/EUR 00003/EUR 00001/EUR 00001/USD 00002/EUR"},
		{"overdue, most first", openitems.CustomerQuery{Filter: "overdue", Page: openitems.Page{Sort: "-overdue"}}, "00001/EUR 00003/EUR 00002/EUR"},
		{"open", openitems.CustomerQuery{Filter: "open", Page: openitems.Page{Sort: "open"}}, "00001/USD 00003/EUR 00001/EUR 00002/EUR"},
		{"credit", openitems.CustomerQuery{Filter: "credit", Page: openitems.Page{Sort: "-credit"}}, "00003/EUR 00001/EUR"},
		{"longest late first", openitems.CustomerQuery{Page: openitems.Page{Sort: "-days_late", Limit: 2}}, "00002/EUR 00001/EUR"},
		{"oldest due first, nothing open last", openitems.CustomerQuery{Page: openitems.Page{Sort: "oldest_due"}}, "00002/EUR 00001/EUR 00003/EUR 00001/USD 00004/EUR"},
		{"net", openitems.CustomerQuery{Currency: "EUR", Page: openitems.Page{Sort: "net", Limit: 2}}, "00004/EUR 00003/EUR"},
		{"archived", openitems.CustomerQuery{State: "archived"}, "00005/EUR"},
		{"blocked", openitems.CustomerQuery{State: "blocked"}, ""},
		{"an archived one is found by name", openitems.CustomerQuery{Text: "oud"}, "00005/EUR"},
		{"by number without zeros", openitems.CustomerQuery{Text: "4"}, "00004/EUR"},
		{"exactly this number", openitems.CustomerQuery{Number: "4"}, ""},
		{"exactly this one", openitems.CustomerQuery{Number: "00004"}, "00004/EUR"},
		{"dollars", openitems.CustomerQuery{Currency: "USD"}, "00001/USD"},
		{"by city", openitems.CustomerQuery{Page: openitems.Page{Sort: "city", Limit: 1}}, "00001/EUR"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Firm, tt.q.AsOf = b.Firm.ID, day("2026-06-30")
			got, err := c.Customers(b.Ctx, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for _, r := range got.Rows {
				rows = append(rows, r.Number+"/"+string(r.Balance.Currency))
			}
			if diff := cmp.Diff(tt.want, strings.Join(rows, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	all, err := c.Customers(b.Ctx, openitems.CustomerQuery{Firm: b.Firm.ID, AsOf: day("2026-06-30")})
	if err != nil || all.Count != 5 || len(all.Totals) != 2 || all.Totals[0].Net.Minor != 630000 || all.Totals[1].Gross.Minor != 900 {
		t.Errorf("totals are %+v, %v", all, err)
	}
	if all.Rows[0].Currencies != 2 || all.Rows[0].Name != "Xylofoon Muziek" || all.Rows[4].Customer.ID != quiet.ID {
		t.Errorf("rows are %+v", all.Rows)
	}
	for _, q := range []openitems.CustomerQuery{{Filter: "late"}, {State: "odd"}, {Page: openitems.Page{Sort: "colour"}}, {Page: openitems.Page{Cursor: "x"}}} {
		q.Firm = b.Firm.ID
		if _, err := c.Customers(b.Ctx, q); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestReadYourWrites: whoever waits for the journal entry of a write sees it, and an import all at once.
func TestReadYourWrites(t *testing.T) {
	b := bookstest.Open(t)
	c := follow(t, b)
	cu := b.Customer("Jansen Bouw")
	for i := range 20 {
		b.Invoice(cu, fmt.Sprint(i), "2026-06-01", "", 100)
		fresh(t, b, c)
		got, err := c.Balances(b.Firm.ID, day("2026-06-30"))
		if err != nil || got[0].Gross.Minor != int64(i+1)*100 {
			t.Fatalf("after %d invoices: %+v, %v", i+1, got, err)
		}
	}
	ctx, stop := context.WithCancel(b.Ctx)
	stop()
	if err := c.Wait(ctx, 1<<40); err == nil {
		t.Error("waiting for the far future ended without an error")
	}
}

// TestStagedImportsAreInvisible: loading in the middle of an import and following its end shows it once, whole.
func TestStagedImportsAreInvisible(t *testing.T) {
	b := bookstest.Open(t)
	s, err := b.Stage(b.Ctx, b.Meta(), books.ImportHeader{Name: "x.csv", Kind: "invoices"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	add := func(rows int) {
		for range rows {
			n++
			it := books.ImportItem{Row: n, CustomerNumber: fmt.Sprint(n % 20), Settled: 40, SettledOn: day("2026-06-02")}
			if n <= 20 {
				it.Customer = &ledger.Customer{Number: it.CustomerNumber, Name: it.CustomerNumber}
			}
			it.Document = &ledger.Document{Number: fmt.Sprint(n), Issued: day("2026-06-01"), Total: money.Of(100, "EUR")}
			if err := s.Add(b.Ctx, it); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(5100) // one chunk is written
	c := follow(t, b)
	if got, err := c.Balances(b.Firm.ID, day("2026-06-30")); err != nil || len(got) != 0 {
		t.Fatalf("a staged import shows: %+v, %v", got, err)
	}
	add(10)
	if _, err := s.Apply(b.Ctx, nil); err != nil {
		t.Fatal(err)
	}
	fresh(t, b, c)
	if got, err := c.Balances(b.Firm.ID, day("2026-06-30")); err != nil || got[0].Gross.Minor != 5110*60 || got[0].Count != 5110 {
		t.Fatalf("after the import: %+v, %v", got, err)
	}
}

// TestReadersBesideTheWriter: questions are answered while the books grow; with -race this finds unlocked columns.
func TestReadersBesideTheWriter(t *testing.T) {
	b := bookstest.Open(t)
	c := follow(t, b)
	h := b.History(rand.New(rand.NewPCG(1, 1)))
	ctx, stop := context.WithCancel(b.Ctx)
	var readers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			for n := i; ctx.Err() == nil && n < 300; n++ {
				asOf := day("2026-06-30").AddDays(n%40 - 20)
				_, err1 := c.Aging(b.Firm.ID, asOf, ledger.AgingOptions{}, true)
				_, err2 := c.Documents(b.Ctx, openitems.DocumentQuery{Firm: b.Firm.ID, AsOf: asOf, Text: "1", Page: openitems.Page{Limit: 5}})
				_, err3 := c.Customers(b.Ctx, openitems.CustomerQuery{Firm: b.Firm.ID, AsOf: asOf, Page: openitems.Page{Sort: "-open", Limit: 5}})
				if err := errors.Join(err1, err2, err3); err != nil && fault.KindOf(err) != fault.NotFound { // the firm may not have come yet
					t.Error(err)
					return
				}
			}
		})
	}
	h.Run(80)
	stop()
	readers.Wait()
	fresh(t, b, c)
	agree(t, h, c, h.Today())
}

// TestReloadAfterCrash: columns that are loaded from the books as they are on disk are the ones that followed.
func TestReloadAfterCrash(t *testing.T) {
	b, _ := fx1(t)
	want, err := openitems.Load(b.Ctx, b.Books)
	if err != nil {
		t.Fatal(err)
	}
	b.Reopen()
	got, err := openitems.Load(b.Ctx, b.Books)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := want.Aging(b.Firm.ID, day("2026-06-30"), ledger.AgingOptions{}, true)
	y, err := got.Aging(b.Firm.ID, day("2026-06-30"), ledger.AgingOptions{}, true)
	if diff := cmp.Diff(x, y); diff != "" || err != nil || want.Seq() != got.Seq() {
		t.Errorf("%v (-before +after):\n%s", err, diff)
	}
}
