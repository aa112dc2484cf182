package dunning

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/store"
)

type storeTx = store.Tx

func ignoreUnknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// tableIn is the shipped table with the firm's own rows on top.
func tableIn(tx store.Tx, firm ledger.FirmID) (interest.Table, error) {
	var own []interest.Row
	for r, err := range rates.Scan(tx, store.Prefix(firm.Bytes())) {
		if err != nil {
			return nil, err
		}
		own = append(own, interest.Row{Series: r.Series, From: r.From, Basis: r.Basis, Source: r.Source, Verified: r.Verified, Own: true})
	}
	return interest.Shipped().With(own), nil
}

// Rates are the rows that count for a firm, and the series it uses that nobody has looked at for too long.
func (s *Service) Rates(ctx context.Context, firm ledger.FirmID) (t interest.Table, stale []interest.Series, err error) {
	err = s.books.View(ctx, func(r *books.Reader) error {
		f, err := s.firmIn(r, firm)
		if err != nil {
			return err
		}
		t = f.table
		stale = t.Stale(f.today, interest.SeriesOf(f.country())...)
		return nil
	})
	return t.Rows(), stale, err
}

// PutRate keeps a row of m.Firm's own: a new half-year, a correction, or a shipped row that was looked at again.
func (s *Service) PutRate(ctx context.Context, m journal.Meta, in interest.Row) error {
	in.Source = strings.TrimSpace(in.Source)
	switch {
	case !slices.Contains(interest.AllSeries, in.Series):
		return fault.Invalidf("dunning.rate_series", "%q is not a series of rates", in.Series)
	case in.From < civil.Of(2000, 1, 1) || in.From > civil.Of(2199, 12, 31):
		return fault.Invalidf("dunning.rate_from", "a rate needs the day from which it counts")
	case in.Basis < -500 || in.Basis > 5000:
		return fault.Invalidf("dunning.rate", "a rate of %d hundredths of a percent is not likely; expected -5 to 50 percent", in.Basis)
	case in.Source == "" || len(in.Source) > 300:
		return fault.Invalidf("dunning.rate_source", "say where the rate was published, so that others can look it up")
	}
	_, err := s.books.Log().Update(ctx, m, "dunning.rate_changed", nil, func(tx *journal.Tx) error {
		today, err := s.books.In(tx).Today(m.Firm)
		if err != nil {
			return err
		}
		if in.Verified.IsZero() || in.Verified > today {
			in.Verified = today
		}
		tx.Subject(m.Firm.Bytes())
		tx.Fact("series", string(in.Series))
		tx.Fact("from", in.From.String())
		return rates.Put(tx, &rateRecord{Firm: m.Firm, Series: in.Series, From: in.From, Basis: in.Basis, Source: in.Source, Verified: in.Verified})
	})
	return err
}

// DropRate takes an own row away; the shipped one counts again.
func (s *Service) DropRate(ctx context.Context, m journal.Meta, series interest.Series, from civil.Date) error {
	_, err := s.books.Log().Update(ctx, m, "dunning.rate_changed", nil, func(tx *journal.Tx) error {
		key := rates.Key(&rateRecord{Firm: m.Firm, Series: series, From: from})
		if has, err := rates.Has(tx, key); err != nil || !has {
			return errors.Join(err, fault.NotFoundf("dunning.rate_unknown", "the firm has no rate of its own from that day"))
		}
		tx.Subject(m.Firm.Bytes())
		tx.Fact("series", string(series))
		tx.Fact("from", from.String())
		return rates.Delete(tx, key)
	})
	return err
}
