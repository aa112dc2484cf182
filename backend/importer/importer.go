// Package importer turns the spreadsheets of a bookkeeper into customers, invoices, credit notes and payments.
//
// It works in four steps, each of which can be looked at before the next:
//
//	plan, err := svc.Plan(ctx, importer.Bytes("open.csv", data), importer.Options{Firm: firm}, nil)
//	report := plan.Report()                       // what would happen; nothing has been written
//	report, err = svc.Apply(ctx, meta, plan, nil) // one atomic outcome, or an error and nothing written
//	err = svc.Undo(ctx, meta, report.ImportID)
//
// Plan reads the table twice. The first reading surveys whole columns: which row holds the titles, what the decimal
// mark and the order of day and month are, which column is which Field and how sure that is. The second reading turns
// rows into records and compares them with the books: new, changed, same or rejected. A file that cannot give what is
// asked is refused (Plan.Refusal) with a reason a bookkeeper understands; it is never guessed.
//
// Readers (csv, xlsx) yield rows of typed cells with the row number that a person sees; everything above them is the
// same for both. They are bounded (table.Limits) and stop when the context is cancelled. An electronic invoice (einvoice)
// is a table of one row whose columns are known; see docs/imports.md.
//
// Keys are the customer's number, and the document's number and type per customer. A name is never a key; how a file
// without customer numbers is treated is told in docs/decisions/0009-import-keys.md. Importing a file again changes
// nothing. A posted document is never altered in amount: more settled in the file becomes an external settlement, a
// different total is a rejected row.
package importer

import (
	"bytes"
	"io"
	"log/slog"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Service plans and applies imports. It is safe for concurrent use.
type Service struct {
	books    *books.Books
	profiles ProfileStore
	log      *slog.Logger
}

// New makes the service. profiles may be nil: then mappings are recognised but not remembered.
func New(b *books.Books, profiles ProfileStore, log *slog.Logger) *Service {
	return &Service{books: b, profiles: profiles, log: log}
}

// Source is a file to import: its name as the person knows it and its bytes. Data must be readable at any offset and
// stay the same until the plan has been applied.
type Source struct {
	Name string
	Data io.ReaderAt
	Size int64
}

// Bytes is a source in memory.
func Bytes(name string, b []byte) Source {
	return Source{Name: name, Data: bytes.NewReader(b), Size: int64(len(b))}
}

// Kind is what a file lists.
type Kind string

// The kinds. Auto asks Plan to find out; Refused is the answer for a file that can give none of the others.
const (
	Auto      Kind = "auto"
	Customers Kind = "customers"
	Invoices  Kind = "invoices" // invoices and credit notes, open ones or all
	Payments  Kind = "payments"
	Refused   Kind = "refused"
)

// DateOrder is how the parts of a written date follow each other.
type DateOrder string

// The orders. OrderAuto detects it from the whole column and asks (a refusal with code "import.date_order") when every
// date of the file reads both ways.
const (
	OrderAuto DateOrder = ""
	OrderDMY  DateOrder = "dmy"
	OrderMDY  DateOrder = "mdy"
	OrderYMD  DateOrder = "ymd"
)

// Override says what a column is, against what was detected. Column is the column's letter as a spreadsheet shows it
// ("C") or its title; Field is a field name, or FieldIgnore.
type Override struct {
	Column string `json:"column"`
	Field  Field  `json:"field"`
}

// Options are the person's choices; the zero value detects everything.
type Options struct {
	Firm      ledger.FirmID
	Kind      Kind           // Auto or "" detects
	Profile   string         // name of a saved profile to use instead of detection
	Mapping   []Override     // corrections of the detected mapping
	Sheet     string         // only this sheet of a workbook
	HeaderRow int            // the row with the column titles; 0 detects
	DateOrder DateOrder      // answers the question of ambiguous dates
	Decimal   string         // "," or "." answers the question of ambiguous amounts
	Currency  money.Currency // where the file has none; empty means the firm's, with a warning
	Customer  string         // number of the one customer whose documents these are, for files without a customer column
	// Names maps customers' names, as written in the file, to customer numbers in the books.
	Names   map[string]string
	AsOf    civil.Date // the day the list was made; zero takes the file's own "as of", else today
	Partial bool       // apply the good rows although others are rejected
	// Snapshot says that a list of invoices names everything that is open: what the books have open beside it has been
	// settled elsewhere.
	Snapshot bool
}

// Progress is told now and then how far a step has come. Done and Total are rows; Total is 0 while it is not known.
type Progress func(step string, done, total int)

// Outcome is what a row means for the books.
type Outcome string

// The outcomes.
const (
	RowNew      Outcome = "new"
	RowChanged  Outcome = "changed"
	RowSame     Outcome = "same"
	RowRejected Outcome = "rejected"
)

// Plan is what an import would do. It belongs to the books as they were when it was made.
type Plan struct {
	File        string
	Hash        [32]byte // SHA-256 of the file
	Kind        Kind
	Profile     string // name of the profile that was used; empty when the columns were detected
	Fingerprint string // of the column titles: the key under which a profile is recognised
	Sheet       string // the sheet that was read; empty for CSV
	HeaderRow   int    // as a person sees it; 0 when none was found
	AsOf        civil.Date
	Columns     []Column
	Preview     []PreviewRow // the first rows and the first rejected ones
	Rows        int          // rows with data: without titles, headings, totals and empty rows
	New         int
	Changed     int
	Same        int
	Rejected    int
	Totals      []money.Amount // of all accepted documents or payments, per currency, credit notes negative
	Problems    []Problem      // rejected cells, at most MaxProblems; ProblemCount counts all
	Warnings    []Problem
	// Refusal is why the file as a whole cannot be imported, or nil. A refused plan still shows its columns where it
	// has any, so that a person can say what they are.
	Refusal *Problem

	Gone         []money.Amount // with Snapshot: what is open in the books and not in the file, per currency; part of Changed
	ProblemCount int
	opts         Options
	src          Source
	reading      *reading
	base         uint64 // journal head the plan was made against
}

// MaxProblems bounds the rejected rows that are kept for display; all are counted.
const MaxProblems = 10_000

// Column is one column of the table as Plan understood it.
type Column struct {
	Index      int    // from 0
	Letter     string // "A"
	Title      string
	Field      Field   // empty when nothing fitted
	Confidence float64 // 0 to 1
	Why        string  // in words: "title means due date; 812 of 812 cells are dates, day first"
	Samples    []string
	DateOrder  DateOrder // of a date column
	Decimal    string    // of an amount column: "," or "."
	Overridden bool
}

// PreviewRow is a row beside its outcome.
type PreviewRow struct {
	Sheet    string
	Row      int
	Cells    []string
	Outcome  Outcome
	Problems []Problem
}

// OK reports whether Apply would accept the plan: not refused, and nothing rejected unless partial was asked.
func (p *Plan) OK() bool {
	return p.Refusal == nil && (p.Rejected == 0 || p.opts.Partial)
}
