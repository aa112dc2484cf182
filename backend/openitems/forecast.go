package openitems

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/projection"
	"github.com/voldaan/voldaan/backend/money"
)

// arrangement is money that comes for an invoice on a day: promised, an instalment, a scheduled collection.
type arrangement struct {
	basis projection.Basis
	on    civil.Date // with the days that a transfer is given
	minor int64      // the part of the invoice; 0: all that is open
}

// Expected is an open invoice and when it will probably be paid in full.
type Expected struct {
	projection.Projection
	Document                     ledger.DocumentID
	Number                       string
	Customer                     ledger.CustomerID
	CustomerNumber, CustomerName string
	Due                          civil.Date
	Open                         money.Amount
}

// Week is the money that will probably come in from Monday to Sunday in one currency.
type Week struct {
	Monday   civil.Date
	Amount   money.Amount
	Invoices int // with money expected in that week
}

// Forecast is what is open on a date and when it will probably come in.
type Forecast struct {
	AsOf     civil.Date
	Invoices []Expected // by projected date, then number
	Weeks    []Week     // by currency, then week; weeks without money are left out
}

// Forecast projects every invoice that is open on a date, knowing only what had been settled before it (rulebook 1.8).
func (c *Columns) Forecast(id ledger.FirmID, asOf civil.Date) (Forecast, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(id)
	if err != nil {
		return Forecast{}, err
	}
	used := f.usedOn(asOf)
	e := f.expectations(asOf, used)
	out := Forecast{AsOf: asOf}
	weeks := map[Week]Week{}
	for i := range f.ids {
		left := f.left(i, used, asOf)
		if left <= 0 || !f.kinds[i].debit() || f.owner[i] == nobody {
			continue
		}
		x, parts := e.expect(i, left)
		out.Invoices = append(out.Invoices, x)
		for _, p := range parts {
			key := Week{Monday: monday(p.on), Amount: money.Of(0, x.Open.Currency)}
			w, ok := weeks[key]
			if !ok {
				w = key
			}
			w.Amount.Minor += p.minor
			w.Invoices++
			weeks[key] = w
		}
	}
	for _, w := range weeks {
		out.Weeks = append(out.Weeks, w)
	}
	slices.SortFunc(out.Weeks, func(x, y Week) int {
		return cmp.Or(cmp.Compare(x.Amount.Currency, y.Amount.Currency), cmp.Compare(x.Monday, y.Monday))
	})
	slices.SortFunc(out.Invoices, func(x, y Expected) int { return cmp.Or(cmp.Compare(x.Date, y.Date), cmp.Compare(x.Number, y.Number)) })
	return out, nil
}

// Project is when the documents will probably be paid, of those that are open debit documents of the firm on the date.
func (c *Columns) Project(id ledger.FirmID, asOf civil.Date, docs ...ledger.DocumentID) (map[ledger.DocumentID]projection.Projection, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(id)
	if err != nil {
		return nil, err
	}
	used := f.usedOn(asOf)
	e := f.expectations(asOf, used)
	out := make(map[ledger.DocumentID]projection.Projection, len(docs))
	for _, d := range docs {
		at, ok := f.itemAt[d]
		if !ok || !f.kinds[at].debit() || f.owner[at] == nobody {
			continue
		}
		if left := f.left(int(at), used, asOf); left > 0 {
			x, _ := e.expect(int(at), left)
			out[d] = x.Projection
		}
	}
	return out, nil
}

// expectations are all that a forecast of a date rests on.
type expectations struct {
	f        *firm
	asOf     civil.Date
	habits   *habits
	arranged map[ledger.DocumentID][]arrangement
}

func (f *firm) expectations(asOf civil.Date, used []int64) *expectations {
	return &expectations{f: f, asOf: asOf, habits: f.habitsOn(asOf), arranged: f.arranged(asOf, used, f.agendaOn(asOf, used))}
}

// expect projects one open invoice, whole and in the parts in which its money will come.
func (e *expectations) expect(i int, left int64) (Expected, []arrangement) {
	f := e.f
	id := ledger.DocumentID(f.ids[i])
	owner := &f.customers[f.owner[i]]
	x := Expected{Document: id, Number: f.written(i), Customer: owner.id, CustomerNumber: owner.shown, CustomerName: owner.title,
		Due: f.due[i], Open: money.Of(left, f.currencies[f.money[i]])}
	var parts []arrangement
	rest := left
	for _, a := range e.arranged[id] {
		part := rest
		if a.minor > 0 {
			part = min(a.minor, rest)
		}
		if part == 0 {
			break
		}
		x.Projection = projection.Arranged(a.basis, a.on, e.asOf)
		parts = append(parts, arrangement{basis: a.basis, on: x.Date, minor: part})
		rest -= part
	}
	if rest > 0 {
		p := e.habits.all[f.money[i]].Project(projection.Item{Due: f.due[i], Disputed: e.habits.disputed[id]}, e.habits.own[f.owner[i]], e.asOf)
		parts = append(parts, arrangement{basis: p.Basis, on: p.Date, minor: rest})
		if p.Date >= x.Date { // the invoice is paid when its last part is
			x.Projection = p
		}
	}
	return x, parts
}

// monday is the first day of the week in which the day lies.
func monday(d civil.Date) civil.Date { return d.AddDays(-(int(d.Weekday()-time.Monday+7) % 7)) }

// habits are who paid how late, of what had been settled before a date, and what is disputed on it.
type habits struct {
	asOf     civil.Date
	version  uint64
	own      []projection.History   // by customer
	all      []projection.Portfolio // by currency
	settled  []civil.Date           // of each item; zero where it was not paid in full
	disputed map[ledger.DocumentID]bool
}

// habitCache keeps the habits of the last date that was asked about. Making them takes a walk over every settlement, and
// sorts all of them.
type habitCache struct {
	mu   sync.Mutex
	last *habits
}

func (f *firm) habitsOn(asOf civil.Date) *habits {
	f.habits.mu.Lock()
	defer f.habits.mu.Unlock()
	if h := f.habits.last; h != nil && h.asOf == asOf && h.version == f.version {
		return h
	}
	h := &habits{asOf: asOf, version: f.version, own: make([]projection.History, len(f.customers)), settled: f.settledBefore(asOf)}
	for i, on := range h.settled {
		if on != 0 {
			h.own[f.owner[i]] = append(h.own[f.owner[i]], projection.Paid{Settled: on, Late: civil.Days(f.due[i], on)})
		}
	}
	for i, paid := range h.own {
		h.own[i] = projection.NewHistory(paid)
	}
	now, before := f.disputed(asOf)
	h.disputed, h.all = now, f.portfolios(h, before)
	f.habits.last = h
	return h
}

// settledBefore is, for each debit document that had been paid in full before a date, the last day on which something
// was settled of it. What ended in a credit note or a write-off says nothing about when a customer pays.
func (f *firm) settledBefore(asOf civil.Date) []civil.Date {
	on := make([]civil.Date, len(f.ids))
	paid := make([]bool, len(f.ids))
	for s, day := range f.usedSteps.on {
		i := f.usedSteps.item[s]
		if day >= asOf || day < on[i] || !f.kinds[i].debit() || f.usedSteps.by[s] <= 0 {
			continue
		}
		pays := f.how[s] != ledger.FromCreditNote && f.how[s] != ledger.FromWriteOff
		paid[i] = pays || paid[i] && day == on[i]
		on[i] = day
	}
	used := f.usedOn(asOf - 1)
	for i := range on {
		if !paid[i] || f.owner[i] == nobody || f.voidOn[i] <= asOf || used[i] < f.total[i] {
			on[i] = 0
		}
	}
	return on
}

// portfolios are the habits of all customers together, one per currency. Documents that were disputed teach how long a
// dispute takes at this firm.
func (f *firm) portfolios(h *habits, disputes []ledger.DocumentID) []projection.Portfolio {
	all := make([][]projection.Paid, len(f.currencies))
	for i, on := range h.settled {
		if on != 0 {
			all[f.money[i]] = append(all[f.money[i]], projection.Paid{Settled: on, Late: civil.Days(f.due[i], on)})
		}
	}
	var shifts []int
	for _, id := range disputes {
		if at, ok := f.itemAt[id]; ok && h.settled[at] != 0 {
			// What the customer would have done without the dispute is their habit; the rest was the dispute.
			usual := projection.NewPortfolio(nil, nil).Project(projection.Item{Due: f.due[at]}, h.own[f.owner[at]], f.from[at])
			shifts = append(shifts, civil.Days(usual.Raw, h.settled[at]))
		}
	}
	out := make([]projection.Portfolio, len(all))
	for i, paid := range all {
		out[i] = projection.NewPortfolio(projection.NewHistory(paid), shifts)
	}
	return out
}
