package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voldaan/voldaan/app/cli"
)

// The scripts in testdata run the program as its users do: a process with arguments, streams and an exit code.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"voldaan": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "share"))
			e.Setenv("VOLDAAN_KEY_FILE", filepath.Join(e.WorkDir, "data.key"))
			e.Setenv("VOLDAAN_DATA", filepath.Join(e.WorkDir, "books"))
			e.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
			e.Setenv("LANG", "en_GB.UTF-8")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"run": run, "json": jsonValue, "keys": jsonKeys, "keep": keep, "damage": damage, "serve": serve, "http": request, "stop": stop,
		},
	})
}

// run is "run CODE args…": the program must end with exactly this exit code.
func run(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("voldaan", args[1:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("voldaan %s: exit code %d, want %d\nstdout: %s\nstderr: %s", strings.Join(args[1:], " "), got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// document is the one JSON document on the standard output.
func document(ts *testscript.TestScript) any {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		ts.Fatalf("the standard output is not JSON: %v\n%s", err, ts.ReadFile("stdout"))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("there is more than one document on the standard output:\n%s", ts.ReadFile("stdout"))
	}
	return v
}

// at walks "files.0.rows"; "." is the whole document.
func at(ts *testscript.TestScript, v any, path string) any {
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[step]
			if !ok {
				ts.Fatalf("%s: there is no %s in %v", path, step, x)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				ts.Fatalf("%s: there is no element %s in a list of %d", path, step, len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: %v has no parts", path, v)
		}
	}
	return v
}

// jsonValue is "json PATH VALUE": the value as JSON, or the text of a string; "#N" is a list of N.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	v := at(ts, document(ts), args[0])
	got, err := json.Marshal(v)
	ts.Check(err)
	text := string(got)
	if s, ok := v.(string); ok {
		text = s
	}
	if list, ok := v.([]any); ok && strings.HasPrefix(args[1], "#") {
		text = "#" + strconv.Itoa(len(list))
	}
	if (text == args[1]) == neg {
		ts.Fatalf("%s is %s, want %s (negated: %v)", args[0], text, args[1], neg)
	}
}

// keep is "keep NAME PATH": the text at the path becomes $NAME.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	s, ok := at(ts, document(ts), args[1]).(string)
	if !ok {
		ts.Fatalf("%s is no text", args[1])
	}
	ts.Setenv(args[0], s)
}

// jsonKeys is "keys PATH name…": the object has exactly these.
func jsonKeys(ts *testscript.TestScript, _ bool, args []string) {
	object, ok := at(ts, document(ts), args[0]).(map[string]any)
	if !ok {
		ts.Fatalf("%s is not an object", args[0])
	}
	var have []string
	for k := range object {
		have = append(have, k)
	}
	slices.Sort(have)
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(have, want) {
		ts.Fatalf("%s has %v, want %v", args[0], have, want)
	}
}

// damage is "damage FILE FROM": flips a bit in every 101st byte of a file from an offset on.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i := from; i < len(b); i += 101 {
		b[i] ^= 0x40
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// serving is a program that runs beside the script.
type serving struct {
	cmd   *exec.Cmd
	ready map[string]string
	errs  *strings.Builder
}

var programs sync.Map // *testscript.TestScript to *serving: scripts run side by side

// serve is "serve args…": starts the program and waits for its ready line, whose addresses become $portal, $desk, $mollie.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command("voldaan", args...)
	if path, err := exec.LookPath("voldaan"); err == nil {
		cmd.Path = path
	}
	for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "VOLDAAN_KEY_FILE", "VOLDAAN_DATA", "DBUS_SESSION_BUS_ADDRESS", "LANG"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s := &serving{cmd: cmd, errs: &errs}
	programs.Store(ts, s)
	ts.Defer(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		_ = cmd.Wait()
		ts.Fatalf("no ready line: %v\n%s", err, errs.String())
	}
	ts.Check(json.Unmarshal(line, &s.ready))
	for name, url := range s.ready {
		ts.Setenv(name, url)
	}
}

// request is "http STATUS METHOD URL [BODY]": a request with $token, whose answer becomes the standard output of "cat answer".
func request(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var body io.Reader
	if len(args) > 3 {
		body = strings.NewReader(args[3])
	}
	r, err := http.NewRequest(args[1], args[2], body)
	ts.Check(err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if t := ts.Getenv("token"); t != "" {
		r.Header.Set("Authorization", "Bearer "+t)
	}
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), b, 0o600))
	if res.StatusCode != want {
		ts.Fatalf("%s %s: %d, want %d\n%s", args[1], args[2], res.StatusCode, want, b)
	}
}

// stop is "stop": SIGTERM, and a clean end within five seconds.
func stop(ts *testscript.TestScript, _ bool, _ []string) {
	running, _ := programs.Load(ts)
	s, ok := running.(*serving)
	if !ok {
		ts.Fatalf("no program runs")
	}
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			ts.Fatalf("the program ended with %v\n%s", err, s.errs.String())
		}
	case <-time.After(5 * time.Second):
		ts.Fatalf("the program did not end within five seconds of SIGTERM\n%s", s.errs.String())
	}
}
