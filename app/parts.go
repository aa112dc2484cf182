package app

import (
	"context"
	"net/url"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/api"
)

// linker makes the links that customers get: session knows the tokens, the portal the addresses, the outbox the mails.
type linker struct{ p *Program }

func (l linker) firm(ctx context.Context, id ledger.FirmID) (f ledger.Firm, err error) {
	err = l.p.Books.View(ctx, func(r *books.Reader) error { f, err = r.Firm(id); return err })
	return f, err
}

// View makes the link with which the staff look at the portal as a customer.
func (l linker) View(ctx context.Context, m journal.Meta, customer ledger.CustomerID) (api.Link, error) {
	f, err := l.firm(ctx, m.Firm)
	if err != nil {
		return api.Link{}, err
	}
	offer, err := l.p.Portal.IssueStaffView(ctx, m, customer)
	return api.Link{URL: l.p.signInURL(f, offer.Token), ExpiresAt: offer.Expires}, err
}

// Handoff makes the link with which a contact who is signed in elsewhere comes in.
func (l linker) Handoff(ctx context.Context, m journal.Meta, customer ledger.CustomerID, contact ledger.ContactID, next string) (api.Link, error) {
	f, err := l.firm(ctx, m.Firm)
	if err != nil {
		return api.Link{}, err
	}
	offer, err := l.p.Portal.IssueHandoff(ctx, m, customer, contact)
	address := l.p.signInURL(f, offer.Token)
	if next != "" {
		address += "?next=" + url.QueryEscape(next)
	}
	return api.Link{URL: address, ExpiresAt: offer.Expires}, err
}

// SignIn makes, and mails, a sign-in link for a contact of a customer.
func (l linker) SignIn(ctx context.Context, m journal.Meta, customer ledger.CustomerID, contact ledger.Contact, send bool) (api.Link, error) {
	f, err := l.firm(ctx, m.Firm)
	if err != nil {
		return api.Link{}, err
	}
	offer, err := l.p.Portal.IssueSignIn(ctx, m, customer, contact.ID)
	if err != nil {
		return api.Link{}, err
	}
	out := api.Link{URL: l.p.signInURL(f, offer.Token), ExpiresAt: offer.Expires}
	if !send {
		return out, nil
	}
	_, err = l.p.Outbox.EnqueueSignIn(ctx, m, mail.SignIn{Customer: customer, To: contact.Email, Name: contact.Name, Language: contact.Language,
		URL: out.URL, Expires: offer.Expires})
	out.SentTo = contact.Email
	return out, err
}

// Pay makes a pay link for documents of a customer, and mails it when there is somebody to send it to.
func (l linker) Pay(ctx context.Context, m journal.Meta, customer ledger.CustomerID, documents []ledger.DocumentID, to ledger.Contact) (api.Link, error) {
	f, err := l.firm(ctx, m.Firm)
	if err != nil {
		return api.Link{}, err
	}
	offer, err := l.p.Portal.IssuePay(ctx, m, customer, documents, 0)
	if err != nil {
		return api.Link{}, err
	}
	out := api.Link{URL: l.p.payURL(f, offer.Token), ExpiresAt: offer.Expires}
	if to.Email == "" {
		return out, nil
	}
	letter := mail.PayLink{Customer: customer, To: to.Email, Name: to.Name, Language: to.Language, URL: out.URL, Expires: offer.Expires}
	err = l.p.Books.View(ctx, func(r *books.Reader) error {
		letter.Lines, err = payLines(r, f.ID, customer, documents)
		return err
	})
	if err != nil {
		return out, err
	}
	_, err = l.p.Outbox.EnqueuePayLink(ctx, m, letter)
	out.SentTo = to.Email
	return out, err
}

// Issued lists a customer's links.
func (l linker) Issued(ctx context.Context, f ledger.FirmID, c ledger.CustomerID, q session.LinkQuery) ([]session.IssuedLink, bool, error) {
	return l.p.Portal.Links(ctx, f, c, q)
}

// Revoke takes a link back.
func (l linker) Revoke(ctx context.Context, m journal.Meta, c ledger.CustomerID, id session.LinkID) (session.Link, error) {
	return l.p.Portal.Revoke(ctx, m, c, id)
}

// payLines are what is open today of the documents that a link pays.
func payLines(r *books.Reader, f ledger.FirmID, customer ledger.CustomerID, documents []ledger.DocumentID) ([]mail.PayLinkLine, error) {
	acc, err := r.Account(customer)
	if err != nil {
		return nil, err
	}
	var today civil.Date
	if today, err = r.Today(f); err != nil {
		return nil, err
	}
	var out []mail.PayLinkLine
	for _, id := range documents {
		if d, ok := acc.Document(id); ok {
			out = append(out, mail.PayLinkLine{Number: d.Number, Due: d.Due, Open: acc.Open(id, today)})
		}
	}
	return out, nil
}

// teller tells customers by e-mail that there is something to read.
type teller struct{ p *Program }

// NotifyCustomer puts the mail in the outbox.
func (t teller) NotifyCustomer(ctx context.Context, m journal.Meta, n requests.Notice) error {
	f, err := linker(t).firm(ctx, m.Firm)
	if err != nil || !f.Portal.Enabled {
		return err
	}
	if n.Progress && !n.Contact.IsZero() {
		want, err := t.p.Outbox.Preferences(ctx, m.Firm, n.Contact)
		if err != nil || !want[mail.TopicRequests] {
			return err
		}
	}
	_, err = t.p.Outbox.EnqueueNews(ctx, m, mail.News{Customer: n.Customer, To: n.To, Name: n.Name, Language: n.Language, URL: t.p.address(f) + n.Path, Progress: n.Progress})
	return err
}

// programInfo is what the desk may know about the running program.
type programInfo struct{ p *Program }

// Version is the program's version.
func (i programInfo) Version() string { return Version() }

// Demo reports whether the data is the sample firm's.
func (i programInfo) Demo(ctx context.Context) bool {
	f, err := i.p.Firm(ctx)
	return err == nil && isDemo(f)
}

// LoadSample loads the sample firm.
func (i programInfo) LoadSample(ctx context.Context, actor journal.Actor) error {
	_, err := i.p.Ledger.LoadSample(ctx, actor, nil)
	return err
}

// State is the program as it runs.
func (i programInfo) State(ctx context.Context) (api.SystemState, error) {
	commit, _ := Build()
	seq, head, err := i.p.Index.Progress(ctx)
	if err != nil {
		return api.SystemState{}, err
	}
	s := api.SystemState{Version: Version(), Commit: commit, DataFolder: i.p.Folder.Dir(), Started: i.p.started,
		Portal: api.PortalState{Running: i.p.portalAt != "", Address: i.p.portalAt, Error: i.p.portalErr},
		Search: api.FollowState{Seq: seq, Behind: head - min(head, seq)}}
	if f, err := i.p.Firm(ctx); err == nil { // before the first run there is none
		s.Portal.PublicURL = i.p.address(f)
	}
	made, err := i.Backups(ctx)
	if err != nil {
		return s, err
	}
	if len(made) > 0 {
		s.LastBackup = &made[0]
	}
	s.Key, s.KeyWarning, err = i.p.protection()
	return s, err
}

// Verify checks everything.
func (i programInfo) Verify(ctx context.Context, deep bool) (api.Verification, error) {
	return i.p.Ledger.Verify(ctx, deep)
}
