package importer

import (
	"bytes"
	"unicode/utf8"

	"github.com/voldaan/voldaan/backend/money"
)

// decimalMark is the character before the cents: '.' or ','; 0 when it is not known.
type decimalMark byte

func (d decimalMark) String() string {
	if d == 0 {
		return ""
	}
	return string(rune(d))
}

// written is an amount as somebody wrote it, taken apart: the digits and marks that are left, the sign and the
// currency that stood around them.
type written struct {
	body     []byte // digits, '.', ',', spaces and apostrophes
	negative bool
	currency string // sign or code; points into the text or is constant
	dash     byte   // ',' or '.' before a dash that stands for the cents
}

// takeApart removes what people put around an amount: currency signs and codes, minus signs before or behind,
// accountants' brackets, "CR" and "DR". ok is false when what is left is no number.
func takeApart(text []byte) (w written, ok bool) {
	t := bytes.TrimSpace(text)
	for range 6 { // each round takes one thing off an end
		if len(t) == 0 {
			return w, false
		}
		first, last := t[0], t[len(t)-1]
		switch {
		case first >= '0' && first <= '9' && last >= '0' && last <= '9':
			w.body = t
			return w, numberBody(t)
		case first == '(' && last == ')' && len(t) > 2:
			w.negative = !w.negative
			t = bytes.TrimSpace(t[1 : len(t)-1])
		case first == '-' || first == '+':
			w.negative = w.negative != (first == '-')
			t = bytes.TrimSpace(t[1:])
		case bytes.HasSuffix(t, []byte(",-")) || bytes.HasSuffix(t, []byte(".-")) || bytes.HasSuffix(t, []byte(",--")) || bytes.HasSuffix(t, []byte(".--")):
			w.dash = t[bytes.LastIndexAny(t, ",.")]
			t = bytes.TrimRight(t, "-,.") // "125,-" is how the Dutch and the Germans write whole euros
		case last == '-' && len(t) > 1:
			w.negative = !w.negative
			t = bytes.TrimSpace(t[:len(t)-1])
		case bytes.HasPrefix(t, []byte("−")):
			w.negative = !w.negative
			t = bytes.TrimSpace(t[len("−"):])
		case (first == '.' || first == ',') && len(t) > 1 && t[1] >= '0' && t[1] <= '9' && last >= '0' && last <= '9':
			w.body = t
			return w, numberBody(t)
		default:
			var found bool
			if t, found = w.affix(t); !found {
				return w, false
			}
		}
	}
	return w, false
}

// affix takes a currency or a debit/credit mark off the front or the end.
func (w *written) affix(t []byte) ([]byte, bool) {
	for _, sign := range [...]string{"€", "$", "£", "¥"} {
		if bytes.HasPrefix(t, []byte(sign)) {
			w.currency = sign
			return bytes.TrimSpace(t[len(sign):]), true
		}
		if bytes.HasSuffix(t, []byte(sign)) {
			w.currency = sign
			return bytes.TrimSpace(t[:len(t)-len(sign)]), true
		}
	}
	n := 0
	for n < len(t) && isLetter(t[n]) {
		n++
	}
	if n == 3 && n < len(t) {
		if c := money.Currency(bytes.ToUpper(t[:3])); c.Valid() {
			w.currency = string(c)
			return bytes.TrimSpace(t[3:]), true
		}
	}
	e := len(t)
	for e > 0 && isLetter(t[e-1]) {
		e--
	}
	switch tail := bytes.ToUpper(t[e:]); {
	case len(tail) == 3 && e > 0 && money.Currency(tail).Valid():
		w.currency = string(tail)
		return bytes.TrimSpace(t[:e]), true
	case e > 0 && (string(tail) == "CR" || string(tail) == "H"):
		w.negative = !w.negative
		return bytes.TrimSpace(t[:e]), true
	case e > 0 && (string(tail) == "DR" || string(tail) == "S"):
		return bytes.TrimSpace(t[:e]), true
	}
	return t, false
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// numberBody reports whether the text is digits with marks between them.
func numberBody(t []byte) bool {
	for i := 0; i < len(t); {
		switch c := t[i]; {
		case c >= '0' && c <= '9', c == '.', c == ',', c == ' ', c == '\'':
			i++
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(t[i:])
			if r != '\u00a0' && r != '\u202f' && r != '\u2009' && r != '’' {
				return false
			}
			i += n
		default:
			return false
		}
	}
	return true
}

// marks is what the writing of one number says about the decimal mark.
type marks uint8

const (
	marksNone     marks = iota // no mark at all
	marksDot                   // the dot can only be decimal
	marksComma                 // the comma can only be decimal
	marksAskDot                // one dot and three digits: thousands or decimals
	marksAskComma              // one comma and three digits
	marksBad                   // no number is written like this
)

// evidence looks at one number and at the dash behind it.
func (w *written) evidence() marks {
	switch m := evidence(w.body); {
	case w.dash == 0 || m == marksBad:
		return m
	case w.dash == ',':
		return marksComma
	}
	return marksDot
}

// evidence looks at the digits and marks of one number.
func evidence(body []byte) marks {
	dots, commas := bytes.Count(body, []byte{'.'}), bytes.Count(body, []byte{','})
	switch {
	case dots == 0 && commas == 0:
		return marksNone
	case dots > 0 && commas > 0:
		lastDot, lastComma := bytes.LastIndexByte(body, '.'), bytes.LastIndexByte(body, ',')
		switch {
		case lastDot > lastComma && dots == 1:
			return marksDot
		case lastComma > lastDot && commas == 1:
			return marksComma
		}
		return marksBad
	case dots > 1:
		return marksComma
	case commas > 1:
		return marksDot
	}
	mark, only, ask := byte('.'), marksDot, marksAskDot
	if commas == 1 {
		mark, only, ask = ',', marksComma, marksAskComma
	}
	at := bytes.IndexByte(body, mark)
	after := len(body) - at - 1
	whole := body[:at]
	if after != 3 || len(whole) == 0 || len(whole) > 3 || whole[0] == '0' {
		return only
	}
	return ask
}

// reading errors of amounts.
type amountFault uint8

const (
	amountOK amountFault = iota
	amountNotNumber
	amountWrongMarks     // not written with the column's decimal mark
	amountDecimals       // more decimals than the currency has
	amountTooLarge       // beyond money.MaxMinor
	amountDamaged        // an exponent: a spreadsheet program has thrown digits away
	maxAmountDigits  int = 18
)

// minorUnits reads the digits of a written number as minor units of a currency with exp decimals. With round, decimals
// beyond exp are rounded half away from zero (a computed cell), and rounded reports that this lost something.
func minorUnits(body []byte, dec decimalMark, exp int, round bool) (minor int64, rounded bool, bad amountFault) {
	if dec == 0 {
		dec = '.'
	}
	digits, decimals, group := 0, -1, 0
	groups := 0
	var up bool
	for _, c := range body {
		switch {
		case c >= '0' && c <= '9':
			if decimals >= exp && decimals >= 0 {
				if decimals == exp {
					up = c >= '5'
				}
				if c != '0' {
					rounded = true
				}
				decimals++
				continue
			}
			if minor = minor*10 + int64(c-'0'); minor != 0 {
				digits++
			}
			if digits > maxAmountDigits {
				return 0, false, amountTooLarge
			}
			if decimals >= 0 {
				decimals++
			} else {
				group++
			}
		case decimalMark(c) == dec:
			if decimals >= 0 || groups > 0 && group != 3 {
				return 0, false, amountWrongMarks
			}
			decimals = 0
		case c == '.' || c == ',' || c == '\'' || c == ' ':
			if decimals >= 0 || group == 0 || group > 3 || groups > 0 && group < 2 {
				return 0, false, amountWrongMarks
			}
			groups, group = groups+1, 0
		}
	}
	if groups > 0 && decimals < 0 && group != 3 {
		return 0, false, amountWrongMarks
	}
	for d := max(decimals, 0); d < exp; d++ {
		if minor = minor * 10; minor > 10*money.MaxMinor {
			return 0, false, amountTooLarge
		}
	}
	if rounded && !round {
		return 0, false, amountDecimals
	}
	if rounded && up {
		minor++
	}
	if minor > money.MaxMinor {
		return 0, false, amountTooLarge
	}
	return minor, rounded, amountOK
}
