// Package interest computes what the law lets a creditor ask for paying late: statutory interest, fixed compensation and
// collection costs, in the Netherlands, Belgium, France and Germany (rulebook 2).
//
// It is pure. Rates are data: a Table holds dated rows, each with its source and the day on which somebody last looked it
// up (Shipped is the one that comes with the program; a firm may add rows of its own). A Law says which series it
// follows, with which margin and rounding, and whether interest bears interest. Compute splits a claim wherever the rate,
// the principal or the year since default changes, works in exact fractions and rounds once (rulebook 0.2).
//
//   - Interest runs from the day after the default date up to and including the last day; a payment counts from the day
//     after it was received. The day count is actual/365, also in leap years (rulebook 2.1).
//   - Rates are in hundredths of a percent, amounts in minor units.
//   - A claim that runs past the half-year of the table's last row is computed with the last known rate and marked
//     Provisional.
//   - The costs of collection (BIK, 14-day letter, Belgian penalty clause) are in costs.go and letters.go; they are in
//     euro by law.
//
// Nothing here decides that anything is charged: late charges are proposed to a person (rulebook 2.7).
package interest

import (
	"math/big"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// LawID names a rule of law. It is stored with every charge.
type LawID string

// The laws.
const (
	NLBusiness LawID = "nl.business" // art. 6:119a BW, wettelijke handelsrente
	NLConsumer LawID = "nl.consumer" // art. 6:119 BW, wettelijke rente
	BEBusiness LawID = "be.business" // law of 2 August 2002
	BEConsumer LawID = "be.consumer" // book XIX WER: at most the rate of the law of 2002, and only if the terms say so
	FRBusiness LawID = "fr.business" // art. L.441-10 C. com.
	DEBusiness LawID = "de.business" // § 288 (2) BGB
	DEConsumer LawID = "de.consumer" // § 288 (1) BGB
)

// Law is how one country and kind of debtor count interest.
type Law struct {
	ID           LawID
	Country      string
	Text         string // the provision, as lawyers cite it
	Series       Series
	margins      []margin // dated, in order
	halfPointUp  bool     // Belgium: up to the next half point
	Compound     bool     // the Netherlands: after each full year from the default date
	Compensation int64    // fixed sum per late invoice, in euro cents; 0: none
}

type margin struct {
	from  civil.Date
	basis int64
}

func always(basis int64) []margin { return []margin{{0, basis}} }

// laws: the margins before 2013 and 2014 are footnotes 1 and 3 of rulebook 2.2.
var laws = []Law{
	{ID: NLBusiness, Country: "NL", Text: "art. 6:119a BW", Series: ECB, Compound: true, Compensation: 4000,
		margins: []margin{{0, 700}, {civil.MustParse("2013-03-16"), 800}}},
	{ID: NLConsumer, Country: "NL", Text: "art. 6:119 BW", Series: NLDecree, Compound: true, margins: always(0)},
	{ID: BEBusiness, Country: "BE", Text: "wet van 2 augustus 2002, art. 5", Series: ECB, halfPointUp: true, Compensation: 4000, margins: always(800)},
	{ID: BEConsumer, Country: "BE", Text: "boek XIX WER, art. XIX.4", Series: ECB, halfPointUp: true, margins: always(800)},
	{ID: FRBusiness, Country: "FR", Text: "art. L.441-10 et D.441-5 C. com.", Series: ECB, Compensation: 4000, margins: always(1000)},
	{ID: DEBusiness, Country: "DE", Text: "§ 288 Abs. 2 und 5 BGB", Series: DEBase, Compensation: 4000,
		margins: []margin{{0, 800}, {civil.MustParse("2014-07-01"), 900}}},
	{ID: DEConsumer, Country: "DE", Text: "§ 288 Abs. 1 BGB", Series: DEBase, margins: always(500)},
}

// LawOf finds a law by its name.
func LawOf(id LawID) (Law, bool) {
	for _, l := range laws {
		if l.ID == id {
			return l, true
		}
	}
	return Law{}, false
}

// For is the law of a claim governed by a country's law against a party. An unknown party is treated as a consumer, and
// a consumer in France has none here: nothing may be asked without a court (rulebook 2.5, 2.7).
func For(country string, p ledger.Party) (Law, bool) {
	kind := "consumer"
	if p == ledger.PartyBusiness || p == ledger.PartyPublic {
		kind = "business"
	}
	for _, l := range laws {
		if l.Country == country && l.ID == LawID(lower(country)+"."+kind) {
			return l, true
		}
	}
	return Law{}, false
}

func lower(country string) string {
	b := []byte(country)
	for i := range b {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// Rate is the yearly rate of the law on a day, in hundredths of a percent, and the row it comes from; ok is false before
// the table begins.
func (l Law) Rate(t Table, on civil.Date) (basis int64, row Row, ok bool) {
	row, ok = t.At(l.Series, on)
	if !ok {
		return 0, row, false
	}
	basis = row.Basis
	for i := len(l.margins) - 1; i >= 0; i-- {
		if l.margins[i].from <= on {
			basis += l.margins[i].basis
			break
		}
	}
	if l.halfPointUp {
		basis = (basis + 49) / 50 * 50
	}
	return max(basis, 0), row, true
}

// changes are the days in (from, to] on which the law's rate may change.
func (l Law) changes(t Table, from, to civil.Date) []civil.Date {
	var out []civil.Date
	for _, r := range t.rows(l.Series) {
		if r.From > from && r.From <= to {
			out = append(out, r.From)
		}
	}
	for _, m := range l.margins {
		if m.from > from && m.from <= to {
			out = append(out, m.from)
		}
	}
	return out
}

// Payment is a part of the principal that was settled: it bears interest up to and including its date. A negative one is
// owed again (a payment that went back).
type Payment struct {
	On     civil.Date
	Amount int64
}

// Claim is one principal that is late.
type Claim struct {
	Law       Law
	Principal money.Amount // what was open on the default date, tax included
	Default   civil.Date   // the last day on which payment was in time; interest starts the day after
	Until     civil.Date   // the last day that counts
	Payments  []Payment    // after Default, in any order; Principal is already less what came before
	Terms     int64        // a rate that the terms agree, in hundredths of a percent; 0: they say nothing
}

// Line is a stretch of days with one principal and one rate.
type Line struct {
	From, To civil.Date
	Days     int
	Base     int64      // principal plus interest that has become principal, rounded for showing
	Basis    int64      // rate, hundredths of a percent
	Row      civil.Date // the table's row that was used
	Amount   int64      // rounded for showing; the sum is rounded once and may differ by a cent
}

// Result is the interest of a claim and how it was found.
type Result struct {
	Law         LawID
	Amount      money.Amount
	Days        int
	Lines       []Line
	Provisional bool // the table ends before the claim does
}

// Compute is the interest on a claim. A claim without a late day, or before the table begins, has none.
func Compute(t Table, c Claim) Result {
	w := walk{t: t, c: c, principal: c.Principal.Minor, capital: new(big.Rat), year: new(big.Rat), total: new(big.Rat), last: c.Until}
	res := Result{Law: c.Law.ID, Amount: money.Of(0, c.Principal.Currency)}
	for d := c.Default + 1; d <= c.Until; {
		to, line := w.stretch(d)
		if line.Days > 0 {
			res.Lines = append(res.Lines, line)
			res.Days += line.Days
			w.last = to
		}
		w.after(to)
		d = to + 1
	}
	res.Amount.Minor = money.Round(w.total)
	res.Provisional = len(res.Lines) > 0 && w.provisional()
	return res
}

// walk goes through a claim from stretch to stretch.
type walk struct {
	t         Table
	c         Claim
	principal int64
	capital   *big.Rat // interest that bears interest
	year      *big.Rat // interest of the running year
	total     *big.Rat
	years     int
	last      civil.Date
}

// stretch is the longest run of days from d with nothing changing, and its interest.
func (w *walk) stretch(d civil.Date) (to civil.Date, line Line) {
	to = w.c.Until
	for _, change := range w.c.Law.changes(w.t, d, to) {
		to = min(to, change-1)
	}
	for _, p := range w.c.Payments {
		if p.On >= d {
			to = min(to, p.On)
		}
	}
	if w.c.Law.Compound {
		to = min(to, anniversary(w.c.Default, w.years+1))
	}
	basis, row, ok := w.c.Law.Rate(w.t, d)
	if !ok || w.principal <= 0 {
		return to, Line{}
	}
	basis = w.agreed(basis, d)
	base := new(big.Rat).Add(new(big.Rat).SetInt64(w.principal), w.capital)
	days := civil.Days(d, to) + 1
	amount := new(big.Rat).Mul(base, big.NewRat(basis*int64(days), 10000*365))
	w.total.Add(w.total, amount)
	w.year.Add(w.year, amount)
	return to, Line{From: d, To: to, Days: days, Base: money.Round(base), Basis: basis, Row: row.From, Amount: money.Round(amount)}
}

// agreed is the rate that counts when the terms agree one: in France never below three times the legal rate, where the
// table knows it (rulebook 2.5).
func (w *walk) agreed(basis int64, d civil.Date) int64 {
	if w.c.Terms == 0 {
		return basis
	}
	if w.c.Law.ID == FRBusiness {
		if floor, ok := w.t.At(FRLegal, d); ok {
			return max(w.c.Terms, 3*floor.Basis)
		}
	}
	return w.c.Terms
}

// provisional reports whether the claim leans on a half-year that the table does not know.
func (w *walk) provisional() bool {
	switch {
	case w.c.Terms == 0:
		return w.t.Provisional(w.c.Law.Series, w.last)
	case w.c.Law.ID == FRBusiness:
		return w.t.Provisional(FRLegal, w.last)
	}
	return false
}

// after settles what happens at the end of a day: payments received on it, and a year that is full.
func (w *walk) after(day civil.Date) {
	for _, p := range w.c.Payments {
		if p.On == day {
			w.principal -= p.Amount
		}
	}
	if w.c.Law.Compound && day == anniversary(w.c.Default, w.years+1) {
		w.capital.Add(w.capital, w.year)
		w.year.SetInt64(0)
		w.years++
	}
}

// anniversary is the same day n years later; 29 February becomes the 28th where there is none.
func anniversary(d civil.Date, n int) civil.Date {
	y, m, day := d.Date()
	first := civil.Of(y+n, m, 1)
	return min(first.AddDays(day-1), first.EndOfMonth(0))
}
