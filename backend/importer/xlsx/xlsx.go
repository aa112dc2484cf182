// Package xlsx reads the tables of Excel workbooks and writes the workbook of rejected rows.
//
// Open reads the small parts (which sheets there are and which of them are hidden, the number formats, the texts that
// cells share) and refuses what is no workbook, what is damaged and what unpacks to more than it may. Sheet.Rows then
// streams one sheet's XML: nothing is ever built in memory but the current row, so that a small file that declares
// sixteen thousand columns or a million styled empty rows costs nothing. Cells come raw, not as displayed: dates by
// their number format in the 1900 and the 1904 system, numbers cut to the fifteen digits that Excel itself shows.
// Formulas give their stored result.
//
// The reading is our own because excelize keeps whole parts in memory (a 15 KB file can make it allocate 2.3 GB) and
// its row iterator does not tell a cell's type and format. The tests read every workbook with excelize too and compare;
// writing is excelize's.
package xlsx

import (
	"archive/zip"
	"context"
	"io"
	"path"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/table"
)

// Limits of one workbook, unpacked.
const (
	maxEntries = 5_000
	maxPart    = 16 << 20  // bytes of a small part
	maxStrings = 512 << 20 // bytes of the shared strings' XML
	maxTexts   = 64 << 20  // bytes of the shared strings' text
	maxSheet   = 2 << 30   // bytes of a sheet's XML
	maxRatio   = 300       // of unpacked to packed; real sheets stay under 100
	ratioFrom  = 16 << 20  // smaller parts may compress as they like
	sheetFrom  = 128 << 20 // sheets, which are never held: only the time to read them counts
)

// File is an open workbook. Its sheets can be read any number of times, also concurrently.
type File struct {
	Sheets []*Sheet // the visible ones, in order
	Hidden []string // names of the hidden ones

	parts    map[string]*zip.File
	styles   []style
	texts    []byte // all shared strings, one after the other
	ends     []uint32
	from1904 bool
}

// Sheet is a visible worksheet.
type Sheet struct {
	file *File
	name string
	part *zip.File
}

// Name is what the tab shows.
func (s *Sheet) Name() string { return s.name }

// Open reads everything but the sheets.
func Open(ctx context.Context, data io.ReaderAt, size int64) (*File, error) {
	if size > table.MaxFile {
		return nil, table.FileTooLarge()
	}
	z, err := zip.NewReader(data, size)
	if err != nil {
		return nil, damaged(err)
	}
	if len(z.File) > maxEntries {
		return nil, bomb()
	}
	f := &File{parts: map[string]*zip.File{}}
	for _, p := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(p.Name, "\\", "/"), "/"))
		from := uint64(ratioFrom)
		if strings.Contains(name, "/worksheets/") {
			from = sheetFrom
		}
		if p.UncompressedSize64 > from && p.UncompressedSize64/max(p.CompressedSize64, 1) > maxRatio {
			return nil, bomb()
		}
		f.parts[name] = p
	}
	if err := f.other(); err != nil {
		return nil, err
	}
	book := f.workbookPart()
	if f.parts[book] == nil {
		return nil, fault.Invalidf("import.not_workbook", "The file is a packed archive, but not an Excel workbook. Save the table as xlsx or CSV and import that.")
	}
	targets, err := f.relations(book)
	if err != nil {
		return nil, damaged(err)
	}
	if err := f.workbook(book, targets); err != nil {
		return nil, err
	}
	for _, t := range targets {
		var err error
		switch {
		case strings.HasSuffix(t.kind, "/styles"):
			err = f.readStyles(t.part)
		case strings.HasSuffix(t.kind, "/sharedStrings"):
			err = f.readStrings(ctx, t.part)
		}
		if err != nil {
			return nil, damaged(err)
		}
	}
	return f, nil
}

// other recognises packed formats that are not xlsx by what they contain.
func (f *File) other() error {
	if f.parts["xl/workbook.bin"] != nil {
		return fault.Invalidf("import.xlsb", "This is a binary Excel workbook (xlsb). Open it in Excel, save it as \"Excel workbook (.xlsx)\" and import that.")
	}
	if f.parts["content.xml"] != nil && f.parts["mimetype"] != nil {
		return fault.Invalidf("import.ods", "This is an OpenDocument file. Open it in LibreOffice, save it as \"Excel 2007-365 (.xlsx)\" and import that.")
	}
	return nil
}

func damaged(err error) error {
	if e := fault.As(err); e.Kind != fault.Internal {
		return e
	}
	return fault.Wrap(err, fault.Invalid, "import.damaged", "The workbook is damaged and cannot be read. Open it in Excel or LibreOffice, save it again as xlsx and import that.")
}

func bomb() error {
	return fault.New(fault.TooLarge, "import.unpacks_too_large", "The workbook unpacks to far more than a table needs. Copy the table into a new workbook and import that.")
}

// open starts reading a part, at most limit bytes of it.
func (f *File) open(p *zip.File, limit uint64) (io.ReadCloser, error) {
	if p.UncompressedSize64 > limit {
		return nil, bomb()
	}
	rc, err := p.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(rc, int64(limit)), rc}, nil
}

// each walks the tags of a small part.
func (f *File) each(name string, limit uint64, fn func(s *scanner) error) error {
	p := f.parts[name]
	if p == nil {
		return nil
	}
	r, err := f.open(p, limit)
	if err != nil {
		return err
	}
	defer r.Close()
	s := newScanner(r)
	for {
		t, err := s.next()
		if err != nil || t == tokenEOF {
			return err
		}
		if t == tokenStart {
			if err := fn(s); err != nil {
				return err
			}
		}
	}
}

type relation struct{ kind, part string }

// workbookPart is where the package says that its main part is.
func (f *File) workbookPart() string {
	rels, err := f.relations("")
	if err == nil {
		for _, r := range rels {
			if strings.HasSuffix(r.kind, "/officeDocument") && f.parts[r.part] != nil {
				return r.part
			}
		}
	}
	return "xl/workbook.xml"
}

// relations are the parts that a part points at, by id.
func (f *File) relations(of string) (map[string]relation, error) {
	dir, base := path.Split(of)
	rels := map[string]relation{}
	err := f.each(dir+"_rels/"+base+".rels", maxPart, func(s *scanner) error {
		if string(s.name) != "Relationship" || len(rels) > 2*maxEntries {
			return nil
		}
		target := s.attrText("Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		rels[s.attrText("Id")] = relation{s.attrText("Type"), strings.ToLower(strings.TrimPrefix(path.Clean(target), "/"))}
		return nil
	})
	return rels, err
}

// workbook lists the sheets.
func (f *File) workbook(part string, targets map[string]relation) error {
	err := f.each(part, maxPart, func(s *scanner) error {
		switch string(s.name) {
		case "workbookPr":
			f.from1904 = s.attrTrue("date1904")
		case "sheet":
			name := s.attrText("name")
			if state := string(s.attr("state")); state == "hidden" || state == "veryHidden" {
				f.Hidden = append(f.Hidden, name)
				return nil
			}
			t, ok := targets[s.attrText("id")]
			p := f.parts[t.part]
			if ok && p != nil && strings.HasSuffix(t.kind, "/worksheet") {
				f.Sheets = append(f.Sheets, &Sheet{f, name, p})
			}
			if len(f.Sheets)+len(f.Hidden) > table.MaxSheets {
				return fault.New(fault.TooLarge, "import.too_many_sheets", "The workbook has more than %d sheets. Copy the table into a new workbook and import that.", table.MaxSheets)
			}
		}
		return nil
	})
	if err != nil {
		return damaged(err)
	}
	if len(f.Sheets) == 0 {
		return fault.Invalidf("import.no_sheet", "The workbook has no visible sheet with cells. Hidden sheets are not read.")
	}
	return nil
}

// readStyles keeps what the number formats mean, in the order in which cells refer to them.
func (f *File) readStyles(part string) error {
	formats := map[int]style{}
	cells := false
	return f.each(part, maxPart, func(s *scanner) error {
		switch string(s.name) {
		case "numFmt":
			if id := s.attrInt("numFmtId"); id >= 0 && len(formats) < 10_000 {
				formats[id] = custom(s.attrText("formatCode"))
			}
		case "cellXfs":
			cells = true
		case "cellStyles", "cellStyleXfs", "dxfs":
			cells = false
		case "xf":
			if !cells || len(f.styles) >= 100_000 {
				return nil
			}
			id := s.attrInt("numFmtId")
			st, ok := formats[id]
			if !ok {
				st = builtin(id)
			}
			f.styles = append(f.styles, st)
		}
		return nil
	})
}

// readStrings collects the texts that cells refer to by number, without their formatting and pronunciation.
func (f *File) readStrings(ctx context.Context, part string) error {
	p := f.parts[part]
	if p == nil {
		return nil
	}
	r, err := f.open(p, maxStrings)
	if err != nil {
		return err
	}
	defer r.Close()
	s := newScanner(r)
	depth, inText, phonetic := 0, false, false
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t, err := s.next()
		if err != nil || t == tokenEOF {
			return err
		}
		switch {
		case t == tokenText:
			if inText && !phonetic && depth > 0 {
				f.texts = s.appendText(f.texts)
			}
		case string(s.name) == "si":
			if t == tokenStart && !s.empty {
				depth = 1
			} else {
				depth = 0
				f.ends = append(f.ends, uint32(len(f.texts)))
			}
		case string(s.name) == "rPh":
			phonetic = t == tokenStart && !s.empty
		case string(s.name) == "t":
			inText = t == tokenStart && !s.empty
		}
		if len(f.texts) > maxTexts || len(f.ends) > 4*table.MaxRows {
			return bomb()
		}
	}
}

// shared is the text with that number.
func (f *File) shared(i int) ([]byte, bool) {
	if i < 0 || i >= len(f.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = f.ends[i-1]
	}
	return f.texts[from:f.ends[i]], true
}
