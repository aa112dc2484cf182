package api

import (
	"context"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/pay"
)

// MollieSettings say how customers pay. The key is never given out again.
type MollieSettings struct {
	Mode   string `json:"mode" enum:"off,simulator,test,live" doc:"test and live follow from the key."`
	HasKey bool   `json:"has_key"`
	KeyEnd string `json:"key_end" doc:"The last four characters of the key."`
	APIURL string `json:"api_url" doc:"Where the provider, or the simulator, is."`
}

// MollieInput sets the key or switches to the simulator.
type MollieInput struct {
	Mode string `json:"mode" enum:"off,simulator,key"`
	Key  string `json:"key,omitempty" maxLength:"100" pattern:"^((live|test)_[A-Za-z0-9]{10,})?$" doc:"Write only; left out keeps the stored one."`
}

// SMTPSettings are where mail leaves. The password is never given out again.
type SMTPSettings struct {
	Host        string `json:"host" maxLength:"200"`
	Port        int    `json:"port" minimum:"0" maximum:"65535"`
	User        string `json:"user" maxLength:"200"`
	Security    string `json:"security" enum:"starttls,tls,none"`
	FromName    string `json:"from_name" maxLength:"100"`
	FromEmail   string `json:"from_email" maxLength:"254"`
	HasPassword bool   `json:"has_password" readOnly:"true"`
}

// SMTPInput sets where mail leaves. An empty host keeps mails as files that the desk shows.
type SMTPInput struct {
	Host      string  `json:"host" maxLength:"200"`
	Port      int     `json:"port" minimum:"0" maximum:"65535"`
	User      string  `json:"user" maxLength:"200"`
	Password  *string `json:"password,omitempty" maxLength:"200" doc:"Write only; left out keeps the stored one."`
	Security  string  `json:"security" enum:"starttls,tls,none"`
	FromName  string  `json:"from_name" maxLength:"100"`
	FromEmail string  `json:"from_email" maxLength:"254"`
}

// TestMail asks for a test mail.
type TestMail struct {
	To string `json:"to" format:"email" maxLength:"254"`
}

func (a *API) settings() {
	add(a, op("GET /settings/mollie", "getMollie", "settings", "How customers pay", access.SettingsWrite), a.getMollie)
	add(a, op("PUT /settings/mollie", "putMollie", "settings", "Set the Mollie key or use the simulator; the key is tried before it is kept", access.SettingsWrite), a.putMollie)
	add(a, op("GET /settings/smtp", "getSMTP", "settings", "Where mail leaves", access.SettingsWrite), a.getSMTP)
	add(a, op("PUT /settings/smtp", "putSMTP", "settings", "Set where mail leaves", access.SettingsWrite), a.putSMTP)
	add(a, op("POST /settings/smtp/test", "testSMTP", "settings", "Send a test mail now and say how it went", access.SettingsWrite, 204), a.testSMTP)
}

type putMollieInput struct {
	InFirm
	Body MollieInput
}

type putSMTPInput struct {
	InFirm
	Body SMTPInput
}

type testSMTPInput struct {
	InFirm
	Body TestMail
}

func mollieView(v pay.Settings) MollieSettings {
	mode := string(v.Mode)
	if v.Mode == pay.ModeKey {
		mode = "test"
		if v.Live {
			mode = "live"
		}
	}
	return MollieSettings{Mode: mode, HasKey: v.HasKey, KeyEnd: v.KeyEnd, APIURL: v.APIURL}
}

func (a *API) getMollie(ctx context.Context, in *InFirm) (*body[MollieSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	v, err := a.Pay.Settings(ctx, f.ID)
	return answer(mollieView(v), err)
}

func (a *API) putMollie(ctx context.Context, in *putMollieInput) (*body[MollieSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	v, err := a.Pay.SetSettings(ctx, meta(ctx, f.ID, ""), pay.Mode(in.Body.Mode), in.Body.Key)
	return answer(mollieView(v), err)
}

func smtpView(s mail.Settings) SMTPSettings {
	if s.Security == "" {
		s.Security = mail.StartTLS
	}
	return SMTPSettings{Host: s.Host, Port: s.Port, User: s.Username, Security: string(s.Security), FromName: s.FromName,
		FromEmail: s.FromEmail, HasPassword: s.Password != ""}
}

func (a *API) getSMTP(ctx context.Context, in *InFirm) (*body[SMTPSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	s, err := a.Mail.Settings(ctx, f.ID)
	return answer(smtpView(s), err)
}

func (a *API) putSMTP(ctx context.Context, in *putSMTPInput) (*body[SMTPSettings], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	b := in.Body
	s := mail.Settings{Host: b.Host, Port: b.Port, Security: mail.Security(b.Security), Username: b.User, FromName: b.FromName, FromEmail: b.FromEmail}
	if b.Password != nil {
		s.Password = *b.Password
	}
	s, err = a.Mail.SetSettings(ctx, meta(ctx, f.ID, ""), s, b.Password == nil)
	return answer(smtpView(s), err)
}

func (a *API) testSMTP(ctx context.Context, in *testSMTPInput) (*struct{}, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	return nil, a.Mail.Test(ctx, f.ID, in.Body.To)
}
