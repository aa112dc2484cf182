// Package access decides who may do what on the staff side: roles, permissions and token scopes. It is pure.
//
// A Permission names one kind of act ("payments.write"). A Role is a fixed set of permissions for a person; a Scope is
// a set for an API token, which never gets more than the role of the user who made it. Every route of the staff API
// declares the permission it needs (backend/web/api), and May answers. Customers in the portal have no permissions:
// their scope is a parameter of every read (backend/books.Scope).
package access

import (
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
)

// Permission is one kind of act.
type Permission string

// The permissions. Public needs no sign-in; Self is for everyone who is signed in.
const (
	Public         Permission = "public"
	Self           Permission = "self"
	Read           Permission = "books.read"      // everything that a bookkeeper sees: lists, reports, timelines
	CustomersWrite Permission = "customers.write" // customers and contacts
	InvoicesWrite  Permission = "invoices.write"  // post, credit, describe
	InvoicesVoid   Permission = "invoices.void"   // void and write off: money is given up
	PaymentsWrite  Permission = "payments.write"  // record, allocate, assign, take back
	RequestsWrite  Permission = "requests.write"  // decide on requests, write to customers, promises, disputes, plans, tasks
	ImportsWrite   Permission = "imports.write"   // stage, apply and undo imports
	ExportsRead    Permission = "exports.read"    // whole tables leave the house
	LinksCreate    Permission = "links.create"    // sign-in and pay links for customers
	RemindersWrite Permission = "reminders.write" // plan, approve, hold and skip reminders
	PortalSessions Permission = "portal.sessions" // let contacts who are signed in elsewhere into the portal
	SettingsWrite  Permission = "settings.write"  // firm, branding, portal, providers, mail
	UsersWrite     Permission = "users.write"     // users and everybody's tokens
	System         Permission = "system"          // backup, verification, state of the program
)

// Permissions are all that a route may ask for.
func Permissions() []Permission {
	return []Permission{Public, Self, Read, CustomersWrite, InvoicesWrite, InvoicesVoid, PaymentsWrite, RequestsWrite, ImportsWrite, ExportsRead,
		LinksCreate, PortalSessions, RemindersWrite, SettingsWrite, UsersWrite, System}
}

// Role is what a member of staff is.
type Role string

// The roles.
const (
	Admin    Role = "admin"     // everything
	Agent    Role = "agent"     // the daily work; no settings, users, or giving up money
	ReadOnly Role = "read_only" // looks and reports
)

// Roles are all roles, the mightiest first.
func Roles() []Role { return []Role{Admin, Agent, ReadOnly} }

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fault.Invalidf("access.role", "%q is not a role; expected admin, agent or read_only", s)
}

var (
	readOnly = []Permission{Public, Self, Read}
	agent    = append(slices.Clone(readOnly), CustomersWrite, InvoicesWrite, PaymentsWrite, RequestsWrite, ImportsWrite, ExportsRead, LinksCreate, RemindersWrite)
)

// May reports whether the role includes the permission. An unknown role has only Public.
func (r Role) May(p Permission) bool {
	switch r {
	case Admin:
		return slices.Contains(Permissions(), p)
	case Agent:
		return slices.Contains(agent, p)
	case ReadOnly:
		return slices.Contains(readOnly, p)
	}
	return p == Public
}

// Scope limits an API token. The empty scope is nothing beyond Public.
type Scope []Permission

// scopes are the names that `token create --scope` takes besides single permissions.
var scopes = map[string][]Permission{
	"read":   {Read},
	"export": {Read, ExportsRead},
	"import": {Read, ImportsWrite},
	"write":  {Read, CustomersWrite, InvoicesWrite, PaymentsWrite, RequestsWrite, ImportsWrite, ExportsRead, LinksCreate, RemindersWrite},
	"portal": {PortalSessions},
	"admin":  grantable(),
}

// grantable are the permissions that a token can have: all but those of everybody and of a person.
func grantable() []Permission {
	return slices.DeleteFunc(Permissions(), func(p Permission) bool { return p == Public || p == Self })
}

// ParseScope reads names of scopes ("read", "write", "import", "export", "portal", "admin") or permissions ("payments.write").
func ParseScope(names []string) (Scope, error) {
	var out Scope
	for _, n := range names {
		n = strings.TrimSpace(n)
		ps, ok := scopes[n]
		if !ok {
			p := Permission(n)
			if !slices.Contains(grantable(), p) {
				return nil, fault.Invalidf("access.scope", "%q is not a scope; expected read, write, import, export, portal, admin or a permission such as payments.write", n)
			}
			ps = []Permission{p}
		}
		for _, p := range ps {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		return nil, fault.Invalidf("access.scope", "a token needs at least one scope, such as read")
	}
	return out, nil
}

// Names are the scope's permissions as text.
func (s Scope) Names() []string {
	out := make([]string, len(s))
	for i, p := range s {
		out[i] = string(p)
	}
	return out
}

// Grant is what a signed-in member of staff or token may do: the role, narrowed by the scope when it is a token.
type Grant struct {
	Role  Role
	Scope Scope // nil: the whole role
}

// May reports whether the grant includes the permission. A token never has Self: it cannot change passwords or
// make further tokens.
func (g Grant) May(p Permission) bool {
	if p == Public {
		return true
	}
	if g.Scope != nil && !slices.Contains(g.Scope, p) {
		return false
	}
	return g.Role.May(p)
}
