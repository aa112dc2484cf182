package document

import (
	"strings"
	"unicode/utf8"

	"github.com/johnfercher/maroto/v2/pkg/components/col"
	"github.com/johnfercher/maroto/v2/pkg/components/image"
	"github.com/johnfercher/maroto/v2/pkg/components/line"
	"github.com/johnfercher/maroto/v2/pkg/components/row"
	"github.com/johnfercher/maroto/v2/pkg/components/text"
	"github.com/johnfercher/maroto/v2/pkg/consts/align"
	"github.com/johnfercher/maroto/v2/pkg/consts/breakline"
	"github.com/johnfercher/maroto/v2/pkg/consts/extension"
	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/voldaan/voldaan/backend/ledger/reference"
)

func plain(size float64) props.Text {
	return props.Text{Size: size, Color: ink, BreakLineStrategy: breakline.EmptySpaceStrategy}
}

func quiet(size float64) props.Text { p := plain(size); p.Color = muted; return p }

func strong(size float64) props.Text { p := plain(size); p.Style = fontstyle.Bold; return p }

func right(p props.Text) props.Text { p.Align = align.Right; return p }

func at(p props.Text, top float64) props.Text { p.Top = top; return p }

// foot is at the bottom of every page: who the firm is in law, and the journal's head.
func (s *sheet) foot() error {
	f := s.Firm
	who := strings.Join(append([]string{legalName(f)}, addressOf(f.Address, f.Country)...), "  ·  ")
	var parts []string
	for _, x := range []struct{ word, value string }{{"IBAN", reference.Groups(f.IBAN)}, {"BIC", f.BIC}, {s.w.Chamber, f.ChamberNo}, {s.w.VAT, f.VATID}} {
		if x.value != "" {
			parts = append(parts, x.word+" "+x.value)
		}
	}
	rows := []core.Row{
		line.NewRow(3, props.Line{Color: hair, Thickness: 0.2, SizePercent: 100, OffsetPercent: 50}),
		row.New(3.4).Add(text.NewCol(grid, clip(who, width, 6.5), quiet(6.5))),
		row.New(3.4).Add(text.NewCol(grid, clip(strings.Join(parts, "  ·  "), width, 6.5), quiet(6.5))),
	}
	if s.Witness != "" {
		rows = append(rows, row.New(4).Add(text.NewCol(grid, s.w.Journal+" "+s.Witness+"  ·  "+s.w.JournalWhy, quiet(6.5))))
	}
	return s.m.RegisterFooter(rows...)
}

// head is the top of the first page: the firm's mark and address, then the title, to whom it goes, and the facts.
func (s *sheet) head(title string, facts [][2]string) {
	f := s.Firm
	var mark core.Col
	if logo := picture(f.Brand.Logo); logo != nil {
		mark = image.NewFromBytesCol(12, logo, extension.Png, props.Rect{Percent: 90})
	} else {
		mark = text.NewCol(12, clip(f.Name, width/2, 15), strong(15))
	}
	lines := addressOf(f.Address, f.Country)
	for _, l := range []string{f.Phone, f.Email, f.Website} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	side := col.New(12)
	for i, l := range lines[:min(5, len(lines))] {
		side.Add(text.New(clip(l, width/2, 8), right(at(quiet(8), float64(i)*3.8))))
	}
	s.m.AddRows(row.New(20).Add(mark, side),
		line.NewRow(3, props.Line{Color: rgb(f.Brand.Color), Thickness: 0.9, SizePercent: 100}), s.gap(6))

	to := append([]string{s.Customer.Name}, addressOf(s.Customer.Address, f.Country)...)
	left, rest := col.New(12), col.New(12)
	for i, l := range to[:min(5, len(to))] {
		left.Add(text.New(clip(l, width/2, 10), at(plain(10), float64(i)*4.8)))
	}
	for i, x := range facts {
		rest.Add(text.New(x[0], at(quiet(9), float64(i)*4.8)), text.New(clip(x[1], width/3, 9), right(at(plain(9), float64(i)*4.8))))
	}
	s.m.AddRows(row.New(max(26, float64(len(facts))*4.8+3)).Add(left, rest), row.New(10).Add(text.NewCol(grid, title, strong(17))))
}

func (s *sheet) gap(mm float64) core.Row { return row.New(mm) }

// room begins a new page where so much does not fit on this one.
func (s *sheet) room(mm float64) (turned bool) {
	if s.m.FitlnCurrentPage(mm) {
		return false
	}
	for s.m.FitlnCurrentPage(2) {
		s.m.AddRows(s.gap(2))
	}
	return true
}

// say writes a paragraph.
func (s *sheet) say(text_ string, p props.Text) {
	p.Bottom = 2
	s.m.AddAutoRow(text.NewCol(grid, text_, p))
}

// section is a heading, kept together with the first rows under it.
func (s *sheet) section(title string) {
	s.room(28)
	s.m.AddRows(s.gap(4), row.New(7).Add(text.NewCol(grid, title, strong(11))))
}

// column of a table, so many of the page's grid columns wide.
type column struct {
	title string
	size  int
	right bool
}

// cell of a table.
type cell struct {
	text string
	look func(float64) props.Text
}

func c(text string) cell { return cell{text, plain} }

func cq(text string) cell { return cell{text, quiet} }

func cs(text string) cell { return cell{text, strong} }

const rowHeight = 5.6

// table writes rows under a heading that stands on every page again. What does not fit in a cell is broken into lines.
func (s *sheet) table(columns []column, rows [][]cell) {
	s.tableHead(columns)
	for i, r := range rows {
		if i == maxRows {
			s.say(s.w.MoreRows.with("n", len(rows)-i), quiet(8))
			return
		}
		s.line(columns, r)
	}
}

func (s *sheet) tableHead(columns []column) {
	r := row.New(5)
	for _, col := range columns {
		p := quiet(7.5)
		if col.right {
			p = right(p)
		}
		r.Add(text.NewCol(col.size, col.title, p))
	}
	s.m.AddRows(r, s.rule())
}

func (s *sheet) rule() core.Row {
	return line.NewRow(1.2, props.Line{Color: hair, Thickness: 0.2, SizePercent: 100})
}

func (s *sheet) line(columns []column, cells []cell) {
	lines := 1
	cols := make([]core.Col, len(columns))
	for i, x := range columns {
		p := cells[i].look(8.5)
		p.Top = 0.8
		if x.right {
			p = right(p)
		} else {
			p.Right = 2
		}
		lines = max(lines, fits(cells[i].text, float64(x.size)/grid*width-2, 8.5))
		p.BreakLineStrategy = breakline.DashStrategy
		if strings.Contains(cells[i].text, " ") {
			p.BreakLineStrategy = breakline.EmptySpaceStrategy
		}
		cols[i] = text.NewCol(x.size, cells[i].text, p)
	}
	height := rowHeight + float64(lines-1)*3.8
	if s.room(height + 2) {
		s.tableHead(columns)
	}
	s.m.AddRows(row.New(height).Add(cols...))
}

// total writes a sum under a table.
func (s *sheet) total(word, amount string, look func(float64) props.Text) {
	s.m.AddRows(row.New(6).Add(text.NewCol(grid-6, word, right(at(quiet(8.5), 0.9))), text.NewCol(6, amount, right(at(look(9.5), 0.7)))))
}

// advance is the width of an average letter of Inter, in mm for each point of its size. It is on the wide side.
const advance = 0.205

// fits is how many lines a text needs in a width.
func fits(s string, mm, size float64) int {
	return max(1, int(float64(utf8.RuneCountInString(s))*advance*size/mm+0.999))
}

// clip shortens a text to one line.
func clip(s string, mm, size float64) string {
	s = strings.Join(strings.Fields(s), " ")
	n := int(mm / (advance * size))
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:max(1, n-1)])) + "…"
}

// payBox is how to pay: the square for the bank's app, and beside it the same in words.
func (s *sheet) payBox(p Pay) error {
	t, ok := s.transfer(p)
	if !ok {
		return nil
	}
	payload, err := t.Payload()
	if err != nil {
		return nil //nolint:nilerr // a transfer that no square can hold is paid by hand: the account stands at the foot
	}
	q, err := reference.QR(payload)
	if err != nil {
		return err
	}
	png, err := square(q, 8)
	if err != nil {
		return err
	}
	const high = 38
	s.room(high + 14)
	s.m.AddRows(s.gap(5), row.New(7).Add(text.NewCol(grid, s.w.PayTitle, strong(11))))
	body := col.New(grid - 6)
	top := 2.0
	for _, x := range [][2]string{{s.w.Amount, s.money(t.Amount)}, {s.w.Beneficiary, t.Beneficiary}, {"IBAN", reference.Groups(t.IBAN)},
		{"BIC", t.BIC}, {s.w.Reference, reference.Groups(t.Reference)}} {
		if x[1] == "" {
			continue
		}
		value := at(strong(9), top)
		value.Left = 34
		body.Add(text.New(x[0], at(quiet(9), top)), text.New(clip(x[1], 80, 9), value))
		top += 5
	}
	body.Add(text.New(s.w.PayHint, at(quiet(8), 29)))
	s.m.AddRows(row.New(high).Add(image.NewFromBytesCol(6, png, extension.Png, props.Rect{Percent: 100}), body))
	return nil
}
