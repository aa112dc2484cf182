// Package einvoice reads electronic invoices: UBL 2.1 Invoice and CreditNote (Peppol BIS 3, SI-UBL and NLCIUS,
// XRechnung), UN/CEFACT Cross Industry Invoices (also ZUGFeRD 1), and PDFs that carry one (ZUGFeRD, Factur-X).
//
//	inv, err := einvoice.Read(data) // *fault.Error when it is not an invoice or contradicts itself
//
// Read looks at the first bytes, never at a file name. What it returns is the document's head as accounts receivable
// needs it; lines are passed over. Amounts are exact and signed from the seller's side: a credit note is negative, and
// so is an invoice with negative totals. Payable is what is still to be collected (BT-115), Total what the document is
// for: the amount with tax (BT-112) and its rounding (BT-114).
//
// A document whose totals contradict each other is refused: gross = net + tax, payable = gross - paid + rounding. Two
// usages of the standard's neighbours are accepted: rounding that the gross includes already (SI-UBL 1.2), and a
// payable amount below the gross in documents that do not say what was paid (Factur-X MINIMUM).
//
// The reader is made for hostile files: nothing outside the file is ever fetched, a document type declaration is
// refused, and size, depth, elements and what a PDF unpacks to are bounded.
package einvoice

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// MaxFile bounds a file in bytes. Invoices with a copy of themselves inside reach a few megabytes.
const MaxFile = 32 << 20

// The profiles: the syntax of a document.
const (
	UBL     = "ubl"
	CII     = "cii"
	FacturX = "facturx" // CII within a PDF
)

// Party is the seller or the buyer.
type Party struct {
	Number    string // as the seller knows the buyer: an identifier without a scheme
	Name      string
	VATID     string
	ChamberNo string
	Street    string
	PostalCode,
	City,
	Country string
	Email string
	Phone string
}

// Invoice is the head of a document.
type Invoice struct {
	Profile     string
	Number      string
	Type        string // UNTDID 1001: 380, 381, …; empty when the document does not say
	Issued, Due civil.Date
	Currency    money.Currency
	Total       int64 // minor units, negative for a credit
	Paid        int64 // before the document was made, with the sign of Total
	Payable     int64 // Total - Paid
	Seller      Party
	Buyer       Party
	PO          string // purchase order number
	Reference   string // buyer's reference
	Terms       string // payment terms in words
	IBAN        string // where the seller wants the money
	Preceding   string // the invoice that a credit note is about
	Note        string
}

// Is reports whether the first bytes of a file are those of an XML document or a PDF, in any encoding.
func Is(head []byte) bool {
	if pdfHead(head) {
		return true
	}
	t := strings.TrimLeft(string(plain(head)), " \t\r\n")
	return strings.HasPrefix(t, "<?xml") || strings.HasPrefix(t, "<") && strings.Contains(t, "xmlns") && !strings.HasPrefix(strings.ToLower(t), "<html")
}

// Read reads one document.
func Read(data []byte) (*Invoice, error) {
	if len(data) > MaxFile {
		return nil, TooLarge()
	}
	if !pdfHead(data) {
		return readXML(data)
	}
	inside, err := embedded(data)
	if err != nil {
		return nil, err
	}
	inv, err := readXML(inside)
	if err != nil {
		return nil, err
	}
	inv.Profile = FacturX
	return inv, nil
}

// TooLarge refuses a file beyond MaxFile.
func TooLarge() error {
	return fault.New(fault.TooLarge, "import.einvoice_size", "The file is larger than 32 MB, more than an electronic invoice can be. Check whether it is the right file; attachments can be left out of the XML.")
}

func pdfHead(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("%PDF-"))
}

func readXML(data []byte) (*Invoice, error) {
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	var inv *Invoice
	switch {
	case root.name == "Invoice" && root.space == "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
		root.name == "CreditNote" && root.space == "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2":
		inv, err = fromUBL(root)
	case root.name == "CrossIndustryInvoice" && strings.HasPrefix(root.space, "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:"),
		root.name == "CrossIndustryDocument" && strings.HasPrefix(root.space, "urn:ferd:CrossIndustryDocument:invoice:"):
		inv, err = fromCII(root)
	default:
		return nil, fault.Invalidf("import.xml", "This is an XML file, but neither a table nor an electronic invoice: its outermost element is %q. Expected a UBL Invoice or CreditNote, or a Cross Industry Invoice. Export the list as xlsx or CSV, or choose the invoice itself.",
			short(root.name)).With("root", short(root.name))
	}
	if err != nil {
		return nil, err
	}
	return inv, inv.check(root)
}

// kinds are the types of documents (UNTDID 1001) that ask for money or give it back; true for those that give back.
var kinds = map[string]bool{
	"71": false, "80": false, "82": false, "84": false, "102": false, "130": false, "202": false, "203": false, "204": false, "211": false, "218": false, "219": false,
	"295": false, "326": false, "331": false, "380": false, "382": false, "383": false, "384": false, "385": false, "386": false,
	"387": false, "388": false, "389": false, "390": false, "393": false, "394": false, "395": false, "456": false, "457": false,
	"527": false, "553": false, "575": false, "623": false, "633": false, "751": false, "780": false, "817": false, "870": false,
	"875": false, "876": false, "877": false, "935": false,
	"81": true, "83": true, "261": true, "262": true, "296": true, "308": true, "381": true, "396": true, "420": true, "458": true, "532": true,
}

// credit reports whether the document gives back.
func (inv *Invoice) credit(root *node) (bool, error) {
	if inv.Type == "" {
		return root.name == "CreditNote", nil
	}
	back, ok := kinds[inv.Type]
	if !ok {
		return false, fault.Invalidf("import.einvoice_type", "The document says that it is of type %q, which asks for no payment (325 is a pro forma invoice). Expected an invoice (380), a credit note (381), a corrected invoice (384) or a type like them. Import the final invoice.",
			short(inv.Type)).With("type", short(inv.Type))
	}
	return back || root.name == "CreditNote", nil
}

// check refuses what cannot be entered without the document's number, day and customer.
func (inv *Invoice) check(root *node) error {
	for _, need := range []struct {
		missing           bool
		code, field, what string
	}{
		{inv.Number == "", "number", "BT-1", "The invoice number"},
		{inv.Issued.IsZero(), "issued", "BT-2", "The invoice date"},
		{inv.Buyer.Name == "" && inv.Buyer.Number == "" && inv.Buyer.VATID == "" && inv.Buyer.ChamberNo == "", "buyer", "BT-44", "The buyer's name"},
	} {
		if need.missing {
			return fault.Invalidf("import.einvoice_missing", "%s (%s) is missing from the electronic invoice. Expected: it is required in every profile. Ask for a corrected file, or enter the invoice by hand.",
				need.what, need.field).With("field", need.code).With("term", need.field).With("line", fmt.Sprint(root.line))
		}
	}
	return nil
}

func short(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
