package demo

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store/bolt"
)

// summary is what the sample firm comes to.
type summary struct {
	Customers, Invoices, Credits, Receipts int
	Gross, Overdue, Unapplied              map[money.Currency]int64
	Head                                   uint64
}

func build(t *testing.T, now time.Time) summary {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := bolt.Create(path); err != nil {
		t.Fatal(err)
	}
	eng, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	firm, err := Build(ctx, eng, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := books.Open(ctx, eng, civil.NewManual(now))
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Verify(ctx, true)
	if err != nil || !v.OK {
		t.Fatalf("the sample firm's books are not sound: %+v, %v", v, err)
	}
	s := summary{Gross: map[money.Currency]int64{}, Overdue: map[money.Currency]int64{}, Unapplied: map[money.Currency]int64{}}
	err = b.View(ctx, func(r *books.Reader) error {
		today, err := r.Today(firm.ID)
		if err != nil {
			return err
		}
		for c, err := range r.Customers(firm.ID) {
			if err != nil {
				return err
			}
			a, err := r.Account(c.ID)
			if err != nil {
				return err
			}
			s.Customers++
			s.Receipts += len(a.Receipts)
			for _, d := range a.Documents {
				if d.Type == ledger.CreditNote {
					s.Credits++
				} else {
					s.Invoices++
				}
			}
			for _, bal := range a.Balances(today) {
				s.Gross[bal.Currency] += bal.Gross.Minor
				s.Overdue[bal.Currency] += bal.Overdue.Minor
				s.Unapplied[bal.Currency] += bal.Unapplied.Minor
			}
		}
		s.Head, err = r.Head()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSampleFirm(t *testing.T) {
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	s := build(t, now)
	t.Logf("%+v", s)
	if s.Customers != 60 || s.Invoices < 700 || s.Invoices > 950 || s.Credits < 5 {
		t.Errorf("%d customers, %d invoices, %d credit notes", s.Customers, s.Invoices, s.Credits)
	}
	for _, c := range []money.Currency{"EUR", "GBP"} {
		if s.Gross[c] == 0 || s.Overdue[c] == 0 || s.Overdue[c] >= s.Gross[c] {
			t.Errorf("%s: %d open of which %d overdue", c, s.Gross[c], s.Overdue[c])
		}
	}
	if s.Unapplied["EUR"] == 0 {
		t.Error("nobody has credit on account")
	}
	if diff := cmp.Diff(s, build(t, now)); diff != "" {
		t.Errorf("the same day gave another firm (-first +second):\n%s", diff)
	}
}
