package books

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Rows are compact binary copies of a record in an index: what lists and sums need, decoded four times faster than
// CBOR. They are derived, so their form may change with a rebuild of the index; the first byte names it.

const rowVersion = 1

var errRow = fault.New(fault.Integrity, "books.row", "an index of the ledger is damaged; run voldaan verify")

// documentRow holds everything but description, the reason of a void and the tax split; with discount terms it holds the
// sum of the tax, because the discount may be a part of the net amount.
func documentRow(r *documentRecord) []byte {
	b := make([]byte, 0, 64+len(r.Number)+len(r.PO)+len(r.Reference))
	b = append(b, rowVersion, byte(r.Type), byte(r.State))
	b = append(b, r.Firm[:]...)
	b = append(b, r.Import[:]...)
	b = append(b, r.Corrects[:]...)
	b = binary.AppendVarint(b, int64(r.Issued))
	b = binary.AppendVarint(b, int64(r.Due))
	b = binary.AppendVarint(b, int64(r.VoidedOn))
	b = binary.AppendVarint(b, r.Total)
	b = appendText(b, string(r.Currency))
	b = appendText(b, r.Number)
	b = appendText(b, r.PO)
	b = appendText(b, r.Reference)
	if d := r.Discount; d != nil {
		b = binary.AppendVarint(b, d.BasisPoints)
		b = binary.AppendVarint(b, int64(d.Until))
		b = binary.AppendVarint(b, int64(d.GraceDays))
		b = append(b, byte(d.Mode), flag(d.Proportional))
		var tax int64
		for _, t := range r.Tax {
			tax += t.Tax
		}
		b = binary.AppendVarint(b, tax)
	}
	return b
}

func documentFromRow(key, b []byte) (d ledger.Document, err error) {
	if len(key) != 32 || len(b) < 51 || b[0] != rowVersion {
		return d, errRow
	}
	d.Customer, d.ID = ledger.CustomerID(key[:16]), ledger.DocumentID(key[16:])
	d.Type, d.State = ledger.DocumentType(b[1]), ledger.DocumentState(b[2])
	d.Firm, d.Import, d.Corrects = ledger.FirmID(b[3:19]), ledger.ImportID(b[19:35]), ledger.DocumentID(b[35:51])
	rd := rowReader{b: b[51:]}
	d.Issued, d.Due, d.VoidedOn = civil.Date(rd.int()), civil.Date(rd.int()), civil.Date(rd.int())
	d.Total.Minor = rd.int()
	d.Total.Currency = money.Currency(rd.text())
	d.Number, d.PO, d.Reference = rd.text(), rd.text(), rd.text()
	if len(rd.b) > 0 {
		d.Discount = ledger.DiscountTerms{BasisPoints: rd.int(), Until: civil.Date(rd.int()), GraceDays: int(rd.int()),
			Mode: ledger.VATMode(rd.byte()), Proportional: rd.byte() == 1}
		if tax := rd.int(); tax != 0 {
			d.Tax = []ledger.TaxPart{{Base: d.Total.Minor - tax, Tax: tax}}
		}
	}
	return d, rd.err
}

func allocationRow(r *allocationRecord) []byte {
	b := make([]byte, 0, 96+len(r.Reason))
	b = append(b, rowVersion, byte(r.Kind))
	b = append(b, r.Firm[:]...)
	b = append(b, r.Import[:]...)
	source := r.Receipt
	if r.Kind == ledger.FromCreditNote {
		source = ledger.ReceiptID(r.Credit)
	}
	b = append(b, source[:]...)
	b = append(b, r.Reverses[:]...)
	b = binary.AppendVarint(b, r.Amount)
	b = binary.AppendVarint(b, int64(r.Effective))
	b = binary.AppendVarint(b, r.Recorded)
	b = appendText(b, string(r.Currency))
	return appendText(b, r.Reason)
}

func allocationFromRow(key, b []byte) (a ledger.Allocation, err error) {
	if len(key) != 48 || len(b) < 66 || b[0] != rowVersion {
		return a, errRow
	}
	a.Customer, a.Document, a.ID = ledger.CustomerID(key[:16]), ledger.DocumentID(key[16:32]), ledger.AllocationID(key[32:])
	a.Kind = ledger.SourceKind(b[1])
	a.Firm, a.Import = ledger.FirmID(b[2:18]), ledger.ImportID(b[18:34])
	if a.Kind == ledger.FromCreditNote {
		a.Credit = ledger.DocumentID(b[34:50])
	} else {
		a.Receipt = ledger.ReceiptID(b[34:50])
	}
	a.Reverses = ledger.AllocationID(b[50:66])
	rd := rowReader{b: b[66:]}
	a.Amount.Minor = rd.int()
	a.Effective = civil.Date(rd.int())
	a.Recorded = time.Unix(0, rd.int()).UTC()
	a.Amount.Currency = money.Currency(rd.text())
	a.Reason = rd.text()
	return a, rd.err
}

// receiptRow holds everything but the reason of a void.
func receiptRow(r *receiptRecord) []byte {
	b := make([]byte, 0, 64+len(r.Payer)+len(r.Reference)+len(r.ProviderRef))
	b = append(b, rowVersion)
	b = append(b, r.Firm[:]...)
	b = append(b, r.Attempt[:]...)
	b = append(b, r.Import[:]...)
	b = binary.AppendVarint(b, int64(r.Date))
	b = binary.AppendVarint(b, r.Amount)
	for _, s := range []string{string(r.Currency), string(r.Method), r.Payer, r.PayerIBAN, r.Provider, r.ProviderRef, r.Reference} {
		b = appendText(b, s)
	}
	if r.VoidedOn != 0 {
		b = binary.AppendVarint(b, int64(r.VoidedOn))
	}
	return b
}

func receiptFromRow(key, b []byte) (x ledger.Receipt, err error) {
	if len(key) != 32 || len(b) < 49 || b[0] != rowVersion {
		return x, errRow
	}
	x.Customer, x.ID = ledger.CustomerID(key[:16]), ledger.ReceiptID(key[16:])
	x.Firm, x.Attempt, x.Import = ledger.FirmID(b[1:17]), ledger.AttemptID(b[17:33]), ledger.ImportID(b[33:49])
	rd := rowReader{b: b[49:]}
	x.Date = civil.Date(rd.int())
	x.Amount.Minor = rd.int()
	x.Amount.Currency, x.Method = money.Currency(rd.text()), ledger.Method(rd.text())
	x.Payer, x.PayerIBAN, x.Provider, x.ProviderRef, x.Reference = rd.text(), rd.text(), rd.text(), rd.text(), rd.text()
	if len(rd.b) > 0 {
		x.VoidedOn = civil.Date(rd.int())
	}
	return x, rd.err
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// rowReader reads a row's fields; after a short row everything is zero and err is set.
type rowReader struct {
	b   []byte
	err error
}

func (r *rowReader) short() {
	r.b, r.err = nil, errors.Join(r.err, errRow)
}

func (r *rowReader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.short()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *rowReader) byte() byte {
	if len(r.b) == 0 {
		r.short()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *rowReader) text() string {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)-w) {
		r.short()
		return ""
	}
	s := string(r.b[w : w+int(n)])
	r.b = r.b[w+int(n):]
	return s
}
