// Package sealed encrypts the values of another engine.
//
// Every value is sealed with AES-256-GCM (a Tink keyset). What it is bound to (the associated data) is the format
// version, the database's id, the table and the key: a value that was changed, moved to another key, another table or
// another data folder does not open. That is a fault.Integrity naming the table; a wrong value is never returned.
//
// Keys stay in clear and in order. Texts that must be found by key (numbers, e-mail addresses) go through Blind, an
// HMAC whose key is derived from the keyset. A key is protected by its value: a damaged one makes that value not open,
// and whoever looks for what it was and does not find it looks at the neighbours, so it cannot pass for absent.
package sealed

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"sync"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// formatVersion is the first byte of every stored value and part of what it is bound to.
const formatVersion = 1

// Engine seals the values of the engine below it. It implements store.Engine.
type Engine struct {
	store.Engine
	keys *Keys
	macs sync.Pool // of hash.Hash, keyed for Blind: keying anew costs more than the digest
}

// New seals eng with keys. Close closes eng.
func New(eng store.Engine, keys *Keys) *Engine {
	key := keys.Derive("blind")
	return &Engine{Engine: eng, keys: keys, macs: sync.Pool{New: func() any { return hmac.New(sha256.New, key[:]) }}}
}

// View runs fn on a snapshot.
func (e *Engine) View(ctx context.Context, fn func(store.Tx) error) error {
	return e.Engine.View(ctx, func(t store.Tx) error { return fn(&tx{Tx: t, e: e}) })
}

// Update runs fn and makes its writes durable.
func (e *Engine) Update(ctx context.Context, fn func(store.Tx) error) error {
	return e.Engine.Update(ctx, func(t store.Tx) error { return fn(&tx{Tx: t, e: e}) })
}

// Snapshot copies the store as it is on disk: sealed.
func (e *Engine) Snapshot(ctx context.Context, w io.Writer) error { return e.Engine.Snapshot(ctx, w) }

type tx struct {
	store.Tx
	e     *Engine
	bound []byte // scratch for the associated data
}

// bind is what a value at this place is bound to: version, database, table with its length, key.
func (t *tx) bind(table string, key []byte) []byte {
	b := append(t.bound[:0], formatVersion)
	b = append(b, t.e.keys.id[:]...)
	b = append(b, byte(len(table)))
	b = append(b, table...)
	t.bound = append(b, key...)
	return t.bound
}

func (t *tx) open(table string, key, raw []byte) ([]byte, error) {
	if len(raw) == 0 || raw[0] != formatVersion {
		return nil, unopened(table, fmt.Errorf("%d bytes, unknown format", len(raw)))
	}
	// Tink says the same for every reason, so that nothing can be learned by trying.
	v, err := t.e.keys.aead.Decrypt(raw[1:], t.bind(table, key))
	if err != nil {
		return nil, unopened(table, err)
	}
	if v == nil {
		v = []byte{}
	}
	return v, nil
}

func (t *tx) Get(table string, key []byte) ([]byte, error) {
	raw, err := t.Tx.Get(table, key)
	if errors.Is(err, store.ErrNotFound) {
		// Absent, or there under a damaged key: then it is next to where it should be, and does not open there.
		if err := t.survey(table, key, true, true); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	return t.open(table, key, raw)
}

// survey opens the pairs before and after a place where nothing was found. A key is bound to its value but not to its
// neighbours, so a damaged one could otherwise hide a record from whoever looks for it. (Keys out of order are found
// when the file is opened.)
func (t *tx) survey(table string, key []byte, before, after bool) error {
	s, ok := t.Tx.(store.Surveyor)
	if !ok {
		return nil
	}
	left, right, err := s.Around(table, key)
	if err != nil {
		return err
	}
	if before && left.Key != nil {
		if _, err := t.open(table, left.Key, left.Value); err != nil {
			return err
		}
	}
	if after && right.Key != nil {
		if _, err := t.open(table, right.Key, right.Value); err != nil {
			return err
		}
	}
	return nil
}

// edges surveys the ends of a range: a record whose damaged key fell out of it lies just outside.
func (t *tx) edges(table string, r store.Range) error {
	if r.From != nil {
		if err := t.survey(table, r.From, true, false); err != nil {
			return err
		}
	}
	if r.To != nil {
		return t.survey(table, r.To, false, true)
	}
	return nil
}

func (t *tx) Put(table string, key, value []byte) error {
	if err := store.CheckSize(key, value, 0); err != nil {
		return err
	}
	c, err := t.e.keys.aead.Encrypt(value, t.bind(table, key))
	if err != nil {
		return fault.Wrap(err, fault.Internal, "store.seal", "A record could not be encrypted.")
	}
	raw := make([]byte, 1+len(c))
	raw[0] = formatVersion
	copy(raw[1:], c)
	return t.Tx.Put(table, key, raw)
}

func (t *tx) Scan(table string, r store.Range) iter.Seq2[store.Pair, error] {
	return func(yield func(store.Pair, error) bool) {
		if err := t.edges(table, r); err != nil {
			yield(store.Pair{}, err)
			return
		}
		for p, err := range t.Tx.Scan(table, r) {
			if err == nil {
				p.Value, err = t.open(table, p.Key, p.Value)
			}
			if err != nil {
				yield(store.Pair{}, err)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// Blind is HMAC-SHA-256 of domain and text, cut to 16 bytes.
func (t *tx) Blind(domain, text string) (sum [16]byte) { return t.e.Blind(domain, text) }

// Blind is the digest outside a transaction: for whoever must name something in a log or a rate limit without naming it.
func (e *Engine) Blind(domain, text string) (sum [16]byte) {
	m, _ := e.macs.Get().(hash.Hash) // the pool holds nothing else
	defer e.macs.Put(m)
	m.Reset()
	var buf [256]byte
	b := append(append(append(buf[:0], domain...), 0), text...)
	m.Write(b) // a hash does not fail
	copy(sum[:], m.Sum(b[:0]))
	return sum
}

// Tables are the tables of the engine below.
func (e *Engine) Tables(ctx context.Context) ([]string, error) {
	l, ok := e.Engine.(store.Lister)
	if !ok {
		return nil, fault.New(fault.Internal, "store.tables", "This engine cannot list its tables.")
	}
	return l.Tables(ctx)
}

// Check opens every value there is. It returns how many open and, by table, how many do not.
func (e *Engine) Check(ctx context.Context) (opened int, bad map[string]int, err error) {
	tables, err := e.Tables(ctx)
	if err != nil {
		return 0, nil, err
	}
	bad = map[string]int{}
	err = e.Engine.View(ctx, func(under store.Tx) error {
		t := &tx{Tx: under, e: e}
		for _, table := range tables {
			for p, err := range under.Scan(table, store.All()) {
				if err != nil {
					return err
				}
				if _, err := t.open(table, p.Key, p.Value); err != nil {
					bad[table]++
					continue
				}
				if opened++; opened%4096 == 0 && ctx.Err() != nil {
					return context.Cause(ctx)
				}
			}
		}
		return nil
	})
	return opened, bad, err
}

func unopened(table string, cause error) error {
	f := fault.New(fault.Integrity, "store.sealed", "A record of table %q does not open: it is damaged, has been moved or belongs to another key. Nothing wrong was shown; restore the latest backup.", table)
	f.Err = cause
	return f.With("table", table)
}

var (
	_ store.Engine = (*Engine)(nil)
	_ store.Lister = (*Engine)(nil)
)
