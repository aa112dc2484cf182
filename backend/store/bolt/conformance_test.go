package bolt_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/voldaan/voldaan/backend/store"
	"github.com/voldaan/voldaan/backend/store/bolt"
	"github.com/voldaan/voldaan/backend/store/storetest"
)

func open(t testing.TB, dir string) store.Engine {
	t.Helper()
	path := storetest.Dir(dir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := bolt.Create(path); err != nil {
			t.Fatal(err)
		}
	}
	e, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }

func TestCrash(t *testing.T) { storetest.Crash(t, "TestCrash", open, 6) }

func TestDiskFaults(t *testing.T) { storetest.DiskFaults(t, "TestDiskFaults", open, 12) }
