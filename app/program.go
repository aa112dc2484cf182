package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/app/control"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/live"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/openitems"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/search"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/backend/web/api"
	"github.com/voldaan/voldaan/backend/web/desk"
	"github.com/voldaan/voldaan/backend/web/portal"
	"github.com/voldaan/voldaan/backend/webhooks"
	"github.com/voldaan/voldaan/frontend"
)

// stopWithin bounds a clean stop: what has not ended by then is cut off.
const stopWithin = 4 * time.Second

// deskBody bounds a request to the staff API: a file to import.
const deskBody = 64<<20 + 64<<10

// server is what both Fiber applications are to this package.
type server interface {
	Listener(net.Listener) error
	ShutdownWithContext(context.Context) error
}

// Program is a ledger that serves. Stop ends it and closes the ledger.
type Program struct {
	*Ledger
	Columns *openitems.Columns
	Live    *live.Hub
	Outbox  *mail.Outbox
	Dunning *dunning.Service
	Pay     *pay.Service
	Index   *search.Index

	Requests *requests.Service
	Webhooks *webhooks.Service

	started   time.Time
	portal    *portal.Server
	portalErr string
	deskAt    string
	mollieAt  string
	desk      interface{ Serve(net.Listener) error }
	control   *control.Server // nil where there are no sockets

	cancel  context.CancelFunc
	running sync.WaitGroup
	servers []server
	failed  chan error
}

// Listen says which listeners a program opens.
type Listen struct {
	Portal, Desk bool
	// PortalMayFail lets the program go on without the portal when its address is taken; the desk says so.
	PortalMayFail bool
	// Free takes another port where the configured one is taken.
	Free bool
}

// Start makes a ledger serve. It owns the ledger from here on, also when it fails.
func Start(ctx context.Context, l *Ledger, listen Listen) (*Program, error) {
	p := &Program{Ledger: l, started: l.Books.Clock().Now(), failed: make(chan error, 1)}
	settle()
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	if err := p.start(ctx, run, listen); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func (p *Program) start(ctx, run context.Context, listen Listen) (err error) {
	if p.Columns, err = openitems.Load(ctx, p.Books); err != nil {
		return err
	}
	p.Live = live.New(p.Books.Log())
	p.Outbox = mail.New(p.Books, p.Log)
	p.Webhooks = webhooks.New(webhooks.Options{Books: p.Books, Describe: api.EventOf})
	p.Requests = requests.New(p.Books, teller{p})
	p.Dunning = p.Reminders(p.Outbox, commitments{})
	p.Index = search.New(search.Options{Books: p.Books, Keys: p.Folder.Keys, Dir: p.Folder.IndexDir(), Logger: p.Log})
	portalLn, err := p.openPortal(listen)
	if err != nil {
		return err
	}
	if err := p.startPayments(run); err != nil {
		return err
	}
	if err := p.startPortal(portalLn); err != nil {
		return err
	}
	if err := p.startDesk(listen); err != nil {
		return err
	}
	p.keep(run, "columns", p.Columns.Run)
	p.keep(run, "live events", p.Live.Run)
	p.keep(run, "search", p.Index.Run)
	p.keep(run, "confirmations", func(ctx context.Context) error { return p.Books.Log().Follow(ctx, p.Outbox.Confirmations()) })
	p.keep(run, "announcements", func(ctx context.Context) error { return p.Books.Log().Follow(ctx, p.Outbox.Collections()) })
	p.keep(run, "outbox", p.Outbox.Run)
	p.keep(run, "notices", p.Outbox.RunNotices)
	p.keep(run, "requests", p.Requests.Run)
	p.keep(run, "news of requests", func(ctx context.Context) error { return p.Books.Log().Follow(ctx, p.Requests.Notices()) })
	p.keep(run, "reminders", p.Dunning.Run)
	p.keep(run, "what became of reminders", func(ctx context.Context) error { return p.Books.Log().Follow(ctx, p.Dunning.Deliveries()) })
	p.keep(run, "payments", p.Pay.Run)
	p.keep(run, "webhooks", p.Webhooks.Run)
	p.keep(run, "backups", p.schedule)
	p.keep(run, "how far the books have come", p.watch)
	p.startControl(run)
	return p.announce()
}

// openPortal takes the customers' address early: payments need to know it.
func (p *Program) openPortal(listen Listen) (net.Listener, error) {
	if !listen.Portal || p.Config.Portal == "off" {
		return nil, nil
	}
	ln, err := listenOn(p.Config.Portal, listen.Free)
	if err != nil {
		if !listen.PortalMayFail {
			return nil, err
		}
		p.portalErr = fault.As(err).Message
		return nil, nil
	}
	p.portalAt = urlOf(ln)
	return ln, nil
}

func (p *Program) startPayments(run context.Context) error {
	o := pay.Options{Books: p.Books, Engine: p.Folder.Store, Log: p.Log, WebhookURL: p.webhookURL}
	switch p.Config.Mollie {
	case "":
		p.mollieAt = mollie.DefaultURL
	case config.Simulator:
		if err := p.startSimulator(run); err != nil {
			return err
		}
		o.SimulatorURL, o.Default = p.mollieAt, pay.ModeSimulator
	default:
		p.mollieAt = p.Config.Mollie
		o.APIURL, o.SimulatorURL, o.Default = p.mollieAt, p.mollieAt, pay.ModeSimulator
	}
	p.Pay = pay.New(o)
	return nil
}

// startSimulator serves the simulator on a port of its own.
func (p *Program) startSimulator(run context.Context) error {
	sim, err := StartSimulator(run, "127.0.0.1:0", p.Log)
	if err != nil {
		return err
	}
	p.mollieAt = sim.URL
	p.keep(run, "simulator", sim.Wait)
	return nil
}

// webhookURL is where the provider reaches this program. Mollie refuses addresses that it cannot reach; then polling
// does the work.
func (p *Program) webhookURL() string {
	base := p.Config.PublicURL
	if base == "" && p.Config.Mollie != "" {
		base = p.portalAt
	}
	if base == "" {
		return ""
	}
	return base + "/webhooks/mollie"
}

func (p *Program) startPortal(ln net.Listener) error {
	var err error
	p.portal, err = portal.New(portal.Options{Books: p.Books, Sessions: p.Portal, Payments: p.Pay, Requests: p.Requests, Mail: p.Outbox,
		Static: frontend.PortalStatic(), Logger: p.Log, Address: func() string { return p.portalAt }, PublicURL: p.Config.PublicURL,
		TrustedProxies: p.Config.Proxies, Practice: p.practice})
	if err != nil {
		return errors.Join(err, closeListener(ln))
	}
	if ln != nil {
		p.serve("portal", ln, p.portal.App())
	}
	return nil
}

func closeListener(ln net.Listener) error {
	if ln == nil {
		return nil
	}
	return ln.Close()
}

// practice reports that no real money moves at the firm.
func (p *Program) practice(ctx context.Context, f ledger.FirmID) bool {
	s, err := p.Pay.Settings(ctx, f)
	return err == nil && s.Mode != pay.ModeOff && !s.Live
}

func (p *Program) startDesk(listen Listen) error {
	app, err := web.NewApp(web.Options{Name: "desk", Logger: p.Log, Clock: p.Books.Clock(), CSP: desk.CSP, BodyLimit: deskBody,
		ReadTimeout: 2 * time.Minute, WriteTimeout: -1, TrustedProxies: p.Config.Proxies})
	if err != nil {
		return err
	}
	app.Use(web.SameOrigin(nil))
	app.Use(web.RateLimit(session.NewThrottle(p.Books.Clock(), 5*time.Millisecond, 2000, 4096)))
	api.Register(app, p.services())
	desk.Register(app, frontend.Desk())
	app.Handler() // builds the routes, so that listeners may be added from different goroutines
	p.desk = app.Server()
	if !listen.Desk {
		return nil
	}
	ln, err := listenOn(p.Config.Desk, listen.Free)
	if err != nil {
		return err
	}
	p.deskAt = urlOf(ln)
	p.serve("desk", ln, app)
	return nil
}

// ServeDesk answers the staff API on a further listener until it is closed: the window's, in memory.
func (p *Program) ServeDesk(ln net.Listener) error { return p.desk.Serve(ln) }

func (p *Program) services() api.Services {
	return api.Services{Log: p.Log, Books: p.Books, Staff: p.Staff, Live: p.Live, Lists: p.Columns, Links: linker{p}, Pay: p.Pay,
		Mail: p.Outbox, Reminders: p.Dunning, Search: p.Index, Imports: p.Importer(), Export: exporter.New(p.Books), Program: programInfo{p}, Requests: p.Requests, Webhooks: p.Webhooks}
}

// serve runs a server on a listener until the program stops.
func (p *Program) serve(name string, ln net.Listener, s server) {
	p.servers = append(p.servers, s)
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		if err := s.Listener(ln); err != nil && !errors.Is(err, net.ErrClosed) {
			p.fail(fmt.Errorf("the %s has stopped: %w", name, err))
		}
	}()
}

// restartAfter is how long a part that failed rests before it goes on from its cursor.
const restartAfter = 5 * time.Second

// keep runs a part until the program stops. A part that fails is logged and goes on after a while, from its cursor: the
// disk may have been full, the mail server's name unknown.
func (p *Program) keep(run context.Context, name string, part func(context.Context) error) {
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		for run.Err() == nil {
			err := guard(run, part)
			if run.Err() != nil {
				return
			}
			p.Log.LogAttrs(run, slog.LevelError, "a part of the program has failed and will start again", slog.String("part", name), slog.Any("error", err))
			rest := time.NewTimer(restartAfter)
			select {
			case <-run.Done():
				rest.Stop()
			case <-rest.C:
			}
		}
	}()
}

// guard turns a panic into an error, so that one part never takes the others with it.
func guard(ctx context.Context, part func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return part(ctx)
}

func (p *Program) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
}

// Ready is the line that tells where everything is.
func (p *Program) Ready() []byte {
	b, err := json.Marshal(struct {
		Portal string `json:"portal"`
		Desk   string `json:"desk"`
		Mollie string `json:"mollie"`
	}{p.portalAt, p.deskAt, p.mollieAt})
	if err != nil {
		return []byte("{}")
	}
	return append(b, '\n')
}

// PortalURL and DeskURL are where the listeners answer; empty where there is none.
func (p *Program) PortalURL() string { return p.portalAt }

// DeskURL is where the staff's listener answers.
func (p *Program) DeskURL() string { return p.deskAt }

// MollieURL is where the payment provider, or its simulator, answers.
func (p *Program) MollieURL() string { return p.mollieAt }

// Wait returns when ctx ends (nil) or a listener fails.
func (p *Program) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-p.failed:
		return err
	}
}

// Stop ends everything and closes the ledger. Requests get a few seconds to end.
func (p *Program) Stop() error {
	p.cancel()
	ctx, stop := context.WithTimeout(context.Background(), stopWithin)
	defer stop()
	var errs []error
	var down sync.WaitGroup
	var mu sync.Mutex
	for _, s := range p.servers {
		down.Add(1)
		go func() {
			defer down.Done()
			if err := s.ShutdownWithContext(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		}()
	}
	down.Wait()
	p.running.Wait()
	if p.portal != nil {
		p.portal.Close()
	}
	if p.control != nil {
		errs = append(errs, p.control.Close())
	}
	return errors.Join(append(errs, p.unannounce(), p.Ledger.Close())...)
}

// listenOn opens a TCP address. With free, another port is taken where this one is in use.
func listenOn(addr string, free bool) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		return ln, nil
	}
	if free {
		host, _, splitErr := net.SplitHostPort(addr)
		if splitErr == nil {
			if ln, err := net.Listen("tcp", net.JoinHostPort(host, "0")); err == nil {
				return ln, nil
			}
		}
	}
	return nil, fault.Wrap(err, fault.Unavailable, "app.address", "the address "+addr+" cannot be used; another program may have it. Choose another one").With("address", addr)
}

// urlOf is the address at which a listener on this computer answers.
func urlOf(ln net.Listener) string {
	a, ok := ln.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := a.IP.String()
	if a.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(a.Port))
}
