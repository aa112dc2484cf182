package portal

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/frontend/portal"
)

// comeback is the attempt behind a return address. With ask, the provider is asked how it stands, unless it was a moment
// ago; when it does not answer, what we know is shown.
func (s *Server) comeback(c *fiber.Ctx, ask bool) (ledger.Attempt, *derived, *portal.Page, error) {
	id, scope, err := s.o.Sessions.Return(c.UserContext(), c.Params("token"))
	if errors.Is(err, session.ErrLinkGone) {
		err = notHere()
	}
	if err != nil {
		return ledger.Attempt{}, nil, nil, err
	}
	view := s.o.Books.Portal(scope)
	x, err := view.Attempt(c.UserContext(), id)
	if err != nil {
		return x, nil, nil, err
	}
	if ask && !outcome(x).Final() && s.refreshes.Allow(id.String()) {
		ctx, stop := context.WithTimeout(c.UserContext(), providerWait)
		defer stop()
		if _, err := s.o.Payments.Refresh(ctx, id); err != nil {
			s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "provider not asked", slog.String("id", requestID(c)), slog.Any("error", err))
		}
		if x, err = view.Attempt(c.UserContext(), id); err != nil {
			return x, nil, nil, err
		}
	}
	a, err := view.Account(c.UserContext())
	if err != nil {
		return x, nil, nil, err
	}
	p := s.page(c, a.Firm, x.Language)
	p.F.Today, p.Link, p.Title = a.Today, true, p.T.Result.Title
	return x, derive(a), p, nil
}

func (s *Server) resultView(c *fiber.Ctx, x ledger.Attempt, d *derived) *portal.Result {
	here := "/r/" + c.Params("token")
	v := &portal.Result{Outcome: outcome(x), Amount: x.Amount, Method: string(x.Method), On: x.PaidOn, Lines: attemptLines(x, d),
		StateURL: here + "/state", MailTo: x.PayerEmail != "", Tries: c.QueryInt("n", 0)}
	if isWebAddress(x.CheckoutURL) {
		v.GoURL = here + "/go"
	}
	if v.Stored = x.Sequence == ledger.FirstPay && len(x.Lines) == 0; v.Stored {
		v.AgainURL, v.HomeURL, v.MailTo = "/methods", "/methods", false
		if !d.Firm.Portal.Shows(ledger.FeatureAutopay) {
			v.AgainURL, v.HomeURL = "", "/"
		}
		return v
	}
	if x.State == ledger.AttemptPaid {
		v.Receipt, v.Reference = here+"/receipt", x.ProviderRef
	}
	// Home is the pay link or the account, whichever this browser came from; another browser gets neither.
	switch link := s.cookie(c, linkCookie); {
	case link != "":
		v.AgainURL = "/p/" + link
	case s.cookie(c, visitCookie) != "":
		v.HomeURL, v.AgainURL = "/", "/"
	}
	return v
}

func attemptLines(x ledger.Attempt, d *derived) (lines []portal.PayLine) {
	for _, l := range x.Lines {
		doc, ok := d.acc.Document(l.Document)
		if !ok {
			continue
		}
		lines = append(lines, portal.PayLine{Item: d.item(doc), Amount: money.Of(l.Amount, x.Amount.Currency), Discount: money.Of(l.Discount, x.Amount.Currency)})
	}
	return lines
}

// resultPage is where the payer comes back to, in whatever browser.
func (s *Server) resultPage(c *fiber.Ctx) error {
	x, d, p, err := s.comeback(c, true)
	if err != nil {
		return err
	}
	v := s.resultView(c, x, d)
	v.StateURL += "?n=1"
	if !v.Outcome.Final() {
		p.Refresh = 5
	}
	return show(c, fiber.StatusOK, portal.ResultPage(p, v))
}

// resultState is the part of the page that htmx asks for until the outcome is final.
func (s *Server) resultState(c *fiber.Ctx) error {
	x, d, p, err := s.comeback(c, true)
	if err != nil {
		return err
	}
	v := s.resultView(c, x, d)
	v.Tries = max(1, min(v.Tries, 1000))
	v.StateURL += "?n=" + strconv.Itoa(v.Tries+1)
	return show(c, fiber.StatusOK, portal.ResultState(p, v))
}

// goPage sends the payer on to the provider: a page and not a redirect, since the policy form-action 'self' would stop a
// redirect that follows a form.
func (s *Server) goPage(c *fiber.Ctx) error {
	x, _, p, err := s.comeback(c, false)
	if err != nil {
		return err
	}
	if outcome(x) != portal.Unfinished || !isWebAddress(x.CheckoutURL) {
		return c.Redirect("/r/"+c.Params("token"), fiber.StatusSeeOther)
	}
	p.Title, p.RefreshTo = p.T.Pay.GoTitle, x.CheckoutURL
	return show(c, fiber.StatusOK, portal.GoPage(p, p.F.Money(x.Amount)))
}

// isWebAddress keeps anything but a web page out of links that come from outside.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// resultReceipt is the proof for whoever paid: only what this payment was, also when the payer is not the customer.
func (s *Server) resultReceipt(c *fiber.Ctx) error {
	x, d, p, err := s.comeback(c, false)
	if err != nil {
		return err
	}
	if x.State != ledger.AttemptPaid || x.Amount.IsZero() {
		return c.Redirect("/r/"+c.Params("token"), fiber.StatusSeeOther)
	}
	p.Title = p.T.Receipt.Title
	return show(c, fiber.StatusOK, portal.ReceiptPage(p, &portal.Receipt{Customer: d.Customer.Name, Amount: x.Amount, Date: paidOn(x, d), Method: string(x.Method),
		Reference: x.ProviderRef, Lines: attemptLines(x, d), Witness: s.witness(c), Back: "/r/" + c.Params("token")}))
}

func paidOn(x ledger.Attempt, d *derived) civil.Date {
	if x.PaidOn.IsZero() {
		return d.Today
	}
	return x.PaidOn
}

// webhook takes the provider's hint. The answer is the same for ids that mean nothing here.
func (s *Server) webhook(c *fiber.Ctx) error {
	ctx, stop := context.WithTimeout(c.UserContext(), webhookWait)
	defer stop()
	if err := s.o.Payments.Webhook(ctx, c.FormValue("id")); err != nil {
		return fault.Wrap(err, fault.Unavailable, "portal.webhook", "Please send this again later.")
	}
	return c.SendStatus(fiber.StatusOK)
}
