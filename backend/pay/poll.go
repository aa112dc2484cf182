package pay

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

const (
	tick         = 5 * time.Second
	perRound     = 50               // attempts of one firm that are asked for in one round
	sweepEvery   = 15 * time.Minute // how often the provider's lists are read
	sweepBack    = 72 * time.Hour   // how old payments are that a sweep still looks at
	sweepPages   = 20               // pages of one list that a sweep reads at most
	placeTimeout = 10 * time.Minute // after which an attempt without a payment is not in the middle of being made
	maxTrouble   = 5 * time.Minute  // longest pause after errors
)

// interval is how long an unfinished attempt of some age waits until it is asked for again: a payer at the checkout is
// waiting for the answer, a bank transfer takes days.
func interval(age time.Duration) time.Duration {
	switch {
	case age < 2*time.Minute:
		return tick
	case age < 15*time.Minute:
		return 20 * time.Second
	case age < time.Hour:
		return 2 * time.Minute
	case age < 24*time.Hour:
		return 15 * time.Minute
	}
	return 2 * time.Hour
}

// sweep is what a firm's rounds remember.
type sweep struct {
	at      time.Time     // last time the provider's lists were read to the end
	trouble time.Duration // pause after errors, doubling
	until   time.Time     // no round before
}

// Run polls until the context ends, and then returns nil. It starts with a full round: what happened while the program
// was off is found first.
func (s *Service) Run(ctx context.Context) error {
	ticks, stop := s.o.Ticks(tick)
	defer stop()
	for {
		if err := s.Poll(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("polling for payments", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
	}
}

// Poll is one round: it asks for each unfinished attempt that is due, and now and then reads the provider's lists.
// Errors of one firm do not stop the others.
func (s *Service) Poll(ctx context.Context) error {
	firms, err := s.firms(ctx)
	if err != nil {
		return err
	}
	var all error
	for _, f := range firms {
		if f.Archived || ctx.Err() != nil {
			continue
		}
		s.mu.Lock()
		state := s.swept[f.ID]
		s.mu.Unlock()
		now := s.clock.Now()
		if now.Before(state.until) {
			continue
		}
		c, err := s.client(ctx, f.ID)
		if fault.KindOf(err) == fault.Unavailable && err != nil {
			continue // this firm is not paid online
		}
		if err == nil {
			err = s.round(ctx, c, f, &state, now)
		}
		if err != nil {
			state.trouble = min(max(2*state.trouble, tick), maxTrouble)
			state.until = now.Add(state.trouble)
			all = errors.Join(all, err)
		} else {
			state.trouble = 0
		}
		s.mu.Lock()
		s.swept[f.ID] = state
		s.mu.Unlock()
	}
	return all
}

func (s *Service) round(ctx context.Context, c *mollie.Client, f ledger.Firm, state *sweep, now time.Time) error {
	if err := s.unfinished(ctx, f.ID, now); err != nil {
		return err
	}
	if err := s.autopay(ctx, c, f, now); err != nil {
		return err
	}
	if now.Sub(state.at) < sweepEvery {
		return nil
	}
	if err := s.sweepPayments(ctx, c, f.ID, now); err != nil {
		return err
	}
	if err := s.sweepReturns(ctx, c); err != nil {
		return err
	}
	state.at = now
	return nil
}

// unfinished asks for the firm's attempts that are due. An attempt that cannot be asked for does not stop the others; a
// provider that is down does.
func (s *Service) unfinished(ctx context.Context, f ledger.FirmID, now time.Time) error {
	var list []ledger.Attempt
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		list, err = r.OpenAttempts(f)
		return err
	})
	if err != nil {
		return err
	}
	asked := 0
	for _, x := range s.due(list, now) {
		if asked++; asked > perRound {
			break
		}
		y, err := s.Refresh(ctx, x.ID)
		if fault.KindOf(err) == fault.Unavailable && err != nil {
			return err
		}
		if err != nil {
			s.log.Warn("an attempt cannot be brought up to date", "attempt", x.ID, "err", err)
		}
		s.mu.Lock()
		if y.State >= ledger.AttemptPaid {
			delete(s.next, x.ID)
		} else {
			s.next[x.ID] = now.Add(interval(now.Sub(x.Created)))
		}
		s.mu.Unlock()
	}
	return nil
}

// due picks those whose time has come. What was finished by a webhook is forgotten here.
func (s *Service) due(list []ledger.Attempt, now time.Time) []ledger.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) > 10*(len(list)+perRound) {
		clear(s.next)
	}
	var out []ledger.Attempt
	for _, x := range list {
		if !now.Before(s.next[x.ID]) {
			out = append(out, x)
		}
	}
	return out
}

// recover finds the provider's payment of an attempt that never learned its id. Nobody has seen its checkout, so where
// there is none, nothing can be paid and the attempt is over.
func (s *Service) recover(ctx context.Context, c *mollie.Client, x ledger.Attempt) (ledger.Attempt, error) {
	if x.State != ledger.AttemptCreated {
		return x, nil
	}
	if x.Sequence == ledger.Recurring {
		return s.resume(ctx, c, x)
	}
	found, complete := mollie.Payment{}, false
	err := walk(ctx, c, x.Created.Add(-time.Hour), func(p mollie.Payment) error {
		if p.Meta("attempt") == x.ID.String() {
			found = p
		}
		return nil
	}, &complete)
	if err != nil {
		return x, explain(err)
	}
	if found.ID != "" {
		return s.apply(ctx, c, x, found)
	}
	if !complete || s.clock.Now().Sub(x.Created) < placeTimeout {
		return x, nil
	}
	return s.books.UpdateAttempt(ctx, meta(x.Firm), x.ID, books.AttemptUpdate{
		State: ledger.AttemptFailed, FailReason: "not_placed", Checked: s.clock.Now(),
	})
}

// walk goes through the profile's payments, newest first, back to a moment; complete says whether it got there.
func walk(ctx context.Context, c *mollie.Client, since time.Time, do func(mollie.Payment) error, complete *bool) error {
	page := mollie.Page{Limit: 250}
	for range sweepPages {
		list, next, err := c.ListPayments(ctx, page)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.CreatedAt.Before(since) {
				*complete = true
				return nil
			}
			if err := do(p); err != nil {
				return err
			}
		}
		if page.From = next; next == "" {
			*complete = true
			return nil
		}
	}
	return nil
}

// sweepPayments looks at the provider's latest payments for one that was paid without our knowing: its attempt was given
// up, or never learned of it. Payments that were not made by this program carry no attempt and are none of its business.
func (s *Service) sweepPayments(ctx context.Context, c *mollie.Client, f ledger.FirmID, now time.Time) error {
	var complete bool
	err := walk(ctx, c, now.Add(-sweepBack), func(p mollie.Payment) error {
		if p.Status != mollie.Paid || p.Meta("attempt") == "" {
			return nil
		}
		known := false
		err := s.books.View(ctx, func(r *books.Reader) error {
			x, err := r.AttemptByProvider(Provider, p.ID)
			if known = err == nil && (x.State == ledger.AttemptPaid || slices.Contains(refusals, x.Finding)); known || fault.KindOf(err) == fault.NotFound {
				return nil
			}
			return err
		})
		if err != nil || known {
			return err
		}
		return s.adopt(ctx, c, f, p)
	}, &complete)
	return explain(err)
}

// sweepReturns reads the profile's refunds and chargebacks, newest first, until a whole page agrees with the books.
func (s *Service) sweepReturns(ctx context.Context, c *mollie.Client) error {
	err := pages(ctx, c.Refunds, func(r mollie.Refund) (bool, error) { return s.agree(ctx, r.PaymentID, r.ID, r.Status.Effective()) })
	if err == nil {
		err = pages(ctx, c.Chargebacks, func(b mollie.Chargeback) (bool, error) {
			return s.agree(ctx, b.PaymentID, b.ID, b.ReversedAt.IsZero())
		})
	}
	return explain(err)
}

func pages[T any](ctx context.Context, list func(context.Context, mollie.Page) ([]T, string, error), agree func(T) (bool, error)) error {
	page := mollie.Page{Limit: 250}
	for range sweepPages {
		items, next, err := list(ctx, page)
		if err != nil {
			return err
		}
		same := true
		for _, it := range items {
			ok, err := agree(it)
			if err != nil {
				return err
			}
			same = same && ok
		}
		if page.From = next; next == "" || same {
			return nil
		}
	}
	return nil
}

// agree reports whether the books have a refund or chargeback as the provider has it; where not, its attempt is brought
// up to date.
func (s *Service) agree(ctx context.Context, payment, ref string, stands bool) (bool, error) {
	var x ledger.Attempt
	same := true
	err := s.books.View(ctx, func(r *books.Reader) error {
		same = true
		var err error
		if x, err = r.AttemptByProvider(Provider, payment); err != nil {
			return ignoreUnknown(err) // of another program on the same profile
		}
		_, err = r.ReturnByProvider(ref)
		if err != nil {
			same = !stands
			return ignoreUnknown(err)
		}
		_, err = r.ReturnByProvider(ref + "/undone")
		same = stands == (err != nil)
		return ignoreUnknown(err)
	})
	if err != nil || same || x.Finding == FindingReturns {
		return true, err
	}
	_, err = s.Refresh(ctx, x.ID)
	return false, err
}

func ignoreUnknown(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}
