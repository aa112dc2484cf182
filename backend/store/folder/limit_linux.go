package folder

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// limitMemory bounds the address space that this process may add to what it has: a damaged length can ask for any amount
// of memory, and the checker had better end than take the computer with it. What it has counts apart, because the libraries
// of the window alone reserve gigabytes, and a checker that cannot start a thread would call a sound file damaged.
func limitMemory(more uint64) {
	text, err := os.ReadFile("/proc/self/statm")
	size, _, _ := bytes.Cut(text, []byte(" "))
	pages, parseErr := strconv.ParseUint(string(size), 10, 40)
	if err != nil || parseErr != nil {
		return // without the limit the check is still right
	}
	limit := pages*uint64(os.Getpagesize()) + more
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit}) // the same
}
