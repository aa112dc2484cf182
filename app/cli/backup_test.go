package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// office is the program on a data folder of its own, run as a process.
type office struct {
	t      *testing.T
	dir    string
	extra  []string // environment
	token  string
	desk   string
	server *exec.Cmd
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir()}
	o.must("init", "--name", "Bakkerij De Korenaar")
	o.extra = []string{"VOLDAAN_USER_PASSWORD=een heel lang wachtwoord"}
	o.must("user", "add", "--email", "jan@korenaar.example", "--name", "Jan", "--role", "admin")
	var tok struct{ Token string }
	o.json(&tok, "token", "create", "--scope", "write")
	o.token = tok.Token
	return o
}

func (o *office) command(args ...string) *exec.Cmd {
	cmd := exec.Command("voldaan", args...)
	cmd.Env = append(append(os.Environ(), "VOLDAAN_DATA="+filepath.Join(o.dir, "data"), "VOLDAAN_CONFIG="+filepath.Join(o.dir, "config"),
		"VOLDAAN_KEY_FILE="+filepath.Join(o.dir, "key"), "DBUS_SESSION_BUS_ADDRESS=disabled:", "LANG=en_GB.UTF-8"), o.extra...)
	return cmd
}

// run is a command's output and exit code.
func (o *office) run(args ...string) (stdout, stderr string, code int) {
	o.t.Helper()
	cmd := o.command(args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		o.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (o *office) must(args ...string) string {
	o.t.Helper()
	out, errs, code := o.run(args...)
	if code != 0 {
		o.t.Fatalf("voldaan %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func (o *office) json(v any, args ...string) {
	o.t.Helper()
	if err := json.Unmarshal([]byte(o.must(append(args, "--json")...)), v); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) serve() {
	o.t.Helper()
	o.server = o.command("serve", "--portal", "off", "--desk", "127.0.0.1:0", "--mollie", "simulator")
	out, err := o.server.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.server.Start(); err != nil {
		o.t.Fatal(err)
	}
	server := o.server
	o.t.Cleanup(func() {
		_ = server.Process.Kill() // it has mostly ended
		_ = server.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ Desk string }
	if err != nil || json.Unmarshal(line, &ready) != nil {
		o.t.Fatalf("no ready line: %v %s", err, line)
	}
	o.desk = ready.Desk
}

// post records a payment through the running program; its id, once the program has confirmed it.
func (o *office) post(ctx context.Context, n int) (id string, err error) {
	body := fmt.Sprintf(`{"date":"2026-06-01","amount":"%d.05","reference":"ref %d"}`, 10+n%90, n)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.desk+"/api/v1/payments", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+o.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		return "", fmt.Errorf("status %d: %w %s", res.StatusCode, err, b)
	}
	var made struct{ ID string }
	return made.ID, json.Unmarshal(b, &made)
}

// TestBackupWhileServing: while others write, the running program makes the backup for the command; it restores, verifies,
// and has everything that was confirmed before the command began.
func TestBackupWhileServing(t *testing.T) {
	o := newOffice(t)
	o.serve()
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var confirmed []string
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for n := w; ctx.Err() == nil; n += 3 {
				id, err := o.post(ctx, n)
				if err != nil {
					if ctx.Err() == nil {
						t.Errorf("a payment during the backup: %v", err)
					}
					return
				}
				mu.Lock()
				confirmed = append(confirmed, id)
				mu.Unlock()
			}
		})
	}
	defer func() { cancel(); writers.Wait() }()
	for n := 0; n < 50; {
		time.Sleep(10 * time.Millisecond)
		mu.Lock()
		n = len(confirmed)
		mu.Unlock()
		if t.Failed() {
			return
		}
	}
	for _, passphrase := range []string{"", "een ander heel lang wachtwoord"} {
		o.extra = []string{"VOLDAAN_BACKUP_PASSPHRASE=" + passphrase}
		mu.Lock()
		before := append([]string(nil), confirmed...)
		mu.Unlock()
		var made struct {
			Path     string
			Verified bool
			Entries  int
		}
		o.json(&made, "backup", filepath.Join(o.dir, "backup"+fmt.Sprint(len(passphrase))+".voldaan-backup"))
		if !made.Verified || made.Entries < len(before) {
			t.Fatalf("made %+v of at least %d payments", made, len(before))
		}
		mu.Lock()
		t.Logf("%d payments before the backup, %d after it, %d entries in it", len(before), len(confirmed), made.Entries)
		mu.Unlock()
		to := made.Path + ".restored"
		o.must("restore", made.Path, "--data", to)
		o.must("verify", "--deep", "--data", to)
		var have []struct{ ID string }
		o.json(&have, "payments", "list", "--data", to)
		there := map[string]bool{}
		for _, p := range have {
			there[p.ID] = true
		}
		for _, id := range before {
			if !there[id] {
				t.Errorf("the payment %s had been confirmed before the backup, and is not in it", id)
			}
		}
	}
}

// TestBackupAskedWrongly: the running program makes no backup for who cannot open the folder; what a killed one left behind
// neither stops the next one nor is believed.
func TestBackupAskedWrongly(t *testing.T) {
	o := newOffice(t)
	o.serve()
	taken := filepath.Join(o.dir, "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := o.run("backup", taken, "--json"); code != 3 || !strings.Contains(out, "backup.exists") {
		t.Errorf("over a file: %d %s%s", code, out, errs)
	}
	if out, errs, code := o.run("backup", filepath.Join(o.dir, "no", "such", "folder"), "--json"); code != 1 || !strings.Contains(out, "backup.unwritable") {
		t.Errorf("nowhere: %d %s%s", code, out, errs)
	}
	other := filepath.Join(o.dir, "otherkey")
	o.extra = []string{"VOLDAAN_KEY_FILE=" + other, "VOLDAAN_BACKUP_PASSPHRASE=een ander heel lang wachtwoord"}
	stolen := filepath.Join(o.dir, "stolen")
	if out, errs, code := o.run("backup", stolen); code != 1 {
		t.Errorf("without the key: %d %s%s", code, out, errs)
	}
	if _, err := os.Stat(stolen); err == nil {
		t.Error("a backup was made for who cannot open the folder")
	}
	o.extra = nil
	if _, errs, code := o.run("customers", "list"); code != 6 || !strings.Contains(errs, o.desk) {
		t.Errorf("another command: %d %s", code, errs)
	}

	// kill -9, and the same again.
	if err := o.server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = o.server.Wait()
	socket := filepath.Join(o.dir, "data", "control.sock")
	if info, err := os.Lstat(socket); err != nil || info.Mode()&os.ModeSocket == 0 {
		t.Fatalf("the killed program left no socket: %v", err)
	}
	o.must("backup", filepath.Join(o.dir, "offline"))
	o.serve()
	o.must("backup", filepath.Join(o.dir, "online"))
	if err := o.server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := o.server.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	for _, left := range []string{socket, filepath.Join(o.dir, "data", "running.json")} {
		if _, err := os.Lstat(left); err == nil {
			t.Errorf("%s is still there", left)
		}
	}
}
