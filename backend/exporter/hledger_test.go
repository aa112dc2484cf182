package exporter

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/demo"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store/bolt"
)

// judge is the real hledger, asked about one exported file.
type judge struct {
	t    *testing.T
	file string
}

// export writes the ledger as of a date and lets hledger check it strictly: it balances, and every account and commodity is
// declared.
func export(t *testing.T, b *books.Books, firm ledger.FirmID, asOf civil.Date) judge {
	t.Helper()
	needHledger(t)
	j := judge{t, filepath.Join(t.TempDir(), "ledger.journal")}
	f, err := os.Create(j.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := New(b).Export(t.Context(), firm, "ledger", "hledger", asOf, f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	j.run("check", "--strict")
	return j
}

func needHledger(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("hledger"); err != nil {
		t.Skip("hledger is not installed: the comparison of the ledger with it was NOT made")
	}
}

func (j judge) run(args ...string) string {
	j.t.Helper()
	cmd := exec.CommandContext(j.t.Context(), "hledger", append([]string{"-f", j.file}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		j.t.Fatalf("hledger %v: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// balances are the end balances before a date of the accounts that match, by account and currency.
func (j judge) balances(query string, before civil.Date, more ...string) map[string]money.Amount {
	j.t.Helper()
	args := append([]string{"balance", query, "--flat", "--layout=bare", "-O", "csv", "--no-total", "-e", before.String()}, more...)
	rows, err := csv.NewReader(strings.NewReader(j.run(args...))).ReadAll()
	if err != nil {
		j.t.Fatal(err)
	}
	out := map[string]money.Amount{}
	for _, r := range rows[1:] {
		if r[1] == "" {
			continue // hledger's line for an account whose balances are all zero
		}
		a, err := money.Parse(r[2], money.Currency(r[1]))
		if err != nil {
			j.t.Fatal(err)
		}
		out[r[0]+" "+r[1]] = a
	}
	return out
}

// agree compares every customer's balances, and the aging of those with something open, with hledger's on a date.
func (j judge) agree(b *books.Books, firm ledger.FirmID, asOf civil.Date) {
	j.t.Helper()
	var accounts []*ledger.Account
	err := b.View(context.Background(), func(r *books.Reader) error {
		accounts = nil
		for c, err := range r.Customers(firm) {
			if err != nil {
				return err
			}
			a, err := r.Account(c.ID)
			if err != nil {
				return err
			}
			accounts = append(accounts, a)
		}
		return nil
	})
	if err != nil {
		j.t.Fatal(err)
	}
	theirs := j.balances("^assets:receivable", asOf.AddDays(1))
	compared := 0
	var all [][]ledger.Aging
	for i, a := range accounts {
		number := a.Customer.Number
		for _, bal := range a.Balances(asOf) {
			cur := string(bal.Currency)
			gross, credit := theirs[owed(number)+" "+cur], theirs[creditAccount(number)+" "+cur]
			if gross.Minor != bal.Gross.Minor || -credit.Minor != bal.Unapplied.Minor {
				j.t.Errorf("customer %s in %s on %s: hledger has %d owed and %d credit, we have %s and %s", number, cur, asOf, gross.Minor, -credit.Minor, bal.Gross, bal.Unapplied)
			}
			delete(theirs, owed(number)+" "+cur)
			delete(theirs, creditAccount(number)+" "+cur)
			compared++
		}
		all = append(all, a.Aging(asOf, ledger.AgingOptions{}))
		if i < 5 && len(accounts) < 80 { // hledger reads the file once for each
			j.aging("customer "+number, owed(number), asOf, all[i:])
		}
	}
	j.aging("all customers", receivable+":[^:]*", asOf, all)
	for account, a := range theirs {
		if a.Minor != 0 {
			j.t.Errorf("hledger has %s on %s that we do not know", a, account)
		}
	}
	if compared == 0 {
		j.t.Error("nothing was compared")
	}
}

// aging adds hledger's balances by due date (--pivot due) up into our buckets.
func (j judge) aging(who, account string, asOf civil.Date, accounts [][]ledger.Aging) {
	bounds := ledger.DefaultBounds(ledger.ByDueDate)
	ours := map[string]int64{}
	for _, a := range accounts {
		for _, g := range a {
			for i, n := range g.Buckets {
				ours[fmt.Sprint(g.Currency, " ", bounds.Label(i))] += n.Minor
			}
		}
	}
	if account != receivable+":[^:]*" {
		account = regexp.QuoteMeta(account)
	}
	for key, amount := range j.balances("^"+account+"$", asOf.AddDays(1), "--pivot", "due") {
		due, currency, _ := strings.Cut(key, " ")
		ours[fmt.Sprint(currency, " ", bounds.Label(bounds.Bucket(civil.Days(civil.MustParse(due), asOf))))] -= amount.Minor
	}
	for bucket, difference := range ours {
		if difference != 0 {
			j.t.Errorf("%s on %s, %s: we have %d more than hledger", who, asOf, bucket, difference)
		}
	}
}

func TestHledgerAgreesOnRandomHistories(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			b := bookstest.Open(t)
			h := b.History(rand.New(rand.NewPCG(seed, 42)))
			h.Run(120)
			today := h.Today()
			all := export(t, b.Books, b.Firm.ID, today.AddDays(400))
			for _, days := range []int{0, -20, 45} {
				all.agree(b.Books, b.Firm.ID, today.AddDays(days))
			}
			// A file as of a date needs no end date: it holds nothing later.
			export(t, b.Books, b.Firm.ID, today).agree(b.Books, b.Firm.ID, today)
			if credit := all.balances("^liabilities:unidentified", today.AddDays(400)); len(credit) > 1 {
				t.Errorf("receipts of nobody: %v", credit)
			}
		})
	}
}

// TestHledgerAgreesOnTheSampleFirm is the same for the sample firm, today and a quarter ago.
func TestHledgerAgreesOnTheSampleFirm(t *testing.T) {
	if testing.Short() {
		t.Skip("building the sample firm takes some seconds")
	}
	path := filepath.Join(t.TempDir(), "demo.db")
	if err := bolt.Create(path); err != nil {
		t.Fatal(err)
	}
	eng, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = eng.Close() }()
	firm, err := demo.Build(t.Context(), eng, bookstest.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := books.Open(t.Context(), eng, civil.NewManual(bookstest.Now))
	if err != nil {
		t.Fatal(err)
	}
	today := civil.MustParse("2026-06-30")
	j := export(t, b, firm.ID, today)
	j.agree(b, firm.ID, today)
	j.agree(b, firm.ID, today.AddDays(-91))
}

// TestHostileTextsStayTexts: numbers and names that mean something to hledger do not mean it in the file.
func TestHostileTextsStayTexts(t *testing.T) {
	b := bookstest.Open(t)
	for _, number := range []string{"a:b", "a  b", "a b", "(x)", "[x]", "; x", "é ü", "x%20y", "100", "10", "D 1 EUR", "\"q\"", "*", "!"} {
		c, err := b.PutCustomer(b.Ctx, b.Meta(), ledger.Customer{Number: number, Name: "Kwaad; account x:y, z\n2020-01-01 fraude"})
		if err != nil {
			c, err = b.PutCustomer(b.Ctx, b.Meta(), ledger.Customer{Number: number, Name: "Kwaad; account x:y, z"})
		}
		if err != nil {
			t.Fatal(err)
		}
		b.Invoice(c, "F, due:2020-01-01; ) "+number, "2026-06-01", "", 12345)
		b.Pay(c, "2026-06-02", 500)
	}
	day := civil.MustParse("2026-06-30")
	export(t, b.Books, b.Firm.ID, day).agree(b.Books, b.Firm.ID, day)
}
