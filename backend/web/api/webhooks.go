package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/webhooks"
)

// Webhook is an address that is told what happens.
type Webhook struct {
	ID          string     `json:"id"`
	URL         string     `json:"url"`
	Note        string     `json:"note"`
	Events      []string   `json:"events" nullable:"false" doc:"Kinds of events, or beginnings of them; none: all that leave the house."`
	Off         bool       `json:"off"`
	Why         string     `json:"why" doc:"Why the program switched it off; empty when a person did."`
	CreatedAt   time.Time  `json:"created_at"`
	Cursor      uint64     `json:"cursor" doc:"The last event that it has."`
	Delivered   uint64     `json:"delivered"`
	Status      int        `json:"status" doc:"Of the last answer; 0: none came."`
	Problem     string     `json:"problem" doc:"Of the last try; empty when it worked."`
	TriedAt     *time.Time `json:"tried_at,omitempty"`
	NextTry     *time.Time `json:"next_try,omitempty"`
	FailingFrom *time.Time `json:"failing_from,omitempty"`
}

// WebhookInput makes a webhook.
type WebhookInput struct {
	URL    string   `json:"url" maxLength:"500" example:"https://erp.example/voldaan"`
	Note   string   `json:"note,omitempty" maxLength:"200"`
	Events []string `json:"events,omitempty" maxItems:"50" doc:"Such as receipt.recorded, or document for all about documents; none: all that leave the house."`
}

// WebhookPatch changes a webhook; what is left out stays.
type WebhookPatch struct {
	URL    *string   `json:"url,omitempty" maxLength:"500"`
	Note   *string   `json:"note,omitempty" maxLength:"200"`
	Events *[]string `json:"events,omitempty" maxItems:"50"`
	Off    *bool     `json:"off,omitempty" doc:"Switching on goes on where it stopped."`
}

// WebhookSecret is a webhook with the secret that signs what it gets. The secret is shown only here.
type WebhookSecret struct {
	Webhook
	Secret string `json:"secret" doc:"Of Standard Webhooks: whsec_ and base 64."`
}

// ReplayInput says from where.
type ReplayInput struct {
	After uint64 `json:"after" doc:"Everything after the event with this number is sent again; 0: everything."`
}

// Webhooks tell other systems what happens: webhooks.Service.
type Webhooks interface {
	List(ctx context.Context, firm ledger.FirmID) ([]webhooks.Endpoint, error)
	Add(ctx context.Context, m journal.Meta, in webhooks.Endpoint) (webhooks.Endpoint, string, error)
	Change(ctx context.Context, m journal.Meta, id webhooks.ID, c webhooks.Change) (webhooks.Endpoint, error)
	Rotate(ctx context.Context, m journal.Meta, id webhooks.ID) (string, error)
	Replay(ctx context.Context, m journal.Meta, id webhooks.ID, after uint64) error
	Remove(ctx context.Context, m journal.Meta, id webhooks.ID) error
}

// AtWebhook is the thing that the path names.
type AtWebhook struct {
	InFirm
	Webhook string `path:"webhook" doc:"The webhook's id."`
}

// webhook is which webhook is meant, and who acts on it.
func (a *API) webhook(ctx context.Context, at AtWebhook) (id webhooks.ID, m journal.Meta, err error) {
	if err := id.UnmarshalText([]byte(at.Webhook)); err != nil {
		return id, m, err
	}
	f, err := a.firm(ctx, at.Firm)
	return id, meta(ctx, f.ID, ""), err
}

func (a *API) webhooks() {
	add(a, op("GET /webhooks", "listWebhooks", "webhooks", "Addresses that are told what happens", access.SettingsWrite), a.listWebhooks)
	add(a, op("POST /webhooks", "createWebhook", "webhooks", "Tell an address what happens from now on; its secret is shown once", access.SettingsWrite, 201), a.createWebhook)
	add(a, op("PATCH /webhooks/{webhook}", "updateWebhook", "webhooks", "Change address, events or note, or switch off and on", access.SettingsWrite), a.updateWebhook)
	add(a, op("POST /webhooks/{webhook}/secret", "rotateWebhookSecret", "webhooks", "Make a new secret; the old one signs nothing any more", access.SettingsWrite), a.rotateWebhook)
	add(a, op("POST /webhooks/{webhook}/replay", "replayWebhook", "webhooks", "Send again what happened after an event", access.SettingsWrite, 204), a.replayWebhook)
	add(a, op("DELETE /webhooks/{webhook}", "deleteWebhook", "webhooks", "Tell it nothing any more", access.SettingsWrite, 204), a.deleteWebhook)
}

// EventOf is what the timeline shows of an entry, for those who are told outside of the API.
func EventOf(r *books.Reader, e journal.Entry) (any, error) { return event(r, e) }

func webhookView(e webhooks.Endpoint) Webhook {
	s := e.State
	v := Webhook{ID: e.ID.String(), URL: e.URL, Note: e.Note, Events: e.Events, Off: e.Off, Why: e.Why, CreatedAt: e.Created, Cursor: s.Cursor, Delivered: s.Delivered,
		Status: s.Status, Problem: s.Problem, TriedAt: instantOf(s.Tried), NextTry: instantOf(s.NextTry), FailingFrom: instantOf(s.FailingFrom)}
	if v.Events == nil {
		v.Events = []string{}
	}
	return v
}

func (a *API) listWebhooks(ctx context.Context, in *InFirm) (*body[Page[Webhook]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	all, err := a.Webhooks.List(ctx, f.ID)
	page := Page[Webhook]{Items: make([]Webhook, len(all))}
	for i, e := range all {
		page.Items[i] = webhookView(e)
	}
	return answer(page, err)
}

func (a *API) createWebhook(ctx context.Context, in *struct {
	InFirm
	Body WebhookInput
}) (*body[WebhookSecret], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	e, secret, err := a.Webhooks.Add(ctx, meta(ctx, f.ID, ""), webhooks.Endpoint{URL: in.Body.URL, Note: in.Body.Note, Events: in.Body.Events})
	return answer(WebhookSecret{Webhook: webhookView(e), Secret: secret}, err)
}

func (a *API) updateWebhook(ctx context.Context, in *struct {
	AtWebhook
	Body WebhookPatch
}) (*body[Webhook], error) {
	id, m, err := a.webhook(ctx, in.AtWebhook)
	if err != nil {
		return nil, err
	}
	e, err := a.Webhooks.Change(ctx, m, id, webhooks.Change{URL: in.Body.URL, Note: in.Body.Note, Events: in.Body.Events, Off: in.Body.Off})
	return answer(webhookView(e), err)
}

func (a *API) rotateWebhook(ctx context.Context, in *AtWebhook) (*body[WebhookSecret], error) {
	id, m, err := a.webhook(ctx, *in)
	if err != nil {
		return nil, err
	}
	secret, err := a.Webhooks.Rotate(ctx, m, id)
	if err != nil {
		return nil, err
	}
	all, err := a.Webhooks.List(ctx, m.Firm)
	for _, e := range all {
		if e.ID == id {
			return answer(WebhookSecret{Webhook: webhookView(e), Secret: secret}, err)
		}
	}
	return answer(WebhookSecret{Secret: secret}, err)
}

func (a *API) replayWebhook(ctx context.Context, in *struct {
	AtWebhook
	Body ReplayInput
}) (*struct{}, error) {
	id, m, err := a.webhook(ctx, in.AtWebhook)
	if err != nil {
		return nil, err
	}
	return nil, a.Webhooks.Replay(ctx, m, id, in.Body.After)
}

func (a *API) deleteWebhook(ctx context.Context, in *AtWebhook) (*struct{}, error) {
	id, m, err := a.webhook(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, a.Webhooks.Remove(ctx, m, id)
}
