package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// progress draws a bar on a terminal; anywhere else, and with --quiet or --json, it draws nothing.
type progress struct {
	w    io.Writer
	last int
}

func (c *call) progress() *progress {
	f, ok := c.err.(*os.File)
	if !ok || c.quiet || c.json || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{w: f, last: -1}
}

const barWidth = 30

// show draws how far a step has come. all is 0 while it is not known.
func (p *progress) show(step string, done, all int) {
	if p.w == nil {
		return
	}
	if all <= 0 {
		fmt.Fprintf(p.w, "\r%-12s %d", step, done)
		return
	}
	if percent := done * 100 / all; percent != p.last {
		p.last = percent
		full := done * barWidth / all
		fmt.Fprintf(p.w, "\r%-12s [%s%s] %3d%%", step, strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), percent)
	}
}

// end clears the line.
func (p *progress) end() {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", 60))
	}
}
