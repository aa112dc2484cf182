// Package requests is what customers ask for, the conversation about it, and what the firm does with it.
//
// A Request has a Kind, documents and a payload; it goes from received to done, declined or withdrawn (State.Step). When
// it comes in, the firm's Policy for its kind decides: process it at once, or have a person check it first. Either way the
// policy's follow-up happens in the same transaction: an owner, a task, a pause of reminders, a deadline, an answer. A
// decision keeps the policy's version and what it looked at, so that "why?" has an answer.
//
// Accepting does the real thing in the same transaction: it records the promise or dispute, activates the plan, sets the
// PO number, changes the contact or address, applies the credit, or makes the task for what only a person can do. If that
// fails, the request stays as it was.
//
// Every request has a Thread; a thread may also stand alone or be about documents. A Message is shared with the customer or
// internal to the firm, and never changes side. Portal is the customers' view: each call is limited to the scope of the
// visitor, what belongs to somebody else answers exactly like what does not exist, and no call reaches an internal message.
//
// Files are kept outside the journal, sealed like every value; their names and hashes are journaled. Only images and PDF
// are taken, by their first bytes, up to MaxFile.
//
// Run judges promises, plans and disputes at the end of the firm's day and tells customers by e-mail that there is
// something to read. Both go on from where they were after a stop.
package requests

import (
	"context"
	"encoding/json"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

type (
	threadKind  struct{}
	messageKind struct{}
	fileKind    struct{}
	taskKind    struct{}
)

func (threadKind) Prefix() string  { return "thr" }
func (messageKind) Prefix() string { return "msg" }
func (fileKind) Prefix() string    { return "fil" }
func (taskKind) Prefix() string    { return "tsk" }

// Ids of this package's things; a request's id is the ledger's.
type (
	ID        = ledger.RequestID
	ThreadID  = ident.ID[threadKind]
	MessageID = ident.ID[messageKind]
	FileID    = ident.ID[fileKind]
	TaskID    = ident.ID[taskKind]
)

// Moment is an instant as it is stored: Unix nanoseconds, 0 for none.
type Moment int64

// Time is the instant, in UTC.
func (m Moment) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}

func momentOf(t time.Time) Moment { return Moment(t.UnixNano()) }

// Service keeps the requests of all firms in the books' store. It is safe for concurrent use.
type Service struct {
	books  *books.Books
	notify Notifier
}

// Notifier tells people that there is something to read, without saying what. m.Key makes a notice happen once.
type Notifier interface {
	NotifyCustomer(ctx context.Context, m journal.Meta, n Notice) error
}

// Notice is for one contact of a customer.
type Notice struct {
	Customer ledger.CustomerID
	Contact  ledger.ContactID
	To, Name string
	Language string
	Path     string // in the portal: "/requests/req_…"
	Progress bool   // a request has got further; else there is a message
}

// New makes the service. Without a notifier nobody is told.
func New(b *books.Books, n Notifier) *Service {
	Cover(b)
	return &Service{books: b, notify: n}
}

// Cover makes the verification of the books include the tables of this package.
func Cover(b *books.Books) {
	b.Cover("requests", requests.CheckIndexes, threads.CheckIndexes, messages.CheckIndexes, files.CheckIndexes, tasks.CheckIndexes, policies.CheckIndexes)
}

// encode is an input as bytes, for idempotency.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("requests: an input cannot be encoded: " + err.Error())
	}
	return raw
}

func unknown(what string) error {
	return fault.NotFoundf(what+".unknown", "there is no such %s", what)
}

func (s *Service) view(ctx context.Context, fn func(*books.Reader) error) error {
	return s.books.View(ctx, fn)
}
