package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/voldaan/voldaan/app/config"
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
// the data file in a child process. Damage is a check that fails, never an error: the other checks say how far it goes.
func (l *Ledger) Verify(ctx context.Context, deep bool) (api.Verification, error) {
	v, err := l.Books.Verify(ctx, deep)
	checks := v.Checks
	if err != nil {
		damage, err := damaged("books", err)
		if err != nil {
			return api.Verification{}, err
		}
		checks = append(checks, damage)
	}
	more := []func(context.Context) (journal.Check, error){l.checkValues, l.checkColumns, l.checkSeen}
	if deep {
		more = append(more, l.checkStructure)
	}
	for _, check := range more {
		c, err := check(ctx)
		if err != nil {
			if c, err = damaged(c.Name, err); err != nil {
				return api.Verification{}, err
			}
		}
		checks = append(checks, c)
	}
	out := api.Verification{OK: true, Checks: []api.Check{}}
	for _, c := range checks {
		out.OK = out.OK && c.OK
		out.Checks = append(out.Checks, api.Check{Name: c.Name, OK: c.OK, Count: c.Count, Detail: c.Detail})
	}
	return out, nil
}

// VerifyFolder opens the configuration's data folder and verifies it. A folder that is too damaged to open is a check that
// fails, too. With accept, a data file that is older than what was seen of it is taken for the right one, by that actor.
func VerifyFolder(ctx context.Context, c config.Config, log *slog.Logger, deep bool, accept *journal.Actor) (v api.Verification, err error) {
	l, err := open(ctx, c, log)
	if err != nil {
		damage, err := damaged("data_folder", err)
		return api.Verification{Checks: []api.Check{{Name: damage.Name, Detail: damage.Detail}}}, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if accept != nil {
		if err := l.AcceptRollback(ctx, *accept); err != nil {
			return v, err
		}
	}
	return l.Verify(ctx, deep)
}

// damaged is the failed check of an error that says that stored data contradicts itself; other errors stay errors.
func damaged(name string, err error) (journal.Check, error) {
	if fault.KindOf(err) != fault.Integrity {
		return journal.Check{}, err
	}
	return journal.Check{Name: name, Detail: fault.As(err).Message}, nil
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
	return c, l.Folder.Structure(ctx, folder.CheckInChild)
}

// checkColumns compares the sums in memory with the accounts, customer by customer.
func (l *Ledger) checkColumns(ctx context.Context) (journal.Check, error) {
	c := journal.Check{Name: "columns", OK: true}
	// One view for both: what is written meanwhile would stand in one of them only.
	err := l.Books.View(ctx, func(r *books.Reader) error {
		cols, err := openitems.LoadIn(ctx, l.Books, r)
		if err != nil {
			return err
		}
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
