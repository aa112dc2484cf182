package importer

import (
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// verdict is what a row means for the books. Apply needs no more than this and the row itself.
type verdict struct {
	outcome Outcome
	party   *party
	// number, when the file has none
	number string
	// what an existing document becomes
	document *ledger.Document
	settled  int64 // to book as settled elsewhere, in total
	customer *ledger.Customer
	lines    []ledger.Line
	repeated bool // the document stood further up: its total counts once
}

// earlier is a document that stood further up in the file.
type earlier struct {
	row, sheet     int32
	total, settled int64
	issued, due    civil.Date
	currency       money.Currency
}

// judge compares records with the books and with the rows above them.
type judge struct {
	r       *books.Reader
	firm    ledger.FirmID
	env     surroundings
	parties *parties
	notes   *notes

	seen     map[uint64]earlier // documents of the file by key
	made     map[string]int     // how often a number was made from the same date and amount
	sheets   map[uint64]earlier // documents by number alone, when there are several sheets
	accounts map[ledger.CustomerID]*ledger.Account
	used     map[ledger.DocumentID]int64 // what payments of this file take of documents
	hash     maphash.Hash
}

func newJudge(r *books.Reader, o *Options, env surroundings, n *notes, several bool) *judge {
	j := &judge{r: r, firm: o.Firm, env: env, parties: newParties(r, o, n), notes: n, seen: map[uint64]earlier{}, made: map[string]int{},
		accounts: map[ledger.CustomerID]*ledger.Account{}, used: map[ledger.DocumentID]int64{}}
	if several {
		j.sheets = map[uint64]earlier{}
	}
	return j
}

func (j *judge) key(parts ...string) uint64 {
	j.hash.Reset()
	for _, p := range parts {
		j.hash.WriteString(p)
		j.hash.WriteByte(0)
	}
	return j.hash.Sum64()
}

// repeatsSheet reports whether an earlier sheet of the workbook has this document.
func (j *judge) repeatsSheet(rec *record) bool {
	if j.sheets == nil || len(rec.number) == 0 {
		return false
	}
	k := j.key(string(rec.number))
	if was, ok := j.sheets[k]; ok {
		return was.sheet != int32(rec.sheet) && was.total == rec.signed()
	}
	j.sheets[k] = earlier{sheet: int32(rec.sheet), total: rec.signed()}
	return false
}

// document judges a row of a list of invoices.
func (j *judge) document(rec *record) (verdict, *Problem) {
	party, p := j.parties.of(rec)
	if p != nil {
		return verdict{}, p
	}
	v := verdict{party: party}
	if rec.kind == rowPayment {
		return j.onAccount(rec, v)
	}
	number := string(rec.number)
	if number == "" {
		number = j.makeNumber(rec, party)
		v.number = number
	}
	k := j.key(party.number, number, string('0'+byte(rec.kind.document())))
	if was, ok := j.seen[k]; ok {
		return j.again(rec, v, was)
	}
	j.seen[k] = earlier{row: int32(rec.row), total: rec.total, settled: rec.settled, issued: rec.issued, due: rec.due, currency: rec.currency}
	v.outcome = RowNew
	if party.id.IsZero() {
		return v, nil
	}
	d, err := j.r.DocumentByNumber(j.firm, party.id, rec.kind.document(), number)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return v, nil
	}
	if err != nil {
		q := problem("import.books", fault.As(err).Message, "", "")
		return v, &q
	}
	if rec.kind == rowCredit {
		return j.knownCredit(rec, v, &d)
	}
	return j.known(rec, v, &d)
}

// makeNumber gives a document without a number one that depends on its date and amount only; the second of the same
// customer, date and amount gets "-2", in the order of the file.
func (j *judge) makeNumber(rec *record, c *party) string {
	n := strings.ReplaceAll(rec.issued.String(), "-", "") + "-" + money.Of(rec.signed(), rec.currency).String()
	k := c.number + "\x00" + n
	if j.made[k]++; j.made[k] > 1 {
		n += "-" + strconv.Itoa(j.made[k])
	}
	j.notes.add(noteNoNumber, rec.row, n)
	return n
}

// again judges a document that stood further up.
func (j *judge) again(rec *record, v verdict, was earlier) (verdict, *Problem) {
	if was.total == rec.total && was.currency == rec.currency && was.settled == rec.settled && was.issued == rec.issued && was.due == rec.due {
		j.notes.add(noteRepeated, rec.row, "")
		v.outcome, v.repeated = RowSame, true
		return v, nil
	}
	what := fmt.Sprintf("%s of %s", money.Of(was.total, was.currency), was.issued)
	if was.total == rec.total && was.issued == rec.issued {
		what = "another due date or open amount"
	}
	q := problem("import.duplicate", fmt.Sprintf("The number stands already in row %d for the same customer, with %s", was.row, what), "each number once per customer",
		"Correct one of the two rows, or remove it").with("first_row", strconv.Itoa(int(was.row)))
	return v, &q
}

// known compares an invoice with the one in the books.
func (j *judge) known(rec *record, v verdict, d *ledger.Document) (verdict, *Problem) {
	if d.Total.Minor != rec.total || d.Total.Currency != rec.currency {
		return v, totalChanged(rec, d)
	}
	j.compareDates(rec, d)
	v.outcome = RowSame
	described := describe(rec, d)
	if rec.hasOpen {
		allocs, err := j.r.AllocationsOf(*d)
		if err != nil {
			q := problem("import.books", fault.As(err).Message, "", "")
			return v, &q
		}
		a := ledger.Account{Documents: []ledger.Document{*d}, Allocations: allocs}
		ours, theirs := a.Open(d.ID, civil.EndOfTime).Minor, rec.total-rec.settled
		switch {
		case theirs < ours:
			v.settled = a.AllocatedFrom(d.ID, ledger.FromExternal, civil.EndOfTime).Minor + ours - theirs
		case theirs > ours:
			j.notes.add(noteMoreSettledHere, rec.row, "")
		}
	}
	if described || v.settled > 0 {
		v.outcome, v.document = RowChanged, d
	}
	return v, nil
}

// knownCredit compares a credit note with the one in the books, which may hold only what was left when it came in.
func (j *judge) knownCredit(rec *record, v verdict, d *ledger.Document) (verdict, *Problem) {
	if d.Total.Currency != rec.currency || d.Total.Minor < rec.total {
		return v, totalChanged(rec, d)
	}
	j.compareDates(rec, d)
	v.outcome = RowSame
	if describe(rec, d) {
		v.outcome, v.document = RowChanged, d
	}
	return v, nil
}

func totalChanged(rec *record, d *ledger.Document) *Problem {
	was, now := d.Total, money.Of(rec.total, rec.currency)
	q := problem("import.total_changed", fmt.Sprintf("The books have this document with %s %s, the file has %s %s", was.Currency, was, now.Currency, now),
		"the same total: a posted document is never changed", "If the file is right, void the document in the books, or enter a credit note for the difference, and import again").
		with("books", was.String()).with("file", now.String())
	return &q
}

func (j *judge) compareDates(rec *record, d *ledger.Document) {
	if d.Issued != rec.issued || !rec.due.IsZero() && d.Type.Debit() && d.Due != rec.due {
		j.notes.add(noteDatesKept, rec.row, "")
	}
}

// describe puts the file's descriptive fields into the document and reports whether that changes it. What the file
// leaves empty stays.
func describe(rec *record, d *ledger.Document) bool {
	changed := false
	set := func(to *string, from []byte, n int) {
		if len(from) > 0 && clip(string(from), n) != *to {
			*to, changed = clip(string(from), n), true
		}
	}
	set(&d.PO, rec.po, maxText)
	set(&d.Reference, rec.reference, maxText)
	set(&d.Description, rec.description, maxDescription)
	return changed
}

// Lengths that the books accept, less the mark of what was cut.
const (
	maxText        = 190
	maxDescription = 3900
)

// onAccount judges a payment that stands unapplied in a list of open items.
func (j *judge) onAccount(rec *record, v verdict) (verdict, *Problem) {
	if rec.total == 0 {
		q := problem("import.payment_negative", "A payment of nothing", "an amount", "Remove the row")
		return v, &q
	}
	v.number = j.reference(rec, v.party)
	v.outcome = RowNew
	return j.receipt(v)
}

// payment judges a row of a list of payments.
func (j *judge) payment(rec *record) (verdict, *Problem) {
	v := verdict{outcome: RowNew}
	if rec.custNumber != nil || rec.custName != nil || j.parties.opts.Customer != "" {
		party, p := j.parties.of(rec)
		if p != nil {
			return v, p
		}
		if party.id.IsZero() {
			who := party.number
			if rec.custNumber == nil {
				who = string(rec.custName)
			}
			q := problem("import.customer_unknown", fmt.Sprintf("There is no customer %q", clip(who, 60)), "a customer of the books", "Import the customers or their invoices first, or correct the number")
			return v, &q
		}
		v.party = party
	}
	if rec.number != nil {
		if p := j.pays(rec, &v); p != nil {
			return v, p
		}
	}
	v.number = j.reference(rec, v.party)
	return j.receipt(v)
}

// pays finds the invoice that a payment names. Without such an invoice the payment stays on account.
func (j *judge) pays(rec *record, v *verdict) *Problem {
	docs, err := j.r.DocumentsByNumber(j.firm, string(rec.number))
	if err != nil {
		q := problem("import.books", fault.As(err).Message, "", "")
		return &q
	}
	var found *ledger.Document
	for i := range docs {
		d := &docs[i]
		if !d.Type.Debit() || d.State != ledger.Posted || v.party != nil && d.Customer != v.party.id {
			continue
		}
		if found != nil {
			q := problem("import.number_ambiguous", fmt.Sprintf("Several customers have an invoice with number %q", clip(string(rec.number), 60)), "a customer number beside it", "Add a column with the customer number")
			return &q
		}
		found = d
	}
	if found == nil {
		return nil
	}
	a := j.accounts[found.Customer]
	if a == nil {
		if a, err = j.r.Account(found.Customer); err != nil {
			q := problem("import.books", fault.As(err).Message, "", "")
			return &q
		}
		j.accounts[found.Customer] = a
	}
	if v.party == nil {
		v.party = j.parties.keep(a.Customer, "")
	}
	open := a.Open(found.ID, civil.EndOfTime).Minor - j.used[found.ID]
	if amount := min(open, rec.total); amount > 0 && found.Total.Currency == rec.currency {
		v.lines = []ledger.Line{{Document: found.ID, Amount: amount}}
	}
	return nil
}

// reference is the natural key of an imported payment: its own id, else its customer, date, amount and what it says,
// counted where several are equal.
func (j *judge) reference(rec *record, c *party) string {
	if len(rec.paymentID) > 0 {
		return clip(string(rec.paymentID), 100)
	}
	who := ""
	if c != nil {
		who = c.number
	}
	if rec.kind == rowPayment && len(rec.number) > 0 && len(rec.reference) == 0 {
		who += "/" + string(rec.number)
	}
	said := strconv.FormatUint(uint64(fnv(who, string(rec.reference), string(rec.payer))), 36)
	n := strings.ReplaceAll(rec.issued.String(), "-", "") + "-" + money.Of(rec.total, rec.currency).String() + string(rec.currency) + "-" + said
	if j.made[n]++; j.made[n] > 1 {
		n += "-" + strconv.Itoa(j.made[n])
	}
	return n
}

// fnv is a hash that is the same in every process, unlike maphash.
func fnv(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return h
}

// importProvider marks receipts that came from a file, in their natural key.
const importProvider = "import"

// receipt finds out whether the payment is in the books already.
func (j *judge) receipt(v verdict) (verdict, *Problem) {
	_, err := j.r.ReceiptByProvider(importProvider, j.receiptRef(v.number))
	switch {
	case err == nil:
		v.outcome, v.lines = RowSame, nil
	case fault.KindOf(err) != fault.NotFound:
		q := problem("import.books", fault.As(err).Message, "", "")
		return v, &q
	default:
		for _, l := range v.lines {
			j.used[l.Document] += l.Amount
		}
	}
	return v, nil
}

// receiptRef keeps the payments of several firms in one folder apart.
func (j *judge) receiptRef(number string) string { return j.firm.String() + "/" + number }

// customerRow judges a row of a list of customers.
func (j *judge) customerRow(rec *record) (verdict, *Problem) {
	party, p := j.parties.of(rec)
	if p != nil {
		return verdict{}, p
	}
	if party.seen {
		q := problem("import.duplicate", fmt.Sprintf("Customer %q stands further up already", clip(party.number, 60)), "each customer once", "Remove one of the two rows")
		return verdict{}, &q
	}
	party.seen = true
	c := rec.customer
	c.Number, c.Name = party.number, party.name
	if len(rec.email) > 0 {
		if c.Email = firstEmail(rec.email); c.Email == "" {
			q := problem("import.email", fmt.Sprintf("%q is not an e-mail address", clip(string(rec.email), 80)), "an address such as name@example.com", "Correct the cell, or empty it")
			return verdict{}, &q
		}
	}
	v := verdict{outcome: RowNew, party: party, customer: &c}
	if party.id.IsZero() {
		if err := books.CheckCustomer(&c); err != nil {
			q := problem(fault.As(err).Code, fault.As(err).Message, "", "Correct the row")
			return v, &q
		}
		return v, nil
	}
	was, err := j.r.Customer(party.id)
	if err != nil {
		q := problem("import.books", fault.As(err).Message, "", "")
		return v, &q
	}
	if len(rec.custName) > 0 && len(rec.custNumber) > 0 {
		c.Name = clip(string(rec.custName), 490)
	}
	now := mergeCustomer(was, c)
	if now == was {
		v.outcome, v.customer = RowSame, nil
		return v, nil
	}
	if err := books.CheckCustomer(&now); err != nil {
		q := problem(fault.As(err).Code, fault.As(err).Message, "", "Correct the row")
		return v, &q
	}
	v.outcome, v.customer = RowChanged, &now
	return v, nil
}

// mergeCustomer puts what the file says over what the books say; an empty cell changes nothing.
func mergeCustomer(was, file ledger.Customer) ledger.Customer {
	now := was
	set := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	set(&now.Name, file.Name)
	set(&now.Email, file.Email)
	set(&now.Phone, file.Phone)
	set(&now.VATID, file.VATID)
	set(&now.ChamberNo, file.ChamberNo)
	set(&now.IBAN, file.IBAN)
	set(&now.Language, file.Language)
	set(&now.Address.Street, file.Address.Street)
	set(&now.Address.PostalCode, file.Address.PostalCode)
	set(&now.Address.City, file.Address.City)
	set(&now.Address.Country, file.Address.Country)
	if file.TermDays > 0 {
		now.TermDays = file.TermDays
	}
	if file.CreditLimit > 0 {
		now.CreditLimit = file.CreditLimit
	}
	if now.State == ledger.CustomerArchived {
		now.State = ledger.CustomerActive
	}
	return now
}
