package session_test

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/books/bookstest"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/store"
)

func portalSide(t *testing.T) (*bookstest.Books, *session.Portal, ledger.Customer, ledger.Contact) {
	t.Helper()
	b := bookstest.Open(t)
	c := b.Customer("Lunchroom De Linde")
	var who ledger.Contact
	err := b.View(b.Ctx, func(r *books.Reader) error {
		list, err := r.ContactsOf(c.ID)
		who = list[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, session.NewPortal(b.Books), c, who
}

func signInLink(t *testing.T, b *bookstest.Books, p *session.Portal, c ledger.Customer, who ledger.ContactID) session.Offer {
	t.Helper()
	o, err := p.IssueSignIn(b.Ctx, b.Meta(), c.ID, who)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestThousandRedeemers: of 1,000 goroutines that use one link, exactly one gets a session.
func TestThousandRedeemers(t *testing.T) {
	b, p, c, who := portalSide(t)
	o := signInLink(t, b, p, c, who.ID)
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			switch _, err := p.Redeem(b.Ctx, o.Token, "", session.From{}); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, session.ErrLinkGone):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 999 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
}

// TestHowLongThingsLive moves the clock to just before and to the end of every life.
func TestHowLongThingsLive(t *testing.T) {
	b, p, c, who := portalSide(t)
	o := signInLink(t, b, p, c, who.ID)
	b.Clock.Advance(session.SignInLife - 1)
	if _, err := p.Look(b.Ctx, o.Token, ""); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	v, err := p.Redeem(b.Ctx, o.Token, "", session.From{})
	if err != nil {
		t.Fatal(err)
	}
	late := signInLink(t, b, p, c, who.ID)
	b.Clock.Advance(session.SignInLife)
	if _, err := p.Redeem(b.Ctx, late.Token, "", session.From{}); !errors.Is(err, session.ErrLinkGone) {
		t.Errorf("a link at its end: %v", err)
	}

	if _, err := p.Authenticate(b.Ctx, v.Token); err != nil {
		t.Fatal(err)
	}
	// A busy visitor stays for twelve hours and not longer; an idle one for an hour.
	for elapsed := session.SignInLife; elapsed+50*time.Minute < session.VisitAbsolute; elapsed += 50 * time.Minute {
		b.Clock.Advance(50 * time.Minute)
		if _, err := p.Authenticate(b.Ctx, v.Token); err != nil {
			t.Fatalf("after %v: %v", elapsed, err)
		}
	}
	b.Clock.Advance(50 * time.Minute)
	if _, err := p.Authenticate(b.Ctx, v.Token); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("after twelve hours: %v", err)
	}
	o = signInLink(t, b, p, c, who.ID)
	if v, err = p.Redeem(b.Ctx, o.Token, "", session.From{}); err != nil {
		t.Fatal(err)
	}
	b.Clock.Advance(session.VisitIdle)
	if _, err := p.Authenticate(b.Ctx, v.Token); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("after an idle hour: %v", err)
	}
}

// TestPayLinkLife: thirty days after the last due date, or after today; never more than 120 days; gone once revoked.
func TestPayLinkLife(t *testing.T) {
	b, p, c, _ := portalSide(t)
	overdue := b.Invoice(c, "1", "2026-05-01", "2026-05-15", 100)
	soon := b.Invoice(c, "2", "2026-06-20", "2026-07-20", 100)
	far := b.Invoice(c, "3", "2026-06-20", "2026-12-31", 100)
	day := 24 * time.Hour
	for _, tc := range []struct {
		name string
		docs []ledger.DocumentID
		days int
		want time.Duration
	}{
		{"overdue", []ledger.DocumentID{overdue.ID}, 0, 30 * day},
		{"the last due date counts", []ledger.DocumentID{overdue.ID, soon.ID}, 0, 50 * day},
		{"never longer than 120", []ledger.DocumentID{far.ID}, 0, 120 * day},
		{"as asked", []ledger.DocumentID{soon.ID}, 7, 7 * day},
		{"asked for too much", []ledger.DocumentID{soon.ID}, 999, 120 * day},
	} {
		o, err := p.IssuePay(b.Ctx, b.Meta(), c.ID, tc.docs, tc.days)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Expires.Sub(o.Created); got != tc.want {
			t.Errorf("%s: lives %v, want %v", tc.name, got, tc.want)
		}
	}
	o, err := p.IssuePay(b.Ctx, b.Meta(), c.ID, []ledger.DocumentID{soon.ID}, 7)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // it is not used up
		l, err := p.OpenPay(b.Ctx, o.Token)
		if err != nil || len(l.Documents) != 1 || l.Scope().Documents[0] != soon.ID {
			t.Fatalf("%+v %v", l, err)
		}
	}
	if _, err := p.Redeem(b.Ctx, o.Token, "", session.From{}); !errors.Is(err, session.ErrLinkGone) {
		t.Errorf("a pay link signed somebody in: %v", err)
	}
	if _, err := p.Revoke(b.Ctx, b.Meta(), c.ID, o.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.OpenPay(b.Ctx, o.Token); !errors.Is(err, session.ErrLinkGone) {
		t.Errorf("revoked: %v", err)
	}
}

// TestWhatNoLinkIsMadeFor refuses what would open too much or nothing.
func TestWhatNoLinkIsMadeFor(t *testing.T) {
	b, p, c, who := portalSide(t)
	other := b.Customer("Garage Peeters")
	mine, theirs := b.Invoice(c, "1", "2026-06-01", "", 100), b.Invoice(other, "2", "2026-06-01", "", 100)
	credit := b.Document(c, ledger.CreditNote, "C1", "2026-06-01", "", 100)
	for name, docs := range map[string][]ledger.DocumentID{"nothing": {}, "a foreign invoice": {mine.ID, theirs.ID}, "a credit note": {credit.ID}} {
		if _, err := p.IssuePay(b.Ctx, b.Meta(), c.ID, docs, 0); fault.KindOf(err) != fault.Invalid && fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.IssueSignIn(b.Ctx, b.Meta(), other.ID, who.ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a contact of somebody else: %v", err)
	}
	firm := b.Firm
	b.NewFirm()
	if _, err := p.IssueSignIn(b.Ctx, b.Meta(), c.ID, who.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another firm's customer: %v", err)
	}
	b.Firm = firm
}

// TestNoTokenIsStored looks for tokens, codes and browser secrets in every value of the store.
func TestNoTokenIsStored(t *testing.T) {
	b, p, c, who := portalSide(t)
	browser := session.NewBrowserSecret()
	asked, _, known, err := p.Ask(b.Ctx, b.Firm.ID, who.Email, browser)
	if err != nil || !known {
		t.Fatal(known, err)
	}
	o := signInLink(t, b, p, c, who.ID)
	v, err := p.Redeem(b.Ctx, o.Token, "", session.From{})
	if err != nil {
		t.Fatal(err)
	}
	d := b.Invoice(c, "1", "2026-06-01", "", 100)
	pay, err := p.IssuePay(b.Ctx, b.Meta(), c.ID, []ledger.DocumentID{d.ID}, 0)
	if err != nil {
		t.Fatal(err)
	}
	back := session.ReturnToken("key")
	if err := p.KeepReturn(b.Ctx, back, ledger.AttemptID{1}, v.Scope); err != nil {
		t.Fatal(err)
	}
	looked := 0
	err = b.Engine.View(b.Ctx, func(tx store.Tx) error {
		for _, table := range []string{"portal.links", "portal.links/id", "portal.links/browser", "portal.links/customer", "portal.visits", "portal.visits/created", "portal.returns", "portal.tries", "journal"} {
			for e, err := range tx.Scan(table, store.All()) {
				if err != nil {
					return err
				}
				looked++
				for _, secret := range []string{asked.Token, o.Token, v.Token, pay.Token, browser, back} {
					if bytes.Contains(e.Value, []byte(secret)) || bytes.Contains(e.Key, []byte(secret)) {
						t.Errorf("%s holds a secret", table)
					}
				}
			}
		}
		return nil
	})
	if err != nil || looked < 10 {
		t.Errorf("looked at %d records: %v", looked, err)
	}
}

// TestCodeNeedsItsBrowser: the code alone, in another browser, is worth nothing; spaces do not matter.
func TestCodeNeedsItsBrowser(t *testing.T) {
	b, p, _, who := portalSide(t)
	browser := session.NewBrowserSecret()
	o, _, _, err := p.Ask(b.Ctx, b.Firm.ID, who.Email, browser)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.RedeemCode(b.Ctx, session.NewBrowserSecret(), o.Code, session.From{Network: "net"}); !errors.Is(err, session.ErrCode) {
		t.Errorf("another browser: %v", err)
	}
	v, err := p.RedeemCode(b.Ctx, browser, " "+o.Code[:3]+" "+o.Code[3:], session.From{Network: "net"})
	if err != nil || v.Token == "" {
		t.Errorf("%v", err)
	}
	if _, err := p.RedeemCode(b.Ctx, browser, o.Code, session.From{Network: "net"}); !errors.Is(err, session.ErrCode) {
		t.Errorf("twice: %v", err)
	}
}

// TestTokensThatCannotBe never reach the store and never panic.
func TestTokensThatCannotBe(t *testing.T) {
	b, p, _, _ := portalSide(t)
	rapid.Check(t, func(rt *rapid.T) {
		token := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9_-]{43}`)).Draw(rt, "token")
		if _, err := p.Look(b.Ctx, token, ""); !errors.Is(err, session.ErrLinkGone) {
			rt.Errorf("look: %v", err)
		}
		if _, err := p.Authenticate(b.Ctx, token); !errors.Is(err, session.ErrNoSession) {
			rt.Errorf("authenticate: %v", err)
		}
		if _, _, err := p.Return(b.Ctx, token); !errors.Is(err, session.ErrLinkGone) {
			rt.Errorf("return: %v", err)
		}
	})
}

// TestThrottleIsBounded: many keys do not grow it, a full bucket refills, forgetting gives a new one.
func TestThrottleIsBounded(t *testing.T) {
	clock := civil.NewManual(bookstest.Now)
	th := session.NewThrottle(clock, time.Minute, 2, 3)
	for _, want := range []bool{true, true, false} {
		if got := th.Allow("a"); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	clock.Advance(time.Minute)
	for _, want := range []bool{true, false} {
		if got := th.Allow("a"); got != want {
			t.Errorf("after a minute: got %v, want %v", got, want)
		}
	}
	th.Forget("a")
	for _, want := range []bool{true, true, false} {
		if got := th.Allow("a"); got != want {
			t.Errorf("after forgetting: got %v, want %v", got, want)
		}
	}
	for _, k := range []string{"b", "c", "d"} {
		th.Allow(k)
	}
	if !th.Allow("a") {
		t.Error("the least recently used key was not forgotten")
	}
}
