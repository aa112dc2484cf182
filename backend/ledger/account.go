package ledger

import (
	"cmp"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Account is everything on one customer's account, in the order in which it was recorded. What is owed is derived from
// it for any date; nothing about it is stored.
//
// The first question builds an index; growing one of the slices afterwards is noticed and the index is built again.
// Changing a record in place is only noticed where it leaves dates, amounts and links as they are (a document's State
// may change). An Account serves one goroutine at a time.
type Account struct {
	Customer    Customer
	Documents   []Document
	Receipts    []Receipt
	Returns     []Return
	Allocations []Allocation
	Plans       []Plan // those that were ever active: they decide when their documents are due

	ix *index
}

// Balance is where an account stands in one currency. Net is Gross − Unapplied and is negative for a customer in credit.
type Balance struct {
	Currency                       money.Currency
	Gross, Overdue, Unapplied, Net money.Amount
}

// OpenItem is a debit document with something left to pay.
type OpenItem struct {
	ID          DocumentID
	Type        DocumentType
	Number      string
	Issued, Due civil.Date
	Total, Open money.Amount
}

// Document finds a document of this account.
func (a *Account) Document(id DocumentID) (Document, bool) {
	i, ok := a.index().documents[id]
	if !ok {
		return Document{}, false
	}
	return a.Documents[i], true
}

// Receipt finds a receipt of this account.
func (a *Account) Receipt(id ReceiptID) (Receipt, bool) {
	i, ok := a.index().receipts[id]
	if !ok {
		return Receipt{}, false
	}
	return a.Receipts[i], true
}

// Allocation finds an allocation of this account.
func (a *Account) Allocation(id AllocationID) (Allocation, bool) {
	i, ok := a.allocation(id)
	if !ok {
		return Allocation{}, false
	}
	return a.Allocations[i], true
}

// Reversed reports whether the allocation has been taken back, and by which one.
func (a *Account) Reversed(id AllocationID) (by AllocationID, ok bool) {
	i, ok := a.index().reversals[id]
	if !ok {
		return AllocationID{}, false
	}
	return a.Allocations[i].ID, true
}

// Open is what is left of a document on a date: of an invoice or debit note the part still owed, of a credit note the
// part not yet applied. It is zero before the day of issue and from the day on which the document was voided, and for
// an unknown id.
func (a *Account) Open(id DocumentID, asOf civil.Date) money.Amount {
	i, ok := a.index().documents[id]
	if !ok {
		return money.Amount{}
	}
	return a.open(i, asOf)
}

func (a *Account) open(i int, asOf civil.Date) money.Amount {
	d := &a.Documents[i]
	if asOf < d.Issued || d.VoidOn(asOf) {
		return money.Of(0, d.Total.Currency)
	}
	return money.Of(d.Total.Minor-a.ix.settled[i].at(asOf), d.Total.Currency)
}

// Allocated is what had been applied by a date: to an invoice or debit note by any source, from a credit note to
// documents. It is zero for an unknown id.
func (a *Account) Allocated(id DocumentID, asOf civil.Date) money.Amount {
	i, ok := a.index().documents[id]
	if !ok {
		return money.Amount{}
	}
	return money.Of(a.ix.settled[i].at(asOf), a.Documents[i].Total.Currency)
}

// AllocatedFrom is the part of Allocated that one kind of source paid.
func (a *Account) AllocatedFrom(id DocumentID, kind SourceKind, asOf civil.Date) money.Amount {
	i, ok := a.index().documents[id]
	if !ok {
		return money.Amount{}
	}
	var sum int64
	for _, n := range a.ix.onDocument[i] {
		if al := &a.Allocations[n]; al.Kind == kind && al.Effective <= asOf {
			sum += al.signed()
		}
	}
	return money.Of(sum, a.Documents[i].Total.Currency)
}

// AllocationsOf are the allocations on a debit document, or from a credit note, reversals included, as recorded.
func (a *Account) AllocationsOf(id DocumentID) []Allocation {
	i, ok := a.index().documents[id]
	if !ok {
		return nil
	}
	return a.pick(a.ix.onDocument[i])
}

// AllocationsFrom are the allocations of a receipt's money, reversals included, as recorded.
func (a *Account) AllocationsFrom(id ReceiptID) []Allocation {
	i, ok := a.index().receipts[id]
	if !ok {
		return nil
	}
	return a.pick(a.ix.ofReceipt[i])
}

func (a *Account) pick(at []int) []Allocation {
	out := make([]Allocation, len(at))
	for i, n := range at {
		out[i] = a.Allocations[n]
	}
	return out
}

// Unapplied is what is left of a receipt on a date: its amount less what was allocated and what went back. It is zero
// before its value date and for an unknown id.
func (a *Account) Unapplied(id ReceiptID, asOf civil.Date) money.Amount {
	i, ok := a.index().receipts[id]
	if !ok {
		return money.Amount{}
	}
	return a.unapplied(i, asOf)
}

func (a *Account) unapplied(i int, asOf civil.Date) money.Amount {
	r := &a.Receipts[i]
	if asOf < r.Date || r.VoidOn(asOf) {
		return money.Of(0, r.Amount.Currency)
	}
	return money.Of(r.Amount.Minor-a.ix.gone[i].at(asOf), r.Amount.Currency)
}

// Returned is what had gone back of a receipt by a date, reversed chargebacks not counted.
func (a *Account) Returned(id ReceiptID, asOf civil.Date) money.Amount {
	i, ok := a.index().receipts[id]
	if !ok {
		return money.Amount{}
	}
	return money.Of(a.ix.returned[i].at(asOf), a.Receipts[i].Amount.Currency)
}

// Room is how much may still be allocated to a debit document from a date on without exceeding its total on that or
// any later date: allocations recorded with later dates count.
func (a *Account) Room(id DocumentID, from civil.Date) money.Amount {
	i, ok := a.index().documents[id]
	if !ok {
		return money.Amount{}
	}
	d := &a.Documents[i]
	if d.State == Void {
		return money.Of(0, d.Total.Currency)
	}
	return money.Of(d.Total.Minor-a.ix.settled[i].peak(from), d.Total.Currency)
}

// Spare is how much of a source may still be allocated from a date on, on that and every later date.
func (a *Account) Spare(s Source, from civil.Date) money.Amount {
	if s.Receipt.IsZero() {
		return a.Room(s.Credit, from)
	}
	i, ok := a.index().receipts[s.Receipt]
	if !ok {
		return money.Amount{}
	}
	r := &a.Receipts[i]
	if r.Void() {
		return money.Of(0, r.Amount.Currency)
	}
	return money.Of(r.Amount.Minor-a.ix.gone[i].peak(from), r.Amount.Currency)
}

// OpenItems are the debit documents with something left to pay on a date, oldest first (see Older).
func (a *Account) OpenItems(asOf civil.Date) []OpenItem {
	a.index()
	var items []OpenItem
	for i := range a.Documents {
		d := &a.Documents[i]
		if !d.Type.Debit() {
			continue
		}
		if open := a.open(i, asOf); open.Minor > 0 {
			items = append(items, OpenItem{d.ID, d.Type, d.Number, d.Issued, d.Due, d.Total, open})
		}
	}
	slices.SortFunc(items, Older)
	return items
}

// Balances are the account's balances on a date, one per currency that occurs on it, in order of currency.
func (a *Account) Balances(asOf civil.Date) []Balance {
	a.index()
	parts := a.planParts(asOf)
	var list []Balance
	for i := range a.Documents {
		d := &a.Documents[i]
		if d.Issued > asOf || d.VoidOn(asOf) {
			continue
		}
		b, open := balanceOf(&list, d.Total.Currency), a.open(i, asOf)
		if !d.Type.Debit() {
			b.Unapplied = b.Unapplied.Add(open)
			continue
		}
		b.Gross = b.Gross.Add(open)
		b.Overdue.Minor += overdue(*d, open, parts[d.ID], asOf)
	}
	for i := range a.Receipts {
		if r := &a.Receipts[i]; r.Date <= asOf && !r.VoidOn(asOf) {
			b := balanceOf(&list, r.Amount.Currency)
			b.Unapplied = b.Unapplied.Add(a.unapplied(i, asOf))
		}
	}
	for i := range list {
		list[i].Net = list[i].Gross.Sub(list[i].Unapplied)
	}
	slices.SortFunc(list, func(x, y Balance) int { return cmp.Compare(x.Currency, y.Currency) })
	return list
}

func balanceOf(list *[]Balance, c money.Currency) *Balance {
	for i := range *list {
		if (*list)[i].Currency == c {
			return &(*list)[i]
		}
	}
	zero := money.Of(0, c)
	*list = append(*list, Balance{c, zero, zero, zero, zero})
	return &(*list)[len(*list)-1]
}

// planParts are the parts of documents by the instalments of the plans that are active on a date; nil when there is none.
func (a *Account) planParts(asOf civil.Date) map[DocumentID][]PlanPart {
	var out map[DocumentID][]PlanPart
	for _, p := range a.Plans {
		if !p.ActiveOn(asOf) {
			continue
		}
		if out == nil {
			out = map[DocumentID][]PlanPart{}
		}
		for _, x := range p.Parts(a, asOf) {
			out[x.Document] = append(out[x.Document], x)
		}
	}
	return out
}

// overdue is the part of what is open that was due before the date, by the instalments of a plan when it is in one.
func overdue(d Document, open money.Amount, parts []PlanPart, asOf civil.Date) (sum int64) {
	if len(parts) == 0 {
		if Overdue(d, open, asOf) {
			return open.Minor
		}
		return 0
	}
	for _, x := range parts {
		if x.Due < asOf {
			sum += x.Amount
		}
	}
	return sum
}

// DueOn is the day from which a debit document ages on a date: its own due date or, while it is in an active plan, that of
// the first instalment that is still to be paid of it (rulebook 1.1, 5.1).
func (a *Account) DueOn(d Document, asOf civil.Date) civil.Date {
	if parts := a.planParts(asOf)[d.ID]; len(parts) > 0 {
		return parts[0].Due
	}
	return d.Due
}

// StatusOn is Status by the day from which the document ages.
func (a *Account) StatusOn(d Document, asOf civil.Date) DocStatus {
	open := a.Open(d.ID, asOf)
	d.Due = a.DueOn(d, asOf)
	return Status(d, open, asOf)
}

// VoidOn reports whether the document had been voided by a date.
func (d *Document) VoidOn(asOf civil.Date) bool { return d.State == Void && d.VoidedOn <= asOf }

// Void reports whether the receipt was taken back with its import.
func (r *Receipt) Void() bool { return !r.VoidedOn.IsZero() }

// VoidOn reports whether the receipt had been taken back by a date.
func (r *Receipt) VoidOn(asOf civil.Date) bool { return r.Void() && r.VoidedOn <= asOf }

// source is the receipt or credit note that the allocation uses up; none for the other kinds.
func (al *Allocation) source() Source {
	switch al.Kind {
	case FromReceipt:
		return Source{Receipt: al.Receipt}
	case FromCreditNote:
		return Source{Credit: al.Credit}
	}
	return Source{}
}

// signed is the amount as it counts: negative for a reversal.
func (al *Allocation) signed() int64 {
	if al.Reverses.IsZero() {
		return al.Amount.Minor
	}
	return -al.Amount.Minor
}

func (r *Return) signed() int64 {
	if r.Undoes.IsZero() {
		return r.Amount.Minor
	}
	return -r.Amount.Minor
}
