package session

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// How long a customer stays signed in.
const (
	VisitIdle     = time.Hour        // without a request
	VisitAbsolute = 12 * time.Hour   // at all
	StaffView     = 30 * time.Minute // a member of staff who looks as a customer
	sweepAtMost   = 200              // ended sessions that one sign-in clears away
)

// Visit is a customer's session on the portal. Token is set only when the session starts: the cookie's value.
type Visit struct {
	Token    string
	Scope    books.Scope
	Contact  ledger.Contact // zero when the staff vouched for an unnamed visitor
	Started  time.Time
	Absolute time.Time // when it ends however busy the visitor is
	ID       VisitID
	Staff    string // the member of staff who looks, read only; empty: the customer
}

type visitKind struct{}

func (visitKind) Prefix() string { return "ses" }

// VisitID names a session to its owner; it opens nothing.
type VisitID = ident.ID[visitKind]

// From is where a visitor is: what the browser calls itself, and the network, for the list of sessions.
type From struct{ Agent, Network string }

const maxAgent = 300 // of what a browser says about itself

type visitRecord struct {
	Hash     []byte            `cbor:"1,keyasint"` // SHA-256 of the token
	Firm     ledger.FirmID     `cbor:"2,keyasint"`
	Customer ledger.CustomerID `cbor:"3,keyasint"`
	Contact  ledger.ContactID  `cbor:"4,keyasint,omitzero"`
	Link     LinkID            `cbor:"5,keyasint"`
	Created  int64             `cbor:"6,keyasint"`
	Used     int64             `cbor:"7,keyasint"`
	ID       VisitID           `cbor:"8,keyasint,omitzero"`
	Agent    string            `cbor:"9,keyasint,omitzero"`
	Network  string            `cbor:"10,keyasint,omitzero"`
	Staff    string            `cbor:"11,keyasint,omitzero"`
}

func (r visitRecord) ended(now time.Time) bool {
	return now.UnixNano() >= r.Used+int64(VisitIdle) || !now.Before(r.absolute())
}

func (r visitRecord) absolute() time.Time {
	if r.Staff != "" {
		return time.Unix(0, r.Created).Add(StaffView).UTC()
	}
	return time.Unix(0, r.Created).Add(VisitAbsolute).UTC()
}

type returnRecord struct {
	Hash      []byte              `cbor:"1,keyasint"` // SHA-256 of the token
	Attempt   ledger.AttemptID    `cbor:"2,keyasint"`
	Created   int64               `cbor:"3,keyasint"`
	Firm      ledger.FirmID       `cbor:"4,keyasint"`
	Customer  ledger.CustomerID   `cbor:"5,keyasint"`
	Documents []ledger.DocumentID `cbor:"6,keyasint"`
}

// Sessions and return addresses come and go; they are not journaled. The index in order of time finds the ended ones.
var (
	visits = store.Table[visitRecord]{Name: "portal.visits", Key: func(r *visitRecord) []byte { return r.Hash },
		Indexes: []store.Index[visitRecord]{{Name: "created", Entries: func(_ store.Tx, r *visitRecord) []store.Pair {
			return []store.Pair{{Key: slices.Concat(timeKey(r.Created), r.Hash)}}
		}}, {Name: "contact", Entries: func(_ store.Tx, r *visitRecord) []store.Pair {
			if r.Contact.IsZero() {
				return nil
			}
			return []store.Pair{{Key: slices.Concat(r.Contact.Bytes(), r.Hash)}}
		}}}}
	comebacks = store.Table[returnRecord]{Name: "portal.returns", Key: func(r *returnRecord) []byte { return r.Hash },
		Indexes: []store.Index[returnRecord]{{Name: "created", Entries: func(_ store.Tx, r *returnRecord) []store.Pair {
			return []store.Pair{{Key: slices.Concat(timeKey(r.Created), r.Hash)}}
		}}}}
)

// begin writes a new session within the transaction that uses up its link.
func (p *Portal) begin(tx store.Tx, l linkRecord, from From, now time.Time) (Visit, error) {
	if err := sweep(tx, &visits, now.Add(-VisitAbsolute)); err != nil {
		return Visit{}, err
	}
	token, hash := newSecret("")
	r := visitRecord{Hash: hash[:], Firm: l.Firm, Customer: l.Customer, Contact: l.Contact, Link: l.ID, Created: now.UnixNano(), Used: now.UnixNano(),
		ID: ident.New[visitKind](p.books.IDs()), Agent: printable(from.Agent, maxAgent), Network: from.Network}
	if l.Via == ViaStaff {
		r.Staff = cmp.Or(l.By.Name, l.By.ID)
	}
	if err := visits.Insert(tx, &r); err != nil {
		return Visit{}, err
	}
	return Visit{Token: token, Scope: books.Scope{Firm: l.Firm, Customer: l.Customer, Contact: l.Contact}, Started: now, Absolute: r.absolute(), ID: r.ID, Staff: r.Staff}, nil
}

// sweep removes records made before an instant: at most sweepAtMost, the rest next time.
func sweep[R any](tx store.Tx, t *store.Table[R], before time.Time) error {
	var old [][]byte
	for e, err := range t.Entries(tx, "created", store.Range{To: timeKey(max(0, before.UnixNano()))}) {
		if err != nil {
			return err
		}
		if old = append(old, bytes.Clone(e.Key[8:])); len(old) == sweepAtMost {
			break
		}
	}
	for _, k := range old {
		if err := t.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}

// rightsOf is what a contact may do for a customer.
func rightsOf(c ledger.Contact, customer ledger.CustomerID) (ledger.Rights, bool) {
	for _, a := range c.Access {
		if a.Customer == customer {
			return a.Rights, c.State != ledger.ContactClosed
		}
	}
	return 0, false
}

// ErrNoSession is the one answer to a cookie that is not a live session.
var ErrNoSession = errNoSession()

// Authenticate finds the session of a cookie. What the contact may do is read anew every time, so that taking a right
// away counts at once. The error is ErrNoSession for everything that is not a live session.
func (p *Portal) Authenticate(ctx context.Context, token string) (Visit, error) {
	if !wellFormed(token) {
		return Visit{}, errNoSession()
	}
	var r visitRecord
	var v Visit
	now := p.clock.Now()
	err := p.books.View(ctx, func(rd *books.Reader) (err error) {
		if r, err = visits.Get(rd.Tx(), tokenHash(token)); err != nil {
			return err
		}
		v = Visit{Scope: books.Scope{Firm: r.Firm, Customer: r.Customer, Contact: r.Contact, Rights: ledger.RightPay},
			Started: time.Unix(0, r.Created).UTC(), Absolute: r.absolute(), ID: r.ID, Staff: r.Staff}
		if r.Staff != "" {
			v.Scope.Rights = ledger.RightView
		}
		if r.Contact.IsZero() {
			return nil
		}
		if v.Contact, err = rd.Contact(r.Contact); err != nil {
			return err
		}
		rights, ok := rightsOf(v.Contact, r.Customer)
		if !ok {
			return errNoSession()
		}
		v.Scope.Rights = rights
		return nil
	})
	if errors.Is(err, store.ErrNotFound) || (err == nil && r.ended(now)) {
		return Visit{}, errNoSession()
	}
	if err != nil {
		return Visit{}, err
	}
	if now.UnixNano()-r.Used >= int64(touchEvery) {
		err = p.change(ctx, r.Hash, func(r *visitRecord) { r.Used = max(r.Used, now.UnixNano()) })
	}
	return v, err
}

// change alters a session that may have ended in the meantime; then it stays ended.
func (p *Portal) change(ctx context.Context, hash []byte, fn func(*visitRecord)) error {
	return p.eng.Update(ctx, func(tx store.Tx) error {
		r, err := visits.Get(tx, hash)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		fn(&r)
		return visits.Put(tx, &r)
	})
}

// Switch lets a contact who acts for several customers look at another one. A customer that is not theirs answers as
// one that does not exist.
func (p *Portal) Switch(ctx context.Context, token string, to ledger.CustomerID) error {
	v, err := p.Authenticate(ctx, token)
	if err != nil {
		return err
	}
	if _, ok := rightsOf(v.Contact, to); !ok {
		return errNoCustomer()
	}
	return p.change(ctx, tokenHash(token), func(r *visitRecord) { r.Customer = to })
}

// SignOut ends the session, if there is one.
func (p *Portal) SignOut(ctx context.Context, token string) error {
	if !wellFormed(token) {
		return nil
	}
	return p.eng.Update(ctx, func(tx store.Tx) error {
		err := visits.Delete(tx, tokenHash(token))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
}

// ReturnToken is the token of the address to which a payer comes back, made from the secret key of the form with which
// they paid: the same form, sent again, leads to the same address.
func ReturnToken(formKey string) string {
	h := sha256.Sum256([]byte("return\x00" + formKey))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// KeepReturn remembers which attempt a return address is of, and its documents. It opens in any browser, since a bank's
// app may come back in another one than the payer left from, and shows nothing but that one payment.
func (p *Portal) KeepReturn(ctx context.Context, token string, attempt ledger.AttemptID, s books.Scope) error {
	now := p.clock.Now()
	return p.eng.Update(ctx, func(tx store.Tx) error {
		if err := sweep(tx, &comebacks, now.Add(-ReturnLife)); err != nil {
			return err
		}
		return comebacks.Put(tx, &returnRecord{Hash: tokenHash(token), Attempt: attempt, Created: now.UnixNano(),
			Firm: s.Firm, Customer: s.Customer, Documents: s.Documents})
	})
}

// Return is the attempt behind a return address and the scope in which it may be read, or ErrLinkGone.
func (p *Portal) Return(ctx context.Context, token string) (ledger.AttemptID, books.Scope, error) {
	if !wellFormed(token) {
		return ledger.AttemptID{}, books.Scope{}, ErrLinkGone
	}
	var r returnRecord
	err := p.eng.View(ctx, func(tx store.Tx) (err error) { r, err = comebacks.Get(tx, tokenHash(token)); return err })
	if errors.Is(err, store.ErrNotFound) || (err == nil && p.clock.Now().UnixNano() >= r.Created+int64(ReturnLife)) {
		return ledger.AttemptID{}, books.Scope{}, ErrLinkGone
	}
	return r.Attempt, books.Scope{Firm: r.Firm, Customer: r.Customer, Documents: r.Documents}, err
}

// FormToken is what a form must carry to be believed: it can only be made by who holds the secret (a session, a
// browser's secret, a link's token), and tells nothing about it.
func FormToken(secret string) string {
	h := sha256.Sum256([]byte("form\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(h[:24])
}
