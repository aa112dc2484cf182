package xlsx

import (
	"errors"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/voldaan/voldaan/backend/importer/table"
)

// Rejects writes the workbook of rejected rows: each row as it was, with what is wrong and how to repair it beside it.
// Every value is written as text, so that numbers keep their zeros and nothing is taken for a formula.
type Rejects struct {
	f   *excelize.File
	sw  *excelize.StreamWriter
	row int
	pad int
	bad int // style of the reasons
}

// NewRejects starts a workbook whose rows have the given titles.
func NewRejects(labels, titles []string) (*Rejects, error) {
	f := excelize.NewFile()
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	r := &Rejects{f: f, sw: sw, pad: len(titles)}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	if r.bad, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "9C0006"}}); err != nil {
		return nil, err
	}
	if err := sw.SetColWidth(1, max(len(titles), 1), 16); err != nil {
		return nil, err
	}
	if err := sw.SetColWidth(len(titles)+1, len(titles)+len(labels), 34); err != nil {
		return nil, err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	var head []any
	for _, t := range append(append([]string{}, titles...), labels...) {
		head = append(head, excelize.Cell{StyleID: bold, Value: t})
	}
	return r, r.write(head)
}

func (r *Rejects) write(cells []any) error {
	r.row++
	at, err := excelize.CoordinatesToCellName(1, r.row)
	if err != nil {
		return err
	}
	return r.sw.SetRow(at, cells)
}

// Add writes a row and its reasons.
func (r *Rejects) Add(cells []table.Cell, reasons []string) error {
	out := make([]any, 0, r.pad+len(reasons))
	for i := range r.pad {
		if i < len(cells) {
			out = append(out, string(cells[i].Text))
		} else {
			out = append(out, nil)
		}
	}
	for _, s := range reasons {
		out = append(out, excelize.Cell{StyleID: r.bad, Value: s})
	}
	return r.write(out)
}

// WriteTo finishes the workbook.
func (r *Rejects) WriteTo(w io.Writer) (int64, error) {
	if err := r.sw.Flush(); err != nil {
		return 0, errors.Join(err, r.f.Close())
	}
	n, err := r.f.WriteTo(w)
	return n, errors.Join(err, r.f.Close())
}
