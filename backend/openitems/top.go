package openitems

import "slices"

// top keeps the first n of all rows that it is offered, in the order of less. It sorts once per n rows that could still
// be among them, which is far less than sorting all.
type top struct {
	n       int
	compare func(x, y int32) int
	rows    []int32
	last    int32 // the n-th row so far
	full    bool
}

func (t *top) offer(row int32) {
	if t.full && t.compare(row, t.last) >= 0 {
		return
	}
	t.rows = append(t.rows, row)
	if len(t.rows) >= 2*t.n {
		t.cut()
	}
}

func (t *top) cut() {
	slices.SortFunc(t.rows, t.compare)
	if len(t.rows) >= t.n {
		t.rows = t.rows[:t.n]
		t.last, t.full = t.rows[t.n-1], true
	}
}

// page picks the rows of one page: limit of those that come after the cursor's row (nobody: from the start), less the
// first skip. offer is called for every row that the filter lets through.
type page struct {
	top
	skip   int
	cursor int32
	limit  int
}

// maxPage bounds a page.
const maxPage = 10_000

func newPage(limit, skip int, cursor int32, compare func(x, y int32) int) *page {
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	// One more than asked for tells whether there is a next page.
	return &page{top: top{n: skip + limit + 1, compare: compare}, skip: skip, cursor: cursor, limit: limit}
}

func (p *page) offer(row int32) {
	if p.cursor != nobody && p.compare(row, p.cursor) <= 0 {
		return
	}
	p.top.offer(row)
}

// cutPage is the page's rows, and whether there are more.
func (p *page) take() (rows []int32, more bool) {
	p.cut()
	rows = p.rows[min(p.skip, len(p.rows)):]
	if len(rows) > p.limit {
		return rows[:p.limit], true
	}
	return rows, false
}
