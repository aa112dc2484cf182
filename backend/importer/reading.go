package importer

import (
	"context"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/money"
)

// reading is how a file is to be read: the sheets, the meaning of their columns and the way they write things. It can
// be walked any number of times with the same result.
type reading struct {
	kind    Kind
	sheets  []*understanding
	formats []formats
	env     surroundings
	folds   bool        // an invoice stands in several rows, one for each line
	single  *oneInvoice // the one document of an electronic invoice, instead of sheets to walk

	verdicts []compact
	special  map[int]verdict // by the index in verdicts
	parties  []*party
	rejects  map[place][]Problem
	gone     []gone // with Options.Snapshot
}

type place struct{ sheet, row int }

// compact is the usual verdict in eight bytes, so that a million rows stay small.
type compact struct {
	outcome uint8
	party   int32 // index in parties, -1 for none
}

const (
	compactNew uint8 = iota
	compactSame
	compactSpecial
	compactRejected
)

// walk yields the records of all sheets in order. r is nil for an invoice that was put together from its lines.
func (rd *reading) walk(ctx context.Context, n *notes, yield func(rec *record, r *table.Row, problems []Problem) error) error {
	if rd.single != nil {
		return yield(rd.single.rec, rd.single.row(), nil)
	}
	for i, u := range rd.sheets {
		in := newInterpreter(u, rd.formats[i], rd.env, i, n)
		if !rd.folds {
			if err := in.each(ctx, yield); err != nil {
				return err
			}
			continue
		}
		if err := rd.fold(ctx, in, n, yield); err != nil {
			return err
		}
	}
	return nil
}

// fold puts the lines of an invoice together: same customer, type and number. Where the file has the total of the
// invoice in every line it is taken once; else the lines are added up. The first line decides about the dates.
func (rd *reading) fold(ctx context.Context, in *interpreter, n *notes, yield func(*record, *table.Row, []Problem) error) error {
	type folded struct {
		record
		summed   bool
		problems []Problem
	}
	var order []*folded
	byKey := map[string]*folded{}
	_, hasTotal := in.at[FieldTotal]
	err := in.each(ctx, func(rec *record, r *table.Row, problems []Problem) error {
		if len(problems) > 0 || len(rec.number) == 0 {
			order = append(order, &folded{record: cloned(rec), problems: slices.Clone(problems)})
			return nil
		}
		summed := !hasTotal || in.cell(r, FieldTotal) == nil
		who := rec.custNumber
		if len(who) == 0 {
			who = rec.custName
		}
		kind := byte(0)
		if rec.kind == rowCredit && !summed {
			kind = 1
		}
		k := string(who) + "\x00" + string(rec.number) + "\x00" + string(kind)
		was, ok := byKey[k]
		if !ok {
			f := &folded{record: cloned(rec), summed: summed}
			byKey[k] = f
			order = append(order, f)
			return nil
		}
		n.add(noteFolded, rec.row, "")
		if was.issued != rec.issued || was.due != rec.due {
			n.add(noteHeaderDiffers, rec.row, "")
		}
		switch {
		case was.currency != rec.currency || was.summed != summed || !summed && was.total != rec.total:
			in.problems = in.problems[:0]
			in.fail(r, FieldTotal, problem("import.duplicate", "The number stands already further up for the same customer, with another total or currency", "each number once per customer", "Correct one of the rows, or remove it"))
			order = append(order, &folded{record: cloned(rec), problems: slices.Clone(in.problems)})
		case summed:
			was.addLine(rec)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range order {
		if f.tooLarge {
			f.problems = append(f.problems, problem("import.amount_size", "The lines of this invoice add up to more than the books accept", "an amount below ten trillion", "Check the amounts").
				with("column", readable(FieldTotal)).at(in.u.sheet.Name(), f.row, readable(FieldTotal), ""))
		}
		if err := yield(&f.record, nil, f.problems); err != nil {
			return err
		}
	}
	return nil
}

// addLine adds a line's amount, which may be negative.
func (r *record) addLine(line *record) {
	t := r.signed() + line.signed()
	r.settled += line.settled
	if r.kind == rowInvoice && t < 0 {
		r.kind = rowCredit
	} else if r.kind == rowCredit && t >= 0 {
		r.kind = rowInvoice
	}
	r.total = max(t, -t)
	r.tooLarge = r.tooLarge || r.total > money.MaxMinor
	r.total = min(r.total, money.MaxMinor)
}

// cloned is a record that lives longer than its row.
func cloned(rec *record) record {
	c := *rec
	for _, b := range []*[]byte{&c.custNumber, &c.custName, &c.email, &c.number, &c.po, &c.reference, &c.description, &c.payer, &c.iban, &c.method, &c.paymentID} {
		*b = slices.Clone(*b)
	}
	return c
}

// fingerprint is what a profile is recognised by: the titles, in order, as plainTitle writes them.
func fingerprint(titles []string) string {
	plain := make([]string, len(titles))
	for i, t := range titles {
		plain[i] = plainTitle(t)
	}
	return strings.TrimRight(strings.Join(plain, "|"), "|")
}
