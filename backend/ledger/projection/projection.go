// Package projection says when open invoices will be paid (rulebook 1.8).
//
// What a customer did is the best guess of what they will do: the recency-weighted median of how many days after the due
// date they paid, signed, every paid invoice counting once whatever its amount. A customer with fewer than three paid
// invoices is taken for an average one of the firm's. What somebody has said or arranged goes before habit: a promise, a
// plan's instalments, a collection that is scheduled. The method was chosen by measurement; TestBacktest repeats it.
//
// It is pure: days in, dates out. Weights are floating point, which is harmless here because no amount depends on them.
package projection

import (
	"cmp"
	"math"
	"slices"

	"github.com/voldaan/voldaan/backend/civil"
)

// The constants of the rule.
const (
	HalfLife        = 180 // days after which a paid invoice counts half
	enoughOwn       = 3   // paid invoices that make a habit
	enoughPortfolio = 20
	enoughLater     = 2 // own paid invoices that were later than this one is by now
	enoughLaterFirm = 5 // the same of the whole portfolio
	enoughBand      = 8 // paid invoices that make a typical range
	lateByNow       = 7 // days that an overdue invoice takes from today where nobody was ever that late
	DisputeShift    = 7 // days that a dispute adds where the firm's own past says nothing else
	enoughDisputes  = 5
	tomorrow        = 1
)

// The quantiles that are shown: P10, the median, P90.
var shares = []float64{0.1, 0.5, 0.9}

// Paid is an invoice that was paid in full.
type Paid struct {
	Settled civil.Date
	Late    int // days from the due date to the day it was settled; negative when early
}

// History is paid invoices in order of Late. Make it with NewHistory.
type History []Paid

// NewHistory sorts paid invoices. It keeps and changes the slice.
func NewHistory(paid []Paid) History {
	slices.SortFunc(paid, func(a, b Paid) int { return cmp.Or(cmp.Compare(a.Late, b.Late), cmp.Compare(a.Settled, b.Settled)) })
	return paid
}

// laterThan is the part that was paid more than n days after the due date.
func (h History) laterThan(n int) History {
	at, _ := slices.BinarySearchFunc(h, n, func(p Paid, n int) int {
		if p.Late > n {
			return 1
		}
		return -1
	})
	return h[at:]
}

// quantiles are P10, median and P90: the smallest Lates whose weights, added from the earliest payer on, reach those
// shares of all weight. The history must not be empty.
func (h History) quantiles(today civil.Date) []int {
	weigh := func(p Paid) float64 { return math.Exp2(-float64(civil.Days(p.Settled, today)) / HalfLife) }
	var all float64
	for _, p := range h {
		all += weigh(p)
	}
	out := make([]int, 0, len(shares))
	var sum float64
	for _, p := range h {
		for sum += weigh(p); len(out) < len(shares) && sum >= shares[len(out)]*all; {
			out = append(out, p.Late)
		}
	}
	return out
}

// median is the plain one, the lower of two in the middle. The history must not be empty.
func (h History) median() int { return h[(len(h)-1)/2].Late }

// Portfolio is what all customers of a firm did in one currency.
type Portfolio struct {
	all   History
	usual int
	shift int
}

// NewPortfolio takes the paid invoices of all customers, and by how many days past disputed invoices were later than had
// been projected; fewer than five of those leave DisputeShift.
func NewPortfolio(all History, disputed []int) Portfolio {
	p := Portfolio{all: all, shift: DisputeShift}
	if len(all) >= enoughPortfolio {
		p.usual = all.median()
	}
	if len(disputed) >= enoughDisputes {
		d := slices.Sorted(slices.Values(disputed))
		p.shift = d[(len(d)-1)/2]
	}
	return p
}

// Basis is what a projected date rests on.
type Basis uint8

// The bases, from what somebody has arranged to what is merely due.
const (
	Promise  Basis = iota // the customer has said when
	Plan                  // an instalment's due date
	Autopay               // a scheduled collection
	Customer              // the customer's own habit
	Firm                  // the habit of all customers: this one has paid too few invoices
	Terms                 // the due date: nobody has paid enough invoices yet
)

var basisNames = [...]string{"promise", "plan", "autopay", "customer", "portfolio", "terms"}

// String is the basis in the words of the API and the command line.
func (b Basis) String() string { return basisNames[b] }

// Item is what is asked about: an open invoice.
type Item struct {
	Due      civil.Date
	Disputed bool
}

// Projection is when an invoice will probably be paid.
type Projection struct {
	Date        civil.Date // a business day, never before tomorrow
	Raw         civil.Date // the same before it moved to a business day: for scoring
	Early, Late civil.Date // the typical range, zero where too little is known
	Basis       Basis
	Invoices    int // paid invoices of the customer that it rests on
}

// Project guesses from habit. own is the customer's history, of invoices settled before today.
func (p Portfolio) Project(it Item, own History, today civil.Date) Projection {
	out := Projection{Basis: Customer, Invoices: len(own)}
	overdue := civil.Days(it.Due, today)
	shift := 0
	if it.Disputed {
		shift = p.shift
	}
	rest := own
	if overdue >= 1 {
		rest = own.laterThan(overdue)
	}
	var q []int
	switch {
	case overdue >= 1 && len(rest) >= enoughLater, overdue < 1 && len(own) >= enoughOwn:
		q = rest.quantiles(today)
	default:
		rest = nil
		q = []int{0, p.usually(overdue), 0}
		out.Basis, out.Invoices = Firm, 0
		if len(p.all) < enoughPortfolio {
			out.Basis = Terms
		}
	}
	out.Raw = civil.Max(it.Due.AddDays(q[1]+shift), today+tomorrow)
	out.Date = out.Raw.NextBusinessDay()
	if len(rest) >= enoughBand {
		out.Early = civil.Max(it.Due.AddDays(q[0]+shift), today+tomorrow).NextBusinessDay()
		out.Late = civil.Max(it.Due.AddDays(q[2]+shift), today+tomorrow).NextBusinessDay()
	}
	return out
}

// usually is how late an invoice is paid by somebody about whom nothing is known.
func (p Portfolio) usually(overdue int) int {
	if overdue < 1 {
		return p.usual
	}
	if later := p.all.laterThan(overdue); len(later) >= enoughLaterFirm {
		return later.median()
	}
	return overdue + lateByNow
}

// Arranged is a projection of what somebody has promised or scheduled for a day; a day that has come is tomorrow.
func Arranged(basis Basis, on, today civil.Date) Projection {
	raw := civil.Max(on, today+tomorrow)
	return Projection{Date: raw.NextBusinessDay(), Raw: raw, Basis: basis}
}
