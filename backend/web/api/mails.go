package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
)

// MailRow is a mail in the outbox.
type MailRow struct {
	ID       string     `json:"id"`
	At       time.Time  `json:"at"`
	To       string     `json:"to"`
	Subject  string     `json:"subject"`
	Template string     `json:"template" example:"sign-in-link"`
	Customer *Ref       `json:"customer,omitempty"`
	State    string     `json:"state" enum:"queued,sent,kept,deferred,failed" doc:"kept: there are no SMTP settings, so it waits here."`
	Tries    int        `json:"tries"`
	NextTry  *time.Time `json:"next_try,omitempty"`
	Error    string     `json:"error"`
}

// Mail is a mail with its text.
type Mail struct {
	MailRow
	Text string `json:"text"`
	HTML string `json:"html" doc:"Show it in a sandboxed frame."`
}

// AtMail is the thing that the path names.
type AtMail struct {
	Mail string `path:"mail"`
}

func (a *API) mails() {
	add(a, op("GET /mails", "listMails", "mails", "The outbox, newest first", access.Read), a.listMails)
	add(a, op("GET /mails/{mail}", "getMail", "mails", "One mail as it went out", access.LinksCreate), a.getMail)
	add(a, op("POST /mails/{mail}/retry", "retryMail", "mails", "Try again now", access.LinksCreate), a.retryMail)
}

type mailsInput struct {
	InList
	State string `query:"state" enum:"queued,sent,kept,deferred,failed"`
}

func (a *API) listMails(ctx context.Context, in *mailsInput) (*body[Page[MailRow]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	list, next, err := a.Mail.List(ctx, f.ID, in.State, in.Limit, in.Cursor)
	if list == nil {
		list = []MailRow{}
	}
	return answer(Page[MailRow]{Items: list, NextCursor: next}, err)
}

func (a *API) getMail(ctx context.Context, in *AtMail) (*body[Mail], error) {
	return answer(a.Mail.Get(ctx, in.Mail))
}

func (a *API) retryMail(ctx context.Context, in *AtMail) (*body[Mail], error) {
	return answer(a.Mail.Retry(ctx, in.Mail))
}
