// Package table is what the readers of csv and xlsx have in common: sheets of rows of typed cells, and their limits.
//
// A Sheet can be walked any number of times; each walk yields the rows in order with the row number that a person sees
// in a spreadsheet program, empty rows counted but not yielded. A Row and the bytes of its cells are valid only until
// the function that got them returns. Walking stops with the function's error, or with the context's.
package table

import (
	"context"
	"strconv"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

// Limits of every reader. A file beyond one of them is refused whole.
const (
	MaxRows    = 1_000_000
	MaxColumns = 512
	MaxCell    = 32 << 10  // bytes of text in one cell
	MaxRow     = 2 << 20   // bytes of text in one row
	MaxFile    = 512 << 20 // bytes of the file as it is on disk
	MaxSheets  = 100
)

// Kind is the type that the file itself gives a cell. CSV knows only Empty and Text.
type Kind uint8

// The kinds of cells.
const (
	Empty  Kind = iota
	Text        // as written
	Number      // Text is a plain decimal with a dot, at most 15 significant digits, or with an exponent
	Date        // Day is set; Text is YYYY-MM-DD
	Time        // a time of day without a date; Text is HH:MM:SS
	Bool        // Text is TRUE or FALSE
	Error       // Text is the spreadsheet's error, such as #REF!
)

// Cell is one value. Unit is the currency sign or code of a number's format ("€", "USD"), if it has one.
type Cell struct {
	Kind Kind
	Text []byte
	Day  civil.Date
	Unit string
}

// Row is one row. Cells beyond the last value are absent.
type Row struct {
	Number int
	Hidden bool // by a filter or by hand
	Cells  []Cell
}

// Sheet is a table of a file.
type Sheet interface {
	// Name is the sheet's name; empty for CSV.
	Name() string
	// Rows yields the rows that hold anything.
	Rows(ctx context.Context, fn func(*Row) error) error
}

// Letter is the column's name in a spreadsheet: 0 is "A", 26 is "AA".
func Letter(i int) string {
	var b [8]byte
	n := len(b)
	for i >= 0 {
		n--
		b[n] = byte('A' + i%26)
		i = i/26 - 1
	}
	return string(b[n:])
}

// Column is the index of a column's name, the inverse of Letter; ok is false for anything else.
func Column(letter string) (i int, ok bool) {
	if letter == "" || len(letter) > 3 {
		return 0, false
	}
	for _, r := range letter {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		if r < 'A' || r > 'Z' {
			return 0, false
		}
		i = i*26 + int(r-'A') + 1
	}
	return i - 1, true
}

// TooManyRows refuses a table longer than MaxRows.
func TooManyRows() error {
	return limit("import.too_many_rows", "The table has more than 1,000,000 rows. Split it, for example by year, and import the parts.")
}

// TooWide refuses a row with a value beyond MaxColumns.
func TooWide(row int) error {
	return limit("import.too_wide", "Row %s has more than 512 columns. Remove what does not belong to the table, or check the column separator.", row)
}

// CellTooLong refuses a cell beyond MaxCell.
func CellTooLong(row int) error {
	return limit("import.cell_too_long", "A cell in row %s is longer than 32 KB. Often a quotation mark was opened there and never closed; repair that row.", row)
}

// RowTooLong refuses a row beyond MaxRow.
func RowTooLong(row int) error {
	return limit("import.row_too_long", "Row %s is longer than 2 MB. This is not a table that can be imported.", row)
}

// FileTooLarge refuses a file beyond MaxFile.
func FileTooLarge() error {
	return limit("import.file_too_large", "The file is larger than 512 MB. Split it and import the parts.")
}

func limit(code, format string, row ...int) error {
	if len(row) == 0 {
		return fault.New(fault.TooLarge, code, "%s", format)
	}
	n := strconv.Itoa(row[0])
	return fault.New(fault.TooLarge, code, format, n).With("row", n)
}
