// Package mollie is a small typed client for the part of Mollie's API (v2) that Voldaan uses: payments, methods,
// refunds and chargebacks.
//
// Amounts are exact decimals on the wire and money.Amount here. Values of enumerations that this version does not know
// are kept as they are, never an error. Every failure is one *Error, whether Mollie refused the request or no answer
// came; Error.Uncertain says whether the request may have had its effect all the same.
//
// Reads, and POSTs that carry an Idempotency-Key, are tried again after 429, 5xx and network errors, with growing
// pauses and within the caller's context. A refund is the exception: after a 5xx or a time-out nobody knows whether
// money moves, so CreateRefund returns the uncertain error at once and the caller looks at ListRefunds first.
//
// The client is held to the published API by the simulator beside it, which in turn is checked with Mollie's official
// client.
package mollie

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
)

// DefaultURL is where the real service answers.
const DefaultURL = "https://api.mollie.com"

// Mode tells real money from test money. A key and a payment each have one, and they must agree.
type Mode string

// The modes.
const (
	Live Mode = "live"
	Test Mode = "test"
)

// Options configure a Client. Only Key is required.
type Options struct {
	Key     string       // "live_…" or "test_…"
	BaseURL string       // without "/v2"; empty is DefaultURL
	HTTP    *http.Client // empty: a client with a 20 s time-out for each try
	// Sleep pauses between tries and returns early with the context's error. Tests pass one that does not wait.
	Sleep func(ctx context.Context, d time.Duration) error
	Tries int // most tries for one call, default 4
	Log   *slog.Logger
}

// Client talks to one Mollie profile: the one its key belongs to. It is safe for concurrent use.
type Client struct {
	key   string
	mode  Mode
	base  string
	http  *http.Client
	sleep func(context.Context, time.Duration) error
	tries int
	log   *slog.Logger
}

var keyShape = regexp.MustCompile(`^(live|test)_[A-Za-z0-9]{8,128}$`)

// New checks the key and the address. A live key is only ever sent over https.
func New(o Options) (*Client, error) {
	if !keyShape.MatchString(o.Key) {
		return nil, fault.Invalidf("mollie.key", "this is not a Mollie API key; expected live_… or test_… from the Mollie dashboard, under Developers")
	}
	mode, _, _ := strings.Cut(o.Key, "_")
	base := strings.TrimSuffix(o.BaseURL, "/")
	if base == "" {
		base = DefaultURL
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fault.Invalidf("mollie.url", "%q is not a web address; expected something like %s", o.BaseURL, DefaultURL)
	}
	if u.Scheme != "https" && Mode(mode) == Live {
		return nil, fault.Invalidf("mollie.url", "a live key is only sent over https, not to %s", u.Host)
	}
	c := &Client{key: o.Key, mode: Mode(mode), base: base, sleep: o.Sleep, tries: o.Tries, log: o.Log}
	hc := http.Client{Timeout: 20 * time.Second}
	if o.HTTP != nil {
		hc = *o.HTTP
	}
	// The API never redirects; following one would hand the key to a stranger.
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &hc
	if c.sleep == nil {
		c.sleep = pause
	}
	if c.tries == 0 {
		c.tries = 4
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Mode is the mode of the client's key.
func (c *Client) Mode() Mode { return c.mode }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
