package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

type initOptions struct {
	name, country, currency, language, zone string
}

func (c *call) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{Use: "init --name FIRM", Short: "Make a data folder and its first firm",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.initialise(cmd.Context(), o) }}
	cmd.Flags().StringVar(&o.name, "name", "", "the firm's name")
	cmd.Flags().StringVar(&o.country, "country", "NL", "country: two letters")
	cmd.Flags().StringVar(&o.currency, "currency", "EUR", "currency: three letters")
	cmd.Flags().StringVar(&o.language, "language", "", "language of customers without one of their own: nl, en, fr or de")
	cmd.Flags().StringVar(&o.zone, "time-zone", "", "time zone, such as Europe/Amsterdam")
	return cmd
}

func (c *call) initialise(ctx context.Context, o initOptions) (err error) {
	if strings.TrimSpace(o.name) == "" {
		return usage{errors.New("init needs the firm's name: --name \"Bakkerij De Korenaar\"")}
	}
	currency, err := money.ParseCurrency(o.currency)
	if err != nil {
		return usage{err}
	}
	f := ledger.Firm{Name: strings.TrimSpace(o.name), Country: strings.ToUpper(o.country), Currency: currency, Language: o.language,
		TimeZone: o.zone, Portal: ledger.PortalSettings{Enabled: true}}
	// What is wrong is found before there is a folder.
	if f, err = books.CompleteFirm(f); err != nil {
		return err
	}
	l, err := app.Create(ctx, c.config, c.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if f, err = l.Books.CreateFirm(ctx, journal.Meta{Actor: c.actor()}, f); err != nil {
		return err
	}
	if l.Folder.Notice != "" && !c.quiet {
		fmt.Fprintln(c.err, l.Folder.Notice)
	}
	if c.json {
		return c.printJSON(map[string]string{"data": l.Folder.Dir(), "firm": f.ID.String(), "name": f.Name, "country": f.Country, "currency": string(f.Currency)})
	}
	_, err = fmt.Fprintf(c.out, c.text("%s: de boeken van %s (%s) zijn gemaakt.\n", "%s: the books of %s (%s) have been made.\n"), l.Folder.Dir(), f.Name, f.Currency)
	return err
}
