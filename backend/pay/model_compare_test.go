package pay_test

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
)

// compare holds the books against what happened.
func (w *world) compare() {
	receipts := w.compareReceipts()
	w.compareReturns(receipts)
	w.compareAllocation()
	w.rig.Verify()
}

// compareReceipts: exactly the payments that were paid have come in, each once, each on its attempt.
func (w *world) compareReceipts() map[string]ledger.Receipt {
	receipts := map[string]ledger.Receipt{}
	got := map[string]money.Amount{}
	w.must(w.View(w.Ctx, func(r *books.Reader) error {
		for rc, err := range r.Receipts(w.Firm.ID) {
			if err != nil {
				return err
			}
			if rc.Provider == pay.Provider {
				got[rc.ProviderRef] = rc.Amount
				receipts[rc.ProviderRef] = rc
			}
		}
		return nil
	}))
	if d := cmp.Diff(w.paid, got); d != "" {
		w.rt.Fatalf("receipts differ from what was paid:\n%s", d)
	}
	for _, x := range w.attempts {
		_, paid := w.paid[x.ProviderRef]
		if paid != (x.State == ledger.AttemptPaid) {
			w.rt.Fatalf("attempt %s of payment %q is in state %d, paid %v", x.ID, x.ProviderRef, x.State, paid)
		}
	}
	if n := w.entries(settled); n != len(w.paid) {
		w.rt.Fatalf("%d confirmations for %d payments", n, len(w.paid))
	}
	return receipts
}

// compareReturns: every refund and chargeback that stands has been booked once; those that fell have been undone.
func (w *world) compareReturns(receipts map[string]ledger.Receipt) {
	want, got := map[string]money.Amount{}, map[string]money.Amount{}
	for ref, rc := range receipts {
		refunds, err := w.mol.ListRefunds(w.Ctx, ref)
		w.must(err)
		for _, r := range refunds {
			if r.Status.Effective() {
				want[r.ID] = r.Amount.Money()
			}
		}
		chargebacks, err := w.mol.ListChargebacks(w.Ctx, ref)
		w.must(err)
		for _, b := range chargebacks {
			if b.ReversedAt.IsZero() {
				want[b.ID] = b.Amount.Money()
			}
		}
		var list []ledger.Return
		w.must(w.View(w.Ctx, func(r *books.Reader) (err error) { list, err = r.Returns(rc.ID); return err }))
		for _, r := range list {
			if !slices.ContainsFunc(list, func(u ledger.Return) bool { return u.Undoes == r.ID }) && r.Undoes.IsZero() {
				got[r.ProviderRef] = r.Amount
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		w.rt.Fatalf("returns differ from the provider's refunds and chargebacks:\n%s", d)
	}
}

// plain is the simplest account of who paid what: amounts in cents, no dates.
type plain struct {
	open    map[ledger.DocumentID]int64
	applied map[ledger.ReceiptID][]ledger.Line // in the order of application
	free    map[ledger.ReceiptID]int64
}

func (p *plain) receive(id ledger.ReceiptID, amount int64, lines []ledger.AttemptLine) {
	p.free[id] = amount
	for _, l := range lines {
		if n := min(l.Amount, p.free[id], p.open[l.Document]); n > 0 {
			p.open[l.Document] -= n
			p.free[id] -= n
			p.applied[id] = append(p.applied[id], ledger.Line{Document: l.Document, Amount: n})
		}
	}
}

// giveBack takes from the credit first and then from the latest lines.
func (p *plain) giveBack(id ledger.ReceiptID, amount int64) {
	for lines := p.applied[id]; p.free[id] < amount; lines = p.applied[id] {
		last := &lines[len(lines)-1]
		n := min(last.Amount, amount-p.free[id])
		p.open[last.Document] += n
		p.free[id] += n
		if last.Amount -= n; last.Amount == 0 {
			p.applied[id] = lines[:len(lines)-1]
		}
	}
	p.free[id] -= amount
}

// compareAllocation replays the events in the order of the journal through the plain model.
func (w *world) compareAllocation() {
	p := &plain{open: map[ledger.DocumentID]int64{}, applied: map[ledger.ReceiptID][]ledger.Line{}, free: map[ledger.ReceiptID]int64{}}
	for _, d := range w.docs {
		p.open[d.ID] = d.Total.Minor
	}
	returns := map[ledger.ReturnID]ledger.Return{}
	accounts := map[ledger.CustomerID]*ledger.Account{}
	for _, c := range w.customers {
		a := w.Account(c.ID)
		accounts[c.ID] = a
		for _, r := range a.Returns {
			returns[r.ID] = r
		}
	}
	transfers := map[ledger.ReceiptID]ledger.Receipt{}
	for _, a := range accounts {
		for _, rc := range a.Receipts {
			transfers[rc.ID] = rc
		}
	}
	for from := uint64(1); ; {
		list, err := w.Log().Read(w.Ctx, from, 500)
		w.must(err)
		if len(list) == 0 {
			break
		}
		for _, e := range list {
			from = e.Seq + 1
			if id, ok := pay.Settled(e); ok {
				x := w.attempts[id]
				p.receive(x.Receipt, x.Amount.Minor, x.Lines)
				continue
			}
			for _, c := range e.Changes {
				switch c.Table {
				case "receipts": // a transfer: for one document, and never more than it needed then
					rc := transfers[ledger.ReceiptID(c.Key)]
					p.receive(rc.ID, rc.Amount.Minor, w.linesOf(accounts, rc))
				case "returns":
					r := returns[ledger.ReturnID(c.Key)]
					if r.Undoes.IsZero() {
						p.giveBack(r.Receipt, r.Amount.Minor)
					} else {
						p.free[r.Receipt] += r.Amount.Minor
					}
				}
			}
		}
	}
	for _, d := range w.docs {
		if got := accounts[d.Customer].Open(d.ID, w.today()).Minor; got != p.open[d.ID] {
			w.rt.Fatalf("%s has %d open, the model says %d", d.Number, got, p.open[d.ID])
		}
	}
	for id, free := range p.free {
		rc := transfers[id]
		if got := accounts[rc.Customer].Unapplied(id, w.today()).Minor; got != free {
			w.rt.Fatalf("receipt %s has %d on account, the model says %d", id, got, free)
		}
	}
}

// linesOf is what a transfer was made for: all of it for one document.
func (w *world) linesOf(accounts map[ledger.CustomerID]*ledger.Account, rc ledger.Receipt) []ledger.AttemptLine {
	a := accounts[rc.Customer]
	for _, al := range a.Allocations {
		if al.Receipt == rc.ID {
			return []ledger.AttemptLine{{Document: al.Document, Amount: rc.Amount.Minor}}
		}
	}
	return nil
}
