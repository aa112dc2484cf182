package importer

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/table"
)

// match is one thing that a title can mean.
type match struct {
	field  Field
	weight float64
}

// dictionary is synonyms turned around: a plain title to what it can mean.
var dictionary = sync.OnceValue(func() map[string][]match {
	d := map[string][]match{}
	for field, groups := range synonyms {
		for i, weight := range []float64{1, 0.7, 0.5} {
			for _, word := range groups[i] {
				d[word] = append(d[word], match{field, weight})
			}
		}
	}
	for _, m := range d {
		slices.SortFunc(m, func(a, b match) int { return strings.Compare(string(a.field), string(b.field)) })
	}
	return d
})

// meanings are what a title can mean, with how sure the words alone are.
func meanings(title string) []match {
	plain := plainTitle(title)
	if m, ok := dictionary()[plain]; ok {
		return m
	}
	m := similar(title, plain)
	if isPart(plain) || inThousands(title, plain) {
		m = slices.DeleteFunc(slices.Clone(m), func(x match) bool {
			return x.field == FieldTotal || x.field == FieldOpen || x.field == FieldPaid
		})
	}
	return m
}

// means is how surely a title says a field.
func means(title string, f Field) (weight float64) {
	for _, m := range meanings(title) {
		if m.field == f {
			weight = max(weight, m.weight)
		}
	}
	return weight
}

// isPart recognises titles of less than what is owed: "Amount (excl. VAT)", "Montant HT", "Discount amount".
func isPart(plain string) bool {
	if isWhole(plain) {
		return false
	}
	for _, w := range partWords {
		if strings.Contains(plain, w) {
			return true
		}
	}
	return strings.HasSuffix(plain, "ht") && (strings.HasPrefix(plain, "montant") || strings.HasPrefix(plain, "total"))
}

// isWhole recognises titles of all that is owed: "Amount (incl. VAT)", "Montant TTC".
func isWhole(title string) bool {
	plain := plainTitle(title)
	for _, w := range wholeWords {
		if strings.Contains(plain, w) {
			return true
		}
	}
	return false
}

// inThousands recognises amounts that are not written in full: "Bedrag (x 1.000)", "Betrag in TEUR", "Amount (k€)".
func inThousands(title, plain string) bool {
	for _, w := range []string{"x1000", "thousand", "duizend", "tausend", "millier", "million", "miljoen"} {
		if strings.Contains(plain, w) {
			return true
		}
	}
	for _, w := range []string{"k€", "K€", "T€", "kEUR", "KEUR", "TEUR", "kUSD", "TUSD", "TCHF", "k£"} {
		if strings.Contains(title, w) {
			return true
		}
	}
	return false
}

// similar are the meanings of a title that is no synonym as it stands.
func similar(title, plain string) []match {
	d := dictionary()
	bare := bareTitle(title)
	if m, ok := d[bare]; ok {
		return scaled(m, 0.95)
	}
	if isBucket(title) {
		return []match{{FieldBucket, 1}}
	}
	for _, w := range measureWords {
		if strings.Contains(plain, w) {
			return []match{{FieldMeasure, 0.9}}
		}
	}
	for _, w := range partWords {
		if strings.Contains(bare, w) {
			return nil // a part of the amount, not the amount
		}
	}
	for _, w := range aboutWords {
		if strings.HasSuffix(bare, w) || strings.HasPrefix(bare, w) {
			return nil
		}
	}
	// The longest synonym that the title contains, when it is most of the title.
	best, length := "", 0
	for word := range d {
		if len(word) >= 5 && len(word) > length && strings.Contains(bare, word) || len(word) == length && word < best && strings.Contains(bare, word) {
			best, length = word, len(word)
		}
	}
	if length == 0 || 2*length < len(bare) {
		return nil
	}
	return scaled(d[best], 0.8*float64(length)/float64(len(bare)))
}

func scaled(m []match, by float64) []match {
	out := make([]match, len(m))
	for i, x := range m {
		out[i] = match{x.field, x.weight * by}
	}
	return out
}

// isBucket recognises the aging classes: "1 - 30 days", "31-60", "> 90", "Over 5 years", "1 à 30 jours".
func isBucket(s string) bool {
	plain := plainTitle(s)
	for _, w := range bucketWords {
		if strings.HasPrefix(plain, w) {
			return true
		}
	}
	digits, dashes := 0, false
	inNumber := false
	for _, r := range s {
		if r >= '0' && r <= '9' {
			if !inNumber {
				digits++
			}
			inNumber = true
			continue
		}
		inNumber = false
		dashes = dashes || r == '-' || r == '–' || r == '>' || r == '+' || r == '<'
	}
	if bucketOnly(plain) && digits > 0 && digits <= 2 {
		return true
	}
	unit := false
	for _, w := range []string{"day", "dag", "tag", "jour", "month", "maand", "monat", "mois", "year", "jaar", "jahr", "ans", "dni"} {
		unit = unit || strings.Contains(plain, w)
	}
	switch {
	case len(s) > 40 || digits == 0 || digits > 2:
		return false
	case unit && (digits == 2 || dashes || strings.HasPrefix(plain, "over") || strings.HasPrefix(plain, "plus") || strings.HasPrefix(plain, "meer") || strings.HasPrefix(plain, "uber") || strings.Contains(plain, "ormore") || len(plain) <= 8):
		return true
	}
	letters := strings.IndexFunc(plain, func(r rune) bool { return r < '0' || r > '9' }) >= 0
	return !letters && dashes && len(plain) <= 7
}

// bucketOnly reports whether nothing is left of a title but digits when the words of age classes are taken away:
// "current_0_30_amount", "over_91_plus_amount", "bucket 31 60".
func bucketOnly(plain string) bool {
	rest, words := strings.Trim(plain, "0123456789"), 0
	for again := true; again; {
		again = false
		for _, w := range []string{"current", "over", "amount", "days", "bucket", "aging", "ageing", "plus", "pastdue", "overdue", "from", "older"} {
			if cut := strings.ReplaceAll(rest, w, ""); cut != rest {
				rest, again = cut, true
				words++
			}
		}
	}
	return words > 0 && strings.Trim(rest, "0123456789") == "" && rest != plain
}

// fit is how well the content of a column suits a field, 0 to 1. An empty column suits everything a little.
func (c *column) fit(f Field) float64 {
	if c.filled == 0 {
		return 0.4
	}
	switch f {
	case FieldIssued, FieldDue, FieldSettledOn, FieldPaymentDate:
		dates := c.dates
		if c.typed > 0 {
			dates += c.serials
		}
		if c.dayNumbers() {
			return 0.9 // an amount or a number, where the title can mean that too
		}
		// A column of damaged dates is still the column of dates: its cells are rejected one by one.
		return min(1, c.share(dates)+0.5*c.share(c.looksTimed()))
	case FieldTotal:
		if c.whole == c.numbers && c.distinct() == 1 && c.filled > 2 {
			return 0.8 * c.share(c.numbers) // "Invoice" above 1001, 1002, 1003 is no amount
		}
		return c.share(c.numbers)
	case FieldOpen, FieldPaid, FieldDebit, FieldCredit, FieldPaymentAmount, FieldLineAmount, FieldUnitPrice, FieldTax, FieldCreditLimit:
		return c.share(c.numbers)
	case FieldQuantity, FieldDiscountPct, FieldMeasure:
		return c.share(c.numbers)
	case FieldDaysCount:
		return c.share(c.whole)
	case FieldTermDays:
		return max(c.share(c.whole), c.sampled(func(s string) bool { _, ok := termDays(s); return ok }))
	case FieldNumber:
		fractions := c.numbers - c.whole - c.floated
		return max(0, 1-2*c.share(fractions)-c.share(c.dates-c.compact)) * (0.7 + 0.3*c.distinct())
	case FieldCustomerNumber, FieldPaymentID:
		fractions := c.numbers - c.whole - c.floated
		return max(0, 1-2*c.share(fractions)-c.share(c.dates-c.compact)-0.5*c.share(c.wordy()))
	case FieldCustomerName, FieldPayer:
		return max(0, 1-c.share(c.dates)-0.9*c.share(c.numbers)-0.3*c.wordShare(c.keys))
	case FieldCurrency:
		// A column of codes that are no currencies is the column all the same: its cells are rejected one by one.
		return max(c.wordShare(c.codes), 0.7*c.sampled(threeLetters))
	case FieldEmail:
		return c.wordShare(c.mails)
	case FieldIBAN:
		return c.wordShare(c.ibans)
	case FieldSide:
		return c.share(c.texts)
	case FieldStatus, FieldType:
		return max(0, 1-c.share(c.dates)-c.share(c.numbers))
	case FieldDescription, FieldReference, FieldPO:
		return max(0.3, 1-0.7*c.share(c.dates))
	}
	return 0.8
}

// looksTimed counts cells that are neither date nor number in a column that has some dates: "05:23.4".
func (c *column) looksTimed() int {
	if c.dates == 0 {
		return 0
	}
	return c.texts
}

// sampled is the share of the sampled cells that are as is says.
func (c *column) sampled(is func(string) bool) float64 {
	n := 0
	for _, s := range c.samples {
		if is(s) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(c.samples)))
}

func threeLetters(s string) bool {
	return len(s) == 3 && isLetter(s[0]) && isLetter(s[1]) && isLetter(s[2])
}

// wordy estimates how many cells are names rather than codes.
func (c *column) wordy() int {
	n := 0
	for _, s := range c.samples {
		if strings.Count(s, " ") >= 1 && !strings.ContainsAny(s, "0123456789") {
			n++
		}
	}
	return n * c.filled / max(1, len(c.samples))
}

// chosen is the field of a column and how it came to it.
type chosen struct {
	field      Field
	confidence float64
	why        string
	overridden bool
}

// assign gives each column at most one field and each field at most one column, the surest pairs first.
func assign(cols []column, fields []Field) []chosen {
	type pair struct {
		col   int
		field Field
		score float64
		word  float64
	}
	wanted := map[Field]bool{FieldBucket: true, FieldDaysCount: true}
	for _, f := range fields {
		wanted[f] = true
	}
	var pairs []pair
	lines := hasLines(cols)
	named := slices.ContainsFunc(cols, func(c column) bool { return saysInvoice(plainTitle(c.title)) && means(c.title, FieldNumber) > 0.9 })
	for i := range cols {
		for _, m := range meanings(cols[i].title) {
			if !wanted[m.field] || lines && m.field == FieldCustomerNumber && ledgerAccount(cols[i].title) || cols[i].contradicts(m) {
				continue
			}
			fit := cols[i].fit(m.field)
			if cols[i].filled > 0 && fit < 0.45 {
				continue
			}
			pairs = append(pairs, pair{i, m.field, m.weight * (0.3 + 0.7*fit) * cols[i].lean(m.field, named), m.weight})
		}
		pairs = append(pairs, byContent(i, &cols[i], wanted, func(i int, f Field, s float64) pair { return pair{i, f, s, 0} })...)
	}
	sort.SliceStable(pairs, func(a, b int) bool { return pairs[a].score > pairs[b].score })
	out := make([]chosen, len(cols))
	taken := map[Field]bool{}
	for _, p := range pairs {
		repeatable := p.field == FieldBucket || p.field == FieldDaysCount
		if out[p.col].field != "" || taken[p.field] && !repeatable {
			continue
		}
		taken[p.field] = true
		why := fmt.Sprintf("the title %q means %s; %s", cols[p.col].title, readable(p.field), cols[p.col].describe())
		if p.word == 0 {
			why = fmt.Sprintf("the content looks like %s; %s", readable(p.field), cols[p.col].describe())
		}
		out[p.col] = chosen{field: p.field, confidence: min(1, p.score), why: why}
	}
	if taken[FieldCustomerName] && wanted[FieldNumber] {
		for i := range out {
			if out[i].field == FieldCustomerNumber && out[i].confidence <= 0.5 {
				out[i] = chosen{} // "Id" beside a name is the row's, not the customer's
			}
		}
	}
	return out
}

// contradicts reports whether the content or the rest of the title rules a meaning out. "Invoice" is the document's
// number, and its amount only when the title names a currency or the cells have cents.
func (c *column) contradicts(m match) bool {
	unit := titleCurrency(c.title) != ""
	switch m.field {
	case FieldTotal:
		return m.weight <= 0.5 && !unit && len(c.units) == 0 && c.numbers <= c.whole+c.floated
	case FieldNumber, FieldCustomerNumber:
		return unit
	}
	return false
}

// lean decides between titles that are as good: "Total" before "Amount", since the tax stands between them, and the
// invoice's number before those of the entry, the row or the order. named says that a title is "invoice number" as such.
func (c *column) lean(f Field, named bool) float64 {
	bare := bareTitle(c.title)
	switch f {
	case FieldTotal:
		switch bare {
		case "total", "totaal", "gesamt", "summe", "brutto", "bruto", "gross":
			return 1.01
		}
	case FieldNumber:
		switch bare {
		case "invoice", "factuur", "rechnung", "facture", "invoices":
			if !named {
				return 1.45
			}
		case "num", "number", "no", "nummer", "nr", "numero", "name":
			return 0.9
		}
		if saysInvoice(bare) {
			return 1.02
		}
	}
	return 1
}

// saysInvoice reports whether a plain title speaks of invoices.
func saysInvoice(plain string) bool {
	for _, w := range []string{"invoice", "factuur", "rechnung", "facture", "faktur"} {
		if strings.Contains(plain, w) {
			return true
		}
	}
	return false
}

// hasLines reports whether the rows are lines of invoices: then an account is a ledger account, not the customer's.
func hasLines(cols []column) bool {
	for i := range cols {
		switch plainTitle(cols[i].title) {
		case "taxtype", "unitamount", "unitprice", "lineamount", "quantity", "inventoryitemcode", "grootboekrekening", "glaccount", "sachkonto":
			return true
		}
	}
	return false
}

func ledgerAccount(title string) bool {
	switch plainTitle(title) {
	case "accountcode", "accountnumber", "accountno", "account", "konto", "compte", "code", "no", "number", "nummer", "numero", "id":
		return true
	}
	return false
}

// byContent proposes fields for columns whose title says nothing.
func byContent[P any](i int, c *column, wanted map[Field]bool, make func(int, Field, float64) P) (out []P) {
	propose := func(f Field, s float64) {
		if wanted[f] {
			out = append(out, make(i, f, s))
		}
	}
	switch {
	case c.filled == 0:
	case c.wordShare(c.accounts) > 0.9:
		propose(FieldCustomerNumber, 0.6)
	case c.wordShare(c.mails) > 0.8:
		propose(FieldEmail, 0.6)
	case c.wordShare(c.ibans) > 0.8:
		propose(FieldIBAN, 0.4)
	case c.wordShare(c.codes) > 0.95:
		propose(FieldCurrency, 0.5)
	}
	return out
}

// readable is a field's name in words.
func readable(f Field) string {
	switch f {
	case FieldNumber:
		return "invoice number"
	case FieldIssued:
		return "invoice date"
	case FieldDue:
		return "due date"
	case FieldTotal:
		return "amount"
	case FieldOpen:
		return "open amount"
	case FieldPaid:
		return "paid amount"
	}
	return strings.ReplaceAll(string(f), "_", " ")
}

// override puts a person's corrections over the detected fields.
func override(cols []column, got []chosen, corrections []Override) error {
	for _, o := range corrections {
		i, ok := locate(cols, o.Column)
		if !ok {
			return fault.Invalidf("import.no_such_column", "The mapping names the column %q, which the table does not have. Use a title or a letter of the table.", o.Column).With("column", o.Column)
		}
		if !knownField(o.Field) {
			return fault.Invalidf("import.no_such_field", "%q is not something that a column can hold.", string(o.Field)).With("field", string(o.Field))
		}
		if o.Field != FieldIgnore && o.Field != FieldBucket && o.Field != FieldDaysCount {
			for j := range got {
				if got[j].field == o.Field {
					got[j] = chosen{}
				}
			}
		}
		got[i] = chosen{field: o.Field, confidence: 1, why: "chosen by hand", overridden: true}
	}
	return nil
}

// locate finds a column by title, else by letter.
func locate(cols []column, name string) (int, bool) {
	plain := plainTitle(name)
	for i := range cols {
		if cols[i].title == name {
			return i, true
		}
	}
	for i := range cols {
		if plain != "" && plainTitle(cols[i].title) == plain {
			return i, true
		}
	}
	i, ok := table.Column(name)
	return i, ok && i < len(cols)
}

func knownField(f Field) bool {
	if f == FieldIgnore || f == FieldBucket || f == FieldDaysCount || f == FieldMeasure {
		return true
	}
	_, ok := synonyms[f]
	return ok
}
