package exporter

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// source is the snapshot that an export reads.
type source struct {
	ctx   context.Context // of the one call that made it
	r     *books.Reader
	books *books.Books
	firm  ledger.Firm
	asOf  civil.Date
	head  uint64 // the journal entry at which the snapshot stands
}

func newSource(ctx context.Context, r *books.Reader, b *books.Books, firm ledger.FirmID, asOf civil.Date) (*source, error) {
	f, err := r.Firm(firm)
	if err != nil {
		return nil, err
	}
	head, err := r.Head()
	return &source{ctx: ctx, r: r, books: b, firm: f, asOf: asOf, head: head}, err
}

// accounts walks the firm's accounts by the customers' numbers.
func (s *source) accounts(fn func(*ledger.Account) error) error {
	type entry struct {
		number string
		id     ledger.CustomerID
	}
	var all []entry
	for c, err := range s.r.Customers(s.firm.ID) {
		if err != nil {
			return err
		}
		all = append(all, entry{c.Number, c.ID})
	}
	slices.SortFunc(all, func(x, y entry) int { return cmp.Compare(x.number, y.number) })
	for _, e := range all {
		if err := s.ctx.Err(); err != nil {
			return fault.Wrap(err, fault.Unavailable, "export.stopped", "the export was stopped")
		}
		a, err := s.r.Account(e.id)
		if err != nil {
			return err
		}
		slices.SortStableFunc(a.Documents, func(x, y ledger.Document) int {
			return cmp.Or(cmp.Compare(x.Issued, y.Issued), cmp.Compare(x.Number, y.Number))
		})
		slices.SortStableFunc(a.Receipts, func(x, y ledger.Receipt) int { return cmp.Compare(x.Date, y.Date) })
		if err := fn(a); err != nil {
			return err
		}
	}
	return nil
}

// strays are the firm's receipts of nobody.
func (s *source) strays() (out []ledger.Receipt, err error) {
	all, err := s.r.ReceiptsOf(ledger.CustomerID{})
	for _, x := range all {
		if x.Firm == s.firm.ID && x.Date <= s.asOf && !x.VoidOn(s.asOf) {
			out = append(out, x)
		}
	}
	return out, err
}

// currencies are those in which something stands on an account, the firm's own first, the others by code.
func (s *source) currencies() ([]money.Currency, error) {
	seen := map[money.Currency]bool{}
	for d, err := range s.r.Rows() {
		if err != nil {
			return nil, err
		}
		if d.Firm == s.firm.ID && d.Issued <= s.asOf {
			seen[d.Total.Currency] = true
		}
	}
	for r, err := range s.r.Receipts(s.firm.ID) {
		if err != nil {
			return nil, err
		}
		if r.Date <= s.asOf {
			seen[r.Amount.Currency] = true
		}
	}
	delete(seen, s.firm.Currency)
	return append([]money.Currency{s.firm.Currency}, slices.Sorted(maps.Keys(seen))...), nil
}
