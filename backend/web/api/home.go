package api

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
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
	Kind     string `json:"kind" enum:"call,identify,allocate,attempt,request,message,task" doc:"request: somebody has to decide or answer; message: something that nobody has read; task: due today or before; call: late with most; identify: a receipt without customer; allocate: money on account beside open invoices; attempt: a payment at the provider that needs a person."`
	Customer *Ref   `json:"customer,omitempty"`
	Payment  string `json:"payment,omitempty" doc:"Id of the receipt."`
	Attempt  string `json:"attempt,omitempty"`
	Amount   *Money `json:"amount,omitempty"`
	Days     int    `json:"days" doc:"Days late, or waiting."`
	Count    int    `json:"count" doc:"Invoices concerned."`
	Phone    string `json:"phone,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Request  string `json:"request,omitempty"`
	Thread   string `json:"thread,omitempty"`
	Task     string `json:"task,omitempty"`
	Cause    string `json:"cause,omitempty" doc:"Of a task: what made it."`
	Due      string `json:"due,omitempty" format:"date" doc:"Of a request or task."`
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
	add(a, op("GET /reports/forecast", "getForecast", "reports", "When open invoices will probably be paid, and the money expected per week", access.Read), a.getForecast)
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

// aging is the report that a request asks for.
func (a *API) aging(ctx context.Context, firm, asOf string, byCustomer bool) (id ledger.FirmID, on civil.Date, rep []openitems.AgingReport, err error) {
	id, today, err := a.firmToday(ctx, firm)
	if err == nil {
		on, err = day("as_of", asOf, today)
	}
	if err != nil {
		return id, on, nil, err
	}
	a.fresh(ctx)
	rep, err = a.Lists.Aging(id, on, ledger.AgingOptions{}, byCustomer)
	return id, on, rep, err
}

func (a *API) getAging(ctx context.Context, in *agingInput) (*body[Aging], error) {
	_, on, rep, err := a.aging(ctx, in.Firm, in.AsOf, in.By == "customer")
	if err != nil {
		return nil, err
	}
	return answer(AgingOf(rep, on), nil)
}

// AgingOf is the aging report as JSON; the command line prints the same.
func AgingOf(rep []openitems.AgingReport, on civil.Date) Aging {
	v := Aging{AsOf: on.String(), Bounds: ledger.DefaultBounds(ledger.ByDueDate), Currencies: []AgingCurrency{}}
	for _, t := range rep {
		c := AgingCurrency{Currency: string(t.Aging.Currency), Gross: t.Aging.Gross.String(), Overdue: t.Aging.Overdue.String(),
			Unapplied: t.Aging.Unapplied.String(), Net: t.Aging.Net.String(), Buckets: texts(t.Aging.Buckets)}
		for _, l := range t.Customers {
			c.Customers = append(c.Customers, AgingCustomer{ID: l.Customer.String(), Number: l.Number, Name: l.Name,
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
	firm, on, rep, err := a.aging(ctx, in.Firm, in.AsOf, true)
	if err != nil {
		return nil, err
	}
	bounds := ledger.DefaultBounds(ledger.ByDueDate)
	v := Home{AsOf: on.String(), Bounds: bounds, Currencies: []HomeCurrency{}}
	debtors := map[ledger.CustomerID]bool{}
	for _, t := range rep {
		c := HomeCurrency{Currency: string(t.Aging.Currency), Open: t.Aging.Gross.String(), Overdue: t.Aging.Overdue.String(),
			Credit: t.Aging.Unapplied.String(), Net: t.Aging.Net.String()}
		for i, b := range t.Aging.Buckets {
			c.Buckets = append(c.Buckets, Bucket{Label: bounds.Label(i), Amount: b.String(), Count: t.Counts[i]})
			c.OpenCount += t.Counts[i]
			if i > 0 {
				c.OverdueCount += t.Counts[i]
			}
		}
		for _, l := range t.Customers {
			if l.Aging.Gross.Minor != 0 {
				debtors[l.Customer] = true
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

// worklist is what a person should look at: money nobody knows whose it is, payments with a question, the customers who
// are late with most, then money on account beside open invoices.
func (a *API) worklist(ctx context.Context, firm ledger.FirmID, on civil.Date, rep []openitems.AgingReport) ([]WorkItem, error) {
	out := []WorkItem{}
	findings, err := a.Pay.Findings(ctx, firm)
	if err != nil {
		return nil, err
	}
	asked, err := a.asked(ctx, firm, on)
	if err != nil {
		return nil, err
	}
	out = append(out, asked...)
	err = a.Books.View(ctx, func(r *books.Reader) error {
		unknown, err := r.ReceiptsOf(ledger.CustomerID{})
		if err != nil {
			return err
		}
		for _, rc := range unknown {
			if rc.Firm == firm && !rc.Void() {
				out = append(out, WorkItem{Kind: "identify", Payment: rc.ID.String(), Amount: &Money{rc.Amount.String(), string(rc.Amount.Currency)},
					Days: civil.Days(rc.Date, on), Detail: rc.Payer})
			}
		}
		for _, f := range findings {
			w := WorkItem{Kind: "attempt", Attempt: f.Attempt.String(), Detail: f.Kind, Amount: &Money{f.Amount.String(), string(f.Amount.Currency)}}
			if x, err := r.Attempt(f.Attempt); err == nil {
				c, err := r.Customer(x.Customer)
				if err != nil {
					return err
				}
				ref := customerRef(c)
				w.Customer, w.Count = &ref, len(x.Lines)
			}
			out = append(out, w)
		}
		todo := calls(rep, on)
		for i := range todo {
			if err := phone(r, &todo[i]); err != nil {
				return err
			}
		}
		out = append(out, todo...)
		return nil
	})
	return out, err
}

func phone(r *books.Reader, w *WorkItem) error {
	var id ledger.CustomerID
	if err := id.UnmarshalText([]byte(w.Customer.ID)); err != nil {
		return err
	}
	c, err := r.Customer(id)
	w.Phone = c.Phone
	return err
}

// calls are the customers who are late with most, and those with money on account beside open invoices.
func calls(rep []openitems.AgingReport, on civil.Date) []WorkItem {
	var late, loose []WorkItem
	for _, t := range rep {
		lines := slices.Clone(t.Customers)
		slices.SortStableFunc(lines, func(x, y openitems.CustomerAging) int { return y.Aging.Overdue.Cmp(x.Aging.Overdue) })
		for i, l := range lines {
			ref := Ref{ID: l.Customer.String(), Number: l.Number, Name: l.Name}
			// Whose money on account covers what is late needs an allocation, not a call (rulebook 11.2).
			covered := l.Aging.Unapplied.Cmp(l.Aging.Overdue) >= 0
			if i < worklistCalls && l.Aging.Overdue.Minor > 0 && !covered {
				late = append(late, WorkItem{Kind: "call", Customer: &ref, Amount: &Money{l.Aging.Overdue.String(), string(t.Aging.Currency)},
					Days: civil.Days(l.Oldest, on), Count: l.Late})
			}
			if l.Aging.Unapplied.Minor > 0 && l.Aging.Gross.Minor > 0 && len(loose) < worklistCalls {
				loose = append(loose, WorkItem{Kind: "allocate", Customer: &ref,
					Amount: &Money{l.Aging.Unapplied.String(), string(t.Aging.Currency)}, Count: l.Count})
			}
		}
	}
	return append(late, loose...)
}

func (a *API) search(ctx context.Context, in *searchInput) (*body[Page[Hit]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	hits, err := a.Search.Search(ctx, f.ID, in.Q, in.Limit)
	page := Page[Hit]{Items: make([]Hit, len(hits))}
	for i, h := range hits {
		page.Items[i] = Hit(h)
	}
	return answer(page, err)
}

func (a *API) listActivity(ctx context.Context, in *activityInput) (*body[Page[Event]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	return answer(a.activity(ctx, f.ID, in.Cursor, in.Kind, in.Limit))
}
