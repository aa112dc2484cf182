package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/mail/mailtest"
	"github.com/voldaan/voldaan/backend/money"
)

// TestACollectionIsAnnouncedOnce: date and amount reach the customer in one mail, however often the entry is seen; an
// amount above the ceiling is asked for in another.
func TestACollectionIsAnnouncedOnce(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := o.Customer("De Vries")
	o.Invoice(c, "2026-0700", "2026-06-20", "2026-07-20", 91000)
	o.Invoice(c, "2026-0701", "2026-06-20", "2026-07-20", 500000)
	consent := ledger.Consent{Text: "…", Version: "1"}
	m, _, err := o.StartMandate(o.Ctx, o.Meta(), ledger.Mandate{Customer: c.ID, Provider: "mollie", ProviderCustomer: "cst_1", Mode: "test", Method: ledger.MethodCard, Consent: consent},
		ledger.Attempt{Customer: c.ID, Amount: money.Of(0, "EUR"), Provider: "mollie", Mode: "test"})
	must(err)
	_, err = o.UpdateMandate(o.Ctx, o.Meta(), m.ID, books.MandateUpdate{State: ledger.MandateValid, ProviderRef: "mdt_1", Expires: civil.MustParse("2028-01-01")})
	must(err)
	_, err = o.SetAutopay(o.Ctx, o.Meta(), ledger.Autopay{Customer: c.ID, State: ledger.AutopayOn, Mandate: m.ID, Consent: consent, Ceiling: money.Of(100000, "EUR")})
	must(err)
	_, err = o.Announce(o.Ctx, o.Meta(), c.ID, "test")
	must(err)
	for range 2 {
		must(o.Collections().Apply(o.Ctx, o.entries()))
		o.deliver()
	}
	got := o.server.Messages()
	if len(got) != 2 {
		t.Fatalf("%d mails, want an announcement and a question", len(got))
	}
	all := strings.ReplaceAll(got[0].Text+got[1].Text, "\u00a0", " ")
	for _, want := range []string{"2026-0700  20 juli 2026  € 910,00", "2026-0701", "€ 5.000,00", "hoger dan de grens"} {
		if !strings.Contains(all, want) {
			t.Errorf("the mails lack %q:\n%s", want, all)
		}
	}
}

// TestAFailedCollectionTellsTheFirmsOwnDays: with three business days and one retry, the first failure promises a new try
// after three days and the second one promises nothing, though autopay stays on.
func TestAFailedCollectionTellsTheFirmsOwnDays(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	policy := ledger.DefaultAutopayPolicy(o.Firm.ID)
	policy.RetryDays, policy.Retries, policy.OffAfter = 3, 1, 5
	_, err := o.SetAutopayPolicy(o.Ctx, o.Meta(), policy)
	must(err)
	c := o.Customer("De Vries")
	o.Invoice(c, "2026-0700", "2026-06-20", "2026-07-20", 91000)
	consent := ledger.Consent{Text: "…", Version: "1"}
	m, _, err := o.StartMandate(o.Ctx, o.Meta(), ledger.Mandate{Customer: c.ID, Provider: "mollie", ProviderCustomer: "cst_1", Mode: "test", Method: ledger.MethodCard, Consent: consent},
		ledger.Attempt{Customer: c.ID, Amount: money.Of(0, "EUR"), Provider: "mollie", Mode: "test"})
	must(err)
	_, err = o.UpdateMandate(o.Ctx, o.Meta(), m.ID, books.MandateUpdate{State: ledger.MandateValid, ProviderRef: "mdt_1", Expires: civil.MustParse("2028-01-01")})
	must(err)
	_, err = o.SetAutopay(o.Ctx, o.Meta(), ledger.Autopay{Customer: c.ID, State: ledger.AutopayOn, Mandate: m.ID, Consent: consent})
	must(err)
	for _, want := range []string{"na 3 werkdagen opnieuw", "betaal de factuur daarom zelf"} {
		list, err := o.Announce(o.Ctx, o.Meta(), c.ID, "test")
		must(err)
		if len(list) != 1 {
			t.Fatalf("%d collections are announced, want one", len(list))
		}
		o.Clock.Set(list[0].Date.Time().Add(10 * time.Hour))
		sub, err := o.SubmitCollection(o.Ctx, o.Meta(), list[0].ID, "test")
		must(err)
		_, err = o.UpdateAttempt(o.Ctx, o.Meta(), sub.Attempt.ID, books.AttemptUpdate{State: ledger.AttemptFailed, FailReason: "insufficient_funds"})
		must(err)
		_, err = o.FinishCollection(o.Ctx, o.Meta(), list[0].ID)
		must(err)
		must(o.Collections().Apply(o.Ctx, o.entries()))
		o.deliver()
		got := o.server.Messages()
		if text := got[len(got)-1].Text; !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}
