package api

import (
	"context"
	"strconv"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

var actorNames = []string{"system", "user", "contact", "pay_link", "provider", "importer", "cli"}

// eventInvoices bounds how many documents of one entry are named: an import has thousands.
const eventInvoices = 20

// event is a journal entry as people see it. Subjects that are gone, or are neither customer nor document, are left out.
func event(r *books.Reader, e journal.Entry) (Event, error) {
	v := Event{Seq: e.Seq, At: e.At, Kind: e.Kind, Actor: Actor{Kind: actorNames[e.Actor.Kind], Name: e.Actor.Name},
		Invoices: []Ref{}, Facts: map[string]string(e.Facts)}
	if v.Facts == nil {
		v.Facts = map[string]string{}
	}
	for _, s := range e.Subjects {
		if len(s) != 16 {
			continue
		}
		if v.Customer == nil {
			c, err := r.Customer(ledger.CustomerID(s))
			if err == nil {
				ref := customerRef(c)
				v.Customer = &ref
				continue
			}
			if fault.KindOf(err) != fault.NotFound {
				return v, err
			}
		}
		d, err := r.Document(ledger.DocumentID(s))
		if err == nil {
			v.Invoices = append(v.Invoices, documentRef(d))
		} else if fault.KindOf(err) != fault.NotFound {
			return v, err
		}
		if len(v.Invoices) == eventInvoices {
			break
		}
	}
	return v, nil
}

// seqCursor reads a cursor that is a journal number; empty is 0.
func seqCursor(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, wrong("cursor", "request.cursor", "this is not a cursor of this list")
	}
	return n, nil
}

// timeline is a page of the entries about a subject, newest first.
func timeline(r *books.Reader, subject []byte, cursor string, limit int) (Page[Event], error) {
	page := Page[Event]{Items: []Event{}}
	before, err := seqCursor(cursor)
	if err != nil {
		return page, err
	}
	entries, err := r.Timeline(subject, before, limit)
	if err != nil {
		return page, err
	}
	for _, e := range entries {
		v, err := event(r, e)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v)
	}
	if len(entries) == limit {
		page.NextCursor = strconv.FormatUint(entries[len(entries)-1].Seq, 10)
	}
	return page, nil
}

// activity is a page of the whole journal of a firm, newest first. With a kind it looks through a bounded number of
// entries at a time, so that a rare kind does not read the whole journal in one request.
func (a *API) activity(ctx context.Context, firm ledger.FirmID, cursor, kind string, limit int) (Page[Event], error) {
	page := Page[Event]{Items: []Event{}}
	before, err := seqCursor(cursor)
	if err != nil {
		return page, err
	}
	if before == 0 {
		head, _, err := a.Books.Log().Head(ctx)
		if err != nil {
			return page, err
		}
		before = head + 1
	}
	const chunk, reach = 50, 2000
	var found []journal.Entry
	for looked := 0; before > 1 && len(found) < limit && looked < reach; looked += chunk {
		from := uint64(max(1, int64(before)-chunk))
		entries, err := a.entries(ctx, from, before)
		if err != nil {
			return page, err
		}
		before = from
		for i := len(entries) - 1; i >= 0; i-- {
			e := entries[i]
			if (e.Firm != firm && !e.Firm.IsZero()) || (kind != "" && e.Kind != kind) {
				continue
			}
			if found = append(found, e); len(found) == limit {
				before = e.Seq
				break
			}
		}
	}
	err = a.Books.View(ctx, func(r *books.Reader) error {
		for _, e := range found {
			v, err := event(r, e)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, v)
		}
		return nil
	})
	if before > 1 {
		page.NextCursor = strconv.FormatUint(before, 10)
	}
	return page, err
}

// entries are the journal's entries from one number up to, but not including, another. Read may stop earlier: entries of
// imports are large.
func (a *API) entries(ctx context.Context, from, to uint64) (out []journal.Entry, err error) {
	for from < to {
		some, err := a.Books.Log().Read(ctx, from, int(to-from))
		if err != nil || len(some) == 0 {
			return out, err
		}
		for i := range some {
			some[i].Changes = nil
		}
		out = append(out, some...)
		from = some[len(some)-1].Seq + 1
	}
	return out, nil
}
