package exporter

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// customersTable has one row per customer, with four columns of balances per currency: open_eur, overdue_eur, credit_eur
// and net_eur. The firm's currency comes first.
var customersTable = table{
	columns: []column{{"customer_number", text}, {"customer_name", text}, {"party", text}, {"state", text}, {"language", text}, {"email", text},
		{"phone", text}, {"street", text}, {"postal_code", text}, {"city", text}, {"country", text}, {"vat_id", text}, {"chamber_no", text},
		{"iban", text}, {"term_days", integer}, {"class", text}},
	more: func(src *source) (out []column, err error) {
		currencies, err := src.currencies()
		for _, c := range currencies {
			for _, name := range []string{"open_", "overdue_", "credit_", "net_"} {
				out = append(out, column{name + strings.ToLower(string(c)), amount})
			}
		}
		return out, err
	},
	rows: func(src *source, row func(...cell) error) error {
		currencies, err := src.currencies()
		if err != nil {
			return err
		}
		return src.accounts(func(a *ledger.Account) error {
			cells := customerCells(a.Customer)
			balances := a.Balances(src.asOf)
			for _, c := range currencies {
				b := ledger.Balance{Gross: money.Of(0, c), Overdue: money.Of(0, c), Unapplied: money.Of(0, c), Net: money.Of(0, c)}
				for _, x := range balances {
					if x.Currency == c {
						b = x
					}
				}
				cells = append(cells, ofAmount(b.Gross), ofAmount(b.Overdue), ofAmount(b.Unapplied), ofAmount(b.Net))
			}
			return row(cells...)
		})
	},
}

func customerCells(c ledger.Customer) []cell {
	return []cell{ofText(c.Number), ofText(c.Name), ofText([]string{"unknown", "business", "consumer", "public"}[c.Party]),
		ofText([]string{"active", "blocked", "archived"}[c.State]), ofText(c.Language), ofText(c.Email), ofText(c.Phone),
		ofText(c.Address.Street), ofText(c.Address.PostalCode), ofText(c.Address.City), ofText(c.Address.Country), ofText(c.VATID),
		ofText(c.ChamberNo), ofText(c.IBAN), ofInt(int64(c.TermDays)), ofText(c.Class)}
}

// invoicesTable has one row per document of up to the date. balance is open with the sign of the side on which the
// document stands: negative for a credit note.
var invoicesTable = table{
	columns: []column{{"number", text}, {"type", text}, {"customer_number", text}, {"customer_name", text}, {"issued", date}, {"due", date},
		{"currency", text}, {"total", amount}, {"tax", amount}, {"open", amount}, {"balance", amount}, {"status", text}, {"days_late", integer},
		{"po", text}, {"reference", text}, {"description", text}, {"discount_until", date}, {"discount_basis_points", integer},
		{"voided", date}, {"void_reason", text}, {"id", text}},
	rows: func(src *source, row func(...cell) error) error {
		return src.accounts(func(a *ledger.Account) error {
			for _, d := range a.Documents {
				if d.Issued > src.asOf {
					continue
				}
				open := a.Open(d.ID, src.asOf)
				d, err := src.r.Document(d.ID) // with its texts and tax
				if err != nil {
					return err
				}
				if err := row(documentCells(a.Customer, d, open, src.asOf)...); err != nil {
					return err
				}
			}
			return nil
		})
	},
}

func documentCells(c ledger.Customer, d ledger.Document, open money.Amount, asOf civil.Date) []cell {
	tax := money.Of(0, d.Total.Currency)
	for _, t := range d.Tax {
		tax.Minor += t.Tax
	}
	balance, late := open, 0
	if !d.Type.Debit() {
		balance = open.Neg()
	} else if open.Minor > 0 {
		late = max(0, ledger.DaysPastDue(d, asOf))
	}
	return []cell{ofText(d.Number), ofText(books.TypeName(d.Type)), ofText(c.Number), ofText(c.Name), ofDate(d.Issued), ofDate(d.Due),
		ofText(string(d.Total.Currency)), ofAmount(d.Total), ofAmount(tax), ofAmount(open), ofAmount(balance),
		ofText(ledger.Status(d, open, asOf).String()), ofInt(int64(late)), ofText(d.PO), ofText(d.Reference), ofText(d.Description),
		ofDate(d.Discount.Until), ofInt(d.Discount.BasisPoints), ofDate(d.VoidedOn), ofText(d.VoidReason), ofText(d.ID.String())}
}

// paymentsTable has one row per receipt of up to the date, those of nobody last.
var paymentsTable = table{
	columns: []column{{"id", text}, {"date", date}, {"customer_number", text}, {"customer_name", text}, {"currency", text}, {"amount", amount},
		{"returned", amount}, {"unapplied", amount}, {"method", text}, {"payer", text}, {"payer_iban", text}, {"provider", text},
		{"provider_id", text}, {"reference", text}, {"status", text}},
	rows: func(src *source, row func(...cell) error) error {
		err := src.accounts(func(a *ledger.Account) error {
			for _, r := range a.Receipts {
				if r.Date > src.asOf || r.VoidOn(src.asOf) {
					continue
				}
				if err := row(receiptCells(a.Customer, r, a.Returned(r.ID, src.asOf), a.Unapplied(r.ID, src.asOf))...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		strays, err := src.strays()
		for _, r := range strays {
			if err := row(receiptCells(ledger.Customer{}, r, money.Of(0, r.Amount.Currency), r.Amount)...); err != nil {
				return err
			}
		}
		return err
	},
}

func receiptCells(c ledger.Customer, r ledger.Receipt, returned, unapplied money.Amount) []cell {
	status := "applied"
	switch {
	case r.Customer.IsZero():
		status = "unidentified"
	case returned == r.Amount:
		status = "returned"
	case unapplied.Minor > 0:
		status = "unapplied"
	}
	return []cell{ofText(r.ID.String()), ofDate(r.Date), ofText(c.Number), ofText(c.Name), ofText(string(r.Amount.Currency)), ofAmount(r.Amount),
		ofAmount(returned), ofAmount(unapplied), ofText(string(r.Method)), ofText(r.Payer), ofText(r.PayerIBAN), ofText(r.Provider),
		ofText(r.ProviderRef), ofText(r.Reference), ofText(status)}
}

// allocationsTable has one row per allocation that counts by the date; what takes one back has a negative amount.
var allocationsTable = table{
	columns: []column{{"effective", date}, {"customer_number", text}, {"document", text}, {"document_type", text}, {"kind", text},
		{"credit_note", text}, {"payment_id", text}, {"currency", text}, {"amount", amount}, {"reason", text}, {"recorded", text}, {"id", text},
		{"reverses", text}},
	rows: func(src *source, row func(...cell) error) error {
		return src.accounts(func(a *ledger.Account) error {
			for _, x := range a.Allocations {
				if x.Effective > src.asOf {
					continue
				}
				d, _ := a.Document(x.Document)
				credit, _ := a.Document(x.Credit)
				sum := x.Amount
				if !x.Reverses.IsZero() {
					sum = sum.Neg()
				}
				err := row(ofDate(x.Effective), ofText(a.Customer.Number), ofText(d.Number), ofText(books.TypeName(d.Type)), ofText(sourceName(x.Kind)),
					ofText(credit.Number), ofText(x.Receipt.String()), ofText(string(x.Amount.Currency)), ofAmount(sum), ofText(x.Reason),
					ofTime(x.Recorded), ofText(x.ID.String()), ofText(x.Reverses.String()))
				if err != nil {
					return err
				}
			}
			return nil
		})
	},
}

func sourceName(k ledger.SourceKind) string {
	return [...]string{"payment", "credit_note", "discount", "write_off", "small_difference", "external"}[k]
}

// journalTable is the record of every change to the firm, with the hash chain.
var journalTable = table{
	columns: []column{{"seq", integer}, {"at", text}, {"actor_kind", text}, {"actor", text}, {"kind", text}, {"facts", text}, {"changes", integer},
		{"prev", text}, {"hash", text}},
	rows: func(src *source, row func(...cell) error) error {
		const batch = 500
		for from := uint64(1); ; {
			entries, err := src.books.Log().Read(src.ctx, from, batch)
			if err != nil || len(entries) == 0 {
				return err
			}
			for _, e := range entries {
				from = e.Seq + 1
				if e.Seq > src.head {
					return nil
				}
				if e.Firm != src.firm.ID {
					continue
				}
				err := row(ofInt(int64(e.Seq)), ofTime(e.At), ofText(actorName(e.Actor.Kind)), ofText(e.Actor.Name), ofText(e.Kind),
					ofText(facts(e.Facts)), ofInt(int64(len(e.Changes))), ofText(hex.EncodeToString(e.Prev[:])), ofText(hex.EncodeToString(e.Hash[:])))
				if err != nil {
					return err
				}
			}
		}
	},
}

func actorName(k journal.ActorKind) string {
	return [...]string{"system", "user", "contact", "pay_link", "provider", "importer", "cli"}[k]
}

// facts are an entry's facts in order of name.
func facts(f journal.Facts) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(f)) {
		parts = append(parts, k+"="+f[k])
	}
	return strings.Join(parts, "; ")
}
