//go:build !headless

package desktop_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/voldaan/voldaan/app/desktop"
)

// The window must run on a program's main goroutine, so the test starts itself again as that program.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VOLDAAN_WINDOW_TEST"); dir != "" {
		os.Exit(program(dir))
	}
	os.Exit(m.Run())
}

// page is a desk that checks the window from within and reports over the API.
const page = `<!doctype html><html><head><title>test</title></head><body><script src="/check.js"></script></body></html>`

const check = `
async function report(name, value) {
  await fetch('/api/v1/report?name=' + name, { method: 'POST', body: new TextEncoder().encode(String(value)) });
}
(async () => {
  try {
    const token = await window.go.desktop.Native.LocalToken();
    await report('token', token);
    const nil = await fetch('/api/v1/nil');
    await report('nil', nil.status);
    const after = await fetch('/api/v1/echo', { method: 'POST', body: new Uint8Array([1, 2, 3]) });
    await report('echo', after.status + ' ' + new Uint8Array(await after.arrayBuffer()).join(','));
    let refused = 'read it';
    try { await window.go.desktop.Native.ReadFile('/etc/hostname'); } catch (e) { refused = 'refused'; }
    await report('read', refused);
    const folder = await (await fetch('/api/v1/folder')).text();
    const dropped = new Promise((done) => window.runtime.EventsOn('files:dropped', done));
    // What the toolkit's own drop handler sends: a place in the window, and the files.
    window.WailsInvoke('DD:40:60:' + ['open items.CSV', 'picture.png', 'notes.txt'].map((name) => folder + '/' + name).join('\n'));
    const paths = await dropped;
    await report('dropped', paths.map((path) => path.slice(folder.length + 1)).join('|'));
    await report('contents', atob(await window.go.desktop.Native.ReadFile(paths[0])));
    let other = 'read it';
    try { await window.go.desktop.Native.ReadFile(folder + '/picture.png'); } catch (e) { other = 'refused'; }
    await report('picture', other);
    const deep = await fetch('/customers/12');
    await report('deep', (await deep.text()).includes('/wails/runtime.js'));
    await report('done', 'yes');
  } catch (e) { await report('error', e && (e.stack || e.message) || e); }
})();`

// backend is a program behind the window that is nothing but an API.
type backend struct {
	dir  string
	stop context.CancelFunc
}

func (b *backend) ServeDesk(ln net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/nil", func(w http.ResponseWriter, _ *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		missing := map[string]*backend{}["nobody"]
		_, _ = w.Write([]byte(missing.dir)) // the nil dereference that must not end the program
	})
	mux.HandleFunc("/api/v1/folder", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, b.dir) })
	mux.HandleFunc("/api/v1/echo", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/api/v1/report", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		name := r.FormValue("name")
		fmt.Printf("%s=%s origin=%q host=%s\n", name, body, r.Header.Get("Origin"), r.Host)
		if name == "done" || name == "error" {
			time.AfterFunc(200*time.Millisecond, b.stop)
		}
	})
	err := (&http.Server{Handler: mux}).Serve(ln)
	if errors.Is(err, http.ErrServerClosed) || strings.Contains(err.Error(), "closed") {
		return nil
	}
	return err
}

func (b *backend) LocalToken(context.Context) (string, error) { return "one-time", nil }
func (b *backend) DataFolder() string                         { return b.dir }
func (b *backend) Close() error                               { fmt.Println("backend closed"); return nil }

func (b *backend) Payments(ctx context.Context) <-chan desktop.Payment {
	c := make(chan desktop.Payment, 1)
	c <- desktop.Payment{Customer: "Jansen Bouw", Amount: "€ 910,00"}
	context.AfterFunc(ctx, func() { close(c) })
	return c
}

func program(dir string) int {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	err := desktop.Run(ctx, desktop.Options{
		Title: "Voldaan test", Language: "nl", StateFile: filepath.Join(dir, "config", "window.json"), Instance: dir,
		Assets: fstest.MapFS{"index.html": {Data: []byte(page)}, "check.js": {Data: []byte(check)}},
		Log:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Open: func(context.Context) (desktop.Backend, error) {
			if os.Getenv("VOLDAAN_WINDOW_FAIL") != "" {
				return nil, errors.New("the data folder is damaged")
			}
			return &backend{dir: dir, stop: stop}, nil
		},
	})
	if err != nil {
		fmt.Println("error:", err)
		return 3
	}
	return 0
}

func TestWindow(t *testing.T) {
	if os.Getenv("VOLDAAN_WINDOW") == "" {
		t.Skip("SKIPPED: make test-window runs this under Xvfb")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"open items.CSV": "number;amount", "picture.png": "PNG", "notes.txt": "a note"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "VOLDAAN_WINDOW_TEST="+dir)
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil {
		t.Fatalf("the window ended with %v:\n%s", err, text)
	}
	for _, want := range []string{"token=one-time", "nil=500", "echo=200 1,2,3", "read=refused", "dropped=open items.CSV|notes.txt", "contents=number;amount", "picture=refused", "deep=true", "done=yes", `origin="" host=127.0.0.1`, "backend closed"} {
		if !strings.Contains(text, want) {
			t.Errorf("the window did not report %q:\n%s", want, text)
		}
	}
	if state, err := os.ReadFile(filepath.Join(dir, "config", "window.json")); err != nil || !strings.Contains(string(state), `"maximised":false`) {
		t.Errorf("the window's place was not kept: %s, %v", state, err)
	}
}
