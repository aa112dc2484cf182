package reference

import (
	"github.com/voldaan/voldaan/backend/fault"
)

// ibanLengths are the lengths of account numbers by country, as the registry of SWIFT has them.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
	"IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
	"LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18,
	"NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31,
	"SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29,
	"VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// ParseIBAN checks an account number, by the length of its country and its check digits, and returns it without spaces.
func ParseIBAN(s string) (string, error) {
	s = compact(s)
	if len(s) < 5 || !alphanumeric(s) || s[0] < 'A' || s[1] < 'A' || !digits(s[2:4]) {
		return "", fault.Invalidf("reference.iban", "%.40q is not an IBAN; expected something like NL91 ABNA 0417 1643 00", s)
	}
	want, known := ibanLengths[s[:2]]
	if !known {
		return "", fault.Invalidf("reference.iban_country", "%s is not a country with IBANs", s[:2])
	}
	if len(s) != want {
		return "", fault.Invalidf("reference.iban_length", "%.40s has %d characters; an IBAN of %s has %d", s, len(s), s[:2], want)
	}
	if check := mod97(s[4:] + s[:4]); check != 1 || s[2:4] < "02" || s[2:4] > "98" {
		return "", fault.Invalidf("reference.iban_check", "the check digits of %s are not right: it has been mistyped", s)
	}
	return s, nil
}

// IBAN makes the account number of a country's own (basic) account number, by adding the check digits.
func IBAN(country, basic string) (string, error) {
	country, basic = compact(country), compact(basic)
	if len(country) != 2 || !alphanumeric(basic) {
		return "", fault.Invalidf("reference.iban", "%.40q is not an IBAN; expected something like NL91 ABNA 0417 1643 00", country+basic)
	}
	check := 98 - mod97(basic+country+"00")
	return ParseIBAN(country + string([]byte{'0' + byte(check/10), '0' + byte(check%10)}) + basic)
}

// ParseBIC checks the form of a bank's code: four letters or digits, the country, two of the place, perhaps three of the
// branch.
func ParseBIC(s string) (string, error) {
	s = compact(s)
	if (len(s) != 8 && len(s) != 11) || !alphanumeric(s) || s[4] < 'A' || s[5] < 'A' {
		return "", fault.Invalidf("reference.bic", "%.40q is not a BIC; expected 8 or 11 letters and digits such as ABNANL2A", s)
	}
	return s, nil
}
