package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/voldaan/voldaan/backend/money"
)

// object is a HAL resource. Maps keep the simulator's idea of the wire apart from the client's types, so that a
// mistake in one is not repeated in the other.
type object map[string]any

func link(href string) object { return object{"href": href, "type": "application/hal+json"} }
func page(href string) object { return object{"href": href, "type": "text/html"} }

func amount(a money.Amount) object {
	return object{"currency": string(a.Currency), "value": a.String()}
}

// stamp is an instant as Mollie writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

const documentation = "https://docs.mollie.com/"

// fail is an error in HAL.
func fail(status int, detail, field string) reply {
	title := http.StatusText(status)
	if status == http.StatusUnauthorized {
		title = "Unauthorized Request"
	}
	if title == "" {
		title = "Error"
	}
	o := object{"status": status, "title": title, "detail": detail, "_links": object{"documentation": page(documentation)}}
	if field != "" {
		o["field"] = field
	}
	return reply{status, o}
}

func notFound(detail string) reply { return fail(http.StatusNotFound, detail, "") }

func unprocessable(field, detail string) reply {
	return fail(http.StatusUnprocessableEntity, detail, field)
}

func raw(m json.RawMessage) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// paymentHAL is a payment as the API shows it.
func (s *Simulator) paymentHAL(p *payment, base string) object {
	self := base + "/v2/payments/" + p.id
	links := object{
		"self":      link(self),
		"dashboard": page(base + "/checkout/" + p.token),
	}
	o := object{
		"resource": "payment", "id": p.id, "mode": p.mode, "createdAt": stamp(p.created), "status": p.status,
		"amount": amount(p.amount), "description": p.description, "method": nil, "metadata": raw(p.metadata),
		"locale": nil, "profileId": p.profile, "sequenceType": p.sequence, "redirectUrl": nil, "_links": links,
	}
	if p.owner != nil {
		o["customerId"], links["customer"] = p.owner.id, link(base+"/v2/customers/"+p.owner.id)
	}
	if p.mandate != nil {
		o["mandateId"], links["mandate"] = p.mandate.id, link(base+"/v2/customers/"+p.owner.id+"/mandates/"+p.mandate.id)
	}
	for name, v := range map[string]string{"redirectUrl": p.redirect, "method": p.method, "locale": p.locale, "webhookUrl": p.hook, "cancelUrl": p.cancel} {
		if v != "" {
			o[name] = v
		}
	}
	switch p.status {
	case "open", "pending":
		o["isCancelable"] = p.cancelable()
		if !p.expires.IsZero() {
			o["expiresAt"] = stamp(p.expires)
		}
		if p.status == "open" {
			links["checkout"] = page(base + "/checkout/" + p.token)
		}
		links["changePaymentState"] = page(base + "/checkout/" + p.token)
	case "paid", "canceled", "expired", "failed":
		o[p.status+"At"] = stamp(p.ended)
	}
	if p.status == "paid" {
		o["amountRefunded"] = amount(p.refunded())
		o["amountRemaining"] = amount(p.remaining())
	}
	if cb := p.chargedBack(); !cb.IsZero() {
		o["amountChargedBack"] = amount(cb)
	}
	if len(p.refunds) > 0 {
		links["refunds"] = link(self + "/refunds")
	}
	if len(p.chargebacks) > 0 {
		links["chargebacks"] = link(self + "/chargebacks")
	}
	if d := details(p); d != nil {
		o["details"] = d
	}
	return o
}

// details is what the method tells of the payer.
func details(p *payment) object {
	or := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	paid := p.status == "paid"
	switch p.method {
	case "creditcard":
		switch {
		case paid:
			return object{
				"cardHolder": or(p.payer.Name, "T. Ester"), "cardNumber": "6787", "cardLabel": "Mastercard", "cardFunding": "debit",
				"cardAudience": "consumer", "cardCountryCode": "NL", "cardSecurity": "3dsecure", "feeRegion": "intra-eu-consumer",
			}
		case p.status == "failed":
			return object{"cardNumber": "6787", "cardLabel": "Mastercard", "failureReason": or(p.reason, "insufficient_funds")}
		}
		return nil
	case "directdebit":
		return p.directDebit()
	case "banktransfer":
		d := object{
			"bankName": "Stichting Mollie Payments (simulator)", "bankAccount": "NL53ABNA0627535577", "bankBic": "ABNANL2A",
			"transferReference": "RF" + strconv.Itoa(10+len(p.id)%80) + "-" + p.id[len(p.id)-4:],
		}
		if paid {
			d["consumerName"], d["consumerAccount"], d["consumerBic"] = or(p.payer.Name, "T. Ester"), or(p.payer.IBAN, "NL55INGB0000000000"), "INGBNL2A"
		}
		return d
	}
	if !paid {
		return nil
	}
	return object{
		"consumerName": or(p.payer.Name, "T. Ester"), "consumerAccount": or(p.payer.IBAN, "NL55INGB0000000000"), "consumerBic": "INGBNL2A",
	}
}

func (s *Simulator) refundHAL(p *payment, r *refund, base string) object {
	payment := base + "/v2/payments/" + p.id
	return object{
		"resource": "refund", "id": r.id, "mode": p.mode, "paymentId": p.id, "status": r.status, "amount": amount(r.amount),
		"description": r.description, "metadata": raw(r.metadata), "createdAt": stamp(r.created),
		"_links": object{
			"self": link(payment + "/refunds/" + r.id), "payment": link(payment), "documentation": page(documentation),
		},
	}
}

func (s *Simulator) chargebackHAL(p *payment, c *chargeback, base string) object {
	payment := base + "/v2/payments/" + p.id
	o := object{
		"resource": "chargeback", "id": c.id, "paymentId": p.id, "amount": amount(c.amount), "createdAt": stamp(c.created),
		"reversedAt": nil, "reason": object{"code": c.code, "description": c.description},
		"_links": object{
			"self": link(payment + "/chargebacks/" + c.id), "payment": link(payment), "documentation": page(documentation),
		},
	}
	if !c.reversed.IsZero() {
		o["reversedAt"] = stamp(c.reversed)
	}
	return o
}

// listHAL cuts a list of resources to the page that the query asks for, as all of Mollie's lists are: limit 1 to 250
// (50 when absent), starting at the id "from".
func listHAL(r *request, name string, items []object) reply {
	q := r.URL.Query()
	limit := 50
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 250 {
			return fail(http.StatusBadRequest, "Invalid limit; expected a number from 1 to 250.", "limit")
		}
		limit = n
	}
	start := 0
	if from := q.Get("from"); from != "" {
		start = -1
		for i, it := range items {
			if it["id"] == from {
				start = i
			}
		}
		if start < 0 {
			return fail(http.StatusBadRequest, "The id in from does not exist in this list.", "from")
		}
	}
	at := func(i int) any {
		v := url.Values{"from": {items[i]["id"].(string)}, "limit": {strconv.Itoa(limit)}}
		return link(r.base + r.URL.Path + "?" + v.Encode())
	}
	var previous, next any
	end := min(start+limit, len(items))
	if start > 0 {
		previous = at(max(0, start-limit))
	}
	if end < len(items) {
		next = at(end)
	}
	shown := items[start:end]
	if shown == nil {
		shown = []object{}
	}
	return reply{http.StatusOK, object{
		"count": len(shown), "_embedded": object{name: shown},
		"_links": object{
			"self": link(r.base + r.URL.RequestURI()), "previous": previous, "next": next, "documentation": page(documentation),
		},
	}}
}
