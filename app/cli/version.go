package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
)

func (c *call) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Version, commit and build tags", RunE: func(*cobra.Command, []string) error {
		commit, tags := app.Build()
		if c.json {
			return c.printJSON(map[string]string{"version": app.Version(), "commit": commit, "tags": tags})
		}
		_, err := fmt.Fprintf(c.out, "voldaan %s %s %s\n", app.Version(), commit, tags)
		return err
	}}
}
