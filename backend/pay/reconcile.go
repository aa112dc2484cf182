package pay

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// Refresh asks the provider about an attempt and applies the answer. It is what a return of the payer, a webhook and
// the clock all come to, and may be called at any time.
func (s *Service) Refresh(ctx context.Context, id ledger.AttemptID) (ledger.Attempt, error) {
	x, err := s.attempt(ctx, id)
	if err != nil {
		return x, err
	}
	c, err := s.client(ctx, x.Firm)
	if err != nil {
		return x, err
	}
	if x.ProviderRef == "" {
		return s.recover(ctx, c, x)
	}
	over := x.State >= ledger.AttemptPaid
	p, err := c.GetPayment(ctx, x.ProviderRef)
	if e, ok := mollie.AsError(err); ok && e.NotFound() {
		if over {
			return x, nil // made under a key of earlier days, or by a simulator that was started again
		}
		return s.lost(ctx, x)
	}
	if err != nil {
		return x, explain(err)
	}
	return s.apply(ctx, c, x, p)
}

// apply brings the books into agreement with a fetched payment of the attempt.
func (s *Service) apply(ctx context.Context, c *mollie.Client, x ledger.Attempt, p mollie.Payment) (ledger.Attempt, error) {
	if finding := refused(c, x, p); finding != "" {
		s.log.Warn("a payment is refused", "attempt", x.ID, "finding", finding)
		return s.note(ctx, x, finding)
	}
	if x.Sequence == ledger.FirstPay {
		if err := s.mandateOf(ctx, c, x, p); err != nil {
			return x, err
		}
	}
	u := books.AttemptUpdate{
		State: x.State, ProviderRef: p.ID, Mode: string(p.Mode), Method: ledger.Method(p.Method), CheckoutURL: p.CheckoutURL(),
		Checked: s.clock.Now(),
	}
	switch p.Status {
	case mollie.Paid:
		return s.settle(ctx, c, x, p)
	case mollie.Open:
		u.State = ledger.AttemptOpen
	case mollie.Pending, mollie.Authorized:
		u.State = ledger.AttemptPending
	case mollie.Failed:
		u.State, u.FailReason = ledger.AttemptFailed, failReason(p)
	case mollie.Canceled:
		u.State = ledger.AttemptCanceled
	case mollie.Expired:
		u.State = ledger.AttemptExpired
	default:
		// A status of the future: not an end, so keep asking.
		s.log.Info("mollie has a status that this version does not know", "attempt", x.ID, "status", string(p.Status))
	}
	return s.books.UpdateAttempt(ctx, meta(x.Firm), x.ID, u)
}

// mandateOf lets the mandate of a first payment learn its id at the provider, and how it stands once the payment is paid.
func (s *Service) mandateOf(ctx context.Context, c *mollie.Client, x ledger.Attempt, p mollie.Payment) error {
	if p.MandateID == "" {
		return nil
	}
	m, err := s.books.UpdateMandate(ctx, meta(x.Firm), x.Mandate, books.MandateUpdate{ProviderRef: p.MandateID, ProviderCustomer: p.CustomerID})
	if err != nil || p.Status != mollie.Paid || m.State != ledger.MandatePending {
		return err
	}
	return s.syncMandate(ctx, c, m)
}

// refused says why a payment is not the attempt's (rule 7), or nothing.
func refused(c *mollie.Client, x ledger.Attempt, p mollie.Payment) string {
	a := p.Amount.Money()
	switch {
	case p.Mode != c.Mode() || string(p.Mode) != x.Mode:
		return FindingMode
	case a.Currency != x.Amount.Currency:
		return FindingCurrency
	case a != x.Amount:
		return FindingAmount
	case p.Meta("attempt") != x.ID.String() || (x.ProviderRef != "" && x.ProviderRef != p.ID):
		return FindingForeign
	}
	return ""
}

func failReason(p mollie.Payment) string {
	for _, r := range []string{p.Details.FailureReason, p.Details.BankReasonCode} {
		if r != "" {
			return r
		}
	}
	return "failed"
}

// note records a finding on an attempt, once.
func (s *Service) note(ctx context.Context, x ledger.Attempt, finding string) (ledger.Attempt, error) {
	if x.Finding == finding {
		return x, nil
	}
	return s.books.UpdateAttempt(ctx, meta(x.Firm), x.ID, books.AttemptUpdate{State: x.State, Finding: finding, Checked: s.clock.Now()})
}

// giveUp is after how long an attempt that the provider does not know is over. Until then the wrong key may just be set.
const giveUp = 24 * time.Hour

// lost is an attempt whose payment the provider does not know.
func (s *Service) lost(ctx context.Context, x ledger.Attempt) (ledger.Attempt, error) {
	x, err := s.note(ctx, x, FindingUnknown)
	if err != nil || s.clock.Now().Sub(x.Created) < giveUp {
		return x, err
	}
	return s.books.UpdateAttempt(ctx, meta(x.Firm), x.ID, books.AttemptUpdate{
		State: ledger.AttemptFailed, FailReason: FindingUnknown, Checked: s.clock.Now(),
	})
}

// settle books a paid payment, and what has gone back of it.
func (s *Service) settle(ctx context.Context, c *mollie.Client, x ledger.Attempt, p mollie.Payment) (ledger.Attempt, error) {
	f, err := s.firm(ctx, x.Firm)
	if err != nil {
		return x, err
	}
	if x.State != ledger.AttemptPaid {
		_, err := s.books.SettleAttempt(ctx, meta(x.Firm), x.ID, books.Settlement{
			ProviderRef: p.ID, PaidOn: s.day(f, p.PaidAt), Amount: p.Amount.Money(), Method: ledger.Method(p.Method),
			Payer: first(p.Details.ConsumerName, p.Details.CardHolder), PayerIBAN: p.Details.ConsumerAccount,
		})
		if err != nil {
			return x, err
		}
		if x, err = s.attempt(ctx, x.ID); err != nil {
			return x, err
		}
	}
	if x.Receipt.IsZero() {
		return x, nil // a method was stored, and no money moved
	}
	return s.reconcile(ctx, c, f, x, p)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
