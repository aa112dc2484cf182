package api

import (
	"context"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Attempt is one try to pay at the provider.
type Attempt struct {
	ID         string        `json:"id"`
	Customer   Ref           `json:"customer"`
	Created    time.Time     `json:"created"`
	Checked    *time.Time    `json:"checked,omitempty" doc:"When the provider was last asked."`
	Currency   string        `json:"currency"`
	Amount     string        `json:"amount"`
	Method     string        `json:"method"`
	Provider   string        `json:"provider"`
	ProviderID string        `json:"provider_id"`
	Mode       string        `json:"mode" doc:"live or test."`
	State      string        `json:"state" enum:"created,open,pending,paid,failed,canceled,expired"`
	FailReason string        `json:"fail_reason"`
	Finding    string        `json:"finding" doc:"Why it needs a person; empty when it does not."`
	Payment    string        `json:"payment" doc:"Id of the receipt once it is paid."`
	Lines      []AttemptLine `json:"lines" nullable:"false"`
}

// AttemptLine is what one invoice gets when the attempt is paid.
type AttemptLine struct {
	Invoice  Ref    `json:"invoice"`
	Amount   string `json:"amount"`
	Discount string `json:"discount"`
}

// AtAttempt is the thing that the path names.
type AtAttempt struct {
	Attempt string `path:"attempt"`
}

type attemptsInput struct {
	InList
	Customer string `query:"customer"`
	Filter   string `query:"filter" enum:"all,open,attention" default:"all" doc:"attention: those that need a person."`
}

func (at AtAttempt) id() (id ledger.AttemptID, err error) {
	return id, id.UnmarshalText([]byte(at.Attempt))
}

func (a *API) listAttempts(ctx context.Context, in *attemptsInput) (*body[Page[Attempt]], error) {
	page := Page[Attempt]{Items: []Attempt{}}
	var customer ledger.CustomerID
	if err := customer.UnmarshalText([]byte(in.Customer)); err != nil {
		return nil, err
	}
	err := a.Books.View(ctx, func(r *books.Reader) error {
		f, err := firmOf(r, in.Firm)
		if err != nil {
			return err
		}
		list, err := attemptsOf(r, f.ID, customer, in.Filter)
		if err != nil {
			return err
		}
		for _, x := range slices.Backward(list) {
			if in.Cursor != "" && x.ID.String() >= in.Cursor {
				continue
			}
			if len(page.Items) == in.Limit {
				page.NextCursor = page.Items[in.Limit-1].ID
				return nil
			}
			v, err := attemptView(r, x)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, v)
		}
		return nil
	})
	return answer(page, err)
}

// attemptsOf are the attempts of a customer or the whole firm, oldest first.
func attemptsOf(r *books.Reader, f ledger.FirmID, customer ledger.CustomerID, filter string) (out []ledger.Attempt, err error) {
	keep := func(x ledger.Attempt) bool {
		switch filter {
		case "open":
			return x.State < ledger.AttemptPaid
		case "attention":
			return x.Finding != ""
		}
		return true
	}
	if !customer.IsZero() {
		all, err := r.AttemptsOf(customer)
		return slices.DeleteFunc(all, func(x ledger.Attempt) bool { return !keep(x) }), err
	}
	for x, err := range r.Attempts(f) {
		if err != nil {
			return nil, err
		}
		if keep(x) {
			out = append(out, x)
		}
	}
	return out, nil
}

func (a *API) getAttempt(ctx context.Context, in *AtAttempt) (*body[Attempt], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var v Attempt
	err = a.Books.View(ctx, func(r *books.Reader) error {
		x, err := r.Attempt(id)
		if err != nil {
			return err
		}
		v, err = attemptView(r, x)
		return err
	})
	return answer(v, err)
}

func (a *API) checkAttempt(ctx context.Context, in *AtAttempt) (*body[Attempt], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if _, err := a.Pay.Refresh(ctx, id); err != nil {
		return nil, err
	}
	return a.getAttempt(ctx, in)
}
