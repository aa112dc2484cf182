package importer

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/money"
)

// surroundings are what rows are read against.
type surroundings struct {
	base     money.Currency // the firm's
	fallback money.Currency // where a row names none
	dollars  money.Currency // what "$" means; empty means USD
	asOf     civil.Date     // when settlements without a date count
	today    civil.Date
}

// interpreter turns the rows of one sheet into records.
type interpreter struct {
	u     *understanding
	f     formats
	env   surroundings
	sheet int

	at       map[Field]int
	currency []money.Currency              // that a column's title names
	group    []byte                        // the last heading row: the customer, where there is no column for it
	once     bool                          // each customer is written once, above or beside their first row
	above    struct{ number, name []byte } // the customer's cells that were filled last
	last     int                           // the last row that was read as data

	problems []Problem // of the current row
	notes    *notes
	types    map[string]rowType
	statuses map[string]rowStatus
	rec      record
}

func newInterpreter(u *understanding, f formats, env surroundings, sheet int, n *notes) *interpreter {
	in := &interpreter{u: u, f: f, env: env, sheet: sheet, at: u.index, notes: n, types: map[string]rowType{}, statuses: map[string]rowStatus{}}
	in.currency = make([]money.Currency, len(u.cols))
	in.once = in.standsOnce()
	for i, t := range u.titles {
		in.currency[i] = money.Currency(titleCurrency(t))
	}
	return in
}

// cell is the cell of a field, or nil when the field has no column or the cell is empty.
func (in *interpreter) cell(r *table.Row, f Field) *table.Cell {
	i, ok := in.at[f]
	if !ok || i >= len(r.Cells) || r.Cells[i].Kind == table.Empty {
		return nil
	}
	return &r.Cells[i]
}

// text is the text of a field's cell.
func (in *interpreter) text(r *table.Row, f Field) []byte {
	if c := in.cell(r, f); c != nil {
		return c.Text
	}
	return nil
}

// fail rejects the row for a cell.
func (in *interpreter) fail(r *table.Row, f Field, p Problem) {
	value := ""
	column := readable(f)
	if i, ok := in.at[f]; ok {
		column = in.u.letterOf(i)
		if i < len(r.Cells) {
			value = string(r.Cells[i].Text)
		}
	}
	in.problems = append(in.problems, p.with("column", column).with("value", clip(value, 200)).at(in.u.sheet.Name(), r.Number, column, value))
}

// ident is a number that names something, kept as written. ".0" behind every number of a column is the trace of a
// program that took them for amounts; it is removed. Digits that were thrown away cannot be repaired.
func (in *interpreter) ident(r *table.Row, f Field) []byte {
	c := in.cell(r, f)
	if c == nil {
		return nil
	}
	t := c.Text
	if f == FieldCustomerNumber {
		if col := &in.u.cols[in.at[f]]; col.accounts > 0 && col.wordShare(col.accounts) > 0.9 {
			if a := accountIn(t); a != nil {
				return a
			}
		}
	}
	if !bytes.ContainsAny(t, ".eE+") {
		return t
	}
	if exponent(t) {
		in.fail(r, f, problem("import.number_damaged", fmt.Sprintf("%q is a number that a spreadsheet program has rounded", clip(string(t), 40)),
			"all digits", "Format the column as text in the program that makes the file and export it again"))
		return nil
	}
	col := &in.u.cols[in.at[f]]
	if whole, ok := bytes.CutSuffix(t, []byte(".0")); ok && digitsOnly(whole) && len(whole) <= 15 && 10*col.floated >= 9*col.filled {
		in.notes.add(noteFloated, r.Number, in.u.letterOf(in.at[f]))
		return whole
	}
	return t
}

// exponent recognises "1.2004E+09".
func exponent(t []byte) bool {
	i := bytes.IndexAny(t, "eE")
	if i < 2 || i+2 >= len(t) || t[i+1] != '+' {
		return false
	}
	mantissa := bytes.ReplaceAll(bytes.ReplaceAll(t[:i], []byte{'.'}, nil), []byte{','}, nil)
	return digitsOnly(mantissa) && digitsOnly(t[i+2:])
}

func digitsOnly(t []byte) bool {
	for _, c := range t {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(t) > 0
}

// date reads a date field. ok is false when the row has been rejected for it; a zero date means an empty cell.
func (in *interpreter) date(r *table.Row, f Field) (d civil.Date, ok bool) {
	c := in.cell(r, f)
	if c == nil {
		return 0, true
	}
	i := in.at[f]
	switch c.Kind {
	case table.Date:
		if c.Day.Year() >= 1900 && c.Day.Year() <= 2199 {
			return c.Day, true
		}
	case table.Number:
		if d, ok := in.serial(c.Text, i); ok {
			in.notes.add(noteSerial, r.Number, in.u.letterOf(i))
			return d, true
		}
		if p := takeDate(c.Text); p.shape == shapeYMD && len(c.Text) == 8 {
			return p.date(OrderYMD)
		}
	case table.Text:
		if noDate(c.Text) {
			return 0, true
		}
		if n, ok := dayNumberIn(c.Text); ok && in.f.serial[i] {
			in.notes.add(noteSerial, r.Number, in.u.letterOf(i))
			return civil.Of(1899, 12, 30).AddDays(n), true
		}
		p := takeDate(c.Text)
		if p.shape == shapeBoth && in.f.order[i] == OrderYMD {
			break // the column's dates have the year first; this one could mean either
		}
		if d, ok := p.date(in.f.order[i]); ok {
			return d, true
		}
	}
	in.fail(r, f, in.badDate(c, i))
	return 0, false
}

// noDate recognises what programs write for "no date".
func noDate(t []byte) bool {
	for _, c := range t {
		switch c {
		case '0', '-', '/', '.', ' ', ':':
		default:
			return false
		}
	}
	return true
}

func (in *interpreter) badDate(c *table.Cell, i int) Problem {
	expected := map[DateOrder]string{OrderDMY: "a date such as 31-01-2026", OrderMDY: "a date such as 01/31/2026"}[in.f.order[i]]
	if expected == "" {
		expected = "a date such as 2026-01-31"
	}
	found := fmt.Sprintf("%q is not a date", clip(string(c.Text), 40))
	if c.Kind == table.Time || bytes.IndexByte(c.Text, ':') > 0 {
		found = fmt.Sprintf("%q is a time of day, not a date", clip(string(c.Text), 40))
	}
	return problem("import.date", found, expected, "Correct the cell, or export the list again with whole dates")
}

// serial reads a workbook's day number whose date format was lost; only when the whole column is like that.
func (in *interpreter) serial(t []byte, col int) (civil.Date, bool) {
	if !in.f.serial[col] {
		return 0, false
	}
	n := 0
	for i, c := range t {
		if c == '.' {
			break
		}
		if c < '0' || c > '9' || i > 5 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	if n < 20000 || n > 80000 {
		return 0, false
	}
	return civil.Of(1899, 12, 30).AddDays(n), true
}

// amount is a signed sum in minor units. present is false for an empty cell; ok is false when the row was rejected.
func (in *interpreter) amount(r *table.Row, f Field, c money.Currency) (minor int64, present, ok bool) {
	cell := in.cell(r, f)
	if cell == nil || dash(cell.Text) {
		return 0, false, true
	}
	exp, known := c.Exponent()
	if !known {
		exp = 2
	}
	return in.decimal(r, f, cell, exp)
}

// dash is how accountants write nothing.
func dash(t []byte) bool {
	return len(t) <= 3 && (string(t) == "-" || string(t) == "–" || string(t) == "—")
}

func (in *interpreter) decimal(r *table.Row, f Field, cell *table.Cell, exp int) (minor int64, present, ok bool) {
	i := in.at[f]
	var w written
	dec, round := in.f.decimal[i], false
	bad := amountNotNumber
	switch cell.Kind {
	case table.Number:
		if exponent(cell.Text) || bytes.ContainsAny(cell.Text, "eE") {
			bad = amountDamaged
			break
		}
		w.body, dec, round = cell.Text, '.', true
		if cell.Text[0] == '-' {
			w.body, w.negative = cell.Text[1:], true
		}
		bad = amountOK
	case table.Text:
		if exponent(cell.Text) {
			bad = amountDamaged
			break
		}
		var fine bool
		if w, fine = takeApart(cell.Text); fine {
			bad = amountOK
		}
	}
	if bad == amountOK {
		var rounded bool
		if minor, rounded, bad = minorUnits(w.body, dec, exp, round); rounded {
			in.notes.add(noteRounded, r.Number, in.u.letterOf(i))
		}
	}
	if bad != amountOK {
		in.fail(r, f, amountProblem(cell.Text, bad, dec, exp))
		return 0, true, false
	}
	if w.negative {
		minor = -minor
	}
	return minor, true, true
}

func amountProblem(text []byte, bad amountFault, dec decimalMark, exp int) Problem {
	example := "1210" + dec.String() + strings.Repeat("0", max(exp, 1))
	shown := clip(string(text), 40)
	switch bad {
	case amountWrongMarks:
		return problem("import.amount_marks", fmt.Sprintf("%q is written differently from the other amounts of the column", shown),
			"an amount such as "+example, "Write it like the others")
	case amountDecimals:
		return problem("import.amount_decimals", fmt.Sprintf("%q has more decimals than the currency", shown),
			fmt.Sprintf("at most %d decimals", exp), "Round the amount in the program that makes the file")
	case amountTooLarge:
		return problem("import.amount_size", fmt.Sprintf("%q is larger than the books accept", shown), "an amount below ten trillion", "Check the amount")
	case amountDamaged:
		return problem("import.amount_damaged", fmt.Sprintf("%q is a number that a spreadsheet program has rounded", shown), "all digits", "Export the list again with plain numbers")
	}
	return problem("import.amount", fmt.Sprintf("%q is not an amount", shown), "an amount such as "+example, "Correct the cell")
}

// currencyFor finds the currency of a row: its own column, the sign beside the amount, the column's title, the file's.
func (in *interpreter) currencyFor(r *table.Row, amountField Field) (money.Currency, bool) {
	if c := in.cell(r, FieldCurrency); c != nil {
		cur, ok := currencyOf(c.Text, in.env.dollars)
		if !ok {
			in.fail(r, FieldCurrency, problem("import.currency", fmt.Sprintf("%q is not a currency", clip(string(c.Text), 20)), "an ISO code such as EUR", "Correct the cell"))
		}
		return cur, ok
	}
	if c := in.cell(r, amountField); c != nil {
		unit := c.Unit
		if c.Kind == table.Text {
			if first, last := c.Text[0], c.Text[len(c.Text)-1]; first < '0' || first > '9' || last < '0' || last > '9' {
				w, _ := takeApart(c.Text)
				unit = w.currency
			}
		}
		if unit != "" {
			if cur, ok := currencyOf([]byte(unit), in.env.dollars); ok {
				in.notes.unit(unit, cur)
				return cur, true
			}
		}
	}
	if i, ok := in.at[amountField]; ok && in.currency[i] != "" {
		return in.currency[i], true
	}
	if in.env.fallback == "" {
		in.notes.add(noteNoCurrency, r.Number, string(in.env.base))
		return in.env.base, true
	}
	return in.env.fallback, true
}

// rowType and status are looked up by the whole text, which repeats from row to row.
func (in *interpreter) rowType(t []byte) rowType {
	if k, ok := in.types[string(t)]; ok {
		return k
	}
	plain, kind := plainTitle(string(t)), rowInvoice
	for _, w := range typeWords {
		if plain == w.word || len(w.word) > 3 && strings.Contains(plain, w.word) {
			kind = w.kind
			break
		}
	}
	if len(in.types) < 1000 {
		in.types[string(t)] = kind
	}
	return kind
}

// yesNo reads an answer to the question in the column's title: "Paid?", "Open".
func (in *interpreter) yesNo(plain string) rowStatus {
	var yes, no rowStatus
	title := plainTitle(in.u.titles[in.at[FieldStatus]])
	switch {
	case strings.Contains(title, "open"):
		yes, no = statusOpen, statusPaid
	case strings.Contains(title, "paid"), strings.Contains(title, "betaald"), strings.Contains(title, "bezahlt"), strings.Contains(title, "paye"),
		strings.Contains(title, "voldaan"), strings.Contains(title, "settled"):
		yes, no = statusPaid, statusOpen
	}
	switch plain {
	case "yes", "y", "ja", "j", "oui", "o", "true", "waar", "wahr", "vrai", "x":
		return yes
	case "no", "n", "nee", "nein", "non", "false", "onwaar", "falsch", "faux":
		return no
	}
	return statusUnknown
}

// icon is the text of one of SAP's icons: "@5C\\Qoffen@" is "offen".
func icon(s string) string {
	if _, text, ok := strings.Cut(s, "\\Q"); ok && strings.HasPrefix(s, "@") {
		return strings.TrimSuffix(text, "@")
	}
	return s
}

func (in *interpreter) status(t []byte) rowStatus {
	if s, ok := in.statuses[string(t)]; ok {
		return s
	}
	plain, status := plainTitle(icon(string(t))), statusUnknown
	for _, w := range statusWords {
		if plain == w.word || len(w.word) > 6 && strings.Contains(plain, w.word) {
			status = w.status
			break
		}
	}
	if status == statusUnknown {
		status = in.yesNo(plain)
	}
	if len(in.statuses) < 1000 {
		in.statuses[string(t)] = status
	}
	return status
}
