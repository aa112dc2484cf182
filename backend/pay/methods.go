package pay

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// Method is a way to pay, as the provider names and draws it.
type Method struct {
	ID, Name, Image string
}

type methodKey struct {
	firm     ledger.FirmID
	amount   money.Amount
	language string
}

type cachedMethods struct {
	at   time.Time
	list []Method
}

const (
	methodsFresh = 5 * time.Minute // how long the list is not asked for again
	methodsStale = 24 * time.Hour  // how long an old list is better than none while the provider is down
	maxMethods   = 1000            // lists that are remembered
)

// Methods lists the ways to pay that the provider offers for the amount, named in the language.
func (s *Service) Methods(ctx context.Context, f ledger.FirmID, amount money.Amount, language string) ([]Method, error) {
	c, err := s.client(ctx, f)
	if err != nil {
		return nil, err
	}
	key := methodKey{f, amount, language}
	now := s.clock.Now()
	s.mu.Lock()
	old, known := s.methods[key]
	s.mu.Unlock()
	if known && now.Sub(old.at) < methodsFresh {
		return old.list, nil
	}
	firm, err := s.firm(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := c.Methods(ctx, mollie.MethodsQuery{Amount: amount, Locale: locale(language, firm.Country)})
	if err != nil {
		if e, ok := mollie.AsError(err); ok && e.Temporary() && known && now.Sub(old.at) < methodsStale {
			return old.list, nil
		}
		return nil, explain(err)
	}
	list := make([]Method, len(found))
	for i, m := range found {
		list[i] = Method{ID: m.ID, Name: m.Description, Image: m.Image.SVG}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.methods) >= maxMethods {
		clear(s.methods)
	}
	s.methods[key] = cachedMethods{now, list}
	return list, nil
}

// Storable lists the methods that a customer can store, named in the language.
func (s *Service) Storable(ctx context.Context, f ledger.FirmID, language string) ([]Method, error) {
	c, err := s.client(ctx, f)
	if err != nil {
		return nil, err
	}
	firm, err := s.firm(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := c.Methods(ctx, mollie.MethodsQuery{Locale: locale(language, firm.Country), Sequence: mollie.First})
	if err != nil {
		return nil, explain(err)
	}
	list := make([]Method, len(found))
	for i, m := range found {
		list[i] = Method{ID: m.ID, Name: m.Description, Image: m.Image.SVG}
	}
	return list, nil
}
