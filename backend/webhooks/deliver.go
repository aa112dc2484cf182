package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/store"
)

// backoff is how long after the n-th failed try the next one comes; the last repeats until giveUp has passed.
var backoff = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 4 * time.Hour}

const (
	giveUp       = 72 * time.Hour // a receiver that fails as long is switched off
	answerWithin = 15 * time.Second
	// A pass over an endpoint ends after so many entries or so long, so that the others are not kept waiting.
	passEntries = 500
	passFor     = 10 * time.Second
	idle        = time.Minute // how long Run waits at most: clocks may jump without the journal saying so
)

// message is what is posted: the three members that Standard Webhooks asks for.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// Run delivers, now and whenever something happens or is to be tried again, until ctx ends. A failing store ends it too.
func (s *Service) Run(ctx context.Context) error {
	for {
		changed := s.Books.Log().Changed()
		next, err := s.Deliver(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		timer := time.NewTimer(min(max(next.Sub(s.Books.Clock().Now()), 0), idle))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Deliver tells every endpoint what it has not been told, as far as it goes, and says when to come again.
func (s *Service) Deliver(ctx context.Context) (next time.Time, err error) {
	next = s.Books.Clock().Now().Add(idle)
	var all []Endpoint
	err = s.view(ctx, func(tx store.Tx) error {
		all = nil
		for r, err := range endpoints.Scan(tx, store.Range{}) {
			if err != nil {
				return err
			}
			if r.Off {
				continue
			}
			e, err := withProgress(tx, r)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	})
	if err != nil {
		return next, err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, e := range all {
		wg.Go(func() {
			again, failed := s.tell(ctx, e)
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, failed)
			if !again.IsZero() && again.Before(next) {
				next = again
			}
		})
	}
	wg.Wait()
	return next, err
}

// tell gives an endpoint what comes after its cursor until it fails, has everything, or the pass is over. again is when
// to go on; zero: when something happens.
func (s *Service) tell(ctx context.Context, e Endpoint) (again time.Time, err error) {
	clock := s.Books.Clock()
	started := clock.Now()
	if e.State.NextTry.After(started) {
		return e.State.NextTry, nil
	}
	var secret string
	err = s.view(ctx, func(tx store.Tx) error {
		r, err := secrets.Get(tx, e.ID.Bytes())
		secret = r.Secret
		return err
	})
	if err != nil {
		if errors.Is(err, store.ErrNotFound) {
			return again, nil // removed a moment ago
		}
		return again, err
	}
	signer, err := standard.NewWebhook(secret)
	if err != nil {
		return again, err
	}
	told := 0
	for told < passEntries && clock.Now().Sub(started) < passFor && ctx.Err() == nil {
		list, err := s.Books.Log().Read(ctx, e.State.Cursor+1, passEntries)
		if err != nil || len(list) == 0 {
			return again, err
		}
		for _, x := range list {
			if !e.wants(x) {
				e.State.Cursor = x.Seq
				continue
			}
			if told++; told > passEntries || clock.Now().Sub(started) >= passFor {
				break
			}
			if ok, err := s.one(ctx, signer, &e, x); err != nil || !ok {
				return e.State.NextTry, err // zero where people changed the endpoint meanwhile: the journal wakes us
			}
		}
		if ok, err := s.keep(ctx, e); err != nil || !ok {
			return clock.Now(), err
		}
	}
	return clock.Now(), nil
}

// one posts an entry and keeps what became of it. ok is false when the endpoint has to wait, or is off now.
func (s *Service) one(ctx context.Context, signer *standard.Webhook, e *Endpoint, x journal.Entry) (ok bool, err error) {
	var what any
	err = s.Books.View(ctx, func(r *books.Reader) (err error) { what, err = s.Describe(r, x); return err })
	if err != nil {
		return false, err
	}
	body, err := json.Marshal(message{Type: x.Kind, Timestamp: x.At, Data: what})
	if err != nil {
		return false, err
	}
	now := s.Books.Clock().Now()
	status, later, problem := s.post(ctx, signer, e.URL, fmt.Sprintf("evt_%d", x.Seq), now, body)
	if ctx.Err() != nil {
		return false, nil // the program stops: the entry comes again
	}
	p := &e.State
	p.Status, p.Problem, p.Tried = status, problem, now
	if problem == "" {
		p.Cursor, p.Failures = x.Seq, 0
		p.Delivered++
		p.NextTry, p.FailingFrom = time.Time{}, time.Time{}
		return s.keep(ctx, *e)
	}
	if p.FailingFrom.IsZero() {
		p.FailingFrom = now
	}
	p.NextTry = now.Add(max(backoff[min(p.Failures, len(backoff)-1)], later))
	p.Failures++
	if status == http.StatusGone || now.Sub(p.FailingFrom) >= giveUp {
		e.Off, e.Why = true, problem
		return false, s.switchOff(ctx, *e)
	}
	_, err = s.keep(ctx, *e)
	return false, err
}

// post sends a signed message. problem says in words why it was not taken; later is when the receiver wants it again.
func (s *Service) post(ctx context.Context, signer *standard.Webhook, address, id string, now time.Time, body []byte) (status int, later time.Duration, problem string) {
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return 0, 0, err.Error()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Voldaan webhooks")
	req.Header.Set(standard.HeaderWebhookID, id)
	req.Header.Set(standard.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standard.HeaderWebhookSignature, signature)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, 0, "no answer: " + rootCause(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again; what it says is nobody's
	if resp.StatusCode/100 == 2 {
		return resp.StatusCode, 0, ""
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		later = min(time.Duration(n)*time.Second, backoff[len(backoff)-1])
	}
	return resp.StatusCode, later, "answered " + resp.Status
}

// rootCause is why a request failed, without the address: it may hold a secret of the receiver.
func rootCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// keep writes how far an endpoint has come. ok is false when somebody has changed that in the meantime (Change, Replay,
// Remove): then what they said stands.
func (s *Service) keep(ctx context.Context, e Endpoint) (ok bool, err error) {
	err = s.Books.Log().Engine().Update(ctx, func(tx store.Tx) (err error) { ok, err = keepIn(tx, e); return err })
	return ok, err
}

func keepIn(tx store.Tx, e Endpoint) (ok bool, err error) {
	was, err := progress.Get(tx, e.ID.Bytes())
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // removed
	}
	if err != nil || was.Turn != e.State.turn {
		return false, err
	}
	p := e.State
	return true, progress.Put(tx, &progressRecord{Turn: p.turn, ID: e.ID, Cursor: p.Cursor, Delivered: p.Delivered, Status: p.Status, Problem: p.Problem, Tried: nanos(p.Tried),
		NextTry: nanos(p.NextTry), FailingFrom: nanos(p.FailingFrom), Failures: p.Failures})
}

// switchOff ends the tries and says so in the journal.
func (s *Service) switchOff(ctx context.Context, e Endpoint) error {
	m := journal.Meta{Firm: e.Firm, Actor: journal.Actor{Kind: journal.System, Name: "webhooks"}}
	_, err := s.Books.Log().Update(ctx, m, "webhook.switched_off", nil, func(tx *journal.Tx) error {
		r, err := s.own(tx, e.Firm, e.ID)
		if err != nil {
			return err
		}
		r.Off, r.Why = true, e.Why
		tx.Subject(e.ID.Bytes())
		tx.Fact("host", hostOf(e.URL))
		tx.Fact("reason", e.Why)
		if err := endpoints.Put(tx, &r); err != nil {
			return err
		}
		_, err = keepIn(tx.Tx, e)
		return err
	})
	return err
}
