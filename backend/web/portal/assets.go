package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/web"
	"github.com/voldaan/voldaan/frontend/portal"
)

// assets are the embedded files that pages load, by name, compressed once at start.
type assets struct {
	files map[string]*assetFile
}

type assetFile struct {
	kind          string
	plain, packed []byte // packed is nil when it would not be smaller
	hash          string
}

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

// fontFamilies are the typefaces that every device has; the portal's own is Inter, which comes along.
var fontFamilies = map[ledger.Font]string{
	ledger.FontSerif:  `Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif`,
	ledger.FontSystem: `system-ui,-apple-system,"Segoe UI",Roboto,sans-serif`,
}

const forAYear = "public, max-age=31536000, immutable"

func loadAssets(static fs.FS) (*assets, error) {
	a := &assets{files: map[string]*assetFile{}}
	for _, name := range []string{"portal.css", "icon.svg", "go.js", "copy.js", "dist/htmx.js", "dist/inter.woff2"} {
		raw, err := fs.ReadFile(static, name)
		if errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, "dist/") {
			continue // built without the npm packages: the pages do without
		}
		if err != nil {
			return nil, err
		}
		f := &assetFile{kind: assetKinds[path.Ext(name)], plain: raw, hash: shortHash(raw)}
		if path.Ext(name) != ".woff2" {
			if f.packed, err = pack(raw); err != nil {
				return nil, err
			}
		}
		a.files[path.Base(name)] = f
	}
	return a, nil
}

func pack(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil || b.Len() >= len(raw) {
		return nil, err
	}
	return b.Bytes(), nil
}

func shortHash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:6])
}

func (a *assets) link(name string) string {
	if f, ok := a.files[name]; ok {
		return "/assets/" + name + "?v=" + f.hash
	}
	return ""
}

// links are the addresses for a firm that looks like this. Colour and typeface are in the address, so the style sheet can
// be cached for ever.
func (a *assets) links(b ledger.Brand) portal.Assets {
	color := b.Color
	if _, ok := portal.ParseColor(color); !ok {
		color = portal.DefaultColor
	}
	out := portal.Assets{CSS: a.link("portal.css"), Copy: a.link("copy.js"), Htmx: a.link("htmx.js"), Icon: a.link("icon.svg"), Brand: "/assets/brand.css?c=" + strings.ToLower(color[1:])}
	switch b.Font {
	case ledger.FontSerif, ledger.FontSystem:
		out.Brand += "&f=" + string(b.Font)
	default:
		out.Font = a.link("inter.woff2")
	}
	return out
}

func (s *Server) asset(c *fiber.Ctx) error {
	f, ok := s.assets.files[c.Params("name")]
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, f.kind)
	c.Set(fiber.HeaderCacheControl, forAYear)
	if f.packed == nil {
		return c.Send(f.plain)
	}
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(f.packed)
	}
	return c.Send(f.plain)
}

// brandCSS is the firm's colour as a style sheet, and the typeface when the program has it.
func (s *Server) brandCSS(c *fiber.Ctx) error {
	color, ok := portal.ParseColor("#" + c.Query("c"))
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, assetKinds[".css"])
	c.Set(fiber.HeaderCacheControl, forAYear)
	css := portal.BrandCSS(color)
	if family, ok := fontFamilies[ledger.Font(c.Query("f"))]; ok {
		css += "body{font-family:" + family + "}\n"
	} else if font := s.assets.link("inter.woff2"); font != "" {
		css += "@font-face{font-family:Inter;font-style:normal;font-weight:100 900;font-display:swap;src:url(" + font + ") format(\"woff2\")}\n"
	}
	return c.SendString(css)
}

// logo is a firm's logo. It is public: it stands on every letter of the firm.
func (s *Server) logo(c *fiber.Ctx) error {
	var brand ledger.Brand
	err := s.o.Books.View(c.UserContext(), func(r *books.Reader) error {
		firms, err := r.Firms()
		for _, f := range firms {
			if f.ID.String() == c.Params("firm") && f.Portal.Enabled && !f.Archived {
				brand = f.Brand
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(brand.Logo) == 0 || (brand.LogoType != "image/png" && brand.LogoType != "image/jpeg") {
		return fault.NotFoundf("portal.logo", "there is no logo")
	}
	c.Set(fiber.HeaderContentType, brand.LogoType)
	c.Set(fiber.HeaderCacheControl, forAYear)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Send(brand.Logo)
}

func requestID(c *fiber.Ctx) string { return web.RequestID(c) }
