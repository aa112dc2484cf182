package session

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// How long links live.
const (
	SignInLife  = 10 * time.Minute
	HandoffLife = 5 * time.Minute     // of links that a program follows at once: the staff's look, another system's
	PayAfterDue = 30                  // days after the last due date, or after today when that is later
	PayLongest  = 120                 // days, whatever was asked for
	ReturnLife  = 30 * 24 * time.Hour // of the address to which a payer comes back
	codeTries   = 5                   // wrong codes before a sign-in link is dead
)

type linkKind struct{}

func (linkKind) Prefix() string { return "lnk" }

// LinkID names a link to the staff, who may list and revoke links; it opens nothing.
type LinkID = ident.ID[linkKind]

// LinkKind is what a link opens.
type LinkKind uint8

// The kinds of links.
const (
	SignInLink LinkKind = iota
	PayLink
)

// Link is a stored link. The token that opens it is not part of it: only its hash is kept, under which it is found.
type Link struct {
	ID        LinkID
	Kind      LinkKind
	Firm      ledger.FirmID
	Customer  ledger.CustomerID
	Contact   ledger.ContactID    // zero: the staff vouch for whoever gets the link
	Documents []ledger.DocumentID // of a pay link
	Created   time.Time
	Expires   time.Time
	Used      time.Time // when a sign-in link was used; zero: not yet
	Revoked   time.Time
	By        journal.Actor // who made it; zero for links of before this was kept
	Via       ViaKind
}

// ViaKind is on whose word a sign-in link lets somebody in.
type ViaKind uint8

// The ways in.
const (
	ViaMail  ViaKind = iota // the contact's own mailbox, or whoever the staff hand the link to
	ViaStaff                // a member of staff looks as this customer
	ViaAPI                  // another system of the firm has signed the contact in already
)

// Offer is a fresh link. Token and Code are shown only here.
type Offer struct {
	Link
	Token string
	Code  string // six digits; empty for links that the staff issue
}

type linkRecord struct {
	Hash      []byte              `cbor:"1,keyasint"` // SHA-256 of the token
	ID        LinkID              `cbor:"2,keyasint"`
	Kind      LinkKind            `cbor:"3,keyasint"`
	Firm      ledger.FirmID       `cbor:"4,keyasint"`
	Customer  ledger.CustomerID   `cbor:"5,keyasint"`
	Contact   ledger.ContactID    `cbor:"6,keyasint,omitzero"`
	Documents []ledger.DocumentID `cbor:"7,keyasint,omitempty"`
	Created   int64               `cbor:"8,keyasint"`
	Expires   int64               `cbor:"9,keyasint"`
	Used      int64               `cbor:"10,keyasint,omitzero"`
	Revoked   int64               `cbor:"11,keyasint,omitzero"`
	Browser   []byte              `cbor:"12,keyasint,omitempty"` // hash of the asking browser's secret
	Code      []byte              `cbor:"13,keyasint,omitempty"` // hash of browser's secret and code
	By        journal.Actor       `cbor:"14,keyasint,omitzero"`
	Via       ViaKind             `cbor:"15,keyasint,omitzero"`
}

func (r linkRecord) link() Link {
	l := Link{ID: r.ID, Kind: r.Kind, Firm: r.Firm, Customer: r.Customer, Contact: r.Contact, Documents: r.Documents, By: r.By,
		Created: time.Unix(0, r.Created).UTC(), Expires: time.Unix(0, r.Expires).UTC(), Via: r.Via}
	if r.Used != 0 {
		l.Used = time.Unix(0, r.Used).UTC()
	}
	if r.Revoked != 0 {
		l.Revoked = time.Unix(0, r.Revoked).UTC()
	}
	return l
}

// live reports whether the link still opens something.
func (r linkRecord) live(now time.Time) bool {
	return r.Used == 0 && r.Revoked == 0 && now.UnixNano() < r.Expires
}

// Links are journaled: who made one and who used it is part of a customer's story. Wrong codes are not.
var (
	links = store.Table[linkRecord]{Name: "portal.links", Key: func(r *linkRecord) []byte { return r.Hash },
		Indexes: []store.Index[linkRecord]{
			{Name: "id", Unique: true, Entries: func(_ store.Tx, r *linkRecord) []store.Pair {
				return []store.Pair{{Key: r.ID.Bytes(), Value: r.Hash}}
			}},
			{Name: "customer", Entries: func(_ store.Tx, r *linkRecord) []store.Pair {
				return []store.Pair{{Key: slices.Concat(r.Customer.Bytes(), r.ID.Bytes()), Value: r.Hash}}
			}},
			{Name: "browser", Entries: func(_ store.Tx, r *linkRecord) []store.Pair {
				if len(r.Browser) == 0 {
					return nil
				}
				return []store.Pair{{Key: slices.Concat(r.Browser, r.ID.Bytes()), Value: r.Hash}}
			}},
		}}
	tries = store.Table[triesRecord]{Name: "portal.tries", Key: func(r *triesRecord) []byte { return r.Link.Bytes() }}
)

type triesRecord struct {
	Link LinkID `cbor:"1,keyasint"`
	N    int    `cbor:"2,keyasint"`
}

// Portal is the customers' side: links and what they open. It is safe for concurrent use.
//
// A token is 256 random bits in an address; only its SHA-256 is stored. Looking at a link changes nothing, so mail
// scanners may open it as often as they like; only Redeem, behind a button, uses it up.
type Portal struct {
	books *books.Books
	log   *journal.Log
	eng   store.Engine
	clock civil.Clock

	perAddress, perClient, global *Throttle // asking for links
	codesPerClient, codesGlobal   *Throttle // guessing codes
}

// NewPortal makes the customers' side over the books.
func NewPortal(b *books.Books) *Portal {
	clock := b.Clock()
	return &Portal{books: b, log: b.Log(), eng: b.Log().Engine(), clock: clock,
		perAddress: NewThrottle(clock, 2*time.Minute, 5, 8192),
		perClient:  NewThrottle(clock, 15*time.Second, 20, 8192),
		global:     NewThrottle(clock, time.Second, 200, 1),

		codesPerClient: NewThrottle(clock, 20*time.Second, 15, 8192),
		codesGlobal:    NewThrottle(clock, 200*time.Millisecond, 300, 1),
	}
}

// NewBrowserSecret is what a browser gets as a cookie before it asks for anything: 256 random bits that bind a sign-in
// link to the browser that asked for it.
func NewBrowserSecret() string {
	s, _ := newSecret("")
	return s
}

// ErrLinkGone is the one answer to a link that is unknown, used, expired or revoked.
var ErrLinkGone error = &fault.Error{Kind: fault.Unauthorized, Code: "link.gone", Message: "This link no longer works."}

// ErrOtherBrowser means that the link was asked for in another browser: only there, or with the code, it opens.
var ErrOtherBrowser error = &fault.Error{Kind: fault.Unauthorized, Code: "link.other_browser", Message: "This link was asked for in another browser."}

// ErrCode is the one answer to a wrong code, an expired one and one that never was.
var ErrCode error = &fault.Error{Kind: fault.Unauthorized, Code: "link.code", Message: "This code is wrong or has expired."}

// MayAsk takes a turn at asking for a sign-in link: per address, per network and for everybody together. It does not
// depend on whether the address is known.
func (p *Portal) MayAsk(firm ledger.FirmID, email, client string) error {
	if !p.perClient.Allow(client) || !p.perAddress.Allow(string(firm[:])+normal(email)) || !p.global.Allow("") {
		return throttled()
	}
	return nil
}

func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// Ask makes a sign-in link with a code for an e-mail address, bound to the browser that asks: of a contact, or of customers
// themselves (see invite). known is false, without an error, when nobody with that address may sign in: say the same to the
// visitor in either case, and do not make them wait for it.
func (p *Portal) Ask(ctx context.Context, firm ledger.FirmID, email, browser string) (o Offer, who ledger.Contact, known bool, err error) {
	err = p.books.View(ctx, func(r *books.Reader) error {
		who, err = r.ContactByEmail(firm, normal(email))
		return err
	})
	if err != nil && fault.KindOf(err) == fault.NotFound {
		who, err = p.invite(ctx, firm, normal(email))
	}
	if fault.KindOf(err) == fault.NotFound || (err == nil && (who.State == ledger.ContactClosed || len(who.Access) == 0)) {
		return Offer{}, ledger.Contact{}, false, nil
	}
	if err != nil {
		return Offer{}, ledger.Contact{}, false, err
	}
	code, err := newCode()
	if err != nil {
		return Offer{}, ledger.Contact{}, false, err
	}
	r := linkRecord{Kind: SignInLink, Firm: firm, Customer: who.Access[0].Customer, Contact: who.ID, Browser: browserHash(browser)}
	m := journal.Meta{Firm: firm, Actor: journal.Actor{Kind: journal.Contact, ID: who.ID.String(), Name: who.Name}}
	o, err = p.create(ctx, m, r, SignInLife, func(r *linkRecord) { r.Code = codeHash(browser, code) })
	o.Code = code
	return o, who, err == nil, err
}

// newCode is six digits, each as likely as the other.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}

func browserHash(secret string) []byte {
	h := sha256.Sum256([]byte("browser\x00" + secret))
	return h[:]
}

// codeHash binds a code to the browser's secret: a million guesses are nothing, but the secret is 256 bits.
func codeHash(secret, code string) []byte {
	h := sha256.Sum256([]byte("code\x00" + secret + "\x00" + code))
	return h[:]
}

// IssueSignIn makes a sign-in link on behalf of the staff, for one customer. It opens in any browser, once. contact may
// be zero: then whoever gets the link may look and pay, in nobody's name.
func (p *Portal) IssueSignIn(ctx context.Context, m journal.Meta, c ledger.CustomerID, contact ledger.ContactID) (Offer, error) {
	err := p.books.View(ctx, func(r *books.Reader) error {
		cu, err := r.Customer(c)
		if err != nil || cu.Firm != m.Firm {
			return cmp.Or(err, errNoCustomer())
		}
		if contact.IsZero() {
			return nil
		}
		who, err := r.Contact(contact)
		if err != nil {
			return err
		}
		if _, ok := rightsOf(who, c); !ok {
			return fault.Conflictf("link.no_access", "this contact may not see the customer; add the customer to the contact first")
		}
		return nil
	})
	if err != nil {
		return Offer{}, err
	}
	return p.create(ctx, m, linkRecord{Kind: SignInLink, Firm: m.Firm, Customer: c, Contact: contact}, SignInLife, nil)
}

// IssueStaffView makes the link with which the member of staff who is m's actor looks at the portal as a customer sees it.
func (p *Portal) IssueStaffView(ctx context.Context, m journal.Meta, c ledger.CustomerID) (Offer, error) {
	if err := p.hasCustomer(ctx, m.Firm, c); err != nil {
		return Offer{}, err
	}
	return p.create(ctx, m, linkRecord{Kind: SignInLink, Firm: m.Firm, Customer: c, Via: ViaStaff}, HandoffLife, nil)
}

// IssueHandoff makes the link with which a contact who is signed in at another system of the firm comes in.
func (p *Portal) IssueHandoff(ctx context.Context, m journal.Meta, c ledger.CustomerID, contact ledger.ContactID) (Offer, error) {
	err := p.books.View(ctx, func(r *books.Reader) error {
		who, err := r.Contact(contact)
		if err != nil || who.Firm != m.Firm {
			return cmp.Or(err, error(fault.NotFoundf("contact.unknown", "there is no such contact")))
		}
		if _, ok := rightsOf(who, c); !ok {
			return fault.Conflictf("link.no_access", "this contact may not see the customer; add the customer to the contact first")
		}
		return nil
	})
	if err != nil {
		return Offer{}, err
	}
	return p.create(ctx, m, linkRecord{Kind: SignInLink, Firm: m.Firm, Customer: c, Contact: contact, Via: ViaAPI}, HandoffLife, nil)
}

func (p *Portal) hasCustomer(ctx context.Context, f ledger.FirmID, c ledger.CustomerID) error {
	return p.books.View(ctx, func(r *books.Reader) error {
		cu, err := r.Customer(c)
		if err != nil || cu.Firm != f {
			return cmp.Or(err, errNoCustomer())
		}
		return nil
	})
}

func errNoCustomer() error { return fault.NotFoundf("customer.unknown", "there is no such customer") }

// IssuePay makes a pay link for some of a customer's documents, all in one currency. days is how long it lives; 0 is
// thirty days after the last due date, and never more than 120.
func (p *Portal) IssuePay(ctx context.Context, m journal.Meta, c ledger.CustomerID, docs []ledger.DocumentID, days int) (Offer, error) {
	var life time.Duration
	err := p.books.View(ctx, func(r *books.Reader) error {
		today, err := r.Today(m.Firm)
		if err != nil {
			return err
		}
		last := today
		if len(docs) == 0 || len(docs) > 500 {
			return fault.Invalidf("link.documents", "a pay link needs between 1 and 500 invoices")
		}
		var first ledger.Document
		for i, id := range docs {
			d, err := r.Document(id)
			if err != nil || d.Firm != m.Firm || d.Customer != c {
				return cmp.Or(err, error(fault.NotFoundf("document.unknown", "there is no such invoice or credit note")))
			}
			if !d.Type.Debit() || d.State == ledger.Void {
				return fault.Invalidf("link.not_payable", "%s is not something to pay", d.Number)
			}
			if i == 0 {
				first = d
			} else if d.Total.Currency != first.Total.Currency {
				return fault.Invalidf("link.currency", "%s and %s are in different currencies; make a link for each", first.Number, d.Number)
			}
			last = civil.Max(last, d.Due)
		}
		n := civil.Days(today, last) + PayAfterDue
		if days > 0 {
			n = days
		}
		life = time.Duration(min(n, PayLongest)) * 24 * time.Hour
		return nil
	})
	if err != nil {
		return Offer{}, err
	}
	return p.create(ctx, m, linkRecord{Kind: PayLink, Firm: m.Firm, Customer: c, Documents: slices.Clone(docs)}, life, nil)
}

func (p *Portal) create(ctx context.Context, m journal.Meta, r linkRecord, life time.Duration, more func(*linkRecord)) (Offer, error) {
	token, hash := newSecret("")
	r.Hash, r.ID, r.By = hash[:], ident.New[linkKind](p.books.IDs()), m.Actor
	if more != nil {
		more(&r)
	}
	kind := "link.sign_in_created"
	switch {
	case r.Kind == PayLink:
		kind = "link.pay_created"
	case r.Via == ViaStaff:
		kind = "link.staff_view_created"
	}
	_, err := p.log.Update(ctx, m, kind, nil, func(tx *journal.Tx) error {
		r.Created, r.Expires = tx.At().UnixNano(), tx.At().Add(life).UnixNano()
		tx.Subject(r.Customer.Bytes())
		for _, d := range r.Documents {
			tx.Subject(d.Bytes())
		}
		tx.Fact("link", r.ID.String())
		return links.Insert(tx, &r)
	})
	return Offer{Link: r.link(), Token: token}, err
}

func tokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// wellFormed spares the store from looking up what cannot be a token.
func wellFormed(token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(b) == 32
}

// Look reads a sign-in link without using it: ErrLinkGone, ErrOtherBrowser, or what it opens.
func (p *Portal) Look(ctx context.Context, token, browser string) (Link, error) {
	r, err := p.find(ctx, token, SignInLink)
	if err != nil {
		return Link{}, err
	}
	return r.link(), p.usable(r, browser)
}

func (p *Portal) find(ctx context.Context, token string, kind LinkKind) (r linkRecord, err error) {
	if !wellFormed(token) {
		return r, ErrLinkGone
	}
	err = p.eng.View(ctx, func(tx store.Tx) error {
		r, err = links.Get(tx, tokenHash(token))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || (err == nil && r.Kind != kind) {
		return linkRecord{}, ErrLinkGone
	}
	return r, err
}

func (p *Portal) usable(r linkRecord, browser string) error {
	switch {
	case !r.live(p.clock.Now()):
		return ErrLinkGone
	case len(r.Browser) > 0 && subtle.ConstantTimeCompare(r.Browser, browserHash(browser)) != 1:
		return ErrOtherBrowser
	}
	return nil
}

// Redeem uses up a sign-in link and starts a session. Of many calls at the same time exactly one succeeds.
func (p *Portal) Redeem(ctx context.Context, token, browser string, from From) (Visit, error) {
	if !wellFormed(token) {
		return Visit{}, ErrLinkGone
	}
	return p.redeem(ctx, tokenHash(token), from, func(r linkRecord) error { return p.usable(r, browser) })
}

// RedeemCode uses up the latest sign-in link that this browser asked for, given its code. The network of from is
// what throttles. After five wrong codes the link is dead.
func (p *Portal) RedeemCode(ctx context.Context, browser, code string, from From) (Visit, error) {
	if !p.codesPerClient.Allow(from.Network) || !p.codesGlobal.Allow("") {
		return Visit{}, throttled()
	}
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, code)
	var r linkRecord
	err := p.eng.Update(ctx, func(tx store.Tx) (err error) {
		if r, err = p.latest(tx, browser); err != nil {
			return err
		}
		t, err := tries.Get(tx, r.ID.Bytes())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if t.N >= codeTries {
			return ErrCode
		}
		// Counted before it is compared, so that parallel guesses do not get a free one.
		return tries.Put(tx, &triesRecord{Link: r.ID, N: t.N + 1})
	})
	if err != nil {
		return Visit{}, err
	}
	if subtle.ConstantTimeCompare(r.Code, codeHash(browser, code)) != 1 {
		return Visit{}, ErrCode
	}
	return p.redeem(ctx, r.Hash, from, func(r linkRecord) error { return p.usable(r, browser) })
}

func (p *Portal) latest(tx store.Tx, browser string) (linkRecord, error) {
	for e, err := range links.Entries(tx, "browser", store.Prefix(browserHash(browser)).Reversed()) {
		if err != nil {
			return linkRecord{}, err
		}
		r, err := links.Get(tx, bytes.Clone(e.Value))
		if err != nil {
			return r, err
		}
		if !r.live(p.clock.Now()) || len(r.Code) == 0 {
			return r, ErrCode
		}
		return r, nil
	}
	return linkRecord{}, ErrCode
}

func (p *Portal) redeem(ctx context.Context, hash []byte, from From, check func(linkRecord) error) (v Visit, err error) {
	// Read first: the actor of the entry is whom the link was made for.
	var r linkRecord
	err = p.eng.View(ctx, func(tx store.Tx) (err error) { r, err = links.Get(tx, hash); return err })
	if errors.Is(err, store.ErrNotFound) || (err == nil && r.Kind != SignInLink) {
		return v, ErrLinkGone
	}
	if err != nil {
		return v, err
	}
	who, err := p.contactOf(ctx, r)
	if err != nil {
		return v, err
	}
	m := journal.Meta{Firm: r.Firm, Actor: journal.Actor{Kind: journal.Contact, ID: r.Contact.String(), Name: who.Name}}
	kind := "portal.signed_in"
	if r.Via == ViaStaff {
		kind, m.Actor = "portal.staff_viewed", r.By
	}
	_, err = p.log.Update(ctx, m, kind, nil, func(tx *journal.Tx) error {
		r, err := links.Get(tx, hash)
		if err != nil {
			return err
		}
		if err := check(r); err != nil {
			return err
		}
		r.Used = tx.At().UnixNano()
		tx.Subject(r.Customer.Bytes())
		tx.Fact("link", r.ID.String())
		if err := links.Put(tx, &r); err != nil {
			return err
		}
		if r.Via == ViaStaff {
			tx.Subject(books.StaffViews(r.Customer))
		}
		if err := p.books.ContactSeen(tx, r.Contact); err != nil {
			return err
		}
		// The session itself is not journaled: it comes and goes.
		v, err = p.begin(tx.Tx, r, from, tx.At())
		return err
	})
	return v, err
}

func (p *Portal) contactOf(ctx context.Context, r linkRecord) (who ledger.Contact, err error) {
	if r.Contact.IsZero() {
		return who, nil
	}
	err = p.books.View(ctx, func(rd *books.Reader) error { who, err = rd.Contact(r.Contact); return err })
	if err == nil && who.State == ledger.ContactClosed {
		err = ErrLinkGone
	}
	return who, err
}

// Again says for whom a sign-in link was, also when it no longer works, so that a new one can be sent to the address
// that the firm knows. known is false for tokens that never were.
func (p *Portal) Again(ctx context.Context, token string) (firm ledger.FirmID, email string, known bool) {
	r, err := p.find(ctx, token, SignInLink)
	if err != nil {
		return firm, "", false
	}
	who, err := p.contactOf(ctx, r)
	return r.Firm, who.Email, err == nil && who.Email != ""
}

// OpenPay is what a pay link opens, or ErrLinkGone. That it was opened is remembered for the staff, and changes nothing else.
func (p *Portal) OpenPay(ctx context.Context, token string) (Link, error) {
	r, err := p.find(ctx, token, PayLink)
	if err == nil && !r.live(p.clock.Now()) {
		err = ErrLinkGone
	}
	if err == nil {
		err = p.opened(ctx, r.ID)
	}
	return r.link(), err
}

// Scope is what the holder of the link may see.
func (l Link) Scope() books.Scope {
	return books.Scope{Firm: l.Firm, Customer: l.Customer, Contact: l.Contact, Rights: ledger.RightPay, Documents: l.Documents}
}

func timeKey(nanos int64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(nanos)) //nolint:gosec // instants after 1970
	return b[:]
}
