package api_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

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
	"GET /home": access.Read, "GET /reports/aging": access.Read, "GET /reports/forecast": access.Read, "GET /search": access.Read, "GET /activity": access.Read,
	"GET /customers": access.Read, "POST /customers": access.CustomersWrite, "GET /customers/{customer}": access.Read,
	"PATCH /customers/{customer}": access.CustomersWrite, "GET /customers/{customer}/open-items": access.Read,
	"GET /customers/{customer}/timeline": access.Read, "PUT /customers/{customer}/contacts": access.CustomersWrite,
	"GET /settings/notices": access.Read, "PUT /settings/notices": access.SettingsWrite,
	"GET /customers/{customer}/contacts/{contact}/notices": access.Read,
	"PUT /customers/{customer}/contacts/{contact}/notices": access.CustomersWrite,
	"POST /customers/{customer}/sign-in-link":              access.LinksCreate, "POST /customers/{customer}/pay-link": access.LinksCreate,
	"GET /customers/{customer}/links": access.Read, "DELETE /customers/{customer}/links/{link}": access.LinksCreate,
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
	"POST /bulk/invoices":               access.InvoicesWrite, "POST /bulk/customers": access.CustomersWrite, "POST /bulk/payments": access.PaymentsWrite,
	"GET /bulk/invoices": access.ExportsRead, "GET /bulk/customers": access.ExportsRead, "GET /bulk/payments": access.ExportsRead, "GET /bulk/events": access.ExportsRead,
	"GET /webhooks": access.SettingsWrite, "POST /webhooks": access.SettingsWrite, "PATCH /webhooks/{webhook}": access.SettingsWrite,
	"POST /webhooks/{webhook}/secret": access.SettingsWrite, "POST /webhooks/{webhook}/replay": access.SettingsWrite, "DELETE /webhooks/{webhook}": access.SettingsWrite,
	"GET /mails": access.Read, "GET /mails/{mail}": access.LinksCreate, "POST /mails/{mail}/retry": access.LinksCreate,
	"POST /mails/{mail}/cancel":                access.LinksCreate,
	"GET /requests":                            access.Read,
	"GET /requests/counts":                     access.Read,
	"GET /requests/{request}":                  access.Read,
	"GET /threads":                             access.Read,
	"GET /threads/{thread}":                    access.Read,
	"GET /files/{file}":                        access.Read,
	"GET /tasks":                               access.Read,
	"GET /policies":                            access.Read,
	"GET /customers/{customer}/agreements":     access.Read,
	"POST /customers/{customer}/plan-proposal": access.Read,
	"POST /requests":                           access.RequestsWrite,
	"POST /requests/{request}/accept":          access.RequestsWrite,
	"POST /requests/{request}/decline":         access.RequestsWrite,
	"POST /requests/{request}/reopen":          access.RequestsWrite,
	"POST /requests/{request}/finish":          access.RequestsWrite,
	"POST /requests/{request}/assign":          access.RequestsWrite,
	"POST /threads":                            access.RequestsWrite,
	"POST /threads/{thread}/messages":          access.RequestsWrite,
	"POST /threads/{thread}/read":              access.RequestsWrite,
	"POST /customers/{customer}/files":         access.RequestsWrite,
	"POST /tasks":                              access.RequestsWrite,
	"PATCH /tasks/{task}":                      access.RequestsWrite,
	"POST /customers/{customer}/promises":      access.RequestsWrite,
	"POST /promises/{promise}/cancel":          access.RequestsWrite,
	"POST /customers/{customer}/disputes":      access.RequestsWrite,
	"POST /disputes/{dispute}/move":            access.RequestsWrite,
	"POST /customers/{customer}/plans":         access.RequestsWrite,
	"POST /plans/{plan}/move":                  access.RequestsWrite,
	"PUT /policies/{kind}":                     access.SettingsWrite,
	"POST /policies/{kind}/simulate":           access.SettingsWrite,
	"GET /system":                              access.Read, "POST /backups": access.System, "GET /backups": access.System, "POST /verify": access.System,
	"GET /events":          access.Read,
	"GET /reminders/today": access.Read, "POST /reminders/run": access.RemindersWrite, "GET /reminders": access.Read,
	"POST /reminders/approve": access.RemindersWrite, "POST /reminders/{reminder}/hold": access.RemindersWrite,
	"POST /reminders/{reminder}/skip": access.RemindersWrite, "POST /reminders/{reminder}/done": access.RemindersWrite,
	"GET /customers/{customer}/reminders": access.Read, "PUT /customers/{customer}/reminders": access.RemindersWrite,
	"POST /customers/{customer}/reminders/pause": access.RemindersWrite, "POST /customers/{customer}/reminders/resume": access.RemindersWrite,
	"GET /settings/reminders": access.Read, "PUT /settings/reminders": access.SettingsWrite, "GET /settings/strategies": access.Read,
	"PUT /settings/strategies/{strategy}": access.SettingsWrite, "GET /settings/rates": access.Read, "PUT /settings/rates": access.SettingsWrite,
	"DELETE /settings/rates/{series}/{from}": access.SettingsWrite, "GET /charges": access.Read, "POST /charges": access.InvoicesWrite,
	"POST /customers/{customer}/portal-view": access.LinksCreate, "POST /portal-sessions": access.PortalSessions,
}

// TestPermissions compares the routes with the table. That they hold, for every role, is shown on the whole program: see
// package app.
func TestPermissions(t *testing.T) {
	routes := api.Register(fiber.New(), api.Services{}).Routes()
	if len(routes) != len(permissions) {
		t.Errorf("there are %d routes, and %d in the table", len(routes), len(permissions))
	}
	for _, r := range routes {
		name := r.Method + " " + strings.TrimPrefix(r.Path, api.Prefix)
		if need, ok := permissions[name]; !ok || need != r.Permission {
			t.Errorf("%s needs %s; the table says %q", name, r.Permission, need)
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
