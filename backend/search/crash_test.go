package search_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/search"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/store/keys"
)

// victim makes the test binary index a data folder until it is killed.
const victim = "VOLDAAN_SEARCH_VICTIM"

func openFolder(dir string) (*folder.Folder, *books.Books, error) {
	o := folder.Options{Keys: keys.Options{KeyFile: dir + ".key"}}
	open := folder.Open
	if !folder.Exists(dir) {
		open = folder.Create
	}
	f, err := open(context.Background(), dir, o)
	if err != nil {
		return nil, nil, err
	}
	b, err := books.Open(context.Background(), f.Store, civil.NewManual(bookstest.Now))
	return f, b, err
}

// TestKilled kills a process that builds the index, again and again: afterwards everything is found, whatever was on
// disk when it died.
func TestKilled(t *testing.T) {
	ctx := context.Background()
	if dir := os.Getenv(victim); dir != "" {
		f, b, err := openFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("open")
		t.Log(search.New(search.Options{Books: b, Keys: f.Keys, Dir: f.IndexDir()}).Run(ctx))
		return
	}
	const customers = 600
	dir := filepath.Join(t.TempDir(), "data")
	f, b, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	firm, err := b.CreateFirm(ctx, journal.Meta{}, ledger.Firm{Name: "Test", Country: "NL", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range customers {
		if _, err := b.PutCustomer(ctx, journal.Meta{Firm: firm.ID}, ledger.Customer{Firm: firm.ID, Number: fmt.Sprint(10000 + i), Name: fmt.Sprintf("Bakkerij N%04d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), victim+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
			t.Fatalf("the victim said %q, %v", line, err)
		}
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond) //nolint:forbidigo // the moment of death
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
	}
	if f, b, err = openFolder(dir); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	x := start(t, &bookstest.Books{Books: b}, f.Keys, f.IndexDir())
	x.caughtUp()
	for range 100 {
		want := fmt.Sprintf("Bakkerij N%04d", rand.IntN(customers))
		hits, err := x.Search(ctx, firm.ID, want[9:], 5)
		if err != nil || len(hits) == 0 || hits[0].Title != want {
			t.Errorf("%s: %v, %v", want, hits, err)
		}
	}
	x.end()
}
