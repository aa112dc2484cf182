package ledger

import (
	"cmp"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// MovementKind says what moved an account's balance.
type MovementKind uint8

// The kinds of movement. MoveVoid takes a voided document off again.
const (
	MoveInvoice MovementKind = iota
	MoveDebitNote
	MoveCreditNote
	MoveVoid
	MoveReceipt
	MoveRefund
	MoveChargeback
	MoveChargebackUndone
	MoveDiscount
	MoveWriteOff
	MoveSmallDifference
	MoveExternal
)

var movementNames = [...]string{"invoice", "debit_note", "credit_note", "void", "receipt", "refund", "chargeback", "chargeback_undone",
	"discount", "write_off", "small_difference", "external"}

// String is the kind in the words of files and the API.
func (k MovementKind) String() string { return movementNames[k] }

// Movement is one change of what a customer owes. Amount is positive when they owe more; Balance is the net balance after
// it. Allocations of receipts and credit notes move nothing: the money counted when it came.
type Movement struct {
	On       civil.Date
	Kind     MovementKind
	Document DocumentID // of a document's own movement, and of what a discount or write-off is on
	Receipt  ReceiptID  // of money that came or went back
	Number   string     // the document's number
	Method   Method     // how a receipt came in
	Undone   bool       // takes an earlier movement of its kind back
	Amount   money.Amount
	Balance  money.Amount
}

// Movements are all movements of the account up to a date, per currency from the oldest on. The last balance of a
// currency is its net balance on that date.
func (a *Account) Movements(asOf civil.Date) []Movement {
	a.index()
	var out []Movement
	for i := range a.Documents {
		out = documentMoves(out, &a.Documents[i])
	}
	for i := range a.Receipts {
		r := &a.Receipts[i]
		out = append(out, Movement{On: r.Date, Kind: MoveReceipt, Receipt: r.ID, Method: r.Method, Amount: r.Amount.Neg()})
	}
	for i := range a.Returns {
		r := &a.Returns[i]
		m := Movement{On: r.Date, Kind: [...]MovementKind{MoveRefund, MoveChargeback}[r.Kind], Receipt: r.Receipt, Amount: r.Amount}
		if !r.Undoes.IsZero() {
			m.Kind, m.Undone, m.Amount = MoveChargebackUndone, true, r.Amount.Neg()
		}
		out = append(out, m)
	}
	for i := range a.Allocations {
		al := &a.Allocations[i]
		if al.Kind == FromReceipt || al.Kind == FromCreditNote {
			continue
		}
		d, _ := a.Document(al.Document)
		out = append(out, Movement{On: al.Effective, Kind: MoveDiscount + MovementKind(al.Kind-FromDiscount), Document: al.Document, Receipt: al.Receipt,
			Number: d.Number, Undone: !al.Reverses.IsZero(), Amount: money.Of(-al.signed(), al.Amount.Currency)})
	}
	out = slices.DeleteFunc(out, func(m Movement) bool { return m.On > asOf })
	slices.SortStableFunc(out, func(x, y Movement) int {
		return cmp.Or(cmp.Compare(x.Amount.Currency, y.Amount.Currency), cmp.Compare(x.On, y.On), cmp.Compare(x.rank(), y.rank()))
	})
	for i := range out {
		out[i].Balance = out[i].Amount
		if i > 0 && out[i-1].Amount.Currency == out[i].Amount.Currency {
			out[i].Balance = out[i].Balance.Add(out[i-1].Balance)
		}
	}
	return out
}

// documentMoves appends what a document did to the balance; one that never counted did nothing.
func documentMoves(out []Movement, d *Document) []Movement {
	if d.State == Void && d.VoidedOn <= d.Issued {
		return out
	}
	m := Movement{On: d.Issued, Kind: [...]MovementKind{MoveInvoice, MoveCreditNote, MoveDebitNote}[d.Type], Document: d.ID, Number: d.Number, Amount: d.Total}
	if !d.Type.Debit() {
		m.Amount = d.Total.Neg()
	}
	out = append(out, m)
	if d.State == Void {
		m.On, m.Kind, m.Undone, m.Amount = d.VoidedOn, MoveVoid, true, m.Amount.Neg()
		out = append(out, m)
	}
	return out
}

// rank orders the movements of one day: what is owed before what is paid.
func (m *Movement) rank() int {
	if m.Kind <= MoveCreditNote {
		return 0
	}
	return 1
}

// StatementItem is an open document on a statement. Late is days past due, 0 when not late.
type StatementItem struct {
	OpenItem
	Late        int
	PO          string
	Discount    money.Amount // that paying on the statement's date would still earn
	DiscountEnd civil.Date   // the last day for it
}

// StatementCredit is something to the customer's credit: a credit note, or what is left of money that came in.
type StatementCredit struct {
	Document    DocumentID
	Receipt     ReceiptID
	Number      string // of the credit note
	On          civil.Date
	Total, Left money.Amount
}

// StatementSection is a statement in one currency. Opening and Movements are empty without a period.
type StatementSection struct {
	Aging
	Opening   money.Amount // net, before the first day of the period
	Movements []Movement
	Items     []StatementItem
	Credits   []StatementCredit
	Discount  money.Amount // of all items, on the date
}

// Due is what settles everything on the statement's date: the net balance less discounts; negative when the customer is
// in credit.
func (s *StatementSection) Due() money.Amount { return s.Net.Sub(s.Discount) }

// Statement is an account as of a date, and its movements from From on when that is set.
type Statement struct {
	Customer   Customer
	From, AsOf civil.Date
	Sections   []StatementSection
}

// StatementOn draws up a statement. Currencies in which nothing is open and, within the period, nothing moved are left out.
func (a *Account) StatementOn(from, asOf civil.Date) Statement {
	s := Statement{Customer: a.Customer, From: from, AsOf: asOf}
	items := a.OpenItems(asOf)
	var moves []Movement
	if !from.IsZero() {
		moves = a.Movements(asOf)
	}
	for _, ag := range a.Aging(asOf, AgingOptions{}) {
		zero := money.Of(0, ag.Currency)
		sec := StatementSection{Aging: ag, Opening: zero, Discount: zero, Credits: a.creditsOn(ag.Currency, asOf)}
		for _, it := range items {
			if it.Total.Currency == ag.Currency {
				sec.add(a, it, asOf)
			}
		}
		for _, m := range moves {
			switch {
			case m.Amount.Currency != ag.Currency:
			case m.On < from:
				sec.Opening = m.Balance
			default:
				sec.Movements = append(sec.Movements, m)
			}
		}
		if len(sec.Items)+len(sec.Credits)+len(sec.Movements) > 0 || !sec.Opening.IsZero() {
			s.Sections = append(s.Sections, sec)
		}
	}
	return s
}

func (s *StatementSection) add(a *Account, it OpenItem, asOf civil.Date) {
	d, _ := a.Document(it.ID)
	x := StatementItem{OpenItem: it, Late: max(0, DaysPastDue(d, asOf)), PO: d.PO, Discount: a.Discount(it.ID, asOf)}
	if x.Discount.Minor > 0 {
		x.DiscountEnd = d.Discount.Until.AddDays(d.Discount.GraceDays)
		s.Discount = s.Discount.Add(x.Discount)
	}
	s.Items = append(s.Items, x)
}

// creditsOn is what is to the customer's credit in a currency on a date, the oldest first.
func (a *Account) creditsOn(c money.Currency, asOf civil.Date) (out []StatementCredit) {
	for i := range a.Documents {
		d := &a.Documents[i]
		if left := a.open(i, asOf); !d.Type.Debit() && d.Total.Currency == c && left.Minor > 0 {
			out = append(out, StatementCredit{Document: d.ID, Number: d.Number, On: d.Issued, Total: d.Total, Left: left})
		}
	}
	for i := range a.Receipts {
		r := &a.Receipts[i]
		if left := a.unapplied(i, asOf); r.Amount.Currency == c && left.Minor > 0 {
			out = append(out, StatementCredit{Receipt: r.ID, On: r.Date, Total: r.Amount, Left: left})
		}
	}
	slices.SortStableFunc(out, func(x, y StatementCredit) int { return cmp.Compare(x.On, y.On) })
	return out
}
