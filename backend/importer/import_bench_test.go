package importer_test

import (
	"bytes"
	"context"
	"encoding/binary"
	stdcsv "encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voldaan/voldaan/backend/importer"
)

const benchRows = 100_000

// list is a CSV of invoices of 2,000 customers with twelve columns; every tenth has been paid in part.
func list(n int) []byte {
	var b bytes.Buffer
	b.WriteString("Debiteurnummer;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Valuta;Bedrag;Openstaand;Omschrijving;Referentie;Bestelnummer;Dagen\r\n")
	for i := range n {
		c, open := i%2000, 100+i%9000
		if i%10 == 0 {
			open /= 2
		}
		fmt.Fprintf(&b, "%05d;Klant %05d B.V.;2026-%06d;%02d-%02d-2026;28-06-2026;EUR;%d,%02d;%d,%02d;Levering week %d;RF%08d;PO-%05d;%d\r\n",
			c, c, i, 1+i%28, 1+i%5, 100+i%9000, i%100, open, i%100, i%52, i, i%70000, i%90)
	}
	return b.Bytes()
}

// cpu is the processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak watches the heap while fn runs and returns the most that was in use, in bytes.
func peak(fn func()) uint64 {
	runtime.GC()
	var top atomic.Uint64
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(sample)
			top.Store(max(top.Load(), sample[0].Value.Uint64()))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	fn()
	close(stop)
	<-done
	return top.Load()
}

// BenchmarkImport reads, checks and commits 100,000 rows of CSV and prints its processor time as a ratio to the floor,
// measured in the same run: encoding/csv alone plus bare bbolt with one record of 200 bytes and three index entries a
// row. Goals: at most 3 times the floor, at most 250 MB of heap.
func BenchmarkImport(b *testing.B) {
	data := list(benchRows)
	for b.Loop() {
		start := cpu()
		bareParse(b, data)
		bareBolt(b)
		floor := cpu() - start
		d := newDesk(b)
		var planned, applied time.Duration
		memory := peak(func() {
			start = cpu()
			p := d.plan("bench.csv", data, importer.Options{})
			planned = cpu() - start
			if p.New != benchRows {
				b.Fatalf("%+v", p.Report())
			}
			d.apply(p)
			applied = cpu() - start - planned
		})
		b.ReportMetric(float64(planned+applied)/float64(floor), "x-floor-cpu")
		b.ReportMetric(float64(floor.Milliseconds()), "floor-ms")
		b.ReportMetric(float64(planned.Milliseconds()), "plan-ms")
		b.ReportMetric(float64(applied.Milliseconds()), "apply-ms")
		b.ReportMetric(float64(memory>>20), "peak-MB")
	}
}

func bareParse(b *testing.B, data []byte) {
	r := stdcsv.NewReader(bytes.NewReader(data))
	r.Comma, r.ReuseRecord = ';', true
	for {
		if _, err := r.Read(); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
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
			var t [4]*bbolt.Bucket
			for i := range t {
				var err error
				if t[i], err = tx.CreateBucketIfNotExists([]byte{byte('a' + i)}); err != nil {
					return err
				}
			}
			for i := at; i < at+10_000; i++ {
				id := binary.BigEndian.AppendUint64(nil, uint64(i))
				scattered := binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15)
				if err := t[0].Put(id, value); err != nil {
					return err
				}
				for n, key := range [][]byte{append(scattered, id...), append(fmt.Appendf(nil, "C%05d", i%2000), id...), append(scattered[4:8:8], id...)} {
					if err := t[n+1].Put(key, value[:24]); err != nil {
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

// BenchmarkPlan is reading and judging alone.
func BenchmarkPlan(b *testing.B) {
	data := list(benchRows)
	d := newDesk(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.svc.Plan(context.Background(), importer.Bytes("bench.csv", data), importer.Options{Firm: d.Firm.ID}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
