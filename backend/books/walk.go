package books

import (
	"iter"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// AllReturns walks the refunds and chargebacks of all firms in the order in which they were recorded.
func (r *Reader) AllReturns() iter.Seq2[ledger.Return, error] {
	return func(yield func(ledger.Return, error) bool) {
		for rec, err := range returns.Scan(r.tx, store.All()) {
			if !yield(rec.ret(), err) || err != nil {
				return
			}
		}
	}
}
