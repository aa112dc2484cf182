package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// Target is where a backup goes.
type Target struct {
	Dir     string // a new or empty folder
	Options folder.Options
	Clock   civil.Clock
	// Passphrase opens backups that were made with one. Others open with Options.Keys.
	Passphrase string
}

// Restore makes a data folder of a backup, proves it, and returns it open. On any error the folder is left as it was.
func Restore(ctx context.Context, src string, t Target) (*folder.Folder, Report, error) {
	h, body, done, err := openFile(src)
	if err != nil {
		return nil, Report{}, err
	}
	defer done()
	phrase, err := t.phrase(ctx, h)
	if err != nil {
		return nil, Report{}, err
	}
	if err := vacant(t.Dir); err != nil {
		return nil, Report{}, err
	}
	parent := filepath.Dir(filepath.Clean(t.Dir))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, Report{}, unwritable(err)
	}
	// On the same file system, so that the store can be moved.
	scratch, err := os.MkdirTemp(parent, ".voldaan-restore-*")
	if err != nil {
		return nil, Report{}, unwritable(err)
	}
	defer func() { _ = os.RemoveAll(scratch) }() // sealed work files
	a, err := unpack(ctx, body, phrase, scratch)
	if err != nil {
		return nil, Report{}, err
	}
	var counted Totals
	err = withCopy(ctx, a.data, a.keys, t.Clock, func(b *books.Books) error {
		counted, err = sound(ctx, b, a.manifest)
		return err
	})
	if err != nil {
		return nil, Report{}, err
	}
	f, err := folder.Adopt(ctx, t.Dir, a.keys, a.data, t.Options)
	if err != nil {
		if fault.As(err).Code != "folder.exists" { // somebody was faster
			_ = os.RemoveAll(t.Dir) // it was empty before
		}
		return nil, Report{}, err
	}
	return f, Report{Name: filepath.Base(src), Path: src, Created: h.Created, Seq: a.manifest.Seq, Stated: a.manifest.control(), Counted: counted.control(), Verified: true}, nil
}

func (t Target) phrase(ctx context.Context, h Header) (string, error) {
	if h.OpensBy == byPassphrase {
		if t.Passphrase == "" {
			return "", fault.New(fault.Denied, "backup.passphrase_missing", "This backup opens with the passphrase that it was made with.")
		}
		return t.Passphrase, nil
	}
	if h.Keys == nil {
		return "", notOurs(errors.New("no keys in the header"))
	}
	k, err := h.Keys.Unwrap(ctx, t.Options.Keys)
	if err != nil {
		return "", err
	}
	return fromKeys(k), nil
}

func vacant(dir string) error {
	there, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(there) == 0 {
		return nil
	}
	if err != nil {
		return unwritable(err)
	}
	return fault.Conflictf("folder.exists", "The folder %s is not empty. Choose a new one; an existing data folder is never overwritten.", dir).With("path", dir)
}

// ReadHeader is what a backup says of itself.
func ReadHeader(path string) (Header, error) {
	h, _, done, err := openFile(path)
	if err == nil {
		done()
	}
	return h, err
}

// openFile opens a backup and reads its header; body is the age stream.
func openFile(path string) (h Header, body io.Reader, done func(), err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil, nil, fault.Wrap(err, fault.NotFound, "backup.none", "There is no such backup.")
	}
	if err != nil {
		return h, nil, nil, fault.Wrap(err, fault.Unavailable, "backup.unreadable", "The backup cannot be read.")
	}
	in := bufio.NewReaderSize(f, maxHeader)
	h, err = readHeader(in)
	if err != nil {
		return h, nil, nil, errors.Join(err, f.Close())
	}
	return h, in, func() { _ = f.Close() }, nil
}

func readHeader(in *bufio.Reader) (h Header, err error) {
	first, err := in.ReadSlice('\n')
	if err != nil || string(first) != magic {
		return h, notOurs(err)
	}
	line, err := in.ReadSlice('\n')
	if err != nil {
		return h, notOurs(err)
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return h, notOurs(err)
	}
	return h, nil
}

// unpacked is a backup's content.
type unpacked struct {
	manifest Totals
	keys     *sealed.Keys
	data     string // the store's file
}

// unpack decrypts an archive into a folder.
func unpack(ctx context.Context, body io.Reader, phrase, dir string) (u unpacked, err error) {
	identity, err := age.NewScryptIdentity(phrase)
	if err != nil {
		return u, wrongPhrase(err)
	}
	plain, err := age.Decrypt(body, identity)
	if err != nil {
		return u, wrongPhrase(err)
	}
	in := tar.NewReader(&ctxReader{ctx: ctx, r: plain})
	for _, want := range []string{manifestName, keysName, dataName} {
		h, err := in.Next()
		if err != nil || h.Name != want {
			return u, damaged(ctx, errors.Join(err, errors.New("want "+want)))
		}
		switch want {
		case dataName:
			u.data = filepath.Join(dir, dataName)
			err = toFile(u.data, in)
		default:
			var b bytes.Buffer
			if _, err = io.Copy(&b, io.LimitReader(in, maxSmall)); err == nil {
				err = u.small(want, b.Bytes())
			}
		}
		if err != nil {
			return u, damaged(ctx, err)
		}
	}
	// To the very end: only then has age seen that nothing was cut off.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return u, damaged(ctx, err)
	}
	return u, nil
}

func (u *unpacked) small(name string, b []byte) (err error) {
	if name == manifestName {
		return json.Unmarshal(b, &u.manifest)
	}
	u.keys, err = sealed.UnmarshalKeys(b)
	return err
}

func toFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// withCopy opens the books in a store file of one's own.
func withCopy(ctx context.Context, path string, k *sealed.Keys, clock civil.Clock, fn func(*books.Books) error) (err error) {
	if err := bolt.Examine(path); err != nil {
		return err
	}
	engine, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	b, err := books.Open(ctx, sealed.New(engine, k), clock)
	if err != nil {
		return err
	}
	return fn(b)
}

// headOf is the last journal entry in a store file.
func headOf(ctx context.Context, path string, k *sealed.Keys) (seq uint64, err error) {
	engine, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	err = sealed.New(engine, k).View(ctx, func(tx store.Tx) (err error) {
		seq, _, err = journal.HeadIn(tx)
		return err
	})
	return seq, err
}

func notOurs(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Invalid, "backup.format", "This file is not a backup of Voldaan, or its beginning is damaged.")
}

func wrongPhrase(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Denied, "backup.passphrase", "The passphrase does not open this backup, or the backup is damaged.")
}

// damaged is the error for an archive that does not read to its end, unless somebody gave up on it.
func damaged(ctx context.Context, cause error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var known *fault.Error
	if errors.As(cause, &known) {
		return known
	}
	var path *fs.PathError
	if errors.As(cause, &path) {
		return unwritable(cause)
	}
	return fault.Wrap(cause, fault.Integrity, "backup.damaged", "The backup is damaged. Use another one.")
}
