// Package damage harms the data folder of the real program in every way a disk does, and asks it again. It must give the
// same answer as before or say clearly what is wrong (exit code 5): never another answer, never a dead process without a
// word.
package damage

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/tests/outside"
)

const page = 4096

// books is a data folder, its files as they were, and what the program said about it.
type books struct {
	t      *testing.T
	bin    string
	dir    string
	whole  map[string][]byte
	answer []byte
}

func (b *books) run(args ...string) (out, errs []byte, code int) {
	b.t.Helper()
	cmd := exec.Command(b.bin, args...)
	cmd.Env = append(os.Environ(), "VOLDAAN_DATA="+filepath.Join(b.dir, "data"), "XDG_CONFIG_HOME="+filepath.Join(b.dir, "config"), "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	return stdout.Bytes(), stderr.Bytes(), cmd.ProcessState.ExitCode()
}

// ask is what the books say: every invoice, every balance.
func (b *books) ask() (answer, errs []byte, code int) {
	b.t.Helper()
	return b.run("export", "invoices", "--format", "json")
}

func open(t *testing.T) *books {
	t.Helper()
	b := &books{t: t, bin: outside.Binary(t), dir: t.TempDir(), whole: map[string][]byte{}}
	var csv strings.Builder
	csv.WriteString("Debiteurnr;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag\n")
	for i := range 400 {
		fmt.Fprintf(&csv, "%d;Klant %d;2026-%04d;13-01-2026;12-02-2026;%d,%02d\n", 1000+i%40, i%40, i, 10+i, i%100)
	}
	file := filepath.Join(t.TempDir(), "facturen.csv")
	if err := os.WriteFile(file, []byte(csv.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--name", "Test", "--country", "NL", "--currency", "EUR", "--quiet"}, {"import", file, "--quiet"}} {
		if out, errs, code := b.run(args...); code != 0 {
			t.Fatalf("%v: exit %d\n%s%s", args, code, out, errs)
		}
	}
	var code int
	if b.answer, _, code = b.ask(); code != 0 || !bytes.Contains(b.answer, []byte("2026-0399")) {
		t.Fatalf("the books do not answer: exit %d, %.200s", code, b.answer)
	}
	for _, name := range []string{"data.db", "keys.json"} {
		content, err := os.ReadFile(b.path(name))
		if err != nil {
			t.Fatal(err)
		}
		b.whole[name] = content
	}
	return b
}

func (b *books) path(name string) string { return filepath.Join(b.dir, "data", name) }

// harm writes a damaged file, asks, and puts the file right again. It reports whether the damage was noticed.
func (b *books) harm(what, name string, content []byte) (noticed bool) {
	b.t.Helper()
	for file, whole := range b.whole {
		if file == name {
			whole = content
		}
		if err := os.WriteFile(b.path(file), whole, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	_ = os.Remove(b.path("data.db.owner"))
	if b.t.Failed() {
		return false
	}
	answer, errs, code := b.ask()
	switch {
	case code == 0 && bytes.Equal(answer, b.answer):
		return false
	case code == 0:
		b.t.Errorf("%s: another answer than before", what)
	case code == 5, name == "keys.json" && code > 0:
		if len(errs) == 0 {
			b.t.Errorf("%s: exit %d without a word", what, code)
		}
		if bytes.Contains(errs, []byte("goroutine ")) {
			b.t.Errorf("%s: a stack trace instead of an explanation:\n%.600s", what, errs)
		}
	default:
		b.t.Errorf("%s: exit %d\n%.600s", what, code, errs)
	}
	return true
}

func TestDamagedFolder(t *testing.T) {
	b := open(t)
	whole := b.whole["data.db"]
	used := len(bytes.TrimRight(whole, "\x00"))/page + 1
	cases, noticed := 0, 0
	try := func(what string, certain bool, content []byte) {
		t.Helper()
		cases++
		if b.harm(what, "data.db", content) {
			noticed++
		} else if certain && !t.Failed() {
			t.Errorf("%s: not noticed", what)
		}
	}
	change := func(f func([]byte)) []byte {
		c := bytes.Clone(whole)
		f(c)
		return c
	}
	for _, n := range []int{0, 1, page, 3 * page, used / 2 * page, (used - 1) * page} {
		try(fmt.Sprintf("cut to %d bytes", n), true, whole[:n])
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	rounds := 15
	if testing.Short() {
		rounds = 4
	}
	for range rounds {
		p, q := rng.IntN(used), rng.IntN(used)
		try(fmt.Sprintf("page %d zeroed", p), false, change(func(c []byte) { clear(c[p*page : (p+1)*page]) }))
		try(fmt.Sprintf("page %d where %d was", q, p), false, change(func(c []byte) { copy(c[p*page:(p+1)*page], whole[q*page:(q+1)*page]) }))
		at, bit := rng.IntN(used*page), rng.IntN(8)
		try(fmt.Sprintf("bit %d of byte %d flipped", bit, at), false, change(func(c []byte) { c[at] ^= 1 << bit }))
		head := p*page + rng.IntN(200)
		try(fmt.Sprintf("bit %d of byte %d flipped", bit, head), false, change(func(c []byte) { c[head] ^= 1 << bit }))
	}
	keys := b.whole["keys.json"]
	for _, n := range []int{0, 10, len(keys) / 2, len(keys) - 3} {
		b.harm(fmt.Sprintf("keys.json cut to %d bytes", n), "keys.json", keys[:n])
	}
	for range rounds {
		c := bytes.Clone(keys)
		at := rng.IntN(len(c))
		c[at] ^= 1 << rng.IntN(7)
		b.harm(fmt.Sprintf("byte %d of keys.json", at), "keys.json", c)
	}
	t.Logf("%d kinds of damage to the store, %d noticed, the others without effect", cases, noticed)
	if b.harm("nothing", "data.db", whole) {
		t.Error("the whole folder does not answer as before")
	}
}
