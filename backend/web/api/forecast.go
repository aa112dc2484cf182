package api

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/voldaan/voldaan/backend/openitems"
)

// Forecast is when open invoices will probably be paid (rulebook 1.8).
type Forecast struct {
	AsOf       string            `json:"as_of" format:"date"`
	Invoices   []ForecastInvoice `json:"invoices" nullable:"false" doc:"By projected date."`
	Total      int               `json:"total" doc:"Length of the whole list of invoices."`
	NextCursor string            `json:"next_cursor" doc:"Give it as ?cursor for the next invoices; empty at the end."`
	Weeks      []ForecastWeek    `json:"weeks" nullable:"false" doc:"By currency, then week; weeks without money are left out."`
}

// ForecastInvoice is an open invoice.
type ForecastInvoice struct {
	ID           string `json:"id"`
	Number       string `json:"number"`
	Customer     string `json:"customer" doc:"The customer's number."`
	CustomerName string `json:"customer_name"`
	Due          string `json:"due" format:"date"`
	Currency     string `json:"currency"`
	Open         string `json:"open"`
	ForecastDate
}

// ForecastDate is when one invoice will probably be paid in full.
type ForecastDate struct {
	Projected string `json:"projected" format:"date" doc:"A business day after the day of the report."`
	Earliest  string `json:"earliest" doc:"Where the typical range starts; empty where too little is known."`
	Latest    string `json:"latest" doc:"Where the typical range ends; empty where too little is known."`
	Basis     string `json:"basis" enum:"promise,plan,autopay,customer,portfolio,terms" doc:"What it rests on: something arranged, the customer's own habit, everybody's habit, or just the due date."`
	Paid      int    `json:"paid_invoices" doc:"Paid invoices of the customer that it rests on."`
}

// ForecastWeek is the money expected in one week and currency.
type ForecastWeek struct {
	Currency string `json:"currency"`
	Week     string `json:"week" format:"date" doc:"The Monday."`
	Expected string `json:"expected"`
	Invoices int    `json:"invoices" doc:"Invoices of which money is expected."`
}

type forecastInput struct {
	InList
	AsOf string `query:"as_of" format:"date"`
	Week string `query:"week" format:"date" doc:"A Monday: only invoices that will be paid in full in that week."`
}

func (a *API) getForecast(ctx context.Context, in *forecastInput) (*body[Forecast], error) {
	firm, today, err := a.firmToday(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	on, err := day("as_of", in.AsOf, today)
	if err != nil {
		return nil, err
	}
	week, err := day("week", in.Week, 0)
	if err != nil {
		return nil, err
	}
	from, err := strconv.Atoi(cmp.Or(in.Cursor, "0"))
	if err != nil || from < 0 {
		return nil, wrong("cursor", "request.cursor", "this is not a cursor of this list")
	}
	a.fresh(ctx)
	f, err := a.Lists.Forecast(firm, on)
	if err != nil {
		return nil, err
	}
	if week != 0 {
		f.Invoices = slices.DeleteFunc(f.Invoices, func(x openitems.Expected) bool { return x.Date < week || x.Date >= week.AddDays(7) })
	}
	total := len(f.Invoices)
	from = min(from, total)
	to := min(from+in.Limit, total)
	f.Invoices = f.Invoices[from:to]
	v := ForecastOf(f)
	if v.Total = total; to < total {
		v.NextCursor = strconv.Itoa(to)
	}
	return answer(v, nil)
}

// ForecastOf is the forecast as JSON; the command line prints the same.
func ForecastOf(f openitems.Forecast) Forecast {
	v := Forecast{AsOf: f.AsOf.String(), Total: len(f.Invoices), Invoices: []ForecastInvoice{}, Weeks: []ForecastWeek{}}
	for _, x := range f.Invoices {
		v.Invoices = append(v.Invoices, ForecastInvoice{ID: x.Document.String(), Number: x.Number, Customer: x.CustomerNumber, CustomerName: x.CustomerName,
			Due: x.Due.String(), Currency: string(x.Open.Currency), Open: x.Open.String(), ForecastDate: forecastDate(x)})
	}
	for _, w := range f.Weeks {
		v.Weeks = append(v.Weeks, ForecastWeek{Currency: string(w.Amount.Currency), Week: w.Monday.String(), Expected: w.Amount.String(), Invoices: w.Invoices})
	}
	return v
}

func forecastDate(x openitems.Expected) ForecastDate {
	return ForecastDate{Projected: x.Date.String(), Earliest: x.Early.String(), Latest: x.Late.String(), Basis: x.Basis.String(), Paid: x.Projection.Invoices}
}
