package importer

import (
	"context"
	"fmt"
	"math/big"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/money"
)

// each walks the data rows of the sheet. yield gets the record, or the problems for which the row is rejected.
func (in *interpreter) each(ctx context.Context, yield func(rec *record, r *table.Row, problems []Problem) error) error {
	sums := newSums(in)
	in.group = append(in.group[:0], in.u.firstHeading()...)
	return in.u.sheet.Rows(ctx, func(r *table.Row) error {
		if r.Number <= in.u.header || in.u.repeatsHeader(r) || in.heading(r) || in.headingPair(r) {
			return nil
		}
		if in.isTotal(r) {
			sums.check(r)
			return nil
		}
		if in.isSubtotal(r) || in.continues(r) {
			return nil
		}
		in.remember(r)
		if in.isNote(r) {
			if in.once && in.hasCustomer(r) {
				return nil // the customer of the rows below
			}
			if sums.unlabelled(r) {
				return nil
			}
			in.notes.add(noteLeftOut, r.Number, "")
			return nil
		}
		if in.u.kind == Invoices && in.unnamed(r) && sums.unlabelled(r) {
			return nil
		}
		if !in.record(r) {
			return nil
		}
		if r.Hidden {
			in.notes.add(noteHidden, r.Number, "")
		}
		if len(in.problems) == 0 {
			sums.add(r, &in.rec)
		} else {
			sums.rejected = true
		}
		return yield(&in.rec, r, in.problems)
	})
}

// record reads a row into rec. It returns false for a row that is meant to be left out.
func (in *interpreter) record(r *table.Row) bool {
	in.last = r.Number
	in.problems = in.problems[:0]
	in.rec = record{sheet: in.sheet, row: r.Number}
	if in.u.overflows(r) {
		text := string(r.Cells[len(r.Cells)-1].Text)
		in.problems = append(in.problems, problem("import.row_wide", fmt.Sprintf("The row has more cells than the table has titles; the last one is %q", clip(text, 40)), "",
			"A value of this row has the column separator in it, often a decimal comma: put it between quotation marks or export the list with another separator. If the cell is meant, give its column a title").
			with("value", clip(text, 200)).at(in.u.sheet.Name(), r.Number, table.Letter(len(r.Cells)-1), text))
		return true
	}
	switch in.u.kind {
	case Payments:
		in.payment(r)
	case Customers:
		in.customerRow(r)
	default:
		return in.invoice(r)
	}
	return true
}

// missing rejects a row for an empty cell.
func (in *interpreter) missing(r *table.Row, f Field) {
	in.fail(r, f, problem("import.missing", fmt.Sprintf("The %s is missing", readable(f)), "", "Fill the cell, or remove the row").with("field", string(f)))
}

// invoice reads a row of a list of invoices into rec. It returns false for a row that is meant to be left out.
func (in *interpreter) invoice(r *table.Row) bool {
	rec := &in.rec
	if t := in.text(r, FieldType); t != nil {
		rec.kind = in.rowType(t)
	}
	if t := in.text(r, FieldStatus); t != nil {
		if rec.status = in.status(t); rec.status == statusVoid {
			in.notes.add(noteVoid, r.Number, clip(string(t), 40))
			return false
		}
	}
	for _, i := range in.u.states {
		if i < len(r.Cells) && r.Cells[i].Kind == table.Text && in.status(r.Cells[i].Text) == statusVoid {
			in.notes.add(noteVoid, r.Number, clip(string(r.Cells[i].Text), 40))
			return false
		}
	}
	in.who(r)
	rec.number = in.ident(r, FieldNumber)
	rec.po, rec.reference, rec.description = in.ident(r, FieldPO), in.ident(r, FieldReference), in.text(r, FieldDescription)
	in.dates(r)
	in.total(r)
	if len(in.problems) == 0 {
		in.settlement(r)
	}
	if rec.kind == rowCredit && rec.settled > 0 {
		in.notes.add(noteCreditUsed, r.Number, "")
		rec.total, rec.settled = rec.total-rec.settled, 0
		if rec.total == 0 && len(in.problems) == 0 {
			return false // nothing is left of it
		}
	}
	if _, ok := in.at[FieldNumber]; ok && rec.number == nil && rec.kind != rowCredit && rec.kind != rowPayment && len(in.problems) == 0 {
		in.missing(r, FieldNumber)
	}
	if len(rec.number) > 100 {
		in.fail(r, FieldNumber, problem("import.number_long", "The number is longer than 100 characters", "an invoice number", "Check whether the right column was chosen"))
	}
	return true
}

// who finds the customer: the row's own columns, else the heading above the row.
func (in *interpreter) who(r *table.Row) {
	rec := &in.rec
	rec.custNumber = in.ident(r, FieldCustomerNumber)
	rec.custName = in.text(r, FieldCustomerName)
	rec.email = in.text(r, FieldEmail)
	_, byNumber := in.at[FieldCustomerNumber]
	_, byName := in.at[FieldCustomerName]
	if rec.custNumber == nil && rec.custName == nil && in.grouped() {
		switch below := in.u.accountBelow(r.Number); {
		case below != "":
			rec.custNumber = []byte(below)
			return
		case len(in.group) > 0 && !isBucket(string(in.group)):
			number, name, ok := splitParty(string(in.group))
			if rec.custName = []byte(name); ok {
				rec.custNumber = []byte(number)
			}
			return
		}
	}
	if rec.custNumber == nil && rec.custName == nil && in.once && len(in.problems) == 0 {
		if rec.custNumber, rec.custName = in.above.number, in.above.name; rec.custNumber != nil || rec.custName != nil {
			in.notes.add(noteFromAbove, r.Number, "")
		}
	}
	in.splitPair()
	if byNumber && rec.custNumber == nil && !byName && len(in.problems) == 0 {
		in.missing(r, FieldCustomerNumber)
	}
}

// splitPair takes number and name apart where one column holds both.
func (in *interpreter) splitPair() {
	rec := &in.rec
	f, text := FieldCustomerNumber, rec.custNumber
	if text == nil {
		f, text = FieldCustomerName, rec.custName
	}
	i, ok := in.at[f]
	if !ok || text == nil || rec.custNumber != nil && rec.custName != nil || in.u.cols[i].wordShare(in.u.cols[i].pairs) < 0.9 {
		return
	}
	if number, name, ok := splitParty(string(text)); ok {
		rec.custNumber, rec.custName = []byte(number), []byte(name)
	}
}

func (in *interpreter) dates(r *table.Row) {
	rec := &in.rec
	var okIssued, okDue bool
	rec.issued, okIssued = in.date(r, FieldIssued)
	rec.due, okDue = in.date(r, FieldDue)
	if !okIssued || !okDue {
		return
	}
	_, hasIssued := in.at[FieldIssued]
	switch {
	case rec.issued.IsZero() && hasIssued:
		in.missing(r, FieldIssued)
		return
	case rec.issued.IsZero() && rec.due.IsZero():
		in.missing(r, FieldDue)
		return
	case rec.issued.IsZero():
		rec.issued = rec.due
		in.notes.add(noteNoIssued, r.Number, "")
	}
	if rec.issued < civil.Of(1980, 1, 1) {
		in.fail(r, FieldIssued, problem("import.date_range", fmt.Sprintf("%s is too long ago", rec.issued), "a date from 1980 on", "Correct the date"))
	}
	if rec.kind != rowCredit && rec.kind != rowPayment {
		if days, ok := termDays(string(in.text(r, FieldTermDays))); ok && rec.due.IsZero() {
			rec.due = rec.issued.AddDays(days)
			in.notes.add(noteTerm, r.Number, "")
		}
		switch {
		case rec.due.IsZero():
			in.notes.add(noteNoDue, r.Number, "")
		case rec.due < rec.issued.AddDays(-3660) || rec.due > rec.issued.AddDays(3660):
			in.fail(r, FieldDue, problem("import.due_range", fmt.Sprintf("The due date %s is more than ten years from the invoice date %s", rec.due, rec.issued), "", "Correct the date"))
		case rec.due < rec.issued:
			in.notes.add(noteDueBefore, r.Number, "")
		}
	}
}

// total finds the amount of the document and its sign.
func (in *interpreter) total(r *table.Row) {
	rec := &in.rec
	field := FieldTotal
	for _, f := range []Field{FieldTotal, FieldOpen, FieldDebit, FieldCredit, FieldLineAmount, FieldUnitPrice} {
		if in.cell(r, f) != nil {
			field = f
			break
		}
	}
	var ok bool
	if rec.currency, ok = in.currencyFor(r, field); !ok {
		return
	}
	t, ok := in.signedTotal(r, field)
	if !ok {
		return
	}
	if field == FieldTotal && in.bareAmount() && in.cell(r, FieldTax) != nil {
		in.notes.add(noteTaxBeside, r.Number, "")
	}
	if side := in.text(r, FieldSide); side != nil && t > 0 && creditSide(side) {
		t = -t
	}
	if t < 0 && rec.kind != rowPayment {
		rec.kind = rowCredit
	}
	if rec.total = max(t, -t); rec.total > money.MaxMinor {
		in.fail(r, field, amountProblem(in.text(r, field), amountTooLarge, '.', 2))
	}
}

// bareAmount reports whether the title of the totals says "amount" and no more: beside tax that can be either.
func (in *interpreter) bareAmount() bool {
	switch bareTitle(in.u.titles[in.at[FieldTotal]]) {
	case "amount", "bedrag", "betrag", "montant", "invoiceamount", "factuurbedrag", "rechnungsbetrag", "montantfacture":
		return !isWhole(in.u.titles[in.at[FieldTotal]])
	}
	return false
}

func creditSide(t []byte) bool {
	switch plainTitle(string(t)) {
	case "h", "haben", "c", "cr", "credit", "k":
		return true
	}
	return false
}

func (in *interpreter) signedTotal(r *table.Row, field Field) (t int64, ok bool) {
	rec := &in.rec
	switch field {
	case FieldDebit, FieldCredit:
		d, hasD, okD := in.amount(r, FieldDebit, rec.currency)
		c, hasC, okC := in.amount(r, FieldCredit, rec.currency)
		if okD && okC && !hasD && !hasC {
			in.missing(r, FieldDebit)
			return 0, false
		}
		return d - c, okD && okC
	case FieldLineAmount:
		t, present, ok := in.amount(r, FieldLineAmount, rec.currency)
		if ok && !present {
			in.missing(r, FieldLineAmount)
			return 0, false
		}
		return in.plusTax(r, t, ok)
	case FieldUnitPrice:
		return in.lineTotal(r)
	}
	t, present, ok := in.amount(r, field, rec.currency)
	if ok && !present {
		in.missing(r, field)
		return 0, false
	}
	if ok && field == FieldOpen {
		in.notes.add(noteOpenOnly, r.Number, "")
	}
	return t, ok
}

// lineTotal is quantity × price, less a discount in percent, plus the line's tax.
func (in *interpreter) lineTotal(r *table.Row) (int64, bool) {
	exp, _ := in.rec.currency.Exponent()
	const scale = 4
	part := func(f Field) (int64, bool, bool) {
		c := in.cell(r, f)
		if c == nil {
			return 0, false, true
		}
		return in.decimal(r, f, c, scale)
	}
	q, hasQ, ok1 := part(FieldQuantity)
	p, hasP, ok2 := part(FieldUnitPrice)
	d, _, ok3 := part(FieldDiscountPct)
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	if !hasP {
		in.missing(r, FieldUnitPrice)
		return 0, false
	}
	if !hasQ {
		q = 10000
	}
	v := new(big.Rat).SetFrac64(q, 10000)
	v.Mul(v, new(big.Rat).SetFrac64(p, 10000))
	v.Mul(v, new(big.Rat).SetFrac64(1000000-d, 1000000))
	for range exp {
		v.Mul(v, big.NewRat(10, 1))
	}
	if v.Cmp(new(big.Rat).SetInt64(money.MaxMinor)) > 0 || v.Cmp(new(big.Rat).SetInt64(-money.MaxMinor)) < 0 {
		in.fail(r, FieldUnitPrice, amountProblem(in.text(r, FieldUnitPrice), amountTooLarge, '.', exp))
		return 0, false
	}
	return in.plusTax(r, money.Round(v), true)
}

func (in *interpreter) plusTax(r *table.Row, t int64, ok bool) (int64, bool) {
	tax, _, okTax := in.amount(r, FieldTax, in.rec.currency)
	in.notes.add(noteLinesSummed, r.Number, "")
	return t + tax, ok && okTax
}

// settlement finds how much of the total has been paid by the file's account, and when.
func (in *interpreter) settlement(r *table.Row) {
	rec := &in.rec
	if rec.kind == rowPayment {
		if o, present, ok := in.amount(r, FieldOpen, rec.currency); ok && present {
			rec.total = max(o, -o) // only what is not applied yet
		}
		return
	}
	open, hasOpen, ok1 := in.amount(r, FieldOpen, rec.currency)
	paid, hasPaid, ok2 := in.amount(r, FieldPaid, rec.currency)
	on, ok3 := in.date(r, FieldSettledOn)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	_, dated := in.at[FieldSettledOn]
	switch {
	case hasOpen && in.cell(r, FieldTotal) == nil && !on.IsZero():
		rec.settled, rec.hasOpen = rec.total, true // its only amount was open until that day
	case hasOpen:
		in.fromOpen(r, open, paid, hasPaid)
	case hasPaid:
		rec.settled, rec.hasOpen = max(paid, -paid), true
		if rec.settled > rec.total {
			in.fail(r, FieldPaid, problem("import.overpaid", fmt.Sprintf("%s has been paid on an invoice of %s", money.Of(rec.settled, rec.currency), money.Of(rec.total, rec.currency)),
				"at most the total", "Import the excess as a payment, or correct the cell"))
		}
	case dated:
		rec.hasOpen = true
		if !on.IsZero() {
			rec.settled = rec.total
		}
	case rec.status == statusPaid:
		rec.settled, rec.hasOpen = rec.total, true
	case in.cell(r, FieldClearing) != nil:
		in.notes.add(noteClearing, r.Number, "")
	case rec.status == statusOpen:
		rec.hasOpen = true
	}
	in.settledOn(r, on)
}

// fromOpen works out the settled part from the open amount, which must lie between nothing and the total.
func (in *interpreter) fromOpen(r *table.Row, open, paid int64, hasPaid bool) {
	rec := &in.rec
	if rec.kind == rowCredit {
		open = max(open, -open) // some programs show the rest of a credit note negative, some not
	}
	rec.hasOpen = true
	switch {
	case open < 0:
		in.fail(r, FieldOpen, problem("import.open_negative", fmt.Sprintf("The open amount %s of an invoice of %s is negative: more was paid than it was for", money.Of(open, rec.currency), money.Of(rec.total, rec.currency)),
			"an open amount of 0 or more", "Import the excess as a payment on account, or correct the cell"))
		return
	case open > rec.total:
		in.fail(r, FieldOpen, problem("import.open_exceeds", fmt.Sprintf("The open amount %s is more than the total %s", money.Of(open, rec.currency), money.Of(rec.total, rec.currency)),
			"at most the total", "Check whether the right columns were chosen, or correct the cell"))
		return
	}
	rec.settled = rec.total - open
	if hasPaid && max(paid, -paid) != rec.settled {
		in.notes.add(noteContradiction, r.Number, "")
	}
	if rec.status == statusPaid && open == rec.total && open > 0 {
		in.notes.add(noteStatusPaid, r.Number, "")
	}
}

func (in *interpreter) settledOn(r *table.Row, on civil.Date) {
	rec := &in.rec
	if rec.settled == 0 {
		return
	}
	if on.IsZero() {
		on = in.env.asOf
		in.notes.add(noteSettledUndated, r.Number, on.String())
		on = civil.Max(on, rec.issued)
	}
	if on < rec.issued {
		in.notes.add(noteSettledBefore, r.Number, "")
		on = rec.issued
	}
	if on > in.env.today && rec.issued <= in.env.today {
		in.notes.add(noteFutureSettled, r.Number, "")
	}
	rec.settledOn = on
}
