package backup

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Totals are the control totals of books at one journal entry.
type Totals struct {
	Seq       uint64    `json:"seq"`
	Documents int       `json:"documents"`
	Receipts  int       `json:"receipts"`
	Balances  []Balance `json:"balances"` // by customer and currency, in order
}

// Balance is what one customer owes and has to their credit in one currency, in minor units, when every recorded fact
// counts.
type Balance struct {
	Customer  string `json:"customer"`
	Currency  string `json:"currency"`
	Documents int    `json:"documents"`
	Gross     int64  `json:"gross"`
	Unapplied int64  `json:"unapplied"`
}

// totals sums up books on one snapshot, as of the end of time: the totals of a backup do not depend on when it is
// restored.
func totals(ctx context.Context, b *books.Books) (t Totals, err error) {
	err = b.View(ctx, func(r *books.Reader) error {
		t = Totals{Balances: []Balance{}}
		if t.Seq, err = r.Head(); err != nil {
			return err
		}
		firms, err := r.Firms()
		if err != nil {
			return err
		}
		for _, f := range firms {
			for c, err := range r.Customers(f.ID) {
				if err != nil {
					return err
				}
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				a, err := r.Account(c.ID)
				if err != nil {
					return err
				}
				t.Documents += len(a.Documents)
				t.Receipts += len(a.Receipts)
				for _, x := range a.Balances(civil.EndOfTime) {
					t.Balances = append(t.Balances, Balance{Customer: hex.EncodeToString(c.ID[:]), Currency: string(x.Currency),
						Documents: len(a.Documents), Gross: x.Gross.Minor, Unapplied: x.Unapplied.Minor})
				}
			}
		}
		return nil
	})
	slices.SortFunc(t.Balances, func(a, b Balance) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Currency, b.Currency))
	})
	return t, err
}

// Control is Totals without the customers: how many there are with a balance, and the sums per currency.
type Control struct {
	Documents, Receipts int
	Sums                []Sum // by currency, in order
}

// Sum is the balances in one currency together, in minor units.
type Sum struct {
	Currency         string
	Customers        int // with a balance in this currency
	Gross, Unapplied int64
}

func (t Totals) control() Control {
	by := map[string]Sum{}
	for _, b := range t.Balances {
		s := by[b.Currency]
		by[b.Currency] = Sum{b.Currency, s.Customers + 1, s.Gross + b.Gross, s.Unapplied + b.Unapplied}
	}
	c := Control{Documents: t.Documents, Receipts: t.Receipts, Sums: []Sum{}}
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		c.Sums = append(c.Sums, by[currency])
	}
	return c
}

// String is the sum as a person reads it.
func (s Sum) String() string {
	cur := money.Currency(s.Currency)
	return fmt.Sprintf("%s: %d customers, %s open, %s credit", s.Currency, s.Customers, money.Of(s.Gross, cur), money.Of(s.Unapplied, cur))
}

// differs says in what other totals differ first, without naming anybody, or "". The journal may have grown by taking
// back an import that was under way.
func (t Totals) differs(o Totals) string {
	switch {
	case o.Seq < t.Seq:
		return fmt.Sprintf("%d journal entries instead of %d", o.Seq, t.Seq)
	case t.Documents != o.Documents:
		return fmt.Sprintf("%d documents instead of %d", o.Documents, t.Documents)
	case t.Receipts != o.Receipts:
		return fmt.Sprintf("%d payments instead of %d", o.Receipts, t.Receipts)
	}
	if want, have := t.control().Sums, o.control().Sums; !slices.Equal(want, have) {
		return fmt.Sprintf("%v instead of %v", have, want)
	}
	wrong := 0
	for i := range t.Balances {
		if t.Balances[i] != o.Balances[i] {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Sprintf("%d of %d balances", wrong, len(t.Balances))
	}
	return ""
}
