package pay

import (
	"context"
	"fmt"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// Order is what somebody wants to pay. Documents outside the scope do not exist.
type Order struct {
	Scope      books.Scope // of the session or pay link
	PayerEmail string
	Language   string
	Lines      []ledger.AttemptLine
	Method     ledger.Method // empty: chosen at Mollie
	// ReturnURL is where the payer comes back; it is asked for once the attempt has its id.
	ReturnURL func(ledger.AttemptID) string
}

// Start records an attempt and makes the provider's payment for it. The attempt that it returns has a CheckoutURL: send
// the payer there. With m.Key it is idempotent: the same order under the same key gives the same attempt and checkout.
//
// When the provider refuses, the attempt has failed and the error says why. When it does not answer, the attempt stays
// as it is: the same call with the same key goes on where it stopped, and Run cleans up if that never comes.
func (s *Service) Start(ctx context.Context, m journal.Meta, o Order) (ledger.Attempt, error) {
	m.Firm = o.Scope.Firm
	c, err := s.client(ctx, m.Firm)
	if err != nil {
		return ledger.Attempt{}, err
	}
	if len(o.Lines) == 0 {
		return ledger.Attempt{}, fault.Invalidf("pay.nothing", "nothing was chosen to pay")
	}
	f, numbers, amount, err := s.describeOrder(ctx, o.Scope, o.Lines)
	if err != nil {
		return ledger.Attempt{}, err
	}
	x, err := s.books.CreateAttempt(ctx, m, ledger.Attempt{
		Customer: o.Scope.Customer, Contact: o.Scope.Contact, PayerEmail: o.PayerEmail, Language: o.Language, Lines: o.Lines, Amount: amount,
		Method: o.Method, Provider: Provider, Mode: string(c.Mode()),
	})
	if err != nil || x.ProviderRef != "" || x.State != ledger.AttemptCreated {
		return x, err // also: this key has been here before and got all the way
	}
	return s.place(ctx, c, x, mollie.NewPayment{
		Amount: mollie.Amount(x.Amount), Description: describe(f, numbers), RedirectURL: o.ReturnURL(x.ID), WebhookURL: s.webhookURL(),
		Method: string(x.Method), Locale: locale(o.Language, f.Country), Metadata: map[string]string{"attempt": x.ID.String()},
	})
}

func (s *Service) webhookURL() string {
	if s.o.WebhookURL == nil {
		return ""
	}
	return s.o.WebhookURL()
}

// place makes the provider's payment for a recorded attempt. The attempt's id is the idempotency key.
func (s *Service) place(ctx context.Context, c *mollie.Client, x ledger.Attempt, n mollie.NewPayment) (ledger.Attempt, error) {
	p, err := c.CreatePayment(ctx, x.ID.String(), n)
	if e, ok := mollie.AsError(err); ok && e.Field == "webhookUrl" {
		// Mollie cannot reach our address. Polling does without; other parameters need another key.
		s.log.Warn("mollie cannot reach the webhook address; payments are polled for", "err", err)
		n.WebhookURL = ""
		p, err = c.CreatePayment(ctx, x.ID.String()+"/polled", n)
	}
	// The payment exists now, or is refused: that must be recorded even when the payer has closed the browser.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		e, ok := mollie.AsError(err)
		if !ok || e.Temporary() || e.Uncertain() || e.Status == 409 {
			return x, explain(err)
		}
		s.log.Warn("mollie refuses a payment", "attempt", x.ID, "err", err)
		if _, uerr := s.books.UpdateAttempt(ctx, meta(x.Firm), x.ID, books.AttemptUpdate{State: ledger.AttemptFailed, FailReason: refusalReason(e)}); uerr != nil {
			return x, uerr
		}
		return x, explain(err)
	}
	x, err = s.apply(ctx, c, x, p)
	if err == nil && x.CheckoutURL == "" && x.State < ledger.AttemptPaid && x.Sequence != ledger.Recurring {
		err = fault.New(fault.Unavailable, "pay.no_checkout", "Mollie did not offer a page to pay on. No money was taken; please try again.")
	}
	return x, err
}

// refusalReason is why the provider makes no payment at all. That a mandate or its customer is gone does not pass.
func refusalReason(e *mollie.Error) string {
	switch {
	case e.NotFound():
		return "customer_gone"
	case e.Field == "mandateId" || e.Field == "customerId":
		return "mandate_invalid"
	}
	return "refused"
}

// describe is what the payer's bank statement shows: whose, and which invoices.
func describe(f ledger.Firm, numbers []string) string {
	const most = 140 // what SEPA carries
	for n := len(numbers); n > 0; n-- {
		text := f.Name + " " + strings.Join(numbers[:n], ", ")
		if n < len(numbers) {
			text += fmt.Sprintf(" +%d", len(numbers)-n)
		}
		if len([]rune(text)) <= most || n == 1 {
			return text
		}
	}
	return f.Name
}

// locale is one that Mollie knows; empty lets the payer's browser decide.
func locale(language, country string) string {
	switch language {
	case "nl", "fr":
		if country == "BE" {
			return language + "_BE"
		}
		return language + "_" + strings.ToUpper(language)
	case "de":
		return "de_DE"
	case "en":
		return "en_GB"
	}
	return ""
}
