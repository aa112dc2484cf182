package books

import (
	"iter"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// The tables of promises, disputes, plans and pauses. The index "customer" lists all of a customer, "active" those of a
// firm that are not finished.
var (
	promises = store.Table[promiseRecord]{Name: "promises", Key: func(r *promiseRecord) []byte { return r.ID.Bytes() },
		Indexes: commitmentIndexes(func(r *promiseRecord) commitment {
			return commitment{r.Firm, r.Customer, r.ID.Bytes(), r.State == ledger.PromiseOpen}
		})}
	disputes = store.Table[disputeRecord]{Name: "disputes", Key: func(r *disputeRecord) []byte { return r.ID.Bytes() },
		Indexes: commitmentIndexes(func(r *disputeRecord) commitment {
			return commitment{r.Firm, r.Customer, r.ID.Bytes(), r.State.Active()}
		})}
	plans = store.Table[planRecord]{Name: "plans", Key: func(r *planRecord) []byte { return r.ID.Bytes() },
		Indexes: commitmentIndexes(func(r *planRecord) commitment {
			return commitment{r.Firm, r.Customer, r.ID.Bytes(), !r.State.Done()}
		})}
	pauses = store.Table[pauseRecord]{Name: "pauses", Key: func(r *pauseRecord) []byte { return r.Request.Bytes() },
		Indexes: []store.Index[pauseRecord]{{Name: "customer", Entries: func(_ store.Tx, r *pauseRecord) []store.Pair {
			return one(join(r.Customer.Bytes(), r.Request.Bytes()), nil)
		}}}}
)

type commitment struct {
	firm     ledger.FirmID
	customer ledger.CustomerID
	id       []byte
	active   bool
}

func commitmentIndexes[R any](of func(*R) commitment) []store.Index[R] {
	return []store.Index[R]{
		{Name: "customer", Entries: func(_ store.Tx, r *R) []store.Pair {
			c := of(r)
			return one(join(c.customer.Bytes(), c.id), nil)
		}},
		{Name: "active", Entries: func(_ store.Tx, r *R) []store.Pair {
			c := of(r)
			if !c.active {
				return nil
			}
			return one(join(c.firm.Bytes(), c.id), nil)
		}},
	}
}

type promiseRecord struct {
	ID         ledger.PromiseID    `cbor:"1,keyasint"`
	Firm       ledger.FirmID       `cbor:"2,keyasint"`
	Customer   ledger.CustomerID   `cbor:"3,keyasint"`
	Documents  []ledger.DocumentID `cbor:"4,keyasint"`
	Amount     int64               `cbor:"5,keyasint"`
	Currency   money.Currency      `cbor:"6,keyasint"`
	On         int32               `cbor:"7,keyasint"`
	Method     ledger.Method       `cbor:"8,keyasint,omitzero"`
	GraceDays  int                 `cbor:"9,keyasint,omitzero"`
	Extensions int                 `cbor:"10,keyasint,omitzero"`
	By         string              `cbor:"11,keyasint,omitzero"`
	Contact    ledger.ContactID    `cbor:"12,keyasint,omitzero"`
	Channel    string              `cbor:"13,keyasint,omitzero"`
	RecordedBy string              `cbor:"14,keyasint,omitzero"`
	Recorded   int64               `cbor:"15,keyasint"`
	RecordedOn int32               `cbor:"16,keyasint"`
	Note       string              `cbor:"17,keyasint,omitzero"`
	Request    ledger.RequestID    `cbor:"18,keyasint,omitzero"`
	State      ledger.PromiseState `cbor:"19,keyasint,omitzero"`
	Received   int64               `cbor:"20,keyasint,omitzero"`
	Ended      int32               `cbor:"21,keyasint,omitzero"`
	Reason     string              `cbor:"22,keyasint,omitzero"`
	Next       ledger.PromiseID    `cbor:"23,keyasint,omitzero"`
}

func fromPromise(p ledger.Promise) promiseRecord {
	return promiseRecord{ID: p.ID, Firm: p.Firm, Customer: p.Customer, Documents: p.Documents, Amount: p.Amount.Minor, Currency: p.Amount.Currency,
		On: int32(p.On), Method: p.Method, GraceDays: p.GraceDays, Extensions: p.Extensions, By: p.By, Contact: p.Contact, Channel: p.Channel,
		RecordedBy: p.RecordedBy, Recorded: unixNano(p.Recorded), RecordedOn: int32(p.RecordedOn), Note: p.Note, Request: p.Request,
		State: p.State, Received: p.Received, Ended: int32(p.Ended), Reason: p.Reason, Next: p.Next}
}

func (r promiseRecord) promise() ledger.Promise {
	return ledger.Promise{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Documents: r.Documents, Amount: money.Of(r.Amount, r.Currency),
		On: civil.Date(r.On), Method: r.Method, GraceDays: r.GraceDays, Extensions: r.Extensions, By: r.By, Contact: r.Contact, Channel: r.Channel,
		RecordedBy: r.RecordedBy, Recorded: instant(r.Recorded), RecordedOn: civil.Date(r.RecordedOn), Note: r.Note, Request: r.Request,
		State: r.State, Received: r.Received, Ended: civil.Date(r.Ended), Reason: r.Reason, Next: r.Next}
}

type disputeLineRecord struct {
	_        struct{} `cbor:",toarray"`
	Document ledger.DocumentID
	Amount   int64
}

type disputeRecord struct {
	ID          ledger.DisputeID     `cbor:"1,keyasint"`
	Firm        ledger.FirmID        `cbor:"2,keyasint"`
	Customer    ledger.CustomerID    `cbor:"3,keyasint"`
	Reason      ledger.DisputeReason `cbor:"4,keyasint"`
	Lines       []disputeLineRecord  `cbor:"5,keyasint"`
	Currency    money.Currency       `cbor:"6,keyasint"`
	Text        string               `cbor:"7,keyasint,omitzero"`
	By          string               `cbor:"8,keyasint,omitzero"`
	Contact     ledger.ContactID     `cbor:"9,keyasint,omitzero"`
	Channel     string               `cbor:"10,keyasint,omitzero"`
	RecordedBy  string               `cbor:"11,keyasint,omitzero"`
	Opened      int64                `cbor:"12,keyasint"`
	OpenedOn    int32                `cbor:"13,keyasint"`
	Deadline    int32                `cbor:"14,keyasint"`
	Owner       ledger.UserID        `cbor:"15,keyasint,omitzero"`
	Request     ledger.RequestID     `cbor:"16,keyasint,omitzero"`
	State       ledger.DisputeState  `cbor:"17,keyasint,omitzero"`
	Since       int64                `cbor:"18,keyasint"`
	Waited      int64                `cbor:"19,keyasint,omitzero"`
	Ended       int32                `cbor:"20,keyasint,omitzero"`
	Outcome     string               `cbor:"21,keyasint,omitzero"`
	NoticeUntil int32                `cbor:"22,keyasint,omitzero"`
	Escalated   bool                 `cbor:"23,keyasint,omitzero"`
}

func fromDispute(d ledger.Dispute) disputeRecord {
	r := disputeRecord{ID: d.ID, Firm: d.Firm, Customer: d.Customer, Reason: d.Reason, Currency: d.Currency, Text: d.Text, By: d.By,
		Contact: d.Contact, Channel: d.Channel, RecordedBy: d.RecordedBy, Opened: unixNano(d.Opened), OpenedOn: int32(d.OpenedOn),
		Deadline: int32(d.Deadline), Owner: d.Owner, Request: d.Request, State: d.State, Since: unixNano(d.Since), Waited: int64(d.Waited),
		Ended: int32(d.Ended), Outcome: d.Outcome, NoticeUntil: int32(d.NoticeUntil), Escalated: d.Escalated}
	for _, l := range d.Lines {
		r.Lines = append(r.Lines, disputeLineRecord{Document: l.Document, Amount: l.Amount})
	}
	return r
}

func (r disputeRecord) dispute() ledger.Dispute {
	d := ledger.Dispute{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Reason: r.Reason, Currency: r.Currency, Text: r.Text, By: r.By,
		Contact: r.Contact, Channel: r.Channel, RecordedBy: r.RecordedBy, Opened: instant(r.Opened), OpenedOn: civil.Date(r.OpenedOn),
		Deadline: civil.Date(r.Deadline), Owner: r.Owner, Request: r.Request, State: r.State, Since: instant(r.Since), Waited: time.Duration(r.Waited),
		Ended: civil.Date(r.Ended), Outcome: r.Outcome, NoticeUntil: civil.Date(r.NoticeUntil), Escalated: r.Escalated}
	for _, l := range r.Lines {
		d.Lines = append(d.Lines, ledger.DisputeLine{Document: l.Document, Amount: l.Amount})
	}
	return d
}

type instalmentRecord struct {
	_      struct{} `cbor:",toarray"`
	Due    int32
	Amount int64
}

type planRecord struct {
	ID             ledger.PlanID       `cbor:"1,keyasint"`
	Firm           ledger.FirmID       `cbor:"2,keyasint"`
	Customer       ledger.CustomerID   `cbor:"3,keyasint"`
	Documents      []ledger.DocumentID `cbor:"4,keyasint"`
	Total          int64               `cbor:"5,keyasint"`
	Currency       money.Currency      `cbor:"6,keyasint"`
	Instalments    []instalmentRecord  `cbor:"7,keyasint"`
	GraceDays      int                 `cbor:"8,keyasint,omitzero"`
	InterestWaived bool                `cbor:"9,keyasint,omitzero"`
	By             string              `cbor:"10,keyasint,omitzero"`
	Contact        ledger.ContactID    `cbor:"11,keyasint,omitzero"`
	RecordedBy     string              `cbor:"12,keyasint,omitzero"`
	Created        int64               `cbor:"13,keyasint"`
	Note           string              `cbor:"14,keyasint,omitzero"`
	Request        ledger.RequestID    `cbor:"15,keyasint,omitzero"`
	State          ledger.PlanState    `cbor:"16,keyasint,omitzero"`
	Activated      int32               `cbor:"17,keyasint,omitzero"`
	Ended          int32               `cbor:"18,keyasint,omitzero"`
	Reason         string              `cbor:"19,keyasint,omitzero"`
}

func fromPlan(p ledger.Plan) planRecord {
	r := planRecord{ID: p.ID, Firm: p.Firm, Customer: p.Customer, Documents: p.Documents, Total: p.Total.Minor, Currency: p.Total.Currency,
		GraceDays: p.GraceDays, InterestWaived: p.InterestWaived, By: p.By, Contact: p.Contact, RecordedBy: p.RecordedBy,
		Created: unixNano(p.Created), Note: p.Note, Request: p.Request, State: p.State, Activated: int32(p.Activated), Ended: int32(p.Ended), Reason: p.Reason}
	for _, x := range p.Instalments {
		r.Instalments = append(r.Instalments, instalmentRecord{Due: int32(x.Due), Amount: x.Amount})
	}
	return r
}

func (r planRecord) plan() ledger.Plan {
	p := ledger.Plan{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Documents: r.Documents, Total: money.Of(r.Total, r.Currency),
		GraceDays: r.GraceDays, InterestWaived: r.InterestWaived, By: r.By, Contact: r.Contact, RecordedBy: r.RecordedBy,
		Created: instant(r.Created), Note: r.Note, Request: r.Request, State: r.State, Activated: civil.Date(r.Activated), Ended: civil.Date(r.Ended), Reason: r.Reason}
	for _, x := range r.Instalments {
		p.Instalments = append(p.Instalments, ledger.Instalment{Due: civil.Date(x.Due), Amount: x.Amount})
	}
	return p
}

type pauseRecord struct {
	Request   ledger.RequestID    `cbor:"1,keyasint"`
	Firm      ledger.FirmID       `cbor:"2,keyasint"`
	Customer  ledger.CustomerID   `cbor:"3,keyasint"`
	Documents []ledger.DocumentID `cbor:"4,keyasint"`
	Until     int32               `cbor:"5,keyasint"`
}

func (r pauseRecord) pause() ledger.Pause {
	return ledger.Pause{Request: r.Request, Firm: r.Firm, Customer: r.Customer, Documents: r.Documents, Until: civil.Date(r.Until)}
}

// Commitments are a customer's promises, disputes, plans and pauses, finished ones included, as recorded.
func (r *Reader) Commitments(c ledger.CustomerID) (out ledger.Commitments, err error) {
	if out.Promises, err = collect(listed(r, &promises, "customer", c.Bytes(), promiseRecord.promise)); err != nil {
		return out, err
	}
	if out.Disputes, err = collect(listed(r, &disputes, "customer", c.Bytes(), disputeRecord.dispute)); err != nil {
		return out, err
	}
	if out.Plans, err = collect(listed(r, &plans, "customer", c.Bytes(), planRecord.plan)); err != nil {
		return out, err
	}
	out.Pauses, err = collect(listed(r, &pauses, "customer", c.Bytes(), pauseRecord.pause))
	return out, err
}

// Holds are the holds on a customer's documents on a date: what is disputed, planned, promised or paused of each.
func (r *Reader) Holds(c ledger.CustomerID, asOf civil.Date) (ledger.Holds, error) {
	a, err := r.Account(c)
	if err != nil {
		return nil, err
	}
	k, err := r.Commitments(c)
	return ledger.HoldsOn(a, k, asOf), err
}

// OpenPromises are the firm's promises that have not been judged, as recorded.
func (r *Reader) OpenPromises(f ledger.FirmID) iter.Seq2[ledger.Promise, error] {
	return listed(r, &promises, "active", f.Bytes(), promiseRecord.promise)
}

// OpenDisputes are the firm's disputes that have not been resolved, as recorded.
func (r *Reader) OpenDisputes(f ledger.FirmID) iter.Seq2[ledger.Dispute, error] {
	return listed(r, &disputes, "active", f.Bytes(), disputeRecord.dispute)
}

// LivePlans are the firm's plans that are drafted, offered or active, as recorded.
func (r *Reader) LivePlans(f ledger.FirmID) iter.Seq2[ledger.Plan, error] {
	return listed(r, &plans, "active", f.Bytes(), planRecord.plan)
}

// Promise is the promise with the id.
func (r *Reader) Promise(id ledger.PromiseID) (ledger.Promise, error) {
	rec, err := promises.Get(r.tx, id.Bytes())
	return rec.promise(), unknownCommitment(err, "promise", "promise")
}

// Dispute is the dispute with the id.
func (r *Reader) Dispute(id ledger.DisputeID) (ledger.Dispute, error) {
	rec, err := disputes.Get(r.tx, id.Bytes())
	return rec.dispute(), unknownCommitment(err, "dispute", "dispute")
}

// Plan is the payment plan with the id.
func (r *Reader) Plan(id ledger.PlanID) (ledger.Plan, error) {
	rec, err := plans.Get(r.tx, id.Bytes())
	return rec.plan(), unknownCommitment(err, "plan", "payment plan")
}

// listed walks the records that an index names under a prefix of 16 bytes.
func listed[R, T any](r *Reader, t *store.Table[R], index string, prefix []byte, thing func(R) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p, err := range t.Entries(r.tx, index, store.Prefix(prefix)) {
			var rec R
			if err == nil {
				rec, err = t.Get(r.tx, p.Key[16:])
			}
			if !yield(thing(rec), err) || err != nil {
				return
			}
		}
	}
}

// activePlans are those of a customer that decide, or have decided, when documents are due.
func (r *Reader) activePlans(c ledger.CustomerID) (out []ledger.Plan, err error) {
	for p, err := range listed(r, &plans, "customer", c.Bytes(), planRecord.plan) {
		if err != nil {
			return nil, err
		}
		if !p.Activated.IsZero() {
			out = append(out, p)
		}
	}
	return out, nil
}

// commitments are what the visitor and the firm have agreed on, without the firm's own notes. A pay link shows none.
func (p *PortalView) commitments(r *Reader) (ledger.Commitments, error) {
	if len(p.scope.Documents) > 0 {
		return ledger.Commitments{}, nil
	}
	out, err := r.Commitments(p.scope.Customer)
	if err != nil {
		return out, err
	}
	for i := range out.Promises {
		x := &out.Promises[i]
		x.Note, x.RecordedBy = "", ""
	}
	for i := range out.Disputes {
		x := &out.Disputes[i]
		x.RecordedBy, x.Owner = "", ledger.UserID{}
	}
	drafts := out.Plans
	out.Plans = nil
	for _, x := range drafts {
		if x.State != ledger.PlanDraft {
			x.Note, x.RecordedBy = "", ""
			out.Plans = append(out.Plans, x)
		}
	}
	return out, nil
}
