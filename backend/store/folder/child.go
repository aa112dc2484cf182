package folder

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/bolt"
)

// childVariable makes the program a checker of one file instead of itself.
const childVariable = "VOLDAAN_CHECK_FILE"

// childMemory is what the checker may add to its address space, besides four times the file's length: the map and bbolt's
// books about its pages.
const childMemory = 2 << 30

// Exit codes of the checker.
const (
	childSound   = 0
	childDamaged = 5
)

// Child must be called first of all by every program that uses CheckInChild. When the process was started to check a
// file, it does that and returns the exit code and true; the program then ends with that code.
func Child(out io.Writer) (code int, is bool) {
	path := os.Getenv(childVariable)
	if path == "" {
		return 0, false
	}
	if info, err := os.Stat(path); err == nil {
		limitMemory(childMemory + 4*uint64(info.Size()))
	}
	if err := bolt.Check(path); err != nil {
		// Whoever started the checker reads the code; the text is for the log.
		_, _ = io.WriteString(out, fault.As(err).Code+"\n")
		return childDamaged, true
	}
	return childSound, true
}

// CheckInChild examines every page of a store file in a child process, which is this program again: damage that ends a
// process ends only that one. The file must not be open for writing.
func CheckInChild(ctx context.Context, path string) error {
	self, err := os.Executable()
	if err != nil || os.Getenv(childVariable) != "" {
		return nil // not able to; the checks when reading remain
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Args[0] = os.Args[0] // a program may go by several names
	cmd.Env = append(os.Environ(), childVariable+"="+path)
	out, err := cmd.Output()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fault.Wrap(err, fault.Unavailable, "folder.check", "The data file could not be checked.")
	}
	f := fault.Wrap(err, fault.Integrity, "store.damaged", "The data file is damaged. Nothing wrong was shown or saved; restore the latest backup.")
	return f.With("found", strings.TrimSpace(string(out)))
}
