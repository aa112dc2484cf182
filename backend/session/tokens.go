package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

type tokenKind struct{}

func (tokenKind) Prefix() string { return "tok" }

// TokenID is the id of an API token.
type TokenID = ident.ID[tokenKind]

// MaxTokenLife bounds how long an API token lives.
const MaxTokenLife = 2 * 365 * 24 * time.Hour

// Token is an API token without its secret. It acts for its user, narrowed to Scope, as long as the user is active.
type Token struct {
	ID      TokenID
	Name    string
	User    ledger.UserID
	Scope   access.Scope
	Created time.Time
	Expires time.Time
	Used    time.Time // zero: never
}

type tokenRecord struct {
	ID      TokenID       `cbor:"1,keyasint"`
	Name    string        `cbor:"2,keyasint"`
	User    ledger.UserID `cbor:"3,keyasint"`
	Scope   []string      `cbor:"4,keyasint"`
	Key     []byte        `cbor:"5,keyasint"` // SHA-256 of the secret
	Created int64         `cbor:"6,keyasint"`
	Expires int64         `cbor:"7,keyasint"`
}

var tokens = store.Table[tokenRecord]{Name: "staff.tokens", Key: func(r *tokenRecord) []byte { return r.ID.Bytes() },
	Indexes: []store.Index[tokenRecord]{{Name: "key", Unique: true, Entries: func(_ store.Tx, r *tokenRecord) []store.Pair {
		return []store.Pair{{Key: r.Key, Value: r.ID.Bytes()}}
	}}}}

// usedRecord is when a token was last used: not a change of the books, so not in the journal.
type usedRecord struct {
	Token TokenID `cbor:"1,keyasint"`
	At    int64   `cbor:"2,keyasint"`
}

var used = store.Table[usedRecord]{Name: "staff.token_used", Key: func(r *usedRecord) []byte { return r.Token.Bytes() }}

func (r tokenRecord) token() (Token, error) {
	scope, err := access.ParseScope(r.Scope)
	return Token{ID: r.ID, Name: r.Name, User: r.User, Scope: scope,
		Created: time.Unix(0, r.Created).UTC(), Expires: time.Unix(0, r.Expires).UTC()}, err
}

// CreateToken makes an API token for a user. The secret is returned only here.
func (s *Staff) CreateToken(ctx context.Context, m journal.Meta, user ledger.UserID, name string, scope access.Scope, life time.Duration) (Token, string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 {
		return Token{}, "", fault.Invalidf("token.name", "the token needs a name that says what it is for")
	}
	if life <= 0 || life > MaxTokenLife {
		return Token{}, "", fault.Invalidf("token.life", "a token lives between a day and two years")
	}
	text, key := newSecret(tokenPrefix)
	t := Token{Name: name, User: user, Scope: scope}
	ident.Fill(s.ids, &t.ID)
	_, err := s.log.Update(ctx, m, "token.created", nil, func(tx *journal.Tx) error {
		if _, err := users.Get(tx, user.Bytes()); err != nil {
			return unknownUser(err)
		}
		t.Created, t.Expires = tx.At(), tx.At().Add(life)
		tx.Subject(user.Bytes())
		tx.Fact("name", name)
		tx.Fact("scope", strings.Join(scope.Names(), " "))
		return tokens.Insert(tx, &tokenRecord{ID: t.ID, Name: name, User: user, Scope: scope.Names(), Key: key[:],
			Created: t.Created.UnixNano(), Expires: t.Expires.UnixNano()})
	})
	return t, text, err
}

// RevokeToken withdraws an API token at once.
func (s *Staff) RevokeToken(ctx context.Context, m journal.Meta, id TokenID) error {
	_, err := s.log.Update(ctx, m, "token.revoked", nil, func(tx *journal.Tx) error {
		r, err := tokens.Get(tx, id.Bytes())
		if errors.Is(err, store.ErrNotFound) {
			return fault.NotFoundf("token.unknown", "there is no such token")
		}
		if err != nil {
			return err
		}
		tx.Subject(r.User.Bytes())
		tx.Fact("name", r.Name)
		return tokens.Delete(tx, id.Bytes())
	})
	return err
}

// Tokens are all API tokens, in the order in which they were made.
func (s *Staff) Tokens(ctx context.Context) (out []Token, err error) {
	err = s.eng.View(ctx, func(tx store.Tx) error {
		out = nil
		for r, err := range tokens.Scan(tx, store.All()) {
			if err != nil {
				return err
			}
			t, err := r.token()
			if err != nil {
				return err
			}
			if u, err := used.Get(tx, t.ID.Bytes()); err == nil {
				t.Used = time.Unix(0, u.At).UTC()
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

func (s *Staff) authenticateToken(ctx context.Context, bearer string) (Principal, error) {
	key := sha256.Sum256([]byte(bearer))
	now := s.clock.Now()
	var t Token
	var u User
	var last usedRecord
	err := s.eng.View(ctx, func(tx store.Tx) error {
		id, err := tokens.Entry(tx, "key", key[:])
		if err != nil {
			return err
		}
		r, err := tokens.Get(tx, slices.Clone(id))
		if err != nil {
			return err
		}
		if t, err = r.token(); err != nil {
			return err
		}
		if last, err = used.Get(tx, t.ID.Bytes()); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		rec, err := users.Get(tx, t.User.Bytes())
		u = rec.user()
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Principal{}, errNoSession()
	case err != nil:
		return Principal{}, err
	case !u.Active || !now.Before(t.Expires):
		return Principal{}, errNoSession()
	}
	if now.Sub(time.Unix(0, last.At)) >= touchEvery {
		if err := s.eng.Update(ctx, func(tx store.Tx) error { return used.Put(tx, &usedRecord{Token: t.ID, At: now.UnixNano()}) }); err != nil {
			return Principal{}, err
		}
	}
	return Principal{User: u, Grant: access.Grant{Role: u.Role, Scope: t.Scope}, Token: t.ID, Expires: t.Expires, key: key}, nil
}
