package web

import (
	"bytes"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/fault"
)

// framing refuses requests whose end two parsers may see in different places: Content-Length beside Transfer-Encoding, a
// transfer encoding other than chunked, lines that end in a bare line feed, folded lines. fasthttp reads such a request
// in one definite way and drops the losing header, but a proxy in front may read it the other way, and then one body
// becomes two requests. So the raw header block is looked at.
func framing(c *fiber.Ctx) error {
	var length, encoding []byte
	ok := true
	for raw := c.Request().Header.RawHeaders(); len(raw) > 0; {
		line := raw
		i := bytes.IndexByte(raw, '\n')
		if i < 0 {
			raw = nil
		} else {
			line, raw = raw[:i], raw[i+1:]
			ok = ok && i > 0 && line[i-1] == '\r'
		}
		if len(line) == 0 {
			continue
		}
		switch line[0] | 0x20 {
		case ' ', '\t' | 0x20:
			ok = false
		case 'c':
			length = orLine(length, line, "content-length:")
		case 't':
			encoding = orLine(encoding, line, "transfer-encoding:")
		}
	}
	if encoding != nil {
		ok = ok && length == nil && bytes.EqualFold(bytes.TrimSpace(encoding), []byte("chunked"))
	}
	if !ok {
		c.Context().SetConnectionClose()
		return fault.Invalidf("web.framing", "The request can be read in two ways, so it was refused.")
	}
	return nil
}

// orLine is what follows name in the line, or had when the line is another header. Never nil for a match.
func orLine(had, line []byte, name string) []byte {
	if len(line) >= len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
		return line[len(name):]
	}
	return had
}

// host refuses host names that nobody configured.
func (g *guard) host(c *fiber.Ctx) error {
	h := string(c.Request().Header.Host())
	name := hostname(h)
	if name != "" && (g.hosts[name] || isLocal(c, name) || (g.o.AllowHost != nil && g.o.AllowHost(name))) && absoluteFormAgrees(c, h) {
		return nil
	}
	c.Context().SetConnectionClose()
	return fiber.NewError(fiber.StatusMisdirectedRequest)
}

// hostname is a Host header without port and brackets, in lower case; empty when it is not one plain name or address.
func hostname(h string) string {
	if strings.ContainsAny(h, "@/\\?#, \t%") {
		return ""
	}
	name := h
	if strings.HasPrefix(h, "[") || strings.Count(h, ":") == 1 {
		n, port, err := net.SplitHostPort(h)
		switch {
		case err == nil && strings.Trim(port, "0123456789") == "":
			name = n
		case err != nil && strings.HasPrefix(h, "[") && strings.HasSuffix(h, "]"):
			name = h[1 : len(h)-1]
		default:
			return ""
		}
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// isLocal allows the literal address on which the connection was accepted: a name cannot be rebound to a literal.
func isLocal(c *fiber.Ctx, name string) bool {
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	local, ok := c.Context().LocalAddr().(*net.TCPAddr)
	return ok && local.AddrPort().Addr().Unmap() == addr.Unmap()
}

// absoluteFormAgrees refuses "GET http://other/ HTTP/1.1" with a Host that says something else.
func absoluteFormAgrees(c *fiber.Ctx, host string) bool {
	uri := string(c.Request().Header.RequestURI())
	if strings.HasPrefix(uri, "/") {
		return !strings.HasPrefix(uri, "//")
	}
	if uri == "*" {
		return true
	}
	u, err := url.Parse(uri)
	return err == nil && strings.EqualFold(u.Host, host)
}

func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// client walks X-Forwarded-For from the right, past proxies that are trusted, to the first address that is not: what
// stands further left was written by the client itself.
func (g *guard) client(c *fiber.Ctx) netip.Addr {
	peer := netip.IPv6Loopback()
	if a, ok := c.Context().RemoteAddr().(*net.TCPAddr); ok {
		peer = a.AddrPort().Addr().Unmap()
	}
	if len(g.proxies) == 0 || !g.trusted(peer) {
		return peer
	}
	var hops []string
	for _, v := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(v), ",")...)
	}
	addr := peer
	for i := len(hops) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = a.Unmap()
		if !g.trusted(addr) {
			break
		}
	}
	return addr
}

func (g *guard) trusted(a netip.Addr) bool {
	for _, p := range g.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Limiter is a set of rate-limit buckets; session.Throttle is one.
type Limiter interface {
	// Allow takes one token from the key's bucket and says whether there was one.
	Allow(key string) bool
}

// RateLimit answers 429 when the client's address has used up its bucket. IPv6 clients count per /64, the smallest
// network that one customer gets.
func RateLimit(l Limiter) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !l.Allow(ClientKey(c)) {
			return Throttled()
		}
		return c.Next()
	}
}

// ClientKey names the client's network for throttling: the IPv4 address or the IPv6 /64.
func ClientKey(c *fiber.Ctx) string {
	a := Client(c)
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}

// Throttled is the answer to somebody who came too often.
func Throttled() *fault.Error {
	return &fault.Error{Kind: fault.Throttled, Code: "web.throttled", Message: "That was a bit too often. Please wait a minute and try again."}
}

// SameOrigin refuses requests that change something when the browser says that another site sent them. Requests from
// programs carry neither header and pass: they have no cookies to abuse.
func SameOrigin(publicURL func(*fiber.Ctx) string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		switch c.Method() {
		case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
			return c.Next()
		}
		site := c.Get("Sec-Fetch-Site")
		if site != "" && site != "same-origin" && site != "none" {
			return crossOrigin()
		}
		if origin := c.Get(fiber.HeaderOrigin); origin != "" && !originIsOurs(c, origin, publicURL) {
			return crossOrigin()
		}
		return c.Next()
	}
}

func originIsOurs(c *fiber.Ctx, origin string, publicURL func(*fiber.Ctx) string) bool {
	if publicURL != nil {
		if u, err := url.Parse(publicURL(c)); err == nil && u.Host != "" && strings.EqualFold(u.Scheme+"://"+u.Host, origin) {
			return true
		}
	}
	u, err := url.Parse(origin)
	// The Host was checked against the allow-list before, so an origin equal to it is our own.
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, string(c.Request().Header.Host()))
}

func crossOrigin() *fault.Error {
	return &fault.Error{Kind: fault.Denied, Code: "web.cross_origin", Message: "This came from another site, so nothing was done. Please go back to the page and try again."}
}
