package portal

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/money"
)

// TestMoneyIsWrittenAsCLDRSays compares our quick writing with the slow one of package money.
func TestMoneyIsWrittenAsCLDRSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lang := rapid.SampledFrom(Languages).Draw(rt, "language")
		c := money.Currency(rapid.SampledFrom([]string{"EUR", "USD", "GBP", "CHF", "JPY", "TND", "SEK", "XAF"}).Draw(rt, "currency"))
		a := money.Of(rapid.Int64Range(-money.MaxMinor, money.MaxMinor).Draw(rt, "minor"), c)
		f := Format{T: In(lang)}
		if got, want := f.Money(a), a.Format(f.T.Locale); got != want {
			rt.Errorf("%s %v: %q, want %q", lang, a, got, want)
		}
	})
}

func TestMoneyInWords(t *testing.T) {
	for lang, want := range map[string]string{"nl": "€ 1.210,00", "en": "€1,210.00", "fr": "1 210,00 €", "de": "1.210,00 €"} {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(Format{T: In(lang)}.Money(money.Of(121_000, "EUR")))
		if got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// TestWhatPeopleType reads amounts as they are typed; what is written is read back.
func TestWhatPeopleType(t *testing.T) {
	f := Format{T: In("nl")}
	for text, want := range map[string]int64{"125": 12_500, "125,5": 12_550, "125,50": 12_550, "125.50": 12_550, "1.250,50": 125_050, "1,250.50": 125_050, "1.250": 125_000,
		"1 250,50": 125_050, "€ 12,00": 1_200, "1'250.50": 125_050, "0,01": 1, ",50": 50, "1.234.567,89": 123_456_789} {
		if a, ok := f.ParseAmount(text, "EUR"); !ok || a.Minor != want {
			t.Errorf("%q: %d %v, want %d", text, a.Minor, ok, want)
		}
	}
	for _, text := range []string{"", "veel", "-5", "0", "0,00", "1,2345", "1e9", "12,", ",", "٣", "99999999999999999999", "1;2"} {
		if a, ok := f.ParseAmount(text, "EUR"); ok {
			t.Errorf("%q was read as %d", text, a.Minor)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := Format{T: In(rapid.SampledFrom(Languages).Draw(rt, "language"))}
		a := money.Of(rapid.Int64Range(1, money.MaxMinor).Draw(rt, "minor"), "EUR")
		for _, text := range []string{f.Plain(a), f.Money(a), a.String()} {
			if got, ok := f.ParseAmount(text, "EUR"); !ok || got != a {
				rt.Errorf("%q was read as %v", text, got)
			}
		}
	})
}

func TestDates(t *testing.T) {
	today := civil.MustParse("2026-11-12")
	for _, tc := range []struct{ lang, date, day, full, when string }{
		{"nl", "2026-11-12", "12 nov", "12 november 2026", "vandaag"},
		{"nl", "2026-11-11", "11 nov", "11 november 2026", "1 dag te laat"},
		{"nl", "2025-12-01", "1 dec 2025", "1 december 2025", "346 dagen te laat"},
		{"nl", "2026-11-21", "21 nov", "21 november 2026", "over 9 dagen"},
		{"nl", "2027-03-01", "1 mrt 2027", "1 maart 2027", ""},
		{"fr", "2026-11-01", "1er nov.", "1er novembre 2026", "11 jours de retard"},
		{"de", "2026-11-13", "13. Nov.", "13. November 2026", "morgen"},
		{"en", "2026-11-15", "15 Nov", "15 November 2026", "in 3 days"},
	} {
		f, d := Format{T: In(tc.lang), Today: today}, civil.MustParse(tc.date)
		if f.Day(d) != tc.day || f.Date(d) != tc.full || f.When(d) != tc.when {
			t.Errorf("%s %s: %q %q %q", tc.lang, tc.date, f.Day(d), f.Date(d), f.When(d))
		}
	}
}

// TestEveryColourCanBeRead: whatever a firm picks, text on it and in it has a contrast of 4.5.
func TestEveryColourCanBeRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		part := func(n string) float64 { return float64(rapid.IntRange(0, 255).Draw(rt, n)) / 255 }
		c := rgb{part("r"), part("g"), part("b")}
		light, dark := schemes(c)
		for _, x := range []struct {
			what     string
			text, on rgb
		}{
			{"button", light.onFill, light.fill}, {"pressed", light.onFill, light.press}, {"dark button", dark.onFill, dark.fill},
			{"link", light.text, mustRGB(paperLight)}, {"link on a sheet", light.text, mustRGB(surfaceLight)},
			{"dark link", dark.text, mustRGB(paperDark)}, {"dark link on a sheet", dark.text, mustRGB(surfaceDark)},
		} {
			if r := contrast(x.text, x.on); r < readable {
				rt.Errorf("%s of %s: %s on %s is %.2f", x.what, c, x.text, x.on, r)
			}
		}
	})
	if css := BrandCSS("url(evil)"); strings.Contains(css, "evil") || !strings.Contains(css, "--brand:#1f4e79") {
		t.Error(css)
	}
}

// TestTheStyleSheetsOwnColours checks the pairs of portal.css in both schemes.
func TestTheStyleSheetsOwnColours(t *testing.T) {
	raw, err := os.ReadFile("static/portal.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(raw), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark scheme")
	}
	dark, _, _ = strings.Cut(dark, "*, *::before")
	color := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{3,6});`)
	for name, css := range map[string]string{"light": light, "dark": dark} {
		m := map[string]rgb{}
		for _, x := range color.FindAllStringSubmatch(css, -1) {
			hex := x[2]
			if len(hex) == 4 {
				hex = "#" + strings.Repeat(hex[1:2], 2) + strings.Repeat(hex[2:3], 2) + strings.Repeat(hex[3:4], 2)
			}
			m[x[1]] = mustRGB(hex)
		}
		for _, text := range []string{"ink", "muted", "settled", "soon", "late", "info"} {
			for _, on := range []string{"paper", "surface"} {
				if r := contrast(m[text], m[on]); r < readable {
					t.Errorf("%s: %s on %s is %.2f", name, text, on, r)
				}
			}
		}
		if r := contrast(m["edge"], m["surface"]); r < 3 {
			t.Errorf("%s: the edges of fields are %.2f", name, r)
		}
	}
}

// TestLanguagesSayTheSame: the same gaps in every language, no language left in another's file, and every text is used.
func TestLanguagesSayTheSame(t *testing.T) {
	gap := regexp.MustCompile(`\{[a-z]+\}`)
	var walk func(path string, v reflect.Value, out map[string][]string)
	walk = func(path string, v reflect.Value, out map[string][]string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i), out)
			}
		case reflect.String:
			g := gap.FindAllString(v.String(), -1)
			slices.Sort(g)
			out[path] = g
		}
	}
	want := map[string][]string{}
	walk("", reflect.ValueOf(*In("nl")), want)
	for _, lang := range Languages {
		got := map[string][]string{}
		walk("", reflect.ValueOf(*In(lang)), got)
		for path, g := range want {
			if !slices.Equal(g, got[path]) {
				t.Errorf("%s%s has gaps %v, want %v", lang, path, got[path], g)
			}
		}
		if len(In(lang).Months) != 12 || len(In(lang).Short) != 12 {
			t.Errorf("%s does not have twelve months", lang)
		}
		for id := range In("nl").Methods {
			if In(lang).Methods[id] == "" {
				t.Errorf("%s does not name the method %s", lang, id)
			}
		}
	}

	var source bytes.Buffer
	for _, pattern := range []string{"*.templ", "*.go", "../../backend/web/portal/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_templ.go") || strings.HasSuffix(f, "text.go") || strings.HasSuffix(f, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(raw)
		}
	}
	for path := range want {
		parts := strings.Split(path, ".")
		name := parts[len(parts)-1]
		if name == "One" || name == "Other" {
			name = parts[len(parts)-2]
		}
		if !regexp.MustCompile(`\.` + name + `\b`).Match(source.Bytes()) {
			t.Errorf("nobody says %s", path)
		}
	}
}

func TestBrokenLocalesStopTheProgram(t *testing.T) {
	sub, err := fs.Sub(localeFiles, "locales")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadTexts(sub); err == nil {
		t.Error("missing files were accepted")
	}
}
