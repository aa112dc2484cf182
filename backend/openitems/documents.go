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

// Page says which rows of a list are wanted.
type Page struct {
	Sort   string // a field of the list, with "-" before it for the other direction; empty: the list's own order
	Limit  int    // 0: 10,000, the most
	Skip   int    // rows to leave out after the cursor: for grids that jump
	Cursor string // Next of the page before; empty: from the start
}

// DocumentQuery asks for invoices, credit notes and debit notes. Zero fields do not filter.
type DocumentQuery struct {
	Firm     ledger.FirmID
	AsOf     civil.Date
	Customer ledger.CustomerID
	// Text is part of the number, PO or reference, or the beginning of a word of the customer's name or number.
	Text string
	// Status is all, open (anything left, overdue included), overdue, due_soon (within seven days), partly_paid, paid,
	// upcoming or void; all leaves void ones out unless Text or Customer narrows the list.
	Status         string
	Type           string // invoice, credit_note, debit_note
	Currency       money.Currency
	DueFrom, DueTo civil.Date
	Page           // sorts by number, customer, issued, due, total, open, days_late; "-issued" by itself
}

// Document is a row: the document with what is left of it on the query's date.
type Document struct {
	ledger.Document
	Open                         money.Amount
	DueOn                        civil.Date // Due or, while it is in a payment plan, the next instalment's
	Status                       ledger.DocStatus
	CustomerNumber, CustomerName string
}

// DocumentList is one page of a list, with the length and the totals of all of it.
type DocumentList struct {
	Rows   []Document
	Next   string // cursor of the next page; empty at the end
	Count  int
	Totals []Total
}

const soon = 7 // days: what is due this week

// Documents is one page of the firm's documents.
func (c *Columns) Documents(ctx context.Context, q DocumentQuery) (DocumentList, error) {
	l, picked, err := c.pickDocuments(q)
	if err != nil {
		return DocumentList{}, err
	}
	l.Rows, err = readRows(ctx, c.books, picked, func(r *books.Reader, p pickedRow) (Document, error) {
		d, err := r.Document(ledger.DocumentID(p.id))
		return Document{Document: d, Open: money.Of(p.left, d.Total.Currency), DueOn: p.due, Status: p.status, CustomerNumber: p.number, CustomerName: p.name}, err
	})
	return l, err
}

// pickedRow is a row of a page before its record is read from the books.
type pickedRow struct {
	id           [16]byte
	left, back   int64
	due          civil.Date
	status       ledger.DocStatus
	number, name string
}

// readRows makes the rows of a page with their records, all of one snapshot.
func readRows[R any](ctx context.Context, b *books.Books, page []pickedRow, row func(*books.Reader, pickedRow) (R, error)) (rows []R, err error) {
	err = b.View(ctx, func(r *books.Reader) error {
		rows = rows[:0]
		for _, p := range page {
			x, err := row(r, p)
			if err != nil {
				return err
			}
			rows = append(rows, x)
		}
		return nil
	})
	return rows, err
}

func (c *Columns) pickDocuments(q DocumentQuery) (l DocumentList, rows []pickedRow, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(q.Firm)
	if err != nil {
		return l, nil, err
	}
	used := f.usedOn(q.AsOf)
	agenda := f.agendaOn(q.AsOf, used)
	keep, err := f.documentFilter(q, agenda.due)
	if err != nil {
		return l, nil, err
	}
	compare, err := f.documentOrder(q, used, agenda.due)
	if err != nil {
		return l, nil, err
	}
	p, err := f.page(q.Page, compare)
	if err != nil {
		return l, nil, err
	}
	list := make([]sums, len(f.currencies))
	for i := range f.ids {
		if f.kinds[i] == receipt {
			continue
		}
		left := f.left(i, used, q.AsOf)
		if !keep(i, left) {
			continue
		}
		l.Count++
		list[f.money[i]].add(f.kinds[i], left, agenda.due[i], q.AsOf)
		if agenda.parts != nil {
			list[f.money[i]].overdue -= agenda.later(int32(i), q.AsOf)
		}
		p.offer(int32(i))
	}
	l.Totals = totals(f, list)
	got, more := p.take()
	for _, i := range got {
		left := f.left(int(i), used, q.AsOf)
		owner := &f.customers[f.owner[i]]
		rows = append(rows, pickedRow{id: f.ids[i], left: left, due: agenda.due[i], status: f.status(int(i), left, agenda.due[i], q.AsOf), number: owner.shown, name: owner.title})
	}
	if more {
		l.Next = ledger.DocumentID(rows[len(rows)-1].id).String()
	}
	return l, rows, nil
}

// page starts a page of the firm's items.
func (f *firm) page(q Page, compare func(x, y int32) int) (*page, error) {
	cursor, err := f.cursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	return newPage(q.Limit, q.Skip, cursor, compare), nil
}

// cursor is the position of the row that a cursor names, or nobody for an empty one.
func (f *firm) cursor(s string) (int32, error) {
	if s == "" {
		return nobody, nil
	}
	var id [16]byte
	if d, err := parse[ledger.DocumentID](s); err == nil {
		id = d
	} else if r, err := parse[ledger.ReceiptID](s); err == nil {
		id = r
	}
	at, ok := f.itemAt[id]
	if !ok {
		return 0, badCursor()
	}
	return at, nil
}

func badCursor() error {
	return fault.Invalidf("list.cursor", "this list has changed too much to go on; start again from the first page")
}

// parse reads an id of any of the ledger's types.
func parse[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](s string) (id T, err error) {
	err = P(&id).UnmarshalText([]byte(s))
	return id, err
}

// documentFilter is whether a document, with so much left of it, is on the list.
func (f *firm) documentFilter(q DocumentQuery, due []civil.Date) (func(i int, left int64) bool, error) {
	standing, err := f.standing(q, due)
	if err != nil {
		return nil, err
	}
	types, ok := map[string]int{"": -1, "all": -1, "invoice": int(ledger.Invoice), "credit_note": int(ledger.CreditNote), "debit_note": int(ledger.DebitNote)}[q.Type]
	if !ok {
		return nil, fault.Invalidf("list.type", "%q is not a type of document", q.Type)
	}
	owner, matches := f.ownerFilter(q.Customer), f.textFilter(q.Text)
	return func(i int, left int64) bool {
		switch {
		case types >= 0 && f.kinds[i] != kind(types),
			q.Currency != "" && f.currencies[f.money[i]] != q.Currency,
			!q.DueFrom.IsZero() && due[i] < q.DueFrom,
			!q.DueTo.IsZero() && due[i] > q.DueTo:
			return false
		}
		return owner(i) && standing(i, left) && matches(i)
	}, nil
}

// ownerFilter lets through what belongs to a customer; everything for the zero id, nothing for an unknown one.
func (f *firm) ownerFilter(id ledger.CustomerID) func(i int) bool {
	if id.IsZero() {
		return func(int) bool { return true }
	}
	at, ok := f.customerAt[id]
	return func(i int) bool { return ok && f.owner[i] == at }
}

// standing is whether a document stands as the query's Status says.
func (f *firm) standing(q DocumentQuery, due []civil.Date) (func(i int, left int64) bool, error) {
	is := func(want ledger.DocStatus) func(int, int64) bool {
		return func(i int, left int64) bool { return f.status(i, left, due[i], q.AsOf) == want }
	}
	switch q.Status {
	case "", "all":
		narrow := q.Text != "" || !q.Customer.IsZero()
		return func(i int, _ int64) bool { return narrow || f.voidOn[i] > q.AsOf }, nil
	case "open":
		return func(_ int, left int64) bool { return left != 0 }, nil
	case "overdue":
		return is(ledger.StatusOverdue), nil
	case "due_soon":
		return func(i int, left int64) bool {
			return left != 0 && f.kinds[i].debit() && due[i] >= q.AsOf && due[i] <= q.AsOf.AddDays(soon)
		}, nil
	case "partly_paid":
		return func(i int, left int64) bool { return left != 0 && left < f.total[i] }, nil
	case "paid":
		return is(ledger.StatusPaid), nil
	case "upcoming":
		return is(ledger.StatusUpcoming), nil
	case "void":
		return is(ledger.StatusVoid), nil
	}
	return nil, fault.Invalidf("list.status", "%q is not a status of documents", q.Status)
}

// textFilter is whether an item has the text in its own words or at the beginning of one of its customer's.
func (f *firm) textFilter(text string) func(i int) bool {
	text = fold(strings.TrimSpace(text))
	if text == "" {
		return func(int) bool { return true }
	}
	needle := []byte(text)
	owners := make([]bool, len(f.customers))
	for i := range f.customers {
		owners[i] = f.customers[i].matches(text)
	}
	return func(i int) bool {
		return f.owner[i] != nobody && owners[f.owner[i]] || bytes.Contains(f.words(i), needle)
	}
}

// matches is whether the number, or a word of the name, begins with a folded text. Several words match in order.
func (c *customer) matches(text string) bool {
	if strings.HasPrefix(c.number, text) || strings.HasPrefix(strings.TrimLeft(c.number, "0"), text) {
		return true
	}
	for at := 0; ; {
		n := strings.Index(c.name[at:], text)
		if n < 0 {
			return false
		}
		if at += n; at == 0 || !letter(c.name[at-1]) {
			return true
		}
		at++
	}
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= 0x80 }

// documentOrder compares two documents by the query's Sort, ties by the order of posting.
func (f *firm) documentOrder(q DocumentQuery, used []int64, due []civil.Date) (func(x, y int32) int, error) {
	field, down := strings.CutPrefix(q.Sort, "-")
	var by func(x, y int32) int
	switch field {
	case "":
		down, by = true, func(x, y int32) int { return cmp.Compare(f.from[x], f.from[y]) }
	case "issued":
		by = func(x, y int32) int { return cmp.Compare(f.from[x], f.from[y]) }
	case "number":
		by = func(x, y int32) int { return strings.Compare(f.number(x), f.number(y)) }
	case "customer":
		by = f.byCustomerName
	case "due":
		by = func(x, y int32) int { return cmp.Compare(due[x], due[y]) }
	case "days_late":
		by = func(x, y int32) int { return cmp.Compare(due[y], due[x]) }
	case "total":
		by = func(x, y int32) int { return cmp.Compare(f.total[x], f.total[y]) }
	case "open":
		by = func(x, y int32) int {
			return cmp.Compare(f.left(int(x), used, q.AsOf), f.left(int(y), used, q.AsOf))
		}
	default:
		return nil, badSort(field)
	}
	return directed(by, f.byID, down), nil
}

func badSort(field string) error {
	return fault.Invalidf("list.sort", "this list cannot be sorted by %q", field)
}

// directed is an order with a tie-break, in one direction or the other.
func directed(by, tie func(x, y int32) int, down bool) func(x, y int32) int {
	if down {
		return func(x, y int32) int { return cmp.Or(by(y, x), tie(y, x)) }
	}
	return func(x, y int32) int { return cmp.Or(by(x, y), tie(x, y)) }
}

func (f *firm) byID(x, y int32) int { return bytes.Compare(f.ids[x][:], f.ids[y][:]) }

// byCustomerName puts unidentified receipts last.
func (f *firm) byCustomerName(x, y int32) int {
	a, b := f.owner[x], f.owner[y]
	switch {
	case a == b:
		return 0
	case a == nobody:
		return 1
	case b == nobody:
		return -1
	}
	return cmp.Or(strings.Compare(f.customers[a].name, f.customers[b].name), strings.Compare(f.customers[a].number, f.customers[b].number))
}
