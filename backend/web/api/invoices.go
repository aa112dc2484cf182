package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
)

// InvoiceRow is a line of the invoices grid: an invoice, credit note or debit note.
type InvoiceRow struct {
	ID        string `json:"id"`
	Type      string `json:"type" enum:"invoice,credit_note,debit_note"`
	Number    string `json:"number"`
	Customer  Ref    `json:"customer"`
	Issued    string `json:"issued" format:"date"`
	Due       string `json:"due" format:"date"`
	Currency  string `json:"currency"`
	Total     string `json:"total"`
	Open      string `json:"open" doc:"What is left; of a credit note, what is not used."`
	Status    string `json:"status" enum:"open,partly paid,paid,overdue,void,upcoming"`
	DaysLate  int    `json:"days_late" doc:"Days past due; negative: days to go."`
	PO        string `json:"po"`
	Reference string `json:"reference"`
}

// Invoice is a document with its history.
type Invoice struct {
	InvoiceRow
	Description string       `json:"description"`
	Tax         []TaxPart    `json:"tax" nullable:"false"`
	Discount    *Discount    `json:"discount,omitempty"`
	Corrects    *Ref         `json:"corrects,omitempty" doc:"A credit note's invoice."`
	VoidReason  string       `json:"void_reason"`
	Allocations []Allocation `json:"allocations" nullable:"false"`
	Attempts    []Attempt    `json:"attempts" nullable:"false"`
	Import      string       `json:"import" doc:"The import that brought it; empty when none did."`
}

// TaxPart is the tax of one rate.
type TaxPart struct {
	Rate string `json:"rate" example:"21" doc:"Percent."`
	Base string `json:"base"`
	Tax  string `json:"tax"`
}

// Discount is an early-payment discount.
type Discount struct {
	Percent string `json:"percent" example:"2"`
	Until   string `json:"until" format:"date"`
	Amount  string `json:"amount" readOnly:"true" doc:"What paying today saves; 0.00 when it is too late."`
}

// Allocation is money or credit applied to a document.
type Allocation struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"payment,credit_note,discount,write_off,small_difference,external"`
	Invoice   Ref       `json:"invoice"`
	Payment   string    `json:"payment" doc:"Id of the receipt."`
	Credit    *Ref      `json:"credit,omitempty"`
	Amount    string    `json:"amount"`
	Currency  string    `json:"currency"`
	Effective string    `json:"effective" format:"date"`
	Reversed  bool      `json:"reversed" doc:"Taken back by a later one."`
	Reverses  string    `json:"reverses" doc:"The allocation that this one takes back."`
	Reason    string    `json:"reason"`
	Recorded  time.Time `json:"recorded"`
}

// InvoiceInput posts a document.
type InvoiceInput struct {
	Type        string         `json:"type" enum:"invoice,credit_note,debit_note"`
	Customer    string         `json:"customer" doc:"The customer's id."`
	Number      string         `json:"number" minLength:"1" maxLength:"60"`
	Issued      string         `json:"issued" format:"date"`
	Due         string         `json:"due,omitempty" format:"date" doc:"From the customer's terms when left out."`
	Currency    string         `json:"currency,omitempty" maxLength:"3" doc:"The firm's when left out."`
	Total       string         `json:"total" maxLength:"20" doc:"Tax included."`
	Tax         []TaxPart      `json:"tax,omitempty" maxItems:"10"`
	Discount    *DiscountInput `json:"discount,omitempty"`
	PO          string         `json:"po,omitempty" maxLength:"60"`
	Reference   string         `json:"reference,omitempty" maxLength:"140"`
	Description string         `json:"description,omitempty" maxLength:"500"`
}

// DiscountInput is an early-payment discount as agreed.
type DiscountInput struct {
	Percent string `json:"percent" maxLength:"6" example:"2"`
	Until   string `json:"until" format:"date"`
}

// InvoicePatch changes what is descriptive; amounts and dates of a posted document never change.
type InvoicePatch struct {
	PO          *string `json:"po,omitempty" maxLength:"60"`
	Reference   *string `json:"reference,omitempty" maxLength:"140"`
	Description *string `json:"description,omitempty" maxLength:"500"`
}

// CreditInput credits an invoice.
type CreditInput struct {
	Number   string `json:"number" minLength:"1" maxLength:"60" doc:"The credit note's number."`
	Issued   string `json:"issued,omitempty" format:"date" doc:"Today when left out."`
	Amount   string `json:"amount,omitempty" maxLength:"20" doc:"What is open when left out."`
	Reason   string `json:"reason" minLength:"1" maxLength:"500"`
	Allocate bool   `json:"allocate,omitempty" doc:"Apply it to the invoice at once."`
}

// ReasonInput says why.
type ReasonInput struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// WriteOffInput gives up what is left, or part of it.
type WriteOffInput struct {
	Amount string `json:"amount,omitempty" maxLength:"20" doc:"All that is open when left out."`
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// AtInvoice is the thing that the path names.
type AtInvoice struct {
	Invoice string `path:"invoice" doc:"The document's id."`
}

type invoicesInput struct {
	InList
	InSkip
	Q        string `query:"q" maxLength:"200" doc:"Part of the number, PO, reference, or customer's number or name."`
	Status   string `query:"status" enum:"all,open,overdue,due_soon,partly_paid,paid,upcoming,void" default:"all" doc:"open: anything with something left, overdue included."`
	Type     string `query:"type" enum:"invoice,credit_note,debit_note"`
	Customer string `query:"customer" doc:"The customer's id."`
	Currency string `query:"currency" maxLength:"3"`
	DueFrom  string `query:"due_from" format:"date"`
	DueTo    string `query:"due_to" format:"date"`
	AsOf     string `query:"as_of" format:"date"`
	Sort     string `query:"sort" enum:"number,-number,customer,-customer,issued,-issued,due,-due,total,-total,open,-open,days_late,-days_late" default:"-issued"`
}

// InvoicePage is a piece of the list with the length and totals of all of it.
type InvoicePage struct {
	Page[InvoiceRow]
	Total  int       `json:"total" doc:"Length of the whole list."`
	Totals []Balance `json:"totals" nullable:"false" doc:"Over the whole list, per currency."`
}

func (a *API) invoices() {
	add(a, op("GET /invoices", "listInvoices", "invoices", "Invoices, credit notes and debit notes", access.Read), a.listInvoices)
	add(a, op("POST /invoices", "createInvoice", "invoices", "Post an invoice, credit note or debit note", access.InvoicesWrite, 201), a.createInvoice)
	add(a, op("GET /invoices/{invoice}", "getInvoice", "invoices", "One document with its allocations and payment attempts", access.Read), a.getInvoice)
	add(a, op("PATCH /invoices/{invoice}", "updateInvoice", "invoices", "Change PO number, reference or description", access.InvoicesWrite), a.updateInvoice)
	add(a, op("POST /invoices/{invoice}/credit", "creditInvoice", "invoices", "Post a credit note for it", access.InvoicesWrite, 201), a.creditInvoice)
	add(a, op("POST /invoices/{invoice}/void", "voidInvoice", "invoices", "Void it; nothing may have been applied", access.InvoicesVoid), a.voidInvoice)
	add(a, op("POST /invoices/{invoice}/write-off", "writeOffInvoice", "invoices", "Give up what is left", access.InvoicesVoid), a.writeOffInvoice)
	add(a, op("POST /invoices/{invoice}/allocations", "allocateCredit", "invoices", "Apply a credit note to invoices", access.PaymentsWrite), a.allocateCredit)
}

type createInvoiceInput struct {
	InFirm
	InKey
	Body InvoiceInput
}

type updateInvoiceInput struct {
	AtInvoice
	Body InvoicePatch
}

type creditInvoiceInput struct {
	AtInvoice
	InKey
	Body CreditInput
}

type voidInvoiceInput struct {
	AtInvoice
	Body ReasonInput
}

type writeOffInput struct {
	AtInvoice
	InKey
	Body WriteOffInput
}

type allocateCreditInput struct {
	AtInvoice
	InKey
	Body AllocateInput
}

func (at AtInvoice) id() (id ledger.DocumentID, err error) {
	return id, id.UnmarshalText([]byte(at.Invoice))
}

func (a *API) listInvoices(ctx context.Context, in *invoicesInput) (*body[InvoicePage], error) {
	q := openitems.DocumentQuery{Text: in.Q, Status: in.Status, Type: in.Type, Currency: money.Currency(strings.ToUpper(in.Currency)),
		Page: openitems.Page{Sort: in.Sort, Limit: in.Limit, Skip: in.Skip, Cursor: in.Cursor}}
	firm, today, err := a.firmToday(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	var errs [4]error
	q.Firm = firm
	errs[0] = q.Customer.UnmarshalText([]byte(in.Customer))
	q.DueFrom, errs[1] = day("due_from", in.DueFrom, 0)
	q.DueTo, errs[2] = day("due_to", in.DueTo, 0)
	q.AsOf, errs[3] = day("as_of", in.AsOf, today)
	if err := cmp.Or(errs[0], errs[1], errs[2], errs[3]); err != nil {
		return nil, err
	}
	a.fresh(ctx)
	list, err := a.Lists.Documents(ctx, q)
	if err != nil {
		return nil, err
	}
	return answer(InvoicesOf(list, q.AsOf), nil)
}

// InvoicesOf is a page of documents as JSON; the command line prints the same rows.
func InvoicesOf(list openitems.DocumentList, asOf civil.Date) InvoicePage {
	out := InvoicePage{Page: Page[InvoiceRow]{Items: make([]InvoiceRow, len(list.Rows)), NextCursor: list.Next}, Total: list.Count, Totals: balancesOf(list.Totals)}
	for i, l := range list.Rows {
		out.Items[i] = invoiceRow(l.Document, Ref{ID: l.Customer.String(), Number: l.CustomerNumber, Name: l.CustomerName}, l.Open, l.DueOn, asOf)
	}
	return out
}

func (a *API) getInvoice(ctx context.Context, in *AtInvoice) (*body[Invoice], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return a.invoice(ctx, id)
}

// invoice reads a document with its history.
func (a *API) invoice(ctx context.Context, id ledger.DocumentID) (*body[Invoice], error) {
	v := Invoice{Tax: []TaxPart{}, Allocations: []Allocation{}, Attempts: []Attempt{}}
	err := a.Books.View(ctx, func(r *books.Reader) error {
		d, err := r.Document(id)
		if err != nil {
			return err
		}
		acc, err := r.Account(d.Customer)
		if err != nil {
			return err
		}
		today, err := r.Today(d.Firm)
		if err != nil {
			return err
		}
		v.InvoiceRow = invoiceRow(d, customerRef(acc.Customer), acc.Open(id, today), acc.DueOn(d, today), today)
		v.Description, v.VoidReason, v.Import = d.Description, d.VoidReason, d.Import.String()
		for _, t := range d.Tax {
			v.Tax = append(v.Tax, TaxPart{Rate: milli(t.RateMilli), Base: minor(t.Base, d.Total.Currency), Tax: minor(t.Tax, d.Total.Currency)})
		}
		if d.Discount.BasisPoints != 0 {
			v.Discount = &Discount{Percent: milli(d.Discount.BasisPoints * 10), Until: d.Discount.Until.String(), Amount: acc.Discount(id, today).String()}
		}
		if was, ok := acc.Document(d.Corrects); ok {
			ref := documentRef(was)
			v.Corrects = &ref
		}
		for _, al := range acc.AllocationsOf(id) {
			v.Allocations = append(v.Allocations, allocationView(al, acc))
		}
		return a.invoiceAttempts(r, d, &v)
	})
	return answer(v, err)
}

// invoiceAttempts adds the tries to pay this document, newest first.
func (a *API) invoiceAttempts(r *books.Reader, d ledger.Document, v *Invoice) error {
	all, err := r.AttemptsOf(d.Customer)
	if err != nil {
		return err
	}
	for _, x := range slices.Backward(all) {
		if !slices.ContainsFunc(x.Lines, func(l ledger.AttemptLine) bool { return l.Document == d.ID }) {
			continue
		}
		at, err := attemptView(r, x)
		if err != nil {
			return err
		}
		v.Attempts = append(v.Attempts, at)
	}
	return nil
}

func (a *API) createInvoice(ctx context.Context, in *createInvoiceInput) (*body[Invoice], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	d, err := in.Body.document(f)
	if err != nil {
		return nil, err
	}
	if d, err = a.Books.Post(ctx, meta(ctx, f.ID, in.Key), d); err != nil {
		return nil, err
	}
	return a.invoice(ctx, d.ID)
}

// document is the input as the ledger has it.
func (in InvoiceInput) document(f ledger.Firm) (d ledger.Document, err error) {
	d = ledger.Document{Type: ledger.DocumentType(named(typeNames, in.Type)), Number: strings.TrimSpace(in.Number), PO: strings.TrimSpace(in.PO),
		Reference: strings.TrimSpace(in.Reference), Description: strings.TrimSpace(in.Description)}
	if err := d.Customer.UnmarshalText([]byte(in.Customer)); err != nil {
		return d, wrong("customer", "customer.unknown", "there is no such customer")
	}
	c, err := currencyOr("currency", in.Currency, f)
	if err != nil {
		return d, err
	}
	if d.Total, err = amount("total", in.Total, c); err != nil {
		return d, err
	}
	if d.Issued, err = day("issued", in.Issued, 0); err != nil {
		return d, err
	}
	if d.Due, err = day("due", in.Due, 0); err != nil {
		return d, err
	}
	for i, t := range in.Tax {
		part, err := t.ledger(fmt.Sprintf("tax[%d]", i), c)
		if err != nil {
			return d, err
		}
		d.Tax = append(d.Tax, part)
	}
	if in.Discount != nil {
		milli, err := percent("discount.percent", in.Discount.Percent)
		if err != nil {
			return d, err
		}
		d.Discount = ledger.DiscountTerms{BasisPoints: milli / 10, GraceDays: f.Rules.GracePeriodDays}
		if d.Discount.Until, err = day("discount.until", in.Discount.Until, 0); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (t TaxPart) ledger(field string, c money.Currency) (part ledger.TaxPart, err error) {
	if part.RateMilli, err = percent(field+".rate", t.Rate); err != nil {
		return part, err
	}
	base, err := amount(field+".base", t.Base, c)
	if err != nil {
		return part, err
	}
	tax, err := amount(field+".tax", t.Tax, c)
	part.Base, part.Tax = base.Minor, tax.Minor
	return part, err
}

// document reads a document by its id in a path.
func (a *API) document(ctx context.Context, at AtInvoice) (d ledger.Document, err error) {
	id, err := at.id()
	if err != nil {
		return d, err
	}
	err = a.Books.View(ctx, func(r *books.Reader) (err error) { d, err = r.Document(id); return err })
	return d, err
}

func (a *API) updateInvoice(ctx context.Context, in *updateInvoiceInput) (*body[Invoice], error) {
	d, err := a.document(ctx, in.AtInvoice)
	if err != nil {
		return nil, err
	}
	x := books.Descriptive{PO: d.PO, Reference: d.Reference, Description: d.Description}
	for _, t := range []struct{ to, from *string }{{&x.PO, in.Body.PO}, {&x.Reference, in.Body.Reference}, {&x.Description, in.Body.Description}} {
		if t.from != nil {
			*t.to = strings.TrimSpace(*t.from)
		}
	}
	if _, err := a.Books.Describe(ctx, meta(ctx, d.Firm, ""), d.ID, x); err != nil {
		return nil, err
	}
	return a.invoice(ctx, d.ID)
}

func (a *API) creditInvoice(ctx context.Context, in *creditInvoiceInput) (*body[Invoice], error) {
	d, err := a.document(ctx, in.AtInvoice)
	if err != nil {
		return nil, err
	}
	open, today, err := a.openOf(ctx, d)
	if err != nil {
		return nil, err
	}
	total := open
	if in.Body.Amount != "" {
		if total, err = positive("amount", in.Body.Amount, d.Total.Currency); err != nil {
			return nil, err
		}
	}
	issued, err := day("issued", in.Body.Issued, today)
	if err != nil {
		return nil, err
	}
	note, err := a.Books.Post(ctx, meta(ctx, d.Firm, in.Key), ledger.Document{Customer: d.Customer, Type: ledger.CreditNote,
		Number: strings.TrimSpace(in.Body.Number), Issued: issued, Due: issued, Total: total, Corrects: d.ID, PO: d.PO, Description: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	if line := min(open.Minor, total.Minor); in.Body.Allocate && line > 0 {
		key := in.Key
		if key != "" {
			key += ":allocate"
		}
		_, err := a.Books.Allocate(ctx, meta(ctx, d.Firm, key), ledger.Source{Credit: note.ID}, []ledger.Line{{Document: d.ID, Amount: line}}, 0)
		if err != nil {
			return nil, err
		}
	}
	return a.invoice(ctx, note.ID)
}

// openOf is what is left of a document today.
func (a *API) openOf(ctx context.Context, d ledger.Document) (open money.Amount, today civil.Date, err error) {
	err = a.Books.View(ctx, func(r *books.Reader) error {
		acc, err := r.Account(d.Customer)
		if err != nil {
			return err
		}
		if today, err = r.Today(d.Firm); err != nil {
			return err
		}
		open = acc.Open(d.ID, today)
		return nil
	})
	return open, today, err
}

func (a *API) voidInvoice(ctx context.Context, in *voidInvoiceInput) (*body[Invoice], error) {
	d, err := a.document(ctx, in.AtInvoice)
	if err != nil {
		return nil, err
	}
	if _, err := a.Books.Void(ctx, meta(ctx, d.Firm, ""), d.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.invoice(ctx, d.ID)
}

func (a *API) writeOffInvoice(ctx context.Context, in *writeOffInput) (*body[Invoice], error) {
	d, err := a.document(ctx, in.AtInvoice)
	if err != nil {
		return nil, err
	}
	v, _, err := a.openOf(ctx, d)
	if err == nil && in.Body.Amount != "" {
		v, err = positive("amount", in.Body.Amount, d.Total.Currency)
	}
	if err != nil {
		return nil, err
	}
	if _, err := a.Books.WriteOff(ctx, meta(ctx, d.Firm, in.Key), d.ID, v, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.invoice(ctx, d.ID)
}

func (a *API) allocateCredit(ctx context.Context, in *allocateCreditInput) (*body[Invoice], error) {
	d, err := a.document(ctx, in.AtInvoice)
	if err != nil {
		return nil, err
	}
	if d.Type != ledger.CreditNote {
		return nil, fault.Conflictf("allocation.source", "only a credit note or a payment can settle invoices")
	}
	lines, on, err := in.Body.ledger(d.Total.Currency)
	if err != nil {
		return nil, err
	}
	if _, err := a.Books.Allocate(ctx, meta(ctx, d.Firm, in.Key), ledger.Source{Credit: d.ID}, lines, on); err != nil {
		return nil, err
	}
	return a.invoice(ctx, d.ID)
}
