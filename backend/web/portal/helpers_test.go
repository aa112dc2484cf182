package portal_test

import (
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// simulatorPause is more than the portal waits before it asks the provider about the same payment again.
const simulatorPause = 5 * time.Second

func (s *shop) attempts(c ledger.Customer) (list []ledger.Attempt) {
	s.t.Helper()
	err := s.View(s.Ctx, func(r *books.Reader) (err error) { list, err = r.AttemptsOf(c.ID); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// decide ends the latest payment at the provider.
func (s *shop) decide(o simulator.Outcome) {
	s.t.Helper()
	var last ledger.Attempt
	err := s.View(s.Ctx, func(r *books.Reader) error {
		for x, err := range r.Attempts(s.Firm.ID) {
			if err != nil {
				return err
			}
			last = x
		}
		return nil
	})
	if err == nil {
		err = s.sim.Decide(last.ProviderRef, o, simulator.Payer{Name: "L. van der Linde"})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
