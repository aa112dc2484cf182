// Command gen writes the OpenAPI description of the staff API to frontend/desk/src/api/openapi.json, from which the
// desk's TypeScript types are generated. Run it from the project's root: go run ./backend/web/api/gen
package main

import (
	"fmt"
	"os"

	"github.com/voldaan/voldaan/backend/web/api"
)

func main() {
	b, err := api.Describe()
	if err == nil {
		err = os.WriteFile("frontend/desk/src/api/openapi.json", b, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
