package dunning

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Settings are the firm's choices. The zero Settings remind by the default ladder, after approval, and charge nothing.
type Settings struct {
	Strategy string                  // of customers without another one; empty: default
	ByParty  map[ledger.Party]string // of a kind of customer
	Segments bool                    // how a customer pays decides, where nothing above its kind is set
	Holidays []civil.Date            // the firm is closed: nothing goes out
	FromHour int                     // sending hours, local; zero: 9 to 17
	ToHour   int
	Daily    bool // plan a run by itself on every business day

	TermAgreed bool // the terms that consumers agreed to make the due date final: default begins with it
	CostVAT    bool // the firm cannot deduct VAT, so that Dutch collection costs are with VAT
	PostDays   int  // business days that the post takes; zero: 2

	Charges Charges
}

// Charges are the rules of late charges. All are off until the firm switches them on.
type Charges struct {
	Interest   bool
	Fixed      bool   // 40 euro per late invoice, businesses only
	Costs      bool   // Dutch collection costs, consumers after the 14-day letter
	Clause     bool   // the Belgian clause of the terms, consumers after the free reminder
	LawCountry string // whose law governs; empty: the firm's country
	TermsRate  int64  // a rate agreed in the terms, hundredths of a percent; 0: the law's
	Series     string // how debit notes are numbered: this and four digits; empty: R
	Least      int64  // interest below this is not proposed, minor units; 0: 500
}

// Hours are the sending hours.
func (s Settings) Hours() (from, to int) {
	if s.FromHour == 0 && s.ToHour == 0 {
		return 9, 17
	}
	return s.FromHour, s.ToHour
}

// Profile is what people decided about one customer.
type Profile struct {
	Customer         ledger.CustomerID
	Strategy         string // empty: as the firm's settings say
	Legal, Insolvent bool
	Pauses           []Pause
}

// Pause keeps a document, or with a zero id the whole customer, out of dunning.
type Pause struct {
	Document ledger.DocumentID
	Until    civil.Date // the last day; zero: until somebody ends it
	Note     string
	By       string
	On       civil.Date
}

// Settings are the firm's choices.
func (s *Service) Settings(ctx context.Context, firm ledger.FirmID) (out Settings, err error) {
	err = s.view(ctx, func(tx store.Tx) error { out, err = settingsIn(tx, firm); return err })
	return out, err
}

func (s *Service) view(ctx context.Context, fn func(store.Tx) error) error {
	return s.books.Log().Engine().View(ctx, fn)
}

func settingsIn(tx store.Tx, firm ledger.FirmID) (Settings, error) {
	r, err := settings.Get(tx, firm.Bytes())
	if errors.Is(err, store.ErrNotFound) {
		return Settings{}, nil
	}
	return Settings{Strategy: r.Strategy, ByParty: r.ByParty, Segments: r.Segments, Holidays: r.Holidays, FromHour: r.FromHour, ToHour: r.ToHour,
		Daily: r.Daily, TermAgreed: r.TermAgreed, CostVAT: r.CostVAT, PostDays: r.PostDays,
		Charges: Charges{Interest: r.Charges, Fixed: r.Fixed, Costs: r.Costs, Clause: r.BEClause, LawCountry: r.LawCountry, TermsRate: r.TermsRate,
			Series: r.Series, Least: r.LeastCents}}, err
}

// SetSettings keeps the choices of m.Firm.
func (s *Service) SetSettings(ctx context.Context, m journal.Meta, in Settings) (Settings, error) {
	in.Charges.Series = strings.TrimSpace(in.Charges.Series)
	switch from, to := in.Hours(); {
	case from < 0 || to > 24 || from >= to:
		return in, fault.Invalidf("dunning.hours", "sending from %d to %d o'clock is not possible; expected hours such as 9 to 17", from, to)
	case len(in.Holidays) > 400:
		return in, fault.Invalidf("dunning.holidays", "at most 400 days of closing are kept")
	case in.PostDays < 0 || in.PostDays > 10:
		return in, fault.Invalidf("dunning.post_days", "expected 0 to 10 business days for the post")
	case in.Charges.TermsRate < 0 || in.Charges.TermsRate > 10000 || in.Charges.Least < 0:
		return in, fault.Invalidf("dunning.terms_rate", "expected a yearly rate of 0 to 100 percent and a least amount of 0 or more")
	case len(in.Charges.Series) > 20:
		return in, fault.Invalidf("dunning.series", "the series of debit notes has at most 20 characters")
	case in.Charges.LawCountry != "" && !slices.Contains([]string{"NL", "BE", "FR", "DE"}, in.Charges.LawCountry):
		return in, fault.Invalidf("dunning.law", "the law of %q is not known here; expected NL, BE, FR or DE", in.Charges.LawCountry)
	}
	_, err := s.books.Log().Update(ctx, m, "dunning.settings_changed", nil, func(tx *journal.Tx) error {
		known, err := strategiesIn(tx, m.Firm)
		if err != nil {
			return err
		}
		for _, id := range append([]string{in.Strategy}, values(in.ByParty)...) {
			if _, ok := find(known, id); id != "" && !ok {
				return unknownStrategy()
			}
		}
		tx.Subject(m.Firm.Bytes())
		c := in.Charges
		return settings.Put(tx, &settingsRecord{Firm: m.Firm, Strategy: in.Strategy, ByParty: in.ByParty, Segments: in.Segments, Holidays: in.Holidays,
			FromHour: in.FromHour, ToHour: in.ToHour, Daily: in.Daily, TermAgreed: in.TermAgreed, CostVAT: in.CostVAT, PostDays: in.PostDays,
			Charges: c.Interest, Fixed: c.Fixed, Costs: c.Costs, BEClause: c.Clause, LawCountry: c.LawCountry, TermsRate: c.TermsRate, Series: c.Series, LeastCents: c.Least})
	})
	return in, err
}

func values(m map[ledger.Party]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func unknownStrategy() error {
	return fault.NotFoundf("dunning.strategy_unknown", "there is no such strategy; choose one from the list")
}

// Strategies are the built-in ones as the firm has changed them, and its own.
func (s *Service) Strategies(ctx context.Context, firm ledger.FirmID) (out []ladder.Strategy, err error) {
	err = s.view(ctx, func(tx store.Tx) error { out, err = strategiesIn(tx, firm); return err })
	return out, err
}

func strategiesIn(tx store.Tx, firm ledger.FirmID) ([]ladder.Strategy, error) {
	out := ladder.BuiltIn()
	for r, err := range strategies.Scan(tx, store.Prefix(firm.Bytes())) {
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(out, func(x ladder.Strategy) bool { return x.ID == r.ID }); i >= 0 {
			out[i] = r.strategy()
		} else {
			out = append(out, r.strategy())
		}
	}
	return out, nil
}

func find(all []ladder.Strategy, id string) (ladder.Strategy, bool) {
	if i := slices.IndexFunc(all, func(x ladder.Strategy) bool { return x.ID == id }); i >= 0 {
		return all[i], true
	}
	return ladder.Strategy{}, false
}

// PutStrategy keeps a strategy of m.Firm, new or changed.
func (s *Service) PutStrategy(ctx context.Context, m journal.Meta, in ladder.Strategy) (ladder.Strategy, error) {
	in, err := ladder.Check(in)
	if err != nil {
		return in, err
	}
	if in.ID == "" || len(in.ID) > 60 || strings.ContainsFunc(in.ID, func(r rune) bool { return r < '0' || r > 'z' }) {
		return in, fault.Invalidf("dunning.strategy_id", "a strategy needs an id of letters, digits and underscores")
	}
	_, err = s.books.Log().Update(ctx, m, "dunning.strategy_changed", nil, func(tx *journal.Tx) error {
		known, err := strategiesIn(tx, m.Firm)
		if err != nil {
			return err
		}
		old, ok := find(known, in.ID)
		if !ok && in.Name == "" {
			return fault.Invalidf("dunning.strategy_name", "a new strategy needs a name")
		}
		in.Version = old.Version + 1
		tx.Subject(m.Firm.Bytes())
		tx.Fact("strategy", in.ID)
		r := fromStrategy(m.Firm, in)
		return strategies.Put(tx, &r)
	})
	return in, err
}

// Profile is what people decided about a customer.
func (s *Service) Profile(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID) (out Profile, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		if err := owns(r, firm, c); err != nil {
			return err
		}
		out, err = profileIn(r.Tx(), c)
		return err
	})
	return out, err
}

func owns(r *books.Reader, firm ledger.FirmID, c ledger.CustomerID) error {
	cu, err := r.Customer(c)
	if err != nil || cu.Firm != firm {
		return errors.Join(fault.NotFoundf("customer.unknown", "there is no such customer"))
	}
	return nil
}

func profileIn(tx store.Tx, c ledger.CustomerID) (Profile, error) {
	r, err := profiles.Get(tx, c.Bytes())
	if errors.Is(err, store.ErrNotFound) {
		return Profile{Customer: c}, nil
	}
	p := Profile{Customer: c, Strategy: r.Strategy, Legal: r.Legal, Insolvent: r.Insolvent}
	for _, x := range r.Pauses {
		p.Pauses = append(p.Pauses, Pause(x))
	}
	return p, err
}

func saveProfile(tx *journal.Tx, firm ledger.FirmID, p Profile) error {
	tx.Subject(p.Customer.Bytes())
	r := profileRecord{Customer: p.Customer, Firm: firm, Strategy: p.Strategy, Legal: p.Legal, Insolvent: p.Insolvent}
	for _, x := range p.Pauses {
		r.Pauses = append(r.Pauses, pauseRecord(x))
	}
	return profiles.Put(tx, &r)
}

// changeProfile reads, changes and writes a customer's profile in one transaction.
func (s *Service) changeProfile(ctx context.Context, m journal.Meta, c ledger.CustomerID, kind string, change func(*journal.Tx, *Profile) error) (p Profile, err error) {
	_, err = s.books.Log().Update(ctx, m, kind, nil, func(tx *journal.Tx) error {
		if err := owns(s.books.In(tx), m.Firm, c); err != nil {
			return err
		}
		if p, err = profileIn(tx, c); err != nil {
			return err
		}
		if err := change(tx, &p); err != nil {
			return err
		}
		return saveProfile(tx, m.Firm, p)
	})
	return p, err
}

// SetProfile keeps a customer's strategy and flags; pauses stay.
func (s *Service) SetProfile(ctx context.Context, m journal.Meta, in Profile) (Profile, error) {
	return s.changeProfile(ctx, m, in.Customer, "dunning.customer_changed", func(tx *journal.Tx, p *Profile) error {
		known, err := strategiesIn(tx, m.Firm)
		if err != nil {
			return err
		}
		if _, ok := find(known, in.Strategy); in.Strategy != "" && !ok {
			return unknownStrategy()
		}
		p.Strategy, p.Legal, p.Insolvent = in.Strategy, in.Legal, in.Insolvent
		return nil
	})
}

// Pause keeps a document, or with a zero id the whole customer, out of dunning until a day (zero: for good). It needs a
// reason.
func (s *Service) Pause(ctx context.Context, m journal.Meta, c ledger.CustomerID, in Pause) (Profile, error) {
	in.Note = strings.TrimSpace(in.Note)
	if in.Note == "" || len(in.Note) > 1000 {
		return Profile{}, fault.Invalidf("dunning.pause_reason", "a pause needs a reason of at most 1000 characters, so that others know why")
	}
	return s.changeProfile(ctx, m, c, "dunning.paused", func(tx *journal.Tx, p *Profile) error {
		r := s.books.In(tx)
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		if !in.Until.IsZero() && in.Until < today {
			return fault.Invalidf("dunning.pause_past", "the pause would end on %s, which has passed", in.Until)
		}
		if !in.Document.IsZero() {
			if d, err := r.Document(in.Document); err != nil || d.Customer != c {
				return fault.NotFoundf("document.unknown", "there is no such invoice or credit note")
			}
			tx.Subject(in.Document.Bytes())
		}
		in.By, in.On = m.Actor.Name, today
		p.Pauses = append(slices.DeleteFunc(p.Pauses, func(x Pause) bool { return x.Document == in.Document }), in)
		tx.Fact("note", in.Note)
		tx.Fact("until", in.Until.String())
		return nil
	})
}

// Resume ends a pause.
func (s *Service) Resume(ctx context.Context, m journal.Meta, c ledger.CustomerID, d ledger.DocumentID) (Profile, error) {
	return s.changeProfile(ctx, m, c, "dunning.resumed", func(_ *journal.Tx, p *Profile) error {
		p.Pauses = slices.DeleteFunc(p.Pauses, func(x Pause) bool { return x.Document == d })
		return nil
	})
}
