package importer

import (
	"bytes"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
)

// dateShape is how a date is written.
type dateShape uint8

const (
	shapeNone    dateShape = iota // no date is written like this
	shapeYMD                      // year first, also 20260131
	shapeNamed                    // with the month's name
	shapeDMY                      // numbers that only read day first
	shapeMDY                      // numbers that only read month first
	shapeBoth                     // numbers that read both ways
	shapeSame                     // day and month are the same number
	shapeInvalid                  // three numbers that are no date: 99/99/9999
)

// parts are the numbers of a date in the order in which they stand.
type parts struct {
	a, b, c int
	shape   dateShape
}

// takeDate recognises a date without deciding the order of day and month. A time of day behind it is dropped.
func takeDate(text []byte) parts {
	t := dropTime(bytes.TrimSpace(text))
	if len(t) == 10 && t[8] == '.' && t[9] == '0' {
		t = t[:8] // 20260131.0: a program took the column for numbers
	}
	if len(t) < 6 || len(t) > 30 {
		return parts{}
	}
	var n [3]int
	var width [3]int
	count, named, month := 0, false, 0
	sep := byte(0)
	for i := 0; i < len(t); {
		c := t[i]
		switch {
		case c >= '0' && c <= '9':
			if count == 3 {
				return parts{}
			}
			for i < len(t) && t[i] >= '0' && t[i] <= '9' {
				n[count] = n[count]*10 + int(t[i]-'0')
				if width[count]++; width[count] > 8 {
					return parts{}
				}
				i++
			}
			count++
		case isLetter(c) || c >= 0x80:
			j := i
			for j < len(t) && (isLetter(t[j]) || t[j] >= 0x80) {
				j++
			}
			m := monthNumber(t[i:j])
			switch {
			case m > 0 && !named:
				named, month = true, m
			case !ordinal(t[i:j]):
				return parts{}
			}
			i = j
		case c == '/' || c == '-' || c == '.' || c == ' ' || c == ',' || c == '\'':
			if c != ' ' && sep == 0 {
				sep = c
			}
			i++
		default:
			return parts{}
		}
	}
	switch {
	case named && count == 2:
		return namedDate(n, width, month)
	case named:
		return parts{}
	case count == 1 && width[0] == 8:
		p := parts{n[0] / 10000, n[0] / 100 % 100, n[0] % 100, shapeYMD}
		if p.a < 1900 || p.a > 2199 || !real(p.a, p.b, p.c) {
			return parts{}
		}
		return p
	case count != 3 || sep == ',' || sep == 0:
		return parts{}
	}
	return numericDate(n, width, sep)
}

// dropTime cuts a time of day off: "2026-01-31T00:00:00Z", "31-1-2026 10:15".
func dropTime(t []byte) []byte {
	if i := bytes.IndexByte(t, ':'); i > 0 {
		cut := bytes.LastIndexAny(t[:i], " T")
		if cut < 6 {
			return nil // a time without a date: "05:23.4"
		}
		return bytes.TrimSpace(t[:cut])
	}
	return t
}

func namedDate(n, width [3]int, month int) parts {
	day, year, yw := n[0], n[1], width[1]
	if width[0] == 4 {
		day, year, yw = n[1], n[0], 4
	}
	if yw != 2 && yw != 4 {
		return parts{}
	}
	if year = century(year, yw); !real(year, month, day) {
		return parts{shape: shapeInvalid}
	}
	return parts{year, month, day, shapeNamed}
}

func numericDate(n, width [3]int, sep byte) parts {
	if width[0] == 4 && width[1] <= 2 && width[2] <= 2 {
		if !real(n[0], n[1], n[2]) {
			return parts{shape: shapeInvalid}
		}
		return parts{n[0], n[1], n[2], shapeYMD}
	}
	if width[0] > 2 || width[1] > 2 || width[2] != 2 && width[2] != 4 {
		return parts{}
	}
	p := parts{a: n[0], b: n[1], c: century(n[2], width[2])}
	dmy, mdy := real(p.c, p.b, p.a), real(p.c, p.a, p.b)
	switch {
	case !dmy && !mdy:
		return parts{shape: shapeInvalid}
	case dmy && mdy && p.a == p.b:
		p.shape = shapeSame
	case dmy && mdy && sep == '.':
		p.shape = shapeDMY // nobody writes the month first with dots
	case dmy && mdy:
		p.shape = shapeBoth
	case dmy:
		p.shape = shapeDMY
	default:
		p.shape = shapeMDY
	}
	return p
}

// date reads the parts in the column's order.
func (p parts) date(o DateOrder) (civil.Date, bool) {
	switch p.shape {
	case shapeYMD, shapeNamed:
		return civil.Date(dayNumber(p.a, p.b, p.c)), true
	case shapeNone, shapeInvalid:
		return 0, false
	}
	day, month := p.a, p.b
	if o == OrderMDY {
		day, month = p.b, p.a
	}
	if !real(p.c, month, day) {
		return 0, false
	}
	return civil.Date(dayNumber(p.c, month, day)), true
}

// century completes a year of two digits: 70 to 99 were, 00 to 69 are.
func century(y, width int) int {
	switch {
	case width != 2:
		return y
	case y >= 70:
		return 1900 + y
	}
	return 2000 + y
}

// real reports whether there is such a day in a year that books can have.
func real(y, m, d int) bool {
	if y < 1900 || y > 2199 || m < 1 || m > 12 || d < 1 {
		return false
	}
	return d <= monthDays(y, m)
}

func monthDays(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// dayNumber is the civil.Date of a real day, by integers alone: it is called for every cell of a date column.
func dayNumber(y, m, d int) int {
	if m <= 2 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 306
}

// months by the first letters of their names in nl, en, fr and de, longest first where one starts another.
var months = []struct {
	prefix string
	month  int
}{
	{"jan", 1}, {"jän", 1}, {"feb", 2}, {"fév", 2}, {"fev", 2}, {"mrt", 3}, {"maart", 3}, {"mar", 3}, {"mär", 3},
	{"mrz", 3}, {"maerz", 3}, {"apr", 4}, {"avr", 4}, {"mei", 5}, {"may", 5}, {"mai", 5}, {"juin", 6}, {"jun", 6},
	{"juil", 7}, {"jul", 7}, {"aug", 8}, {"aoû", 8}, {"aou", 8}, {"sep", 9}, {"okt", 10}, {"oct", 10}, {"nov", 11},
	{"dec", 12}, {"déc", 12}, {"dez", 12},
}

func monthNumber(word []byte) int {
	if len(word) < 3 || len(word) > 12 {
		return 0
	}
	w := strings.ToLower(string(word))
	for _, m := range months {
		if strings.HasPrefix(w, m.prefix) {
			return m.month
		}
	}
	return 0
}

// ordinal are the letters that may stand behind a day or before a date.
func ordinal(word []byte) bool {
	switch strings.ToLower(string(word)) {
	case "st", "nd", "rd", "th", "e", "er", "de", "of":
		return true
	}
	return false
}
