package importer_test

import (
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
