package desktop

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPlaceIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "window.json")
	if p := loadPlace(file); p.Known || p.Width != defaultWidth {
		t.Errorf("a first start has %+v", p)
	}
	want := place{X: 12, Y: 34, Width: 1000, Height: 700, Maximised: true}
	if err := want.save(file); err != nil {
		t.Fatal(err)
	}
	want.Known = true
	if got := loadPlace(file); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, nonsense := range []string{"", "{", `{"width":1,"height":1}`, `{"width":99999,"height":99999}`} {
		if err := os.WriteFile(file, []byte(nonsense), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := loadPlace(file); p.Known || p.Width != defaultWidth {
			t.Errorf("%q gives %+v", nonsense, p)
		}
	}
}

func TestPlaceOnScreen(t *testing.T) {
	for _, c := range []struct {
		p    place
		want bool
	}{
		{place{X: 0, Y: 0, Width: 1000, Height: 700}, true},
		{place{X: 1900, Y: 0, Width: 1000, Height: 700}, false},
		{place{X: -950, Y: 0, Width: 1000, Height: 700}, false},
		{place{X: 100, Y: -50, Width: 1000, Height: 700}, false},
		{place{X: 100, Y: 1050, Width: 1000, Height: 700}, false},
	} {
		if got := c.p.on(1920, 1080); got != c.want {
			t.Errorf("%+v on 1920x1080: %v, want %v", c.p, got, c.want)
		}
	}
}
