package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/document"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

type statementOptions struct{ customer, file, from string }

func (c *call) statementCommand() *cobra.Command {
	var o statementOptions
	cmd := &cobra.Command{Use: "statement", Short: "A customer's statement of account as PDF or Excel, in their language or --lang", Args: cobra.NoArgs,
		// Papers are in the customers' languages, of which the program itself speaks two.
		PersistentPreRunE: func(*cobra.Command, []string) error {
			lang := c.lang
			if slices.Contains(document.Languages, lang) {
				c.lang = ""
			}
			err := c.prepare(config.Flags{})
			c.lang = lang
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return c.statement(cmd.Context(), o) }}
	cmd.Flags().StringVar(&o.customer, "customer", "", "the customer's number")
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "file to write: .pdf or .xlsx")
	cmd.Flags().StringVar(&o.from, "from", "", "first day of a period: shows what was charged and paid in it (YYYY-MM-DD)")
	return cmd
}

func (c *call) statement(ctx context.Context, o statementOptions) error {
	ending := strings.ToLower(filepath.Ext(o.file))
	switch {
	case o.customer == "":
		return usage{errors.New("say whose statement: --customer NUMBER")}
	case ending != ".pdf" && ending != ".xlsx":
		return usage{errors.New("the file needs a name that ends in .pdf or .xlsx: -o FILE.pdf")}
	}
	p := document.Period{Language: c.lang}
	if o.from != "" {
		var err error
		if p.From, err = civil.Parse(o.from); err != nil {
			return usage{errors.New("--from is a date such as 2026-01-31")}
		}
	}
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) (err error) {
		if p.AsOf, err = c.firmToday(ctx, l, f); err != nil {
			return err
		}
		var who ledger.Customer
		err = l.Books.View(ctx, func(r *books.Reader) (err error) { who, err = r.CustomerByNumber(f.ID, o.customer); return err })
		if err != nil {
			return err
		}
		view := l.Books.Portal(books.Scope{Firm: f.ID, Customer: who.ID})
		n, err := writeWhole(o.file, func(w io.Writer) error { return c.writeStatement(ctx, l, view, p, ending, w) })
		if err != nil {
			return err
		}
		return c.print(map[string]any{"file": o.file, "customer": who.Number, "as_of": p.AsOf.String(), "bytes": n}, o.file+"\n")
	})
}

func (c *call) writeStatement(ctx context.Context, l *app.Ledger, view *books.PortalView, p document.Period, ending string, w io.Writer) error {
	m := document.New(l.Books)
	if ending == ".xlsx" {
		st, langs, err := m.Statement(ctx, view, p)
		if err != nil {
			return err
		}
		return exporter.Statement(w, st, exporter.StatementNames(document.NamesIn(langs...)))
	}
	file, err := m.StatementPDF(ctx, view, journal.Meta{Actor: c.actor()}, p)
	if err != nil {
		return err
	}
	if _, err := w.Write(file.Body); err != nil {
		return fault.Wrap(err, fault.Unavailable, "cli.unwritable", "the file cannot be written there; choose another folder")
	}
	return nil
}
