package books_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

func commitments(b *bookstest.Books, c ledger.CustomerID) (out ledger.Commitments) {
	b.T.Helper()
	if err := b.View(b.Ctx, func(r *books.Reader) (err error) { out, err = r.Commitments(c); return err }); err != nil {
		b.T.Fatal(err)
	}
	return out
}

func holds(b *bookstest.Books, c ledger.CustomerID, on string) (out ledger.Holds) {
	b.T.Helper()
	if err := b.View(b.Ctx, func(r *books.Reader) (err error) { out, err = r.Holds(c, civil.MustParse(on)); return err }); err != nil {
		b.T.Fatal(err)
	}
	return out
}

// TestAgreementsLast records one of each, opens the books again, and reads them as they were.
func TestAgreementsLast(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	one, two, three := b.Invoice(c, "1", "2026-05-01", "", 100000), b.Invoice(c, "2", "2026-05-02", "", 50000), b.Invoice(c, "3", "2026-05-03", "", 90000)

	m := b.Meta()
	m.Key = "promise-1"
	promise := ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{one.ID}, Amount: money.Of(100000, "EUR"), On: civil.MustParse("2026-07-03"),
		Method: ledger.MethodTransfer, By: "mevrouw Jansen", Channel: "phone", Note: "belde zelf"}
	p, err := b.RecordPromise(b.Ctx, m, promise)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.RecordPromise(b.Ctx, m, promise)
	if err != nil || cmp.Diff(p, again) != "" {
		t.Errorf("the same request again made %v, %v", again, err)
	}
	d, err := b.OpenDispute(b.Ctx, b.Meta(), ledger.Dispute{Customer: c.ID, Reason: ledger.ReasonPrice, Text: "te duur",
		Lines: []ledger.DisputeLine{{Document: two.ID, Amount: 20000}}})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := ledger.ProposePlan(money.Of(90000, "EUR"), 3, civil.MustParse("2026-07-10"))
	if err != nil {
		t.Fatal(err)
	}
	pl, err := b.DraftPlan(b.Ctx, b.Meta(), ledger.Plan{Customer: c.ID, Documents: []ledger.DocumentID{three.ID}, Instalments: parts})
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
		if pl, err = b.MovePlan(b.Ctx, b.Meta(), pl.ID, to, ""); err != nil {
			t.Fatal(err)
		}
	}
	before := commitments(b, c.ID)
	b.Reopen()
	want := ledger.Commitments{Promises: []ledger.Promise{p}, Disputes: []ledger.Dispute{d}, Plans: []ledger.Plan{pl}}
	if diff := cmp.Diff(want, commitments(b, c.ID)); diff != "" || cmp.Diff(before, want) != "" {
		t.Error(diff)
	}
	h := holds(b, c.ID, "2026-06-30")
	if h[one.ID].Promised != 100000 || h[two.ID].Disputed != 20000 || h[two.ID].Free != 30000 || h[three.ID].Planned != 90000 {
		t.Errorf("holds are %+v", h)
	}
	if a := b.Account(c.ID); a.Balances(civil.MustParse("2026-06-30"))[0].Overdue != money.Of(150000, "EUR") {
		t.Errorf("overdue is %s: what is in a plan is not", a.Balances(civil.MustParse("2026-06-30"))[0].Overdue)
	}
	_, err = b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{three.ID}, Amount: money.Of(1, "EUR"), On: civil.MustParse("2026-07-03")})
	wantCode(t, err, "promise.planned")
}

func TestOnePromisePerInvoice(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	inv := b.Invoice(c, "1", "2026-05-01", "", 90000)
	record := func(on string) (ledger.Promise, error) {
		return b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{inv.ID}, Amount: money.Of(90000, "EUR"), On: civil.MustParse(on)})
	}
	first, err := record("2026-07-01")
	if err != nil {
		t.Fatal(err)
	}
	second, err := record("2026-07-02")
	if err != nil || second.Extensions != 1 {
		t.Fatal(second, err)
	}
	if got := commitments(b, c.ID).Promises[0]; got.State != ledger.PromiseSuperseded || got.Next != second.ID {
		t.Errorf("the first is %s, followed by %s", got.State, got.Next)
	}
	_, err = b.CancelPromise(b.Ctx, b.Meta(), first.ID, "vergissing")
	wantCode(t, err, "promise.state")
	_, err = b.CancelPromise(b.Ctx, b.Meta(), second.ID, " ")
	wantCode(t, err, "promise.reason")

	// A plan takes the place of promises for its invoices.
	parts, _ := ledger.ProposePlan(money.Of(90000, "EUR"), 2, civil.MustParse("2026-07-10"))
	pl, err := b.DraftPlan(b.Ctx, b.Meta(), ledger.Plan{Customer: c.ID, Documents: []ledger.DocumentID{inv.ID}, Instalments: parts})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.MovePlan(b.Ctx, b.Meta(), pl.ID, ledger.PlanActive, "")
	wantCode(t, err, "plan.state")
	if _, err = b.MovePlan(b.Ctx, b.Meta(), pl.ID, ledger.PlanOffered, ""); err != nil {
		t.Fatal(err)
	}
	b.Pay(c, "2026-06-30", 10000, ledger.Line{Document: inv.ID, Amount: 10000})
	_, err = b.MovePlan(b.Ctx, b.Meta(), pl.ID, ledger.PlanActive, "")
	wantCode(t, err, "plan.sum") // part of it was paid after the offer
	parts, _ = ledger.ProposePlan(money.Of(80000, "EUR"), 2, civil.MustParse("2026-07-10"))
	if pl, err = b.DraftPlan(b.Ctx, b.Meta(), ledger.Plan{Customer: c.ID, Documents: []ledger.DocumentID{inv.ID}, Instalments: parts}); err != nil {
		t.Fatal(err)
	}
	for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
		if pl, err = b.MovePlan(b.Ctx, b.Meta(), pl.ID, to, ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := commitments(b, c.ID).Promises[1]; got.State != ledger.PromiseSuperseded {
		t.Errorf("beside a plan the promise is %s", got.State)
	}
}

func TestPromisesAndPlansAreJudgedOnce(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	inv := b.Invoice(c, "1", "2026-05-01", "", 90000)
	p, err := b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{inv.ID}, Amount: money.Of(50000, "EUR"),
		On: civil.MustParse("2026-07-03"), Method: ledger.MethodTransfer})
	if err != nil {
		t.Fatal(err)
	}
	b.Pay(c, "2026-07-07", 30000, ledger.Line{Document: inv.ID, Amount: 30000})
	b.Clock.Set(time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC))
	for i, want := range []bool{true, false} {
		out, err := b.Write(b.Ctx, b.Meta(), "promise.judged", nil, func(w *books.Writer) (err error) {
			p, err = w.JudgePromise(p.ID, civil.MustParse("2026-07-31"))
			return err
		})
		if err != nil || (out.Seq > 0) != want {
			t.Fatalf("%d: entry %d, %v", i, out.Seq, err)
		}
	}
	if p.State != ledger.PromisePartlyKept || p.Ended.String() != "2026-07-08" || p.Received != 30000 {
		t.Errorf("%s on %s with %d", p.State, p.Ended, p.Received)
	}
}

// TestAgreementsAreScoped guards that another firm, another customer and a pay link learn nothing of them.
func TestAgreementsAreScoped(t *testing.T) {
	b := bookstest.Open(t)
	c, other := b.Customer("Jansen Bouw"), b.Customer("Vermeer")
	inv := b.Invoice(c, "1", "2026-05-01", "", 90000)
	p, err := b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{inv.ID}, Amount: money.Of(1, "EUR"),
		On: civil.MustParse("2026-07-03"), Note: "intern"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.RecordPromise(b.Ctx, b.Meta(), ledger.Promise{Customer: other.ID, Documents: []ledger.DocumentID{inv.ID}, Amount: money.Of(1, "EUR"), On: civil.MustParse("2026-07-03")})
	wantCode(t, err, "document.unknown")

	firm, err := b.CreateFirm(b.Ctx, journal.Meta{}, ledger.Firm{Name: "Ander", Country: "NL", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	foreign := journal.Meta{Firm: firm.ID}
	_, err = b.CancelPromise(b.Ctx, foreign, p.ID, "x")
	wantCode(t, err, "promise.unknown")
	_, err = b.OpenDispute(b.Ctx, foreign, ledger.Dispute{Customer: c.ID, Reason: ledger.ReasonPrice, Lines: []ledger.DisputeLine{{Document: inv.ID}}})
	wantCode(t, err, "customer.unknown")

	for name, s := range map[string]books.Scope{
		"another customer": {Firm: b.Firm.ID, Customer: other.ID},
		"a pay link":       {Firm: b.Firm.ID, Customer: c.ID, Documents: []ledger.DocumentID{inv.ID}},
	} {
		if got, err := b.Portal(s).Account(b.Ctx); err != nil || len(got.Agreed.Promises) != 0 {
			t.Errorf("%s sees %v, %v", name, got, err)
		}
	}
	got, err := b.Portal(books.Scope{Firm: b.Firm.ID, Customer: c.ID}).Account(b.Ctx)
	if x := got.Agreed.Promises; err != nil || len(x) != 1 || x[0].Note != "" || x[0].RecordedBy != "" {
		t.Errorf("the customer sees %+v, %v", x, err)
	}
}
