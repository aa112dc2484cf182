package api

import (
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// PortalSessionInput asks for a one-time portal session for somebody who is signed in at another system of the firm.
type PortalSessionInput struct {
	Customer string `json:"customer" minLength:"1" maxLength:"40" doc:"The customer's number or id."`
	Email    string `json:"email" format:"email" maxLength:"254" doc:"Which contact; must be one of the customer's."`
	Next     string `json:"next,omitempty" maxLength:"500" doc:"Where to begin: a path of the portal, such as /invoices."`
}

// PortalSession is where to send the person, at once and once.
type PortalSession = Link

func (a *API) portalAccess() {
	add(a, op("POST /customers/{customer}/portal-view", "createPortalView", "customers", "Look at the portal as this customer, read only; journaled, and shown to the customer", access.LinksCreate, 201), a.createPortalView)
	add(a, op("POST /portal-sessions", "createPortalSession", "customers", "Let a contact who is signed in elsewhere into the portal, once and within five minutes", access.PortalSessions, 201), a.createPortalSession)
}

func (a *API) createPortalView(ctx context.Context, in *AtCustomer) (*body[Link], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var firm ledger.FirmID
	err = a.Books.View(ctx, func(r *books.Reader) error {
		c, err := r.Customer(id)
		firm = c.Firm
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(a.Links.View(ctx, meta(ctx, firm, ""), id))
}

func (a *API) createPortalSession(ctx context.Context, in *struct {
	InFirm
	Body PortalSessionInput
}) (*body[PortalSession], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	if next := in.Body.Next; next != "" && (!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t")) {
		return nil, wrong("next", "request.next", "expected a path of the portal, such as /invoices")
	}
	var c ledger.Customer
	var who ledger.Contact
	err = a.Books.View(ctx, func(r *books.Reader) error {
		var id ledger.CustomerID
		if id.UnmarshalText([]byte(in.Body.Customer)) == nil {
			c, err = r.Customer(id)
		} else {
			c, err = r.CustomerByNumber(f.ID, in.Body.Customer)
		}
		if err != nil {
			return err
		}
		if c.Firm != f.ID {
			return fault.NotFoundf("customer.unknown", "there is no such customer")
		}
		who, err = r.ContactByEmail(f.ID, strings.ToLower(strings.TrimSpace(in.Body.Email)))
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(a.Links.Handoff(ctx, meta(ctx, f.ID, ""), c.ID, who.ID, in.Body.Next))
}
