package openitems

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// kind is what an item is: the ledger's document types, and receipts.
type kind uint8

const receipt kind = kind(ledger.DebitNote) + 1

func (k kind) debit() bool { return k != receipt && ledger.DocumentType(k).Debit() }

// nobody is the customer of an unidentified receipt.
const nobody int32 = -1

// never is the void date of what is not void.
const never = civil.Date(1<<31 - 1)

// firm holds the columns of one firm. The same position in every item column is one document or receipt.
type firm struct {
	id         ledger.FirmID
	currency   money.Currency // the firm's own
	currencies []money.Currency
	methods    []ledger.Method

	itemAt map[[16]byte]int32
	ids    [][16]byte
	owner  []int32 // position of the customer, or nobody
	kinds  []kind
	money  []uint8 // position in currencies
	method []uint8 // of a receipt: position in methods
	from   []civil.Date
	due    []civil.Date
	voidOn []civil.Date
	total  []int64
	used   []int64    // sum of all steps: allocated, returned
	back   []int64    // of a receipt: the returned part of used
	text   []textSpan // folded number, PO and reference; of a receipt payer, reference and provider's reference
	arena  []byte

	usedSteps, backSteps steps               // everything that changed used and back
	how                  []ledger.SourceKind // of each step of usedSteps; of a return it says nothing

	agreed  agreed
	version uint64 // grows with every change
	habits  habitCache

	customerAt map[ledger.CustomerID]int32
	customers  []customer
}

// steps are changes of a column from a date on, in the order in which they were recorded.
type steps struct {
	on   []civil.Date
	item []int32
	by   []int64
}

func (s *steps) add(on civil.Date, item int32, by int64) {
	s.on, s.item, s.by = append(s.on, on), append(s.item, item), append(s.by, by)
}

// asOf is the column as it was on a date: the column itself when nothing counts from later, else a copy.
func (s *steps) asOf(column []int64, asOf civil.Date) []int64 {
	copied := false
	for i, on := range s.on {
		if on <= asOf {
			continue
		}
		if !copied {
			column, copied = slices.Clone(column), true
		}
		column[s.item[i]] -= s.by[i]
	}
	return column
}

type textSpan struct {
	at  uint32
	len uint32
	num uint32 // length of the leading number
	raw uint32 // length of the number as written, behind the text; 0 where it is the folded one
}

// customer is what lists sort and search by. Texts are folded.
type customer struct {
	id                 ledger.CustomerID
	number, name, city string // folded
	shown, title       string // number and name as written
	state              ledger.CustomerState
}

// item is a document or receipt on its way into the columns.
type item struct {
	firm     ledger.FirmID
	id       [16]byte
	customer ledger.CustomerID
	kind     kind
	currency money.Currency
	method   ledger.Method
	from     civil.Date
	due      civil.Date
	voidOn   civil.Date
	total    int64
	text     string
	num      int
	raw      string // the number as written
}

// step changes what is used of an item from a date on.
type step struct {
	firm ledger.FirmID
	id   [16]byte
	on   civil.Date
	by   int64
	how  ledger.SourceKind
	back bool // it is money that went back
}

func documentItem(d ledger.Document) item {
	number := fold(d.Number)
	it := item{firm: d.Firm, id: d.ID, customer: d.Customer, kind: kind(d.Type), currency: d.Total.Currency, from: d.Issued, due: d.Due,
		voidOn: never, total: d.Total.Minor, text: number + "\x00" + fold(d.PO) + "\x00" + fold(d.Reference), num: len(number), raw: d.Number}
	if d.State == ledger.Void {
		it.voidOn = d.VoidedOn
	}
	return it
}

func receiptItem(r ledger.Receipt) item {
	it := item{firm: r.Firm, id: r.ID, customer: r.Customer, kind: receipt, currency: r.Amount.Currency, method: r.Method, from: r.Date,
		due: r.Date, voidOn: never, total: r.Amount.Minor, text: fold(r.Payer) + "\x00" + fold(r.Reference) + "\x00" + fold(r.ProviderRef)}
	if r.Void() {
		it.voidOn = r.VoidedOn
	}
	return it
}

func allocationSteps(a ledger.Allocation) []step {
	by := a.Amount.Minor
	if !a.Reverses.IsZero() {
		by = -by
	}
	steps := []step{{firm: a.Firm, id: a.Document, on: a.Effective, by: by, how: a.Kind}}
	switch a.Kind {
	case ledger.FromReceipt:
		steps = append(steps, step{firm: a.Firm, id: a.Receipt, on: a.Effective, by: by})
	case ledger.FromCreditNote:
		steps = append(steps, step{firm: a.Firm, id: a.Credit, on: a.Effective, by: by})
	}
	return steps
}

func returnSteps(r ledger.Return) []step {
	by := r.Amount.Minor
	if !r.Undoes.IsZero() {
		by = -by
	}
	return []step{{firm: r.Firm, id: r.Receipt, on: r.Date, by: by, back: true}}
}

func newFirm(f ledger.Firm) *firm {
	return &firm{id: f.ID, currency: f.Currency, currencies: []money.Currency{f.Currency}, agreed: newAgreed(), itemAt: map[[16]byte]int32{}, customerAt: map[ledger.CustomerID]int32{}}
}

func (f *firm) putCustomer(x ledger.Customer) {
	row := customer{id: x.ID, number: fold(x.Number), name: fold(x.Name), city: fold(x.Address.City), shown: x.Number, title: x.Name, state: x.State}
	if at, ok := f.customerAt[x.ID]; ok {
		f.customers[at] = row
		return
	}
	f.customerAt[x.ID] = int32(len(f.customers))
	f.customers = append(f.customers, row)
}

// put adds an item, or replaces what may change of it: its owner, its texts and whether it is void.
func (f *firm) put(it item) error {
	owner := nobody
	if !it.customer.IsZero() {
		at, ok := f.customerAt[it.customer]
		if !ok {
			return fault.New(fault.Integrity, "openitems.customer", "an item belongs to a customer who is not in the books; run voldaan verify")
		}
		owner = at
	}
	f.version++
	if at, ok := f.itemAt[it.id]; ok {
		f.owner[at], f.voidOn[at] = owner, it.voidOn
		if span := f.text[at]; string(f.arena[span.at:span.at+span.len]) != it.text {
			f.text[at] = f.keep(it)
		}
		return nil
	}
	f.itemAt[it.id] = int32(len(f.ids))
	f.ids = append(f.ids, it.id)
	f.owner = append(f.owner, owner)
	f.kinds = append(f.kinds, it.kind)
	f.money = append(f.money, position(&f.currencies, it.currency))
	f.method = append(f.method, position(&f.methods, it.method))
	f.from = append(f.from, it.from)
	f.due = append(f.due, it.due)
	f.voidOn = append(f.voidOn, it.voidOn)
	f.total = append(f.total, it.total)
	f.used = append(f.used, 0)
	f.back = append(f.back, 0)
	f.text = append(f.text, f.keep(it))
	return nil
}

func (f *firm) keep(it item) textSpan {
	span := textSpan{at: uint32(len(f.arena)), len: uint32(len(it.text)), num: uint32(it.num)}
	f.arena = append(f.arena, it.text...)
	if it.raw != it.text[:it.num] {
		span.raw = uint32(len(it.raw))
		f.arena = append(f.arena, it.raw...)
	}
	return span
}

func (f *firm) move(s step) error {
	at, ok := f.itemAt[s.id]
	if !ok {
		return fault.New(fault.Integrity, "openitems.item", "an allocation belongs to nothing in the books; run voldaan verify")
	}
	f.used[at] += s.by
	f.usedSteps.add(s.on, at, s.by)
	f.how = append(f.how, s.how)
	f.version++
	if s.back {
		f.back[at] += s.by
		f.backSteps.add(s.on, at, s.by)
	}
	return nil
}

// position is where a value stands in a short list, which grows by new ones. ISO has fewer than 200 currencies and
// providers have some dozens of methods; the 257th value would share the last place.
func position[T comparable](list *[]T, v T) uint8 {
	for i, x := range *list {
		if x == v {
			return uint8(i)
		}
	}
	if len(*list) == 256 {
		return 255
	}
	*list = append(*list, v)
	return uint8(len(*list) - 1)
}

// usedOn is what had been used of each item by a date.
func (f *firm) usedOn(asOf civil.Date) []int64 { return f.usedSteps.asOf(f.used, asOf) }

// left is what is left of an item on a date: nothing before its day and from the day on which it was voided.
func (f *firm) left(i int, used []int64, asOf civil.Date) int64 {
	if f.from[i] > asOf || f.voidOn[i] <= asOf {
		return 0
	}
	return f.total[i] - used[i]
}

// status is ledger.Status without building a document, by the day on which it is due.
func (f *firm) status(i int, left int64, due, asOf civil.Date) ledger.DocStatus {
	switch {
	case f.voidOn[i] <= asOf:
		return ledger.StatusVoid
	case f.from[i] > asOf:
		return ledger.StatusUpcoming
	case left == 0:
		return ledger.StatusPaid
	case due < asOf && f.kinds[i].debit():
		return ledger.StatusOverdue
	case left < f.total[i]:
		return ledger.StatusPartPaid
	}
	return ledger.StatusOpen
}

func (f *firm) words(i int) []byte {
	s := f.text[i]
	return f.arena[s.at : s.at+s.len]
}

func (f *firm) number(i int32) string {
	s := f.text[i]
	return string(f.arena[s.at : s.at+s.num])
}

// written is the number as it stands on the document.
func (f *firm) written(i int) string {
	s := f.text[i]
	if s.raw == 0 {
		return string(f.arena[s.at : s.at+s.num])
	}
	return string(f.arena[s.at+s.len : s.at+s.len+s.raw])
}

// fold makes texts comparable: lower case, without accents.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return strings.ToLower(s)
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}
