package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/voldaan/voldaan/backend/store"
)

// canonical encodes one value in one way only (RFC 8949, core deterministic).
var canonical = func() cbor.EncMode {
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// Tx is a transaction whose writes become part of one entry. Writes to index tables (a "/" in the name, as store.Table
// makes them) are derived from records and are not journaled.
type Tx struct {
	store.Tx
	entry  Entry
	result []byte
}

// At is the one timestamp of the transaction, in UTC.
func (tx *Tx) At() time.Time { return time.Unix(0, tx.entry.AtNano).UTC() }

// Put stores a record and makes it part of the entry.
func (tx *Tx) Put(table string, key, value []byte) error {
	if err := tx.Tx.Put(table, key, value); err != nil {
		return err
	}
	if !derived(table) {
		v := slices.Clone(value)
		if v == nil {
			v = []byte{}
		}
		tx.entry.Changes = append(tx.entry.Changes, Change{table, slices.Clone(key), v})
	}
	return nil
}

// Delete removes a record and makes the removal part of the entry.
func (tx *Tx) Delete(table string, key []byte) error {
	if err := tx.Tx.Delete(table, key); err != nil {
		return err
	}
	if !derived(table) {
		tx.entry.Changes = append(tx.entry.Changes, Change{table, slices.Clone(key), nil})
	}
	return nil
}

func derived(table string) bool { return strings.Contains(table, "/") }

// Subject says whom or what the entry is about: the customer, documents, the import.
func (tx *Tx) Subject(ids ...[]byte) {
	for _, id := range ids {
		if !tx.entry.Concerns(id) {
			tx.entry.Subjects = append(tx.entry.Subjects, slices.Clone(id))
		}
	}
}

// Fact adds a small text for timelines.
func (tx *Tx) Fact(name, value string) {
	if tx.entry.Facts == nil {
		tx.entry.Facts = Facts{}
	}
	tx.entry.Facts[name] = value
}

// SetKind refines the entry's kind where only the transaction knows what happened ("customer.created", "customer.changed").
func (tx *Tx) SetKind(kind string) { tx.entry.Kind = kind }

// SetResult is what a replay of the same idempotency key answers.
func (tx *Tx) SetResult(b []byte) { tx.result = b }

func (tx *Tx) putRecord(table string, key []byte, v any) error {
	raw, err := canonical.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Tx.Put(table, key, raw)
}

func (tx *Tx) append() (uint64, error) {
	seq, prev, err := HeadIn(tx.Tx)
	if err != nil {
		return 0, err
	}
	e := &tx.entry
	e.Seq, e.Prev = seq+1, prev
	if e.Hash, err = e.digest(); err != nil {
		return 0, err
	}
	if err := tx.putRecord(entries, seqKey(e.Seq), e); err != nil {
		return 0, err
	}
	for _, s := range e.Subjects {
		if err := tx.Tx.Put(subjects, append(slices.Clone(s), seqKey(e.Seq)...), nil); err != nil {
			return 0, err
		}
	}
	return e.Seq, tx.Tx.Put(head, []byte("head"), append(seqKey(e.Seq), e.Hash[:]...))
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// link is the canonical form that is hashed: digests in the place of what may one day be erased.
type link struct {
	_         struct{} `cbor:",toarray"`
	Seq       uint64
	AtNano    int64
	Firm      [16]byte
	Actor     ActorKind
	ActorID   string
	Kind      string
	Subjects  [][]byte
	Facts     [32]byte
	Changes   []linkChange
	KeyHash   []byte
	InputHash []byte
}

type linkChange struct {
	_      struct{} `cbor:",toarray"`
	Table  string
	Key    []byte
	Gone   bool
	Digest [32]byte
}

func (e *Entry) digest() ([32]byte, error) {
	l := link{Seq: e.Seq, AtNano: e.AtNano, Firm: e.Firm, Actor: e.Actor.Kind, ActorID: e.Actor.ID, Kind: e.Kind,
		Subjects: e.Subjects, KeyHash: e.KeyHash, InputHash: e.InputHash, Changes: make([]linkChange, len(e.Changes))}
	facts, err := canonical.Marshal([]any{e.Actor.Name, e.Facts})
	if err != nil {
		return [32]byte{}, err
	}
	l.Facts = sha256.Sum256(facts)
	for i, c := range e.Changes {
		l.Changes[i] = linkChange{Table: c.Table, Key: c.Key, Gone: c.Value == nil, Digest: sha256.Sum256(c.Value)}
	}
	raw, err := canonical.Marshal(l)
	if err != nil {
		return [32]byte{}, err
	}
	h := sha256.New()
	h.Write(e.Prev[:])
	h.Write(raw)
	return [32]byte(h.Sum(nil)), nil
}

func decode(raw []byte) (Entry, error) {
	var e Entry
	if err := cbor.Unmarshal(raw, &e); err != nil {
		return e, damaged("an entry", err)
	}
	e.At = time.Unix(0, e.AtNano).UTC()
	return e, nil
}

// In reads one entry within a transaction.
func In(tx store.Tx, seq uint64) (Entry, error) {
	raw, err := tx.Get(entries, seqKey(seq))
	if err != nil {
		return Entry{}, err
	}
	return decode(raw)
}
