package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/voldaan/voldaan/"

// layers is the import direction: a package may import its own layer (with the limits of siblings below) and those
// above it in this list. Paths are prefixes; the first match decides, so exceptions stand before their parents.
var layers = []struct {
	rank     int
	siblings bool // packages of this layer may import each other
	paths    []string
}{
	{0, true, []string{"backend/money", "backend/civil", "backend/ident", "backend/fault"}},
	{1, true, []string{"backend/access", "backend/ledger"}},
	{2, true, []string{"backend/store", "backend/journal"}},
	{3, true, []string{"backend/books"}},
	{6, false, []string{"backend/web"}},
	{4, false, []string{"backend/"}}, // features
	{5, true, []string{"frontend"}},
	{7, true, []string{"app"}},
}

// rooms says where a vendor's packages may be imported. A module that is not here has no room yet: decide on one.
var rooms = map[string][]string{
	"go.etcd.io/bbolt":                               {"backend/store/bolt"},
	"github.com/blevesearch":                         {"backend/search"},
	"github.com/gofiber/fiber":                       {"backend/web"},
	"github.com/valyala/fasthttp":                    {"backend/web", "app"},
	"github.com/danielgtaylor/huma":                  {"backend/web/api"},
	"github.com/wailsapp/wails":                      {"app/desktop"},
	"github.com/godbus/dbus":                         {"app/desktop"},
	"github.com/xuri/excelize":                       {"backend/importer", "backend/exporter"},
	"github.com/boombuler/barcode":                   {"backend/ledger/reference"},
	"github.com/johnfercher/maroto":                  {"backend/document"},
	"github.com/phpdave11/gofpdf":                    {"backend/document"},
	"github.com/wneessen/go-mail":                    {"backend/mail"},
	"github.com/emersion/go-smtp":                    {"backend/mail/mailtest"},
	"github.com/emersion/go-sasl":                    {"backend/mail/mailtest"},
	"github.com/tink-crypto/tink-go":                 {"backend/store/sealed", "backend/store/keys"},
	"github.com/zalando/go-keyring":                  {"backend/store/keys"},
	"filippo.io/age":                                 {"backend/backup"},
	"github.com/fxamacker/cbor":                      {"backend/store", "backend/journal", "backend/books", "backend/backup", "backend/dunning", "backend/mail", "backend/session", "backend/importer", "backend/search"},
	"github.com/spf13/cobra":                         {"app/cli"},
	"github.com/spf13/pflag":                         {"app/cli"},
	"github.com/a-h/templ":                           {"frontend/portal", "backend/web/portal"},
	"github.com/bojanz/currency":                     {"backend/money", "frontend", "backend/exporter", "backend/importer", "backend/search"},
	"github.com/nicksnyder/go-i18n":                  {"frontend", "backend/web"},
	"github.com/fsnotify/fsnotify":                   {"app"},
	"golang.org/x/crypto":                            {"backend/session", "backend/store"},
	"golang.org/x/term":                              {"app/cli"},
	"golang.org/x/text":                              {"backend", "frontend", "app"},
	"golang.org/x/net":                               {"backend/importer"},
	"golang.org/x/time":                              {"backend/session", "backend/web", "backend/pay"},
	"golang.org/x/sync":                              {"backend", "app"},
	"golang.org/x/sys":                               {"backend/store/bolt", "app"},
	"github.com/standard-webhooks/standard-webhooks": {"backend/webhooks"},
	"github.com/google/go-cmp":                       {testsOnly},
	"github.com/rogpeppe/go-internal":                {testsOnly},
	"go.uber.org/goleak":                             {testsOnly},
	"pgregory.net/rapid":                             {testsOnly},
}

// testsOnly is the room of modules that only test files import, wherever they are; storetest is a test in a package.
const testsOnly = "(tests)"

// pure packages decide and compute: they reach no file, no network, no wire format and no log.
var (
	pure       = []string{"backend/money", "backend/fault", "backend/ledger", "backend/access", "backend/dunning/ladder"}
	impurities = []string{"os", "io/fs", "net", "net/http", "log", "log/slog", "encoding/json", "database/sql", "os/exec"}
)

type goFile struct {
	path, dir string
	test      bool
	imports   []string
}

// TestImportDirection fails on an import that goes against the architecture (docs/architecture.md). It reads the
// files themselves, whatever their build tags, so that no platform or tag escapes.
func TestImportDirection(t *testing.T) {
	files := sources(t)
	if len(files) < 10 {
		t.Fatalf("only %d Go files found: the test looks in the wrong place", len(files))
	}
	for _, f := range files {
		for _, imp := range f.imports {
			if why := forbidden(f, imp); why != "" {
				t.Errorf("%s imports %s: %s", f.path, imp, why)
			}
		}
	}
}

// TestForbiddenFindsWhatItShould is the test of the test above.
func TestForbiddenFindsWhatItShould(t *testing.T) {
	for _, c := range []struct {
		from, imp string
		test, bad bool
	}{
		{"backend/ledger", module + "backend/store", false, true},
		{"backend/store/bolt", module + "backend/books", false, true},
		{"backend/books", module + "backend/mail", false, true},
		{"backend/mail", module + "backend/search", false, true},
		{"backend/mail", module + "backend/search", true, false},
		{"backend/mail", module + "backend/web/api", true, true},
		{"backend/web/api", module + "backend/web/portal", false, true},
		{"backend/web/api", module + "backend/web", false, false},
		{"backend/web/api", module + "backend/books", false, false},
		{"backend/pay/mollie/simulator", module + "backend/pay/mollie", false, false},
		{"frontend/portal", module + "backend/books", false, true},
		{"frontend/portal", module + "backend/money", false, false},
		{"backend/mail", "github.com/gofiber/fiber/v2", false, true},
		{"backend/books", "go.etcd.io/bbolt", false, true},
		{"backend/store/bolt", "go.etcd.io/bbolt", false, false},
		{"app/cli", "github.com/wailsapp/wails/v2", false, true},
		{"backend/books", "pgregory.net/rapid", false, true},
		{"backend/books", "pgregory.net/rapid", true, false},
		{"backend/books", "example.com/new", false, true},
		{"backend/ledger", "net/http", false, true},
	} {
		f := goFile{path: c.from + "/x.go", dir: c.from, test: c.test}
		if got := forbidden(f, c.imp) != ""; got != c.bad {
			t.Errorf("%s importing %s (test file: %v): forbidden = %v, want %v", c.from, c.imp, c.test, got, c.bad)
		}
	}
}

func forbidden(f goFile, imp string) string {
	local, ours := strings.CutPrefix(imp, module)
	switch {
	case ours:
		return forbiddenLocal(f, local)
	case !strings.Contains(strings.Split(imp, "/")[0], "."):
		if !f.test && slices.Contains(impurities, imp) && underAny(f.dir, pure) {
			return "this package is pure"
		}
		return ""
	default:
		return forbiddenVendor(f, imp)
	}
}

func forbiddenLocal(f goFile, imp string) string {
	from, to := layer(f.dir), layer(imp)
	switch {
	case from < 0 || under(f.dir, "tests"): // main.go and the tests of the whole may reach everything
		return ""
	case to < 0:
		return "nothing imports this package"
	case layers[from].rank == 5 && !f.test:
		if !under(imp, "frontend") && imp != "backend/money" && imp != "backend/civil" {
			return "the front end knows only money and civil"
		}
		return ""
	case layers[to].rank > layers[from].rank:
		if layers[to].rank == 5 && layers[from].rank == 4 && (under(f.dir, "backend/mail") || f.test && under(f.dir, "backend/dunning")) {
			return "" // mail renders the templates of frontend/mail, and so do tests of what sends letters
		}
		if f.test && layers[to].rank == 4 && layers[from].rank >= 2 {
			return "" // a test may stand on the features above its package
		}
		return "it is above this package"
	case layers[to].rank < layers[from].rank || layers[from].siblings || f.test:
		return ""
	case room(f.dir) == room(imp) && !crossing(f.dir, imp):
		return ""
	default:
		return "packages of this layer do not import each other: declare a small interface and let app connect them"
	}
}

// crossing reports whether one face of the web layer imports the other.
func crossing(from, to string) bool {
	faces := []string{"backend/web/api", "backend/web/portal"}
	return underAny(from, faces) && underAny(to, faces) && !under(from, to) && !under(to, from)
}

// room is the feature a package belongs to: backend/importer for backend/importer/csv.
func room(dir string) string {
	parts := strings.SplitN(dir, "/", 3)
	return path.Join(parts[:min(2, len(parts))]...)
}

// forbiddenVendor keeps vendors in their rooms. Benchmarks may use them anywhere: a floor is the bare vendor.
func forbiddenVendor(f goFile, imp string) string {
	for vendor, allowed := range rooms {
		if !under(imp, vendor) {
			continue
		}
		if slices.Contains(allowed, testsOnly) {
			if f.test || under(f.dir, "backend/store/storetest") {
				return ""
			}
			return "only tests may import it"
		}
		if underAny(f.dir, allowed) || under(f.dir, "tests") || strings.HasSuffix(f.path, "_bench_test.go") {
			return ""
		}
		return "it stays in " + strings.Join(allowed, ", ")
	}
	return "this module has no room: choose one in architecture_test.go and .golangci.yml"
}

func layer(dir string) int {
	for i, l := range layers {
		for _, p := range l.paths {
			if strings.HasPrefix(dir, strings.TrimSuffix(p, "/")+"/") || dir == p {
				return i
			}
		}
	}
	return -1
}

func under(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }

func underAny(dir string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return under(dir, p) })
}

func sources(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || p == "build" || p != "." && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(p) != ".go":
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		f := goFile{path: p, dir: path.Dir(p), test: strings.HasSuffix(p, "_test.go")}
		for _, spec := range parsed.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imp)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
