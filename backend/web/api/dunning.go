package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
)

// Reminders plans, sends and remembers reminders: dunning.Service.
type Reminders interface {
	Preview(ctx context.Context, firm ledger.FirmID) (dunning.Preview, error)
	Plan(ctx context.Context, m journal.Meta) (dunning.Run, error)
	Runs(ctx context.Context, firm ledger.FirmID, limit int) ([]dunning.Run, error)
	Open(ctx context.Context, firm ledger.FirmID) ([]dunning.Step, error)
	Recent(ctx context.Context, firm ledger.FirmID, before dunning.StepID, limit int) ([]dunning.Step, error)
	History(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID, limit int) ([]dunning.Step, error)
	Approve(ctx context.Context, m journal.Meta, id dunning.StepID) error
	Hold(ctx context.Context, m journal.Meta, id dunning.StepID, until civil.Date, note string) error
	Skip(ctx context.Context, m journal.Meta, id dunning.StepID, note string) error
	Done(ctx context.Context, m journal.Meta, id dunning.StepID, outcome, note string) error
	SendApproved(ctx context.Context, m journal.Meta) (int, error)
	Settings(ctx context.Context, firm ledger.FirmID) (dunning.Settings, error)
	SetSettings(ctx context.Context, m journal.Meta, s dunning.Settings) (dunning.Settings, error)
	Strategies(ctx context.Context, firm ledger.FirmID) ([]ladder.Strategy, error)
	PutStrategy(ctx context.Context, m journal.Meta, s ladder.Strategy) (ladder.Strategy, error)
	Profile(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID) (dunning.Profile, error)
	SetProfile(ctx context.Context, m journal.Meta, p dunning.Profile) (dunning.Profile, error)
	Pause(ctx context.Context, m journal.Meta, c ledger.CustomerID, p dunning.Pause) (dunning.Profile, error)
	Resume(ctx context.Context, m journal.Meta, c ledger.CustomerID, d ledger.DocumentID) (dunning.Profile, error)
	Rates(ctx context.Context, firm ledger.FirmID) (interest.Table, []interest.Series, error)
	PutRate(ctx context.Context, m journal.Meta, r interest.Row) error
	DropRate(ctx context.Context, m journal.Meta, s interest.Series, from civil.Date) error
	Proposals(ctx context.Context, firm ledger.FirmID) ([]dunning.Charge, error)
	Charged(ctx context.Context, firm ledger.FirmID, limit int) ([]dunning.Charge, error)
	Accept(ctx context.Context, m journal.Meta, c ledger.CustomerID, seen money.Amount) (dunning.Charge, error)
}

// Reason is why somebody is left out, or a step was dropped.
type Reason struct {
	Code  string `json:"code" example:"promised"`
	Until string `json:"until" format:"date" doc:"The last day on which it holds; empty where that is not known."`
	Note  string `json:"note" doc:"What a person wrote about it."`
}

// ReminderLine is an invoice in a reminder.
type ReminderLine struct {
	Invoice string `json:"invoice"`
	Number  string `json:"number"`
	Due     string `json:"due" format:"date"`
	Amount  string `json:"amount" doc:"Open, less what is in dispute."`
	Step    string `json:"step" doc:"The rung of the ladder that the invoice has with it."`
}

// Reminder is one contact with a customer, made or to be made.
type Reminder struct {
	ID       string         `json:"id" doc:"Empty in a preview."`
	Customer Ref            `json:"customer"`
	Day      string         `json:"day" format:"date" doc:"Of the run that planned it."`
	State    string         `json:"state" enum:"planned,held,approved,sending,todo,sent,failed,dropped,skipped"`
	Step     string         `json:"step" example:"reminder"`
	Channel  string         `json:"channel" enum:"email,letter,call,handover"`
	Tone     string         `json:"tone"`
	Law      string         `json:"law" doc:"The legal form: nl_14_days, be_first, business, consumer; empty: none."`
	Strategy string         `json:"strategy"`
	Total    Money          `json:"total"`
	Lines    []ReminderLine `json:"lines" nullable:"false"`
	Cost     string         `json:"cost" doc:"Costs that the letter announces, in euro; empty: none."`
	To       string         `json:"to"`
	Reasons  []Reason       `json:"reasons" nullable:"false"`
	Note     string         `json:"note"`
	Outcome  string         `json:"outcome"`
	Until    string         `json:"until" format:"date"`
	By       string         `json:"by"`
	SentOn   string         `json:"sent_on" format:"date"`
	Mail     string         `json:"mail" doc:"The mail in the outbox; empty: none."`
	Created  *time.Time     `json:"created,omitempty"`
}

// LeftOut is a customer with something late who gets nothing.
type LeftOut struct {
	Customer Ref      `json:"customer"`
	Overdue  Money    `json:"overdue"`
	Reasons  []Reason `json:"reasons" nullable:"false"`
}

// ReminderDay is what the desk shows of a day: what waits for a person, what a run would add, and who is left out.
type ReminderDay struct {
	Day     string     `json:"day" format:"date"`
	Planned bool       `json:"planned" doc:"Today's run has been planned."`
	Open    []Reminder `json:"open" nullable:"false" doc:"Under way: planned, held, approved, sending, todo."`
	Preview []Reminder `json:"preview" nullable:"false" doc:"What a run would plan now."`
	Left    []LeftOut  `json:"left" nullable:"false"`
	Stale   []string   `json:"stale" nullable:"false" doc:"Series of interest rates that nobody has looked at for seven months."`
}

// ReminderIDs choose reminders.
type ReminderIDs struct {
	IDs []string `json:"ids" minItems:"1" maxItems:"1000" nullable:"false"`
}

// ReminderDecision is a hold or skip with its reason.
type ReminderDecision struct {
	Note  string `json:"note" minLength:"1" maxLength:"1000"`
	Until string `json:"until,omitempty" maxLength:"10"`
}

// ReminderOutcome is how work of a person ended.
type ReminderOutcome struct {
	Outcome string `json:"outcome" enum:"done,spoke,promise,dispute,paid,no_answer,wrong_contact"`
	Note    string `json:"note,omitempty" maxLength:"1000"`
}

// AtReminder is the thing that the path names.
type AtReminder struct {
	InFirm
	Reminder string `path:"reminder"`
}

func (at AtReminder) id() (id dunning.StepID, err error) {
	err = id.UnmarshalText([]byte(at.Reminder))
	return id, err
}

type decideReminderInput struct {
	AtReminder
	Body ReminderDecision
}

type doneReminderInput struct {
	AtReminder
	Body ReminderOutcome
}

type approveRemindersInput struct {
	InFirm
	Body ReminderIDs
}

func (a *API) reminders() {
	add(a, op("GET /reminders/today", "getReminderDay", "reminders", "What a run of today does, and who is left out, with reasons", access.Read), a.getReminderDay)
	add(a, op("POST /reminders/run", "runReminders", "reminders", "Plan today's run", access.RemindersWrite), a.runReminders)
	add(a, op("GET /reminders", "listReminders", "reminders", "Reminders of every state, newest first", access.Read), a.listReminders)
	add(a, op("POST /reminders/approve", "approveReminders", "reminders", "Approve reminders; they go out at once within the sending hours", access.RemindersWrite), a.approveReminders)
	add(a, op("POST /reminders/{reminder}/hold", "holdReminder", "reminders", "Put a reminder off", access.RemindersWrite, 204), a.holdReminder)
	add(a, op("POST /reminders/{reminder}/skip", "skipReminder", "reminders", "Let the invoices move on without it", access.RemindersWrite, 204), a.skipReminder)
	add(a, op("POST /reminders/{reminder}/done", "doneReminder", "reminders", "Say how a call, a letter or a hand-over went", access.RemindersWrite, 204), a.doneReminder)
	add(a, op("GET /customers/{customer}/reminders", "getCustomerReminders", "reminders", "A customer's strategy, pauses and reminders", access.Read), a.getCustomerReminders)
	add(a, op("PUT /customers/{customer}/reminders", "putCustomerReminders", "reminders", "Set a customer's strategy and flags", access.RemindersWrite), a.putCustomerReminders)
	add(a, op("POST /customers/{customer}/reminders/pause", "pauseReminders", "reminders", "Keep an invoice or the whole customer out of reminders", access.RemindersWrite), a.pauseReminders)
	add(a, op("POST /customers/{customer}/reminders/resume", "resumeReminders", "reminders", "End a pause", access.RemindersWrite), a.resumeReminders)
	a.reminderSettings()
}

// step views a step with its customer.
func stepView(r *books.Reader, s dunning.Step) (Reminder, error) {
	c, err := r.Customer(s.Customer)
	if err != nil {
		return Reminder{}, err
	}
	v := Reminder{ID: s.ID.String(), Customer: customerRef(c), Day: s.Day.String(), State: s.State.String(), Step: s.Step, Channel: string(s.Channel), Tone: string(s.Tone),
		Law: string(s.Law), Strategy: s.Strategy, Total: Money{money.Of(s.Total, s.Currency).String(), string(s.Currency)}, Lines: []ReminderLine{}, To: s.To,
		Reasons: reasonViews(s.Reasons), Note: s.Note, Outcome: s.Outcome, Until: s.Until.String(), By: s.By, SentOn: s.SentOn.String(), Created: instantOf(s.Created)}
	if s.Cost > 0 {
		v.Cost = money.Of(s.Cost, "EUR").String()
	}
	if s.Notice != ([16]byte{}) {
		v.Mail = mailID(s.Notice)
	}
	for _, l := range s.Lines {
		v.Lines = append(v.Lines, ReminderLine{Invoice: l.Document.String(), Number: l.Number, Due: l.Due.String(), Amount: money.Of(l.Amount, s.Currency).String(), Step: l.Step})
	}
	return v, nil
}

func reasonViews(rs []ladder.Reason) []Reason {
	out := make([]Reason, len(rs))
	for i, r := range rs {
		out[i] = Reason{Code: string(r.Code), Until: r.Until.String(), Note: r.Note}
	}
	return out
}

func (a *API) stepViews(ctx context.Context, steps []dunning.Step) (out []Reminder, err error) {
	err = a.Books.View(ctx, func(r *books.Reader) error {
		out = make([]Reminder, 0, len(steps))
		for _, s := range steps {
			v, err := stepView(r, s)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

func (a *API) getReminderDay(ctx context.Context, in *InFirm) (*body[ReminderDay], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	return a.reminderDay(ctx, f.ID)
}

func (a *API) reminderDay(ctx context.Context, firm ledger.FirmID) (*body[ReminderDay], error) {
	p, err := a.Reminders.Preview(ctx, firm)
	if err != nil {
		return nil, err
	}
	open, err := a.Reminders.Open(ctx, firm)
	if err != nil {
		return nil, err
	}
	_, stale, err := a.Reminders.Rates(ctx, firm)
	if err != nil {
		return nil, err
	}
	v := ReminderDay{Day: p.Day.String(), Planned: p.Planned, Left: make([]LeftOut, 0, len(p.Left)), Stale: []string{}}
	for _, s := range stale {
		v.Stale = append(v.Stale, string(s))
	}
	if v.Open, err = a.stepViews(ctx, open); err != nil {
		return nil, err
	}
	if v.Preview, err = a.stepViews(ctx, p.Messages); err != nil {
		return nil, err
	}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		v.Left = v.Left[:0]
		for _, l := range p.Left {
			c, err := r.Customer(l.Customer)
			if err != nil {
				return err
			}
			v.Left = append(v.Left, LeftOut{Customer: customerRef(c), Overdue: Money{l.Overdue.String(), string(l.Overdue.Currency)}, Reasons: reasonViews(l.Reasons)})
		}
		return nil
	})
	return answer(v, err)
}

func (a *API) runReminders(ctx context.Context, in *InFirm) (*body[ReminderDay], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	if _, err := a.Reminders.Plan(ctx, meta(ctx, f.ID, "")); err != nil {
		return nil, err
	}
	return a.reminderDay(ctx, f.ID)
}

func (a *API) listReminders(ctx context.Context, in *InList) (*body[Page[Reminder]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	var before dunning.StepID
	if err := before.UnmarshalText([]byte(in.Cursor)); err != nil {
		return nil, wrong("cursor", "request.cursor", "this is not a cursor of this list")
	}
	list, err := a.Reminders.Recent(ctx, f.ID, before, in.Limit)
	if err != nil {
		return nil, err
	}
	items, err := a.stepViews(ctx, list)
	page := Page[Reminder]{Items: items}
	if len(list) == in.Limit {
		page.NextCursor = list[len(list)-1].ID.String()
	}
	return answer(page, err)
}

func (a *API) approveReminders(ctx context.Context, in *approveRemindersInput) (*body[ReminderDay], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	for _, text := range in.Body.IDs {
		id, err := AtReminder{Reminder: text}.id()
		if err != nil {
			return nil, err
		}
		if err := a.Reminders.Approve(ctx, meta(ctx, f.ID, ""), id); err != nil {
			return nil, err
		}
	}
	return a.reminderDay(ctx, f.ID)
}

// onReminder does something with the reminder that a path names.
func (a *API) onReminder(ctx context.Context, at AtReminder, do func(journal.Meta, dunning.StepID) error) (*struct{}, error) {
	f, err := a.firm(ctx, at.Firm)
	if err != nil {
		return nil, err
	}
	id, err := at.id()
	if err != nil {
		return nil, err
	}
	return nil, do(meta(ctx, f.ID, ""), id)
}

func (a *API) holdReminder(ctx context.Context, in *decideReminderInput) (*struct{}, error) {
	until, err := day("until", in.Body.Until, 0)
	if err != nil {
		return nil, err
	}
	return a.onReminder(ctx, in.AtReminder, func(m journal.Meta, id dunning.StepID) error {
		return a.Reminders.Hold(ctx, m, id, until, in.Body.Note)
	})
}

func (a *API) skipReminder(ctx context.Context, in *decideReminderInput) (*struct{}, error) {
	return a.onReminder(ctx, in.AtReminder, func(m journal.Meta, id dunning.StepID) error { return a.Reminders.Skip(ctx, m, id, in.Body.Note) })
}

func (a *API) doneReminder(ctx context.Context, in *doneReminderInput) (*struct{}, error) {
	return a.onReminder(ctx, in.AtReminder, func(m journal.Meta, id dunning.StepID) error {
		return a.Reminders.Done(ctx, m, id, in.Body.Outcome, in.Body.Note)
	})
}
