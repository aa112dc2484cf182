// Package money holds exact amounts.
//
// An Amount is a signed number of minor units (cents for EUR, yen for JPY, millimes for TND) together with its
// ISO 4217 currency; there are no binary floats anywhere (rulebook 0.1). Intermediate mathematics uses exact
// rationals and is rounded once, at the end, half-up away from zero (rulebook 0.2): see Round.
//
// Adding amounts of different currencies, or an overflow, is a programming error and panics: everything that
// comes from outside is checked by Parse, which refuses unknown currencies and amounts above MaxMinor.
package money

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/bojanz/currency"

	"github.com/voldaan/voldaan/backend/fault"
)

// Currency is an ISO 4217 code in capitals, such as "EUR". The empty string means "none".
type Currency string

// MaxMinor bounds every amount that enters from outside: ten trillion in a two-decimal currency. A sum of nine
// thousand such amounts still fits an int64, and larger sums are checked by Add.
const MaxMinor = 1_000_000_000_000_000

// Exponent is the number of decimals of the currency (EUR 2, JPY 0, TND 3); ok is false for an unknown code.
func (c Currency) Exponent() (digits int, ok bool) {
	d, ok := currency.GetDigits(string(c))
	return int(d), ok
}

// Valid reports whether the code is a known ISO 4217 currency; "none" is not one.
func (c Currency) Valid() bool { return c != "" && currency.IsValid(string(c)) }

// ParseCurrency reads a three-letter code in any case, surrounding space ignored.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(strings.ToUpper(strings.TrimSpace(s)))
	if !c.Valid() {
		return "", fault.Invalidf("money.currency", "%q is not a currency; expected an ISO code such as EUR", s)
	}
	return c, nil
}

// Amount is an exact sum of money: Minor units of Currency. The zero Amount has no currency and adds to anything.
type Amount struct {
	Minor    int64
	Currency Currency
}

// Of makes an amount from minor units.
func Of(minor int64, c Currency) Amount { return Amount{Minor: minor, Currency: c} }

// Parse reads a plain decimal in major units with a dot ("1210.00", "-5", "+3.5"), as the contract's JSON has it.
// More decimals than the currency has are refused unless they are zeros.
func Parse(s string, c Currency) (Amount, error) {
	exp, ok := c.Exponent()
	if !ok {
		return Amount{}, fault.Invalidf("money.currency", "%q is not a currency; expected an ISO code such as EUR", string(c))
	}
	bad := func() (Amount, error) {
		return Amount{}, fault.Invalidf("money.amount", "%q is not an amount; expected digits with at most %d decimals, such as %s",
			s, exp, Of(121000, c))
	}
	t, neg := s, false
	if strings.HasPrefix(t, "-") || strings.HasPrefix(t, "+") {
		neg, t = t[0] == '-', t[1:]
	}
	whole, frac, dotted := strings.Cut(t, ".")
	if whole == "" || (dotted && frac == "") || !digits(whole) || !digits(frac) || len(whole) > 18 {
		return bad()
	}
	for len(frac) > exp {
		if frac[len(frac)-1] != '0' {
			return bad()
		}
		frac = frac[:len(frac)-1]
	}
	frac += strings.Repeat("0", exp-len(frac))
	n, ok := new(big.Int).SetString(whole+frac, 10)
	if !ok || n.CmpAbs(big.NewInt(MaxMinor)) > 0 {
		return Amount{}, fault.Invalidf("money.size", "%q is larger than this ledger accepts", s)
	}
	v := n.Int64()
	if neg {
		v = -v
	}
	return Of(v, c), nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String is the amount in major units with the currency's decimals and a dot: "1210.00", "-0.05". It has no currency
// code; it is the form of JSON and CSV, not of people (see Format).
func (a Amount) String() string {
	exp, ok := a.Currency.Exponent()
	if !ok {
		exp = 2
	}
	u := uint64(a.Minor)
	sign := ""
	if a.Minor < 0 {
		sign, u = "-", -u
	}
	s := fmt.Sprintf("%0*d", exp+1, u)
	if exp == 0 {
		return sign + s
	}
	return sign + s[:len(s)-exp] + "." + s[len(s)-exp:]
}

// Format writes the amount for a reader of the given language or locale ("nl", "fr-BE", "en"): CLDR symbols, grouping
// and the real minus sign.
func (a Amount) Format(locale string) string {
	v, err := currency.NewAmount(a.String(), string(a.Currency))
	if err != nil {
		return a.String() + " " + string(a.Currency)
	}
	f := currency.NewFormatter(currency.NewLocale(locale))
	return strings.ReplaceAll(f.Format(v), "-", "−")
}

// IsZero reports whether there is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Neg is the amount with the other sign.
func (a Amount) Neg() Amount { return Amount{-a.Minor, a.Currency} }

// Abs is the amount without its sign.
func (a Amount) Abs() Amount {
	if a.Minor < 0 {
		return a.Neg()
	}
	return a
}

// Add is a + b. It panics on different currencies and on overflow.
func (a Amount) Add(b Amount) Amount {
	c := a.same(b)
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		panic(fmt.Sprintf("money: %d + %d overflows", a.Minor, b.Minor))
	}
	return Amount{sum, c}
}

// Sub is a - b. It panics on different currencies and on overflow.
func (a Amount) Sub(b Amount) Amount { return a.Add(b.Neg()) }

// Cmp compares two amounts of one currency: -1, 0 or +1.
func (a Amount) Cmp(b Amount) int {
	a.same(b)
	switch {
	case a.Minor < b.Minor:
		return -1
	case a.Minor > b.Minor:
		return 1
	}
	return 0
}

// Min is the smaller of two amounts of one currency.
func Min(a, b Amount) Amount {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

func (a Amount) same(b Amount) Currency {
	switch {
	case a.Currency == b.Currency, b.Currency == "" && b.Minor == 0:
		return a.Currency
	case a.Currency == "" && a.Minor == 0:
		return b.Currency
	}
	panic(fmt.Sprintf("money: %s and %s do not mix", a.Currency, b.Currency))
}

// Mul is a × r, rounded once, half-up away from zero.
func (a Amount) Mul(r *big.Rat) Amount {
	return Amount{Round(new(big.Rat).Mul(new(big.Rat).SetInt64(a.Minor), r)), a.Currency}
}

// Round is the nearest integer, halves away from zero: 2.5 is 3, −2.5 is −3 (rulebook 0.2). It panics when the result
// does not fit an int64.
func Round(r *big.Rat) int64 {
	num := new(big.Int).Abs(r.Num())
	num.Lsh(num, 1).Add(num, r.Denom())
	q := num.Quo(num, new(big.Int).Lsh(r.Denom(), 1))
	if !q.IsInt64() {
		panic("money: rounded value overflows")
	}
	if r.Sign() < 0 {
		return -q.Int64()
	}
	return q.Int64()
}

// Split divides total over the weights by largest remainder, ties by order, so that the parts always sum to total
// exactly (rulebook 4.4). Weights must not be negative; all zero weights give everything to the first part.
func Split(total Amount, weights []int64) []Amount {
	parts := make([]Amount, len(weights))
	if len(weights) == 0 {
		return parts
	}
	sum := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			panic("money: negative weight")
		}
		sum.Add(sum, big.NewInt(w))
	}
	if sum.Sign() == 0 {
		for i := range parts {
			parts[i].Currency = total.Currency
		}
		parts[0] = total
		return parts
	}
	sign := int64(1)
	t := big.NewInt(total.Minor)
	if total.Minor < 0 {
		sign = -1
		t.Neg(t)
	}
	rest := new(big.Int).Set(t)
	rem := make([]*big.Int, len(weights))
	for i, w := range weights {
		q, m := new(big.Int).QuoRem(new(big.Int).Mul(t, big.NewInt(w)), sum, new(big.Int))
		parts[i] = Amount{sign * q.Int64(), total.Currency}
		rest.Sub(rest, q)
		rem[i] = m
	}
	for n := rest.Int64(); n > 0; n-- {
		best := -1
		for i := range rem {
			if rem[i] != nil && (best < 0 || rem[i].Cmp(rem[best]) > 0) {
				best = i
			}
		}
		parts[best].Minor += sign
		rem[best] = nil
	}
	return parts
}

// Instalments cuts total into n parts: n−1 equal ones rounded down, the last takes the remainder, so 1,000.00 in three
// is 333.33, 333.33, 333.34 (rulebook 4.4).
func Instalments(total Amount, n int) []Amount {
	if n < 1 {
		panic("money: instalments need at least one part")
	}
	parts := make([]Amount, n)
	each := total.Minor / int64(n)
	for i := range parts {
		parts[i] = Amount{each, total.Currency}
	}
	parts[n-1].Minor = total.Minor - each*int64(n-1)
	return parts
}
