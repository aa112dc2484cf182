package simulator

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// Outcome is what can happen to a payment on the checkout page.
type Outcome string

// The outcomes.
const (
	OutcomePaid     Outcome = "paid"
	OutcomeFailed   Outcome = "failed"
	OutcomeCanceled Outcome = "canceled"
	OutcomeExpired  Outcome = "expired"
	OutcomePending  Outcome = "pending"
)

var outcomes = []Outcome{OutcomePaid, OutcomeFailed, OutcomeCanceled, OutcomeExpired, OutcomePending}

// payment is the simulator's own record; its wire form is made by paymentHAL.
type payment struct {
	id, token, profile, mode string
	status                   string
	method                   string
	amount                   money.Amount
	description              string
	redirect, cancel, hook   string
	locale                   string
	sequence                 string
	metadata                 json.RawMessage
	created, expires         time.Time
	ended                    time.Time // when it became paid, canceled, expired or failed
	payer                    Payer
	owner                    *customer // of first and recurring payments
	mandate                  *mandate  // the one that it gives or uses
	due                      time.Time // when a direct debit is collected
	reason                   string    // why it failed: a SEPA code, or Mollie's word for a card
	refunds                  []*refund
	chargebacks              []*chargeback
}

type refund struct {
	id, description, status string
	amount                  money.Amount
	metadata                json.RawMessage
	created                 time.Time
}

type chargeback struct {
	id                string
	amount            money.Amount
	code, description string
	created, reversed time.Time
}

// Payer is who paid, as the payment's details show it. Empty fields get test values.
type Payer struct {
	Name string `json:"name"`
	IBAN string `json:"iban"`
	// Reason is why the payment fails: a SEPA reason code with direct debit, Mollie's word for it with a card.
	Reason string `json:"reason"`
}

func (p *payment) unfinished() bool { return p.status == "open" || p.status == "pending" }

func (p *payment) cancelable() bool {
	return p.unfinished() && (p.method == "banktransfer" || p.method == "directdebit" || p.method == "")
}

func (p *payment) refunded() money.Amount {
	sum := money.Of(0, p.amount.Currency)
	for _, r := range p.refunds {
		if r.status != "failed" && r.status != "canceled" {
			sum = sum.Add(r.amount)
		}
	}
	return sum
}

func (p *payment) chargedBack() money.Amount {
	sum := money.Of(0, p.amount.Currency)
	for _, c := range p.chargebacks {
		if c.reversed.IsZero() {
			sum = sum.Add(c.amount)
		}
	}
	return sum
}

// remaining is what can still be refunded.
func (p *payment) remaining() money.Amount {
	rest := p.amount.Sub(p.refunded()).Sub(p.chargedBack())
	if rest.Minor < 0 {
		return money.Of(0, p.amount.Currency)
	}
	return rest
}

// lifetime is how long a payer has, by method (Mollie's documentation of 2024).
func lifetime(method string) time.Duration {
	switch method {
	case "creditcard":
		return 30 * time.Minute
	case "bancontact":
		return time.Hour
	case "paypal":
		return 3 * time.Hour
	case "banktransfer":
		return 14 * 24 * time.Hour
	}
	return 15 * time.Minute
}

// choose sets the method and with it the time that is left; s.mu is held.
func (s *Simulator) choose(p *payment, method string) {
	p.method = method
	s.promise(p)
	p.expires = s.now().Add(lifetime(method))
	s.at(p.expires, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p.unfinished() && p.status == "open" && !s.now().Before(p.expires) {
			s.finish(p, "expired")
		}
	})
}

// finish moves an unfinished payment to a status and tells the webhook; s.mu is held.
func (s *Simulator) finish(p *payment, status string) {
	p.status = status
	p.ended = s.now()
	s.follow(p)
	s.notify(p)
}

// Decide is what the payer does on the checkout page: an unfinished payment gets the outcome. A pending one may still
// be decided later.
func (s *Simulator) Decide(id string, o Outcome, payer Payer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments[id]
	if !ok {
		return fault.NotFoundf("simulator.payment", "there is no payment with this id")
	}
	return s.decide(p, o, payer)
}

func (s *Simulator) decide(p *payment, o Outcome, payer Payer) error {
	if !slices.Contains(outcomes, o) {
		return fault.Invalidf("simulator.outcome", "%q is not an outcome; expected paid, failed, canceled, expired or pending", string(o))
	}
	if !p.unfinished() {
		return fault.Conflictf("simulator.finished", "this payment is already %s", p.status)
	}
	if p.method == "" {
		p.method = "ideal"
	}
	if payer.Name != "" || payer.IBAN != "" {
		p.payer = payer
	}
	if p.reason = ""; o == OutcomeFailed {
		p.reason = payer.Reason
	}
	if p.sequence == "first" && p.mandate == nil {
		s.promise(p)
	}
	if o == OutcomePending {
		// A bank transfer stays open until the money arrives; other methods say pending. Neither sends a webhook.
		if p.method != "banktransfer" {
			p.status = "pending"
		}
		return nil
	}
	s.finish(p, string(o))
	return nil
}

// Chargeback is what the payer's bank does: it takes amount (the whole payment when zero) of a paid payment back, with a
// SEPA reason code such as MD06. It returns the chargeback's id.
func (s *Simulator) Chargeback(id string, amount money.Amount, code string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments[id]
	if !ok {
		return "", fault.NotFoundf("simulator.payment", "there is no payment with this id")
	}
	left := p.amount.Sub(p.chargedBack())
	if amount.IsZero() {
		amount = left
	}
	if p.status != "paid" || amount.Currency != p.amount.Currency || amount.Minor <= 0 || amount.Cmp(left) > 0 {
		return "", fault.Invalidf("simulator.chargeback", "a chargeback needs a paid payment and at most %s %s", left, left.Currency)
	}
	if code == "" {
		code = "MD06"
	}
	return s.charge(p, amount, code), nil
}

func (s *Simulator) charge(p *payment, amount money.Amount, code string) string {
	c := &chargeback{id: s.newID("chb"), amount: amount, code: code, description: chargebackReason(code), created: s.now()}
	p.chargebacks = append(p.chargebacks, c)
	s.notify(p)
	return c.id
}

func chargebackReason(code string) string {
	switch code {
	case "MD06":
		return "Return of funds requested by end customer"
	case "AM04":
		return "Insufficient funds"
	case "MD01":
		return "No mandate"
	case "MD07":
		return "Debtor deceased"
	case "AC01", "AC04", "AC06":
		return "The account cannot be debited"
	case "AG01":
		return "Direct debit is not allowed on this account"
	case "MS02", "MS03", "SL01":
		return "Refused by the debtor or the debtor's bank"
	}
	return "Other reason"
}

// ReverseChargeback gives the money of a chargeback back to us after all.
func (s *Simulator) ReverseChargeback(id, chargebackID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.payments[id]; ok {
		for _, c := range p.chargebacks {
			if c.id == chargebackID && c.reversed.IsZero() {
				c.reversed = s.now()
				s.notify(p)
				return nil
			}
		}
	}
	return fault.NotFoundf("simulator.chargeback", "there is no such chargeback that still stands")
}

// SetRefund moves a refund to another status: queued, pending, processing, refunded, failed or canceled.
func (s *Simulator) SetRefund(id, refundID, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains([]string{"queued", "pending", "processing", "refunded", "failed", "canceled"}, status) {
		return fault.Invalidf("simulator.refund", "%q is not a status of a refund", status)
	}
	if p, ok := s.payments[id]; ok {
		for _, r := range p.refunds {
			if r.id == refundID {
				s.moveRefund(p, r, status)
				return nil
			}
		}
	}
	return fault.NotFoundf("simulator.refund", "there is no such refund")
}

func (s *Simulator) moveRefund(p *payment, r *refund, status string) {
	if r.status == status {
		return
	}
	r.status = status
	s.notify(p)
}

// Tamper changes what the API says of a payment behind everybody's back, to test that such a payment is refused.
// Empty fields stay as they are.
type Tamper struct {
	Mode     string `json:"mode"`
	Value    string `json:"value"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
}

// Tamper applies t to a payment.
func (s *Simulator) Tamper(id string, t Tamper) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments[id]
	if !ok {
		return fault.NotFoundf("simulator.payment", "there is no payment with this id")
	}
	amount := p.amount
	if t.Currency != "" {
		amount.Currency = money.Currency(t.Currency)
	}
	if t.Value != "" {
		var err error
		if amount, err = money.Parse(t.Value, amount.Currency); err != nil {
			return err
		}
	}
	p.amount = amount
	if t.Mode != "" {
		p.mode = t.Mode
	}
	if t.Status != "" {
		p.status = t.Status
		p.ended = s.now()
	}
	return nil
}
