package pay

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/store"
)

// Webhook takes Mollie's hint that something happened to a payment. Anybody may send one, so nothing in it is believed:
// the payment is fetched. It is nil for ids that mean nothing here, so that a stranger learns nothing; an error means
// that Mollie should send the hint again later. The caller gives it a time limit below Mollie's 15 seconds.
func (s *Service) Webhook(ctx context.Context, ref string) error {
	if !mollie.ValidID(ref) {
		return nil
	}
	var x ledger.Attempt
	err := s.books.View(ctx, func(r *books.Reader) (err error) {
		x, err = r.AttemptByProvider(Provider, ref)
		return err
	})
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return s.stranger(ctx, ref)
	}
	if err != nil {
		return err
	}
	_, err = s.Refresh(ctx, x.ID)
	return err
}

// strangers bounds what forged webhooks can make us do: an unknown id is asked about once in a while, and all of them
// together at a limited rate. A hint that is left out does no harm: sweeping the provider's lists finds the payment.
type strangers struct {
	mu    sync.Mutex
	limit *rate.Limiter
	asked map[string]time.Time
}

const (
	strangerPause = 10 * time.Minute
	maxStrangers  = 1000
)

func newStrangers() *strangers {
	return &strangers{limit: rate.NewLimiter(1, 30), asked: map[string]time.Time{}}
}

func (g *strangers) allow(ref string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, ok := g.asked[ref]; ok && now.Sub(at) < strangerPause {
		return false
	}
	if !g.limit.AllowN(now, 1) {
		return false
	}
	if len(g.asked) >= maxStrangers {
		clear(g.asked)
	}
	g.asked[ref] = now
	return true
}

// forget lets an id be asked about again: the answer did not come.
func (g *strangers) forget(ref string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.asked, ref)
}

// stranger looks up a payment that no attempt names. It may be one whose attempt never learned its id: a crash fell
// between the provider's answer and our record of it.
func (s *Service) stranger(ctx context.Context, ref string) error {
	if !s.unknown.allow(ref, s.clock.Now()) {
		return nil
	}
	firms, err := s.firms(ctx)
	if err != nil {
		return err
	}
	for _, f := range firms {
		c, err := s.client(ctx, f.ID)
		if err != nil {
			continue // this firm is not paid online
		}
		p, err := c.GetPayment(ctx, ref)
		if e, ok := mollie.AsError(err); ok && e.NotFound() {
			continue
		}
		if err != nil {
			s.unknown.forget(ref)
			return explain(err)
		}
		return s.adopt(ctx, c, f.ID, p)
	}
	return nil
}

func (s *Service) firms(ctx context.Context) (list []ledger.Firm, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		list, err = r.Firms()
		return err
	})
	return list, err
}

// adopt gives a fetched payment to the attempt that its metadata names. One of which these books know nothing is a
// finding when money came in with it.
func (s *Service) adopt(ctx context.Context, c *mollie.Client, f ledger.FirmID, p mollie.Payment) error {
	id, err := parseAttempt(p.Meta("attempt"))
	var x ledger.Attempt
	if err == nil {
		x, err = s.attempt(ctx, id)
	}
	switch {
	case err != nil && fault.KindOf(err) != fault.NotFound:
		return err
	case err != nil || x.Firm != f || (x.ProviderRef != "" && x.ProviderRef != p.ID):
		if p.Status != mollie.Paid {
			return nil
		}
		return s.foreign(ctx, f, p)
	}
	_, err = s.apply(ctx, c, x, p)
	return err
}

func parseAttempt(text string) (id ledger.AttemptID, err error) {
	err = id.UnmarshalText([]byte(text))
	if err == nil && id.IsZero() {
		err = fault.NotFoundf("attempt.unknown", "there is no such payment attempt")
	}
	return id, err
}

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

// RefundOrder is money to be sent back of a payment that came in through the provider.
type RefundOrder struct {
	Receipt ledger.ReceiptID
	Amount  money.Amount
	Reason  string // shown to the payer
}

// Refund sends money back and books it. m.Key makes it safe to repeat: under one key at most one refund is made. When
// the provider's answer does not come, its list says whether the refund was made; when that does not come either, the
// error says so and the same call may be made again with the same key.
func (s *Service) Refund(ctx context.Context, m journal.Meta, o RefundOrder) (ledger.Return, error) {
	rc, booked, err := s.returns(ctx, o.Receipt)
	if err != nil {
		return ledger.Return{}, err
	}
	if rc.Firm != m.Firm || rc.Provider != Provider {
		return ledger.Return{}, fault.Invalidf("pay.not_ours", "only a payment that came in through Mollie can be sent back through Mollie")
	}
	c, err := s.client(ctx, rc.Firm)
	if err != nil {
		return ledger.Return{}, err
	}
	f, err := s.firm(ctx, rc.Firm)
	if err != nil {
		return ledger.Return{}, err
	}
	if m.Key == "" {
		var id ledger.ReturnID
		ident.Fill(s.books.IDs(), &id)
		m.Key = id.String()
	}
	if err := checkRefund(rc, booked, o.Amount); err != nil {
		// The same key may have used up the room itself.
		if r, ok := s.refunded(ctx, c, rc.ProviderRef, m.Key); ok {
			return s.bookRefund(ctx, m, f, rc, r)
		}
		return ledger.Return{}, err
	}
	if r, ok := s.refunded(ctx, c, rc.ProviderRef, m.Key); ok {
		return s.bookRefund(ctx, m, f, rc, r)
	}
	r, err := c.CreateRefund(ctx, m.Key, rc.ProviderRef, mollie.NewRefund{
		Amount: mollie.Amount(o.Amount), Description: o.Reason, Metadata: map[string]string{"refund": m.Key},
	})
	ctx = context.WithoutCancel(ctx) // the money is on its way: the rest must be recorded
	if e, ok := mollie.AsError(err); ok && e.Uncertain() {
		found := false
		if r, found = s.refunded(ctx, c, rc.ProviderRef, m.Key); !found {
			return ledger.Return{}, fault.Wrap(err, fault.Unavailable, "pay.refund_uncertain",
				"Mollie did not answer, so it is not certain whether the refund was made. Nothing has been booked; if it was made it will appear by itself.")
		}
		err = nil
	}
	if e, ok := mollie.AsError(err); ok && e.Status == 409 {
		return ledger.Return{}, fault.Wrap(err, fault.Conflict, "pay.refund_again", "a refund of the same amount was made within the last hour; wait an hour if a second one is meant")
	}
	if err != nil {
		return ledger.Return{}, explain(err)
	}
	return s.bookRefund(ctx, m, f, rc, r)
}

func checkRefund(rc ledger.Receipt, booked []ledger.Return, a money.Amount) error {
	refunds, chargebacks := sums(booked, rc.Amount.Currency)
	left := rc.Amount.Sub(money.Of(refunds+chargebacks, rc.Amount.Currency))
	if a.Currency != rc.Amount.Currency || a.Minor <= 0 || a.Cmp(left) > 0 {
		return fault.Invalidf("pay.refund_amount", "at most %s %s of this payment can be sent back", left, left.Currency)
	}
	return nil
}

// refunded finds the refund that was made under a key.
func (s *Service) refunded(ctx context.Context, c *mollie.Client, payment, key string) (mollie.Refund, bool) {
	list, err := c.ListRefunds(ctx, payment)
	if err != nil {
		s.log.Warn("refunds cannot be listed", "err", err)
		return mollie.Refund{}, false
	}
	for _, r := range list {
		if r.Meta("refund") == key {
			return r, true
		}
	}
	return mollie.Refund{}, false
}

// bookRefund books a refund in the name of whoever asked for it, unless the sweep was faster.
func (s *Service) bookRefund(ctx context.Context, m journal.Meta, f ledger.Firm, rc ledger.Receipt, r mollie.Refund) (ledger.Return, error) {
	var out ledger.Return
	read := func() error {
		return s.books.View(ctx, func(rd *books.Reader) (err error) {
			out, err = rd.ReturnByProvider(r.ID)
			return err
		})
	}
	err := read()
	if err == nil || fault.KindOf(err) != fault.NotFound || !r.Status.Effective() {
		return out, err
	}
	out, err = s.books.Return(ctx, journal.Meta{Firm: m.Firm, Actor: m.Actor}, ledger.Return{
		Receipt: rc.ID, Kind: ledger.Refund, Amount: r.Amount.Money(), ProviderRef: r.ID, Reason: r.Description,
		Date: max(s.day(f, r.CreatedAt), rc.Date),
	})
	if hasCode(err, "return.duplicate") {
		err = read()
	}
	return out, err
}
