package xlsx

import (
	"strings"

	"github.com/voldaan/voldaan/backend/importer/table"
)

// style is what a cell's number format says about its value.
type style struct {
	kind table.Kind // Date, Time or Number
	unit string     // currency sign or code
	pad  int        // digits that a whole number is filled up to: "00000" is 5
}

// builtin formats of dates and times; all others of the first 164 are numbers or differ by country in nothing that
// matters here.
func builtin(id int) style {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return style{kind: table.Date}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47:
		return style{kind: table.Time}
	}
	return style{kind: table.Number}
}

// custom reads a format code: letters outside quotes, escapes and brackets decide.
func custom(code string) style {
	st := style{kind: table.Number}
	var letters strings.Builder
	zeros, other := 0, false
scan:
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			break scan // the other sections are for negative numbers, zero and text
		case '\\', '_', '*':
			if c == '\\' && i+1 < len(code) {
				st.currency(code[i+1:])
			}
			i++
			other = true
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				break scan
			}
			st.currency(code[i+1 : i+1+end])
			i += end + 1
			other = true
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				break scan
			}
			inside := code[i+1 : i+end]
			if rest, ok := strings.CutPrefix(inside, "$"); ok {
				sign, _, _ := strings.Cut(rest, "-")
				st.currency(sign)
			} else if l := strings.ToLower(inside); l != "" && strings.Trim(l, l[:1]) == "" && strings.ContainsAny(l, "hms") {
				letters.WriteString("h") // elapsed time
			}
			i += end
			other = true
		case '0':
			zeros++
		default:
			st.currency(code[i:])
			if c|0x20 >= 'a' && c|0x20 <= 'z' {
				letters.WriteByte(c | 0x20)
			}
			other = true
		}
	}
	l := letters.String()
	if strings.HasPrefix(l, "general") || strings.HasPrefix(l, "standard") {
		return st
	}
	switch {
	case strings.ContainsAny(l, "yd"), strings.Contains(l, "m") && !strings.ContainsAny(l, "hs"):
		st.kind = table.Date
	case strings.ContainsAny(l, "hs"):
		st.kind = table.Time
	case zeros > 1 && !other:
		st.pad = min(zeros, 30)
	}
	return st
}

// currency notes the sign or code that the text starts with.
func (st *style) currency(text string) {
	if st.unit != "" {
		return
	}
	text = strings.TrimSpace(text)
	for _, sign := range []string{"€", "$", "£", "¥", "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF"} {
		if strings.HasPrefix(text, sign) {
			st.unit = sign
			return
		}
	}
}
