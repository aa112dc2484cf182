package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/access"
)

// startEmpty is the whole program on a folder without a firm, as the window finds it the first time.
func startEmpty(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{"VOLDAAN_CONFIG": filepath.Join(dir, "config"), "VOLDAAN_KEY_FILE": filepath.Join(dir, "key")}
	c, err := config.Load(config.Flags{Data: filepath.Join(dir, "data"), Portal: "127.0.0.1:0", Desk: "127.0.0.1:0"}, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	l, err := app.Create(context.Background(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, token: map[access.Role]string{}}
	if p.Program, err = app.Start(context.Background(), l, app.Listen{Portal: true, Desk: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

const (
	firstUser = `"name":"Jan de Vries","email":"jan@example.nl","password":"` + password + `"`
	ownFirm   = `{"firm":{"name":"Test BV","country":"NL","currency":"EUR"},` + firstUser + `}`
)

// TestFirstRunSample: the sample firm is loaded into the running program, and everything that follows the journal shows it.
func TestFirstRunSample(t *testing.T) {
	p := startEmpty(t)
	var state struct {
		SetupRequired bool `json:"setup_required"`
		Demo          bool
	}
	if p.want(http.StatusOK, "", http.MethodGet, "/state", "", &state); !state.SetupRequired {
		t.Errorf("%+v", state)
	}
	p.want(http.StatusUnauthorized, "", http.MethodGet, "/customers", "", nil)
	var in struct{ Token string }
	p.want(http.StatusCreated, "", http.MethodPost, "/setup", `{"sample":true,`+firstUser+`}`, &in)
	if p.want(http.StatusOK, "", http.MethodGet, "/state", "", &state); state.SetupRequired || !state.Demo {
		t.Errorf("%+v", state)
	}
	var customers struct{ Total int }
	p.want(http.StatusOK, in.Token, http.MethodGet, "/customers?limit=1", "", &customers)
	if customers.Total < 60 {
		t.Errorf("%d customers are shown", customers.Total)
	}
	var home struct{ Invoices int }
	p.want(http.StatusOK, in.Token, http.MethodGet, "/home", "", &home)
	if home.Invoices == 0 {
		t.Error("nothing is open")
	}
	var proof struct {
		OK     bool
		Checks []struct {
			Name, Detail string
			OK           bool
		}
	}
	p.want(http.StatusOK, in.Token, http.MethodPost, "/verify", `{"deep":true}`, &proof)
	if !proof.OK {
		t.Errorf("the sample's books are not sound: %+v", proof.Checks)
	}
}

// TestFirstRunOnce: of many who do the first run at the same time, one does it.
func TestFirstRunOnce(t *testing.T) {
	p := startEmpty(t)
	p.want(http.StatusUnprocessableEntity, "", http.MethodPost, "/setup", `{`+firstUser+`}`, nil)
	p.want(http.StatusUnprocessableEntity, "", http.MethodPost, "/setup", `{"firm":{"name":"Test BV","country":"NL","currency":"EUR"},"name":"Jan","email":"jan@example.nl","password":"wachtwoord"}`, nil)
	var mu sync.Mutex
	got := map[int]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			status, _ := p.call("", http.MethodPost, "/setup", ownFirm)
			mu.Lock()
			got[status]++
			mu.Unlock()
		})
	}
	all.Wait()
	if got[http.StatusCreated] != 1 || got[http.StatusConflict] != 7 {
		t.Errorf("answers: %v", got)
	}
}

// TestFirstRunInTheWindow: the window's own user makes the firm without choosing a password.
func TestFirstRunInTheWindow(t *testing.T) {
	p := startEmpty(t)
	var in struct{ Token string }
	p.want(http.StatusOK, "", http.MethodPost, "/auth/local", `{"token":"`+p.Staff.LocalToken()+`"}`, &in)
	p.want(http.StatusCreated, in.Token, http.MethodPost, "/setup", `{"firm":{"name":"Test BV","country":"NL","currency":"EUR"}}`, nil)
	var me struct{ Local bool }
	if p.want(http.StatusOK, in.Token, http.MethodGet, "/auth/me", "", &me); !me.Local {
		t.Errorf("%+v", me)
	}
	p.want(http.StatusConflict, in.Token, http.MethodPost, "/setup", `{"sample":true}`, nil)
}
