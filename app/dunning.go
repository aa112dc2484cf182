package app

import (
	"cmp"
	"context"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/money"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// Reminders makes the dunning service over an outbox: what it decides becomes letters of frontend/mail with a pay link.
func (l *Ledger) Reminders(outbox *mail.Outbox, holds dunning.Holds) *dunning.Service {
	return dunning.New(dunning.Options{Books: l.Books, Outbox: reminderPost{outbox}, Links: reminderLinks{l}, Holds: holds, Log: l.Log})
}

// reminderPost writes reminders and puts them in the outbox.
type reminderPost struct{ outbox *mail.Outbox }

// Recipient is the contact who gets a customer's reminders.
func (p reminderPost) Recipient(r *books.Reader, c ledger.Customer) (ledger.Contact, bool, error) {
	to, err := p.outbox.Recipients(r, c, mail.TopicReminders)
	if err != nil || len(to) == 0 {
		return ledger.Contact{}, false, err
	}
	return to[0], true, nil
}

// Put writes the letter.
func (p reminderPost) Put(tx *journal.Tx, l dunning.Letter) ([16]byte, error) {
	n := mail.Notice{Customer: l.Customer.ID, Kind: mail.KindReminder, To: l.Step.To, Language: l.Step.Language}
	id, err := p.outbox.Put(tx, l.Firm, n, reminderLetter(l))
	return id, err
}

// reminderLetter is a dunning letter in the words of frontend/mail.
func reminderLetter(l dunning.Letter) letters.Reminder {
	f := l.Firm
	zero := money.Of(0, l.Total.Currency)
	out := letters.Reminder{Firm: mail.Sender(f), Name: mail.Person(l.Step.Name), Customer: l.Customer.Number, Kind: reminderKind(l), Total: l.Total,
		URL: l.PayURL, ByPost: l.Step.Channel == ladder.Post, LastDay: l.LastDay, Interest: orZero(l.Interest, zero), Fixed: orZero(l.Fixed, zero), Clause: orZero(l.Clause, zero),
		Creditor: letters.Creditor{LegalName: cmp.Or(f.LegalName, f.Name), Street: f.Address.Street,
			Place: strings.TrimSpace(f.Address.PostalCode + " " + f.Address.City), ChamberNo: f.ChamberNo, VATID: f.VATID, IBAN: f.IBAN}}
	for _, line := range l.Lines {
		out.Lines = append(out.Lines, letters.ReminderLine{Line: letters.Line{Number: line.Number, Due: line.Due, Amount: line.Amount}, Issued: line.Issued, Description: line.Description})
	}
	out.CostAll = money.Of(l.Step.Cost, "EUR")
	out.Cost, out.CostVAT = out.CostAll, money.Of(0, "EUR")
	if l.Step.CostVAT {
		out.Cost = money.Of(interest.BIK(costPrincipal(l), false), "EUR")
		out.CostVAT = out.CostAll.Sub(out.Cost)
	}
	return out
}

func orZero(a, zero money.Amount) money.Amount {
	if a.Currency == "" {
		return zero
	}
	return a
}

// costPrincipal is what the stated costs are computed over: the formally reminded invoices.
func costPrincipal(l dunning.Letter) (sum int64) {
	for _, line := range l.Lines {
		if line.Step.Tone == ladder.Formal {
			sum += line.Amount.Minor
		}
	}
	return sum
}

func reminderKind(l dunning.Letter) letters.ReminderKind {
	switch l.Step.Law {
	case dunning.FourteenDays:
		return letters.ReminderFourteenDays
	case dunning.BelgianFirst:
		return letters.ReminderBelgianFirst
	case dunning.BusinessLate:
		return letters.ReminderBusiness
	case dunning.ConsumerLater:
		return letters.ReminderConsumer
	case dunning.Plain:
	}
	if l.Step.Tone == ladder.Formal {
		return letters.ReminderConsumer
	}
	return letters.ReminderKind(l.Step.Tone)
}

// reminderLinks makes pay links over exactly the invoices of a reminder.
type reminderLinks struct{ l *Ledger }

// PayLink makes the link.
func (p reminderLinks) PayLink(ctx context.Context, m journal.Meta, c ledger.CustomerID, docs []ledger.DocumentID) (string, civil.Date, error) {
	var f ledger.Firm
	err := p.l.Books.View(ctx, func(r *books.Reader) (err error) { f, err = r.Firm(m.Firm); return err })
	if err != nil {
		return "", 0, err
	}
	offer, err := p.l.Portal.IssuePay(ctx, m, c, docs, 0)
	if err != nil {
		return "", 0, err
	}
	return p.l.payURL(f, offer.Token), civil.In(offer.Expires, p.l.Books.Zone(f)), nil
}
