package mollie

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/voldaan/voldaan/backend/money"
)

// Amount is money on the wire: {"currency":"EUR","value":"10.00"} with exactly the currency's decimals.
type Amount money.Amount

// Money is the amount as the rest of the program knows it.
func (a Amount) Money() money.Amount { return money.Amount(a) }

// MarshalJSON writes Mollie's form.
func (a Amount) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"currency": string(a.Currency), "value": money.Amount(a).String()})
}

// UnmarshalJSON reads Mollie's form exactly; an unknown currency or a fraction of a minor unit is an error.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var w *struct{ Currency, Value string }
	if err := json.Unmarshal(b, &w); err != nil || w == nil {
		return err
	}
	m, err := money.Parse(w.Value, money.Currency(w.Currency))
	*a = Amount(m)
	return err
}

// Status is where a payment stands. There is no status for refunded or charged back: such a payment stays Paid, and its
// amounts tell. Values that this version does not know are kept.
type Status string

// The statuses.
const (
	Open       Status = "open"
	Pending    Status = "pending"
	Authorized Status = "authorized"
	Paid       Status = "paid"
	Canceled   Status = "canceled"
	Expired    Status = "expired"
	Failed     Status = "failed"
)

// Payment is one payment at Mollie. Absent times are zero; absent amounts have no currency.
type Payment struct {
	ID                string          `json:"id"`
	Mode              Mode            `json:"mode"`
	Status            Status          `json:"status"`
	Method            string          `json:"method"` // empty until the payer has chosen
	Amount            Amount          `json:"amount"`
	AmountRefunded    Amount          `json:"amountRefunded"`
	AmountRemaining   Amount          `json:"amountRemaining"`
	AmountChargedBack Amount          `json:"amountChargedBack"`
	Description       string          `json:"description"`
	RedirectURL       string          `json:"redirectUrl"`
	WebhookURL        string          `json:"webhookUrl"`
	ProfileID         string          `json:"profileId"`
	Sequence          Sequence        `json:"sequenceType"`
	CustomerID        string          `json:"customerId"` // empty for a payment that stands alone
	MandateID         string          `json:"mandateId"`  // the one that a first payment gives, or that a recurring one uses
	Metadata          json.RawMessage `json:"metadata"`
	IsCancelable      bool            `json:"isCancelable"`
	Details           Details         `json:"details"`
	CreatedAt         time.Time       `json:"createdAt"`
	PaidAt            time.Time       `json:"paidAt"`
	ExpiresAt         time.Time       `json:"expiresAt"`
	Links             struct {
		Checkout *Link `json:"checkout"`
	} `json:"_links"`
}

// Link is a HAL link.
type Link struct {
	Href string `json:"href"`
}

// CheckoutURL is where the payer goes; empty once the payment can no longer be paid.
func (p Payment) CheckoutURL() string {
	if p.Links.Checkout == nil {
		return ""
	}
	return p.Links.Checkout.Href
}

// Meta is one string from the metadata that was sent along; empty when it is not there.
func (p Payment) Meta(name string) string { return meta(p.Metadata, name) }

func meta(raw json.RawMessage, name string) string {
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return "" // metadata may be any JSON; only an object of ours has names
	}
	s, _ := m[name].(string)
	return s
}

// Details is what is known of the payer's side; which fields are filled depends on the method.
type Details struct {
	ConsumerName      string `json:"consumerName"`
	ConsumerAccount   string `json:"consumerAccount"` // IBAN with bank methods
	ConsumerBIC       string `json:"consumerBic"`
	CardHolder        string `json:"cardHolder"`
	CardNumber        string `json:"cardNumber"` // last four digits
	CardLabel         string `json:"cardLabel"`
	FailureReason     string `json:"failureReason"`
	BankName          string `json:"bankName"` // the account to transfer to
	BankAccount       string `json:"bankAccount"`
	BankBIC           string `json:"bankBic"`
	TransferReference string `json:"transferReference"`
	DueDate           string `json:"dueDate"` // direct debit: the day on which it is collected, YYYY-MM-DD
	BankReasonCode    string `json:"bankReasonCode"`
	BankReason        string `json:"bankReason"`
}

// NewPayment is what a payment is made from. Description is cut to Mollie's 255 characters.
type NewPayment struct {
	Amount      Amount            `json:"amount"`
	Description string            `json:"description"`
	RedirectURL string            `json:"redirectUrl,omitempty"` // required, except for a recurring payment
	CancelURL   string            `json:"cancelUrl,omitempty"`
	WebhookURL  string            `json:"webhookUrl,omitempty"` // must be reachable from the internet; empty: polling only
	Method      string            `json:"method,omitempty"`     // empty: the payer chooses at Mollie
	Locale      string            `json:"locale,omitempty"`     // "nl_NL"
	Metadata    map[string]string `json:"metadata,omitempty"`   // about 1 kB
	Sequence    Sequence          `json:"sequenceType,omitempty"`
	CustomerID  string            `json:"customerId,omitempty"` // required for First and Recurring
	MandateID   string            `json:"mandateId,omitempty"`  // required for Recurring
}

const maxDescription = 255

// CreatePayment makes a payment. The key makes repetition safe for an hour: the same key gives the same payment.
func (c *Client) CreatePayment(ctx context.Context, key string, n NewPayment) (Payment, error) {
	if utf8.RuneCountInString(n.Description) > maxDescription {
		n.Description = string([]rune(n.Description)[:maxDescription-1]) + "…"
	}
	var p Payment
	err := c.do(ctx, call{op: "create payment", method: http.MethodPost, path: "/v2/payments", key: key, in: n, out: &p})
	return p, err
}

// GetPayment fetches a payment; an unknown id is an *Error with NotFound.
func (c *Client) GetPayment(ctx context.Context, id string) (Payment, error) {
	var p Payment
	if err := checkIDs(id); err != nil {
		return p, err
	}
	err := c.do(ctx, call{op: "get payment", method: http.MethodGet, path: "/v2/payments/" + id, out: &p})
	return p, err
}

// CancelPayment cancels a payment that is still open; 422 when the method does not allow it or it is too late.
func (c *Client) CancelPayment(ctx context.Context, id string) (Payment, error) {
	var p Payment
	if err := checkIDs(id); err != nil {
		return p, err
	}
	err := c.do(ctx, call{op: "cancel payment", method: http.MethodDelete, path: "/v2/payments/" + id, out: &p})
	return p, err
}

// Page is a part of a list: at most Limit things (1 to 250, 0 is Mollie's 50) starting at From, newest first.
type Page struct {
	From  string
	Limit int
}

func (p Page) query() url.Values {
	q := url.Values{}
	if p.From != "" {
		q.Set("from", p.From)
	}
	if p.Limit != 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	return q
}

type pageLinks struct {
	Next *Link `json:"next"`
}

// from is where the next page starts, or empty when this was the last.
func (l pageLinks) from() string {
	if l.Next == nil {
		return ""
	}
	u, err := url.Parse(l.Next.Href)
	if err != nil {
		return ""
	}
	return u.Query().Get("from")
}

// ListPayments lists the profile's payments, newest first; next is the From of the following page, empty at the end.
func (c *Client) ListPayments(ctx context.Context, page Page) (payments []Payment, next string, err error) {
	var w struct {
		Embedded struct {
			Payments []Payment `json:"payments"`
		} `json:"_embedded"`
		Links pageLinks `json:"_links"`
	}
	err = c.do(ctx, call{op: "list payments", method: http.MethodGet, path: "/v2/payments", query: page.query(), out: &w})
	return w.Embedded.Payments, w.Links.from(), err
}
