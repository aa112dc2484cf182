package app

import (
	"fmt"
	"sync"
	"testing"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// TestColumnsBesideWrites: what is written while the columns are compared with the accounts is not taken for damage.
func TestColumnsBesideWrites(t *testing.T) {
	d := newClerk(t)
	d.write(1)
	l := d.open()
	defer l.Close()
	f, err := l.Books.CreateFirm(t.Context(), journal.Meta{}, ledger.Firm{Name: "Test", Country: "NL", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	m := journal.Meta{Firm: f.ID}
	c, err := l.Books.PutCustomer(t.Context(), m, ledger.Customer{Number: "1", Name: "Jansen"})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := l.Books.Post(t.Context(), m, ledger.Document{Customer: c.ID, Number: fmt.Sprint(i), Issued: civil.MustParse("2026-01-05"),
				Due: civil.MustParse("2026-02-04"), Total: money.Of(100, "EUR")}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 200 {
		got, err := l.checkColumns(t.Context())
		if err != nil || !got.OK {
			t.Errorf("%+v, %v", got, err)
			break
		}
	}
	close(stop)
	wg.Wait()
}
