package session_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
)

func withEmail(t *testing.T, b *bookstest.Books, number, email string, state ledger.CustomerState) ledger.Customer {
	t.Helper()
	c, err := b.PutCustomer(b.Ctx, b.Meta(), ledger.Customer{Number: number, Name: "Klant " + number, Email: email, State: state})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func contacts(t *testing.T, b *bookstest.Books, c ledger.Customer) (out []ledger.Contact) {
	t.Helper()
	if err := b.View(b.Ctx, func(r *books.Reader) (err error) { out, err = r.ContactsOf(c.ID); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCustomersOwnAddress: an address that the ERP gave for a customer signs in like a contact, however often and in
// parallel it asks; the first sign-in makes the contact active.
func TestCustomersOwnAddress(t *testing.T) {
	b := bookstest.Open(t)
	p := session.NewPortal(b.Books)
	c := withEmail(t, b, "7", "boekhouding@jansen.nl", ledger.CustomerActive)
	browser := session.NewBrowserSecret()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, _, known, err := p.Ask(b.Ctx, b.Firm.ID, " Boekhouding@Jansen.NL", browser); err != nil || !known {
				t.Errorf("%v, %v", known, err)
			}
		})
	}
	wg.Wait()
	got := contacts(t, b, c)
	if len(got) != 1 || got[0].State != ledger.ContactInvited || len(got[0].Access) != 1 || got[0].Access[0].Rights != ledger.RightPay || got[0].Name != c.Name {
		t.Fatalf("%+v", got)
	}
	o, _, _, err := p.Ask(b.Ctx, b.Firm.ID, "boekhouding@jansen.nl", browser)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Redeem(b.Ctx, o.Token, browser, session.From{})
	if err != nil || v.Scope.Customer != c.ID {
		t.Fatalf("%+v, %v", v.Scope, err)
	}
	if got := contacts(t, b, c); len(got) != 1 || got[0].State != ledger.ContactActive {
		t.Errorf("after the sign-in %+v", got)
	}
}

// TestSharedAddress: one contact for all the customers whom an address serves, none for a placeholder, and no way around
// a contact that the staff have closed.
func TestSharedAddress(t *testing.T) {
	b := bookstest.Open(t)
	p := session.NewPortal(b.Books)
	ask := func(email string) bool {
		t.Helper()
		_, _, known, err := p.Ask(b.Ctx, b.Firm.ID, email, session.NewBrowserSecret())
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	one, two := withEmail(t, b, "1", "crediteuren@groep.nl", ledger.CustomerActive), withEmail(t, b, "2", "crediteuren@groep.nl", ledger.CustomerBlocked)
	gone := withEmail(t, b, "3", "crediteuren@groep.nl", ledger.CustomerArchived)
	if !ask("crediteuren@groep.nl") {
		t.Fatal("a shared address is not known")
	}
	got := contacts(t, b, one)
	if len(got) != 1 || len(got[0].Access) != 2 || len(contacts(t, b, two)) != 1 || len(contacts(t, b, gone)) != 0 || got[0].Name != "crediteuren@groep.nl" {
		t.Errorf("%+v", got)
	}
	for i := range 21 {
		withEmail(t, b, fmt.Sprint(100+i), "geen@email.nl", ledger.CustomerActive)
	}
	for _, email := range []string{"geen@email.nl", "niemand@nergens.nl", ""} {
		if ask(email) {
			t.Errorf("%q is known", email)
		}
	}
	shut := got[0]
	shut.State = ledger.ContactClosed
	if _, err := b.PutContact(b.Ctx, b.Meta(), shut); err != nil {
		t.Fatal(err)
	}
	if ask("crediteuren@groep.nl") {
		t.Error("a closed contact came back by the customers' address")
	}
	firm := b.Firm
	b.NewFirm()
	withEmail(t, b, "1", "elders@groep.nl", ledger.CustomerActive)
	b.Firm = firm
	if ask("elders@groep.nl") {
		t.Error("another firm's customer is known")
	}
}
