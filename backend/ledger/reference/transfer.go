package reference

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/money"
)

// Transfer is a SEPA credit transfer to be made by somebody's bank. Beneficiary is the name as its bank knows it: since
// October 2025 the payer's bank compares it with the account's.
type Transfer struct {
	Beneficiary string
	IBAN, BIC   string // BIC may be empty within the EEA
	Amount      money.Amount
	Reference   string // an RF reference, or text for the payee; empty for none
	Note        string // for the payer, not sent along
}

// Limits of EPC069-12.
const (
	maxPayload = 331
	maxName    = 70
	maxText    = 140
	maxNote    = 70
	maxAmount  = 99_999_999_999 // cents
)

// Payload is the text in the square, by EPC069-12 version 002, in UTF-8. An RF reference goes into the field for
// references; anything else (a betalingskenmerk, an OGM) into the text, because banks expect only RF in the first.
func (t Transfer) Payload() (string, error) {
	name := line(t.Beneficiary, maxName)
	if name == "" {
		return "", fault.Invalidf("reference.beneficiary", "a transfer needs the beneficiary's name as the bank knows it")
	}
	iban, err := ParseIBAN(t.IBAN)
	if err != nil {
		return "", err
	}
	bic := ""
	if t.BIC != "" {
		if bic, err = ParseBIC(t.BIC); err != nil {
			return "", err
		}
	}
	if t.Amount.Currency != "EUR" || t.Amount.Minor < 1 || t.Amount.Minor > maxAmount {
		return "", fault.Invalidf("reference.transfer_amount", "%s %s cannot be asked for by QR code; expected EUR 0.01 to 999999999.99", t.Amount, t.Amount.Currency)
	}
	rf, text := "", line(t.Reference, maxText)
	if parsed, err := ParseRF(t.Reference); err == nil {
		rf, text = parsed, ""
	}
	payload := strings.TrimRight(strings.Join([]string{"BCD", "002", "1", "SCT", bic, name, iban,
		"EUR" + t.Amount.String(), "", rf, text, line(t.Note, maxNote)}, "\n"), "\n")
	if len(payload) > maxPayload {
		return "", fault.Invalidf("reference.transfer_size", "the details of this transfer take %d bytes; a QR code for banks holds %d", len(payload), maxPayload)
	}
	return payload, nil
}

// line makes one line of a text: no control characters, no space around it, at most n characters.
func line(s string, n int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
	if utf8.RuneCountInString(s) > n {
		s = strings.TrimSpace(string([]rune(s)[:n]))
	}
	return s
}
