package access_test

import (
	"slices"
	"testing"

	"github.com/voldaan/voldaan/backend/access"
)

// who says which roles have each permission. A new permission must be decided here.
var who = map[access.Permission][]access.Role{
	access.Public:         {access.Admin, access.Agent, access.ReadOnly, "unknown"},
	access.Self:           {access.Admin, access.Agent, access.ReadOnly},
	access.Read:           {access.Admin, access.Agent, access.ReadOnly},
	access.CustomersWrite: {access.Admin, access.Agent},
	access.InvoicesWrite:  {access.Admin, access.Agent},
	access.PaymentsWrite:  {access.Admin, access.Agent},
	access.RequestsWrite:  {access.Admin, access.Agent},
	access.ImportsWrite:   {access.Admin, access.Agent},
	access.ExportsRead:    {access.Admin, access.Agent},
	access.LinksCreate:    {access.Admin, access.Agent},
	access.RemindersWrite: {access.Admin, access.Agent},
	access.PortalSessions: {access.Admin},
	access.InvoicesVoid:   {access.Admin},
	access.SettingsWrite:  {access.Admin},
	access.UsersWrite:     {access.Admin},
	access.System:         {access.Admin},
}

func TestRolesAndPermissions(t *testing.T) {
	for _, p := range access.Permissions() {
		roles, ok := who[p]
		if !ok {
			t.Errorf("nobody has decided who may %s", p)
		}
		for _, r := range append(access.Roles(), "unknown", "") {
			want := slices.Contains(roles, r) || p == access.Public
			if got := r.May(p); got != want {
				t.Errorf("%q may %s: %v, want %v", r, p, got, want)
			}
			if got := (access.Grant{Role: r}).May(p); got != want {
				t.Errorf("a session of %q may %s: %v, want %v", r, p, got, want)
			}
			if (access.Grant{Role: r, Scope: access.Scope{}}).May(p) && p != access.Public {
				t.Errorf("a token without scope may %s", p)
			}
			read := access.Grant{Role: r, Scope: access.Scope{access.Read}}
			if read.May(p) && p != access.Public && p != access.Read {
				t.Errorf("a token that may read may %s as %q", p, r)
			}
			all := access.Grant{Role: r, Scope: access.Permissions()}
			if all.May(p) && !r.May(p) {
				t.Errorf("a token of %q may %s, which its user may not", r, p)
			}
		}
	}
	if access.Role("unknown").May("nonsense") || access.Admin.May("nonsense") {
		t.Error("somebody may do what there is not")
	}
}

func TestParse(t *testing.T) {
	for _, s := range []string{"", "king", "Admin"} {
		if _, err := access.ParseRole(s); err == nil {
			t.Errorf("role %q was accepted", s)
		}
	}
	for _, s := range [][]string{nil, {""}, {"everything"}, {"public"}, {"self"}, {"read", "nonsense"}} {
		if _, err := access.ParseScope(s); err == nil {
			t.Errorf("scope %q was accepted", s)
		}
	}
	s, err := access.ParseScope([]string{"read", " payments.write ", "books.read"})
	if err != nil || !slices.Equal(s.Names(), []string{"books.read", "payments.write"}) {
		t.Errorf("got %v, %v", s, err)
	}
}
