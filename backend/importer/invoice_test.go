package importer_test

import (
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/ledger"
)

// ublInvoice is a small invoice from seller to buyer.
func ublInvoice(seller, sellerVAT, buyer, buyerVAT string) []byte {
	party := func(name, vat string) string {
		return `<cac:Party><cac:PostalAddress><cbc:CityName>Gent</cbc:CityName><cac:Country><cbc:IdentificationCode>BE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>` +
			`<cac:PartyTaxScheme><cbc:CompanyID>` + vat + `</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>` +
			`<cac:PartyLegalEntity><cbc:RegistrationName>` + name + `</cbc:RegistrationName></cac:PartyLegalEntity><cac:Contact><cbc:ElectronicMail>post@voorbeeld.be</cbc:ElectronicMail></cac:Contact></cac:Party>`
	}
	return []byte(`<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="a" xmlns:cbc="b">
<cbc:ID>V-1</cbc:ID><cbc:IssueDate>2026-01-05</cbc:IssueDate><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty>` + party(seller, sellerVAT) + `</cac:AccountingSupplierParty><cac:AccountingCustomerParty>` + party(buyer, buyerVAT) + `</cac:AccountingCustomerParty>
<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="EUR">121.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>`)
}

// TestInvoiceDirection: the firm's own invoices come in, its purchases do not.
func TestInvoiceDirection(t *testing.T) {
	d := newDesk(t)
	firm := d.Firm.Name
	p := d.plan("in.xml", ublInvoice("Leverancier", "BE0999", firm, "BE0123"), importer.Options{})
	if p.Refusal == nil || p.Refusal.Code != "import.einvoice_purchase" || !strings.Contains(p.Refusal.Message, "Leverancier") {
		t.Errorf("a purchase: %+v", p.Refusal)
	}
	p = d.plan("out.xml", ublInvoice(firm, "BE0123", "Bakker", "BE0999"), importer.Options{})
	if p.Refusal != nil || p.Profile != "ubl" || p.Kind != importer.Invoices || strings.Contains(strings.Join(codes(p.Warnings), " "), "einvoice") {
		t.Errorf("an own invoice: %+v, %v", p.Refusal, codes(p.Warnings))
	}
	p = d.plan("other.xml", ublInvoice("Iemand", "BE0777", "Bakker", "BE0999"), importer.Options{})
	if got := strings.Join(codes(p.Warnings), " "); p.Refusal != nil || !strings.Contains(got, "import.warning.einvoice_") {
		t.Errorf("another seller: %+v, %v", p.Refusal, got)
	}
}

// TestInvoiceCustomer: a new customer gets what the invoice says; the next invoice finds them by VAT id under any name;
// and an import is taken back whole.
func TestInvoiceCustomer(t *testing.T) {
	d := newDesk(t)
	first := d.apply(d.plan("1.xml", ublInvoice(d.Firm.Name, "BE0123", "Bakker", "BE 0999.000"), importer.Options{}))
	c := d.accounts()[0].Customer
	if c.Name != "Bakker" || c.VATID != "BE0999000" || c.Address.City != "Gent" || c.Address.Country != "BE" || c.Email != "post@voorbeeld.be" {
		t.Errorf("got %+v", c)
	}
	second := strings.Replace(string(ublInvoice(d.Firm.Name, "BE0123", "Bakkerij De Molen", "BE0999000")), "V-1", "V-2", 1)
	d.apply(d.plan("2.xml", []byte(second), importer.Options{}))
	if all := d.accounts(); len(all) != 1 || len(all[0].Documents) != 2 || d.open("2027-01-01")["EUR"] != "242.00" {
		t.Errorf("%d customers, open %v", len(all), d.open("2027-01-01"))
	}
	other := newDesk(t)
	r := other.apply(other.plan("1.xml", ublInvoice(other.Firm.Name, "BE0123", "Bakker", "BE0999"), importer.Options{}))
	var id ledger.ImportID
	if err := id.UnmarshalText([]byte(r.ImportID)); err != nil {
		t.Fatal(err)
	}
	if err := other.svc.Undo(other.Ctx, other.Meta(), id); err != nil || len(other.open("2027-01-01")) != 0 {
		t.Errorf("undo: %v, open %v", err, other.open("2027-01-01"))
	}
	if first.Created != 1 || totals(first)["EUR"] != "121.00" {
		t.Errorf("got %+v", first)
	}
}

// TestInvoiceAsked: what a single invoice cannot be.
func TestInvoiceAsked(t *testing.T) {
	d := newDesk(t)
	data := ublInvoice(d.Firm.Name, "BE0123", "Bakker", "BE0999")
	for code, o := range map[string]importer.Options{
		"import.einvoice_kind":     {Kind: importer.Payments},
		"import.einvoice_snapshot": {Snapshot: true},
		"import.einvoice_profile":  {Profile: "cii"},
	} {
		if p := d.plan("1.xml", data, o); p.Refusal == nil || p.Refusal.Code != code {
			t.Errorf("got %+v, want %s", p.Refusal, code)
		}
	}
}
