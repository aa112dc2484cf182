package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/store"
)

// cheap makes sign-ins of tests fast; what they prove does not depend on the cost.
var cheap = session.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

const secret = "een heel lang wachtwoord"

type staffSide struct {
	*bookstest.Books
	*session.Staff
}

func staff(t *testing.T) staffSide {
	t.Helper()
	b := bookstest.Open(t)
	return staffSide{b, session.NewStaff(b.Log(), b.IDs(), cheap)}
}

func (s staffSide) user(name string, role access.Role) session.User {
	s.T.Helper()
	u, err := s.AddUser(s.Ctx, s.Meta(), session.User{Name: name, Email: strings.ToUpper(name) + "@Example.NL", Role: role}, secret)
	if err != nil {
		s.T.Fatal(err)
	}
	return u
}

func (s staffSide) signIn(name string) session.Session {
	s.T.Helper()
	got, err := s.SignIn(s.Ctx, "192.0.2.1", name+"@example.nl", secret)
	if err != nil {
		s.T.Fatal(err)
	}
	return got
}

func wantKind(t *testing.T, what string, err error, k fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != k {
		t.Errorf("%s: %v, want %s", what, err, k)
	}
}

// TestSignIn: only the right address and password of an active user open, and every "no" is the same.
func TestSignIn(t *testing.T) {
	s := staff(t)
	u := s.user("jan", access.Agent)
	off := s.user("piet", access.Agent)
	no := false
	if _, err := s.ChangeUser(s.Ctx, s.Meta(), off.ID, session.UserChange{Active: &no}); err != nil {
		t.Fatal(err)
	}
	got := s.signIn("jan")
	if got.Principal.User.ID != u.ID || got.Principal.Grant.Role != access.Agent || !strings.HasPrefix(got.Token, "vls_") {
		t.Errorf("signed in as %+v", got)
	}
	p, err := s.Authenticate(s.Ctx, got.Token)
	if err != nil || p.User.ID != u.ID {
		t.Errorf("the session does not open: %v", err)
	}
	said := map[string]bool{}
	for _, tc := range []struct{ email, password string }{
		{"jan@example.nl", "een heel ander wachtwoord"}, {"nobody@example.nl", secret}, {"piet@example.nl", secret}, {"jan@example.nl", ""}, {"", ""},
	} {
		_, err := s.SignIn(s.Ctx, "192.0.2.1", tc.email, tc.password)
		wantKind(t, tc.email, err, fault.Unauthorized)
		said[fault.As(err).Code+fault.As(err).Message] = true
	}
	if len(said) != 1 {
		t.Errorf("the refusals differ: %v", said)
	}
	for _, bad := range []string{"", "vls_", "vls_nonsense", "vlt_nonsense", got.Token[:len(got.Token)-1], got.Token + "x", strings.Repeat("vls_", 1000)} {
		_, err := s.Authenticate(s.Ctx, bad)
		wantKind(t, "token "+bad[:min(len(bad), 10)], err, fault.Unauthorized)
	}
}

func TestSignInIsThrottled(t *testing.T) {
	s := staff(t)
	s.user("jan", access.Admin)
	var last error
	for range 40 {
		_, last = s.SignIn(s.Ctx, "192.0.2.1", "jan@example.nl", "een verkeerd wachtwoord")
	}
	wantKind(t, "the fortieth try", last, fault.Throttled)
	// The right password does not help while the address is throttled, and later everything works again.
	_, err := s.SignIn(s.Ctx, "198.51.100.1", "jan@example.nl", secret)
	wantKind(t, "the right password in between", err, fault.Throttled)
	s.Clock.Advance(10 * time.Minute)
	s.signIn("jan")
}

func TestSessionsEnd(t *testing.T) {
	s := staff(t)
	s.user("jan", access.Admin)
	idle, busy := s.signIn("jan"), s.signIn("jan")
	for range 20 {
		s.Clock.Advance(session.StaffIdle - time.Hour)
		if _, err := s.Authenticate(s.Ctx, busy.Token); err != nil {
			break
		}
	}
	_, err := s.Authenticate(s.Ctx, idle.Token)
	wantKind(t, "a session that nobody used", err, fault.Unauthorized)
	if lived := s.Clock.Now().Sub(bookstest.Now); lived < session.StaffAbsolute {
		t.Errorf("a session in use ended after %s", lived)
	}
	_, err = s.Authenticate(s.Ctx, busy.Token)
	wantKind(t, "a session in use, after its absolute end", err, fault.Unauthorized)

	out := s.signIn("jan")
	p, err := s.Authenticate(s.Ctx, out.Token)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.SignOut(s.Ctx, p); err != nil {
			t.Error(err)
		}
	}
	_, err = s.Authenticate(s.Ctx, out.Token)
	wantKind(t, "after signing out", err, fault.Unauthorized)

	// Listening is not using.
	watch := s.signIn("jan")
	for range 3 {
		s.Clock.Advance(session.StaffIdle / 2)
		_, err = s.Identify(s.Ctx, watch.Token)
	}
	wantKind(t, "a session that only listened", err, fault.Unauthorized)
}

func TestPasswordsAndRoles(t *testing.T) {
	s := staff(t)
	admin := s.user("jan", access.Admin)
	one, other := s.signIn("jan"), s.signIn("jan")
	p, err := s.Authenticate(s.Ctx, one.Token)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, "a wrong current password", s.ChangePassword(s.Ctx, p, "niet dit", "een nieuw lang wachtwoord"), fault.Invalid)
	wantKind(t, "a weak new password", s.ChangePassword(s.Ctx, p, secret, "wachtwoord1"), fault.Invalid)
	if err := s.ChangePassword(s.Ctx, p, secret, "een nieuw lang geheimpje"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(s.Ctx, one.Token); err != nil {
		t.Errorf("the session that changed the password ended: %v", err)
	}
	_, err = s.Authenticate(s.Ctx, other.Token)
	wantKind(t, "another session after the password changed", err, fault.Unauthorized)
	_, err = s.SignIn(s.Ctx, "192.0.2.1", "jan@example.nl", secret)
	wantKind(t, "the old password", err, fault.Unauthorized)

	// The last admin stays.
	agent, no := access.Agent, false
	for _, c := range []session.UserChange{{Role: &agent}, {Active: &no}} {
		_, err := s.ChangeUser(s.Ctx, s.Meta(), admin.ID, c)
		wantKind(t, "demoting the last admin", err, fault.Conflict)
	}
	second := s.user("piet", access.Admin)
	if _, err := s.ChangeUser(s.Ctx, s.Meta(), admin.ID, session.UserChange{Role: &agent}); err != nil {
		t.Error(err)
	}
	_, err = s.Authenticate(s.Ctx, one.Token)
	wantKind(t, "a session of before the role changed", err, fault.Unauthorized)
	_, err = s.ChangeUser(s.Ctx, s.Meta(), second.ID, session.UserChange{Active: &no})
	wantKind(t, "switching off the last admin", err, fault.Conflict)
	_, err = s.AddUser(s.Ctx, s.Meta(), session.User{Name: "Jan", Email: "JAN@example.nl", Role: access.Agent}, secret)
	wantKind(t, "an address that is taken", err, fault.Conflict)
}

func TestLocalSignIn(t *testing.T) {
	s := staff(t)
	token := s.LocalToken()
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := s.SignInLocal(s.Ctx, token, "Desk"); err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("a one-time token opened %d sessions", won.Load())
	}
	late := s.LocalToken()
	s.Clock.Advance(2 * time.Minute)
	_, err := s.SignInLocal(s.Ctx, late, "Desk")
	wantKind(t, "a late token", err, fault.Unauthorized)
	_, err = s.SignInLocal(s.Ctx, "vll_nonsense", "Desk")
	wantKind(t, "a made-up token", err, fault.Unauthorized)
	again, err := s.SignInLocal(s.Ctx, s.LocalToken(), "Desk")
	if err != nil {
		t.Fatal(err)
	}
	users, err := s.Users(s.Ctx)
	if err != nil || len(users) != 1 || !users[0].Local || users[0].ID != again.Principal.User.ID {
		t.Errorf("the window's user was made more than once: %+v, %v", users, err)
	}
	_, err = s.SignIn(s.Ctx, "192.0.2.1", "", "")
	wantKind(t, "the window's user by password", err, fault.Unauthorized)
}

func TestTokens(t *testing.T) {
	s := staff(t)
	u := s.user("jan", access.Agent)
	scope, err := access.ParseScope([]string{"read", "settings.write"})
	if err != nil {
		t.Fatal(err)
	}
	made, text, err := s.CreateToken(s.Ctx, s.Meta(), u.ID, "reports", scope, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Authenticate(s.Ctx, text)
	if err != nil || p.Token != made.ID || !p.Grant.May(access.Read) || p.Grant.May(access.SettingsWrite) || p.Grant.May(access.Self) {
		t.Errorf("the token may %+v, %v", p.Grant, err)
	}
	list, err := s.Tokens(s.Ctx)
	if err != nil || len(list) != 1 || list[0].Used.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.RevokeToken(s.Ctx, s.Meta(), made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Authenticate(s.Ctx, text)
	wantKind(t, "a withdrawn token", err, fault.Unauthorized)
	wantKind(t, "withdrawing it again", s.RevokeToken(s.Ctx, s.Meta(), made.ID), fault.NotFound)

	_, text, err = s.CreateToken(s.Ctx, s.Meta(), u.ID, "short", scope, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(2 * time.Hour)
	_, err = s.Authenticate(s.Ctx, text)
	wantKind(t, "an expired token", err, fault.Unauthorized)
	_, text, err = s.CreateToken(s.Ctx, s.Meta(), u.ID, "of somebody who leaves", scope, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	no := false
	if _, err := s.ChangeUser(s.Ctx, s.Meta(), u.ID, session.UserChange{Active: &no}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Authenticate(s.Ctx, text)
	wantKind(t, "a token of somebody who left", err, fault.Unauthorized)
	for _, life := range []time.Duration{0, -time.Hour, session.MaxTokenLife + 1} {
		_, _, err := s.CreateToken(s.Ctx, s.Meta(), u.ID, "x", scope, life)
		wantKind(t, "a token that lives "+life.String(), err, fault.Invalid)
	}
}

// TestSecretsAreNotStored: no table holds a token or password, not even under the seal, and the journal holds no hash of
// a password.
func TestSecretsAreNotStored(t *testing.T) {
	s := staff(t)
	u := s.user("jan", access.Admin)
	in := s.signIn("jan")
	scope, _ := access.ParseScope([]string{"read"})
	_, token, err := s.CreateToken(s.Ctx, s.Meta(), u.ID, "reports", scope, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Engine.View(s.Ctx, func(tx store.Tx) error {
		for _, table := range []string{"staff.users", "staff.users/email", "staff.sessions", "staff.sessions/user", "staff.secrets", "staff.tokens", "staff.tokens/key", "journal"} {
			for p, err := range tx.Scan(table, store.All()) {
				if err != nil {
					return err
				}
				both := string(p.Key) + string(p.Value)
				for _, s := range []string{in.Token, token, secret} {
					if strings.Contains(both, s) {
						t.Errorf("%s holds a secret", table)
					}
				}
				if table == "journal" && bytes.Contains(p.Value, []byte("argon2id")) {
					t.Error("the journal holds a password's hash")
				}
				if strings.Contains(string(p.Key), "example") {
					t.Errorf("a key of %s holds an address in clear", table)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckPassword(t *testing.T) {
	for password, good := range map[string]bool{
		secret: true, "correct horse battery staple": true, "Tr0ub4dor&3x": true, "ééééabcdefg hij": true,
		"short": false, "wachtwoord": false, "Wachtwoord123": false, "aaaaaaaaaaaa": false, "1234567890": false, "jandevries2026": false,
		"qwertyqwerty": false, strings.Repeat("a b c d e", 30): false,
	} {
		if err := session.CheckPassword(password, "Jan de Vries", "jandevries@example.nl"); (err == nil) != good {
			t.Errorf("%q: %v, want good %v", password, err, good)
		}
	}
}

// TestDearerCostTakesOver: a password stored with another cost is hashed anew when its owner signs in.
func TestDearerCostTakesOver(t *testing.T) {
	s := staff(t)
	s.user("jan", access.Admin)
	dearer := session.NewStaff(s.Log(), s.IDs(), session.Cost{MemoryKiB: 128, Passes: 1, Threads: 1})
	for range 2 {
		if _, err := dearer.SignIn(s.Ctx, "192.0.2.1", "jan@example.nl", secret); err != nil {
			t.Fatal(err)
		}
	}
	p := session.NewPasswords(cheap)
	hash, err := p.Hash(s.Ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	ok, stale, err := session.NewPasswords(session.Cost{MemoryKiB: 128, Passes: 1, Threads: 1}).Check(s.Ctx, hash, secret)
	if !ok || !stale || err != nil {
		t.Errorf("ok %v, stale %v, %v", ok, stale, err)
	}
	ended, cancel := context.WithCancel(s.Ctx)
	cancel()
	for range 4 {
		if _, err := p.Hash(ended, secret); err == nil {
			continue // a slot may be free
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	for _, damaged := range []string{"x", "$argon2id$v=19$m=1,t=1,p=1$!$!", "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAA", "$argon2i$v=19$m=1,t=1,p=1$AAAA$AAAA"} {
		_, _, err := p.Check(s.Ctx, damaged, secret)
		wantKind(t, damaged, err, fault.Integrity)
	}
}

func TestPreferences(t *testing.T) {
	s := staff(t)
	jan, piet := s.user("jan", access.Admin), s.user("piet", access.Agent)
	set := func(u session.User, name, value string) error {
		return s.SetPreference(s.Ctx, u.ID, name, json.RawMessage(value))
	}
	if err := errors.Join(set(jan, "grid.customers", `{"a":1}`), set(jan, "theme", `"dark"`), set(jan, "grid.customers", `{"a":2}`), set(jan, "theme", "null")); err != nil {
		t.Fatal(err)
	}
	got, err := s.Preferences(s.Ctx, jan.ID)
	if err != nil || len(got) != 1 || string(got["grid.customers"]) != `{"a":2}` {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := s.Preferences(s.Ctx, piet.ID); err != nil || len(got) != 0 {
		t.Errorf("somebody else's settings: %v, %v", got, err)
	}
	wantKind(t, "no JSON", set(jan, "x", "{"), fault.Invalid)
	wantKind(t, "too much", set(jan, "x", `"`+strings.Repeat("a", session.MaxPreference)+`"`), fault.Invalid)
	for i := range session.MaxPreferences + 5 {
		err = set(jan, "many."+strings.Repeat("x", i), "1")
	}
	wantKind(t, "too many", err, fault.Invalid)
}
