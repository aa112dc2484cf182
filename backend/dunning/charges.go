package dunning

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// ChargeKind is what a late charge is for.
type ChargeKind string

// The kinds.
const (
	ChargeInterest ChargeKind = "interest"
	ChargeFixed    ChargeKind = "compensation"
	ChargeCosts    ChargeKind = "collection_costs"
	ChargeClause   ChargeKind = "clause"
)

// ChargePart is one invoice's share of a proposal, with how it was computed.
type ChargePart struct {
	Document    ledger.DocumentID
	Number      string
	Kind        ChargeKind
	Amount      int64
	Default     civil.Date
	Until       civil.Date      // of interest: the last day that counts
	Lines       []interest.Line // of interest
	Provisional bool
	Letter      civil.Date // of costs: when the letter went out that allows them
	Principal   int64      // of costs: what they were computed over
}

// Charge is what a customer may be asked for paying late, accepted or not.
type Charge struct {
	ID       ChargeID // zero: a proposal
	Firm     ledger.FirmID
	Customer ledger.CustomerID
	Law      interest.LawID
	LawText  string
	Total    money.Amount
	Parts    []ChargePart
	Number   string            // of the debit note
	Document ledger.DocumentID // the debit note
	By       string
	On       civil.Date
	At       time.Time
}

// Provisional reports whether a part leans on a rate that is not known yet.
func (c Charge) Provisional() bool {
	return slices.ContainsFunc(c.Parts, func(p ChargePart) bool { return p.Provisional })
}

type interestLineRecord struct {
	From   civil.Date `cbor:"1,keyasint"`
	To     civil.Date `cbor:"2,keyasint"`
	Days   int        `cbor:"3,keyasint"`
	Base   int64      `cbor:"4,keyasint"`
	Basis  int64      `cbor:"5,keyasint"`
	Row    civil.Date `cbor:"6,keyasint"`
	Amount int64      `cbor:"7,keyasint"`
}

type chargePartRecord struct {
	Document    ledger.DocumentID    `cbor:"1,keyasint"`
	Number      string               `cbor:"2,keyasint"`
	Kind        ChargeKind           `cbor:"3,keyasint"`
	Amount      int64                `cbor:"4,keyasint"`
	Default     civil.Date           `cbor:"5,keyasint"`
	Until       civil.Date           `cbor:"6,keyasint,omitzero"`
	Lines       []interestLineRecord `cbor:"7,keyasint,omitempty"`
	Provisional bool                 `cbor:"8,keyasint,omitzero"`
	Letter      civil.Date           `cbor:"9,keyasint,omitzero"`
	Principal   int64                `cbor:"10,keyasint,omitzero"`
}

type chargeRecord struct {
	ID       ChargeID           `cbor:"1,keyasint"`
	Firm     ledger.FirmID      `cbor:"2,keyasint"`
	Customer ledger.CustomerID  `cbor:"3,keyasint"`
	Law      interest.LawID     `cbor:"4,keyasint"`
	LawText  string             `cbor:"5,keyasint"`
	Total    int64              `cbor:"6,keyasint"`
	Currency money.Currency     `cbor:"7,keyasint"`
	Parts    []chargePartRecord `cbor:"8,keyasint"`
	Number   string             `cbor:"9,keyasint"`
	Document ledger.DocumentID  `cbor:"10,keyasint,omitzero"` // zero until the debit note is posted
	By       string             `cbor:"11,keyasint,omitzero"`
	On       civil.Date         `cbor:"12,keyasint"`
	At       int64              `cbor:"13,keyasint"`
	Text     string             `cbor:"14,keyasint"` // of the debit note
}

var charges = store.Table[chargeRecord]{Name: "dunning.charges", Key: func(r *chargeRecord) []byte { return r.ID.Bytes() },
	Indexes: []store.Index[chargeRecord]{
		{Name: "customer", Entries: func(_ store.Tx, r *chargeRecord) []store.Pair { return one(r.Customer.Bytes(), r.ID.Bytes()) }},
		{Name: "firm", Entries: func(_ store.Tx, r *chargeRecord) []store.Pair { return one(r.Firm.Bytes(), r.ID.Bytes()) }},
		{Name: "unposted", Entries: func(_ store.Tx, r *chargeRecord) []store.Pair {
			if !r.Document.IsZero() {
				return nil
			}
			return one(r.Firm.Bytes(), r.ID.Bytes())
		}},
	}}

func fromCharge(c Charge, text string) chargeRecord {
	r := chargeRecord{ID: c.ID, Firm: c.Firm, Customer: c.Customer, Law: c.Law, LawText: c.LawText, Total: c.Total.Minor, Currency: c.Total.Currency,
		Number: c.Number, Document: c.Document, By: c.By, On: c.On, At: nanos(c.At), Text: text}
	for _, p := range c.Parts {
		pr := chargePartRecord{Document: p.Document, Number: p.Number, Kind: p.Kind, Amount: p.Amount, Default: p.Default, Until: p.Until,
			Provisional: p.Provisional, Letter: p.Letter, Principal: p.Principal}
		for _, l := range p.Lines {
			pr.Lines = append(pr.Lines, interestLineRecord(l))
		}
		r.Parts = append(r.Parts, pr)
	}
	return r
}

func (r chargeRecord) charge() Charge {
	c := Charge{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Law: r.Law, LawText: r.LawText, Total: money.Of(r.Total, r.Currency), Number: r.Number,
		Document: r.Document, By: r.By, On: r.On, At: instant(r.At)}
	for _, p := range r.Parts {
		part := ChargePart{Document: p.Document, Number: p.Number, Kind: p.Kind, Amount: p.Amount, Default: p.Default, Until: p.Until,
			Provisional: p.Provisional, Letter: p.Letter, Principal: p.Principal}
		for _, l := range p.Lines {
			part.Lines = append(part.Lines, interest.Line(l))
		}
		c.Parts = append(c.Parts, part)
	}
	return c
}

// chargesIn are a customer's accepted charges.
func chargesIn(tx store.Tx, c ledger.CustomerID) (out []Charge, err error) {
	for p, err := range charges.Entries(tx, "customer", store.Prefix(c.Bytes())) {
		if err != nil {
			return nil, err
		}
		r, err := charges.Get(tx, p.Key[16:])
		if err != nil {
			return nil, err
		}
		out = append(out, r.charge())
	}
	return out, nil
}

// interestOn is the interest on what was owed of an invoice from its default date to its payment or today.
func (f firmState) interestOn(x subject, law interest.Law, d ledger.Document) interest.Result {
	start := f.defaultDate(x.customer, d, x.had(d.ID), x.strategy)
	return f.interestFrom(x, law, d, start)
}

func (f firmState) interestFrom(x subject, law interest.Law, d ledger.Document, start civil.Date) interest.Result {
	c := interest.Claim{Law: law, Default: start, Until: f.today, Terms: f.settings.Charges.TermsRate, Principal: x.account.Open(d.ID, start)}
	for _, a := range x.account.AllocationsOf(d.ID) {
		if a.Effective <= start || a.Effective > f.today {
			continue
		}
		amount := a.Amount.Minor
		if !a.Reverses.IsZero() {
			amount = -amount // taken back: it is owed again
		}
		c.Payments = append(c.Payments, interest.Payment{On: a.Effective, Amount: amount})
	}
	return interest.Compute(f.table, c)
}

// propose computes what may be asked of a customer, in one currency: without what was accepted before, and without
// invoices in dispute or under a plan.
func (f firmState) propose(x subject, done []Charge) (Charge, bool) {
	set := f.settings.Charges
	law, ok := f.law(x.customer)
	if !ok || x.state.Insolvent || x.state.NoDunning {
		return Charge{}, false
	}
	out := Charge{Firm: f.firm.ID, Customer: x.customer.ID, Law: law.ID, LawText: law.Text, Total: money.Of(0, f.firm.Currency)}
	for _, it := range x.items {
		d, _ := x.account.Document(it.Document)
		if d.Type != ledger.Invoice || it.Currency != out.Total.Currency || it.Disputed > 0 || it.Plan {
			continue
		}
		start := f.defaultDate(x.customer, d, it.Had, x.strategy)
		if f.today <= start {
			continue
		}
		if set.Interest && f.interestAllowed(x, d) {
			out.Parts = append(out.Parts, f.interestPart(x, law, d, start, done)...)
		}
		if set.Fixed && law.Compensation > 0 && it.Currency == "EUR" && !charged(done, d.ID, ChargeFixed) {
			out.Parts = append(out.Parts, ChargePart{Document: d.ID, Number: d.Number, Kind: ChargeFixed, Amount: law.Compensation, Default: start})
		}
	}
	out.Parts = append(out.Parts, f.letterCosts(x, law, done)...)
	for _, p := range out.Parts {
		out.Total.Minor += p.Amount
	}
	return out, out.Total.Minor > 0
}

// interestAllowed: a Belgian consumer owes nothing before the free reminder and its fourteen days.
func (f firmState) interestAllowed(x subject, d ledger.Document) bool {
	if f.country() != "BE" || !consumer(x.customer) {
		return true
	}
	st, ok := x.written(d.ID, BelgianFirst)
	return ok && f.today >= interest.Reminder{On: st.SentOn, By: sentBy(st.Channel)}.Earliest()
}

// written is the last sent step of a legal form that a document was in.
func (x *subject) written(d ledger.DocumentID, law Law) (Step, bool) {
	for _, st := range x.history { // newest first
		if st.State == Sent && st.Law == law && slices.ContainsFunc(st.Lines, func(l Line) bool { return l.Document == d }) {
			return st, true
		}
	}
	return Step{}, false
}

func charged(done []Charge, d ledger.DocumentID, k ChargeKind) bool {
	return slices.ContainsFunc(done, func(c Charge) bool {
		return slices.ContainsFunc(c.Parts, func(p ChargePart) bool { return p.Document == d && p.Kind == k })
	})
}

// interestPart is the interest on an invoice less what was charged before.
func (f firmState) interestPart(x subject, law interest.Law, d ledger.Document, start civil.Date, done []Charge) []ChargePart {
	res := f.interestFrom(x, law, d, start)
	amount := res.Amount.Minor
	for _, c := range done {
		for _, p := range c.Parts {
			if p.Document == d.ID && p.Kind == ChargeInterest {
				amount -= p.Amount
			}
		}
	}
	if amount < max(1, cmp.Or(f.settings.Charges.Least, ladder.DefaultSmall)) {
		return nil
	}
	return []ChargePart{{Document: d.ID, Number: d.Number, Kind: ChargeInterest, Amount: amount, Default: start, Until: f.today, Lines: res.Lines, Provisional: res.Provisional}}
}

// letterCosts are the costs that a letter to a consumer announced and whose term has passed: the Dutch scale once per
// letter over what is still open of it, the Belgian clause per reminder.
func (f firmState) letterCosts(x subject, law interest.Law, done []Charge) (out []ChargePart) {
	for _, st := range x.history {
		dutch := st.Law == FourteenDays && law.ID == interest.NLConsumer && f.settings.Charges.Costs
		belgian := st.Law == BelgianFirst && law.ID == interest.BEConsumer && f.settings.Charges.Clause
		if !dutch && !belgian {
			continue
		}
		var open, principal int64
		var first ledger.Document
		start := civil.Date(0)
		for _, l := range st.Lines {
			if dutch && l.Step != st.Step || charged(done, l.Document, ChargeCosts) || charged(done, l.Document, ChargeClause) {
				continue
			}
			principal += l.Amount
			i := slices.IndexFunc(x.items, func(it ladder.Item) bool { return it.Document == l.Document })
			if i < 0 || x.items[i].Disputed > 0 || x.items[i].Plan {
				continue
			}
			open += min(x.items[i].Open, l.Amount)
			d, _ := x.account.Document(l.Document)
			if first.ID.IsZero() {
				first = d
			}
			start = civil.Max(start, f.beforeLetter(x, d, st))
		}
		if first.ID.IsZero() {
			continue
		}
		part := ChargePart{Document: first.ID, Number: first.Number, Default: start, Letter: st.SentOn, Principal: open}
		if dutch {
			letter := interest.Letter{On: st.SentOn, By: sentBy(st.Channel), PostDays: f.settings.PostDays, Principal: principal, Cost: st.Cost, VAT: st.CostVAT, Delivered: st.State == Sent}
			part.Kind = ChargeCosts
			part.Amount, _ = letter.Costs(start, f.today, open)
		} else {
			part.Kind = ChargeClause
			part.Amount, _ = interest.Reminder{On: st.SentOn, By: sentBy(st.Channel), Delivered: st.State == Sent}.Costs(start, f.today, open)
		}
		if part.Amount > 0 {
			out = append(out, part)
		}
	}
	return out
}

// beforeLetter is the default date as it stood when a letter went out: later reminders do not move it. For the Belgian
// reminder it is the due date.
func (f firmState) beforeLetter(x subject, d ledger.Document, st Step) civil.Date {
	if st.Law == BelgianFirst {
		return d.Due
	}
	return f.defaultDate(x.customer, d, x.had(d.ID), x.strategy)
}

// Proposals are the late charges that may be asked today. Nothing is switched on: none.
func (s *Service) Proposals(ctx context.Context, firm ledger.FirmID) (out []Charge, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		f, err := s.firmIn(r, firm)
		if err != nil {
			return err
		}
		set := f.settings.Charges
		if out = nil; !set.Interest && !set.Fixed && !set.Costs && !set.Clause {
			return nil
		}
		for c, err := range r.Customers(firm) {
			if err != nil {
				return err
			}
			p, ok, err := s.proposal(r, f, c)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, p)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Charge) int { return cmp.Compare(b.Total.Minor, a.Total.Minor) })
	return out, err
}

func (s *Service) proposal(r *books.Reader, f firmState, c ledger.Customer) (Charge, bool, error) {
	x, err := s.read(r, f, c, StepID{})
	if err != nil || len(x.items) == 0 {
		return Charge{}, false, err
	}
	done, err := chargesIn(r.Tx(), c.ID)
	if err != nil {
		return Charge{}, false, err
	}
	p, ok := f.propose(x, done)
	return p, ok, nil
}

// Accept makes a debit note of a customer's proposal, if its total is still the one that a person looked at. The number
// is taken and everything that led to it is written first; the note is posted with that, also after a crash in between.
func (s *Service) Accept(ctx context.Context, m journal.Meta, customer ledger.CustomerID, seen money.Amount) (Charge, error) {
	var ch Charge
	_, err := s.books.Log().Update(ctx, m, "dunning.charge_accepted", nil, func(tx *journal.Tx) error {
		r := s.books.In(tx)
		if err := owns(r, m.Firm, customer); err != nil {
			return err
		}
		f, err := s.firmIn(r, m.Firm)
		if err != nil {
			return err
		}
		c, err := r.Customer(customer)
		if err != nil {
			return err
		}
		p, ok, err := s.proposal(r, f, c)
		if err != nil {
			return err
		}
		if !ok || p.Total != seen {
			return fault.Conflictf("dunning.charge_changed", "the proposal is %s by now; look at it again", p.Total)
		}
		n, err := tx.Sequence("dunning.series." + m.Firm.String())
		if err != nil {
			return err
		}
		ch = p
		ch.ID, ch.Number = ident.New[chargeKind](s.books.IDs()), fmt.Sprintf("%s%04d", cmp.Or(f.settings.Charges.Series, "R"), n)
		ch.By, ch.On, ch.At = m.Actor.Name, f.today, tx.At()
		tx.Subject(customer.Bytes(), ch.ID.Bytes())
		tx.Fact("number", ch.Number)
		tx.Fact("amount", ch.Total.String())
		tx.Fact("currency", string(ch.Total.Currency))
		rec := fromCharge(ch, chargeText(ch, cmp.Or(c.Language, f.firm.Language)))
		return charges.Insert(tx, &rec)
	})
	if err != nil {
		return ch, err
	}
	return s.post(ctx, m, ch.ID)
}

// post puts an accepted charge on the account as a debit note, once.
func (s *Service) post(ctx context.Context, m journal.Meta, id ChargeID) (Charge, error) {
	var rec chargeRecord
	if err := s.view(ctx, func(tx store.Tx) (err error) { rec, err = charges.Get(tx, id.Bytes()); return err }); err != nil || !rec.Document.IsZero() {
		return rec.charge(), err
	}
	m.Key = "dunning.charge/" + id.String()
	d, err := s.books.Post(ctx, m, ledger.Document{Customer: rec.Customer, Type: ledger.DebitNote, Number: rec.Number, Issued: rec.On,
		Due: rec.On.AddDays(chargeTerm), Total: money.Of(rec.Total, rec.Currency), Description: rec.Text})
	if err != nil {
		return rec.charge(), err
	}
	m.Key = ""
	_, err = s.books.Log().Update(ctx, m, "dunning.charge_posted", nil, func(tx *journal.Tx) error {
		if rec, err = charges.Get(tx, id.Bytes()); err != nil || !rec.Document.IsZero() {
			return err
		}
		rec.Document = d.ID
		tx.Subject(rec.Customer.Bytes(), id.Bytes(), d.ID.Bytes())
		return charges.Put(tx, &rec)
	})
	return rec.charge(), err
}

// chargeTerm is the payment term of a debit note.
const chargeTerm = 14

// finishCharges posts what was accepted before a crash.
func (s *Service) finishCharges(ctx context.Context, firm ledger.FirmID) error {
	var left []ChargeID
	err := s.view(ctx, func(tx store.Tx) error {
		left = nil
		for p, err := range charges.Entries(tx, "unposted", store.Prefix(firm.Bytes())) {
			if err != nil {
				return err
			}
			left = append(left, ChargeID(p.Key[16:]))
		}
		return nil
	})
	for _, id := range left {
		if _, postErr := s.post(ctx, journal.Meta{Firm: firm}, id); fault.KindOf(postErr) == fault.Conflict {
			s.warn(ctx, "a debit note cannot be posted because its number is in use", postErr) // the others must not wait for it
		} else {
			err = errors.Join(err, postErr)
		}
	}
	return err
}

// Charged are a firm's accepted charges, newest first.
func (s *Service) Charged(ctx context.Context, firm ledger.FirmID, limit int) (out []Charge, err error) {
	err = s.view(ctx, func(tx store.Tx) error {
		out = nil
		for p, err := range charges.Entries(tx, "firm", store.Prefix(firm.Bytes()).Reversed()) {
			if err != nil {
				return err
			}
			r, err := charges.Get(tx, p.Key[16:])
			if err != nil {
				return err
			}
			if out = append(out, r.charge()); len(out) == limit {
				break
			}
		}
		return nil
	})
	return out, err
}

var chargeTexts = map[string]string{"nl": "Rente en kosten wegens te late betaling van %s (%s)", "en": "Interest and costs for late payment of %s (%s)",
	"fr": "Intérêts et frais pour paiement tardif de %s (%s)", "de": "Verzugszinsen und Kosten wegen verspäteter Zahlung von %s (%s)"}

// chargeText describes the debit note.
func chargeText(c Charge, language string) string {
	numbers := ""
	var seen []ledger.DocumentID
	for _, p := range c.Parts {
		if slices.Contains(seen, p.Document) {
			continue
		}
		if seen = append(seen, p.Document); len(seen) > 20 {
			numbers += " …"
			break
		}
		if numbers != "" {
			numbers += ", "
		}
		numbers += p.Number
	}
	text, ok := chargeTexts[language]
	if !ok {
		text = chargeTexts["en"]
	}
	return fmt.Sprintf(text, numbers, c.LawText)
}
