package mollie

import (
	"context"
	"net/http"
	"net/url"

	"github.com/voldaan/voldaan/backend/money"
)

// Method is a way to pay that the profile offers. Its name, limits and picture come from Mollie, never from code: they
// change ("iDEAL" is becoming "iDEAL | Wero").
type Method struct {
	ID            string `json:"id"`
	Description   string `json:"description"`
	MinimumAmount Amount `json:"minimumAmount"`
	MaximumAmount Amount `json:"maximumAmount"` // no currency: no maximum
	Image         struct {
		SVG    string `json:"svg"`
		Size2x string `json:"size2x"`
	} `json:"image"`
	Status string `json:"status"`
}

// MethodsQuery limits the list to what fits one payment. Locale ("nl_NL") is the language of the descriptions.
type MethodsQuery struct {
	Amount         money.Amount
	Locale         string
	BillingCountry string
	Sequence       Sequence // First: only methods that can give a mandate
}

// Methods lists the methods that are switched on and can be used for the amount.
func (c *Client) Methods(ctx context.Context, m MethodsQuery) ([]Method, error) {
	q := url.Values{}
	if m.Amount.Currency != "" {
		q.Set("amount[currency]", string(m.Amount.Currency))
		q.Set("amount[value]", m.Amount.String())
	}
	if m.Locale != "" {
		q.Set("locale", m.Locale)
	}
	if m.BillingCountry != "" {
		q.Set("billingCountry", m.BillingCountry)
	}
	if m.Sequence != "" {
		q.Set("sequenceType", string(m.Sequence))
	}
	var w struct {
		Embedded struct {
			Methods []Method `json:"methods"`
		} `json:"_embedded"`
	}
	err := c.do(ctx, call{op: "list methods", method: http.MethodGet, path: "/v2/methods", query: q, out: &w})
	return w.Embedded.Methods, err
}
