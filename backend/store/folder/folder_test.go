package folder

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/keys"
)

var ctx = context.Background()

// The store of the tests.
const tables, rows = 3, 120

func TestMain(m *testing.M) {
	if code, is := Child(os.Stdout); is {
		os.Exit(code)
	}
	if len(os.Args) > 1 && os.Args[1] == "hold" {
		hold(os.Args[2], os.Args[3])
		return
	}
	// Under the race detector every process, and so every checker, sleeps for a second before it ends.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

// hold opens a folder, says so and waits to be killed.
func hold(dir, keyFile string) {
	f, err := Open(ctx, dir, Options{Keys: keys.Options{KeyFile: keyFile}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = f.Close() }()
	fmt.Println("open")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func options(t testing.TB) Options {
	t.Helper()
	return Options{Keys: keys.Options{KeyFile: filepath.Join(t.TempDir(), "key")}, Check: CheckInChild}
}

func create(t testing.TB, o Options) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	f, err := Create(ctx, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func fill(t testing.TB, f *Folder) {
	t.Helper()
	for i := range tables {
		err := f.Store.Update(ctx, func(tx store.Tx) error {
			for j := range rows {
				if err := tx.Put(fmt.Sprint("table", i), fmt.Appendf(nil, "%04d", j), bytes.Repeat([]byte{byte(j)}, 200)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreateAndOpen(t *testing.T) {
	o := options(t)
	dir := create(t, o)
	if _, err := Create(ctx, dir, o); fault.KindOf(err) != fault.Conflict {
		t.Errorf("created twice: %v", err)
	}
	if _, err := Open(ctx, t.TempDir(), o); fault.KindOf(err) != fault.NotFound {
		t.Errorf("opened an empty folder: %v", err)
	}
	f, err := Open(ctx, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Schema(ctx); v != 1 || err != nil {
		t.Errorf("schema %d, %v", v, err)
	}
	if err := f.Structure(ctx, CheckInChild); err != nil {
		t.Errorf("structure of a sound folder: %v", err)
	}
	if _, err := Open(ctx, dir, o); fault.KindOf(err) != fault.InUse || fault.As(err).Params["pid"] != fmt.Sprint(os.Getpid()) {
		t.Errorf("opened twice: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder's mode: %v, %v", info.Mode(), err)
	}
}

func TestOtherProcessAndItsDeath(t *testing.T) {
	o := options(t)
	dir := create(t, o)
	cmd := exec.Command(os.Args[0], "hold", dir, o.Keys.KeyFile)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	line := make([]byte, 100)
	n, _ := out.Read(line)
	if string(line[:n]) != "open\n" {
		t.Fatalf("holder said %q", line[:n])
	}
	_, err := Open(ctx, dir, o)
	if fault.KindOf(err) != fault.InUse || fault.As(err).Params["pid"] != fmt.Sprint(cmd.Process.Pid) {
		t.Errorf("open while another process holds it: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	f, err := Open(ctx, dir, o)
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestMigrations(t *testing.T) {
	o := options(t)
	dir := create(t, o)
	runs := 0
	o.Migrations = []Migration{
		{"mark", func(tx store.Tx) error { runs++; return tx.Put("marks", []byte("a"), []byte("1")) }},
		{"check", func(tx store.Tx) error { _, err := tx.Get("marks", []byte("a")); return err }},
	}
	broken := o
	broken.Migrations = append([]Migration{}, o.Migrations[0], Migration{"fails", func(store.Tx) error { return store.ErrTooLarge }})
	if _, err := Open(ctx, dir, broken); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("failing migration: %v", err)
	}
	f, err := Open(ctx, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Schema(ctx); v != 3 || err != nil {
		t.Errorf("schema %d, %v", v, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if runs != 3 { // failed, its second try with a careful group, and the good one
		t.Logf("the first step ran %d times", runs)
	}
	if _, err := os.Stat(filepath.Join(dir, "backups", "before-schema-3.db")); err != nil {
		t.Errorf("no backup before the migration: %v", err)
	}
	o.Migrations = nil
	if _, err := Open(ctx, dir, o); fault.As(err).Code != "folder.newer" {
		t.Errorf("older program: %v", err)
	}
}

// TestDamage harms the file in many ways. Whatever is read afterwards must be right or an error; nothing may panic.
func TestDamage(t *testing.T) {
	o := options(t)
	dir := create(t, o)
	path := filepath.Join(dir, DataFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	used := bytes.LastIndexFunc(whole, func(r rune) bool { return r != 0 })/page + 1
	kinds, found := 0, 0
	try := func(name string, certain bool, harm func([]byte) []byte) {
		kinds++
		if err := os.WriteFile(path, harm(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		err := readAll(t, name, dir, o)
		switch {
		case err != nil:
			found++
			if k := fault.KindOf(err); k != fault.Integrity {
				t.Errorf("%s: %v", name, err)
			}
		case certain:
			t.Errorf("%s: not found", name)
		}
	}
	for _, size := range []int{0, 1, 100, page, 2 * page, 3*page + 7, used / 2 * page, (used - 1) * page} {
		try(fmt.Sprint("truncated to ", size), true, func(b []byte) []byte { return b[:size] })
	}
	try("both meta pages zeroed", true, func(b []byte) []byte { clear(b[:2*page]); return b })
	for p := range used {
		at := pageOf(page, p)
		try(fmt.Sprint("page zeroed ", p), false, func(b []byte) []byte { clear(at(b)); return b })
		try(fmt.Sprint("page replaced ", p), false, func(b []byte) []byte { copy(at(b), pageOf(page, (p+3)%used)(b)); return b })
		for _, off := range []int{0, 8, 10, 11, 12, 16, 17, 20, 23, 24, 28, 30, 1000, 3000} {
			try(fmt.Sprint("bit flipped in page ", p, " at ", off), false, func(b []byte) []byte { at(b)[off] ^= 1 << (p % 8); return b })
		}
	}
	rng := rand.New(rand.NewPCG(4, 4))
	for range 150 {
		at, bit := rng.IntN(used*page), rng.IntN(8)
		try(fmt.Sprint("bit ", bit, " flipped in byte ", at), false, func(b []byte) []byte { b[at] ^= 1 << bit; return b })
	}
	t.Logf("%d kinds of damage, %d found, the others harmless (free pages, unused bytes)", kinds, found)
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := readAll(t, "whole again", dir, o); err != nil {
		t.Error(err)
	}
}

// pageOf cuts page p out of a file.
func pageOf(size, p int) func([]byte) []byte {
	return func(b []byte) []byte { return b[p*size : (p+1)*size] }
}

var errMissing = errors.New("rows are missing")

// readAll opens the folder as after a crash and reads every row. A wrong value fails the test.
func readAll(t *testing.T, harm, dir string, o Options) (err error) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, DataFile+".owner"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(ctx, dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Store.View(ctx, func(tx store.Tx) error {
		for i := range tables {
			name, n := fmt.Sprint("table", i), 0
			for j := range rows {
				v, err := tx.Get(name, fmt.Appendf(nil, "%04d", j))
				if err == nil && !bytes.Equal(v, bytes.Repeat([]byte{byte(j)}, 200)) {
					t.Errorf("%s: wrong value", harm)
				}
				if err != nil {
					return err
				}
			}
			for p, err := range tx.Scan(name, store.All()) {
				if err != nil {
					return err
				}
				var j int
				if _, err := fmt.Sscanf(string(p.Key), "%d", &j); err != nil || !bytes.Equal(p.Value, bytes.Repeat([]byte{byte(j)}, 200)) {
					t.Errorf("%s: wrong value", harm)
				}
				n++
			}
			if n != rows {
				return errMissing
			}
		}
		return nil
	})
}

// TestDamageWhileOpen cuts and scrambles the file under a running engine: errors, not a dead process, and the old
// truth where nothing was touched.
func TestDamageWhileOpen(t *testing.T) {
	o := options(t)
	dir := create(t, o)
	f, err := Open(ctx, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, DataFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4*4096); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := range tables {
		for j := range rows {
			err := f.Store.View(ctx, func(tx store.Tx) error {
				v, err := tx.Get(fmt.Sprint("table", i), fmt.Appendf(nil, "%04d", j))
				if err == nil && !bytes.Equal(v, bytes.Repeat([]byte{byte(j)}, 200)) {
					t.Error("a wrong value was served")
				}
				return err
			})
			if err != nil {
				seen++
				if fault.KindOf(err) != fault.Integrity {
					t.Fatalf("%v", err)
				}
				if strings.Contains(fault.As(err).Message, "000") {
					t.Errorf("the message holds a key: %v", err)
				}
			}
		}
	}
	err = f.Store.Update(ctx, func(tx store.Tx) error { return tx.Put("table1", []byte("0001"), nil) })
	if fault.KindOf(err) != fault.Integrity {
		t.Errorf("write to a cut file: %v", err)
	}
	if seen == 0 {
		t.Error("nothing was noticed")
	}
	if err := os.Truncate(path, info.Size()); err != nil { // so that closing has something to unmap
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// BenchmarkOpen opens a data folder of 600,000 rows (about 100,000 invoices with indexes and journal): every page is
// looked at.
func BenchmarkOpen(b *testing.B) {
	o := options(b)
	dir := create(b, o)
	f, err := Open(ctx, dir, o)
	if err != nil {
		b.Fatal(err)
	}
	for at := 0; at < 600_000; at += 20_000 {
		err := f.Store.Update(ctx, func(tx store.Tx) error {
			for i := at; i < at+20_000; i++ {
				if err := tx.Put(fmt.Sprint("bulk", i%6), binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15), make([]byte, 250)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, DataFile))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f, err := Open(ctx, dir, o)
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(info.Size()>>20), "MB")
}
