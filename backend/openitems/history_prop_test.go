package openitems_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
)

type drawn struct{ t *rapid.T }

func (d drawn) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "choice") }

// TestRandomHistories: columns that followed and columns that are loaded afresh both answer as the accounts do, for any
// date, and pages joined together are the whole list.
func TestRandomHistories(t *testing.T) {
	if testing.Short() {
		t.Skip("random histories take some seconds")
	}
	b := bookstest.Open(t)
	followed := follow(t, b)
	rapid.Check(t, func(rt *rapid.T) {
		b.NewFirm()
		h := b.History(drawn{rt})
		h.Run(rapid.IntRange(1, 30).Draw(rt, "operations"))
		if rapid.Bool().Draw(rt, "plan") {
			agreeOnPlan(rt, h)
			h.Run(rapid.IntRange(0, 10).Draw(rt, "operations in a plan"))
		}
		fresh(t, b, followed)
		compared := []*openitems.Columns{followed}
		if rapid.IntRange(0, 3).Draw(rt, "load") == 0 { // the books of all checks together: dear
			loaded, err := openitems.Load(b.Ctx, b.Books)
			if err != nil {
				rt.Fatal(err)
			}
			compared = append(compared, loaded)
		}
		for _, c := range compared {
			for n := -60; n <= 90; n += 30 {
				agree(rt, h, c, h.Today().AddDays(n))
				forecastAgrees(rt, h, c, h.Today().AddDays(n))
			}
			pages(rt, h, c)
		}
	})
}

// agreeOnPlan puts everything that a customer has open in one currency into a payment plan.
func agreeOnPlan(t *rapid.T, h *bookstest.History) {
	for _, c := range h.Customers {
		items := h.Account(c.ID).OpenItems(h.Today())
		if len(items) == 0 {
			continue
		}
		total := money.Of(0, items[0].Open.Currency)
		var ids []ledger.DocumentID
		for _, it := range items {
			if it.Open.Currency == total.Currency && it.Issued <= h.Today() {
				total, ids = total.Add(it.Open), append(ids, it.ID)
			}
		}
		parts, err := ledger.ProposePlan(total, rapid.IntRange(2, 5).Draw(t, "instalments"), h.Today().AddDays(rapid.IntRange(0, 20).Draw(t, "first")))
		if err != nil {
			continue // too little to be cut
		}
		p, err := h.DraftPlan(h.Ctx, h.Meta(), ledger.Plan{Customer: c.ID, Documents: ids, Instalments: parts})
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
			if _, err := h.MovePlan(h.Ctx, h.Meta(), p.ID, to, ""); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
}

type fataler interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func agree(t fataler, h *bookstest.History, c *openitems.Columns, asOf civil.Date) {
	o := ledger.AgingOptions{Basis: ledger.AgingBasis(asOf % 2), AgeCredits: asOf%3 == 0}
	reports, err := c.Aging(h.Firm.ID, asOf, o, true)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]ledger.Aging{}
	for _, r := range reports {
		for _, cu := range r.Customers {
			got[cu.Customer.String()+string(cu.Aging.Currency)] = cu.Aging
		}
	}
	docs, err := c.Documents(h.Ctx, openitems.DocumentQuery{Firm: h.Firm.ID, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[ledger.DocumentID]openitems.Document{}
	for _, d := range docs.Rows {
		rows[d.ID] = d
	}
	for _, cu := range h.Customers {
		a := h.Account(cu.ID)
		for _, want := range a.Aging(asOf, o) {
			if want.Gross.IsZero() && want.Unapplied.IsZero() {
				continue
			}
			if diff := cmp.Diff(want, got[cu.ID.String()+string(want.Currency)]); diff != "" {
				t.Fatalf("customer %s on %s (-account +columns):\n%s", cu.Number, asOf, diff)
			}
			delete(got, cu.ID.String()+string(want.Currency))
		}
		for _, d := range a.Documents {
			open := a.Open(d.ID, asOf)
			row, ok := rows[d.ID]
			if ok == d.VoidOn(asOf) || ok && (row.Open != open || row.Status != a.StatusOn(d, asOf) || row.DueOn != a.DueOn(d, asOf)) {
				t.Fatalf("%s on %s is %s, %s; on the list %v %s, %s", d.Number, asOf, open, a.StatusOn(d, asOf), ok, row.Open, row.Status)
			}
		}
	}
	if len(got) != 0 {
		t.Fatalf("balances of nobody: %v", got)
	}
	agreeOnLists(t, h, c, asOf)
}

// agreeOnLists compares the lists of payments and customers with the accounts.
func agreeOnLists(t fataler, h *bookstest.History, c *openitems.Columns, asOf civil.Date) {
	payments, err := c.Receipts(h.Ctx, openitems.ReceiptQuery{Firm: h.Firm.ID, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	customers, err := c.Customers(h.Ctx, openitems.CustomerQuery{Firm: h.Firm.ID, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	balances := map[string]ledger.Balance{}
	for _, cu := range customers.Rows {
		balances[cu.ID.String()+string(cu.Balance.Currency)] = cu.Balance
	}
	left, back := map[ledger.ReceiptID]money.Amount{}, map[ledger.ReceiptID]money.Amount{}
	for _, cu := range h.Customers {
		a := h.Account(cu.ID)
		for _, r := range a.Receipts {
			left[r.ID], back[r.ID] = a.Unapplied(r.ID, asOf), a.Returned(r.ID, asOf)
		}
		for _, want := range a.Balances(asOf) {
			if got, listed := balances[cu.ID.String()+string(want.Currency)]; listed && got != want {
				t.Fatalf("customer %s on %s has %+v, on the list %+v", cu.Number, asOf, want, got)
			} else if !listed && !(want.Gross.IsZero() && want.Unapplied.IsZero()) {
				t.Fatalf("customer %s is not on the list with %+v", cu.Number, want)
			}
		}
	}
	for _, r := range payments.Rows {
		if r.Customer.IsZero() {
			continue
		}
		if r.Left != left[r.ID] || r.Returned != back[r.ID] {
			t.Fatalf("payment of %s on %s: %s left and %s returned, on the list %s and %s", r.Date, asOf, left[r.ID], back[r.ID], r.Left, r.Returned)
		}
	}
}

// pages walks each list in pieces and compares it with the whole.
func pages(t *rapid.T, h *bookstest.History, c *openitems.Columns) {
	sort := rapid.SampledFrom([]string{"", "-number", "open", "-customer", "due", "days_late"}).Draw(t, "sort")
	q := openitems.DocumentQuery{Firm: h.Firm.ID, AsOf: h.Today(), Page: openitems.Page{Sort: sort}}
	whole, err := c.Documents(h.Ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var pieces []string
	for q.Limit = rapid.IntRange(1, 5).Draw(t, "limit"); ; {
		l, err := c.Documents(h.Ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, numbers(l)...)
		if q.Cursor = l.Next; l.Next == "" {
			break
		}
	}
	if !slices.Equal(pieces, numbers(whole)) || len(pieces) != whole.Count {
		t.Fatalf("pages by %q give %v, the list is %v of %d", sort, pieces, numbers(whole), whole.Count)
	}
	customers := openitems.CustomerQuery{Firm: h.Firm.ID, AsOf: h.Today(), Page: openitems.Page{Sort: "-open", Limit: 2}}
	seen := map[string]bool{}
	for {
		l, err := c.Customers(h.Ctx, customers)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.Rows {
			key := r.ID.String() + string(r.Balance.Currency)
			if seen[key] {
				t.Fatalf("customer %s comes twice", r.Number)
			}
			seen[key] = true
		}
		if customers.Cursor = l.Next; l.Next == "" {
			if len(seen) != l.Count {
				t.Fatalf("%d of %d customers came", len(seen), l.Count)
			}
			return
		}
	}
}
