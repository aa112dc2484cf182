package api

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/pay"
)

// PaymentRow is a line of the payments grid: money that came in.
type PaymentRow struct {
	ID         string `json:"id"`
	Customer   *Ref   `json:"customer,omitempty" doc:"Left out while unidentified."`
	Date       string `json:"date" format:"date" doc:"Value date."`
	Currency   string `json:"currency"`
	Amount     string `json:"amount"`
	Unapplied  string `json:"unapplied"`
	Method     string `json:"method"`
	Payer      string `json:"payer"`
	Provider   string `json:"provider" doc:"mollie, bank, or empty for by hand."`
	ProviderID string `json:"provider_id"`
	Reference  string `json:"reference"`
	Status     string `json:"status" enum:"unidentified,unapplied,part_applied,applied,returned"`
}

// Payment is a receipt with what was done with it.
type Payment struct {
	PaymentRow
	PayerIBAN   string       `json:"payer_iban"`
	Attempt     string       `json:"attempt"`
	Allocations []Allocation `json:"allocations" nullable:"false"`
	Returns     []Return     `json:"returns" nullable:"false"`
}

// PaymentPage is a piece of the list with the length and totals of all of it.
type PaymentPage struct {
	Page[PaymentRow]
	Total  int            `json:"total" doc:"Length of the whole list."`
	Totals []PaymentTotal `json:"totals" nullable:"false" doc:"Over the whole list, per currency."`
}

// PaymentTotal is a sum in one currency.
type PaymentTotal struct {
	Currency  string `json:"currency"`
	Amount    string `json:"amount"`
	Unapplied string `json:"unapplied"`
	Count     int    `json:"count"`
}

// RefundInput sends money back through the provider.
type RefundInput struct {
	Amount string `json:"amount" maxLength:"20"`
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"The payer sees it."`
}

// Return is money that went back.
type Return struct {
	ID         string `json:"id"`
	Kind       string `json:"kind" enum:"refund,chargeback"`
	Date       string `json:"date" format:"date"`
	Amount     string `json:"amount"`
	ProviderID string `json:"provider_id"`
	Reason     string `json:"reason"`
}

// PaymentInput records money that came in by hand.
type PaymentInput struct {
	Customer  string      `json:"customer,omitempty" doc:"The customer's id; left out when it is not known yet."`
	Date      string      `json:"date" format:"date"`
	Amount    string      `json:"amount" maxLength:"20"`
	Currency  string      `json:"currency,omitempty" maxLength:"3" doc:"The firm's when left out."`
	Method    string      `json:"method,omitempty" enum:"transfer,cash,creditcard" default:"transfer"`
	Payer     string      `json:"payer,omitempty" maxLength:"200"`
	PayerIBAN string      `json:"payer_iban,omitempty" maxLength:"42"`
	Reference string      `json:"reference,omitempty" maxLength:"200"`
	Lines     []LineInput `json:"lines,omitempty" maxItems:"500" doc:"What it pays; what is left stays on account."`
	Oldest    bool        `json:"oldest,omitempty" doc:"Without lines: pay the oldest invoices first."`
}

// LineInput is a part of a payment or credit for one invoice.
type LineInput struct {
	Invoice  string `json:"invoice" doc:"The document's id."`
	Amount   string `json:"amount" maxLength:"20"`
	Discount string `json:"discount,omitempty" maxLength:"20" doc:"Early-payment discount taken along."`
}

// AllocateInput applies a payment or credit note.
type AllocateInput struct {
	Lines     []LineInput `json:"lines" minItems:"1" maxItems:"500" nullable:"false"`
	Effective string      `json:"effective,omitempty" format:"date" doc:"From when it counts; the latest of the dates involved when left out."`
}

// AssignInput says whose money it is.
type AssignInput struct {
	Customer string `json:"customer"`
}

// Proposal is how a payment would be applied.
type Proposal struct {
	Lines []ProposedLine `json:"lines" nullable:"false"`
	Rest  string         `json:"rest" doc:"What stays on account."`
}

// ProposedLine is one line of a proposal.
type ProposedLine struct {
	Invoice  InvoiceRow `json:"invoice"`
	Amount   string     `json:"amount"`
	Discount string     `json:"discount"`
}

// AtPayment is the thing that the path names.
type AtPayment struct {
	Payment string `path:"payment" doc:"The receipt's id."`
}

type paymentsInput struct {
	InList
	InSkip
	Q        string `query:"q" maxLength:"200" doc:"Part of the payer, reference, provider's id or customer."`
	Status   string `query:"status" enum:"all,unidentified,unapplied,applied,returned" default:"all"`
	Customer string `query:"customer"`
	Method   string `query:"method" maxLength:"40"`
	From     string `query:"from" format:"date"`
	To       string `query:"to" format:"date"`
	Sort     string `query:"sort" enum:"date,-date,amount,-amount,unapplied,-unapplied,customer,-customer" default:"-date"`
}

func (a *API) payments() {
	add(a, op("GET /payments", "listPayments", "payments", "Money that came in", access.Read), a.listPayments)
	add(a, op("POST /payments", "recordPayment", "payments", "Record a transfer by hand", access.PaymentsWrite, 201), a.recordPayment)
	add(a, op("GET /payments/{payment}", "getPayment", "payments", "One receipt with what was done with it", access.Read), a.getPayment)
	add(a, op("GET /payments/{payment}/proposal", "proposeAllocation", "payments", "How its rest would be applied, oldest first", access.Read), a.proposeAllocation)
	add(a, op("POST /payments/{payment}/allocations", "allocatePayment", "payments", "Apply it to invoices", access.PaymentsWrite), a.allocatePayment)
	add(a, op("POST /payments/{payment}/refund", "refundPayment", "payments", "Send money back through the provider; the latest invoices it paid are open again", access.PaymentsWrite), a.refundPayment)
	add(a, op("POST /payments/{payment}/customer", "assignPayment", "payments", "Say whose money it is", access.PaymentsWrite), a.assignPayment)
	add(a, op("POST /allocations/{allocation}/reverse", "unallocate", "payments", "Take an allocation back", access.PaymentsWrite), a.unallocate)
	add(a, op("GET /attempts", "listAttempts", "payments", "Tries to pay on the portal, newest first", access.Read), a.listAttempts)
	add(a, op("GET /attempts/{attempt}", "getAttempt", "payments", "One try to pay", access.Read), a.getAttempt)
	add(a, op("POST /attempts/{attempt}/check", "checkAttempt", "payments", "Ask the provider now", access.PaymentsWrite), a.checkAttempt)
}

type recordPaymentInput struct {
	InFirm
	InKey
	Body PaymentInput
}

type allocatePaymentInput struct {
	AtPayment
	InKey
	Body AllocateInput
}

type refundPaymentInput struct {
	AtPayment
	InKey
	Body RefundInput
}

type assignPaymentInput struct {
	AtPayment
	Body AssignInput
}

type unallocateInput struct {
	Allocation string `path:"allocation"`
	Body       ReasonInput
}

func (at AtPayment) id() (id ledger.ReceiptID, err error) {
	return id, id.UnmarshalText([]byte(at.Payment))
}

func (a *API) listPayments(ctx context.Context, in *paymentsInput) (*body[PaymentPage], error) {
	q := openitems.ReceiptQuery{Text: in.Q, Status: in.Status, Method: ledger.Method(in.Method),
		Page: openitems.Page{Sort: in.Sort, Limit: in.Limit, Skip: in.Skip, Cursor: in.Cursor}}
	var err error
	if q.Firm, q.AsOf, err = a.firmToday(ctx, in.Firm); err != nil {
		return nil, err
	}
	var errs [3]error
	errs[0] = q.Customer.UnmarshalText([]byte(in.Customer))
	q.From, errs[1] = day("from", in.From, 0)
	q.To, errs[2] = day("to", in.To, 0)
	if err := cmp.Or(errs[0], errs[1], errs[2]); err != nil {
		return nil, err
	}
	a.fresh(ctx)
	list, err := a.Lists.Receipts(ctx, q)
	if err != nil {
		return nil, err
	}
	return answer(PaymentsOf(list), nil)
}

// PaymentsOf is a page of receipts as JSON; the command line prints the same rows.
func PaymentsOf(list openitems.ReceiptList) PaymentPage {
	out := PaymentPage{Page: Page[PaymentRow]{Items: make([]PaymentRow, len(list.Rows)), NextCursor: list.Next}, Total: list.Count, Totals: []PaymentTotal{}}
	for i, l := range list.Rows {
		var ref *Ref
		if !l.Receipt.Customer.IsZero() {
			ref = &Ref{ID: l.Receipt.Customer.String(), Number: l.CustomerNumber, Name: l.CustomerName}
		}
		out.Items[i] = paymentRow(l.Receipt, ref, l.Left.Minor, l.Returned.Minor)
	}
	for _, t := range list.Totals {
		out.Totals = append(out.Totals, PaymentTotal{Currency: string(t.Amount.Currency), Amount: t.Amount.String(), Unapplied: t.Left.String(), Count: t.Count})
	}
	return out
}

func (a *API) getPayment(ctx context.Context, in *AtPayment) (*body[Payment], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return a.payment(ctx, id)
}

// payment reads a receipt with what was done with it.
func (a *API) payment(ctx context.Context, id ledger.ReceiptID) (*body[Payment], error) {
	v := Payment{Allocations: []Allocation{}, Returns: []Return{}}
	err := a.Books.View(ctx, func(r *books.Reader) error {
		rc, err := r.LiveReceipt(id)
		if err != nil {
			return err
		}
		v.PayerIBAN, v.Attempt = rc.PayerIBAN, rc.Attempt.String()
		back, err := r.Returns(id)
		if err != nil {
			return err
		}
		for _, x := range back {
			v.Returns = append(v.Returns, Return{ID: x.ID.String(), Kind: returnNames[x.Kind], Date: x.Date.String(), Amount: x.Amount.String(),
				ProviderID: x.ProviderRef, Reason: x.Reason})
		}
		if rc.Customer.IsZero() {
			v.PaymentRow = paymentRow(rc, nil, rc.Amount.Minor, 0)
			return nil
		}
		acc, err := r.Account(rc.Customer)
		if err != nil {
			return err
		}
		today, err := r.Today(rc.Firm)
		if err != nil {
			return err
		}
		today = civil.Max(today, rc.Date)
		ref := customerRef(acc.Customer)
		v.PaymentRow = paymentRow(rc, &ref, acc.Unapplied(id, today).Minor, acc.Returned(id, today).Minor)
		for _, al := range acc.AllocationsFrom(id) {
			v.Allocations = append(v.Allocations, allocationView(al, acc))
		}
		return nil
	})
	return answer(v, err)
}

func (a *API) recordPayment(ctx context.Context, in *recordPaymentInput) (*body[Payment], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	got, err := a.receive(ctx, f, in.Key, in.Body)
	if err != nil {
		return nil, err
	}
	return a.payment(ctx, got.Receipt.ID)
}

// receive books a payment as it is put in.
func (a *API) receive(ctx context.Context, f ledger.Firm, key string, b PaymentInput) (got books.Received, err error) {
	rc := ledger.Receipt{Method: ledger.Method(b.Method), Payer: strings.TrimSpace(b.Payer), PayerIBAN: strings.ReplaceAll(b.PayerIBAN, " ", ""),
		Reference: strings.TrimSpace(b.Reference)}
	if err := rc.Customer.UnmarshalText([]byte(b.Customer)); err != nil {
		return got, wrong("customer", "customer.unknown", "there is no such customer")
	}
	c, err := currencyOr("currency", b.Currency, f)
	if err != nil {
		return got, err
	}
	if rc.Amount, err = positive("amount", b.Amount, c); err != nil {
		return got, err
	}
	if rc.Date, err = day("date", b.Date, 0); err != nil {
		return got, err
	}
	lines, err := ledgerLines(b.Lines, c)
	if err != nil {
		return got, err
	}
	m := meta(ctx, f.ID, key)
	if len(lines) == 0 && b.Oldest {
		return a.Books.ReceiveOldestFirst(ctx, m, rc)
	}
	return a.Books.Receive(ctx, m, rc, lines)
}

func ledgerLines(in []LineInput, c money.Currency) (out []ledger.Line, err error) {
	for i, l := range in {
		var line ledger.Line
		field := fmt.Sprintf("lines[%d].", i)
		if err := line.Document.UnmarshalText([]byte(l.Invoice)); err != nil || line.Document.IsZero() {
			return nil, wrong(field+"invoice", "document.unknown", "there is no such invoice")
		}
		v, err := positive(field+"amount", l.Amount, c)
		if err != nil {
			return nil, err
		}
		line.Amount = v.Minor
		if l.Discount != "" {
			if v, err = amount(field+"discount", l.Discount, c); err != nil {
				return nil, err
			}
			line.Discount = v.Minor
		}
		out = append(out, line)
	}
	return out, nil
}

// ledger is the input as the ledger has it.
func (in AllocateInput) ledger(c money.Currency) ([]ledger.Line, civil.Date, error) {
	on, err := day("effective", in.Effective, 0)
	if err != nil {
		return nil, 0, err
	}
	lines, err := ledgerLines(in.Lines, c)
	return lines, on, err
}

// receipt reads a receipt by its id in a path.
func (a *API) receipt(ctx context.Context, at AtPayment) (rc ledger.Receipt, err error) {
	id, err := at.id()
	if err != nil {
		return rc, err
	}
	err = a.Books.View(ctx, func(r *books.Reader) (err error) { rc, err = r.LiveReceipt(id); return err })
	return rc, err
}

func (a *API) proposeAllocation(ctx context.Context, in *AtPayment) (*body[Proposal], error) {
	rc, err := a.receipt(ctx, *in)
	if err != nil {
		return nil, err
	}
	v := Proposal{Lines: []ProposedLine{}, Rest: rc.Amount.String()}
	if rc.Customer.IsZero() {
		return answer(v, nil)
	}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		acc, err := r.Account(rc.Customer)
		if err != nil {
			return err
		}
		today, err := r.Today(rc.Firm)
		if err != nil {
			return err
		}
		today = civil.Max(today, rc.Date)
		rest := acc.Spare(ledger.Source{Receipt: rc.ID}, today)
		ref := customerRef(acc.Customer)
		for _, l := range ledger.OldestFirst(acc.OpenItems(today), rest) {
			d, _ := acc.Document(l.Document)
			v.Lines = append(v.Lines, ProposedLine{Invoice: invoiceRow(d, ref, acc.Open(d.ID, today), acc.DueOn(d, today), today),
				Amount: minor(l.Amount, rest.Currency), Discount: minor(l.Discount, rest.Currency)})
			rest.Minor -= l.Amount
		}
		v.Rest = rest.String()
		return nil
	})
	return answer(v, err)
}

func (a *API) allocatePayment(ctx context.Context, in *allocatePaymentInput) (*body[Payment], error) {
	rc, err := a.receipt(ctx, in.AtPayment)
	if err != nil {
		return nil, err
	}
	lines, on, err := in.Body.ledger(rc.Amount.Currency)
	if err != nil {
		return nil, err
	}
	if _, err := a.Books.Allocate(ctx, meta(ctx, rc.Firm, in.Key), ledger.Source{Receipt: rc.ID}, lines, on); err != nil {
		return nil, err
	}
	return a.payment(ctx, rc.ID)
}

func (a *API) refundPayment(ctx context.Context, in *refundPaymentInput) (*body[Payment], error) {
	rc, err := a.receipt(ctx, in.AtPayment)
	if err != nil {
		return nil, err
	}
	v, err := positive("amount", in.Body.Amount, rc.Amount.Currency)
	if err != nil {
		return nil, err
	}
	if _, err := a.Pay.Refund(ctx, meta(ctx, rc.Firm, in.Key), pay.RefundOrder{Receipt: rc.ID, Amount: v, Reason: in.Body.Reason}); err != nil {
		return nil, err
	}
	return a.payment(ctx, rc.ID)
}

func (a *API) assignPayment(ctx context.Context, in *assignPaymentInput) (*body[Payment], error) {
	rc, err := a.receipt(ctx, in.AtPayment)
	if err != nil {
		return nil, err
	}
	var c ledger.CustomerID
	if err := c.UnmarshalText([]byte(in.Body.Customer)); err != nil {
		return nil, wrong("customer", "customer.unknown", "there is no such customer")
	}
	if _, err := a.Books.Assign(ctx, meta(ctx, rc.Firm, ""), rc.ID, c); err != nil {
		return nil, err
	}
	return a.payment(ctx, rc.ID)
}

func (a *API) unallocate(ctx context.Context, in *unallocateInput) (*body[Allocation], error) {
	var id ledger.AllocationID
	if err := id.UnmarshalText([]byte(in.Allocation)); err != nil {
		return nil, err
	}
	var al ledger.Allocation
	err := a.Books.View(ctx, func(r *books.Reader) (err error) { al, err = r.Allocation(id); return err })
	if err != nil {
		return nil, err
	}
	back, err := a.Books.Unallocate(ctx, meta(ctx, al.Firm, ""), id, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	var v Allocation
	err = a.Books.View(ctx, func(r *books.Reader) error {
		acc, err := r.Account(al.Customer)
		if err == nil {
			v = allocationView(back, acc)
		}
		return err
	})
	return answer(v, err)
}
