package portal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/frontend/portal"
)

// derived is what the pages show, worked out from one snapshot of the visitor's account.
type derived struct {
	books.PortalAccount
	acc    *ledger.Account
	onWay  map[ledger.DocumentID]bool // a payment for it is on its way at the bank
	active []ledger.Attempt           // started and not finished, newest first

	plans []ledger.Plan                           // that are being paid
	parts map[ledger.DocumentID][]ledger.PlanPart // of documents in a plan, by instalment
	holds ledger.Holds
}

func derive(a books.PortalAccount) *derived {
	d := &derived{PortalAccount: a, acc: a.Account, onWay: map[ledger.DocumentID]bool{}}
	for _, x := range slices.Backward(a.Attempts) {
		switch x.State {
		case ledger.AttemptPending:
			for _, l := range x.Lines {
				d.onWay[l.Document] = true
			}
			d.active = append(d.active, x)
		case ledger.AttemptOpen:
			d.active = append(d.active, x)
		}
	}
	d.commit()
	return d
}

// progress is a payment that has been started. While it is open it can be finished at the provider.
func (d *derived) progress(x ledger.Attempt) portal.Progress {
	p := portal.Progress{Amount: x.Amount, Date: civil.In(x.Created, zoneOf(d.Firm))}
	if x.State == ledger.AttemptOpen && isWebAddress(x.CheckoutURL) {
		p.URL = x.CheckoutURL
	}
	return p
}

// side is what goes on, for beside every page: payments that have been started.
func (d *derived) side(p *portal.Page) (out []portal.SideLink) {
	for _, x := range d.active {
		l := portal.SideLink{Icon: "way", Title: p.T.Status.Processing, Detail: p.F.Money(x.Amount) + ", " + p.F.Day(civil.In(x.Created, zoneOf(d.Firm))), URL: "/payments"}
		if x.State == ledger.AttemptOpen {
			l.Title = p.T.Result.OpenTitle
		}
		if out = append(out, l); len(out) == 3 {
			break
		}
	}
	return out
}

// item is a document in a list. Open is what is left of it today.
func (d *derived) item(doc ledger.Document) portal.Item {
	open := d.acc.Open(doc.ID, d.Today)
	i := portal.Item{ID: doc.ID.String(), Number: doc.Number, Credit: !doc.Type.Debit(), Issued: doc.Issued, Due: doc.Due,
		Total: doc.Total, Open: open, PO: doc.PO}
	if parts := d.parts[doc.ID]; len(parts) > 0 {
		i.Planned, i.Due = true, parts[0].Due
		doc.Due = i.Due // while it is in a plan it is due by the instalments
	}
	h := d.holds[doc.ID]
	i.Disputed = money.Of(h.Disputed, doc.Total.Currency)
	if h.Promised > 0 {
		i.PromisedOn = d.promisedOn(h.Promise)
	}
	switch ledger.Status(doc, open, d.Today) {
	case ledger.StatusVoid:
		i.State = portal.Void
	case ledger.StatusPaid:
		i.State = portal.Paid
	case ledger.StatusOverdue:
		i.State = portal.Overdue
	case ledger.StatusPartPaid:
		i.State = portal.PartPaid
	}
	switch {
	case i.Credit && i.State != portal.Paid && i.State != portal.Void:
		i.State = portal.Credit
	case d.onWay[doc.ID] && i.State != portal.Paid && i.State != portal.Void:
		i.State = portal.Processing
	case !i.Credit && doc.Discount.BasisPoints > 0:
		if i.Saving = d.acc.Discount(doc.ID, d.Today); i.Saving.Minor > 0 {
			i.SavingUntil = doc.Discount.Until
		}
	}
	return i
}

func (d *derived) promisedOn(id ledger.PromiseID) civil.Date {
	for _, p := range d.Agreed.Promises {
		if p.ID == id {
			return p.On
		}
	}
	return 0
}

// shown reports whether a document is for the customer's eyes: not one that is dated later.
func (d *derived) shown(doc *ledger.Document) bool { return doc.Issued <= d.Today }

// accountView is the first page: a block per currency in which something is open or in credit.
func (d *derived) accountView() *portal.Account {
	v := &portal.Account{}
	for _, x := range d.active {
		if x.State == ledger.AttemptPending {
			v.Returned = append(v.Returned, d.progress(x))
		}
	}
	for _, b := range d.acc.Balances(d.Today) {
		if b.Gross.Minor == 0 && b.Unapplied.Minor == 0 {
			continue
		}
		v.Blocks = append(v.Blocks, portal.Block{Currency: b.Currency, Open: b.Gross, Overdue: b.Overdue, Credit: b.Unapplied,
			Chosen: portal.Chosen{Currency: b.Currency}})
	}
	items, payable := d.acc.OpenItems(d.Today), make([]int, len(v.Blocks))
	for _, open := range items {
		i := slices.IndexFunc(v.Blocks, func(b portal.Block) bool { return b.Currency == open.Total.Currency })
		doc, _ := d.acc.Document(open.ID)
		b := &v.Blocks[i]
		if b.Items == nil {
			b.Items = make([]portal.Item, 0, min(len(items), maxShown))
		}
		if len(b.Items) < maxShown {
			b.Items = append(b.Items, d.item(doc))
		}
		if amount, _, ok := d.payable(&doc); ok && payable[i] < maxChosen {
			payable[i]++
			b.PayAll = b.PayAll.Add(amount)
			if late := d.late(open); late > 0 {
				b.PayOverdue = b.PayOverdue.Add(money.Of(min(late, amount.Minor), amount.Currency))
			}
		}
		for _, x := range d.dues(open) {
			if x.Due >= d.Today && (b.NextDue.IsZero() || x.Due <= b.NextDue) {
				if x.Due < b.NextDue {
					b.NextAmount = money.Amount{}
				}
				b.NextDue, b.NextAmount = x.Due, b.NextAmount.Add(money.Of(x.Amount, open.Open.Currency))
			}
		}
	}
	slices.SortStableFunc(v.Blocks, func(x, y portal.Block) int {
		// The firm's own currency first, then what is owed before what is only in credit.
		return cmp.Or(-boolCompare(x.Currency == d.Firm.Currency, y.Currency == d.Firm.Currency), cmp.Compare(x.Currency, y.Currency))
	})
	return v
}

// dues are the days on which what is open of a document is due.
func (d *derived) dues(open ledger.OpenItem) []ledger.PlanPart {
	if parts := d.parts[open.ID]; len(parts) > 0 {
		return parts
	}
	return []ledger.PlanPart{{Document: open.ID, Amount: open.Open.Minor, Due: open.Due}}
}

func boolCompare(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

const (
	pageSize = 40  // documents or payments on a page
	maxShown = 300 // open invoices on the first page; the others are among all invoices
)

// invoicesView filters and pages the documents, newest first.
func (d *derived) invoicesView(show, query string, page int) *portal.Invoices {
	v := &portal.Invoices{Show: show, Query: query, AllAddress: "/invoices"}
	needle := fold(query)
	var found []ledger.Document
	for i := range d.acc.Documents {
		doc := &d.acc.Documents[i]
		if !d.shown(doc) || (needle != "" && !strings.Contains(fold(doc.Number), needle) && !strings.Contains(fold(doc.PO), needle)) {
			continue
		}
		if show != "all" {
			open := d.acc.Open(doc.ID, d.Today)
			isOpen := open.Minor > 0 && doc.State != ledger.Void
			if isOpen != (show == "open") || doc.State == ledger.Void {
				continue
			}
		}
		found = append(found, *doc)
	}
	slices.SortFunc(found, func(x, y ledger.Document) int {
		return cmp.Or(cmp.Compare(y.Issued, x.Issued), cmp.Compare(y.Number, x.Number))
	})
	v.Found = len(found)
	page = max(1, min(page, (len(found)+pageSize-1)/pageSize))
	from := (page - 1) * pageSize
	for _, doc := range found[from:min(len(found), from+pageSize)] {
		v.Items = append(v.Items, d.item(doc))
	}
	if from+pageSize < len(found) {
		v.Older = invoicesAddress(show, query, page+1)
	}
	if page > 1 {
		v.Newer = invoicesAddress(show, query, page-1)
	}
	return v
}

// fold makes "F-2026/0412" findable as "f2026 0412": letters and digits only, in lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r > 127:
			return r
		}
		return -1
	}, s)
}

// invoiceView is one document with its story. doc is the whole record, with tax and description.
func (d *derived) invoiceView(f portal.Format, doc ledger.Document, canSeePayments bool) *portal.Invoice {
	v := &portal.Invoice{Item: d.item(doc), Kind: [...]string{"invoice", "credit_note", "debit_note"}[doc.Type], Reference: doc.Reference, Description: doc.Description}
	v.Settled = d.acc.Allocated(doc.ID, d.Today)
	for _, t := range doc.Tax {
		v.Tax = append(v.Tax, portal.TaxLine{Rate: rate(t.RateMilli, f), Base: money.Of(t.Base, doc.Total.Currency), Tax: money.Of(t.Tax, doc.Total.Currency)})
	}
	if c, ok := d.acc.Document(doc.Corrects); ok && !doc.Corrects.IsZero() {
		i := d.item(c)
		v.Corrects = &i
	}
	for _, x := range d.acc.AllocationsOf(doc.ID) {
		if x.Effective > d.Today {
			continue
		}
		if !x.Reverses.IsZero() {
			continue // shown on the allocation that it takes back
		}
		if r, ok := d.acc.Receipt(x.Receipt); ok && r.Void() {
			continue // of an import that was undone: it never was
		}
		e := portal.Event{On: x.Effective, Amount: x.Amount}
		_, e.Reversed = d.acc.Reversed(x.ID)
		d.explain(&e, x, canSeePayments)
		if !e.Reversed && x.Effective > v.SettledOn && v.State == portal.Paid {
			v.SettledOn = x.Effective
		}
		v.Events = append(v.Events, e)
	}
	return v
}

func (d *derived) explain(e *portal.Event, x ledger.Allocation, canSeePayments bool) {
	e.Kind = [...]string{"receipt", "credit", "discount", "write_off", "small", "external"}[x.Kind]
	switch x.Kind {
	case ledger.FromReceipt:
		if canSeePayments {
			e.URL = "/payments/" + x.Receipt.String()
		}
	case ledger.FromCreditNote:
		if c, ok := d.acc.Document(x.Credit); ok {
			e.Detail = c.Number
		}
	}
}

// rate writes thousandths of a percent: 21000 is "21", 5500 "5,5".
func rate(milli int64, f portal.Format) string {
	s := strings.TrimRight(strings.TrimRight(f.Plain(money.Of(milli/10, "EUR")), "0"), ",.")
	return s
}

// receiptsView is the payment history, newest first.
func (d *derived) paymentsView(page int) *portal.Payments {
	v := &portal.Payments{}
	if page <= 1 {
		for _, x := range d.active {
			v.Waiting = append(v.Waiting, d.progress(x))
		}
	}
	list := slices.DeleteFunc(slices.Clone(d.acc.Receipts), func(x ledger.Receipt) bool { return x.VoidOn(d.Today) })
	slices.SortStableFunc(list, func(x, y ledger.Receipt) int { return cmp.Compare(y.Date, x.Date) })
	page = max(1, min(page, (len(list)+pageSize-1)/pageSize))
	from := (page - 1) * pageSize
	for _, r := range list[from:min(len(list), from+pageSize)] {
		p := portal.Payment{URL: "/payments/" + r.ID.String(), Date: r.Date, Amount: r.Amount, Method: string(r.Method),
			Unapplied: d.acc.Unapplied(r.ID, d.Today), Returned: d.acc.Returned(r.ID, d.Today)}
		for _, l := range d.settledBy(r.ID) {
			p.For = append(p.For, l.Number)
		}
		v.Rows = append(v.Rows, p)
	}
	if from+pageSize < len(list) {
		v.Older = pageAddress("/payments", page+1)
	}
	if page > 1 {
		v.Newer = pageAddress("/payments", page-1)
	}
	return v
}

// settledBy is what a receipt paid, reversals taken off: one line per document, with the discount that came with it.
func (d *derived) settledBy(id ledger.ReceiptID) (lines []portal.PayLine) {
	at := map[ledger.DocumentID]int{}
	for _, x := range d.acc.AllocationsFrom(id) {
		if _, gone := d.acc.Reversed(x.ID); gone || !x.Reverses.IsZero() {
			continue
		}
		doc, ok := d.acc.Document(x.Document)
		if !ok {
			continue
		}
		i, ok := at[x.Document]
		if !ok {
			i, at[x.Document] = len(lines), len(lines)
			zero := money.Of(0, doc.Total.Currency)
			lines = append(lines, portal.PayLine{Item: portal.Item{ID: doc.ID.String(), Number: doc.Number}, Amount: zero, Discount: zero})
		}
		switch x.Kind {
		case ledger.FromReceipt:
			lines[i].Amount = lines[i].Amount.Add(x.Amount)
		case ledger.FromDiscount:
			lines[i].Discount = lines[i].Discount.Add(x.Amount)
		}
	}
	return lines
}

// order is what somebody is about to pay: lines oldest first, with the discount that each earns today.
type order struct {
	lines    []portal.PayLine
	attempt  []ledger.AttemptLine
	currency money.Currency
	full     money.Amount // for everything chosen
	amount   money.Amount // now
	discount money.Amount
	credit   money.Amount // used for the lines
	uses     []use
	rest     money.Amount // of full
}

// use is what one source of credit pays.
type use struct {
	source ledger.Source
	spare  money.Amount
	lines  []ledger.Line
}

// credits are what is to the customer's credit today: credit notes, then money left over, the oldest first. A pay link
// shows none: its view of the account has neither.
func (d *derived) credits(c money.Currency) (out []use) {
	add := func(s ledger.Source, total money.Amount) {
		if on, ok := d.acc.SourceDate(s); ok && on <= d.Today && total.Currency == c {
			if spare := d.acc.Spare(s, d.Today); spare.Minor > 0 {
				out = append(out, use{source: s, spare: spare})
			}
		}
	}
	for i := range d.acc.Documents {
		if doc := &d.acc.Documents[i]; !doc.Type.Debit() {
			add(ledger.Source{Credit: doc.ID}, doc.Total)
		}
	}
	for i := range d.acc.Receipts {
		add(ledger.Source{Receipt: d.acc.Receipts[i].ID}, d.acc.Receipts[i].Amount)
	}
	return out
}

// take uses credit for a document as far as it goes and says how much came from credit notes and from money: only the
// first leaves an early-payment discount on the rest.
func take(uses []use, doc ledger.DocumentID, room int64) (notes, moneys int64) {
	for i := range uses {
		n := min(room, uses[i].spare.Minor)
		if n <= 0 {
			continue
		}
		uses[i].spare.Minor -= n
		uses[i].lines = append(uses[i].lines, ledger.Line{Document: doc, Amount: n})
		room -= n
		if uses[i].source.Kind() == ledger.FromCreditNote {
			notes += n
		} else {
			moneys += n
		}
	}
	return notes, moneys
}

// order lays out a payment of the chosen documents: chosen says how much of each, at most. own is the amount the customer wants to pay, zero for all of it: it
// goes to the oldest first, and earns discount only as far as it is enough for it. With credit, what is to the customer's
// credit is used first.
func (d *derived) order(chosen func(ledger.OpenItem) int64, c money.Currency, own money.Amount, credit bool) order {
	zero := money.Of(0, c)
	o := order{currency: c, full: zero, amount: zero, discount: zero, rest: zero, credit: zero}
	left := own
	if credit {
		o.uses = d.credits(c)
	}
	for _, open := range d.acc.OpenItems(d.Today) {
		most := chosen(open)
		if open.Total.Currency != c || most <= 0 {
			continue
		}
		doc, _ := d.acc.Document(open.ID)
		amount, discount, ok := d.payable(&doc)
		if !ok {
			continue
		}
		whole := amount.Add(discount)
		if most < whole.Minor { // an instalment of it
			amount = money.Of(most, c)
			discount = zero.Add(d.acc.Earned(open.ID, most, d.Today, civil.Max(d.Today, doc.Issued)))
			if amount.Add(discount).Cmp(whole) > 0 {
				discount = whole.Sub(amount)
			}
		}
		if len(o.lines) == maxChosen {
			break // the oldest are paid first; the rest is for the next payment
		}
		line := portal.PayLine{Item: d.item(doc), Amount: amount, Discount: discount, Credit: zero}
		room := amount.Add(discount)
		line.Rest = whole.Sub(room)
		if notes, moneys := take(o.uses, open.ID, room.Minor); notes+moneys > 0 {
			line.Credit = money.Of(notes+moneys, c)
			o.credit = o.credit.Add(line.Credit)
			before := d.acc.AllocatedFrom(open.ID, ledger.FromCreditNote, d.Today)
			line.Discount = zero.Add(ledger.DiscountOn(doc, before.Add(money.Of(notes, c)), open.Open.Sub(line.Credit), d.Today))
			line.Amount = room.Sub(line.Credit).Sub(line.Discount)
		}
		o.full = o.full.Add(line.Amount)
		if own.Minor > 0 {
			if left.Cmp(line.Amount) < 0 {
				line.Amount = left
				line.Discount = zero
				if left.Minor > 0 {
					line.Discount = line.Discount.Add(d.acc.Earned(open.ID, left.Minor, d.Today, civil.Max(d.Today, doc.Issued)))
				}
				line.Rest = whole.Sub(line.Amount).Sub(line.Discount)
			}
			left = left.Sub(line.Amount)
		}
		o.lines = append(o.lines, line)
		o.rest = o.rest.Add(line.Rest)
		if line.Amount.Minor > 0 {
			o.amount, o.discount = o.amount.Add(line.Amount), o.discount.Add(line.Discount)
			o.attempt = append(o.attempt, ledger.AttemptLine{Document: open.ID, Amount: line.Amount.Minor, Discount: line.Discount.Minor})
		}
	}
	o.uses = slices.DeleteFunc(o.uses, func(u use) bool { return len(u.lines) == 0 })
	return o
}

// payable is what paying the rest of a document takes today: money, and the discount that comes with it. ok is false when
// there is nothing to pay, or a payment is on its way already.
func (d *derived) payable(doc *ledger.Document) (amount, discount money.Amount, ok bool) {
	room := d.acc.Room(doc.ID, civil.Max(d.Today, doc.Issued))
	if room.Minor <= 0 || d.onWay[doc.ID] {
		return room, discount, false
	}
	discount = money.Of(0, room.Currency)
	if doc.Discount.BasisPoints > 0 {
		if x := d.acc.Discount(doc.ID, d.Today); x.Minor < room.Minor {
			discount = discount.Add(x)
		}
	}
	return room.Sub(discount), discount, true
}

// lastMethod is how this customer paid online the last time.
func (d *derived) lastMethod() string {
	for _, x := range slices.Backward(d.Attempts) {
		if x.State == ledger.AttemptPaid && x.Method != "" {
			return string(x.Method)
		}
	}
	return ""
}

func outcome(x ledger.Attempt) portal.Outcome {
	if x.Finding != "" && x.State < ledger.AttemptPaid {
		return portal.Checked
	}
	return map[ledger.AttemptState]portal.Outcome{
		ledger.AttemptCreated: portal.Unfinished, ledger.AttemptOpen: portal.Unfinished, ledger.AttemptPending: portal.Pending,
		ledger.AttemptPaid: portal.Succeeded, ledger.AttemptFailed: portal.Failed, ledger.AttemptCanceled: portal.Canceled,
		ledger.AttemptExpired: portal.Expired,
	}[x.State]
}
