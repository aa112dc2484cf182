package dunning

import (
	"cmp"
	"errors"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// reminderTerm is how long after the first written reminder a consumer is in default, where the due date alone is not
// enough (rulebook 2.3).
const reminderTerm = 14

// firmState is what is the same for all customers of a firm.
type firmState struct {
	firm       ledger.Firm
	today      civil.Date
	settings   Settings
	strategies []ladder.Strategy
	table      interest.Table
}

func (s *Service) firmIn(r *books.Reader, firm ledger.FirmID) (f firmState, err error) {
	if f.firm, err = r.Firm(firm); err != nil {
		return f, err
	}
	if f.today, err = r.Today(firm); err != nil {
		return f, err
	}
	if f.settings, err = settingsIn(r.Tx(), firm); err != nil {
		return f, err
	}
	if f.strategies, err = strategiesIn(r.Tx(), firm); err != nil {
		return f, err
	}
	f.table, err = tableIn(r.Tx(), firm)
	return f, err
}

// country is whose law governs the firm's claims (rulebook 2.7).
func (f firmState) country() string { return cmp.Or(f.settings.Charges.LawCountry, f.firm.Country) }

func (f firmState) law(c ledger.Customer) (interest.Law, bool) {
	return interest.For(f.country(), c.Party)
}

func consumer(c ledger.Customer) bool {
	return c.Party != ledger.PartyBusiness && c.Party != ledger.PartyPublic
}

// subject is one customer as dunning sees it.
type subject struct {
	customer ledger.Customer
	account  *ledger.Account
	profile  Profile
	history  []Step // newest first
	to       ledger.Contact
	reach    bool
	strategy ladder.Strategy
	state    ladder.Customer
	items    []ladder.Item
	segment  ladder.Segment
}

// read collects everything about a customer. Except is a step to look past: the one that is being carried out.
func (s *Service) read(r *books.Reader, f firmState, c ledger.Customer, except StepID) (x subject, err error) {
	x.customer = c
	if x.account, err = r.Account(c.ID); err != nil {
		return x, err
	}
	if x.profile, err = profileIn(r.Tx(), c.ID); err != nil {
		return x, err
	}
	if x.history, err = historyIn(r.Tx(), c.ID, 0); err != nil {
		return x, err
	}
	if x.to, x.reach, err = s.outbox.Recipient(r, c); err != nil {
		return x, err
	}
	holds, broken, err := s.holds.Holds(r, c.ID, f.today)
	if err != nil {
		return x, err
	}
	attempts, err := r.AttemptsOf(c.ID)
	if err != nil {
		return x, err
	}
	x.items = x.collect(f, holds, attempts)
	x.segment = ladder.SegmentOf(x.behaviour(f, broken))
	x.strategy = f.choose(x)
	x.state = x.describe(f, except)
	return x, nil
}

// choose is the strategy of a customer: its own, else that of its kind, else that of how it pays, else the firm's.
func (f firmState) choose(x subject) ladder.Strategy {
	ids := []string{x.profile.Strategy, f.settings.ByParty[x.customer.Party]}
	if f.settings.Segments && x.segment != ladder.Average {
		ids = append(ids, x.segment.Strategy())
	}
	for _, id := range append(ids, f.settings.Strategy, "default") {
		if s, ok := find(f.strategies, id); ok && id != "" {
			return s
		}
	}
	return ladder.Default()
}

// historyIn are a customer's steps, newest first; limit 0 is all of them.
func historyIn(tx store.Tx, c ledger.CustomerID, limit int) (out []Step, err error) {
	for p, err := range steps.Entries(tx, "customer", store.Prefix(c.Bytes()).Reversed()) {
		if err != nil {
			return nil, err
		}
		r, err := steps.Get(tx, p.Key[16:])
		if err != nil {
			return nil, err
		}
		if out = append(out, r.step()); len(out) == limit {
			break
		}
	}
	return out, nil
}

// collect makes the items of everything that is owed.
func (x *subject) collect(f firmState, holds []Hold, attempts []ledger.Attempt) []ladder.Item {
	pending := map[ledger.DocumentID]bool{}
	for _, a := range attempts {
		if a.State == ledger.AttemptOpen || a.State == ledger.AttemptPending {
			for _, l := range a.Lines {
				pending[l.Document] = true
			}
		}
	}
	returned := x.returned(f)
	var out []ladder.Item
	for i := range x.account.Documents {
		d := &x.account.Documents[i]
		if !d.Type.Debit() || d.State == ledger.Void || d.Issued > f.today {
			continue
		}
		open := x.account.Open(d.ID, f.today).Minor
		if open <= 0 {
			continue
		}
		it := ladder.Item{Document: d.ID, Number: d.Number, Due: d.Due, Currency: d.Total.Currency, Open: open, Pending: pending[d.ID], NotBefore: returned[d.ID]}
		for _, h := range holds {
			if h.Document == d.ID {
				it.Disputed, it.Promised, it.Plan, it.Autopay, it.Expected = h.Disputed, h.Promised, h.Plan, h.Autopay, h.Expected
				it.NotBefore = civil.Max(it.NotBefore, h.NotBefore)
			}
		}
		for _, p := range x.profile.Pauses {
			if p.Document == d.ID {
				it.Paused = &ladder.Reason{Until: p.Until, Note: p.Note}
			}
		}
		it.Had = x.had(d.ID)
		it.Default = f.defaultDate(x.customer, *d, it.Had, x.strategy)
		out = append(out, it)
	}
	return out
}

// returned are the documents that a payment was taken back from lately: the customer first gets the days of grace.
func (x *subject) returned(f firmState) map[ledger.DocumentID]civil.Date {
	out := map[ledger.DocumentID]civil.Date{}
	for _, ret := range x.account.Returns {
		until := ret.Date.AddDays(ladder.DefaultGrace + 1)
		if !ret.Undoes.IsZero() || until <= f.today {
			continue
		}
		for _, a := range x.account.AllocationsFrom(ret.Receipt) {
			out[a.Document] = until
		}
	}
	return out
}

// had are the steps that a document has had, oldest first.
func (x *subject) had(d ledger.DocumentID) (out []ladder.Had) {
	for i := len(x.history) - 1; i >= 0; i-- {
		st := &x.history[i]
		if st.State != Sent && st.State != Skipped {
			continue
		}
		for _, l := range st.Lines {
			if l.Document == d {
				out = append(out, ladder.Had{Step: l.Step, On: st.SentOn, By: st.Channel})
			}
		}
	}
	return out
}

// defaultDate is the last day before default: the due date, except for consumers whose terms do not make it final; they
// are in default fourteen days after the first reminder in writing.
func (f firmState) defaultDate(c ledger.Customer, d ledger.Document, had []ladder.Had, _ ladder.Strategy) civil.Date {
	if !consumer(c) || f.settings.TermAgreed {
		return d.Due
	}
	for _, h := range had {
		if !h.By.Call() && h.On > d.Due {
			return h.On.AddDays(reminderTerm)
		}
	}
	return f.today.AddDays(reminderTerm)
}

// describe is the customer as the ladder sees it.
func (x *subject) describe(f firmState, except StepID) ladder.Customer {
	c := ladder.Customer{NoDunning: x.customer.NoDunning, Legal: x.profile.Legal, Insolvent: x.profile.Insolvent,
		Archived: x.customer.State == ledger.CustomerArchived, Email: x.reach, Credit: map[money.Currency]int64{},
		Holiday: slices.Contains(f.settings.Holidays, f.today)}
	for _, b := range x.account.Balances(f.today) {
		c.Credit[b.Currency] = b.Unapplied.Minor
	}
	for _, p := range x.profile.Pauses {
		if p.Document.IsZero() {
			c.Paused = &ladder.Reason{Until: p.Until, Note: p.Note}
		}
	}
	for i := range x.history { // newest first
		st := &x.history[i]
		switch {
		case st.State.open() && st.ID != except:
			c.InProgress = true
		case st.State == Sent && st.SentOn > c.LastContact:
			c.LastContact = st.SentOn
		}
	}
	// Mail that came back says something only about the address that it went to, until something has arrived there.
	for i := range x.history {
		st := &x.history[i]
		if st.Channel != ladder.Email || st.State != Sent && st.State != Failed {
			continue
		}
		if st.State == Failed && st.Outcome == "bounced" && st.To == x.to.Email {
			c.Undeliverable = st.To
		}
		break
	}
	return c
}

// behaviour is how the customer paid in the last twelve months.
func (x *subject) behaviour(f firmState, broken int) ladder.History {
	h := ladder.History{BrokenPromises: broken, CreditLimit: x.customer.CreditLimit}
	since := f.today.AddDays(-365)
	late := false
	for i := range x.account.Documents {
		d := &x.account.Documents[i]
		if !d.Type.Debit() || d.State == ledger.Void || d.Issued > f.today {
			continue
		}
		if x.account.Open(d.ID, f.today).Minor > 0 {
			late = late || d.Due < f.today
			continue
		}
		last := civil.Date(0)
		for _, a := range x.account.AllocationsOf(d.ID) {
			if a.Kind != ledger.FromReceipt || !a.Reverses.IsZero() || a.Effective < since {
				continue
			}
			last = max(last, a.Effective)
			h.Amount += a.Amount.Minor
			h.LateDays += a.Amount.Minor * int64(max(0, civil.Days(d.Due, a.Effective)))
		}
		if last.IsZero() {
			continue
		}
		h.Paid++
		if last <= d.Due {
			h.OnTime++
		}
	}
	h.FirstLate = h.Paid == 0 && late && len(x.account.Documents) == 1
	for _, b := range x.account.Balances(f.today) {
		if b.Currency == f.firm.Currency {
			h.Overdue = b.Overdue.Minor
		}
	}
	return h
}

// inputs is the state that decided, in a form to keep.
func (x *subject) inputs() ([]byte, error) {
	raw, err := cbor.Marshal(struct {
		Customer ladder.Customer `cbor:"1,keyasint"`
		Items    []ladder.Item   `cbor:"2,keyasint"`
		Segment  ladder.Segment  `cbor:"3,keyasint"`
	}{x.state, x.items, x.segment})
	return raw, err
}

// stepIn reads a step of a firm; one of another firm does not exist.
func stepIn(tx store.Tx, firm ledger.FirmID, id StepID) (Step, error) {
	r, err := steps.Get(tx, id.Bytes())
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Firm != firm {
		return Step{}, errUnknownStep()
	}
	return r.step(), err
}
