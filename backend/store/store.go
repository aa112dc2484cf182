// Package store is the engine under the ledger: an ordered key-value store with transactions.
//
// An Engine holds named tables; a table maps keys to values in byte order of the keys. Reads see one consistent
// snapshot. Writes happen in Update: all or nothing, durable when it returns nil, one at a time in effect. The body
// of an Update may be run more than once (group commit isolates a failing neighbour by running the others again), so
// it must do nothing outside the transaction.
//
// Keys are stored in clear by every engine, values sealed by store/sealed: a key is an id, a date, a number or a
// Blind digest, never a name, an e-mail address, an IBAN or a document number.
//
// Engines: store/bolt. Decorators: store/sealed. Every engine passes store/storetest.
package store

import (
	"context"
	"io"
	"iter"

	"github.com/voldaan/voldaan/backend/fault"
)

// Limits that every engine keeps; beyond them Put fails with ErrTooLarge.
const (
	MaxKey   = 512      // bytes; keys are never empty
	MaxValue = 64 << 20 // bytes; values may be empty

	// Overhead is what a decorator may add to a value; an engine on disk accepts MaxValue + Overhead.
	Overhead = 64
)

// CheckSize applies the limits, with room for overhead bytes on top of MaxValue.
func CheckSize(key, value []byte, overhead int) error {
	if len(key) == 0 {
		return fault.New(fault.Internal, "store.empty_key", "a record was written without a key")
	}
	if len(key) > MaxKey || len(value) > MaxValue+overhead {
		return ErrTooLarge
	}
	return nil
}

// Errors of every engine.
var (
	ErrNotFound error = &fault.Error{Kind: fault.NotFound, Code: "store.not_found", Message: "there is no such record"}
	ErrTooLarge error = &fault.Error{Kind: fault.TooLarge, Code: "store.too_large", Message: "the record is larger than the store accepts"}
	ErrReadOnly error = &fault.Error{Kind: fault.Internal, Code: "store.read_only", Message: "a read-only transaction cannot write"}
	ErrClosed   error = &fault.Error{Kind: fault.Unavailable, Code: "store.closed", Message: "the data folder has been closed"}
)

// Engine is a store. It is safe for concurrent use.
type Engine interface {
	// View runs fn on a snapshot.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn and makes its writes durable; when fn fails nothing is written and the error is returned as it is.
	// A panic in fn is returned as an error to its own caller only.
	Update(ctx context.Context, fn func(Tx) error) error
	// Snapshot writes a consistent copy of the whole store, as it is on disk, while others go on working.
	Snapshot(ctx context.Context, w io.Writer) error
	// Close waits for running transactions and releases the store.
	Close() error
}

// Lister is an engine that can say which tables it has, for checks of everything.
type Lister interface {
	Tables(ctx context.Context) ([]string, error)
}

// Tx is a transaction. It must not be used after its function has returned, nor from several goroutines. Byte slices
// that it hands out are valid until then and must not be changed.
type Tx interface {
	// Get is the value at key, or ErrNotFound.
	Get(table string, key []byte) ([]byte, error)
	// Put stores a value; key and value are copied where the engine keeps them.
	Put(table string, key, value []byte) error
	// Delete removes a key; removing an absent key is no error.
	Delete(table string, key []byte) error
	// Scan walks a range. It yields an error, and stops, when a value cannot be read. The table may be changed while
	// it is walked only at keys already passed.
	Scan(table string, r Range) iter.Seq2[Pair, error]
	// Sequence is the next number of the table's own counter, from 1. A rolled-back transaction gives its numbers back.
	Sequence(table string) (uint64, error)
	// Blind is a keyed digest of text for use in keys: equal texts have equal digests, and without the store's key
	// nobody can tell which text it was or try candidates.
	Blind(domain, text string) [16]byte
}

// Surveyor is a transaction that can look around a key, for decorators that must know that nothing is missing there.
type Surveyor interface {
	// Around is the last pair before key and the first at or after it; a zero Pair where there is none.
	Around(table string, key []byte) (before, from Pair, err error)
}

// Pair is a key and its value.
type Pair struct{ Key, Value []byte }

// Range is a set of keys: From <= key < To, in order, or reversed. Empty bounds are open.
type Range struct {
	From, To []byte
	Reverse  bool
}

// All is every key.
func All() Range { return Range{} }

// Prefix is every key that starts with p.
func Prefix(p []byte) Range { return Range{From: p, To: after(p)} }

// Reversed is the same keys from the last to the first.
func (r Range) Reversed() Range { r.Reverse = true; return r }

// after is the first key that does not start with p, or nil when there is none.
func after(p []byte) []byte {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] < 0xff {
			q := append([]byte(nil), p[:i+1]...)
			q[i]++
			return q
		}
	}
	return nil
}
