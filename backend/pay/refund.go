package pay

import (
	"context"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// RefundOrder is money to be sent back of a payment that came in through the provider.
type RefundOrder struct {
	Receipt ledger.ReceiptID
	Amount  money.Amount
	Reason  string // shown to the payer
}

// Refund sends money back and books it. m.Key makes it safe to repeat: under one key at most one refund is made. When
// the provider's answer does not come, its list says whether the refund was made; when that does not come either, the
// error says so and the same call may be made again with the same key.
func (s *Service) Refund(ctx context.Context, m journal.Meta, o RefundOrder) (ledger.Return, error) {
	rc, booked, err := s.returns(ctx, o.Receipt)
	if err != nil {
		return ledger.Return{}, err
	}
	if rc.Firm != m.Firm || rc.Provider != Provider {
		return ledger.Return{}, fault.Invalidf("pay.not_ours", "only a payment that came in through Mollie can be sent back through Mollie")
	}
	c, err := s.client(ctx, rc.Firm)
	if err != nil {
		return ledger.Return{}, err
	}
	f, err := s.firm(ctx, rc.Firm)
	if err != nil {
		return ledger.Return{}, err
	}
	if m.Key == "" {
		var id ledger.ReturnID
		ident.Fill(s.books.IDs(), &id)
		m.Key = id.String()
	}
	if err := checkRefund(rc, booked, o.Amount); err != nil {
		// The same key may have used up the room itself.
		if r, ok := s.refunded(ctx, c, rc.ProviderRef, m.Key); ok {
			return s.bookRefund(ctx, m, f, rc, r)
		}
		return ledger.Return{}, err
	}
	if r, ok := s.refunded(ctx, c, rc.ProviderRef, m.Key); ok {
		return s.bookRefund(ctx, m, f, rc, r)
	}
	r, err := c.CreateRefund(ctx, m.Key, rc.ProviderRef, mollie.NewRefund{
		Amount: mollie.Amount(o.Amount), Description: o.Reason, Metadata: map[string]string{"refund": m.Key},
	})
	ctx = context.WithoutCancel(ctx) // the money is on its way: the rest must be recorded
	if e, ok := mollie.AsError(err); ok && e.Uncertain() {
		found := false
		if r, found = s.refunded(ctx, c, rc.ProviderRef, m.Key); !found {
			return ledger.Return{}, fault.Wrap(err, fault.Unavailable, "pay.refund_uncertain",
				"Mollie did not answer, so it is not certain whether the refund was made. Nothing has been booked; if it was made it will appear by itself.")
		}
		err = nil
	}
	if e, ok := mollie.AsError(err); ok && e.Status == 409 {
		return ledger.Return{}, fault.Wrap(err, fault.Conflict, "pay.refund_again", "a refund of the same amount was made within the last hour; wait an hour if a second one is meant")
	}
	if err != nil {
		return ledger.Return{}, explain(err)
	}
	return s.bookRefund(ctx, m, f, rc, r)
}

func checkRefund(rc ledger.Receipt, booked []ledger.Return, a money.Amount) error {
	of := sums(booked, rc.Amount.Currency)
	left := rc.Amount.Sub(money.Of(of.refunded+of.chargedBack, rc.Amount.Currency))
	if a.Currency != rc.Amount.Currency || a.Minor <= 0 || a.Cmp(left) > 0 {
		return fault.Invalidf("pay.refund_amount", "at most %s %s of this payment can be sent back", left, left.Currency)
	}
	return nil
}

// refunded finds the refund that was made under a key.
func (s *Service) refunded(ctx context.Context, c *mollie.Client, payment, key string) (mollie.Refund, bool) {
	list, err := c.ListRefunds(ctx, payment)
	if err != nil {
		s.log.Warn("refunds cannot be listed", "err", err)
		return mollie.Refund{}, false
	}
	for _, r := range list {
		if r.Meta("refund") == key {
			return r, true
		}
	}
	return mollie.Refund{}, false
}

// bookRefund books a refund in the name of whoever asked for it, unless the sweep was faster.
func (s *Service) bookRefund(ctx context.Context, m journal.Meta, f ledger.Firm, rc ledger.Receipt, r mollie.Refund) (ledger.Return, error) {
	var out ledger.Return
	read := func() error {
		return s.books.View(ctx, func(rd *books.Reader) (err error) {
			out, err = rd.ReturnByProvider(r.ID)
			return err
		})
	}
	err := read()
	if err == nil || fault.KindOf(err) != fault.NotFound || !r.Status.Effective() {
		return out, err
	}
	out, err = s.books.Return(ctx, journal.Meta{Firm: m.Firm, Actor: m.Actor}, ledger.Return{
		Receipt: rc.ID, Kind: ledger.Refund, Amount: r.Amount.Money(), ProviderRef: r.ID, Reason: r.Description,
		Date: max(s.day(f, r.CreatedAt), rc.Date),
	})
	if hasCode(err, "return.duplicate") {
		err = read()
	}
	return out, err
}
