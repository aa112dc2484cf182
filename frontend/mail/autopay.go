package mail

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// AutopayKind is which of the letters about collecting it is.
type AutopayKind string

// The letters about collecting, and about money that went back.
const (
	AutopayAnnounced AutopayKind = "announced" // will be collected on the day of each line
	AutopayAsked     AutopayKind = "asked"     // above the customer's ceiling
	AutopayFailed    AutopayKind = "failed"    // the bank did not do it
	AutopayRefunded  AutopayKind = "refunded"  // we sent money back
	AutopayTakenBack AutopayKind = "taken_back"
)

// AutopayLine is one document. Date is when it is or was to be collected.
type AutopayLine struct {
	Number string
	Date   civil.Date
	Amount money.Amount
}

// Autopay tells a customer what is collected, and what went back.
type Autopay struct {
	Firm  Firm
	Name  string
	Kind  AutopayKind
	Lines []AutopayLine
	Total money.Amount
	Funds bool   // it failed for want of money, which passes
	Off   bool   // autopay is off now
	Retry int    // business days until it is tried again; 0: it is not
	Grace bool   // no reminder goes out for some days
	URL   string // the portal's page; may be empty
}

func (Autopay) template() string { return "autopay" }
func (l Autopay) from() Firm     { return l.Firm }
func (l Autopay) prefix() string { return "autopay_" + string(l.Kind) }
