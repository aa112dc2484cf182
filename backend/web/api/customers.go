package api

import (
	"time"

	"github.com/voldaan/voldaan/backend/access"
)

// CustomerRow is a line of the customers grid: one per customer and currency (the firm's own when nothing is open).
type CustomerRow struct {
	ID        string `json:"id"`
	Number    string `json:"number"`
	Name      string `json:"name"`
	City      string `json:"city"`
	State     string `json:"state" enum:"active,blocked,archived"`
	Currency  string `json:"currency"`
	Open      string `json:"open"`
	Overdue   string `json:"overdue"`
	Credit    string `json:"credit"`
	OpenCount int    `json:"open_count"`
	DaysLate  int    `json:"days_late" doc:"Of the oldest overdue invoice."`
	OldestDue string `json:"oldest_due" doc:"Due date of the oldest open invoice."`
}

// Customer is who owes.
type Customer struct {
	ID          string    `json:"id"`
	Number      string    `json:"number"`
	Name        string    `json:"name"`
	Party       string    `json:"party" enum:"unknown,business,consumer,public"`
	State       string    `json:"state" enum:"active,blocked,archived"`
	Language    string    `json:"language" doc:"Empty: the firm's."`
	Address     Address   `json:"address"`
	Email       string    `json:"email"`
	Phone       string    `json:"phone"`
	VATID       string    `json:"vat_id"`
	ChamberNo   string    `json:"chamber_no"`
	IBAN        string    `json:"iban"`
	TermDays    int       `json:"term_days" doc:"0: the firm's 30."`
	CreditLimit string    `json:"credit_limit" doc:"In the firm's currency; empty when none is set."`
	Class       string    `json:"class"`
	Note        string    `json:"note"`
	NoDunning   bool      `json:"no_dunning"`
	Balances    []Balance `json:"balances" nullable:"false"`
	Contacts    []Contact `json:"contacts" nullable:"false"`
}

// CustomerInput makes a customer.
type CustomerInput struct {
	Number string `json:"number" minLength:"1" maxLength:"40" doc:"Kept as written, zeros included."`
	Name   string `json:"name" minLength:"1" maxLength:"200"`
	CustomerPatch
}

// CustomerPatch changes parts of a customer; what is left out stays.
type CustomerPatch struct {
	Rename      *string  `json:"rename,omitempty" minLength:"1" maxLength:"200" doc:"A new name."`
	Party       *string  `json:"party,omitempty" enum:"unknown,business,consumer,public"`
	State       *string  `json:"state,omitempty" enum:"active,blocked,archived"`
	Language    *string  `json:"language,omitempty" pattern:"^(nl|en|fr|de)?$"`
	Address     *Address `json:"address,omitempty"`
	Email       *string  `json:"email,omitempty" maxLength:"254"`
	Phone       *string  `json:"phone,omitempty" maxLength:"40"`
	VATID       *string  `json:"vat_id,omitempty" maxLength:"30"`
	ChamberNo   *string  `json:"chamber_no,omitempty" maxLength:"30"`
	IBAN        *string  `json:"iban,omitempty" maxLength:"42"`
	TermDays    *int     `json:"term_days,omitempty" minimum:"0" maximum:"365"`
	CreditLimit *string  `json:"credit_limit,omitempty" maxLength:"20" doc:"Empty takes it away."`
	Class       *string  `json:"class,omitempty" maxLength:"40"`
	Note        *string  `json:"note,omitempty" maxLength:"4000"`
	NoDunning   *bool    `json:"no_dunning,omitempty"`
}

// Contact is a person who may use the portal for a customer.
type Contact struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Language string `json:"language"`
	State    string `json:"state" enum:"invited,active,closed"`
	Rights   string `json:"rights" enum:"view,pay,manage" doc:"For this customer."`
}

// ContactInput adds a contact to a customer, or changes it: the e-mail address is the key.
type ContactInput struct {
	Name     string `json:"name" maxLength:"200"`
	Email    string `json:"email" format:"email" maxLength:"254"`
	Phone    string `json:"phone,omitempty" maxLength:"40"`
	Language string `json:"language,omitempty" pattern:"^(nl|en|fr|de)?$"`
	Rights   string `json:"rights" enum:"view,pay,manage"`
	State    string `json:"state,omitempty" enum:"invited,active,closed"`
}

// OpenItems is everything of a customer that is not settled.
type OpenItems struct {
	AsOf     string       `json:"as_of" format:"date"`
	Balances []Balance    `json:"balances" nullable:"false"`
	Invoices []InvoiceRow `json:"invoices" nullable:"false" doc:"Open invoices and debit notes, oldest due first."`
	Credits  []InvoiceRow `json:"credits" nullable:"false" doc:"Credit notes with something left."`
	Payments []PaymentRow `json:"payments" nullable:"false" doc:"Receipts with something left."`
}

// SignInLinkInput asks for a link into the portal.
type SignInLinkInput struct {
	Email string `json:"email,omitempty" maxLength:"254" doc:"Which contact; the first active one when left out. An unknown address becomes a contact that may pay."`
	Send  bool   `json:"send,omitempty" doc:"Mail it as well."`
}

// PayLinkInput asks for a link that shows and pays these invoices, without a sign-in.
type PayLinkInput struct {
	Invoices []string `json:"invoices" minItems:"1" maxItems:"100" nullable:"false" doc:"Ids."`
	Send     bool     `json:"send,omitempty" doc:"Mail it to the customer as well."`
	Email    string   `json:"email,omitempty" maxLength:"254"`
}

// Link is a link for a customer. The address is shown only here.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
	SentTo    string    `json:"sent_to" doc:"Empty when it was not mailed."`
}

// AtCustomer is the thing that the path names.
type AtCustomer struct {
	Customer string `path:"customer" doc:"The customer's id."`
}

type customersInput struct {
	InList
	Q        string `query:"q" maxLength:"200" doc:"Part of the number, name or city."`
	Filter   string `query:"filter" enum:"all,open,overdue,credit" default:"all"`
	State    string `query:"state" enum:"active,blocked,archived"`
	Currency string `query:"currency" maxLength:"3"`
	Sort     string `query:"sort" enum:"number,-number,name,-name,city,-city,open,-open,overdue,-overdue,credit,-credit,days_late,-days_late,oldest_due,-oldest_due" default:"number"`
	Number   string `query:"number" maxLength:"40" doc:"Exactly this number."`
}

func (a *API) customers() {
	add(a, op("GET /customers", "listCustomers", "customers", "Customers with what they owe", access.Read), pending[customersInput, body[CountedPage[CustomerRow]]])
	add(a, op("POST /customers", "createCustomer", "customers", "Add a customer", access.CustomersWrite, 201), pending[struct {
		InFirm
		InKey
		Body CustomerInput
	}, body[Customer]])
	add(a, op("GET /customers/{customer}", "getCustomer", "customers", "One customer with balances and contacts", access.Read), pending[AtCustomer, body[Customer]])
	add(a, op("PATCH /customers/{customer}", "updateCustomer", "customers", "Change a customer", access.CustomersWrite), pending[struct {
		AtCustomer
		Body CustomerPatch
	}, body[Customer]])
	add(a, op("GET /customers/{customer}/open-items", "getOpenItems", "customers", "What is not settled", access.Read), pending[struct {
		AtCustomer
		AsOf string `query:"as_of" format:"date"`
	}, body[OpenItems]])
	add(a, op("GET /customers/{customer}/timeline", "getTimeline", "customers", "Everything that happened, newest first", access.Read), pending[struct {
		AtCustomer
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Cursor string `query:"cursor" maxLength:"40"`
	}, body[Page[Event]]])
	add(a, op("PUT /customers/{customer}/contacts", "putContact", "customers", "Add or change a contact", access.CustomersWrite), pending[struct {
		AtCustomer
		Body ContactInput
	}, body[Contact]])
	add(a, op("POST /customers/{customer}/sign-in-link", "createSignInLink", "customers", "Make, and mail, a sign-in link", access.LinksCreate, 201), pending[struct {
		AtCustomer
		Body SignInLinkInput
	}, body[Link]])
	add(a, op("POST /customers/{customer}/pay-link", "createPayLink", "customers", "Make, and mail, a pay link for a selection", access.LinksCreate, 201), pending[struct {
		AtCustomer
		Body PayLinkInput
	}, body[Link]])
}
