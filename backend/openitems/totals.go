package openitems

import (
	"cmp"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Total is a sum over items or customers in one currency.
type Total struct {
	ledger.Balance
	Count int // open debit documents
	Late  int // the overdue ones among them
}

// sums are a balance in minor units with what goes with it.
type sums struct {
	gross, overdue, unapplied int64
	count, late               int32
	oldest                    civil.Date // due date of the oldest open debit document
	seen                      bool       // there has been something in this currency
}

func (s *sums) add(k kind, left int64, due, asOf civil.Date) {
	s.seen = true
	if !k.debit() {
		s.unapplied += left
		return
	}
	s.gross += left
	if left == 0 {
		return
	}
	s.count++
	if s.oldest == 0 || due < s.oldest {
		s.oldest = due
	}
	if due < asOf {
		s.overdue += left
		s.late++
	}
}

func (s *sums) balance(c money.Currency) ledger.Balance {
	return ledger.Balance{Currency: c, Gross: money.Of(s.gross, c), Overdue: money.Of(s.overdue, c),
		Unapplied: money.Of(s.unapplied, c), Net: money.Of(s.gross-s.unapplied, c)}
}

func (s *sums) total(c money.Currency) Total {
	return Total{Balance: s.balance(c), Count: int(s.count), Late: int(s.late)}
}

// Balances are the firm's balances on a date, one per currency, in order of currency. Receipts whose payer is unknown
// are in none of them: see Unidentified.
func (c *Columns) Balances(id ledger.FirmID, asOf civil.Date) ([]Total, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(id)
	if err != nil {
		return nil, err
	}
	list := make([]sums, len(f.currencies))
	used := f.usedOn(asOf)
	agenda := f.agendaOn(asOf, used)
	for i := range f.ids {
		if f.owner[i] != nobody && f.from[i] <= asOf && f.voidOn[i] > asOf {
			list[f.money[i]].add(f.kinds[i], f.total[i]-used[i], agenda.due[i], asOf)
		}
	}
	for i := range agenda.parts {
		list[f.money[i]].overdue -= agenda.later(i, asOf)
	}
	return totals(f, list), nil
}

// totals are the currencies that occur, in order.
func totals(f *firm, list []sums) []Total {
	var out []Total
	for i := range list {
		if list[i].seen {
			out = append(out, list[i].total(f.currencies[i]))
		}
	}
	slices.SortFunc(out, func(x, y Total) int { return cmp.Compare(x.Currency, y.Currency) })
	return out
}

// Unidentified is what is left on a date of receipts whose payer is unknown, per currency.
func (c *Columns) Unidentified(id ledger.FirmID, asOf civil.Date) ([]money.Amount, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(id)
	if err != nil {
		return nil, err
	}
	list := make([]int64, len(f.currencies))
	used := f.usedOn(asOf)
	for i := range f.ids {
		if f.owner[i] == nobody {
			list[f.money[i]] += f.left(i, used, asOf)
		}
	}
	var out []money.Amount
	for i, sum := range list {
		if sum != 0 {
			out = append(out, money.Of(sum, f.currencies[i]))
		}
	}
	slices.SortFunc(out, func(x, y money.Amount) int { return cmp.Compare(x.Currency, y.Currency) })
	return out, nil
}

// CustomerAging is one customer's line of an aging report.
type CustomerAging struct {
	Customer     ledger.CustomerID
	Number, Name string
	Aging        ledger.Aging
	Oldest       civil.Date // due date of the oldest open debit document
	Count, Late  int        // open debit documents, overdue ones
}

// AgingReport is a firm's aging in one currency. Customers are those with a balance, by number.
type AgingReport struct {
	Aging     ledger.Aging
	Counts    []int // open debit documents per bucket
	Customers []CustomerAging
}

// Aging is the firm's aging on a date, one per currency, in order of currency; byCustomer adds a line per customer.
func (c *Columns) Aging(id ledger.FirmID, asOf civil.Date, o ledger.AgingOptions, byCustomer bool) ([]AgingReport, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.firm(id)
	if err != nil {
		return nil, err
	}
	if o.Bounds != nil {
		if err := o.Bounds.Check(); err != nil {
			return nil, err
		}
	}
	t := newAgingTable(f, o, byCustomer)
	t.fill(asOf)
	return t.reports(), nil
}

// agingTable is a dense table: row × currency × bucket. A row is a customer, or the only row is the firm.
type agingTable struct {
	f      *firm
	o      ledger.AgingOptions
	bounds ledger.Bounds
	rows   int

	byCustomer bool

	width   int     // buckets
	buckets []int64 // (row × currencies + currency) × width + bucket
	sums    []sums  // row × currencies + currency
	counts  []int   // currency × width + bucket
}

func newAgingTable(f *firm, o ledger.AgingOptions, byCustomer bool) *agingTable {
	t := &agingTable{f: f, o: o, bounds: o.Bounds, rows: 1, byCustomer: byCustomer}
	if byCustomer {
		t.rows = len(f.customers)
	}
	if t.bounds == nil {
		t.bounds = ledger.DefaultBounds(o.Basis)
	}
	t.width = len(t.bounds) + 1
	cells := t.rows * len(f.currencies)
	t.buckets, t.sums = make([]int64, cells*t.width), make([]sums, cells)
	t.counts = make([]int, len(f.currencies)*t.width)
	return t
}

func (t *agingTable) fill(asOf civil.Date) {
	f := t.f
	// Local slices of one length spare the loop its bounds checks; it runs over a million items.
	n := len(f.ids)
	used := f.usedOn(asOf)
	agenda := f.agendaOn(asOf, used)
	total, used, from, due, base := f.total[:n], used[:n], f.from[:n], agenda.due[:n], agenda.due[:n]
	owner, voidOn, kinds, currency := f.owner[:n], f.voidOn[:n], f.kinds[:n], f.money[:n]
	if t.o.Basis == ledger.ByInvoiceDate {
		base = from
	}
	bucket := newBucketTable(t.bounds)
	for i := range n {
		if owner[i] == nobody || from[i] > asOf || voidOn[i] <= asOf {
			continue
		}
		cell := t.cell(i)
		left := total[i] - used[i]
		t.sums[cell].add(kinds[i], left, due[i], asOf)
		if left == 0 {
			continue
		}
		if kinds[i].debit() {
			b := bucket.of(int(asOf - base[i]))
			t.buckets[cell*t.width+b] += left
			t.counts[int(currency[i])*t.width+b]++
		} else if t.o.AgeCredits {
			t.buckets[cell*t.width+bucket.of(int(asOf-from[i]))] -= left
		}
	}
	// What stands in a plan was counted whole by its first instalment; its later ones go where they belong.
	for i, parts := range agenda.parts {
		cell := t.cell(int(i))
		t.sums[cell].overdue -= agenda.later(i, asOf)
		for _, x := range parts[1:] {
			if t.o.Basis == ledger.ByDueDate {
				t.buckets[cell*t.width+bucket.of(int(asOf-due[i]))] -= x.Amount
				t.buckets[cell*t.width+bucket.of(int(asOf-x.Due))] += x.Amount
			}
		}
	}
}

// cell is where an item's row and currency stand in sums.
func (t *agingTable) cell(i int) int {
	if t.byCustomer {
		return int(t.f.owner[i])*len(t.f.currencies) + int(t.f.money[i])
	}
	return int(t.f.money[i])
}

// bucketTable is ledger.Bounds.Bucket as a table by days: a million ages take no unpredictable branches.
type bucketTable struct {
	first int // days at index 0
	table []uint8
}

// maxTable bounds the table at more days than there are between the first and the last date that books accept.
const maxTable = 100_000

func newBucketTable(b ledger.Bounds) bucketTable {
	first, last := b[0], b[len(b)-1]
	t := bucketTable{first: first, table: make([]uint8, min(last-first, maxTable)+2)}
	for i := range t.table {
		t.table[i] = uint8(b.Bucket(first + i))
	}
	return t
}

func (t *bucketTable) of(days int) int {
	return int(t.table[min(max(days-t.first, 0), len(t.table)-1)])
}

func (t *agingTable) reports() []AgingReport {
	var out []AgingReport
	n := len(t.f.currencies)
	for m, currency := range t.f.currencies {
		var all sums
		sum := make([]int64, t.width)
		r := AgingReport{Counts: t.counts[m*t.width : (m+1)*t.width]}
		for row := range t.rows {
			cell := row*n + m
			s := &t.sums[cell]
			if !s.seen {
				continue
			}
			all.seen = true
			all.gross, all.overdue, all.unapplied = all.gross+s.gross, all.overdue+s.overdue, all.unapplied+s.unapplied
			cells := t.buckets[cell*t.width : (cell+1)*t.width]
			for i, v := range cells {
				sum[i] += v
			}
			if t.byCustomer && (s.gross != 0 || s.unapplied != 0) {
				cu := &t.f.customers[row]
				r.Customers = append(r.Customers, CustomerAging{Customer: cu.id, Number: cu.shown, Name: cu.title,
					Aging: aging(s, cells, currency), Oldest: s.oldest, Count: int(s.count), Late: int(s.late)})
			}
		}
		if all.seen {
			r.Aging = aging(&all, sum, currency)
			slices.SortFunc(r.Customers, func(x, y CustomerAging) int { return cmp.Compare(x.Number, y.Number) })
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y AgingReport) int { return cmp.Compare(x.Aging.Currency, y.Aging.Currency) })
	return out
}

func aging(s *sums, cells []int64, c money.Currency) ledger.Aging {
	a := ledger.Aging{Balance: s.balance(c), Buckets: make([]money.Amount, len(cells))}
	for i, v := range cells {
		a.Buckets[i] = money.Of(v, c)
	}
	return a
}
