package ledger_test

import (
	"testing"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ident"
	. "github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// book builds an account by hand, in EUR unless told otherwise.
type book struct {
	Account
	ids *ident.Source
}

func newBook(number string) *book {
	b := &book{ids: ident.NewSource(civil.NewManual(time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)))}
	b.Customer = Customer{ID: newID[CustomerID](b), Firm: newID[FirmID](b), Number: number, Name: "Customer " + number}
	return b
}

// newID makes an id of any of the ledger's types.
func newID[T ~[16]byte](b *book) T { return T(ident.New[anyKind](b.ids)) }

type anyKind struct{}

func (anyKind) Prefix() string { return "any" }

func day(s string) civil.Date { return civil.MustParse(s) }

func eur(s string) money.Amount {
	a, err := money.Parse(s, "EUR")
	if err != nil {
		panic(err)
	}
	return a
}

func (b *book) document(t DocumentType, number, issued, due, total string) DocumentID {
	d := Document{ID: newID[DocumentID](b), Firm: b.Customer.Firm, Customer: b.Customer.ID, Type: t, Number: number,
		Issued: day(issued), Total: eur(total)}
	if due != "" {
		d.Due = day(due)
	}
	b.Documents = append(b.Documents, d)
	return d.ID
}

func (b *book) invoice(number, issued, due, total string) DocumentID {
	return b.document(Invoice, number, issued, due, total)
}

func (b *book) credit(number, issued, total string) DocumentID {
	return b.document(CreditNote, number, issued, "", total)
}

func (b *book) receipt(on, amount string) ReceiptID {
	r := Receipt{ID: newID[ReceiptID](b), Firm: b.Customer.Firm, Customer: b.Customer.ID, Date: day(on), Amount: eur(amount)}
	b.Receipts = append(b.Receipts, r)
	return r.ID
}

func (b *book) apply(s Source, to DocumentID, amount, on string) AllocationID {
	return b.add(Allocation{Document: to, Kind: s.Kind(), Receipt: s.Receipt, Credit: s.Credit, Amount: eur(amount), Effective: day(on)})
}

func (b *book) add(al Allocation) AllocationID {
	al.ID, al.Firm, al.Customer = newID[AllocationID](b), b.Customer.Firm, b.Customer.ID
	b.Allocations = append(b.Allocations, al)
	return al.ID
}

func (b *book) reverse(id AllocationID, on civil.Date) AllocationID {
	al, ok := b.Allocation(id)
	if !ok {
		panic("no such allocation")
	}
	al.Reverses, al.Effective = id, on
	return b.add(al)
}

func (b *book) returned(r ReceiptID, amount, on string) ReturnID {
	ret := Return{ID: newID[ReturnID](b), Firm: b.Customer.Firm, Receipt: r, Customer: b.Customer.ID, Date: day(on), Amount: eur(amount)}
	b.Returns = append(b.Returns, ret)
	return ret.ID
}

func (b *book) sound(t interface {
	Helper()
	Fatalf(string, ...any)
}) {
	t.Helper()
	if err := b.Check(); err != nil {
		t.Fatalf("the account is not sound: %v", err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	switch {
	case code == "" && err == nil:
	case code == "":
		t.Errorf("unexpected error: %v", err)
	case err == nil:
		t.Errorf("no error; want %s", code)
	case fault.As(err).Code != code:
		t.Errorf("error is %v; want code %s", err, code)
	}
}
