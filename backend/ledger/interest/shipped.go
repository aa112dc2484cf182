package interest

import "github.com/voldaan/voldaan/backend/civil"

// Where the shipped rows come from, for people who want to check them.
const (
	ecbSource   = "ECB, main refinancing operations (banque-france.fr, bsi.si)"
	nlSource    = "Besluit wettelijke rente (rijksoverheid.nl, Stb. 2025, 438)"
	deSource    = "Deutsche Bundesbank, Basiszinssatz nach § 247 BGB"
	frSource    = "Taux de l'intérêt légal, professionnels (legifiscal.fr)"
	shippedSeen = "2026-11-21" // the day on which all of them were last compared
)

// Shipped is the table that comes with the program. A change is a new row, never an edit; Verified moves when the sources
// have been looked at again. `make check-rates` fails when that was too long ago.
func Shipped() Table {
	seen := civil.MustParse(shippedSeen)
	t := make(Table, 0, len(halfYears)*2+len(decrees)+1)
	for _, h := range halfYears {
		from := civil.MustParse(h.from)
		t = append(t, Row{Series: ECB, From: from, Basis: h.ecb, Source: ecbSource, Verified: seen},
			Row{Series: DEBase, From: from, Basis: h.de, Source: deSource, Verified: seen})
	}
	for _, d := range decrees {
		t = append(t, Row{Series: NLDecree, From: civil.MustParse(d.from), Basis: d.basis, Source: nlSource, Verified: seen})
	}
	return append(t, Row{Series: FRLegal, From: civil.MustParse("2024-07-01"), Basis: 492, Source: frSource, Verified: civil.MustParse("2024-07-01")})
}

// halfYears are the rates of rulebook 2.2; a half-year without a row kept the rate of the one before.
var halfYears = []struct {
	from    string
	ecb, de int64
}{
	{"2013-01-01", 75, -13}, {"2013-07-01", 50, -38}, {"2014-01-01", 25, -63}, {"2014-07-01", 15, -73},
	{"2015-01-01", 5, -83}, {"2016-07-01", 0, -88}, {"2023-01-01", 250, 162}, {"2023-07-01", 400, 312},
	{"2024-01-01", 450, 362}, {"2024-07-01", 425, 337}, {"2025-01-01", 315, 227}, {"2025-07-01", 215, 127},
	{"2026-01-01", 215, 127}, {"2026-07-01", 240, 152},
}

// decrees are the Dutch consumer rates of rulebook 2.3; on 1 July 2026 it was looked at and stayed 4 %.
var decrees = []struct {
	from  string
	basis int64
}{
	{"2012-07-01", 300}, {"2015-01-01", 200}, {"2023-01-01", 400}, {"2023-07-01", 600}, {"2024-01-01", 700},
	{"2025-01-01", 600}, {"2026-01-01", 400},
}
