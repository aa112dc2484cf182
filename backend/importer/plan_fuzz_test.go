package importer_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/voldaan/voldaan/backend/importer"
)

// FuzzPlan: whatever the table, planning ends with a plan whose counts add up, and no amount beyond the ledger's bounds.
func FuzzPlan(f *testing.F) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	d := newDesk(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := d.svc.Plan(d.Ctx, importer.Bytes("x", data), importer.Options{Firm: d.Firm.ID, Partial: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.Refusal != nil {
			if p.Refusal.Code == "" || p.Refusal.Message == "" {
				t.Fatalf("a refusal without words: %+v", p.Refusal)
			}
			return
		}
		if sum := p.New + p.Changed + p.Same + p.Rejected; sum > p.Rows || sum == 0 {
			t.Fatalf("%d rows, but %d outcomes", p.Rows, sum)
		}
		for _, q := range p.Problems {
			if q.Row == 0 || q.Code == "" || q.Message == "" {
				t.Fatalf("a problem without place or words: %+v", q)
			}
		}
	})
}
