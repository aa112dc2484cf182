package interest

import (
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
)

// Series is a published rate that changes by date.
type Series string

// The series.
const (
	ECB      Series = "ecb"       // main refinancing operations, as it stood on 1 January and 1 July
	NLDecree Series = "nl.decree" // wettelijke rente for consumers: by decree, never derived (rulebook 2.3)
	DEBase   Series = "de.base"   // Basiszinssatz, § 247 BGB
	FRLegal  Series = "fr.legal"  // taux d'intérêt légal, professionals: the floor of agreed penalties is three times it
)

// AllSeries are the series in the order in which people see them. Kept are those that the program ships complete; of the
// French legal rate only the half-years that somebody found are there, and what leans on another one is provisional.
var (
	AllSeries = []Series{ECB, NLDecree, DEBase, FRLegal}
	Kept      = []Series{ECB, NLDecree, DEBase}
)

// SeriesOf are the series that claims under a country's law follow.
func SeriesOf(country string) []Series {
	var out []Series
	for _, l := range laws {
		if l.Country == country && !slices.Contains(out, l.Series) {
			out = append(out, l.Series)
		}
	}
	return out
}

// Row is a rate from a date on. Basis is in hundredths of a percent and may be negative (the German base was).
type Row struct {
	Series   Series
	From     civil.Date
	Basis    int64
	Source   string
	Verified civil.Date // the last day on which somebody compared it with the source
	Own      bool       // entered by the firm
}

// Table is dated rows, of any series, in no particular order. Later rows with the same series and date win: so own rows
// are appended to the shipped ones.
type Table []Row

// With is the table with more rows on top.
func (t Table) With(own []Row) Table { return append(slices.Clone(t), own...) }

// rows are one series in order of date, one row a date.
func (t Table) rows(s Series) []Row {
	var out []Row
	for _, r := range t {
		if r.Series != s {
			continue
		}
		if i := slices.IndexFunc(out, func(o Row) bool { return o.From == r.From }); i >= 0 {
			out[i] = r
		} else {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Row) int { return int(a.From - b.From) })
	return out
}

// Rows are the rows that count, series by series, oldest first.
func (t Table) Rows() []Row {
	var out []Row
	for _, s := range AllSeries {
		out = append(out, t.rows(s)...)
	}
	return out
}

// At is the row of a series that counts on a day.
func (t Table) At(s Series, on civil.Date) (row Row, ok bool) {
	for _, r := range t {
		if r.Series == s && r.From <= on && (!ok || r.From >= row.From) {
			row, ok = r, true
		}
	}
	return row, ok
}

// Provisional reports whether a day lies past the half-year that the last row of the series is known for. Somebody who
// has verified a row later has seen that nothing newer was published by then.
func (t Table) Provisional(s Series, on civil.Date) bool {
	known := civil.Date(0)
	for _, r := range t {
		if r.Series == s {
			known = max(known, halfYearEnd(r.From), halfYearEnd(r.Verified))
		}
	}
	return on > known
}

// halfYearEnd is 30 June or 31 December.
func halfYearEnd(d civil.Date) civil.Date {
	if d.IsZero() {
		return 0
	}
	if d.Month() <= 6 {
		return civil.Of(d.Year(), 6, 30)
	}
	return civil.Of(d.Year(), 12, 31)
}

// staleMonths is how long a table may go without anybody looking at its sources (rulebook 2.2).
const staleMonths = 7

// Stale are those of the series whose newest check is more than seven months before a day: somebody must look at the
// sources. A missing row would silently keep the old rate.
func (t Table) Stale(today civil.Date, among ...Series) []Series {
	var out []Series
	for _, s := range among {
		last := civil.Date(0)
		for _, r := range t {
			if r.Series == s {
				last = max(last, r.Verified)
			}
		}
		if !last.IsZero() && today > monthsLater(last, staleMonths) {
			out = append(out, s)
		}
	}
	return out
}

func monthsLater(d civil.Date, n int) civil.Date {
	y, m, day := d.Date()
	last := civil.Of(y, m, 1).EndOfMonth(n)
	return min(civil.Of(last.Year(), last.Month(), 1).AddDays(day-1), last)
}
