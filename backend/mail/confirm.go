package mail

import (
	"cmp"
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// stale is how old a payment may be when it is confirmed. Older ones are history that was loaded, not news.
const stale = 7 * 24 * time.Hour

// Confirmations follows the journal and puts a payment confirmation in the outbox for every attempt that was paid: one
// per attempt, however often the entry is seen.
func (o *Outbox) Confirmations() journal.Follower { return confirmations{o} }

type confirmations struct{ *Outbox }

// Name is where the follower's cursor is kept.
func (confirmations) Name() string { return "mail.confirmations" }

// Apply handles entries that touched an attempt.
func (c confirmations) Apply(ctx context.Context, entries []journal.Entry) error {
	now := c.books.Clock().Now()
	for _, e := range entries {
		if e.Kind != "attempt.paid" || now.Sub(e.At) > stale {
			continue
		}
		for _, change := range e.Changes {
			if change.Table != "attempts" || change.Value == nil || len(change.Key) != 16 {
				continue
			}
			if err := c.confirm(ctx, ledger.AttemptID(change.Key), now); err != nil {
				return err
			}
		}
	}
	return nil
}

// payment is what a confirmation is written from.
type payment struct {
	attempt  ledger.Attempt
	receipt  ledger.Receipt
	customer ledger.Customer
	contact  ledger.Contact
	firm     ledger.Firm
	lines    []letters.Line
	credit   money.Amount
	unwanted bool // the contact wants no confirmations
}

func (o *Outbox) confirm(ctx context.Context, id ledger.AttemptID, now time.Time) error {
	var p payment
	paid := false
	err := o.books.View(ctx, func(r *books.Reader) (err error) {
		if p.attempt, err = r.Attempt(id); err != nil {
			return err
		}
		if p.attempt.State != ledger.AttemptPaid || p.attempt.Receipt.IsZero() {
			return nil
		}
		paid = true
		return p.read(r)
	})
	if err != nil || !paid {
		return err
	}
	if civil.Days(p.receipt.Date, civil.In(now, zone(p.firm))) > int(stale/(24*time.Hour)) {
		return nil
	}
	to := cmp.Or(p.attempt.PayerEmail, p.contact.Email, p.customer.Email)
	if to == "" || to == p.contact.Email && p.unwanted {
		return nil
	}
	n := Notice{Firm: p.firm.ID, Customer: p.receipt.Customer, Kind: KindConfirmation, To: to,
		Language: cmp.Or(p.attempt.Language, p.contact.Language, p.customer.Language)}
	m := journal.Meta{Firm: p.firm.ID, Key: "mail.confirmation/" + id.String()}
	_, err = o.enqueue(ctx, m, n, id.Bytes(), func(f ledger.Firm, _ time.Time) letters.Letter {
		return letters.Confirmation{Firm: sender(f), Name: person(p.contact.Name), Amount: p.receipt.Amount, PaidOn: p.receipt.Date,
			Method: letters.Method(cmp.Or(n.Language, f.Language), string(p.receipt.Method)), Reference: p.receipt.ProviderRef,
			Lines: p.lines, Credit: p.credit, URL: f.Portal.PublicURL}
	})
	if err != nil && fault.KindOf(err) == fault.Invalid {
		// The address is unusable: nobody can be told, and the next payment must not wait for this one.
		o.log.WarnContext(ctx, "a payment confirmation has no usable address", "attempt", id.String())
		return nil
	}
	return err
}

// read collects what the receipt of a paid attempt settled.
func (p *payment) read(r *books.Reader) (err error) {
	if p.receipt, err = r.Receipt(p.attempt.Receipt); err != nil {
		return err
	}
	if p.firm, err = r.Firm(p.attempt.Firm); err != nil {
		return err
	}
	if p.customer, err = r.Customer(p.attempt.Customer); err != nil {
		return err
	}
	if !p.attempt.Contact.IsZero() {
		if p.contact, err = r.Contact(p.attempt.Contact); err != nil {
			return err
		}
		want, err := Preferences(r.Tx(), p.contact.ID)
		if err != nil {
			return err
		}
		p.unwanted = !want[TopicPayments]
	}
	p.credit = p.receipt.Amount
	for _, line := range p.attempt.Lines {
		d, err := r.Document(line.Document)
		if err != nil {
			return err
		}
		allocations, err := r.AllocationsOf(d)
		if err != nil {
			return err
		}
		settled := money.Of(0, p.receipt.Amount.Currency)
		for _, a := range allocations {
			if a.Kind == ledger.FromReceipt && a.Receipt == p.receipt.ID && a.Reverses.IsZero() {
				settled = settled.Add(a.Amount)
			}
		}
		if !settled.IsZero() {
			p.lines = append(p.lines, letters.Line{Number: d.Number, Amount: settled})
			p.credit = p.credit.Sub(settled)
		}
	}
	return nil
}
