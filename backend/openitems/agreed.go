package openitems

import (
	"slices"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/projection"
	"github.com/voldaan/voldaan/backend/money"
)

// agreed is what a firm and its customers have agreed on. A plan decides when its documents are due; all of it decides
// when money is expected.
type agreed struct {
	plans       map[ledger.PlanID]ledger.Plan
	promises    map[ledger.PromiseID]ledger.Promise
	disputes    map[ledger.DisputeID]ledger.Dispute
	collections map[ledger.CollectionID]ledger.Collection
}

func newAgreed() agreed {
	return agreed{plans: map[ledger.PlanID]ledger.Plan{}, promises: map[ledger.PromiseID]ledger.Promise{},
		disputes: map[ledger.DisputeID]ledger.Dispute{}, collections: map[ledger.CollectionID]ledger.Collection{}}
}

// loadAgreed reads what is agreed from the snapshot.
func (c *Columns) loadAgreed(r *books.Reader, firms []ledger.Firm) error {
	for _, f := range firms {
		for p, err := range r.OpenPromises(f.ID) {
			if err != nil {
				return err
			}
			c.firms[f.ID].agreed.promises[p.ID] = p
		}
		for _, state := range []ledger.CollectionState{ledger.CollectionAnnounced, ledger.CollectionSubmitted} {
			live, err := r.Watched(f.ID, state)
			if err != nil {
				return err
			}
			for _, x := range live {
				c.firms[f.ID].agreed.collections[x.ID] = x
			}
		}
	}
	for p, err := range r.AllPlans() {
		if err != nil {
			return err
		}
		if err := c.agree(p.Firm, func(a *agreed) { a.plans[p.ID] = p }); err != nil {
			return err
		}
	}
	for d, err := range r.AllDisputes() {
		if err != nil {
			return err
		}
		if err := c.agree(d.Firm, func(a *agreed) { a.disputes[d.ID] = d }); err != nil {
			return err
		}
	}
	return nil
}

func (c *Columns) agree(id ledger.FirmID, change func(*agreed)) error {
	f, err := c.firm(id)
	if err == nil {
		change(&f.agreed)
		f.version++
	}
	return err
}

// agreement is what a changed record of an agreement does to the columns; nil when it is none.
func agreement(x books.Changed) func(*Columns) error {
	switch {
	case x.Promise != nil:
		p := *x.Promise
		return func(c *Columns) error { return c.agree(p.Firm, func(a *agreed) { a.promises[p.ID] = p }) }
	case x.Dispute != nil:
		d := *x.Dispute
		return func(c *Columns) error { return c.agree(d.Firm, func(a *agreed) { a.disputes[d.ID] = d }) }
	case x.Plan != nil:
		p := *x.Plan
		return func(c *Columns) error { return c.agree(p.Firm, func(a *agreed) { a.plans[p.ID] = p }) }
	case x.Collection != nil:
		k := *x.Collection
		return func(c *Columns) error {
			return c.agree(k.Firm, func(a *agreed) {
				if a.collections[k.ID] = k; !k.State.Live() {
					delete(a.collections, k.ID)
				}
			})
		}
	}
	return nil
}

// agenda is when documents are due on a date: on their own due dates and, those in an active plan, by its instalments
// (rulebook 1.1, 5.1).
type agenda struct {
	due   []civil.Date                // of a document in a plan that of the first instalment still to be paid
	parts map[int32][]ledger.PlanPart // by item, oldest instalment first
}

// agendaOn is the columns' own due dates where no plan is active.
func (f *firm) agendaOn(asOf civil.Date, used []int64) agenda {
	a := agenda{due: f.due}
	for _, p := range f.agreed.plans {
		if !p.ActiveOn(asOf) {
			continue
		}
		if a.parts == nil {
			a.due, a.parts = slices.Clone(f.due), map[int32][]ledger.PlanPart{}
		}
		for _, x := range p.Divide(f.openOf(p.Documents, asOf, used)) {
			at := f.itemAt[x.Document]
			if a.parts[at] == nil {
				a.due[at] = x.Due
			}
			a.parts[at] = append(a.parts[at], x)
		}
	}
	return a
}

// openOf are the documents with something open, oldest first.
func (f *firm) openOf(ids []ledger.DocumentID, asOf civil.Date, used []int64) (out []ledger.OpenItem) {
	for _, id := range ids {
		at, ok := f.itemAt[id]
		if !ok {
			continue
		}
		i := int(at)
		if left := f.left(i, used, asOf); left > 0 {
			c := f.currencies[f.money[i]]
			out = append(out, ledger.OpenItem{ID: id, Type: ledger.DocumentType(f.kinds[i]), Number: f.written(i), Issued: f.from[i], Due: f.due[i],
				Total: money.Of(f.total[i], c), Open: money.Of(left, c)})
		}
	}
	slices.SortFunc(out, ledger.Older)
	return out
}

// later is the part of an item that sums have counted as overdue with its first instalment, and is not.
func (a *agenda) later(item int32, asOf civil.Date) (minor int64) {
	if a.due[item] >= asOf {
		return 0
	}
	for _, x := range a.parts[item] {
		if x.Due >= asOf {
			minor += x.Amount
		}
	}
	return minor
}

// arranged are the days on which money is expected for a document, with its part where it is not all, in order of date.
func (f *firm) arranged(asOf civil.Date, used []int64, a agenda) map[ledger.DocumentID][]arrangement {
	out := map[ledger.DocumentID][]arrangement{}
	for _, x := range f.agreed.collections {
		out[x.Document] = append(out[x.Document], arrangement{projection.Autopay, x.Date, 0})
	}
	for at, parts := range a.parts {
		id := ledger.DocumentID(f.ids[at])
		for _, x := range parts {
			out[id] = append(out[id], arrangement{projection.Plan, x.Due, x.Amount})
		}
	}
	for _, p := range f.agreed.promises {
		if p.RecordedOn > asOf || p.State != ledger.PromiseOpen && p.Ended <= asOf || p.Deadline() < asOf {
			continue
		}
		rest := p.Amount.Minor
		for _, it := range f.openOf(p.Documents, asOf, used) {
			if part := min(rest, it.Open.Minor); part > 0 {
				out[it.ID] = append(out[it.ID], arrangement{projection.Promise, p.Deadline(), part})
				rest -= part
			}
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(x, y arrangement) int { return civil.Days(y.on, x.on) })
	}
	return out
}

// disputed are the documents that are disputed on a date, and those whose dispute had ended before.
func (f *firm) disputed(asOf civil.Date) (now map[ledger.DocumentID]bool, before []ledger.DocumentID) {
	now = map[ledger.DocumentID]bool{}
	for _, d := range f.agreed.disputes {
		for _, l := range d.Lines {
			switch {
			case d.OpenedOn > asOf:
			case d.State.Active() || d.Ended > asOf:
				now[l.Document] = true
			default:
				before = append(before, l.Document)
			}
		}
	}
	return now, before
}
