package app

import (
	"context"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/web/api"
)

// Backup makes a backup.
func (i programInfo) Backup(context.Context, string, string) (api.BackupState, error) {
	return api.BackupState{}, fault.New(fault.Unavailable, "backup.soon", "not yet")
}

// Backups are the backups made before.
func (i programInfo) Backups(context.Context) ([]api.BackupState, error) { return nil, nil }
