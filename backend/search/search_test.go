package search_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/search"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// running is an Index with its follower.
type running struct {
	*search.Index
	t    testing.TB
	b    *bookstest.Books
	stop context.CancelFunc
	done chan error
}

func start(t testing.TB, b *bookstest.Books, keys search.Keys, dir string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Index: search.New(search.Options{Books: b.Books, Keys: keys, Dir: dir}), t: t, b: b, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- r.Run(ctx); close(r.done) }()
	return r
}

func (r *running) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Error(err)
	}
}

// caughtUp waits until the index knows the whole journal.
func (r *running) caughtUp() {
	r.t.Helper()
	for range 2000 {
		indexed, head, err := r.Progress(context.Background())
		if err != nil {
			r.t.Fatal(err)
		}
		if indexed == head {
			return
		}
		select {
		case err := <-r.done:
			r.t.Fatalf("the follower ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	r.t.Fatal("the index does not catch up")
}

func (r *running) titles(firm ledger.FirmID, q string) []string {
	r.t.Helper()
	hits, err := r.Search(context.Background(), firm, q, 10)
	if err != nil {
		r.t.Fatal(err)
	}
	out := []string{}
	for _, h := range hits {
		out = append(out, h.Type+" "+h.Title)
	}
	return out
}

func newKeys(t testing.TB) *sealed.Keys {
	t.Helper()
	k, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func put(t testing.TB, b *bookstest.Books, c ledger.Customer) ledger.Customer {
	t.Helper()
	out, err := b.PutCustomer(b.Ctx, journal.Meta{Firm: c.Firm}, c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func post(t testing.TB, b *bookstest.Books, c ledger.Customer, number, po, ref string, kind ledger.DocumentType) ledger.Document {
	t.Helper()
	d, err := b.Post(b.Ctx, journal.Meta{Firm: c.Firm}, ledger.Document{Firm: c.Firm, Customer: c.ID, Type: kind, Number: number,
		PO: po, Reference: ref, Issued: civil.MustParse("2026-05-01"), Due: civil.MustParse("2026-05-31"), Total: money.Of(121000, "EUR")})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sample(t testing.TB, b *bookstest.Books) (jansen ledger.Customer) {
	t.Helper()
	jansen = put(t, b, ledger.Customer{Firm: b.Firm.ID, Number: "00042", Name: "Bakkerij Jansen & Zn.", Address: ledger.Address{City: "Utrecht"}})
	cafe := put(t, b, ledger.Customer{Firm: b.Firm.ID, Number: "D-1007", Name: "Café 't Hoekje", Email: "kas@hoekje.example"})
	if _, err := b.PutContact(b.Ctx, journal.Meta{Firm: b.Firm.ID}, ledger.Contact{Firm: b.Firm.ID, Name: "Anneke de Wit", Email: "anneke@jansen.example",
		Access: []ledger.Access{{Customer: jansen.ID}}}); err != nil {
		t.Fatal(err)
	}
	post(t, b, jansen, "2026-0117", "PO-88123", "RF18 5390 0754 7034", ledger.Invoice)
	post(t, b, jansen, "2026-0118", "", "", ledger.Invoice)
	post(t, b, cafe, "42", "", "", ledger.CreditNote)
	if _, err := b.Receive(b.Ctx, journal.Meta{Firm: b.Firm.ID}, ledger.Receipt{Firm: b.Firm.ID, Customer: cafe.ID, Date: civil.MustParse("2026-06-01"),
		Amount: money.Of(5000, "EUR"), Payer: "Stichting Zonneschijn", Reference: "betaling juni", Provider: "mollie", ProviderRef: "tr_7UhSN1zuXS"}, nil); err != nil {
		t.Fatal(err)
	}
	return jansen
}

func TestSearch(t *testing.T) {
	b := bookstest.Open(t)
	first := sample(t, b)
	other, err := b.CreateFirm(b.Ctx, journal.Meta{}, ledger.Firm{Name: "Ander", LegalName: "Ander B.V.", Country: "NL", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	put(t, b, ledger.Customer{Firm: other.ID, Number: "00042", Name: "Bakkerij van de Buren"})
	x := start(t, b, newKeys(t), t.TempDir())
	defer x.end()
	x.caughtUp()
	jansen, hoekje, anneke := "customer Bakkerij Jansen & Zn.", "customer Café 't Hoekje", "contact Anneke de Wit"
	i117, i118, credit, payment := "invoice 2026-0117", "invoice 2026-0118", "credit_note 42", "payment betaling juni"
	for q, want := range map[string][]string{
		"ba":                      {jansen},
		"bakk jans":               {jansen},
		"JANSEN":                  {jansen, anneke},
		"utre":                    {jansen},
		"cafe":                    {hoekje},
		"Café":                    {hoekje},
		"hoek":                    {hoekje},
		"42":                      {jansen, credit},
		"00042":                   {jansen, credit},
		"d1007":                   {hoekje},
		"d-1007":                  {hoekje},
		"anneke":                  {anneke},
		"anneke@jansen":           {anneke},
		"2026-01":                 {i118, i117},
		"20260117":                {i117},
		"0117":                    {i117},
		"88123":                   {i117},
		"po-88":                   {i117},
		"RF18 5390":               {i117},
		"zonneschijn":             {payment},
		"tr_7UhSN1zuXS":           {payment},
		"bakkerij van":            {},
		"zzz":                     {},
		"":                        {},
		"x":                       {},
		"%' OR 1=1; --":           {},
		strings.Repeat("a ", 500): {},
	} {
		if d := cmp.Diff(want, x.titles(b.Firm.ID, q)); d != "" {
			t.Errorf("%q (-want +got)\n%s", q, d)
		}
	}
	if d := cmp.Diff([]string{"customer Bakkerij van de Buren"}, x.titles(other.ID, "bakkerij")); d != "" {
		t.Errorf("other firm: %s", d)
	}
	first.Name = "Brood & Meer"
	c := put(t, b, first)
	x.caughtUp()
	if d := cmp.Diff([]string{"customer " + c.Name}, x.titles(b.Firm.ID, "brood")); d != "" {
		t.Errorf("renamed: %s", d)
	}
	if got := x.titles(b.Firm.ID, "bakkerij"); len(got) != 0 {
		t.Errorf("the old name still finds %v", got)
	}
}

func TestExactNumbersWithoutIndex(t *testing.T) {
	b := bookstest.Open(t)
	sample(t, b)
	x := &running{Index: search.New(search.Options{Books: b.Books, Keys: newKeys(t), Dir: t.TempDir()}), t: t, b: b}
	for q, want := range map[string]string{"2026-0117": "invoice 2026-0117", "00042": "customer Bakkerij Jansen & Zn.", "anneke@jansen.example": "contact Anneke de Wit"} {
		if got := x.titles(b.Firm.ID, q); len(got) != 1 || got[0] != want {
			t.Errorf("%q found %v", q, got)
		}
	}
}

// TestDisposable opens an index again, and then after every kind of harm: it always finds what it should, and never
// stops the program.
func TestDisposable(t *testing.T) {
	b := bookstest.Open(t)
	sample(t, b)
	keys, dir := newKeys(t), t.TempDir()
	generations := map[string]bool{}
	check := func(name string, anew ...bool) {
		t.Helper()
		x := start(t, b, keys, dir)
		x.caughtUp()
		if got := x.titles(b.Firm.ID, "hoek"); len(got) != 1 {
			t.Errorf("%s: found %v", name, got)
		}
		x.end()
		id := generation(t, dir)
		if len(anew) > 0 && generations[id] == anew[0] {
			t.Errorf("%s: built anew: %v, want %v", name, !generations[id], anew[0])
		}
		generations[id] = true
	}
	check("first", true)
	check("opened again", false)
	post(t, b, put(t, b, ledger.Customer{Firm: b.Firm.ID, Number: "77", Name: "Later"}), "1", "", "", ledger.Invoice)
	check("after more entries", false)
	files := func(suffix string) (out []string) {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
			if !d.IsDir() && strings.HasSuffix(path, suffix) {
				out = append(out, path)
			}
			return nil
		})
		if len(out) == 0 {
			t.Fatalf("no %s files", suffix)
		}
		return out
	}
	for _, suffix := range []string{".zap", "root.bolt", "index_meta.json"} {
		for harm, do := range map[string]func([]byte) []byte{
			"truncated":   func(b []byte) []byte { return b[:len(b)/2] },
			"emptied":     func([]byte) []byte { return nil },
			"zeroed":      func(b []byte) []byte { return make([]byte, len(b)) },
			"bit flipped": func(b []byte) []byte { b[len(b)/3] ^= 4; return b },
		} {
			path := files(suffix)[0]
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, do(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if suffix == "root.bolt" && harm != "zeroed" && harm != "emptied" {
				check(suffix + " " + harm) // may hit a free page, where it does no harm
			} else {
				check(suffix+" "+harm, true)
			}
		}
		if err := os.Remove(files(suffix)[0]); err != nil {
			t.Fatal(err)
		}
		check(suffix + " removed") // Bleve may fall back to an older state of the index
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	check("folder removed", true)
	if err := os.WriteFile(filepath.Join(dir, "opening"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check("opening it ended the process", true)
	keys = newKeys(t)
	check("another key", true)
}

func generation(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("index folder: %v, %v", entries, err)
	}
	return entries[0].Name()
}

// TestNothingReadable looks for what the index knows in its files.
func TestNothingReadable(t *testing.T) {
	b := bookstest.Open(t)
	sample(t, b)
	for i := range 300 {
		put(t, b, ledger.Customer{Firm: b.Firm.ID, Number: fmt.Sprint(5000 + i), Name: fmt.Sprintf("Klant Zonnebloem %d", i), Email: "klant@zonnebloem.example"})
	}
	dir := t.TempDir()
	x := start(t, b, newKeys(t), dir)
	x.caughtUp()
	x.end()
	size := 0
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		size += len(content)
		for _, canary := range []string{"jansen", "zonnebl", "hoekje", "anneke", "20260117", "2026-0117", "88123", "5390", "betaling", "7uhsn"} {
			if bytes.Contains(bytes.ToLower(content), []byte(canary)) {
				t.Errorf("%s holds %q", filepath.Base(path), canary)
			}
		}
		return nil
	})
	if size == 0 {
		t.Error("there were no files to look at")
	}
}
