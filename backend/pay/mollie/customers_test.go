package mollie_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// TestRecurring goes the whole way with this client: a customer, a first payment that gives a mandate, a collection that
// is pending until its day, a refusal with its reason, and what is left when the customer is deleted.
func TestRecurring(t *testing.T) {
	sim := simulator.New(simulator.Options{Clock: civil.NewManual(time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC))})
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	c, err := mollie.New(mollie.Options{Key: "test_recurring000", BaseURL: srv.URL, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	ctx := t.Context()
	cust, err := c.CreateCustomer(ctx, "c1", mollie.NewCustomer{Name: "De Vries", Email: "a@b.example", Metadata: map[string]string{"customer": "cus_1"}})
	check(err)
	if again, err := c.CreateCustomer(ctx, "c1", mollie.NewCustomer{Name: "De Vries", Email: "a@b.example", Metadata: map[string]string{"customer": "cus_1"}}); err != nil || again.ID != cust.ID || again.Meta("customer") != "cus_1" {
		t.Fatalf("the same key made %v, %v", again, err)
	}
	first, err := c.CreatePayment(ctx, "p1", mollie.NewPayment{Amount: mollie.Amount(money.Of(0, "EUR")), Description: "kaart", Method: "creditcard",
		RedirectURL: "https://portal.example.org/", Sequence: mollie.First, CustomerID: cust.ID})
	check(err)
	m, err := c.GetMandate(ctx, cust.ID, first.MandateID)
	check(err)
	if m.Status != mollie.MandatePending {
		t.Fatalf("before the payment the mandate is %s", m.Status)
	}
	check(sim.Decide(first.ID, simulator.OutcomePaid, simulator.Payer{Name: "J. de Vries"}))
	if m, err = c.GetMandate(ctx, cust.ID, first.MandateID); err != nil || m.Status != mollie.MandateValid || m.Details.CardNumber != "6787" || m.Details.CardHolder != "J. de Vries" {
		t.Fatalf("after it: %+v, %v", m, err)
	}
	debit, err := c.CreateMandate(ctx, "m1", cust.ID, mollie.NewMandate{Method: "directdebit", ConsumerName: "J. de Vries", ConsumerAccount: "NL91ABNA0417164300", Reference: "REF-1"})
	check(err)
	if list, err := c.ListMandates(ctx, cust.ID); err != nil || len(list) != 2 || list[0].ID != debit.ID || list[0].Reference != "REF-1" {
		t.Fatalf("mandates %+v, %v", list, err)
	}
	check(sim.Refuse(debit.ID, "AM04"))
	p, err := c.CreatePayment(ctx, "p2", mollie.NewPayment{Amount: mollie.Amount(money.Of(121000, "EUR")), Description: "2026-0001", Sequence: mollie.Recurring, CustomerID: cust.ID, MandateID: debit.ID})
	check(err)
	if p.Status != mollie.Pending || p.Details.DueDate != "2026-06-17" || p.CheckoutURL() != "" {
		t.Fatalf("a collection begins as %+v", p)
	}
	check(sim.Advance(ctx, 3*24*time.Hour))
	if p, err = c.GetPayment(ctx, p.ID); err != nil || p.Status != mollie.Failed || p.Details.BankReasonCode != "AM04" {
		t.Fatalf("refused: %+v, %v", p, err)
	}
	if list, err := c.ListCustomerPayments(ctx, cust.ID); err != nil || len(list) != 2 || list[0].ID != p.ID {
		t.Fatalf("payments %+v, %v", list, err)
	}
	check(c.RevokeMandate(ctx, cust.ID, debit.ID))
	check(c.DeleteCustomer(ctx, cust.ID))
	if _, err := c.GetCustomer(ctx, cust.ID); !gone(err) {
		t.Errorf("a deleted customer answers %v", err)
	}
	if _, err := c.GetMandate(ctx, cust.ID, m.ID); !gone(err) {
		t.Errorf("a deleted customer's mandate answers %v", err)
	}
}

func gone(err error) bool {
	e, ok := mollie.AsError(err)
	return ok && e.Status == 410 && e.NotFound()
}
