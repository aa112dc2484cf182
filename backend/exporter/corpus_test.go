package exporter

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/importer"
)

// TestHledgerAgreesOnFilesOfOthers imports each file of the corpus that lists invoices, and lets hledger add it up. The
// corpus is not part of this repository.
func TestHledgerAgreesOnFilesOfOthers(t *testing.T) {
	needHledger(t)
	files, err := filepath.Glob("../../../shared/corpus/tables/*")
	if err != nil || len(files) == 0 {
		t.Skip("the corpus is not here: its files were NOT compared with hledger")
	}
	compared := 0
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b := bookstest.Open(t)
			s := importer.New(b.Books, nil, slog.New(slog.DiscardHandler))
			p, err := s.Plan(b.Ctx, importer.Bytes(filepath.Base(path), raw), importer.Options{Firm: b.Firm.ID}, nil)
			if err != nil || !p.OK() {
				return // refused files are the importer's tests
			}
			if _, err := s.Apply(b.Ctx, b.Meta(), p, nil); err != nil {
				t.Fatal(err)
			}
			export(t, b.Books, b.Firm.ID, b.Today()).agree(b.Books, b.Firm.ID, b.Today())
			compared++
		})
	}
	if compared < 8 {
		t.Errorf("only %d files of the corpus could be compared", compared)
	}
}
