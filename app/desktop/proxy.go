package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
)

// pageWait is how long a request of the page waits for the program to be open: opening may migrate or repair.
const pageWait = 2 * time.Minute

// bridge carries the page's API requests to the program, which may still be opening.
type bridge struct {
	log   *slog.Logger
	ready chan struct{} // closed when proxy or failed is set

	mu     sync.Mutex
	proxy  http.Handler
	failed error
	pipe   *fasthttputil.InmemoryListener
	served chan error
}

func newBridge(log *slog.Logger) *bridge { return &bridge{log: log, ready: make(chan struct{})} }

// connect starts the staff API on a listener in memory.
func (b *bridge) connect(serve func(net.Listener) error) {
	pipe := fasthttputil.NewInmemoryListener()
	pipe.SetLocalAddr(loopback)
	served := make(chan error, 1)
	go func() { served <- serve(pipe) }()
	transport := &http.Transport{
		DialContext:         func(context.Context, string, string) (net.Conn, error) { return pipe.DialWithLocalAddr(loopback) },
		MaxIdleConnsPerHost: 8, DisableCompression: true,
	}
	proxy := &httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1, // server-sent events leave at once
		Rewrite:       rewrite,
		ErrorLog:      slog.NewLogLogger(b.log.Handler(), slog.LevelWarn),
	}
	b.mu.Lock()
	b.proxy, b.pipe, b.served = proxy, pipe, served
	b.mu.Unlock()
	close(b.ready)
}

// fail answers every request from now on with an error: there will be no program.
func (b *bridge) fail(err error) {
	b.mu.Lock()
	b.failed = err
	b.mu.Unlock()
	close(b.ready)
}

// close ends the listener and waits for the server.
func (b *bridge) close() error {
	b.mu.Lock()
	pipe, served := b.pipe, b.served
	b.mu.Unlock()
	if pipe == nil {
		return nil
	}
	// The program closes the listener as well when it stops; who comes second hears that it is closed.
	err := pipe.Close()
	if errors.Is(err, fasthttputil.ErrInmemoryListenerClosed) {
		err = nil
	}
	select {
	case serveErr := <-served:
		err = errors.Join(err, serveErr)
	case <-time.After(5 * time.Second):
		err = fmt.Errorf("desktop: the API did not end in time")
	}
	return err
}

// rewrite makes the page's request one of a local client. The page's origin is the window's own scheme, which no other
// page can have, and which the server's cross-origin rules rightly do not know.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "127.0.0.1", "127.0.0.1"
	for name := range r.Out.Header {
		if name == "Origin" || name == "Referer" || strings.HasPrefix(name, "Sec-") {
			r.Out.Header.Del(name)
		}
	}
}

func (b *bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	timer := time.NewTimer(pageWait)
	defer timer.Stop()
	select {
	case <-b.ready:
	case <-timer.C:
		http.Error(w, "the program is still opening", http.StatusServiceUnavailable)
		return
	case <-r.Context().Done():
		return
	}
	b.mu.Lock()
	proxy, failed := b.proxy, b.failed
	b.mu.Unlock()
	if failed != nil {
		http.Error(w, "the program could not be opened", http.StatusServiceUnavailable)
		return
	}
	proxy.ServeHTTP(w, r)
}

// loopback is both ends of the connection as the server sees them: a client on this computer.
var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}

// router sends /api/ to the program, files to the embedded page, and every other address of the app to its index: the
// web view cannot follow redirects, and a reload may happen on any address of the app. before runs ahead of each call.
func router(api http.Handler, assets fs.FS, before func()) func(next http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasPrefix(r.URL.Path, "/api/"):
				before()
				api.ServeHTTP(w, r)
			case r.Method == http.MethodGet && path.Ext(r.URL.Path) == "" && !strings.HasSuffix(r.URL.Path, "/"):
				index(w, assets)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// index writes the app's page with the scripts that the window adds to it.
func index(w http.ResponseWriter, assets fs.FS) {
	page, err := fs.ReadFile(assets, "index.html")
	if err != nil {
		http.Error(w, "the desk is not part of this program; build it with make build", http.StatusNotFound)
		return
	}
	page = bytes.Replace(page, []byte("<head>"), []byte(`<head><script src="/wails/ipc.js"></script><script src="/wails/runtime.js"></script>`), 1)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // the page has gone away when this fails
}
