package books

import (
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// The records as they are stored: the ledger's things with integer keys that are never used again for something else.
// A new field gets a new number; a field that is no longer written keeps its number. Amounts are split into minor units
// and currency, instants are Unix nanoseconds.

type addressRecord struct {
	Street     string `cbor:"1,keyasint,omitzero"`
	PostalCode string `cbor:"2,keyasint,omitzero"`
	City       string `cbor:"3,keyasint,omitzero"`
	Country    string `cbor:"4,keyasint,omitzero"`
}

type brandRecord struct {
	Color    string      `cbor:"1,keyasint,omitzero"`
	Logo     []byte      `cbor:"2,keyasint,omitempty"`
	LogoType string      `cbor:"3,keyasint,omitzero"`
	Footer   string      `cbor:"4,keyasint,omitzero"`
	Font     ledger.Font `cbor:"5,keyasint,omitzero"`
	Legal    string      `cbor:"6,keyasint,omitzero"`
}

type portalContactRecord struct {
	Name  string `cbor:"1,keyasint,omitzero"`
	Role  string `cbor:"2,keyasint,omitzero"`
	Email string `cbor:"3,keyasint,omitzero"`
	Phone string `cbor:"4,keyasint,omitzero"`
	Hours string `cbor:"5,keyasint,omitzero"`
}

type firmRecord struct {
	ID              ledger.FirmID       `cbor:"1,keyasint"`
	Name            string              `cbor:"2,keyasint"`
	LegalName       string              `cbor:"3,keyasint,omitzero"`
	Country         string              `cbor:"4,keyasint,omitzero"`
	Currency        money.Currency      `cbor:"5,keyasint"`
	TimeZone        string              `cbor:"6,keyasint"`
	Language        string              `cbor:"7,keyasint,omitzero"`
	VATID           string              `cbor:"8,keyasint,omitzero"`
	ChamberNo       string              `cbor:"9,keyasint,omitzero"`
	IBAN            string              `cbor:"10,keyasint,omitzero"`
	BIC             string              `cbor:"11,keyasint,omitzero"`
	Address         addressRecord       `cbor:"12,keyasint,omitzero"`
	Email           string              `cbor:"13,keyasint,omitzero"`
	Phone           string              `cbor:"14,keyasint,omitzero"`
	Website         string              `cbor:"15,keyasint,omitzero"`
	Brand           brandRecord         `cbor:"16,keyasint"`
	PortalEnabled   bool                `cbor:"17,keyasint,omitzero"`
	PortalContact   portalContactRecord `cbor:"18,keyasint,omitzero"`
	PortalNotice    string              `cbor:"19,keyasint,omitzero"`
	PortalURL       string              `cbor:"20,keyasint,omitzero"`
	SmallDifference int64               `cbor:"21,keyasint,omitzero"`
	SmallShareMilli int64               `cbor:"22,keyasint,omitzero"`
	GraceDays       int                 `cbor:"23,keyasint,omitzero"`
	Archived        bool                `cbor:"24,keyasint,omitzero"`
	PortalSwitched  []ledger.Feature    `cbor:"25,keyasint,omitempty"`
	PortalParents   []string            `cbor:"26,keyasint,omitempty"`
	PortalHosts     []string            `cbor:"27,keyasint,omitempty"`
	PortalCheque    string              `cbor:"28,keyasint,omitzero"`
}

func fromFirm(f ledger.Firm) firmRecord {
	return firmRecord{ID: f.ID, Name: f.Name, LegalName: f.LegalName, Country: f.Country, Currency: f.Currency,
		TimeZone: f.TimeZone, Language: f.Language, VATID: f.VATID, ChamberNo: f.ChamberNo, IBAN: f.IBAN, BIC: f.BIC,
		Address: addressRecord(f.Address), Email: f.Email, Phone: f.Phone, Website: f.Website, Brand: brandRecord(f.Brand),
		PortalEnabled: f.Portal.Enabled, PortalContact: portalContactRecord(f.Portal.Contact), PortalNotice: f.Portal.Notice,
		PortalURL: f.Portal.PublicURL, SmallDifference: f.Rules.SmallDifference, SmallShareMilli: f.Rules.SmallShareMilli,
		GraceDays: f.Rules.GracePeriodDays, Archived: f.Archived, PortalSwitched: f.Portal.Switched,
		PortalParents: f.Portal.Parents, PortalHosts: f.Portal.Hosts, PortalCheque: f.Portal.Cheque}
}

func (r firmRecord) firm() ledger.Firm {
	return ledger.Firm{ID: r.ID, Name: r.Name, LegalName: r.LegalName, Country: r.Country, Currency: r.Currency,
		TimeZone: r.TimeZone, Language: r.Language, VATID: r.VATID, ChamberNo: r.ChamberNo, IBAN: r.IBAN, BIC: r.BIC,
		Address: ledger.Address(r.Address), Email: r.Email, Phone: r.Phone, Website: r.Website, Brand: ledger.Brand(r.Brand),
		Portal: ledger.PortalSettings{Enabled: r.PortalEnabled, Contact: ledger.PortalContact(r.PortalContact),
			Notice: r.PortalNotice, PublicURL: r.PortalURL, Switched: r.PortalSwitched,
			Parents: r.PortalParents, Hosts: r.PortalHosts, Cheque: r.PortalCheque},
		Rules:    ledger.Rules{SmallDifference: r.SmallDifference, SmallShareMilli: r.SmallShareMilli, GracePeriodDays: r.GraceDays},
		Archived: r.Archived}
}

type customerRecord struct {
	ID          ledger.CustomerID    `cbor:"1,keyasint"`
	Firm        ledger.FirmID        `cbor:"2,keyasint"`
	Number      string               `cbor:"3,keyasint"`
	Name        string               `cbor:"4,keyasint"`
	Party       ledger.Party         `cbor:"5,keyasint,omitzero"`
	State       ledger.CustomerState `cbor:"6,keyasint,omitzero"`
	Language    string               `cbor:"7,keyasint,omitzero"`
	Address     addressRecord        `cbor:"8,keyasint,omitzero"`
	Email       string               `cbor:"9,keyasint,omitzero"`
	Phone       string               `cbor:"10,keyasint,omitzero"`
	VATID       string               `cbor:"11,keyasint,omitzero"`
	ChamberNo   string               `cbor:"12,keyasint,omitzero"`
	IBAN        string               `cbor:"13,keyasint,omitzero"`
	TermDays    int                  `cbor:"14,keyasint,omitzero"`
	CreditLimit int64                `cbor:"15,keyasint,omitzero"`
	Class       string               `cbor:"16,keyasint,omitzero"`
	Note        string               `cbor:"17,keyasint,omitzero"`
	NoDunning   bool                 `cbor:"18,keyasint,omitzero"`
	Import      ledger.ImportID      `cbor:"19,keyasint,omitzero"`
}

func fromCustomer(c ledger.Customer) customerRecord {
	return customerRecord{ID: c.ID, Firm: c.Firm, Number: c.Number, Name: c.Name, Party: c.Party, State: c.State,
		Language: c.Language, Address: addressRecord(c.Address), Email: c.Email, Phone: c.Phone, VATID: c.VATID,
		ChamberNo: c.ChamberNo, IBAN: c.IBAN, TermDays: c.TermDays, CreditLimit: c.CreditLimit, Class: c.Class,
		Note: c.Note, NoDunning: c.NoDunning, Import: c.Import}
}

func (r customerRecord) customer() ledger.Customer {
	return ledger.Customer{ID: r.ID, Firm: r.Firm, Number: r.Number, Name: r.Name, Party: r.Party, State: r.State,
		Language: r.Language, Address: ledger.Address(r.Address), Email: r.Email, Phone: r.Phone, VATID: r.VATID,
		ChamberNo: r.ChamberNo, IBAN: r.IBAN, TermDays: r.TermDays, CreditLimit: r.CreditLimit, Class: r.Class,
		Note: r.Note, NoDunning: r.NoDunning, Import: r.Import}
}

type accessRecord struct {
	_        struct{} `cbor:",toarray"`
	Customer ledger.CustomerID
	Rights   ledger.Rights
}

type contactRecord struct {
	ID       ledger.ContactID    `cbor:"1,keyasint"`
	Firm     ledger.FirmID       `cbor:"2,keyasint"`
	Name     string              `cbor:"3,keyasint,omitzero"`
	Email    string              `cbor:"4,keyasint"`
	Phone    string              `cbor:"5,keyasint,omitzero"`
	Language string              `cbor:"6,keyasint,omitzero"`
	State    ledger.ContactState `cbor:"7,keyasint,omitzero"`
	Access   []accessRecord      `cbor:"8,keyasint,omitempty"`
}

func fromContact(c ledger.Contact) contactRecord {
	r := contactRecord{ID: c.ID, Firm: c.Firm, Name: c.Name, Email: c.Email, Phone: c.Phone, Language: c.Language, State: c.State}
	for _, a := range c.Access {
		r.Access = append(r.Access, accessRecord{Customer: a.Customer, Rights: a.Rights})
	}
	return r
}

func (r contactRecord) contact() ledger.Contact {
	c := ledger.Contact{ID: r.ID, Firm: r.Firm, Name: r.Name, Email: r.Email, Phone: r.Phone, Language: r.Language, State: r.State}
	for _, a := range r.Access {
		c.Access = append(c.Access, ledger.Access{Customer: a.Customer, Rights: a.Rights})
	}
	return c
}

type taxRecord struct {
	_         struct{} `cbor:",toarray"`
	RateMilli int64
	Base, Tax int64
}

type discountRecord struct {
	_            struct{} `cbor:",toarray"`
	BasisPoints  int64
	Until        civil.Date
	GraceDays    int
	Mode         ledger.VATMode
	Proportional bool
}

type documentRecord struct {
	ID          ledger.DocumentID    `cbor:"1,keyasint"`
	Firm        ledger.FirmID        `cbor:"2,keyasint"`
	Customer    ledger.CustomerID    `cbor:"3,keyasint"`
	Type        ledger.DocumentType  `cbor:"4,keyasint,omitzero"`
	Number      string               `cbor:"5,keyasint"`
	Issued      int32                `cbor:"6,keyasint"`
	Due         int32                `cbor:"7,keyasint,omitzero"`
	Total       int64                `cbor:"8,keyasint"`
	Currency    money.Currency       `cbor:"9,keyasint"`
	Tax         []taxRecord          `cbor:"10,keyasint,omitempty"`
	Discount    *discountRecord      `cbor:"11,keyasint,omitempty"`
	PO          string               `cbor:"12,keyasint,omitzero"`
	Reference   string               `cbor:"13,keyasint,omitzero"`
	Description string               `cbor:"14,keyasint,omitzero"`
	Corrects    ledger.DocumentID    `cbor:"15,keyasint,omitzero"`
	State       ledger.DocumentState `cbor:"16,keyasint,omitzero"`
	VoidReason  string               `cbor:"17,keyasint,omitzero"`
	VoidedOn    int32                `cbor:"18,keyasint,omitzero"`
	Import      ledger.ImportID      `cbor:"19,keyasint,omitzero"`
}

func fromDocument(d ledger.Document) documentRecord {
	r := documentRecord{ID: d.ID, Firm: d.Firm, Customer: d.Customer, Type: d.Type, Number: d.Number, Issued: int32(d.Issued),
		Due: int32(d.Due), Total: d.Total.Minor, Currency: d.Total.Currency, PO: d.PO, Reference: d.Reference,
		Description: d.Description, Corrects: d.Corrects, State: d.State, VoidReason: d.VoidReason, VoidedOn: int32(d.VoidedOn), Import: d.Import}
	for _, t := range d.Tax {
		r.Tax = append(r.Tax, taxRecord{RateMilli: t.RateMilli, Base: t.Base, Tax: t.Tax})
	}
	if t := d.Discount; t != (ledger.DiscountTerms{}) {
		r.Discount = &discountRecord{BasisPoints: t.BasisPoints, Until: t.Until, GraceDays: t.GraceDays, Mode: t.Mode, Proportional: t.Proportional}
	}
	return r
}

func (r documentRecord) document() ledger.Document {
	d := ledger.Document{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Type: r.Type, Number: r.Number, Issued: civil.Date(r.Issued),
		Due: civil.Date(r.Due), Total: money.Of(r.Total, r.Currency), PO: r.PO, Reference: r.Reference, Description: r.Description,
		Corrects: r.Corrects, State: r.State, VoidReason: r.VoidReason, VoidedOn: civil.Date(r.VoidedOn), Import: r.Import}
	for _, t := range r.Tax {
		d.Tax = append(d.Tax, ledger.TaxPart{RateMilli: t.RateMilli, Base: t.Base, Tax: t.Tax})
	}
	if t := r.Discount; t != nil {
		d.Discount = ledger.DiscountTerms{BasisPoints: t.BasisPoints, Until: t.Until, GraceDays: t.GraceDays, Mode: t.Mode, Proportional: t.Proportional}
	}
	return d
}

type receiptRecord struct {
	ID          ledger.ReceiptID  `cbor:"1,keyasint"`
	Firm        ledger.FirmID     `cbor:"2,keyasint"`
	Customer    ledger.CustomerID `cbor:"3,keyasint,omitzero"`
	Date        int32             `cbor:"4,keyasint"`
	Amount      int64             `cbor:"5,keyasint"`
	Currency    money.Currency    `cbor:"6,keyasint"`
	Method      ledger.Method     `cbor:"7,keyasint,omitzero"`
	Payer       string            `cbor:"8,keyasint,omitzero"`
	PayerIBAN   string            `cbor:"9,keyasint,omitzero"`
	Provider    string            `cbor:"10,keyasint,omitzero"`
	ProviderRef string            `cbor:"11,keyasint,omitzero"`
	Reference   string            `cbor:"12,keyasint,omitzero"`
	Attempt     ledger.AttemptID  `cbor:"13,keyasint,omitzero"`
	Import      ledger.ImportID   `cbor:"14,keyasint,omitzero"`
	VoidedOn    int32             `cbor:"15,keyasint,omitzero"`
	VoidReason  string            `cbor:"16,keyasint,omitzero"`
}

func fromReceipt(x ledger.Receipt) receiptRecord {
	return receiptRecord{ID: x.ID, Firm: x.Firm, Customer: x.Customer, Date: int32(x.Date), Amount: x.Amount.Minor,
		Currency: x.Amount.Currency, Method: x.Method, Payer: x.Payer, PayerIBAN: x.PayerIBAN, Provider: x.Provider,
		ProviderRef: x.ProviderRef, Reference: x.Reference, Attempt: x.Attempt, Import: x.Import, VoidedOn: int32(x.VoidedOn), VoidReason: x.VoidReason}
}

func (r receiptRecord) receipt() ledger.Receipt {
	return ledger.Receipt{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Date: civil.Date(r.Date), Amount: money.Of(r.Amount, r.Currency),
		Method: r.Method, Payer: r.Payer, PayerIBAN: r.PayerIBAN, Provider: r.Provider, ProviderRef: r.ProviderRef,
		Reference: r.Reference, Attempt: r.Attempt, Import: r.Import, VoidedOn: civil.Date(r.VoidedOn), VoidReason: r.VoidReason}
}

type returnRecord struct {
	ID          ledger.ReturnID   `cbor:"1,keyasint"`
	Firm        ledger.FirmID     `cbor:"2,keyasint"`
	Receipt     ledger.ReceiptID  `cbor:"3,keyasint"`
	Customer    ledger.CustomerID `cbor:"4,keyasint,omitzero"`
	Kind        ledger.ReturnKind `cbor:"5,keyasint,omitzero"`
	Date        int32             `cbor:"6,keyasint"`
	Amount      int64             `cbor:"7,keyasint"`
	Currency    money.Currency    `cbor:"8,keyasint"`
	ProviderRef string            `cbor:"9,keyasint,omitzero"`
	Reason      string            `cbor:"10,keyasint,omitzero"`
	Undoes      ledger.ReturnID   `cbor:"11,keyasint,omitzero"`
}

func fromReturn(x ledger.Return) returnRecord {
	return returnRecord{ID: x.ID, Firm: x.Firm, Receipt: x.Receipt, Customer: x.Customer, Kind: x.Kind, Date: int32(x.Date),
		Amount: x.Amount.Minor, Currency: x.Amount.Currency, ProviderRef: x.ProviderRef, Reason: x.Reason, Undoes: x.Undoes}
}

func (r returnRecord) ret() ledger.Return {
	return ledger.Return{ID: r.ID, Firm: r.Firm, Receipt: r.Receipt, Customer: r.Customer, Kind: r.Kind, Date: civil.Date(r.Date),
		Amount: money.Of(r.Amount, r.Currency), ProviderRef: r.ProviderRef, Reason: r.Reason, Undoes: r.Undoes}
}

type allocationRecord struct {
	ID        ledger.AllocationID `cbor:"1,keyasint"`
	Firm      ledger.FirmID       `cbor:"2,keyasint"`
	Customer  ledger.CustomerID   `cbor:"3,keyasint"`
	Document  ledger.DocumentID   `cbor:"4,keyasint"`
	Kind      ledger.SourceKind   `cbor:"5,keyasint,omitzero"`
	Receipt   ledger.ReceiptID    `cbor:"6,keyasint,omitzero"`
	Credit    ledger.DocumentID   `cbor:"7,keyasint,omitzero"`
	Amount    int64               `cbor:"8,keyasint"`
	Currency  money.Currency      `cbor:"9,keyasint"`
	Effective int32               `cbor:"10,keyasint"`
	Reverses  ledger.AllocationID `cbor:"11,keyasint,omitzero"`
	Reason    string              `cbor:"12,keyasint,omitzero"`
	Recorded  int64               `cbor:"13,keyasint"`
	Import    ledger.ImportID     `cbor:"14,keyasint,omitzero"`
}

func fromAllocation(x ledger.Allocation) allocationRecord {
	return allocationRecord{ID: x.ID, Firm: x.Firm, Customer: x.Customer, Document: x.Document, Kind: x.Kind, Receipt: x.Receipt,
		Credit: x.Credit, Amount: x.Amount.Minor, Currency: x.Amount.Currency, Effective: int32(x.Effective), Reverses: x.Reverses,
		Reason: x.Reason, Recorded: x.Recorded.UnixNano(), Import: x.Import}
}

func (r allocationRecord) allocation() ledger.Allocation {
	return ledger.Allocation{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Document: r.Document, Kind: r.Kind, Receipt: r.Receipt,
		Credit: r.Credit, Amount: money.Of(r.Amount, r.Currency), Effective: civil.Date(r.Effective), Reverses: r.Reverses,
		Reason: r.Reason, Recorded: time.Unix(0, r.Recorded).UTC(), Import: r.Import}
}

type attemptLineRecord struct {
	_        struct{} `cbor:",toarray"`
	Document ledger.DocumentID
	Amount   int64
	Discount int64
}

type attemptRecord struct {
	ID          ledger.AttemptID    `cbor:"1,keyasint"`
	Firm        ledger.FirmID       `cbor:"2,keyasint"`
	Customer    ledger.CustomerID   `cbor:"3,keyasint"`
	Contact     ledger.ContactID    `cbor:"4,keyasint,omitzero"`
	PayerEmail  string              `cbor:"5,keyasint,omitzero"`
	Language    string              `cbor:"6,keyasint,omitzero"`
	Lines       []attemptLineRecord `cbor:"7,keyasint,omitempty"`
	Amount      int64               `cbor:"8,keyasint"`
	Currency    money.Currency      `cbor:"9,keyasint"`
	Method      ledger.Method       `cbor:"10,keyasint,omitzero"`
	Provider    string              `cbor:"11,keyasint,omitzero"`
	ProviderRef string              `cbor:"12,keyasint,omitzero"`
	Mode        string              `cbor:"13,keyasint,omitzero"`
	State       ledger.AttemptState `cbor:"14,keyasint,omitzero"`
	CheckoutURL string              `cbor:"15,keyasint,omitzero"`
	FailReason  string              `cbor:"16,keyasint,omitzero"`
	Created     int64               `cbor:"17,keyasint"`
	Checked     int64               `cbor:"18,keyasint,omitzero"`
	PaidOn      int32               `cbor:"19,keyasint,omitzero"`
	Receipt     ledger.ReceiptID    `cbor:"20,keyasint,omitzero"`
	Finding     string              `cbor:"21,keyasint,omitzero"`
	Sequence    ledger.Sequence     `cbor:"22,keyasint,omitzero"`
	Mandate     ledger.MandateID    `cbor:"23,keyasint,omitzero"`
	PayerAt     string              `cbor:"24,keyasint,omitzero"`
	Collection  ledger.CollectionID `cbor:"25,keyasint,omitzero"`
}

func fromAttempt(x ledger.Attempt) attemptRecord {
	r := attemptRecord{ID: x.ID, Firm: x.Firm, Customer: x.Customer, Contact: x.Contact, PayerEmail: x.PayerEmail, Language: x.Language,
		Amount: x.Amount.Minor, Currency: x.Amount.Currency, Method: x.Method, Provider: x.Provider, ProviderRef: x.ProviderRef,
		Mode: x.Mode, State: x.State, CheckoutURL: x.CheckoutURL, FailReason: x.FailReason, Created: unixNano(x.Created),
		Checked: unixNano(x.Checked), PaidOn: int32(x.PaidOn), Receipt: x.Receipt, Finding: x.Finding,
		Sequence: x.Sequence, Mandate: x.Mandate, PayerAt: x.ProviderCustomer, Collection: x.Collection}
	for _, l := range x.Lines {
		r.Lines = append(r.Lines, attemptLineRecord{Document: l.Document, Amount: l.Amount, Discount: l.Discount})
	}
	return r
}

func (r attemptRecord) attempt() ledger.Attempt {
	x := ledger.Attempt{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Contact: r.Contact, PayerEmail: r.PayerEmail, Language: r.Language,
		Amount: money.Of(r.Amount, r.Currency), Method: r.Method, Provider: r.Provider, ProviderRef: r.ProviderRef,
		Mode: r.Mode, State: r.State, CheckoutURL: r.CheckoutURL, FailReason: r.FailReason, Created: instant(r.Created),
		Checked: instant(r.Checked), PaidOn: civil.Date(r.PaidOn), Receipt: r.Receipt, Finding: r.Finding,
		Sequence: r.Sequence, Mandate: r.Mandate, ProviderCustomer: r.PayerAt, Collection: r.Collection}
	for _, l := range r.Lines {
		x.Lines = append(x.Lines, ledger.AttemptLine{Document: l.Document, Amount: l.Amount, Discount: l.Discount})
	}
	return x
}

type intentRecord struct {
	ID        ledger.IntentID     `cbor:"1,keyasint"`
	Firm      ledger.FirmID       `cbor:"2,keyasint"`
	Customer  ledger.CustomerID   `cbor:"3,keyasint"`
	Currency  money.Currency      `cbor:"4,keyasint"`
	Documents []ledger.DocumentID `cbor:"5,keyasint,omitempty"`
	Reference string              `cbor:"6,keyasint"`
	Created   int64               `cbor:"7,keyasint"`
}

func fromIntent(x ledger.Intent) intentRecord {
	return intentRecord{ID: x.ID, Firm: x.Firm, Customer: x.Customer, Currency: x.Currency, Documents: x.Documents,
		Reference: x.Reference, Created: unixNano(x.Created)}
}

func (r intentRecord) intent() ledger.Intent {
	return ledger.Intent{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Currency: r.Currency, Documents: r.Documents,
		Reference: r.Reference, Created: instant(r.Created)}
}

func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
