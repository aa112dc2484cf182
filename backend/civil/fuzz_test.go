package civil_test

import (
	"testing"

	. "github.com/voldaan/voldaan/backend/civil"
)

// FuzzParse: whatever is read is written exactly as it was.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-02-28", "2028-02-29", "2026-02-30", "0001-01-01", "9999-12-31", "10000-01-01", "2026-1-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := Parse(s); err == nil && (d.String() != s || d.IsZero()) {
			t.Fatalf("%q was read as %d and is written %q", s, d, d)
		}
	})
}
