package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// The names that the API gives to the ledger's enumerations, in the order of their values.
var (
	partyNames    = []string{"unknown", "business", "consumer", "public"}
	customerNames = []string{"active", "blocked", "archived"}
	contactNames  = []string{"invited", "active", "closed"}
	rightNames    = []string{"view", "pay", "manage"}
	sourceNames   = []string{"payment", "credit_note", "discount", "write_off", "small_difference", "external"}
	returnNames   = []string{"refund", "chargeback"}
	typeNames     = []string{"invoice", "credit_note", "debit_note"}
)

// named is the place of a name in one of the lists above; the schema has refused others already.
func named(names []string, s string) uint8 {
	for i, n := range names {
		if n == s {
			return uint8(i)
		}
	}
	return 0
}

func customerRef(c ledger.Customer) Ref {
	return Ref{ID: c.ID.String(), Number: c.Number, Name: c.Name}
}

func documentRef(d ledger.Document) Ref {
	return Ref{ID: d.ID.String(), Number: d.Number, Name: typeNames[d.Type]}
}

func minor(n int64, c money.Currency) string { return money.Of(n, c).String() }

func address(a ledger.Address) Address {
	return Address{Street: a.Street, PostalCode: a.PostalCode, City: a.City, Country: a.Country}
}

func (a Address) ledger() ledger.Address {
	return ledger.Address{Street: strings.TrimSpace(a.Street), PostalCode: strings.TrimSpace(a.PostalCode),
		City: strings.TrimSpace(a.City), Country: strings.ToUpper(a.Country)}
}

// milli writes thousandths without trailing zeros: 21000 is "21", 500 is "0.5".
func milli(n int64) string {
	s := strconv.FormatInt(n/1000, 10)
	if frac := n % 1000; frac != 0 {
		s += strings.TrimRight("."+strconv.FormatInt(1000+frac, 10)[1:], "0")
	}
	return s
}

// percent reads a percentage with at most three decimals as thousandths.
func percent(field, s string) (int64, error) {
	whole, frac, _ := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	n, err := strconv.ParseUint(whole+(frac + "000")[:3], 10, 32)
	if err != nil || len(frac) > 3 || n > 100_000 {
		return 0, wrong(field, "request.percent", "expected a percentage such as 2 or 0.5")
	}
	return int64(n), nil
}

// wrong is one wrong field, with the values of its words ("1" the first) for translations.
func wrong(field, code, message string, values ...string) error {
	e := &fault.Error{Kind: fault.Invalid, Code: code, Message: field + ": " + message}
	for i, v := range values {
		e = e.With(strconv.Itoa(i+1), v)
	}
	e.Fields = []fault.Field{{Name: field, Code: code, Message: message}}
	return e
}

// amount reads an amount of a field in a currency.
func amount(field, s string, c money.Currency) (money.Amount, error) {
	v, err := money.Parse(s, c)
	if err != nil {
		return v, wrong(field, fault.As(err).Code, fault.As(err).Message)
	}
	return v, nil
}

// positive is amount for fields in which only more than nothing makes sense.
func positive(field, s string, c money.Currency) (money.Amount, error) {
	v, err := amount(field, s, c)
	if err == nil && v.Minor <= 0 {
		return v, wrong(field, "request.positive", "expected an amount above zero")
	}
	return v, err
}

// day reads a date; empty is the given one.
func day(field, s string, otherwise civil.Date) (civil.Date, error) {
	if s == "" {
		return otherwise, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return 0, wrong(field, "civil.date", fault.As(err).Message, s)
	}
	return d, nil
}

// currencyOr reads a currency; empty is the firm's.
func currencyOr(field, s string, f ledger.Firm) (money.Currency, error) {
	if s == "" {
		return f.Currency, nil
	}
	c, err := money.ParseCurrency(s)
	if err != nil {
		return "", wrong(field, "money.currency", fault.As(err).Message, s)
	}
	return c, nil
}

// firmOf is the firm a request means: by id, or the first one.
func firmOf(r *books.Reader, id string) (ledger.Firm, error) {
	if id != "" {
		var f ledger.FirmID
		if err := f.UnmarshalText([]byte(id)); err != nil {
			return ledger.Firm{}, err
		}
		return r.Firm(f)
	}
	all, err := r.Firms()
	if err != nil {
		return ledger.Firm{}, err
	}
	for _, f := range all {
		if !f.Archived {
			return f, nil
		}
	}
	return ledger.Firm{}, fault.Conflictf("firm.none", "there is no firm yet; do the first run")
}

func balances(a *ledger.Account, asOf civil.Date) []Balance {
	out := []Balance{}
	for _, b := range a.Balances(asOf) {
		n := 0
		for _, it := range a.OpenItems(asOf) {
			if it.Open.Currency == b.Currency {
				n++
			}
		}
		out = append(out, Balance{Currency: string(b.Currency), Open: b.Gross.String(), Overdue: b.Overdue.String(),
			Credit: b.Unapplied.String(), Net: b.Net.String(), OpenCount: n})
	}
	return out
}

func instantOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// invoiceRow is a document as a line of a grid. dueOn is the day from which it is late: see ledger.Account.DueOn.
func invoiceRow(d ledger.Document, customer Ref, open money.Amount, dueOn, asOf civil.Date) InvoiceRow {
	aging := d
	aging.Due = dueOn
	row := InvoiceRow{ID: d.ID.String(), Type: typeNames[d.Type], Number: d.Number, Customer: customer,
		Issued: d.Issued.String(), Due: d.Due.String(), Currency: string(d.Total.Currency), Total: d.Total.String(),
		Open: open.String(), Status: ledger.Status(aging, open, asOf).String(), PO: d.PO, Reference: d.Reference}
	if d.Type.Debit() {
		row.DaysLate = ledger.DaysPastDue(aging, asOf)
	}
	return row
}

// paymentRow is a receipt as a line of a grid. left is what is not applied, returned what went back.
func paymentRow(rc ledger.Receipt, customer *Ref, left, returned int64) PaymentRow {
	row := PaymentRow{ID: rc.ID.String(), Customer: customer, Date: rc.Date.String(), Currency: string(rc.Amount.Currency),
		Amount: rc.Amount.String(), Unapplied: minor(left, rc.Amount.Currency), Method: string(rc.Method), Payer: rc.Payer,
		Provider: rc.Provider, ProviderID: rc.ProviderRef, Reference: rc.Reference, Status: "applied"}
	switch {
	case returned >= rc.Amount.Minor:
		row.Status = "returned"
	case customer == nil:
		row.Status = "unidentified"
	case left == rc.Amount.Minor-returned:
		row.Status = "unapplied"
	case left > 0:
		row.Status = "part_applied"
	}
	return row
}

// allocationView shows an allocation. docs names the documents of its account.
func allocationView(al ledger.Allocation, a *ledger.Account) Allocation {
	v := Allocation{ID: al.ID.String(), Kind: sourceNames[al.Kind], Payment: al.Receipt.String(), Amount: al.Amount.String(),
		Currency: string(al.Amount.Currency), Effective: al.Effective.String(), Reverses: al.Reverses.String(), Reason: al.Reason,
		Recorded: al.Recorded}
	if d, ok := a.Document(al.Document); ok {
		v.Invoice = documentRef(d)
	}
	if d, ok := a.Document(al.Credit); ok {
		ref := documentRef(d)
		v.Credit = &ref
	}
	_, v.Reversed = a.Reversed(al.ID)
	return v
}

func attemptView(r *books.Reader, x ledger.Attempt) (Attempt, error) {
	c, err := r.Customer(x.Customer)
	if err != nil {
		return Attempt{}, err
	}
	v := Attempt{ID: x.ID.String(), Customer: customerRef(c), Created: x.Created, Checked: instantOf(x.Checked),
		Currency: string(x.Amount.Currency), Amount: x.Amount.String(), Method: string(x.Method), Provider: x.Provider,
		ProviderID: x.ProviderRef, Mode: x.Mode, State: books.AttemptStateName(x.State), FailReason: x.FailReason,
		Finding: x.Finding, Payment: x.Receipt.String(), Lines: []AttemptLine{}}
	for _, l := range x.Lines {
		d, err := r.Document(l.Document)
		if err != nil {
			return v, err
		}
		v.Lines = append(v.Lines, AttemptLine{Invoice: documentRef(d), Amount: minor(l.Amount, x.Amount.Currency),
			Discount: minor(l.Discount, x.Amount.Currency)})
	}
	return v, nil
}
