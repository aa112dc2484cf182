// Package document makes the papers of accounts receivable as PDF: statements, copies of invoices and credit notes,
// receipts and annual statements, in Dutch, English, French and German.
//
// A paper is made of typed models (package ledger's statement, documents and receipts) and a Frame: whose paper it is, for
// whom, in which language, of which date. The same input gives the same bytes: the file's dates are those of the paper,
// never of the computer. The text can be selected, searched and read aloud; amounts stand under each other in tabular
// figures. Fonts (fonts/) are embedded as far as they are used.
//
// Long lists stop at maxRows with a line that says what was left out; the spreadsheet of package exporter has everything.
package document

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // logos
	"image/png"
	"strings"
	"time"

	"github.com/johnfercher/maroto/v2"
	"github.com/johnfercher/maroto/v2/pkg/config"
	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"github.com/johnfercher/maroto/v2/pkg/props"
	"github.com/johnfercher/maroto/v2/pkg/repository"
	"github.com/phpdave11/gofpdf"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/reference"
	"github.com/voldaan/voldaan/backend/money"
)

// Frame is what every paper has.
type Frame struct {
	Firm     ledger.Firm
	Customer ledger.Customer
	Language string     // nl, en, fr or de; anything else is the firm's own
	On       civil.Date // the date of the paper
	Witness  string     // the journal's head, so that the holder can prove later what the books said
}

// Pay is how to pay by bank transfer. Without an Amount there is nothing to pay and nothing is shown.
type Pay struct {
	Amount    money.Amount
	Reference string // RF
}

const (
	maxRows = 2000 // of a table on paper
	grid    = 24   // columns of the page
	margin  = 18.0
	width   = 210 - 2*margin
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

var fonts = func() []*entity.CustomFont {
	gofpdf.SetDefaultCatalogSort(true) // the same input, the same bytes
	r := repository.New()
	for style, name := range map[fontstyle.Type]string{fontstyle.Normal: "Regular", fontstyle.Bold: "SemiBold"} {
		raw, err := fontFiles.ReadFile("fonts/Inter-" + name + ".ttf")
		if err != nil {
			panic("document: " + err.Error())
		}
		r = r.AddUTF8FontFromBytes("inter", style, raw)
	}
	list, err := r.Load()
	if err != nil {
		panic("document: " + err.Error())
	}
	return list
}()

var (
	ink     = &props.Color{Red: 27, Green: 35, Blue: 51}
	muted   = &props.Color{Red: 92, Green: 100, Blue: 117}
	hair    = &props.Color{Red: 214, Green: 210, Blue: 201}
	overdue = &props.Color{Red: 179, Green: 64, Blue: 31}
	settled = &props.Color{Red: 31, Green: 122, Blue: 92}
)

// sheet is a paper being written.
type sheet struct {
	Frame
	m core.Maroto
	w *words
}

func newSheet(f Frame, title string) (*sheet, error) {
	s := &sheet{Frame: f, w: wordsIn(f.Language, f.Firm.Language)}
	cfg := config.NewBuilder().WithLeftMargin(margin).WithRightMargin(margin).WithTopMargin(14).WithBottomMargin(10).
		WithMaxGridSize(grid).WithCustomFonts(fonts).WithDefaultFont(&props.Font{Family: "inter", Size: 9, Color: ink}).
		WithTitle(title, true).WithAuthor(legalName(f.Firm), true).WithCreator("Voldaan", true).WithCreationDate(made(f.On)).
		WithPageNumber(props.PageNumber{Pattern: s.w.Page, Place: props.RightBottom, Family: "inter", Size: 7.5, Color: muted}).
		WithCompression(true).Build()
	s.m = maroto.New(cfg)
	return s, s.foot()
}

// made is the time in the file's properties: the paper's own date.
func made(on civil.Date) time.Time { return on.Time() }

func legalName(f ledger.Firm) string {
	if f.LegalName != "" {
		return f.LegalName
	}
	return f.Name
}

// finish closes the paper. The PDF writer stamps the moment of writing into the file; the paper's date takes its place.
func (s *sheet) finish() ([]byte, error) {
	doc, err := s.m.Generate()
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "document.failed", "the document could not be made")
	}
	raw := doc.GetBytes()
	const key = "/ModDate (D:"
	stamp := made(s.On).Format("20060102150405")
	if i := bytes.LastIndex(raw, []byte(key)); i >= 0 && i+len(key)+len(stamp) < len(raw) {
		copy(raw[i+len(key):], stamp)
	}
	return raw, nil
}

// picture is the firm's logo as the PDF writer can read it; nil when there is none, or none that can be read.
func picture(raw []byte) []byte {
	if len(raw) == 0 {
		return nil
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	flat := image.NewNRGBA(img.Bounds())
	for y := flat.Rect.Min.Y; y < flat.Rect.Max.Y; y++ {
		for x := flat.Rect.Min.X; x < flat.Rect.Max.X; x++ {
			flat.Set(x, y, img.At(x, y))
		}
	}
	var out bytes.Buffer
	if png.Encode(&out, flat) != nil {
		return nil
	}
	return out.Bytes()
}

// square is a QR code as a PNG, with its white margin, n pixels for each module.
func square(q reference.Square, n int) ([]byte, error) {
	size := (q.Size() + 2*reference.Quiet) * n
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	for y, row := range q.Dark {
		for x, dark := range row {
			for i := 0; dark && i < n*n; i++ {
				img.SetColorIndex((x+reference.Quiet)*n+i%n, (y+reference.Quiet)*n+i/n, 1)
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// transfer is the SEPA transfer of a payment, when there is one to ask for.
func (f Frame) transfer(p Pay) (reference.Transfer, bool) {
	t := reference.Transfer{Beneficiary: legalName(f.Firm), IBAN: f.Firm.IBAN, BIC: f.Firm.BIC, Amount: p.Amount, Reference: p.Reference}
	return t, f.Firm.IBAN != "" && p.Reference != "" && p.Amount.Currency == "EUR" && p.Amount.Minor > 0
}

func rgb(hex string) *props.Color {
	var c props.Color
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &c.Red, &c.Green, &c.Blue); err != nil {
		return ink
	}
	return &c
}

func addressOf(a ledger.Address, home string) (lines []string) {
	for _, l := range []string{a.Street, strings.TrimSpace(a.PostalCode + "  " + a.City)} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	if a.Country != "" && a.Country != home {
		lines = append(lines, a.Country)
	}
	return lines
}
