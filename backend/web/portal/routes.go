package portal

import (
	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/ledger"
)

// Access says who may come in at a route.
type Access uint8

// The kinds of access.
const (
	Public Access = iota // anybody; shows nothing of a customer
	Token                // whoever has the link that is in the path
	Signed               // a customer's session
)

// Route is one route of the portal. IDs are the parameters, in path, query or form, that name a record: each must
// answer a foreign id exactly as an unknown one.
type Route struct {
	Method, Path string
	Access       Access
	IDs          []ID
	handle       fiber.Handler
}

// ID is a parameter that names a record: In is "path", "query" or "form", Kind the prefix of its ids.
type ID struct{ In, Name, Kind string }

// Routes is the table of all routes, for tests and documentation.
func Routes() []Route { return (&Server{}).routes() }

func (s *Server) routes() []Route {
	docsInQuery := []ID{{"query", "d", "doc"}}
	toPay := []ID{{"query", "d", "doc"}, {"query", "plan", "pln"}}
	get, post := fiber.MethodGet, fiber.MethodPost
	return []Route{
		{get, "/sign-in", Public, nil, s.signInPage},
		{post, "/sign-in", Public, nil, s.signInAsk},
		{get, "/sign-in/sent", Public, nil, s.signInSent},
		{post, "/sign-in/code", Public, nil, s.signInCode},
		{post, "/sign-out", Public, nil, s.signOut},
		{get, "/language/:lang", Public, nil, s.setLanguage},
		{get, "/assets/brand.css", Public, nil, s.brandCSS},
		{get, "/assets/logo/:firm", Public, []ID{{"path", "firm", "firm"}}, s.logo},
		{get, "/assets/:name", Public, nil, s.asset},
		{post, "/webhooks/mollie", Public, nil, s.webhook},

		{get, "/l/:token", Token, nil, s.linkPage},
		{post, "/l/:token", Token, nil, s.linkUse},
		{post, "/l/:token/again", Token, nil, s.linkAgain},
		{get, "/p/:token", Token, nil, s.payLinkPage},
		{post, "/p/:token", Token, nil, s.payLinkStart},
		{get, "/p/:token/transfer", Token, nil, s.payLinkTransfer},
		{get, "/r/:token", Token, nil, s.resultPage},
		{get, "/r/:token/state", Token, nil, s.resultState},
		{get, "/r/:token/go", Token, nil, s.goPage},
		{get, "/r/:token/receipt", Token, nil, s.resultReceipt},

		{get, "/", Signed, nil, s.signed(s.accountPage)},
		{get, "/invoices", Signed, nil, s.signed(s.invoicesPage)},
		{get, "/invoices/:id", Signed, []ID{{"path", "id", "doc"}}, s.signed(s.invoicePage)},
		{get, "/pay", Signed, toPay, s.signed(s.payPage)},
		{get, "/pay/chosen", Signed, toPay, s.signed(s.payChosen)},
		{post, "/pay", Signed, []ID{{"form", "d", "doc"}, {"form", "method", "mdt"}, {"form", "plan", "pln"}}, s.signed(s.payStart)},
		{get, "/methods", Signed, nil, s.signed(s.methodsPage, of(ledger.FeatureAutopay))},
		{post, "/methods", Signed, nil, s.signed(s.methodAdd, of(ledger.FeatureAutopay))},
		{post, "/methods/:id/prefer", Signed, []ID{{"path", "id", "mdt"}}, s.signed(s.methodPrefer, of(ledger.FeatureAutopay))},
		{post, "/methods/:id/remove", Signed, []ID{{"path", "id", "mdt"}}, s.signed(s.methodRemove, of(ledger.FeatureAutopay))},
		{get, "/autopay", Signed, nil, s.signed(s.autopayPage, of(ledger.FeatureAutopay))},
		{post, "/autopay", Signed, []ID{{"form", "mandate", "mdt"}}, s.signed(s.autopaySet, of(ledger.FeatureAutopay))},
		{get, "/payments", Signed, nil, s.signed(s.paymentsPage)},
		{get, "/payments/:id", Signed, []ID{{"path", "id", "rec"}}, s.signed(s.receiptPage)},
		{get, "/invoices/:id/pdf", Signed, []ID{{"path", "id", "doc"}}, s.signed(s.invoicePDF, of(ledger.FeatureDocuments))},
		{get, "/payments/:id/pdf", Signed, []ID{{"path", "id", "rec"}}, s.signed(s.receiptPDF, of(ledger.FeatureDocuments))},
		{get, "/documents", Signed, nil, s.signed(s.papersPage, of(ledger.FeatureDocuments))},
		{get, "/documents.zip", Signed, []ID{{"query", "f", "doc"}, {"query", "f", "rec"}}, s.signed(s.papersZip, of(ledger.FeatureDocuments))},
		{get, "/statement", Signed, nil, s.signed(s.statementPage, of(ledger.FeatureStatement))},
		{get, "/statement.pdf", Signed, nil, s.signed(s.statementPDF, of(ledger.FeatureStatement))},
		{get, "/statement.xlsx", Signed, nil, s.signed(s.statementXLSX, of(ledger.FeatureStatement))},
		{get, "/annual.pdf", Signed, nil, s.signed(s.annualPDF, of(ledger.FeatureStatement))},
		{get, "/history", Signed, nil, s.signed(s.historyPage, of(ledger.FeatureStatement))},
		{get, "/transfer", Signed, toPay, s.signed(s.transferPage)},
		{post, "/customer", Signed, []ID{{"form", "customer", "cus"}}, s.signed(s.switchCustomer, anybody)},

		{get, "/settings", Signed, nil, s.signed(s.settingsPage)},
		{post, "/settings", Signed, nil, s.signed(s.describe, anybody)},
		{get, "/notices", Signed, nil, s.signed(s.noticesPage)},
		{post, "/notices", Signed, nil, s.signed(s.setNotices, anybody)},
		{post, "/settings/sessions", Signed, []ID{{"form", "session", "ses"}}, s.signed(s.endSessions, anybody)},
		{get, "/requests", Signed, nil, s.signed(s.requestsPage)},
		{get, "/requests/new", Signed, docsInQuery, s.signed(s.askPage, of(ledger.FeatureRequests))},
		{post, "/requests/new", Signed, []ID{{"form", "d", "doc"}, {"form", "source", "doc"}, {"form", "f", "fil"}}, s.signed(s.ask, of(ledger.FeatureRequests), anybody)},
		{get, "/requests/:id", Signed, []ID{{"path", "id", "req"}}, s.signed(s.requestPage, of(ledger.FeatureRequests))},
		{post, "/requests/:id/answer", Signed, []ID{{"path", "id", "req"}, {"form", "f", "fil"}}, s.signed(s.answer, of(ledger.FeatureRequests), anybody)},
		{post, "/requests/:id/withdraw", Signed, []ID{{"path", "id", "req"}}, s.signed(s.withdraw, of(ledger.FeatureRequests), anybody)},
		{get, "/messages/new", Signed, nil, s.signed(s.talkPage, of(ledger.FeatureMessages))},
		{post, "/messages/new", Signed, []ID{{"form", "f", "fil"}}, s.signed(s.startTalk, of(ledger.FeatureMessages), anybody)},
		{get, "/messages/:id", Signed, []ID{{"path", "id", "thr"}}, s.signed(s.threadPage)},
		{post, "/messages/:id", Signed, []ID{{"path", "id", "thr"}, {"form", "f", "fil"}}, s.signed(s.reply, of(ledger.FeatureMessages), anybody)},
		{get, "/files/:id", Signed, []ID{{"path", "id", "fil"}}, s.signed(s.file)},
		{get, "/accounts", Signed, nil, s.signed(s.accountsPage)},
		{get, "/contacts", Signed, nil, s.signed(s.peoplePage, of(ledger.FeatureContacts), needs(ledger.RightManage))},
		{post, "/contacts", Signed, nil, s.signed(s.invite, of(ledger.FeatureContacts), needs(ledger.RightManage))},
		{post, "/contacts/rights", Signed, []ID{{"form", "contact", "con"}}, s.signed(s.setRights, of(ledger.FeatureContacts), needs(ledger.RightManage))},
		{post, "/contacts/close", Signed, []ID{{"form", "contact", "con"}}, s.signed(s.closeContact, of(ledger.FeatureContacts), needs(ledger.RightManage))},
	}
}
