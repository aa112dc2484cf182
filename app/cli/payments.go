package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/web/api"
)

type paymentsOptions struct {
	customer, status string
	limit            int
}

func (c *call) paymentsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "payments", Short: "Money that came in"}
	var o paymentsOptions
	list := &cobra.Command{Use: "list", Short: "Payments, the latest first",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listPayments(cmd.Context(), o) }}
	list.Flags().StringVar(&o.customer, "customer", "", "only of the customer with this number")
	list.Flags().StringVar(&o.status, "status", "all", "all, unidentified, unapplied, applied or returned")
	list.Flags().IntVar(&o.limit, "limit", 0, "at most so many lines")
	show := &cobra.Command{Use: "show ID", Short: "One payment", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.showPayment(cmd.Context(), args[0]) }}
	cmd.AddCommand(list, show)
	return cmd
}

type paymentLine struct {
	ID         string `json:"id"`
	Customer   string `json:"customer"`
	Date       string `json:"date"`
	Currency   string `json:"currency"`
	Amount     string `json:"amount"`
	Unapplied  string `json:"unapplied"`
	Method     string `json:"method"`
	ProviderID string `json:"provider_id"`
	Status     string `json:"status"`
}

// providerID is what the payment provider calls a payment. The importer's own mark, by which it knows a payment again, is
// not one.
func providerID(provider, ref string) string {
	if provider == "import" {
		return ""
	}
	return ref
}

func (c *call) listPayments(ctx context.Context, o paymentsOptions) error {
	if !slices.Contains([]string{"all", "unidentified", "unapplied", "applied", "returned"}, o.status) {
		return usage{errors.New("--status is all, unidentified, unapplied, applied or returned")}
	}
	return c.lists(ctx, func(l *app.Ledger, cols *openitems.Columns, f ledger.Firm, day civil.Date) error {
		q := openitems.ReceiptQuery{Firm: f.ID, AsOf: day, Status: o.status, Page: openitems.Page{Sort: "-date", Limit: o.limit}}
		if o.customer != "" {
			cu, err := customer(ctx, l, f, o.customer)
			if err != nil {
				return err
			}
			q.Customer = cu.ID
		}
		out := []paymentLine{}
		t := table{heads: []string{c.text("Datum", "Date"), c.text("Klant", "Customer"), ">" + c.text("Bedrag", "Amount"), ">" + c.text("Niet toegewezen", "Unapplied"), c.text("Manier", "Method"), "Status"}}
		for {
			list, err := cols.Receipts(ctx, q)
			if err != nil {
				return err
			}
			rows := api.PaymentsOf(list).Items
			for i, x := range list.Rows {
				out = append(out, paymentLine{x.ID.String(), x.CustomerNumber, rows[i].Date, rows[i].Currency, rows[i].Amount, rows[i].Unapplied, rows[i].Method, providerID(rows[i].Provider, rows[i].ProviderID), rows[i].Status})
				t.add(rows[i].Date, x.CustomerNumber, c.amount(x.Amount), c.amount(x.Left), rows[i].Method, rows[i].Status)
			}
			if q.Cursor = list.Next; q.Cursor == "" || o.limit > 0 {
				return c.print(out, t.String())
			}
		}
	})
}

func (c *call) showPayment(ctx context.Context, text string) error {
	return c.with(ctx, func(l *app.Ledger, _ ledger.Firm) error {
		var id ledger.ReceiptID
		if err := id.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		type line struct {
			Invoice string `json:"invoice"`
			allocationLine
		}
		out := struct {
			paymentLine
			Payer       string `json:"payer"`
			Reference   string `json:"reference"`
			Allocations []line `json:"allocations"`
		}{Allocations: []line{}}
		t := table{heads: []string{c.text("Factuur", "Invoice"), c.text("Vanaf", "Effective"), ">" + c.text("Bedrag", "Amount")}}
		err := l.Books.View(ctx, func(r *books.Reader) error {
			got, err := r.Received(id)
			if err != nil {
				return err
			}
			rc := got.Receipt
			out.paymentLine = paymentLine{ID: rc.ID.String(), Date: rc.Date.String(), Currency: string(rc.Amount.Currency), Amount: rc.Amount.String(),
				Unapplied: got.Unapplied.String(), Method: string(rc.Method), ProviderID: providerID(rc.Provider, rc.ProviderRef), Status: "unidentified"}
			out.Payer, out.Reference = rc.Payer, rc.Reference
			if rc.Customer.IsZero() {
				return nil
			}
			acc, err := r.Account(rc.Customer)
			if err != nil {
				return err
			}
			out.Customer, out.Status = acc.Customer.Number, "applied"
			if got.Unapplied.Minor > 0 {
				out.Status = "unapplied"
			}
			for _, al := range acc.AllocationsFrom(id) {
				d, _ := acc.Document(al.Document)
				_, back := acc.Reversed(al.ID)
				out.Allocations = append(out.Allocations, line{d.Number, allocationLine{sources[al.Kind], al.Amount.String(), al.Effective.String(), back || !al.Reverses.IsZero(), al.Reason}})
				t.add(d.Number, al.Effective.String(), c.amount(al.Amount))
			}
			return nil
		})
		if err != nil {
			return err
		}
		return c.print(out, out.Date+"  "+out.Customer+"  "+out.Amount+" "+out.Currency+"\n\n"+t.String())
	})
}
