package ledger_test

import (
	"encoding/json"
	"os"
	"testing"

	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// TestRulebookVectors holds the fixture in account_test.go against the machine-readable one beside the rulebook, which
// is not part of this repository.
func TestRulebookVectors(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/domain/test_vectors.json")
	if err != nil {
		t.Skip("the rulebook's test vectors are not here: the fixture was NOT compared with them")
	}
	var vectors struct {
		Aging struct {
			AsOf      string             `json:"as_of"`
			Buckets   map[string]float64 `json:"buckets"`
			Gross     float64            `json:"gross_open"`
			Unapplied float64            `json:"unapplied"`
			Net       float64            `json:"net_open"`
			Overdue   float64            `json:"overdue"`
		} `json:"aging_fixture"`
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	want := vectors.Aging
	var sum Balance
	buckets := map[string]money.Amount{}
	x, y, z := fx1()
	for _, b := range []*book{x, y, z} {
		for _, a := range b.Aging(day(want.AsOf), AgingOptions{}) {
			sum.Gross, sum.Overdue = sum.Gross.Add(a.Gross), sum.Overdue.Add(a.Overdue)
			sum.Unapplied, sum.Net = sum.Unapplied.Add(a.Unapplied), sum.Net.Add(a.Net)
			for i, label := range []string{"current", "1-30", "31-60", "61-90", ">90"} {
				buckets[label] = buckets[label].Add(a.Buckets[i])
			}
		}
	}
	cents := func(major float64) money.Amount { return money.Of(int64(major*100), "EUR") } // the vectors are whole euros
	if sum.Gross != cents(want.Gross) || sum.Overdue != cents(want.Overdue) || sum.Unapplied != cents(want.Unapplied) || sum.Net != cents(want.Net) {
		t.Errorf("sums are %+v; the vectors have %+v", sum, want)
	}
	for label, amount := range want.Buckets {
		if buckets[label] != cents(amount) {
			t.Errorf("bucket %s is %s; the vectors have %.2f", label, buckets[label], amount)
		}
	}
}
