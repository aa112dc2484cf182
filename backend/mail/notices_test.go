package mail_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/mail/mailtest"
)

// at sets the clock to ten in the morning of a business day.
func (o *office) at(day string) { o.Clock.Set(civil.MustParse(day).Time().Add(10 * time.Hour)) }

// notify lets the engine look twice and sends; it tells what arrived.
func (o *office) notify() (out []string) {
	o.t.Helper()
	before := len(o.server.Messages())
	for range 2 {
		if err := o.Notify(o.Ctx, o.Firm); err != nil {
			o.t.Fatal(err)
		}
		o.deliver()
	}
	for _, m := range o.server.Messages()[before:] {
		out = append(out, strings.ReplaceAll(m.Text, "\u00a0", " "))
	}
	return out
}

func (o *office) notices(invoices, due bool, days int) {
	o.t.Helper()
	if _, err := o.SetNotices(o.Ctx, o.Meta(), invoices, due, days); err != nil {
		o.t.Fatal(err)
	}
}

// wants sets what the customer's contact wants mail about, nil: as it is; it tells the address.
func (o *office) wants(c ledger.Customer, topics map[mail.Topic]bool) (email string) {
	o.t.Helper()
	var people []ledger.Contact
	err := o.View(o.Ctx, func(r *books.Reader) (err error) { people, err = r.ContactsOf(c.ID); return err })
	if err == nil && topics != nil {
		err = o.SetPreferences(o.Ctx, o.Meta(), people[0].ID, topics)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return people[0].Email
}

func TestNothingIsToldBeforeTheFirmSwitchesItOn(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	c := o.Customer("De Vries")
	o.wants(c, map[mail.Topic]bool{mail.TopicDueSoon: true})
	o.at("2026-07-15")
	o.Invoice(c, "2026-1", "2026-07-14", "2026-07-17", 100)
	if got := o.notify(); len(got) != 0 {
		t.Fatalf("%d mails without a switch: %q", len(got), got)
	}
}

// TestNewInvoicesAreToldOfOnceAndHistoryNever: invoices dated before the switch was set are history, whenever they are
// loaded; later ones come in one mail, once.
func TestNewInvoicesAreToldOfOnceAndHistoryNever(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	c := o.Customer("De Vries")
	o.at("2026-07-15")
	o.notices(true, false, 5)
	o.Invoice(c, "OUD-1", "2026-07-14", "2026-08-14", 100)
	o.Invoice(c, "NIEUW-1", "2026-07-15", "2026-08-14", 91000)
	o.Invoice(c, "NIEUW-2", "2026-07-15", "2026-08-14", 9000)
	got := o.notify()
	if len(got) != 1 || strings.Contains(got[0], "OUD-1") {
		t.Fatalf("want one mail over the new ones only: %q", got)
	}
	for _, want := range []string{"NIEUW-1  € 910,00  (vervalt op 14 augustus 2026)", "NIEUW-2", "Totaal  € 1.000,00"} {
		if !strings.Contains(got[0], want) {
			t.Errorf("the mail lacks %q:\n%s", want, got[0])
		}
	}
	o.restart()
	if again := o.notify(); len(again) != 0 {
		t.Fatalf("told again after a restart: %q", again)
	}
	o.at("2026-09-01") // loaded long after their date: history by then
	o.Invoice(c, "LAAT-1", "2026-08-03", "2026-10-14", 100)
	if late := o.notify(); len(late) != 0 {
		t.Fatalf("an invoice of four weeks ago is told as new: %q", late)
	}
}

// TestDueDatesAreToldToWhoeverWantsThat: consolidated, once, only what is open and not held; on business days and within
// the hours.
func TestDueDatesAreToldToWhoeverWantsThat(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	c, other := o.Customer("De Vries"), o.Customer("Jansen")
	o.wants(c, map[mail.Topic]bool{mail.TopicDueSoon: true})
	o.wants(other, map[mail.Topic]bool{mail.TopicDueSoon: false})
	o.at("2026-07-15")
	o.notices(false, true, 5)
	for _, x := range []struct{ number, due string }{{"VERLOPEN", "2026-07-14"}, {"VANDAAG", "2026-07-15"}, {"STRAKS", "2026-07-20"}, {"LATER", "2026-07-21"}} {
		o.Invoice(c, x.number, "2026-06-20", x.due, 10000)
	}
	promised := o.Invoice(c, "TOEGEZEGD", "2026-06-20", "2026-07-18", 10000)
	if _, err := o.RecordPromise(o.Ctx, o.Meta(), ledger.Promise{Customer: c.ID, Documents: []ledger.DocumentID{promised.ID}, On: civil.MustParse("2026-07-17"), Channel: "phone", Amount: promised.Total}); err != nil {
		t.Fatal(err)
	}
	o.Invoice(other, "ANDER", "2026-06-20", "2026-07-18", 10000)
	o.Clock.Set(civil.MustParse("2026-07-18").Time().Add(10 * time.Hour)) // a Saturday
	if got := o.notify(); len(got) != 0 {
		t.Fatalf("mail on a Saturday: %q", got)
	}
	o.Clock.Set(civil.MustParse("2026-07-15").Time().Add(3 * time.Hour))
	if got := o.notify(); len(got) != 0 {
		t.Fatalf("mail in the night: %q", got)
	}
	o.at("2026-07-15")
	got := o.notify()
	if len(got) != 1 {
		t.Fatalf("%d mails, want one: %q", len(got), got)
	}
	for number, want := range map[string]bool{"VERLOPEN": false, "VANDAAG": true, "STRAKS": true, "LATER": false, "TOEGEZEGD": false, "ANDER": false} {
		if strings.Contains(got[0], number) != want {
			t.Errorf("%s in the mail: want %v\n%s", number, want, got[0])
		}
	}
	o.at("2026-07-16")
	if got := o.notify(); len(got) != 1 || !strings.Contains(got[0], "LATER") || strings.Contains(got[0], "STRAKS") {
		t.Fatalf("the next day tells only of what is new to tell: %q", got)
	}
}

// TestNoticesSurviveBeingCutAnywhere: the engine is stopped at each of its looks at the context; whoever goes on tells
// everybody exactly once.
func TestNoticesSurviveBeingCutAnywhere(t *testing.T) {
	o := open(t, mailtest.Plain, mail.NoSecurity)
	o.at("2026-07-15")
	o.notices(true, false, 5)
	var want []string
	for _, name := range []string{"A", "B", "C", "D"} {
		c := o.Customer("Klant " + name)
		o.Invoice(c, "F-"+name, "2026-07-15", "2026-08-14", 100)
		want = append(want, o.wants(c, nil))
	}
	for cut := range 40 {
		o.restart()
		ctx := &cutOff{Context: o.Ctx, left: cut}
		if err := o.Notify(ctx, o.Firm); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	o.notify()
	var got []string
	list, err := o.Outbox.List(o.Ctx, o.Firm.ID, mail.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		got = append(got, n.To)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Fatalf("mails to %q, want one each to %q", got, want)
	}
}

// cutOff is a context that ends after it has been looked at so often.
type cutOff struct {
	context.Context
	left int
}

func (c *cutOff) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return c.Context.Err()
}
