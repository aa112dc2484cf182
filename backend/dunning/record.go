package dunning

import (
	"encoding/binary"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// The records as stored. A new field gets a new number; a number is never used again for something else.
type lineRecord struct {
	Document ledger.DocumentID `cbor:"1,keyasint"`
	Number   string            `cbor:"2,keyasint"`
	Due      civil.Date        `cbor:"3,keyasint"`
	Amount   int64             `cbor:"4,keyasint"`
	Step     string            `cbor:"5,keyasint"`
}

type reasonRecord struct {
	Code  ladder.ReasonCode `cbor:"1,keyasint"`
	Until civil.Date        `cbor:"2,keyasint,omitzero"`
	Note  string            `cbor:"3,keyasint,omitzero"`
}

type stepRecord struct {
	ID       StepID            `cbor:"1,keyasint"`
	Firm     ledger.FirmID     `cbor:"2,keyasint"`
	Customer ledger.CustomerID `cbor:"3,keyasint"`
	Day      civil.Date        `cbor:"4,keyasint"`
	State    State             `cbor:"5,keyasint"`
	Step     string            `cbor:"6,keyasint"`
	Channel  ladder.Channel    `cbor:"7,keyasint"`
	Tone     ladder.Tone       `cbor:"8,keyasint"`
	Strategy string            `cbor:"9,keyasint"`
	Version  int               `cbor:"10,keyasint,omitzero"`
	Currency money.Currency    `cbor:"11,keyasint"`
	Total    int64             `cbor:"12,keyasint"`
	Lines    []lineRecord      `cbor:"13,keyasint"`
	Law      Law               `cbor:"14,keyasint,omitzero"`
	Cost     int64             `cbor:"15,keyasint,omitzero"`
	CostVAT  bool              `cbor:"16,keyasint,omitzero"`
	To       string            `cbor:"17,keyasint,omitzero"`
	Name     string            `cbor:"18,keyasint,omitzero"`
	Language string            `cbor:"19,keyasint,omitzero"`
	Notice   [16]byte          `cbor:"20,keyasint,omitzero"`
	Reasons  []reasonRecord    `cbor:"21,keyasint,omitempty"`
	Note     string            `cbor:"22,keyasint,omitzero"`
	Outcome  string            `cbor:"23,keyasint,omitzero"`
	Until    civil.Date        `cbor:"24,keyasint,omitzero"`
	By       string            `cbor:"25,keyasint,omitzero"`
	SentOn   civil.Date        `cbor:"26,keyasint,omitzero"`
	Created  int64             `cbor:"27,keyasint"` // Unix nanoseconds, as all instants here; 0: none
	Finished int64             `cbor:"28,keyasint,omitzero"`
	Inputs   []byte            `cbor:"29,keyasint,omitempty"`
}

type runRecord struct {
	Firm    ledger.FirmID   `cbor:"1,keyasint"`
	Day     civil.Date      `cbor:"2,keyasint"`
	At      int64           `cbor:"3,keyasint"`
	By      string          `cbor:"4,keyasint,omitzero"`
	Planned int             `cbor:"5,keyasint,omitzero"`
	Left    []leftOutRecord `cbor:"6,keyasint,omitempty"`
	LeftN   int             `cbor:"7,keyasint,omitzero"`
}

type leftOutRecord struct {
	Customer ledger.CustomerID `cbor:"1,keyasint"`
	Amount   int64             `cbor:"2,keyasint"`
	Currency money.Currency    `cbor:"3,keyasint"`
	Reasons  []reasonRecord    `cbor:"4,keyasint"`
}

type ladderStepRecord struct {
	ID       string         `cbor:"1,keyasint"`
	Day      int            `cbor:"2,keyasint"`
	Channel  ladder.Channel `cbor:"3,keyasint"`
	Tone     ladder.Tone    `cbor:"4,keyasint"`
	Above    int64          `cbor:"5,keyasint,omitzero"`
	Approval bool           `cbor:"6,keyasint,omitzero"`
}

type strategyRecord struct {
	Firm         ledger.FirmID      `cbor:"1,keyasint"`
	ID           string             `cbor:"2,keyasint"`
	Name         string             `cbor:"3,keyasint,omitzero"`
	Version      int                `cbor:"4,keyasint"`
	Steps        []ladderStepRecord `cbor:"5,keyasint"`
	GraceDays    int                `cbor:"6,keyasint,omitzero"`
	MinGap       int                `cbor:"7,keyasint,omitzero"`
	SmallBalance int64              `cbor:"8,keyasint,omitzero"`
	Automatic    bool               `cbor:"9,keyasint,omitzero"`
	HumanOnly    bool               `cbor:"10,keyasint,omitzero"`
	HoldExpected bool               `cbor:"11,keyasint,omitzero"`
}

type settingsRecord struct {
	Firm       ledger.FirmID           `cbor:"1,keyasint"`
	Strategy   string                  `cbor:"2,keyasint,omitzero"`
	ByParty    map[ledger.Party]string `cbor:"3,keyasint,omitempty"`
	Segments   bool                    `cbor:"4,keyasint,omitzero"`
	Holidays   []civil.Date            `cbor:"5,keyasint,omitempty"`
	FromHour   int                     `cbor:"6,keyasint,omitzero"`
	ToHour     int                     `cbor:"7,keyasint,omitzero"`
	Daily      bool                    `cbor:"8,keyasint,omitzero"`
	TermAgreed bool                    `cbor:"9,keyasint,omitzero"`
	CostVAT    bool                    `cbor:"10,keyasint,omitzero"`
	PostDays   int                     `cbor:"11,keyasint,omitzero"`
	Charges    bool                    `cbor:"12,keyasint,omitzero"`
	Fixed      bool                    `cbor:"13,keyasint,omitzero"`
	Costs      bool                    `cbor:"14,keyasint,omitzero"`
	LawCountry string                  `cbor:"15,keyasint,omitzero"`
	TermsRate  int64                   `cbor:"16,keyasint,omitzero"`
	Series     string                  `cbor:"17,keyasint,omitzero"`
	LeastCents int64                   `cbor:"18,keyasint,omitzero"`
	BEClause   bool                    `cbor:"19,keyasint,omitzero"`
}

type pauseRecord struct {
	Document ledger.DocumentID `cbor:"1,keyasint,omitzero"` // zero: the whole customer
	Until    civil.Date        `cbor:"2,keyasint,omitzero"`
	Note     string            `cbor:"3,keyasint,omitzero"`
	By       string            `cbor:"4,keyasint,omitzero"`
	On       civil.Date        `cbor:"5,keyasint"`
}

type profileRecord struct {
	Customer  ledger.CustomerID `cbor:"1,keyasint"`
	Firm      ledger.FirmID     `cbor:"2,keyasint"`
	Strategy  string            `cbor:"3,keyasint,omitzero"`
	Legal     bool              `cbor:"4,keyasint,omitzero"`
	Insolvent bool              `cbor:"5,keyasint,omitzero"`
	Pauses    []pauseRecord     `cbor:"6,keyasint,omitempty"`
}

type rateRecord struct {
	Firm     ledger.FirmID   `cbor:"1,keyasint"`
	Series   interest.Series `cbor:"2,keyasint"`
	From     civil.Date      `cbor:"3,keyasint"`
	Basis    int64           `cbor:"4,keyasint"`
	Source   string          `cbor:"5,keyasint"`
	Verified civil.Date      `cbor:"6,keyasint"`
}

var (
	steps = store.Table[stepRecord]{Name: "dunning.steps", Key: func(r *stepRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[stepRecord]{
			{Name: "customer", Entries: func(_ store.Tx, r *stepRecord) []store.Pair { return one(r.Customer.Bytes(), r.ID.Bytes()) }},
			{Name: "firm", Entries: func(_ store.Tx, r *stepRecord) []store.Pair { return one(r.Firm.Bytes(), r.ID.Bytes()) }},
			{Name: "open", Entries: func(_ store.Tx, r *stepRecord) []store.Pair {
				if !r.State.open() {
					return nil
				}
				return one(r.Firm.Bytes(), r.ID.Bytes())
			}},
			{Name: "notice", Unique: true, Entries: func(_ store.Tx, r *stepRecord) []store.Pair {
				if r.Notice == ([16]byte{}) {
					return nil
				}
				return []store.Pair{{Key: r.Notice[:], Value: r.ID.Bytes()}}
			}},
		}}
	runs = store.Table[runRecord]{Name: "dunning.runs", Key: func(r *runRecord) []byte {
		return binary.BigEndian.AppendUint32(r.Firm.Bytes()[:16:16], uint32(r.Day)) //nolint:gosec // days of our era
	}}
	strategies = store.Table[strategyRecord]{Name: "dunning.strategies", Key: func(r *strategyRecord) []byte { return strategyKey(r.Firm, r.ID) }}
	settings   = store.Table[settingsRecord]{Name: "dunning.settings", Key: func(r *settingsRecord) []byte { return r.Firm.Bytes() }}
	profiles   = store.Table[profileRecord]{Name: "dunning.customers", Key: func(r *profileRecord) []byte { return r.Customer.Bytes() }}
	rates      = store.Table[rateRecord]{Name: "dunning.rates", Key: func(r *rateRecord) []byte {
		return binary.BigEndian.AppendUint32(append(append(r.Firm.Bytes()[:16:16], r.Series...), 0), uint32(r.From)) //nolint:gosec // days of our era
	}}
)

func strategyKey(f ledger.FirmID, id string) []byte { return append(f.Bytes()[:16:16], id...) }

func one(parts ...[]byte) []store.Pair {
	var key []byte
	for _, p := range parts {
		key = append(key, p...)
	}
	return []store.Pair{{Key: key}}
}

func recordOf(s Step) stepRecord {
	r := stepRecord{ID: s.ID, Firm: s.Firm, Customer: s.Customer, Day: s.Day, State: s.State, Step: s.Step, Channel: s.Channel, Tone: s.Tone,
		Strategy: s.Strategy, Version: s.Version, Currency: s.Currency, Total: s.Total, Law: s.Law, Cost: s.Cost, CostVAT: s.CostVAT, To: s.To,
		Name: s.Name, Language: s.Language, Notice: s.Notice, Reasons: fromReasons(s.Reasons), Note: s.Note, Outcome: s.Outcome, Until: s.Until,
		By: s.By, SentOn: s.SentOn, Created: nanos(s.Created), Finished: nanos(s.Finished), Inputs: s.Inputs}
	for _, l := range s.Lines {
		r.Lines = append(r.Lines, lineRecord(l))
	}
	return r
}

func (r stepRecord) step() Step {
	s := Step{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Day: r.Day, State: r.State, Step: r.Step, Channel: r.Channel, Tone: r.Tone,
		Strategy: r.Strategy, Version: r.Version, Currency: r.Currency, Total: r.Total, Law: r.Law, Cost: r.Cost, CostVAT: r.CostVAT, To: r.To,
		Name: r.Name, Language: r.Language, Notice: r.Notice, Reasons: toReasons(r.Reasons), Note: r.Note, Outcome: r.Outcome, Until: r.Until,
		By: r.By, SentOn: r.SentOn, Created: instant(r.Created), Finished: instant(r.Finished), Inputs: r.Inputs}
	for _, l := range r.Lines {
		s.Lines = append(s.Lines, Line(l))
	}
	return s
}

func fromReasons(rs []ladder.Reason) (out []reasonRecord) {
	for _, r := range rs {
		out = append(out, reasonRecord(r))
	}
	return out
}

func toReasons(rs []reasonRecord) (out []ladder.Reason) {
	for _, r := range rs {
		out = append(out, ladder.Reason(r))
	}
	return out
}

func fromStrategy(f ledger.FirmID, s ladder.Strategy) strategyRecord {
	r := strategyRecord{Firm: f, ID: s.ID, Name: s.Name, Version: s.Version, GraceDays: s.GraceDays, MinGap: s.MinGap,
		SmallBalance: s.SmallBalance, Automatic: s.Automatic, HumanOnly: s.HumanOnly, HoldExpected: s.HoldExpected}
	for _, x := range s.Steps {
		r.Steps = append(r.Steps, ladderStepRecord(x))
	}
	return r
}

func (r strategyRecord) strategy() ladder.Strategy {
	s := ladder.Strategy{ID: r.ID, Name: r.Name, Version: r.Version, GraceDays: r.GraceDays, MinGap: r.MinGap,
		SmallBalance: r.SmallBalance, Automatic: r.Automatic, HumanOnly: r.HumanOnly, HoldExpected: r.HoldExpected}
	for _, x := range r.Steps {
		s.Steps = append(s.Steps, ladder.Step(x))
	}
	return s
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// Cover makes the verification of the books include the tables of this package.
func Cover(b *books.Books) {
	b.Cover("dunning", steps.CheckIndexes, runs.CheckIndexes, charges.CheckIndexes)
}
