package importer_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/importer"
)

func TestDev(t *testing.T) {
	files, _ := filepath.Glob(os.Getenv("DEVFILES"))
	for _, f := range files {
		b := bookstest.Open(t)
		svc := importer.New(b.Books, nil, slog.Default())
		data, _ := os.ReadFile(f)
		p, err := svc.Plan(b.Ctx, importer.Bytes(filepath.Base(f), data), importer.Options{Firm: b.Firm.ID}, nil)
		if err != nil {
			t.Error(f, err)
			continue
		}
		fmt.Println("=====", f, "sheet", p.Sheet, "header", p.HeaderRow, "asof", p.AsOf)
		for _, c := range p.Columns {
			if c.Field != "" {
				fmt.Printf("   %s %q -> %s %.2f (%s%s) %s\n", c.Letter, c.Title, c.Field, c.Confidence, c.DateOrder, c.Decimal, c.Why)
			}
		}
		r := p.Report()
		if len(r.Errors) > 5 {
			r.Errors = r.Errors[:5]
		}
		j, _ := json.MarshalIndent(r, "", " ")
		fmt.Println(string(j))
		if p.OK() {
			rep, err := svc.Apply(b.Ctx, b.Meta(), p, nil)
			fmt.Println("applied", rep.ImportID, err)
			p2, err := svc.Plan(b.Ctx, importer.Bytes(filepath.Base(f), data), importer.Options{Firm: b.Firm.ID}, nil)
			fmt.Println("again", p2.New, p2.Changed, p2.Same, p2.Rejected, err)
		}
	}
}
