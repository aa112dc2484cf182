package bookstest

import (
	"fmt"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Random chooses. *rand.Rand is one; a property test draws from its own source, so that failures shrink.
type Random interface {
	IntN(n int) int
}

// History does random things to the books of one firm, as people, imports and payment providers do: possible ones and
// impossible ones. What the books acknowledged is kept in its fields, in the order in which it happened.
type History struct {
	*Books
	Customers []ledger.Customer
	Documents []ledger.Document
	Receipts  []ledger.Receipt
	Returns   []ledger.Return
	Attempts  []ledger.Attempt
	Imports   []ledger.ImportID
	Refused   int // operations that the rules refused

	r Random
	n int
}

// NewFirm makes one more firm, which the helpers use from here on.
func (b *Books) NewFirm() {
	b.T.Helper()
	b.n++
	f, err := b.CreateFirm(b.Ctx, journal.Meta{}, ledger.Firm{Name: fmt.Sprintf("Firma %d", b.n), Country: "NL", Currency: "EUR"})
	if err != nil {
		b.T.Fatal(err)
	}
	b.Firm = f
}

// ByNumber is the firm's customer with a number.
func (b *Books) ByNumber(number string) (c ledger.Customer) {
	b.T.Helper()
	err := b.View(b.Ctx, func(r *books.Reader) (err error) { c, err = r.CustomerByNumber(b.Firm.ID, number); return err })
	if err != nil {
		b.T.Fatal(err)
	}
	return c
}

// History begins a history in the current firm with three customers.
func (b *Books) History(r Random) *History {
	b.T.Helper()
	h := &History{Books: b, r: r}
	for _, name := range []string{"Jansen Bouw", "Café De Zon", "Müller & Zn."} {
		h.Customers = append(h.Customers, b.Customer(name))
	}
	return h
}

// Run does n random things.
func (h *History) Run(n int) {
	h.T.Helper()
	steps := []func() error{h.post, h.post, h.post, h.credit, h.receive, h.receive, h.receive, h.stray, h.assign, h.allocate, h.allocate, h.credits,
		h.unallocate, h.writeOff, h.goBack, h.comeBack, h.void, h.describe, h.pay, h.imported, h.reimport, h.undo, h.tomorrow}
	for range n {
		h.n++
		err := steps[h.r.IntN(len(steps))]()
		switch {
		case err == nil:
		case fault.KindOf(err) == fault.Invalid, fault.KindOf(err) == fault.Conflict, fault.KindOf(err) == fault.NotFound:
			h.Refused++
		default:
			h.T.Fatalf("after %d operations: %v", h.n, err)
		}
	}
}

func pick[T any](h *History, list []T) (x T, ok bool) {
	if len(list) == 0 {
		return x, false
	}
	return list[h.r.IntN(len(list))], true
}

// Today is the date at the firm.
func (b *Books) Today() (on civil.Date) {
	b.T.Helper()
	err := b.View(b.Ctx, func(r *books.Reader) (err error) { on, err = r.Today(b.Firm.ID); return err })
	if err != nil {
		b.T.Fatal(err)
	}
	return on
}

// around is a date within so many days of today.
func (h *History) around(days int) civil.Date {
	return h.Today().AddDays(h.r.IntN(2*days+1) - days)
}

func (h *History) customer() ledger.Customer { return h.Customers[h.r.IntN(len(h.Customers))] }

func (h *History) currency() money.Currency {
	return []money.Currency{"EUR", "EUR", "EUR", "USD", "JPY"}[h.r.IntN(5)]
}

func (h *History) document(t ledger.DocumentType) ledger.Document {
	d := ledger.Document{Customer: h.customer().ID, Type: t, Number: fmt.Sprintf("%d-%04d", t, h.n), Issued: h.around(60),
		Total: money.Of(int64(h.r.IntN(200_000)), h.currency())}
	d.Due = d.Issued.AddDays(h.r.IntN(45))
	if h.r.IntN(3) == 0 {
		d.Discount = ledger.DiscountTerms{BasisPoints: 200, Until: d.Issued.AddDays(10), Mode: ledger.VATMode(h.r.IntN(3)), Proportional: h.r.IntN(2) == 0}
		d.Tax = []ledger.TaxPart{{RateMilli: 21000, Base: d.Total.Minor - d.Total.Minor/6, Tax: d.Total.Minor / 6}}
	}
	return d
}

func (h *History) post() error {
	t := ledger.Invoice
	if h.r.IntN(8) == 0 {
		t = ledger.DebitNote
	}
	return h.postOne(h.document(t))
}

func (h *History) credit() error { return h.postOne(h.document(ledger.CreditNote)) }

func (h *History) postOne(d ledger.Document) error {
	m := h.key()
	posted, err := h.Post(h.Ctx, m, d)
	if err == nil {
		h.Documents = append(h.Documents, posted)
		h.again(m, func() (any, error) { x, err := h.Post(h.Ctx, m, d); return x.ID, err }, posted.ID)
	}
	return err
}

// key is for a write that is, now and then, sent twice.
func (h *History) key() journal.Meta {
	m := h.Meta()
	if h.r.IntN(4) == 0 {
		m.Key = fmt.Sprintf("key-%d", h.n)
	}
	return m
}

// again repeats a write that has a key: it must answer as before and leave no trace.
func (h *History) again(m journal.Meta, write func() (id any, err error), want any) {
	h.T.Helper()
	if m.Key == "" {
		return
	}
	before, _, err := h.Log().Head(h.Ctx)
	if err != nil {
		h.T.Fatal(err)
	}
	got, err := write()
	after, _, headErr := h.Log().Head(h.Ctx)
	if err != nil || headErr != nil || got != want || after != before {
		h.T.Fatalf("the same request again answered %v, %v, %v; before it was %v; the journal went from %d to %d", got, err, headErr, want, before, after)
	}
}

// lines are what a payer or clerk might ask for: oldest first, the discounted amount, or nonsense.
func (h *History) lines(c ledger.CustomerID, amount money.Amount, on civil.Date) []ledger.Line {
	a := h.Account(c)
	items := a.OpenItems(on)
	switch h.r.IntN(4) {
	case 0:
		return nil
	case 1:
		d, ok := pick(h, h.Documents)
		if !ok {
			return nil
		}
		return []ledger.Line{{Document: d.ID, Amount: int64(h.r.IntN(100_000) + 1), Discount: int64(h.r.IntN(50))}}
	case 2:
		it, ok := pick(h, items)
		if !ok {
			return nil
		}
		discount := a.Discount(it.ID, on).Minor
		return []ledger.Line{{Document: it.ID, Amount: it.Open.Minor - discount, Discount: discount}}
	}
	return ledger.OldestFirst(items, amount)
}

func (h *History) receive() error {
	c, on := h.customer(), h.around(30)
	a := h.Account(c.ID)
	for _, it := range a.OpenItems(on) {
		if discount := a.Discount(it.ID, on); discount.Minor > 0 && h.r.IntN(2) == 0 {
			line := ledger.Line{Document: it.ID, Amount: it.Open.Sub(discount).Minor, Discount: discount.Minor}
			return h.receiveOne(ledger.Receipt{Customer: c.ID, Date: on, Amount: it.Open.Sub(discount), Method: ledger.MethodTransfer}, []ledger.Line{line})
		}
	}
	amount := money.Of(int64(h.r.IntN(150_000)+1), h.currency())
	if it, ok := pick(h, a.OpenItems(on)); ok && h.r.IntN(2) == 0 {
		amount = it.Open // exactly one invoice, or nearly
		amount.Minor += []int64{0, 0, -40, 500}[h.r.IntN(4)]
	}
	return h.receiveOne(ledger.Receipt{Customer: c.ID, Date: on, Amount: amount, Method: ledger.MethodTransfer}, h.lines(c.ID, amount, on))
}

func (h *History) receiveOne(r ledger.Receipt, lines []ledger.Line) error {
	m := h.key()
	got, err := h.Receive(h.Ctx, m, r, lines)
	if err == nil {
		h.Receipts = append(h.Receipts, got.Receipt)
		h.again(m, func() (any, error) { x, err := h.Receive(h.Ctx, m, r, lines); return x.Receipt.ID, err }, got.Receipt.ID)
	}
	return err
}

// stray is money of nobody.
func (h *History) stray() error {
	if h.r.IntN(3) > 0 {
		return h.receive()
	}
	return h.receiveOne(ledger.Receipt{Date: h.around(30), Amount: money.Of(int64(h.r.IntN(9_000)+1), "EUR"), Method: ledger.MethodTransfer, Payer: "Onbekend"}, nil)
}

func (h *History) assign() error {
	r, ok := pick(h, h.Receipts)
	if !ok {
		return nil
	}
	r, err := h.Assign(h.Ctx, h.Meta(), r.ID, h.customer().ID)
	if err == nil {
		for i := range h.Receipts {
			if h.Receipts[i].ID == r.ID {
				h.Receipts[i] = r
			}
		}
	}
	return err
}

func (h *History) effective() civil.Date {
	if h.r.IntN(2) == 0 {
		return 0
	}
	return h.around(40)
}

func (h *History) allocate() error {
	r, ok := pick(h, h.Receipts)
	if !ok || r.Customer.IsZero() {
		return nil
	}
	left := h.Account(r.Customer).Spare(ledger.Source{Receipt: r.ID}, h.Today())
	_, err := h.Allocate(h.Ctx, h.Meta(), ledger.Source{Receipt: r.ID}, h.lines(r.Customer, left, h.Today()), h.effective())
	return err
}

func (h *History) credits() error {
	var notes []ledger.Document
	for _, d := range h.Documents {
		if d.Type == ledger.CreditNote {
			notes = append(notes, d)
		}
	}
	d, ok := pick(h, notes)
	if !ok {
		return nil
	}
	left := h.Account(d.Customer).Spare(ledger.Source{Credit: d.ID}, h.Today())
	_, err := h.Allocate(h.Ctx, h.Meta(), ledger.Source{Credit: d.ID}, h.lines(d.Customer, left, h.Today()), h.effective())
	return err
}

func (h *History) unallocate() error {
	x, ok := pick(h, h.Account(h.customer().ID).Allocations)
	if !ok {
		return nil
	}
	_, err := h.Unallocate(h.Ctx, h.Meta(), x.ID, "verkeerd afgeletterd")
	return err
}

func (h *History) writeOff() error {
	d, ok := pick(h, h.Documents)
	if !ok {
		return nil
	}
	_, err := h.WriteOff(h.Ctx, h.Meta(), d.ID, money.Of(int64(h.r.IntN(30_000)), d.Total.Currency), "oninbaar")
	return err
}

func (h *History) goBack() error {
	r, ok := pick(h, h.Receipts)
	if !ok {
		return nil
	}
	amount := r.Amount
	if h.r.IntN(2) == 0 {
		amount.Minor = int64(h.r.IntN(int(amount.Minor))) + 1
	}
	m, want := h.key(), ledger.Return{Receipt: r.ID, Kind: ledger.ReturnKind(h.r.IntN(2)), Date: h.around(20), Amount: amount}
	x, err := h.Return(h.Ctx, m, want)
	if err == nil {
		h.Returns = append(h.Returns, x)
		h.again(m, func() (any, error) { x, err := h.Return(h.Ctx, m, want); return x.ID, err }, x.ID)
	}
	return err
}

func (h *History) comeBack() error {
	was, ok := pick(h, h.Returns)
	if !ok {
		return nil
	}
	x, err := h.Return(h.Ctx, h.Meta(), ledger.Return{Receipt: was.Receipt, Kind: was.Kind, Date: h.around(20), Amount: was.Amount, Undoes: was.ID})
	if err == nil {
		h.Returns = append(h.Returns, x)
	}
	return err
}

func (h *History) void() error {
	d, ok := pick(h, h.Documents)
	if !ok {
		return nil
	}
	_, err := h.Void(h.Ctx, h.Meta(), d.ID, "dubbel")
	return err
}

func (h *History) describe() error {
	d, ok := pick(h, h.Documents)
	if !ok {
		return nil
	}
	_, err := h.Describe(h.Ctx, h.Meta(), d.ID, books.Descriptive{PO: fmt.Sprintf("PO-%d", h.n)})
	return err
}

// pay starts an attempt or settles one, also one whose invoice has been paid in the meantime.
func (h *History) pay() error {
	if x, ok := pick(h, h.Attempts); ok && h.r.IntN(2) == 0 {
		got, err := h.SettleAttempt(h.Ctx, h.Meta(), x.ID, books.Settlement{ProviderRef: "tr_" + x.ID.String(), PaidOn: h.Today(), Amount: x.Amount, Method: ledger.MethodIDEAL})
		if err == nil && !h.knows(got.Receipt.ID) {
			h.Receipts = append(h.Receipts, got.Receipt)
		}
		return err
	}
	c := h.customer()
	a := h.Account(c.ID)
	it, ok := pick(h, a.OpenItems(h.Today()))
	if !ok {
		return nil
	}
	discount := a.Discount(it.ID, h.Today()).Minor
	amount := money.Of(it.Open.Minor-discount, it.Open.Currency)
	x, err := h.CreateAttempt(h.Ctx, h.Meta(), ledger.Attempt{Customer: c.ID, Amount: amount, Provider: "mollie", Method: ledger.MethodIDEAL,
		Lines: []ledger.AttemptLine{{Document: it.ID, Amount: amount.Minor, Discount: discount}}})
	if err == nil {
		h.Attempts = append(h.Attempts, x)
	}
	return err
}

func (h *History) knows(id ledger.ReceiptID) bool {
	for _, r := range h.Receipts {
		if r.ID == id {
			return true
		}
	}
	return false
}

// imported brings a new customer and a few documents, some settled elsewhere; now and then it is given up.
func (h *History) imported() error {
	s, err := h.Stage(h.Ctx, h.Meta(), books.ImportHeader{Name: "facturen.csv", Kind: "invoices"})
	if err != nil {
		return err
	}
	c := ledger.Customer{Number: fmt.Sprintf("I%d", h.n), Name: "Ingelezen B.V."}
	if err := s.Add(h.Ctx, books.ImportItem{Row: 2, Customer: &c}); err != nil {
		return err
	}
	var docs []ledger.Document
	for i := range h.r.IntN(4) {
		d := h.document(ledger.Invoice)
		d.Number = fmt.Sprintf("imp-%d-%d", h.n, i)
		it := books.ImportItem{Row: 3 + i, Document: &d}
		if h.r.IntN(2) == 0 {
			d.Customer, it.CustomerNumber = ledger.CustomerID{}, c.Number
		}
		if d.Total.Minor > 0 && h.r.IntN(2) == 0 {
			it.Settled, it.SettledOn = int64(h.r.IntN(int(d.Total.Minor)+1)), h.around(30)
		}
		if err := s.Add(h.Ctx, it); err != nil {
			return err
		}
		docs = append(docs, d)
	}
	if h.r.IntN(6) == 0 {
		return s.Abandon(h.Ctx)
	}
	if _, err := s.Apply(h.Ctx, nil); err != nil {
		return err
	}
	h.Imports = append(h.Imports, s.ID())
	h.Customers = append(h.Customers, c)
	h.Documents = append(h.Documents, docs...)
	return nil
}

// reimport says that more of known documents was settled elsewhere, and brings payments, one now and then of nobody.
func (h *History) reimport() error {
	d, ok := pick(h, h.Documents)
	if !ok {
		return nil
	}
	s, err := h.Stage(h.Ctx, h.Meta(), books.ImportHeader{Name: "facturen.csv", Kind: "invoices"})
	if err != nil {
		return err
	}
	d.PO = fmt.Sprintf("PO-%d", h.n)
	items := []books.ImportItem{{Row: 2, Document: &d, Settled: int64(h.r.IntN(100_000)), SettledOn: h.around(30)}}
	for i := range h.r.IntN(3) {
		r := ledger.Receipt{Customer: h.customer().ID, Date: h.around(10), Amount: money.Of(int64(h.r.IntN(90_000)+1), "EUR"),
			Method: ledger.MethodImport, Provider: "import", ProviderRef: fmt.Sprintf("%d/%d", h.n, i)}
		it := books.ImportItem{Row: 3 + i, Receipt: &r, Lines: h.lines(r.Customer, r.Amount, r.Date)}
		if h.r.IntN(5) == 0 {
			r.Customer, it.Lines = ledger.CustomerID{}, nil
		}
		items = append(items, it)
	}
	for _, it := range items {
		if err := s.Add(h.Ctx, it); err != nil {
			return err
		}
	}
	if _, err := s.Apply(h.Ctx, nil); err != nil {
		if abandon := s.Abandon(h.Ctx); abandon != nil {
			h.T.Fatal(abandon)
		}
		return err
	}
	h.Imports = append(h.Imports, s.ID())
	return h.View(h.Ctx, func(r *books.Reader) error {
		for x, err := range r.Receipts(h.Firm.ID) {
			if err != nil {
				return err
			}
			if x.Import == s.ID() {
				h.Receipts = append(h.Receipts, x)
			}
		}
		return nil
	})
}

func (h *History) undo() error {
	id, ok := pick(h, h.Imports)
	if !ok {
		return nil
	}
	_, err := h.UndoImport(h.Ctx, h.Meta(), id)
	if err == nil {
		h.undone(id)
	}
	return err
}

// undone checks that nothing of an undone import counts any more, from today on.
func (h *History) undone(id ledger.ImportID) {
	h.T.Helper()
	for _, c := range h.Customers {
		a := h.Account(c.ID)
		for _, d := range a.Documents {
			if d.Import == id && d.State != ledger.Void {
				h.T.Fatalf("document %s of an undone import still counts", d.Number)
			}
		}
		for _, r := range a.Receipts {
			if r.Import == id && !r.Void() {
				h.T.Fatalf("receipt %s of an undone import still counts", r.ID)
			}
		}
		for _, x := range a.Allocations {
			r, _ := a.Receipt(x.Receipt)
			if _, gone := a.Reversed(x.ID); (x.Import == id || r.Import == id) && x.Reverses.IsZero() && !gone {
				h.T.Fatalf("allocation %s of an undone import still counts", x.ID)
			}
		}
	}
}

func (h *History) tomorrow() error {
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, h.r.IntN(9)))
	return nil
}
