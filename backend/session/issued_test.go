package session_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
)

// TestIssuedLinks follows a customer's links as the staff see them: made, used, expired, revoked.
func TestIssuedLinks(t *testing.T) {
	b, p, c, who := portalSide(t)
	d := b.Invoice(c, "1", "2026-06-01", "2026-07-01", 100)
	type seen struct {
		State    session.LinkState
		Opens    bool
		SignedIn bool
		Used     bool
	}
	list := func(q session.LinkQuery) (out []seen) {
		t.Helper()
		q.Limit = 10
		all, more, err := p.Links(b.Ctx, b.Firm.ID, c.ID, q)
		if err != nil || more {
			t.Fatal(more, err)
		}
		for _, l := range all {
			out = append(out, seen{l.State, l.Opens(), l.SignedIn, !l.Seen.IsZero()})
		}
		return out
	}
	want := func(when string, live, all []seen) {
		t.Helper()
		if diff := cmp.Diff(live, list(session.LinkQuery{})); diff != "" {
			t.Errorf("%s, those that open something (-want +got):\n%s", when, diff)
		}
		if diff := cmp.Diff(all, list(session.LinkQuery{Ended: true})); diff != "" {
			t.Errorf("%s, all (-want +got):\n%s", when, diff)
		}
	}
	want("nothing yet", nil, nil)

	pay, err := p.IssuePay(b.Ctx, b.Meta(), c.ID, []ledger.DocumentID{d.ID}, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := signInLink(t, b, p, c, who.ID)
	if in.By != b.Meta().Actor || pay.By != b.Meta().Actor {
		t.Errorf("made by %+v and %+v", in.By, pay.By)
	}
	fresh := seen{State: session.LinkLive, Opens: true}
	want("made", []seen{fresh, fresh}, []seen{fresh, fresh})

	v, err := p.Redeem(b.Ctx, in.Token, "", session.From{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.OpenPay(b.Ctx, pay.Token); err != nil {
		t.Fatal(err)
	}
	opened := seen{State: session.LinkLive, Opens: true, Used: true}
	busy := seen{session.LinkUsed, true, true, true}
	want("used", []seen{busy, opened}, []seen{busy, opened})

	if _, err := p.Revoke(b.Ctx, b.Meta(), c.ID, in.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Authenticate(b.Ctx, v.Token); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("the session of a revoked link goes on: %v", err)
	}
	gone := seen{session.LinkRevoked, false, false, true}
	want("the sign-in link revoked", []seen{opened}, []seen{gone, opened})

	b.Clock.Advance(29 * 24 * time.Hour)
	want("29 days later", []seen{opened}, []seen{gone, opened})
	b.Clock.Advance(90 * 24 * time.Hour)
	want("after its end", nil, []seen{gone, {State: session.LinkExpired, Used: true}})
}

// TestLinksInPieces: the pieces join, and nobody else's links are among them.
func TestLinksInPieces(t *testing.T) {
	b, p, c, who := portalSide(t)
	other := b.Customer("Garage Peeters")
	var want []session.LinkID
	for range 5 {
		want = append([]session.LinkID{signInLink(t, b, p, c, who.ID).ID}, want...)
		if _, err := p.IssueSignIn(b.Ctx, b.Meta(), other.ID, ledger.ContactID{}); err != nil {
			t.Fatal(err)
		}
	}
	var got []session.LinkID
	q := session.LinkQuery{Limit: 2}
	for {
		page, more, err := p.Links(b.Ctx, b.Firm.ID, c.ID, q)
		if err != nil || len(page) > 2 {
			t.Fatal(len(page), err)
		}
		for _, l := range page {
			got = append(got, l.ID)
		}
		if !more {
			break
		}
		q.After = got[len(got)-1]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRevokeNeedsTheCustomer: a link of somebody else is not there.
func TestRevokeNeedsTheCustomer(t *testing.T) {
	b, p, c, who := portalSide(t)
	other := b.Customer("Garage Peeters")
	o := signInLink(t, b, p, c, who.ID)
	if _, err := p.Revoke(b.Ctx, b.Meta(), other.ID, o.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("revoked through another customer: %v", err)
	}
	if _, err := p.Look(b.Ctx, o.Token, ""); err != nil {
		t.Errorf("it no longer works: %v", err)
	}
	for range 2 { // again is no error
		if _, err := p.Revoke(b.Ctx, b.Meta(), c.ID, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Redeem(b.Ctx, o.Token, "", session.From{}); !errors.Is(err, session.ErrLinkGone) {
		t.Errorf("a revoked link: %v", err)
	}
}
