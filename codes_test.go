package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/frontend"
)

// TestDutch: every code by which the program says something to people has Dutch words, and these ask for no value that a
// place where the code is made does not give: {1} is the format's first value, {name} one of With.
func TestDutch(t *testing.T) {
	dutch := frontend.Dutch()
	found := 0
	for _, f := range sources(t) {
		if f.test || strings.Contains(f.dir, "/bookstest") || strings.HasPrefix(f.dir, "tests") || strings.HasPrefix(f.dir, "build") {
			continue
		}
		for _, c := range codesIn(t, f.path) {
			found++
			words, ok := dutch[c.code]
			if !ok {
				t.Errorf("%s: %s has no Dutch words in frontend/desk/src/i18n/codes.nl.json; the English ones are %q", c.at, c.code, c.words)
				continue
			}
			for _, m := range wanted.FindAllStringSubmatch(words, -1) {
				if n, err := strconv.Atoi(m[1]); err == nil && n > c.values {
					t.Errorf("%s: the Dutch words of %s want value %d, and there are %d", c.at, c.code, n, c.values)
				}
			}
		}
	}
	if found < 300 {
		t.Errorf("only %d codes were found: the test looks in the wrong place", found)
	}
}

var (
	codeShape = regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`)
	wanted    = regexp.MustCompile(`\{(\w+)\}`)
	// makers are the functions that make an error or a finding from a code and words.
	makers = map[string]bool{"New": true, "Invalidf": true, "NotFoundf": true, "Conflictf": true, "Wrap": true, "problem": true, "wrong": true, "duplicate": true, "notFound": true, "bad": true}
)

type madeCode struct {
	code, words, at string
	values          int
}

// codesIn are the codes that a file makes errors and findings of.
func codesIn(t *testing.T, path string) (out []madeCode) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	take := func(name string, args []ast.Expr, at token.Pos) {
		if name == "wrong" && len(args) > 1 {
			args = args[1:] // the field
		}
		for i, a := range args {
			code, ok := text(a)
			if !ok || i > 2 || !codeShape.MatchString(code) {
				continue
			}
			if i+1 == len(args) {
				return
			}
			words, _ := text(args[i+1])
			if words == "" {
				words = "…" // put together at run time
			}
			out = append(out, madeCode{code, words, set.Position(at).String(), len(args) - i - 2})
			return
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := ""
			switch f := n.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if makers[name] {
				take(name, n.Args, n.Pos())
			}
		case *ast.CompositeLit:
			if len(n.Elts) > 1 {
				if code, ok := text(n.Elts[0]); ok && strings.HasPrefix(code, "import.warning.") {
					take("", n.Elts, n.Pos())
				}
			}
		}
		return true
	})
	return out
}

// text is the constant beginning of a string expression.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		return text(e.X)
	}
	return "", false
}
