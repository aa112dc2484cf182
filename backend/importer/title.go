package importer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plainTitle writes a column title or label so that its spellings compare equal: small letters and digits only, accents
// removed, words of "InvoiceDate" and "Bedrag_EUR" kept together without what joined them.
func plainTitle(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case r == '%':
			b.WriteString("percent")
		case r == '#':
			b.WriteString("number")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// bareTitle is a title without what says nothing about the column: what stands in brackets, currencies, "incl. VAT".
func bareTitle(s string) string {
	for {
		open := strings.IndexAny(s, "([")
		if open < 0 {
			break
		}
		end := strings.IndexAny(s[open:], ")]")
		if end < 0 {
			s = s[:open]
			break
		}
		s = s[:open] + " " + s[open+end+1:]
	}
	t := plainTitle(s)
	for again := true; again; {
		again = false
		for _, tail := range noise {
			if rest, ok := strings.CutSuffix(t, tail); ok && len(rest) >= 3 {
				t, again = rest, true
			}
		}
	}
	return t
}

var noise = []string{"eur", "euro", "usd", "gbp", "inclbtw", "inclusiefbtw", "inclvat", "inclusivevat", "inclmwst",
	"bruttobetrag", "ttc", "incl", "lcy", "inhauswahrung", "inbasiswahrung", "home", "localcurrency", "inlocalcurrency",
	"inlokalevaluta", "lokalevaluta", "endevise",
	"signed", "incurrency", "inbasecurrency", "indocumentcurrency", "intransactioncurrency", "infirmenwahrung", "inbelegwahrung", "enmonnaielocale"}

// titleCurrency is the currency that a title names: "Bedrag_EUR", "Amount (USD)", "Betrag €".
func titleCurrency(s string) string {
	if strings.Contains(s, "€") {
		return "EUR"
	}
	if strings.Contains(s, "£") {
		return "GBP"
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch word {
		case "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "JPY":
			return word
		case "Euro", "euro":
			return "EUR"
		}
	}
	return ""
}

// plainName is a customer's name for comparing: case, accents, punctuation and spacing do not count.
func plainName(s string) string { return plainTitle(norm.NFKC.String(s)) }

// splitParty takes "10001 - Jansen BV" or "Debiteur: 1001 Jansen Bouw" apart. ok is false for a plain name or number.
func splitParty(s string) (number, name string, ok bool) {
	s = strings.TrimSpace(s)
	if label, rest, found := strings.Cut(s, ":"); found {
		switch plainTitle(label) {
		case "debiteur", "klant", "relatie", "customer", "client", "account", "kunde", "debitor", "konto", "compte", "customername", "klantnaam":
			s = strings.TrimSpace(rest)
		}
	}
	number, rest, found := strings.Cut(s, " ")
	number = strings.TrimRight(number, ":,-")
	name = strings.TrimLeft(rest, " -–:|")
	digits := strings.ContainsAny(number, "0123456789")
	letters := strings.IndexFunc(name, unicode.IsLetter) >= 0
	short := len(number) >= 2 && len(number) <= 15
	if !found || !digits || !letters || !short || strings.Trim(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-") != "" {
		return "", s, false
	}
	return number, name, true
}
