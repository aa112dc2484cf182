package portal

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"strconv"
	"strings"
)

//go:embed locales/*.json
var localeFiles embed.FS

// Languages are the portal's languages, in the order in which the switch shows them.
var Languages = []string{"nl", "en", "fr", "de"}

// Phrase is a text with {named} gaps.
type Phrase string

// With fills the gaps: pairs of name and value.
func (p Phrase) With(pairs ...string) string {
	s := string(p)
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.Replace(s, "{"+pairs[i]+"}", pairs[i+1], 1)
	}
	return s
}

// Plural is a text about a number, with a gap {n}.
type Plural struct{ One, Other string }

// N is the form for n. French counts zero as one, the others do not; none of them shows the difference here, since
// nothing on the portal is said about zero things.
func (p Plural) N(n int) string {
	s := p.Other
	if n == 1 {
		s = p.One
	}
	return strings.Replace(s, "{n}", strconv.Itoa(n), 1)
}

// Text is every word of the portal in one language. The fields are the keys of locales/<language>.json; a missing or
// unknown key stops the program at start, and the compiler finds a misspelt one in a template.
type Text struct {
	Language string // its own name for itself
	Locale   string // CLDR locale for numbers
	Months   []string
	Short    []string // abbreviated months, as in "12 nov"
	FirstDay string   // how the first of the month is written: "1", "1er"
	AfterDay string   `mayBeEmpty:"yes"` // a mark after the day: "12. November"

	Common struct {
		Skip, Home, Back, Language, SignOut, SignedInAs, PoweredBy, Or, None, Close string
		VAT, Register                                                               string
	}
	Help struct {
		Title, Lead, Hours string
	}
	Status struct {
		Open, PartPaid, Paid, Overdue, Processing, Void, Credit, Stamp string
		Today, Tomorrow                                                string
		DaysLate, DueIn                                                Plural
	}
	SignIn struct {
		Title, Lead, Email, Send, Privacy                             string
		SentTitle, SentLead, CodeTitle, CodeLabel, CodeHint, CodeSend string
		Again, NoMail                                                 string
		LinkButton, LinkHint                                          string
		OtherTitle, OtherLead, OtherButton                            string
		GoneTitle, GoneLead, GoneButton                               string
		BadCode, BadEmail, TooOften, SignedOut, Expired               string
		LinkTitle, LinkLead                                           Phrase
	}
	Account struct {
		Title, Open, OfWhichOverdue, Credit, CreditHint, NextDue, NothingOpen, NothingOpenLead string
		PayOverdue, PayAll, Pay, ToPay, Continue, ChooseFirst                                  string
		ViewOnly, Switch                                                                       string
		Chosen                                                                                 Plural
		NextDueOn, SelectInvoice, Saving, Currency                                             Phrase
	}
	Nav struct {
		Open, Paid, All, Payments, Label string
	}
	Ask struct {
		Link, Title, None, Choose, ChooseIf, NothingOpen, Others, Optional, Note           string
		PayOn, AmountHint, Reason, ChooseOne, Part, PartHint, Files, FilesHint, Kept, IBAN string
		Count, FirstOn, Calculate, Recalculate, Proposal, Source, NoCredit                 string
		Street, PostalCode, City, Country, BadDate, BadAmount, Changed, Failed             string
		FromPayment, MaxInstalments, MinInstalment, FirstBy, LastBy                        Phrase
		Kinds, Hints, Buttons, Reasons, Texts                                              map[string]string
		Faults                                                                             map[string]Phrase
	}
	Requests struct {
		Title, New, Start, Empty, EmptyLead, Asked, Talks, About, Auto, Reason, Withdraw, DidWithdraw string
		DidSend, Messages, NoMessages, SendAnswer, Send, Answer, Subject, You, Read, Automatic        string
		StepReceived, StepReview, StepDecided, StepDone, Amount, By                                   string
		ReceivedOn, AnswerBy, Conversation                                                            Phrase
		States, Leads                                                                                 map[string]string
	}
	Plan struct {
		Title, Whole, Pay, See, Agreed, StatePaid, StateNext, StateLater, Planned                        string
		Instalment, PayBy, PaidOf, StillOpen, Disputed, Promised, PromiseOf, DisputeOf, PayWhole, Paying Phrase
		DisputeStates                                                                                    map[string]string
	}
	Menu struct {
		Button, Label, Side         string
		Account, Invoices, Payments string
		Requests                    string
		Stored, Autopay             string
		Settings                    string
		Staff                       Phrase
		Papers, Statement           string
		New                         Plural
	}
	People struct {
		Title, Lead, Name, Rights, View, Pay, Manage, You, Invited, Change, Save, Close, Undo string
		InviteTitle, Invite, InviteHint, Here, Self, TooMany                                  string
		DidInvite, DidChange, DidClose, DidUndo                                               Phrase
	}
	Me struct {
		Title, Details, Phone, Language, EmailHint, Anonymous, Saved, BadName, BadPhone string
		Sessions, SessionsLead, ThisOne, End, EndOthers, Ended, Looks, NoLooks          string
		UnknownDevice                                                                   string
		Since, LastUsed, Looked, DeviceOn                                               Phrase
	}
	Notices struct {
		Title, Which, Saved, Language                    string
		Invoices, InvoicesHint, DueSoon, DueSoonHint     string
		Payments, PaymentsHint, Reminders, RemindersHint string
		Requests, RequestsHint                           string
		To                                               Phrase
	}
	Accounts struct {
		Title, Lead, Customer, Total string
	}
	Invoices struct {
		Title, Search, SearchButton, EmptyOpen, EmptyPaid, EmptySearch, Clear, Older, Newer string
		Number, Issued, Due, PO, Amount, State, Total, OpenAmount                           string
		Found                                                                               Plural
	}
	Invoice struct {
		Invoice, CreditNote, DebitNote                                             string
		Issued, Due, PO, Reference, Description, Total, Paid, Open, Tax, Discount  string
		History, NothingYet, PayThis, Back, ForCredit, Remaining, PaidOn           string
		ByReceipt, ByCredit, ByDiscount, ByWriteOff, BySmall, ByExternal, Reversed string
		TaxRate, DiscountUntil                                                     Phrase
	}
	Pay struct {
		Title, What, Lines, Total, Discount, ToPay, OwnAmount, OwnAmountHint, OwnAmountLabel, Recalculate string
		Allocation, AllocationHint, How, LastUsed, Email, EmailHint, Safe                                 string
		NoMethods, Nothing, Processing, Rest, BadAmount, CreditUsed, KeepCredit, SettleButton, SettleHint string
		OpenTitle, OpenLead, GoTitle, GoLead, GoButton, Test, Beneficiary                                 string
		Cheque, TransferRef, Changed, NotStarted                                                          string
		Button, UseCredit, TooMuch, To, For                                                               Phrase
	}
	Link struct {
		GoneTitle, GoneLead, PaidTitle, PaidLead, RestHint string
	}
	Result struct {
		Title                                                          string
		PaidTitle, PaidLead, PendingTitle, PendingLead                 string
		OpenTitle, OpenLead, OpenButton, FailedTitle, FailedLead       string
		CanceledTitle, CanceledLead, ExpiredTitle, ExpiredLead         string
		FindingTitle, FindingLead                                      string
		TryAgain, Receipt, BackToAccount, Checking, Refresh, Reference string
		What, MailSent                                                 string
	}
	Receipt struct {
		Title, Amount, Date, Method, Payer, Reference, For, Unapplied, Number, Witness, WitnessHint, Returned string
		PrintHint                                                                                             string
	}
	Payments struct {
		Title, Empty, EmptyLead, Date, Amount, Method, For, Unapplied, Returned, Open, Attempts string
	}
	Stored struct {
		Title, Lead, Empty, EmptyLead, ViewOnly, Preferred, Pending, Invalid    string
		UsedByAutopay, Mandate, MandateNumber, Prefer, Remove, RemoveStops      string
		Add, AddLead, AddButton, FirstCard, FirstBank, Safe, Agree              string
		Save, SaveHint, DoneTitle, DoneLead, Removed, PreferredNow, NotPossible string
		Holder, AddedBy, Until, Consent                                         Phrase
	}
	Autopay struct {
		Title, IsOn, IsOff, NeedMethod, SwitchOff, SwitchOn, Save, OffHint string
		Next, NothingNext, Held, History, When, With, Ceiling, CeilingHint string
		OnDue, OnDueHint, OnInvoice, OnInvoiceHint                         string
		OnDiscount, OnDiscountHint, NowOn, NowOff, Saved, AgreeFirst       string
		Lead, Extra, ExtraDays, AgreedBy                                   Phrase
		States, Reasons                                                    map[string]string
	}
	Papers struct {
		Title, Overviews, Statement, History, Annual, Search, Kind, AllKinds, Year, AllYears, Empty, ChooseHint, Zip string
		AsOf, From, FromHint, PDF, Excel, Show, Balance, Aging, Credits, OnAccount, NothingMoved, HistoryHint        string
		PayByTransfer, Amount, Square, SquareHint, TransferHint, InvoiceCopy, ReceiptPDF                             string
		Found                                                                                                        Plural
		CopyFailed                                                                                                   string
		DiscountUntil, Copy, Copied                                                                                  Phrase
	}
	Methods map[string]string
	Errors  struct {
		RightsTitle, Rights                                                                                                     string
		StaffTitle, Staff                                                                                                       string
		NotFoundTitle, NotFound, ThrottledTitle, Throttled, DeniedTitle, Denied, InternalTitle, Internal, InvalidTitle, Invalid string
		UnavailableTitle, Unavailable, OffTitle, Off                                                                            string
		Number                                                                                                                  Phrase
	}
}

// Method is the name of a payment method in this language; the provider's own name when we have none.
func (t *Text) Method(id, name string) string {
	if s := t.Methods[id]; s != "" {
		return s
	}
	if name != "" {
		return name
	}
	return id
}

var texts = mustLoadTexts(localeFiles)

// In is the texts of a language; Dutch when the portal does not speak it.
func In(lang string) *Text {
	if t, ok := texts[lang]; ok {
		return t
	}
	return texts["nl"]
}

// Speaks reports whether the portal has the language.
func Speaks(lang string) bool { _, ok := texts[lang]; return ok }

func mustLoadTexts(files fs.FS) map[string]*Text {
	m, err := loadTexts(files)
	if err != nil {
		panic("portal: " + err.Error())
	}
	return m
}

func loadTexts(files fs.FS) (map[string]*Text, error) {
	out := map[string]*Text{}
	for _, lang := range Languages {
		raw, err := fs.ReadFile(files, "locales/"+lang+".json")
		if err != nil {
			return nil, err
		}
		t := new(Text)
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(t); err != nil {
			return nil, fmt.Errorf("locales/%s.json: %w", lang, err)
		}
		if missing := emptyField(reflect.ValueOf(*t), ""); missing != "" {
			return nil, fmt.Errorf("locales/%s.json: %s is missing", lang, missing)
		}
		out[lang] = t
	}
	return out, nil
}

// emptyField is the path of the first field without a text.
func emptyField(v reflect.Value, path string) string {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("mayBeEmpty") != "" {
				continue
			}
			if p := emptyField(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, ".")); p != "" {
				return p
			}
		}
	case reflect.String, reflect.Slice, reflect.Map:
		if v.Len() == 0 {
			return path
		}
	}
	return ""
}
