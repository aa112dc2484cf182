package books

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// PortalAutopay is what the pages about stored methods and autopay show, of one snapshot.
type PortalAutopay struct {
	Account     PortalAccount
	Policy      ledger.AutopayPolicy
	Autopay     ledger.Autopay
	Mandates    []ledger.Mandate // not the removed ones, preferred first
	Collections []ledger.Collection
	Planned     []ledger.Collection          // would be announced today
	Holds       map[ledger.DocumentID]string // not collected now, and why
	Contacts    map[ledger.ContactID]string  // names of who stored what
}

// Autopay is the visitor's stored methods and autopay. A pay link shows none.
func (p *PortalView) Autopay(ctx context.Context, mode string) (PortalAutopay, error) {
	var out PortalAutopay
	err := p.b.View(ctx, func(r *Reader) (err error) {
		out = PortalAutopay{}
		if len(p.scope.Documents) > 0 {
			return unknownMandate(errNotFound)
		}
		if out.Account, err = p.account(r); err != nil {
			return err
		}
		in, err := r.autopayInput(p.scope.Firm, p.scope.Customer, mode)
		if err != nil {
			return err
		}
		out.Policy, out.Autopay, out.Collections, out.Holds = in.Policy, in.Autopay, in.Collections, in.Holds
		out.Planned = ledger.PlanCollections(in)
		all, err := r.MandatesOf(p.scope.Customer)
		if err != nil {
			return err
		}
		out.Mandates = slices.DeleteFunc(all, func(m ledger.Mandate) bool {
			return m.State == ledger.MandateRemoved || m.Mode != mode || m.State == ledger.MandatePending && m.ProviderRef == "" || m.Reason == "not_given"
		})
		slices.SortStableFunc(out.Mandates, func(x, y ledger.Mandate) int {
			switch {
			case x.Preferred == y.Preferred:
				return 0
			case x.Preferred:
				return -1
			}
			return 1
		})
		people, err := r.ContactsOf(p.scope.Customer)
		if err != nil {
			return err
		}
		out.Contacts = map[ledger.ContactID]string{}
		for _, c := range people {
			out.Contacts[c.ID] = c.Name
		}
		return nil
	})
	return out, err
}

func (p *PortalView) mayPay() error {
	if len(p.scope.Documents) > 0 || p.scope.Rights < ledger.RightPay {
		return &fault.Error{Kind: fault.Denied, Code: "portal.view_only", Message: "You may look at the account but not settle it."}
	}
	return nil
}

// SetAutopay records the visitor's choice.
func (p *PortalView) SetAutopay(ctx context.Context, m journal.Meta, a ledger.Autopay) (ledger.Autopay, error) {
	if err := p.mayPay(); err != nil {
		return a, err
	}
	m.Firm, a.Customer, a.Contact = p.scope.Firm, p.scope.Customer, p.scope.Contact
	return p.b.SetAutopay(ctx, m, a)
}

// PreferMandate makes one of the visitor's methods the one that is offered first.
func (p *PortalView) PreferMandate(ctx context.Context, m journal.Meta, id ledger.MandateID) error {
	if err := p.mayPay(); err != nil {
		return err
	}
	m.Firm = p.scope.Firm
	return p.b.PreferMandate(ctx, m, p.scope.Customer, id)
}

// StoredMethods are the visitor's methods that can be charged today, preferred first. A pay link has none.
func (p *PortalView) StoredMethods(ctx context.Context, mode string, on civil.Date) ([]ledger.Mandate, error) {
	if p.mayPay() != nil {
		return nil, nil
	}
	out, err := p.Autopay(ctx, mode)
	return slices.DeleteFunc(out.Mandates, func(m ledger.Mandate) bool { return !m.UsableOn(on) }), err
}
