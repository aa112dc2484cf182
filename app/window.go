package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/app/desktop"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/live"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/frontend"
)

// HasWindow reports whether this program has a window and there is a screen to show it on.
func HasWindow() bool { return desktop.Available && desktop.HasDisplay() }

// Window shows the desk in the program's own window until it is closed. start opens the data folder and makes it serve;
// it is called once the window is the only one for that folder. Window must be called on the main goroutine.
func Window(ctx context.Context, c config.Config, log *slog.Logger, start func(context.Context) (*Program, error)) error {
	return desktop.Run(ctx, desktop.Options{
		Title: "Voldaan", Assets: frontend.Desk(), Icon: frontend.Icon(), StateFile: filepath.Join(c.ConfigDir, "window.json"),
		Instance: c.Data, Language: c.Language, Log: log,
		Open: func(ctx context.Context) (desktop.Backend, error) {
			p, err := start(ctx)
			if err != nil {
				return nil, err
			}
			return windowed{p}, nil
		},
	})
}

// windowed is a Program as its window sees it.
type windowed struct{ *Program }

// LocalToken signs the page in as this computer's own user.
func (w windowed) LocalToken(context.Context) (string, error) { return w.Staff.LocalToken(), nil }

// DataFolder is where the ledger is.
func (w windowed) DataFolder() string { return w.Folder.Dir() }

// Close stops the program.
func (w windowed) Close() error { return w.Stop() }

// Payments are the customers' payments as they are settled.
func (w windowed) Payments(ctx context.Context) <-chan desktop.Payment {
	out := make(chan desktop.Payment)
	go func() {
		defer close(out)
		for ctx.Err() == nil {
			events, err := w.Live.Subscribe()
			if err != nil {
				return // the program is stopping
			}
			w.forward(ctx, events, out)
		}
	}()
	return out
}

// forward sends payments until ctx ends or the subscription does: one that fell behind, during an import, starts anew.
func (w windowed) forward(ctx context.Context, events *live.Subscription, out chan<- desktop.Payment) {
	defer events.Close()
	for {
		var e journal.Entry
		var ok bool
		select {
		case <-ctx.Done():
			return
		case e, ok = <-events.Entries():
		}
		if !ok {
			return
		}
		if e.Kind != "attempt.paid" {
			continue
		}
		select {
		case out <- w.payment(ctx, e):
		case <-ctx.Done():
			return
		}
	}
}

// payment is what the notification says; what cannot be read is left out of it.
func (w windowed) payment(ctx context.Context, e journal.Entry) desktop.Payment {
	var p desktop.Payment
	currency := money.Currency(e.Facts["currency"])
	if amount, err := money.Parse(e.Facts["amount"], currency); err == nil {
		p.Amount = amount.Format(w.Config.Language)
	}
	err := w.Books.View(ctx, func(r *books.Reader) error {
		for _, subject := range e.Subjects {
			if len(subject) != 16 {
				continue
			}
			if c, err := r.Customer(ledger.CustomerID(subject)); err == nil {
				p.Customer = c.Name
				return nil
			}
		}
		return nil
	})
	if err != nil {
		w.Log.DebugContext(ctx, "a payment's customer could not be read", "error", err)
	}
	return p
}
