package crash

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// campaign is the program under test and the list of what it confirmed.
type campaign struct {
	t                    *testing.T
	bin, dir             string
	token, customer      string
	program              *exec.Cmd
	desk, portal, mollie string
	client               *http.Client
	firstRun             bool

	mu       sync.Mutex
	invoices map[string]string // number -> total
	payments map[string]string // our reference -> amount
	imports  map[string]bool   // file name
	online   map[string]string // the provider's id -> amount
	links    []string          // pay links of invoices that are open
}

// start builds the program, makes a data folder with a customer and a token, and starts a simulator of its own, which
// survives the program: it is the outside truth about online payments.
func start(t *testing.T) *campaign {
	dir, err := os.MkdirTemp("", "voldaan-crash-")
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
	c := &campaign{t: t, dir: dir, invoices: map[string]string{}, payments: map[string]string{}, imports: map[string]bool{},
		online: map[string]string{}, client: &http.Client{Timeout: 10 * time.Second}}
	if c.bin = os.Getenv("VOLDAAN_BIN"); c.bin == "" {
		c.bin = filepath.Join(t.TempDir(), "voldaan")
		if out, err := exec.Command("go", "build", "-o", c.bin, "github.com/voldaan/voldaan").CombinedOutput(); err != nil {
			t.Fatalf("building: %v\n%s", err, out)
		}
	}
	c.run("init", "--name", "Bakkerij De Korenaar", "--country", "NL", "--currency", "EUR")
	c.run("user", "add", "--email", "jan@korenaar.example", "--name", "Jan", "--role", "admin")
	var tok struct{ Token string }
	if err := json.Unmarshal(c.run("token", "create", "--scope", "admin", "--json"), &tok); err != nil || tok.Token == "" {
		t.Fatalf("token: %v", err)
	}
	c.token = tok.Token
	sim := exec.Command(c.bin, "mollie", "simulate", "--addr", "127.0.0.1:0", "--json")
	sim.Env = c.env()
	line := c.ready(sim)
	var ready struct{ Mollie, URL string }
	if err := json.Unmarshal([]byte(line), &ready); err != nil {
		t.Fatalf("simulator said %q: %v", line, err)
	}
	if c.mollie = ready.Mollie; c.mollie == "" {
		c.mollie = ready.URL
	}
	t.Cleanup(func() {
		_ = sim.Process.Kill() // it may have ended with a failed test
		_ = sim.Wait()
	})
	c.firstRun = true
	return c
}

func (c *campaign) env() []string {
	return append(os.Environ(), "VOLDAAN_DATA="+filepath.Join(c.dir, "data"), "XDG_CONFIG_HOME="+filepath.Join(c.dir, "config"),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "VOLDAAN_USER_PASSWORD=een heel lang wachtwoord")
}

// run is one command of the program that must succeed; its standard output.
func (c *campaign) run(args ...string) []byte {
	c.t.Helper()
	cmd := exec.Command(c.bin, args...)
	cmd.Env = c.env()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("voldaan %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out
}

// ready starts a command and returns its first line.
func (c *campaign) ready(cmd *exec.Cmd) string {
	c.t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	c.t.Cleanup(func() {
		if c.t.Failed() && stderr.Len() > 0 {
			c.t.Logf("%s said:\n%.4000s", strings.Join(cmd.Args, " "), stderr.Bytes())
		}
	})
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait() // for its standard error
		c.t.Fatalf("%s ended before it was ready: %v\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return line
}

// serve starts the program after a crash.
func (c *campaign) serve() {
	c.t.Helper()
	c.program = exec.Command(c.bin, "serve", "--desk", "127.0.0.1:0", "--portal", "127.0.0.1:0", "--mollie", c.mollie)
	c.program.Env = c.env()
	var ready struct{ Portal, Desk string }
	if line := c.ready(c.program); json.Unmarshal([]byte(line), &ready) != nil || ready.Desk == "" {
		c.t.Fatalf("the program said %q", line)
	}
	c.desk, c.portal = ready.Desk, ready.Portal
	if c.firstRun {
		c.firstRun = false
		var made struct{ ID string }
		if status, ok := c.api(http.MethodPost, "/customers", map[string]any{"number": "007", "name": "Jansen Bouw B.V.",
			"email": "jansen@example.nl", "language": "nl"}, &made); !ok || status != http.StatusCreated {
			c.t.Fatalf("the first customer: %d", status)
		}
		c.customer = made.ID
	}
}

func (c *campaign) kill() {
	_ = c.program.Process.Kill() // kill -9; an error means that it is gone already, which serve would show
	_ = c.program.Wait()
}

// stop ends the program as a service manager does.
func (c *campaign) stop() {
	c.t.Helper()
	if err := c.program.Process.Signal(os.Interrupt); err != nil {
		c.t.Fatal(err)
	}
	if err := c.program.Wait(); err != nil {
		c.t.Errorf("stopping: %v", err)
	}
}

// api calls the staff API. ok is false when the program died before it answered: then nothing is known.
func (c *campaign) api(method, path string, in, out any) (status int, ok bool) {
	var body io.Reader
	kind := "application/json"
	switch v := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(v), "application/octet-stream"
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			c.t.Error(err)
			return 0, false
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.desk+"/api/v1"+path, body)
	if err != nil {
		c.t.Error(err)
		return 0, false
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", kind)
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, false
	}
	if resp.StatusCode >= 400 {
		c.t.Errorf("%s %s: %d %s", method, path, resp.StatusCode, raw)
	}
	if out != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal(raw, out); err != nil {
			c.t.Errorf("%s %s: %v in %s", method, path, err, raw)
			return resp.StatusCode, false
		}
	}
	return resp.StatusCode, true
}

// browser is a customer's: cookies, no redirects.
func browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err)
	}
	return &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// page reads a page of the portal; ok is false when the program died.
func page(b *http.Client, url string) (body string, ok bool) {
	resp, err := b.Get(url)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), err == nil && resp.StatusCode == http.StatusOK
}

func list[T any](c *campaign, path string) (out []T) {
	c.t.Helper()
	for cursor := ""; ; {
		var p struct {
			Items []T
			Next  string `json:"next_cursor"`
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		if status, ok := c.api(http.MethodGet, fmt.Sprintf("%s%slimit=500&cursor=%s", path, sep, cursor), nil, &p); !ok || status != http.StatusOK {
			c.t.Fatalf("GET %s: %d", path, status)
		}
		out = append(out, p.Items...)
		if cursor = p.Next; cursor == "" {
			return out
		}
	}
}
