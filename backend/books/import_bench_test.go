package books_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
)

const benchRows = 100_000

// cpu is the processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkImport writes 100,000 invoices of 500 customers through Stage and Apply, and prints its processor time as a
// ratio to bare bbolt: the same number of 200-byte records and three index entries each, in 10,000-row transactions.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		start := cpu()
		bareBolt(b)
		floor := cpu() - start
		t := bookstest.Open(b)
		start = cpu()
		importInvoices(b, t)
		ours := cpu() - start
		b.ReportMetric(float64(ours)/float64(floor), "x-bare-bbolt-cpu")
		b.ReportMetric(float64(ours.Microseconds())/benchRows, "us-cpu/row")
	}
}

func importInvoices(b *testing.B, t *bookstest.Books) {
	s, err := t.Stage(t.Ctx, t.Meta(), books.ImportHeader{Name: "bench.csv", Kind: "invoices"})
	if err != nil {
		b.Fatal(err)
	}
	issued := civil.MustParse("2026-05-01")
	for i := range benchRows {
		it := books.ImportItem{Row: i + 2, CustomerNumber: fmt.Sprintf("C%05d", i%500), Document: &ledger.Document{
			Number: fmt.Sprintf("2026-%06d", i), Issued: issued, Due: issued.AddDays(30), Total: eur(int64(100 + i))}}
		if i < 500 {
			it.Customer = &ledger.Customer{Number: it.CustomerNumber, Name: "Klant " + it.CustomerNumber}
		}
		if err := s.Add(t.Ctx, it); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.Apply(t.Ctx, nil); err != nil {
		b.Fatal(err)
	}
}

func bareBolt(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	value := make([]byte, 200)
	for at := 0; at < benchRows; at += 10_000 {
		err := db.Update(func(tx *bbolt.Tx) error {
			var table [4]*bbolt.Bucket
			for i := range table {
				t, err := tx.CreateBucketIfNotExists([]byte{byte('a' + i)})
				if err != nil {
					return err
				}
				table[i] = t
			}
			for i := at; i < at+10_000; i++ {
				id := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(i))
				scattered := binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15)
				if err := table[0].Put(id, value); err != nil {
					return err
				}
				for n, key := range [][]byte{append(scattered, id...), append([]byte(fmt.Sprintf("C%05d", i%500)), id...), append(scattered[4:8:8], id...)} {
					if err := table[n+1].Put(key, value[:24]); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
