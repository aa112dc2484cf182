// Package app is the program: the only place where its parts are wired together.
//
//   - Ledger is an open data folder with everything that reads and writes it; commands that need no servers use it.
//   - Program is a Ledger that serves: the two listeners, what follows the journal, what polls the payment provider.
//
// app/cli turns command lines into calls of this package, app/desktop shows a Program in a window.
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/demo"
	"github.com/voldaan/voldaan/backend/dunning"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/backend/requests"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/store/folder"
	"github.com/voldaan/voldaan/backend/store/keys"
)

// version and commit are set by the linker.
var version, commit = "", ""

// Version is the program's version; the commit where the linker set none.
func Version() string {
	if version != "" {
		return version
	}
	return "dev"
}

// Build is the commit and the tags that the program was built with.
func Build() (rev, tags string) {
	rev = commit
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return rev, ""
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			rev = s.Value
		case "-tags":
			tags = s.Value
		}
	}
	return rev, tags
}

// Ledger is an open data folder.
type Ledger struct {
	Config config.Config
	Log    *slog.Logger
	Folder *folder.Folder
	Books  *books.Books
	Staff  *session.Staff
	Portal *session.Portal

	seen     *seen
	portalAt string // "http://127.0.0.1:8480" while the portal runs
}

func keyOptions(c config.Config) keys.Options {
	return keys.Options{Passphrase: c.Passphrase, KeyFile: c.KeyFile, ConfigDir: c.ConfigDir, Keychain: keys.System()}
}

func folderOptions(c config.Config, log *slog.Logger) folder.Options {
	return folder.Options{
		Keys:   keyOptions(c),
		Logger: log,
		Check:  folder.CheckInChild,
	}
}

// Open opens the data folder of the configuration. One process at a time may have it: else fault.InUse. A data file that is
// older than what this computer has seen of it is a fault.Integrity.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (*Ledger, error) {
	l, err := open(ctx, c, log)
	if err != nil {
		return nil, err
	}
	if err := l.rolledBack(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// open is Open without looking whether the data file is an older one.
func open(ctx context.Context, c config.Config, log *slog.Logger) (*Ledger, error) {
	if !folder.Exists(c.Data) {
		return nil, noFolder(c.Data)
	}
	f, err := folder.Open(ctx, c.Data, folderOptions(c, log))
	if err != nil {
		if fault.KindOf(err) == fault.InUse {
			err = inUse(c.Data, err)
		}
		return nil, err
	}
	return assemble(ctx, c, log, f)
}

// Create makes the data folder of the configuration, without a firm.
func Create(ctx context.Context, c config.Config, log *slog.Logger) (*Ledger, error) {
	f, err := folder.Create(ctx, c.Data, folderOptions(c, log))
	if err != nil {
		return nil, err
	}
	l, err := assemble(ctx, c, log, f)
	if err == nil {
		l.seen.sound.Store(true) // there is nothing yet that it could be behind
	}
	return l, err
}

// Exists reports whether the configuration's data folder is there.
func Exists(c config.Config) bool { return folder.Exists(c.Data) }

func assemble(ctx context.Context, c config.Config, log *slog.Logger, f *folder.Folder) (*Ledger, error) {
	b, err := books.Open(ctx, f.Store, civil.System())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	for _, cover := range []func(*books.Books){session.Cover, mail.Cover, requests.Cover, dunning.Cover} {
		cover(b)
	}
	return &Ledger{Config: c, Log: log, Folder: f, Books: b, seen: newSeen(c, f, log), Staff: session.NewStaff(b.Log(), b.IDs(), session.DefaultCost()),
		Portal: session.NewPortal(b)}, nil
}

// Close closes the data folder, and keeps how far it has come.
func (l *Ledger) Close() error {
	now, err := l.head(context.Background())
	if closing := l.Folder.Close(); closing != nil || err != nil {
		return closing // damaged books have been reported by whoever met the damage
	}
	l.seen.write(now) // everything is durable now
	return nil
}

// Firm is the firm that commands are about: the first that is not archived.
func (l *Ledger) Firm(ctx context.Context) (f ledger.Firm, err error) {
	err = l.Books.View(ctx, func(r *books.Reader) error {
		all, err := r.Firms()
		if err != nil {
			return err
		}
		for _, f = range all {
			if !f.Archived {
				return nil
			}
		}
		return fault.Conflictf("firm.none", "there is no firm in this data folder yet; start the program and do the first run")
	})
	return f, err
}

// LoadSample fills an empty ledger with the sample firm. progress may be nil.
func (l *Ledger) LoadSample(ctx context.Context, actor journal.Actor, progress func(done, all int)) (ledger.Firm, error) {
	f, err := demo.Build(ctx, l.Folder.Store, l.Books.Clock().Now(), progress)
	if err != nil {
		return f, err
	}
	// The sample was written through books of its own: this entry is what wakes the followers of these ones.
	return l.Books.UpdateFirm(ctx, journal.Meta{Firm: f.ID, Actor: actor}, f)
}

// protection is what the key of the data folder is protected by, and how that could be better.
func (l *Ledger) protection() (by, warning string, err error) {
	w, err := keys.Read(l.Folder.Dir())
	if err != nil {
		return "", "", err
	}
	switch w.By {
	case keys.ByKeychain:
		return "keychain", "", nil
	case keys.ByPassphrase:
		return "passphrase", "", nil
	case keys.ByConfigFile:
		return "key_file", "The key lies in a file on this computer: whoever copies the data folder and the config folder can read everything. A keychain or a passphrase (VOLDAAN_PASSPHRASE) protects better.", nil
	}
	return "key_file", "", nil
}

// isDemo recognises the sample firm.
func isDemo(f ledger.Firm) bool {
	return f.Name == demo.Firm().Name && f.ChamberNo == demo.Firm().ChamberNo
}

// Hostname is the computer's name, for the journal.
func Hostname() string {
	h, err := os.Hostname()
	if err != nil {
		return ""
	}
	return h
}
