package xlsx

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strconv"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/importer/table"
)

// Rows yields every row that holds a value.
func (s *Sheet) Rows(ctx context.Context, fn func(*table.Row) error) error {
	r, err := s.file.open(s.part, maxSheet)
	if err != nil {
		return err
	}
	defer r.Close()
	w := &walk{file: s.file, sc: newScanner(r), arena: make([]byte, 0, 16<<10)}
	for {
		if w.row.Number%512 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		more, err := w.next(ctx)
		if err != nil {
			return damagedSheet(err)
		}
		if !more {
			return nil
		}
		if w.row.Cells = w.trim(); len(w.row.Cells) == 0 {
			continue
		}
		if w.row.Number > table.MaxRows {
			return table.TooManyRows()
		}
		if err := fn(&w.row); err != nil {
			return err
		}
	}
}

func damagedSheet(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return damaged(err)
}

// walk reads a sheet's XML. The cells' text points into arena, which is reused for each row.
type walk struct {
	file  *File
	sc    *scanner
	row   table.Row
	arena []byte
	raw   []byte
	tags  int
}

func (w *walk) trim() []table.Cell {
	n := len(w.row.Cells)
	for n > 0 && w.row.Cells[n-1].Kind == table.Empty {
		n--
	}
	return w.row.Cells[:n]
}

// next reads one row; false at the end of the sheet's data.
func (w *walk) next(ctx context.Context) (bool, error) {
	w.arena, w.row.Cells = w.arena[:0], w.row.Cells[:0]
	for {
		t, err := w.sc.next()
		if err != nil || t == tokenEOF {
			return false, err
		}
		if w.tags++; w.tags%8192 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		switch {
		case t == tokenStart && string(w.sc.name) == "row":
			if err := w.startRow(); err != nil {
				return false, err
			}
			if w.sc.empty {
				continue
			}
			return true, w.cells()
		case t == tokenEnd && string(w.sc.name) == "sheetData":
			return false, nil
		}
	}
}

func (w *walk) startRow() error {
	n := w.row.Number + 1
	if r := w.sc.attr("r"); r != nil {
		var ok bool
		if n, ok = atoi(r); !ok || n <= w.row.Number {
			return errXML
		}
	}
	w.row.Number, w.row.Hidden = n, w.sc.attrTrue("hidden")
	return nil
}

// cells reads up to the end of the row.
func (w *walk) cells() error {
	col := -1
	for {
		t, err := w.sc.next()
		if err != nil {
			return err
		}
		switch {
		case t == tokenEOF:
			return errXML
		case t == tokenEnd && string(w.sc.name) == "row":
			return nil
		case t == tokenStart && string(w.sc.name) == "c":
			col++
			if ref := w.sc.attr("r"); ref != nil {
				var ok bool
				if col, ok = column(ref); !ok {
					return errXML
				}
			}
			if w.sc.empty {
				continue
			}
			if err := w.cell(col); err != nil {
				return err
			}
		}
	}
}

// column is the index in a reference such as "AB12".
func column(ref []byte) (int, bool) {
	n := 0
	for n < len(ref) && ref[n]|0x20 >= 'a' && ref[n]|0x20 <= 'z' {
		n++
	}
	return table.Column(string(ref[:n]))
}

// cell reads the value of the cell whose start tag is current.
func (w *walk) cell(col int) error {
	kind := string(w.sc.attr("t"))
	st := style{kind: table.Number}
	if i := w.sc.attrInt("s"); i >= 0 && i < len(w.file.styles) {
		st = w.file.styles[i]
	}
	w.raw = w.raw[:0]
	value, inline, phonetic := false, false, false
	for {
		t, err := w.sc.next()
		if err != nil {
			return err
		}
		name := string(w.sc.name)
		switch {
		case t == tokenEOF:
			return errXML
		case t == tokenText:
			if value || inline && !phonetic {
				w.raw = w.sc.appendText(w.raw)
			}
		case name == "v":
			value = t == tokenStart && !w.sc.empty
		case name == "t":
			inline = t == tokenStart && !w.sc.empty
		case name == "rPh":
			phonetic = t == tokenStart && !w.sc.empty
		case t == tokenEnd && name == "c":
			return w.put(col, kind, st)
		}
		if len(w.raw) > table.MaxCell {
			return table.CellTooLong(w.row.Number)
		}
	}
}

// put stores the value that was read.
func (w *walk) put(col int, kind string, st style) error {
	c, err := w.value(kind, st)
	if err != nil || c.Kind == table.Empty {
		return err
	}
	if col >= table.MaxColumns {
		return table.TooWide(w.row.Number)
	}
	if len(w.arena) > table.MaxRow {
		return table.RowTooLong(w.row.Number)
	}
	for len(w.row.Cells) <= col {
		w.row.Cells = append(w.row.Cells, table.Cell{})
	}
	w.row.Cells[col] = c
	return nil
}

func (w *walk) value(kind string, st style) (table.Cell, error) {
	text := bytes.TrimSpace(w.raw)
	if len(text) == 0 {
		return table.Cell{}, nil
	}
	switch kind {
	case "s":
		i, ok := atoi(text)
		if !ok {
			return table.Cell{}, errXML
		}
		shared, ok := w.file.shared(i)
		if !ok {
			return table.Cell{}, errXML
		}
		if shared = bytes.TrimSpace(shared); len(shared) == 0 {
			return table.Cell{}, nil
		}
		return table.Cell{Kind: table.Text, Text: shared}, nil
	case "inlineStr", "str":
		return table.Cell{Kind: table.Text, Text: w.keep(text)}, nil
	case "b":
		if string(text) == "1" || string(text) == "true" {
			return table.Cell{Kind: table.Bool, Text: []byte("TRUE")}, nil
		}
		return table.Cell{Kind: table.Bool, Text: []byte("FALSE")}, nil
	case "e":
		return table.Cell{Kind: table.Error, Text: w.keep(text)}, nil
	case "d":
		if len(text) >= 10 {
			if d, err := civil.Parse(string(text[:10])); err == nil {
				return w.date(d), nil
			}
		}
		return table.Cell{Kind: table.Text, Text: w.keep(text)}, nil
	}
	return w.number(text, st), nil
}

// keep copies text into the row's arena. Earlier slices stay valid when it grows: the old array is not touched.
func (w *walk) keep(text []byte) []byte {
	from := len(w.arena)
	w.arena = append(w.arena, text...)
	return w.arena[from:len(w.arena):len(w.arena)]
}

func (w *walk) date(d civil.Date) table.Cell {
	from := len(w.arena)
	w.arena = d.Time().AppendFormat(w.arena, "2006-01-02")
	return table.Cell{Kind: table.Date, Day: d, Text: w.arena[from:len(w.arena):len(w.arena)]}
}

// number reads a stored number, which its format may turn into a date.
func (w *walk) number(text []byte, st style) table.Cell {
	if st.kind == table.Number && plain(text) {
		if pad := st.pad - len(text); pad > 0 && text[0] != '-' && bytes.IndexByte(text, '.') < 0 {
			from := len(w.arena)
			for range pad {
				w.arena = append(w.arena, '0')
			}
			w.arena = append(w.arena, text...)
			return table.Cell{Kind: table.Number, Text: w.arena[from:len(w.arena):len(w.arena)]}
		}
		return table.Cell{Kind: table.Number, Text: w.keep(text), Unit: st.unit}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return table.Cell{Kind: table.Text, Text: w.keep(text)}
	}
	if st.kind != table.Number {
		if c, ok := w.moment(v, st); ok {
			return c
		}
	}
	from := len(w.arena)
	if a := math.Abs(v); a != 0 && (a < 1e-9 || a >= 1e15) {
		w.arena = strconv.AppendFloat(w.arena, v, 'g', 15, 64)
	} else {
		// Excel shows fifteen digits: 2184.2800000000002 is 2184.28.
		rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
		w.arena = strconv.AppendFloat(w.arena, rounded, 'f', -1, 64)
	}
	return table.Cell{Kind: table.Number, Text: w.arena[from:len(w.arena):len(w.arena)], Unit: st.unit}
}

// plain reports whether the text is a decimal that needs no rounding: at most fifteen digits, no exponent.
func plain(text []byte) bool {
	digits, dots := 0, 0
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && i > 0 && i < len(text)-1:
			dots++
		case c == '-' && i == 0:
		default:
			return false
		}
	}
	return digits > 0 && digits <= 15 && dots <= 1 && text[len(text)-1] != '-'
}

const lastSerial = 2958465 // 9999-12-31 in the 1900 system

// moment turns a serial number into a date or a time of day. The year 1900 of Excel has a 29 February that never was.
func (w *walk) moment(v float64, st style) (table.Cell, bool) {
	if v < 0 || v > lastSerial+1 {
		return table.Cell{}, false
	}
	days := int(math.Floor(v + 1e-9))
	if days == 0 || st.kind == table.Time && v < 1 {
		if w.file.from1904 && st.kind == table.Date {
			return w.date(civil.Of(1904, 1, 1)), true
		}
		secs := int(math.Round((v - math.Floor(v)) * 86400))
		from := len(w.arena)
		w.arena = append(w.arena, byte('0'+secs/36000%10), byte('0'+secs/3600%10), ':', byte('0'+secs/600%6), byte('0'+secs/60%10), ':', byte('0'+secs/10%6), byte('0'+secs%10))
		return table.Cell{Kind: table.Time, Text: w.arena[from:len(w.arena):len(w.arena)]}, true
	}
	switch {
	case w.file.from1904:
		return w.date(civil.Of(1904, 1, 1).AddDays(days)), true
	case days < 60:
		return w.date(civil.Of(1899, 12, 31).AddDays(days)), true
	}
	return w.date(civil.Of(1899, 12, 30).AddDays(days)), true
}
