package cli

import (
	"context"
	"errors"
	"fmt"
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
)

type importOptions struct {
	kind, profile   string
	dryRun, partial bool
	snapshot        bool
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
	undo := &cobra.Command{Use: "undo IMPORT_ID", Short: "Take an import back if nothing has been built on it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.undoImport(cmd.Context(), args[0]) }}
	cmd.AddCommand(undo)
	return cmd
}

func (c *call) importFiles(ctx context.Context, o importOptions, files []string) error {
	if !slices.Contains([]string{"auto", "customers", "invoices", "payments"}, o.kind) {
		return usage{errors.New("--kind is auto, customers, invoices or payments")}
	}
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		reports := []importer.Report{}
		code := exitDone
		for _, file := range files {
			report, fileCode, err := c.importFile(ctx, l, f, o, file)
			if err != nil {
				return err
			}
			reports = append(reports, report)
			if code == exitDone || fileCode == exitRejected {
				code = fileCode
			}
		}
		if err := c.print(map[string]any{"files": reports}, c.importText(reports)); err != nil {
			return err
		}
		if code != exitDone {
			return exit(code)
		}
		return nil
	})
}

// importFile reads one file. A file that is rejected is a report with a code, not an error.
func (c *call) importFile(ctx context.Context, l *app.Ledger, f ledger.Firm, o importOptions, path string) (importer.Report, int, error) {
	file, err := os.Open(path)
	if err != nil {
		return importer.Report{}, 0, fault.Wrap(err, fault.NotFound, "import.no_file", "the file "+path+" cannot be opened; is the name right, and may you read it?")
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return importer.Report{}, 0, err
	}
	bar := c.progress()
	defer bar.end()
	svc := l.Importer()
	opts := importer.Options{Firm: f.ID, Kind: importer.Kind(o.kind), Profile: o.profile, Partial: o.partial, Snapshot: o.snapshot}
	plan, err := svc.Plan(ctx, importer.Source{Name: filepath.Base(path), Data: file, Size: info.Size()}, opts, bar.show)
	if err != nil {
		return importer.Report{}, 0, err
	}
	report := plan.Report()
	switch {
	case plan.Refusal != nil, plan.Rejected > 0 && !o.partial:
		return report, exitRejected, nil
	case !o.dryRun:
		m := journal.Meta{Firm: f.ID, Actor: journal.Actor{Kind: journal.Importer, Name: app.Hostname()}}
		if report, err = svc.Apply(ctx, m, plan, bar.show); err != nil {
			return report, 0, err
		}
	}
	if plan.Rejected > 0 {
		return report, exitPartial, nil
	}
	return report, exitDone, nil
}

// shownErrors bounds the rejected rows that are printed; --json has more.
const shownErrors = 20

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
