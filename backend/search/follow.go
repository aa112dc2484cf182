package search

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
)

// batchSize bounds how many things go to the index at once.
const batchSize = 2000

// Run builds the index and keeps it up to date until ctx ends (nil). An index that fails is built anew a few times; after
// that Run gives up with the error, and Search goes on with what the store finds.
func (x *Index) Run(ctx context.Context) error {
	anew := false
	for try := 0; ; try++ {
		err := x.once(ctx, anew)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case try == rebuilds, errors.Is(err, errSecond), fault.KindOf(err) == fault.Integrity:
			// The journal itself is damaged, or the index will not work here.
			return err
		}
		x.o.Logger.Warn("the search index failed and is built anew", "error", err)
		anew = true
	}
}

// once opens or begins an index and follows the journal with it until something fails.
func (x *Index) once(ctx context.Context, anew bool) (err error) {
	g, err := x.acquire(ctx, anew)
	if err != nil {
		return err
	}
	x.cursor.Store(g.cursor)
	x.publish(g.index)
	defer func() {
		x.publish(nil)
		err = errors.Join(err, g.close())
	}()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case doubt := <-x.doubt:
			stop(doubt)
		case <-ctx.Done():
		}
	}()
	w := &follower{x: x, index: g.index}
	err = x.o.Books.Log().FollowFrom(ctx, g.cursor, w.apply, nil)
	if err == nil {
		w.settle()
	}
	cause := context.Cause(ctx)
	stop(nil)
	<-watched
	return errors.Join(err, cause)
}

func (x *Index) publish(ix bleve.Index) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.index = ix
}

// follower feeds journal entries to an index.
type follower struct {
	x     *Index
	index bleve.Index
	last  []byte // the cursor as it was stored last, or nil when nothing was
}

// settleWithin bounds how long a clean end waits for the disk.
const settleWithin = 2 * time.Second

// settle waits until what was indexed is on disk, so that the next start need not do it again. Should it take too long,
// the next start finds an older cursor and goes on from there.
func (f *follower) settle() {
	if f.last == nil {
		return
	}
	written := make(chan error, 1)
	batch := f.index.NewBatch()
	batch.SetInternal(cursorKey, f.last)
	batch.SetPersistedCallback(func(err error) {
		select {
		case written <- err:
		default: // told already
		}
	})
	if err := f.index.Batch(batch); err != nil {
		f.x.suspect(err)
		return
	}
	patience := time.NewTimer(settleWithin)
	defer patience.Stop()
	select {
	case err := <-written:
		if err != nil {
			f.x.o.Logger.Warn("the search index could not be written; it goes on from an older place", "error", err)
		}
	case <-patience.C:
	}
}

// apply indexes what the entries changed. The cursor goes into the same batch as the last of it, so index and cursor
// cannot come apart; how much of both is on disk after a crash is up to Bleve.
func (f *follower) apply(ctx context.Context, entries []journal.Entry) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("search: the index failed: %v", r)
		}
	}()
	batch := f.index.NewBatch()
	for _, e := range entries {
		for c, err := range f.x.o.Books.Changes(ctx, e) {
			if err != nil {
				return err
			}
			if err := change(batch, c); err != nil {
				return err
			}
			if batch.Size() >= batchSize {
				if err := f.index.Batch(batch); err != nil {
					return err
				}
				batch.Reset()
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
			}
		}
	}
	last := entries[len(entries)-1]
	cursor := append(binary.BigEndian.AppendUint64(nil, last.Seq), last.Hash[:]...)
	batch.SetInternal(cursorKey, cursor)
	if err := f.index.Batch(batch); err != nil {
		return err
	}
	f.last = cursor
	f.x.cursor.Store(last.Seq)
	return nil
}

// change brings one record into the batch.
func change(batch *bleve.Batch, c journal.Change) error {
	if c.Value == nil {
		if len(c.Key) == 16 {
			// The change does not say what it was; ids are unique among all kinds.
			for _, kind := range []byte{kindCustomer, kindContact, kindDocument, kindReceipt} {
				batch.Delete(docID(kind, [16]byte(c.Key)))
			}
		}
		return nil
	}
	rec, err := books.Decode(c)
	if err != nil {
		return err
	}
	g := gatherer{seen: map[string]bool{}}
	id := ""
	switch {
	case rec.Customer != nil:
		v := rec.Customer
		id, g.firm, g.class = docID(kindCustomer, v.ID), v.Firm, classParty
		g.number(v.Number)
		g.text(v.Name)
		g.text(v.Email)
		g.text(v.Address.City)
	case rec.Contact != nil:
		v := rec.Contact
		id, g.firm, g.class = docID(kindContact, v.ID), v.Firm, classParty
		g.text(v.Name)
		g.text(v.Email)
	case rec.Document != nil:
		v := rec.Document
		id, g.firm, g.class = docID(kindDocument, v.ID), v.Firm, classDocument
		g.number(v.Number)
		g.number(v.PO)
		g.number(v.Reference)
	case rec.Receipt != nil:
		v := rec.Receipt
		id, g.firm, g.class = docID(kindReceipt, v.ID), v.Firm, classDocument
		if v.Void() {
			break
		}
		g.text(v.Payer)
		g.number(v.Reference)
		g.number(v.ProviderRef)
	default:
		return nil
	}
	if len(g.terms) == 0 {
		batch.Delete(id)
		return nil
	}
	return batch.IndexAdvanced(thing(id, g.terms))
}

// thing is a document of the index: terms only, nothing stored, no frequencies.
func thing(id string, terms []string) *document.Document {
	d := document.NewDocument(id)
	d.AddField(document.NewTextFieldCustom(field, nil, []byte(strings.Join(terms, " ")), index.IndexField|index.SkipFreqNorm, splitter))
	return d
}

// splitter gives the index the terms as they are.
var splitter = &analysis.DefaultAnalyzer{Tokenizer: spaces{}}

type spaces struct{}

func (spaces) Tokenize(in []byte) analysis.TokenStream {
	out := make(analysis.TokenStream, 0, 1+len(in)/12)
	for start := 0; start < len(in); {
		end := start
		for end < len(in) && in[end] != ' ' {
			end++
		}
		if end > start {
			out = append(out, &analysis.Token{Term: in[start:end:end], Start: start, End: end, Position: len(out) + 1, Type: analysis.AlphaNumeric})
		}
		start = end + 1
	}
	return out
}
