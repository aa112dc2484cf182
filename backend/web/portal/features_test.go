package portal_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/web/portal"
)

var hrefs = regexp.MustCompile(`(?:href|formaction)="(/[^"]*)"`)

// crawl opens every link of the portal that can be reached from the account, and reports those that lead nowhere.
func (b *browser) crawl() (seen map[string]bool) {
	b.t.Helper()
	seen = map[string]bool{"/": true}
	for todo := []string{"/"}; len(todo) > 0; todo = todo[1:] {
		p := b.get(todo[0])
		if p.StatusCode == http.StatusNotFound {
			b.t.Errorf("a page links to %s, which is not there", todo[0])
		}
		if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(p.body, -1) {
			path, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			if seen[path] || len(seen) > 400 || strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/language/") {
				continue
			}
			seen[path] = true
			todo = append(todo, path)
		}
	}
	return seen
}

// TestEveryFeatureCanBeSwitchedOff: the pages of a feature are there, and without it they are not, in any method; no
// page, menu or button leads to them, and all the rest stays reachable.
func TestEveryFeatureCanBeSwitchedOff(t *testing.T) {
	s := open(t, func(o *portal.Options) { o.PerSecond = 1000 })
	c := s.busy()
	s.rights(c, ledger.RightManage)
	request, thread, file, plan := s.asked(c)
	rp, m := s.theirs(c)
	talk, err := rp.Start(s.Ctx, m, nil, "Over de levering", requests.Note{Text: "Wanneer komt de rest?"})
	if err != nil {
		t.Fatal(err)
	}
	docs := s.Account(c.ID).Documents
	if _, err := rp.Submit(s.Ctx, m, requests.Request{Kind: requests.Promise, Documents: []ledger.DocumentID{docs[1].ID},
		Payload: requests.Payload{Amount: docs[1].Total.Minor, Currency: "EUR", On: s.Today().AddDays(7)}}, nil); err != nil {
		t.Fatal(err)
	}
	doc, receipt := docs[1].ID.String(), s.Account(c.ID).Receipts[0].ID.String()
	pages := map[ledger.Feature][]string{
		ledger.FeatureDocuments: {"GET /documents", "GET /documents.zip?f=" + doc, "GET /invoices/" + doc + "/pdf", "GET /payments/" + receipt + "/pdf"},
		ledger.FeatureStatement: {"GET /statement", "GET /statement.pdf", "GET /statement.xlsx", "GET /annual.pdf?year=2025", "GET /history"},
		ledger.FeatureRequests: {"GET /requests/new", "POST /requests/new", "GET /requests/" + request, "GET /messages/" + thread,
			"POST /requests/" + request + "/answer", "POST /requests/" + request + "/withdraw"},
		ledger.FeatureMessages: {"GET /messages/new", "POST /messages/new", "GET /messages/" + talk.ID.String(), "POST /messages/" + talk.ID.String()},
		ledger.FeatureAutopay: {"GET /methods", "POST /methods", "GET /autopay", "POST /autopay", "POST /methods/" + plan + "/prefer",
			"POST /methods/" + plan + "/remove"},
		ledger.FeaturePlans:    {},
		ledger.FeatureContacts: {"GET /contacts", "POST /contacts", "POST /contacts/rights", "POST /contacts/close"},
	}
	b := s.browser()
	b.signIn(c)
	token := b.want("/settings", 200).form(t, "/settings").Get("csrf")
	status := func(route string) int {
		method, path, _ := strings.Cut(route, " ")
		if method == http.MethodGet {
			return b.get(path).StatusCode
		}
		return b.do(method, path, url.Values{"csrf": {token}}.Encode()).StatusCode
	}
	all := b.crawl()
	for _, must := range []string{"/documents", "/statement", "/requests", "/requests/" + request, "/messages/" + talk.ID.String(), "/autopay", "/methods", "/contacts", "/pay?plan=" + plan} {
		if !all[must] {
			t.Fatalf("the crawl does not find %s, so it would not miss it either: %v", must, all)
		}
	}
	for _, f := range ledger.Features() {
		t.Run(string(f), func(t *testing.T) {
			routes, ok := pages[f]
			if !ok {
				t.Fatal("the test knows no pages of it")
			}
			for _, route := range routes {
				if method, _, _ := strings.Cut(route, " "); method == http.MethodGet && status(route) == http.StatusNotFound {
					t.Errorf("%s is not there before it is switched off", route)
				}
			}
			s.switchFeature(f, false)
			defer s.switchFeature(f, true)
			for _, route := range routes {
				if got := status(route); got != http.StatusNotFound {
					t.Errorf("%s answers %d although it is switched off", route, got)
				}
			}
			b.t = t
			left := b.crawl()
			if len(left) >= len(all) {
				t.Errorf("%d pages are reachable with it and %d without: it switches nothing", len(all), len(left))
			}
		})
	}
	// A file belongs to what was asked or written: it goes with both.
	b.t = t
	b.want("/files/"+file, 200)
	s.switchFeature(ledger.FeatureRequests, false)
	s.switchFeature(ledger.FeatureMessages, false)
	b.want("/files/"+file, http.StatusNotFound)
	b.want("/requests", http.StatusNotFound)
	b.crawl()
}

func (s *shop) switchFeature(f ledger.Feature, on bool) {
	s.t.Helper()
	s.Firm.Portal.Switch(f, on)
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), s.Firm); err != nil {
		s.t.Fatal(err)
	}
}
