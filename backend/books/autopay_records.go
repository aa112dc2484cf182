package books

import (
	"encoding/binary"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/store"
)

type consentRecord struct {
	Text    string `cbor:"1,keyasint,omitzero"`
	Version string `cbor:"2,keyasint,omitzero"`
	By      string `cbor:"3,keyasint,omitzero"`
	Where   string `cbor:"4,keyasint,omitzero"`
	At      int64  `cbor:"5,keyasint,omitzero"`
}

func fromConsent(c ledger.Consent) consentRecord {
	return consentRecord{c.Text, c.Version, c.By, c.Where, unixNano(c.At)}
}

func (r consentRecord) consent() ledger.Consent {
	return ledger.Consent{Text: r.Text, Version: r.Version, By: r.By, Where: r.Where, At: instant(r.At)}
}

type mandateRecord struct {
	ID          ledger.MandateID    `cbor:"1,keyasint"`
	Firm        ledger.FirmID       `cbor:"2,keyasint"`
	Customer    ledger.CustomerID   `cbor:"3,keyasint"`
	Contact     ledger.ContactID    `cbor:"4,keyasint,omitzero"`
	Provider    string              `cbor:"5,keyasint,omitzero"`
	PayerAt     string              `cbor:"6,keyasint,omitzero"`
	ProviderRef string              `cbor:"7,keyasint,omitzero"`
	Mode        string              `cbor:"8,keyasint,omitzero"`
	Method      ledger.Method       `cbor:"9,keyasint,omitzero"`
	State       ledger.MandateState `cbor:"10,keyasint,omitzero"`
	Holder      string              `cbor:"11,keyasint,omitzero"`
	Label       string              `cbor:"12,keyasint,omitzero"`
	Last4       string              `cbor:"13,keyasint,omitzero"`
	Expires     int32               `cbor:"14,keyasint,omitzero"`
	Reference   string              `cbor:"15,keyasint,omitzero"`
	Signed      int32               `cbor:"16,keyasint,omitzero"`
	Preferred   bool                `cbor:"17,keyasint,omitzero"`
	Consent     consentRecord       `cbor:"18,keyasint"`
	Created     int64               `cbor:"19,keyasint"`
	Reason      string              `cbor:"20,keyasint,omitzero"`
	LastUsed    int32               `cbor:"21,keyasint,omitzero"`
}

func fromMandate(x ledger.Mandate) mandateRecord {
	return mandateRecord{ID: x.ID, Firm: x.Firm, Customer: x.Customer, Contact: x.Contact, Provider: x.Provider, PayerAt: x.ProviderCustomer,
		ProviderRef: x.ProviderRef, Mode: x.Mode, Method: x.Method, State: x.State, Holder: x.Holder, Label: x.Label, Last4: x.Last4,
		Expires: int32(x.Expires), Reference: x.Reference, Signed: int32(x.Signed), Preferred: x.Preferred, Consent: fromConsent(x.Consent),
		Created: unixNano(x.Created), Reason: x.Reason, LastUsed: int32(x.LastUsed)}
}

func (r mandateRecord) mandate() ledger.Mandate {
	return ledger.Mandate{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Contact: r.Contact, Provider: r.Provider, ProviderCustomer: r.PayerAt,
		ProviderRef: r.ProviderRef, Mode: r.Mode, Method: r.Method, State: r.State, Holder: r.Holder, Label: r.Label, Last4: r.Last4,
		Expires: civil.Date(r.Expires), Reference: r.Reference, Signed: civil.Date(r.Signed), Preferred: r.Preferred, Consent: r.Consent.consent(),
		Created: instant(r.Created), Reason: r.Reason, LastUsed: civil.Date(r.LastUsed)}
}

type autopayRecord struct {
	Customer ledger.CustomerID   `cbor:"1,keyasint"`
	Firm     ledger.FirmID       `cbor:"2,keyasint"`
	Contact  ledger.ContactID    `cbor:"3,keyasint,omitzero"`
	State    ledger.AutopayState `cbor:"4,keyasint,omitzero"`
	Moment   ledger.Moment       `cbor:"5,keyasint,omitzero"`
	Ceiling  int64               `cbor:"6,keyasint,omitzero"`
	Currency money.Currency      `cbor:"7,keyasint,omitzero"`
	Mandate  ledger.MandateID    `cbor:"8,keyasint,omitzero"`
	Consent  consentRecord       `cbor:"9,keyasint"`
	Since    int32               `cbor:"10,keyasint,omitzero"`
	Failures int                 `cbor:"11,keyasint,omitzero"`
	Reason   string              `cbor:"12,keyasint,omitzero"`
}

func fromAutopay(x ledger.Autopay) autopayRecord {
	return autopayRecord{Customer: x.Customer, Firm: x.Firm, Contact: x.Contact, State: x.State, Moment: x.Moment, Ceiling: x.Ceiling.Minor,
		Currency: x.Ceiling.Currency, Mandate: x.Mandate, Consent: fromConsent(x.Consent), Since: int32(x.Since), Failures: x.Failures, Reason: x.Reason}
}

func (r autopayRecord) autopay() ledger.Autopay {
	return ledger.Autopay{Customer: r.Customer, Firm: r.Firm, Contact: r.Contact, State: r.State, Moment: r.Moment, Ceiling: money.Of(r.Ceiling, r.Currency),
		Mandate: r.Mandate, Consent: r.Consent.consent(), Since: civil.Date(r.Since), Failures: r.Failures, Reason: r.Reason}
}

type autopayPolicyRecord struct {
	Firm             ledger.FirmID `cbor:"1,keyasint"`
	Enabled          bool          `cbor:"2,keyasint,omitzero"`
	Store            bool          `cbor:"3,keyasint,omitzero"`
	NoticeDays       int           `cbor:"4,keyasint,omitzero"`
	RetryDays        int           `cbor:"5,keyasint,omitzero"`
	Retries          int           `cbor:"6,keyasint,omitzero"`
	OffAfter         int           `cbor:"7,keyasint,omitzero"`
	GraceDays        int           `cbor:"8,keyasint,omitzero"`
	ExtraBasisPoints int64         `cbor:"9,keyasint,omitzero"`
	ExtraTermDays    int           `cbor:"10,keyasint,omitzero"`
	UseCredit        bool          `cbor:"11,keyasint,omitzero"`
	Version          string        `cbor:"12,keyasint,omitzero"`
}

type collectionRecord struct {
	ID        ledger.CollectionID    `cbor:"1,keyasint"`
	Firm      ledger.FirmID          `cbor:"2,keyasint"`
	Customer  ledger.CustomerID      `cbor:"3,keyasint"`
	Document  ledger.DocumentID      `cbor:"4,keyasint"`
	N         int                    `cbor:"5,keyasint"`
	Mandate   ledger.MandateID       `cbor:"6,keyasint,omitzero"`
	Date      int32                  `cbor:"7,keyasint"`
	Amount    int64                  `cbor:"8,keyasint"`
	Currency  money.Currency         `cbor:"9,keyasint"`
	Discount  int64                  `cbor:"10,keyasint,omitzero"`
	State     ledger.CollectionState `cbor:"11,keyasint,omitzero"`
	Reason    string                 `cbor:"12,keyasint,omitzero"`
	Hard      bool                   `cbor:"13,keyasint,omitzero"`
	Attempt   ledger.AttemptID       `cbor:"14,keyasint,omitzero"`
	Announced int64                  `cbor:"15,keyasint,omitzero"`
	Ended     int32                  `cbor:"16,keyasint,omitzero"`
}

func fromCollection(x ledger.Collection) collectionRecord {
	return collectionRecord{ID: x.ID, Firm: x.Firm, Customer: x.Customer, Document: x.Document, N: x.N, Mandate: x.Mandate, Date: int32(x.Date),
		Amount: x.Amount.Minor, Currency: x.Amount.Currency, Discount: x.Discount, State: x.State, Reason: x.Reason, Hard: x.Hard,
		Attempt: x.Attempt, Announced: unixNano(x.Announced), Ended: int32(x.Ended)}
}

func (r collectionRecord) collection() ledger.Collection {
	return ledger.Collection{ID: r.ID, Firm: r.Firm, Customer: r.Customer, Document: r.Document, N: r.N, Mandate: r.Mandate, Date: civil.Date(r.Date),
		Amount: money.Of(r.Amount, r.Currency), Discount: r.Discount, State: r.State, Reason: r.Reason, Hard: r.Hard,
		Attempt: r.Attempt, Announced: instant(r.Announced), Ended: civil.Date(r.Ended)}
}

// The tables of stored methods and autopay.
var (
	mandates = store.Table[mandateRecord]{Name: "mandates", Key: func(r *mandateRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[mandateRecord]{
			{Name: "customer", Entries: func(_ store.Tx, r *mandateRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.ID.Bytes()), nil)
			}},
			{Name: "pending", Entries: func(_ store.Tx, r *mandateRecord) []store.Pair {
				if r.State != ledger.MandatePending {
					return nil
				}
				return one(join(r.Firm.Bytes(), r.ID.Bytes()), nil)
			}}}}

	autopays = store.Table[autopayRecord]{Name: "autopay", Key: func(r *autopayRecord) []byte { return join(r.Firm.Bytes(), r.Customer.Bytes()) }}

	autopayPolicies = store.Table[autopayPolicyRecord]{Name: "autopay.policy", Key: func(r *autopayPolicyRecord) []byte { return r.Firm.Bytes() }}

	collections = store.Table[collectionRecord]{Name: "collections", Key: func(r *collectionRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[collectionRecord]{
			// One try has one number: whatever happens twice, the second finds it taken.
			{Name: "try", Unique: true, Entries: func(_ store.Tx, r *collectionRecord) []store.Pair {
				return one(binary.BigEndian.AppendUint32(r.Document.Bytes()[:16:16], uint32(r.N)), r.ID.Bytes()) //nolint:gosec // counted from 1
			}},
			{Name: "customer", Entries: func(_ store.Tx, r *collectionRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.ID.Bytes()), nil)
			}},
			// What autopay still has to look at: live ones, and paid ones that the bank may take back.
			{Name: "watched", Entries: func(_ store.Tx, r *collectionRecord) []store.Pair {
				if !r.State.Live() && r.State != ledger.CollectionPaid {
					return nil
				}
				return one(join(r.Firm.Bytes(), []byte{byte(r.State)}, r.ID.Bytes()), nil)
			}}}}
)
