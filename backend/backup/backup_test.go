package backup

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/store/keys"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

const phrase = "a long enough passphrase"

// office is books in a real data folder.
type office struct {
	Source
	t       testing.TB
	options folder.Options
	clock   *civil.Manual
	firm    ledger.Firm
	who     ledger.Customer
	n       int
}

func open(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, options: folder.Options{Keys: keys.Options{KeyFile: filepath.Join(t.TempDir(), "key")}}, clock: civil.NewManual(time.Date(2026, 6, 30, 10, 0, 0, 0, time.UTC))}
	f, err := folder.Create(ctx, filepath.Join(t.TempDir(), "data"), o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := books.Open(ctx, f.Store, o.clock)
	if err != nil {
		t.Fatal(err)
	}
	o.Source = Source{Folder: f, Books: b, Work: 10}
	if o.firm, err = b.CreateFirm(ctx, journal.Meta{}, ledger.Firm{Name: "De Korenaar", LegalName: "De Korenaar B.V.", Country: "NL", Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	if o.who, err = b.PutCustomer(ctx, journal.Meta{Firm: o.firm.ID}, ledger.Customer{Firm: o.firm.ID, Number: "1001", Name: "Café Zonnebloem"}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := o.invoice(); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *office) invoice() error {
	o.n++
	_, err := o.Books.Post(ctx, journal.Meta{Firm: o.firm.ID}, ledger.Document{Firm: o.firm.ID, Customer: o.who.ID, Number: fmt.Sprintf("2026-%04d", o.n),
		Issued: civil.MustParse("2026-05-01"), Due: civil.MustParse("2026-05-31"), Total: money.Of(int64(1000+o.n), "EUR")})
	return err
}

func (o *office) target(p string) Target {
	return Target{Dir: filepath.Join(o.t.TempDir(), "restored"), Options: o.options, Clock: o.clock, Passphrase: p}
}

// gross is what the customer owes in a restored folder.
func gross(t *testing.T, f *folder.Folder, clock civil.Clock, c ledger.CustomerID) (sum int64, documents int) {
	t.Helper()
	b, err := books.Open(ctx, f.Store, clock)
	if err != nil {
		t.Fatal(err)
	}
	err = b.View(ctx, func(r *books.Reader) error {
		a, err := r.Account(c)
		if err != nil {
			return err
		}
		for _, x := range a.Balances(civil.MustParse("2026-06-30")) {
			sum += x.Gross.Minor
		}
		documents = len(a.Documents)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum, documents
}

func TestBackupAndRestore(t *testing.T) {
	for _, p := range []string{"", phrase} {
		t.Run("passphrase "+p, func(t *testing.T) {
			o := open(t)
			o.Passphrase = p
			r, err := Make(ctx, o.Source, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if !r.Verified || r.Seq == 0 || r.Bytes == 0 || r.Counted.Documents != 20 || !cmp.Equal(r.Stated, r.Counted) || !cmp.Equal(r.Counted.Sums, []Sum{{"EUR", 1, 20*1000 + 210, 0}}) {
				t.Errorf("report %+v", r)
			}
			if err := o.invoice(); err != nil { // not in the backup
				t.Fatal(err)
			}
			f, again, err := Restore(ctx, r.Path, o.target(p))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if !cmp.Equal(again.Stated, r.Stated) || !cmp.Equal(again.Counted, r.Counted) {
				t.Errorf("restored %+v, stated %+v, backed up %+v", again.Counted, again.Stated, r.Counted)
			}
			if again.Seq != r.Seq {
				t.Errorf("restored up to %d of %d", again.Seq, r.Seq)
			}
			if sum, n := gross(t, f, o.clock, o.who.ID); sum != 20*1000+210 || n != 20 {
				t.Errorf("restored %d documents with %d", n, sum)
			}
			if _, err := Make(ctx, o.Source, r.Path); fault.KindOf(err) != fault.Conflict {
				t.Errorf("overwrote: %v", err)
			}
			if _, _, err := Restore(ctx, r.Path, Target{Dir: f.Dir(), Options: o.options, Clock: o.clock, Passphrase: p}); fault.KindOf(err) != fault.Conflict {
				t.Errorf("restored over a folder: %v", err)
			}
			wrong := o.target("another passphrase")
			wrong.Options.Keys = keys.Options{ConfigDir: t.TempDir()}
			if _, _, err := Restore(ctx, r.Path, wrong); fault.KindOf(err) != fault.Denied {
				t.Errorf("wrong key: %v", err)
			}
			if _, err := os.Stat(wrong.Dir); err == nil {
				t.Error("a failed restore left a folder")
			}
			noLeftovers(t, o, filepath.Dir(wrong.Dir), filepath.Dir(r.Path))
		})
	}
}

// noLeftovers looks for work files.
func noLeftovers(t *testing.T, o *office, dirs ...string) {
	t.Helper()
	for _, pattern := range []string{".voldaan-restore-*", "*.part"} {
		for _, dir := range dirs {
			if m, _ := filepath.Glob(filepath.Join(dir, pattern)); len(m) > 0 {
				t.Errorf("left behind: %v", m)
			}
		}
	}
	if m, _ := os.ReadDir(filepath.Join(o.Folder.Dir(), "tmp")); len(m) > 0 {
		t.Errorf("left behind in tmp: %v", m)
	}
}

// TestOtherTotals: a backup whose books are not what it says of itself is not restored, whatever it is that differs.
func TestOtherTotals(t *testing.T) {
	o := open(t)
	o.Passphrase = phrase
	data := filepath.Join(t.TempDir(), "copy")
	honest, err := o.copy(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	for name, lie := range map[string]func(*Totals){
		"":                   func(*Totals) {},
		"a cent":             func(m *Totals) { m.Balances[0].Gross++ },
		"a credit":           func(m *Totals) { m.Balances[0].Unapplied = 100 },
		"a customer":         func(m *Totals) { m.Balances = append(m.Balances, Balance{Customer: "ff", Currency: "EUR"}) },
		"another customer":   func(m *Totals) { m.Balances[0].Customer = "ff" },
		"another currency":   func(m *Totals) { m.Balances[0].Currency = "USD" },
		"a document":         func(m *Totals) { m.Documents-- },
		"a payment":          func(m *Totals) { m.Receipts++ },
		"an entry":           func(m *Totals) { m.Seq++ },
		"a document's owner": func(m *Totals) { m.Balances[0].Documents-- },
	} {
		m := honest
		m.Balances = slices.Clone(honest.Balances)
		lie(&m)
		path := filepath.Join(t.TempDir(), "x"+Ending)
		if err := o.write(ctx, path, data, o.clock.Now(), m); err != nil {
			t.Fatal(err)
		}
		to := o.target(phrase)
		f, _, err := Restore(ctx, path, to)
		if name == "" {
			if err != nil {
				t.Fatalf("an honest backup: %v", err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if fault.KindOf(err) != fault.Integrity || fault.As(err).Code != "backup.totals" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(to.Dir); err == nil {
			t.Errorf("%s: a folder was left", name)
		}
		if name == "a cent" && !strings.Contains(fault.As(err).Message, "EUR: 1 customers, 202.10 open, 0.00 credit") {
			t.Errorf("%s: %s", name, fault.As(err).Message)
		}
	}
}

// TestNewProtection restores under another key than the original's.
func TestNewProtection(t *testing.T) {
	o := open(t)
	o.Passphrase = phrase
	r, err := Make(ctx, o.Source, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	to := o.target(phrase)
	to.Options.Keys = keys.Options{KeyFile: filepath.Join(t.TempDir(), "new key")}
	f, _, err := Restore(ctx, r.Path, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Open(ctx, to.Dir, o.options); fault.KindOf(err) != fault.Denied {
		t.Errorf("the old key opens the new folder: %v", err)
	}
	if f, err = folder.Open(ctx, to.Dir, to.Options); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestDamagedBackup(t *testing.T) {
	o := open(t)
	o.Passphrase = phrase
	r, err := Make(ctx, o.Source, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x"+Ending)
	try := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		to := o.target(phrase)
		f, _, err := Restore(ctx, path, to)
		if err == nil {
			_ = f.Close()
			t.Errorf("%s was restored", name)
			return
		}
		switch fault.KindOf(err) {
		case fault.Invalid, fault.Denied, fault.Integrity:
		default:
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(to.Dir); err == nil {
			t.Errorf("%s: a failed restore left a folder", name)
		}
	}
	for _, n := range []int{0, 5, len(magic), len(magic) + 20, 300, 1000, len(whole) / 2, len(whole) - 1, len(whole) - 16} {
		try(fmt.Sprint("cut to ", n), whole[:n])
	}
	try("something appended", append(bytes.Clone(whole), 0))
	rng := rand.New(rand.NewPCG(1, 2))
	body := bytes.Index(whole, []byte("age-encryption"))
	for range 60 {
		at := body + rng.IntN(len(whole)-body)
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << rng.IntN(8)
		try(fmt.Sprint("bit flipped at ", at), bad)
	}
}

// TestWhileRunning makes backups while somebody writes all the time; each must be whole.
func TestWhileRunning(t *testing.T) {
	o := open(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := o.invoice(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var last uint64
	for i := range 4 {
		r, err := Make(ctx, o.Source, filepath.Join(t.TempDir(), fmt.Sprint(i)))
		if err != nil {
			t.Error(err)
			break
		}
		if r.Seq < last {
			t.Errorf("backup %d stands at %d, before %d", i, r.Seq, last)
		}
		last = r.Seq
	}
	close(stop)
	wg.Wait()
}

func TestCanceled(t *testing.T) {
	o := open(t)
	over, cancel := context.WithCancel(ctx)
	cancel()
	dir := t.TempDir()
	if _, err := Make(over, o.Source, dir); err == nil {
		t.Error("made a backup that nobody wanted any more")
	}
	noLeftovers(t, o, dir)
}

func TestSchedule(t *testing.T) {
	o := open(t)
	s := Schedule{Source: o.Source, Dir: filepath.Join(o.Folder.BackupDir(), "auto"), Every: 24 * time.Hour, Keep: 3, Logger: slog.New(slog.DiscardHandler)}
	made := 0
	for range 20 {
		_, due, err := s.Once(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if due {
			made++
		}
		o.clock.Advance(8 * time.Hour)
	}
	have, err := List(s.Dir)
	if err != nil || made != 7 || len(have) != 3 {
		t.Errorf("made %d, %d stay, %v", made, len(have), err)
	}
	for i := 1; i < len(have); i++ {
		if !have[i].Created.Before(have[i-1].Created) {
			t.Error("not the latest first")
		}
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add([]byte(magic + `{"opens_by":"passphrase"}` + "\nage"))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := readHeader(bufio.NewReaderSize(bytes.NewReader(b), maxHeader)); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Error(err)
		}
	})
}
