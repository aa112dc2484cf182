package api_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

const bulkRows = 10_000

// BenchmarkBulk brings in 10,000 invoices with one request to the API, and reports how many a second and how many times
// what bare bbolt does with its default Batch, as many writers, one record of 300 bytes and three index entries each.
func BenchmarkBulk(b *testing.B) {
	r := newRig(b)
	r.bulk("customers", "", `{"number":"1","name":"Jansen"}`)
	round := 0
	for b.Loop() {
		floor := bareBatches(b)
		var body bytes.Buffer
		for i := range bulkRows {
			fmt.Fprintf(&body, `{"type":"invoice","customer":"1","number":"F%d-%d","issued":"2026-05-01","due":"2026-05-31","total":"%d.00"}`+"\n", round, i, 10+i%90)
		}
		round++
		start := time.Now()
		raw := r.bulkRaw("invoices", "", body.String())
		ours := time.Since(start)
		if bytes.Count(raw, []byte(`"created"`)) != bulkRows {
			b.Fatalf("%.400s", raw)
		}
		b.ReportMetric(bulkRows/ours.Seconds(), "invoices/s")
		b.ReportMetric(floor.Seconds()/ours.Seconds(), "x-bare-Batch")
	}
}

func bareBatches(b *testing.B) time.Duration {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	value := make([]byte, 300)
	start := time.Now()
	var wg sync.WaitGroup
	next := make(chan uint64)
	for range 64 {
		wg.Go(func() {
			for i := range next {
				err := db.Batch(func(tx *bbolt.Tx) error {
					for t, n := range []uint64{i, i * 0x9e3779b97f4a7c15, i % 500, ^i} {
						bucket, err := tx.CreateBucketIfNotExists([]byte{byte('a' + t)})
						if err != nil {
							return err
						}
						key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, n), i)
						if err := bucket.Put(key, value[:300>>(2*min(t, 1))]); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range uint64(bulkRows) {
		next <- i
	}
	close(next)
	wg.Wait()
	return time.Since(start)
}
