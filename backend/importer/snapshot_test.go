package importer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/importer"
	"github.com/voldaan/voldaan/backend/ledger"
)

const titles = "Debiteurnr;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Openstaand;Bedrag\n"

// TestSnapshot: a list of everything open settles what it does not name, once, and undo opens it again.
func TestSnapshot(t *testing.T) {
	d := newDesk(t)
	d.apply(d.plan("may.csv", []byte(titles+
		"10001;Jansen Bouw;2026-0001;13-05-2026;12-06-2026;1.210,00;1.210,00\n"+
		"10001;Jansen Bouw;2026-0002;14-05-2026;13-06-2026;310,00;310,00\n"+
		"10002;Van Dam;2026-0003;15-05-2026;14-06-2026;1.000,00;1.000,00\n"), importer.Options{}))
	june := []byte(titles +
		"10001;Jansen Bouw;2026-0001;13-05-2026;12-06-2026;900,00;1.210,00\n" +
		"10003;Hotel De Zon;2026-0004;16-06-2026;16-07-2026;50,00;50,00\n")

	p := d.plan("june.csv", june, importer.Options{})
	if p.Changed != 1 || p.Gone != nil {
		t.Errorf("without snapshot %d change, %v are gone", p.Changed, p.Gone)
	}
	p = d.plan("june.csv", june, importer.Options{Snapshot: true})
	if p.New != 1 || p.Changed != 3 || len(p.Gone) != 1 || p.Gone[0].String() != "1310.00" || !strings.Contains(p.Warnings[0].Message, "EUR 1310.00") {
		t.Errorf("%d new, %d changed, %v gone: %v", p.New, p.Changed, p.Gone, p.Warnings)
	}
	r := d.apply(p)
	if diff := cmp.Diff(map[string]string{"EUR": "950.00"}, d.open("2026-12-31")); diff != "" {
		t.Errorf("open after the snapshot (-want +got):\n%s", diff)
	}
	again := d.plan("june.csv", june, importer.Options{Snapshot: true})
	if again.New+again.Changed != 0 {
		t.Errorf("the same list again: %d new, %d changed", again.New, again.Changed)
	}
	var id ledger.ImportID
	if err := id.UnmarshalText([]byte(r.ImportID)); err != nil {
		t.Fatal(err)
	}
	if err := d.svc.Undo(d.Ctx, d.Meta(), id); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"EUR": "2520.00"}, d.open("2026-12-31")); diff != "" {
		t.Errorf("open after taking it back (-want +got):\n%s", diff)
	}

	// A list with a row that cannot be read settles nothing.
	p = d.plan("bad.csv", []byte(string(june)+"10002;Van Dam;2026-0003;15-05-2026;14-06-2026;niets;1.000,00\n"), importer.Options{Snapshot: true, Partial: true})
	if p.Rejected != 1 || p.Gone != nil {
		t.Errorf("%d rejected, %v gone", p.Rejected, p.Gone)
	}
}
