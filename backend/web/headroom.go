package web

// Headroom is memory that is reserved and never touched, so that it costs address space and no more. While the caller
// holds it the garbage collector waits for that much more garbage before it runs: a server of small pages on a small
// heap would otherwise collect a hundred times a second, which measured a third of the CPU of a page. A constant is
// used, and not a higher GC percentage, because it does not multiply the memory of large imports.
func Headroom() []byte { return make([]byte, 64<<20) }
