package api

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/live"
	"github.com/voldaan/voldaan/backend/session"
)

// Services are what the API calls. Everything is required.
type Services struct {
	Log     *slog.Logger
	Books   *books.Books
	Staff   *session.Staff
	Live    *live.Hub
	Lists   Lists
	Search  Searcher
	Imports Importer
	Export  Exporter
	Links   Links
	Pay     Provider
	Mail    Outbox
	Program Program
}

// Lists answers what needs all documents at once, from memory.
type Lists interface {
	Customers(ctx context.Context, q CustomerQuery) (CustomerList, error)
	Documents(ctx context.Context, q DocumentQuery) (DocumentList, error)
	Receipts(ctx context.Context, q ReceiptQuery) (ReceiptList, error)
	Aging(ctx context.Context, firm ledger.FirmID, asOf civil.Date) (AgingReport, error)
}

// Searcher finds things.
type Searcher interface {
	Search(ctx context.Context, firm ledger.FirmID, query string, limit int) ([]Hit, error)
}

// Importer reads files, shows what they would do, and does it.
type Importer interface {
	Upload(ctx context.Context, m journal.Meta, u Upload) (Import, error)
	List(ctx context.Context, firm ledger.FirmID, limit int, cursor string) ([]ImportSummary, string, error)
	Get(ctx context.Context, id string) (Import, error)
	Items(ctx context.Context, id, outcome string, limit, offset int) ([]ImportItem, bool, error)
	Map(ctx context.Context, m journal.Meta, id string, in MappingInput) (Import, error)
	Apply(ctx context.Context, m journal.Meta, id string, partial bool) (Import, error)
	Undo(ctx context.Context, m journal.Meta, id string) (Import, error)
	Discard(ctx context.Context, id string) error
	Errors(ctx context.Context, id string, w io.Writer) error
}

// Upload is a file to read.
type Upload struct {
	Firm    ledger.FirmID
	Name    string
	Kind    string
	Profile string
	Data    []byte
}

// Exporter writes whole tables. It answers the file's name ending and media type.
type Exporter interface {
	Export(ctx context.Context, firm ledger.FirmID, kind, format string, asOf civil.Date, w io.Writer) (mediaType, ending string, err error)
}

// Links makes the links that customers get. The base address is the portal's.
type Links interface {
	SignIn(ctx context.Context, m journal.Meta, contact ledger.Contact, send bool) (Link, error)
	Pay(ctx context.Context, m journal.Meta, customer ledger.CustomerID, documents []ledger.DocumentID, sendTo string) (Link, error)
}

// Provider is where customers pay.
type Provider interface {
	Settings(ctx context.Context, firm ledger.FirmID) (MollieSettings, error)
	SetSettings(ctx context.Context, m journal.Meta, in MollieInput) (MollieSettings, error)
	Check(ctx context.Context, id ledger.AttemptID) error
}

// Outbox is the mail that goes out.
type Outbox interface {
	List(ctx context.Context, firm ledger.FirmID, state string, limit int, cursor string) ([]MailRow, string, error)
	Get(ctx context.Context, id string) (Mail, error)
	Retry(ctx context.Context, id string) (Mail, error)
	Settings(ctx context.Context, firm ledger.FirmID) (SMTPSettings, error)
	SetSettings(ctx context.Context, m journal.Meta, in SMTPInput) (SMTPSettings, error)
	Test(ctx context.Context, firm ledger.FirmID, to string) error
}

// Program is the running program.
type Program interface {
	Version() string
	State(ctx context.Context) (SystemState, error)
	Demo() bool
	LoadSample(ctx context.Context, actor journal.Actor) error
	Backup(ctx context.Context, folder, passphrase string) (BackupState, error)
	Backups(ctx context.Context) ([]BackupState, error)
	Verify(ctx context.Context, deep bool) (Verification, error)
}

// CustomerQuery asks for customers with their balances.
type CustomerQuery struct {
	Firm     ledger.FirmID
	Text     string
	Number   string
	Filter   string // all, open, overdue, credit
	State    string
	Currency string
	Sort     string // a field, "-" before it for the other direction
	AsOf     civil.Date
	Limit    int
	Cursor   string
}

// CustomerLine is a customer in one currency. Amounts are minor units.
type CustomerLine struct {
	Customer  ledger.Customer
	Balance   ledger.Balance
	OpenCount int
	OldestDue civil.Date
}

// CustomerList is a piece of the list.
type CustomerList struct {
	Lines []CustomerLine
	Next  string
	Total int
}

// DocumentQuery asks for documents.
type DocumentQuery struct {
	Firm           ledger.FirmID
	Customer       ledger.CustomerID
	Text           string
	Status         string // all, open, overdue, due_soon, partly_paid, paid, void
	Type           string
	Currency       string
	DueFrom, DueTo civil.Date
	AsOf           civil.Date
	Sort           string
	Limit          int
	Cursor         string
}

// DocumentLine is a document with what is left of it, in minor units.
type DocumentLine struct {
	Document ledger.Document
	Open     int64
	Number   string // the customer's
	Name     string
}

// DocumentList is a piece of the list.
type DocumentList struct {
	Lines []DocumentLine
	Next  string
	Total int
}

// ReceiptQuery asks for receipts.
type ReceiptQuery struct {
	Firm     ledger.FirmID
	Customer ledger.CustomerID
	Text     string
	Status   string // all, unidentified, unapplied, applied, returned
	Method   string
	From, To civil.Date
	AsOf     civil.Date
	Sort     string
	Limit    int
	Cursor   string
}

// ReceiptLine is a receipt with what is left of it, in minor units.
type ReceiptLine struct {
	Receipt  ledger.Receipt
	Left     int64
	Returned int64
	Number   string // the customer's; empty while unidentified
	Name     string
}

// ReceiptList is a piece of the list.
type ReceiptList struct {
	Lines []ReceiptLine
	Next  string
	Total int
}

// AgingReport is the aging of a firm, per currency.
type AgingReport struct {
	Bounds     ledger.Bounds
	Currencies []AgingTotals
}

// AgingTotals are one currency's.
type AgingTotals struct {
	Aging     ledger.Aging
	Counts    []int // open debit documents per bucket
	Customers []AgingLine
}

// AgingLine is one customer's.
type AgingLine struct {
	Customer ledger.Customer
	Aging    ledger.Aging
	Oldest   civil.Date
	Count    int // open debit documents
	Late     int // overdue ones
}

// now is the time on the books' clock.
func (a *API) now() time.Time { return a.Books.Clock().Now() }

// firm is the firm that a request means.
func (a *API) firm(ctx context.Context, id string) (f ledger.Firm, err error) {
	err = a.Books.View(ctx, func(r *books.Reader) error {
		f, err = firmOf(r, id)
		return err
	})
	return f, err
}

// firmToday is the firm that a request means and what day it is there.
func (a *API) firmToday(ctx context.Context, id string) (firm ledger.FirmID, today civil.Date, err error) {
	err = a.Books.View(ctx, func(r *books.Reader) error {
		f, err := firmOf(r, id)
		if err != nil {
			return err
		}
		firm = f.ID
		today, err = r.Today(f.ID)
		return err
	})
	return firm, today, err
}
