// Package portal serves the customers' pages of frontend/portal.
//
// A visitor comes in by a sign-in link or a pay link (package session) and sees one customer's account, or only the
// documents of the pay link. Every read goes through books.PortalView, which is made from the session's or link's scope:
// a handler cannot even name somebody else's data, and what is outside the scope answers, byte for byte, like what does
// not exist. Routes lists every route and which of its parameters are ids, so that a test can try them all.
//
// Pages are whole HTML documents that work without JavaScript. Whatever changes something is a POST that carries a form
// token (session.FormToken) and comes from our own origin. Looking at a link changes nothing.
//
// A payment is started at the provider by package pay. The payer comes back to /r/{token}, an address that shows just
// that payment, asks the provider for its state and says only what is certain.
package portal

import (
	"context"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/document"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web"
)

// Payments is what the portal needs of package pay.
type Payments interface {
	// Start records an attempt and makes the provider's payment; the attempt has a CheckoutURL.
	Start(ctx context.Context, m journal.Meta, o pay.Order) (ledger.Attempt, error)
	// Refresh asks the provider how an attempt stands.
	Refresh(ctx context.Context, id ledger.AttemptID) (ledger.Attempt, error)
	// Methods are the ways to pay an amount, named in a language.
	Methods(ctx context.Context, f ledger.FirmID, amount money.Amount, language string) ([]pay.Method, error)
	// Store records a method to be stored and makes its first payment; Charge pays with a stored one, without a checkout.
	Store(ctx context.Context, m journal.Meta, o pay.StoreOrder) (ledger.Attempt, error)
	Charge(ctx context.Context, m journal.Meta, o pay.Order, mandate ledger.MandateID) (ledger.Attempt, error)
	// Remove takes a stored method out of use.
	Remove(ctx context.Context, m journal.Meta, customer ledger.CustomerID, id ledger.MandateID) error
	// Storable are the methods that can be stored.
	Storable(ctx context.Context, f ledger.FirmID, language string) ([]pay.Method, error)
	// Mode is "live", "test" or nothing: stored methods work only in the mode in which they were stored.
	Mode(ctx context.Context, f ledger.FirmID) string
	// Webhook takes the provider's hint about one of its ids.
	Webhook(ctx context.Context, ref string) error
}

// Mail is what the portal needs of the outbox.
type Mail interface {
	EnqueueSignIn(ctx context.Context, m journal.Meta, in mail.SignIn) (mail.NoticeID, error)
	EnqueueInvitation(ctx context.Context, m journal.Meta, in mail.Invitation) (mail.NoticeID, error)
	NoticeSettings(ctx context.Context, f ledger.FirmID) (mail.NoticeSettings, error)
	Preferences(ctx context.Context, f ledger.FirmID, c ledger.ContactID) (map[mail.Topic]bool, error)
	SetPreferences(ctx context.Context, m journal.Meta, c ledger.ContactID, want map[mail.Topic]bool) error
}

// Options make a portal. All but the last group are required.
type Options struct {
	Books    *books.Books
	Sessions *session.Portal
	Payments Payments
	Requests *requests.Service
	Mail     Mail
	Static   fs.FS // frontend.PortalStatic()
	Logger   *slog.Logger

	// Address is where the listener can be reached when no public address is known: "http://127.0.0.1:8480".
	Address func() string

	PublicURL      string   // goes before the firms' own
	Hosts          []string // see web.Options
	TrustedProxies []string
	Ready          func(context.Context) error
	// PerSecond is how many requests one client network may send for long; at once it is twenty times as many. 0 is 50.
	PerSecond int
	// Practice says whether the firm's payments are not real: the simulator or a test key. nil: they are real.
	Practice func(ctx context.Context, f ledger.FirmID) bool
}

// Server is the portal. Close waits for mails that are being written.
type Server struct {
	o      Options
	clock  civil.Clock
	assets *assets
	papers *document.Maker
	app    *fiber.App

	refreshes *session.Throttle // how often one attempt is asked about
	invites   *session.Throttle // how many colleagues one contact invites
	tasks     sync.WaitGroup
	slots     chan struct{}
}

// Limits.
const (
	bodyLimit     = 64 << 10
	providerWait  = 8 * time.Second  // how long a page waits for the provider
	webhookWait   = 12 * time.Second // the provider gives up after 15
	backgroundMax = 16               // mails being written at the same time
)

const (
	policyBase = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; "
	policy = policyBase + "frame-ancestors 'none'"
)

// New makes the portal; App is what to listen with.
func New(o Options) (*Server, error) {
	clock := o.Books.Clock()
	s := &Server{o: o, clock: clock, papers: document.New(o.Books), slots: make(chan struct{}, backgroundMax), refreshes: session.NewThrottle(clock, 2*time.Second, 2, 4096),
		invites: session.NewThrottle(clock, 3*time.Minute, 20, 4096)}
	var err error
	if s.assets, err = loadAssets(o.Static); err != nil {
		return nil, err
	}
	s.app, err = web.NewApp(web.Options{Name: "portal", Logger: o.Logger, Clock: clock, PublicURL: o.PublicURL, Hosts: o.Hosts,
		AllowHost: s.firmsHost, TrustedProxies: o.TrustedProxies, BodyLimit: bodyLimit, Larger: s.larger, CSP: policy, Ready: o.Ready, Render: s.renderFault})
	if err != nil {
		return nil, err
	}
	s.app.Use(web.SameOrigin(func(c *fiber.Ctx) string { return s.o.PublicURL }))
	perSecond := o.PerSecond
	if perSecond <= 0 {
		perSecond = 50
	}
	s.app.Use(web.RateLimit(session.NewThrottle(clock, time.Second/time.Duration(perSecond), 20*perSecond, 8192)))
	for _, r := range s.routes() {
		s.app.Add(r.Method, r.Path, r.handle)
		if r.Method == fiber.MethodGet {
			s.app.Head(r.Path, r.handle)
		}
	}
	return s, nil
}

// App is the Fiber app to listen with.
func (s *Server) App() *fiber.App { return s.app }

// Close waits for what goes on in the background. Shut the app down first.
func (s *Server) Close() { s.tasks.Wait() }

// later does something that the visitor does not wait for. It reports false when too much is going on already.
func (s *Server) later(what string, fn func(context.Context) error) bool {
	select {
	case s.slots <- struct{}{}:
	default:
		return false
	}
	s.tasks.Add(1)
	go func() {
		defer func() { <-s.slots; s.tasks.Done() }()
		ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
		defer stop()
		if err := fn(ctx); err != nil {
			s.o.Logger.LogAttrs(ctx, slog.LevelError, "background work failed", slog.String("what", what), slog.Any("error", err))
		}
	}()
	return true
}

// firmsHost allows the host names that firms have set as their portal's address.
func (s *Server) firmsHost(host string) bool {
	found := false
	_ = s.o.Books.View(context.Background(), func(r *books.Reader) error {
		firms, err := r.Firms()
		for _, f := range firms {
			found = found || atHost(f, host)
		}
		return err
	})
	return found
}

// atHost reports whether a host name is the firm's own.
func atHost(f ledger.Firm, host string) bool {
	return host != "" && (hostOf(f.Portal.PublicURL) == host || slices.Contains(f.Portal.Hosts, host))
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// base is the fixed address under which customers reach a firm's portal; never what a Host header says.
func (s *Server) base(f ledger.Firm) string {
	for _, a := range []string{s.o.PublicURL, f.Portal.PublicURL} {
		if a != "" {
			return strings.TrimRight(a, "/")
		}
	}
	return strings.TrimRight(s.o.Address(), "/")
}

// SignInURL and PayURL are the addresses of links that the staff issue.
func (s *Server) SignInURL(f ledger.Firm, token string) string { return s.base(f) + "/l/" + token }

// PayURL is the address of a pay link.
func (s *Server) PayURL(f ledger.Firm, token string) string { return s.base(f) + "/p/" + token }
