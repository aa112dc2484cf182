package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/live"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/search"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/store/sealed"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/backend/web/api"
	"github.com/voldaan/voldaan/backend/webhooks"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"),
		// fasthttp's pool looks every ten seconds whether it has been stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
}

const password = "een heel lang wachtwoord"

// rig is the API on a port, over real books, with everything that it calls.
type rig struct {
	*bookstest.Books
	t     testing.TB
	url   string
	api   *api.API
	staff *session.Staff
	hub   *live.Hub
	token string // of the signed-in user; change it to be somebody else
}

// program is what the rig says of the program around the API.
type program struct{ r *rig }

func (program) Version() string           { return "test" }
func (program) Demo(context.Context) bool { return false }
func (program) State(context.Context) (api.SystemState, error) {
	return api.SystemState{Version: "test"}, nil
}
func (program) LoadSample(context.Context, journal.Actor) error {
	return errors.New("not in this test")
}
func (program) Backups(context.Context) ([]api.BackupState, error) { return nil, nil }
func (program) Backup(context.Context, string, string) (api.BackupState, error) {
	return api.BackupState{Name: "x"}, nil
}

func (p program) Verify(ctx context.Context, deep bool) (api.Verification, error) {
	v, err := p.r.Books.Books.Verify(ctx, deep)
	return api.Verification{OK: v.OK, Checks: []api.Check{}}, err
}

// links makes links with the real session package; the addresses are the rig's.
type links struct{ p *session.Portal }

func (l links) SignIn(ctx context.Context, m journal.Meta, c ledger.CustomerID, who ledger.Contact, _ bool) (api.Link, error) {
	o, err := l.p.IssueSignIn(ctx, m, c, who.ID)
	return api.Link{URL: "https://pay.example/l/" + o.Token, ExpiresAt: o.Expires}, err
}

func (l links) Pay(ctx context.Context, m journal.Meta, c ledger.CustomerID, docs []ledger.DocumentID, _ ledger.Contact) (api.Link, error) {
	o, err := l.p.IssuePay(ctx, m, c, docs, 0)
	return api.Link{URL: "https://pay.example/p/" + o.Token, ExpiresAt: o.Expires}, err
}

func (l links) Issued(ctx context.Context, firm ledger.FirmID, c ledger.CustomerID, q session.LinkQuery) ([]session.IssuedLink, bool, error) {
	return l.p.Links(ctx, firm, c, q)
}

func (l links) Revoke(ctx context.Context, m journal.Meta, c ledger.CustomerID, id session.LinkID) (session.Link, error) {
	return l.p.Revoke(ctx, m, c, id)
}

func (l links) View(ctx context.Context, m journal.Meta, c ledger.CustomerID) (api.Link, error) {
	o, err := l.p.IssueStaffView(ctx, m, c)
	return api.Link{URL: "https://pay.example/l/" + o.Token, ExpiresAt: o.Expires}, err
}

func (l links) Handoff(ctx context.Context, m journal.Meta, c ledger.CustomerID, who ledger.ContactID, next string) (api.Link, error) {
	o, err := l.p.IssueHandoff(ctx, m, c, who)
	return api.Link{URL: "https://pay.example/l/" + o.Token + "?next=" + next, ExpiresAt: o.Expires}, err
}

func newRig(t testing.TB) *rig {
	t.Helper()
	b := bookstest.Open(t)
	log := slog.New(slog.DiscardHandler)
	r := &rig{Books: b, t: t, staff: session.NewStaff(b.Log(), b.IDs(), session.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}), hub: live.New(b.Log())}
	cols, err := openitems.Load(b.Ctx, b.Books)
	r.must(err)
	keys, err := sealed.NewKeys()
	r.must(err)
	index := search.New(search.Options{Books: b.Books, Keys: keys, Dir: filepath.Join(t.TempDir(), "index"), Logger: log})
	app, err := web.NewApp(web.Options{Name: "desk", Logger: log, Clock: b.Clock, BodyLimit: 65 << 20, WriteTimeout: -1})
	r.must(err)
	app.Use(web.SameOrigin(nil))
	r.api = api.Register(app, api.Services{Log: log, Books: b.Books, Staff: r.staff, Live: r.hub, Lists: cols, Search: index,
		Imports: importer.New(b.Books, nil, log), Export: exporter.New(b.Books), Links: links{session.NewPortal(b.Books)},
		Pay: pay.New(pay.Options{Books: b.Books, Engine: b.Engine, Log: log}), Mail: mail.New(b.Books, log), Program: program{r}, Requests: requests.New(b.Books, nil),
		Webhooks: webhooks.New(webhooks.Options{Books: b.Books, Describe: api.EventOf})})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	r.url = "http://" + ln.Addr().String()
	run, stop := context.WithCancel(b.Ctx)
	var running sync.WaitGroup
	for _, part := range []func(context.Context) error{cols.Run, index.Run, r.hub.Run, func(context.Context) error { return app.Listener(ln) }} {
		running.Go(func() {
			if err := part(run); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		stop()
		http.DefaultClient.CloseIdleConnections()
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	r.addUser("admin", access.Admin)
	r.token = r.signIn("admin")
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) addUser(name string, role access.Role) {
	r.t.Helper()
	_, err := r.staff.AddUser(r.Ctx, r.Meta(), session.User{Name: name, Email: name + "@example.nl", Role: role}, password)
	r.must(err)
}

func (r *rig) signIn(name string) string {
	r.t.Helper()
	s, err := r.staff.SignIn(r.Ctx, "192.0.2.1", name+"@example.nl", password)
	r.must(err)
	return s.Token
}

// do makes a request below /api/v1. A body that is no reader or []byte is sent as JSON.
func (r *rig) do(method, path string, body any, headers ...string) (status int, answer []byte, h http.Header) {
	r.t.Helper()
	var raw io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		raw, kind = bytes.NewReader(b), "application/octet-stream"
	case string:
		raw = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		r.must(err)
		raw = bytes.NewReader(j)
	}
	req, err := http.NewRequest(method, r.url+"/api/v1"+path, raw)
	r.must(err)
	if raw != nil {
		req.Header.Set("Content-Type", kind)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	r.must(err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	r.must(err)
	return res.StatusCode, answer, res.Header
}

// get reads an answer of status 200 or 201 into a value of type T.
func get[T any](r *rig, method, path string, body any, headers ...string) (v T) {
	r.t.Helper()
	status, answer, _ := r.do(method, path, body, headers...)
	if status != 200 && status != 201 {
		r.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	r.must(json.Unmarshal(answer, &v))
	return v
}

// refused demands a problem of a status with a code.
func (r *rig) refused(status int, code, method, path string, body any) api.Problem {
	r.t.Helper()
	got, answer, h := r.do(method, path, body)
	var p api.Problem
	if err := json.Unmarshal(answer, &p); err != nil || got != status || p.Code != code || p.Status != status {
		r.t.Errorf("%s %s: %d %s, want %d %s", method, path, got, answer, status, code)
	}
	if !strings.HasPrefix(h.Get("Content-Type"), "application/problem+json") {
		r.t.Errorf("%s %s: a problem of type %q", method, path, h.Get("Content-Type"))
	}
	return p
}

// kinds are the journal's latest n kinds of entries, oldest first.
func (r *rig) kinds(n int) (out []string) {
	r.t.Helper()
	head, _, err := r.Log().Head(r.Ctx)
	r.must(err)
	entries, err := r.Log().Read(r.Ctx, head-uint64(n)+1, n)
	r.must(err)
	for _, e := range entries {
		out = append(out, e.Kind)
	}
	return out
}
