// Package config puts together what the program is told: command-line flags over environment variables over the settings
// file over defaults, checked once and passed on as one struct. Nothing else reads the environment.
//
//	flag          variable              settings file     default
//	--data        VOLDAAN_DATA          data              the OS's data folder for Voldaan
//	--portal      VOLDAAN_PORTAL        portal            127.0.0.1:8480
//	--desk        VOLDAAN_DESK          desk              127.0.0.1:8481
//	--public-url  VOLDAAN_PUBLIC_URL    public_url        the portal's own address
//	--mollie      VOLDAAN_MOLLIE        mollie            Mollie itself
//	--lang        VOLDAAN_LANG          language          from LC_ALL, LC_MESSAGES, LANG
//	              VOLDAAN_PROXIES       trusted_proxies   none; addresses or prefixes
//	              VOLDAAN_LOG           log               warn; error, warn, info or debug
//	              VOLDAAN_PASSPHRASE, VOLDAAN_KEY_FILE    what protects the data folder's key
//
// The settings file is settings.json in the OS's config folder for Voldaan (VOLDAAN_CONFIG names another folder).
package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
)

// Default addresses.
const (
	DefaultPortal = "127.0.0.1:8480"
	DefaultDesk   = "127.0.0.1:8481"
)

// Simulator is the value of Mollie that asks for the simulator in the program itself.
const Simulator = "simulator"

// Config is what the program is told.
type Config struct {
	Data      string // data folder
	ConfigDir string // the program's folder for settings and key files
	Portal    string // address of the customers' listener; "off": none
	Desk      string // address of the staff's listener
	PublicURL string // how customers reach the portal; empty: the listener's address
	Mollie    string // address of the payment provider, Simulator, or empty for Mollie itself
	Language  string // nl or en
	Proxies   []string
	LogLevel  slog.Level

	Passphrase string
	KeyFile    string
}

// Flags are what the command line gives; empty is "not given".
type Flags struct {
	Data, Portal, Desk, PublicURL, Mollie, Language string
}

// file is the settings file.
type file struct {
	Data      string   `json:"data"`
	Portal    string   `json:"portal"`
	Desk      string   `json:"desk"`
	PublicURL string   `json:"public_url"`
	Mollie    string   `json:"mollie"`
	Language  string   `json:"language"`
	Proxies   []string `json:"trusted_proxies"`
	Log       string   `json:"log"`
}

// Load puts the configuration together. getenv is os.Getenv.
func Load(f Flags, getenv func(string) string) (Config, error) {
	dir := getenv("VOLDAAN_CONFIG")
	if dir == "" {
		base, err := configBase(getenv)
		if err != nil {
			return Config{}, err
		}
		dir = filepath.Join(base, "voldaan")
	}
	if l := strings.ToLower(f.Language); l != "" && !strings.HasPrefix(l, "nl") && !strings.HasPrefix(l, "en") {
		return Config{}, fault.Invalidf("config.language", "%q is not a language of the program; expected nl or en", f.Language)
	}
	s, err := read(filepath.Join(dir, "settings.json"))
	if err != nil {
		return Config{}, err
	}
	c := Config{
		ConfigDir:  dir,
		Data:       first(f.Data, getenv("VOLDAAN_DATA"), s.Data),
		Portal:     first(f.Portal, getenv("VOLDAAN_PORTAL"), s.Portal, DefaultPortal),
		Desk:       first(f.Desk, getenv("VOLDAAN_DESK"), s.Desk, DefaultDesk),
		PublicURL:  strings.TrimSuffix(first(f.PublicURL, getenv("VOLDAAN_PUBLIC_URL"), s.PublicURL), "/"),
		Mollie:     strings.TrimSuffix(first(f.Mollie, getenv("VOLDAAN_MOLLIE"), s.Mollie), "/"),
		Language:   language(first(f.Language, getenv("VOLDAAN_LANG"), s.Language, getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))),
		Proxies:    s.Proxies,
		Passphrase: getenv("VOLDAAN_PASSPHRASE"),
		KeyFile:    getenv("VOLDAAN_KEY_FILE"),
	}
	if v := getenv("VOLDAAN_PROXIES"); v != "" {
		c.Proxies = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if c.Data == "" {
		if c.Data, err = dataFolder(getenv); err != nil {
			return c, err
		}
	}
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return c, err
	}
	if err := c.LogLevel.UnmarshalText([]byte(first(getenv("VOLDAAN_LOG"), s.Log, "warn"))); err != nil {
		return c, fault.Invalidf("config.log", "the log level is error, warn, info or debug")
	}
	return c, c.check()
}

func (c Config) check() error {
	for name, addr := range map[string]string{"--portal": c.Portal, "--desk": c.Desk} {
		if addr == "off" && name == "--portal" {
			continue
		}
		if _, port, err := net.SplitHostPort(addr); err != nil || strings.Trim(port, "0123456789") != "" || port == "" {
			return fault.Invalidf("config.address", "%s %s is not an address; expected host and port such as 127.0.0.1:8480, where port 0 takes a free one", name, addr)
		}
	}
	if err := checkURL("--public-url", c.PublicURL); err != nil {
		return err
	}
	if c.Mollie != Simulator {
		return checkURL("--mollie", c.Mollie)
	}
	return nil
}

func checkURL(name, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fault.Invalidf("config.url", "%s %s is not an address; expected something like https://betalen.example.nl", name, s)
	}
	return nil
}

func read(path string) (s file, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fault.Wrap(err, fault.Invalid, "config.file", "the settings file "+path+" cannot be read; correct it or take it away").With("path", path)
	}
	return s, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// language is nl for anything Dutch, else en: the languages that the staff's side speaks.
func language(s string) string {
	if strings.HasPrefix(strings.ToLower(s), "nl") {
		return "nl"
	}
	return "en"
}

func home(getenv func(string) string) (string, error) {
	h := getenv("HOME")
	if runtime.GOOS == "windows" {
		h = getenv("USERPROFILE")
	}
	if h == "" {
		return "", fault.Invalidf("config.home", "there is no home folder; say where the data is with --data, and set VOLDAAN_CONFIG")
	}
	return h, nil
}

// configBase is the OS's folder for settings.
func configBase(getenv func(string) string) (string, error) {
	switch runtime.GOOS {
	case "windows":
		if d := getenv("AppData"); d != "" {
			return d, nil
		}
	case "darwin":
		h, err := home(getenv)
		return filepath.Join(h, "Library", "Preferences"), err
	}
	if d := getenv("XDG_CONFIG_HOME"); d != "" {
		return d, nil
	}
	h, err := home(getenv)
	return filepath.Join(h, ".config"), err
}

// dataFolder is the OS's folder for data.
func dataFolder(getenv func(string) string) (string, error) {
	switch runtime.GOOS {
	case "windows":
		if d := getenv("LocalAppData"); d != "" {
			return filepath.Join(d, "Voldaan"), nil
		}
	case "darwin":
		h, err := home(getenv)
		return filepath.Join(h, "Library", "Application Support", "Voldaan"), err
	}
	if d := getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "voldaan"), nil
	}
	h, err := home(getenv)
	return filepath.Join(h, ".local", "share", "voldaan"), err
}
