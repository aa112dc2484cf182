package importer

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/importer/xlsx"
)

// ErrorsWorkbook writes an xlsx with every rejected row of the plan as it stands in the file and, beside it, its row
// number, the column, what is wrong and how to repair it. Once repaired it can be imported itself. It fails with
// "import.no_rejected" when nothing was rejected.
func (s *Service) ErrorsWorkbook(ctx context.Context, p *Plan, w io.Writer) error {
	if p.reading == nil || p.Rejected == 0 {
		return fault.NotFoundf("import.no_rejected", "No row of this file was rejected.")
	}
	rd := p.reading
	book, err := xlsx.NewRejects([]string{"Voldaan: row", "Voldaan: column", "Voldaan: problem", "Voldaan: how to repair"}, rd.sheets[0].titles)
	if err != nil {
		return err
	}
	for i, u := range rd.sheets {
		err := u.sheet.Rows(ctx, func(r *table.Row) error {
			problems, ok := rd.rejects[place{i, r.Number}]
			if !ok {
				return nil
			}
			return book.Add(r.Cells, reasons(u.sheet.Name(), r.Number, problems, len(rd.sheets) > 1))
		})
		if err != nil {
			return err
		}
	}
	_, err = book.WriteTo(w)
	return err
}

// reasons are the four cells beside a rejected row.
func reasons(sheet string, row int, problems []Problem, several bool) []string {
	at := strconv.Itoa(row)
	if several {
		at = sheet + "!" + at
	}
	out := []string{at, "", "", ""}
	for _, q := range problems {
		found := strings.TrimSpace(strings.TrimSuffix(q.Message, q.Repair+"."))
		for i, s := range []string{q.Column, found, q.Repair} {
			if s == "" {
				continue
			}
			if out[i+1] != "" {
				out[i+1] += "\n"
			}
			out[i+1] += s
		}
	}
	return out
}
