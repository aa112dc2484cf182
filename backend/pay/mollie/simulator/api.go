package simulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// request is one API call after authentication, with its body read.
type request struct {
	*http.Request
	profile string
	body    []byte
	base    string // the simulator's own address, for links
}

// reply is an answer of the API.
type reply struct {
	status int
	body   any // marshalled to HAL; nil with 204
}

func (s *Simulator) apiRoutes() {
	for pattern, h := range map[string]func(*request) reply{
		"POST /v2/payments":                              s.createPayment,
		"GET /v2/payments":                               s.listPayments,
		"GET /v2/payments/{id}":                          s.getPayment,
		"DELETE /v2/payments/{id}":                       s.cancelPayment,
		"GET /v2/methods":                                s.listMethods,
		"GET /v2/methods/{id}":                           s.getMethod,
		"POST /v2/payments/{id}/refunds":                 s.createRefund,
		"GET /v2/payments/{id}/refunds":                  s.listRefunds,
		"GET /v2/payments/{id}/refunds/{refund}":         s.getRefund,
		"DELETE /v2/payments/{id}/refunds/{refund}":      s.cancelRefund,
		"GET /v2/refunds":                                s.allRefunds,
		"GET /v2/payments/{id}/chargebacks":              s.listChargebacks,
		"GET /v2/payments/{id}/chargebacks/{chargeback}": s.getChargeback,
		"GET /v2/chargebacks":                            s.allChargebacks,
		"POST /v2/customers":                             s.createCustomer,
		"GET /v2/customers":                              s.listCustomers,
		"GET /v2/customers/{customer}":                   s.getCustomer,
		"DELETE /v2/customers/{customer}":                s.deleteCustomer,
		"GET /v2/customers/{customer}/payments":          s.customerPayments,
		"POST /v2/customers/{customer}/mandates":         s.createMandate,
		"GET /v2/customers/{customer}/mandates":          s.listMandates,
		"GET /v2/customers/{customer}/mandates/{id}":     s.getMandate,
		"DELETE /v2/customers/{customer}/mandates/{id}":  s.revokeMandate,
		"/v2/": func(r *request) reply { return notFound("The requested resource does not exist.") },
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.api(w, r, h) })
	}
}

var testKey = regexp.MustCompile(`^Bearer (test_[A-Za-z0-9]{8,128})$`)

// api authenticates, applies faults and idempotency, and runs the handler with the state locked.
func (s *Simulator) api(w http.ResponseWriter, r *http.Request, h func(*request) reply) {
	auth := r.Header.Get("Authorization")
	if strings.HasPrefix(auth, "Bearer live_") {
		s.write(w, fail(http.StatusUnauthorized, "This is a simulator: it never accepts a live key.", ""), false)
		return
	}
	key := testKey.FindStringSubmatch(auth)
	if key == nil {
		s.write(w, fail(http.StatusUnauthorized, "Missing authentication, or failed to authenticate", ""), false)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.write(w, fail(http.StatusRequestEntityTooLarge, "The request is too large or was cut off.", ""), false)
		return
	}
	req := &request{Request: r, profile: profileOf(key[1]), body: body, base: s.base(r)}
	f := s.nextFault(r)
	if !s.before(w, r, f) {
		return
	}
	var entry *remembered
	if name := r.Header.Get("Idempotency-Key"); name != "" && r.Method == http.MethodPost {
		var old *reply
		if entry, old = s.recall(req, name); old != nil {
			s.answer(w, f, *old, old.status < 300)
			return
		}
	}
	if f != nil && f.Kind == FaultSlow && !wait(r, f.Delay) {
		s.forget(req, entry)
		return
	}
	s.mu.Lock()
	out := h(req)
	if entry != nil {
		entry.done, entry.reply = true, out
	}
	s.mu.Unlock()
	s.answer(w, f, out, false)
}

// answer writes the reply, unless a fault loses it.
func (s *Simulator) answer(w http.ResponseWriter, f *Fault, out reply, replayed bool) {
	if f != nil && f.Kind == FaultLost {
		hangUp()
	}
	s.write(w, out, replayed)
}

// base is the address under which the caller reaches us.
func (s *Simulator) base(r *http.Request) string {
	if s.url != "" {
		return s.url
	}
	return "http://" + r.Host
}

func (s *Simulator) write(w http.ResponseWriter, out reply, replayed bool) {
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	if out.body == nil {
		w.WriteHeader(out.status)
		return
	}
	b, err := json.Marshal(out.body)
	if err != nil {
		panic(fmt.Sprintf("simulator: answer cannot be written: %v", err)) // our own types always marshal
	}
	w.Header().Set("Content-Type", "application/hal+json")
	w.WriteHeader(out.status)
	if _, err := w.Write(b); err != nil {
		s.log.Debug("caller went away", "err", err)
	}
}

// remembered is the answer to an idempotency key. Mollie keeps it for an hour.
type remembered struct {
	print [32]byte
	at    time.Time
	done  bool
	reply reply
}

const rememberFor = time.Hour

// recall finds the earlier answer to the same key, or reserves the key for this request.
func (s *Simulator) recall(r *request, name string) (*remembered, *reply) {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(r.Method), []byte(r.URL.Path), bytes.TrimSpace(r.body)} {
		fmt.Fprintf(h, "%d:", len(part))
		h.Write(part)
	}
	print := [32]byte(h.Sum(nil))
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.profile + "/" + name
	if e, ok := s.replies[key]; ok && s.now().Sub(e.at) < rememberFor {
		switch {
		case e.print != print:
			out := fail(http.StatusBadRequest, "The idempotency key was used before with other parameters.", "")
			return nil, &out
		case !e.done:
			out := fail(http.StatusConflict, "A request with this idempotency key is still being processed.", "")
			return nil, &out
		}
		return nil, &e.reply
	}
	if len(s.replies) > maxPayments {
		for k, e := range s.replies {
			if s.now().Sub(e.at) >= rememberFor {
				delete(s.replies, k)
			}
		}
	}
	e := &remembered{print: print, at: s.now()}
	s.replies[key] = e
	return e, nil
}

// forget gives a reserved key back: the request was never worked on.
func (s *Simulator) forget(r *request, e *remembered) {
	if e == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.replies, r.profile+"/"+r.Header.Get("Idempotency-Key"))
}

// FaultKind is how an API call goes wrong.
type FaultKind string

// The kinds of fault.
const (
	FaultStatus FaultKind = "status" // answered with Status, nothing done
	FaultSlow   FaultKind = "slow"   // done after Delay of real time
	FaultHang   FaultKind = "hang"   // no answer until the caller gives up, nothing done
	FaultDrop   FaultKind = "drop"   // connection closed, nothing done
	FaultLost   FaultKind = "lost"   // done, and then the connection is closed without an answer
)

// Fault makes the next Times calls whose "METHOD /path" starts with Match go wrong. Times 0 is once; −1 until cleared.
type Fault struct {
	Match  string        `json:"match"`
	Kind   FaultKind     `json:"kind"`
	Status int           `json:"status"`
	Delay  time.Duration `json:"-"`
	Times  int           `json:"times"`
}

// AddFault plans a fault; earlier ones go first.
func (s *Simulator) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// ClearFaults takes all planned faults back.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Simulator) nextFault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.Method + " " + r.URL.Path
	for _, f := range s.faults {
		if f.Times != 0 && strings.HasPrefix(name, f.Match) {
			if f.Times > 0 {
				f.Times--
			}
			used := *f
			return &used
		}
	}
	return nil
}

// before applies faults that keep a call from being worked on; false means that it ends here.
func (s *Simulator) before(w http.ResponseWriter, r *http.Request, f *Fault) bool {
	if f == nil {
		return true
	}
	switch f.Kind {
	case FaultStatus:
		if f.Status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		s.write(w, fail(f.Status, "The simulator was told to answer like this.", ""), false)
		return false
	case FaultHang:
		<-r.Context().Done()
		return false
	case FaultDrop:
		hangUp()
	}
	return true
}

// wait is false when the caller went away first.
func wait(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// hangUp closes the connection without an answer. The panic value is the one net/http knows for it.
func hangUp() { panic(http.ErrAbortHandler) }
