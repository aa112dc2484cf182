package bank

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/voldaan/voldaan/backend/ledger/reference"
)

// What stands in :86: differs by bank. Three families are known: numbered fields (Germany, Triodos), words between
// slashes (the Dutch banks since SEPA), and free text.
var (
	numbered   = regexp.MustCompile(`^(\d{3})([?>])\d{2}`)
	slashWord  = regexp.MustCompile(`/(TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|CNTP|BENM|ORDP|ISDT|RTRN|PREF|ULTB|ULTD|PURP|TRCD|ADDR|SVCL)/`)
	sepaWord   = regexp.MustCompile(`(?:^|[ .]|\b)(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|COAM|OAMT|IBAN|BIC|PURP)\+`)
	kenmerk    = regexp.MustCompile(`(?i)BETALINGSKENM(?:ERK)?\.?:?\s*([0-9][0-9 ]{6,24}[0-9])`)
	fieldWidth = 27
)

func describe(l *Line, info, extra []string) {
	joined := strings.Join(info, "")
	switch {
	case numbered.MatchString(joined):
		describeNumbered(l, joined)
	case slashWord.MatchString(joined) && strings.HasPrefix(strings.TrimSpace(joined), "/"):
		describeSlashed(l, joined)
	default:
		describeFree(l, info)
	}
	if x := squeeze(strings.Join(extra, " ")); isIBAN(x) {
		l.IBAN = first(l.IBAN, x)
	} else if x != "" && x != l.Name && !strings.Contains(l.Text, x) {
		l.Text = squeeze(l.Text + " " + x)
	}
	if k := kenmerk.FindStringSubmatch(l.Text); k != nil && l.Structured == "" {
		l.Structured = strings.ReplaceAll(k[1], " ", "")
	}
}

// describeNumbered reads "166?00GUTSCHRIFT?20EREF+1?30BIC?31IBAN?32NAME".
func describeNumbered(l *Line, text string) {
	sep := text[3]
	var purpose strings.Builder
	var kind string
	for _, f := range split(text[3:], sep) {
		n, v := f[:2], f[2:]
		switch {
		case n == "00":
			kind = squeeze(v)
		case n >= "20" && n <= "29" || n >= "60" && n <= "63":
			purpose.WriteString(v)
			if utf8.RuneCountInString(v) < fieldWidth { // a full field breaks anywhere, a shorter one between words
				purpose.WriteByte(' ')
			}
		case n == "31":
			l.IBAN = strings.ReplaceAll(v, " ", "")
		case n == "32" || n == "33":
			l.Name = squeeze(l.Name + v)
		case n == "34":
			l.Return = returnReason(v)
		}
	}
	before, words := codewords(purpose.String())
	l.EndToEnd, l.Mandate = provided(words["EREF"]), provided(words["MREF"])
	l.Text = squeeze(before + " " + words["SVWZ"])
	if l.Text == "" {
		l.Text = kind
	}
	if iban := words["IBAN"]; l.IBAN == "" && iban != "" {
		l.IBAN, _, _ = strings.Cut(iban, " ")
	}
}

// returnReason: :86: field 34 is a reason only for returned payments, where it has 9xx.
func returnReason(v string) string {
	v = strings.TrimSpace(v)
	if len(v) == 3 && v[0] == '9' && v != "992" && v != "997" {
		return v
	}
	return ""
}

// split cuts at every separator that two digits follow. The pieces begin with those.
func split(text string, sep byte) (out []string) {
	start := -1
	for i := 0; i+2 < len(text); i++ {
		if text[i] == sep && digit(text[i+1]) && digit(text[i+2]) {
			if start >= 0 {
				out = append(out, text[start:i])
			}
			start = i + 1
		}
	}
	if start >= 0 {
		out = append(out, text[start:])
	}
	return out
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func codewords(text string) (before string, words map[string]string) {
	words = map[string]string{}
	at := sepaWord.FindAllStringSubmatchIndex(text, -1)
	if at == nil {
		return text, words
	}
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][2]
		}
		if w := text[m[2]:m[3]]; words[w] == "" {
			words[w] = strings.TrimSpace(text[m[1]:end])
		}
	}
	return text[:at[0][2]], words
}

// describeSlashed reads "/TRTP/SEPA/IBAN/…/NAME/…/REMI/…/EREF/…" and "/CNTP/IBAN/BIC/NAME/CITY//REMI/USTD//text/".
func describeSlashed(l *Line, text string) {
	at := slashWord.FindAllStringSubmatchIndex(text, -1)
	var kind string
	for i := 0; i < len(at); i++ {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		v := strings.TrimSpace(strings.TrimSuffix(text[min(at[i][1], end):end], "/"))
		switch text[at[i][2]:at[i][3]] {
		case "TRTP":
			kind = v
		case "IBAN":
			l.IBAN = strings.ReplaceAll(v, " ", "")
		case "NAME":
			l.Name = squeeze(v)
		case "CNTP":
			p := append(strings.Split(v, "/"), "", "", "")
			l.IBAN, l.Name = strings.ReplaceAll(p[0], " ", ""), squeeze(p[2])
		case "REMI":
			remittance(l, v)
		case "EREF":
			l.EndToEnd = provided(v)
		case "MARF":
			l.Mandate = provided(v)
		case "RTRN":
			l.Return = v
		case "BENM", "ORDP":
			if v = strings.Trim(v, "/"); v != "" {
				kind = strings.TrimSpace(kind + " " + v)
			}
		}
	}
	if l.Text == "" {
		l.Text = squeeze(kind)
	}
}

func remittance(l *Line, v string) {
	switch {
	case strings.HasPrefix(v, "USTD//"):
		v = v[len("USTD//"):]
	case strings.HasPrefix(v, "STRD/"):
		p := strings.SplitN(v, "/", 3)
		l.Structured = strings.Trim(p[len(p)-1], "/ ")
		v = l.Structured
	}
	l.Text = squeeze(strings.Trim(v, "/"))
}

// describeFree: ASN, SNS and old ING put the account and the name in front.
func describeFree(l *Line, info []string) {
	l.Text = squeeze(strings.Join(info, " "))
	if len(info) == 0 {
		return
	}
	account, name, _ := strings.Cut(strings.TrimSpace(info[0]), " ")
	if !isIBAN(account) {
		return
	}
	l.IBAN, l.Name = account, squeeze(name)
	l.Text = squeeze(strings.Join(info[1:], " "))
	if rest := strings.Join(info[1:], ""); strings.HasPrefix(rest, "/") && slashWord.MatchString(rest) {
		l.Text = ""
		describeSlashed(l, rest)
	}
}

// reference sorts out what stands behind the code in :61:: the bank's reference after "//", or else its only text. Some
// banks put the other side's account there, perhaps with its name.
func (l *Line) reference(text string) {
	own, bank, _ := strings.Cut(text, "//")
	if l.BankRef = provided(bank); l.BankRef != "" || strings.Contains(own, "+") {
		return
	}
	own = provided(own)
	account, name, named := strings.Cut(own, "   ")
	switch {
	case isIBAN(own):
		l.IBAN = own
	case named && strings.Trim(account, "0123456789") == "":
		l.IBAN, l.Name = account, squeeze(name)
	case strings.ContainsAny(own, "0123456789"): // without a digit it is a name or a word
		l.BankRef = own
	}
}

func isIBAN(s string) bool {
	_, err := reference.ParseIBAN(s)
	return err == nil
}
