package api

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Home is what the first page of the desk shows.
type Home struct {
	AsOf       string         `json:"as_of" format:"date"`
	Bounds     []int          `json:"bounds" nullable:"false" doc:"Days past due where buckets end, inclusive: 0, 30, 60, 90; one more bucket is open-ended."`
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

// Bucket is a slice of the aging. The first one is not due yet.
type Bucket struct {
	Label  string `json:"label" example:"1–30" doc:"current, 1–30 …, >90: days past due."`
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
	add(a, op("GET /home", "getHome", "reports", "Open, overdue, aging, what happened and what is to be done", access.Read), a.getHome)
	add(a, op("GET /reports/aging", "getAging", "reports", "Aging per currency, by customer when asked", access.Read), a.getAging)
	add(a, op("GET /search", "search", "reports", "Find customers, invoices and payments; exact numbers come first", access.Read), a.search)
	add(a, op("GET /activity", "listActivity", "reports", "What happened, newest first", access.Read), a.listActivity)
}

type homeInput struct {
	InFirm
	AsOf string `query:"as_of" format:"date"`
}

type activityInput struct {
	InList
	Kind string `query:"kind" maxLength:"50" doc:"Only this kind of event."`
}

// report is the aging that a request asks for.
func (a *API) report(ctx context.Context, firm, asOf string) (id ledger.FirmID, on civil.Date, rep AgingReport, err error) {
	id, today, err := a.firmToday(ctx, firm)
	if err == nil {
		on, err = day("as_of", asOf, today)
	}
	if err == nil {
		rep, err = a.Lists.Aging(ctx, id, on)
	}
	return id, on, rep, err
}

func (a *API) getAging(ctx context.Context, in *agingInput) (*body[Aging], error) {
	_, on, rep, err := a.report(ctx, in.Firm, in.AsOf)
	if err != nil {
		return nil, err
	}
	return answer(AgingOf(rep, on, in.By == "customer"), nil)
}

// AgingOf is the aging report as JSON; the command line prints the same.
func AgingOf(rep AgingReport, on civil.Date, byCustomer bool) Aging {
	v := Aging{AsOf: on.String(), Bounds: rep.Bounds, Currencies: []AgingCurrency{}}
	for _, t := range rep.Currencies {
		c := AgingCurrency{Currency: string(t.Aging.Currency), Gross: t.Aging.Gross.String(), Overdue: t.Aging.Overdue.String(),
			Unapplied: t.Aging.Unapplied.String(), Net: t.Aging.Net.String(), Buckets: texts(t.Aging.Buckets)}
		for _, l := range t.Customers {
			if !byCustomer {
				break
			}
			c.Customers = append(c.Customers, AgingCustomer{ID: l.Customer.ID.String(), Number: l.Customer.Number, Name: l.Customer.Name,
				Gross: l.Aging.Gross.String(), Overdue: l.Aging.Overdue.String(), Credit: l.Aging.Unapplied.String(), Buckets: texts(l.Aging.Buckets)})
		}
		v.Currencies = append(v.Currencies, c)
	}
	return v
}

func texts(list []money.Amount) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return out
}

func (a *API) getHome(ctx context.Context, in *homeInput) (*body[Home], error) {
	firm, on, rep, err := a.report(ctx, in.Firm, in.AsOf)
	if err != nil {
		return nil, err
	}
	v := Home{AsOf: on.String(), Bounds: rep.Bounds, Currencies: []HomeCurrency{}, Worklist: []WorkItem{}}
	debtors := map[ledger.CustomerID]bool{}
	for _, t := range rep.Currencies {
		c := HomeCurrency{Currency: string(t.Aging.Currency), Open: t.Aging.Gross.String(), Overdue: t.Aging.Overdue.String(),
			Credit: t.Aging.Unapplied.String(), Net: t.Aging.Net.String()}
		for i, b := range t.Aging.Buckets {
			c.Buckets = append(c.Buckets, Bucket{Label: rep.Bounds.Label(i), Amount: b.String(), Count: t.Counts[i]})
			c.OpenCount += t.Counts[i]
			if i > 0 {
				c.OverdueCount += t.Counts[i]
			}
		}
		for _, l := range t.Customers {
			if l.Aging.Gross.Minor != 0 {
				debtors[l.Customer.ID] = true
			}
		}
		v.Invoices += c.OpenCount
		v.Currencies = append(v.Currencies, c)
	}
	v.Customers = len(debtors)
	latest, err := a.activity(ctx, firm, "", "", 20)
	if err != nil {
		return nil, err
	}
	v.Latest = latest.Items
	v.Worklist, err = a.worklist(ctx, firm, on, rep)
	return answer(v, err)
}

// worklistCalls bounds the customers to call; the aging has them all.
const worklistCalls = 8

// worklist is what a person should look at: money nobody knows whose it is, payments with a question, imports that wait,
// then the customers who are late with most.
func (a *API) worklist(ctx context.Context, firm ledger.FirmID, on civil.Date, rep AgingReport) ([]WorkItem, error) {
	out := []WorkItem{}
	err := a.Books.View(ctx, func(r *books.Reader) error {
		unknown, err := r.ReceiptsOf(ledger.CustomerID{})
		if err != nil {
			return err
		}
		for _, rc := range unknown {
			if rc.Firm == firm {
				out = append(out, WorkItem{Kind: "identify", Payment: rc.ID.String(), Amount: &Money{rc.Amount.String(), string(rc.Amount.Currency)},
					Days: civil.Days(rc.Date, on), Detail: rc.Payer})
			}
		}
		asked, err := attemptsOf(r, firm, ledger.CustomerID{}, "attention")
		if err != nil {
			return err
		}
		for _, x := range asked {
			c, err := r.Customer(x.Customer)
			if err != nil {
				return err
			}
			ref := customerRef(c)
			out = append(out, WorkItem{Kind: "attempt", Customer: &ref, Attempt: x.ID.String(), Detail: x.Finding,
				Amount: &Money{x.Amount.String(), string(x.Amount.Currency)}, Count: len(x.Lines)})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return append(out, calls(rep, on)...), nil
}

// calls are the customers who are late with most, and those with money on account beside open invoices.
func calls(rep AgingReport, on civil.Date) []WorkItem {
	var late, loose []WorkItem
	for _, t := range rep.Currencies {
		lines := slices.Clone(t.Customers)
		slices.SortFunc(lines, func(x, y AgingLine) int { return y.Aging.Overdue.Cmp(x.Aging.Overdue) })
		for i, l := range lines {
			ref := customerRef(l.Customer)
			if i < worklistCalls && l.Aging.Overdue.Minor > 0 {
				late = append(late, WorkItem{Kind: "call", Customer: &ref, Amount: &Money{l.Aging.Overdue.String(), string(t.Aging.Currency)},
					Days: civil.Days(l.Oldest, on), Count: l.Late, Phone: l.Customer.Phone})
			}
			if l.Aging.Unapplied.Minor > 0 && l.Aging.Gross.Minor > 0 && len(loose) < worklistCalls {
				loose = append(loose, WorkItem{Kind: "allocate", Customer: &ref,
					Amount: &Money{l.Aging.Unapplied.String(), string(t.Aging.Currency)}, Count: l.Count})
			}
		}
	}
	return append(loose, late...)
}

func (a *API) search(ctx context.Context, in *searchInput) (*body[Page[Hit]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	hits, err := a.Search.Search(ctx, f.ID, in.Q, in.Limit)
	if hits == nil {
		hits = []Hit{}
	}
	return answer(Page[Hit]{Items: hits}, err)
}

func (a *API) listActivity(ctx context.Context, in *activityInput) (*body[Page[Event]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	return answer(a.activity(ctx, f.ID, in.Cursor, in.Kind, in.Limit))
}
