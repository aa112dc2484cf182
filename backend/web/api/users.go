package api

import (
	"time"

	"github.com/voldaan/voldaan/backend/access"
)

// User is a member of staff.
type User struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Email    string     `json:"email"`
	Role     string     `json:"role" enum:"admin,agent,read_only"`
	Active   bool       `json:"active"`
	Local    bool       `json:"local" doc:"The window's own user: signs in without a password on this computer only."`
	LastSeen *time.Time `json:"last_seen,omitempty"`
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
	add(a, op("GET /users", "listUsers", "users", "Members of staff", access.UsersWrite), pending[struct{}, body[Page[User]]])
	add(a, op("POST /users", "createUser", "users", "Add a member of staff", access.UsersWrite, 201), pending[struct{ Body UserInput }, body[User]])
	add(a, op("PATCH /users/{user}", "updateUser", "users", "Change name, role, password or switch off", access.UsersWrite), pending[struct {
		AtUser
		Body UserPatch
	}, body[User]])
	add(a, op("GET /tokens", "listTokens", "users", "API tokens", access.UsersWrite), pending[struct{}, body[Page[Token]]])
	add(a, op("POST /tokens", "createToken", "users", "Make an API token; its secret is shown once", access.UsersWrite, 201),
		pending[struct{ Body TokenInput }, body[TokenCreated]])
	add(a, op("DELETE /tokens/{token}", "deleteToken", "users", "Withdraw an API token", access.UsersWrite, 204), pending[struct {
		Token string `path:"token"`
	}, struct{}])
}
