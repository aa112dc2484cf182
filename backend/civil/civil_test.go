package civil_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

func TestParse(t *testing.T) {
	for s, want := range map[string]Date{"0001-01-01": 1, "1970-01-01": 719163, "2026-02-28": Of(2026, 2, 28), "2028-02-29": Of(2028, 2, 29), "9999-12-31": Of(9999, 12, 31)} {
		if got, err := Parse(s); err != nil || got != want || got.String() != s {
			t.Errorf("%s is %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "2026-02-29", "2026-13-01", "2026-1-1", "26-01-01", "0000-01-01", "2026-01-01T00:00", " 2026-01-01", "01-01-2026", "-001-01-01"} {
		if got, err := Parse(s); err == nil || fault.As(err).Code != "civil.date" {
			t.Errorf("%q was read as %v, %v", s, got, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("MustParse took a wrong date")
		}
	}()
	MustParse("tomorrow")
}

func TestDays(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"2026-05-01", "2026-05-02", 1}, {"2026-05-01", "2026-05-01", 0}, {"2026-05-02", "2026-05-01", -1},
		{"2026-04-01", "2026-06-30", 90}, {"2028-02-28", "2028-03-01", 2}, {"2026-02-28", "2026-03-01", 1}, {"2026-01-01", "2027-01-01", 365},
		{"2026-03-28", "2026-03-30", 2}, // the night the clocks change is a day like any other
	}
	for _, tt := range tests {
		if got := Days(MustParse(tt.a), MustParse(tt.b)); got != tt.want {
			t.Errorf("from %s to %s are %d days; want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestEndOfMonth(t *testing.T) {
	tests := []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 0, "2026-01-31"}, {"2026-01-31", 1, "2026-02-28"}, {"2028-01-31", 1, "2028-02-29"},
		{"2026-12-05", 0, "2026-12-31"}, {"2026-12-05", 1, "2027-01-31"}, {"2026-03-31", -1, "2026-02-28"},
	}
	for _, tt := range tests {
		if got := MustParse(tt.from).EndOfMonth(tt.n); got != MustParse(tt.want) {
			t.Errorf("%s and %d months: %s; want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestTodayIsTheFirmsDay(t *testing.T) {
	clock := NewManual(time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC))
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	if got := Today(clock, amsterdam); got != MustParse("2026-07-01") {
		t.Errorf("in Amsterdam it is %s", got)
	}
	if got := Today(clock, time.UTC); got != MustParse("2026-06-30") {
		t.Errorf("in UTC it is %s", got)
	}
	clock.Advance(-time.Hour)
	if got := Today(clock, amsterdam); got != MustParse("2026-06-30") {
		t.Errorf("an hour earlier in Amsterdam it is %s", got)
	}
	clock.Set(time.Date(2027, 1, 1, 1, 0, 0, 0, amsterdam))
	if got := clock.Now(); got.Location() != time.UTC || Today(clock, amsterdam) != MustParse("2027-01-01") {
		t.Errorf("the clock shows %s", got)
	}
	if System().Now().Location() != time.UTC {
		t.Error("the computer's clock is not in UTC")
	}
}

func TestText(t *testing.T) {
	type doc struct{ Due, Paid Date }
	b, err := json.Marshal(doc{Due: MustParse("2026-05-01")})
	if err != nil || string(b) != `{"Due":"2026-05-01","Paid":""}` {
		t.Errorf("written as %s, %v", b, err)
	}
	d := doc{Paid: 5}
	if err := json.Unmarshal(b, &d); err != nil || d.Due != MustParse("2026-05-01") || !d.Paid.IsZero() {
		t.Errorf("read as %v, %v", d, err)
	}
	if err := json.Unmarshal([]byte(`{"Due":"2026-02-30"}`), &d); err == nil {
		t.Error("30 February was read")
	}
}

func TestProperties(t *testing.T) {
	dates := rapid.Custom(func(t *rapid.T) Date { return Date(rapid.Int32Range(1, int32(Of(9999, 12, 31))).Draw(t, "date")) })
	rapid.Check(t, func(t *rapid.T) {
		a, b := dates.Draw(t, "a"), dates.Draw(t, "b")
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Fatalf("%d is written %q and read as %d, %v", a, a, got, err)
		}
		if (a < b) != (a.String() < b.String()) {
			t.Fatalf("%s and %s sort differently as text", a, b)
		}
		if a.AddDays(Days(a, b)) != b || Max(a, b) != Max(b, a) {
			t.Fatalf("from %s to %s", a, b)
		}
		if y, m, d := a.Date(); Of(y, m, d) != a || a.Year() != y || a.Month() != m || a.Day() != d || a.Weekday() != a.AddDays(7).Weekday() {
			t.Fatalf("%s falls apart", a)
		}
		if end := a.EndOfMonth(0); end < a || end.AddDays(1).Day() != 1 || end.Month() != a.Month() {
			t.Fatalf("the end of the month of %s is %s", a, end)
		}
	})
}
