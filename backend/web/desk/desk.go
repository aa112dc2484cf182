// Package desk serves the staff app to browsers: the files that were built into the program, and its one page for every
// address of the app. What the app shows comes from the API next to it (web/api).
package desk

import (
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/fault"
)

// CSP is the Content-Security-Policy of the app. Its components set styles of their own; scripts, data and pictures come
// from here only. A mail is shown in a frame without any rights.
const CSP = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; " +
	"connect-src 'self'; frame-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Register serves the app's files. It must come after the API's routes.
func Register(app *fiber.App, files fs.FS) {
	app.Get("/*", func(c *fiber.Ctx) error {
		name := strings.Trim(path.Clean("/"+c.Params("*")), "/")
		if strings.HasPrefix(name, "api/") {
			return fiber.ErrNotFound
		}
		if name == "" || path.Ext(name) == "" {
			name = "index.html"
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			if name == "index.html" {
				return fault.NotFoundf("desk.not_built", "The desk is not part of this program; build it with make build. The API is at /api/v1.")
			}
			return fiber.ErrNotFound
		}
		kind := mime.TypeByExtension(path.Ext(name))
		if kind == "" {
			kind = "application/octet-stream"
		}
		c.Set(fiber.HeaderContentType, kind)
		if strings.HasPrefix(name, "assets/") {
			// Vite puts a digest of the contents in these names.
			c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
		} else {
			c.Set(fiber.HeaderCacheControl, "no-cache")
		}
		return c.Send(b)
	})
}
