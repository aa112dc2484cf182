package ledger

import (
	"bytes"
	"cmp"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// Source is what pays: a receipt or a credit note, exactly one of the two.
type Source struct {
	Receipt ReceiptID
	Credit  DocumentID
}

// Kind is the kind of allocation that the source makes.
func (s Source) Kind() SourceKind {
	if s.Receipt.IsZero() {
		return FromCreditNote
	}
	return FromReceipt
}

// Line is what one document gets: Amount of the source and, with a receipt, an early-payment Discount that comes with
// it. Both are minor units of the source's currency.
type Line struct {
	Document         DocumentID
	Amount, Discount int64
	Agreed           bool // the discount was agreed with the firm beforehand and does not depend on the day
}

// Placement is a line with the date from which it counts.
type Placement struct {
	Line
	Effective civil.Date
}

// Older orders open items for payment without instructions: due date, then day of issue, then number, then order of
// posting (rulebook 4.1, rule 7).
func Older(x, y OpenItem) int {
	return cmp.Or(
		cmp.Compare(x.Due, y.Due),
		cmp.Compare(x.Issued, y.Issued),
		cmp.Compare(x.Number, y.Number),
		bytes.Compare(x.ID[:], y.ID[:]),
	)
}

// OldestFirst divides an amount over open items in the order given, passing over items in another currency. What is
// left when all are paid is in no line: it stays unapplied.
func OldestFirst(items []OpenItem, amount money.Amount) []Line {
	var lines []Line
	rest := amount.Minor
	for _, it := range items {
		if rest <= 0 {
			break
		}
		if it.Open.Currency != amount.Currency || it.Open.Minor <= 0 {
			continue
		}
		n := min(rest, it.Open.Minor)
		lines = append(lines, Line{Document: it.ID, Amount: n})
		rest -= n
	}
	return lines
}

// SourceDate is the first day on which a source can pay: the value date of a receipt, the day of issue of a credit
// note. ok is false when the account has no such source or it is void.
func (a *Account) SourceDate(s Source) (on civil.Date, ok bool) {
	if s.Kind() == FromReceipt {
		r, ok := a.Receipt(s.Receipt)
		return r.Date, ok && !r.Void()
	}
	d, ok := a.Document(s.Credit)
	return d.Issued, ok && d.Type == CreditNote && d.State == Posted
}

// Fit makes of the wished lines what the account can take, so that money that came in is never refused: amounts are
// cut to what the source has and the document needs, a discount that is not earned is dropped, and lines for documents
// that are void, unknown or in another currency are left out. Each line counts from the earliest day that is not
// before from, the source's date and the document's day of issue. What is in no line stays unapplied.
func (a *Account) Fit(s Source, lines []Line, from civil.Date) []Placement {
	on, ok := a.SourceDate(s)
	if !ok {
		return nil
	}
	from = civil.Max(from, on)
	spare := a.Spare(s, from)
	used := map[DocumentID]int64{}
	var out []Placement
	for _, l := range lines {
		d, ok := a.Document(l.Document)
		if !ok || !d.Type.Debit() || d.State == Void || d.Total.Currency != spare.Currency || l.Amount <= 0 {
			continue
		}
		at, room := a.firstRoom(d, civil.Max(from, d.Issued), min(l.Amount, spare.Minor)+used[d.ID])
		room -= used[d.ID]
		l.Amount = min(l.Amount, spare.Minor, room)
		if l.Amount <= 0 {
			continue
		}
		// Several lines on one document would each be measured against the same open amount: only the first earns.
		if s.Kind() != FromReceipt || used[d.ID] > 0 || !l.Agreed && l.Discount > a.Earned(d.ID, l.Amount, on, at).Minor {
			l.Discount = 0
		}
		l.Discount = max(0, min(l.Discount, room-l.Amount))
		spare.Minor -= l.Amount
		used[d.ID] += l.Amount + l.Discount
		out = append(out, Placement{l, at})
	}
	return out
}

// firstRoom is the first day from on which a document has room for the wanted amount, and that room; when there is none,
// the first day with the most. A document that a chargeback reopens later has its room only from then on.
func (a *Account) firstRoom(d Document, from civil.Date, wanted int64) (civil.Date, int64) {
	on, room := from, a.Room(d.ID, from).Minor
	for _, p := range a.ix.settled[a.ix.documents[d.ID]] {
		if room >= wanted {
			break
		}
		if p.on > from {
			if later := a.Room(d.ID, p.on).Minor; later > room {
				on, room = p.on, later
			}
		}
	}
	return on, room
}

// CheckAllocation reports whether the lines may be allocated from the source as they are, all counting from the
// effective date. The error is a *fault.Error that says which line does not fit and how much would.
func CheckAllocation(a *Account, s Source, lines []Line, effective civil.Date) error {
	on, ok := a.SourceDate(s)
	if !ok {
		return fault.NotFoundf("ledger.source_unknown", "there is no such payment or credit on this account")
	}
	if effective < on {
		return fault.Invalidf("ledger.before_source", "an allocation on %s is before the money was there, on %s", effective, on).
			With("effective", effective.String()).With("earliest", on.String())
	}
	if len(lines) == 0 {
		return fault.Invalidf("ledger.no_lines", "nothing was chosen to allocate to")
	}
	spare := a.Spare(s, effective)
	seen := make(map[DocumentID]bool, len(lines))
	var sum int64
	for _, l := range lines {
		if seen[l.Document] {
			return fault.Invalidf("ledger.line_twice", "the same document was chosen twice; put the amounts together")
		}
		seen[l.Document] = true
		if err := a.checkLine(s, l, spare.Currency, on, effective); err != nil {
			return err
		}
		if sum += l.Amount; sum > spare.Minor {
			return fault.Conflictf("ledger.source_exceeded", "only %s %s is left to allocate", spare, spare.Currency).
				With("left", spare.String()).With("currency", string(spare.Currency))
		}
	}
	return nil
}

func (a *Account) checkLine(s Source, l Line, currency money.Currency, paid, effective civil.Date) error {
	d, ok := a.Document(l.Document)
	if !ok {
		return fault.NotFoundf("ledger.document_unknown", "there is no such document on this account")
	}
	if err := checkDebit(d, effective); err != nil {
		return err
	}
	if d.Total.Currency != currency {
		return fault.Invalidf("ledger.currency", "%s is in %s and cannot be paid from %s", d.Number, d.Total.Currency, currency).
			With("number", d.Number)
	}
	if l.Amount <= 0 || l.Amount > money.MaxMinor {
		return fault.Invalidf("ledger.amount", "the amount for %s must be more than zero", d.Number).With("number", d.Number)
	}
	if l.Discount < 0 || l.Discount > 0 && s.Kind() != FromReceipt {
		return fault.Invalidf("ledger.discount", "a discount on %s needs a payment that earns it", d.Number).With("number", d.Number)
	}
	if l.Discount > 0 {
		if earned := a.Earned(d.ID, l.Amount, paid, effective); l.Discount > earned.Minor {
			return fault.Conflictf("ledger.discount_not_earned", "a payment of %s on %s earns a discount of %s on %s, not %s",
				money.Of(l.Amount, currency), paid, earned, d.Number, money.Of(l.Discount, currency)).With("number", d.Number)
		}
	}
	return checkRoom(d, a.Room(d.ID, effective), l.Amount+l.Discount, effective)
}

// checkDebit reports whether the document can be settled at all from that date.
func checkDebit(d Document, effective civil.Date) error {
	switch {
	case !d.Type.Debit():
		return fault.Invalidf("ledger.not_debit", "%s is a credit note; it pays, and is not paid", d.Number).With("number", d.Number)
	case d.State == Void:
		return fault.Conflictf("ledger.void", "%s has been voided", d.Number).With("number", d.Number)
	case effective < d.Issued:
		return fault.Invalidf("ledger.before_document", "an allocation on %s is before %s was issued, on %s", effective, d.Number, d.Issued).
			With("number", d.Number).With("earliest", d.Issued.String())
	}
	return nil
}

func checkRoom(d Document, room money.Amount, wanted int64, effective civil.Date) error {
	if wanted <= room.Minor {
		return nil
	}
	return fault.Conflictf("ledger.document_exceeded", "%s has %s %s open from %s; %s does not fit",
		d.Number, room, room.Currency, effective, money.Of(wanted, room.Currency)).
		With("number", d.Number).With("open", room.String()).With("currency", string(room.Currency))
}

// CheckWriteOff reports whether so much of a debit document may be written off, or settled outside, from a date on.
func CheckWriteOff(a *Account, id DocumentID, amount money.Amount, effective civil.Date) error {
	d, ok := a.Document(id)
	if !ok {
		return fault.NotFoundf("ledger.document_unknown", "there is no such document on this account")
	}
	if err := checkDebit(d, effective); err != nil {
		return err
	}
	if amount.Currency != d.Total.Currency {
		return fault.Invalidf("ledger.currency", "%s is in %s, not %s", d.Number, d.Total.Currency, amount.Currency).With("number", d.Number)
	}
	if amount.Minor <= 0 || amount.Minor > money.MaxMinor {
		return fault.Invalidf("ledger.amount", "the amount for %s must be more than zero", d.Number).With("number", d.Number)
	}
	return checkRoom(d, a.Room(id, effective), amount.Minor, effective)
}

// CheckVoid reports whether a document may be voided: it is posted and nothing is, or will be, allocated to or from it.
func CheckVoid(a *Account, id DocumentID, on civil.Date) error {
	d, ok := a.Document(id)
	if !ok {
		return fault.NotFoundf("ledger.document_unknown", "there is no such document on this account")
	}
	if d.State == Void {
		return fault.Conflictf("ledger.void", "%s has been voided already", d.Number).With("number", d.Number)
	}
	if a.index().settled[a.ix.documents[id]].peak(on) != 0 {
		return fault.Conflictf("ledger.void_allocated", "%s has payments or credits on it; take those off first", d.Number).With("number", d.Number)
	}
	return nil
}

// CheckVoidReceipt reports whether a receipt may be taken back from a date on: from then on none of its money is
// allocated or has gone back, and it has earned nothing.
func CheckVoidReceipt(a *Account, id ReceiptID, on civil.Date) error {
	r, ok := a.Receipt(id)
	i := a.index().receipts[id]
	switch {
	case !ok:
		return fault.NotFoundf("ledger.receipt_unknown", "there is no such payment on this account")
	case r.Void():
		return fault.Conflictf("ledger.receipt_void", "this payment has been taken back already")
	case on < r.Date:
		return fault.Invalidf("ledger.before_source", "money that came in on %s cannot be taken back on %s", r.Date, on).
			With("earliest", r.Date.String())
	case a.ix.returned[i].peak(on) != 0:
		return fault.Conflictf("ledger.receipt_returned", "money of this payment has gone back; it stays in the books")
	case a.ix.gone[i].peak(on) != 0 || a.earnedBy(id).peak(on) != 0:
		return fault.Conflictf("ledger.receipt_allocated", "this payment settles documents; take that off first")
	}
	return nil
}

// earnedBy sums the discounts and small differences that came with a receipt.
func (a *Account) earnedBy(id ReceiptID) curve {
	var steps []step
	for i := range a.Allocations {
		if al := &a.Allocations[i]; al.Receipt == id && al.Kind != FromReceipt {
			steps = append(steps, step{al.Effective, al.signed()})
		}
	}
	return newCurve(steps)
}

// CheckReversal reports whether an allocation may be taken back from a date on.
func CheckReversal(a *Account, id AllocationID, effective civil.Date) error {
	al, ok := a.Allocation(id)
	if !ok {
		return fault.NotFoundf("ledger.allocation_unknown", "there is no such allocation on this account")
	}
	if !al.Reverses.IsZero() {
		return fault.Conflictf("ledger.is_reversal", "this already takes an allocation back; make a new allocation instead")
	}
	if _, done := a.Reversed(id); done {
		return fault.Conflictf("ledger.reversed", "this allocation has been taken back already")
	}
	if effective < al.Effective {
		return fault.Invalidf("ledger.before_allocation", "it cannot be taken back on %s: it counts from %s", effective, al.Effective).
			With("earliest", al.Effective.String())
	}
	return nil
}

// SmallDifference reports whether the rest of a document after a payment is so small that it is written off without
// asking: both within the firm's limit and within its share of the document's total (rulebook 4.2).
func SmallDifference(r Rules, total, rest money.Amount) bool {
	return rest.Minor > 0 && rest.Minor <= r.SmallDifference && rest.Minor*1000 <= total.Minor*r.SmallShareMilli
}
