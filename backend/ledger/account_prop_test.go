package ledger_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// A history is a random account, grown only by what the rules allow, beside a plain list of effects: for every date
// and document or receipt the model adds up the list, with no index and no cleverness.
type history struct {
	*book
	start   civil.Date
	effects []effect
}

// effect changes what is left of a thing from a date on. The first effect of a thing is its creation.
type effect struct {
	thing [16]byte
	on    civil.Date
	delta int64
}

const span = 120 // days

func (h *history) date(t *rapid.T, label string) civil.Date {
	return h.start.AddDays(rapid.IntRange(0, span).Draw(t, label))
}

func (h *history) effect(thing [16]byte, on civil.Date, delta int64) {
	h.effects = append(h.effects, effect{thing, on, delta})
}

// left is the model's answer.
func (h *history) left(thing [16]byte, asOf civil.Date) int64 {
	var sum int64
	for i, e := range h.effects {
		if e.thing != thing {
			continue
		}
		if first := !contains(h.effects[:i], thing); first && e.on > asOf {
			return 0
		}
		if e.on <= asOf {
			sum += e.delta
		}
	}
	return sum
}

func contains(list []effect, thing [16]byte) bool {
	for _, e := range list {
		if e.thing == thing {
			return true
		}
	}
	return false
}

func (h *history) post(t *rapid.T) {
	issued := h.date(t, "issued")
	kind := rapid.SampledFrom([]DocumentType{Invoice, Invoice, Invoice, CreditNote, DebitNote}).Draw(t, "type")
	id := h.document(kind, fmt.Sprint(len(h.Documents)), issued.String(), issued.AddDays(rapid.IntRange(0, 40).Draw(t, "term")).String(), "0")
	d := &h.Documents[len(h.Documents)-1]
	d.Total = money.Of(rapid.Int64Range(0, 20_000).Draw(t, "total"), rapid.SampledFrom([]money.Currency{"EUR", "EUR", "USD"}).Draw(t, "currency"))
	if rapid.Bool().Draw(t, "discount") {
		d.Discount = DiscountTerms{BasisPoints: rapid.Int64Range(1, 900).Draw(t, "bp"), Until: issued.AddDays(10), Proportional: rapid.Bool().Draw(t, "proportional")}
	}
	h.effect(id, issued, d.Total.Minor)
}

func (h *history) receive(t *rapid.T) {
	on := h.date(t, "value date")
	id := h.receipt(on.String(), "1")
	h.Receipts[len(h.Receipts)-1].Amount = money.Of(rapid.Int64Range(1, 30_000).Draw(t, "amount"), rapid.SampledFrom([]money.Currency{"EUR", "EUR", "USD"}).Draw(t, "currency"))
	h.effect(id, on, h.Receipts[len(h.Receipts)-1].Amount.Minor)
}

// source picks a receipt or credit note.
func (h *history) source(t *rapid.T) (s Source, currency money.Currency, ok bool) {
	var all []Source
	for _, r := range h.Receipts {
		all = append(all, Source{Receipt: r.ID})
	}
	for _, d := range h.Documents {
		if d.Type == CreditNote {
			all = append(all, Source{Credit: d.ID})
		}
	}
	if len(all) == 0 {
		return s, "", false
	}
	s = rapid.SampledFrom(all).Draw(t, "source")
	return s, h.Spare(s, h.start).Currency, true
}

func (h *history) write(s Source, placed []Placement, currency money.Currency) {
	for _, p := range placed {
		amount := money.Of(p.Amount, currency)
		h.add(Allocation{Document: p.Document, Kind: s.Kind(), Receipt: s.Receipt, Credit: s.Credit, Amount: amount, Effective: p.Effective})
		h.effect(p.Document, p.Effective, -p.Amount)
		if s.Kind() == FromReceipt {
			h.effect(s.Receipt, p.Effective, -p.Amount)
		} else {
			h.effect(s.Credit, p.Effective, -p.Amount)
		}
		if p.Discount > 0 {
			h.add(Allocation{Document: p.Document, Kind: FromDiscount, Receipt: s.Receipt, Amount: money.Of(p.Discount, currency), Effective: p.Effective})
			h.effect(p.Document, p.Effective, -p.Discount)
		}
	}
}

func (h *history) fit(t *rapid.T) {
	s, currency, ok := h.source(t)
	if !ok || len(h.Documents) == 0 {
		return
	}
	var lines []Line
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		d := rapid.SampledFrom(h.Documents).Draw(t, "document")
		lines = append(lines, Line{Document: d.ID, Amount: rapid.Int64Range(-5, 25_000).Draw(t, "wish"), Discount: rapid.Int64Range(0, 500).Draw(t, "discount wish")})
	}
	h.write(s, h.Fit(s, lines, h.date(t, "from")), currency)
}

func (h *history) oldestFirst(t *rapid.T) {
	s, currency, ok := h.source(t)
	if !ok {
		return
	}
	on := h.date(t, "effective")
	spare := h.Spare(s, on)
	lines := OldestFirst(h.OpenItems(on), spare)
	var sum int64
	for _, l := range lines {
		sum += l.Amount
	}
	if sum > spare.Minor {
		t.Fatalf("oldest first gave away %d of %d", sum, spare.Minor)
	}
	if CheckAllocation(&h.Account, s, lines, on) != nil {
		return // an allocation with a later date is in the way, or the date is too early
	}
	var placed []Placement
	for _, l := range lines {
		placed = append(placed, Placement{l, on})
	}
	h.write(s, placed, currency)
}

func (h *history) writeOff(t *rapid.T) {
	if len(h.Documents) == 0 {
		return
	}
	d := rapid.SampledFrom(h.Documents).Draw(t, "document")
	amount, on := money.Of(rapid.Int64Range(1, 20_000).Draw(t, "amount"), d.Total.Currency), h.date(t, "on")
	if CheckWriteOff(&h.Account, d.ID, amount, on) != nil {
		return
	}
	kind := rapid.SampledFrom([]SourceKind{FromWriteOff, FromSmallDifference, FromExternal}).Draw(t, "kind")
	h.add(Allocation{Document: d.ID, Kind: kind, Amount: amount, Effective: on})
	h.effect(d.ID, on, -amount.Minor)
}

func (h *history) takeBack(t *rapid.T) {
	if len(h.Allocations) == 0 {
		return
	}
	al, on := rapid.SampledFrom(h.Allocations).Draw(t, "allocation"), h.date(t, "on")
	if CheckReversal(&h.Account, al.ID, on) == nil {
		h.unwind(al.ID, on)
	}
}

func (h *history) unwind(id AllocationID, on civil.Date) {
	al, _ := h.Allocation(id)
	h.reverse(id, on)
	h.effect(al.Document, on, al.Amount.Minor)
	switch al.Kind {
	case FromReceipt:
		h.effect(al.Receipt, on, al.Amount.Minor)
	case FromCreditNote:
		h.effect(al.Credit, on, al.Amount.Minor)
	}
}

func (h *history) giveBack(t *rapid.T) {
	if len(h.Receipts) == 0 {
		return
	}
	r := rapid.SampledFrom(h.Receipts).Draw(t, "receipt")
	amount := money.Of(rapid.Int64Range(1, 30_000).Draw(t, "amount"), r.Amount.Currency)
	plan, err := PlanReturn(&h.Account, r.ID, amount, h.date(t, "on"))
	if err != nil {
		return
	}
	for _, v := range plan.Reverse {
		h.unwind(v.Allocation, v.Effective)
	}
	h.write(Source{Receipt: r.ID}, plan.Reapply, r.Amount.Currency)
	h.Returns = append(h.Returns, Return{ID: newID[ReturnID](h.book), Firm: r.Firm, Customer: r.Customer, Receipt: r.ID, Date: plan.Date, Amount: amount})
	h.effect(r.ID, plan.Date, -amount.Minor)
}

func (h *history) undoReturn(t *rapid.T) {
	if len(h.Returns) == 0 {
		return
	}
	ret, on := rapid.SampledFrom(h.Returns).Draw(t, "return"), h.date(t, "on")
	if CheckUndoReturn(&h.Account, ret.ID, on) != nil {
		return
	}
	undo := ret
	undo.ID, undo.Undoes, undo.Date = newID[ReturnID](h.book), ret.ID, on
	h.Returns = append(h.Returns, undo)
	h.effect(ret.Receipt, on, ret.Amount.Minor)
}

func (h *history) void(t *rapid.T) {
	if len(h.Documents) == 0 {
		return
	}
	i, on := rapid.IntRange(0, len(h.Documents)-1).Draw(t, "document"), h.date(t, "on")
	d := &h.Documents[i]
	if CheckVoid(&h.Account, d.ID, on) != nil {
		return
	}
	d.State, d.VoidedOn = Void, on
	h.effect(d.ID, civil.Max(on, d.Issued), -d.Total.Minor)
}

// agree compares every answer on every date with the model, and the answers with each other.
func (h *history) agree(t *rapid.T) {
	for n := -1; n <= span+1; n += 7 {
		asOf := h.start.AddDays(n)
		want := map[money.Currency]*Balance{}
		at := func(c money.Currency) *Balance {
			if want[c] == nil {
				want[c] = &Balance{Currency: c}
			}
			return want[c]
		}
		for _, d := range h.Documents {
			got, left := h.Open(d.ID, asOf).Minor, h.left(d.ID, asOf)
			if got != left {
				t.Fatalf("%s %s is open for %d on %s; the model has %d", d.ID, d.Total, got, asOf, left)
			}
			switch {
			case !d.Type.Debit():
				at(d.Total.Currency).Unapplied.Minor += left
			case asOf > d.Due:
				at(d.Total.Currency).Overdue.Minor += left
				fallthrough
			default:
				at(d.Total.Currency).Gross.Minor += left
			}
		}
		for _, r := range h.Receipts {
			got, left := h.Unapplied(r.ID, asOf).Minor, h.left(r.ID, asOf)
			if got != left {
				t.Fatalf("receipt of %s has %d unapplied on %s; the model has %d", r.Amount, got, asOf, left)
			}
			at(r.Amount.Currency).Unapplied.Minor += left
		}
		h.agreeTotals(t, asOf, want)
		h.agreeStatement(t, asOf)
	}
}

// agreeStatement: the statement's parts add up to the balance, and so do the movements, wherever the period begins.
func (h *history) agreeStatement(t *rapid.T, asOf civil.Date) {
	net := map[money.Currency]int64{}
	for _, m := range h.Movements(asOf) {
		if net[m.Amount.Currency] += m.Amount.Minor; net[m.Amount.Currency] != m.Balance.Minor {
			t.Fatalf("the balance runs to %s after %d", m.Balance, net[m.Amount.Currency])
		}
	}
	for _, b := range h.Balances(asOf) {
		if b.Net.Minor != net[b.Currency] {
			t.Fatalf("the movements to %s end at %d %s; the net balance is %s", asOf, net[b.Currency], b.Currency, b.Net)
		}
	}
	for _, s := range h.StatementOn(asOf.AddDays(-rapid.IntRange(0, span).Draw(t, "period")), asOf).Sections {
		sum, late, credit, moved := int64(0), int64(0), int64(0), s.Opening.Minor
		for _, i := range s.Items {
			if sum += i.Open.Minor; i.Late > 0 {
				late += i.Open.Minor
			}
		}
		for _, c := range s.Credits {
			credit += c.Left.Minor
		}
		for _, m := range s.Movements {
			moved += m.Amount.Minor
		}
		if sum != s.Gross.Minor || late != s.Overdue.Minor || credit != s.Unapplied.Minor || moved != s.Net.Minor || s.Due().Minor > s.Net.Minor {
			t.Fatalf("open %d, late %d, credit %d, moved %d; the balance is %+v", sum, late, credit, moved, s.Balance)
		}
	}
}

func (h *history) agreeTotals(t *rapid.T, asOf civil.Date, want map[money.Currency]*Balance) {
	for _, g := range h.Aging(asOf, AgingOptions{}) {
		w := want[g.Currency]
		if g.Gross.Minor != w.Gross.Minor || g.Overdue.Minor != w.Overdue.Minor || g.Unapplied.Minor != w.Unapplied.Minor || g.Net.Minor != w.Gross.Minor-w.Unapplied.Minor {
			t.Fatalf("balance on %s is %+v; the model has %+v", asOf, g.Balance, *w)
		}
		var sum int64
		for _, b := range g.Buckets {
			sum += b.Minor
		}
		if sum != g.Gross.Minor || sum-g.Buckets[0].Minor != g.Overdue.Minor {
			t.Fatalf("on %s the buckets %v do not sum to %+v", asOf, g.Buckets, g.Balance)
		}
	}
	for _, g := range h.Aging(asOf, AgingOptions{AgeCredits: true, Basis: ByInvoiceDate}) {
		var sum int64
		for _, b := range g.Buckets {
			sum += b.Minor
		}
		if sum != g.Net.Minor {
			t.Fatalf("on %s the buckets with aged credits sum to %d, net is %s", asOf, sum, g.Net)
		}
	}
}

// TestRandomHistories grows accounts by allowed facts only: they stay sound, the answers equal the model's on every
// date, and a report of the past is the same after facts that count from later.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{book: newBook("1"), start: day("2026-01-01")}
		steps := []func(*rapid.T){h.post, h.post, h.receive, h.fit, h.fit, h.oldestFirst, h.writeOff, h.takeBack, h.giveBack, h.undoReturn, h.void}
		for n := rapid.IntRange(1, 40).Draw(t, "steps"); n > 0; n-- {
			before := len(h.effects)
			frozen := make([][]Aging, 0, span)
			for i := 0; i < span; i += 4 {
				frozen = append(frozen, h.Aging(h.start.AddDays(i), AgingOptions{}))
			}
			rapid.SampledFrom(steps).Draw(t, "step")(t)
			h.sound(t)
			first := h.start.AddDays(span)
			for _, e := range h.effects[before:] {
				first = min(first, e.on)
			}
			for i := range frozen {
				asOf := h.start.AddDays(i * 4)
				if asOf >= first {
					break
				}
				if diff := cmp.Diff(frozen[i], h.Aging(asOf, AgingOptions{})); diff != "" {
					t.Fatalf("the report of %s changed by facts from %s on:\n%s", asOf, first, diff)
				}
			}
		}
		h.agree(t)
	})
}

// TestSplitDiscountSums is for any split and discount: the parts sum to it, and no tax exceeds its part.
func TestSplitDiscountSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Document{Discount: DiscountTerms{Mode: VATMode(rapid.IntRange(0, 2).Draw(t, "mode"))}}
		for range rapid.IntRange(0, 4).Draw(t, "rates") {
			base := rapid.Int64Range(0, 1_000_000).Draw(t, "base")
			d.Tax = append(d.Tax, TaxPart{RateMilli: 21000, Base: base, Tax: base * 21 / 100})
		}
		discount := money.Of(rapid.Int64Range(0, 100_000).Draw(t, "discount"), "EUR")
		var sum int64
		for _, p := range SplitDiscount(d, discount) {
			sum += p.Base + p.Tax
			if p.Tax < 0 || p.Base < 0 {
				t.Fatalf("part %+v", p)
			}
		}
		if sum != discount.Minor {
			t.Fatalf("parts sum to %d of %d", sum, discount.Minor)
		}
	})
}

// TestDiscountBounds is for any terms: a discount never exceeds what is open, paying earns no more than the offer, and
// what is paid and earned together is never more than what was open.
func TestDiscountBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(0, 1_000_000).Draw(t, "total")
		d := Document{Type: Invoice, Total: money.Of(total, "EUR"), Tax: []TaxPart{{21000, total - total/6, total / 6}},
			Discount: DiscountTerms{BasisPoints: rapid.Int64Range(0, 9_999).Draw(t, "bp"), Until: 100, Mode: VATMode(rapid.IntRange(0, 2).Draw(t, "mode")),
				Proportional: rapid.Bool().Draw(t, "proportional")}}
		credits := rapid.Int64Range(0, total).Draw(t, "credits")
		open := money.Of(rapid.Int64Range(0, total-credits).Draw(t, "open"), "EUR")
		paid := money.Of(rapid.Int64Range(0, open.Minor).Draw(t, "paid"), "EUR")
		offer := DiscountOn(d, money.Of(credits, "EUR"), open, 100)
		earned := DiscountFor(d, money.Of(credits, "EUR"), open, paid, 100)
		if offer.Minor < 0 || offer.Minor > open.Minor {
			t.Fatalf("offer of %s on %s", offer, open)
		}
		if earned.Minor < 0 || earned.Minor > offer.Minor || paid.Add(earned).Minor > open.Minor {
			t.Fatalf("paid %s earned %s of %s open, offer %s", paid, earned, open, offer)
		}
		if exact := DiscountFor(d, money.Of(credits, "EUR"), open, open.Sub(offer), 100); offer.Minor < open.Minor && exact != offer {
			t.Fatalf("paying exactly the discounted amount earns %s; the offer was %s", exact, offer)
		}
	})
}
