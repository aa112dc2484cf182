// Package reference is how money finds its way: payment references, account numbers and the square that a bank's app reads.
//
//   - RF: creditor references of ISO 11649, "RF18 5390 0754 7034".
//   - Kenmerk: the Dutch betalingskenmerk; OGM: the Belgian structured communication.
//   - IBAN and BIC: form and check digits. A right checksum does not mean that the account exists.
//   - Transfer: the EPC069-12 payload of a SEPA credit transfer, and QR, the square for it.
//
// It is pure. Parse functions accept what people type (spaces, small letters) and return the canonical form; what is
// wrong is a *fault.Error that says what was expected. Rules and vectors: rulebook 7.
package reference

import (
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
)

// RF makes the ISO 11649 reference of a creditor's own reference: 1 to 21 letters and digits.
func RF(own string) (string, error) {
	own = compact(own)
	if len(own) < 1 || len(own) > 21 || !alphanumeric(own) {
		return "", fault.Invalidf("reference.rf_own", "%.40q cannot become an RF reference; expected 1 to 21 letters and digits", own)
	}
	check := 98 - mod97(own+"RF00")
	return "RF" + string([]byte{'0' + byte(check/10), '0' + byte(check%10)}) + own, nil
}

// ParseRF checks an ISO 11649 reference and returns it without spaces, in capitals.
func ParseRF(s string) (string, error) {
	s = compact(s)
	if len(s) < 5 || len(s) > 25 || !strings.HasPrefix(s, "RF") || !digits(s[2:4]) || !alphanumeric(s) {
		return "", fault.Invalidf("reference.rf", "%.40q is not an RF reference; expected RF, two digits and 1 to 21 letters and digits", s)
	}
	if mod97(s[4:]+s[:4]) != 1 {
		return "", fault.Invalidf("reference.rf_check", "the check digits of %s are not right: it has been mistyped", s)
	}
	return s, nil
}

// Groups writes a reference or account number in groups of four, as it is printed.
func Groups(s string) string {
	var b strings.Builder
	for i, r := range compact(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// compact takes out spaces (no-break ones too) and makes capitals.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\t':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// mod97 is the remainder of ISO 7064: letters count as 10 to 35.
func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}
