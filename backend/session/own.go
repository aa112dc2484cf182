package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Own is one of a contact's own sessions, as they see it.
type Own struct {
	ID            VisitID
	Started, Used time.Time
	From          From
	Current       bool
}

// Sessions lists the live sessions of whoever holds the token, the current one first, then the latest used.
func (p *Portal) Sessions(ctx context.Context, v Visit) (out []Own, err error) {
	if v.Contact.ID.IsZero() {
		return nil, nil
	}
	now := p.clock.Now()
	err = p.eng.View(ctx, func(tx store.Tx) error {
		out = nil
		list, err := visitsOf(tx, v.Contact.ID)
		for _, r := range list {
			if r.ended(now) {
				continue
			}
			out = append(out, Own{ID: r.ID, Started: time.Unix(0, r.Created).UTC(), Used: time.Unix(0, r.Used).UTC(),
				From: From{Agent: r.Agent, Network: r.Network}, Current: r.ID == v.ID})
		}
		return err
	})
	slices.SortFunc(out, func(a, b Own) int {
		if a.Current != b.Current {
			if a.Current {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Used.Compare(a.Used), b.Started.Compare(a.Started))
	})
	return out, err
}

func visitsOf(tx store.Tx, c ledger.ContactID) (out []visitRecord, err error) {
	for e, err := range visits.Entries(tx, "contact", store.Prefix(c.Bytes())) {
		if err != nil {
			return nil, err
		}
		r, err := visits.Get(tx, bytes.Clone(e.Key[16:]))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// End ends one of the visitor's own sessions; somebody else's is as unknown as one that never was.
func (p *Portal) End(ctx context.Context, v Visit, id VisitID) error {
	n, err := p.endWhere(ctx, v.Contact.ID, func(r visitRecord) bool { return r.ID == id && !id.IsZero() })
	if err == nil && n == 0 {
		err = fault.NotFoundf("session.unknown", "there is no such session")
	}
	return err
}

// EndOthers ends all of the visitor's sessions but this one, and says how many.
func (p *Portal) EndOthers(ctx context.Context, v Visit) (int, error) {
	return p.endWhere(ctx, v.Contact.ID, func(r visitRecord) bool { return r.ID != v.ID })
}

func (p *Portal) endWhere(ctx context.Context, c ledger.ContactID, match func(visitRecord) bool) (n int, err error) {
	if c.IsZero() {
		return 0, nil
	}
	err = p.eng.Update(ctx, func(tx store.Tx) error {
		n = 0
		list, err := visitsOf(tx, c)
		if err != nil {
			return err
		}
		for _, r := range list {
			if !match(r) {
				continue
			}
			if err := visits.Delete(tx, r.Hash); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// printable keeps what can be shown of a text from outside, at most n bytes of it.
func printable(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
