package portal

import (
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/frontend/portal"
)

// commit works out what has been agreed on the account: the plans that are paid now, and what is held of each document.
func (d *derived) commit() {
	d.parts, d.holds = map[ledger.DocumentID][]ledger.PlanPart{}, ledger.Holds{}
	for _, p := range d.Agreed.Plans {
		if p.State == ledger.PlanActive && p.ActiveOn(d.Today) {
			d.plans = append(d.plans, p)
			for _, x := range p.Parts(d.acc, d.Today) {
				d.parts[x.Document] = append(d.parts[x.Document], x)
			}
		}
	}
	if len(d.plans) > 0 || len(d.Agreed.Promises) > 0 || len(d.Agreed.Disputes) > 0 {
		d.holds = ledger.HoldsOn(d.acc, d.Agreed, d.Today)
	}
}

// late is the part of an open document that should have been paid before today: by the instalments when it is in a plan,
// and without what is disputed.
func (d *derived) late(open ledger.OpenItem) int64 {
	if parts := d.parts[open.ID]; len(parts) > 0 {
		sum := int64(0)
		for _, x := range parts {
			if x.Due < d.Today {
				sum += x.Amount
			}
		}
		return sum
	}
	if open.Due >= d.Today {
		return 0
	}
	return open.Open.Minor - d.holds[open.ID].Disputed
}

// dueNow is what is to be paid of a plan now: the instalments whose day has come, else the next one.
func (d *derived) dueNow(p ledger.Plan) (amount int64, last int) {
	standing, next := p.Standing(d.acc, d.Today)
	for last = next; last < len(standing) && (last == next || standing[last].Due <= d.Today); last++ {
		amount += standing[last].Left
	}
	return amount, last - 1
}

// planOf is the plan with the id, when it is being paid.
func (d *derived) planOf(id string) (ledger.Plan, bool) {
	for _, p := range d.plans {
		if p.ID.String() == id && d.Firm.Portal.Shows(ledger.FeaturePlans) {
			return p, true
		}
	}
	return ledger.Plan{}, false
}

// planCaps are how much of each document a plan asks for now.
func (d *derived) planCaps(p ledger.Plan) map[ledger.DocumentID]int64 {
	_, last := d.dueNow(p)
	caps := map[ledger.DocumentID]int64{}
	for _, x := range p.Parts(d.acc, d.Today) {
		if x.Instalment <= last {
			caps[x.Document] += x.Amount
		}
	}
	return caps
}

func (d *derived) planView(p ledger.Plan, mayPay bool) portal.Plan {
	standing, next := p.Standing(d.acc, d.Today)
	due, _ := d.dueNow(p)
	c := p.Total.Currency
	v := portal.Plan{Total: p.Total, Left: money.Of(0, c), Due: money.Of(due, c), Next: min(next, len(standing)-1) + 1}
	for i, x := range standing {
		r := portal.PlanRow{Due: x.Due, Amount: money.Of(x.Amount, c), Left: money.Of(x.Left, c), State: "later"}
		switch {
		case x.Left == 0:
			r.State = "paid"
		case x.Overdue:
			r.State = "late"
		case i == next:
			r.State = "next"
		}
		v.Left = v.Left.Add(r.Left)
		v.Rows = append(v.Rows, r)
	}
	if next < len(standing) {
		v.DueOn, v.Late = standing[next].Due, standing[next].Overdue
	}
	busy := false
	for _, id := range p.Documents {
		if doc, ok := d.acc.Document(id); ok {
			v.Numbers = append(v.Numbers, doc.Number)
		}
		busy = busy || d.onWay[id]
	}
	if mayPay && !busy && p.State == ledger.PlanActive {
		v.URL = "/pay?plan=" + p.ID.String()
	}
	v.Request = d.requestURL(p.Request)
	return v
}

// plansView are the plans that are being paid; of one document when it is given.
func (d *derived) plansView(mayPay bool, of ledger.DocumentID) (out []portal.Plan) {
	if !d.Firm.Portal.Shows(ledger.FeaturePlans) {
		return nil
	}
	for _, p := range d.plans {
		if of.IsZero() || len(d.parts[of]) > 0 && contains(p.Documents, of) {
			out = append(out, d.planView(p, mayPay))
		}
	}
	return out
}

func contains(ids []ledger.DocumentID, id ledger.DocumentID) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

// agreedView are the promises and disputes in force; of one document when it is given.
func (d *derived) agreedView(p *portal.Page, of ledger.DocumentID) (out []portal.Agreed) {
	about := func(ids []ledger.DocumentID) (string, bool) {
		var numbers []string
		for _, id := range ids {
			if doc, ok := d.acc.Document(id); ok {
				numbers = append(numbers, doc.Number)
			}
		}
		return portal.ListOf(numbers, 4), of.IsZero() || contains(ids, of)
	}
	for _, x := range d.Agreed.Promises {
		numbers, ok := about(x.Documents)
		if !ok || x.State != ledger.PromiseOpen {
			continue
		}
		out = append(out, portal.Agreed{Icon: "clock", Title: p.T.Plan.PromiseOf.With("amount", p.F.Money(x.Amount), "date", p.F.Date(x.On)), Detail: numbers,
			URL: d.requestURL(x.Request)})
	}
	for _, x := range d.Agreed.Disputes {
		ids := make([]ledger.DocumentID, len(x.Lines))
		for i, l := range x.Lines {
			ids[i] = l.Document
		}
		numbers, ok := about(ids)
		if !ok || !x.State.Active() {
			continue
		}
		out = append(out, portal.Agreed{Icon: "alert", Title: p.T.Plan.DisputeOf.With("amount", p.F.Money(x.Amount())),
			Detail: numbers + " · " + p.T.Plan.DisputeStates[x.State.String()], URL: d.requestURL(x.Request)})
	}
	return out
}

func requestURL(id ledger.RequestID) string {
	if id.IsZero() {
		return ""
	}
	return "/requests/" + id.String()
}

// requestURL is where a request is followed; nowhere when the firm shows no requests.
func (d *derived) requestURL(id ledger.RequestID) string {
	if !d.Firm.Portal.Shows(ledger.FeatureRequests) {
		return ""
	}
	return requestURL(id)
}
