package interest

import (
	"math/big"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// The Dutch scale (Besluit vergoeding voor buitengerechtelijke incassokosten, art. 2), in euro cents and hundredths of a
// percent of what lies between one bound and the next.
var bikScale = []struct{ upTo, basis int64 }{{250_000, 1500}, {500_000, 1000}, {1_000_000, 500}, {20_000_000, 100}, {1 << 62, 50}}

const (
	bikLeast = 4_000
	bikMost  = 677_500
	bikVAT   = 2100 // hundredths of a percent
)

// BIK is the cost of collection that Dutch law allows over a principal without interest, in euro cents. With vat, for a
// creditor who cannot deduct it, 21 % is added; the letter must say so. The principals of several invoices in one letter
// are added before, so that the scale applies once.
func BIK(principal int64, vat bool) int64 {
	if principal <= 0 {
		return 0
	}
	sum, from := new(big.Rat), int64(0)
	for _, s := range bikScale {
		if principal <= from {
			break
		}
		sum.Add(sum, big.NewRat((min(principal, s.upTo)-from)*s.basis, 10000))
		from = s.upTo
	}
	if sum.Cmp(big.NewRat(bikLeast, 1)) < 0 {
		sum.SetInt64(bikLeast)
	}
	if sum.Cmp(big.NewRat(bikMost, 1)) > 0 {
		sum.SetInt64(bikMost)
	}
	cost := money.Round(sum)
	if vat {
		cost = money.Round(big.NewRat(cost*(10000+bikVAT), 10000))
	}
	return cost
}

// Clause is the most that a Belgian penalty clause may ask of a consumer over a balance, in euro cents (art. XIX.4 WER).
// It must be in the terms.
func Clause(balance int64) int64 {
	switch {
	case balance <= 0:
		return 0
	case balance <= 15_000:
		return 2_000
	case balance <= 50_000:
		return 3_000 + money.Round(big.NewRat(balance-15_000, 10))
	}
	return min(6_500+money.Round(big.NewRat(balance-50_000, 20)), 200_000)
}

// BelgianReminderFee is the most that a Belgian reminder after the first may cost a consumer, postage aside; the first
// one is always free.
const BelgianReminderFee = 750

// GermanReminderFee is the most that a German reminder after default may cost without a proof of the real cost.
const GermanReminderFee = 250

// Sent is how a letter went out.
type Sent uint8

// The ways.
const (
	ByEmail Sent = iota
	ByPost
)

// PostDays is how many business days the post takes where nothing else is set.
const PostDays = 2

// Letter is a Dutch 14-day letter as it went out (art. 6:96 (6) BW).
type Letter struct {
	On        civil.Date
	By        Sent
	PostDays  int   // business days; 0: PostDays
	Principal int64 // euro cents, all invoices of the letter together
	Cost      int64 // the amount that it states, euro cents
	VAT       bool  // the stated amount includes VAT, and the letter says so
	Delivered bool  // nothing says that it did not arrive: no bounce, no return to sender
}

// Received is the day on which the letter counts as delivered.
func (l Letter) Received() civil.Date {
	if l.By == ByEmail {
		return l.On + 1
	}
	n := l.PostDays
	if n <= 0 {
		n = PostDays
	}
	return l.On.AddBusinessDays(n)
}

// LastDay is the last of the fourteen full days that start the day after the letter was received.
func (l Letter) LastDay() civil.Date { return l.Received() + 14 }

// Earliest is the first day on which costs may be charged.
func (l Letter) Earliest() civil.Date { return l.Received() + 15 }

// Obstacle is why costs may not be charged; its value is stable and has a text in the desk.
type Obstacle string

// The obstacles.
const (
	NoLetter      Obstacle = "no_letter"      // a consumer was sent no 14-day letter
	BeforeDefault Obstacle = "before_default" // the letter went out before the debtor was in default
	WrongCost     Obstacle = "wrong_cost"     // the letter does not state the exact amount
	NotDelivered  Obstacle = "not_delivered"  // the letter came back
	TooEarly      Obstacle = "too_early"      // the term of the letter runs
	NothingOpen   Obstacle = "nothing_open"   // paid within the term
)

// Costs is the collection cost that may be charged to a Dutch consumer on a day, with what is still open of the letter's
// principal; the obstacles say why not. What was paid within the term costs nothing.
func (l Letter) Costs(defaultDate, today civil.Date, open int64) (cost int64, why []Obstacle) {
	if l.On.IsZero() {
		return 0, []Obstacle{NoLetter}
	}
	if l.On <= defaultDate {
		why = append(why, BeforeDefault)
	}
	if l.Cost != BIK(l.Principal, l.VAT) {
		why = append(why, WrongCost)
	}
	if !l.Delivered {
		why = append(why, NotDelivered)
	}
	if today < l.Earliest() {
		why = append(why, TooEarly)
	}
	if open <= 0 {
		why = append(why, NothingOpen)
	}
	if len(why) > 0 {
		return 0, why
	}
	return BIK(min(open, l.Principal), l.VAT), nil
}

// Reminder is a first Belgian reminder to a consumer, which is free (art. XIX.2 WER).
type Reminder struct {
	On        civil.Date
	By        Sent
	Delivered bool
}

// Earliest is the first day on which interest and the clause may be asked: fourteen calendar days from the day after an
// e-mail, from the third working day after a letter.
func (r Reminder) Earliest() civil.Date {
	if r.By == ByEmail {
		return r.On + 15
	}
	return r.On.AddBusinessDays(3) + 14
}

// Costs is the clause that may be asked of a Belgian consumer on a day over what is open.
func (r Reminder) Costs(defaultDate, today civil.Date, open int64) (cost int64, why []Obstacle) {
	if r.On.IsZero() {
		return 0, []Obstacle{NoLetter}
	}
	if r.On <= defaultDate {
		why = append(why, BeforeDefault)
	}
	if !r.Delivered {
		why = append(why, NotDelivered)
	}
	if today < r.Earliest() {
		why = append(why, TooEarly)
	}
	if open <= 0 {
		why = append(why, NothingOpen)
	}
	if len(why) > 0 {
		return 0, why
	}
	return Clause(open), nil
}
