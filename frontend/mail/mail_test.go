package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

var firm = Firm{Name: "Bakkerij <De Korenaar>", Color: "#8A4B08", Contact: "Anja, 030 123 45 67", Footer: "KvK 12345678"}

func letters() []Letter {
	lines := []Line{
		{Number: "2026-0412", Due: civil.MustParse("2026-11-30"), Amount: money.Of(91000, "EUR")},
		{Number: "2026-0455", Due: civil.MustParse("2026-12-09"), Amount: money.Of(257250, "EUR")},
	}
	return []Letter{
		SignIn{Firm: firm, Name: "J. Vermeer", URL: "https://example.org/l/abc?x=1&y=2", Code: "012345", Minutes: 10},
		SignIn{Firm: firm, URL: "https://example.org/l/abc", Minutes: 10},
		News{Firm: firm, Name: "J. Vermeer", URL: "https://example.org/requests/req_1", Progress: true},
		News{Firm: firm, URL: "https://example.org/messages/thr_1"},
		PayLink{Firm: firm, URL: "https://example.org/p/abc", Lines: lines, Total: money.Of(348250, "EUR"), ValidFor: civil.MustParse("2027-01-31")},
		PayLink{Firm: firm, URL: "https://example.org/p/abc", Lines: lines[:1], Total: money.Of(91000, "EUR")},
		Confirmation{Firm: firm, Name: "J. Vermeer", Amount: money.Of(350000, "EUR"), PaidOn: civil.MustParse("2026-11-22"), Method: "iDEAL",
			Reference: "tr_5B8cwPMGnU", Lines: lines, Credit: money.Of(1750, "EUR"), URL: "https://example.org/"},
		autopay(AutopayAnnounced, false), autopay(AutopayAsked, false), autopay(AutopayFailed, false), autopay(AutopayFailed, true),
		autopay(AutopayRefunded, false), autopay(AutopayTakenBack, true),
		Notice{Firm: firm, Name: "J. Vermeer", Kind: NoticeInvoices, Lines: lines, URL: "https://example.org/"},
		Notice{Firm: firm, Kind: NoticeDueSoon, Lines: lines[:1], Days: 1}, Notice{Firm: firm, Kind: NoticeDueSoon, Lines: lines, Days: 5, URL: "https://example.org/"},
		Confirmation{Firm: firm, Amount: money.Of(100, "JPY"), PaidOn: civil.MustParse("2026-11-22"), Method: "iDEAL"},
	}
}

// autopay is a letter about collecting.
func autopay(k AutopayKind, off bool) Autopay {
	return Autopay{Firm: firm, Name: "J. Vermeer", Kind: k, Off: off, Funds: !off, Retry: 3, Grace: true, Total: money.Of(91000, "EUR"), URL: "https://example.org/autopay",
		Lines: []AutopayLine{{Number: "2026-0412", Date: civil.MustParse("2026-11-30"), Amount: money.Of(91000, "EUR")}}}
}

// reminder is a reminder of a kind with everything in it.
func reminder(k ReminderKind) Reminder {
	day := civil.MustParse
	r := Reminder{Firm: firm, Creditor: Creditor{LegalName: "De Korenaar B.V.", Street: "Oudegracht 1", Place: "3511 AA Utrecht", ChamberNo: "12345678", VATID: "NL004495445B01", IBAN: "NL91ABNA0417164300"},
		Name: "J. Vermeer", Customer: "10023", Kind: k, Total: money.Of(348250, "EUR"), URL: "https://example.org/p/abc", LastDay: day("2026-12-15"),
		Lines: []ReminderLine{
			{Line: Line{Number: "2026-0412", Due: day("2026-10-30"), Amount: money.Of(91000, "EUR")}, Issued: day("2026-09-30"), Description: "Brood <september>"},
			{Line: Line{Number: "2026-0455", Due: day("2026-11-09"), Amount: money.Of(257250, "EUR")}, Issued: day("2026-10-10")},
		}}
	zero := money.Of(0, "EUR")
	r.Cost, r.CostVAT, r.CostAll, r.Interest, r.Fixed, r.Clause = zero, zero, zero, zero, zero, zero
	switch k {
	case ReminderFourteenDays:
		r.Cost, r.CostVAT, r.CostAll = money.Of(47325, "EUR"), zero, money.Of(47325, "EUR")
	case ReminderBusiness:
		r.Interest, r.Fixed = money.Of(2732, "EUR"), money.Of(8000, "EUR")
	case ReminderBelgianFirst:
		r.Clause = money.Of(21413, "EUR")
	}
	return r
}

func TestEveryReminderInEveryLanguage(t *testing.T) {
	for _, language := range Languages {
		for _, k := range ReminderKinds {
			l := reminder(k)
			r, err := Render(language, l)
			if err != nil {
				t.Errorf("%s %s: %v", language, k, err)
				continue
			}
			amount := l.Total.Format(language)
			for what, want := range map[string]string{"number": "2026-0412", "total": amount, "link": l.URL, "creditor": l.Creditor.LegalName, "account": l.Creditor.IBAN, "register": l.Creditor.ChamberNo} {
				if !strings.Contains(r.Text, want) || !strings.Contains(r.HTML, strings.ReplaceAll(want, "&", "&amp;")) {
					t.Errorf("%s %s lacks the %s %q", language, k, what, want)
				}
			}
			if strings.Contains(r.HTML, "<september>") || strings.Contains(r.Text, "0001") {
				t.Errorf("%s %s: %s", language, k, r.Text)
			}
			for kind, a := range map[ReminderKind]money.Amount{ReminderFourteenDays: l.CostAll, ReminderBusiness: l.Interest, ReminderBelgianFirst: l.Clause} {
				if named := strings.Contains(r.Text, a.Format(language)); named != (k == kind) && !a.IsZero() {
					t.Errorf("%s %s: the amount of %s is named: %v", language, k, kind, named)
				}
			}
		}
	}
}

// TestFourteenDayLetterWords: a wrong word makes the costs impossible (art. 6:96 (6) BW; HR 25 November 2016).
func TestFourteenDayLetterWords(t *testing.T) {
	l := reminder(ReminderFourteenDays)
	r, err := Render("nl", l)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(r.Text, "\u00a0", " ")
	for _, want := range []string{"binnen 14 dagen vanaf de dag nadat deze brief bij u is bezorgd", "incassokosten verschuldigd van € 473,25.", "Deze brief zelf kost u niets."} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, text)
		}
	}
	for _, never := range []string{"vanaf vandaag", "dagtekening", "btw ("} {
		if strings.Contains(text, never) {
			t.Errorf("the letter says %q", never)
		}
	}
	l.Cost, l.CostVAT, l.CostAll = money.Of(4500, "EUR"), money.Of(945, "EUR"), money.Of(5445, "EUR")
	if r, err = Render("nl", l); err != nil || !strings.Contains(strings.ReplaceAll(r.Text, "\u00a0", " "), "€ 45,00, vermeerderd met 21% btw (€ 9,45) omdat wij deze niet kunnen verrekenen: in totaal € 54,45") {
		t.Errorf("with VAT: %v\n%s", err, r.Text)
	}
}

func TestEveryLetterInEveryLanguage(t *testing.T) {
	for _, language := range Languages {
		for _, l := range append(letters(), Test{Firm: firm, Host: "smtp.example.org"}) {
			r, err := Render(language, l)
			if err != nil {
				t.Errorf("%s %T: %v", language, l, err)
				continue
			}
			if r.Subject == "" || strings.ContainsAny(r.Subject, "\r\n") {
				t.Errorf("%s %T: subject %q", language, l, r.Subject)
			}
			if !strings.Contains(r.Text, firm.Name) || strings.Contains(r.Text, "&lt;") {
				t.Errorf("%s %T: the text form is escaped or anonymous:\n%s", language, l, r.Text)
			}
			if strings.Contains(r.HTML, "<De Korenaar>") || !strings.Contains(r.HTML, "Bakkerij &lt;De Korenaar&gt;") {
				t.Errorf("%s %T: the firm's name is not escaped in HTML", language, l)
			}
			for _, remote := range []string{"<img", "<script", "<link", "url("} {
				if strings.Contains(r.HTML, remote) {
					t.Errorf("%s %T: the HTML fetches something: %s", language, l, remote)
				}
			}
		}
	}
}

func TestWordsOfADutchConfirmation(t *testing.T) {
	r, err := Render("nl-NL", letters()[6])
	if err != nil {
		t.Fatal(err)
	}
	want := `Beste J. Vermeer,

Wij hebben op 22 november 2026 € 3.500,00 van u ontvangen. Dank u wel. Het bedrag is zo verwerkt:

    2026-0412  € 910,00
    2026-0455  € 2.572,50

€ 17,50 staat als tegoed op uw rekening.

Betaald met iDEAL.
Kenmerk: tr_5B8cwPMGnU.

Naar mijn overzicht: https://example.org/

-- 
Bakkerij <De Korenaar>
Vragen? Anja, 030 123 45 67
KvK 12345678
Deze e-mail is verstuurd namens Bakkerij <De Korenaar>.
`
	if diff := cmp.Diff(want, strings.ReplaceAll(r.Text, "\u00a0", " ")); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestSameKeysInEveryLanguage(t *testing.T) {
	for _, language := range Languages {
		for key := range words["nl"].phrases {
			if words[language].phrases[key] == nil {
				t.Errorf("%s lacks %s", language, key)
			}
		}
		if len(words[language].phrases) != len(words["nl"].phrases) || len(words[language].months) != 12 {
			t.Errorf("%s has %d phrases and %d months", language, len(words[language].phrases), len(words[language].months))
		}
	}
}

func TestLineBreaksDoNotReachTheSubject(t *testing.T) {
	r, err := Render("en", SignIn{Firm: Firm{Name: "A\r\nBcc: b@example.org"}, Code: "1", URL: "https://x/"})
	if err != nil || strings.ContainsAny(r.Subject, "\r\n") {
		t.Errorf("subject %q, error %v", r.Subject, err)
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{"nl": "nl", "fr-BE": "fr", "DE_at": "de", "": "en", "es": "en"} {
		if got := Language(in); got != want {
			t.Errorf("Language(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestAFailedCollectionPromisesWhatWillHappen: the days until the next try are the firm's own, and nothing is promised where
// nothing will be tried.
func TestAFailedCollectionPromisesWhatWillHappen(t *testing.T) {
	say := func(language string, l Autopay) string {
		r, err := Render(language, l)
		if err != nil {
			t.Fatal(err)
		}
		return r.Text
	}
	l := autopay(AutopayFailed, false)
	for _, c := range []struct {
		language       string
		days           int
		want, unwanted string
	}{
		{"nl", 3, "na 3 werkdagen opnieuw", "vijf"}, {"nl", 1, "na 1 werkdag opnieuw", "werkdagen"}, {"nl", 0, "betaal de factuur daarom zelf", "opnieuw en"},
		{"en", 3, "after 3 business days", "five"}, {"en", 0, "will not collect this again", "try again"},
		{"fr", 3, "après 3 jours ouvrables", "cinq"}, {"fr", 0, "ne prélèverons plus", "essaierons"},
		{"de", 3, "nach 3 Geschäftstagen", "fünf"}, {"de", 0, "nicht erneut ein", "versuchen es"},
	} {
		l.Retry = c.days
		if text := say(c.language, l); !strings.Contains(text, c.want) || strings.Contains(text, c.unwanted) {
			t.Errorf("%s, %d days: want %q and not %q in\n%s", c.language, c.days, c.want, c.unwanted, text)
		}
	}
	l.Grace = false
	if text := say("nl", l); strings.Contains(text, "geen herinnering") {
		t.Error("promises days without a reminder where the firm has none")
	}
}
