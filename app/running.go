package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/folder"
)

// runningFile tells other processes who has the data folder and where to ask. It holds no secret, and what it says is
// only believed when the folder is in use indeed.
const runningFile = "running.json"

type running struct {
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Desk    string    `json:"desk"`
	Portal  string    `json:"portal"`
	Control string    `json:"control,omitempty"` // the socket on which other commands ask (package control)
}

func (p *Program) announce() error {
	r := running{PID: os.Getpid(), Since: p.started, Desk: p.deskAt, Portal: p.portalAt}
	if p.control != nil {
		r.Control = p.control.Path()
	}
	b, err := json.Marshal(r)
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

// holder is what the program that has the folder says of itself. err is the error of a folder in use: what another program
// left behind when it was killed is not believed.
func holder(dir string, err error) (r running, ok bool) {
	b, readErr := os.ReadFile(filepath.Join(dir, runningFile))
	if readErr != nil || json.Unmarshal(b, &r) != nil {
		return running{}, false
	}
	return r, strconv.Itoa(r.PID) == fault.As(err).Params["pid"]
}

// inUse adds to the error of a folder in use what the running program says of itself.
func inUse(dir string, err error) error {
	r, ok := holder(dir, err)
	if !ok {
		return err
	}
	more := *fault.As(err)
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
