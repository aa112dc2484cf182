package api

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/money"
)

// LadderStep is one rung of a strategy.
type LadderStep struct {
	ID       string `json:"id" minLength:"1" maxLength:"40"`
	Day      int    `json:"day" minimum:"-60" maximum:"400" doc:"Relative to the due date."`
	Channel  string `json:"channel" enum:"email,letter,call,handover"`
	Tone     string `json:"tone" enum:"heads_up,friendly,neutral,formal,final"`
	Above    string `json:"above" maxLength:"20" doc:"Only when more than this is open; 0: always."`
	Approval bool   `json:"approval" doc:"A person must approve, whatever the strategy says."`
}

// Strategy is a ladder of reminders.
type Strategy struct {
	ID           string       `json:"id" minLength:"1" maxLength:"60"`
	Name         string       `json:"name" maxLength:"100" doc:"Empty for the built-in ones."`
	Version      int          `json:"version,omitempty" readOnly:"true"`
	Steps        []LadderStep `json:"steps" minItems:"1" maxItems:"20" nullable:"false"`
	GraceDays    int          `json:"grace_days" minimum:"0" maximum:"30"`
	MinGap       int          `json:"min_gap" minimum:"7" maximum:"60"`
	SmallBalance string       `json:"small_balance" maxLength:"20"`
	Automatic    bool         `json:"automatic"`
	HumanOnly    bool         `json:"human_only"`
	HoldExpected bool         `json:"hold_expected"`
}

// ReminderSettings are the firm's choices.
type ReminderSettings struct {
	Strategy   string            `json:"strategy" maxLength:"60" doc:"Empty: default."`
	ByParty    map[string]string `json:"by_party" doc:"Strategy by kind of customer: business, consumer, public, unknown."`
	Segments   bool              `json:"segments" doc:"How a customer pays decides where nothing else does."`
	Holidays   []string          `json:"holidays" maxItems:"400" nullable:"false"`
	FromHour   int               `json:"from_hour" minimum:"0" maximum:"23"`
	ToHour     int               `json:"to_hour" minimum:"1" maximum:"24"`
	Daily      bool              `json:"daily" doc:"Plan a run by itself on every business day."`
	TermAgreed bool              `json:"term_agreed" doc:"Consumers are in default on the due date, by the terms they agreed to."`
	CostVAT    bool              `json:"cost_vat" doc:"The firm cannot deduct VAT: Dutch collection costs are with VAT."`
	PostDays   int               `json:"post_days" minimum:"0" maximum:"10"`
	Interest   bool              `json:"interest"`
	Fixed      bool              `json:"fixed"`
	Costs      bool              `json:"costs"`
	Clause     bool              `json:"clause"`
	LawCountry string            `json:"law_country" enum:",NL,BE,FR,DE"`
	TermsRate  string            `json:"terms_rate" maxLength:"10" doc:"Yearly rate agreed in the terms, percent; 0: the law's."`
	Series     string            `json:"series" maxLength:"20" doc:"How debit notes are numbered."`
	Least      string            `json:"least" maxLength:"20" doc:"Interest below this is not proposed."`
}

// Rate is a row of the table of interest rates.
type Rate struct {
	Series   string `json:"series" enum:"ecb,nl.decree,de.base,fr.legal"`
	From     string `json:"from" format:"date"`
	Rate     string `json:"rate" maxLength:"10" example:"2.40" doc:"Percent a year."`
	Source   string `json:"source" minLength:"1" maxLength:"300"`
	Verified string `json:"verified,omitempty" readOnly:"true"`
	Own      bool   `json:"own,omitempty" readOnly:"true"`
}

// Rates are the rows that count, and the series that somebody must look up.
type Rates struct {
	Items []Rate   `json:"items" nullable:"false"`
	Stale []string `json:"stale" nullable:"false"`
}

// ChargePart is one invoice's share of a late charge, with how it was computed.
type ChargePart struct {
	Invoice     string         `json:"invoice"`
	Number      string         `json:"number"`
	Kind        string         `json:"kind" enum:"interest,compensation,collection_costs,clause"`
	Amount      string         `json:"amount"`
	Default     string         `json:"default" format:"date" doc:"The last day before default."`
	Letter      string         `json:"letter" format:"date"`
	Principal   string         `json:"principal"`
	Provisional bool           `json:"provisional"`
	Lines       []InterestLine `json:"lines" nullable:"false"`
}

// InterestLine is a stretch of days with one principal and one rate.
type InterestLine struct {
	From   string `json:"from" format:"date"`
	To     string `json:"to" format:"date"`
	Days   int    `json:"days"`
	Base   string `json:"base"`
	Rate   string `json:"rate"`
	Amount string `json:"amount"`
}

// Charge is a late charge, proposed or accepted.
type Charge struct {
	Customer    Ref          `json:"customer"`
	Law         string       `json:"law"`
	Total       Money        `json:"total"`
	Provisional bool         `json:"provisional"`
	Parts       []ChargePart `json:"parts" nullable:"false"`
	Number      string       `json:"number" doc:"Of the debit note; empty: proposed."`
	Document    string       `json:"document"`
	On          string       `json:"on" format:"date"`
	By          string       `json:"by"`
}

// Charges are proposals and what was accepted lately.
type Charges struct {
	On       bool     `json:"on" doc:"Some rule is switched on."`
	Proposed []Charge `json:"proposed" nullable:"false"`
	Accepted []Charge `json:"accepted" nullable:"false"`
}

// ChargeAccept accepts the proposal of a customer, if it is still this much.
type ChargeAccept struct {
	Customer string `json:"customer"`
	Total    Money  `json:"total"`
}

// CustomerReminders are what people decided about a customer, and what went out.
type CustomerReminders struct {
	Strategy  string     `json:"strategy" maxLength:"60"`
	Legal     bool       `json:"legal"`
	Insolvent bool       `json:"insolvent"`
	Pauses    []Pause    `json:"pauses" nullable:"false" readOnly:"true"`
	History   []Reminder `json:"history" nullable:"false" readOnly:"true"`
}

// CustomerRemindersInput sets the strategy and flags.
type CustomerRemindersInput struct {
	Strategy  string `json:"strategy" maxLength:"60"`
	Legal     bool   `json:"legal"`
	Insolvent bool   `json:"insolvent"`
}

// Pause keeps an invoice, or with an empty one the whole customer, out of reminders.
type Pause struct {
	Invoice string `json:"invoice" doc:"Empty: the whole customer."`
	Number  string `json:"number" readOnly:"true"`
	Until   string `json:"until" format:"date"`
	Note    string `json:"note"`
	By      string `json:"by" readOnly:"true"`
	On      string `json:"on" format:"date" readOnly:"true"`
}

// PauseInput asks for a pause; Invoice alone for its end.
type PauseInput struct {
	Invoice string `json:"invoice,omitempty"`
	Until   string `json:"until,omitempty" maxLength:"10"`
	Note    string `json:"note,omitempty" maxLength:"1000"`
}

type putStrategyInput struct {
	InFirm
	Strategy string `path:"strategy"`
	Body     Strategy
}

type putReminderSettingsInput struct {
	InFirm
	Body ReminderSettings
}

type putRateInput struct {
	InFirm
	Body Rate
}

type dropRateInput struct {
	InFirm
	Series string `path:"series"`
	From   string `path:"from" format:"date"`
}

type acceptChargeInput struct {
	InFirm
	Body ChargeAccept
}

type putCustomerRemindersInput struct {
	AtCustomer
	Body CustomerRemindersInput
}

type pauseInput struct {
	AtCustomer
	Body PauseInput
}

func (a *API) reminderSettings() {
	add(a, op("GET /settings/reminders", "getReminderSettings", "reminders", "How the firm reminds and charges", access.Read), a.getReminderSettings)
	add(a, op("PUT /settings/reminders", "putReminderSettings", "reminders", "Set how the firm reminds and charges", access.SettingsWrite), a.putReminderSettings)
	add(a, op("GET /settings/strategies", "listStrategies", "reminders", "The ladders of reminders", access.Read), a.listStrategies)
	add(a, op("PUT /settings/strategies/{strategy}", "putStrategy", "reminders", "Change a ladder or add one", access.SettingsWrite), a.putStrategy)
	add(a, op("GET /settings/rates", "listRates", "reminders", "Interest rates with their sources", access.Read), a.listRates)
	add(a, op("PUT /settings/rates", "putRate", "reminders", "Add a rate, or say that one was looked at again", access.SettingsWrite), a.putRate)
	add(a, op("DELETE /settings/rates/{series}/{from}", "dropRate", "reminders", "Take an own rate away", access.SettingsWrite), a.dropRate)
	add(a, op("GET /charges", "listCharges", "reminders", "Late charges, proposed and accepted", access.Read), a.listCharges)
	add(a, op("POST /charges", "acceptCharge", "reminders", "Make a debit note of a proposal", access.InvoicesWrite), a.acceptCharge)
}

func mailID(b [16]byte) string { return mail.NoticeID(b).String() }

// percentText writes hundredths of a percent; percentOf reads them.
func percentText(basis int64) string { return money.Of(basis, "EUR").String() }

func percentOf(field, s string) (int64, error) { return amountIn(field, s, "EUR") }

func amountIn(field, s string, c money.Currency) (int64, error) {
	if s == "" {
		return 0, nil
	}
	v, err := money.Parse(s, c)
	if err != nil {
		return 0, wrong(field, "request.amount", "expected a number such as 12.50")
	}
	return v.Minor, nil
}

func (a *API) getReminderSettings(ctx context.Context, in *InFirm) (*body[ReminderSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	s, err := a.Reminders.Settings(ctx, f.ID)
	return answer(reminderSettingsView(s, f), err)
}

func reminderSettingsView(s dunning.Settings, f ledger.Firm) ReminderSettings {
	c := s.Charges
	v := ReminderSettings{Strategy: s.Strategy, ByParty: map[string]string{}, Segments: s.Segments, Holidays: []string{}, Daily: s.Daily,
		TermAgreed: s.TermAgreed, CostVAT: s.CostVAT, PostDays: s.PostDays, Interest: c.Interest, Fixed: c.Fixed, Costs: c.Costs, Clause: c.Clause,
		LawCountry: c.LawCountry, TermsRate: percentText(c.TermsRate), Series: c.Series, Least: money.Of(c.Least, f.Currency).String()}
	for _, d := range s.Holidays {
		v.Holidays = append(v.Holidays, d.String())
	}
	v.FromHour, v.ToHour = s.Hours()
	for p, id := range s.ByParty {
		v.ByParty[partyNames[p]] = id
	}
	return v
}

func (a *API) putReminderSettings(ctx context.Context, in *putReminderSettingsInput) (*body[ReminderSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	b := in.Body
	s := dunning.Settings{Strategy: b.Strategy, ByParty: map[ledger.Party]string{}, Segments: b.Segments, FromHour: b.FromHour, ToHour: b.ToHour,
		Daily: b.Daily, TermAgreed: b.TermAgreed, CostVAT: b.CostVAT, PostDays: b.PostDays,
		Charges: dunning.Charges{Interest: b.Interest, Fixed: b.Fixed, Costs: b.Costs, Clause: b.Clause, LawCountry: b.LawCountry, Series: b.Series}}
	for name, id := range b.ByParty {
		p := slices.Index(partyNames, name)
		if p < 0 {
			return nil, wrong("by_party", "request.party", "expected business, consumer, public or unknown")
		}
		if id != "" {
			s.ByParty[ledger.Party(p)] = id //nolint:gosec // an index of partyNames
		}
	}
	for _, text := range b.Holidays {
		d, err := day("holidays", text, 0)
		if err != nil {
			return nil, err
		}
		if !d.IsZero() {
			s.Holidays = append(s.Holidays, d)
		}
	}
	if s.Charges.TermsRate, err = percentOf("terms_rate", b.TermsRate); err != nil {
		return nil, err
	}
	if s.Charges.Least, err = amountIn("least", b.Least, f.Currency); err != nil {
		return nil, err
	}
	s, err = a.Reminders.SetSettings(ctx, meta(ctx, f.ID, ""), s)
	return answer(reminderSettingsView(s, f), err)
}

func strategyView(s ladder.Strategy, c money.Currency) Strategy {
	v := Strategy{ID: s.ID, Name: s.Name, Version: s.Version, Steps: []LadderStep{}, GraceDays: s.GraceDays, MinGap: s.MinGap,
		SmallBalance: money.Of(s.SmallBalance, c).String(), Automatic: s.Automatic, HumanOnly: s.HumanOnly, HoldExpected: s.HoldExpected}
	for _, x := range s.Steps {
		v.Steps = append(v.Steps, LadderStep{ID: x.ID, Day: x.Day, Channel: string(x.Channel), Tone: string(x.Tone), Above: money.Of(x.Above, c).String(), Approval: x.Approval})
	}
	return v
}

func (a *API) listStrategies(ctx context.Context, in *InFirm) (*body[Page[Strategy]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	all, err := a.Reminders.Strategies(ctx, f.ID)
	page := Page[Strategy]{Items: []Strategy{}}
	for _, s := range all {
		page.Items = append(page.Items, strategyView(s, f.Currency))
	}
	return answer(page, err)
}

func (a *API) putStrategy(ctx context.Context, in *putStrategyInput) (*body[Strategy], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	b := in.Body
	s := ladder.Strategy{ID: in.Strategy, Name: b.Name, GraceDays: b.GraceDays, MinGap: b.MinGap, Automatic: b.Automatic, HumanOnly: b.HumanOnly, HoldExpected: b.HoldExpected}
	if s.SmallBalance, err = amountIn("small_balance", b.SmallBalance, f.Currency); err != nil {
		return nil, err
	}
	for _, x := range b.Steps {
		above, err := amountIn("steps", x.Above, f.Currency)
		if err != nil {
			return nil, err
		}
		s.Steps = append(s.Steps, ladder.Step{ID: x.ID, Day: x.Day, Channel: ladder.Channel(x.Channel), Tone: ladder.Tone(x.Tone), Above: above, Approval: x.Approval})
	}
	s, err = a.Reminders.PutStrategy(ctx, meta(ctx, f.ID, ""), s)
	return answer(strategyView(s, f.Currency), err)
}

func (a *API) listRates(ctx context.Context, in *InFirm) (*body[Rates], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	return a.rates(ctx, f.ID)
}

func (a *API) rates(ctx context.Context, firm ledger.FirmID) (*body[Rates], error) {
	table, stale, err := a.Reminders.Rates(ctx, firm)
	v := Rates{Items: make([]Rate, 0, len(table)), Stale: []string{}}
	for _, r := range table {
		v.Items = append(v.Items, Rate{Series: string(r.Series), From: r.From.String(), Rate: percentText(r.Basis), Source: r.Source, Verified: r.Verified.String(), Own: r.Own})
	}
	for _, s := range stale {
		v.Stale = append(v.Stale, string(s))
	}
	return answer(v, err)
}

func (a *API) putRate(ctx context.Context, in *putRateInput) (*body[Rates], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	basis, err := percentOf("rate", in.Body.Rate)
	if err != nil {
		return nil, err
	}
	from, err := day("from", in.Body.From, 0)
	if err != nil {
		return nil, err
	}
	row := interest.Row{Series: interest.Series(in.Body.Series), From: from, Basis: basis, Source: in.Body.Source}
	if err := a.Reminders.PutRate(ctx, meta(ctx, f.ID, ""), row); err != nil {
		return nil, err
	}
	return a.rates(ctx, f.ID)
}

func (a *API) dropRate(ctx context.Context, in *dropRateInput) (*body[Rates], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	from, err := day("from", in.From, 0)
	if err != nil {
		return nil, err
	}
	if err := a.Reminders.DropRate(ctx, meta(ctx, f.ID, ""), interest.Series(in.Series), from); err != nil {
		return nil, err
	}
	return a.rates(ctx, f.ID)
}

func chargeView(r *books.Reader, c dunning.Charge) (Charge, error) {
	cu, err := r.Customer(c.Customer)
	if err != nil {
		return Charge{}, err
	}
	in := func(minor int64) string { return money.Of(minor, c.Total.Currency).String() }
	v := Charge{Customer: customerRef(cu), Law: c.LawText, Total: Money{c.Total.String(), string(c.Total.Currency)}, Provisional: c.Provisional(), Parts: []ChargePart{},
		Number: c.Number, Document: c.Document.String(), On: c.On.String(), By: c.By}
	for _, p := range c.Parts {
		part := ChargePart{Invoice: p.Document.String(), Number: p.Number, Kind: string(p.Kind), Amount: in(p.Amount), Default: p.Default.String(), Letter: p.Letter.String(),
			Principal: in(p.Principal), Provisional: p.Provisional, Lines: []InterestLine{}}
		for _, l := range p.Lines {
			part.Lines = append(part.Lines, InterestLine{From: l.From.String(), To: l.To.String(), Days: l.Days, Base: in(l.Base), Rate: percentText(l.Basis), Amount: in(l.Amount)})
		}
		v.Parts = append(v.Parts, part)
	}
	return v, nil
}

func (a *API) listCharges(ctx context.Context, in *InFirm) (*body[Charges], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	return a.chargesOf(ctx, f.ID)
}

func (a *API) chargesOf(ctx context.Context, firm ledger.FirmID) (*body[Charges], error) {
	set, err := a.Reminders.Settings(ctx, firm)
	if err != nil {
		return nil, err
	}
	proposed, err := a.Reminders.Proposals(ctx, firm)
	if err != nil {
		return nil, err
	}
	accepted, err := a.Reminders.Charged(ctx, firm, 50)
	if err != nil {
		return nil, err
	}
	c := set.Charges
	v := Charges{On: c.Interest || c.Fixed || c.Costs || c.Clause}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		v.Proposed, v.Accepted = []Charge{}, []Charge{}
		for i, list := range [][]dunning.Charge{proposed, accepted} {
			for _, c := range list {
				x, err := chargeView(r, c)
				if err != nil {
					return err
				}
				if i == 0 {
					v.Proposed = append(v.Proposed, x)
				} else {
					v.Accepted = append(v.Accepted, x)
				}
			}
		}
		return nil
	})
	return answer(v, err)
}

func (a *API) acceptCharge(ctx context.Context, in *acceptChargeInput) (*body[Charges], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	var c ledger.CustomerID
	if err := c.UnmarshalText([]byte(in.Body.Customer)); err != nil {
		return nil, err
	}
	seen, err := money.Parse(in.Body.Total.Amount, money.Currency(in.Body.Total.Currency))
	if err != nil {
		return nil, err
	}
	if _, err := a.Reminders.Accept(ctx, meta(ctx, f.ID, ""), c, seen); err != nil {
		return nil, err
	}
	return a.chargesOf(ctx, f.ID)
}

// customerReminders answers with what is decided about a customer and its last reminders.
func (a *API) customerReminders(ctx context.Context, at AtCustomer, do func(ledger.FirmID, ledger.CustomerID) error) (*body[CustomerReminders], error) {
	c, err := at.id()
	if err != nil {
		return nil, err
	}
	var f ledger.FirmID
	err = a.Books.View(ctx, func(r *books.Reader) error {
		cu, err := r.Customer(c)
		f = cu.Firm
		return err
	})
	if err != nil {
		return nil, err
	}
	if do != nil {
		if err := do(f, c); err != nil {
			return nil, err
		}
	}
	p, err := a.Reminders.Profile(ctx, f, c)
	if err != nil {
		return nil, err
	}
	history, err := a.Reminders.History(ctx, f, c, 50)
	if err != nil {
		return nil, err
	}
	v := CustomerReminders{Strategy: p.Strategy, Legal: p.Legal, Insolvent: p.Insolvent}
	if v.History, err = a.stepViews(ctx, history); err != nil {
		return nil, err
	}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		v.Pauses = []Pause{}
		for _, x := range p.Pauses {
			pause := Pause{Invoice: x.Document.String(), Until: x.Until.String(), Note: x.Note, By: x.By, On: x.On.String()}
			if !x.Document.IsZero() {
				d, err := r.Document(x.Document)
				if err != nil {
					return err
				}
				pause.Number = d.Number
			}
			v.Pauses = append(v.Pauses, pause)
		}
		return nil
	})
	return answer(v, err)
}

func (a *API) getCustomerReminders(ctx context.Context, in *AtCustomer) (*body[CustomerReminders], error) {
	return a.customerReminders(ctx, *in, nil)
}

func (a *API) putCustomerReminders(ctx context.Context, in *putCustomerRemindersInput) (*body[CustomerReminders], error) {
	return a.customerReminders(ctx, in.AtCustomer, func(f ledger.FirmID, c ledger.CustomerID) error {
		_, err := a.Reminders.SetProfile(ctx, meta(ctx, f, ""), dunning.Profile{Customer: c, Strategy: in.Body.Strategy, Legal: in.Body.Legal, Insolvent: in.Body.Insolvent})
		return err
	})
}

func documentIn(s string) (id ledger.DocumentID, err error) {
	err = id.UnmarshalText([]byte(s))
	return id, err
}

func (a *API) pauseReminders(ctx context.Context, in *pauseInput) (*body[CustomerReminders], error) {
	return a.customerReminders(ctx, in.AtCustomer, func(f ledger.FirmID, c ledger.CustomerID) error {
		d, err := documentIn(in.Body.Invoice)
		if err != nil {
			return err
		}
		until, err := day("until", in.Body.Until, 0)
		if err != nil {
			return err
		}
		_, err = a.Reminders.Pause(ctx, meta(ctx, f, ""), c, dunning.Pause{Document: d, Until: until, Note: in.Body.Note})
		return err
	})
}

func (a *API) resumeReminders(ctx context.Context, in *pauseInput) (*body[CustomerReminders], error) {
	return a.customerReminders(ctx, in.AtCustomer, func(f ledger.FirmID, c ledger.CustomerID) error {
		d, err := documentIn(in.Body.Invoice)
		if err != nil {
			return err
		}
		_, err = a.Reminders.Resume(ctx, meta(ctx, f, ""), c, d)
		return err
	})
}
