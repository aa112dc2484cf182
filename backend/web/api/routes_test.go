package api_test

import (
	"bytes"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/web/api"
)

// permissions is what each route needs. A route that is not here, or needs something else, fails the test: who may do
// what is decided twice.
var permissions = map[string]access.Permission{
	"GET /state": access.Public, "POST /setup": access.Public, "POST /auth/sign-in": access.Public, "POST /auth/local": access.Public,
	"POST /auth/sign-out": access.Self, "POST /auth/password": access.Self, "GET /auth/preferences": access.Self,
	"PUT /auth/preferences/{name}": access.Self, "GET /auth/me": access.Read,
	"GET /firms": access.Read, "POST /firms": access.SettingsWrite, "GET /firms/{firm}": access.Read, "PATCH /firms/{firm}": access.SettingsWrite,
	"GET /firms/{firm}/logo": access.Read, "PUT /firms/{firm}/logo": access.SettingsWrite, "DELETE /firms/{firm}/logo": access.SettingsWrite,
	"GET /settings/mollie": access.SettingsWrite, "PUT /settings/mollie": access.SettingsWrite, "GET /settings/smtp": access.SettingsWrite,
	"PUT /settings/smtp": access.SettingsWrite, "POST /settings/smtp/test": access.SettingsWrite,
	"GET /users": access.UsersWrite, "POST /users": access.UsersWrite, "PATCH /users/{user}": access.UsersWrite,
	"GET /tokens": access.UsersWrite, "POST /tokens": access.UsersWrite, "DELETE /tokens/{token}": access.UsersWrite,
	"GET /home": access.Read, "GET /reports/aging": access.Read, "GET /search": access.Read, "GET /activity": access.Read,
	"GET /customers": access.Read, "POST /customers": access.CustomersWrite, "GET /customers/{customer}": access.Read,
	"PATCH /customers/{customer}": access.CustomersWrite, "GET /customers/{customer}/open-items": access.Read,
	"GET /customers/{customer}/timeline": access.Read, "PUT /customers/{customer}/contacts": access.CustomersWrite,
	"POST /customers/{customer}/sign-in-link": access.LinksCreate, "POST /customers/{customer}/pay-link": access.LinksCreate,
	"GET /invoices": access.Read, "POST /invoices": access.InvoicesWrite, "GET /invoices/{invoice}": access.Read,
	"PATCH /invoices/{invoice}": access.InvoicesWrite, "POST /invoices/{invoice}/credit": access.InvoicesWrite,
	"POST /invoices/{invoice}/void": access.InvoicesVoid, "POST /invoices/{invoice}/write-off": access.InvoicesVoid,
	"POST /invoices/{invoice}/allocations": access.PaymentsWrite,
	"GET /payments":                        access.Read, "POST /payments": access.PaymentsWrite, "GET /payments/{payment}": access.Read,
	"GET /payments/{payment}/proposal": access.Read, "POST /payments/{payment}/allocations": access.PaymentsWrite,
	"POST /payments/{payment}/customer": access.PaymentsWrite, "POST /payments/{payment}/refund": access.PaymentsWrite,
	"POST /allocations/{allocation}/reverse": access.PaymentsWrite,
	"GET /attempts":                          access.Read, "GET /attempts/{attempt}": access.Read, "POST /attempts/{attempt}/check": access.PaymentsWrite,
	"POST /imports": access.ImportsWrite, "GET /imports": access.Read, "GET /imports/{import}": access.Read, "GET /imports/{import}/items": access.Read,
	"PUT /imports/{import}/mapping": access.ImportsWrite, "POST /imports/{import}/apply": access.ImportsWrite,
	"POST /imports/{import}/undo": access.ImportsWrite, "DELETE /imports/{import}": access.ImportsWrite,
	"GET /imports/{import}/errors.xlsx": access.Read,
	"GET /exports/{kind}":               access.ExportsRead,
	"GET /mails":                        access.Read, "GET /mails/{mail}": access.LinksCreate, "POST /mails/{mail}/retry": access.LinksCreate,
	"POST /mails/{mail}/cancel": access.LinksCreate,
	"GET /system":               access.Read, "POST /backups": access.System, "GET /backups": access.System, "POST /verify": access.System,
	"GET /events": access.Read,
}

// TestRolesAndRoutes asks every route as everybody. Who may not is refused before anything is read of the request; who may
// gets any other answer, since the requests are empty.
func TestRolesAndRoutes(t *testing.T) {
	r := newRig(t)
	r.addUser("agent", access.Agent)
	r.addUser("reader", access.ReadOnly)
	token := func(scope ...string) string {
		t.Helper()
		s, err := access.ParseScope(scope)
		r.must(err)
		u, err := r.staff.UserByEmail(r.Ctx, "admin@example.nl")
		r.must(err)
		_, text, err := r.staff.CreateToken(r.Ctx, r.Meta(), u.ID, "test", s, time.Hour)
		r.must(err)
		return text
	}
	read, err := access.ParseScope([]string{"read"})
	r.must(err)
	everybody := []struct {
		name, token string
		grant       access.Grant
		known       bool
	}{
		{"nobody", "", access.Grant{}, false},
		{"a made-up token", "vls_nonsense", access.Grant{}, false},
		{"admin", r.token, access.Grant{Role: access.Admin}, true},
		{"agent", r.signIn("agent"), access.Grant{Role: access.Agent}, true},
		{"reader", r.signIn("reader"), access.Grant{Role: access.ReadOnly}, true},
		{"a token that reads", token("read"), access.Grant{Role: access.Admin, Scope: read}, true},
	}
	routes := r.api.Routes()
	if len(routes) != len(permissions) {
		t.Errorf("there are %d routes, and %d in the table", len(routes), len(permissions))
	}
	// Signing out ends the session, so it comes last.
	slices.SortStableFunc(routes, func(a, b api.Route) int { return strings.Count(a.ID, "signOut") - strings.Count(b.ID, "signOut") })
	for _, route := range routes {
		path := strings.TrimPrefix(route.Path, api.Prefix)
		need, ok := permissions[route.Method+" "+path]
		if !ok || need != route.Permission {
			t.Errorf("%s %s needs %s; the table says %q", route.Method, path, route.Permission, need)
			continue
		}
		for _, who := range everybody {
			if route.ID == "events" && who.grant.May(need) {
				continue // it never ends: see TestEvents
			}
			r.token = who.token
			var body any
			if route.Method != http.MethodGet && route.Method != http.MethodDelete {
				body = "{}"
			}
			status, answer, _ := r.do(route.Method, strings.NewReplacer("{", "no_", "}", "").Replace(path), body)
			refused := status == http.StatusUnauthorized || status == http.StatusForbidden
			switch {
			case who.token != "" && !who.known && status != http.StatusUnauthorized,
				!who.known && need != access.Public && status != http.StatusUnauthorized,
				who.known && !who.grant.May(need) && status != http.StatusForbidden,
				who.known && who.grant.May(need) && refused && need != access.Public:
				t.Errorf("%s %s as %s: %d %s", route.Method, path, who.name, status, answer)
			case status >= 500 && status != http.StatusServiceUnavailable:
				t.Errorf("%s %s as %s: %d %s", route.Method, path, who.name, status, answer)
			}
		}
	}
}

// TestOpenAPIIsCommitted: the desk's client is generated from the file.
func TestOpenAPIIsCommitted(t *testing.T) {
	want, err := api.Describe()
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../../frontend/desk/src/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("frontend/desk/src/api/openapi.json is not what the Go types say; run: go run ./backend/web/api/gen, then npm run desk:api in frontend")
	}
}

// TestOtherSites: a page of another site can do nothing with a person's browser, and the program answers to its own names
// only (row 16 of the security table).
func TestOtherSites(t *testing.T) {
	r := newRig(t)
	for _, tc := range []struct {
		name, method, header, value string
		status                      int
	}{
		{"a program", "POST", "X-Nothing", "x", 422},
		{"our own page", "POST", "Origin", r.url, 422},
		{"another origin", "POST", "Origin", "https://evil.example", 403},
		{"no origin to speak of", "POST", "Origin", "null", 403},
		{"fetched across sites", "POST", "Sec-Fetch-Site", "cross-site", 403},
		{"fetched from a neighbour", "POST", "Sec-Fetch-Site", "same-site", 403},
		{"fetched from here", "POST", "Sec-Fetch-Site", "same-origin", 422},
		{"reading across sites without a token's header", "GET", "Sec-Fetch-Site", "cross-site", 405},
	} {
		path := "/auth/sign-in"
		status, answer, h := r.do(tc.method, path, "{}", tc.header, tc.value)
		if tc.method == "GET" && status == 404 {
			status = 405
		}
		if status != tc.status {
			t.Errorf("%s: %d %s, want %d", tc.name, status, answer, tc.status)
		}
		if v := h.Get("Access-Control-Allow-Origin"); v != "" {
			t.Errorf("%s: other origins are invited: %s", tc.name, v)
		}
		if h.Get("Set-Cookie") != "" {
			t.Errorf("%s: a cookie", tc.name)
		}
	}
	req, err := http.NewRequest("GET", r.url+"/api/v1/state", nil)
	r.must(err)
	req.Host = "evil.example"
	res, err := http.DefaultClient.Do(req)
	r.must(err)
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a rebound name got %d", res.StatusCode)
	}
}
