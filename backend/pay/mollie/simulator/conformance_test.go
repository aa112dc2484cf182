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
	frontend, err := filepath.Abs("../../../../frontend")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the simulator is not compared with Mollie's official client")
	}
	if _, err := os.Stat(filepath.Join(frontend, "node_modules", "mollie-api-typescript")); err != nil {
		t.Skip("npm packages are not installed: the simulator is not compared with Mollie's official client")
	}
	srv := httptest.NewServer(simulator.New(simulator.Options{}))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join(frontend, "e2e", "mollie", "conformance.mjs"), srv.URL)
	out, err := cmd.CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
