//go:build unix

package folder

import "syscall"

// limitMemory bounds the address space of this process: a damaged length can ask for any amount of memory, and the
// checker had better end than take the computer with it.
func limitMemory(bytes uint64) {
	limit := syscall.Rlimit{Cur: bytes, Max: bytes}
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &limit) // without the limit the check is still right
}
