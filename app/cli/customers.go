package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/openitems"
)

type customersOptions struct {
	query, filter string
	limit         int
}

func (c *call) customersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "customers", Short: "Who owes what"}
	var o customersOptions
	list := &cobra.Command{Use: "list", Short: "Customers with their balances, one line per currency",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listCustomers(cmd.Context(), o) }}
	list.Flags().StringVar(&o.query, "query", "", "part of the number or name")
	list.Flags().StringVar(&o.filter, "filter", "all", "all, open, overdue or credit")
	list.Flags().IntVar(&o.limit, "limit", 0, "at most so many lines")
	show := &cobra.Command{Use: "show NUMBER", Short: "One customer", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.showCustomer(cmd.Context(), args[0]) }}
	cmd.AddCommand(list, show)
	return cmd
}

type customerLine struct {
	Number   string `json:"number"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Open     string `json:"open"`
	Overdue  string `json:"overdue"`
	Credit   string `json:"credit"`
}

func (c *call) listCustomers(ctx context.Context, o customersOptions) error {
	if !slices.Contains([]string{"all", "open", "overdue", "credit"}, o.filter) {
		return usage{errors.New("--filter is all, open, overdue or credit")}
	}
	return c.lists(ctx, func(_ *app.Ledger, cols *openitems.Columns, f ledger.Firm, day civil.Date) error {
		out := []customerLine{}
		t := table{heads: []string{c.text("Nummer", "Number"), c.text("Naam", "Name"), ">" + c.text("Open", "Open"), ">" + c.text("Te laat", "Overdue"), ">" + c.text("Tegoed", "Credit")}}
		q := openitems.CustomerQuery{Firm: f.ID, AsOf: day, Text: o.query, Filter: o.filter, Page: openitems.Page{Sort: "number", Limit: o.limit}}
		for {
			list, err := cols.Customers(ctx, q)
			if err != nil {
				return err
			}
			for _, x := range list.Rows {
				out = append(out, customerLine{x.Customer.Number, x.Name, string(x.Balance.Currency), x.Balance.Gross.String(), x.Balance.Overdue.String(), x.Balance.Unapplied.String()})
				t.add(x.Customer.Number, x.Name, c.amount(x.Balance.Gross), c.amount(x.Balance.Overdue), c.amount(x.Balance.Unapplied))
			}
			if q.Cursor = list.Next; q.Cursor == "" || o.limit > 0 {
				return c.print(out, t.String())
			}
		}
	})
}

// print writes the JSON or the text, whichever was asked for.
func (c *call) print(v any, text string) error {
	if c.json {
		return c.printJSON(v)
	}
	_, err := fmt.Fprint(c.out, text)
	return err
}

type customerShown struct {
	Number   string              `json:"number"`
	Name     string              `json:"name"`
	Email    string              `json:"email"`
	Phone    string              `json:"phone"`
	Language string              `json:"language"`
	TermDays int                 `json:"term_days"`
	Balances []balanceLine       `json:"balances"`
	Open     []invoiceLine       `json:"open"`
	Contacts []map[string]string `json:"contacts"`
}

type balanceLine struct {
	Currency string `json:"currency"`
	Open     string `json:"open"`
	Overdue  string `json:"overdue"`
	Credit   string `json:"credit"`
	Net      string `json:"net"`
}

func (c *call) showCustomer(ctx context.Context, number string) error {
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		day, err := c.firmToday(ctx, l, f)
		if err != nil {
			return err
		}
		out := customerShown{Balances: []balanceLine{}, Open: []invoiceLine{}, Contacts: []map[string]string{}}
		balances := table{heads: []string{c.text("Valuta", "Currency"), ">" + c.text("Open", "Open"), ">" + c.text("Te laat", "Overdue"), ">" + c.text("Tegoed", "Credit")}}
		items := c.invoiceTable()
		err = l.Books.View(ctx, func(r *books.Reader) error {
			cu, err := r.CustomerByNumber(f.ID, number)
			if err != nil {
				return err
			}
			acc, err := r.Account(cu.ID)
			if err != nil {
				return err
			}
			out.Number, out.Name, out.Email, out.Phone, out.Language, out.TermDays = cu.Number, cu.Name, cu.Email, cu.Phone, cu.Language, ledger.TermsOf(cu).Days
			for _, b := range acc.Balances(day) {
				out.Balances = append(out.Balances, balanceLine{string(b.Currency), b.Gross.String(), b.Overdue.String(), b.Unapplied.String(), b.Net.String()})
				balances.add(string(b.Currency), c.amount(b.Gross), c.amount(b.Overdue), c.amount(b.Unapplied))
			}
			for _, it := range acc.OpenItems(day) {
				d, _ := acc.Document(it.ID)
				line := lineOf(d, cu.Number, it.Open, day)
				out.Open = append(out.Open, line)
				items.add(c.invoiceCells(line, d, it.Open)...)
			}
			people, err := r.ContactsOf(cu.ID)
			for _, p := range people {
				out.Contacts = append(out.Contacts, map[string]string{"name": p.Name, "email": p.Email})
			}
			return err
		})
		if err != nil {
			return err
		}
		text := out.Number + "  " + out.Name + "\n" + out.Email + "  " + out.Phone + "  " + strconv.Itoa(out.TermDays) + c.text(" dagen", " days") + "\n\n" + balances.String() + "\n" + items.String()
		return c.print(out, text)
	})
}
