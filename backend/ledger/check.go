package ledger

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// Check asserts every invariant of the account over all dates; nil means that it is sound. The first violation comes
// back as a *fault.Error of kind Integrity that names the record by its id, never by a person's data.
func (a *Account) Check() error {
	a.index()
	for _, check := range []func() error{a.checkDocuments, a.checkReceipts, a.checkReturns, a.checkAllocations, a.checkSums} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func broken(code, format string, args ...any) error {
	return fault.New(fault.Integrity, "ledger."+code, format, args...)
}

func (a *Account) checkDocuments() error {
	if len(a.ix.documents) != len(a.Documents) {
		return broken("id_twice", "two documents of customer %s have one id", a.Customer.ID)
	}
	for i := range a.Documents {
		d := &a.Documents[i]
		switch {
		case d.ID.IsZero(), d.Firm != a.Customer.Firm, d.Customer != a.Customer.ID:
			return broken("owner", "document %s is not of customer %s", d.ID, a.Customer.ID)
		case d.Total.Minor < 0, d.Total.Minor > money.MaxMinor, !d.Total.Currency.Valid():
			return broken("total", "document %s has the impossible total %s %q", d.ID, d.Total, d.Total.Currency)
		case d.Issued.IsZero(), d.Type.Debit() && d.Due.IsZero():
			return broken("dates", "document %s lacks a date", d.ID)
		case (d.State == Void) != !d.VoidedOn.IsZero():
			return broken("void", "document %s is void without a date, or has a date without being void", d.ID)
		}
	}
	return nil
}

func (a *Account) checkReceipts() error {
	if len(a.ix.receipts) != len(a.Receipts) {
		return broken("id_twice", "two receipts of customer %s have one id", a.Customer.ID)
	}
	for i := range a.Receipts {
		r := &a.Receipts[i]
		switch {
		case r.ID.IsZero(), r.Firm != a.Customer.Firm, r.Customer != a.Customer.ID:
			return broken("owner", "receipt %s is not of customer %s", r.ID, a.Customer.ID)
		case r.Amount.Minor <= 0, r.Amount.Minor > money.MaxMinor, !r.Amount.Currency.Valid():
			return broken("amount", "receipt %s has the impossible amount %s %q", r.ID, r.Amount, r.Amount.Currency)
		case r.Date.IsZero():
			return broken("dates", "receipt %s lacks a date", r.ID)
		case r.Void() && r.VoidedOn < r.Date:
			return broken("void", "receipt %s was taken back before it came in", r.ID)
		}
	}
	return nil
}

func (a *Account) checkReturns() error {
	at := make(map[ReturnID]int, len(a.Returns))
	for i := range a.Returns {
		at[a.Returns[i].ID] = i
	}
	if len(at) != len(a.Returns) {
		return broken("id_twice", "two returns of customer %s have one id", a.Customer.ID)
	}
	undone := map[ReturnID]bool{}
	for i := range a.Returns {
		r := &a.Returns[i]
		n, ok := a.ix.receipts[r.Receipt]
		switch {
		case !ok, r.Firm != a.Customer.Firm, r.Customer != a.Customer.ID:
			return broken("owner", "return %s is not of a receipt of customer %s", r.ID, a.Customer.ID)
		case r.Amount.Minor <= 0, r.Amount.Currency != a.Receipts[n].Amount.Currency:
			return broken("amount", "return %s has the impossible amount %s %q", r.ID, r.Amount, r.Amount.Currency)
		case r.Date < a.Receipts[n].Date:
			return broken("dates", "return %s is before its receipt", r.ID)
		case r.Undoes.IsZero():
			continue
		}
		m, ok := at[r.Undoes]
		if !ok || undone[r.Undoes] {
			return broken("undo", "return %s undoes nothing, or what was undone before", r.ID)
		}
		undone[r.Undoes] = true
		if u := &a.Returns[m]; !u.Undoes.IsZero() || u.Receipt != r.Receipt || u.Amount != r.Amount || r.Date < u.Date {
			return broken("undo", "return %s does not match return %s that it undoes", r.ID, u.ID)
		}
	}
	return nil
}

func (a *Account) checkAllocations() error {
	if _, _ = a.allocation(AllocationID{}); len(a.ix.allocations) != len(a.Allocations) {
		return broken("id_twice", "two allocations of customer %s have one id", a.Customer.ID)
	}
	reversed := map[AllocationID]bool{}
	for i := range a.Allocations {
		al := &a.Allocations[i]
		if err := a.checkAllocation(al); err != nil {
			return err
		}
		if al.Reverses.IsZero() {
			continue
		}
		if reversed[al.Reverses] {
			return broken("reversed_twice", "allocation %s takes back what was taken back before", al.ID)
		}
		reversed[al.Reverses] = true
		n, ok := a.allocation(al.Reverses)
		if !ok {
			return broken("reversal", "allocation %s takes back one that does not exist", al.ID)
		}
		if err := matches(al, &a.Allocations[n]); err != nil {
			return err
		}
	}
	return nil
}

// matches asserts that a reversal is the mirror of what it takes back.
func matches(al, was *Allocation) error {
	switch {
	case !was.Reverses.IsZero():
		return broken("reversal", "allocation %s takes back a reversal", al.ID)
	case al.Kind != was.Kind, al.Receipt != was.Receipt, al.Credit != was.Credit, al.Document != was.Document, al.Amount != was.Amount:
		return broken("reversal", "allocation %s differs from %s that it takes back", al.ID, was.ID)
	case al.Effective < was.Effective:
		return broken("reversal", "allocation %s takes %s back before it was made", al.ID, was.ID)
	}
	return nil
}

func (a *Account) checkAllocation(al *Allocation) error {
	if al.ID.IsZero() || al.Firm != a.Customer.Firm || al.Customer != a.Customer.ID {
		return broken("owner", "allocation %s is not of customer %s", al.ID, a.Customer.ID)
	}
	n, ok := a.ix.documents[al.Document]
	if !ok || !a.Documents[n].Type.Debit() {
		return broken("target", "allocation %s is on no invoice or debit note of its customer", al.ID)
	}
	if al.Amount.Minor <= 0 || al.Amount.Currency != a.Documents[n].Total.Currency {
		return broken("amount", "allocation %s has the impossible amount %s %q", al.ID, al.Amount, al.Amount.Currency)
	}
	earliest := a.Documents[n].Issued
	currency := al.Amount.Currency
	if al.Kind == FromCreditNote {
		c, ok := a.ix.documents[al.Credit]
		if !ok || a.Documents[c].Type != CreditNote {
			return broken("source", "allocation %s has no credit note", al.ID)
		}
		earliest, currency = civil.Max(earliest, a.Documents[c].Issued), a.Documents[c].Total.Currency
	} else if !al.Credit.IsZero() {
		return broken("source", "allocation %s names a credit note that does not pay it", al.ID)
	}
	r, ok := a.ix.receipts[al.Receipt]
	switch {
	case ok:
		earliest, currency = civil.Max(earliest, a.Receipts[r].Date), a.Receipts[r].Amount.Currency
	case al.Kind == FromReceipt, !al.Receipt.IsZero():
		return broken("source", "allocation %s has no receipt of its customer", al.ID)
	}
	switch {
	case currency != al.Amount.Currency:
		return broken("currency", "allocation %s is in %s, its source in %s", al.ID, al.Amount.Currency, currency)
	case al.Effective < earliest:
		return broken("early", "allocation %s counts from %s, before its document or source of %s", al.ID, al.Effective, earliest)
	}
	return nil
}

// checkSums asserts 0 <= allocated <= total for every document and source on every date.
func (a *Account) checkSums() error {
	for i := range a.Documents {
		d := &a.Documents[i]
		if p, bad := a.ix.settled[i].outside(d.Total.Minor); bad {
			return broken("document_sum", "document %s of %s has %d allocated on %s", d.ID, d.Total, p.sum, p.on)
		}
		if d.State == Void && a.ix.settled[i].peak(d.VoidedOn) != 0 {
			return broken("void_allocated", "document %s is void and has allocations", d.ID)
		}
	}
	for i := range a.Receipts {
		r := &a.Receipts[i]
		if p, bad := a.ix.returned[i].outside(r.Amount.Minor); bad {
			return broken("returned_sum", "receipt %s of %s has %d returned on %s", r.ID, r.Amount, p.sum, p.on)
		}
		if p, bad := a.ix.gone[i].outside(r.Amount.Minor); bad {
			return broken("receipt_sum", "receipt %s of %s has %d allocated and returned on %s", r.ID, r.Amount, p.sum, p.on)
		}
		if r.Void() && (a.ix.gone[i].peak(r.VoidedOn) != 0 || a.earnedBy(r.ID).peak(r.VoidedOn) != 0) {
			return broken("void_allocated", "receipt %s is void and settles documents", r.ID)
		}
	}
	return nil
}
