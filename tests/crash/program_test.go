package crash

import (
	"net/http"
	"sync"
	"testing"

	"github.com/voldaan/voldaan/tests/outside"
)

// campaign is the program under test and the list of what it confirmed.
type campaign struct {
	*outside.Program
	customer string

	mu       sync.Mutex
	invoices map[string]string // number -> total
	payments map[string]string // our reference -> amount
	imports  map[string]bool   // file name
	online   map[string]string // the provider's id -> amount
	links    []string          // pay links of invoices that are open
}

// start makes a data folder with a customer and a token, and starts a simulator of its own.
func start(t *testing.T) *campaign {
	c := &campaign{Program: outside.New(t), invoices: map[string]string{}, payments: map[string]string{}, imports: map[string]bool{}, online: map[string]string{}}
	c.Init("Bakkerij De Korenaar")
	c.Simulate()
	return c
}

// serve starts the program after a crash.
func (c *campaign) serve() {
	c.T.Helper()
	c.Serve(nil)
	if c.customer == "" {
		var made struct{ ID string }
		c.Want(http.MethodPost, "/customers", map[string]any{"number": "007", "name": "Jansen Bouw B.V.", "email": "jansen@example.nl", "language": "nl"}, &made)
		c.customer = made.ID
	}
}

// api calls the staff API. ok is false when the program died before it answered; a refusal is an error of the test.
func (c *campaign) api(method, path string, in, out any) (status int, ok bool) {
	c.T.Helper()
	status, ok = c.API(method, path, in, out)
	if status >= 400 {
		c.T.Errorf("%s %s: %d", method, path, status)
	}
	return status, ok
}
