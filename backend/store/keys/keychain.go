package keys

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/zalando/go-keyring"
)

// Keychain is a place of the operating system for one secret per database.
type Keychain interface {
	Get(database string) (string, error)
	Set(database, secret string) error
	Delete(database string) error
}

const service = "voldaan"

// How long a keychain may take. Giving a key may need the person to unlock it first; a keychain that cannot take a new
// one soon is left alone.
const (
	patienceGet = time.Minute
	patienceSet = 5 * time.Second
)

// System is the operating system's keychain, or nil where there plainly is none.
func System() Keychain {
	if runtime.GOOS == "linux" && !hasBus() {
		// Without a session bus the library would try to start one.
		return nil
	}
	return system{}
}

func hasBus() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join("/run/user", strconv.Itoa(os.Getuid()), "bus"))
	return err == nil
}

type system struct{}

func (system) Get(database string) (string, error) { return keyring.Get(service, database) }
func (system) Set(database, secret string) error   { return keyring.Set(service, database, secret) }
func (system) Delete(database string) error        { return keyring.Delete(service, database) }

var errPatience = errors.New("keys: the keychain did not answer in time")

// ask calls a keychain that may hang: a session bus without anybody behind it answers never. The call that was given up
// stays behind in its goroutine; the program asks once.
func ask(ctx context.Context, patience time.Duration, call func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	type answer struct {
		secret string
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil { // a keychain that breaks is no keychain
				done <- answer{err: fmt.Errorf("keys: the keychain failed: %v", r)}
			}
		}()
		secret, err := call()
		done <- answer{secret, err}
	}()
	select {
	case a := <-done:
		return a.secret, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
