package mail

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Topic is what a contact may want mail about.
type Topic string

// The topics. Reminders go to somebody in any case: a contact who does not want them only steps back for another one.
const (
	TopicInvoices  Topic = "invoices"  // a new invoice
	TopicDueSoon   Topic = "due_soon"  // a due date comes near
	TopicPayments  Topic = "payments"  // a payment has come in
	TopicReminders Topic = "reminders" // something is late
	TopicRequests  Topic = "requests"  // progress of what they asked
	TopicAutopay   Topic = "autopay"   // a direct debit is coming
)

// Topics are all topics, in the order in which people see them.
var Topics = []Topic{TopicInvoices, TopicDueSoon, TopicPayments, TopicReminders, TopicRequests, TopicAutopay}

// preferenceRecord holds what a contact has changed: true is wanted, false is not. What is not there is as usual.
type preferenceRecord struct {
	Contact ledger.ContactID `cbor:"1,keyasint"`
	Firm    ledger.FirmID    `cbor:"2,keyasint"`
	Topics  map[Topic]bool   `cbor:"3,keyasint,omitempty"`
}

var preferences = store.Table[preferenceRecord]{Name: "mail.preferences", Key: func(r *preferenceRecord) []byte { return r.Contact.Bytes() }}

// usual is what a contact who chose nothing gets: everything but notices of coming due dates, which the firm's ladder of
// reminders has for larger invoices already.
func usual(t Topic) bool { return t != TopicDueSoon }

// Preferences are what a contact wants mail about, every topic.
func Preferences(tx store.Tx, id ledger.ContactID) (map[Topic]bool, error) {
	r, err := preferences.Get(tx, id.Bytes())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	out := map[Topic]bool{}
	for _, t := range Topics {
		on, chosen := r.Topics[t]
		out[t] = chosen && on || !chosen && usual(t)
	}
	return out, nil
}

// Preferences are what a contact of the firm wants mail about.
func (o *Outbox) Preferences(ctx context.Context, firm ledger.FirmID, id ledger.ContactID) (out map[Topic]bool, err error) {
	err = o.books.View(ctx, func(r *books.Reader) error {
		if c, err := r.Contact(id); err != nil || c.Firm != firm {
			return fault.NotFoundf("contact.unknown", "there is no such contact")
		}
		out, err = Preferences(r.Tx(), id)
		return err
	})
	return out, err
}

// SetPreferences keeps what a contact of m.Firm wants mail about.
func (o *Outbox) SetPreferences(ctx context.Context, m journal.Meta, id ledger.ContactID, want map[Topic]bool) error {
	for t := range want {
		if !slices.Contains(Topics, t) {
			return fault.Invalidf("mail.topic", "%q is nothing that mail is sent about", string(t))
		}
	}
	_, err := o.books.Log().Update(ctx, m, "contact.mail_changed", nil, func(tx *journal.Tx) error {
		c, err := o.books.In(tx).Contact(id)
		if err != nil || c.Firm != m.Firm {
			return fault.NotFoundf("contact.unknown", "there is no such contact")
		}
		tx.Subject(id.Bytes())
		for _, a := range c.Access {
			tx.Subject(a.Customer.Bytes())
		}
		return preferences.Put(tx, &preferenceRecord{Contact: id, Firm: m.Firm, Topics: want})
	})
	return err
}

// Recipients are the contacts of a customer who want mail about a topic, those with most rights first. A customer
// without contacts is written to at its own address.
func (o *Outbox) Recipients(r *books.Reader, c ledger.Customer, t Topic) (out []ledger.Contact, err error) {
	all, err := r.ContactsOf(c.ID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x ledger.Contact) bool { return x.State == ledger.ContactClosed || x.Email == "" })
	rights := func(x ledger.Contact) ledger.Rights {
		i := slices.IndexFunc(x.Access, func(a ledger.Access) bool { return a.Customer == c.ID })
		if i < 0 {
			return ledger.RightView
		}
		return x.Access[i].Rights
	}
	slices.SortStableFunc(all, func(a, b ledger.Contact) int { return cmp.Compare(rights(b), rights(a)) })
	for _, x := range all {
		want, err := Preferences(r.Tx(), x.ID)
		if err != nil {
			return nil, err
		}
		if want[t] {
			out = append(out, x)
		}
	}
	if len(out) == 0 && t == TopicReminders && len(all) > 0 {
		return all[:1], nil
	}
	if len(all) == 0 && c.Email != "" && usual(t) {
		return []ledger.Contact{{Name: c.Name, Email: c.Email, Language: c.Language}}, nil
	}
	return out, nil
}
