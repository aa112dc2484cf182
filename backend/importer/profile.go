package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
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

// profileKey is where a profile is stored: one per name, whatever its case.
func profileKey(name string) string { return "profile/" + plainTitle(name) }

// Profiles are the firm's saved mappings, by name.
func (s *Service) Profiles(ctx context.Context, firm ledger.FirmID) ([]Profile, error) {
	if s.profiles == nil {
		return nil, nil
	}
	stored, err := s.profiles.ImportProfiles(ctx, firm)
	if err != nil {
		return nil, err
	}
	var out []Profile
	for key, b := range stored {
		var p Profile
		if err := json.Unmarshal(b, &p); err != nil {
			return nil, fault.Wrap(err, fault.Integrity, "import.profile_damaged", fmt.Sprintf("The import profile %q cannot be read.", key))
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// SaveProfile remembers how the plan's columns were understood, corrections included, under a name. The next file with
// the same titles is read the same way.
func (s *Service) SaveProfile(ctx context.Context, m journal.Meta, p *Plan, name string) (Profile, error) {
	name = strings.TrimSpace(name)
	switch {
	case s.profiles == nil:
		return Profile{}, fault.New(fault.Unavailable, "import.no_profiles", "Profiles cannot be saved here.")
	case plainTitle(name) == "" || len(name) > 80:
		return Profile{}, fault.Invalidf("import.profile_name", "A profile needs a name of at most 80 characters.")
	case p.Refusal != nil || p.HeaderRow == 0:
		return Profile{}, fault.Invalidf("import.profile_refused", "Only a file that could be read can become a profile.")
	}
	prof := Profile{Name: name, Fingerprint: p.Fingerprint, Kind: p.Kind, DateOrder: p.opts.DateOrder, Decimal: p.opts.Decimal, Currency: string(p.opts.Currency)}
	seen := map[string]bool{}
	for _, c := range p.Columns {
		field := c.Field
		if field == "" {
			field = FieldIgnore
		}
		column := c.Title
		if column == "" || seen[plainTitle(column)] {
			column = c.Letter // no title, or the title of another column too
		}
		seen[plainTitle(c.Title)] = true
		prof.Mapping = append(prof.Mapping, Override{column, field})
	}
	b, err := json.Marshal(prof)
	if err != nil {
		return prof, err
	}
	return prof, s.profiles.PutImportProfile(ctx, m, profileKey(name), b)
}

// RemoveProfile forgets a profile.
func (s *Service) RemoveProfile(ctx context.Context, m journal.Meta, name string) error {
	if s.profiles == nil {
		return fault.NotFoundf("import.no_profile", "There is no import profile called %q.", name)
	}
	return s.profiles.PutImportProfile(ctx, m, profileKey(name), nil)
}
