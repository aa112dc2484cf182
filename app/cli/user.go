package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/session"
)

type userOptions struct {
	name, email, role string
	stdin             bool
}

func (c *call) userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Members of staff"}
	var o userOptions
	add := &cobra.Command{Use: "add --name NAME --email ADDRESS", Short: "Add a member of staff; the password is asked for, or read from VOLDAAN_USER_PASSWORD or the standard input",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.addUser(cmd.Context(), o) }}
	add.Flags().StringVar(&o.name, "name", "", "name: it stands beside everything they do")
	add.Flags().StringVar(&o.email, "email", "", "e-mail address to sign in with")
	add.Flags().StringVar(&o.role, "role", "admin", "admin, agent or read_only")
	add.Flags().BoolVar(&o.stdin, "password-stdin", false, "read the password from the first line of the standard input")
	cmd.AddCommand(add)
	return cmd
}

func (c *call) addUser(ctx context.Context, o userOptions) (err error) {
	role, err := access.ParseRole(o.role)
	if err != nil {
		return usage{err}
	}
	if o.name == "" || o.email == "" {
		return usage{errors.New("user add needs --name and --email")}
	}
	password, err := c.password(o.stdin)
	if err != nil {
		return err
	}
	l, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	u, err := l.Staff.AddUser(ctx, journal.Meta{Actor: c.actor()}, session.User{Name: o.name, Email: o.email, Role: role}, password)
	if err != nil {
		return err
	}
	return c.print(map[string]string{"id": u.ID.String(), "name": u.Name, "email": u.Email, "role": string(u.Role)},
		fmt.Sprintf(c.text("%s kan zich aanmelden als %s (%s).\n", "%s can sign in as %s (%s).\n"), u.Name, u.Email, u.Role))
}

// password reads a new password: from the environment, the standard input, or twice from a terminal that does not show it.
func (c *call) password(stdin bool) (string, error) {
	if p := c.getenv("VOLDAAN_USER_PASSWORD"); p != "" {
		return p, nil
	}
	f, ok := c.in.(*os.File)
	if stdin || !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.in, 1<<10)).ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return "", usage{errors.New("no password was given: put it in VOLDAAN_USER_PASSWORD or on the standard input")}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return line, nil
	}
	first, err := c.hidden(f, c.text("Wachtwoord: ", "Password: "))
	if err != nil {
		return "", err
	}
	second, err := c.hidden(f, c.text("Nog een keer: ", "Once more: "))
	if err == nil && first != second {
		err = usage{errors.New(c.text("de twee wachtwoorden zijn niet gelijk", "the two passwords differ"))}
	}
	return first, err
}

func (c *call) hidden(f *os.File, prompt string) (string, error) {
	fmt.Fprint(c.err, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(c.err)
	return string(b), err
}
