package money_test

import (
	"testing"

	. "github.com/voldaan/voldaan/backend/money"
)

// FuzzParse: whatever is read is within the limits and is written so that it reads back the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"1210.00", "-0.05", "+3.5", "10000000000000.01", "1e3", "٣", ".", "00000000000000000000001"} {
		f.Add(s, "EUR")
		f.Add(s, "JPY")
	}
	f.Fuzz(func(t *testing.T, s, currency string) {
		a, err := Parse(s, Currency(currency))
		if err != nil {
			return
		}
		if a.Abs().Minor > MaxMinor || !a.Currency.Valid() {
			t.Fatalf("%q %q was read as %v", s, currency, a)
		}
		if again, err := Parse(a.String(), a.Currency); err != nil || again != a {
			t.Fatalf("%q was read as %v, written %q, read as %v, %v", s, a, a, again, err)
		}
	})
}
