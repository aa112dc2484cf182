package api

import (
	"context"
	"time"

	"github.com/voldaan/voldaan/backend/access"
)

// SystemState is the program as it runs.
type SystemState struct {
	Version    string       `json:"version"`
	Commit     string       `json:"commit"`
	DataFolder string       `json:"data_folder"`
	Key        string       `json:"key" enum:"keychain,passphrase,key_file" doc:"What protects the data."`
	KeyWarning string       `json:"key_warning" doc:"How to protect it better; empty when it is well."`
	Started    time.Time    `json:"started"`
	Portal     PortalState  `json:"portal"`
	Search     FollowState  `json:"search"`
	LastBackup *BackupState `json:"last_backup,omitempty"`
}

// PortalState says whether customers can reach the portal.
type PortalState struct {
	Running   bool   `json:"running"`
	Address   string `json:"address" doc:"Where it listens."`
	PublicURL string `json:"public_url" doc:"What links to customers begin with."`
	Error     string `json:"error" doc:"Why it is not running."`
}

// FollowState is how far something that follows the journal has come.
type FollowState struct {
	Seq    uint64 `json:"seq"`
	Behind uint64 `json:"behind"`
}

// BackupState is a backup that was made.
type BackupState struct {
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
	Bytes    int64     `json:"bytes"`
	Verified bool      `json:"verified" doc:"It was restored into a scratch folder and its totals agreed."`
}

// BackupInput asks for a backup.
type BackupInput struct {
	Folder     string `json:"folder,omitempty" maxLength:"1000" doc:"On the computer that Voldaan runs on; its backups folder when left out."`
	Passphrase string `json:"passphrase" minLength:"10" maxLength:"200" doc:"Needed to restore it."`
}

// Verification is the outcome of all checks.
type Verification struct {
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks" nullable:"false"`
}

// Check is one check.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Count  int    `json:"count"`
	Detail string `json:"detail"`
}

func (a *API) system() {
	add(a, op("GET /system", "getSystem", "system", "How the program runs: portal, search, backup, key", access.Read), a.getSystem)
	add(a, op("POST /backups", "createBackup", "system", "Make an encrypted backup and prove that it restores", access.System, 201), a.createBackup)
	add(a, op("GET /backups", "listBackups", "system", "Backups in the backups folder, newest first", access.System), a.listBackups)
	add(a, op("POST /verify", "verify", "system", "Check the journal, balances, indexes and every stored value", access.System), a.verify)
}

type verifyInput struct {
	Body struct {
		Deep bool `json:"deep,omitempty"`
	}
}

func (a *API) getSystem(ctx context.Context, _ *struct{}) (*body[SystemState], error) {
	return answer(a.Program.State(ctx))
}

func (a *API) createBackup(ctx context.Context, in *struct{ Body BackupInput }) (*body[BackupState], error) {
	return answer(a.Program.Backup(ctx, in.Body.Folder, in.Body.Passphrase))
}

func (a *API) listBackups(ctx context.Context, _ *struct{}) (*body[Page[BackupState]], error) {
	list, err := a.Program.Backups(ctx)
	if list == nil {
		list = []BackupState{}
	}
	return answer(Page[BackupState]{Items: list}, err)
}

func (a *API) verify(ctx context.Context, in *verifyInput) (*body[Verification], error) {
	return answer(a.Program.Verify(ctx, in.Body.Deep))
}
