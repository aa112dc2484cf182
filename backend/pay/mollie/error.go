package mollie

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is why a call failed. Status is Mollie's answer, or 0 when there was none or it could not be read; Title,
// Detail and Field are Mollie's own words (English, meant for developers and safe to log: they name fields, not people).
type Error struct {
	Op     string // "create payment"
	Status int
	Title  string
	Detail string
	Field  string // the request field that was wrong, when Mollie says so
	Err    error  // the network's or decoder's error behind Status 0

	sent bool // the request may have reached Mollie
}

// Error is the operation and Mollie's explanation.
func (e *Error) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("mollie: %s: %v", e.Op, e.Err)
	case e.Field != "":
		return fmt.Sprintf("mollie: %s: %d %s: %s (field %s)", e.Op, e.Status, e.Title, e.Detail, e.Field)
	}
	return fmt.Sprintf("mollie: %s: %d %s: %s", e.Op, e.Status, e.Title, e.Detail)
}

// Unwrap is the network's error.
func (e *Error) Unwrap() error { return e.Err }

// Uncertain reports whether the request may have had its effect although no good answer came.
func (e *Error) Uncertain() bool {
	return (e.Status == 0 && e.sent) || e.Status >= 500 || (e.Status >= 200 && e.Status < 300)
}

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool {
	return e.Status == 0 || e.Status == http.StatusTooManyRequests || e.Status >= 500
}

// NotFound reports whether Mollie does not know the thing, or not under this key: 404, or 410 when it is gone for good.
func (e *Error) NotFound() bool {
	return e.Status == http.StatusNotFound || e.Status == http.StatusGone
}

// AsError finds the *Error in a chain.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
