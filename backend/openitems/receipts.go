package openitems

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// ReceiptQuery asks for payments. Zero fields do not filter.
type ReceiptQuery struct {
	Firm     ledger.FirmID
	AsOf     civil.Date
	Customer ledger.CustomerID
	Text     string // part of payer, reference or the provider's reference, or as in DocumentQuery for the customer
	Status   string // all, unidentified (payer unknown), unapplied (something left), applied (nothing left), returned
	Method   ledger.Method
	Currency money.Currency
	From, To civil.Date
	Page     // sorts by date, amount, unapplied, customer; "-date" by itself
}

// Receipt is a row: the payment with what is left of it and what went back by the query's date.
type Receipt struct {
	ledger.Receipt
	Left, Returned               money.Amount
	CustomerNumber, CustomerName string // empty while unidentified
}

// ReceiptTotal is a sum of payments in one currency.
type ReceiptTotal struct {
	Amount, Left money.Amount
	Count        int
}

// ReceiptList is one page of a list, with the length and the totals of all of it.
type ReceiptList struct {
	Rows   []Receipt
	Next   string
	Count  int
	Totals []ReceiptTotal
}

// Receipts is one page of the firm's payments. Those of after the query's date are not on it, nor those that had
// been taken back by then.
func (c *Columns) Receipts(ctx context.Context, q ReceiptQuery) (ReceiptList, error) {
	l, picked, err := c.pickReceipts(q)
	if err != nil {
		return ReceiptList{}, err
	}
	l.Rows, err = readRows(ctx, c.books, picked, func(r *books.Reader, p pickedRow) (Receipt, error) {
		x, err := r.Receipt(ledger.ReceiptID(p.id))
		return Receipt{Receipt: x, Left: money.Of(p.left, x.Amount.Currency), Returned: money.Of(p.back, x.Amount.Currency),
			CustomerNumber: p.number, CustomerName: p.name}, err
	})
	return l, err
}

func (c *Columns) pickReceipts(q ReceiptQuery) (l ReceiptList, rows []pickedRow, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(q.Firm)
	if err != nil {
		return l, nil, err
	}
	used, back := f.usedOn(q.AsOf), f.backSteps.asOf(f.back, q.AsOf)
	keep, err := f.receiptFilter(q, back)
	if err != nil {
		return l, nil, err
	}
	compare, err := f.receiptOrder(q, used)
	if err != nil {
		return l, nil, err
	}
	p, err := f.page(q.Page, compare)
	if err != nil {
		return l, nil, err
	}
	list := make([]ReceiptTotal, len(f.currencies))
	for i := range f.ids {
		if f.kinds[i] != receipt || f.from[i] > q.AsOf || f.voidOn[i] <= q.AsOf {
			continue
		}
		left := f.total[i] - used[i]
		if !keep(i, left) {
			continue
		}
		l.Count++
		t := &list[f.money[i]]
		t.Amount.Minor, t.Left.Minor, t.Count = t.Amount.Minor+f.total[i], t.Left.Minor+left, t.Count+1
		p.offer(int32(i))
	}
	l.Totals = receiptTotals(f, list)
	got, more := p.take()
	for _, i := range got {
		row := pickedRow{id: f.ids[i], left: f.total[i] - used[i], back: back[i]}
		if f.owner[i] != nobody {
			row.number, row.name = f.customers[f.owner[i]].shown, f.customers[f.owner[i]].title
		}
		rows = append(rows, row)
	}
	if more {
		l.Next = ledger.ReceiptID(rows[len(rows)-1].id).String()
	}
	return l, rows, nil
}

func receiptTotals(f *firm, list []ReceiptTotal) []ReceiptTotal {
	var out []ReceiptTotal
	for i, t := range list {
		if t.Count > 0 {
			t.Amount.Currency, t.Left.Currency = f.currencies[i], f.currencies[i]
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(x, y ReceiptTotal) int { return cmp.Compare(x.Amount.Currency, y.Amount.Currency) })
	return out
}

func (f *firm) receiptFilter(q ReceiptQuery, back []int64) (func(i int, left int64) bool, error) {
	var standing func(i int, left int64) bool
	switch q.Status {
	case "", "all":
		standing = func(int, int64) bool { return true }
	case "unidentified":
		standing = func(i int, _ int64) bool { return f.owner[i] == nobody }
	case "unapplied":
		standing = func(i int, left int64) bool { return left != 0 && f.owner[i] != nobody }
	case "applied":
		standing = func(i int, left int64) bool { return left == 0 && back[i] == 0 }
	case "returned":
		standing = func(i int, _ int64) bool { return back[i] != 0 }
	default:
		return nil, fault.Invalidf("list.status", "%q is not a status of payments", q.Status)
	}
	owner, matches := f.ownerFilter(q.Customer), f.textFilter(q.Text)
	return func(i int, left int64) bool {
		switch {
		case q.Method != "" && f.methods[f.method[i]] != q.Method,
			q.Currency != "" && f.currencies[f.money[i]] != q.Currency,
			!q.From.IsZero() && f.from[i] < q.From,
			!q.To.IsZero() && f.from[i] > q.To:
			return false
		}
		return owner(i) && standing(i, left) && matches(i)
	}, nil
}

func (f *firm) receiptOrder(q ReceiptQuery, used []int64) (func(x, y int32) int, error) {
	field, down := strings.CutPrefix(q.Sort, "-")
	var by func(x, y int32) int
	switch field {
	case "":
		down, by = true, func(x, y int32) int { return cmp.Compare(f.from[x], f.from[y]) }
	case "date":
		by = func(x, y int32) int { return cmp.Compare(f.from[x], f.from[y]) }
	case "amount":
		by = func(x, y int32) int { return cmp.Compare(f.total[x], f.total[y]) }
	case "unapplied":
		by = func(x, y int32) int { return cmp.Compare(f.total[x]-used[x], f.total[y]-used[y]) }
	case "customer":
		by = f.byCustomerName
	default:
		return nil, badSort(field)
	}
	return directed(by, f.byID, down), nil
}
