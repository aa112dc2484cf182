package api

import "github.com/voldaan/voldaan/backend/access"

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
	Color  string `json:"color" pattern:"^(#[0-9a-fA-F]{6})?$"`
	Footer string `json:"footer" maxLength:"500"`
}

// Brand is how the firm looks on the portal.
type Brand struct {
	Color     string `json:"color" example:"#1F7A5C"`
	Footer    string `json:"footer"`
	HasLogo   bool   `json:"has_logo" doc:"GET /firms/{firm}/logo gives it."`
	ColorNote string `json:"color_note" doc:"Not empty when the contrast with white text is too low; the portal darkens it then."`
}

// PortalSettings switch the customers' side.
type PortalSettings struct {
	Enabled   bool          `json:"enabled"`
	Notice    string        `json:"notice" maxLength:"500" doc:"Shown at the top of every page."`
	PublicURL string        `json:"public_url" maxLength:"200" doc:"As customers reach the portal; empty: the listener's address."`
	Contact   PortalContact `json:"contact"`
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
	add(a, op("GET /firms", "listFirms", "firms", "The firms of this data folder", access.Read), pending[struct{}, body[Page[Firm]]])
	add(a, op("POST /firms", "createFirm", "firms", "Add a firm", access.SettingsWrite, 201), pending[struct{ Body FirmInput }, body[Firm]])
	add(a, op("GET /firms/{firm}", "getFirm", "firms", "One firm", access.Read), pending[AtFirm, body[Firm]])
	add(a, op("PATCH /firms/{firm}", "updateFirm", "firms", "Change settings, brand, portal or rules", access.SettingsWrite), pending[struct {
		AtFirm
		Body FirmPatch
	}, body[Firm]])
	add(a, file(op("GET /firms/{firm}/logo", "getLogo", "firms", "The logo", access.Read), "image/png", "image/jpeg"), pending[AtFirm, logoOutput])
	add(a, op("PUT /firms/{firm}/logo", "putLogo", "firms", "Set the logo: the bytes of a PNG or JPEG up to 512 KB", access.SettingsWrite), pending[logoInput, body[Firm]])
	add(a, op("DELETE /firms/{firm}/logo", "deleteLogo", "firms", "Remove the logo", access.SettingsWrite, 204), pending[AtFirm, struct{}])
}
