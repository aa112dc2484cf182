package app

import (
	"context"
	"fmt"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/web/api"
)

// Verify proves that the books are sound: chain, indexes, bounds and balances (package books), that every stored value
// opens, and that the columns in memory are what the accounts say. Deep also replays the journal, and looks at every page of
// the data file in a child process.
func (l *Ledger) Verify(ctx context.Context, deep bool) (api.Verification, error) {
	v, err := l.Books.Verify(ctx, deep)
	if err != nil {
		return api.Verification{}, err
	}
	checks := v.Checks
	values, err := l.checkValues(ctx)
	if err != nil {
		return api.Verification{}, err
	}
	columns, err := l.checkColumns(ctx)
	if err != nil {
		return api.Verification{}, err
	}
	checks = append(checks, values, columns)
	if deep {
		structure, err := l.checkStructure(ctx)
		if err != nil {
			return api.Verification{}, err
		}
		checks = append(checks, structure)
	}
	out := api.Verification{OK: true, Checks: []api.Check{}}
	for _, c := range checks {
		out.OK = out.OK && c.OK
		out.Checks = append(out.Checks, api.Check{Name: c.Name, OK: c.OK, Count: c.Count, Detail: c.Detail})
	}
	return out, nil
}

// checkValues opens every sealed value.
func (l *Ledger) checkValues(ctx context.Context) (journal.Check, error) {
	c := journal.Check{Name: "sealed_values", OK: true}
	opened, bad, err := l.Folder.Store.Check(ctx)
	c.Count = opened
	for table, n := range bad {
		c.OK, c.Detail = false, fmt.Sprintf("%d values of %s do not open", n, table)
	}
	return c, err
}

// checkStructure looks at every page of a copy of the data file.
func (l *Ledger) checkStructure(ctx context.Context) (journal.Check, error) {
	c := journal.Check{Name: "structure", OK: true, Count: 1}
	err := l.Folder.Structure(ctx, folder.CheckInChild)
	if err != nil && fault.KindOf(err) == fault.Integrity {
		c.OK, c.Detail = false, fault.As(err).Message
		return c, nil
	}
	return c, err
}

// checkColumns compares the sums in memory with the accounts, customer by customer.
func (l *Ledger) checkColumns(ctx context.Context) (journal.Check, error) {
	c := journal.Check{Name: "columns", OK: true}
	cols, err := openitems.Load(ctx, l.Books)
	if fault.KindOf(err) == fault.Integrity && err != nil {
		c.OK, c.Detail = false, fault.As(err).Message
		return c, nil
	}
	if err != nil {
		return c, err
	}
	err = l.Books.View(ctx, func(r *books.Reader) error {
		firms, err := r.Firms()
		if err != nil {
			return err
		}
		for _, f := range firms {
			today, err := r.Today(f.ID)
			if err != nil {
				return err
			}
			if err := compareColumns(r, cols, f.ID, today, &c); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

func compareColumns(r *books.Reader, cols *openitems.Columns, firm ledger.FirmID, day civil.Date, c *journal.Check) error {
	want := map[money.Currency]ledger.Balance{}
	for cu, err := range r.Customers(firm) {
		if err != nil {
			return err
		}
		acc, err := r.Account(cu.ID)
		if err != nil {
			return err
		}
		for _, b := range acc.Balances(day) {
			sum := want[b.Currency]
			want[b.Currency] = ledger.Balance{Currency: b.Currency, Gross: sum.Gross.Add(b.Gross), Overdue: sum.Overdue.Add(b.Overdue),
				Unapplied: sum.Unapplied.Add(b.Unapplied), Net: sum.Net.Add(b.Net)}
		}
		c.Count++
	}
	have, err := cols.Balances(firm, day)
	if err != nil {
		return err
	}
	for _, t := range have {
		if b := want[t.Currency]; c.OK && (b.Gross.Minor != t.Gross.Minor || b.Unapplied.Minor != t.Unapplied.Minor || b.Overdue.Minor != t.Balance.Overdue.Minor) {
			c.OK, c.Detail = false, fmt.Sprintf("%s: the columns say %s open, the accounts %s", t.Currency, t.Gross, b.Gross)
		}
	}
	return nil
}

// amountOf is the amount among an entry's facts, as people read it.
func amountOf(f journal.Facts, language string) (string, error) {
	v, err := money.Parse(f["amount"], money.Currency(f["currency"]))
	if err != nil {
		return "", err
	}
	return v.Format(language), nil
}
