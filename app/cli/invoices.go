package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
)

type invoicesOptions struct {
	customer, status string
	limit            int
}

func (c *call) invoicesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "invoices", Short: "Invoices, credit notes and debit notes"}
	var o invoicesOptions
	list := &cobra.Command{Use: "list", Short: "Invoices, the latest first",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listInvoices(cmd.Context(), o) }}
	list.Flags().StringVar(&o.customer, "customer", "", "only of the customer with this number")
	list.Flags().StringVar(&o.status, "status", "all", "open, overdue, paid or all")
	list.Flags().IntVar(&o.limit, "limit", 0, "at most so many lines")
	show := &cobra.Command{Use: "show NUMBER", Short: "One invoice with what was applied to it", Args: cobra.ExactArgs(1)}
	customer := show.Flags().String("customer", "", "the customer's number, where several customers have an invoice with this number")
	show.RunE = func(cmd *cobra.Command, args []string) error { return c.showInvoice(cmd.Context(), args[0], *customer) }
	cmd.AddCommand(list, show)
	return cmd
}

type invoiceLine struct {
	Number   string `json:"number"`
	Type     string `json:"type"`
	Customer string `json:"customer"`
	Issued   string `json:"issued"`
	Due      string `json:"due"`
	Currency string `json:"currency"`
	Total    string `json:"total"`
	Open     string `json:"open"`
	Status   string `json:"status"`
}

func lineOf(d ledger.Document, customer string, open money.Amount, day civil.Date) invoiceLine {
	return invoiceLine{d.Number, books.TypeName(d.Type), customer, d.Issued.String(), d.Due.String(), string(d.Total.Currency),
		d.Total.String(), open.String(), ledger.Status(d, open, day).String()}
}

func (c *call) invoiceTable() table {
	return table{heads: []string{c.text("Nummer", "Number"), c.text("Klant", "Customer"), c.text("Datum", "Issued"), c.text("Vervalt", "Due"),
		">" + c.text("Totaal", "Total"), ">" + c.text("Open", "Open"), "Status"}}
}

// statuses in Dutch.
var statuses = map[string]string{"open": "open", "partly paid": "deels betaald", "paid": "betaald", "overdue": "te laat", "void": "vervallen", "upcoming": "komt nog"}

func (c *call) invoiceCells(l invoiceLine, d ledger.Document, open money.Amount) []string {
	return []string{l.Number, l.Customer, l.Issued, l.Due, c.amount(d.Total), c.amount(open), c.text(statuses[l.Status], l.Status)}
}

func (c *call) listInvoices(ctx context.Context, o invoicesOptions) error {
	if !slices.Contains([]string{"all", "open", "overdue", "paid", "void"}, o.status) {
		return usage{errors.New("--status is open, overdue, paid or all")}
	}
	return c.lists(ctx, func(l *app.Ledger, cols *openitems.Columns, f ledger.Firm, day civil.Date) error {
		q := openitems.DocumentQuery{Firm: f.ID, AsOf: day, Status: o.status, Page: openitems.Page{Sort: "-issued", Limit: o.limit}}
		if o.customer != "" {
			cu, err := customer(ctx, l, f, o.customer)
			if err != nil {
				return err
			}
			q.Customer = cu.ID
		}
		out, t := []invoiceLine{}, c.invoiceTable()
		for {
			list, err := cols.Documents(ctx, q)
			if err != nil {
				return err
			}
			for _, x := range list.Rows {
				line := lineOf(x.Document, x.CustomerNumber, x.Open, day)
				out = append(out, line)
				t.add(c.invoiceCells(line, x.Document, x.Open)...)
			}
			if q.Cursor = list.Next; q.Cursor == "" || o.limit > 0 {
				return c.print(out, t.String())
			}
		}
	})
}

// customer finds a customer by number.
func customer(ctx context.Context, l *app.Ledger, f ledger.Firm, number string) (cu ledger.Customer, err error) {
	err = l.Books.View(ctx, func(r *books.Reader) error { cu, err = r.CustomerByNumber(f.ID, number); return err })
	return cu, err
}

// invoice finds the one invoice with a number; customer narrows it down where several customers have one.
func invoice(r *books.Reader, f ledger.Firm, number, customer string) (ledger.Document, error) {
	found, err := r.DocumentsByNumber(f.ID, number)
	if err != nil {
		return ledger.Document{}, err
	}
	if customer != "" {
		cu, err := r.CustomerByNumber(f.ID, customer)
		if err != nil {
			return ledger.Document{}, err
		}
		found = slices.DeleteFunc(found, func(d ledger.Document) bool { return d.Customer != cu.ID })
	}
	switch len(found) {
	case 0:
		return ledger.Document{}, fault.NotFoundf("document.unknown", "there is no invoice or credit note with number %s", number)
	case 1:
		return found[0], nil
	}
	return ledger.Document{}, usage{fault.Invalidf("document.ambiguous", "%d customers have a document with number %s; say which with --customer NUMBER", len(found), number)}
}

type invoiceShown struct {
	invoiceLine
	PO          string           `json:"po"`
	Reference   string           `json:"reference"`
	Description string           `json:"description"`
	Allocations []allocationLine `json:"allocations"`
}

type allocationLine struct {
	Kind      string `json:"kind"`
	Amount    string `json:"amount"`
	Effective string `json:"effective"`
	Reversed  bool   `json:"reversed"`
	Reason    string `json:"reason"`
}

var sources = []string{"payment", "credit_note", "discount", "write_off", "small_difference", "external"}

func (c *call) showInvoice(ctx context.Context, number, customer string) error {
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		day, err := c.firmToday(ctx, l, f)
		if err != nil {
			return err
		}
		out, t := invoiceShown{Allocations: []allocationLine{}}, c.invoiceTable()
		err = l.Books.View(ctx, func(r *books.Reader) error {
			d, err := invoice(r, f, number, customer)
			if err != nil {
				return err
			}
			acc, err := r.Account(d.Customer)
			if err != nil {
				return err
			}
			open := acc.Open(d.ID, day)
			out.invoiceLine = lineOf(d, acc.Customer.Number, open, day)
			out.PO, out.Reference, out.Description = d.PO, d.Reference, d.Description
			t.add(c.invoiceCells(out.invoiceLine, d, open)...)
			for _, al := range acc.AllocationsOf(d.ID) {
				_, back := acc.Reversed(al.ID)
				out.Allocations = append(out.Allocations, allocationLine{sources[al.Kind], al.Amount.String(), al.Effective.String(), back || !al.Reverses.IsZero(), al.Reason})
			}
			return nil
		})
		if err != nil {
			return err
		}
		applied := table{heads: []string{c.text("Vanaf", "Effective"), c.text("Wat", "What"), ">" + c.text("Bedrag", "Amount")}}
		for _, a := range out.Allocations {
			applied.add(a.Effective, a.Kind, a.Amount)
		}
		return c.print(out, t.String()+"\n"+applied.String())
	})
}
