package books

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// maxColleagues bounds the contacts of one customer.
const maxColleagues = 100

// StaffViews is the journal's subject under which the staff's looks at a customer's pages are found.
func StaffViews(c ledger.CustomerID) []byte {
	h := sha256.Sum256(append([]byte("staff views\x00"), c.Bytes()...))
	return h[:16]
}

// ContactSeen marks an invited contact active, within the transaction that lets them in.
func (b *Books) ContactSeen(tx *journal.Tx, id ledger.ContactID) error {
	if id.IsZero() {
		return nil
	}
	c, err := b.reader(tx.Tx).Contact(id)
	if err != nil || c.State != ledger.ContactInvited {
		return err
	}
	c.State = ledger.ContactActive
	rec := fromContact(c)
	tx.Subject(id.Bytes())
	return contacts.Put(tx, &rec)
}

// Customers are those that the visitor's contact acts for, with what they may do there, in the order of their names.
func (p *PortalView) Customers(ctx context.Context) (out []PortalChoice, err error) {
	err = p.b.View(ctx, func(r *Reader) error {
		out = nil
		who, err := r.Contact(p.scope.Contact)
		if err != nil {
			return err
		}
		for _, a := range who.Access {
			c, err := r.Customer(a.Customer)
			if isUnknown(err) || (err == nil && c.Firm != p.scope.Firm) {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, PortalChoice{Customer: c, Rights: a.Rights})
		}
		return nil
	})
	slices.SortFunc(out, func(x, y PortalChoice) int { return strings.Compare(x.Customer.Name, y.Customer.Name) })
	return out, err
}

// PortalChoice is a customer that the visitor may act for.
type PortalChoice struct {
	Customer ledger.Customer
	Rights   ledger.Rights
}

// At is the view of another customer of the same contact; its rights are those that the contact has there.
func (p *PortalView) At(c PortalChoice) *PortalView {
	return &PortalView{p.b, Scope{Firm: p.scope.Firm, Customer: c.Customer.ID, Contact: p.scope.Contact, Rights: c.Rights}}
}

// Colleagues are the contacts of the visitor's customer. Of their access only that to this customer is told.
func (p *PortalView) Colleagues(ctx context.Context) (out []ledger.Contact, err error) {
	if p.scope.Rights < ledger.RightManage {
		return nil, errManage()
	}
	err = p.b.View(ctx, func(r *Reader) error {
		all, err := r.ContactsOf(p.scope.Customer)
		out = nil
		for _, c := range all {
			if c.Firm == p.scope.Firm && c.State != ledger.ContactClosed {
				out = append(out, p.here(c))
			}
		}
		return err
	})
	return out, err
}

// here is a contact with nothing of other customers.
func (p *PortalView) here(c ledger.Contact) ledger.Contact {
	c.Access = slices.DeleteFunc(slices.Clone(c.Access), func(a ledger.Access) bool { return a.Customer != p.scope.Customer })
	return c
}

func errManage() error {
	return &fault.Error{Kind: fault.Denied, Code: "portal.rights", Message: "You may not manage the contacts of this account."}
}

func unknownContact() error { return fault.NotFoundf("contact.unknown", "there is no such contact") }

// Invite lets a colleague in: somebody new, or a contact that the firm knows already. Who has access already keeps it as
// it is; change it with SetRights.
func (p *PortalView) Invite(ctx context.Context, m journal.Meta, name, email string, rights ledger.Rights) (who ledger.Contact, err error) {
	if p.scope.Rights < ledger.RightManage {
		return who, errManage()
	}
	name = strings.TrimSpace(name)
	if email, err = Email(email); err != nil {
		return who, err
	}
	if rights > ledger.RightManage || len(name) > 200 {
		return who, fault.Invalidf("contact.rights", "this is not a right that a contact can have")
	}
	m.Firm = p.scope.Firm
	_, err = p.b.write(ctx, m, "contact.invited", nil, func(tx *journal.Tx, r *Reader) error {
		all, err := r.ContactsOf(p.scope.Customer)
		if err != nil {
			return err
		}
		if len(all) >= maxColleagues {
			return fault.Conflictf("contact.too_many", "there are %d contacts already; close one that is no longer used first", len(all))
		}
		who, err = r.ContactByEmail(p.scope.Firm, email)
		switch {
		case isUnknown(err):
			if name == "" {
				name = email
			}
			who = ledger.Contact{Firm: p.scope.Firm, Name: name, Email: email, State: ledger.ContactInvited}
			ident.Fill(p.b.ids, &who.ID)
		case err != nil:
			return err
		case who.State == ledger.ContactClosed:
			// Closed by the firm or by the last colleague: whoever was let in before is not let in again.
			who.State, who.Access = ledger.ContactInvited, nil
		}
		for _, a := range who.Access {
			if a.Customer == p.scope.Customer {
				return fault.Conflictf("contact.here", "this colleague has access already")
			}
		}
		who.Access = append(who.Access, ledger.Access{Customer: p.scope.Customer, Rights: rights})
		return p.putColleague(tx, who)
	})
	return p.here(who), err
}

func (p *PortalView) putColleague(tx *journal.Tx, who ledger.Contact) error {
	rec := fromContact(who)
	tx.Subject(p.scope.Customer.Bytes())
	tx.Subject(who.ID.Bytes())
	tx.Fact("name", who.Name)
	return contacts.Put(tx, &rec)
}

// SetRights changes what a colleague may do for this customer. One's own rights cannot be changed: somebody must be left
// who manages the contacts.
func (p *PortalView) SetRights(ctx context.Context, m journal.Meta, id ledger.ContactID, rights ledger.Rights) (ledger.Contact, error) {
	return p.changeColleague(ctx, m, "contact.rights_changed", id, func(c *ledger.Contact, at int) { c.Access[at].Rights = rights })
}

// Close takes a colleague's access to this customer away; who has no other customer is closed.
func (p *PortalView) Close(ctx context.Context, m journal.Meta, id ledger.ContactID) (ledger.Contact, error) {
	return p.changeColleague(ctx, m, "contact.closed", id, func(c *ledger.Contact, at int) {
		c.Access = slices.Delete(slices.Clone(c.Access), at, at+1)
		if len(c.Access) == 0 {
			c.State = ledger.ContactClosed
		}
	})
}

func (p *PortalView) changeColleague(ctx context.Context, m journal.Meta, kind string, id ledger.ContactID, change func(*ledger.Contact, int)) (who ledger.Contact, err error) {
	if p.scope.Rights < ledger.RightManage {
		return who, errManage()
	}
	m.Firm = p.scope.Firm
	_, err = p.b.write(ctx, m, kind, nil, func(tx *journal.Tx, r *Reader) error {
		who, err = r.Contact(id)
		if isUnknown(err) || (err == nil && (who.Firm != p.scope.Firm || who.State == ledger.ContactClosed)) {
			return unknownContact()
		}
		if err != nil {
			return err
		}
		at := slices.IndexFunc(who.Access, func(a ledger.Access) bool { return a.Customer == p.scope.Customer })
		switch {
		case at < 0:
			return unknownContact()
		case id == p.scope.Contact:
			return fault.Conflictf("contact.self", "your own rights can only be changed by a colleague or by the firm")
		}
		change(&who, at)
		return p.putColleague(tx, who)
	})
	return p.here(who), err
}

// Describe changes the visitor's own name, telephone and language.
func (p *PortalView) Describe(ctx context.Context, m journal.Meta, name, phone, language string) (who ledger.Contact, err error) {
	name, phone = strings.TrimSpace(name), strings.TrimSpace(phone)
	switch {
	case name == "" || len(name) > 200:
		return who, fault.Invalidf("contact.name", "a contact needs a name of at most 200 characters")
	case len(phone) > 40:
		return who, fault.Invalidf("contact.phone", "this telephone number is too long; expected at most 40 characters")
	case !slices.Contains(languages, language):
		return who, fault.Invalidf("contact.language", "%q is not a language of the portal; expected one of nl, en, fr, de", language)
	}
	m.Firm = p.scope.Firm
	_, err = p.b.write(ctx, m, "contact.described", nil, func(tx *journal.Tx, r *Reader) error {
		if who, err = r.Contact(p.scope.Contact); err != nil || who.Firm != p.scope.Firm {
			return unknownContact()
		}
		who.Name, who.Phone, who.Language = name, phone, language
		return p.putColleague(tx, who)
	})
	return who, err
}

// StaffViews are the latest looks that the staff took at this customer's pages.
func (p *PortalView) StaffViews(ctx context.Context, limit int) (out []journal.Entry, err error) {
	err = p.b.View(ctx, func(r *Reader) error {
		out, err = r.Timeline(StaffViews(p.scope.Customer), 0, limit)
		return err
	})
	return out, err
}
