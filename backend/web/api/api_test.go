package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/web/api"
)

// TestFirstRun: exactly one first run, by whoever is first; afterwards the door is closed.
func TestFirstRun(t *testing.T) {
	r := newRig(t)
	r.token = ""
	if s := get[api.State](r, "GET", "/state", nil); s.SetupRequired || !s.HasFirm || s.Version != "test" {
		t.Errorf("%+v", s)
	}
	r.refused(409, "setup.done", "POST", "/setup", map[string]any{"sample": true, "name": "Eve", "email": "eve@example.nl", "password": password})
}

func TestSignInAndOut(t *testing.T) {
	r := newRig(t)
	r.token = ""
	r.refused(401, "session.sign_in", "POST", "/auth/sign-in", map[string]string{"email": "admin@example.nl", "password": "nonsense nonsense"})
	s := get[api.SignedIn](r, "POST", "/auth/sign-in", map[string]string{"email": "Admin@example.nl", "password": password})
	r.token = s.Token
	if me := get[api.Me](r, "GET", "/auth/me", nil); me.Email != "admin@example.nl" || !slices.Contains(me.Permissions, "users.write") {
		t.Errorf("%+v", me)
	}
	r.refused(422, "session.password_wrong", "POST", "/auth/password", map[string]string{"current": "nonsense", "new": "nog een lang wachtwoord"})
	if status, answer, _ := r.do("PUT", "/auth/preferences/grid.customers", `{"hidden":["city"]}`); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	if p := get[map[string]json.RawMessage](r, "GET", "/auth/preferences", nil); string(p["grid.customers"]) != `{"hidden":["city"]}` {
		t.Errorf("%s", p)
	}
	if status, _, _ := r.do("POST", "/auth/sign-out", nil); status != 204 {
		t.Errorf("signing out: %d", status)
	}
	r.refused(401, "session.expired", "GET", "/auth/me", nil)
	r.token = ""
	local := get[api.SignedIn](r, "POST", "/auth/local", map[string]string{"token": r.staff.LocalToken()})
	if !local.Me.Local || local.Me.Role != "admin" {
		t.Errorf("%+v", local.Me)
	}
}

// TestInvoiceToPaid is the daily work through the API: customer, invoice, credit, payment, allocation and back, each with
// the journal entries that it must leave.
func TestInvoiceToPaid(t *testing.T) {
	r := newRig(t)
	c := get[api.Customer](r, "POST", "/customers", map[string]any{"number": "00012", "name": " Jansen Bouw ", "term_days": 14, "credit_limit": "5000"}, "Idempotency-Key", "c1")
	if c.Number != "00012" || c.Name != "Jansen Bouw" || c.CreditLimit != "5000.00" {
		t.Errorf("%+v", c)
	}
	again := get[api.Customer](r, "POST", "/customers", map[string]any{"number": "00012", "name": " Jansen Bouw ", "term_days": 14, "credit_limit": "5000"}, "Idempotency-Key", "c1")
	if again.ID != c.ID {
		t.Error("the same key made another customer")
	}
	r.refused(409, "customer.duplicate", "POST", "/customers", map[string]any{"number": "00012", "name": "Other"})
	p := r.refused(422, "request.invalid", "POST", "/customers", map[string]any{"number": "", "name": "x", "wrong": 1})
	if len(p.Fields) != 2 {
		t.Errorf("%+v", p)
	}

	inv := get[api.Invoice](r, "POST", "/invoices", map[string]any{"type": "invoice", "customer": c.ID, "number": "2026-0001", "issued": "2026-06-01",
		"total": "1210.00", "po": "PO 7", "tax": []map[string]string{{"rate": "21", "base": "1000.00", "tax": "210.00"}},
		"discount": map[string]string{"percent": "2", "until": "2026-07-10"}})
	if inv.Due != "2026-06-15" || inv.Open != "1210.00" || inv.Status != "overdue" || inv.DaysLate != 15 || inv.Discount.Percent != "2" || inv.Tax[0].Rate != "21" {
		t.Errorf("%+v", inv)
	}
	r.refused(422, "money.amount", "POST", "/invoices", map[string]any{"type": "invoice", "customer": c.ID, "number": "x", "issued": "2026-06-01", "total": "12.345"})
	r.refused(404, "ident.unknown", "GET", "/invoices/doc_nonsense", nil)
	if got := get[api.Invoice](r, "PATCH", "/invoices/"+inv.ID, map[string]any{"reference": "RF18"}); got.Reference != "RF18" || got.PO != "PO 7" {
		t.Errorf("%+v", got)
	}

	note := get[api.Invoice](r, "POST", "/invoices/"+inv.ID+"/credit", map[string]any{"number": "C-1", "amount": "210.00", "reason": "retour", "allocate": true})
	if note.Type != "credit_note" || note.Open != "0.00" || note.Corrects.ID != inv.ID {
		t.Errorf("%+v", note)
	}
	body := map[string]any{"customer": c.ID, "date": "2026-06-30", "amount": "1500.00", "oldest": true, "payer": "Jansen"}
	pay := get[api.Payment](r, "POST", "/payments", body, "Idempotency-Key", "p1")
	if pay.Unapplied != "500.00" || pay.Status != "part_applied" || len(pay.Allocations) != 1 {
		t.Errorf("%+v", pay)
	}
	if again := get[api.Payment](r, "POST", "/payments", body, "Idempotency-Key", "p1"); again.ID != pay.ID || again.Unapplied != "500.00" {
		t.Errorf("the same key recorded another payment: %+v", again)
	}
	if want := []string{"customer.created", "document.posted", "document.described", "document.posted", "allocation.made", "receipt.recorded"}; !slices.Equal(r.kinds(6), want) {
		t.Errorf("the journal has %v, want %v", r.kinds(6), want)
	}
	if got := get[api.Invoice](r, "GET", "/invoices/"+inv.ID, nil); got.Status != "paid" || len(got.Allocations) != 2 {
		t.Errorf("%+v", got)
	}
	r.refused(409, "ledger.void_allocated", "POST", "/invoices/"+inv.ID+"/void", map[string]any{"reason": "fout"})

	back := get[api.Allocation](r, "POST", "/allocations/"+pay.Allocations[0].ID+"/reverse", map[string]any{"reason": "verkeerde factuur"})
	if back.Reverses != pay.Allocations[0].ID {
		t.Errorf("%+v", back)
	}
	prop := get[api.Proposal](r, "GET", "/payments/"+pay.ID+"/proposal", nil)
	if len(prop.Lines) != 1 || prop.Lines[0].Amount != "1000.00" || prop.Rest != "500.00" {
		t.Errorf("%+v", prop)
	}
	got := get[api.Payment](r, "POST", "/payments/"+pay.ID+"/allocations", map[string]any{"lines": []map[string]string{{"invoice": inv.ID, "amount": "990.00"}}})
	if got.Unapplied != "510.00" {
		t.Errorf("%+v", got.PaymentRow)
	}
	if w := get[api.Invoice](r, "POST", "/invoices/"+inv.ID+"/write-off", map[string]any{"reason": "klein verschil"}); w.Open != "0.00" {
		t.Errorf("%+v", w.InvoiceRow)
	}
	items := get[api.OpenItems](r, "GET", "/customers/"+c.ID+"/open-items", nil)
	if len(items.Invoices) != 0 || len(items.Payments) != 1 || items.Balances[0].Credit != "510.00" {
		t.Errorf("%+v", items)
	}
	line := get[api.Page[api.Event]](r, "GET", "/customers/"+c.ID+"/timeline?limit=3", nil)
	if len(line.Items) != 3 || line.NextCursor == "" || line.Items[0].Kind != "document.written_off" && line.Items[0].Actor.Name != "admin" {
		t.Errorf("%+v", line)
	}
	older := get[api.Page[api.Event]](r, "GET", "/customers/"+c.ID+"/timeline?cursor="+line.NextCursor, nil)
	if len(older.Items) == 0 || older.Items[0].Seq >= line.Items[2].Seq {
		t.Errorf("%+v", older.Items)
	}
}

// TestUnidentified: money of nobody waits on the worklist until somebody says whose it is.
func TestUnidentified(t *testing.T) {
	r := newRig(t)
	c := r.Customer("Jansen Bouw")
	pay := get[api.Payment](r, "POST", "/payments", map[string]any{"date": "2026-06-29", "amount": "12.50", "payer": "J. Onbekend"})
	if pay.Status != "unidentified" || pay.Customer != nil {
		t.Errorf("%+v", pay)
	}
	home := get[api.Home](r, "GET", "/home", nil)
	if len(home.Worklist) != 1 || home.Worklist[0].Kind != "identify" || home.Worklist[0].Payment != pay.ID {
		t.Errorf("%+v", home.Worklist)
	}
	r.refused(409, "receipt.no_customer", "POST", "/payments/"+pay.ID+"/allocations", map[string]any{"lines": []map[string]string{{"invoice": r.Invoice(c, "1", "2026-06-01", "", 1250).ID.String(), "amount": "12.50"}}})
	if got := get[api.Payment](r, "POST", "/payments/"+pay.ID+"/customer", map[string]any{"customer": c.ID.String()}); got.Status != "unapplied" || got.Customer.Number != c.Number {
		t.Errorf("%+v", got)
	}
	if home := get[api.Home](r, "GET", "/home", nil); len(home.Worklist) != 1 || home.Worklist[0].Kind != "allocate" {
		t.Errorf("%+v", home.Worklist)
	}
}

// TestLists: pages join up, whatever the size, and what was just written is on them.
func TestLists(t *testing.T) {
	r := newRig(t)
	for i := range 23 {
		c := r.Customer(string(rune('A' + i)))
		r.Invoice(c, c.Number, "2026-05-0"+string(rune('1'+i%9)), "", int64(1000+i))
	}
	for _, path := range []string{"/customers?sort=-open", "/invoices?sort=due", "/invoices?status=overdue&sort=-total"} {
		whole := get[api.Page[json.RawMessage]](r, "GET", path, nil)
		if len(whole.Items) != 23 || whole.NextCursor != "" {
			t.Fatalf("%s: %d items", path, len(whole.Items))
		}
		var joined []json.RawMessage
		for cursor := ""; ; {
			page := get[api.Page[json.RawMessage]](r, "GET", path+"&limit=7&cursor="+cursor, nil)
			joined = append(joined, page.Items...)
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(whole.Items, joined); diff != "" {
			t.Errorf("%s: the pages differ from the whole (-whole +pages):\n%s", path, diff)
		}
		if skip := get[api.Page[json.RawMessage]](r, "GET", path+"&limit=2&skip=9", nil); !cmp.Equal(skip.Items, whole.Items[9:11]) {
			t.Errorf("%s: skipping gave other rows", path)
		}
	}
	page := get[api.InvoicePage](r, "GET", "/invoices?limit=1", nil)
	if page.Total != 23 || page.Totals[0].Open != "232.53" {
		t.Errorf("%+v", page.Totals)
	}
	r.refused(422, "request.invalid", "GET", "/invoices?limit=9999", nil)
	r.refused(422, "request.invalid", "GET", "/invoices?colour=red", nil)
	if status, answer, _ := r.do("GET", "/invoices?cursor=nonsense", nil); status != 422 && status != 404 {
		t.Errorf("a made-up cursor: %d %s", status, answer)
	}
	aging := get[api.Aging](r, "GET", "/reports/aging?by=customer&as_of=2026-06-30", nil)
	if len(aging.Currencies) != 1 || len(aging.Currencies[0].Customers) != 23 || len(aging.Currencies[0].Buckets) != 5 {
		t.Errorf("%+v", aging)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		hits := get[api.Page[api.Hit]](r, "GET", "/search?q=00007", nil)
		if len(hits.Items) == 2 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("found %+v", hits)
		}
	}
}

func TestFirmAndLogo(t *testing.T) {
	r := newRig(t)
	path := "/firms/" + r.Firm.ID.String()
	f := get[api.Firm](r, "PATCH", path, map[string]any{"phone": "0570", "brand": map[string]string{"color": "#ffee00", "footer": "x"},
		"portal": map[string]any{"enabled": true, "notice": "", "public_url": "https://betalen.example.nl/", "contact": map[string]string{"name": "Jo", "role": "", "email": "", "phone": "", "hours": ""}},
		"rules":  map[string]any{"small_difference": "2.50", "small_share": "0.7", "grace_days": 3}})
	if f.Phone != "0570" || f.Brand.ColorNote == "" || f.Portal.PublicURL != "https://betalen.example.nl" || f.Rules.SmallDifference != "2.50" || f.Rules.SmallShare != "0.7" {
		t.Errorf("%+v", f)
	}
	r.refused(422, "firm.public_url", "PATCH", path, map[string]any{"portal": map[string]any{"enabled": true, "notice": "", "public_url": "javascript:alert(1)",
		"contact": map[string]string{"name": "", "role": "", "email": "", "phone": "", "hours": ""}}})
	var logo bytes.Buffer
	r.must(png.Encode(&logo, image.NewGray(image.Rect(0, 0, 30, 10))))
	if f := get[api.Firm](r, "PUT", path+"/logo", logo.Bytes()); !f.Brand.HasLogo {
		t.Error("there is no logo")
	}
	_, got, h := r.do("GET", path+"/logo", nil)
	if !bytes.Equal(got, logo.Bytes()) || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d bytes of %s", len(got), h.Get("Content-Type"))
	}
	for code, bad := range map[string][]byte{"firm.logo_type": []byte("<svg onload=alert(1)>"), "firm.logo_broken": logo.Bytes()[:40],
		"firm.logo_size": append(slices.Clone(logo.Bytes()), make([]byte, 600<<10)...)} {
		if _, answer, _ := r.do("PUT", path+"/logo", bad); !strings.Contains(string(answer), code) {
			t.Errorf("%s: %s", code, answer)
		}
	}
	if status, _, _ := r.do("DELETE", path+"/logo", nil); status != 204 {
		t.Errorf("removing the logo: %d", status)
	}
	r.refused(404, "firm.no_logo", "GET", path+"/logo", nil)
}

// TestSecretsStayInside: what is write only is in no answer.
func TestSecretsStayInside(t *testing.T) {
	r := newRig(t)
	_, answer, _ := r.do("PUT", "/settings/smtp", map[string]any{"host": "smtp.example.nl", "port": 587, "user": "u", "password": "hush hush hush", "security": "starttls", "from_name": "", "from_email": "a@example.nl"})
	_, more, _ := r.do("GET", "/settings/smtp", nil)
	if both := string(answer) + string(more); strings.Contains(both, "hush") || !strings.Contains(both, `"has_password":true`) {
		t.Errorf("%s", both)
	}
	made := get[api.TokenCreated](r, "POST", "/tokens", map[string]any{"name": "reports", "scope": []string{"read"}})
	_, list, _ := r.do("GET", "/tokens", nil)
	if made.Secret == "" || strings.Contains(string(list), made.Secret) {
		t.Errorf("%s", list)
	}
	r.token = made.Secret
	r.refused(403, "access.denied", "POST", "/tokens", map[string]any{"name": "more", "scope": []string{"read"}})
}

func TestImport(t *testing.T) {
	r := newRig(t)
	file := []byte("Debiteurnr;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag\n" +
		"10001;Jansen Bouw;2026-0001;13-05-2026;12-06-2026;1.210,00\n" + "10001;Jansen Bouw;2026-0002;14-05-2026;13-06-2026;geen\n")
	im := get[api.Import](r, "POST", "/imports?name=open.csv", file)
	if im.State != "staged" || im.Created != 1 || im.Rejected != 1 || im.Findings[0].Row != 3 || im.Findings[0].Value != "geen" || len(im.Sheets[0].Columns) != 6 {
		t.Errorf("%+v", im)
	}
	if rows := get[api.Page[api.ImportItem]](r, "GET", "/imports/"+im.ID+"/items?outcome=new", nil); len(rows.Items) != 1 || rows.Items[0].Number != "2026-0001" {
		t.Errorf("%+v", rows)
	}
	_, sheet, h := r.do("GET", "/imports/"+im.ID+"/errors.xlsx", nil)
	if !bytes.HasPrefix(sheet, []byte("PK")) || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Errorf("%.60q %v", sheet, h)
	}
	r.refused(422, "import.rejected", "POST", "/imports/"+im.ID+"/apply", map[string]any{})
	mapped := get[api.Import](r, "PUT", "/imports/"+im.ID+"/mapping", map[string]any{"kind": "invoices", "columns": []map[string]any{
		{"index": 0, "field": "customer_number"}, {"index": 1, "field": "customer_name"}, {"index": 2, "field": "number"}, {"index": 3, "field": "issued"}, {"index": 4, "field": "due"}, {"index": 5, "field": "total"}}})
	if mapped.ID != im.ID || mapped.Created != 1 {
		t.Errorf("%+v", mapped)
	}
	done := get[api.Import](r, "POST", "/imports/"+im.ID+"/apply", map[string]any{"partial": true})
	if done.State != "applied" || !strings.HasPrefix(done.ID, "imp_") {
		t.Errorf("%+v", done.ImportSummary)
	}
	if again := get[api.Import](r, "POST", "/imports/"+im.ID+"/apply", map[string]any{"partial": true}); again.ID != done.ID {
		t.Error("applied twice")
	}
	list := get[api.Page[api.ImportSummary]](r, "GET", "/imports", nil)
	if len(list.Items) != 1 || list.Items[0].Rejected != 1 {
		t.Errorf("%+v", list.Items)
	}
	if undone := get[api.Import](r, "POST", "/imports/"+done.ID+"/undo", nil); undone.State != "undone" {
		t.Errorf("%+v", undone.ImportSummary)
	}
	if page := get[api.InvoicePage](r, "GET", "/invoices", nil); page.Total != 0 {
		t.Errorf("%d invoices are left", page.Total)
	}
	r.refused(404, "import.unknown", "GET", "/imports/plan_nonsense", nil)
	other := get[api.Import](r, "POST", "/imports?name=letter.txt", []byte("Dear Sirs"))
	if other.Refusal == "" {
		t.Errorf("%+v", other)
	}
	if status, _, _ := r.do("DELETE", "/imports/"+other.ID, nil); status != 204 {
		t.Errorf("discarding: %d", status)
	}
}

// events reads the stream until fn has had enough.
func (r *rig) events(after string, fn func(name string, data []byte) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.Ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", r.url+"/api/v1/events", nil)
	r.must(err)
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Last-Event-ID", after)
	res, err := http.DefaultClient.Do(req)
	r.must(err)
	defer res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	name := ""
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = rest
		}
		if rest, ok := strings.CutPrefix(lines.Text(), "data: "); ok && !fn(name, []byte(rest)) {
			return
		}
	}
	r.t.Fatal("the stream ended")
}

// TestEvents: what is committed arrives at once, nothing of other firms does, and a client that comes back misses nothing.
func TestEvents(t *testing.T) {
	r := newRig(t)
	var seen []api.Event
	r.events("", func(name string, data []byte) bool {
		if name == "hello" {
			other, err := r.CreateFirm(r.Ctx, journal.Meta{}, ledger.Firm{Name: "Andere BV", Country: "NL", Currency: "EUR"})
			r.must(err)
			_, err = r.PutCustomer(r.Ctx, journal.Meta{Firm: other.ID}, ledger.Customer{Number: "1", Name: "Geheim"})
			r.must(err)
			r.Customer("Jansen Bouw")
			return true
		}
		var e api.Event
		r.must(json.Unmarshal(data, &e))
		seen = append(seen, e)
		return len(seen) < 2
	})
	if seen[0].Kind != "customer.created" || seen[0].Customer.Name != "Jansen Bouw" || seen[1].Kind != "contact.created" {
		t.Errorf("%+v", seen)
	}
	first := seen[0].Seq
	seen = nil
	r.Customer("Van Dam")
	r.events(jsonNumber(first), func(name string, data []byte) bool {
		if name != "entry" {
			return true
		}
		var e api.Event
		r.must(json.Unmarshal(data, &e))
		seen = append(seen, e)
		return len(seen) < 3
	})
	if seen[0].Seq != first+1 || seen[1].Customer.Name != "Van Dam" {
		t.Errorf("%+v", seen)
	}
	token := r.token
	r.token = ""
	r.refused(401, "session.expired", "GET", "/events", nil)
	r.token = token
}

func jsonNumber(n uint64) string {
	b, _ := json.Marshal(n)
	return string(b)
}
