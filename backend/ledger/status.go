package ledger

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// DocStatus is how a document stands on a date. It is always derived.
type DocStatus uint8

// The statuses. A document that is both partly paid and overdue is overdue.
const (
	StatusOpen DocStatus = iota
	StatusPartPaid
	StatusPaid
	StatusOverdue
	StatusVoid
	StatusUpcoming // not yet issued on that date
)

var statusNames = [...]string{"open", "partly paid", "paid", "overdue", "void", "upcoming"}

// String is the status in the words of the API and the command line.
func (s DocStatus) String() string { return statusNames[s] }

// ParseStatus reads a status in those words.
func ParseStatus(s string) (DocStatus, bool) {
	for i, n := range statusNames {
		if n == s {
			return DocStatus(i), true
		}
	}
	return 0, false
}

// Overdue reports whether money was due before the date and has not come: on the due date itself it is not overdue
// (rulebook 0.4, 0.5). Credit is never overdue.
func Overdue(d Document, open money.Amount, asOf civil.Date) bool {
	return d.Type.Debit() && open.Minor > 0 && DaysPastDue(d, asOf) >= 1
}

// DaysPastDue counts the days from the due date to the date; negative before it.
func DaysPastDue(d Document, asOf civil.Date) int { return civil.Days(d.Due, asOf) }

// Status derives a document's status from what is open of it on the date.
func Status(d Document, open money.Amount, asOf civil.Date) DocStatus {
	switch {
	case d.VoidOn(asOf):
		return StatusVoid
	case asOf < d.Issued:
		return StatusUpcoming
	case open.Minor == 0:
		return StatusPaid
	case Overdue(d, open, asOf):
		return StatusOverdue
	case open.Minor < d.Total.Minor:
		return StatusPartPaid
	}
	return StatusOpen
}
