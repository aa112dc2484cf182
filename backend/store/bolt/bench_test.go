package bolt_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/voldaan/voldaan/backend/store"
)

var ctx = context.Background()

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n*0x9e3779b97f4a7c15) }

// BenchmarkSingleCommit is one writer's durable commit of a 300-byte row against the floor: appending one page to a file
// and fdatasync. The two take turns, so that both meet the same disk. Wanted: p50/floor <= 3.5.
func BenchmarkSingleCommit(b *testing.B) {
	dir := b.TempDir()
	e := open(b, dir)
	defer func() { _ = e.Close() }()
	f, err := os.Create(filepath.Join(dir, "floor"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	page, value := make([]byte, 4096), make([]byte, 300)
	var floor, ours []time.Duration
	var n uint64
	for b.Loop() {
		start := time.Now() //nolint:forbidigo // measures
		if _, err := f.WriteAt(page, int64(n%64)*4096); err != nil {
			b.Fatal(err)
		}
		if err := fdatasync(f); err != nil {
			b.Fatal(err)
		}
		middle := time.Now() //nolint:forbidigo // measures
		n++
		if err := e.Update(ctx, func(tx store.Tx) error { return tx.Put("t", key(n), value) }); err != nil {
			b.Fatal(err)
		}
		floor, ours = append(floor, middle.Sub(start)), append(ours, time.Since(middle)) //nolint:forbidigo // measures
	}
	slices.Sort(floor)
	slices.Sort(ours)
	p50 := func(d []time.Duration) float64 { return float64(d[len(d)/2].Microseconds()) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(p50(floor), "µs-fdatasync")
	b.ReportMetric(p50(ours), "µs-p50")
	b.ReportMetric(p50(ours)/p50(floor), "ratio(≤3.5)")
}

// Benchmark64Writers is durable commits per second from 64 goroutines against bbolt's own Batch with its defaults, in
// turns, so that both meet the same computer. Wanted: ratio >= 3.
func Benchmark64Writers(b *testing.B) {
	const writers, span, turns = 64, 400 * time.Millisecond, 4
	value := make([]byte, 300)
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "peer.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("t")); return err }); err != nil {
		b.Fatal(err)
	}
	e := open(b, b.TempDir())
	defer func() { _ = e.Close() }()
	var peer, ours float64
	var n, m atomic.Uint64
	for b.Loop() {
		peer, ours = 0, 0
		for range turns {
			peer += hammer(b, writers, span, func() error {
				k := key(n.Add(1))
				return db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("t")).Put(k, value) })
			})
			ours += hammer(b, writers, span, func() error {
				k := key(m.Add(1))
				return e.Update(ctx, func(tx store.Tx) error { return tx.Put("t", k, value) })
			})
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(peer/turns/span.Seconds(), "commits/s-Batch")
	b.ReportMetric(ours/turns/span.Seconds(), "commits/s")
	b.ReportMetric(ours/peer, "ratio(≥3)")
}

// hammer calls commit from many goroutines for a while and counts.
func hammer(b *testing.B, writers int, span time.Duration, commit func() error) float64 {
	var n, stop atomic.Uint64
	timer := time.AfterFunc(span, func() { stop.Store(1) })
	defer timer.Stop()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for stop.Load() == 0 {
				n.Add(1)
				if err := commit(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n.Load())
}
