package books_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
)

// TestIntent: one reference for one selection, however often and in whatever order it is asked for.
func TestIntent(t *testing.T) {
	b := bookstest.Open(t)
	x, y := b.Customer("X"), b.Customer("Y")
	late := b.Invoice(x, "1", "2026-03-02", "2026-06-01", 1000)
	early := b.Invoice(x, "2", "2026-03-02", "2026-04-01", 1000)
	credit := b.Document(x, ledger.CreditNote, "C1", "2026-03-02", "", 500)
	foreign := b.Invoice(y, "3", "2026-03-02", "2026-04-01", 1000)
	put := func(c ledger.Customer, docs ...ledger.DocumentID) (ledger.Intent, error) {
		return b.PutIntent(b.Ctx, b.Meta(), c.ID, "EUR", docs)
	}
	both, err := put(x, late.ID, early.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]ledger.DocumentID{early.ID, late.ID}, both.Documents); d != "" {
		t.Errorf("not in the order of settling:\n%s", d)
	}
	if rf, err := reference.ParseRF(both.Reference); err != nil || rf != both.Reference || len(rf) > 12 {
		t.Errorf("%q: %v", both.Reference, err)
	}
	head := func() (n uint64) {
		_ = b.View(b.Ctx, func(r *books.Reader) (err error) { n, err = r.Head(); return err })
		return n
	}
	before := head()
	if again, err := put(x, early.ID, late.ID, early.ID); err != nil || !cmp.Equal(again, both) {
		t.Errorf("%+v, %v; want %+v", again, err, both)
	}
	if head() != before {
		t.Error("asking again left a trace in the journal")
	}
	seen := map[string]bool{both.Reference: true}
	for _, docs := range [][]ledger.DocumentID{nil, {early.ID}, {late.ID}} {
		i, err := put(x, docs...)
		if err != nil || seen[i.Reference] {
			t.Errorf("%+v, %v", i, err)
		}
		seen[i.Reference] = true
	}
	if i, err := put(y); err != nil || seen[i.Reference] {
		t.Errorf("%+v, %v", i, err)
	}
	if i, err := b.PutIntent(b.Ctx, b.Meta(), x.ID, "USD", nil); err != nil || seen[i.Reference] {
		t.Errorf("%+v, %v", i, err)
	}
	_, err = put(x, foreign.ID)
	wantCode(t, err, "document.unknown")
	_, err = put(x, credit.ID)
	wantCode(t, err, "intent.document")
	_, err = b.PutIntent(b.Ctx, b.Meta(), x.ID, "USD", []ledger.DocumentID{late.ID})
	wantCode(t, err, "intent.document")
	_, err = b.PutIntent(b.Ctx, journal.Meta{}, x.ID, "EUR", nil)
	wantCode(t, err, "customer.unknown")

	b.Reopen()
	err = b.View(b.Ctx, func(r *books.Reader) error {
		got, err := r.IntentByReference(b.Firm.ID, reference.Groups(both.Reference))
		if err != nil || !cmp.Equal(got, both) {
			t.Errorf("%+v, %v; want %+v", got, err, both)
		}
		_, err = r.IntentByReference(b.Firm.ID, "RF18539007547034")
		wantCode(t, err, "intent.unknown")
		_, err = r.IntentByReference(ledger.FirmID{1}, both.Reference)
		wantCode(t, err, "intent.unknown")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestIntentAtOnce: a hundred requests for the same reference make one.
func TestIntentAtOnce(t *testing.T) {
	b := bookstest.Open(t)
	x := b.Customer("X")
	var wg sync.WaitGroup
	refs := make([]string, 100)
	for i := range refs {
		wg.Go(func() {
			got, err := b.PutIntent(b.Ctx, b.Meta(), x.ID, "EUR", nil)
			if err != nil {
				t.Error(err)
			}
			refs[i] = got.Reference
		})
	}
	wg.Wait()
	for _, r := range refs {
		if r != refs[0] {
			t.Fatalf("%s and %s", refs[0], r)
		}
	}
}

// TestPortalIntent: a pay link asks for its own selection only.
func TestPortalIntent(t *testing.T) {
	b := bookstest.Open(t)
	x := b.Customer("X")
	mine, other := b.Invoice(x, "1", "2026-03-02", "2026-06-01", 1000), b.Invoice(x, "2", "2026-03-02", "2026-06-01", 1000)
	v := b.Portal(books.Scope{Firm: b.Firm.ID, Customer: x.ID, Documents: []ledger.DocumentID{mine.ID}})
	whole, err := v.Intent(b.Ctx, journal.Meta{}, money.Currency("EUR"), nil)
	if err != nil || len(whole.Documents) != 1 || whole.Documents[0] != mine.ID {
		t.Errorf("%+v, %v", whole, err)
	}
	_, err = v.Intent(b.Ctx, journal.Meta{}, "EUR", []ledger.DocumentID{other.ID})
	wantCode(t, err, "document.unknown")
}
