package desktop

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// place is where a window stands. It is comfort, not data: a file that cannot be read or makes no sense is ignored.
type place struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	Known     bool `json:"-"` // there was a place to go back to
}

const (
	defaultWidth, defaultHeight = 1440, 900
	minWidth, minHeight         = 900, 600
	maxSide                     = 16384
)

func loadPlace(file string) place {
	fresh := place{Width: defaultWidth, Height: defaultHeight}
	raw, err := os.ReadFile(file)
	if file == "" || err != nil {
		return fresh
	}
	p := place{}
	if json.Unmarshal(raw, &p) != nil || p.Width < minWidth || p.Height < minHeight || p.Width > maxSide || p.Height > maxSide {
		return fresh
	}
	p.Known = true
	return p
}

// on reports whether enough of the window would be on a desktop of this size to take hold of it.
func (p place) on(width, height int) bool {
	return p.X > -p.Width+100 && p.Y >= 0 && p.X < width-100 && p.Y < height-100
}

// save replaces the file in one step, so that a crash leaves the old one.
func (p place) save(file string) error {
	if file == "" {
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	temp := file + ".new"
	if err := os.WriteFile(temp, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, file)
}
