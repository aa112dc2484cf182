package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
)

// User is a member of staff.
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Role   string `json:"role" enum:"admin,agent,read_only"`
	Active bool   `json:"active"`
	Local  bool   `json:"local" doc:"The window's own user: signs in without a password on this computer only."`
}

// UserInput adds a member of staff.
type UserInput struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Email    string `json:"email" format:"email" maxLength:"254"`
	Role     string `json:"role" enum:"admin,agent,read_only"`
	Password string `json:"password" minLength:"10" maxLength:"200"`
}

// UserPatch changes a member of staff; what is left out stays.
type UserPatch struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Role     *string `json:"role,omitempty" enum:"admin,agent,read_only"`
	Active   *bool   `json:"active,omitempty"`
	Password *string `json:"password,omitempty" minLength:"10" maxLength:"200" doc:"Sets a new password and ends their sessions."`
}

// Token is an API token without its secret.
type Token struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Scope     []string   `json:"scope" nullable:"false"`
	User      string     `json:"user" doc:"Who made it."`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	LastUsed  *time.Time `json:"last_used,omitempty"`
}

// TokenInput asks for an API token.
type TokenInput struct {
	Name  string   `json:"name" minLength:"1" maxLength:"100"`
	Scope []string `json:"scope" minItems:"1" maxItems:"20" nullable:"false" doc:"read, write, import, export, admin, or permissions such as payments.write."`
	Days  int      `json:"days,omitempty" minimum:"1" maximum:"730" doc:"Days until it expires; 365 when left out."`
}

// TokenCreated is a new token. The secret is shown only here.
type TokenCreated struct {
	Token
	Secret string `json:"secret"`
}

// AtUser is the thing that the path names.
type AtUser struct {
	User string `path:"user"`
}

func (a *API) users() {
	add(a, op("GET /users", "listUsers", "users", "Members of staff", access.UsersWrite), a.listUsers)
	add(a, op("POST /users", "createUser", "users", "Add a member of staff", access.UsersWrite, 201), a.createUser)
	add(a, op("PATCH /users/{user}", "updateUser", "users", "Change name, role, password or switch off", access.UsersWrite), a.updateUser)
	add(a, op("GET /tokens", "listTokens", "users", "API tokens", access.UsersWrite), a.listTokens)
	add(a, op("POST /tokens", "createToken", "users", "Make an API token; its secret is shown once", access.UsersWrite, 201),
		a.createToken)
	add(a, op("DELETE /tokens/{token}", "deleteToken", "users", "Withdraw an API token", access.UsersWrite, 204), a.deleteToken)
}

type updateUserInput struct {
	AtUser
	Body UserPatch
}

type deleteTokenInput struct {
	Token string `path:"token"`
}

// tokenDays is how long a token lives when nothing is said.
const tokenDays = 365

func userView(u session.User) User {
	return User{ID: u.ID.String(), Name: u.Name, Email: u.Email, Role: string(u.Role), Active: u.Active, Local: u.Local}
}

func (a *API) listUsers(ctx context.Context, _ *struct{}) (*body[Page[User]], error) {
	all, err := a.Staff.Users(ctx)
	page := Page[User]{Items: make([]User, len(all))}
	for i, u := range all {
		page.Items[i] = userView(u)
	}
	return answer(page, err)
}

func (a *API) createUser(ctx context.Context, in *struct{ Body UserInput }) (*body[User], error) {
	b := in.Body
	u, err := a.Staff.AddUser(ctx, meta(ctx, ledger.FirmID{}, ""), session.User{Name: b.Name, Email: b.Email, Role: access.Role(b.Role)}, b.Password)
	return answer(userView(u), err)
}

func (a *API) updateUser(ctx context.Context, in *updateUserInput) (*body[User], error) {
	var id ledger.UserID
	if err := id.UnmarshalText([]byte(in.User)); err != nil {
		return nil, err
	}
	c := session.UserChange{Name: in.Body.Name, Active: in.Body.Active, Password: in.Body.Password}
	if in.Body.Role != nil {
		r := access.Role(*in.Body.Role)
		c.Role = &r
	}
	u, err := a.Staff.ChangeUser(ctx, meta(ctx, ledger.FirmID{}, ""), id, c)
	return answer(userView(u), err)
}

func tokenView(t session.Token, user string) Token {
	return Token{ID: t.ID.String(), Name: t.Name, Scope: t.Scope.Names(), User: user, CreatedAt: t.Created, ExpiresAt: t.Expires, LastUsed: instantOf(t.Used)}
}

func (a *API) listTokens(ctx context.Context, _ *struct{}) (*body[Page[Token]], error) {
	all, err := a.Staff.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	page := Page[Token]{Items: make([]Token, len(all))}
	for i, t := range all {
		u, err := a.Staff.User(ctx, t.User)
		if err != nil {
			return nil, err
		}
		page.Items[i] = tokenView(t, u.Name)
	}
	return answer(page, nil)
}

// createToken makes a token that acts for the user who asks. A token cannot make further tokens.
func (a *API) createToken(ctx context.Context, in *struct{ Body TokenInput }) (*body[TokenCreated], error) {
	scope, err := access.ParseScope(in.Body.Scope)
	if err != nil {
		return nil, wrong("scope", fault.As(err).Code, fault.As(err).Message)
	}
	p := callerOf(ctx).principal
	if !p.Token.IsZero() {
		return nil, &fault.Error{Kind: fault.Denied, Code: "access.token", Message: "A token cannot make further tokens; sign in to make one."}
	}
	days := in.Body.Days
	if days == 0 {
		days = tokenDays
	}
	t, secret, err := a.Staff.CreateToken(ctx, meta(ctx, ledger.FirmID{}, ""), p.User.ID, in.Body.Name, scope, time.Duration(days)*24*time.Hour)
	return answer(TokenCreated{Token: tokenView(t, p.User.Name), Secret: secret}, err)
}

func (a *API) deleteToken(ctx context.Context, in *deleteTokenInput) (*struct{}, error) {
	var id session.TokenID
	if err := id.UnmarshalText([]byte(in.Token)); err != nil {
		return nil, err
	}
	return nil, a.Staff.RevokeToken(ctx, meta(ctx, ledger.FirmID{}, ""), id)
}
