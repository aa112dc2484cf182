package overlay_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/overlay"
	"github.com/voldaan/voldaan/backend/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func create(t testing.TB, dir string) store.Engine {
	t.Helper()
	path := storetest.Dir(dir)
	if err := bolt.Create(path); err != nil {
		t.Fatal(err)
	}
	e, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestOverlay writes the same random things to an overlay and to a map: reads and scans of any range agree, and the
// store below stays as it was.
func TestOverlay(t *testing.T) {
	under := create(t, t.TempDir())
	defer under.Close()
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		key := rapid.StringMatching(`[ab]{1,3}`)
		want := map[string]string{}
		if err := under.Update(ctx, func(tx store.Tx) error {
			for _, k := range all(tx, rt, store.All()) {
				if err := tx.Delete("t", []byte(k.k)); err != nil {
					return err
				}
			}
			for range rapid.IntRange(0, 8).Draw(rt, "below") {
				k := key.Draw(rt, "key")
				want[k] = "below " + k
				if err := tx.Put("t", []byte(k), []byte(want[k])); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			rt.Fatal(err)
		}
		was := maps.Clone(want)
		e := overlay.New(under, create(t, t.TempDir()))
		defer e.Close()
		for range rapid.IntRange(0, 12).Draw(rt, "writes") {
			k, del := key.Draw(rt, "key"), rapid.Bool().Draw(rt, "delete")
			if err := e.Update(ctx, func(tx store.Tx) error {
				if del {
					return tx.Delete("t", []byte(k))
				}
				return tx.Put("t", []byte(k), []byte("over "+k))
			}); err != nil {
				rt.Fatal(err)
			}
			if delete(want, k); !del {
				want[k] = "over " + k
			}
		}
		r := store.Range{Reverse: rapid.Bool().Draw(rt, "reverse")}
		if rapid.Bool().Draw(rt, "bounded") {
			r.From, r.To = []byte(key.Draw(rt, "from")), []byte(key.Draw(rt, "to"))
		}
		agree(rt, e, r, want)
		agree(rt, under, store.All(), was)
	})
}

type kv struct{ k, v string }

func all(tx store.Tx, t *rapid.T, r store.Range) (out []kv) {
	for p, err := range tx.Scan("t", r) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, kv{string(p.Key), string(p.Value)})
	}
	return out
}

func agree(t *rapid.T, e store.Engine, r store.Range, want map[string]string) {
	var expected []kv
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if k >= string(r.From) && (r.To == nil || k < string(r.To)) {
			expected = append(expected, kv{k, want[k]})
		}
	}
	if r.Reverse {
		slices.Reverse(expected)
	}
	err := e.View(t.Context(), func(tx store.Tx) error {
		if diff := cmp.Diff(expected, all(tx, t, r), cmp.AllowUnexported(kv{})); diff != "" {
			t.Fatalf("scan of %q … %q (-want +got):\n%s", r.From, r.To, diff)
		}
		for _, k := range []string{"a", "b", "ab", "ba", "aba"} {
			v, err := tx.Get("t", []byte(k))
			if w, ok := want[k]; ok != (err == nil) || string(v) != w {
				t.Fatalf("%s is %q, %v; want %q", k, v, err, w)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
