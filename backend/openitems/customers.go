package openitems

import (
	"bytes"
	"cmp"
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// CustomerQuery asks for customers with their balances. Zero fields do not filter.
type CustomerQuery struct {
	Firm     ledger.FirmID
	AsOf     civil.Date
	Text     string // the beginning of the number or of a word of the name
	Number   string // exactly this number
	Filter   string // all, open (something owed), overdue, credit (credit on account)
	State    string // active, blocked, archived; empty: all but archived, unless Text or Number narrows the list
	Currency money.Currency
	Page     // sorts by number, name, city, open, overdue, credit, net, days_late, oldest_due; "number" by itself
}

// Customer is a row: a customer in one currency. One who has never had a document has a row of zeros in the firm's
// currency.
type Customer struct {
	ledger.Customer
	Balance    ledger.Balance
	OpenCount  int
	LateCount  int
	OldestDue  civil.Date // of the open debit documents; zero when there are none
	Currencies int        // how many rows the customer has
}

// CustomerList is one page of a list, with the length and the totals of all of it.
type CustomerList struct {
	Rows   []Customer
	Next   string
	Count  int
	Totals []Total
}

// standing is a customer's sums, per currency of the firm.
type customerTable struct {
	f    *firm
	n    int    // currencies; there is always the firm's own
	sums []sums // customer × n + currency
}

// Customers is one page of the firm's customers.
func (c *Columns) Customers(ctx context.Context, q CustomerQuery) (CustomerList, error) {
	l, err := c.pickCustomers(q)
	if err != nil {
		return CustomerList{}, err
	}
	err = c.books.View(ctx, func(r *books.Reader) error {
		for i := range l.Rows {
			x, err := r.Customer(l.Rows[i].ID)
			if err != nil {
				return err
			}
			l.Rows[i].Customer = x
		}
		return nil
	})
	return l, err
}

func (c *Columns) pickCustomers(q CustomerQuery) (l CustomerList, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(q.Firm)
	if err != nil {
		return l, err
	}
	t := f.customerTable(q.AsOf)
	keep, err := t.filter(q)
	if err != nil {
		return l, err
	}
	compare, err := t.order(q.Sort)
	if err != nil {
		return l, err
	}
	cursor, err := t.cursor(q.Cursor)
	if err != nil {
		return l, err
	}
	p := newPage(q.Limit, q.Skip, cursor, compare)
	list := make([]sums, t.n)
	for cell := range t.sums {
		s := &t.sums[cell]
		if !s.seen || !keep(cell, s) {
			continue
		}
		l.Count++
		all := &list[cell%t.n]
		all.seen = true
		all.gross, all.overdue, all.unapplied = all.gross+s.gross, all.overdue+s.overdue, all.unapplied+s.unapplied
		all.count, all.late = all.count+s.count, all.late+s.late
		p.offer(int32(cell))
	}
	l.Totals = totals(f, list)
	got, more := p.take()
	for _, cell := range got {
		l.Rows = append(l.Rows, t.row(cell))
	}
	if more {
		l.Next = t.cursorOf(got[len(got)-1])
	}
	return l, nil
}

// customerTable adds up all items by customer and currency.
func (f *firm) customerTable(asOf civil.Date) *customerTable {
	t := &customerTable{f: f, n: len(f.currencies)}
	t.sums = make([]sums, len(f.customers)*t.n)
	used := f.usedOn(asOf)
	agenda := f.agendaOn(asOf, used)
	for i := range f.ids {
		if f.owner[i] != nobody && f.from[i] <= asOf && f.voidOn[i] > asOf {
			t.sums[int(f.owner[i])*t.n+int(f.money[i])].add(f.kinds[i], f.total[i]-used[i], agenda.due[i], asOf)
		}
	}
	for i := range agenda.parts {
		t.sums[int(f.owner[i])*t.n+int(f.money[i])].overdue -= agenda.later(i, asOf)
	}
	own := 0
	for i, c := range f.currencies {
		if c == f.currency {
			own = i
		}
	}
	for at := range f.customers {
		if cells := t.sums[at*t.n : (at+1)*t.n]; t.rows(cells) == 0 {
			cells[own].seen = true
		}
	}
	return t
}

func (t *customerTable) rows(cells []sums) (n int) {
	for i := range cells {
		if cells[i].seen {
			n++
		}
	}
	return n
}

func (t *customerTable) row(cell int32) Customer {
	s := &t.sums[cell]
	at := int(cell) / t.n
	return Customer{Customer: ledger.Customer{ID: t.f.customers[at].id}, Balance: s.balance(t.f.currencies[int(cell)%t.n]),
		OpenCount: int(s.count), LateCount: int(s.late), OldestDue: s.oldest, Currencies: t.rows(t.sums[at*t.n : (at+1)*t.n])}
}

// cursorOf names a row: the customer's id and the currency.
func (t *customerTable) cursorOf(cell int32) string {
	return t.f.customers[int(cell)/t.n].id.String() + "." + string(t.f.currencies[int(cell)%t.n])
}

func (t *customerTable) cursor(s string) (int32, error) {
	if s == "" {
		return nobody, nil
	}
	id, currency, _ := strings.Cut(s, ".")
	c, err := parse[ledger.CustomerID](id)
	at, ok := t.f.customerAt[c]
	if err != nil || !ok {
		return 0, badCursor()
	}
	for i, x := range t.f.currencies {
		if string(x) == currency {
			return at*int32(t.n) + int32(i), nil
		}
	}
	return 0, badCursor()
}

func (t *customerTable) filter(q CustomerQuery) (func(cell int, s *sums) bool, error) {
	state := -1
	switch q.State {
	case "":
	case "active":
		state = int(ledger.CustomerActive)
	case "blocked":
		state = int(ledger.CustomerBlocked)
	case "archived":
		state = int(ledger.CustomerArchived)
	default:
		return nil, fault.Invalidf("list.state", "%q is not a state of customers", q.State)
	}
	amount := func(*sums) bool { return true }
	switch q.Filter {
	case "", "all":
	case "open":
		amount = func(s *sums) bool { return s.gross != 0 }
	case "overdue":
		amount = func(s *sums) bool { return s.overdue != 0 }
	case "credit":
		amount = func(s *sums) bool { return s.unapplied != 0 }
	default:
		return nil, fault.Invalidf("list.filter", "%q is not a filter of customers", q.Filter)
	}
	text := fold(strings.TrimSpace(q.Text))
	return func(cell int, s *sums) bool {
		c := &t.f.customers[cell/t.n]
		switch {
		case q.Number != "" && c.shown != q.Number,
			q.Currency != "" && t.f.currencies[cell%t.n] != q.Currency,
			state >= 0 && int(c.state) != state,
			state < 0 && c.state == ledger.CustomerArchived && text == "" && q.Number == "" && s.gross == 0 && s.unapplied == 0:
			return false
		}
		return amount(s) && (text == "" || c.matches(text))
	}, nil
}

func (t *customerTable) order(sort string) (func(x, y int32) int, error) {
	field, down := strings.CutPrefix(sort, "-")
	of := func(cell int32) *customer { return &t.f.customers[int(cell)/t.n] }
	var by func(x, y int32) int
	switch field {
	case "", "number":
		by = func(x, y int32) int { return strings.Compare(of(x).number, of(y).number) }
	case "name":
		by = func(x, y int32) int { return strings.Compare(of(x).name, of(y).name) }
	case "city":
		by = func(x, y int32) int { return strings.Compare(of(x).city, of(y).city) }
	case "open":
		by = func(x, y int32) int { return cmp.Compare(t.sums[x].gross, t.sums[y].gross) }
	case "overdue":
		by = func(x, y int32) int { return cmp.Compare(t.sums[x].overdue, t.sums[y].overdue) }
	case "credit":
		by = func(x, y int32) int { return cmp.Compare(t.sums[x].unapplied, t.sums[y].unapplied) }
	case "net":
		by = func(x, y int32) int {
			return cmp.Compare(t.sums[x].gross-t.sums[x].unapplied, t.sums[y].gross-t.sums[y].unapplied)
		}
	case "oldest_due":
		by = func(x, y int32) int { return cmp.Compare(due(&t.sums[x]), due(&t.sums[y])) }
	case "days_late":
		by = func(x, y int32) int { return cmp.Compare(due(&t.sums[y]), due(&t.sums[x])) }
	default:
		return nil, badSort(field)
	}
	tie := func(x, y int32) int {
		a, b := of(x), of(y)
		return cmp.Or(strings.Compare(a.number, b.number), bytes.Compare(a.id[:], b.id[:]),
			cmp.Compare(t.f.currencies[int(x)%t.n], t.f.currencies[int(y)%t.n]))
	}
	return directed(by, tie, down), nil
}

// due is the oldest due date, with nothing open after everything.
func due(s *sums) civil.Date {
	if s.oldest == 0 {
		return never
	}
	return s.oldest
}
