package importer

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// read is an amount of a column with the given decimal mark, in cents.
func readAmount(text string, dec decimalMark, exp int) (minor int64, bad amountFault) {
	w, ok := takeApart([]byte(text))
	if !ok {
		return 0, amountNotNumber
	}
	minor, _, bad = minorUnits(w.body, dec, exp, false)
	if w.negative {
		minor = -minor
	}
	return minor, bad
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		text string
		dec  decimalMark
		exp  int
		want int64
		bad  amountFault
	}{
		{"1210.00", '.', 2, 121000, 0},
		{"1.210,00", ',', 2, 121000, 0},
		{"1 210,50 €", ',', 2, 121050, 0},
		{"€ 1.210,-", ',', 2, 121000, 0},
		{"EUR 5", ',', 2, 500, 0},
		{"5 eur", '.', 2, 500, 0},
		{"-5,00", ',', 2, -500, 0},
		{"5,00-", ',', 2, -500, 0},
		{"(1,284.50)", '.', 2, -128450, 0},
		{"$(12.00)", '.', 2, -1200, 0},
		{"−7.5", '.', 2, -750, 0},
		{"1'234.55", '.', 2, 123455, 0},
		{"1\u202f234\u00a0567,8", ',', 2, 123456780, 0},
		{"1,18,000.00", '.', 2, 11800000, 0},
		{" 000000000007760,45", ',', 2, 776045, 0},
		{"-000000000001437,12", ',', 2, -143712, 0},
		{"12,00 CR", ',', 2, -1200, 0},
		{"12,00 H", ',', 2, -1200, 0},
		{"12,00 S", ',', 2, 1200, 0},
		{".5", '.', 2, 50, 0},
		{"100", ',', 0, 100, 0},
		{"1.234", '.', 3, 1234, 0},
		{"1.500", '.', 2, 150, 0},
		{"1.5050", '.', 2, 0, amountDecimals},
		{"1.234", ',', 2, 123400, 0},
		{"12,50", '.', 2, 0, amountWrongMarks},
		{"1.2.3", '.', 2, 0, amountWrongMarks},
		{"12.34,56", ',', 2, 0, amountWrongMarks},
		{"abc", '.', 2, 0, amountNotNumber},
		{"", '.', 2, 0, amountNotNumber},
		{"12 EUR 5", '.', 2, 0, amountNotNumber},
		{"99999999999999999999", '.', 2, 0, amountTooLarge},
		{"10000000000001", '.', 2, 0, amountTooLarge},
	} {
		got, bad := readAmount(c.text, c.dec, c.exp)
		if got != c.want && bad == 0 || bad != c.bad {
			t.Errorf("%q with %q: got %d (%d), want %d (%d)", c.text, string(rune(c.dec)), got, bad, c.want, c.bad)
		}
	}
}

// TestAmountsWritten: any amount, written in any of the usual ways, is read back to the cent.
func TestAmountsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(-money.MaxMinor, money.MaxMinor).Draw(t, "minor")
		a := money.Of(minor, "EUR").Abs().String()
		dec := rapid.SampledFrom([]string{".", ","}).Draw(t, "decimal")
		whole, cents, _ := strings.Cut(a, ".")
		mark := rapid.SampledFrom([]string{"", map[string]string{".": ",", ",": "."}[dec], " ", "'", "\u00a0"}).Draw(t, "thousands")
		var b strings.Builder
		for i, r := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteString(mark)
			}
			b.WriteRune(r)
		}
		text := b.String() + dec + cents
		if minor < 0 {
			text = rapid.SampledFrom([]string{"-%", "%-", "(%)", "−%", "- %", "€ -%", "-€%", "% CR"}).Draw(t, "sign")
			text = strings.Replace(text, "%", b.String()+dec+cents, 1)
		}
		got, bad := readAmount(text, decimalMark(dec[0]), 2)
		if bad != amountOK || got != minor {
			t.Fatalf("%q: got %d (%d), want %d", text, got, bad, minor)
		}
	})
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		text  string
		order DateOrder
		want  string
	}{
		{"2026-01-31", OrderYMD, "2026-01-31"}, {"2026/1/3", OrderDMY, "2026-01-03"}, {"20260131", OrderYMD, "2026-01-31"},
		{"31-01-2026", OrderDMY, "2026-01-31"}, {"1/31/2026", OrderMDY, "2026-01-31"}, {"05/06/2026", OrderDMY, "2026-06-05"},
		{"05/06/2026", OrderMDY, "2026-05-06"}, {"31.01.26", OrderDMY, "2026-01-31"}, {"31.12.99", OrderDMY, "1999-12-31"},
		{"2026-01-31T00:00:00Z", OrderYMD, "2026-01-31"}, {"31-1-2026 10:15", OrderDMY, "2026-01-31"}, {"2026-01-31 00:00:00.000", OrderYMD, "2026-01-31"},
		{"22 Jan 26", OrderDMY, "2026-01-22"}, {"Jan 22, 2026", OrderDMY, "2026-01-22"}, {"22-jan-2026", OrderMDY, "2026-01-22"},
		{"1er février 2026", OrderDMY, "2026-02-01"}, {"31. März 2026", OrderDMY, "2026-03-31"}, {"3 mei 2026", OrderDMY, "2026-05-03"},
		{"15 août 2026", OrderDMY, "2026-08-15"}, {"July 4th, 2026", OrderDMY, "2026-07-04"}, {"29-02-2028", OrderDMY, "2028-02-29"},
		{"29-02-2026", OrderDMY, ""}, {"99/99/9999", OrderDMY, ""}, {"13/13/2026", OrderDMY, ""}, {"05:23.4", OrderDMY, ""}, {"12:00", OrderDMY, ""},
		{"hello", OrderDMY, ""}, {"", OrderDMY, ""}, {"1.234.567", OrderDMY, ""}, {"2026", OrderYMD, ""}, {"12345678", OrderYMD, ""},
		{"31-01-2026-5", OrderDMY, ""}, {"31-01-1899", OrderDMY, ""}, {"1/31/2026", OrderDMY, ""},
	} {
		d, ok := takeDate([]byte(c.text)).date(c.order)
		if got := d.String(); got != c.want || ok != (c.want != "") {
			t.Errorf("%q %s: got %q, want %q", c.text, c.order, got, c.want)
		}
	}
}

// TestDayNumber: our integers agree with the calendar of the standard library on every day.
func TestDayNumber(t *testing.T) {
	end := civil.Of(2199, 12, 31)
	for d := civil.Of(1900, 1, 1); d <= end; d++ {
		y, m, day := d.Date()
		if got := civil.Date(dayNumber(y, int(m), day)); got != d {
			t.Fatalf("%s: got %d, want %d", d, got, d)
		}
		if last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day(); monthDays(y, int(m)) != last {
			t.Fatalf("%d-%d has %d days", y, m, last)
		}
	}
}

func TestBuckets(t *testing.T) {
	for s, want := range map[string]bool{"1 - 30 days": true, "31-60": true, "> 90": true, "Over 5 years": true, "1 à 30 jours": true, "Current": true,
		"91 or more days past due": true, "90+": true, "< 1 Month": true, "1 Month": true, "Less than one year": true, "31 to 60 days": true, "Niet vervallen": true,
		"2026": false, "Invoice 1-2": false, "12300139": false, "Jansen B.V.": false, "2026-01-31": false, "Amount": false, "30 days": true} {
		if isBucket(s) != want {
			t.Errorf("%q: got %v", s, !want)
		}
	}
}

// FuzzAmount: no bytes make an amount beyond the ledger's bounds, and reading never fails otherwise than by a code.
func FuzzAmount(f *testing.F) {
	for _, s := range []string{"1.210,00", "(5)", "€ -1", "1e9", "--5", "1,,2", "12,5 CR", "−", "9999999999999999999,99"} {
		f.Add(s, true, 2)
	}
	f.Fuzz(func(t *testing.T, s string, comma bool, exp int) {
		dec := decimalMark('.')
		if comma {
			dec = ','
		}
		got, bad := readAmount(s, dec, min(max(exp, 0), 4))
		if bad == amountOK && (got > money.MaxMinor || got < -money.MaxMinor) {
			t.Fatalf("%q is %d", s, got)
		}
	})
}

// FuzzDate: what is read as a date is a day between 1900 and 2199, in either order.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"2026-01-31", "31.1.26", "Jan 5, 2026", "99/99/9999", "05:23.4", "1er mai 2026"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := takeDate([]byte(s))
		for _, o := range []DateOrder{OrderDMY, OrderMDY, OrderYMD} {
			if d, ok := p.date(o); ok && (d.Year() < 1900 || d.Year() > 2199) {
				t.Fatalf("%q is %s", s, d)
			}
		}
	})
}
