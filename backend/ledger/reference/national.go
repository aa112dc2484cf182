package reference

import (
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
)

// weights of the betalingskenmerk, from the right, again and again (rulebook 7.3).
var weights = [...]int{2, 4, 8, 5, 10, 9, 7, 3, 6, 1}

// Kenmerk makes a Dutch betalingskenmerk of 1 to 15 digits: seven stand alone; up to twelve get a length code and a check
// digit, 9 to 14 in all; more are filled with zeros to fifteen and get a check digit.
func Kenmerk(own string) (string, error) {
	own = compact(own)
	if len(own) < 1 || len(own) > 15 || !digits(own) {
		return "", fault.Invalidf("reference.kenmerk_own", "%.40q cannot become a betalingskenmerk; expected 1 to 15 digits", own)
	}
	switch n := len(own); {
	case n <= 7:
		return strings.Repeat("0", 7-n) + own, nil
	case n <= 12:
		own = string('0'+byte(n%10)) + own
	default:
		own = strings.Repeat("0", 15-n) + own
	}
	return string('0'+kenmerkCheck(own)) + own, nil
}

func kenmerkCheck(s string) byte {
	sum := 0
	for i := range len(s) {
		sum += int(s[len(s)-1-i]-'0') * weights[i%len(weights)]
	}
	switch c := 11 - sum%11; c {
	case 10:
		return 1
	case 11:
		return 0
	default:
		return byte(c)
	}
}

// ParseKenmerk checks a betalingskenmerk and returns its digits.
func ParseKenmerk(s string) (string, error) {
	s = strings.ReplaceAll(compact(s), ".", "")
	n := len(s)
	if !digits(s) || !(n == 7 || n >= 9 && n <= 14 || n == 16) {
		return "", fault.Invalidf("reference.kenmerk", "%.40q is not a betalingskenmerk; expected 7, 9 to 14 or 16 digits", s)
	}
	if n == 7 {
		return s, nil
	}
	if s[0] != '0'+kenmerkCheck(s[1:]) || n < 16 && int(s[1]-'0') != (n-2)%10 {
		return "", fault.Invalidf("reference.kenmerk_check", "the check digit of %s is not right: it has been mistyped", s)
	}
	return s, nil
}

// OGM makes a Belgian structured communication of at most ten digits: "+++202/6000/12320+++".
func OGM(own string) (string, error) {
	own = compact(own)
	if len(own) < 1 || len(own) > 10 || !digits(own) {
		return "", fault.Invalidf("reference.ogm_own", "%.40q cannot become a structured communication; expected 1 to 10 digits", own)
	}
	own = strings.Repeat("0", 10-len(own)) + own
	check := ogmCheck(own)
	return ogm(own + string([]byte{'0' + byte(check/10), '0' + byte(check%10)})), nil
}

func ogm(s string) string { return "+++" + s[:3] + "/" + s[3:7] + "/" + s[7:] + "+++" }

func ogmCheck(s string) int {
	if n := mod97(s); n != 0 {
		return n
	}
	return 97
}

// ParseOGM checks a Belgian structured communication, with or without its marks, and returns it with them.
func ParseOGM(s string) (string, error) {
	s = strings.NewReplacer("+", "", "*", "", "/", "", ".", "").Replace(compact(s))
	if len(s) != 12 || !digits(s) {
		return "", fault.Invalidf("reference.ogm", "%.40q is not a structured communication; expected 12 digits such as +++010/8068/17183+++", s)
	}
	if mod97(s[10:]) != ogmCheck(s[:10])%97 || s[10:] == "00" {
		return "", fault.Invalidf("reference.ogm_check", "the check digits of %s are not right: it has been mistyped", ogm(s))
	}
	return ogm(s), nil
}
