// Command voldaan is accounts receivable for small firms: the desk for the staff, the portal for their customers and
// the command line, over one encrypted ledger on the firm's own computer. Everything is put together in package app.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/voldaan/voldaan/app/cli"
)

func main() { os.Exit(run()) }

// run ends the program's context at the first interrupt or SIGTERM, so that servers stop cleanly; a second one kills.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	return cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
