package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/civil"
	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// fx1 is the reference fixture of rulebook 1.0, as of 2026-06-30.
func fx1() (x, y, z *book) {
	x, y, z = newBook("X"), newBook("Y"), newBook("Z")
	one := x.invoice("INV-001", "2026-03-02", "2026-04-01", "1000.00")
	x.invoice("INV-002", "2026-05-04", "2026-06-03", "2000.00")
	paid := x.receipt("2026-05-01", "400.00")
	x.apply(Source{Receipt: paid}, one, "400.00", "2026-05-01")
	x.receipt("2026-06-15", "100.00") // PAY-9, unapplied

	y.invoice("INV-003", "2026-06-10", "2026-07-10", "1500.00")
	y.invoice("INV-004", "2026-01-15", "2026-02-14", "800.00")
	y.invoice("INV-006", "2026-06-30", "2026-06-30", "500.00")

	z.invoice("INV-005", "2026-04-20", "2026-05-20", "1210.00")
	z.credit("CN-001", "2026-06-01", "210.00")
	return x, y, z
}

func TestFX1(t *testing.T) {
	asOf := day("2026-06-30")
	x, y, z := fx1()
	gross, overdue, unapplied, net := eur("0"), eur("0"), eur("0"), eur("0")
	buckets := make([]money.Amount, 5)
	for _, b := range []*book{x, y, z} {
		b.sound(t)
		aging := b.Aging(asOf, AgingOptions{})
		if len(aging) != 1 {
			t.Fatalf("customer %s has %d currencies", b.Customer.Number, len(aging))
		}
		g := aging[0]
		gross, overdue, unapplied, net = gross.Add(g.Gross), overdue.Add(g.Overdue), unapplied.Add(g.Unapplied), net.Add(g.Net)
		sum := eur("0")
		for i, n := range g.Buckets {
			buckets[i] = buckets[i].Add(n)
			sum = sum.Add(n)
		}
		if sum != g.Gross {
			t.Errorf("customer %s: the buckets sum to %s, gross is %s", b.Customer.Number, sum, g.Gross)
		}
	}
	got := []money.Amount{gross, overdue, unapplied, net}
	if diff := cmp.Diff([]money.Amount{eur("6610.00"), eur("4610.00"), eur("310.00"), eur("6300.00")}, got); diff != "" {
		t.Errorf("gross, overdue, unapplied, net (-want +got):\n%s", diff)
	}
	want := []money.Amount{eur("2000.00"), eur("2000.00"), eur("1210.00"), eur("600.00"), eur("800.00")}
	if diff := cmp.Diff(want, buckets); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
	// "Overdue % = 4,610/6,610 = 69.7 %".
	if share := overdue.Minor * 1000 / gross.Minor; share != 697 {
		t.Errorf("overdue is %d thousandths of gross", share)
	}
}

func TestFX1PerDocument(t *testing.T) {
	asOf := day("2026-06-30")
	x, y, z := fx1()
	tests := []struct {
		b      *book
		number string
		open   string
		dpd    int
		bucket string
		status DocStatus
	}{
		{x, "INV-001", "600.00", 90, "61–90", StatusOverdue},
		{x, "INV-002", "2000.00", 27, "1–30", StatusOverdue},
		{y, "INV-003", "1500.00", -10, "current", StatusOpen},
		{y, "INV-004", "800.00", 136, ">90", StatusOverdue},
		{z, "INV-005", "1210.00", 41, "31–60", StatusOverdue},
		{y, "INV-006", "500.00", 0, "current", StatusOpen},
		{z, "CN-001", "210.00", 0, "", StatusOpen},
	}
	bounds := DefaultBounds(ByDueDate)
	for _, tt := range tests {
		t.Run(tt.number, func(t *testing.T) {
			for _, d := range tt.b.Documents {
				if d.Number != tt.number {
					continue
				}
				open := tt.b.Open(d.ID, asOf)
				if open != eur(tt.open) {
					t.Errorf("open is %s; want %s", open, tt.open)
				}
				if got := Status(d, open, asOf); got != tt.status {
					t.Errorf("status is %s; want %s", got, tt.status)
				}
				if !d.Type.Debit() {
					continue
				}
				if got := DaysPastDue(d, asOf); got != tt.dpd {
					t.Errorf("days past due is %d; want %d", got, tt.dpd)
				}
				if got := bounds.Label(bounds.Bucket(DaysPastDue(d, asOf))); got != tt.bucket {
					t.Errorf("bucket is %s; want %s", got, tt.bucket)
				}
			}
		})
	}
}

func TestAsOfBeforeThePayment(t *testing.T) {
	x, _, _ := fx1()
	want := []Balance{{Currency: "EUR", Gross: eur("1000.00"), Overdue: eur("1000.00"), Unapplied: eur("0"), Net: eur("1000.00")}}
	if diff := cmp.Diff(want, x.Balances(day("2026-04-30"))); diff != "" {
		t.Errorf("on 30 April (-want +got):\n%s", diff)
	}
	want[0].Gross, want[0].Overdue, want[0].Net = eur("600.00"), eur("600.00"), eur("600.00")
	if diff := cmp.Diff(want, x.Balances(day("2026-05-01"))); diff != "" {
		t.Errorf("on the day of the payment (-want +got):\n%s", diff)
	}
	if got := x.Balances(day("2026-03-01")); len(got) != 0 {
		t.Errorf("before the first document: %v", got)
	}
}

func TestCurrenciesStayApart(t *testing.T) {
	b := newBook("1")
	b.invoice("1", "2026-01-01", "2026-01-31", "10.00")
	b.invoice("2", "2026-01-01", "2026-01-31", "20.00")
	b.Documents[1].Total.Currency = "JPY"
	r := b.receipt("2026-02-01", "5.00")
	b.Receipts[0].Amount.Currency = "JPY"
	b.sound(t)
	want := []Balance{
		{Currency: "EUR", Gross: eur("10.00"), Overdue: eur("10.00"), Unapplied: eur("0"), Net: eur("10.00")},
		{"JPY", money.Of(2000, "JPY"), money.Of(2000, "JPY"), money.Of(500, "JPY"), money.Of(1500, "JPY")},
	}
	if diff := cmp.Diff(want, b.Balances(day("2026-02-01"))); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
	err := CheckAllocation(&b.Account, Source{Receipt: r}, []Line{{Document: b.Documents[0].ID, Amount: 500}}, day("2026-02-01"))
	wantCode(t, err, "ledger.currency")
	if got := OldestFirst(b.OpenItems(day("2026-02-01")), b.Receipts[0].Amount); len(got) != 1 || got[0].Document != b.Documents[1].ID {
		t.Errorf("yen went to %v", got)
	}
}

func TestVoidedDocumentKeepsThePast(t *testing.T) {
	b := newBook("1")
	id := b.invoice("1", "2026-01-01", "2026-01-31", "10.00")
	if err := CheckVoid(&b.Account, id, day("2026-03-01")); err != nil {
		t.Fatal(err)
	}
	b.Documents[0].State, b.Documents[0].VoidedOn = Void, day("2026-03-01")
	b.sound(t)
	if got := b.Open(id, day("2026-02-28")); got != eur("10.00") {
		t.Errorf("open before it was voided is %s", got)
	}
	if got := b.Open(id, day("2026-03-01")); got != eur("0") {
		t.Errorf("open once voided is %s", got)
	}
	if got := Status(b.Documents[0], eur("0"), day("2026-03-01")); got != StatusVoid {
		t.Errorf("status is %s", got)
	}
	if got := b.Balances(day("2026-03-01")); len(got) != 0 {
		t.Errorf("balances with nothing but a void document: %v", got)
	}
}

func TestUnknownIDsAnswerZero(t *testing.T) {
	b := newBook("1")
	on := day("2026-01-01")
	for _, got := range []money.Amount{
		b.Open(DocumentID{1}, on), b.Unapplied(ReceiptID{1}, on), b.Allocated(DocumentID{1}, on), b.Returned(ReceiptID{1}, on),
		b.Room(DocumentID{1}, on), b.Spare(Source{Receipt: ReceiptID{1}}, on), b.Discount(DocumentID{1}, on),
		b.AllocatedFrom(DocumentID{1}, FromReceipt, on), b.Earned(DocumentID{1}, 1, on, on),
	} {
		if got != (money.Amount{}) {
			t.Errorf("an unknown id answers %v", got)
		}
	}
	if b.AllocationsOf(DocumentID{1}) != nil || b.AllocationsFrom(ReceiptID{1}) != nil {
		t.Error("an unknown id has allocations")
	}
}

func TestIndexFollowsNewRecords(t *testing.T) {
	b := newBook("1")
	id := b.invoice("1", "2026-01-01", "2026-01-31", "10.00")
	if got := b.Open(id, day("2026-02-01")); got != eur("10.00") {
		t.Fatalf("open is %s", got)
	}
	r := b.receipt("2026-02-01", "4.00")
	al := b.apply(Source{Receipt: r}, id, "4.00", "2026-02-01")
	if got := b.Open(id, day("2026-02-01")); got != eur("6.00") {
		t.Errorf("open after the payment is %s", got)
	}
	back := b.reverse(al, day("2026-03-01"))
	if by, ok := b.Reversed(al); !ok || by != back {
		t.Errorf("reversed by %v, %v", by, ok)
	}
	if got := b.Open(id, day("2026-02-28")); got != eur("6.00") {
		t.Errorf("open before the reversal counts is %s", got)
	}
	if got := b.Open(id, day("2026-03-01")); got != eur("10.00") {
		t.Errorf("open after the reversal is %s", got)
	}
	if got := len(b.AllocationsOf(id)) + len(b.AllocationsFrom(r)); got != 4 {
		t.Errorf("%d allocations listed; want 2 on either side", got)
	}
}

func TestAgingBounds(t *testing.T) {
	bounds := DefaultBounds(ByDueDate)
	for days, want := range map[int]string{
		-400: "current", 0: "current", 1: "1–30", 30: "1–30", 31: "31–60", 60: "31–60", 61: "61–90", 90: "61–90", 91: ">90", 4000: ">90",
	} {
		if got := bounds.Label(bounds.Bucket(days)); got != want {
			t.Errorf("%d days past due is in %s; want %s", days, got, want)
		}
	}
	byInvoice := DefaultBounds(ByInvoiceDate)
	for days, want := range map[int]string{0: "0–30", 30: "0–30", 31: "31–60", 91: ">90"} {
		if got := byInvoice.Label(byInvoice.Bucket(days)); got != want {
			t.Errorf("%d days after the invoice is in %s; want %s", days, got, want)
		}
	}
	wantCode(t, Bounds{30, 30}.Check(), "ledger.bounds")
	wantCode(t, Bounds{}.Check(), "ledger.bounds")
	wantCode(t, bounds.Check(), "")
}

func TestAgingByInvoiceDateAndCreditsByOwnDate(t *testing.T) {
	asOf := day("2026-06-30")
	x, _, z := fx1()
	got := x.Aging(asOf, AgingOptions{Basis: ByInvoiceDate})[0].Buckets
	want := []money.Amount{eur("0"), eur("2000.00"), eur("0"), eur("600.00")} // 57 and 120 days old
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by invoice date (-want +got):\n%s", diff)
	}
	got = z.Aging(asOf, AgingOptions{AgeCredits: true})[0].Buckets
	want = []money.Amount{eur("0"), eur("-210.00"), eur("1210.00"), eur("0"), eur("0")} // the credit is 29 days old
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("credits by own date (-want +got):\n%s", diff)
	}
}

func TestStatus(t *testing.T) {
	invoice := Document{Type: Invoice, Issued: day("2026-05-01"), Due: day("2026-05-31"), Total: eur("100.00")}
	credit := Document{Type: CreditNote, Issued: day("2026-05-01"), Total: eur("100.00")}
	tests := []struct {
		name string
		doc  Document
		open string
		on   string
		want string
	}{
		{"nothing paid", invoice, "100.00", "2026-05-31", "open"},
		{"one day late", invoice, "100.00", "2026-06-01", "overdue"},
		{"part paid", invoice, "1.00", "2026-05-31", "partly paid"},
		{"part paid and late", invoice, "1.00", "2026-06-01", "overdue"},
		{"paid", invoice, "0.00", "2026-06-01", "paid"},
		{"not yet issued", invoice, "0.00", "2026-04-30", "upcoming"},
		{"credit is never overdue", credit, "100.00", "2026-12-31", "open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Status(tt.doc, eur(tt.open), day(tt.on))
			if got.String() != tt.want {
				t.Errorf("status is %s; want %s", got, tt.want)
			}
			if back, ok := ParseStatus(tt.want); !ok || back != got {
				t.Errorf("%q reads back as %v, %v", tt.want, back, ok)
			}
		})
	}
	if _, ok := ParseStatus("late"); ok {
		t.Error("an unknown status was read")
	}
}

func TestTerms(t *testing.T) {
	tests := []struct {
		terms       Terms
		issued, due string
	}{
		{Terms{Days: 30}, "2026-07-01", "2026-07-31"},
		{Terms{Days: 30}, "2026-01-31", "2026-03-02"},
		{Terms{}, "2026-01-31", "2026-01-31"},
		{Terms{Days: 45, MonthEnd: DaysThenMonthEnd}, "2026-01-10", "2026-02-28"},
		{Terms{Days: 45, MonthEnd: MonthEndThenDays}, "2026-01-10", "2026-03-17"},
		{Terms{Days: 0, MonthEnd: DaysThenMonthEnd}, "2028-02-03", "2028-02-29"},
	}
	for _, tt := range tests {
		if got := tt.terms.Due(day(tt.issued)); got != day(tt.due) {
			t.Errorf("%v from %s is due %s; want %s", tt.terms, tt.issued, got, tt.due)
		}
	}
	if got := TermsOf(Customer{TermDays: 14}); got.Days != 14 {
		t.Errorf("own terms: %v", got)
	}
	if got := TermsOf(Customer{}); got.Days != DefaultTermDays {
		t.Errorf("no terms: %v", got)
	}
	if got := civil.Days(day("2026-05-01"), day("2026-05-02")); got != 1 {
		t.Errorf("due 1 May, looked at on 2 May, is %d days past due; want 1 (rulebook 0.4)", got)
	}
}
