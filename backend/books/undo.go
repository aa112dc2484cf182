package books

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// UndoImport takes an import back if nothing has been built on it: its documents and receipts are voided, its
// settlements reversed, changed records are as before, and customers who are left with nothing are archived. Nothing is
// deleted. The error says what has been built on it.
//
// Built on it is: a payment, credit or write-off on one of its documents, a payment under way for one, and of a receipt
// that it brought an allocation made later, a refund or a chargeback. Saying whose money an unidentified receipt was is not.
func (b *Books) UndoImport(ctx context.Context, m journal.Meta, id ledger.ImportID) (Import, error) {
	var rec importRecord
	_, err := b.write(ctx, m, "import.undone", encode(id.String()), func(tx *journal.Tx, r *Reader) (err error) {
		if rec, err = imports.Get(tx, id.Bytes()); err != nil || rec.Firm != m.Firm {
			return notFound(errNotFound, "import.unknown", "there is no such import")
		}
		if rec.State != ImportApplied {
			return fault.Conflictf("import.not_applied", "this import is %s; only an applied one can be undone", rec.State)
		}
		u := &undoing{b: b, tx: tx, r: r, id: id, seen: map[ledger.CustomerID]bool{}, made: map[ledger.AllocationID]bool{}}
		if u.today, err = r.Today(m.Firm); err != nil {
			return err
		}
		if err := u.run(); err != nil {
			return err
		}
		rec.State = ImportUndone
		tx.Subject(id.Bytes())
		tx.Fact("name", rec.Name)
		return imports.Put(tx, &rec)
	})
	return rec.imported(), err
}

type undoing struct {
	b     *Books
	tx    *journal.Tx
	r     *Reader
	id    ledger.ImportID
	today civil.Date

	customers []ledger.CustomerID
	seen      map[ledger.CustomerID]bool
	receipts  []ledger.ReceiptID
	made      map[ledger.AllocationID]bool // what the import's receipts settled when they came
}

func (u *undoing) run() error {
	if err := u.restore(); err != nil {
		return err
	}
	if err := u.collect(); err != nil {
		return err
	}
	if err := u.strays(); err != nil {
		return err
	}
	for _, c := range u.customers {
		if err := u.account(c); err != nil {
			return err
		}
	}
	return nil
}

// restore puts back the records that the import changed, the last change first.
func (u *undoing) restore() error {
	for rec, err := range undos.Scan(u.tx, store.Prefix(u.id.Bytes()).Reversed()) {
		if err != nil {
			return err
		}
		now, err := u.tx.Get(rec.Table, rec.Key)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, rec.After) {
			return fault.Conflictf("import.changed_since", "a record that this import changed has been changed again since; correct it by hand")
		}
		switch rec.Table {
		case customers.Name:
			err = restoreRecord(u.tx, &customers, rec.Before)
		case documents.Name:
			err = restoreRecord(u.tx, &documents, rec.Before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func restoreRecord[R any](tx *journal.Tx, t *store.Table[R], raw []byte) error {
	rec, err := t.Decode(raw)
	if err != nil {
		return err
	}
	return t.Put(tx, &rec)
}

// collect finds the customers whom the import touched: from its journal entries, which list every record it wrote.
func (u *undoing) collect() error {
	seqs, err := journal.Numbers(u.tx, u.id.Bytes())
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		e, err := journal.In(u.tx, seq)
		if err != nil {
			return err
		}
		for _, c := range e.Changes {
			switch c.Table {
			case customers.Name:
				u.add(ledger.CustomerID(c.Key))
			case documents.Name:
				rec, err := documents.Decode(c.Value)
				if err != nil {
					return err
				}
				u.add(rec.Customer)
			case allocations.Name:
				rec, err := allocations.Decode(c.Value)
				if err != nil {
					return err
				}
				u.add(rec.Customer)
				if !rec.Receipt.IsZero() {
					u.made[rec.ID] = true
				}
			case receipts.Name:
				u.receipts = append(u.receipts, ledger.ReceiptID(c.Key))
			}
		}
	}
	return nil
}

func (u *undoing) add(c ledger.CustomerID) {
	if !u.seen[c] {
		u.seen[c] = true
		u.customers = append(u.customers, c)
	}
}

// strays takes back the receipts whose customer nobody knows, and finds the accounts of the others.
func (u *undoing) strays() error {
	for _, id := range u.receipts {
		rec, err := receipts.Get(u.tx, id.Bytes())
		if err != nil {
			return err
		}
		if !rec.Customer.IsZero() {
			u.add(rec.Customer)
			continue
		}
		if err := u.putVoid(rec.receipt(), civil.Date(rec.Date)); err != nil {
			return err
		}
	}
	return nil
}

func (u *undoing) reason() string { return fmt.Sprintf("import undone on %s", u.today) }

func (u *undoing) putVoid(rc ledger.Receipt, on civil.Date) error {
	rc.VoidedOn, rc.VoidReason = on, u.reason()
	u.tx.Subject(rc.ID.Bytes())
	rec := fromReceipt(rc)
	return receipts.Put(u.tx, &rec)
}

// account takes the import's part of one account back.
func (u *undoing) account(id ledger.CustomerID) error {
	a, err := u.r.Account(id)
	if err != nil {
		return err
	}
	before := len(a.Allocations)
	var live []ledger.Allocation
	for _, x := range a.Allocations {
		if _, gone := a.Reversed(x.ID); x.Import == u.id && x.Reverses.IsZero() && !gone {
			live = append(live, x)
		}
	}
	for _, x := range live {
		// As if it had never been: a report of a past day must not count what is imported again twice.
		u.b.reverse(a, u.tx, x, x.Effective, "import undone")
	}
	for i := range a.Receipts {
		if rc := &a.Receipts[i]; rc.Import == u.id && !rc.Void() {
			if err := u.receipt(a, rc); err != nil {
				return err
			}
		}
	}
	if err := u.underWay(a); err != nil {
		return err
	}
	left := slices.ContainsFunc(a.Receipts, func(rc ledger.Receipt) bool { return !rc.Void() })
	for i := range a.Documents {
		d := &a.Documents[i]
		if d.Import != u.id {
			left = left || d.State == ledger.Posted
			continue
		}
		if d.State == ledger.Void {
			continue
		}
		if err := u.void(a, d); err != nil {
			return err
		}
	}
	if err := u.b.save(u.tx, a, before); err != nil {
		return err
	}
	if a.Customer.Import != u.id || left {
		return nil
	}
	rec := fromCustomer(a.Customer)
	rec.State = ledger.CustomerArchived
	return customers.Put(u.tx, &rec)
}

// receipt takes back a receipt that the import brought, with what it settled when it came.
func (u *undoing) receipt(a *ledger.Account, rc *ledger.Receipt) error {
	built := func(what string) error {
		return fault.Conflictf("import.payment_built_on", "the payment of %s %s on %s %s since; undo that first", rc.Amount, rc.Amount.Currency, rc.Date, what).
			With("amount", rc.Amount.String()).With("currency", string(rc.Amount.Currency)).With("date", rc.Date.String())
	}
	var live []ledger.Allocation
	latest := civil.Max(u.today, rc.Date)
	for _, x := range a.Allocations {
		if x.Receipt != rc.ID {
			continue
		}
		latest = civil.Max(latest, x.Effective)
		if _, gone := a.Reversed(x.ID); gone || !x.Reverses.IsZero() {
			continue
		}
		if !u.made[x.ID] {
			return built("has been allocated to invoices")
		}
		live = append(live, x)
	}
	for _, x := range live {
		u.b.reverse(a, u.tx, x, x.Effective, "import undone")
	}
	on := rc.Date
	if ledger.CheckVoidReceipt(a, rc.ID, on) != nil {
		// It was used in between, and that taken off again: those days stay as they were.
		on = latest
		for _, x := range a.Returns {
			if x.Receipt == rc.ID {
				on = civil.Max(on, x.Date)
			}
		}
	}
	if ledger.CheckVoidReceipt(a, rc.ID, on) != nil {
		return built("has been refunded or charged back")
	}
	full, err := u.r.Receipt(rc.ID)
	if err != nil {
		return err
	}
	rc.VoidedOn, rc.VoidReason = on, u.reason()
	return u.putVoid(full, on)
}

// underWay refuses when somebody is paying a document of the import just now.
func (u *undoing) underWay(a *ledger.Account) error {
	list, err := u.r.AttemptsOf(a.Customer.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.State >= ledger.AttemptPaid {
			continue
		}
		for _, l := range x.Lines {
			if d, ok := a.Document(l.Document); ok && d.Import == u.id {
				return fault.Conflictf("import.being_paid", "%s is being paid by the customer just now; try again when that payment has succeeded, failed or expired", d.Number).
					With("number", d.Number)
			}
		}
	}
	return nil
}

func (u *undoing) void(a *ledger.Account, d *ledger.Document) error {
	on := d.Issued
	if ledger.CheckVoid(a, d.ID, on) != nil {
		// It was paid in between, and that taken off again: those days stay as they were.
		on = civil.Max(u.today, on)
		for _, x := range a.AllocationsOf(d.ID) {
			on = civil.Max(on, x.Effective)
		}
	}
	agreed, err := u.r.committed(d.Customer, d.ID)
	if err != nil {
		return err
	}
	if agreed {
		return fault.Conflictf("import.agreed_on", "%s has a promise, dispute or payment plan; end that first, or correct the document by hand", d.Number).
			With("number", d.Number)
	}
	if err := ledger.CheckVoid(a, d.ID, on); err != nil {
		return fault.Conflictf("import.built_on", "%s has been paid or credited since; undo that first, or correct the document by hand", d.Number).
			With("number", d.Number)
	}
	rec, err := documents.Get(u.tx, d.ID.Bytes())
	if err != nil {
		return err
	}
	rec.State, rec.VoidReason, rec.VoidedOn = ledger.Void, u.reason(), int32(on)
	d.State, d.VoidReason, d.VoidedOn = ledger.Void, rec.VoidReason, on
	return documents.Put(u.tx, &rec)
}
