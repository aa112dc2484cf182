package api_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/web/api"
)

// TestRequestsThroughTheAPI takes a promise by telephone, a question with its conversation, a policy and a task from end to
// end.
func TestRequestsThroughTheAPI(t *testing.T) {
	r := newRig(t)
	c := r.Customer("Jansen Bouw")
	inv := r.Invoice(c, "2026-1", "2026-05-01", "", 100000)
	at := "/customers/" + c.ID.String()

	promise := map[string]any{"customer": c.ID.String(), "kind": "promise", "by": "mevrouw Jansen", "channel": "phone", "invoices": []string{inv.ID.String()},
		"payload": map[string]any{"amount": "1000.00", "on": "2026-07-03"}}
	x := get[api.Request](r, "POST", "/requests", promise, "Idempotency-Key", "p")
	if x.State != "accepted" || !x.Automatic || x.Amount.Amount != "1000.00" || x.Decision.Inputs["days"] != "3" || x.Promise == "" {
		t.Errorf("the promise is %+v", x)
	}
	if again := get[api.Request](r, "POST", "/requests", promise, "Idempotency-Key", "p"); again.ID != x.ID {
		t.Error("the same key made two requests")
	}
	if kinds := r.kinds(1); kinds[0] != "request.processed" {
		t.Errorf("the journal says %v", kinds)
	}
	g := get[api.Agreements](r, "GET", at+"/agreements", nil)
	if len(g.Promises) != 1 || g.Promises[0].Deadline != "2026-07-08" || g.Holds[0].Promised != "1000.00" || g.Holds[0].Free != "0.00" {
		t.Errorf("agreed is %+v", g)
	}
	r.refused(422, "promise.reason", "POST", "/promises/"+x.Promise+"/cancel", map[string]any{"reason": ""})
	get[api.Agreements](r, "POST", "/promises/"+x.Promise+"/cancel", map[string]any{"reason": "vergissing"})

	q := get[api.Request](r, "POST", "/requests", map[string]any{"customer": c.ID.String(), "kind": "question", "text": "Waarom?", "invoices": []string{inv.ID.String()}})
	if counts := get[api.Counts](r, "GET", "/requests/counts", nil); counts.Requests != 1 || counts.Messages != 1 {
		t.Errorf("counted %+v", counts)
	}
	r.refused(422, "request.talk", "POST", "/requests/"+q.ID+"/accept", map[string]any{})
	r.refused(422, "request.reason", "POST", "/requests/"+q.ID+"/decline", map[string]any{})
	if got := get[api.Request](r, "POST", "/requests/"+q.ID+"/assign", map[string]any{"owner": "me"}); got.OwnerName != "admin" || got.State != "in_review" {
		t.Errorf("assigned: %+v", got)
	}
	png := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 50)...)
	f := get[api.StoredFile](r, "POST", at+"/files?name=uitleg.png", png)
	th := get[api.Thread](r, "POST", "/threads/"+q.Thread+"/messages", map[string]any{"text": "Zie de bijlage.", "files": []string{f.ID}})
	if len(th.Messages) != 2 || th.Messages[1].Author != "admin" || th.Messages[1].Files[0].Name != "uitleg.png" || th.Messages[1].Read != nil {
		t.Errorf("the conversation is %+v", th)
	}
	status, content, h := r.do("GET", "/files/"+f.ID, nil)
	if status != 200 || !bytes.Equal(content, png) || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the file comes as %d, %v", status, h)
	}
	if status, _, _ := r.do("POST", "/threads/"+q.Thread+"/read", nil); status != 204 {
		t.Errorf("read: %d", status)
	}
	if done := get[api.Request](r, "POST", "/requests/"+q.ID+"/finish", map[string]any{}); done.State != "done" || done.Unread != 0 {
		t.Errorf("finished: %+v", done)
	}

	p := get[api.Page[api.PolicyView]](r, "GET", "/policies", nil).Items[0]
	p.When = append(p.When, p.When[0])
	p.When[0].Value = "10"
	tries := get[api.Page[api.PolicyTry]](r, "POST", "/policies/promise/simulate", p)
	if len(tries.Items) != 1 || tries.Items[0].Auto || tries.Items[0].Same || len(tries.Items[0].Failed) == 0 {
		t.Errorf("simulated: %+v", tries)
	}
	if set := get[api.PolicyView](r, "PUT", "/policies/promise", p); set.Version != 1 || set.By != "admin" {
		t.Errorf("the policy is %+v", set)
	}
	task := get[api.TaskView](r, "POST", "/tasks", map[string]any{"customer": c.ID.String(), "kind": "call", "due": "2026-06-30", "owner": "me"})
	home := get[api.Home](r, "GET", "/home", nil)
	if len(home.Worklist) == 0 || home.Worklist[0].Task != task.ID {
		t.Errorf("to be done is %+v", home.Worklist)
	}
	if closed := get[api.TaskView](r, "PATCH", "/tasks/"+task.ID, map[string]any{"state": "done", "outcome": "belooft te betalen"}); closed.State != "done" {
		t.Errorf("the task is %+v", closed)
	}

	parts := get[[]api.PlanInstalment](r, "POST", at+"/plan-proposal", map[string]any{"invoices": []string{inv.ID.String()}, "count": 3, "first": "2026-07-10"})
	g = get[api.Agreements](r, "POST", at+"/plans", map[string]any{"invoices": []string{inv.ID.String()}, "currency": "EUR", "instalments": parts, "state": "active"})
	if len(g.Plans) != 1 || g.Plans[0].State != "active" || g.Plans[0].Instalments[2].Left != "333.34" || g.Holds[0].Planned != "1000.00" {
		t.Errorf("planned is %+v", g)
	}
	g = get[api.Agreements](r, "POST", at+"/disputes", map[string]any{"reason": "price", "currency": "EUR", "lines": []map[string]any{{"invoice": inv.ID.String(), "amount": "100.00"}}})
	if len(g.Disputes) != 1 || g.Holds[0].Disputed != "100.00" || g.Holds[0].Planned != "900.00" {
		t.Errorf("disputed is %+v", g.Holds)
	}
	g = get[api.Agreements](r, "POST", "/disputes/"+g.Disputes[0].ID+"/move", map[string]any{"state": "resolved_invalid", "outcome": "De prijs klopt."})
	if g.Disputes[0].State != "resolved_invalid" || len(g.Disputes[0].Next) != 0 {
		t.Errorf("resolved: %+v", g.Disputes)
	}
}
