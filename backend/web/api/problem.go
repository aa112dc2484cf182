package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an error in the form of RFC 9457.
type Problem struct {
	Title   string            `json:"title" example:"Unprocessable Entity"`
	Status  int               `json:"status" example:"422"`
	Code    string            `json:"code" example:"money.amount" doc:"Stable; translations key on it."`
	Detail  string            `json:"detail" doc:"Safe to show: what was found, what was expected, how to repair it."`
	Params  map[string]string `json:"params,omitempty" doc:"The values in the detail, by name, for translations."`
	Request string            `json:"request_id,omitempty" doc:"To find it in the log."`
	Fields  []ProblemField    `json:"fields,omitempty"`
}

// ProblemField is one wrong field of the request.
type ProblemField struct {
	Name    string `json:"name" example:"lines[0].amount"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error is the code and detail.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes it application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// init gives huma this package's form of an error: it has one for the whole process and no setting per API.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { return rejected(status, msg, errs) }
}

// rejected is what huma itself refuses: bodies that do not fit the schema.
func rejected(status int, msg string, errs []error) *Problem {
	p := &Problem{Title: http.StatusText(status), Status: status, Code: "request.invalid", Detail: msg}
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer)
		if !ok {
			continue
		}
		e := d.ErrorDetail()
		p.Fields = append(p.Fields, ProblemField{Name: fieldName(e.Location), Code: "request.field", Message: e.Message})
	}
	return p
}

// fieldName turns huma's "body.lines[0].amount" into "lines[0].amount".
func fieldName(location string) string {
	for _, p := range []string{"body.", "query.", "path.", "header."} {
		if rest, ok := strings.CutPrefix(location, p); ok {
			return rest
		}
	}
	return location
}
