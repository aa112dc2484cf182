package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// Bounds of the files that wait to be applied. They are in memory only: a file that a person has looked at but not
// imported leaves no trace on disk.
const (
	stagedFiles = 8
	stagedBytes = 256 << 20
	stagedLife  = 4 * time.Hour
	shownRows   = 200 // refused rows in an answer
)

// staging keeps uploaded files with their plans until they are applied, discarded or forgotten.
type staging struct {
	mu    sync.Mutex
	files []*staged // oldest first
}

// staged is a file that was read. Its lock is held while it is read again or applied.
type staged struct {
	id   string
	at   time.Time
	by   string
	data []byte

	mu      sync.Mutex
	opts    importer.Options
	plan    *importer.Plan
	applied ledger.ImportID // after Apply
	done    bool
}

func stagedID() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return "plan_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// put keeps a file, and forgets old ones beyond the bounds.
func (s *staging) put(f *staged) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := len(f.data)
	for _, x := range s.files {
		size += len(x.data)
	}
	for len(s.files) > 0 && (len(s.files) >= stagedFiles || size > stagedBytes || f.at.Sub(s.files[0].at) > stagedLife) {
		size -= len(s.files[0].data)
		s.files = s.files[1:]
	}
	s.files = append(s.files, f)
}

func (s *staging) get(id string) (*staged, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.files {
		if x.id == id {
			return x, nil
		}
	}
	return nil, fault.NotFoundf("import.unknown", "this file is not here any more; choose it again")
}

func (s *staging) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = slices.DeleteFunc(s.files, func(x *staged) bool { return x.id == id })
}

// waiting are the firm's files that were read and not applied, newest first.
func (s *staging) waiting(firm ledger.FirmID) []*staged {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*staged
	for _, x := range slices.Backward(s.files) {
		if x.opts.Firm == firm && !x.done {
			out = append(out, x)
		}
	}
	return out
}

func (a *API) uploadImport(ctx context.Context, in *uploadInput) (*body[Import], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	x := &staged{id: stagedID(), at: a.Books.Clock().Now(), by: callerOf(ctx).principal.User.Name, data: bytes.Clone(in.RawBody),
		opts: importer.Options{Firm: f.ID, Kind: importer.Kind(in.Kind), Profile: in.Profile, Snapshot: in.Snapshot}}
	if x.plan, err = a.Imports.Plan(ctx, importer.Bytes(in.Name, x.data), x.opts, nil); err != nil {
		return nil, err
	}
	a.staging.put(x)
	return answer(x.view(), nil)
}

func (a *API) mapImport(ctx context.Context, in *mapImportInput) (*body[Import], error) {
	x, err := a.staging.get(in.Import)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done {
		return nil, fault.Conflictf("import.applied", "this file has been imported already")
	}
	o, err := in.Body.options(x)
	if err != nil {
		return nil, err
	}
	p, err := a.Imports.Plan(ctx, importer.Bytes(x.plan.File, x.data), o, nil)
	if err != nil {
		return nil, err
	}
	if in.Body.SaveAs != "" {
		saved, err := a.Imports.SaveProfile(ctx, meta(ctx, o.Firm, ""), p, in.Body.SaveAs)
		if err != nil {
			return nil, err
		}
		p.Profile = saved.Name
	}
	x.opts, x.plan = o, p
	return answer(x.view(), nil)
}

// options are the person's corrections on top of what they said before.
func (in MappingInput) options(x *staged) (importer.Options, error) {
	o := x.opts
	o.Profile = "" // what a person says now goes before what was saved
	if in.Kind != "" {
		o.Kind = importer.Kind(in.Kind)
	}
	if in.Sheet != "" {
		o.Sheet = in.Sheet
	}
	if in.HeaderRow != 0 {
		o.HeaderRow = in.HeaderRow
	}
	if in.DateOrder != "" {
		o.DateOrder = importer.DateOrder(in.DateOrder)
	}
	if in.Decimal != "" {
		o.Decimal = map[string]string{"comma": ",", "dot": "."}[in.Decimal]
	}
	if in.Currency != "" {
		c, err := money.ParseCurrency(in.Currency)
		if err != nil {
			return o, wrong("currency", "money.currency", fault.As(err).Message, in.Currency)
		}
		o.Currency = c
	}
	if in.Columns == nil {
		if in.HeaderRow != 0 {
			o.Mapping = nil // the columns are others below another row of titles
		}
		return o, nil
	}
	o.Mapping = nil
	for _, c := range in.Columns {
		field := importer.Field(c.Field)
		if field == "" {
			field = importer.FieldIgnore
		}
		if c.Index >= len(x.plan.Columns) {
			return o, wrong("columns", "import.column", fmt.Sprintf("there is no column %d", c.Index+1))
		}
		if x.plan.Columns[c.Index].Field == "" && field == importer.FieldIgnore {
			continue // nothing was found and nothing is wanted
		}
		o.Mapping = append(o.Mapping, importer.Override{Column: x.plan.Columns[c.Index].Letter, Field: field})
	}
	return o, nil
}

func (a *API) applyImport(ctx context.Context, in *applyImportInput) (*body[Import], error) {
	x, err := a.staging.get(in.Import)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done {
		return a.stagedView(ctx, x)
	}
	p := x.plan
	if in.Body.Partial != x.opts.Partial {
		x.opts.Partial = in.Body.Partial
		if p, err = a.Imports.Plan(ctx, importer.Bytes(x.plan.File, x.data), x.opts, nil); err != nil {
			return nil, err
		}
		x.plan = p
	}
	report, err := a.Imports.Apply(ctx, meta(ctx, x.opts.Firm, ""), p, nil)
	if err != nil {
		return nil, err
	}
	x.done = true
	if report.ImportID != "" {
		if err := x.applied.UnmarshalText([]byte(report.ImportID)); err != nil {
			return nil, err
		}
	}
	return a.stagedView(ctx, x)
}

// stagedView shows a file of this program: as it waits, or as the import it has become.
func (a *API) stagedView(ctx context.Context, x *staged) (*body[Import], error) {
	v := x.view()
	if !x.done {
		return answer(v, nil)
	}
	v.State = "applied"
	if x.applied.IsZero() {
		return answer(v, nil) // nothing in it was new
	}
	kept, err := a.importOf(ctx, x.applied)
	if err != nil {
		return nil, err
	}
	v.ID, v.State, v.At = kept.ID, kept.State, kept.At
	return answer(v, nil)
}

func (a *API) getImport(ctx context.Context, in *AtImport) (*body[Import], error) {
	if strings.HasPrefix(in.Import, "plan_") {
		x, err := a.staging.get(in.Import)
		if err != nil {
			return nil, err
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		return a.stagedView(ctx, x)
	}
	var id ledger.ImportID
	if err := id.UnmarshalText([]byte(in.Import)); err != nil {
		return nil, err
	}
	return answer(a.importOf(ctx, id))
}

// importOf is an import as the books know it, with the report that was kept.
func (a *API) importOf(ctx context.Context, id ledger.ImportID) (v Import, err error) {
	err = a.Books.View(ctx, func(r *books.Reader) error {
		im, err := r.Import(id)
		if err != nil {
			return err
		}
		v, err = keptView(im)
		return err
	})
	return v, err
}

func keptView(im books.Import) (Import, error) {
	v := Import{ImportSummary: ImportSummary{ID: im.ID.String(), File: im.Name, Kind: im.Kind, State: im.State.String(), At: im.At, By: im.By,
		Totals: []KindTotals{}}, Profile: im.Profile, Sheets: []ImportSheet{}, Findings: []Finding{}, Fields: []MappingField{}}
	v.warn(nil)
	if len(im.Report) == 0 {
		return v, nil
	}
	var rep importer.Report
	if err := json.Unmarshal(im.Report, &rep); err != nil {
		return v, fault.Wrap(err, fault.Integrity, "import.report", "the report of this import cannot be read")
	}
	v.Rows, v.Created, v.Updated, v.Unchanged, v.Rejected = rep.Rows, rep.Created, rep.Updated, rep.Unchanged, rep.Rejected
	for _, t := range rep.Totals {
		v.Totals = append(v.Totals, KindTotals(t))
	}
	v.Findings = findings(rep.Errors)
	v.warn(rep.Warnings)
	return v, nil
}

// warn sets the warnings, in words and as codes.
func (v *Import) warn(list []importer.Problem) {
	v.Warnings, v.Codes.Warnings = []string{}, []string{}
	for _, w := range list {
		v.Warnings, v.Codes.Warnings = append(v.Warnings, w.Message), append(v.Codes.Warnings, w.Code)
	}
}

func findings(list []importer.Problem) []Finding {
	out := []Finding{}
	for _, p := range list[:min(len(list), shownRows)] {
		out = append(out, Finding{Sheet: p.Sheet, Row: p.Row, Column: p.Column, Value: p.Value, Code: p.Code, Message: p.Message, Expected: p.Expected, Repair: p.Repair})
	}
	return out
}

// summary is the file as a line of the list.
func (x *staged) summary() ImportSummary {
	p := x.plan
	v := ImportSummary{ID: x.id, File: p.File, Kind: string(p.Kind), State: "staged", At: x.at, By: x.by, Rows: p.Rows, Created: p.New,
		Updated: p.Changed, Unchanged: p.Same, Rejected: p.Rejected, Totals: []KindTotals{}}
	for _, t := range p.Totals {
		v.Totals = append(v.Totals, KindTotals{Currency: string(t.Currency), Amount: t.String()})
	}
	return v
}

// view is the file with how it was read and what it would do.
func (x *staged) view() Import {
	p := x.plan
	v := Import{ImportSummary: x.summary(), Profile: p.Profile, Sheets: []ImportSheet{}, Findings: findings(p.Problems),
		Fields: []MappingField{}}
	if p.Refusal != nil {
		v.Refusal, v.Codes.Refusal = p.Refusal.Message, p.Refusal.Code
	}
	v.warn(p.Warnings)
	for _, k := range []importer.Kind{importer.Customers, importer.Invoices, importer.Payments} {
		for _, f := range importer.Fields(k) {
			v.Fields = append(v.Fields, MappingField{Name: string(f), Kind: string(k)})
		}
	}
	if len(p.Columns) > 0 || len(p.Preview) > 0 {
		v.Sheets = append(v.Sheets, x.sheet())
	}
	return v
}

// sheet is the table that was read.
func (x *staged) sheet() ImportSheet {
	p := x.plan
	s := ImportSheet{Name: p.Sheet, Used: true, Kind: string(p.Kind), HeaderRow: p.HeaderRow, Rows: p.Rows, Columns: []ImportColumn{},
		FirstRows: [][]string{}, Currency: string(x.opts.Currency), Skipped: []string{}}
	if p.Kind == importer.Refused || p.Kind == importer.Auto {
		s.Kind = "unknown"
	}
	for _, c := range p.Columns {
		samples := c.Samples
		if samples == nil {
			samples = []string{}
		}
		s.Columns = append(s.Columns, ImportColumn{Index: c.Index, Header: c.Title, Field: string(c.Field), Confidence: c.Confidence, Reason: c.Why, Samples: samples})
		if c.DateOrder != "" && s.DateOrder == "" {
			s.DateOrder = string(c.DateOrder)
		}
		if name := map[string]string{",": "comma", ".": "dot"}[c.Decimal]; name != "" && s.Decimal == "" {
			s.Decimal = name
		}
	}
	for _, r := range p.Preview[:min(len(p.Preview), 8)] {
		s.FirstRows = append(s.FirstRows, r.Cells)
	}
	return s
}

func (a *API) listImports(ctx context.Context, in *InList) (*body[Page[ImportSummary]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	page := Page[ImportSummary]{Items: []ImportSummary{}}
	for _, x := range a.staging.waiting(f.ID) {
		x.mu.Lock()
		page.Items = append(page.Items, x.summary())
		x.mu.Unlock()
	}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		all, err := r.Imports(f.ID, in.Limit)
		if err != nil {
			return err
		}
		for _, im := range all {
			if im.State == books.ImportStaged {
				continue // being written at this moment
			}
			v, err := keptView(im)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, v.ImportSummary)
		}
		return nil
	})
	return answer(page, err)
}

// listImportItems shows the first rows of each outcome: enough to judge a file by. All refused rows are in errors.xlsx.
func (a *API) listImportItems(_ context.Context, in *importItemsInput) (*body[Page[ImportItem]], error) {
	page := Page[ImportItem]{Items: []ImportItem{}}
	if !strings.HasPrefix(in.Import, "plan_") {
		return answer(page, nil) // what became of the rows is in the books themselves
	}
	x, err := a.staging.get(in.Import)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, r := range x.plan.Preview {
		if in.Outcome != "" && string(r.Outcome) != in.Outcome || len(page.Items) == in.Limit {
			continue
		}
		v := ImportItem{Row: r.Row, Sheet: r.Sheet, Outcome: string(r.Outcome), Values: map[string]string{}, Changes: []FieldChange{}}
		for _, c := range x.plan.Columns {
			if c.Field != "" && c.Field != importer.FieldIgnore && c.Index < len(r.Cells) {
				v.Values[string(c.Field)] = r.Cells[c.Index]
			}
		}
		v.Number = v.Values[string(importer.FieldNumber)]
		if v.Customer = v.Values[string(importer.FieldCustomerName)]; v.Customer == "" {
			v.Customer = v.Values[string(importer.FieldCustomerNumber)]
		}
		page.Items = append(page.Items, v)
	}
	return answer(page, nil)
}

// undoImport accepts the id under which the file was staged, too: a person undoes it right after.
func (a *API) undoImport(ctx context.Context, in *AtImport) (*body[Import], error) {
	var id ledger.ImportID
	if x, err := a.staging.get(in.Import); err == nil {
		id = x.applied
	} else if err := id.UnmarshalText([]byte(in.Import)); err != nil {
		return nil, err
	}
	if id.IsZero() {
		return nil, fault.NotFoundf("import.unknown", "there is no such import")
	}
	var im books.Import
	err := a.Books.View(ctx, func(r *books.Reader) (err error) { im, err = r.Import(id); return err })
	if err != nil {
		return nil, err
	}
	m := journal.Meta{Firm: im.Firm, Actor: callerOf(ctx).principal.Actor()}
	if err := a.Imports.Undo(ctx, m, id); err != nil {
		return nil, err
	}
	return answer(a.importOf(ctx, id))
}

func (a *API) discardImport(_ context.Context, in *AtImport) (*struct{}, error) {
	if _, err := a.staging.get(in.Import); err != nil {
		return nil, err
	}
	a.staging.drop(in.Import)
	return nil, nil
}

func (a *API) getImportErrors(ctx context.Context, in *AtImport) (*fileOutput, error) {
	x, err := a.staging.get(in.Import)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var b bytes.Buffer
	if err := a.Imports.ErrorsWorkbook(ctx, x.plan, &b); err != nil {
		return nil, err
	}
	return attachment("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "refused-rows.xlsx", b.Bytes()), nil
}
