package api

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/live"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/search"
	"github.com/voldaan/voldaan/backend/session"
)

// Services are what the API calls. Everything is required.
type Services struct {
	Log       *slog.Logger
	Books     *books.Books
	Staff     *session.Staff
	Live      *live.Hub
	Lists     Lists
	Search    Searcher
	Imports   Importer
	Export    Exporter
	Links     Links
	Pay       Provider
	Mail      Outbox
	Reminders Reminders
	Program   Program
	Requests  Requests
	Webhooks  Webhooks
}

// Lists answers what needs all documents at once, from memory: openitems.Columns.
type Lists interface {
	Fresh(ctx context.Context) error
	Customers(ctx context.Context, q openitems.CustomerQuery) (openitems.CustomerList, error)
	Documents(ctx context.Context, q openitems.DocumentQuery) (openitems.DocumentList, error)
	Receipts(ctx context.Context, q openitems.ReceiptQuery) (openitems.ReceiptList, error)
	Forecast(firm ledger.FirmID, asOf civil.Date) (openitems.Forecast, error)
	Aging(firm ledger.FirmID, asOf civil.Date, o ledger.AgingOptions, byCustomer bool) ([]openitems.AgingReport, error)
}

// Searcher finds things: search.Index.
type Searcher interface {
	Search(ctx context.Context, firm ledger.FirmID, query string, limit int) ([]search.Hit, error)
}

// Importer reads files, says what they would do, and does it: importer.Service.
type Importer interface {
	Plan(ctx context.Context, src importer.Source, o importer.Options, progress importer.Progress) (*importer.Plan, error)
	Apply(ctx context.Context, m journal.Meta, p *importer.Plan, progress importer.Progress) (importer.Report, error)
	Undo(ctx context.Context, m journal.Meta, id ledger.ImportID) error
	SaveProfile(ctx context.Context, m journal.Meta, p *importer.Plan, name string) (importer.Profile, error)
	ErrorsWorkbook(ctx context.Context, p *importer.Plan, w io.Writer) error
}

// Exporter writes whole tables: exporter.Exporter. It answers the media type and the ending of a file's name.
type Exporter interface {
	Export(ctx context.Context, firm ledger.FirmID, kind, format string, asOf civil.Date, w io.Writer) (mediaType, ending string, err error)
}

// Links makes the links that customers get, and takes them back. The base address is the portal's.
type Links interface {
	SignIn(ctx context.Context, m journal.Meta, customer ledger.CustomerID, contact ledger.Contact, send bool) (Link, error)
	Pay(ctx context.Context, m journal.Meta, customer ledger.CustomerID, documents []ledger.DocumentID, sendTo ledger.Contact) (Link, error)
	Issued(ctx context.Context, firm ledger.FirmID, customer ledger.CustomerID, q session.LinkQuery) (list []session.IssuedLink, more bool, err error)
	Revoke(ctx context.Context, m journal.Meta, customer ledger.CustomerID, id session.LinkID) (session.Link, error)
	View(ctx context.Context, m journal.Meta, customer ledger.CustomerID) (Link, error)
	Handoff(ctx context.Context, m journal.Meta, customer ledger.CustomerID, contact ledger.ContactID, next string) (Link, error)
}

// Provider is where customers pay: pay.Service.
type Provider interface {
	Settings(ctx context.Context, firm ledger.FirmID) (pay.Settings, error)
	SetSettings(ctx context.Context, m journal.Meta, mode pay.Mode, key string) (pay.Settings, error)
	Refresh(ctx context.Context, id ledger.AttemptID) (ledger.Attempt, error)
	Refund(ctx context.Context, m journal.Meta, o pay.RefundOrder) (ledger.Return, error)
	Findings(ctx context.Context, firm ledger.FirmID) ([]pay.Finding, error)
}

// Outbox is the mail that goes out: mail.Outbox.
type Outbox interface {
	NoticeSettings(ctx context.Context, firm ledger.FirmID) (mail.NoticeSettings, error)
	SetNotices(ctx context.Context, m journal.Meta, invoices, dueSoon bool, dueDays int) (mail.NoticeSettings, error)
	Preferences(ctx context.Context, firm ledger.FirmID, id ledger.ContactID) (map[mail.Topic]bool, error)
	SetPreferences(ctx context.Context, m journal.Meta, id ledger.ContactID, want map[mail.Topic]bool) error
	List(ctx context.Context, firm ledger.FirmID, q mail.Query) ([]mail.Notice, error)
	Get(ctx context.Context, firm ledger.FirmID, id mail.NoticeID) (mail.Notice, mail.Content, error)
	Retry(ctx context.Context, m journal.Meta, id mail.NoticeID) (mail.Notice, error)
	Cancel(ctx context.Context, m journal.Meta, id mail.NoticeID, reason string) (mail.Notice, error)
	Settings(ctx context.Context, firm ledger.FirmID) (mail.Settings, error)
	SetSettings(ctx context.Context, m journal.Meta, s mail.Settings, keepPassword bool) (mail.Settings, error)
	Test(ctx context.Context, firm ledger.FirmID, to string) error
}

// Program is the running program.
type Program interface {
	Version() string
	State(ctx context.Context) (SystemState, error)
	Demo(ctx context.Context) bool
	LoadSample(ctx context.Context, actor journal.Actor) error
	Backup(ctx context.Context, folder, passphrase string) (BackupState, error)
	Backups(ctx context.Context) ([]BackupState, error)
	Verify(ctx context.Context, deep bool) (Verification, error)
}

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

// freshFor bounds how long a list waits to show what was committed before it was asked for.
const freshFor = 2 * time.Second

// fresh makes the lists show what the client has just written. When they cannot in time, an older list is better than none.
func (a *API) fresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, freshFor)
	defer cancel()
	if err := a.Lists.Fresh(ctx); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "lists are behind the journal", slog.Any("error", err))
	}
}
