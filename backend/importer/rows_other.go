package importer

import (
	"fmt"

	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// payment reads a row of a list of payments.
func (in *interpreter) payment(r *table.Row) {
	rec := &in.rec
	rec.kind = rowPayment
	in.who(r)
	rec.number, rec.paymentID = in.ident(r, FieldNumber), in.ident(r, FieldPaymentID)
	rec.reference, rec.payer, rec.iban, rec.method = in.text(r, FieldReference), in.text(r, FieldPayer), in.text(r, FieldIBAN), in.text(r, FieldMethod)
	var ok bool
	if rec.issued, ok = in.date(r, FieldPaymentDate); ok && rec.issued.IsZero() {
		in.missing(r, FieldPaymentDate)
	}
	if rec.currency, ok = in.currencyFor(r, FieldPaymentAmount); !ok {
		return
	}
	t, present, ok := in.amount(r, FieldPaymentAmount, rec.currency)
	switch {
	case ok && !present:
		in.missing(r, FieldPaymentAmount)
	case ok && t <= 0:
		in.fail(r, FieldPaymentAmount, problem("import.payment_negative", fmt.Sprintf("%s is not money that came in", money.Of(t, rec.currency)),
			"an amount above zero", "Record refunds and chargebacks at the payment they belong to"))
	}
	rec.total = t
}

// customerRow reads a row of a list of customers.
func (in *interpreter) customerRow(r *table.Row) {
	rec := &in.rec
	in.who(r)
	get := func(f Field) string { return string(in.text(r, f)) }
	c := ledger.Customer{Phone: get(FieldPhone), VATID: get(FieldVATID), ChamberNo: get(FieldChamberNo), IBAN: get(FieldIBAN),
		Address: ledger.Address{Street: get(FieldStreet), PostalCode: get(FieldPostalCode), City: get(FieldCity), Country: country(get(FieldCountry))}}
	c.Language = language(get(FieldLanguage))
	if days := in.text(r, FieldTermDays); days != nil {
		c.TermDays, _ = termDays(string(days))
	}
	if t := in.text(r, FieldTermDays); digitsOnly(t) && firstNumber(t) > 365 {
		c.TermDays = firstNumber(t)
		in.fail(r, FieldTermDays, problem("import.terms", fmt.Sprintf("A payment term of %d days is not possible", c.TermDays), "0 to 365 days", "Correct the cell"))
	}
	if limit, present, ok := in.amount(r, FieldCreditLimit, in.env.base); ok && present {
		c.CreditLimit = max(limit, 0)
	}
	rec.customer = c
	if rec.custNumber == nil && rec.custName == nil && len(in.problems) == 0 {
		in.missing(r, FieldCustomerNumber)
	}
}

// firstNumber is the first whole number in a text: "Net 45" is 45, "30 dagen netto" is 30.
func firstNumber(t []byte) int {
	n, seen := 0, false
	for _, c := range t {
		switch {
		case c >= '0' && c <= '9':
			if n = n*10 + int(c-'0'); n > 100_000 {
				return n
			}
			seen = true
		case seen:
			return n
		}
	}
	return n
}

// language is a language of the portal, from its code or name; anything else is left open.
func language(s string) string {
	switch p := plainTitle(s); {
	case p == "nl" || p == "nld" || p == "nlnl" || p == "nlbe" || p == "nederlands" || p == "dutch" || p == "n":
		return "nl"
	case p == "en" || p == "eng" || p == "engb" || p == "enus" || p == "english" || p == "engels" || p == "e":
		return "en"
	case p == "fr" || p == "fra" || p == "frfr" || p == "frbe" || p == "francais" || p == "french" || p == "frans" || p == "f":
		return "fr"
	case p == "de" || p == "deu" || p == "dede" || p == "deutsch" || p == "german" || p == "duits" || p == "d":
		return "de"
	}
	return ""
}

// country is an ISO code, from a code or a name that is common in these files; anything else is kept as written.
func country(s string) string {
	switch plainTitle(s) {
	case "nederland", "netherlands", "thenetherlands", "paysbas", "niederlande", "nl":
		return "NL"
	case "belgie", "belgium", "belgique", "belgien", "be":
		return "BE"
	case "duitsland", "germany", "deutschland", "allemagne", "de":
		return "DE"
	case "frankrijk", "france", "frankreich", "fr":
		return "FR"
	}
	return s
}
