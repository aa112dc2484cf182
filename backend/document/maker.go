package document

import (
	"context"
	"strconv"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Maker makes papers of what is in the books. It reads through a customer's own view, for staff too: what is outside the
// view's scope does not exist.
type Maker struct{ books *books.Books }

// New makes a Maker.
func New(b *books.Books) *Maker { return &Maker{b} }

// File is a finished paper.
type File struct {
	Name, Type string
	Body       []byte
}

// PDF is the media type of papers.
const PDF = "application/pdf"

// Period asks for a statement. A zero AsOf is today; a zero From leaves the movements out. An empty Language is the
// customer's.
type Period struct {
	From, AsOf civil.Date
	Language   string
}

// Statement is the statement of a view's account, as data, with the languages to write it in, the first known one counts.
func (m *Maker) Statement(ctx context.Context, v *books.PortalView, p Period) (ledger.Statement, []string, error) {
	a, err := v.Account(ctx)
	if err != nil {
		return ledger.Statement{}, nil, err
	}
	if p.AsOf.IsZero() {
		p.AsOf = a.Today
	}
	if err := CheckPeriod(p.From, p.AsOf); err != nil {
		return ledger.Statement{}, nil, err
	}
	return a.Account.StatementOn(p.From, p.AsOf), langs(p.Language, a), nil
}

// CheckPeriod refuses dates that no ledger has.
func CheckPeriod(from, asOf civil.Date) error {
	if asOf < civil.Of(1980, 1, 1) || asOf > civil.Of(2199, 12, 31) || !from.IsZero() && (from > asOf || from < civil.Of(1980, 1, 1)) {
		return fault.Invalidf("document.period", "a statement needs dates between 1980 and 2199, the first not after the last")
	}
	return nil
}

func langs(asked string, a books.PortalAccount) []string {
	return []string{asked, a.Customer.Language, a.Firm.Language}
}

// StatementPDF is the statement as a paper. It gives out the account's payment reference where it can be paid by transfer.
func (m *Maker) StatementPDF(ctx context.Context, v *books.PortalView, meta journal.Meta, p Period) (File, error) {
	st, _, err := m.Statement(ctx, v, p)
	if err != nil {
		return File{}, err
	}
	f, a, err := m.frame(ctx, v, p.Language)
	if err != nil {
		return File{}, err
	}
	references := map[money.Currency]string{}
	for i := range st.Sections {
		x := &st.Sections[i]
		if _, ok := f.transfer(Pay{Amount: x.Due(), Reference: "?"}); !ok || st.AsOf < a.Today {
			continue // a statement of the past asks for nothing
		}
		it, err := v.Intent(ctx, meta, x.Currency, nil)
		if err != nil {
			return File{}, err
		}
		references[x.Currency] = it.Reference
	}
	body, err := Statement(f, st, references)
	return File{FileName(f.words().file(f.words().Statement), st.Customer.Number, st.AsOf.String()), PDF, body}, err
}

// YearPDF is the annual statement of a calendar year, of the running one up to today.
func (m *Maker) YearPDF(ctx context.Context, v *books.PortalView, year int, language string) (File, error) {
	f, a, err := m.frame(ctx, v, language)
	if err != nil {
		return File{}, err
	}
	if year < 1980 || year > a.Today.Year() {
		return File{}, fault.Invalidf("document.year", "an annual statement is of a year from 1980 to this one")
	}
	st := a.Account.StatementOn(civil.Of(year, 1, 1), min(a.Today, civil.Of(year, 12, 31)))
	body, err := Year(f, st)
	return File{FileName(f.words().file(f.words().Year), strconv.Itoa(year), st.Customer.Number), PDF, body}, err
}

// InvoicePDF is the copy of an invoice, credit note or debit note.
func (m *Maker) InvoicePDF(ctx context.Context, v *books.PortalView, meta journal.Meta, id ledger.DocumentID, language string) (File, error) {
	d, err := v.Document(ctx, id)
	if err != nil {
		return File{}, err
	}
	f, a, err := m.frame(ctx, v, language)
	if err != nil {
		return File{}, err
	}
	x := Copy{Document: d, Open: a.Account.Open(id, a.Today), Discount: a.Account.Discount(id, a.Today)}
	if c, ok := a.Account.Document(d.Corrects); ok && !d.Corrects.IsZero() {
		x.Corrects = c.Number
	}
	x.Pay.Amount = x.Open.Sub(x.Discount)
	if _, ok := f.transfer(Pay{Amount: x.Pay.Amount, Reference: "?"}); ok && d.Type.Debit() && d.State != ledger.Void {
		it, err := v.Intent(ctx, meta, d.Total.Currency, []ledger.DocumentID{id})
		if err != nil {
			return File{}, err
		}
		x.Pay.Reference = it.Reference
	}
	body, err := Invoice(f, x)
	kind := [...]string{f.words().Invoice, f.words().CreditNote, f.words().DebitNote}[d.Type]
	return File{FileName(f.words().file(kind), d.Number, f.words().Copy), PDF, body}, err
}

// ReceiptPDF is the confirmation of a payment.
func (m *Maker) ReceiptPDF(ctx context.Context, v *books.PortalView, id ledger.ReceiptID, language string) (File, error) {
	got, err := v.Receipt(ctx, id)
	if err != nil {
		return File{}, err
	}
	f, a, err := m.frame(ctx, v, language)
	if err != nil {
		return File{}, err
	}
	x := Paid{Receipt: got.Receipt, Unapplied: a.Account.Unapplied(id, a.Today), Returned: a.Account.Returned(id, a.Today), Lines: paidLines(a.Account, id)}
	f.On = max(got.Receipt.Date, civil.Of(1980, 1, 1))
	body, err := Receipt(f, x)
	return File{FileName(f.words().file(f.words().Receipt), f.On.String(), id.String()[:12]), PDF, body}, err
}

// paidLines is what a receipt settled, what was taken back left out.
func paidLines(a *ledger.Account, id ledger.ReceiptID) (lines []PaidLine) {
	at := map[ledger.DocumentID]int{}
	for _, x := range a.AllocationsFrom(id) {
		if _, gone := a.Reversed(x.ID); gone || !x.Reverses.IsZero() {
			continue
		}
		d, _ := a.Document(x.Document)
		i, ok := at[x.Document]
		if !ok {
			i, at[x.Document] = len(lines), len(lines)
			zero := money.Of(0, x.Amount.Currency)
			lines = append(lines, PaidLine{Number: d.Number, Issued: d.Issued, Amount: zero, Discount: zero})
		}
		switch x.Kind {
		case ledger.FromReceipt:
			lines[i].Amount = lines[i].Amount.Add(x.Amount)
		case ledger.FromDiscount:
			lines[i].Discount = lines[i].Discount.Add(x.Amount)
		}
	}
	return lines
}

func (m *Maker) frame(ctx context.Context, v *books.PortalView, language string) (Frame, books.PortalAccount, error) {
	a, err := v.Account(ctx)
	if err != nil {
		return Frame{}, a, err
	}
	witness, err := m.books.Log().Witness(ctx)
	if language == "" {
		language = a.Customer.Language
	}
	return Frame{Firm: a.Firm, Customer: a.Customer, Language: language, On: a.Today, Witness: witness}, a, err
}

func (f Frame) words() *words { return wordsIn(f.Language, f.Firm.Language) }
