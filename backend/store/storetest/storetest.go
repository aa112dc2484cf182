// Package storetest is the conformance suite of store engines: what the layers above rely on, said as tests.
//
// An engine's package calls Run with a way to open an empty engine and to open it again, and Crash with a command that
// runs its own test binary as the victim.
package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// Open opens the engine in a directory, creating it there when it is not. The caller closes it.
type Open func(t testing.TB, dir string) store.Engine

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"RoundTrip", roundTrip}, {"Order", order}, {"Ranges", ranges}, {"ChangeWhileScanning", changeWhileScanning},
		{"Limits", limits}, {"ReadOnly", readOnly}, {"RollBack", rollBack}, {"Isolation", isolation}, {"Snapshot", snapshot},
		{"Sequence", sequence}, {"Blind", blind}, {"CallerKeepsItsBytes", callerKeeps}, {"ConcurrentReaders", readers},
		{"Durable", durable}, {"Closed", closed}, {"Copy", copies}, {"Model", model}, {"Bulk", bulk},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

var ctx = context.Background()

func fresh(t testing.TB, open Open) store.Engine {
	t.Helper()
	e := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func update(t testing.TB, e store.Engine, fn func(store.Tx) error) {
	t.Helper()
	if err := e.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, e store.Engine, fn func(store.Tx) error) {
	t.Helper()
	if err := e.View(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func put(table string, pairs ...string) func(store.Tx) error {
	return func(tx store.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.Put(table, []byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	}
}

func list(tx store.Tx, table string, r store.Range) ([]string, error) {
	out := []string{}
	for p, err := range tx.Scan(table, r) {
		if err != nil {
			return nil, err
		}
		out = append(out, string(p.Key)+"="+string(p.Value))
	}
	return out, nil
}

func expect(t testing.TB, e store.Engine, table string, r store.Range, want ...string) {
	t.Helper()
	view(t, e, func(tx store.Tx) error {
		got, err := list(tx, table, r)
		if want == nil {
			want = []string{}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", table, d)
		}
		return err
	})
}

func roundTrip(t *testing.T, open Open) {
	e := fresh(t, open)
	update(t, e, put("a", "k", "v", "empty", ""))
	view(t, e, func(tx store.Tx) error {
		if v, err := tx.Get("a", []byte("k")); err != nil || string(v) != "v" {
			t.Errorf("k: %q, %v", v, err)
		}
		if v, err := tx.Get("a", []byte("empty")); err != nil || v == nil || len(v) != 0 {
			t.Errorf("empty: %q, %v", v, err)
		}
		for _, where := range [][2]string{{"a", "absent"}, {"b", "k"}} {
			if _, err := tx.Get(where[0], []byte(where[1])); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%v: %v, want ErrNotFound", where, err)
			}
		}
		return nil
	})
	update(t, e, put("a", "k", "w"))
	expect(t, e, "a", store.All(), "empty=", "k=w")
	update(t, e, func(tx store.Tx) error {
		return errors.Join(tx.Delete("a", []byte("k")), tx.Delete("a", []byte("absent")), tx.Delete("b", []byte("k")))
	})
	expect(t, e, "a", store.All(), "empty=")
}

func order(t *testing.T, open Open) {
	e := fresh(t, open)
	keys := []string{"\x00", "\x00\x00", "\x00\x01", "\x01", "a", "a\x00", "aa", "b", "\x7f", "\x80", "\xfe\xff", "\xff", "\xff\xff"}
	update(t, e, func(tx store.Tx) error {
		for i := len(keys) - 1; i >= 0; i-- {
			if err := tx.Put("t", []byte(keys[i]), nil); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, e, func(tx store.Tx) error {
		got, back := []string{}, []string{}
		for p := range tx.Scan("t", store.All()) {
			got = append(got, string(p.Key))
		}
		for p := range tx.Scan("t", store.All().Reversed()) {
			back = append(back, string(p.Key))
		}
		slices.Reverse(back)
		if !slices.Equal(keys, got) || !slices.Equal(keys, back) {
			t.Errorf("got %q, backwards %q", got, back)
		}
		return nil
	})
}

func ranges(t *testing.T, open Open) {
	e := fresh(t, open)
	update(t, e, put("t", "a", "", "b", "", "ba", "", "bb", "", "c", "", "\xff", "", "\xff\xff", ""))
	b := func(s string) []byte { return []byte(s) }
	expect(t, e, "t", store.Range{From: b("b"), To: b("c")}, "b=", "ba=", "bb=")
	expect(t, e, "t", store.Range{From: b("b"), To: b("c")}.Reversed(), "bb=", "ba=", "b=")
	expect(t, e, "t", store.Range{From: b("bab")}, "bb=", "c=", "\xff=", "\xff\xff=")
	expect(t, e, "t", store.Range{To: b("bab")}.Reversed(), "ba=", "b=", "a=")
	expect(t, e, "t", store.Range{To: b("zz")}.Reversed(), "c=", "bb=", "ba=", "b=", "a=")
	expect(t, e, "t", store.Prefix(b("b")), "b=", "ba=", "bb=")
	expect(t, e, "t", store.Prefix(b("\xff")), "\xff=", "\xff\xff=")
	expect(t, e, "t", store.Prefix(b("\xff")).Reversed(), "\xff\xff=", "\xff=")
	expect(t, e, "t", store.Range{From: b("d"), To: b("e")})
	expect(t, e, "t", store.Range{From: b("c"), To: b("b")})
	expect(t, e, "t", store.Range{From: b("c"), To: b("b")}.Reversed())
	expect(t, e, "absent", store.All())
}

func changeWhileScanning(t *testing.T, open Open) {
	for _, reverse := range []bool{false, true} {
		e := fresh(t, open)
		const n = 2000
		update(t, e, func(tx store.Tx) error {
			for i := range n {
				if err := tx.Put("t", fmt.Appendf(nil, "%05d", i), bytes.Repeat([]byte("x"), 50)); err != nil {
					return err
				}
			}
			return nil
		})
		seen := 0
		update(t, e, func(tx store.Tx) error {
			seen = 0
			for p, err := range tx.Scan("t", store.Range{Reverse: reverse}) {
				if err != nil {
					return err
				}
				key := bytes.Clone(p.Key)
				seen++
				if seen%3 == 0 {
					if err := tx.Put("t", key, []byte("changed")); err != nil {
						return err
					}
				} else if err := tx.Delete("t", key); err != nil {
					return err
				}
			}
			return nil
		})
		left := 0
		view(t, e, func(tx store.Tx) error {
			for range tx.Scan("t", store.All()) {
				left++
			}
			return nil
		})
		if seen != n || left != n/3 {
			t.Errorf("reverse %v: saw %d of %d, %d left, want %d", reverse, seen, n, left, n/3)
		}
	}
}

func limits(t *testing.T, open Open) {
	e := fresh(t, open)
	big := make([]byte, store.MaxValue)
	binary.BigEndian.PutUint64(big[len(big)-8:], 42)
	long := bytes.Repeat([]byte{7}, store.MaxKey)
	update(t, e, func(tx store.Tx) error { return tx.Put("t", long, big) })
	view(t, e, func(tx store.Tx) error {
		v, err := tx.Get("t", long)
		if !bytes.Equal(v, big) {
			t.Errorf("a value of %d bytes came back as %d", len(big), len(v))
		}
		return err
	})
	update(t, e, func(tx store.Tx) error {
		if err := tx.Put("t", append(long, 7), nil); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("key of %d: %v", store.MaxKey+1, err)
		}
		if err := tx.Put("t", long, make([]byte, store.MaxValue+store.Overhead+1)); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("value over the limit: %v", err)
		}
		if err := tx.Put("t", nil, nil); err == nil {
			t.Error("an empty key was accepted")
		}
		return nil
	})
}

func readOnly(t *testing.T, open Open) {
	e := fresh(t, open)
	update(t, e, put("t", "k", "v"))
	view(t, e, func(tx store.Tx) error {
		_, seqErr := tx.Sequence("t")
		for _, err := range []error{tx.Put("t", []byte("k"), nil), tx.Delete("t", []byte("k")), seqErr} {
			if !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("%v, want ErrReadOnly", err)
			}
		}
		return nil
	})
}

func rollBack(t *testing.T, open Open) {
	e := fresh(t, open)
	update(t, e, put("t", "k", "old", "gone", "1"))
	boom := errors.New("boom")
	err := e.Update(ctx, func(tx store.Tx) error {
		if err := errors.Join(put("t", "k", "new", "more", "2")(tx), tx.Delete("t", []byte("gone")), put("other", "a", "b")(tx)); err != nil {
			return err
		}
		if got, err := list(tx, "t", store.All()); err != nil || !slices.Equal(got, []string{"k=new", "more=2"}) {
			t.Errorf("a transaction does not see its own writes: %v, %v", got, err)
		}
		return boom
	})
	if err != boom { //nolint:errorlint // the error must come back as it is
		t.Errorf("%v, want the function's own error", err)
	}
	err = e.Update(ctx, func(tx store.Tx) error {
		if err := put("t", "k", "panicked")(tx); err != nil {
			return err
		}
		panic("boom")
	})
	if fault.KindOf(err) != fault.Internal {
		t.Errorf("panic came back as %v", err)
	}
	expect(t, e, "t", store.All(), "gone=1", "k=old")
	expect(t, e, "other", store.All())
}

func sequence(t *testing.T, open Open) {
	dir := t.TempDir()
	e := open(t, dir)
	next := func(table string) (n uint64) {
		update(t, e, func(tx store.Tx) (err error) { n, err = tx.Sequence(table); return err })
		return n
	}
	got := []uint64{next("a"), next("a"), next("b")}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir)
	got = append(got, next("a"))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []uint64{1, 2, 1, 3}) {
		t.Errorf("got %v", got)
	}
}

func blind(t *testing.T, open Open) {
	dir := t.TempDir()
	texts := [][2]string{{"d", "a"}, {"d", "b"}, {"e", "a"}, {"d", ""}, {"", "d"}, {"de", "a"}, {"d", string(bytes.Repeat([]byte("x"), 1000))}}
	var first [][16]byte
	for range 2 {
		e := open(t, dir)
		view(t, e, func(tx store.Tx) error {
			var got [][16]byte
			for i, s := range texts {
				b := tx.Blind(s[0], s[1])
				if b != tx.Blind(s[0], s[1]) || slices.Contains(got, b) {
					t.Errorf("Blind(%v) is not stable or not distinct", texts[i])
				}
				got = append(got, b)
			}
			if first != nil && !slices.Equal(first, got) {
				t.Error("Blind differs after opening again")
			}
			first = got
			return nil
		})
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// callerKeeps changes the slices that it gave to Put before the commit.
func callerKeeps(t *testing.T, open Open) {
	e := fresh(t, open)
	update(t, e, func(tx store.Tx) error {
		k, v := []byte("key1"), []byte("val1")
		if err := tx.Put("t", k, v); err != nil {
			return err
		}
		k[3], v[3] = '2', '2'
		return tx.Put("t", k, v)
	})
	expect(t, e, "t", store.All(), "key1=val1", "key2=val2")
}

func durable(t *testing.T, open Open) {
	dir := t.TempDir()
	e := open(t, dir)
	update(t, e, put("t", "k", "v"))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir)
	expect(t, e, "t", store.All(), "k=v")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func closed(t *testing.T, open Open) {
	e := open(t, t.TempDir())
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	nothing := func(store.Tx) error { return nil }
	for _, err := range []error{e.View(ctx, nothing), e.Update(ctx, nothing), e.Snapshot(ctx, io.Discard)} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	e = fresh(t, open)
	for _, err := range []error{e.View(over, nothing), e.Update(over, nothing)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want canceled", err)
		}
	}
}

// bulk appends many rows in order, and then some in between: both shapes of page must read back.
func bulk(t *testing.T, open Open) {
	e := fresh(t, open)
	const n = 5000
	value := bytes.Repeat([]byte("v"), 100)
	insert := func(step, from int) {
		update(t, e, func(tx store.Tx) error {
			for i := from; i < n; i += step {
				if err := tx.Put("t", binary.BigEndian.AppendUint32(nil, uint32(i)), value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	insert(2, 0)
	insert(2, 1)
	count := 0
	view(t, e, func(tx store.Tx) error {
		for p, err := range tx.Scan("t", store.All()) {
			if err != nil {
				return err
			}
			if got := int(binary.BigEndian.Uint32(p.Key)); got != count || !bytes.Equal(p.Value, value) {
				return fmt.Errorf("row %d at place %d", got, count)
			}
			count++
		}
		return nil
	})
	if count != n {
		t.Errorf("%d rows, want %d", count, n)
	}
}
