package mail_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/mail/mailtest"
	"github.com/voldaan/voldaan/backend/money"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is books, an outbox and a mail server.
type office struct {
	*bookstest.Books
	*mail.Outbox
	server *mailtest.Server
	t      *testing.T
}

func open(t *testing.T, mode mailtest.Mode, security mail.Security) *office {
	t.Helper()
	s, err := mailtest.Start(mode, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	b := bookstest.Open(t)
	o := &office{Books: b, server: s, t: t}
	o.restart()
	if security != "" {
		o.configure(mail.Settings{Host: s.Host, Port: s.Port, Security: security, FromEmail: "post@korenaar.example"})
	}
	return o
}

// restart makes a new outbox over the same books, as a new start of the program does.
func (o *office) restart() {
	o.Outbox = mail.New(o.Books.Books, slog.New(slog.DiscardHandler), mail.WithRoots(o.server.Roots))
}

func (o *office) configure(s mail.Settings) {
	o.t.Helper()
	if _, err := o.SetSettings(o.Ctx, o.Meta(), s, false); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) signIn() mail.NoticeID {
	o.t.Helper()
	id, err := o.EnqueueSignIn(o.Ctx, o.Meta(), mail.SignIn{To: "klant@example.nl", Name: "J. Vermeer", URL: "https://portal.example/l/secret",
		Code: "012345", Expires: o.Clock.Now().Add(10 * time.Minute), Language: "nl"})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (o *office) deliver() time.Time {
	o.t.Helper()
	next, err := o.Deliver(o.Ctx)
	if err != nil {
		o.t.Fatal(err)
	}
	return next
}

func (o *office) expect(id mail.NoticeID, want mail.State) (mail.Notice, mail.Content) {
	o.t.Helper()
	n, c, err := o.Get(o.Ctx, o.Firm.ID, id)
	if err != nil {
		o.t.Fatal(err)
	}
	if n.State != want {
		o.t.Fatalf("the mail is %s (%s), want %s", n.State, n.Reason, want)
	}
	return n, c
}

func TestSentOverEveryProtection(t *testing.T) {
	for _, c := range []struct {
		name     string
		mode     mailtest.Mode
		security mail.Security
		password string
	}{
		{"plain", mailtest.Plain, mail.NoSecurity, ""},
		{"starttls", mailtest.StartTLS, mail.StartTLS, ""},
		{"starttls with a password", mailtest.StartTLS, mail.StartTLS, "geheim"},
		{"tls with a password", mailtest.TLS, mail.TLS, "geheim"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := open(t, c.mode, "")
			s := mail.Settings{Host: o.server.Host, Port: o.server.Port, Security: c.security, FromEmail: "post@korenaar.example"}
			if o.server.Password = c.password; c.password != "" {
				s.Username, s.Password = "voldaan", c.password
			}
			o.configure(s)
			id := o.signIn()
			if _, content := o.expect(id, mail.Queued); !strings.Contains(content.HTML, "https://portal.example/l/secret") {
				t.Error("the mail to come cannot be read")
			}
			o.deliver()
			n, content := o.expect(id, mail.Sent)
			if n.Tries != 1 || content != (mail.Content{}) {
				t.Errorf("%d tries, and its link is still kept: %v", n.Tries, content != mail.Content{})
			}
			got := o.server.Messages()
			if len(got) != 1 {
				t.Fatalf("%d mails arrived, want 1", len(got))
			}
			m := got[0]
			if m.Secure != (c.security != mail.NoSecurity) || (c.password != "") != (m.User == "voldaan") {
				t.Errorf("came over TLS: %v, signed in as %q", m.Secure, m.User)
			}
			if diff := cmp.Diff([]string{"post@korenaar.example", "klant@example.nl", "Uw inloglink voor Bakkerij De Korenaar", "nl", "<" + id.String() + "@korenaar.example>"},
				[]string{m.From, strings.Join(m.To, ","), m.Subject(), m.Header.Get("Content-Language"), m.Header.Get("Message-Id")}); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(m.Text, "012345") || !strings.Contains(m.HTML, "https://portal.example/l/secret") {
				t.Errorf("the mail lacks its code or link:\n%s", m.Text)
			}
		})
	}
}

func TestWithoutAServerMailIsKeptAndShown(t *testing.T) {
	o := open(t, mailtest.Plain, "")
	id := o.signIn()
	o.deliver()
	n, c := o.expect(id, mail.Kept)
	if !strings.Contains(c.Text, "https://portal.example/l/secret") || n.Reason == "" {
		t.Errorf("the kept mail does not help: %+v %+v", n, c)
	}
	o.configure(mail.Settings{Host: o.server.Host, Port: o.server.Port, Security: mail.NoSecurity, FromEmail: "post@korenaar.example"})
	o.deliver()
	o.expect(id, mail.Kept) // nobody is mailed an old link because settings changed
	if _, err := o.Retry(o.Ctx, o.Meta(), id); err != nil {
		t.Fatal(err)
	}
	o.deliver()
	o.expect(id, mail.Sent)
	if _, err := o.Retry(o.Ctx, o.Meta(), id); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a sent mail could be sent again: %v", err)
	}
}

func TestTroubleOnTheWay(t *testing.T) {
	for _, c := range []struct {
		name  string
		stage string
		code  int
		want  mail.State
	}{
		{"greylisted", "rcpt", 451, mail.Deferred},
		{"unknown recipient", "rcpt", 550, mail.Bounced},
		{"sender refused", "mail", 553, mail.Failed},
		{"contents refused", "data", 554, mail.Failed},
		{"contents for later", "data", 452, mail.Deferred},
		{"server busy", "connect", 421, mail.Deferred},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := open(t, mailtest.Plain, mail.NoSecurity)
			o.server.Refuse(func(stage, _ string) error {
				if stage == c.stage {
					return mailtest.Code(c.code)
				}
				return nil
			})
			id := o.signIn()
			next := o.deliver()
			n, content := o.expect(id, c.want)
			if len(o.server.Messages()) != 0 || n.Reason == "" || n.Tries != 1 {
				t.Errorf("%d mails arrived, %d tries, reason %q", len(o.server.Messages()), n.Tries, n.Reason)
			}
			if c.want != mail.Deferred {
				if content != (mail.Content{}) || !next.IsZero() {
					t.Error("a finished mail keeps its link or waits for something")
				}
				return
			}
			if !next.Equal(n.NextTry) || !next.After(o.Clock.Now()) {
				t.Errorf("the next try is at %s, want %s", next, n.NextTry)
			}
			o.deliver()
			if n, _ := o.expect(id, mail.Deferred); n.Tries != 1 {
				t.Error("tried again before its time")
			}
			o.server.Refuse(nil)
			o.Clock.Set(next)
			o.restart()
			o.deliver()
			if n, _ := o.expect(id, mail.Sent); n.Tries != 2 {
				t.Errorf("sent after %d tries, want 2", n.Tries)
			}
		})
	}
}

func TestServerDown(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	o.server.Close()
	first, second := o.signIn(), o.signIn()
	o.deliver()
	n, _ := o.expect(first, mail.Deferred)
	if !strings.Contains(n.Reason, "no connection") {
		t.Errorf("reason %q", n.Reason)
	}
	if n, _ := o.expect(second, mail.Deferred); n.Tries != 0 {
		t.Errorf("the second mail was tried %d times at a server known to be down", n.Tries)
	}
	o.Clock.Advance(11 * time.Minute)
	o.deliver()
	if n, c := o.expect(first, mail.Canceled); c != (mail.Content{}) || n.Reason == "" {
		t.Error("an expired sign-in link is kept, or nobody is told why it was not sent")
	}
	if _, err := o.Retry(o.Ctx, o.Meta(), first); fault.KindOf(err) != fault.Conflict {
		t.Errorf("an expired link could be sent: %v", err)
	}
}

func TestGivenUpAfterTwoDays(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	o.server.Refuse(func(string, string) error { return mailtest.Code(421) })
	id, err := o.EnqueuePayLink(o.Ctx, o.Meta(), mail.PayLink{To: "klant@example.nl", URL: "https://portal.example/p/secret",
		Lines: []mail.PayLinkLine{{Number: "2026-1", Open: money.Of(12100, "EUR")}}})
	if err != nil {
		t.Fatal(err)
	}
	last := time.Duration(0)
	for range 100 {
		next := o.deliver()
		if next.IsZero() {
			break
		}
		if wait := next.Sub(o.Clock.Now()); wait < last {
			t.Errorf("the wait shrank from %s to %s", last, wait)
		} else {
			last = wait
		}
		o.Clock.Set(next)
	}
	n, _ := o.expect(id, mail.Failed)
	if n.Tries < 8 || n.Tries > 30 {
		t.Errorf("given up after %d tries", n.Tries)
	}
}

func TestWrongPasswordAndUntrustedServer(t *testing.T) {
	o := open(t, mailtest.StartTLS, "")
	o.server.Password = "geheim"
	s := mail.Settings{Host: o.server.Host, Port: o.server.Port, Security: mail.StartTLS, FromEmail: "post@korenaar.example", Username: "voldaan", Password: "fout"}
	o.configure(s)
	if err := o.Test(o.Ctx, o.Firm.ID, "ik@example.nl"); err == nil || !strings.Contains(fault.As(err).Message, "password") || strings.Contains(err.Error(), "fout") {
		t.Errorf("a wrong password is reported as: %v", err)
	}
	stranger := mail.New(o.Books.Books, slog.New(slog.DiscardHandler))
	if err := stranger.Test(o.Ctx, o.Firm.ID, "ik@example.nl"); err == nil || !strings.Contains(fault.As(err).Message, "certificate") {
		t.Errorf("an untrusted certificate is reported as: %v", err)
	}
	s.Password = "geheim"
	o.configure(s)
	if err := o.Test(o.Ctx, o.Firm.ID, "ik@example.nl"); err != nil {
		t.Error(err)
	}
	// The kept password is used when none is given, and STARTTLS is never given up silently.
	if _, err := o.SetSettings(o.Ctx, o.Meta(), mail.Settings{Host: s.Host, Port: s.Port, Security: mail.StartTLS, FromEmail: s.FromEmail, Username: "voldaan"}, true); err != nil {
		t.Fatal(err)
	}
	if err := o.Test(o.Ctx, o.Firm.ID, "ik@example.nl"); err != nil {
		t.Error(err)
	}
	plain := open(t, mailtest.Plain, mail.StartTLS)
	if err := plain.Test(plain.Ctx, plain.Firm.ID, "ik@example.nl"); err == nil || len(plain.server.Messages()) != 0 {
		t.Errorf("mail left in clear although STARTTLS was asked for: %v", err)
	}
}

func TestHeaderInjectionIsRefused(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	for _, to := range []string{"a@example.nl\r\nBcc: b@example.nl", "a@example.nl\nX: y", "a@example.nl,b@example.nl", "A <a@example.nl>", "a@example.nl\x00", "", "a"} {
		_, err := o.EnqueueSignIn(o.Ctx, o.Meta(), mail.SignIn{To: to, URL: "https://x/", Code: "1", Expires: o.Clock.Now().Add(time.Minute)})
		if fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("recipient %q: %v", to, err)
		}
	}
	for _, s := range []mail.Settings{
		{Host: "h", Security: mail.TLS, FromEmail: "a@example.nl\r\nBcc: b@example.nl"},
		{Host: "h", Security: mail.TLS, FromEmail: "a@example.nl", FromName: "x\r\nBcc: b@example.nl"},
		{Host: "h\r\nEHLO", Security: mail.TLS, FromEmail: "a@example.nl"},
		{Host: "h", Security: mail.NoSecurity, FromEmail: "a@example.nl", Username: "u", Password: "p"},
		{Host: "h", Security: "ssl3", FromEmail: "a@example.nl"},
	} {
		if _, err := o.SetSettings(o.Ctx, o.Meta(), s, false); err == nil || len(fault.As(err).Fields) == 0 {
			t.Errorf("settings %+v: %v", s, err)
		}
	}
	f := o.Firm
	f.Name = "Korenaar\r\nBcc: b@example.nl"
	if _, err := o.UpdateFirm(o.Ctx, o.Meta(), f); err != nil {
		t.Skip("the books refuse such a name already")
	}
	o.signIn()
	o.deliver()
	for _, m := range o.server.Messages() {
		if m.Header.Get("Bcc") != "" || len(m.To) != 1 {
			t.Errorf("a name became a header: %v", m.Header)
		}
	}
}

func TestOthersFirmsMailsDoNotExist(t *testing.T) {
	o := open(t, mailtest.Plain, "")
	id := o.signIn()
	other, err := o.CreateFirm(o.Ctx, journal.Meta{}, ledger.Firm{Name: "Ander", Country: "NL", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = o.Get(o.Ctx, other.ID, id)
	_, _, unknown := o.Get(o.Ctx, other.ID, mail.NoticeID{1})
	if err == nil || unknown == nil || err.Error() != unknown.Error() {
		t.Errorf("another firm's mail answers %v, an unknown one %v", err, unknown)
	}
	if list, err := o.List(o.Ctx, other.ID, mail.Query{}); err != nil || len(list) != 0 {
		t.Errorf("%d mails, error %v", len(list), err)
	}
}

func TestListAndCancel(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	var ids []mail.NoticeID
	for range 5 {
		ids = append(ids, o.signIn())
	}
	if _, err := o.Cancel(o.Ctx, o.Meta(), ids[2], "verkeerd adres"); err != nil {
		t.Fatal(err)
	}
	o.deliver()
	if got := len(o.server.Messages()); got != 4 {
		t.Errorf("%d mails arrived, want 4: a mail that was taken back is not sent", got)
	}
	page, err := o.List(o.Ctx, o.Firm.ID, mail.Query{Limit: 2})
	if err != nil || len(page) != 2 || page[0].ID != ids[4] || page[1].ID != ids[3] {
		t.Fatalf("first page %v, %v", page, err)
	}
	page, err = o.List(o.Ctx, o.Firm.ID, mail.Query{Before: page[1].ID, States: []mail.State{mail.Sent}})
	if err != nil || len(page) != 2 || page[0].ID != ids[1] || page[1].ID != ids[0] {
		t.Fatalf("second page %v, %v", page, err)
	}
	if _, err := o.Cancel(o.Ctx, o.Meta(), ids[0], ""); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a sent mail could be taken back: %v", err)
	}
}

// pay makes a customer, two invoices, and pays both with 10.00 too much agreed on beforehand.
func (o *office) pay(paidOn string) ledger.Attempt {
	o.t.Helper()
	c := o.Customer("Jansen Bouw")
	first := o.Invoice(c, "2026-0412", "2026-06-01", "2026-06-15", 91000)
	second := o.Invoice(c, "2026-0455", "2026-06-10", "2026-07-10", 257250)
	a, err := o.CreateAttempt(o.Ctx, o.Meta(), ledger.Attempt{Customer: c.ID, PayerEmail: "inkoop@jansen.example", Language: "nl", Provider: "mollie",
		Lines: []ledger.AttemptLine{{Document: first.ID, Amount: 91000}, {Document: second.ID, Amount: 100000}}, Amount: money.Of(191000, "EUR")})
	if err != nil {
		o.t.Fatal(err)
	}
	_, err = o.SettleAttempt(o.Ctx, journal.Meta{Firm: o.Firm.ID}, a.ID, books.Settlement{ProviderRef: "tr_" + a.ID.String()[:8] + a.ID.String()[20:],
		PaidOn: civil.MustParse(paidOn), Amount: money.Of(191000, "EUR"), Method: ledger.MethodIDEAL})
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

func (o *office) entries() []journal.Entry {
	o.t.Helper()
	e, err := o.Log().Read(o.Ctx, 1, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	return e
}

func TestAPaymentIsConfirmedOnce(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	o.pay("2026-06-30")
	entries := o.entries()
	for range 3 { // after a crash, entries come again
		if err := o.Confirmations().Apply(o.Ctx, entries); err != nil {
			t.Fatal(err)
		}
		o.deliver()
		o.restart()
	}
	got := o.server.Messages()
	if len(got) != 1 {
		t.Fatalf("%d confirmations, want 1", len(got))
	}
	text := strings.ReplaceAll(got[0].Text, "\u00a0", " ")
	for _, want := range []string{"30 juni 2026", "€ 1.910,00", "2026-0412  € 910,00", "2026-0455  € 1.000,00", "iDEAL"} {
		if !strings.Contains(text, want) {
			t.Errorf("the confirmation lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "tegoed") {
		t.Errorf("the confirmation speaks of credit where there is none:\n%s", text)
	}
	list, err := o.List(o.Ctx, o.Firm.ID, mail.Query{})
	if err != nil || len(list) != 1 || list[0].Customer.IsZero() {
		t.Fatalf("%v, %v", list, err)
	}
	if _, c := o.expect(list[0].ID, mail.Sent); c.Text == "" {
		t.Error("what was confirmed can no longer be read back")
	}
}

func TestOldPaymentsAreNotNews(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	o.pay("2026-06-10")
	recent := o.entries()
	if err := o.Confirmations().Apply(o.Ctx, recent); err != nil {
		t.Fatal(err)
	}
	if list, _ := o.List(o.Ctx, o.Firm.ID, mail.Query{}); len(list) != 0 {
		t.Errorf("a payment of three weeks ago was confirmed: %v", list)
	}
}

func TestRunSendsWhatTheJournalBrings(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	ctx, stop := context.WithCancel(o.Ctx)
	done := make(chan error, 2)
	go func() { done <- o.Run(ctx) }()
	go func() { done <- o.Log().Follow(ctx, o.Confirmations()) }()
	arrived := o.server.Arrived()
	o.pay("2026-06-30")
	select {
	case <-arrived:
	case <-time.After(20 * time.Second):
		t.Error("no confirmation came")
	}
	stop()
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
}
