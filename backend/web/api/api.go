// Package api is the staff API, /api/v1: the only way in which the desk, in a browser or in the window, and scripts
// talk to Voldaan.
//
// Every operation is registered with the permission it needs (backend/access); authentication is a bearer token
// (backend/session), never a cookie. OpenAPI 3.1 is made from the Go types of this package and served at
// /api/v1/openapi.json; the desk's TypeScript client is generated from the copy in frontend/desk/src/api.
//
// Conventions: amounts are strings in major units with the currency's decimals beside a currency code; dates are
// YYYY-MM-DD, the empty string where there is none; instants are RFC 3339 in UTC; ids are opaque. Lists answer
// {"items", "next_cursor"} and take ?limit and ?cursor; an empty next_cursor is the end. Errors are
// application/problem+json with a stable code, a detail that is safe to show, and the wrong fields. A handler decodes,
// validates, calls one use case and answers; the rules live below.
package api

import (
	"context"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/access"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// API is the registered staff API.
type API struct {
	Services
	huma   huma.API
	routes []Route

	staging   staging
	settingUp sync.Mutex // one first run at a time
}

// Route is one registered operation and what it needs.
type Route struct {
	ID, Method, Path string
	Permission       access.Permission
}

// Register adds the API to a Fiber application. Middleware of the listener (host check, limits, request ids) is set up
// by the caller beforehand.
func Register(app *fiber.App, s Services) *API {
	cfg := huma.DefaultConfig("Voldaan staff API", "1")
	cfg.Info.Description = "Accounts receivable: customers, invoices, payments, imports and the portal's settings. " +
		"Sign in with POST /api/v1/auth/sign-in and send the token as \"Authorization: Bearer …\"."
	cfg.OpenAPIPath = Prefix + "/openapi"
	cfg.DocsPath, cfg.SchemasPath = "", ""
	cfg.CreateHooks = nil // no $schema links in answers
	cfg.RejectUnknownQueryParameters = true
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"bearer": {Type: "http", Scheme: "bearer"}}
	a := &API{Services: s, huma: humafiber.New(app, cfg)}
	a.huma.UseMiddleware(a.authorize)
	a.auth()
	a.portalAccess()
	a.firms()
	a.settings()
	a.users()
	a.home()
	a.customers()
	a.links()
	a.invoices()
	a.payments()
	a.requests()
	a.imports()
	a.exports()
	a.bulk()
	a.webhooks()
	a.mails()
	a.notices()
	a.reminders()
	a.system()
	a.events()
	return a
}

// OpenAPI is the description of the whole API.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Routes are all operations with their permissions.
func (a *API) Routes() []Route { return a.routes }

const permissionKey = "x-permission"

// op describes an operation: "GET /customers/{customer}" below Prefix, with the id of the operation in the client.
func op(route, id, tag, summary string, p access.Permission, status ...int) huma.Operation {
	method, path, _ := strings.Cut(route, " ")
	o := huma.Operation{
		OperationID: id, Method: method, Path: Prefix + path, Tags: []string{tag}, Summary: summary,
		Extensions:   map[string]any{permissionKey: string(p)},
		MaxBodyBytes: 1 << 20,
	}
	if len(status) > 0 {
		o.DefaultStatus = status[0]
	}
	if p != access.Public {
		o.Security = []map[string][]string{{"bearer": {}}}
	}
	return o
}

// add registers one operation. Errors of the handler become problems in one place.
func add[I, O any](a *API, o huma.Operation, h func(context.Context, *I) (*O, error)) {
	p, _ := o.Extensions[permissionKey].(string)
	a.routes = append(a.routes, Route{ID: o.OperationID, Method: o.Method, Path: o.Path, Permission: access.Permission(p)})
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, callerOf(ctx), err)
		}
		return out, nil
	})
}

// file declares that the answer is a file of one of the media types instead of JSON.
func file(o huma.Operation, types ...string) huma.Operation {
	content := map[string]*huma.MediaType{}
	for _, t := range types {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	o.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: content}}
	return o
}

// body wraps an answer's body.
type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{Body: v}, nil
}

// Page is a piece of a list.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor" doc:"Give it as ?cursor for the next piece; empty at the end."`
}
