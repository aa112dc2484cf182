package api

import (
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Contact is a person who may use the portal for a customer.
type Contact struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Language string `json:"language"`
	State    string `json:"state" enum:"invited,active,closed"`
	Rights   string `json:"rights" enum:"view,pay,manage" doc:"For this customer."`
}

// ContactInput adds a contact to a customer, or changes it: the e-mail address is the key.
type ContactInput struct {
	Name     string `json:"name" maxLength:"200"`
	Email    string `json:"email" format:"email" maxLength:"254"`
	Phone    string `json:"phone,omitempty" maxLength:"40"`
	Language string `json:"language,omitempty" pattern:"^(nl|en|fr|de)?$"`
	Rights   string `json:"rights" enum:"view,pay,manage"`
	State    string `json:"state,omitempty" enum:"invited,active,closed"`
}

type putContactInput struct {
	AtCustomer
	Body ContactInput
}

func contactView(p ledger.Contact, c ledger.CustomerID) Contact {
	v := Contact{ID: p.ID.String(), Name: p.Name, Email: p.Email, Phone: p.Phone, Language: p.Language, State: contactNames[p.State]}
	for _, x := range p.Access {
		if x.Customer == c {
			v.Rights = rightNames[x.Rights]
		}
	}
	return v
}

func (a *API) putContact(ctx context.Context, in *putContactInput) (*body[Contact], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := a.contact(ctx, id, in.Body)
	return answer(contactView(c, id), err)
}

// contact adds or changes the contact with the address of the input, with rights for the customer.
func (a *API) contact(ctx context.Context, id ledger.CustomerID, in ContactInput) (ledger.Contact, error) {
	email, err := books.Email(in.Email)
	if err != nil {
		return ledger.Contact{}, wrong("email", fault.As(err).Code, fault.As(err).Message)
	}
	var c ledger.Contact
	err = a.Books.View(ctx, func(r *books.Reader) error {
		cu, err := r.Customer(id)
		if err != nil {
			return err
		}
		c, err = r.ContactByEmail(cu.Firm, email)
		if fault.KindOf(err) == fault.NotFound {
			c, err = ledger.Contact{Email: email}, nil
		}
		c.Firm = cu.Firm
		return err
	})
	if err != nil {
		return c, err
	}
	c.Name = strings.TrimSpace(in.Name)
	if c.Name == "" {
		c.Name = email
	}
	c.Phone, c.Language = in.Phone, in.Language
	if in.State != "" {
		c.State = ledger.ContactState(named(contactNames, in.State))
	}
	access := ledger.Access{Customer: id, Rights: ledger.Rights(named(rightNames, in.Rights))}
	found := false
	for i := range c.Access {
		if c.Access[i].Customer == id {
			c.Access[i], found = access, true
		}
	}
	if !found {
		c.Access = append(c.Access, access)
	}
	return a.Books.PutContact(ctx, meta(ctx, c.Firm, ""), c)
}
