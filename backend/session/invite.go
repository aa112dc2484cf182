package session

import (
	"context"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// mostServed bounds the customers whom one address may serve without the staff having said so: beyond it the address is
// rather a placeholder of the ERP (docs/decisions/0012-sign-in-of-customers.md).
const mostServed = 20

// invite makes a contact of an address that stands with customers and with no contact: who reads its mail may look and pay
// for them. The contact is invited until the first sign-in. fault.NotFound when nobody has the address, or too many have.
func (p *Portal) invite(ctx context.Context, firm ledger.FirmID, email string) (who ledger.Contact, err error) {
	var served []ledger.Customer
	if err := p.books.View(ctx, func(r *books.Reader) (err error) {
		served, err = r.CustomersByEmail(firm, email, mostServed+1)
		return err
	}); err != nil {
		return who, err
	}
	if len(served) == 0 || len(served) > mostServed {
		return who, fault.NotFoundf("contact.unknown", "there is no such contact")
	}
	who = ledger.Contact{Name: served[0].Name, Email: email, Language: served[0].Language, State: ledger.ContactInvited}
	for _, c := range served {
		who.Access = append(who.Access, ledger.Access{Customer: c.ID, Rights: ledger.RightPay})
		if c.Name != who.Name {
			who.Name = email
		}
		if c.Language != who.Language {
			who.Language = ""
		}
	}
	who, err = p.books.PutContact(ctx, journal.Meta{Firm: firm, Actor: journal.Actor{Kind: journal.System, Name: "sign-in"}}, who)
	if err != nil && fault.As(err).Code == "contact.duplicate" {
		// Asked for twice at the same time: the other one made the contact.
		err = p.books.View(ctx, func(r *books.Reader) (err error) { who, err = r.ContactByEmail(firm, email); return err })
	}
	return who, err
}
