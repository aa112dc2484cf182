package cli

import (
	"context"
	"errors"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
)

func (c *call) mollieCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "mollie", Short: "The payment provider"}
	simulate := &cobra.Command{Use: "simulate", Short: "Run the simulator of the payment provider alone"}
	addr := simulate.Flags().String("addr", "127.0.0.1:8490", "address; port 0 takes a free one")
	simulate.RunE = func(cmd *cobra.Command, _ []string) error { return c.simulate(cmd.Context(), *addr) }
	cmd.AddCommand(simulate)
	return cmd
}

func (c *call) simulate(ctx context.Context, addr string) error {
	s, err := app.StartSimulator(ctx, addr, c.log)
	if err != nil {
		return err
	}
	if err := c.printJSON(map[string]string{"mollie": s.URL}); err != nil {
		return err
	}
	if err := s.Wait(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
