package session

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/voldaan/voldaan/backend/civil"
)

// Throttle is a bounded set of token buckets, one per key: an address, a network, or a constant for everybody
// together. A key starts with a full bucket of Burst tokens and earns one every Every. When more than the capacity of
// keys is known the least recently used one is forgotten, so memory is bounded; a visitor who is forgotten gets a full
// bucket again, which is why a throttle per address always stands behind a global one. It is safe for concurrent use.
type Throttle struct {
	clock    civil.Clock
	every    time.Duration
	burst    int
	capacity int

	mu      sync.Mutex
	order   *list.List // of *bucket, most recently used first
	buckets map[string]*list.Element
}

type bucket struct {
	key     string
	limiter *rate.Limiter
}

// NewThrottle makes a throttle: burst tokens at once, one more every interval, for at most capacity keys.
func NewThrottle(clock civil.Clock, every time.Duration, burst, capacity int) *Throttle {
	return &Throttle{clock: clock, every: every, burst: burst, capacity: max(1, capacity), order: list.New(), buckets: map[string]*list.Element{}}
}

// Allow takes one token from the key's bucket and says whether there was one.
func (t *Throttle) Allow(key string) bool {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	el, ok := t.buckets[key]
	if !ok {
		el = t.order.PushFront(&bucket{key: key, limiter: rate.NewLimiter(rate.Every(t.every), t.burst)})
		t.buckets[key] = el
		if t.order.Len() > t.capacity {
			oldest := t.order.Back()
			t.order.Remove(oldest)
			delete(t.buckets, oldest.Value.(*bucket).key)
		}
	} else {
		t.order.MoveToFront(el)
	}
	return el.Value.(*bucket).limiter.AllowN(now, 1)
}

// Forget gives the key a full bucket again, as after a sign-in that went well.
func (t *Throttle) Forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if el, ok := t.buckets[key]; ok {
		t.order.Remove(el)
		delete(t.buckets, key)
	}
}
