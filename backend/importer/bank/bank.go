// Package bank reads the statements of banks: CAMT.052, .053 and .054 of every version (also zipped), MT940 and MT942
// with the dialects of Dutch and German banks, and CODA.
//
// Read finds out what a file is by its content, and hands over one Statement after the other. What banks write in many
// ways becomes one neutral model: amounts are signed minor units seen from the account (money in is positive), a
// reversal keeps the sign it has on the account, "NOTPROVIDED" is nothing, and text that was cut in pieces of 27 or 65
// characters is one text again.
//
// A line that cannot be understood refuses the whole file with a *fault.Error that names the line: a statement with a
// hole in it is worse than none. A statement whose figures contradict each other (opening + lines is not closing, a
// batch is not the sum of its details) is readable, and carries a Warning: test files, cut pages and corrected accounts
// look so, and the bookings in it did happen.
//
// Memory is bounded by MaxFile, MaxLines and MaxText whatever the file holds; nothing is written to disk, and names
// inside a zip are never used as paths.
package bank

import (
	"strconv"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
)

// Limits of every reader. A file beyond one of them is refused whole.
const (
	MaxFile    = 64 << 20 // bytes of the file, and of everything that a zip holds together
	MaxLines   = 100_000  // lines and details of a statement together
	MaxDetails = 50_000   // payments listed in one booking
	MaxText    = 64 << 10 // bytes of one value or line
	MaxInfo    = 1000     // lines of text that belong to one line of MT940
	MaxEntries = 200      // files in a zip
)

// Format is the kind of file a statement came in.
type Format string

// The formats. Of CAMT the message is named, not the version.
const (
	CAMT052 Format = "camt.052" // report during the day
	CAMT053 Format = "camt.053" // statement of a day
	CAMT054 Format = "camt.054" // notification of single bookings, or of what is in a batch
	MT940   Format = "mt940"
	MT942   Format = "mt942"
	CODA    Format = "coda"
)

// Statement is one statement of one account.
type Statement struct {
	Format   Format
	File     string // the name inside a zip, else empty
	ID       string // the bank's name for it
	Number   string // sequence number, as written
	Account  Account
	Opening  *Balance // nil when the format has none or the bank left it out
	Closing  *Balance
	Lines    []Line
	Warnings []Warning
}

// Account is the firm's own account. IBAN is empty when the bank wrote another number, which is in Other.
type Account struct {
	IBAN, Other, Name string
	Currency          money.Currency
}

// Balance is what was on the account at the end of a day (the opening one: of the day before, as most banks date it).
type Balance struct {
	Date   civil.Date
	Amount money.Amount
}

// Line is one booking.
type Line struct {
	Row      int // the line in the file where it begins, counted from 1
	Booked   civil.Date
	Value    civil.Date
	Reversal bool // takes an earlier booking back
	Pending  bool // announced, not booked: not part of the balance
	BankRef  string
	Code     string // the bank's transaction code
	Batch    int    // how many payments the bank says are in it; 0 when it does not say
	Detail
	Details []Detail // of a batch whose payments are listed, two or more
}

// Detail is what is known of one payment.
type Detail struct {
	Amount     money.Amount
	EndToEnd   string
	Mandate    string
	Structured string // RF, OGM or betalingskenmerk: as written, not checked
	Documents  []string
	Text       string
	Name, IBAN string // counterparty; IBAN holds whatever account number there is
	Return     string // reason code of a returned payment, such as AC04
}

// Warning is a contradiction in a readable statement.
type Warning struct {
	Row           int
	Code, Message string
}

func (s *Statement) warn(row int, code, message string) {
	s.Warnings = append(s.Warnings, Warning{row, code, message})
}

// Booked is the sum of the lines that count for the balance. ok is false when they are not all in the account's
// currency, or do not fit.
func (s *Statement) Booked() (sum money.Amount, ok bool) {
	sum = money.Of(0, s.Account.Currency)
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Pending {
			continue
		}
		if l.Amount.Currency != sum.Currency {
			return sum, false
		}
		sum = sum.Add(l.Amount)
	}
	return sum, true
}

// check compares the figures of a whole statement.
func (s *Statement) check() {
	for i := range s.Lines {
		s.checkBatch(&s.Lines[i])
	}
	if s.Opening == nil || s.Closing == nil {
		return
	}
	sum, ok := s.Booked()
	if !ok || s.Opening.Amount.Currency != sum.Currency || s.Closing.Amount.Currency != sum.Currency {
		s.warn(0, "bank.currencies", "The lines and balances of statement "+s.name()+" are in different currencies, so they cannot be checked against each other.")
		return
	}
	if want := s.Opening.Amount.Add(sum); want != s.Closing.Amount {
		s.warn(0, "bank.balance", "Statement "+s.name()+" does not add up: "+s.Opening.Amount.String()+" at the start and "+sum.String()+
			" in lines make "+want.String()+", but it closes with "+s.Closing.Amount.String()+". Ask the bank for the whole statement if lines are missing.")
	}
}

func (s *Statement) checkBatch(l *Line) {
	if len(l.Details) == 0 {
		return
	}
	sum := money.Of(0, l.Amount.Currency)
	for _, d := range l.Details {
		if d.Amount.Currency != sum.Currency {
			return // details in the payer's currency, or without amounts
		}
		sum = sum.Add(d.Amount)
	}
	if sum != l.Amount {
		s.warn(l.Row, "bank.batch", "Line "+strconv.Itoa(l.Row)+" books "+l.Amount.String()+", but its details add up to "+sum.String()+".")
	}
}

func (s *Statement) name() string {
	if s.Number != "" {
		return s.Number
	}
	return s.ID
}

// account puts a number where it belongs.
func (a *Account) set(number string) {
	if iban, err := reference.ParseIBAN(number); err == nil {
		a.IBAN = iban
		return
	}
	a.Other = strings.TrimSpace(number)
}

func provided(s string) string {
	s = strings.TrimSpace(s)
	switch strings.ToUpper(s) {
	case "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE":
		return ""
	}
	return s
}

// squeeze makes one line of text with single spaces.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func refuse(row int, code, message string) error {
	return fault.Invalidf(code, "Line %d: %s", row, message).With("row", strconv.Itoa(row))
}

func tooLarge(message string) error { return fault.New(fault.TooLarge, "bank.limit", "%s", message) }

// quoted is what was found, short enough to show.
func quoted(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return strconv.Quote(string(r[:40]) + "…")
	}
	return strconv.Quote(s)
}

// shortYear is a year of two digits: a statement is not older than 1970.
func shortYear(yy int) int {
	if yy >= 70 {
		return 1900 + yy
	}
	return 2000 + yy
}

// bankDay is a day as banks write it. Some count months of 30 days: 30 February is the last day of February.
func bankDay(year, month, day int) (civil.Date, bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return civil.Of(year, time.Month(month), min(day, last)), true
}
