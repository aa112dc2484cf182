package web

import (
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/fault"
)

const internalMessage = "Something went wrong on our side. Nothing was lost; please try again."

var statuses = map[fault.Kind]int{
	fault.Internal:     fiber.StatusInternalServerError,
	fault.Invalid:      fiber.StatusUnprocessableEntity,
	fault.NotFound:     fiber.StatusNotFound,
	fault.Conflict:     fiber.StatusConflict,
	fault.Denied:       fiber.StatusForbidden,
	fault.Unauthorized: fiber.StatusUnauthorized,
	fault.Throttled:    fiber.StatusTooManyRequests,
	fault.Unavailable:  fiber.StatusServiceUnavailable,
	fault.Integrity:    fiber.StatusInternalServerError,
	fault.InUse:        fiber.StatusServiceUnavailable,
	fault.TooLarge:     fiber.StatusRequestEntityTooLarge,
}

// Status is the HTTP status of a kind of fault: the only such map.
func Status(k fault.Kind) int { return statuses[k] }

// Problem is an RFC 9457 problem document with Voldaan's code, the safe message as detail, and the wrong fields.
type Problem struct {
	Title   string  `json:"title"`
	Status  int     `json:"status"`
	Code    string  `json:"code"`
	Detail  string  `json:"detail"`
	Request string  `json:"request_id,omitempty"`
	Fields  []Field `json:"fields,omitempty"`
}

// Field is one wrong input field.
type Field struct {
	Name    string `json:"name"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

// ProblemOf is the problem document of a fault. Causes are never part of it.
func ProblemOf(e *fault.Error, requestID string) Problem {
	p := Problem{Title: statusText(Status(e.Kind)), Status: Status(e.Kind), Code: e.Code, Detail: e.Message, Request: requestID}
	for _, f := range e.Fields {
		p.Fields = append(p.Fields, Field{Name: f.Name, Code: f.Code, Message: f.Message})
	}
	return p
}

// fail turns any error into the answer. Internal causes go to the log with the request's id, never to the client.
func (g *guard) fail(c *fiber.Ctx, err error) error {
	id := RequestID(c)
	if id == "" { // the request could not even be read, so the middleware has not run
		id = newRequestID()
		c.Response().Header.Set(fiber.HeaderXRequestID, id)
		g.secure(c)
		c.Context().SetConnectionClose()
	}
	e, status := classify(err)
	if status >= 500 {
		g.o.Logger.LogAttrs(c.UserContext(), slog.LevelError, "request failed", slog.String("listener", g.o.Name),
			slog.String("id", id), slog.String("code", e.Code), slog.Any("error", err))
	}
	c.Status(status)
	if e.Kind == fault.Throttled {
		c.Set(fiber.HeaderRetryAfter, "60")
	}
	if g.o.Render != nil && c.Path() != "/readyz" { // machines ask there
		renderErr := g.o.Render(c, e, status)
		if renderErr == nil {
			return nil
		}
		g.o.Logger.LogAttrs(c.UserContext(), slog.LevelError, "error page failed", slog.String("id", id), slog.Any("error", renderErr))
	}
	return SendProblem(c, e, status)
}

// SendProblem answers with the fault as application/problem+json.
func SendProblem(c *fiber.Ctx, e *fault.Error, status int) error {
	p := ProblemOf(e, RequestID(c))
	p.Status, p.Title = status, statusText(status)
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Status(status).Set(fiber.HeaderContentType, "application/problem+json")
	return c.Send(b)
}

// classify finds the fault and the status of an error, including the ones that Fiber and fasthttp make themselves.
func classify(err error) (*fault.Error, int) {
	var fe *fiber.Error
	var own *fault.Error
	if errors.As(err, &own) || !errors.As(err, &fe) {
		e := fault.As(err)
		return e, Status(e.Kind)
	}
	e := &fault.Error{Kind: fault.Invalid, Code: "web.request", Message: "The request could not be read.", Err: err}
	switch fe.Code {
	case fiber.StatusNotFound:
		e.Kind, e.Code, e.Message = fault.NotFound, "web.not_found", "There is no such page."
	case fiber.StatusMethodNotAllowed:
		e.Code, e.Message = "web.method", "This address does not take that kind of request."
	case fiber.StatusRequestEntityTooLarge:
		e.Kind, e.Code, e.Message = fault.TooLarge, "web.too_large", "The request is larger than this address accepts."
	case fiber.StatusRequestHeaderFieldsTooLarge:
		e.Kind, e.Code, e.Message = fault.TooLarge, "web.headers_too_large", "The request's headers are too large; clearing this site's cookies helps."
	case fiber.StatusRequestTimeout:
		e.Code, e.Message = "web.timeout", "The request took too long to arrive."
	case fiber.StatusUnsupportedMediaType:
		e.Code, e.Message = "web.media_type", "This address does not take that kind of content."
	case fiber.StatusMisdirectedRequest:
		e.Code, e.Message = "web.host", "This address is not served here."
	case fiber.StatusTooManyRequests:
		e.Kind, e.Code, e.Message = fault.Throttled, "web.throttled", Throttled().Message
	}
	if fe.Code >= 500 {
		e.Kind, e.Code, e.Message = fault.Internal, "internal", internalMessage
	}
	return e, fe.Code
}

func statusText(status int) string { return fiber.NewError(status).Message }
