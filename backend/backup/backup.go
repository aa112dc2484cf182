// Package backup makes backups that have proved that they can be restored, and restores them.
//
// A backup is one file: a line that says what it is, a line of JSON (Header) that holds nothing secret, and then an age
// stream (age-encryption.org) of a tar archive with the manifest, the data folder's keys and a copy of the store, which
// is sealed within it as on disk.
//
// Who can open it: with a passphrase given for the backup, whoever has that. Without one, whoever can open the data
// folder (its passphrase, key file or keychain): the header carries keys.json.
//
// Make copies the store while others go on working, writes the file beside its place, restores it into a scratch folder
// from what was written, compares its control totals (per customer and currency) with those of the running books,
// verifies it, and only then puts it in its place. Restore does the same towards a new data folder.
package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/store/keys"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// Ending is the file name ending of backups.
const Ending = ".voldaan-backup"

const (
	magic     = "voldaan backup 1\n"
	maxHeader = 64 << 10
	maxSmall  = 256 << 20 // manifest and keys

	byFolder     = "data folder"
	byPassphrase = "passphrase"

	manifestName, keysName, dataName = "manifest.json", "keys", folder.DataFile
)

// Header is what a backup says in clear.
type Header struct {
	Created  time.Time     `json:"created"`
	Database string        `json:"database"` // hex
	OpensBy  string        `json:"opens_by"` // "passphrase" or "data folder"
	Keys     *keys.Wrapped `json:"keys,omitempty"`
}

// Report is a backup that has proved itself.
type Report struct {
	Name     string    // file name
	Path     string    // the whole path
	Created  time.Time // when the copy was taken
	Bytes    int64
	Seq      uint64  // the last journal entry in it
	Stated   Control // what the backup says of itself
	Counted  Control // what the books restored from it hold: the same, else it is an error
	Verified bool    // always true: what cannot be verified is an error
}

// Source is what is backed up.
type Source struct {
	Folder *folder.Folder
	Books  *books.Books
	// Passphrase opens the backup; empty: whatever opens the data folder does.
	Passphrase string
	// Work is the cost of the passphrase as a power of two; 0 is age's own (about a second).
	Work int
}

// Make writes a backup to path, which must not exist, or into the folder at path under a name with the date.
func Make(ctx context.Context, s Source, path string) (Report, error) {
	at := s.Books.Clock().Now()
	path, err := destination(path, at)
	if err != nil {
		return Report{}, err
	}
	scratch, err := s.Folder.Temp()
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // sealed work files; the next start removes what is left
	copied := filepath.Join(scratch, dataName)
	totals, err := s.copy(ctx, copied)
	if err != nil {
		return Report{}, err
	}
	part := path + ".part"
	defer func() { _ = os.Remove(part) }() // gone already when all went well
	if err := s.write(ctx, part, copied, at, totals); err != nil {
		return Report{}, err
	}
	if err := os.Remove(copied); err != nil {
		return Report{}, unwritable(err)
	}
	counted, err := s.prove(ctx, part, filepath.Join(scratch, "proof"), totals)
	if err != nil {
		return Report{}, err
	}
	if err := os.Rename(part, path); err != nil {
		return Report{}, unwritable(err)
	}
	if err := folder.SyncDir(filepath.Dir(path)); err != nil {
		return Report{}, unwritable(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return Report{}, unwritable(err)
	}
	return Report{Name: filepath.Base(path), Path: path, Created: at, Bytes: info.Size(), Seq: totals.Seq, Stated: totals.control(), Counted: counted.control(), Verified: true}, nil
}

func destination(path string, at time.Time) (string, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "voldaan-"+at.Format("20060102-150405")+Ending)
	}
	if _, err := os.Stat(path); err == nil {
		return "", fault.Conflictf("backup.exists", "There is already a file %s; a backup never overwrites one.", filepath.Base(path))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", unwritable(err)
	}
	return path, nil
}

// alignments is how often the copy is taken again because somebody wrote between it and the totals.
const alignments = 5

// copy takes a copy of the store and the totals of the running books at the same journal entry. On books that never
// rest the totals are those of the copy.
func (s Source) copy(ctx context.Context, path string) (t Totals, err error) {
	for range alignments {
		if err := s.Folder.Copy(ctx, path); err != nil {
			return t, err
		}
		if t, err = totals(ctx, s.Books); err != nil {
			return t, err
		}
		seq, err := headOf(ctx, path, s.Folder.Keys)
		if err != nil || seq == t.Seq {
			return t, err
		}
	}
	err = withCopy(ctx, path, s.Folder.Keys, s.Books.Clock(), func(b *books.Books) (err error) {
		t, err = totals(ctx, b)
		return err
	})
	return t, err
}

// write writes the file.
func (s Source) write(ctx context.Context, path, data string, at time.Time, t Totals) (err error) {
	h := Header{Created: at, OpensBy: byPassphrase}
	id := s.Folder.Keys.ID()
	h.Database = hex.EncodeToString(id[:])
	phrase, work := s.Passphrase, s.Work
	if phrase == "" {
		w, err := keys.Read(s.Folder.Dir())
		if err != nil {
			return err
		}
		h.OpensBy, h.Keys = byFolder, &w
		phrase, work = fromKeys(s.Folder.Keys), folderWork
	}
	recipient, err := age.NewScryptRecipient(phrase)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "backup.passphrase", "This passphrase cannot be used.")
	}
	if work > 0 {
		recipient.SetWorkFactor(work)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return unwritable(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	line, err := json.Marshal(h)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "backup.header", "The backup could not be described.")
	}
	out := bufio.NewWriterSize(f, 1<<20)
	_, err = fmt.Fprintf(out, "%s%s\n", magic, line)
	if err != nil {
		return unwritable(err)
	}
	enc, err := age.Encrypt(out, recipient)
	if err != nil {
		return unwritable(err)
	}
	if err := s.archive(ctx, enc, data, at, t); err != nil {
		return err
	}
	if err := errors.Join(enc.Close(), out.Flush(), f.Sync()); err != nil {
		return unwritable(err)
	}
	return nil
}

// archive writes the tar archive.
func (s Source) archive(ctx context.Context, w io.Writer, data string, at time.Time, t Totals) error {
	secret, err := s.Folder.Keys.Marshal()
	if err != nil {
		return err
	}
	manifest, err := json.Marshal(t)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "backup.manifest", "The backup could not be described.")
	}
	f, err := os.Open(data)
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return unwritable(err)
	}
	out := tar.NewWriter(w)
	for _, part := range []struct {
		name string
		size int64
		from io.Reader
	}{
		{manifestName, int64(len(manifest)), bytes.NewReader(manifest)},
		{keysName, int64(len(secret)), bytes.NewReader(secret)},
		{dataName, info.Size(), f},
	} {
		if err := out.WriteHeader(&tar.Header{Name: part.name, Size: part.size, Mode: 0o600, ModTime: at}); err != nil {
			return unwritable(err)
		}
		if _, err := io.CopyN(out, &ctxReader{ctx: ctx, r: part.from}, part.size); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return unwritable(err)
		}
	}
	if err := out.Close(); err != nil {
		return unwritable(err)
	}
	return nil
}

// prove restores the file as it was written into a scratch folder and demands the totals and a clean verification.
func (s Source) prove(ctx context.Context, path, scratch string, want Totals) (have Totals, err error) {
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return have, unwritable(err)
	}
	_, body, done, err := openFile(path)
	if err != nil {
		return have, err
	}
	defer done()
	phrase := s.Passphrase
	if phrase == "" {
		phrase = fromKeys(s.Folder.Keys)
	}
	a, err := unpack(ctx, body, phrase, scratch)
	if err != nil {
		return have, err
	}
	err = withCopy(ctx, a.data, a.keys, s.Books.Clock(), func(b *books.Books) error {
		have, err = sound(ctx, b, want)
		return err
	})
	return have, err
}

// sound compares restored books with control totals, verifies them, and returns their totals.
func sound(ctx context.Context, b *books.Books, want Totals) (have Totals, err error) {
	if have, err = totals(ctx, b); err != nil {
		return have, err
	}
	if diff := want.differs(have); diff != "" {
		return have, fault.New(fault.Integrity, "backup.totals", "The books in the backup are not what the backup says of itself: %s. Nothing was kept of it; use another backup.", diff).With("difference", diff)
	}
	v, err := b.Verify(ctx, false)
	if err != nil {
		return have, err
	}
	if !v.OK {
		for _, c := range v.Checks {
			if !c.OK {
				return have, fault.New(fault.Integrity, "backup.verify", "The restored books do not pass the check %s: %s", c.Name, c.Detail).With("check", c.Name).With("detail", c.Detail)
			}
		}
	}
	return have, nil
}

// folderWork is the cost of a passphrase that is a 256-bit key: it cannot be guessed, so it may be cheap.
const folderWork = 10

// fromKeys is the passphrase of backups that open with the data folder's keys.
func fromKeys(k *sealed.Keys) string {
	b := k.Derive("backup")
	return hex.EncodeToString(b[:])
}

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func unwritable(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Unavailable, "backup.unwritable", "The backup cannot be written there. Check that the folder exists, that you may write there and that the disk is not full.")
}
