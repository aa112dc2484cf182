package sealed_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/sealed"
	"github.com/voldaan/voldaan/backend/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// open keeps the wrapped keys beside the data file, under a key of zeros.
func open(t testing.TB, dir string) store.Engine {
	t.Helper()
	path := storetest.Dir(dir)
	var keys *sealed.Keys
	wrapped, err := os.ReadFile(path + ".keys")
	if errors.Is(err, fs.ErrNotExist) {
		if keys, err = sealed.NewKeys(); err != nil {
			t.Fatal(err)
		}
		if wrapped, err = keys.Wrap([32]byte{}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(path+".keys", wrapped, 0o600), bolt.Create(path)); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err = sealed.Unwrap([32]byte{}, wrapped); err != nil {
		t.Fatal(err)
	}
	e, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return sealed.New(e, keys)
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }

func TestCrash(t *testing.T) { storetest.Crash(t, "TestCrash", open, 4) }

// TestDamagedValues changes what lies under the seal in every way that keeps the file whole.
func TestDamagedValues(t *testing.T) {
	path := storetest.Dir(t.TempDir())
	if err := bolt.Create(path); err != nil {
		t.Fatal(err)
	}
	under, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = under.Close() }()
	keys, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	e := sealed.New(under, keys)
	write := func(tx store.Tx) error {
		return errors.Join(tx.Put("amounts", []byte("a"), []byte("1210.00")), tx.Put("amounts", []byte("b"), []byte("9.99")), tx.Put("other", []byte("a"), []byte("7")))
	}
	raw := func(tx store.Tx, table, key string) []byte {
		v, err := tx.Get(table, []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		return append([]byte(nil), v...)
	}
	otherKeys, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(tx store.Tx) []byte{
		"swapped with another key":   func(tx store.Tx) []byte { return raw(tx, "amounts", "b") },
		"swapped with another table": func(tx store.Tx) []byte { return raw(tx, "other", "a") },
		"empty":                      func(store.Tx) []byte { return nil },
		"truncated":                  func(tx store.Tx) []byte { v := raw(tx, "amounts", "a"); return v[:len(v)-1] },
		"zeroed":                     func(tx store.Tx) []byte { return make([]byte, len(raw(tx, "amounts", "a"))) },
	}
	var length int
	if err := errors.Join(e.Update(ctx, write), under.View(ctx, func(tx store.Tx) error { length = len(raw(tx, "amounts", "a")); return nil })); err != nil {
		t.Fatal(err)
	}
	for bit := range length * 8 {
		tests["bit flipped"+string(rune(bit))] = func(tx store.Tx) []byte {
			v := raw(tx, "amounts", "a")
			v[bit/8] ^= 1 << (bit % 8)
			return v
		}
	}
	for name, damage := range tests {
		err := errors.Join(e.Update(ctx, write), under.Update(ctx, func(tx store.Tx) error { return tx.Put("amounts", []byte("a"), damage(tx)) }))
		if err != nil {
			t.Fatal(err)
		}
		expectIntegrity(t, name, e)
		if _, bad, err := e.Check(ctx); err != nil || bad["amounts"] != 1 || len(bad) != 1 {
			t.Errorf("%s: Check found %v, %v", name, bad, err)
		}
	}
	if err := e.Update(ctx, write); err != nil {
		t.Fatal(err)
	}
	expectIntegrity(t, "another key", sealed.New(under, otherKeys))
	if n, bad, err := e.Check(ctx); n != 3 || len(bad) != 0 || err != nil {
		t.Errorf("whole again: %d, %v, %v", n, bad, err)
	}
}

func expectIntegrity(t *testing.T, name string, e store.Engine) {
	t.Helper()
	err := e.View(ctx, func(tx store.Tx) error {
		v, err := tx.Get("amounts", []byte("a"))
		if err == nil {
			t.Errorf("%s: got %q", name, v)
		}
		for p, scanErr := range tx.Scan("amounts", store.All()) {
			if scanErr == nil {
				t.Errorf("%s: scan got %q", name, p.Value)
			}
		}
		return err
	})
	f := fault.As(err)
	if f.Kind != fault.Integrity || !strings.Contains(f.Message, "amounts") || strings.Contains(err.Error(), "1210") {
		t.Errorf("%s: %v", name, err)
	}
}

func TestKeysWrapping(t *testing.T) {
	keys, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	kek := [32]byte{1}
	wrapped, err := keys.Wrap(kek)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sealed.Unwrap(kek, wrapped)
	if err != nil || again.ID() != keys.ID() || again.Derive("x") != keys.Derive("x") || keys.Derive("x") == keys.Derive("y") {
		t.Errorf("unwrapped keys differ: %v", err)
	}
	box, err := keys.SealBytes("index 1", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := again.OpenBytes("index 1", box); err != nil || string(b) != "secret" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := again.OpenBytes("index 2", box); fault.KindOf(err) != fault.Integrity {
		t.Errorf("opened in another place: %v", err)
	}
	for i := range wrapped {
		bad := append([]byte(nil), wrapped...)
		bad[i] ^= 0x10
		if _, err := sealed.Unwrap(kek, bad); !errors.Is(err, sealed.ErrWrongKey) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for _, short := range [][]byte{nil, wrapped[:10], wrapped[:len(wrapped)-1]} {
		if _, err := sealed.Unwrap(kek, short); !errors.Is(err, sealed.ErrWrongKey) {
			t.Errorf("%d bytes: %v", len(short), err)
		}
	}
	if _, err := sealed.Unwrap([32]byte{2}, wrapped); !errors.Is(err, sealed.ErrWrongKey) {
		t.Errorf("wrong key: %v", err)
	}
}

func BenchmarkBlind(b *testing.B) {
	e := open(b, b.TempDir())
	defer func() { _ = e.Close() }()
	_ = e.View(ctx, func(tx store.Tx) error {
		for b.Loop() {
			tx.Blind("invoice", "2026-000123")
		}
		return nil
	})
}

func BenchmarkGet300(b *testing.B) {
	e := open(b, b.TempDir())
	defer func() { _ = e.Close() }()
	if err := e.Update(ctx, func(tx store.Tx) error { return tx.Put("t", make([]byte, 16), make([]byte, 300)) }); err != nil {
		b.Fatal(err)
	}
	_ = e.View(ctx, func(tx store.Tx) error {
		for b.Loop() {
			if _, err := tx.Get("t", make([]byte, 16)); err != nil {
				b.Fatal(err)
			}
		}
		return nil
	})
}
