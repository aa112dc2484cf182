package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/voldaan/voldaan/backend/store"
)

// batch bounds what a follower is handed at once: entries, and bytes of records in them.
const (
	batchEntries = 500
	batchBytes   = 8 << 20
)

// Follower does something with each entry, in order, at least once: after a crash the last batch may come again.
type Follower interface {
	// Name is where the cursor is saved; renaming starts from the beginning.
	Name() string
	// Apply handles entries; an error stops Follow and the entries come again next time.
	Apply(ctx context.Context, entries []Entry) error
}

// Read returns entries from sequence number from on, at most limit and at most 8 MB of them (but always one).
func (l *Log) Read(ctx context.Context, from uint64, limit int) ([]Entry, error) {
	var out []Entry
	err := l.eng.View(ctx, func(tx store.Tx) error {
		out = out[:0]
		size := 0
		for p, err := range tx.Scan(entries, store.Range{From: seqKey(max(from, 1))}) {
			if err != nil {
				return err
			}
			e, err := decode(p.Value)
			if err != nil {
				return err
			}
			out = append(out, e)
			if size += len(p.Value); len(out) >= limit || size >= batchBytes {
				return nil
			}
		}
		return nil
	})
	return out, err
}

// About lists the entries that concern a subject, newest first, before the given sequence number (0: from the end).
func About(tx store.Tx, subject []byte, before uint64, limit int) ([]Entry, error) {
	r := store.Prefix(subject)
	if before > 0 {
		r.To = append(slices.Clone(subject), seqKey(before)...)
	}
	var out []Entry
	for p, err := range tx.Scan(subjects, r.Reversed()) {
		if err != nil {
			return nil, err
		}
		e, err := In(tx, binary.BigEndian.Uint64(p.Key[len(p.Key)-8:]))
		if err != nil {
			return nil, err
		}
		if out = append(out, e); len(out) >= limit {
			break
		}
	}
	return out, nil
}

// Cursor is the last entry that the follower has applied; 0 when none.
func (l *Log) Cursor(ctx context.Context, name string) (seq uint64, err error) {
	err = l.eng.View(ctx, func(tx store.Tx) error {
		raw, err := tx.Get(cursors, []byte(name))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil && len(raw) == 8 {
			seq = binary.BigEndian.Uint64(raw)
		}
		return err
	})
	return seq, err
}

// SetCursor saves how far a follower is. Followers that keep their own place (because what they build lives elsewhere)
// call it with 0 to start again.
func (l *Log) SetCursor(ctx context.Context, name string, seq uint64) error {
	return l.eng.Update(ctx, func(tx store.Tx) error { return tx.Put(cursors, []byte(name), seqKey(seq)) })
}

// Follow hands every entry after the follower's cursor to it, and then each new one, until ctx ends (nil) or Apply fails.
func (l *Log) Follow(ctx context.Context, f Follower) error {
	from, err := l.Cursor(ctx, f.Name())
	if err != nil {
		return err
	}
	return l.FollowFrom(ctx, from, f.Apply, func(seq uint64) error { return l.SetCursor(ctx, f.Name(), seq) })
}

// FollowFrom is Follow for someone who keeps the cursor: entries after seq go to apply, and save (which may be nil) hears
// how far it came.
func (l *Log) FollowFrom(ctx context.Context, seq uint64, apply func(context.Context, []Entry) error, save func(uint64) error) error {
	for {
		changed := l.Changed()
		batch, err := l.Read(ctx, seq+1, batchEntries)
		if err == nil && len(batch) > 0 {
			if err = apply(ctx, batch); err == nil {
				seq = batch[len(batch)-1].Seq
				if save != nil {
					err = save(seq)
				}
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case len(batch) > 0:
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// Numbers are the sequence numbers of the entries that concern a subject, oldest first.
func Numbers(tx store.Tx, subject []byte) (out []uint64, err error) {
	for p, err := range tx.Scan(subjects, store.Prefix(subject)) {
		if err != nil {
			return nil, err
		}
		out = append(out, binary.BigEndian.Uint64(p.Key[len(p.Key)-8:]))
	}
	return out, nil
}
