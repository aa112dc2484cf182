// Package books is the use cases of the ledger and the only writer of its data.
//
// Every write is one transaction: the rules of package ledger decide, state and one journal entry are written together,
// and the call returns when they are durable. Reads see one consistent snapshot. Errors are *fault.Error with a message
// that is safe to show; after an error nothing has changed. A journal.Meta with a Key makes a write idempotent.
//
//   - View and Reader: everything the staff may see.
//   - Portal: the narrow view for customers. Each call is limited to the signed-in scope; what belongs to somebody else
//     answers exactly like what does not exist.
//   - Stage: imports, many rows as one outcome, and their undo.
//   - Verify: proves chain, indexes, balances and bounds.
package books

import (
	"context"
	"errors"
	"sync"
	"time"
	_ "time/tzdata" // firms name their time zone, and not every computer has the tables

	"github.com/fxamacker/cbor/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Books is the ledger of all firms in a data folder. It is safe for concurrent use.
type Books struct {
	eng   store.Engine
	log   *journal.Log
	clock civil.Clock
	ids   *ident.Source
	zones sync.Map // time zones by name: loading one parses a file

	covered sync.Map // index checks of features, by feature
}

// Open reads the ledger in the store, which may be empty, and takes back imports that a crash left half-way.
func Open(ctx context.Context, eng store.Engine, clock civil.Clock) (*Books, error) {
	return OpenWith(ctx, eng, clock, ident.NewSource(clock))
}

// OpenWith is Open with a source of ids of one's own: the sample firm is the same every time.
func OpenWith(ctx context.Context, eng store.Engine, clock civil.Clock, ids *ident.Source) (*Books, error) {
	b := &Books{eng: eng, log: journal.Open(eng, clock), clock: clock, ids: ids}
	if err := b.resumeIDs(ctx); err != nil {
		return nil, err
	}
	if err := b.abandonStaged(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// resumeIDs makes new ids follow the old ones, because their order decides what goes back first: a computer's clock may
// have been set back since.
func (b *Books) resumeIDs(ctx context.Context) error {
	seq, _, err := b.log.Head(ctx)
	if err != nil || seq == 0 {
		return err
	}
	last, err := b.log.Read(ctx, seq, 1)
	if err != nil {
		return err
	}
	b.ids.After(last[0].At)
	return nil
}

// Log is the journal.
func (b *Books) Log() *journal.Log { return b.log }

// Clock is the clock that dates everything.
func (b *Books) Clock() civil.Clock { return b.clock }

// IDs makes the ids of this ledger.
func (b *Books) IDs() *ident.Source { return b.ids }

// View runs fn on one consistent snapshot.
func (b *Books) View(ctx context.Context, fn func(*Reader) error) error {
	return b.eng.View(ctx, func(tx store.Tx) error { return fn(b.reader(tx)) })
}

// In reads within somebody else's transaction: for a feature that decides and writes in one.
func (b *Books) In(tx store.Tx) *Reader { return b.reader(tx) }

func (b *Books) reader(tx store.Tx) *Reader { return &Reader{tx: tx, b: b} }

// write is an Update whose function gets a Reader over the same transaction.
func (b *Books) write(ctx context.Context, m journal.Meta, kind string, input []byte, fn func(*journal.Tx, *Reader) error) (journal.Outcome, error) {
	return b.log.Update(ctx, m, kind, input, func(tx *journal.Tx) error { return fn(tx, b.reader(tx)) })
}

// today is the date at the firm.
func (b *Books) today(f ledger.Firm) civil.Date { return civil.Today(b.clock, b.Zone(f)) }

// Zone is the firm's time zone.
func (b *Books) Zone(f ledger.Firm) *time.Location {
	z, ok := b.zones.Load(f.TimeZone)
	if !ok {
		z, _ = b.zones.LoadOrStore(f.TimeZone, zone(f.TimeZone))
	}
	return z.(*time.Location)
}

// zone is the firm's time zone; Amsterdam when the name is unknown on this computer (rulebook 0.3).
func zone(name string) *time.Location {
	if z, err := time.LoadLocation(name); err == nil && name != "" {
		return z
	}
	z, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return time.UTC
	}
	return z
}

// notFound turns the store's bare not-found into one that names the thing.
func notFound(err error, code, message string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFoundf(code, "%s", message)
	}
	return err
}

func unknownCustomer(err error) error {
	return notFound(err, "customer.unknown", "there is no such customer")
}

func unknownDocument(err error) error {
	return notFound(err, "document.unknown", "there is no such invoice or credit note")
}

func unknownReceipt(err error) error {
	return notFound(err, "receipt.unknown", "there is no such payment")
}

// duplicate turns the store's duplicate into one that names the thing.
func duplicate(err error, code, format string, args ...any) error {
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflictf(code, format, args...)
	}
	return err
}

// errNotFound is what a write answers about something that belongs to another firm: as if it did not exist.
var errNotFound = store.ErrNotFound

// encode is the canonical form of an input, for idempotency.
func encode(v any) []byte {
	raw, err := cbor.Marshal(v)
	if err != nil {
		panic("books: an input cannot be encoded: " + err.Error())
	}
	return raw
}

// replayed fills in what an earlier write with the same key made: id from the outcome, the rest by read.
func replayed[K ident.Kind](ctx context.Context, b *Books, out journal.Outcome, id *ident.ID[K], read func(*Reader) error) error {
	v, err := ident.FromBytes[K](out.Result)
	if err != nil {
		return err
	}
	*id = v
	return b.View(ctx, read)
}

func isUnknown(err error) bool { return err != nil && fault.KindOf(err) == fault.NotFound }
