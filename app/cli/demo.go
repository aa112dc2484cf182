package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/app/desktop"
	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/session"
)

// The sample firm's member of staff, for who looks at it in a browser.
const (
	demoName     = "Jolanda Veldhuis"
	demoEmail    = "jolanda@dekorenaar.example"
	demoPassword = "brood op de plank"
	demoCustomer = "10002"
)

type demoOptions struct{ noWindow bool }

func (c *call) demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{Use: "demo", Short: "The sample firm with the simulator, the portal and the desk; the window where there is a display",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.demo(cmd.Context(), o) }}
	cmd.Flags().BoolVar(&o.noWindow, "no-window", false, "servers only")
	return cmd
}

func (c *call) demo(ctx context.Context, o demoOptions) error {
	if c.data == "" && c.getenv("VOLDAAN_DATA") == "" {
		// The sample never mixes with the firm's own books.
		c.data = filepath.Join(filepath.Dir(c.config.Data), filepath.Base(c.config.Data)+"-demo")
	}
	if err := c.prepare(config.Flags{Mollie: config.Simulator}); err != nil {
		return err
	}
	if desktop.Available && desktop.HasDisplay() && !o.noWindow {
		return c.window(ctx, windowOptions{open: c.startDemo})
	}
	p, err := c.startDemo(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.Wait(ctx), p.Stop())
}

// startDemo makes the sample firm where there is none, starts everything and says where it is.
func (c *call) startDemo(ctx context.Context) (*app.Program, error) {
	l, err := c.openSample(ctx)
	if err != nil {
		return nil, err
	}
	p, err := app.Start(ctx, l, app.Listen{Portal: true, Desk: true, Free: true})
	if err != nil {
		return nil, err
	}
	f, err := l.Firm(ctx)
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	link, err := p.SignInLink(ctx, c.meta(f), f, demoCustomer, "")
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	if c.json {
		return p, c.printJSON(map[string]string{"portal": p.PortalURL(), "desk": p.DeskURL(), "mollie": p.MollieURL(), "data": c.config.Data,
			"email": demoEmail, "password": demoPassword, "sign_in": link.URL})
	}
	c.greet(p, fmt.Sprintf(c.text(
		"Gegevens %s\n\nAanmelden in de desk: %s / %s\nAls klant in het portaal (10 minuten geldig):\n%s\n",
		"Data     %s\n\nSign in to the desk: %s / %s\nAs a customer in the portal (valid for 10 minutes):\n%s\n"),
		c.config.Data, demoEmail, demoPassword, link.URL))
	return p, nil
}

// openSample opens the sample's folder, or makes it.
func (c *call) openSample(ctx context.Context) (*app.Ledger, error) {
	if app.Exists(c.config) {
		return c.open(ctx)
	}
	// The sample is made beside its place and moved there when it is complete: half a sample is never opened.
	making := c.config
	making.Data += ".making"
	if err := os.RemoveAll(making.Data); err != nil {
		return nil, err
	}
	if err := c.makeSample(ctx, making); err != nil {
		return nil, err
	}
	if err := os.Rename(making.Data, c.config.Data); err != nil {
		return nil, fault.Wrap(err, fault.Conflict, "folder.exists", "the folder "+c.config.Data+" is there already and is no data folder; choose another one").With("path", c.config.Data)
	}
	return c.open(ctx)
}

func (c *call) makeSample(ctx context.Context, cfg config.Config) (err error) {
	l, err := app.Create(ctx, cfg, c.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	bar := c.progress()
	_, err = l.LoadSample(ctx, c.actor(), func(done, all int) { bar.show(c.text("voorbeeld", "sample"), done, all) })
	bar.end()
	if err != nil {
		return err
	}
	_, err = l.Staff.AddUser(ctx, journal.Meta{Actor: c.actor()}, session.User{Name: demoName, Email: demoEmail, Role: access.Admin}, demoPassword)
	return err
}

// errNoDisplay says what to do on a computer without a window.
func errNoDisplay() error {
	return fault.New(fault.Unavailable, "cli.no_window", "there is no display, or this program was built without a window; start the servers with: voldaan serve")
}
