package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/backend/backup"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/web/api"
)

// Backup makes a backup at a path, or in a folder under a name with the date. Without a passphrase it opens with what the
// data folder opens with.
func (l *Ledger) Backup(ctx context.Context, path, passphrase string) (backup.Report, error) {
	return backup.Make(ctx, backup.Source{Folder: l.Folder, Books: l.Books, Passphrase: passphrase}, path)
}

// Backup makes a backup of the configuration's data folder. A program that is running on it makes the backup for us.
func Backup(ctx context.Context, c config.Config, log *slog.Logger, path, passphrase string) (r backup.Report, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return r, err
	}
	l, err := Open(ctx, c, log)
	if fault.KindOf(err) == fault.InUse {
		return askBackup(ctx, c, path, passphrase, err)
	}
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.Backup(ctx, path, passphrase)
}

// Restore makes the configuration's data folder of a backup, and proves it.
func Restore(ctx context.Context, c config.Config, log *slog.Logger, src, passphrase string) (*Ledger, backup.Report, error) {
	f, report, err := backup.Restore(ctx, src, backup.Target{Dir: c.Data, Options: folderOptions(c, log), Clock: civil.System(), Passphrase: passphrase})
	if err != nil {
		return nil, report, err
	}
	l, err := assemble(ctx, c, log, f)
	if err != nil {
		return nil, report, err
	}
	now, err := l.head(ctx)
	l.seen.is(now) // a backup that is put back on purpose is what there is from here on
	return l, report, err
}

// Backup makes a backup for the desk: in the folder that was asked for, or in the data folder's own.
func (i programInfo) Backup(ctx context.Context, dir, passphrase string) (api.BackupState, error) {
	if dir == "" {
		dir = i.p.Folder.BackupDir()
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return api.BackupState{}, fault.Wrap(err, fault.Unavailable, "backup.unwritable", "the folder for backups cannot be made; is the disk full?")
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() || !filepath.IsAbs(dir) {
		return api.BackupState{}, fault.Invalidf("backup.folder", "there is no such folder on the computer that Voldaan runs on; give its whole path")
	}
	r, err := i.p.Ledger.Backup(ctx, dir, passphrase)
	return api.BackupState{Name: r.Name, At: r.Created, Bytes: r.Bytes, Verified: r.Verified}, err
}

// Backups are the backups in the data folder, newest first. They were proved when they were made.
func (i programInfo) Backups(context.Context) ([]api.BackupState, error) {
	list, err := backup.List(i.p.Folder.BackupDir())
	out := make([]api.BackupState, len(list))
	for n, r := range list {
		out[n] = api.BackupState{Name: r.Name, At: r.Created, Bytes: r.Bytes, Verified: r.Verified}
	}
	return out, err
}

// The automatic backups of a serving program: one a day, two weeks of them.
const (
	backupEvery = 24 * time.Hour
	backupsKept = 14
	backupRest  = 2 * time.Minute // after the start, which has better things to do
)

// schedule makes the automatic backups. The sample firm needs none.
func (p *Program) schedule(ctx context.Context) error {
	if f, err := p.Firm(ctx); err != nil || isDemo(f) {
		<-ctx.Done()
		return nil
	}
	rest := time.NewTimer(backupRest)
	defer rest.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-rest.C:
	}
	s := backup.Schedule{Source: backup.Source{Folder: p.Folder, Books: p.Books}, Dir: p.Folder.BackupDir(), Every: backupEvery, Keep: backupsKept, Logger: p.Log}
	return s.Run(ctx)
}
