package bank

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// codaWidth is the length of every record; shorter ones have lost their trailing spaces.
const codaWidth = 128

// isCODA: the header's record and its application code stand at fixed places.
func isCODA(line string) bool {
	return len(line) >= 60 && strings.HasPrefix(line, "00000") && strings.Trim(line[5:11], "0123456789") == "" && line[14:16] == "05"
}

type codaReader struct {
	emit          func(*Statement) error
	s             *Statement
	row           int
	rec           []rune
	part          *Detail // the payment that records 2.2 to 3.3 belong to
	line          *Line
	said          string // the communication so far, and whether it is structured
	form          bool
	notes         []string
	debit, credit int64
	count         int
}

func readCODA(ctx context.Context, r io.Reader, emit func(*Statement) error) error {
	c := &codaReader{emit: emit}
	if err := lines(ctx, r, c.record); err != nil {
		return err
	}
	if c.s != nil {
		c.s.warn(c.row, "bank.incomplete", "Statement "+c.s.name()+" has no end record: the file may have been cut off.")
		return c.end()
	}
	return nil
}

func (c *codaReader) at(from, to int) string { return strings.TrimSpace(string(c.rec[from:to])) }

func (c *codaReader) record(row int, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	c.row, c.rec = row, []rune(text)
	if len(c.rec) > codaWidth {
		if strings.TrimSpace(string(c.rec[codaWidth:])) != "" {
			return refuse(row, "bank.line", "The record has "+strconv.Itoa(len(c.rec))+" characters; records of CODA have 128.")
		}
		c.rec = c.rec[:codaWidth]
	}
	for len(c.rec) < codaWidth {
		c.rec = append(c.rec, ' ')
	}
	if c.s == nil && c.rec[0] != '0' {
		return refuse(row, "bank.line", "A record of kind "+quoted(string(c.rec[:1]))+" stands before the header.")
	}
	switch c.rec[0] {
	case '0':
		if c.s != nil {
			return refuse(row, "bank.line", "A statement begins before the one above it has ended.")
		}
		c.s = &Statement{Format: CODA, ID: c.at(24, 34)}
		c.debit, c.credit, c.count = 0, 0, 0
		return nil
	case '1':
		return c.opening()
	case '2':
		return c.movement()
	case '3':
		return c.information()
	case '4':
		return nil // a message of the bank to everybody
	case '8':
		return c.closing()
	case '9':
		return c.trailer()
	}
	return refuse(row, "bank.line", "The record begins with "+quoted(string(c.rec[:2]))+", which CODA does not have.")
}

// amount is 12 digits and 3 decimals.
func (c *codaReader) amount(sign, from int) (money.Amount, error) {
	text := string(c.rec[from : from+15])
	a := money.Amount{}
	if strings.Trim(text, "0123456789") != "" || c.rec[sign] != '0' && c.rec[sign] != '1' {
		return a, refuse(c.row, "bank.amount", quoted(string(c.rec[sign])+text)+" is not an amount: expected a sign (0 or 1) and 15 digits.")
	}
	cur := c.s.Account.Currency
	whole := strings.TrimLeft(text[:12], "0")
	if whole == "" {
		whole = "0"
	}
	a, err := money.Parse(whole+"."+text[12:], cur)
	if err != nil {
		return a, refuse(c.row, "bank.amount", quoted(text)+" is not an amount in "+string(cur)+".")
	}
	if c.rec[sign] == '1' {
		a = a.Neg()
	}
	return a, nil
}

func (c *codaReader) day(from int) (civil.Date, error) {
	t := string(c.rec[from : from+6])
	if strings.Trim(t, "0123456789") == "" {
		if d, ok := bankDay(shortYear(int2(t[4:])), int2(t[2:4]), int2(t[:2])); ok {
			return d, nil
		}
	}
	return 0, refuse(c.row, "bank.date", quoted(t)+" is not a date (DDMMYY).")
}

func (c *codaReader) opening() error {
	number, currency := c.at(5, 39), c.at(39, 42)
	if c.rec[1] == '0' { // an old Belgian account: 12 digits, then the currency
		number, currency = c.at(5, 17), c.at(18, 21)
	}
	cur, err := money.ParseCurrency(currency)
	if err != nil {
		return refuse(c.row, "bank.currency", "The account's currency is "+quoted(currency)+", which is not a known code.")
	}
	a := &c.s.Account
	a.set(number)
	a.Currency, a.Name = cur, squeeze(string(c.rec[64:90]))
	c.s.Number = c.at(125, 128)
	b := &Balance{}
	if b.Amount, err = c.amount(42, 43); err != nil {
		return err
	}
	if b.Date, err = c.day(58); err != nil {
		return err
	}
	c.s.Opening = b
	return nil
}

func (c *codaReader) movement() error {
	if c.s.Opening == nil {
		return refuse(c.row, "bank.line", "A movement stands before the old balance.")
	}
	switch c.rec[1] {
	case '1':
		return c.begin()
	case '2':
		if c.part == nil {
			break
		}
		c.said += string(c.rec[10:63])
		c.part.EndToEnd = provided(c.at(63, 98))
		c.part.Return = c.at(113, 117)
		return nil
	case '3':
		if c.part == nil {
			break
		}
		c.said += string(c.rec[82:125])
		c.part.IBAN = strings.ReplaceAll(c.at(10, 44), " ", "")
		c.part.Name = squeeze(string(c.rec[47:82]))
		return nil
	}
	return refuse(c.row, "bank.line", "A record "+quoted(string(c.rec[:2]))+" stands where no movement has begun.")
}

// begin takes a record 2.1: a booking when its detail number is 0000, else one of the payments in the booking.
func (c *codaReader) begin() error {
	c.flush()
	if c.count++; c.count > MaxLines {
		return tooLarge("The statement has more than 100,000 lines. Ask the bank for statements over a shorter period.")
	}
	amount, err := c.amount(31, 32)
	if err != nil {
		return err
	}
	detail := string(c.rec[6:10])
	if detail != "0000" && c.line == nil {
		return refuse(c.row, "bank.line", "A detail stands before the movement that it is part of.")
	}
	c.said, c.form = string(c.rec[62:115]), c.rec[61] == '1'
	if detail != "0000" {
		c.line.Details = append(c.line.Details, Detail{Amount: amount})
		c.part = &c.line.Details[len(c.line.Details)-1]
		return nil
	}
	l := Line{Row: c.row, BankRef: c.at(10, 31), Code: c.at(53, 61)}
	l.Amount = amount
	if l.Booked, err = c.day(115); err != nil {
		return err
	}
	l.Value = l.Booked
	if c.at(47, 53) != "000000" {
		if l.Value, err = c.day(47); err != nil {
			return err
		}
	}
	if amount.Minor < 0 {
		c.debit -= amount.Minor
	} else {
		c.credit += amount.Minor
	}
	c.s.Lines = append(c.s.Lines, l)
	c.line = &c.s.Lines[len(c.s.Lines)-1]
	c.part = &c.line.Detail
	return nil
}

func (c *codaReader) information() error {
	if c.part == nil {
		return refuse(c.row, "bank.line", "Information stands where no movement has begun.")
	}
	from, to := 10, 115
	if c.rec[1] == '1' {
		from, to = 40, 113
		if c.rec[39] == '1' && string(c.rec[40:43]) == "001" { // name of the other side
			c.part.Name = first(c.part.Name, squeeze(string(c.rec[43:113])))
			return nil
		}
		if c.rec[39] == '1' {
			return nil
		}
	} else if c.part.Name != "" && c.rec[1] == '2' {
		return nil // the address that goes with the name
	}
	if len(c.notes) < 64 {
		c.notes = append(c.notes, string(c.rec[from:to]))
	}
	return nil
}

// flush interprets the communication of the payment that ends here.
func (c *codaReader) flush() {
	if c.part == nil {
		return
	}
	p, r := c.part, []rune(c.said)
	if c.form && len(r) >= 3 {
		c.structured(p, string(r[:3]), r[3:])
	} else {
		p.Text = squeeze(c.said)
	}
	p.Text = squeeze(p.Text + " " + strings.Join(c.notes, ""))
	c.part, c.notes, c.said = nil, nil, ""
}

func (c *codaReader) structured(p *Detail, kind string, r []rune) {
	for len(r) < 144 {
		r = append(r, ' ')
	}
	switch kind {
	case "101", "102": // a Belgian structured communication
		p.Structured = strings.TrimSpace(string(r[:12]))
	case "127": // a SEPA direct debit: date, kinds, creditor, mandate, communication, return
		p.Mandate = strings.TrimSpace(string(r[44:79]))
		p.Text = squeeze(string(r[79:141]))
	default:
		p.Text = squeeze(string(r))
	}
}

func (c *codaReader) closing() error {
	c.flush()
	if c.s.Opening == nil {
		return refuse(c.row, "bank.line", "A new balance stands without an old one.")
	}
	b := &Balance{}
	var err error
	if b.Amount, err = c.amount(41, 42); err != nil {
		return err
	}
	if b.Date, err = c.day(57); err != nil {
		return err
	}
	c.s.Closing = b
	return nil
}

func (c *codaReader) trailer() error {
	c.flush()
	if c.s.Opening == nil {
		return refuse(c.row, "bank.account", "The statement does not say which account it is of.")
	}
	for _, t := range []struct {
		from int
		sum  int64
		name string
	}{{22, c.debit, "out"}, {37, c.credit, "in"}} {
		c.rec = append(c.rec[:codaWidth:codaWidth], '0')
		total, err := c.amount(codaWidth, t.from)
		if err != nil {
			return err
		}
		if got := money.Of(t.sum, total.Currency); got != total {
			c.s.warn(c.row, "bank.total", "The lines that go "+t.name+" add up to "+got.String()+", but the end record says "+total.String()+".")
		}
	}
	return c.end()
}

func (c *codaReader) end() error {
	c.flush()
	s := c.s
	c.s, c.line = nil, nil
	for i := range s.Lines {
		l := &s.Lines[i]
		if len(l.Details) == 1 && l.Text == "" && l.IBAN == "" {
			amount := l.Amount
			l.Detail, l.Details = l.Details[0], nil
			l.Amount = amount
		}
		l.Batch = len(l.Details)
	}
	return c.emit(s)
}
