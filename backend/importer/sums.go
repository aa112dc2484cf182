package importer

import (
	"fmt"

	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/money"
)

// sums adds up the amount columns, as the file has them, to compare them with its own totals.
type sums struct {
	in       *interpreter
	fields   []Field
	group    [3]int64 // since the last subtotal
	all      [3]int64
	rows     int // since the last subtotal
	currency money.Currency
	mixed    bool
	rejected bool // a row could not be read: nothing to compare with
}

func newSums(in *interpreter) *sums {
	s := &sums{in: in}
	if in.u.kind == Invoices {
		for _, f := range []Field{FieldTotal, FieldOpen, FieldPaid} {
			if _, ok := in.at[f]; ok {
				s.fields = append(s.fields, f)
			}
		}
	}
	return s
}

func (s *sums) add(r *table.Row, rec *record) {
	if s.currency == "" {
		s.currency = rec.currency
	}
	s.mixed = s.mixed || s.currency != rec.currency
	s.rows++
	for i, f := range s.fields {
		if v, _, ok := s.peek(r, f); ok {
			s.group[i] += v
			s.all[i] += v
		}
	}
}

// peek reads an amount without rejecting anything for it.
func (s *sums) peek(r *table.Row, f Field) (v int64, present, ok bool) {
	problems := len(s.in.problems)
	v, present, ok = s.in.amount(r, f, s.currency)
	s.in.problems = s.in.problems[:problems]
	return v, present, ok
}

// check compares a labelled total with the rows above it: those since the last total, or all.
func (s *sums) check(r *table.Row) {
	defer s.close()
	if s.mixed || s.rejected || s.currency == "" {
		return
	}
	for i, f := range s.fields {
		v, present, ok := s.peek(r, f)
		if !ok || !present || v == s.group[i] && s.rows > 0 || v == s.all[i] {
			continue
		}
		label := ""
		for _, c := range r.Cells {
			if c.Kind == table.Text {
				label = clip(string(c.Text), 60)
				break
			}
		}
		column := s.in.u.letterOf(s.in.at[f])
		sum := s.group[i]
		if s.rows == 0 {
			sum = s.all[i]
		}
		p := problem("import.warning.total", fmt.Sprintf("%q says %s, but the rows above it add up to %s", label, money.Of(v, s.currency), money.Of(sum, s.currency)), "",
			"Check whether rows are missing from the file").with("found", money.Of(v, s.currency).String()).with("expected", money.Of(sum, s.currency).String())
		s.in.notes.one(p.at(s.in.u.sheet.Name(), r.Number, column, string(s.in.text(r, f))))
	}
}

func (s *sums) close() {
	if s.rows > 0 {
		s.group, s.rows = [3]int64{}, 0
	}
}

// unlabelled recognises a total without a word: nothing but amounts, and they add up.
func (s *sums) unlabelled(r *table.Row) bool {
	if s.mixed || s.rejected || s.currency == "" || len(s.fields) == 0 {
		return false
	}
	matched := false
	for i, f := range s.fields {
		v, present, ok := s.peek(r, f)
		if !present {
			continue
		}
		if !ok || v != s.group[i] && v != s.all[i] {
			return false
		}
		matched = true
	}
	if matched {
		s.close()
	}
	return matched
}
