package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/folder"
)

// seen is how far a data folder's journal had come when this computer last looked, kept in the config folder, outside the data
// folder. Everything in the data folder may be sound and sealed and still be last month's: only something outside can tell.
//
// The record is per database and place, so that a copy looked at elsewhere on the computer is a folder of its own, and a
// folder that was moved, or came from another computer, opens. It is never written ahead of what is durable: a running
// program writes what it saw a while ago, and a closed one what there was. A power cut at any moment is no rollback.
type seen struct {
	path  string // of the record
	every time.Duration
	log   *slog.Logger
	sound atomic.Bool // the folder is known not to be behind its record: else the record stays as it is
}

type seenRecord struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"` // of that entry, in hexadecimal
}

// seenEvery is how often a running program looks how far it has come.
const seenEvery = 30 * time.Second

func newSeen(c config.Config, f *folder.Folder, log *slog.Logger) *seen {
	dir := f.Dir()
	if direct, err := filepath.EvalSymlinks(dir); err == nil {
		dir = direct
	}
	place := sha256.Sum256([]byte(dir))
	id := f.Keys.ID()
	return &seen{path: filepath.Join(c.ConfigDir, "seen", hex.EncodeToString(id[:])+"-"+hex.EncodeToString(place[:8])+".json"), every: seenEvery, log: log}
}

// record is what was seen last; a zero one when there is nothing to be read. One that makes no sense is none: it must not
// keep sound books from opening.
func (s *seen) record() (r seenRecord) {
	b, err := os.ReadFile(s.path)
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("how far the books had come is not known", slog.Any("error", err))
		return seenRecord{}
	}
	return r
}

// write keeps a record. Without one the books work as well, so that a failure is only told.
func (s *seen) write(r seenRecord) {
	if !s.sound.Load() || r.Seq == 0 || r == s.record() {
		return
	}
	b, err := json.Marshal(r)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(s.path), 0o700)
	}
	if err == nil {
		err = folder.WriteFile(s.path, append(b, '\n'))
	}
	if err != nil {
		s.log.Warn("how far the books have come cannot be kept in the config folder; a data file that is put back will not be noticed", slog.Any("error", err))
	}
}

// is takes a state of the folder for the right one, whatever was seen before.
func (s *seen) is(r seenRecord) {
	s.sound.Store(true)
	s.write(r)
}

const codeRolledBack = "folder.rolled_back"

// head is how far the journal has come.
func (l *Ledger) head(ctx context.Context) (seenRecord, error) {
	seq, hash, err := l.Books.Log().Head(ctx)
	return seenRecord{Seq: seq, Hash: hex.EncodeToString(hash[:])}, err
}

// rolledBack is a fault.Integrity when the journal is shorter than, or another one than, what was seen of it here.
func (l *Ledger) rolledBack(ctx context.Context) error {
	want := l.seen.record()
	if want.Seq == 0 {
		l.seen.sound.Store(true)
		return nil
	}
	now, err := l.head(ctx)
	if err != nil {
		return err
	}
	what := "ends at entry " + strconv.FormatUint(now.Seq, 10)
	if now.Seq >= want.Seq {
		e, err := l.Books.Log().Read(ctx, want.Seq, 1)
		if err != nil {
			return err
		}
		if len(e) == 1 && hex.EncodeToString(e[0].Hash[:]) == want.Hash {
			l.seen.sound.Store(true)
			return nil
		}
		what = "has another entry there"
	}
	l.seen.sound.Store(false)
	return fault.New(fault.Integrity, codeRolledBack, "The data file in %s is an older one, or another one, than this computer has seen: its journal had come to entry %d, and now it %s. "+
		"Somebody, or a synchronising program, has put an old copy back; what was recorded since is not in it. Put the right file back, or restore the latest backup. "+
		"If this file is the right one, accept it with: voldaan verify --accept-rollback", l.Folder.Dir(), want.Seq, what).
		With("dir", l.Folder.Dir()).With("seen", strconv.FormatUint(want.Seq, 10)).With("now", strconv.FormatUint(now.Seq, 10))
}

// checkSeen is verify's check of it.
func (l *Ledger) checkSeen(ctx context.Context) (journal.Check, error) {
	c := journal.Check{Name: "rollback", OK: true, Count: 1}
	return c, l.rolledBack(ctx)
}

// acceptedRollback is a data file that was taken for the right one although more had been seen.
type acceptedRollback struct {
	Seen    uint64 `cbor:"1,keyasint"` // the entry that had been seen last
	Entries uint64 `cbor:"2,keyasint"` // and the file's own last one
}

var accepted = store.Table[acceptedRollback]{Name: "accepted_rollbacks", Key: func(r *acceptedRollback) []byte {
	return binary.BigEndian.AppendUint64(nil, r.Entries)
}}

// AcceptRollback takes the data file as it is for the right one, and writes so in the journal. It does nothing where nothing is
// behind.
func (l *Ledger) AcceptRollback(ctx context.Context, by journal.Actor) error {
	if err := l.rolledBack(ctx); err == nil || fault.As(err).Code != codeRolledBack {
		return err
	}
	f, err := l.Firm(ctx)
	if err != nil {
		return err
	}
	was := l.seen.record()
	now, err := l.head(ctx)
	if err != nil {
		return err
	}
	_, err = l.Books.Log().Update(ctx, journal.Meta{Firm: f.ID, Actor: by}, "folder.rollback_accepted", nil, func(tx *journal.Tx) error {
		tx.Subject(f.ID.Bytes())
		tx.Fact("seen", strconv.FormatUint(was.Seq, 10))
		tx.Fact("entries", strconv.FormatUint(now.Seq, 10))
		return accepted.Put(tx, &acceptedRollback{Seen: was.Seq, Entries: now.Seq})
	})
	if err != nil {
		return err
	}
	if now, err = l.head(ctx); err != nil {
		return err
	}
	l.seen.is(now)
	return nil
}

// watch keeps the record of a running program: at each look it writes what it saw at the look before, which has been durable
// for long.
func (l *Ledger) watch(ctx context.Context) error {
	tick := time.NewTicker(l.seen.every)
	defer tick.Stop()
	var before seenRecord
	for {
		now, err := l.head(ctx)
		if err != nil {
			return err
		}
		l.seen.write(before)
		before = now
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
