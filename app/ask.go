package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"

	"github.com/voldaan/voldaan/app/config"
	"github.com/voldaan/voldaan/app/control"
	"github.com/voldaan/voldaan/backend/backup"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/store/keys"
)

// question is what a command asks the running program over the control socket, and reply what it says.
type (
	question struct {
		Do         string `json:"do"`
		Path       string `json:"path"`
		Passphrase string `json:"passphrase,omitempty"`
	}
	reply struct {
		Backup backup.Report     `json:"backup"`
		Kind   fault.Kind        `json:"kind,omitempty"` // of the error, when Code is not empty
		Code   string            `json:"code,omitempty"`
		Text   string            `json:"text,omitempty"`
		Params map[string]string `json:"params,omitempty"`
	}
)

const doBackup = "backup"

// startControl opens the control socket. A program without one goes on: commands then say who has the folder.
func (p *Program) startControl(run context.Context) {
	s, err := control.Listen(p.Folder.Dir(), p.Folder.Keys, p.obey, p.Log)
	if err != nil {
		p.Log.LogAttrs(run, slog.LevelWarn, "there is no control socket; no command can make a backup while the program runs", slog.Any("error", err))
		return
	}
	p.control = s
	p.keep(run, "control socket", s.Run)
}

// obey does what a command asks. It is what the person at the keyboard could do with the folder themselves: they have proved
// that they can open it.
func (p *Program) obey(ctx context.Context, request []byte) []byte {
	var q question
	var r reply
	err := guard(ctx, func(ctx context.Context) (err error) {
		if err := json.Unmarshal(request, &q); err != nil || q.Do != doBackup {
			return fault.Invalidf("control.unknown", "The running program does not know how to do this: it is another version. Stop it, and try again.")
		}
		r.Backup, err = p.Ledger.Backup(ctx, q.Path, q.Passphrase)
		return err
	})
	if err != nil {
		f := fault.As(err)
		p.Log.LogAttrs(ctx, slog.LevelError, "a backup that a command asked for has failed", slog.String("code", f.Code), slog.Any("error", err))
		r = reply{Kind: f.Kind, Code: f.Code, Text: f.Message, Params: f.Params}
	}
	b, err := json.Marshal(r)
	if err != nil {
		p.Log.LogAttrs(ctx, slog.LevelError, "the answer to a command could not be written", slog.Any("error", err))
	}
	return b
}

// askBackup has the backup made by the program that holds the folder. held is the error of the folder in use: the answer
// where nobody can be asked.
func askBackup(ctx context.Context, c config.Config, path, passphrase string, held error) (backup.Report, error) {
	who, ok := holder(c.Data, held)
	if !ok || who.Control == "" {
		return backup.Report{}, held
	}
	w, err := keys.Read(c.Data)
	if err != nil {
		return backup.Report{}, err
	}
	k, err := w.Unwrap(ctx, keyOptions(c))
	if err != nil {
		return backup.Report{}, err
	}
	request, err := json.Marshal(question{Do: doBackup, Path: path, Passphrase: passphrase})
	if err != nil {
		return backup.Report{}, err
	}
	answer, err := control.Ask(ctx, who.Control, k, request)
	if errors.Is(err, control.ErrNobody) {
		return backup.Report{}, held
	}
	if err != nil {
		return backup.Report{}, err
	}
	var r reply
	if err := json.Unmarshal(answer, &r); err != nil {
		return backup.Report{}, fault.Wrap(err, fault.Unavailable, "control.unknown", "The running program gave an answer that this one does not understand: it is another version. Stop it, and try again.")
	}
	if r.Code != "" {
		return backup.Report{}, &fault.Error{Kind: r.Kind, Code: r.Code, Message: r.Text, Params: r.Params}
	}
	// A service may see other files under the same name than who asks it.
	if info, err := os.Stat(r.Backup.Path); err != nil || info.Size() != r.Backup.Bytes {
		return backup.Report{}, fault.Wrap(err, fault.Unavailable, "backup.elsewhere", "The running program made the backup, but it is not to be found here at "+r.Backup.Path+": the program sees other folders (a service with folders of its own). Choose a folder that both see.")
	}
	return r.Backup, nil
}
