package session

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// IssuedLink is a link as the staff see it: what became of it since it was made.
type IssuedLink struct {
	Link
	State LinkState
	// Seen is when it was last used, as exactly as five minutes: a pay link opened, the session of a sign-in link busy. A
	// mail scanner that opens a pay link counts. Zero: not known to have been used.
	Seen time.Time
	// SignedIn says that somebody who used the sign-in link is still signed in.
	SignedIn bool
}

// LinkState is what a link still does.
type LinkState uint8

// The states of links.
const (
	LinkLive LinkState = iota
	LinkUsed           // a sign-in link, once
	LinkExpired
	LinkRevoked
)

// Opens reports whether the link, or a session that began with it, still opens anything: whether revoking it helps.
func (l IssuedLink) Opens() bool { return l.State == LinkLive || l.SignedIn }

// LinkQuery is a piece of a customer's links.
type LinkQuery struct {
	Ended bool   // also links that open nothing any more
	After LinkID // where the last piece ended; zero: from the newest
	Limit int
}

// openedRecord is when a pay link was last opened: not a change of the books, so not in the journal.
type openedRecord struct {
	Link LinkID `cbor:"1,keyasint"`
	At   int64  `cbor:"2,keyasint"`
}

var openings = store.Table[openedRecord]{Name: "portal.link_opened", Key: func(r *openedRecord) []byte { return r.Link.Bytes() }}

// opened remembers, at most every five minutes, that a pay link was opened.
func (p *Portal) opened(ctx context.Context, id LinkID) error {
	now := p.clock.Now().UnixNano()
	var last openedRecord
	err := p.eng.View(ctx, func(tx store.Tx) (err error) { last, err = openings.Get(tx, id.Bytes()); return err })
	if err != nil && !errors.Is(err, store.ErrNotFound) || now-last.At < int64(touchEvery) {
		return err
	}
	return p.eng.Update(ctx, func(tx store.Tx) error { return openings.Put(tx, &openedRecord{Link: id, At: now}) })
}

// Links lists a customer's links, newest first. more says that there are others after the last one.
func (p *Portal) Links(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID, q LinkQuery) (out []IssuedLink, more bool, err error) {
	now := p.clock.Now()
	err = p.eng.View(ctx, func(tx store.Tx) error {
		out, more = nil, false
		sessions, err := sessionsOf(tx, now)
		if err != nil {
			return err
		}
		span := store.Prefix(c.Bytes()).Reversed()
		if !q.After.IsZero() {
			span.To = slices.Concat(c.Bytes(), q.After.Bytes())
		}
		for e, err := range links.Entries(tx, "customer", span) {
			if err != nil {
				return err
			}
			r, err := links.Get(tx, bytes.Clone(e.Value))
			if err != nil {
				return err
			}
			// Links are in the order in which they were made: none before this one can still be alive.
			if !q.Ended && now.UnixNano()-r.Created > int64(PayLongest*24*time.Hour) {
				return nil
			}
			l, err := issued(tx, r, sessions, now)
			if err != nil {
				return err
			}
			if r.Firm != firm || !q.Ended && !l.Opens() {
				continue
			}
			if more = len(out) == q.Limit; more {
				return nil
			}
			out = append(out, l)
		}
		return nil
	})
	return out, more, err
}

// issued adds to a link what became of it.
func issued(tx store.Tx, r linkRecord, sessions map[LinkID]time.Time, now time.Time) (IssuedLink, error) {
	l := IssuedLink{Link: r.link(), Seen: r.link().Used}
	switch {
	case r.Revoked != 0:
		l.State = LinkRevoked
	case r.Used != 0:
		l.State = LinkUsed
	case !r.live(now):
		l.State = LinkExpired
	}
	if at, ok := sessions[r.ID]; ok {
		l.SignedIn, l.Seen = true, at
	}
	if r.Kind == PayLink {
		o, err := openings.Get(tx, r.ID.Bytes())
		if errors.Is(err, store.ErrNotFound) {
			return l, nil
		}
		l.Seen = time.Unix(0, o.At).UTC()
		return l, err
	}
	return l, nil
}

// sessionsOf is when the sessions that have not ended were last busy, by the link that they began with. There are few:
// none is older than twelve hours.
func sessionsOf(tx store.Tx, now time.Time) (map[LinkID]time.Time, error) {
	out := map[LinkID]time.Time{}
	for v, err := range visits.Scan(tx, store.All()) {
		if err != nil {
			return nil, err
		}
		if !v.ended(now) {
			out[v.Link] = time.Unix(0, v.Used).UTC()
		}
	}
	return out, nil
}

// Revoke makes a link of a customer useless at once, and ends the session that began with it. Doing it again is no error.
func (p *Portal) Revoke(ctx context.Context, m journal.Meta, c ledger.CustomerID, id LinkID) (Link, error) {
	var r linkRecord
	_, err := p.log.Update(ctx, m, "link.revoked", id.Bytes(), func(tx *journal.Tx) error {
		hash, err := links.Entry(tx, "id", id.Bytes())
		if err == nil {
			r, err = links.Get(tx, bytes.Clone(hash))
		}
		if errors.Is(err, store.ErrNotFound) || (err == nil && (r.Firm != m.Firm || r.Customer != c)) {
			return fault.NotFoundf("link.unknown", "there is no such link")
		}
		if err != nil || r.Revoked != 0 {
			return err
		}
		r.Revoked = tx.At().UnixNano()
		tx.Subject(r.Customer.Bytes())
		for _, d := range r.Documents {
			tx.Subject(d.Bytes())
		}
		tx.Fact("link", r.ID.String())
		if err := links.Put(tx, &r); err != nil {
			return err
		}
		return endVisits(tx.Tx, id)
	})
	return r.link(), err
}

// endVisits ends the sessions that began with a link.
func endVisits(tx store.Tx, id LinkID) error {
	var ended [][]byte
	for v, err := range visits.Scan(tx, store.All()) {
		if err != nil {
			return err
		}
		if v.Link == id {
			ended = append(ended, v.Hash)
		}
	}
	for _, hash := range ended {
		if err := visits.Delete(tx, hash); err != nil {
			return err
		}
	}
	return nil
}
