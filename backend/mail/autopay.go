package mail

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// KindAutopay is a letter about collecting, or about money that went back.
const KindAutopay Kind = "autopay"

// Collections follows the journal and tells customers what autopay is about to collect, what it could not, and what went
// back: one mail per entry, however often the entry is seen.
func (o *Outbox) Collections() journal.Follower { return collections{o} }

type collections struct{ *Outbox }

// Name is where the follower's cursor is kept.
func (collections) Name() string { return "mail.autopay" }

var autopayLetters = map[string]letters.AutopayKind{
	"autopay.announced": letters.AutopayAnnounced, "autopay.asked": letters.AutopayAsked, "autopay.failed": letters.AutopayFailed,
	"receipt.refunded": letters.AutopayRefunded, "receipt.charged_back": letters.AutopayTakenBack,
}

// Apply handles entries about collections and returns.
func (c collections) Apply(ctx context.Context, entries []journal.Entry) error {
	now := c.books.Clock().Now()
	for _, e := range entries {
		kind, ok := autopayLetters[e.Kind]
		if !ok || now.Sub(e.At) > stale {
			continue
		}
		if err := c.tell(ctx, e, kind); err != nil {
			return err
		}
	}
	return nil
}

// told is what one entry gives to tell.
type told struct {
	customer ledger.Customer
	contact  ledger.Contact
	letter   letters.Autopay
	asked    []letters.AutopayLine // of an announcement: those above the ceiling
	again    bool                  // the failure is one that may pass
	failures int                   // of collecting the same document, this one included
}

func (c collections) tell(ctx context.Context, e journal.Entry, kind letters.AutopayKind) error {
	var t told
	if err := c.books.View(ctx, func(r *books.Reader) (err error) { t, err = c.read(r, e, kind); return err }); err != nil {
		return err
	}
	if len(t.letter.Lines) > 0 || t.letter.Total.Minor > 0 {
		if err := c.send(ctx, e, t, t.letter); err != nil {
			return err
		}
	}
	if len(t.asked) > 0 {
		l := t.letter
		l.Kind, l.Lines, l.Total = letters.AutopayAsked, t.asked, total(t.asked)
		return c.send(ctx, e, t, l)
	}
	return nil
}

func total(lines []letters.AutopayLine) (sum money.Amount) {
	for _, l := range lines {
		sum = sum.Add(l.Amount)
	}
	return sum
}

func (c collections) send(ctx context.Context, e journal.Entry, t told, l letters.Autopay) error {
	to := cmp.Or(t.contact.Email, t.customer.Email)
	if to == "" {
		return nil
	}
	n := Notice{Firm: e.Firm, Customer: t.customer.ID, Kind: KindAutopay, To: to, Language: cmp.Or(t.contact.Language, t.customer.Language)}
	key := "mail.autopay/" + e.At.UTC().Format(time.RFC3339Nano) + "/" + t.customer.ID.String() + "/" + string(l.Kind)
	_, err := c.enqueue(ctx, journal.Meta{Firm: e.Firm, Key: key}, n, []byte(key), func(f ledger.Firm, _ time.Time) letters.Letter {
		l.Firm, l.Name = sender(f), person(t.contact.Name)
		if f.Portal.PublicURL != "" {
			l.URL = strings.TrimRight(f.Portal.PublicURL, "/") + "/autopay"
		}
		return l
	})
	if err != nil && fault.KindOf(err) == fault.Invalid {
		c.log.WarnContext(ctx, "an announcement has no usable address", "customer", t.customer.ID.String())
		return nil
	}
	return err
}

// read collects what an entry tells: its collections, or its return.
func (c collections) read(r *books.Reader, e journal.Entry, kind letters.AutopayKind) (t told, err error) {
	t.letter.Kind = kind
	var contact ledger.ContactID
	for _, change := range e.Changes {
		if change.Value == nil || len(change.Key) != 16 {
			continue
		}
		switch change.Table {
		case "collections":
			if err := c.collection(r, ledger.CollectionID(change.Key), &t); err != nil {
				return t, err
			}
		case "returns":
			if err := c.returned(r, ledger.ReturnID(change.Key), &t); err != nil {
				return t, err
			}
		}
	}
	if t.customer.ID.IsZero() {
		return t, nil
	}
	a, err := r.Autopay(e.Firm, t.customer.ID)
	if err != nil {
		return t, err
	}
	policy, err := r.AutopayPolicy(e.Firm)
	if err != nil {
		return t, err
	}
	t.letter.Off, contact = a.State != ledger.AutopayOn, a.Contact
	t.letter.Grace = policy.GraceDays > 0
	if t.again && t.failures <= policy.Retries {
		t.letter.Retry = policy.RetryDays
	}
	if t.letter.Total.Minor == 0 {
		t.letter.Total = total(t.letter.Lines)
	}
	if !contact.IsZero() {
		if t.contact, err = r.Contact(contact); err != nil {
			return t, err
		}
		return t, nil
	}
	people, err := c.Recipients(r, t.customer, TopicPayments)
	if len(people) > 0 {
		t.contact = people[0]
	}
	return t, err
}

func (c collections) collection(r *books.Reader, id ledger.CollectionID, t *told) error {
	x, err := r.Collection(id)
	if err != nil {
		return err
	}
	d, err := r.Document(x.Document)
	if err != nil {
		return err
	}
	if t.customer, err = r.Customer(x.Customer); err != nil {
		return err
	}
	line := letters.AutopayLine{Number: d.Number, Date: x.Date, Amount: x.Amount}
	switch {
	case t.letter.Kind == letters.AutopayFailed && x.State != ledger.CollectionFailed:
		return nil // one that was dropped with it
	case t.letter.Kind == letters.AutopayFailed:
		t.letter.Funds = slices.Contains([]string{"AM04", "insufficient_funds"}, x.Reason)
		all, err := r.CollectionsOf(x.Customer)
		if err != nil {
			return err
		}
		t.again = !x.Hard
		for _, other := range all {
			if other.Document == x.Document && other.State == ledger.CollectionFailed {
				t.failures++
			}
		}
	case x.Reason == "ceiling" && t.letter.Kind == letters.AutopayAnnounced:
		t.asked = append(t.asked, line)
		return nil
	}
	t.letter.Lines = append(t.letter.Lines, line)
	return nil
}

// returned tells of money that went back; not of a return that takes another one back.
func (c collections) returned(r *books.Reader, id ledger.ReturnID, t *told) error {
	rt, err := r.Return(id)
	if err != nil || !rt.Undoes.IsZero() || rt.Customer.IsZero() {
		return err
	}
	if t.customer, err = r.Customer(rt.Customer); err != nil {
		return err
	}
	t.letter.Total = rt.Amount
	a, err := r.Account(rt.Customer)
	if err != nil {
		return err
	}
	today, err := r.Today(rt.Firm)
	if err != nil {
		return err
	}
	seen := map[ledger.DocumentID]bool{}
	for _, al := range a.AllocationsFrom(rt.Receipt) {
		d, ok := a.Document(al.Document)
		if open := a.Open(al.Document, today); ok && !seen[d.ID] && open.Minor > 0 {
			seen[d.ID] = true
			t.letter.Lines = append(t.letter.Lines, letters.AutopayLine{Number: d.Number, Amount: open})
		}
	}
	return nil
}
