package api

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/requests"
)

// Thread is a conversation with a customer.
type Thread struct {
	ID             string    `json:"id"`
	Customer       Ref       `json:"customer"`
	Request        string    `json:"request,omitempty"`
	Subject        string    `json:"subject" doc:"Of a request's conversation: its kind."`
	Invoices       []Ref     `json:"invoices" nullable:"false"`
	Last           time.Time `json:"last"`
	LastSide       string    `json:"last_side" enum:"customer,staff,policy"`
	Unread         int       `json:"unread" doc:"Messages of the customer that nobody has read."`
	UnreadCustomer int       `json:"unread_customer" doc:"Messages of the firm that the customer has not read."`
	Messages       []Message `json:"messages,omitempty"`
}

// Message is one piece of a conversation.
type Message struct {
	ID       string       `json:"id"`
	Side     string       `json:"side" enum:"customer,staff,policy"`
	Author   string       `json:"author"`
	Text     string       `json:"text"`
	Internal bool         `json:"internal" doc:"The customer never sees it."`
	At       time.Time    `json:"at"`
	Read     *time.Time   `json:"read,omitempty" doc:"By the other side."`
	ReadBy   string       `json:"read_by"`
	Files    []StoredFile `json:"files" nullable:"false"`
}

// StoredFile is a file that was sent along.
type StoredFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// MessageInput is a message to write.
type MessageInput struct {
	Text     string   `json:"text,omitempty" maxLength:"4000"`
	Internal bool     `json:"internal,omitempty" doc:"Only for the staff; this never changes."`
	Files    []string `json:"files,omitempty" maxItems:"10"`
}

// ThreadInput begins a conversation.
type ThreadInput struct {
	MessageInput
	Customer string   `json:"customer"`
	Subject  string   `json:"subject,omitempty" maxLength:"200"`
	Invoices []string `json:"invoices,omitempty" maxItems:"500"`
}

// TaskView is work for a person.
type TaskView struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"call,check,approve,negotiate,refund"`
	Cause    string `json:"cause" enum:"request,promise_broken,promise_partly_kept,plan_defaulted,dispute_late,person"`
	Customer Ref    `json:"customer"`
	Invoices []Ref  `json:"invoices" nullable:"false"`
	Request  string `json:"request,omitempty"`
	Text     string `json:"text"`
	Due      string `json:"due" format:"date"`
	Owner    string `json:"owner"`
	Name     string `json:"owner_name"`
	State    string `json:"state" enum:"open,done,dropped"`
	Outcome  string `json:"outcome"`
	Phone    string `json:"phone"`
}

// TaskInput is a task to make.
type TaskInput struct {
	Customer string   `json:"customer"`
	Kind     string   `json:"kind" enum:"call,check,approve,negotiate,refund"`
	Text     string   `json:"text,omitempty" maxLength:"4000"`
	Due      string   `json:"due" format:"date"`
	Owner    string   `json:"owner,omitempty" doc:"Id of a user, or me."`
	Invoices []string `json:"invoices,omitempty" maxItems:"500"`
}

// TaskPatch changes a task.
type TaskPatch struct {
	State   *string `json:"state,omitempty" enum:"open,done,dropped"`
	Outcome *string `json:"outcome,omitempty" maxLength:"4000"`
	Due     *string `json:"due,omitempty" format:"date"`
	Owner   *string `json:"owner,omitempty"`
}

// PolicyView is what the firm does with requests of a kind.
type PolicyView struct {
	Kind           string               `json:"kind" enum:"promise,dispute,problem,question,plan,po_number,contact,address,document,autopay,credit,refund"`
	Version        int                  `json:"version" doc:"0: the default."`
	Off            bool                 `json:"off" doc:"Customers cannot ask it in the portal."`
	Auto           bool                 `json:"auto" doc:"Process at once when all conditions hold; else check first."`
	When           []requests.Condition `json:"when" nullable:"false" maxItems:"20"`
	Owner          string               `json:"owner"`
	Task           string               `json:"task" enum:",call,check,approve,negotiate,refund"`
	TaskText       string               `json:"task_text" maxLength:"4000"`
	Days           int                  `json:"days" minimum:"0" maximum:"60" doc:"Business days to answer."`
	Hold           int                  `json:"hold" minimum:"0" maximum:"90" doc:"Days without reminders of the documents while it is open."`
	Answer         map[string]string    `json:"answer" doc:"By language; sent when the request comes in."`
	MaxInstalments int                  `json:"max_instalments" minimum:"0" maximum:"120"`
	MinInstalment  string               `json:"min_instalment" maxLength:"30"`
	MaxMonths      int                  `json:"max_months" minimum:"0" maximum:"120"`
	MaxFirstDays   int                  `json:"max_first_days" minimum:"0" maximum:"365"`
	By             string               `json:"by"`
	At             *time.Time           `json:"at,omitempty"`
}

// PolicyTry is what a policy would have done with a past request.
type PolicyTry struct {
	Request Request  `json:"request"`
	Auto    bool     `json:"auto"`
	Same    bool     `json:"same" doc:"It went that way."`
	Failed  []string `json:"failed" nullable:"false"`
}

type threadsInput struct {
	InFirm
	Customer string `query:"customer"`
}

// AtThread is the thing that the path names.
type AtThread struct {
	InFirm
	Thread string `path:"thread"`
}

type startInput struct {
	InFirm
	InKey
	Body ThreadInput
}

type replyInput struct {
	AtThread
	InKey
	Body MessageInput
}

type fileInput struct {
	AtCustomer
	Name    string `query:"name" required:"true" maxLength:"300"`
	RawBody []byte `contentType:"application/octet-stream"`
}

type atFile struct {
	InFirm
	File string `path:"file"`
}

var sideNames = []string{"customer", "staff", "policy"}

func (a *API) conversations() {
	add(a, op("GET /threads", "listThreads", "requests", "Conversations, the latest first", access.Read), a.listThreads)
	add(a, op("POST /threads", "startThread", "requests", "Write to a customer", access.RequestsWrite, 201), a.startThread)
	add(a, op("GET /threads/{thread}", "getThread", "requests", "One conversation with its messages", access.Read), a.getThread)
	add(a, op("POST /threads/{thread}/messages", "reply", "requests", "Answer, or note something for the staff", access.RequestsWrite, 201), a.reply)
	add(a, op("POST /threads/{thread}/read", "markRead", "requests", "The staff has read it", access.RequestsWrite, 204), a.markRead)
	o := op("POST /customers/{customer}/files", "addFile", "requests", "Keep a file to send: PDF, PNG, JPEG, GIF or WebP up to 10 MB", access.RequestsWrite, 201)
	o.MaxBodyBytes = requests.MaxFile + 1024
	add(a, o, a.addFile)
	add(a, file(op("GET /files/{file}", "getFile", "requests", "A file that was sent along", access.Read), "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"), a.getFile)
}

func (v *viewer) thread(t requests.Thread) (Thread, error) {
	acc, err := v.accountOf(t.Customer)
	if err != nil {
		return Thread{}, err
	}
	return Thread{ID: t.ID.String(), Customer: customerRef(acc.Customer), Request: t.Request.String(), Subject: t.Subject, Invoices: v.refs(acc, t.Documents),
		Last: t.Last.Time(), LastSide: sideNames[t.LastSide], Unread: t.UnreadStaff, UnreadCustomer: t.UnreadCustomer}, nil
}

func (a *API) listThreads(ctx context.Context, in *threadsInput) (*body[Page[Thread]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	c, err := idOf[ledger.CustomerID](in.Customer)
	if err != nil {
		return nil, err
	}
	list, err := a.Requests.Threads(ctx, f.ID, c)
	if err != nil {
		return nil, err
	}
	page := Page[Thread]{Items: []Thread{}}
	err = a.show(ctx, f.ID, func(v *viewer) error {
		page.Items = page.Items[:0]
		for _, t := range list {
			row, err := v.thread(t)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, row)
		}
		return nil
	})
	return answer(page, err)
}

func messageView(m requests.Message, files map[requests.FileID]requests.File) Message {
	out := Message{ID: m.ID.String(), Side: sideNames[m.Side], Author: m.Author, Text: m.Text, Internal: m.Internal, At: m.At.Time(),
		Read: instantOf(m.Read.Time()), ReadBy: m.ReadBy, Files: []StoredFile{}}
	for _, id := range m.Files {
		out.Files = append(out.Files, storedFile(files[id]))
	}
	return out
}

func storedFile(f requests.File) StoredFile {
	return StoredFile{ID: f.ID.String(), Name: f.Name, Type: f.Type, Size: f.Size}
}

// atThread is the firm and the conversation of a path.
func (a *API) atThread(ctx context.Context, in AtThread) (ledger.FirmID, requests.ThreadID, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return f.ID, requests.ThreadID{}, err
	}
	id, err := idOf[requests.ThreadID](in.Thread)
	return f.ID, id, err
}

func (a *API) getThread(ctx context.Context, in *AtThread) (*body[Thread], error) {
	f, id, err := a.atThread(ctx, *in)
	if err != nil {
		return nil, err
	}
	return a.threadView(ctx, f, id)
}

func (a *API) threadView(ctx context.Context, f ledger.FirmID, id requests.ThreadID) (*body[Thread], error) {
	c, err := a.Requests.Conversation(ctx, f, id)
	if err != nil {
		return nil, err
	}
	var out Thread
	err = a.show(ctx, f, func(v *viewer) error { out, err = v.thread(c.Thread); return err })
	out.Messages = []Message{}
	for _, m := range c.Messages {
		out.Messages = append(out.Messages, messageView(m, c.Files))
	}
	return answer(out, err)
}

func (in MessageInput) note() (requests.Note, error) {
	files, err := ids[requests.FileID](in.Files)
	return requests.Note{Text: in.Text, Internal: in.Internal, Files: files}, err
}

func (a *API) startThread(ctx context.Context, in *startInput) (*body[Thread], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	c, err := idOf[ledger.CustomerID](in.Body.Customer)
	if err != nil {
		return nil, err
	}
	documents, err := ids[ledger.DocumentID](in.Body.Invoices)
	if err != nil {
		return nil, err
	}
	n, err := in.Body.note()
	if err != nil {
		return nil, err
	}
	t, err := a.Requests.Start(ctx, meta(ctx, f.ID, in.Key), c, documents, in.Body.Subject, n)
	if err != nil {
		return nil, err
	}
	return a.threadView(ctx, f.ID, t.ID)
}

func (a *API) reply(ctx context.Context, in *replyInput) (*body[Thread], error) {
	f, id, err := a.atThread(ctx, in.AtThread)
	if err != nil {
		return nil, err
	}
	n, err := in.Body.note()
	if err != nil {
		return nil, err
	}
	if _, err := a.Requests.Reply(ctx, meta(ctx, f, in.Key), id, n); err != nil {
		return nil, err
	}
	return a.threadView(ctx, f, id)
}

func (a *API) markRead(ctx context.Context, in *AtThread) (*struct{}, error) {
	f, id, err := a.atThread(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, a.Requests.MarkRead(ctx, meta(ctx, f, ""), id)
}

func (a *API) addFile(ctx context.Context, in *fileInput) (*body[StoredFile], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := a.owner(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := a.Requests.AddFile(ctx, meta(ctx, c.Firm, ""), id, in.Name, bytes.Clone(in.RawBody))
	return answer(storedFile(f), err)
}

func (a *API) getFile(ctx context.Context, in *atFile) (*sentFile, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := idOf[requests.FileID](in.File)
	if err != nil {
		return nil, err
	}
	x, content, err := a.Requests.FileOf(ctx, f.ID, id)
	if err != nil {
		return nil, err
	}
	return attached(x, content), nil
}

type tasksInput struct {
	InFirm
	Customer string `query:"customer" doc:"All tasks of a customer, closed ones included; else the open ones of the firm."`
}

type addTaskInput struct {
	InFirm
	InKey
	Body TaskInput
}

type changeTaskInput struct {
	InFirm
	Task string `path:"task"`
	Body TaskPatch
}

var taskStates = []string{"open", "done", "dropped"}

func (a *API) tasks() {
	add(a, op("GET /tasks", "listTasks", "requests", "What is to be done, by day", access.Read), a.listTasks)
	add(a, op("POST /tasks", "addTask", "requests", "Add a task", access.RequestsWrite, 201), a.addTask)
	add(a, op("PATCH /tasks/{task}", "changeTask", "requests", "Close, reopen, postpone or hand over a task", access.RequestsWrite), a.changeTask)
}

func (v *viewer) task(t requests.Task) (TaskView, error) {
	acc, err := v.accountOf(t.Customer)
	if err != nil {
		return TaskView{}, err
	}
	return TaskView{ID: t.ID.String(), Kind: t.Kind, Cause: t.Cause, Customer: customerRef(acc.Customer), Invoices: v.refs(acc, t.Documents), Request: t.Request.String(),
		Text: t.Text, Due: t.Due.String(), Owner: t.Owner.String(), Name: v.names[t.Owner.String()], State: taskStates[t.State], Outcome: t.Outcome, Phone: acc.Customer.Phone}, nil
}

func (a *API) listTasks(ctx context.Context, in *tasksInput) (*body[Page[TaskView]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	c, err := idOf[ledger.CustomerID](in.Customer)
	if err != nil {
		return nil, err
	}
	list, err := a.Requests.Tasks(ctx, f.ID, c)
	if err != nil {
		return nil, err
	}
	page := Page[TaskView]{Items: []TaskView{}}
	err = a.show(ctx, f.ID, func(v *viewer) error {
		page.Items = page.Items[:0]
		for _, t := range list {
			row, err := v.task(t)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, row)
		}
		return nil
	})
	return answer(page, err)
}

func (a *API) taskView(ctx context.Context, f ledger.FirmID, t requests.Task, err error) (*body[TaskView], error) {
	if err != nil {
		return nil, err
	}
	var out TaskView
	err = a.show(ctx, f, func(v *viewer) error { out, err = v.task(t); return err })
	return answer(out, err)
}

func (a *API) addTask(ctx context.Context, in *addTaskInput) (*body[TaskView], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	t := requests.Task{Kind: in.Body.Kind, Text: in.Body.Text}
	if t.Customer, err = idOf[ledger.CustomerID](in.Body.Customer); err != nil {
		return nil, err
	}
	if t.Documents, err = ids[ledger.DocumentID](in.Body.Invoices); err != nil {
		return nil, err
	}
	if t.Due, err = day("due", in.Body.Due, 0); err != nil {
		return nil, err
	}
	if t.Owner, err = owner(ctx, in.Body.Owner); err != nil {
		return nil, err
	}
	t, err = a.Requests.AddTask(ctx, meta(ctx, f.ID, in.Key), t)
	return a.taskView(ctx, f.ID, t, err)
}

func (a *API) changeTask(ctx context.Context, in *changeTaskInput) (*body[TaskView], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	id, err := idOf[requests.TaskID](in.Task)
	if err != nil {
		return nil, err
	}
	c := requests.TaskChange{Outcome: in.Body.Outcome}
	if in.Body.State != nil {
		s := requests.TaskState(named(taskStates, *in.Body.State))
		c.State = &s
	}
	if in.Body.Due != nil {
		d, err := day("due", *in.Body.Due, 0)
		if err != nil {
			return nil, err
		}
		c.Due = &d
	}
	if in.Body.Owner != nil {
		o, err := owner(ctx, *in.Body.Owner)
		if err != nil {
			return nil, err
		}
		c.Owner = &o
	}
	t, err := a.Requests.ChangeTask(ctx, meta(ctx, f.ID, ""), id, c)
	return a.taskView(ctx, f.ID, t, err)
}

type policyInput struct {
	InFirm
	Kind string `path:"kind"`
	Body PolicyView
}

func (a *API) policies() {
	add(a, op("GET /policies", "listPolicies", "requests", "What the firm does with each kind of request", access.Read), a.listPolicies)
	add(a, op("PUT /policies/{kind}", "setPolicy", "requests", "Make a new version of a policy", access.SettingsWrite), a.setPolicy)
	add(a, op("POST /policies/{kind}/simulate", "simulatePolicy", "requests", "What a policy would have done with past requests", access.SettingsWrite), a.simulatePolicy)
}

func policyView(p requests.Policy, c money.Currency) PolicyView {
	out := PolicyView{Kind: string(p.Kind), Version: p.Version, Off: p.Off, Auto: p.Auto, When: append([]requests.Condition{}, p.When...), Owner: p.Owner.String(),
		Task: p.Task, TaskText: p.TaskText, Days: p.Days, Hold: p.Hold, Answer: p.Answer, MaxInstalments: p.MaxInstalments, MinInstalment: minor(p.MinInstalment, c),
		MaxMonths: p.MaxMonths, MaxFirstDays: p.MaxFirstDays, By: p.By, At: instantOf(p.At.Time())}
	if out.Answer == nil {
		out.Answer = map[string]string{}
	}
	return out
}

func (v PolicyView) policy(ctx context.Context, kind string, f ledger.Firm) (requests.Policy, error) {
	p := requests.Policy{Firm: f.ID, Kind: requests.Kind(kind), Off: v.Off, Auto: v.Auto, When: v.When, Task: v.Task, TaskText: v.TaskText, Days: v.Days,
		Hold: v.Hold, Answer: v.Answer, MaxInstalments: v.MaxInstalments, MaxMonths: v.MaxMonths, MaxFirstDays: v.MaxFirstDays}
	var err error
	if p.Owner, err = owner(ctx, v.Owner); err != nil {
		return p, err
	}
	if v.MinInstalment != "" {
		m, err := amount("min_instalment", v.MinInstalment, f.Currency)
		if err != nil {
			return p, err
		}
		p.MinInstalment = m.Minor
	}
	return p, nil
}

func (a *API) listPolicies(ctx context.Context, in *InFirm) (*body[Page[PolicyView]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	list, err := a.Requests.Policies(ctx, f.ID)
	page := Page[PolicyView]{Items: []PolicyView{}}
	for _, p := range list {
		page.Items = append(page.Items, policyView(p, f.Currency))
	}
	return answer(page, err)
}

func (a *API) setPolicy(ctx context.Context, in *policyInput) (*body[PolicyView], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	p, err := in.Body.policy(ctx, in.Kind, f)
	if err != nil {
		return nil, err
	}
	p, err = a.Requests.SetPolicy(ctx, meta(ctx, f.ID, ""), p)
	return answer(policyView(p, f.Currency), err)
}

func (a *API) simulatePolicy(ctx context.Context, in *policyInput) (*body[Page[PolicyTry]], error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	p, err := in.Body.policy(ctx, in.Kind, f)
	if err != nil {
		return nil, err
	}
	list, err := a.Requests.Simulate(ctx, f.ID, p, 100)
	if err != nil {
		return nil, err
	}
	page := Page[PolicyTry]{Items: []PolicyTry{}}
	err = a.show(ctx, f.ID, func(v *viewer) error {
		page.Items = page.Items[:0]
		for _, s := range list {
			row, err := v.request(s.Request)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, PolicyTry{Request: row, Auto: s.Verdict.Auto, Same: s.Same, Failed: append([]string{}, s.Verdict.Failed...)})
		}
		return nil
	})
	return answer(page, err)
}

// worklistAsked bounds the requests and tasks on the first page; their own lists have them all.
const worklistAsked = 20

// asked is what customers wait for and what is to be done today: open requests by deadline, conversations that nobody has
// read, tasks by day.
func (a *API) asked(ctx context.Context, firm ledger.FirmID, on civil.Date) (out []WorkItem, err error) {
	open, err := a.Requests.List(ctx, firm, requests.Query{Open: true})
	if err != nil {
		return nil, err
	}
	threads, err := a.Requests.Threads(ctx, firm, ledger.CustomerID{})
	if err != nil {
		return nil, err
	}
	tasks, err := a.Requests.Tasks(ctx, firm, ledger.CustomerID{})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(open, func(x, y requests.Request) int { return int(x.Deadline - y.Deadline) })
	err = a.show(ctx, firm, func(v *viewer) error {
		out = nil
		for _, x := range open[:min(len(open), worklistAsked)] {
			row, err := v.request(x)
			if err != nil {
				return err
			}
			out = append(out, WorkItem{Kind: "request", Request: row.ID, Thread: row.Thread, Customer: &row.Customer, Amount: row.Amount,
				Days: civil.Days(civil.In(x.Received.Time(), time.UTC), on), Count: len(row.Invoices), Detail: row.Kind, Due: row.Deadline})
		}
		for _, t := range threads {
			if t.UnreadStaff == 0 || len(out) >= 2*worklistAsked || slices.ContainsFunc(open, func(x requests.Request) bool { return x.Thread == t.ID }) {
				continue
			}
			row, err := v.thread(t)
			if err != nil {
				return err
			}
			out = append(out, WorkItem{Kind: "message", Thread: row.ID, Request: row.Request, Customer: &row.Customer, Count: row.Unread, Detail: row.Subject})
		}
		for i, t := range tasks {
			if t.Due > on || i == worklistAsked {
				break
			}
			if !t.Request.IsZero() && slices.ContainsFunc(open, func(x requests.Request) bool { return x.ID == t.Request }) {
				continue // the request itself is on the list
			}
			row, err := v.task(t)
			if err != nil {
				return err
			}
			out = append(out, WorkItem{Kind: "task", Task: row.ID, Request: row.Request, Customer: &row.Customer, Phone: row.Phone, Days: civil.Days(t.Due, on),
				Count: len(row.Invoices), Detail: row.Kind, Cause: row.Cause, Due: row.Due})
		}
		return nil
	})
	return out, err
}
