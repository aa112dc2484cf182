package ledger

import (
	"cmp"
	"slices"
	"sort"

	"github.com/voldaan/voldaan/backend/civil"
)

// index answers an account's questions without walking all of its records. Numbers are positions in the account's
// slices.
type index struct {
	documents   map[DocumentID]int
	receipts    map[ReceiptID]int
	reversals   map[AllocationID]int // allocation taken back -> the one that did
	allocations map[AllocationID]int // made by allocation, the first time somebody asks

	onDocument [][]int // per document: allocations on it, or from it for a credit note
	ofReceipt  [][]int // per receipt: allocations of its money

	settled  []curve // per document: sum of onDocument
	gone     []curve // per receipt: allocated and returned
	returned []curve // per receipt: returned

	size [4]int // lengths of the slices when it was built
}

// curve is a running sum by date: one point per date on which it changes, in order.
type curve []point

type point struct {
	on  civil.Date
	sum int64
}

type step struct {
	on    civil.Date
	delta int64
}

// newCurve sums steps by date. Steps of one date count together: the ledger knows no order within a day.
func newCurve(steps []step) curve {
	if len(steps) == 0 {
		return nil
	}
	if len(steps) > 1 {
		slices.SortStableFunc(steps, func(x, y step) int { return cmp.Compare(x.on, y.on) })
	}
	c := make(curve, 0, len(steps))
	var sum int64
	for _, s := range steps {
		sum += s.delta
		if n := len(c); n > 0 && c[n-1].on == s.on {
			c[n-1].sum = sum
			continue
		}
		c = append(c, point{s.on, sum})
	}
	return c
}

// at is the sum at the end of the day.
func (c curve) at(d civil.Date) int64 {
	i := sort.Search(len(c), func(i int) bool { return c[i].on > d })
	if i == 0 {
		return 0
	}
	return c[i-1].sum
}

// peak is the highest sum on the day or any later one.
func (c curve) peak(from civil.Date) int64 {
	high := c.at(from)
	for i := len(c) - 1; i >= 0 && c[i].on > from; i-- {
		high = max(high, c[i].sum)
	}
	return high
}

// last is the sum after everything.
func (c curve) last() int64 {
	if len(c) == 0 {
		return 0
	}
	return c[len(c)-1].sum
}

// outside is the first point whose sum is not within 0 … limit.
func (c curve) outside(limit int64) (point, bool) {
	for _, p := range c {
		if p.sum < 0 || p.sum > limit {
			return p, true
		}
	}
	return point{}, false
}

func (a *Account) index() *index {
	size := [4]int{len(a.Documents), len(a.Receipts), len(a.Returns), len(a.Allocations)}
	if a.ix == nil || a.ix.size != size {
		a.ix = a.build()
		a.ix.size = size
	}
	return a.ix
}

func (a *Account) build() *index {
	ix := &index{
		documents:  make(map[DocumentID]int, len(a.Documents)),
		receipts:   make(map[ReceiptID]int, len(a.Receipts)),
		reversals:  map[AllocationID]int{},
		onDocument: make([][]int, len(a.Documents)),
		ofReceipt:  make([][]int, len(a.Receipts)),
		settled:    make([]curve, len(a.Documents)),
		gone:       make([]curve, len(a.Receipts)),
		returned:   make([]curve, len(a.Receipts)),
	}
	for i := range a.Documents {
		ix.documents[a.Documents[i].ID] = i
	}
	for i := range a.Receipts {
		ix.receipts[a.Receipts[i].ID] = i
	}
	for i := range a.Allocations {
		ix.place(i, &a.Allocations[i])
	}
	back := make([][]step, len(a.Receipts))
	for i := range a.Returns {
		r := &a.Returns[i]
		if n, ok := ix.receipts[r.Receipt]; ok {
			back[n] = append(back[n], step{r.Date, r.signed()})
		}
	}
	for i := range a.Documents {
		ix.settled[i] = newCurve(a.steps(ix.onDocument[i]))
	}
	for i := range a.Receipts {
		ix.returned[i] = newCurve(slices.Clone(back[i]))
		ix.gone[i] = newCurve(append(a.steps(ix.ofReceipt[i]), back[i]...))
	}
	return ix
}

func (ix *index) place(i int, al *Allocation) {
	if !al.Reverses.IsZero() {
		ix.reversals[al.Reverses] = i
	}
	if n, ok := ix.documents[al.Document]; ok {
		ix.onDocument[n] = append(ix.onDocument[n], i)
	}
	src := al.source()
	if n, ok := ix.documents[src.Credit]; ok {
		ix.onDocument[n] = append(ix.onDocument[n], i)
	}
	if n, ok := ix.receipts[src.Receipt]; ok {
		ix.ofReceipt[n] = append(ix.ofReceipt[n], i)
	}
}

// allocation is where an allocation stands.
func (a *Account) allocation(id AllocationID) (int, bool) {
	ix := a.index()
	if ix.allocations == nil {
		ix.allocations = make(map[AllocationID]int, len(a.Allocations))
		for i := range a.Allocations {
			ix.allocations[a.Allocations[i].ID] = i
		}
	}
	i, ok := ix.allocations[id]
	return i, ok
}

func (a *Account) steps(at []int) []step {
	out := make([]step, len(at))
	for i, n := range at {
		out[i] = step{a.Allocations[n].Effective, a.Allocations[n].signed()}
	}
	return out
}
