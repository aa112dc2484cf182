package simulator

import (
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// The control paths. Bodies are JSON with Content-Type application/json, which also keeps other web pages from posting
// here through somebody's browser. Durations are "90s", "15m", "26h". Errors are {"code","message"}.
//
//	GET    /_sim/state                                     {"now","payments","planned"}
//	POST   /_sim/advance      {"duration":"15m"}            move time, do what is due
//	POST   /_sim/deliver      {}                            do what is due now
//	POST   /_sim/webhooks     {"mode","delay","copies"}     how webhooks travel: normal drop delay duplicate reorder hold
//	GET    /_sim/deliveries                                 every try to deliver a webhook
//	POST   /_sim/strict       {"on":true}                   refuse webhook addresses that Mollie could not reach
//	POST   /_sim/faults       {"match","kind","status","delay","times"}
//	DELETE /_sim/faults
//	GET    /_sim/payments                                   {"payments":[{"id","status","checkout"}]}
//	POST   /_sim/payments/{id}/outcome      {"status","name","iban"}
//	POST   /_sim/payments/{id}/chargebacks  {"amount":{"currency","value"},"reason":"MD06"}  -> {"id"}
//	POST   /_sim/payments/{id}/chargebacks/{chargeback}/reverse  {}
//	POST   /_sim/payments/{id}/refunds/{refund}  {"status"}
//	GET    /_sim/customers                                  {"customers":[{"id","name","mandates":[{"id","status","method"}]}]}
//	POST   /_sim/customers/{customer}/mandates/{id}  {"next":["AM04",""],"status":"invalid"}  how the next collections end
//	POST   /_sim/payments/{id}/tamper       {"mode","value","currency","status"}
func (s *Simulator) controlRoutes() {
	s.mux.HandleFunc("GET /_sim/state", s.showState)
	s.mux.HandleFunc("GET /_sim/deliveries", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"deliveries": s.Deliveries()})
	})
	s.mux.HandleFunc("GET /_sim/payments", s.showPayments)
	s.mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		answer(w, http.StatusOK, nil)
	})
	control(s, "POST /_sim/advance", s.ctlAdvance)
	control(s, "POST /_sim/deliver", func(r *http.Request, _ struct{}) (any, error) { return nil, s.Deliver(r.Context()) })
	control(s, "POST /_sim/webhooks", s.ctlWebhooks)
	control(s, "POST /_sim/strict", func(_ *http.Request, in struct{ On bool }) (any, error) {
		s.Strict(in.On)
		return nil, nil
	})
	control(s, "POST /_sim/faults", s.ctlFault)
	control(s, "POST /_sim/payments/{id}/outcome", s.ctlOutcome)
	control(s, "POST /_sim/payments/{id}/chargebacks", s.ctlChargeback)
	control(s, "POST /_sim/payments/{id}/chargebacks/{chargeback}/reverse", func(r *http.Request, _ struct{}) (any, error) {
		return nil, s.ReverseChargeback(r.PathValue("id"), r.PathValue("chargeback"))
	})
	control(s, "POST /_sim/payments/{id}/refunds/{refund}", func(r *http.Request, in struct{ Status string }) (any, error) {
		return nil, s.SetRefund(r.PathValue("id"), r.PathValue("refund"), in.Status)
	})
	s.mux.HandleFunc("GET /_sim/customers", s.showCustomers)
	control(s, "POST /_sim/customers/{customer}/mandates/{id}", s.ctlMandate)
	control(s, "POST /_sim/payments/{id}/tamper", func(r *http.Request, in Tamper) (any, error) {
		return nil, s.Tamper(r.PathValue("id"), in)
	})
}

// Strict switches the refusal of webhook addresses that the real Mollie could not reach.
func (s *Simulator) Strict(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strict = on
}

// control adds a path whose body is a T.
func control[T any](s *Simulator, pattern string, do func(*http.Request, T) (any, error)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var in T
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
			refuse(w, fault.Invalidf("simulator.body", "expected a JSON body with Content-Type application/json"))
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			refuse(w, fault.Wrap(err, fault.Invalid, "simulator.body", "the body is not the JSON that this path expects"))
			return
		}
		out, err := do(r, in)
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, out)
	})
}

func answer(w http.ResponseWriter, status int, out any) {
	if out == nil {
		out = map[string]bool{"ok": true}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the caller is gone when this fails; there is nobody to tell
}

func refuse(w http.ResponseWriter, err error) {
	f := fault.As(err)
	status := http.StatusBadRequest
	switch f.Kind {
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Conflict:
		status = http.StatusConflict
	case fault.Internal:
		status = http.StatusInternalServerError
	}
	answer(w, status, map[string]string{"code": f.Code, "message": f.Message})
}

func duration(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fault.Invalidf("simulator.duration", "%q is not a duration; expected something like 90s, 15m or 26h", s)
	}
	return d, nil
}

func (s *Simulator) showState(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	out := map[string]any{"now": s.now().UTC(), "payments": len(s.payments), "planned": len(s.events)}
	s.mu.Unlock()
	answer(w, http.StatusOK, out)
}

func (s *Simulator) showPayments(w http.ResponseWriter, r *http.Request) {
	type row struct {
		ID          string `json:"id"`
		Status      string `json:"status"`
		Currency    string `json:"currency"`
		Amount      string `json:"amount"`
		Description string `json:"description"`
		Checkout    string `json:"checkout"`
	}
	rows := []row{}
	base := s.base(r)
	s.mu.Lock()
	for _, p := range s.order {
		rows = append(rows, row{p.id, p.status, string(p.amount.Currency), p.amount.String(), p.description, base + "/checkout/" + p.token})
	}
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"payments": rows})
}

func (s *Simulator) ctlAdvance(r *http.Request, in struct{ Duration string }) (any, error) {
	d, err := duration(in.Duration)
	if err != nil {
		return nil, err
	}
	if err := s.Advance(r.Context(), d); err != nil {
		return nil, err
	}
	return map[string]any{"now": s.Now().UTC()}, nil
}

func (s *Simulator) ctlWebhooks(_ *http.Request, in struct {
	Mode   TravelMode
	Delay  string
	Copies int
}) (any, error) {
	d, err := duration(in.Delay)
	if err != nil {
		return nil, err
	}
	return nil, s.Webhooks(Travel{Mode: in.Mode, Delay: d, Copies: in.Copies})
}

func (s *Simulator) ctlFault(_ *http.Request, in struct {
	Fault
	Delay string `json:"delay"`
}) (any, error) {
	d, err := duration(in.Delay)
	if err != nil {
		return nil, err
	}
	f := in.Fault
	f.Delay = d
	switch f.Kind {
	case FaultSlow, FaultHang, FaultDrop, FaultLost:
	case FaultStatus:
		if f.Status < 400 || f.Status > 599 {
			return nil, fault.Invalidf("simulator.fault", "a status fault needs a status from 400 to 599")
		}
	default:
		return nil, fault.Invalidf("simulator.fault", "%q is not a kind of fault; expected status, slow, hang, drop or lost", string(f.Kind))
	}
	s.AddFault(f)
	return nil, nil
}

func (s *Simulator) ctlOutcome(r *http.Request, in struct {
	Status Outcome
	Payer
}) (any, error) {
	return nil, s.Decide(r.PathValue("id"), in.Status, in.Payer)
}

func (s *Simulator) ctlChargeback(r *http.Request, in struct {
	Amount *wireAmount
	Reason string
}) (any, error) {
	var a money.Amount
	if in.Amount != nil {
		var err error
		if a, err = money.Parse(in.Amount.Value, money.Currency(in.Amount.Currency)); err != nil {
			return nil, err
		}
	}
	id, err := s.Chargeback(r.PathValue("id"), a, in.Reason)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id}, nil
}
