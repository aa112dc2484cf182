package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/journal"
)

func (c *call) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "verify", Short: "Prove that the books are sound"}
	deep := cmd.Flags().Bool("deep", false, "replay the journal and compare every record as well")
	accept := cmd.Flags().Bool("accept-rollback", false, "take a data file that is older than what this computer has seen for the right one; the journal says so")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return c.verify(cmd.Context(), *deep, *accept) }
	return cmd
}

func (c *call) verify(ctx context.Context, deep, accept bool) error {
	var by *journal.Actor
	if accept {
		who := c.actor()
		by = &who
	}
	v, err := app.VerifyFolder(ctx, c.config, c.log, deep, by)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, x := range v.Checks {
		mark := "ok"
		if !x.OK {
			mark = c.text("FOUT", "WRONG")
		}
		fmt.Fprintf(&text, "%-6s %-22s %8d  %s\n", mark, x.Name, x.Count, x.Detail)
	}
	if err := c.print(v, text.String()); err != nil {
		return err
	}
	if !v.OK {
		return exit(exitIntegrity)
	}
	return nil
}
