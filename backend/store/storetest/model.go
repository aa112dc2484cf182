package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/store"
)

// model compares random transactions with a map.
func model(t *testing.T, open Open) {
	rapid.Check(t, func(rt *rapid.T) {
		e := open(t, t.TempDir())
		defer func() {
			if err := e.Close(); err != nil {
				rt.Error(err)
			}
		}()
		want := map[string]string{}
		key := rapid.StringMatching(`[ab]{1,3}`)
		for range rapid.IntRange(1, 12).Draw(rt, "transactions") {
			type op struct {
				del  bool
				k, v string
			}
			ops := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
				return op{rapid.Bool().Draw(t, "delete"), key.Draw(t, "key"), rapid.String().Draw(t, "value")}
			}), 0, 10).Draw(rt, "ops")
			fail := rapid.IntRange(0, 3).Draw(rt, "fails") == 0
			err := e.Update(ctx, func(tx store.Tx) error {
				for _, o := range ops {
					var err error
					if o.del {
						err = tx.Delete("t", []byte(o.k))
					} else {
						err = tx.Put("t", []byte(o.k), []byte(o.v))
					}
					if err != nil {
						return err
					}
				}
				if fail {
					return store.ErrTooLarge
				}
				return nil
			})
			if (err != nil) != fail {
				rt.Fatalf("update: %v", err)
			}
			for _, o := range ops {
				switch {
				case fail:
				case o.del:
					delete(want, o.k)
				default:
					want[o.k] = o.v
				}
			}
			compare(rt, e, want, store.Range{From: []byte(key.Draw(rt, "from")), To: []byte(key.Draw(rt, "to")), Reverse: rapid.Bool().Draw(rt, "reverse")})
			compare(rt, e, want, store.All())
		}
	})
}

func compare(t *rapid.T, e store.Engine, want map[string]string, r store.Range) {
	var keys []string
	for k := range want {
		if (r.From == nil || k >= string(r.From)) && (r.To == nil || k < string(r.To)) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	if r.Reverse {
		slices.Reverse(keys)
	}
	wanted := []string{}
	for _, k := range keys {
		wanted = append(wanted, k+"="+want[k])
	}
	err := e.View(ctx, func(tx store.Tx) error {
		got, err := list(tx, "t", r)
		if d := cmp.Diff(wanted, got); d != "" {
			t.Errorf("%+v (-want +got)\n%s", r, d)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
