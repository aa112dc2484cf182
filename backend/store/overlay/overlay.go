// Package overlay is a store over another one that it never writes to: what is written goes to a scratch store and is
// seen from there, everything else is read through. It is for trying out what a series of writes would do.
//
// A transaction sees one snapshot of each. The store below may change between two of them, so that what is tried out may
// differ from what then happens; whoever needs more compares the journal's head. A counter of the store below cannot be
// read without moving it: Sequence is refused for a table that has records there.
package overlay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store"
)

// Engine is the two together. It implements store.Engine.
type Engine struct {
	below, scratch store.Engine
}

// New puts scratch, which must be empty, over below. Close closes scratch only.
func New(below, scratch store.Engine) *Engine { return &Engine{below, scratch} }

// View runs fn on a snapshot.
func (e *Engine) View(ctx context.Context, fn func(store.Tx) error) error {
	return e.scratch.View(ctx, func(over store.Tx) error { return e.both(ctx, over, fn) })
}

// Update runs fn and keeps its writes in the scratch store.
func (e *Engine) Update(ctx context.Context, fn func(store.Tx) error) error {
	return e.scratch.Update(ctx, func(over store.Tx) error { return e.both(ctx, over, fn) })
}

func (e *Engine) both(ctx context.Context, over store.Tx, fn func(store.Tx) error) error {
	return e.below.View(ctx, func(under store.Tx) error { return fn(&tx{under: under, over: over}) })
}

// Snapshot is refused: the two are no store that could be opened again.
func (e *Engine) Snapshot(context.Context, io.Writer) error {
	return fault.New(fault.Internal, "store.overlay", "what is only tried out cannot be copied")
}

// Close closes the scratch store.
func (e *Engine) Close() error { return e.scratch.Close() }

// The first byte of a scratch value: whether the record is there or was deleted.
const (
	gone  = 0
	there = 1
)

type tx struct {
	under, over store.Tx
}

func (t *tx) Get(table string, key []byte) ([]byte, error) {
	v, err := t.over.Get(table, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return t.under.Get(table, key)
	case err != nil:
		return nil, err
	case v[0] == gone:
		return nil, store.ErrNotFound
	}
	return v[1:], nil
}

func (t *tx) Put(table string, key, value []byte) error {
	if err := store.CheckSize(key, value, 0); err != nil {
		return err
	}
	return t.over.Put(table, key, append([]byte{there}, value...))
}

func (t *tx) Delete(table string, key []byte) error { return t.over.Put(table, key, []byte{gone}) }

// Scan merges the two in order; where both have a key the scratch store's value counts.
func (t *tx) Scan(table string, r store.Range) iter.Seq2[store.Pair, error] {
	return func(yield func(store.Pair, error) bool) {
		under, stop := iter.Pull2(t.under.Scan(table, r))
		defer stop()
		base, err, more := under()
		for p, overErr := range t.over.Scan(table, r) {
			if overErr != nil {
				yield(store.Pair{}, overErr)
				return
			}
			for more && err == nil && before(base.Key, p.Key, r.Reverse) {
				if !yield(base, nil) {
					return
				}
				base, err, more = under()
			}
			if more && err != nil {
				yield(store.Pair{}, err)
				return
			}
			if more && bytes.Equal(base.Key, p.Key) {
				base, err, more = under()
			}
			if p.Value[0] == there && !yield(store.Pair{Key: p.Key, Value: p.Value[1:]}, nil) {
				return
			}
		}
		for ; more; base, err, more = under() {
			if !yield(base, err) || err != nil {
				return
			}
		}
	}
}

func before(a, b []byte, reverse bool) bool {
	if reverse {
		a, b = b, a
	}
	return bytes.Compare(a, b) < 0
}

func (t *tx) Sequence(table string) (uint64, error) {
	for _, err := range t.under.Scan(table, store.All()) {
		if err != nil {
			return 0, err
		}
		return 0, fault.New(fault.Internal, "store.overlay", "a counter cannot be tried out")
	}
	return t.over.Sequence(table)
}

func (t *tx) Blind(domain, text string) [16]byte { return t.under.Blind(domain, text) }
