// Package folder opens data folders: lock, damage check, key, engine, schema version. The program opens its data here
// and nowhere else.
//
// A data folder holds
//
//	keys.json   the wrapped keys (store/keys)
//	data.db     the store (store/bolt), every value sealed (store/sealed)
//	index/      the search index: encrypted, disposable
//	backups/    automatic backups, made before a new version changes records
//	tmp/        work files, encrypted too; emptied when the folder is opened
//
// The schema version stands in the store. A folder of an older version is brought up to date when it is opened: first a
// copy goes to backups/, then every step of the way is taken in one transaction. A folder of a newer version is refused.
//
// bbolt trusts its file, and a damaged one can end the process. Open therefore looks at the file first: at its length and
// its meta pages always, and, when the last process did not close it, at all its pages in a child process (Child,
// CheckInChild). Damage is then a fault.Integrity with a way out, whatever it was.
package folder

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/keys"
	"github.com/voldaan/voldaan/backend/store/overlay"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// DataFile is the store's file in the data folder.
const DataFile = "data.db"

// Options of Open and Create.
type Options struct {
	Keys   keys.Options
	Logger *slog.Logger
	// Migrations are the steps from schema 1 on: the first leads to 2, the second to 3. The program's schema is one more
	// than their number.
	Migrations []Migration
	// Check examines a file that was not closed properly; the program gives CheckInChild. Nil trusts the file.
	Check func(ctx context.Context, path string) error
}

// Migration is one step of the schema. Run changes records; it may run more than once, each time on the old state.
type Migration struct {
	Name string
	Run  func(store.Tx) error
}

// Folder is an open data folder.
type Folder struct {
	// Store is the sealed store.
	Store *sealed.Engine
	Keys  *sealed.Keys
	// Notice tells the person how the folder could be protected better; empty when there is nothing to say.
	Notice string

	dir string
	log *slog.Logger
}

const (
	metaTable = "meta" // unjournaled facts about the folder itself
	schemaKey = "schema"
)

// Create makes a data folder and opens it. The folder may exist if it is empty; else it is a fault.Conflict.
func Create(ctx context.Context, dir string, o Options) (*Folder, error) {
	k, err := sealed.NewKeys()
	if err != nil {
		return nil, err
	}
	f, err := prepare(ctx, dir, k, o)
	if err != nil {
		return nil, err
	}
	if err := bolt.Create(f.path()); err != nil {
		return nil, err
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	if err := f.Store.Update(ctx, func(tx store.Tx) error { return putSchema(tx, schema(o)) }); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Adopt makes a data folder from a store file and its keys, as a restore does, and opens it. data is moved.
func Adopt(ctx context.Context, dir string, k *sealed.Keys, data string, o Options) (*Folder, error) {
	f, err := prepare(ctx, dir, k, o)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(data, f.path()); err != nil {
		return nil, unwritable(err)
	}
	if err := SyncDir(dir); err != nil {
		return nil, unwritable(err)
	}
	again, err := Open(ctx, dir, o)
	if again != nil {
		again.Notice = f.Notice
	}
	return again, err
}

// prepare makes the folder with its keys.
func prepare(ctx context.Context, dir string, k *sealed.Keys, o Options) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return nil, unwritable(err)
	}
	if len(there) > 0 {
		return nil, fault.Conflictf("folder.exists", "The folder %s is not empty. Choose a new one; an existing data folder is never overwritten.", dir).With("path", dir)
	}
	w, notice, err := keys.Protect(ctx, dir, k, o.Keys)
	if err != nil {
		return nil, err
	}
	if err := WriteFile(filepath.Join(dir, keys.FileName), w.Bytes()); err != nil {
		return nil, err
	}
	return &Folder{Keys: k, Notice: notice, dir: dir, log: logger(o)}, nil
}

// Open opens a data folder. Errors: fault.NotFound (no data folder), fault.InUse (another process has it; Params pid),
// fault.Denied (key missing or wrong), fault.Integrity (damaged), fault.Conflict (made by a newer version).
func Open(ctx context.Context, dir string, o Options) (*Folder, error) {
	w, err := keys.Read(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, log: logger(o)}
	if err := f.examine(ctx, o); err != nil {
		return nil, err
	}
	engine, err := bolt.Open(f.path(), bolt.Options{})
	if err != nil {
		return nil, err
	}
	if f.Keys, err = w.Unwrap(ctx, o.Keys); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	f.Store = sealed.New(engine, f.Keys)
	if err := f.upgrade(ctx, o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Nothing in tmp outlives its process.
	if err := os.RemoveAll(f.tempDir()); err != nil {
		f.log.Warn("work files of an earlier process could not be removed", "error", err)
	}
	return f, nil
}

// examine looks at the file before bbolt maps it.
func (f *Folder) examine(ctx context.Context, o Options) error {
	if err := bolt.Examine(f.path()); err != nil {
		return err
	}
	if o.Check == nil || !bolt.LeftOpen(f.path()) {
		return nil
	}
	if err := bolt.InUse(f.path()); err != nil {
		return err
	}
	f.log.Info("the data file was not closed properly; checking it")
	return o.Check(ctx, f.path())
}

func (f *Folder) open() error {
	engine, err := bolt.Open(f.path(), bolt.Options{})
	if err != nil {
		return err
	}
	f.Store = sealed.New(engine, f.Keys)
	return nil
}

// Close closes the store.
func (f *Folder) Close() error { return f.Store.Close() }

// Dir is the folder.
func (f *Folder) Dir() string { return f.dir }

// IndexDir is where the search index lives.
func (f *Folder) IndexDir() string { return filepath.Join(f.dir, "index") }

// BackupDir is where automatic backups go.
func (f *Folder) BackupDir() string { return filepath.Join(f.dir, "backups") }

// Temp makes a new folder for work files; they must be encrypted like everything here. It is removed when the data
// folder is next opened, if not before.
func (f *Folder) Temp() (string, error) {
	if err := os.MkdirAll(f.tempDir(), 0o700); err != nil {
		return "", unwritable(err)
	}
	dir, err := os.MkdirTemp(f.tempDir(), "")
	if err != nil {
		return "", unwritable(err)
	}
	return dir, nil
}

// TryOut runs fn on a store over the folder's: what is written there is seen there, and gone when fn returns. It is kept
// in a work file, sealed with a key that nobody keeps.
func (f *Folder) TryOut(fn func(store.Engine) error) (err error) {
	dir, err := f.Temp()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	k, err := sealed.NewKeys()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, DataFile)
	if err := bolt.Create(path); err != nil {
		return err
	}
	scratch, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	over := overlay.New(f.Store, sealed.New(scratch, k))
	defer func() { err = errors.Join(err, over.Close()) }()
	return fn(over)
}

func (f *Folder) path() string    { return filepath.Join(f.dir, DataFile) }
func (f *Folder) tempDir() string { return filepath.Join(f.dir, "tmp") }

func schema(o Options) uint32 { return 1 + uint32(len(o.Migrations)) }

func putSchema(tx store.Tx, v uint32) error {
	return tx.Put(metaTable, []byte(schemaKey), binary.BigEndian.AppendUint32(nil, v))
}

// Schema is the schema version of the folder.
func (f *Folder) Schema(ctx context.Context) (v uint32, err error) {
	err = f.Store.View(ctx, func(tx store.Tx) error {
		b, err := tx.Get(metaTable, []byte(schemaKey))
		if errors.Is(err, store.ErrNotFound) || err == nil && len(b) != 4 {
			return fault.Wrap(err, fault.Integrity, "folder.schema", "The data folder does not say which version it has: it is damaged. Restore the latest backup.")
		}
		if err != nil {
			return err
		}
		v = binary.BigEndian.Uint32(b)
		return nil
	})
	return v, err
}

// upgrade brings an older folder up to the program's schema.
func (f *Folder) upgrade(ctx context.Context, o Options) error {
	have, err := f.Schema(ctx)
	if err != nil {
		return err
	}
	want := schema(o)
	if have > want {
		return fault.Conflictf("folder.newer", "The data folder was written by a newer version of Voldaan (schema %d; this program knows %d). Install the newer version.", have, want)
	}
	if have == want {
		return nil
	}
	name := fmt.Sprintf("before-schema-%d.db", want)
	if err := f.Copy(ctx, filepath.Join(f.BackupDir(), name)); err != nil {
		return err
	}
	f.log.Info("bringing the data folder up to date", "from", have, "to", want, "backup", name)
	return f.Store.Update(ctx, func(tx store.Tx) error {
		for _, m := range o.Migrations[have-1:] {
			if err := m.Run(tx); err != nil {
				return fmt.Errorf("folder: migration %q: %w", m.Name, err)
			}
		}
		return putSchema(tx, want)
	})
}

// Copy writes a copy of the store file, sealed as it is, while others go on working.
func (f *Folder) Copy(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return unwritable(err)
	}
	return replace(path, func(w io.Writer) error { return f.Store.Snapshot(ctx, w) })
}

// Structure checks every page of the store as it is now, on a copy, with check (CheckInChild).
func (f *Folder) Structure(ctx context.Context, check func(context.Context, string) error) error {
	dir, err := f.Temp()
	if err != nil {
		return err
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			f.log.Warn("a work file could not be removed", "error", err)
		}
	}()
	path := filepath.Join(dir, DataFile)
	if err := f.Copy(ctx, path); err != nil {
		return err
	}
	if err := bolt.Examine(path); err != nil {
		return err
	}
	return check(ctx, path)
}

// WriteFile writes a small file so that it is there completely or not at all, and durable.
func WriteFile(path string, b []byte) error {
	return replace(path, func(w io.Writer) error { _, err := w.Write(b); return err })
}

func replace(path string, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return unwritable(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // half a file; the error is already on its way
		}
	}()
	if err := fill(f); err != nil {
		_ = f.Close() // nothing of it is kept
		var known *fault.Error
		if errors.As(err, &known) {
			return err
		}
		return unwritable(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return unwritable(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return unwritable(err)
	}
	if err := SyncDir(filepath.Dir(path)); err != nil {
		return unwritable(err)
	}
	return nil
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" { // directories cannot be synced there, and need not be
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Exists reports whether dir is a data folder, whole or not.
func Exists(dir string) bool {
	for _, name := range []string{keys.FileName, DataFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

func logger(o Options) *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

func unwritable(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Unavailable, "store.unwritable", "The data folder cannot be written. Check that it exists, that you may write there and that the disk is not full.")
}
