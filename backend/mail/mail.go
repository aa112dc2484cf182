// Package mail is the outbox: every e-mail that Voldaan sends is first a record, then a message.
//
// A Notice is written in a durable transaction (Enqueue, or the follower that confirms payments) and sent afterwards by
// Run, so that a mail is never lost with the process that wanted it. Its states:
//
//	queued    waits for its first try
//	deferred  a try failed in a way that may pass; NextTry says when the next one is
//	sent      the mail server has accepted it
//	bounced   the mail server refused the recipient for good
//	failed    it was refused for good otherwise, or could not be sent for two days
//	canceled  it expired before it could be sent (sign-in links), or somebody took it back
//	kept      no mail server is set: nothing was sent, the desk shows the mail so that it can be handed over otherwise
//
// Only an acceptance by the mail server makes a notice sent. A crash between that acceptance and its record makes the
// mail go out a second time, with the same Message-ID; that a payment is confirmed by exactly one notice is certain.
//
// What a mail says is kept sealed beside the notice and outside the journal; mails that carry a personal link lose
// their contents as soon as they are finished, whatever the outcome. Addresses with control characters are refused.
// Letters are made from frontend/mail; SMTP goes through go-mail, with a password only over TLS.
package mail

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

type noticeKind struct{}

func (noticeKind) Prefix() string { return "mail" }

// NoticeID is the id of a notice.
type NoticeID = ident.ID[noticeKind]

// Kind is which letter a notice is.
type Kind string

// The kinds.
const (
	KindSignIn       Kind = "sign-in-link"
	KindPayLink      Kind = "pay-link"
	KindConfirmation Kind = "payment-confirmation"
	KindReminder     Kind = "reminder"
	KindInvitation   Kind = "invitation"
	KindNews         Kind = "news"
)

// secret reports whether the letter carries a link that signs somebody in or pays.
func (k Kind) secret() bool { return k == KindSignIn || k == KindPayLink }

// State is how a notice stands; see the package's description.
type State uint8

// The states.
const (
	Queued State = iota
	Deferred
	Sent
	Bounced
	Failed
	Canceled
	Kept
)

var stateNames = [...]string{"queued", "deferred", "sent", "bounced", "failed", "canceled", "kept"}

// String is the state's name in the API.
func (s State) String() string { return stateNames[s] }

// ParseState reads a state's name.
func ParseState(name string) (State, error) {
	for i, n := range stateNames {
		if n == name {
			return State(i), nil
		}
	}
	return 0, fault.Invalidf("mail.state", "%q is not a state of a mail; expected one of %s", name, strings.Join(stateNames[:], ", "))
}

// waiting reports whether the sender still has something to do.
func (s State) waiting() bool { return s == Queued || s == Deferred }

// Notice is one mail to one person.
type Notice struct {
	ID       NoticeID
	Firm     ledger.FirmID
	Customer ledger.CustomerID // zero: about no customer
	Kind     Kind
	To       string
	Subject  string
	Language string
	State    State
	Tries    int
	Created  time.Time
	NextTry  time.Time // with queued and deferred
	Finished time.Time // with every other state
	Expires  time.Time // after which sending makes no sense; zero: never
	Reason   string    // why it is not sent, for the staff
}

// Content is what a mail says. It is empty for a finished mail that carried a personal link.
type Content struct{ Text, HTML string }

// Outbox holds and sends the mails of all firms. It is safe for concurrent use.
type Outbox struct {
	books *books.Books
	log   *slog.Logger
	roots *x509.CertPool // nil: the computer's
}

// Option changes an Outbox.
type Option func(*Outbox)

// WithRoots trusts these certificates, not the computer's, when a mail server shows its own.
func WithRoots(pool *x509.CertPool) Option { return func(o *Outbox) { o.roots = pool } }

// New is the outbox in the books' store. Nothing is sent before Run or Deliver.
func New(b *books.Books, log *slog.Logger, options ...Option) *Outbox {
	o := &Outbox{books: b, log: log}
	for _, option := range options {
		option(o)
	}
	return o
}

// put writes a new notice and its content within a transaction.
func (o *Outbox) put(tx *journal.Tx, n *Notice, c Content) error {
	n.ID = ident.New[noticeKind](o.books.IDs())
	n.Created, n.NextTry, n.State = tx.At(), tx.At(), Queued
	r := recordOf(*n)
	if err := notices.Insert(tx, &r); err != nil {
		return err
	}
	if !n.Customer.IsZero() {
		tx.Subject(n.Customer.Bytes())
	}
	tx.Subject(n.ID.Bytes())
	tx.Fact("template", string(n.Kind))
	tx.SetResult(n.ID.Bytes())
	return contents.Insert(tx.Tx, &contentRecord{ID: n.ID, Text: c.Text, HTML: c.HTML})
}

// Get is one notice and what it says.
func (o *Outbox) Get(ctx context.Context, firm ledger.FirmID, id NoticeID) (n Notice, c Content, err error) {
	err = o.view(ctx, func(tx store.Tx) error {
		if n, err = load(tx, firm, id); err != nil {
			return err
		}
		r, err := contents.Get(tx, id.Bytes())
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		c = Content{Text: r.Text, HTML: r.HTML}
		return err
	})
	return n, c, err
}

// Query chooses notices. The zero Query is everything.
type Query struct {
	States []State
	Before NoticeID // only older ones
	Limit  int      // 0: 100
}

// List is the firm's notices, newest first.
func (o *Outbox) List(ctx context.Context, firm ledger.FirmID, q Query) (out []Notice, err error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	r := store.Prefix(firm.Bytes())
	if !q.Before.IsZero() {
		r.To = append(firm.Bytes()[:16:16], q.Before.Bytes()...)
	}
	err = o.view(ctx, func(tx store.Tx) error {
		out = out[:0]
		for p, err := range notices.Entries(tx, "firm", r.Reversed()) {
			if err != nil {
				return err
			}
			rec, err := notices.Get(tx, p.Key[16:])
			if err != nil {
				return err
			}
			if n := rec.notice(); q.matches(n) {
				out = append(out, n)
			}
			if len(out) == limit {
				break
			}
		}
		return nil
	})
	return out, err
}

func (q Query) matches(n Notice) bool {
	for _, s := range q.States {
		if n.State == s {
			return true
		}
	}
	return len(q.States) == 0
}

// Retry makes an unsent notice be tried again now. One whose link has expired, or whose contents are gone, is refused.
func (o *Outbox) Retry(ctx context.Context, m journal.Meta, id NoticeID) (n Notice, err error) {
	_, err = o.books.Log().Update(ctx, m, "mail.retried", id.Bytes(), func(tx *journal.Tx) error {
		if n, err = load(tx, m.Firm, id); err != nil {
			return err
		}
		if n.State == Sent {
			return fault.Conflictf("mail.sent", "this mail has been sent; sending it again would be a second mail")
		}
		if n.expired(tx.At()) {
			return fault.Conflictf("mail.expired", "the link in this mail has expired; make a new one")
		}
		if has, err := contents.Has(tx, id.Bytes()); err != nil || !has {
			return errors.Join(err, fault.Conflictf("mail.gone", "the contents of this mail were removed because they held a personal link; make a new one"))
		}
		n.State, n.NextTry, n.Finished, n.Reason = Queued, tx.At(), time.Time{}, ""
		return save(tx, n)
	})
	return n, err
}

// Cancel takes back a notice that has not been sent.
func (o *Outbox) Cancel(ctx context.Context, m journal.Meta, id NoticeID, reason string) (n Notice, err error) {
	_, err = o.books.Log().Update(ctx, m, "mail.canceled", []byte(id.String()+reason), func(tx *journal.Tx) error {
		if n, err = load(tx, m.Firm, id); err != nil {
			return err
		}
		if n.State == Sent {
			return fault.Conflictf("mail.sent", "this mail has been sent and cannot be taken back")
		}
		return finish(tx, &n, Canceled, reason)
	})
	return n, err
}

func (o *Outbox) view(ctx context.Context, fn func(store.Tx) error) error {
	return o.books.Log().Engine().View(ctx, fn)
}

// load answers about another firm's notice as about one that does not exist.
func load(tx store.Tx, firm ledger.FirmID, id NoticeID) (Notice, error) {
	r, err := notices.Get(tx, id.Bytes())
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Firm != firm {
		return Notice{}, fault.NotFoundf("mail.unknown", "there is no such mail")
	}
	return r.notice(), err
}

func save(tx *journal.Tx, n Notice) error {
	if !n.Customer.IsZero() {
		tx.Subject(n.Customer.Bytes())
	}
	tx.Subject(n.ID.Bytes())
	tx.Fact("template", string(n.Kind))
	r := recordOf(n)
	return notices.Put(tx, &r)
}

// finish puts a notice in its last state and drops contents that hold a personal link. A kept mail keeps them: showing
// them to the staff is what it is for.
func finish(tx *journal.Tx, n *Notice, s State, reason string) error {
	n.State, n.Reason, n.NextTry, n.Finished = s, reason, time.Time{}, tx.At()
	if n.Kind.secret() && s != Kept {
		if has, err := contents.Has(tx, n.ID.Bytes()); err != nil {
			return err
		} else if has {
			if err := contents.Delete(tx.Tx, n.ID.Bytes()); err != nil {
				return err
			}
		}
	}
	return save(tx, *n)
}

func (n Notice) expired(at time.Time) bool { return !n.Expires.IsZero() && !at.Before(n.Expires) }
