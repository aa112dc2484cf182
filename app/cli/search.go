package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/web/api"
)

func (c *call) searchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "search QUERY", Short: "Find customers, invoices and payments", Args: cobra.MinimumNArgs(1)}
	limit := cmd.Flags().Int("limit", 20, "at most so many")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.search(cmd.Context(), strings.Join(args, " "), *limit)
	}
	return cmd
}

func (c *call) search(ctx context.Context, query string, limit int) error {
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		hits, err := l.Search(ctx, f.ID, query, limit)
		if err != nil {
			return err
		}
		out := make([]api.Hit, len(hits))
		t := table{heads: []string{c.text("Soort", "Type"), c.text("Wat", "What"), ""}}
		for i, h := range hits {
			out[i] = api.Hit(h)
			t.add(h.Type, h.Title, h.Subtitle)
		}
		return c.print(out, t.String())
	})
}
