package money_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/fault"
	. "github.com/voldaan/voldaan/backend/money"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in       string
		currency Currency
		want     int64
		code     string
	}{
		{"1210.00", "EUR", 121000, ""},
		{"1210", "EUR", 121000, ""},
		{"-0.05", "EUR", -5, ""},
		{"+3.5", "EUR", 350, ""},
		{"12.3400", "EUR", 1234, ""},
		{"007", "EUR", 700, ""},
		{"1210", "JPY", 1210, ""},
		{"1210.00", "JPY", 1210, ""},
		{"1.234", "TND", 1234, ""},
		{"10000000000000.00", "EUR", MaxMinor, ""},
		{"10000000000000.01", "EUR", 0, "money.size"},
		{"-10000000000000.01", "EUR", 0, "money.size"},
		{"12.345", "EUR", 0, "money.amount"},
		{"1.5", "JPY", 0, "money.amount"},
		{"", "EUR", 0, "money.amount"},
		{".", "EUR", 0, "money.amount"},
		{".5", "EUR", 0, "money.amount"},
		{"5.", "EUR", 0, "money.amount"},
		{"1,000.00", "EUR", 0, "money.amount"},
		{"1e3", "EUR", 0, "money.amount"},
		{"--1", "EUR", 0, "money.amount"},
		{" 1", "EUR", 0, "money.amount"},
		{"١٢", "EUR", 0, "money.amount"},
		{strings.Repeat("9", 40), "EUR", 0, "money.amount"},
		{"1", "EUX", 0, "money.currency"},
		{"1", "", 0, "money.currency"},
	}
	for _, tt := range tests {
		t.Run(tt.in+" "+string(tt.currency), func(t *testing.T) {
			got, err := Parse(tt.in, tt.currency)
			if tt.code != "" {
				if err == nil || fault.As(err).Code != tt.code || fault.KindOf(err) != fault.Invalid {
					t.Errorf("error is %v; want %s", err, tt.code)
				}
				return
			}
			if err != nil || got != Of(tt.want, tt.currency) {
				t.Errorf("got %v, %v; want %d", got, err, tt.want)
			}
		})
	}
}

func TestParseCurrency(t *testing.T) {
	if c, err := ParseCurrency(" eur "); err != nil || c != "EUR" {
		t.Errorf("got %q, %v", c, err)
	}
	for _, s := range []string{"", "EU", "€", "EURO", "ZZZ"} {
		if _, err := ParseCurrency(s); err == nil {
			t.Errorf("%q was taken for a currency", s)
		}
	}
}

func TestString(t *testing.T) {
	for want, a := range map[string]Amount{
		"0.00": Of(0, "EUR"), "-0.05": Of(-5, "EUR"), "1210.00": Of(121000, "EUR"), "1210": Of(1210, "JPY"), "1.234": Of(1234, "TND"),
		"-0.001": Of(-1, "TND"), "0.07": {Minor: 7}, "-92233720368547758.08": Of(math.MinInt64, "EUR"),
	} {
		if got := a.String(); got != want {
			t.Errorf("%d %s is %q; want %q", a.Minor, a.Currency, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		locale string
		amount Amount
		want   string
	}{
		{"nl", Of(123456, "EUR"), "€ 1.234,56"},
		{"nl", Of(-123456, "EUR"), "€ −1.234,56"},
		{"en", Of(123456, "EUR"), "€1,234.56"},
		{"de", Of(123456, "EUR"), "1.234,56 €"},
		{"fr", Of(123456, "EUR"), "1 234,56 €"},
		{"en", Of(1234, "JPY"), "¥1,234"},
	}
	for _, tt := range tests {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(tt.amount.Format(tt.locale))
		if got != tt.want {
			t.Errorf("%s in %s is %q; want %q", tt.amount, tt.locale, got, tt.want)
		}
	}
	if got := Of(100, "").Format("nl"); got != "1.00 " {
		t.Errorf("without a currency it is %q", got)
	}
}

func TestRound(t *testing.T) {
	for in, want := range map[string]int64{
		"234.5": 235, "-234.5": -235, "0.5": 1, "-0.5": -1, "0.49999999999": 0, "2": 2, "7/3": 2, "8/3": 3, "-8/3": -3,
	} {
		r, _ := new(big.Rat).SetString(in)
		if got := Round(r); got != want {
			t.Errorf("%s rounds to %d; want %d", in, got, want)
		}
	}
	// Rulebook 0.2: 2.345 -> 2.35 and −2.345 -> −2.35.
	if got := Of(2345, "EUR").Mul(big.NewRat(1, 10)); got != Of(235, "EUR") {
		t.Errorf("2.345 is %s", got)
	}
	if got := Of(-2345, "EUR").Mul(big.NewRat(1, 10)); got != Of(-235, "EUR") {
		t.Errorf("−2.345 is %s", got)
	}
}

func TestSplitAndInstalments(t *testing.T) {
	tests := []struct {
		total   int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}}, // ties by order
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{2420, []int64{121000}, []int64{2420}},
		{10, []int64{0, 0}, []int64{10, 0}},
		{0, []int64{3, 4}, []int64{0, 0}},
		{5, []int64{0, 7, 0}, []int64{0, 5, 0}},
		{MaxMinor, []int64{MaxMinor, MaxMinor, 1}, []int64{MaxMinor / 2, MaxMinor / 2, 0}},
	}
	for _, tt := range tests {
		var got []int64
		for _, p := range Split(Of(tt.total, "EUR"), tt.weights) {
			if p.Currency != "EUR" {
				t.Errorf("a part of %d has the currency %q", tt.total, p.Currency)
			}
			got = append(got, p.Minor)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%d over %v (-want +got):\n%s", tt.total, tt.weights, diff)
		}
	}
	if got := Split(Of(5, "EUR"), nil); len(got) != 0 {
		t.Errorf("nobody gets %v", got)
	}
	// Rulebook 4.4: 1,000/3 -> 333.33, 333.33, 333.34.
	want := []Amount{Of(33333, "EUR"), Of(33333, "EUR"), Of(33334, "EUR")}
	if diff := cmp.Diff(want, Instalments(Of(100000, "EUR"), 3)); diff != "" {
		t.Errorf("instalments (-want +got):\n%s", diff)
	}
}

func TestProgrammingErrorsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"two currencies": func() { Of(1, "EUR").Add(Of(1, "USD")) },
		"compare":        func() { Of(1, "EUR").Cmp(Of(1, "USD")) },
		"overflow":       func() { Of(math.MaxInt64, "EUR").Add(Of(1, "EUR")) },
		"underflow":      func() { Of(math.MinInt64, "EUR").Sub(Of(1, "EUR")) },
		"big round":      func() { Of(math.MaxInt64, "EUR").Mul(big.NewRat(2, 1)) },
		"weight":         func() { Split(Of(1, "EUR"), []int64{-1, 2}) },
		"no instalments": func() { Instalments(Of(1, "EUR"), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it went on")
				}
			}()
			f()
		})
	}
}

func TestZeroAmountAddsToAnything(t *testing.T) {
	if got := (Amount{}).Add(Of(5, "EUR")); got != Of(5, "EUR") {
		t.Errorf("got %v", got)
	}
	if got := Of(5, "EUR").Sub(Amount{}); got != Of(5, "EUR") {
		t.Errorf("got %v", got)
	}
	if got := Min(Of(5, "EUR"), Of(-6, "EUR")); got != Of(-6, "EUR") || got.Abs() != Of(6, "EUR") || !Of(0, "EUR").IsZero() {
		t.Errorf("got %v", got)
	}
}

var currencies = rapid.SampledFrom([]Currency{"EUR", "USD", "JPY", "TND", "KWD", "HUF", "CHF"})

func TestPropertyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Of(rapid.Int64Range(-MaxMinor, MaxMinor).Draw(t, "minor"), currencies.Draw(t, "currency"))
		if got, err := Parse(a.String(), a.Currency); err != nil || got != a {
			t.Fatalf("%d %s is written %q and read back as %v, %v", a.Minor, a.Currency, a, got, err)
		}
	})
}

func TestPropertyParseNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("0123456789.-+,eE ’"))).Draw(t, "text")
		if a, err := Parse(s, "EUR"); err == nil && a.Abs().Minor > MaxMinor {
			t.Fatalf("%q was read as %v", s, a)
		}
	})
}

func TestPropertySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(-MaxMinor, MaxMinor).Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(0, MaxMinor), 1, 12).Draw(t, "weights")
		sum, sumW := new(big.Int), new(big.Int)
		for _, w := range weights {
			sumW.Add(sumW, big.NewInt(w))
		}
		for i, p := range Split(Of(total, "EUR"), weights) {
			sum.Add(sum, big.NewInt(p.Minor))
			if sumW.Sign() == 0 {
				continue
			}
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])), sumW)
			if off := exact.Sub(exact, new(big.Rat).SetInt64(p.Minor)); off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is a whole unit away from its exact share", i)
			}
		}
		if sum.Cmp(big.NewInt(total)) != 0 {
			t.Fatalf("the parts sum to %s of %d", sum, total)
		}
	})
}

func TestPropertyInstalments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, n := rapid.Int64Range(0, MaxMinor).Draw(t, "total"), rapid.IntRange(1, 60).Draw(t, "n")
		var sum int64
		for i, p := range Instalments(Of(total, "EUR"), n) {
			if sum += p.Minor; i < n-1 && p.Minor != total/int64(n) {
				t.Fatalf("instalment %d is %d", i, p.Minor)
			}
		}
		if sum != total {
			t.Fatalf("they sum to %d of %d", sum, total)
		}
	})
}
