package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
)

const password = "een heel lang wachtwoord"

// program is the whole program on free ports, with the simulator, a firm, and one member of staff of each role.
type program struct {
	*app.Program
	t     *testing.T
	firm  ledger.Firm
	token map[access.Role]string
}

func startProgram(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{"VOLDAAN_CONFIG": filepath.Join(dir, "config"), "VOLDAAN_KEY_FILE": filepath.Join(dir, "key")}
	c, err := config.Load(config.Flags{Data: filepath.Join(dir, "data"), Portal: "127.0.0.1:0", Desk: "127.0.0.1:0", Mollie: config.Simulator},
		func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	l, err := app.Create(ctx, c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, token: map[access.Role]string{}}
	if p.firm, err = l.Books.CreateFirm(ctx, journal.Meta{}, ledger.Firm{Name: "Bakkerij De Korenaar", Country: "NL", Currency: "EUR",
		Portal: ledger.PortalSettings{Enabled: true}}); err != nil {
		t.Fatal(err)
	}
	for _, role := range []access.Role{access.Admin, access.Agent, access.ReadOnly} {
		email := string(role) + "@korenaar.example"
		if _, err := l.Staff.AddUser(ctx, journal.Meta{}, session.User{Name: string(role), Email: email, Role: role}, password); err != nil {
			t.Fatal(err)
		}
	}
	if p.Program, err = app.Start(ctx, l, app.Listen{Portal: true, Desk: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, role := range []access.Role{access.Admin, access.Agent, access.ReadOnly} {
		var in struct{ Token string }
		p.want(http.StatusOK, "", http.MethodPost, "/auth/sign-in", fmt.Sprintf(`{"email":"%s@korenaar.example","password":%q}`, role, password), &in)
		p.token[role] = in.Token
	}
	return p
}

// call asks the staff API; header lines are "Name: value".
func (p *program) call(token, method, path, body string, header ...string) (int, []byte) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.DeskURL()+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp.StatusCode, nil
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, raw
}

func (p *program) want(status int, token, method, path, body string, out any) {
	p.t.Helper()
	got, raw := p.call(token, method, path, body)
	if got != status {
		p.t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
}

// operation is one route as the OpenAPI document has it.
type operation struct {
	Method, Path string
	Permission   access.Permission
}

func (p *program) operations() []operation {
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Permission string `json:"x-permission"`
		}
	}
	p.want(http.StatusOK, "", http.MethodGet, "/openapi.json", "", &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		p.t.Errorf("OpenAPI %s, want 3.1", doc.OpenAPI)
	}
	var out []operation
	for path, methods := range doc.Paths {
		for method, op := range methods {
			out = append(out, operation{strings.ToUpper(method), strings.TrimPrefix(path, "/api/v1"), access.Permission(op.Permission)})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return out
}

var parameter = regexp.MustCompile(`\{[a-z]+\}`)

// TestRolesOverRoutes asks every route of the API as nobody, as each role and with tokens of each scope. Whether it is let
// in must be what its declared permission says; a route without a permission fails.
func TestRolesOverRoutes(t *testing.T) {
	p := startProgram(t)
	type visitor struct {
		name, token string
		grant       *access.Grant
	}
	visitors := []visitor{{"nobody", "", nil}, {"a wrong token", "vdn_wrong", nil}}
	for role, token := range p.token {
		visitors = append(visitors, visitor{string(role), token, &access.Grant{Role: role}})
	}
	for _, scope := range []string{"read", "write", "import", "export", "admin"} {
		var made struct{ Secret string }
		p.want(http.StatusCreated, p.token[access.Admin], http.MethodPost, "/tokens", fmt.Sprintf(`{"name":%q,"scope":[%q]}`, scope, scope), &made)
		s, err := access.ParseScope([]string{scope})
		if err != nil {
			t.Fatal(err)
		}
		visitors = append(visitors, visitor{"token " + scope, made.Secret, &access.Grant{Role: access.Admin, Scope: s}})
	}
	ops := p.operations()
	if len(ops) < 60 {
		t.Fatalf("only %d routes are in the document", len(ops))
	}
	for _, op := range ops {
		if !slices.Contains(access.Permissions(), op.Permission) {
			t.Errorf("%s %s declares no permission", op.Method, op.Path)
			continue
		}
		switch op.Path {
		case "/auth/sign-out", "/setup": // the one ends the session, the other is for a program without users
			continue
		}
		path := parameter.ReplaceAllString(op.Path, "x_00000000000000000000000000")
		for _, v := range visitors {
			// A body that is no JSON: who is let in gets no further.
			status, raw := p.call(v.token, op.Method, path, "-")
			in := status != http.StatusUnauthorized && status != http.StatusForbidden
			allowed := op.Permission == access.Public || v.grant != nil && v.grant.May(op.Permission)
			if v.name == "a wrong token" {
				allowed = false // a token that is given is checked, also where none is needed
			}
			if op.Path == "/auth/local" || op.Path == "/auth/sign-in" {
				continue // public, and 401 is their word for wrong proof
			}
			if in != allowed {
				t.Errorf("%s as %s: %s %s answers %d, allowed is %v: %s", op.Permission, v.name, op.Method, path, status, allowed, raw)
			}
			if status >= 500 {
				t.Errorf("%s %s as %s: %d %s", op.Method, path, v.name, status, raw)
			}
		}
	}
}

// TestOtherPagesCannotCallTheDesk: another web page, or a name that was rebound to this computer, gets nothing.
func TestOtherPagesCannotCallTheDesk(t *testing.T) {
	p := startProgram(t)
	admin := p.token[access.Admin]
	for _, tc := range []struct {
		name   string
		header []string
		status int
	}{
		{"its own page", []string{"Origin: " + p.DeskURL(), "Sec-Fetch-Site: same-origin"}, http.StatusOK},
		{"a program without a browser", nil, http.StatusOK},
		{"another site", []string{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}, http.StatusForbidden},
		{"another site, old browser", []string{"Origin: https://evil.example"}, http.StatusForbidden},
		{"the portal's page", []string{"Origin: " + p.PortalURL(), "Sec-Fetch-Site: same-site"}, http.StatusForbidden},
		{"a page without an origin", []string{"Origin: null"}, http.StatusForbidden},
		{"a rebound name", []string{"Host: evil.example"}, http.StatusMisdirectedRequest},
	} {
		status, raw := p.call(admin, http.MethodPost, "/verify", `{}`, tc.header...)
		if status != tc.status {
			t.Errorf("%s: %d, want %d: %s", tc.name, status, tc.status, raw)
		}
	}
}

// TestStaffAPI is a table of calls in order: status, a part of the answer, and what the journal got for it.
func TestStaffAPI(t *testing.T) {
	p := startProgram(t)
	admin := p.token[access.Admin]
	saved := map[string]string{}
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		has                      string
		journal                  []string
		save                     string // keeps the answer's id under this name, for "{name}" in later calls
	}{
		{"a customer", "POST", "/customers", `{"number":"00042","name":"Jansen Bouw B.V.","term_days":14}`, 201, `"number":"00042"`, []string{"customer.created"}, "jansen"},
		{"the same number", "POST", "/customers", `{"number":"00042","name":"Iemand anders"}`, 409, `"code":"customer.duplicate"`, nil, ""},
		{"no name", "POST", "/customers", `{"number":"00043","name":" "}`, 422, `customer.name`, nil, ""},
		{"an unknown field", "POST", "/customers", `{"number":"00043","name":"x","open":"0.00"}`, 422, `open`, nil, ""},
		{"an invoice; due by the terms", "POST", "/invoices", `{"type":"invoice","customer":"{jansen}","number":"2026-1","issued":"2026-01-05","total":"1210.00","currency":"EUR"}`,
			201, `"due":"2026-01-19"`, []string{"document.posted"}, "invoice"},
		{"its number again", "POST", "/invoices", `{"type":"invoice","customer":"{jansen}","number":"2026-1","issued":"2026-01-05","total":"1.00","currency":"EUR"}`, 409, `document.duplicate`, nil, ""},
		{"too many decimals", "POST", "/invoices", `{"type":"invoice","customer":"{jansen}","number":"2026-2","issued":"2026-01-05","total":"1.005","currency":"EUR"}`, 422, `total`, nil, ""},
		{"no such day", "POST", "/invoices", `{"type":"invoice","customer":"{jansen}","number":"2026-2","issued":"2026-02-30","total":"1.00","currency":"EUR"}`, 422, `issued`, nil, ""},
		{"a transfer", "POST", "/payments", `{"customer":"{jansen}","date":"2026-01-12","amount":"500.00","currency":"EUR","method":"transfer","oldest":true}`,
			201, `"unapplied":"0.00"`, []string{"receipt.recorded"}, "payment"},
		{"part is open", "GET", "/invoices/{invoice}", "", 200, `"open":"710.00"`, nil, ""},
		{"more than is open", "POST", "/invoices/{invoice}/write-off", `{"amount":"711.00","reason":"oninbaar"}`, 409, `ledger.document_exceeded`, nil, ""},
		{"a write-off without a reason", "POST", "/invoices/{invoice}/write-off", `{"amount":"10.00","reason":""}`, 422, `reason`, nil, ""},
		{"a write-off", "POST", "/invoices/{invoice}/write-off", `{"amount":"10.00","reason":"coulance"}`, 200, `"open":"700.00"`, []string{"document.written_off"}, ""},
		{"voiding what has payments", "POST", "/invoices/{invoice}/void", `{"reason":"dubbel"}`, 409, `ledger.void_allocated`, nil, ""},
		{"a PO number", "PATCH", "/invoices/{invoice}", `{"po":"PO 7"}`, 200, `"po":"PO 7"`, []string{"document.described"}, ""},
		{"a payment of nobody", "POST", "/payments", `{"date":"2026-01-13","amount":"100.00","currency":"EUR","reference":"?"}`, 201, `"status":"unidentified"`, []string{"receipt.recorded"}, "loose"},
		{"it is Jansen's", "POST", "/payments/{loose}/customer", `{"customer":"{jansen}"}`, 200, `"name":"Jansen Bouw B.V."`, []string{"receipt.assigned"}, ""},
		{"allocated", "POST", "/payments/{loose}/allocations", `{"lines":[{"invoice":"{invoice}","amount":"100.00"}]}`, 200, `"unapplied":"0.00"`, []string{"allocation.made"}, ""},
		{"600 left", "GET", "/customers/{jansen}", "", 200, `"open":"600.00"`, nil, ""},
		{"someone else's id", "GET", "/customers/cus_00000000000000000000000001", "", 404, `"code"`, nil, ""},
		{"an id of another kind", "GET", "/customers/{invoice}", "", 404, `"code"`, nil, ""},
		{"a list", "GET", "/invoices?status=open", "", 200, `"2026-1"`, nil, ""},
		{"no such order", "GET", "/invoices?sort=colour", "", 422, `sort`, nil, ""},
		{"the aging", "GET", "/reports/aging?as_of=2026-01-31", "", 200, `"overdue":"610.00"`, nil, ""},
		{"the books are sound", "POST", "/verify", `{"deep":true}`, 200, `"ok":true`, nil, ""},
	} {
		fill := func(s string) string {
			for name, id := range saved {
				s = strings.ReplaceAll(s, "{"+name+"}", id)
			}
			return s
		}
		before := p.head()
		status, raw := p.call(admin, tc.method, fill(tc.path), fill(tc.body))
		if status != tc.status || !bytes.Contains(raw, []byte(tc.has)) {
			t.Errorf("%s: %d %s\nwant %d with %s", tc.name, status, raw, tc.status, tc.has)
		}
		if diff := cmp.Diff(tc.journal, p.kindsSince(before)); diff != "" {
			t.Errorf("%s: journal (-want +got):\n%s", tc.name, diff)
		}
		if tc.save != "" {
			var made struct{ ID string }
			if err := json.Unmarshal(raw, &made); err != nil {
				t.Fatal(err)
			}
			saved[tc.save] = made.ID
		}
	}
}

// TestIdempotencyKeyOverHTTP: the same request with the same key happens once.
func TestIdempotencyKeyOverHTTP(t *testing.T) {
	p := startProgram(t)
	admin := p.token[access.Admin]
	var c struct{ ID string }
	p.want(http.StatusCreated, admin, "POST", "/customers", `{"number":"1","name":"Jansen"}`, &c)
	pay := func(amount string) (int, string) {
		status, raw := p.call(admin, "POST", "/payments", fmt.Sprintf(`{"customer":%q,"date":"2026-01-12","amount":%q,"currency":"EUR"}`, c.ID, amount), "Idempotency-Key: k1")
		var made struct{ ID string }
		if err := json.Unmarshal(raw, &made); err != nil {
			t.Fatal(err)
		}
		return status, made.ID
	}
	_, first := pay("10.00")
	if _, again := pay("10.00"); again != first || first == "" {
		t.Errorf("two payments for one key: %s and %s", first, again)
	}
	if status, _ := pay("11.00"); status != http.StatusConflict {
		t.Errorf("another amount under the same key: %d, want 409", status)
	}
}

func (p *program) head() uint64 {
	p.t.Helper()
	seq, _, err := p.Books.Log().Head(context.Background())
	if err != nil {
		p.t.Fatal(err)
	}
	return seq
}

func (p *program) kindsSince(seq uint64) (kinds []string) {
	p.t.Helper()
	entries, err := p.Books.Log().Read(context.Background(), seq+1, 100)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
