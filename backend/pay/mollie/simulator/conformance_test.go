package simulator_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/pay/mollie/simulator"
)

// TestOfficialClient runs Mollie's own client, which validates every answer strictly, against the simulator.
func TestOfficialClient(t *testing.T) {
	node(t, "conformance.mjs", "mollie-api-typescript")
}

// TestCheckoutInABrowser visits the checkout on a phone, without JavaScript, in every language, with axe.
func TestCheckoutInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds to start: left out with -short")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if browser, err := exec.LookPath(name); err == nil {
			node(t, "checkout.mjs", "playwright-core", browser)
			return
		}
	}
	t.Skip("no Chromium is installed: the checkout page is not looked at")
}

// node runs a script of frontend/e2e/mollie against a simulator.
func node(t *testing.T, script, module string, args ...string) {
	t.Helper()
	frontend, err := filepath.Abs("../../../../frontend")
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: " + script + " is not run")
	}
	if _, err := os.Stat(filepath.Join(frontend, "node_modules", module)); err != nil {
		t.Skip("npm packages are not installed: " + script + " is not run")
	}
	srv := httptest.NewServer(simulator.New(simulator.Options{}))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	args = append([]string{filepath.Join(frontend, "e2e", "mollie", script), srv.URL}, args...)
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
