package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

type bike struct {
	ID     string   `cbor:"1,keyasint"`
	Frame  string   `cbor:"2,keyasint"` // unique
	Colour string   `cbor:"3,keyasint,omitzero"`
	Wheels int      `cbor:"4,keyasint,omitzero"`
	Tags   []string `cbor:"5,keyasint,omitempty"`
}

var bikes = store.Table[bike]{
	Name: "bikes",
	Key:  func(b *bike) []byte { return []byte(b.ID) },
	Indexes: []store.Index[bike]{
		{Name: "frame", Unique: true, Entries: func(tx store.Tx, b *bike) []store.Pair {
			k := tx.Blind("frame", b.Frame)
			return []store.Pair{{Key: k[:], Value: []byte(b.ID)}}
		}},
		{Name: "colour", Entries: func(_ store.Tx, b *bike) []store.Pair {
			if b.Colour == "" {
				return nil
			}
			return []store.Pair{{Key: []byte(b.Colour + "\x00" + b.ID), Value: []byte{byte(b.Wheels)}}}
		}},
	},
}

var ctx = context.Background()

func engine(t testing.TB) (sealedEngine, plain store.Engine) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.db")
	if err := bolt.Create(path); err != nil {
		t.Fatal(err)
	}
	e, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	k, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return sealed.New(e, k), e
}

func TestTable(t *testing.T) {
	e, _ := engine(t)
	red := bike{ID: "1", Frame: "NL-77", Colour: "red", Wheels: 2, Tags: []string{"fast"}}
	err := e.Update(ctx, func(tx store.Tx) error {
		if err := bikes.Insert(tx, &red); err != nil {
			return err
		}
		if got, err := bikes.Get(tx, []byte("1")); err != nil || !cmp.Equal(got, red) {
			t.Errorf("%+v, %v", got, err)
		}
		if err := bikes.Put(tx, &bike{ID: "2", Frame: "NL-77"}); !errors.Is(err, store.ErrDuplicate) || fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second bike with the frame number: %v", err)
		}
		if err := bikes.Delete(tx, []byte("9")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleting what is not there: %v", err)
		}
		blue := red
		blue.Colour = "blue"
		if err := bikes.Put(tx, &blue); err != nil {
			return err
		}
		var keys []string
		for p, err := range bikes.Entries(tx, "colour", store.All()) {
			if err != nil {
				return err
			}
			keys = append(keys, string(p.Key))
		}
		if d := cmp.Diff([]string{"blue\x001"}, keys); d != "" {
			t.Errorf("the index keeps the old colour:\n%s", d)
		}
		frame := tx.Blind("frame", "NL-77")
		if id, err := bikes.Entry(tx, "frame", frame[:]); err != nil || string(id) != "1" {
			t.Errorf("by frame: %q, %v", id, err)
		}
		if err := bikes.Delete(tx, []byte("1")); err != nil {
			return err
		}
		if has, err := bikes.Has(tx, []byte("1")); has || err != nil {
			t.Errorf("deleted, and still there: %v, %v", has, err)
		}
		n, wrong, err := bikes.CheckIndexes(tx)
		if n != 0 || wrong != "" {
			t.Errorf("%d entries left, %s", n, wrong)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTableIndexesFollow does random things to a table and demands that every index is what its records say.
func TestTableIndexesFollow(t *testing.T) {
	e, _ := engine(t)
	rapid.Check(t, func(rt *rapid.T) {
		err := e.Update(ctx, func(tx store.Tx) error {
			for range rapid.IntRange(1, 20).Draw(rt, "steps") {
				b := bike{ID: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "id"), Colour: rapid.SampledFrom([]string{"", "red", "blue"}).Draw(rt, "colour"), Wheels: rapid.IntRange(0, 3).Draw(rt, "wheels")}
				b.Frame = b.ID + rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "frame")
				var err error
				if rapid.Bool().Draw(rt, "delete") {
					err = bikes.Delete(tx, []byte(b.ID))
				} else {
					err = bikes.Put(tx, &b)
				}
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			_, wrong, err := bikes.CheckIndexes(tx)
			if wrong != "" {
				rt.Error(wrong)
			}
			return err
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func TestCheckIndexesFindsWhatIsWrong(t *testing.T) {
	e, _ := engine(t)
	frame := func(tx store.Tx) []byte { k := tx.Blind("frame", "NL-77"); return k[:] }
	for name, harm := range map[string]func(store.Tx) error{
		"an entry is missing":  func(tx store.Tx) error { return tx.Delete("bikes/frame", frame(tx)) },
		"an entry differs":     func(tx store.Tx) error { return tx.Put("bikes/frame", frame(tx), []byte("2")) },
		"an entry too many":    func(tx store.Tx) error { return tx.Put("bikes/colour", []byte("green\x001"), nil) },
		"a record is gone":     func(tx store.Tx) error { return tx.Delete("bikes", []byte("1")) },
		"a value of the index": func(tx store.Tx) error { return tx.Put("bikes/colour", []byte("red\x001"), []byte{9}) },
	} {
		undo := errors.New("undo")
		err := e.Update(ctx, func(tx store.Tx) error {
			if err := errors.Join(bikes.Insert(tx, &bike{ID: "1", Frame: "NL-77", Colour: "red", Wheels: 2}), harm(tx)); err != nil {
				return err
			}
			if _, wrong, err := bikes.CheckIndexes(tx); wrong == "" || err != nil {
				t.Errorf("%s: %q, %v", name, wrong, err)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
	}
}

func TestRecordOfAnotherVersion(t *testing.T) {
	for _, raw := range [][]byte{nil, {}, {2, 0xa0}, {1}, {1, 0xff}, {1, 0x80}} {
		if _, err := bikes.Decode(raw); fault.KindOf(err) != fault.Integrity {
			t.Errorf("% x: %v", raw, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{1, 0xa2, 1, 0x61, 'a', 2, 0x61, 'b'})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := bikes.Decode(raw); err != nil && fault.KindOf(err) != fault.Integrity {
			t.Error(err)
		}
	})
}
