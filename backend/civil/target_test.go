package civil_test

import (
	"testing"

	"pgregory.net/rapid"

	. "github.com/voldaan/voldaan/backend/civil"
)

// The closing days are those the European Central Bank has published for the years.
func TestBusinessDay(t *testing.T) {
	closed := []string{"2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-12-25", "2024-12-26", "2025-04-18", "2025-04-21",
		"2026-04-03", "2026-04-06", "2027-03-26", "2027-03-29", "2026-11-28", "2026-11-29", "2038-04-26"}
	for _, s := range closed {
		if MustParse(s).BusinessDay() {
			t.Errorf("%s is a closing day", s)
		}
	}
	for _, s := range []string{"2024-03-28", "2024-04-02", "2025-05-02", "2026-11-27", "2026-11-30", "2026-12-24", "2026-12-31", "2027-05-05"} {
		if !MustParse(s).BusinessDay() {
			t.Errorf("%s is a business day", s)
		}
	}
}

func TestBusinessDays(t *testing.T) {
	for _, x := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-06-05", 3, "2026-06-10"}, // rulebook 5.2: a promise for Friday is judged on Wednesday
		{"2026-04-02", 1, "2026-04-07"}, {"2026-04-07", -1, "2026-04-02"}, {"2026-12-24", 1, "2026-12-28"},
		{"2026-11-28", 0, "2026-11-28"}, {"2026-11-28", 1, "2026-11-30"}, {"2026-11-28", -1, "2026-11-27"},
	} {
		if got := MustParse(x.from).AddBusinessDays(x.n); got != MustParse(x.want) {
			t.Errorf("%s and %d business days are %v, expected %s", x.from, x.n, got, x.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Of(2000, 1, 1).AddDays(rapid.IntRange(0, 36524).Draw(t, "day"))
		n := d.NextBusinessDay()
		if n < d || Days(d, n) > 5 || !n.BusinessDay() || (n == d) != d.BusinessDay() {
			t.Fatalf("the business day from %v on is %v", d, n)
		}
		k := rapid.IntRange(1, 30).Draw(t, "count")
		if back := d.AddBusinessDays(k).AddBusinessDays(-k); d.BusinessDay() && back != d {
			t.Fatalf("%d business days forth and back from %v are %v", k, d, back)
		}
	})
}
