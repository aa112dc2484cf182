// Package dunning reminds customers of what they owe: it plans, lets people approve, sends, and remembers.
//
// What is due to whom is decided by package ladder from the state of the books; this package reads that state, keeps the
// firm's strategies and what people decided about customers, and carries a step from plan to letter:
//
//	planned   waits for approval
//	held      somebody put it off, with a reason
//	approved  goes out at the next sending hour
//	sending   lies in the outbox
//	todo      is work for a person: a call, a letter to post, a hand-over
//	sent      the mail server has taken it, or the person has done it
//	failed    it could not be delivered; nobody was reminded
//	dropped   overtaken: paid, promised, disputed … before it went out
//	skipped   a person decided that the invoices move on without it
//
// Only sent and skipped steps count as had. Each transition is one transaction that decides again on the state it finds,
// together with what it writes (the mail included), so that a run can be stopped anywhere, started twice, or missed, and
// nothing goes out twice or is passed over. One step of a customer is under way at a time.
//
// Late charges (charges.go) are proposals: they are computed when a firm has switched them on, and become debit notes
// only when a person accepts them.
package dunning

import (
	"context"
	"log/slog"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

type (
	stepKind   struct{}
	chargeKind struct{}
)

func (stepKind) Prefix() string   { return "dun" }
func (chargeKind) Prefix() string { return "chg" }

// StepID is the id of a step; ChargeID of a proposed late charge.
type (
	StepID   = ident.ID[stepKind]
	ChargeID = ident.ID[chargeKind]
)

// State is how a step stands; see the package's description.
type State uint8

// The states.
const (
	Planned State = iota
	Held
	Approved
	Sending
	Todo
	Sent
	Failed
	Dropped
	Skipped
)

var stateNames = [...]string{"planned", "held", "approved", "sending", "todo", "sent", "failed", "dropped", "skipped"}

// String is the state's name in the API.
func (s State) String() string { return stateNames[s] }

// open reports whether the step is under way.
func (s State) open() bool { return s <= Todo }

// Law is which legal form a message has.
type Law string

// The forms. Plain has none.
const (
	Plain         Law = ""
	FourteenDays  Law = "nl_14_days" // art. 6:96 (6) BW, to consumers
	BelgianFirst  Law = "be_first"   // art. XIX.2 WER: the free first reminder
	BusinessLate  Law = "business"   // states interest and fixed compensation to businesses
	ConsumerLater Law = "consumer"   // to consumers elsewhere: no costs are named
)

// Line is an invoice in a step.
type Line struct {
	Document ledger.DocumentID
	Number   string
	Due      civil.Date
	Amount   int64
	Step     string
}

// Step is one contact with a customer, made or to be made.
type Step struct {
	ID       StepID
	Firm     ledger.FirmID
	Customer ledger.CustomerID
	Day      civil.Date // of the run that planned it
	State    State
	Step     string // of the ladder
	Channel  ladder.Channel
	Tone     ladder.Tone
	Strategy string
	Version  int
	Currency money.Currency
	Total    int64
	Lines    []Line
	Law      Law
	Cost     int64 // that the letter states, euro cents
	CostVAT  bool
	To, Name string
	Language string
	Notice   [16]byte // the mail in the outbox
	Reasons  []ladder.Reason
	Note     string // what a person said: why held, skipped, how the call went
	Outcome  string // of a call: spoke, promise, dispute, no_answer, wrong_contact; of other work: done
	Until    civil.Date
	By       string // who approved, held, skipped or did it
	SentOn   civil.Date
	Created  time.Time
	Finished time.Time
	Inputs   []byte // the item and customer state that decided, as package ladder saw it
}

// Hold is what other parts know that speaks against reminding of a document.
type Hold struct {
	Document  ledger.DocumentID
	Disputed  int64
	Promised  civil.Date // with the days of grace
	Plan      bool
	Autopay   civil.Date
	NotBefore civil.Date
	Expected  civil.Date
}

// Holds tells about promises, disputes, plans and planned collections of a customer. Broken is how many promises were
// broken in the last twelve months.
type Holds interface {
	Holds(r *books.Reader, c ledger.CustomerID, today civil.Date) (holds []Hold, broken int, err error)
}

// Letter is a message to be written and sent.
type Letter struct {
	Step     Step
	Firm     ledger.Firm
	Customer ledger.Customer
	Lines    []LetterLine
	Total    money.Amount
	PayURL   string
	PayUntil civil.Date
	LastDay  civil.Date // of the term that the letter gives; zero: none
	Interest money.Amount
	Fixed    money.Amount // compensation
	Clause   money.Amount // Belgium: what the terms may ask after the free reminder
}

// LetterLine is an invoice in a letter.
type LetterLine struct {
	Number      string
	Issued, Due civil.Date
	Amount      money.Amount
	Description string
	Step        ladder.Step
}

// Outbox writes letters and puts them in the outbox within a transaction.
type Outbox interface {
	Put(tx *journal.Tx, l Letter) (notice [16]byte, err error)
	// Recipient is who gets reminders of a customer; ok is false when there is nobody to write to.
	Recipient(r *books.Reader, c ledger.Customer) (to ledger.Contact, ok bool, err error)
}

// Links makes the link with which a letter's invoices are paid.
type Links interface {
	PayLink(ctx context.Context, m journal.Meta, c ledger.CustomerID, docs []ledger.DocumentID) (url string, until civil.Date, err error)
}

// Options are what a service needs. Holds may be nil.
type Options struct {
	Books  *books.Books
	Outbox Outbox
	Links  Links
	Holds  Holds
	Log    *slog.Logger
}

// Service runs the reminders of all firms. It is safe for concurrent use.
type Service struct {
	books  *books.Books
	outbox Outbox
	links  Links
	holds  Holds
	log    *slog.Logger
}

// New makes a service. Nothing happens before somebody calls it, or Run.
func New(o Options) *Service {
	return &Service{books: o.Books, outbox: o.Outbox, links: o.Links, holds: o.Holds, log: o.Log}
}
