package xlsx_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/importer/xlsx"
)

// read yields every sheet's cells as text, by row number and column.
func read(data []byte) (map[string]map[int][]string, error) {
	f, err := xlsx.Open(context.Background(), bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	out := map[string]map[int][]string{}
	for _, s := range f.Sheets {
		rows := map[int][]string{}
		if err := s.Rows(context.Background(), func(r *table.Row) error {
			var cells []string
			for _, c := range r.Cells {
				cells = append(cells, string(c.Text))
			}
			rows[r.Number] = cells
			return nil
		}); err != nil {
			return nil, err
		}
		out[s.Name()] = rows
	}
	return out, nil
}

// TestCells: every type of cell that Excel writes.
func TestCells(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	style := func(code string, id int) int {
		s := &excelize.Style{NumFmt: id}
		if code != "" {
			s.CustomNumFmt = &code
		}
		n, err := f.NewStyle(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	set := func(cell string, v any, styleID int) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
		if styleID > 0 {
			if err := f.SetCellStyle("Sheet1", cell, cell, styleID); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("A1", "text", 0)
	set("B1", 12300139, 0)
	set("C1", 2184.28, 0)
	set("D1", 45314, style("", 14))
	set("E1", 45314.75, style(`d/mm/yyyy`, 0))
	set("F1", 0.5, style(`hh:mm`, 0))
	set("G1", true, 0)
	set("H1", 1550, style(`"$"#,##0.00_);[Red]\("$"#,##0.00\)`, 0))
	set("I1", 42, style(`00000`, 0))
	set("J1", 59, style("", 14))
	set("K1", 61, style("", 14))
	set("L1", 7, style(`0 "days"`, 0))
	set("M1", 45314, style(`[$-413]d mmmm yyyy;@`, 0))
	set("N1", 12.5, style(`[$€-2] #,##0.00`, 0))
	set("O1", 0.1+0.2, 0)
	set("P1", 73092.179999999993, 0)
	set("Q1", " padded ", 0)
	set("R1", "<&\"'>é€", 0)
	if err := f.SetCellFormula("Sheet1", "S1", "=1/0"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellRichText("Sheet1", "T1", []excelize.RichTextRun{{Text: "rich "}, {Text: "text", Font: &excelize.Font{Bold: true}}}); err != nil {
		t.Fatal(err)
	}
	set("B4", "sparse", 0)
	set("A6", "merged title", 0)
	if err := f.MergeCell("Sheet1", "A6", "F6"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetRowVisible("Sheet1", 6, false); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if _, err := f.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	x, err := xlsx.Open(context.Background(), bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	type cell struct {
		Kind table.Kind
		Text string
		Unit string
	}
	got := map[int][]cell{}
	hidden := map[int]bool{}
	if err := x.Sheets[0].Rows(context.Background(), func(r *table.Row) error {
		hidden[r.Number] = r.Hidden
		for _, c := range r.Cells {
			got[r.Number] = append(got[r.Number], cell{c.Kind, string(c.Text), c.Unit})
			if c.Kind == table.Date && c.Day.String() != string(c.Text) {
				t.Errorf("date %s is written %s", c.Day, c.Text)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[int][]cell{
		1: {{table.Text, "text", ""}, {table.Number, "12300139", ""}, {table.Number, "2184.28", ""}, {table.Date, "2024-01-23", ""}, {table.Date, "2024-01-23", ""},
			{table.Time, "12:00:00", ""}, {table.Bool, "TRUE", ""}, {table.Number, "1550", "$"}, {table.Number, "00042", ""}, {table.Date, "1900-02-28", ""},
			{table.Date, "1900-03-01", ""}, {table.Number, "7", ""}, {table.Date, "2024-01-23", ""}, {table.Number, "12.5", "€"}, {table.Number, "0.3", ""},
			{table.Number, "73092.18", ""}, {table.Text, "padded", ""}, {table.Text, "<&\"'>é€", ""}, {}, {table.Text, "rich text", ""}},
		4: {{}, {table.Text, "sparse", ""}},
		6: {{table.Text, "merged title", ""}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if !hidden[6] || hidden[1] {
		t.Errorf("hidden rows: %v", hidden)
	}
}

// TestSheets: visible ones in order, hidden ones only by name; the 1904 system.
func TestSheets(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	yes := true
	if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"Data", "Secret & Co", "Last"} {
		if _, err := f.NewSheet(n); err != nil {
			t.Fatal(err)
		}
	}
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{f.SetCellValue("Data", "A1", 44562-1462), f.SetCellStyle("Data", "A1", "A1", date), f.SetSheetVisible("Secret & Co", false)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if _, err := f.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	x, err := xlsx.Open(context.Background(), bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range x.Sheets {
		names = append(names, s.Name())
	}
	if diff := cmp.Diff([]string{"Sheet1", "Data", "Last"}, names); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Secret & Co"}, x.Hidden); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
	got, err := read(buf.Bytes())
	if err != nil || got["Data"][1][0] != "2022-01-01" {
		t.Errorf("1904: %v %v", got["Data"], err)
	}
}

// compare holds our reading of a workbook against excelize's, cell by cell. Dates and rounding, which excelize leaves to
// its caller with raw values, are compared as numbers.
func compare(t *testing.T, data []byte) {
	t.Helper()
	ours, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cells := 0
	for name, rows := range ours {
		it, err := f.Rows(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; it.Next(); n++ {
			cols, err := it.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			for i, raw := range cols {
				raw = strings.TrimSpace(raw)
				got := ""
				if i < len(rows[n]) {
					got = rows[n][i]
				}
				cells++
				if !same(raw, got) {
					t.Errorf("%s %s%d: excelize has %q, we have %q", name, table.Letter(i), n, raw, got)
				}
			}
			if len(rows[n]) > len(cols) {
				t.Errorf("%s row %d: %d cells, excelize has %d", name, n, len(rows[n]), len(cols))
			}
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d cells are the same", cells)
}

func same(raw, got string) bool {
	if raw == got || raw == "1" && got == "TRUE" || raw == "0" && got == "FALSE" || raw == "TRUE" && got == "TRUE" {
		return true
	}
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return false
	}
	if d, err := time.Parse("2006-01-02", got); err == nil {
		when, err := excelize.ExcelDateToTime(v, false)
		return err == nil && when.Truncate(24*time.Hour).Equal(d)
	}
	g, err := strconv.ParseFloat(got, 64)
	return err == nil && strconv.FormatFloat(v, 'g', 15, 64) == strconv.FormatFloat(g, 'g', 15, 64)
}

// TestOracle reads generated and real workbooks with excelize too.
func TestOracle(t *testing.T) {
	t.Run("generated", func(t *testing.T) { compare(t, generated(t, 300)) })
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "corpus", "*", "*.xlsx"))
	if err != nil || len(files) == 0 {
		t.Skip("SKIPPED: the corpus of real workbooks is not here")
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, data)
		})
	}
}

// generated is a workbook written by excelize's stream writer (inline strings, no shared ones).
func generated(t testing.TB, rows int) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		at, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := sw.SetRow(at, []any{fmt.Sprintf("F%05d", i), i, float64(i) * 1.21, excelize.Cell{StyleID: date, Value: 45000 + i}, i%2 == 0, nil, "Straße & Söhne <x>", -1.5e-7}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sw.Flush(); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if _, err := f.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// parts of a smallest workbook around a sheet.
func workbook(t testing.TB, sheet io.Reader, strs string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	add := func(name string, r io.Reader) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("_rels/.rels", strings.NewReader(`<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`))
	add("xl/workbook.xml", strings.NewReader(`<?xml version="1.0"?><x:workbook xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheets><x:sheet name="S" sheetId="1" r:id="r1"/></x:sheets></x:workbook>`))
	add("xl/_rels/workbook.xml.rels", strings.NewReader(`<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`))
	add("xl/worksheets/sheet1.xml", sheet)
	if strs != "" {
		add("xl/sharedStrings.xml", strings.NewReader(strs))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func sheet(body string) io.Reader {
	return strings.NewReader("<worksheet><sheetData>" + body + "</sheetData></worksheet>")
}

// TestDialects: what other programs write, within the standard.
func TestDialects(t *testing.T) {
	for _, c := range []struct {
		name, body, strings string
		want                map[int][]string
	}{
		{"prefixes and single quotes", `<x:row r='3'><x:c r='B3' t='str'><x:v>a</x:v></x:c></x:row>`, "", map[int][]string{3: {"", "a"}}},
		{"no references", `<row><c><v>1</v></c><c/><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>`, "", map[int][]string{1: {"1", "", "2"}, 3: {"3"}}},
		{"shared strings with runs and pronunciation", `<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c></row>`,
			`<sst><si/><si><r><t>To</t></r><r><rPr/><t xml:space="preserve">kyo &amp; x</t></r><rPh sb="0"><t>no</t></rPh></si></sst>`, map[int][]string{1: {"Tokyo & x"}}},
		{"inline strings", `<row r="1"><c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>`, "", map[int][]string{1: {"ab"}}},
		{"cdata, comments, references", `<!-- x --><row r="1"><c r="A1" t="str"><f>A&amp;B</f><v><![CDATA[a<b&amp;]]></v></c><c r="B1" t="str"><v>&#233;&#x20AC;&lt;</v></c></row>`, "", map[int][]string{1: {"a<b&amp;", "é€<"}}},
		{"errors and dates by type", `<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1" t="d"><v>2026-01-31T00:00:00</v></c></row>`, "", map[int][]string{1: {"#REF!", "2026-01-31"}}},
		{"exponents", `<row r="1"><c r="A1"><v>1.21E2</v></c><c r="B1"><v>1.2004017800000001E20</v></c></row>`, "", map[int][]string{1: {"121", "1.20040178e+20"}}},
		{"columns far out without values", `<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="4"/></row>`, "", map[int][]string{1: {"1"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(workbook(t, sheet(c.body), c.strings))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got["S"]); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// repeat yields a block n times without holding it.
type repeat struct {
	block string
	n     int
	off   int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.block[r.off:])
	if r.off += n; r.off == len(r.block) {
		r.off, r.n = 0, r.n-1
	}
	return n, nil
}

// cpu is the processor time this process has used: unlike the clock on the wall it does not mind a busy machine.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestHostile: each is refused in under two seconds and little memory.
func TestHostile(t *testing.T) {
	wrap := func(r io.Reader) io.Reader {
		return io.MultiReader(strings.NewReader("<worksheet><sheetData>"), r, strings.NewReader("</sheetData></worksheet>"))
	}
	truncated := generated(t, 100)
	for _, c := range []struct {
		name, code string
		data       []byte
	}{
		{"a bomb of rows", "import.unpacks_too_large", workbook(t, wrap(&repeat{block: strings.Repeat(" ", 64<<10), n: 2100}), "")},
		{"a bomb of strings", "import.unpacks_too_large", workbook(t, sheet(`<row r="1"><c t="s"><v>0</v></c></row>`), "<sst><si><t>"+strings.Repeat("a", 20<<20)+"</t></si></sst>")},
		{"many columns", "import.too_wide", workbook(t, sheet(`<row r="1"><c r="XFD1"><v>1</v></c></row>`), "")},
		{"a column that does not exist", "import.damaged", workbook(t, sheet(`<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>`), "")},
		{"many rows", "import.too_many_rows", workbook(t, sheet(`<row r="1000001"><c><v>1</v></c></row>`), "")},
		{"rows that go back", "import.damaged", workbook(t, sheet(`<row r="5"><c><v>1</v></c></row><row r="4"><c><v>1</v></c></row>`), "")},
		{"a long cell", "import.cell_too_long", workbook(t, sheet(`<row r="1"><c t="str"><v>`+strings.Repeat("xy z", 10_000)+`</v></c></row>`), "")},
		{"a cell without end", "import.damaged", workbook(t, wrap(io.MultiReader(strings.NewReader("<row><c><v>"), &repeat{block: "1234567890", n: 1 << 20})), "")},
		{"a document type", "import.damaged", workbook(t, strings.NewReader(`<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>`), "")},
		{"cut off inside", "import.damaged", workbook(t, strings.NewReader(`<worksheet><sheetData><row r="1"><c r="A1"><v>1`), "")},
		{"a string that is not there", "import.damaged", workbook(t, sheet(`<row r="1"><c t="s"><v>9</v></c></row>`), "<sst><si><t>a</t></si></sst>")},
		{"truncated", "import.damaged", truncated[:len(truncated)/2]},
		{"no workbook", "import.not_workbook", zipOf(t, "hello.txt", "x")},
		{"OpenDocument", "import.ods", zipOf(t, "mimetype", "x", "content.xml", "y")},
		{"binary workbook", "import.xlsb", zipOf(t, "xl/workbook.bin", "x")},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpu()
			_, err := read(c.data)
			d := cpu() - start
			runtime.ReadMemStats(&after)
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			if d > 2*time.Second {
				t.Errorf("took %s of processor time", d)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 200 {
				t.Errorf("allocated %d MB", mb)
			}
		})
	}
}

func zipOf(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestGhosts: hundreds of thousands of styled empty rows and sixteen thousand styled empty columns cost nothing and are no rows.
func TestGhosts(t *testing.T) {
	body := io.MultiReader(strings.NewReader(`<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>`),
		&repeat{block: `<row><c s="1"/><c s="2"/></row>`, n: 200_000}, strings.NewReader(`</sheetData></worksheet>`))
	got, err := read(workbook(t, body, ""))
	if err != nil || len(got["S"]) != 1 {
		t.Errorf("%d rows, %v", len(got["S"]), err)
	}
}

// FuzzSheet: whatever the XML of a sheet, reading ends within the limits.
func FuzzSheet(f *testing.F) {
	for _, s := range []string{`<row r="1"><c r="A1"><v>1</v></c></row>`, `<row><c t="s"><v>0</v></c>`, `<row r="2"/><row r="1">`, `<c r="B1" t="inlineStr"><is><t>&amp;</t></is></c>`, `<![CDATA[`, `<row><c s="1"><v>45000.5</v></c></row>`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		data := workbook(t, io.MultiReader(strings.NewReader("<worksheet><sheetData>"), bytes.NewReader(body), strings.NewReader("</sheetData></worksheet>")), "<sst><si><t>a</t></si></sst>")
		got, err := read(data)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		for n, cells := range got["S"] {
			if n < 1 || n > table.MaxRows || len(cells) == 0 || len(cells) > table.MaxColumns {
				t.Fatalf("row %d has %d cells", n, len(cells))
			}
		}
	})
}

// FuzzOpen: whatever the bytes of the file, opening and reading it ends.
func FuzzOpen(f *testing.F) {
	f.Add(workbook(f, sheet(`<row r="1"><c r="A1"><v>1</v></c></row>`), ""))
	f.Add(generated(f, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := read(data); err != nil {
			var e *fault.Error
			if !errors.As(err, &e) {
				t.Fatalf("not a fault: %v", err)
			}
		}
	})
}

// BenchmarkRows reads 20,000 rows and prints the time beside bare excelize's Rows with raw values.
func BenchmarkRows(b *testing.B) {
	data := generated(b, 20_000)
	var ours, theirs time.Duration
	for b.Loop() {
		start := cpu()
		f, err := xlsx.Open(context.Background(), bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Sheets[0].Rows(context.Background(), func(*table.Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
		ours += cpu() - start
		start = cpu()
		x, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
		if err != nil {
			b.Fatal(err)
		}
		it, err := x.Rows("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		for it.Next() {
			if _, err := it.Columns(); err != nil {
				b.Fatal(err)
			}
		}
		if err := errors.Join(it.Close(), x.Close()); err != nil {
			b.Fatal(err)
		}
		theirs += cpu() - start
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-excelize")
}
