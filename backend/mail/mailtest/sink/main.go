// Command sink is an SMTP server for end-to-end tests: it prints its port, then every mail that it accepts, as one line
// of JSON each, until its standard input ends.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/voldaan/voldaan/backend/mail/mailtest"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	s, err := mailtest.Start(mailtest.Plain, "")
	if err != nil {
		return err
	}
	defer s.Close()
	lines := json.NewEncoder(out)
	if err := lines.Encode(map[string]int{"port": s.Port}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		ended <- err
	}()
	for printed := 0; ; {
		arrived := s.Arrived()
		for _, m := range s.Messages()[printed:] {
			if err := lines.Encode(map[string]any{"to": m.To, "from": m.From, "subject": m.Subject(), "text": m.Text, "html": m.HTML}); err != nil {
				return err
			}
			printed++
		}
		select {
		case err := <-ended:
			return err
		case <-arrived:
		}
	}
}
