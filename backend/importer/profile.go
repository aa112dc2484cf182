package importer

import (
	"context"

	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
)

// ProfileStore keeps profiles as opaque bytes under a short key, per firm.
type ProfileStore interface {
	// ImportProfiles is every stored profile of the firm by key.
	ImportProfiles(ctx context.Context, firm ledger.FirmID) (map[string][]byte, error)
	// PutImportProfile stores a profile; nil removes it.
	PutImportProfile(ctx context.Context, m journal.Meta, key string, profile []byte) error
}

// Profile is a mapping that a person has approved, recognised the next time by the column titles.
type Profile struct {
	Name        string     `json:"name"`
	Fingerprint string     `json:"fingerprint"`
	Kind        Kind       `json:"kind"`
	Mapping     []Override `json:"mapping"` // by title
	DateOrder   DateOrder  `json:"date_order,omitempty"`
	Decimal     string     `json:"decimal,omitempty"`
	Currency    string     `json:"currency,omitempty"`
}
