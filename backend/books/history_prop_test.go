package books_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// drawn chooses from a property test, so that failures shrink.
type drawn struct{ t *rapid.T }

func (d drawn) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "choice") }

// model is what the journal says, as plain lists without any index: the last form of each record.
type model struct {
	documents   map[ledger.DocumentID]ledger.Document
	receipts    map[ledger.ReceiptID]ledger.Receipt
	returns     map[ledger.ReturnID]ledger.Return
	allocations map[ledger.AllocationID]ledger.Allocation
}

// replay builds the model of one firm from the entries from … until.
func replay(t *testing.T, b *bookstest.Books, firm ledger.FirmID, from, until uint64) *model {
	t.Helper()
	m := &model{map[ledger.DocumentID]ledger.Document{}, map[ledger.ReceiptID]ledger.Receipt{}, map[ledger.ReturnID]ledger.Return{}, map[ledger.AllocationID]ledger.Allocation{}}
	for from <= until {
		batch, err := b.Log().Read(b.Ctx, from, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			break
		}
		for _, e := range batch {
			if from = e.Seq + 1; e.Firm != firm || e.Seq > until {
				continue
			}
			for c, err := range b.Changes(b.Ctx, e) {
				if err == nil {
					err = m.add(c)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return m
}

func (m *model) add(c journal.Change) error {
	x, err := books.Decode(c)
	switch {
	case err != nil:
		return err
	case x.Document != nil:
		m.documents[x.Document.ID] = *x.Document
	case x.Receipt != nil:
		m.receipts[x.Receipt.ID] = *x.Receipt
	case x.Return != nil:
		m.returns[x.Return.ID] = *x.Return
	case x.Allocation != nil:
		m.allocations[x.Allocation.ID] = *x.Allocation
	}
	return nil
}

func sign(reversed bool) int64 {
	if reversed {
		return -1
	}
	return 1
}

// open adds up everything that was ever applied to or from a document.
func (m *model) open(d ledger.Document, asOf civil.Date) int64 {
	if d.Issued > asOf || d.State == ledger.Void && d.VoidedOn <= asOf {
		return 0
	}
	left := d.Total.Minor
	for _, a := range m.allocations {
		if a.Effective <= asOf && (a.Document == d.ID || a.Kind == ledger.FromCreditNote && a.Credit == d.ID) {
			left -= a.Amount.Minor * sign(!a.Reverses.IsZero())
		}
	}
	return left
}

func (m *model) unapplied(r ledger.Receipt, asOf civil.Date) int64 {
	if r.Date > asOf || r.VoidOn(asOf) {
		return 0
	}
	left := r.Amount.Minor
	for _, a := range m.allocations {
		if a.Effective <= asOf && a.Kind == ledger.FromReceipt && a.Receipt == r.ID {
			left -= a.Amount.Minor * sign(!a.Reverses.IsZero())
		}
	}
	for _, x := range m.returns {
		if x.Date <= asOf && x.Receipt == r.ID {
			left -= x.Amount.Minor * sign(!x.Undoes.IsZero())
		}
	}
	return left
}

// balance is one customer's net balance in one currency.
func (m *model) balance(c ledger.CustomerID, currency money.Currency, asOf civil.Date) (net int64) {
	for _, d := range m.documents {
		if d.Customer == c && d.Total.Currency == currency {
			net += m.open(d, asOf) * sign(!d.Type.Debit())
		}
	}
	for _, r := range m.receipts {
		if r.Customer == c && r.Amount.Currency == currency {
			net -= m.unapplied(r, asOf)
		}
	}
	return net
}

// TestRandomHistories does random things to the books, allowed and not, in a new firm each time, and compares the
// accounts, on every date, with a plain model of what the journal says. Facts that count from later never change a
// report of the past; verify, deep, is clean at the end (bookstest).
func TestRandomHistories(t *testing.T) {
	if testing.Short() {
		t.Skip("random histories take some seconds")
	}
	b := bookstest.Open(t)
	rapid.Check(t, func(rt *rapid.T) {
		first, _, err := b.Log().Head(b.Ctx)
		if err != nil {
			rt.Fatal(err)
		}
		b.NewFirm()
		h := b.History(drawn{rt})
		h.Run(rapid.IntRange(1, 25).Draw(rt, "operations"))
		half, _, err := b.Log().Head(b.Ctx)
		if err != nil {
			rt.Fatal(err)
		}
		before := replay(t, b, h.Firm.ID, first, half)
		h.Run(rapid.IntRange(0, 10).Draw(rt, "more operations"))
		m := replay(t, b, h.Firm.ID, first, 1<<62)
		acknowledged(rt, h, m)
		compare(rt, h, m)
		stable(rt, h, before, m)
	})
}

// acknowledged checks that whatever the books said they had recorded is there, with the same amounts.
func acknowledged(t *rapid.T, h *bookstest.History, m *model) {
	for _, d := range h.Documents {
		if got, ok := m.documents[d.ID]; !ok || got.Total != d.Total || got.Issued != d.Issued || got.Customer != d.Customer {
			t.Fatalf("document %s was acknowledged as %+v and is %+v", d.ID, d, got)
		}
	}
	for _, r := range h.Receipts {
		if got, ok := m.receipts[r.ID]; !ok || got.Amount != r.Amount || got.Date != r.Date || got.Customer != r.Customer {
			t.Fatalf("receipt %s was acknowledged as %+v and is %+v", r.ID, r, got)
		}
	}
	for _, x := range h.Returns {
		if got, ok := m.returns[x.ID]; !ok || got != x {
			t.Fatalf("return %s was acknowledged as %+v and is %+v", x.ID, x, got)
		}
	}
}

func compare(t *rapid.T, h *bookstest.History, m *model) {
	today := h.Today()
	for _, c := range h.Customers {
		a := h.Account(c.ID)
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
		for n := -90; n <= 150; n += 15 {
			asOf := today.AddDays(n)
			for _, bal := range a.Balances(asOf) {
				if want := m.balance(c.ID, bal.Currency, asOf); bal.Net.Minor != want {
					t.Fatalf("customer %s has %s %s on %s; the journal says %d", c.Number, bal.Net, bal.Currency, asOf, want)
				}
			}
			for _, d := range a.Documents {
				if got, want := a.Open(d.ID, asOf).Minor, m.open(m.documents[d.ID], asOf); got != want {
					t.Fatalf("%s has %d open on %s; the journal says %d", d.Number, got, asOf, want)
				}
			}
			for _, r := range a.Receipts {
				if got, want := a.Unapplied(r.ID, asOf).Minor, m.unapplied(m.receipts[r.ID], asOf); got != want {
					t.Fatalf("a receipt has %d unapplied on %s; the journal says %d", got, asOf, want)
				}
			}
		}
	}
}

// stable compares reports of the past with those from before the last operations, up to the first date from which any
// of the new facts counts. Assigning a receipt moves it to another account as a whole and is left out.
func stable(t *rapid.T, h *bookstest.History, before, after *model) {
	first := civil.Of(9999, 1, 1)
	for id, d := range after.documents {
		was, known := before.documents[id]
		switch {
		case !known:
			first = min(first, d.Issued)
		case d.State != was.State:
			first = min(first, d.VoidedOn)
		}
	}
	for id, r := range after.receipts {
		was, known := before.receipts[id]
		switch {
		case !known || was.Customer != r.Customer:
			first = min(first, r.Date)
		case r.VoidedOn != was.VoidedOn:
			first = min(first, r.VoidedOn)
		}
	}
	for id, x := range after.returns {
		if _, known := before.returns[id]; !known {
			first = min(first, x.Date)
		}
	}
	for id, a := range after.allocations {
		if _, known := before.allocations[id]; !known {
			first = min(first, a.Effective)
		}
	}
	for n := -90; n <= 150; n += 10 {
		asOf := h.Today().AddDays(n)
		if asOf >= first {
			return
		}
		for _, c := range h.Customers {
			for _, bal := range h.Account(c.ID).Balances(asOf) {
				if want := before.balance(c.ID, bal.Currency, asOf); bal.Net.Minor != want {
					t.Fatalf("the balance on %s was %d and is %s after facts that count from %s", asOf, want, bal.Net, first)
				}
			}
		}
	}
}
