// Package keys keeps the keys of a data folder.
//
// The keys themselves (sealed.Keys) are random and made once. In the data folder stands only their wrapped form,
// keys.json. What unwraps it is, in this order of preference when a folder is made:
//
//  1. the keychain of the operating system (Secret Service, macOS Keychain, Windows Credential Manager);
//  2. a passphrase (VOLDAAN_PASSPHRASE), stretched with argon2id;
//  3. a key file that is named (VOLDAAN_KEY_FILE), made when it is not there;
//  4. a key file in the operating system's config folder, with a warning.
//
// keys.json remembers which one it was, so opening needs no guessing and an error can say what is missing. No key file
// may lie inside the data folder: a copied data folder alone opens nothing.
package keys

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

// FileName is the wrapped keys' file in the data folder.
const FileName = "keys.json"

// Options say where keys may be kept.
type Options struct {
	Passphrase string // VOLDAAN_PASSPHRASE
	KeyFile    string // VOLDAAN_KEY_FILE
	ConfigDir  string // the program's folder in the OS's config folder: key files go to its subfolder "keys"
	// Keychain is the system's, or nil to do without.
	Keychain Keychain
}

// Protection is how the keys of a folder are wrapped.
type Protection string

// The protections.
const (
	ByKeychain   Protection = "keychain"
	ByPassphrase Protection = "passphrase"
	ByNamedFile  Protection = "key-file"    // VOLDAAN_KEY_FILE
	ByConfigFile Protection = "config-file" // in the config folder
)

// Wrapped is keys.json: nothing in it is secret.
type Wrapped struct {
	Version  int        `json:"version"`
	Database string     `json:"database"` // hex
	By       Protection `json:"by"`
	Argon2   *argon     `json:"argon2,omitempty"`
	Salt     string     `json:"salt"` // hex
	Keys     string     `json:"keys"` // hex
}

// argon is the cost of the passphrase: RFC 9106's second choice, 64 MB.
type argon struct {
	Time    uint32 `json:"time"`
	KiB     uint32 `json:"kib"`
	Threads uint8  `json:"threads"`
}

var argonDefault = argon{Time: 3, KiB: 64 << 10, Threads: 4}

const (
	version = 1
	// Bounds on what a file may ask for, so that a changed keys.json cannot exhaust the computer.
	maxTime, maxKiB = 10, 256 << 10
	minKeyFile      = 32
	maxKeyFile      = 64 << 10
)

// Create makes keys for a new data folder and returns them with their wrapped form and a notice for the person, which is
// empty when nothing could be better.
func Create(ctx context.Context, dir string, o Options) (*sealed.Keys, Wrapped, string, error) {
	k, err := sealed.NewKeys()
	if err != nil {
		return nil, Wrapped{}, "", err
	}
	w, notice, err := Protect(ctx, dir, k, o)
	return k, w, notice, err
}

// Protect wraps existing keys for a data folder: a new one, or one restored from a backup.
func Protect(ctx context.Context, dir string, k *sealed.Keys, o Options) (w Wrapped, notice string, err error) {
	id := k.ID()
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // does not fail
	w = Wrapped{Version: version, Database: hex.EncodeToString(id[:]), Salt: hex.EncodeToString(salt)}
	secret, notice, err := w.choose(ctx, dir, o)
	if err != nil {
		return w, "", err
	}
	kek, err := w.stretch(secret)
	if err != nil {
		return w, "", err
	}
	wrapped, err := k.Wrap(kek)
	w.Keys = hex.EncodeToString(wrapped)
	return w, notice, err
}

// choose picks the best protection there is and returns its secret.
func (w *Wrapped) choose(ctx context.Context, dir string, o Options) (secret []byte, notice string, err error) {
	if o.Keychain != nil {
		fresh := rand.Text() + rand.Text()
		if _, err := ask(ctx, patienceSet, func() (string, error) { return "", o.Keychain.Set(w.Database, fresh) }); err == nil {
			w.By = ByKeychain
			return []byte(fresh), "", nil
		}
		// No keychain, or one that does not answer, is the ordinary case on a server.
	}
	if o.Passphrase != "" {
		w.By, w.Argon2 = ByPassphrase, &argonDefault
		return []byte(o.Passphrase), "", nil
	}
	if o.KeyFile != "" {
		w.By = ByNamedFile
		if err := outside(dir, o.KeyFile); err != nil {
			return nil, "", err
		}
		secret, err = readOrMake(o.KeyFile)
		return secret, "", err
	}
	w.By = ByConfigFile
	path := w.configFile(o)
	if err := outside(dir, path); err != nil {
		return nil, "", err
	}
	secret, err = readOrMake(path)
	return secret, fmt.Sprintf("The key of this data folder is kept in the file %s. Whoever copies that file and the data folder can read everything. "+
		"Better: a keychain of the operating system, or VOLDAAN_PASSPHRASE set when the folder is made. Keep a copy of the file in another place: without it nothing opens.", path), err
}

// Open unwraps the keys of a data folder. Errors: fault.Denied when what unwraps it was not given or is wrong,
// fault.Integrity when keys.json is damaged.
func Open(ctx context.Context, dir string, o Options) (*sealed.Keys, error) {
	w, err := Read(dir)
	if err != nil {
		return nil, err
	}
	return w.Unwrap(ctx, o)
}

// Unwrap opens the keys.
func (w Wrapped) Unwrap(ctx context.Context, o Options) (*sealed.Keys, error) {
	secret, err := w.secret(ctx, o)
	if err != nil {
		return nil, err
	}
	kek, err := w.stretch(secret)
	if err != nil {
		return nil, err
	}
	wrapped, err := hex.DecodeString(w.Keys)
	if err != nil {
		return nil, damaged(err)
	}
	k, err := sealed.Unwrap(kek, wrapped)
	if errors.Is(err, sealed.ErrWrongKey) {
		return nil, fault.Wrap(err, fault.Denied, "keys.wrong", w.wrong())
	}
	if err != nil {
		return nil, err
	}
	if id := k.ID(); hex.EncodeToString(id[:]) != w.Database {
		return nil, damaged(errors.New("database id differs"))
	}
	return k, nil
}

func (w Wrapped) wrong() string {
	if w.By == ByPassphrase {
		return "The passphrase does not open this data folder, or its file keys.json is damaged. Check VOLDAAN_PASSPHRASE; restore keys.json from a copy if the passphrase is right."
	}
	return "The key does not open this data folder, or its file keys.json is damaged. Check that the key belongs to this folder; restore keys.json from a copy if it does."
}

func (w Wrapped) secret(ctx context.Context, o Options) ([]byte, error) {
	switch w.By {
	case ByKeychain:
		return w.fromKeychain(ctx, o)
	case ByPassphrase:
		if o.Passphrase == "" {
			return nil, denied(nil, "This data folder opens with a passphrase. Set VOLDAAN_PASSPHRASE.")
		}
		return []byte(o.Passphrase), nil
	case ByNamedFile:
		if o.KeyFile == "" {
			return nil, denied(nil, "This data folder opens with a key file. Set VOLDAAN_KEY_FILE to its path.")
		}
		return readKeyFile(o.KeyFile)
	case ByConfigFile:
		// The file may have been carried to another computer and be named there.
		if o.KeyFile != "" {
			return readKeyFile(o.KeyFile)
		}
		return readKeyFile(w.configFile(o))
	default:
		return nil, damaged(fmt.Errorf("protection %q", w.By))
	}
}

func (w Wrapped) fromKeychain(ctx context.Context, o Options) ([]byte, error) {
	if o.Keychain == nil {
		return nil, denied(nil, "This data folder opens with the keychain of the operating system, which cannot be used here.")
	}
	secret, err := ask(ctx, patienceGet, func() (string, error) { return o.Keychain.Get(w.Database) })
	if err != nil {
		return nil, denied(err, "This data folder opens with the keychain of the operating system, but the keychain does not give its key. Unlock it, and use the account of the person who made the folder.")
	}
	return []byte(secret), nil
}

func (w Wrapped) configFile(o Options) string {
	return filepath.Join(o.ConfigDir, "keys", w.Database+".key")
}

// stretch turns a secret into the wrapping key.
func (w Wrapped) stretch(secret []byte) (kek [32]byte, err error) {
	salt, err := hex.DecodeString(w.Salt)
	if err != nil || len(salt) < 16 {
		return kek, damaged(err)
	}
	if w.By == ByPassphrase {
		a := w.Argon2
		if a == nil || a.Time == 0 || a.Time > maxTime || a.KiB == 0 || a.KiB > maxKiB || a.Threads == 0 {
			return kek, damaged(errors.New("argon2 parameters"))
		}
		return [32]byte(argon2.IDKey(secret, salt, a.Time, a.KiB, a.Threads, 32)), nil
	}
	b, err := hkdf.Key(sha256.New, secret, salt, "voldaan wrapping key", 32)
	if err != nil {
		return kek, fault.Wrap(err, fault.Internal, "keys.derive", "The key could not be prepared.")
	}
	return [32]byte(b), nil
}

// Read reads keys.json of a data folder.
func Read(dir string) (w Wrapped, err error) {
	b, err := os.ReadFile(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return w, fault.Wrap(err, fault.NotFound, "keys.none", "This folder has no keys.json: it is not a data folder of Voldaan, or the file was lost.")
	}
	if err != nil {
		return w, fault.Wrap(err, fault.Unavailable, "keys.unreadable", "The file keys.json cannot be read.")
	}
	return Parse(b)
}

// Parse reads the content of a keys.json.
func Parse(b []byte) (w Wrapped, err error) {
	if err := json.Unmarshal(b, &w); err != nil {
		return w, damaged(err)
	}
	if w.Version != version {
		return w, fault.New(fault.Conflict, "keys.version", "keys.json has version %d; this program knows %d. Use a newer version of Voldaan.", w.Version, version)
	}
	if id, err := hex.DecodeString(w.Database); err != nil || len(id) != 16 {
		return w, damaged(err)
	}
	return w, nil
}

// Bytes is the content of keys.json.
func (w Wrapped) Bytes() []byte {
	b, err := json.MarshalIndent(w, "", "  ")
	if err != nil { // strings and numbers only
		panic("keys: " + err.Error())
	}
	return append(b, '\n')
}

// readOrMake reads a key file, or makes it.
func readOrMake(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unwritable(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return readKeyFile(path)
	}
	if err != nil {
		return nil, unwritable(err)
	}
	_, err = fmt.Fprintf(f, "%s%s\n", rand.Text(), rand.Text())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, unwritable(err)
	}
	return readKeyFile(path)
}

// readKeyFile accepts any file of at least 32 bytes; space around the content does not count.
func readKeyFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxKeyFile {
		return nil, denied(nil, fmt.Sprintf("The key file %s is larger than 64 KB: that is not a key.", path))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, denied(err, fmt.Sprintf("The key file %s cannot be read.", path))
	}
	s := strings.TrimSpace(string(b))
	if len(s) < minKeyFile {
		return nil, denied(nil, fmt.Sprintf("The key file %s is too short: a key has at least %d characters.", path, minKeyFile))
	}
	return []byte(s), nil
}

// outside refuses a key file inside the data folder.
func outside(dir, path string) error {
	d, err1 := resolve(dir)
	p, err2 := resolve(path)
	if err := errors.Join(err1, err2); err != nil {
		return unwritable(err)
	}
	rel, err := filepath.Rel(d, p)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fault.Invalidf("keys.inside", "The key file may not lie inside the data folder: whoever copies the folder would have the key too. Choose another place.")
	}
	return nil
}

// resolve follows links in the part of the path that exists.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for dir, rest := abs, ""; ; {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return abs, nil
		}
		dir, rest = parent, filepath.Join(filepath.Base(dir), rest)
	}
}

func denied(cause error, message string) *fault.Error {
	return &fault.Error{Kind: fault.Denied, Code: "keys.missing", Message: message, Err: cause}
}

func damaged(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Integrity, "keys.damaged", "The file keys.json is damaged. Put a copy of it back, from a backup or from beside an older copy of the folder.")
}

func unwritable(cause error) *fault.Error {
	return fault.Wrap(cause, fault.Unavailable, "keys.unwritable", "The key file cannot be written there.")
}
