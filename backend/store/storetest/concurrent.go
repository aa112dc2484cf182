package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/voldaan/voldaan/backend/store"
)

// isolation runs many updates at once, some of which fail after writing: the others must all be there, and nothing of
// those that failed. A counter must have counted the successes exactly, though functions may have run more than once.
func isolation(t *testing.T, open Open) {
	e := fresh(t, open)
	const workers, rounds = 16, 30
	var ok atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				fails := (w+i)%5 == 0
				err := e.Update(ctx, func(tx store.Tx) error {
					var n uint64
					if v, err := tx.Get("count", []byte("n")); err == nil {
						n = binary.BigEndian.Uint64(v)
					}
					if err := tx.Put("count", []byte("n"), binary.BigEndian.AppendUint64(nil, n+1)); err != nil {
						return err
					}
					if _, err := tx.Sequence("rows"); err != nil {
						return err
					}
					if err := tx.Put("rows", fmt.Appendf(nil, "%d/%d", w, i), nil); err != nil {
						return err
					}
					if fails && i%2 == 0 {
						panic("fails")
					}
					if fails {
						return store.ErrNotFound
					}
					return nil
				})
				if (err != nil) != fails {
					t.Errorf("worker %d round %d: %v", w, i, err)
				}
				if err == nil {
					ok.Add(1)
				}
			}
		})
	}
	wg.Wait()
	rows := 0
	view(t, e, func(tx store.Tx) error {
		for range tx.Scan("rows", store.All()) {
			rows++
		}
		v, err := tx.Get("count", []byte("n"))
		if err == nil && int64(binary.BigEndian.Uint64(v)) != ok.Load() {
			t.Errorf("counted %d, %d succeeded", binary.BigEndian.Uint64(v), ok.Load())
		}
		return err
	})
	if int64(rows) != ok.Load() {
		t.Errorf("%d rows, %d succeeded", rows, ok.Load())
	}
	update(t, e, func(tx store.Tx) error {
		if n, err := tx.Sequence("rows"); err != nil || int64(n) != ok.Load()+1 {
			t.Errorf("sequence goes on at %d after %d successes, %v", n, ok.Load(), err)
		}
		return nil
	})
}

func snapshot(t *testing.T, open Open) {
	e := fresh(t, open)
	update(t, e, put("t", "k", "1"))
	view(t, e, func(tx store.Tx) error {
		done := make(chan error)
		go func() { done <- e.Update(ctx, put("t", "k", "2", "l", "2")) }()
		if err := <-done; err != nil {
			return err
		}
		got, err := list(tx, "t", store.All())
		if !slices.Equal(got, []string{"k=1"}) {
			t.Errorf("a read saw a later write: %v", got)
		}
		return err
	})
	expect(t, e, "t", store.All(), "k=2", "l=2")
}

// readers check that each snapshot is whole while a writer moves money between two accounts.
func readers(t *testing.T, open Open) {
	e := fresh(t, open)
	set := func(tx store.Tx, a, b uint64) error {
		return errors.Join(tx.Put("acc", []byte("a"), binary.BigEndian.AppendUint64(nil, a)), tx.Put("acc", []byte("b"), binary.BigEndian.AppendUint64(nil, b)))
	}
	update(t, e, func(tx store.Tx) error { return set(tx, 0, 1000) })
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := e.View(ctx, func(tx store.Tx) error {
					a, errA := tx.Get("acc", []byte("a"))
					b, errB := tx.Get("acc", []byte("b"))
					if err := errors.Join(errA, errB); err != nil {
						return err
					}
					if sum := binary.BigEndian.Uint64(a) + binary.BigEndian.Uint64(b); sum != 1000 {
						return fmt.Errorf("sum %d", sum)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range uint64(100) {
		update(t, e, func(tx store.Tx) error { return set(tx, i, 1000-i) })
	}
	close(stop)
	wg.Wait()
}

// copies takes snapshots while writing goes on; each must be some whole state. Engines are files, so the copy is
// compared by size only here; store/folder and backup open it.
func copies(t *testing.T, open Open) {
	e := fresh(t, open)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 50 {
			if err := e.Update(ctx, put("t", fmt.Sprint(i), "v")); err != nil {
				t.Error(err)
			}
		}
	})
	for range 5 {
		var b bytes.Buffer
		if err := e.Snapshot(ctx, &b); err != nil || b.Len() == 0 {
			t.Errorf("%d bytes, %v", b.Len(), err)
		}
	}
	wg.Wait()
	over, cancel := context.WithCancel(ctx)
	cancel()
	if err := e.Snapshot(over, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
}
