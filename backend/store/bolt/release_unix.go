//go:build unix && !aix && !solaris

package bolt

import (
	"os"
	"syscall"
)

// release gives up the lock and the file of an opening that failed halfway. Closing is not enough: the map that bbolt
// leaves behind holds on to the file and its lock.
func release(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	_ = f.Close()
}
