package api

import (
	"context"
	"encoding/json"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// PlanInstalment is a part of a payment plan.
type PlanInstalment struct {
	Due     string `json:"due" format:"date"`
	Amount  string `json:"amount" maxLength:"30"`
	Left    string `json:"left,omitempty" doc:"What is still to be paid of it."`
	Overdue bool   `json:"overdue,omitempty"`
}

// PromiseView is a promise to pay.
type PromiseView struct {
	ID         string `json:"id"`
	State      string `json:"state" enum:"open,kept,partly_kept,broken,canceled,superseded"`
	Invoices   []Ref  `json:"invoices" nullable:"false"`
	Amount     Money  `json:"amount"`
	On         string `json:"on" format:"date"`
	Deadline   string `json:"deadline" format:"date" doc:"The last day on which money counts."`
	Received   string `json:"received"`
	By         string `json:"by"`
	Channel    string `json:"channel"`
	RecordedBy string `json:"recorded_by"`
	Recorded   string `json:"recorded" format:"date"`
	Extensions int    `json:"extensions"`
	Note       string `json:"note"`
	Reason     string `json:"reason"`
}

// DisputeView is a dispute.
type DisputeView struct {
	ID       string        `json:"id"`
	State    string        `json:"state" enum:"open,investigating,waiting_customer,resolved_valid,resolved_invalid,withdrawn"`
	Reason   string        `json:"reason"`
	Invoices []Ref         `json:"invoices" nullable:"false"`
	Lines    []RequestLine `json:"lines" nullable:"false"`
	Amount   Money         `json:"amount"`
	Text     string        `json:"text"`
	By       string        `json:"by"`
	Opened   string        `json:"opened" format:"date"`
	Deadline string        `json:"deadline" format:"date"`
	Late     bool          `json:"late"`
	Hours    int           `json:"hours" doc:"In the firm's hands; waiting for the customer does not count."`
	Outcome  string        `json:"outcome"`
	Next     []string      `json:"next" nullable:"false" doc:"States that it may go to."`
}

// PlanView is a payment plan.
type PlanView struct {
	ID          string           `json:"id"`
	State       string           `json:"state" enum:"draft,offered,active,completed,defaulted,canceled"`
	Invoices    []Ref            `json:"invoices" nullable:"false"`
	Total       Money            `json:"total"`
	Paid        string           `json:"paid"`
	Instalments []PlanInstalment `json:"instalments" nullable:"false"`
	Next        int              `json:"next" doc:"The first instalment that is still to be paid, from 0."`
	By          string           `json:"by"`
	Note        string           `json:"note"`
	Reason      string           `json:"reason"`
}

// HoldView is what is held of a document.
type HoldView struct {
	Invoice  Ref    `json:"invoice"`
	Open     Money  `json:"open"`
	Disputed string `json:"disputed"`
	Planned  string `json:"planned"`
	Promised string `json:"promised"`
	Paused   string `json:"paused"`
	Free     string `json:"free"`
	Until    string `json:"until" format:"date"`
}

// Agreements are a customer's promises, disputes and plans, the latest first.
type Agreements struct {
	Promises []PromiseView `json:"promises" nullable:"false"`
	Disputes []DisputeView `json:"disputes" nullable:"false"`
	Plans    []PlanView    `json:"plans" nullable:"false"`
	Holds    []HoldView    `json:"holds" nullable:"false"`
	KeptRate *string       `json:"kept_rate,omitempty" doc:"Percent of the promises that were judged; missing when none was."`
}

type promiseInput struct {
	AtCustomer
	InKey
	Body struct {
		Invoices []string `json:"invoices" minItems:"1" maxItems:"500"`
		Amount   string   `json:"amount" maxLength:"30"`
		Currency string   `json:"currency" maxLength:"3"`
		On       string   `json:"on" format:"date"`
		Method   string   `json:"method,omitempty" maxLength:"40" doc:"transfer has three business days of grace, creditcard and ideal none."`
		By       string   `json:"by,omitempty" maxLength:"200"`
		Channel  string   `json:"channel,omitempty" maxLength:"40"`
		Note     string   `json:"note,omitempty" maxLength:"4000"`
	}
}

type disputeInput struct {
	AtCustomer
	InKey
	Body struct {
		Reason   string        `json:"reason" enum:"price,quantity,quality,delivery,po_missing,tax,duplicate,already_paid,wrong_debtor,other"`
		Lines    []RequestLine `json:"lines" minItems:"1" maxItems:"500"`
		Currency string        `json:"currency" maxLength:"3"`
		Text     string        `json:"text,omitempty" maxLength:"4000"`
		By       string        `json:"by,omitempty" maxLength:"200"`
		Channel  string        `json:"channel,omitempty" maxLength:"40"`
	}
}

type planInput struct {
	AtCustomer
	InKey
	Body struct {
		Invoices    []string         `json:"invoices" minItems:"1" maxItems:"500"`
		Currency    string           `json:"currency" maxLength:"3"`
		Instalments []PlanInstalment `json:"instalments" minItems:"2" maxItems:"120"`
		By          string           `json:"by,omitempty" maxLength:"200"`
		Note        string           `json:"note,omitempty" maxLength:"4000"`
		State       string           `json:"state,omitempty" enum:"draft,offered,active" doc:"active: agreed on already."`
	}
}

type proposalForPlanInput struct {
	AtCustomer
	Body struct {
		Invoices []string `json:"invoices" minItems:"1" maxItems:"500"`
		Count    int      `json:"count" minimum:"2" maximum:"120"`
		First    string   `json:"first" format:"date"`
	}
}

type cancelPromiseInput struct {
	InFirm
	Promise string `path:"promise"`
	Body    struct {
		Reason string `json:"reason" maxLength:"4000"`
	}
}

type moveDisputeInput struct {
	InFirm
	Dispute string `path:"dispute"`
	Body    struct {
		State   string `json:"state" enum:"investigating,waiting_customer,resolved_valid,resolved_invalid,withdrawn"`
		Outcome string `json:"outcome,omitempty" maxLength:"4000" doc:"For the customer; resolving needs it."`
	}
}

type movePlanInput struct {
	InFirm
	Plan string `path:"plan"`
	Body struct {
		State  string `json:"state" enum:"offered,active,canceled"`
		Reason string `json:"reason,omitempty" maxLength:"4000"`
	}
}

func (a *API) agreements() {
	add(a, op("GET /customers/{customer}/agreements", "getAgreements", "requests", "Promises, disputes and payment plans, and what they hold", access.Read), a.getAgreements)
	add(a, op("POST /customers/{customer}/promises", "addPromise", "requests", "Record a promise to pay", access.RequestsWrite), a.addPromise)
	add(a, op("POST /promises/{promise}/cancel", "cancelPromise", "requests", "Take a promise away", access.RequestsWrite), a.cancelPromise)
	add(a, op("POST /customers/{customer}/disputes", "addDispute", "requests", "Record a dispute", access.RequestsWrite), a.addDispute)
	add(a, op("POST /disputes/{dispute}/move", "moveDispute", "requests", "Investigate, ask the customer, resolve or withdraw a dispute", access.RequestsWrite), a.moveDispute)
	add(a, op("POST /customers/{customer}/plan-proposal", "proposePlan", "requests", "Cut what is open into monthly instalments", access.Read), a.proposePlan)
	add(a, op("POST /customers/{customer}/plans", "addPlan", "requests", "Draft, offer or agree on a payment plan", access.RequestsWrite), a.addPlan)
	add(a, op("POST /plans/{plan}/move", "movePlan", "requests", "Offer, activate or cancel a payment plan", access.RequestsWrite), a.movePlan)
}

// owner is the customer with the id, as the ledger has it.
func (a *API) owner(ctx context.Context, id ledger.CustomerID) (c ledger.Customer, err error) {
	err = a.Books.View(ctx, func(r *books.Reader) error { c, err = r.Customer(id); return err })
	return c, err
}

// agreementsOf are a customer's agreements as they are now.
func (a *API) agreementsOf(ctx context.Context, id ledger.CustomerID, err error) (*body[Agreements], error) {
	if err != nil {
		return nil, err
	}
	out := Agreements{Promises: []PromiseView{}, Disputes: []DisputeView{}, Plans: []PlanView{}, Holds: []HoldView{}}
	c, err := a.owner(ctx, id)
	if err != nil {
		return nil, err
	}
	err = a.show(ctx, c.Firm, func(v *viewer) error {
		acc, err := v.accountOf(id)
		if err != nil {
			return err
		}
		k, err := v.r.Commitments(id)
		if err != nil {
			return err
		}
		for i := len(k.Promises) - 1; i >= 0; i-- {
			out.Promises = append(out.Promises, v.promise(acc, k.Promises[i]))
		}
		for i := len(k.Disputes) - 1; i >= 0; i-- {
			out.Disputes = append(out.Disputes, v.dispute(acc, k.Disputes[i]))
		}
		for i := len(k.Plans) - 1; i >= 0; i-- {
			out.Plans = append(out.Plans, v.plan(acc, k.Plans[i]))
		}
		out.Holds = append(out.Holds, v.holds(acc, k)...)
		if rate, ok := k.KeptRate(); ok {
			s := milli(int64(rate) * 100)
			out.KeptRate = &s
		}
		return nil
	})
	return answer(out, err)
}

func (v *viewer) promise(acc *ledger.Account, p ledger.Promise) PromiseView {
	return PromiseView{ID: p.ID.String(), State: p.State.String(), Invoices: v.refs(acc, p.Documents), Amount: Money{p.Amount.String(), string(p.Amount.Currency)},
		On: p.On.String(), Deadline: p.Deadline().String(), Received: minor(p.Received, p.Amount.Currency), By: p.By, Channel: p.Channel, RecordedBy: p.RecordedBy,
		Recorded: p.RecordedOn.String(), Extensions: p.Extensions, Note: p.Note, Reason: p.Reason}
}

func (v *viewer) dispute(acc *ledger.Account, d ledger.Dispute) DisputeView {
	out := DisputeView{ID: d.ID.String(), State: d.State.String(), Reason: string(d.Reason), Amount: Money{d.Amount().String(), string(d.Currency)}, Text: d.Text, By: d.By,
		Opened: d.OpenedOn.String(), Deadline: d.Deadline.String(), Late: d.Late(v.today), Hours: int(d.Clock(v.a.Books.Clock().Now()).Hours()), Outcome: d.Outcome, Next: []string{}}
	var ids []ledger.DocumentID
	for _, l := range d.Lines {
		ids = append(ids, l.Document)
		out.Lines = append(out.Lines, RequestLine{Invoice: l.Document.String(), Amount: minor(l.Amount, d.Currency)})
	}
	out.Invoices = v.refs(acc, ids)
	for to := ledger.DisputeInvestigating; to <= ledger.DisputeWithdrawn; to++ {
		if d.State.Step(to) == nil {
			out.Next = append(out.Next, to.String())
		}
	}
	return out
}

func (v *viewer) plan(acc *ledger.Account, p ledger.Plan) PlanView {
	standing, next := p.Standing(acc, v.today)
	out := PlanView{ID: p.ID.String(), State: p.State.String(), Invoices: v.refs(acc, p.Documents), Total: Money{p.Total.String(), string(p.Total.Currency)},
		Next: next, By: p.By, Note: p.Note, Reason: p.Reason}
	left := int64(0)
	for _, x := range standing {
		left += x.Left
		out.Instalments = append(out.Instalments, PlanInstalment{Due: x.Due.String(), Amount: minor(x.Amount, p.Total.Currency), Left: minor(x.Left, p.Total.Currency),
			Overdue: x.Overdue && p.State == ledger.PlanActive})
	}
	out.Paid = minor(max(p.Total.Minor-left, 0), p.Total.Currency)
	return out
}

func (v *viewer) holds(acc *ledger.Account, k ledger.Commitments) (out []HoldView) {
	holds := ledger.HoldsOn(acc, k, v.today)
	for _, it := range acc.OpenItems(v.today) {
		h, ok := holds[it.ID]
		if !ok {
			continue
		}
		d, _ := acc.Document(it.ID)
		c := it.Open.Currency
		out = append(out, HoldView{Invoice: documentRef(d), Open: Money{it.Open.String(), string(c)}, Disputed: minor(h.Disputed, c), Planned: minor(h.Planned, c),
			Promised: minor(h.Promised, c), Paused: minor(h.Paused, c), Free: minor(h.Free, c), Until: h.Until.String()})
	}
	return out
}

func (a *API) getAgreements(ctx context.Context, in *AtCustomer) (*body[Agreements], error) {
	id, err := in.id()
	return a.agreementsOf(ctx, id, err)
}

// writing is the customer of a path and who writes.
func (a *API) writing(ctx context.Context, at AtCustomer, key string) (ledger.CustomerID, journal.Meta, error) {
	id, err := at.id()
	if err != nil {
		return id, journal.Meta{}, err
	}
	c, err := a.owner(ctx, id)
	return id, meta(ctx, c.Firm, key), err
}

func (a *API) addPromise(ctx context.Context, in *promiseInput) (*body[Agreements], error) {
	id, m, err := a.writing(ctx, in.AtCustomer, in.Key)
	if err != nil {
		return nil, err
	}
	b := in.Body
	p := ledger.Promise{Customer: id, Method: ledger.Method(b.Method), By: b.By, Channel: b.Channel, Note: b.Note}
	if p.Documents, err = ids[ledger.DocumentID](b.Invoices); err != nil {
		return nil, err
	}
	if p.Amount, err = positive("amount", b.Amount, money.Currency(b.Currency)); err != nil {
		return nil, err
	}
	if p.On, err = day("on", b.On, 0); err != nil {
		return nil, err
	}
	_, err = a.Books.RecordPromise(ctx, m, p)
	return a.agreementsOf(ctx, id, err)
}

func (a *API) cancelPromise(ctx context.Context, in *cancelPromiseInput) (*body[Agreements], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := idOf[ledger.PromiseID](in.Promise)
	if err != nil {
		return nil, err
	}
	p, err := a.Books.CancelPromise(ctx, meta(ctx, f.ID, ""), id, in.Body.Reason)
	return a.agreementsOf(ctx, p.Customer, err)
}

func (a *API) addDispute(ctx context.Context, in *disputeInput) (*body[Agreements], error) {
	id, m, err := a.writing(ctx, in.AtCustomer, in.Key)
	if err != nil {
		return nil, err
	}
	b := in.Body
	p, err := RequestPayload{Lines: b.Lines}.payload(money.Currency(b.Currency))
	if err != nil {
		return nil, err
	}
	d := ledger.Dispute{Customer: id, Reason: ledger.DisputeReason(b.Reason), Text: b.Text, By: b.By, Channel: b.Channel}
	for _, l := range p.Lines {
		d.Lines = append(d.Lines, ledger.DisputeLine(l))
	}
	_, err = a.Books.OpenDispute(ctx, m, d)
	return a.agreementsOf(ctx, id, err)
}

func (a *API) moveDispute(ctx context.Context, in *moveDisputeInput) (*body[Agreements], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := idOf[ledger.DisputeID](in.Dispute)
	if err != nil {
		return nil, err
	}
	to, _ := ledger.ParseDisputeState(in.Body.State)
	d, err := a.Books.MoveDispute(ctx, meta(ctx, f.ID, ""), id, to, in.Body.Outcome)
	return a.agreementsOf(ctx, d.Customer, err)
}

// instalments reads the parts of a plan.
func instalments(list []PlanInstalment, c money.Currency) (out []ledger.Instalment, err error) {
	for _, x := range list {
		var i ledger.Instalment
		if i.Due, err = day("instalments", x.Due, 0); err != nil {
			return nil, err
		}
		v, err := positive("instalments", x.Amount, c)
		if err != nil {
			return nil, err
		}
		i.Amount = v.Minor
		out = append(out, i)
	}
	return out, nil
}

func (a *API) proposePlan(ctx context.Context, in *proposalForPlanInput) (*body[[]PlanInstalment], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	documents, err := ids[ledger.DocumentID](in.Body.Invoices)
	if err != nil {
		return nil, err
	}
	first, err := day("first", in.Body.First, 0)
	if err != nil {
		return nil, err
	}
	out := []PlanInstalment{}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		acc, err := r.Account(id)
		if err != nil {
			return err
		}
		today, err := r.Today(acc.Customer.Firm)
		if err != nil {
			return err
		}
		var total money.Amount
		for _, d := range documents {
			open := acc.Open(d, today)
			if total.Currency != "" && total.Currency != open.Currency {
				return fault.Invalidf("commitment.currency", "choose invoices in one currency")
			}
			total = total.Add(open)
		}
		parts, err := ledger.ProposePlan(total, in.Body.Count, first)
		out = out[:0]
		for _, x := range parts {
			out = append(out, PlanInstalment{Due: x.Due.String(), Amount: minor(x.Amount, total.Currency)})
		}
		return err
	})
	return answer(out, err)
}

func (a *API) addPlan(ctx context.Context, in *planInput) (*body[Agreements], error) {
	id, m, err := a.writing(ctx, in.AtCustomer, in.Key)
	if err != nil {
		return nil, err
	}
	b := in.Body
	p := ledger.Plan{Customer: id, By: b.By, Note: b.Note}
	if p.Documents, err = ids[ledger.DocumentID](b.Invoices); err != nil {
		return nil, err
	}
	if p.Instalments, err = instalments(b.Instalments, money.Currency(b.Currency)); err != nil {
		return nil, err
	}
	input, err := json.Marshal([]any{id, b})
	if err != nil {
		return nil, err
	}
	_, err = a.Books.Write(ctx, m, "plan.drafted", input, func(w *books.Writer) error {
		made, err := w.DraftPlan(p)
		for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
			if err == nil && (b.State == "active" || b.State == "offered" && to == ledger.PlanOffered) {
				made, err = w.MovePlan(made.ID, to, "")
			}
		}
		return err
	})
	return a.agreementsOf(ctx, id, err)
}

func (a *API) movePlan(ctx context.Context, in *movePlanInput) (*body[Agreements], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := idOf[ledger.PlanID](in.Plan)
	if err != nil {
		return nil, err
	}
	to := map[string]ledger.PlanState{"offered": ledger.PlanOffered, "active": ledger.PlanActive, "canceled": ledger.PlanCanceled}[in.Body.State]
	p, err := a.Books.MovePlan(ctx, meta(ctx, f.ID, ""), id, to, in.Body.Reason)
	return a.agreementsOf(ctx, p.Customer, err)
}
