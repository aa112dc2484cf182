package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
)

// caller is what the middleware found out about a request.
type caller struct {
	principal session.Principal
	client    string // the network it comes from, for throttling
	request   string // its id, for the log
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// authorize finds out who asks and whether they may. A request to a public operation passes without a token; with one
// it is checked all the same.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	fc := humafiber.Unwrap(ctx)
	c := caller{client: web.ClientKey(fc), request: web.RequestID(fc)}
	p, _ := ctx.Operation().Extensions[permissionKey].(string)
	need := access.Permission(p)
	bearer, given := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
	if given || need != access.Public {
		identify := a.Staff.Authenticate
		if ctx.Operation().OperationID == eventsRoute {
			identify = a.Staff.Identify
		}
		var err error
		if c.principal, err = identify(ctx.Context(), bearer); err == nil && !c.principal.Grant.May(need) {
			err = &fault.Error{Kind: fault.Denied, Code: "access.denied", Message: "Your role does not include this. Somebody with the role of admin can do it, or change your role."}
		}
		if err != nil {
			a.refuse(ctx, c, err)
			return
		}
	}
	next(huma.WithValue(ctx, callerKey{}, c))
}

// refuse answers before a handler ran.
func (a *API) refuse(ctx huma.Context, c caller, err error) {
	p := a.problem(ctx.Context(), c, err)
	b, err := json.Marshal(p)
	if err != nil {
		b = []byte(`{}`)
	}
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetStatus(p.Status)
	_, _ = ctx.BodyWriter().Write(b) // a client that has gone is no news
}

// problem is the answer to an error. What is our own fault goes to the log with its cause.
func (a *API) problem(ctx context.Context, c caller, err error) *Problem {
	f := fault.As(err)
	status := web.Status(f.Kind)
	if status >= http.StatusInternalServerError {
		a.Log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("listener", "desk"), slog.String("id", c.request),
			slog.String("code", f.Code), slog.Any("error", err))
	}
	p := &Problem{Title: http.StatusText(status), Status: status, Code: f.Code, Detail: f.Message, Params: f.Params, Request: c.request}
	for _, x := range f.Fields {
		p.Fields = append(p.Fields, ProblemField{Name: x.Name, Code: x.Code, Message: x.Message})
	}
	return p
}

// meta is who writes, for the journal.
func meta(ctx context.Context, firm ledger.FirmID, key string) journal.Meta {
	if key != "" {
		key = "api:" + key
	}
	return journal.Meta{Firm: firm, Actor: callerOf(ctx).principal.Actor(), Key: key}
}
