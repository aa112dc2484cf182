package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// twoTen is rulebook 3's invoice of 1 July, 2/10 net 30.
func twoTen(total string, mode VATMode, proportional bool, tax ...TaxPart) Document {
	return Document{Type: Invoice, Number: "2/10", Issued: day("2026-07-01"), Due: day("2026-07-31"), Total: eur(total), Tax: tax,
		Discount: DiscountTerms{BasisPoints: 200, Until: day("2026-07-11"), Mode: mode, Proportional: proportional}}
}

var vat21 = TaxPart{RateMilli: 21000, Base: 100000, Tax: 21000}

func TestDiscountWorkedExamples(t *testing.T) {
	a := twoTen("1210.00", VATAdjust, false, vat21)
	b := twoTen("1210.00", VATNetOnly, false, vat21)
	c := twoTen("1205.80", VATDiscounted, false, TaxPart{RateMilli: 21000, Base: 98000, Tax: 20580})
	published := twoTen("120.58", VATDiscounted, false, TaxPart{RateMilli: 21000, Base: 9800, Tax: 2058})
	prop := twoTen("1210.00", VATAdjust, true, vat21)
	tests := []struct {
		name          string
		doc           Document
		credits, open string
		on            string
		want, pay     string
	}{
		{"mode A", a, "0", "1210.00", "2026-07-11", "24.20", "1185.80"},
		{"mode A, one day late", a, "0", "1210.00", "2026-07-12", "0.00", "1210.00"},
		{"mode B", b, "0", "1210.00", "2026-07-11", "20.00", "1190.00"},
		{"mode C", c, "0", "1205.80", "2026-07-11", "20.00", "1185.80"},
		{"mode C, published check", published, "0", "120.58", "2026-07-01", "2.00", "118.58"},
		{"credit note first", a, "242.00", "968.00", "2026-07-05", "19.36", "948.64"},
		{"part paid before, policy none", a, "0", "1000.00", "2026-07-05", "0.00", "1000.00"},
		{"part paid before, proportional", prop, "0", "605.00", "2026-07-05", "12.10", "592.90"},
		{"paid", a, "0", "0.00", "2026-07-05", "0.00", "0.00"},
		{"mode B without a tax split is free of VAT", twoTen("1000.00", VATNetOnly, false), "0", "1000.00", "2026-07-05", "20.00", "980.00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := DiscountOn(tt.doc, eur(tt.credits), eur(tt.open), day(tt.on))
			if got != eur(tt.want) {
				t.Errorf("discount is %s; want %s", got, tt.want)
			}
			if pay := eur(tt.open).Sub(got); pay != eur(tt.pay) {
				t.Errorf("to pay is %s; want %s", pay, tt.pay)
			}
		})
	}
	grace := a
	grace.Discount.GraceDays = 2
	if got := DiscountOn(grace, eur("0"), eur("1210.00"), day("2026-07-13")); got != eur("24.20") {
		t.Errorf("within the grace days the discount is %s", got)
	}
	credit := a
	credit.Type = CreditNote
	if got := DiscountOn(credit, eur("0"), eur("1210.00"), day("2026-07-05")); !got.IsZero() {
		t.Errorf("a credit note carries a discount of %s", got)
	}
}

func TestDiscountEarnedByAPayment(t *testing.T) {
	none := twoTen("1210.00", VATAdjust, false, vat21)
	prop := twoTen("1210.00", VATAdjust, true, vat21)
	tests := []struct {
		name       string
		doc        Document
		open, paid string
		on, want   string
	}{
		{"the discounted amount", none, "1210.00", "1185.80", "2026-07-11", "24.20"},
		{"a cent short", none, "1210.00", "1185.79", "2026-07-11", "0.00"},
		{"a little over: only the rest is given", none, "1210.00", "1200.00", "2026-07-11", "10.00"},
		{"in full: no discount is needed", none, "1210.00", "1210.00", "2026-07-11", "0.00"},
		{"too late", none, "1210.00", "1185.80", "2026-07-12", "0.00"},
		{"half, proportional: settles 605.00", prop, "1210.00", "592.90", "2026-07-11", "12.10"},
		{"the other half", prop, "605.00", "592.90", "2026-07-11", "12.10"},
		{"nothing", prop, "605.00", "0.00", "2026-07-11", "0.00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := DiscountFor(tt.doc, eur("0"), eur(tt.open), eur(tt.paid), day(tt.on)); got != eur(tt.want) {
				t.Errorf("earned %s; want %s", got, tt.want)
			}
		})
	}
}

func TestDiscountOnAnAccount(t *testing.T) {
	b := newBook("1")
	id := b.invoice("INV-1", "2026-07-01", "2026-07-31", "1210.00")
	b.Documents[0].Discount = DiscountTerms{BasisPoints: 200, Until: day("2026-07-11")}
	note := b.credit("CN-1", "2026-07-02", "242.00")
	b.apply(Source{Credit: note}, id, "242.00", "2026-07-02")
	if got := b.Discount(id, day("2026-07-11")); got != eur("19.36") {
		t.Errorf("offered %s", got)
	}
	if got := b.Discount(id, day("2026-07-12")); !got.IsZero() {
		t.Errorf("after the window %s is offered", got)
	}
	// The money came in time and is allocated later: the day of the money decides.
	r := b.receipt("2026-07-10", "948.64")
	lines := []Line{{Document: id, Amount: 94864, Discount: 1936}}
	if err := CheckAllocation(&b.Account, Source{Receipt: r}, lines, day("2026-07-20")); err != nil {
		t.Fatal(err)
	}
	if got := b.Fit(Source{Receipt: r}, lines, day("2026-07-20")); len(got) != 1 || got[0].Line != lines[0] {
		t.Errorf("fitted %v", got)
	}
	late := b.receipt("2026-07-12", "948.64")
	wantCode(t, CheckAllocation(&b.Account, Source{Receipt: late}, lines, day("2026-07-20")), "ledger.discount_not_earned")
	if got := b.Fit(Source{Receipt: late}, lines, day("2026-07-20")); len(got) != 1 || got[0].Discount != 0 || got[0].Amount != 94864 {
		t.Errorf("late money fitted %v", got)
	}
}

func TestSplitDiscount(t *testing.T) {
	tests := []struct {
		name     string
		doc      Document
		discount string
		want     []TaxPart
	}{
		{"mode A, one rate", twoTen("1210.00", VATAdjust, false, vat21), "24.20", []TaxPart{{21000, 2000, 420}}},
		{"mode B keeps the VAT", twoTen("1210.00", VATNetOnly, false, vat21), "20.00", []TaxPart{{21000, 2000, 0}}},
		{"two rates, largest remainder", twoTen("230.00", VATAdjust, false, TaxPart{21000, 10000, 2100}, TaxPart{9000, 10000, 900}), "4.60",
			[]TaxPart{{21000, 200, 42}, {9000, 200, 18}}},
		{"an odd cent goes to the larger remainder", twoTen("230.00", VATNetOnly, false, TaxPart{21000, 10000, 2100}, TaxPart{9000, 10000, 900}), "0.01",
			[]TaxPart{{21000, 1, 0}, {9000, 0, 0}}},
		{"no split known", twoTen("230.00", VATAdjust, false), "4.60", []TaxPart{{0, 460, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := SplitDiscount(tt.doc, eur(tt.discount))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var sum int64
			for _, p := range got {
				sum += p.Base + p.Tax
			}
			if sum != eur(tt.discount).Minor {
				t.Errorf("the parts sum to %d", sum)
			}
		})
	}
}

func TestCreditAfterDiscount(t *testing.T) {
	doc := twoTen("1210.00", VATAdjust, false, vat21)
	if got := CreditAfterDiscount(doc, eur("24.20"), eur("121.00")); got != eur("118.58") {
		t.Errorf("a tenth credited after the discount is worth %s", got)
	}
	if got := CreditAfterDiscount(Document{Total: money.Of(0, "EUR")}, eur("0"), eur("1.00")); got != eur("1.00") {
		t.Errorf("on a zero document it is worth %s", got)
	}
}
