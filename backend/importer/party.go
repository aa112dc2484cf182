package importer

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// party is a customer as one import knows them.
type party struct {
	number string
	name   string
	plain  string // name for comparing
	email  string
	id     ledger.CustomerID // zero for a new one
	terms  ledger.Terms
	revive *ledger.Customer // an archived customer who comes back to life
	about  ledger.Customer  // what an electronic invoice says about a new one
	seen   bool             // a list of customers has had a row of it
}

// parties finds customers. Number decides; a name is used only where the file has no number, and then it must be one
// customer's name exactly, or a new customer's.
type parties struct {
	r     *books.Reader
	firm  ledger.FirmID
	opts  *Options
	notes *notes

	byNumber map[string]*party
	byName   map[string]*party
	bad      map[string]Problem
	index    map[string][]ledger.Customer // existing customers by plain name; loaded when first needed
	chosen   map[string]string            // Options.Names by plain name
}

func newParties(r *books.Reader, o *Options, n *notes) *parties {
	p := &parties{r: r, firm: o.Firm, opts: o, notes: n, byNumber: map[string]*party{}, byName: map[string]*party{}, bad: map[string]Problem{}, chosen: map[string]string{}}
	for name, number := range o.Names {
		p.chosen[plainName(name)] = number
	}
	return p
}

// of is the customer of a row. The problem has no place yet.
func (p *parties) of(rec *record) (*party, *Problem) {
	if len(rec.vatID)+len(rec.chamberNo) > 0 {
		if c, q := p.registered(rec); c != nil || q != nil {
			return c, q
		}
	}
	switch {
	case len(rec.custNumber) > 0:
		return p.numbered(rec)
	case len(rec.custName) > 0:
		return p.named(rec)
	case p.opts.Customer != "":
		if c, ok := p.byNumber[p.opts.Customer]; ok {
			return c, nil
		}
		c, err := p.r.CustomerByNumber(p.firm, p.opts.Customer)
		if err != nil {
			q := problem("import.customer_unknown", fmt.Sprintf("There is no customer with number %q", p.opts.Customer), "", "Choose an existing customer")
			return nil, &q
		}
		return p.keep(c, ""), nil
	}
	q := problem("import.missing", "The customer is missing", "a customer number or name", "Fill the cell, or choose the one customer to whom all rows belong")
	return nil, &q
}

func (p *parties) numbered(rec *record) (*party, *Problem) {
	if c, ok := p.byNumber[string(rec.custNumber)]; ok {
		p.compareName(c, rec)
		return c, nil
	}
	number := string(rec.custNumber)
	if len(number) > 100 {
		q := problem("import.number_long", "The customer number is longer than 100 characters", "", "Check whether the right column was chosen")
		return nil, &q
	}
	c, err := p.r.CustomerByNumber(p.firm, number)
	if err == nil {
		known := p.keep(c, "")
		p.compareName(known, rec)
		return known, nil
	}
	if fault.KindOf(err) != fault.NotFound {
		q := problem("import.books", fault.As(err).Message, "", "")
		return nil, &q
	}
	name := clip(string(rec.custName), 490)
	if name == "" {
		name = number
	}
	return p.fresh(number, name, rec), nil
}

// keep remembers a customer of the books.
func (p *parties) keep(c ledger.Customer, plain string) *party {
	if was, ok := p.byNumber[c.Number]; ok {
		return was
	}
	known := &party{number: c.Number, name: c.Name, plain: plain, id: c.ID, terms: ledger.TermsOf(c)}
	if plain == "" {
		known.plain = plainName(c.Name)
	}
	if c.State == ledger.CustomerArchived {
		back := c
		back.State = ledger.CustomerActive
		known.revive = &back
	}
	p.byNumber[c.Number] = known
	return known
}

func (p *parties) fresh(number, name string, rec *record) *party {
	c := &party{number: number, name: name, plain: plainName(name), email: firstEmail(rec.email), terms: ledger.TermsOf(ledger.Customer{}), about: rec.customer}
	p.byNumber[number] = c
	return c
}

func firstEmail(b []byte) string {
	for _, s := range strings.FieldsFunc(string(b), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		if e, err := books.Email(s); err == nil {
			return e
		}
	}
	return ""
}

func (p *parties) compareName(c *party, rec *record) {
	if len(rec.custName) == 0 || string(rec.custName) == c.name {
		return
	}
	if plainName(string(rec.custName)) != c.plain {
		p.notes.add(noteOtherName, rec.row, clip(string(rec.custName), 60))
	}
}

// named finds a customer by name: the person's own choice, the number made from that name before, the one customer of the
// books with that name, else a new customer with a number made from the name.
func (p *parties) named(rec *record) (*party, *Problem) {
	if c, ok := p.byName[string(rec.custName)]; ok {
		return c, nil
	}
	if q, ok := p.bad[string(rec.custName)]; ok {
		return nil, &q
	}
	name := string(rec.custName)
	plain := plainName(name)
	c, q := p.lookup(name, plain, rec)
	if q != nil {
		p.bad[name] = *q
		return nil, q
	}
	p.byName[name] = c
	return c, nil
}

func (p *parties) lookup(name, plain string, rec *record) (*party, *Problem) {
	if number, ok := p.chosen[plain]; ok {
		c, err := p.r.CustomerByNumber(p.firm, number)
		if err != nil {
			q := problem("import.customer_unknown", fmt.Sprintf("There is no customer with number %q, which was chosen for %q", number, clip(name, 60)), "", "Choose an existing customer")
			return nil, &q
		}
		return p.keep(c, ""), nil
	}
	number := NumberFromName(name)
	if c, ok := p.byNumber[number]; ok {
		return c, nil
	}
	if c, err := p.r.CustomerByNumber(p.firm, number); err == nil {
		p.notes.add(noteNameOnly, rec.row, number)
		return p.keep(c, ""), nil
	} else if fault.KindOf(err) != fault.NotFound {
		q := problem("import.books", fault.As(err).Message, "", "")
		return nil, &q
	}
	if err := p.load(); err != nil {
		q := problem("import.books", fault.As(err).Message, "", "")
		return nil, &q
	}
	switch same := p.index[plain]; len(same) {
	case 1:
		p.notes.add(noteByName, rec.row, same[0].Number)
		return p.keep(same[0], plain), nil
	case 0:
		p.notes.add(noteNameOnly, rec.row, number)
		return p.fresh(number, clip(name, 490), rec), nil
	default:
		q := problem("import.name_ambiguous", fmt.Sprintf("%d customers of the books are called %q", len(same), clip(name, 60)), "a customer number",
			fmt.Sprintf("Say which one is meant: %s or %s", same[0].Number, same[1].Number)).with("name", clip(name, 60))
		return nil, &q
	}
}

// load reads the names of all customers once.
func (p *parties) load() error {
	if p.index != nil {
		return nil
	}
	p.index = map[string][]ledger.Customer{}
	for c, err := range p.r.Customers(p.firm) {
		if err != nil {
			return err
		}
		if c.State != ledger.CustomerArchived {
			plain := plainName(c.Name)
			p.index[plain] = append(p.index[plain], c)
		}
	}
	return nil
}

// NumberFromName is the customer number that a name gets where the file has none. It depends on nothing but the name's
// letters and digits, so that importing the file again finds the same customer: up to ten of them, a dash, and five
// characters of their SHA-256.
func NumberFromName(name string) string {
	plain := plainName(name)
	slug := strings.Map(func(r rune) rune {
		if r > 0x7f {
			return -1
		}
		return r
	}, plain)
	sum := sha256.Sum256([]byte(plain))
	if slug == "" {
		slug = "customer"
	}
	return strings.ToUpper(slug[:min(len(slug), 10)]) + "-" + base32.StdEncoding.EncodeToString(sum[:5])[:5]
}
