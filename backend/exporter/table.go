package exporter

import (
	"slices"
	"strconv"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// column is a column of a table. Its name is what programs key on.
type column struct {
	name string
	kind cellKind
}

type cellKind uint8

const (
	text cellKind = iota
	amount
	date
	integer
)

// cell is a value; which field counts is said by its column.
type cell struct {
	text   string
	amount money.Amount
	date   civil.Date
	n      int64
}

func ofText(s string) cell         { return cell{text: s} }
func ofAmount(a money.Amount) cell { return cell{amount: a} }
func ofDate(d civil.Date) cell     { return cell{date: d} }
func ofInt(n int64) cell           { return cell{n: n} }

func ofTime(t time.Time) cell { return cell{text: t.UTC().Format(time.RFC3339Nano)} }

// plain is a cell as text, without protection.
func (c cell) plain(k cellKind) string {
	switch k {
	case amount:
		if c.amount.Currency == "" {
			return ""
		}
		return c.amount.String()
	case date:
		return c.date.String()
	case integer:
		return strconv.FormatInt(c.n, 10)
	}
	return c.text
}

// table is a kind of thing to export. more are columns that depend on what there is; they come after the others.
type table struct {
	columns []column
	more    func(src *source) ([]column, error)
	rows    func(src *source, row func(...cell) error) error
}

func (t table) header(src *source) ([]column, error) {
	if t.more == nil {
		return t.columns, nil
	}
	more, err := t.more(src)
	return slices.Concat(t.columns, more), err
}

// tableWriter writes rows in a format. close ends the file; after an error the file is not to be used.
type tableWriter interface {
	row(cells []cell) error
	close() error
}

func (t table) write(src *source, w tableWriter) error {
	if err := t.rows(src, func(cells ...cell) error { return w.row(cells) }); err != nil {
		return err
	}
	return w.close()
}

// neutral is a text that no spreadsheet takes for a formula.
func neutral(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + s
	}
	return s
}
