package webhooks

import (
	"errors"
	"strconv"
	"time"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// The records as stored. A new field gets a new number; a number is never used again for something else.
type endpointRecord struct {
	ID      ID            `cbor:"1,keyasint"`
	Firm    ledger.FirmID `cbor:"2,keyasint"`
	URL     string        `cbor:"3,keyasint"`
	Note    string        `cbor:"4,keyasint,omitzero"`
	Events  []string      `cbor:"5,keyasint,omitempty"`
	Off     bool          `cbor:"6,keyasint,omitzero"`
	Why     string        `cbor:"7,keyasint,omitzero"`
	Created int64         `cbor:"8,keyasint"` // Unix nanoseconds, as all instants here; 0: none
	Gone    bool          `cbor:"9,keyasint,omitzero"`
}

type secretRecord struct {
	ID     ID     `cbor:"1,keyasint"`
	Secret string `cbor:"2,keyasint"`
}

type progressRecord struct {
	ID          ID     `cbor:"1,keyasint"`
	Cursor      uint64 `cbor:"2,keyasint"`
	Delivered   uint64 `cbor:"3,keyasint,omitzero"`
	Status      int    `cbor:"4,keyasint,omitzero"`
	Problem     string `cbor:"5,keyasint,omitzero"`
	Tried       int64  `cbor:"6,keyasint,omitzero"`
	NextTry     int64  `cbor:"7,keyasint,omitzero"`
	FailingFrom int64  `cbor:"8,keyasint,omitzero"`
	Failures    int    `cbor:"9,keyasint,omitzero"`
	Turn        int    `cbor:"10,keyasint,omitzero"`
}

// secrets and progress are written past the journal (tx.Tx): a secret must be able to go, and how far a receiver has come
// is no fact of the books.
var (
	endpoints = store.Table[endpointRecord]{Name: "webhook.endpoints", Key: func(r *endpointRecord) []byte { return r.ID.Bytes() }}
	secrets   = store.Table[secretRecord]{Name: "webhook.secrets", Key: func(r *secretRecord) []byte { return r.ID.Bytes() }}
	progress  = store.Table[progressRecord]{Name: "webhook.progress", Key: func(r *progressRecord) []byte { return r.ID.Bytes() }}
)

func recordOf(e Endpoint) endpointRecord {
	return endpointRecord{ID: e.ID, Firm: e.Firm, URL: e.URL, Note: e.Note, Events: e.Events, Off: e.Off, Why: e.Why, Created: nanos(e.Created)}
}

func (r endpointRecord) endpoint() Endpoint {
	return Endpoint{ID: r.ID, Firm: r.Firm, URL: r.URL, Note: r.Note, Events: r.Events, Off: r.Off, Why: r.Why, Created: instant(r.Created)}
}

func withProgress(tx store.Tx, r endpointRecord) (Endpoint, error) {
	e := r.endpoint()
	p, err := progress.Get(tx, r.ID.Bytes())
	if errors.Is(err, store.ErrNotFound) {
		return e, nil
	}
	e.State = Progress{Cursor: p.Cursor, Delivered: p.Delivered, Status: p.Status, Problem: p.Problem, Tried: instant(p.Tried), NextTry: instant(p.NextTry),
		FailingFrom: instant(p.FailingFrom), Failures: p.Failures, turn: p.Turn}
	return e, err
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }
