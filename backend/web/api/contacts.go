package api

import (
	"context"
	"strings"
	"time"

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

// SignInLinkInput asks for a link into the portal.
type SignInLinkInput struct {
	Email string `json:"email,omitempty" maxLength:"254" doc:"Which contact; the first active one when left out. An unknown address becomes a contact that may pay."`
	Send  bool   `json:"send,omitempty" doc:"Mail it as well."`
}

// PayLinkInput asks for a link that shows and pays these invoices, without a sign-in.
type PayLinkInput struct {
	Invoices []string `json:"invoices" minItems:"1" maxItems:"100" nullable:"false" doc:"Ids."`
	Send     bool     `json:"send,omitempty" doc:"Mail it to the customer as well."`
	Email    string   `json:"email,omitempty" maxLength:"254"`
}

// Link is a link for a customer. The address is shown only here.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
	SentTo    string    `json:"sent_to" doc:"Empty when it was not mailed."`
}

type putContactInput struct {
	AtCustomer
	Body ContactInput
}

type signInLinkInput struct {
	AtCustomer
	Body SignInLinkInput
}

type payLinkInput struct {
	AtCustomer
	Body PayLinkInput
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

func (a *API) createSignInLink(ctx context.Context, in *signInLinkInput) (*body[Link], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := a.contactForLink(ctx, id, strings.ToLower(strings.TrimSpace(in.Body.Email)))
	if err != nil {
		return nil, err
	}
	return answer(a.Links.SignIn(ctx, meta(ctx, c.Firm, ""), id, c, in.Body.Send))
}

// contactForLink is the contact with the address, the first usable one without an address, or a new one.
func (a *API) contactForLink(ctx context.Context, id ledger.CustomerID, email string) (c ledger.Contact, err error) {
	var customer ledger.Customer
	err = a.Books.View(ctx, func(r *books.Reader) error {
		if customer, err = r.Customer(id); err != nil {
			return err
		}
		people, err := r.ContactsOf(id)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.State != ledger.ContactClosed && (email == "" || p.Email == email) {
				c = p
				return nil
			}
		}
		return nil
	})
	if err != nil || !c.ID.IsZero() {
		return c, err
	}
	if email == "" {
		email = customer.Email
	}
	if email == "" {
		return c, fault.Conflictf("contact.none", "customer %s has no contact with an e-mail address; add one first", customer.Number)
	}
	return a.contact(ctx, id, ContactInput{Email: email, Rights: "pay"})
}

func (a *API) createPayLink(ctx context.Context, in *payLinkInput) (*body[Link], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var c ledger.Customer
	docs := make([]ledger.DocumentID, len(in.Body.Invoices))
	err = a.Books.View(ctx, func(r *books.Reader) error {
		if c, err = r.Customer(id); err != nil {
			return err
		}
		for i, s := range in.Body.Invoices {
			if err := docs[i].UnmarshalText([]byte(s)); err != nil {
				return err
			}
			if d, err := r.Document(docs[i]); err != nil || d.Customer != id {
				return fault.NotFoundf("document.unknown", "there is no such invoice or credit note")
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var to ledger.Contact
	if in.Body.Send {
		if to, err = a.contactForLink(ctx, id, strings.ToLower(strings.TrimSpace(in.Body.Email))); err != nil {
			return nil, err
		}
	}
	return answer(a.Links.Pay(ctx, meta(ctx, c.Firm, ""), id, docs, to))
}
