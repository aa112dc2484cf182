package keys

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// chain is a keychain in memory.
type chain map[string]string

func (c chain) Get(db string) (string, error) {
	if s, ok := c[db]; ok {
		return s, nil
	}
	return "", errors.New("not found")
}
func (c chain) Set(db, s string) error { c[db] = s; return nil }
func (c chain) Delete(db string) error { delete(c, db); return nil }

// locked is a keychain that refuses.
type locked struct{}

func (locked) Get(string) (string, error) { return "", errors.New("locked") }
func (locked) Set(string, string) error   { panic("locked") }
func (locked) Delete(string) error        { return nil }

func quick(t *testing.T) {
	old := argonDefault
	argonDefault = argon{Time: 1, KiB: 1 << 10, Threads: 1}
	t.Cleanup(func() { argonDefault = old })
}

func TestProtections(t *testing.T) {
	quick(t)
	dir, config := t.TempDir(), t.TempDir()
	named := filepath.Join(config, "mine.key")
	tests := []struct {
		name         string
		make         Options
		by           Protection
		notice       bool
		without      Options // opens nothing
		wrong        Options // opens nothing either
		wrongIsFault string
	}{
		{"keychain first", Options{Keychain: chain{}, Passphrase: "p", KeyFile: named}, ByKeychain, false, Options{Passphrase: "p"}, Options{Keychain: chain{}}, "keys.missing"},
		{"passphrase", Options{Passphrase: "correct horse", KeyFile: named}, ByPassphrase, false, Options{}, Options{Passphrase: "correct house"}, "keys.wrong"},
		{"passphrase when the keychain refuses", Options{Keychain: locked{}, Passphrase: "correct horse"}, ByPassphrase, false, Options{Keychain: locked{}}, Options{Passphrase: "x"}, "keys.wrong"},
		{"named file", Options{KeyFile: named, ConfigDir: config}, ByNamedFile, false, Options{}, Options{KeyFile: filepath.Join(config, "none")}, "keys.missing"},
		{"config file", Options{ConfigDir: config}, ByConfigFile, true, Options{ConfigDir: dir}, Options{KeyFile: "/dev/null"}, "keys.missing"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			k, w, notice, err := Create(context.Background(), dir, c.make)
			if err != nil || w.By != c.by || (notice != "") != c.notice {
				t.Fatalf("%v by %s, notice %q", err, w.By, notice)
			}
			w, err = Parse(w.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			again, err := w.Unwrap(context.Background(), c.make)
			if err != nil || again.ID() != k.ID() || again.Derive("a") != k.Derive("a") {
				t.Errorf("unwrapped: %v", err)
			}
			if _, err := w.Unwrap(context.Background(), c.without); fault.As(err).Code != "keys.missing" {
				t.Errorf("without: %v", err)
			}
			if _, err := w.Unwrap(context.Background(), c.wrong); fault.As(err).Code != c.wrongIsFault || fault.KindOf(err) != fault.Denied {
				t.Errorf("wrong: %v", err)
			}
		})
	}
	info, err := os.Stat(named)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
}

func TestKeyFileStaysOutside(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip("no symbolic links here")
	}
	for _, path := range []string{filepath.Join(dir, "k"), filepath.Join(dir, "sub", "k"), filepath.Join(link, "k"), filepath.Join(dir, "..", filepath.Base(dir), "k")} {
		if _, _, _, err := Create(context.Background(), dir, Options{KeyFile: path}); fault.As(err).Code != "keys.inside" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, _, _, err := Create(context.Background(), dir, Options{ConfigDir: dir}); fault.As(err).Code != "keys.inside" {
		t.Errorf("config folder inside: %v", err)
	}
}

func TestDamagedFile(t *testing.T) {
	quick(t)
	o := Options{Passphrase: "p"}
	_, w, _, err := Create(context.Background(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	good := string(w.Bytes())
	edit := func(f func(*Wrapped)) string {
		c := w
		a := *w.Argon2
		c.Argon2 = &a
		f(&c)
		return string(c.Bytes())
	}
	for name, text := range map[string]string{
		"empty":               "",
		"cut":                 good[:len(good)/2],
		"other protection":    strings.Replace(good, "passphrase", "magic", 1),
		"endless argon2":      edit(func(w *Wrapped) { w.Argon2.Time = 1 << 30 }),
		"argon2 memory":       edit(func(w *Wrapped) { w.Argon2.KiB = 1 << 31 }),
		"no threads":          edit(func(w *Wrapped) { w.Argon2.Threads = 0 }),
		"no argon2":           edit(func(w *Wrapped) { w.Argon2 = nil }),
		"short salt":          edit(func(w *Wrapped) { w.Salt = "00" }),
		"keys not hex":        edit(func(w *Wrapped) { w.Keys = "zz" }),
		"keys cut":            edit(func(w *Wrapped) { w.Keys = w.Keys[:10] }),
		"database id changed": edit(func(w *Wrapped) { w.Database = strings.Repeat("0", 32) }),
	} {
		got, err := Parse([]byte(text))
		if err == nil {
			_, err = got.Unwrap(context.Background(), o)
		}
		if k := fault.KindOf(err); err == nil || k != fault.Integrity && k != fault.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse([]byte(edit(func(w *Wrapped) { w.Version = 2 }))); fault.KindOf(err) != fault.Conflict {
		t.Errorf("newer version: %v", err)
	}
	if _, err := Read(t.TempDir()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no file: %v", err)
	}
}

func TestSilentKeychainIsLeftAlone(t *testing.T) {
	release := make(chan struct{})
	ended := make(chan struct{})
	_, err := ask(context.Background(), time.Millisecond, func() (string, error) {
		<-release
		close(ended)
		return "", nil
	})
	if !errors.Is(err, errPatience) {
		t.Errorf("%v", err)
	}
	close(release)
	<-ended
}

func TestUnwrapKeepsErrWrongKey(t *testing.T) {
	quick(t)
	_, w, _, err := Create(context.Background(), t.TempDir(), Options{Passphrase: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Unwrap(context.Background(), Options{Passphrase: "q"}); !errors.Is(err, sealed.ErrWrongKey) {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"database":"000102030405060708090a0b0c0d0e0f","by":"key-file","salt":"00112233445566778899aabbccddeeff","keys":"00"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := Parse(b)
		if err != nil {
			return
		}
		if w.By == ByPassphrase {
			return // what stretching costs is bounded, but too much for a fuzzer
		}
		if _, err := w.Unwrap(context.Background(), Options{ConfigDir: t.TempDir()}); err == nil {
			t.Error("opened without a key")
		}
	})
}
