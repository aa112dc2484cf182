package importer

import (
	"fmt"
	"strconv"

	"github.com/voldaan/voldaan/backend/money"
)

// note is something worth a warning that happens in many rows: it is told once, with a count and the first row.
type note uint8

const (
	noteNoCurrency note = iota
	noteUnit
	noteFloated
	noteSerial
	noteRounded
	noteOpenOnly
	noteNoIssued
	noteNoDue
	noteTerm
	noteTaxBeside
	noteDueBefore
	noteSettledBefore
	noteSettledUndated
	noteContradiction
	noteStatusPaid
	noteLeftOut
	noteVoid
	noteHidden
	noteNoNumber
	noteNameOnly
	noteByName
	noteOtherName
	noteFolded
	noteRepeated
	noteHeaderDiffers
	noteLinesSummed
	noteCreditUsed
	noteDatesKept
	noteMoreSettledHere
	noteTotal
	noteClearing
	noteFutureSettled
	noteFromAbove
	notesEnd
)

// notes collects them. The zero value is empty.
type notes struct {
	count [notesEnd]int
	first [notesEnd]int
	param [notesEnd]string
	extra []Problem // those that are told one by one
	units map[string]money.Currency
}

const maxExtra = 200

func (n *notes) add(k note, row int, param string) {
	if n.count[k]++; n.count[k] == 1 {
		n.first[k], n.param[k] = row, param
	}
}

// unit remembers which currency a sign was taken for, when that says more than the sign.
func (n *notes) unit(sign string, c money.Currency) {
	if sign != "$" && sign != "¥" {
		return
	}
	if n.units == nil {
		n.units = map[string]money.Currency{}
	}
	n.units[sign] = c
}

func (n *notes) one(p Problem) {
	if len(n.extra) < maxExtra {
		n.extra = append(n.extra, p)
	}
}

// warnings puts the notes into words, in a fixed order.
func (n *notes) warnings() []Problem {
	var out []Problem
	for sign, c := range n.units {
		out = append(out, problem("import.warning.unit", fmt.Sprintf("%q beside the amounts was taken for %s", sign, c), "", "If another currency is meant, choose it before importing").with("unit", sign).with("currency", string(c)))
	}
	for k := range notesEnd {
		if n.count[k] == 0 {
			continue
		}
		t := noteTexts[k]
		rows := "1 row"
		if n.count[k] > 1 {
			rows = fmt.Sprintf("%d rows", n.count[k])
		}
		p := problem(t.code, fmt.Sprintf(t.text, rows, n.param[k]), "", t.repair).
			with("count", strconv.Itoa(n.count[k])).with("first_row", strconv.Itoa(n.first[k])).with("value", n.param[k])
		p.Row = n.first[k]
		if t.whole {
			p.Row = 0
		}
		out = append(out, p)
	}
	return append(out, n.extra...)
}

// noteTexts: %[1]s is "12 rows", %[2]s the parameter of the first one. whole notes are about the file, not about a row.
var noteTexts = [notesEnd]struct {
	code, text, repair string
	whole              bool
}{
	noteNoCurrency:     {"import.warning.no_currency", "The file names no currency; %[2]s, the firm's, was taken in %[1]s", "If another currency is meant, choose it before importing", true},
	noteFloated:        {"import.warning.floated", "Another program has turned the numbers of column %[2]q into decimals; \".0\" was removed in %[1]s", "Leading zeros, if there were any, are lost; check the numbers", true},
	noteSerial:         {"import.warning.serial", "The dates of column %[2]q have lost their format; they were read as Excel's day numbers in %[1]s", "Check the dates", true},
	noteRounded:        {"import.warning.rounded", "Computed amounts with more decimals than the currency were rounded, as Excel shows them, in %[1]s", "", false},
	noteOpenOnly:       {"import.warning.open_only", "The file says what is open, not what the invoices were for: the open amount was taken as the total in %[1]s", "If you need the original amounts, export a list that has both", true},
	noteNoIssued:       {"import.warning.no_issued", "The file has no invoice dates; the due date was taken for both in %[1]s", "", true},
	noteNoDue:          {"import.warning.no_due", "No due date in %[1]s; it was worked out from the customer's payment term, else 30 days", "", true},
	noteTerm:           {"import.warning.term", "No due date in %[1]s; it was worked out from the payment term beside the invoice", "", true},
	noteTaxBeside:      {"import.warning.tax_beside", "Beside the amounts stands a column with tax, and nothing says whether the amounts include it; they were taken as including it in %[1]s", "If they do not, export the list with totals that include tax", true},
	noteDueBefore:      {"import.warning.due_before", "The due date lies before the invoice date in %[1]s", "Check the dates; they were kept as they are", false},
	noteSettledBefore:  {"import.warning.settled_before", "The day of payment lies before the invoice date in %[1]s; the invoice date was taken", "", false},
	noteSettledUndated: {"import.warning.settled_undated", "The file says how much has been paid, but not when: %[2]s was taken in %[1]s", "", true},
	noteContradiction:  {"import.warning.contradiction", "Total less paid is not the open amount in %[1]s; the open amount was taken", "Check these rows in the program that made the file", false},
	noteStatusPaid:     {"import.warning.status_paid", "The status says paid, but the whole amount is open in %[1]s; the amount was believed", "Check these rows in the program that made the file", false},
	noteLeftOut:        {"import.warning.left_out", "Left out as notes, without number, date and amount: %[1]s", "", false},
	noteVoid:           {"import.warning.void", "Left out as drafts or cancelled (%[2]s): %[1]s", "", false},
	noteHidden:         {"import.warning.hidden", "A filter or a person has hidden rows of the list (%[1]s); they were read too", "Show all rows and check whether they belong to the list", false},
	noteNoNumber:       {"import.warning.no_number", "No invoice number in %[1]s; each was given one made from its date and amount, such as %[2]s", "Export the list with invoice numbers if you can", true},
	noteNameOnly:       {"import.warning.name_only", "The file has customers' names but no customer numbers; new customers were given a number made from the name, such as %[2]s", "If these customers exist already under other numbers, say which before importing", true},
	noteByName:         {"import.warning.by_name", "The file has no customer numbers; customers of the books with exactly the same name were taken, such as %[2]s", "Check that they are the same", true},
	noteOtherName:      {"import.warning.other_name", "The name of a customer differs from the books in %[1]s, such as %[2]s; the number decides and the name was kept", "", false},
	noteFolded:         {"import.warning.folded", "Lines of an invoice that stands in several rows were put together: %[1]s", "", true},
	noteRepeated:       {"import.warning.repeated", "A row above is repeated in %[1]s; it was taken once", "", false},
	noteHeaderDiffers:  {"import.warning.header_differs", "The lines of an invoice differ in date or due date in %[1]s; the first line was believed", "Check these invoices in the program that made the file", false},
	noteLinesSummed:    {"import.warning.lines_summed", "The file has no totals; they were added up from the lines in %[1]s, as amounts that include tax unless there is a tax column", "Check the totals", true},
	noteCreditUsed:     {"import.warning.credit_used", "Credit notes that have been used elsewhere were taken with what is left of them, or left out, in %[1]s", "", false},
	noteDatesKept:      {"import.warning.dates_kept", "The dates or the currency in %[1]s differ from the books; a posted document keeps its dates", "If the books are wrong, void the document there and import again", false},
	noteMoreSettledHere: {"import.warning.more_settled_here", "The books have more payments than the file in %[1]s; nothing was changed there",
		"The payments may not yet have been booked in the other program", false},
	noteClearing:      {"import.warning.clearing", "A clearing document stands in %[1]s although the list calls them open; they were entered as open", "Check them in the program that made the file", false},
	noteFromAbove:     {"import.warning.from_above", "The customer stands only in front of their first row; in %[1]s the customer above was taken", "Check that these rows belong to the customer above them", true},
	noteFutureSettled: {"import.warning.future_settled", "The day of payment lies in the future in %[1]s", "They count as open until then", false},
}
