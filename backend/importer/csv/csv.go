// Package csv reads tables from text files as bookkeeping programs write them.
//
// Open looks at all bytes once and finds the encoding (UTF-8 with or without mark, UTF-16 with mark, Windows-1252,
// ISO-8859-1 and -15, CP850), the end of lines and the column separator (";", ",", tab or "|", or Excel's "sep=" line).
// Rows then streams records: quoted fields with doubled quotes and line breaks, stray quotes taken as they are. The
// row number counts records, empty ones included, as a spreadsheet program does; not lines.
//
// Every cell is text: what a column means is decided by looking at all of it, not here. Memory is bounded by
// table.MaxRow, whatever the file holds.
package csv

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"

	"golang.org/x/text/transform"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/table"
)

// File is a CSV file. It can be read any number of times, also concurrently.
type File struct {
	Encoding  Encoding
	Delimiter byte

	data   io.ReaderAt
	size   int64
	skip   int64 // bytes of a mark that is not text
	sep    int   // decoded bytes of a "sep=" line
	crOnly bool
	nested bool // each record is one quoted field that holds the real one
}

const sampleSize = 128 << 10

// Open finds out how the file is written. It fails with a *fault.Error when it is not text.
func Open(data io.ReaderAt, size int64) (*File, error) {
	if size > table.MaxFile {
		return nil, table.FileTooLarge()
	}
	f := &File{data: data, size: size}
	head := make([]byte, 4)
	n, err := data.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	mark, skip := bom(head[:n])
	f.Encoding, f.skip = mark, int64(skip)
	s, err := look(io.NewSectionReader(data, 0, size))
	if err != nil {
		return nil, err
	}
	if f.Encoding == "" || f.Encoding == UTF8 {
		if s.nul {
			return nil, fault.Invalidf("import.not_text", "The file is not a table in text form: it holds binary data. Save it as CSV or xlsx and import that.")
		}
		f.Encoding = s.encoding()
	}
	f.crOnly = s.newlines == 0 && s.returns > 0
	sample := make([]byte, sampleSize)
	n, err = io.ReadFull(f.text(), sample)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	sample = sample[:n]
	if d, length := declared(sample); d != 0 {
		f.Delimiter, f.sep = d, min(length, n)
		return f, nil
	}
	f.Delimiter, f.nested = delimiter(sample, n < sampleSize)
	return f, nil
}

// text is the file as UTF-8 with "\n" ending lines somewhere.
func (f *File) text() io.Reader {
	var r io.Reader = io.NewSectionReader(f.data, f.skip, f.size-f.skip)
	if e := f.Encoding.decoder(); e != nil {
		r = transform.NewReader(r, e.NewDecoder())
	}
	if f.crOnly {
		r = returns{r}
	}
	return r
}

// returns turns the lone carriage returns of old Macintosh files into line feeds.
type returns struct{ r io.Reader }

func (r returns) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// Name is empty: a CSV file has one sheet without a name.
func (f *File) Name() string { return "" }

// Rows yields every record that holds anything.
func (f *File) Rows(ctx context.Context, fn func(*table.Row) error) error {
	w := window{r: f.text(), buf: make([]byte, 0, 256<<10)}
	if err := w.discard(f.sep); err != nil {
		return err
	}
	sp, inner := splitter{delimiter: f.Delimiter}, splitter{delimiter: f.Delimiter}
	row := table.Row{}
	for {
		if row.Number%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row.Number++
		more, err := w.next(&sp, row.Number)
		if err != nil || !more {
			return err
		}
		if sp.err != nil {
			return sp.fault(row.Number)
		}
		row.Cells = trim(sp.cells)
		if f.nested && len(row.Cells) == 1 {
			inner.record(row.Cells[0].Text, true)
			row.Cells = trim(inner.cells)
		}
		if len(row.Cells) == 0 {
			continue
		}
		if row.Number > table.MaxRows {
			return table.TooManyRows()
		}
		if len(row.Cells) > table.MaxColumns {
			return table.TooWide(row.Number)
		}
		if err := fn(&row); err != nil {
			return err
		}
	}
}

// trim drops the empty cells at the end.
func trim(cells []table.Cell) []table.Cell {
	n := len(cells)
	for n > 0 && cells[n-1].Kind == table.Empty {
		n--
	}
	return cells[:n]
}

// window is the part of the text that is being split.
type window struct {
	r   io.Reader
	buf []byte
	pos int
	eof bool
}

func (w *window) discard(n int) error {
	for len(w.buf)-w.pos < n && !w.eof {
		if err := w.fill(); err != nil {
			return err
		}
	}
	w.pos += min(n, len(w.buf)-w.pos)
	return nil
}

// next splits one record, reading more text as long as it is not complete.
func (w *window) next(sp *splitter, row int) (bool, error) {
	for {
		if w.pos < len(w.buf) {
			if n := sp.record(w.buf[w.pos:], w.eof); n > 0 {
				w.pos += n
				return true, nil
			}
		}
		if w.eof {
			return false, nil
		}
		if len(w.buf)-w.pos > table.MaxRow {
			if sp.open > table.MaxCell {
				return false, table.CellTooLong(row)
			}
			return false, table.RowTooLong(row)
		}
		if err := w.fill(); err != nil {
			return false, err
		}
	}
}

// fill moves what is left to the front and reads on; the buffer doubles when a record does not fit.
func (w *window) fill() error {
	if w.pos > 0 {
		n := copy(w.buf[:cap(w.buf)], w.buf[w.pos:])
		w.buf, w.pos = w.buf[:n], 0
	}
	if len(w.buf) == cap(w.buf) {
		w.buf = append(make([]byte, 0, 2*cap(w.buf)), w.buf...)
	}
	n, err := w.r.Read(w.buf[len(w.buf):cap(w.buf)])
	w.buf = w.buf[:len(w.buf)+n]
	if err == io.EOF {
		w.eof = true
		return nil
	}
	return err
}

// splitter cuts one record into cells. The cells' text points into the record or into scratch.
type splitter struct {
	delimiter byte
	cells     []table.Cell
	scratch   []byte
	err       error
	open      int // length of the field that was being read when the text ended
}

// What splitting can find; fault turns it into words with the row.
var (
	errCell  = errors.New("cell too long")
	errWide  = errors.New("too many columns")
	errQuote = errors.New("quotation mark never closed")
)

func (sp *splitter) fault(row int) error {
	switch {
	case errors.Is(sp.err, errWide):
		return table.TooWide(row)
	case errors.Is(sp.err, errQuote):
		n := strconv.Itoa(row)
		return fault.Invalidf("import.quote", "A quotation mark is opened in row %s and never closed. Repair that row: write a quotation mark inside a text twice.", n).With("row", n)
	}
	return table.CellTooLong(row)
}

// record splits the first record of text and returns its length with the end of line, or 0 when more text is needed.
// whole says that nothing follows.
func (sp *splitter) record(text []byte, whole bool) int {
	sp.cells, sp.scratch, sp.err, sp.open = sp.cells[:0], sp.scratch[:0], nil, 0
	end := bytes.IndexByte(text, '\n')
	length := end + 1
	if end < 0 {
		end, length = len(text), len(text)
	}
	if bytes.IndexByte(text[:end], '"') >= 0 {
		return sp.quoted(text, whole)
	}
	if length == end && !whole {
		sp.open = end - 1 - bytes.LastIndexByte(text, sp.delimiter)
		return 0
	}
	if end > 0 && text[end-1] == '\r' {
		end--
	}
	sp.plain(text[:end])
	return length
}

// plain splits a line without any quotation mark.
func (sp *splitter) plain(line []byte) {
	for {
		i := bytes.IndexByte(line, sp.delimiter)
		if i < 0 {
			sp.add(line)
			return
		}
		sp.add(line[:i])
		line = line[i+1:]
		if sp.err != nil {
			return
		}
	}
}

func (sp *splitter) add(text []byte) {
	text = bare(bytes.TrimSpace(text))
	if len(text) > table.MaxCell {
		sp.err = errCell
		return
	}
	kind := table.Text
	if len(text) == 0 {
		kind = table.Empty
	} else if len(sp.cells) >= table.MaxColumns {
		sp.err = errWide
		return
	}
	if len(sp.cells) >= 4*table.MaxColumns {
		return // only empty cells follow a real table this far out
	}
	sp.cells = append(sp.cells, table.Cell{Kind: kind, Text: text})
}

// bare drops what keeps spreadsheet programs from reading digits as a number: ="00123" and '00123.
func bare(text []byte) []byte {
	if len(text) < 2 || text[0] != '=' && text[0] != '\'' {
		return text
	}
	inner := text[1:]
	if text[0] == '=' {
		if len(inner) < 2 || inner[0] != '"' || inner[len(inner)-1] != '"' {
			return text
		}
		return inner[1 : len(inner)-1]
	}
	for _, c := range inner {
		if (c < '0' || c > '9') && c != '.' && c != ',' && c != '-' {
			return text
		}
	}
	return inner
}

// quoted splits a record that has a quotation mark somewhere, across line ends where a quoted field has them.
func (sp *splitter) quoted(text []byte, whole bool) int {
	// Scratch never moves while cells point into it: unquoting only shortens.
	if cap(sp.scratch) < len(text) {
		sp.scratch = make([]byte, 0, min(len(text), 2*table.MaxRow))
	}
	i := 0
	for {
		n, done, complete := sp.field(text[i:], whole)
		if !complete {
			return 0
		}
		i += n
		if done {
			return i
		}
		if sp.err != nil {
			// The rest of the record is of no use; the caller refuses the file.
			return i
		}
	}
}

// field reads one field and its end: the delimiter, or (done) the end of the record.
func (sp *splitter) field(text []byte, whole bool) (n int, done, complete bool) {
	for n < len(text) && text[n] == ' ' {
		n++
	}
	start := len(sp.scratch)
	if n < len(text) && text[n] == '"' {
		n++
		closed := false
		for !closed {
			q := bytes.IndexByte(text[n:], '"')
			if q < 0 || n+q+1 == len(text) && !whole {
				sp.open = len(text)
				if !whole {
					return 0, false, false
				}
				if q < 0 {
					q = len(text) - n
					if bytes.IndexByte(text[n:], '\n') >= 0 {
						sp.err = errQuote // it would swallow the rows below
						return n + q, true, true
					}
					sp.copy(text[n : n+q])
					n += q
					break
				}
			}
			sp.copy(text[n : n+q])
			n += q + 1
			if n < len(text) && text[n] == '"' {
				sp.copy(text[n : n+1])
				n++
			} else {
				closed = true
			}
		}
	}
	for ; n < len(text); n++ {
		switch c := text[n]; {
		case c == sp.delimiter:
			sp.add(sp.scratch[start:])
			return n + 1, false, true
		case c == '\n':
			sp.add(sp.scratch[start:])
			return n + 1, true, true
		default:
			sp.copy(text[n : n+1])
		}
	}
	if !whole {
		sp.open = n
		return 0, false, false
	}
	sp.add(sp.scratch[start:])
	return n, true, true
}

func (sp *splitter) copy(b []byte) {
	if len(sp.scratch)+len(b) > cap(sp.scratch) {
		sp.err = errCell // longer than two of the longest rows: no field of a table
		return
	}
	sp.scratch = append(sp.scratch, b...)
}
