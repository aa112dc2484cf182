package ident_test

import (
	"testing"

	. "github.com/voldaan/voldaan/backend/ident"
)

// FuzzParse: there is one text for an id, and no text for none.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"dog_00000000000000000000000000", "dog_7zzzzzzzzzzzzzzzzzzzzzzzzz", "dog_8zzzzzzzzzzzzzzzzzzzzzzzzz", "cat_0", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := Parse[dog](s); err == nil && (id.String() != s || id.IsZero()) {
			t.Fatalf("%q was read as %x and is written %q", s, id[:], id)
		}
	})
}
