package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/web/api"
)

type agingOptions struct{ by string }

func (c *call) reportCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "report", Short: "Reports"}
	var o agingOptions
	aging := &cobra.Command{Use: "aging", Short: "What is open, by how late it is",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.aging(cmd.Context(), o) }}
	aging.Flags().StringVar(&o.by, "by", "", "customer: a line per customer")
	cmd.AddCommand(aging)
	return cmd
}

func (c *call) aging(ctx context.Context, o agingOptions) error {
	if o.by != "" && o.by != "customer" {
		return usage{errors.New("--by is customer, or left out")}
	}
	return c.lists(ctx, func(_ *app.Ledger, cols *openitems.Columns, f ledger.Firm, day civil.Date) error {
		rep, err := cols.Aging(f.ID, day, ledger.AgingOptions{}, o.by == "customer")
		if err != nil {
			return err
		}
		return c.print(api.AgingOf(rep, day), c.agingText(rep, day))
	})
}

func (c *call) agingText(rep []openitems.AgingReport, day civil.Date) string {
	bounds := ledger.DefaultBounds(ledger.ByDueDate)
	text := c.text("Ouderdom per ", "Aging on ") + day.String() + "\n"
	for _, r := range rep {
		t := table{heads: []string{string(r.Aging.Currency), ""}}
		for i := range r.Aging.Buckets {
			label := bounds.Label(i)
			if i == 0 {
				label = c.text("niet vervallen", "current")
			}
			t.heads = append(t.heads, ">"+label)
		}
		t.heads = append(t.heads, ">"+c.text("Totaal", "Total"), ">"+c.text("Tegoed", "Credit"))
		row := func(number, name string, a ledger.Aging) {
			cells := []string{number, name}
			for _, b := range a.Buckets {
				cells = append(cells, c.amount(b))
			}
			t.add(append(cells, c.amount(a.Gross), c.amount(a.Unapplied))...)
		}
		for _, l := range r.Customers {
			row(l.Number, l.Name, l.Aging)
		}
		row("", c.text("Samen", "All"), r.Aging)
		text += "\n" + t.String()
	}
	return text
}
