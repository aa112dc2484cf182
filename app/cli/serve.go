package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/config"
)

type serveOptions struct{ portal, desk, mollie, publicURL string }

func (c *call) serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{Use: "serve", Short: "Run the portal and the desk without a window",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context(), o) }}
	cmd.Flags().StringVar(&o.portal, "portal", "", "address of the customers' portal, or off (default "+config.DefaultPortal+")")
	cmd.Flags().StringVar(&o.desk, "desk", "", "address of the desk (default "+config.DefaultDesk+")")
	cmd.Flags().StringVar(&o.mollie, "mollie", "", "simulator, or the address of one; Mollie itself when left out")
	cmd.Flags().StringVar(&o.publicURL, "public-url", "", "how customers reach the portal")
	return cmd
}

func (c *call) serve(ctx context.Context, o serveOptions) error {
	err := c.prepare(config.Flags{Portal: o.portal, Desk: o.desk, Mollie: o.mollie, PublicURL: o.publicURL})
	if err != nil {
		return err
	}
	l, err := c.open(ctx)
	if err != nil {
		return err
	}
	p, err := app.Start(ctx, l, app.Listen{Portal: true, Desk: true})
	if err != nil {
		return err
	}
	if _, err := c.out.Write(p.Ready()); err != nil {
		return errors.Join(err, p.Stop())
	}
	return errors.Join(p.Wait(ctx), p.Stop())
}

// greet says where everything is, for people.
func (c *call) greet(p *app.Program, more string) {
	fmt.Fprintf(c.out, c.text("Portaal  %s\nDesk     %s\nMollie   %s\n%s", "Portal   %s\nDesk     %s\nMollie   %s\n%s"), p.PortalURL(), p.DeskURL(), p.MollieURL(), more)
}
