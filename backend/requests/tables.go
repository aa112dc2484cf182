package requests

import (
	"encoding/binary"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// The tables. The structs are the records: their integer keys are never used again for something else.
var (
	requests = store.Table[Request]{Name: "requests", Key: func(r *Request) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[Request]{
			{Name: "customer", Entries: func(_ store.Tx, r *Request) []store.Pair { return pair(r.Customer.Bytes(), r.ID.Bytes()) }},
			{Name: "firm", Entries: func(_ store.Tx, r *Request) []store.Pair { return pair(r.Firm.Bytes(), r.ID.Bytes()) }},
			{Name: "open", Entries: func(_ store.Tx, r *Request) []store.Pair {
				if r.State > Accepted {
					return nil
				}
				return pair(r.Firm.Bytes(), r.ID.Bytes())
			}}}}

	threads = store.Table[Thread]{Name: "threads", Key: func(t *Thread) []byte { return t.ID.Bytes() },
		Indexes: []store.Index[Thread]{
			{Name: "customer", Entries: func(_ store.Tx, t *Thread) []store.Pair { return pair(t.Customer.Bytes(), t.ID.Bytes()) }},
			{Name: "firm", Entries: func(_ store.Tx, t *Thread) []store.Pair {
				return pair(t.Firm.Bytes(), binary.BigEndian.AppendUint64(nil, uint64(t.Last)), t.ID.Bytes()) //nolint:gosec // no instant lies before 1970
			}}}}

	messages = store.Table[Message]{Name: "messages", Key: func(m *Message) []byte { return m.ID.Bytes() },
		Indexes: []store.Index[Message]{{Name: "thread", Entries: func(_ store.Tx, m *Message) []store.Pair {
			return pair(m.Thread.Bytes(), m.ID.Bytes())
		}}}}

	files = store.Table[File]{Name: "request.files", Key: func(f *File) []byte { return f.ID.Bytes() },
		Indexes: []store.Index[File]{{Name: "customer", Entries: func(_ store.Tx, f *File) []store.Pair {
			return pair(f.Customer.Bytes(), f.ID.Bytes())
		}}}}

	tasks = store.Table[Task]{Name: "tasks", Key: func(t *Task) []byte { return t.ID.Bytes() },
		Indexes: []store.Index[Task]{
			{Name: "customer", Entries: func(_ store.Tx, t *Task) []store.Pair { return pair(t.Customer.Bytes(), t.ID.Bytes()) }},
			{Name: "open", Entries: func(_ store.Tx, t *Task) []store.Pair {
				if t.State != TaskOpen {
					return nil
				}
				return pair(t.Firm.Bytes(), t.ID.Bytes())
			}}}}

	policies = store.Table[Policy]{Name: "request.policies", Key: func(p *Policy) []byte { return policyKey(p.Firm, p.Kind, p.Version) }}
)

// fileBytes holds what files contain, past the journal: the journal never forgets, and these must be able to go.
const fileBytes = "request.bytes"

func pair(parts ...[]byte) []store.Pair {
	var key []byte
	for _, p := range parts {
		key = append(key, p...)
	}
	return []store.Pair{{Key: key}}
}

func policyKey(f ledger.FirmID, k Kind, version int) []byte {
	key := append(f.Bytes()[:16:16], k...)
	return binary.BigEndian.AppendUint32(append(key, 0), uint32(version)) //nolint:gosec // counts from 1
}

// TaskState is how a task stands.
type TaskState uint8

// The states of a task.
const (
	TaskOpen TaskState = iota
	TaskDone
	TaskDropped
)

// Task is work for a person.
type Task struct {
	ID        TaskID              `cbor:"1,keyasint"`
	Firm      ledger.FirmID       `cbor:"2,keyasint"`
	Customer  ledger.CustomerID   `cbor:"3,keyasint,omitzero"`
	Documents []ledger.DocumentID `cbor:"4,keyasint,omitempty"`
	Request   ID                  `cbor:"5,keyasint,omitzero"`
	Kind      string              `cbor:"6,keyasint"`          // call, check, approve, negotiate, refund
	Cause     string              `cbor:"7,keyasint,omitzero"` // request, promise_broken, promise_partly_kept, plan_defaulted, dispute_late, person
	Text      string              `cbor:"8,keyasint,omitzero"`
	Due       civil.Date          `cbor:"9,keyasint"`
	Owner     ledger.UserID       `cbor:"10,keyasint,omitzero"`
	State     TaskState           `cbor:"11,keyasint,omitzero"`
	Outcome   string              `cbor:"12,keyasint,omitzero"`
	Created   Moment              `cbor:"13,keyasint"`
	Closed    Moment              `cbor:"14,keyasint,omitzero"`
	ClosedBy  string              `cbor:"15,keyasint,omitzero"`
}

// Side is who wrote.
type Side uint8

// The sides.
const (
	FromCustomer Side = iota
	FromStaff
	FromPolicy // an answer that was fixed in advance
)

// Thread is a conversation with a customer.
type Thread struct {
	ID        ThreadID            `cbor:"1,keyasint"`
	Firm      ledger.FirmID       `cbor:"2,keyasint"`
	Customer  ledger.CustomerID   `cbor:"3,keyasint"`
	Documents []ledger.DocumentID `cbor:"4,keyasint,omitempty"`
	Request   ID                  `cbor:"5,keyasint,omitzero"`
	Subject   string              `cbor:"6,keyasint,omitzero"`
	Last      Moment              `cbor:"7,keyasint"` // of the latest message, internal ones included
	LastSide  Side                `cbor:"8,keyasint,omitzero"`

	UnreadStaff    int    `cbor:"9,keyasint,omitzero"`  // messages of the customer that nobody has read
	UnreadCustomer int    `cbor:"10,keyasint,omitzero"` // shared messages of the firm that no contact has read
	LastShared     Moment `cbor:"11,keyasint,omitzero"` // of the latest message that both sides see
	Shared         int    `cbor:"12,keyasint,omitzero"` // how many those are
}

// Message is one piece of a thread. Internal never changes.
type Message struct {
	ID       MessageID     `cbor:"1,keyasint"`
	Thread   ThreadID      `cbor:"2,keyasint"`
	Side     Side          `cbor:"3,keyasint,omitzero"`
	Author   string        `cbor:"4,keyasint,omitzero"` // name
	Text     string        `cbor:"5,keyasint,omitzero"`
	Internal bool          `cbor:"6,keyasint,omitzero"`
	At       Moment        `cbor:"7,keyasint"`
	Files    []FileID      `cbor:"8,keyasint,omitempty"`
	Read     Moment        `cbor:"9,keyasint,omitzero"` // by the other side
	ReadBy   string        `cbor:"10,keyasint,omitzero"`
	User     ledger.UserID `cbor:"11,keyasint,omitzero"`
}

// File is something that was sent along. Until a message names it, only who brought it sees it.
type File struct {
	ID       FileID            `cbor:"1,keyasint"`
	Firm     ledger.FirmID     `cbor:"2,keyasint"`
	Customer ledger.CustomerID `cbor:"3,keyasint"`
	Name     string            `cbor:"4,keyasint"`
	Type     string            `cbor:"5,keyasint"`
	Size     int64             `cbor:"6,keyasint"`
	SHA256   []byte            `cbor:"7,keyasint"`
	At       Moment            `cbor:"8,keyasint"`
	Side     Side              `cbor:"9,keyasint,omitzero"`
	Message  MessageID         `cbor:"10,keyasint,omitzero"`
}
