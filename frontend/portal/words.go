package portal

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// htmxConfig keeps htmx within the content security policy: no style sheet of its own, no evaluated attributes.
const htmxConfig = `{"includeIndicatorCSS":false,"history":false}`

// standing is how a document stands: the kind for its colour, the icon and the words.
func standing(p *Page, i *Item) (kind, mark, word string) {
	t := &p.T.Status
	switch i.State {
	case Overdue:
		return "late", "alert", p.F.When(i.Due)
	case Processing:
		return "info", "way", t.Processing
	case Paid:
		return "done", "check", t.Paid
	case Void:
		return "quiet", "cross", t.Void
	case Credit:
		return "done", "check", t.Credit
	}
	kind, word = "quiet", p.F.When(i.Due)
	if p.F.Soon(i.Due) {
		kind = "soon"
	}
	switch {
	case i.State == PartPaid && word != "":
		word = t.PartPaid + ", " + word
	case i.State == PartPaid:
		word = t.PartPaid
	case word == "":
		word = t.Open
	}
	return kind, "clock", word
}

// cardKind is what a card's edge shows.
func cardKind(i *Item) string {
	switch i.State {
	case Overdue:
		return "late"
	case Paid:
		return "paid"
	}
	return "open"
}

func dialable(phone string) string {
	return strings.Map(func(r rune) rune {
		if (r >= '0' && r <= '9') || r == '+' {
			return r
		}
		return -1
	}, strings.ReplaceAll(phone, "(0)", ""))
}

func homeOf(p *Page) string {
	if p.Link {
		return p.Path
	}
	return "/"
}

func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	if r == utf8.RuneError {
		return ""
	}
	return string(unicode.ToUpper(r))
}

func upper(s string) string { return strings.ToUpper(s) }

func query(s string) string { return url.QueryEscape(s) }

func current(p *Page, section string) string {
	if p.Here == section {
		return "page"
	}
	return "false"
}

func kindWord(p *Page, v *Invoice) string {
	switch v.Kind {
	case "credit_note":
		return p.T.Invoice.CreditNote
	case "debit_note":
		return p.T.Invoice.DebitNote
	}
	return p.T.Invoice.Invoice
}

func eventWord(p *Page, kind string) string {
	t := &p.T.Invoice
	switch kind {
	case "credit":
		return t.ByCredit
	case "discount":
		return t.ByDiscount
	case "write_off":
		return t.ByWriteOff
	case "small":
		return t.BySmall
	case "external":
		return t.ByExternal
	}
	return t.ByReceipt
}

func methodIcon(id string) string {
	switch id {
	case "creditcard", "bancontact", "applepay", "googlepay", "paypal":
		return "card"
	}
	return "bank"
}

func resultClass(o Outcome) string {
	switch o {
	case Succeeded:
		return "is-good"
	case Unfinished, Pending, Checked:
		return "is-waiting"
	}
	return "is-bad"
}

func resultIcon(o Outcome) string {
	switch o {
	case Unfinished, Pending:
		return "clock"
	case Checked:
		return "search"
	}
	return "cross"
}

func resultTitle(p *Page, o Outcome) string {
	t := &p.T.Result
	return [...]string{t.OpenTitle, t.PendingTitle, t.PaidTitle, t.FailedTitle, t.CanceledTitle, t.ExpiredTitle, t.FindingTitle}[o]
}

func resultLead(p *Page, o Outcome) string {
	t := &p.T.Result
	return [...]string{t.OpenLead, t.PendingLead, t.PaidLead, t.FailedLead, t.CanceledLead, t.ExpiredLead, t.FindingLead}[o]
}

// askAgain is how long the result page waits before it asks again: soon at first, then ever more patiently.
func askAgain(tries int) string {
	wait := []int{1, 2, 2, 3, 3, 5, 5, 10, 10, 15}
	if tries >= len(wait) {
		return "30s"
	}
	return strconv.Itoa(wait[max(0, tries)]) + "s"
}

// spaced writes an IBAN in groups of four.
func spaced(iban string) string {
	iban = unspaced(iban)
	var b strings.Builder
	for i, r := range iban {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unspaced is an IBAN or reference as a bank's form takes it.
func unspaced(s string) string { return strings.ReplaceAll(s, " ", "") }

func numbersOf(lines []PayLine) string {
	numbers := make([]string, len(lines))
	for i := range lines {
		numbers[i] = lines[i].Number
	}
	return ListOf(numbers, 12)
}

// ListOf joins at most n texts and says how many more there are.
func ListOf(s []string, n int) string {
	if len(s) <= n {
		return strings.Join(s, ", ")
	}
	return strings.Join(s[:n], ", ") + " + " + strconv.Itoa(len(s)-n)
}
