package importer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/csv"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/importer/xlsx"
)

// opened is a file's tables.
type opened struct {
	sheets []table.Sheet
	hidden []string
}

// open recognises the kind of file by its first bytes, never by its name, and finds its tables.
func open(ctx context.Context, src Source) (opened, error) {
	if src.Size == 0 {
		return opened{}, fault.Invalidf("import.empty", "The file is empty. Export the list again.")
	}
	head := make([]byte, 1024)
	n, err := src.Data.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return opened{}, err
	}
	head = head[:n]
	if err := foreign(head); err != nil {
		return opened{}, err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		f, err := xlsx.Open(ctx, src.Data, src.Size)
		if err != nil {
			return opened{}, err
		}
		o := opened{hidden: f.Hidden}
		for _, s := range f.Sheets {
			o.sheets = append(o.sheets, s)
		}
		return o, nil
	}
	f, err := csv.Open(src.Data, src.Size)
	if err != nil {
		return opened{}, err
	}
	return opened{sheets: []table.Sheet{f}}, nil
}

// foreign refuses files that are no tables, with what to do instead.
func foreign(head []byte) error {
	text := strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n")
	lower := strings.ToLower(text)
	switch {
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return fault.Invalidf("import.xls", "This is an old Excel file (xls), or a workbook with a password. Open it in Excel, save it without password as \"Excel workbook (.xlsx)\" and import that.")
	case strings.HasPrefix(lower, "<html") || strings.HasPrefix(lower, "<!doctype html") || strings.HasPrefix(lower, "<table"):
		return fault.Invalidf("import.html", "This is a web page with a table, although it may be called xls. Open it in Excel, save it as \"Excel workbook (.xlsx)\" and import that.")
	case strings.HasPrefix(text, ":20:") || strings.HasPrefix(text, "{1:") || strings.Contains(text, "\n:20:") && strings.Contains(text, "\n:25:"):
		return fault.Invalidf("import.bank_statement", "This is a bank statement (MT940), not a list of invoices. Bank statements are imported under payments.")
	case strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[{"):
		return fault.Invalidf("import.json", "This is a JSON file, not a table. Export the list as xlsx or CSV instead.")
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}) || bytes.HasPrefix(head, []byte("Rar!")) || bytes.HasPrefix(head, []byte("7z\xbc\xaf")):
		return fault.Invalidf("import.archive", "This is a packed archive. Unpack it and import the files in it.")
	}
	return nil
}

// refusalOf turns what a reader found wrong with the whole file into a refusal; other errors stay errors.
func refusalOf(err error) (*Problem, error) {
	var e *fault.Error
	if errors.As(err, &e) && (e.Kind == fault.Invalid || e.Kind == fault.TooLarge) {
		return &Problem{Code: e.Code, Message: e.Message, Params: e.Params}, nil
	}
	return nil, err
}
