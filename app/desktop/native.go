//go:build !headless

package desktop

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	wails_runtime "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/voldaan/voldaan/backend/fault"
)

// maxFile bounds what the page may read in one piece; imports are refused beyond it anyway.
const maxFile = 256 << 20

// readable are the kinds of files that can be imported.
var readable = []string{".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xml", ".pdf"}

// Native is what the page may ask of the window: what a browser cannot do, and nothing else. A file can be read only
// after a person has chosen it in the window's own dialog or dropped it on the window.
type Native struct {
	window *window

	mu      sync.Mutex
	allowed map[string]bool
}

// LocalToken is a one-time token with which the page signs in as this computer's own user.
func (n *Native) LocalToken() (string, error) {
	<-n.window.bridge.ready
	n.window.mu.Lock()
	backend := n.window.backend
	n.window.mu.Unlock()
	if backend == nil {
		return "", fault.New(fault.Unavailable, "desktop.closed", "the program could not be opened")
	}
	return backend.LocalToken(n.window.outer)
}

// OpenFiles lets a person choose files to import. It is empty when they did not.
func (n *Native) OpenFiles() ([]string, error) {
	paths, err := wails_runtime.OpenMultipleFilesDialog(n.window.ctx, wails_runtime.OpenDialogOptions{
		Title:   n.window.texts.choose,
		Filters: []wails_runtime.FileFilter{{DisplayName: n.window.texts.tables, Pattern: "*" + strings.Join(readable, ";*")}},
	})
	n.allow(paths)
	return slices.Clip(append([]string{}, paths...)), err
}

// ReadFile is a chosen file's contents in base 64.
func (n *Native) ReadFile(path string) (string, error) {
	n.mu.Lock()
	ok := n.allowed[path]
	n.mu.Unlock()
	if !ok {
		return "", fault.New(fault.Denied, "desktop.not_chosen", "only a file that was chosen or dropped here can be read")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "desktop.unreadable", "the file cannot be read; is it still there and open to you?")
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", fault.Wrap(err, fault.Invalid, "desktop.unreadable", "the file cannot be read")
	case len(raw) > maxFile:
		return "", fault.New(fault.TooLarge, "desktop.too_large", "the file is larger than %d MB", maxFile>>20)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// OpenFolder shows the data folder in the computer's file manager, whatever the page asks for.
func (n *Native) OpenFolder(string) error {
	n.window.mu.Lock()
	backend := n.window.backend
	n.window.mu.Unlock()
	if backend == nil {
		return nil
	}
	opener := map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if opener == "" {
		opener = "xdg-open"
	}
	return exec.Command(opener, backend.DataFolder()).Start()
}

// Notify shows a notification of the desktop.
func (n *Native) Notify(title, body string) { n.window.notify(title, body) }

func (n *Native) allow(paths []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range paths {
		n.allowed[p] = true
	}
}

// dropped tells the page about files that were dropped on the window or chosen through the menu.
func (w *window) dropped(paths []string) {
	paths = slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		return !slices.Contains(readable, strings.ToLower(filepath.Ext(p)))
	})
	if len(paths) == 0 {
		return
	}
	w.native.allow(paths)
	wails_runtime.EventsEmit(w.ctx, "files:dropped", paths)
}

func (w *window) notify(title, body string) {
	err := wails_runtime.SendNotification(w.ctx, wails_runtime.NotificationOptions{ID: "voldaan", Title: title, Body: body})
	if err != nil {
		w.options.Log.DebugContext(w.ctx, "a notification was not shown", "error", err)
	}
}

// tell shows a message until it is answered.
func (w *window) tell(ctx context.Context, message string) {
	_, err := wails_runtime.MessageDialog(ctx, wails_runtime.MessageDialogOptions{
		Type: wails_runtime.ErrorDialog, Title: w.options.Title, Message: message})
	if err != nil {
		w.options.Log.WarnContext(ctx, "a message was not shown", "error", err)
	}
}

// wailsLog writes what Wails says to the program's log.
type wailsLog struct{ log *slog.Logger }

func (l wailsLog) Print(m string)   { l.log.Debug("window", "text", m) }
func (l wailsLog) Trace(m string)   { l.log.Debug("window", "text", m) }
func (l wailsLog) Debug(m string)   { l.log.Debug("window", "text", m) }
func (l wailsLog) Info(m string)    { l.log.Debug("window", "text", m) }
func (l wailsLog) Warning(m string) { l.log.Warn("window", "text", m) }
func (l wailsLog) Error(m string)   { l.log.Error("window", "text", m) }

// Fatal is logged only: the program decides itself when it ends.
func (l wailsLog) Fatal(m string) { l.log.Error("window", "text", m) }
