package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
)

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

// IssuedLink is a link that a customer has, without its address.
type IssuedLink struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"sign_in,pay"`
	State     string     `json:"state" enum:"live,used,expired,revoked"`
	SignedIn  bool       `json:"signed_in" doc:"Somebody who used it is still signed in to the portal."`
	Contact   *Ref       `json:"contact,omitempty" doc:"For whom a sign-in link was made; name and, as number, e-mail address."`
	Invoices  []Ref      `json:"invoices" nullable:"false" doc:"What a pay link pays."`
	By        *Actor     `json:"by,omitempty" doc:"Who made it; left out where that was not kept."`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"Last use that is known. A mail scanner that opens a pay link counts."`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

// AtLink is the thing that the path names.
type AtLink struct {
	AtCustomer
	Link string `path:"link" doc:"The link's id."`
}

type issuedLinksInput struct {
	AtCustomer
	Ended  bool   `query:"ended" doc:"Also links that open nothing any more."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"40"`
}

type signInLinkInput struct {
	AtCustomer
	Body SignInLinkInput
}

type payLinkInput struct {
	AtCustomer
	Body PayLinkInput
}

var (
	linkKinds  = []string{"sign_in", "pay"}
	linkStates = []string{"live", "used", "expired", "revoked"}
)

func (a *API) links() {
	add(a, op("POST /customers/{customer}/sign-in-link", "createSignInLink", "links", "Make, and mail, a sign-in link", access.LinksCreate, 201), a.createSignInLink)
	add(a, op("POST /customers/{customer}/pay-link", "createPayLink", "links", "Make, and mail, a pay link for a selection", access.LinksCreate, 201), a.createPayLink)
	add(a, op("GET /customers/{customer}/links", "listLinks", "links", "A customer's links that still open something, newest first", access.Read), a.listLinks)
	add(a, op("DELETE /customers/{customer}/links/{link}", "revokeLink", "links", "Make a link useless at once; a session that began with it ends", access.LinksCreate, 204),
		a.revokeLink)
}

func (a *API) createSignInLink(ctx context.Context, in *signInLinkInput) (*body[Link], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := a.Books.ContactAt(ctx, meta(ctx, ledger.FirmID{}, ""), id, in.Body.Email)
	if err != nil {
		return nil, err
	}
	return answer(a.Links.SignIn(ctx, meta(ctx, c.Firm, ""), id, c, in.Body.Send))
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
		if to, err = a.Books.ContactAt(ctx, meta(ctx, ledger.FirmID{}, ""), id, in.Body.Email); err != nil {
			return nil, err
		}
	}
	return answer(a.Links.Pay(ctx, meta(ctx, c.Firm, ""), id, docs, to))
}

func (a *API) listLinks(ctx context.Context, in *issuedLinksInput) (*body[Page[IssuedLink]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	q := session.LinkQuery{Ended: in.Ended, Limit: in.Limit}
	if in.Cursor != "" && q.After.UnmarshalText([]byte(in.Cursor)) != nil {
		return nil, wrong("cursor", "request.cursor", "this is not a cursor of this list")
	}
	var c ledger.Customer
	if err := a.Books.View(ctx, func(r *books.Reader) error { c, err = r.Customer(id); return err }); err != nil {
		return nil, err
	}
	list, more, err := a.Links.Issued(ctx, c.Firm, id, q)
	if err != nil {
		return nil, err
	}
	page := Page[IssuedLink]{Items: []IssuedLink{}}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		page.Items = page.Items[:0]
		for _, l := range list {
			v, err := issuedView(r, l)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, v)
		}
		return nil
	})
	if more {
		page.NextCursor = list[len(list)-1].ID.String()
	}
	return answer(page, err)
}

func issuedView(r *books.Reader, l session.IssuedLink) (IssuedLink, error) {
	v := IssuedLink{ID: l.ID.String(), Kind: linkKinds[l.Kind], State: linkStates[l.State], SignedIn: l.SignedIn, Invoices: []Ref{},
		CreatedAt: l.Created, ExpiresAt: l.Expires, UsedAt: instantOf(l.Seen), RevokedAt: instantOf(l.Revoked)}
	if l.By.Name != "" || l.By.ID != "" {
		v.By = &Actor{Kind: actorNames[l.By.Kind], Name: l.By.Name}
	}
	if !l.Contact.IsZero() {
		c, err := r.Contact(l.Contact)
		if err != nil {
			return v, err
		}
		v.Contact = &Ref{ID: c.ID.String(), Number: c.Email, Name: c.Name}
	}
	for _, id := range l.Documents {
		d, err := r.Document(id)
		if err != nil {
			return v, err
		}
		v.Invoices = append(v.Invoices, documentRef(d))
	}
	return v, nil
}

func (a *API) revokeLink(ctx context.Context, in *AtLink) (*struct{}, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var link session.LinkID
	if err := link.UnmarshalText([]byte(in.Link)); err != nil {
		return nil, err
	}
	var c ledger.Customer
	if err := a.Books.View(ctx, func(r *books.Reader) error { c, err = r.Customer(id); return err }); err != nil {
		return nil, err
	}
	_, err = a.Links.Revoke(ctx, meta(ctx, c.Firm, ""), id, link)
	return nil, err
}
