package mollie

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// RefundStatus is where a refund stands; values that this version does not know are kept.
type RefundStatus string

// The statuses of a refund.
const (
	RefundQueued     RefundStatus = "queued"
	RefundPending    RefundStatus = "pending"
	RefundProcessing RefundStatus = "processing"
	RefundRefunded   RefundStatus = "refunded"
	RefundFailed     RefundStatus = "failed"
	RefundCanceled   RefundStatus = "canceled"
)

// Effective reports whether the refund takes money from the payment. A failed or canceled refund gives it back;
// everything else, also a status that this version does not know, counts in the payment's AmountRefunded.
func (s RefundStatus) Effective() bool { return s != RefundFailed && s != RefundCanceled }

// Refund is money on its way back to the payer.
type Refund struct {
	ID          string          `json:"id"`
	Mode        Mode            `json:"mode"`
	PaymentID   string          `json:"paymentId"`
	Status      RefundStatus    `json:"status"`
	Amount      Amount          `json:"amount"`
	Description string          `json:"description"`
	Metadata    json.RawMessage `json:"metadata"`
	CreatedAt   time.Time       `json:"createdAt"`
}

// Meta is one string from the metadata that was sent along; empty when it is not there.
func (r Refund) Meta(name string) string { return meta(r.Metadata, name) }

// NewRefund is what a refund is made from.
type NewRefund struct {
	Amount      Amount            `json:"amount"`
	Description string            `json:"description,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// CreateRefund sends money back. It is never repeated after an uncertain failure (see Error.Uncertain): look at
// ListRefunds for one with your metadata before asking again. A second refund of the same amount within an hour is
// refused by Mollie with 409.
func (c *Client) CreateRefund(ctx context.Context, key, payment string, n NewRefund) (Refund, error) {
	var r Refund
	if err := checkIDs(payment); err != nil {
		return r, err
	}
	err := c.do(ctx, call{
		op: "create refund", method: http.MethodPost, path: "/v2/payments/" + payment + "/refunds",
		key: key, in: n, out: &r, once: true,
	})
	return r, err
}

// GetRefund fetches one refund of a payment.
func (c *Client) GetRefund(ctx context.Context, payment, id string) (Refund, error) {
	var r Refund
	if err := checkIDs(payment, id); err != nil {
		return r, err
	}
	err := c.do(ctx, call{op: "get refund", method: http.MethodGet, path: "/v2/payments/" + payment + "/refunds/" + id, out: &r})
	return r, err
}

// ListRefunds lists all refunds of a payment.
func (c *Client) ListRefunds(ctx context.Context, payment string) ([]Refund, error) {
	return all(ctx, c, "list refunds", payment, "refunds", func(w embedded) []Refund { return w.Refunds })
}

// CancelRefund stops a refund that is still queued or pending.
func (c *Client) CancelRefund(ctx context.Context, payment, id string) error {
	if err := checkIDs(payment, id); err != nil {
		return err
	}
	return c.do(ctx, call{op: "cancel refund", method: http.MethodDelete, path: "/v2/payments/" + payment + "/refunds/" + id})
}

// Chargeback is money that the payer's bank took back. ReversedAt is set when we got it again after all.
type Chargeback struct {
	ID         string    `json:"id"`
	PaymentID  string    `json:"paymentId"`
	Amount     Amount    `json:"amount"`
	CreatedAt  time.Time `json:"createdAt"`
	ReversedAt time.Time `json:"reversedAt"`
	Reason     *struct {
		Code        string `json:"code"` // SEPA reason code such as MD06
		Description string `json:"description"`
	} `json:"reason"`
}

// GetChargeback fetches one chargeback of a payment.
func (c *Client) GetChargeback(ctx context.Context, payment, id string) (Chargeback, error) {
	var b Chargeback
	if err := checkIDs(payment, id); err != nil {
		return b, err
	}
	err := c.do(ctx, call{op: "get chargeback", method: http.MethodGet, path: "/v2/payments/" + payment + "/chargebacks/" + id, out: &b})
	return b, err
}

// ListChargebacks lists all chargebacks of a payment.
func (c *Client) ListChargebacks(ctx context.Context, payment string) ([]Chargeback, error) {
	return all(ctx, c, "list chargebacks", payment, "chargebacks", func(w embedded) []Chargeback { return w.Chargebacks })
}

type embedded struct {
	Refunds     []Refund     `json:"refunds"`
	Chargebacks []Chargeback `json:"chargebacks"`
}

// maxPages bounds the walk through a list: 100 pages of 250 is more than one payment ever has.
const maxPages = 100

func all[T any](ctx context.Context, c *Client, op, payment, kind string, pick func(embedded) []T) ([]T, error) {
	if err := checkIDs(payment); err != nil {
		return nil, err
	}
	var list []T
	page := Page{Limit: 250}
	for range maxPages {
		var w struct {
			Embedded embedded  `json:"_embedded"`
			Links    pageLinks `json:"_links"`
		}
		path := "/v2/payments/" + payment + "/" + kind
		if err := c.do(ctx, call{op: op, method: http.MethodGet, path: path, query: page.query(), out: &w}); err != nil {
			return nil, err
		}
		list = append(list, pick(w.Embedded)...)
		if page.From = w.Links.from(); page.From == "" {
			return list, nil
		}
	}
	return nil, &Error{Op: op, Title: "Too many pages", Detail: "the list does not end"}
}

// Refunds lists the refunds of the whole profile, newest first; next is the From of the following page, empty at the end.
func (c *Client) Refunds(ctx context.Context, page Page) (list []Refund, next string, err error) {
	w, next, err := profileList(ctx, c, "list all refunds", "/v2/refunds", page)
	return w.Refunds, next, err
}

// Chargebacks lists the chargebacks of the whole profile, newest first; next as with Refunds.
func (c *Client) Chargebacks(ctx context.Context, page Page) (list []Chargeback, next string, err error) {
	w, next, err := profileList(ctx, c, "list all chargebacks", "/v2/chargebacks", page)
	return w.Chargebacks, next, err
}

func profileList(ctx context.Context, c *Client, op, path string, page Page) (embedded, string, error) {
	var w struct {
		Embedded embedded  `json:"_embedded"`
		Links    pageLinks `json:"_links"`
	}
	err := c.do(ctx, call{op: op, method: http.MethodGet, path: path, query: page.query(), out: &w})
	return w.Embedded, w.Links.from(), err
}
