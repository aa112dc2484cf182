// Package cli is the command line: one file per command, each an options struct, its flags, and a function that runs.
//
// Output goes to the writers that Run is given. With --json exactly one JSON document goes to the standard output, also
// when the command fails ({"error": …}); logs, warnings and progress go to the standard error. Amounts in JSON are strings
// in major units, dates YYYY-MM-DD, instants RFC 3339 in UTC.
//
// Exit codes: 0 done; 1 failed; 2 wrong usage; 3 input rejected, nothing changed; 4 accepted in part (only with
// --partial); 5 integrity problem found; 6 data folder in use; 7 not found.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/app"
	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/frontend"
)

// Exit codes.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitRejected  = 3
	exitPartial   = 4
	exitIntegrity = 5
	exitInUse     = 6
	exitNotFound  = 7
)

// call is one run of the program: its streams and the flags that all commands share.
type call struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string

	data, asOf, lang string
	json, quiet      bool

	config config.Config
	log    *slog.Logger
}

// Run runs a command line and returns the exit code. It ends early, and cleanly, when ctx does.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	if code, is := folder.Child(errOut); is {
		return code
	}
	c := &call{in: in, out: out, err: errOut, getenv: os.Getenv}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return c.finish(root.ExecuteContext(ctx))
}

// exit is an error whose report has been printed already: only the code is left.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usage is a wrong command line.
type usage struct{ error }

// Unwrap is what was wrong, which may have words for people.
func (u usage) Unwrap() error { return u.error }

// finish prints an error and finds the exit code.
func (c *call) finish(err error) int {
	var e exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return int(e)
	}
	f := fault.As(err)
	code := codeOf(err)
	if code == exitUsage {
		f = &fault.Error{Kind: fault.Invalid, Code: "cli.usage", Message: err.Error()}
		var own *fault.Error
		if errors.As(err, &own) {
			f = own
		}
	}
	if c.log != nil && f.Kind == fault.Internal {
		c.log.Error("the command failed", slog.Any("error", err))
	}
	if c.json {
		type field struct {
			Name    string `json:"name"`
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		fields := []field{}
		for _, x := range f.Fields {
			x.Message = c.said(x.Code, x.Message, f.Params)
			fields = append(fields, field(x))
		}
		_ = c.printJSON(map[string]any{"error": map[string]any{"code": f.Code, "message": c.said(f.Code, f.Message, f.Params), "fields": fields}}) // nothing is left to do when this fails
	} else {
		fmt.Fprintf(c.err, "voldaan: %s\n", c.said(f.Code, f.Message, f.Params))
	}
	return code
}

func codeOf(err error) int {
	var u usage
	if errors.As(err, &u) {
		return exitUsage
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.TooLarge:
		return exitRejected
	case fault.Integrity:
		return exitIntegrity
	case fault.InUse:
		return exitInUse
	case fault.NotFound:
		return exitNotFound
	}
	return exitFailed
}

func (c *call) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "voldaan",
		Short:             "Accounts receivable: the desk, the customers' portal and the command line",
		SilenceUsage:      true,
		SilenceErrors:     true,
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return c.prepare(config.Flags{}) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return c.window(cmd.Context(), windowOptions{}) },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&c.data, "data", "", "data folder (VOLDAAN_DATA)")
	flags.BoolVar(&c.json, "json", false, "one JSON document on the standard output")
	flags.StringVar(&c.asOf, "as-of", "", "what today is, for reports: YYYY-MM-DD")
	flags.BoolVar(&c.quiet, "quiet", false, "no progress and no hints")
	flags.StringVar(&c.lang, "lang", "", "language: nl or en (of a statement also fr or de)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	root.AddCommand(c.initCommand(), c.serveCommand(), c.demoCommand(), c.customersCommand(), c.invoicesCommand(), c.paymentsCommand(),
		c.importCommand(), c.exportCommand(), c.statementCommand(), c.searchCommand(), c.reportCommand(), c.linkCommand(), c.verifyCommand(), c.backupCommand(), c.restoreCommand(), c.userCommand(), c.tokenCommand(), c.mollieCommand(), c.versionCommand())
	checkArgs(root)
	return root
}

// checkArgs makes wrong arguments of every command a usage error.
func checkArgs(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil {
		check = cobra.NoArgs
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage{err}
		}
		return nil
	}
	if cmd.HasSubCommands() && cmd.RunE == nil {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			return usage{fmt.Errorf("say what to do: %s --help lists it", cmd.CommandPath())}
		}
	}
	for _, sub := range cmd.Commands() {
		checkArgs(sub)
	}
}

// prepare reads the configuration. Commands with addresses of their own call it again with them.
func (c *call) prepare(f config.Flags) error {
	f.Data, f.Language = c.data, c.lang
	cfg, err := config.Load(f, c.getenv)
	if err != nil {
		return usage{err}
	}
	if _, err := c.today(civil.Date(1)); err != nil {
		return usage{err}
	}
	c.config = cfg
	c.log = slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: cfg.LogLevel}))
	return nil
}

// today is the date of --as-of, or the given one.
func (c *call) today(otherwise civil.Date) (civil.Date, error) {
	if c.asOf == "" {
		return otherwise, nil
	}
	return civil.Parse(c.asOf)
}

// text picks the words of the person's language.
func (c *call) text(nl, en string) string {
	if c.config.Language == "nl" {
		return nl
	}
	return en
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// said is what the program says by a code, in the person's language, else in its own words: English, and complete. A
// sentence that wants a value which is not there is no better than those.
func (c *call) said(code, words string, params map[string]string) string {
	text, ok := frontend.Dutch()[code]
	language := cmp.Or(c.config.Language, c.lang) // the settings are not read yet where the command line is wrong
	if language != "nl" || !ok {
		return words
	}
	whole := true
	text = placeholder.ReplaceAllStringFunc(text, func(name string) string {
		v, ok := params[name[1:len(name)-1]]
		whole = whole && ok
		return strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return '\ufffd' // a value comes from outside: it does not steer the terminal
		}, v)
	})
	if !whole {
		return words
	}
	return text
}

// open opens the ledger for a command.
func (c *call) open(ctx context.Context) (*app.Ledger, error) {
	return app.Open(ctx, c.config, c.log)
}

// with opens the ledger and its firm, runs fn on them and closes.
func (c *call) with(ctx context.Context, fn func(*app.Ledger, ledger.Firm) error) (err error) {
	l, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	f, err := l.Firm(ctx)
	if err != nil {
		return err
	}
	return fn(l, f)
}

// firmToday is the firm's date, or that of --as-of.
func (c *call) firmToday(ctx context.Context, l *app.Ledger, f ledger.Firm) (day civil.Date, err error) {
	err = l.Books.View(ctx, func(r *books.Reader) error {
		day, err = r.Today(f.ID)
		return err
	})
	if err != nil {
		return 0, err
	}
	return c.today(day)
}

// actor is who the journal says it was.
func (c *call) actor() journal.Actor { return journal.Actor{Kind: journal.CLI, Name: app.Hostname()} }

func (c *call) meta(f ledger.Firm) journal.Meta { return journal.Meta{Firm: f.ID, Actor: c.actor()} }

func (c *call) printJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
