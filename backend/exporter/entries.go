package exporter

import (
	"math/big"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// The accounts of the general ledger (rulebook 10.1). The firm's bookkeeper maps them to the firm's own numbers.
const (
	receivable   = "assets:receivable" // below it the customer's number
	unapplied    = "unapplied"         // below the customer: credit on account
	bank         = "assets:bank"
	clearing     = "assets:clearing" // below it the payment provider
	vatRelief    = "assets:vat relief"
	vatPayable   = "liabilities:vat"
	unidentified = "liabilities:unidentified receipts"
	external     = "equity:settled elsewhere"
	sales        = "income:sales"
	lateCharges  = "income:late charges"
	discounts    = "expenses:early-payment discount"
	differences  = "expenses:payment differences"
	badDebt      = "expenses:bad debt"
)

// entry is a double entry of one date in one currency. Its postings sum to zero.
type entry struct {
	on       civil.Date
	journal  string // sales, cash, settlements
	code     string // the document's number or the provider's reference
	what     string
	number   string // the customer's
	postings []posting
}

// posting is a line: debit positive. Document and due are set where it moves what is owed for a document.
type posting struct {
	account  string
	amount   money.Amount
	document string
	due      civil.Date
}

// owed is the account of a customer, and its part for credit.
func owed(number string) string     { return receivable + ":" + accountPart(number) }
func creditAccount(n string) string { return owed(n) + ":" + unapplied }
func cash(r ledger.Receipt) string {
	if r.Provider == "" || r.Provider == "bank" {
		return bank
	}
	return clearing + ":" + accountPart(r.Provider)
}

// entries are all double entries of the snapshot, customer by customer.
func (s *source) entries(fn func(entry) error) error {
	add := func(e entry) error {
		if e.on > s.asOf || len(e.postings) == 0 {
			return nil
		}
		return fn(e)
	}
	err := s.accounts(func(a *ledger.Account) error { return s.accountEntries(a, add) })
	if err != nil {
		return err
	}
	strays, err := s.strays()
	if err != nil {
		return err
	}
	for _, r := range strays {
		if err := add(receiptEntry("", r, nil, nil)); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) accountEntries(a *ledger.Account, add func(entry) error) error {
	number := a.Customer.Number
	for _, d := range a.Documents {
		d, err := s.r.Document(d.ID) // with its tax
		if err != nil {
			return err
		}
		e := documentEntry(number, d)
		if err := add(e); err != nil {
			return err
		}
		if d.State == ledger.Void {
			if err := add(e.back(civil.Max(d.VoidedOn, d.Issued), "void "+e.what)); err != nil {
				return err
			}
		}
	}
	direct := map[ledger.AllocationID]bool{}
	for _, r := range a.Receipts {
		e := receiptEntry(number, r, a, direct)
		if err := add(e); err != nil {
			return err
		}
		if r.Void() {
			if err := add(e.back(r.VoidedOn, "void "+e.what)); err != nil {
				return err
			}
		}
	}
	for _, x := range a.Returns {
		if err := add(returnEntry(number, a, x)); err != nil {
			return err
		}
	}
	for _, x := range a.Allocations {
		if direct[x.ID] {
			continue
		}
		e, err := s.allocationEntry(a, x)
		if err != nil {
			return err
		}
		if err := add(e); err != nil {
			return err
		}
	}
	return nil
}

// back is the entry the other way round.
func (e entry) back(on civil.Date, what string) entry {
	r := e
	r.on, r.what, r.postings = on, what, nil
	for _, p := range e.postings {
		p.amount = p.amount.Neg()
		r.postings = append(r.postings, p)
	}
	return r
}

// post adds a posting unless it is of nothing.
func (e *entry) post(account string, a money.Amount) {
	if a.Minor != 0 {
		e.postings = append(e.postings, posting{account: account, amount: a})
	}
}

// postDocument moves what is owed for a document.
func (e *entry) postDocument(account string, a money.Amount, d ledger.Document) {
	if a.Minor == 0 {
		return
	}
	p := posting{account: account, amount: a, document: d.Number, due: d.Due}
	if !d.Type.Debit() {
		p.due = 0 // credit is not due
	}
	e.postings = append(e.postings, p)
}

func taxOf(d ledger.Document) money.Amount {
	tax := money.Of(0, d.Total.Currency)
	for _, t := range d.Tax {
		tax.Minor += t.Tax
	}
	return tax
}

func documentEntry(number string, d ledger.Document) entry {
	e := entry{on: d.Issued, journal: "sales", code: d.Number, what: [...]string{"invoice", "credit note", "late charges"}[d.Type], number: number}
	income := sales
	if d.Type == ledger.DebitNote {
		income = lateCharges
	}
	if d.Type.Debit() {
		e.postDocument(owed(number), d.Total, d)
		e.post(income, d.Total.Sub(taxOf(d)).Neg())
		e.post(vatPayable, taxOf(d).Neg())
		return e
	}
	e.post(income, d.Total.Sub(taxOf(d)))
	e.post(vatPayable, taxOf(d))
	e.postDocument(creditAccount(number), d.Total.Neg(), d)
	return e
}

// receiptEntry books money that came in. What was allocated with it from its own day on goes to the documents directly,
// as a bookkeeper writes it; the rest is credit on account.
func receiptEntry(number string, r ledger.Receipt, a *ledger.Account, direct map[ledger.AllocationID]bool) entry {
	e := entry{on: r.Date, journal: "cash", code: r.ProviderRef, what: "payment", number: number}
	e.post(cash(r), r.Amount)
	if a == nil {
		e.post(unidentified, r.Amount.Neg())
		return e
	}
	rest := r.Amount
	for _, x := range a.AllocationsFrom(r.ID) {
		_, reversed := a.Reversed(x.ID)
		if x.Effective != r.Date || !x.Reverses.IsZero() || reversed || rest.Minor < x.Amount.Minor {
			continue
		}
		d, _ := a.Document(x.Document)
		direct[x.ID] = true
		e.postDocument(owed(number), x.Amount.Neg(), d)
		rest = rest.Sub(x.Amount)
	}
	e.post(creditAccount(number), rest.Neg())
	return e
}

func returnEntry(number string, a *ledger.Account, x ledger.Return) entry {
	r, _ := a.Receipt(x.Receipt)
	e := entry{on: x.Date, journal: "cash", code: x.ProviderRef, what: "refund", number: number}
	if x.Kind == ledger.Chargeback {
		e.what = "chargeback"
	}
	e.post(creditAccount(number), x.Amount)
	e.post(cash(r), x.Amount.Neg())
	if !x.Undoes.IsZero() {
		return e.back(x.Date, e.what+" undone")
	}
	return e
}

// allocationEntry moves what is owed for a document to where it was settled from.
func (s *source) allocationEntry(a *ledger.Account, x ledger.Allocation) (entry, error) {
	number := a.Customer.Number
	d, _ := a.Document(x.Document)
	e := entry{on: x.Effective, journal: "settlements", code: d.Number, number: number}
	switch x.Kind {
	case ledger.FromReceipt:
		e.what = "payment applied"
		e.post(creditAccount(number), x.Amount)
	case ledger.FromCreditNote:
		credit, _ := a.Document(x.Credit)
		e.what = "credit applied"
		e.postDocument(creditAccount(number), x.Amount, credit)
	case ledger.FromSmallDifference:
		e.what = "payment difference"
		e.post(differences, x.Amount)
	case ledger.FromExternal:
		e.what = "settled elsewhere"
		e.post(external, x.Amount)
	case ledger.FromDiscount, ledger.FromWriteOff:
		full, err := s.r.Document(x.Document)
		if err != nil {
			return e, err
		}
		e.loss(full, x)
	}
	e.postDocument(owed(number), x.Amount.Neg(), d)
	if !x.Reverses.IsZero() {
		return e.back(x.Effective, e.what+", taken back"), nil
	}
	return e, nil
}

// loss books what will not come: a discount, whose VAT goes with it under mode A, or a write-off, whose VAT may be
// claimed back later (rulebook 10.1, 10.3).
func (e *entry) loss(d ledger.Document, x ledger.Allocation) {
	if x.Kind == ledger.FromDiscount {
		e.what = "early-payment discount"
		tax := money.Of(0, x.Amount.Currency)
		for _, p := range ledger.SplitDiscount(d, x.Amount) {
			tax.Minor += p.Tax
		}
		e.post(discounts, x.Amount.Sub(tax))
		e.post(vatPayable, tax)
		return
	}
	e.what = "write-off"
	tax := money.Of(0, x.Amount.Currency)
	if d.Total.Minor > 0 {
		tax = x.Amount.Mul(big.NewRat(taxOf(d).Minor, d.Total.Minor))
	}
	e.post(badDebt, x.Amount.Sub(tax))
	e.post(vatRelief, tax)
}

// ledgerTable has one row per posting. Entries are numbered in the order of the file.
var ledgerTable = table{
	columns: []column{{"entry_id", integer}, {"date", date}, {"journal", text}, {"account", text}, {"customer_no", text}, {"doc_no", text},
		{"due_date", date}, {"description", text}, {"debit", amount}, {"credit", amount}, {"currency", text}, {"ref", text}},
	rows: func(src *source, row func(...cell) error) error {
		var n int64
		return src.entries(func(e entry) error {
			n++
			for _, p := range e.postings {
				var debit, credit money.Amount
				if p.amount.Minor >= 0 {
					debit = p.amount
				} else {
					credit = p.amount.Neg()
				}
				err := row(ofInt(n), ofDate(e.on), ofText(e.journal), ofText(p.account), ofText(e.number), ofText(p.document), ofDate(p.due),
					ofText(e.what), ofAmount(debit), ofAmount(credit), ofText(string(p.amount.Currency)), ofText(e.code))
				if err != nil {
					return err
				}
			}
			return nil
		})
	},
}
