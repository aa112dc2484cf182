package document

import (
	"strconv"
	"strings"

	"github.com/johnfercher/maroto/v2/pkg/components/row"
	"github.com/johnfercher/maroto/v2/pkg/components/text"
	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Copy is an invoice, credit note or debit note as the books have it. The original was made by another program: ours says
// on top that it is a copy.
type Copy struct {
	Document ledger.Document
	Open     money.Amount // on the frame's date
	Corrects string       // the number of a credit note's invoice
	Discount money.Amount // that paying on the frame's date still earns
	Pay      Pay
}

// Invoice is the copy of an invoice, credit note or debit note.
func Invoice(f Frame, x Copy) ([]byte, error) {
	d, w := x.Document, wordsIn(f.Language, f.Firm.Language)
	title := [...]string{w.Invoice, w.CreditNote, w.DebitNote}[d.Type] + " " + d.Number
	s, err := newSheet(f, title+" ("+w.Copy+")")
	if err != nil {
		return nil, err
	}
	facts := [][2]string{{s.w.Issued, s.long(d.Issued)}, {s.w.CustomerNo, f.Customer.Number}}
	if d.Type.Debit() {
		facts = append(facts, [2]string{s.w.Due, s.long(d.Due)})
	}
	for _, v := range [][2]string{{s.w.PO, d.PO}, {s.w.YourReference, d.Reference}, {s.w.Corrects, x.Corrects}} {
		if v[1] != "" {
			facts = append(facts, [2]string{v[0], clip(v[1], width/3, 9)})
		}
	}
	s.head(title, facts)
	mark := quiet(9)
	mark.Style = fontstyle.Bold
	s.m.AddRows(row.New(8).Add(text.NewCol(grid, strings.ToUpper(s.w.Copy)+"  ·  "+s.w.CopyWhy, mark)))
	if d.State == ledger.Void {
		p := strong(10)
		p.Color = overdue
		s.say(s.w.Void, p)
	}
	if d.Description != "" {
		s.say(d.Description, plain(9.5))
	}
	s.amounts(x)
	if d.Type.Debit() && d.State != ledger.Void {
		if err := s.payBox(x.Pay); err != nil {
			return nil, err
		}
	}
	return s.finish()
}

func (s *sheet) amounts(x Copy) {
	d := x.Document
	s.m.AddRows(s.gap(3))
	if len(d.Tax) > 0 {
		rows, net := make([][]cell, len(d.Tax)), int64(0)
		for i, t := range d.Tax {
			rows[i] = []cell{c(s.w.VAT + " " + s.percent(t.RateMilli)), c(s.plain(money.Of(t.Base, d.Total.Currency))), c(s.plain(money.Of(t.Tax, d.Total.Currency)))}
			net += t.Base
		}
		s.table([]column{{s.w.VAT, 12, false}, {s.w.Net, 6, true}, {s.w.VAT, 6, true}}, rows)
		s.m.AddRows(s.rule())
		s.total(s.w.Net, s.money(money.Of(net, d.Total.Currency)), plain)
	}
	s.total(s.w.Total, s.money(d.Total), strong)
	if x.Open != d.Total {
		s.total(s.w.Settled.with("date", s.short(s.On)), s.money(d.Total.Sub(x.Open).Neg()), plain)
		s.total(s.w.Open, s.money(x.Open), strong)
	}
	if x.Discount.Minor > 0 {
		s.total(s.w.Saves.with("amount", "", "date", s.short(d.Discount.Until.AddDays(d.Discount.GraceDays))), s.money(x.Discount.Neg()), plain)
	}
}

func (s *sheet) percent(milli int64) string {
	n := strings.TrimRight(strings.TrimRight(s.plain(money.Of(milli/10, "EUR")), "0"), ",.")
	return n + " %"
}

// Paid is a receipt with what it settled.
type Paid struct {
	Receipt   ledger.Receipt
	Lines     []PaidLine
	Unapplied money.Amount // stays as credit on account
	Returned  money.Amount // has gone back since
}

// PaidLine is what one document got.
type PaidLine struct {
	Number           string
	Issued           civil.Date
	Amount, Discount money.Amount
}

// Receipt is the confirmation of a payment.
func Receipt(f Frame, x Paid) ([]byte, error) {
	s, err := newSheet(f, wordsIn(f.Language, f.Firm.Language).Receipt)
	if err != nil {
		return nil, err
	}
	r := x.Receipt
	facts := [][2]string{{s.w.Date, s.long(r.Date)}, {s.w.CustomerNo, f.Customer.Number}, {s.w.Method, s.w.method(r.Method)}}
	ref := r.ProviderRef
	if ref == "" {
		ref = r.Reference
	}
	for _, v := range [][2]string{{s.w.Payer, r.Payer}, {s.w.Reference, ref}} {
		if v[1] != "" {
			facts = append(facts, [2]string{v[0], clip(v[1], width/3, 9)})
		}
	}
	s.head(s.w.Receipt, facts)
	big := strong(15)
	big.Color = settled
	s.m.AddRows(row.New(12).Add(text.NewCol(grid, s.w.ReceivedOn.with("amount", s.money(r.Amount), "date", s.long(r.Date)), big)))
	if len(x.Lines) > 0 {
		s.section(s.w.PaidFor)
		rows := make([][]cell, len(x.Lines))
		for i, l := range x.Lines {
			rows[i] = []cell{c(l.Number), cq(s.short(l.Issued)), cq(s.plain(l.Discount)), cs(s.plain(l.Amount))}
		}
		s.table([]column{{s.w.Number, 10, false}, {s.w.Issued, 4, false}, {s.w.Discount, 5, true}, {s.w.Amount, 5, true}}, rows)
		s.m.AddRows(s.rule())
	}
	if x.Unapplied.Minor > 0 {
		s.total(s.w.OnAccount, s.money(x.Unapplied), strong)
	}
	if x.Returned.Minor > 0 {
		s.total(s.w.Returned, s.money(x.Returned.Neg()), func(size float64) props.Text { p := strong(size); p.Color = overdue; return p })
	}
	return s.finish()
}

// FileName is a file's name on any computer: "statement-00012-2026-06-30.pdf".
func FileName(kind string, parts ...string) string {
	name := kind
	for _, p := range parts {
		p = strings.Trim(strings.Map(func(r rune) rune {
			switch {
			case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == '_', r == '-':
				return r
			}
			return '-'
		}, p), ".-")
		if p != "" {
			name += "-" + p
		}
	}
	return name[:min(len(name), 120)] + ".pdf"
}

func itoa(v any) string {
	switch x := v.(type) {
	case int:
		return strconv.Itoa(x)
	case string:
		return x
	}
	return ""
}
