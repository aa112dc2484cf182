//go:build !unix

package folder

// limitMemory has nothing to limit with on this system.
func limitMemory(uint64) {}
