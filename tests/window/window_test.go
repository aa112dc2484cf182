// Package window_test drives the real program in its real window, on a virtual screen: it starts on the sample firm,
// shows it, opens a customer by keyboard, refuses a second start on the same folder and ends by the menu's shortcut.
//
// It needs VOLDAAN_WINDOW, VOLDAAN_BIN (the built desktop program), a display, xdotool and ImageMagick's import: make test-window has
// them all. With VOLDAAN_IMAGES the pictures are kept there.
package window_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	width, height = 1440, 900
	patience      = 60 * time.Second
)

func TestProgramInItsWindow(t *testing.T) {
	bin := os.Getenv("VOLDAAN_BIN")
	if bin == "" || os.Getenv("VOLDAAN_WINDOW") == "" {
		t.Skip("SKIPPED: make test-window runs this under Xvfb")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_DATA_HOME="+filepath.Join(home, "data"),
		"LANG=nl_NL.UTF-8", "VOLDAAN_PASSPHRASE=only for this test")
	manager := exec.CommandContext(ctx, "openbox")
	if err := manager.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = manager.Process.Kill(); _ = manager.Wait() })

	var out bytes.Buffer
	program := exec.CommandContext(ctx, bin, "demo", "--data", filepath.Join(home, "sample"))
	program.Env, program.Stdout, program.Stderr = env, &out, &out
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	t.Cleanup(func() {
		_ = program.Process.Kill()
		if t.Failed() {
			t.Logf("the program said:\n%s", out.String())
		}
	})

	s := screen{t, ctx}
	id := s.wait("a window", func() (string, bool) {
		found, err := s.try("xdotool", "search", "--onlyvisible", "--name", "Voldaan")
		return strings.TrimSpace(strings.Split(found, "\n")[0]), err == nil && found != ""
	})
	s.run("xdotool", "windowactivate", "--sync", id)
	first := s.settled("the sample firm", 1, nil)
	s.keep("desk.png", first)

	// Keys go to what has the focus, so the page gets it: a click on its title.
	s.run("xdotool", "mousemove", "265", "130", "click", "1")
	// The command palette finds a customer and opens their page.
	s.run("xdotool", "key", "ctrl+k")
	palette := s.settled("the command palette", 0.2, first)
	s.run("xdotool", "type", "--delay", "40", "bouw")
	found := s.settled("what was found", 0.02, palette)
	s.keep("palette.png", found)
	s.run("xdotool", "key", "Return")
	s.keep("customer.png", s.settled("a customer", 0.1, first, found))

	second := exec.CommandContext(ctx, bin, "demo", "--data", filepath.Join(home, "sample"))
	second.Env = env
	if said, err := second.CombinedOutput(); err == nil {
		t.Errorf("a second start on the same folder went on:\n%s", said)
	}

	s.run("xdotool", "windowactivate", "--sync", id)
	s.run("xdotool", "key", "ctrl+q")
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the program ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the program did not end within 20 s of Ctrl+Q")
	}
}

type screen struct {
	t   *testing.T
	ctx context.Context
}

func (s screen) try(name string, args ...string) (string, error) {
	out, err := exec.CommandContext(s.ctx, name, args...).Output()
	return string(out), err
}

func (s screen) run(name string, args ...string) {
	s.t.Helper()
	if out, err := exec.CommandContext(s.ctx, name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func (s screen) wait(what string, look func() (string, bool)) string {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		if got, ok := look(); ok {
			return got
		}
	}
	s.t.Fatalf("%s did not appear within %s", what, patience)
	return ""
}

func (s screen) picture() (image.Image, error) {
	raw, err := exec.CommandContext(s.ctx, "import", "-silent", "-window", "root", "png:-").Output()
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(raw))
}

// settled waits until the screen shows a page, differs from each of the pictures before by a share of its pixels, and no
// longer changes.
func (s screen) settled(what string, share float64, before ...image.Image) image.Image {
	s.t.Helper()
	var last image.Image
	var state string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		now, err := s.picture()
		if err != nil {
			s.t.Fatal(err)
		}
		colours, changed, moving := count(now), 1.0, difference(last, now)
		for _, b := range before {
			changed = min(changed, difference(b, now))
		}
		state = fmt.Sprintf("%d colours, %.2f%% changed, %.2f%% moving", colours, 100*changed, 100*moving)
		last = now
		if colours > 800 && changed >= share && moving < 0.001 {
			return now
		}
	}
	s.keep("failed.png", last)
	s.t.Fatalf("%s did not show within %s: %s", what, patience, state)
	return nil
}

// count is how many colours the picture has: a blank page or one that loads has some two hundred.
func count(m image.Image) int {
	seen := map[[3]uint32]bool{}
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			r, g, b, _ := m.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	return len(seen)
}

// difference is the share of pixels that are not the same; 1 when there is nothing to compare with.
func difference(a, b image.Image) float64 {
	if a == nil || a.Bounds() != b.Bounds() {
		return 1
	}
	n := 0
	for y := b.Bounds().Min.Y; y < b.Bounds().Max.Y; y++ {
		for x := b.Bounds().Min.X; x < b.Bounds().Max.X; x++ {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			if ar != br || ag != bg || ab != bb {
				n++
			}
		}
	}
	return float64(n) / float64(width*height)
}

func (s screen) keep(name string, m image.Image) {
	dir := os.Getenv("VOLDAAN_IMAGES")
	if dir == "" || m == nil {
		return
	}
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
		s.t.Fatal(err)
	}
}
