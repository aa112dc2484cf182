package storetest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/store"
)

// victimDir makes the test binary a victim: it writes in this folder until it is killed.
const victimDir = "VOLDAAN_STORETEST_VICTIM"

// Crash kills a writing process again and again and compares what is left with a list, kept outside, of what it had been
// told is durable: none of it lost, nothing half-written. name is the calling test's name, which the victim runs too.
func Crash(t *testing.T, name string, open Open, cycles int) {
	if dir := os.Getenv(victimDir); dir != "" {
		victim(t, open, dir)
		return
	}
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for cycle := range cycles {
		for _, row := range killOne(t, name, dir, cycle) {
			acknowledged[row] = true
		}
		e := open(t, dir)
		checkRows(t, e, acknowledged)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d acknowledged writes, none lost", cycles, len(acknowledged))
	if len(acknowledged) == 0 {
		t.Error("the victim never wrote anything: the instrument is blind")
	}
}

// killOne runs a victim for a random while, kills it and returns what it acknowledged.
func killOne(t *testing.T, name, dir string, cycle int) (rows []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), victimDir+"="+dir, "VOLDAAN_STORETEST_CYCLE="+strconv.Itoa(cycle))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := 1 + rand.IntN(400)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		row, ok := strings.CutPrefix(lines.Text(), "ack ")
		if !ok {
			continue
		}
		rows = append(rows, row)
		if len(rows) == stop {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	for lines.Scan() { // what it said before it died counts too; its last line may be cut
		if row, ok := strings.CutPrefix(lines.Text(), "ack "); ok && strings.HasSuffix(row, ".") {
			rows = append(rows, row)
		}
	}
	_ = cmd.Wait() // killed: never a success
	return rows
}

// victim writes from several goroutines, two rows in two tables per transaction, and says what is durable.
func victim(t *testing.T, open Open, dir string) {
	e := open(t, dir)
	cycle := os.Getenv("VOLDAAN_STORETEST_CYCLE")
	var mu sync.Mutex
	var wg sync.WaitGroup
	deadline := time.After(20 * time.Second) // should the parent be gone
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-deadline:
					return
				default:
				}
				row := fmt.Sprintf("%s/%d/%d.", cycle, w, i)
				if err := e.Update(ctx, func(tx store.Tx) error { return addRow(tx, row) }); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				_, _ = os.Stdout.WriteString("ack " + row + "\n") // the parent may be gone
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// addRow writes a row in two tables.
func addRow(tx store.Tx, row string) error {
	n, err := tx.Sequence("rows")
	if err != nil {
		return err
	}
	number := binary.BigEndian.AppendUint64(nil, n)
	return errors.Join(tx.Put("rows", []byte(row), number), tx.Put("numbers", number, []byte(row)))
}

// checkRows demands every acknowledged row, and both halves of each row that is there.
func checkRows(t *testing.T, e store.Engine, acknowledged map[string]bool) {
	t.Helper()
	view(t, e, func(tx store.Tx) error {
		for row := range acknowledged {
			if _, err := tx.Get("rows", []byte(row)); err != nil {
				t.Errorf("acknowledged %s: %v", row, err)
			}
		}
		rows, numbers := 0, 0
		for p, err := range tx.Scan("rows", store.All()) {
			if err != nil {
				return err
			}
			rows++
			if v, err := tx.Get("numbers", p.Value); err != nil || string(v) != string(p.Key) {
				t.Errorf("row %s has no second half: %v", p.Key, err)
			}
		}
		for _, err := range tx.Scan("numbers", store.All()) {
			if err != nil {
				return err
			}
			numbers++
		}
		if rows != numbers {
			t.Errorf("%d rows, %d numbers", rows, numbers)
		}
		return nil
	})
}

// Dir is a helper for Open functions: the data file's path in a directory.
func Dir(dir string) string { return filepath.Join(dir, "data.db") }
