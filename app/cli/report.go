package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/projection"
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
	forecast := &cobra.Command{Use: "forecast", Short: "When open invoices will probably be paid, and the money expected per week",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.forecast(cmd.Context()) }}
	cmd.AddCommand(aging, forecast)
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

func (c *call) forecast(ctx context.Context) error {
	return c.lists(ctx, func(_ *app.Ledger, cols *openitems.Columns, f ledger.Firm, day civil.Date) error {
		got, err := cols.Forecast(f.ID, day)
		if err != nil {
			return err
		}
		return c.print(api.ForecastOf(got), c.forecastText(got))
	})
}

func (c *call) forecastText(f openitems.Forecast) string {
	invoices := table{heads: []string{c.text("Verwacht", "Expected"), c.text("Gewoonlijk", "Typically"), c.text("Factuur", "Invoice"),
		c.text("Klant", "Customer"), c.text("Vervalt", "Due"), ">" + c.text("Open", "Open"), c.text("Op grond van", "Because of")}}
	for _, x := range f.Invoices {
		between := ""
		if !x.Early.IsZero() {
			between = x.Early.String() + " – " + x.Late.String()
		}
		invoices.add(x.Date.String(), between, x.Number, x.CustomerName, x.Due.String(), c.amount(x.Open), c.basis(x.Projection))
	}
	weeks := table{heads: []string{c.text("Week van", "Week of"), ">" + c.text("Verwacht", "Expected"), ">" + c.text("Facturen", "Invoices")}}
	for _, w := range f.Weeks {
		weeks.add(w.Monday.String(), c.amount(w.Amount), strconv.Itoa(w.Invoices))
	}
	return c.text("Verwachte ontvangsten vanaf ", "Expected receipts from ") + f.AsOf.String() + "\n\n" + weeks.String() + "\n" + invoices.String()
}

// basis says what a projected date rests on.
func (c *call) basis(p projection.Projection) string {
	switch p.Basis {
	case projection.Promise:
		return c.text("betaaltoezegging", "promise to pay")
	case projection.Plan:
		return c.text("betalingsregeling", "payment plan")
	case projection.Autopay:
		return c.text("automatische betaling", "autopay")
	case projection.Customer:
		return fmt.Sprintf(c.text("betaalgedrag (%d facturen)", "payment habit (%d invoices)"), p.Invoices)
	case projection.Firm:
		return c.text("betaalgedrag van alle klanten", "habit of all customers")
	default:
		return c.text("vervaldatum", "due date")
	}
}
