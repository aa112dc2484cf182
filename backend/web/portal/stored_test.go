package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// TestStoreAndAutopay goes the customer's way: store a card, pay an invoice with it in one confirmation, switch autopay on
// with a ceiling, see what is coming, switch it off, remove the card.
func TestStoreAndAutopay(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)

	p := b.want("/methods", 200)
	f := p.form(t, "/methods")
	f.Set("method", "creditcard")
	if got := b.do(http.MethodPost, "/methods", f.Encode()); !strings.HasPrefix(got.Status, "422") {
		t.Errorf("without the tick: %s", got.Status)
	}
	f.Set("agree", "1")
	if got := b.do(http.MethodPost, "/methods", f.Encode()); !strings.HasPrefix(got.Status, "303") {
		t.Fatalf("adding a card: %s %s", got.Status, got.body)
	}
	s.decide(simulator.OutcomePaid)
	s.Clock.Advance(simulatorPause)
	x := s.attempts(c)
	last := x[len(x)-1]
	if _, err := s.pay.Refresh(s.Ctx, last.ID); err != nil {
		t.Fatal(err)
	}
	p = b.want("/methods", 200)
	if !strings.Contains(p.body, "Mastercard •• 6787") || !strings.Contains(p.body, "voorkeur") {
		t.Fatalf("the stored card is not shown: %s", p.body)
	}

	p = b.want("/pay?all=1&c=EUR", 200)
	f = p.form(t, "/pay")
	f.Set("method", last.Mandate.String())
	got := b.do(http.MethodPost, "/pay", f.Encode())
	if !strings.HasPrefix(got.Status, "303") {
		t.Fatalf("paying with it: %s %s", got.Status, got.body)
	}
	x = s.attempts(c)
	if paid := x[len(x)-1]; paid.State != ledger.AttemptPaid || paid.Sequence != ledger.Recurring {
		t.Errorf("one confirmation left the payment %s", books.AttemptStateName(paid.State))
	}

	s.Invoice(c, "2026-0900", "2026-06-30", "2026-07-30", 50000)
	p = b.want("/autopay", 200)
	f = p.form(t, "/autopay")
	f.Set("state", "on")
	f.Set("moment", "due_date")
	f.Set("mandate", last.Mandate.String())
	f.Set("ceiling", "750,00")
	f.Set("agree", "1")
	if got := b.do(http.MethodPost, "/autopay", f.Encode()); !strings.HasPrefix(got.Status, "303") {
		t.Fatalf("switching on: %s %s", got.Status, got.body)
	}
	if p = b.want("/autopay", 200); !strings.Contains(p.body, "2026-0900") || !strings.Contains(p.body, "gepland") {
		t.Error("what is planned is not shown")
	}
	s.Clock.Advance(time.Minute)
	if err := s.pay.Collect(s.Ctx, s.Firm.ID); err != nil {
		t.Fatal(err)
	}
	if p = b.want("/autopay", 200); !strings.Contains(p.body, "aangekondigd") || !strings.Contains(p.body, "750,00") {
		t.Error("what was announced is not shown")
	}
	f = p.form(t, "/autopay")
	f.Set("state", "off")
	if got := b.do(http.MethodPost, "/autopay", f.Encode()); !strings.HasPrefix(got.Status, "303") {
		t.Fatalf("switching off: %s", got.Status)
	}
	if p = b.want("/autopay", 200); !strings.Contains(p.body, "Staat uit") || !strings.Contains(p.body, "vervallen") {
		t.Error("switching off is not shown")
	}
	f = p.form(t, "/autopay")
	if got := b.do(http.MethodPost, "/methods/"+last.Mandate.String()+"/remove", f.Encode()); !strings.HasPrefix(got.Status, "303") {
		t.Fatalf("removing: %s", got.Status)
	}
	if p = b.want("/methods", 200); strings.Contains(p.body, "6787") {
		t.Error("a removed card is still shown")
	}
}
