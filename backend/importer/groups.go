package importer

import (
	"bytes"
	"strings"

	"github.com/voldaan/voldaan/backend/importer/table"
)

// What rows are that hold no record themselves: headings, totals, notes, further lines.

// heading takes a row with a single cell: the name of a group, a footnote, the date of printing.
func (in *interpreter) heading(r *table.Row) bool {
	i := lone(r)
	if i < 0 {
		return false
	}
	c := &r.Cells[i]
	key := false
	for _, f := range []Field{FieldNumber, FieldCustomerNumber, FieldEmail} {
		at, ok := in.at[f]
		key = key || ok && at == i
	}
	if key && !bytes.ContainsRune(c.Text, ' ') && bytes.ContainsAny(c.Text, "0123456789@") && len(c.Text) <= 60 {
		return false // a row of which everything else is missing
	}
	if c.Kind == table.Text && !in.closes(c.Text) {
		in.group = append(in.group[:0], c.Text...)
	}
	return c.Kind == table.Text
}

// closes reports whether a text that stands alone ends the group: a word for a total, alone or with the group's name. A
// customer may be called "Total Energies".
func (in *interpreter) closes(t []byte) bool {
	if !isTotalLabel(t) {
		return false
	}
	plain, group := plainTitle(string(t)), plainTitle(string(in.group))
	if group != "" && strings.Contains(plain, group) {
		return plain != group
	}
	for _, w := range totalWords {
		if rest, ok := strings.CutPrefix(plain, w); ok && (rest == "" || strings.HasPrefix(rest, "for") || strings.HasPrefix(rest, "voor") || strings.HasPrefix(rest, "van") || strings.HasPrefix(rest, "fur") || strings.HasPrefix(rest, "pour")) {
			return true
		}
	}
	return false
}

// headingPair takes a row with nothing but a number and a name, in whichever columns: the customer of the rows below.
func (in *interpreter) headingPair(r *table.Row) bool {
	if in.u.kind == Customers || !in.grouped() {
		return false
	}
	var pair [2]*table.Cell
	n := 0
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Kind == table.Empty {
			continue
		}
		if n == 2 || c.Kind != table.Text && c.Kind != table.Number {
			return false
		}
		pair[n] = c
		n++
	}
	if n < 2 || pair[1].Kind != table.Text || isTotalLabel(pair[0].Text) || takeDate(pair[1].Text).shape != shapeNone {
		return false
	}
	if _, number := takeApart(pair[1].Text); number {
		return false
	}
	text := string(pair[0].Text) + " " + string(pair[1].Text)
	if _, _, ok := splitParty(text); !ok {
		return false
	}
	in.group = append(in.group[:0], text...)
	return true
}

// remember keeps the customer's cells of the row for those below it.
func (in *interpreter) remember(r *table.Row) {
	if in.once && in.hasCustomer(r) {
		in.above.number, in.above.name = bytes.Clone(in.text(r, FieldCustomerNumber)), bytes.Clone(in.text(r, FieldCustomerName))
	}
}

func (in *interpreter) hasCustomer(r *table.Row) bool {
	return in.cell(r, FieldCustomerNumber) != nil || in.cell(r, FieldCustomerName) != nil
}

// standsOnce reports whether each customer is written once, in front of or above their first row: most rows have none and
// no customer comes back.
func (in *interpreter) standsOnce() bool {
	if in.u.kind == Customers {
		return false
	}
	for _, f := range []Field{FieldCustomerNumber, FieldCustomerName} {
		if i, ok := in.at[f]; ok {
			c := &in.u.cols[i]
			return c.filled > 0 && 2*c.filled <= in.u.rows && c.repeats == 0
		}
	}
	return false
}

// isTotal recognises a row that adds up others: labelled so, and without what an invoice has.
func (in *interpreter) isTotal(r *table.Row) bool {
	if !labelled(r) {
		return false
	}
	for _, f := range []Field{FieldIssued, FieldDue, FieldPaymentDate} {
		if c := in.cell(r, f); c != nil && !isTotalLabel(c.Text) {
			return false
		}
	}
	number := in.text(r, FieldNumber)
	return number == nil || isTotalLabel(number)
}

// isSubtotal recognises the rows that SAP puts below each account: an icon or the account, and sums.
func (in *interpreter) isSubtotal(r *table.Row) bool {
	if in.cell(r, FieldNumber) != nil || in.cell(r, FieldIssued) != nil || len(r.Cells) == 0 {
		return false
	}
	return accountOf(r) != nil || len(in.u.accounts) > 0 && (r.Cells[0].Kind == table.Empty || bytes.HasPrefix(r.Cells[0].Text, []byte("@")))
}

// continues recognises a further line of the invoice above, whose number, date and customer are not written again. With
// totals in the file it adds nothing.
func (in *interpreter) continues(r *table.Row) bool {
	if in.u.kind != Invoices || in.last == 0 || r.Number != in.last+1 || in.cell(r, FieldTotal) != nil || in.cell(r, FieldOpen) != nil {
		return false
	}
	for _, f := range []Field{FieldNumber, FieldIssued, FieldDue, FieldCustomerNumber, FieldCustomerName} {
		if in.cell(r, f) != nil {
			return false
		}
	}
	if _, totals := in.at[FieldTotal]; !totals || in.cell(r, FieldLineAmount) == nil && in.cell(r, FieldUnitPrice) == nil && in.cell(r, FieldQuantity) == nil {
		return false
	}
	in.last = r.Number
	in.notes.add(noteFolded, r.Number, "")
	return true
}

// isNote recognises rows that hold nothing of a record.
func (in *interpreter) isNote(r *table.Row) bool {
	for _, f := range []Field{FieldNumber, FieldIssued, FieldDue, FieldTotal, FieldOpen, FieldDebit, FieldCredit, FieldPaymentDate,
		FieldPaymentAmount, FieldLineAmount, FieldQuantity, FieldPaid} {
		if in.cell(r, f) != nil {
			return false
		}
	}
	return in.u.kind != Customers || in.cell(r, FieldCustomerNumber) == nil && in.cell(r, FieldCustomerName) == nil && in.cell(r, FieldEmail) == nil
}

// unnamed reports whether the row has neither number nor date: a total, where the amounts agree.
func (in *interpreter) unnamed(r *table.Row) bool {
	for _, f := range []Field{FieldNumber, FieldIssued, FieldDue} {
		if in.cell(r, f) != nil {
			return false
		}
	}
	return true
}

// grouped reports whether customers stand in rows of their own, above or below: no column names them in most rows.
func (in *interpreter) grouped() bool {
	for _, f := range []Field{FieldCustomerNumber, FieldCustomerName} {
		if i, ok := in.at[f]; ok && 5*in.u.cols[i].filled > in.u.rows {
			return false
		}
	}
	return true
}
