package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/voldaan/voldaan/backend/ledger"
)

const (
	keep    = 60     // hits of one class that are ranked: the newest
	maxScan = 20_000 // postings that one class may cost
)

// candidates asks the index. When that fails the index is doubted and the answer is empty.
func (x *Index) candidates(ctx context.Context, firm ledger.FirmID, text string) (ids []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.index == nil {
		return nil
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			ids = nil
			x.suspect(fmt.Errorf("search: the index failed: %v", r))
		}
	}()
	ids, err := x.lookUp(ctx, firm, text)
	if err != nil && ctx.Err() == nil {
		x.suspect(err)
	}
	return ids
}

// lookUp reads the postings themselves: Bleve's own search would count all hits of a short beginning, which on a large
// firm is every invoice, before it gave the first.
func (x *Index) lookUp(ctx context.Context, firm ledger.FirmID, text string) (ids []string, err error) {
	advanced, err := x.index.Advanced()
	if err != nil {
		return nil, err
	}
	r, err := advanced.Reader()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	// Parties and documents apart: a name should not drown in the invoices that mention it.
	for _, terms := range wanted(firm, text) {
		found, err := match(ctx, r, terms)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

// wanted is what to look for: sets of terms that must all be there.
func wanted(firm ledger.FirmID, text string) (sets [][]string) {
	if c := compact(text); c != "" {
		sets = append(sets, []string{term(firm, classExact, trim(c))}, []string{term(firm, classExact, trim(trimZeros(c)))})
	}
	all := words(text)
	if len(all) > 1 { // one letter says nothing beside a word
		all = slices.DeleteFunc(all, func(w string) bool { return runes(w) < gramMin })
	}
	all = all[:min(len(all), maxWords)]
	if len(all) == 0 {
		return sets
	}
	for _, class := range []byte{classParty, classDocument} {
		var terms []string
		for _, w := range all {
			terms = append(terms, term(firm, class, trim(w)))
		}
		sets = append(sets, terms)
	}
	return sets
}

// postings walks what has one term, in the order in which it was indexed.
type postings struct {
	index.TermFieldReader
	doc *index.TermFieldDoc // where it stands; nil at the end
}

// match finds the latest things that have all terms.
func match(ctx context.Context, r index.IndexReader, terms []string) (ids []string, err error) {
	lists := make([]*postings, 0, len(terms))
	defer func() {
		for _, p := range lists {
			err = errors.Join(err, p.Close())
		}
	}()
	for _, t := range terms {
		p, err := r.TermFieldReader(ctx, []byte(t), field, false, false, false)
		if err != nil {
			return nil, err
		}
		lists = append(lists, &postings{TermFieldReader: p})
	}
	// The rarest term leads.
	slices.SortFunc(lists, func(a, b *postings) int { return cmp.Compare(a.Count(), b.Count()) })
	var last []uint64
	for range maxScan {
		lead := lists[0]
		if lead.doc, err = lead.Next(lead.doc); err != nil {
			return nil, err
		}
		if lead.doc == nil || ctx.Err() != nil {
			break
		}
		all, err := together(lists)
		if err != nil {
			return nil, err
		}
		if lead.doc == nil {
			break
		}
		if all {
			if len(last) >= 2*keep {
				last = append(last[:0], last[keep:]...)
			}
			last = append(last, lead.doc.ID.Value())
		}
	}
	for _, n := range last[max(0, len(last)-keep):] {
		id, err := r.ExternalID(index.NewIndexInternalID(nil, n))
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// together brings the other lists up to where the first stands, and tells whether all stand there. When another list has
// ended the first one's doc becomes nil.
func together(lists []*postings) (all bool, err error) {
	at := lists[0].doc.ID
	for _, p := range lists[1:] {
		if p.doc == nil || p.doc.ID.Compare(at) < 0 {
			if p.doc, err = p.Advance(at, p.doc); err != nil {
				return false, err
			}
		}
		if p.doc == nil {
			lists[0].doc = nil
			return false, nil
		}
		if p.doc.ID.Compare(at) != 0 {
			return false, nil
		}
	}
	return true, nil
}
