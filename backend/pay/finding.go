package pay

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/store"
)

// Findings that an attempt can have. They are shown to the staff; none of them has booked anything.
const (
	FindingAmount   = "wrong_amount"          // the payment's amount is not the attempt's
	FindingCurrency = "wrong_currency"        // nor its currency
	FindingMode     = "wrong_mode"            // test money for a live attempt, or the other way round
	FindingForeign  = "foreign"               // the payment is not of an attempt in these books
	FindingUnknown  = "unknown_at_provider"   // the provider does not know the attempt's payment under the key that is set
	FindingReturns  = "returns_do_not_add_up" // more went back than came in, or sums and list of the provider differ
)

// refusals are the findings for which a payment will never be booked.
var refusals = []string{FindingAmount, FindingCurrency, FindingMode, FindingForeign}

// Finding is a payment that needs a person: it was refused, or settled in an unexpected way.
type Finding struct {
	Kind    string // one of the Finding constants, or "credit_on_account"
	At      time.Time
	Attempt ledger.AttemptID // zero: of no attempt in these books
	Payment string           // the provider's id
	Amount  money.Amount
	Mode    string
}

type foreignRecord struct {
	Key      []byte         `cbor:"1,keyasint"`
	Firm     ledger.FirmID  `cbor:"2,keyasint"`
	At       int64          `cbor:"3,keyasint"` // Unix nanoseconds
	Payment  string         `cbor:"4,keyasint"`
	Minor    int64          `cbor:"5,keyasint"`
	Currency money.Currency `cbor:"6,keyasint"`
	Mode     string         `cbor:"7,keyasint"`
}

// foreigners are paid payments of no attempt, by a digest of the provider's id.
var foreigners = store.Table[foreignRecord]{Name: "pay.foreign", Key: func(r *foreignRecord) []byte { return r.Key }}

// foreign records a paid payment that belongs to no attempt, once, in the journal too.
func (s *Service) foreign(ctx context.Context, f ledger.FirmID, p mollie.Payment) error {
	_, err := s.books.Log().Update(ctx, meta(f), "payment.refused", nil, func(tx *journal.Tx) error {
		key := tx.Blind("pay.foreign", p.ID)
		if known, err := foreigners.Has(tx, key[:]); err != nil || known {
			return err
		}
		a := p.Amount.Money()
		tx.Fact("finding", FindingForeign)
		tx.Fact("provider_id", p.ID)
		tx.Fact("amount", a.String())
		tx.Fact("currency", string(a.Currency))
		return foreigners.Put(tx, &foreignRecord{
			Key: key[:], Firm: f, At: tx.At().UnixNano(), Payment: p.ID, Minor: a.Minor, Currency: a.Currency, Mode: string(p.Mode),
		})
	})
	return err
}

// Findings lists a firm's payments that need a person, oldest first.
func (s *Service) Findings(ctx context.Context, f ledger.FirmID) ([]Finding, error) {
	var out []Finding
	err := s.books.View(ctx, func(r *books.Reader) error {
		out = nil
		for x, err := range r.Attempts(f) {
			if err != nil {
				return err
			}
			if x.Finding != "" {
				out = append(out, Finding{Kind: x.Finding, At: x.Created, Attempt: x.ID, Payment: x.ProviderRef, Amount: x.Amount, Mode: x.Mode})
			}
		}
		for rec, err := range foreigners.Scan(r.Tx(), store.All()) {
			if err != nil {
				return err
			}
			if rec.Firm == f {
				out = append(out, Finding{
					Kind: FindingForeign, At: time.Unix(0, rec.At).UTC(), Payment: rec.Payment, Amount: money.Of(rec.Minor, rec.Currency), Mode: rec.Mode,
				})
			}
		}
		return nil
	})
	return out, err
}
