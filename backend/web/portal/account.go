package portal

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/frontend/portal"
)

func (s *Server) accountPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Account.Title, "open"
	d := derive(a)
	view := d.accountView()
	view.Plans, view.Agreed = d.plansView(v.Scope.Rights >= ledger.RightPay, ledger.DocumentID{}), d.agreedView(p, ledger.DocumentID{})
	if err := s.underWay(c, v, p); err != nil {
		return err
	}
	return show(c, fiber.StatusOK, portal.AccountPage(p, view))
}

func (s *Server) invoicesPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	which := c.Query("show")
	if which != "open" && which != "paid" {
		which = "all"
	}
	query := strings.TrimSpace(c.Query("q"))
	if len(query) > 60 {
		query = query[:60]
	}
	p.Title, p.Here, p.Path = p.T.Invoices.Title, which, invoicesAddress(which, query, 1)
	return show(c, fiber.StatusOK, portal.InvoicesPage(p, derive(a).invoicesView(which, strings.ToValidUTF8(query, ""), c.QueryInt("page", 1))))
}

func invoicesAddress(which, query string, page int) string {
	q := url.Values{}
	if which != "all" {
		q.Set("show", which)
	}
	if query != "" {
		q.Set("q", query)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/invoices"
	}
	return "/invoices?" + q.Encode()
}

func pageAddress(path string, page int) string {
	if page <= 1 {
		return path
	}
	return path + "?page=" + strconv.Itoa(page)
}

func (s *Server) invoicePage(c *fiber.Ctx, v *visit) error {
	var id ledger.DocumentID
	if err := id.UnmarshalText([]byte(c.Params("id"))); err != nil || id.IsZero() {
		return notHere()
	}
	doc, err := v.view.Document(c.UserContext(), id)
	if err != nil {
		return err
	}
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	d := derive(a)
	if !d.shown(&doc) {
		return notHere()
	}
	p.Title, p.Here = doc.Number, "all"
	view := d.invoiceView(p.F, doc, true)
	if p.Has("documents") {
		view.PDF = "/invoices/" + view.ID + "/pdf"
	}
	if _, _, ok := d.payable(&doc); ok && doc.Type.Debit() && doc.State != ledger.Void && d.Firm.IBAN != "" {
		view.TransferURL = "/transfer?d=" + view.ID
	}
	if plans := d.plansView(v.Scope.Rights >= ledger.RightPay, id); len(plans) > 0 {
		view.Plan = &plans[0]
	}
	view.Agreed = d.agreedView(p, id)
	return show(c, fiber.StatusOK, portal.InvoicePage(p, view))
}

func (s *Server) paymentsPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Payments.Title, "payments"
	return show(c, fiber.StatusOK, portal.PaymentsPage(p, derive(a).paymentsView(c.QueryInt("page", 1))))
}

func (s *Server) receiptPage(c *fiber.Ctx, v *visit) error {
	var id ledger.ReceiptID
	if err := id.UnmarshalText([]byte(c.Params("id"))); err != nil || id.IsZero() {
		return notHere()
	}
	got, err := v.view.Receipt(c.UserContext(), id)
	if err != nil {
		return err
	}
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	d := derive(a)
	r := got.Receipt
	reference := r.ProviderRef
	if reference == "" {
		reference = r.Reference
	}
	p.Title, p.Here = p.T.Receipt.Title, "payments"
	file := ""
	if p.Has("documents") {
		file = "/payments/" + r.ID.String() + "/pdf"
	}
	return show(c, fiber.StatusOK, portal.ReceiptPage(p, &portal.Receipt{Customer: a.Customer.Name, Amount: r.Amount, Date: r.Date,
		Method: string(r.Method), Payer: r.Payer, Reference: reference, Lines: d.settledBy(r.ID), Unapplied: d.acc.Unapplied(r.ID, d.Today),
		Returned: d.acc.Returned(r.ID, d.Today), Witness: s.witness(c), Back: "/payments", PDF: file}))
}
