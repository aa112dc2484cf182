package storetest

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/store"
)

// faultDir makes the test binary a victim whose disk fails: it writes in this folder, alone, until it is refused.
const faultDir = "VOLDAAN_STORETEST_FAULT"

// DiskFaults lets the system call that makes writes durable fail with EIO, each time at a later call, and compares what
// is left with what had been acknowledged. It needs strace; without it the test is skipped. name is the calling test's.
func DiskFaults(t *testing.T, name string, open Open, cycles int) {
	if dir := os.Getenv(faultDir); dir != "" {
		refused(t, open, dir)
		return
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: faults of the disk are not tried")
	}
	dir := t.TempDir()
	acknowledged, failed := map[string]bool{}, 0
	for cycle := range cycles {
		cmd := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO:when="+strconv.Itoa(3+cycle),
			os.Args[0], "-test.run=^"+name+"$", "-test.count=1")
		cmd.Env = append(os.Environ(), faultDir+"="+dir, "VOLDAAN_STORETEST_CYCLE="+strconv.Itoa(cycle))
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(strings.NewReader(string(out)))
		for lines.Scan() {
			if row, ok := strings.CutPrefix(lines.Text(), "ack "); ok {
				acknowledged[row] = true
			}
			if lines.Text() == "refused" {
				failed++
			}
		}
		e := open(t, dir)
		checkRows(t, e, acknowledged)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if failed == 0 {
		t.Skip("strace cannot inject faults here")
	}
	t.Logf("%d disk faults, %d acknowledged writes, none lost", failed, len(acknowledged))
}

// refused writes rows one after the other. After the first refusal nothing may be accepted that could be lost: either
// the engine has stopped, or what it accepts is durable.
func refused(t *testing.T, open Open, dir string) {
	e := open(t, dir)
	told := false
	for i := range 60 {
		row := os.Getenv("VOLDAAN_STORETEST_CYCLE") + "/" + strconv.Itoa(i) + "."
		err := e.Update(ctx, func(tx store.Tx) error { return addRow(tx, row) })
		if err == nil {
			_, _ = os.Stdout.WriteString("ack " + row + "\n")
		} else if !told {
			told = true
			_, _ = os.Stdout.WriteString("refused\n")
		}
	}
	_ = e.Close() // a stopped engine may say so again
}
