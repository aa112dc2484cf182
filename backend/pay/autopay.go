package pay

import (
	"context"
	"errors"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// Autopay collects what customers have asked to be collected. One pass does, for a firm:
//
//  1. follow: collections at the provider end as their attempts end (books.FinishCollection, ChargeBackCollection);
//  2. submit: announced collections whose day has come are looked at once more and recorded as an attempt, in one
//     transaction; then the provider hears of it;
//  3. announce: what is to be collected next is recorded, and the customer is told by a follower of the journal.
//
// A crash between any two steps is found by the next pass: what is recorded and not at the provider is looked up there
// before it is made (resume), and one collection makes one attempt. After downtime the same pass catches up: days that
// went by are late, never doubled.

// autopayEvery is how often a pass is made at most; when nothing was written since and the date is the same, none is.
const autopayEvery = time.Minute

// collecting is what a firm's passes remember.
type collecting struct {
	at   time.Time
	head uint64
	day  civil.Date
}

// autopay makes a pass when one is due. An error of one collection does not stop the others.
func (s *Service) autopay(ctx context.Context, c *mollie.Client, f ledger.Firm, now time.Time) error {
	s.mu.Lock()
	last := s.collected[f.ID]
	s.mu.Unlock()
	if now.Sub(last.at) < autopayEvery && !last.at.IsZero() {
		return nil
	}
	state := collecting{at: now, day: s.day(f, now)}
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		state.head, err = r.Head()
		return err
	})
	if err != nil || state.head == last.head && state.day == last.day {
		return err
	}
	if err := s.Collect(ctx, f.ID); err != nil {
		return err
	}
	s.mu.Lock()
	s.collected[f.ID] = state
	s.mu.Unlock()
	return nil
}

// Collect is one pass over the firm's autopay.
func (s *Service) Collect(ctx context.Context, f ledger.FirmID) error {
	c, err := s.client(ctx, f)
	if err != nil {
		return err
	}
	return errors.Join(
		s.followMandates(ctx, c, f),
		s.followCollections(ctx, f),
		s.submit(ctx, c, f),
		s.followCollections(ctx, f), // a card is charged at once
		s.announce(ctx, c, f),
	)
}

// pick lists a firm's collections in a state that a look at the books wants something done with. Looking first keeps
// passes free of writes while nothing happens.
func (s *Service) pick(ctx context.Context, f ledger.FirmID, state ledger.CollectionState, want func(*books.Reader, ledger.Collection) (bool, error)) (list []ledger.Collection, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		list = nil
		all, err := r.Watched(f, state)
		if err != nil {
			return err
		}
		for _, x := range all {
			ok, err := want(r, x)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, x)
			}
		}
		return nil
	})
	return list, err
}

func (s *Service) followCollections(ctx context.Context, f ledger.FirmID) error {
	ended, err := s.pick(ctx, f, ledger.CollectionSubmitted, func(r *books.Reader, x ledger.Collection) (bool, error) {
		a, err := r.Attempt(x.Attempt)
		return a.State >= ledger.AttemptPaid, err
	})
	if err != nil {
		return err
	}
	for _, x := range ended {
		if _, err := s.books.FinishCollection(ctx, meta(f), x.ID); err != nil {
			return err
		}
	}
	back, err := s.pick(ctx, f, ledger.CollectionPaid, func(r *books.Reader, x ledger.Collection) (bool, error) {
		return r.TakenBack(x)
	})
	if err != nil {
		return err
	}
	for _, x := range back {
		if err := s.books.ChargeBackCollection(ctx, meta(f), x.ID); err != nil {
			return err
		}
	}
	return nil
}

// submit takes what is due. The provider's silence ends the pass: what was recorded is taken up again by the round that
// asks for unfinished attempts.
func (s *Service) submit(ctx context.Context, c *mollie.Client, f ledger.FirmID) error {
	mode := string(c.Mode())
	due, err := s.pick(ctx, f, ledger.CollectionAnnounced, func(r *books.Reader, x ledger.Collection) (bool, error) {
		d, err := r.DecideCollection(x, mode)
		return d.Verdict != ledger.Wait, err
	})
	if err != nil {
		return err
	}
	for _, x := range due {
		got, err := s.books.SubmitCollection(ctx, meta(f), x.ID, mode)
		if err != nil {
			return err
		}
		if got.Verdict != ledger.Submit {
			continue
		}
		_, err = s.charge(ctx, c, got.Attempt)
		if fault.KindOf(err) == fault.Unavailable && err != nil {
			return err
		}
		if err != nil {
			s.log.Warn("a collection is refused", "collection", x.ID, "err", err)
		}
	}
	return nil
}

func (s *Service) announce(ctx context.Context, c *mollie.Client, f ledger.FirmID) error {
	mode := string(c.Mode())
	var list []ledger.CustomerID
	err := s.books.View(ctx, func(r *books.Reader) error {
		list = nil
		all, err := r.Autopays(f)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.State != ledger.AutopayOn {
				continue
			}
			planned, err := r.PlannedCollections(f, a.Customer, mode)
			if err != nil {
				return err
			}
			if len(planned) > 0 {
				list = append(list, a.Customer)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range list {
		if _, err := s.books.Announce(ctx, meta(f), id, mode); err != nil {
			return err
		}
	}
	return nil
}

// Mode is the mode in which the firm's payments are made now: "live", "test", or nothing while it is not paid online.
func (s *Service) Mode(ctx context.Context, f ledger.FirmID) string {
	c, err := s.client(ctx, f)
	if err != nil {
		return ""
	}
	return string(c.Mode())
}
