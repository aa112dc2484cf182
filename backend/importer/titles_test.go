package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/importer"
)

// value is a cell such as the program would write for a field.
func value(f importer.Field, i int) string {
	switch f {
	case importer.FieldCustomerNumber:
		return fmt.Sprintf("%05d", 100+i)
	case importer.FieldCustomerName:
		return []string{"Jansen B.V.", "Bakkerij Smit", "Garage Dupont"}[i]
	case importer.FieldNumber:
		return fmt.Sprintf("2026-%04d", i+1)
	case importer.FieldIssued:
		return fmt.Sprintf("2026-01-%02d", 10+i)
	case importer.FieldDue, importer.FieldSettledOn:
		return fmt.Sprintf("2026-02-%02d", 10+i)
	case importer.FieldTotal, importer.FieldOpen, importer.FieldDebit:
		return fmt.Sprintf("%d.50", 100*(i+1))
	case importer.FieldPaid, importer.FieldTax, importer.FieldCredit:
		return "0.00"
	case importer.FieldCurrency:
		return "EUR"
	case importer.FieldType:
		return "Invoice"
	case importer.FieldStatus:
		return "Open"
	case importer.FieldEmail:
		return fmt.Sprintf("a%d@example.com", i)
	case importer.FieldDaysCount:
		return fmt.Sprint(i)
	case "date":
		return fmt.Sprintf("2026-01-%02d", 20+i)
	case "amount":
		return fmt.Sprintf("%d.75", 10*(i+1))
	}
	return fmt.Sprintf("text %d", i)
}

// TestTitles: the columns of programs that bookkeepers use, as documented or seen. An empty field means that the column
// must not be taken for anything that matters.
func TestTitles(t *testing.T) {
	type col struct {
		title string
		field importer.Field
	}
	const (
		cust, name, num, issued, due = importer.FieldCustomerNumber, importer.FieldCustomerName, importer.FieldNumber, importer.FieldIssued, importer.FieldDue
		total, open, cur, typ, paid  = importer.FieldTotal, importer.FieldOpen, importer.FieldCurrency, importer.FieldType, importer.FieldPaid
	)
	for _, c := range []struct {
		program string
		cols    []col
	}{
		{"e-Boekhouden", []col{{"Relatiecode", cust}, {"Relatie", name}, {"Factuurnummer", num}, {"Factuurdatum", issued}, {"Vervaldatum", due}, {"Bedrag", total}, {"Openstaand", open}, {"Soort", typ}}},
		{"Exact Online", []col{{"Code", cust}, {"Naam", name}, {"Onze ref.", num}, {"Uw ref.", importer.FieldPO}, {"Factuurdatum", issued}, {"Vervaldatum", due}, {"Dagen", importer.FieldDaysCount}, {"Valuta", cur}, {"Bedrag", total}, {"Openstaand", open}}},
		{"Exact API", []col{{"AccountCode", cust}, {"AccountName", name}, {"InvoiceNumber", num}, {"YourRef", importer.FieldPO}, {"InvoiceDate", issued}, {"DueDate", due}, {"Amount", total}, {"CurrencyCode", cur}, {"Description", importer.FieldDescription}, {"EntryNumber", ""}, {"JournalCode", ""}}},
		{"AFAS", []col{{"Administratie", ""}, {"Debiteurnummer", cust}, {"Naam", name}, {"Factuurnummer", num}, {"Factuurdatum", issued}, {"Vervaldatum", due}, {"Bedrag", total}, {"Openstaand", open}, {"Valuta", cur}, {"Betalingskenmerk", importer.FieldReference}}},
		{"SnelStart", []col{{"Relatiecode", cust}, {"Relatie", name}, {"Factuurnummer", num}, {"Factuurdatum", issued}, {"Vervaldatum", due}, {"Factuurbedrag", total}, {"Openstaand saldo", open}}},
		{"Moneybird", []col{{"Factuurnummer", num}, {"Contact", name}, {"Factuurdatum", issued}, {"Vervaldatum", due}, {"Status", importer.FieldStatus}, {"Totaal excl.", ""}, {"Totaal incl.", total}, {"Openstaand", open}}},
		{"Twinfield", []col{{"Relatie", cust}, {"Naam", name}, {"Factuurnr.", num}, {"Datum", issued}, {"Vervaldatum", due}, {"Valuta", cur}, {"Bedrag", total}, {"Openstaand bedrag", open}, {"Betaalstatus", importer.FieldStatus}}},
		{"Business Central", []col{{"Posting Date", "date"}, {"Document Date", issued}, {"Document Type", typ}, {"Document No.", num}, {"External Document No.", importer.FieldPO}, {"Customer No.", cust}, {"Customer Name", name}, {"Description", importer.FieldDescription}, {"Currency Code", cur}, {"Original Amount", total}, {"Remaining Amount", open}, {"Due Date", due}}},
		{"Oracle", []col{{"TRX_NUMBER", num}, {"CUSTOMER_NUMBER", cust}, {"CUSTOMER_NAME", name}, {"CLASS", typ}, {"INVOICE_CURRENCY_CODE", cur}, {"BALANCE_DUE_CURR", open}, {"AMOUNT_DUE_ORIGINAL", total}, {"TRX_DATE", issued}, {"TRX_DUE_DATE", due}, {"PURCHASE_ORDER", importer.FieldPO}}},
		{"NetSuite", []col{{"Customer", name}, {"Document Number", num}, {"Transaction Type", typ}, {"Date", issued}, {"P.O. No.", importer.FieldPO}, {"Due Date", due}, {"Age", importer.FieldDaysCount}, {"Open Balance", open}}},
		{"QuickBooks Desktop", []col{{"Type", typ}, {"Date", issued}, {"Num", num}, {"P. O. #", importer.FieldPO}, {"Name", name}, {"Terms", ""}, {"Due Date", due}, {"Class", ""}, {"Aging", importer.FieldDaysCount}, {"Open Balance", open}}},
		{"Odoo technical", []col{{"name", num}, {"invoice_partner_display_name", name}, {"invoice_date", issued}, {"invoice_date_due", due}, {"amount_total", total}, {"amount_residual", open}, {"currency_id", cur}, {"move_type", typ}, {"payment_state", importer.FieldStatus}}},
		{"SAP English", []col{{"Account", cust}, {"Document Number", num}, {"Document Type", typ}, {"Document Date", issued}, {"Net due date", due}, {"Amount in local currency", total}, {"Local Currency", cur}, {"Text", importer.FieldDescription}, {"Assignment", importer.FieldReference}}},
		{"SAP German", []col{{"Konto", cust}, {"Belegart", typ}, {"Zuordnung", importer.FieldReference}, {"Belegnummer", num}, {"Belegdatum", issued}, {"Nettofälligkeit", due}, {"Betrag in Hauswährung", total}, {"Hauswährung", cur}, {"Text", importer.FieldDescription}}},
		{"SAP Dutch", []col{{"Debiteurnummer", cust}, {"Documentnummer", num}, {"Documentsoort", typ}, {"Factuurdatum", issued}, {"Netto-vervaldatum", due}, {"Bedrag in lokale valuta", total}}},
		{"Business Central Czech", []col{{"Číslo zákazníka", cust}, {"Název zákazníka", name}, {"Zúčtovací datum", issued}, {"Typ dokladu", typ}, {"Číslo dokladu", num}, {"Datum splatnosti", due}, {"Původní částka", total}, {"Zůstatek", open}, {"Kód měny", cur}}},
		{"DATEV OPOS", []col{{"Konto", cust}, {"Name", name}, {"Rechnungs-Nr.", num}, {"Datum", issued}, {"Fälligkeit", due}, {"Betrag Soll", importer.FieldDebit}, {"Betrag Haben", importer.FieldCredit}}},
		{"Intacct", []col{{"INVOICE_NO", num}, {"PO_NO", importer.FieldPO}, {"CUSTOMER_ID", cust}, {"CREATED_DATE", issued}, {"TOTAL_DUE", open}}},
		{"French", []col{{"Code client", cust}, {"Nom du client", name}, {"N° pièce", num}, {"Date de facture", issued}, {"Échéance", due}, {"Montant TTC", total}, {"Solde dû", open}}},
		{"SaaS", []col{{"Customer ID", cust}, {"Company", name}, {"Invoice #", num}, {"Issued", issued}, {"Due", due}, {"Amount", total}, {"Amount paid", paid}, {"Balance due", open}, {"Email", importer.FieldEmail}}},
	} {
		t.Run(c.program, func(t *testing.T) {
			var b strings.Builder
			for i := -1; i < 3; i++ {
				for j, x := range c.cols {
					if j > 0 {
						b.WriteByte(';')
					}
					if i < 0 {
						b.WriteString(x.title)
					} else {
						b.WriteString(value(x.field, i))
					}
				}
				b.WriteByte('\n')
			}
			d := newDesk(t)
			p := d.plan(c.program, []byte(b.String()), importer.Options{})
			if p.Refusal != nil || p.New != 3 {
				t.Errorf("refused: %+v, problems %+v\n%s", p.Refusal, p.Problems, b.String())
			}
			for i, x := range c.cols {
				got := p.Columns[i].Field
				if x.field == "" || x.field == "date" || x.field == "amount" {
					switch got {
					case cust, name, num, issued, due, total, open, paid, cur, typ:
						t.Errorf("%q was taken for %s", x.title, got)
					}
					continue
				}
				if got != x.field {
					t.Errorf("%q is %q (%.2f), want %q", x.title, got, p.Columns[i].Confidence, x.field)
				}
			}
		})
	}
}
