package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/web"
)

// serve starts an app on a loopback port and returns its address.
func serve(t *testing.T, change func(*web.Options), routes func(*fiber.App)) string {
	t.Helper()
	o := web.Options{Name: "test", Logger: slog.New(slog.NewTextHandler(&record{}, &slog.HandlerOptions{Level: slog.LevelDebug})), Clock: civil.System(), ReadTimeout: 2 * time.Second}
	if change != nil {
		change(&o)
	}
	app, err := web.NewApp(o)
	if err != nil {
		t.Fatal(err)
	}
	app.All("/echo", func(c *fiber.Ctx) error {
		return c.SendString(fmt.Sprintf("%s %d %s", c.Method(), len(c.Body()), web.Client(c)))
	})
	if routes != nil {
		routes(app)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- app.Listener(ln) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// record is a log that many goroutines write.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// TestLogsHoldPatterns: paths carry tokens, so the log has the route's pattern, the request's id and nothing of either.
func TestLogsHoldPatterns(t *testing.T) {
	log := &record{}
	addr := serve(t, func(o *web.Options) {
		o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}, func(app *fiber.App) {
		app.Get("/l/:token", func(c *fiber.Ctx) error { return errors.New("broken") })
	})
	answer, _ := raw(t, addr, "GET /l/s3cret-token?mail=klant@example.nl HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	_, id, _ := strings.Cut(answer, "X-Request-Id: ")
	for _, want := range []string{"route=/l/:token", "status=500", "id=" + id[:16], "error=broken"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "s3cret") || strings.Contains(log.String(), "klant@") {
		t.Errorf("the log holds a token:\n%s", log)
	}
}

// raw sends bytes and returns all that comes back until the peer closes or a second passes, and whether it closed.
func raw(t *testing.T, addr, text string) (answer string, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(civil.System().Now().Add(700 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(bufio.NewReader(c))
	var ne net.Error
	return string(b), !errors.As(err, &ne) || !ne.Timeout()
}

// TestRawSocketCorpus sends what parsers disagree about. Row 7 of the security table: nothing ambiguous is answered as
// if it were one plain request, and the connection does not live on.
func TestRawSocketCorpus(t *testing.T) {
	addr := serve(t, func(o *web.Options) { o.Hosts = []string{"pay.example"} }, nil)
	const smuggled = "GET /echo HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: 1\r\n\r\n"
	cases := []struct{ name, request string }{
		{"content-length and chunked", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled},
		{"chunked and content-length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 70\r\n\r\n0\r\n\r\n" + smuggled},
		{"identity and content-length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n" + smuggled},
		{"two content-lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 70\r\n\r\n" + smuggled},
		{"two equal content-lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n" + smuggled},
		{"list of content-lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 0\r\n\r\n" + smuggled},
		{"signed content-length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n" + smuggled},
		{"negative content-length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n" + smuggled},
		{"hexadecimal content-length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x0\r\n\r\n" + smuggled},
		{"space before the colon", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length : 0\r\n\r\n" + smuggled},
		{"space before chunked's colon", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n" + smuggled},
		{"obfuscated chunked", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled},
		{"two transfer-encodings", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled},
		{"chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled},
		{"bare line feeds", "GET /echo HTTP/1.1\nHost: localhost\n\n" + smuggled},
		{"bare line feed inside", "GET /echo HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n" + smuggled},
		{"bare carriage return", "GET /echo HTTP/1.1\r\nHost: localhost\rX-A: b\r\n\r\n" + smuggled},
		{"folded header", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n" + smuggled},
		{"NUL in a header", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX-A: b\x00c\r\n\r\n" + smuggled},
		{"bad chunk size", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + smuggled},
		{"negative chunk size", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + smuggled},
		{"huge chunk size", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n\r\n" + smuggled},
		{"no host", "GET /echo HTTP/1.1\r\n\r\n" + smuggled},
		{"two hosts", "GET /echo HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" + smuggled},
		{"foreign host", "GET /echo HTTP/1.1\r\nHost: evil.example\r\n\r\n" + smuggled},
		{"foreign host with our name in front", "GET /echo HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n" + smuggled},
		{"host with a user", "GET /echo HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n" + smuggled},
		{"host with a path", "GET /echo HTTP/1.1\r\nHost: localhost/evil\r\n\r\n" + smuggled},
		{"host with a wrong port", "GET /echo HTTP/1.1\r\nHost: localhost:evil\r\n\r\n" + smuggled},
		{"another literal address", "GET /echo HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n" + smuggled},
		{"absolute form of another host", "GET http://evil.example/echo HTTP/1.1\r\nHost: localhost\r\n\r\n" + smuggled},
		{"unknown method", "FOO /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"},
		{"large headers", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 20<<10) + "\r\n\r\n"},
		{"large body", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			answer, closed := raw(t, addr, tc.request)
			if strings.Contains(answer, "HTTP/1.1 200") {
				t.Errorf("was answered as a good request:\n%s", answer)
			}
			if n := strings.Count(answer, "HTTP/1.1 "); n > 1 {
				t.Errorf("%d answers to one request:\n%s", n, answer)
			}
			if !closed && tc.name != "unknown method" {
				t.Errorf("the connection lives on after:\n%s", answer)
			}
		})
	}
}

func TestHostsThatAreServed(t *testing.T) {
	addr := serve(t, func(o *web.Options) {
		o.Hosts = []string{"pay.example"}
		o.PublicURL = "https://Betalen.Example.nl/portal"
		o.AllowHost = func(h string) bool { return h == "later.example" }
	}, nil)
	for _, host := range []string{"localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:80", "pay.example", "pay.example.", "betalen.example.nl:443", "later.example"} {
		answer, _ := raw(t, addr, "GET /echo HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 200") {
			t.Errorf("Host %s was refused: %.60q", host, answer)
		}
	}
	answer, _ := raw(t, addr, "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	if !strings.Contains(answer, "POST 3 ") {
		t.Errorf("an honest chunked request was refused: %q", answer)
	}
}

func TestClientAddress(t *testing.T) {
	get := func(addr, forwarded string) string {
		answer, _ := raw(t, addr, "GET /echo HTTP/1.1\r\nHost: localhost\r\n"+forwarded+"Connection: close\r\n\r\n")
		fields := strings.Fields(answer)
		return fields[len(fields)-1]
	}
	direct := serve(t, nil, nil)
	if got := get(direct, "X-Forwarded-For: 203.0.113.9\r\n"); got != "127.0.0.1" {
		t.Errorf("a direct client spoofed its address: %s", got)
	}
	proxied := serve(t, func(o *web.Options) { o.TrustedProxies = []string{"127.0.0.1", "10.0.0.0/8"} }, nil)
	for forwarded, want := range map[string]string{
		"":                                 "127.0.0.1",
		"X-Forwarded-For: 203.0.113.9\r\n": "203.0.113.9",
		"X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.2.3.4\r\n":                    "203.0.113.9",
		"X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2001:db8::7, 10.2.3.4\r\n": "2001:db8::7",
		"X-Forwarded-For: 1.1.1.1, junk\r\n":                                     "127.0.0.1",
	} {
		if got := get(proxied, forwarded); got != want {
			t.Errorf("%q: client %s, want %s", forwarded, got, want)
		}
	}
}

func TestErrorsAndHeaders(t *testing.T) {
	addr := serve(t, func(o *web.Options) {
		o.PublicURL = "https://pay.example"
		o.Ready = func(context.Context) error { return errors.New("opening /secret/path") }
	}, func(app *fiber.App) {
		app.Get("/panic", func(*fiber.Ctx) error { panic("secret") })
		app.Get("/plain", func(*fiber.Ctx) error { return errors.New("secret") })
		app.Get("/invalid", func(*fiber.Ctx) error {
			e := fault.Invalidf("due.past", "The due date is before the issue date.")
			e.Fields = []fault.Field{{Name: "due", Code: "past", Message: "before the issue date"}}
			return e
		})
	})
	cases := []struct {
		path   string
		status int
		body   string
	}{
		{"/healthz", 200, `{"status":"ok"}`},
		{"/readyz", 503, `"code":"web.not_ready"`},
		{"/panic", 500, `"code":"internal"`},
		{"/plain", 500, `"code":"internal"`},
		{"/invalid", 422, `"fields":[{"name":"due","code":"past","message":"before the issue date"}]`},
		{"/nothing", 404, `"code":"web.not_found"`},
	}
	for _, tc := range cases {
		res, err := http.Get("http://" + addr + tc.path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != tc.status || !strings.Contains(string(b), tc.body) {
			t.Errorf("%s: %d %s, want %d with %s", tc.path, res.StatusCode, b, tc.status, tc.body)
		}
		if strings.Contains(string(b), "secret") {
			t.Errorf("%s leaks its cause: %s", tc.path, b)
		}
		for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Strict-Transport-Security", "X-Request-Id", "Cache-Control"} {
			if res.Header.Get(h) == "" {
				t.Errorf("%s has no %s", tc.path, h)
			}
		}
		if v := res.Header.Get("Server"); v != "" {
			t.Errorf("%s names its server: %s", tc.path, v)
		}
	}
}

// TestEveryKindHasAStatus keeps the one map complete.
func TestEveryKindHasAStatus(t *testing.T) {
	for k := fault.Internal; k <= fault.TooLarge; k++ {
		if s := web.Status(k); s < 400 || s > 599 {
			t.Errorf("%s has status %d", k, s)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	addr := serve(t, func(o *web.Options) { o.PublicURL = "https://pay.example" }, func(app *fiber.App) {
		app.Use("/form", web.SameOrigin(func(*fiber.Ctx) string { return "https://pay.example" }))
		app.All("/form", func(c *fiber.Ctx) error { return c.SendString("done") })
	})
	cases := []struct {
		method, headers string
		ok              bool
	}{
		{"GET", "Sec-Fetch-Site: cross-site\r\n", true},
		{"POST", "", true},
		{"POST", "Sec-Fetch-Site: same-origin\r\n", true},
		{"POST", "Sec-Fetch-Site: same-site\r\n", false},
		{"POST", "Sec-Fetch-Site: cross-site\r\n", false},
		{"POST", "Origin: https://pay.example\r\n", true},
		{"POST", "Origin: http://localhost\r\n", true},
		{"POST", "Origin: null\r\n", false},
		{"POST", "Origin: https://evil.example\r\n", false},
		{"POST", "Origin: https://pay.example.evil.example\r\n", false},
		{"DELETE", "Origin: https://evil.example\r\n", false},
	}
	for _, tc := range cases {
		answer, _ := raw(t, addr, tc.method+" /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"+tc.headers+"Connection: close\r\n\r\n")
		if got := strings.HasPrefix(answer, "HTTP/1.1 200"); got != tc.ok {
			t.Errorf("%s %q: allowed %v, want %v", tc.method, tc.headers, got, tc.ok)
		}
	}
}

func TestOptionsThatCannotBeMeant(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	for _, o := range []web.Options{
		{},
		{Name: "x", Logger: logger},
		{Name: "x", Logger: logger, Clock: civil.System(), PublicURL: "pay.example"},
		{Name: "x", Logger: logger, Clock: civil.System(), PublicURL: "ftp://pay.example"},
		{Name: "x", Logger: logger, Clock: civil.System(), TrustedProxies: []string{"proxy.example"}},
	} {
		if _, err := web.NewApp(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
