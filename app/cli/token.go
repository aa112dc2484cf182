package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/voldaan/voldaan/backend/access"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/session"
)

type tokenOptions struct {
	name, user string
	scope      []string
	days       int
}

func (c *call) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "API tokens"}
	var o tokenOptions
	create := &cobra.Command{Use: "create --scope SCOPE", Short: "Make an API token; it is shown once",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.createToken(cmd.Context(), o) }}
	create.Flags().StringSliceVar(&o.scope, "scope", nil, "read, write, import, export, portal, admin, or permissions such as payments.write")
	create.Flags().StringVar(&o.name, "name", "command line", "what it is for")
	create.Flags().StringVar(&o.user, "user", "", "e-mail address of the member of staff whom it acts for; the first admin when left out")
	create.Flags().IntVar(&o.days, "days", 365, "days until it expires")
	cmd.AddCommand(create)
	return cmd
}

func (c *call) createToken(ctx context.Context, o tokenOptions) (err error) {
	scope, err := access.ParseScope(o.scope)
	if err != nil {
		return usage{err}
	}
	l, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	user, err := tokenUser(ctx, l.Staff, o.user)
	if err != nil {
		return err
	}
	t, secret, err := l.Staff.CreateToken(ctx, journal.Meta{Actor: c.actor()}, user.ID, o.name, scope, time.Duration(o.days)*24*time.Hour)
	if err != nil {
		return err
	}
	return c.print(map[string]any{"token": secret, "id": t.ID.String(), "name": t.Name, "user": user.Email, "scope": t.Scope.Names(), "expires_at": t.Expires},
		fmt.Sprintf("%s\n", secret))
}

func tokenUser(ctx context.Context, s *session.Staff, email string) (session.User, error) {
	if email != "" {
		return s.UserByEmail(ctx, email)
	}
	all, err := s.Users(ctx)
	if err != nil {
		return session.User{}, err
	}
	for _, u := range all {
		if u.Role == access.Admin && u.Active && !u.Local {
			return u, nil
		}
	}
	return session.User{}, fault.NotFoundf("user.none", "there is no member of staff yet; add one with voldaan user add")
}
