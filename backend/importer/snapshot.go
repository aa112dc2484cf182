package importer

import (
	"fmt"
	"sort"
	"strconv"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// gone is a document that the books have open and a list of everything open does not name.
type gone struct {
	document ledger.Document
	settled  int64 // to book as settled elsewhere, in total
}

// settleGone finds, for a list that is said to name everything open, the invoices and debit notes that it does not name.
// They have been settled elsewhere. What was issued after the day of the list is left alone. A list with rejected rows
// cannot say what is missing, since a row that could not be read may be one of them.
func (t *tally) settleGone() error {
	p := t.plan
	if !p.opts.Snapshot || t.rd.kind != Invoices {
		return nil
	}
	if p.Rejected > 0 {
		p.Warnings = append(p.Warnings, problem("import.warning.snapshot_rejected",
			"Some rows were rejected, so what is missing from the file was left as it is", "", "Repair the rows and import the list again"))
		return nil
	}
	sums := map[money.Currency]int64{}
	var account *ledger.Account
	for row, err := range t.j.r.Rows() {
		if err != nil {
			return err
		}
		if row.Firm != t.j.firm || !row.Type.Debit() || row.State == ledger.Void || row.Issued > t.rd.env.asOf {
			continue
		}
		// Rows come customer by customer.
		if account == nil || account.Customer.ID != row.Customer {
			if account, err = t.j.r.Account(row.Customer); err != nil {
				return err
			}
		}
		if _, named := t.j.seen[t.j.key(account.Customer.Number, row.Number, string('0'+byte(row.Type)))]; named {
			continue
		}
		open := account.Open(row.ID, civil.EndOfTime).Minor
		if open == 0 {
			continue
		}
		if err := t.settle(t.j.r, account, row.ID, open); err != nil {
			return err
		}
		sums[row.Total.Currency] += open
	}
	for c, sum := range sums {
		p.Gone = append(p.Gone, money.Of(sum, c))
	}
	sort.Slice(p.Gone, func(a, b int) bool { return p.Gone[a].Currency < p.Gone[b].Currency })
	if n := len(t.rd.gone); n > 0 {
		p.Warnings = append(p.Warnings, problem("import.warning.gone", fmt.Sprintf("%d documents that are open in the books are not in the file (%s); they will be settled elsewhere as of %s", n, list(p.Gone), p.AsOf), "", "").
			with("count", strconv.Itoa(n)))
	}
	return nil
}

func (t *tally) settle(r *books.Reader, a *ledger.Account, id ledger.DocumentID, open int64) error {
	d, err := r.Document(id)
	if err != nil {
		return err
	}
	t.rd.gone = append(t.rd.gone, gone{document: d, settled: a.AllocatedFrom(id, ledger.FromExternal, civil.EndOfTime).Minor + open})
	t.plan.Changed++
	return nil
}

func list(sums []money.Amount) string {
	text := ""
	for i, s := range sums {
		if i > 0 {
			text += ", "
		}
		text += string(s.Currency) + " " + s.String()
	}
	return text
}
