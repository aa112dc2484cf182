package app

import (
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/ledger"
)

// commitments tell reminders what was agreed with a customer and what is being collected.
type commitments struct{}

// Holds reads a customer's disputes, promises, plans and pauses, and what autopay and the bank are about to do.
func (commitments) Holds(r *books.Reader, c ledger.CustomerID, today civil.Date) (out []dunning.Hold, broken int, err error) {
	byDocument := map[ledger.DocumentID]dunning.Hold{}
	agreed, err := r.Holds(c, today)
	if err != nil {
		return nil, 0, err
	}
	for id, h := range agreed {
		x := dunning.Hold{Document: id, Disputed: h.Disputed, Plan: h.Planned > 0}
		if h.Promised > 0 {
			x.Promised = h.Until
		}
		if h.Paused > 0 && !h.Until.IsZero() {
			x.NotBefore = h.Until.AddDays(1)
		}
		byDocument[id] = x
	}
	cu, err := r.Customer(c)
	if err != nil {
		return nil, 0, err
	}
	collecting, err := r.CollectionHolds(cu.Firm, c, today)
	if err != nil {
		return nil, 0, err
	}
	for id, h := range collecting {
		x := byDocument[id]
		x.Document = id
		switch h.Reason {
		case "autopay":
			x.Autopay = h.Until
		case "grace":
			x.NotBefore = civil.Max(x.NotBefore, h.Until.AddDays(1))
		}
		byDocument[id] = x
	}
	for _, x := range byDocument {
		out = append(out, x)
	}
	k, err := r.Commitments(c)
	for _, p := range k.Promises {
		if p.State == ledger.PromiseBroken && civil.Days(p.Ended, today) <= 365 {
			broken++
		}
	}
	return out, broken, err
}
