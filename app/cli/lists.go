package cli

import (
	"context"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/openitems"
)

// lists opens the ledger with everything in memory that lists and reports need.
func (c *call) lists(ctx context.Context, fn func(*app.Ledger, *openitems.Columns, ledger.Firm, civil.Date) error) error {
	return c.with(ctx, func(l *app.Ledger, f ledger.Firm) error {
		day, err := c.firmToday(ctx, l, f)
		if err != nil {
			return err
		}
		cols, err := openitems.Load(ctx, l.Books)
		if err != nil {
			return err
		}
		return fn(l, cols, f, day)
	})
}

// amount is an amount as a person reads it.
func (c *call) amount(a money.Amount) string {
	if a.Minor == 0 {
		return "–"
	}
	return a.Format(c.config.Language)
}
