// Package exporter writes what leaves: customers, invoices, payments, allocations, the journal and the ledger, as CSV,
// Excel, JSON, and for the ledger hledger's journal format.
//
// Everything is read from one snapshot and streamed, customer by customer, so that memory does not grow with the books.
// Balances and statuses are as of the date asked for, and facts that count from later are left out.
//
// Amounts are exact decimals in major units with a dot; dates are YYYY-MM-DD (real dates in Excel). In CSV (UTF-8 with a
// byte order mark, comma) and Excel, a text that a spreadsheet would take for a formula, because it starts with = + - @, a tab or
// a carriage return, gets an apostrophe in front; numbers stay numbers. JSON is exact and untouched.
//
// The ledger is double entry (rulebook 10.1). What customer 00012 owes stands on assets:receivable:00012, with the
// document and its due date as tags; credit on account stands on assets:receivable:00012:unapplied. So with hledger
//
//	hledger -f ledger.journal bal assets:receivable:00012            net balance, per currency
//	hledger -f ledger.journal bal assets:receivable:00012 --pivot due    open amounts by due date: the aging
package exporter

import (
	"context"
	"io"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Exporter reads the books.
type Exporter struct {
	books *books.Books
}

// New makes an Exporter.
func New(b *books.Books) *Exporter { return &Exporter{b} }

// format is a way of writing.
type format struct {
	mediaType, ending string
	table             func(w io.Writer, kind string, columns []column) tableWriter // nil: entries only
}

var formats = map[string]format{
	"csv":     {"text/csv; charset=utf-8", "csv", newCSV},
	"xlsx":    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", newXLSX},
	"json":    {"application/json", "json", newJSON},
	"hledger": {"text/plain; charset=utf-8", "journal", nil},
}

var kinds = map[string]table{
	"customers":   customersTable,
	"invoices":    invoicesTable,
	"payments":    paymentsTable,
	"allocations": allocationsTable,
	"journal":     journalTable,
	"ledger":      ledgerTable,
}

// Export writes a firm's kind of things in a format to w, and answers the format's media type and file name ending. An
// unknown kind or format, or a pair that makes no sense, is a fault of kind Invalid before anything has been written.
func (e *Exporter) Export(ctx context.Context, firm ledger.FirmID, kind, formatName string, asOf civil.Date, w io.Writer) (mediaType, ending string, err error) {
	t, ok := kinds[kind]
	if !ok {
		return "", "", fault.Invalidf("export.kind", "%q cannot be exported; expected customers, invoices, payments, allocations, journal or ledger", kind)
	}
	f, ok := formats[formatName]
	if !ok {
		return "", "", fault.Invalidf("export.format", "%q is not a format; expected csv, xlsx, json or hledger", formatName)
	}
	if f.table == nil && kind != "ledger" && kind != "journal" {
		return "", "", fault.Invalidf("export.hledger", "hledger's format holds the ledger, not %s; choose csv, xlsx or json", kind)
	}
	err = e.books.View(ctx, func(r *books.Reader) error {
		src, err := newSource(ctx, r, e.books, firm, asOf)
		if err != nil {
			return err
		}
		if f.table == nil {
			return writeHledger(w, src)
		}
		columns, err := t.header(src)
		if err != nil {
			return err
		}
		return t.write(src, f.table(w, kind, columns))
	})
	return f.mediaType, f.ending, err
}
