package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

// customer is a payer to whom mandates belong. A deleted one is kept, because it answers differently from one that never
// was.
type customer struct {
	id, profile, name, email, locale string
	metadata                         json.RawMessage
	created                          time.Time
	deleted                          bool
	mandates                         []*mandate
}

// mandate is a permission to collect.
type mandate struct {
	id, method, status string
	holder, account    string // name, and IBAN, last four digits of a card, or e-mail address
	label              string
	reference          string
	signed             civil.Date
	expires            civil.Date // of a card
	created            time.Time
	next               []string // how the next collections end: a reason, or empty for paid
}

// collectIn is how many business days a direct debit is pending.
const collectIn = 2

// promise makes the mandate that a first payment will give: it exists, pending, from when its method is known.
func (s *Simulator) promise(p *payment) {
	m, ok := methodByID(p.method)
	if p.sequence != "first" || p.owner == nil || !ok || m.mandate == "" {
		return
	}
	if p.mandate == nil {
		p.mandate = &mandate{id: s.newID("mdt"), status: "pending", created: s.now()}
		p.owner.mandates = append(p.owner.mandates, p.mandate)
	}
	p.mandate.method = m.mandate
}

// follow lets the mandate of a first payment follow what became of the payment.
func (s *Simulator) follow(p *payment) {
	m := p.mandate
	if p.sequence != "first" || m == nil || m.status != "pending" {
		return
	}
	if p.status != "paid" {
		m.status = "invalid"
		return
	}
	m.status, m.signed = "valid", civil.In(s.now(), time.UTC)
	if m.holder = p.payer.Name; m.holder == "" {
		m.holder = "T. Ester"
	}
	switch m.method {
	case "creditcard":
		m.account, m.label, m.expires = "6787", "Mastercard", civil.Of(m.signed.Year()+3, time.December, 31)
	case "paypal":
		m.account = "payer@example.org"
	default:
		if m.account = p.payer.IBAN; m.account == "" {
			m.account = "NL55INGB0000000000"
		}
		m.reference = "SD" + strings.ToUpper(m.id[len(m.id)-8:])
	}
}

// collect starts a recurring payment: a card is charged at once, a direct debit is pending until its business day.
func (s *Simulator) collect(p *payment) {
	m := p.mandate
	p.method = m.method
	p.payer = Payer{Name: m.holder, IBAN: m.account}
	reason := ""
	if len(m.next) > 0 {
		reason, m.next = m.next[0], m.next[1:]
	}
	p.reason = reason
	end := func() {
		if reason == "" {
			s.finish(p, "paid")
		} else {
			s.finish(p, "failed")
		}
	}
	if m.method != "directdebit" {
		end()
		return
	}
	p.status = "pending"
	p.due = civil.In(s.now(), time.UTC).AddBusinessDays(collectIn).Time().Add(9 * time.Hour)
	s.at(p.due, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p.status == "pending" && p.reason == reason {
			end()
		}
	})
}

// Refuse says how the next collections under a mandate end, in order: a SEPA reason code or a card's failure reason, or
// an empty text for one that succeeds. After them all succeed again.
func (s *Simulator) Refuse(mandateID string, next ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.joined {
		for _, m := range c.mandates {
			if m.id == mandateID {
				m.next = slices.Clone(next)
				return nil
			}
		}
	}
	return fault.NotFoundf("simulator.mandate", "there is no mandate with this id")
}

// checkSequence finds the customer and mandate that a first or recurring payment needs.
func (s *Simulator) checkSequence(r *request, n newPayment, method string) (*customer, *mandate, *reply) {
	bad := func(field, detail string) (*customer, *mandate, *reply) {
		out := unprocessable(field, detail)
		return nil, nil, &out
	}
	if n.CustomerID == "" {
		if n.sequence() != "oneoff" {
			return bad("customerId", "The customer is required for a first or recurring payment.")
		}
		return nil, nil, nil
	}
	c, out := s.customerOf(r, n.CustomerID)
	if out != nil {
		return nil, nil, out
	}
	if n.sequence() != "recurring" {
		return c, nil, nil
	}
	for _, m := range slices.Backward(c.mandates) {
		if (n.MandateID == "" || m.id == n.MandateID) && m.status == "valid" && (method == "" || method == m.method) {
			return c, m, nil
		}
	}
	return bad("mandateId", "The customer has no valid mandate for this payment.")
}

type newCustomer struct {
	Name     string          `json:"name"`
	Email    string          `json:"email"`
	Locale   string          `json:"locale"`
	Metadata json.RawMessage `json:"metadata"`
}

func (s *Simulator) createCustomer(r *request) reply {
	var n newCustomer
	if err := json.Unmarshal(r.body, &n); err != nil {
		return fail(http.StatusBadRequest, "The request body is not valid JSON.", "")
	}
	if n.Email != "" && !strings.Contains(n.Email, "@") {
		return unprocessable("email", "The email address is invalid.")
	}
	if len(n.Metadata) > 1024 {
		return unprocessable("metadata", "The metadata may not be longer than 1024 bytes.")
	}
	if bytes.Equal(n.Metadata, []byte("null")) {
		n.Metadata = nil
	}
	if len(s.customers) >= maxPayments {
		return fail(http.StatusTooManyRequests, "The simulator is full; start it again.", "")
	}
	c := &customer{id: s.newID("cst"), profile: r.profile, name: n.Name, email: n.Email, locale: n.Locale, metadata: n.Metadata, created: s.now()}
	s.customers[c.id] = c
	s.joined = append(s.joined, c)
	return reply{http.StatusCreated, c.hal(r.base)}
}

// customerOf finds a customer of the caller's profile: 404 when there is none, 410 when it was deleted.
func (s *Simulator) customerOf(r *request, id string) (*customer, *reply) {
	c, ok := s.customers[id]
	if !ok || c.profile != r.profile {
		out := notFound("No customer exists with token " + cut(id, 80) + ".")
		return nil, &out
	}
	if c.deleted {
		out := fail(http.StatusGone, "The customer is no longer available.", "")
		return nil, &out
	}
	return c, nil
}

func (s *Simulator) getCustomer(r *request) reply {
	c, out := s.customerOf(r, r.PathValue("customer"))
	if out != nil {
		return *out
	}
	return reply{http.StatusOK, c.hal(r.base)}
}

func (s *Simulator) listCustomers(r *request) reply {
	var items []object
	for _, c := range slices.Backward(s.joined) {
		if c.profile == r.profile && !c.deleted {
			items = append(items, c.hal(r.base))
		}
	}
	return listHAL(r, "customers", items)
}

// deleteCustomer takes the customer's mandates with it.
func (s *Simulator) deleteCustomer(r *request) reply {
	c, out := s.customerOf(r, r.PathValue("customer"))
	if out != nil {
		return *out
	}
	c.deleted = true
	for _, m := range c.mandates {
		m.status = "invalid"
	}
	return reply{http.StatusNoContent, nil}
}

func (s *Simulator) customerPayments(r *request) reply {
	c, out := s.customerOf(r, r.PathValue("customer"))
	if out != nil {
		return *out
	}
	var items []object
	for _, p := range slices.Backward(s.order) {
		if p.owner == c {
			items = append(items, s.paymentHAL(p, r.base))
		}
	}
	return listHAL(r, "payments", items)
}

type newMandate struct {
	Method          string `json:"method"`
	ConsumerName    string `json:"consumerName"`
	ConsumerAccount string `json:"consumerAccount"`
	SignatureDate   string `json:"signatureDate"`
	Reference       string `json:"mandateReference"`
}

func (s *Simulator) createMandate(r *request) reply {
	c, out := s.customerOf(r, r.PathValue("customer"))
	if out != nil {
		return *out
	}
	var n newMandate
	if err := json.Unmarshal(r.body, &n); err != nil {
		return fail(http.StatusBadRequest, "The request body is not valid JSON.", "")
	}
	today := civil.In(s.now(), time.UTC)
	m := &mandate{method: n.Method, status: "valid", holder: n.ConsumerName, account: n.ConsumerAccount, reference: n.Reference, signed: today}
	switch {
	case n.Method != "directdebit":
		return unprocessable("method", "The simulator makes only direct-debit mandates directly; a card needs a first payment.")
	case strings.TrimSpace(n.ConsumerName) == "":
		return unprocessable("consumerName", "The consumer name is required.")
	case len(n.ConsumerAccount) < 15:
		return unprocessable("consumerAccount", "The consumer account is not a valid IBAN.")
	case len(n.Reference) > 35:
		return unprocessable("mandateReference", "The mandate reference may not be longer than 35 characters.")
	}
	if n.SignatureDate != "" {
		var err error
		if m.signed, err = civil.Parse(n.SignatureDate); err != nil || m.signed > today {
			return unprocessable("signatureDate", "The signature date must be a date that is not in the future.")
		}
	}
	m.id, m.created = s.newID("mdt"), s.now()
	c.mandates = append(c.mandates, m)
	return reply{http.StatusCreated, m.hal(c, r.base)}
}

func (s *Simulator) mandateOf(r *request) (*customer, *mandate, *reply) {
	c, out := s.customerOf(r, r.PathValue("customer"))
	if out != nil {
		return nil, nil, out
	}
	for _, m := range c.mandates {
		if m.id == r.PathValue("id") {
			return c, m, nil
		}
	}
	nf := notFound("No mandate exists with this token.")
	return nil, nil, &nf
}

func (s *Simulator) getMandate(r *request) reply {
	c, m, out := s.mandateOf(r)
	if out != nil {
		return *out
	}
	return reply{http.StatusOK, m.hal(c, r.base)}
}

func (s *Simulator) listMandates(r *request) reply {
	c, out := s.customerOf(r, r.PathValue("customer"))
	if out != nil {
		return *out
	}
	var items []object
	for _, m := range slices.Backward(c.mandates) {
		items = append(items, m.hal(c, r.base))
	}
	return listHAL(r, "mandates", items)
}

// revokeMandate removes the mandate. Collections under it that are pending go on: they are with the bank.
func (s *Simulator) revokeMandate(r *request) reply {
	c, m, out := s.mandateOf(r)
	if out != nil {
		return *out
	}
	m.status = "invalid"
	c.mandates = slices.DeleteFunc(c.mandates, func(x *mandate) bool { return x == m })
	return reply{http.StatusNoContent, nil}
}

func (s *Simulator) showCustomers(w http.ResponseWriter, _ *http.Request) {
	type mandateRow struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Method  string `json:"method"`
		Account string `json:"account"`
	}
	type row struct {
		ID       string       `json:"id"`
		Name     string       `json:"name"`
		Deleted  bool         `json:"deleted"`
		Mandates []mandateRow `json:"mandates"`
	}
	rows := []row{}
	s.mu.Lock()
	for _, c := range s.joined {
		x := row{c.id, c.name, c.deleted, []mandateRow{}}
		for _, m := range c.mandates {
			x.Mandates = append(x.Mandates, mandateRow{m.id, m.status, m.method, m.account})
		}
		rows = append(rows, x)
	}
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"customers": rows})
}

func (s *Simulator) ctlMandate(r *http.Request, in struct {
	Next   []string
	Status string
}) (any, error) {
	if in.Status != "" && !slices.Contains([]string{"valid", "pending", "invalid"}, in.Status) {
		return nil, fault.Invalidf("simulator.mandate", "%q is not a status of a mandate; expected valid, pending or invalid", in.Status)
	}
	if err := s.Refuse(r.PathValue("id"), in.Next...); err != nil || in.Status == "" {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.customers[r.PathValue("customer")]; ok {
		for _, m := range c.mandates {
			if m.id == r.PathValue("id") {
				m.status = in.Status
			}
		}
	}
	return nil, nil
}

func (c *customer) hal(base string) object {
	self := base + "/v2/customers/" + c.id
	o := object{
		"resource": "customer", "id": c.id, "mode": "test", "name": nil, "email": nil, "locale": nil, "metadata": raw(c.metadata), "createdAt": stamp(c.created),
		"_links": object{
			"self": link(self), "dashboard": page(base + "/"), "mandates": link(self + "/mandates"), "payments": link(self + "/payments"),
			"documentation": page(documentation),
		},
	}
	for name, v := range map[string]string{"name": c.name, "email": c.email, "locale": c.locale} {
		if v != "" {
			o[name] = v
		}
	}
	return o
}

func (m *mandate) hal(c *customer, base string) object {
	owner := base + "/v2/customers/" + c.id
	d := object{}
	switch {
	case m.status == "pending":
	case m.method == "creditcard":
		d = object{"cardHolder": m.holder, "cardNumber": m.account, "cardLabel": m.label, "cardFingerprint": "fp" + m.id[4:16], "cardExpiryDate": m.expires.String()}
	case m.method == "directdebit":
		d = object{"consumerName": m.holder, "consumerAccount": m.account, "consumerBic": "INGBNL2A"}
	default:
		d = object{"consumerName": m.holder, "consumerAccount": m.account, "consumerBic": nil}
	}
	o := object{
		"resource": "mandate", "id": m.id, "mode": "test", "status": m.status, "method": m.method, "details": d, "customerId": c.id,
		"mandateReference": nil, "signatureDate": nil, "scopes": []string{"customer-not-present"}, "createdAt": stamp(m.created),
		"_links": object{"self": link(owner + "/mandates/" + m.id), "customer": link(owner), "documentation": page(documentation)},
	}
	if m.reference != "" {
		o["mandateReference"] = m.reference
	}
	if !m.signed.IsZero() {
		o["signatureDate"] = m.signed.String()
	}
	return o
}

// directDebit is what a direct debit tells: when it is collected, and why it failed.
func (p *payment) directDebit() object {
	d := object{
		"consumerName": p.payer.Name, "consumerAccount": p.payer.IBAN, "consumerBic": "INGBNL2A", "transferReference": "SD" + p.id[len(p.id)-10:],
		"creditorIdentifier": "NL08ZZZ502057730000",
	}
	if !p.due.IsZero() {
		d["dueDate"] = civil.In(p.due, time.UTC).String()
	}
	if p.mandate != nil && !p.mandate.signed.IsZero() {
		d["signatureDate"], d["mandateReference"] = p.mandate.signed.String(), p.mandate.reference
	}
	if p.status == "failed" {
		code := p.reason
		if code == "" {
			code = "AM04"
		}
		d["bankReasonCode"], d["bankReason"] = code, chargebackReason(code)
	}
	return d
}
