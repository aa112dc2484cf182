package importer

import (
	"bytes"
	"fmt"
	"hash/maphash"

	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/money"
)

// column is what all cells of one column together say.
type column struct {
	title    string
	samples  []string
	filled   int // cells that hold anything
	texts    int // neither number nor date
	looked   int // texts that were looked at word by word: the first ones
	numbers  int
	whole    int // numbers without decimals
	dates    int
	shapes   [shapeInvalid + 1]int
	marks    [marksBad + 1]int
	serials  int // numbers of a workbook that could be days
	days     int // texts that could be days' numbers
	typed    int // cells that the workbook itself types as number or date
	floated  int // whole numbers written with ".0"
	compact  int // dates written as 20260131, which numbers of documents also look like
	mails    int
	ibans    int
	codes    int // currency codes or signs
	buckets  int // "1 to 30 days"
	accounts int // "Konto 30036349"
	pairs    int // "10001 - Jansen BV"
	keys     int // one word with a digit: "C001"
	units    map[string]int
	seen     map[uint64]struct{} // of the first cells
	repeats  int                 // of the first cells, those seen before
}

const (
	maxSamples  = 5
	maxDistinct = 2000
)

var seed = maphash.MakeSeed()

// add counts one cell.
func (c *column) add(cell *table.Cell) {
	c.filled++
	if len(c.samples) < maxSamples {
		c.samples = append(c.samples, clip(string(cell.Text), 80))
	}
	if c.filled <= maxDistinct {
		h := maphash.Bytes(seed, cell.Text)
		if _, ok := c.seen[h]; ok {
			c.repeats++
		} else {
			if c.seen == nil {
				c.seen = make(map[uint64]struct{})
			}
			c.seen[h] = struct{}{}
		}
	}
	switch cell.Kind {
	case table.Date:
		c.dates, c.typed = c.dates+1, c.typed+1
		c.shapes[shapeYMD]++
	case table.Number:
		c.number(cell)
	case table.Text:
		c.text(cell.Text)
	default:
		c.texts++
	}
}

func (c *column) number(cell *table.Cell) {
	c.numbers, c.typed = c.numbers+1, c.typed+1
	if bytes.IndexByte(cell.Text, '.') < 0 {
		c.whole++
	}
	if cell.Unit != "" {
		c.unit(cell.Unit)
	}
	if len(cell.Text) >= 5 && (cell.Text[0] >= '2' && cell.Text[0] <= '7') && (len(cell.Text) == 5 || cell.Text[5] == '.') {
		c.serials++
	}
}

func (c *column) unit(u string) {
	if c.units == nil {
		c.units = map[string]int{}
	}
	c.units[u]++
}

// text classifies a text by its first byte before it looks closer: this runs for every cell of a file.
func (c *column) text(t []byte) {
	first := t[0]
	if first >= '0' && first <= '9' {
		if p := takeDate(t); p.shape != shapeNone {
			c.dates++
			c.shapes[p.shape]++
			if p.shape == shapeYMD && len(t) == 8 { // 20260131 is also a whole number
				c.numbers, c.whole, c.compact = c.numbers+1, c.whole+1, c.compact+1
			}
			return
		}
	}
	if w, ok := takeApart(t); ok && len(w.body) > 0 {
		c.numbers++
		m := w.evidence()
		c.marks[m]++
		if m == marksNone {
			c.whole++
		}
		if bytes.HasSuffix(w.body, []byte(".0")) {
			c.floated++
		}
		if w.currency != "" {
			c.unit(w.currency)
		}
		if _, ok := dayNumberIn(w.body); ok && len(w.body) == len(t) {
			c.days++
		}
		return
	}
	if isLetter(first) {
		if p := takeDate(t); p.shape != shapeNone {
			c.dates++
			c.shapes[p.shape]++
			return
		}
	}
	if c.texts++; c.looked < maxDistinct {
		c.words(t)
	}
}

func (c *column) words(t []byte) {
	c.looked++
	if bytes.IndexByte(t, '@') > 0 && bytes.IndexByte(t, ' ') < 0 {
		c.mails++
		return
	}
	if _, ok := currencyOf(t, ""); ok {
		c.codes++
	}
	if len(t) >= 15 && len(t) <= 42 && isLetter(t[0]) && isLetter(t[1]) && t[2] >= '0' && t[2] <= '9' && t[3] >= '0' && t[3] <= '9' {
		c.ibans++
	}
	if len(accountIn(t)) > 0 {
		c.accounts++
	}
	if len(t) < 60 && isBucket(string(t)) {
		c.buckets++
	}
	if bytes.ContainsAny(t, "0123456789") {
		if bytes.IndexByte(t, ' ') < 0 {
			c.keys++
		} else if _, _, ok := splitParty(string(t)); ok {
			c.pairs++
		}
	}
}

// accountIn finds the customer's account in a text such as "Konto 30036349", which some reports have instead of a column.
func accountIn(t []byte) []byte {
	for _, word := range [...]string{"Konto ", "Account ", "Debiteur ", "Debitor ", "Compte "} {
		i := bytes.Index(t, []byte(word))
		if i < 0 || i > 0 && (isLetter(t[i-1]) || t[i-1] >= 0x80) {
			continue
		}
		rest := t[i+len(word):]
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n >= 3 && (n == len(rest) || !isLetter(rest[n])) {
			return rest[:n]
		}
	}
	return nil
}

// dayNumbers reports whether every cell is a day's number as spreadsheet programs count, in a file that has no types.
func (c *column) dayNumbers() bool {
	return c.typed == 0 && c.filled > 0 && c.days == c.filled
}

// dayNumberIn reads the number of a day between 1990 and 2099, a part of a day dropped.
func dayNumberIn(t []byte) (int, bool) {
	n := 0
	for i, c := range t {
		if i == 5 && (c == '.' || c == ',') {
			break
		}
		if c < '0' || c > '9' || i > 4 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n >= 32874 && n <= 73050
}

// share is the part of the filled cells.
func (c *column) share(n int) float64 {
	if c.filled == 0 {
		return 0
	}
	return float64(n) / float64(c.filled)
}

// wordShare is the part of the filled cells, estimated from the texts that were looked at.
func (c *column) wordShare(n int) float64 {
	if c.looked == 0 {
		return 0
	}
	return float64(n) / float64(c.looked) * c.share(c.texts)
}

// distinct is the share of different values among the first cells.
func (c *column) distinct() float64 {
	n := min(c.filled, maxDistinct)
	if n == 0 {
		return 0
	}
	return float64(n-c.repeats) / float64(n)
}

// majority is how much stronger the evidence for one reading must be before the other cells count as mistakes, where
// there are also cells that read both ways. Without those a mistaken cell cannot be read at all and its row is rejected.
const majority = 20

// order decides how the dates of the column are written. known is false when nothing in the column tells.
func (c *column) order() (o DateOrder, known, mixed bool) {
	dmy, mdy, ymd := c.shapes[shapeDMY], c.shapes[shapeMDY], c.shapes[shapeYMD]+c.shapes[shapeNamed]
	switch {
	case dmy > 0 && mdy > 0 && (dmy == mdy || c.shapes[shapeBoth] > 0 && dmy < majority*mdy && mdy < majority*dmy):
		return OrderAuto, false, true
	case dmy > mdy:
		return OrderDMY, true, false
	case mdy > 0:
		return OrderMDY, true, false
	case c.shapes[shapeBoth] > 0:
		return OrderAuto, false, false
	case ymd > 0:
		return OrderYMD, true, false
	}
	return OrderDMY, c.shapes[shapeSame] > 0 || c.dates == 0, false
}

// decimal decides the decimal mark of the column. known is false when nothing in the column tells.
func (c *column) decimal() (d decimalMark, known, mixed bool) {
	dot, comma := c.marks[marksDot], c.marks[marksComma]
	switch {
	case dot > 0 && comma > 0 && (dot == comma || c.marks[marksAskDot]+c.marks[marksAskComma] > 0 && dot < majority*comma && comma < majority*dot):
		return 0, false, true
	case dot > comma:
		return '.', true, false
	case comma > 0:
		return ',', true, false
	}
	return '.', c.marks[marksAskDot]+c.marks[marksAskComma] == 0, false
}

// currencyOf reads a currency code or sign. dollars is the currency that "$" stands for, when the firm has one.
func currencyOf(t []byte, dollars money.Currency) (money.Currency, bool) {
	switch string(t) {
	case "€", "Euro", "euro", "EURO":
		return "EUR", true
	case "£":
		return "GBP", true
	case "¥":
		return "JPY", true
	case "$", "US$":
		if dollars == "" || string(t) == "US$" {
			return "USD", true
		}
		return dollars, true
	}
	if len(t) != 3 || !isLetter(t[0]) || !isLetter(t[1]) || !isLetter(t[2]) {
		return "", false
	}
	for _, c := range common {
		if string(t) == string(c) {
			return c, true
		}
	}
	c := money.Currency(bytes.ToUpper(t))
	if c == "RUR" {
		c = "RUB" // the code before 1998, which accounting programs still write
	}
	return c, c.Valid()
}

// common currencies are recognised without allocating.
var common = []money.Currency{"EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CAD", "AUD", "JPY"}

// describe tells what the cells are, for Column.Why.
func (c *column) describe() string {
	switch {
	case c.filled == 0:
		return "the column is empty"
	case 2*c.dates > c.filled:
		return fmt.Sprintf("%d of %d cells are dates", c.dates, c.filled)
	case 2*c.numbers > c.filled:
		return fmt.Sprintf("%d of %d cells are numbers", c.numbers, c.filled)
	}
	return fmt.Sprintf("%d of %d cells are text", c.filled-c.dates-c.numbers, c.filled)
}
