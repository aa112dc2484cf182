// Package mail renders the e-mails that customers and staff get: one HTML and one text form of each, in Dutch, English,
// French and German.
//
// A letter is a typed value (SignIn, PayLink, Confirmation, Reminder, Test); Render gives its subject and both bodies. The words
// are in locales/, one file a language, as Go text templates over the letter; the shapes are in templates/. The HTML is
// made for mail programs: one column, inline styles, no pictures, no scripts, nothing fetched from anywhere, so that
// opening a mail tells nobody. Whatever comes from a person is escaped in HTML; a line break in a subject is a space.
package mail

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
	texttemplate "text/template"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

//go:embed templates locales
var files embed.FS

// Languages that letters exist in; anything else gets English.
var Languages = []string{"nl", "en", "fr", "de"}

// Firm is who writes.
type Firm struct {
	Name    string
	Color   string // "#rrggbb"; anything else is the house's own ink
	Contact string // whom to ask: name, telephone or e-mail, in one line
	Footer  string
}

// Line is one document in a letter.
type Line struct {
	Number string
	Due    civil.Date // zero: not shown
	Amount money.Amount
}

// SignIn is a link to the customer's own pages. Who asked for it gets a code as well, for when they read their mail on
// another device; a link that the staff sends has none.
type SignIn struct {
	Firm    Firm
	Name    string // of the person, may be empty
	URL     string
	Code    string // six digits, or empty
	Minutes int    // for which it works
}

// PayLink asks for payment of one document or a few.
type PayLink struct {
	Firm     Firm
	Name     string
	URL      string
	Lines    []Line
	Total    money.Amount
	ValidFor civil.Date // the last day; zero: not said
}

// Confirmation says that money has arrived. Credit is what stayed on the account because it fitted no invoice.
type Confirmation struct {
	Firm      Firm
	Name      string
	Amount    money.Amount
	PaidOn    civil.Date
	Method    string // as people call it: "iDEAL"
	Reference string
	Lines     []Line
	Credit    money.Amount
	URL       string // the portal; may be empty
}

// Invitation tells a colleague of a customer that they may see the account.
type Invitation struct {
	Firm     Firm
	Name     string
	By       string // who invited them, may be empty
	Customer string
	URL      string // the sign-in page
}

// News says that there is something to read on the customer's pages, and not what: a mail may be read by others.
type News struct {
	Firm     Firm
	Name     string
	URL      string
	Progress bool // a request has got further; else there is a message
}

// Test tells that the mail settings work.
type Test struct {
	Name string // of the person, may be empty
	Firm Firm
	Host string
}

// Letter is one of the types above.
type Letter interface {
	template() string
	from() Firm
}

func (SignIn) template() string       { return "sign_in" }
func (News) template() string         { return "news" }
func (PayLink) template() string      { return "pay_link" }
func (Confirmation) template() string { return "confirmation" }
func (Invitation) template() string   { return "invitation" }
func (Test) template() string         { return "test" }

func (l SignIn) from() Firm       { return l.Firm }
func (l News) from() Firm         { return l.Firm }
func (l PayLink) from() Firm      { return l.Firm }
func (l Confirmation) from() Firm { return l.Firm }
func (l Invitation) from() Firm   { return l.Firm }
func (l Test) from() Firm         { return l.Firm }

// Rendered is a letter ready to send.
type Rendered struct{ Subject, Text, HTML string }

// Render writes a letter in a language ("nl", "fr-BE"; unknown ones become English).
func Render(language string, l Letter) (Rendered, error) {
	w := words[Language(language)]
	v := view{Letter: l, Firm: l.from(), Lang: w.language, Color: color(l.from().Color), w: w}
	subject, err := w.say(prefix(l)+".subject", l)
	if err != nil {
		return Rendered{}, err
	}
	v.Subject = strings.Join(strings.Fields(subject), " ")
	var text, html bytes.Buffer
	if err := textForms.ExecuteTemplate(&text, l.template()+".txt", v); err != nil {
		return Rendered{}, fmt.Errorf("mail: %s as text: %w", l.template(), err)
	}
	if err := htmlForms.ExecuteTemplate(&html, l.template()+".html", v); err != nil {
		return Rendered{}, fmt.Errorf("mail: %s as HTML: %w", l.template(), err)
	}
	return Rendered{Subject: v.Subject, Text: text.String(), HTML: html.String()}, nil
}

// Language is the closest language that letters exist in.
func Language(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if _, ok := words[base]; ok {
		return base
	}
	return "en"
}

// view is what a template sees.
type view struct {
	Letter  Letter
	Firm    Firm
	Subject string
	Lang    string
	Color   string
	w       *wording
}

// T says a phrase about the letter.
func (v view) T(key string) (string, error) { return v.w.say(prefix(v.Letter)+"."+key, v.Letter) }

// prefix is under which name a letter's phrases stand: its template's, unless one template serves several letters.
func prefix(l Letter) string {
	if p, ok := l.(interface{ prefix() string }); ok {
		return p.prefix()
	}
	return l.template()
}

// Common says a phrase that letters share.
func (v view) Common(key string) (string, error) { return v.w.say("common."+key, v.Letter) }

// Amount and Date are written as the language does.
func (v view) Amount(a money.Amount) string { return a.Format(v.w.language) }
func (v view) Date(d civil.Date) string     { return v.w.date(d) }

var hex = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// color is safe to stand in a style attribute.
func color(s string) string {
	if hex.MatchString(s) {
		return s
	}
	return "#1B2333"
}

// wording is one language's phrases.
type wording struct {
	language string
	months   []string
	phrases  map[string]*texttemplate.Template
}

func (w *wording) say(key string, data any) (string, error) {
	t := w.phrases[key]
	if t == nil {
		return "", fmt.Errorf("mail: no phrase %q in %s", key, w.language)
	}
	var b strings.Builder
	err := t.Execute(&b, data)
	return b.String(), err
}

func (w *wording) date(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	day := fmt.Sprint(d.Day())
	if w.language == "de" {
		day += "."
	}
	return fmt.Sprintf("%s %s %d", day, w.months[d.Month()-1], d.Year())
}

// The templates and phrases are part of the program: a fault in one is found when the program starts, and by the tests.
var (
	words     = loadWords()
	htmlForms = template.Must(template.ParseFS(files, "templates/*.html"))
	textForms = texttemplate.Must(texttemplate.ParseFS(files, "templates/*.txt"))
)

func loadWords() map[string]*wording {
	all := map[string]*wording{}
	for _, language := range Languages {
		raw, err := fs.ReadFile(files, path.Join("locales", language+".json"))
		if err != nil {
			panic(err)
		}
		var f struct {
			Months  []string          `json:"months"`
			Phrases map[string]string `json:"phrases"`
		}
		if err := json.Unmarshal(raw, &f); err != nil {
			panic(fmt.Errorf("mail: locales/%s.json: %w", language, err))
		}
		w := &wording{language: language, months: f.Months, phrases: map[string]*texttemplate.Template{}}
		helpers := texttemplate.FuncMap{
			"amount": func(a money.Amount) string { return a.Format(language) },
			"date":   w.date,
		}
		for key, phrase := range f.Phrases {
			w.phrases[key] = texttemplate.Must(texttemplate.New(key).Funcs(helpers).Option("missingkey=error").Parse(phrase))
		}
		all[language] = w
	}
	return all
}

// brands are methods whose name is the same everywhere.
var brands = map[string]string{"ideal": "iDEAL", "bancontact": "Bancontact", "paypal": "PayPal", "applepay": "Apple Pay",
	"googlepay": "Google Pay", "directdebit": "SEPA", "eps": "eps", "przelewy24": "Przelewy24", "belfius": "Belfius",
	"kbc": "KBC/CBC", "klarna": "Klarna", "satispay": "Satispay", "twint": "TWINT", "trustly": "Trustly", "riverty": "Riverty"}

// Method is a payment method as people call it; one that is not known is shown as the provider writes it.
func Method(language, method string) string {
	if name, ok := brands[method]; ok {
		return name
	}
	if name, err := words[Language(language)].say("method."+method, nil); err == nil {
		return name
	}
	return method
}
