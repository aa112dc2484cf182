package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voldaan/voldaan/backend/money"
)

// wireAmount is an amount in a request.
type wireAmount struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

var plainDecimal = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// parse checks an amount as Mollie does: a known currency, exactly its decimals, not less than least.
func (w *wireAmount) parse(least int64) (money.Amount, *reply) {
	bad := func(detail string) (money.Amount, *reply) {
		out := unprocessable("amount", detail)
		return money.Amount{}, &out
	}
	if w == nil {
		return bad("The amount is required.")
	}
	c := money.Currency(w.Currency)
	if !c.Valid() {
		return bad("The currency is not supported.")
	}
	a, err := money.Parse(w.Value, c)
	if err != nil || !plainDecimal.MatchString(w.Value) || a.String() != w.Value {
		return bad("The amount contains an invalid value; it needs exactly the decimals of " + w.Currency + ", such as " + money.Of(1000, c).String() + ".")
	}
	if a.Minor < least {
		return bad("The amount is lower than the minimum.")
	}
	return a, nil
}

type newPayment struct {
	Amount       *wireAmount     `json:"amount"`
	Description  string          `json:"description"`
	RedirectURL  string          `json:"redirectUrl"`
	CancelURL    string          `json:"cancelUrl"`
	WebhookURL   string          `json:"webhookUrl"`
	Method       json.RawMessage `json:"method"`
	Locale       string          `json:"locale"`
	Metadata     json.RawMessage `json:"metadata"`
	SequenceType string          `json:"sequenceType"`
	CustomerID   string          `json:"customerId"`
	MandateID    string          `json:"mandateId"`
}

func (n newPayment) sequence() string {
	if n.SequenceType == "" {
		return "oneoff"
	}
	return n.SequenceType
}

// method is the one method asked for. Mollie also takes a list, of which the payer may choose.
func (n newPayment) method() (string, bool) {
	if len(n.Method) == 0 || bytes.Equal(n.Method, []byte("null")) {
		return "", true
	}
	var one string
	if json.Unmarshal(n.Method, &one) == nil {
		return one, true
	}
	var many []string
	if json.Unmarshal(n.Method, &many) != nil {
		return "", false
	}
	if len(many) == 1 {
		return many[0], true
	}
	return "", true
}

func (s *Simulator) createPayment(r *request) reply {
	var n newPayment
	if err := json.Unmarshal(r.body, &n); err != nil {
		return fail(http.StatusBadRequest, "The request body is not valid JSON.", "")
	}
	least := int64(1)
	method, ok := n.method()
	if n.SequenceType == "first" && (method == "creditcard" || method == "") {
		least = 0
	}
	a, out := n.Amount.parse(least)
	if out != nil {
		return *out
	}
	if out := s.checkPayment(n, a, method, ok); out != nil {
		return *out
	}
	payer, mandate, out := s.checkSequence(r, n, method)
	if out != nil {
		return *out
	}
	if len(s.payments) >= maxPayments {
		return fail(http.StatusTooManyRequests, "The simulator is full; start it again.", "")
	}
	metadata := n.Metadata
	if bytes.Equal(metadata, []byte("null")) {
		metadata = nil
	}
	p := &payment{
		id: s.newID("tr"), token: strings.TrimPrefix(s.newID("t"), "t_"), profile: r.profile, mode: "test", status: "open",
		amount: a, description: cut(n.Description, 255), redirect: n.RedirectURL, cancel: n.CancelURL, hook: n.WebhookURL,
		locale: n.Locale, sequence: n.sequence(), metadata: metadata, created: s.now(), owner: payer, mandate: mandate,
	}
	s.payments[p.id], s.byToken[p.token] = p, p
	s.order = append(s.order, p)
	if p.sequence == "recurring" {
		s.collect(p)
	} else {
		s.choose(p, method)
	}
	return reply{http.StatusCreated, s.paymentHAL(p, r.base)}
}

func cut(text string, runes int) string {
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return string([]rune(text)[:runes])
}

// checkPayment refuses what Mollie refuses.
func (s *Simulator) checkPayment(n newPayment, a money.Amount, method string, methodOK bool) *reply {
	bad := func(field, detail string) *reply {
		out := unprocessable(field, detail)
		return &out
	}
	if strings.TrimSpace(n.Description) == "" {
		return bad("description", "The description is required.")
	}
	if !slices.Contains([]string{"oneoff", "first", "recurring"}, n.sequence()) {
		return bad("sequenceType", "The sequence type is invalid; expected oneoff, first or recurring.")
	}
	if !webAddress(n.RedirectURL) && (n.SequenceType != "recurring" || n.RedirectURL != "") {
		return bad("redirectUrl", "The redirect URL is required and must be a web address.")
	}
	if n.CancelURL != "" && !webAddress(n.CancelURL) {
		return bad("cancelUrl", "The cancel URL is invalid.")
	}
	if n.WebhookURL != "" && !webAddress(n.WebhookURL) {
		return bad("webhookUrl", "The webhook URL is invalid.")
	}
	if n.WebhookURL != "" && s.strict && private(n.WebhookURL) {
		return bad("webhookUrl", "The webhook URL is invalid because it is unreachable from Mollie's point of view")
	}
	if len(n.Metadata) > 1024 {
		return bad("metadata", "The metadata may not be longer than 1024 bytes.")
	}
	if !methodOK {
		return bad("method", "The payment method is invalid.")
	}
	if method == "" {
		return nil
	}
	m, ok := methodByID(method)
	if !ok {
		return bad("method", "The payment method is invalid.")
	}
	if !m.offered(n.sequence()) {
		return bad("method", "The payment method cannot be used for this sequence type.")
	}
	if !m.fits(a) {
		return bad("amount", "The amount is outside the limits of the payment method, or the currency is not supported by it.")
	}
	return nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// private reports whether a web address cannot be reached from the internet.
func private(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return true
	}
	host := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") ||
		strings.HasSuffix(host, ".test")
}

// mine finds a payment of the caller's profile.
func (s *Simulator) mine(r *request) (*payment, *reply) {
	id := r.PathValue("id")
	if p, ok := s.payments[id]; ok && p.profile == r.profile {
		return p, nil
	}
	out := notFound("No payment exists with token " + cut(id, 80) + ".")
	return nil, &out
}

func (s *Simulator) getPayment(r *request) reply {
	p, out := s.mine(r)
	if out != nil {
		return *out
	}
	return reply{http.StatusOK, s.paymentHAL(p, r.base)}
}

func (s *Simulator) cancelPayment(r *request) reply {
	p, out := s.mine(r)
	if out != nil {
		return *out
	}
	if !p.cancelable() {
		return unprocessable("", "The payment cannot be canceled.")
	}
	s.finish(p, "canceled")
	return reply{http.StatusOK, s.paymentHAL(p, r.base)}
}

func (s *Simulator) listPayments(r *request) reply {
	var items []object
	for _, p := range slices.Backward(s.order) {
		if p.profile == r.profile {
			items = append(items, s.paymentHAL(p, r.base))
		}
	}
	if r.URL.Query().Get("sort") == "asc" {
		slices.Reverse(items)
	}
	return listHAL(r, "payments", items)
}

type newRefund struct {
	Amount      *wireAmount     `json:"amount"`
	Description string          `json:"description"`
	Metadata    json.RawMessage `json:"metadata"`
}

func (s *Simulator) createRefund(r *request) reply {
	p, out := s.mine(r)
	if out != nil {
		return *out
	}
	var n newRefund
	if err := json.Unmarshal(r.body, &n); err != nil {
		return fail(http.StatusBadRequest, "The request body is not valid JSON.", "")
	}
	a, out := n.Amount.parse(1)
	if out != nil {
		return *out
	}
	if p.status != "paid" {
		return unprocessable("", "The payment cannot be refunded, because it is not paid.")
	}
	if a.Currency != p.amount.Currency {
		return unprocessable("amount", "The currency differs from the payment's.")
	}
	if a.Cmp(p.remaining()) > 0 {
		return unprocessable("amount", "The amount is higher than the maximum that can still be refunded.")
	}
	for _, old := range p.refunds {
		if old.amount == a && old.status != "failed" && old.status != "canceled" && s.now().Sub(old.created) < time.Hour {
			return fail(http.StatusConflict, "A refund of the same amount was created for this payment within the last hour.", "")
		}
	}
	metadata := n.Metadata
	if bytes.Equal(metadata, []byte("null")) {
		metadata = nil
	}
	re := &refund{id: s.newID("re"), description: cut(n.Description, 255), status: "pending", amount: a, metadata: metadata, created: s.now()}
	p.refunds = append(p.refunds, re)
	s.progress(p, re, "pending", "processing", 24*time.Hour)
	s.progress(p, re, "processing", "refunded", 48*time.Hour)
	return reply{http.StatusCreated, s.refundHAL(p, re, r.base)}
}

// progress plans a refund's next step; it does not happen when the refund has gone another way by then.
func (s *Simulator) progress(p *payment, re *refund, from, to string, in time.Duration) {
	s.at(s.now().Add(in), func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if re.status == from {
			s.moveRefund(p, re, to)
		}
	})
}

func (s *Simulator) refundOf(r *request) (*payment, *refund, *reply) {
	p, out := s.mine(r)
	if out != nil {
		return nil, nil, out
	}
	for _, re := range p.refunds {
		if re.id == r.PathValue("refund") {
			return p, re, nil
		}
	}
	nf := notFound("No refund exists with this token.")
	return nil, nil, &nf
}

func (s *Simulator) getRefund(r *request) reply {
	p, re, out := s.refundOf(r)
	if out != nil {
		return *out
	}
	return reply{http.StatusOK, s.refundHAL(p, re, r.base)}
}

func (s *Simulator) cancelRefund(r *request) reply {
	p, re, out := s.refundOf(r)
	if out != nil {
		return *out
	}
	if re.status != "queued" && re.status != "pending" {
		return unprocessable("", "The refund can no longer be canceled.")
	}
	s.moveRefund(p, re, "canceled")
	return reply{http.StatusNoContent, nil}
}

func (s *Simulator) listRefunds(r *request) reply {
	p, out := s.mine(r)
	if out != nil {
		return *out
	}
	return listHAL(r, "refunds", s.refundsOf(p, r.base))
}

func (s *Simulator) refundsOf(p *payment, base string) []object {
	var items []object
	for _, re := range slices.Backward(p.refunds) {
		items = append(items, s.refundHAL(p, re, base))
	}
	return items
}

func (s *Simulator) allRefunds(r *request) reply {
	var items []object
	for _, p := range slices.Backward(s.order) {
		if p.profile == r.profile {
			items = append(items, s.refundsOf(p, r.base)...)
		}
	}
	return listHAL(r, "refunds", items)
}

func (s *Simulator) listChargebacks(r *request) reply {
	p, out := s.mine(r)
	if out != nil {
		return *out
	}
	return listHAL(r, "chargebacks", s.chargebacksOf(p, r.base))
}

func (s *Simulator) chargebacksOf(p *payment, base string) []object {
	var items []object
	for _, c := range slices.Backward(p.chargebacks) {
		items = append(items, s.chargebackHAL(p, c, base))
	}
	return items
}

func (s *Simulator) getChargeback(r *request) reply {
	p, out := s.mine(r)
	if out != nil {
		return *out
	}
	for _, c := range p.chargebacks {
		if c.id == r.PathValue("chargeback") {
			return reply{http.StatusOK, s.chargebackHAL(p, c, r.base)}
		}
	}
	return notFound("No chargeback exists with this token.")
}

func (s *Simulator) allChargebacks(r *request) reply {
	var items []object
	for _, p := range slices.Backward(s.order) {
		if p.profile == r.profile {
			items = append(items, s.chargebacksOf(p, r.base)...)
		}
	}
	return listHAL(r, "chargebacks", items)
}
