package document

import (
	"strconv"

	"github.com/johnfercher/maroto/v2/pkg/components/row"
	"github.com/johnfercher/maroto/v2/pkg/components/text"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Statement is a statement of account. references are the RF references of the whole account by currency; the square for
// paying is shown on a statement of today (or later) with something to pay in euros.
func Statement(f Frame, st ledger.Statement, references map[money.Currency]string) ([]byte, error) {
	f.Customer, f.On = st.Customer, st.AsOf
	s, err := newSheet(f, wordsIn(f.Language, f.Firm.Language).Statement)
	if err != nil {
		return nil, err
	}
	facts := [][2]string{{s.w.AsOf, s.long(st.AsOf)}, {s.w.CustomerNo, st.Customer.Number}}
	if !st.From.IsZero() {
		facts = append(facts, [2]string{s.w.Period, s.short(st.From) + " – " + s.short(st.AsOf)})
	}
	s.head(s.w.Statement, facts)
	if len(st.Sections) == 0 {
		s.say(s.w.NothingOpen, plain(10))
	}
	for i := range st.Sections {
		x := &st.Sections[i]
		if len(st.Sections) > 1 {
			s.section(s.w.InCurrency.with("currency", string(x.Currency)))
		}
		s.sums(x)
		if !st.From.IsZero() {
			s.movements(x.Opening, x.Movements, x.Net)
		}
		s.openItems(x)
		s.aging(x)
		s.credits(x)
		if err := s.payBox(Pay{Amount: x.Due(), Reference: references[x.Currency]}); err != nil {
			return nil, err
		}
	}
	return s.finish()
}

// sums is the first thing to see: what is open, how much of it is late, what is to the customer's credit, the balance.
func (s *sheet) sums(x *ledger.StatementSection) {
	type sum struct {
		word, amount string
		color        *props.Color
	}
	list := []sum{{s.w.Open, s.money(x.Gross), ink}}
	late := muted
	if x.Overdue.Minor > 0 {
		late = overdue
	}
	list = append(list, sum{s.w.Overdue, s.money(x.Overdue), late})
	if x.Unapplied.Minor > 0 {
		list = append(list, sum{s.w.Credit, s.money(x.Unapplied.Neg()), settled})
	}
	list = append(list, sum{s.w.Balance, s.money(x.Net), ink})
	names, amounts := row.New(5), row.New(9)
	for i, l := range list {
		n, a := quiet(8), strong(12)
		a.Color = l.color
		if i == len(list)-1 {
			n, a = right(n), right(a)
		}
		size := grid / len(list)
		names.Add(text.NewCol(size, l.word, n))
		amounts.Add(text.NewCol(size, l.amount, a))
	}
	s.m.AddRows(s.gap(1), names, amounts, s.rule())
}

func (s *sheet) openItems(x *ledger.StatementSection) {
	if len(x.Items) == 0 {
		return
	}
	s.section(s.w.OpenItems)
	columns := []column{{s.w.Number, 5, false}, {s.w.Issued, 3, false}, {s.w.Due, 3, false}, {s.w.State, 5, false}, {s.w.Total, 4, true}, {s.w.Open, 4, true}}
	rows := make([][]cell, len(x.Items))
	for i := range x.Items {
		it := &x.Items[i]
		rows[i] = []cell{c(it.Number), cq(s.short(it.Issued)), cq(s.short(it.Due)), s.standing(it), cq(s.plain(it.Total)), cs(s.plain(it.Open))}
		if it.PO != "" {
			rows[i][0].text += " (" + it.PO + ")"
		}
	}
	s.table(columns, rows)
	s.m.AddRows(s.rule())
	s.total(s.w.Total, s.money(x.Gross), strong)
	if x.Discount.Minor > 0 {
		s.total(s.w.DiscountNow.with("date", s.short(s.On)), s.money(x.Discount.Neg()), plain)
	}
}

func (s *sheet) standing(it *ledger.StatementItem) cell {
	switch {
	case it.Late > 0:
		word := s.w.DaysLate
		if it.Late == 1 {
			word = s.w.DayLate
		}
		return cell{word.with("n", it.Late), func(size float64) props.Text { p := plain(size); p.Color = overdue; return p }}
	case it.Discount.Minor > 0:
		return cell{s.w.Saves.with("amount", s.plain(it.Discount), "date", s.short(it.DiscountEnd)), func(size float64) props.Text { p := plain(size); p.Color = settled; return p }}
	}
	return cq("")
}

func (s *sheet) aging(x *ledger.StatementSection) {
	if x.Gross.Minor == 0 {
		return
	}
	s.section(s.w.Aging)
	heads, amounts := row.New(5), row.New(6)
	for i, b := range x.Buckets {
		size := 5
		if i == len(x.Buckets)-1 {
			size = grid - 5*(len(x.Buckets)-1)
		}
		p := plain(9)
		if b.Minor == 0 {
			p = quiet(9)
		}
		heads.Add(text.NewCol(size, s.w.bucket(i), right(quiet(7.5))))
		amounts.Add(text.NewCol(size, s.plain(b), right(p)))
	}
	s.m.AddRows(heads, s.rule(), amounts)
}

func (s *sheet) credits(x *ledger.StatementSection) {
	if len(x.Credits) == 0 {
		return
	}
	s.section(s.w.Credits)
	rows := make([][]cell, len(x.Credits))
	for i, k := range x.Credits {
		what := s.w.OnAccount
		if k.Number != "" {
			what = s.w.CreditNote + " " + k.Number
		}
		rows[i] = []cell{c(what), cq(s.short(k.On)), cq(s.plain(k.Total)), cs(s.plain(k.Left))}
	}
	s.table([]column{{s.w.What, 12, false}, {s.w.Date, 4, false}, {s.w.Total, 4, true}, {s.w.Left, 4, true}}, rows)
}

// movements is everything that happened in the period, with the balance running.
func (s *sheet) movements(opening money.Amount, list []ledger.Movement, closing money.Amount) {
	s.section(s.w.Movements)
	rows := [][]cell{{cq(""), cq(s.w.Opening), cq(""), cq(""), cs(s.plain(opening))}}
	for i := range list {
		m := &list[i]
		add, off := s.plain(m.Amount), ""
		if m.Amount.Minor < 0 {
			add, off = "", s.plain(m.Amount.Neg())
		}
		rows = append(rows, []cell{cq(s.short(m.On)), c(s.w.movement(m)), c(add), c(off), cq(s.plain(m.Balance))})
	}
	s.table([]column{{s.w.Date, 3, false}, {s.w.What, 9, false}, {s.w.Added, 4, true}, {s.w.Paid, 4, true}, {s.w.Balance, 4, true}}, rows)
	s.m.AddRows(s.rule())
	s.total(s.w.Closing, s.money(closing), strong)
}

// Year is the annual statement: what was invoiced, credited and paid in a calendar year, and every movement behind it. The
// statement is of the year's last day (or of today, in the running year) from its first.
func Year(f Frame, st ledger.Statement) ([]byte, error) {
	f.Customer, f.On = st.Customer, st.AsOf
	w := wordsIn(f.Language, f.Firm.Language)
	title := w.Year + " " + strconv.Itoa(st.AsOf.Year())
	s, err := newSheet(f, title)
	if err != nil {
		return nil, err
	}
	s.head(title, [][2]string{{s.w.Period, s.short(st.From) + " – " + s.short(st.AsOf)}, {s.w.CustomerNo, st.Customer.Number}})
	if len(st.Sections) == 0 {
		s.say(s.w.NothingMoved, plain(10))
	}
	for i := range st.Sections {
		x := &st.Sections[i]
		if len(st.Sections) > 1 {
			s.section(s.w.InCurrency.with("currency", string(x.Currency)))
		}
		s.yearSums(x)
		s.movements(x.Opening, x.Movements, x.Net)
	}
	return s.finish()
}

func (s *sheet) yearSums(x *ledger.StatementSection) {
	zero := money.Of(0, x.Currency)
	sums := map[string]money.Amount{}
	names := []string{s.w.Invoiced, s.w.Credited, s.w.Received, s.w.Returned, s.w.Deducted}
	for _, n := range names {
		sums[n] = zero
	}
	for i := range x.Movements {
		m := &x.Movements[i]
		n := s.w.Deducted
		switch m.Kind {
		case ledger.MoveInvoice, ledger.MoveDebitNote:
			n = s.w.Invoiced
		case ledger.MoveVoid: // takes back whichever it was
			n = s.w.Invoiced
			if m.Amount.Minor > 0 {
				n = s.w.Credited
			}
		case ledger.MoveCreditNote:
			n = s.w.Credited
		case ledger.MoveReceipt:
			n = s.w.Received
		case ledger.MoveRefund, ledger.MoveChargeback, ledger.MoveChargebackUndone:
			n = s.w.Returned
		}
		sums[n] = sums[n].Add(m.Amount)
	}
	put := func(word string, a money.Amount, look func(float64) props.Text) core.Row {
		return row.New(6).Add(text.NewCol(8, word, at(quiet(9), 0.8)), text.NewCol(6, s.money(a), right(at(look(9.5), 0.8))))
	}
	s.m.AddRows(put(s.w.Opening, x.Opening, plain))
	for _, n := range names {
		if n == s.w.Invoiced || n == s.w.Received || !sums[n].IsZero() {
			s.m.AddRows(put(n, sums[n], plain))
		}
	}
	s.m.AddRows(put(s.w.Closing, x.Net, strong))
}

// Names are a statement's words for other forms of it than paper: a spreadsheet, a page.
type Names struct {
	Statement, AsOf, Customer, Number, Issued, Due, DaysLate, PO, Total, Open, Aging, Credits, What, Date, Left, OnAccount string
	Movements, Opening, Closing, Added, Paid, Balance, Gross, Overdue, Credit                                              string
	Buckets                                                                                                                []string
	Movement                                                                                                               func(*ledger.Movement) string
}

// NamesIn are the words in a language.
func NamesIn(langs ...string) Names {
	w := wordsIn(langs...)
	n := Names{w.Statement, w.AsOf, w.CustomerNo, w.Number, w.Issued, w.Due, w.DaysLate.with("n", ""), w.PO, w.Total, w.Open, w.Aging, w.Credits, w.What, w.Date, w.Left, w.OnAccount,
		w.Movements, w.Opening, w.Closing, w.Added, w.Paid, w.Balance, w.Open, w.Overdue, w.Credit, nil, w.movement}
	for i := range ledger.DefaultBounds(ledger.ByDueDate) {
		n.Buckets = append(n.Buckets, w.bucket(i))
	}
	n.Buckets = append(n.Buckets, w.bucket(len(n.Buckets)))
	return n
}
