package mollie

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Sequence says whether a payment stands alone, gives a mandate, or uses one.
type Sequence string

// The sequences. The empty one is Mollie's default, OneOff.
const (
	OneOff    Sequence = "oneoff"
	First     Sequence = "first"     // the payer is present and gives a mandate with it
	Recurring Sequence = "recurring" // collected under a mandate, nobody is present
)

// Customer is a payer at Mollie, to whom mandates belong.
type Customer struct {
	ID        string          `json:"id"`
	Mode      Mode            `json:"mode"`
	Name      string          `json:"name"`
	Email     string          `json:"email"`
	Metadata  json.RawMessage `json:"metadata"`
	CreatedAt time.Time       `json:"createdAt"`
}

// Meta is one string from the metadata that was sent along; empty when it is not there.
func (c Customer) Meta(name string) string { return meta(c.Metadata, name) }

// NewCustomer is what a customer is made from.
type NewCustomer struct {
	Name     string            `json:"name,omitempty"`
	Email    string            `json:"email,omitempty"`
	Locale   string            `json:"locale,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// CreateCustomer makes a customer; the key makes repetition safe for an hour.
func (c *Client) CreateCustomer(ctx context.Context, key string, n NewCustomer) (Customer, error) {
	var out Customer
	err := c.do(ctx, call{op: "create customer", method: http.MethodPost, path: "/v2/customers", key: key, in: n, out: &out})
	return out, err
}

// GetCustomer fetches a customer. One that was deleted is an *Error with NotFound (410).
func (c *Client) GetCustomer(ctx context.Context, id string) (Customer, error) {
	var out Customer
	if err := checkIDs(id); err != nil {
		return out, err
	}
	err := c.do(ctx, call{op: "get customer", method: http.MethodGet, path: "/v2/customers/" + id, out: &out})
	return out, err
}

// DeleteCustomer removes a customer and with it all its mandates. Every later call about either is answered with 410.
func (c *Client) DeleteCustomer(ctx context.Context, id string) error {
	if err := checkIDs(id); err != nil {
		return err
	}
	return c.do(ctx, call{op: "delete customer", method: http.MethodDelete, path: "/v2/customers/" + id})
}

// MandateStatus is whether a mandate may be used. Values that this version does not know are kept.
type MandateStatus string

// The statuses of a mandate. Only a valid one may be charged.
const (
	MandatePending MandateStatus = "pending"
	MandateValid   MandateStatus = "valid"
	MandateInvalid MandateStatus = "invalid"
)

// Mandate is a payer's permission to collect. It exists from the moment its first payment is made, long before that is
// paid: look at Status.
type Mandate struct {
	ID         string        `json:"id"`
	Mode       Mode          `json:"mode"`
	Status     MandateStatus `json:"status"`
	Method     string        `json:"method"` // "directdebit", "creditcard", "paypal"
	CustomerID string        `json:"customerId"`
	Reference  string        `json:"mandateReference"`
	Signed     string        `json:"signatureDate"` // YYYY-MM-DD
	Details    struct {
		ConsumerName    string `json:"consumerName"`
		ConsumerAccount string `json:"consumerAccount"` // IBAN, or the e-mail address with PayPal
		ConsumerBIC     string `json:"consumerBic"`
		CardHolder      string `json:"cardHolder"`
		CardNumber      string `json:"cardNumber"` // last four digits
		CardLabel       string `json:"cardLabel"`
		CardExpiry      string `json:"cardExpiryDate"` // YYYY-MM-DD
	} `json:"details"`
	CreatedAt time.Time `json:"createdAt"`
}

// NewMandate is a mandate that was signed elsewhere; only direct debit is made like this.
type NewMandate struct {
	Method          string `json:"method"`
	ConsumerName    string `json:"consumerName"`
	ConsumerAccount string `json:"consumerAccount"`
	SignatureDate   string `json:"signatureDate,omitempty"`
	Reference       string `json:"mandateReference,omitempty"` // at most 35 characters, unique
}

// CreateMandate records a mandate of a customer; the key makes repetition safe for an hour.
func (c *Client) CreateMandate(ctx context.Context, key, customer string, n NewMandate) (Mandate, error) {
	var out Mandate
	if err := checkIDs(customer); err != nil {
		return out, err
	}
	err := c.do(ctx, call{op: "create mandate", method: http.MethodPost, path: "/v2/customers/" + customer + "/mandates", key: key, in: n, out: &out})
	return out, err
}

// GetMandate fetches a mandate of a customer.
func (c *Client) GetMandate(ctx context.Context, customer, id string) (Mandate, error) {
	var out Mandate
	if err := checkIDs(customer, id); err != nil {
		return out, err
	}
	err := c.do(ctx, call{op: "get mandate", method: http.MethodGet, path: "/v2/customers/" + customer + "/mandates/" + id, out: &out})
	return out, err
}

// RevokeMandate takes a mandate back; nothing can be collected with it from then on.
func (c *Client) RevokeMandate(ctx context.Context, customer, id string) error {
	if err := checkIDs(customer, id); err != nil {
		return err
	}
	return c.do(ctx, call{op: "revoke mandate", method: http.MethodDelete, path: "/v2/customers/" + customer + "/mandates/" + id})
}

// ListMandates lists all mandates of a customer, newest first.
func (c *Client) ListMandates(ctx context.Context, customer string) ([]Mandate, error) {
	return customerList(ctx, c, "list mandates", customer, "mandates", func(w customerThings) []Mandate { return w.Mandates })
}

// ListCustomerPayments lists all payments of a customer, newest first. After a crash it says whether a payment that was
// about to be made has been made.
func (c *Client) ListCustomerPayments(ctx context.Context, customer string) ([]Payment, error) {
	return customerList(ctx, c, "list customer payments", customer, "payments", func(w customerThings) []Payment { return w.Payments })
}

type customerThings struct {
	Mandates []Mandate `json:"mandates"`
	Payments []Payment `json:"payments"`
}

func customerList[T any](ctx context.Context, c *Client, op, customer, kind string, pick func(customerThings) []T) ([]T, error) {
	if err := checkIDs(customer); err != nil {
		return nil, err
	}
	var list []T
	page := Page{Limit: 250}
	for range maxPages {
		var w struct {
			Embedded customerThings `json:"_embedded"`
			Links    pageLinks      `json:"_links"`
		}
		if err := c.do(ctx, call{op: op, method: http.MethodGet, path: "/v2/customers/" + customer + "/" + kind, query: page.query(), out: &w}); err != nil {
			return nil, err
		}
		list = append(list, pick(w.Embedded)...)
		if page.From = w.Links.from(); page.From == "" {
			return list, nil
		}
	}
	return nil, &Error{Op: op, Title: "Too many pages", Detail: "the list does not end"}
}
