package importer

import (
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
)

// Problem is what is wrong with a cell, a row or the whole file. Message is complete English; a translation is made
// from Code and Params.
type Problem struct {
	Sheet    string            `json:"-"`
	Row      int               `json:"row"` // as a person sees it; 0 for the whole file
	Column   string            `json:"column"`
	Value    string            `json:"value"` // what was found
	Code     string            `json:"code"`
	Message  string            `json:"message"`
	Expected string            `json:"-"`
	Repair   string            `json:"-"`
	Params   map[string]string `json:"-"`
}

// problem makes a Problem whose message says what was found, what was expected and how to repair it.
func problem(code, found, expected, repair string) Problem {
	parts := make([]string, 0, 3)
	want := ""
	if expected != "" {
		want = "Expected: " + expected
	}
	for _, s := range []string{found, want, repair} {
		if s != "" {
			parts = append(parts, strings.TrimRight(s, ".")+".")
		}
	}
	return Problem{Code: code, Message: strings.Join(parts, " "), Expected: expected, Repair: repair}
}

// with adds a named value for translations.
func (p Problem) with(name, value string) Problem {
	params := make(map[string]string, len(p.Params)+1)
	for k, v := range p.Params {
		params[k] = v
	}
	params[name] = value
	p.Params = params
	return p
}

// at places the problem.
func (p Problem) at(sheet string, row int, column, value string) Problem {
	p.Sheet, p.Row, p.Column, p.Value = sheet, row, column, clip(value, 200)
	return p
}

// Err is the problem as an error for callers that have no report to show.
func (p Problem) Err() *fault.Error {
	e := fault.Invalidf(p.Code, "%s", p.Message)
	for k, v := range p.Params {
		e = e.With(k, v)
	}
	return e
}

// clip shortens a text for display without cutting a character in half.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = strings.ToValidUTF8(s[:n], "")
	return s + "…"
}
