// Package journal is the append-only record of every change.
//
// Each business operation is one durable transaction that writes state and exactly one Entry: who did what, when, to
// whom, and the records as they were after it. Nothing journaled is ever altered; the records in the store are the
// replay of the entries in order (Verify proves it).
//
// Entries form a hash chain: Hash = SHA-256(Prev ‖ canonical CBOR of the entry). The canonical form holds the SHA-256
// of each record and of the facts instead of their bytes, so that a person's data can one day be erased from old
// entries without breaking the chain (rulebook 10.6).
//
// An idempotency key makes an operation happen once: the same key with the same input answers with the first outcome,
// with another input it is a conflict.
//
// Followers (openitems, search, live, mail) read entries in order from a cursor that is saved after they have applied
// them, so that a side effect survives a crash between the commit and the effect.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Tables of the journal. They are the only ones whose records are not journaled themselves.
const (
	entries  = "journal"          // sequence -> entry
	head     = "journal.head"     // "head" -> sequence, hash
	subjects = "journal.subjects" // subject id, sequence -> nothing
	keys     = "journal.keys"     // blind idempotency key -> input hash, sequence, result
	cursors  = "journal.cursors"  // follower's name -> sequence
)

// ActorKind says on whose behalf something happened.
type ActorKind uint8

// The kinds of actors.
const (
	System   ActorKind = iota
	User               // staff
	Contact            // a signed-in customer
	PayLink            // whoever holds a pay link
	Provider           // a payment provider
	Importer           // a file
	CLI                // the command line
)

// Actor did something. ID is the text form of the user, contact or link; Name is for the timeline.
type Actor struct {
	Kind ActorKind `cbor:"1,keyasint"`
	ID   string    `cbor:"2,keyasint,omitempty"`
	Name string    `cbor:"3,keyasint,omitempty"`
}

// Meta goes with every write. Key is an idempotency key, unique within the firm; empty means none.
type Meta struct {
	Firm  ledger.FirmID
	Actor Actor
	Key   string
}

// Facts are what a timeline shows of an entry: small texts by name ("number", "amount", "currency").
type Facts map[string]string

// Change is a record as it was after the entry; a nil Value means that it was removed.
type Change struct {
	Table string `cbor:"1,keyasint"`
	Key   []byte `cbor:"2,keyasint"`
	Value []byte `cbor:"3,keyasint"`
}

// Entry is one operation.
type Entry struct {
	Seq       uint64        `cbor:"1,keyasint"` // from 1, without gaps
	At        time.Time     `cbor:"-"`
	AtNano    int64         `cbor:"2,keyasint"`
	Firm      ledger.FirmID `cbor:"3,keyasint"`
	Actor     Actor         `cbor:"4,keyasint"`
	Kind      string        `cbor:"5,keyasint"` // "receipt.recorded"
	Subjects  [][]byte      `cbor:"6,keyasint,omitempty"`
	Facts     Facts         `cbor:"7,keyasint,omitempty"`
	Changes   []Change      `cbor:"8,keyasint,omitempty"`
	KeyHash   []byte        `cbor:"9,keyasint,omitempty"`
	InputHash []byte        `cbor:"10,keyasint,omitempty"`
	Prev      [32]byte      `cbor:"11,keyasint"`
	Hash      [32]byte      `cbor:"12,keyasint"`
}

// Concerns reports whether the subject (an id's bytes) is one of the entry's.
func (e *Entry) Concerns(id []byte) bool {
	for _, s := range e.Subjects {
		if string(s) == string(id) {
			return true
		}
	}
	return false
}

// Outcome tells what an Update did. Replayed means that the key had been used before: Seq and Result are the first's.
type Outcome struct {
	Seq      uint64
	Replayed bool
	Result   []byte
}

// Log is the journal over a store. It is safe for concurrent use.
type Log struct {
	eng   store.Engine
	clock civil.Clock

	mu      sync.Mutex
	changed chan struct{}
}

// Open makes a Log. The store may be empty.
func Open(eng store.Engine, clock civil.Clock) *Log {
	return &Log{eng: eng, clock: clock, changed: make(chan struct{})}
}

// Engine is the store under the journal, for reading and for state that is not journaled (cursors, throttles).
func (l *Log) Engine() store.Engine { return l.eng }

// Clock is the clock that dates entries.
func (l *Log) Clock() civil.Clock { return l.clock }

// errReplay carries an earlier outcome out of a transaction that has nothing to write.
type errReplay struct{ Outcome }

func (errReplay) Error() string { return "journal: already done" }

// Update runs fn in one transaction and writes its entry with it. input identifies the request for m.Key; it is hashed,
// never stored. A fn that writes nothing leaves no entry, and the outcome's Seq is 0.
func (l *Log) Update(ctx context.Context, m Meta, kind string, input []byte, fn func(*Tx) error) (Outcome, error) {
	var out Outcome
	inputHash := sha256.Sum256(input)
	err := l.eng.Update(ctx, func(stx store.Tx) error {
		out = Outcome{}
		at := l.clock.Now()
		tx := &Tx{Tx: stx, entry: Entry{AtNano: at.UnixNano(), Firm: m.Firm, Actor: m.Actor, Kind: kind}}
		if m.Key != "" {
			if err := l.claim(tx, m, inputHash); err != nil {
				return err
			}
		}
		if err := fn(tx); err != nil {
			return err
		}
		if len(tx.entry.Changes) == 0 {
			out.Result = tx.result
			return l.remember(tx, m, inputHash, 0)
		}
		seq, err := tx.append()
		if err != nil {
			return err
		}
		out = Outcome{Seq: seq, Result: tx.result}
		return l.remember(tx, m, inputHash, seq)
	})
	var replay errReplay
	if errors.As(err, &replay) {
		return replay.Outcome, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	if out.Seq != 0 {
		l.wake()
	}
	return out, nil
}

// used is what is kept of an idempotency key.
type used struct {
	Input  []byte `cbor:"1,keyasint"`
	Seq    uint64 `cbor:"2,keyasint"`
	Result []byte `cbor:"3,keyasint,omitempty"`
}

func keyID(tx store.Tx, m Meta) []byte {
	b := tx.Blind("idempotency", string(m.Firm[:])+m.Key)
	return b[:]
}

func (l *Log) claim(tx *Tx, m Meta, input [32]byte) error {
	id := keyID(tx, m)
	raw, err := tx.Get(keys, id)
	if errors.Is(err, store.ErrNotFound) {
		tx.entry.KeyHash, tx.entry.InputHash = id, input[:]
		return nil
	}
	if err != nil {
		return err
	}
	var u used
	if err := cbor.Unmarshal(raw, &u); err != nil {
		return damaged("an idempotency record", err)
	}
	if string(u.Input) != string(input[:]) {
		return fault.Conflictf("journal.key_reused", "this idempotency key was used before with other contents; use a new key")
	}
	return errReplay{Outcome{Seq: u.Seq, Replayed: true, Result: u.Result}}
}

func (l *Log) remember(tx *Tx, m Meta, input [32]byte, seq uint64) error {
	if m.Key == "" {
		return nil
	}
	return tx.putRecord(keys, keyID(tx, m), used{Input: input[:], Seq: seq, Result: tx.result})
}

func damaged(what string, err error) error {
	return fault.Wrap(err, fault.Integrity, "journal.damaged", what+" in the journal cannot be read; run voldaan verify and restore a backup")
}

// wake tells waiting followers that there is something new.
func (l *Log) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Changed is closed at the next commit. Take it before reading, so that nothing is missed.
func (l *Log) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Head is the last entry's sequence number and hash; 0 and zeros when the journal is empty.
func (l *Log) Head(ctx context.Context) (seq uint64, hash [32]byte, err error) {
	err = l.eng.View(ctx, func(tx store.Tx) error {
		seq, hash, err = HeadIn(tx)
		return err
	})
	return seq, hash, err
}

// Witness is the head as it is printed on papers, short enough to copy by hand: the last entry's number and the first
// eight bytes of its hash, "1842-3f2a9c0d11e4b7aa". Whoever holds it can later prove what the books said.
func (l *Log) Witness(ctx context.Context) (string, error) {
	seq, hash, err := l.Head(ctx)
	if err != nil {
		return "", err
	}
	return strconv.FormatUint(seq, 10) + "-" + hex.EncodeToString(hash[:8]), nil
}

// HeadIn is Head within a transaction, so that a snapshot of state knows which entry it stands at.
func HeadIn(tx store.Tx) (uint64, [32]byte, error) {
	raw, err := tx.Get(head, []byte("head"))
	if errors.Is(err, store.ErrNotFound) {
		return 0, [32]byte{}, nil
	}
	if err != nil {
		return 0, [32]byte{}, err
	}
	if len(raw) != 40 {
		return 0, [32]byte{}, damaged("the head", nil)
	}
	return binary.BigEndian.Uint64(raw), [32]byte(raw[8:]), nil
}
