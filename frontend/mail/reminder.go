package mail

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// ReminderKind is which words a reminder has.
type ReminderKind string

// The kinds, from soft to hard. The last four have a legal form: see rulebook 2.3 to 2.6 before changing a word of them.
const (
	ReminderHeadsUp      ReminderKind = "heads_up"
	ReminderFriendly     ReminderKind = "friendly"
	ReminderNeutral      ReminderKind = "neutral"
	ReminderFinal        ReminderKind = "final"
	ReminderConsumer     ReminderKind = "consumer"   // formal, to consumers where no costs may be named
	ReminderBusiness     ReminderKind = "business"   // formal, to businesses: interest and compensation
	ReminderFourteenDays ReminderKind = "nl_14_days" // formal, to Dutch consumers: art. 6:96 (6) BW
	ReminderBelgianFirst ReminderKind = "be_first"   // the free first reminder to Belgian consumers: book XIX WER
)

// ReminderKinds are all kinds.
var ReminderKinds = []ReminderKind{ReminderHeadsUp, ReminderFriendly, ReminderNeutral, ReminderFinal, ReminderConsumer, ReminderBusiness,
	ReminderFourteenDays, ReminderBelgianFirst}

// Creditor is who is owed, as every reminder must say.
type Creditor struct {
	LegalName, Street, Place, ChamberNo, VATID, IBAN string
}

// Reminder asks for payment of what is due, in one of several tones.
type Reminder struct {
	Firm     Firm
	Creditor Creditor
	Name     string
	Customer string // number, to be quoted
	Kind     ReminderKind
	Lines    []ReminderLine
	Total    money.Amount
	URL      string
	ByPost   bool
	LastDay  civil.Date   // of the term that the letter gives; zero: none
	Cost     money.Amount // nl_14_days: without VAT
	CostVAT  money.Amount // nl_14_days: the VAT on it, zero where the firm can deduct it
	CostAll  money.Amount
	Interest money.Amount // business: as of today
	Fixed    money.Amount // business: 40 euro per invoice
	Clause   money.Amount // be_first
}

// ReminderLine is one invoice.
type ReminderLine struct {
	Line
	Issued      civil.Date
	Description string
}

func (Reminder) template() string { return "reminder" }
func (l Reminder) prefix() string { return "reminder_" + string(l.Kind) }
func (l Reminder) from() Firm     { return l.Firm }

// Claimed reports whether interest or compensation is named.
func (l Reminder) Claimed() bool { return l.Interest.Minor > 0 || l.Fixed.Minor > 0 }
