// Package openitems answers what needs all open items at once: balances, aging, and the lists of customers, documents
// and receipts, in milliseconds for a million items.
//
// It holds columns in memory: one array per field over all documents and receipts of a firm, and one over everything
// that changed what is left of them, by date. So every question can be asked for any date, as the ledger's rules have
// it (ledger.Account): open(d, t) = total − allocations effective by t.
//
// Columns are derived. Load reads them from one snapshot of the books and knows the journal entry at which that
// snapshot stands; Run then follows the journal from there. Nothing is saved: after a crash the next Load is complete.
// An entry becomes visible whole, imports included. Wait lets a caller who has just written read what was written.
//
// Amounts are minor units inside; currencies are never added together. Lists are paged by cursor (the id of the last
// row) or by offset, sorted by any of the fields that their query names, with totals per currency over all pages.
package openitems

import (
	"context"
	"errors"
	"sync"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Columns are the open items of all firms. They are safe for concurrent use.
type Columns struct {
	books *books.Books

	mu    sync.RWMutex
	firms map[ledger.FirmID]*firm
	seq   uint64        // the journal entry at which the columns stand
	moved chan struct{} // closed when seq grows
}

// Load reads everything from one snapshot of the books.
func Load(ctx context.Context, b *books.Books) (*Columns, error) {
	var c *Columns
	err := b.View(ctx, func(r *books.Reader) (err error) { c, err = LoadIn(ctx, b, r); return err })
	return c, err
}

// LoadIn loads what a reader sees, for who compares the columns with what else that reader says.
func LoadIn(ctx context.Context, b *books.Books, r *books.Reader) (*Columns, error) {
	c := &Columns{books: b, moved: make(chan struct{}), firms: map[ledger.FirmID]*firm{}}
	var err error
	if c.seq, err = r.Head(); err != nil {
		return nil, err
	}
	if err := c.load(ctx, r); err != nil {
		return nil, err
	}
	return c, nil
}

// load reads customers first, then what stands on their accounts, then what moved it.
func (c *Columns) load(ctx context.Context, r *books.Reader) error {
	firms, err := r.Firms()
	if err != nil {
		return err
	}
	for _, f := range firms {
		c.putFirm(f)
		for x, err := range r.Customers(f.ID) {
			if err != nil {
				return err
			}
			c.firms[f.ID].putCustomer(x)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for d, err := range r.Rows() {
		if err != nil {
			return err
		}
		if err := c.put(documentItem(d)); err != nil {
			return err
		}
	}
	for _, f := range firms {
		for x, err := range r.Receipts(f.ID) {
			if err != nil {
				return err
			}
			if err := c.put(receiptItem(x)); err != nil {
				return err
			}
		}
	}
	for x, err := range r.AllReturns() {
		if err != nil {
			return err
		}
		if err := c.move(returnSteps(x)...); err != nil {
			return err
		}
	}
	for x, err := range r.AllocationRows() {
		if err != nil {
			return err
		}
		if err := c.move(allocationSteps(x)...); err != nil {
			return err
		}
	}
	if err := c.loadAgreed(r, firms); err != nil {
		return err
	}
	return ctx.Err()
}

// Name is the follower's name.
func (c *Columns) Name() string { return "openitems" }

// Run follows the journal until ctx ends (nil), from where the columns stand. An entry that cannot be applied makes it
// load everything afresh; only when that fails, too, does it end with an error.
func (c *Columns) Run(ctx context.Context) error {
	for {
		err := c.books.Log().FollowFrom(ctx, c.Seq(), c.Apply, nil)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if again := c.reload(ctx); again != nil {
			return errors.Join(err, again)
		}
	}
}

// reload replaces the columns by ones that are loaded afresh.
func (c *Columns) reload(ctx context.Context) error {
	now, err := Load(ctx, c.books)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.firms = now.firms
	c.stand(now.seq)
	return nil
}

// stand notes the journal entry at which the columns stand and tells who waits for it. The lock is held.
func (c *Columns) stand(seq uint64) {
	c.seq = max(c.seq, seq)
	close(c.moved)
	c.moved = make(chan struct{})
}

// Seq is the journal entry at which the columns stand.
func (c *Columns) Seq() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.seq
}

// Wait returns when the columns stand at the journal entry or after it, or when ctx ends.
func (c *Columns) Wait(ctx context.Context, seq uint64) error {
	for {
		c.mu.RLock()
		done, moved := c.seq >= seq, c.moved
		c.mu.RUnlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Fresh waits until the columns show everything that was committed before the call.
func (c *Columns) Fresh(ctx context.Context) error {
	head, _, err := c.books.Log().Head(ctx)
	if err != nil {
		return err
	}
	return c.Wait(ctx, head)
}

// Apply makes entries visible, all of them at once. Entries that the columns have already are passed over.
func (c *Columns) Apply(ctx context.Context, entries []journal.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	news, err := c.decode(ctx, entries)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, apply := range news {
		if err := apply(c); err != nil {
			return err
		}
	}
	c.stand(entries[len(entries)-1].Seq)
	return nil
}

// decode reads the changes before the lock is taken: an import may have a hundred thousand.
func (c *Columns) decode(ctx context.Context, entries []journal.Entry) (news []func(*Columns) error, err error) {
	seq := c.Seq()
	for _, e := range entries {
		if e.Seq <= seq {
			continue
		}
		for change, err := range c.books.Changes(ctx, e) {
			if err != nil {
				return nil, err
			}
			x, err := books.Decode(change)
			if err != nil {
				return nil, err
			}
			if apply := effect(x); apply != nil {
				news = append(news, apply)
			}
		}
	}
	return news, nil
}

// effect is what a changed record does to the columns; nil when it concerns them not at all.
func effect(x books.Changed) func(*Columns) error {
	switch {
	case x.Firm != nil:
		f := *x.Firm
		return func(c *Columns) error { c.putFirm(f); return nil }
	case x.Customer != nil:
		cu := *x.Customer
		return func(c *Columns) error {
			f, err := c.firm(cu.Firm)
			if err == nil {
				f.putCustomer(cu)
			}
			return err
		}
	case x.Document != nil:
		it := documentItem(*x.Document)
		return func(c *Columns) error { return c.put(it) }
	case x.Receipt != nil:
		it := receiptItem(*x.Receipt)
		return func(c *Columns) error { return c.put(it) }
	case x.Return != nil:
		steps := returnSteps(*x.Return)
		return func(c *Columns) error { return c.move(steps...) }
	case x.Allocation != nil:
		steps := allocationSteps(*x.Allocation)
		return func(c *Columns) error { return c.move(steps...) }
	}
	return agreement(x)
}

func (c *Columns) firm(id ledger.FirmID) (*firm, error) {
	f, ok := c.firms[id]
	if !ok {
		return nil, fault.NotFoundf("firm.unknown", "there is no such firm")
	}
	return f, nil
}

func (c *Columns) putFirm(f ledger.Firm) {
	if old, ok := c.firms[f.ID]; ok {
		old.currency = f.Currency
		position(&old.currencies, f.Currency)
		return
	}
	c.firms[f.ID] = newFirm(f)
}

func (c *Columns) put(it item) error {
	f, err := c.firm(it.firm)
	if err != nil {
		return err
	}
	return f.put(it)
}

func (c *Columns) move(steps ...step) error {
	for _, s := range steps {
		f, err := c.firm(s.firm)
		if err != nil {
			return err
		}
		if err := f.move(s); err != nil {
			return err
		}
	}
	return nil
}
