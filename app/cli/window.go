package cli

import (
	"context"
	"net"
	"path/filepath"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/desktop"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/frontend"
)

// windowOptions say what the window shows: open starts the program behind it; nil is the person's own books.
type windowOptions struct {
	open func(context.Context) (*app.Program, error)
}

// window shows the desk in a window until it is closed.
func (c *call) window(ctx context.Context, o windowOptions) error {
	if !desktop.Available || !desktop.HasDisplay() {
		return errNoDisplay()
	}
	if o.open == nil {
		o.open = c.openWindowed
	}
	return desktop.Run(ctx, desktop.Options{
		Title: "Voldaan", Assets: frontend.Desk(), Icon: frontend.Icon(), StateFile: filepath.Join(c.config.ConfigDir, "window.json"), Instance: c.config.Data,
		Language: c.config.Language, Log: c.log,
		Open: func(ctx context.Context) (desktop.Backend, error) {
			p, err := o.open(ctx)
			if err != nil {
				return nil, err
			}
			return backend{p}, nil
		},
	})
}

// openWindowed opens the person's books, or makes an empty folder in which the desk shows the first run. The portal runs
// beside the window.
func (c *call) openWindowed(ctx context.Context) (*app.Program, error) {
	var l *app.Ledger
	var err error
	if app.Exists(c.config) {
		l, err = c.open(ctx)
	} else {
		l, err = app.Create(ctx, c.config, c.log)
	}
	if err != nil {
		return nil, err
	}
	return app.Start(ctx, l, app.Listen{Portal: true, PortalMayFail: true})
}

// backend is the program as the window sees it.
type backend struct{ p *app.Program }

func (b backend) ServeDesk(ln net.Listener) error { return b.p.ServeDesk(ln) }

func (b backend) LocalToken(context.Context) (string, error) { return b.p.Staff.LocalToken(), nil }

func (b backend) DataFolder() string { return b.p.Folder.Dir() }

func (b backend) Close() error { return b.p.Stop() }

// Payments tells about money that comes in through the portal.
func (b backend) Payments(ctx context.Context) <-chan desktop.Payment {
	out := make(chan desktop.Payment)
	go func() {
		defer close(out)
		b.p.Settled(ctx, func(e journal.Entry, customer, amount string) {
			select {
			case out <- desktop.Payment{Customer: customer, Amount: amount}:
			case <-ctx.Done():
			}
		})
	}()
	return out
}
