package portal

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Stored is a payment method that the customer has stored.
type Stored struct {
	ID, Method    string // "creditcard", "directdebit", "paypal"
	Label, Last4  string // brand or bank
	Holder        string
	By            string // who stored it
	On            civil.Date
	Until         civil.Date // of a card
	State         string     // "pending", "valid", "invalid"
	Preferred     bool
	Autopay       bool // autopay uses it
	Chosen        bool
	ConsentText   string
	ConsentNumber string
}

// StoredMethods is the page of the customer's payment methods.
type StoredMethods struct {
	List   []Stored
	Add    []Method // with which one can be stored; empty: not offered
	Change bool     // the visitor may change them
	Key    string
	Error  string
	Note   string
}

// Autopay is the page on which the customer lets invoices be collected.
type Autopay struct {
	On      bool
	Change  bool   // the visitor may change it
	Reason  string // why it is off or paused when it was not the customer; a key of Text.Autopay
	Moment  string
	Moments []Choice
	Ceiling string
	Unit    money.Currency
	Methods []Stored
	Notice  int // days between announcement and collection
	// Incentive: what paying by autopay gives, zero when nothing.
	ExtraPercent string
	ExtraDays    int

	ConsentOn civil.Date
	ConsentBy string
	Next      []Collection
	Held      []Collection // not collected, and why
	History   []Collection
	Error     string
	Note      string
}

// Collection is one invoice that is, was or will be collected.
type Collection struct {
	ID, Number string
	Date       civil.Date
	Amount     money.Amount
	Discount   money.Amount
	State      string // "planned", "announced", "submitted", "paid", "failed", "dropped", "asked", "charged_back"
	Reason     string // a word for people, already in the page's language
}

// StoredName is a stored method in a few words: "Mastercard •• 6787".
func (t *Text) StoredName(s *Stored) string {
	name := t.Method(s.Method, s.Label)
	if s.Method == "creditcard" && s.Label != "" {
		name = s.Label
	} else if s.Label != "" && s.Label != s.Method {
		name += " " + s.Label
	}
	if s.Last4 != "" {
		name += " •• " + s.Last4
	}
	return name
}

// Why is a reason in words for people; the general one when this version knows no words for it.
func (t *Text) Why(reason string) string {
	if s := t.Autopay.Reasons[reason]; s != "" {
		return s
	}
	return t.Autopay.Reasons["other"]
}

func collectionState(c Collection) (kind, mark string) {
	switch c.State {
	case "paid":
		return "done", "check"
	case "failed", "charged_back":
		return "late", "alert"
	case "submitted":
		return "info", "way"
	case "asked":
		return "soon", "alert"
	case "announced":
		return "info", "clock"
	}
	return "quiet", "clock"
}
