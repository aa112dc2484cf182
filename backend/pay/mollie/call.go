package mollie

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
)

const (
	firstPause = 500 * time.Millisecond
	maxPause   = 30 * time.Second
	maxBody    = 8 << 20 // a page of 250 payments is well under 1 MB
)

// call is one request with everything that decides how it is repeated.
type call struct {
	op     string
	method string
	path   string // below the base URL, starting with /v2
	query  url.Values
	key    string // Idempotency-Key
	in     any
	out    any
	// once: an uncertain failure is returned instead of being tried again (refunds).
	once bool
}

// do performs the call, again where that is safe, and decodes the answer into out. Every error is an *Error or the
// context's.
func (c *Client) do(ctx context.Context, r call) error {
	var body []byte
	if r.in != nil {
		var err error
		if body, err = json.Marshal(r.in); err != nil {
			return &Error{Op: r.op, Err: fmt.Errorf("encode request: %w", err)}
		}
	}
	for try := 1; ; try++ {
		wait, err := c.try(ctx, r, body)
		var e *Error
		if err == nil || !errors.As(err, &e) || !c.again(r, e) || try >= c.tries || ctx.Err() != nil {
			return err
		}
		if wait == 0 {
			wait = backoff(try)
		}
		c.log.Debug("mollie call is tried again", "op", r.op, "try", try, "status", e.Status, "pause", wait)
		if serr := c.sleep(ctx, wait); serr != nil {
			return err
		}
	}
}

// again decides whether a failed try may be repeated. A POST carries an idempotency key, so repeating it is safe while
// Mollie remembers the key (an hour, far more than all tries together); 409 means its first try is still being worked on.
func (c *Client) again(r call, e *Error) bool {
	if r.once && e.Uncertain() {
		return false
	}
	return e.Temporary() || (r.method == http.MethodPost && !r.once && e.Status == http.StatusConflict)
}

// backoff doubles from half a second and adds up to half again, so that many clients do not return together.
func backoff(try int) time.Duration {
	d := min(firstPause<<(try-1), maxPause)
	return d + time.Duration(rand.Int64N(int64(d/2)))
}

func (c *Client) try(ctx context.Context, r call, body []byte) (retryAfter time.Duration, err error) {
	u := c.base + r.path
	if len(r.query) > 0 {
		u += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u, bytes.NewReader(body))
	if err != nil {
		return 0, &Error{Op: r.op, Err: err}
	}
	if r.once {
		// net/http itself sends a request again that carries an Idempotency-Key when a kept connection breaks. Without
		// GetBody it cannot.
		req.GetBody = nil
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Accept", "application/hal+json")
	req.Header.Set("User-Agent", "Voldaan/1")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, &Error{Op: r.op, Err: err, sent: true}
	}
	defer func() { _ = res.Body.Close() }() // the body has been read; there is nothing left to lose
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return 0, &Error{Op: r.op, Err: fmt.Errorf("read answer: %w", err), sent: true}
	}
	if res.StatusCode < 200 || res.StatusCode >= 300 {
		return retryPause(res.Header), refusal(r.op, res.StatusCode, raw)
	}
	if r.out == nil || res.StatusCode == http.StatusNoContent {
		return 0, nil
	}
	if err := json.Unmarshal(raw, r.out); err != nil {
		// Mollie has done what was asked: this must not look like a failure that a repetition would mend.
		return 0, &Error{Op: r.op, Status: res.StatusCode, Title: "Unreadable answer", Err: fmt.Errorf("decode answer: %w", err), sent: true}
	}
	return 0, nil
}

func retryPause(h http.Header) time.Duration {
	s, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || s <= 0 {
		return 0
	}
	return min(time.Duration(s)*time.Second, maxPause)
}

func refusal(op string, status int, raw []byte) *Error {
	var hal struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Field  string `json:"field"`
	}
	e := &Error{Op: op, Status: status, sent: true}
	if err := json.Unmarshal(raw, &hal); err != nil || hal.Title == "" {
		// Proxies and outages answer with pages, not HAL.
		e.Title, e.Detail = http.StatusText(status), "the answer was not in Mollie's error format"
		return e
	}
	e.Title, e.Detail, e.Field = hal.Title, hal.Detail, hal.Field
	return e
}

var idShape = regexp.MustCompile(`^[a-z]{2,8}_[A-Za-z0-9]{1,64}$`)

// ValidID reports whether s looks like an id of Mollie's ("tr_…", "re_…", "chb_…"). Ids from webhooks are checked with
// it before they become part of a URL.
func ValidID(s string) bool { return idShape.MatchString(s) }

func checkIDs(ids ...string) error {
	for _, id := range ids {
		if !ValidID(id) {
			return fault.NotFoundf("mollie.id", "this is not an id of a Mollie payment")
		}
	}
	return nil
}
