package control_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/voldaan/voldaan/app/control"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/sealed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newKeys(t *testing.T) *sealed.Keys {
	t.Helper()
	k, err := sealed.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// listen serves on a folder until the test ends.
func listen(t *testing.T, dir string, k control.Keys, h control.Handler) *control.Server {
	t.Helper()
	s, err := control.Listen(dir, k, h, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(s.Path()); err == nil {
			t.Error("the socket is still there")
		}
	})
	return s
}

func echo(_ context.Context, b []byte) []byte { return append([]byte("you said "), b...) }

func TestAskAndAnswer(t *testing.T) {
	k := newKeys(t)
	s := listen(t, t.TempDir(), k, echo)
	info, err := os.Lstat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	for range 10 {
		got, err := control.Ask(context.Background(), s.Path(), k, []byte("hello"))
		if err != nil || string(got) != "you said hello" {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// Whoever has other keys is not understood, on either side.
func TestStrangers(t *testing.T) {
	s := listen(t, t.TempDir(), newKeys(t), func(context.Context, []byte) []byte {
		t.Error("a stranger was obeyed")
		return nil
	})
	if _, err := control.Ask(context.Background(), s.Path(), newKeys(t), []byte("hello")); fault.As(err).Code != "control.broken" {
		t.Errorf("a stranger got %v", err)
	}
	// A recorded request is bound to its conversation: saying it again is saying nothing.
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	recorded := make(chan []byte, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write(make([]byte, 32))
		b := make([]byte, 4096)
		var all []byte
		for len(all) < 64 {
			n, err := conn.Read(b)
			if err != nil {
				break
			}
			all = append(all, b[:n]...)
		}
		recorded <- all
	}()
	k := newKeys(t)
	if _, err := control.Ask(context.Background(), path, k, []byte("the passphrase is secret")); err == nil {
		t.Error("a stranger's answer was believed")
	}
	said := <-recorded
	if strings.Contains(string(said), "secret") {
		t.Error("a passphrase was said in clear")
	}
	own := listen(t, t.TempDir(), k, func(context.Context, []byte) []byte {
		t.Error("a recorded request was obeyed")
		return nil
	})
	conn, err := net.Dial("unix", own.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(said); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	all := 0
	for b := make([]byte, 256); ; {
		n, err := conn.Read(b)
		if all += n; err != nil {
			break
		}
	}
	if all != 32 {
		t.Errorf("a recorded request was answered with %d bytes beyond the greeting", all-32)
	}
}

func TestWhereTheSocketIs(t *testing.T) {
	k := newKeys(t)
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	taken := t.TempDir()
	if err := os.WriteFile(filepath.Join(taken, "control.sock"), []byte("somebody's file"), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := t.TempDir()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(stale, "control.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false) // as kill -9 leaves it
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Ask(context.Background(), filepath.Join(stale, "control.sock"), k, nil); !errors.Is(err, control.ErrNobody) {
		t.Errorf("a socket left behind: %v", err)
	}
	for dir, inside := range map[string]bool{long: false, taken: false, stale: true} {
		s := listen(t, dir, k, echo)
		if (filepath.Dir(s.Path()) == dir) != inside {
			t.Errorf("the socket of %s is at %s", dir, s.Path())
		}
		if got, err := control.Ask(context.Background(), s.Path(), k, []byte("x")); err != nil || string(got) != "you said x" {
			t.Errorf("%s: %q, %v", dir, got, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(taken, "control.sock")); err != nil || string(b) != "somebody's file" {
		t.Errorf("somebody's file is %q, %v", b, err)
	}
}

// An asker who gives up ends the work.
func TestAskerGoesAway(t *testing.T) {
	k := newKeys(t)
	started, ended := make(chan struct{}), make(chan struct{})
	s := listen(t, t.TempDir(), k, func(ctx context.Context, _ []byte) []byte {
		close(started)
		<-ctx.Done()
		close(ended)
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-started; cancel() }()
	if _, err := control.Ask(ctx, s.Path(), k, []byte("work")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the work goes on for nobody")
	}
}

// More than fits is refused before it is read, in both directions.
func TestTooMuch(t *testing.T) {
	k := newKeys(t)
	s := listen(t, t.TempDir(), k, func(context.Context, []byte) []byte { return make([]byte, control.MaxMessage) })
	for _, size := range []int{1, control.MaxMessage} {
		if _, err := control.Ask(context.Background(), s.Path(), k, make([]byte, size)); fault.As(err).Code != "control.broken" {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
