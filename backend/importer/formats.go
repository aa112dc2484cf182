package importer

import (
	"fmt"

	"github.com/voldaan/voldaan/backend/importer/table"
)

// formats is how each column of a sheet writes dates and amounts.
type formats struct {
	order   []DateOrder
	decimal []decimalMark
	serial  []bool // a date column of a workbook whose days lost their format
}

// dateFields and amountFields are the fields that are read as such.
var (
	dateFields   = []Field{FieldIssued, FieldDue, FieldSettledOn, FieldPaymentDate}
	amountFields = []Field{FieldTotal, FieldOpen, FieldPaid, FieldDebit, FieldCredit, FieldPaymentAmount, FieldLineAmount,
		FieldUnitPrice, FieldQuantity, FieldTax, FieldDiscountPct, FieldCreditLimit}
)

// decideFormats looks at whole columns. A column that does not tell follows the other columns of the same file; when
// none tells, the answer is a question (a refusal), never a guess.
func decideFormats(u *understanding, o Options) (formats, *Problem) {
	f := formats{order: make([]DateOrder, len(u.cols)), decimal: make([]decimalMark, len(u.cols)), serial: make([]bool, len(u.cols))}
	if p := f.dates(u, o); p != nil {
		return f, p
	}
	return f, f.amounts(u, o)
}

func (f *formats) dates(u *understanding, o Options) *Problem {
	shared := DateOrder("")
	conflict := false
	for _, field := range dateFields {
		i, ok := u.index[field]
		if !ok {
			continue
		}
		c := &u.cols[i]
		f.serial[i] = c.typed > 0 && c.serials > 0 && c.serials >= c.numbers && c.dates+c.serials >= c.filled*9/10 || c.dayNumbers()
		order, known, mixed := c.order()
		if mixed && o.DateOrder == OrderAuto {
			p := problem("import.date_mixed", fmt.Sprintf("The column %q has dates with the day first (%d) and dates with the month first (%d)", c.title, c.shapes[shapeDMY], c.shapes[shapeMDY]),
				"one order in the whole column", "A program has mixed them up; export the list again, or say which order is meant").with("column", c.title).at(u.sheet.Name(), 0, c.title, "")
			return &p
		}
		if known && order != OrderYMD && c.shapes[shapeDMY]+c.shapes[shapeMDY] > 0 {
			conflict = conflict || shared != "" && shared != order
			shared = order
		}
		f.order[i] = order
	}
	if conflict && o.DateOrder == OrderAuto {
		p := problem("import.date_mixed", "Some columns have dates with the day first, others with the month first", "one order in the whole file",
			"A program has mixed them up; export the list again, or say which order is meant").at(u.sheet.Name(), 0, "", "")
		return &p
	}
	for _, field := range dateFields {
		i, ok := u.index[field]
		if !ok {
			continue
		}
		c := &u.cols[i]
		_, known, _ := c.order()
		switch {
		case o.DateOrder == OrderDMY || o.DateOrder == OrderMDY:
			f.order[i] = o.DateOrder
		case known:
		case shared != "":
			f.order[i] = shared
		default:
			sample := ""
			for _, s := range c.samples {
				if takeDate([]byte(s)).shape == shapeBoth {
					sample = s
					break
				}
			}
			p := problem("import.date_order", fmt.Sprintf("All dates of the column %q read both ways, such as %q: the day first or the month first", c.title, sample),
				"at least one date with a day after the 12th", "Say which comes first, the day or the month").with("column", c.title).with("sample", sample).at(u.sheet.Name(), 0, c.title, sample)
			return &p
		}
	}
	return nil
}

func (f *formats) amounts(u *understanding, o Options) *Problem {
	shared := decimalMark(0)
	for _, field := range amountFields {
		i, ok := u.index[field]
		if !ok {
			continue
		}
		c := &u.cols[i]
		d, known, mixed := c.decimal()
		if mixed && o.Decimal == "" {
			p := problem("import.decimal_mixed", fmt.Sprintf("The column %q has amounts with a decimal comma (%d) and with a decimal point (%d)", c.title, c.marks[marksComma], c.marks[marksDot]),
				"one way of writing in the whole column", "Export the list again, or say which mark is meant").with("column", c.title).at(u.sheet.Name(), 0, c.title, "")
			return &p
		}
		f.decimal[i] = d
		if known && c.marks[marksDot]+c.marks[marksComma] > 0 {
			shared = d
		}
	}
	for _, field := range amountFields {
		i, ok := u.index[field]
		if !ok {
			continue
		}
		c := &u.cols[i]
		_, known, _ := c.decimal()
		switch {
		case o.Decimal != "":
			f.decimal[i] = decimalMark(o.Decimal[0])
		case known && c.marks[marksDot]+c.marks[marksComma] > 0, c.typed == c.filled:
		case known && shared != 0:
			f.decimal[i] = shared
		case known:
		case shared != 0:
			f.decimal[i] = shared
		default:
			sample := ""
			for _, s := range c.samples {
				if w, ok := takeApart([]byte(s)); ok {
					if m := evidence(w.body); m == marksAskDot || m == marksAskComma {
						sample = s
						break
					}
				}
			}
			p := problem("import.decimal", fmt.Sprintf("The amounts of the column %q read both ways, such as %q: thousands or decimals", c.title, sample),
				"at least one amount with cents", "Say whether the comma or the point is the decimal mark").with("column", c.title).with("sample", sample).at(u.sheet.Name(), 0, c.title, sample)
			return &p
		}
	}
	return nil
}

// letterOf is the column's letter and title for messages: "F (Due date)".
func (u *understanding) letterOf(i int) string {
	if i < len(u.titles) && u.titles[i] != "" {
		return u.titles[i]
	}
	return table.Letter(i)
}
