package portal

import (
	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/frontend/portal"
)

// transferPage is how to pay what was chosen by a transfer at the customer's own bank, with a reference of its own.
func (s *Server) transferPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	return s.showTransfer(c, p, derive(a), choose(c), v.view, v.meta(), "/")
}

// payLinkTransfer is the same for the selection of a pay link. It is a page of its own, so that looking at the link, as
// mail scanners do, writes nothing.
func (s *Server) payLinkTransfer(c *fiber.Ctx) error {
	l, d, p, err := s.payLink(c)
	if err != nil {
		return s.payLinkGone(c, err)
	}
	p.Path = "/p/" + c.Params("token")
	meta := journal.Meta{Firm: d.Firm.ID, Actor: journal.Actor{Kind: journal.PayLink, ID: l.ID.String()}}
	return s.showTransfer(c, p, d, s.linkChoice(c, d), s.o.Books.Portal(l.Scope()), meta, p.Path)
}

func (s *Server) showTransfer(c *fiber.Ctx, p *portal.Page, d *derived, ch choice, view *books.PortalView, m journal.Meta, back string) error {
	if d.Firm.IBAN == "" {
		return notHere()
	}
	o := d.order(ch.picks(d), ch.in(d), money.Amount{}, false)
	v := &portal.Transfer{Lines: o.lines, Amount: o.amount, Discount: o.discount, Beneficiary: p.Firm.LegalName, IBAN: d.Firm.IBAN, BIC: d.Firm.BIC, Back: back}
	var docs []ledger.DocumentID
	if ch.all && !p.Link {
		// The whole account is paid by its balance: what is to the customer's credit is taken off.
		for _, x := range d.credits(o.currency) {
			v.Credit = v.Credit.Add(x.spare)
		}
		v.Amount = v.Amount.Sub(v.Credit)
	} else {
		for _, l := range o.attempt {
			docs = append(docs, l.Document)
		}
	}
	if len(o.lines) == 0 || v.Amount.Minor <= 0 {
		return show(c, fiber.StatusOK, portal.MessagePage(p, &portal.Message{Icon: "check", Title: p.T.Pay.Nothing, Text: p.T.Account.ChooseFirst, Button: p.T.Common.Home, URL: back}))
	}
	for _, l := range o.lines {
		if l.Discount.Minor > 0 && (v.Until.IsZero() || l.SavingUntil < v.Until) {
			v.Until = l.SavingUntil
		}
	}
	it, err := view.Intent(c.UserContext(), m, o.currency, docs)
	if err != nil {
		return err
	}
	v.Reference = it.Reference
	v.Square = square(reference.Transfer{Beneficiary: v.Beneficiary, IBAN: v.IBAN, BIC: v.BIC, Amount: v.Amount, Reference: v.Reference})
	p.Title = p.T.Papers.PayByTransfer
	return show(c, fiber.StatusOK, portal.TransferPage(p, v))
}

// square is the QR code of a transfer with its margin; nothing where there can be none: in another currency than euros.
func square(t reference.Transfer) [][]bool {
	payload, err := t.Payload()
	if err != nil {
		return nil
	}
	q, err := reference.QR(payload)
	if err != nil {
		return nil
	}
	n := q.Size() + 2*reference.Quiet
	out := make([][]bool, n)
	for y := range out {
		out[y] = make([]bool, n)
		if y >= reference.Quiet && y < n-reference.Quiet {
			copy(out[y][reference.Quiet:], q.Dark[y-reference.Quiet])
		}
	}
	return out
}
