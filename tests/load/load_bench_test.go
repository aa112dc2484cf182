// Package load lets sixty-four customers read the portal of a program with 100,000 invoices for a minute, while staff
// import a file of 20,000 rows and record payments: no request may fail, and a payment must not wait for the import.
package load

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voldaan/voldaan/tests/outside"
)

const (
	customers   = 500
	invoices    = 100_000
	importRows  = 20_000
	connections = 64
	// pause is between two pages of one connection: a network may ask fifty times a second for long.
	pause = 25 * time.Millisecond
	// lasting is how long the readers read; VOLDAAN_LOAD_SECONDS says otherwise.
	lasting = 60 * time.Second
)

// csv is an export of so many invoices, one after the other over the customers.
func csv(prefix string, n int) []byte {
	var b bytes.Buffer
	b.WriteString("Debiteurnummer;Naam;E-mail;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Valuta\r\n")
	for i := range n {
		k := i % customers
		fmt.Fprintf(&b, "%05d;Klant %d;klant%d@example.nl;%s%06d;05-01-2026;14-02-2026;%d,50;EUR\r\n", k, k, k, prefix, i, 20+i%900)
	}
	return b.Bytes()
}

// BenchmarkLoad reports pages per second, their slowest hundredth, and how long payments took while nothing and while an
// import was written. It fails on any answer but 200.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

func load(b *testing.B) {
	p := outside.New(b)
	p.Client.Timeout = time.Minute
	p.Init("Bakkerij De Korenaar")
	file := filepath.Join(p.Dir, "open.csv")
	if err := os.WriteFile(file, csv("A", invoices), 0o600); err != nil {
		b.Fatal(err)
	}
	p.Run("import", file, "--quiet")
	p.Serve(nil)
	defer p.Stop()
	type customer struct{ ID, Number string }
	all := outside.List[customer](p, "/customers")
	readers := make([]*reader, connections)
	for i := range readers {
		readers[i] = signIn(b, p, i, all[i].ID, all[i].Number)
	}

	until := time.Now().Add(duration(b))
	var wg sync.WaitGroup
	for _, r := range readers {
		wg.Go(func() { r.read(until) })
	}
	third := time.Until(until) / 3
	var importing, imported atomic.Bool
	wg.Go(func() {
		time.Sleep(third)
		importing.Store(true)
		imported.Store(bringIn(b, p))
		importing.Store(false)
	})
	var quiet, busy []time.Duration
	for i := 0; time.Now().Before(until); i++ {
		during := importing.Load()
		start := time.Now()
		p.Want(http.MethodPost, "/payments", map[string]any{"customer": all[connections+i%100].ID, "date": "2026-02-01", "amount": "1.00",
			"currency": "EUR", "method": "transfer", "reference": strconv.Itoa(i), "oldest": true}, nil)
		took := time.Since(start)
		if during && importing.Load() {
			busy = append(busy, took)
		} else if !during {
			quiet = append(quiet, took)
		}
		time.Sleep(pause)
	}
	wg.Wait()
	if !imported.Load() {
		b.Error("the import did not finish within the time: nothing was measured beside it")
	}
	report(b, readers, quiet, busy)
}

func report(b *testing.B, readers []*reader, quiet, busy []time.Duration) {
	var pages []time.Duration
	for _, r := range readers {
		pages = append(pages, r.took...)
		if r.failed != "" {
			b.Errorf("a reader was answered: %s", r.failed)
		}
	}
	if len(busy) == 0 || len(quiet) == 0 || len(pages) == 0 {
		b.Fatalf("%d pages, %d payments beside the import, %d alone: too few", len(pages), len(busy), len(quiet))
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(float64(len(pages))/duration(b).Seconds(), "pages/s")
	b.ReportMetric(ms(quantile(pages, 0.99)), "page-p99-ms")
	b.ReportMetric(ms(quantile(quiet, 0.5)), "payment-p50-ms")
	b.ReportMetric(ms(quantile(quiet, 1)), "payment-max-ms")
	b.ReportMetric(ms(quantile(busy, 0.5)), "payment-beside-import-p50-ms")
	b.ReportMetric(ms(quantile(busy, 1)), "payment-beside-import-max-ms")
	b.ReportMetric(0, "ns/op")
}

func quantile(of []time.Duration, q float64) time.Duration {
	slices.Sort(of)
	return of[min(int(q*float64(len(of))), len(of)-1)]
}

func duration(b *testing.B) time.Duration {
	s := os.Getenv("VOLDAAN_LOAD_SECONDS")
	if s == "" {
		return lasting
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		b.Fatalf("VOLDAAN_LOAD_SECONDS=%q is not a number of seconds", s)
	}
	return time.Duration(n) * time.Second
}

// bringIn imports a file as the desk does: read, then apply.
func bringIn(b *testing.B, p *outside.Program) bool {
	var plan struct {
		ID       string
		Rejected int
	}
	if status, ok := p.API(http.MethodPost, "/imports?name=more.csv", csv("B", importRows), &plan); !ok || status != http.StatusCreated || plan.Rejected > 0 {
		b.Errorf("import: %d, %+v", status, plan)
		return false
	}
	status, ok := p.API(http.MethodPost, "/imports/"+plan.ID+"/apply", map[string]any{}, nil)
	if !ok || status != http.StatusOK {
		b.Errorf("applying the import: %d", status)
	}
	return ok && status == http.StatusOK
}

// reader is a customer with the portal open. It comes from a network of its own: the portal limits each.
type reader struct {
	http   *http.Client
	pages  []string
	took   []time.Duration
	failed string
}

var invoice = regexp.MustCompile(`href="(/invoices/[^"/?]+)"`)

func signIn(b *testing.B, p *outside.Program, i int, id, number string) *reader {
	b.Helper()
	r := &reader{http: outside.Browser()}
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(10+i), 1)}}
	r.http.Transport = &http.Transport{DialContext: from.DialContext, MaxConnsPerHost: 1}
	r.http.Timeout = time.Minute
	var link struct{ URL string }
	k, err := strconv.Atoi(number)
	if err != nil {
		b.Fatal(err)
	}
	p.Want(http.MethodPost, "/customers/"+id+"/sign-in-link", map[string]any{"email": fmt.Sprintf("klant%d@example.nl", k)}, &link)
	u, err := url.Parse(link.URL)
	if err != nil {
		b.Fatal(err)
	}
	button, _ := outside.Page(r.http, p.Portal+u.Path)
	status, err := outside.Submit(r.http, p.Portal, u.Path, outside.Hidden(button))
	if err != nil {
		b.Fatal(err)
	}
	body, ok := outside.Page(r.http, p.Portal+"/")
	first := invoice.FindStringSubmatch(body)
	if !ok || first == nil {
		b.Fatalf("customer %s is not signed in: %d from %s", number, status, u.Path)
	}
	r.pages = []string{p.Portal + "/", p.Portal + first[1], p.Portal + "/pay?all=1&c=EUR"}
	return r
}

func (r *reader) read(until time.Time) {
	for i := 0; time.Now().Before(until); i++ {
		page := r.pages[i%len(r.pages)]
		start := time.Now()
		resp, err := r.http.Get(page)
		if err != nil {
			r.failed = err.Error()
			return
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			r.failed = fmt.Sprintf("%s: %d, %v", page, resp.StatusCode, err)
			return
		}
		r.took = append(r.took, time.Since(start))
		time.Sleep(pause)
	}
}
