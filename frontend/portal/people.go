package portal

import (
	"time"

	"github.com/voldaan/voldaan/backend/money"
)

// People is the page on which customers manage who may see their account.
type People struct {
	Rows   []Person
	Note   string // what has just been done
	Undo   *Person
	Error  string
	Name   string // of the form for a new colleague, as it was sent
	Email  string
	Rights string
}

// Person is one contact of the customer.
type Person struct {
	ID, Name, Email, Phone string
	Rights                 string // "view", "pay", "manage"
	Invited                bool   // has not been here yet
	Me                     bool
}

// RightsNames are the rights in the order in which each includes the ones before.
var RightsNames = []string{"view", "pay", "manage"}

// Settings is the visitor's own page.
type Settings struct {
	Anonymous             bool // nobody in particular: the firm handed the link out
	Name, Phone, Email    string
	Language              string
	Error, Note           string
	Sessions              []Session
	Looks                 []Look
	Manage                bool // may manage the contacts
	Accounts              bool // acts for several customers
	Passkeys              []Passkey
	PasskeyURL, PasskeyJS string
}

// Session is one sign-in of the visitor.
type Session struct {
	ID, Device, Network string
	Started, Used       time.Time
	Current             bool
}

// Look is when a member of staff looked at the customer's pages.
type Look struct {
	Who string
	At  time.Time
}

// Passkey is a key that the visitor can sign in with.
type Passkey struct {
	ID, Name      string
	Created, Used time.Time
}

// Accounts is the overview of all customers that the visitor acts for.
type Accounts struct {
	Rows   []AccountRow
	Totals []AccountSum // one per currency
}

// AccountRow is one customer.
type AccountRow struct {
	ID, Name, Number string
	Current          bool
	Sums             []AccountSum
}

// AccountSum is what is open in one currency.
type AccountSum struct{ Open, Overdue, Credit money.Amount }

func rightsWord(p *Page, rights string) string {
	t := &p.T.People
	switch rights {
	case "manage":
		return t.Manage
	case "pay":
		return t.Pay
	}
	return t.View
}

// moment is a day and a time in the firm's own zone.
func moment(p *Page, at time.Time) string { return p.F.Moment(at) }
