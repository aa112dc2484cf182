// Package frontend is everything a person looks at, embedded in the program.
//
// The desk is built by Vite into desk/dist before the program is; a program that was built without it (go build on a
// fresh clone) still works as a server and says so where the desk would be: see DeskBuilt. Nothing below this folder
// imports backend/, apart from backend/money and backend/civil.
package frontend

import (
	"embed"
	"encoding/json"
	"io/fs"
	"sync"
)

//go:embed all:desk/dist
var desk embed.FS

//go:embed all:portal/static
var portal embed.FS

//go:embed icon.png
var icon []byte

//go:embed desk/src/i18n/codes.nl.json
var dutch []byte

// Icon is the program's icon, 256 pixels square, PNG.
func Icon() []byte { return icon }

// Dutch are the words for what the program says, by code of the error or finding: {name} in them stands for a value of
// the message. The desk reads the same file.
var Dutch = sync.OnceValue(func() (words map[string]string) {
	if err := json.Unmarshal(dutch, &words); err != nil {
		panic("frontend: " + err.Error()) // a test reads it, too
	}
	return words
})

// Desk is the built staff app, index.html at the root.
func Desk() fs.FS { return sub(desk, "desk/dist") }

// DeskBuilt reports whether the staff app was built into this program.
func DeskBuilt() bool {
	_, err := fs.Stat(Desk(), "index.html")
	return err == nil
}

// PortalStatic is what the portal serves under /assets/: styles, scripts, fonts and images.
func PortalStatic() fs.FS { return sub(portal, "portal/static") }

func sub(fsys embed.FS, dir string) fs.FS {
	s, err := fs.Sub(fsys, dir)
	if err != nil {
		panic("frontend: " + err.Error()) // the folder is named by the embed directive above: it cannot be missing
	}
	return s
}
