package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/ledger"
)

type linkOptions struct{ customer, email, invoice string }

func (c *call) linkCommand() *cobra.Command {
	var o linkOptions
	cmd := &cobra.Command{Use: "link --customer NUMBER | --invoice NUMBER", Short: "Make a sign-in link for a customer, or a pay link for an invoice",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.link(cmd.Context(), o) }}
	cmd.Flags().StringVar(&o.customer, "customer", "", "a sign-in link for the customer with this number; with --invoice: whose invoice it is")
	cmd.Flags().StringVar(&o.email, "email", "", "which contact of the customer")
	cmd.Flags().StringVar(&o.invoice, "invoice", "", "a pay link for the invoice with this number")
	return cmd
}

func (c *call) link(ctx context.Context, o linkOptions) error {
	if o.customer == "" && o.invoice == "" {
		return usage{errors.New("link needs --customer NUMBER or --invoice NUMBER")}
	}
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		var made app.Link
		var err error
		if o.invoice != "" {
			made, err = l.PayLink(ctx, c.meta(f), f, o.invoice, o.customer)
		} else {
			made, err = l.SignInLink(ctx, c.meta(f), f, o.customer, o.email)
		}
		if err != nil {
			return err
		}
		return c.print(map[string]any{"url": made.URL, "expires_at": made.Expires}, made.URL+"\n")
	})
}
