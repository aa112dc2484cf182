//go:build headless

package desktop

import (
	"context"

	"github.com/voldaan/voldaan/backend/fault"
)

// Available tells whether this program has a window.
const Available = false

// HasDisplay tells whether there is a screen to show the window on.
func HasDisplay() bool { return false }

// Run refuses: this program was built without a window.
func Run(context.Context, Options) error {
	return fault.New(fault.Unavailable, "desktop.headless", "this program was built without a window; start the servers with: voldaan serve")
}
