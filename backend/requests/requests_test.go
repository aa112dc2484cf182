package requests_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/requests"
)

func day(s string) civil.Date { return civil.MustParse(s) }

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil && code != "" || err != nil && fault.As(err).Code != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

// told collects the notices that a service gives.
type told struct{ list []requests.Notice }

func (n *told) NotifyCustomer(_ context.Context, _ journal.Meta, x requests.Notice) error {
	n.list = append(n.list, x)
	return nil
}

// rig is a service over real books with one customer who has three invoices of 1,000.00, 500.00 and 900.00.
type rig struct {
	*bookstest.Books
	t        *testing.T
	s        *requests.Service
	told     *told
	customer ledger.Customer
	contact  ledger.Contact
	docs     []ledger.Document
}

func newRig(t *testing.T) *rig {
	b := bookstest.Open(t)
	n := &told{}
	r := &rig{Books: b, t: t, s: requests.New(b.Books, n), told: n, customer: b.Customer("Jansen Bouw")}
	r.docs = []ledger.Document{b.Invoice(r.customer, "1", "2026-05-01", "", 100000), b.Invoice(r.customer, "2", "2026-05-02", "", 50000), b.Invoice(r.customer, "3", "2026-05-03", "", 90000)}
	r.must(b.View(b.Ctx, func(rd *books.Reader) error {
		people, err := rd.ContactsOf(r.customer.ID)
		r.contact = people[0]
		return err
	}))
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) portal() *requests.Portal {
	return r.s.Portal(books.Scope{Firm: r.Firm.ID, Customer: r.customer.ID, Contact: r.contact.ID, Rights: ledger.RightManage})
}

func (r *rig) visitor() journal.Meta {
	return journal.Meta{Firm: r.Firm.ID, Actor: journal.Actor{Kind: journal.Contact, ID: r.contact.ID.String(), Name: "Piet Jansen"}}
}

func (r *rig) submit(x requests.Request) requests.Request {
	r.t.Helper()
	got, err := r.portal().Submit(r.Ctx, r.visitor(), x, nil)
	r.must(err)
	got, err = r.s.Get(r.Ctx, r.Firm.ID, got.ID)
	r.must(err)
	return got
}

func (r *rig) commitments() (c ledger.Commitments) {
	r.t.Helper()
	r.must(r.View(r.Ctx, func(rd *books.Reader) (err error) { c, err = rd.Commitments(r.customer.ID); return err }))
	return c
}

// policy makes every kind be processed at once, or checked first.
func (r *rig) policy(k requests.Kind, change func(*requests.Policy)) {
	r.t.Helper()
	p := requests.DefaultPolicy(r.Firm.ID, k)
	change(&p)
	_, err := r.s.SetPolicy(r.Ctx, r.Meta(), p)
	r.must(err)
}

func TestSteps(t *testing.T) {
	may := map[string]bool{}
	for _, s := range []string{"received>in_review", "received>accepted", "received>declined", "received>done", "received>withdrawn", "in_review>accepted",
		"in_review>declined", "in_review>done", "in_review>withdrawn", "accepted>done", "declined>in_review"} {
		may[s] = true
	}
	for from := requests.Received; from <= requests.Withdrawn; from++ {
		for to := requests.Received; to <= requests.Withdrawn; to++ {
			name := from.String() + ">" + to.String()
			if err := from.Step(to); (err == nil) != may[name] {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// asks are one request of each kind, with what accepting it must have done.
func (r *rig) asks() map[requests.Kind]struct {
	payload requests.Payload
	text    string
	state   requests.State
	done    func() bool
} {
	type ask = struct {
		payload requests.Payload
		text    string
		state   requests.State
		done    func() bool
	}
	credit := r.Document(r.customer, ledger.CreditNote, "C1", "2026-06-01", "", 10000)
	doc := func(i int) ledger.Document {
		d, _ := r.Account(r.customer.ID).Document(r.docs[i].ID)
		return d
	}
	return map[requests.Kind]ask{
		requests.Promise: {requests.Payload{Amount: 100000, Currency: "EUR", On: day("2026-07-03")}, "", requests.Accepted,
			func() bool { return r.commitments().Promises[0].State == ledger.PromiseOpen }},
		requests.Dispute: {requests.Payload{Reason: ledger.ReasonPrice, Lines: []requests.Line{{Document: r.docs[1].ID, Amount: 20000}}}, "te duur", requests.Accepted,
			func() bool { return r.commitments().Disputes[0].Amount().Minor == 20000 }},
		requests.Plan: {requests.Payload{Instalments: []requests.Instalment{{Due: day("2026-07-10"), Amount: 40000}, {Due: day("2026-08-10"), Amount: 60000}}}, "", requests.Accepted,
			func() bool { return r.commitments().Plans[0].State == ledger.PlanActive }},
		requests.PO: {requests.Payload{PO: "PO-7"}, "", requests.Done, func() bool { return doc(0).PO == "PO-7" }},
		requests.Contact: {requests.Payload{Name: "Els", Email: "els@example.nl", Rights: ledger.RightManage}, "", requests.Done, func() bool {
			var c ledger.Contact
			r.must(r.View(r.Ctx, func(rd *books.Reader) (err error) {
				c, err = rd.ContactByEmail(r.Firm.ID, "els@example.nl")
				return err
			}))
			return c.Access[0].Rights == ledger.RightPay
		}},
		requests.Address: {requests.Payload{Street: "Dorpsstraat 1", City: "Ede", Country: "NL"}, "", requests.Done,
			func() bool { return r.Account(r.customer.ID).Customer.Address.City == "Ede" }},
		requests.Credit: {requests.Payload{Note: credit.ID, Lines: []requests.Line{{Document: r.docs[0].ID, Amount: 10000}}}, "", requests.Done,
			func() bool { return r.Account(r.customer.ID).Open(r.docs[0].ID, day("2026-06-30")).Minor == 90000 }},
		requests.Refund:  {requests.Payload{Note: credit.ID, Amount: 5000, IBAN: "NL91 ABNA 0417 1643 00"}, "", requests.Accepted, r.hasTask("refund")},
		requests.Copy:    {requests.Payload{}, "graag een kopie", requests.Accepted, r.hasTask("check")},
		requests.Autopay: {requests.Payload{}, "graag op de vervaldag", requests.Accepted, r.hasTask("check")},
	}
}

func (r *rig) hasTask(kind string) func() bool {
	return func() bool {
		list, err := r.s.Tasks(r.Ctx, r.Firm.ID, ledger.CustomerID{})
		r.must(err)
		return len(list) == 1 && list[0].Kind == kind
	}
}

// TestAcceptingDoesIt: by a person and by the policy, every kind does the real thing, once.
func TestAcceptingDoesIt(t *testing.T) {
	for _, auto := range []bool{false, true} {
		for kind := range newRig(t).asks() {
			t.Run(fmt.Sprintf("%s auto %v", kind, auto), func(t *testing.T) {
				r := newRig(t)
				ask := r.asks()[kind]
				r.policy(kind, func(p *requests.Policy) { p.Auto, p.When, p.Task = auto, nil, "" })
				x := requests.Request{Kind: kind, Text: ask.text, Payload: ask.payload}
				if kind != requests.Refund && kind != requests.Dispute && kind != requests.Credit {
					x.Documents = []ledger.DocumentID{r.docs[0].ID}
				}
				got := r.submit(x)
				if !auto {
					if got.State != requests.Received {
						t.Fatalf("it is %s", got.State)
					}
					m := r.Meta()
					m.Key = "accept"
					var err error
					for range 2 {
						got, err = r.s.Accept(r.Ctx, m, got.ID, "")
						r.must(err)
					}
				}
				if got.State != ask.state || !ask.done() {
					t.Errorf("it is %s, done %v", got.State, ask.done())
				}
				if d := got.Decision; d == nil || d.Automatic != auto || auto && (d.Version != 1 || d.Inputs["count"] == "") {
					t.Errorf("the decision is %+v", d)
				}
				_, err := r.s.Accept(r.Ctx, r.Meta(), got.ID, "")
				wantCode(t, err, "request.state")
			})
		}
	}
}

func TestFailingToDoItChangesNothing(t *testing.T) {
	r := newRig(t)
	r.policy(requests.Promise, func(p *requests.Policy) { p.Auto = false })
	x := r.submit(requests.Request{Kind: requests.Promise, Documents: []ledger.DocumentID{r.docs[0].ID},
		Payload: requests.Payload{Amount: 100000, Currency: "EUR", On: day("2026-07-03")}})
	r.Pay(r.customer, "2026-06-30", 100000, ledger.Line{Document: r.docs[0].ID, Amount: 100000})
	_, err := r.s.Accept(r.Ctx, r.Meta(), x.ID, "prima")
	wantCode(t, err, "commitment.paid")
	x, err = r.s.Get(r.Ctx, r.Firm.ID, x.ID)
	if err != nil || x.State != requests.Received || x.FirstAnswer != 0 {
		t.Errorf("it is %s, %v", x.State, err)
	}
	_, err = r.portal().Submit(r.Ctx, r.visitor(), requests.Request{Kind: requests.Promise, Documents: []ledger.DocumentID{r.docs[0].ID},
		Payload: requests.Payload{Amount: 1, Currency: "EUR", On: day("2026-07-03")}}, nil)
	wantCode(t, err, "commitment.paid")
}

func TestPolicyDecides(t *testing.T) {
	r := newRig(t)
	promise := func(on string, cents int64) requests.Request {
		return r.submit(requests.Request{Kind: requests.Promise, Documents: []ledger.DocumentID{r.docs[0].ID}, Payload: requests.Payload{Amount: cents, Currency: "EUR", On: day(on)}})
	}
	r.policy(requests.Promise, func(p *requests.Policy) {
		p.When = []requests.Condition{{Field: "amount", Op: "<=", Value: "400.00"}, {Field: "days", Op: "<=", Value: "14"}, {Field: "class", Op: "!=", Value: "C, D"}}
		p.Task, p.Hold, p.Answer = "call", 5, map[string]string{"nl": "Dank u, we kijken ernaar."}
	})
	small := promise("2026-07-03", 40000)
	if small.State != requests.Accepted || !small.Auto || small.Decision.Inputs["amount"] != "400.00" || small.Decision.Inputs["overdue_days"] != "30" {
		t.Errorf("the small one is %s by %+v", small.State, small.Decision)
	}
	large := promise("2026-07-20", 40001)
	if large.State != requests.Received || len(large.Decision.Failed) != 2 || large.Deadline != day("2026-07-02") {
		t.Errorf("the large one is %s by %+v, due %s", large.State, large.Decision, large.Deadline)
	}
	conversation, err := r.s.Conversation(r.Ctx, r.Firm.ID, large.Thread)
	if err != nil || len(conversation.Messages) != 1 || conversation.Messages[0].Text != "Dank u, we kijken ernaar." || conversation.Messages[0].Side != requests.FromPolicy {
		t.Errorf("the answer is %+v, %v", conversation.Messages, err)
	}
	if p := r.commitments().Pauses; len(p) != 1 || p[0].Until != day("2026-07-05") {
		t.Errorf("reminders rest %+v", p)
	}
	if _, err := r.s.Decline(r.Ctx, r.Meta(), large.ID, " "); err == nil {
		t.Error("a refusal needs no reason")
	}
	declined, err := r.s.Decline(r.Ctx, r.Meta(), large.ID, "Dat is te ver weg.")
	if err != nil || declined.State != requests.Declined || len(r.commitments().Pauses) != 0 {
		t.Errorf("declined: %s, %v, %v", declined.State, err, r.commitments().Pauses)
	}
	if again, err := r.s.Reopen(r.Ctx, r.Meta(), large.ID); err != nil || again.State != requests.InReview {
		t.Errorf("reopened: %s, %v", again.State, err)
	}
	// What a laxer policy would have done.
	lax := requests.DefaultPolicy(r.Firm.ID, requests.Promise)
	lax.When = nil
	sim, err := r.s.Simulate(r.Ctx, r.Firm.ID, lax, 100)
	if err != nil || len(sim) != 2 || !sim[0].Verdict.Auto || sim[0].Same || !sim[1].Same {
		t.Errorf("simulated: %+v, %v", sim, err)
	}
	for _, c := range []requests.Condition{{"amount", "<", "5"}, {"amount", "<=", "x"}, {"weather", "=", "1"}, {"class", "<=", "A"}} {
		bad := lax
		bad.When = []requests.Condition{c}
		_, err := r.s.SetPolicy(r.Ctx, r.Meta(), bad)
		wantCode(t, err, "policy.condition")
	}
}

var png = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1}, 100)...)

// TestInternalStaysInternal: no call of the portal answers with an internal message, its file, or that it was written.
func TestInternalStaysInternal(t *testing.T) {
	r := newRig(t)
	p := r.portal()
	x := r.submit(requests.Request{Kind: requests.Question, Text: "Waarom zo veel?", Documents: []ledger.DocumentID{r.docs[0].ID}})
	secret, err := r.s.AddFile(r.Ctx, r.Meta(), r.customer.ID, "intern.png", png)
	r.must(err)
	if _, _, err := p.File(r.Ctx, secret.ID); err == nil {
		t.Error("a file that nobody has sent can be had")
	}
	before, _, err := p.Request(r.Ctx, x.ID)
	r.must(err)
	listBefore, err := p.Threads(r.Ctx)
	r.must(err)
	_, err = r.s.Reply(r.Ctx, r.Meta(), x.Thread, requests.Note{Text: "GEHEIM", Files: []requests.FileID{secret.ID}, Internal: true})
	r.must(err)
	alone, err := r.s.Start(r.Ctx, r.Meta(), r.customer.ID, nil, "GEHEIM", requests.Note{Text: "GEHEIM", Internal: true})
	r.must(err)

	after, conversation, err := p.Request(r.Ctx, x.ID)
	r.must(err)
	list, err := p.Threads(r.Ctx)
	r.must(err)
	if s := fmt.Sprintf("%+v %+v %+v", after, conversation, list); strings.Contains(s, "GEHEIM") || strings.Contains(s, secret.ID.String()) {
		t.Errorf("the customer can read %s", s)
	}
	if fmt.Sprint(before) != fmt.Sprint(after) || fmt.Sprint(listBefore) != fmt.Sprint(list) {
		t.Error("the customer can see that something was written")
	}
	_, _, err = p.File(r.Ctx, secret.ID)
	wantCode(t, err, "file.unknown")
	for _, err := range []error{func() error { _, err := p.Thread(r.Ctx, alone.ID); return err }(), p.MarkRead(r.Ctx, r.visitor(), alone.ID),
		func() error {
			_, err := p.Reply(r.Ctx, r.visitor(), alone.ID, requests.Note{Text: "hallo"})
			return err
		}()} {
		wantCode(t, err, "thread.unknown")
	}
	if n, err := p.Unread(r.Ctx); err != nil || n != 0 {
		t.Errorf("%d unread, %v", n, err)
	}
	// A customer cannot write an internal message.
	m, err := p.Reply(r.Ctx, r.visitor(), x.Thread, requests.Note{Text: "Hallo?", Internal: true})
	if err != nil || m.Internal {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestReadOnBothSides(t *testing.T) {
	r := newRig(t)
	p := r.portal()
	file, err := p.AddFile(r.Ctx, r.visitor(), "../foto van de schade.PNG", png)
	r.must(err)
	if file.Name != "foto van de schade.PNG" || file.Type != "image/png" {
		t.Errorf("the file is %+v", file)
	}
	thread, err := p.Start(r.Ctx, r.visitor(), []ledger.DocumentID{r.docs[0].ID}, "Schade", requests.Note{Text: "Zie foto", Files: []requests.FileID{file.ID}})
	r.must(err)
	_, err = p.Reply(r.Ctx, r.visitor(), thread.ID, requests.Note{Text: "nog eens", Files: []requests.FileID{file.ID}})
	wantCode(t, err, "file.unknown") // a file goes with one message
	unread := func() int {
		list, err := r.s.Threads(r.Ctx, r.Firm.ID, ledger.CustomerID{})
		r.must(err)
		return list[0].UnreadStaff
	}
	if unread() != 1 {
		t.Errorf("%d unread by the staff", unread())
	}
	r.must(r.s.MarkRead(r.Ctx, r.Meta(), thread.ID))
	_, err = r.s.Reply(r.Ctx, r.Meta(), thread.ID, requests.Note{Text: "We kijken ernaar"})
	r.must(err)
	if n, err := p.Unread(r.Ctx); err != nil || n != 1 || unread() != 0 {
		t.Errorf("%d unread by the customer, %d by the staff, %v", n, unread(), err)
	}
	r.must(p.MarkRead(r.Ctx, r.visitor(), thread.ID))
	c, err := r.s.Conversation(r.Ctx, r.Firm.ID, thread.ID)
	r.must(err)
	if c.Messages[0].ReadBy != "Jan" || c.Messages[1].ReadBy != "Piet Jansen" || c.Messages[1].Read == 0 {
		t.Errorf("read by %q and %q", c.Messages[0].ReadBy, c.Messages[1].ReadBy)
	}
	if _, content, err := r.s.FileOf(r.Ctx, r.Firm.ID, file.ID); err != nil || !bytes.Equal(content, png) {
		t.Errorf("the file has %d bytes, %v", len(content), err)
	}
	for name, content := range map[string][]byte{"x.html": []byte("<html>"), "x.svg": []byte("<svg>"), "x.png": []byte("MZ"), "x.pdf": nil} {
		_, err := p.AddFile(r.Ctx, r.visitor(), name, content)
		wantCode(t, err, "file.type")
	}
	_, err = p.AddFile(r.Ctx, r.visitor(), "x.png", append(bytes.Clone(png), make([]byte, requests.MaxFile)...))
	wantCode(t, err, "file.size")
}

// TestScopes: what belongs to another customer answers as what does not exist; a pay link and too few rights can do nothing.
func TestScopes(t *testing.T) {
	r := newRig(t)
	x := r.submit(requests.Request{Kind: requests.Question, Text: "?", Documents: []ledger.DocumentID{r.docs[0].ID}})
	file, err := r.portal().AddFile(r.Ctx, r.visitor(), "x.png", png)
	r.must(err)
	other := r.Customer("Vermeer")
	p := r.s.Portal(books.Scope{Firm: r.Firm.ID, Customer: other.ID, Contact: r.contact.ID, Rights: ledger.RightManage})
	_, _, err = p.Request(r.Ctx, x.ID)
	wantCode(t, err, "request.unknown")
	_, err = p.Withdraw(r.Ctx, r.visitor(), x.ID)
	wantCode(t, err, "request.unknown")
	_, err = p.Thread(r.Ctx, x.Thread)
	wantCode(t, err, "thread.unknown")
	_, _, err = p.File(r.Ctx, file.ID)
	wantCode(t, err, "file.unknown")
	_, err = p.Submit(r.Ctx, r.visitor(), requests.Request{Kind: requests.Question, Text: "?", Documents: []ledger.DocumentID{r.docs[0].ID}}, nil)
	wantCode(t, err, "document.unknown")
	_, err = p.Start(r.Ctx, r.visitor(), nil, "", requests.Note{Text: "x", Files: []requests.FileID{file.ID}})
	wantCode(t, err, "file.unknown")

	link := r.s.Portal(books.Scope{Firm: r.Firm.ID, Customer: r.customer.ID, Documents: []ledger.DocumentID{r.docs[0].ID}})
	_, err = link.Requests(r.Ctx)
	wantCode(t, err, "portal.sign_in")
	view := r.s.Portal(books.Scope{Firm: r.Firm.ID, Customer: r.customer.ID, Contact: r.contact.ID})
	_, err = view.Submit(r.Ctx, r.visitor(), requests.Request{Kind: requests.Plan}, nil)
	wantCode(t, err, "portal.view_only")
	got, err := view.Requests(r.Ctx)
	if err != nil || len(got) != 1 || got[0].Inputs != nil {
		t.Errorf("a visitor who may look sees %+v, %v", got, err)
	}
}

func TestDaysEnd(t *testing.T) {
	r := newRig(t)
	r.policy(requests.Plan, func(p *requests.Policy) { p.Auto, p.When = true, nil })
	promise := r.submit(requests.Request{Kind: requests.Promise, Documents: []ledger.DocumentID{r.docs[0].ID}, Payload: requests.Payload{Amount: 100000, Currency: "EUR", On: day("2026-07-03")}})
	plan := r.submit(requests.Request{Kind: requests.Plan, Documents: []ledger.DocumentID{r.docs[2].ID},
		Payload: requests.Payload{Instalments: []requests.Instalment{{Due: day("2026-07-10"), Amount: 45000}, {Due: day("2026-08-10"), Amount: 45000}}}})
	dispute := r.submit(requests.Request{Kind: requests.Dispute, Payload: requests.Payload{Reason: ledger.ReasonPrice, Lines: []requests.Line{{Document: r.docs[1].ID}}}})
	r.Clock.Set(time.Date(2026, 8, 15, 10, 0, 0, 0, time.UTC)) // the program was off for weeks
	for range 2 {
		r.must(r.s.Judge(r.Ctx))
	}
	c := r.commitments()
	if c.Promises[0].State != ledger.PromiseBroken || c.Promises[0].Ended != day("2026-07-08") || c.Plans[0].State != ledger.PlanDefaulted ||
		c.Plans[0].Ended != day("2026-07-18") || !c.Disputes[0].Escalated {
		t.Errorf("%s on %s, %s on %s, escalated %v", c.Promises[0].State, c.Promises[0].Ended, c.Plans[0].State, c.Plans[0].Ended, c.Disputes[0].Escalated)
	}
	list, err := r.s.Tasks(r.Ctx, r.Firm.ID, r.customer.ID)
	r.must(err)
	open := map[string]int{}
	for _, x := range list {
		if x.State == requests.TaskOpen {
			open[x.Cause]++
		}
	}
	if fmt.Sprint(open) != "map[dispute_late:1 plan_defaulted:1 promise_broken:1 request:1]" {
		t.Errorf("there are tasks %v", open)
	}
	for id, want := range map[requests.ID]requests.State{promise.ID: requests.Done, plan.ID: requests.Done, dispute.ID: requests.Accepted} {
		if x, err := r.s.Get(r.Ctx, r.Firm.ID, id); err != nil || x.State != want {
			t.Errorf("a %s is %s, %v", x.Kind, x.State, err)
		}
	}
}

func TestCustomersAreTold(t *testing.T) {
	r := newRig(t)
	x := r.submit(requests.Request{Kind: requests.Question, Text: "?", Documents: []ledger.DocumentID{r.docs[0].ID}})
	_, err := r.s.Reply(r.Ctx, r.Meta(), x.Thread, requests.Note{Text: "intern", Internal: true})
	r.must(err)
	_, err = r.s.Reply(r.Ctx, r.Meta(), x.Thread, requests.Note{Text: "Omdat het zo is."})
	r.must(err)
	_, err = r.s.Finish(r.Ctx, r.Meta(), x.ID, "")
	r.must(err)
	all, err := r.Log().Read(r.Ctx, 1, 1000)
	r.must(err)
	r.must(r.s.Notices().Apply(r.Ctx, all))
	if len(r.told.list) != 2 || r.told.list[0].To != r.contact.Email || r.told.list[0].Path != "/requests/"+x.ID.String() || r.told.list[0].Progress || !r.told.list[1].Progress {
		t.Errorf("told: %+v", r.told.list)
	}
}
