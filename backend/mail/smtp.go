package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// sendTimeout bounds one delivery, connecting included.
const sendTimeout = 45 * time.Second

// verdict is how a try ended: which state follows, and what to tell the staff. Unreachable means that the server itself
// could not be used, so that other mails of the firm need not try in this round.
type verdict struct {
	state       State
	reason      string
	unreachable bool
}

// send hands one mail to the server.
func (o *Outbox) send(ctx context.Context, s Settings, f ledger.Firm, n Notice, c Content, at time.Time) verdict {
	message, err := compose(s, f, n, c, at)
	if err != nil {
		return verdict{state: Failed, reason: clean(err.Error())}
	}
	client, err := o.client(s)
	if err != nil {
		return verdict{state: Deferred, reason: clean(err.Error()), unreachable: true}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return verdict{state: Deferred, reason: connectReason(s, err), unreachable: true}
	}
	err = client.SendWithSMTPClient(conn, message)
	// The server has the mail or it has not; what happens while saying goodbye changes nothing.
	_ = client.CloseWithSMTPClient(conn)
	if message.IsDelivered() {
		return verdict{state: Sent}
	}
	return judge(err)
}

func (o *Outbox) client(s Settings) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port()), gomail.WithTimeout(sendTimeout / 3), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: o.roots, MinVersion: tls.VersionTLS12}),
	}
	switch s.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.Username != "" {
		// Auto-discovery offers mechanisms that send the password itself only over TLS.
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password))
	}
	return gomail.NewClient(s.Host, options...)
}

// compose makes the message. The Message-ID is the notice's own, so that a mail that goes out twice is known as one.
func compose(s Settings, f ledger.Firm, n Notice, c Content, at time.Time) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.FromFormat(oneLine(cmp.Or(s.FromName, f.Name)), s.FromEmail); err != nil {
		return nil, err
	}
	if err := m.To(n.To); err != nil {
		return nil, err
	}
	if reply, err := address(cmp.Or(f.Portal.Contact.Email, f.Email)); err == nil && reply != s.FromEmail {
		if err := m.ReplyTo(reply); err != nil {
			return nil, err
		}
	}
	_, domain, _ := strings.Cut(s.FromEmail, "@")
	m.SetMessageIDWithValue(n.ID.String() + "@" + domain)
	m.SetDateWithValue(at)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("Content-Language", letters.Language(n.Language))
	m.Subject(oneLine(n.Subject))
	m.SetBodyString(gomail.TypeTextPlain, c.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, c.HTML)
	return m, nil
}

// Test sends a test mail now, past the outbox, and says how it went.
func (o *Outbox) Test(ctx context.Context, firm ledger.FirmID, to string) error {
	to, err := address(to)
	if err != nil {
		return err
	}
	s, err := o.Settings(ctx, firm)
	if err != nil {
		return err
	}
	if s.Host == "" {
		return fault.Conflictf("mail.no_server", "there is no mail server in the settings yet")
	}
	var f ledger.Firm
	if err := o.books.View(ctx, func(r *books.Reader) error { f, err = r.Firm(firm); return err }); err != nil {
		return err
	}
	rendered, err := letters.Render(f.Language, letters.Test{Firm: sender(f), Host: s.Host})
	if err != nil {
		return err
	}
	at := o.books.Clock().Now()
	n := Notice{ID: newID(o), To: to, Subject: rendered.Subject, Language: f.Language}
	if v := o.send(ctx, s, f, n, Content{Text: rendered.Text, HTML: rendered.HTML}, at); v.state != Sent {
		return fault.New(fault.Unavailable, "mail.test_failed", "the test mail was not sent: %s", v.reason)
	}
	return nil
}

// connectReason explains why the server could not be used, without what it said word for word: that may hold secrets.
func connectReason(s Settings, err error) string {
	var (
		dns       *net.DNSError
		op        *net.OpError
		unknownCA x509.UnknownAuthorityError
		wrongName x509.HostnameError
		reply     *textproto.Error
	)
	where := fmt.Sprintf("%s:%d", s.Host, s.port())
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no server with the name %s", s.Host)
	case errors.As(err, &unknownCA), errors.As(err, &wrongName):
		return fmt.Sprintf("the certificate of %s is not one that this computer trusts for that name", s.Host)
	case errors.As(err, &reply) && (reply.Code == 535 || reply.Code == 534 || reply.Code == 530):
		return fmt.Sprintf("%s refused the user name or password (%d)", s.Host, reply.Code)
	case errors.As(err, &reply):
		return fmt.Sprintf("%s answered %d %s", s.Host, reply.Code, clean(reply.Msg))
	case strings.Contains(err.Error(), "STARTTLS"):
		return fmt.Sprintf("%s offers no STARTTLS; choose tls or another port", where)
	case errors.Is(err, gomail.ErrNoSupportedAuthDiscovered), errors.Is(err, gomail.ErrPlainAuthNotSupported):
		return fmt.Sprintf("%s offers no way to sign in that keeps the password secret", where)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &op) && op.Timeout():
		return fmt.Sprintf("%s did not answer in time", where)
	case errors.As(err, &op):
		return fmt.Sprintf("no connection with %s: is the address right and the server running?", where)
	}
	return fmt.Sprintf("%s could not be used: %s", where, clean(err.Error()))
}

// judge tells refusals for good (5xx) from everything else, which may pass.
func judge(err error) verdict {
	var sendErr *gomail.SendError
	if !errors.As(err, &sendErr) {
		return verdict{state: Deferred, reason: "the connection broke before the mail was accepted"}
	}
	code := sendErr.ErrorCode()
	switch {
	case code < 400:
		return verdict{state: Deferred, reason: "the connection broke before the mail was accepted"}
	case code < 500:
		return verdict{state: Deferred, reason: fmt.Sprintf("the mail server asks to try later (%d)", code)}
	case sendErr.Reason == gomail.ErrSMTPRcptTo:
		return verdict{state: Bounced, reason: fmt.Sprintf("the mail server says that this address cannot be delivered to (%d)", code)}
	case sendErr.Reason == gomail.ErrSMTPMailFrom:
		return verdict{state: Failed, reason: fmt.Sprintf("the mail server does not accept mail from this sender (%d)", code)}
	default:
		return verdict{state: Failed, reason: fmt.Sprintf("the mail server refused this mail (%d)", code)}
	}
}

// clean makes a foreign text fit to keep and show: one line, bounded.
func clean(s string) string {
	s = oneLine(s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) }), " ")
}
