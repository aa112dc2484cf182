package books

import (
	"context"
	"fmt"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Verification is the proof that the books are sound, check by check.
type Verification struct {
	OK     bool
	Checks []journal.Check
}

// Verify checks, on one snapshot: the journal's chain; that every record opens and every index entry is what its record
// says; that every account keeps its invariants on every date; that every provider payment was booked once. Deep also
// replays the journal and compares every record with it.
func (b *Books) Verify(ctx context.Context, deep bool) (Verification, error) {
	v := Verification{OK: true}
	err := b.eng.View(ctx, func(tx store.Tx) error {
		checks, err := journal.Verify(ctx, tx, deep)
		if err != nil {
			return err
		}
		v.Checks = append(v.Checks, checks...)
		v.Checks = append(v.Checks, b.checkIndexes(tx))
		return b.checkAccounts(ctx, b.reader(tx), &v)
	})
	for _, c := range v.Checks {
		v.OK = v.OK && c.OK
	}
	return v, err
}

// Cover adds the index checks of a feature's own tables to Verify. Covering a feature again changes nothing.
func (b *Books) Cover(feature string, checks ...func(store.Tx) (int, string, error)) {
	b.covered.Store(feature, checks)
}

// checkIndexes recomputes every index of the ledger, and of the features that keep tables beside it.
func (b *Books) checkIndexes(tx store.Tx) journal.Check {
	c := journal.Check{Name: "indexes", OK: true}
	checks := []func(store.Tx) (int, string, error){customers.CheckIndexes, contacts.CheckIndexes,
		documents.CheckIndexes, receipts.CheckIndexes, returns.CheckIndexes, allocations.CheckIndexes, attempts.CheckIndexes,
		intents.CheckIndexes,
		promises.CheckIndexes, disputes.CheckIndexes, plans.CheckIndexes, pauses.CheckIndexes,
		mandates.CheckIndexes, collections.CheckIndexes}
	b.covered.Range(func(_, more any) bool {
		checks = append(checks, more.([]func(store.Tx) (int, string, error))...)
		return true
	})
	for _, check := range checks {
		n, wrong, err := check(tx)
		c.Count += n
		if err != nil {
			wrong = fault.As(err).Message
		}
		if wrong != "" && c.OK {
			c.OK, c.Detail = false, wrong
		}
	}
	return c
}

func (b *Books) checkAccounts(ctx context.Context, r *Reader, v *Verification) error {
	bounds := journal.Check{Name: "allocation_bounds", OK: true}
	balances := journal.Check{Name: "balances", OK: true}
	provider := journal.Check{Name: "provider_payments", OK: true}
	all, err := r.Firms()
	if err != nil {
		return err
	}
	for _, f := range all {
		today, err := r.Today(f.ID)
		if err != nil {
			return err
		}
		for c, err := range r.Customers(f.ID) {
			if err != nil {
				return damaged(v, &bounds, err)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			a, err := r.Account(c.ID)
			if err != nil {
				return damaged(v, &bounds, err)
			}
			bounds.Count += len(a.Allocations)
			if err := a.Check(); err != nil && bounds.OK {
				bounds.OK, bounds.Detail = false, fault.As(err).Message
			}
			for _, bal := range a.Balances(today) {
				balances.Count++
				if err := checkBalance(a, bal, today); err != nil && balances.OK {
					balances.OK, balances.Detail = false, err.Error()
				}
			}
		}
		for x, err := range r.Attempts(f.ID) {
			if err != nil {
				return damaged(v, &provider, err)
			}
			provider.Count++
			if err := checkAttemptBooked(r, x); err != nil && provider.OK {
				provider.OK, provider.Detail = false, err.Error()
			}
		}
	}
	v.Checks = append(v.Checks, bounds, balances, provider)
	return nil
}

// damaged ends a check at a record that cannot be read: a finding, not a failure to verify.
func damaged(v *Verification, c *journal.Check, err error) error {
	if fault.KindOf(err) != fault.Integrity {
		return err
	}
	c.OK, c.Detail = false, fault.As(err).Message
	v.Checks = append(v.Checks, *c)
	return nil
}

// checkBalance adds an account up once more from its totals and movements, without the index that Balances uses.
func checkBalance(a *ledger.Account, bal ledger.Balance, asOf civil.Date) error {
	sum := bal.Net.Minor
	for _, d := range a.Documents {
		if d.Total.Currency != bal.Net.Currency || d.VoidOn(asOf) || d.Issued > asOf {
			continue
		}
		if d.Type.Debit() {
			sum -= d.Total.Minor
		} else {
			sum += d.Total.Minor
		}
	}
	for _, rc := range a.Receipts {
		if rc.Amount.Currency == bal.Net.Currency && rc.Date <= asOf && !rc.VoidOn(asOf) {
			sum += rc.Amount.Minor
		}
	}
	for _, x := range a.Returns {
		if x.Amount.Currency != bal.Net.Currency || x.Date > asOf {
			continue
		}
		if x.Undoes.IsZero() {
			sum -= x.Amount.Minor
		} else {
			sum += x.Amount.Minor
		}
	}
	for _, al := range a.Allocations {
		if al.Kind == ledger.FromReceipt || al.Kind == ledger.FromCreditNote || al.Amount.Currency != bal.Net.Currency || al.Effective > asOf {
			continue
		}
		if al.Reverses.IsZero() {
			sum += al.Amount.Minor
		} else {
			sum -= al.Amount.Minor
		}
	}
	if sum != 0 {
		return fmt.Errorf("the balance of customer %s in %s differs by %d from its movements", a.Customer.ID, bal.Net.Currency, sum)
	}
	return nil
}

func checkAttemptBooked(r *Reader, x ledger.Attempt) error {
	if (x.State == ledger.AttemptPaid && x.Amount.Minor > 0) == x.Receipt.IsZero() {
		return fmt.Errorf("attempt %s is paid without a receipt, or has one without being paid", x.ID)
	}
	if x.Receipt.IsZero() {
		return nil
	}
	rc, err := r.Receipt(x.Receipt)
	if err != nil || rc.Attempt != x.ID || rc.Amount != x.Amount || rc.ProviderRef != x.ProviderRef {
		return fmt.Errorf("attempt %s does not agree with its receipt", x.ID)
	}
	return nil
}
