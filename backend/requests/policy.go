package requests

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// Fields of a condition. An input that is not known (no promise has been judged, the amount is in another currency) makes
// its condition fail: then a person looks.
const (
	FieldAmount      = "amount"       // in the firm's currency, major units
	FieldCount       = "count"        // documents
	FieldOverdueDays = "overdue_days" // of the oldest document
	FieldClass       = "class"        // of the customer
	FieldKeptRate    = "kept_rate"    // percent of judged promises that were kept
	FieldBroken      = "broken"       // promises broken, in part or whole, in the last year
	FieldDays        = "days"         // until the promised day
	FieldInstalments = "instalments"
)

// Fields are all fields.
func Fields() []string {
	return []string{FieldAmount, FieldCount, FieldOverdueDays, FieldClass, FieldKeptRate, FieldBroken, FieldDays, FieldInstalments}
}

// Condition compares an input: "amount <= 500.00", "class = A, B". Classes know = and !=; the rest <=, >= and =.
type Condition struct {
	Field string `cbor:"1,keyasint" json:"field"`
	Op    string `cbor:"2,keyasint" json:"op"`
	Value string `cbor:"3,keyasint" json:"value"`
}

// String is the condition as people write it.
func (c Condition) String() string { return c.Field + " " + c.Op + " " + c.Value }

func (c Condition) check() error {
	bad := fault.Invalidf("policy.condition", "%q is not a condition; expected one such as amount <= 500 or class = A, B", c.String())
	if !slices.Contains(Fields(), c.Field) {
		return bad
	}
	if c.Field == FieldClass {
		if c.Op != "=" && c.Op != "!=" {
			return bad
		}
		return nil
	}
	if _, err := milli(c.Value); err != nil || c.Op != "<=" && c.Op != ">=" && c.Op != "=" {
		return bad
	}
	return nil
}

// holds reports whether the condition is true of the inputs.
func (c Condition) holds(in map[string]string) bool {
	have, ok := in[c.Field]
	if c.Field == FieldClass {
		among := slices.ContainsFunc(strings.Split(c.Value, ","), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), have) })
		return among == (c.Op == "=")
	}
	x, err := milli(have)
	y, wrong := milli(c.Value)
	if !ok || err != nil || wrong != nil {
		return false
	}
	switch c.Op {
	case "<=":
		return x <= y
	case ">=":
		return x >= y
	}
	return x == y
}

// milli reads a number with at most three decimals as thousandths.
func milli(s string) (int64, error) {
	whole, part, _ := strings.Cut(strings.TrimSpace(s), ".")
	if len(part) > 3 || len(whole) > 15 || whole == "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(whole+part+strings.Repeat("0", 3-len(part)), 10, 64)
}

// Policy is what the firm does with requests of a kind. Each change is a new version; the old ones stay.
type Policy struct {
	Firm    ledger.FirmID `cbor:"1,keyasint"`
	Kind    Kind          `cbor:"2,keyasint"`
	Version int           `cbor:"3,keyasint"` // 0: the default
	Off     bool          `cbor:"4,keyasint,omitzero"`
	// Auto processes a request at once when all conditions hold; else a person checks it first.
	Auto bool        `cbor:"5,keyasint,omitzero"`
	When []Condition `cbor:"6,keyasint,omitempty"`

	Owner    ledger.UserID     `cbor:"7,keyasint,omitzero"`
	Task     string            `cbor:"8,keyasint,omitzero"`  // kind of the task to make; empty: none
	TaskText string            `cbor:"9,keyasint,omitzero"`  //
	Days     int               `cbor:"10,keyasint,omitzero"` // business days to the deadline
	Hold     int               `cbor:"11,keyasint,omitzero"` // days without reminders of the documents while it is open
	Answer   map[string]string `cbor:"12,keyasint,omitempty"`

	MaxInstalments int   `cbor:"13,keyasint,omitzero"` // limits of a plan's proposal
	MinInstalment  int64 `cbor:"14,keyasint,omitzero"`
	MaxMonths      int   `cbor:"15,keyasint,omitzero"`
	MaxFirstDays   int   `cbor:"16,keyasint,omitzero"`

	By string `cbor:"17,keyasint,omitzero"`
	At Moment `cbor:"18,keyasint,omitzero"`
}

// Limits are those of a plan's proposal.
func (p Policy) Limits() ledger.PlanLimits {
	return ledger.PlanLimits{MaxInstalments: p.MaxInstalments, MinInstalment: p.MinInstalment, MaxMonths: p.MaxMonths, MaxFirstDays: p.MaxFirstDays}
}

// Verdict is what a policy says of a request.
type Verdict struct {
	Auto    bool
	Version int
	Inputs  map[string]string
	Failed  []string // conditions that do not hold
}

// Judge applies the policy to inputs.
func (p Policy) Judge(in map[string]string) Verdict {
	v := Verdict{Version: p.Version, Inputs: in}
	for _, c := range p.When {
		if !c.holds(in) {
			v.Failed = append(v.Failed, c.String())
		}
	}
	v.Auto = p.Auto && len(v.Failed) == 0
	return v
}

// DefaultPolicy is what holds until the firm decides otherwise: what costs nothing is done at once, what gives something
// away is checked first, and reminders rest while the firm has something to answer.
func DefaultPolicy(f ledger.FirmID, k Kind) Policy {
	p := Policy{Firm: f, Kind: k, Days: 2}
	le := func(field, value string) Condition { return Condition{field, "<=", value} }
	switch k {
	case Promise:
		p.Auto, p.When = true, []Condition{le(FieldAmount, "5000"), le(FieldDays, "14"), le(FieldBroken, "0")}
	case Dispute:
		p.Auto, p.Task = true, "check"
	case Plan:
		p.When = []Condition{le(FieldAmount, "1000"), le(FieldInstalments, "3"), le(FieldBroken, "0")}
		p.Task, p.Hold = "approve", 5
		p.MaxInstalments, p.MinInstalment, p.MaxMonths, p.MaxFirstDays = 6, 5000, 6, 14
	case PO, Credit:
		p.Auto = true
	case Problem:
		p.Task, p.Hold, p.Days = "call", 7, 1
	case Question, Copy:
		p.Hold = 3
	case Refund:
		p.Task, p.Days = "refund", 3
	}
	return p
}

// policyIn is the policy that holds in a transaction.
func policyIn(tx store.Tx, f ledger.FirmID, k Kind) (Policy, error) {
	prefix := append(append(f.Bytes()[:16:16], k...), 0)
	for p, err := range policies.Scan(tx, store.Prefix(prefix).Reversed()) {
		return p, err
	}
	return DefaultPolicy(f, k), nil
}

// Policies are the firm's policies as they hold now, one per kind.
func (s *Service) Policies(ctx context.Context, f ledger.FirmID) (out []Policy, err error) {
	err = s.view(ctx, func(r *books.Reader) error {
		out = nil
		for _, k := range Kinds() {
			p, err := policyIn(r.Tx(), f, k)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// SetPolicy makes a new version of the policy of a kind.
func (s *Service) SetPolicy(ctx context.Context, m journal.Meta, p Policy) (Policy, error) {
	if err := p.check(); err != nil {
		return p, err
	}
	_, err := s.books.Write(ctx, m, "policy.changed", encode(p), func(w *books.Writer) error {
		old, err := policyIn(w.Tx(), m.Firm, p.Kind)
		if err != nil {
			return err
		}
		p.Firm, p.Version, p.By, p.At = m.Firm, old.Version+1, m.Actor.Name, momentOf(w.Tx().At())
		w.Tx().Subject(m.Firm.Bytes())
		w.Tx().Fact("request_kind", string(p.Kind))
		w.Tx().Fact("version", strconv.Itoa(p.Version))
		return policies.Insert(w.Tx(), &p)
	})
	return p, err
}

func (p Policy) check() error {
	if !slices.Contains(Kinds(), p.Kind) {
		return fault.Invalidf("request.kind", "%q is not a kind of request", string(p.Kind))
	}
	if p.Task != "" && !slices.Contains(TaskKinds, p.Task) {
		return fault.Invalidf("task.kind", "%q is not a kind of task", p.Task)
	}
	if p.Days < 0 || p.Days > 60 || p.Hold < 0 || p.Hold > 90 || len(p.When) > 20 || p.MaxInstalments < 0 || p.MinInstalment < 0 || p.MaxMonths < 0 || p.MaxFirstDays < 0 {
		return fault.Invalidf("policy.limits", "a deadline is at most 60 business days, a pause at most 90 days, and a policy has at most 20 conditions")
	}
	for language, text := range p.Answer {
		if len(text) > maxText || !slices.Contains([]string{"nl", "en", "fr", "de"}, language) {
			return fault.Invalidf("policy.answer", "an answer has at most %d characters and is in nl, en, fr or de", maxText)
		}
	}
	for _, c := range p.When {
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

// inputs are what a policy may look at, of a request on the account as it is.
func inputs(f ledger.Firm, a *ledger.Account, c ledger.Commitments, x Request, today civil.Date) map[string]string {
	in := map[string]string{FieldCount: strconv.Itoa(len(x.About())), FieldClass: a.Customer.Class}
	amount, late := money.Of(x.Payload.Amount, x.Payload.Currency), 0
	for _, id := range x.About() {
		if d, ok := a.Document(id); ok {
			late = max(late, civil.Days(a.DueOn(d, today), today))
			if x.Payload.Amount == 0 && d.Type.Debit() {
				amount.Currency = d.Total.Currency
				amount.Minor += disputedPart(x, a, d, today)
			}
		}
	}
	if amount.Currency == f.Currency || amount.IsZero() {
		amount.Currency = f.Currency
		in[FieldAmount] = amount.String()
	}
	in[FieldOverdueDays] = strconv.Itoa(late)
	if rate, ok := c.KeptRate(); ok {
		in[FieldKeptRate] = fmt.Sprintf("%d.%d", rate/10, rate%10)
	}
	broken := 0
	for _, p := range c.Promises {
		if (p.State == ledger.PromiseBroken || p.State == ledger.PromisePartlyKept) && civil.Days(p.Ended, today) <= 365 {
			broken++
		}
	}
	in[FieldBroken] = strconv.Itoa(broken)
	if x.Kind == Promise {
		in[FieldDays] = strconv.Itoa(civil.Days(today, x.Payload.On))
	}
	if x.Kind == Plan {
		in[FieldInstalments] = strconv.Itoa(len(x.Payload.Instalments))
	}
	return in
}

// disputedPart is the part of a document that a request is about: the amount of its line, or all that is open.
func disputedPart(x Request, a *ledger.Account, d ledger.Document, today civil.Date) int64 {
	for _, l := range x.Payload.Lines {
		if l.Document == d.ID && l.Amount > 0 {
			return l.Amount
		}
	}
	return a.Open(d.ID, civil.Max(today, d.Issued)).Minor
}

// Simulated is what a policy would have done with a past request, beside what happened.
type Simulated struct {
	Request Request
	Verdict Verdict
	Same    bool // as it went: at once, or with a person
}

// Simulate applies a policy to the firm's past requests of its kind, the latest first, with the inputs as they were when
// each came in.
func (s *Service) Simulate(ctx context.Context, f ledger.FirmID, p Policy, limit int) (out []Simulated, err error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(r *books.Reader) error {
		out = nil
		for e, err := range requests.Entries(r.Tx(), "firm", store.Prefix(f.Bytes()).Reversed()) {
			if err != nil {
				return err
			}
			x, err := requests.Get(r.Tx(), e.Key[16:])
			if err != nil {
				return err
			}
			if x.Kind != p.Kind || x.Inputs == nil {
				continue
			}
			v := p.Judge(x.Inputs)
			out = append(out, Simulated{Request: x, Verdict: v, Same: v.Auto == x.Auto})
			if len(out) == limit {
				break
			}
		}
		return nil
	})
	return out, err
}
