package portal

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Format writes amounts and dates in a language. Today decides which dates go without their year.
type Format struct {
	T     *Text
	Today civil.Date
	Zone  *time.Location // the firm's; nil: UTC
}

// Moment is a day and the time of day at the firm.
func (f Format) Moment(at time.Time) string {
	zone := f.Zone
	if zone == nil {
		zone = time.UTC
	}
	return f.Day(civil.In(at, zone)) + " " + at.In(zone).Format("15:04")
}

// shape is how one currency is written in one locale, learnt once from CLDR.
type shape struct {
	before, after   string // around a positive number
	minus, plusTail string // around a negative number
	group, decimal  string
	digits          int
}

type shapeKey struct {
	locale   string
	currency money.Currency
}

var shapes sync.Map // shapeKey -> *shape; at most languages × currencies entries

func shapeOf(locale string, c money.Currency) *shape {
	k := shapeKey{locale, c}
	if s, ok := shapes.Load(k); ok {
		return s.(*shape)
	}
	digits, ok := c.Exponent()
	if !ok {
		digits = 2
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	s := &shape{digits: digits}
	sample := money.Of(1111*unit, c)
	s.before, s.group, s.decimal, s.after = dissect(sample.Format(locale))
	s.minus, _, _, s.plusTail = dissect(sample.Neg().Format(locale))
	shapes.Store(k, s)
	return s
}

// dissect takes "€ 1.111,00" apart: what is before the first digit, between the thousands, before the decimals, after.
func dissect(s string) (before, group, decimal, after string) {
	first := strings.IndexByte(s, '1')
	last := strings.LastIndexAny(s, "01")
	before, after = s[:first], s[last+1:]
	body := s[first+1 : last+1]
	group, body, _ = strings.Cut(body, "111")
	decimal = strings.TrimRight(body, "0")
	return before, group, decimal, after
}

// Money is an amount with its currency's symbol: "€ 1.210,00". Voldaan's own writing of what money.Amount.Format does:
// a page has a hundred amounts.
func (f Format) Money(a money.Amount) string {
	s := shapeOf(f.T.Locale, a.Currency)
	var buf [64]byte
	b := append(buf[:0], s.before...)
	tail := s.after
	u := uint64(a.Minor)
	if a.Minor < 0 {
		b, tail, u = append(buf[:0], s.minus...), s.plusTail, -u
	}
	return string(append(s.number(b, u), tail...))
}

func (s *shape) number(b []byte, u uint64) []byte {
	var digits [24]byte
	d := strconv.AppendUint(digits[:0], u, 10)
	for len(d) <= s.digits {
		d = append([]byte{'0'}, d...)
	}
	whole, frac := d[:len(d)-s.digits], d[len(d)-s.digits:]
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, s.group...)
		}
		b = append(b, c)
	}
	if len(frac) > 0 {
		b = append(append(b, s.decimal...), frac...)
	}
	return b
}

// Plain is the amount without its currency, for an input field: "1210,00".
func (f Format) Plain(a money.Amount) string {
	s := shapeOf(f.T.Locale, a.Currency)
	return strings.Replace(a.String(), ".", s.decimal, 1)
}

// ParseAmount reads what a customer types: "1.210,50", "1210.5", "€ 1 210,50". A mark followed by one or two digits at
// the end is the decimal mark in every language; what else there is between digits are thousands.
func (f Format) ParseAmount(s string, c money.Currency) (money.Amount, bool) {
	digits, ok := c.Exponent()
	if !ok {
		return money.Amount{}, false
	}
	var clean strings.Builder
	last := -1
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			clean.WriteRune(r)
		case r == ',' || r == '.':
			last = clean.Len()
			clean.WriteByte('.')
		case r == ' ' || r == '\u00a0' || r == '\u202f' || r == '’' || r == '\'' || r == '€' || r == '$' || r == '£':
		default:
			return money.Amount{}, false
		}
	}
	text := clean.String()
	if n := len(text) - last - 1; last >= 0 && (n < 1 || n > digits) && n != 3 {
		return money.Amount{}, false
	} else if last >= 0 && n <= digits {
		text = strings.ReplaceAll(text[:last], ".", "") + "." + text[last+1:]
	} else {
		text = strings.ReplaceAll(text, ".", "")
	}
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	a, err := money.Parse(text, c)
	return a, err == nil && a.Minor > 0
}

// Day is a date in a list: "12 nov", with its year when that is not this year.
func (f Format) Day(d civil.Date) string {
	if d.IsZero() {
		return f.T.Common.None
	}
	y, m, day := d.Date()
	s := f.dayOfMonth(day) + f.T.AfterDay + " " + f.T.Short[m-1]
	if y != f.Today.Year() {
		s += " " + strconv.Itoa(y)
	}
	return s
}

// Date is a date in full: "12 november 2026".
func (f Format) Date(d civil.Date) string {
	if d.IsZero() {
		return f.T.Common.None
	}
	y, m, day := d.Date()
	return f.dayOfMonth(day) + f.T.AfterDay + " " + f.T.Months[m-1] + " " + strconv.Itoa(y)
}

func (f Format) dayOfMonth(day int) string {
	if day == 1 {
		return f.T.FirstDay
	}
	return strconv.Itoa(day)
}

// When is the relative word beside a due date: "12 dagen te laat", "vandaag", "over 9 dagen"; empty when it is more
// than a month away.
func (f Format) When(due civil.Date) string {
	switch n := civil.Days(f.Today, due); {
	case n < 0:
		return f.T.Status.DaysLate.N(-n)
	case n == 0:
		return f.T.Status.Today
	case n == 1:
		return f.T.Status.Tomorrow
	case n <= 31:
		return f.T.Status.DueIn.N(n)
	}
	return ""
}

// Soon reports whether a due date is within a week.
func (f Format) Soon(due civil.Date) bool {
	n := civil.Days(f.Today, due)
	return n >= 0 && n <= 7
}
