package search

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
)

const (
	table         = "search" // unjournaled: which generation of the index is good
	generationKey = "generation"
	// format changes when terms or files do; an index of another format is built anew.
	format = 1
	// opening is a file that is there while an index is being opened: should that end the process, the next start builds
	// the index anew instead of ending the same way.
	opening = "opening"
)

var cursorKey = []byte("cursor")

// generation is an open index.
type generation struct {
	index  bleve.Index
	cursor uint64 // the last journal entry in it
	lock   func()
}

func (g *generation) close() error {
	err := g.index.Close()
	g.lock()
	return err
}

// acquire opens the current generation, or begins a new one when there is none or anything about it is in doubt.
func (x *Index) acquire(ctx context.Context, anew bool) (*generation, error) {
	if !anew {
		id, err := x.generation(ctx)
		if err != nil {
			return nil, err
		}
		g, err := x.open(ctx, id)
		if err == nil {
			return g, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if id != "" {
			x.o.Logger.Warn("the search index is built anew", "reason", err)
		}
	}
	return x.begin(ctx)
}

// generation is the id in the store, or "" when there is none of this format.
func (x *Index) generation(ctx context.Context) (id string, err error) {
	err = x.o.Books.Log().Engine().View(ctx, func(tx store.Tx) error {
		b, err := tx.Get(table, []byte(generationKey))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil && len(b) == 17 && b[0] == format {
			id = hex.EncodeToString(b[1:])
		}
		return err
	})
	return id, err
}

// begin makes an empty index under a new id, and removes everything else.
func (x *Index) begin(ctx context.Context) (*generation, error) {
	raw := make([]byte, 17)
	_, _ = rand.Read(raw) // does not fail
	raw[0] = format
	id := hex.EncodeToString(raw[1:])
	if err := x.sweep(""); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(x.o.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := unlock(id, x.o.Keys.Derive("search "+id))
	if err != nil {
		return nil, err
	}
	m := bleve.NewIndexMapping()
	m.DefaultMapping.Enabled = false // every field is made by hand
	ix, err := bleve.NewUsing(filepath.Join(x.o.Dir, id), m, scorch.Name, scorch.Name, map[string]any{"unsafe_batch": true, "numSnapshotsToKeep": 1})
	if err != nil {
		lock()
		return nil, err
	}
	err = x.o.Books.Log().Engine().Update(ctx, func(tx store.Tx) error { return tx.Put(table, []byte(generationKey), raw) })
	g := &generation{index: ix, lock: lock}
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

// open opens the index of a generation after a look at each of its files.
func (x *Index) open(ctx context.Context, id string) (g *generation, err error) {
	if id == "" {
		return nil, errors.New("there is none")
	}
	dir := filepath.Join(x.o.Dir, id)
	mark := filepath.Join(x.o.Dir, opening)
	if _, err := os.Stat(mark); err == nil {
		return nil, errors.New("opening it ended the process last time")
	}
	if err := examine(ctx, filepath.Join(dir, "store")); err != nil {
		return nil, err
	}
	if err := x.sweep(id); err != nil {
		return nil, err
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return nil, err
	}
	lock, err := unlock(id, x.o.Keys.Derive("search "+id))
	if err != nil {
		return nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("opening it failed: %v", r)
		}
		if err != nil {
			lock()
		}
		_ = os.Remove(mark) // left behind it only costs a rebuild
	}()
	ix, err := bleve.OpenUsing(dir, map[string]any{"bolt_timeout": "200ms"})
	if err != nil {
		return nil, err
	}
	g = &generation{index: ix, lock: lock}
	if g.cursor, err = x.place(ctx, ix); err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	return g, nil
}

// place is where in the journal an index stands. The journal must know that entry: after the restore of a backup it may
// have gone another way.
func (x *Index) place(ctx context.Context, ix bleve.Index) (uint64, error) {
	b, err := ix.GetInternal(cursorKey)
	if err != nil {
		return 0, err
	}
	if len(b) == 0 {
		return 0, nil // nothing has reached the disk yet
	}
	if len(b) != 40 {
		return 0, errors.New("its cursor is damaged")
	}
	seq := binary.BigEndian.Uint64(b)
	entries, err := x.o.Books.Log().Read(ctx, seq, 1)
	if err != nil {
		return 0, err
	}
	if len(entries) == 0 || entries[0].Seq != seq || !bytes.Equal(entries[0].Hash[:], b[8:]) {
		return 0, errors.New("it is of another journal")
	}
	return seq, nil
}

// sweep removes everything from the index folder but one generation.
func (x *Index) sweep(keep string) error {
	entries, err := os.ReadDir(x.o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != keep {
			if err := os.RemoveAll(filepath.Join(x.o.Dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// examine checks the checksum of each segment and the shape of the list of segments. Bleve maps these files and reads
// them in goroutines of its own, where a damaged one would end the process.
func examine(ctx context.Context, dir string) error {
	if err := bolt.Examine(filepath.Join(dir, "root.bolt")); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !strings.HasSuffix(e.Name(), ".zap") {
			continue
		}
		if err := checksum(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// checksum compares a segment's CRC-32 with its last four bytes.
func checksum(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < 4 {
		return errors.New("a file was cut off")
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, f, info.Size()-4); err != nil {
		return err
	}
	var want [4]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return errors.New("a file is damaged")
	}
	return nil
}
