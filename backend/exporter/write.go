package exporter

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/fault"
)

// csvWriter writes comma-separated values that Excel reads as UTF-8.
type csvWriter struct {
	w       *csv.Writer
	columns []column
	record  []string
	err     error
}

func newCSV(w io.Writer, _ string, columns []column) tableWriter {
	c := &csvWriter{columns: columns, record: make([]string, len(columns))}
	_, c.err = io.WriteString(w, "\ufeff")
	c.w = csv.NewWriter(w)
	for i, col := range columns {
		c.record[i] = col.name
	}
	if c.err == nil {
		c.err = c.w.Write(c.record)
	}
	return c
}

func (c *csvWriter) row(cells []cell) error {
	if c.err != nil {
		return c.err
	}
	for i, col := range c.columns {
		c.record[i] = cells[i].plain(col.kind)
		if col.kind == text {
			c.record[i] = neutral(c.record[i])
		}
	}
	return c.w.Write(c.record)
}

func (c *csvWriter) close() error {
	if c.err != nil {
		return c.err
	}
	c.w.Flush()
	return c.w.Error()
}

// jsonWriter writes one array of objects, a row a line.
type jsonWriter struct {
	w       *bufio.Writer
	columns []column
	names   [][]byte
	n       int
}

func newJSON(w io.Writer, _ string, columns []column) tableWriter {
	j := &jsonWriter{w: bufio.NewWriter(w), columns: columns}
	for _, col := range columns {
		j.names = append(j.names, append(quote(col.name), ':'))
	}
	return j
}

func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("exporter: a string cannot be quoted: " + err.Error())
	}
	return b
}

// row ignores errors of the buffer; Flush in close reports the first one.
func (j *jsonWriter) row(cells []cell) error {
	_, _ = j.w.WriteString([]string{"[\n{", ",\n{"}[min(j.n, 1)])
	j.n++
	for i, col := range j.columns {
		if i > 0 {
			_ = j.w.WriteByte(',')
		}
		_, _ = j.w.Write(j.names[i])
		if col.kind == integer {
			_, _ = j.w.WriteString(strconv.FormatInt(cells[i].n, 10))
			continue
		}
		_, _ = j.w.Write(quote(cells[i].plain(col.kind)))
	}
	return j.w.WriteByte('}')
}

func (j *jsonWriter) close() error {
	if j.n == 0 {
		_ = j.w.WriteByte('[')
	}
	_, _ = j.w.WriteString("\n]\n")
	return j.w.Flush()
}

// maxSheet is how many rows a sheet of Excel holds.
const maxSheet = 1_048_576

// xlsxWriter writes one sheet, named after the kind, with its header frozen. Rows go to a temporary file of excelize's
// when there are many.
type xlsxWriter struct {
	out     io.Writer
	file    *excelize.File
	sheet   *excelize.StreamWriter
	columns []column
	amounts map[int]int // decimals -> style
	dates   int
	n       int
	values  []any
	err     error
}

func newXLSX(w io.Writer, kind string, columns []column) tableWriter {
	x := &xlsxWriter{out: w, file: excelize.NewFile(), columns: columns, amounts: map[int]int{}, values: make([]any, len(columns))}
	x.err = x.begin(kind)
	return x
}

func (x *xlsxWriter) begin(kind string) (err error) {
	if err = x.file.SetSheetName("Sheet1", kind); err != nil {
		return err
	}
	if x.sheet, err = x.file.NewStreamWriter(kind); err != nil {
		return err
	}
	iso := "yyyy-mm-dd"
	if x.dates, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &iso}); err != nil {
		return err
	}
	bold, err := x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, col := range x.columns {
		x.values[i] = excelize.Cell{StyleID: bold, Value: col.name}
		if err := x.sheet.SetColWidth(i+1, i+1, []float64{22, 14, 12, 10}[col.kind]); err != nil {
			return err
		}
	}
	err = x.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	x.n = 1
	return x.sheet.SetRow("A1", x.values)
}

func (x *xlsxWriter) row(cells []cell) error {
	if x.err != nil {
		return x.err
	}
	if x.n++; x.n > maxSheet {
		return fault.New(fault.TooLarge, "export.rows", "there are more rows than a sheet of Excel holds; choose csv")
	}
	for i, col := range x.columns {
		v, err := x.value(cells[i], col.kind)
		if err != nil {
			return err
		}
		x.values[i] = v
	}
	return x.sheet.SetRow("A"+strconv.Itoa(x.n), x.values)
}

func (x *xlsxWriter) value(c cell, k cellKind) (any, error) {
	switch k {
	case amount:
		if c.amount.Currency == "" {
			return nil, nil
		}
		style, err := x.amountStyle(c)
		if err != nil {
			return nil, err
		}
		// An amount has at most 16 digits (money.MaxMinor), and below that a float's shortest decimal is the amount.
		f, err := strconv.ParseFloat(c.amount.String(), 64)
		return excelize.Cell{StyleID: style, Value: f}, err
	case date:
		if c.date.IsZero() {
			return nil, nil
		}
		return excelize.Cell{StyleID: x.dates, Value: c.date.Time()}, nil
	case integer:
		return c.n, nil
	}
	return neutral(c.text), nil
}

func (x *xlsxWriter) amountStyle(c cell) (int, error) {
	decimals, _ := c.amount.Currency.Exponent()
	if id, ok := x.amounts[decimals]; ok {
		return id, nil
	}
	code := "#,##0.0000"[:5+min(1, decimals)+decimals]
	id, err := x.file.NewStyle(&excelize.Style{CustomNumFmt: &code})
	x.amounts[decimals] = id
	return id, err
}

func (x *xlsxWriter) close() error {
	defer func() { _ = x.file.Close() }() // removes temporary files; the result has been written or has failed by then
	if x.err != nil {
		return x.err
	}
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	_, err := x.file.WriteTo(x.out)
	return err
}
