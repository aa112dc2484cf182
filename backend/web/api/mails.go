package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/mail"
)

// MailRow is a mail in the outbox.
type MailRow struct {
	ID       string     `json:"id"`
	At       time.Time  `json:"at"`
	To       string     `json:"to"`
	Subject  string     `json:"subject"`
	Template string     `json:"template" example:"sign-in-link"`
	Customer *Ref       `json:"customer,omitempty"`
	State    string     `json:"state" enum:"queued,deferred,sent,bounced,failed,canceled,kept" doc:"kept: no mail server is set, so nothing was sent; hand it over otherwise."`
	Tries    int        `json:"tries"`
	NextTry  *time.Time `json:"next_try,omitempty"`
	Reason   string     `json:"reason" doc:"Why it is not sent."`
}

// Mail is a mail with its text.
type Mail struct {
	MailRow
	Text string `json:"text" doc:"Empty once a mail with a personal link is finished."`
	HTML string `json:"html" doc:"Show it in a sandboxed frame."`
}

// AtMail is the thing that the path names.
type AtMail struct {
	InFirm
	Mail string `path:"mail"`
}

func (a *API) mails() {
	add(a, op("GET /mails", "listMails", "mails", "The outbox, newest first", access.Read), a.listMails)
	add(a, op("GET /mails/{mail}", "getMail", "mails", "One mail as it went out", access.LinksCreate), a.getMail)
	add(a, op("POST /mails/{mail}/retry", "retryMail", "mails", "Try again now", access.LinksCreate), a.retryMail)
	add(a, op("POST /mails/{mail}/cancel", "cancelMail", "mails", "Take back a mail that has not been sent", access.LinksCreate), a.cancelMail)
}

type cancelMailInput struct {
	AtMail
	Body ReasonInput
}

type mailsInput struct {
	InList
	State string `query:"state" enum:"queued,deferred,sent,bounced,failed,canceled,kept"`
}

// id reads the mail's id and the firm it is asked of.
func (at AtMail) id() (id mail.NoticeID, err error) {
	err = id.UnmarshalText([]byte(at.Mail))
	return id, err
}

func (a *API) listMails(ctx context.Context, in *mailsInput) (*body[Page[MailRow]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	q := mail.Query{Limit: in.Limit}
	if in.State != "" {
		s, err := mail.ParseState(in.State)
		if err != nil {
			return nil, err
		}
		q.States = []mail.State{s}
	}
	if err := q.Before.UnmarshalText([]byte(in.Cursor)); err != nil {
		return nil, wrong("cursor", "request.cursor", "this is not a cursor of this list")
	}
	list, err := a.Mail.List(ctx, f.ID, q)
	if err != nil {
		return nil, err
	}
	page := Page[MailRow]{Items: make([]MailRow, len(list))}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		for i, n := range list {
			page.Items[i] = mailRow(r, n)
		}
		return nil
	})
	if len(list) == in.Limit {
		page.NextCursor = list[len(list)-1].ID.String()
	}
	return answer(page, err)
}

func mailRow(r *books.Reader, n mail.Notice) MailRow {
	row := MailRow{ID: n.ID.String(), At: n.Created, To: n.To, Subject: n.Subject, Template: string(n.Kind), State: n.State.String(),
		Tries: n.Tries, NextTry: instantOf(n.NextTry), Reason: n.Reason}
	if c, err := r.Customer(n.Customer); err == nil { // a mail may be about no customer
		ref := customerRef(c)
		row.Customer = &ref
	}
	return row
}

func (a *API) getMail(ctx context.Context, in *AtMail) (*body[Mail], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, c, err := a.Mail.Get(ctx, f.ID, id)
	if err != nil {
		return nil, err
	}
	v := Mail{Text: c.Text, HTML: c.HTML}
	err = a.Books.View(ctx, func(r *books.Reader) error { v.MailRow = mailRow(r, n); return nil })
	return answer(v, err)
}

func (a *API) retryMail(ctx context.Context, in *AtMail) (*body[Mail], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if _, err := a.Mail.Retry(ctx, meta(ctx, f.ID, ""), id); err != nil {
		return nil, err
	}
	return a.getMail(ctx, in)
}

func (a *API) cancelMail(ctx context.Context, in *cancelMailInput) (*body[Mail], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if _, err := a.Mail.Cancel(ctx, meta(ctx, f.ID, ""), id, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.getMail(ctx, &in.AtMail)
}
