//go:build !headless

package desktop

import (
	"runtime"

	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
	wails_runtime "github.com/wailsapp/wails/v2/pkg/runtime"
)

// texts are the few words that the window itself says; the page has its own languages.
type texts struct {
	file, importFiles, folder, quit         string
	view, reload, full, help, about, choose string
	tables, paid, aboutText                 string
}

var (
	english = texts{file: "File", importFiles: "Import…", folder: "Show the data folder", quit: "Quit",
		view: "View", reload: "Reload", full: "Full screen", help: "Help", about: "About Voldaan",
		choose: "Choose files to import", tables: "Tables (CSV, Excel)", paid: "Payment received",
		aboutText: "Accounts receivable for small firms. MIT licence."}
	dutch = texts{file: "Bestand", importFiles: "Importeren…", folder: "Gegevensmap tonen", quit: "Afsluiten",
		view: "Beeld", reload: "Opnieuw laden", full: "Volledig scherm", help: "Help", about: "Over Voldaan",
		choose: "Kies bestanden om te importeren", tables: "Tabellen (CSV, Excel)", paid: "Betaling ontvangen",
		aboutText: "Debiteurenbeheer voor kleine bedrijven. MIT-licentie."}
)

func textsFor(language string) texts {
	if language == "nl" {
		return dutch
	}
	return english
}

// menu is the window's native menu. Its shortcuts are ones that the page does not use.
func (w *window) menu() *menu.Menu {
	t := w.texts
	m := menu.NewMenu()
	if runtime.GOOS == "darwin" {
		m.Append(menu.AppMenu())
	}
	file := m.AddSubmenu(t.file)
	file.AddText(t.importFiles, keys.CmdOrCtrl("o"), func(*menu.CallbackData) { go w.chooseImport() })
	file.AddText(t.folder, nil, func(*menu.CallbackData) { go w.showFolder() })
	file.AddSeparator()
	file.AddText(t.quit, keys.CmdOrCtrl("q"), func(*menu.CallbackData) { w.quit(w.ctx) })
	if runtime.GOOS == "darwin" {
		m.Append(menu.EditMenu())
	}
	view := m.AddSubmenu(t.view)
	view.AddText(t.reload, keys.CmdOrCtrl("r"), func(*menu.CallbackData) { wails_runtime.WindowReload(w.ctx) })
	view.AddText(t.full, keys.Key("f11"), func(*menu.CallbackData) { w.toggleFullScreen() })
	help := m.AddSubmenu(t.help)
	help.AddText(t.about, nil, func(*menu.CallbackData) { go w.about() })
	return m
}

func (w *window) chooseImport() {
	paths, err := w.native.OpenFiles()
	if err != nil {
		w.options.Log.WarnContext(w.ctx, "no file dialog", "error", err)
		return
	}
	w.dropped(paths)
}

func (w *window) showFolder() {
	if err := w.native.OpenFolder(""); err != nil {
		w.options.Log.WarnContext(w.ctx, "the folder was not shown", "error", err)
	}
}

func (w *window) toggleFullScreen() {
	if wails_runtime.WindowIsFullscreen(w.ctx) {
		wails_runtime.WindowUnfullscreen(w.ctx)
		return
	}
	wails_runtime.WindowFullscreen(w.ctx)
}

func (w *window) about() {
	_, err := wails_runtime.MessageDialog(w.ctx, wails_runtime.MessageDialogOptions{
		Type: wails_runtime.InfoDialog, Title: w.texts.about, Message: w.texts.aboutText})
	if err != nil {
		w.options.Log.WarnContext(w.ctx, "a message was not shown", "error", err)
	}
}
