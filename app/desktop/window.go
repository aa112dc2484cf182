//go:build !headless

package desktop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	wails_runtime "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/voldaan/voldaan/backend/fault"
)

// Available tells whether this program has a window.
const Available = true

// HasDisplay tells whether there is a screen to show the window on.
func HasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// Run shows the window and returns when it has been closed, ctx has ended, or the program behind it could not be opened.
func Run(ctx context.Context, o Options) error {
	w := &window{options: o, outer: ctx, bridge: newBridge(o.Log), texts: textsFor(o.Language)}
	w.native = &Native{window: w, allowed: map[string]bool{}}
	p := loadPlace(o.StateFile)
	state := options.Normal
	if p.Maximised {
		state = options.Maximised
	}
	app := &options.App{
		Title: o.Title, Width: p.Width, Height: p.Height, MinWidth: minWidth, MinHeight: minHeight, WindowStartState: state,
		BackgroundColour: options.NewRGB(0xFB, 0xFA, 0xF7),
		AssetServer:      &assetserver.Options{Assets: o.Assets, Middleware: router(w.bridge, o.Assets, keepSignals)},
		Menu:             w.menu(),
		Logger:           wailsLog{o.Log}, LogLevelProduction: logger.WARNING,
		OnStartup: func(ctx context.Context) { w.ctx = ctx },
		// The page is only asked for after the check for another window, so this is the first moment to open the folder.
		OnDomReady:               func(ctx context.Context) { w.once.Do(func() { go w.open(ctx, p) }) },
		OnBeforeClose:            w.beforeClose,
		Bind:                     []any{w.native},
		EnableDefaultContextMenu: true, // copy and paste with the mouse
		DragAndDrop:              &options.DragAndDrop{EnableFileDrop: true},
		Linux:                    &linux.Options{Icon: o.Icon, ProgramName: "voldaan", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		Mac:                      &mac.Options{About: &mac.AboutInfo{Title: o.Title}},
	}
	if o.Instance != "" {
		sum := sha256.Sum256([]byte(o.Instance))
		app.SingleInstanceLock = &options.SingleInstanceLock{UniqueId: "voldaan_" + hex.EncodeToString(sum[:8]), OnSecondInstanceLaunch: w.second}
	}
	err := wails.Run(app)
	if closeErr := w.close(); err == nil {
		err = closeErr
	}
	if w.failed != nil {
		return w.failed
	}
	return err
}

// window is one run of the window.
type window struct {
	options Options
	outer   context.Context // the program's: its end closes the window
	bridge  *bridge
	native  *Native
	texts   texts

	once   sync.Once       // opens
	ending sync.Once       // quits: Wails minds being asked twice
	ctx    context.Context // Wails', set when the window exists
	cancel context.CancelFunc

	mu      sync.Mutex
	backend Backend
	failed  error
}

// open starts the program behind the window and everything that follows it.
func (w *window) open(ctx context.Context, p place) {
	keepSignals()
	w.restore(ctx, p)
	wails_runtime.OnFileDrop(ctx, func(_, _ int, paths []string) { w.dropped(paths) })
	running, cancel := context.WithCancel(w.outer)
	context.AfterFunc(w.outer, func() { w.quit(ctx) })
	backend, err := w.options.Open(running)
	w.mu.Lock()
	w.backend, w.failed, w.cancel = backend, err, cancel
	w.mu.Unlock()
	if err != nil {
		w.bridge.fail(err)
		w.options.Log.ErrorContext(ctx, "the program could not be opened", "error", err)
		w.tell(ctx, fault.As(err).Message)
		w.quit(ctx)
		return
	}
	w.bridge.connect(backend.ServeDesk)
	w.announce(running, ctx, backend.Payments(running))
}

// restore puts the window back where it was, when that is still on a screen.
func (w *window) restore(ctx context.Context, p place) {
	if !p.Known || p.Maximised {
		return
	}
	screens, err := wails_runtime.ScreenGetAll(ctx)
	if err != nil {
		return
	}
	width, height := 0, 0
	for _, s := range screens {
		width, height = max(width, s.Size.Width), max(height, s.Size.Height)
	}
	if p.on(width, height) {
		wails_runtime.WindowSetPosition(ctx, p.X, p.Y)
	}
}

// announce shows a notification for each payment until the channel closes.
func (w *window) announce(running, ctx context.Context, payments <-chan Payment) {
	if err := wails_runtime.InitializeNotifications(ctx); err != nil {
		w.options.Log.WarnContext(ctx, "no notifications on this desktop", "error", err)
	}
	defer wails_runtime.CleanupNotifications(ctx)
	for p := range payments {
		if running.Err() != nil {
			return
		}
		w.notify(w.texts.paid, p.Customer+"  "+p.Amount)
	}
}

func (w *window) quit(ctx context.Context) { w.ending.Do(func() { wails_runtime.Quit(ctx) }) }

func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	w.ending.Do(func() {})
	p := place{Maximised: wails_runtime.WindowIsMaximised(ctx)}
	p.Width, p.Height = wails_runtime.WindowGetSize(ctx)
	p.X, p.Y = wails_runtime.WindowGetPosition(ctx)
	if p.Maximised { // the size to go back to is the one from before
		old := loadPlace(w.options.StateFile)
		p.X, p.Y, p.Width, p.Height = old.X, old.Y, old.Width, old.Height
	}
	if err := p.save(w.options.StateFile); err != nil {
		w.options.Log.WarnContext(ctx, "the window's place was not kept", "error", err)
	}
	return false
}

// second is another start of the program on the same data folder.
func (w *window) second(options.SecondInstanceData) {
	if w.ctx == nil {
		return
	}
	wails_runtime.WindowUnminimise(w.ctx)
	wails_runtime.Show(w.ctx)
}

// close ends the program behind the window.
func (w *window) close() error {
	w.mu.Lock()
	backend, cancel := w.backend, w.cancel
	w.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	if backend == nil {
		return nil
	}
	// Closing the backend ends what its server still answers; then the listener can go.
	err := backend.Close()
	if pipeErr := w.bridge.close(); err == nil {
		err = pipeErr
	}
	return err
}

// keepSignals makes a nil dereference in Go an ordinary panic again, which the server recovers from: WebKit installs
// signal handlers of its own, without the flag that Go needs, whenever it first uses its JavaScript engine.
func keepSignals() { wails_runtime.ResetSignalHandlers() }
