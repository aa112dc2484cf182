package simulator

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/voldaan/voldaan/backend/money"
)

// method is a way to pay that every simulated profile has switched on. Limits are in minor units; max 0 is none, and no
// currency means any. mandate is what a first payment with it gives a mandate for, empty when it cannot; a method that is
// only collected is never offered to a payer.
type method struct {
	id, name string
	currency money.Currency
	min, max int64
	mandate  string
	collects bool
}

var methods = []method{
	{"ideal", "iDEAL | Wero", "EUR", 1, 5_000_000, "directdebit", false},
	{"creditcard", "Card", "", 1, 1_000_000, "creditcard", false},
	{"bancontact", "Bancontact", "EUR", 2, 5_000_000, "directdebit", false},
	{"banktransfer", "Bank transfer", "EUR", 1, 100_000_000, "", false},
	{"paypal", "PayPal", "", 1, 800_000, "paypal", false},
	{"kbc", "KBC/CBC Payment Button", "EUR", 1, 5_000_000, "directdebit", false},
	{"belfius", "Belfius Direct Net", "EUR", 1, 5_000_000, "directdebit", false},
	{"directdebit", "SEPA Direct Debit", "EUR", 1, 100_000_000, "", true},
}

// names are descriptions that differ by language.
var names = map[string]map[string]string{
	"creditcard":   {"nl": "Kaart", "fr": "Carte", "de": "Karte"},
	"banktransfer": {"nl": "Overboeking", "fr": "Virement bancaire", "de": "Banküberweisung"},
	"directdebit":  {"nl": "Automatische incasso", "fr": "Prélèvement SEPA", "de": "SEPA-Lastschrift"},
}

func methodByID(id string) (method, bool) {
	for _, m := range methods {
		if m.id == id {
			return m, true
		}
	}
	return method{}, false
}

func (m method) fits(a money.Amount) bool {
	if a.Minor == 0 { // a first payment that only checks the card
		return m.id == "creditcard"
	}
	return (m.currency == "" || m.currency == a.Currency) && a.Minor >= m.min && (m.max == 0 || a.Minor <= m.max)
}

// offered reports whether a payer can choose the method for a payment of that sequence.
func (m method) offered(sequence string) bool {
	switch sequence {
	case "first":
		return m.mandate != ""
	case "recurring":
		return m.collects || m.id == "creditcard" || m.id == "paypal"
	}
	return !m.collects
}

func (m method) label(locale string) string {
	lang, _, _ := strings.Cut(locale, "_")
	if n, ok := names[m.id][lang]; ok {
		return n
	}
	return m.name
}

func (m method) hal(base, locale string, c money.Currency) object {
	if m.currency != "" {
		c = m.currency
	}
	image := base + "/checkout/assets/" + m.id + ".svg"
	o := object{
		"resource": "method", "id": m.id, "description": m.label(locale), "status": "activated",
		"minimumAmount": amount(money.Of(m.min, c)), "maximumAmount": nil,
		"image":  object{"size1x": image, "size2x": image, "svg": image},
		"_links": object{"self": link(base + "/v2/methods/" + m.id), "documentation": page(documentation)},
	}
	if m.max > 0 {
		o["maximumAmount"] = amount(money.Of(m.max, c))
	}
	return o
}

func (s *Simulator) listMethods(r *request) reply {
	q := r.URL.Query()
	currency := money.Currency("EUR")
	var limit *money.Amount
	if q.Has("amount[value]") || q.Has("amount[currency]") {
		w := wireAmount{q.Get("amount[currency]"), q.Get("amount[value]")}
		a, out := w.parse(0)
		if out != nil {
			return fail(http.StatusBadRequest, "The amount is invalid.", "amount")
		}
		limit, currency = &a, a.Currency
	}
	items := []object{}
	for _, m := range methods {
		if m.offered(q.Get("sequenceType")) && (limit == nil || m.fits(*limit)) {
			items = append(items, m.hal(r.base, q.Get("locale"), currency))
		}
	}
	return reply{http.StatusOK, object{
		"count": len(items), "_embedded": object{"methods": items},
		"_links": object{"self": link(r.base + r.URL.RequestURI()), "documentation": page(documentation)},
	}}
}

func (s *Simulator) getMethod(r *request) reply {
	m, ok := methodByID(r.PathValue("id"))
	if !ok {
		return notFound("No payment method exists with this id.")
	}
	return reply{http.StatusOK, m.hal(r.base, r.URL.Query().Get("locale"), "EUR")}
}

// picture is a neutral drawing for a method: its initials in a frame. Trade marks are the real service's to show.
var picture = template.Must(template.New("svg").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48" role="img" aria-label="{{.Name}}">` +
	`<rect x="1.5" y="1.5" width="61" height="45" rx="6" fill="#ffffff" stroke="#1b2333" stroke-width="2"/>` +
	`<text x="32" y="31" text-anchor="middle" font-family="sans-serif" font-size="18" font-weight="700" fill="#1b2333">{{.Initials}}</text></svg>`))

func (s *Simulator) methodPicture(w http.ResponseWriter, r *http.Request) {
	m, ok := methodByID(strings.TrimSuffix(r.PathValue("file"), ".svg"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	initials := map[string]string{"ideal": "iD", "creditcard": "CC", "bancontact": "BC", "banktransfer": "SEPA", "paypal": "PP", "kbc": "KBC", "belfius": "Bel", "directdebit": "DD"}[m.id]
	if err := picture.Execute(w, map[string]string{"Name": m.name, "Initials": initials}); err != nil {
		s.log.Debug("picture not sent", "err", err)
	}
}
