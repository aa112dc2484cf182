// Package frozen opens data folders as earlier versions left them.
//
// testdata/schema-N is a data folder of schema N, made by
//
//	go test ./tests/frozen -run TestFreeze -freeze
//
// when that schema was current, and never touched again. Every later version must open it, verify it and say the same
// balances.
package frozen

import (
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/store/keys"
)

var freeze = flag.Bool("freeze", false, "write the folder of the current schema, if there is none")

var (
	ctx     = context.Background()
	options = folder.Options{Keys: keys.Options{Passphrase: "een bevroren map"}, Check: nil}
)

// statement is what a folder must always say.
type statement struct {
	Entries  uint64
	Balances []balance
}

type balance struct{ Customer, Currency, Gross, Overdue, Unapplied string }

// asOf is the day of the statement.
var asOf = civil.MustParse("2027-01-01")

func state(t *testing.T, b *books.Books) (s statement) {
	t.Helper()
	err := b.View(ctx, func(r *books.Reader) (err error) {
		s = statement{}
		if s.Entries, err = r.Head(); err != nil {
			return err
		}
		firms, err := r.Firms()
		if err != nil {
			return err
		}
		for _, f := range firms {
			for c, err := range r.Customers(f.ID) {
				if err != nil {
					return err
				}
				a, err := r.Account(c.ID)
				if err != nil {
					return err
				}
				for _, x := range a.Balances(asOf) {
					s.Balances = append(s.Balances, balance{c.Number, string(x.Currency), x.Gross.String(), x.Overdue.String(), x.Unapplied.String()})
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFreeze writes the folder of the current schema: a history with some of everything.
func TestFreeze(t *testing.T) {
	if !*freeze {
		t.Skip("only with -freeze, when the schema has changed")
	}
	f, err := folder.Create(ctx, filepath.Join(t.TempDir(), "data"), options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	clock := civil.NewManual(bookstest.Now)
	b, err := books.Open(ctx, f.Store, clock)
	if err != nil {
		t.Fatal(err)
	}
	firm, err := b.CreateFirm(ctx, journal.Meta{}, ledger.Firm{Name: "Bakkerij De Korenaar", LegalName: "De Korenaar B.V.", Country: "NL", Currency: "EUR", IBAN: "NL91ABNA0417164300"})
	if err != nil {
		t.Fatal(err)
	}
	h := (&bookstest.Books{Books: b, T: t, Ctx: ctx, Clock: clock, Engine: f.Store, Firm: firm}).History(rand.New(rand.NewPCG(1, 1)))
	h.Run(250)
	dir := filepath.Join("testdata", "schema-1")
	if v, err := f.Schema(ctx); v != 1 || err != nil {
		t.Fatalf("schema %d, %v: name the folder after it", v, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatalf("%v: a frozen folder stays as it is", err)
	}
	if err := f.Copy(ctx, filepath.Join(dir, folder.DataFile)); err != nil {
		t.Fatal(err)
	}
	w, err := os.ReadFile(filepath.Join(f.Dir(), keys.FileName))
	if err != nil {
		t.Fatal(err)
	}
	said, err := json.MarshalIndent(state(t, b), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{keys.FileName: w, "statement.json": append(said, '\n')} {
		if err := folder.WriteFile(filepath.Join(dir, name), content); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFrozenFolders(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "schema-*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no frozen folders: %v", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data := t.TempDir()
			for _, name := range []string{keys.FileName, folder.DataFile} {
				content, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(data, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var want statement
			raw, err := os.ReadFile(filepath.Join(dir, "statement.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			f, err := folder.Open(ctx, data, options)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}()
			b, err := books.Open(ctx, f.Store, civil.System())
			if err != nil {
				t.Fatal(err)
			}
			v, err := b.Verify(ctx, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range v.Checks {
				if !c.OK {
					t.Errorf("%s: %s", c.Name, c.Detail)
				}
			}
			if d := cmp.Diff(want, state(t, b)); d != "" {
				t.Errorf("the folder says something else than it did (-want +got)\n%s", d)
			}
		})
	}
}
