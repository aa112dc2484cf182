package search

import (
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Ranks: what was asked for exactly comes first, then what begins with it; among equals parties before papers.
const (
	rankExact    = 1000
	rankBegins   = 500
	rankWord     = 300 // a word of the title begins with it
	rankCustomer = 40
	rankContact  = 30
	rankDocument = 20
	rankReceipt  = 10
)

// show makes hits of ids.
type show struct {
	r    *books.Reader
	firm ledger.FirmID
	text string // folded
	flat string // compact
	who  map[ledger.CustomerID]ledger.Customer
}

func newShow(r *books.Reader, firm ledger.FirmID, text string) *show {
	return &show{r: r, firm: firm, text: fold(text), flat: compact(text), who: map[ledger.CustomerID]ledger.Customer{}}
}

// hit reads what an id stands for; fault.NotFound when it is gone or another firm's.
func (s *show) hit(id string) (f found, err error) {
	kind, raw, err := parseID(id)
	if err != nil {
		return f, fault.NotFoundf("search.unknown", "there is no such thing")
	}
	f.at = id[1:]
	switch kind {
	case kindCustomer:
		return f, s.customer(&f, ledger.CustomerID(raw))
	case kindContact:
		return f, s.contact(&f, ledger.ContactID(raw))
	case kindDocument:
		return f, s.document(&f, ledger.DocumentID(raw))
	case kindReceipt:
		return f, s.receipt(&f, ledger.ReceiptID(raw))
	}
	return f, fault.NotFoundf("search.unknown", "there is no such thing")
}

func (s *show) mine(firm ledger.FirmID) error {
	if firm != s.firm {
		return fault.NotFoundf("search.unknown", "there is no such thing")
	}
	return nil
}

func (s *show) customer(f *found, id ledger.CustomerID) error {
	c, err := s.owner(id)
	if err != nil {
		return err
	}
	f.Hit = Hit{Type: "customer", ID: id.String(), Title: c.Name, Subtitle: join(c.Number, c.Address.City)}
	f.rank = rankCustomer + s.rank(c.Number, c.Name)
	return s.mine(c.Firm)
}

func (s *show) contact(f *found, id ledger.ContactID) error {
	p, err := s.r.Contact(id)
	if err != nil {
		return err
	}
	title, sub := p.Name, p.Email
	if title == "" {
		title, sub = p.Email, ""
	}
	f.Hit = Hit{Type: "contact", ID: id.String(), Title: title, Subtitle: sub}
	f.rank = rankContact + s.rank(p.Email, p.Name)
	return s.mine(p.Firm)
}

var documentTypes = map[ledger.DocumentType]string{ledger.Invoice: "invoice", ledger.CreditNote: "credit_note", ledger.DebitNote: "debit_note"}

func (s *show) document(f *found, id ledger.DocumentID) error {
	d, err := s.r.Document(id)
	if err != nil {
		return err
	}
	c, err := s.owner(d.Customer)
	if err != nil {
		return err
	}
	f.Hit = Hit{Type: documentTypes[d.Type], ID: id.String(), Title: d.Number, Subtitle: join(c.Name, d.Total.String()+" "+string(d.Total.Currency))}
	f.rank = rankDocument + max(s.rank(d.Number, ""), s.rank(d.PO, "")-1, s.rank(d.Reference, "")-2)
	return s.mine(d.Firm)
}

func (s *show) receipt(f *found, id ledger.ReceiptID) error {
	p, err := s.r.LiveReceipt(id)
	if err != nil {
		return err
	}
	who := p.Payer
	if !p.Customer.IsZero() {
		c, err := s.owner(p.Customer)
		if err != nil {
			return err
		}
		who = c.Name
	}
	title := p.Reference
	if title == "" {
		title = p.ProviderRef
	}
	if title == "" {
		title, who = who, ""
	}
	f.Hit = Hit{Type: "payment", ID: id.String(), Title: title, Subtitle: join(who, p.Date.String(), p.Amount.String()+" "+string(p.Amount.Currency))}
	f.rank = rankReceipt + max(s.rank(p.Reference, p.Payer), s.rank(p.ProviderRef, ""))
	return s.mine(p.Firm)
}

func (s *show) owner(id ledger.CustomerID) (ledger.Customer, error) {
	if c, ok := s.who[id]; ok {
		return c, nil
	}
	c, err := s.r.Customer(id)
	if err == nil {
		s.who[id] = c
	}
	return c, err
}

// rank compares what was asked with a number and a name.
func (s *show) rank(number, name string) int {
	flat, name := compact(number), fold(name)
	switch {
	case s.flat != "" && (flat == s.flat || trimZeros(flat) == trimZeros(s.flat)):
		return rankExact
	case name != "" && name == s.text:
		return rankExact
	case s.flat != "" && strings.HasPrefix(flat, s.flat), name != "" && strings.HasPrefix(name, s.text):
		return rankBegins
	}
	for _, w := range words(name) {
		if strings.HasPrefix(w, s.text) {
			return rankWord
		}
	}
	return 0
}

func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}
