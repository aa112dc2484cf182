package api

import (
	"time"

	"github.com/voldaan/voldaan/backend/access"
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
	Status    string `json:"status" enum:"open,part_paid,paid,overdue,void"`
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
	Q        string `query:"q" maxLength:"200" doc:"Part of the number, PO, reference, or customer's number or name."`
	Status   string `query:"status" enum:"all,open,overdue,due_soon,part_paid,paid,void" default:"all" doc:"open: anything with something left, overdue included."`
	Type     string `query:"type" enum:"invoice,credit_note,debit_note"`
	Customer string `query:"customer" doc:"The customer's id."`
	Currency string `query:"currency" maxLength:"3"`
	DueFrom  string `query:"due_from" format:"date"`
	DueTo    string `query:"due_to" format:"date"`
	AsOf     string `query:"as_of" format:"date"`
	Sort     string `query:"sort" enum:"number,-number,customer,-customer,issued,-issued,due,-due,total,-total,open,-open,days_late,-days_late" default:"-issued"`
}

// CountedPage is a page of a list whose length is known.
type CountedPage[T any] struct {
	Page[T]
	Total int `json:"total" doc:"Length of the whole list."`
}

func (a *API) invoices() {
	add(a, op("GET /invoices", "listInvoices", "invoices", "Invoices, credit notes and debit notes", access.Read), pending[invoicesInput, body[CountedPage[InvoiceRow]]])
	add(a, op("POST /invoices", "createInvoice", "invoices", "Post an invoice, credit note or debit note", access.InvoicesWrite, 201), pending[struct {
		InFirm
		InKey
		Body InvoiceInput
	}, body[Invoice]])
	add(a, op("GET /invoices/{invoice}", "getInvoice", "invoices", "One document with its allocations and payment attempts", access.Read), pending[AtInvoice, body[Invoice]])
	add(a, op("PATCH /invoices/{invoice}", "updateInvoice", "invoices", "Change PO number, reference or description", access.InvoicesWrite), pending[struct {
		AtInvoice
		Body InvoicePatch
	}, body[Invoice]])
	add(a, op("POST /invoices/{invoice}/credit", "creditInvoice", "invoices", "Post a credit note for it", access.InvoicesWrite, 201), pending[struct {
		AtInvoice
		InKey
		Body CreditInput
	}, body[Invoice]])
	add(a, op("POST /invoices/{invoice}/void", "voidInvoice", "invoices", "Void it; nothing may have been applied", access.InvoicesVoid), pending[struct {
		AtInvoice
		Body ReasonInput
	}, body[Invoice]])
	add(a, op("POST /invoices/{invoice}/write-off", "writeOffInvoice", "invoices", "Give up what is left", access.InvoicesVoid), pending[struct {
		AtInvoice
		InKey
		Body WriteOffInput
	}, body[Invoice]])
	add(a, op("POST /invoices/{invoice}/allocations", "allocateCredit", "invoices", "Apply a credit note to invoices", access.PaymentsWrite), pending[struct {
		AtInvoice
		InKey
		Body AllocateInput
	}, body[Invoice]])
}
