package ident_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	. "github.com/voldaan/voldaan/backend/ident"
)

type (
	dog struct{}
	cat struct{}
)

func (dog) Prefix() string { return "dog" }
func (cat) Prefix() string { return "cat" }

func TestOrderIsTheOrderOfMaking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := civil.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		src := NewSource(clock)
		var keys, texts []string
		// The clock may stand still or go back: ids still ascend.
		for range rapid.IntRange(1, 200).Draw(t, "ids") {
			clock.Advance(time.Duration(rapid.IntRange(-50, 50).Draw(t, "ms")) * time.Millisecond)
			id := New[dog](src)
			keys, texts = append(keys, string(id.Bytes())), append(texts, id.String())
		}
		if !slices.IsSorted(keys) || !slices.IsSorted(texts) {
			t.Fatal("ids are not in the order in which they were made")
		}
		if slices.Sort(keys); len(slices.Compact(keys)) != len(texts) {
			t.Fatal("an id was made twice")
		}
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var id ID[dog]
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		if id.IsZero() {
			return
		}
		got, err := Parse[dog](id.String())
		if err != nil || got != id {
			t.Fatalf("%x is written %q and read as %x, %v", id[:], id, got[:], err)
		}
		if got, err = FromBytes[dog](id.Bytes()); err != nil || got != id {
			t.Fatalf("%x read from its key as %x, %v", id[:], got[:], err)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	good := New[dog](NewSource(civil.System())).String()
	for name, s := range map[string]string{
		"empty": "", "other kind": strings.Replace(good, "dog", "cat", 1), "no prefix": good[4:], "short": good[:len(good)-1], "long": good + "0",
		"capitals": strings.ToUpper(good), "not in the alphabet": good[:len(good)-1] + "u", "more than 128 bits": "dog_8" + strings.Repeat("0", 25),
		"the zero id": "dog_" + strings.Repeat("0", 26),
	} {
		_, err := Parse[dog](s)
		if err == nil || fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("%s: the error repeats what was tried", name)
		}
	}
	if _, err := FromBytes[cat]([]byte("short")); fault.KindOf(err) != fault.Integrity {
		t.Errorf("a short key: %v", err)
	}
}

func TestText(t *testing.T) {
	type pet struct{ ID, Mother ID[dog] }
	p := pet{ID: New[dog](NewSource(civil.System()))}
	b, err := json.Marshal(p)
	if err != nil || !bytes.Contains(b, []byte(`"Mother":""`)) {
		t.Fatalf("written as %s, %v", b, err)
	}
	q := pet{Mother: p.ID}
	if err := json.Unmarshal(b, &q); err != nil || q != p {
		t.Errorf("read as %v, %v", q, err)
	}
	if err := json.Unmarshal([]byte(`{"ID":"cat_x"}`), &q); err == nil {
		t.Error("a cat was read as a dog")
	}
}

func TestGivenRandomBytesRepeat(t *testing.T) {
	make2 := func() [2]ID[dog] {
		src := NewSourceFrom(civil.NewManual(time.Unix(1_800_000_000, 0)), bytes.NewReader(make([]byte, 64)))
		return [2]ID[dog]{New[dog](src), New[dog](src)}
	}
	if a, b := make2(), make2(); a != b || a[0] == a[1] {
		t.Errorf("%v and %v", a, b)
	}
	defer func() {
		if recover() == nil {
			t.Error("an id was made without random numbers")
		}
	}()
	New[dog](NewSourceFrom(civil.System(), bytes.NewReader(nil)))
}

func TestConcurrent(t *testing.T) {
	src := NewSource(civil.System())
	var mu sync.Mutex
	seen := map[ID[dog]]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				id := New[dog](src)
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 4000 {
		t.Errorf("%d of 4000 ids are different", len(seen))
	}
}
