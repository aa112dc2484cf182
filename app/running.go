package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/folder"
)

// runningFile tells other processes who has the data folder and where to ask. It holds no secret, and what it says is
// only believed when the folder is in use indeed.
const runningFile = "running.json"

type running struct {
	PID    int       `json:"pid"`
	Since  time.Time `json:"since"`
	Desk   string    `json:"desk"`
	Portal string    `json:"portal"`
}

func (p *Program) announce() error {
	b, err := json.Marshal(running{PID: os.Getpid(), Since: p.started, Desk: p.deskAt, Portal: p.portalAt})
	if err != nil {
		return err
	}
	return folder.WriteFile(filepath.Join(p.Folder.Dir(), runningFile), append(b, '\n'))
}

func (p *Program) unannounce() error {
	err := os.Remove(filepath.Join(p.Folder.Dir(), runningFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// inUse adds to the error of a folder in use what the running program says of itself.
func inUse(dir string, err error) error {
	f := fault.As(err)
	var r running
	b, readErr := os.ReadFile(filepath.Join(dir, runningFile))
	if readErr != nil || json.Unmarshal(b, &r) != nil {
		return err
	}
	more := *f
	more.Message += fmt.Sprintf(" It has been running since %s (process %d).", r.Since.Local().Format("2006-01-02 15:04"), r.PID)
	if r.Desk != "" {
		more.Message += fmt.Sprintf(" Do it in the desk at %s, or through its API at %s/api/v1 with a token.", r.Desk, r.Desk)
	} else {
		more.Message += " Do it in its window, or close it first."
	}
	return &more
}

// noFolder is the error of a folder that is not there.
func noFolder(dir string) error {
	return fault.NotFoundf("folder.none", "There is no data folder at %s. Make one with voldaan init --name FIRM, look at the sample with voldaan demo, or say where it is with --data.", dir).With("dir", dir)
}
