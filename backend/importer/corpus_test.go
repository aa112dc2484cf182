package importer_test

import (
	stdcsv "encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/importer"
)

// corpus is the folder of real lists. They belong to others and stay outside the repository.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", "tables", name))
	if err != nil {
		t.Skipf("SKIPPED: the corpus file %s is not here: %v", name, err)
	}
	return b
}

// rows reads a CSV with the standard library: the expectations owe nothing to our own reader.
func rows(t *testing.T, data []byte) []map[string]string {
	t.Helper()
	r := stdcsv.NewReader(strings.NewReader(string(data)))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, rec := range all[1:] {
		m := map[string]string{}
		for i, title := range all[0] {
			m[title] = rec[i]
		}
		out = append(out, m)
	}
	return out
}

func sum(t *testing.T, total *big.Rat, s string) {
	t.Helper()
	v, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	total.Add(total, v)
}

// TestCorpusIBM: 2,466 invoices of 100 customers, all settled on their own day; numbers keep their zeros. What was open
// on a day is compared with a count of the file by hand.
func TestCorpusIBM(t *testing.T) {
	const name = "ibm_watson_accounts_receivable.csv"
	data := corpus(t, name)
	total, openMid := new(big.Rat), new(big.Rat)
	mid := time.Date(2013, 6, 30, 0, 0, 0, 0, time.UTC)
	customers, numbers := map[string]bool{}, map[string]bool{}
	for _, r := range rows(t, data) {
		sum(t, total, r["InvoiceAmount"])
		customers[r["customerID"]], numbers[r["customerID"]+"/"+r["invoiceNumber"]] = true, true
		issued, err1 := time.Parse("1/2/2006", r["InvoiceDate"])
		settled, err2 := time.Parse("1/2/2006", r["SettledDate"])
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !issued.After(mid) && settled.After(mid) {
			sum(t, openMid, r["InvoiceAmount"])
		}
	}
	d := newDesk(t)
	p := d.plan(name, data, importer.Options{})
	r := d.apply(p)
	if r.Rows != 2466 || r.Created != 2466 || len(customers) != 100 {
		t.Errorf("got %d rows, %d created; the file has %d customers", r.Rows, r.Created, len(customers))
	}
	if diff := cmp.Diff(map[string]string{"EUR": total.FloatString(2)}, totals(r)); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if got := d.open("2013-06-30")["EUR"]; got != openMid.FloatString(2) {
		t.Errorf("open on 30 June 2013: %s, want %s", got, openMid.FloatString(2))
	}
	if got := d.open("2026-06-30"); len(got) != 0 {
		t.Errorf("everything was settled, but %v is open", got)
	}
	found := 0
	for _, a := range d.accounts() {
		for _, doc := range a.Documents {
			if numbers[a.Customer.Number+"/"+doc.Number] {
				found++
			}
		}
	}
	if found != 2466 {
		t.Errorf("%d of 2466 numbers are as in the file", found)
	}
	d.again(name, data)
}

// TestCorpusIBMOpen: a person who wants the invoices open leaves the column of settlements out.
func TestCorpusIBMOpen(t *testing.T) {
	data := corpus(t, "ibm_watson_accounts_receivable.csv")
	d := newDesk(t)
	d.apply(d.plan("ibm.csv", data, importer.Options{Mapping: []importer.Override{{Column: "SettledDate", Field: importer.FieldIgnore}}}))
	if got := d.open("2026-06-30")["EUR"]; got != "147703.18" {
		t.Errorf("open: %s, want 147703.18", got)
	}
}

// TestCorpusXero: the template has one row per invoice line and no totals: quantity times price, by hand.
func TestCorpusXero(t *testing.T) {
	const name = "xero_sales_template_mock.csv"
	data := corpus(t, name)
	total := new(big.Rat)
	invoices := map[string]bool{}
	for _, r := range rows(t, data) {
		q, _ := new(big.Rat).SetString(r["*Quantity"])
		u, _ := new(big.Rat).SetString(r["*UnitAmount"])
		total.Add(total, q.Mul(q, u))
		invoices[r["*ContactName"]+"/"+r["*InvoiceNumber"]] = true
	}
	d := newDesk(t)
	r := d.apply(d.plan(name, data, importer.Options{}))
	if r.Rows != 100 || r.Created != len(invoices) || totals(r)["EUR"] != total.FloatString(2) {
		t.Errorf("got %d rows, %d invoices, %v; want 100, %d, %s", r.Rows, r.Created, totals(r), len(invoices), total.FloatString(2))
	}
	d.again(name, data)
}

// TestCorpusTables: counts and totals that were computed from the files with other tools (a shared-strings and cell dump
// of the workbooks, added up with decimals).
func TestCorpusTables(t *testing.T) {
	for _, c := range []struct {
		file          string
		rows, created int
		total, open   map[string]string
		customers     int
	}{
		{file: "nl_debiteurenlijst_two_sheets.xlsx", rows: 4, created: 4, customers: 1, total: map[string]string{"EUR": "103812.21"}, open: map[string]string{"EUR": "103812.21"}},
		{file: "qbo_ar_aging_detail_layout.csv", rows: 4, created: 4, customers: 4, total: map[string]string{"EUR": "1600.00"}, open: map[string]string{"EUR": "1400.00"}},
		{file: "sap_de_open_items_after_pandas.csv", rows: 5, created: 5, customers: 2, total: map[string]string{"EUR": "54547.32"}, open: map[string]string{"EUR": "54547.32"}},
		{file: "danngo_receivables.xlsx", rows: 20, created: 20, customers: 20, total: map[string]string{"EUR": "51011.72"}, open: map[string]string{"EUR": "51011.72"}},
		{file: "haseeb_invoices.xlsx", rows: 20, created: 20, customers: 20, total: map[string]string{"USD": "40221.50"}, open: map[string]string{"USD": "33501.50"}},
		{file: "excelx_ar_synthetic.xlsx", rows: 900, created: 900, customers: 5,
			total: map[string]string{"AUD": "697345.63", "CAD": "692687.11", "EUR": "725524.69", "GBP": "704280.15", "USD": "778424.71"},
			open:  map[string]string{"AUD": "456052.74", "CAD": "437144.19", "EUR": "496188.42", "GBP": "477084.86", "USD": "519255.52"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			data := corpus(t, c.file)
			d := newDesk(t)
			r := d.apply(d.plan(c.file, data, importer.Options{AsOf: civil.MustParse("2026-06-30")}))
			if r.Rows != c.rows || r.Created != c.created || r.Rejected != 0 {
				t.Errorf("got %+v", r)
			}
			if diff := cmp.Diff(c.total, totals(r)); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.open, d.open("2027-12-31")); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
			if n := len(d.accounts()); n != c.customers {
				t.Errorf("%d customers, want %d", n, c.customers)
			}
			d.again(c.file, data)
		})
	}
}

// TestCorpusRefused: files that give no list of invoices are refused with the reason that a bookkeeper would give.
func TestCorpusRefused(t *testing.T) {
	for file, code := range map[string]string{
		"canada_aging_taxes_ar.csv":           "import.refused.aging_summary",
		"excelx_ar_kpi_summary.xlsx":          "import.refused.kpi",
		"xero_sales_template_empty.csv":       "import.no_rows",
		"datev_EXTF_Buchungsstapel.csv":       "import.refused.bookings",
		"datev_EXTF_Kontenbeschriftungen.csv": "import.refused.datev",
		"fec_odoo_expected.txt":               "import.refused.bookings",
	} {
		t.Run(file, func(t *testing.T) {
			data := corpus(t, file)
			d := newDesk(t)
			p := d.plan(file, data, importer.Options{})
			if p.Refusal == nil || p.Refusal.Code != code || p.Kind != importer.Refused {
				t.Fatalf("got %+v, want a refusal with %s", p.Refusal, code)
			}
			if p.Refusal.Repair == "" {
				t.Error("the refusal does not say what to do instead")
			}
			_, err := d.svc.Apply(d.Ctx, d.Meta(), p, nil)
			wantCode(t, err, code)
		})
	}
}
