package portal_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

// benchOthers is how many invoices the other customers of the firm have: a page of one must not cost more for them.
const benchOthers = 100_000

// BenchmarkPages compares the CPU of the account page of thirty open invoices, of an invoice and of paying all that is
// due with that of a bare Fiber app that says hello, in one run and beside 100,000 invoices of others: both servers run
// in this process, on a socket, driven by the same raw keep-alive client in a child process, so that only the servers'
// time counts. The limit is 18 times.
func BenchmarkPages(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // as the serving program does: app/memory.go
	s := open(b, func(o *portal.Options) { o.PerSecond = 1_000_000 })
	s.others(benchOthers)
	c := s.Customer("Lunchroom De Linde")
	var last ledger.Document
	for i := range 30 {
		d, err := s.Post(s.Ctx, s.Meta(), ledger.Document{Customer: c.ID, Number: fmt.Sprintf("2026-%04d", 400+i), Issued: civil.MustParse("2026-05-01").AddDays(i),
			Due: civil.MustParse("2026-06-15").AddDays(i), Total: money.Of(int64(10_000+i*1_234), "EUR"), PO: fmt.Sprint(44_000 + i)})
		if err != nil {
			b.Fatal(err)
		}
		last = d
	}
	v, err := s.links.Redeem(s.Ctx, s.signInLink(c).Token, "", session.From{})
	if err != nil {
		b.Fatal(err)
	}
	cookie := "voldaan=" + v.Token
	bare := hello(b)
	for _, p := range []struct{ name, path string }{{"account", "/"}, {"invoice", "/invoices/" + last.ID.String()}, {"pay", "/pay?all=1&c=EUR"}} {
		b.Run(p.name, func(b *testing.B) {
			n := max(b.N, 3000)
			cpu := func(addr, path string) float64 {
				drive(b, addr, path, cookie, 300)
				start := cpuTime(b)
				drive(b, addr, path, cookie, n)
				return float64(cpuTime(b)-start) / float64(n)
			}
			floor, ours := cpu(bare, "/"), cpu(strings.TrimPrefix(s.base, "http://"), p.path)
			b.ReportMetric(floor/1e3, "hello-µs-cpu")
			b.ReportMetric(ours/1e3, p.name+"-µs-cpu")
			b.ReportMetric(ours/floor, "×hello")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// others fills the books with so many invoices of five hundred customers.
func (s *shop) others(n int) {
	s.t.Helper()
	st, err := s.Stage(s.Ctx, s.Meta(), books.ImportHeader{Name: "others.csv", Kind: "invoices"})
	if err != nil {
		s.t.Fatal(err)
	}
	issued := civil.MustParse("2026-05-01")
	for i := range n {
		it := books.ImportItem{Row: i + 2, CustomerNumber: fmt.Sprintf("A%05d", i%500), Document: &ledger.Document{
			Number: fmt.Sprintf("A-%06d", i), Issued: issued, Due: issued.AddDays(30), Total: money.Of(int64(100+i), "EUR")}}
		if i < 500 {
			it.Customer = &ledger.Customer{Number: it.CustomerNumber, Name: "Klant " + it.CustomerNumber}
		}
		if err := st.Add(s.Ctx, it); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := st.Apply(s.Ctx, nil); err != nil {
		s.t.Fatal(err)
	}
}

// hello serves a bare Fiber app; its address.
func hello(b *testing.B) string {
	bare := fiber.New(fiber.Config{DisableStartupMessage: true})
	bare.Get("/", func(c *fiber.Ctx) error { return c.SendString("hello") })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- bare.Listener(ln) }()
	b.Cleanup(func() {
		_ = bare.ShutdownWithTimeout(time.Second)
		<-done
	})
	return ln.Addr().String()
}

// cpuTime is what this process has used, user and system.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// drive asks for the page n times from a child process: this test binary again, as TestDriver.
func drive(b *testing.B, addr, path, cookie string, n int) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDriver$")
	cmd.Env = append(os.Environ(), "VOLDAAN_DRIVE="+addr, "VOLDAAN_COOKIE="+cookie, "VOLDAAN_PATH="+path, fmt.Sprint("VOLDAAN_TIMES=", n))
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

// TestDriver is the benchmark's client; as a test of its own it does nothing.
func TestDriver(t *testing.T) {
	addr := os.Getenv("VOLDAAN_DRIVE")
	if addr == "" {
		t.Skip("only the benchmark drives")
	}
	var n int
	if _, err := fmt.Sscan(os.Getenv("VOLDAAN_TIMES"), &n); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 256<<10)
	request := "GET " + os.Getenv("VOLDAAN_PATH") + " HTTP/1.1\r\nHost: " + addr + "\r\nAccept-Language: nl\r\nCookie: " + os.Getenv("VOLDAAN_COOKIE") + "\r\n\r\n"
	for range n {
		if _, err := c.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != 200 {
			t.Fatal(res.Status)
		}
		if _, err := r.Discard(int(res.ContentLength)); err != nil {
			t.Fatal(err)
		}
		res.Body = http.NoBody
	}
}
