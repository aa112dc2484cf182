// Package fault is how Voldaan reports what went wrong.
//
// Every error that may reach a person is a *fault.Error: a Kind that decides the HTTP status (backend/web) and the
// exit code (app/cli), a stable dotted Code that programs and translations key on, and a Message that is safe to show:
// it says what was found, what was expected and how to repair it, and never holds a secret or another customer's data.
// The cause, for the log, is wrapped and reachable by errors.Is and errors.As.
package fault

import (
	"errors"
	"fmt"
	"strconv"
)

// Kind is the class of an error: what the caller can do about it.
type Kind uint8

// The kinds. Internal is the zero value, so that a forgotten kind is never mistaken for the caller's fault.
const (
	Internal     Kind = iota // our defect or an unexplained failure
	Invalid                  // the input is wrong; nothing was changed
	NotFound                 // no such thing, or not yours: indistinguishable on purpose
	Conflict                 // right input at the wrong moment: already done differently, state moved on
	Denied                   // signed in, but not allowed
	Unauthorized             // not signed in, or the proof is wrong or used up
	Throttled                // too many tries; later it works again
	Unavailable              // something outside is down or slow; trying again may help
	Integrity                // stored data contradicts itself
	InUse                    // the data folder belongs to another process
	TooLarge                 // beyond a declared limit
)

var names = [...]string{"internal", "invalid", "not_found", "conflict", "denied", "unauthorized", "throttled", "unavailable", "integrity", "in_use", "too_large"}

// String is the kind's name in snake case, for logs.
func (k Kind) String() string { return names[k] }

// Field is one wrong input field of a request.
type Field struct {
	Name    string // path in the input: "due", "lines[2].amount"
	Code    string
	Message string
}

// Error is an error with a safe message. Params are the values in the message, for translations: by name where they have
// one (With), and by their place in the format, "1" the first.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Params  map[string]string
	Fields  []Field
	Err     error
}

// Error is the code and message, and the cause when there is one: for logs, not for people.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches another *Error by code, so that tests and callers can compare against a bare &Error{Code: …}.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code && t.Err == nil
}

// With adds a named value for translations and returns the error.
func (e *Error) With(name, value string) *Error {
	if e.Params == nil {
		e.Params = map[string]string{}
	}
	e.Params[name] = value
	return e
}

// Wrap makes an error of a kind around a cause.
func Wrap(err error, k Kind, code, message string) *Error {
	return &Error{Kind: k, Code: code, Message: message, Err: err}
}

// New makes an error of a kind with a formatted safe message.
func New(k Kind, code, format string, args ...any) *Error {
	e := &Error{Kind: k, Code: code, Message: fmt.Sprintf(format, args...)}
	for i, a := range args {
		e = e.With(strconv.Itoa(i+1), fmt.Sprint(a))
	}
	return e
}

// Invalidf is New(Invalid, …).
func Invalidf(code, format string, args ...any) *Error { return New(Invalid, code, format, args...) }

// NotFoundf is New(NotFound, …).
func NotFoundf(code, format string, args ...any) *Error { return New(NotFound, code, format, args...) }

// Conflictf is New(Conflict, …).
func Conflictf(code, format string, args ...any) *Error { return New(Conflict, code, format, args...) }

// As finds the *Error in a chain. An error without one becomes Internal with a neutral message.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "Something went wrong on our side. Nothing was lost; please try again.", Err: err}
}

// KindOf is the kind of an error; Internal when it has none.
func KindOf(err error) Kind { return As(err).Kind }
