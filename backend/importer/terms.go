package importer

import (
	"slices"
	"strings"
	"unicode"
)

// termDays reads a payment term in words: "Net 30", "30 dagen netto", "14 Tage", "2/10 net 30", "due on receipt". ok is
// false where it says no number of days ("end of month", a code of the ERP such as "CA10"): then it is not guessed.
func termDays(s string) (days int, ok bool) {
	for _, w := range []string{"onreceipt", "uponreceipt", "immediate", "perdirect", "direct", "contant", "sofort", "areception", "comptant", "prepaid"} {
		if strings.Contains(plainTitle(s), w) {
			return 0, true
		}
	}
	for _, w := range []string{"eom", "endofmonth", "eindemaand", "eindevandemaand", "findemois", "monatsende", "ultimo", "monthend"} {
		if strings.Contains(plainTitle(s), w) {
			return 0, false
		}
	}
	net := false
	for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '%' }) {
		digits := strings.TrimLeftFunc(strings.TrimRightFunc(word, unicode.IsLetter), unicode.IsLetter)
		around := strings.Replace(word, digits, "", 1)
		switch {
		case digits == "":
			net = net || word == "net" || word == "netto" && days == 0 || word == "n"
			continue
		case strings.HasSuffix(word, "%"):
			continue
		case !slices.Contains([]string{"", "d", "dg", "dgn", "t", "j", "days", "dagen", "tage", "jours", "net", "n"}, around):
			return 0, false
		case len(digits) > 3 || !digitsOnly([]byte(digits)):
			return 0, false
		}
		n := firstNumber([]byte(digits))
		if net || around == "net" || around == "n" {
			return n, n <= 365
		}
		days, ok = max(days, n), true // the days of a discount are fewer, and so is its percentage
	}
	return days, ok && days <= 365
}
