package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
)

// State is what anyone may know before signing in.
type State struct {
	Version       string `json:"version"`
	SetupRequired bool   `json:"setup_required" doc:"There is no firm or no user yet: show the first run."`
	HasFirm       bool   `json:"has_firm" doc:"Only the first user is missing."`
	Demo          bool   `json:"demo" doc:"The data is the sample firm's."`
}

// Setup is the first run: a firm of one's own, or the sample firm, and the first user.
type Setup struct {
	Sample   bool       `json:"sample,omitempty" doc:"Load the sample firm instead of making one."`
	Firm     *FirmInput `json:"firm,omitempty" doc:"Needed unless sample."`
	Name     string     `json:"name,omitempty" maxLength:"100" doc:"Name, address and password may be left out by the window's own user."`
	Email    string     `json:"email,omitempty" maxLength:"254"`
	Password string     `json:"password,omitempty" maxLength:"200"`
}

// Credentials are an e-mail address and a password.
type Credentials struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"200"`
}

// SignedIn is a fresh session. The token is shown only here.
type SignedIn struct {
	Token     string    `json:"token" doc:"Empty where the session that asked goes on."`
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
	Name string `path:"name" maxLength:"64" pattern:"^[a-z0-9._-]+$"`
	Body json.RawMessage
}

func (a *API) auth() {
	add(a, op("GET /state", "getState", "auth", "Version and whether the first run is still to be done", access.Public), a.getState)
	add(a, op("POST /setup", "setup", "auth", "First run: make the firm and the first user, or load the sample firm", access.Public, 201),
		a.setup)
	add(a, op("POST /auth/sign-in", "signIn", "auth", "Sign in with e-mail and password", access.Public), a.signIn)
	add(a, op("POST /auth/local", "signInLocal", "auth", "Sign in the window's local user with its one-time token", access.Public),
		a.signInLocal)
	add(a, op("POST /auth/sign-out", "signOut", "auth", "End this session", access.Self, 204), a.signOut)
	add(a, op("GET /auth/me", "me", "auth", "Who am I and what may I do", access.Read), a.me)
	add(a, op("POST /auth/password", "changePassword", "auth", "Change one's own password; other sessions end", access.Self, 204),
		a.changePassword)
	add(a, op("GET /auth/preferences", "listPreferences", "auth", "One's own settings of the desk by name: columns, density, theme", access.Self),
		a.listPreferences)
	add(a, op("PUT /auth/preferences/{name}", "putPreference", "auth", "Keep a setting of the desk, up to 64 KB of JSON", access.Self, 204),
		a.putPreference)
}

func (a *API) getState(ctx context.Context, _ *struct{}) (*body[State], error) {
	required, has, err := a.setupRequired(ctx)
	return answer(State{Version: a.Program.Version(), SetupRequired: required, HasFirm: has, Demo: a.Program.Demo(ctx)}, err)
}

// setupRequired reports that there is no firm, or nobody who could sign in.
func (a *API) setupRequired(ctx context.Context) (required, hasFirm bool, err error) {
	var firms []ledger.Firm
	err = a.Books.View(ctx, func(r *books.Reader) (err error) { firms, err = r.Firms(); return err })
	if err != nil {
		return false, false, err
	}
	users, err := a.Staff.Users(ctx)
	return len(firms) == 0 || len(users) == 0, len(firms) > 0, err
}

// setup is open to everybody who reaches the desk's listener, but only until it has been done once. The window's local
// user need not choose a password.
func (a *API) setup(ctx context.Context, in *struct{ Body Setup }) (*body[SignedIn], error) {
	a.settingUp.Lock()
	defer a.settingUp.Unlock()
	required, _, err := a.setupRequired(ctx)
	if err != nil {
		return nil, err
	}
	if !required {
		return nil, fault.Conflictf("setup.done", "the first run has been done already; please sign in")
	}
	b := in.Body
	local := callerOf(ctx).principal.User.Local
	if !local {
		if err := session.CheckPassword(b.Password, b.Name, b.Email); err != nil {
			return nil, wrong("password", fault.As(err).Code, fault.As(err).Message)
		}
		if _, err := books.Email(b.Email); err != nil {
			return nil, wrong("email", fault.As(err).Code, fault.As(err).Message)
		}
	}
	if err := a.setupFirm(ctx, b); err != nil {
		return nil, err
	}
	if local && b.Email == "" {
		p := callerOf(ctx).principal
		return answer(SignedIn{ExpiresAt: p.Expires, Me: meOf(p)}, nil)
	}
	m := journal.Meta{Actor: journal.Actor{Kind: journal.System}}
	if _, err := a.Staff.AddUser(ctx, m, session.User{Name: b.Name, Email: b.Email, Role: access.Admin}, b.Password); err != nil {
		return nil, err
	}
	s, err := a.Staff.SignIn(ctx, callerOf(ctx).client, b.Email, b.Password)
	return signedIn(s, err)
}

// setupFirm makes the first firm, unless an earlier try got that far.
func (a *API) setupFirm(ctx context.Context, b Setup) error {
	if _, err := a.firm(ctx, ""); err == nil || fault.As(err).Code != "firm.none" {
		return err
	}
	actor := journal.Actor{Kind: journal.System, Name: b.Name}
	if b.Sample {
		return a.Program.LoadSample(ctx, actor)
	}
	if b.Firm == nil {
		return wrong("firm", "setup.firm", "say which firm this is, or ask for the sample")
	}
	_, err := a.Books.CreateFirm(ctx, journal.Meta{Actor: actor}, b.Firm.ledger())
	return err
}

func signedIn(s session.Session, err error) (*body[SignedIn], error) {
	return answer(SignedIn{Token: s.Token, ExpiresAt: s.Expires, Me: meOf(s.Principal)}, err)
}

func meOf(p session.Principal) Me {
	v := Me{ID: p.User.ID.String(), Name: p.User.Name, Email: p.User.Email, Role: string(p.Grant.Role), Permissions: []string{}, Local: p.User.Local}
	for _, x := range access.Permissions() {
		if p.Grant.May(x) && x != access.Public {
			v.Permissions = append(v.Permissions, string(x))
		}
	}
	return v
}

func (a *API) signIn(ctx context.Context, in *struct{ Body Credentials }) (*body[SignedIn], error) {
	s, err := a.Staff.SignIn(ctx, callerOf(ctx).client, in.Body.Email, in.Body.Password)
	return signedIn(s, err)
}

func (a *API) signInLocal(ctx context.Context, in *struct{ Body LocalToken }) (*body[SignedIn], error) {
	s, err := a.Staff.SignInLocal(ctx, in.Body.Token, localName)
	return signedIn(s, err)
}

// localName is how the window's own user is called in the journal.
const localName = "Desk"

func (a *API) signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, a.Staff.SignOut(ctx, callerOf(ctx).principal)
}

func (a *API) me(ctx context.Context, _ *struct{}) (*body[Me], error) {
	return answer(meOf(callerOf(ctx).principal), nil)
}

func (a *API) changePassword(ctx context.Context, in *struct{ Body PasswordChange }) (*struct{}, error) {
	return nil, a.Staff.ChangePassword(ctx, callerOf(ctx).principal, in.Body.Current, in.Body.New)
}

func (a *API) listPreferences(ctx context.Context, _ *struct{}) (*body[map[string]json.RawMessage], error) {
	return answer(a.Staff.Preferences(ctx, callerOf(ctx).principal.User.ID))
}

func (a *API) putPreference(ctx context.Context, in *preferenceInput) (*struct{}, error) {
	return nil, a.Staff.SetPreference(ctx, callerOf(ctx).principal.User.ID, in.Name, in.Body)
}
