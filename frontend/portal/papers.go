package portal

import (
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// Papers is the page with every document of the customer.
type Papers struct {
	Kind, Query  string
	Year         int
	Years        []int // that there is something of
	Items        []Paper
	Found        int
	Older, Newer string
	Statement    bool  // the firm shows statements
	Annual       []int // years with an annual statement
}

// Paper is one document to download.
type Paper struct {
	Value  string // names it in the form that fetches several
	Kind   string // "invoice", "credit_note", "debit_note", "receipt"
	Title  string // its number, or how it was paid
	On     civil.Date
	Amount money.Amount
	URL    string
	Page   string // where it is shown
}

// StatementPage asks for a statement and shows what is in it.
type StatementView struct {
	From, On string // as a date field wants them
	AsOf     civil.Date
	Today    string
	Blocks   []StatementBlock
}

// StatementBlock is a statement in one currency.
type StatementBlock struct {
	Currency                       money.Currency
	Gross, Overdue, Unapplied, Net money.Amount
	Buckets                        []Bucket
	Credits                        []Paper
	TransferURL                    string
}

// Bucket is a part of the aging.
type Bucket struct {
	Name   string
	Amount money.Amount
}

// Movements is the account's history in one currency, newest first.
type Movements struct {
	Currency     money.Currency
	Currencies   []Link // of the account, when more than one
	Rows         []Movement
	Older, Newer string
}

// Link is a way to another page.
type Link struct {
	Word, URL string
	Current   bool
}

// Movement is a line of the history.
type Movement struct {
	On              civil.Date
	What, URL       string
	Amount, Balance money.Amount
}

// Transfer is how to pay by bank transfer.
type Transfer struct {
	Lines            []PayLine
	Amount, Discount money.Amount
	Credit           money.Amount // taken off, of a whole account
	Until            civil.Date   // the last day for the discount
	Beneficiary      string
	IBAN, BIC        string
	Reference        string
	Square           [][]bool // the QR code, margin included; empty where banks read none
	Back             string
}

// drawn is a square as the path of an SVG: a run of dark modules is one rectangle.
func drawn(square [][]bool) string {
	var b strings.Builder
	for y, row := range square {
		for x := 0; x < len(row); x++ {
			n := 0
			for x+n < len(row) && row[x+n] {
				n++
			}
			if n > 0 {
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h" + strconv.Itoa(n) + "v1h-" + strconv.Itoa(n) + "z")
				x += n
			}
		}
	}
	return b.String()
}

func viewBox(square [][]bool) string {
	n := strconv.Itoa(len(square))
	return "0 0 " + n + " " + n
}

func paperWord(p *Page, kind string) string {
	switch kind {
	case "credit_note":
		return p.T.Invoice.CreditNote
	case "debit_note":
		return p.T.Invoice.DebitNote
	case "receipt":
		return p.T.Receipt.Title
	}
	return p.T.Invoice.Invoice
}
