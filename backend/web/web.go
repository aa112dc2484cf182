// Package web is the ground under both listeners: the customers' portal (web/portal) and the staff API (web/api).
//
// NewApp gives a Fiber app that is safe to put on a socket:
//
//   - time-outs, a body limit and a cap on connections; no request can hold a worker for ever;
//   - requests whose framing two parsers could read differently (Content-Length beside Transfer-Encoding, doubled
//     headers, bare line feeds) are refused and the connection is closed;
//   - a Host allow-list, so that neither DNS rebinding nor a poisoned Host header reaches a handler;
//   - the client's address from X-Forwarded-For only when the peer is a trusted proxy;
//   - a request id of our own on every answer and log line; logs hold the route's pattern, never the path, since
//     paths carry tokens;
//   - strict security headers, also on errors that happen before a handler runs;
//   - the one map from fault.Kind to HTTP status (Status), rendered as application/problem+json or by the app's own
//     Render;
//   - GET /healthz (the process answers) and GET /readyz (Ready returns nil).
//
// Handlers return errors; nothing else writes an error answer. RateLimit and SameOrigin are middleware that the two
// apps put in front of the routes that need them.
package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

// Defaults of Options.
const (
	DefaultBodyLimit    = 256 << 10
	DefaultReadTimeout  = 15 * time.Second
	DefaultWriteTimeout = 30 * time.Second
	DefaultIdleTimeout  = 60 * time.Second
	DefaultConnections  = 8192
)

// Options say how a listener's app behaves. Name, Logger and Clock are required.
type Options struct {
	Name   string // "portal", "desk": in logs
	Logger *slog.Logger
	Clock  civil.Clock

	// PublicURL is the address as clients know it ("https://betalen.example.nl"). Its host is allowed, and with https
	// the answers carry Strict-Transport-Security.
	PublicURL string
	// Hosts are further host names, without port, that the app answers to. Loopback names and the address on which a
	// connection was accepted are always allowed.
	Hosts []string
	// AllowHost, when set, is asked about host names that no other rule allows, for names that settings change.
	AllowHost func(host string) bool
	// TrustedProxies are addresses or CIDR prefixes whose X-Forwarded-For is believed.
	TrustedProxies []string

	BodyLimit int // bytes; 0 is DefaultBodyLimit
	// Larger allows one request a larger body, and more time to send it, by its header; nil or 0: as the others.
	Larger       func(h *fasthttp.RequestHeader) (limit int, patience time.Duration)
	ReadTimeout  time.Duration // for one whole request; 0 is the default
	WriteTimeout time.Duration // for one whole answer; 0 is the default, negative is none (an app with event streams)
	Connections  int           // at the same time; 0 is the default

	// CSP is the Content-Security-Policy of every answer that does not set its own; empty is "nothing at all".
	CSP string
	// Ready says whether the app can serve; nil is always.
	Ready func(ctx context.Context) error
	// Render writes an error answer; nil is problem+json. The status is set already.
	Render func(c *fiber.Ctx, e *fault.Error, status int) error
}

// locals under which the first middleware leaves what it found out.
type localKey uint8

const (
	requestIDKey localKey = iota
	clientKey
)

// NewApp makes the app. It fails on options that cannot be meant: a public URL or proxy that does not parse.
func NewApp(o Options) (*fiber.App, error) {
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	app := fiber.New(fiber.Config{
		AppName:               "voldaan-" + o.Name,
		Immutable:             true,
		DisableStartupMessage: true,
		BodyLimit:             or(o.BodyLimit, DefaultBodyLimit),
		ReadTimeout:           or(o.ReadTimeout, DefaultReadTimeout),
		WriteTimeout:          max(0, or(o.WriteTimeout, DefaultWriteTimeout)),
		IdleTimeout:           DefaultIdleTimeout,
		Concurrency:           or(o.Connections, DefaultConnections),
		ReadBufferSize:        16 << 10,
		WriteBufferSize:       64 << 10, // a page goes out in one write
		ErrorHandler:          g.fail,
		RequestMethods: []string{fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut,
			fiber.MethodPatch, fiber.MethodDelete, fiber.MethodOptions},
		// We never read the scheme, host or address that a proxy claims through Fiber.
		EnableTrustedProxyCheck: true,
	})
	app.Server().CloseOnShutdown = true
	app.Server().SecureErrorLogMessage = true
	if o.Larger != nil {
		app.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
			limit, patience := o.Larger(h)
			return fasthttp.RequestConfig{MaxRequestBodySize: limit, ReadTimeout: patience, WriteTimeout: patience}
		}
	}
	app.Use(g.handle)
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		if o.Ready != nil {
			if err := o.Ready(c.UserContext()); err != nil {
				return fault.Wrap(err, fault.Unavailable, "web.not_ready", "The program is starting or stopping; please try again in a moment.")
			}
		}
		return c.JSON(fiber.Map{"status": "ready"})
	})
	return app, nil
}

func or[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// guard is the first middleware and the error handler of an app.
type guard struct {
	o       Options
	hosts   map[string]bool
	proxies []netip.Prefix
	headers [][2]string
}

func newGuard(o Options) (*guard, error) {
	if o.Logger == nil || o.Clock == nil || o.Name == "" {
		return nil, errors.New("web: name, logger and clock are required")
	}
	g := &guard{o: o, hosts: map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}}
	for _, h := range o.Hosts {
		g.hosts[strings.ToLower(h)] = true
	}
	https := false
	if o.PublicURL != "" {
		u, err := url.Parse(o.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, fault.Invalidf("web.public_url", "%q is not a public address; expected something like https://betalen.example.nl", o.PublicURL)
		}
		g.hosts[strings.ToLower(u.Hostname())] = true
		https = u.Scheme == "https"
	}
	for _, p := range o.TrustedProxies {
		prefix, err := parsePrefix(p)
		if err != nil {
			return nil, fault.Invalidf("web.proxy", "%q is not a proxy address; expected an IP address or a prefix like 10.0.0.0/8", p)
		}
		g.proxies = append(g.proxies, prefix)
	}
	g.headers = securityHeaders(o.CSP, https)
	return g, nil
}

// securityHeaders are on every answer. Referrer-Policy is same-origin and not no-referrer: with the latter browsers
// send "Origin: null" on our own forms.
func securityHeaders(csp string, https bool) [][2]string {
	if csp == "" {
		csp = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	}
	h := [][2]string{
		{fiber.HeaderContentSecurityPolicy, csp},
		{fiber.HeaderXContentTypeOptions, "nosniff"},
		{fiber.HeaderXFrameOptions, "DENY"},
		{fiber.HeaderReferrerPolicy, "same-origin"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{fiber.HeaderPermissionsPolicy, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
		{fiber.HeaderCacheControl, "no-store"},
	}
	if https {
		h = append(h, [2]string{fiber.HeaderStrictTransportSecurity, "max-age=31536000"})
	}
	return h
}

func (g *guard) secure(c *fiber.Ctx) {
	for _, h := range g.headers {
		c.Response().Header.Set(h[0], h[1])
	}
}

// handle runs around every request: it refuses what must not go further, then logs how it ended.
func (g *guard) handle(c *fiber.Ctx) (err error) {
	start := g.o.Clock.Now()
	id := newRequestID()
	c.Locals(requestIDKey, id)
	c.Response().Header.Set(fiber.HeaderXRequestID, id)
	g.secure(c)
	defer func() {
		if r := recover(); r != nil {
			err = fault.Wrap(fmt.Errorf("panic: %v\n%s", r, debug.Stack()), fault.Internal, "internal", internalMessage)
		}
		if err != nil {
			// Rendered here, so that the log line has the status that goes out.
			err = g.fail(c, err)
		}
		g.log(c, id, start)
	}()
	if err := framing(c); err != nil {
		return err
	}
	if err := g.host(c); err != nil {
		return err
	}
	c.Locals(clientKey, g.client(c))
	return c.Next()
}

func (g *guard) log(c *fiber.Ctx, id string, start time.Time) {
	if !g.o.Logger.Enabled(c.UserContext(), slog.LevelDebug) {
		return
	}
	g.o.Logger.LogAttrs(c.UserContext(), slog.LevelDebug, "request",
		slog.String("listener", g.o.Name), slog.String("id", id), slog.String("method", c.Method()),
		slog.String("route", c.Route().Path), slog.Int("status", c.Response().StatusCode()),
		slog.Duration("took", g.o.Clock.Now().Sub(start)))
}

// newRequestID is 16 hexadecimal characters. What a client sends as a request id is never used.
func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return hex.EncodeToString(b[:])
}

// RequestID is the id of the request being handled: 16 hexadecimal characters.
func RequestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestIDKey).(string)
	return id
}

// Client is the address of the client: the peer's, or what a trusted proxy says it is.
func Client(c *fiber.Ctx) netip.Addr {
	a, _ := c.Locals(clientKey).(netip.Addr)
	return a
}
