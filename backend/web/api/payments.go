package api

import (
	"time"

	"github.com/voldaan/voldaan/backend/access"
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

// Attempt is one try to pay at the provider.
type Attempt struct {
	ID         string        `json:"id"`
	Customer   Ref           `json:"customer"`
	Created    time.Time     `json:"created"`
	Checked    *time.Time    `json:"checked,omitempty" doc:"When the provider was last asked."`
	Currency   string        `json:"currency"`
	Amount     string        `json:"amount"`
	Method     string        `json:"method"`
	Provider   string        `json:"provider"`
	ProviderID string        `json:"provider_id"`
	Mode       string        `json:"mode" doc:"live or test."`
	State      string        `json:"state" enum:"created,open,pending,paid,failed,canceled,expired"`
	FailReason string        `json:"fail_reason"`
	Finding    string        `json:"finding" doc:"Why it needs a person; empty when it does not."`
	Payment    string        `json:"payment" doc:"Id of the receipt once it is paid."`
	Lines      []AttemptLine `json:"lines" nullable:"false"`
}

// AttemptLine is what one invoice gets when the attempt is paid.
type AttemptLine struct {
	Invoice  Ref    `json:"invoice"`
	Amount   string `json:"amount"`
	Discount string `json:"discount"`
}

// AtPayment is the thing that the path names.
type AtPayment struct {
	Payment string `path:"payment" doc:"The receipt's id."`
}

// AtAttempt is the thing that the path names.
type AtAttempt struct {
	Attempt string `path:"attempt"`
}

type paymentsInput struct {
	InList
	Q        string `query:"q" maxLength:"200" doc:"Part of the payer, reference, provider's id or customer."`
	Status   string `query:"status" enum:"all,unidentified,unapplied,applied,returned" default:"all"`
	Customer string `query:"customer"`
	Method   string `query:"method" maxLength:"40"`
	From     string `query:"from" format:"date"`
	To       string `query:"to" format:"date"`
	Sort     string `query:"sort" enum:"date,-date,amount,-amount,unapplied,-unapplied,customer,-customer" default:"-date"`
}

func (a *API) payments() {
	add(a, op("GET /payments", "listPayments", "payments", "Money that came in", access.Read), pending[paymentsInput, body[CountedPage[PaymentRow]]])
	add(a, op("POST /payments", "recordPayment", "payments", "Record a transfer by hand", access.PaymentsWrite, 201), pending[struct {
		InFirm
		InKey
		Body PaymentInput
	}, body[Payment]])
	add(a, op("GET /payments/{payment}", "getPayment", "payments", "One receipt with what was done with it", access.Read), pending[AtPayment, body[Payment]])
	add(a, op("GET /payments/{payment}/proposal", "proposeAllocation", "payments", "How its rest would be applied, oldest first", access.Read), pending[AtPayment, body[Proposal]])
	add(a, op("POST /payments/{payment}/allocations", "allocatePayment", "payments", "Apply it to invoices", access.PaymentsWrite), pending[struct {
		AtPayment
		InKey
		Body AllocateInput
	}, body[Payment]])
	add(a, op("POST /payments/{payment}/customer", "assignPayment", "payments", "Say whose money it is", access.PaymentsWrite), pending[struct {
		AtPayment
		Body AssignInput
	}, body[Payment]])
	add(a, op("POST /allocations/{allocation}/reverse", "unallocate", "payments", "Take an allocation back", access.PaymentsWrite), pending[struct {
		Allocation string `path:"allocation"`
		Body       ReasonInput
	}, body[Allocation]])
	add(a, op("GET /attempts", "listAttempts", "payments", "Tries to pay on the portal, newest first", access.Read), pending[struct {
		InList
		Customer string `query:"customer"`
		Filter   string `query:"filter" enum:"all,open,attention" default:"all" doc:"attention: those that need a person."`
	}, body[Page[Attempt]]])
	add(a, op("GET /attempts/{attempt}", "getAttempt", "payments", "One try to pay", access.Read), pending[AtAttempt, body[Attempt]])
	add(a, op("POST /attempts/{attempt}/check", "checkAttempt", "payments", "Ask the provider now", access.PaymentsWrite), pending[AtAttempt, body[Attempt]])
}
