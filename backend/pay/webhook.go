package pay

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// Webhook takes Mollie's hint that something happened to a payment. Anybody may send one, so nothing in it is believed:
// the payment is fetched. It is nil for ids that mean nothing here, so that a stranger learns nothing; an error means
// that Mollie should send the hint again later. The caller gives it a time limit below Mollie's 15 seconds.
func (s *Service) Webhook(ctx context.Context, ref string) error {
	if !mollie.ValidID(ref) {
		return nil
	}
	var x ledger.Attempt
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		x, err = r.AttemptByProvider(Provider, ref)
		return err
	})
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return s.stranger(ctx, ref)
	}
	if err != nil {
		return err
	}
	_, err = s.Refresh(ctx, x.ID)
	return err
}

// strangers bounds what forged webhooks can make us do: an unknown id is asked about once in a while, and all of them
// together at a limited rate. A hint that is left out does no harm: sweeping the provider's lists finds the payment.
type strangers struct {
	mu    sync.Mutex
	limit *rate.Limiter
	asked map[string]time.Time
}

const (
	strangerPause = 10 * time.Minute
	maxStrangers  = 1000
)

func newStrangers() *strangers {
	return &strangers{limit: rate.NewLimiter(1, 30), asked: map[string]time.Time{}}
}

func (g *strangers) allow(ref string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, ok := g.asked[ref]; ok && now.Sub(at) < strangerPause {
		return false
	}
	if !g.limit.AllowN(now, 1) {
		return false
	}
	if len(g.asked) >= maxStrangers {
		clear(g.asked)
	}
	g.asked[ref] = now
	return true
}

// forget lets an id be asked about again: the answer did not come.
func (g *strangers) forget(ref string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.asked, ref)
}

// stranger looks up a payment that no attempt names. It may be one whose attempt never learned its id: a crash fell
// between the provider's answer and our record of it.
func (s *Service) stranger(ctx context.Context, ref string) error {
	if !s.unknown.allow(ref, s.clock.Now()) {
		return nil
	}
	firms, err := s.firms(ctx)
	if err != nil {
		return err
	}
	for _, f := range firms {
		c, err := s.client(ctx, f.ID)
		if err != nil {
			continue // this firm is not paid online
		}
		p, err := c.GetPayment(ctx, ref)
		if e, ok := mollie.AsError(err); ok && e.NotFound() {
			continue
		}
		if err != nil {
			s.unknown.forget(ref)
			return explain(err)
		}
		return s.adopt(ctx, c, f.ID, p)
	}
	return nil
}

func (s *Service) firms(ctx context.Context) (list []ledger.Firm, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		list, err = r.Firms()
		return err
	})
	return list, err
}

// adopt gives a fetched payment to the attempt that its metadata names. One of which these books know nothing is a
// finding when money came in with it.
func (s *Service) adopt(ctx context.Context, c *mollie.Client, f ledger.FirmID, p mollie.Payment) error {
	id, err := parseAttempt(p.Meta("attempt"))
	var x ledger.Attempt
	if err == nil {
		x, err = s.attempt(ctx, id)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	ours := err == nil && (x.ProviderRef == "" || x.ProviderRef == p.ID)
	if ours && x.Firm != f {
		// Firms may share a profile: then the payment is found through any of them.
		other, err := s.client(ctx, x.Firm)
		ours = err == nil && other == c
	}
	if ours {
		_, err = s.apply(ctx, c, x, p)
		return err
	}
	if p.Status != mollie.Paid {
		return nil
	}
	return s.foreign(ctx, f, p)
}

func parseAttempt(text string) (id ledger.AttemptID, err error) {
	err = id.UnmarshalText([]byte(text))
	if err == nil && id.IsZero() {
		err = fault.NotFoundf("attempt.unknown", "there is no such payment attempt")
	}
	return id, err
}
