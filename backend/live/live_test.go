package live_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) (*bookstest.Books, *live.Hub, func()) {
	t.Helper()
	b := bookstest.Open(t)
	h := live.New(b.Log())
	ctx, stop := context.WithCancel(b.Ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	end := func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	// The hub follows from the head that it finds: what is written before it has looked is not told.
	sub, err := h.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	for b.Customer("first"); ; b.Customer("another") {
		select {
		case <-sub.Entries():
			sub.Close()
			return b, h, end
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// TestSlowListenerIsDropped: one who does not read loses the line, and nobody waits for them.
func TestSlowListenerIsDropped(t *testing.T) {
	b, h, end := start(t)
	defer end()
	slow, err := h.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	busy, err := h.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	last := uint64(0)
	for range live.Queue/2 + 10 { // a customer and a contact are two entries
		b.Customer("x")
		for range 2 {
			e := <-busy.Entries()
			if e.Changes != nil {
				t.Fatal("a listener got the records")
			}
			if last != 0 && e.Seq != last+1 {
				t.Fatalf("entry %d came after %d", e.Seq, last)
			}
			last = e.Seq
		}
	}
	n := 0
	for range slow.Entries() {
		n++
	}
	if !slow.Lost() || n != live.Queue {
		t.Errorf("lost %v after %d entries", slow.Lost(), n)
	}
	if busy.Lost() {
		t.Error("a busy listener was dropped")
	}
	slow.Close() // closing what has ended is no harm
}

func TestEnd(t *testing.T) {
	_, h, end := start(t)
	subs := make([]*live.Subscription, live.Subscribers)
	for i := range subs {
		var err error
		if subs[i], err = h.Subscribe(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Subscribe(); err == nil {
		t.Error("there is no bound on listeners")
	}
	subs[0].Close()
	if _, err := h.Subscribe(); err != nil {
		t.Errorf("a place that became free was not given away: %v", err)
	}
	end()
	for range subs[1].Entries() { // ends, after what was still queued
	}
	if subs[1].Lost() {
		t.Error("the end of the hub looks like a loss")
	}
	if _, err := h.Subscribe(); err == nil {
		t.Error("a hub that has ended takes subscribers")
	}
}
