package csv_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/csv"
	"github.com/voldaan/voldaan/backend/importer/table"
)

type line struct {
	N     int
	Cells []string
}

func read(data []byte) (f *csv.File, out []line, err error) {
	f, err = csv.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, err
	}
	err = f.Rows(context.Background(), func(r *table.Row) error {
		l := line{N: r.Number}
		for _, c := range r.Cells {
			l.Cells = append(l.Cells, string(c.Text))
		}
		out = append(out, l)
		return nil
	})
	return f, out, err
}

// TestRows: what a spreadsheet program shows, with its row numbers.
func TestRows(t *testing.T) {
	for _, c := range []struct {
		name, text string
		delimiter  byte
		want       []line
	}{
		{"semicolons and decimal commas", "a;b;c\n1;2,50;x\n2;3,75;y\n", ';', []line{{1, []string{"a", "b", "c"}}, {2, []string{"1", "2,50", "x"}}, {3, []string{"2", "3,75", "y"}}}},
		{"empty rows count", "a,b\r\n\r\n,\r\n1,2\r\n", ',', []line{{1, []string{"a", "b"}}, {4, []string{"1", "2"}}}},
		{"a line break in quotes is one row", "a,b\n\"x\ny\",2\n3,4\n", ',', []line{{1, []string{"a", "b"}}, {2, []string{"x\ny", "2"}}, {3, []string{"3", "4"}}}},
		{"doubled quotes", "a,b\n\"say \"\"hi\"\"\",2\n", ',', []line{{1, []string{"a", "b"}}, {2, []string{`say "hi"`, "2"}}}},
		{"stray quotes stay", "a,b\n5\" pipe,2\n\"x\"y,3\n", ',', []line{{1, []string{"a", "b"}}, {2, []string{`5" pipe`, "2"}}, {3, []string{"xy", "3"}}}},
		{"tabs", "a\tb\n1\t2\n", '\t', []line{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"bars", "a|b|c\n1|2|3", '|', []line{{1, []string{"a", "b", "c"}}, {2, []string{"1", "2", "3"}}}},
		{"Excel's sep line is no row", "sep=;\r\na;b\r\n1;2\r\n", ';', []line{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"old Macintosh", "a;b\r1;2\r", ';', []line{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"space around cells", " a , b \n 1 ,\"2\"\n", ',', []line{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"empty cells at the end", "a,b,c\n1,,\n", ',', []line{{1, []string{"a", "b", "c"}}, {2, []string{"1"}}}},
		{"preamble", "Firm Ltd\nAll customers\n\na;b;c\n1;2;3\n4;5;6\n", ';', []line{{1, []string{"Firm Ltd"}}, {2, []string{"All customers"}}, {4, []string{"a", "b", "c"}}, {5, []string{"1", "2", "3"}}, {6, []string{"4", "5", "6"}}}},
		{"no end of line", "a,b\n1,\"2\"", ',', []line{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"whole lines in quotes", "\"a;\"\"b\"\";c\"\n\"1;\"\"x \"\"\"\"y\"\"\"\"\"\";3\"\n", ';', []line{{1, []string{"a", "b", "c"}}, {2, []string{"1", `x "y"`, "3"}}}},
		{"nothing", "\n\n", ',', nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, got, err := read([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if f.Delimiter != c.delimiter {
				t.Errorf("delimiter %q, want %q", f.Delimiter, c.delimiter)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEncodings: the same text in each of them.
func TestEncodings(t *testing.T) {
	const text = "naam;plaats;bedrag\nCafé Müller;België;€ 1\nGeïnteresseerd;Düsseldorf;€ 2\n"
	plain := strings.ReplaceAll(text, "€ ", "")
	for _, c := range []struct {
		enc  encoding.Encoding
		text string
		want csv.Encoding
	}{
		{encoding.Nop, text, csv.UTF8},
		{unicode.UTF8BOM, text, csv.UTF8},
		{charmap.Windows1252, text, csv.Windows1252},
		{charmap.ISO8859_1, plain, csv.Latin1},
		{charmap.ISO8859_15, text, csv.Latin9},
		{charmap.CodePage850, plain, csv.CodePage850},
		{unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text, csv.UTF16LE},
		{unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text, csv.UTF16BE},
	} {
		t.Run(string(c.want), func(t *testing.T) {
			data, err := c.enc.NewEncoder().Bytes([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			f, got, err := read(data)
			if err != nil {
				t.Fatal(err)
			}
			if f.Encoding != c.want {
				t.Errorf("got %s, want %s", f.Encoding, c.want)
			}
			_, want, _ := read([]byte(c.text))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUTF8AcrossChunks: a character on the border of two reads is no reason to doubt the encoding.
func TestUTF8AcrossChunks(t *testing.T) {
	for shift := range 4 {
		f, _, err := read([]byte(strings.Repeat("x", shift) + strings.Repeat("€;é\n", 40_000)))
		if err != nil || f.Encoding != csv.UTF8 {
			t.Errorf("shift %d: %v %v", shift, f, err)
		}
	}
}

// endless is a file of one repeated block, without holding it.
type endless struct {
	block []byte
	size  int64
}

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	if off >= e.size {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && off+int64(n) < e.size {
		n += copy(p[n:min(len(p), n+int(e.size-off)-n)], e.block[(int(off)+n)%len(e.block):])
	}
	if n < len(p) {
		return n, io.EOF
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

// TestHostile: each is refused quickly, in little memory.
func TestHostile(t *testing.T) {
	small := func(s string) endless { return endless{[]byte(s), int64(len(s))} }
	for _, c := range []struct {
		name, code string
		data       endless
	}{
		{"one line without end", "import.row_too_long", endless{[]byte("1234567,"), 64 << 20}},
		{"one cell without end", "import.cell_too_long", endless{[]byte("abcdefgh"), 64 << 20}},
		{"a quotation mark that is never closed", "import.quote", small("a,b\n1,\"2\n" + strings.Repeat("3,4\n", 100_000))},
		{"too many columns", "import.too_wide", small("a,b\n" + strings.Repeat("x,", 600) + "\n")},
		{"a long cell", "import.cell_too_long", small("a,b\n" + strings.Repeat("x", 40_000) + ",1\n")},
		{"too many rows", "import.too_many_rows", small(strings.Repeat("1,2\n", 1_000_001))},
		{"binary", "import.not_text", small("a,b\x00\x01\x02")},
		{"too large", "import.file_too_large", endless{[]byte("1,2\n"), 600 << 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpu()
			f, err := csv.Open(c.data, c.data.size)
			if err == nil {
				err = f.Rows(context.Background(), func(*table.Row) error { return nil })
			}
			runtime.ReadMemStats(&after)
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			if d := cpu() - start; d > 2*time.Second {
				t.Errorf("took %s of processor time", d)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 64 {
				t.Errorf("allocated %d MB", mb)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	data := []byte(strings.Repeat("1,2\n", 10_000))
	f, err := csv.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err = f.Rows(ctx, func(*table.Row) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n > 2000 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// FuzzRows: whatever the bytes, reading ends, rows ascend and limits hold; and reading again gives the same.
func FuzzRows(f *testing.F) {
	for _, s := range []string{"a;b\n1;2\n", "\"a\nb\",c\r\n", "sep=,\n1,2", "\xff\xfea\x00", "a\rb\r", "\"", "a|\"b\"|c\n|||\n", "é;\xe9\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, one, err := read(data)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		last := 0
		for _, l := range one {
			if l.N <= last || len(l.Cells) == 0 || len(l.Cells) > table.MaxColumns || l.Cells[len(l.Cells)-1] == "" {
				t.Fatalf("row %+v after %d", l, last)
			}
			last = l.N
		}
		_, two, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, two); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkRows(b *testing.B) {
	data := []byte("number;customer;issued;due;amount;open\n" + strings.Repeat("2026-000123;00042;2026-05-01;2026-05-31;1.234,56;1.234,56\n", 100_000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		f, err := csv.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Rows(context.Background(), func(*table.Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
