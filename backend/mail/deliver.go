package mail

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// backoff is how long after the n-th failed try the next one comes; the last entry repeats until giveUp has passed.
var backoff = []time.Duration{30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

// giveUp is when a mail that could not be sent becomes failed.
const giveUp = 48 * time.Hour

// round bounds how many mails one pass over the outbox takes.
const round = 100

// idle is how long Run waits at most: settings may change and clocks may jump without the journal saying so.
const idle = time.Minute

func newID(o *Outbox) NoticeID { return ident.New[noticeKind](o.books.IDs()) }

// Run sends what is due, now and whenever something becomes due, until ctx ends. A failing store ends it too.
func (o *Outbox) Run(ctx context.Context) error {
	for {
		changed := o.books.Log().Changed()
		next, err := o.Deliver(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		wait := idle
		if !next.IsZero() {
			wait = min(max(next.Sub(o.books.Clock().Now()), 0), idle)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Deliver tries every mail that is due once, and tells when the next one is; zero: nothing waits.
func (o *Outbox) Deliver(ctx context.Context) (next time.Time, err error) {
	now := o.books.Clock().Now()
	due, next, err := o.due(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	down := map[ledger.FirmID]verdict{}
	for _, n := range due {
		if ctx.Err() != nil {
			return time.Time{}, nil
		}
		v, tried, err := o.try(ctx, n, now, down)
		if err != nil {
			return time.Time{}, err
		}
		// What the server said must be kept even when the program is being stopped.
		after, err := o.record(context.WithoutCancel(ctx), n, v, tried)
		if err != nil {
			return time.Time{}, err
		}
		if !after.IsZero() && (next.IsZero() || after.Before(next)) {
			next = after
		}
	}
	return next, nil
}

// due lists what is to be tried now, and when the first of the others is.
func (o *Outbox) due(ctx context.Context, now time.Time) (due []Notice, next time.Time, err error) {
	err = o.view(ctx, func(tx store.Tx) error {
		due, next = nil, time.Time{}
		for p, err := range notices.Entries(tx, "due", store.All()) {
			if err != nil {
				return err
			}
			at := instant(int64(binary.BigEndian.Uint64(p.Key)))
			if at.After(now) || len(due) == round {
				next = at
				return nil
			}
			r, err := notices.Get(tx, p.Key[8:])
			if err != nil {
				return err
			}
			due = append(due, r.notice())
		}
		return nil
	})
	return due, next, err
}

// try sends one mail, unless it has expired, there is no server, or the server was found unusable in this round. tried
// is false when the server was not asked about this mail.
func (o *Outbox) try(ctx context.Context, n Notice, now time.Time, down map[ledger.FirmID]verdict) (v verdict, tried bool, err error) {
	if n.expired(now) {
		return verdict{state: Canceled, reason: "the link expired before the mail could be sent"}, false, nil
	}
	s, err := o.Settings(ctx, n.Firm)
	if err != nil {
		return v, false, err
	}
	if s.Host == "" {
		return verdict{state: Kept, reason: "there is no mail server in the settings"}, false, nil
	}
	if v, ok := down[n.Firm]; ok {
		return v, false, nil
	}
	var firm ledger.Firm
	var content contentRecord
	err = o.books.View(ctx, func(r *books.Reader) error {
		if firm, err = r.Firm(n.Firm); err != nil {
			return err
		}
		content, err = contents.Get(r.Tx(), n.ID.Bytes())
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return verdict{state: Failed, reason: "the contents of this mail are gone"}, false, nil
	}
	if err != nil {
		return v, false, err
	}
	if v = o.send(ctx, s, firm, n, Content{Text: content.Text, HTML: content.HTML}, now); v.unreachable {
		down[n.Firm] = v
	}
	return v, true, nil
}

// record writes down how a try ended and tells when the next one is.
func (o *Outbox) record(ctx context.Context, n Notice, v verdict, tried bool) (next time.Time, err error) {
	kind := "mail." + v.state.String()
	_, err = o.books.Log().Update(ctx, journal.Meta{Firm: n.Firm}, kind, nil, func(tx *journal.Tx) error {
		current, err := load(tx, n.Firm, n.ID)
		if err != nil {
			return err
		}
		if current.State == Sent || v.state != Sent && !current.State.waiting() {
			return nil // finished meanwhile: taken back by somebody, or sent by another round
		}
		if tried {
			current.Tries++
		}
		if v.state != Deferred {
			return finish(tx, &current, v.state, v.reason)
		}
		if tx.At().Sub(current.Created) >= giveUp {
			tx.SetKind("mail.failed")
			return finish(tx, &current, Failed, fmt.Sprintf("given up after %d tries: %s", current.Tries, v.reason))
		}
		wait := backoff[min(max(current.Tries-1, 0), len(backoff)-1)]
		current.State, current.Reason, current.NextTry = Deferred, v.reason, tx.At().Add(wait)
		next = current.NextTry
		return save(tx, current)
	})
	o.log.LogAttrs(ctx, level(v.state), "mail", slog.String("id", n.ID.String()), slog.String("template", string(n.Kind)), slog.String("state", v.state.String()))
	return next, err
}

func level(s State) slog.Level {
	if s == Sent || s == Kept {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}
