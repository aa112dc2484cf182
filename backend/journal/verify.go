package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/voldaan/voldaan/backend/store"
)

// Check is the result of verifying one thing.
type Check struct {
	Name   string
	OK     bool
	Count  int    // how many were looked at
	Detail string // the first thing that is wrong
}

func (c *Check) fail(format string, args ...any) {
	if c.OK {
		c.OK, c.Detail = false, fmt.Sprintf(format, args...)
	}
}

// Verify walks the whole chain: numbers without gaps, each entry linked to the one before, each hash recomputed, the
// head at the end. Deep also replays the records and compares them, one by one, with the store.
func Verify(ctx context.Context, tx store.Tx, deep bool) ([]Check, error) {
	chain := Check{Name: "journal_chain", OK: true}
	replay := newReplay(deep)
	var prev [32]byte
	for p, err := range tx.Scan(entries, store.All()) {
		if err != nil {
			chain.fail("entry %d: %v", chain.Count+1, err)
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := decode(p.Value)
		if err != nil {
			chain.fail("entry %d cannot be read", chain.Count+1)
			break
		}
		chain.Count++
		sum, err := e.digest()
		switch {
		case err != nil:
			return nil, err
		case e.Seq != uint64(chain.Count) || !bytes.Equal(p.Key, seqKey(e.Seq)):
			chain.fail("entry %d stands at place %d", e.Seq, chain.Count)
		case e.Prev != prev:
			chain.fail("entry %d is not linked to the one before it", e.Seq)
		case e.Hash != sum:
			chain.fail("entry %d was altered", e.Seq)
		}
		prev = e.Hash
		replay.apply(e.Changes)
	}
	seq, hash, err := HeadIn(tx)
	if err != nil {
		chain.fail("%v", err)
	} else if seq != uint64(chain.Count) || hash != prev {
		chain.fail("the head says entry %d, the chain ends at %d", seq, chain.Count)
	}
	if !deep {
		return []Check{chain}, nil
	}
	return []Check{chain, replay.compare(tx)}, nil
}

// replayed is the state that the journal says there is: table and key -> digest of the record.
type replayed struct {
	on     bool
	tables map[string]map[string][32]byte
}

func newReplay(on bool) *replayed { return &replayed{on, map[string]map[string][32]byte{}} }

func (r *replayed) apply(changes []Change) {
	if !r.on {
		return
	}
	for _, c := range changes {
		t := r.tables[c.Table]
		if t == nil {
			t = map[string][32]byte{}
			r.tables[c.Table] = t
		}
		if c.Value == nil {
			delete(t, string(c.Key))
		} else {
			t[string(c.Key)] = sha256.Sum256(c.Value)
		}
	}
}

func (r *replayed) compare(tx store.Tx) Check {
	c := Check{Name: "replay", OK: true}
	for table, want := range r.tables {
		for p, err := range tx.Scan(table, store.All()) {
			if err != nil {
				c.fail("%s: %v", table, err)
				break
			}
			c.Count++
			sum, known := want[string(p.Key)]
			switch {
			case !known:
				c.fail("a record of %s is not in the journal", table)
			case sum != sha256.Sum256(p.Value):
				c.fail("a record of %s differs from the journal", table)
			}
			delete(want, string(p.Key))
		}
		if len(want) > 0 {
			c.fail("%d records of %s are missing", len(want), table)
		}
	}
	return c
}
