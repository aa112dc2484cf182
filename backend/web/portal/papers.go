package portal

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/document"
	"github.com/voldaan/voldaan/backend/exporter"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/frontend/portal"
)

// maxZip is how many papers are packed into one file: each is made on the spot.
const maxZip = pageSize

// attach sends a file to be kept, never to be shown within our own pages.
func attach(c *fiber.Ctx, f document.File) error {
	attachment(c, f.Name, f.Type)
	return c.Send(f.Body)
}

func attachment(c *fiber.Ctx, name, mediaType string) {
	c.Set(fiber.HeaderContentType, mediaType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "private, no-store")
}

// language is the language in which the visitor reads the portal: papers are in it too.
func (s *Server) paperLanguage(c *fiber.Ctx, v *visit) (string, error) {
	_, p, err := s.account(c, v)
	if err != nil {
		return "", err
	}
	return p.Lang, nil
}

func (s *Server) invoicePDF(c *fiber.Ctx, v *visit) error {
	var id ledger.DocumentID
	if err := id.UnmarshalText([]byte(c.Params("id"))); err != nil || id.IsZero() {
		return notHere()
	}
	lang, err := s.paperLanguage(c, v)
	if err != nil {
		return err
	}
	f, err := s.invoiceFile(c.UserContext(), v, id, lang)
	if err != nil {
		return err
	}
	return attach(c, f)
}

// invoiceFile is the copy of a document that the customer may see: not one that is dated later.
func (s *Server) invoiceFile(ctx context.Context, v *visit, id ledger.DocumentID, lang string) (document.File, error) {
	d, err := v.view.Document(ctx, id)
	if err != nil {
		return document.File{}, err
	}
	a, err := v.view.Account(ctx)
	if err == nil && d.Issued > a.Today {
		err = notHere()
	}
	if err != nil {
		return document.File{}, err
	}
	return s.papers.InvoicePDF(ctx, v.view, v.meta(), id, lang)
}

func (s *Server) receiptPDF(c *fiber.Ctx, v *visit) error {
	var id ledger.ReceiptID
	if err := id.UnmarshalText([]byte(c.Params("id"))); err != nil || id.IsZero() {
		return notHere()
	}
	lang, err := s.paperLanguage(c, v)
	if err != nil {
		return err
	}
	f, err := s.papers.ReceiptPDF(c.UserContext(), v.view, id, lang)
	if err != nil {
		return err
	}
	return attach(c, f)
}

func (s *Server) annualPDF(c *fiber.Ctx, v *visit) error {
	lang, err := s.paperLanguage(c, v)
	if err != nil {
		return err
	}
	f, err := s.papers.YearPDF(c.UserContext(), v.view, c.QueryInt("year"), lang)
	if err != nil {
		return err
	}
	return attach(c, f)
}

// period reads the dates of a statement. The future is not asked for: who looks ahead sees today.
func period(c *fiber.Ctx, today civil.Date) (p document.Period, err error) {
	for _, x := range []struct {
		name string
		to   *civil.Date
	}{{"on", &p.AsOf}, {"from", &p.From}} {
		if text := c.Query(x.name); text != "" {
			if *x.to, err = civil.Parse(text); err != nil {
				return p, fault.Invalidf("portal.date", "%.20q is not a date; expected something like 2026-06-30", text)
			}
		}
	}
	if p.AsOf.IsZero() || p.AsOf > today {
		p.AsOf = today
	}
	return p, document.CheckPeriod(p.From, p.AsOf)
}

func (s *Server) statementPDF(c *fiber.Ctx, v *visit) error {
	a, page, err := s.account(c, v)
	if err != nil {
		return err
	}
	p, err := period(c, a.Today)
	if err != nil {
		return err
	}
	p.Language = page.Lang
	f, err := s.papers.StatementPDF(c.UserContext(), v.view, v.meta(), p)
	if err != nil {
		return err
	}
	return attach(c, f)
}

func (s *Server) statementXLSX(c *fiber.Ctx, v *visit) error {
	a, page, err := s.account(c, v)
	if err != nil {
		return err
	}
	p, err := period(c, a.Today)
	if err != nil {
		return err
	}
	p.Language = page.Lang
	st, langs, err := s.papers.Statement(c.UserContext(), v.view, p)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := exporter.Statement(&out, st, exporter.StatementNames(document.NamesIn(langs...))); err != nil {
		return err
	}
	name := strings.TrimSuffix(document.FileName("statement", st.Customer.Number, st.AsOf.String()), ".pdf") + ".xlsx"
	return attach(c, document.File{Name: name, Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Body: out.Bytes()})
}

func (s *Server) statementPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	when, err := period(c, a.Today)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Papers.Statement, "statement"
	view := &portal.StatementView{On: when.AsOf.String(), AsOf: when.AsOf, Today: a.Today.String()}
	if !when.From.IsZero() {
		view.From = when.From.String()
	}
	names := document.NamesIn(p.Lang)
	for _, x := range a.Account.StatementOn(0, when.AsOf).Sections {
		b := portal.StatementBlock{Currency: x.Currency, Gross: x.Gross, Overdue: x.Overdue, Unapplied: x.Unapplied, Net: x.Net}
		for i, amount := range x.Buckets {
			b.Buckets = append(b.Buckets, portal.Bucket{Name: names.Buckets[i], Amount: amount})
		}
		for _, k := range x.Credits {
			paper := portal.Paper{Title: p.T.Papers.OnAccount, On: k.On, Amount: k.Left, Page: "/payments/" + k.Receipt.String()}
			if k.Number != "" {
				paper.Title, paper.Page = k.Number, "/invoices/"+k.Document.String()
			}
			b.Credits = append(b.Credits, paper)
		}
		if x.Due().Minor > 0 && when.AsOf == a.Today && a.Firm.IBAN != "" {
			b.TransferURL = "/transfer?all=1&c=" + string(x.Currency)
		}
		view.Blocks = append(view.Blocks, b)
	}
	return show(c, fiber.StatusOK, portal.StatementPage(p, view))
}

// historyPage is every movement, newest first, in one currency.
func (s *Server) historyPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Papers.History, "statement"
	moves := a.Account.Movements(a.Today)
	view := &portal.Movements{Currency: money.Currency(c.Query("c"))}
	var currencies []money.Currency
	for i := range moves {
		if x := moves[i].Amount.Currency; !slices.Contains(currencies, x) {
			currencies = append(currencies, x)
		}
	}
	if !slices.Contains(currencies, view.Currency) {
		view.Currency = a.Firm.Currency
		if len(currencies) > 0 && !slices.Contains(currencies, view.Currency) {
			view.Currency = currencies[0]
		}
	}
	for _, x := range currencies {
		view.Currencies = append(view.Currencies, portal.Link{Word: string(x), URL: "/history?c=" + string(x), Current: x == view.Currency})
	}
	moves = slices.DeleteFunc(moves, func(m ledger.Movement) bool { return m.Amount.Currency != view.Currency })
	slices.Reverse(moves)
	page := max(1, min(c.QueryInt("page", 1), (len(moves)+pageSize-1)/pageSize))
	from := (page - 1) * pageSize
	words := document.NamesIn(p.Lang)
	for i := range moves[from:min(len(moves), from+pageSize)] {
		m := &moves[from+i]
		row := portal.Movement{On: m.On, What: words.Movement(m), Amount: m.Amount, Balance: m.Balance}
		switch {
		case !m.Document.IsZero():
			row.URL = "/invoices/" + m.Document.String()
		case !m.Receipt.IsZero():
			row.URL = "/payments/" + m.Receipt.String()
		}
		view.Rows = append(view.Rows, row)
	}
	here := "/history?c=" + string(view.Currency) + "&page="
	if from+pageSize < len(moves) {
		view.Older = here + strconv.Itoa(page+1)
	}
	if page > 1 {
		view.Newer = here + strconv.Itoa(page-1)
	}
	return show(c, fiber.StatusOK, portal.HistoryPage(p, view))
}

// papersOf are all documents and receipts of the account as papers, newest first.
func (d *derived) papersOf(p *portal.Page) (out []portal.Paper) {
	for i := range d.acc.Documents {
		doc := &d.acc.Documents[i]
		if !d.shown(doc) || doc.State == ledger.Void {
			continue
		}
		id := doc.ID.String()
		x := portal.Paper{Value: id, Kind: [...]string{"invoice", "credit_note", "debit_note"}[doc.Type], Title: doc.Number, On: doc.Issued,
			Amount: doc.Total, URL: "/invoices/" + id + "/pdf", Page: "/invoices/" + id}
		if !doc.Type.Debit() {
			x.Amount = doc.Total.Neg()
		}
		out = append(out, x)
	}
	for i := range d.acc.Receipts {
		r := &d.acc.Receipts[i]
		if r.Date > d.Today {
			continue
		}
		id := r.ID.String()
		out = append(out, portal.Paper{Value: id, Kind: "receipt", Title: p.T.Method(string(r.Method), ""), On: r.Date, Amount: r.Amount,
			URL: "/payments/" + id + "/pdf", Page: "/payments/" + id})
	}
	slices.SortStableFunc(out, func(x, y portal.Paper) int { return cmp.Or(cmp.Compare(y.On, x.On), cmp.Compare(x.Title, y.Title)) })
	return out
}

func (s *Server) papersPage(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	p.Title, p.Here = p.T.Papers.Title, "papers"
	query := strings.ToValidUTF8(strings.TrimSpace(c.Query("q")), "")
	view := &portal.Papers{Query: query[:min(len(query), 60)], Kind: c.Query("kind"), Year: c.QueryInt("year"), Statement: p.Has("statement")}
	if !slices.Contains([]string{"invoice", "credit_note", "receipt"}, view.Kind) {
		view.Kind = ""
	}
	all := derive(a).papersOf(p)
	for _, x := range all {
		if y := x.On.Year(); !slices.Contains(view.Years, y) {
			view.Years = append(view.Years, y)
		}
	}
	for _, y := range view.Years {
		if y < a.Today.Year() && view.Statement && len(view.Annual) < 7 {
			view.Annual = append(view.Annual, y)
		}
	}
	needle := fold(view.Query)
	found := slices.DeleteFunc(all, func(x portal.Paper) bool {
		kind := x.Kind
		if kind == "debit_note" {
			kind = "invoice"
		}
		return view.Kind != "" && kind != view.Kind || view.Year != 0 && x.On.Year() != view.Year || needle != "" && !strings.Contains(fold(x.Title), needle)
	})
	view.Found = len(found)
	page := max(1, min(c.QueryInt("page", 1), (len(found)+pageSize-1)/pageSize))
	from := (page - 1) * pageSize
	view.Items = found[from:min(len(found), from+pageSize)]
	if from+pageSize < len(found) {
		view.Older = papersAddress(view, page+1)
	}
	if page > 1 {
		view.Newer = papersAddress(view, page-1)
	}
	p.Path = papersAddress(view, page)
	return show(c, fiber.StatusOK, portal.PapersPage(p, view))
}

func papersAddress(v *portal.Papers, page int) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": v.Query, "kind": v.Kind} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if v.Year != 0 {
		q.Set("year", strconv.Itoa(v.Year))
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/documents"
	}
	return "/documents?" + q.Encode()
}

// papersZip packs the chosen papers. All are looked up before the first byte goes out; each is made when its turn comes.
func (s *Server) papersZip(c *fiber.Ctx, v *visit) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	known := map[string]portal.Paper{}
	for _, x := range derive(a).papersOf(p) {
		known[x.Value] = x
	}
	var chosen []portal.Paper
	for _, raw := range c.Context().QueryArgs().PeekMulti("f") {
		x, ok := known[string(raw)]
		if !ok {
			return notHere()
		}
		chosen = append(chosen, x)
	}
	if len(chosen) == 0 {
		return c.Redirect("/documents", fiber.StatusSeeOther)
	}
	if len(chosen) > maxZip {
		return fault.Invalidf("portal.zip", "choose at most %d documents at once", maxZip)
	}
	attachment(c, strings.TrimSuffix(document.FileName("documents", a.Customer.Number, a.Today.String()), ".pdf")+".zip", "application/zip")
	lang, ctx, log := p.Lang, context.WithoutCancel(c.UserContext()), s.o.Logger
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		if err := s.pack(ctx, v, w, chosen, lang); err != nil {
			log.LogAttrs(ctx, slog.LevelWarn, "documents were not packed", slog.Any("error", err))
		}
	})
	return nil
}

// pack writes the archive. When a paper fails the archive stays without its end, so that nobody takes it for complete.
func (s *Server) pack(ctx context.Context, v *visit, w *bufio.Writer, chosen []portal.Paper, lang string) error {
	z, used := zip.NewWriter(w), map[string]int{}
	for _, x := range chosen {
		f, err := s.paper(ctx, v, x, lang)
		if err != nil {
			return err
		}
		if used[f.Name]++; used[f.Name] > 1 {
			f.Name = strings.TrimSuffix(f.Name, ".pdf") + "-" + strconv.Itoa(used[f.Name]) + ".pdf"
		}
		to, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store, Modified: x.On.Time()}) // PDFs are packed already
		if err != nil {
			return err
		}
		if _, err := to.Write(f.Body); err != nil {
			return err
		}
	}
	return z.Close()
}

func (s *Server) paper(ctx context.Context, v *visit, x portal.Paper, lang string) (document.File, error) {
	if x.Kind == "receipt" {
		var id ledger.ReceiptID
		if err := id.UnmarshalText([]byte(x.Value)); err != nil {
			return document.File{}, err
		}
		return s.papers.ReceiptPDF(ctx, v.view, id, lang)
	}
	var id ledger.DocumentID
	if err := id.UnmarshalText([]byte(x.Value)); err != nil {
		return document.File{}, err
	}
	return s.invoiceFile(ctx, v, id, lang)
}
