package portal

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Colours of the portal itself (design: paper, ink and one accent that belongs to the firm).
const (
	DefaultColor = "#1F4E79"

	paperLight, surfaceLight = "#FBFAF7", "#FFFFFF"
	paperDark, surfaceDark   = "#14171D", "#1C2028"
	inkLight                 = "#1B2333"
	readable                 = 4.5 // WCAG 2.2 AA for text
)

// rgb is a colour with parts from 0 to 1.
type rgb struct{ r, g, b float64 }

// ParseColor reads "#rrggbb"; ok is false for anything else.
func ParseColor(s string) (string, bool) {
	_, ok := parseRGB(s)
	return strings.ToLower(s), ok
}

func parseRGB(s string) (rgb, bool) {
	if len(s) != 7 || s[0] != '#' {
		return rgb{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return rgb{}, false
	}
	return rgb{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

func (c rgb) String() string {
	b := func(v float64) int { return int(math.Round(v * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", b(c.r), b(c.g), b(c.b))
}

// luminance is WCAG's relative luminance.
func (c rgb) luminance() float64 {
	lin := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.r) + 0.7152*lin(c.g) + 0.0722*lin(c.b)
}

func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// toward mixes a share of the other colour in.
func (c rgb) toward(o rgb, share float64) rgb {
	return rgb{c.r + (o.r-c.r)*share, c.g + (o.g-c.g)*share, c.b + (o.b-c.b)*share}
}

// rounded is the colour as it is written, so that what is checked is what is shown.
func (c rgb) rounded() rgb {
	r, _ := parseRGB(c.String())
	return r
}

// readableOn moves the colour toward black or white until it can be read on all the backgrounds.
func (c rgb) readableOn(toward rgb, backgrounds ...rgb) rgb {
	for i := 0; i <= 50; i++ {
		x := c.toward(toward, float64(i)/50).rounded()
		ok := true
		for _, b := range backgrounds {
			ok = ok && contrast(x, b) >= readable
		}
		if ok {
			return x
		}
	}
	return toward
}

var (
	black = rgb{0, 0, 0}
	white = rgb{1, 1, 1}
)

// scheme is the firm's colour in one of light and dark.
type scheme struct{ fill, onFill, text, press rgb }

// schemes decides how a firm's colour may be used: as a button's fill with the text colour that can be read on it, the
// fill darkened where neither white nor ink would do; and as the colour of links, darkened (or lightened in the dark)
// until it can be read on paper and on surfaces.
func schemes(c rgb) (light, dark scheme) {
	ink := mustRGB(inkLight)
	fill, onFill := c, white
	switch {
	case contrast(c, white) >= readable:
	case contrast(c, ink) >= readable:
		onFill = ink
	default:
		fill = c.readableOn(black, white)
	}
	press := fill.toward(black, 0.14)
	if onFill == ink {
		press = fill.toward(white, 0.2)
	}
	light = scheme{fill: fill, onFill: onFill, text: c.readableOn(black, mustRGB(paperLight), mustRGB(surfaceLight)), press: press.rounded()}
	dark = scheme{fill: fill, onFill: onFill, text: c.readableOn(white, mustRGB(paperDark), mustRGB(surfaceDark)), press: press.rounded()}
	return light, dark
}

func mustRGB(s string) rgb {
	c, ok := parseRGB(s)
	if !ok {
		panic("portal: bad colour " + s)
	}
	return c
}

// BrandCSS is the style sheet with a firm's colour ("#rrggbb"; the house colour when it is none).
func BrandCSS(color string) string {
	c, ok := parseRGB(color)
	if !ok {
		c = mustRGB(DefaultColor)
	}
	light, dark := schemes(c)
	rule := func(s scheme) string {
		return fmt.Sprintf(":root{--brand:%s;--on-brand:%s;--brand-text:%s;--brand-press:%s}", s.fill, s.onFill, s.text, s.press)
	}
	return rule(light) + "@media (prefers-color-scheme:dark){" + rule(dark) + "}\n"
}
