package app

import "runtime/debug"

// gcPercent is how much garbage a serving program lets grow beside what it uses before it collects: twice as much, where Go's
// own measure is once. Its heap is small and its pages make garbage quickly, so that it would collect many times a second;
// docs/performance.md has what that costs. It is not higher because it multiplies what a large import needs. There is no
// memory limit: books larger than any fixed one would be collected without end. Commands keep Go's measure.
const gcPercent = 200

// settle sets the collector's measure, unless somebody has said another one with GOGC.
func settle() {
	const goOwn = 100
	if was := debug.SetGCPercent(gcPercent); was != goOwn {
		debug.SetGCPercent(was)
	}
}
