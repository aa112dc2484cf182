package app

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/store"
)

// TestVerifyCoversEveryIndex spoils every index that the sources declare, one after the other: verify names each.
func TestVerifyCoversEveryIndex(t *testing.T) {
	all := declaredIndexes(t)
	if len(all) < 30 {
		t.Fatalf("%d indexes were found in the sources: %v", len(all), all)
	}
	l := newClerk(t).open()
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, stray := context.Background(), []byte("stray")
	change := func(fn func(store.Tx) error) {
		t.Helper()
		if err := l.Folder.Store.Update(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	indexes := func() (ok bool, detail string) {
		t.Helper()
		v, err := l.Verify(ctx, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Checks {
			if c.Name == "indexes" {
				return c.OK, c.Detail
			}
		}
		t.Fatalf("no check of indexes: %+v", v.Checks)
		return false, ""
	}
	if ok, detail := indexes(); !ok {
		t.Fatalf("before anything was spoilt: %s", detail)
	}
	for _, index := range all {
		change(func(tx store.Tx) error { return tx.Put(index, stray, stray) })
		if ok, detail := indexes(); ok || !strings.HasPrefix(detail, index+":") {
			t.Errorf("%s has an entry without a record; verify says ok %v, %q", index, ok, detail)
		}
		change(func(tx store.Tx) error { return tx.Delete(index, stray) })
	}
}

// declaredIndexes are the indexes of all store.Table literals of the tree, as the engine's tables "table/index".
func declaredIndexes(t *testing.T) (out []string) {
	t.Helper()
	byDir := map[string][]*ast.File{}
	for _, root := range []string{"../app", "../backend"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			byDir[filepath.Dir(path)] = append(byDir[filepath.Dir(path)], f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for dir, files := range byDir {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok || !isTable(lit) {
					return true
				}
				table, declared := stringField(lit, "Name"), field(lit, "Indexes")
				if table == "" {
					t.Errorf("%s: a table without a literal name", dir)
				}
				if declared == nil {
					return true
				}
				names := indexNames(declared, files)
				if len(names) == 0 {
					t.Errorf("%s: no index is found of table %s", dir, table)
				}
				for _, name := range names {
					out = append(out, table+"/"+name)
				}
				return true
			})
		}
	}
	return out
}

func isTable(lit *ast.CompositeLit) bool {
	of, ok := lit.Type.(*ast.IndexExpr)
	if !ok {
		return false
	}
	sel, ok := of.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Table"
}

// indexNames are the names in a list of indexes, or in the function of the same package that makes it.
func indexNames(e ast.Expr, files []*ast.File) (names []string) {
	var from ast.Node = e
	if call, ok := e.(*ast.CallExpr); ok {
		for _, f := range files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == call.Fun.(*ast.Ident).Name {
					from = fn.Body
				}
			}
		}
	}
	ast.Inspect(from, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			if name := stringField(lit, "Name"); name != "" {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

func field(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == name {
				return kv.Value
			}
		}
	}
	return nil
}

// stringField is the string that a field is set to, or "".
func stringField(lit *ast.CompositeLit, name string) string {
	v, ok := field(lit, name).(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(v.Value)
	if err != nil {
		return ""
	}
	return s
}
