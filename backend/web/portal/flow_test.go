package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// TestEveryPageOfAnAccount walks through the account as a customer does.
func TestEveryPageOfAnAccount(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)

	b.want("/", 200).has(t, "Openstaand € 3.766,50", "waarvan te laat € 910,00", "Tegoed € 35,75", "2026-0412", "12 dagen te laat",
		"Betaal wat te laat is € 910,00", "Betaal alles € 3.715,05", "PO 44871", "€ −51,45 korting t/m 5 jul", "deels betaald, over 3 dagen", "€ 284,00 op 3 jul",
		"Lunchroom De Linde", "Jolanda Veldhuis", "!2026-0398")
	b.want("/invoices", 200).has(t, "5 facturen", "2026-0398", "voldaan", "C2026-0031", "€ −35,75")
	b.want("/invoices?show=paid", 200).has(t, "1 factuur", "2026-0398", "!2026-0412")
	b.want("/invoices?show=open&q=44902", 200).has(t, "1 factuur", "2026-0431", "!2026-0412")
	b.want("/invoices?q=niets", 200).has(t, "Geen factuur gevonden")
	b.want("/payments", 200).has(t, "29 april 2026", "€ 612,50", "2026-0398", "20 juni 2026")
}

// TestPayingThree is the heart of it: choose, pay at the provider, come back, see it settled.
func TestPayingThree(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)

	p := b.want("/pay?all=1&c=EUR", 200)
	p.has(t, "2026-0412", "Betalingskorting € −51,45", "Te betalen € 3.715,05", "iDEAL | Wero", "Betaal € 3.715,05")
	p = b.submit(p, "/pay", "method", "ideal")
	if p.StatusCode != http.StatusSeeOther {
		t.Fatalf("starting: %d %s", p.StatusCode, words(p.body))
	}
	here := strings.TrimSuffix(p.Header.Get("Location"), "/go")
	p = b.want(here+"/go", 200)
	p.has(t, "U gaat naar de betaalpagina", "€ 3.715,05")
	if !strings.Contains(p.body, `http-equiv="refresh" content="0;url=http`) {
		t.Error("the page does not lead on to the provider")
	}
	b.want(here, 200).has(t, "De betaling is nog niet afgerond")

	s.decide(simulator.OutcomePending)
	s.Clock.Advance(simulatorPause)
	b.want(here, 200).has(t, "Uw betaling is onderweg", "!Opnieuw proberen")
	b.want("/", 200).has(t, "betaling onderweg")
	b.want("/pay?all=1&c=EUR", 200).has(t, "Er is niets te betalen")

	s.decide(simulator.OutcomePaid)
	s.Clock.Advance(simulatorPause)
	// The bank's app comes back in another browser: the page works there, too, and shows only this payment.
	other := s.browser()
	other.want(here+"/state?n=3", 200).has(t, "Betaald, dank u wel", "€ 3.715,05", "2026-0412, 2026-0431, 2026-0455", "Betalingsbewijs", "!Jolanda")
	other.want(here+"/receipt", 200).has(t, "Betalingsbewijs", "Lunchroom De Linde", "iDEAL", "Controlekenmerk", "!C2026-0031")
	if p := other.get("/"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("the return address signed somebody in: %d", p.StatusCode)
	}
	b.want("/", 200).has(t, "!2026-0412")
	for _, d := range s.Account(c.ID).Documents {
		if open := s.Account(c.ID).Open(d.ID, s.Today()); d.Type.Debit() && !open.IsZero() {
			t.Errorf("%s still has %s open", d.Number, open)
		}
	}
}

// TestPressingTwicePaysOnce sends the same form twice, and the form with another amount after the books have changed.
func TestPressingTwicePaysOnce(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	form := b.want("/pay?due=1", 200).form(t, "/pay")
	first := b.do(http.MethodPost, "/pay", form.Encode())
	again := b.do(http.MethodPost, "/pay", form.Encode())
	if first.StatusCode != http.StatusSeeOther || first.Header.Get("Location") != again.Header.Get("Location") {
		t.Errorf("%d %s, then %d %s", first.StatusCode, first.Header.Get("Location"), again.StatusCode, again.Header.Get("Location"))
	}
	if n := len(s.attempts(c)); n != 1 {
		t.Errorf("%d attempts", n)
	}
	b.want("/pay?due=1", 200).has(t, "Er staat al een betaling klaar")

	stale := b.want("/pay?due=1", 200).form(t, "/pay")
	acc := s.Account(c.ID)
	s.Pay(c, "2026-06-30", 10_000, ledger.Line{Document: acc.OpenItems(s.Today())[0].ID, Amount: 10_000})
	p := b.do(http.MethodPost, "/pay", stale.Encode())
	if p.StatusCode != http.StatusConflict {
		t.Errorf("an amount that is no longer right was charged: %d", p.StatusCode)
	}
	p.has(t, "Het bedrag is net veranderd", "Betaal € 810,00")
}

func TestOwnAmount(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	b.want("/pay?all=1&c=EUR&amount=1.000,00", 200).has(t, "Zo verdelen wij uw betaling", "2026-0431 3 jul · PO 44902 · € 194,00 blijft open € 90,00", "€ 2.572,50 blijft open", "Betaal € 1.000,00")
	b.want("/pay?all=1&c=EUR&amount=9999", 200).has(t, "hoogstens € 3.715,05")
	b.want("/pay?all=1&c=EUR&amount=veel", 200).has(t, "Dit is geen bedrag", "Betaal € 3.715,05")
	p := b.want("/pay?all=1&c=EUR&amount=1000", 200)
	p = b.submit(p, "/pay", "method", "ideal")
	here := strings.TrimSuffix(p.Header.Get("Location"), "/go")
	s.decide(simulator.OutcomePaid)
	b.want(here, 200).has(t, "Betaald, dank u wel", "€ 1.000,00")
	b.want("/", 200).has(t, "Openstaand € 2.766,50", "!2026-0412")
}

// TestNoMoneyWasTaken: a failed, a canceled and an expired payment leave everything open and say so.
func TestNoMoneyWasTaken(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	for o, said := range map[simulator.Outcome]string{simulator.OutcomeFailed: "De betaling is niet gelukt", simulator.OutcomeCanceled: "U hebt de betaling geannuleerd", simulator.OutcomeExpired: "De betaling is verlopen"} {
		b := s.browser()
		b.signIn(c)
		p := b.submit(b.want("/pay?due=1", 200), "/pay", "method", "ideal")
		here := strings.TrimSuffix(p.Header.Get("Location"), "/go")
		s.decide(o)
		b.want(here, 200).has(t, said, "Er is geen geld afgeschreven", "Opnieuw proberen")
		b.want("/", 200).has(t, "Openstaand € 3.766,50")
	}
}

// TestPayLinkShowsNothingElse: the link opens its documents and says nothing of the rest of the account.
func TestPayLinkShowsNothingElse(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	docs := s.Account(c.ID).Documents
	var late, part ledger.Document
	for _, d := range docs {
		switch d.Number {
		case "2026-0412":
			late = d
		case "2026-0431":
			part = d
		}
	}
	o := s.payLink(c, late, part)
	b := s.browser()
	p := b.want("/p/"+o.Token, 200)
	p.has(t, "2026-0412", "2026-0431", "Te betalen € 1.194,00", "!2026-0455", "!2026-0398", "!C2026-0031", "!Tegoed", "!klant00001", "!Uitloggen", "!Betalingen")
	for _, path := range []string{"/", "/invoices", "/payments", "/invoices/" + late.ID.String(), "/pay?d=" + late.ID.String()} {
		if p := b.get(path); p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/sign-in") {
			t.Errorf("a pay link opened %s: %d", path, p.StatusCode)
		}
	}
	b.submit(p, "/p/"+o.Token, "email", "geen adres").has(t, "Dit is geen e-mailadres")
	p = b.submit(p, "/p/"+o.Token, "method", "ideal", "email", "iemand@example.nl")
	if p.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	here := strings.TrimSuffix(p.Header.Get("Location"), "/go")
	s.decide(simulator.OutcomeFailed)
	if p := b.want(here, 200); !strings.Contains(p.body, `href="/p/`+o.Token) {
		t.Error("there is no way back to the pay link")
	}
	p = b.submit(b.want("/p/"+o.Token, 200), "/p/"+o.Token, "method", "ideal", "email", "iemand@example.nl")
	here = strings.TrimSuffix(p.Header.Get("Location"), "/go")
	s.decide(simulator.OutcomePaid)
	b.want(here, 200).has(t, "Betaald", "U krijgt een bevestiging per e-mail")
	b.want("/p/"+o.Token, 200).has(t, "Dit is al voldaan")
	if _, err := s.links.Revoke(s.Ctx, s.Meta(), o.Customer, o.ID); err != nil {
		t.Fatal(err)
	}
	b.want("/p/"+o.Token, 410).has(t, "Deze betaallink werkt niet meer", "!2026-0412")
}

// TestUsingCredit: credit is offered, shown on the lines it pays, used before anything is charged, and once.
func TestUsingCredit(t *testing.T) {
	s := open(t, nil)
	c := s.busy() // € 35,75 on a credit note
	b := s.browser()
	b.signIn(c)
	s.Pay(c, "2026-06-29", 5_000) // and € 50,00 left over
	b.want("/pay?all=1&c=EUR", 200).has(t, "Gebruik uw tegoed van € 85,75", "Te betalen € 3.715,05")
	p := b.want("/pay?all=1&c=EUR&credit=1", 200)
	p.has(t, "Tegoed verrekend € −85,75", "Tegoed niet gebruiken", "Betaal € 3.629,30", "!Een ander bedrag")
	form := p.form(t, "/pay")
	first := b.do(http.MethodPost, "/pay", form.Encode())
	if first.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", first.StatusCode, words(first.body))
	}
	here := strings.TrimSuffix(first.Header.Get("Location"), "/go")
	b.do(http.MethodPost, "/pay", form.Encode())
	if n := len(s.attempts(c)); n != 1 {
		t.Errorf("%d attempts", n)
	}
	b.want("/", 200).has(t, "Openstaand € 3.680,75", "!Tegoed")
	s.decide(simulator.OutcomePaid)
	b.want(here, 200).has(t, "Betaald, dank u wel", "€ 3.629,30")
	b.want("/", 200).has(t, "Alles is voldaan")
}

// TestPayingWithCreditOnly: when the credit is enough nothing is charged at all.
func TestPayingWithCreditOnly(t *testing.T) {
	s := open(t, nil)
	c := s.Customer("Lunchroom De Linde")
	d := s.Invoice(c, "2026-0500", "2026-06-01", "2026-07-01", 10_000)
	s.Document(c, ledger.CreditNote, "C1", "2026-06-02", "", 12_000)
	b := s.browser()
	b.signIn(c)
	p := b.want("/pay?d="+d.ID.String()+"&credit=1", 200)
	p.has(t, "Uw tegoed is genoeg", "Verreken met mijn tegoed", "!iDEAL")
	if p := b.submit(p, "/pay"); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != "/" {
		t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	b.want("/", 200).has(t, "Tegoed € 20,00", "!2026-0500")
	if len(s.attempts(c)) != 0 {
		t.Error("something was charged")
	}
}
