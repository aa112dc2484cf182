package api

import "github.com/voldaan/voldaan/backend/access"

// Home is what the first page of the desk shows.
type Home struct {
	AsOf       string         `json:"as_of" format:"date"`
	Bounds     []int          `json:"bounds" nullable:"false" doc:"Days past due where buckets begin: 0, 30, 60, 90."`
	Currencies []HomeCurrency `json:"currencies" nullable:"false"`
	Latest     []Event        `json:"latest" nullable:"false"`
	Worklist   []WorkItem     `json:"worklist" nullable:"false"`
	Customers  int            `json:"customers"`
	Invoices   int            `json:"invoices" doc:"Open invoices."`
}

// HomeCurrency is the standing in one currency.
type HomeCurrency struct {
	Currency     string   `json:"currency"`
	Open         string   `json:"open"`
	Overdue      string   `json:"overdue"`
	Credit       string   `json:"credit"`
	Net          string   `json:"net"`
	OpenCount    int      `json:"open_count"`
	OverdueCount int      `json:"overdue_count"`
	Buckets      []Bucket `json:"buckets" nullable:"false"`
}

// Bucket is a slice of the aging. The first one is not yet due.
type Bucket struct {
	From   int    `json:"from" doc:"Days past due; the first bucket (not due) has -1."`
	To     int    `json:"to" doc:"0: no end."`
	Amount string `json:"amount"`
	Count  int    `json:"count"`
}

// WorkItem is something for a person to do, most pressing first.
type WorkItem struct {
	Kind     string `json:"kind" enum:"call,identify,allocate,attempt,import" doc:"call: overdue longest; identify: a receipt without customer; allocate: money on account beside open invoices; attempt: a payment that needs a person; import: staged, not applied."`
	Customer *Ref   `json:"customer,omitempty"`
	Payment  string `json:"payment,omitempty" doc:"Id of the receipt."`
	Attempt  string `json:"attempt,omitempty"`
	Import   string `json:"import,omitempty"`
	Amount   *Money `json:"amount,omitempty"`
	Days     int    `json:"days" doc:"Days late, or waiting."`
	Count    int    `json:"count" doc:"Invoices concerned."`
	Phone    string `json:"phone,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// Aging is the aging report.
type Aging struct {
	AsOf       string          `json:"as_of" format:"date"`
	Bounds     []int           `json:"bounds" nullable:"false"`
	Currencies []AgingCurrency `json:"currencies" nullable:"false"`
}

// AgingCurrency is the report in one currency. Buckets: not due, then one per bound.
type AgingCurrency struct {
	Currency  string          `json:"currency"`
	Gross     string          `json:"gross"`
	Overdue   string          `json:"overdue"`
	Unapplied string          `json:"unapplied"`
	Net       string          `json:"net"`
	Buckets   []string        `json:"buckets" nullable:"false"`
	Customers []AgingCustomer `json:"customers,omitempty"`
}

// AgingCustomer is one customer's line.
type AgingCustomer struct {
	ID      string   `json:"id"`
	Number  string   `json:"number"`
	Name    string   `json:"name"`
	Gross   string   `json:"gross"`
	Overdue string   `json:"overdue"`
	Credit  string   `json:"credit"`
	Buckets []string `json:"buckets" nullable:"false"`
}

// Hit is something found.
type Hit struct {
	Type     string  `json:"type" enum:"customer,contact,invoice,credit_note,debit_note,payment"`
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Subtitle string  `json:"subtitle"`
	Score    float64 `json:"score"`
}

type agingInput struct {
	InFirm
	AsOf string `query:"as_of" format:"date"`
	By   string `query:"by" enum:"customer"`
}

type searchInput struct {
	InFirm
	Q     string `query:"q" required:"true" maxLength:"200"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"12"`
}

func (a *API) home() {
	add(a, op("GET /home", "getHome", "reports", "Open, overdue, aging, what happened and what is to be done", access.Read), pending[struct {
		InFirm
		AsOf string `query:"as_of" format:"date"`
	}, body[Home]])
	add(a, op("GET /reports/aging", "getAging", "reports", "Aging per currency, by customer when asked", access.Read), pending[agingInput, body[Aging]])
	add(a, op("GET /search", "search", "reports", "Find customers, invoices and payments; exact numbers come first", access.Read), pending[searchInput, body[Page[Hit]]])
	add(a, op("GET /activity", "listActivity", "reports", "What happened, newest first", access.Read), pending[struct {
		InList
		Kind string `query:"kind" maxLength:"50" doc:"Only this kind of event."`
	}, body[Page[Event]]])
}
