package importer

import (
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// rowType is what the type column makes of a row.
type rowType uint8

const (
	rowInvoice rowType = iota
	rowCredit
	rowDebit
	rowPayment // an unapplied payment in a list of open items
)

func (t rowType) document() ledger.DocumentType {
	switch t {
	case rowCredit:
		return ledger.CreditNote
	case rowDebit:
		return ledger.DebitNote
	}
	return ledger.Invoice
}

// rowStatus is what a status column says.
type rowStatus uint8

const (
	statusUnknown rowStatus = iota
	statusOpen
	statusPartly
	statusPaid
	statusVoid
)

// record is one row of the file in the ledger's terms, before anything is compared. Its bytes point into the row and are
// valid as long as the row is.
type record struct {
	sheet int
	row   int

	custNumber, custName, email []byte
	vatID, chamberNo            []byte // of an electronic invoice's buyer

	number      []byte
	kind        rowType
	issued, due civil.Date
	currency    money.Currency
	total       int64 // >= 0; kind gives the side
	settled     int64 // of total, by the file's account
	settledOn   civil.Date
	tooLarge    bool // lines add up to more than the ledger accepts
	hasOpen     bool // the file says how much is open, so that settled means something
	status      rowStatus

	po, reference, description []byte

	// payments
	payer, iban, method, paymentID []byte

	// customers
	customer ledger.Customer
}

// signed is the total with the sign of its side.
func (r *record) signed() int64 {
	if r.kind == rowCredit || r.kind == rowPayment {
		return -r.total
	}
	return r.total
}
