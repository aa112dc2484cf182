// Package civil holds dates without a time and the clock.
//
// A Date is a calendar day with no zone (rulebook 0.3); due dates, effective dates and as-of dates are Dates. Instants
// are time.Time in UTC. "Today" is the date in the firm's own time zone: Today(clock, zone). The clock is passed in
// everywhere, so that tests and the sample firm decide what time it is; this package is the only one that may call
// time.Now.
package civil

import (
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
)

// Date counts days since 31 December of the year 0, so 1 is 0001-01-01 and the zero Date means "no date".
// Dates compare and subtract as integers.
type Date int32

const epochOffset = 719163 // Date of 1970-01-01

// EndOfTime is after every date that the books accept: what is recorded by then is all that is recorded.
const EndOfTime Date = 3652059 // 9999-12-31

// Of makes a date; out-of-range months and days are normalised as by time.Date.
func Of(year int, month time.Month, day int) Date {
	return fromUnixDays(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func fromUnixDays(d int64) Date { return Date(d + epochOffset) }

// In is the date on which the instant falls in the zone.
func In(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Of(y, m, d)
}

// Parse reads YYYY-MM-DD, years 0001 to 9999, and nothing else.
func Parse(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil || t.Year() < 1 {
		return 0, fault.Invalidf("civil.date", "%q is not a date; expected YYYY-MM-DD such as 2026-11-30", s)
	}
	return Of(t.Date()), nil
}

// MustParse is Parse for constants in code and tests.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == 0 }

// Time is midnight UTC at the start of the day.
func (d Date) Time() time.Time { return time.Unix((int64(d)-epochOffset)*86400, 0).UTC() }

// Date is the year, month and day.
func (d Date) Date() (int, time.Month, int) { return d.Time().Date() }

// Year, Month and Day are the parts of the date.
func (d Date) Year() int         { return d.Time().Year() }
func (d Date) Month() time.Month { return d.Time().Month() }
func (d Date) Day() int          { return d.Time().Day() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// AddDays is n days later (earlier when negative).
func (d Date) AddDays(n int) Date { return d + Date(n) }

// EndOfMonth is the last day of the date's month, n months further.
func (d Date) EndOfMonth(n int) Date {
	y, m, _ := d.Date()
	return Of(y, m+time.Month(n)+1, 0)
}

// Days counts the civil days from a to b: b − a (rulebook 0.4).
func Days(a, b Date) int { return int(b - a) }

// String is YYYY-MM-DD; the zero Date is the empty string.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format("2006-01-02")
}

// MarshalText is String, so that JSON has YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; the empty text is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := Parse(string(b))
	*d = v
	return err
}

// Max is the later of two dates.
func Max(a, b Date) Date {
	if a > b {
		return a
	}
	return b
}

// Clock tells the time. Now is in UTC.
type Clock interface {
	Now() time.Time
}

// System is the computer's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC() }

// Manual is a clock that stands still until it is moved. It is safe for concurrent use.
type Manual struct {
	mu sync.Mutex
	t  time.Time
}

// NewManual is a clock that shows t.
func NewManual(t time.Time) *Manual { return &Manual{t: t.UTC()} }

// Now is the time the clock shows.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.t
}

// Advance moves the clock forward.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t = m.t.Add(d)
}

// Set moves the clock to t.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t = t.UTC()
}

// Today is the date in the zone at the clock's time.
func Today(c Clock, zone *time.Location) Date { return In(c.Now(), zone) }
