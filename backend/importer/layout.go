package importer

import (
	"bytes"
	"context"
	"errors"
	"sort"
	"strings"

	"github.com/voldaan/voldaan/backend/importer/table"
)

// headerSearch is how many rows may stand above the column titles.
const headerSearch = 60

// topRow is a copy of one of the first rows of a sheet.
type topRow struct {
	number int
	cells  []table.Cell
}

func copyRow(r *table.Row) topRow {
	t := topRow{number: r.Number, cells: make([]table.Cell, len(r.Cells))}
	for i, c := range r.Cells {
		c.Text = bytes.Clone(c.Text)
		t.cells[i] = c
	}
	return t
}

// tabular is one sheet after its survey.
type tabular struct {
	sheet    table.Sheet
	top      []topRow // the first rows
	header   int      // row number of the titles; 0 when there are none
	titles   []string
	plain    [][]byte // titles as bytes, for recognising repetitions
	cols     []column
	rows     int // rows below the titles
	preamble []topRow
	titled   int // columns up to the last one with a title
	repeated int // how often the titles stand again
	accounts []accountRow
}

// accountRow is a row that names the customer's account of the rows above it, as SAP writes below each account.
type accountRow struct {
	row    int
	number string
}

// account finds the account that a row without date names: "Konto 30036349".
func accountOf(r *table.Row) []byte {
	filled := 0
	var found []byte
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Kind == table.Empty {
			continue
		}
		if filled++; filled > 4 || c.Kind == table.Date {
			return nil
		}
		if a := accountIn(c.Text); found == nil && c.Kind == table.Text && a != nil && len(c.Text) < len(a)+12 {
			found = a
		}
	}
	return found
}

// accountBelow is the account of the first account row below a row.
func (t *tabular) accountBelow(row int) string {
	i := sort.Search(len(t.accounts), func(i int) bool { return t.accounts[i].row > row })
	if i == len(t.accounts) {
		return ""
	}
	return t.accounts[i].number
}

var errEnough = errors.New("enough rows")

// surveySheet reads a sheet once: it finds the titles in the first rows and counts what the columns hold below them.
func surveySheet(ctx context.Context, sh table.Sheet, wantHeader int, progress func(int)) (*tabular, error) {
	t := &tabular{sheet: sh}
	err := sh.Rows(ctx, func(r *table.Row) error {
		if len(t.top) == headerSearch || wantHeader > 0 && r.Number > wantHeader {
			return errEnough
		}
		t.top = append(t.top, copyRow(r))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	t.findHeader(wantHeader)
	if t.header == 0 {
		return t, nil
	}
	err = sh.Rows(ctx, func(r *table.Row) error {
		if r.Number <= t.header {
			return nil
		}
		if t.repeatsHeader(r) {
			t.repeated++
			return nil
		}
		if t.rows++; t.rows%5000 == 0 {
			progress(t.rows)
		}
		for len(t.cols) < len(r.Cells) {
			t.cols = append(t.cols, column{})
			t.titles = append(t.titles, "")
			t.plain = append(t.plain, nil)
		}
		if a := accountOf(r); a != nil && len(t.accounts) < 100_000 {
			t.accounts = append(t.accounts, accountRow{r.Number, string(a)})
			return nil
		}
		if lone(r) >= 0 || labelled(r) {
			return nil // a heading, a footnote or a total tells nothing about its column
		}
		for i := range r.Cells {
			if r.Cells[i].Kind != table.Empty {
				t.cols[i].add(&r.Cells[i])
			}
		}
		return nil
	})
	return t, err
}

// overflows reports whether a row of a text file has values beyond the last title. In a workbook these are notes.
func (t *tabular) overflows(r *table.Row) bool {
	return t.sheet.Name() == "" && len(r.Cells) > t.titled && r.Cells[len(r.Cells)-1].Kind != table.Empty
}

// lone is the column of the only filled cell, or -1 when there are more.
func lone(r *table.Row) int {
	at := -1
	for i := range r.Cells {
		if r.Cells[i].Kind == table.Empty {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

// findHeader takes the row whose cells read most like column titles, the first of equals. A row of titles has texts
// that mean different things, and neither dates nor amounts.
func (t *tabular) findHeader(want int) {
	best, at := 0.0, -1
	for i, r := range t.top {
		if want > 0 {
			if r.number == want {
				at = i
			}
			continue
		}
		if s := titleScore(r.cells); s > best+0.01 {
			best, at = s, i
		}
	}
	if at < 0 || want == 0 && best < 1.5 {
		t.preamble = t.top
		return
	}
	r := t.top[at]
	t.header, t.preamble = r.number, t.top[:at]
	t.titles, t.plain, t.cols = make([]string, len(r.cells)), make([][]byte, len(r.cells)), make([]column, len(r.cells))
	for i, c := range r.cells {
		t.titles[i], t.plain[i] = cleanTitle(string(c.Text)), c.Text
		if t.cols[i].title = t.titles[i]; t.titles[i] != "" {
			t.titled = i + 1
		}
	}
}

// cleanTitle drops the star of required columns and line breaks.
func cleanTitle(s string) string {
	s = strings.Join(strings.Fields(strings.TrimPrefix(s, "*")), " ")
	return clip(s, 100)
}

// titleScore is how much a row reads like column titles.
func titleScore(cells []table.Cell) float64 {
	known := map[string]float64{}
	against, filled := 0.0, 0
	for _, c := range cells {
		if c.Kind == table.Empty {
			continue
		}
		filled++
		text := string(c.Text)
		first := text[0]
		year := c.Kind == table.Number && len(text) == 4 // columns are sometimes called 2024, 2025
		if c.Kind != table.Text && !year || len(text) > 80 || (first >= '0' && first <= '9' || first == '-') && !isBucket(text) {
			against++
			continue
		}
		title := cleanTitle(text)
		for _, m := range meanings(title) {
			known[title] = max(known[title], m.weight)
		}
	}
	if filled < 2 {
		return 0
	}
	score := 0.0
	for _, w := range known {
		score += w
	}
	return score - against
}

// repeatsHeader recognises the titles standing again in the middle of the table, on each printed page.
func (t *tabular) repeatsHeader(r *table.Row) bool {
	same, filled := 0, 0
	for i := range t.plain {
		if len(t.plain[i]) == 0 {
			continue
		}
		filled++
		if i < len(r.Cells) && bytes.Equal(t.plain[i], r.Cells[i].Text) {
			same++
		}
	}
	return filled >= 2 && same == filled
}

// firstHeading is the name above the first titles, where titles stand again under every name.
func (t *tabular) firstHeading() []byte {
	if t.repeated == 0 || len(t.preamble) == 0 {
		return nil
	}
	last := t.preamble[len(t.preamble)-1]
	if i := lone(&table.Row{Cells: last.cells}); i >= 0 && last.number == t.header-1 {
		return last.cells[i].Text
	}
	return nil
}

// labelled reports whether the row begins with a word for a total, and which cell says so.
func labelled(r *table.Row) bool {
	seen := 0
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Kind == table.Empty {
			continue
		}
		if c.Kind != table.Text {
			return false
		}
		if isTotalLabel(c.Text) {
			return true
		}
		if seen++; seen == 2 {
			return false
		}
	}
	return false
}

func isTotalLabel(t []byte) bool {
	if len(t) < 3 || len(t) > 120 {
		return false
	}
	switch t[0] | 0x20 {
	case 't', 's', 'g', 'z', 'e', 'r', 'b':
	default:
		return false
	}
	plain := plainTitle(string(t))
	for _, w := range totalWords {
		if strings.HasPrefix(plain, w) {
			return true
		}
	}
	return false
}

// asOf finds the day a report says it was made for in the rows above the titles: "As of Jul 25, 2026", "per 31-12-2026".
func (t *tabular) asOf() (p parts, found bool) {
	for _, r := range t.preamble {
		for i, c := range r.cells {
			text := string(c.Text)
			plain := strings.ToLower(text)
			for _, word := range []string{"as of", "as at", "per ", "peildatum", "stand per", "stand:", "stichtag", "zum ", "au ", "op datum", "situation au", "arrêté au"} {
				_, rest, ok := strings.Cut(plain, word)
				if !ok {
					continue
				}
				rest = strings.Trim(rest, " :")
				if rest == "" && i+1 < len(r.cells) {
					rest = string(r.cells[i+1].Text)
				}
				if d := takeDate([]byte(rest)); d.shape != shapeNone && d.shape != shapeInvalid {
					return d, true
				}
			}
		}
	}
	return parts{}, false
}
