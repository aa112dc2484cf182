package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/web/api"
)

// bulk sends lines and reads the answer's.
func (r *rig) bulk(path, key string, lines ...string) (out []api.BulkResult) {
	r.t.Helper()
	return readLines[api.BulkResult](r, r.bulkRaw(path, key, strings.Join(lines, "\n")))
}

func (r *rig) bulkRaw(path, key, body string) []byte {
	r.t.Helper()
	var header []string
	if key != "" {
		header = []string{"Idempotency-Key", key}
	}
	status, raw, _ := r.do("POST", "/bulk/"+path, []byte(body), append(header, "Content-Type", "application/x-ndjson")...)
	if status != http.StatusOK {
		r.t.Fatalf("%d %s", status, raw)
	}
	return raw
}

func readLines[T any](r *rig, raw []byte) (out []T) {
	r.t.Helper()
	s := bufio.NewScanner(bytes.NewReader(raw))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var v T
		r.must(json.Unmarshal(s.Bytes(), &v))
		out = append(out, v)
	}
	return out
}

func TestBulk(t *testing.T) {
	r := newRig(t)
	first := r.bulk("customers", "", `{"number":"0007","name":"Jansen Bouw","email":"a@jansen.example"}`, `{"number":"0008","name":"Lunchroom"}`, ``, `{"number":"0009"}`, `nonsense`)
	want := []string{"1 created ", "2 created ", "4 rejected request.invalid", "5 rejected bulk.json"}
	if got := said(first); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q", got)
	}
	if len(first) == 4 && (len(first[2].Fields) != 1 || !strings.Contains(first[2].Fields[0].Detail, "name")) {
		t.Errorf("the missing field is not named: %+v", first[2])
	}
	again := r.bulk("customers", "", `{"number":"0007","name":"Jansen Bouw","email":"a@jansen.example"}`, `{"number":"0008","name":"Lunchroom De Linde"}`)
	if got := said(again); strings.Join(got, "|") != "1 unchanged |2 updated " || again[0].ID != first[0].ID || again[1].ID != first[1].ID {
		t.Errorf("got %q", got)
	}

	lines := []string{
		`{"type":"invoice","customer":"0007","number":"F1","issued":"2026-05-01","due":"2026-05-31","total":"121.00"}`,
		`{"type":"credit_note","customer":"` + first[1].ID + `","number":"C1","issued":"2026-05-01","total":"21.00"}`,
		`{"type":"invoice","customer":"none","number":"F2","issued":"2026-05-01","total":"1.00"}`,
		`{"type":"invoice","customer":"0007","number":"F3","issued":"2026-05-01","total":"1.001"}`,
		`{"type":"invoice","customer":"0007","number":"F4","issued":"2026-05-01","total":"1.00","colour":"red"}`,
	}
	got := r.bulk("invoices", "k", lines...)
	if s := said(got); s[0] != "1 created " || s[1] != "2 created " || !strings.HasPrefix(s[2], "3 rejected customer.unknown") || !strings.HasPrefix(s[3], "4 rejected money.") || s[4] != "5 rejected request.invalid" {
		t.Errorf("got %q", s)
	}
	for key, status := range map[string]string{"k": "created", "other": "unchanged", "": "unchanged"} {
		if same := r.bulk("invoices", key, lines[:2]...); same[0].Status != status || same[0].ID != got[0].ID {
			t.Errorf("with key %q again: %+v", key, same)
		}
	}
	if other := r.bulk("invoices", "", strings.Replace(lines[0], "121.00", "122.00", 1)); said(other)[0] != "1 rejected bulk.differs" {
		t.Errorf("another total: %+v", other)
	}

	payment := `{"customer":"0007","date":"2026-06-01","amount":"121.00","oldest":true}`
	r.refused(422, "bulk.key", "POST", "/bulk/payments", []byte(payment))
	paid := r.bulk("payments", "p1", payment)
	if same := r.bulk("payments", "p1", payment); paid[0].Status != "created" || same[0].ID != paid[0].ID {
		t.Errorf("first %+v, again %+v", paid, same)
	}
	for what, n := range map[string]int{"invoices": 2, "customers": 2, "payments": 1} {
		status, raw, h := r.do("GET", "/bulk/"+what, nil)
		if list := readLines[map[string]any](r, raw); status != 200 || len(list) != n || h.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%s: %d %s", what, status, raw)
		}
	}
	_, raw, _ := r.do("GET", "/bulk/events", nil)
	all := readLines[api.Event](r, raw)
	_, raw, _ = r.do("GET", fmt.Sprintf("/bulk/events?after=%d&limit=1", all[0].Seq), nil)
	if next := readLines[api.Event](r, raw); len(next) != 1 || next[0].Seq != all[1].Seq || all[len(all)-1].Kind != "receipt.recorded" {
		t.Errorf("the events end with %+v; after the first comes %+v", all[len(all)-1], next)
	}
}

func said(list []api.BulkResult) (out []string) {
	for _, x := range list {
		out = append(out, fmt.Sprintf("%d %s %s", x.Line, x.Status, x.Code))
	}
	return out
}

func TestBulkBounds(t *testing.T) {
	r := newRig(t)
	r.refused(413, "bulk.lines", "POST", "/bulk/customers", []byte(strings.Repeat("{}\n", 10_001)))
	if got := r.bulk("customers", "", "", " ", ""); len(got) != 0 {
		t.Errorf("nothing but empty lines: %+v", got)
	}
}
