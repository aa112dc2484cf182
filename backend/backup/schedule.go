package backup

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
)

// Schedule makes backups by itself.
type Schedule struct {
	Source Source
	Dir    string        // where they go
	Every  time.Duration // at least this long after the latest one
	Keep   int           // how many stay; older ones are removed after a new one has proved itself
	Logger *slog.Logger
	Made   func(Report) // may be nil
}

// checkEvery is how often the schedule looks whether a backup is due: a computer that slept makes its backup soon after.
const checkEvery = 10 * time.Minute

// Run makes backups until ctx ends (nil). A backup that fails is logged and tried again at the next look.
func (s Schedule) Run(ctx context.Context) error {
	tick := time.NewTicker(min(checkEvery, s.Every))
	defer tick.Stop()
	for {
		if r, due, err := s.Once(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Error("the automatic backup failed", "code", fault.As(err).Code, "error", err)
		} else if due && err == nil {
			s.Logger.Info("backup made", "name", r.Name, "bytes", r.Bytes, "seq", r.Seq)
			if s.Made != nil {
				s.Made(r)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once makes a backup if one is due, and removes old ones.
func (s Schedule) Once(ctx context.Context) (r Report, due bool, err error) {
	have, err := List(s.Dir)
	if err != nil {
		return r, false, err
	}
	if len(have) > 0 && s.Source.Books.Clock().Now().Sub(have[0].Created) < s.Every {
		return r, false, nil
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return r, true, unwritable(err)
	}
	if r, err = Make(ctx, s.Source, s.Dir); err != nil {
		return r, true, err
	}
	for _, old := range have[min(len(have), max(s.Keep-1, 0)):] {
		if err := os.Remove(old.Path); err != nil {
			return r, true, unwritable(err)
		}
	}
	return r, true, nil
}

// List is the backups in a folder, the latest first. A folder that is not there has none. Only backups that had proved
// themselves have the ending.
func List(dir string) ([]Report, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unwritable(err)
	}
	var out []Report
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), Ending) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		h, err := ReadHeader(path)
		if err != nil {
			continue // somebody else's file with our ending
		}
		info, err := os.Stat(path)
		if err != nil {
			continue // removed meanwhile
		}
		out = append(out, Report{Name: filepath.Base(path), Path: path, Created: h.Created, Bytes: info.Size(), Verified: true})
	}
	slices.SortFunc(out, func(a, b Report) int { return b.Created.Compare(a.Created) })
	return out, nil
}
