package einvoice

import (
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// fromUBL reads an Invoice or a CreditNote.
func fromUBL(root *node) (*Invoice, error) {
	inv := &Invoice{Profile: UBL, Number: root.str("ID"), Type: root.str("InvoiceTypeCode"), Reference: root.str("BuyerReference"),
		PO: root.str("OrderReference", "ID"), Terms: joined(root.all("PaymentTerms", "Note")), Note: root.str("Note"),
		Preceding: root.str("BillingReference", "InvoiceDocumentReference", "ID"),
		IBAN:      iban(root.all("PaymentMeans", "PayeeFinancialAccount", "ID")),
		Seller:    ublParty(root.one("AccountingSupplierParty", "Party")), Buyer: ublParty(root.one("AccountingCustomerParty", "Party"))}
	if inv.Type == "" {
		inv.Type = root.str("CreditNoteTypeCode")
	}
	var err error
	if inv.Issued, err = date(root.one("IssueDate")); err != nil {
		return nil, err
	}
	due := append(root.all("DueDate"), root.all("PaymentMeans", "PaymentDueDate")...)
	if inv.Due, err = latest(append(due, root.all("PaymentTerms", "PaymentDueDate")...)); err != nil {
		return nil, err
	}
	sum := root.one("LegalMonetaryTotal")
	code := root.one("DocumentCurrencyCode")
	if code == nil {
		code = &node{text: attribute(sum.one("PayableAmount")), line: root.line}
	}
	t := totals{net: sum.one("TaxExclusiveAmount"), gross: sum.one("TaxInclusiveAmount"), paid: sum.one("PrepaidAmount"),
		rounding: sum.one("PayableRoundingAmount"), due: sum.one("PayableAmount"), taxes: root.all("TaxTotal", "TaxAmount")}
	return inv, inv.take(root, code, t)
}

func ublParty(p *node) Party {
	out := Party{Name: p.str("PartyLegalEntity", "RegistrationName"), ChamberNo: p.str("PartyLegalEntity", "CompanyID"),
		Email: p.str("Contact", "ElectronicMail"), Phone: p.str("Contact", "Telephone")}
	if trade := p.str("PartyName", "Name"); out.Name == "" {
		out.Name = trade
	}
	for _, id := range p.all("PartyIdentification", "ID") {
		if id.scheme == "" && out.Number == "" {
			out.Number = strings.TrimSpace(id.text)
		}
	}
	for _, t := range p.all("PartyTaxScheme") {
		if s := t.str("TaxScheme", "ID"); s == "VAT" || s == "" {
			out.VATID = first(out.VATID, vat(t.str("CompanyID")))
		}
	}
	a := p.one("PostalAddress")
	out.Street = strings.TrimSpace(a.str("StreetName") + " " + a.str("BuildingNumber"))
	out.PostalCode, out.City, out.Country = a.str("PostalZone"), a.str("CityName"), a.str("Country", "IdentificationCode")
	return out
}

// fromCII reads a Cross Industry Invoice: the final names, or those of ZUGFeRD 1.
func fromCII(root *node) (*Invoice, error) {
	head, deal := root.one("ExchangedDocument"), root.one("SupplyChainTradeTransaction")
	agreed, settled := deal.one("ApplicableHeaderTradeAgreement"), deal.one("ApplicableHeaderTradeSettlement")
	summation := "SpecifiedTradeSettlementHeaderMonetarySummation"
	if root.name == "CrossIndustryDocument" {
		head, deal = root.one("HeaderExchangedDocument"), root.one("SpecifiedSupplyChainTradeTransaction")
		agreed, settled = deal.one("ApplicableSupplyChainTradeAgreement"), deal.one("ApplicableSupplyChainTradeSettlement")
		summation = "SpecifiedTradeSettlementMonetarySummation"
	}
	terms := settled.all("SpecifiedTradePaymentTerms")
	inv := &Invoice{Profile: CII, Number: head.str("ID"), Type: head.str("TypeCode"), Note: head.str("IncludedNote", "Content"),
		Reference: agreed.str("BuyerReference"), PO: first(agreed.str("BuyerOrderReferencedDocument", "IssuerAssignedID"), agreed.str("BuyerOrderReferencedDocument", "ID")),
		Preceding: settled.str("InvoiceReferencedDocument", "IssuerAssignedID"),
		IBAN:      iban(settled.all("SpecifiedTradeSettlementPaymentMeans", "PayeePartyCreditorFinancialAccount", "IBANID")),
		Seller:    ciiParty(agreed.one("SellerTradeParty")), Buyer: ciiParty(agreed.one("BuyerTradeParty"))}
	var err error
	if inv.Issued, err = date(head.one("IssueDateTime", "DateTimeString")); err != nil {
		return nil, err
	}
	var words, due []*node
	for _, t := range terms {
		words, due = append(words, t.all("Description")...), append(due, t.all("DueDateDateTime", "DateTimeString")...)
	}
	inv.Terms = joined(words)
	if inv.Due, err = latest(due); err != nil {
		return nil, err
	}
	sum := settled.one(summation)
	t := totals{net: sum.one("TaxBasisTotalAmount"), gross: sum.one("GrandTotalAmount"), paid: sum.one("TotalPrepaidAmount"),
		rounding: sum.one("RoundingAmount"), due: sum.one("DuePayableAmount"), taxes: sum.all("TaxTotalAmount")}
	if t.due == nil {
		t.due = t.gross // ZUGFeRD 1 BASIC
	}
	code := settled.one("InvoiceCurrencyCode")
	if code == nil {
		code = &node{text: attribute(t.due), line: root.line}
	}
	return inv, inv.take(root, code, t)
}

func ciiParty(p *node) Party {
	out := Party{Number: p.str("ID"), Name: p.str("Name"), ChamberNo: p.str("SpecifiedLegalOrganization", "ID"),
		Email: p.str("DefinedTradeContact", "EmailURIUniversalCommunication", "URIID"),
		Phone: p.str("DefinedTradeContact", "TelephoneUniversalCommunication", "CompleteNumber")}
	out.Name = first(out.Name, p.str("SpecifiedLegalOrganization", "TradingBusinessName"))
	for _, id := range p.all("SpecifiedTaxRegistration", "ID") {
		if id.scheme == "VA" {
			out.VATID = first(out.VATID, vat(id.text))
		}
	}
	a := p.one("PostalTradeAddress")
	out.Street, out.PostalCode, out.City, out.Country = a.str("LineOne"), a.str("PostcodeCode"), a.str("CityName"), a.str("CountryID")
	return out
}

// totals are the elements with the document's amounts; any may be nil.
type totals struct {
	net, gross, paid, rounding, due *node
	taxes                           []*node
}

// take reads the amounts and holds them against each other.
func (inv *Invoice) take(root, code *node, t totals) error {
	c, err := money.ParseCurrency(code.text)
	if err != nil {
		return fault.Invalidf("import.einvoice_currency", "%q in line %d is not a currency (BT-5). Expected an ISO code such as EUR. Ask for a corrected file.", short(code.text), code.line).
			With("value", short(code.text)).With("line", strconv.Itoa(code.line))
	}
	inv.Currency = c
	if t.due == nil {
		return fault.Invalidf("import.einvoice_missing", "The amount due (BT-115) is missing from the electronic invoice. Expected: it is required in every profile. Ask for a corrected file.").
			With("field", "payable").With("term", "BT-115").With("line", strconv.Itoa(root.line))
	}
	var v [5]int64
	for i, n := range []*node{t.net, t.gross, t.paid, t.rounding, t.due} {
		if v[i], err = amount(n, c); err != nil {
			return err
		}
	}
	net, gross, paid, rounding, due := v[0], v[1], v[2], v[3], v[4]
	if t.gross == nil {
		gross = due + paid - rounding
	}
	tax, taxed, err := inv.tax(t.taxes)
	if err != nil {
		return err
	}
	within := taxed && gross != net+tax && gross == net+tax+rounding // the gross is rounded already
	if within {
		rounding = 0
	}
	if taxed && t.net != nil && !within && gross != net+tax {
		return inv.contradiction(t.gross, gross, "the amount without tax and the tax", net+tax)
	}
	if due != gross-paid+rounding {
		if t.paid != nil || abs(due) >= abs(gross) || due < 0 != (gross < 0) {
			return inv.contradiction(t.due, due, "the amount with tax, less what was paid, plus rounding,", gross-paid+rounding)
		}
		paid = gross + rounding - due
	}
	back, err := inv.credit(root)
	if err != nil {
		return err
	}
	inv.Total, inv.Paid, inv.Payable = gross+rounding, paid, due
	if back {
		inv.Total, inv.Paid, inv.Payable = -inv.Total, -inv.Paid, -inv.Payable
	}
	return nil
}

// tax is the sum in the document's currency; a second one in the currency of the books of account is not looked at.
func (inv *Invoice) tax(taxes []*node) (sum int64, taxed bool, err error) {
	for _, n := range taxes {
		if n.currency != "" && !strings.EqualFold(n.currency, string(inv.Currency)) {
			continue
		}
		v, err := amount(n, inv.Currency)
		if err != nil {
			return 0, false, err
		}
		sum, taxed = sum+v, true
	}
	return sum, taxed, nil
}

func (inv *Invoice) contradiction(n *node, found int64, of string, want int64) error {
	line := 0
	if n != nil {
		line = n.line
	}
	a, b := money.Of(found, inv.Currency).String(), money.Of(want, inv.Currency).String()
	return fault.Invalidf("import.einvoice_totals", "The totals contradict each other: line %d has %s, but %s make %s. Ask for a corrected file; the invoice was not entered.", line, a, of, b).
		With("found", a).With("expected", b).With("line", strconv.Itoa(line))
}

func abs(v int64) int64 { return max(v, -v) }

func amount(n *node, c money.Currency) (int64, error) {
	if n == nil {
		return 0, nil
	}
	text := strings.TrimSpace(n.text)
	bad := func(code, why string) error {
		return fault.Invalidf(code, "%q in line %d, %s, %s. Ask for a corrected file.", short(text), n.line, n.name, why).With("value", short(text)).With("line", strconv.Itoa(n.line)).With("element", n.name)
	}
	if n.currency != "" && !strings.EqualFold(n.currency, string(c)) {
		return 0, bad("import.einvoice_currency", "is in "+n.currency+", but the document in "+string(c))
	}
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	a, err := money.Parse(strings.TrimSuffix(text, "."), c)
	if err != nil {
		return 0, bad("import.einvoice_amount", "is not an amount that the books can hold; expected digits with a decimal point and no more decimals than the currency has")
	}
	return a.Minor, nil
}

// date reads YYYY-MM-DD, with or without a time zone, and the basic form YYYYMMDD (format 102) of CII.
func date(n *node) (civil.Date, error) {
	if n == nil {
		return 0, nil
	}
	t := strings.TrimSpace(n.text)
	if t == "" {
		return 0, nil
	}
	if len(t) > 10 && strings.ContainsRune("TZ+-", rune(t[10])) {
		t = t[:10]
	}
	if len(t) == 8 && (n.format == "102" || n.format == "") {
		t = t[:4] + "-" + t[4:6] + "-" + t[6:]
	}
	d, err := civil.Parse(t)
	if err != nil || d.Year() < 1980 || d.Year() > 2199 {
		return 0, fault.Invalidf("import.einvoice_date", "%q in line %d, %s, is not a date. Expected a day such as 2026-11-30 (CII: 20261130). Ask for a corrected file.", short(n.text), n.line, n.name).
			With("value", short(n.text)).With("line", strconv.Itoa(n.line))
	}
	return d, nil
}

// latest is the last of several due dates: terms with a discount name its day too.
func latest(ns []*node) (civil.Date, error) {
	var last civil.Date
	for _, n := range ns {
		d, err := date(n)
		if err != nil {
			return 0, err
		}
		last = civil.Max(last, d)
	}
	return last, nil
}

func iban(ns []*node) string {
	for _, n := range ns {
		if t := strings.ToUpper(strings.Join(strings.Fields(n.text), "")); t != "" {
			return t
		}
	}
	return ""
}

func vat(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(strings.TrimSpace(s)))
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func joined(ns []*node) string {
	var out []string
	for _, n := range ns {
		if t := strings.TrimSpace(n.text); t != "" {
			out = append(out, t)
		}
	}
	return strings.Join(out, "\n")
}

func attribute(n *node) string {
	if n == nil {
		return ""
	}
	return n.currency
}
