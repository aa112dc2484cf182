package api

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	_ "image/jpeg" // pictures that a logo can be
	_ "image/png"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// FirmInput makes a firm.
type FirmInput struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Country  string `json:"country" minLength:"2" maxLength:"2" example:"NL"`
	Currency string `json:"currency" minLength:"3" maxLength:"3" example:"EUR"`
	Language string `json:"language,omitempty" enum:"nl,en,fr,de"`
	TimeZone string `json:"time_zone,omitempty" maxLength:"64" example:"Europe/Amsterdam"`
}

// Firm is a creditor with its settings.
type Firm struct {
	ID        string         `json:"id"`
	Name      string         `json:"name" minLength:"1" maxLength:"100"`
	LegalName string         `json:"legal_name" maxLength:"200" doc:"As its bank knows it."`
	Country   string         `json:"country" minLength:"2" maxLength:"2"`
	Currency  string         `json:"currency" minLength:"3" maxLength:"3"`
	TimeZone  string         `json:"time_zone" maxLength:"64"`
	Language  string         `json:"language" enum:"nl,en,fr,de"`
	VATID     string         `json:"vat_id" maxLength:"30"`
	ChamberNo string         `json:"chamber_no" maxLength:"30"`
	IBAN      string         `json:"iban" maxLength:"42"`
	BIC       string         `json:"bic" maxLength:"11"`
	Address   Address        `json:"address"`
	Email     string         `json:"email" maxLength:"254"`
	Phone     string         `json:"phone" maxLength:"40"`
	Website   string         `json:"website" maxLength:"200"`
	Brand     Brand          `json:"brand"`
	Portal    PortalSettings `json:"portal"`
	Rules     Rules          `json:"rules"`
	Today     string         `json:"today" format:"date" doc:"Today in the firm's time zone."`
}

// FirmPatch changes parts of a firm; what is left out stays.
type FirmPatch struct {
	Name      *string         `json:"name,omitempty" minLength:"1" maxLength:"100"`
	LegalName *string         `json:"legal_name,omitempty" maxLength:"200"`
	TimeZone  *string         `json:"time_zone,omitempty" maxLength:"64"`
	Language  *string         `json:"language,omitempty" enum:"nl,en,fr,de"`
	VATID     *string         `json:"vat_id,omitempty" maxLength:"30"`
	ChamberNo *string         `json:"chamber_no,omitempty" maxLength:"30"`
	IBAN      *string         `json:"iban,omitempty" maxLength:"42"`
	BIC       *string         `json:"bic,omitempty" maxLength:"11"`
	Address   *Address        `json:"address,omitempty"`
	Email     *string         `json:"email,omitempty" maxLength:"254"`
	Phone     *string         `json:"phone,omitempty" maxLength:"40"`
	Website   *string         `json:"website,omitempty" maxLength:"200"`
	Brand     *BrandInput     `json:"brand,omitempty"`
	Portal    *PortalSettings `json:"portal,omitempty"`
	Rules     *Rules          `json:"rules,omitempty"`
}

// BrandInput is the part of the brand that is text.
type BrandInput struct {
	Color  string  `json:"color" pattern:"^(#[0-9a-fA-F]{6})?$"`
	Footer string  `json:"footer" maxLength:"500"`
	Font   string  `json:"font,omitempty" enum:"inter,serif,system"`
	Legal  *string `json:"legal,omitempty" maxLength:"1000" doc:"Under the footer of every page; left out: as it is."`
}

// Brand is how the firm looks on the portal.
type Brand struct {
	Color     string `json:"color" example:"#1F7A5C"`
	Footer    string `json:"footer"`
	Font      string `json:"font" enum:"inter,serif,system"`
	Legal     string `json:"legal"`
	HasLogo   bool   `json:"has_logo" doc:"GET /firms/{firm}/logo gives it."`
	ColorNote string `json:"color_note" doc:"Not empty when the contrast with white text is too low; the portal darkens it then."`
}

// PortalSettings switch the customers' side.
type PortalSettings struct {
	Enabled   bool            `json:"enabled"`
	Notice    string          `json:"notice" maxLength:"500" doc:"Shown at the top of every page."`
	PublicURL string          `json:"public_url" maxLength:"200" doc:"As customers reach the portal; empty: the listener's address."`
	Contact   PortalContact   `json:"contact"`
	Parents   *[]string       `json:"parents,omitempty" maxItems:"20" doc:"Origins such as https://extranet.example that may show the portal within their pages; left out: as it is."`
	Hosts     *[]string       `json:"hosts,omitempty" maxItems:"20" doc:"Further host names of this firm's portal; left out: as they are."`
	Cheque    *string         `json:"cheque,omitempty" maxLength:"500" doc:"Where to send a cheque, where cheques are used; left out: as it is."`
	Features  []PortalFeature `json:"features,omitempty" doc:"What customers get; a feature that is left out stays as it is."`
}

// PortalFeature is a part of the portal that can be switched.
type PortalFeature struct {
	Name string `json:"name" enum:"documents,statement,requests,messages,autopay,plans,contacts"`
	On   bool   `json:"on"`
}

// PortalContact is whom customers may call or write to.
type PortalContact struct {
	Name  string `json:"name" maxLength:"100"`
	Role  string `json:"role" maxLength:"100"`
	Email string `json:"email" maxLength:"254"`
	Phone string `json:"phone" maxLength:"40"`
	Hours string `json:"hours" maxLength:"100"`
}

// Rules are the firm's limits in allocating money.
type Rules struct {
	SmallDifference string `json:"small_difference" example:"1.00" doc:"An underpayment up to this, and up to small_share, is written off."`
	SmallShare      string `json:"small_share" example:"0.5" doc:"Percent of the invoice."`
	GraceDays       int    `json:"grace_days" minimum:"0" maximum:"30" doc:"Added to the last day of an early-payment discount."`
}

// AtFirm is the thing that the path names.
type AtFirm struct {
	Firm string `path:"firm"`
}

type logoInput struct {
	Firm    string `path:"firm"`
	RawBody []byte `contentType:"application/octet-stream"`
}

type logoOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) firms() {
	add(a, op("GET /firms", "listFirms", "firms", "The firms of this data folder", access.Read), a.listFirms)
	add(a, op("POST /firms", "createFirm", "firms", "Add a firm", access.SettingsWrite, 201), a.createFirm)
	add(a, op("GET /firms/{firm}", "getFirm", "firms", "One firm", access.Read), a.getFirm)
	add(a, op("PATCH /firms/{firm}", "updateFirm", "firms", "Change settings, brand, portal or rules", access.SettingsWrite), a.updateFirm)
	add(a, file(op("GET /firms/{firm}/logo", "getLogo", "firms", "The logo", access.Read), "image/png", "image/jpeg"), a.getLogo)
	add(a, op("PUT /firms/{firm}/logo", "putLogo", "firms", "Set the logo: the bytes of a PNG or JPEG up to 512 KB", access.SettingsWrite), a.putLogo)
	add(a, op("DELETE /firms/{firm}/logo", "deleteLogo", "firms", "Remove the logo", access.SettingsWrite, 204), a.deleteLogo)
}

type updateFirmInput struct {
	AtFirm
	Body FirmPatch
}

// maxLogo bounds a logo: it is on every page that a customer loads.
const maxLogo = 512 << 10

func (in FirmInput) ledger() ledger.Firm {
	return ledger.Firm{Name: strings.TrimSpace(in.Name), Country: strings.ToUpper(in.Country), Currency: money.Currency(strings.ToUpper(in.Currency)),
		Language: in.Language, TimeZone: in.TimeZone, Portal: ledger.PortalSettings{Enabled: true}}
}

func firmView(r *books.Reader, f ledger.Firm) (Firm, error) {
	today, err := r.Today(f.ID)
	v := Firm{ID: f.ID.String(), Name: f.Name, LegalName: f.LegalName, Country: f.Country, Currency: string(f.Currency), TimeZone: f.TimeZone,
		Language: f.Language, VATID: f.VATID, ChamberNo: f.ChamberNo, IBAN: f.IBAN, BIC: f.BIC, Address: address(f.Address),
		Email: f.Email, Phone: f.Phone, Website: f.Website, Today: today.String(),
		Brand: Brand{Font: string(cmp.Or(f.Brand.Font, ledger.FontInter)), Legal: f.Brand.Legal, Color: f.Brand.Color, Footer: f.Brand.Footer, HasLogo: len(f.Brand.Logo) > 0, ColorNote: contrastNote(f.Brand.Color)},
		Portal: PortalSettings{Enabled: f.Portal.Enabled, Notice: f.Portal.Notice, PublicURL: f.Portal.PublicURL,
			Contact: PortalContact(f.Portal.Contact), Features: featuresView(f.Portal),
			Parents: list(f.Portal.Parents), Hosts: list(f.Portal.Hosts), Cheque: &f.Portal.Cheque},
		Rules: Rules{SmallDifference: minor(f.Rules.SmallDifference, f.Currency), SmallShare: milli(f.Rules.SmallShareMilli * 100), GraceDays: f.Rules.GracePeriodDays}}
	return v, err
}

func (a *API) listFirms(ctx context.Context, _ *struct{}) (*body[Page[Firm]], error) {
	page := Page[Firm]{Items: []Firm{}}
	err := a.Books.View(ctx, func(r *books.Reader) error {
		all, err := r.Firms()
		if err != nil {
			return err
		}
		for _, f := range all {
			v, err := firmView(r, f)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, v)
		}
		return nil
	})
	return answer(page, err)
}

func (a *API) createFirm(ctx context.Context, in *struct{ Body FirmInput }) (*body[Firm], error) {
	f, err := a.Books.CreateFirm(ctx, meta(ctx, ledger.FirmID{}, ""), in.Body.ledger())
	if err != nil {
		return nil, err
	}
	return a.getFirm(ctx, &AtFirm{Firm: f.ID.String()})
}

func (a *API) getFirm(ctx context.Context, in *AtFirm) (*body[Firm], error) {
	var v Firm
	err := a.Books.View(ctx, func(r *books.Reader) error {
		f, err := firmOf(r, in.Firm)
		if err != nil {
			return err
		}
		v, err = firmView(r, f)
		return err
	})
	return answer(v, err)
}

func (a *API) updateFirm(ctx context.Context, in *updateFirmInput) (*body[Firm], error) {
	return a.changeFirm(ctx, in.AtFirm, func(f *ledger.Firm) error { return in.Body.apply(f) })
}

// changeFirm reads a firm, changes it and writes it.
func (a *API) changeFirm(ctx context.Context, at AtFirm, change func(*ledger.Firm) error) (*body[Firm], error) {
	f, err := a.firm(ctx, at.Firm)
	if err != nil {
		return nil, err
	}
	if err := change(&f); err != nil {
		return nil, err
	}
	if _, err := a.Books.UpdateFirm(ctx, meta(ctx, f.ID, ""), f); err != nil {
		return nil, err
	}
	return a.getFirm(ctx, &at)
}

// apply changes what was given.
func (p FirmPatch) apply(f *ledger.Firm) error {
	texts := []struct{ to, from *string }{{&f.Name, p.Name}, {&f.LegalName, p.LegalName}, {&f.TimeZone, p.TimeZone}, {&f.Language, p.Language},
		{&f.VATID, p.VATID}, {&f.ChamberNo, p.ChamberNo}, {&f.Email, p.Email}, {&f.Phone, p.Phone}, {&f.Website, p.Website}, {&f.BIC, p.BIC}}
	for _, t := range texts {
		if t.from != nil {
			*t.to = strings.TrimSpace(*t.from)
		}
	}
	if p.IBAN != nil {
		f.IBAN = strings.ToUpper(strings.ReplaceAll(*p.IBAN, " ", ""))
	}
	if p.Address != nil {
		f.Address = p.Address.ledger()
	}
	if p.Brand != nil {
		f.Brand.Color, f.Brand.Footer = p.Brand.Color, strings.TrimSpace(p.Brand.Footer)
		if p.Brand.Font != "" {
			f.Brand.Font = ledger.Font(p.Brand.Font)
		}
		if p.Brand.Legal != nil {
			f.Brand.Legal = strings.TrimSpace(*p.Brand.Legal)
		}
	}
	if p.Portal != nil {
		if err := checkPublicURL(p.Portal.PublicURL); err != nil {
			return err
		}
		f.Portal.Enabled, f.Portal.Notice = p.Portal.Enabled, strings.TrimSpace(p.Portal.Notice)
		f.Portal.PublicURL, f.Portal.Contact = strings.TrimSuffix(p.Portal.PublicURL, "/"), ledger.PortalContact(p.Portal.Contact)
		if err := p.Portal.more(&f.Portal); err != nil {
			return err
		}
	}
	if p.Rules == nil {
		return nil
	}
	small, err := amount("rules.small_difference", p.Rules.SmallDifference, f.Currency)
	if err != nil {
		return err
	}
	if small.Minor < 0 {
		return wrong("rules.small_difference", "request.negative", "expected zero or more")
	}
	share, err := percent("rules.small_share", p.Rules.SmallShare)
	f.Rules = ledger.Rules{SmallDifference: small.Minor, SmallShareMilli: share / 100, GracePeriodDays: p.Rules.GraceDays}
	return err
}

// list is a list for JSON: never null.
func list(s []string) *[]string {
	out := append([]string{}, s...)
	return &out
}

// more changes what a client may leave out.
func (p PortalSettings) more(to *ledger.PortalSettings) error {
	for _, x := range p.Features {
		to.Switch(ledger.Feature(x.Name), x.On)
	}
	if p.Cheque != nil {
		to.Cheque = strings.TrimSpace(*p.Cheque)
	}
	if p.Parents != nil {
		to.Parents = nil
		for _, s := range *p.Parents {
			u, err := url.Parse(s)
			if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || strings.ContainsAny(s, " ;,'\"*") {
				return wrong("portal.parents", "firm.parent", "expected an origin such as https://extranet.example.nl, without a path")
			}
			to.Parents = append(to.Parents, strings.ToLower(s))
		}
	}
	if p.Hosts != nil {
		to.Hosts = nil
		for _, s := range *p.Hosts {
			if u, err := url.Parse("//" + s); err != nil || u.Hostname() != s || s == "" || strings.ContainsAny(s, "@ ") {
				return wrong("portal.hosts", "firm.host", "expected a host name such as betalen.example.nl")
			}
			to.Hosts = append(to.Hosts, strings.ToLower(s))
		}
	}
	return nil
}

func featuresView(p ledger.PortalSettings) (out []PortalFeature) {
	for _, f := range ledger.Features() {
		out = append(out, PortalFeature{Name: string(f), On: p.Shows(f)})
	}
	return out
}

func checkPublicURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return wrong("portal.public_url", "firm.public_url", "expected an address such as https://betalen.example.nl")
	}
	return nil
}

// contrastNote says that white text on a colour would be hard to read (WCAG 2.2 asks for 4.5 : 1).
func contrastNote(color string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil || len(color) != 7 {
		return ""
	}
	// Relative luminance of sRGB.
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	l := 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
	if ratio := 1.05 / (l + 0.05); ratio < 4.5 {
		return fmt.Sprintf("White text on this colour has a contrast of %.1f to 1; 4.5 is needed, so the portal uses a darker shade for buttons.", ratio)
	}
	return ""
}

func (a *API) getLogo(ctx context.Context, in *AtFirm) (*logoOutput, error) {
	f, err := a.firm(ctx, in.Firm)
	if err != nil {
		return nil, err
	}
	if len(f.Brand.Logo) == 0 {
		return nil, fault.NotFoundf("firm.no_logo", "the firm has no logo yet")
	}
	return &logoOutput{ContentType: f.Brand.LogoType, Body: f.Brand.Logo}, nil
}

func (a *API) putLogo(ctx context.Context, in *logoInput) (*body[Firm], error) {
	kind := http.DetectContentType(in.RawBody)
	if kind != "image/png" && kind != "image/jpeg" {
		return nil, fault.Invalidf("firm.logo_type", "the logo must be a PNG or JPEG picture; this file is neither")
	}
	if len(in.RawBody) > maxLogo {
		return nil, fault.New(fault.TooLarge, "firm.logo_size", "the logo is %d KB; expected at most %d KB", len(in.RawBody)>>10, maxLogo>>10)
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(in.RawBody))
	if err == nil && cfg.Width <= 4000 && cfg.Height <= 4000 {
		_, _, err = image.Decode(bytes.NewReader(in.RawBody)) // its size is bounded now
	}
	if err != nil || cfg.Width > 4000 || cfg.Height > 4000 || cfg.Width < 1 || cfg.Height < 1 {
		return nil, fault.Invalidf("firm.logo_broken", "the picture cannot be read or is larger than 4000 by 4000 points")
	}
	return a.changeFirm(ctx, AtFirm{in.Firm}, func(f *ledger.Firm) error {
		f.Brand.Logo, f.Brand.LogoType = bytes.Clone(in.RawBody), kind
		return nil
	})
}

func (a *API) deleteLogo(ctx context.Context, in *AtFirm) (*struct{}, error) {
	_, err := a.changeFirm(ctx, *in, func(f *ledger.Firm) error {
		f.Brand.Logo, f.Brand.LogoType = nil, ""
		return nil
	})
	return nil, err
}
