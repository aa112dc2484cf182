// Package desktop is Voldaan's own window: the desk in the system's web view, on Windows, macOS and Linux (Wails).
//
// The window is one more client of the staff API. Requests of its page under /api/ are handed, over a listener in
// memory, to the same server that a browser would talk to; no TCP port is opened for it and no call has a second path.
// Everything else of the page comes from the embedded front end. What the page can ask of the window is only what a
// browser cannot do: see Native.
//
// Run must be called on the program's main goroutine. It opens the data folder only after the window has found out that
// it is the only one for that folder; a second start brings the first window to the front and ends. The place and size of
// the window are kept in Options.StateFile.
//
// A program built with the headless tag has no window: Available is false and Run refuses.
package desktop

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
)

// Options say what the window shows and keeps.
type Options struct {
	Title     string
	Assets    fs.FS  // the built desk, index.html at its root
	Icon      []byte // PNG, for task bars; may be empty
	StateFile string // where the window's place and size are kept; empty: nowhere
	Instance  string // what there can be one window of: the data folder; empty: any number
	Language  string // of menus and dialogs: nl, else English
	Log       *slog.Logger

	// Open starts the program behind the window. It is called once, when the window knows that it is the only one.
	Open func(ctx context.Context) (Backend, error)
}

// Backend is the program behind the window.
type Backend interface {
	// ServeDesk answers the staff API on the listener until the listener is closed.
	ServeDesk(net.Listener) error
	// LocalToken is a one-time token with which the window's page signs in as this computer's own user.
	LocalToken(ctx context.Context) (string, error)
	// Payments sends each payment that arrives from now on, and closes the channel when ctx ends.
	Payments(ctx context.Context) <-chan Payment
	// DataFolder is shown in the file manager on request.
	DataFolder() string
	// Close ends the program behind the window, within a few seconds.
	Close() error
}

// Payment is what a notification says.
type Payment struct{ Customer, Amount string }
