// Package canary runs the real program on books with names, addresses, account numbers and invoice numbers that occur
// nowhere else, lets it work and die, and then looks for them in every file it has written: the store, the search index,
// work files, logs, backups and the outbox. A thief who copies the disk must find none.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/voldaan/voldaan/tests/outside"
)

// canaries are the values in the imported files. Each is long and odd enough to occur only if it was written.
var canaries = map[string]string{
	"name":             "Kwekerij Zwaluwstaartje",
	"second name":      "Drukkerij Ooievaarsnest",
	"e-mail":           "facturen@zwaluwstaartje.example",
	"second e-mail":    "kas@ooievaarsnest.example",
	"unknown e-mail":   "vreemdeling@nachtegaaltje.example",
	"IBAN":             "NL02ABNA0123456789",
	"city":             "Wijchmaal-aan-Zee",
	"invoice number":   "QX7-2026-004711",
	"invoice number 2": "QX7-2026-004712",
	"PO":               "PO-8861-KIEVIT",
	"payer":            "Mevrouw Roodborstje",
	"reference":        "betaling wielewaal juni",
	"search":           "zwaluwst",
}

const customersCSV = `Debiteurnr;Naam;E-mail;IBAN;Plaats
88001;Kwekerij Zwaluwstaartje;facturen@zwaluwstaartje.example;NL02ABNA0123456789;Wijchmaal-aan-Zee
88002;Drukkerij Ooievaarsnest;kas@ooievaarsnest.example;;Wijchmaal-aan-Zee
`

const invoicesCSV = `Debiteurnr;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Inkoopnummer
88001;Kwekerij Zwaluwstaartje;QX7-2026-004711;13-01-2026;12-02-2026;1.210,00;PO-8861-KIEVIT
88002;Drukkerij Ooievaarsnest;QX7-2026-004712;14-01-2026;13-02-2026;242,00;
`

// office is the program, its folder and its logs.
type office struct {
	*outside.Program
	t    *testing.T
	work string
	log  *os.File
}

func open(t *testing.T) *office {
	p := outside.New(t)
	o := &office{Program: p, t: t, work: p.Dir}
	for _, dir := range []string{"logs", "tmp"} {
		if err := os.Mkdir(filepath.Join(o.work, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o.Env = []string{"TMPDIR=" + filepath.Join(o.work, "tmp")}
	var err error
	if o.log, err = os.Create(filepath.Join(o.work, "logs", "stderr.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.log.Close() })
	return o
}

// input writes a file that the person has, outside of what is searched.
func (o *office) input(name, content string) string {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

func TestNothingInClear(t *testing.T) {
	o := open(t)
	o.Init("Testbedrijf")
	o.Run("import", o.input("klanten.csv", customersCSV), o.input("facturen.csv", invoicesCSV), "--quiet")
	o.people()
	for _, q := range []string{canaries["search"], canaries["invoice number"]} {
		var hits []struct{ ID string }
		if err := json.Unmarshal(o.Run("search", q, "--json"), &hits); err != nil || len(hits) == 0 {
			t.Errorf("the books do not know %q: the test is blind (%v)", q, err)
		}
	}
	if err := os.Mkdir(filepath.Join(o.work, "backups"), 0o700); err != nil {
		t.Fatal(err)
	}
	o.Run("backup", filepath.Join(o.work, "backups"), "--quiet")
	for _, f := range o.look() {
		t.Error(f)
	}
	// The instrument itself: what is planted must be found.
	if err := os.WriteFile(filepath.Join(o.work, "planted"), []byte("x"+strings.ToUpper(canaries["IBAN"])+"x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if len(o.look()) == 0 {
		t.Error("a planted canary was not found")
	}
}

// people lets people work with the program, and then kills it.
func (o *office) people() {
	o.t.Helper()
	o.Serve(o.log)
	defer o.Kill() // as a power cut would: its work files stay
	var found struct{ Items []struct{ ID, Type string } }
	for range 100 { // until the search index is built
		if o.API(http.MethodGet, "/search?q="+canaries["search"], nil, &found); len(found.Items) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(found.Items) == 0 {
		o.t.Fatal("the customer is not found")
	}
	customer := found.Items[0].ID
	o.Want(http.MethodPost, "/payments", map[string]any{"customer": customer, "date": "2026-02-01", "amount": "10.00", "currency": "EUR", "method": "transfer",
		"payer": canaries["payer"], "reference": canaries["reference"], "oldest": true}, nil)
	// What fails is what gets logged.
	o.API(http.MethodPost, "/payments", map[string]any{"customer": customer, "date": canaries["name"], "amount": canaries["IBAN"], "reference": canaries["reference"]}, nil)
	o.API(http.MethodGet, "/customers/"+url.PathEscape(canaries["invoice number"]), nil, nil)
	for _, mail := range []string{canaries["e-mail"], canaries["unknown e-mail"]} {
		resp, err := o.Client.PostForm(o.Portal+"/sign-in", url.Values{"email": {mail}})
		if err != nil {
			o.t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for _, path := range []string{"/invoices/" + canaries["invoice number"], "/p/" + canaries["PO"], "/" + url.PathEscape(canaries["name"])} {
		resp, err := o.Client.Get(o.Portal + path)
		if err != nil {
			o.t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	time.Sleep(300 * time.Millisecond) // lets followers write what they have
}

// look searches every file below the work folder for every canary in every disguise that a program gives its strings.
func (o *office) look() (findings []string) {
	o.t.Helper()
	files, read, kinds := 0, int64(0), map[string]bool{}
	err := filepath.WalkDir(o.work, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		read += int64(len(content))
		kinds[filepath.Ext(path)] = true
		lower := bytes.ToLower(content)
		rel, err := filepath.Rel(o.work, path)
		if err != nil {
			return err
		}
		for what, value := range canaries {
			for disguise, needle := range disguises(value) {
				hay := lower
				if disguise == "base64" {
					hay = content
				}
				if bytes.Contains(hay, needle) {
					findings = append(findings, rel+" holds the "+what+" ("+disguise+")")
				}
			}
			if strings.Contains(strings.ToLower(rel), strings.ToLower(value)) {
				findings = append(findings, "the file name "+rel+" holds the "+what)
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, want := range []string{".db", ".zap", ".log", ".json", ".voldaan-backup"} {
		if !kinds[want] {
			o.t.Errorf("there is no %s file to look at: the test is blind to it", want)
		}
	}
	o.t.Logf("%d files, %d KB", files, read>>10)
	return findings
}

// disguises are the forms of a value in lower case, except base64, which has its own.
func disguises(value string) map[string][]byte {
	lower := strings.ToLower(value)
	var wide []byte
	for _, u := range utf16.Encode([]rune(lower)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	// The middle of a base64 text does not depend on what stands around the value, in one of three alignments.
	b64 := base64.StdEncoding.EncodeToString([]byte(value))
	return map[string][]byte{
		"as it is":    []byte(lower),
		"wide":        wide,
		"hex":         []byte(hex.EncodeToString([]byte(value))),
		"base64":      []byte(b64[:len(b64)-4]),
		"url-encoded": []byte(strings.ToLower(url.QueryEscape(value))),
		"no spaces":   []byte(strings.NewReplacer(" ", "", "-", "").Replace(lower)),
	}
}
