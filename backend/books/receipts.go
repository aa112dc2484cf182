package books

import (
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Received is money that came in and what became of it.
type Received struct {
	Receipt     ledger.Receipt
	Allocations []ledger.Allocation
	Unapplied   money.Amount // credit on account
}

// Receive records money that came in and allocates it to the lines as far as they take it; the rest is credit on
// account. Money is never refused because a document has been paid in the meantime. The lines must be empty for a
// receipt without a customer.
func (b *Books) Receive(ctx context.Context, m journal.Meta, rc ledger.Receipt, lines []ledger.Line) (Received, error) {
	return b.record(ctx, m, rc, encode([]any{fromReceipt(rc), lines}), func(*ledger.Account) []ledger.Line { return lines })
}

// ReceiveOldestFirst is Receive for money without instructions: it settles the customer's open documents from the oldest
// on (rulebook 4.1, rule 7).
func (b *Books) ReceiveOldestFirst(ctx context.Context, m journal.Meta, rc ledger.Receipt) (Received, error) {
	return b.record(ctx, m, rc, encode([]any{fromReceipt(rc), "oldest first"}), func(a *ledger.Account) []ledger.Line {
		return ledger.OldestFirst(a.OpenItems(civil.EndOfTime), rc.Amount)
	})
}

// record is the transaction of both: choose says what the money is for, given the account as it is then.
func (b *Books) record(ctx context.Context, m journal.Meta, rc ledger.Receipt, input []byte, choose func(*ledger.Account) []ledger.Line) (Received, error) {
	rc.Firm = m.Firm
	var got Received
	out, err := b.write(ctx, m, "receipt.recorded", input, func(tx *journal.Tx, r *Reader) (err error) {
		got, err = b.receive(tx, r, rc, choose)
		return err
	})
	if err == nil && out.Replayed {
		return got, replayed(ctx, b, out, &rc.ID, func(r *Reader) (err error) { got, err = r.Received(rc.ID); return err })
	}
	return got, err
}

// receive is Receive within a transaction.
func (b *Books) receive(tx *journal.Tx, r *Reader, rc ledger.Receipt, choose func(*ledger.Account) []ledger.Line) (Received, error) {
	if err := checkReceipt(rc); err != nil {
		return Received{}, err
	}
	ident.Fill(b.ids, &rc.ID)
	rec := fromReceipt(rc)
	err := duplicate(receipts.Insert(tx, &rec), "receipt.duplicate",
		"a payment with this reference of %s has been recorded before", rc.Provider)
	if err != nil {
		return Received{}, err
	}
	tx.Fact("method", string(rc.Method))
	amountFacts(tx, rc.Amount)
	tx.SetResult(rc.ID.Bytes())
	got := Received{Receipt: rc, Unapplied: rc.Amount}
	tx.Subject(rc.ID.Bytes())
	if rc.Customer.IsZero() {
		if len(choose(&ledger.Account{})) > 0 {
			return got, fault.Invalidf("receipt.no_customer", "choose the customer first: a payment of nobody cannot settle documents")
		}
		return got, nil
	}
	a, err := r.Account(rc.Customer)
	if err != nil {
		return got, err
	}
	if a.Customer.Firm != rc.Firm {
		return got, unknownCustomer(errNotFound)
	}
	tx.Subject(rc.Customer.Bytes())
	return b.place(tx, r, a, rc, choose(a), rc.Date)
}

// place allocates what fits of the lines from a receipt and writes off small differences that are left.
func (b *Books) place(tx *journal.Tx, r *Reader, a *ledger.Account, rc ledger.Receipt, lines []ledger.Line, from civil.Date) (Received, error) {
	f, err := r.Firm(rc.Firm)
	if err != nil {
		return Received{}, err
	}
	before := len(a.Allocations)
	for _, p := range a.Fit(ledger.Source{Receipt: rc.ID}, lines, from) {
		b.apply(a, tx, ledger.Allocation{Document: p.Document, Kind: ledger.FromReceipt, Receipt: rc.ID,
			Amount: money.Of(p.Amount, rc.Amount.Currency), Effective: p.Effective})
		if p.Discount > 0 {
			b.apply(a, tx, ledger.Allocation{Document: p.Document, Kind: ledger.FromDiscount, Receipt: rc.ID,
				Amount: money.Of(p.Discount, rc.Amount.Currency), Effective: p.Effective, Reason: "early payment"})
		}
		d, _ := a.Document(p.Document)
		if rest := a.Room(p.Document, p.Effective); ledger.SmallDifference(f.Rules, d.Total, rest) {
			b.apply(a, tx, ledger.Allocation{Document: p.Document, Kind: ledger.FromSmallDifference, Receipt: rc.ID,
				Amount: rest, Effective: p.Effective, Reason: "payment difference"})
		}
	}
	if err := b.save(tx, a, before); err != nil {
		return Received{}, err
	}
	return Received{Receipt: rc, Allocations: a.Allocations[before:], Unapplied: a.Spare(ledger.Source{Receipt: rc.ID}, civil.EndOfTime)}, nil
}

// apply adds an allocation to the account in memory, with its id, owner and time.
func (b *Books) apply(a *ledger.Account, tx *journal.Tx, x ledger.Allocation) ledger.Allocation {
	ident.Fill(b.ids, &x.ID)
	x.Firm, x.Customer, x.Recorded = a.Customer.Firm, a.Customer.ID, tx.At()
	a.Allocations = append(a.Allocations, x)
	return x
}

// save asserts every invariant of the account and stores the allocations from index n on.
func (b *Books) save(tx *journal.Tx, a *ledger.Account, n int) error {
	if err := a.Check(); err != nil {
		return err
	}
	for _, x := range a.Allocations[n:] {
		rec := fromAllocation(x)
		if err := allocations.Insert(tx, &rec); err != nil {
			return err
		}
		tx.Subject(x.Document.Bytes())
	}
	return nil
}

func checkReceipt(rc ledger.Receipt) error {
	switch {
	case !rc.Amount.Currency.Valid():
		return fault.Invalidf("receipt.currency", "%q is not a currency; expected an ISO code such as EUR", string(rc.Amount.Currency))
	case rc.Amount.Minor <= 0 || rc.Amount.Minor > money.MaxMinor:
		return fault.Invalidf("receipt.amount", "a payment must be more than zero; money that goes back is a refund")
	case rc.Date < civil.Of(1980, 1, 1) || rc.Date > civil.Of(2199, 12, 31):
		return fault.Invalidf("receipt.date", "the payment needs the date on which the money was received")
	case len(rc.Reference) > 500 || len(rc.Payer) > 500:
		return fault.Invalidf("receipt.too_long", "the reference or payer's name is too long")
	}
	return nil
}

// Received is a receipt with its living allocations.
func (r *Reader) Received(id ledger.ReceiptID) (Received, error) {
	rc, err := r.LiveReceipt(id)
	if err != nil {
		return Received{}, err
	}
	got := Received{Receipt: rc, Unapplied: rc.Amount}
	if rc.Customer.IsZero() {
		return got, nil
	}
	a, err := r.Account(rc.Customer)
	if err != nil {
		return got, err
	}
	got.Allocations = a.AllocationsFrom(id)
	got.Unapplied = a.Spare(ledger.Source{Receipt: id}, civil.EndOfTime)
	return got, nil
}

// Assign says whose an unidentified receipt is.
func (b *Books) Assign(ctx context.Context, m journal.Meta, id ledger.ReceiptID, c ledger.CustomerID) (ledger.Receipt, error) {
	var rc ledger.Receipt
	_, err := b.write(ctx, m, "receipt.assigned", encode([]string{id.String(), c.String()}), func(tx *journal.Tx, r *Reader) error {
		var err error
		if rc, err = r.ownReceipt(m.Firm, id); err != nil {
			return err
		}
		if !rc.Customer.IsZero() {
			return fault.Conflictf("receipt.assigned", "this payment belongs to a customer already")
		}
		if cu, err := r.Customer(c); err != nil || cu.Firm != m.Firm {
			return unknownCustomer(errNotFound)
		}
		rc.Customer = c
		tx.Subject(c.Bytes(), id.Bytes())
		amountFacts(tx, rc.Amount)
		rec := fromReceipt(rc)
		return receipts.Put(tx, &rec)
	})
	return rc, err
}

func (r *Reader) ownReceipt(f ledger.FirmID, id ledger.ReceiptID) (ledger.Receipt, error) {
	rc, err := r.LiveReceipt(id)
	if err == nil && rc.Firm != f {
		return ledger.Receipt{}, unknownReceipt(errNotFound)
	}
	return rc, err
}

// sourceAccount is the account that owns a source of allocations.
func (r *Reader) sourceAccount(f ledger.FirmID, s ledger.Source) (*ledger.Account, error) {
	if s.Kind() == ledger.FromReceipt {
		rc, err := r.ownReceipt(f, s.Receipt)
		if err != nil {
			return nil, err
		}
		if rc.Customer.IsZero() {
			return nil, fault.Conflictf("receipt.no_customer", "choose the customer first: a payment of nobody cannot settle documents")
		}
		return r.Account(rc.Customer)
	}
	d, err := r.ownDocument(f, s.Credit)
	if err != nil {
		return nil, err
	}
	return r.Account(d.Customer)
}

// Allocate applies a receipt or credit note to documents of the same customer, all lines or none. A zero effective date
// is the earliest on which it may count.
func (b *Books) Allocate(ctx context.Context, m journal.Meta, s ledger.Source, lines []ledger.Line, effective civil.Date) ([]ledger.Allocation, error) {
	var made []ledger.Allocation
	input := encode([]any{s.Receipt.String(), s.Credit.String(), lines, int32(effective)})
	out, err := b.Write(ctx, m, "allocation.made", input, func(w *Writer) (err error) {
		made, err = w.Allocate(s, lines, effective)
		return err
	})
	if err == nil && out.Replayed {
		made = nil
		err = b.View(ctx, func(r *Reader) error {
			a, err := r.sourceAccount(m.Firm, s)
			if err == nil && s.Kind() == ledger.FromReceipt {
				made = a.AllocationsFrom(s.Receipt)
			}
			return err
		})
	}
	return made, err
}

// earliest is the first day on which all lines may count.
func earliest(a *ledger.Account, s ledger.Source, lines []ledger.Line) civil.Date {
	on, _ := a.SourceDate(s)
	for _, l := range lines {
		if d, ok := a.Document(l.Document); ok {
			on = civil.Max(on, d.Issued)
		}
	}
	return on
}

// Unallocate takes an allocation back from today on. What it settled is open again and the money is credit on account.
func (b *Books) Unallocate(ctx context.Context, m journal.Meta, id ledger.AllocationID, reason string) (ledger.Allocation, error) {
	var back ledger.Allocation
	_, err := b.write(ctx, m, "allocation.reversed", encode([]string{id.String(), reason}), func(tx *journal.Tx, r *Reader) error {
		x, err := r.Allocation(id)
		if err != nil {
			return err
		}
		if x.Firm != m.Firm {
			return notFound(errNotFound, "allocation.unknown", "there is no such allocation")
		}
		a, err := r.Account(x.Customer)
		if err != nil {
			return err
		}
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		on := civil.Max(today, x.Effective)
		if err := ledger.CheckReversal(a, id, on); err != nil {
			return err
		}
		before := len(a.Allocations)
		back = b.reverse(a, tx, x, on, reason)
		tx.Subject(x.Customer.Bytes())
		amountFacts(tx, x.Amount)
		tx.Fact("reason", reason)
		return b.save(tx, a, before)
	})
	return back, err
}

func (b *Books) reverse(a *ledger.Account, tx *journal.Tx, x ledger.Allocation, on civil.Date, reason string) ledger.Allocation {
	x.Reverses, x.Effective, x.Reason = x.ID, on, reason
	return b.apply(a, tx, x)
}

// WriteOff gives up so much of a document, from today on. It can be reversed with Unallocate.
func (b *Books) WriteOff(ctx context.Context, m journal.Meta, id ledger.DocumentID, amount money.Amount, reason string) (ledger.Allocation, error) {
	var made ledger.Allocation
	if strings.TrimSpace(reason) == "" {
		return made, fault.Invalidf("write_off.reason", "say why the amount is written off; the reason stays in the books")
	}
	_, err := b.write(ctx, m, "document.written_off", encode([]any{id.String(), amount, reason}), func(tx *journal.Tx, r *Reader) error {
		d, err := r.ownDocument(m.Firm, id)
		if err != nil {
			return err
		}
		a, err := r.Account(d.Customer)
		if err != nil {
			return err
		}
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		on := civil.Max(today, d.Issued)
		if err := ledger.CheckWriteOff(a, id, amount, on); err != nil {
			return err
		}
		before := len(a.Allocations)
		made = b.apply(a, tx, ledger.Allocation{Document: id, Kind: ledger.FromWriteOff, Amount: amount, Effective: on, Reason: reason})
		tx.Subject(d.Customer.Bytes())
		tx.Fact("number", d.Number)
		tx.Fact("reason", reason)
		amountFacts(tx, amount)
		return b.save(tx, a, before)
	})
	return made, err
}

// Return records money that went back: a refund or chargeback. The latest allocations of the receipt are taken back as
// far as needed, so that documents are open again with their old due date (rulebook 4.2). With Undoes set it takes a
// return back instead: a reversed chargeback or a refund that failed.
func (b *Books) Return(ctx context.Context, m journal.Meta, x ledger.Return) (ledger.Return, error) {
	x.Firm = m.Firm
	input := encode(fromReturn(x))
	kind := "receipt.refunded"
	if x.Kind == ledger.Chargeback {
		kind = "receipt.charged_back"
	}
	out, err := b.write(ctx, m, kind, input, func(tx *journal.Tx, r *Reader) error {
		rc, err := r.ownReceipt(m.Firm, x.Receipt)
		if err != nil {
			return err
		}
		if rc.Customer.IsZero() {
			return fault.Conflictf("receipt.no_customer", "choose the customer of this payment first")
		}
		a, err := r.Account(rc.Customer)
		if err != nil {
			return err
		}
		x.Customer = rc.Customer
		ident.Fill(b.ids, &x.ID)
		before := len(a.Allocations)
		if err := b.takeBack(tx, a, &x); err != nil {
			return err
		}
		a.Returns = append(a.Returns, x)
		rec := fromReturn(x)
		if err := duplicate(returns.Insert(tx, &rec), "return.duplicate", "this refund or chargeback has been recorded before"); err != nil {
			return err
		}
		tx.Subject(x.Customer.Bytes(), x.Receipt.Bytes())
		tx.Fact("reason", x.Reason)
		amountFacts(tx, x.Amount)
		tx.SetResult(x.ID.Bytes())
		return b.save(tx, a, before)
	})
	if err == nil && out.Replayed {
		return x, replayed(ctx, b, out, &x.ID, func(r *Reader) error {
			rec, err := returns.Get(r.tx, x.ID.Bytes())
			x = rec.ret()
			return err
		})
	}
	return x, err
}

// takeBack plans what a return reopens and adds it to the account in memory.
func (b *Books) takeBack(tx *journal.Tx, a *ledger.Account, x *ledger.Return) error {
	if !x.Undoes.IsZero() {
		tx.SetKind("receipt.return_undone")
		return ledger.CheckUndoReturn(a, x.Undoes, x.Date)
	}
	plan, err := ledger.PlanReturn(a, x.Receipt, x.Amount, x.Date)
	if err != nil {
		return err
	}
	x.Date = plan.Date
	for _, v := range plan.Reverse {
		was, _ := a.Allocation(v.Allocation)
		b.reverse(a, tx, was, v.Effective, "money went back")
	}
	for _, p := range plan.Reapply {
		b.apply(a, tx, ledger.Allocation{Document: p.Document, Kind: ledger.FromReceipt, Receipt: x.Receipt,
			Amount: money.Of(p.Amount, x.Amount.Currency), Effective: p.Effective})
		if p.Discount > 0 {
			b.apply(a, tx, ledger.Allocation{Document: p.Document, Kind: ledger.FromDiscount, Receipt: x.Receipt,
				Amount: money.Of(p.Discount, x.Amount.Currency), Effective: p.Effective, Reason: "early payment"})
		}
	}
	return nil
}
