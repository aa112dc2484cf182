// Package search finds customers, contacts, invoices, credit notes and payments by what people remember of them:
// numbers, names, e-mail addresses, PO numbers and references, from the second letter on.
//
// The index (Bleve) follows the journal in the background. It holds ids and the beginnings of words, nothing else:
// what a hit shows is read from the store, in the same firm, at the moment of asking. Every file of it is encrypted with
// a key of its own (seal.go). Exact numbers are answered from the store first, so they are found before the index has
// caught up, or when there is none.
//
// The index is disposable. Its generation stands in the store; whatever is in doubt (a damaged or foreign file, a cursor
// that the journal does not know, a failed search) is thrown away and built again. It is never a reason not to start.
package search

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Hit is something that was found.
type Hit struct {
	Type     string // customer, contact, invoice, credit_note, debit_note, payment
	ID       string
	Title    string
	Subtitle string
	Score    float64 // higher is better; only the order means something
}

// Keys give the index its encryption key; *sealed.Keys do.
type Keys interface {
	ID() [16]byte
	Derive(purpose string) [32]byte
}

// Options of an Index.
type Options struct {
	Books  *books.Books
	Keys   Keys
	Dir    string // for the index alone: what else is in it is removed
	Logger *slog.Logger
}

const (
	// MaxLimit bounds how many hits one search gives.
	MaxLimit = 100
	maxQuery = 200 // bytes
	maxWords = 8
	rebuilds = 3 // in one run, before the index is left alone
)

// Index is the search index. It is safe for concurrent use.
type Index struct {
	o Options

	mu    sync.RWMutex
	index bleve.Index // nil while there is none

	cursor atomic.Uint64
	doubt  chan error // a search failed on the index
}

// New makes an Index; Run brings it to life.
func New(o Options) *Index {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Index{o: o, doubt: make(chan error, 1)}
}

// Progress is the journal entry up to which the index knows everything, and the journal's last.
func (x *Index) Progress(ctx context.Context) (indexed, head uint64, err error) {
	head, _, err = x.o.Books.Log().Head(ctx)
	return x.cursor.Load(), head, err
}

// found is a candidate on its way to a Hit.
type found struct {
	Hit
	rank int
	at   string // the id, which sorts by age
}

// Search finds what matches every word of the query in the firm, best first, at most limit (MaxLimit when 0 or more than
// that). Nothing found is no error.
func (x *Index) Search(ctx context.Context, firm ledger.FirmID, text string, limit int) ([]Hit, error) {
	if limit <= 0 || limit > MaxLimit {
		limit = MaxLimit
	}
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	ids := x.candidates(ctx, firm, text)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var out []found
	err := x.o.Books.View(ctx, func(r *books.Reader) error {
		all, err := exact(r, firm, text)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		show := newShow(r, firm, text)
		for _, id := range append(all, ids...) {
			if seen[id] {
				continue
			}
			seen[id] = true
			f, err := show.hit(id)
			if fault.KindOf(err) == fault.NotFound && err != nil {
				continue // gone, or in another firm
			}
			if err != nil {
				return err
			}
			out = append(out, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(b.at, a.at))
	})
	hits := make([]Hit, 0, min(limit, len(out)))
	for _, f := range out[:min(limit, len(out))] {
		f.Score = float64(f.rank)
		hits = append(hits, f.Hit)
	}
	return hits, nil
}

// exact is what the store itself finds: numbers and addresses as they are written.
func exact(r *books.Reader, firm ledger.FirmID, text string) (ids []string, err error) {
	c, err := r.CustomerByNumber(firm, text)
	if err == nil {
		ids = append(ids, docID(kindCustomer, c.ID))
	} else if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	docs, err := r.DocumentsByNumber(firm, text)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		ids = append(ids, docID(kindDocument, d.ID))
	}
	if !strings.Contains(text, "@") {
		return ids, nil
	}
	p, err := r.ContactByEmail(firm, text)
	if err == nil {
		ids = append(ids, docID(kindContact, p.ID))
	} else if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return ids, nil
}

// suspect tells Run that the index is of no use.
func (x *Index) suspect(err error) {
	select {
	case x.doubt <- err:
	default:
	}
}

// kinds of things in the index: the first letter of a document's id there.
const (
	kindCustomer byte = 'c'
	kindContact  byte = 'p'
	kindDocument byte = 'd'
	kindReceipt  byte = 'r'
)

func docID[T ~[16]byte](kind byte, id T) string {
	b := [16]byte(id)
	return string(kind) + hex.EncodeToString(b[:])
}

func parseID(s string) (kind byte, id [16]byte, err error) {
	b, err := hex.DecodeString(s[min(1, len(s)):])
	if err != nil || len(b) != 16 {
		return 0, id, errors.New("search: a foreign id in the index")
	}
	return s[0], [16]byte(b), nil
}
