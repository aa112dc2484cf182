package projection

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
)

// paidInvoice is a line of the late-payment histories that IBM has published as sample data.
type paidInvoice struct {
	customer             string
	issued, due, settled civil.Date
}

// histories reads them without our importer, or skips where the file is not there.
func histories(t testing.TB) []paidInvoice {
	t.Helper()
	f, err := os.Open("../../../../shared/corpus/tables/ibm_watson_accounts_receivable.csv")
	if err != nil {
		t.Skip("skipped: the collection of real files is not beside this checkout")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) civil.Date {
		d, err := time.Parse("1/2/2006", s)
		if err != nil {
			t.Fatal(err)
		}
		return civil.Of(d.Date())
	}
	var out []paidInvoice
	for _, r := range rows[1:] {
		out = append(out, paidInvoice{customer: r[1], issued: day(r[4]), due: day(r[5]), settled: day(r[8])})
	}
	return out
}

// errorsOf are the mean absolute errors, in days, of three methods over the same invoices.
type errorsOf struct {
	ours, due, median float64
	invoices          int
}

// backtest predicts every invoice from 1 July 2012 on at its invoice date, knowing only what had been settled before.
func backtest(all []paidInvoice) (e errorsOf) {
	start := civil.Of(2012, 7, 1)
	for _, x := range all {
		if x.issued < start {
			continue
		}
		var own, firm []Paid
		for _, y := range all {
			if y.settled < x.issued {
				p := Paid{Settled: y.settled, Late: civil.Days(y.due, y.settled)}
				firm = append(firm, p)
				if y.customer == x.customer {
					own = append(own, p)
				}
			}
		}
		h, p := NewHistory(own), NewPortfolio(NewHistory(firm), nil)
		plain := p.usual
		if len(h) >= enoughOwn {
			plain = h.median()
		}
		off := func(d civil.Date) float64 { return math.Abs(float64(civil.Days(d, x.settled))) }
		e.ours += off(p.Project(Item{Due: x.due}, h, x.issued).Raw)
		e.due += off(x.due)
		e.median += off(x.due.AddDays(plain))
		e.invoices++
	}
	n := float64(e.invoices)
	return errorsOf{ours: e.ours / n, due: e.due / n, median: e.median / n, invoices: e.invoices}
}

// The projection earns its place: 6.3 days or better where the due date alone is off by 10.6 (rulebook 1.8.3).
func TestBacktest(t *testing.T) {
	e := backtest(histories(t))
	t.Logf("%d invoices; mean absolute error in days: ours %.2f, customer median %.2f, due date %.2f", e.invoices, e.ours, e.median, e.due)
	if e.invoices != 1855 || math.Abs(e.due-10.57) > 0.01 {
		t.Errorf("%d invoices with the due date off by %.2f; the rulebook measured 1,855 and 10.57", e.invoices, e.due)
	}
	if e.ours > 6.3 || e.ours > e.median {
		t.Errorf("ours is off by %.2f days, the plain median by %.2f; expected at most 6.3 and no more than the median", e.ours, e.median)
	}
}

func BenchmarkBacktest(b *testing.B) {
	all := histories(b)
	var e errorsOf
	for b.Loop() {
		e = backtest(all)
	}
	b.ReportMetric(e.ours, "days-off-ours")
	b.ReportMetric(e.median, "days-off-customer-median")
	b.ReportMetric(e.due, "days-off-due-date")
}

func BenchmarkProject(b *testing.B) {
	all := histories(b)
	var paid []Paid
	for _, x := range all {
		paid = append(paid, Paid{Settled: x.settled, Late: civil.Days(x.due, x.settled)})
	}
	h := NewHistory(slices.Clone(paid[:24]))
	p := NewPortfolio(NewHistory(paid), nil)
	today := civil.Of(2014, 1, 1)
	for b.Loop() {
		p.Project(Item{Due: today.AddDays(9)}, h, today)
	}
}
