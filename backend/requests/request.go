package requests

import (
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Kind is what is asked for.
type Kind string

// The kinds.
const (
	Promise  Kind = "promise"   // to pay an amount on a day
	Dispute  Kind = "dispute"   // a complaint about (part of) documents
	Problem  Kind = "problem"   // paying does not work, or is not possible now
	Question Kind = "question"  // about one or several documents
	Plan     Kind = "plan"      // to pay in instalments
	PO       Kind = "po_number" // a PO number for documents
	Contact  Kind = "contact"   // a person to add or change
	Address  Kind = "address"   // the customer's address
	Copy     Kind = "document"  // a copy, or another document
	Autopay  Kind = "autopay"   // other terms of automatic payment
	Credit   Kind = "credit"    // to apply credit to documents
	Refund   Kind = "refund"    // of credit
)

// Kinds are all kinds.
func Kinds() []Kind {
	return []Kind{Promise, Dispute, Problem, Question, Plan, PO, Contact, Address, Copy, Autopay, Credit, Refund}
}

// Talk reports whether the kind is answered in words: it is done when somebody has answered.
func (k Kind) Talk() bool { return k == Problem || k == Question || k == Copy || k == Autopay }

// Right is what a contact needs to ask for it.
func (k Kind) Right() ledger.Rights {
	switch k {
	case Promise, Plan, Credit, Refund, Autopay:
		return ledger.RightPay
	case Contact, Address:
		return ledger.RightManage
	}
	return ledger.RightView
}

// State is how a request stands.
type State uint8

// The states. Declined may be reopened; Done and Withdrawn are the end.
const (
	Received State = iota
	InReview
	Accepted
	Declined
	Done
	Withdrawn
)

var stateNames = [...]string{"received", "in_review", "accepted", "declined", "done", "withdrawn"}

// String is the state in the words of the API.
func (s State) String() string { return stateNames[s] }

// ParseState reads a state in the words of the API.
func ParseState(s string) (State, bool) {
	i := slices.Index(stateNames[:], s)
	return State(max(i, 0)), i >= 0 //nolint:gosec // one of six
}

// Open reports whether somebody has yet to decide.
func (s State) Open() bool { return s <= InReview }

// Step reports whether a request may go from one state to another.
func (s State) Step(to State) error {
	ok := false
	switch s {
	case Received:
		ok = to >= InReview && to <= Withdrawn
	case InReview:
		ok = to >= Accepted && to <= Withdrawn
	case Accepted:
		ok = to == Done
	case Declined:
		ok = to == InReview
	}
	if ok {
		return nil
	}
	return fault.Conflictf("request.state", "this request is %s and cannot become %s any more", s, to).With("from", s.String()).With("to", to.String())
}

// Line is an amount of a document, in minor units of its currency.
type Line struct {
	Document ledger.DocumentID `cbor:"1,keyasint"`
	Amount   int64             `cbor:"2,keyasint,omitzero"`
}

// Instalment is a part of a proposed plan.
type Instalment struct {
	Due    civil.Date `cbor:"1,keyasint"`
	Amount int64      `cbor:"2,keyasint"`
}

// Request is one thing that a customer asks. Which of the payload's fields count depends on the kind.
type Request struct {
	ID       ID                `cbor:"1,keyasint"`
	Firm     ledger.FirmID     `cbor:"2,keyasint"`
	Customer ledger.CustomerID `cbor:"3,keyasint"`
	Contact  ledger.ContactID  `cbor:"4,keyasint,omitzero"`
	By       string            `cbor:"5,keyasint,omitzero"`
	Channel  string            `cbor:"6,keyasint,omitzero"` // portal, phone, email …
	Kind     Kind              `cbor:"7,keyasint"`

	Documents []ledger.DocumentID `cbor:"8,keyasint,omitempty"`
	Text      string              `cbor:"9,keyasint,omitzero"`
	Payload   Payload             `cbor:"10,keyasint"`

	State       State         `cbor:"11,keyasint,omitzero"`
	Owner       ledger.UserID `cbor:"12,keyasint,omitzero"`
	Received    Moment        `cbor:"13,keyasint"`
	Deadline    civil.Date    `cbor:"14,keyasint,omitzero"` // by which somebody has answered
	FirstAnswer Moment        `cbor:"15,keyasint,omitzero"`
	Decision    *Decision     `cbor:"16,keyasint,omitempty"` // the last one
	Thread      ThreadID      `cbor:"17,keyasint"`

	// What accepting made.
	Promise ledger.PromiseID `cbor:"18,keyasint,omitzero"`
	Dispute ledger.DisputeID `cbor:"19,keyasint,omitzero"`
	Plan    ledger.PlanID    `cbor:"20,keyasint,omitzero"`
	Task    TaskID           `cbor:"21,keyasint,omitzero"`

	Auto   bool              `cbor:"22,keyasint,omitzero"`  // processed without a person
	Inputs map[string]string `cbor:"23,keyasint,omitempty"` // what the policy looked at when it came in
}

// Payload is what a kind asks for besides documents and text.
type Payload struct {
	Amount   int64          `cbor:"1,keyasint,omitzero"` // promise, refund
	Currency money.Currency `cbor:"2,keyasint,omitzero"` // of the amounts here
	On       civil.Date     `cbor:"3,keyasint,omitzero"` // promise
	Method   ledger.Method  `cbor:"4,keyasint,omitzero"` // promise

	Reason ledger.DisputeReason `cbor:"5,keyasint,omitzero"`  // dispute
	Lines  []Line               `cbor:"6,keyasint,omitempty"` // dispute (amount 0: all), credit

	Instalments []Instalment `cbor:"7,keyasint,omitempty"` // plan

	PO string `cbor:"8,keyasint,omitzero"`

	Name     string        `cbor:"9,keyasint,omitzero"`  // contact
	Email    string        `cbor:"10,keyasint,omitzero"` // contact
	Phone    string        `cbor:"11,keyasint,omitzero"` // contact
	Language string        `cbor:"12,keyasint,omitzero"` // contact
	Rights   ledger.Rights `cbor:"13,keyasint,omitzero"` // contact; at most RightPay unless a person decides

	Street     string `cbor:"14,keyasint,omitzero"` // address
	PostalCode string `cbor:"15,keyasint,omitzero"`
	City       string `cbor:"16,keyasint,omitzero"`
	Country    string `cbor:"17,keyasint,omitzero"`

	Receipt ledger.ReceiptID  `cbor:"18,keyasint,omitzero"` // credit, refund: the source is a payment
	Note    ledger.DocumentID `cbor:"19,keyasint,omitzero"` // or a credit note
	IBAN    string            `cbor:"20,keyasint,omitzero"` // refund: where the money goes
}

// Source is where the credit of a credit application or refund comes from.
func (p Payload) Source() ledger.Source { return ledger.Source{Receipt: p.Receipt, Credit: p.Note} }

// plan is the payload as instalments of the ledger.
func (p Payload) plan() []ledger.Instalment {
	out := make([]ledger.Instalment, len(p.Instalments))
	for i, x := range p.Instalments {
		out[i] = ledger.Instalment(x)
	}
	return out
}

// Decision is why a request got where it is.
type Decision struct {
	At        Moment            `cbor:"1,keyasint"`
	By        string            `cbor:"2,keyasint,omitzero"`
	Automatic bool              `cbor:"3,keyasint,omitzero"`
	Version   int               `cbor:"4,keyasint,omitzero"` // of the policy
	Reason    string            `cbor:"5,keyasint,omitzero"` // of a person, for the customer
	Inputs    map[string]string `cbor:"6,keyasint,omitempty"`
	Failed    []string          `cbor:"7,keyasint,omitempty"` // conditions that did not hold
	To        State             `cbor:"8,keyasint,omitzero"`
}

const maxText = 4000

// check reports what is wrong with a request before the account is looked at.
func (x *Request) check() error {
	x.Text, x.Payload.PO, x.Payload.IBAN = strings.TrimSpace(x.Text), strings.TrimSpace(x.Payload.PO), strings.ReplaceAll(x.Payload.IBAN, " ", "")
	p := x.Payload
	wrong := func(field, format string, args ...any) error {
		return fault.Invalidf("request."+field, format, args...)
	}
	switch {
	case !slices.Contains(Kinds(), x.Kind):
		return wrong("kind", "%q is not a kind of request", string(x.Kind))
	case len(x.Text) > maxText || len(p.PO) > 200 || len(p.Name) > 200 || len(p.Street) > 200 || len(p.City) > 200 || len(p.Phone) > 40 || len(p.PostalCode) > 20:
		return wrong("too_long", "one of the texts is too long; the most is %d characters", maxText)
	case x.Kind.Talk() && x.Text == "":
		return wrong("text", "write what it is about")
	case x.Kind == Dispute && len(p.Lines) == 0, (x.Kind == Promise || x.Kind == Plan || x.Kind == PO) && len(x.Documents) == 0, x.Kind == Credit && len(p.Lines) == 0:
		return wrong("documents", "choose at least one invoice")
	case len(x.Documents) > 500 || len(p.Lines) > 500 || len(p.Instalments) > 120:
		return wrong("documents", "these are too many invoices for one request; the most is 500")
	case x.Kind == PO && p.PO == "":
		return wrong("po", "fill in the PO number")
	case x.Kind == Contact && (strings.TrimSpace(p.Name) == "" || p.Email == ""):
		return wrong("contact", "a contact needs a name and an e-mail address")
	case x.Kind == Address && (p.Street == "" || p.City == "" || len(p.Country) != 2):
		return wrong("address", "an address needs a street, a city and a country such as NL")
	case (x.Kind == Credit || x.Kind == Refund) && p.Receipt.IsZero() == p.Note.IsZero():
		return wrong("source", "choose the payment or credit note that it is about")
	case x.Kind == Refund && p.Amount <= 0:
		return wrong("amount", "a refund needs an amount of more than zero")
	}
	return nil
}

// About are all documents that the request names, each once.
func (x Request) About() []ledger.DocumentID {
	out := slices.Clone(x.Documents)
	for _, l := range x.Payload.Lines {
		if !slices.Contains(out, l.Document) {
			out = append(out, l.Document)
		}
	}
	return out
}
