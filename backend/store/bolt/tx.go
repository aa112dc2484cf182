package bolt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// sequentialFill is how full pages are left when a transaction appended to a table in key order: the next one goes on
// at the end, so the half-empty pages that random inserts want would stay half empty.
const (
	sequentialFill = 0.95
	sequentialMin  = 64 // puts
)

// tx is one caller's view of a bbolt transaction. A group's callers share the bbolt transaction and its tables.
type tx struct {
	btx    *bbolt.Tx
	tables map[string]*table
	wrote  bool
	undo   *undo        // records how to take the writes back, when the group needs it
	broken *fault.Error // the file's structure is damaged: the whole bbolt transaction is lost
}

type table struct {
	b       *bbolt.Bucket
	changes int // puts and deletes, so that a running scan knows to look again
	last    []byte
	run     int // ascending puts at the end of the table; -1 once one was not
}

func (t *tx) table(name string, create bool) (*table, error) {
	if tb := t.tables[name]; tb != nil {
		return tb, nil
	}
	b := t.btx.Bucket([]byte(name))
	if b == nil && create {
		var err error
		if b, err = t.btx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "store.table", "A table could not be created.")
		}
	}
	if b == nil {
		return nil, nil
	}
	if t.tables == nil {
		t.tables = make(map[string]*table, 8)
	}
	tb := &table{b: b}
	t.tables[name] = tb
	return tb, nil
}

// guard turns a panic of bbolt, which means a damaged page, into an error.
func (t *tx) guard(name string, err *error) {
	if r := recover(); r != nil {
		t.broken = damaged(name, r)
		*err = t.broken
	}
}

func (t *tx) Get(name string, key []byte) (value []byte, err error) {
	defer t.guard(name, &err)
	tb, err := t.table(name, false)
	if err != nil {
		return nil, err
	}
	if tb == nil {
		return nil, store.ErrNotFound
	}
	if value = tb.b.Get(key); value == nil {
		return nil, store.ErrNotFound
	}
	if !plausible(key, value) {
		return nil, damaged(name, errImplausible)
	}
	return value, nil
}

// Around is the last pair before key and the first at or after it.
func (t *tx) Around(name string, key []byte) (before, from store.Pair, err error) {
	defer t.guard(name, &err)
	tb, err := t.table(name, false)
	if err != nil || tb == nil {
		return before, from, err
	}
	c := tb.b.Cursor()
	k, v := c.Seek(key)
	from = store.Pair{Key: k, Value: v}
	if k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	before = store.Pair{Key: k, Value: v}
	for _, p := range []store.Pair{before, from} {
		if p.Key != nil && !plausible(p.Key, p.Value) {
			return before, from, damaged(name, errImplausible)
		}
	}
	return before, from, nil
}

func (t *tx) Put(name string, key, value []byte) (err error) {
	if !t.btx.Writable() {
		return store.ErrReadOnly
	}
	if err := store.CheckSize(key, value, store.Overhead); err != nil {
		return err
	}
	defer t.guard(name, &err)
	tb, err := t.table(name, true)
	if err != nil {
		return err
	}
	t.wrote = true
	if t.undo != nil {
		t.undo.put(tb, key)
	}
	tb.changes++
	tb.ascending(key)
	// bbolt copies the key but keeps the value until the commit.
	if err := tb.b.Put(key, bytes.Clone(nonNil(value))); err != nil {
		return fault.Wrap(err, fault.Internal, "store.put", "A record could not be written.")
	}
	return nil
}

// ascending follows whether the puts go to the end of the table in order, and asks for full pages when they do.
func (tb *table) ascending(key []byte) {
	switch {
	case tb.run < 0:
		return
	case tb.run == 0:
		if last, _ := tb.b.Cursor().Last(); bytes.Compare(key, last) <= 0 {
			tb.run = -1
			return
		}
	case bytes.Compare(key, tb.last) <= 0:
		tb.run = -1
		tb.b.FillPercent = bbolt.DefaultFillPercent
		return
	}
	tb.last = append(tb.last[:0], key...)
	if tb.run++; tb.run == sequentialMin {
		tb.b.FillPercent = sequentialFill
	}
}

func (t *tx) Delete(name string, key []byte) (err error) {
	if !t.btx.Writable() {
		return store.ErrReadOnly
	}
	defer t.guard(name, &err)
	tb, err := t.table(name, false)
	if err != nil || tb == nil {
		return err
	}
	t.wrote = true
	if t.undo != nil {
		t.undo.put(tb, key)
	}
	tb.changes++
	if err := tb.b.Delete(key); err != nil {
		return fault.Wrap(err, fault.Internal, "store.delete", "A record could not be removed.")
	}
	return nil
}

func (t *tx) Sequence(name string) (n uint64, err error) {
	if !t.btx.Writable() {
		return 0, store.ErrReadOnly
	}
	defer t.guard(name, &err)
	tb, err := t.table(name, true)
	if err != nil {
		return 0, err
	}
	t.wrote = true
	if t.undo != nil {
		t.undo.sequence(tb)
	}
	if n, err = tb.b.NextSequence(); err != nil {
		return 0, fault.Wrap(err, fault.Internal, "store.sequence", "A number could not be taken from the counter.")
	}
	return n, nil
}

// Blind without a key is a plain digest and hides nothing; store/sealed, under which the program runs, replaces it.
func (t *tx) Blind(domain, text string) [16]byte {
	sum := sha256.Sum256([]byte(domain + "\x00" + text))
	return [16]byte(sum[:16])
}

func (t *tx) Scan(name string, r store.Range) iter.Seq2[store.Pair, error] {
	return func(yield func(store.Pair, error) bool) {
		w, err := t.walker(name, r)
		if err != nil {
			yield(store.Pair{}, err)
			return
		}
		if w == nil {
			return
		}
		for {
			p, ok, err := w.step()
			if err != nil {
				yield(store.Pair{}, err)
				return
			}
			if !ok || !yield(p, nil) {
				return
			}
		}
	}
}

// walker steps a cursor through a range.
type walker struct {
	t       *tx
	name    string
	tb      *table
	c       *bbolt.Cursor
	r       store.Range
	started bool
	changes int
	last    []byte // the key handed out last; the cursor finds its place again by it
}

func (t *tx) walker(name string, r store.Range) (w *walker, err error) {
	defer t.guard(name, &err)
	tb, err := t.table(name, false)
	if err != nil || tb == nil {
		return nil, err
	}
	return &walker{t: t, name: name, tb: tb, c: tb.b.Cursor(), r: r}, nil
}

func (w *walker) step() (p store.Pair, ok bool, err error) {
	defer w.t.guard(w.name, &err)
	var k, v []byte
	switch {
	case !w.started:
		w.started = true
		k, v = w.first()
	case w.changes != w.tb.changes:
		// A cursor loses its place when its page changes.
		k, v = w.resume()
	case w.r.Reverse:
		k, v = w.c.Prev()
	default:
		k, v = w.c.Next()
	}
	w.changes = w.tb.changes
	if k == nil {
		return p, false, nil
	}
	if !plausible(k, v) {
		return p, false, damaged(w.name, errImplausible)
	}
	if !w.inside(k) {
		return p, false, nil
	}
	if w.t.btx.Writable() {
		w.last = append(w.last[:0], k...)
	}
	return store.Pair{Key: k, Value: nonNil(v)}, true, nil
}

func (w *walker) first() (k, v []byte) {
	switch {
	case !w.r.Reverse && w.r.From == nil:
		return w.c.First()
	case !w.r.Reverse:
		return w.c.Seek(w.r.From)
	case w.r.To == nil:
		return w.c.Last()
	default:
		return w.before(w.r.To)
	}
}

func (w *walker) resume() (k, v []byte) {
	if w.r.Reverse {
		return w.before(w.last)
	}
	if k, v = w.c.Seek(w.last); bytes.Equal(k, w.last) {
		return w.c.Next()
	}
	return k, v
}

// before is the last pair with a key smaller than the given one.
func (w *walker) before(key []byte) (k, v []byte) {
	if k, _ = w.c.Seek(key); k == nil {
		return w.c.Last()
	}
	return w.c.Prev()
}

func (w *walker) inside(k []byte) bool {
	if w.r.Reverse {
		return w.r.From == nil || bytes.Compare(k, w.r.From) >= 0
	}
	return w.r.To == nil || bytes.Compare(k, w.r.To) < 0
}

var errImplausible = errors.New("a length on a page is beyond the limits")

// plausible refuses what can only come from a damaged page: bbolt takes lengths from the page as they are.
func plausible(key, value []byte) bool {
	return len(key) > 0 && len(key) <= store.MaxKey && len(value) <= store.MaxValue+store.Overhead
}

// nonNil keeps an empty value apart from an absent one.
func nonNil(v []byte) []byte {
	if v == nil {
		return []byte{}
	}
	return v
}

// damaged is the error for a file whose structure cannot be trusted. The table is named, its content never.
func damaged(name string, cause any) *fault.Error {
	where := "The data file"
	if name != "" {
		where = fmt.Sprintf("Table %q of the data file", name)
	}
	f := fault.New(fault.Integrity, "store.damaged", "%s is damaged. Nothing wrong was shown or saved; restore the latest backup.", where)
	switch c := cause.(type) {
	case error:
		f.Err = c
	default:
		f.Err = fmt.Errorf("%v", c)
	}
	if errors.Is(f.Err, berrors.ErrVersionMismatch) {
		f.Code, f.Message = "store.version", "The data file was written by another version of the storage engine."
	}
	return f.With("table", name)
}

// isMemoryFault reports a touch of mapped memory that the file does not back: truncated by somebody or unreadable.
func isMemoryFault(r any) bool {
	_, ok := r.(interface{ Addr() uintptr })
	return ok
}
