package bank

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/voldaan/voldaan/backend/fault"
)

const sniffed = 4096

// Read reads a file and calls fn for every statement in it, in order. It stops with the first error: fn's, the
// context's, or a *fault.Error about the file. fn may have seen statements by then, so that a caller who wants all or
// nothing collects them first.
func Read(ctx context.Context, data io.ReaderAt, size int64, fn func(*Statement) error) error {
	if size > MaxFile {
		return tooLarge("The file is larger than 64 MB. Ask the bank for statements over a shorter period.")
	}
	head := make([]byte, sniffed)
	n, err := data.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(head[:n], []byte("PK\x03\x04")) {
		return readZip(ctx, data, size, fn)
	}
	return readOne(ctx, io.NewSectionReader(data, 0, size), fn)
}

// Recognised tells whether the beginning of a file looks like a statement that Read reads. A zip is looked into by Read
// only, and is not recognised here.
func Recognised(head []byte) bool { return sniff(head) != "" }

func readOne(ctx context.Context, r io.Reader, fn func(*Statement) error) error {
	br := bufio.NewReaderSize(r, 2*sniffed)
	head, err := br.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	seen := 0
	emit := func(s *Statement) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		seen++
		s.check()
		return fn(s)
	}
	switch sniff(head) {
	case CAMT053:
		err = readCAMT(ctx, br, emit)
	case MT940:
		err = readMT(ctx, br, emit)
	case CODA:
		err = readCODA(ctx, br, emit)
	default:
		return fault.Invalidf("bank.format", "This is not a bank statement that can be read. Ask your bank for CAMT.053, MT940 or CODA.")
	}
	if err == nil && seen == 0 {
		return fault.Invalidf("bank.empty", "The file has the form of a bank statement but holds none: there is no account with balances or lines in it. Download it again from the bank.")
	}
	return err
}

// sniff names the family by the first bytes: CAMT053 stands for all of CAMT, MT940 for MT942 too.
func sniff(head []byte) Format {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if t := bytes.TrimLeft(text, " \t\r\n"); bytes.HasPrefix(t, []byte("<")) {
		if bytes.Contains(t, []byte("camt.05")) || bytes.Contains(t, []byte("BkToCstmr")) {
			return CAMT053
		}
		return ""
	}
	if first, _, _ := bytes.Cut(text, []byte("\n")); isCODA(strings.TrimRight(latin(first), "\r")) {
		return CODA
	}
	if isMT(text) {
		return MT940
	}
	return ""
}

// latin is text in whatever of the two encodings that banks use.
func latin(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "?")
	}
	return string(out)
}

func readZip(ctx context.Context, data io.ReaderAt, size int64, fn func(*Statement) error) error {
	z, err := zip.NewReader(data, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fault.Wrap(err, fault.Invalid, "bank.zip", "The zip file is damaged. Download it again from the bank.")
	}
	if len(z.File) > MaxEntries {
		return tooLarge("There are more than 200 files in the zip. Import it in parts.")
	}
	left, read := int64(MaxFile), 0
	for _, f := range z.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		name := path.Base(strings.ReplaceAll(latin([]byte(f.Name)), "\\", "/"))
		if err := readEntry(ctx, f, name, &left, fn); err != nil {
			return err
		}
		read++
	}
	if read == 0 {
		return fault.Invalidf("bank.empty", "There is no file in the zip. Download it again from the bank.")
	}
	return nil
}

func readEntry(ctx context.Context, f *zip.File, name string, left *int64, fn func(*Statement) error) (err error) {
	r, err := f.Open()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "bank.zip", "The zip file is damaged or has a password. Unpack it and import the files in it.")
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b := &budget{r: r, left: left}
	err = readOne(ctx, b, func(s *Statement) error { s.File = name; return fn(s) })
	if b.spent {
		return tooLarge("The files in the zip are larger than 64 MB together. Import it in parts.")
	}
	var known *fault.Error
	if err != nil && b.failed != nil && !errors.As(err, &known) {
		return fault.Wrap(err, fault.Invalid, "bank.zip", "The zip file is damaged. Download it again from the bank.")
	}
	return err
}

// budget stops reading when all files together are too large unpacked, whatever the zip's directory says.
type budget struct {
	r      io.Reader
	left   *int64
	spent  bool
	failed error
}

func (b *budget) Read(p []byte) (int, error) {
	if *b.left <= 0 {
		b.spent = true
		return 0, tooLarge("The files in the zip are too large.")
	}
	if int64(len(p)) > *b.left {
		p = p[:*b.left]
	}
	n, err := b.r.Read(p)
	*b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

// lines calls fn for every line of a text file with its number.
func lines(ctx context.Context, r io.Reader, fn func(row int, line string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 4096), MaxText)
	row := 0
	for sc.Scan() {
		row++
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b := bytes.TrimRight(sc.Bytes(), "\r")
		if row == 1 {
			b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
		}
		if bytes.IndexByte(b, 0) >= 0 {
			return refuse(row, "bank.text", "There is binary data in the file. Download it again from the bank.")
		}
		if err := fn(row, latin(b)); err != nil {
			return err
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return tooLarge("A line of the file is longer than 64 KB: this is not a statement as banks write it.")
	}
	return sc.Err()
}
