package ledger

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// Reversal is an allocation to take back and the date from which that counts.
type Reversal struct {
	Allocation AllocationID
	Effective  civil.Date
}

// ReturnPlan is what money that goes back takes with it. First every Reverse is made, then every Reapply from the same
// receipt: where only part of an allocation has to go, the whole is reversed and the rest applied again.
type ReturnPlan struct {
	Date    civil.Date // of the return: the day asked for, or the first one later on which the books allow it
	Reverse []Reversal
	Reapply []Placement
}

// PlanReturn decides what a refund or chargeback of so much of a receipt reopens: the latest allocations first, so that
// the returned amount is free on its date and every later one (rulebook 4.2). A discount that an undone payment had
// earned goes with it, except for the share that the rest still earns under proportional terms.
//
// It fails when more would go back than came in. A chargeback must never be refused for its date: when an allocation
// that was taken back since still stood on the day asked for, the plan's date is the first on which the money was free.
func PlanReturn(a *Account, id ReceiptID, amount money.Amount, on civil.Date) (ReturnPlan, error) {
	r, ok := a.Receipt(id)
	if !ok {
		return ReturnPlan{}, fault.NotFoundf("ledger.receipt_unknown", "there is no such payment on this account")
	}
	if r.Void() {
		return ReturnPlan{}, fault.Conflictf("ledger.receipt_void", "this payment has been taken back already")
	}
	i := a.index().receipts[id]
	left := money.Of(r.Amount.Minor-a.ix.returned[i].last(), r.Amount.Currency)
	switch {
	case amount.Currency != r.Amount.Currency:
		return ReturnPlan{}, fault.Invalidf("ledger.currency", "the payment was in %s, not %s", r.Amount.Currency, amount.Currency)
	case amount.Minor <= 0:
		return ReturnPlan{}, fault.Invalidf("ledger.amount", "the amount that goes back must be more than zero")
	case amount.Minor > left.Minor:
		return ReturnPlan{}, fault.Conflictf("ledger.return_exceeded", "only %s %s of this payment can still go back", left, left.Currency).
			With("left", left.String()).With("currency", string(left.Currency))
	case on < r.Date:
		return ReturnPlan{}, fault.Invalidf("ledger.before_source", "money that came in on %s cannot go back on %s", r.Date, on).
			With("earliest", r.Date.String())
	}
	live := a.liveNewestFirst(i)
	plan := ReturnPlan{Date: a.returnDate(i, live, amount.Minor, on)}
	limit := r.Amount.Minor - amount.Minor
	steps := a.goneSteps(i)
	for _, al := range live {
		if newCurve(slices.Clone(steps)).peak(plan.Date) <= limit {
			break
		}
		at := civil.Max(plan.Date, al.Effective)
		steps = append(steps, step{at, -al.Amount.Minor})
		plan.Reverse = append(plan.Reverse, Reversal{al.ID, at})
		keep, now := int64(0), newCurve(slices.Clone(steps))
		if now.peak(plan.Date) <= limit {
			keep = min(al.Amount.Minor, limit-now.peak(at))
		}
		kept := a.reverseEarned(&plan, al, at, keep)
		if keep > 0 {
			plan.Reapply = append(plan.Reapply, Placement{Line{Document: al.Document, Amount: keep, Discount: kept}, at})
			break
		}
	}
	return plan, nil
}

// liveNewestFirst are the allocations of a receipt's money that still stand, the last recorded of the latest date first.
func (a *Account) liveNewestFirst(receipt int) []Allocation {
	var live []Allocation
	for _, n := range a.ix.ofReceipt[receipt] {
		al := a.Allocations[n]
		if _, reversed := a.ix.reversals[al.ID]; al.Reverses.IsZero() && !reversed {
			live = append(live, al)
		}
	}
	slices.SortFunc(live, func(x, y Allocation) int {
		return cmp.Or(cmp.Compare(y.Effective, x.Effective), bytes.Compare(y.ID[:], x.ID[:]))
	})
	return live
}

func (a *Account) goneSteps(receipt int) []step {
	steps := a.steps(a.ix.ofReceipt[receipt])
	for i := range a.Returns {
		if ret := &a.Returns[i]; ret.Receipt == a.Receipts[receipt].ID {
			steps = append(steps, step{ret.Date, ret.signed()})
		}
	}
	return steps
}

// returnDate is the first day from on at which the money could be free if all live allocations were taken back.
func (a *Account) returnDate(receipt int, live []Allocation, amount int64, on civil.Date) civil.Date {
	steps := a.goneSteps(receipt)
	for _, al := range live {
		steps = append(steps, step{al.Effective, -al.Amount.Minor})
	}
	fixed := newCurve(steps)
	limit := a.Receipts[receipt].Amount.Minor - amount
	// What went back before may have been learned of in another order than it happened: only from its date on is it
	// certain what that return had reopened, and reopening more than the two together would be wrong.
	for i := range a.Returns {
		if ret := &a.Returns[i]; ret.Receipt == a.Receipts[receipt].ID {
			on = civil.Max(on, ret.Date)
		}
	}
	for _, p := range fixed {
		if fixed.peak(on) <= limit {
			break
		}
		on = civil.Max(on, p.on)
	}
	return on
}

// reverseEarned takes back the discount and small difference that came with an allocation and returns the part of the
// discount that the kept amount still earns.
func (a *Account) reverseEarned(plan *ReturnPlan, al Allocation, at civil.Date, keep int64) (kept int64) {
	d, _ := a.Document(al.Document)
	for _, n := range a.ix.onDocument[a.ix.documents[al.Document]] {
		e := a.Allocations[n]
		if e.Receipt != al.Receipt || e.Kind != FromDiscount && e.Kind != FromSmallDifference || !e.Reverses.IsZero() {
			continue
		}
		if _, reversed := a.ix.reversals[e.ID]; reversed {
			continue
		}
		r := Reversal{e.ID, civil.Max(at, e.Effective)}
		if slices.ContainsFunc(plan.Reverse, func(x Reversal) bool { return x.Allocation == e.ID }) {
			continue
		}
		plan.Reverse = append(plan.Reverse, r)
		if e.Kind == FromDiscount && d.Discount.Proportional {
			kept += share(e.Amount.Minor, keep, al.Amount.Minor)
		}
	}
	return kept
}

// CheckUndoReturn reports whether a return may be undone: a reversed chargeback or a refund that failed.
func CheckUndoReturn(a *Account, id ReturnID, on civil.Date) error {
	i := slices.IndexFunc(a.Returns, func(x Return) bool { return x.ID == id })
	if i < 0 {
		return fault.NotFoundf("ledger.return_unknown", "there is no such refund or chargeback on this account")
	}
	r := a.Returns[i]
	if !r.Undoes.IsZero() {
		return fault.Conflictf("ledger.is_undo", "this already undoes a refund or chargeback")
	}
	if slices.ContainsFunc(a.Returns, func(x Return) bool { return x.Undoes == id }) {
		return fault.Conflictf("ledger.undone", "this refund or chargeback has been undone already")
	}
	if on < r.Date {
		return fault.Invalidf("ledger.before_return", "it cannot be undone on %s: it was made on %s", on, r.Date).With("earliest", r.Date.String())
	}
	return nil
}
