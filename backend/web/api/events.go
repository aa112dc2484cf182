package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/live"
)

const (
	heartbeat   = 20 * time.Second
	streamLife  = 15 * time.Minute // then the client comes again, and with it the question who it is
	catchUp     = 500              // entries that a returning client is told; one who missed more loads again
	eventsRoute = "events"
)

type eventsInput struct {
	InFirm
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"Goes on after this one."`
}

func (a *API) events() {
	o := op("GET /events", eventsRoute, "events", "What happens, as it happens: server-sent events whose id is the sequence number and whose data is an Event. "+
		"A \"hello\" with {\"seq\"} comes first, a \"lost\" when the reader has missed something and should load again; a comment every 20 seconds keeps the line open", access.Read)
	o.Responses = map[string]*huma.Response{"200": {Description: "The events", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Event](), true, "Event")},
	}}}
	add(a, o, a.listen)
}

func (a *API) listen(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	after, err := seqCursor(in.LastEventID)
	if err != nil {
		return nil, err
	}
	// Listening starts before the head is read, so that nothing falls between the two.
	sub, err := a.Live.Subscribe()
	if err != nil {
		return nil, err
	}
	head, _, err := a.Books.Log().Head(ctx)
	if err != nil {
		sub.Close()
		return nil, err
	}
	s := &stream{api: a, firm: f.ID, sub: sub, seq: head}
	if after > 0 && after < head {
		s.seq, s.behind = after, head
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		fc := humafiber.Unwrap(hc)
		fc.Set("Content-Type", "text/event-stream")
		fc.Set("X-Accel-Buffering", "no")
		fc.Context().SetBodyStreamWriter(s.run)
	}}, nil
}

// stream is one listening client. It outlives the request's handler, so it has a context of its own.
type stream struct {
	api    *API
	firm   ledger.FirmID
	sub    *live.Subscription
	seq    uint64 // the last entry that the client has
	behind uint64 // entries up to this one are read from the journal first
	w      *bufio.Writer
}

func (s *stream) run(w *bufio.Writer) {
	defer s.sub.Close()
	s.w = w
	ctx, cancel := context.WithTimeout(context.Background(), streamLife)
	defer cancel()
	if s.say("hello", s.seq, map[string]uint64{"seq": s.seq}) != nil || s.readBehind(ctx) != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			if _, err = w.WriteString(": still here\n\n"); err == nil {
				err = w.Flush()
			}
		case e, ok := <-s.sub.Entries():
			if !ok {
				if s.sub.Lost() {
					_ = s.say("lost", s.seq, map[string]uint64{"seq": s.seq}) // the client may have gone; nobody else wants to know
				}
				return
			}
			err = s.tell(ctx, e)
		}
		if err != nil {
			return
		}
	}
}

// readBehind tells a returning client what it missed, or that it missed too much.
func (s *stream) readBehind(ctx context.Context) error {
	if s.behind == 0 {
		return nil
	}
	if s.behind-s.seq > catchUp {
		s.seq = s.behind
		return s.say("lost", s.seq, map[string]uint64{"seq": s.seq})
	}
	missed, err := s.api.entries(ctx, s.seq+1, s.behind+1)
	if err != nil {
		return err
	}
	for _, e := range missed {
		if err := s.tell(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// tell sends one entry, unless the client has it already or it is another firm's.
func (s *stream) tell(ctx context.Context, e journal.Entry) error {
	if e.Seq <= s.seq {
		return nil
	}
	s.seq = e.Seq
	if e.Firm != s.firm && !e.Firm.IsZero() {
		return nil
	}
	var v Event
	err := s.api.Books.View(ctx, func(r *books.Reader) (err error) { v, err = event(r, e); return err })
	if err != nil {
		return err
	}
	return s.say("entry", e.Seq, v)
}

func (s *stream) say(name string, id uint64, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.w, "id: %d\nevent: %s\ndata: %s\n\n", id, name, b); err != nil {
		return err
	}
	return s.w.Flush()
}
