package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store/folder"
)

// clerk is a data folder that is opened and closed as commands do.
type clerk struct {
	t *testing.T
	c config.Config
}

// number is the last customer's: every one has its own.
var number atomic.Int64

func newClerk(t *testing.T) *clerk {
	t.Helper()
	dir := t.TempDir()
	d := &clerk{t: t, c: config.Config{Data: filepath.Join(dir, "data"), ConfigDir: filepath.Join(dir, "config"), KeyFile: filepath.Join(dir, "key")}}
	l, err := Create(context.Background(), d.c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Books.CreateFirm(context.Background(), journal.Meta{}, ledger.Firm{Name: "De Korenaar", Country: "NL", Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

// write opens the folder, records some customers and closes it.
func (d *clerk) write(customers int) {
	d.t.Helper()
	l := d.open()
	f, err := l.Firm(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	for range customers {
		if _, err := l.Books.PutCustomer(context.Background(), journal.Meta{Firm: f.ID}, ledger.Customer{Firm: f.ID, Number: fmt.Sprint(number.Add(1)), Name: "A"}); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *clerk) open() *Ledger {
	d.t.Helper()
	l, err := Open(context.Background(), d.c, slog.New(slog.DiscardHandler))
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

// refused demands that the folder does not open because it is behind, and that verify says just that.
func (d *clerk) refused(why string) {
	d.t.Helper()
	for range 2 { // to look changes nothing
		l, err := Open(context.Background(), d.c, slog.New(slog.DiscardHandler))
		if err == nil {
			_ = l.Close()
		}
		if f := fault.As(err); f.Code != "folder.rolled_back" || f.Kind != fault.Integrity || !strings.Contains(f.Message, why) {
			d.t.Fatalf("a data file that was put back: %v", err)
		}
		v, err := VerifyFolder(context.Background(), d.c, slog.New(slog.DiscardHandler), false, nil)
		if err != nil || v.OK {
			d.t.Fatalf("verify: %+v, %v", v, err)
		}
		for _, c := range v.Checks {
			if c.OK == (c.Name == "rollback") {
				d.t.Errorf("check %+v", c)
			}
		}
	}
}

func (d *clerk) file() string { return filepath.Join(d.c.Data, folder.DataFile) }

func (d *clerk) read(path string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *clerk) put(path string, b []byte) {
	d.t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func TestRolledBack(t *testing.T) {
	d := newClerk(t)
	d.write(3)
	old := d.read(d.file())
	d.write(3)
	latest := d.read(d.file())
	d.put(d.file(), old)
	d.refused("ends at entry")

	// Elsewhere, or on another computer, the same file is as good as any: nothing else has been seen there.
	there := *d
	there.c.Data = filepath.Join(t.TempDir(), "moved")
	if err := os.CopyFS(there.c.Data, os.DirFS(d.c.Data)); err != nil {
		t.Fatal(err)
	}
	there.write(9)
	d.put(d.file(), d.read(there.file()))
	d.refused("has another entry")
	other := *d
	other.c.ConfigDir = t.TempDir()
	other.write(1)

	// The right file opens again, as do books whose record is gone or makes no sense.
	d.put(d.file(), latest)
	d.write(1)
	for _, content := range []string{"", "{", `{"seq":"x"}`} {
		records, err := filepath.Glob(filepath.Join(d.c.ConfigDir, "seen", "*"))
		if err != nil || len(records) != 2 {
			t.Fatalf("records %v, %v", records, err)
		}
		for _, r := range records {
			d.put(r, []byte(content))
		}
		d.write(1)
	}
	if err := os.RemoveAll(filepath.Join(d.c.ConfigDir, "seen")); err != nil {
		t.Fatal(err)
	}
	d.write(1)
}

func TestAcceptRollback(t *testing.T) {
	d := newClerk(t)
	d.write(3)
	old := d.read(d.file())
	d.write(3)
	d.put(d.file(), old)
	d.refused("ends at entry")
	by := journal.Actor{Kind: journal.CLI, Name: "office"}
	for range 2 { // the second time there is nothing to accept
		if v, err := VerifyFolder(context.Background(), d.c, slog.New(slog.DiscardHandler), false, &by); err != nil || !v.OK {
			t.Fatalf("accepted: %+v, %v", v, err)
		}
	}
	l := d.open()
	all, err := l.Books.Log().Read(context.Background(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for _, e := range all {
		if e.Kind == "folder.rollback_accepted" && e.Actor == by && e.Facts["seen"] == "7" && e.Facts["entries"] == "4" {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("%d entries say that it was accepted", accepted)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// A backup that is put back in the same place is no rollback.
func TestRestoreIsNoRollback(t *testing.T) {
	d := newClerk(t)
	d.write(3)
	r, err := Backup(context.Background(), d.c, slog.New(slog.DiscardHandler), filepath.Join(t.TempDir(), "b"), "")
	if err != nil {
		t.Fatal(err)
	}
	d.write(3)
	if err := os.RemoveAll(d.c.Data); err != nil {
		t.Fatal(err)
	}
	l, _, err := Restore(context.Background(), d.c, slog.New(slog.DiscardHandler), r.Path, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	d.write(1)
}

// A running program keeps the record too, never ahead of what it has seen before.
func TestWatch(t *testing.T) {
	d := newClerk(t)
	l := d.open()
	l.seen.every = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.watch(ctx) }()
	f, err := l.Firm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.Phone = "020 1234567"
	if _, err := l.Books.UpdateFirm(ctx, journal.Meta{Firm: f.ID}, f); err != nil {
		t.Fatal(err)
	}
	want, err := l.head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); l.seen.record() != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the record is %+v, want %+v", l.seen.record(), want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
