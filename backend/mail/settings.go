package mail

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Security is how the connection to the mail server is protected.
type Security string

// The protections: TLS agreed on after connecting (usually port 587) and required, TLS from the start (465), none (25,
// for a server on the same computer or network; a password is then never sent).
const (
	StartTLS   Security = "starttls"
	TLS        Security = "tls"
	NoSecurity Security = "none"
)

// Settings say where mail leaves. An empty Host means that there is no mail server.
type Settings struct {
	Host      string
	Port      int // 0: the usual one for Security
	Security  Security
	Username  string // empty: the server wants no sign-in
	Password  string
	FromName  string // empty: the firm's name
	FromEmail string
}

func (s Settings) port() int {
	if s.Port != 0 {
		return s.Port
	}
	return map[Security]int{StartTLS: 587, TLS: 465, NoSecurity: 25}[s.Security]
}

// check returns the settings in their kept form.
func (s Settings) check() (Settings, error) {
	s.Host = strings.TrimSpace(s.Host)
	if s.Host == "" {
		return Settings{}, nil
	}
	var fields []fault.Field
	bad := func(name, code, message string) {
		fields = append(fields, fault.Field{Name: name, Code: code, Message: message})
	}
	for name, value := range map[string]string{"host": s.Host, "user": s.Username, "password": s.Password, "from_name": s.FromName} {
		if strings.ContainsFunc(value, unicode.IsControl) {
			bad(name, "mail.control_characters", "this holds a line break or another character that cannot be here")
		}
	}
	if strings.ContainsAny(s.Host, "/ @") {
		bad("host", "mail.host", "expected the name of a mail server, such as smtp.example.org")
	}
	if s.Port < 0 || s.Port > 65535 {
		bad("port", "mail.port", "expected a port from 1 to 65535, or 0 for the usual one")
	}
	if s.Security != StartTLS && s.Security != TLS && s.Security != NoSecurity {
		bad("security", "mail.security", "expected starttls, tls or none")
	}
	if s.Security == NoSecurity && s.Password != "" {
		bad("security", "mail.password_in_clear", "a password would travel readable over the network; choose starttls or tls")
	}
	if from, err := address(s.FromEmail); err != nil {
		bad("from_email", fault.As(err).Code, fault.As(err).Message)
	} else {
		s.FromEmail = from
	}
	if len(fields) > 0 {
		e := fault.Invalidf("mail.settings", "the mail settings cannot be used as they are: %s", fields[0].Message)
		e.Fields = fields
		return Settings{}, e
	}
	return s, nil
}

// Settings are the firm's mail settings, the password included; the zero Settings where there are none.
func (o *Outbox) Settings(ctx context.Context, firm ledger.FirmID) (s Settings, err error) {
	err = o.view(ctx, func(tx store.Tx) error {
		r, err := settings.Get(tx, firm.Bytes())
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		s = Settings{Host: r.Host, Port: r.Port, Security: r.Security, Username: r.Username, FromName: r.FromName, FromEmail: r.FromEmail}
		p, err := passwords.Get(tx, firm.Bytes())
		if err == nil {
			s.Password = p.Password
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	})
	return s, err
}

// SetSettings keeps the settings of m.Firm. With keepPassword the password kept so far stays.
func (o *Outbox) SetSettings(ctx context.Context, m journal.Meta, s Settings, keepPassword bool) (Settings, error) {
	if keepPassword {
		old, err := o.Settings(ctx, m.Firm)
		if err != nil {
			return Settings{}, err
		}
		s.Password = old.Password
	}
	s, err := s.check()
	if err != nil {
		return Settings{}, err
	}
	_, err = o.books.Log().Update(ctx, m, "mail.settings_changed", nil, func(tx *journal.Tx) error {
		tx.Subject(m.Firm.Bytes())
		r := settingsRecord{Firm: m.Firm, Host: s.Host, Port: s.Port, Security: s.Security, Username: s.Username, FromName: s.FromName, FromEmail: s.FromEmail}
		if err := settings.Put(tx, &r); err != nil {
			return err
		}
		return passwords.Put(tx.Tx, &passwordRecord{Firm: m.Firm, Password: s.Password})
	})
	return s, err
}
