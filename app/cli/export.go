package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

var (
	exportKinds   = []string{"customers", "invoices", "payments", "allocations", "journal", "ledger"}
	exportFormats = []string{"csv", "xlsx", "json", "hledger"}
)

type exportOptions struct{ kind, format, file string }

func (c *call) exportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{Use: "export KIND", Short: "A whole table as a file: customers, invoices, payments, allocations, journal or ledger", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.kind = args[0]
			return c.export(cmd.Context(), o)
		}}
	cmd.Flags().StringVar(&o.format, "format", "csv", "csv, xlsx, json, or hledger for the ledger")
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "file to write; the standard output when left out")
	return cmd
}

func (c *call) export(ctx context.Context, o exportOptions) error {
	if !slices.Contains(exportKinds, o.kind) {
		return usage{fault.Invalidf("export.kind", "%q cannot be exported; expected customers, invoices, payments, allocations, journal or ledger", o.kind)}
	}
	if !slices.Contains(exportFormats, o.format) {
		return usage{fault.Invalidf("export.format", "%q is not a format; expected csv, xlsx, json or hledger", o.format)}
	}
	if c.json && o.file == "" && o.format != "json" {
		return usage{errors.New("with --json the file needs a name: -o FILE")}
	}
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		day, err := c.firmToday(ctx, l, f)
		if err != nil {
			return err
		}
		if o.file == "" {
			_, _, err := exporter.New(l.Books).Export(ctx, f.ID, o.kind, o.format, day, c.out)
			return err
		}
		n, err := writeWhole(o.file, func(w io.Writer) error {
			_, _, err := exporter.New(l.Books).Export(ctx, f.ID, o.kind, o.format, day, w)
			return err
		})
		if err != nil {
			return err
		}
		return c.print(map[string]any{"file": o.file, "kind": o.kind, "format": o.format, "bytes": n}, o.file+"\n")
	})
}

// writeWhole writes a file so that it is there completely or not at all.
func writeWhole(path string, fill func(io.Writer) error) (n int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return 0, fault.Wrap(err, fault.Invalid, "cli.unwritable", "the file cannot be written there; choose another folder")
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := fill(f); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(f.Name(), path)
}
