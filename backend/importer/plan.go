package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/einvoice"
	"github.com/voldaan/voldaan/backend/importer/table"
	"github.com/voldaan/voldaan/backend/money"
)

// previewRows is how many rows of each sort a plan shows.
const previewRows = 25

// Plan finds out what importing the file would do. Nothing is written. The error is for what the file is not to blame
// for (reading fails, the context ends, there is no such firm or profile); a file that cannot be used is a plan with a
// Refusal. progress may be nil.
func (s *Service) Plan(ctx context.Context, src Source, o Options, progress Progress) (*Plan, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	p := &Plan{File: src.Name, Kind: Refused, opts: o, src: src}
	refuse := func(err error) (*Plan, error) {
		q, err := refusalOf(err)
		if err != nil {
			return nil, err
		}
		p.Refusal = q
		return p, nil
	}
	invoice, err := isInvoice(src)
	if err != nil {
		return nil, err
	}
	switch {
	case invoice && src.Size > einvoice.MaxFile:
		return refuse(einvoice.TooLarge())
	case src.Size > table.MaxFile:
		return refuse(table.FileTooLarge())
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(src.Data, 0, src.Size)); err != nil {
		return nil, err
	}
	copy(p.Hash[:], sum.Sum(nil))
	if invoice {
		if err := s.planInvoice(ctx, p, progress); err != nil {
			return refuse(err)
		}
		return p, nil
	}
	file, err := open(ctx, src)
	if err != nil {
		return refuse(err)
	}
	profiles, err := s.Profiles(ctx, o.Firm)
	if err != nil {
		return nil, err
	}
	understood, err := p.survey(ctx, file, profiles, progress)
	if err != nil {
		return refuse(err)
	}
	if p.Refusal != nil {
		return p, nil
	}
	if err := s.compare(ctx, p, understood, progress); err != nil {
		return refuse(err)
	}
	p.hiddenSheets(file.hidden)
	return p, nil
}

// hiddenSheets tells that there is more in the workbook than is read.
func (p *Plan) hiddenSheets(names []string) {
	if len(names) > 0 {
		p.Warnings = append(p.Warnings, problem("import.warning.hidden_sheets", fmt.Sprintf("Hidden sheets were not read: %s", clip(strings.Join(names, ", "), 200)), "", "If they belong to the list, show them and import again"))
	}
}

// survey reads all sheets once and decides which of them are the table.
func (p *Plan) survey(ctx context.Context, file opened, profiles []Profile, progress Progress) (*reading, error) {
	var all []*understanding
	read := 0
	for _, sh := range file.sheets {
		if p.opts.Sheet != "" && sh.Name() != p.opts.Sheet {
			continue
		}
		t, err := surveySheet(ctx, sh, p.opts.HeaderRow, func(rows int) { progress("read", read+rows, 0) })
		if err != nil {
			return nil, err
		}
		read += t.rows
		u, err := p.understandWith(t, profiles)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	if len(all) == 0 {
		return nil, fault.Invalidf("import.no_sheet", "The workbook has no visible sheet called %q.", p.opts.Sheet)
	}
	sort.SliceStable(all, func(a, b int) bool { return all[a].rank() > all[b].rank() })
	first := all[0]
	p.show(first)
	if first.refusal != nil {
		p.Refusal = first.refusal
		return nil, nil
	}
	p.Kind = first.kind
	rd := &reading{kind: first.kind}
	for _, u := range all {
		if u.refusal != nil || u.kind != first.kind {
			p.skipped(u, first)
			continue
		}
		f, q := decideFormats(u, p.opts)
		if q != nil {
			if u != first {
				p.skipped(u, first)
				continue
			}
			p.Refusal, p.Kind = q, Refused
			return nil, nil
		}
		rd.sheets, rd.formats = append(rd.sheets, u), append(rd.formats, f)
	}
	p.formatsShown(rd.formats[0])
	rd.folds = rd.kind == Invoices && (first.has(FieldLineAmount) || first.has(FieldQuantity) && first.has(FieldUnitPrice))
	return rd, nil
}

// rank puts the sheet to read first: one that can be used, with the most certain columns, then the most rows.
func (u *understanding) rank() float64 {
	r := u.score*u.certainty() + min(float64(u.rows), 1e6)/1e7
	switch {
	case u.refusal != nil && u.header == 0:
		return -1000 + float64(len(u.top))
	case u.refusal != nil:
		return -100 + r
	}
	return r
}

// understandWith uses the profile that was asked for or that fits the titles, under the person's own corrections.
func (p *Plan) understandWith(t *tabular, profiles []Profile) (*understanding, error) {
	var prof *Profile
	print := fingerprint(t.titles)
	for i := range profiles {
		if p.opts.Profile != "" && profiles[i].Name == p.opts.Profile || p.opts.Profile == "" && t.header > 0 && profiles[i].Fingerprint == print {
			prof = &profiles[i]
			break
		}
	}
	if prof == nil {
		if p.opts.Profile != "" {
			return nil, fault.NotFoundf("import.no_profile", "There is no import profile called %q.", p.opts.Profile)
		}
		return understand(t, p.opts.Kind, p.opts.Mapping)
	}
	p.Profile = prof.Name
	kind := p.opts.Kind
	if kind == "" || kind == Auto {
		kind = prof.Kind
	}
	if p.opts.DateOrder == OrderAuto {
		p.opts.DateOrder = prof.DateOrder
	}
	if p.opts.Decimal == "" {
		p.opts.Decimal = prof.Decimal
	}
	if p.opts.Currency == "" {
		p.opts.Currency = money.Currency(prof.Currency)
	}
	var mapping []Override
	for _, m := range prof.Mapping {
		if _, ok := locate(t.cols, m.Column); ok {
			mapping = append(mapping, m)
		}
	}
	return understand(t, kind, append(mapping, p.opts.Mapping...))
}

// show fills in what the plan tells about the table.
func (p *Plan) show(u *understanding) {
	p.Sheet, p.HeaderRow, p.Fingerprint = u.sheet.Name(), u.header, fingerprint(u.titles)
	for i := range u.cols {
		c := Column{Index: i, Letter: table.Letter(i), Title: u.titles[i], Samples: u.cols[i].samples}
		if i < len(u.chosen) {
			ch := u.chosen[i]
			c.Field, c.Confidence, c.Why, c.Overridden = ch.field, ch.confidence, ch.why, ch.overridden
		}
		p.Columns = append(p.Columns, c)
	}
	if u.header == 0 {
		for _, r := range u.top[:min(len(u.top), previewRows)] {
			p.Preview = append(p.Preview, PreviewRow{Sheet: u.sheet.Name(), Row: r.number, Cells: texts(r.cells)})
		}
	}
}

func (p *Plan) formatsShown(f formats) {
	for i := range p.Columns {
		c := &p.Columns[i]
		switch {
		case slices.Contains(dateFields, c.Field):
			c.DateOrder = f.order[i]
		case slices.Contains(amountFields, c.Field):
			c.Decimal = f.decimal[i].String()
		}
	}
}

func (p *Plan) skipped(u, first *understanding) {
	if len(u.top) == 0 || u.header > 0 && u.rows == 0 {
		return
	}
	what := "it holds no table that was recognised"
	if u.refusal == nil {
		what = "it holds " + string(u.kind)
	}
	p.Warnings = append(p.Warnings, problem("import.warning.sheet", fmt.Sprintf("The sheet %q was left out: %s", u.sheet.Name(), what), "", "To read it, choose that sheet").with("sheet", u.sheet.Name()))
}

func texts(cells []table.Cell) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = clip(string(c.Text), 200)
	}
	return out
}

// compare walks the table a second time and holds each record against the books.
func (s *Service) compare(ctx context.Context, p *Plan, rd *reading, progress Progress) error {
	total := 0
	for _, u := range rd.sheets {
		total += u.rows
	}
	n := &notes{}
	return s.books.View(ctx, func(r *books.Reader) error {
		if err := p.surround(r, rd); err != nil {
			return err
		}
		base, err := r.Head()
		if err != nil {
			return err
		}
		t := &tally{plan: p, rd: rd, j: newJudge(r, &p.opts, rd.env, n, len(rd.sheets) > 1), notes: n, progress: progress, total: total,
			sums: map[money.Currency]int64{}, index: map[*party]int32{}, repeats: map[int]int{}}
		rd.special, rd.rejects = map[int]verdict{}, map[place][]Problem{}
		if err := rd.walk(ctx, n, t.row); err != nil {
			return err
		}
		p.base, p.reading = base, rd
		if err := t.settleGone(); err != nil {
			return err
		}
		t.finish()
		return nil
	})
}

// surround finds the firm's currency and the day the list was made.
func (p *Plan) surround(r *books.Reader, rd *reading) error {
	firm, err := r.Firm(p.opts.Firm)
	if err != nil {
		return err
	}
	today, err := r.Today(p.opts.Firm)
	if err != nil {
		return err
	}
	rd.env = surroundings{base: firm.Currency, fallback: p.opts.Currency, asOf: p.opts.AsOf, today: today}
	switch firm.Currency {
	case "CAD", "AUD", "NZD", "SGD", "HKD", "USD":
		rd.env.dollars = firm.Currency
	}
	if rd.env.asOf.IsZero() {
		rd.env.asOf = today
		u := rd.sheets[0]
		if d, found := u.asOf(); found {
			order := OrderDMY
			for _, f := range dateFields {
				if i, ok := u.index[f]; ok && rd.formats[0].order[i] == OrderMDY {
					order = OrderMDY
				}
			}
			if on, ok := d.date(order); ok && on >= civil.Of(1980, 1, 1) {
				rd.env.asOf = on
			}
		}
	}
	p.AsOf = rd.env.asOf
	return nil
}

// maxSum bounds the totals: what follows from adding one more amount still fits.
const maxSum = math.MaxInt64 - 2*money.MaxMinor

// tally counts verdicts and keeps what Apply needs.
type tally struct {
	plan     *Plan
	rd       *reading
	j        *judge
	notes    *notes
	progress Progress
	total    int
	sums     map[money.Currency]int64
	index    map[*party]int32
	repeats  map[int]int // rows of a sheet that repeat another
	rejected int         // rows in the preview that are
	nobody   int         // rows without any customer
	huge     bool        // the amounts add up to more than a sum can hold
}

func (t *tally) row(rec *record, r *table.Row, problems []Problem) error {
	p := t.plan
	if len(problems) == 0 && t.rd.kind == Invoices && t.j.repeatsSheet(rec) {
		t.repeats[rec.sheet]++
		t.rd.verdicts = append(t.rd.verdicts, compact{compactRejected, -1})
		return nil
	}
	if p.Rows++; p.Rows%2000 == 0 {
		t.progress("compare", p.Rows, t.total)
	}
	v := verdict{outcome: RowRejected}
	if len(problems) == 0 {
		var q *Problem
		switch t.rd.kind {
		case Payments:
			v, q = t.j.payment(rec)
		case Customers:
			v, q = t.j.customerRow(rec)
		default:
			v, q = t.j.document(rec)
		}
		if q != nil {
			v.outcome = RowRejected
			problems = []Problem{t.locate(rec, *q)}
			if q.Code == "import.missing" {
				t.nobody++
			}
		}
	}
	t.count(rec, v, problems)
	t.preview(rec, r, v.outcome, problems)
	return nil
}

// locate places a problem that the comparison found: at the number's or the customer's column.
func (t *tally) locate(rec *record, q Problem) Problem {
	u := t.rd.sheets[rec.sheet]
	field, value := FieldNumber, string(rec.number)
	if strings.HasPrefix(q.Code, "import.customer") || strings.HasPrefix(q.Code, "import.name") || q.Code == "import.missing" || t.rd.kind == Customers {
		field, value = FieldCustomerNumber, string(rec.custNumber)
		if !u.has(FieldCustomerNumber) || value == "" {
			field, value = FieldCustomerName, string(rec.custName)
		}
	}
	switch q.Code {
	case "import.total_changed":
		field, value = FieldTotal, money.Of(rec.total, rec.currency).String()
	case "import.email":
		field, value = FieldEmail, string(rec.email)
	}
	column := readable(field)
	if i, ok := u.index[field]; ok {
		column = u.letterOf(i)
	}
	return q.with("column", column).with("value", clip(value, 200)).at(u.sheet.Name(), rec.row, column, value)
}

func (t *tally) count(rec *record, v verdict, problems []Problem) {
	p := t.plan
	c := compact{party: -1}
	if v.party != nil {
		i, ok := t.index[v.party]
		if !ok {
			i = int32(len(t.rd.parties))
			t.index[v.party] = i
			t.rd.parties = append(t.rd.parties, v.party)
		}
		c.party = i
	}
	if v.number != "" || v.document != nil || v.customer != nil || v.lines != nil {
		t.rd.special[len(t.rd.verdicts)] = v
	}
	switch v.outcome {
	case RowNew:
		p.New++
		c.outcome = compactNew
	case RowChanged:
		p.Changed++
		c.outcome = compactSpecial
	case RowSame:
		p.Same++
		c.outcome = compactSame
	default:
		p.Rejected++
		c.outcome = compactRejected
		p.ProblemCount += len(problems)
		if len(p.Problems) < MaxProblems {
			p.Problems = append(p.Problems, problems...)
			k := place{rec.sheet, rec.row}
			t.rd.rejects[k] = append(t.rd.rejects[k], problems...)
		}
	}
	t.rd.verdicts = append(t.rd.verdicts, c)
	if v.outcome != RowRejected && t.rd.kind != Customers && !v.repeated {
		amount := rec.total
		if t.rd.kind == Invoices {
			amount = rec.signed()
		}
		sum := t.sums[rec.currency] + amount
		t.huge = t.huge || sum > maxSum || sum < -maxSum
		t.sums[rec.currency] = min(max(sum, -maxSum), maxSum)
	}
}

func (t *tally) preview(rec *record, r *table.Row, o Outcome, problems []Problem) {
	p := t.plan
	switch {
	case len(p.Preview) < previewRows:
	case o == RowRejected && t.rejected < previewRows:
	default:
		return
	}
	if o == RowRejected {
		t.rejected++
	}
	row := PreviewRow{Sheet: t.rd.sheets[rec.sheet].sheet.Name(), Row: rec.row, Outcome: o, Problems: slices.Clone(problems)}
	if r != nil {
		row.Cells = texts(r.Cells)
	} else {
		row.Cells = []string{string(rec.custNumber), string(rec.custName), string(rec.number), rec.issued.String(), money.Of(rec.signed(), rec.currency).String()}
	}
	p.Preview = append(p.Preview, row)
}

// finish puts totals and warnings together.
func (t *tally) finish() {
	p := t.plan
	p.Rows += t.notes.count[noteFolded]
	for c, sum := range t.sums {
		p.Totals = append(p.Totals, money.Of(sum, c))
	}
	sort.Slice(p.Totals, func(a, b int) bool { return p.Totals[a].Currency < p.Totals[b].Currency })
	p.Warnings = append(p.Warnings, t.notes.warnings()...)
	for i, n := range t.repeats {
		name := t.rd.sheets[i].sheet.Name()
		p.Warnings = append(p.Warnings, problem("import.warning.sheet_repeats", fmt.Sprintf("The sheet %q repeats %d documents of another sheet; they were taken once", name, n), "", "").
			with("sheet", name).with("count", strconv.Itoa(n)))
	}
	if p.Rejected > 0 && p.ProblemCount > len(p.Problems) {
		p.Warnings = append(p.Warnings, problem("import.warning.more_rejected", fmt.Sprintf("%d problems in all; the first %d are listed", p.ProblemCount, len(p.Problems)), "", ""))
	}
	if t.huge {
		q := problem("import.total_size", "The amounts add up to more than the books can hold", "", "Check whether the right column was taken for the amount")
		p.Refusal, p.Kind = &q, Refused
	}
	if p.Rows > 0 && t.nobody == p.Rows {
		q := problem("import.refused.no_customer", "The list does not say whose invoices these are: it has neither customer numbers nor names", "a column with the customer",
			"Export the list with customers, or choose the one customer to whom all rows belong")
		p.Refusal, p.Kind, p.Problems, p.ProblemCount, p.Rejected = &q, Refused, nil, 0, 0
	}
	if p.Rows == 0 {
		q := problem("import.no_rows", fmt.Sprintf("No row below the titles in row %d could be read as one of %s", p.HeaderRow, p.Kind), "", "Check whether this is the right file and whether its columns were understood")
		p.Refusal, p.Kind = &q, Refused
	}
	t.progress("compare", p.Rows, t.total)
}

// HashText is the file's SHA-256 in hexadecimal.
func (p *Plan) HashText() string { return hex.EncodeToString(p.Hash[:]) }
