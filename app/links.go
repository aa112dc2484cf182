package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Link is a link for a customer.
type Link struct {
	URL     string
	Expires time.Time
}

// address is where customers reach a firm's portal: the address that was configured, the firm's own, the listener's.
func (l *Ledger) address(f ledger.Firm) string {
	for _, a := range []string{l.Config.PublicURL, f.Portal.PublicURL, l.portalAt} {
		if a != "" {
			return strings.TrimRight(a, "/")
		}
	}
	return "http://" + l.Config.Portal
}

// signInURL and payURL are the addresses that open a link.
func (l *Ledger) signInURL(f ledger.Firm, token string) string { return l.address(f) + "/l/" + token }

func (l *Ledger) payURL(f ledger.Firm, token string) string { return l.address(f) + "/p/" + token }

// SignInLink makes a sign-in link for a customer, by number: for the contact with the address, who is made where there is
// none, or for the first one.
func (l *Ledger) SignInLink(ctx context.Context, m journal.Meta, f ledger.Firm, number, email string) (Link, error) {
	var customer ledger.Customer
	err := l.Books.View(ctx, func(r *books.Reader) (err error) {
		customer, err = r.CustomerByNumber(f.ID, number)
		return err
	})
	if err != nil {
		return Link{}, err
	}
	contact, err := l.Books.ContactAt(ctx, m, customer.ID, email)
	if err != nil && fault.As(err).Code != "contact.none" { // nobody in particular may sign in, too
		return Link{}, err
	}
	offer, err := l.Portal.IssueSignIn(ctx, m, customer.ID, contact.ID)
	return Link{l.signInURL(f, offer.Token), offer.Expires}, err
}

// PayLink makes a pay link for an invoice, by number; customer, a number too, says whose it is where several have one.
func (l *Ledger) PayLink(ctx context.Context, m journal.Meta, f ledger.Firm, number, customer string) (Link, error) {
	var found []ledger.Document
	err := l.Books.View(ctx, func(r *books.Reader) error {
		all, err := r.DocumentsByNumber(f.ID, number)
		if err != nil {
			return err
		}
		for _, d := range all {
			c, err := r.Customer(d.Customer)
			if err != nil {
				return err
			}
			if d.Type.Debit() && (customer == "" || c.Number == customer) {
				found = append(found, d)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return Link{}, err
	case len(found) == 0:
		return Link{}, fault.NotFoundf("document.unknown", "there is no invoice with number %s", number)
	case len(found) > 1:
		return Link{}, fault.Conflictf("document.ambiguous", "%d customers have an invoice with number %s; say whose with --customer", len(found), number)
	}
	offer, err := l.Portal.IssuePay(ctx, m, found[0].Customer, []ledger.DocumentID{found[0].ID}, 0)
	return Link{l.payURL(f, offer.Token), offer.Expires}, err
}

// Settled tells about payments that customers make from now on, until ctx ends: the entry, the customer's name and the
// amount as people read it.
func (p *Program) Settled(ctx context.Context, tell func(e journal.Entry, customer, amount string)) {
	sub, err := p.Live.Subscribe()
	if err != nil {
		return
	}
	defer sub.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-sub.Entries():
			if !ok {
				return
			}
			if e.Kind != "attempt.paid" {
				continue
			}
			customer, amount, err := p.payment(ctx, e)
			if err == nil {
				tell(e, customer, amount)
			}
		}
	}
}

// payment is who paid what in an entry.
func (p *Program) payment(ctx context.Context, e journal.Entry) (customer, amount string, err error) {
	err = p.Books.View(ctx, func(r *books.Reader) error {
		f, err := r.Firm(e.Firm)
		if err != nil {
			return err
		}
		for _, s := range e.Subjects {
			if c, err := r.Customer(ledger.CustomerID(s)); err == nil {
				customer = c.Name
			}
		}
		v, err := amountOf(e.Facts, f.Language)
		amount = v
		return err
	})
	if err == nil && customer == "" {
		err = errors.New("app: a payment of nobody")
	}
	return customer, amount, err
}
