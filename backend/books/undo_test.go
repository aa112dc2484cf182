package books_test

import (
	"testing"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// payments imports two payments: of 98.00 for an invoice of 100.00 with a discount of two per cent, and of nobody.
type payments struct {
	*bookstest.Books
	customer     ledger.Customer
	invoice      ledger.Document
	id           ledger.ImportID
	first, stray ledger.Receipt
}

func (p *payments) bring() {
	p.T.Helper()
	s, err := p.Stage(p.Ctx, p.Meta(), books.ImportHeader{Name: "ontvangsten.csv", Kind: "payments"})
	if err != nil {
		p.T.Fatal(err)
	}
	for i, r := range []ledger.Receipt{{Customer: p.customer.ID, Amount: money.Of(9800, "EUR")}, {Amount: money.Of(5000, "EUR"), Payer: "Onbekend"}} {
		r.Date, r.Method, r.Provider, r.ProviderRef = civil.MustParse("2026-06-10"), ledger.MethodImport, "import", []string{"1", "2"}[i]
		it := books.ImportItem{Row: 2 + i, Receipt: &r}
		if i == 0 {
			it.Lines = []ledger.Line{{Document: p.invoice.ID, Amount: 9800, Discount: 200}}
		}
		if err := s.Add(p.Ctx, it); err != nil {
			p.T.Fatal(err)
		}
	}
	im, err := s.Apply(p.Ctx, nil)
	if err != nil {
		p.T.Fatal(err)
	}
	p.id = im.ID
	err = p.View(p.Ctx, func(r *books.Reader) (err error) {
		if p.first, err = r.ReceiptByProvider("import", "1"); err == nil {
			p.stray, err = r.ReceiptByProvider("import", "2")
		}
		return err
	})
	if err != nil {
		p.T.Fatal(err)
	}
}

func importedPayments(t *testing.T) *payments {
	p := &payments{Books: bookstest.Open(t)}
	p.customer = p.Customer("Jansen Bouw")
	d, err := p.Post(p.Ctx, p.Meta(), ledger.Document{Customer: p.customer.ID, Number: "F1", Issued: civil.MustParse("2026-06-01"),
		Total: money.Of(10000, "EUR"), Discount: ledger.DiscountTerms{BasisPoints: 200, Until: civil.MustParse("2026-06-15")}})
	if err != nil {
		t.Fatal(err)
	}
	p.invoice = d
	p.bring()
	return p
}

// balance is what is owed and unapplied on a day.
func (p *payments) balance(on string) (gross, unapplied int64) {
	for _, b := range p.Account(p.customer.ID).Balances(civil.MustParse(on)) {
		gross, unapplied = gross+b.Gross.Minor, unapplied+b.Unapplied.Minor
	}
	return gross, unapplied
}

func (p *payments) want(on string, gross, unapplied int64) {
	p.T.Helper()
	if g, u := p.balance(on); g != gross || u != unapplied {
		p.T.Errorf("on %s %d is owed and %d on account, want %d and %d", on, g, u, gross, unapplied)
	}
}

// TestUndoOfPayments: money and discount are taken back as if they had never come, nothing is deleted, and the same
// payments come in again.
func TestUndoOfPayments(t *testing.T) {
	p := importedPayments(t)
	p.want("2026-06-10", 0, 0)
	im, err := p.UndoImport(p.Ctx, p.Meta(), p.id)
	if err != nil || im.State != books.ImportUndone {
		t.Fatalf("undo: %+v, %v", im, err)
	}
	for _, on := range []string{"2026-06-09", "2026-06-10", "2026-12-31"} {
		p.want(on, 10000, 0)
	}
	err = p.View(p.Ctx, func(r *books.Reader) error {
		for _, id := range []ledger.ReceiptID{p.first.ID, p.stray.ID} {
			if x, err := r.Receipt(id); err != nil || x.VoidedOn != x.Date || x.VoidReason == "" {
				t.Errorf("receipt %+v, %v", x, err)
			}
			if _, err := r.Received(id); fault.As(err).Code != "receipt.taken_back" {
				t.Errorf("a receipt that was taken back answers %v", err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Assign(p.Ctx, p.Meta(), p.stray.ID, p.customer.ID)
	wantCode(t, err, "receipt.taken_back")
	_, err = p.Return(p.Ctx, p.Meta(), ledger.Return{Receipt: p.first.ID, Date: civil.MustParse("2026-06-12"), Amount: money.Of(100, "EUR")})
	wantCode(t, err, "receipt.taken_back")
	p.bring()
	p.want("2026-06-10", 0, 0)
	if _, err := p.UndoImport(p.Ctx, p.Meta(), p.id); err != nil {
		t.Fatalf("the second time: %v", err)
	}
	p.want("2026-06-10", 10000, 0)
}

// TestUndoOfPaymentsBuiltOn: what was done with the money since is never lost.
func TestUndoOfPaymentsBuiltOn(t *testing.T) {
	for name, tt := range map[string]struct {
		build func(p *payments) error
		code  string // empty: the undo is done
		left  int64  // on account after a refused undo
	}{
		"allocated by hand": {func(p *payments) error {
			if err := p.takeOff(); err != nil {
				return err
			}
			_, err := p.Allocate(p.Ctx, p.Meta(), ledger.Source{Receipt: p.first.ID}, []ledger.Line{{Document: p.invoice.ID, Amount: 100}}, p.Today())
			return err
		}, "import.payment_built_on", 9700},
		"refunded": {func(p *payments) error {
			_, err := p.Return(p.Ctx, p.Meta(), ledger.Return{Receipt: p.first.ID, Date: civil.MustParse("2026-06-12"), Amount: money.Of(9800, "EUR")})
			return err
		}, "import.payment_built_on", 0},
		"taken off by hand": {(*payments).takeOff, "", 0},
		"assigned": {func(p *payments) error {
			_, err := p.Assign(p.Ctx, p.Meta(), p.stray.ID, p.customer.ID)
			return err
		}, "", 0},
		"assigned and allocated": {func(p *payments) error {
			if _, err := p.Assign(p.Ctx, p.Meta(), p.stray.ID, p.customer.ID); err != nil {
				return err
			}
			d := p.Invoice(p.customer, "F2", "2026-06-02", "2026-07-02", 5000)
			_, err := p.Allocate(p.Ctx, p.Meta(), ledger.Source{Receipt: p.stray.ID}, []ledger.Line{{Document: d.ID, Amount: 5000}}, 0)
			return err
		}, "import.payment_built_on", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := importedPayments(t)
			if err := tt.build(p); err != nil {
				t.Fatal(err)
			}
			past, _ := p.balance("2026-06-14")
			_, err := p.UndoImport(p.Ctx, p.Meta(), p.id)
			if tt.code != "" {
				wantCode(t, err, tt.code)
				if _, left := p.balance("2026-12-31"); left != tt.left {
					t.Errorf("a refused undo left %d on account, want %d", left, tt.left)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p.want("2026-12-31", 10000, 0)
			if got, _ := p.balance("2026-06-14"); name == "taken off by hand" && got != past {
				t.Errorf("a past day changed from %d to %d", past, got)
			}
		})
	}
}

// takeOff takes the imported allocations off by hand, today.
func (p *payments) takeOff() error {
	for _, x := range p.Account(p.customer.ID).Allocations {
		if _, err := p.Unallocate(p.Ctx, p.Meta(), x.ID, "verkeerd"); err != nil {
			return err
		}
	}
	return nil
}

// TestUndoWhileBeingPaid: an invoice that a customer is paying just now is not taken away from under them.
func TestUndoWhileBeingPaid(t *testing.T) {
	b := bookstest.Open(t)
	im, err := stage(t, b, 4).Apply(b.Ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := b.ByNumber("A")
	it := b.Account(c.ID).OpenItems(civil.MustParse("2026-12-31"))[0]
	x, err := b.CreateAttempt(b.Ctx, b.Meta(), ledger.Attempt{Customer: c.ID, Amount: it.Open, Provider: "mollie",
		Lines: []ledger.AttemptLine{{Document: it.ID, Amount: it.Open.Minor}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.UndoImport(b.Ctx, b.Meta(), im.ID)
	wantCode(t, err, "import.being_paid")
	if _, err := b.UpdateAttempt(b.Ctx, b.Meta(), x.ID, books.AttemptUpdate{State: ledger.AttemptExpired}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.UndoImport(b.Ctx, b.Meta(), im.ID); err != nil {
		t.Errorf("after it expired: %v", err)
	}
}
