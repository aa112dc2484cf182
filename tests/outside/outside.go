// Package outside drives the real program as the world does: commands with their exit codes, a server with its two
// addresses, the staff API with a token and the portal with a browser's cookies. The campaigns of ../crash, ../load,
// ../canary and ../damage stand on it.
//
// VOLDAAN_BIN names the program; without it, it is built.
package outside

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Binary is the path of the program under test.
func Binary(t testing.TB) string {
	t.Helper()
	if bin := os.Getenv("VOLDAAN_BIN"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "voldaan")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/voldaan/voldaan").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return bin
}

// Program is an installation: a program, its data folder and settings below Dir, and, while it serves, its addresses.
type Program struct {
	T        testing.TB
	Bin, Dir string
	Env      []string // more of the environment, NAME=value
	Token    string   // of the staff API, scope admin; "" before Init

	Desk, Portal string // while it serves
	Mollie       string // the simulator's address, "" before Simulate
	Process      *exec.Cmd
	Client       *http.Client // of the staff API
}

// New is an installation in a folder that is kept when the test fails.
func New(t testing.TB) *Program {
	t.Helper()
	dir, err := os.MkdirTemp("", "voldaan-outside-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the data folder is kept: %s", dir)
			return
		}
		_ = os.RemoveAll(dir) // only a temporary folder
	})
	return &Program{T: t, Bin: Binary(t), Dir: dir, Client: &http.Client{Timeout: 10 * time.Second}}
}

// Data is the data folder.
func (p *Program) Data() string { return filepath.Join(p.Dir, "data") }

// Command is a command of the program that has not started; the environment keeps it inside of Dir.
func (p *Program) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.Bin, args...)
	cmd.Env = slices.Concat(os.Environ(), []string{"VOLDAAN_DATA=" + p.Data(), "XDG_CONFIG_HOME=" + filepath.Join(p.Dir, "config"),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "VOLDAAN_USER_PASSWORD=een heel lang wachtwoord"}, p.Env)
	return cmd
}

// Run is a command that must succeed; its standard output.
func (p *Program) Run(args ...string) []byte {
	p.T.Helper()
	cmd := p.Command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		p.T.Fatalf("voldaan %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out
}

// Init makes books of a Dutch firm with a user and a token.
func (p *Program) Init(name string) {
	p.T.Helper()
	p.Run("init", "--name", name, "--country", "NL", "--currency", "EUR")
	p.Run("user", "add", "--email", "jan@korenaar.example", "--name", "Jan", "--role", "admin")
	var tok struct{ Token string }
	if err := json.Unmarshal(p.Run("token", "create", "--scope", "admin", "--json"), &tok); err != nil || tok.Token == "" {
		p.T.Fatalf("token: %v", err)
	}
	p.Token = tok.Token
}

// Ready starts a command and returns its first line.
func (p *Program) Ready(cmd *exec.Cmd) string {
	p.T.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.T.Fatal(err)
	}
	var stderr bytes.Buffer
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	p.T.Cleanup(func() {
		if p.T.Failed() && stderr.Len() > 0 {
			p.T.Logf("%s said:\n%.4000s", strings.Join(cmd.Args, " "), stderr.Bytes())
		}
	})
	if err := cmd.Start(); err != nil {
		p.T.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait() // for its standard error
		p.T.Fatalf("%s ended before it was ready: %v\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return line
}

// Simulate starts a payment simulator of its own, which survives the program: the outside truth about online payments.
func (p *Program) Simulate() {
	p.T.Helper()
	sim := p.Command("mollie", "simulate", "--addr", "127.0.0.1:0", "--json")
	line := p.Ready(sim)
	var ready struct{ Mollie, URL string }
	if err := json.Unmarshal([]byte(line), &ready); err != nil {
		p.T.Fatalf("simulator said %q: %v", line, err)
	}
	if p.Mollie = ready.Mollie; p.Mollie == "" {
		p.Mollie = ready.URL
	}
	p.T.Cleanup(func() {
		_ = sim.Process.Kill() // it may have ended with a failed test
		_ = sim.Wait()
	})
}

// Serve starts the program on free ports. log takes its standard error; nil keeps it for a failed test.
func (p *Program) Serve(log io.Writer) {
	p.T.Helper()
	mollie := p.Mollie
	if mollie == "" {
		mollie = "simulator"
	}
	p.Process = p.Command("serve", "--desk", "127.0.0.1:0", "--portal", "127.0.0.1:0", "--mollie", mollie)
	p.Process.Stderr = log
	var ready struct{ Portal, Desk string }
	if line := p.Ready(p.Process); json.Unmarshal([]byte(line), &ready) != nil || ready.Desk == "" {
		p.T.Fatalf("the program said %q", line)
	}
	p.Desk, p.Portal = ready.Desk, ready.Portal
}

// Kill ends the program as a power cut does.
func (p *Program) Kill() {
	_ = p.Process.Process.Kill() // kill -9; an error means that it is gone already, which Serve would show
	_ = p.Process.Wait()
}

// Stop ends the program as a service manager does.
func (p *Program) Stop() {
	p.T.Helper()
	if err := p.Process.Process.Signal(os.Interrupt); err != nil {
		p.T.Fatal(err)
	}
	if err := p.Process.Wait(); err != nil {
		p.T.Errorf("stopping: %v", err)
	}
}

// API calls the staff API; in is bytes or something for JSON. answered is false when the program died before it
// answered: then nothing is known.
func (p *Program) API(method, path string, in, out any) (status int, answered bool) {
	var body io.Reader
	kind := "application/json"
	switch v := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(v), "application/octet-stream"
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			p.T.Error(err)
			return 0, false
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, p.Desk+"/api/v1"+path, body)
	if err != nil {
		p.T.Error(err)
		return 0, false
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	req.Header.Set("Content-Type", kind)
	resp, err := p.Client.Do(req)
	if err != nil {
		return 0, false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, false
	}
	if out != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal(raw, out); err != nil {
			p.T.Errorf("%s %s: %v in %s", method, path, err, raw)
			return resp.StatusCode, false
		}
	}
	return resp.StatusCode, true
}

// Want calls the staff API and wants success.
func (p *Program) Want(method, path string, in, out any) {
	p.T.Helper()
	if status, answered := p.API(method, path, in, out); !answered || status >= 300 {
		p.T.Fatalf("%s %s: %d", method, path, status)
	}
}

// List reads every page of a list of the staff API.
func List[T any](p *Program, path string) (out []T) {
	p.T.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []T
			Next  string `json:"next_cursor"`
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		p.Want(http.MethodGet, fmt.Sprintf("%s%slimit=500&cursor=%s", path, sep, cursor), nil, &page)
		out = append(out, page.Items...)
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

// Browser is a customer's: cookies, no redirects.
func Browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err)
	}
	return &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Page reads a page of the portal; ok is false when it is not there or the program died.
func Page(b *http.Client, url string) (body string, ok bool) {
	resp, err := b.Get(url)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), err == nil && resp.StatusCode == http.StatusOK
}

var (
	hiddenInput = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*>`)
	attribute   = regexp.MustCompile(`(name|value)="([^"]*)"`)
)

// Hidden is what the forms of a page send along unseen.
func Hidden(page string) url.Values {
	form := url.Values{}
	for _, in := range hiddenInput.FindAllString(page, -1) {
		var name, value string
		for _, a := range attribute.FindAllStringSubmatch(in, -1) {
			if a[1] == "name" {
				name = a[2]
			} else {
				value = html.UnescapeString(a[2])
			}
		}
		form.Add(name, value)
	}
	return form
}

// Submit sends a form of the portal as a browser does that shows the page; its status.
func Submit(b *http.Client, origin, path string, form url.Values) (status int, err error) {
	req, err := http.NewRequest(http.MethodPost, origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", origin)
	resp, err := b.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
