package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(t testing.TB) *Engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.db")
	if err := Create(path); err != nil {
		t.Fatal(err)
	}
	e, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestFailingNeighbourIsIsolated(t *testing.T) {
	e := newEngine(t)
	ctx := context.Background()
	boom := errors.New("boom")
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var once sync.Once
	wg.Go(func() {
		_ = e.Update(ctx, func(store.Tx) error { // keeps the writer busy until the group below waits
			once.Do(func() { close(held) })
			<-hold
			return nil
		})
	})
	<-held
	const n = 60
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			errs[i] = e.Update(ctx, func(tx store.Tx) error {
				key := fmt.Appendf(nil, "k%02d", i)
				if err := tx.Put("t", key, []byte("v")); err != nil {
					return err
				}
				if err := tx.Put("t", []byte("shared"), key); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return boom
				case 2:
					panic("boom")
				}
				return nil
			})
		})
	}
	close(hold)
	wg.Wait()
	for i, err := range errs {
		switch i % 4 {
		case 1:
			if !errors.Is(err, boom) {
				t.Errorf("%d: %v, want its own error", i, err)
			}
		case 2:
			if !errors.Is(err, &fault.Error{Code: "store.panic"}) {
				t.Errorf("%d: %v, want its own panic", i, err)
			}
		default:
			if err != nil {
				t.Errorf("%d: %v, want success", i, err)
			}
		}
	}
	got := 0
	err := e.View(ctx, func(tx store.Tx) error {
		for p, err := range tx.Scan("t", store.Prefix([]byte("k"))) {
			if err != nil {
				return err
			}
			var i int
			if _, err := fmt.Sscanf(string(p.Key), "k%d", &i); err != nil || i%4 == 1 || i%4 == 2 {
				return fmt.Errorf("key %q is there, though its update failed", p.Key)
			}
			got++
		}
		v, err := tx.Get("t", []byte("shared"))
		var i int
		if _, scanErr := fmt.Sscanf(string(v), "k%d", &i); err == nil && (scanErr != nil || i%4 == 1 || i%4 == 2) {
			return fmt.Errorf("the shared key was left by %q, whose update failed", v)
		}
		return err
	})
	if err != nil || got != n/2 {
		t.Errorf("%d keys, %v; want %d", got, err, n/2)
	}
}

func TestGivenUpUpdateLeavesTheEngineRunning(t *testing.T) {
	e := newEngine(t)
	ctx := context.Background()
	done := make(chan error)
	go func() {
		done <- e.Update(ctx, func(tx store.Tx) error {
			if err := tx.Put("t", []byte("k"), nil); err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		})
	}()
	if err := <-done; err == nil {
		t.Error("an update that was given up succeeded")
	}
	if err := e.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.Get("t", []byte("k")); !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("its write stayed: %w", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestSecondOpenNamesTheHolder(t *testing.T) {
	e := newEngine(t)
	_, err := Open(e.Path(), Options{})
	if fault.KindOf(err) != fault.InUse || fault.As(err).Params["pid"] == "0" {
		t.Errorf("second open: %v", err)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	e := newEngine(t)
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = e.Update(context.Background(), func(store.Tx) error { close(held); <-hold; return nil })
	})
	<-held
	ctx, cancel := context.WithCancel(context.Background())
	wg.Go(func() {
		err := e.Update(ctx, func(store.Tx) error { t.Error("ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want canceled", err)
		}
		close(hold)
	})
	cancel()
	wg.Wait()
}
