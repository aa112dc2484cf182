package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// User is a member of staff. The local user is the window's own: it has no password and signs in with a one-time token
// that only the program itself can make.
type User struct {
	ID      ledger.UserID
	Name    string
	Email   string // lower case, unique; empty for the local user
	Role    access.Role
	Active  bool
	Local   bool
	Created time.Time
}

// Actor is the user in the journal.
func (u User) Actor() journal.Actor {
	return journal.Actor{Kind: journal.User, ID: u.ID.String(), Name: u.Name}
}

type userRecord struct {
	ID      ledger.UserID `cbor:"1,keyasint"`
	Name    string        `cbor:"2,keyasint"`
	Email   string        `cbor:"3,keyasint,omitzero"`
	Role    access.Role   `cbor:"4,keyasint"`
	Off     bool          `cbor:"5,keyasint,omitzero"`
	Local   bool          `cbor:"6,keyasint,omitzero"`
	Created int64         `cbor:"7,keyasint"`
}

func (r userRecord) user() User {
	return User{ID: r.ID, Name: r.Name, Email: r.Email, Role: r.Role, Active: !r.Off, Local: r.Local, Created: time.Unix(0, r.Created).UTC()}
}

func fromUser(u User) userRecord {
	return userRecord{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Off: !u.Active, Local: u.Local, Created: u.Created.UnixNano()}
}

// secretRecord is a user's password. It is kept out of the journal, which never forgets.
type secretRecord struct {
	User ledger.UserID `cbor:"1,keyasint"`
	Hash string        `cbor:"2,keyasint"`
}

var (
	users = store.Table[userRecord]{Name: "staff.users", Key: func(r *userRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[userRecord]{{Name: "email", Unique: true, Entries: func(tx store.Tx, r *userRecord) []store.Pair {
			if r.Email == "" {
				return nil
			}
			k := tx.Blind("staff", r.Email)
			return []store.Pair{{Key: k[:], Value: r.ID.Bytes()}}
		}}}}
	secrets = store.Table[secretRecord]{Name: "staff.secrets", Key: func(r *secretRecord) []byte { return r.User.Bytes() }}
)

func unknownUser(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFoundf("user.unknown", "there is no such member of staff")
	}
	return err
}

// AddUser adds a member of staff with a password.
func (s *Staff) AddUser(ctx context.Context, m journal.Meta, u User, password string) (User, error) {
	email, err := books.Email(u.Email)
	if err != nil {
		return u, err
	}
	u.Email, u.Name, u.Active = email, strings.TrimSpace(u.Name), true
	if u.Name == "" {
		return u, fault.Invalidf("user.name", "the member of staff needs a name: it stands beside everything they do")
	}
	if _, err := access.ParseRole(string(u.Role)); err != nil {
		return u, err
	}
	if err := CheckPassword(password, u.Name, email); err != nil {
		return u, err
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return u, err
	}
	ident.Fill(s.ids, &u.ID)
	_, err = s.log.Update(ctx, m, "user.created", nil, func(tx *journal.Tx) error {
		u.Created = tx.At()
		if err := putUser(tx, u); err != nil {
			return err
		}
		return secrets.Put(tx.Tx, &secretRecord{User: u.ID, Hash: hash})
	})
	return u, err
}

func putUser(tx *journal.Tx, u User) error {
	rec := fromUser(u)
	tx.Subject(u.ID.Bytes())
	tx.Fact("name", u.Name)
	tx.Fact("role", string(u.Role))
	err := users.Put(tx, &rec)
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflictf("user.duplicate", "there is already a member of staff with this e-mail address")
	}
	return err
}

// UserChange changes a member of staff; nil leaves as it is. A new password, another role or switching off ends the
// user's sessions.
type UserChange struct {
	Name     *string
	Role     *access.Role
	Active   *bool
	Password *string
}

// ChangeUser changes a member of staff. The last active admin with a password can be neither demoted nor switched off.
func (s *Staff) ChangeUser(ctx context.Context, m journal.Meta, id ledger.UserID, c UserChange) (User, error) {
	before, err := s.User(ctx, id)
	if err != nil {
		return before, err
	}
	hash := ""
	if c.Password != nil {
		if before.Local {
			return before, fault.Invalidf("user.local_password", "the window's own user signs in without a password")
		}
		if err := CheckPassword(*c.Password, before.Name, before.Email); err != nil {
			return before, err
		}
		if hash, err = s.passwords.Hash(ctx, *c.Password); err != nil {
			return before, err
		}
	}
	var u User
	_, err = s.log.Update(ctx, m, "user.changed", nil, func(tx *journal.Tx) error {
		rec, err := users.Get(tx, id.Bytes())
		if err != nil {
			return unknownUser(err)
		}
		u = rec.user()
		changeUser(&u, c)
		if u.Name == "" {
			return fault.Invalidf("user.name", "the member of staff needs a name")
		}
		if rec.Role == access.Admin && !rec.Off && (u.Role != access.Admin || !u.Active) {
			if err := keepAnAdmin(tx, id); err != nil {
				return err
			}
		}
		if hash != "" {
			if err := secrets.Put(tx.Tx, &secretRecord{User: id, Hash: hash}); err != nil {
				return err
			}
		}
		if hash != "" || !u.Active || u.Role != rec.Role {
			if err := endSessions(tx.Tx, id, [32]byte{}); err != nil {
				return err
			}
		}
		return putUser(tx, u)
	})
	return u, err
}

func changeUser(u *User, c UserChange) {
	if c.Name != nil {
		u.Name = strings.TrimSpace(*c.Name)
	}
	if c.Role != nil {
		u.Role = *c.Role
	}
	if c.Active != nil {
		u.Active = *c.Active
	}
}

func keepAnAdmin(tx store.Tx, except ledger.UserID) error {
	for r, err := range users.Scan(tx, store.All()) {
		if err != nil {
			return err
		}
		if r.ID != except && r.Role == access.Admin && !r.Off && !r.Local {
			return nil
		}
	}
	return fault.Conflictf("user.last_admin", "this is the last admin; make somebody else admin first")
}

// ChangePassword changes a user's own password and ends their other sessions.
func (s *Staff) ChangePassword(ctx context.Context, p Principal, current, next string) error {
	if !s.perUser.Allow(p.User.ID.String()) {
		return throttled()
	}
	hash, err := s.secretOf(ctx, p.User.ID)
	if err != nil {
		return err
	}
	ok, _, err := s.passwords.Check(ctx, hash, current)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Invalidf("session.password_wrong", "the current password is not right; nothing was changed")
	}
	if err := CheckPassword(next, p.User.Name, p.User.Email); err != nil {
		return err
	}
	fresh, err := s.passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	_, err = s.log.Update(ctx, journal.Meta{Actor: p.User.Actor()}, "user.password_changed", nil, func(tx *journal.Tx) error {
		if err := secrets.Put(tx.Tx, &secretRecord{User: p.User.ID, Hash: fresh}); err != nil {
			return err
		}
		if err := endSessions(tx.Tx, p.User.ID, p.key); err != nil {
			return err
		}
		return putUser(tx, p.User)
	})
	return err
}

func (s *Staff) secretOf(ctx context.Context, id ledger.UserID) (hash string, err error) {
	err = s.eng.View(ctx, func(tx store.Tx) error {
		r, err := secrets.Get(tx, id.Bytes())
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		hash = r.Hash
		return err
	})
	return hash, err
}

// User is the member of staff with the id.
func (s *Staff) User(ctx context.Context, id ledger.UserID) (u User, err error) {
	err = s.eng.View(ctx, func(tx store.Tx) error {
		r, err := users.Get(tx, id.Bytes())
		u = r.user()
		return unknownUser(err)
	})
	return u, err
}

// UserByEmail is the member of staff with the address.
func (s *Staff) UserByEmail(ctx context.Context, email string) (u User, err error) {
	err = s.eng.View(ctx, func(tx store.Tx) error {
		u, err = userByEmail(tx, email)
		return err
	})
	return u, err
}

func userByEmail(tx store.Tx, email string) (User, error) {
	k := tx.Blind("staff", strings.ToLower(strings.TrimSpace(email)))
	id, err := users.Entry(tx, "email", k[:])
	if err != nil {
		return User{}, unknownUser(err)
	}
	r, err := users.Get(tx, id)
	return r.user(), unknownUser(err)
}

// Users are all members of staff, in the order in which they were added.
func (s *Staff) Users(ctx context.Context) (out []User, err error) {
	err = s.eng.View(ctx, func(tx store.Tx) error {
		out = nil
		for r, err := range users.Scan(tx, store.All()) {
			if err != nil {
				return err
			}
			out = append(out, r.user())
		}
		return nil
	})
	return out, err
}
