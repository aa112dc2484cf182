package api_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/web/api"
)

// TestLinks makes a sign-in and a pay link, lists them without what opens them, and takes one back.
func TestLinks(t *testing.T) {
	r := newRig(t)
	c := r.Customer("Lunchroom De Linde")
	d := r.Invoice(c, "2026-1", "2026-06-01", "2026-07-01", 12100)
	at := "/customers/" + c.ID.String()
	made := []string{
		get[api.Link](r, "POST", at+"/pay-link", map[string]any{"invoices": []string{d.ID.String()}}).URL,
		get[api.Link](r, "POST", at+"/sign-in-link", map[string]any{}).URL,
	}
	status, raw, _ := r.do("GET", at+"/links", nil)
	var page api.Page[api.IssuedLink]
	r.must(json.Unmarshal(raw, &page))
	if status != 200 || len(page.Items) != 2 || page.NextCursor != "" {
		t.Fatalf("%d %s", status, raw)
	}
	for _, address := range made {
		u, err := url.Parse(address)
		r.must(err)
		if token := u.Path[strings.LastIndex(u.Path, "/")+1:]; strings.Contains(string(raw), token) {
			t.Errorf("the list has the token of %s", address)
		}
	}
	in, pay := page.Items[0], page.Items[1]
	if in.Kind != "sign_in" || in.Contact == nil || in.Contact.Number == "" || in.State != "live" || in.SignedIn || in.UsedAt != nil {
		t.Errorf("the sign-in link is %+v", in)
	}
	if pay.Kind != "pay" || len(pay.Invoices) != 1 || pay.Invoices[0].Number != "2026-1" || pay.Contact != nil {
		t.Errorf("the pay link is %+v", pay)
	}
	if want := (&api.Actor{Kind: "user", Name: "admin"}); !cmp.Equal(want, in.By) || !cmp.Equal(want, pay.By) {
		t.Errorf("made by %+v and %+v", in.By, pay.By)
	}

	for range 2 { // a second time is no error, and no news
		if status, raw, _ := r.do("DELETE", at+"/links/"+pay.ID, nil); status != 204 {
			t.Fatalf("revoking: %d %s", status, raw)
		}
	}
	if got := r.kinds(2); got[1] != "link.revoked" || got[0] == "link.revoked" {
		t.Errorf("the journal ends with %v", got)
	}
	if live := get[api.Page[api.IssuedLink]](r, "GET", at+"/links", nil); len(live.Items) != 1 || live.Items[0].ID != in.ID {
		t.Errorf("still opens something: %+v", live.Items)
	}
	all := get[api.Page[api.IssuedLink]](r, "GET", at+"/links?ended=true&limit=1", nil)
	rest := get[api.Page[api.IssuedLink]](r, "GET", at+"/links?ended=true&limit=1&cursor="+all.NextCursor, nil)
	if len(rest.Items) != 1 || rest.Items[0].State != "revoked" || rest.Items[0].RevokedAt == nil || rest.NextCursor != "" {
		t.Errorf("the second piece is %+v", rest)
	}

	other := r.Customer("Garage Peeters")
	r.refused(404, "link.unknown", "DELETE", "/customers/"+other.ID.String()+"/links/"+in.ID, nil)
	r.refused(404, "customer.unknown", "GET", "/customers/cus_00000000000000000000000001/links", nil)
	r.refused(422, "request.cursor", "GET", at+"/links?cursor=x", nil)
	r.addUser("reader", access.ReadOnly)
	r.token = r.signIn("reader")
	if read := get[api.Page[api.IssuedLink]](r, "GET", at+"/links", nil); len(read.Items) != 1 {
		t.Errorf("who may only read sees %+v", read.Items)
	}
	r.refused(403, "access.denied", "DELETE", at+"/links/"+in.ID, nil)
}
