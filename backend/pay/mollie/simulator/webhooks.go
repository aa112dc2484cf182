package simulator

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
)

// schedule is when a webhook is tried, counted from the event, until somebody answers with 2xx (Mollie's documentation
// of 2024).
var schedule = []time.Duration{
	0, time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 31 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 26 * time.Hour,
}

// TravelMode is how webhooks travel.
type TravelMode string

// The ways to travel.
const (
	TravelNormal    TravelMode = "normal"
	TravelDrop      TravelMode = "drop"      // never arrive
	TravelDelay     TravelMode = "delay"     // start Delay later
	TravelDuplicate TravelMode = "duplicate" // arrive Copies times
	TravelReorder   TravelMode = "reorder"   // start at a random moment within Delay, so that later ones overtake
	TravelHold      TravelMode = "hold"      // wait until the mode changes, and then go newest first
)

// Travel is how webhooks travel from now on.
type Travel struct {
	Mode   TravelMode
	Delay  time.Duration
	Copies int
}

// Delivery is one try to deliver a webhook.
type Delivery struct {
	At      time.Time `json:"at"`
	Payment string    `json:"payment"`
	URL     string    `json:"url"`
	Try     int       `json:"try"`    // from 1; 0 when it was dropped
	Status  int       `json:"status"` // the answer, 0 when there was none
	Error   string    `json:"error,omitempty"`
}

// Webhooks changes how webhooks travel. Held ones are let go by any other mode.
func (s *Simulator) Webhooks(t Travel) error {
	if t.Copies < 1 {
		t.Copies = 2
	}
	switch t.Mode {
	case TravelNormal, TravelDrop, TravelDelay, TravelDuplicate, TravelReorder, TravelHold:
	default:
		return fault.Invalidf("simulator.travel", "%q is not a way for webhooks to travel; expected normal, drop, delay, duplicate, reorder or hold", string(t.Mode))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.travel = t
	if t.Mode != TravelHold {
		held := s.held
		s.held = nil
		for i := len(held) - 1; i >= 0; i-- {
			s.notify(s.payments[held[i]])
		}
	}
	return nil
}

// Deliveries lists the latest tries, oldest first.
func (s *Simulator) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Delivery(nil), s.deliveries...)
}

// notify sends a payment's webhook on its way; s.mu is held.
func (s *Simulator) notify(p *payment) {
	if p.hook == "" {
		return
	}
	start, copies := s.now(), 1
	switch s.travel.Mode {
	case TravelDrop:
		s.record(Delivery{At: start, Payment: p.id, URL: p.hook, Error: "dropped"})
		return
	case TravelHold:
		s.held = append(s.held, p.id)
		return
	case TravelDelay:
		start = start.Add(s.travel.Delay)
	case TravelReorder:
		start = start.Add(s.random(s.travel.Delay))
	case TravelDuplicate:
		copies = s.travel.Copies
	}
	for range copies {
		s.attempt(p, start, 1)
	}
}

func (s *Simulator) random(limit time.Duration) time.Duration {
	var b [8]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		panic("simulator: no random numbers: " + err.Error())
	}
	if limit <= 0 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(limit))
}

// attempt plans try number n of a webhook whose first was due at start; s.mu is held.
func (s *Simulator) attempt(p *payment, start time.Time, n int) {
	s.at(start.Add(schedule[n-1]), func(ctx context.Context) {
		status, err := s.post(ctx, p.hook, p.id)
		s.mu.Lock()
		defer s.mu.Unlock()
		d := Delivery{At: s.now(), Payment: p.id, URL: p.hook, Try: n, Status: status}
		if err != nil {
			d.Error = err.Error()
		}
		s.record(d)
		if (status < 200 || status > 299) && n < len(schedule) {
			s.attempt(p, start, n+1)
		}
	})
}

// post delivers one webhook: a form with the payment's id and nothing else, unsigned, as Mollie's classic webhooks are.
func (s *Simulator) post(ctx context.Context, to, id string) (int, error) {
	form := url.Values{"id": {id}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, fmt.Errorf("webhook address: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "Mollie-Simulator/1 (Voldaan)")
	res, err := s.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("webhook not delivered: %w", err)
	}
	defer func() { _ = res.Body.Close() }()                    // only the status matters
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4096)) // so that the connection can be used again
	return res.StatusCode, nil
}

func (s *Simulator) record(d Delivery) {
	if len(s.deliveries) >= maxDeliveries {
		s.deliveries = s.deliveries[maxDeliveries/2:]
	}
	s.deliveries = append(s.deliveries, d)
}
