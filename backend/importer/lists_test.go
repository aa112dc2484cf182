package importer_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/importer"
)

// TestLists: lists as other programs and people make them; amounts added up by hand.
func TestLists(t *testing.T) {
	one := func(currency, amount string) map[string]string {
		if amount == "" {
			return map[string]string{}
		}
		return map[string]string{currency: amount}
	}
	for _, c := range []struct {
		file                  string
		rows, created         int
		currency, total, open string
		customer              string // the first
	}{
		{"us_service", 2, 2, "USD", "1333.50", "99.00", importer.NumberFromName("Acme") + " Acme"},
		{"german_short", 2, 2, "EUR", "357.00", "119.00", importer.NumberFromName("Müller") + " Müller"},
		{"moneybird", 2, 2, "EUR", "363.00", "242.00", importer.NumberFromName("Bakkerij") + " Bakkerij"},
		{"wave", 2, 2, "EUR", "150.00", "100.00", importer.NumberFromName("Acme") + " Acme"},
		{"freshbooks", 3, 2, "EUR", "375.10", "121.00", importer.NumberFromName("Acme") + " Acme"},
		{"zoho", 3, 2, "EUR", "133.10", "21.00", "98200001 Acme"},
		{"stripe", 2, 2, "USD", "1284.50", "1234.50", importer.NumberFromName("Acme") + " Acme"},
		{"number_and_name", 2, 2, "EUR", "150.00", "125.00", "10001 Jansen BV"},
		{"quoted_lines", 2, 2, "EUR", "30.00", "30.00", "1 Een"},
		{"headings_per_debtor", 2, 2, "EUR", "110.00", "60.00", "1001 Jansen Bouw B.V."},
		{"statement", 3, 3, "EUR", "50.00", "90.00", "C1 Acme"},
		{"excl_incl", 2, 2, "EUR", "363.00", "242.00", importer.NumberFromName("Jansen BV") + " Jansen BV"},
		{"british", 2, 2, "GBP", "1250.00", "1050.00", importer.NumberFromName("Smith & Sons") + " Smith & Sons"},
		{"french_short", 2, 2, "EUR", "1212.00", "12.00", importer.NumberFromName("Dupont SARL") + " Dupont SARL"},
		{"german_soll_haben", 2, 2, "EUR", "99.00", "99.00", "10001 Müller GmbH"},
		{"same_number", 2, 2, "EUR", "30.00", "30.00", "1 A"},
		{"tax_between", 2, 2, "EUR", "363.00", "363.00", importer.NumberFromName("A") + " A"},
		{"day_numbers", 2, 2, "EUR", "300.00", "300.00", "1 A"},
		{"winbooks", 2, 2, "EUR", "605.00", "605.00", "411001 Brouwerij"},
		{"subtotals", 3, 3, "EUR", "175.50", "175.50", "1 Jansen"},
		{"heading_pairs", 3, 3, "EUR", "175.00", "175.00", "10001 Jansen Bouw"},
		{"customer_above", 3, 3, "EUR", "175.00", "175.00", "10001 Jansen Bouw"},
		{"total_energies", 3, 3, "EUR", "175.00", "175.00", importer.NumberFromName("Total Energies BV") + " Total Energies BV"},
		{"odoo_signed", 3, 3, "EUR", "1231.00", "231.00", importer.NumberFromName("Azure Interior") + " Azure Interior"},
		{"sage_codes", 3, 3, "EUR", "850.00", "900.00", "ABB001 A B Ltd"},
		{"local_currency", 2, 2, "EUR", "1100.00", "1100.00", "1 A"},
		{"dashes", 2, 2, "EUR", "1125.00", "1125.00", "1 A"},
		{"formula_texts", 2, 2, "EUR", "30.00", "30.00", "0001 A"},
		{"row_numbers", 2, 2, "EUR", "30.00", "30.00", "1 A"},
		{"quickbooks_desktop", 3, 3, "EUR", "1284.50", "1284.50", importer.NumberFromName("Acme Corp") + " Acme Corp"},
		{"quickbooks_lines", 3, 2, "EUR", "325.00", "325.00", importer.NumberFromName("Acme, Inc") + " Acme, Inc"},
		{"german_club", 2, 2, "EUR", "200.00", "100.00", "0042 Anna Berg"},
		{"terms", 2, 2, "EUR", "1150.00", "1150.00", "7 Acme"},
		{"austrian", 2, 2, "EUR", "1800.00", "600.00", importer.NumberFromName("Huber") + " Huber"},
		{"exact_fields", 2, 2, "EUR", "1331.00", "1331.00", "1 Jansen"},
		{"business_central_nl", 2, 2, "EUR", "2100.00", "1600.00", "10000 Adatum"},
	} {
		t.Run(c.file, func(t *testing.T) {
			d := newDesk(t)
			data := fixture(t, "lists/"+c.file+".csv")
			r := d.apply(d.plan(c.file, data, importer.Options{}))
			if r.Rows != c.rows || r.Created != c.created || r.Kind != importer.Invoices {
				t.Errorf("got %+v", r)
			}
			if diff := cmp.Diff(one(c.currency, c.total), totals(r)); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(one(c.currency, c.open), d.open("2026-12-31")); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
			if a := d.accounts()[0].Customer; a.Number+" "+a.Name != c.customer {
				t.Errorf("customer %s %s, want %s", a.Number, a.Name, c.customer)
			}
			d.again(c.file, data)
		})
	}
}

// TestNeverGuessed: lists of which an amount, a date or a customer could be taken wrongly. Each is refused, or its rows
// are rejected, with a reason.
func TestNeverGuessed(t *testing.T) {
	for _, c := range []struct{ name, code, text string }{
		{"a decimal comma without quotation marks", "import.row_wide",
			"Klantnr,Klant,Factuurnr,Datum,Vervaldatum,Bedrag\n1,A,100,15-01-2026,14-02-2026,10,50\n"},
		{"only amounts without tax", "import.refused.columns",
			"Customer,Invoice number,Date,Due date,Amount (excl. VAT)\nA,1,2026-01-31,2026-02-28,100.00\n"},
		{"only amounts hors taxes", "import.refused.columns",
			"Client;N° facture;Date;Échéance;Montant HT\nA;1;31/01/2026;28/02/2026;100,00\n"},
		{"amounts in thousands", "import.refused.columns", "Klant;Factuurnr;Datum;Vervaldatum;Bedrag (x 1.000)\nA;1;31-01-2026;28-02-2026;100,00\n"},
		{"amounts in thousands of euros", "import.refused.columns", "Kunde;Rechnungsnr;Datum;Fälligkeit;Betrag in TEUR\nA;1;31.01.2026;28.02.2026;100,00\n"},
		{"numbers under a title that can mean an amount", "import.refused.columns",
			"customer,date,due date,invoice\nA,2026-01-31,2026-02-28,100\nB,2026-01-31,2026-02-28,200\n"},
		{"a date column with the month first and one with the day first", "import.date_mixed",
			"Customer No,Customer,Invoice,Invoice date,Due date,Amount\n1,A,100,01/25/2026,24/02/2026,10.00\n"},
		{"invoices without an amount, with customers", "import.refused.columns",
			"Customer No,Customer,Email,Invoice Number,Invoice Date,Due Date\n1,A,a@a.example,F1,2026-01-31,2026-02-28\n"},
		{"a currency that is none", "import.currency",
			"Customer No,Invoice No,Invoice Date,Due Date,Amount,Currency Code\n1,F1,2026-01-31,2026-02-28,10.00,XQX\n"},
		{"customers' amounts by age, with a grade that is no number", "import.refused.aging_summary",
			"customer_name,customer_grade,total_amount,current_0_30_amount,over_31_60_amount,over_61_90_amount,over_91_plus_amount\nA,Basic,1010,60,0,250,700\nB,VIP,5180,80,700,1400,3000\n"},
		{"a flat list in which a customer is missing", "import.missing",
			"Debiteur;Naam;Factuur;Datum;Vervaldatum;Bedrag\n1;A;F1;31-01-2026;02-03-2026;1,00\n2;B;F2;31-01-2026;02-03-2026;1,00\n;;F3;31-01-2026;02-03-2026;1,00\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newDesk(t).plan("a.csv", []byte(c.text), importer.Options{})
			r := p.Report()
			if p.OK() || len(r.Errors) != 1 || r.Errors[0].Code != c.code || len(r.Errors[0].Message) < 40 {
				t.Errorf("got %+v, want %s", r, c.code)
			}
		})
	}
}

// TestDocumentNumbers: the invoice's number is taken, not the number of the row, the entry or the order.
func TestDocumentNumbers(t *testing.T) {
	for _, c := range []struct{ titles, cells, number string }{
		{"#;Klantnr;Klant;Factuur", "1;C1;A;26001", "26001"},
		{"Boekstuk;Klantnr;Klant;Factuur", "9001;C1;A;26001", "26001"},
		{"Klantnr;Klant;Ordernummer;Nummer;Factuur", "C1;A;O1;7;F1", "F1"},
		{"Boekstuknummer;Klantnr;Klant;Factuurnummer", "9001;C1;A;26001", "26001"},
		{"Dagboek;Stuk;Klantnr;Klant", "VF;26001;C1;A", "26001"},
	} {
		d := newDesk(t)
		d.apply(d.plan("a.csv", []byte(c.titles+";Datum;Vervaldatum;Bedrag\n"+c.cells+";15-01-2026;14-02-2026;10,00\n"), importer.Options{}))
		if doc := d.document("C1", c.number); doc.Total.Minor != 1000 {
			t.Errorf("%s: got %+v", c.titles, doc)
		}
	}
}

// TestDueFromTerm: without a due date the term that stands beside the invoice counts, not the customer's.
func TestDueFromTerm(t *testing.T) {
	d := newDesk(t)
	d.apply(d.plan("terms", fixture(t, "lists/terms.csv"), importer.Options{}))
	for number, due := range map[string]string{"INV-1": "2026-05-15", "INV-2": "2026-06-02"} {
		if doc := d.document("7", number); doc.Due.String() != due {
			t.Errorf("%s is due on %s, want %s", number, doc.Due, due)
		}
	}
}

// TestOverdueIsNotOpen: what is overdue of an invoice, in this currency or that, is not what is open of it.
func TestOverdueIsNotOpen(t *testing.T) {
	d := newDesk(t)
	r := d.apply(d.plan("a.csv", []byte("client_id,client_name,client_group,invoice_date,due_date,currency_code,invoice_amount,overdue_amount_rub,overdue_amount_eur,print_invoice_number\n"+
		"10017,Prime,URAL,2025-11-06,2026-04-22,RUR,691560.0,308000.0,0.0,INV31\n10018,Vector,URAL,2026-04-16,2026-05-16,RUR,122025.0,122025.0,0.0,INV32\n"), importer.Options{}))
	if diff := cmp.Diff(map[string]string{"RUB": "813585.00"}, totals(r)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"RUB": "813585.00"}, d.open("2026-12-31")); diff != "" {
		t.Error(diff)
	}
}

// TestTaxBeside: "Amount" beside "VAT" can be with or without it; that is said, and not where the title or another total
// says it already.
func TestTaxBeside(t *testing.T) {
	for titles, said := range map[string]bool{
		"Customer No,Invoice No,Date,Due date,Amount,VAT":           true,
		"Customer No,Invoice No,Date,Due date,Amount incl. VAT,VAT": false,
		"Customer No,Invoice No,Date,Due date,Total,VAT":            false,
	} {
		r := newDesk(t).plan("a.csv", []byte(titles+"\n1,F1,2026-01-31,2026-02-28,121.00,21.00\n"), importer.Options{}).Report()
		found := slices.ContainsFunc(r.Warnings, func(p importer.Problem) bool { return p.Code == "import.warning.tax_beside" })
		if found != said || r.Created != 1 {
			t.Errorf("%s: said %v, want %v: %+v", titles, found, said, r)
		}
	}
}
