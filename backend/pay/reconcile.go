package pay

import (
	"context"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// Findings that an attempt can have. They are shown to the staff; none of them has booked anything.
const (
	FindingAmount   = "wrong_amount"          // the payment's amount is not the attempt's
	FindingCurrency = "wrong_currency"        // nor its currency
	FindingMode     = "wrong_mode"            // test money for a live attempt, or the other way round
	FindingForeign  = "foreign"               // the payment is not of an attempt in these books
	FindingUnknown  = "unknown_at_provider"   // the provider does not know the attempt's payment under the key that is set
	FindingReturns  = "returns_do_not_add_up" // more went back than came in, or sums and list of the provider differ
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

// refusals are the findings for which a payment will never be booked.
var refusals = []string{FindingAmount, FindingCurrency, FindingMode, FindingForeign}

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

// movement is a refund or chargeback as the provider lists it.
type movement struct {
	ref     string
	kind    ledger.ReturnKind
	amount  money.Amount
	at      time.Time
	stands  bool // false: failed, canceled or reversed
	undone  time.Time
	because string
}

// reconcile books what went back, by amounts: where the provider's sums differ from ours, its lists say why (rule 4).
// The sums and the lists are fetched one after the other, so a refund between them shows as a difference once; it must
// show twice to be a finding.
func (s *Service) reconcile(ctx context.Context, c *mollie.Client, f ledger.Firm, x ledger.Attempt, p mollie.Payment) (ledger.Attempt, error) {
	for try := 0; ; try++ {
		rc, booked, err := s.returns(ctx, x.Receipt)
		if err != nil {
			return x, err
		}
		refunds, chargebacks := sums(booked, p.Amount.Money().Currency)
		equal := refunds == p.AmountRefunded.Minor && chargebacks == p.AmountChargedBack.Minor
		// Equal sums may hide that one refund took another's place, so where anything went back the lists are read once.
		if equal && (try > 0 || len(booked) == 0) {
			return x, nil
		}
		if try == 2 {
			return s.note(ctx, x, FindingReturns)
		}
		moves, err := movements(ctx, c, p.ID)
		if err != nil {
			return x, explain(err)
		}
		if err := s.book(ctx, f, rc, booked, moves); err != nil {
			if fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Invalid {
				return x, err
			}
			s.log.Warn("a refund or chargeback cannot be booked", "attempt", x.ID, "err", err)
			return s.note(ctx, x, FindingReturns)
		}
		if p, err = c.GetPayment(ctx, p.ID); err != nil {
			return x, explain(err)
		}
	}
}

func (s *Service) returns(ctx context.Context, id ledger.ReceiptID) (rc ledger.Receipt, list []ledger.Return, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		if rc, err = r.Receipt(id); err != nil {
			return err
		}
		list, err = r.Returns(id)
		return err
	})
	return rc, list, err
}

// sums are the refunds and chargebacks that stand.
func sums(list []ledger.Return, c money.Currency) (refunds, chargebacks int64) {
	of := map[ledger.ReturnKind]money.Amount{ledger.Refund: money.Of(0, c), ledger.Chargeback: money.Of(0, c)}
	for _, r := range list {
		if r.Undoes.IsZero() {
			of[r.Kind] = of[r.Kind].Add(r.Amount)
		} else {
			of[r.Kind] = of[r.Kind].Sub(r.Amount)
		}
	}
	return of[ledger.Refund].Minor, of[ledger.Chargeback].Minor
}

func movements(ctx context.Context, c *mollie.Client, payment string) ([]movement, error) {
	var out []movement
	refunds, err := c.ListRefunds(ctx, payment)
	if err != nil {
		return nil, err
	}
	for _, r := range refunds {
		out = append(out, movement{ref: r.ID, kind: ledger.Refund, amount: r.Amount.Money(), at: r.CreatedAt, stands: r.Status.Effective(), because: r.Description})
	}
	chargebacks, err := c.ListChargebacks(ctx, payment)
	if err != nil {
		return nil, err
	}
	for _, b := range chargebacks {
		m := movement{ref: b.ID, kind: ledger.Chargeback, amount: b.Amount.Money(), at: b.CreatedAt, stands: b.ReversedAt.IsZero(), undone: b.ReversedAt}
		if b.Reason != nil {
			m.because = b.Reason.Code + " " + b.Reason.Description
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b movement) int { return a.at.Compare(b.at) })
	return out, nil
}

// book brings the returns of a receipt into agreement with the provider's list. What no longer stands is undone first,
// so that the room it gives back is there for what follows.
func (s *Service) book(ctx context.Context, f ledger.Firm, rc ledger.Receipt, booked []ledger.Return, moves []movement) error {
	byRef := map[string]ledger.Return{}
	undone := map[ledger.ReturnID]bool{}
	for _, r := range booked {
		byRef[r.ProviderRef] = r
		undone[r.Undoes] = true
	}
	for _, m := range moves {
		old, known := byRef[m.ref]
		if m.stands || !known || undone[old.ID] {
			continue
		}
		err := s.putReturn(ctx, ledger.Return{
			Firm: rc.Firm, Receipt: rc.ID, Kind: m.kind, Amount: old.Amount, ProviderRef: m.ref + "/undone", Undoes: old.ID,
			Date: civil.Max(s.day(f, m.undone), old.Date), Reason: m.because,
		})
		if err != nil {
			return err
		}
	}
	for _, m := range moves {
		if _, known := byRef[m.ref]; known || !m.stands {
			continue
		}
		err := s.putReturn(ctx, ledger.Return{
			Firm: rc.Firm, Receipt: rc.ID, Kind: m.kind, Amount: m.amount, ProviderRef: m.ref, Date: civil.Max(s.day(f, m.at), rc.Date), Reason: m.because,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// putReturn books one return. The provider's id is unique, so whoever comes second finds it done.
func (s *Service) putReturn(ctx context.Context, r ledger.Return) error {
	_, err := s.books.Return(ctx, meta(r.Firm), r)
	if hasCode(err, "return.duplicate", "ledger.undone") {
		return nil
	}
	return err
}

func hasCode(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, fault.As(err).Code)
}
