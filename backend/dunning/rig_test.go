package dunning_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/mail/mailtest"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// office is books with a mail server, an outbox and the reminders over them.
type office struct {
	*bookstest.Books
	*dunning.Service
	t      testing.TB
	outbox *mail.Outbox
	server *mailtest.Server
	holds  *holds
	seq    uint64 // up to which the deliveries were followed
}

// holds are what the test says about promises and so on.
type holds struct {
	of     map[ledger.CustomerID][]dunning.Hold
	broken map[ledger.CustomerID]int
}

func (h *holds) Holds(_ *books.Reader, c ledger.CustomerID, _ civil.Date) ([]dunning.Hold, int, error) {
	return h.of[c], h.broken[c], nil
}

// post writes the letters that this test looks for: the words are tested in frontend/mail, the wiring in app.
type post struct{ outbox *mail.Outbox }

func (p post) Recipient(r *books.Reader, c ledger.Customer) (ledger.Contact, bool, error) {
	to, err := p.outbox.Recipients(r, c, mail.TopicReminders)
	if err != nil || len(to) == 0 {
		return ledger.Contact{}, false, err
	}
	return to[0], true, nil
}

func (p post) Put(tx *journal.Tx, l dunning.Letter) ([16]byte, error) {
	r := letters.Reminder{Firm: mail.Sender(l.Firm), Kind: letters.ReminderKind(l.Step.Tone), Total: l.Total, URL: l.PayURL}
	if l.Step.Tone == ladder.Formal {
		r.Kind = letters.ReminderConsumer
	}
	for _, x := range l.Lines {
		r.Lines = append(r.Lines, letters.ReminderLine{Line: letters.Line{Number: x.Number, Due: x.Due, Amount: x.Amount}, Issued: x.Issued})
	}
	id, err := p.outbox.Put(tx, l.Firm, mail.Notice{Customer: l.Customer.ID, Kind: mail.KindReminder, To: l.Step.To, Language: "nl"}, r)
	return id, err
}

type links struct{}

func (links) PayLink(context.Context, journal.Meta, ledger.CustomerID, []ledger.DocumentID) (string, civil.Date, error) {
	return "https://portal.example/p/x", 0, nil
}

// open makes an office on a morning.
func open(t testing.TB, today string) *office {
	t.Helper()
	s, err := mailtest.Start(mailtest.Plain, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	o := &office{Books: bookstest.Open(t), t: t, server: s, holds: &holds{map[ledger.CustomerID][]dunning.Hold{}, map[ledger.CustomerID]int{}}}
	o.day(civil.MustParse(today))
	o.restart()
	if _, err := o.outbox.SetSettings(o.Ctx, o.Meta(), mail.Settings{Host: s.Host, Port: s.Port, Security: mail.NoSecurity, FromEmail: "post@korenaar.example"}, false); err != nil {
		t.Fatal(err)
	}
	return o
}

// restart makes new services over the same books, as a new start of the program does.
func (o *office) restart() {
	log := slog.New(slog.DiscardHandler)
	o.outbox = mail.New(o.Books.Books, log)
	o.Service = dunning.New(dunning.Options{Books: o.Books.Books, Outbox: post{o.outbox}, Links: links{}, Holds: o.holds, Log: log})
}

// day sets the clock to ten in the morning of a day.
func (o *office) day(d civil.Date) { o.Clock.Set(d.Time().Add(9 * time.Hour)) }

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// follow applies what became of the mails.
func (o *office) follow() {
	o.t.Helper()
	for {
		entries, err := o.Log().Read(o.Ctx, o.seq+1, 500)
		o.must(err)
		if len(entries) == 0 {
			return
		}
		o.must(o.Deliveries().Apply(o.Ctx, entries))
		o.seq = entries[len(entries)-1].Seq
	}
}

// work is what the program does in a while: runs, sends, mails and follows.
func (o *office) work() {
	o.t.Helper()
	o.must(o.Work(o.Ctx))
	_, err := o.outbox.Deliver(o.Ctx)
	o.must(err)
	o.follow()
}

// automatic lets the default ladder run by itself every day.
func (o *office) automatic() {
	o.t.Helper()
	for _, s := range ladder.BuiltIn() {
		s.Automatic = true
		_, err := o.PutStrategy(o.Ctx, o.Meta(), s)
		o.must(err)
	}
	_, err := o.SetSettings(o.Ctx, o.Meta(), dunning.Settings{Daily: true, TermAgreed: true})
	o.must(err)
}

// party makes a customer of a kind.
func (o *office) party(name string, p ledger.Party) ledger.Customer {
	o.t.Helper()
	c := o.Customer(name)
	c.Party = p
	c, err := o.PutCustomer(o.Ctx, o.Meta(), c)
	o.must(err)
	return c
}

func (o *office) steps(c ledger.Customer) []dunning.Step {
	o.t.Helper()
	out, err := o.Service.History(o.Ctx, o.Firm.ID, c.ID, 0)
	o.must(err)
	return out
}

func contacts(o *office, c ledger.Customer) (out []ledger.Contact, err error) {
	err = o.View(o.Ctx, func(r *books.Reader) error { out, err = r.ContactsOf(c.ID); return err })
	return out, err
}
