package books_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

func eur(cents int64) money.Amount { return money.Of(cents, "EUR") }

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

// TestFX1 is the rulebook's fixture (1.0, 1.1) through the books: balances and aging to the cent.
func TestFX1(t *testing.T) {
	b := bookstest.Open(t)
	x, y, z := b.Customer("X"), b.Customer("Y"), b.Customer("Z")
	inv1 := b.Invoice(x, "INV-001", "2026-03-02", "2026-04-01", 100000)
	b.Invoice(x, "INV-002", "2026-05-04", "2026-06-03", 200000)
	b.Invoice(y, "INV-003", "2026-06-10", "2026-07-10", 150000)
	b.Invoice(y, "INV-004", "2026-01-15", "2026-02-14", 80000)
	b.Invoice(z, "INV-005", "2026-04-20", "2026-05-20", 121000)
	b.Invoice(y, "INV-006", "2026-06-30", "2026-06-30", 50000)
	b.Document(z, ledger.CreditNote, "CN-001", "2026-06-01", "", 21000)
	b.Pay(x, "2026-05-01", 40000, ledger.Line{Document: inv1.ID, Amount: 40000})
	b.Pay(x, "2026-06-15", 10000)

	asOf := civil.MustParse("2026-06-30")
	var gross, overdue, unapplied, net money.Amount
	buckets := make([]int64, 5)
	for _, c := range []ledger.Customer{x, y, z} {
		a := b.Account(c.ID)
		for _, bal := range a.Balances(asOf) {
			gross, overdue, unapplied, net = gross.Add(bal.Gross), overdue.Add(bal.Overdue), unapplied.Add(bal.Unapplied), net.Add(bal.Net)
		}
		for _, d := range a.Documents {
			if d.Type.Debit() {
				buckets[ledger.DefaultBounds(ledger.ByDueDate).Bucket(ledger.DaysPastDue(d, asOf))] += a.Open(d.ID, asOf).Minor
			}
		}
	}
	if gross != eur(661000) || overdue != eur(461000) || unapplied != eur(31000) || net != eur(630000) {
		t.Errorf("got gross %s overdue %s unapplied %s net %s, want 6610.00 4610.00 310.00 6300.00", gross, overdue, unapplied, net)
	}
	if diff := cmp.Diff([]int64{200000, 200000, 121000, 60000, 80000}, buckets); diff != "" {
		t.Errorf("aging (-want +got):\n%s", diff)
	}
}

func TestOverpaymentIsCreditOnAccount(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	d := b.Invoice(c, "2026-0001", "2026-06-01", "", 121000)
	got := b.Pay(c, "2026-06-10", 130000, ledger.Line{Document: d.ID, Amount: 130000})
	if got.Unapplied != eur(9000) {
		t.Errorf("unapplied %s, want 90.00", got.Unapplied)
	}
	if open := b.Account(c.ID).Open(d.ID, civil.MustParse("2026-06-10")); !open.IsZero() {
		t.Errorf("open %s, want 0", open)
	}
}

// TestSmallDifference is rulebook 4.2: 0.40 short on 1,210.00 is written off, 1.01 is not.
func TestSmallDifference(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	for _, tc := range []struct{ short, open int64 }{{40, 0}, {100, 0}, {101, 101}} {
		d := b.Invoice(c, "INV-"+eur(tc.short).String(), "2026-06-01", "", 121000)
		b.Pay(c, "2026-06-10", 121000-tc.short, ledger.Line{Document: d.ID, Amount: 121000 - tc.short})
		if open := b.Account(c.ID).Open(d.ID, civil.MustParse("2026-06-30")); open != eur(tc.open) {
			t.Errorf("%s short leaves %s open, want %s", eur(tc.short), open, eur(tc.open))
		}
	}
}

func TestChargebackReopensTheInvoice(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	d := b.Invoice(c, "2026-0001", "2026-06-01", "2026-06-15", 121000)
	got := b.Pay(c, "2026-06-10", 121000, ledger.Line{Document: d.ID, Amount: 121000})
	back := ledger.Return{Receipt: got.Receipt.ID, Kind: ledger.Chargeback, Date: civil.MustParse("2026-06-20"), Amount: eur(121000), ProviderRef: "chb_1"}
	if _, err := b.Return(b.Ctx, b.Meta(), back); err != nil {
		t.Fatal(err)
	}
	a := b.Account(c.ID)
	for on, want := range map[string]int64{"2026-06-12": 0, "2026-06-19": 0, "2026-06-20": 121000} {
		if open := a.Open(d.ID, civil.MustParse(on)); open != eur(want) {
			t.Errorf("open on %s is %s, want %s", on, open, eur(want))
		}
	}
	_, err := b.Return(b.Ctx, b.Meta(), back)
	wantCode(t, err, "ledger.return_exceeded")
}

func TestAttemptIsSettledOnce(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	d := b.Invoice(c, "2026-0001", "2026-06-01", "", 121000)
	start := func(amount int64) ledger.Attempt {
		x, err := b.CreateAttempt(b.Ctx, b.Meta(), ledger.Attempt{Customer: c.ID, Amount: eur(amount), Provider: "mollie", Method: ledger.MethodIDEAL,
			Lines: []ledger.AttemptLine{{Document: d.ID, Amount: amount}}})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	first, second := start(121000), start(121000)
	settle := func(x ledger.Attempt, ref string) books.Received {
		got, err := b.SettleAttempt(b.Ctx, b.Meta(), x.ID, books.Settlement{ProviderRef: ref, PaidOn: civil.MustParse("2026-06-30"), Amount: x.Amount, Method: ledger.MethodIDEAL})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one := settle(first, "tr_1")
	if again := settle(first, "tr_1"); again.Receipt.ID != one.Receipt.ID || !one.Unapplied.IsZero() {
		t.Errorf("settled twice: %v and %v", one, again)
	}
	// Rule 6: two attempts for one invoice, both paid: the second is credit on account, and the desk is told.
	if two := settle(second, "tr_2"); two.Unapplied != eur(121000) {
		t.Errorf("second payment left %s as credit, want 1210.00", two.Unapplied)
	}
	var x ledger.Attempt
	if err := b.View(b.Ctx, func(r *books.Reader) (err error) { x, err = r.Attempt(second.ID); return err }); err != nil || x.Finding == "" {
		t.Errorf("the second attempt has no finding: %+v, %v", x, err)
	}
	if _, err := b.UpdateAttempt(b.Ctx, b.Meta(), first.ID, books.AttemptUpdate{State: ledger.AttemptExpired}); err != nil {
		t.Fatal(err)
	}
	if err := b.View(b.Ctx, func(r *books.Reader) (err error) { x, err = r.Attempt(first.ID); return err }); err != nil || x.State != ledger.AttemptPaid {
		t.Errorf("a paid attempt became %v", x.State)
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	m := b.Meta()
	m.Key = "k1"
	d := ledger.Document{Customer: c.ID, Number: "1", Issued: civil.MustParse("2026-06-01"), Total: eur(100)}
	one, err := b.Post(b.Ctx, m, d)
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.Post(b.Ctx, m, d)
	if err != nil || two.ID != one.ID {
		t.Fatalf("the same key made %s and %s, %v", one.ID, two.ID, err)
	}
	d.Total = eur(200)
	_, err = b.Post(b.Ctx, m, d)
	wantCode(t, err, "journal.key_reused")
	m.Key = ""
	d.Number = "1"
	_, err = b.Post(b.Ctx, m, d)
	wantCode(t, err, "document.duplicate")
}

// stage writes an import of n invoices for two new customers and leaves it staged.
func stage(t *testing.T, b *bookstest.Books, n int) *books.Staging {
	t.Helper()
	s, err := b.Stage(b.Ctx, b.Meta(), books.ImportHeader{Name: "debiteuren.csv", Kind: "invoices"})
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"A", "B"} {
		if err := s.Add(b.Ctx, books.ImportItem{Customer: &ledger.Customer{Number: number, Name: "Klant " + number}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		it := books.ImportItem{Row: i + 2, CustomerNumber: []string{"A", "B"}[i%2], Settled: int64(i%3) * 50, SettledOn: civil.MustParse("2026-06-15"),
			Document: &ledger.Document{Number: eur(int64(i)).String(), Issued: civil.MustParse("2026-06-01"), Total: eur(100)}}
		if err := s.Add(b.Ctx, it); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func visible(t *testing.T, b *bookstest.Books) (docs int, open int64) {
	t.Helper()
	err := b.View(b.Ctx, func(r *books.Reader) error {
		for c, err := range r.Customers(b.Firm.ID) {
			if err != nil {
				return err
			}
			a, err := r.Account(c.ID)
			if err != nil {
				return err
			}
			for _, d := range a.Documents {
				if d.State == ledger.Posted {
					docs++
					open += a.Open(d.ID, civil.MustParse("2026-06-30")).Minor
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs, open
}

func TestImportIsOneOutcome(t *testing.T) {
	b := bookstest.Open(t)
	s := stage(t, b, 12000) // more than two chunks
	if docs, _ := visible(t, b); docs != 0 {
		t.Fatalf("%d documents are visible before the import is applied", docs)
	}
	im, err := s.Apply(b.Ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	docs, open := visible(t, b)
	if docs != 12000 || open != 4000*(100+50+0) {
		t.Fatalf("%d documents with %d open after the import", docs, open)
	}
	var seen int
	entries, err := b.Log().Read(b.Ctx, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		for c, err := range b.Changes(b.Ctx, e) {
			if err != nil {
				t.Fatal(err)
			}
			x, err := books.Decode(c)
			if err != nil {
				t.Fatal(err)
			}
			if x.Document != nil {
				seen++
			}
		}
	}
	if seen != 12000 {
		t.Errorf("followers see %d documents, want 12000", seen)
	}
	if _, err := b.UndoImport(b.Ctx, b.Meta(), im.ID); err != nil {
		t.Fatal(err)
	}
	if docs, _ := visible(t, b); docs != 0 {
		t.Errorf("%d documents are left after undo", docs)
	}
	_, err = b.UndoImport(b.Ctx, b.Meta(), im.ID)
	wantCode(t, err, "import.not_applied")
}

func TestImportCutOffIsTakenBack(t *testing.T) {
	b := bookstest.Open(t)
	stage(t, b, 7000) // one chunk written, the rest only in memory
	b.Reopen()
	if docs, _ := visible(t, b); docs != 0 {
		t.Fatalf("%d documents of an import that was cut off", docs)
	}
	if _, err := stage(t, b, 7000).Apply(b.Ctx, nil); err != nil {
		t.Fatalf("the same file cannot be imported after a crash: %v", err)
	}
	if docs, _ := visible(t, b); docs != 7000 {
		t.Errorf("%d documents, want 7000", docs)
	}
}

func TestUndoRefusesWhatWasBuiltOn(t *testing.T) {
	b := bookstest.Open(t)
	im, err := stage(t, b, 4).Apply(b.Ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var c ledger.Customer
	var d ledger.Document
	err = b.View(b.Ctx, func(r *books.Reader) (err error) {
		if c, err = r.CustomerByNumber(b.Firm.ID, "A"); err == nil {
			d, err = r.DocumentByNumber(b.Firm.ID, c.ID, ledger.Invoice, "0.00")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Pay(c, "2026-06-20", 100, ledger.Line{Document: d.ID, Amount: 100})
	_, err = b.UndoImport(b.Ctx, b.Meta(), im.ID)
	wantCode(t, err, "import.built_on")
	if docs, _ := visible(t, b); docs != 4 {
		t.Errorf("a refused undo left %d documents, want 4", docs)
	}
}

func TestPortalSeesOnlyItsScope(t *testing.T) {
	b := bookstest.Open(t)
	mine, other := b.Customer("Jansen Bouw"), b.Customer("De Vries")
	d1, d2 := b.Invoice(mine, "1", "2026-06-01", "", 100), b.Invoice(mine, "2", "2026-06-01", "", 200)
	foreign := b.Invoice(other, "3", "2026-06-01", "", 300)
	paid := b.Pay(other, "2026-06-02", 50)
	var unknown ledger.DocumentID
	unknown[0] = 1

	account := b.Portal(books.Scope{Firm: b.Firm.ID, Customer: mine.ID})
	link := b.Portal(books.Scope{Firm: b.Firm.ID, Customer: mine.ID, Documents: []ledger.DocumentID{d1.ID}})
	for name, tc := range map[string]struct {
		view *books.PortalView
		id   ledger.DocumentID
	}{"foreign": {account, foreign.ID}, "not in the link": {link, d2.ID}} {
		_, got := tc.view.Document(b.Ctx, tc.id)
		_, want := tc.view.Document(b.Ctx, unknown)
		if got == nil || got.Error() != want.Error() {
			t.Errorf("%s: answer %v differs from that for an unknown id, %v", name, got, want)
		}
	}
	if _, err := account.Receipt(b.Ctx, paid.Receipt.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a foreign receipt answers %v", err)
	}
	got, err := link.Account(b.Ctx)
	if err != nil || len(got.Account.Documents) != 1 || len(got.Account.Receipts) != 0 || got.Customer.Email != "" {
		t.Errorf("the pay link shows %+v, %v", got.Account, err)
	}
}

func TestFollowersResumeFromTheirCursor(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	f := &counter{seen: map[uint64]int{}, stop: 3}
	if err := b.Log().Follow(b.Ctx, f); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	b.Invoice(c, "1", "2026-06-01", "", 100)
	b.Reopen()
	f.stop = 5
	if err := b.Log().Follow(b.Ctx, f); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	for seq := uint64(1); seq <= 4; seq++ {
		if f.seen[seq] == 0 {
			t.Errorf("entry %d was never seen", seq)
		}
	}
}

var errStop = errors.New("stop")

type counter struct {
	seen map[uint64]int
	stop int // calls of Apply until it fails
}

func (c *counter) Name() string { return "counter" }

func (c *counter) Apply(_ context.Context, entries []journal.Entry) error {
	for _, e := range entries {
		c.seen[e.Seq]++
	}
	if len(c.seen) >= c.stop-1 {
		return errStop
	}
	return nil
}

func TestVerifyFindsDamage(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	b.Invoice(c, "1", "2026-06-01", "", 100)
	b.Clock.Advance(time.Hour)
	v, err := b.Books.Verify(b.Ctx, true)
	if err != nil || !v.OK || len(v.Checks) < 6 {
		t.Fatalf("sound books: %+v, %v", v, err)
	}
}

func lineOf(id ledger.DocumentID, cents int64) ledger.Line {
	return ledger.Line{Document: id, Amount: cents}
}

// TestClockSetBack: ids go on in order when the computer's clock is wrong after a restart.
func TestClockSetBack(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	first := b.Invoice(c, "1", "2026-06-01", "", 100)
	b.Clock.Set(bookstest.Now.Add(-48 * time.Hour))
	b.Reopen()
	second := b.Invoice(c, "2", "2026-06-01", "", 100)
	if first.ID.String() >= second.ID.String() {
		t.Errorf("%s was made after %s", second.ID, first.ID)
	}
}

// TestReturnsLearnedOutOfOrder: a refund that is learned of after a later chargeback reopens as much as went back, no
// more, and leaves no credit beside open documents.
func TestReturnsLearnedOutOfOrder(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	d1, d2 := b.Invoice(c, "1", "2026-06-01", "", 10000), b.Invoice(c, "2", "2026-06-01", "", 5000)
	got := b.Pay(c, "2026-06-05", 15000, lineOf(d1.ID, 10000), lineOf(d2.ID, 5000))
	for _, x := range []ledger.Return{
		{Kind: ledger.Chargeback, Date: civil.MustParse("2026-06-20"), Amount: eur(1000), ProviderRef: "chb_1"},
		{Kind: ledger.Refund, Date: civil.MustParse("2026-06-10"), Amount: eur(1500), ProviderRef: "re_1"},
	} {
		x.Receipt = got.Receipt.ID
		if _, err := b.Return(b.Ctx, b.Meta(), x); err != nil {
			t.Fatal(err)
		}
	}
	a, on := b.Account(c.ID), civil.MustParse("2026-06-30")
	if a.Open(d1.ID, on) != eur(0) || a.Open(d2.ID, on) != eur(2500) || a.Unapplied(got.Receipt.ID, on) != eur(0) {
		t.Errorf("open %s and %s, on account %s; want 0.00, 25.00 and 0.00", a.Open(d1.ID, on), a.Open(d2.ID, on), a.Unapplied(got.Receipt.ID, on))
	}
}

// TestPaymentLearnedOfLate: money that came in before a chargeback, but is booked after it, settles what is open again,
// from the day on which it is.
func TestPaymentLearnedOfLate(t *testing.T) {
	b := bookstest.Open(t)
	c := b.Customer("Jansen Bouw")
	d := b.Invoice(c, "1", "2026-06-01", "", 20000)
	first := b.Pay(c, "2026-06-05", 20000, lineOf(d.ID, 20000))
	if _, err := b.Return(b.Ctx, b.Meta(), ledger.Return{Receipt: first.Receipt.ID, Kind: ledger.Chargeback, Date: civil.MustParse("2026-06-20"), Amount: eur(20000)}); err != nil {
		t.Fatal(err)
	}
	late := b.Pay(c, "2026-06-10", 8000, lineOf(d.ID, 8000))
	a := b.Account(c.ID)
	for on, want := range map[string]int64{"2026-06-19": 0, "2026-06-20": 12000} {
		if open := a.Open(d.ID, civil.MustParse(on)); open != eur(want) {
			t.Errorf("open on %s is %s, want %s", on, open, eur(want))
		}
	}
	if !late.Unapplied.IsZero() {
		t.Errorf("%s stayed on account", late.Unapplied)
	}
}
