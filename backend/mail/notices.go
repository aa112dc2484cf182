package mail

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
	letters "github.com/voldaan/voldaan/frontend/mail"
)

// KindNotice is a notice of new invoices or of coming due dates.
const KindNotice Kind = "notice"

// Notices go out on business days between these hours of the firm's own clock, so that nobody is woken by one.
const noticeFrom, noticeTo = 9, 17

// invoiceNews is for how many days after its date an invoice is new. Older ones are history that was loaded.
const invoiceNews = 14

// NoticeSettings are the notices that the firm has switched on. A customer's contacts choose among these.
type NoticeSettings struct {
	// InvoicesSince is the day on which notices of new invoices were switched on; zero: they are off. Invoices dated
	// earlier are never told of, whenever they are loaded.
	InvoicesSince civil.Date
	DueSoon       bool
	DueDays       int // how many days before the due date, 1 to 30
}

const usualDueDays = 5

type noticeSettingsRecord struct {
	Firm          ledger.FirmID `cbor:"1,keyasint"`
	InvoicesSince int32         `cbor:"2,keyasint,omitzero"`
	DueSoon       bool          `cbor:"3,keyasint,omitzero"`
	DueDays       int           `cbor:"4,keyasint,omitzero"`
}

// toldRecord is that a customer was told of a document, once per topic. It is written together with the mail.
type toldRecord struct {
	Topic    Topic             `cbor:"1,keyasint"`
	Document ledger.DocumentID `cbor:"2,keyasint"`
	Notice   NoticeID          `cbor:"3,keyasint,omitzero"` // zero: another notice has said it already
}

var (
	noticeSettings = store.Table[noticeSettingsRecord]{Name: "mail.notice_settings", Key: func(r *noticeSettingsRecord) []byte { return r.Firm.Bytes() }}
	toldOf         = store.Table[toldRecord]{Name: "mail.told", Key: func(r *toldRecord) []byte { return append(r.Document.Bytes()[:16:16], r.Topic...) }}
)

func noticeSettingsIn(tx store.Tx, firm ledger.FirmID) (NoticeSettings, error) {
	r, err := noticeSettings.Get(tx, firm.Bytes())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return NoticeSettings{}, err
	}
	return NoticeSettings{InvoicesSince: civil.Date(r.InvoicesSince), DueSoon: r.DueSoon, DueDays: cmp.Or(r.DueDays, usualDueDays)}, nil
}

// NoticeSettings are what the firm has switched on.
func (o *Outbox) NoticeSettings(ctx context.Context, firm ledger.FirmID) (s NoticeSettings, err error) {
	err = o.view(ctx, func(tx store.Tx) error { s, err = noticeSettingsIn(tx, firm); return err })
	return s, err
}

// SetNotices switches notices of m.Firm on or off. Switching new invoices on counts from today; leaving them on keeps the
// day on which they were switched on.
func (o *Outbox) SetNotices(ctx context.Context, m journal.Meta, invoices, dueSoon bool, dueDays int) (s NoticeSettings, err error) {
	if dueDays < 1 || dueDays > 30 {
		return s, fault.Invalidf("mail.due_days", "expected 1 to 30 days before the due date")
	}
	_, err = o.books.Log().Update(ctx, m, "mail.notices_changed", nil, func(tx *journal.Tx) error {
		tx.Subject(m.Firm.Bytes())
		if s, err = noticeSettingsIn(tx, m.Firm); err != nil {
			return err
		}
		today, err := o.books.In(tx).Today(m.Firm)
		if err != nil {
			return err
		}
		switch {
		case !invoices:
			s.InvoicesSince = 0
		case s.InvoicesSince.IsZero():
			s.InvoicesSince = today
		}
		s.DueSoon, s.DueDays = dueSoon, dueDays
		return noticeSettings.Put(tx, &noticeSettingsRecord{Firm: m.Firm, InvoicesSince: int32(s.InvoicesSince), DueSoon: dueSoon, DueDays: dueDays})
	})
	return s, err
}

// RunNotices tells customers of new invoices and coming due dates, once an hour within the hours for it, until ctx ends.
func (o *Outbox) RunNotices(ctx context.Context) error {
	done := map[ledger.FirmID]time.Time{}
	for {
		if err := o.notifyFirms(ctx, done); err != nil && ctx.Err() == nil {
			return err
		}
		timer := time.NewTimer(idle)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

func (o *Outbox) notifyFirms(ctx context.Context, done map[ledger.FirmID]time.Time) error {
	var firms []ledger.Firm
	if err := o.books.View(ctx, func(r *books.Reader) (err error) { firms, err = r.Firms(); return err }); err != nil {
		return err
	}
	for _, f := range firms {
		hour := o.books.Clock().Now().Truncate(time.Hour)
		if f.Archived || done[f.ID].Equal(hour) {
			continue
		}
		if err := o.Notify(ctx, f); err != nil {
			return err
		}
		done[f.ID] = hour
	}
	return nil
}

// Notify puts in the outbox what the firm's customers are to be told of now: one mail a person and topic, over everything
// that was not told of yet. It may be stopped anywhere and done again: a mail and what it tells of are one transaction.
func (o *Outbox) Notify(ctx context.Context, f ledger.Firm) error {
	now := o.books.Clock().Now().In(zone(f))
	today := civil.In(now, now.Location())
	if !today.BusinessDay() || now.Hour() < noticeFrom || now.Hour() >= noticeTo {
		return nil
	}
	s, err := o.NoticeSettings(ctx, f.ID)
	if err != nil || s.InvoicesSince.IsZero() && !s.DueSoon {
		return err
	}
	var due []ledger.CustomerID
	err = o.books.View(ctx, func(r *books.Reader) error {
		due = due[:0]
		for c, err := range r.Customers(f.ID) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			news, err := o.news(r, s, c, today)
			if err != nil {
				return err
			}
			if len(news) > 0 {
				due = append(due, c.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range due {
		if err := o.notify(ctx, f.ID, c, today); err != nil {
			return err
		}
	}
	return nil
}

// piece is what one topic has to tell, and to whom.
type piece struct {
	topic     Topic
	documents []ledger.Document
	letter    letters.Notice
	to        []ledger.Contact
}

var errNoNews = errors.New("mail: nothing to tell")

// notify decides again on the books as they are, and writes the mails and what they tell of.
func (o *Outbox) notify(ctx context.Context, firm ledger.FirmID, id ledger.CustomerID, today civil.Date) error {
	_, err := o.books.Log().Update(ctx, journal.Meta{Firm: firm}, "mail.notice_queued", nil, func(tx *journal.Tx) error {
		r := o.books.In(tx)
		f, err := r.Firm(firm)
		if err != nil {
			return err
		}
		s, err := noticeSettingsIn(tx, firm)
		if err != nil {
			return err
		}
		c, err := r.Customer(id)
		if err != nil {
			return err
		}
		news, err := o.news(r, s, c, today)
		if err != nil {
			return err
		}
		sent := 0
		for _, p := range news {
			n, err := o.tell(tx, f, c, p)
			if err != nil {
				return err
			}
			sent += n
		}
		if sent == 0 {
			return errNoNews
		}
		return nil
	})
	if errors.Is(err, errNoNews) {
		return nil
	}
	return err
}

// tell writes the mails of one piece, and that they were written. An address that nothing can be sent to is passed over.
func (o *Outbox) tell(tx *journal.Tx, f ledger.Firm, c ledger.Customer, p piece) (sent int, err error) {
	var last NoticeID
	for _, to := range p.to {
		l := p.letter
		l.Firm, l.Name = sender(f), person(to.Name)
		if f.Portal.Enabled && f.Portal.PublicURL != "" {
			l.URL = strings.TrimRight(f.Portal.PublicURL, "/") + "/"
		}
		n := Notice{Customer: c.ID, Kind: KindNotice, To: to.Email, Language: cmp.Or(to.Language, c.Language)}
		id, err := o.Put(tx, f, n, l)
		if fault.KindOf(err) == fault.Invalid && err != nil {
			o.log.Warn("a notice has no usable address", "customer", c.ID.String())
			continue
		}
		if err != nil {
			return sent, err
		}
		last = id
		sent++
	}
	if sent == 0 {
		return 0, nil
	}
	for _, d := range p.documents {
		tx.Subject(d.ID.Bytes())
		if err := toldOf.Put(tx, &toldRecord{Topic: p.topic, Document: d.ID, Notice: last}); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// news is what a customer is to be told of today. Nobody is told of what is paid, disputed, promised, planned, under way
// or about to be collected; an invoice that is new needs no second notice that it is due soon.
func (o *Outbox) news(r *books.Reader, s NoticeSettings, c ledger.Customer, today civil.Date) (out []piece, err error) {
	if c.State == ledger.CustomerArchived {
		return nil, nil
	}
	fresh := piece{topic: TopicInvoices, letter: letters.Notice{Kind: letters.NoticeInvoices}}
	soon := piece{topic: TopicDueSoon, letter: letters.Notice{Kind: letters.NoticeDueSoon, Days: s.DueDays}}
	var candidates []ledger.Document
	for d, err := range r.RowsOf(c.ID) {
		if err != nil {
			return nil, err
		}
		if d.Type.Debit() && d.State == ledger.Posted && d.Issued <= today && (s.fresh(d, today) || s.soon(d, c, today)) {
			candidates = append(candidates, d)
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	a, err := r.Account(c.ID)
	if err != nil {
		return nil, err
	}
	holds, err := r.Holds(c.ID, today)
	if err != nil {
		return nil, err
	}
	collecting, err := r.CollectionHolds(c.Firm, c.ID, today)
	if err != nil {
		return nil, err
	}
	for _, d := range candidates {
		free := holds.Free(d.ID, a.Open(d.ID, today))
		if _, held := collecting[d.ID]; held || free.Minor <= 0 {
			continue
		}
		told := map[Topic]bool{}
		for _, t := range []Topic{TopicInvoices, TopicDueSoon} {
			if told[t], err = toldOf.Has(r.Tx(), toldOf.Key(&toldRecord{Topic: t, Document: d.ID})); err != nil {
				return nil, err
			}
		}
		line := letters.Line{Number: d.Number, Due: d.Due, Amount: free}
		switch {
		case s.fresh(d, today) && !told[TopicInvoices]:
			fresh.add(d, line)
		case s.soon(d, c, today) && !told[TopicDueSoon] && !(told[TopicInvoices] && civil.Days(d.Issued, d.Due) <= s.DueDays):
			soon.add(d, line)
		}
	}
	for _, p := range []piece{fresh, soon} {
		if len(p.documents) == 0 {
			continue
		}
		if p.to, err = o.Recipients(r, c, p.topic); err != nil {
			return nil, err
		}
		if len(p.to) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

func (p *piece) add(d ledger.Document, l letters.Line) {
	p.documents = append(p.documents, d)
	p.letter.Lines = append(p.letter.Lines, l)
}

func (s NoticeSettings) fresh(d ledger.Document, today civil.Date) bool {
	return !s.InvoicesSince.IsZero() && d.Issued >= s.InvoicesSince && civil.Days(d.Issued, today) <= invoiceNews
}

func (s NoticeSettings) soon(d ledger.Document, c ledger.Customer, today civil.Date) bool {
	return s.DueSoon && !c.NoDunning && d.Due >= today && civil.Days(today, d.Due) <= s.DueDays
}
