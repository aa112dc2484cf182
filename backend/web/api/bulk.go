package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/openitems"
)

// Bulk writes and reads NDJSON: a JSON value a line (https://github.com/ndjson/ndjson-spec).
const (
	ndjson    = "application/x-ndjson"
	bulkLines = 10_000 // of a request
	bulkBytes = 64 << 20
	bulkTurn  = 64 // lines that are written at the same time: the store commits them together
)

// BulkResult is what became of one line. A line that is sent again says unchanged, or with an Idempotency-Key what it
// said before.
type BulkResult struct {
	Line   int          `json:"line" doc:"From 1, empty lines included."`
	Status string       `json:"status" enum:"created,updated,unchanged,rejected"`
	ID     string       `json:"id,omitempty"`
	Code   string       `json:"code,omitempty" doc:"Why it was rejected."`
	Detail string       `json:"detail,omitempty"`
	Fields []BulkReason `json:"fields,omitempty" nullable:"false"`
}

// BulkReason is a wrong field of a line.
type BulkReason struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

type bulkInput struct {
	InFirm
	InKey
	RawBody []byte `contentType:"application/x-ndjson"`
}

type bulkOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type bulkEventsInput struct {
	InFirm
	After uint64 `query:"after" doc:"The number of the last event that is known."`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"10000"`
}

func (a *API) bulk() {
	in := func(id, what string, input any, p access.Permission) huma.Operation {
		o := file(op("POST /bulk/"+what, id, "bulk", "Bring in up to 10,000 "+what+", a JSON object a line; each line stands by itself, and the answer has a line for each", p), ndjson)
		o.MaxBodyBytes = bulkBytes
		a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[BulkResult](), true, "BulkResult")
		a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(input), true, "")
		return o
	}
	add(a, in("bulkInvoices", "invoices", InvoiceInput{}, access.InvoicesWrite), func(ctx context.Context, in *bulkInput) (*bulkOutput, error) {
		return bulkOf(a, ctx, in, a.bulkInvoice)
	})
	add(a, in("bulkCustomers", "customers", CustomerInput{}, access.CustomersWrite), func(ctx context.Context, in *bulkInput) (*bulkOutput, error) {
		return bulkOf(a, ctx, in, a.bulkCustomer)
	})
	add(a, in("bulkPayments", "payments", PaymentInput{}, access.PaymentsWrite), func(ctx context.Context, in *bulkInput) (*bulkOutput, error) {
		if in.Key == "" {
			return nil, wrong("Idempotency-Key", "bulk.key", "payments have no number by which a repeated one is known; expected a key that is new for each request")
		}
		return bulkOf(a, ctx, in, a.bulkPayment)
	})
	out := func(id, what, summary string) huma.Operation {
		return file(op("GET /bulk/"+what, id, "bulk", summary, access.ExportsRead), ndjson)
	}
	add(a, out("listAllInvoices", "invoices", "Every invoice, credit note and debit note, a JSON object a line"), a.allInvoices)
	add(a, out("listAllCustomers", "customers", "Every customer with their balances, a JSON object a line"), a.allCustomers)
	add(a, out("listAllPayments", "payments", "Every payment, a JSON object a line"), a.allPayments)
	add(a, out("listAllEvents", "events", "What happened after an event, oldest first, a JSON object a line: to catch up"), a.allEvents)
}

// bulkOf gives each line to one, many at a time, and answers in the order of the lines.
func bulkOf[T any](a *API, ctx context.Context, in *bulkInput, one func(context.Context, ledger.Firm, string, T) (BulkResult, error)) (*bulkOutput, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(bytes.TrimRight(in.RawBody, "\r\n"), []byte{'\n'})
	if len(lines) > bulkLines {
		return nil, fault.New(fault.TooLarge, "bulk.lines", "the request has %d lines; expected at most %d: send the rest in another one", len(lines), bulkLines)
	}
	results := make([]BulkResult, len(lines))
	var g errgroup.Group
	g.SetLimit(bulkTurn)
	for i, line := range lines {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		g.Go(func() error {
			v, err := lineOf[T](a, line)
			var r BulkResult
			if err == nil {
				key := in.Key
				if key != "" {
					key = fmt.Sprintf("%s/%d", key, i+1)
				}
				r, err = one(ctx, f, key, v)
			}
			if err != nil {
				if fault.KindOf(err) == fault.Internal || ctx.Err() != nil {
					return err // ours, not the line's
				}
				r = rejectedLine(err)
			}
			r.Line = i + 1
			results[i] = r
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for _, r := range results {
		if r.Line == 0 {
			continue
		}
		if err := e.Encode(r); err != nil {
			return nil, err
		}
	}
	return &bulkOutput{ContentType: ndjson, Body: out.Bytes()}, nil
}

// lineOf reads a line by the same schema as the single operation's body.
func lineOf[T any](a *API, line []byte) (v T, err error) {
	var plain any
	if err := json.Unmarshal(line, &plain); err != nil {
		return v, fault.Invalidf("bulk.json", "this line is not one JSON object: %s", err).With("reason", err.Error())
	}
	reg := a.huma.OpenAPI().Components.Schemas
	var res huma.ValidateResult
	huma.Validate(reg, reg.Schema(reflect.TypeFor[T](), true, ""), huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, plain, &res)
	if len(res.Errors) > 0 {
		f := fault.Invalidf("request.invalid", "the line has a wrong field")
		for _, e := range res.Errors {
			var d *huma.ErrorDetail
			if errors.As(e, &d) {
				f.Fields = append(f.Fields, fault.Field{Name: d.Location, Code: "request.invalid", Message: d.Message})
			}
		}
		return v, f
	}
	return v, json.Unmarshal(line, &v)
}

func rejectedLine(err error) BulkResult {
	e := fault.As(err)
	r := BulkResult{Status: "rejected", Code: e.Code, Detail: e.Message}
	for _, f := range e.Fields {
		r.Fields = append(r.Fields, BulkReason{Field: f.Name, Detail: f.Message})
	}
	return r
}

// customerRefOf takes an id, or else a customer's number for one.
func (a *API) customerRefOf(ctx context.Context, f ledger.Firm, s string) (string, error) {
	var id ledger.CustomerID
	if s == "" || id.UnmarshalText([]byte(s)) == nil {
		return s, nil
	}
	err := a.Books.View(ctx, func(r *books.Reader) error {
		c, err := r.CustomerByNumber(f.ID, s)
		id = c.ID
		return err
	})
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return "", wrong("customer", "customer.unknown", "there is no such customer")
	}
	return id.String(), err
}

func (a *API) bulkInvoice(ctx context.Context, f ledger.Firm, key string, in InvoiceInput) (BulkResult, error) {
	var err error
	if in.Customer, err = a.customerRefOf(ctx, f, in.Customer); err != nil {
		return BulkResult{}, err
	}
	d, err := in.document(f)
	if err != nil {
		return BulkResult{}, err
	}
	posted, err := a.Books.Post(ctx, meta(ctx, f.ID, key), d)
	if err == nil {
		return BulkResult{Status: "created", ID: posted.ID.String()}, nil
	}
	if fault.As(err).Code != "document.duplicate" {
		return BulkResult{}, err
	}
	var was ledger.Document
	if e := a.Books.View(ctx, func(r *books.Reader) (err error) {
		was, err = r.DocumentByNumber(f.ID, d.Customer, d.Type, d.Number)
		return err
	}); e != nil {
		return BulkResult{}, e
	}
	if was.Total != d.Total || was.Issued != d.Issued || !d.Due.IsZero() && was.Due != d.Due {
		return BulkResult{}, fault.Conflictf("bulk.differs", "number %s is in the books with %s %s of %s; a posted document is never changed: void it, or credit the difference", d.Number, was.Total.Currency, was.Total, was.Issued).
			With("number", d.Number).With("total", was.Total.String()).With("currency", string(was.Total.Currency)).With("issued", was.Issued.String())
	}
	return BulkResult{Status: "unchanged", ID: was.ID.String()}, nil
}

func (a *API) bulkCustomer(ctx context.Context, f ledger.Firm, key string, in CustomerInput) (BulkResult, error) {
	var c ledger.Customer
	err := a.Books.View(ctx, func(r *books.Reader) (err error) { c, err = r.CustomerByNumber(f.ID, in.Number); return err })
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return BulkResult{}, err
	}
	was, status := c, "updated"
	if c.ID.IsZero() {
		status = "created"
	}
	c.Number, c.Name = strings.TrimSpace(in.Number), strings.TrimSpace(in.Name)
	if err := in.CustomerPatch.apply(&c, f); err != nil {
		return BulkResult{}, err
	}
	if c == was {
		return BulkResult{Status: "unchanged", ID: c.ID.String()}, nil
	}
	c, err = a.Books.PutCustomer(ctx, meta(ctx, f.ID, key), c)
	return BulkResult{Status: status, ID: c.ID.String()}, err
}

func (a *API) bulkPayment(ctx context.Context, f ledger.Firm, key string, in PaymentInput) (BulkResult, error) {
	var err error
	if in.Customer, err = a.customerRefOf(ctx, f, in.Customer); err != nil {
		return BulkResult{}, err
	}
	got, err := a.receive(ctx, f, key, in)
	return BulkResult{Status: "created", ID: got.Receipt.ID.String()}, err
}

func (a *API) allInvoices(ctx context.Context, in *InFirm) (*huma.StreamResponse, error) {
	return whole(ctx, a, in, func(ctx context.Context, firm ledger.FirmID, today civil.Date, cursor string) (Page[InvoiceRow], error) {
		list, err := a.Lists.Documents(ctx, openitems.DocumentQuery{Firm: firm, AsOf: today, Page: openitems.Page{Sort: "issued", Cursor: cursor}})
		return InvoicesOf(list, today).Page, err
	})
}

func (a *API) allCustomers(ctx context.Context, in *InFirm) (*huma.StreamResponse, error) {
	return whole(ctx, a, in, func(ctx context.Context, firm ledger.FirmID, today civil.Date, cursor string) (Page[CustomerRow], error) {
		list, err := a.Lists.Customers(ctx, openitems.CustomerQuery{Firm: firm, AsOf: today, Page: openitems.Page{Sort: "number", Cursor: cursor}})
		return CustomersOf(list, today).Page, err
	})
}

func (a *API) allPayments(ctx context.Context, in *InFirm) (*huma.StreamResponse, error) {
	return whole(ctx, a, in, func(ctx context.Context, firm ledger.FirmID, today civil.Date, cursor string) (Page[PaymentRow], error) {
		list, err := a.Lists.Receipts(ctx, openitems.ReceiptQuery{Firm: firm, AsOf: today, Page: openitems.Page{Sort: "date", Cursor: cursor}})
		return PaymentsOf(list).Page, err
	})
}

func (a *API) allEvents(ctx context.Context, in *bulkEventsInput) (*bulkOutput, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for after, told := in.After, 0; told < in.Limit; {
		list, err := a.Books.Log().Read(ctx, after+1, 500)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		err = a.Books.View(ctx, func(r *books.Reader) error {
			for _, x := range list {
				if after = x.Seq; x.Firm != f.ID && !x.Firm.IsZero() {
					continue
				}
				v, err := event(r, x)
				if err != nil {
					return err
				}
				if err := e.Encode(v); err != nil {
					return err
				}
				if told++; told == in.Limit {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return &bulkOutput{ContentType: ndjson, Body: out.Bytes()}, nil
}

// whole streams the pages of a list as lines, so that no list stands in memory whole. A list that breaks off ends without
// its last line's end, which a reader of NDJSON notices.
func whole[T any](ctx context.Context, a *API, in *InFirm, page func(ctx context.Context, firm ledger.FirmID, today civil.Date, cursor string) (Page[T], error)) (*huma.StreamResponse, error) {
	firm, today, err := a.firmToday(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	a.fresh(ctx)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", ndjson)
		w := bufio.NewWriterSize(hc.BodyWriter(), 64<<10)
		e := json.NewEncoder(w)
		for cursor, more := "", true; more; more = cursor != "" {
			p, err := page(hc.Context(), firm, today, cursor)
			for i := 0; i < len(p.Items) && err == nil; i++ {
				err = e.Encode(p.Items[i])
			}
			if err != nil {
				_, _ = w.WriteString(`{"error":"` + fault.As(err).Code + `"`) // no line: the list is not whole
				break
			}
			cursor = p.NextCursor
		}
		_ = w.Flush() // the reader may have gone
	}}, nil
}
