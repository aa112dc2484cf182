package ledger

import (
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/money"
)

type (
	mandateKind    struct{}
	collectionKind struct{}
)

func (mandateKind) Prefix() string    { return "mdt" }
func (collectionKind) Prefix() string { return "col" }

// Typed ids of what autopay works with.
type (
	MandateID    = ident.ID[mandateKind]
	CollectionID = ident.ID[collectionKind]
)

// MethodDebit is SEPA direct debit.
const MethodDebit Method = "directdebit"

// MandateState is whether a mandate may be used.
type MandateState uint8

// The states of a mandate. Only a valid one may be charged; a removed one is never used or offered again.
const (
	MandatePending MandateState = iota
	MandateValid
	MandateInvalid
	MandateRemoved
)

// Consent is what somebody agreed to, word for word, and how we know.
type Consent struct {
	Text    string
	Version string
	By      string // the person
	Where   string // "portal, 203.0.113.7"
	At      time.Time
}

// Mandate is a customer's permission to be charged without being present, and at the same time the stored method that
// the portal shows. Only the provider's token is kept: never a card number, and of an account its last four.
type Mandate struct {
	ID               MandateID
	Firm             FirmID
	Customer         CustomerID
	Contact          ContactID // who gave it
	Provider         string
	ProviderCustomer string // to whom it belongs there
	ProviderRef      string // known from the first payment on
	Mode             string
	Method           Method // directdebit, creditcard, paypal
	State            MandateState
	Holder           string
	Label            string // the card's brand, or the bank's code
	Last4            string
	Expires          civil.Date // of a card; zero: never
	Reference        string     // the unique mandate reference that a direct debit shows
	Signed           civil.Date
	Preferred        bool // offered first
	Consent          Consent
	Created          time.Time
	Reason           string // why it is invalid
	LastUsed         civil.Date
}

// UsableOn reports whether a mandate may be charged on a day: valid, the card not expired, and a direct debit used
// within the last 36 months (rulebook 5.5).
func (m Mandate) UsableOn(on civil.Date) bool {
	if m.State != MandateValid || m.ProviderRef == "" || (!m.Expires.IsZero() && m.Expires < on) {
		return false
	}
	if m.Method != MethodDebit {
		return true
	}
	used := civil.Max(m.Signed, m.LastUsed)
	y, month, d := used.Date()
	return used.IsZero() || on <= civil.Of(y+3, month, d)
}

// Moment is when autopay collects an invoice.
type Moment uint8

// The moments.
const (
	OnDueDate Moment = iota
	OnInvoiceDate
	OnLastDiscountDay
)

// AutopayState is the customer's switch.
type AutopayState uint8

// The states of autopay. Paused is ours: it waits for a person after something went wrong; the customer chooses on or off.
const (
	AutopayOff AutopayState = iota
	AutopayOn
	AutopayPaused
)

// Autopay is a customer's choice to have invoices collected.
type Autopay struct {
	Customer CustomerID
	Firm     FirmID
	Contact  ContactID // who chose, and who gets the notices
	State    AutopayState
	Moment   Moment
	Ceiling  money.Amount // most that one collection may take; zero: no ceiling
	Mandate  MandateID
	Consent  Consent
	Since    civil.Date // invoices are collected whatever their date; the switch was last turned on this day
	Failures int        // collections in a row that failed
	Reason   string     // why it is off or paused when it was not the customer
}

// AutopayPolicy is the firm's side of autopay.
type AutopayPolicy struct {
	Firm       FirmID
	Enabled    bool // customers may switch autopay on
	Store      bool // customers may store a method
	NoticeDays int  // calendar days between the announcement and the collection
	RetryDays  int  // business days after a soft failure
	Retries    int  // how often a soft failure is tried again
	OffAfter   int  // failures in a row after which autopay goes off
	GraceDays  int  // days without reminders after money went back or a collection failed
	// ExtraBasisPoints is a discount for whoever pays by autopay: hundredths of a percent of what is collected.
	ExtraBasisPoints int64
	ExtraTermDays    int  // added to the due date of whoever pays by autopay on the due date
	UseCredit        bool // credit of the customer is applied before anything is collected
	Version          string
}

// DefaultAutopayPolicy are the rulebook's defaults (5.4, 5.6). Five days' notice is agreed in the mandate's text.
func DefaultAutopayPolicy(f FirmID) AutopayPolicy {
	return AutopayPolicy{Firm: f, Enabled: true, Store: true, NoticeDays: 5, RetryDays: 5, Retries: 1, OffAfter: 2, GraceDays: 5, UseCredit: true, Version: "1"}
}

// CollectionState is how one collection of one invoice stands.
type CollectionState uint8

// The states of a collection. Announced ones wait for their day; Submitted ones are at the provider; the rest are ends.
const (
	CollectionAnnounced CollectionState = iota
	CollectionSubmitted
	CollectionPaid
	CollectionFailed
	CollectionDropped     // not needed or not allowed any more: paid, disputed, switched off …
	CollectionAsked       // above the ceiling: the customer was asked
	CollectionChargedBack // paid, and taken back since
)

// Live reports whether the collection may still take money.
func (s CollectionState) Live() bool { return s == CollectionAnnounced || s == CollectionSubmitted }

// Collection is one try of autopay to collect one invoice. Invoice and N are its identity: whatever happens, there is one
// of them, and it makes at most one payment.
type Collection struct {
	ID        CollectionID
	Firm      FirmID
	Customer  CustomerID
	Document  DocumentID
	N         int // from 1
	Mandate   MandateID
	Date      civil.Date   // not collected before
	Amount    money.Amount // announced: never more
	Discount  int64        // granted with it
	State     CollectionState
	Reason    string // why it failed, was dropped or asked
	Hard      bool   // the failure will not pass by itself
	Attempt   AttemptID
	Announced time.Time
	Ended     civil.Date
}
