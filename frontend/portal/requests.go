package portal

import (
	"strconv"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// AskKinds is the page on which customers say what it is about.
type AskKinds struct {
	Items []Item // the invoices that it is about; none: not chosen yet
	Kinds []AskKind
	Talk  string // address of the page for a message without a request; empty: there is none
}

// AskKind is one thing that can be asked for.
type AskKind struct{ Kind, URL string }

// Ask is the form for one kind of request.
type Ask struct {
	Kind    string
	Items   []Item // to choose from, those that were chosen first
	Fixed   bool   // all of them were chosen on another page
	Dropped bool   // there are more open invoices than the form shows
	Open    money.Amount
	Error   string
	Key     string // makes this request happen once
	Reasons []string
	Sources []AskSource
	Plan    *AskPlan
	Kept    []Attachment // files that came with an earlier try
	First   civil.Date   // the first and last day that may be chosen
	Last    civil.Date
	Change  string // address of the same page without choice

	values func(string) string // what was filled in
}

// Filled makes the form show what was filled in before.
func (v *Ask) Filled(with func(name string) string) { v.values = with }

func (v *Ask) value(name string) string {
	if v.values == nil {
		return ""
	}
	return v.values(name)
}

// AskSource is credit that can be applied or paid back.
type AskSource struct {
	ID     string
	Number string     // of the credit note
	Date   civil.Date // of the payment
	Left   money.Amount
	Chosen bool
}

// AskPlan is the calculator of a payment plan.
type AskPlan struct {
	Counts      []int // that can be chosen
	Count       int
	First       civil.Date
	Limits      []string
	Rows        []PlanRow // empty until it has been worked out
	Total       money.Amount
	Problem     string
	NotPossible bool
}

// Attachment is a file that goes with a message.
type Attachment struct {
	ID, Name, URL string
	Size          int64
}

// Requests is the list of what was asked and said.
type Requests struct {
	Rows    []RequestRow
	Threads []ThreadRow
	AskURL  string // empty: the firm has it switched off
	TalkURL string
}

// RequestRow is one request.
type RequestRow struct {
	URL, Kind, State string
	At               time.Time
	Numbers          []string
	Unread           int
}

// ThreadRow is one conversation without a request.
type ThreadRow struct {
	URL, Subject string
	At           time.Time
	Unread       int
	Numbers      []string
}

// Request is one request with its progress and its conversation.
type Request struct {
	ID, Kind, State string
	Received        time.Time
	Deadline        civil.Date // by which there is an answer; zero once there is one
	Auto            bool
	Reason          string // of the decision, in the firm's words
	Decided         time.Time
	Facts           []Fact
	Items           []Item
	Plan            *Plan
	Proposed        []PlanRow // of a plan that is asked for
	Talk            Talk
	Withdraw        bool
	Note            string
}

// Fact is a name and a value. Number says that the value is one.
type Fact struct {
	Name, Value string
	Number      bool
}

// Talk is a conversation with its form.
type Talk struct {
	Messages []TalkMessage
	Action   string // where an answer goes; empty: none can be given
	Key      string
	Error    string
	Text     string
	Kept     []Attachment
}

// TalkMessage is one message.
type TalkMessage struct {
	Mine      bool
	Automatic bool // an answer that was fixed in advance
	Author    string
	Text      string
	At        time.Time
	Files     []Attachment
	Read      bool // by the other side
}

// Conversation is the page of a thread, or of a new one.
type Conversation struct {
	New     bool
	Subject string
	Numbers []string
	Talk    Talk
	Note    string
}

// Plan is a payment plan that is being paid.
type Plan struct {
	URL     string // pays what is due of it now; empty: the visitor may not pay
	Total   money.Amount
	Left    money.Amount
	Due     money.Amount // what is to be paid now
	DueOn   civil.Date
	Late    bool
	Next    int // number of the instalment that is to be paid, from 1
	Rows    []PlanRow
	Numbers []string
	Request string // address of the request that it came from
}

// Paid is what has been paid of the plan.
func (v *Plan) Paid() money.Amount { return v.Total.Sub(v.Left) }

// PlanRow is one instalment.
type PlanRow struct {
	Due    civil.Date
	Amount money.Amount
	Left   money.Amount
	State  string // "paid", "late", "next", "later"
}

// Agreed is a promise or a dispute that is in force.
type Agreed struct {
	Icon, Title, Detail, URL string
}

// step is one of the stations of a request.
type step struct {
	word string
	is   string // "done", "now", "todo"
}

// steps are the stations that a request goes through, and where it is.
func steps(p *Page, v *Request) []step {
	t := p.T.Requests
	list := []step{{t.StepReceived, "done"}, {t.StepReview, "todo"}, {t.StepDecided, "todo"}, {t.StepDone, "todo"}}
	switch v.State {
	case "received":
		list[1].is = "now"
	case "in_review":
		list[1].is = "now"
	case "accepted", "recorded":
		list[1].is, list[2].is, list[3].is = "done", "done", "now"
		list[2].word = t.States[v.State]
	case "declined":
		list = list[:3]
		list[1].is, list[2] = "done", step{t.States["declined"], "bad"}
	case "withdrawn":
		list = []step{list[0], {t.States["withdrawn"], "bad"}}
	case "done":
		list[1].is, list[2].is, list[3].is = "done", "done", "done"
	}
	return list
}

func stepIcon(is string) string {
	switch is {
	case "done":
		return "check"
	case "bad":
		return "cross"
	}
	return "clock"
}

func stateKind(state string) (kind, icon string) {
	switch state {
	case "accepted", "recorded", "done":
		return "done", "check"
	case "declined":
		return "late", "cross"
	case "withdrawn":
		return "quiet", "cross"
	case "in_review":
		return "info", "search"
	}
	return "soon", "clock"
}

func kindIcon(kind string) string {
	switch kind {
	case "promise":
		return "clock"
	case "dispute":
		return "alert"
	case "plan", "chart":
		return "chart"
	case "document", "po_number":
		return "paper"
	case "contact", "address":
		return "people"
	case "credit", "refund", "autopay":
		return "bank"
	}
	return "talk"
}

// rowState is how an instalment stands: the kind for its colour, the icon and the word.
func rowState(p *Page, r PlanRow) (kind, icon, word string) {
	t := p.T.Plan
	switch r.State {
	case "paid":
		return "done", "check", t.StatePaid
	case "late":
		return "late", "alert", p.F.When(r.Due)
	case "next":
		return "soon", "clock", t.StateNext
	}
	return "quiet", "clock", t.StateLater
}

// fileSize is a size in words: "2,4 MB", "310 kB".
func fileSize(f Format, n int64) string {
	if n < 1_000_000 {
		return strconv.FormatInt(max(1, (n+500)/1000), 10) + " kB"
	}
	s := strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64)
	return strings.Replace(s, ".", shapeOf(f.T.Locale, "EUR").decimal, 1) + " MB"
}

func iso(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func plus(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

func itemNumbers(items []Item, n int) string {
	numbers := make([]string, len(items))
	for i := range items {
		numbers[i] = items[i].Number
	}
	return ListOf(numbers, n)
}

// textNeeded reports whether a request of the kind is nothing without words.
func textNeeded(kind string) bool {
	switch kind {
	case "question", "problem", "document", "autopay", "dispute":
		return true
	}
	return false
}

func textRows(kind string) string {
	if textNeeded(kind) {
		return "5"
	}
	return "2"
}
