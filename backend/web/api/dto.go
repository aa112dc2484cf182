package api

import "time"

// Money is an exact amount.
type Money struct {
	Amount   string `json:"amount" example:"1210.00" doc:"Major units with the currency's decimals."`
	Currency string `json:"currency" example:"EUR" doc:"ISO 4217 code."`
}

// Ref points at a thing, with what people call it.
type Ref struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Name   string `json:"name"`
}

// Address is a postal address.
type Address struct {
	Street     string `json:"street,omitempty" maxLength:"200"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"20"`
	City       string `json:"city,omitempty" maxLength:"100"`
	Country    string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166 code."`
}

// Balance is what a customer owes in one currency.
type Balance struct {
	Currency  string `json:"currency"`
	Open      string `json:"open" doc:"Open invoices and debit notes."`
	Overdue   string `json:"overdue" doc:"The part of open that is past its due date."`
	Credit    string `json:"credit" doc:"Unapplied receipts and credit notes."`
	Net       string `json:"net" doc:"Open less credit."`
	OpenCount int    `json:"open_count"`
}

// Event is one entry of the journal as people see it.
type Event struct {
	Seq      uint64            `json:"seq"`
	At       time.Time         `json:"at"`
	Kind     string            `json:"kind" example:"receipt.recorded"`
	Actor    Actor             `json:"actor"`
	Customer *Ref              `json:"customer,omitempty"`
	Invoices []Ref             `json:"invoices" nullable:"false" doc:"Documents that it is about."`
	Facts    map[string]string `json:"facts" doc:"Values for the sentence of this kind: amount, currency, number, reason …"`
}

// Actor is who did it.
type Actor struct {
	Kind string `json:"kind" enum:"system,user,contact,pay_link,provider,importer,cli"`
	Name string `json:"name"`
}

// InList is what every list takes.
type InList struct {
	Firm   string `query:"firm" doc:"The firm; the first one when left out."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor string `query:"cursor" maxLength:"500"`
}

// InSkip lets a grid jump.
type InSkip struct {
	Skip int `query:"skip" minimum:"0" maximum:"10000000" doc:"Rows to leave out after the cursor: for grids that jump."`
}

// InFirm picks the firm.
type InFirm struct {
	Firm string `query:"firm" doc:"The firm; the first one when left out."`
}

// InKey carries the idempotency key of a write.
type InKey struct {
	Key string `header:"Idempotency-Key" maxLength:"100" doc:"A repeated request with the same key has one effect."`
}
