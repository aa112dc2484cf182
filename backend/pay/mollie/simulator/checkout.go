package simulator

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
)

//go:embed checkout.html checkout.css
var files embed.FS

var checkoutPage = template.Must(template.ParseFS(files, "checkout.html"))

func (s *Simulator) checkoutRoutes() {
	s.mux.HandleFunc("GET /checkout/{token}", s.showCheckout)
	s.mux.HandleFunc("POST /checkout/{token}", s.postCheckout)
	s.mux.HandleFunc("GET /checkout/assets/checkout.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		http.ServeFileFS(w, r, files, "checkout.css")
	})
	s.mux.HandleFunc("GET /checkout/assets/{file}", s.methodPicture)
	s.mux.HandleFunc("GET /{$}", s.showHome)
}

// view is what the page shows.
type view struct {
	Lang        string
	T           map[string]string
	Home        bool
	Latest      []entry // on the home page: the latest payments
	Description string
	Amount      string
	Methods     []option // to choose from, when the payment has none yet
	Method      string   // id of the chosen one
	MethodName  string
	Outcomes    []option
	Done        string // the final status, in words
	Gives       string // what mandate a first payment gives, or which one a recurring payment uses
	Mandate     string // how that mandate stands, in words
	Chargeback  bool   // the payer's bank can still take it back
	Back        string // where the shop is
	Problem     string
}

// entry is a payment in the list of the home page.
type entry struct {
	Description, Amount, Status, Page string
}

type option struct {
	ID, Name, Hint string
	Checked        bool
}

// texts are the page's words by language; the languages are those of the product.
var texts = map[string]map[string]string{
	"en": {
		"gives": "With it the payer gives permission to collect later", "by.directdebit": "by direct debit", "by.creditcard": "by card", "by.paypal": "by PayPal", "mandate": "Permission",
		"mandate.pending": "pending", "mandate.valid": "valid", "mandate.invalid": "not given", "collected": "Collected under a permission", "on": "on",
		"latest": "Latest payments", "take": "The payer’s bank takes it back", "taken": "Charged back",
		"banner": "Simulator: this is not Mollie and no money moves.", "title": "Test payment", "amount": "Amount", "how": "How do you want to pay?",
		"next": "Continue", "what": "What should happen?", "pick": "Please choose one of the options.", "back": "Back to the shop", "done": "This payment is",
		"home": "This is a simulator of Mollie's API for demonstrations and tests.", "unknown": "There is no payment at this address.",
		"paid": "Paid", "failed": "Failed", "canceled": "Canceled", "expired": "Expired", "pending": "Pending",
		"paid.hint": "the money is on its way", "failed.hint": "the bank refuses", "canceled.hint": "the payer changes their mind",
		"expired.hint": "the time is over", "pending.hint": "the bank has not decided yet",
	},
	"nl": {
		"gives": "Hiermee geeft de betaler een machtiging voor latere betalingen", "by.directdebit": "via automatische incasso", "by.creditcard": "met de kaart", "by.paypal": "via PayPal", "mandate": "Machtiging",
		"mandate.pending": "nog niet actief", "mandate.valid": "geldig", "mandate.invalid": "niet gegeven", "collected": "Geïncasseerd met een machtiging", "on": "op",
		"latest": "Laatste betalingen", "take": "De bank van de betaler boekt terug", "taken": "Teruggeboekt",
		"banner": "Simulator: dit is niet Mollie en er wordt geen geld overgemaakt.", "title": "Testbetaling", "amount": "Bedrag", "how": "Hoe wilt u betalen?",
		"next": "Verder", "what": "Wat moet er gebeuren?", "pick": "Kies een van de mogelijkheden.", "back": "Terug naar de winkel", "done": "Deze betaling is",
		"home": "Dit is een simulator van Mollie voor demonstraties en tests.", "unknown": "Op dit adres staat geen betaling.",
		"paid": "Betaald", "failed": "Mislukt", "canceled": "Geannuleerd", "expired": "Verlopen", "pending": "In behandeling",
		"paid.hint": "het geld is onderweg", "failed.hint": "de bank weigert", "canceled.hint": "de betaler ziet ervan af",
		"expired.hint": "de tijd is om", "pending.hint": "de bank heeft nog niet beslist",
	},
	"fr": {
		"gives": "Le payeur autorise par là des paiements ultérieurs", "by.directdebit": "par prélèvement SEPA", "by.creditcard": "par carte", "by.paypal": "par PayPal", "mandate": "Autorisation",
		"mandate.pending": "en attente", "mandate.valid": "valable", "mandate.invalid": "non donnée", "collected": "Prélevé au titre d’une autorisation", "on": "le",
		"latest": "Derniers paiements", "take": "La banque du payeur reprend l’argent", "taken": "Repris par la banque",
		"banner": "Simulateur : ce n’est pas Mollie et aucun argent ne circule.", "title": "Paiement de test", "amount": "Montant", "how": "Comment voulez-vous payer ?",
		"next": "Continuer", "what": "Que doit-il se passer ?", "pick": "Veuillez choisir une option.", "back": "Retour au marchand", "done": "Ce paiement est",
		"home": "Ceci est un simulateur de Mollie pour démonstrations et tests.", "unknown": "Aucun paiement à cette adresse.",
		"paid": "Payé", "failed": "Échoué", "canceled": "Annulé", "expired": "Expiré", "pending": "En attente",
		"paid.hint": "l’argent est en route", "failed.hint": "la banque refuse", "canceled.hint": "le payeur renonce",
		"expired.hint": "le délai est passé", "pending.hint": "la banque n’a pas encore décidé",
	},
	"de": {
		"gives": "Der Zahler erteilt damit ein Mandat für spätere Zahlungen", "by.directdebit": "per SEPA-Lastschrift", "by.creditcard": "per Karte", "by.paypal": "per PayPal", "mandate": "Mandat",
		"mandate.pending": "noch nicht aktiv", "mandate.valid": "gültig", "mandate.invalid": "nicht erteilt", "collected": "Eingezogen mit einem Mandat", "on": "am",
		"latest": "Letzte Zahlungen", "take": "Die Bank des Zahlers bucht zurück", "taken": "Zurückgebucht",
		"banner": "Simulator: Das ist nicht Mollie, es fließt kein Geld.", "title": "Testzahlung", "amount": "Betrag", "how": "Wie möchten Sie zahlen?",
		"next": "Weiter", "what": "Was soll geschehen?", "pick": "Bitte wählen Sie eine Möglichkeit.", "back": "Zurück zum Händler", "done": "Diese Zahlung ist",
		"home": "Dies ist ein Simulator von Mollie für Vorführungen und Tests.", "unknown": "Unter dieser Adresse gibt es keine Zahlung.",
		"paid": "Bezahlt", "failed": "Fehlgeschlagen", "canceled": "Abgebrochen", "expired": "Abgelaufen", "pending": "In Bearbeitung",
		"paid.hint": "das Geld ist unterwegs", "failed.hint": "die Bank lehnt ab", "canceled.hint": "der Zahler bricht ab",
		"expired.hint": "die Zeit ist um", "pending.hint": "die Bank hat noch nicht entschieden",
	},
}

// language is the payment's, else the browser's first that we have, else English.
func language(locale string, r *http.Request) string {
	for _, tag := range append([]string{locale}, strings.Split(r.Header.Get("Accept-Language"), ",")...) {
		if tag = strings.TrimSpace(tag); len(tag) >= 2 {
			if _, ok := texts[tag[:2]]; ok {
				return tag[:2]
			}
		}
	}
	return "en"
}

// viewOf describes the payment's page; s.mu is held.
func viewOf(p *payment, r *http.Request) view {
	lang := language(p.locale, r)
	t := texts[lang]
	v := view{Lang: lang, T: t, Description: p.description, Amount: p.amount.Format(lang), Method: p.method, Back: p.redirect}
	v.Gives, v.Mandate = mandateWords(p, t)
	if !p.unfinished() {
		v.Done = t[p.status]
		if v.Done == "" {
			v.Done = p.status
		}
		v.Chargeback = p.status == "paid" && p.remaining().Minor > 0
		if p.status == "paid" && !v.Chargeback && !p.chargedBack().IsZero() {
			v.Done = t["taken"]
		}
		return v
	}
	if p.method == "" {
		for _, m := range methods {
			if m.offered(p.sequence) && m.fits(p.amount) {
				v.Methods = append(v.Methods, option{ID: m.id, Name: m.label(lang), Checked: len(v.Methods) == 0})
			}
		}
		return v
	}
	if m, ok := methodByID(p.method); ok {
		v.MethodName = m.label(lang)
	}
	for _, o := range outcomes {
		if o == OutcomePending && p.status == "pending" || p.sequence == "recurring" && o != OutcomePaid && o != OutcomeFailed {
			continue
		}
		v.Outcomes = append(v.Outcomes, option{ID: string(o), Name: t[string(o)], Hint: t[string(o)+".hint"], Checked: o == OutcomePaid})
	}
	return v
}

// mandateWords says what a first payment gives and a recurring one uses, and how that mandate stands.
func mandateWords(p *payment, t map[string]string) (gives, stands string) {
	switch {
	case p.sequence == "recurring":
		if gives = t["collected"]; !p.due.IsZero() {
			gives += " " + t["on"] + " " + p.due.Format(time.DateOnly)
		}
	case p.sequence == "first" && p.mandate == nil:
		return t["gives"] + ".", ""
	case p.sequence == "first":
		gives = t["gives"] + ", " + t["by."+p.mandate.method]
	default:
		return "", ""
	}
	stands = t["mandate."+p.mandate.status]
	if p.mandate.account != "" {
		stands += " (" + strings.TrimSpace(p.mandate.label+" "+p.mandate.account) + ")"
	}
	return gives + ".", stands
}

func (s *Simulator) showCheckout(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p, ok := s.byToken[r.PathValue("token")]
	if !ok {
		s.mu.Unlock()
		s.unknown(w, r)
		return
	}
	v := viewOf(p, r)
	s.mu.Unlock()
	s.show(w, http.StatusOK, v)
}

// shownAtHome is how many payments the home page lists.
const shownAtHome = 25

// showHome lists the latest payments, so that in a demonstration one can let a bank take one back.
func (s *Simulator) showHome(w http.ResponseWriter, r *http.Request) {
	lang := language("", r)
	v := view{Lang: lang, T: texts[lang], Home: true}
	s.mu.Lock()
	for _, p := range slices.Backward(s.order) {
		if len(v.Latest) == shownAtHome {
			break
		}
		status := v.T[p.status]
		if status == "" {
			status = p.status
		}
		v.Latest = append(v.Latest, entry{p.description, p.amount.Format(lang), status, "/checkout/" + p.token})
	}
	s.mu.Unlock()
	s.show(w, http.StatusOK, v)
}

// takeBack is the bank of the payer taking back what is left of a paid payment; s.mu is held.
func (s *Simulator) takeBack(p *payment) {
	if left := p.remaining(); p.status == "paid" && left.Minor > 0 {
		s.charge(p, left, "MD06")
	}
}

func (s *Simulator) unknown(w http.ResponseWriter, r *http.Request) {
	lang := language("", r)
	s.show(w, http.StatusNotFound, view{Lang: lang, T: texts[lang], Problem: texts[lang]["unknown"]})
}

// postCheckout takes the payer's choice of a method, or of what should happen, and then sends them back to the shop.
func (s *Simulator) postCheckout(w http.ResponseWriter, r *http.Request) {
	chosen, outcome, payer := r.PostFormValue("method"), Outcome(r.PostFormValue("outcome")), Payer{Name: r.PostFormValue("name")}
	s.mu.Lock()
	p, ok := s.byToken[r.PathValue("token")]
	if !ok {
		s.mu.Unlock()
		s.unknown(w, r)
		return
	}
	if r.PostFormValue("effect") == "chargeback" {
		s.takeBack(p)
		s.mu.Unlock()
		http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		return
	}
	if p.method == "" && p.unfinished() {
		if m, ok := methodByID(chosen); ok && m.offered(p.sequence) && m.fits(p.amount) {
			s.choose(p, m.id)
		}
	}
	if outcome == "" || !slices.Contains(outcomes, outcome) || p.method == "" {
		v := viewOf(p, r)
		if chosen == "" {
			v.Problem = v.T["pick"]
		}
		s.mu.Unlock()
		s.show(w, http.StatusOK, v)
		return
	}
	err := s.decide(p, outcome, payer)
	to := p.redirect
	if to == "" { // collected: there is no shop to go back to
		to = r.URL.Path
	}
	if outcome == OutcomeCanceled && p.cancel != "" {
		to = p.cancel
	}
	s.mu.Unlock()
	if err != nil && !errors.Is(err, &fault.Error{Code: "simulator.finished"}) {
		s.log.Warn("checkout", "err", err)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Simulator) show(w http.ResponseWriter, status int, v view) {
	var page bytes.Buffer
	if err := checkoutPage.Execute(&page, v); err != nil {
		s.log.Error("checkout page", "err", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// No form-action: browsers apply it to the redirect back to the shop, which is elsewhere.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	if _, err := w.Write(page.Bytes()); err != nil {
		s.log.Debug("payer went away", "err", err)
	}
}
