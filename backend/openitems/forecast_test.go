package openitems_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
)

// paid posts an invoice of 100.00 that was paid some days late on a day.
func paid(b *bookstest.Books, c ledger.Customer, number string, on civil.Date, late int) {
	due := on.AddDays(-late)
	d := b.Invoice(c, number, due.AddDays(-30).String(), due.String(), 10000)
	b.Pay(c, on.String(), 10000, ledger.Line{Document: d.ID, Amount: 10000})
}

// The example of rulebook 1.8, from the books: a customer who pays ten days late is expected ten days late.
func TestForecast(t *testing.T) {
	b := bookstest.Open(t)
	today := day("2026-06-30")
	x, y := b.Customer("Xylofoon Muziek"), b.Customer("Yzer & Zn.")
	for i, p := range []struct{ late, ago int }{{-2, 300}, {5, 200}, {9, 90}, {12, 30}, {10, 10}} {
		paid(b, x, fmt.Sprintf("P-%d", i), today.AddDays(-p.ago), p.late)
	}
	open := b.Invoice(x, "Open-1", "2026-06-09", "2026-07-09", 121000)
	part := b.Invoice(x, "Open-2", "2026-06-10", "2026-07-10", 90000)
	b.Pay(x, "2026-06-15", 30000, ledger.Line{Document: part.ID, Amount: 30000})
	other := b.Invoice(y, "Open-3", "2026-06-10", "2026-07-10", 5000)
	credited := b.Invoice(y, "Gone", "2026-01-01", "2026-01-31", 7000)
	note := b.Document(y, ledger.CreditNote, "CN-1", "2026-06-01", "", 7000)
	if _, err := b.Allocate(b.Ctx, b.Meta(), ledger.Source{Credit: note.ID},
		[]ledger.Line{{Document: credited.ID, Amount: 7000}}, day("2026-06-20")); err != nil { // says nothing about when y pays
		t.Fatal(err)
	}
	c := follow(t, b)
	fresh(t, b, c)

	type line struct {
		Number, Date, Basis string
		N                   int
		Open                int64
	}
	lines := func(f openitems.Forecast) (out []line) {
		for _, i := range f.Invoices {
			out = append(out, line{i.Number, i.Date.String(), i.Basis.String(), i.Invoices, i.Open.Minor})
		}
		return out
	}
	weeks := func(f openitems.Forecast) (out []string) {
		for _, w := range f.Weeks {
			out = append(out, fmt.Sprintf("%s %s %d", w.Monday, w.Amount, w.Invoices))
		}
		return out
	}
	forecast := func() openitems.Forecast {
		t.Helper()
		f, err := c.Forecast(b.Firm.ID, today)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}

	f := forecast()
	want := []line{{"Open-3", "2026-07-10", "terms", 0, 5000}, {"Open-1", "2026-07-20", "customer", 5, 121000}, {"Open-2", "2026-07-20", "customer", 5, 60000}}
	if d := cmp.Diff(want, lines(f)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"2026-07-06 50.00 1", "2026-07-20 1810.00 2"}, weeks(f)); d != "" {
		t.Error(d)
	}

	// What was agreed goes first, a part of an invoice too; a dispute takes longer.
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: x.ID, Documents: []ledger.DocumentID{open.ID}, Amount: money.Of(20000, "EUR"), On: day("2026-07-01")})
	must(err)
	_, err = b.OpenDispute(b.Ctx, b.Meta(), ledger.Dispute{Customer: x.ID, Reason: ledger.ReasonPrice, Currency: "EUR", Lines: []ledger.DisputeLine{{Document: part.ID, Amount: 60000}}})
	must(err)
	plan, err := b.DraftPlan(b.Ctx, b.Meta(), ledger.Plan{Customer: y.ID, Documents: []ledger.DocumentID{other.ID},
		Instalments: []ledger.Instalment{{Due: day("2026-08-03"), Amount: 2500}, {Due: day("2026-09-01"), Amount: 2500}}})
	must(err)
	for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
		_, err = b.MovePlan(b.Ctx, b.Meta(), plan.ID, to, "")
		must(err)
	}
	fresh(t, b, c)
	f = forecast()
	want = []line{{"Open-1", "2026-07-20", "customer", 5, 121000}, {"Open-2", "2026-07-27", "customer", 5, 60000}, {"Open-3", "2026-09-01", "plan", 0, 5000}}
	if d := cmp.Diff(want, lines(f)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"2026-07-06 200.00 1", "2026-07-20 1010.00 1", "2026-07-27 600.00 1", "2026-08-03 25.00 1", "2026-08-31 25.00 1"}, weeks(f)); d != "" {
		t.Error(d)
	}

	got, err := c.Project(b.Firm.ID, today, open.ID, credited.ID, note.ID)
	if err != nil || len(got) != 1 || got[open.ID].Date != day("2026-07-20") {
		t.Errorf("projected %v, %v", got, err)
	}

	// What is learned later changes the forecast, not the one of an earlier day.
	b.Pay(y, "2026-07-20", 5000, ledger.Line{Document: other.ID, Amount: 5000})
	fresh(t, b, c)
	if d := cmp.Diff(3, len(forecast().Invoices)); d != "" {
		t.Error(d)
	}
}

// forecastAgrees: everything that is open is expected, once, and not before tomorrow.
func forecastAgrees(t fataler, h *bookstest.History, c *openitems.Columns, asOf civil.Date) {
	f, err := c.Forecast(h.Firm.ID, asOf)
	if err != nil {
		t.Fatal(err)
	}
	balances, err := c.Balances(h.Firm.ID, asOf)
	if err != nil {
		t.Fatal(err)
	}
	open, expected := map[money.Currency]int64{}, map[money.Currency]int64{}
	for _, x := range f.Invoices {
		open[x.Open.Currency] += x.Open.Minor
		if x.Date <= asOf || !x.Date.BusinessDay() {
			t.Fatalf("on %v an invoice is expected on %v", asOf, x.Date)
		}
	}
	for _, w := range f.Weeks {
		expected[w.Amount.Currency] += w.Amount.Minor
	}
	for _, b := range balances {
		if open[b.Currency] != b.Gross.Minor || expected[b.Currency] != b.Gross.Minor {
			t.Fatalf("on %v %v is open, %d in the forecast, %d in its weeks", asOf, b.Gross, open[b.Currency], expected[b.Currency])
		}
	}
}
