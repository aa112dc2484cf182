package folder

import (
	"os"
	"syscall"
	"testing"
)

const reserveVariable = "VOLDAAN_TEST_RESERVE"

// In a checker of the test below, address space is taken before main begins, as the window's libraries do.
func init() {
	if os.Getenv(reserveVariable) != "" {
		_, _ = syscall.Mmap(-1, 0, 3<<30, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	}
}

// TestCheckerWithMuchReserved has a checker that starts with more address space than it may add.
func TestCheckerWithMuchReserved(t *testing.T) {
	t.Setenv(reserveVariable, "1")
	o := options(t)
	f, err := Open(ctx, create(t, o), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := f.Structure(ctx, CheckInChild); err != nil {
		t.Errorf("structure of a sound folder: %v", err)
	}
}
