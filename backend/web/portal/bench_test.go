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

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
	"github.com/voldaan/voldaan/backend/session"
	"github.com/voldaan/voldaan/backend/web/portal"
)

// BenchmarkAccountPage compares the CPU of the account page of thirty open invoices with that of a bare Fiber app that
// says hello, in one run: both servers run in this process, on a socket, driven by the same raw keep-alive client in a
// child process, so that only the servers' time counts. The limit is 18 times.
func BenchmarkAccountPage(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // as the serving program does: app/memory.go
	s := open(b, func(o *portal.Options) { o.PerSecond = 1_000_000 })
	c := s.Customer("Lunchroom De Linde")
	for i := range 30 {
		_, err := s.Post(s.Ctx, s.Meta(), ledger.Document{Customer: c.ID, Number: fmt.Sprintf("2026-%04d", 400+i), Issued: civil.MustParse("2026-05-01").AddDays(i),
			Due: civil.MustParse("2026-06-15").AddDays(i), Total: money.Of(int64(10_000+i*1_234), "EUR"), PO: fmt.Sprint(44_000 + i)})
		if err != nil {
			b.Fatal(err)
		}
	}
	v, err := s.links.Redeem(s.Ctx, s.signInLink(c).Token, "", session.From{})
	if err != nil {
		b.Fatal(err)
	}
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

	n := max(b.N, 3000)
	cpu := func(addr, cookie string) float64 {
		drive(b, addr, cookie, 300)
		start := cpuTime(b)
		drive(b, addr, cookie, n)
		return float64(cpuTime(b)-start) / float64(n)
	}
	hello := cpu(ln.Addr().String(), "")
	ours := cpu(strings.TrimPrefix(s.base, "http://"), "voldaan="+v.Token)
	b.ReportMetric(hello/1e3, "hello-µs-cpu")
	b.ReportMetric(ours/1e3, "account-µs-cpu")
	b.ReportMetric(ours/hello, "×hello")
	b.ReportMetric(0, "ns/op")
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
func drive(b *testing.B, addr, cookie string, n int) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDriver$")
	cmd.Env = append(os.Environ(), "VOLDAAN_DRIVE="+addr, "VOLDAAN_COOKIE="+cookie, fmt.Sprint("VOLDAAN_TIMES=", n))
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
	request := "GET / HTTP/1.1\r\nHost: " + addr + "\r\nAccept-Language: nl\r\nCookie: " + os.Getenv("VOLDAAN_COOKIE") + "\r\n\r\n"
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
