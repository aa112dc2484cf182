package api

import (
	"encoding/json"
	"time"

	"github.com/voldaan/voldaan/backend/access"
)

// State is what anyone may know before signing in.
type State struct {
	Version       string `json:"version"`
	SetupRequired bool   `json:"setup_required" doc:"There is no firm or no user yet: show the first run."`
	Demo          bool   `json:"demo" doc:"The data is the sample firm's."`
}

// Setup is the first run: a firm of one's own, or the sample firm, and the first user.
type Setup struct {
	Sample   bool       `json:"sample,omitempty" doc:"Load the sample firm instead of making one."`
	Firm     *FirmInput `json:"firm,omitempty" doc:"Needed unless sample."`
	Name     string     `json:"name" minLength:"1" maxLength:"100"`
	Email    string     `json:"email" format:"email" maxLength:"254"`
	Password string     `json:"password" minLength:"10" maxLength:"200"`
}

// Credentials are an e-mail address and a password.
type Credentials struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"200"`
}

// SignedIn is a fresh session. The token is shown only here.
type SignedIn struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
	Me        Me        `json:"me"`
}

// Me is the signed-in member of staff and what they may do.
type Me struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Email       string   `json:"email"`
	Role        string   `json:"role" enum:"admin,agent,read_only"`
	Permissions []string `json:"permissions" nullable:"false"`
	Local       bool     `json:"local" doc:"Signed in by the window on this computer, without a password."`
}

// PasswordChange changes one's own password.
type PasswordChange struct {
	Current string `json:"current" maxLength:"200"`
	New     string `json:"new" minLength:"10" maxLength:"200"`
}

// LocalToken is the one-time token that the window got from the program.
type LocalToken struct {
	Token string `json:"token" maxLength:"200"`
}

type preferenceInput struct {
	Name    string `path:"name" maxLength:"64" pattern:"^[a-z0-9._-]+$"`
	RawBody []byte `contentType:"application/json"`
}

func (a *API) auth() {
	add(a, op("GET /state", "getState", "auth", "Version and whether the first run is still to be done", access.Public), pending[struct{}, body[State]])
	add(a, op("POST /setup", "setup", "auth", "First run: make the firm and the first user, or load the sample firm", access.Public, 201),
		pending[struct{ Body Setup }, body[SignedIn]])
	add(a, op("POST /auth/sign-in", "signIn", "auth", "Sign in with e-mail and password", access.Public), pending[struct{ Body Credentials }, body[SignedIn]])
	add(a, op("POST /auth/local", "signInLocal", "auth", "Sign in the window's local user with its one-time token", access.Public),
		pending[struct{ Body LocalToken }, body[SignedIn]])
	add(a, op("POST /auth/sign-out", "signOut", "auth", "End this session", access.Self, 204), pending[struct{}, struct{}])
	add(a, op("GET /auth/me", "me", "auth", "Who am I and what may I do", access.Read), pending[struct{}, body[Me]])
	add(a, op("POST /auth/password", "changePassword", "auth", "Change one's own password; other sessions end", access.Self, 204),
		pending[struct{ Body PasswordChange }, struct{}])
	add(a, op("GET /auth/preferences", "listPreferences", "auth", "One's own settings of the desk by name: columns, density, theme", access.Self),
		pending[struct{}, body[map[string]json.RawMessage]])
	add(a, op("PUT /auth/preferences/{name}", "putPreference", "auth", "Keep a setting of the desk, up to 64 KB of JSON", access.Self, 204),
		pending[preferenceInput, struct{}])
}
