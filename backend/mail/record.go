package mail

import (
	"encoding/binary"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// The records as stored. A new field gets a new number; a number is never used again for something else.
type noticeRecord struct {
	ID       NoticeID          `cbor:"1,keyasint"`
	Firm     ledger.FirmID     `cbor:"2,keyasint"`
	Customer ledger.CustomerID `cbor:"3,keyasint,omitzero"`
	Kind     Kind              `cbor:"4,keyasint"`
	To       string            `cbor:"5,keyasint"`
	Subject  string            `cbor:"6,keyasint"`
	Language string            `cbor:"7,keyasint,omitzero"`
	State    State             `cbor:"8,keyasint"`
	Tries    int               `cbor:"9,keyasint,omitzero"`
	Created  int64             `cbor:"10,keyasint"` // Unix nanoseconds, as all instants here; 0: none
	NextTry  int64             `cbor:"11,keyasint,omitzero"`
	Finished int64             `cbor:"12,keyasint,omitzero"`
	Expires  int64             `cbor:"13,keyasint,omitzero"`
	Reason   string            `cbor:"14,keyasint,omitzero"`
}

type contentRecord struct {
	ID   NoticeID `cbor:"1,keyasint"`
	Text string   `cbor:"2,keyasint"`
	HTML string   `cbor:"3,keyasint"`
}

type settingsRecord struct {
	Firm      ledger.FirmID `cbor:"1,keyasint"`
	Host      string        `cbor:"2,keyasint"`
	Port      int           `cbor:"3,keyasint"`
	Security  Security      `cbor:"4,keyasint"`
	Username  string        `cbor:"5,keyasint,omitzero"`
	FromName  string        `cbor:"6,keyasint,omitzero"`
	FromEmail string        `cbor:"7,keyasint,omitzero"`
}

type passwordRecord struct {
	Firm     ledger.FirmID `cbor:"1,keyasint"`
	Password string        `cbor:"2,keyasint"`
}

// contents and passwords are written past the journal (tx.Tx): the journal never forgets, and these must be able to go.
var (
	notices = store.Table[noticeRecord]{Name: "mail.notices", Key: func(r *noticeRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[noticeRecord]{
			{Name: "due", Entries: func(_ store.Tx, r *noticeRecord) []store.Pair {
				if !r.State.waiting() {
					return nil
				}
				return []store.Pair{{Key: append(binary.BigEndian.AppendUint64(nil, uint64(r.NextTry)), r.ID.Bytes()...)}}
			}},
			{Name: "firm", Entries: func(_ store.Tx, r *noticeRecord) []store.Pair {
				return []store.Pair{{Key: append(r.Firm.Bytes()[:16:16], r.ID.Bytes()...)}}
			}},
		}}
	contents  = store.Table[contentRecord]{Name: "mail.contents", Key: func(r *contentRecord) []byte { return r.ID.Bytes() }}
	settings  = store.Table[settingsRecord]{Name: "mail.settings", Key: func(r *settingsRecord) []byte { return r.Firm.Bytes() }}
	passwords = store.Table[passwordRecord]{Name: "mail.passwords", Key: func(r *passwordRecord) []byte { return r.Firm.Bytes() }}
)

// Cover makes the verification of the books include the tables of this package.
func Cover(b *books.Books) { b.Cover("mail", notices.CheckIndexes) }

func recordOf(n Notice) noticeRecord {
	return noticeRecord{ID: n.ID, Firm: n.Firm, Customer: n.Customer, Kind: n.Kind, To: n.To, Subject: n.Subject, Language: n.Language,
		State: n.State, Tries: n.Tries, Created: nanos(n.Created), NextTry: nanos(n.NextTry), Finished: nanos(n.Finished),
		Expires: nanos(n.Expires), Reason: n.Reason}
}

func (r noticeRecord) notice() Notice {
	return Notice{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Kind: r.Kind, To: r.To, Subject: r.Subject, Language: r.Language,
		State: r.State, Tries: r.Tries, Created: instant(r.Created), NextTry: instant(r.NextTry), Finished: instant(r.Finished),
		Expires: instant(r.Expires), Reason: r.Reason}
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
