package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/fxamacker/cbor/v2"

	"github.com/voldaan/voldaan/backend/fault"
)

// Table is a typed table: records of type R under a key that the record itself decides, with indexes that the table
// keeps in step in the same transaction. Callers never write index entries.
//
// A record is stored as one version byte and CBOR with integer keys; an index lives in the engine's table
// "<name>/<index>".
type Table[R any] struct {
	Name    string
	Key     func(*R) []byte
	Indexes []Index[R]
}

// Index is derived from records. Entries returns what one record contributes. With Unique, two records that contribute
// the same key are refused with ErrDuplicate.
type Index[R any] struct {
	Name    string
	Unique  bool
	Entries func(Tx, *R) []Pair
}

// ErrDuplicate is wrapped when a unique index refuses a record.
var ErrDuplicate error = &fault.Error{Kind: fault.Conflict, Code: "store.duplicate", Message: "there is already such a record"}

const recordVersion = 1

var encoding = func() cbor.EncMode {
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	return m
}()

func encode(r any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(recordVersion)
	if err := encoding.NewEncoder(&b).Encode(r); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Decode reads a stored record of this table: for whoever meets its bytes elsewhere, as journal followers do.
func (t *Table[R]) Decode(raw []byte) (r R, err error) {
	if len(raw) == 0 || raw[0] != recordVersion {
		return r, t.damaged(errors.New("unknown record version"))
	}
	if err := cbor.Unmarshal(raw[1:], &r); err != nil {
		return r, t.damaged(err)
	}
	return r, nil
}

func (t *Table[R]) damaged(err error) error {
	return fault.Wrap(err, fault.Integrity, "store.damaged",
		fmt.Sprintf("a record of %s cannot be read; run voldaan verify and restore a backup", t.Name))
}

func (t *Table[R]) index(i *Index[R]) string { return t.Name + "/" + i.Name }

// Get is the record at key, or ErrNotFound.
func (t *Table[R]) Get(tx Tx, key []byte) (r R, err error) {
	raw, err := tx.Get(t.Name, key)
	if err != nil {
		return r, err
	}
	return t.Decode(raw)
}

// Has reports whether there is a record at key.
func (t *Table[R]) Has(tx Tx, key []byte) (bool, error) {
	_, err := tx.Get(t.Name, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Insert stores a record whose key is new by construction (a fresh id), without looking for an old one.
func (t *Table[R]) Insert(tx Tx, r *R) error {
	raw, err := encode(r)
	if err != nil {
		return err
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		for _, e := range ix.Entries(tx, r) {
			if err := t.enter(tx, ix, e); err != nil {
				return err
			}
		}
	}
	return tx.Put(t.Name, t.Key(r), raw)
}

// Put stores a record, new or in the place of the one with its key.
func (t *Table[R]) Put(tx Tx, r *R) error {
	if err := t.unindex(tx, t.Key(r)); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return t.Insert(tx, r)
}

// Delete removes the record at key, which must be there.
func (t *Table[R]) Delete(tx Tx, key []byte) error {
	if err := t.unindex(tx, key); err != nil {
		return err
	}
	return tx.Delete(t.Name, key)
}

func (t *Table[R]) unindex(tx Tx, key []byte) error {
	old, err := t.Get(tx, key)
	if err != nil {
		return err
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		for _, e := range ix.Entries(tx, &old) {
			if err := tx.Delete(t.index(ix), e.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Table[R]) enter(tx Tx, ix *Index[R], e Pair) error {
	if ix.Unique {
		_, err := tx.Get(t.index(ix), e.Key)
		if err == nil {
			return fmt.Errorf("%s by %s: %w", t.Name, ix.Name, ErrDuplicate)
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return tx.Put(t.index(ix), e.Key, e.Value)
}

// Scan walks records in the order of their keys.
func (t *Table[R]) Scan(tx Tx, r Range) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for p, err := range tx.Scan(t.Name, r) {
			var rec R
			if err == nil {
				rec, err = t.Decode(p.Value)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// Entries walks an index: keys in order with the values that Index.Entries gave.
func (t *Table[R]) Entries(tx Tx, index string, r Range) iter.Seq2[Pair, error] {
	return tx.Scan(t.Name+"/"+index, r)
}

// Entry is the value at a key of an index, or ErrNotFound.
func (t *Table[R]) Entry(tx Tx, index string, key []byte) ([]byte, error) {
	return tx.Get(t.Name+"/"+index, key)
}

// CheckIndexes recomputes every index entry from the records and compares. It returns how many entries there are and
// what is wrong first, or "".
func (t *Table[R]) CheckIndexes(tx Tx) (count int, wrong string, err error) {
	want := make([]int, len(t.Indexes))
	for r, err := range t.Scan(tx, All()) {
		if err != nil {
			return count, "", err
		}
		for i := range t.Indexes {
			ix := &t.Indexes[i]
			for _, e := range ix.Entries(tx, &r) {
				want[i]++
				count++
				v, err := tx.Get(t.index(ix), e.Key)
				if err != nil || !bytes.Equal(v, e.Value) {
					return count, fmt.Sprintf("%s: an entry differs from its record", t.index(ix)), nil
				}
			}
		}
	}
	for i := range t.Indexes {
		have := 0
		for _, err := range tx.Scan(t.index(&t.Indexes[i]), All()) {
			if err != nil {
				return count, "", err
			}
			have++
		}
		if have != want[i] {
			return count, fmt.Sprintf("%s: %d entries for %d that should be there", t.index(&t.Indexes[i]), have, want[i]), nil
		}
	}
	return count, "", nil
}
