// Package bolt is the store engine on one file, with bbolt.
//
// One goroutine writes. Updates that wait while it commits are taken together into the next bbolt transaction, so that
// many callers share one fsync; each is told only after that fsync. They stay isolated: when one of them fails, by
// error or panic, its own writes are taken out and the others are committed without it (group.go).
//
// The file is never written without fsync. It is created complete or not at all. It is locked while open: a second
// process gets a fault.InUse that names the holder, whose process id stands in a side file.
//
// bbolt keeps no checksums of its pages. Structural damage makes it panic or touch memory that the file no longer
// backs; inside a transaction both become a fault.Integrity for whoever met them, and an engine that meets them while it
// commits stops. Open walks over all pages once and checks their layout, so that no row is missing unnoticed. Damage of
// values is detected by store/sealed. Opening a file that is suspected of damage may still end the process: store/folder does
// that in a child process first.
//
// A View must not call Update on the same engine and wait for it: a growing file waits for running reads.
package bolt

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// Options tune an engine. The zero value is right for the program.
type Options struct {
	// LockWait is how long Open waits for another process to release the file; 0 is 300 ms.
	LockWait time.Duration
	// BatchSize bounds how many updates share one commit; 0 is 256.
	BatchSize int
}

const (
	defaultLockWait  = 300 * time.Millisecond
	defaultBatchSize = 256
	// A large first map keeps a growing file from waiting for long reads. It costs address space only, except on
	// Windows, where the file itself would grow.
	firstMap = 256 << 20
	// The file grows by this much at a time.
	growth = 4 << 20
	// ownerSuffix names the side file with the process id of the holder.
	ownerSuffix = ".owner"
)

// Engine is an open file. It implements store.Engine.
type Engine struct {
	db    *bbolt.DB
	file  *os.File // db's, for its lock
	path  string
	size  int
	queue chan *request
	quit  chan struct{}
	done  chan struct{} // closed when the writer has stopped

	closing atomic.Bool
	broken  atomic.Pointer[fault.Error] // set once: why nothing may be written any more
}

// Create makes a new file with nothing in it. It fails with fault.Conflict when there is a file already.
func Create(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return exists(path)
	}
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(err)
	}
	db, err := bbolt.Open(tmp, 0o600, &bbolt.Options{Timeout: defaultLockWait, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return unwritable(err)
	}
	if err := errors.Join(db.Sync(), db.Close()); err != nil {
		return unwritable(err)
	}
	// A link, unlike a rename, refuses to replace the file of somebody who was faster.
	switch err := os.Link(tmp, path); {
	case errors.Is(err, fs.ErrExist):
		_ = os.Remove(tmp) // the temporary file is of no value
		return exists(path)
	case err != nil: // a file system without links
		err = os.Rename(tmp, path)
		if err != nil {
			return unwritable(err)
		}
	default:
		if err := os.Remove(tmp); err != nil {
			return unwritable(err)
		}
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return unwritable(err)
	}
	return nil
}

// Open opens an existing file and locks it. Errors: fault.NotFound (no file), fault.InUse (another process has it),
// fault.Integrity (not a store, or damaged).
func Open(path string, o Options) (e *Engine, err error) {
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Wrap(err, fault.NotFound, "store.no_file", "There is no data file in this folder.")
		}
		return nil, unwritable(err)
	}
	if o.LockWait == 0 {
		o.LockWait = defaultLockWait
	}
	if o.BatchSize <= 0 {
		o.BatchSize = defaultBatchSize
	}
	opts := &bbolt.Options{Timeout: o.LockWait, FreelistType: bbolt.FreelistMapType}
	if runtime.GOOS != "windows" {
		opts.InitialMmapSize = firstMap
	}
	db, file, err := guardedOpen(path, opts, checkLayout)
	if err != nil {
		return nil, err
	}
	db.AllocSize = growth
	e = &Engine{db: db, file: file, path: path, size: o.BatchSize, queue: make(chan *request), quit: make(chan struct{}), done: make(chan struct{})}
	// The side file only makes the message better, so a failure to write it is no reason not to open.
	_ = os.WriteFile(path+ownerSuffix, []byte(strconv.Itoa(os.Getpid())), 0o600)
	go e.write()
	return e, nil
}

// Path is the file.
func (e *Engine) Path() string { return e.path }

// View runs fn on a snapshot.
func (e *Engine) View(ctx context.Context, fn func(store.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	btx, err := e.begin(false)
	if err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		// A read transaction's rollback only gives up the snapshot.
		_ = btx.Rollback()
		if r := recover(); r != nil {
			if !isMemoryFault(r) {
				panic(r)
			}
			err = damaged("", r)
		}
	}()
	return fn(&tx{btx: btx})
}

// Tables are the tables that have been written to.
func (e *Engine) Tables(ctx context.Context) (names []string, err error) {
	err = e.View(ctx, func(t store.Tx) (err error) {
		tx, ok := t.(*tx)
		if !ok {
			return store.ErrClosed
		}
		defer tx.guard("", &err)
		return tx.btx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
			names = append(names, string(name))
			return nil
		})
	})
	return names, err
}

// Snapshot writes a consistent copy of the file to w while others go on working.
func (e *Engine) Snapshot(ctx context.Context, w io.Writer) error {
	btx, err := e.begin(false)
	if err != nil {
		return err
	}
	defer func() { _ = btx.Rollback() }() // gives up the snapshot
	if _, err := btx.WriteTo(&ctxWriter{ctx: ctx, w: w}); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fault.Wrap(err, fault.Unavailable, "store.snapshot", "The copy of the data file could not be written.")
	}
	return nil
}

// Close waits for running transactions, then releases the file. Closing twice is harmless.
func (e *Engine) Close() error {
	if e.closing.Swap(true) {
		<-e.done
		return nil
	}
	close(e.quit)
	<-e.done
	if f := e.broken.Load(); f != nil && f.Kind == fault.Integrity {
		// After a panic bbolt may hold its own locks for ever, so its Close could not return.
		release(e.file)
		return nil
	}
	_ = os.Remove(e.path + ownerSuffix) // only there for other processes' messages
	if err := e.db.Close(); err != nil {
		return fault.Wrap(err, fault.Internal, "store.close", "The data file could not be closed properly.")
	}
	return nil
}

func (e *Engine) begin(writable bool) (*bbolt.Tx, error) {
	if f := e.broken.Load(); f != nil {
		return nil, f
	}
	if e.closing.Load() && !writable {
		return nil, store.ErrClosed
	}
	btx, err := e.db.Begin(writable)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return nil, store.ErrClosed
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "store.begin", "The data file could not be read.")
	}
	return btx, nil
}

// ctxWriter stops a long copy when nobody waits for it any more.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *ctxWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // directories cannot be synced there, and need not be
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Holder is the process id in the side file of the process that has the file open, or 0.
func Holder(path string) int {
	b, err := os.ReadFile(path + ownerSuffix)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	return pid
}

// LeftOpen reports whether a process has the file open, or ended without closing it.
func LeftOpen(path string) bool {
	_, err := os.Stat(path + ownerSuffix)
	return err == nil
}

func inUse(path string, cause error) *fault.Error {
	who := "another process"
	pid := Holder(path)
	if pid > 0 {
		who = "process " + strconv.Itoa(pid)
	}
	f := fault.New(fault.InUse, "store.in_use", "The data folder is in use by %s. Close that program, or let it do the work.", who)
	f.Err = cause
	return f.With("pid", strconv.Itoa(pid))
}

func exists(path string) *fault.Error {
	return fault.Conflictf("store.exists", "There is already a data file in %s.", filepath.Dir(path))
}

func unwritable(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Unavailable, "store.unwritable", "The data folder cannot be read or written. Check that it exists and that you may write there.")
}
