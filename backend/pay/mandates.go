package pay

import (
	"context"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
)

// StoreOrder asks to store a method of a customer: with the payment of documents, or without, and then for a token
// amount that proves that the method is theirs (nothing with a card, one cent at a bank, which stays as credit).
type StoreOrder struct {
	Order
	Payer   string // the customer's name, for the provider
	Consent ledger.Consent
}

// Store records a mandate and makes its first payment at the provider. Like Start it is idempotent with m.Key, and the
// attempt has a CheckoutURL.
func (s *Service) Store(ctx context.Context, m journal.Meta, o StoreOrder) (ledger.Attempt, error) {
	m.Firm = o.Scope.Firm
	c, err := s.client(ctx, m.Firm)
	if err != nil {
		return ledger.Attempt{}, err
	}
	f, numbers, amount, err := s.describeOrder(ctx, o.Scope, o.Lines)
	if err != nil {
		return ledger.Attempt{}, err
	}
	if len(o.Lines) == 0 {
		if amount = money.Of(1, f.Currency); o.Method == ledger.MethodCard {
			amount.Minor = 0
		}
	}
	payer, err := s.payer(ctx, c, m.Firm, o.Scope.Customer, o.Payer, o.PayerEmail)
	if err != nil {
		return ledger.Attempt{}, err
	}
	_, x, err := s.books.StartMandate(ctx, m, ledger.Mandate{
		Customer: o.Scope.Customer, Contact: o.Scope.Contact, Provider: Provider, ProviderCustomer: payer, Mode: string(c.Mode()), Method: stored(o.Method), Consent: o.Consent,
	}, ledger.Attempt{
		Customer: o.Scope.Customer, Contact: o.Scope.Contact, PayerEmail: o.PayerEmail, Language: o.Language, Lines: o.Lines, Amount: amount,
		Method: o.Method, Provider: Provider, Mode: string(c.Mode()), ProviderCustomer: payer,
	})
	if err != nil || x.ProviderRef != "" || x.State != ledger.AttemptCreated {
		return x, err
	}
	return s.place(ctx, c, x, mollie.NewPayment{
		Amount: mollie.Amount(x.Amount), Description: describe(f, numbers), RedirectURL: o.ReturnURL(x.ID), WebhookURL: s.webhookURL(),
		Method: string(x.Method), Locale: locale(o.Language, f.Country), Metadata: map[string]string{"attempt": x.ID.String()},
		Sequence: mollie.First, CustomerID: payer,
	})
}

// stored is the method that a first payment with another gives a mandate for. The provider's word replaces it.
func stored(first ledger.Method) ledger.Method {
	if first == ledger.MethodCard || first == "paypal" {
		return first
	}
	return ledger.MethodDebit
}

// payer is the customer at the provider: the one that an earlier mandate belongs to, else a new one.
func (s *Service) payer(ctx context.Context, c *mollie.Client, f ledger.FirmID, id ledger.CustomerID, name, email string) (string, error) {
	var mine []ledger.Mandate
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		mine, err = r.MandatesOf(id)
		return err
	})
	if err != nil {
		return "", err
	}
	for _, x := range slices.Backward(mine) {
		if x.Firm != f || x.Mode != string(c.Mode()) || x.ProviderCustomer == "" {
			continue
		}
		_, err := c.GetCustomer(ctx, x.ProviderCustomer)
		if e, ok := mollie.AsError(err); ok && e.NotFound() {
			break // it was deleted there: a new one is needed
		}
		return x.ProviderCustomer, explain(err)
	}
	key := "customer/" + id.String() + "/" + s.clock.Now().Format("2006-01-02T15")
	made, err := c.CreateCustomer(ctx, key, mollie.NewCustomer{Name: name, Email: email, Metadata: map[string]string{"customer": id.String()}})
	return made.ID, explain(err)
}

// Charge pays documents with a stored method, for a payer who is present and has confirmed it. There is no checkout: the
// attempt is paid, pending or failed at once.
func (s *Service) Charge(ctx context.Context, m journal.Meta, o Order, mandate ledger.MandateID) (ledger.Attempt, error) {
	m.Firm = o.Scope.Firm
	c, err := s.client(ctx, m.Firm)
	if err != nil {
		return ledger.Attempt{}, err
	}
	if len(o.Lines) == 0 {
		return ledger.Attempt{}, fault.Invalidf("pay.nothing", "nothing was chosen to pay")
	}
	_, _, amount, err := s.describeOrder(ctx, o.Scope, o.Lines)
	if err != nil {
		return ledger.Attempt{}, err
	}
	x, err := s.books.ChargeStored(ctx, m, ledger.Attempt{
		Customer: o.Scope.Customer, Contact: o.Scope.Contact, PayerEmail: o.PayerEmail, Language: o.Language, Lines: o.Lines, Amount: amount,
		Provider: Provider, Mode: string(c.Mode()), Mandate: mandate,
	})
	if err != nil || x.ProviderRef != "" || x.State != ledger.AttemptCreated {
		return x, err
	}
	o.ReturnURL(x.ID) // the payer can come back to see how it stands
	return s.charge(ctx, c, x)
}

// charge makes the provider's payment of a recorded attempt under a mandate. The attempt's id is the idempotency key, so
// that doing it again within the provider's memory is harmless; after that resume looks first.
func (s *Service) charge(ctx context.Context, c *mollie.Client, x ledger.Attempt) (ledger.Attempt, error) {
	var man ledger.Mandate
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		man, err = r.Mandate(x.Mandate)
		return err
	})
	if err != nil {
		return x, err
	}
	f, numbers, _, err := s.describeOrder(ctx, books.Scope{Firm: x.Firm, Customer: x.Customer, Rights: ledger.RightPay}, x.Lines)
	if err != nil {
		return x, err
	}
	return s.place(ctx, c, x, mollie.NewPayment{
		Amount: mollie.Amount(x.Amount), Description: describe(f, numbers), WebhookURL: s.webhookURL(), Metadata: map[string]string{"attempt": x.ID.String()},
		Sequence: mollie.Recurring, CustomerID: x.ProviderCustomer, MandateID: man.ProviderRef,
	})
}

// resume goes on with a collection of which we do not know whether the provider heard of it: a crash or a silence came
// between. The provider is asked first; only what is certainly not there is made.
func (s *Service) resume(ctx context.Context, c *mollie.Client, x ledger.Attempt) (ledger.Attempt, error) {
	list, err := c.ListCustomerPayments(ctx, x.ProviderCustomer)
	if e, ok := mollie.AsError(err); ok && e.NotFound() {
		return s.books.UpdateAttempt(ctx, meta(x.Firm), x.ID, books.AttemptUpdate{State: ledger.AttemptFailed, FailReason: "customer_gone", Checked: s.clock.Now()})
	}
	if err != nil {
		return x, explain(err)
	}
	for _, p := range list {
		if p.Meta("attempt") == x.ID.String() {
			return s.apply(ctx, c, x, p)
		}
	}
	return s.charge(ctx, c, x)
}

// followMandates asks the provider about mandates that it has not decided on, and ends those whose first payment came to
// nothing.
func (s *Service) followMandates(ctx context.Context, c *mollie.Client, f ledger.FirmID) error {
	var list []ledger.Mandate
	firsts := map[ledger.MandateID]ledger.Attempt{}
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		if list, err = r.PendingMandates(f); err != nil {
			return err
		}
		for _, m := range list {
			attempts, err := r.AttemptsOf(m.Customer)
			if err != nil {
				return err
			}
			for _, x := range attempts {
				if x.Mandate == m.ID && x.Sequence == ledger.FirstPay {
					firsts[m.ID] = x
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, m := range list {
		x, ok := firsts[m.ID]
		if m.Mode != string(c.Mode()) || ok && x.State < ledger.AttemptPaid {
			continue
		}
		if ok && x.State > ledger.AttemptPaid {
			if _, err := s.books.UpdateMandate(ctx, meta(f), m.ID, books.MandateUpdate{State: ledger.MandateInvalid, Reason: "not_given"}); err != nil {
				return err
			}
			continue
		}
		if err := s.syncMandate(ctx, c, m); err != nil {
			return err
		}
	}
	return nil
}

// syncMandate brings a mandate into agreement with the provider's.
func (s *Service) syncMandate(ctx context.Context, c *mollie.Client, m ledger.Mandate) error {
	if m.ProviderRef == "" {
		return nil
	}
	p, err := c.GetMandate(ctx, m.ProviderCustomer, m.ProviderRef)
	if e, ok := mollie.AsError(err); ok && e.NotFound() {
		_, err = s.books.UpdateMandate(ctx, meta(m.Firm), m.ID, books.MandateUpdate{State: ledger.MandateInvalid, Reason: "customer_gone"})
		return err
	}
	if err != nil {
		return explain(err)
	}
	u := books.MandateUpdate{ProviderRef: p.ID, Method: ledger.Method(p.Method), Reference: p.Reference}
	switch p.Status {
	case mollie.MandateValid:
		u.State = ledger.MandateValid
	case mollie.MandateInvalid:
		u.State, u.Reason = ledger.MandateInvalid, "mandate_invalid"
	}
	d := p.Details
	u.Holder = first(d.CardHolder, d.ConsumerName)
	switch p.Method {
	case string(ledger.MethodCard):
		u.Label, u.Last4 = d.CardLabel, lastFour(d.CardNumber)
		u.Expires, _ = civil.Parse(d.CardExpiry) // absent: it does not expire as far as we know
	case string(ledger.MethodDebit):
		u.Label, u.Last4 = bankOf(d.ConsumerAccount), lastFour(d.ConsumerAccount)
	default:
		u.Label = p.Method
	}
	u.Signed, _ = civil.Parse(p.Signed) // absent until it is signed
	_, err = s.books.UpdateMandate(ctx, meta(m.Firm), m.ID, u)
	return err
}

func lastFour(s string) string { return s[max(0, len(s)-4):] }

// bankOf is the bank's code within an IBAN, where the country's form has letters there ("INGB", "ABNA"); else the
// country.
func bankOf(iban string) string {
	if len(iban) < 8 {
		return "IBAN"
	}
	code := iban[4:8]
	if strings.IndexFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) < 0 {
		return code
	}
	return iban[:2]
}

// Remove takes a stored method out of use here, and then at the provider. Here comes first: whatever happens on the way,
// nothing is collected with it any more.
func (s *Service) Remove(ctx context.Context, m journal.Meta, customer ledger.CustomerID, id ledger.MandateID) error {
	x, err := s.books.RemoveMandate(ctx, m, customer, id)
	if err != nil || x.ProviderRef == "" {
		return err
	}
	c, err := s.client(ctx, m.Firm)
	if err != nil || string(c.Mode()) != x.Mode {
		return nil //nolint:nilerr // payments are off or real now: there is nobody to tell
	}
	err = c.RevokeMandate(context.WithoutCancel(ctx), x.ProviderCustomer, x.ProviderRef)
	if e, ok := mollie.AsError(err); ok && !e.NotFound() {
		s.log.Warn("a removed mandate could not be revoked at mollie", "mandate", x.ID, "err", err)
	}
	return nil
}

// describeOrder reads the firm, the numbers of the documents and what their lines add up to, within the payer's scope.
func (s *Service) describeOrder(ctx context.Context, scope books.Scope, lines []ledger.AttemptLine) (f ledger.Firm, numbers []string, amount money.Amount, err error) {
	if scope.Rights < ledger.RightPay {
		return f, nil, amount, &fault.Error{Kind: fault.Denied, Code: "portal.view_only", Message: "You may look at the account but not settle it."}
	}
	seen, err := s.books.Portal(scope).Account(ctx)
	if err != nil {
		return f, nil, amount, err
	}
	for _, l := range lines {
		d, ok := seen.Account.Document(l.Document)
		if !ok {
			return f, nil, amount, fault.NotFoundf("document.unknown", "there is no such invoice or credit note")
		}
		if amount.Currency != "" && amount.Currency != d.Total.Currency {
			return f, nil, amount, fault.Invalidf("attempt.currency", "%s is in %s and cannot be paid together with invoices in %s", d.Number, d.Total.Currency, amount.Currency)
		}
		amount = amount.Add(money.Of(l.Amount, d.Total.Currency))
		numbers = append(numbers, d.Number)
	}
	return seen.Firm, numbers, amount, nil
}
