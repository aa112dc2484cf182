package importer

import "testing"

func TestTermDays(t *testing.T) {
	for _, c := range []struct {
		in   string
		days int
		ok   bool
	}{
		{"30", 30, true}, {"Net 30", 30, true}, {"NET30", 30, true}, {"30 dagen netto", 30, true}, {"14 Tage", 14, true}, {"Binnen 14 dagen", 14, true},
		{"2/10 net 30", 30, true}, {"2% 10, net 30", 30, true}, {"1/10 n/30", 30, true}, {"8 dagen 2%, 30 dagen netto", 30, true}, {"30d", 30, true},
		{"45 jours", 45, true}, {"Due on receipt", 0, true}, {"à réception", 0, true}, {"Per direct", 0, true}, {"sofort ohne Abzug", 0, true},
		{"CA10", 0, false}, {"NAH4", 0, false}, {"30 days end of month", 0, false}, {"30 jours fin de mois", 0, false}, {"", 0, false},
		{"Standaard", 0, false}, {"2026", 0, false}, {"900", 0, false}, {"ZB30", 0, false}, {"0", 0, true},
	} {
		if days, ok := termDays(c.in); days != c.days && c.ok || ok != c.ok {
			t.Errorf("%q: %d %v, want %d %v", c.in, days, ok, c.days, c.ok)
		}
	}
}
