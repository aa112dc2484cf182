package portal

import (
	"context"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/frontend/portal"
)

// Limits of forms with files: the body, and the time to send it over a slow line. Files together may be MaxFile; there is
// room for a little more, so that who sends too much gets an answer and not a broken connection. It stays below what is
// held in memory: nothing is written to disk unsealed.
const (
	uploadLimit    = requests.MaxFile + 2<<20
	uploadPatience = 2 * time.Minute
)

// takesFiles reports whether a form with files goes to a path.
func takesFiles(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return path == "/requests/new" || strings.HasPrefix(path, "/messages/") || strings.HasPrefix(path, "/requests/") && strings.HasSuffix(path, "/answer")
}

// larger lets who is signed in send files where a form takes them. Everybody else stays within the small limit: the body
// is not even read.
func (s *Server) larger(h *fasthttp.RequestHeader) (limit int, patience time.Duration) {
	if !h.IsPost() || !takesFiles(string(h.RequestURI())) {
		return 0, 0
	}
	token := string(h.Cookie("__Host-" + visitCookie))
	if token == "" {
		token = string(h.Cookie(visitCookie))
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if v, err := s.o.Sessions.Authenticate(ctx, token); err != nil || v.Staff != "" {
		return 0, 0
	}
	return uploadLimit, uploadPatience
}

// form is what a request carries: a query, or a form with or without files.
type form struct {
	values map[string][]string
	files  []*multipart.FileHeader
}

func readForm(c *fiber.Ctx) (form, error) {
	f := form{values: map[string][]string{}}
	keep := func(args *fasthttp.Args) {
		for k, v := range args.All() {
			f.values[string(k)] = append(f.values[string(k)], string(v))
		}
	}
	switch {
	case c.Method() != fiber.MethodPost:
		keep(c.Context().QueryArgs())
	case strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm):
		m, err := c.MultipartForm()
		if err != nil {
			return f, fault.Wrap(err, fault.Invalid, "web.form", "the form could not be read")
		}
		f.values = m.Value
		for _, x := range m.File["file"] {
			if x.Size > 0 { // a browser sends an empty one when none was chosen
				f.files = append(f.files, x)
			}
		}
	default:
		keep(c.Context().PostArgs())
	}
	return f, nil
}

func (f form) one(name string) string {
	if v := f.values[name]; len(v) > 0 {
		return strings.TrimSpace(strings.ReplaceAll(v[0], "\r\n", "\n"))
	}
	return ""
}

// ids reads the ids under a name. One that is none is one of nobody.
func ids[T any, P id[T]](f form, name string) (out []T, err error) {
	for i, v := range f.values[name] {
		x, err := idOf[T, P](v)
		if err != nil || i == maxChosen {
			return nil, notHere()
		}
		out = append(out, x)
	}
	return out, nil
}

// id is a typed id.
type id[T any] interface {
	*T
	UnmarshalText([]byte) error
	IsZero() bool
}

// idOf reads an id of a path or form. What is none answers like what is not there.
func idOf[T any, P id[T]](text string) (x T, err error) {
	if err := P(&x).UnmarshalText([]byte(text)); err != nil || P(&x).IsZero() {
		return x, notHere()
	}
	return x, nil
}

// once makes what a form does happen once: its key is new on every page.
func (v *visit) once(f form, what string) (journal.Meta, error) {
	key := f.one("key")
	if len(key) != len(session.NewBrowserSecret()) {
		return journal.Meta{}, errForm()
	}
	m := v.meta()
	m.Key = "portal/" + session.ReturnToken(key) + "/" + what
	return m, nil
}

// attach keeps the files of a form and gives them with those that were kept before.
func (s *Server) attach(c *fiber.Ctx, v *visit, f form) (out []requests.FileID, err error) {
	if out, err = ids[requests.FileID](f, "f"); err != nil {
		return nil, err
	}
	total := int64(0)
	for _, x := range f.files {
		total += x.Size
	}
	if total > requests.MaxFile {
		return out, fault.New(fault.TooLarge, "file.size", "files can be 10 MB together at most")
	}
	for i, x := range f.files {
		m, err := v.once(f, "file/"+strconv.Itoa(i))
		if err != nil {
			return out, err
		}
		content, err := contentOf(x)
		if err != nil {
			return out, err
		}
		kept, err := s.o.Requests.Portal(v.Scope).AddFile(c.UserContext(), m, x.Filename, content)
		if err != nil {
			return out, err
		}
		out = append(out, kept.ID)
	}
	return out, nil
}

func contentOf(x *multipart.FileHeader) ([]byte, error) {
	r, err := x.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, uploadLimit))
}

// kept are files that wait for their message, for the form that is shown again.
func (s *Server) kept(c *fiber.Ctx, v *visit, list []requests.FileID) (out []portal.Attachment) {
	for _, id := range list {
		if f, _, err := s.o.Requests.Portal(v.Scope).File(c.UserContext(), id); err == nil {
			out = append(out, portal.Attachment{ID: f.ID.String(), Name: f.Name, Size: f.Size})
		}
	}
	return out
}

// dateOf reads a date as browsers send it, or as people type it where the browser does not know date fields.
func dateOf(text string) (civil.Date, bool) {
	if d, err := civil.Parse(text); err == nil {
		return d, true
	}
	part := strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == '/' || r == '.' || r == ' ' })
	if len(part) != 3 || len(part[2]) != 4 || len(part[0]) > 2 || len(part[1]) > 2 {
		return 0, false
	}
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	d, err := civil.Parse(part[2] + "-" + two(part[1]) + "-" + two(part[0]))
	return d, err == nil
}

// faultWords is what was wrong with a form, in the visitor's language; empty when the error is not about it.
func faultWords(p *portal.Page, err error) string {
	e := fault.As(err)
	words, ok := p.T.Ask.Faults[e.Code]
	if !ok {
		switch e.Kind {
		case fault.Conflict:
			return p.T.Ask.Changed
		case fault.Invalid:
			return p.T.Ask.Failed
		}
		return ""
	}
	var gaps []string
	for name, value := range e.Params {
		if a, err := money.Parse(value, money.Currency(e.Params["currency"])); err == nil && e.Params["currency"] != "" {
			value = p.F.Money(a)
		} else if d, err := civil.Parse(value); err == nil {
			value = p.F.Date(d)
		}
		gaps = append(gaps, name, value)
	}
	return words.With(gaps...)
}
