package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

type importOptions struct {
	kind, profile   string
	dryRun, partial bool
	snapshot        bool

	dates, decimal, currency, sheet, customer string
}

func (c *call) importCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{Use: "import FILE…", Short: "Read spreadsheets into the books", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.importFiles(cmd.Context(), o, args) }}
	cmd.Flags().StringVar(&o.kind, "kind", "auto", "auto, customers, invoices or payments")
	cmd.Flags().StringVar(&o.profile, "profile", "", "a saved mapping of the columns")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say what would happen and change nothing")
	cmd.Flags().BoolVar(&o.partial, "partial", false, "bring in the good rows although others are rejected")
	cmd.Flags().BoolVar(&o.snapshot, "snapshot", false, "the file lists everything that is open: what is missing has been settled elsewhere")
	cmd.Flags().StringVar(&o.dates, "dates", "", "the order in dates that read both ways: dmy, mdy or ymd")
	cmd.Flags().StringVar(&o.decimal, "decimal", "", "the decimal mark in amounts that read both ways: a comma or a dot")
	cmd.Flags().StringVar(&o.currency, "currency", "", "the currency of a file that names none")
	cmd.Flags().StringVar(&o.sheet, "sheet", "", "only this sheet of a workbook")
	cmd.Flags().StringVar(&o.customer, "customer", "", "the number of the customer whose documents these are, where the file does not say")
	undo := &cobra.Command{Use: "undo IMPORT_ID", Short: "Take an import back if nothing has been built on it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.undoImport(cmd.Context(), args[0]) }}
	cmd.AddCommand(undo)
	return cmd
}

func (c *call) importFiles(ctx context.Context, o importOptions, files []string) error {
	if !slices.Contains([]string{"auto", "customers", "invoices", "payments"}, o.kind) {
		return usage{errors.New("--kind is auto, customers, invoices or payments")}
	}
	if !slices.Contains([]string{"", "dmy", "mdy", "ymd"}, o.dates) {
		return usage{errors.New("--dates is dmy, mdy or ymd")}
	}
	if !slices.Contains([]string{"", ",", "."}, o.decimal) {
		return usage{errors.New("--decimal is a comma or a dot")}
	}
	if _, err := money.ParseCurrency(o.currency); o.currency != "" && err != nil {
		return usage{errors.New("--currency is an ISO code such as EUR")}
	}
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		in := intake{call: c, ledger: l, svc: l.Importer(), firm: f, importOptions: o}
		reports, code, err := in.all(ctx, files)
		if err != nil {
			return err
		}
		c.inWords(reports)
		text := c.importText(reports)
		if code == exitRejected && !o.dryRun {
			text += c.text("Er is niets gewijzigd. Herstel het bestand, of neem met --partial alleen de goede rijen over.\n",
				"Nothing was changed. Repair the file, or bring in the good rows only with --partial.\n")
		}
		if err := c.print(map[string]any{"files": reports}, text); err != nil {
			return err
		}
		if code != exitDone {
			return exit(code)
		}
		return nil
	})
}

// intake brings the files of one command line into a firm's books.
type intake struct {
	*call
	importOptions
	ledger *app.Ledger
	svc    *importer.Service
	firm   ledger.Firm
}

// all brings in all files or, when one of them is rejected and --partial was not given, none of them. A file that is
// rejected is a report with a code, not an error.
func (in intake) all(ctx context.Context, files []string) ([]importer.Report, int, error) {
	for _, path := range files {
		f, _, err := openTable(path)
		if err != nil {
			return nil, 0, err
		}
		if err := f.Close(); err != nil {
			return nil, 0, err
		}
	}
	if len(files) > 1 && (in.dryRun || !in.partial) {
		reports, err := in.rehearse(ctx, files)
		if code := in.code(reports); err != nil || in.dryRun || code != exitDone {
			return reports, code, err
		}
	}
	reports, err := in.pass(ctx, files, !in.dryRun)
	code := in.code(reports)
	if !in.dryRun && !in.partial && (err != nil || code != exitDone) {
		// The books, the disk or a file changed since the rehearsal.
		err = errors.Join(err, in.takeBack(ctx, reports))
	}
	return reports, code, err
}

// rehearse does everything as it would be done, over the books instead of in them: a file sees what those before it bring.
func (in intake) rehearse(ctx context.Context, files []string) (reports []importer.Report, err error) {
	err = in.ledger.Rehearse(ctx, func(svc *importer.Service) error {
		in.svc = svc
		reports, err = in.pass(ctx, files, true)
		return err
	})
	for i := range reports {
		reports[i].ImportID = ""
	}
	return reports, err
}

// pass reads the files in their order. Without --partial nothing more is written after one that is rejected.
func (in intake) pass(ctx context.Context, files []string, write bool) ([]importer.Report, error) {
	reports := []importer.Report{}
	for _, path := range files {
		report, err := in.file(ctx, path, write && (in.partial || in.code(reports) == exitDone))
		if err != nil {
			return reports, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// code is the exit code that the outcome of some files makes together.
func (in intake) code(reports []importer.Report) int {
	accepted, rejected := false, false
	for _, r := range reports {
		accepted = accepted || r.Created+r.Updated+r.Unchanged > 0
		rejected = rejected || r.Rejected+len(r.Errors) > 0
	}
	switch {
	case !rejected:
		return exitDone
	case in.partial && accepted:
		return exitPartial
	}
	return exitRejected
}

// takeBack undoes what was written of files of which a later one was rejected, the last first.
func (in intake) takeBack(ctx context.Context, reports []importer.Report) error {
	for i := len(reports) - 1; i >= 0; i-- {
		r := &reports[i]
		if r.ImportID == "" {
			continue
		}
		var id ledger.ImportID
		if err := id.UnmarshalText([]byte(r.ImportID)); err != nil {
			return err
		}
		if err := in.svc.Undo(ctx, in.by(), id); err != nil {
			return err
		}
		r.ImportID = ""
	}
	return nil
}

func (in intake) by() journal.Meta {
	return journal.Meta{Firm: in.firm.ID, Actor: journal.Actor{Kind: journal.Importer, Name: app.Hostname()}}
}

// file reads one file and, with write, brings in what is good of it.
func (in intake) file(ctx context.Context, path string, write bool) (importer.Report, error) {
	file, size, err := openTable(path)
	if err != nil {
		return importer.Report{}, err
	}
	defer file.Close()
	bar := in.progress()
	defer bar.end()
	opts := importer.Options{Firm: in.firm.ID, Kind: importer.Kind(in.kind), Profile: in.profile, Partial: in.partial, Snapshot: in.snapshot,
		DateOrder: importer.DateOrder(in.dates), Decimal: in.decimal, Currency: money.Currency(strings.ToUpper(in.currency)), Sheet: in.sheet, Customer: in.customer}
	plan, err := in.svc.Plan(ctx, importer.Source{Name: filepath.Base(path), Data: file, Size: size}, opts, bar.show)
	if err != nil {
		return importer.Report{}, err
	}
	if !write || plan.Refusal != nil || plan.Rejected > 0 && !in.partial {
		return plan.Report(), nil
	}
	return in.svc.Apply(ctx, in.by(), plan, bar.show)
}

// openTable opens a file to import; the length is in bytes.
func openTable(path string) (f *os.File, length int64, err error) {
	f, err = os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fault.Wrap(err, fault.NotFound, "import.no_file", "there is no file "+path+"; is the name right?").With("path", path)
	case err != nil:
		return nil, 0, fault.Wrap(err, fault.Invalid, "import.unreadable", "the file "+path+" cannot be opened; may you read it, and is no other program holding it?").With("path", path)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fault.Invalidf("import.not_a_file", "%s is a folder or a device; expected a file. Name the files in it one by one", path)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// shownErrors bounds the rejected rows that are printed; --json has more.
const shownErrors = 20

// inWords puts findings into the person's language. The Dutch sentences leave the value to whoever shows them.
func (c *call) inWords(reports []importer.Report) {
	for i := range reports {
		for _, list := range [][]importer.Problem{reports[i].Errors, reports[i].Warnings} {
			for j, p := range list {
				list[j].Message = c.said(p.Code, p.Message, p.Params)
				if list[j].Message != p.Message && p.Row > 0 && p.Value != "" {
					list[j].Message = "‘" + p.Value + "’: " + list[j].Message
				}
			}
		}
	}
}

func (c *call) importText(reports []importer.Report) string {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, c.text("%s: %s, %d rijen: %d nieuw, %d gewijzigd, %d gelijk, %d geweigerd\n", "%s: %s, %d rows: %d new, %d changed, %d the same, %d rejected\n"),
			r.File, r.Kind, r.Rows, r.Created, r.Updated, r.Unchanged, r.Rejected)
		for _, t := range r.Totals {
			fmt.Fprintf(&b, "  %s %s\n", t.Currency, t.Amount)
		}
		for i, e := range r.Errors {
			if i == shownErrors {
				fmt.Fprintf(&b, c.text("  … en nog %d\n", "  … and %d more\n"), len(r.Errors)-i)
				break
			}
			if e.Row > 0 {
				fmt.Fprintf(&b, c.text("  rij %d %s: ", "  row %d %s: "), e.Row, e.Column)
			} else {
				b.WriteString("  ")
			}
			b.WriteString(e.Message + "\n")
		}
		for _, w := range r.Warnings {
			fmt.Fprintf(&b, c.text("  let op: %s\n", "  note: %s\n"), w.Message)
		}
		if r.ImportID != "" {
			fmt.Fprintf(&b, c.text("  terugdraaien: voldaan import undo %s\n", "  take it back: voldaan import undo %s\n"), r.ImportID)
		}
	}
	return b.String()
}

func (c *call) undoImport(ctx context.Context, text string) error {
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		var id ledger.ImportID
		if err := id.UnmarshalText([]byte(text)); err != nil {
			return fault.NotFoundf("import.unknown", "there is no import with that id")
		}
		m := journal.Meta{Firm: f.ID, Actor: journal.Actor{Kind: journal.CLI, Name: app.Hostname()}}
		if err := l.Importer().Undo(ctx, m, id); err != nil {
			return err
		}
		return c.print(map[string]string{"import_id": text, "state": "undone"}, c.text("Teruggedraaid.\n", "Taken back.\n"))
	})
}
