// Package webhooks tells other systems what happens in the books: each journal entry that an endpoint asked for is
// posted to it, in order, at least once, signed as Standard Webhooks (https://www.standardwebhooks.com) has it.
//
// An endpoint follows the journal from its own cursor. An entry counts as delivered when the receiver answers 2xx; until
// then the next one waits, so that a receiver sees the order of the journal. A receiver that fails is asked again after
// 5 seconds, then ever less often; after three days, or at once when it answers 410 Gone, the endpoint is switched off
// and the journal says so. Replay sets the cursor back: the same entries come again under the same ids, by which a
// receiver knows them.
//
// What is sent is what the timeline of the desk shows (api.Event), never the records themselves.
package webhooks

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Bounds.
const (
	MaxEndpoints = 20 // of a firm
	maxURL       = 500
	maxNote      = 200
)

type endpointKind struct{}

func (endpointKind) Prefix() string { return "whk" }

// ID is an endpoint's.
type ID = ident.ID[endpointKind]

// Endpoint is an address that is told. Events are the beginnings of kinds that it wants ("receipt", "document.posted");
// none means all that are public (Families).
type Endpoint struct {
	ID      ID
	Firm    ledger.FirmID
	URL     string
	Note    string
	Events  []string
	Off     bool
	Why     string // why it is off, when the program switched it off
	Created time.Time
	State   Progress
}

// Progress is how far an endpoint has come.
type Progress struct {
	Cursor      uint64    // the last entry that it has, or did not want
	Delivered   uint64    // how many it took
	Status      int       // of the last answer; 0: none came
	Problem     string    // of the last try; empty when it worked
	Tried       time.Time // zero: never
	NextTry     time.Time // zero: not waiting
	FailingFrom time.Time // zero: the last try worked
	Failures    int       // tries of the entry that waits

	turn int // counts what people changed, so that a delivery under way does not write over it
}

// Families are the kinds of entries that leave the house: what happens to customers, documents and money. Sign-ins,
// tokens, settings and the staff's own affairs do not.
func Families() []string {
	return []string{"allocation", "attempt", "autopay", "contact", "customer", "dispute", "document", "dunning", "import", "mandate", "plan", "promise",
		"receipt", "request"}
}

// Options are what a service needs.
type Options struct {
	Books *books.Books
	// Describe is an entry as it is sent: something for encoding/json without records in it.
	Describe func(r *books.Reader, e journal.Entry) (any, error)
}

// Service keeps and serves endpoints. It is safe for concurrent use.
type Service struct {
	Options
	client *http.Client
}

// New is a service; Run delivers.
func New(o Options) *Service {
	return &Service{o, &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (s *Service) view(ctx context.Context, fn func(store.Tx) error) error {
	return s.Books.Log().Engine().View(ctx, fn)
}

// List is the firm's endpoints, the oldest first.
func (s *Service) List(ctx context.Context, firm ledger.FirmID) (out []Endpoint, err error) {
	err = s.view(ctx, func(tx store.Tx) error {
		out = nil
		for r, err := range endpoints.Scan(tx, store.Range{}) {
			if err != nil {
				return err
			}
			if r.Firm != firm || r.Gone {
				continue
			}
			e, err := withProgress(tx, r)
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

// Add makes an endpoint that is told what happens from now on. The secret is returned only here.
func (s *Service) Add(ctx context.Context, m journal.Meta, in Endpoint) (Endpoint, string, error) {
	if err := check(&in); err != nil {
		return in, "", err
	}
	others, err := s.List(ctx, m.Firm)
	if err != nil {
		return in, "", err
	}
	if len(others) >= MaxEndpoints {
		return in, "", fault.Invalidf("webhook.many", "there are %d endpoints already, the most that are kept; remove one first", MaxEndpoints).With("max", "20")
	}
	secret := newSecret()
	in.ID, in.Firm = ident.New[endpointKind](s.Books.IDs()), m.Firm
	_, err = s.Books.Log().Update(ctx, m, "webhook.created", nil, func(tx *journal.Tx) error {
		head, _, err := journal.HeadIn(tx.Tx)
		if err != nil {
			return err
		}
		in.Created, in.State.Cursor = tx.At(), head
		r := recordOf(in)
		tx.Subject(in.ID.Bytes())
		tx.Fact("host", hostOf(in.URL))
		if err := endpoints.Insert(tx, &r); err != nil {
			return err
		}
		if err := secrets.Insert(tx.Tx, &secretRecord{ID: in.ID, Secret: secret}); err != nil {
			return err
		}
		return progress.Insert(tx.Tx, &progressRecord{ID: in.ID, Cursor: head})
	})
	return in, secret, err
}

// Change is what a change of an endpoint can say; nil leaves a thing as it is.
type Change struct {
	URL, Note *string
	Events    *[]string
	Off       *bool
}

// Change changes an endpoint. Switching on goes on where it stopped.
func (s *Service) Change(ctx context.Context, m journal.Meta, id ID, c Change) (out Endpoint, err error) {
	_, err = s.Books.Log().Update(ctx, m, "webhook.changed", nil, func(tx *journal.Tx) error {
		r, err := s.own(tx, m.Firm, id)
		if err != nil {
			return err
		}
		e := r.endpoint()
		if c.URL != nil {
			e.URL = *c.URL
		}
		if c.Note != nil {
			e.Note = *c.Note
		}
		if c.Events != nil {
			e.Events = *c.Events
		}
		if c.Off != nil {
			e.Off, e.Why = *c.Off, ""
		}
		if err := check(&e); err != nil {
			return err
		}
		tx.Subject(id.Bytes())
		tx.Fact("host", hostOf(e.URL))
		rec := recordOf(e)
		if err := endpoints.Put(tx, &rec); err != nil {
			return err
		}
		p, err := progress.Get(tx, id.Bytes())
		if err != nil {
			return err
		}
		p.NextTry, p.FailingFrom, p.Failures = 0, 0, 0 // it is tried at once
		p.Turn++
		if err := progress.Put(tx.Tx, &p); err != nil {
			return err
		}
		out, err = withProgress(tx, rec)
		return err
	})
	return out, err
}

// Rotate gives an endpoint a new secret, which is returned only here; the old one signs nothing any more.
func (s *Service) Rotate(ctx context.Context, m journal.Meta, id ID) (string, error) {
	secret := newSecret()
	_, err := s.Books.Log().Update(ctx, m, "webhook.secret_changed", nil, func(tx *journal.Tx) error {
		r, err := s.own(tx, m.Firm, id)
		if err != nil {
			return err
		}
		tx.Subject(id.Bytes())
		tx.Fact("host", hostOf(r.URL))
		return secrets.Put(tx.Tx, &secretRecord{ID: id, Secret: secret})
	})
	return secret, err
}

// Replay tells an endpoint again everything after the entry with this sequence number.
func (s *Service) Replay(ctx context.Context, m journal.Meta, id ID, after uint64) error {
	_, err := s.Books.Log().Update(ctx, m, "webhook.replayed", nil, func(tx *journal.Tx) error {
		r, err := s.own(tx, m.Firm, id)
		if err != nil {
			return err
		}
		head, _, err := journal.HeadIn(tx.Tx)
		if err != nil {
			return err
		}
		if after > head {
			return fault.Invalidf("webhook.after", "the journal has %d entries; nothing comes after number %d yet", head, after).With("head", itoa(head)).With("after", itoa(after))
		}
		p, err := progress.Get(tx, id.Bytes())
		if err != nil {
			return err
		}
		p.Cursor, p.NextTry, p.FailingFrom, p.Failures = after, 0, 0, 0
		p.Turn++
		tx.Subject(id.Bytes())
		tx.Fact("host", hostOf(r.URL))
		tx.Fact("after", itoa(after))
		return progress.Put(tx.Tx, &p)
	})
	return err
}

// Remove ends an endpoint. Its secret goes; that it was there stays in the journal.
func (s *Service) Remove(ctx context.Context, m journal.Meta, id ID) error {
	_, err := s.Books.Log().Update(ctx, m, "webhook.removed", nil, func(tx *journal.Tx) error {
		r, err := s.own(tx, m.Firm, id)
		if err != nil {
			return err
		}
		r.Gone, r.Off = true, true
		tx.Subject(id.Bytes())
		tx.Fact("host", hostOf(r.URL))
		if err := endpoints.Put(tx, &r); err != nil {
			return err
		}
		if err := secrets.Delete(tx.Tx, id.Bytes()); err != nil {
			return err
		}
		return progress.Delete(tx.Tx, id.Bytes())
	})
	return err
}

// own is an endpoint of the firm; another's is unknown.
func (s *Service) own(tx store.Tx, firm ledger.FirmID, id ID) (endpointRecord, error) {
	r, err := endpoints.Get(tx, id.Bytes())
	if errors.Is(err, store.ErrNotFound) || err == nil && (r.Firm != firm || r.Gone) {
		return r, fault.NotFoundf("webhook.unknown", "there is no such endpoint")
	}
	return r, err
}

func check(e *Endpoint) error {
	e.URL, e.Note = strings.TrimSpace(e.URL), strings.TrimSpace(e.Note)
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Host == "" || len(e.URL) > maxURL || u.User != nil || u.Fragment != "":
		return fault.Invalidf("webhook.url", "this is not an address that can be told; expected one such as https://erp.example/voldaan, without a name or password in it")
	case u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())):
		return fault.Invalidf("webhook.plain", "over plain http anybody could read along; expected https, or an address in the own network")
	case len(e.Note) > maxNote:
		return fault.Invalidf("webhook.note", "the note has at most %d characters", maxNote)
	}
	for _, want := range e.Events {
		family, _, _ := strings.Cut(want, ".")
		if !slices.Contains(Families(), family) || len(want) > 60 {
			return fault.Invalidf("webhook.event", "%q is nothing that is told; expected kinds such as receipt.recorded, or beginnings of them: %s", want, strings.Join(Families(), ", ")).
				With("event", want)
		}
	}
	return nil
}

// local reports whether a host is this computer or in the own network, where plain http is usual.
func local(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") || !strings.Contains(host, ".") && !strings.Contains(host, ":") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && (a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast())
}

// wants reports whether an entry is for the endpoint.
func (e Endpoint) wants(x journal.Entry) bool {
	if x.Firm != e.Firm && !x.Firm.IsZero() {
		return false
	}
	family, _, _ := strings.Cut(x.Kind, ".")
	if !slices.Contains(Families(), family) {
		return false
	}
	return len(e.Events) == 0 || slices.ContainsFunc(e.Events, func(want string) bool {
		return x.Kind == want || strings.HasPrefix(x.Kind, strings.TrimSuffix(want, ".")+".")
	})
}

func newSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
