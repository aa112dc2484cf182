package importer

import (
	"fmt"
	"strings"

	"github.com/voldaan/voldaan/backend/importer/table"
)

// understanding is a sheet with the meaning of its columns.
type understanding struct {
	*tabular
	kind   Kind
	chosen []chosen
	index  map[Field]int // field to column
	score  float64
	states []int // further columns with a status
	asked  bool  // a person has said which kind it is
	// refusal says why the sheet gives nothing.
	refusal *Problem
}

func (u *understanding) has(fields ...Field) bool {
	for _, f := range fields {
		if _, ok := u.index[f]; ok {
			return true
		}
	}
	return false
}

// understand finds out what a sheet lists. want limits it to one kind.
func understand(t *tabular, want Kind, corrections []Override) (*understanding, error) {
	if p := notATable(t); p != nil {
		return &understanding{tabular: t, kind: Refused, refusal: p}, nil
	}
	kinds := []Kind{Invoices, Payments, Customers}
	if want != Auto && want != "" {
		kinds = []Kind{want}
	}
	var best, nearest *understanding
	for _, k := range kinds {
		u := &understanding{tabular: t, kind: k, chosen: assign(t.cols, Fields(k)), index: map[Field]int{}, asked: len(kinds) == 1}
		if err := override(t.cols, u.chosen, corrections); err != nil {
			return nil, err
		}
		for i, c := range u.chosen {
			if c.field != "" && c.field != FieldIgnore && c.field != FieldBucket && c.field != FieldDaysCount {
				u.index[c.field] = i
				u.score += c.confidence
			}
		}
		u.dropRunningBalance()
		u.takeLineAmounts()
		u.pairCurrency()
		u.findStates()
		if nearest == nil {
			nearest = u
		}
		if u.complete() && (best == nil || u.score*u.certainty() > best.score*best.certainty()) {
			best = u
		}
	}
	u := best
	if u == nil {
		u = nearest
		p := u.whyNot(want)
		u.refusal, u.kind = &p, Refused
		return u, nil
	}
	if t.rows == 0 {
		p := problem("import.no_rows", fmt.Sprintf("The columns are those of a list of %s, but there are no rows below the titles in row %d", u.kind, t.header), "", "Export the list again with its rows, or choose another file")
		u.refusal, u.kind = &p, Refused
	}
	return u, nil
}

// dropRunningBalance takes the balance of an account statement for what it is: beside debit and credit it is not what
// is open of a row.
func (u *understanding) dropRunningBalance() {
	i, ok := u.index[FieldOpen]
	if ok && u.has(FieldDebit) && u.has(FieldCredit) && u.chosen[i].confidence < 0.85 && !u.chosen[i].overridden {
		delete(u.index, FieldOpen)
		u.chosen[i] = chosen{}
	}
}

// takeLineAmounts takes a plain "Amount" beside quantity and price for what the line comes to, not the invoice.
func (u *understanding) takeLineAmounts() {
	i, ok := u.index[FieldTotal]
	if !ok || !u.has(FieldQuantity) || !u.has(FieldUnitPrice) || u.has(FieldLineAmount, FieldOpen) || u.chosen[i].overridden {
		return
	}
	switch plainTitle(u.titles[i]) {
	case "amount", "bedrag", "betrag", "montant", "amt":
		u.chosen[i].field, u.index[FieldLineAmount] = FieldLineAmount, i
		delete(u.index, FieldTotal)
	}
}

// pairCurrency keeps an amount and its currency together: beside an amount in the books' own currency the currency of
// the document says nothing, and the other way round.
func (u *understanding) pairCurrency() {
	i, ok := u.index[FieldCurrency]
	amount, found := -1, false
	for _, f := range []Field{FieldTotal, FieldOpen, FieldDebit} {
		if !found {
			amount, found = u.index[f]
		}
	}
	if !ok || !found || u.chosen[i].overridden || localCurrency(u.titles[i]) == localCurrency(u.titles[amount]) {
		return
	}
	local := localCurrency(u.titles[amount])
	other := -1
	for j := range u.chosen {
		if u.chosen[j].field == "" && localCurrency(u.titles[j]) == local && means(u.titles[j], FieldCurrency) > 0 {
			other = j
		}
	}
	switch {
	case other >= 0:
		u.chosen[other], u.chosen[i] = u.chosen[i], chosen{}
		u.index[FieldCurrency] = other
	case local:
		u.chosen[i] = chosen{}
		delete(u.index, FieldCurrency)
	}
}

// localCurrency reports whether a title speaks of the currency of the books, not of the document.
func localCurrency(title string) bool {
	plain := plainTitle(title)
	for _, w := range []string{"lcy", "local", "lokale", "hauswahrung", "hauswaehrung", "basiswahrung", "firmenwahrung", "basecurrency", "companycurrency", "homecurrency", "inloccur", "lcurr", "monnaielocale"} {
		if strings.Contains(plain, w) {
			return true
		}
	}
	return false
}

// findStates finds the columns that tell a status beside the one that was taken: drafts and cancelled invoices may be
// named there.
func (u *understanding) findStates() {
	for i := range u.chosen {
		if u.chosen[i].field != "" {
			continue
		}
		if means(u.titles[i], FieldStatus) > 0.9 && u.cols[i].fit(FieldStatus) > 0.5 {
			u.states = append(u.states, i)
		}
	}
}

// complete reports whether the columns are enough for the kind.
func (u *understanding) complete() bool {
	who := u.has(FieldCustomerNumber, FieldCustomerName, FieldEmail)
	switch u.kind {
	case Invoices:
		amount := u.has(FieldTotal, FieldOpen, FieldDebit, FieldLineAmount) || u.has(FieldQuantity) && u.has(FieldUnitPrice)
		date := u.has(FieldIssued, FieldDue)
		number := u.has(FieldNumber)
		if u.isBookings() || u.isPayables() || u.isBankStatement() || !number && !u.has(FieldDue) && !u.saysInvoice() {
			return false
		}
		return amount && (date && (number || who) || number && who && u.has(FieldOpen))
	case Payments:
		if (u.isBankStatement() || !u.saysPayment()) && !u.asked || u.isPayables() || u.isBookings() {
			return false
		}
		return u.has(FieldPaymentDate) && u.has(FieldPaymentAmount) && (who || u.has(FieldNumber) || u.has(FieldPayer) || u.has(FieldReference))
	case Customers:
		if u.listsInvoices() {
			return false
		}
		detail := 0
		for _, f := range []Field{FieldEmail, FieldPhone, FieldStreet, FieldPostalCode, FieldCity, FieldCountry, FieldVATID,
			FieldChamberNo, FieldIBAN, FieldTermDays, FieldCreditLimit, FieldLanguage} {
			if u.has(f) {
				detail++
			}
		}
		named := u.has(FieldCustomerNumber) && u.has(FieldCustomerName)
		buckets := 0
		for _, c := range u.chosen {
			if c.field == FieldBucket {
				buckets++
			}
		}
		return buckets < 3 && !u.isChart() && !u.isPayables() && !u.isBankStatement() && (u.has(FieldCustomerNumber, FieldCustomerName) && detail > 0 || named && !u.hasAmount())
	}
	return false
}

// listsInvoices recognises a list of invoices by its titles, whatever it lacks: it must not pass for a list of customers.
func (u *understanding) listsInvoices() bool {
	number, date := false, false
	for _, t := range u.titles {
		number = number || saysInvoice(plainTitle(t)) && means(t, FieldNumber) > 0.9
		date = date || max(means(t, FieldIssued), means(t, FieldDue)) > 0.9
	}
	return number && date && !u.asked
}

// hasAmount reports whether a title speaks of an amount, as lists of customers do not.
func (u *understanding) hasAmount() bool {
	for i, t := range u.titles {
		if max(means(t, FieldTotal), means(t, FieldOpen)) > 0.6 && u.cols[i].fit(FieldOpen) > 0.5 {
			return true
		}
	}
	return false
}

// certainty prefers the kind that the columns speak for: a list with due dates is of invoices, titles that say
// "payment" are of payments, addresses without amounts are customers.
func (u *understanding) certainty() float64 {
	switch u.kind {
	case Invoices:
		if u.has(FieldDue, FieldOpen) {
			return 2
		}
		return 1.2
	case Payments:
		return 1.8
	}
	return 0.8
}

// saysPayment reports whether the titles speak of payments, not only of dates and amounts.
func (u *understanding) saysPayment() bool {
	return u.sure(FieldPaymentDate) || u.sure(FieldPaymentAmount) || u.sure(FieldPaymentID) || u.sure(FieldMethod)
}

// sure reports whether a column was found whose title says exactly that.
func (u *understanding) sure(f Field) bool {
	i, ok := u.index[f]
	return ok && u.chosen[i].confidence > 0.85
}

func (u *understanding) hasTitle(words ...string) bool {
	for _, t := range u.titles {
		plain := plainTitle(t)
		for _, w := range words {
			if plain == w {
				return true
			}
		}
	}
	return false
}

// isBookings recognises accounting entries: each row is one side of a booking, not an invoice.
func (u *understanding) isBookings() bool {
	n := 0
	for _, w := range []string{"journalcode", "ecriturenum", "ecrituredate", "comptenum", "gegenkonto", "gegenkontoohnebuschlussel", "umsatzohnesollhabenkz", "buschlussel"} {
		if u.hasTitle(w) {
			n++
		}
	}
	return n >= 2
}

// saysInvoice reports whether a title speaks of invoices at all.
func (u *understanding) saysInvoice() bool {
	for _, t := range u.titles {
		if saysInvoice(plainTitle(t)) {
			return true
		}
	}
	return false
}

// isPayables recognises what the firm itself owes: suppliers instead of customers.
func (u *understanding) isPayables() bool {
	supplier, customer := false, false
	for _, t := range u.titles {
		plain := plainTitle(t)
		for _, w := range []string{"supplier", "vendor", "leverancier", "crediteur", "kreditor", "lieferant", "fournisseur"} {
			supplier = supplier || strings.HasPrefix(plain, w) || strings.HasSuffix(plain, w)
		}
		for _, w := range []string{"customer", "client", "debtor", "klant", "debiteur", "debitor", "kunde"} {
			customer = customer || strings.Contains(plain, w)
		}
	}
	return supplier && !customer
}

// isBankStatement recognises the lines of a bank account: money in and out with a counter account and a balance, and no
// invoice anywhere.
func (u *understanding) isBankStatement() bool {
	n := 0
	for _, t := range u.titles {
		switch plainTitle(t) {
		case "bankaccount", "tegenrekening", "tegenrekeningiban", "tegenrekeningibanbban", "rekening", "ibanbban", "afbij", "bijaf", "mutatiesoort", "rentedatum",
			"valutadatum", "valuedate", "bookingdate", "saldonamutatie", "saldonatrn", "label", "kontonummer", "buchungstag", "wertstellung",
			"valutastellung", "naamtegenpartij", "naamomschrijving", "counterpartyname", "counterparty", "partnername", "runningbalance",
			"startingbalance", "endingbalance", "beneficiary", "dc", "debitcredit", "beginsaldo", "eindsaldo", "transactioncode", "verwendungszweck",
			"auftraggeber", "begunstigterzahlungspflichtiger", "soldeprogressif", "amountcurrency", "betragineur", "transactiedatum", "iban":
			n++
		}
	}
	return n >= 2 && !u.sure(FieldDue) && !u.sure(FieldCustomerNumber) && !u.saysInvoice()
}

// isChart recognises a chart of accounts.
func (u *understanding) isChart() bool {
	return u.hasTitle("kontenbeschriftung", "grootboekrekening", "accounttype", "comptelib", "glaccount")
}

// notATable refuses what has no table at all.
func notATable(t *tabular) *Problem {
	if len(t.top) == 0 {
		p := problem("import.empty", "There is nothing in it", "a table with column titles and rows", "Export the list again")
		return &p
	}
	if first := t.top[0].cells; len(first) > 3 && string(first[0].Text) == "EXTF" {
		p := datev(string(first[3].Text))
		return &p
	}
	if t.header == 0 && t.bucketRows() >= 3 {
		p := agingSummary()
		return &p
	}
	if t.header == 0 {
		p := problem("import.no_titles", "No row was found that holds column titles", "a row with titles such as \"Invoice number\", \"Date\" and \"Amount\" above the data",
			"Add a row with titles, or say which row they are in")
		return &p
	}
	return nil
}

// bucketRows counts the first rows that name a class of age, such as "31 to 60 days".
func (t *tabular) bucketRows() int {
	n := 0
	for _, r := range t.top {
		for _, c := range r.cells {
			if c.Kind == table.Text && len(c.Text) < 60 && isBucket(string(c.Text)) {
				n++
				break
			}
		}
	}
	return n
}

func agingSummary() Problem {
	return problem("import.refused.aging_summary", "This is a summary of amounts by age: it says how much is open per period, but not which invoices",
		"a list with one row per invoice", "Export the detailed aging report or the list of open items, with invoice numbers and dates")
}

// datev explains why a DATEV file is not a list of invoices.
func datev(category string) Problem {
	switch plainTitle(category) {
	case "buchungsstapel":
		return problem("import.refused.bookings", "This is a DATEV batch of bookings (Buchungsstapel): each row is one booking between two accounts, and nothing says which invoices are still open",
			"a list of invoices or open items with customer, invoice number, date, due date and amount", "In DATEV, export the list of open items (OPOS-Liste Debitoren) as xlsx or CSV and import that").with("category", category)
	case "debitorenkreditoren":
		return problem("import.refused.datev_parties", "This is a DATEV master data file of debtors and creditors together",
			"a list of customers only", "Export the debtors (accounts 10000 to 69999) with number, name and address as xlsx or CSV and import that").with("category", category)
	}
	return problem("import.refused.datev", fmt.Sprintf("This is a DATEV file with %q; it holds no invoices", category),
		"a list of invoices, customers or payments", "In DATEV, export the list of open items (OPOS-Liste Debitoren) as xlsx or CSV and import that").with("category", category)
}

// whyNot explains in a bookkeeper's words what is missing.
func (u *understanding) whyNot(want Kind) Problem {
	buckets, measures := 0, 0
	rowBuckets := false
	for i := range u.cols {
		for _, m := range meanings(u.titles[i]) {
			switch {
			case m.field == FieldBucket:
				buckets++
			case m.field == FieldMeasure && m.weight > 0.5:
				measures++
			}
		}
		rowBuckets = rowBuckets || u.cols[i].filled > 2 && u.cols[i].wordShare(u.cols[i].buckets) > 0.4
	}
	switch {
	case u.isPayables():
		return problem("import.refused.payables", "This is a list of suppliers: what the firm has to pay, not what its customers owe", "a list of customers' invoices", "Export the open items of the debtors (accounts receivable) instead")
	case u.isBankStatement():
		return problem("import.bank_statement", "These are the lines of a bank account, not a list of invoices", "a list of invoices or open items", "Bank statements are imported under payments; for a list of received payments choose the kind \"payments\"")
	case u.isBookings():
		return problem("import.refused.bookings", "These are accounting entries: each row is one side of a booking with a ledger account, and an invoice is spread over several rows",
			"a list of invoices or open items with customer, invoice number, date, due date and amount", "Export the list of open items of your customers instead")
	case u.isChart():
		return problem("import.refused.chart", "This is a chart of accounts: ledger accounts and their names", "a list of invoices, customers or payments", "Export the list of open items or of customers instead")
	case measures >= 2:
		return problem("import.refused.kpi", "This is a summary of key figures (averages, percentages, days), not a list of invoices: it has no invoice numbers and no customers",
			"a list with one row per invoice", "Export the invoices from which these figures were made")
	case (buckets >= 3 || rowBuckets) && !u.has(FieldNumber):
		return agingSummary()
	case u.has(FieldCustomerNumber, FieldCustomerName) && !u.has(FieldNumber) && !u.has(FieldIssued, FieldDue) && u.has(FieldOpen, FieldTotal) && (want == Auto || want == "" || want == Invoices):
		return problem("import.refused.balances", "This is a list of balances per customer: it says how much each customer owes, but not for which invoices",
			"a list with one row per invoice", "Export the list of open items, with invoice numbers and dates")
	}
	return u.missing(want)
}

// missing names the columns that were not found.
func (u *understanding) missing(want Kind) Problem {
	kind := want
	if kind == Auto || kind == "" {
		kind = Invoices
	}
	var lacks []string
	need := func(name string, fields ...Field) {
		if !u.has(fields...) {
			lacks = append(lacks, name)
		}
	}
	switch kind {
	case Invoices:
		need("invoice number", FieldNumber)
		need("customer", FieldCustomerNumber, FieldCustomerName)
		need("date", FieldIssued, FieldDue)
		need("amount", FieldTotal, FieldOpen, FieldDebit, FieldLineAmount)
	case Payments:
		need("date of payment", FieldPaymentDate)
		need("amount", FieldPaymentAmount)
		need("customer or invoice number", FieldCustomerNumber, FieldCustomerName, FieldNumber)
	case Customers:
		need("customer number or name", FieldCustomerNumber, FieldCustomerName)
		need("e-mail, address or other detail", FieldEmail, FieldStreet, FieldCity, FieldPhone)
	}
	var found []string
	for i, c := range u.chosen {
		if c.field != "" && c.field != FieldIgnore {
			found = append(found, fmt.Sprintf("%s (%q)", readable(c.field), u.titles[i]))
		}
	}
	saw := "No column was recognised"
	if len(found) > 0 {
		saw = "Recognised columns: " + strings.Join(found, ", ")
	}
	if len(lacks) == 0 {
		lacks = []string{"a combination of columns that makes a list of " + string(kind)}
	}
	return problem("import.refused.columns", saw+"; missing: "+strings.Join(lacks, ", "), "",
		"Say what the columns are, or export a list that has them").with("missing", strings.Join(lacks, ", "))
}
