package portal_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	pages "github.com/voldaan/voldaan/frontend/portal"
)

var pdf = []byte("%PDF-1.4\n1 0 obj <<>> endobj\n")

// theirs is what a customer can do in package requests.
func (s *shop) theirs(c ledger.Customer) (*requests.Portal, journal.Meta) {
	who := s.contact(c)
	return s.asks.Portal(books.Scope{Firm: s.Firm.ID, Customer: c.ID, Contact: who.ID, Rights: ledger.RightManage}),
		journal.Meta{Firm: s.Firm.ID, Actor: journal.Actor{Kind: journal.Contact, ID: who.ID.String(), Name: who.Name}}
}

// asked gives a customer a request with a file, a conversation, and a plan that is being paid. It may be called again.
func (s *shop) asked(c ledger.Customer) (request, thread, file, plan string) {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	rp, m := s.theirs(c)
	if list, err := rp.Requests(s.Ctx); err == nil && len(list) > 0 {
		x, talk, err := rp.Request(s.Ctx, list[0].ID)
		must(err)
		a, err := s.Portal(books.Scope{Firm: s.Firm.ID, Customer: c.ID}).Account(s.Ctx)
		must(err)
		return x.ID.String(), x.Thread.String(), talk.Messages[0].Files[0].String(), a.Agreed.Plans[0].ID.String()
	}
	f, err := rp.AddFile(s.Ctx, m, "geheim.pdf", pdf)
	must(err)
	x, err := rp.Submit(s.Ctx, m, requests.Request{Kind: requests.Question, Text: "Garage Peeters vraagt iets"}, []requests.FileID{f.ID})
	must(err)
	items := s.Account(c.ID).OpenItems(s.Today())
	p := s.plan(c, items[len(items)-1].ID)
	return x.ID.String(), x.Thread.String(), f.ID.String(), p.ID.String()
}

// plan is a plan of two equal instalments for one document, at the beginning of the next two months.
func (s *shop) plan(c ledger.Customer, doc ledger.DocumentID) ledger.Plan {
	s.t.Helper()
	open := s.Account(c.ID).Open(doc, s.Today())
	first := s.Today().AddDays(7)
	parts, err := ledger.ProposePlan(open, 2, first)
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := s.DraftPlan(s.Ctx, s.Meta(), ledger.Plan{Customer: c.ID, Documents: []ledger.DocumentID{doc}, Instalments: parts})
	for _, to := range []ledger.PlanState{ledger.PlanOffered, ledger.PlanActive} {
		if err == nil {
			p, err = s.MovePlan(s.Ctx, s.Meta(), p.ID, to, "")
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// send sends a form of a page with files: name and content in turn.
func (b *browser) send(p page, action string, fields url.Values, files ...any) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	all := p.form(b.t, action)
	for k, v := range fields {
		all[k] = v
	}
	for k, list := range all {
		for _, v := range list {
			if k != "file" {
				_ = w.WriteField(k, v)
			}
		}
	}
	for i := 0; i+1 < len(files); i += 2 {
		part, err := w.CreateFormFile("file", files[i].(string))
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write(files[i+1].([]byte))
	}
	_ = w.Close()
	return b.do(http.MethodPost, action, body.String(), "Content-Type", w.FormDataContentType())
}

func (s *shop) doc(c ledger.Customer, number string) ledger.Document {
	for _, d := range s.Account(c.ID).Documents {
		if d.Number == number {
			return d
		}
	}
	s.t.Fatalf("there is no %s", number)
	return ledger.Document{}
}

// follow goes where a form led to.
func (b *browser) follow(p page) page {
	b.t.Helper()
	if p.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("%d %s", p.StatusCode, words(p.body))
	}
	return b.want(p.Header.Get("Location"), 200)
}

func (s *shop) latest(c ledger.Customer) requests.Request {
	s.t.Helper()
	list, err := s.asks.List(s.Ctx, s.Firm.ID, requests.Query{Customer: c.ID})
	if err != nil || len(list) == 0 {
		s.t.Fatal("there is no request", err)
	}
	return list[0]
}

// TestAskingForEachThing sends one request of each kind as a customer does, and looks at what became of it.
func TestAskingForEachThing(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	s.rights(c, ledger.RightManage)
	b := s.browser()
	b.signIn(c)
	late, big, note := s.doc(c, "2026-0412"), s.doc(c, "2026-0455"), s.doc(c, "C2026-0031")
	d := "d=" + late.ID.String()
	b.want("/requests/new?"+d, 200).has(t, "Waarover gaat het?", "2026-0412", "Betaling toezeggen", "Betalingsregeling vragen", "!Adreswijziging")
	b.want("/requests/new", 200).has(t, "Adreswijziging", "Tegoed laten terugbetalen")
	for _, tc := range []struct {
		kind, query string
		fields      url.Values
		says        []string
	}{
		{"promise", d, url.Values{"on": {"2026-07-03"}}, []string{"Wij hebben dit vastgelegd", "meteen verwerkt", "€ 910,00", "3 juli 2026", "2026-0412"}},
		{"dispute", "d=" + big.ID.String(), url.Values{"reason": {"price"}, "text": {"De prijs is te hoog"}, "part-" + big.ID.String(): {"200,00"}},
			[]string{"Wij hebben dit vastgelegd", "!akkoord", "De prijs klopt niet", "€ 200,00", "De prijs is te hoog"}},
		{"problem", "", url.Values{"text": {"Onze kas is leeg"}}, []string{"Wij hebben uw verzoek ontvangen", "Wij antwoorden uiterlijk", "Onze kas is leeg"}},
		{"question", d, url.Values{"text": {"Waar is dit voor?"}}, []string{"ontvangen", "2026-0412", "Waar is dit voor?"}},
		{"po_number", d, url.Values{"po": {"PO-9"}}, []string{"Dit is afgerond", "PO-9"}},
		{"contact", "", url.Values{"name": {"Piet"}, "email": {"piet@example.nl"}, "rights": {"pay"}}, []string{"ontvangen", "Piet", "piet@example.nl"}},
		{"address", "", url.Values{"street": {"Nieuwstraat 1"}, "postal_code": {"1000 AA"}, "city": {"Zwolle"}, "country": {"nl"}}, []string{"ontvangen", "Nieuwstraat 1", "Zwolle"}},
		{"document", d, url.Values{"text": {"Een kopie graag"}}, []string{"ontvangen", "Een kopie graag"}},
		{"autopay", "", url.Values{"text": {"Op de 25e"}}, []string{"ontvangen"}},
		{"refund", "", url.Values{"source": {note.ID.String()}, "amount": {"10"}, "iban": {"NL91 ABNA 0417 1643 00"}}, []string{"ontvangen", "€ 10,00", "NL91ABNA0417164300"}},
		{"credit", d, url.Values{"source": {note.ID.String()}}, []string{"Dit is afgerond", "€ 35,75"}},
	} {
		p := b.want("/requests/new?kind="+tc.kind+"&"+tc.query, 200)
		sent := b.send(p, "/requests/new", tc.fields)
		again := b.do(http.MethodPost, "/requests/new", "", "Content-Type", "application/x-www-form-urlencoded")
		if again.StatusCode != http.StatusForbidden {
			t.Errorf("%s: a form without a token: %d", tc.kind, again.StatusCode)
		}
		got := b.follow(sent)
		got.has(t, append(tc.says, "Verstuurd.")...)
		if x := s.latest(c); string(x.Kind) != tc.kind || x.Channel != "portal" || x.Contact != s.contact(c).ID {
			t.Errorf("%s became %+v", tc.kind, x)
		}
	}
	b.want("/requests", 200).has(t, "Betaling toezeggen", "vastgelegd", "De factuur klopt niet", "Tegoed verrekenen", "afgerond")
	b.want("/", 200).has(t, "toegezegd voor 3 jul", "€ 200,00 betwist", "Afspraken", "Geschil over € 200,00", "Openstaand € 3.730,75")
	b.want("/invoices/"+big.ID.String(), 200).has(t, "€ 200,00 betwist", "2026-0455 · ontvangen", "!Toezegging")
	if got := s.doc(c, "2026-0412"); got.PO != "PO-9" {
		t.Errorf("the PO number is %q", got.PO)
	}
}

// TestAskingTwiceAsksOnce sends a form twice: one request, one file, one message.
func TestAskingTwiceAsksOnce(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	p := b.want("/requests/new?kind=question", 200)
	fields := url.Values{"text": {"Hallo?"}}
	first, again := b.send(p, "/requests/new", fields, "bon.pdf", pdf), b.send(p, "/requests/new", fields, "bon.pdf", pdf)
	if first.Header.Get("Location") == "" || first.Header.Get("Location") != again.Header.Get("Location") {
		t.Fatalf("%d %q, then %d %q", first.StatusCode, first.Header.Get("Location"), again.StatusCode, again.Header.Get("Location"))
	}
	page := b.follow(first)
	page.has(t, "Hallo?", "bon.pdf")
	answer := strings.TrimSuffix(first.Header.Get("Location"), "?sent=1") + "/answer"
	for range 2 {
		if p := b.send(page, answer, url.Values{"text": {"Nog iets"}}); p.StatusCode != http.StatusSeeOther {
			t.Fatal(p.StatusCode)
		}
	}
	rp, _ := s.theirs(c)
	list, _ := rp.Requests(s.Ctx)
	if _, talk, err := rp.Request(s.Ctx, list[0].ID); err != nil || len(list) != 1 || len(talk.Messages) != 2 || len(talk.Files) != 1 {
		t.Errorf("%d requests, %d messages, %d files, %v", len(list), len(talk.Messages), len(talk.Files), err)
	}
}

// TestWhatIsWrongWithAForm says so in the visitor's words, keeps what was filled in, and changes nothing.
func TestWhatIsWrongWithAForm(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	late := s.doc(c, "2026-0412")
	d := "&d=" + late.ID.String()
	for _, tc := range []struct {
		path   string
		fields url.Values
		says   string
	}{
		{"promise" + d, url.Values{"on": {"2026-06-01"}}, "Die dag is al voorbij"},
		{"promise" + d, url.Values{"on": {"morgen"}}, "Dit is geen datum"},
		{"promise" + d, url.Values{"on": {"03-07-2026"}, "amount": {"9999"}}, "staat € 910,00 open"},
		{"promise" + d, url.Values{"on": {"2026-07-03"}, "amount": {"veel"}}, "Dit is geen bedrag"},
		{"promise", url.Values{"on": {"2026-07-03"}}, "Kies minstens één factuur"},
		{"dispute" + d, url.Values{"text": {"?"}}, "Kies wat er niet klopt"},
		{"dispute" + d, url.Values{"reason": {"price"}, "part-" + late.ID.String(): {"2000"}}, "hoogstens € 910,00 betwisten"},
		{"question" + d, url.Values{"text": {" "}}, "Schrijf erbij waarover het gaat"},
		{"refund", url.Values{"source": {s.doc(c, "C2026-0031").ID.String()}, "iban": {"NL00"}}, "Dit is geen IBAN"},
		{"refund", url.Values{"source": {s.doc(c, "C2026-0031").ID.String()}, "iban": {"NL91ABNA0417164300"}, "amount": {"900"}}, "niet meer over"},
	} {
		p := b.send(b.want("/requests/new?kind="+tc.path, 200), "/requests/new", tc.fields)
		if p.StatusCode < 400 || p.StatusCode > 499 {
			t.Errorf("%s: %d", tc.path, p.StatusCode)
		}
		p.has(t, tc.says)
	}
	if list, err := s.asks.List(s.Ctx, s.Firm.ID, requests.Query{}); err != nil || len(list) != 0 {
		t.Errorf("%d requests were made, %v", len(list), err)
	}
	// A file that came with a form that was wrong is kept for the next try.
	p := b.send(b.want("/requests/new?kind=question", 200), "/requests/new", url.Values{"text": {""}}, "bon.pdf", pdf)
	p.has(t, "Schrijf erbij", "Wordt meegestuurd: bon.pdf")
	b.follow(b.send(p, "/requests/new", url.Values{"text": {"Zie de bon"}})).has(t, "bon.pdf")
}

// TestFiles: only what is really a PDF or picture is taken, up to 10 MB, and only where a form takes files. It comes back
// as an attachment, to its own customer only.
func TestFiles(t *testing.T) {
	s := open(t, nil)
	mine, other := s.busy(), s.secondCustomer()
	b := s.browser()
	b.signIn(mine)
	ask := func() page { return b.want("/requests/new?kind=question", 200) }
	text := url.Values{"text": {"Zie bijlage"}}
	b.send(ask(), "/requests/new", text, "x.pdf", []byte("<script>alert(1)</script>")).has(t, "alleen PDF en foto’s")
	large := append(bytes.Clone(pdf), bytes.Repeat([]byte("x"), 9<<20)...)
	got := b.follow(b.send(ask(), "/requests/new", text, "../../grote bon.exe", large))
	got.has(t, "grote bon.pdf", "9,4 MB")
	_, rest, _ := strings.Cut(got.body, `href="/files/`)
	id, _, _ := strings.Cut(rest, `"`)
	f := b.want("/files/"+id, 200)
	if f.Header.Get("Content-Disposition") != `attachment; filename="grote bon.pdf"` || f.Header.Get("Content-Type") != "application/pdf" ||
		!strings.HasPrefix(f.Header.Get("Content-Security-Policy"), "sandbox") || f.body != string(large) {
		t.Errorf("%v, %d bytes", f.Header, len(f.body))
	}
	stranger := s.browser()
	stranger.signIn(other)
	stranger.want("/files/"+id, 404)

	if p := b.send(ask(), "/requests/new", text, "x.pdf", append(bytes.Clone(pdf), make([]byte, 11<<20)...)); p.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("11 MB: %d", p.StatusCode)
	} else {
		p.has(t, "hoogstens 10 MB", "Zie bijlage")
	}
	form := url.Values{"csrf": {ask().form(t, "/requests/new").Get("csrf")}, "name": {strings.Repeat("x", 100<<10)}}
	if p := b.do(http.MethodPost, "/settings", form.Encode()); p.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("100 KB where no file is taken: %d", p.StatusCode)
	}
	if p := s.browser().do(http.MethodPost, "/requests/new", form.Encode()); p.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("100 KB of a stranger: %d", p.StatusCode)
	}
}

// TestPlan asks for a plan, sees it before sending, pays the first instalment to the cent, and is behind with the second.
func TestPlan(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	doc := s.doc(c, "2026-0412")
	p := b.want("/requests/new?kind=plan&d="+doc.ID.String(), 200)
	p.has(t, "hoogstens 6 termijnen", "elke termijn minstens € 50,00", "Toon de termijnen", "!Zo betaalt u")
	b.send(p, "/requests/new", url.Values{"count": {"3"}, "first": {"2026-09-01"}}).has(t, "De eerste termijn moet uiterlijk")
	p = b.send(p, "/requests/new", url.Values{"count": {"3"}, "first": {"2026-07-07"}})
	p.has(t, "Zo betaalt u", "7 juli 2026", "€ 303,33", "7 september 2026", "€ 303,34", "Vraag deze regeling aan")
	if list, _ := s.asks.List(s.Ctx, s.Firm.ID, requests.Query{}); len(list) != 0 {
		t.Fatal("looking has asked")
	}
	fields := url.Values{"count": {"3"}, "first": {"2026-07-07"}}
	b.follow(b.send(p, "/requests/new", fields)).has(t, "Wij hebben uw verzoek ontvangen", "€ 303,33", "!Uw betalingsregeling")
	x := s.latest(c)
	if _, err := s.asks.Accept(s.Ctx, s.Meta(), x.ID, "Dat is goed."); err != nil {
		t.Fatal(err)
	}
	b.want("/requests/"+x.ID.String(), 200).has(t, "Wij gaan akkoord", "Dat is goed.", "Uw betalingsregeling", "Termijn 1 van 3")
	home := b.want("/", 200)
	home.has(t, "Uw betalingsregeling Termijn 1 van 3", "Totaal nog open € 910,00", "€ 0,00 van € 910,00 betaald", "in betalingsregeling", "!waarvan te laat")
	_, rest, _ := strings.Cut(home.body, `href="/pay?plan=`)
	id, _, _ := strings.Cut(rest, `"`)
	p = b.want("/pay?plan="+id, 200)
	p.has(t, "U betaalt termijn 1 van 3", "Betaal € 303,33", "€ 606,67 blijft open", "Liever alles ineens betalen: € 910,00")
	paid := b.submit(p, "/pay", "method", "ideal")
	s.decide(simulator.OutcomePaid)
	b.want(strings.TrimSuffix(paid.Header.Get("Location"), "/go"), 200).has(t, "Betaald", "€ 303,33")
	b.want("/invoices/"+doc.ID.String(), 200).has(t, "Termijn 2 van 3", "€ 303,33 van € 910,00 betaald", "Nog te betalen € 606,67")

	s.Clock.Advance(45 * 24 * 3600e9) // the second instalment is a week late
	b.signIn(c)
	b.want("/", 200).has(t, "Termijn 2 van 3", "te laat", "Totaal nog open € 606,67")
	b.want("/pay?due=1", 200).has(t, "2026-0412", "€ 303,34 blijft open")
	b.want("/pay?plan="+id, 200).has(t, "Betaal € 303,33")
}

// TestTalking: a conversation with the firm in both directions, unread marks and receipts, and nothing internal.
func TestTalking(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	b.want("/requests", 200).has(t, "Nog geen verzoeken of berichten")
	p := b.follow(b.send(b.want("/messages/new", 200), "/messages/new", url.Values{"subject": {"Levering"}, "text": {"Wanneer komt u?"}}))
	p.has(t, "Levering", "Wanneer komt u?", "Verstuurd")
	rp, _ := s.theirs(c)
	threads, err := rp.Threads(s.Ctx)
	if err != nil || len(threads) != 1 {
		t.Fatal(threads, err)
	}
	id := threads[0].ID
	if err := s.asks.MarkRead(s.Ctx, s.Meta(), id); err != nil {
		t.Fatal(err)
	}
	for _, n := range []requests.Note{{Text: "Morgen"}, {Text: "Zeg niets van de korting", Internal: true}} {
		if _, err := s.asks.Reply(s.Ctx, s.Meta(), id, n); err != nil {
			t.Fatal(err)
		}
	}
	b.want("/", 200).has(t, "Verzoeken 1 1 nieuw")
	if head := b.do(http.MethodHead, "/messages/"+id.String(), ""); head.StatusCode != 200 {
		t.Error(head.StatusCode)
	}
	b.want("/requests", 200).has(t, "Levering 1 1 nieuw")
	p = b.want("/messages/"+id.String(), 200)
	p.has(t, "Morgen", "gelezen", "!korting", "!1 nieuw")
	b.want("/", 200).has(t, "!1 nieuw")
	b.follow(b.send(p, "/messages/"+id.String(), url.Values{"text": {"Dank u"}})).has(t, "Dank u")
	b.send(p, "/messages/"+id.String(), url.Values{"text": {" "}, "key": {session.NewBrowserSecret()}}).has(t, "Schrijf een bericht")
}

// TestDeclinedAndWithdrawn: the reason is there to read, and what was decided cannot be withdrawn.
func TestDeclinedAndWithdrawn(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	ask := func() requests.Request {
		b.follow(b.send(b.want("/requests/new?kind=question", 200), "/requests/new", url.Values{"text": {"Mag het later?"}}))
		return s.latest(c)
	}
	x := ask()
	page := b.want("/requests/"+x.ID.String(), 200)
	page.has(t, "Verzoek intrekken")
	b.follow(b.submit(page, "/requests/"+x.ID.String()+"/withdraw")).has(t, "Uw verzoek is ingetrokken", "!Verzoek intrekken")
	x = ask()
	page = b.want("/requests/"+x.ID.String(), 200)
	if _, err := s.asks.Decline(s.Ctx, s.Meta(), x.ID, "Dat kan helaas niet."); err != nil {
		t.Fatal(err)
	}
	b.follow(b.submit(page, "/requests/"+x.ID.String()+"/withdraw")).has(t, "Wij kunnen dit niet doen", "Onze toelichting Dat kan helaas niet.", "!Verzoek intrekken")
}

// TestAskingNeedsRights: who may only look can ask and complain, but not promise or change the address.
func TestAskingNeedsRights(t *testing.T) {
	s := open(t, nil)
	c := s.busy()
	b := s.browser()
	b.signIn(c)
	d := s.doc(c, "2026-0412").ID.String()
	page := b.want("/requests/new?kind=promise&d="+d, 200)
	s.rights(c, ledger.RightView)
	b.want("/requests/new?d="+d, 200).has(t, "Vraag stellen", "De factuur klopt niet", "!Betaling toezeggen", "!Betalingsregeling")
	for kind, status := range map[string]int{"promise": 403, "plan": 403, "address": 403, "contact": 403, "refund": 403, "credit": 403, "question": 303, "nothing": 422} {
		p := b.send(page, "/requests/new", url.Values{"kind": {kind}, "text": {"?"}, "on": {"2026-07-03"}, "key": {session.NewBrowserSecret()}})
		if p.StatusCode != status {
			t.Errorf("%s by who may only look: %d, want %d", kind, p.StatusCode, status)
		}
	}
	rp, m := s.theirs(c)
	x, err := rp.Submit(s.Ctx, m, requests.Request{Kind: requests.Promise, Documents: []ledger.DocumentID{s.doc(c, "2026-0412").ID},
		Payload: requests.Payload{Amount: 91_000, Currency: "EUR", On: civil.MustParse("2026-08-30")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.want("/requests/"+x.ID.String(), 200).has(t, "!Verzoek intrekken")
	form := url.Values{"csrf": {page.form(t, "/requests/new").Get("csrf")}}
	if p := b.do(http.MethodPost, "/requests/"+x.ID.String()+"/withdraw", form.Encode()); p.StatusCode != http.StatusForbidden {
		t.Errorf("withdrawn by who may only look: %d", p.StatusCode)
	}
	// Switched off, the pages are not there.
	f := s.Firm
	f.Portal.Switch(ledger.FeatureRequests, false)
	f.Portal.Switch(ledger.FeatureMessages, false)
	if _, err := s.UpdateFirm(s.Ctx, s.Meta(), f); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/requests", "/requests/new", "/requests/" + x.ID.String(), "/messages/new", "/messages/" + x.Thread.String()} {
		if p := b.get(path); p.StatusCode == 200 {
			t.Errorf("%s is there although it is switched off", path)
		}
	}
	b.want("/", 200).has(t, "!Verzoeken", "!Vraag of probleem? Betaal")
}

// TestWordsForEveryKind: what the forms say is there for every kind, reason and state, in every language.
func TestWordsForEveryKind(t *testing.T) {
	for _, lang := range pages.Languages {
		text := pages.In(lang)
		for _, k := range requests.Kinds() {
			if text.Ask.Kinds[string(k)] == "" || text.Ask.Hints[string(k)] == "" || text.Ask.Buttons[string(k)] == "" || k.Talk() && text.Ask.Texts[string(k)] == "" {
				t.Errorf("%s has no words for %s", lang, k)
			}
		}
		for _, r := range ledger.DisputeReasons() {
			if text.Ask.Reasons[string(r)] == "" {
				t.Errorf("%s has no words for %s", lang, r)
			}
		}
		for st := requests.Received; st <= requests.Withdrawn; st++ {
			if text.Requests.States[st.String()] == "" || text.Requests.Leads[st.String()] == "" {
				t.Errorf("%s has no words for %s", lang, st)
			}
		}
		for _, st := range []ledger.DisputeState{ledger.DisputeOpen, ledger.DisputeInvestigating, ledger.DisputeWaiting} {
			if text.Plan.DisputeStates[st.String()] == "" {
				t.Errorf("%s has no words for a dispute that is %s", lang, st)
			}
		}
	}
}
