package document

import (
	"slices"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// phrase is a text with {named} gaps.
type phrase string

func (p phrase) with(pairs ...any) string {
	s := string(p)
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, "{"+itoa(pairs[i])+"}", itoa(pairs[i+1]))
	}
	return strings.TrimSpace(strings.Join(strings.Fields(s), " "))
}

// words are all texts of the papers in one language.
type words struct {
	Locale, Months, Dates string // Dates: the order and marks of a short date, "d-m-y"

	Statement, Year, Invoice, CreditNote, DebitNote, Receipt, Copy, CopyWhy, Void           string
	AsOf, Period, CustomerNo, Chamber, VAT, Page, Journal, JournalWhy                       string
	Open, Overdue, Credit, Balance, NothingOpen, NothingMoved                               string
	OpenItems, Number, Issued, Due, State, Total, Aging, Credits, OnAccount, What, Date     string
	Left, Movements, Opening, Closing, Added, Paid                                          string
	PayTitle, PayHint, Amount, Beneficiary, Reference, PO, YourReference, Corrects, Net     string
	Method, Payer, PaidFor, Discount, Returned                                              string
	Invoiced, Credited, Received, Deducted                                                  string
	NotDue, OverDays                                                                        string
	InCurrency, DaysLate, DayLate, Saves, DiscountNow, MoreRows, Settled, ReceivedOn, Days  phrase
	Refund, Chargeback, ChargebackUndone, WriteOff, SmallDifference, External, Voided, Back string
	Methods                                                                                 map[ledger.Method]string
}

// Languages are those the papers are written in.
var Languages = []string{"nl", "en", "fr", "de"}

// wordsIn are the words of the first language that is known; Dutch else.
func wordsIn(langs ...string) *words {
	for _, l := range langs {
		if i := slices.Index(Languages, l); i >= 0 {
			return [...]*words{&dutch, &english, &french, &german}[i]
		}
	}
	return &dutch
}

// bucket names a part of the aging with the default bounds.
func (w *words) bucket(i int) string {
	b := ledger.DefaultBounds(ledger.ByDueDate)
	switch i {
	case 0:
		return w.NotDue
	case len(b):
		return w.Days.with("n", "> "+strconv.Itoa(b[len(b)-1]))
	}
	return w.Days.with("n", strconv.Itoa(b[i-1]+1)+"–"+strconv.Itoa(b[i]))
}

// file is a kind of paper as a part of a file's name: "jaaroverzicht".
func (w *words) file(kind string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "é", "e", "ä", "ae", "ö", "oe", "ü", "ue", "Ü", "Ue", "'", "-").Replace(kind))
}

func (w *words) movement(m *ledger.Movement) string {
	s := [...]string{w.Invoice, w.DebitNote, w.CreditNote, w.Voided, w.Receipted(m.Method), w.Refund, w.Chargeback, w.ChargebackUndone,
		w.Discount, w.WriteOff, w.SmallDifference, w.External}[m.Kind]
	if m.Number != "" {
		s += " " + m.Number
	}
	if m.Undone && m.Kind != ledger.MoveVoid && m.Kind != ledger.MoveChargebackUndone {
		s += " (" + w.Back + ")"
	}
	return s
}

// Receipted is a payment by its method: "Ontvangen, iDEAL".
func (w *words) Receipted(m ledger.Method) string {
	if name := w.method(m); name != "" {
		return w.Received + ", " + name
	}
	return w.Received
}

func (w *words) method(m ledger.Method) string {
	if s := w.Methods[m]; s != "" {
		return s
	}
	return string(m)
}

func (s *sheet) money(a money.Amount) string { return a.Format(s.w.Locale) }

// plain is an amount without its currency: the column says which. Nothing is a dash.
func (s *sheet) plain(a money.Amount) string {
	if a.Minor == 0 {
		return "–"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune(".,−-'’", r) || r == '\u00a0' || r == '\u202f' {
			return r
		}
		return -1
	}, a.Format(s.w.Locale)))
}

func (s *sheet) long(d civil.Date) string {
	y, m, day := d.Date()
	n := strconv.Itoa(day)
	switch {
	case s.w == &german:
		n += "."
	case s.w == &french && day == 1:
		n = "1er"
	}
	return n + " " + strings.Fields(s.w.Months)[m-1] + " " + strconv.Itoa(y)
}

func (s *sheet) short(d civil.Date) string {
	if d.IsZero() {
		return "–"
	}
	t := d.Time()
	return t.Format(s.w.Dates)
}
