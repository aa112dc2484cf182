package ledger

import (
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/money"
)

type (
	promiseKind struct{}
	disputeKind struct{}
	planKind    struct{}
	requestKind struct{}
)

func (promiseKind) Prefix() string { return "prm" }
func (disputeKind) Prefix() string { return "dsp" }
func (planKind) Prefix() string    { return "pln" }
func (requestKind) Prefix() string { return "req" }

// Typed ids of what customers and the firm agree on.
type (
	PromiseID = ident.ID[promiseKind]
	DisputeID = ident.ID[disputeKind]
	PlanID    = ident.ID[planKind]
	RequestID = ident.ID[requestKind]
)

// Commitments are the promises, disputes, plans and pauses of one account, in the order in which they were recorded, the
// finished ones included.
type Commitments struct {
	Promises []Promise
	Disputes []Dispute
	Plans    []Plan
	Pauses   []Pause
}

// Pause holds reminders of documents until a day, for as long as something is looked into.
type Pause struct {
	Request   RequestID // what is looked into; it has one pause
	Firm      FirmID
	Customer  CustomerID
	Documents []DocumentID
	Until     civil.Date // the last day of the pause
}

// Hold is why (part of) a document's open amount must not be reminded of, charged or counted on. Disputed, Planned,
// Promised, Paused and Free add up to Open: what is disputed is in no plan, what is in a plan needs no promise.
type Hold struct {
	Document DocumentID
	Open     money.Amount

	Disputed, Planned, Promised, Paused, Free int64 // minor units of Open's currency

	Plan     PlanID
	Promise  PromiseID
	Disputes []DisputeID
	Request  RequestID  // of the pause
	Until    civil.Date // the last day of the promise with its grace days, of the pause, or of the new notice
}

// Held is the part of the open amount that is not free.
func (h Hold) Held() int64 { return h.Open.Minor - h.Free }

// Holds are the holds of an account on a date, by document. A document that is not in it is free.
type Holds map[DocumentID]Hold

// Free is what may be reminded of, or charged, of a document with so much open.
func (h Holds) Free(id DocumentID, open money.Amount) money.Amount {
	if x, ok := h[id]; ok {
		return money.Of(min(x.Free, open.Minor), open.Currency)
	}
	return open
}

// HoldsOn are the holds on an account's open documents on a date (rulebook 5.1–5.3): the disputed part; the rest of a
// document in an active plan; the rest of a document with an open promise, until the end of its grace days; and the rest
// of a document whose dispute was refused less than NoticeDays ago, or that is paused.
func HoldsOn(a *Account, c Commitments, asOf civil.Date) Holds {
	out := Holds{}
	at := func(id DocumentID) (*Hold, bool) {
		if h, ok := out[id]; ok {
			return &h, true
		}
		open := a.Open(id, asOf)
		if d, ok := a.Document(id); !ok || !d.Type.Debit() || open.Minor <= 0 {
			return nil, false
		}
		return &Hold{Document: id, Open: open, Free: open.Minor}, true
	}
	take := func(id DocumentID, want int64, part func(*Hold) *int64, until civil.Date, note func(*Hold)) {
		h, ok := at(id)
		if !ok || h.Free == 0 {
			return
		}
		n := min(want, h.Free)
		*part(h) += n
		h.Free -= n
		h.Until = civil.Max(h.Until, until)
		note(h)
		out[id] = *h
	}
	disputed, planned := func(h *Hold) *int64 { return &h.Disputed }, func(h *Hold) *int64 { return &h.Planned }
	promised, paused := func(h *Hold) *int64 { return &h.Promised }, func(h *Hold) *int64 { return &h.Paused }
	for _, d := range c.Disputes {
		if d.State.Active() {
			for _, l := range d.Lines {
				take(l.Document, l.Amount, disputed, 0, func(h *Hold) { h.Disputes = append(slices.Clip(h.Disputes), d.ID) })
			}
		}
	}
	for _, p := range c.Plans {
		if p.ActiveOn(asOf) {
			for _, id := range p.Documents {
				take(id, money.MaxMinor, planned, 0, func(h *Hold) { h.Plan = p.ID })
			}
		}
	}
	for _, p := range c.Promises {
		if p.State == PromiseOpen && asOf <= p.Deadline() {
			for _, id := range p.Documents {
				take(id, money.MaxMinor, promised, p.Deadline(), func(h *Hold) { h.Promise = p.ID })
			}
		}
	}
	for _, d := range c.Disputes {
		if d.State == DisputeResolvedInvalid && asOf <= d.NoticeUntil {
			for _, l := range d.Lines {
				take(l.Document, l.Amount, paused, d.NoticeUntil, func(h *Hold) { h.Disputes = append(slices.Clip(h.Disputes), d.ID) })
			}
		}
	}
	for _, p := range c.Pauses {
		if asOf <= p.Until {
			for _, id := range p.Documents {
				take(id, money.MaxMinor, paused, p.Until, func(h *Hold) { h.Request = p.Request })
			}
		}
	}
	return out
}

// Plan is the plan that a document is in on a date.
func (c Commitments) Plan(id DocumentID, asOf civil.Date) (Plan, bool) {
	for _, p := range c.Plans {
		if p.ActiveOn(asOf) && slices.Contains(p.Documents, id) {
			return p, true
		}
	}
	return Plan{}, false
}

// KeptRate is the share of promises that were kept among those that have been judged, in thousandths; ok is false when
// none has (rulebook 1.6, 0.9).
func (c Commitments) KeptRate() (milli int, ok bool) {
	kept, judged := 0, 0
	for _, p := range c.Promises {
		switch p.State {
		case PromiseKept:
			kept++
			judged++
		case PromisePartlyKept, PromiseBroken:
			judged++
		}
	}
	if judged == 0 {
		return 0, false
	}
	return kept * 1000 / judged, true
}

// debits checks that ids are different debit documents of the account in one currency with something open on a date, and
// adds up what is open.
func (a *Account) debits(ids []DocumentID, asOf civil.Date) (money.Amount, error) {
	if len(ids) == 0 || len(ids) > maxCommitted {
		return money.Amount{}, fault.Invalidf("commitment.documents", "choose between 1 and %d invoices", maxCommitted)
	}
	var sum money.Amount
	for i, id := range ids {
		d, ok := a.Document(id)
		switch {
		case !ok:
			return sum, fault.NotFoundf("document.unknown", "there is no such invoice or credit note")
		case slices.Contains(ids[:i], id):
			return sum, fault.Invalidf("commitment.twice", "%s was chosen twice", d.Number).With("number", d.Number)
		case !d.Type.Debit():
			return sum, fault.Invalidf("commitment.not_debit", "%s is a credit note; nothing is owed on it", d.Number).With("number", d.Number)
		case i > 0 && d.Total.Currency != sum.Currency:
			return sum, fault.Invalidf("commitment.currency", "%s is in %s, the others in %s; choose invoices in one currency",
				d.Number, d.Total.Currency, sum.Currency).With("number", d.Number)
		}
		open := a.Open(id, civil.Max(asOf, d.Issued))
		if open.Minor <= 0 {
			return sum, fault.Conflictf("commitment.paid", "nothing is open on %s any more", d.Number).With("number", d.Number)
		}
		if i == 0 {
			sum = money.Of(0, open.Currency)
		}
		sum = sum.Add(open)
	}
	return sum, nil
}

// maxCommitted bounds the documents of one promise, dispute or plan.
const maxCommitted = 500

// badStep is the answer to a step that a state machine does not have.
func badStep(what string, from, to string) error {
	return fault.Conflictf(what+".state", "this %s is %s and cannot become %s any more", what, from, to).With("from", from).With("to", to)
}
