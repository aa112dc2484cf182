// Package bookstest opens real, sealed, temporary books for tests of everything that stands on them, and proves at the
// end of each test that they are still sound.
package bookstest

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// Now is the time at which the clock of new books stands: noon in Amsterdam on the day of the rulebook's fixture.
var Now = time.Date(2026, 6, 30, 10, 0, 0, 0, time.UTC)

// Books are temporary books with one firm in euros.
type Books struct {
	*books.Books
	T      testing.TB
	Ctx    context.Context
	Clock  *civil.Manual
	Engine store.Engine
	Firm   ledger.Firm
	Path   string

	keys *sealed.Keys
	n    int
}

// Open makes books in a folder of the test's own. They are verified, deep, and closed when the test ends.
func Open(t testing.TB) *Books {
	t.Helper()
	keys, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	b := &Books{T: t, Ctx: context.Background(), Clock: civil.NewManual(Now), Path: filepath.Join(t.TempDir(), "ledger.db"), keys: keys}
	if err := bolt.Create(b.Path); err != nil {
		t.Fatal(err)
	}
	b.Reopen()
	t.Cleanup(func() {
		b.Verify()
		if err := b.Engine.Close(); err != nil {
			t.Error(err)
		}
	})
	f, err := b.CreateFirm(b.Ctx, journal.Meta{}, ledger.Firm{Name: "Bakkerij De Korenaar", LegalName: "De Korenaar B.V.",
		Country: "NL", Currency: "EUR", IBAN: "NL91ABNA0417164300", Portal: ledger.PortalSettings{Enabled: true}})
	if err != nil {
		t.Fatal(err)
	}
	b.Firm = f
	return b
}

// Reopen closes the books, if they are open, and opens them again from disk, as after a crash.
func (b *Books) Reopen() {
	b.T.Helper()
	if b.Engine != nil {
		if err := b.Engine.Close(); err != nil {
			b.T.Fatal(err)
		}
	}
	eng, err := bolt.Open(b.Path, bolt.Options{})
	if err != nil {
		b.T.Fatal(err)
	}
	b.Engine = sealed.New(eng, b.keys)
	if b.Books, err = books.Open(b.Ctx, b.Engine, b.Clock); err != nil {
		b.T.Fatal(err)
	}
}

// Verify fails the test when the books are not sound.
func (b *Books) Verify() {
	b.T.Helper()
	v, err := b.Books.Verify(b.Ctx, true)
	if err != nil {
		b.T.Errorf("verify: %v", err)
	}
	for _, c := range v.Checks {
		if !c.OK {
			b.T.Errorf("verify: %s: %s", c.Name, c.Detail)
		}
	}
}

// Meta is for a write by a member of staff.
func (b *Books) Meta() journal.Meta {
	return journal.Meta{Firm: b.Firm.ID, Actor: journal.Actor{Kind: journal.User, Name: "Jan"}}
}

// Customer makes a customer with the next number and a contact "klant<number>@example.nl" who may pay.
func (b *Books) Customer(name string) ledger.Customer {
	b.T.Helper()
	b.n++
	c, err := b.PutCustomer(b.Ctx, b.Meta(), ledger.Customer{Number: fmt.Sprintf("%05d", b.n), Name: name, Language: "nl", TermDays: 30})
	if err != nil {
		b.T.Fatal(err)
	}
	_, err = b.PutContact(b.Ctx, b.Meta(), ledger.Contact{Name: "Contact " + name, Email: fmt.Sprintf("klant%s@example.nl", c.Number),
		Access: []ledger.Access{{Customer: c.ID, Rights: ledger.RightPay}}})
	if err != nil {
		b.T.Fatal(err)
	}
	return c
}

// Invoice posts an invoice in euros; issued and due are YYYY-MM-DD, an empty due follows from the customer's terms.
func (b *Books) Invoice(c ledger.Customer, number, issued, due string, cents int64) ledger.Document {
	b.T.Helper()
	return b.Document(c, ledger.Invoice, number, issued, due, cents)
}

// Document posts any document in euros.
func (b *Books) Document(c ledger.Customer, t ledger.DocumentType, number, issued, due string, cents int64) ledger.Document {
	b.T.Helper()
	d := ledger.Document{Customer: c.ID, Type: t, Number: number, Issued: civil.MustParse(issued), Total: money.Of(cents, "EUR")}
	if due != "" {
		d.Due = civil.MustParse(due)
	}
	d, err := b.Post(b.Ctx, b.Meta(), d)
	if err != nil {
		b.T.Fatal(err)
	}
	return d
}

// Pay records a transfer in euros for the documents, oldest first as given, each as far as the money goes.
func (b *Books) Pay(c ledger.Customer, on string, cents int64, lines ...ledger.Line) books.Received {
	b.T.Helper()
	got, err := b.Receive(b.Ctx, b.Meta(), ledger.Receipt{Customer: c.ID, Date: civil.MustParse(on), Amount: money.Of(cents, "EUR"),
		Method: ledger.MethodTransfer}, lines)
	if err != nil {
		b.T.Fatal(err)
	}
	return got
}

// Account reads a customer's account.
func (b *Books) Account(c ledger.CustomerID) *ledger.Account {
	b.T.Helper()
	var a *ledger.Account
	err := b.View(b.Ctx, func(r *books.Reader) (err error) { a, err = r.Account(c); return err })
	if err != nil {
		b.T.Fatal(err)
	}
	return a
}
