// Command rates fails when nobody has compared the shipped tables of statutory interest with their sources for seven
// months: a release must not go out with a rate that may have changed. Ordinary tests never depend on the calendar.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger/interest"
)

func main() {
	today := civil.Today(civil.System(), time.UTC)
	stale := interest.Shipped().Stale(today, interest.Kept...)
	for _, s := range stale {
		row, _ := interest.Shipped().At(s, today)
		fmt.Fprintf(os.Stderr, "The rates %q were last compared on %s with: %s. Look there, add rows to backend/ledger/interest/shipped.go, move its date.\n", s, row.Verified, row.Source)
	}
	if len(stale) > 0 {
		os.Exit(1)
	}
}
