package bank

import (
	"context"
	"io"
	"regexp"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// mtTag begins a field. Text may continue with ":26:" and the like, so only fields that statements have count.
var (
	mtTag     = regexp.MustCompile(`^:(20|21|25P?|28C?|60F|60M|61|62F|62M|64|65F?|86|13D?|34F|90C|90D|NS|940|942):`)
	mtBalance = regexp.MustCompile(`^([CD])(\d{2})(\d{2})(\d{2})([A-Z]{3})\s*([0-9.,]+)\s*$`)
	mtLine    = regexp.MustCompile(`^(\d{2})(\d{2})(\d{2})(\d{4}| {4})?(R?[CD]|E[CD])([A-Z])?\s*([0-9]+(?:[.,][0-9]*)?)\s*(?:([NFS][A-Z0-9][A-Z0-9 ]{2}))?(.*)$`)
)

type mtReader struct {
	emit  func(*Statement) error
	s     *Statement
	tag   string
	row   int // where the field begins
	text  []string
	size  int
	info  []string // the :86: fields of the last line, their lines
	extra []string // the second line of :61:
	intra bool     // a report during the day: MT942
	ended bool     // the closing balance was read
	count int
}

// isMT tells whether the first lines hold the fields that every statement begins with.
func isMT(head []byte) bool {
	text := "\n" + strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(latin(head))
	_, after, ok := strings.Cut(text, "\n:20:")
	if !ok {
		_, after, ok = strings.Cut(text, "{4:\n:20:")
	}
	return ok && strings.Contains(after, "\n:25")
}

func readMT(ctx context.Context, r io.Reader, emit func(*Statement) error) error {
	m := &mtReader{emit: emit}
	err := lines(ctx, r, m.line)
	if err != nil {
		return err
	}
	if err := m.field(); err != nil {
		return err
	}
	return m.end()
}

func (m *mtReader) line(row int, line string) error {
	line = strings.Trim(line, "\x01\x03")
	if i := strings.Index(line, "{4:"); i >= 0 && (strings.HasPrefix(line, "{") || strings.HasPrefix(line, "-}")) {
		line = line[i+3:]
		if err := m.close(); err != nil {
			return err
		}
	}
	if line == "-" || strings.HasPrefix(line, "-}") {
		return m.close()
	}
	t := mtTag.FindStringSubmatch(line)
	if t == nil {
		if m.tag != "" {
			if m.size += len(line) + 1; m.size > MaxText {
				return tooLarge("A field of the file is longer than 64 KB: this is not a statement as banks write it.")
			}
			m.text = append(m.text, line)
		}
		return nil
	}
	if err := m.field(); err != nil {
		return err
	}
	m.tag, m.row, m.size = t[1], row, len(line)
	m.text = append(m.text[:0:0], line[len(t[0]):])
	return nil
}

func (m *mtReader) close() error {
	err := m.field()
	m.tag = ""
	return err
}

// field takes in what has been gathered since the last tag.
func (m *mtReader) field() error {
	tag := m.tag
	m.tag = ""
	if tag == "" {
		return nil
	}
	if tag == "940" || tag == "942" { // Rabobank's heading
		return m.end()
	}
	head := strings.TrimSpace(m.text[0])
	if tag == "20" || m.s == nil {
		if err := m.end(); err != nil {
			return err
		}
		m.s = &Statement{Format: MT940, ID: head}
		m.intra, m.ended, m.count = false, false, 0
	}
	switch tag {
	case "25", "25P":
		m.account(head)
	case "28", "28C":
		m.s.Number = head
	case "13", "13D":
		m.intra = true
	case "34F":
		m.intra = true
		if len(head) >= 3 && m.s.Account.Currency == "" {
			cur, err := money.ParseCurrency(head[:3])
			if err != nil {
				return refuse(m.row, "bank.currency", "The account's currency is "+quoted(head[:3])+", which is not a known code.")
			}
			m.s.Account.Currency = cur
		}
	case "60F", "60M":
		return m.balance(&m.s.Opening, head)
	case "62F", "62M":
		if err := m.finish(); err != nil {
			return err
		}
		m.ended = true
		return m.balance(&m.s.Closing, head)
	case "61":
		if err := m.finish(); err != nil {
			return err
		}
		return m.entry()
	case "86":
		if !m.ended && len(m.s.Lines) > 0 {
			if m.info = append(m.info, m.text...); len(m.info) > MaxInfo {
				return tooLarge("A line of the statement has more than 1,000 lines of text: this is not a statement as banks write it.")
			}
		}
	}
	return nil
}

func (m *mtReader) account(text string) {
	a := &m.s.Account
	if f := strings.Fields(text); len(f) == 2 && len(f[1]) == 3 { // "NL10BUNQ2290325473 EUR"
		if cur, err := money.ParseCurrency(f[1]); err == nil {
			a.Currency, text = cur, f[0]
		}
	}
	a.set(text)
	if n := len(text) - 3; a.IBAN == "" && n > 5 { // "1291.99.348EUR"
		if cur, err := money.ParseCurrency(text[n:]); err == nil && text[n:] == strings.ToUpper(text[n:]) {
			a.Currency = cur
			a.set(text[:n])
		}
	}
}

func (m *mtReader) balance(to **Balance, text string) error {
	t := mtBalance.FindStringSubmatch(text)
	if t == nil {
		return refuse(m.row, "bank.balance_form", "The balance is "+quoted(text)+". Expected something like C260131EUR1234,56.")
	}
	day, ok := mtDay(t[2], t[3], t[4])
	if !ok {
		return refuse(m.row, "bank.date", quoted(t[2]+t[3]+t[4])+" is not a date (YYMMDD).")
	}
	cur, err := money.ParseCurrency(t[5])
	if err != nil {
		return refuse(m.row, "bank.currency", "The balance has the currency "+quoted(t[5])+", which is not a known code.")
	}
	a, err := mtAmount(t[6], cur)
	if err != nil {
		return refuse(m.row, "bank.amount", quoted(t[6])+" is not an amount in "+string(cur)+".")
	}
	if t[1] == "D" {
		a = a.Neg()
	}
	*to = &Balance{Date: day, Amount: a}
	m.s.Account.Currency = cur
	return nil
}

func mtDay(yy, mm, dd string) (civil.Date, bool) {
	return bankDay(shortYear(int2(yy)), int2(mm), int2(dd))
}

func int2(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

func mtAmount(text string, cur money.Currency) (money.Amount, error) {
	text = strings.Replace(text, ",", ".", 1)
	whole, part, _ := strings.Cut(text, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if part != "" {
		whole += "." + part
	}
	return money.Parse(whole, cur)
}

func (m *mtReader) entry() error {
	t := mtLine.FindStringSubmatch(m.text[0])
	if t == nil {
		return refuse(m.row, "bank.line", "The line is "+quoted(m.text[0])+". Expected something like 2601310131C100,00NTRFREFERENCE.")
	}
	if m.count++; m.count > MaxLines {
		return tooLarge("The statement has more than 100,000 lines. Ask the bank for statements over a shorter period.")
	}
	if m.s.Account.Currency == "" {
		return refuse(m.row, "bank.currency", "The statement does not say in which currency its lines are: it has no opening balance.")
	}
	l := Line{Row: m.row, Code: strings.TrimSpace(t[8]), Reversal: t[5][0] == 'R', Pending: t[5][0] == 'E'}
	var ok bool
	if l.Value, ok = mtDay(t[1], t[2], t[3]); !ok {
		return refuse(m.row, "bank.date", quoted(t[1]+t[2]+t[3])+" is not a date (YYMMDD).")
	}
	if l.Booked, ok = entryDay(l.Value, t[4]); !ok {
		return refuse(m.row, "bank.date", quoted(t[4])+" is not a day of a year (MMDD).")
	}
	var err error
	if l.Amount, err = mtAmount(t[7], m.s.Account.Currency); err != nil {
		return refuse(m.row, "bank.amount", quoted(t[7])+" is not an amount in "+string(m.s.Account.Currency)+".")
	}
	if t[5] == "D" || t[5] == "RC" || t[5] == "ED" {
		l.Amount = l.Amount.Neg()
	}
	l.reference(t[9])
	m.extra = append(m.extra, m.text[1:]...)
	m.s.Lines = append(m.s.Lines, l)
	return nil
}

// entryDay is the day of booking. It has no year: the one nearest to the value date is meant.
func entryDay(value civil.Date, mmdd string) (civil.Date, bool) {
	if strings.TrimSpace(mmdd) == "" {
		return value, true
	}
	best, found := civil.Date(0), false
	for year := value.Year() - 1; year <= value.Year()+1; year++ {
		d, ok := bankDay(year, int2(mmdd[:2]), int2(mmdd[2:]))
		if ok && (!found || apart(d, value) < apart(best, value)) {
			best, found = d, true
		}
	}
	return best, found
}

func apart(a, b civil.Date) int {
	if d := civil.Days(a, b); d >= 0 {
		return d
	}
	return civil.Days(b, a)
}

// finish gives the last line its text.
func (m *mtReader) finish() error {
	if m.s == nil || len(m.s.Lines) == 0 {
		return nil
	}
	if m.info != nil || m.extra != nil {
		describe(&m.s.Lines[len(m.s.Lines)-1], m.info, m.extra)
	}
	m.info, m.extra = nil, nil
	return nil
}

func (m *mtReader) end() error {
	s := m.s
	if s == nil {
		return nil
	}
	if err := m.finish(); err != nil {
		return err
	}
	m.s = nil
	if s.Account.IBAN == "" && s.Account.Other == "" {
		return refuse(m.row, "bank.account", "The statement "+quoted(s.ID)+" does not say which account it is of.")
	}
	if s.Opening == nil && s.Closing == nil && len(s.Lines) == 0 && !m.intra {
		return nil // a heading without a statement
	}
	if m.intra && s.Opening == nil {
		s.Format = MT942
	} else if s.Opening == nil || s.Closing == nil {
		s.warn(m.row, "bank.incomplete", "Statement "+s.name()+" has no "+missing(s)+" balance: the file may have been cut off.")
	}
	return m.emit(s)
}

func missing(s *Statement) string {
	if s.Opening == nil {
		return "opening"
	}
	return "closing"
}
