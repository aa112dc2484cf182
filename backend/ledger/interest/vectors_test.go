package interest

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/voldaan/voldaan/backend/money"
)

// TestRulebookVectors holds tables and formulas against the machine-readable vectors beside the rulebook, which is not
// part of this repository.
func TestRulebookVectors(t *testing.T) {
	raw, err := os.ReadFile("../../../../shared/domain/test_vectors.json")
	if err != nil {
		t.Skip("the rulebook's test vectors are not here: rates and costs were NOT compared with them")
	}
	var v struct {
		Half []map[string]any `json:"half_year_rates"`
		NL   []struct {
			From string  `json:"valid_from"`
			Rate float64 `json:"rate"`
		} `json:"nl_consumer_rates"`
		Interest []struct{ Kind, Principal, Due, Paid, To, Amount string }
		BIK      []struct{ Principal, Cost string }
		Clause   []struct{ Balance, Clause string } `json:"be_consumer_clause"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	table := Shipped()
	if len(v.Half) < 28 || len(v.Interest) == 0 || len(v.BIK) == 0 || len(v.Clause) == 0 {
		t.Fatal("the vectors have another shape than this test expects")
	}
	for _, h := range v.Half {
		on := day(h["valid_from"].(string))
		for name, id := range map[string]LawID{"nl_b2b": NLBusiness, "be_b2b": BEBusiness, "fr_default": FRBusiness, "de_b2b": DEBusiness, "de_b2c": DEConsumer} {
			want := int64(math.Round(h[name].(float64) * 100))
			if got, _, ok := law(t, id).Rate(table, on); !ok || got != want {
				t.Errorf("%s on %s is %d, the vectors have %d", id, on, got, want)
			}
		}
		for name, s := range map[string]Series{"ecb_mro": ECB, "de_basis": DEBase} {
			if got, _ := table.At(s, on); got.Basis != int64(math.Round(h[name].(float64)*100)) {
				t.Errorf("%s on %s is %d, the vectors have %v", s, on, got.Basis, h[name])
			}
		}
	}
	for _, r := range v.NL {
		if got, _, _ := law(t, NLConsumer).Rate(table, day(r.From)); got != int64(r.Rate*100) {
			t.Errorf("the Dutch decree of %s is %d, the vectors have %v", r.From, got, r.Rate)
		}
	}
	cents := func(s string) int64 {
		a, err := money.Parse(s, "EUR")
		if err != nil {
			t.Fatal(err)
		}
		return a.Minor
	}
	for _, x := range v.Interest {
		until := x.Paid
		if until == "" {
			until = x.To
		}
		got := Compute(table, Claim{Law: law(t, NLBusiness), Principal: money.Of(cents(x.Principal), "EUR"), Default: day(x.Due), Until: day(until)})
		if got.Amount.Minor != cents(x.Amount) {
			t.Errorf("%s: %s, the vectors have %s", x.Kind, got.Amount, x.Amount)
		}
	}
	for _, x := range v.BIK {
		if got := BIK(cents(x.Principal), false); got != cents(x.Cost) {
			t.Errorf("BIK over %s is %d, the vectors have %s", x.Principal, got, x.Cost)
		}
	}
	for _, x := range v.Clause {
		if got := Clause(cents(x.Balance)); got != cents(x.Clause) {
			t.Errorf("the clause over %s is %d, the vectors have %s", x.Balance, got, x.Clause)
		}
	}
}
