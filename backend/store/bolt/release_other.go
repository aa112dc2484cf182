//go:build !unix || aix || solaris

package bolt

import "os"

// release gives up the file, and with it its lock, of an opening that failed halfway.
func release(f *os.File) { _ = f.Close() }
