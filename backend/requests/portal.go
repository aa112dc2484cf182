package requests

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// Portal is one visitor's view of requests and conversations. There is no way to name another customer, and none to see an
// internal message, an owner, or what the policy looked at.
type Portal struct {
	s     *Service
	scope books.Scope
}

// Portal is the view of one visitor. A pay link's visitor can do nothing here.
func (s *Service) Portal(scope books.Scope) *Portal { return &Portal{s, scope} }

// may refuses what the visitor has no right to.
func (p *Portal) may(need ledger.Rights) error {
	if len(p.scope.Documents) > 0 {
		return fault.New(fault.Denied, "portal.sign_in", "Sign in to your account for this.")
	}
	if p.scope.Rights < need {
		return fault.New(fault.Denied, "portal.view_only", "You do not have the right to ask for this; somebody else at your company does.")
	}
	return nil
}

func (p *Portal) meta(m journal.Meta) journal.Meta {
	m.Firm = p.scope.Firm
	return m
}

// Kinds are the kinds of request that the visitor may make at the firm now.
func (p *Portal) Kinds(ctx context.Context) (out []Kind, err error) {
	list, err := p.s.Policies(ctx, p.scope.Firm)
	for _, x := range list {
		if !x.Off && p.may(x.Kind.Right()) == nil {
			out = append(out, x.Kind)
		}
	}
	return out, err
}

// PlanLimits are what a proposal for a plan has to stay within.
func (p *Portal) PlanLimits(ctx context.Context) (out ledger.PlanLimits, err error) {
	err = p.s.view(ctx, func(r *books.Reader) error {
		x, err := policyIn(r.Tx(), p.scope.Firm, Plan)
		out = x.Limits()
		return err
	})
	return out, err
}

// Proposal cuts what is open of documents into instalments within the firm's limits. The answer is also there, with the
// reason, when it is outside them.
func (p *Portal) Proposal(ctx context.Context, documents []ledger.DocumentID, n int, first civil.Date) (parts []ledger.Instalment, total ledger.OpenItem, err error) {
	if err := p.may(ledger.RightPay); err != nil {
		return nil, total, err
	}
	err = p.s.view(ctx, func(r *books.Reader) error {
		a, err := r.Account(p.scope.Customer)
		if err != nil {
			return err
		}
		today, err := r.Today(p.scope.Firm)
		if err != nil {
			return err
		}
		for _, it := range a.OpenItems(today) {
			if !slices.Contains(documents, it.ID) {
				continue
			}
			if total.Open.Currency == "" {
				total.Open.Currency = it.Open.Currency
			}
			if total.Open.Currency != it.Open.Currency {
				return fault.Invalidf("commitment.currency", "choose invoices in one currency")
			}
			total.Open = total.Open.Add(it.Open)
		}
		if parts, err = ledger.ProposePlan(total.Open, n, first); err != nil {
			return err
		}
		x, err := policyIn(r.Tx(), p.scope.Firm, Plan)
		if err != nil {
			return err
		}
		return x.Limits().Check(parts, total.Open.Currency, today)
	})
	return parts, total, err
}

// Submit makes a request of the visitor.
func (p *Portal) Submit(ctx context.Context, m journal.Meta, x Request, attached []FileID) (Request, error) {
	if err := p.may(x.Kind.Right()); err != nil {
		return Request{}, err
	}
	x.Customer, x.Contact, x.Channel, x.By, x.Owner = p.scope.Customer, p.scope.Contact, "portal", m.Actor.Name, ledger.UserID{}
	x.Payload.Rights = min(x.Payload.Rights, ledger.RightPay) // who may manage is for the firm to say
	x, err := p.s.Submit(ctx, p.meta(m), x, attached)
	return public(x), err
}

// public is a request without what only the firm sees.
func public(x Request) Request {
	x.Owner, x.Inputs, x.Task = ledger.UserID{}, nil, TaskID{}
	if d := x.Decision; d != nil {
		x.Decision = &Decision{At: d.At, Reason: d.Reason, To: d.To, Automatic: d.Automatic && d.To == Accepted}
	}
	return x
}

// Requests are the visitor's requests, the latest first.
func (p *Portal) Requests(ctx context.Context) ([]Request, error) {
	if err := p.may(ledger.RightView); err != nil {
		return nil, err
	}
	list, err := p.s.List(ctx, p.scope.Firm, Query{Customer: p.scope.Customer})
	for i := range list {
		list[i] = public(list[i])
	}
	return list, err
}

// Request is one request of the visitor with its conversation.
func (p *Portal) Request(ctx context.Context, id ID) (x Request, c Conversation, err error) {
	if err := p.may(ledger.RightView); err != nil {
		return x, c, err
	}
	if x, err = p.own(ctx, id); err != nil {
		return Request{}, c, err
	}
	c, err = p.Thread(ctx, x.Thread)
	return public(x), c, err
}

func (p *Portal) own(ctx context.Context, id ID) (Request, error) {
	x, err := p.s.Get(ctx, p.scope.Firm, id)
	if err != nil || x.Customer != p.scope.Customer {
		return Request{}, unknown("request")
	}
	return x, nil
}

// Withdraw takes a request of the visitor back.
func (p *Portal) Withdraw(ctx context.Context, m journal.Meta, id ID) (Request, error) {
	if err := p.may(ledger.RightView); err != nil {
		return Request{}, err
	}
	x, err := p.own(ctx, id)
	if err != nil {
		return Request{}, err
	}
	if err := p.may(x.Kind.Right()); err != nil {
		return Request{}, err
	}
	x, err = p.s.Withdraw(ctx, p.meta(m), id)
	return public(x), err
}

// Threads are the visitor's conversations that hold something they may read, the latest first.
func (p *Portal) Threads(ctx context.Context) (out []Thread, err error) {
	if err := p.may(ledger.RightView); err != nil {
		return nil, err
	}
	list, err := p.s.Threads(ctx, p.scope.Firm, p.scope.Customer)
	for _, t := range list {
		if t.Shared > 0 || !t.Request.IsZero() {
			out = append(out, publicThread(t))
		}
	}
	slices.SortStableFunc(out, func(x, y Thread) int { return int(min(max(y.Last-x.Last, -1), 1)) })
	return out, err
}

// publicThread hides when the firm last talked among itself.
func publicThread(t Thread) Thread {
	if t.LastShared != 0 {
		t.Last = t.LastShared
	}
	t.UnreadStaff, t.LastSide = 0, FromCustomer
	return t
}

// Unread counts the messages of the firm that no contact of the customer has read.
func (p *Portal) Unread(ctx context.Context) (n int, err error) {
	list, err := p.Threads(ctx)
	for _, t := range list {
		n += t.UnreadCustomer
	}
	return n, err
}

// Thread is one conversation of the visitor: its shared messages and their files.
func (p *Portal) Thread(ctx context.Context, id ThreadID) (out Conversation, err error) {
	if err := p.may(ledger.RightView); err != nil {
		return out, err
	}
	err = p.s.view(ctx, func(r *books.Reader) error {
		t, err := p.thread(r, id)
		if err != nil {
			return err
		}
		if out, err = conversation(r, t); err != nil {
			return err
		}
		kept := Conversation{Thread: publicThread(t), Files: map[FileID]File{}}
		for _, m := range out.Messages {
			if m.Internal {
				continue
			}
			m.User = ledger.UserID{}
			kept.Messages = append(kept.Messages, m)
			for _, f := range m.Files {
				kept.Files[f] = out.Files[f]
			}
		}
		out = kept
		return nil
	})
	return out, err
}

// thread is a conversation of the visitor. One in which the firm only talks among itself does not exist.
func (p *Portal) thread(r *books.Reader, id ThreadID) (Thread, error) {
	t, err := ownThread(r, p.scope.Firm, id)
	if err != nil || t.Customer != p.scope.Customer || t.Shared == 0 && t.Request.IsZero() {
		return Thread{}, unknown("thread")
	}
	return t, nil
}

// MarkRead says that the visitor has read a conversation.
func (p *Portal) MarkRead(ctx context.Context, m journal.Meta, id ThreadID) error {
	if err := p.may(ledger.RightView); err != nil {
		return err
	}
	_, err := p.s.books.Write(ctx, p.meta(m), "message.read", id.Bytes(), func(w *books.Writer) error {
		t, err := p.thread(w.Reader, id)
		if err != nil {
			return err
		}
		return read(w, &t, FromCustomer)
	})
	return err
}

// Reply writes a message in a conversation of the visitor.
func (p *Portal) Reply(ctx context.Context, m journal.Meta, id ThreadID, n Note) (out Message, err error) {
	if err := p.may(ledger.RightView); err != nil {
		return out, err
	}
	done, err := p.s.books.Write(ctx, p.meta(m), "message.received", encode([]any{id.String(), n}), func(w *books.Writer) error {
		t, err := p.thread(w.Reader, id)
		if err != nil {
			return err
		}
		if err := facts(w, t.Customer); err != nil {
			return err
		}
		out, err = post(w, p.s.books.IDs(), &t, FromCustomer, n)
		w.Tx().SetResult(out.ID.Bytes())
		return err
	})
	if err == nil && done.Replayed {
		err = p.s.view(ctx, func(r *books.Reader) error { out, err = messages.Get(r.Tx(), done.Result); return err })
	}
	return out, err
}

// Start begins a conversation with the firm.
func (p *Portal) Start(ctx context.Context, m journal.Meta, documents []ledger.DocumentID, subject string, n Note) (Thread, error) {
	if err := p.may(ledger.RightView); err != nil {
		return Thread{}, err
	}
	t, err := p.s.start(ctx, p.meta(m), p.scope.Customer, documents, subject, FromCustomer, n)
	return publicThread(t), err
}

// AddFile keeps a file that the visitor will send along.
func (p *Portal) AddFile(ctx context.Context, m journal.Meta, name string, content []byte) (File, error) {
	if err := p.may(ledger.RightView); err != nil {
		return File{}, err
	}
	return p.s.keepFile(ctx, p.meta(m), p.scope.Customer, FromCustomer, name, content)
}

// File is a file that the visitor may have: they brought it, or it came with a shared message.
func (p *Portal) File(ctx context.Context, id FileID) (f File, content []byte, err error) {
	if err := p.may(ledger.RightView); err != nil {
		return f, nil, err
	}
	err = p.s.view(ctx, func(r *books.Reader) error {
		if f, err = files.Get(r.Tx(), id.Bytes()); err != nil || f.Firm != p.scope.Firm || f.Customer != p.scope.Customer {
			f = File{}
			return unknown("file")
		}
		if f.Side != FromCustomer || !f.Message.IsZero() {
			m, err := messages.Get(r.Tx(), f.Message.Bytes())
			if err != nil || m.Internal {
				f = File{}
				return unknown("file")
			}
		}
		content, err = fileContent(r, f)
		return err
	})
	return f, content, err
}
