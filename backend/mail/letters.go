package mail

import (
	"cmp"
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// SignIn asks for a mail with a sign-in link.
type SignIn struct {
	Customer ledger.CustomerID // for the timeline; zero when the contact serves several
	To, Name string
	Language string // empty: the firm's
	URL      string
	Code     string // empty when the staff sends the link
	Expires  time.Time
}

// EnqueueSignIn puts a mail with a sign-in link in the outbox of m.Firm.
func (o *Outbox) EnqueueSignIn(ctx context.Context, m journal.Meta, in SignIn) (NoticeID, error) {
	n := Notice{Firm: m.Firm, Customer: in.Customer, Kind: KindSignIn, To: in.To, Language: in.Language, Expires: in.Expires}
	return o.enqueue(ctx, m, n, []byte(in.URL), func(f ledger.Firm, at time.Time) letters.Letter {
		return letters.SignIn{Firm: sender(f), Name: person(in.Name), URL: in.URL, Code: in.Code, Minutes: int(in.Expires.Sub(at).Round(time.Minute).Minutes())}
	})
}

// Invitation asks for a mail that tells a colleague of a customer that they may see the account.
type Invitation struct {
	Customer     ledger.CustomerID
	CustomerName string
	To, Name, By string
	Language     string // empty: the firm's
	URL          string // the sign-in page
}

// EnqueueInvitation puts an invitation in the outbox of m.Firm.
func (o *Outbox) EnqueueInvitation(ctx context.Context, m journal.Meta, in Invitation) (NoticeID, error) {
	n := Notice{Firm: m.Firm, Customer: in.Customer, Kind: KindInvitation, To: in.To, Language: in.Language}
	return o.enqueue(ctx, m, n, []byte(in.URL), func(f ledger.Firm, _ time.Time) letters.Letter {
		return letters.Invitation{Firm: sender(f), Name: person(in.Name), By: person(in.By), Customer: in.CustomerName, URL: in.URL}
	})
}

// PayLinkLine is one document that a pay link pays: what is open of it.
type PayLinkLine struct {
	Number string
	Due    civil.Date
	Open   money.Amount
}

// PayLink asks for a mail with a pay link.
type PayLink struct {
	Customer ledger.CustomerID
	To, Name string
	Language string // empty: the firm's
	URL      string
	Lines    []PayLinkLine // at least one, all in one currency
	Expires  time.Time
}

// EnqueuePayLink puts a mail with a pay link in the outbox of m.Firm.
func (o *Outbox) EnqueuePayLink(ctx context.Context, m journal.Meta, in PayLink) (NoticeID, error) {
	if len(in.Lines) == 0 {
		return NoticeID{}, fault.Invalidf("mail.no_lines", "a pay link needs at least one invoice")
	}
	n := Notice{Firm: m.Firm, Customer: in.Customer, Kind: KindPayLink, To: in.To, Language: in.Language, Expires: in.Expires}
	return o.enqueue(ctx, m, n, []byte(in.URL), func(f ledger.Firm, _ time.Time) letters.Letter {
		l := letters.PayLink{Firm: sender(f), Name: person(in.Name), URL: in.URL}
		for _, line := range in.Lines {
			l.Lines = append(l.Lines, letters.Line{Number: line.Number, Due: line.Due, Amount: line.Open})
			l.Total = l.Total.Add(line.Open)
		}
		if !in.Expires.IsZero() {
			l.ValidFor = civil.In(in.Expires.Add(-time.Second), zone(f))
		}
		return l
	})
}

// News asks for a mail that says that there is something to read, and not what.
type News struct {
	Customer ledger.CustomerID
	To, Name string
	Language string // empty: the firm's
	URL      string
	Progress bool // a request has got further; else there is a message
}

// EnqueueNews puts such a mail in the outbox of m.Firm.
func (o *Outbox) EnqueueNews(ctx context.Context, m journal.Meta, in News) (NoticeID, error) {
	n := Notice{Firm: m.Firm, Customer: in.Customer, Kind: KindNews, To: in.To, Language: in.Language}
	return o.enqueue(ctx, m, n, []byte(in.URL), func(f ledger.Firm, _ time.Time) letters.Letter {
		return letters.News{Firm: sender(f), Name: person(in.Name), URL: in.URL, Progress: in.Progress}
	})
}

// enqueue renders a letter as the firm stands now and writes it as a notice.
func (o *Outbox) enqueue(ctx context.Context, m journal.Meta, n Notice, input []byte, write func(ledger.Firm, time.Time) letters.Letter) (NoticeID, error) {
	to, err := address(n.To)
	if err != nil {
		return NoticeID{}, err
	}
	n.To = to
	var firm ledger.Firm
	if err := o.books.View(ctx, func(r *books.Reader) error {
		firm, err = r.Firm(m.Firm)
		return err
	}); err != nil {
		return NoticeID{}, err
	}
	n.Language = cmp.Or(n.Language, firm.Language)
	rendered, err := letters.Render(n.Language, write(firm, o.books.Clock().Now()))
	if err != nil {
		return NoticeID{}, err
	}
	n.Subject = rendered.Subject
	out, err := o.books.Log().Update(ctx, m, "mail.queued", append([]byte(n.Kind), input...), func(tx *journal.Tx) error {
		fresh := n
		return o.put(tx, &fresh, Content{Text: rendered.Text, HTML: rendered.HTML})
	})
	if err != nil {
		return NoticeID{}, err
	}
	return NoticeID(out.Result), nil
}

// Put writes a letter as a notice of the firm within somebody else's transaction, so that the mail and what it tells are
// written together or not at all. The transaction's entry is the caller's; it gets the notice among its subjects.
func (o *Outbox) Put(tx *journal.Tx, f ledger.Firm, n Notice, l letters.Letter) (NoticeID, error) {
	to, err := address(n.To)
	if err != nil {
		return NoticeID{}, err
	}
	n.To, n.Firm, n.Language = to, f.ID, cmp.Or(n.Language, f.Language)
	rendered, err := letters.Render(n.Language, l)
	if err != nil {
		return NoticeID{}, err
	}
	n.Subject = rendered.Subject
	err = o.put(tx, &n, Content{Text: rendered.Text, HTML: rendered.HTML})
	return n.ID, err
}

// Sender is the firm as its letters show it.
func Sender(f ledger.Firm) letters.Firm { return sender(f) }

// Person is a name to greet somebody by, or nothing.
func Person(name string) string { return person(name) }

// person is a name to greet somebody by. An address is none: contacts that were made from one carry it as their name.
func person(name string) string {
	if strings.Contains(name, "@") {
		return ""
	}
	return name
}

// sender is the firm as its letters show it.
func sender(f ledger.Firm) letters.Firm {
	c := f.Portal.Contact
	var contact []string
	for _, part := range []string{c.Name, cmp.Or(c.Phone, f.Phone), cmp.Or(c.Email, f.Email)} {
		if part != "" {
			contact = append(contact, part)
		}
	}
	return letters.Firm{Name: f.Name, Color: f.Brand.Color, Contact: strings.Join(contact, ", "), Footer: f.Brand.Footer}
}

func zone(f ledger.Firm) *time.Location {
	if z, err := time.LoadLocation(f.TimeZone); err == nil {
		return z
	}
	return time.UTC
}

// address accepts one bare e-mail address. Control characters would let a text become a header or a second recipient.
func address(s string) (string, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.Invalidf("mail.control_characters", "the e-mail address holds characters that cannot be in one, such as a line break")
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > 254 {
		return "", fault.Invalidf("mail.address", "this is not an e-mail address that mail can be sent to; expected one such as name@example.org")
	}
	return s, nil
}
