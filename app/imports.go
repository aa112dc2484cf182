package app

import (
	"context"
	"slices"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Importer reads files into the books. What a person has said about a file's columns is kept beside them.
func (l *Ledger) Importer() *importer.Service { return importer.New(l.Books, importProfiles{l}, l.Log) }

// Rehearse hands out an importer that does everything as it would be done, over the books instead of in them.
func (l *Ledger) Rehearse(ctx context.Context, fn func(*importer.Service) error) error {
	return l.Folder.TryOut(func(eng store.Engine) error {
		b, err := books.Open(ctx, eng, l.Books.Clock())
		if err != nil {
			return err
		}
		return fn(importer.New(b, importProfiles{l}, l.Log))
	})
}

type profileRecord struct {
	Firm  ledger.FirmID `cbor:"1,keyasint"`
	Name  string        `cbor:"2,keyasint"`
	Value []byte        `cbor:"3,keyasint"`
}

// profiles are found by firm and a blinded name: keys are not sealed.
var profiles = store.Table[profileRecord]{Name: "import_profiles"}

func profileKey(tx store.Tx, firm ledger.FirmID, name string) []byte {
	name16 := tx.Blind("import.profile", name)
	return slices.Concat(firm.Bytes(), name16[:])
}

// importProfiles keeps import profiles in the store, with an entry in the journal for each change.
type importProfiles struct{ l *Ledger }

// ImportProfiles are the firm's profiles by name.
func (p importProfiles) ImportProfiles(ctx context.Context, firm ledger.FirmID) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := p.l.Folder.Store.View(ctx, func(tx store.Tx) error {
		for r, err := range profiles.Scan(tx, store.Prefix(firm.Bytes())) {
			if err != nil {
				return err
			}
			out[r.Name] = r.Value
		}
		return nil
	})
	return out, err
}

// PutImportProfile keeps a profile; nil forgets it.
func (p importProfiles) PutImportProfile(ctx context.Context, m journal.Meta, name string, value []byte) error {
	_, err := p.l.Books.Log().Update(ctx, m, "import.profile_changed", value, func(tx *journal.Tx) error {
		key := profileKey(tx, m.Firm, name)
		t := profiles
		t.Key = func(*profileRecord) []byte { return key }
		tx.Subject(m.Firm.Bytes())
		if value == nil {
			return tx.Delete(t.Name, key)
		}
		return t.Put(tx, &profileRecord{Firm: m.Firm, Name: name, Value: value})
	})
	return err
}
