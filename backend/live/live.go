// Package live tells browsers and the window what happens, as it happens.
//
// A Hub follows the journal from its end and hands each entry, without its records, to every subscriber. A subscriber
// has a queue of Queue entries; one who does not keep up is dropped (Lost) and starts again by loading the page, so that
// a sleeping laptop never holds the others up. Nothing depends on live: it saves no cursor and loses nothing that
// matters, since the journal is the truth.
package live

import (
	"context"
	"sync"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
)

// Bounds of a hub.
const (
	Queue       = 256
	Subscribers = 1000
)

// Hub fans out. It is safe for concurrent use.
type Hub struct {
	log *journal.Log

	mu     sync.Mutex
	subs   map[*Subscription]struct{}
	closed bool
}

// New makes a hub; Run makes it work.
func New(log *journal.Log) *Hub { return &Hub{log: log, subs: map[*Subscription]struct{}{}} }

// Run follows the journal until ctx ends, then ends all subscriptions.
func (h *Hub) Run(ctx context.Context) error {
	defer h.close()
	head, _, err := h.log.Head(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	return h.log.FollowFrom(ctx, head, func(_ context.Context, entries []journal.Entry) error {
		h.send(entries)
		return nil
	}, nil)
}

func (h *Hub) send(entries []journal.Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range entries {
		e.Changes = nil
		for s := range h.subs {
			select {
			case s.queue <- e:
			default:
				h.drop(s)
			}
		}
	}
}

// drop ends a subscription whose queue is full. The hub is locked.
func (h *Hub) drop(s *Subscription) {
	delete(h.subs, s)
	s.lost = true
	close(s.queue)
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		delete(h.subs, s)
		close(s.queue)
	}
}

// Subscription is one listener.
type Subscription struct {
	hub   *Hub
	queue chan journal.Entry
	lost  bool
}

// Subscribe starts to listen to whatever is committed from now on.
func (h *Hub) Subscribe() (*Subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fault.New(fault.Unavailable, "live.closed", "The program is stopping.")
	}
	if len(h.subs) >= Subscribers {
		return nil, fault.New(fault.Unavailable, "live.full", "Too many windows are open at the same time.")
	}
	s := &Subscription{hub: h, queue: make(chan journal.Entry, Queue)}
	h.subs[s] = struct{}{}
	return s, nil
}

// Entries hands out what happened; it is closed when the subscription ends: by Close, by the hub, or because the
// listener was too slow (Lost).
func (s *Subscription) Entries() <-chan journal.Entry { return s.queue }

// Lost reports, once Entries is closed, that entries were missed.
func (s *Subscription) Lost() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.lost
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if _, ok := s.hub.subs[s]; ok {
		delete(s.hub.subs, s)
		close(s.queue)
	}
}
