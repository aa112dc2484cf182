package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/einvoice"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// isInvoice reports whether the file is to be read as an electronic invoice: XML or a PDF.
func isInvoice(src Source) (bool, error) {
	head := make([]byte, 1024)
	n, err := src.Data.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	head = head[:n]
	return n > 0 && einvoice.Is(head), nil
}

// planInvoice plans the import of an electronic invoice: a list of one document whose columns need no recognising.
func (s *Service) planInvoice(ctx context.Context, p *Plan, progress Progress) error {
	switch {
	case p.opts.Kind == Customers || p.opts.Kind == Payments:
		return fault.Invalidf("import.einvoice_kind", "This is a single file of XML or PDF, in which there can be an electronic invoice, not a list of %s. Choose invoices, or export the list as xlsx or CSV.", p.opts.Kind)
	case p.opts.Snapshot:
		return fault.Invalidf("import.einvoice_snapshot", "A single invoice does not say what else is open. Import it without the choice of a complete list.")
	}
	data := make([]byte, p.src.Size)
	if _, err := io.ReadFull(io.NewSectionReader(p.src.Data, 0, p.src.Size), data); err != nil {
		return err
	}
	inv, err := einvoice.Read(data)
	if err != nil {
		return err
	}
	if p.opts.Profile != "" && p.opts.Profile != inv.Profile {
		return fault.Invalidf("import.einvoice_profile", "The file is of the profile %q, not %q. Leave the profile open, or choose the right file.", inv.Profile, p.opts.Profile)
	}
	var firm ledger.Firm
	if err := s.books.View(ctx, func(r *books.Reader) error {
		firm, err = r.Firm(p.opts.Firm)
		return err
	}); err != nil {
		return err
	}
	p.Kind, p.Profile = Invoices, inv.Profile
	if err := p.direction(inv, &firm); err != nil {
		p.Kind = Refused
		return err
	}
	rec := recordOf(inv)
	if inv.Total >= 0 && inv.Payable < 0 {
		p.warnInvoice("import.warning.einvoice_overpaid", fmt.Sprintf("More was paid than the invoice is for; the %s that the customer gets back was entered as a credit note", money.Of(rec.total, rec.currency)), "")
	}
	if rec.settled > 0 {
		p.warnInvoice("import.warning.einvoice_paid", fmt.Sprintf("The invoice says that %s was paid before it was made; that was entered as settled elsewhere on its date", money.Of(rec.settled, rec.currency)), "If that payment is in the books already, void one of the two")
	}
	if rec.due.IsZero() && rec.kind != rowCredit {
		p.warnInvoice("import.warning.no_due", "The invoice names no due date; it was worked out from the customer's payment term, else 30 days", "")
	}
	rd := invoiceReading(inv, rec)
	p.show(rd.sheets[0])
	return s.compare(ctx, p, rd, progress)
}

func (p *Plan) warnInvoice(code, found, repair string) {
	p.Warnings = append(p.Warnings, problem(code, found, "", repair))
}

// direction makes sure that the firm is the seller. A purchase invoice is nobody's debt to the firm.
func (p *Plan) direction(inv *einvoice.Invoice, firm *ledger.Firm) error {
	own := func(x einvoice.Party) bool {
		vat, chamber := plainID(firm.VATID), plainID(firm.ChamberNo)
		switch {
		case vat != "" && x.VATID != "":
			return vat == plainID(x.VATID)
		case chamber != "" && x.ChamberNo != "" && chamber == plainID(x.ChamberNo):
			return true
		}
		name := plainName(x.Name)
		return name != "" && (name == plainName(firm.Name) || name == plainName(firm.LegalName))
	}
	if own(inv.Seller) {
		return nil
	}
	if own(inv.Buyer) {
		return fault.Invalidf("import.einvoice_purchase", "This is a purchase invoice: %s sent it to %s. Only invoices that the firm sends to its customers are entered here. Enter it in the program for your purchases.",
			short(inv.Seller.Name), short(inv.Buyer.Name)).With("seller", short(inv.Seller.Name)).With("buyer", short(inv.Buyer.Name))
	}
	seller := short(inv.Seller.Name)
	if firm.VATID == "" {
		p.warnInvoice("import.warning.einvoice_own_vat", fmt.Sprintf("The firm's own VAT id is not known here, so it could not be checked that the seller %q is the firm", seller), "Enter the VAT id in the settings; undo this import if the invoice is a purchase")
		return nil
	}
	p.warnInvoice("import.warning.einvoice_seller", fmt.Sprintf("The seller %q (%s) is not the firm as the settings have it (%s)", seller, inv.Seller.VATID, firm.VATID), "Check whether this is an invoice of the firm; undo the import if it is not")
	return nil
}

func short(s string) string { return clip(s, 80) }

// plainID is an identifier for comparing: letters and digits.
func plainID(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(s))
}

// recordOf turns the document into the ledger's terms. What was paid before is settled elsewhere, on the day of issue.
func recordOf(inv *einvoice.Invoice) *record {
	rec := &record{row: 1, custNumber: []byte(inv.Buyer.Number), custName: []byte(inv.Buyer.Name), email: []byte(inv.Buyer.Email),
		vatID: []byte(inv.Buyer.VATID), chamberNo: []byte(inv.Buyer.ChamberNo), number: []byte(inv.Number), issued: inv.Issued, due: inv.Due,
		currency: inv.Currency, po: []byte(inv.PO), reference: []byte(inv.Reference), customer: aboutBuyer(&inv.Buyer)}
	if len(rec.custName) == 0 {
		rec.custName = []byte(either(inv.Buyer.Number, either(inv.Buyer.VATID, inv.Buyer.ChamberNo)))
	}
	if len(rec.reference) == 0 && inv.Preceding != "" {
		rec.reference = []byte(inv.Preceding)
	}
	rec.description = []byte(inv.Terms)
	total, paid := inv.Total, inv.Paid
	if total < 0 != (inv.Payable < 0) && inv.Payable != 0 || paid != 0 && paid < 0 != (total < 0) {
		total, paid = inv.Payable, 0 // overpaid, or something open was carried over: what is to be collected counts
	}
	if total < 0 {
		rec.kind = rowCredit
	}
	rec.total, rec.settled = max(total, -total), max(paid, -paid)
	if rec.kind == rowCredit { // a credit note comes in with what is left of it
		rec.total, rec.settled = rec.total-rec.settled, 0
	}
	if rec.settled > 0 {
		rec.settledOn, rec.hasOpen = rec.issued, true
	}
	return rec
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// aboutBuyer is what a new customer gets.
func aboutBuyer(b *einvoice.Party) ledger.Customer {
	return ledger.Customer{VATID: clip(b.VATID, 40), ChamberNo: clip(b.ChamberNo, 40), Phone: clip(b.Phone, 40),
		Address: ledger.Address{Street: clip(b.Street, maxText), PostalCode: clip(b.PostalCode, 20), City: clip(b.City, 100), Country: country(b.Country)}}
}

// invoiceReading is a table of one row, whose columns are the terms of the invoice that matter here.
func invoiceReading(inv *einvoice.Invoice, rec *record) *reading {
	u := &understanding{tabular: &tabular{sheet: &oneInvoice{inv, rec}, rows: 1}, kind: Invoices, index: map[Field]int{}}
	for i, c := range invoiceCells(inv, rec) {
		u.titles, u.index[c.field] = append(u.titles, c.term), i
		u.chosen = append(u.chosen, chosen{field: c.field, confidence: 1, why: "the standard says so"})
		u.cols = append(u.cols, column{title: c.term, samples: []string{clip(c.value, 200)}})
	}
	return &reading{kind: Invoices, sheets: []*understanding{u}, formats: []formats{{order: make([]DateOrder, len(u.cols)), decimal: make([]decimalMark, len(u.cols))}}, single: &oneInvoice{inv, rec}}
}

type invoiceCell struct {
	field       Field
	term, value string
}

// invoiceCells are the terms as a person checks them.
func invoiceCells(inv *einvoice.Invoice, rec *record) []invoiceCell {
	due := ""
	if !inv.Due.IsZero() {
		due = inv.Due.String()
	}
	amount := func(minor int64) string { return money.Of(minor, inv.Currency).String() }
	return []invoiceCell{{FieldCustomerNumber, "Buyer number", inv.Buyer.Number}, {FieldCustomerName, "Buyer", string(rec.custName)},
		{FieldEmail, "Buyer e-mail", inv.Buyer.Email}, {FieldVATID, "Buyer VAT id", inv.Buyer.VATID},
		{FieldNumber, "Invoice number", inv.Number}, {FieldIssued, "Issue date", inv.Issued.String()}, {FieldDue, "Due date", due},
		{FieldTotal, "Total with tax", amount(inv.Total)}, {FieldPaid, "Paid before", amount(inv.Paid)}, {FieldOpen, "Amount due", amount(inv.Payable)},
		{FieldCurrency, "Currency", string(inv.Currency)}, {FieldPO, "Order", inv.PO}, {FieldReference, "Buyer reference", inv.Reference}}
}

// oneInvoice is the sheet of that table.
type oneInvoice struct {
	inv *einvoice.Invoice
	rec *record
}

// Name is empty: the file is the sheet.
func (*oneInvoice) Name() string { return "" }

// Rows yields the document.
func (o *oneInvoice) Rows(_ context.Context, fn func(*table.Row) error) error {
	return fn(o.row())
}

func (o *oneInvoice) row() *table.Row {
	r := &table.Row{Number: o.rec.row}
	for _, c := range invoiceCells(o.inv, o.rec) {
		kind := table.Text
		if c.value == "" {
			kind = table.Empty
		}
		r.Cells = append(r.Cells, table.Cell{Kind: kind, Text: []byte(c.value)})
	}
	return r
}

// registered finds the customer of an electronic invoice by VAT id, else by chamber number, unless the file's own
// customer number is one of the books. Two customers under one registration are told apart by number or name.
func (p *parties) registered(rec *record) (*party, *Problem) {
	if len(rec.custNumber) > 0 {
		c, err := p.r.CustomerByNumber(p.firm, string(rec.custNumber))
		if err == nil && (c.VATID == "" || len(rec.vatID) == 0 || plainID(c.VATID) == plainID(string(rec.vatID))) {
			return p.keep(c, ""), nil
		}
		if err == nil {
			rec.custNumber = nil // another company's number in these books
		}
	}
	var found []ledger.Customer
	for c, err := range p.r.Customers(p.firm) {
		if err != nil {
			q := problem("import.books", fault.As(err).Message, "", "")
			return nil, &q
		}
		vat, chamber := plainID(c.VATID), plainID(c.ChamberNo)
		switch {
		case c.State == ledger.CustomerArchived:
		case vat != "" && len(rec.vatID) > 0:
			if vat == plainID(string(rec.vatID)) {
				found = append(found, c)
			}
		case chamber != "" && chamber == plainID(string(rec.chamberNo)):
			found = append(found, c)
		}
	}
	if len(found) > 1 {
		for _, c := range found {
			if plainName(c.Name) == plainName(string(rec.custName)) {
				return p.keep(c, ""), nil
			}
		}
		q := problem("import.name_ambiguous", fmt.Sprintf("%d customers of the books have the VAT id or chamber number of %q", len(found), clip(string(rec.custName), 60)), "a customer number",
			fmt.Sprintf("Say which one is meant: %s or %s", found[0].Number, found[1].Number)).with("name", clip(string(rec.custName), 60))
		return nil, &q
	}
	if len(found) == 1 {
		known := p.keep(found[0], "")
		p.compareName(known, rec)
		return known, nil
	}
	return nil, nil
}
