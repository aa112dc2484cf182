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

// reconcile books what went back, by amounts (rule 4): where the provider's sums say that anything did, its lists say
// what, and the lists are what is booked. Sums and lists are fetched one after the other, so a refund between them shows
// as a difference once; sums that stay above what the lists explain are a finding.
func (s *Service) reconcile(ctx context.Context, c *mollie.Client, f ledger.Firm, x ledger.Attempt, p mollie.Payment) (ledger.Attempt, error) {
	for try := 0; ; try++ {
		rc, booked, err := s.returns(ctx, x.Receipt)
		if err != nil {
			return x, err
		}
		// Lower sums are no difference: whether a reversed chargeback leaves the provider's sum is not documented.
		of := sums(booked, p.Amount.Money().Currency)
		explained := of.refunded >= p.AmountRefunded.Minor && of.chargedBack+of.reversed >= p.AmountChargedBack.Minor
		// What was booked may have fallen since, so where anything went back the lists are read in any case.
		if explained && (try > 0 || len(booked) == 0) {
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

// totals are what went back of a receipt, in minor units.
type totals struct {
	refunded, chargedBack int64 // that stand
	reversed              int64 // chargebacks that were taken back
}

func sums(list []ledger.Return, c money.Currency) totals {
	zero := money.Of(0, c)
	refunded, chargedBack, reversed := zero, zero, zero
	for _, r := range list {
		switch {
		case r.Kind == ledger.Refund && r.Undoes.IsZero():
			refunded = refunded.Add(r.Amount)
		case r.Kind == ledger.Refund:
			refunded = refunded.Sub(r.Amount)
		case r.Undoes.IsZero():
			chargedBack = chargedBack.Add(r.Amount)
		default:
			chargedBack, reversed = chargedBack.Sub(r.Amount), reversed.Add(r.Amount)
		}
	}
	return totals{refunded.Minor, chargedBack.Minor, reversed.Minor}
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
