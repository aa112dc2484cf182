package books

import (
	"context"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// UseCredit applies credit of the visitor's account (a credit note, or money that was left over) to documents of it, from
// today on. A pay link shows no credit and can use none. What is outside the scope does not exist.
func (p *PortalView) UseCredit(ctx context.Context, m journal.Meta, s ledger.Source, lines []ledger.Line) ([]ledger.Allocation, error) {
	if len(p.scope.Documents) > 0 || p.scope.Rights < ledger.RightPay {
		return nil, &fault.Error{Kind: fault.Denied, Code: "portal.view_only", Message: "You may look at the account but not settle it."}
	}
	out, err := p.Account(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := out.Account.SourceDate(s); !ok {
		return nil, unknownDocument(errNotFound)
	}
	for _, l := range lines {
		if _, ok := out.Account.Document(l.Document); !ok {
			return nil, unknownDocument(errNotFound)
		}
	}
	m.Firm = p.scope.Firm
	return p.b.Allocate(ctx, m, s, lines, out.Today)
}
