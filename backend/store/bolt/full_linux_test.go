package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// TestFullDisk lets the disk refuse to grow the file, by a limit on file sizes: everybody in the group is told, nothing
// of theirs is there, and when there is room again the engine goes on.
func TestFullDisk(t *testing.T) {
	e := newEngine(t)
	ctx := context.Background()
	write := func(key string, n int) error {
		return e.Update(ctx, func(tx store.Tx) error { return tx.Put("t", []byte(key), make([]byte, n)) })
	}
	if err := write("before", 1000); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(e.Path())
	if err != nil {
		t.Fatal(err)
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	full := syscall.Rlimit{Cur: uint64(info.Size()), Max: old.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = write(fmt.Sprint("refused", i), 2*growth) })
	}
	wg.Wait()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		if !errors.Is(err, &fault.Error{Code: "store.write_failed"}) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if err := write("after", 2*growth); err != nil {
		t.Fatal(err)
	}
	var keys []string
	if err := e.View(ctx, func(tx store.Tx) error {
		for p, err := range tx.Scan("t", store.All()) {
			if err != nil {
				return err
			}
			keys = append(keys, string(p.Key))
		}
		return nil
	}); err != nil || fmt.Sprint(keys) != "[after before]" {
		t.Errorf("%v, %v", keys, err)
	}
}
