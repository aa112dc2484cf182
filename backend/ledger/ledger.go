// Package ledger is the rules of accounts receivable: what is owed, what settles it, and what may happen next.
//
// It is pure: no I/O, no clock, no storage or wire formats. Records are plain structs; functions take records and a
// date and return decisions. Amounts are exact (backend/money), dates are civil (backend/civil).
//
//   - A Document is something posted to a customer's account: an invoice or debit note that they owe, or a credit note
//     that we owe. Its Total is never negative; its Type says on which side it stands.
//   - A Receipt is money that came in; a Return is money that went back (refund, chargeback).
//   - An Allocation applies part of a source (receipt, credit note, discount, write-off …) to a debit document, with the
//     date from which it counts. It is never changed: a second Allocation that Reverses it takes it back.
//   - Open, paid, overdue are derived, never stored: open(document, date) = total − allocations effective by then.
package ledger

import (
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/money"
)

// Kinds of ids.
type (
	firmKind       struct{}
	customerKind   struct{}
	contactKind    struct{}
	documentKind   struct{}
	receiptKind    struct{}
	returnKind     struct{}
	allocationKind struct{}
	attemptKind    struct{}
	intentKind     struct{}
	fileKind       struct{}
	importKind     struct{}
	userKind       struct{}
)

func (firmKind) Prefix() string       { return "firm" }
func (customerKind) Prefix() string   { return "cus" }
func (contactKind) Prefix() string    { return "con" }
func (documentKind) Prefix() string   { return "doc" }
func (receiptKind) Prefix() string    { return "rec" }
func (returnKind) Prefix() string     { return "ret" }
func (allocationKind) Prefix() string { return "all" }
func (attemptKind) Prefix() string    { return "att" }
func (intentKind) Prefix() string     { return "int" }
func (fileKind) Prefix() string       { return "fil" }
func (importKind) Prefix() string     { return "imp" }
func (userKind) Prefix() string       { return "usr" }

// Typed ids of the ledger's things.
type (
	FirmID       = ident.ID[firmKind]
	CustomerID   = ident.ID[customerKind]
	ContactID    = ident.ID[contactKind]
	DocumentID   = ident.ID[documentKind]
	ReceiptID    = ident.ID[receiptKind]
	ReturnID     = ident.ID[returnKind]
	AllocationID = ident.ID[allocationKind]
	AttemptID    = ident.ID[attemptKind]
	IntentID     = ident.ID[intentKind]
	FileID       = ident.ID[fileKind]
	ImportID     = ident.ID[importKind]
	UserID       = ident.ID[userKind]
)

// Address is a postal address. Country is an ISO 3166 code.
type Address struct {
	Street, PostalCode, City, Country string
}

// Firm is a creditor: the business whose customers owe it money.
type Firm struct {
	ID        FirmID
	Name      string // trade name, shown on the portal
	LegalName string // the name as its bank knows it: the beneficiary on transfers
	Country   string // ISO 3166: decides defaults of law
	Currency  money.Currency
	TimeZone  string // IANA name: decides what "today" is
	Language  string // nl, en, fr or de: for customers without a language of their own
	VATID     string
	ChamberNo string // chamber of commerce number
	IBAN, BIC string
	Address   Address
	Email     string
	Phone     string
	Website   string
	Brand     Brand
	Portal    PortalSettings
	Rules     Rules
	Archived  bool
}

// Brand is how the firm looks on the portal. Colours are "#rrggbb".
type Brand struct {
	Color    string
	Logo     []byte // PNG, JPEG or nothing; checked by magic bytes where it comes in
	LogoType string // image/png or image/jpeg
	Footer   string
	Font     Font
	Legal    string // terms, privacy: under the footer of every page
}

// Font is the typeface of the portal.
type Font string

// The fonts, all of them without a request to anybody else.
const (
	FontInter  Font = "inter"
	FontSerif  Font = "serif"
	FontSystem Font = "system"
)

// PortalSettings switch the customer's side.
type PortalSettings struct {
	Enabled   bool
	Contact   PortalContact
	Notice    string    // free text shown at the top
	PublicURL string    // "https://…" as customers reach it; empty: the listener's own address
	Switched  []Feature // features that differ from their default; see Shows
	Parents   []string  // origins ("https://extranet.example") that may show the portal within their own pages
	Hosts     []string  // further host names under which customers reach this firm's portal
	Cheque    string    // where to send a cheque, where cheques are used; empty: nowhere
}

// PortalContact is whom customers may call or write to.
type PortalContact struct {
	Name, Role, Email, Phone, Hours string
}

// Rules are the firm's own limits in allocating money.
type Rules struct {
	SmallDifference int64 // minor units; an underpayment up to this and SmallShare is written off (rulebook 4.2), default 100
	SmallShareMilli int64 // thousandths of the document's total, default 5 (0.5 %)
	GracePeriodDays int   // added to a discount date, default 0
}

// DefaultRules are the defaults of the rulebook.
func DefaultRules() Rules { return Rules{SmallDifference: 100, SmallShareMilli: 5} }

// Party is what the customer is in law. Unknown is treated as a consumer (rulebook 2.7).
type Party uint8

// The parties.
const (
	PartyUnknown Party = iota
	PartyBusiness
	PartyConsumer
	PartyPublic
)

// CustomerState says whether the account is in use.
type CustomerState uint8

// The states of a customer.
const (
	CustomerActive CustomerState = iota
	CustomerBlocked
	CustomerArchived
)

// Customer is who owes. Number is the natural key within the firm and is kept as written, zeros included.
type Customer struct {
	ID          CustomerID
	Firm        FirmID
	Number      string
	Name        string
	Party       Party
	State       CustomerState
	Language    string
	Address     Address
	Email       string // where notices go when there is no contact
	Phone       string
	VATID       string
	ChamberNo   string
	IBAN        string // the account they usually pay from
	TermDays    int    // days from issue to due date where a document says nothing; 0 means the firm's 30
	CreditLimit int64  // minor units of the firm's currency; 0 means none set
	Class       string
	Note        string
	NoDunning   bool
	Import      ImportID // the import that created it
}

// Rights of a contact in the portal, each including the ones before.
type Rights uint8

// The rights.
const (
	RightView Rights = iota
	RightPay
	RightManage
)

// ContactState follows an invitation to the portal.
type ContactState uint8

// The states of a contact.
const (
	ContactInvited ContactState = iota
	ContactActive
	ContactClosed
)

// Contact is a person with an e-mail address who acts for one or more customers.
type Contact struct {
	ID       ContactID
	Firm     FirmID
	Name     string
	Email    string // lower case; natural key within the firm
	Phone    string
	Language string
	State    ContactState
	Access   []Access
}

// Access is what a contact may do for one customer.
type Access struct {
	Customer CustomerID
	Rights   Rights
}

// DocumentType says what a document is.
type DocumentType uint8

// The document types.
const (
	Invoice DocumentType = iota
	CreditNote
	DebitNote // late charges; never part of an invoice's total
)

// Debit reports whether the customer owes it; otherwise it is credit.
func (t DocumentType) Debit() bool { return t != CreditNote }

// DocumentState is stored; everything else about a document's standing is derived.
type DocumentState uint8

// The states of a document.
const (
	Posted DocumentState = iota
	Void
)

// TaxPart is the tax of one rate. RateMilli is in thousandths of a percent (21 % is 21000).
type TaxPart struct {
	RateMilli int64
	Base, Tax int64 // minor units of the document's currency
}

// VATMode is how an early-payment discount treats VAT (rulebook 3).
type VATMode uint8

// The VAT modes: adjust on use (A), net only (B), VAT on the discounted base from the start (C).
const (
	VATAdjust VATMode = iota
	VATNetOnly
	VATDiscounted
)

// DiscountTerms are early-payment terms such as 2/10 net 30. No discount is BasisPoints 0.
type DiscountTerms struct {
	BasisPoints  int64 // hundredths of a percent: 2 % is 200
	Until        civil.Date
	GraceDays    int
	Mode         VATMode
	Proportional bool // a payment in time earns its share; otherwise only the whole residual does
}

// Document is an invoice, credit note or debit note on a customer's account.
// Natural key: (firm, customer, type, number).
type Document struct {
	ID          DocumentID
	Firm        FirmID
	Customer    CustomerID
	Type        DocumentType
	Number      string
	Issued, Due civil.Date
	Total       money.Amount // >= 0, tax included; Type gives the side
	Tax         []TaxPart
	Discount    DiscountTerms
	PO          string
	Reference   string // the supplier's own or a structured payment reference
	Description string
	Corrects    DocumentID // a credit note's invoice
	State       DocumentState
	VoidReason  string
	VoidedOn    civil.Date
	Import      ImportID
}

// Method is how money came in. Providers' own names are kept as they are; these are ours.
type Method string

// Methods that Voldaan itself knows.
const (
	MethodTransfer Method = "transfer"
	MethodCash     Method = "cash"
	MethodImport   Method = "import"
	MethodIDEAL    Method = "ideal"
	MethodCard     Method = "creditcard"
)

// Receipt is money that came in. Natural key: (provider, reference) where both are present.
// A zero Customer is an unidentified receipt.
type Receipt struct {
	ID          ReceiptID
	Firm        FirmID
	Customer    CustomerID
	Date        civil.Date // value date: the day the money was ours (rulebook 0.7)
	Amount      money.Amount
	Method      Method
	Payer       string
	PayerIBAN   string
	Provider    string // "mollie", "bank", "" for by hand
	ProviderRef string
	Reference   string // what the payer wrote
	Attempt     AttemptID
	Import      ImportID
	// VoidedOn is set when the import that brought the receipt was undone: from that day on, mostly its own, it counts no more.
	VoidedOn   civil.Date
	VoidReason string
}

// ReturnKind is why money went back.
type ReturnKind uint8

// The kinds of return.
const (
	Refund ReturnKind = iota
	Chargeback
)

// Return is money of a receipt that went back. One refund or chargeback at the provider has at most one Return; a
// reversed chargeback gets a second Return with Undoes set.
type Return struct {
	ID          ReturnID
	Firm        FirmID
	Receipt     ReceiptID
	Customer    CustomerID
	Kind        ReturnKind
	Date        civil.Date
	Amount      money.Amount // > 0
	ProviderRef string
	Reason      string
	Undoes      ReturnID
}

// SourceKind is what pays in an allocation.
type SourceKind uint8

// The kinds of source. FromReceipt and FromCreditNote point at a record; the others need none.
const (
	FromReceipt SourceKind = iota
	FromCreditNote
	FromDiscount
	FromWriteOff
	FromSmallDifference
	FromExternal // settled in the ERP
)

// Allocation applies Amount of a source to a debit document from Effective on. When Reverses is set it takes that
// allocation back instead: same source, document and amount, a later or equal date.
type Allocation struct {
	ID        AllocationID
	Firm      FirmID
	Customer  CustomerID
	Document  DocumentID // the debit document
	Kind      SourceKind
	Receipt   ReceiptID    // with FromReceipt; with FromDiscount the receipt that earned it
	Credit    DocumentID   // with FromCreditNote
	Amount    money.Amount // > 0
	Effective civil.Date
	Reverses  AllocationID
	Reason    string
	Recorded  time.Time
	Import    ImportID
}

// AttemptState is how a try to pay stands at the provider.
type AttemptState uint8

// The states of an attempt. Paid, Failed, Canceled and Expired are terminal.
const (
	AttemptCreated AttemptState = iota
	AttemptOpen
	AttemptPending
	AttemptPaid
	AttemptFailed
	AttemptCanceled
	AttemptExpired
)

// Attempt is one try to pay at a provider. Lines and Amount are fixed when it is made.
type Attempt struct {
	ID          AttemptID
	Firm        FirmID
	Customer    CustomerID
	Contact     ContactID // who pays; zero with a pay link
	PayerEmail  string    // where the confirmation goes
	Language    string
	Lines       []AttemptLine
	Amount      money.Amount
	Method      Method
	Provider    string
	ProviderRef string // the provider's payment id once it is known
	Mode        string // live or test
	State       AttemptState
	CheckoutURL string
	FailReason  string
	Created     time.Time
	Checked     time.Time // last time the provider was asked
	PaidOn      civil.Date
	Receipt     ReceiptID
	Finding     string // why it was refused or needs a person (rules 6-7 of mollie.md)

	Sequence         Sequence
	Mandate          MandateID    // that a first payment gives, or that a collection uses
	ProviderCustomer string       // at the provider, for both
	Collection       CollectionID // of autopay; its discount was agreed when it was announced
}

// Sequence says whether an attempt stands alone, stores its method, or uses a stored one.
type Sequence uint8

// The sequences.
const (
	OneOff    Sequence = iota
	FirstPay           // the payer is present; a mandate comes with it. Without lines it only stores the method
	Recurring          // under a mandate
)

// AttemptLine is what one document gets when the attempt is paid.
type AttemptLine struct {
	Document DocumentID
	Amount   int64 // minor units paid in money
	Discount int64 // early-payment discount taken along
}

// Intent says what money with a payment reference is for: one document, a selection, or with no Documents whatever is
// open in the currency, oldest first (a statement). It is made once for the same selection and never changes, so that a
// transfer by a reference from an old letter still finds its way. Natural key: (firm, reference).
type Intent struct {
	ID        IntentID
	Firm      FirmID
	Customer  CustomerID
	Currency  money.Currency
	Documents []DocumentID // oldest first
	Reference string       // ISO 11649, without spaces
	Created   time.Time
}
