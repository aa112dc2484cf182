package exporter

import (
	"io"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// StatementNames are the words of a statement's workbook, in the customer's language.
type StatementNames struct {
	Statement, AsOf, Customer, Number, Issued, Due, DaysLate, PO, Total, Open, Aging, Credits, What, Date, Left, OnAccount string
	Movements, Opening, Closing, Added, Paid, Balance, Gross, Overdue, Credit                                              string
	Buckets                                                                                                                []string
	Movement                                                                                                               func(*ledger.Movement) string
}

// dated is a civil date.
type dated interface{ Time() time.Time }

// Statement writes a statement as a workbook: a sheet for each currency with sums, open items, aging and credits, and one
// more with the movements when there is a period. Amounts and dates are numbers and dates.
func Statement(w io.Writer, st ledger.Statement, n StatementNames) (err error) {
	x := &book{file: excelize.NewFile(), names: n, amounts: map[int]int{}}
	defer func() { _ = x.file.Close() }() // nothing is left to write by then
	if err := x.styles(); err != nil {
		return err
	}
	sections := st.Sections
	if len(sections) == 0 {
		sections = []ledger.StatementSection{{}}
	}
	for i := range sections {
		name := n.Statement
		if sections[i].Currency != "" {
			name = string(sections[i].Currency)
		}
		if err := x.open(i, name); err != nil {
			return err
		}
		x.statement(&st, &sections[i])
		if !st.From.IsZero() {
			x.movements(&sections[i])
		}
		if x.err == nil {
			x.err = x.sheet.Flush()
		}
		if x.err != nil {
			return x.err
		}
	}
	_, err = x.file.WriteTo(w)
	return err
}

// book is a workbook being written, line by line; the first error stays.
type book struct {
	file          *excelize.File
	sheet         *excelize.StreamWriter
	names         StatementNames
	bold, heading int
	date          int
	amounts       map[int]int
	row           int
	err           error
}

func (x *book) styles() (err error) {
	iso := "yyyy-mm-dd"
	if x.date, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &iso}); err != nil {
		return err
	}
	if x.bold, err = x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	x.heading, err = x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}})
	return err
}

func (x *book) open(i int, name string) (err error) {
	if i == 0 {
		err = x.file.SetSheetName("Sheet1", name)
	} else {
		_, err = x.file.NewSheet(name)
	}
	if err != nil {
		return err
	}
	x.row = 0
	if x.sheet, err = x.file.NewStreamWriter(name); err != nil {
		return err
	}
	for i, w := range []float64{24, 13, 13, 11, 18, 15, 15} {
		if err := x.sheet.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	return nil
}

// line writes cells: texts are neutralised, dates and amounts are given their look, nil is empty.
func (x *book) line(cells ...any) {
	if x.row++; x.err != nil {
		return
	}
	for i, v := range cells {
		switch v := v.(type) {
		case string:
			cells[i] = neutral(v)
		case interface{ IsZero() bool }:
			cells[i], x.err = x.value(v)
			if x.err != nil {
				return
			}
		}
	}
	x.err = x.sheet.SetRow("A"+strconv.Itoa(x.row), cells)
}

func (x *book) value(v any) (any, error) {
	if a, is := v.(money.Amount); is {
		decimals, _ := a.Currency.Exponent()
		id, known := x.amounts[decimals]
		if !known {
			code := "#,##0.0000"[:5+min(1, decimals)+decimals]
			var err error
			if id, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &code}); err != nil {
				return nil, err
			}
			x.amounts[decimals] = id
		}
		f, err := strconv.ParseFloat(a.String(), 64)
		return excelize.Cell{StyleID: id, Value: f}, err
	}
	if d, is := v.(dated); is && !v.(interface{ IsZero() bool }).IsZero() {
		return excelize.Cell{StyleID: x.date, Value: d.Time()}, nil
	}
	return nil, nil
}

func (x *book) heads(words ...string) {
	x.line()
	cells := make([]any, len(words))
	for i, w := range words {
		cells[i] = excelize.Cell{StyleID: x.bold, Value: w}
	}
	x.line(cells...)
}

func (x *book) statement(st *ledger.Statement, s *ledger.StatementSection) {
	n := &x.names
	x.line(excelize.Cell{StyleID: x.heading, Value: n.Statement})
	x.line(n.Customer, st.Customer.Number, nil, nil, st.Customer.Name)
	x.line(n.AsOf, st.AsOf)
	if s.Currency == "" {
		return
	}
	x.heads(n.Gross, n.Overdue, n.Credit, "", "", n.Balance)
	x.line(s.Gross, s.Overdue, s.Unapplied, nil, nil, s.Net)
	x.heads(n.Number, n.Issued, n.Due, n.DaysLate, n.PO, n.Total, n.Open)
	for i := range s.Items {
		it := &s.Items[i]
		x.line(it.Number, it.Issued, it.Due, it.Late, it.PO, it.Total, it.Open)
	}
	x.line(nil, nil, nil, nil, nil, nil, s.Gross)
	x.heads(append([]string{n.Aging}, n.Buckets...)...)
	cells := []any{nil}
	for _, b := range s.Buckets {
		cells = append(cells, b)
	}
	x.line(cells...)
	if len(s.Credits) == 0 {
		return
	}
	x.heads(n.Credits, n.Date, "", "", "", n.Total, n.Left)
	for _, c := range s.Credits {
		what := n.OnAccount
		if c.Number != "" {
			what = c.Number
		}
		x.line(what, c.On, nil, nil, nil, c.Total, c.Left)
	}
}

func (x *book) movements(s *ledger.StatementSection) {
	n := &x.names
	x.heads(n.Movements, n.Date, "", "", n.Added, n.Paid, n.Balance)
	x.line(n.Opening, nil, nil, nil, nil, nil, s.Opening)
	for i := range s.Movements {
		m := &s.Movements[i]
		add, off := any(m.Amount), any(nil)
		if m.Amount.Minor < 0 {
			add, off = nil, m.Amount.Neg()
		}
		x.line(n.Movement(m), m.On, nil, nil, add, off, m.Balance)
	}
	x.line(n.Closing, nil, nil, nil, nil, nil, s.Net)
}
