package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/backup"
	"github.com/voldaan/voldaan/backend/money"
)

// backupPassphrase is the variable with a passphrase for a backup of its own.
const backupPassphrase = "VOLDAAN_BACKUP_PASSPHRASE"

func (c *call) backupCommand() *cobra.Command {
	return &cobra.Command{Use: "backup DEST", Short: "Make an encrypted backup and prove that it restores",
		Long: "DEST is a new file or a folder. The backup opens with the passphrase in " + backupPassphrase + ", or else with what the data folder opens with. A program that is running on the data folder makes it without stopping.",
		Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error { return c.backup(cmd.Context(), args[0]) }}
}

func (c *call) restoreCommand() *cobra.Command {
	return &cobra.Command{Use: "restore SRC --data DIR", Short: "Make a data folder of a backup, and prove it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.restore(cmd.Context(), args[0]) }}
}

func (c *call) backup(ctx context.Context, path string) error {
	r, err := app.Backup(ctx, c.config, c.log, path, c.getenv(backupPassphrase))
	if err != nil {
		return err
	}
	return c.print(reportOf(r, r.Path), fmt.Sprintf(c.text("%s: %d bytes, teruggezet en nagerekend.\n", "%s: %d bytes, restored and checked.\n"), r.Path, r.Bytes))
}

func (c *call) restore(ctx context.Context, src string) (err error) {
	l, r, err := app.Restore(ctx, c.config, c.log, src, c.getenv(backupPassphrase))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if l.Folder.Notice != "" && !c.quiet {
		fmt.Fprintln(c.err, l.Folder.Notice)
	}
	text := fmt.Sprintf(c.text("%s: de boeken van %s staan er weer en kloppen met wat de back-up erover zegt: %d documenten, %d betalingen.\n",
		"%s: the books of %s are back, and are what the backup says of them: %d documents, %d payments.\n"),
		l.Folder.Dir(), r.Created.Local().Format("2006-01-02 15:04"), r.Counted.Documents, r.Counted.Receipts)
	return c.print(reportOf(r, l.Folder.Dir()), text+c.controlTable(r).String())
}

// reportOf is the outcome in JSON: where it is, from when, and the control totals that were compared: what the restored
// books hold, and what the backup says of itself.
func reportOf(r backup.Report, path string) map[string]any {
	totals := []map[string]any{}
	for i, s := range r.Counted.Sums {
		line := sumOf(s)
		line["currency"], line["stated"] = s.Currency, sumOf(r.Stated.Sums[i])
		totals = append(totals, line)
	}
	return map[string]any{"path": path, "created": r.Created, "bytes": r.Bytes, "entries": r.Seq, "verified": r.Verified,
		"documents": r.Counted.Documents, "payments": r.Counted.Receipts, "totals": totals}
}

func sumOf(s backup.Sum) map[string]any {
	cur := money.Currency(s.Currency)
	return map[string]any{"customers": s.Customers, "open": money.Of(s.Gross, cur).String(), "credit": money.Of(s.Unapplied, cur).String()}
}

// controlTable has what the restored books hold beside what the backup says.
func (c *call) controlTable(r backup.Report) *table {
	t := &table{heads: []string{c.text("Valuta", "Currency"), ">" + c.text("Debiteuren", "Customers"), ">" + c.text("volgens back-up", "stated"),
		">" + c.text("Open", "Open"), ">" + c.text("volgens back-up", "stated"), ">" + c.text("Tegoed", "Credit"), ">" + c.text("volgens back-up", "stated")}}
	for i, have := range r.Counted.Sums {
		want, cur := r.Stated.Sums[i], money.Currency(have.Currency)
		t.add(have.Currency, strconv.Itoa(have.Customers), strconv.Itoa(want.Customers), c.amount(money.Of(have.Gross, cur)), c.amount(money.Of(want.Gross, cur)),
			c.amount(money.Of(have.Unapplied, cur)), c.amount(money.Of(want.Unapplied, cur)))
	}
	return t
}
