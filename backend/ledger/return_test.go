package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// carryOut writes what a plan says, as books does.
func (b *book) carryOut(r ReceiptID, amount money.Amount, plan ReturnPlan) ReturnID {
	for _, v := range plan.Reverse {
		b.reverse(v.Allocation, v.Effective)
	}
	for _, p := range plan.Reapply {
		b.apply(Source{Receipt: r}, p.Document, money.Of(p.Amount, amount.Currency).String(), p.Effective.String())
		if p.Discount > 0 {
			b.add(Allocation{Document: p.Document, Kind: FromDiscount, Receipt: r, Amount: money.Of(p.Discount, amount.Currency), Effective: p.Effective})
		}
	}
	return b.returned(r, amount.String(), plan.Date.String())
}

func TestPlanReturn(t *testing.T) {
	build := func() (*book, ReceiptID, [2]AllocationID, [2]DocumentID) {
		b := newBook("1")
		one := b.invoice("1", "2026-01-01", "2026-01-31", "60.00")
		two := b.invoice("2", "2026-01-01", "2026-01-31", "40.00")
		r := b.receipt("2026-02-01", "110.00")
		first := b.apply(Source{Receipt: r}, one, "60.00", "2026-02-01")
		second := b.apply(Source{Receipt: r}, two, "40.00", "2026-02-10")
		return b, r, [2]AllocationID{first, second}, [2]DocumentID{one, two}
	}
	tests := []struct {
		name   string
		amount string
		on     string
		want   func(al [2]AllocationID, doc [2]DocumentID) ReturnPlan
	}{
		{"what is unapplied reopens nothing", "10.00", "2026-03-01", func([2]AllocationID, [2]DocumentID) ReturnPlan {
			return ReturnPlan{Date: day("2026-03-01")}
		}},
		{"the latest allocation first", "50.00", "2026-03-01", func(al [2]AllocationID, _ [2]DocumentID) ReturnPlan {
			return ReturnPlan{Date: day("2026-03-01"), Reverse: []Reversal{{al[1], day("2026-03-01")}}}
		}},
		{"a part is applied again", "30.00", "2026-03-01", func(al [2]AllocationID, doc [2]DocumentID) ReturnPlan {
			return ReturnPlan{Date: day("2026-03-01"), Reverse: []Reversal{{al[1], day("2026-03-01")}},
				Reapply: []Placement{{Line{Document: doc[1], Amount: 2000}, day("2026-03-01")}}}
		}},
		{"everything", "110.00", "2026-03-01", func(al [2]AllocationID, _ [2]DocumentID) ReturnPlan {
			return ReturnPlan{Date: day("2026-03-01"), Reverse: []Reversal{{al[1], day("2026-03-01")}, {al[0], day("2026-03-01")}}}
		}},
		{"dated before an allocation: that one goes on its own day", "50.00", "2026-02-05", func(al [2]AllocationID, _ [2]DocumentID) ReturnPlan {
			return ReturnPlan{Date: day("2026-02-05"), Reverse: []Reversal{{al[1], day("2026-02-10")}}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, r, al, doc := build()
			got, err := PlanReturn(&b.Account, r, eur(tt.amount), day(tt.on))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want(al, doc), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			b.carryOut(r, eur(tt.amount), got)
			b.sound(t)
			if rest, want := b.Unapplied(r, day("2026-12-31")).Minor, max(0, 1000-eur(tt.amount).Minor); rest != want {
				t.Errorf("unapplied afterwards is %d; want %d", rest, want)
			}
		})
	}
	b, r, _, _ := build()
	for _, tt := range []struct {
		receipt          ReceiptID
		amount, on, code string
	}{
		{r, "110.01", "2026-03-01", "ledger.return_exceeded"},
		{r, "0.00", "2026-03-01", "ledger.amount"},
		{r, "1.00", "2026-01-31", "ledger.before_source"},
		{ReceiptID{9}, "1.00", "2026-03-01", "ledger.receipt_unknown"},
	} {
		_, err := PlanReturn(&b.Account, tt.receipt, eur(tt.amount), day(tt.on))
		wantCode(t, err, tt.code)
	}
	_, err := PlanReturn(&b.Account, r, money.Of(1, "USD"), day("2026-03-01"))
	wantCode(t, err, "ledger.currency")
}

func TestReturnMovesPastAnAllocationThatStillStood(t *testing.T) {
	b := newBook("1")
	doc := b.invoice("1", "2026-01-01", "2026-01-31", "100.00")
	r := b.receipt("2026-02-01", "100.00")
	b.reverse(b.apply(Source{Receipt: r}, doc, "100.00", "2026-02-01"), day("2026-03-10"))
	plan, err := PlanReturn(&b.Account, r, eur("100.00"), day("2026-02-15"))
	if err != nil {
		t.Fatal(err)
	}
	if plan.Date != day("2026-03-10") || len(plan.Reverse) != 0 {
		t.Errorf("plan is %+v; want the first day on which the money was free", plan)
	}
	b.carryOut(r, eur("100.00"), plan)
	b.sound(t)
}

func TestReturnTakesTheDiscountWithIt(t *testing.T) {
	for _, proportional := range []bool{false, true} {
		b := newBook("1")
		doc := b.invoice("1", "2026-07-01", "2026-07-31", "1210.00")
		b.Documents[0].Discount = DiscountTerms{BasisPoints: 200, Until: day("2026-07-11"), Proportional: proportional}
		r := b.receipt("2026-07-10", "1185.80")
		b.apply(Source{Receipt: r}, doc, "1185.80", "2026-07-10")
		b.add(Allocation{Document: doc, Kind: FromDiscount, Receipt: r, Amount: eur("24.20"), Effective: day("2026-07-10")})
		if got := b.Open(doc, day("2026-07-10")); !got.IsZero() {
			t.Fatalf("open is %s", got)
		}
		plan, err := PlanReturn(&b.Account, r, eur("592.90"), day("2026-08-01"))
		if err != nil {
			t.Fatal(err)
		}
		b.carryOut(r, eur("592.90"), plan)
		b.sound(t)
		want := eur("617.10") // 1210.00 − 592.90: the discount is lost
		if proportional {
			want = eur("605.00") // half of it was still earned
		}
		if got := b.Open(doc, day("2026-08-01")); got != want {
			t.Errorf("proportional %v: open is %s; want %s", proportional, got, want)
		}
	}
}

func TestChargebackReopensWithTheOriginalDueDate(t *testing.T) {
	b := newBook("1")
	doc := b.invoice("1", "2026-01-01", "2026-01-31", "100.00")
	r := b.receipt("2026-02-01", "100.00")
	b.apply(Source{Receipt: r}, doc, "100.00", "2026-02-01")
	plan, err := PlanReturn(&b.Account, r, eur("100.00"), day("2026-03-02"))
	if err != nil {
		t.Fatal(err)
	}
	id := b.carryOut(r, eur("100.00"), plan)
	b.sound(t)
	aging := b.Aging(day("2026-03-02"), AgingOptions{})[0]
	if aging.Overdue != eur("100.00") || aging.Buckets[1] != eur("100.00") {
		t.Errorf("30 days past the original due date it is %+v", aging)
	}
	if got := b.Balances(day("2026-03-01"))[0].Gross; !got.IsZero() {
		t.Errorf("the day before, %s was open", got)
	}
	// The bank takes the chargeback back: the money is here again, once.
	wantCode(t, CheckUndoReturn(&b.Account, id, day("2026-03-01")), "ledger.before_return")
	wantCode(t, CheckUndoReturn(&b.Account, ReturnID{9}, day("2026-03-05")), "ledger.return_unknown")
	wantCode(t, CheckUndoReturn(&b.Account, id, day("2026-03-05")), "")
	undo := b.returned(r, "100.00", "2026-03-05")
	b.Returns[1].Undoes = id
	b.Account = Account{Customer: b.Customer, Documents: b.Documents, Receipts: b.Receipts, Returns: b.Returns, Allocations: b.Allocations}
	b.sound(t)
	wantCode(t, CheckUndoReturn(&b.Account, id, day("2026-03-05")), "ledger.undone")
	wantCode(t, CheckUndoReturn(&b.Account, undo, day("2026-03-05")), "ledger.is_undo")
	if got := b.Unapplied(r, day("2026-03-05")); got != eur("100.00") {
		t.Errorf("unapplied after the chargeback was undone is %s", got)
	}
}
