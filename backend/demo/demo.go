// Package demo makes the sample firm: a bakery that delivers to kitchens, with about sixty customers and eight hundred
// invoices over the last year and a half, all invented.
//
// It is built through package books like any other ledger, event by event in the order of time, so that timelines,
// as-of reports and payment habits look like those of a real firm. The same day gives the same firm, cent for cent; ids
// differ only in that they come from the day, too.
package demo

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

// span is how far back the history goes, in days.
const span = 548

// Firm is the sample firm as it stands in a new ledger, without an id.
func Firm() ledger.Firm {
	return ledger.Firm{Name: "Bakkerij De Korenaar", LegalName: "Bakkerij De Korenaar B.V.", Country: "NL", Currency: "EUR",
		TimeZone: "Europe/Amsterdam", Language: "nl", VATID: "NL004495445B01", ChamberNo: "08123456", IBAN: "NL91ABNA0417164300", BIC: "ABNANL2A",
		Address: ledger.Address{Street: "Molenstraat 12", PostalCode: "7411 XA", City: "Deventer", Country: "NL"},
		Email:   "administratie@dekorenaar.example", Phone: "0570 555 012", Website: "https://dekorenaar.example",
		Brand: ledger.Brand{Color: "#7a4b12", Footer: "Vers gebakken in Deventer, elke nacht."},
		Portal: ledger.PortalSettings{Enabled: true, Contact: ledger.PortalContact{Name: "Jolanda Veldhuis", Role: "Debiteurenadministratie",
			Email: "administratie@dekorenaar.example", Phone: "0570 555 012", Hours: "ma–vr 8.30–17.00"}}}
}

// Build makes the sample firm in an empty ledger, with a history that ends now. progress, which may be nil, hears how many
// of the events are done.
func Build(ctx context.Context, eng store.Engine, now time.Time, progress func(done, all int)) (ledger.Firm, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return ledger.Firm{}, err
	}
	today := civil.In(now, zone)
	seed := [32]byte{'k', 'o', 'r', 'e', 'n', 'a', 'a', 'r'}
	binary.BigEndian.PutUint32(seed[8:], uint32(today))
	clock := civil.NewManual(at(today.AddDays(-span-1), 9, 0))
	w := &world{ctx: ctx, today: today, now: now, clock: clock, rnd: rand.New(rand.NewPCG(uint64(today), 17)), sequence: map[int]int{}}
	if w.books, err = books.OpenWith(ctx, eng, clock, ident.NewSourceFrom(clock, rand.NewChaCha8(seed))); err != nil {
		return ledger.Firm{}, err
	}
	if w.firm, err = w.books.CreateFirm(ctx, journal.Meta{Actor: journal.Actor{Kind: journal.System}}, Firm()); err != nil {
		return w.firm, err
	}
	w.meta = journal.Meta{Firm: w.firm.ID, Actor: journal.Actor{Kind: journal.User, Name: "Jolanda Veldhuis"}}
	if err := w.parties(); err != nil {
		return w.firm, err
	}
	w.plan()
	return w.firm, w.play(progress)
}

// at is an instant on a day, in UTC, roughly Dutch office time.
func at(d civil.Date, hour, minute int) time.Time {
	return d.Time().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// world is the sample firm while it is being made.
type world struct {
	ctx   context.Context
	today civil.Date
	now   time.Time
	clock *civil.Manual
	rnd   *rand.Rand
	books *books.Books
	firm  ledger.Firm
	meta  journal.Meta

	customers []ledger.Customer
	sequence  map[int]int // last invoice number per year
	events    []event
}

// event is something that happens on a day. Documents get their numbers when they are played, in order of time.
type event struct {
	on     civil.Date
	minute int
	do     func() error
}

func (w *world) add(on civil.Date, do func() error) {
	w.events = append(w.events, event{on, w.rnd.IntN(480), do})
}

func (w *world) between(lo, hi int) int { return lo + w.rnd.IntN(hi-lo+1) }

func (w *world) parties() error {
	for i, p := range profiles {
		slug := slugOf(p.name)
		c, err := w.books.PutCustomer(w.ctx, w.meta, ledger.Customer{Number: fmt.Sprintf("%d", 10001+i), Name: p.name, Party: p.party,
			Language: p.language, Class: classes[p.party], TermDays: p.terms, Email: "administratie@" + slug + ".example",
			Phone: fmt.Sprintf("0%d 555 %04d", 570+i%9, 100+i), IBAN: iban(i), CreditLimit: p.to * 5,
			Address: ledger.Address{Street: p.street, PostalCode: p.postcode, City: p.city, Country: p.country}})
		if err != nil {
			return err
		}
		w.customers = append(w.customers, c)
		rights := ledger.RightPay
		if i%4 == 0 {
			rights = ledger.RightManage
		}
		_, err = w.books.PutContact(w.ctx, w.meta, ledger.Contact{Name: p.contact, Email: "facturen@" + slug + ".example", Language: p.language,
			State: ledger.ContactActive, Access: []ledger.Access{{Customer: c.ID, Rights: rights}}})
		if err != nil {
			return err
		}
		w.clock.Advance(3 * time.Minute)
	}
	return nil
}

// plan lays out every customer's invoices and what becomes of them.
func (w *world) plan() {
	for i, p := range profiles {
		first := w.today.AddDays(-span + w.rnd.IntN(p.every))
		for on := first; on <= w.today; on = on.AddDays(p.every*13/10 + w.between(-2, 3)) {
			w.invoice(w.customers[i], p, workday(on))
		}
	}
	slices.SortStableFunc(w.events, func(a, b event) int { return cmp.Or(cmp.Compare(a.on, b.on), cmp.Compare(a.minute, b.minute)) })
}

// workday moves a weekend to the Friday before it.
func workday(d civil.Date) civil.Date {
	switch d.Weekday() {
	case time.Saturday:
		return d.AddDays(-1)
	case time.Sunday:
		return d.AddDays(-2)
	}
	return d
}

// invoice plans one invoice, and its payment or credit. The document is shared by the events: later ones read its id.
func (w *world) invoice(c ledger.Customer, p profile, on civil.Date) {
	net := p.from + w.rnd.Int64N(p.to-p.from)
	net -= net % 5
	tax := money.Round(big.NewRat(net*9, 100)) // bread is taxed at 9 %
	if p.country != "NL" {
		tax = 0 // reverse charge or export
	}
	d := &ledger.Document{Customer: c.ID, Issued: on, Due: on.AddDays(p.terms), Total: money.Of(net+tax, money.Currency(p.currency)),
		Tax: []ledger.TaxPart{{RateMilli: rateOf(tax), Base: net, Tax: tax}}, Description: goods[w.rnd.IntN(len(goods))]}
	if p.party == pub || p.habit == early {
		d.PO = fmt.Sprintf("PO %d", 40000+w.rnd.IntN(9000))
	}
	if p.habit == early && p.terms == 30 {
		d.Discount = ledger.DiscountTerms{BasisPoints: 200, Until: on.AddDays(10), Mode: ledger.VATNetOnly}
	}
	w.add(on, func() error { return w.post(d) })
	if w.rnd.IntN(40) == 0 {
		w.credit(c, d, on.AddDays(w.between(2, 9)))
		return
	}
	w.settle(c, p, d)
}

func rateOf(tax int64) int64 {
	if tax == 0 {
		return 0
	}
	return 9000
}

func (w *world) post(d *ledger.Document) error {
	year := d.Issued.Year()
	w.sequence[year]++
	d.Number = fmt.Sprintf("%d-%04d", year, w.sequence[year])
	posted, err := w.books.Post(w.ctx, w.meta, *d)
	*d = posted
	return err
}

// settle plans when and how an invoice is paid.
func (w *world) settle(c ledger.Customer, p profile, d *ledger.Document) {
	total := d.Total.Minor
	switch p.habit {
	case early:
		on := d.Issued.AddDays(w.between(5, 11))
		w.add(on, func() error { return w.pay(c, d, on, total, ledger.MethodTransfer) })
	case prompt:
		on := d.Due.AddDays(w.between(-4, 3))
		w.add(on, func() error { return w.pay(c, d, on, total, ledger.MethodTransfer) })
	case byCard:
		on := d.Issued.AddDays(w.between(0, 6))
		w.add(on, func() error { return w.pay(c, d, on, total, ledger.MethodIDEAL) })
	case late:
		on := d.Due.AddDays(w.between(6, 24))
		w.add(on, func() error { return w.pay(c, d, on, total, ledger.MethodIDEAL) })
	case slow:
		if w.rnd.IntN(9) == 0 {
			return // never paid: the old items every firm has
		}
		on := d.Due.AddDays(w.between(25, 75))
		w.add(on, func() error { return w.pay(c, d, on, total, ledger.MethodTransfer) })
	case inParts:
		half := total / 2
		first, second := d.Due.AddDays(w.between(-2, 8)), d.Due.AddDays(w.between(20, 50))
		w.add(first, func() error { return w.pay(c, d, first, half, ledger.MethodTransfer) })
		w.add(second, func() error { return w.pay(c, d, second, total-half, ledger.MethodTransfer) })
	}
}

// pay books a payment with the discount that it earns. One in thirty pays too much, one in forty a few cents short.
func (w *world) pay(c ledger.Customer, d *ledger.Document, on civil.Date, amount int64, m ledger.Method) error {
	line := ledger.Line{Document: d.ID, Amount: amount}
	if d.Discount.BasisPoints > 0 && d.Discount.Eligible(on) {
		off := ledger.DiscountOn(*d, money.Of(0, d.Total.Currency), d.Total, on)
		line.Amount, line.Discount = amount-off.Minor, off.Minor
	}
	received := line.Amount
	switch w.rnd.IntN(120) {
	case 0, 1, 2, 3:
		received += int64(w.between(10, 90)) * 100
	case 4, 5, 6:
		if line.Discount == 0 {
			received -= int64(w.between(1, 9)) // lost in the payer's own rounding
			line.Amount = received
		}
	}
	reference := "Factuur " + d.Number
	if d.PO != "" {
		reference += " " + d.PO
	}
	_, err := w.books.Receive(w.ctx, w.meta, ledger.Receipt{Customer: c.ID, Date: on, Amount: money.Of(received, d.Total.Currency),
		Method: m, Payer: c.Name, PayerIBAN: c.IBAN, Reference: reference}, []ledger.Line{line})
	return err
}

// credit plans a credit note for part of an invoice, allocated at once, and the payment of the rest.
func (w *world) credit(c ledger.Customer, d *ledger.Document, on civil.Date) {
	amount := d.Total.Minor / int64(w.between(3, 8))
	note := &ledger.Document{Customer: c.ID, Type: ledger.CreditNote, Issued: on, Total: money.Of(amount, d.Total.Currency),
		Description: "Retour en manco"}
	d.Discount = ledger.DiscountTerms{}
	w.add(on, func() error {
		note.Corrects = d.ID
		if err := w.post(note); err != nil {
			return err
		}
		_, err := w.books.Allocate(w.ctx, w.meta, ledger.Source{Credit: note.ID}, []ledger.Line{{Document: d.ID, Amount: amount}}, 0)
		return err
	})
	if w.rnd.IntN(3) > 0 {
		pay := d.Due.AddDays(w.between(0, 12))
		w.add(pay, func() error { return w.pay(c, d, pay, d.Total.Minor-amount, ledger.MethodTransfer) })
	}
}

// play lets the events of the past happen, each at its own time.
func (w *world) play(progress func(done, all int)) error {
	past := w.events
	for i, e := range w.events {
		if when := at(e.on, 7, e.minute); when.After(w.now) {
			past = w.events[:i]
			break
		}
	}
	for i, e := range past {
		w.clock.Set(at(e.on, 7, e.minute))
		if err := e.do(); err != nil {
			return err
		}
		if progress != nil && i%50 == 0 {
			progress(i, len(past))
		}
	}
	if progress != nil {
		progress(len(past), len(past))
	}
	return nil
}

// slugOf makes a domain label of a name.
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune("éèêë", r):
			b.WriteByte('e')
		case r == 'ü':
			b.WriteByte('u')
		case r == 'ö':
			b.WriteByte('o')
		}
	}
	return b.String()
}

// iban is a well-formed account number of a bank that does not exist.
func iban(i int) string {
	s, err := reference.IBAN("NL", fmt.Sprintf("VDKB%010d", 417000000+i*7919))
	if err != nil {
		panic("demo: " + err.Error())
	}
	return s
}
