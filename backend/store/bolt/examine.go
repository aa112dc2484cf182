package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/voldaan/voldaan/backend/fault"
)

// What a meta page looks like (bbolt's format 2), after the 16 bytes of its page header: magic, version, page size,
// flags, root page, root sequence, freelist page, page count, transaction number, checksum.
const (
	pageHeader  = 16
	metaLength  = 64
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	maxPageSize = 64 << 10
)

type meta struct {
	pageSize uint32
	pages    uint64
	txid     uint64
}

// Examine reads a file's length and meta pages without mapping it: a file that is too short for what its meta page
// promises would end the process that maps it. It does not look further; Check does.
func Examine(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.NotFound, "store.no_file", "There is no data file in this folder.")
	}
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return unwritable(err)
	}
	m, valid, err := newestMeta(f)
	if err != nil {
		return damaged("", err)
	}
	if valid < 2 {
		// A meta page lies within one sector, so that no crash leaves half of it. bbolt would go on with the other one, and
		// if that is the older, the last change would be gone without a word.
		return damaged("", errors.New("one meta page is damaged"))
	}
	if need := m.pages * uint64(m.pageSize); uint64(info.Size()) < need {
		return damaged("", fmt.Errorf("%d bytes where %d are needed: the file was cut off", info.Size(), need))
	}
	return nil
}

// newestMeta is the meta page that counts, and how many of the two are valid.
func newestMeta(f io.ReaderAt) (best meta, valid int, err error) {
	for _, at := range []int64{0, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10} {
		m, ok := metaAt(f, at)
		// Only page 1 has the other meta page; elsewhere an old copy could lie in a free page.
		if !ok || at != 0 && int64(m.pageSize) != at {
			continue
		}
		if valid++; valid == 1 || m.txid > best.txid {
			best = m
		}
	}
	if valid == 0 {
		return best, 0, errors.New("neither meta page is valid")
	}
	return best, valid, nil
}

func metaAt(f io.ReaderAt, at int64) (m meta, ok bool) {
	var b [pageHeader + metaLength]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		return m, false
	}
	p := b[pageHeader:]
	// bbolt writes in the computer's own order; every platform that it is built for here is little-endian.
	le := binary.LittleEndian
	sum := fnv.New64a()
	_, _ = sum.Write(p[:metaLength-8]) // a hash does not fail
	m = meta{pageSize: le.Uint32(p[8:]), pages: le.Uint64(p[40:]), txid: le.Uint64(p[48:])}
	ok = le.Uint32(p) == metaMagic && le.Uint32(p[4:]) == metaVersion && le.Uint64(p[56:]) == sum.Sum64() &&
		m.pageSize >= 512 && m.pageSize <= maxPageSize && m.pages < 1<<40
	return m, ok
}

// Check reads every page of a file that nobody writes to. A damaged page may end the process, so it is run in one that
// does nothing else (store/folder).
func Check(path string) (err error) {
	if err := Examine(path); err != nil {
		return err
	}
	db, err := openToRead(path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // only read
	f, err := os.Open(path)
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = f.Close() }() // only read
	if err := db.View(func(t *bbolt.Tx) error {
		problems := 0
		for range t.Check() {
			problems++
		}
		if problems > 0 {
			return damaged("", fmt.Errorf("%d problems in the structure", problems))
		}
		return nil
	}); err != nil {
		return err
	}
	return checkLayout(db, f)
}

// InUse is a fault.InUse when another process has the file open for writing, else nil.
func InUse(path string) error {
	db, err := openToRead(path)
	if fault.KindOf(err) == fault.InUse {
		return err
	}
	if db != nil {
		_ = db.Close() // only read
	}
	return nil
}

func openToRead(path string) (*bbolt.DB, error) {
	db, _, err := guardedOpen(path, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: 100 * time.Millisecond}, nil)
	return db, err
}

// guardedOpen opens a file with bbolt, looks at it with check, and gives it up whole when either meets damage.
func guardedOpen(path string, opts *bbolt.Options, check func(*bbolt.DB, io.ReaderAt) error) (db *bbolt.DB, file *os.File, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	opts.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		file = f
		return f, err
	}
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, damaged("", r)
			if file != nil {
				release(file)
			}
		}
	}()
	db, err = bbolt.Open(path, 0o600, opts)
	switch {
	case err == nil && check != nil:
		if err := check(db, file); err != nil {
			return nil, nil, errors.Join(err, db.Close())
		}
		return db, file, nil
	case err == nil:
		return db, file, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, nil, inUse(path, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, unwritable(err)
	default:
		return nil, nil, damaged("", err)
	}
}
