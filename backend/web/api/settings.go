package api

import "github.com/voldaan/voldaan/backend/access"

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
	add(a, op("GET /settings/mollie", "getMollie", "settings", "How customers pay", access.SettingsWrite), pending[InFirm, body[MollieSettings]])
	add(a, op("PUT /settings/mollie", "putMollie", "settings", "Set the Mollie key or use the simulator; the key is tried before it is kept", access.SettingsWrite), pending[struct {
		InFirm
		Body MollieInput
	}, body[MollieSettings]])
	add(a, op("GET /settings/smtp", "getSMTP", "settings", "Where mail leaves", access.SettingsWrite), pending[InFirm, body[SMTPSettings]])
	add(a, op("PUT /settings/smtp", "putSMTP", "settings", "Set where mail leaves", access.SettingsWrite), pending[struct {
		InFirm
		Body SMTPInput
	}, body[SMTPSettings]])
	add(a, op("POST /settings/smtp/test", "testSMTP", "settings", "Send a test mail now and say how it went", access.SettingsWrite, 204), pending[struct {
		InFirm
		Body TestMail
	}, struct{}])
}
