package api

import (
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
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

// CustomerPage is a piece of the list with the length and totals of all of it.
type CustomerPage struct {
	Page[CustomerRow]
	Total  int       `json:"total" doc:"Length of the whole list."`
	Totals []Balance `json:"totals" nullable:"false" doc:"Over the whole list, per currency."`
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

// OpenItems is everything of a customer that is not settled.
type OpenItems struct {
	AsOf     string       `json:"as_of" format:"date"`
	Balances []Balance    `json:"balances" nullable:"false"`
	Invoices []InvoiceRow `json:"invoices" nullable:"false" doc:"Open invoices and debit notes, oldest due first."`
	Credits  []InvoiceRow `json:"credits" nullable:"false" doc:"Credit notes with something left."`
	Payments []PaymentRow `json:"payments" nullable:"false" doc:"Receipts with something left."`
}

// AtCustomer is the thing that the path names.
type AtCustomer struct {
	Customer string `path:"customer" doc:"The customer's id."`
}

type customersInput struct {
	InList
	InSkip
	Q        string `query:"q" maxLength:"200" doc:"Part of the number, name or city."`
	Filter   string `query:"filter" enum:"all,open,overdue,credit" default:"all"`
	State    string `query:"state" enum:"active,blocked,archived"`
	Currency string `query:"currency" maxLength:"3"`
	Sort     string `query:"sort" enum:"number,-number,name,-name,city,-city,open,-open,overdue,-overdue,credit,-credit,days_late,-days_late,oldest_due,-oldest_due" default:"number"`
	Number   string `query:"number" maxLength:"40" doc:"Exactly this number."`
}

func (a *API) customers() {
	add(a, op("GET /customers", "listCustomers", "customers", "Customers with what they owe", access.Read), a.listCustomers)
	add(a, op("POST /customers", "createCustomer", "customers", "Add a customer", access.CustomersWrite, 201), a.createCustomer)
	add(a, op("GET /customers/{customer}", "getCustomer", "customers", "One customer with balances and contacts", access.Read), a.getCustomer)
	add(a, op("PATCH /customers/{customer}", "updateCustomer", "customers", "Change a customer", access.CustomersWrite), a.updateCustomer)
	add(a, op("GET /customers/{customer}/open-items", "getOpenItems", "customers", "What is not settled", access.Read), a.getOpenItems)
	add(a, op("GET /customers/{customer}/timeline", "getTimeline", "customers", "Everything that happened, newest first", access.Read), a.getTimeline)
	add(a, op("PUT /customers/{customer}/contacts", "putContact", "customers", "Add or change a contact", access.CustomersWrite), a.putContact)
}

type createCustomerInput struct {
	InFirm
	InKey
	Body CustomerInput
}

type updateCustomerInput struct {
	AtCustomer
	Body CustomerPatch
}

type openItemsInput struct {
	AtCustomer
	AsOf string `query:"as_of" format:"date"`
}

type timelineInput struct {
	AtCustomer
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"40"`
}

// id reads the customer's id.
func (at AtCustomer) id() (id ledger.CustomerID, err error) {
	return id, id.UnmarshalText([]byte(at.Customer))
}

func (a *API) listCustomers(ctx context.Context, in *customersInput) (*body[CustomerPage], error) {
	q := openitems.CustomerQuery{Text: in.Q, Number: in.Number, Filter: in.Filter, State: in.State, Currency: money.Currency(strings.ToUpper(in.Currency)),
		Page: openitems.Page{Sort: in.Sort, Limit: in.Limit, Skip: in.Skip, Cursor: in.Cursor}}
	var err error
	if q.Firm, q.AsOf, err = a.firmToday(ctx, in.Firm); err != nil {
		return nil, err
	}
	a.fresh(ctx)
	list, err := a.Lists.Customers(ctx, q)
	if err != nil {
		return nil, err
	}
	return answer(CustomersOf(list, q.AsOf), nil)
}

// CustomersOf is a page of customers as JSON; the command line prints the same rows.
func CustomersOf(list openitems.CustomerList, asOf civil.Date) CustomerPage {
	out := CustomerPage{Page: Page[CustomerRow]{Items: make([]CustomerRow, len(list.Rows)), NextCursor: list.Next}, Total: list.Count, Totals: balancesOf(list.Totals)}
	for i, l := range list.Rows {
		row := CustomerRow{ID: l.ID.String(), Number: l.Customer.Number, Name: l.Name, City: l.Address.City,
			State: customerNames[l.State], Currency: string(l.Balance.Currency), Open: l.Balance.Gross.String(),
			Overdue: l.Balance.Overdue.String(), Credit: l.Balance.Unapplied.String(), OpenCount: l.OpenCount, OldestDue: l.OldestDue.String()}
		if !l.OldestDue.IsZero() {
			row.DaysLate = max(0, civil.Days(l.OldestDue, asOf))
		}
		out.Items[i] = row
	}
	return out
}

func balancesOf(list []openitems.Total) []Balance {
	out := make([]Balance, len(list))
	for i, t := range list {
		out[i] = Balance{Currency: string(t.Currency), Open: t.Gross.String(), Overdue: t.Balance.Overdue.String(), Credit: t.Unapplied.String(),
			Net: t.Net.String(), OpenCount: t.Count}
	}
	return out
}

func (a *API) createCustomer(ctx context.Context, in *createCustomerInput) (*body[Customer], error) {
	var c ledger.Customer
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	c.Number, c.Name = in.Body.Number, in.Body.Name
	if err := in.Body.CustomerPatch.apply(&c, f); err != nil {
		return nil, err
	}
	if c, err = a.Books.PutCustomer(ctx, meta(ctx, f.ID, in.Key), c); err != nil {
		return nil, err
	}
	return a.customer(ctx, c.ID)
}

func (a *API) getCustomer(ctx context.Context, in *AtCustomer) (*body[Customer], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return a.customer(ctx, id)
}

func (a *API) updateCustomer(ctx context.Context, in *updateCustomerInput) (*body[Customer], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var c ledger.Customer
	var f ledger.Firm
	err = a.Books.View(ctx, func(r *books.Reader) (err error) {
		if c, err = r.Customer(id); err == nil {
			f, err = r.Firm(c.Firm)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := in.Body.apply(&c, f); err != nil {
		return nil, err
	}
	if _, err := a.Books.PutCustomer(ctx, meta(ctx, c.Firm, ""), c); err != nil {
		return nil, err
	}
	return a.customer(ctx, id)
}

// apply changes what was given.
func (p CustomerPatch) apply(c *ledger.Customer, f ledger.Firm) error {
	texts := []struct {
		to   *string
		from *string
	}{{&c.Name, p.Rename}, {&c.Language, p.Language}, {&c.Email, p.Email}, {&c.Phone, p.Phone}, {&c.VATID, p.VATID},
		{&c.ChamberNo, p.ChamberNo}, {&c.IBAN, p.IBAN}, {&c.Class, p.Class}, {&c.Note, p.Note}}
	for _, t := range texts {
		if t.from != nil {
			*t.to = strings.TrimSpace(*t.from)
		}
	}
	if p.Party != nil {
		c.Party = ledger.Party(named(partyNames, *p.Party))
	}
	if p.State != nil {
		c.State = ledger.CustomerState(named(customerNames, *p.State))
	}
	if p.Address != nil {
		c.Address = p.Address.ledger()
	}
	if p.TermDays != nil {
		c.TermDays = *p.TermDays
	}
	if p.NoDunning != nil {
		c.NoDunning = *p.NoDunning
	}
	if p.CreditLimit != nil {
		c.CreditLimit = 0
		if *p.CreditLimit != "" {
			v, err := positive("credit_limit", *p.CreditLimit, f.Currency)
			if err != nil {
				return err
			}
			c.CreditLimit = v.Minor
		}
	}
	return nil
}

// customer reads a customer with balances and contacts.
func (a *API) customer(ctx context.Context, id ledger.CustomerID) (*body[Customer], error) {
	var v Customer
	err := a.Books.View(ctx, func(r *books.Reader) error {
		acc, err := r.Account(id)
		if err != nil {
			return err
		}
		c := acc.Customer
		today, err := r.Today(c.Firm)
		if err != nil {
			return err
		}
		v = Customer{ID: c.ID.String(), Number: c.Number, Name: c.Name, Party: partyNames[c.Party], State: customerNames[c.State],
			Language: c.Language, Address: address(c.Address), Email: c.Email, Phone: c.Phone, VATID: c.VATID, ChamberNo: c.ChamberNo,
			IBAN: c.IBAN, TermDays: c.TermDays, Class: c.Class, Note: c.Note, NoDunning: c.NoDunning,
			Balances: balances(acc, today), Contacts: []Contact{}}
		if c.CreditLimit != 0 {
			f, err := r.Firm(c.Firm)
			if err != nil {
				return err
			}
			v.CreditLimit = minor(c.CreditLimit, f.Currency)
		}
		people, err := r.ContactsOf(id)
		for _, p := range people {
			v.Contacts = append(v.Contacts, contactView(p, id))
		}
		return err
	})
	return answer(v, err)
}

func (a *API) getOpenItems(ctx context.Context, in *openItemsInput) (*body[OpenItems], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	v := OpenItems{Invoices: []InvoiceRow{}, Credits: []InvoiceRow{}, Payments: []PaymentRow{}}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		acc, err := r.Account(id)
		if err != nil {
			return err
		}
		today, err := r.Today(acc.Customer.Firm)
		if err != nil {
			return err
		}
		asOf, err := day("as_of", in.AsOf, today)
		if err != nil {
			return err
		}
		ref := customerRef(acc.Customer)
		v.AsOf, v.Balances = asOf.String(), balances(acc, asOf)
		for _, it := range acc.OpenItems(asOf) {
			d, _ := acc.Document(it.ID)
			v.Invoices = append(v.Invoices, invoiceRow(d, ref, it.Open, acc.DueOn(d, asOf), asOf))
		}
		for _, d := range acc.Documents {
			if open := acc.Open(d.ID, asOf); !d.Type.Debit() && open.Minor != 0 {
				v.Credits = append(v.Credits, invoiceRow(d, ref, open, d.Due, asOf))
			}
		}
		for _, rc := range acc.Receipts {
			if left := acc.Unapplied(rc.ID, asOf); left.Minor != 0 {
				v.Payments = append(v.Payments, paymentRow(rc, &ref, left.Minor, acc.Returned(rc.ID, asOf).Minor))
			}
		}
		return nil
	})
	return answer(v, err)
}

func (a *API) getTimeline(ctx context.Context, in *timelineInput) (*body[Page[Event]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var page Page[Event]
	err = a.Books.View(ctx, func(r *books.Reader) (err error) {
		if _, err = r.Customer(id); err == nil {
			page, err = timeline(r, id.Bytes(), in.Cursor, in.Limit)
		}
		return err
	})
	return answer(page, err)
}
