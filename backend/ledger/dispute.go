package ledger

import (
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// DisputeState is how a dispute stands (rulebook 5.3). The last three are terminal.
type DisputeState uint8

// The states of a dispute.
const (
	DisputeOpen DisputeState = iota
	DisputeInvestigating
	DisputeWaiting // for the customer
	DisputeResolvedValid
	DisputeResolvedInvalid
	DisputeWithdrawn
)

var disputeStates = [...]string{"open", "investigating", "waiting_customer", "resolved_valid", "resolved_invalid", "withdrawn"}

// String is the state in the words of the API.
func (s DisputeState) String() string { return disputeStates[s] }

// Active reports whether the dispute is still to be resolved.
func (s DisputeState) Active() bool { return s <= DisputeWaiting }

// ParseDisputeState reads a state in the words of the API.
func ParseDisputeState(s string) (DisputeState, bool) {
	i := slices.Index(disputeStates[:], s)
	return DisputeState(max(i, 0)), i >= 0 //nolint:gosec // one of six
}

// Step reports whether a dispute may go from one state to another: an open one is investigated or waits for the customer,
// and any that is not finished may be resolved or withdrawn. Nothing goes back to open.
func (s DisputeState) Step(to DisputeState) error {
	if int(to) < len(disputeStates) && s.Active() && to != DisputeOpen && to != s {
		return nil
	}
	return badStep("dispute", s.String(), to.String())
}

// DisputeReason is why an amount is not accepted.
type DisputeReason string

// The reasons.
const (
	ReasonPrice       DisputeReason = "price"
	ReasonQuantity    DisputeReason = "quantity"
	ReasonQuality     DisputeReason = "quality"
	ReasonDelivery    DisputeReason = "delivery"
	ReasonPOMissing   DisputeReason = "po_missing"
	ReasonTax         DisputeReason = "tax"
	ReasonDuplicate   DisputeReason = "duplicate"
	ReasonAlreadyPaid DisputeReason = "already_paid"
	ReasonWrongDebtor DisputeReason = "wrong_debtor"
	ReasonOther       DisputeReason = "other"
)

// DisputeReasons are all reasons.
func DisputeReasons() []DisputeReason {
	return []DisputeReason{ReasonPrice, ReasonQuantity, ReasonQuality, ReasonDelivery, ReasonPOMissing, ReasonTax, ReasonDuplicate,
		ReasonAlreadyPaid, ReasonWrongDebtor, ReasonOther}
}

// Days of disputes.
const (
	DisputeDays = 30 // to the deadline, after which it is escalated
	NoticeDays  = 7  // new notice after a refused dispute before reminders go on
)

// DisputeLine is the disputed part of one document, in minor units of its currency.
type DisputeLine struct {
	Document DocumentID
	Amount   int64
}

// Dispute is a customer's objection to (part of) one or more documents.
type Dispute struct {
	ID       DisputeID
	Firm     FirmID
	Customer CustomerID
	Reason   DisputeReason
	Lines    []DisputeLine
	Currency money.Currency
	Text     string

	By         string
	Contact    ContactID
	Channel    string
	RecordedBy string
	Opened     time.Time
	OpenedOn   civil.Date // its day at the firm
	Deadline   civil.Date
	Owner      UserID
	Request    RequestID

	State       DisputeState
	Since       time.Time     // of the state
	Waited      time.Duration // for the customer, until now; the time in DisputeWaiting since Since comes on top
	Ended       civil.Date
	Outcome     string     // what was decided, in words
	NoticeUntil civil.Date // after a refusal: the last day without reminders
	Escalated   bool       // the deadline passed
}

// Amount is what is disputed in all.
func (d Dispute) Amount() money.Amount {
	sum := money.Of(0, d.Currency)
	for _, l := range d.Lines {
		sum = sum.Add(money.Of(l.Amount, d.Currency))
	}
	return sum
}

// Clock is how long the firm has had the dispute in its hands by an instant: the time spent waiting for the customer does
// not count.
func (d Dispute) Clock(now time.Time) time.Duration {
	end, waited := now, d.Waited
	switch {
	case d.State == DisputeWaiting:
		waited += now.Sub(d.Since)
	case !d.State.Active():
		end = d.Since
	}
	return max(end.Sub(d.Opened)-waited, 0)
}

// Disputed makes a dispute ready to be opened on a day. A line with amount 0 disputes all that is open of its document and
// not disputed yet.
func Disputed(a *Account, c Commitments, d Dispute, now time.Time, today civil.Date) (Dispute, error) {
	ids := make([]DocumentID, len(d.Lines))
	for i, l := range d.Lines {
		ids[i] = l.Document
	}
	open, err := a.debits(ids, today)
	if err != nil {
		return d, err
	}
	if !slices.Contains(DisputeReasons(), d.Reason) {
		return d, fault.Invalidf("dispute.reason", "%q is not a reason; expected one such as price, quantity, quality or delivery", string(d.Reason))
	}
	if len(d.Text) > maxCommitmentText || len(d.By) > 200 || len(d.Channel) > 40 {
		return d, fault.Invalidf("dispute.too_long", "the explanation or the name is too long")
	}
	d.Lines, d.Currency = slices.Clone(d.Lines), open.Currency
	holds := HoldsOn(a, Commitments{Disputes: active(c.Disputes)}, today)
	for i := range d.Lines {
		l := &d.Lines[i]
		doc, _ := a.Document(l.Document)
		free := holds.Free(doc.ID, a.Open(doc.ID, civil.Max(today, doc.Issued)))
		if l.Amount == 0 {
			l.Amount = free.Minor
		}
		if l.Amount <= 0 || l.Amount > free.Minor {
			return d, fault.Invalidf("dispute.amount", "%s of %s can be disputed, not %s", free, doc.Number, money.Of(l.Amount, open.Currency)).
				With("number", doc.Number).With("open", free.String()).With("currency", string(free.Currency))
		}
	}
	d.Opened, d.OpenedOn, d.Since, d.Deadline = now, today, now, today.AddDays(DisputeDays)
	d.State, d.Waited, d.Ended, d.NoticeUntil, d.Escalated = DisputeOpen, 0, 0, 0, false
	return d, nil
}

func active(ds []Dispute) (out []Dispute) {
	for _, d := range ds {
		if d.State.Active() {
			out = append(out, d)
		}
	}
	return out
}

// MoveDispute takes a dispute to another state. Resolving needs the outcome in words; a refusal gives NoticeDays before
// reminders go on. The days spent waiting for the customer move the deadline.
func MoveDispute(d Dispute, to DisputeState, outcome string, now time.Time, today civil.Date) (Dispute, error) {
	if err := d.State.Step(to); err != nil {
		return d, err
	}
	outcome = strings.TrimSpace(outcome)
	if (to == DisputeResolvedValid || to == DisputeResolvedInvalid) && outcome == "" {
		return d, fault.Invalidf("dispute.outcome", "say what was decided; the customer will read it")
	}
	if len(outcome) > maxCommitmentText {
		return d, fault.Invalidf("dispute.too_long", "the explanation or the name is too long")
	}
	if d.State == DisputeWaiting {
		waited := now.Sub(d.Since)
		d.Waited += waited
		d.Deadline = d.Deadline.AddDays(int(waited / (24 * time.Hour)))
	}
	d.State, d.Since = to, now
	if outcome != "" {
		d.Outcome = outcome
	}
	if !to.Active() {
		d.Ended = today
	}
	if to == DisputeResolvedInvalid {
		d.NoticeUntil = today.AddDays(NoticeDays)
	}
	return d, nil
}

// Late reports whether the deadline has passed on a date while the firm has the dispute in its hands.
func (d Dispute) Late(today civil.Date) bool {
	return d.State.Active() && d.State != DisputeWaiting && today > d.Deadline
}
