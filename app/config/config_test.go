package config_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/fault"
)

func TestOrder(t *testing.T) {
	dir := t.TempDir()
	settings := `{"data":"/from/file","portal":"0.0.0.0:1","desk":"127.0.0.1:2","public_url":"https://file.example/","language":"nl","trusted_proxies":["10.0.0.1"],"log":"info"}`
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"VOLDAAN_CONFIG": dir, "VOLDAAN_DATA": "/from/env", "VOLDAAN_PORTAL": "127.0.0.1:3", "VOLDAAN_PASSPHRASE": "p", "VOLDAAN_KEY_FILE": "k"}
	got, err := config.Load(config.Flags{Data: "/from/flag", Mollie: "simulator"}, func(n string) string { return env[n] })
	want := config.Config{Data: "/from/flag", ConfigDir: dir, Portal: "127.0.0.1:3", Desk: "127.0.0.1:2", PublicURL: "https://file.example", Mollie: "simulator",
		Language: "nl", Proxies: []string{"10.0.0.1"}, LogLevel: slog.LevelInfo, Passphrase: "p", KeyFile: "k"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestDefaults(t *testing.T) {
	env := map[string]string{"HOME": t.TempDir(), "USERPROFILE": t.TempDir(), "LANG": "nl_NL.UTF-8", "VOLDAAN_PROXIES": "10.0.0.1, 10.0.0.2"}
	got, err := config.Load(config.Flags{}, func(n string) string { return env[n] })
	if err != nil || got.Portal != config.DefaultPortal || got.Desk != config.DefaultDesk || got.Language != "nl" || got.Data == "" || len(got.Proxies) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "settings.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for code, in := range map[string]struct {
		flags config.Flags
		env   map[string]string
	}{
		"config.home":    {config.Flags{}, nil},
		"config.address": {config.Flags{Portal: "nowhere"}, map[string]string{"HOME": "/h", "USERPROFILE": "/h"}},
		"config.url":     {config.Flags{PublicURL: "betalen"}, map[string]string{"HOME": "/h", "USERPROFILE": "/h"}},
		"config.log":     {config.Flags{}, map[string]string{"HOME": "/h", "USERPROFILE": "/h", "VOLDAAN_LOG": "loud"}},
		"config.file":    {config.Flags{}, map[string]string{"VOLDAAN_CONFIG": broken, "HOME": "/h"}},
	} {
		if _, err := config.Load(in.flags, func(n string) string { return in.env[n] }); fault.As(err).Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
}
