package api

import (
	"context"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
)

// NoticeSettings are the notices that the firm sends by itself.
type NoticeSettings struct {
	Invoices bool   `json:"invoices" doc:"Customers are told of new invoices."`
	Since    string `json:"since,omitempty" readOnly:"true" doc:"The day from which invoices are told of: that on which it was switched on."`
	DueSoon  bool   `json:"due_soon" doc:"Contacts who want it are told of coming due dates."`
	DueDays  int    `json:"due_days" minimum:"1" maximum:"30" doc:"How many days before the due date."`
}

type putNoticeSettingsInput struct {
	InFirm
	Body NoticeSettings
}

// ContactNotices are what a contact wants mail about.
type ContactNotices struct {
	Invoices  bool `json:"invoices"`
	DueSoon   bool `json:"due_soon"`
	Payments  bool `json:"payments"`
	Reminders bool `json:"reminders" doc:"A contact who does not want them only steps back for another one."`
	Requests  bool `json:"requests"`
}

// AtContact is a contact of a customer.
type AtContact struct {
	AtCustomer
	Contact string `path:"contact"`
}

type putContactNoticesInput struct {
	AtContact
	Body ContactNotices
}

func (a *API) notices() {
	add(a, op("GET /settings/notices", "getNoticeSettings", "settings", "Which notices customers get by themselves", access.Read), a.getNoticeSettings)
	add(a, op("PUT /settings/notices", "putNoticeSettings", "settings", "Switch notices to customers on or off", access.SettingsWrite), a.putNoticeSettings)
	add(a, op("GET /customers/{customer}/contacts/{contact}/notices", "getContactNotices", "customers", "What a contact wants mail about", access.Read), a.getContactNotices)
	add(a, op("PUT /customers/{customer}/contacts/{contact}/notices", "putContactNotices", "customers", "Set what a contact wants mail about", access.CustomersWrite), a.putContactNotices)
}

func noticeSettingsView(s mail.NoticeSettings) NoticeSettings {
	v := NoticeSettings{Invoices: !s.InvoicesSince.IsZero(), DueSoon: s.DueSoon, DueDays: s.DueDays}
	if v.Invoices {
		v.Since = s.InvoicesSince.String()
	}
	return v
}

func (a *API) getNoticeSettings(ctx context.Context, in *InFirm) (*body[NoticeSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	s, err := a.Mail.NoticeSettings(ctx, f.ID)
	return answer(noticeSettingsView(s), err)
}

func (a *API) putNoticeSettings(ctx context.Context, in *putNoticeSettingsInput) (*body[NoticeSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	s, err := a.Mail.SetNotices(ctx, meta(ctx, f.ID, ""), in.Body.Invoices, in.Body.DueSoon, in.Body.DueDays)
	return answer(noticeSettingsView(s), err)
}

// read is the contact that the path names, if it is one of the customer.
func (at AtContact) read(ctx context.Context, b *books.Books) (c ledger.Contact, err error) {
	customer, err := at.id()
	if err != nil {
		return c, err
	}
	var id ledger.ContactID
	if err := id.UnmarshalText([]byte(at.Contact)); err != nil {
		return c, err
	}
	err = b.View(ctx, func(r *books.Reader) error {
		if c, err = r.Contact(id); err != nil {
			return err
		}
		for _, x := range c.Access {
			if x.Customer == customer {
				return nil
			}
		}
		return fault.NotFoundf("contact.unknown", "there is no such contact")
	})
	return c, err
}

func (a *API) getContactNotices(ctx context.Context, in *AtContact) (*body[ContactNotices], error) {
	c, err := in.read(ctx, a.Books)
	if err != nil {
		return nil, err
	}
	want, err := a.Mail.Preferences(ctx, c.Firm, c.ID)
	return answer(ContactNotices{Invoices: want[mail.TopicInvoices], DueSoon: want[mail.TopicDueSoon], Payments: want[mail.TopicPayments],
		Reminders: want[mail.TopicReminders], Requests: want[mail.TopicRequests]}, err)
}

func (a *API) putContactNotices(ctx context.Context, in *putContactNoticesInput) (*body[ContactNotices], error) {
	c, err := in.read(ctx, a.Books)
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = a.Mail.SetPreferences(ctx, meta(ctx, c.Firm, ""), c.ID, map[mail.Topic]bool{mail.TopicInvoices: b.Invoices, mail.TopicDueSoon: b.DueSoon,
		mail.TopicPayments: b.Payments, mail.TopicReminders: b.Reminders, mail.TopicRequests: b.Requests})
	return answer(b, err)
}
