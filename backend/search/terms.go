package search

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/voldaan/voldaan/backend/ledger"
)

// The index knows one field. A term there is the firm, a class and the beginning of a word, of 2 to 12 letters.
const (
	field   = "t"
	gramMin = 2
	gramMax = 12

	classParty    byte = 'p' // beginnings of words of customers and contacts
	classDocument byte = 'd' // of documents and payments
	classExact    byte = 'x' // whole numbers and references, up to gramMax letters
)

// term is what the index stores and looks for.
func term(firm ledger.FirmID, class byte, s string) string { return firmCode(firm) + string(class) + s }

// firmCode is short, because it begins every term. Should two firms ever share it, the store still tells them apart.
func firmCode(firm ledger.FirmID) string {
	sum := sha256.Sum256(firm[:])
	return base32.StdEncoding.EncodeToString(sum[:5])
}

var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ł", "l", "ı", "i")

// fold makes texts comparable: lower case, without accents.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return letters.Replace(b.String())
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// words are the folded words of a text, each once.
func words(s string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(fold(s), separates) {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// compact is a text without anything but letters and digits: how numbers are compared.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if separates(r) {
			return -1
		}
		return r
	}, fold(s))
}

// trimZeros takes leading zeros off: people do not type them.
func trimZeros(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return s
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// trim cuts a word to what the index knows of it.
func trim(s string) string {
	n := 0
	for i := range s {
		if n++; n > gramMax {
			return s[:i]
		}
	}
	return s
}

// gatherer collects the terms of one thing, each once.
type gatherer struct {
	firm  ledger.FirmID
	class byte
	seen  map[string]bool
	terms []string
}

func (g *gatherer) add(class byte, s string) {
	t := string(class) + s
	if !g.seen[t] {
		g.seen[t] = true
		g.terms = append(g.terms, firmCode(g.firm)+t)
	}
}

// word adds the beginnings of a word.
func (g *gatherer) word(w string) {
	n := 0
	for i := range w {
		if n >= gramMin {
			g.add(g.class, w[:i])
		}
		if n++; n > gramMax {
			return
		}
	}
	g.add(g.class, w)
}

// text adds the words of a name.
func (g *gatherer) text(s string) {
	for _, w := range words(s) {
		g.word(w)
	}
}

// number adds a number as it is written, without its separators, without leading zeros, and whole.
func (g *gatherer) number(s string) {
	flat := compact(s)
	if flat == "" {
		return
	}
	g.text(s)
	g.word(flat)
	g.word(trimZeros(flat))
	g.add(classExact, trim(flat))
	g.add(classExact, trim(trimZeros(flat)))
}
