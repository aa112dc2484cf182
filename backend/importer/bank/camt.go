package bank

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// The parts of a CAMT message that are read. Names are those of the standard; where versions differ both are here.
type (
	xmlAmount struct {
		Text     string `xml:",chardata"`
		Currency string `xml:"Ccy,attr"`
	}
	xmlDate struct {
		Day  string `xml:"Dt"`
		Time string `xml:"DtTm"`
	}
	xmlAccount struct {
		IBAN     string `xml:"Id>IBAN"`
		Other    string `xml:"Id>Othr>Id"`
		PrtryOld string `xml:"Id>PrtryAcct>Id"`
		BBAN     string `xml:"Id>BBAN"`
		Currency string `xml:"Ccy"`
		Name     string `xml:"Nm"`
		Owner    string `xml:"Ownr>Nm"`
	}
	xmlBalance struct {
		Code   string    `xml:"Tp>CdOrPrtry>Cd"`
		OldCod string    `xml:"Tp>Cd"`
		Amount xmlAmount `xml:"Amt"`
		Sign   string    `xml:"CdtDbtInd"`
		Date   xmlDate   `xml:"Dt"`
	}
	xmlParty struct {
		Name string `xml:"Nm"`
		New  string `xml:"Pty>Nm"`
	}
	xmlCode struct {
		Domain string `xml:"Domn>Cd"`
		Family string `xml:"Domn>Fmly>Cd"`
		Sub    string `xml:"Domn>Fmly>SubFmlyCd"`
		Own    string `xml:"Prtry>Cd"`
	}
	xmlStructured struct {
		Ref    string   `xml:"CdtrRefInf>Ref"`
		OldRef string   `xml:"CdtrRefInf>CdtrRef"`
		Docs   []string `xml:"RfrdDocInf>Nb"`
		Old    []string `xml:"RfrdDocInf>RfrdDocNb"`
		More   []string `xml:"AddtlRmtInf"`
	}
	xmlTx struct {
		BankRef   string          `xml:"Refs>AcctSvcrRef"`
		EndToEnd  string          `xml:"Refs>EndToEndId"`
		Mandate   string          `xml:"Refs>MndtId"`
		Amount    xmlAmount       `xml:"Amt"`
		Detailed  xmlAmount       `xml:"AmtDtls>TxAmt>Amt"`
		Sign      string          `xml:"CdtDbtInd"`
		Debtor    xmlParty        `xml:"RltdPties>Dbtr"`
		DebtorAcc xmlAccount      `xml:"RltdPties>DbtrAcct"`
		Payee     xmlParty        `xml:"RltdPties>Cdtr"`
		PayeeAcc  xmlAccount      `xml:"RltdPties>CdtrAcct"`
		Ultimate  xmlParty        `xml:"RltdPties>UltmtDbtr"`
		UltPayee  xmlParty        `xml:"RltdPties>UltmtCdtr"`
		Free      []string        `xml:"RmtInf>Ustrd"`
		Strd      []xmlStructured `xml:"RmtInf>Strd"`
		Return    string          `xml:"RtrInf>Rsn>Cd"`
		OldReturn string          `xml:"RtrInf>RtrRsn>Cd"`
		More      string          `xml:"AddtlTxInf"`
	}
	xmlEntry struct {
		Amount   xmlAmount `xml:"Amt"`
		Sign     string    `xml:"CdtDbtInd"`
		Reversal string    `xml:"RvslInd"`
		Status   struct {
			Text string `xml:",chardata"`
			Code string `xml:"Cd"`
		} `xml:"Sts"`
		Booked  xmlDate `xml:"BookgDt"`
		Value   xmlDate `xml:"ValDt"`
		BankRef string  `xml:"AcctSvcrRef"`
		Code    xmlCode `xml:"BkTxCd"`
		Batches []int   `xml:"NtryDtls>Btch>NbOfTxs"`
		Tx      []xmlTx `xml:"NtryDtls>TxDtls"`
		OldTx   []xmlTx `xml:"TxDtls"`
		More    string  `xml:"AddtlNtryInf"`
	}
)

var camtFormats = map[string]Format{"Rpt": CAMT052, "Stmt": CAMT053, "Ntfctn": CAMT054}

// guarded is the token stream of a document that nobody vouches for: no document type (so no entities), no depth, no
// endless value.
type guarded struct {
	ctx      context.Context
	d        *xml.Decoder
	r        *gauge
	depth    int
	count    int
	repeated int
}

// gauge refuses to read on when one token is longer than MaxText.
type gauge struct {
	r     io.Reader
	since int
	full  bool
}

func (g *gauge) Read(p []byte) (int, error) {
	if g.since > MaxText+8192 {
		g.full = true
		return 0, tooLarge("A value in the file is longer than 64 KB: this is not a statement as banks write it.")
	}
	n, err := g.r.Read(p[:min(len(p), 4096)])
	g.since += n
	return n, err
}

func (g *guarded) Token() (xml.Token, error) {
	g.r.since = 0
	if g.count++; g.count%4096 == 0 && g.ctx.Err() != nil {
		return nil, g.ctx.Err()
	}
	t, err := g.d.RawToken()
	switch v := t.(type) {
	case xml.Directive:
		return nil, refuse(g.row(), "bank.xml", "The file has a document type declaration, which no bank writes. It is not read, to be safe.")
	case xml.StartElement:
		if g.depth++; g.depth > 64 {
			return nil, tooLarge("The file nests its parts more than 64 deep: this is not a statement as banks write it.")
		}
		if len(v.Attr) > 32 {
			return nil, tooLarge("A part of the file has more than 32 attributes: this is not a statement as banks write it.")
		}
		if err := g.repeats(v.Name.Local); err != nil {
			return nil, err
		}
	case xml.EndElement:
		g.depth--
	}
	return t, err
}

// repeats counts what a single booking may hold many of, before it is held in memory.
func (g *guarded) repeats(name string) error {
	switch name {
	case "Ntry":
		g.repeated = 0
	case "TxDtls", "Strd":
		g.repeated += 8
	case "Ustrd", "Nb", "RfrdDocNb", "AddtlRmtInf", "NbOfTxs", "NtryDtls":
		g.repeated++
	}
	if g.repeated > 8*MaxDetails {
		return tooLarge("One booking of the file has more than 50,000 details. Ask the bank for smaller batches.")
	}
	return nil
}

func (g *guarded) row() int { row, _ := g.d.InputPos(); return row }

type camtReader struct {
	g     *guarded
	d     *xml.Decoder
	emit  func(*Statement) error
	count int        // lines and details of this statement
	day   civil.Date // for bookings without a date: when the statement, else the message was made
	made  civil.Date
}

func readCAMT(ctx context.Context, r io.Reader, emit func(*Statement) error) error {
	meter := &gauge{r: r}
	raw := xml.NewDecoder(meter)
	raw.CharsetReader = charset
	g := &guarded{ctx: ctx, d: raw, r: meter}
	c := &camtReader{g: g, d: xml.NewTokenDecoder(g), emit: emit}
	for {
		t, err := c.d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.broken(err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if f, ok := camtFormats[start.Name.Local]; ok {
			err = c.statement(f)
		} else if start.Name.Local == "CreDtTm" {
			c.made, err = c.created(&start)
		}
		if err != nil {
			return c.broken(err)
		}
	}
}

// created is the day on which the message or statement was made. It stands in for dates that are not there, so one that
// cannot be read is none.
func (c *camtReader) created(v *xml.StartElement) (civil.Date, error) {
	var text string
	if err := c.d.DecodeElement(&text, v); err != nil {
		return 0, err
	}
	d, err := xmlDate{Time: text}.date(c.g.row())
	if err != nil {
		return 0, nil //nolint:nilerr // see above
	}
	return d, nil
}

func charset(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "us-ascii":
		return r, nil
	case "iso-8859-1", "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(r), nil
	}
	return nil, fault.Invalidf("bank.xml", "The file is written in the character set %s, which is not read. Ask the bank for UTF-8.", quoted(name))
}

// broken gives an error of the XML itself its place.
func (c *camtReader) broken(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	if e := c.g.ctx.Err(); e != nil {
		return e
	}
	f := fault.Invalidf("bank.xml", "Line %d: the XML is damaged there. Download the file again from the bank.", c.g.row())
	f.Err = err
	return f
}

func (c *camtReader) statement(f Format) error {
	s := &Statement{Format: f}
	c.count, c.day = 0, c.made
	var legal string
	for {
		t, err := c.d.Token()
		if err != nil {
			return err
		}
		switch v := t.(type) {
		case xml.EndElement:
			if s.Number == "" {
				s.Number = legal
			}
			if s.Account.IBAN == "" && s.Account.Other == "" {
				return refuse(c.g.row(), "bank.account", "The statement does not say which account it is of.")
			}
			return c.emit(s)
		case xml.StartElement:
			switch v.Name.Local {
			case "Id":
				err = c.d.DecodeElement(&s.ID, &v)
			case "CreDtTm":
				c.day, err = c.created(&v)
			case "ElctrncSeqNb":
				err = c.d.DecodeElement(&s.Number, &v)
			case "LglSeqNb":
				err = c.d.DecodeElement(&legal, &v)
			case "Acct":
				err = c.account(s, &v)
			case "Bal":
				err = c.balance(s, &v)
			case "Ntry":
				err = c.entry(s, &v)
			default:
				err = c.d.Skip()
			}
			if err != nil {
				return err
			}
		}
	}
}

func (c *camtReader) account(s *Statement, v *xml.StartElement) error {
	var a xmlAccount
	if err := c.d.DecodeElement(&a, v); err != nil {
		return err
	}
	s.Account.set(a.number())
	s.Account.Name = squeeze(first(a.Owner, a.Name))
	if a.Currency != "" {
		cur, err := money.ParseCurrency(a.Currency)
		if err != nil {
			return refuse(c.g.row(), "bank.currency", "The account's currency is "+quoted(a.Currency)+", which is not a known code.")
		}
		s.Account.Currency = cur
	}
	return nil
}

func (a xmlAccount) number() string { return squeeze(first(a.IBAN, a.Other, a.PrtryOld, a.BBAN)) }

func first(of ...string) string {
	for _, s := range of {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

func (c *camtReader) balance(s *Statement, v *xml.StartElement) error {
	row := c.g.row()
	var x xmlBalance
	if err := c.d.DecodeElement(&x, v); err != nil {
		return err
	}
	code := strings.TrimSpace(x.Code + x.OldCod)
	if code != "OPBD" && code != "PRCD" && code != "CLBD" {
		return nil
	}
	b := &Balance{}
	var err error
	if b.Amount, err = x.Amount.signed(row, first(x.Sign, "CRDT")); err != nil {
		return err
	}
	if b.Date, err = x.Date.date(row); err != nil {
		return err
	}
	if s.Account.Currency == "" {
		s.Account.Currency = b.Amount.Currency
	}
	switch {
	case code == "CLBD":
		s.Closing = b
	case code == "OPBD" || s.Opening == nil: // PRCD, what was before, counts where OPBD is missing
		s.Opening = b
	}
	return nil
}

func (x xmlAmount) signed(row int, sign string) (money.Amount, error) {
	cur, err := money.ParseCurrency(x.Currency)
	if err != nil {
		return money.Amount{}, refuse(row, "bank.currency", "The amount has the currency "+quoted(x.Currency)+", which is not a known code.")
	}
	a, err := money.Parse(strings.TrimSpace(x.Text), cur)
	if err != nil {
		return a, refuse(row, "bank.amount", quoted(x.Text)+" is not an amount in "+string(cur)+".")
	}
	switch strings.TrimSpace(sign) {
	case "CRDT":
		return a, nil
	case "DBIT":
		return a.Neg(), nil
	}
	return a, refuse(row, "bank.sign", "It says neither CRDT nor DBIT, so it is not known whether "+a.String()+" came in or went out.")
}

func (x xmlDate) date(row int) (civil.Date, error) {
	text := first(x.Day, x.Time)
	if len(text) > 10 && (text[10] == 'T' || text[10] == 'Z' || text[10] == '+' || text[10] == '-') {
		text = text[:10] // the day as the bank writes it, in the bank's zone
	}
	d, err := civil.Parse(text)
	if err != nil {
		return d, refuse(row, "bank.date", quoted(first(x.Day, x.Time))+" is not a date (YYYY-MM-DD).")
	}
	return d, nil
}

func (x xmlDate) none() bool { return first(x.Day, x.Time) == "" }

func (c *camtReader) entry(s *Statement, v *xml.StartElement) error {
	row := c.g.row()
	var x xmlEntry
	if err := c.d.DecodeElement(&x, v); err != nil {
		return err
	}
	x.Tx = append(x.Tx, x.OldTx...)
	if c.count += 1 + len(x.Tx); c.count > MaxLines {
		return tooLarge("The statement has more than 100,000 lines. Ask the bank for statements over a shorter period.")
	}
	l := Line{Row: row, BankRef: provided(x.BankRef), Code: x.Code.String()}
	l.Reversal = strings.TrimSpace(x.Reversal) == "true" || strings.TrimSpace(x.Reversal) == "1"
	l.Pending = first(x.Status.Code, x.Status.Text, "BOOK") != "BOOK"
	var err error
	if l.Amount, err = x.Amount.signed(row, x.Sign); err != nil {
		return err
	}
	if s.Account.Currency == "" {
		s.Account.Currency = l.Amount.Currency
	}
	day := c.day
	if s.Closing != nil {
		day = s.Closing.Date
	}
	if err := l.dates(row, x, day); err != nil {
		return err
	}
	for _, n := range x.Batches {
		l.Batch += max(n, 0)
	}
	if err := l.details(row, s, x); err != nil {
		return err
	}
	s.Lines = append(s.Lines, l)
	return nil
}

// dates takes one for the other where only one is given, and the statement's day where there is none.
func (l *Line) dates(row int, x xmlEntry, day civil.Date) (err error) {
	booked, value := x.Booked, x.Value
	if booked.none() {
		booked = value
	}
	if value.none() {
		value = booked
	}
	if booked.none() {
		l.Booked, l.Value = day, day
		if l.Pending || !day.IsZero() {
			return nil
		}
		return refuse(row, "bank.date", "The booking has no date.")
	}
	if l.Booked, err = booked.date(row); err != nil {
		return err
	}
	l.Value, err = value.date(row)
	return err
}

func (x xmlCode) String() string {
	if x.Domain == "" {
		return strings.TrimSpace(x.Own)
	}
	return strings.TrimSpace(x.Domain) + "/" + strings.TrimSpace(x.Family) + "/" + strings.TrimSpace(x.Sub)
}

func (l *Line) details(row int, s *Statement, x xmlEntry) error {
	for i := range x.Tx {
		t := &x.Tx[i]
		d, err := t.detail(row, s, l.Amount, len(x.Tx) == 1)
		if err != nil {
			return err
		}
		l.Details = append(l.Details, d)
	}
	if len(l.Details) == 1 {
		amount := l.Amount
		l.Detail, l.Details = l.Details[0], nil
		l.Amount = amount
		l.BankRef = first(l.BankRef, provided(x.Tx[0].BankRef))
	}
	if l.Text == "" {
		l.Text = squeeze(x.More)
	}
	return nil
}

func (t *xmlTx) detail(row int, s *Statement, whole money.Amount, alone bool) (d Detail, err error) {
	incoming := whole.Minor >= 0
	if sign := strings.TrimSpace(t.Sign); sign != "" {
		incoming = sign == "CRDT"
	}
	if !alone {
		amount := t.Amount
		if amount.Text == "" {
			amount = t.Detailed
		}
		if strings.TrimSpace(amount.Text) != "" {
			sign := "DBIT"
			if incoming {
				sign = "CRDT"
			}
			if d.Amount, err = amount.signed(row, sign); err != nil {
				return d, err
			}
		}
	}
	d.EndToEnd, d.Mandate = provided(t.EndToEnd), provided(t.Mandate)
	d.Return = first(t.Return, t.OldReturn)
	d.Name, d.IBAN = t.party(incoming, s.Account)
	text := append([]string{}, t.Free...)
	for _, r := range t.Strd {
		d.Structured = first(d.Structured, r.Ref, r.OldRef)
		for _, nb := range append(r.Docs, r.Old...) {
			if nb = strings.TrimSpace(nb); nb != "" {
				d.Documents = append(d.Documents, nb)
			}
		}
		text = append(text, r.More...)
	}
	d.Text = squeeze(strings.Join(text, " "))
	if d.Text == "" {
		d.Text = squeeze(t.More)
	}
	return d, nil
}

// party is the other side: who paid, or who was paid. A returned payment names its parties as they were, so the side
// that is our own account is never taken.
func (t *xmlTx) party(incoming bool, own Account) (name, iban string) {
	name, iban = first(t.Debtor.Name, t.Debtor.New, t.Ultimate.Name, t.Ultimate.New), t.DebtorAcc.number()
	otherName, other := first(t.Payee.Name, t.Payee.New, t.UltPayee.Name, t.UltPayee.New), t.PayeeAcc.number()
	if !incoming {
		name, iban, otherName, other = otherName, other, name, iban
	}
	ours := iban != "" && (iban == own.IBAN || iban == own.Other)
	if ours || name == "" && iban == "" {
		name, iban = otherName, other
	}
	return squeeze(name), strings.ReplaceAll(iban, " ", "")
}
