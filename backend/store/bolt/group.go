package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// request is one waiting Update.
type request struct {
	fn   func(store.Tx) error
	err  error // fn's own
	done chan error
}

// Update runs fn in the next group and returns when its writes are durable. While it still waits for its turn, the
// context can call it off; from then on it runs to its end.
func (e *Engine) Update(ctx context.Context, fn func(store.Tx) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r := &request{fn: fn, done: make(chan error, 1)}
	select {
	case e.queue <- r:
		return <-r.done
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-e.quit:
		return store.ErrClosed
	}
}

// write is the writer: it takes what waits, commits it, and answers.
func (e *Engine) write() {
	debug.SetPanicOnFault(true)
	orderly := false
	defer func() {
		// runtime.Goexit in an Update, which is how a test gives up, ends this goroutine: another takes its place.
		if !orderly {
			go e.write()
			return
		}
		close(e.done)
	}()
	group := make([]*request, 0, e.size)
	patience := time.NewTimer(0)
	defer patience.Stop()
	var took time.Duration
	for {
		last := len(group)
		select {
		case <-e.quit:
			orderly = true
			return
		case r := <-e.queue:
			group = e.gather(append(group[:0], r), last, patience, min(took/4, maxPatience))
		}
		start := civil.System().Now()
		e.commit(group)
		took = civil.System().Now().Sub(start)
		clear(group)
	}
}

// maxPatience bounds how long a commit waits for those who were in the last one.
const maxPatience = 2 * time.Millisecond

// gather adds the updates that wait already, and gives those who were answered together a moment to come back together:
// up to as many as last time, for a quarter of the time that their commit took. A lone caller loses a microsecond by it.
func (e *Engine) gather(group []*request, last int, patience *time.Timer, wait time.Duration) []*request {
	for spins := 0; spins < 4 && len(group) < e.size; {
		select {
		case r := <-e.queue:
			group = append(group, r)
			spins = 0
		default:
			spins++
			runtime.Gosched()
		}
	}
	if len(group) >= min(last, e.size) || wait <= 0 {
		return group
	}
	patience.Reset(wait)
	for len(group) < min(last, e.size) {
		select {
		case r := <-e.queue:
			group = append(group, r)
		case <-patience.C:
			return group
		}
	}
	return group
}

// commit runs a group to its end and answers each of its requests.
func (e *Engine) commit(group []*request) {
	err := errors.New("bolt: the group did not finish")
	defer func() {
		for _, r := range group {
			// Who failed on its own saw its neighbours' writes; when those did not become durable, neither did the reason.
			if r.err != nil && err == nil {
				r.done <- r.err
			} else {
				r.done <- err
			}
		}
	}()
	// The first run is optimistic. When somebody fails after it has written, everything is rolled back and run again,
	// this time remembering how to take back the writes of each. Should taking back fail, the group shrinks by one.
	again, careful := true, false
	for tries := 0; again && tries <= len(group)+1; tries++ {
		again, err = e.attempt(group, careful)
		careful = true
	}
	if again {
		err = fault.New(fault.Internal, "store.group", "The change could not be saved. Nothing was changed; please try again.")
	}
}

// attempt runs the requests that have not failed for good in one bbolt transaction. It asks to be called again when a
// failure left writes that it could not take back.
func (e *Engine) attempt(group []*request, careful bool) (again bool, err error) {
	btx, err := e.begin(true)
	if err != nil {
		return false, err
	}
	committed := false
	defer func() {
		if !committed {
			e.rollback(btx)
		}
	}()
	tables := map[string]*table{}
	wrote := false
	for _, r := range group {
		if r.err != nil && careful {
			continue
		}
		t := &tx{btx: btx, tables: tables}
		if careful {
			t.undo = &undo{}
		}
		r.err = run(r.fn, t)
		if t.broken != nil {
			// bbolt stopped halfway through a damaged page; without this update the others may be spared it.
			r.err = t.broken
			return true, nil
		}
		if r.err == nil {
			wrote = wrote || t.wrote
			continue
		}
		if t.wrote && (!careful || !t.undo.back()) {
			return true, nil
		}
	}
	if !wrote {
		return false, nil
	}
	committed = true
	return false, e.flush(btx)
}

// run calls fn and turns a panic, its own or that of a damaged page, into an error.
func run(fn func(store.Tx) error, t *tx) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		switch r := recover(); {
		case r == nil: // runtime.Goexit; the writer's goroutine ends with it
			err = fault.New(fault.Internal, "store.exit", "The change was given up.")
			t.broken = nil
		case isMemoryFault(r):
			t.broken = damaged("", r)
			err = t.broken
		default:
			err = fault.Wrap(fmt.Errorf("panic: %v\n%s", r, debug.Stack()), fault.Internal, "store.panic", "Something went wrong on our side. Nothing was changed.")
		}
	}()
	err = fn(t)
	returned = true
	return err
}

// flush makes the transaction durable. After a failure of which nobody can say whether it reached the disk, the engine
// stops: a later read must not show what a crash could take away.
func (e *Engine) flush(btx *bbolt.Tx) (err error) {
	id := btx.ID()
	defer func() {
		if r := recover(); r != nil {
			err = e.stop(damaged("", r))
		}
	}()
	cause := btx.Commit()
	if cause == nil {
		return nil
	}
	e.rollback(btx)
	f := fault.Wrap(cause, fault.Unavailable, "store.write_failed", "The disk did not accept the change: it is full or failing. Nothing was changed.")
	if check, err := e.db.Begin(false); err == nil {
		seen := check.ID()
		_ = check.Rollback() // only looked at the number
		if seen < id {
			return f
		}
	}
	f.Message = "The disk failed while saving. Restart the program; it shows whether the last change was kept."
	f.Code = "store.write_unknown"
	return e.stop(f)
}

// rollback gives a transaction up. Should that itself meet damage, the engine stops.
func (e *Engine) rollback(btx *bbolt.Tx) {
	defer func() {
		if r := recover(); r != nil {
			_ = e.stop(damaged("", r)) // the caller has an error of its own to return
		}
	}()
	_ = btx.Rollback() // its only error says that a failed commit has rolled back already
}

// stop refuses everything from now on, with the first reason.
func (e *Engine) stop(f *fault.Error) error {
	e.broken.CompareAndSwap(nil, f)
	return e.broken.Load()
}

// undo remembers what one Update overwrote.
type undo struct{ steps []func() error }

func (u *undo) put(tb *table, key []byte) {
	old := tb.b.Get(key)
	key = append([]byte(nil), key...)
	if old == nil {
		u.steps = append(u.steps, func() error { return tb.b.Delete(key) })
		return
	}
	old = append([]byte{}, old...)
	u.steps = append(u.steps, func() error { return tb.b.Put(key, old) })
}

func (u *undo) sequence(tb *table) {
	n := tb.b.Sequence()
	u.steps = append(u.steps, func() error { return tb.b.SetSequence(n) })
}

// back takes the writes back, the last first. False means that the transaction is in an unknown state.
func (u *undo) back() (ok bool) {
	defer func() { ok = recover() == nil && ok }()
	for i := len(u.steps) - 1; i >= 0; i-- {
		if err := u.steps[i](); err != nil {
			return false
		}
	}
	return true
}
