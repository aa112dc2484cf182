package books

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
)

// languages that Voldaan speaks to customers.
var languages = []string{"nl", "en", "fr", "de"}

// CreateFirm starts a ledger for a firm. Empty fields get defaults: legal name, time zone, language, colour, rules.
func (b *Books) CreateFirm(ctx context.Context, m journal.Meta, f ledger.Firm) (ledger.Firm, error) {
	ident.Fill(b.ids, &f.ID)
	m.Firm = f.ID
	f, err := CompleteFirm(f)
	if err != nil {
		return f, err
	}
	_, err = b.write(ctx, m, "firm.created", nil, func(tx *journal.Tx, _ *Reader) error {
		r := fromFirm(f)
		tx.Subject(f.ID.Bytes())
		tx.Fact("name", f.Name)
		return firms.Insert(tx, &r)
	})
	return f, err
}

// CompleteFirm fills what a new firm left empty and checks the rest: a fault.Invalid says what CreateFirm would refuse.
func CompleteFirm(f ledger.Firm) (ledger.Firm, error) {
	if f.LegalName == "" {
		f.LegalName = f.Name
	}
	if f.TimeZone == "" {
		f.TimeZone = "Europe/Amsterdam"
	}
	if f.Language == "" {
		f.Language = "nl"
	}
	if f.Brand.Color == "" {
		f.Brand.Color = "#1f4e79"
	}
	if f.Rules == (ledger.Rules{}) {
		f.Rules = ledger.DefaultRules()
	}
	if err := checkFirm(f); err != nil {
		return f, err
	}
	return f, checkBank(&f)
}

// UpdateFirm replaces a firm's settings. Its currency cannot change: documents are in it.
func (b *Books) UpdateFirm(ctx context.Context, m journal.Meta, f ledger.Firm) (ledger.Firm, error) {
	if err := checkFirm(f); err != nil {
		return f, err
	}
	m.Firm = f.ID
	_, err := b.write(ctx, m, "firm.changed", nil, func(tx *journal.Tx, r *Reader) error {
		old, err := r.Firm(f.ID)
		if err != nil {
			return err
		}
		if old.Currency != f.Currency {
			return fault.Conflictf("firm.currency", "the firm's currency is %s and cannot be changed any more", old.Currency)
		}
		if f.IBAN != old.IBAN || f.BIC != old.BIC {
			if err := checkBank(&f); err != nil {
				return err
			}
		}
		rec := fromFirm(f)
		tx.Subject(f.ID.Bytes())
		return firms.Put(tx, &rec)
	})
	return f, err
}

func checkFirm(f ledger.Firm) error {
	switch {
	case strings.TrimSpace(f.Name) == "":
		return fault.Invalidf("firm.name", "the firm needs a name")
	case !f.Currency.Valid():
		return fault.Invalidf("firm.currency_unknown", "%q is not a currency; expected an ISO code such as EUR", string(f.Currency))
	case len(f.Country) != 2 || strings.ToUpper(f.Country) != f.Country:
		return fault.Invalidf("firm.country", "%q is not a country; expected two capitals such as NL", f.Country)
	case !slices.Contains(languages, f.Language):
		return fault.Invalidf("firm.language", "%q is not a language of the portal; expected one of nl, en, fr, de", f.Language)
	}
	if _, err := time.LoadLocation(f.TimeZone); err != nil {
		return fault.Invalidf("firm.time_zone", "%q is not a time zone; expected a name such as Europe/Amsterdam", f.TimeZone)
	}
	return nil
}

// checkBank checks the account to which customers pay, and writes it as banks do: a wrong one would be printed on every
// statement.
func checkBank(f *ledger.Firm) (err error) {
	if f.IBAN != "" {
		if f.IBAN, err = reference.ParseIBAN(f.IBAN); err != nil {
			return err
		}
	}
	if f.BIC != "" {
		f.BIC, err = reference.ParseBIC(f.BIC)
	}
	return err
}

// PutCustomer stores a customer: a new one when ID is zero and the number is free, else the one with that id. A zero ID
// with a number that exists is a conflict.
func (b *Books) PutCustomer(ctx context.Context, m journal.Meta, c ledger.Customer) (ledger.Customer, error) {
	c.Firm = m.Firm
	if err := CheckCustomer(&c); err != nil {
		return c, err
	}
	input := encode(fromCustomer(c))
	out, err := b.write(ctx, m, "customer.changed", input, func(tx *journal.Tx, r *Reader) error {
		if c.ID.IsZero() {
			tx.SetKind("customer.created")
			ident.Fill(b.ids, &c.ID)
		} else {
			old, err := r.Customer(c.ID)
			if err != nil {
				return err
			}
			if old.Firm != m.Firm {
				return unknownCustomer(errNotFound)
			}
		}
		return putCustomer(tx, c)
	})
	if err == nil && out.Replayed {
		return c, replayed(ctx, b, out, &c.ID, func(r *Reader) (err error) { c, err = r.Customer(c.ID); return err })
	}
	return c, err
}

func putCustomer(tx *journal.Tx, c ledger.Customer) error {
	rec := fromCustomer(c)
	tx.Subject(c.ID.Bytes())
	tx.Fact("number", c.Number)
	tx.Fact("name", c.Name)
	tx.SetResult(c.ID.Bytes())
	return duplicate(customers.Put(tx, &rec), "customer.duplicate", "there is already a customer with number %s", c.Number)
}

// CheckCustomer reports what is wrong with a customer's fields and trims them.
func CheckCustomer(c *ledger.Customer) error {
	c.Number, c.Name = strings.TrimSpace(c.Number), strings.TrimSpace(c.Name)
	switch {
	case c.Number == "":
		return fault.Invalidf("customer.number", "the customer needs a number: it is how the books know them")
	case c.Name == "":
		return fault.Invalidf("customer.name", "customer %s needs a name", c.Number)
	case len(c.Number) > 100 || len(c.Name) > 500:
		return fault.Invalidf("customer.too_long", "the number or name of customer %.100s is too long", c.Number)
	case c.Language != "" && !slices.Contains(languages, c.Language):
		return fault.Invalidf("customer.language", "%q is not a language of the portal; expected one of nl, en, fr, de", c.Language)
	case c.TermDays < 0 || c.TermDays > 365:
		return fault.Invalidf("customer.terms", "a payment term of %d days is not possible; expected 0 to 365", c.TermDays)
	}
	if c.Email != "" {
		email, err := Email(c.Email)
		if err != nil {
			return err
		}
		c.Email = email
	}
	return nil
}

// Email checks an address and returns its canonical form: lower case, no name, no surrounding space.
func Email(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || strings.ContainsAny(s, "\r\n\x00") || !strings.Contains(s, "@") {
		return "", fault.Invalidf("contact.email", "that is not an e-mail address; expected something like naam@bedrijf.nl")
	}
	return strings.ToLower(s), nil
}

// PutContact stores a contact: a new one when ID is zero. An address belongs to one contact within the firm.
func (b *Books) PutContact(ctx context.Context, m journal.Meta, c ledger.Contact) (ledger.Contact, error) {
	c.Firm = m.Firm
	email, err := Email(c.Email)
	if err != nil {
		return c, err
	}
	c.Email = email
	if c.Language != "" && !slices.Contains(languages, c.Language) {
		return c, fault.Invalidf("contact.language", "%q is not a language of the portal; expected one of nl, en, fr, de", c.Language)
	}
	input := encode(fromContact(c))
	out, err := b.write(ctx, m, "contact.changed", input, func(tx *journal.Tx, r *Reader) error {
		if c.ID.IsZero() {
			tx.SetKind("contact.created")
			ident.Fill(b.ids, &c.ID)
		} else if old, err := r.Contact(c.ID); err != nil || old.Firm != m.Firm {
			return notFound(errNotFound, "contact.unknown", "there is no such contact")
		}
		for _, a := range c.Access {
			if cu, err := r.Customer(a.Customer); err != nil || cu.Firm != m.Firm {
				return unknownCustomer(errNotFound)
			}
			tx.Subject(a.Customer.Bytes())
		}
		rec := fromContact(c)
		tx.Subject(c.ID.Bytes())
		tx.Fact("name", c.Name)
		tx.SetResult(c.ID.Bytes())
		return duplicate(contacts.Put(tx, &rec), "contact.duplicate", "this e-mail address belongs to another contact already; add the customer there")
	})
	if err == nil && out.Replayed {
		return c, replayed(ctx, b, out, &c.ID, func(r *Reader) (err error) { c, err = r.Contact(c.ID); return err })
	}
	return c, err
}

// ContactAt is the customer's contact with an e-mail address or, without one, the first that may sign in. An address that
// is new to the customer becomes a contact that may pay; the customer's own address is taken where none is given.
func (b *Books) ContactAt(ctx context.Context, m journal.Meta, customer ledger.CustomerID, email string) (c ledger.Contact, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	err = b.View(ctx, func(r *Reader) error {
		cu, err := r.Customer(customer)
		if err != nil {
			return err
		}
		people, err := r.ContactsOf(customer)
		if err != nil {
			return err
		}
		usable := func(p ledger.Contact) bool {
			return p.State != ledger.ContactClosed && (email == "" || p.Email == email)
		}
		if i := slices.IndexFunc(people, usable); i >= 0 {
			c = people[i]
			return nil
		}
		if email == "" {
			email = strings.ToLower(strings.TrimSpace(cu.Email))
		}
		if email == "" {
			return fault.Conflictf("contact.none", "customer %s has no contact with an e-mail address; add one first", cu.Number).With("number", cu.Number)
		}
		c, err = r.ContactByEmail(cu.Firm, email)
		if isUnknown(err) {
			c, err = ledger.Contact{Firm: cu.Firm, Name: email, Email: email}, nil
		}
		if c.State == ledger.ContactClosed {
			return fault.Conflictf("contact.closed", "the contact %s was closed; open it again first, or choose another address", email)
		}
		return err
	})
	if err != nil || slices.ContainsFunc(c.Access, func(a ledger.Access) bool { return a.Customer == customer }) {
		return c, err
	}
	c.Access = append(c.Access, ledger.Access{Customer: customer, Rights: ledger.RightPay})
	m.Firm = c.Firm
	return b.PutContact(ctx, m, c)
}
