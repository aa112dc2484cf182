package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// How long things live.
const (
	StaffIdle     = 12 * time.Hour     // a session that nobody uses ends
	StaffAbsolute = 7 * 24 * time.Hour // and so does one that is used
	localLife     = time.Minute        // of the window's one-time token
	touchEvery    = 5 * time.Minute    // how exactly the last use is known
	localPending  = 16                 // one-time tokens that wait at the same time
)

// Prefixes of bearer tokens, so that a leaked one is recognised.
const (
	sessionPrefix = "vls_"
	tokenPrefix   = "vlt_"
	localPrefix   = "vll_"
)

// Staff is the staff side: users, their sessions, API tokens. It is safe for concurrent use.
//
// A bearer token is 256 random bits; only its SHA-256 is stored, so the data folder does not let anybody in. Signing in
// is throttled per address, per user and for everybody together, and takes as long for an unknown user.
type Staff struct {
	log       *journal.Log
	eng       store.Engine
	clock     civil.Clock
	ids       *ident.Source
	passwords *Passwords

	perUser, perClient, global *Throttle

	mu    sync.Mutex
	local map[[32]byte]time.Time // one-time tokens of the window -> when they end
}

// NewStaff makes the staff side over a journal.
func NewStaff(log *journal.Log, ids *ident.Source, c Cost) *Staff {
	clock := log.Clock()
	return &Staff{log: log, eng: log.Engine(), clock: clock, ids: ids, passwords: NewPasswords(c),
		perUser:   NewThrottle(clock, 30*time.Second, 8, 4096),
		perClient: NewThrottle(clock, 5*time.Second, 30, 4096),
		global:    NewThrottle(clock, time.Second, 120, 1),
		local:     map[[32]byte]time.Time{}}
}

// Principal is who makes a request.
type Principal struct {
	User    User
	Grant   access.Grant
	Token   TokenID // zero for a session
	Expires time.Time
	key     [32]byte
}

// Actor is the principal in the journal.
func (p Principal) Actor() journal.Actor { return p.User.Actor() }

// Session is a fresh sign-in. Token is shown only here.
type Session struct {
	Token     string
	Expires   time.Time
	Principal Principal
}

type sessionRecord struct {
	Key     []byte        `cbor:"1,keyasint"` // SHA-256 of the token
	User    ledger.UserID `cbor:"2,keyasint"`
	Created int64         `cbor:"3,keyasint"`
	Used    int64         `cbor:"4,keyasint"`
}

var sessions = store.Table[sessionRecord]{Name: "staff.sessions", Key: func(r *sessionRecord) []byte { return r.Key },
	Indexes: []store.Index[sessionRecord]{{Name: "user", Entries: func(_ store.Tx, r *sessionRecord) []store.Pair {
		return []store.Pair{{Key: slices.Concat(r.User.Bytes(), r.Key)}}
	}}}}

func newSecret(prefix string) (text string, key [32]byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	text = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return text, sha256.Sum256([]byte(text))
}

func throttled() error {
	return &fault.Error{Kind: fault.Throttled, Code: "session.throttled", Message: "There were too many tries. Please wait a minute and try again."}
}

// errSignIn is the one answer to a wrong address, a wrong password and a user who is switched off.
func errSignIn() error {
	return &fault.Error{Kind: fault.Unauthorized, Code: "session.sign_in", Message: "That e-mail address and password do not belong together."}
}

// errNoSession is the one answer to a bearer token that does not count (any more).
func errNoSession() error {
	return &fault.Error{Kind: fault.Unauthorized, Code: "session.expired", Message: "Please sign in; the session has ended or was never there."}
}

// SignIn checks an address and a password. client names the network it comes from, for throttling.
func (s *Staff) SignIn(ctx context.Context, client, email, password string) (Session, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if !s.global.Allow("") || !s.perClient.Allow(client) || !s.perUser.Allow(email) || len(password) > MaxPassword {
		return Session{}, throttled()
	}
	var u User
	err := s.eng.View(ctx, func(tx store.Tx) (err error) { u, err = userByEmail(tx, email); return err })
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Session{}, err
	}
	hash := ""
	if err == nil && u.Active && !u.Local {
		if hash, err = s.secretOf(ctx, u.ID); err != nil {
			return Session{}, err
		}
	}
	ok, stale, err := s.passwords.Check(ctx, hash, password)
	if err != nil {
		return Session{}, err
	}
	if !ok {
		return Session{}, errSignIn()
	}
	s.perUser.Forget(email)
	if stale {
		if hash, err = s.passwords.Hash(ctx, password); err != nil {
			return Session{}, err
		}
		if err := s.eng.Update(ctx, func(tx store.Tx) error { return secrets.Put(tx, &secretRecord{User: u.ID, Hash: hash}) }); err != nil {
			return Session{}, err
		}
	}
	return s.start(ctx, u)
}

// start makes a session and clears away those of the user that have ended.
func (s *Staff) start(ctx context.Context, u User) (Session, error) {
	text, key := newSecret(sessionPrefix)
	now := s.clock.Now()
	err := s.eng.Update(ctx, func(tx store.Tx) error {
		if err := s.sweep(tx, u.ID, now); err != nil {
			return err
		}
		return sessions.Insert(tx, &sessionRecord{Key: key[:], User: u.ID, Created: now.UnixNano(), Used: now.UnixNano()})
	})
	p := Principal{User: u, Grant: access.Grant{Role: u.Role}, Expires: now.Add(StaffIdle), key: key}
	return Session{Token: text, Expires: p.Expires, Principal: p}, err
}

func (s *Staff) sweep(tx store.Tx, id ledger.UserID, now time.Time) error {
	var ended [][]byte
	for p, err := range sessions.Entries(tx, "user", store.Prefix(id.Bytes())) {
		if err != nil {
			return err
		}
		r, err := sessions.Get(tx, p.Key[16:])
		if err != nil {
			return err
		}
		if !now.Before(r.ends()) {
			ended = append(ended, r.Key)
		}
	}
	for _, k := range ended {
		if err := sessions.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}

func (r sessionRecord) ends() time.Time {
	idle, absolute := time.Unix(0, r.Used).Add(StaffIdle), time.Unix(0, r.Created).Add(StaffAbsolute)
	if idle.Before(absolute) {
		return idle.UTC()
	}
	return absolute.UTC()
}

// Authenticate finds out who a bearer token belongs to, a session or an API token, and counts as use of it.
func (s *Staff) Authenticate(ctx context.Context, bearer string) (Principal, error) {
	return s.identify(ctx, bearer, true)
}

// Identify is Authenticate that does not count as use: a page that only listens does not keep its session alive.
func (s *Staff) Identify(ctx context.Context, bearer string) (Principal, error) {
	return s.identify(ctx, bearer, false)
}

func (s *Staff) identify(ctx context.Context, bearer string, touch bool) (Principal, error) {
	if strings.HasPrefix(bearer, tokenPrefix) {
		return s.authenticateToken(ctx, bearer)
	}
	if !strings.HasPrefix(bearer, sessionPrefix) || len(bearer) > 100 {
		return Principal{}, errNoSession()
	}
	key := sha256.Sum256([]byte(bearer))
	now := s.clock.Now()
	var r sessionRecord
	var u User
	err := s.eng.View(ctx, func(tx store.Tx) (err error) {
		if r, err = sessions.Get(tx, key[:]); err != nil {
			return err
		}
		rec, err := users.Get(tx, r.User.Bytes())
		u = rec.user()
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Principal{}, errNoSession()
	case err != nil:
		return Principal{}, err
	case !u.Active || !now.Before(r.ends()):
		return Principal{}, errNoSession()
	}
	if touch && now.Sub(time.Unix(0, r.Used)) >= touchEvery {
		if err := s.touch(ctx, key, now); err != nil {
			return Principal{}, err
		}
	}
	return Principal{User: u, Grant: access.Grant{Role: u.Role}, Expires: r.ends(), key: key}, nil
}

// touch remembers that a session was used. It may have ended in the meantime; then it stays ended.
func (s *Staff) touch(ctx context.Context, key [32]byte, now time.Time) error {
	return s.eng.Update(ctx, func(tx store.Tx) error {
		r, err := sessions.Get(tx, key[:])
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Used = now.UnixNano()
		return sessions.Put(tx, &r)
	})
}

// SignOut ends the session. A token is not a session and stays.
func (s *Staff) SignOut(ctx context.Context, p Principal) error {
	return s.eng.Update(ctx, func(tx store.Tx) error {
		err := sessions.Delete(tx, p.key[:])
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
}

// endSessions ends all sessions of a user but one.
func endSessions(tx store.Tx, id ledger.UserID, except [32]byte) error {
	var keys [][]byte
	for p, err := range sessions.Entries(tx, "user", store.Prefix(id.Bytes())) {
		if err != nil {
			return err
		}
		if k := slices.Clone(p.Key[16:]); !slices.Equal(k, except[:]) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if err := sessions.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}

// LocalToken is a one-time token with which the window signs in its own user, for a minute. Only the program that holds
// the data folder can make one, and it hands it to its own window.
func (s *Staff) LocalToken() string {
	text, key := newSecret(localPrefix)
	now := s.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, ends := range s.local {
		if !now.Before(ends) || len(s.local) >= localPending {
			delete(s.local, k)
		}
	}
	s.local[key] = now.Add(localLife)
	return text
}

// SignInLocal uses up a one-time token and starts a session of the local user, who is made when there is none.
func (s *Staff) SignInLocal(ctx context.Context, token, name string) (Session, error) {
	key := sha256.Sum256([]byte(token))
	now := s.clock.Now()
	s.mu.Lock()
	ends, ok := s.local[key]
	delete(s.local, key)
	s.mu.Unlock()
	if !ok || !now.Before(ends) {
		return Session{}, errNoSession()
	}
	u, err := s.localUser(ctx, name)
	if err != nil {
		return Session{}, err
	}
	return s.start(ctx, u)
}

func (s *Staff) localUser(ctx context.Context, name string) (User, error) {
	all, err := s.Users(ctx)
	if err != nil {
		return User{}, err
	}
	for _, u := range all {
		if u.Local {
			if !u.Active {
				return u, errSignIn()
			}
			return u, nil
		}
	}
	u := User{Name: name, Role: access.Admin, Active: true, Local: true}
	ident.Fill(s.ids, &u.ID)
	_, err = s.log.Update(ctx, journal.Meta{Actor: journal.Actor{Kind: journal.System}}, "user.created", nil, func(tx *journal.Tx) error {
		u.Created = tx.At()
		return putUser(tx, u)
	})
	return u, err
}
