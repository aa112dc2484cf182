package books

import (
	"context"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Scope is whose data a portal visitor may see. It comes from the session or pay link, never from a request.
type Scope struct {
	Firm      ledger.FirmID
	Customer  ledger.CustomerID
	Contact   ledger.ContactID    // zero with a pay link
	Rights    ledger.Rights       // what the contact may do
	Documents []ledger.DocumentID // a pay link's selection; empty: the whole account
}

// PortalView reads and writes within one scope. There is no way to name a customer: what is outside the scope answers
// exactly like what does not exist.
type PortalView struct {
	b     *Books
	scope Scope
}

// Portal is the view of one visitor.
func (b *Books) Portal(s Scope) *PortalView { return &PortalView{b, s} }

// Scope is the scope of the view.
func (p *PortalView) Scope() Scope { return p.scope }

// PortalAccount is what one page of the portal needs, of one snapshot.
type PortalAccount struct {
	Firm     ledger.Firm
	Customer ledger.Customer
	Account  *ledger.Account // with a pay link: only the selection, and no receipts
	Attempts []ledger.Attempt
	Agreed   ledger.Commitments // without the firm's own notes; nothing with a pay link
	Today    civil.Date
}

// Account is the visitor's account.
func (p *PortalView) Account(ctx context.Context) (PortalAccount, error) {
	var out PortalAccount
	err := p.b.View(ctx, func(r *Reader) (err error) {
		if out, err = p.account(r); err == nil {
			out.Agreed, err = p.commitments(r)
		}
		return err
	})
	return out, err
}

func (p *PortalView) account(r *Reader) (out PortalAccount, err error) {
	if out.Firm, err = r.Firm(p.scope.Firm); err != nil {
		return out, err
	}
	if out.Account, err = r.Account(p.scope.Customer); err != nil {
		return out, err
	}
	if out.Account.Customer.Firm != p.scope.Firm {
		return out, unknownCustomer(errNotFound)
	}
	if out.Attempts, err = r.AttemptsOf(p.scope.Customer); err != nil {
		return out, err
	}
	out.Today = p.b.today(out.Firm)
	if len(p.scope.Documents) > 0 {
		p.narrow(&out)
	}
	out.Customer = out.Account.Customer
	return out, nil
}

// narrow leaves only what a pay link shows: its documents, what settled them, and attempts for just these.
func (p *PortalView) narrow(out *PortalAccount) {
	a := out.Account
	small := &ledger.Account{Customer: a.Customer}
	// A pay link may be forwarded: it carries the name that stands on the invoice and nothing else about the customer.
	small.Customer = ledger.Customer{ID: a.Customer.ID, Firm: a.Customer.Firm, Number: a.Customer.Number, Name: a.Customer.Name, Language: a.Customer.Language}
	for _, d := range a.Documents {
		if p.sees(d.ID) {
			small.Documents = append(small.Documents, d)
		}
	}
	for _, x := range a.Allocations {
		if p.sees(x.Document) {
			small.Allocations = append(small.Allocations, x)
		}
	}
	var mine []ledger.Attempt
	for _, x := range out.Attempts {
		all := len(x.Lines) > 0
		for _, l := range x.Lines {
			all = all && p.sees(l.Document)
		}
		if all {
			mine = append(mine, x)
		}
	}
	out.Account, out.Attempts = small, mine
}

func (p *PortalView) sees(id ledger.DocumentID) bool {
	if len(p.scope.Documents) == 0 {
		return true
	}
	for _, d := range p.scope.Documents {
		if d == id {
			return true
		}
	}
	return false
}

// Document is one document of the visitor, whole.
func (p *PortalView) Document(ctx context.Context, id ledger.DocumentID) (ledger.Document, error) {
	var d ledger.Document
	err := p.b.View(ctx, func(r *Reader) (err error) {
		if d, err = r.Document(id); err == nil && (d.Customer != p.scope.Customer || d.Firm != p.scope.Firm || !p.sees(id)) {
			d, err = ledger.Document{}, unknownDocument(errNotFound)
		}
		return err
	})
	return d, err
}

// Receipt is one payment of the visitor with what it settled. A pay link shows none.
func (p *PortalView) Receipt(ctx context.Context, id ledger.ReceiptID) (Received, error) {
	var got Received
	err := p.b.View(ctx, func(r *Reader) error {
		rc, err := r.Receipt(id)
		if err != nil {
			return err
		}
		if rc.Customer != p.scope.Customer || rc.Firm != p.scope.Firm || len(p.scope.Documents) > 0 || rc.Void() {
			return unknownReceipt(errNotFound)
		}
		got, err = r.Received(id)
		return err
	})
	return got, err
}

// Attempt is one attempt of the visitor.
func (p *PortalView) Attempt(ctx context.Context, id ledger.AttemptID) (ledger.Attempt, error) {
	var x ledger.Attempt
	err := p.b.View(ctx, func(r *Reader) error {
		out, err := p.account(r)
		if err != nil {
			return err
		}
		for _, a := range out.Attempts {
			if a.ID == id {
				x = a
				return nil
			}
		}
		return notFound(errNotFound, "attempt.unknown", "there is no such payment attempt")
	})
	return x, err
}

// Intent is the payment reference for documents of the visitor, or with none for the whole account; a pay link has one
// for its own selection only.
func (p *PortalView) Intent(ctx context.Context, m journal.Meta, currency money.Currency, docs []ledger.DocumentID) (ledger.Intent, error) {
	if len(docs) == 0 {
		docs = p.scope.Documents
	}
	for _, id := range docs {
		if !p.sees(id) {
			return ledger.Intent{}, unknownDocument(errNotFound)
		}
	}
	m.Firm = p.scope.Firm
	return p.b.PutIntent(ctx, m, p.scope.Customer, currency, docs)
}
