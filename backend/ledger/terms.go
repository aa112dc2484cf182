package ledger

import "github.com/voldaan/voldaan/backend/civil"

// MonthEnd says how a term treats the end of the month.
type MonthEnd uint8

// The rules: no month end; the days first and then to the end of that month ("30 days end of month"); the end of the
// month first and then the days ("end of month 30 days").
const (
	NoMonthEnd MonthEnd = iota
	DaysThenMonthEnd
	MonthEndThenDays
)

// DefaultTermDays is the term where neither document nor customer has one.
const DefaultTermDays = 30

// Terms are the days from issue to due date.
type Terms struct {
	Days     int
	MonthEnd MonthEnd
}

// TermsOf are the customer's terms, or the default ones.
func TermsOf(c Customer) Terms {
	if c.TermDays > 0 {
		return Terms{Days: c.TermDays}
	}
	return Terms{Days: DefaultTermDays}
}

// Due is the due date of a document issued on a date.
func (t Terms) Due(issued civil.Date) civil.Date {
	switch t.MonthEnd {
	case DaysThenMonthEnd:
		return issued.AddDays(t.Days).EndOfMonth(0)
	case MonthEndThenDays:
		return issued.EndOfMonth(0).AddDays(t.Days)
	}
	return issued.AddDays(t.Days)
}
