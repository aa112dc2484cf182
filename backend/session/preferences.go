package session

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// Bounds of the desk's settings that are kept per user.
const (
	MaxPreference  = 64 << 10
	MaxPreferences = 100
)

type preferenceRecord struct {
	User  ledger.UserID `cbor:"1,keyasint"`
	Name  string        `cbor:"2,keyasint"`
	Value []byte        `cbor:"3,keyasint"`
}

// preferences are the desk's own settings per user: columns, density, theme. They are no fact of the books and are not
// journaled.
var preferences = store.Table[preferenceRecord]{Name: "staff.preferences", Key: func(r *preferenceRecord) []byte {
	return slices.Concat(r.User.Bytes(), []byte(r.Name))
}}

// Preferences are a user's settings of the desk by name.
func (s *Staff) Preferences(ctx context.Context, id ledger.UserID) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	err := s.eng.View(ctx, func(tx store.Tx) error {
		for r, err := range preferences.Scan(tx, store.Prefix(id.Bytes())) {
			if err != nil {
				return err
			}
			out[r.Name] = r.Value
		}
		return nil
	})
	return out, err
}

// SetPreference keeps one setting, a JSON value. The value null forgets it.
func (s *Staff) SetPreference(ctx context.Context, id ledger.UserID, name string, value json.RawMessage) error {
	if len(value) > MaxPreference || !json.Valid(value) {
		return fault.Invalidf("preference.value", "a setting is a JSON value of at most %d KB", MaxPreference>>10)
	}
	r := preferenceRecord{User: id, Name: name, Value: value}
	return s.eng.Update(ctx, func(tx store.Tx) error {
		if string(value) == "null" {
			return tx.Delete(preferences.Name, preferences.Key(&r))
		}
		n := 0
		for p, err := range tx.Scan(preferences.Name, store.Prefix(id.Bytes())) {
			if err != nil {
				return err
			}
			if string(p.Key) != string(preferences.Key(&r)) {
				n++
			}
		}
		if n >= MaxPreferences {
			return fault.Invalidf("preference.many", "at most %d settings are kept", MaxPreferences)
		}
		return preferences.Put(tx, &r)
	})
}
