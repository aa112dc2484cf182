// Package portal is what a firm's customers see: pages as templ components, their words in nl, en, fr and de, their
// colours and their numbers. It knows nothing of the ledger: each component takes a view model declared here, which
// backend/web/portal fills. So a designer works in this folder alone.
//
//   - *.templ are the pages; `go run github.com/a-h/templ/cmd/templ generate` makes the *_templ.go beside them.
//   - locales/*.json are the words; text.go names them, so a misspelt one does not compile.
//   - static/ is served under /assets/: portal.css is written by hand; dist/ (htmx, Inter) is put there by build.mjs from
//     the npm packages and is not committed. Without dist/ the pages work just as well, in the system's own typeface.
//
// Pages work without JavaScript; htmx only refreshes parts of them. There are no inline styles or scripts: the firm's
// colour comes from /assets/brand.css?c=<hex>, made by BrandCSS with contrast that is always enough to read.
package portal

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Page is what every page needs: language, firm, visitor, and where it is.
type Page struct {
	T       *Text
	F       Format
	Lang    string
	Title   string
	Firm    Firm
	Visitor *Visitor // nil when nobody is signed in
	CSRF    string
	Path    string // where the language switch comes back to
	Here    string // "open", "paid", "all", "payments" …: the section shown as current, in the menu too (menu.go)
	Assets  Assets
	// Refresh reloads the page after so many seconds in browsers without JavaScript; 0 is never.
	Refresh int
	// RefreshTo sends the browser on at once: the way to the payment page. (A form may not redirect there: the policy
	// form-action 'self' holds for redirects too.)
	RefreshTo string
	// Test says that payments go to the simulator or a test key.
	Test bool
	// Link is set on pages of a pay link: no navigation, nothing of the account.
	Link bool
	// Staff is the colleague of the firm who looks at these pages as the customer sees them; nothing can be changed.
	Staff string
	// Shows says whether the firm has a feature switched on; nil: all of them.
	Shows func(feature string) bool
	// Counts are what is new, by the key of the menu's entry.
	Counts map[string]int
	// Side is what stands beside the page on a wide screen: statement, requests under way, payments on their way.
	Side []SideLink
}

// SideLink leads to something that goes on.
type SideLink struct{ Icon, Title, Detail, URL string }

// Assets are the addresses of what the pages load, with their contents' hashes.
type Assets struct {
	CSS, Brand, Copy, Htmx, Font, Icon string // Htmx and Font are empty when the program was built without them
}

// Firm is whose portal it is.
type Firm struct {
	Name, LegalName           string
	Color                     string // "#rrggbb"
	LogoURL                   string
	Address                   []string
	VATID, ChamberNo, Website string
	IBAN, BIC                 string
	Footer, Notice, Legal     string
	Cheque                    []string // where to send one; empty: cheques are not used
	Contact                   Contact
}

// Contact is whom customers may ask.
type Contact struct{ Name, Role, Email, Phone, Hours string }

// Any reports whether there is anything to show.
func (c Contact) Any() bool { return c.Name != "" || c.Email != "" || c.Phone != "" }

// Visitor is who is signed in, for which customer.
type Visitor struct {
	Name, Customer, Number string
	CanPay                 bool
	Accounts               []Choice // the customers they may act for, when more than one
}

// Choice is one of several.
type Choice struct {
	ID, Name, Detail string
	Current          bool
}

// State is how an invoice stands, as the customer sees it.
type State uint8

// The states.
const (
	Open State = iota
	PartPaid
	Paid
	Overdue
	Processing // a payment is on its way
	Void
	Credit // a credit note with something left
)

// Item is one document in a list.
type Item struct {
	ID, Number  string
	Credit      bool // a credit note
	Issued, Due civil.Date
	Total, Open money.Amount
	State       State
	PO          string
	Saving      money.Amount // early-payment discount that is still to be had
	SavingUntil civil.Date
	Chosen      bool
	// What has been agreed on it.
	Disputed   money.Amount
	Planned    bool
	PromisedOn civil.Date
}

// Account is the first page after signing in: one block per currency.
type Account struct {
	Blocks   []Block
	Returned []Progress // payments that are on their way
	Plans    []Plan
	Agreed   []Agreed
}

// Block is what is owed in one currency.
type Block struct {
	Currency              money.Currency
	Open, Overdue, Credit money.Amount
	PayAll, PayOverdue    money.Amount // what the buttons ask for: discounts taken, without what is on its way
	NextDue               civil.Date
	NextAmount            money.Amount
	Items                 []Item
	Chosen                Chosen
}

// Progress is a payment that has been started and is not finished.
type Progress struct {
	URL    string // where it can be finished; empty when the bank has it
	Amount money.Amount
	Date   civil.Date
}

// Chosen is the bar under a list of invoices to choose from.
type Chosen struct {
	Currency money.Currency
	Count    int
	Amount   money.Amount
}

// Invoices is the list of all documents.
type Invoices struct {
	Show       string // "open", "paid", "all"
	Query      string
	Items      []Item
	Found      int
	Older      string // address of the next page, empty at the end
	Newer      string
	AllAddress string
}

// Invoice is one document in full.
type Invoice struct {
	Item
	Kind                   string // "invoice", "credit_note", "debit_note"
	Reference, Description string
	Tax                    []TaxLine
	Settled                money.Amount
	SettledOn              civil.Date // when the last of it was paid; zero when open
	Corrects               *Item      // of a credit note
	PDF                    string     // a copy as a file; empty where the firm shows none
	TransferURL            string
	Events                 []Event
	Plan                   *Plan
	Agreed                 []Agreed
}

// TaxLine is the VAT of one rate.
type TaxLine struct {
	Rate      string // "21", "5,5"
	Base, Tax money.Amount
}

// Event is something that settled (part of) an invoice.
type Event struct {
	On       civil.Date
	Kind     string // "receipt", "credit", "discount", "write_off", "small", "external"
	Detail   string // the credit note's number, the method
	Amount   money.Amount
	Reversed bool
	URL      string
}

// Pay is the page where the customer checks what and chooses how.
type Pay struct {
	Action   string // where the form goes
	Customer string
	Lines    []PayLine
	Currency money.Currency
	Full     money.Amount // to pay for all that was chosen, discounts taken
	Amount   money.Amount // to pay now
	Discount money.Amount // taken along, 0 when none
	Own      string       // what the customer typed, empty when paying in full
	OwnError string
	Error    string
	Credit   money.Amount // on the account; zero where it cannot be used
	Used     money.Amount // of it, for these lines
	UseURL   string       // the same page with the credit used, or without it
	Choice   []Hidden     // what was chosen, for the forms
	Methods  []Method
	Stored   []Stored // the visitor's own, preferred first
	Store    bool     // the method of this payment can be stored
	Email    string
	AskEmail bool
	Key      string // makes this payment happen once
	Back     string
	Busy     *Progress // a payment for one of these is already under way
	// TransferURL is the page with the firm's account, for a transfer at the customer's own bank.
	TransferURL string
	// Of a plan: which instalment is paid, of how many; all of it, and where that is paid.
	Instalment, Instalments int
	Whole                   money.Amount
	WholeURL                string
}

// Hidden is a field that a form carries along.
type Hidden struct{ Name, Value string }

// PayLine is what one invoice gets.
type PayLine struct {
	Item
	Amount   money.Amount // in money
	Credit   money.Amount // of what the customer has to their credit
	Discount money.Amount
	Rest     money.Amount // stays open
}

// Method is a way to pay.
type Method struct {
	ID, Name string
	Chosen   bool
	Last     bool
}

// Outcome is how a payment stands, in words the customer can rely on.
type Outcome uint8

// The outcomes. Unfinished: the provider has not said anything final. Checked means that a person looks at it.
const (
	Unfinished Outcome = iota
	Pending
	Succeeded
	Failed
	Canceled
	Expired
	Checked
)

// Final reports whether the page may stop asking.
func (o Outcome) Final() bool { return o != Unfinished && o != Pending }

// Result is the page to which the payer comes back.
type Result struct {
	Outcome   Outcome
	Amount    money.Amount
	Method    string
	Reference string
	On        civil.Date
	Lines     []PayLine
	StateURL  string // the part that refreshes itself
	GoURL     string // back to the payment page, while unfinished
	AgainURL  string
	Receipt   string
	HomeURL   string
	MailTo    bool
	Stored    bool // a method was stored, and nothing paid
	Tries     int  // how often the page has asked: it asks less often as time goes by
}

// Receipt is the proof of one payment, made to be printed.
type Receipt struct {
	Number    string
	Customer  string
	Amount    money.Amount
	Date      civil.Date
	Method    string
	Payer     string
	Reference string
	Lines     []PayLine
	Unapplied money.Amount
	Returned  money.Amount
	Witness   string
	Back      string
	PDF       string // where it is to be had as a file
}

// Payments is the payment history.
type Payments struct {
	Waiting      []Progress
	Rows         []Payment
	Older, Newer string
}

// Payment is a row of the history.
type Payment struct {
	URL       string
	Date      civil.Date
	Amount    money.Amount
	Method    string
	For       []string // invoice numbers
	Unapplied money.Amount
	Returned  money.Amount
}

// SignIn is the page that asks for an e-mail address, and after that for the code.
type SignIn struct {
	Email string
	Error string
	Note  string // "you are signed out"
}

// OneButton is the page behind a sign-in link.
type OneButton struct {
	Action, Customer string
	Script           string // presses the button by itself where there is JavaScript; empty: a person presses it
}

// Message is a page that only says something: errors, expired links.
type Message struct {
	Icon        string // "alert", "clock", "check", "lock"
	Title, Text string
	Detail      string
	Button, URL string
	Post        bool // the button sends a form instead of following a link
	Second      string
	SecondURL   string
}
