package portal_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

// at is a browser of the network n: all of 127/8 is this machine, and the portal sees the address that a connection
// really comes from.
func (s *shop) at(n int) *browser {
	s.t.Helper()
	b := s.browser()
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 7, byte(n>>8), byte(n))}}
	b.http.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return from.DialContext(ctx, network, addr)
	}
	return b
}

// manyNetworks skips a test where only 127.0.0.1 is this machine.
func manyNetworks(t *testing.T) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.7.0.1:0")
	if err != nil {
		t.Skip("only one address is this machine:", err)
	}
	_ = ln.Close()
}

// TestOneSessionOfManyPosts presses the button 1,000 times at once: one gets in, the others are told that the link is used.
func TestOneSessionOfManyPosts(t *testing.T) {
	s := open(t, func(o *portal.Options) { o.PerSecond = 1_000_000 })
	c := s.busy()
	o := s.signInLink(c)
	const presses = 1000
	tokens := make(chan string, presses)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range presses {
		b := s.browser()
		wg.Go(func() {
			<-start
			p := b.do(http.MethodPost, "/l/"+o.Token, "csrf="+session.FormToken(o.Token))
			for _, k := range p.Cookies() {
				if k.Name == "voldaan" && k.Value != "" {
					tokens <- k.Value
				}
			}
			if p.StatusCode != http.StatusSeeOther && p.StatusCode != http.StatusGone {
				t.Errorf("an answer of %s", p.Status)
			}
		})
	}
	close(start)
	wg.Wait()
	close(tokens)
	if len(tokens) != 1 {
		t.Fatalf("%d sessions", len(tokens))
	}
	v, err := s.links.Authenticate(s.Ctx, <-tokens)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.links.Sessions(s.Ctx, v); err != nil || len(list) != 1 {
		t.Errorf("the books know of %d sessions (%v)", len(list), err)
	}
}

// TestAskingIsThrottled: for one address from everywhere, for one network whatever it asks for, and for everybody together;
// and nobody is locked out for long.
func TestAskingIsThrottled(t *testing.T) {
	manyNetworks(t)
	s := open(t, nil)
	s.busy()
	ask := func(network int, email string) int {
		p := s.at(network).ask(email)
		s.server.Close() // what goes on behind the answer has ended
		return p.StatusCode
	}
	expect := func(what string, network int, email string, want int) {
		t.Helper()
		if got := ask(network, email); got != want {
			t.Fatalf("%s: %d, want %d", what, got, want)
		}
	}
	for i := range 5 {
		expect("one address, five networks", 1+i, "klant00001@example.nl", http.StatusSeeOther)
	}
	for i, written := range []string{"klant00001@example.nl", "KLANT00001@example.nl", " Klant00001@Example.NL "} {
		expect("the sixth time, written "+written, 11+i, written, http.StatusTooManyRequests)
	}
	expect("an unknown address is throttled alike", 20, "niemand@example.nl", http.StatusSeeOther)
	for i := range 4 {
		ask(21+i, "niemand@example.nl")
	}
	expect("the sixth time for nobody", 30, "niemand@example.nl", http.StatusTooManyRequests)

	s.Clock.Advance(time.Hour)
	for i := range 20 {
		expect("one network, twenty addresses", 40, fmt.Sprintf("a%d@example.nl", i), http.StatusSeeOther)
	}
	expect("the network's next", 40, "a20@example.nl", http.StatusTooManyRequests)
	expect("its neighbour", 41, "a20@example.nl", http.StatusSeeOther)

	s.Clock.Advance(time.Hour)
	for i := range 200 {
		expect("everybody's", 100+i, fmt.Sprintf("b%d@example.nl", i), http.StatusSeeOther)
	}
	expect("the next of everybody", 400, "klant00001@example.nl", http.StatusTooManyRequests)
	s.Clock.Advance(time.Minute)
	expect("a minute later", 400, "klant00001@example.nl", http.StatusSeeOther)
}

// TestGuessingIsThrottled: six digits are guessed by nobody: not for one link, not from one network, and not by many
// networks that each try a little.
func TestGuessingIsThrottled(t *testing.T) {
	manyNetworks(t)
	s := open(t, nil)
	s.busy()
	guess := func(b *browser, code string) int {
		return b.submit(b.want("/sign-in/sent", 200), "/sign-in/code", "code", code).StatusCode
	}
	b := s.at(1)
	b.ask("klant00001@example.nl")
	_, code := s.letter(1)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	// All at once, so that no guess is free.
	var wg sync.WaitGroup
	form := b.want("/sign-in/sent", 200).form(t, "/sign-in/code")
	form.Set("code", wrong)
	for range 10 {
		wg.Go(func() {
			if p := b.do(http.MethodPost, "/sign-in/code", form.Encode()); p.StatusCode == http.StatusSeeOther {
				t.Error("a wrong code got in")
			}
		})
	}
	wg.Wait()
	if got := guess(b, code); got != http.StatusUnprocessableEntity {
		t.Errorf("the right code after ten wrong ones: %d", got)
	}
	s.Clock.Advance(time.Hour)
	for range 15 {
		if got := guess(b, wrong); got != http.StatusUnprocessableEntity {
			t.Fatalf("a guess: %d", got)
		}
	}
	if got := guess(b, wrong); got != http.StatusTooManyRequests {
		t.Errorf("the network's sixteenth guess: %d", got)
	}
	s.Clock.Advance(time.Hour)
	for i := range 300 {
		if got := guess(s.at(10+i/15), wrong); got != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d of many networks: %d", i, got)
		}
	}
	if got := guess(s.at(99), wrong); got != http.StatusTooManyRequests {
		t.Errorf("the next of all networks: %d", got)
	}
	// Whoever has the mail gets in a moment later.
	s.Clock.Advance(time.Minute)
	b = s.at(100)
	b.ask("klant00001@example.nl")
	s.server.Close()
	_, code = s.letterTo("klant00001@example.nl")
	if got := guess(b, code); got != http.StatusSeeOther {
		t.Errorf("the right code after the storm: %d", got)
	}
}

// TestLinksThatDoNotOpen: a link that was used, has expired, was revoked, or never was says the same words, which lead on
// and name nobody; one that was forwarded says so, whosever it is.
func TestLinksThatDoNotOpen(t *testing.T) {
	s := open(t, nil)
	mine, other := s.busy(), s.secondCustomer()
	links := map[string]session.Offer{"replayed": s.signInLink(mine), "expired": s.signInLink(other), "revoked": s.signInLink(mine)}
	s.Clock.Advance(session.SignInLife)
	links["replayed"], links["revoked"] = s.signInLink(mine), s.signInLink(mine)
	s.browser().do(http.MethodPost, "/l/"+links["replayed"].Token, "csrf="+session.FormToken(links["replayed"].Token))
	if _, err := s.links.Revoke(s.Ctx, s.Meta(), mine.ID, links["revoked"].ID); err != nil {
		t.Fatal(err)
	}
	links["invented"] = session.Offer{Token: session.NewBrowserSecret()}

	b := s.browser()
	b.want("/sign-in", 200)
	secrets := []string{mine.Name, other.Name, mine.Number, s.contact(mine).Name, s.contact(mine).Email, s.contact(other).Email, "2026-0412"}
	same := func(method string, want map[string]map[string]string, what, token, body string) map[string]string {
		t.Helper()
		p := b.do(method, "/l/"+token, body)
		got := answer(p)
		got["body"] = strings.ReplaceAll(got["body"], token, "TOKEN")
		if first, ok := want[method]; ok {
			if d := cmp.Diff(first, got); d != "" {
				t.Errorf("%s of a link that is %s is told apart:\n%s", method, what, d)
			}
		} else {
			want[method] = got
		}
		for _, secret := range secrets {
			if secret != "" && strings.Contains(p.body, secret) {
				t.Errorf("%s of a link that is %s says %q", method, what, secret)
			}
		}
		return got
	}
	gone := map[string]map[string]string{}
	for _, what := range []string{"invented", "replayed", "expired", "revoked"} {
		token := links[what].Token
		if got := same(http.MethodGet, gone, what, token, ""); got["status"] != "410 Gone" || !strings.Contains(got["body"], "/again") {
			t.Errorf("%s: %s, and a way on", what, got["status"])
		}
		same(http.MethodPost, gone, what, token, "csrf="+session.FormToken(token))
	}

	forwarded := map[string]map[string]string{}
	for n, c := range []ledger.Customer{mine, other} {
		s.browser().ask(s.contact(c).Email)
		s.server.Close()
		token, _ := s.letterTo(s.contact(c).Email)
		what := fmt.Sprintf("forwarded, of customer %d", n)
		if got := same(http.MethodGet, forwarded, what, token, ""); got["status"] != "403 Forbidden" || !strings.Contains(got["body"], `href="/sign-in`) {
			t.Errorf("%s: %s, and a way on", what, got["status"])
		}
		same(http.MethodPost, forwarded, what, token, "csrf="+session.FormToken(token))
	}
}

// TestUnknownAddressTakesAsLong measures both: the median of forty known and forty unknown addresses, one after the other.
func TestUnknownAddressTakesAsLong(t *testing.T) {
	s := open(t, nil)
	s.busy()
	b := s.browser()
	form := b.want("/sign-in", 200).form(t, "/sign-in")
	var took [2][]time.Duration
	for range 40 {
		s.Clock.Advance(10 * time.Minute)
		for i, email := range []string{"klant00001@example.nl", "niemand0001@example.nl"} {
			form.Set("email", email)
			began := time.Now()
			p := b.do(http.MethodPost, "/sign-in", form.Encode())
			took[i] = append(took[i], time.Since(began))
			if p.StatusCode != http.StatusSeeOther {
				t.Fatalf("%d %s", p.StatusCode, words(p.body))
			}
			s.server.Close() // the mail is written: it does not slow the next one down
		}
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	known, unknown := median(took[0]), median(took[1])
	t.Logf("known %v, unknown %v", known, unknown)
	// A mail costs a durable commit or two, a millisecond at least: were it waited for, known would be twice unknown.
	if known > 2*unknown+2*time.Millisecond || unknown > 2*known+2*time.Millisecond {
		t.Errorf("the time tells them apart: known %v, unknown %v", known, unknown)
	}
}
