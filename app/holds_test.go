package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Nobody is reminded of what is promised, disputed or planned: dunning is told of each.
func TestReminderHolds(t *testing.T) {
	b := bookstest.Open(t)
	today := civil.MustParse("2026-06-30")
	c := b.Customer("Jansen Bouw")
	invoice := func(number string) ledger.DocumentID {
		return b.Invoice(c, number, "2026-05-01", "2026-05-31", 10000).ID
	}
	free, promised, disputed, planned := invoice("F"), invoice("P"), invoice("D"), invoice("R")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{promised}, Amount: money.Of(10000, "EUR"), On: today + 3})
	must(err)
	_, err = b.OpenDispute(b.Ctx, b.Meta(), ledger.Dispute{Customer: c.ID, Reason: ledger.ReasonPrice, Currency: "EUR",
		Lines: []ledger.DisputeLine{{Document: disputed, Amount: 4000}}})
	must(err)
	plan, err := b.DraftPlan(b.Ctx, b.Meta(), ledger.Plan{Customer: c.ID, Documents: []ledger.DocumentID{planned},
		Instalments: []ledger.Instalment{{Due: today + 10, Amount: 5000}, {Due: today + 40, Amount: 5000}}})
	must(err)
	for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
		_, err = b.MovePlan(b.Ctx, b.Meta(), plan.ID, to, "")
		must(err)
	}
	got := map[ledger.DocumentID]dunning.Hold{}
	must(b.View(b.Ctx, func(r *books.Reader) error {
		holds, broken, err := commitments{}.Holds(r, c.ID, today)
		for _, h := range holds {
			got[h.Document] = h
		}
		if broken != 0 {
			t.Errorf("%d promises broken, of one that is open", broken)
		}
		return err
	}))
	want := map[ledger.DocumentID]dunning.Hold{
		promised: {Document: promised, Promised: (today + 3).AddBusinessDays(ledger.PromiseGraceDays)},
		disputed: {Document: disputed, Disputed: 4000},
		planned:  {Document: planned, Plan: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, held := got[free]; held {
		t.Error("a free invoice is held")
	}
}
